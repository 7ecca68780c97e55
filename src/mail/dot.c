/* dot.c - dot stuffing by views.
 *
 * Once the dot to stuff was given out, *bol is false: the line's own dot, even when it comes with the next call, is
 * then an octet as any other. */
#include "mail/dot.h"

/* Octets up to the next place where a dot must come, which is before a '.' behind an LF; or all. */
static size_t run_size(struct zg_slice s)
{
	size_t n = 0;

	while (n < s.n) {
		n += zg_slice_find(zg_slice_sub(s, n, s.n), '\n');
		n += n < s.n;
		if (n < s.n && s.p[n] == '.')
			return n;
	}
	return n;
}

size_t zg_dot_stuff(struct zg_slice body, bool *bol, struct zg_slice *ret_v, size_t max, size_t *ret_used)
{
	size_t count = 0, at = 0;

	while (at < body.n && count < max) {
		struct zg_slice rest = zg_slice_sub(body, at, body.n);
		size_t n;

		if (*bol && rest.p[0] == '.') {
			ret_v[count++] = ZG_S(".");
			*bol = false;
			continue;
		}
		n = run_size(rest);
		ret_v[count++] = zg_slice_sub(rest, 0, n);
		*bol = rest.p[n - 1] == '\n';
		at += n;
	}
	*ret_used = at;
	return count;
}
