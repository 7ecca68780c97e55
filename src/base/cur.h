/* cur.h - a cursor over bytes from outside, whose first error sticks.
 *
 * Read straight down, check `why` once at the end: after a failure every read answers an empty value and moves nothing. */
#ifndef ZG_BASE_CUR_H
#define ZG_BASE_CUR_H

#include <stdint.h>
#include <zegel/slice.h>

struct zg_cur {
	struct zg_slice s;	/* what is read */
	size_t at;		/* octets consumed */
	const char *why;	/* the first error, a literal; NULL while all is well */
};

static inline struct zg_cur zg_cur_of(struct zg_slice s)
{
	return (struct zg_cur){ .s = s };
}

/* Notes the first error, a literal. */
static inline void zg_cur_fail(struct zg_cur *c, const char *why)
{
	if (!c->why)
		c->why = why;
}

static inline bool zg_cur_is_end(const struct zg_cur *c)
{
	return c->why || c->at == c->s.n;
}

/* What is left. */
static inline struct zg_slice zg_cur_rest(const struct zg_cur *c)
{
	return c->why ? (struct zg_slice){ NULL, 0 } : zg_slice_sub(c->s, c->at, c->s.n);
}

/* The next octet without taking it; '\0' at the end. */
static inline char zg_cur_peek(const struct zg_cur *c)
{
	return zg_cur_is_end(c) ? '\0' : c->s.p[c->at];
}

/* Takes one octet; an error at the end. */
static inline char zg_cur_byte(struct zg_cur *c)
{
	if (zg_cur_is_end(c)) {
		zg_cur_fail(c, "it ends too early");
		return '\0';
	}
	return c->s.p[c->at++];
}

/* Takes as long as is(octet). */
static inline struct zg_slice zg_cur_while(struct zg_cur *c, bool (*is)(char c))
{
	struct zg_slice rest = zg_cur_rest(c);
	size_t n = 0;

	while (n < rest.n && is(rest.p[n]))
		n++;
	c->at += n;
	return zg_slice_sub(rest, 0, n);
}

/* Takes n octets; an error where there are fewer. */
struct zg_slice zg_cur_bytes(struct zg_cur *c, size_t n);
/* Takes lit when it stands here and says whether it did; lit_ci: A-Z counts as a-z. */
bool zg_cur_lit(struct zg_cur *c, struct zg_slice lit);
bool zg_cur_lit_ci(struct zg_cur *c, struct zg_slice lit);
/* Takes all up to the octet `stop` (which stays) or the end. */
struct zg_slice zg_cur_until(struct zg_cur *c, char stop);
/* Takes a decimal number of at most max; an error where there is none or it is larger. */
uint64_t zg_cur_uint(struct zg_cur *c, uint64_t max);
/* Takes blanks and tabs. */
void zg_cur_skip_wsp(struct zg_cur *c);
/* Big-endian binary, for wires: an error where too few octets are left. */
uint8_t zg_cur_u8(struct zg_cur *c);
uint16_t zg_cur_u16(struct zg_cur *c);
uint32_t zg_cur_u32(struct zg_cur *c);
uint64_t zg_cur_u64(struct zg_cur *c);
/* A slice written as u32 length and its octets. */
struct zg_slice zg_cur_sized(struct zg_cur *c);

#endif
