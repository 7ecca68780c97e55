/* selector.c - selectors as people type and paste them.
 *
 * RFC 6376 3.1: labels joined by dots.  An underscore is taken too, since selectors with one are in
 * use; "_domainkey" itself is the mark behind which the domain stands, never a part of a selector. */
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "house/house.h"

#define MARK ZG_SI("._domainkey")
#define NAME_MAX_TEXT 253u	/* octets of selector._domainkey.domain: ZG_LIMIT_DOMAIN on the wire */

static bool is_selector(struct zg_slice s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool is_edge = label == 0 || i + 1 == s.n || s.p[i + 1] == '.';

		if (s.p[i] == '.') {
			if (!label)
				return false;
			label = 0;
			continue;
		}
		if (!zg_ascii_is_alnum(s.p[i]) && s.p[i] != '_' && (s.p[i] != '-' || is_edge))
			return false;
		if (++label > ZG_LIMIT_LABEL)
			return false;
	}
	return label > 0;
}

/* Is what was pasted behind the mark nothing, or the domain? */
static bool is_tail_right(struct zg_slice tail, struct zg_slice domain, struct zg_arena *a)
{
	struct zg_slice is;

	if (!tail.n)
		return true;
	if (tail.p[0] != '.')
		return false;
	is = zg_address_domain(zg_slice_sub(tail, 1, tail.n), a);
	return is.n && (!domain.n || zg_slice_eq(is, zg_address_domain(domain, a)));
}

struct zg_slice house_selector_read(struct zg_slice text, struct zg_slice domain, struct zg_arena *a)
{
	static const struct zg_slice mark = MARK;
	struct zg_slice none = { NULL, 0 }, s = zg_slice_trim(text);
	char *p;
	size_t at = 0;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	while (at < s.n && !zg_slice_starts_ci(zg_slice_sub(s, at, s.n), mark))
		at++;
	if (at < s.n && !is_tail_right(zg_slice_sub(s, at + mark.n, s.n), domain, a))
		return none;
	s.n = at;
	if (zg_slice_eq_ci(zg_slice_sub(s, 0, zg_slice_find(s, '.')), zg_slice_sub(mark, 1, mark.n)))
		return none;	/* the mark alone, with nothing in front */
	if (!is_selector(s) || s.n + mark.n + (domain.n ? 1 + domain.n : 0) > NAME_MAX_TEXT)
		return none;
	p = zg_arena_bytes(a, s.n);
	if (!p)
		return none;
	for (size_t i = 0; i < s.n; i++)
		p[i] = zg_ascii_lower(s.p[i]);
	return zg_slice_of(p, s.n);
}
