/* slice.h - bytes that somebody else owns.
 *
 * A slice is a view: a pointer and a count of octets.  It owns nothing, ends with no NUL and may hold any octet.
 * Every byte from outside travels as a slice.  All functions here are pure, take slices by value, cannot fail and are
 * ASCII only: no locale has a say in what a letter is.  A slice that comes of another is a view of the same octets,
 * and lives as long as they do. */
#ifndef ZEGEL_SLICE_H
#define ZEGEL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A view of n octets. */
struct zg_slice {
	const char *p;	/* may be NULL only when n is 0 */
	size_t n;	/* octets */
};

/* A slice of a string literal, without its NUL.  ZG_SI is the form for initializers of static tables. */
#ifdef __cplusplus
#define ZG_S(lit) (zg_slice{ "" lit, sizeof(lit) - 1 })
#else
#define ZG_S(lit) ((struct zg_slice){ "" lit, sizeof(lit) - 1 })
#endif
#define ZG_SI(lit) { "" lit, sizeof(lit) - 1 }

/* For printf of the programs above the library: printf(ZG_FMT, ZG_ARG(s)).  It ends at a NUL, and at 2 GiB. */
#define ZG_FMT "%.*s"
#define ZG_ARG(s) (int)(s).n, (s).p

/* The n octets at p, which stay the caller's. */
inline struct zg_slice zg_slice_of(const void *p, size_t n);
/* A view of a C string of the program itself (an argument, an environment value), without its NUL; NULL gives the
 * empty slice. */
struct zg_slice zg_slice_cstr(const char *s);
/* A view of s from octet `from` on, at most n octets; past the end gives the empty slice at the end. */
inline struct zg_slice zg_slice_sub(struct zg_slice s, size_t from, size_t n);
/* Same octets? */
inline bool zg_slice_eq(struct zg_slice a, struct zg_slice b);
/* Same octets when A-Z counts as a-z? */
bool zg_slice_eq_ci(struct zg_slice a, struct zg_slice b);
/* Order of octets as memcmp has it, the shorter first: < 0, 0, > 0. */
int zg_slice_cmp(struct zg_slice a, struct zg_slice b);
/* Does s begin with these octets?  Every slice begins with the empty one. */
bool zg_slice_starts(struct zg_slice s, struct zg_slice with);
/* Does s begin with these octets, when A-Z counts as a-z? */
bool zg_slice_starts_ci(struct zg_slice s, struct zg_slice with);
/* Does s end with these octets, when A-Z counts as a-z? */
bool zg_slice_ends_ci(struct zg_slice s, struct zg_slice with);
/* Place of the first octet c, counted from 0, or s.n where there is none. */
inline size_t zg_slice_find(struct zg_slice s, char c);
/* Place of the last octet c, or s.n where there is none. */
size_t zg_slice_rfind(struct zg_slice s, char c);
/* Place of the first occurrence of what (not empty), or s.n. */
size_t zg_slice_find_slice(struct zg_slice s, struct zg_slice what);
/* A view of s without blanks, tabs, CR and LF at both ends. */
struct zg_slice zg_slice_trim(struct zg_slice s);

/* The shortest are compiled where they are called; the library has each of them all the same. */

inline struct zg_slice zg_slice_of(const void *p, size_t n)
{
	struct zg_slice s = { (const char *)p, n };

	return s;
}

inline struct zg_slice zg_slice_sub(struct zg_slice s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
#ifdef __clang_analyzer__	/* it would take the question for a sign that p may be NULL wherever a view is cut */
	return zg_slice_of(s.p + from, n);
#else
	return zg_slice_of(s.p ? s.p + from : s.p, n);
#endif
}

inline bool zg_slice_eq(struct zg_slice a, struct zg_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

inline size_t zg_slice_find(struct zg_slice s, char c)
{
	const char *at = s.n ? (const char *)memchr(s.p, (unsigned char)c, s.n) : s.p;

	return s.n && at ? (size_t)(at - s.p) : s.n;
}

#ifdef __cplusplus
}
#endif

#endif
