/* test_typed.c - addresses and domains as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zegel/address.h>
#include "lint/typed.h"

struct row {
	const char *what;
	struct zg_slice text;
	enum zg_typed_what is;
	const char *domain, *address;	/* where OK; else domain is the example */
	const char *provider;
};
#define OK ZG_TYPED_OK
#define NOT ZG_TYPED_NOT_DOMAIN

static const struct row rows[] = {
	{ "a domain", ZG_SI("example.be"), OK, "example.be", "", NULL },
	{ "blanks and capitals", ZG_SI(" \t Example.BE \r\n"), OK, "example.be", "", NULL },
	{ "blanks of a web page", ZG_SI("\xc2\xa0\xe2\x80\x8b" "example.be\xef\xbb\xbf"), OK, "example.be", "", NULL },
	{ "a final dot", ZG_SI("example.be."), OK, "example.be", "", NULL },
	{ "a subdomain is welcome", ZG_SI("mail.example.co.uk"), OK, "mail.example.co.uk", "", NULL },
	{ "an address", ZG_SI("info@example.be"), OK, "example.be", "info@example.be", NULL },
	{ "the local part keeps its case", ZG_SI("Info@Example.be"), OK, "example.be", "Info@example.be", NULL },
	{ "a name and an address", ZG_SI("Voorbeeld bv <info@example.be>"), OK, "example.be", "info@example.be", NULL },
	{ "a quoted name with an at sign", ZG_SI("\"a@b\" <info@example.be>"), OK, "example.be", "info@example.be", NULL },
	{ "brackets that do not close", ZG_SI("<info@example.be"), OK, "example.be", "info@example.be", NULL },
	{ "blanks around the at sign", ZG_SI("info @ example.be"), OK, "example.be", "info@example.be", NULL },
	{ "only an at sign in front", ZG_SI("@example.be"), OK, "example.be", "", NULL },
	{ "a local part that is none", ZG_SI("a b@example.be"), OK, "example.be", "", NULL },
	{ "mailto", ZG_SI("mailto:info@example.be?subject=x"), OK, "example.be", "info@example.be", NULL },
	{ "a URL", ZG_SI("https://www.example.be/contact?x=1#y"), OK, "example.be", "", NULL },
	{ "a URL with port and user", ZG_SI("http://jan@example.be:8080/"), OK, "example.be", "", NULL },
	{ "www", ZG_SI("www.example.be"), OK, "example.be", "", NULL },
	{ "www and a path", ZG_SI("www.example.be/nl/"), OK, "example.be", "", NULL },
	{ "www of a suffix is a domain", ZG_SI("www.co.uk"), OK, "www.co.uk", "", NULL },
	{ "an IDN", ZG_SI("caf\xc3\xa9.be"), OK, "xn--caf-dma.be", "", NULL },
	{ "an address at an IDN", ZG_SI("info@Caf\xc3\xa9.be"), OK, "xn--caf-dma.be", "info@xn--caf-dma.be", NULL },
	{ "a public provider", ZG_SI("info@telenet.be"), OK, "telenet.be", "info@telenet.be", "Telenet" },
	{ "a provider by pattern", ZG_SI("jan@hotmail.co.uk"), OK, "hotmail.co.uk", "jan@hotmail.co.uk", "Hotmail" },
	{ "Gmail", ZG_SI("GMAIL.COM"), OK, "gmail.com", "", "Gmail" },
	{ "nothing", ZG_SI(""), ZG_TYPED_EMPTY, "info@example.be", "", NULL },
	{ "blanks", ZG_SI(" \t\xc2\xa0 "), ZG_TYPED_EMPTY, "info@example.be", "", NULL },
	{ "a word", ZG_SI("Voorbeeld"), ZG_TYPED_LOCAL, "info@voorbeeld.be", "", NULL },
	{ "a name of a firm", ZG_SI("Voorbeeld bv"), NOT, "info@voorbeeldbv.be", "", NULL },
	{ "an address without a suffix", ZG_SI("info@voorbeeld"), ZG_TYPED_LOCAL, "info@voorbeeld.be", "", NULL },
	{ "a blank inside", ZG_SI("voor beeld.be"), NOT, "info@voorbeeld.be", "", NULL },
	{ "two dots", ZG_SI("voorbeeld..be"), NOT, "info@voorbeeld.be", "", NULL },
	{ "an underscore", ZG_SI("voor_beeld.be"), NOT, "info@voorbeeld.be", "", NULL },
	{ "a hyphen at an edge", ZG_SI("-voorbeeld.be"), NOT, "info@voorbeeld.be", "", NULL },
	{ "a comma for a dot", ZG_SI("voorbeeld,be"), NOT, "info@voorbeeld.be", "", NULL },
	{ "a comma for a dot in an address", ZG_SI("jan@voorbeeld,be"), ZG_TYPED_LOCAL, "jan@voorbeeld.be", "", NULL },
	{ "letters with marks", ZG_SI("Caf\xc3\xa9 \xc3\x80 M\xc3\xbcller & fils"), NOT, "info@cafeamullerfils.be", "", NULL },
	{ "a first octet without its second", ZG_SI("voor beeld\xc3"), NOT, "info@voorbeeld.be", "", NULL },
	{ "only an at sign", ZG_SI("@"), NOT, "info@example.be", "", NULL },
	{ "an address without its domain", ZG_SI("info@"), NOT, "info@example.be", "", NULL },
	{ "signs alone", ZG_SI("?!"), NOT, "info@example.be", "", NULL },
	{ "a suffix", ZG_SI("be"), ZG_TYPED_SUFFIX, "info@example.be", "", NULL },
	{ "a suffix of many letters", ZG_SI("Vlaanderen"), ZG_TYPED_SUFFIX, "info@example.vlaanderen", "", NULL },
	{ "a suffix in a URL", ZG_SI("https://www.be/"), OK, "www.be", "", NULL },
	{ "a suffix of two labels", ZG_SI("info@co.uk"), ZG_TYPED_SUFFIX, "info@example.co.uk", "", NULL },
	{ "IPv4", ZG_SI("192.0.2.1"), ZG_TYPED_IP, "info@example.be", "", NULL },
	{ "IPv4 in a URL", ZG_SI("http://192.0.2.1/"), ZG_TYPED_IP, "info@example.be", "", NULL },
	{ "numbers that are no address", ZG_SI("192.0.2.300"), ZG_TYPED_IP, "info@example.be", "", NULL },
	{ "IPv6", ZG_SI("2001:db8::1"), ZG_TYPED_IP, "info@example.be", "", NULL },
	{ "an address literal", ZG_SI("info@[192.0.2.1]"), ZG_TYPED_IP, "info@example.be", "", NULL },
	{ "localhost", ZG_SI("localhost"), ZG_TYPED_LOCAL, "info@example.be", "", NULL },
	{ "a name of the office", ZG_SI("server.local"), ZG_TYPED_LOCAL, "info@server.be", "", NULL },
	{ "NUL", ZG_SI("exam\0ple.be"), NOT, "info@example.be", "", NULL },
	{ "no UTF-8", ZG_SI("ex\xff" "ample.be"), NOT, "info@example.be", "", NULL },
	{ "text that runs backwards", ZG_SI("example\xe2\x80\xae.be"), NOT, "info@example.be", "", NULL },
	{ "a script", ZG_SI("<script>alert(1)</script>"), NOT, "info@example.be", "", NULL },
	{ "line ends inside: the first", ZG_SI("info@example.be\r\nBcc: x@y.be"), OK, "example.be", "info@example.be", NULL },
	{ "two addresses: the first", ZG_SI("info@example.be; jan@example.com"), OK, "example.be", "info@example.be", NULL },
	{ "a comma in a quoted local part", ZG_SI("\"a,b\"@example.be"), OK, "example.be", "\"a,b\"@example.be", NULL },
	{ "a port without a scheme", ZG_SI("example.be:8080"), OK, "example.be", "", NULL },
	{ "marks of direction around it", ZG_SI("\xe2\x81\xa8info@example.be\xe2\x81\xa9"), OK, "example.be", "info@example.be", NULL },
	{ "a mark of direction in the local part", ZG_SI("in\xe2\x80\xae" "fo@example.be"), OK, "example.be", "", NULL },
	{ "half a mark at the end", ZG_SI("example.be\xe2\x80"), NOT, "info@example.be", "", NULL },
};

static void text_is(struct zg_slice s, const char *is)
{
	if (!zg_slice_eq(s, zg_slice_cstr(is)))
		fail_msg("\"" ZG_FMT "\", wanted \"%s\"", ZG_ARG(s), is);
}

static void row_run(const struct row *r)
{
	char mem[8192];
	struct zg_arena a;
	struct zg_typed t;

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	assert_int_equal(zg_typed_read(r->text, &a, &t), 0);
	assert_int_equal(t.what, r->is);
	text_is(t.what == OK ? t.domain : t.example, r->domain);
	text_is(t.address, r->address);
	assert_int_equal(t.provider != NULL, r->provider != NULL);
	if (r->provider)
		text_is(t.provider->name, r->provider);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].what);
		row_run(&rows[i]);
	}
}

/* Every example is an address that would be taken. */
static void test_examples_are_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[8192], again[8192];
		struct zg_arena a, b;
		struct zg_typed t, e;

		zg_arena_init_fixed(&a, mem, sizeof(mem));
		zg_arena_init_fixed(&b, again, sizeof(again));
		assert_int_equal(zg_typed_read(rows[i].text, &a, &t), 0);
		if (t.what == OK)
			continue;
		assert_int_equal(zg_typed_read(t.example, &b, &e), 0);
		assert_int_equal(e.what, OK);
		assert_true(zg_slice_eq(e.address, t.example));
	}
}

static void test_large(void **state)
{
	static char big[1u << 20];
	static const char with[] = { 'a', '.', '@', '<', ' ', '\0', '\xff', '-', '1', '[' };

	(void)state;
	for (size_t k = 0; k < sizeof(with); k++) {
		char mem[32768];
		struct zg_arena a;
		struct zg_typed t;

		memset(big, with[k], sizeof(big));
		for (size_t n = 1; n <= sizeof(big); n *= 4) {
			zg_arena_init_fixed(&a, mem, sizeof(mem));
			assert_int_equal(zg_typed_read(zg_slice_of(big, n), &a, &t), 0);
			assert_int_not_equal(t.what, OK);
			assert_true(t.what == ZG_TYPED_EMPTY || t.example.n > 0);
		}
	}
}

static void test_no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_done = false;

		for (size_t n = 0; n < 2048 && !is_done; n++) {
			char mem[2048];
			struct zg_arena a;
			struct zg_typed t = { .what = ZG_TYPED_IP, .shown = ZG_SI("untouched") };

			zg_arena_init_fixed(&a, mem, n);
			is_done = zg_typed_read(rows[i].text, &a, &t) == 0;
			assert_true(is_done || (a.is_full && zg_slice_eq(t.shown, ZG_S("untouched"))));
			if (is_done)
				assert_int_equal(t.what, rows[i].is);
		}
		assert_true(is_done);
	}
}

static void test_near(void **state)
{
	static const struct zg_slice names[] = { ZG_SI("example.be"), ZG_SI("voorbeeld.be"), ZG_SI("voorbeelds.be") };

	(void)state;
	text_is(zg_typed_near(ZG_S("exmaple.be"), names, 3), "example.be");
	text_is(zg_typed_near(ZG_S("voorbeld.be"), names, 3), "voorbeeld.be");
	text_is(zg_typed_near(ZG_S("voorbeeld.be"), names, 3), "");
	text_is(zg_typed_near(ZG_S("exmapel.be"), names, 3), "");
	text_is(zg_typed_near(ZG_S(""), names, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_examples_are_right), cmocka_unit_test(test_large),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
