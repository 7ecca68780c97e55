/* utf8.c - is it UTF-8? */
#include "base/utf8.h"
#include <stdint.h>
#include <string.h>
#include "base/ascii.h"
#include "base/ascii_words.h"

/* Octets of the sequence that begins at p (n are left), or 0 where it is not one. */
static size_t sequence(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||	/* overlong; surrogates */
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))	/* overlong; above U+10FFFF */
		return 0;
	return len;
}

size_t zg_utf8_first(struct zg_slice s)
{
	return s.n ? sequence((const unsigned char *)s.p, s.n) : 0;
}

bool zg_utf8_is_valid(struct zg_slice s)
{
	for (size_t i = 0; i < s.n;) {
		size_t n = sequence((const unsigned char *)s.p + i, s.n - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

bool zg_utf8_has_8bit(struct zg_slice s)
{
	size_t i = 0;
	uint64_t v;

	for (; s.n - i >= sizeof(v); i += sizeof(v)) {
		memcpy(&v, s.p + i, sizeof(v));
		if (v & ZG_ASCII_ALL(0x80))
			return true;
	}
	for (; i < s.n; i++)
		if (zg_ascii_is_8bit(s.p[i]))
			return true;
	return false;
}
