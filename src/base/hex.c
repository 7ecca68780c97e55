/* hex.c - hexadecimal digits. */
#include "base/hex.h"
#include "base/ascii.h"

void zg_hex_encode(struct zg_slice s, struct zg_buf *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		zg_buf_putc(ret, digits[(unsigned char)s.p[i] >> 4]);
		zg_buf_putc(ret, digits[(unsigned char)s.p[i] & 15]);
	}
}

static int digit_of(char c)
{
	if (zg_ascii_is_digit(c))
		return c - '0';
	c = zg_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int zg_hex_decode(struct zg_slice s, struct zg_buf *ret)
{
	if (s.n % 2)
		return -1;
	for (size_t i = 0; i < s.n; i += 2) {
		int high = digit_of(s.p[i]), low = digit_of(s.p[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		zg_buf_putc(ret, (char)(unsigned char)(high << 4 | low));
	}
	return ret->is_full ? -1 : 0;
}
