/* test_smtp_line.c - where messages and lines of SMTP end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/limits.h"
#include "proto/smtp_line.h"

/* The octets of s at `to`. */
static void put_at(char *to, struct zg_slice s)
{
	memcpy(to, s.p, s.n);
}

/* The message reader against a model that looks at one octet at a time, over all texts of seven octets of five. */

struct model {
	char text[16];
	size_t n;
	bool is_ended, is_stray, has_nul;
	size_t rest;		/* octets behind the end */
};

static struct model read_as_model(struct zg_slice s)
{
	struct model m = { .n = 0 };
	bool is_new = true;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 'x';

		if (is_new && zg_slice_starts(zg_slice_sub(s, i, 3), ZG_S(".\r\n"))) {
			m.is_ended = true;
			m.rest = s.n - i - 3;
			return m;
		}
		if (is_new && c == '.') {
			is_new = false;
			continue;
		}
		m.is_stray = m.is_stray || (c == '\r' && next != '\n') || (c == '\n' && (i == 0 || s.p[i - 1] != '\r'));
		m.has_nul = m.has_nul || c == '\0';
		is_new = c == '\n' && i > 0 && s.p[i - 1] == '\r';
		m.text[m.n++] = c;
	}
	return m;
}

static void compare_with_model(struct zg_slice s, size_t piece)
{
	struct zg_smtp_text t = { .finding = ZG_SMTP_FOUND_NOTHING };
	struct zg_slice in = zg_slice_sub(s, 0, 0), text;
	struct model m = read_as_model(s);
	enum zg_smtp_took took = ZG_SMTP_TOOK_MORE;
	enum zg_smtp_finding milder = m.has_nul ? ZG_SMTP_FOUND_NUL : ZG_SMTP_FOUND_NOTHING;
	enum zg_smtp_finding want = m.is_stray ? ZG_SMTP_FOUND_STRAY : milder;
	char got[16];
	size_t n = 0, pushed = 0;

	while (took != ZG_SMTP_TOOK_END && (took == ZG_SMTP_TOOK_PIECE || pushed < s.n)) {
		if (took == ZG_SMTP_TOOK_MORE) {
			size_t more = piece < s.n - pushed ? piece : s.n - pushed;

			in = zg_slice_of(s.p + pushed - in.n, in.n + more);
			pushed += more;
		}
		took = zg_smtp_text_take(&t, 0, &in, &text);
		if (took == ZG_SMTP_TOOK_PIECE) {
			memcpy(got + n, text.p, text.n);
			n += text.n;
		}
	}
	if (took != ZG_SMTP_TOOK_END)
		assert_true(!m.is_ended && in.n <= 2);
	else if (!m.is_ended || in.n + s.n - pushed != m.rest || t.finding != want || t.seen != m.n)
		fail_msg("another end, finding or size than the model's");
	else if (want == ZG_SMTP_FOUND_NOTHING && (n != m.n || memcmp(got, m.text, n) != 0))
		fail_msg("another text than the model's");
}

static void messages_end_at_crlf_dot_crlf_only(void **state)
{
	static const char letters[] = { '\r', '\n', '.', 'a', '\0' };
	char text[10];

	(void)state;
	for (unsigned v = 0; v < 78125; v++) {	/* 5 to the 7th */
		unsigned rest = v;

		for (size_t i = 0; i < 7; i++, rest /= 5)
			text[i] = letters[rest % 5];
		put_at(text + 7, ZG_S("\r\n"));
		compare_with_model(zg_slice_of(text, 9), 9);
		compare_with_model(zg_slice_of(text, 9), 1);
		compare_with_model(zg_slice_of(text, 9), 2);
	}
}

static void lines_end_at_crlf_only(void **state)
{
	static const struct { const char *proves; struct zg_slice in; enum zg_smtp_line got; struct zg_slice line; size_t left; }
	rows[] = {
		{ "a line and more", ZG_SI("NOOP\r\nRSET"), ZG_SMTP_LINE_OK, ZG_SI("NOOP"), 4 },
		{ "an empty line", ZG_SI("\r\n"), ZG_SMTP_LINE_OK, ZG_SI(""), 0 },
		{ "no end yet", ZG_SI("NOOP"), ZG_SMTP_LINE_MORE, ZG_SI(""), 4 },
		{ "half the end", ZG_SI("NOOP\r"), ZG_SMTP_LINE_MORE, ZG_SI(""), 5 },
		{ "nothing", ZG_SI(""), ZG_SMTP_LINE_MORE, ZG_SI(""), 0 },
		{ "a line feed alone", ZG_SI("NOOP\n"), ZG_SMTP_LINE_STRAY, ZG_SI(""), 5 },
		{ "a carriage return alone", ZG_SI("NOOP\rx"), ZG_SMTP_LINE_STRAY, ZG_SI(""), 6 },
		{ "two carriage returns", ZG_SI("NOOP\r\r\n"), ZG_SMTP_LINE_STRAY, ZG_SI(""), 7 },
		{ "a TLS record", ZG_SI("\x16\x03\x01"), ZG_SMTP_LINE_TLS, ZG_SI(""), 3 },
	};
	static char longest[ZG_LIMIT_SMTP_LINE + 1];
	struct zg_slice in, line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in = rows[i].in;
		line = ZG_S("");
		if (zg_smtp_line_take(&in, &line) != rows[i].got || !zg_slice_eq(line, rows[i].line) || in.n != rows[i].left)
			fail_msg("%s", rows[i].proves);
	}
	memset(longest, 'a', sizeof(longest));
	in = zg_slice_of(longest, ZG_LIMIT_SMTP_LINE - 1);
	assert_int_equal(zg_smtp_line_take(&in, &line), ZG_SMTP_LINE_MORE);
	in = zg_slice_of(longest, ZG_LIMIT_SMTP_LINE);
	assert_int_equal(zg_smtp_line_take(&in, &line), ZG_SMTP_LINE_LONG);
	put_at(longest + ZG_LIMIT_SMTP_LINE - 2, ZG_S("\r\n"));
	assert_int_equal(zg_smtp_line_take(&in, &line), ZG_SMTP_LINE_OK);
	assert_int_equal(line.n, ZG_LIMIT_SMTP_LINE - 2);
}

static void swallowing_stops_behind_crlf(void **state)
{
	static const struct { const char *proves; struct zg_slice in; bool is_there; struct zg_slice left; } rows[] = {
		{ "to the end of the line", ZG_SI("ab\r\ncd"), true, ZG_SI("cd") },
		{ "a line feed alone is none", ZG_SI("a\nb"), false, ZG_SI("") },
		{ "half an end is kept", ZG_SI("ab\r"), false, ZG_SI("\r") },
		{ "another carriage return is not", ZG_SI("ab\rc"), false, ZG_SI("") },
		{ "nothing", ZG_SI(""), false, ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_slice in = rows[i].in;

		if (zg_smtp_line_swallow(&in) != rows[i].is_there || !zg_slice_eq(in, rows[i].left))
			fail_msg("%s", rows[i].proves);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_end_at_crlf_dot_crlf_only),
		cmocka_unit_test(lines_end_at_crlf_only),
		cmocka_unit_test(swallowing_stops_behind_crlf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
