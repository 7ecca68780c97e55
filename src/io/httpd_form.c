/* httpd_form.c - what stands in a request: fields, arguments, cookies, forms. */
#include "io/httpd_own.h"
#include "base/ascii.h"

static struct zg_slice pair_value(const struct http_pair *v, size_t count, struct zg_slice name)
{
	for (size_t i = 0; i < count; i++)
		if (zg_slice_eq(v[i].name, name))
			return v[i].value;
	return ZG_S("");
}

struct zg_slice http_field(const struct http_request *q, struct zg_slice name)
{
	for (size_t i = 0; i < q->fields_count; i++)
		if (zg_slice_eq_ci(q->fields[i].name, name))
			return q->fields[i].value;
	return ZG_S("");
}

struct zg_slice http_arg(const struct http_request *q, struct zg_slice name)
{
	return pair_value(q->args, q->args_count, name);
}

/* RFC 6265 4.2.1: cookie-pair *( ";" SP cookie-pair ). */
static bool cookie_find(struct zg_slice list, struct zg_slice name, struct zg_slice *ret)
{
	while (list.n) {
		size_t n = zg_slice_find(list, ';');
		struct zg_slice pair = zg_slice_trim(zg_slice_sub(list, 0, n));
		size_t equals = zg_slice_find(pair, '=');

		if (equals < pair.n && zg_slice_eq(zg_slice_sub(pair, 0, equals), name)) {
			*ret = zg_slice_sub(pair, equals + 1, pair.n);
			return true;
		}
		list = zg_slice_sub(list, n + 1, list.n);
	}
	return false;
}

struct zg_slice http_cookie(const struct http_request *q, struct zg_slice name)
{
	struct zg_slice value = ZG_S("");

	for (size_t i = 0; i < q->fields_count; i++)
		if (zg_slice_eq(q->fields[i].name, ZG_S("cookie")) && cookie_find(q->fields[i].value, name, &value))
			break;
	return value;
}

static bool is_form(const struct http_request *q)
{
	struct zg_slice type = http_field(q, ZG_S("content-type"));

	type = zg_slice_trim(zg_slice_sub(type, 0, zg_slice_find(type, ';')));
	return zg_slice_eq_ci(type, ZG_S("application/x-www-form-urlencoded"));
}

int http_form(struct http_request *q, size_t most, const struct http_pair **ret, size_t *ret_count)
{
	struct http_exchange *x = http_exchange_of(q);
	struct http_memory mem = { NULL, 0, 0, 0 };
	size_t count = 0, room = 1;
	struct http_pair *pairs;
	struct zg_buf b;

	if (x->form_pairs && x->form_count <= most) {
		*ret = x->form_pairs;
		*ret_count = x->form_count;
		return 0;
	}
	if (!is_form(q) || x->form_pairs)
		return -1;
	for (size_t i = 0; i < q->body.n && room < most; i++)
		room += q->body.p[i] == '&';
	room = room < most ? room : most;
	pairs = zg_arena_array(q->arena, room ? room : 1, sizeof(*pairs));
	if (!pairs || http_memory_grow(&mem, q->body.n) < 0)
		return -1;
	x->form = mem;
	b = zg_buf_of(x->form.p, q->body.n);
	if (http_pairs(q->body, &b, pairs, room, &count) < 0) {
		x->form.high = b.n;
		http_memory_free(&x->form);
		return -1;
	}
	x->form.n = x->form.high = b.n;
	*ret = x->form_pairs = pairs;
	*ret_count = x->form_count = count;
	return 0;
}
