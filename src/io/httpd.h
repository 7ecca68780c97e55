/* httpd.h - HTTP/1.1 for one loop: requests come whole, replies go whole or as a stream of events.
 *
 *   accept -> head (strict, below) -> body -> request() ... http_reply() -> [next on the same connection] -> closed
 *                                                     \-> http_stream() -> http_stream_put()* -> closed
 *
 * Laws: (1) request() is called once for each request that is whole and sound, from the loop; it is answered by http_reply
 * or http_stream, from inside or later, from the same loop.  The request is no more when http_reply returns.  (2) gone()
 * is called once, from the loop, where the client went before the reply, and where a stream ended; the request is no more
 * when it returns.  A client that ends its side of the connection counts as gone.  A request that was held (http_hold)
 * stays until it is answered, and gone() does not come before.  (3) what could be read in two ways is refused with 400 and
 * the connection closed: Transfer-Encoding beside Content-Length, two Content-Length, a Content-Length that is not
 * 1*DIGIT, any coding but "chunked", a folded field, a bare LF or CR, NUL and other control octets, a blank before the
 * colon, no Host or two, a Host that is none, a request target that is no path (RFC 9112 3.2.1, 5, 6; RFC 9110 7.2), bad
 * percent-encoding; other methods with 501, other versions with 505, other expectations with 417.  (4) octets of a body
 * lie in memory that is wiped and given back to the system when the request ends, so that none of them is found later.
 * (5) loop->data is a struct conn_loop (io/conn.h). */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>
#include <zegel/arena.h>
#include <zegel/slice.h>
#include "io/tls.h"

#define HTTPD_HEAD_MOST 16384u		/* octets of request line and fields; 431 */
#define HTTPD_HEAD_TIME 10000u		/* ms from accept, or the first octet of a next request, to the end of the head */
#define HTTPD_BODY_TIME 60000u		/* ms from there to the end of the body */
#define HTTPD_IDLE_TIME 60000u		/* ms between two requests of one connection */
#define HTTPD_SEND_TIME 60000u		/* ms for a reply to be taken whole */
#define HTTPD_FIELDS_MOST 64u		/* field lines of a request; 431 */
#define HTTPD_ARGS_MOST 128u		/* arguments of a query; 400 */

struct http_pair { struct zg_slice name, value; };

struct http_request {
	struct zg_slice method;		/* "GET", "HEAD" (replied to like GET, the body left out), "POST", "PUT", "PATCH", "DELETE" */
	struct zg_slice path;		/* percent-decoded once: begins with /, valid UTF-8, no control octet, no empty, . or .. segment inside */
	struct zg_slice query;		/* as it came, behind the ? */
	const struct http_pair *args;	/* of the query: decoded, + is a blank; any octet may stand in them */
	size_t args_count;
	const struct http_pair *fields;	/* in their order, names in lower case */
	size_t fields_count;
	struct zg_slice host;		/* without port, lower case */
	struct zg_slice body;		/* wiped when the request ends */
	struct sockaddr_storage peer;	/* who asks: behind a trusted proxy the last untrusted address of X-Forwarded-For */
	bool is_secure;			/* TLS here, or X-Forwarded-Proto: https of a trusted proxy */
	struct zg_arena *arena;		/* dies with the request */
	void *owner;			/* the caller's; NULL at first */
};

struct http_reply {
	unsigned status;
	const struct http_pair *fields;	/* copied; Content-Length, Date and Connection are written here */
	size_t fields_count;
	struct zg_slice body;		/* copied, unless is_static */
	bool is_static;			/* the body lives for ever */
	bool is_last;			/* close the connection behind it */
};

struct httpd_calls {
	/* How many octets of body this one may have (head is complete, body empty); 0: none.  More gets 413. */
	size_t (*body_most)(void *ctx, const struct http_request *q);
	void (*request)(void *ctx, struct http_request *q);
	void (*gone)(void *ctx, struct http_request *q);
	/* The text of a reply that is made here (400, 408, 413, 417, 431, 501, 503, 505): an HTML or plain text that lives for ever. */
	struct zg_slice (*refusal)(void *ctx, unsigned status);
};

struct httpd_settings {
	struct tls_config *tls;		/* a reference of its own is taken; NULL: in clear */
	/* Is this peer a proxy whose X-Forwarded-For and -Proto are believed? */
	bool (*is_trusted_proxy)(void *ctx, const struct sockaddr_storage *peer);
	unsigned connections_most;	/* in all; the next waits in the listener's queue; 0: any number */
	unsigned one_most;		/* from one address (a /64 of IPv6), trusted proxies aside; the next is closed; 0: any number */
};

struct httpd;

/* Serves on listeners (nonblocking, bound and listening; they stay the caller's) from now on; settings are copied.  NULL without
 * memory. */
struct httpd *httpd_new(uv_loop_t *loop, const int *listeners, size_t count, const struct httpd_settings *settings,
			const struct httpd_calls *calls, void *ctx);
/* For connections that begin from now on; a reference of its own is taken. */
void httpd_tls(struct httpd *h, struct tls_config *tls);
/* Takes no more connections, ends the idle ones and the streams at once, the others after their reply; done is called when none
 * is left.  h is freed then. */
void httpd_drain(struct httpd *h, void (*done)(void *ctx), void *ctx);

/* A field's value ("" where there is none; the first of several), an argument's, a cookie's (RFC 6265 4.2). */
struct zg_slice http_field(const struct http_request *q, struct zg_slice name);
struct zg_slice http_arg(const struct http_request *q, struct zg_slice name);
struct zg_slice http_cookie(const struct http_request *q, struct zg_slice name);
/* Reads a body of application/x-www-form-urlencoded, decoded into memory of the same kind as the body; at most most pairs.
 * 0, or -1: the body is no such form, or longer. */
int http_form(struct http_request *q, size_t most, const struct http_pair **ret, size_t *ret_count);

/* Another thread reads q: it stays until it is answered, even where its client goes; the answer is dropped then (a
 * stream's gone() comes from the loop all the same). */
void http_hold(struct http_request *q);

/* A field with a control octet in its value makes a 500 of the reply. */
void http_reply(struct http_request *q, const struct http_reply *r);
/* Begins a stream (fields as above, no length); put copies; end closes the connection.  A client that leaves more than
 * HTTPD_STREAM_MOST octets untaken is closed. */
#define HTTPD_STREAM_MOST 65536u
void http_stream(struct http_request *q, const struct http_pair *fields, size_t count);
void http_stream_put(struct http_request *q, struct zg_slice bytes);
void http_stream_end(struct http_request *q);

#endif
