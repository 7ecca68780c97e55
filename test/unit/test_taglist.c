/* test_taglist.c - tag lists, and the picking of header fields for h=. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/buf.h>
#include "auth/pick.h"
#include "auth/taglist.h"
#include "testdata.h"

static const struct {
	const char *proves;
	struct zg_slice text;
	enum zg_taglist_error error;
	size_t count;
	struct zg_slice last;	/* the last value */
} rows[] = {
	{ "one tag", ZG_SI("a=b"), ZG_TAGLIST_OK, 1, ZG_SI("b") },
	{ "a last semicolon", ZG_SI("a=b; c=d;"), ZG_TAGLIST_OK, 2, ZG_SI("d") },
	{ "blanks behind the last semicolon", ZG_SI("a=b;\r\n\t "), ZG_TAGLIST_OK, 1, ZG_SI("b") },
	{ "blanks everywhere", ZG_SI("\r\n a \t=\r\n b c ;"), ZG_TAGLIST_OK, 1, ZG_SI("b c") },
	{ "an equals sign in a value", ZG_SI("b=aGk=="), ZG_TAGLIST_OK, 1, ZG_SI("aGk==") },
	{ "an empty value", ZG_SI("p="), ZG_TAGLIST_OK, 1, ZG_SI("") },
	{ "UTF-8 in a value (RFC 8616)", ZG_SI("d=\xc3\xa9.example"), ZG_TAGLIST_OK, 1, ZG_SI("\xc3\xa9.example") },
	{ "names differ by case", ZG_SI("a=1; A=2"), ZG_TAGLIST_OK, 2, ZG_SI("2") },
	{ "a name with digit and underscore", ZG_SI("a_1=x"), ZG_TAGLIST_OK, 1, ZG_SI("x") },
	{ "nothing", ZG_SI(""), ZG_TAGLIST_EMPTY, 0, ZG_SI("") },
	{ "blanks", ZG_SI(" \r\n "), ZG_TAGLIST_EMPTY, 0, ZG_SI("") },
	{ "a semicolon alone", ZG_SI(";"), ZG_TAGLIST_NO_EQUALS, 0, ZG_SI("") },
	{ "two semicolons", ZG_SI("a=b;;c=d"), ZG_TAGLIST_NO_EQUALS, 0, ZG_SI("") },
	{ "two at the end", ZG_SI("a=b;;"), ZG_TAGLIST_NO_EQUALS, 0, ZG_SI("") },
	{ "a word without equals", ZG_SI("a=b; c"), ZG_TAGLIST_NO_EQUALS, 0, ZG_SI("") },
	{ "no name", ZG_SI("=b"), ZG_TAGLIST_BAD_NAME, 0, ZG_SI("") },
	{ "a name that begins with a digit", ZG_SI("1a=b"), ZG_TAGLIST_BAD_NAME, 0, ZG_SI("") },
	{ "a blank in a name", ZG_SI("a b=c"), ZG_TAGLIST_BAD_NAME, 0, ZG_SI("") },
	{ "a NUL in a name", ZG_SI("a\0=c"), ZG_TAGLIST_BAD_NAME, 0, ZG_SI("") },
	{ "a control character in a value", ZG_SI("a=b\x01"), ZG_TAGLIST_BAD_VALUE, 0, ZG_SI("") },
	{ "a NUL in a value", ZG_SI("a=b\0c"), ZG_TAGLIST_BAD_VALUE, 0, ZG_SI("") },
	{ "a line end that is no fold", ZG_SI("a=b\r\nc"), ZG_TAGLIST_BAD_FOLD, 0, ZG_SI("") },
	{ "a line end behind the last tag", ZG_SI("a=b;\r\n"), ZG_TAGLIST_BAD_FOLD, 0, ZG_SI("") },
	{ "a line end in front", ZG_SI("\r\na=b"), ZG_TAGLIST_BAD_FOLD, 0, ZG_SI("") },
	{ "an LF alone, a blank behind it", ZG_SI("a=b\n c"), ZG_TAGLIST_BAD_FOLD, 0, ZG_SI("") },
	{ "a CR alone, a blank behind it", ZG_SI("a=b\r c"), ZG_TAGLIST_BAD_FOLD, 0, ZG_SI("") },
	{ "the same name twice", ZG_SI("a=1; b=2; a=1"), ZG_TAGLIST_TWICE, 0, ZG_SI("") },
};

static void lists_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_taglist l = { NULL, 0 };
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, 1 << 16);
		if (zg_taglist_read(rows[i].text, &a, &l) != rows[i].error || l.count != rows[i].count ||
		    (l.count && !zg_slice_eq(l.v[l.count - 1].value, rows[i].last)))
			fail_msg("%s", rows[i].proves);
		zg_arena_reset(&a);
	}
}

/* What is hashed leaves out the value of b= with the blanks around it, so these must be the tag's. */
static void blanks_around_the_last_value_are_its_own(void **state)
{
	static const struct { const char *proves; struct zg_slice text, raw; } ends[] = {
		{ "no semicolon", ZG_SI("a=1; b= x \t\r\n "), ZG_SI(" x \t\r\n ") },
		{ "a semicolon", ZG_SI("a=1; b= x \t;\r\n "), ZG_SI(" x \t") },
		{ "an empty value", ZG_SI("b= \t"), ZG_SI(" \t") },
		{ "no blanks", ZG_SI(" b=x"), ZG_SI("x") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct zg_taglist l = { NULL, 0 };
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, 1 << 16);
		if (zg_taglist_read(ends[i].text, &a, &l) != ZG_TAGLIST_OK || !zg_slice_eq(l.v[l.count - 1].raw, ends[i].raw))
			fail_msg("%s", ends[i].proves);
		zg_arena_reset(&a);
	}
}

static void many_tags_are_refused(void **state)
{
	char text[8 * (ZG_TAGLIST_MAX + 1)];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	struct zg_taglist l;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &testdata_heap, 1 << 16);
	for (unsigned i = 0; i < ZG_TAGLIST_MAX; i++) {
		zg_buf_putc(&b, 't');
		zg_buf_put_uint(&b, i);
		zg_buf_put(&b, ZG_S("=;"));
	}
	assert_int_equal(zg_taglist_read(zg_buf_slice(&b), &a, &l), ZG_TAGLIST_OK);
	assert_int_equal(l.count, ZG_TAGLIST_MAX);
	zg_buf_put(&b, ZG_S("x="));
	assert_int_equal(zg_taglist_read(zg_buf_slice(&b), &a, &l), ZG_TAGLIST_TOO_MANY);
	testdata_failing = 0;
	zg_arena_reset(&a);
	assert_int_equal(zg_taglist_read(ZG_S("a=b"), &a, &l), ZG_TAGLIST_NO_ROOM);
	testdata_failing = -1;
	zg_arena_reset(&a);
	for (int e = ZG_TAGLIST_EMPTY; e <= ZG_TAGLIST_NO_ROOM; e++)
		assert_true(zg_taglist_word((enum zg_taglist_error)e)[0]);
}

static void items_of_a_list(void **state)
{
	struct zg_slice list = ZG_S(" from : To\r\n :x"), item;

	(void)state;
	assert_true(zg_taglist_item(&list, ':', &item));
	assert_true(zg_slice_eq(item, ZG_S("from")));
	assert_true(zg_taglist_item(&list, ':', &item));
	assert_true(zg_slice_eq(item, ZG_S("To")));
	assert_true(zg_taglist_item(&list, ':', &item));
	assert_true(zg_slice_eq(item, ZG_S("x")));
	assert_false(zg_taglist_item(&list, ':', &item));
	list = ZG_S("a:");
	assert_true(zg_taglist_item(&list, ':', &item));
	assert_true(zg_taglist_item(&list, ':', &item));
	assert_int_equal(item.n, 0);
	assert_false(zg_taglist_item(&list, ':', &item));
	assert_true(zg_taglist_holds(ZG_S("to : FROM"), ZG_S("from")));
	assert_false(zg_taglist_holds(ZG_S("to:fromage"), ZG_S("from")));
	assert_false(zg_taglist_holds(ZG_S(""), ZG_S("from")));
}

/* padding: fields of another name above those that are picked. */
static void hold_picks(size_t padding)
{
	static const struct { struct zg_slice name; int place; } picks[] = {
		{ ZG_SI("from"), 4 }, { ZG_SI("to"), 5 }, { ZG_SI("From"), 2 }, { ZG_SI("subject"), -1 }, { ZG_SI("fro"), -1 },
		{ ZG_SI("fromm"), -1 }, { ZG_SI("from"), 0 }, { ZG_SI("from"), -1 }, { ZG_SI("from"), -1 }, { ZG_SI("TO"), 1 },
		{ ZG_SI("to"), -1 }, { ZG_SI("received"), 3 }, { ZG_SI("zzz"), -1 }, { ZG_SI(""), -1 },
	};
	char text[2048], mem[4096];
	struct zg_buf block = zg_buf_of(text, sizeof(text));
	struct zg_headers h, none = { NULL, 0 };
	struct zg_pick p;
	struct zg_arena a;

	for (size_t i = 0; i < padding; i++)
		zg_buf_put(&block, ZG_S("X-Pad: 0\r\n"));
	zg_buf_put(&block, ZG_S("From: 1\r\nTo: 2\r\nfrom: 3\r\nReceived: 4\r\nFROM: 5\r\nTo: 6\r\n"));
	zg_arena_init(&a, &testdata_heap, 1 << 16);
	assert_int_equal(zg_header_index(zg_buf_slice(&block), &a, &h), ZG_HEADER_OK);
	assert_int_equal(zg_pick_init(&p, &h, &a), 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(picks) / sizeof(picks[0]); i++) {
			const struct zg_field *f = zg_pick_next(&p, picks[i].name);

			assert_int_equal(f ? f - h.v - (ptrdiff_t)padding : -1, picks[i].place);
		}
		zg_pick_restart(&p);
	}
	assert_int_equal(zg_pick_init(&p, &none, &a), 0);
	assert_null(zg_pick_next(&p, ZG_S("from")));
	for (size_t n = 0, size = h.count * sizeof(struct zg_pick_place); n < (padding ? 2 : 1); n++) {
		struct zg_arena small;

		zg_arena_init_fixed(&small, mem, n * size);
		assert_int_equal(zg_pick_init(&p, &h, &small), -1);
	}
	zg_arena_reset(&a);
}

static void fields_are_picked_from_the_bottom(void **state)
{
	(void)state;
	hold_picks(0);
	hold_picks(40);		/* so many that they are sorted */
}

/* The plain way: for each name, walk up from the bottom. */
static const struct zg_field *plain_next(const struct zg_headers *h, bool *is_taken, struct zg_slice name)
{
	for (size_t i = h->count; i-- > 0;) {
		if (!is_taken[i] && zg_slice_eq_ci(h->v[i].name, name)) {
			is_taken[i] = true;
			return &h->v[i];
		}
	}
	return NULL;
}

static void picking_agrees_with_the_plain_way(void **state)
{
	static const struct zg_slice names[] = { ZG_SI("a"), ZG_SI("A"), ZG_SI("b"), ZG_SI("ab"), ZG_SI("c"), ZG_SI("aB") };
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct zg_field v[40];
		bool is_taken[40] = { false };
		struct zg_headers h = { v, testdata_random(&seed, 40) };
		struct zg_pick p;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, 1 << 16);
		for (size_t i = 0; i < h.count; i++)
			v[i] = (struct zg_field){ .name = names[testdata_random(&seed, 6)] };
		assert_int_equal(zg_pick_init(&p, &h, &a), 0);
		for (int k = 0; k < 60; k++) {
			struct zg_slice name = names[testdata_random(&seed, 6)];

			assert_ptr_equal(zg_pick_next(&p, name), plain_next(&h, is_taken, name));
		}
		zg_arena_reset(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(blanks_around_the_last_value_are_its_own),
		cmocka_unit_test(many_tags_are_refused),
		cmocka_unit_test(items_of_a_list),
		cmocka_unit_test(fields_are_picked_from_the_bottom),
		cmocka_unit_test(picking_agrees_with_the_plain_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
