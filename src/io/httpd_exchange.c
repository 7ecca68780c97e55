/* httpd_exchange.c - one request in memory: its head decoded, its body gathered. */
#include "io/httpd_own.h"
#include <stdlib.h>
#include "base/ascii.h"

#define ARENA_MOST (1u << 20)

/* The same octets in a copy of the head. */
static struct zg_slice moved(struct zg_slice s, struct zg_slice head, char *copy)
{
	return s.n ? zg_slice_of(copy + (s.p - head.p), s.n) : ZG_S("");
}

static void lower(struct zg_slice s, struct zg_slice head, char *copy)
{
	char *p = s.n ? copy + (s.p - head.p) : copy;

	for (size_t i = 0; i < s.n; i++)
		p[i] = zg_ascii_lower(p[i]);
}

static int fields_fill(struct http_request *q, struct zg_slice head, const struct http_head *h, char *copy)
{
	struct http_pair *v = zg_arena_array(q->arena, h->fields_count, sizeof(*v));

	if (!v)
		return 503;
	for (size_t i = 0; i < h->fields_count; i++) {
		lower(h->fields[i].name, head, copy);
		v[i].name = moved(h->fields[i].name, head, copy);
		v[i].value = moved(h->fields[i].value, head, copy);
	}
	q->fields = v;
	q->fields_count = h->fields_count;
	return 0;
}

/* The host in lower case has octets of its own: the field stays as it came. */
static int host_fill(struct http_request *q, struct zg_slice host)
{
	char *p = zg_arena_bytes(q->arena, host.n);

	if (!p)
		return 503;
	for (size_t i = 0; i < host.n; i++)
		p[i] = zg_ascii_lower(host.p[i]);
	q->host = zg_slice_of(p, host.n);
	return 0;
}

static int target_fill(struct http_request *q, struct zg_slice target)
{
	size_t mark = zg_slice_find(target, '?');
	struct http_pair *v = zg_arena_array(q->arena, HTTPD_ARGS_MOST, sizeof(*v));
	char *path = zg_arena_bytes(q->arena, target.n), *args = zg_arena_bytes(q->arena, target.n);
	struct zg_buf path_b = zg_buf_of(path, target.n), args_b = zg_buf_of(args, target.n);

	if (!v || !path || !args)
		return 503;
	q->query = zg_slice_sub(target, mark + 1, target.n);
	q->args = v;
	if (http_path(target, &path_b) < 0 || http_pairs(q->query, &args_b, v, HTTPD_ARGS_MOST, &q->args_count) < 0)
		return 400;
	q->path = zg_buf_slice(&path_b);
	return 0;
}

int http_exchange_new(struct zg_slice head, const struct http_head *h, struct http_exchange **ret)
{
	struct http_exchange *x = calloc(1, sizeof(*x));
	struct zg_slice copy;
	char *p;
	int rc;

	if (!x)
		return 503;
	zg_arena_init(&x->arena, &http_heap, ARENA_MOST);
	x->q.arena = &x->arena;
	copy = zg_arena_dup(&x->arena, head);
	if (!copy.p) {
		http_exchange_free(x);
		return 503;
	}
	p = (char *)(uintptr_t)copy.p;	/* our own octets */
	x->q.method = moved(h->method, head, p);
	x->is_chunked = h->is_chunked;
	x->is_continue = h->is_continue;
	x->is_head = zg_slice_eq(h->method, ZG_S("HEAD"));
	x->is_old = h->minor == 0;
	x->is_last = h->is_close;
	x->left = h->length;
	rc = fields_fill(&x->q, head, h, p);
	if (!rc)
		rc = host_fill(&x->q, h->host);
	if (!rc)
		rc = target_fill(&x->q, moved(h->target, head, p));
	if (rc == 503)
		http_exchange_free(x);
	else
		*ret = x;
	return rc;
}

void http_exchange_free(struct http_exchange *x)
{
	if (!x)
		return;
	http_memory_free(&x->body);
	http_memory_free(&x->form);
	zg_arena_reset(&x->arena);
	free(x);
}

static int body_put(struct http_exchange *x, struct zg_slice s)
{
	if (s.n > x->most - x->body.n)
		return -413;
	if (s.n && http_memory_put(&x->body, s) < 0)
		return -503;
	x->q.body = zg_slice_of(x->body.p, x->body.n);
	return 0;
}

static int feed_chunks(struct http_exchange *x, struct zg_slice *in)
{
	struct zg_slice piece;
	int rc = 0;

	while (rc == 0) {
		switch (http_chunks_next(&x->chunks, in, &piece)) {
		case CHUNK_MORE:
			return 0;
		case CHUNK_PIECE:
			rc = body_put(x, piece);
			break;
		case CHUNK_WHOLE:
			return 1;
		case CHUNK_BAD:
			return -400;
		}
	}
	return rc;
}

int http_exchange_feed(struct http_exchange *x, struct zg_slice *in)
{
	struct zg_slice piece;
	int rc;

	if (x->is_chunked)
		return feed_chunks(x, in);
	piece = zg_slice_sub(*in, 0, x->left > in->n ? in->n : (size_t)x->left);
	*in = zg_slice_sub(*in, piece.n, in->n);
	x->left -= piece.n;
	rc = body_put(x, piece);
	if (rc < 0)
		return rc;
	return x->left == 0;
}
