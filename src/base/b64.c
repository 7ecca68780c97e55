/* b64.c - base64. */
#include "base/b64.h"
#include <stdint.h>
#include "base/ascii.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t zg_b64_size(size_t n)
{
	return (n / 3 + (n % 3 != 0)) * 4;
}

static inline void quad_put(uint32_t v, char *to)
{
	to[0] = alphabet[v >> 18];
	to[1] = alphabet[v >> 12 & 63];
	to[2] = alphabet[v >> 6 & 63];
	to[3] = alphabet[v & 63];
}

void zg_b64_encode(struct zg_slice s, struct zg_buf *ret)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0, n = s.n % 3;
	char last[4];

	if (ret->is_full || zg_b64_size(s.n) > ret->cap - ret->n) {
		ret->is_full = true;
		return;
	}
	for (; s.n - i >= 3; i += 3, ret->n += 4)
		quad_put((uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2], ret->p + ret->n);
	if (!n)
		return;
	quad_put((uint32_t)p[i] << 16 | (n > 1 ? (uint32_t)p[i + 1] << 8 : 0), last);
	if (n == 1)
		last[2] = '=';
	last[3] = '=';
	zg_buf_put(ret, (struct zg_slice){ last, sizeof(last) });
}

/* What a digit stands for, and DIGIT; 0: no digit. */
#define DIGIT 64u
static const unsigned char digits[256] = {
	['A'] = 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
	['a'] = 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112,
		113, 114, 115,
	['0'] = 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, ['+'] = 126, ['/'] = 127,
};

/* Decodes from octet i on while four digits stand side by side and three octets have room.  The place behind. */
static size_t quads(struct zg_slice s, size_t i, struct zg_buf *ret)
{
	const unsigned char *p = (const unsigned char *)s.p;
	char *to = ret->p;
	size_t count = (s.n - i) / 4 < (ret->cap - ret->n) / 3 ? (s.n - i) / 4 : (ret->cap - ret->n) / 3, n = ret->n;

	for (size_t k = 0; k < count; k++, i += 4) {
		uint32_t a = digits[p[i]], b = digits[p[i + 1]], c = digits[p[i + 2]], d = digits[p[i + 3]];
		uint32_t v = (a << 18) + (b << 12) + (c << 6) + d - ((DIGIT << 12) + (DIGIT << 6) + DIGIT);

		if (!(a & b & c & d & DIGIT))
			break;
		to[n++] = (char)(unsigned char)(v >> 16);
		to[n++] = (char)(unsigned char)(v >> 8);
		to[n++] = (char)(unsigned char)v;
	}
	ret->n = n;
	return i;
}

static int decode(struct zg_slice s, bool is_loose, struct zg_buf *ret)
{
	uint32_t v = 0;
	unsigned have = 0, pad = 0;	/* sextets in v; = seen */

	for (size_t i = 0; i < s.n; i++) {
		unsigned char d;

		if (have == 0 && !ret->is_full && (i = quads(s, i, ret)) == s.n)
			break;
		d = digits[(unsigned char)s.p[i]];
		if (is_loose && zg_ascii_is_space(s.p[i]))
			continue;
		if (s.p[i] == '=' && have >= 2 && have + pad < 4) {
			pad++;
			continue;
		}
		if (!d || pad)
			return -1;
		v = v << 6 | (d - DIGIT);
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
