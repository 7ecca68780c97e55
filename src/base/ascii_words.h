/* ascii_words.h - eight octets at a time, as one number, where looking at each would cost more than what is done. */
#ifndef ZG_BASE_ASCII_WORDS_H
#define ZG_BASE_ASCII_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZG_ASCII_ALL(octet) (UINT64_C(0x0101010101010101) * (octet))

/* n octets, 1 to 8, as a number; of the same count, two are equal where the octets are. */
static inline uint64_t zg_ascii_word(const char *p, size_t n)
{
	uint32_t a, b;
	uint64_t v;

	if (n == sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		return v;
	}
	if (n < sizeof(a))
		return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 |
		       (uint64_t)(unsigned char)p[n - 1] << 16;
	memcpy(&a, p, sizeof(a));
	memcpy(&b, p + n - sizeof(b), sizeof(b));
	return a | (uint64_t)b << 32;
}

/* A-Z made a-z in each octet. */
static inline uint64_t zg_ascii_word_lower(uint64_t v)
{
	uint64_t low = v & ZG_ASCII_ALL(0x7f);
	uint64_t from_a = low + ZG_ASCII_ALL(0x80 - 'A'), behind_z = low + ZG_ASCII_ALL(0x80 - 'Z' - 1);

	return v | ((from_a & ~behind_z & ~v & ZG_ASCII_ALL(0x80)) >> 2);
}

/* 0x80 in each octet below the space, and 0 in all others. */
static inline uint64_t zg_ascii_word_controls(uint64_t v)
{
	return ~((v & ZG_ASCII_ALL(0x7f)) + ZG_ASCII_ALL(0x80 - ' ')) & ~v & ZG_ASCII_ALL(0x80);
}

/* 0x80 in each octet that is 0, and 0 in all others. */
static inline uint64_t zg_ascii_word_zeros(uint64_t v)
{
	return ~((v & ZG_ASCII_ALL(0x7f)) + ZG_ASCII_ALL(0x7f)) & ~v & ZG_ASCII_ALL(0x80);
}

/* Place of the first octet, in the order of memory, that has 0x80 and all others 0x80 or 0; 8 where none has. */
static inline size_t zg_ascii_word_first(uint64_t v)
{
	const uint16_t one = 1;
	unsigned char is_little_endian;

	memcpy(&is_little_endian, &one, 1);
	if (!v)
		return 8;
	return (size_t)(is_little_endian ? __builtin_ctzll(v) : __builtin_clzll(v)) / 8;
}

/* Copies n octets, A-Z made a-z. */
static inline void zg_ascii_lower_copy(char *to, const char *p, size_t n)
{
	uint64_t v;

	for (size_t i = 0; n >= sizeof(v) && i < n; i += sizeof(v)) {
		size_t at = n - i < sizeof(v) ? n - sizeof(v) : i;	/* the last eight, some of them once more */

		v = zg_ascii_word_lower(zg_ascii_word(p + at, sizeof(v)));
		memcpy(to + at, &v, sizeof(v));
	}
	for (size_t i = 0; n < sizeof(v) && i < n; i++)
		to[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + ('a' - 'A') : p[i]);
}

/* An order of n octets, case aside; not the one of the alphabet. */
static inline int zg_ascii_cmp_ci(const char *a, const char *b, size_t n)
{
	while (n) {
		size_t k = n < 8 ? n : 8;
		uint64_t va = zg_ascii_word_lower(zg_ascii_word(a, k)), vb = zg_ascii_word_lower(zg_ascii_word(b, k));

		if (va != vb)
			return va < vb ? -1 : 1;
		a += k;
		b += k;
		n -= k;
	}
	return 0;
}

#endif
