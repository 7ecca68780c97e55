/* test_mime.c - words, names and parts of mail, as good and as broken as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/buf.h>
#include "mail/mime.h"
#include "mail/mime_octets.h"

static char memory[1u << 24];

static struct zg_arena arena(void)
{
	struct zg_arena a;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	return a;
}

static void is(const char *proves, struct zg_slice got, struct zg_slice want)
{
	if (!zg_slice_eq(got, want))
		fail_msg("%s: \"" ZG_FMT "\"", proves, ZG_ARG(got));
}

static void words(void **state)
{
	static const struct { const char *proves; struct zg_slice value, want; } rows[] = {
		{ "plain", ZG_SI(" Offerte 118\r\n"), ZG_SI("Offerte 118") },
		{ "a fold is a blank", ZG_SI("a\r\n b"), ZG_SI("a b") },
		{ "Q", ZG_SI("=?utf-8?Q?Caf=C3=A9_a?="), ZG_SI("Caf\xc3\xa9 a") },
		{ "B, name of the charset in any case", ZG_SI("=?UTF-8?b?Q2Fmw6k=?="), ZG_SI("Caf\xc3\xa9") },
		{ "ISO-8859-1", ZG_SI("=?iso-8859-1?q?Caf=E9?="), ZG_SI("Caf\xc3\xa9") },
		{ "windows-1252 has a euro", ZG_SI("=?windows-1252?q?=80?="), ZG_SI("\xe2\x82\xac") },
		{ "the blank between two words goes", ZG_SI("=?utf-8?q?a?=\r\n =?utf-8?q?b?="), ZG_SI("ab") },
		{ "not between a word and text", ZG_SI("=?utf-8?q?a?= b =?utf-8?q?c?="), ZG_SI("a b c") },
		{ "a language", ZG_SI("=?utf-8*nl?q?a?="), ZG_SI("a") },
		{ "an unknown charset: its octets, as far as they are UTF-8", ZG_SI("=?x-none?q?a=E9?="), ZG_SI("a\xef\xbf\xbd") },
		{ "no end: as it is", ZG_SI("=?utf-8?q?a"), ZG_SI("=?utf-8?q?a") },
		{ "another encoding: as it is", ZG_SI("=?utf-8?x?a?="), ZG_SI("=?utf-8?x?a?=") },
		{ "equals signs alone", ZG_SI("a==b=?="), ZG_SI("a==b=?=") },
		{ "broken UTF-8", ZG_SI("a\xff" "b"), ZG_SI("a\xef\xbf\xbd" "b") },
		{ "nothing", ZG_SI(""), ZG_SI("") },
		{ "utf8, as some write it", ZG_SI("=?utf8?q?a=E9?="), ZG_SI("a\xef\xbf\xbd") },
		{ "latin1, below 128 and between", ZG_SI("=?latin1?q?a=A0=81?="), ZG_SI("a\xc2\xa0\xef\xbf\xbd") },
		{ "us-ascii", ZG_SI("=?us-ascii?q?a?="), ZG_SI("a") },
		{ "no charset: as it is", ZG_SI("=??q?a?="), ZG_SI("=??q?a?=") },
		{ "a blank in the charset: as it is", ZG_SI("=?ut f?q?a?="), ZG_SI("=?ut f?q?a?=") },
		{ "a blank in the text, which some write", ZG_SI("=?utf-8?q?a b?="), ZG_SI("a b") },
		{ "two letters of encoding: as it is", ZG_SI("=?utf-8?qq?a?="), ZG_SI("=?utf-8?qq?a?=") },
		{ "cut off behind the charset", ZG_SI("=?utf-8?"), ZG_SI("=?utf-8?") },
		{ "no charset's end", ZG_SI("=?utf-8"), ZG_SI("=?utf-8") },
		{ "a blank between text and a word stays", ZG_SI("a =?utf-8?q?b?="), ZG_SI("a b") },
		{ "broken UTF-8 of three octets", ZG_SI("\xe2\x82z"), ZG_SI("\xef\xbf\xbd\xef\xbf\xbdz") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a = arena();

		is(rows[i].proves, zg_mime_words(rows[i].value, NULL, &a), rows[i].want);
	}
}

static void params(void **state)
{
	static const struct { const char *proves; struct zg_slice value, want; } rows[] = {
		{ "bare", ZG_SI("attachment; filename=a.pdf"), ZG_SI("a.pdf") },
		{ "quoted, with a semicolon and a quote", ZG_SI("attachment; filename=\"a;\\\"b.pdf\""), ZG_SI("a;\"b.pdf") },
		{ "case of the name", ZG_SI("attachment; FileName=a"), ZG_SI("a") },
		{ "another name that begins so", ZG_SI("attachment; filenames=b; filename=a"), ZG_SI("a") },
		{ "RFC 2231: charset and percent", ZG_SI("attachment; filename*=utf-8'nl'caf%C3%A9"), ZG_SI("caf\xc3\xa9") },
		{ "its charset", ZG_SI("attachment; filename*=iso-8859-1''caf%E9"), ZG_SI("caf\xc3\xa9") },
		{ "pieces, in any order", ZG_SI("a; filename*1=b; filename*0=a; filename*2=c"), ZG_SI("abc") },
		{ "encoded pieces", ZG_SI("a; filename*0*=utf-8''%C3; filename*1*=%A9; filename*2=x"), ZG_SI("\xc3\xa9x") },
		{ "a piece is missing: up to it", ZG_SI("a; filename*0=a; filename*2=c"), ZG_SI("a") },
		{ "the one with a charset wins", ZG_SI("a; filename=x; filename*=utf-8''y"), ZG_SI("y") },
		{ "so it does when it comes first", ZG_SI("a; filename*=utf-8''y; filename=x"), ZG_SI("y") },
		{ "encoded words, which nobody should write", ZG_SI("a; filename=\"=?utf-8?q?caf=C3=A9?=\""), ZG_SI("caf\xc3\xa9") },
		{ "a quote that does not end", ZG_SI("a; filename=\"abc"), ZG_SI("abc") },
		{ "a percent sign at the end", ZG_SI("a; filename*=utf-8''a%4"), ZG_SI("a%4") },
		{ "none", ZG_SI("attachment"), ZG_SI("") },
		{ "a huge piece number", ZG_SI("a; filename*99999=a"), ZG_SI("") },
		{ "semicolons alone", ZG_SI(";;;;="), ZG_SI("") },
		{ "a fold in quotes goes", ZG_SI("a; filename=\"b\r\n c\""), ZG_SI("b c") },
		{ "a line feed in quotes goes", ZG_SI("a; filename=\"b\nc\""), ZG_SI("bc") },
		{ "a carriage return in quotes goes", ZG_SI("a; filename=\"b\rc\""), ZG_SI("bc") },
		{ "a backslash at the end of all", ZG_SI("a; filename=\"b\\"), ZG_SI("b\\") },
		{ "blanks around", ZG_SI("a; filename = b ; x=y"), ZG_SI("b") },
		{ "a name without a value", ZG_SI("a; filename; filename=b"), ZG_SI("b") },
		{ "a value that is missing", ZG_SI("a; filename="), ZG_SI("") },
		{ "blanks where the value should be", ZG_SI("a; filename= "), ZG_SI("") },
		{ "a piece that is none", ZG_SI("a; filename*x=b"), ZG_SI("") },
		{ "a piece between letters", ZG_SI("a; filename*1x=b"), ZG_SI("") },
		{ "a piece that is no digit, below them", ZG_SI("a; filename*/=b"), ZG_SI("") },
		{ "a piece above the most", ZG_SI("a; filename*99=b"), ZG_SI("") },
		{ "stars alone", ZG_SI("a; filename**=b"), ZG_SI("") },
		{ "the first piece is missing", ZG_SI("a; filename*1=b"), ZG_SI("") },
		{ "encoded, without a charset", ZG_SI("a; filename*=b%20c"), ZG_SI("b c") },
		{ "encoded, one quote alone", ZG_SI("a; filename*=utf-8'b"), ZG_SI("b") },
		{ "a semicolon at the end", ZG_SI("a; filename=b;"), ZG_SI("b") },
		{ "percent signs with other letters", ZG_SI("a; filename*=utf-8''%g0%0g%/0%Z"), ZG_SI("%g0%0g%/0%Z") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a = arena();

		is(rows[i].proves, zg_mime_param(rows[i].value, ZG_S("filename"), NULL, &a), rows[i].want);
	}
}

static void octets(void **state)
{
	struct zg_arena a = arena();

	(void)state;
	is("base64 with line ends", zg_mime_base64(ZG_S("YW\r\nJj"), &a), ZG_S("abc"));
	is("base64 without padding", zg_mime_base64(ZG_S("YWI"), &a), ZG_S("ab"));
	is("base64 with what is none in it", zg_mime_base64(ZG_S("Y!W~Jj"), &a), ZG_S("abc"));
	is("base64 ends at its padding", zg_mime_base64(ZG_S("YQ==YQ=="), &a), ZG_S("a"));
	is("quoted: octets", zg_mime_quoted(ZG_S("=C3=a9"), false, &a), ZG_S("\xc3\xa9"));
	is("quoted: a soft break", zg_mime_quoted(ZG_S("a=\r\nb= \r\nc"), false, &a), ZG_S("abc"));
	is("quoted: an equals sign alone", zg_mime_quoted(ZG_S("a=b=4"), false, &a), ZG_S("a=b=4"));
	is("quoted: underscores are themselves in text", zg_mime_quoted(ZG_S("a_b"), false, &a), ZG_S("a_b"));
	is("nothing", zg_mime_base64(ZG_S(""), &a), ZG_S(""));
	is("base64: every kind of letter", zg_mime_base64(ZG_S("Az0+/w"), &a), ZG_S("\x03\x3d\x3e\xff"));
	is("quoted: blanks at the end, no line's end", zg_mime_quoted(ZG_S("a= "), false, &a), ZG_S("a= "));
	is("quoted: a bare line feed is a soft break too", zg_mime_quoted(ZG_S("a=\nb"), false, &a), ZG_S("ab"));
	is("quoted: a carriage return alone is none", zg_mime_quoted(ZG_S("a=\rb=\r"), false, &a), ZG_S("a=\rb=\r"));
	is("quoted: underscores are blanks in a word", zg_mime_quoted(ZG_S("a_b"), true, &a), ZG_S("a b"));
	is("quoted: letters that are none of hex", zg_mime_quoted(ZG_S("=G0=0g=/1"), false, &a), ZG_S("=G0=0g=/1"));
}

/* Without memory each reader has nothing, or all of it. */
static void octets_without_memory(void **state)
{
	(void)state;
	for (size_t n = 0; n < 64; n++) {
		struct zg_slice got[5];

		for (size_t i = 0; i < 5; i++) {
			struct zg_arena a;

			zg_arena_init_fixed(&a, memory, n);
			got[i] = i == 0 ? zg_mime_base64(ZG_S("YWJj"), &a) : i == 1 ? zg_mime_quoted(ZG_S("=61bc"), false, &a) :
				i == 2 ? zg_mime_percent(ZG_S("%61bc"), &a) : i == 3 ? zg_mime_words(ZG_S("=?utf-8?q?abc?="), NULL, &a) :
				zg_mime_param(ZG_S("x; f=\"a\\bc\""), ZG_S("f"), NULL, &a);
			if (got[i].n)
				is("all of it", got[i], ZG_S("abc"));
			else
				assert_true(a.is_full);
		}
		for (size_t i = 0; i < 2; i++) {
			struct zg_arena a;
			struct zg_slice one;

			zg_arena_init_fixed(&a, memory, n);
			one = zg_mime_utf8(i ? ZG_S("latin1") : ZG_S(""), ZG_S("\xe9"), NULL, &a);
			if (one.n)
				is("all of it", one, i ? ZG_S("\xc3\xa9") : ZG_S("\xef\xbf\xbd"));
			else
				assert_true(a.is_full);
		}
	}
}

/* A converter that knows "x-same", and "x-long", whose text grows tenfold. */
static int convert(void *ctx, struct zg_slice charset, struct zg_slice in, struct zg_arena *a, struct zg_slice *ret)
{
	static char ten[] = "0123456789012345678901234567890123456789012345678901234567890123456789";

	(void)ctx;
	(void)a;
	*ret = zg_slice_eq(charset, ZG_S("x-long")) ? zg_slice_of(ten, sizeof(ten) - 1) : in;
	return zg_slice_starts(charset, ZG_S("x-")) ? 0 : -1;
}

static void charsets(void **state)
{
	static const struct zg_charsets all = { convert, NULL };
	struct zg_arena a = arena();

	(void)state;
	is("converted", zg_mime_words(ZG_S("=?x-same?q?a?="), &all, &a), ZG_S("a"));
	is("unknown there too", zg_mime_words(ZG_S("=?y?q?a?="), &all, &a), ZG_S("a"));
	is("it grows beyond its room: as it was written", zg_mime_words(ZG_S("=?x-long?q?a?="), &all, &a), ZG_S("=?x-long?q?a?="));
}

#define TEN "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HEAD "From: a@example.be\r\nContent-Type: multipart/mixed; boundary=\"B b\"\r\n\r\n"

static void parts(void **state)
{
	static const struct { const char *proves; struct zg_slice head, body; size_t count; struct zg_slice last; } rows[] = {
		{ "plain text", ZG_SI("From: a@example.be\r\n\r\n"), ZG_SI("hello\r\n"), 1, ZG_SI("hello\r\n") },
		{ "two parts, the line's end is the boundary's", ZG_SI(HEAD),
		  ZG_SI("pre\r\n--B b\r\n\r\none\r\n--B b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--B b--\r\npost"), 3, ZG_SI("<p>") },
		{ "no end", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\none"), 2, ZG_SI("one") },
		{ "a part without an empty line has no text", ZG_SI(HEAD), ZG_SI("--B b\r\nContent-Type: text/html\r\n--B b--"), 2, ZG_SI("") },
		{ "blanks behind a boundary", ZG_SI(HEAD), ZG_SI("--B b  \r\n\r\none\r\n--B b-- \r\n"), 2, ZG_SI("one") },
		{ "a line that begins as a boundary is none", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\n--B bb\r\n--B b--"), 2, ZG_SI("--B bb") },
		{ "an empty part", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\n--B b--"), 2, ZG_SI("") },
		{ "no boundary at all: one text", ZG_SI("Content-Type: multipart/mixed\r\n\r\n"), ZG_SI("--\r\nx"), 1, ZG_SI("--\r\nx") },
		{ "a boundary of the outer ends the inner", ZG_SI(HEAD),
		  ZG_SI("--B b\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\nin\r\n--B b\r\n\r\nout\r\n--B b--"), 4, ZG_SI("out") },
		{ "a message in it stays whole", ZG_SI(HEAD), ZG_SI("--B b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--B b--"), 2,
		  ZG_SI("Subject: x\r\n\r\ny") },
		{ "an empty body", ZG_SI(HEAD), ZG_SI(""), 1, ZG_SI("") },
		{ "bare line feeds", ZG_SI(HEAD), ZG_SI("--B b\n\none\n--B b--\n"), 2, ZG_SI("one") },
		{ "one line feed is the boundary's", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\n\n--B b--"), 2, ZG_SI("") },
		{ "a multipart that is cut off in its header", ZG_SI(HEAD), ZG_SI("--B b\r\nContent-Type: multipart/mixed; boundary=i\r\n"), 2,
		  ZG_SI("") },
		{ "so by a boundary", ZG_SI(HEAD), ZG_SI("--B b\r\nContent-Type: multipart/mixed; boundary=i\r\n--B b\r\n\r\nx\r\n--B b--"),
		  3, ZG_SI("x") },
		{ "a header without a colon is none", ZG_SI(HEAD), ZG_SI("--B b\r\nno field\r\n\r\nx\r\n--B b--"), 2, ZG_SI("x") },
		{ "the root's header alone", ZG_SI("Content-Type: multipart/mixed; boundary=i\r\n"), ZG_SI("--i\r\n\r\nx"), 2, ZG_SI("x") },
		{ "an empty boundary", ZG_SI("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n"), ZG_SI("--\r\nx"), 1, ZG_SI("--\r\nx") },
		{ "a boundary of 210 octets is none", ZG_SI("Content-Type: multipart/mixed; boundary=" LONG "\r\n\r\n"), ZG_SI("--" LONG "\r\nx"), 1,
		  ZG_SI("--" LONG "\r\nx") },
		{ "two hyphens alone", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\n--\r\n--B b--"), 2, ZG_SI("--") },
		{ "text behind the last boundary is none", ZG_SI(HEAD), ZG_SI("--B b\r\n\r\nx\r\n--B b--\r\n\r\nz\r\n"), 2, ZG_SI("x") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a = arena();
		struct zg_mime m;

		if (zg_mime_read(rows[i].head, rows[i].body, &a, &m) < 0 || m.count != rows[i].count)
			fail_msg("%s: %zu parts", rows[i].proves, m.count);
		is(rows[i].proves, m.v[m.count - 1].body, rows[i].last);
	}
}

static void fields_of_a_part(void **state)
{
	struct zg_arena a = arena();
	struct zg_mime m;

	(void)state;
	assert_int_equal(zg_mime_read(ZG_S("Content-Type: TEXT/Plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n"),
				      ZG_S("caf=E9"), &a, &m), 0);
	is("media", m.v[0].media, ZG_S("text/plain"));
	is("text", zg_mime_text(&m.v[0], NULL, &a), ZG_S("caf\xc3\xa9"));
	assert_false(m.v[0].is_attachment);
	assert_int_equal(zg_mime_read(ZG_S("Content-Type: image/png; name=a.png\r\nContent-ID: <x@y>\r\n\r\n"), ZG_S("x"), &a, &m), 0);
	assert_true(m.v[0].is_attachment);
	is("name", zg_mime_name(&m.v[0], NULL, &a), ZG_S("a.png"));
	is("id", m.v[0].id, ZG_S("x@y"));
	assert_int_equal(zg_mime_read(ZG_S("Content-Type: te\x01xt/html\r\n\r\n"), ZG_S("x"), &a, &m), 0);
	is("a control in the type: text", m.v[0].media, ZG_S("text/plain"));
}

static void media_and_names(void **state)
{
	static const struct { const char *proves; struct zg_slice head, media, name, id, octets; bool is_attachment; } rows[] = {
		{ "nothing", ZG_SI(""), ZG_SI("text/plain"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
		{ "no type before the slash", ZG_SI("Content-Type: /x\r\n"), ZG_SI("text/plain"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
		{ "none behind it", ZG_SI("Content-Type: image/\r\n"), ZG_SI("text/plain"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
		{ "a blank", ZG_SI("Content-Type: im age/png\r\n"), ZG_SI("text/plain"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
		{ "an octet above 127", ZG_SI("Content-Type: im\xe9ge/png\r\n"), ZG_SI("text/plain"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
		{ "base64 and two names", ZG_SI("Content-Type: image/png; name=b\r\nContent-Disposition: inline; filename=c\r\n"
		  "Content-Transfer-Encoding: BASE64\r\nContent-ID: x\r\n"), ZG_SI("image/png"), ZG_SI("c"), ZG_SI("x"), ZG_SI("a"), true },
		{ "text that is attached, an id that does not end", ZG_SI("Content-Disposition: attachment\r\nContent-ID: <xyz\r\n"),
		  ZG_SI("text/plain"), ZG_SI(""), ZG_SI("<xyz"), ZG_SI("YQ=="), true },
		{ "an id that does not begin", ZG_SI("Content-ID: xyz>\r\n"), ZG_SI("text/plain"), ZG_SI(""), ZG_SI("xyz>"), ZG_SI("YQ=="), false },
		{ "a multipart without a boundary", ZG_SI("Content-Type: multipart/x\r\n"),
		  ZG_SI("multipart/x"), ZG_SI(""), ZG_SI(""), ZG_SI("YQ=="), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a = arena();
		struct zg_mime m;

		assert_int_equal(zg_mime_read(rows[i].head, ZG_S("YQ=="), &a, &m), 0);
		is(rows[i].proves, m.v[0].media, rows[i].media);
		is(rows[i].proves, zg_mime_name(&m.v[0], NULL, &a), rows[i].name);
		is(rows[i].proves, m.v[0].id, rows[i].id);
		is(rows[i].proves, zg_mime_octets(&m.v[0], &a), rows[i].octets);
		if (m.v[0].is_attachment != rows[i].is_attachment)
			fail_msg("%s: attachment %d", rows[i].proves, m.v[0].is_attachment);
	}
}

/* As deep as asked: multiparts in multiparts, each with another boundary. */
static void too_deep(void **state)
{
	enum { DEEP = 100 };
	struct zg_arena a = arena();
	static char text[DEEP * 80];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	struct zg_mime m;

	(void)state;
	for (unsigned i = 1; i < DEEP; i++) {
		zg_buf_put(&b, ZG_S("--b"));
		zg_buf_put_pad(&b, i - 1, 3);
		zg_buf_put(&b, ZG_S("\r\nContent-Type: multipart/mixed; boundary=b"));
		zg_buf_put_pad(&b, i, 3);
		zg_buf_put(&b, ZG_S("\r\n\r\n"));
	}
	assert_int_equal(zg_mime_read(ZG_S("Content-Type: multipart/mixed; boundary=b000\r\n\r\n"), zg_buf_slice(&b), &a, &m), 0);
	assert_int_equal(m.count, ZG_MIME_DEPTH + 1);
	assert_int_equal(m.v[m.count - 1].depth, ZG_MIME_DEPTH);
	assert_false(m.v[m.count - 1].is_multipart);
}

static void too_many(void **state)
{
	static const struct zg_slice part = ZG_SI("--x\r\n\r\n\r\n");
	struct zg_arena a = arena();
	size_t n = (ZG_MIME_PARTS + 500) * part.n;
	char *text = malloc(n);
	struct zg_mime m;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i += part.n)
		memcpy(text + i, part.p, part.n);
	assert_int_equal(zg_mime_read(ZG_S("Content-Type: multipart/mixed; boundary=x\r\n\r\n"), zg_slice_of(text, n), &a, &m), 0);
	assert_int_equal(m.count, ZG_MIME_PARTS);
	free(text);
}

static void no_memory(void **state)
{
	static const struct zg_slice body = ZG_SI("--B b\r\nContent-Type: text/plain; name*=utf-8''a%20b\r\n\r\none\r\n--B b--");

	(void)state;
	for (size_t n = 0; n < 6000; n += 7) {
		struct zg_mime m = { .count = 77 };
		struct zg_arena a;

		zg_arena_init_fixed(&a, memory, n);
		if (zg_mime_read(ZG_S(HEAD), body, &a, &m) < 0)
			assert_int_equal(m.count, 77);
		else
			assert_int_equal(m.count, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(params), cmocka_unit_test(octets), cmocka_unit_test(octets_without_memory),
		cmocka_unit_test(charsets), cmocka_unit_test(media_and_names), cmocka_unit_test(parts),
		cmocka_unit_test(fields_of_a_part), cmocka_unit_test(too_deep), cmocka_unit_test(too_many), cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
