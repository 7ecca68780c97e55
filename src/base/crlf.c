/* crlf.c - the law of line ends, held against BLOCK octets at a time, in a loop that compilers turn into vector code. */
#include "base/crlf.h"

#define BLOCK 64u

/* Is there a fault at an octet, before it or behind it? */
static inline unsigned char fault(char before, char c)
{
	unsigned char is_nul = c == '\0', is_behind_cr = before == '\r', is_lf = c == '\n';

	return is_nul | (is_behind_cr ^ is_lf);
}

bool zg_crlf_is_sound(struct zg_slice s)
{
	unsigned char seen = 0;
	size_t i = 1;

	if (!s.n)
		return true;
	for (; s.n - i >= BLOCK; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			seen |= fault(s.p[i + k - 1], s.p[i + k]);
	for (; i < s.n; i++)
		seen |= fault(s.p[i - 1], s.p[i]);
	return !seen && !fault('\n', s.p[0]) && s.p[s.n - 1] != '\r';
}
