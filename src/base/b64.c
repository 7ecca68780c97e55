/* b64.c - base64. */
#include "base/b64.h"
#include <stdint.h>
#include "base/ascii.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t zg_b64_size(size_t n)
{
	return (n / 3 + (n % 3 != 0)) * 4;
}

void zg_b64_encode(struct zg_slice s, struct zg_buf *ret)
{
	for (size_t i = 0; i < s.n; i += 3) {
		size_t n = s.n - i < 3 ? s.n - i : 3;
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
		char out[4];

		if (n > 1)
			v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
		if (n > 2)
			v |= (unsigned char)s.p[i + 2];
		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
		out[3] = n > 2 ? alphabet[v & 63] : '=';
		zg_buf_put(ret, (struct zg_slice){ out, 4 });
	}
}

static int digit_of(char c)
{
	if (zg_ascii_is_upper(c))
		return c - 'A';
	if (zg_ascii_is_alpha(c))
		return c - 'a' + 26;
	if (zg_ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int decode(struct zg_slice s, bool is_loose, struct zg_buf *ret)
{
	uint32_t v = 0;
	unsigned have = 0, pad = 0;	/* sextets in v; = seen */

	for (size_t i = 0; i < s.n; i++) {
		int d = digit_of(s.p[i]);

		if (is_loose && zg_ascii_is_space(s.p[i]))
			continue;
		if (s.p[i] == '=' && have >= 2 && have + pad < 4) {
			pad++;
			continue;
		}
		if (d < 0 || pad)
			return -1;
		v = v << 6 | (uint32_t)d;
		if (++have < 4)
			continue;
		zg_buf_putc(ret, (char)(unsigned char)(v >> 16));
		zg_buf_putc(ret, (char)(unsigned char)(v >> 8));
		zg_buf_putc(ret, (char)(unsigned char)v);
		v = have = 0;
	}
	if (have == 1 || (have && have + pad != 4 && !(is_loose && !pad)))
		return -1;
	if ((have == 2 && v & 15) || (have == 3 && v & 3))
		return -1;
	if (have >= 2)
		zg_buf_putc(ret, (char)(unsigned char)(have == 2 ? v >> 4 : v >> 10));
	if (have == 3)
		zg_buf_putc(ret, (char)(unsigned char)(v >> 2));
	return ret->is_full ? -1 : 0;
}

int zg_b64_decode(struct zg_slice s, struct zg_buf *ret)
{
	return decode(s, false, ret);
}

int zg_b64_decode_fws(struct zg_slice s, struct zg_buf *ret)
{
	return decode(s, true, ret);
}
