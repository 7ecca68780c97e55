/* slice.c - views on bytes: compare, find, cut. */
#include <string.h>
#include <zegel/slice.h>
#include "base/ascii.h"
#include "base/ascii_words.h"

/* The symbols of what slice.h compiles where it is called. */
extern struct zg_slice zg_slice_of(const void *p, size_t n);
extern struct zg_slice zg_slice_sub(struct zg_slice s, size_t from, size_t n);
extern bool zg_slice_eq(struct zg_slice a, struct zg_slice b);
extern size_t zg_slice_find(struct zg_slice s, char c);

struct zg_slice zg_slice_cstr(const char *s)
{
	return (struct zg_slice){ s, s ? strlen(s) : 0 };
}

bool zg_slice_eq_ci(struct zg_slice a, struct zg_slice b)
{
	return a.n == b.n && zg_ascii_cmp_ci(a.p, b.p, a.n) == 0;
}

int zg_slice_cmp(struct zg_slice a, struct zg_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool zg_slice_starts(struct zg_slice s, struct zg_slice with)
{
	return s.n >= with.n && zg_slice_eq(zg_slice_sub(s, 0, with.n), with);
}

bool zg_slice_starts_ci(struct zg_slice s, struct zg_slice with)
{
	return s.n >= with.n && zg_slice_eq_ci(zg_slice_sub(s, 0, with.n), with);
}

bool zg_slice_ends_ci(struct zg_slice s, struct zg_slice with)
{
	return s.n >= with.n && zg_slice_eq_ci(zg_slice_sub(s, s.n - with.n, with.n), with);
}

size_t zg_slice_rfind(struct zg_slice s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

size_t zg_slice_find_slice(struct zg_slice s, struct zg_slice what)
{
	for (size_t i = 0; what.n <= s.n && i <= s.n - what.n; i++) {
		i += zg_slice_find(zg_slice_sub(s, i, s.n - what.n - i + 1), what.p[0]);
		if (i <= s.n - what.n && memcmp(s.p + i, what.p, what.n) == 0)
			return i;
	}
	return s.n;
}

struct zg_slice zg_slice_trim(struct zg_slice s)
{
	while (s.n && zg_ascii_is_space(s.p[s.n - 1]))
		s.n--;
	while (s.n && zg_ascii_is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}
