/* test_mail.c - the Date field, and dots stuffed by views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "mail/date.h"
#include "mail/dot.h"

static void dates_are_utc(void **state)
{
	static const struct { const char *proves; int64_t t; struct zg_slice text; } rows[] = {
		{ "the start", 0, ZG_SI("Thu, 1 Jan 1970 00:00:00 +0000") },
		{ "before it", -1, ZG_SI("Wed, 31 Dec 1969 23:59:59 +0000") },
		{ "two digits of a day", 1795559957, ZG_SI("Tue, 24 Nov 2026 22:39:17 +0000") },
		{ "a leap day", 951782400, ZG_SI("Tue, 29 Feb 2000 00:00:00 +0000") },
		{ "past 2^31", 4107542400, ZG_SI("Mon, 1 Mar 2100 00:00:00 +0000") },
		{ "a Sunday", 1795910400, ZG_SI("Sun, 29 Nov 2026 00:00:00 +0000") },
		{ "the last there is", INT64_MAX, ZG_SI("Fri, 31 Dec 9999 23:59:59 +0000") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[64];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		zg_date_put(&b, rows[i].t);
		if (!zg_slice_eq(zg_buf_slice(&b), rows[i].text))
			fail_msg("%s: " ZG_FMT, rows[i].proves, ZG_ARG(zg_buf_slice(&b)));
	}
}

/* Stuffs body, cut into pieces of the sizes that a seed gives (0: whole), max views at a time. */
static void stuffed(struct zg_slice body, unsigned seed, size_t max, struct zg_buf *out)
{
	bool bol = true;
	size_t at = 0;
	unsigned random = seed;

	while (at < body.n) {
		struct zg_slice piece = zg_slice_sub(body, at, body.n), v[8];
		size_t done = 0, used = 0;

		if (seed) {
			random = random * 1103515245u + 12345u;
			piece.n = seed == 1 || piece.n < 2 ? 1 : 1 + (random >> 16) % piece.n;
		}
		while (done < piece.n) {
			size_t count = zg_dot_stuff(zg_slice_sub(piece, done, piece.n), &bol, v, max, &used);

			assert_true(count > 0 && count <= max);
			for (size_t i = 0; i < count; i++) {
				assert_true(v[i].n > 0);
				zg_buf_put(out, v[i]);
			}
			done += used;
		}
		at += piece.n;
	}
}

static void dots_are_stuffed(void **state)
{
	static const struct { const char *proves; struct zg_slice body, want; } rows[] = {
		{ "nothing", ZG_SI(""), ZG_SI("") },
		{ "no dot", ZG_SI("a\r\nb\r\n"), ZG_SI("a\r\nb\r\n") },
		{ "a dot first", ZG_SI(".a\r\n"), ZG_SI("..a\r\n") },
		{ "a dot alone on a line", ZG_SI("a\r\n.\r\nb\r\n"), ZG_SI("a\r\n..\r\nb\r\n") },
		{ "two dots get a third", ZG_SI("..\r\n"), ZG_SI("...\r\n") },
		{ "dots inside lines stay", ZG_SI("a.b\r\n c.\r\n"), ZG_SI("a.b\r\n c.\r\n") },
		{ "every line", ZG_SI(".\r\n.\r\n.\r\n"), ZG_SI("..\r\n..\r\n..\r\n") },
		{ "a dot at the very end", ZG_SI("a\r\n."), ZG_SI("a\r\n..") },
		{ "empty lines", ZG_SI("\r\n\r\n.\r\n"), ZG_SI("\r\n\r\n..\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned seed = 0; seed < 20; seed++)
			for (size_t max = 1; max <= 8; max++) {
				char mem[64];
				struct zg_buf b = zg_buf_of(mem, sizeof(mem));

				stuffed(rows[i].body, seed, max, &b);
				if (!zg_slice_eq(zg_buf_slice(&b), rows[i].want))
					fail_msg("%s, seed %u, %zu views", rows[i].proves, seed, max);
			}
}

static void pieces_that_begin_within_a_line(void **state)
{
	struct zg_slice v[4];
	bool bol = false;
	size_t used;

	(void)state;
	assert_int_equal(zg_dot_stuff(ZG_S(".a"), &bol, v, 4, &used), 1);
	assert_int_equal(used, 2);
	assert_false(bol);
	assert_int_equal(zg_dot_stuff(ZG_S("a\r\n"), &bol, v, 0, &used), 0);
	assert_int_equal(used, 0);
	assert_false(bol);
	assert_int_equal(zg_dot_stuff(ZG_S("\r\n"), &bol, v, 4, &used), 1);
	assert_true(bol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_utc), cmocka_unit_test(dots_are_stuffed),
		cmocka_unit_test(pieces_that_begin_within_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
