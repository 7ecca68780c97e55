/* test_bytes.c - what looks at many octets at once says what a look at each octet says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/ascii.h"
#include "base/ascii_words.h"
#include "base/b64.h"
#include "base/crlf.h"

#define MOST 200u

static unsigned draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

/* n octets of those of `from`, in memory of their own, so that a look beyond them shows. */
static char *octets(uint64_t *seed, struct zg_slice from, size_t n)
{
	char *p = malloc(n ? n : 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = from.p[draw(seed, (unsigned)from.n)];
	return p;
}

static bool is_sound_plainly(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\0' || (p[i] == '\n' && (i == 0 || p[i - 1] != '\r')))
			return false;
		if (p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n'))
			return false;
	}
	return true;
}

static void line_ends(void **state)
{
	static const struct zg_slice kinds[] = { ZG_SI("\r\n a"), ZG_SI("abcdefghijklmnopqrstuvw\r") };
	uint64_t seed = 5;
	unsigned sound = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = draw(&seed, round % 3 ? MOST : 6);
		char *p = octets(&seed, kinds[round % 2], n);

		for (size_t i = 0; i < n && round % 4; i++)	/* most are sound, but for one octet here and there */
			if (p[i] == '\r' || p[i] == '\n') {
				p[i] = i + 1 < n ? '\r' : 'x';
				if (i + 1 < n)
					p[++i] = '\n';
			}
		if (n && draw(&seed, 3) == 0)
			p[draw(&seed, (unsigned)n)] = "\r\n\0"[draw(&seed, 3)];
		assert_int_equal(zg_crlf_is_sound(zg_slice_of(p, n)), is_sound_plainly(p, n));
		sound += zg_crlf_is_sound(zg_slice_of(p, n));
		free(p);
	}
	assert_true(sound > 2000 && sound < 18000);
	assert_true(zg_crlf_is_sound((struct zg_slice){ NULL, 0 }));
}

static bool is_equal_plainly(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (zg_ascii_lower(a[i]) != zg_ascii_lower(b[i]))
			return false;
	return true;
}

static void case_aside(void **state)
{
	const struct zg_slice near = ZG_S("@AZ[`az{\x80\xc1\xda\xe1\xff kK");
	uint64_t seed = 9;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		unsigned char octet = (unsigned char)c, lower;
		uint64_t v = zg_ascii_word_lower(ZG_ASCII_ALL(octet));

		memcpy(&lower, &v, 1);
		assert_int_equal(lower, (unsigned char)zg_ascii_lower((char)octet));
		assert_true(v == ZG_ASCII_ALL(lower));
		for (unsigned place = 0; place < 8; place++) {
			char text[8] = "xxxxxxx";

			text[7] = 'x';
			text[place] = (char)octet;
			v = zg_ascii_word(text, 8);
			assert_int_equal(zg_ascii_word_first(zg_ascii_word_controls(v)), octet < ' ' ? place : 8);
			assert_int_equal(zg_ascii_word_first(zg_ascii_word_zeros(v)), octet ? 8 : place);
		}
		assert_true(zg_ascii_word_controls(ZG_ASCII_ALL(octet)) == (octet < ' ' ? ZG_ASCII_ALL(0x80) : 0));
		assert_true(zg_ascii_word_zeros(ZG_ASCII_ALL(octet)) == (octet ? 0 : ZG_ASCII_ALL(0x80)));
	}
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = draw(&seed, 30);
		char *a = octets(&seed, near, n), *b = octets(&seed, near, n);
		int order;

		for (size_t i = 0; i < n; i++)
			b[i] = draw(&seed, 2) ? zg_ascii_lower(a[i]) : a[i];
		if (n && draw(&seed, 2))
			b[draw(&seed, (unsigned)n)] = near.p[draw(&seed, (unsigned)near.n)];
		order = zg_ascii_cmp_ci(a, b, n);
		assert_int_equal(order == 0, is_equal_plainly(a, b, n));
		assert_int_equal(zg_ascii_cmp_ci(b, a, n), -order);
		assert_int_equal(zg_slice_eq_ci(zg_slice_of(a, n), zg_slice_of(b, n)), order == 0);
		free(a);
		free(b);
	}
}

/* Of three rows a is not over b, b not over c: then a is not over c. */
static void the_order_is_one(void **state)
{
	uint64_t seed = 21;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = 1 + draw(&seed, 20);
		char *v[3];

		for (unsigned i = 0; i < 3; i++)
			v[i] = octets(&seed, ZG_S("aAbB"), n);
		if (zg_ascii_cmp_ci(v[0], v[1], n) <= 0 && zg_ascii_cmp_ci(v[1], v[2], n) <= 0)
			assert_true(zg_ascii_cmp_ci(v[0], v[2], n) <= 0);
		for (unsigned i = 0; i < 3; i++)
			free(v[i]);
	}
}

static void base64_there_and_back(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		char text[2 * MOST], folded[4 * MOST], back[MOST];
		size_t n = draw(&seed, MOST), room = round % 5 ? sizeof(back) : draw(&seed, MOST);
		char *p = malloc(n ? n : 1);
		struct zg_buf b = zg_buf_of(text, sizeof(text)), f = zg_buf_of(folded, sizeof(folded));
		struct zg_buf out = zg_buf_of(back, room);

		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			p[i] = (char)draw(&seed, 256);
		zg_b64_encode(zg_slice_of(p, n), &b);
		for (size_t i = 0; i < b.n; i++) {
			if (draw(&seed, 20) == 0)
				zg_buf_put(&f, ZG_S("\r\n\t"));
			zg_buf_putc(&f, text[i]);
		}
		assert_int_equal(zg_b64_decode_fws(zg_buf_slice(&f), &out), n > room ? -1 : 0);
		if (n <= room)
			assert_true(zg_slice_eq(zg_buf_slice(&out), zg_slice_of(p, n)));
		if (b.n) {
			text[draw(&seed, (unsigned)b.n)] = "\0-_ \x7f\x80\xff*"[draw(&seed, 8)];
			out = zg_buf_of(back, sizeof(back));
			assert_int_equal(zg_b64_decode(zg_buf_slice(&b), &out), -1);
		}
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_ends),
		cmocka_unit_test(case_aside),
		cmocka_unit_test(the_order_is_one),
		cmocka_unit_test(base64_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
