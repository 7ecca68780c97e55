/* test_lang.c - which language a name means, and the filling of places; that the four files are equal, po2c.py checks.
 * */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/utf8.h"
#include "lang/lang.h"
#include "lang/lang_table.h"

static void names_are_languages(void **state)
{
	static const struct { const char *proves; struct zg_slice name; enum lang want; } rows[] = {
		{ "the bare code", ZG_SI("nl"), LANG_NL },
		{ "a country, a charset", ZG_SI("nl_BE.UTF-8"), LANG_NL },
		{ "a tag of the web", ZG_SI("fr-BE"), LANG_FR },
		{ "a modifier", ZG_SI("de@euro"), LANG_DE },
		{ "capitals", ZG_SI("DE_AT"), LANG_DE },
		{ "the C locale is English", ZG_SI("C.UTF-8"), LANG_EN },
		{ "nothing is English", ZG_SI(""), LANG_EN },
		{ "a longer code is another language", ZG_SI("nld"), LANG_EN },
		{ "another that begins alike", ZG_SI("fry_NL"), LANG_EN },
		{ "half a code", ZG_SI("n"), LANG_EN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (lang_of(rows[i].name) != rows[i].want)
			fail_msg("%s", rows[i].proves);
}

static void texts_are_there(void **state)
{
	(void)state;
	for (enum lang l = LANG_EN; l <= LANG_DE; l++)
		for (unsigned w = 0; w < WORD_COUNT; w++) {
			struct zg_slice text = lang_text(l, (enum lang_word)w);

			assert_true(text.n > 0);
			assert_true(zg_utf8_is_valid(text));
		}
	assert_true(zg_slice_eq(lang_text(LANG_NL, WORD_LANG_NAME), ZG_S("Nederlands")));
	assert_int_equal(lang_text(LANG_NL, WORD_COUNT).n, 0);
}

static void places_are_filled(void **state)
{
	const struct zg_slice args[] = { ZG_SI("<a>"), ZG_SI("{0}") };
	static const struct { const char *proves; size_t count; struct zg_slice want; } rows[] = {
		{ "both, twice and backwards; what was put in is not read again", 2,
		  ZG_SI("{0} and <a>, <a>{0} {x} {2} {") },
		{ "a place without an argument stays", 1, ZG_SI("{1} and <a>, <a>{1} {x} {2} {") },
		{ "none at all", 0, ZG_SI("{1} and {0}, {0}{1} {x} {2} {") },
	};
	char mem[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		lang_fill(&b, ZG_S("{1} and {0}, {0}{1} {x} {2} {"), args, rows[i].count);
		if (!zg_slice_eq(zg_buf_slice(&b), rows[i].want))
			fail_msg("%s: %.*s", rows[i].proves, ZG_ARG(zg_buf_slice(&b)));
	}
}

static void a_small_buffer_is_full(void **state)
{
	char mem[4];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	(void)state;
	lang_put(&b, LANG_NL, WORD_LANG_NAME, NULL, 0);
	assert_true(b.is_full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_languages),
		cmocka_unit_test(texts_are_there),
		cmocka_unit_test(places_are_filled),
		cmocka_unit_test(a_small_buffer_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
