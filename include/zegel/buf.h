/* buf.h - the one bounded writer.
 *
 * A buffer writes into memory of the caller, which must outlive it.  What does not fit is not written at all and sets
 * `is_full`, which sticks: write straight down, check once at the end. */
#ifndef ZEGEL_BUF_H
#define ZEGEL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A writer; it is copied as a value, and needs no end. */
struct zg_buf {
	char *p;	/* the caller's memory */
	size_t n, cap;	/* octets written; octets there are */
	bool is_full;
};

/* A buffer over cap octets at p, which stay the caller's. */
struct zg_buf zg_buf_of(void *p, size_t cap);
/* Copies the octets of s; none of them where not all fit. */
void zg_buf_put(struct zg_buf *b, struct zg_slice s);
/* One octet. */
void zg_buf_putc(struct zg_buf *b, char c);
/* A number in decimal, without leading zeros. */
void zg_buf_put_uint(struct zg_buf *b, uint64_t v);
/* The same with a minus in front where it is negative. */
void zg_buf_put_int(struct zg_buf *b, int64_t v);
/* A number in decimal, at least `width` (<= 20) digits, zeros in front. */
void zg_buf_put_pad(struct zg_buf *b, uint64_t v, unsigned width);
/* A view of what was written; empty when full. */
struct zg_slice zg_buf_slice(const struct zg_buf *b);

#ifdef __cplusplus
}
#endif

#endif
