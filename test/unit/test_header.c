/* test_header.c - the header block as views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/header.h>
#include "base/limits.h"
#include "testdata.h"

static const struct row {
	const char *proves;
	struct zg_slice block;
	enum zg_header_error why;
	size_t count;
	struct zg_slice name, value, raw;	/* of the last field */
} rows[] = {
	{ "one field", ZG_SI("From: a@b.be\r\n"), ZG_HEADER_OK, 1, ZG_SI("From"), ZG_SI(" a@b.be"),
	  ZG_SI("From: a@b.be\r\n") },
	{ "the empty line ends it", ZG_SI("A: 1\r\nB: 2\r\n\r\nC: 3\r\n"), ZG_HEADER_OK, 2, ZG_SI("B"),
	  ZG_SI(" 2"), ZG_SI("B: 2\r\n") },
	{ "what stands behind it is not looked at", ZG_SI("A: 1\r\n\r\n\n\r\0"), ZG_HEADER_OK, 1, ZG_SI("A"),
	  ZG_SI(" 1"), ZG_SI("A: 1\r\n") },
	{ "the last line without its CRLF", ZG_SI("A: 1\r\nB: 2"), ZG_HEADER_OK, 2, ZG_SI("B"), ZG_SI(" 2"),
	  ZG_SI("B: 2") },
	{ "folds stand", ZG_SI("A: 1\r\n\t2\r\n 3\r\n"), ZG_HEADER_OK, 1, ZG_SI("A"), ZG_SI(" 1\r\n\t2\r\n 3"),
	  ZG_SI("A: 1\r\n\t2\r\n 3\r\n") },
	{ "a fold at the end", ZG_SI("A: 1\r\n "), ZG_HEADER_OK, 1, ZG_SI("A"), ZG_SI(" 1\r\n "), ZG_SI("A: 1\r\n ") },
	{ "a fold right behind the colon", ZG_SI("A:\r\n 1\r\n"), ZG_HEADER_OK, 1, ZG_SI("A"), ZG_SI("\r\n 1"),
	  ZG_SI("A:\r\n 1\r\n") },
	{ "an empty value", ZG_SI("A:\r\n"), ZG_HEADER_OK, 1, ZG_SI("A"), ZG_SI(""), ZG_SI("A:\r\n") },
	{ "RFC 5322 4.5: blanks before the colon", ZG_SI("From \t: x\r\n"), ZG_HEADER_OK, 1, ZG_SI("From"),
	  ZG_SI(" x"), ZG_SI("From \t: x\r\n") },
	{ "octets above 127 in a value", ZG_SI("A: \xc3\xa9\r\n"), ZG_HEADER_OK, 1, ZG_SI("A"),
	  ZG_SI(" \xc3\xa9"), ZG_SI("A: \xc3\xa9\r\n") },
	{ "a colon in a value", ZG_SI("A:b:c\r\n"), ZG_HEADER_OK, 1, ZG_SI("A"), ZG_SI("b:c"), ZG_SI("A:b:c\r\n") },
	{ "nothing", ZG_SI(""), ZG_HEADER_OK, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "no field, only the end", ZG_SI("\r\nbody"), ZG_HEADER_OK, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a bare LF", ZG_SI("A: 1\nB: 2\r\n"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "an LF first", ZG_SI("\nA: 1\r\n"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a bare CR", ZG_SI("A: 1\rB: 2\r\n"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "CR CR LF", ZG_SI("A: 1\r\r\n"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a CR last", ZG_SI("A: 1\r"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a CR where the empty line would be", ZG_SI("A: 1\r\n\r"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""),
	  ZG_SI(""), ZG_SI("") },
	{ "a bare LF in a fold", ZG_SI("A: 1\r\n 2\n 3\r\n"), ZG_HEADER_BARE_CR_LF, 0, ZG_SI(""), ZG_SI(""),
	  ZG_SI("") },
	{ "a NUL in a value", ZG_SI("A: \0\r\n"), ZG_HEADER_NUL, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a NUL in a name", ZG_SI("A\0: 1\r\n"), ZG_HEADER_NUL, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a line that is no field", ZG_SI("A: 1\r\nhello\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""), ZG_SI(""),
	  ZG_SI("") },
	{ "a fold first", ZG_SI(" A: 1\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "no name", ZG_SI(": 1\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a blank inside a name", ZG_SI("From x: 1\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a mailbox's From line", ZG_SI("From a@b.be Tue Nov 24 22:39:17 2026\r\n"), ZG_HEADER_NO_COLON, 0,
	  ZG_SI(""), ZG_SI(""), ZG_SI("") },
	{ "a fold before the colon", ZG_SI("From\r\n : a@b.be\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""),
	  ZG_SI(""), ZG_SI("") },
	{ "a control character in a name", ZG_SI("Fr\x01om: 1\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""),
	  ZG_SI(""), ZG_SI("") },
	{ "octets above 127 in a name", ZG_SI("\xc3\xa9: 1\r\n"), ZG_HEADER_NO_COLON, 0, ZG_SI(""), ZG_SI(""),
	  ZG_SI("") },
};

static void blocks_are_indexed(void **state)
{
	(void)state;
	testdata_failing = -1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char *mem = testdata_exact(row->block);
		struct zg_headers h = { NULL, 77 };
		struct zg_arena a;
		enum zg_header_error why;

		zg_arena_init(&a, &testdata_heap, 65536);
		why = zg_header_index(zg_slice_of(mem, row->block.n), &a, &h);
		if (why != row->why || h.count != (why == ZG_HEADER_OK ? row->count : 77))
			fail_msg("%s: %d, %zu fields", row->proves, (int)why, h.count);
		if (why == ZG_HEADER_OK && h.count) {
			const struct zg_field *f = &h.v[h.count - 1];

			if (!zg_slice_eq(f->name, row->name) || !zg_slice_eq(f->value, row->value) ||
			    !zg_slice_eq(f->raw, row->raw))
				fail_msg("%s: \"" ZG_FMT "\" is \"" ZG_FMT "\"", row->proves, ZG_ARG(f->name),
					ZG_ARG(f->value));
		}
		zg_arena_reset(&a);
		free(mem);
	}
}

static void no_room_is_told(void **state)
{
	struct zg_headers h = { NULL, 77 };
	struct zg_arena a;

	(void)state;
	testdata_failing = 0;
	zg_arena_init(&a, &testdata_heap, 65536);
	assert_int_equal(zg_header_index(ZG_S("A: 1\r\n"), &a, &h), ZG_HEADER_NO_ROOM);
	assert_int_equal(h.count, 77);
	zg_arena_reset(&a);
	testdata_failing = -1;
	zg_arena_init(&a, &testdata_heap, sizeof(struct zg_field));
	assert_int_equal(zg_header_index(ZG_S("A: 1\r\nB: 2\r\n"), &a, &h), ZG_HEADER_NO_ROOM);
	zg_arena_reset(&a);
}

static void fields_have_their_limit(void **state)
{
	static const char field[] = { 'A', ':', '\r', '\n' };
	static char block[(ZG_LIMIT_FIELDS + 1) * sizeof(field)];
	struct zg_headers h;
	struct zg_arena a;

	(void)state;
	testdata_failing = -1;
	for (size_t i = 0; i < sizeof(block); i += sizeof(field))
		memcpy(block + i, field, sizeof(field));
	zg_arena_init(&a, &testdata_heap, 65536);
	assert_int_equal(zg_header_index(zg_slice_of(block, sizeof(block) - sizeof(field)), &a, &h), ZG_HEADER_OK);
	assert_int_equal(h.count, ZG_LIMIT_FIELDS);
	assert_int_equal(zg_header_index(zg_slice_of(block, sizeof(block)), &a, &h), ZG_HEADER_TOO_MANY);
	zg_arena_reset(&a);
}

static void fields_are_found(void **state)
{
	struct zg_headers h;
	struct zg_arena a;

	(void)state;
	testdata_failing = -1;
	zg_arena_init(&a, &testdata_heap, 65536);
	assert_int_equal(zg_header_index(ZG_S("from: 1\r\nTo: 2\r\nFROM : 3\r\nFromage: 4\r\n"), &a, &h), ZG_HEADER_OK);
	assert_int_equal(zg_header_count(&h, ZG_S("From")), 2);
	assert_int_equal(zg_header_count(&h, ZG_S("Fro")), 0);
	assert_ptr_equal(zg_header_get(&h, ZG_S("From"), 0), &h.v[0]);
	assert_ptr_equal(zg_header_get(&h, ZG_S("From"), 1), &h.v[2]);
	assert_null(zg_header_get(&h, ZG_S("From"), 2));
	assert_null(zg_header_get(&h, ZG_S("Cc"), 0));
	assert_ptr_equal(zg_header_obsolete(&h), &h.v[2]);
	h.count = 2;
	assert_null(zg_header_obsolete(&h));
	zg_arena_reset(&a);
}

static void the_end_is_found(void **state)
{
	static const struct { const char *proves; struct zg_slice msg; size_t end; } ends[] = {
		{ "behind the empty line", ZG_SI("A: 1\r\n\r\nbody"), 8 },
		{ "no header at all", ZG_SI("\r\nbody"), 2 },
		{ "no empty line", ZG_SI("A: 1\r\nbody"), 10 },
		{ "nothing", ZG_SI(""), 0 },
		{ "LF LF is none", ZG_SI("A: 1\n\nb"), 7 },
		{ "CR LF LF is none", ZG_SI("A: 1\r\n\nb"), 8 },
		{ "the first counts", ZG_SI("\r\r\n\r\n\r\n\r\n"), 5 },
		{ "half of it", ZG_SI("A: 1\r\n\r"), 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char *mem = testdata_exact(ends[i].msg);
		size_t end = zg_header_end(zg_slice_of(mem, ends[i].msg.n));

		if (end != ends[i].end)
			fail_msg("%s: %zu", ends[i].proves, end);
		free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_indexed), cmocka_unit_test(no_room_is_told),
		cmocka_unit_test(fields_have_their_limit),
		cmocka_unit_test(fields_are_found), cmocka_unit_test(the_end_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
