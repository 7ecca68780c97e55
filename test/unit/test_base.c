/* test_base.c - the ground floor: slices, arenas, the writer, the cursor, numbers, encodings, the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/arena.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/b64.h"
#include "base/cur.h"
#include "base/hex.h"
#include "base/num.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/utf8.h"

static void slices_find_and_compare(void **state)
{
	static const struct { const char *proves; struct zg_slice s, what; size_t at; } rows[] = {
		{ "at the start", ZG_SI("abc"), ZG_SI("a"), 0 },
		{ "at the end", ZG_SI("aab"), ZG_SI("ab"), 1 },
		{ "a near miss first", ZG_SI("abaabac"), ZG_SI("abac"), 3 },
		{ "not there", ZG_SI("abc"), ZG_SI("abd"), 3 },
		{ "longer than all", ZG_SI("ab"), ZG_SI("abc"), 2 },
		{ "in nothing", ZG_SI(""), ZG_SI("a"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_find_slice(rows[i].s, rows[i].what) != rows[i].at)
			fail_msg("%s", rows[i].proves);
	assert_true(zg_slice_eq_ci(ZG_S("FroM"), ZG_S("from")));
	assert_false(zg_slice_eq_ci(ZG_S("from"), ZG_S("fro")));
	assert_true(zg_slice_cmp(ZG_S("ab"), ZG_S("abc")) < 0);
	assert_true(zg_slice_ends_ci(ZG_S("a.Example"), ZG_S(".example")));
	assert_true(zg_slice_starts_ci(ZG_S("DKIM-Signature: v=1"), ZG_S("dkim-signature")));
	assert_false(zg_slice_starts_ci(ZG_S("DKIM"), ZG_S("dkim-")));
	assert_int_equal(zg_slice_trim(ZG_S(" \t\r\nx \n")).n, 1);
	assert_int_equal(zg_slice_rfind(ZG_S("a.b.c"), '.'), 3);
	assert_int_equal(zg_slice_sub(ZG_S("abc"), 5, 2).n, 0);
}

static int failing;	/* allocations until one fails; -1: none */
static unsigned alive;

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	if (failing >= 0 && failing-- == 0)
		return NULL;
	alive++;
	return malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	alive--;
	free(p);
}

static const struct zg_arena_heap heap = { heap_get, heap_put, NULL };

static void arenas_fill_and_reset(void **state)
{
	char mem[64];
	struct zg_arena a;
	char *p;

	(void)state;
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	p = zg_arena_bytes(&a, 64);
	assert_non_null(p);
	assert_null(zg_arena_bytes(&a, 1));
	assert_true(a.is_full);
	zg_arena_reset(&a);
	assert_ptr_equal(zg_arena_bytes(&a, 10), mem);
	zg_arena_shrink(&a, 4);
	assert_ptr_equal(zg_arena_bytes(&a, 1), mem + 6);

	failing = -1;
	zg_arena_init(&a, &heap, 200000);
	for (int i = 0; i < 100; i++) {
		uint64_t *n = zg_arena_alloc(&a, 1000);

		assert_non_null(n);
		assert_int_equal((uintptr_t)n % 16, 0);
		assert_int_equal(n[0] | n[124], 0);
		memset(n, 0xff, 1000);
	}
	assert_null(zg_arena_alloc(&a, 150000));	/* over max */
	zg_arena_reset(&a);
	assert_int_equal(alive, 0);
	assert_null(zg_arena_array(&a, SIZE_MAX / 2, 3));
	zg_arena_reset(&a);
	failing = 0;
	assert_null(zg_arena_alloc(&a, 10));
	assert_true(a.is_full);
	zg_arena_reset(&a);
	failing = -1;
	assert_int_equal(zg_arena_dup(&a, ZG_S("")).n, 0);
	assert_false(a.is_full);
	assert_true(zg_slice_eq(zg_arena_dup(&a, ZG_S("abc")), ZG_S("abc")));
	zg_arena_reset(&a);
	assert_int_equal(alive, 0);
}

static void writer_is_bounded(void **state)
{
	char mem[8];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	(void)state;
	zg_buf_put_int(&b, -12);
	zg_buf_put_pad(&b, 7, 3);
	assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("-12007")));
	zg_buf_put(&b, ZG_S("abc"));
	assert_true(b.is_full);
	zg_buf_putc(&b, 'x');
	assert_int_equal(b.n, 6);
	assert_int_equal(zg_buf_slice(&b).n, 0);
	b = zg_buf_of(mem, sizeof(mem));
	zg_buf_put_uint(&b, UINT64_MAX);
	assert_true(b.is_full);
}

static void cursor_errors_stick(void **state)
{
	struct zg_cur c = zg_cur_of(ZG_S("12 abc"));

	(void)state;
	assert_int_equal(zg_cur_uint(&c, 100), 12);
	zg_cur_skip_wsp(&c);
	assert_true(zg_cur_lit_ci(&c, ZG_S("A")));
	assert_true(zg_slice_eq(zg_cur_rest(&c), ZG_S("bc")));
	(void)zg_cur_uint(&c, 100);
	assert_non_null(c.why);
	assert_int_equal(zg_cur_rest(&c).n, 0);
	assert_int_equal(zg_cur_byte(&c), 0);
	assert_false(zg_cur_lit(&c, ZG_S("b")));
	c = zg_cur_of(ZG_S("\0\0\0\2ab\0\0\0\3ab"));
	assert_true(zg_slice_eq(zg_cur_sized(&c), ZG_S("ab")));
	assert_int_equal(zg_cur_sized(&c).n, 0);
	assert_non_null(c.why);
}

static void numbers_know_their_limit(void **state)
{
	static const struct { const char *proves; struct zg_slice s; uint64_t max; int rc; uint64_t v; } rows[] = {
		{ "zero", ZG_SI("0"), 10, 0, 0 },
		{ "the largest", ZG_SI("18446744073709551615"), UINT64_MAX, 0, UINT64_MAX },
		{ "one more", ZG_SI("18446744073709551616"), UINT64_MAX, -1, 0 },
		{ "at the limit", ZG_SI("65535"), 65535, 0, 65535 },
		{ "over it", ZG_SI("65536"), 65535, -1, 0 },
		{ "a digit above a small limit", ZG_SI("7"), 3, -1, 0 },
		{ "empty", ZG_SI(""), 10, -1, 0 },
		{ "a sign", ZG_SI("+1"), 10, -1, 0 },
		{ "a blank behind", ZG_SI("1 "), 10, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t v = 0;

		if (zg_num_uint(rows[i].s, rows[i].max, &v) != rows[i].rc || v != rows[i].v)
			fail_msg("%s", rows[i].proves);
	}
}

static void base64_and_hex(void **state)
{
	static const struct { const char *proves; struct zg_slice in; int strict, loose; struct zg_slice out; } rows[] = {
		{ "RFC 4648 10", ZG_SI("Zm9vYmFy"), 0, 0, ZG_SI("foobar") },
		{ "one octet over", ZG_SI("Zm9vYg=="), 0, 0, ZG_SI("foob") },
		{ "two octets over", ZG_SI("Zm9vYmE="), 0, 0, ZG_SI("fooba") },
		{ "nothing", ZG_SI(""), 0, 0, ZG_SI("") },
		{ "no padding", ZG_SI("Zm9vYg"), -1, 0, ZG_SI("foob") },
		{ "half the padding", ZG_SI("Zm9vYg="), -1, -1, ZG_SI("") },
		{ "a fold inside", ZG_SI("Zm9v\r\n YmFy"), -1, 0, ZG_SI("foobar") },
		{ "stray bits", ZG_SI("Zm9vYh=="), -1, -1, ZG_SI("") },
		{ "one sextet", ZG_SI("Z"), -1, -1, ZG_SI("") },
		{ "text behind padding", ZG_SI("Zg==Zg=="), -1, -1, ZG_SI("") },
		{ "another alphabet", ZG_SI("Zm9-"), -1, -1, ZG_SI("") },
		{ "padding alone", ZG_SI("===="), -1, -1, ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[64], back[64];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		if (zg_b64_decode(rows[i].in, &b) != rows[i].strict ||
		    (rows[i].strict == 0 && !zg_slice_eq(zg_buf_slice(&b), rows[i].out)))
			fail_msg("strict: %s", rows[i].proves);
		b = zg_buf_of(mem, sizeof(mem));
		if (zg_b64_decode_fws(rows[i].in, &b) != rows[i].loose ||
		    (rows[i].loose == 0 && !zg_slice_eq(zg_buf_slice(&b), rows[i].out)))
			fail_msg("loose: %s", rows[i].proves);
		if (rows[i].strict == 0) {
			b = zg_buf_of(back, sizeof(back));
			zg_b64_encode(rows[i].out, &b);
			assert_true(zg_slice_eq(zg_buf_slice(&b), rows[i].in));
			assert_int_equal(zg_b64_size(rows[i].out.n), rows[i].in.n);
		}
	}
	{
		char mem[8];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		zg_hex_encode(ZG_S("\x00\xff\x1a"), &b);
		assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("00ff1a")));
		b = zg_buf_of(mem, sizeof(mem));
		assert_int_equal(zg_hex_decode(ZG_S("00Ff1A"), &b), 0);
		assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("\x00\xff\x1a")));
		assert_int_equal(zg_hex_decode(ZG_S("0"), &b), -1);
		assert_int_equal(zg_hex_decode(ZG_S("0g"), &b), -1);
	}
}

static void utf8_as_rfc3629(void **state)
{
	static const struct { const char *proves; struct zg_slice s; bool is_valid; } rows[] = {
		{ "ASCII", ZG_SI("abc"), true },
		{ "two, three and four octets", ZG_SI("\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7"), true },
		{ "overlong slash", ZG_SI("\xc0\xaf"), false },
		{ "overlong of three", ZG_SI("\xe0\x80\xaf"), false },
		{ "a surrogate", ZG_SI("\xed\xa0\x80"), false },
		{ "above U+10FFFF", ZG_SI("\xf4\x90\x80\x80"), false },
		{ "cut off", ZG_SI("\xe2\x82"), false },
		{ "a lone continuation", ZG_SI("\x80"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_utf8_is_valid(rows[i].s) != rows[i].is_valid)
			fail_msg("%s", rows[i].proves);
	assert_int_equal(zg_utf8_first(ZG_S("\xe2\x82\xac" "a")), 3);
	assert_int_equal(zg_utf8_first(ZG_S("a\xff")), 1);
	assert_int_equal(zg_utf8_first(ZG_S("\xff" "a")), 0);
	assert_int_equal(zg_utf8_first(ZG_S("")), 0);
	assert_true(zg_utf8_has_8bit(ZG_S("a\x80")));
	assert_false(zg_utf8_has_8bit(ZG_S("a\x7f")));
}

static void calendar(void **state)
{
	static const struct { int64_t t; struct zg_slice text; int weekday; } rows[] = {
		{ 0, ZG_SI("1970-01-01T00:00:00Z"), 4 },
		{ -1, ZG_SI("1969-12-31T23:59:59Z"), 3 },
		{ 951782400, ZG_SI("2000-02-29T00:00:00Z"), 2 },
		{ 1795559957, ZG_SI("2026-11-24T22:39:17Z"), 2 },
		{ 4107542400, ZG_SI("2100-03-01T00:00:00Z"), 1 },
		{ INT64_MAX, ZG_SI("9999-12-31T23:59:59Z"), 5 },
		{ INT64_MIN, ZG_SI("0000-01-01T00:00:00Z"), 6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[32];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));
		struct zg_time t = zg_time_of_unix(rows[i].t);

		zg_time_put_rfc3339(&b, rows[i].t);
		if (!zg_slice_eq(zg_buf_slice(&b), rows[i].text))
			fail_msg(ZG_FMT " is not " ZG_FMT, ZG_ARG(zg_buf_slice(&b)), ZG_ARG(rows[i].text));
		assert_int_equal(t.weekday, rows[i].weekday);
		if (rows[i].t > INT64_MIN && rows[i].t < INT64_MAX)
			assert_int_equal(zg_time_to_unix(&t), rows[i].t);
	}
}

static void wiping(void **state)
{
	unsigned char b[4] = { 1, 2, 3, 4 };
	struct zg_secret s = { 2, 4, b };

	(void)state;
	zg_secret_wipe(&s);
	assert_int_equal(b[0] | b[1] | b[2] | b[3], 0);
	assert_int_equal(s.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_find_and_compare), cmocka_unit_test(arenas_fill_and_reset), cmocka_unit_test(writer_is_bounded),
		cmocka_unit_test(cursor_errors_stick), cmocka_unit_test(numbers_know_their_limit), cmocka_unit_test(base64_and_hex),
		cmocka_unit_test(utf8_as_rfc3629), cmocka_unit_test(calendar), cmocka_unit_test(wiping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
