/* test_html.c - the writer of pages: nothing that comes from outside becomes markup, and words, numbers and times are as each language
 * writes them; and the text of our own mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "edge/html.h"
#include "edge/letter.h"

static char memory[256 * 1024];
static struct zg_arena arena;

static struct html fresh(enum lang l)
{
	zg_arena_init_fixed(&arena, memory, sizeof(memory));
	return html_of(&arena, l);
}

static void hold(const char *proves, const struct html *h, struct zg_slice want)
{
	struct zg_slice is = html_slice(h);

	if (!zg_slice_eq(is, want))
		fail_msg("%s: \"%.*s\"", proves, ZG_ARG(is));
}

static void text_is_never_markup(void **state)
{
	static const struct { const char *proves; struct zg_slice text, want; } rows[] = {
		{ "a script", ZG_SI("<script>alert(1)</script>"), ZG_SI("&lt;script&gt;alert(1)&lt;/script&gt;") },
		{ "quotes, to leave an attribute", ZG_SI("\" onclick='x'"), ZG_SI("&quot; onclick=&#39;x&#39;") },
		{ "an entity stays what was typed", ZG_SI("&amp;"), ZG_SI("&amp;amp;") },
		{ "line ends and tabs stay", ZG_SI("a\r\n\tb"), ZG_SI("a\r\n\tb") },
		{ "NUL and other controls are shown as what cannot be shown", ZG_SI("a\0b\x1b[31m\x7f"),
		  ZG_SI("a\xef\xbf\xbd" "b\xef\xbf\xbd[31m\xef\xbf\xbd") },
		{ "octets that are no UTF-8", ZG_SI("a\xff\xc3(b\xed\xa0\x80"), ZG_SI("a\xef\xbf\xbd\xef\xbf\xbd(b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
		{ "letters of all kinds stay", ZG_SI("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7"), ZG_SI("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7") },
		{ "a mark that turns the direction is shown as its code", ZG_SI("a\xe2\x80\xae" "cod.exe"), ZG_SI("a[U+202E]cod.exe") },
		{ "isolates too", ZG_SI("\xe2\x81\xa6x\xe2\x81\xa9"), ZG_SI("[U+2066]x[U+2069]") },
		{ "nothing", ZG_SI(""), ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html h = fresh(LANG_NL);

		html_text(&h, rows[i].text);
		hold(rows[i].proves, &h, rows[i].want);
	}
}

static void words_are_filled_and_dressed(void **state)
{
	const struct html_arg domain[] = { { HTML_MONO, ZG_S("<b>.example"), 0 } };
	const struct html_arg space[] = { { HTML_TEXT, ZG_S("x"), 0 } };
	struct html h = fresh(LANG_NL);

	(void)state;
	html_word(&h, WORD_DOM_FOUND, domain, 1);
	hold("an argument is escaped, and its dress is markup", &h, ZG_S("Gevonden: <span class=\"mono\">&lt;b&gt;.example</span>"));
	h = fresh(LANG_FR);
	html_word(&h, WORD_DOM_FOUND, space, 1);
	hold("French keeps the blank before a colon", &h, ZG_S("Trouv\xc3\xa9\xc2\xa0: x"));
	h = fresh(LANG_EN);
	html_word(&h, WORD_DOM_FOUND, NULL, 0);
	hold("a place without an argument stays as it is", &h, ZG_S("Found: {0}"));
}

static void numbers_by_language(void **state)
{
	static const struct { enum lang lang; int64_t n; struct zg_slice want; } rows[] = {
		{ LANG_NL, 0, ZG_SI("0") }, { LANG_NL, 999, ZG_SI("999") }, { LANG_NL, 4218, ZG_SI("4\xe2\x80\xaf" "218") },
		{ LANG_FR, 1234567, ZG_SI("1\xe2\x80\xaf" "234\xe2\x80\xaf" "567") }, { LANG_DE, 10000, ZG_SI("10.000") },
		{ LANG_EN, -1000, ZG_SI("-1,000") }, { LANG_EN, -100, ZG_SI("-100") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html h = fresh(rows[i].lang);

		html_num(&h, rows[i].n);
		hold("a number", &h, rows[i].want);
	}
}

static void times_by_language(void **state)
{
	static const struct { enum lang lang; struct zg_slice want; } rows[] = {
		{ LANG_NL, ZG_SI("24 november 2026, 14:05") }, { LANG_FR, ZG_SI("24 novembre 2026, 14:05") },
		{ LANG_DE, ZG_SI("24. November 2026, 14:05") }, { LANG_EN, ZG_SI("24 November 2026, 14:05") },
	};
	struct html h;

	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = fresh(rows[i].lang);
		html_when_plain(&h, 1795529100);
		hold("a day and a time", &h, rows[i].want);
	}
	h = fresh(LANG_NL);
	html_clock(&h, 1795529100);
	hold("programs read it too", &h, ZG_S("<time datetime=\"2026-11-24T14:05:00Z\">14:05</time>"));
}

static void without_memory_there_is_no_half_page(void **state)
{
	char small[16];
	struct html h;

	(void)state;
	zg_arena_init_fixed(&arena, small, sizeof(small));
	h = html_of(&arena, LANG_NL);
	html_text(&h, ZG_S("text"));
	assert_true(h.is_full);
	assert_int_equal(html_slice(&h).n, 0);
}

static void a_letter_is_seven_bit_and_no_line_is_long(void **state)
{
	struct zg_slice text;
	size_t line = 0;

	(void)state;
	zg_arena_init_fixed(&arena, memory, sizeof(memory));
	text = letter_text(ZG_S("postmaster@example.be"), ZG_S("info@example.be"), ZG_S("Nouveau mot de passe pour caf\xc3\xa9 et tout ce qui suit"),
		ZG_S(".d\xc3\xa9" "but\n\nligne avec blanc \n=fin"), &arena);
	assert_true(text.n > 0);
	for (size_t i = 0; i < text.n; i++) {
		assert_true((unsigned char)text.p[i] < 127);
		line = text.p[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 78);
		if (text.p[i] == '\n')
			assert_int_equal(text.p[i - 1], '\r');
	}
	assert_true(zg_slice_starts(text, ZG_S("From: postmaster@example.be\r\nTo: info@example.be\r\nSubject: =?utf-8?b?")));
	text = zg_slice_sub(text, zg_slice_find(text, '='), text.n);
	assert_non_null(strstr(text.p, "\r\n\r\n=2Ed=C3=A9but\r\n\r\nligne avec blanc=20\r\n=3Dfin\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_never_markup), cmocka_unit_test(words_are_filled_and_dressed),
		cmocka_unit_test(numbers_by_language), cmocka_unit_test(times_by_language),
		cmocka_unit_test(without_memory_there_is_no_half_page), cmocka_unit_test(a_letter_is_seven_bit_and_no_line_is_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
