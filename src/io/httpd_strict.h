/* httpd_strict.h - what a request of HTTP/1.1 must look like, octet by octet; pure.
 *
 * Whoever reads two ways into the same octets can be smuggled past; so all that RFC 9112 leaves to a reader's goodwill is refused
 * here.  Verdicts do not depend on how the octets were cut on their way. */
#ifndef IO_HTTPD_STRICT_H
#define IO_HTTPD_STRICT_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "io/httpd.h"

#define HTTP_CHUNK_EXTRA_MOST 4096u	/* octets of all extensions and trailer fields of a body; 400 */
#define HTTP_CHUNK_DIGITS_MOST 8u	/* of a chunk's size; 400 */

/* Where the look for the head's end stands. */
struct http_scan {
	size_t at, start, line;		/* octets looked at; where the request line begins; where this line does */
	bool is_cr;
};

/* A head; all slices are views of it. */
struct http_head {
	struct zg_slice method, target, host;	/* host without port */
	unsigned minor;				/* HTTP/1.0 or 1.1 */
	struct http_pair fields[HTTPD_FIELDS_MOST];
	size_t fields_count;
	uint64_t length;			/* of the body; UINT64_MAX: longer than can be told */
	bool is_chunked;
	bool is_close;				/* the client wants no other request on this connection */
	bool is_continue;			/* it waits for 100 before it sends the body */
};

/* Looks for the end of a head.  in: all octets since the request began, the same and more at each call; s: zeroed at first.  0:
 * more are needed; > 0: so many octets are a head, sound, in *ret; < 0: the status to refuse with, negative. */
int http_scan(struct http_scan *s, struct zg_slice in, struct http_head *ret);

enum http_chunk_state {
	CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_SIZE_LF, CHUNK_DATA, CHUNK_DATA_CR, CHUNK_DATA_LF,
	CHUNK_LINE, CHUNK_NAME, CHUNK_VALUE, CHUNK_VALUE_LF, CHUNK_LAST_LF, CHUNK_END,
};

/* A body in chunks (RFC 9112 7.1); zeroed at first. */
struct http_chunks {
	enum http_chunk_state state;
	uint64_t left;			/* octets of this chunk */
	unsigned digits, extra;
};

enum http_chunk { CHUNK_MORE, CHUNK_PIECE, CHUNK_WHOLE, CHUNK_BAD };
/* Takes octets from *in up to the end of a piece of the body, which is *ret.  WHOLE: the body's end was taken. */
enum http_chunk http_chunks_next(struct http_chunks *k, struct zg_slice *in, struct zg_slice *ret);

/* Decodes %XX, and + into a blank where is_form; 0, or -1: a % that stands alone, or b is full. */
int http_decode(struct zg_slice s, bool is_form, struct zg_buf *b);
/* The path of a target, decoded into b, which has room for target.n octets; 0, or -1: it is none of http_request.path. */
int http_path(struct zg_slice target, struct zg_buf *b);
/* a=b&c=d decoded into b, which has room for s.n octets; 0, or -1: badly encoded, or more pairs than most. */
int http_pairs(struct zg_slice s, struct zg_buf *b, struct http_pair *v, size_t most, size_t *ret_count);

#endif
