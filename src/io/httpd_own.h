/* httpd_own.h - a request as the server's own files see it. */
#ifndef IO_HTTPD_OWN_H
#define IO_HTTPD_OWN_H

#include "base/list.h"
#include "io/httpd.h"
#include "io/httpd_memory.h"
#include "io/httpd_strict.h"

struct http_conn;

struct http_exchange {
	struct http_request q;		/* first: what the caller holds */
	struct zg_list node;		/* among httpd's orphans */
	struct httpd *h;
	struct http_conn *c;		/* NULL: the client went, and the caller holds the request */
	struct zg_arena arena;
	struct http_memory body, form;
	const struct http_pair *form_pairs;
	size_t form_count;
	struct http_chunks chunks;
	uint64_t left;			/* octets of a body with a length */
	size_t most;
	bool is_chunked, is_continue, is_head, is_old, is_last;
	bool is_asked, is_held, is_stream;
};

static inline struct http_exchange *http_exchange_of(struct http_request *q)
{
	return (struct http_exchange *)(void *)q;
}

/* A request of a head, which is at head.p; 0, or the status to refuse with.  *ret is made in each case but 503. */
int http_exchange_new(struct zg_slice head, const struct http_head *h, struct http_exchange **ret);
void http_exchange_free(struct http_exchange *x);

/* Takes octets of the body off *in: 1 it is whole, 0 more are needed, < 0 the status to refuse with, negative. */
int http_exchange_feed(struct http_exchange *x, struct zg_slice *in);

#endif
