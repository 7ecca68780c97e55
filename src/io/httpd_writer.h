/* httpd_writer.h - replies as octets: status line, Date, fields, length or chunks.  The one file behind it that sees libmicrohttpd.
 *
 * Each reply has a connection of libmicrohttpd of its own, over a pair of sockets: a request that we write goes in, with
 * nothing in it that a client said, and what comes out is the reply.
 *
 *   http_writer_new -> bytes()* -> end()         http_writer_stop at any time: neither comes any more
 *
 * Laws: (1) no function here calls back from inside.  (2) after end() and after http_writer_stop the writer is gone. */
#ifndef IO_HTTPD_WRITER_H
#define IO_HTTPD_WRITER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>
#include <zegel/slice.h>
#include "io/httpd.h"

struct http_press;	/* libmicrohttpd in a loop */
struct http_writer;	/* one reply */

struct http_writer_calls {
	void (*bytes)(void *owner, struct zg_slice bytes);
	void (*end)(void *owner, bool is_whole);
};

struct http_order {
	bool is_head, is_old;		/* asked by HEAD; by HTTP/1.0 */
	bool is_stream;			/* reply->body is its beginning, is_last is meant */
	const struct sockaddr_storage *peer;
	const struct http_reply *reply;
};

struct http_press *http_press_new(uv_loop_t *loop);
/* All writers must be gone; done comes from the loop. */
void http_press_free(struct http_press *p, void (*done)(void *ctx), void *ctx);

/* NULL without memory or descriptors, or where a field holds a control character. */
struct http_writer *http_writer_new(struct http_press *p, const struct http_order *o, const struct http_writer_calls *calls,
				    void *owner);
void http_writer_stop(struct http_writer *w);
/* A paused one gives no bytes. */
void http_writer_pause(struct http_writer *w);
void http_writer_resume(struct http_writer *w);
/* Of a stream: octets more, 0 or -1 without memory; how many were not written yet; it ends when all are. */
int http_writer_put(struct http_writer *w, struct zg_slice bytes);
size_t http_writer_unsent(const struct http_writer *w);
void http_writer_finish(struct http_writer *w);

#endif
