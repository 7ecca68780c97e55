/* canon.h - canonicalization, RFC 6376 3.4. */
#ifndef ZG_AUTH_CANON_H
#define ZG_AUTH_CANON_H

#include <zegel/buf.h>
#include <zegel/dkim.h>

#define ZG_CANON_GATHER 4096u

/* Where canonical octets go: into a buffer, or into a hash, small pieces gathered so that it is called seldom. */
struct zg_canon_out {
	struct zg_buf *buf;	/* or NULL */
	struct zg_hash *hash;
	size_t n;		/* octets gathered */
	char b[ZG_CANON_GATHER];	/* n of them count */
};
void zg_canon_out_init(struct zg_canon_out *o, struct zg_buf *buf, struct zg_hash *hash);
void zg_canon_out_put(struct zg_canon_out *o, struct zg_slice s);
/* Hands on what was gathered; to be called at the end. */
void zg_canon_out_flush(struct zg_canon_out *o);

/* One header field with its CRLF.  Never longer than f->raw and two octets. */
void zg_canon_field(enum zg_canon canon, const struct zg_field *f, struct zg_canon_out *o);
/* The same without its CRLF, as the signature's own field goes in (RFC 6376 3.7).  hole: octets of f->value that are
 * left out (the value of b=), or n == 0. */
void zg_canon_field_bare(enum zg_canon canon, const struct zg_field *f, struct zg_slice hole, struct zg_canon_out *o);

/* A body, in pieces of any size; h must outlive c.  limit: l=, or UINT64_MAX. */
void zg_canon_body_init(struct zg_canon_body *c, enum zg_canon canon, uint64_t limit, struct zg_hash *h);
void zg_canon_body_update(struct zg_canon_body *c, struct zg_slice piece);
/* The body is over: the last line gets the CRLF it lacks, the rest of empty lines is dropped. */
void zg_canon_body_end(struct zg_canon_body *c);

#endif
