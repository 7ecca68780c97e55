/* page_static.c - files that live in the program; a name changes with what is in it, so a browser keeps them for good. */
#include "edge/page_static.h"
#include "edge/web_files.h"

static void field(struct page_answer *r, struct zg_slice name, struct zg_slice value)
{
	r->fields[r->fields_count++] = (struct http_pair){ name, value };
}

static bool takes_gzip(const struct http_request *q)
{
	struct zg_slice list = http_field(q, ZG_S("accept-encoding"));

	for (size_t i = 0; i + 4 <= list.n; i++)
		if (zg_slice_starts_ci(zg_slice_sub(list, i, list.n), ZG_S("gzip")))
			return !zg_slice_starts(zg_slice_sub(list, i + 4, list.n), ZG_S(";q=0"));
	return false;
}

bool page_static(const struct http_request *q, struct page_answer *ret)
{
	const struct zg_slice folder = ZG_S("/static/");
	bool is_get = zg_slice_eq(q->method, ZG_S("GET")) || zg_slice_eq(q->method, ZG_S("HEAD"));
	struct zg_slice name = zg_slice_sub(q->path, folder.n, q->path.n);

	*ret = (struct page_answer){ .status = 200 };
	if (is_get && zg_slice_eq(q->path, ZG_S("/healthz"))) {
		field(ret, ZG_S("Content-Type"), ZG_S("text/plain; charset=utf-8"));
		ret->body = ZG_S("ok\n");
		return true;
	}
	if (!is_get || !zg_slice_starts(q->path, folder))
		return false;
	for (size_t i = 0; i < WEB_FILES; i++) {
		if (!zg_slice_eq(web_files[i].hashed, name))
			continue;
		field(ret, ZG_S("Content-Type"), web_files[i].media);
		field(ret, ZG_S("Cache-Control"), ZG_S("public, max-age=31536000, immutable"));
		field(ret, ZG_S("X-Content-Type-Options"), ZG_S("nosniff"));
		field(ret, ZG_S("Vary"), ZG_S("Accept-Encoding"));
		if (takes_gzip(q))
			field(ret, ZG_S("Content-Encoding"), ZG_S("gzip"));
		ret->body = takes_gzip(q) ? web_files[i].packed : web_files[i].plain;
		return true;
	}
	return false;
}
