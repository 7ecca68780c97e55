/* atext.h - the characters of atoms, RFC 5322 3.2.3, with RFC 6532 3.2: octets above 127 are of them. */
#ifndef ZG_MAIL_ATEXT_H
#define ZG_MAIL_ATEXT_H

#include <zegel/slice.h>
#include "base/ascii.h"

static inline bool zg_atext_is(char c)
{
	const struct zg_slice others = ZG_S("!#$%&'*+-/=?^_`{|}~");

	return zg_ascii_is_alnum(c) || zg_ascii_is_8bit(c) || zg_slice_find(others, c) < others.n;
}

static inline bool zg_atext_is_or_dot(char c)
{
	return c == '.' || zg_atext_is(c);
}

/* Atext, and dots only between; RFC 5321 4.1.2 calls it a Dot-string. */
static inline bool zg_atext_is_dot_atom(struct zg_slice s)
{
	bool is_after_dot = true;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? is_after_dot : !zg_atext_is(s.p[i]))
			return false;
		is_after_dot = s.p[i] == '.';
	}
	return !is_after_dot;
}

#endif
