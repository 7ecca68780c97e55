/* fuzz_httpd.c - the strict reader of HTTP against any octets.
 *
 * Input: an octet that pieces are drawn from, then what a client says.  Laws: the same verdict, body and rest however it
 * is cut; a head that is sound has one Host, a path that is decoded keeps its laws, and nothing of a head holds a control
 * octet. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "io/httpd_own.h"

#define INPUT_MAX 40000u
#define BODY_MOST 4096u

/* How a request ended: the status or 200, the octets that were taken, a sum of its body (FNV-1a). */
struct verdict {
	int status;
	size_t taken, body_n;
	uint64_t body;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static uint64_t sum(struct zg_slice s)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h;
}

static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void must_be_text(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		must(((unsigned char)s.p[i] >= 32 || s.p[i] == '\t') && s.p[i] != 127);
}

static void check_request(const struct http_request *q, const struct http_head *h)
{
	size_t hosts = 0;

	must(!(h->is_chunked && h->length));
	must(q->host.n > 0 && q->path.n > 0 && q->path.p[0] == '/');
	must_be_text(q->path);
	must(zg_slice_find_slice(q->path, ZG_S("//")) == q->path.n);
	must(zg_slice_find_slice(q->path, ZG_S("/../")) == q->path.n && !zg_slice_ends_ci(q->path, ZG_S("/..")));
	for (size_t i = 0; i < q->fields_count; i++) {
		must_be_text(q->fields[i].value);
		must_be_text(q->fields[i].name);
		hosts += zg_slice_eq(q->fields[i].name, ZG_S("host"));
	}
	must(hosts == 1);
	(void)http_cookie(q, ZG_S("a"));	/* only that it reads nothing else */
}

/* The octets stand at the end of a block, so that a sanitizer sees a read past them. */
static char *exactly(struct zg_slice s)
{
	char *p = malloc(s.n ? s.n : 1);

	must(p != NULL);
	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

static size_t piece(uint32_t *seed, size_t most)
{
	size_t n = *seed ? 1 + draw(seed) % (draw(seed) % 4 ? 4 : 900) : most;

	return n < most ? n : most;
}

static struct verdict read_body(struct http_exchange *x, struct zg_slice all, struct verdict v, uint32_t *seed)
{
	int rc = 0;

	x->most = BODY_MOST;
	if (x->left > x->most) {
		v.status = 413;
		return v;
	}
	do {
		size_t n = piece(seed, all.n);
		char *p = exactly(zg_slice_sub(all, 0, n));
		struct zg_slice in = zg_slice_of(p, n);

		rc = http_exchange_feed(x, &in);
		v.taken += n - in.n;
		all = zg_slice_sub(all, n - in.n, all.n);
		free(p);
	} while (rc == 0 && all.n);
	v.status = rc < 0 ? -rc : rc > 0 ? 200 : 0;
	v.body = sum(x->q.body);
	v.body_n = x->q.body.n;
	if (rc < 0)
		v.taken = 0;	/* where in a piece the fault was seen is nobody's matter */
	return v;
}

static struct verdict run(struct zg_slice all, uint32_t seed)
{
	static struct http_head head;
	struct http_scan s = { 0, 0, 0, false };
	struct http_exchange *x = NULL;
	struct verdict v = { 0, 0, 0, 0 };
	size_t have = 0;
	int rc = 0;

	while (rc == 0 && have < all.n) {
		char *p;

		have += piece(&seed, all.n - have);
		p = exactly(zg_slice_sub(all, 0, have));
		rc = http_scan(&s, zg_slice_of(p, have), &head);
		if (rc > 0) {
			v.taken = (size_t)rc;
			v.status = http_exchange_new(zg_slice_of(p, (size_t)rc), &head, &x);
			must(v.status == 0 || v.status == 400);
			if (v.status == 0)
				check_request(&x->q, &head);
		}
		free(p);
	}
	if (rc < 0)
		v.status = -rc;
	else if (rc > 0 && v.status == 0)
		v = read_body(x, zg_slice_sub(all, v.taken, all.n), v, &seed);
	http_exchange_free(x);
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct verdict whole, split;

	if (n < 1 || n > INPUT_MAX)
		return 0;
	whole = run(zg_slice_of(data + 1, n - 1), 0);
	split = run(zg_slice_of(data + 1, n - 1), 1u + data[0]);
	must(whole.status == split.status && whole.taken == split.taken);
	must(whole.status >= 400 || (whole.body == split.body && whole.body_n == split.body_n));
	return 0;
}
