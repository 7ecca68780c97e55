/* test_address.c - addresses of fields and of the envelope, domains as they are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/address.h>
#include "testdata.h"

#define BAD SIZE_MAX	/* not understood */
static const struct list_row {
	const char *proves;
	struct zg_slice value;
	size_t count;
	struct zg_slice local, domain;
} lists[] = {
	{ "an addr-spec", ZG_SI(" jan@example.be"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "in angles", ZG_SI("<jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "a display name", ZG_SI(" Jan De Smet <jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "a quoted one", ZG_SI("\"De Smet, Jan\" <jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "a quoted address as a name", ZG_SI("\"a@good.be\" <b@evil.be>"), 1, ZG_SI("b"), ZG_SI("evil.be") },
	{ "quoted pairs in a name", ZG_SI("\"a\\\" <x@evil.be>\" <b@good.be>"), 1, ZG_SI("b"), ZG_SI("good.be") },
	{ "RFC 5322 4.1: dots in a name", ZG_SI("J. R. Smet <jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "an encoded word is an atom", ZG_SI("=?utf-8?B?PGFAZ29vZC5iZT4=?= <b@evil.be>"), 1, ZG_SI("b"),
	  ZG_SI("evil.be") },
	{ "UTF-8 in a name, RFC 6532", ZG_SI("J\xc3\xb6rg <jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "UTF-8 in the address", ZG_SI("j\xc3\xb6rg@b\xc3\xbc""cher.example"), 1, ZG_SI("j\xc3\xb6rg"),
	  ZG_SI("b\xc3\xbc""cher.example") },
	{ "a comment behind", ZG_SI("jan@example.be (Jan)"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "comments around all parts", ZG_SI("(a)jan(b)@(c)example.be(d)"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "comments nest", ZG_SI("(a(b(c)\\)d)) jan@example.be"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "an address in a comment", ZG_SI("jan@example.be (x@evil.be, y)"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "folds", ZG_SI(" Jan\r\n De Smet\r\n\t<jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "a fold in a quoted name", ZG_SI("\"De\r\n Smet\" <jan@example.be>"), 1, ZG_SI("jan"), ZG_SI("example.be") },
	{ "a quoted local part", ZG_SI("\"jan de\"@example.be"), 1, ZG_SI("\"jan de\""), ZG_SI("example.be") },
	{ "an empty quoted local part", ZG_SI("\"\"@example.be"), 1, ZG_SI("\"\""), ZG_SI("example.be") },
	{ "a literal", ZG_SI("jan@[192.0.2.1]"), 1, ZG_SI("jan"), ZG_SI("[192.0.2.1]") },
	{ "two addresses", ZG_SI("jan@example.be, piet@example.com"), 2, ZG_SI("jan"), ZG_SI("example.be") },
	{ "two in angles", ZG_SI("\"x\" <a@b.be>, <c@d.be>"), 2, ZG_SI("a"), ZG_SI("b.be") },
	{ "RFC 5322 4.4: empty elements", ZG_SI(",, a@b.be ,(x), c@d.be,"), 2, ZG_SI("a"), ZG_SI("b.be") },
	{ "a group", ZG_SI("Friends: a@b.be, C <c@d.be>;"), 2, ZG_SI("a"), ZG_SI("b.be") },
	{ "a group of one, and a comment", ZG_SI("A Group(x):a@b.be; (y)"), 1, ZG_SI("a"), ZG_SI("b.be") },
	{ "an empty group", ZG_SI("undisclosed-recipients:;"), 0, ZG_SI(""), ZG_SI("") },
	{ "a group among others", ZG_SI("a@b.be, G:c@d.be;, e@f.be"), 3, ZG_SI("a"), ZG_SI("b.be") },
	{ "nothing", ZG_SI(""), 0, ZG_SI(""), ZG_SI("") },
	{ "a comment alone", ZG_SI(" (a@b.be) "), 0, ZG_SI(""), ZG_SI("") },
	{ "an atom of all characters", ZG_SI("!#$%&'*+-/=?^_`{|}~@example.be"), 1, ZG_SI("!#$%&'*+-/=?^_`{|}~"),
	  ZG_SI("example.be") },

	{ "an address as a name", ZG_SI("a@good.be <b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an address behind an angle", ZG_SI("<b@evil.be> a@good.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "two angles", ZG_SI("<a@good.be> <b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "two angles and a name", ZG_SI("X <a@good.be><b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a name behind", ZG_SI("<a@good.be>x"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no comma", ZG_SI("a@good.be b@evil.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no comma behind a group", ZG_SI("G:a@b.be; c@d.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a semicolon without a group", ZG_SI("a@b.be; c@d.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an angle in an angle", ZG_SI("<<a@b.be>>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an open angle", ZG_SI("<a@b.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an angle closed only", ZG_SI("a@b.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an empty angle", ZG_SI("<>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a list in an angle", ZG_SI("<a@b.be,c@d.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "two at signs", ZG_SI("a@b.be@c.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "two at signs in an angle", ZG_SI("<a@good.be@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a comma in a name", ZG_SI("De Smet, Jan <jan@example.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a comma behind an encoded word", ZG_SI("=?utf-8?Q?a?=, <b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no address", ZG_SI("Jan"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no domain", ZG_SI("jan@"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no local part", ZG_SI("@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a dot first", ZG_SI(".jan@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "two dots", ZG_SI("j..n@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a dot last in the domain", ZG_SI("jan@example.be."), BAD, ZG_SI(""), ZG_SI("") },
	{ "a dot begins a name", ZG_SI(". <jan@example.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a comment inside a domain", ZG_SI("jan@good.be(x).evil.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a blank inside a domain", ZG_SI("jan@good.be .evil.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a comment inside a local part", ZG_SI("jan(x).de@good.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "words before the at sign", ZG_SI("Jan jan@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a quoted and an atom as a local part", ZG_SI("\"a\".b@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a fold in a quoted local part", ZG_SI("\"a\r\n b\"@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an open comment", ZG_SI("(a (b) jan@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a comment closed twice", ZG_SI("(a)) jan@example.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an open quote", ZG_SI("\"Jan <jan@example.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a quote open by a pair", ZG_SI("\"Jan\\\" <jan@example.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a backslash last", ZG_SI("\"Jan\\"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a backslash outside quotes", ZG_SI("<a@good.be>\\,<b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an open group", ZG_SI("G: a@b.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a group in a group", ZG_SI("G: H: a@b.be;;"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a group in a group that ends once", ZG_SI("G: H: a@b.be;"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a group named by an address", ZG_SI("a@good.be: b@evil.be;"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a group without a name", ZG_SI(": a@b.be;"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a route (RFC 5322 4.4)", ZG_SI("<@a.be,@b.be:c@d.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a route of one host", ZG_SI("<@a.be:c@d.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a route without its colon", ZG_SI("<@a.be c@d.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a route and nothing", ZG_SI("<@a.be:>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a route without an angle", ZG_SI("@a.be:c@d.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a NUL", ZG_SI("a@good.be\0<b@evil.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a NUL at the end", ZG_SI("a@good.be\0"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a control character in a quote", ZG_SI("\"a\x01\" <b@c.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a control character behind a backslash", ZG_SI("\"a\\\x01\" <b@c.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a bare LF", ZG_SI("Jan\n <b@c.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a line end that is no fold", ZG_SI("Jan\r\nX: <b@c.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a line end at the end", ZG_SI("b@c.be\r\n"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a line end in a comment", ZG_SI("(a\r\nb) b@c.be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "no UTF-8", ZG_SI("J\xf6rg <b@c.be>"), BAD, ZG_SI(""), ZG_SI("") },
	{ "an open literal", ZG_SI("jan@[192.0.2.1"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a bracket in a literal", ZG_SI("jan@[192.0.[2.1]"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a blank in a literal", ZG_SI("jan@[192.0.2. 1]"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a literal and more", ZG_SI("jan@[192.0.2.1].be"), BAD, ZG_SI(""), ZG_SI("") },
	{ "a bracket in a name", ZG_SI("Jan [x] <jan@example.be>"), BAD, ZG_SI(""), ZG_SI("") },
};

static void lists_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *mem = testdata_exact(lists[i].value);
		struct zg_address first = { ZG_S("?"), ZG_S("?") };
		size_t count = 77;
		int rc = zg_address_list(zg_slice_of(mem, lists[i].value.n), &first, &count);

		if (rc != (lists[i].count == BAD ? -1 : 0))
			fail_msg("%s: %d", lists[i].proves, rc);
		if (rc < 0 && (count != 77 || !zg_slice_eq(first.local, ZG_S("?"))))
			fail_msg("%s: something was written", lists[i].proves);
		if (rc == 0 && (count != lists[i].count || !zg_slice_eq(first.local, lists[i].local) ||
				!zg_slice_eq(first.domain, lists[i].domain)))
			fail_msg("%s: %zu, " ZG_FMT " at " ZG_FMT, lists[i].proves, count, ZG_ARG(first.local),
				ZG_ARG(first.domain));
		free(mem);
	}
}

/* Deep and long input ends, and takes no stack. */
static void deep_comments_take_no_stack(void **state)
{
	enum { DEEP = 200000 };
	static const char address[] = { 'a', '@', 'b', '.', 'b', 'e' };
	char *p = malloc(2 * DEEP + sizeof(address));
	struct zg_address first;
	size_t count;

	(void)state;
	assert_non_null(p);
	memset(p, '(', DEEP);
	memset(p + DEEP, ')', DEEP);
	memcpy(p + 2 * DEEP, address, sizeof(address));
	assert_int_equal(zg_address_list(zg_slice_of(p, 2 * DEEP + sizeof(address)), &first, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(zg_address_list(zg_slice_of(p + 1, 2 * DEEP + sizeof(address) - 1), &first, &count), -1);
	free(p);
}

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A63 A60 "aaa"
static const struct mailbox_row {
	const char *proves;
	struct zg_slice text;
	bool utf8;
	int rc;
	struct zg_slice local;
} mailboxes[] = {
	{ "plain", ZG_SI("jan@example.be"), false, 0, ZG_SI("jan") },
	{ "dots and all characters", ZG_SI("a.b+c=d/e@example.be"), false, 0, ZG_SI("a.b+c=d/e") },
	{ "one label", ZG_SI("root@localhost"), false, 0, ZG_SI("root") },
	{ "quoted", ZG_SI("\"a @ b\"@example.be"), false, 0, ZG_SI("\"a @ b\"") },
	{ "quoted pairs", ZG_SI("\"a\\\"b\\\\\"@example.be"), false, 0, ZG_SI("\"a\\\"b\\\\\"") },
	{ "an underscore and hyphens in the domain", ZG_SI("a@b_c.d--e.be"), false, 0, ZG_SI("a") },
	{ "an IPv4 literal", ZG_SI("a@[192.0.2.255]"), false, 0, ZG_SI("a") },
	{ "an IPv6 literal", ZG_SI("a@[IPv6:2001:db8::1]"), false, 0, ZG_SI("a") },
	{ "all eight groups", ZG_SI("a@[IPv6:1:2:3:4:5:6:7:8]"), false, 0, ZG_SI("a") },
	{ "the loopback", ZG_SI("a@[IPv6:::1]"), false, 0, ZG_SI("a") },
	{ "nothing but the gap", ZG_SI("a@[IPv6:::]"), false, 0, ZG_SI("a") },
	{ "IPv4 within IPv6", ZG_SI("a@[ipv6:::ffff:192.0.2.1]"), false, 0, ZG_SI("a") },
	{ "UTF-8 with SMTPUTF8", ZG_SI("j\xc3\xb6rg@b\xc3\xbc""cher.example"), true, 0, ZG_SI("j\xc3\xb6rg") },
	{ "64 octets of local part", ZG_SI("a" A63 "@example.be"), false, 0, ZG_SI("a" A63) },
	{ "254 octets in all",
	  ZG_SI("a@" A63 "." A63 "." A63 "." A60), false, 0, ZG_SI("a") },
	{ "255 octets in all",
	  ZG_SI("aa@" A63 "." A63 "." A63 "." A60), false, -1, ZG_SI("") },
	{ "65 octets of local part", ZG_SI("aa" A63 "@example.be"), false, -1, ZG_SI("") },
	{ "a label of 64 octets", ZG_SI("a@a" A63 ".be"), false, -1, ZG_SI("") },
	{ "nothing", ZG_SI(""), false, -1, ZG_SI("") },
	{ "no at sign", ZG_SI("jan"), false, -1, ZG_SI("") },
	{ "no domain", ZG_SI("jan@"), false, -1, ZG_SI("") },
	{ "no local part", ZG_SI("@example.be"), false, -1, ZG_SI("") },
	{ "two at signs", ZG_SI("a@b.be@c.be"), false, -1, ZG_SI("") },
	{ "angles", ZG_SI("<a@b.be>"), false, -1, ZG_SI("") },
	{ "a route", ZG_SI("@a.be:b@c.be"), false, -1, ZG_SI("") },
	{ "a blank", ZG_SI("a b@c.be"), false, -1, ZG_SI("") },
	{ "a blank behind", ZG_SI("a@b.be "), false, -1, ZG_SI("") },
	{ "a comment", ZG_SI("a(x)@b.be"), false, -1, ZG_SI("") },
	{ "a dot first", ZG_SI(".a@b.be"), false, -1, ZG_SI("") },
	{ "a dot before the at sign", ZG_SI("a.@b.be"), false, -1, ZG_SI("") },
	{ "two dots", ZG_SI("a..b@b.be"), false, -1, ZG_SI("") },
	{ "a dot behind the domain", ZG_SI("a@b.be."), false, -1, ZG_SI("") },
	{ "an empty label", ZG_SI("a@b..be"), false, -1, ZG_SI("") },
	{ "a hyphen first", ZG_SI("a@-b.be"), false, -1, ZG_SI("") },
	{ "a hyphen last", ZG_SI("a@b-.be"), false, -1, ZG_SI("") },
	{ "another character in the domain", ZG_SI("a@b!c.be"), false, -1, ZG_SI("") },
	{ "CRLF", ZG_SI("a@b.be\r\nRCPT"), false, -1, ZG_SI("") },
	{ "CRLF quoted", ZG_SI("\"a\r\n b\"@b.be"), false, -1, ZG_SI("") },
	{ "CRLF behind a backslash", ZG_SI("\"a\\\r\\\n b\"@b.be"), false, -1, ZG_SI("") },
	{ "a NUL", ZG_SI("a\0@b.be"), false, -1, ZG_SI("") },
	{ "a quote not closed", ZG_SI("\"a@b.be"), false, -1, ZG_SI("") },
	{ "a backslash last", ZG_SI("\"a\\"), false, -1, ZG_SI("") },
	{ "text behind a quote", ZG_SI("\"a\"b@c.be"), false, -1, ZG_SI("") },
	{ "UTF-8 without SMTPUTF8", ZG_SI("j\xc3\xb6rg@example.be"), false, -1, ZG_SI("") },
	{ "no UTF-8", ZG_SI("j\xf6rg@example.be"), true, -1, ZG_SI("") },
	{ "an IPv4 part too large", ZG_SI("a@[192.0.2.256]"), false, -1, ZG_SI("") },
	{ "an IPv4 part too long", ZG_SI("a@[192.0.2.0001]"), false, -1, ZG_SI("") },
	{ "three IPv4 parts", ZG_SI("a@[192.0.2]"), false, -1, ZG_SI("") },
	{ "five IPv4 parts", ZG_SI("a@[192.0.2.1.1]"), false, -1, ZG_SI("") },
	{ "nine groups", ZG_SI("a@[IPv6:1:2:3:4:5:6:7:8:9]"), false, -1, ZG_SI("") },
	{ "seven groups", ZG_SI("a@[IPv6:1:2:3:4:5:6:7]"), false, -1, ZG_SI("") },
	{ "two gaps", ZG_SI("a@[IPv6:1::2::3]"), false, -1, ZG_SI("") },
	{ "a gap for one group", ZG_SI("a@[IPv6:1::3:4:5:6:7:8]"), false, -1, ZG_SI("") },
	{ "a group of five digits", ZG_SI("a@[IPv6:12345::1]"), false, -1, ZG_SI("") },
	{ "a colon last", ZG_SI("a@[IPv6:1:2:3:4:5:6:7:]"), false, -1, ZG_SI("") },
	{ "no digits", ZG_SI("a@[IPv6:g::1]"), false, -1, ZG_SI("") },
	{ "IPv4 in the middle of IPv6", ZG_SI("a@[IPv6:::192.0.2.1:1]"), false, -1, ZG_SI("") },
	{ "another tag", ZG_SI("a@[X:1]"), false, -1, ZG_SI("") },
	{ "an open literal", ZG_SI("a@[192.0.2.1"), false, -1, ZG_SI("") },
	{ "an empty one", ZG_SI("a@[]"), false, -1, ZG_SI("") },
	{ "a bracket", ZG_SI("a@["), false, -1, ZG_SI("") },
};

static void mailboxes_of_the_envelope(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++) {
		const struct mailbox_row *row = &mailboxes[i];
		char *mem = testdata_exact(row->text);
		struct zg_address got = { ZG_S("?"), ZG_S("?") };
		int rc = zg_address_mailbox(zg_slice_of(mem, row->text.n), row->utf8, &got);

		if (rc != row->rc || !zg_slice_eq(got.local, rc ? ZG_S("?") : row->local))
			fail_msg("%s: %d, " ZG_FMT, row->proves, rc, ZG_ARG(got.local));
		if (rc == 0 && got.local.n + 1 + got.domain.n != row->text.n)
			fail_msg("%s: something is left", row->proves);
		free(mem);
	}
}

static const struct domain_row { const char *proves; struct zg_slice domain, want; } domains[] = {
	{ "lower case", ZG_SI("Example.BE"), ZG_SI("example.be") },
	{ "a last dot", ZG_SI("example.be."), ZG_SI("example.be") },
	{ "an underscore stays", ZG_SI("a_b.Example"), ZG_SI("a_b.example") },
	{ "A-labels stay", ZG_SI("XN--bcher-kva.example"), ZG_SI("xn--bcher-kva.example") },
	{ "U-labels", ZG_SI("b\xc3\xbc""cher.example"), ZG_SI("xn--bcher-kva.example") },
	{ "upper case U-labels", ZG_SI("B\xc3\x9c""CHER.example"), ZG_SI("xn--bcher-kva.example") },
	{ "decomposed: u and a diaeresis", ZG_SI("bu\xcc\x88""cher.example"), ZG_SI("xn--bcher-kva.example") },
	{ "sharp s is kept (non-transitional)", ZG_SI("fa\xc3\x9f.example"), ZG_SI("xn--fa-hia.example") },
	{ "an underscore beside a U-label", ZG_SI("a_b.b\xc3\xbc""cher.example"), ZG_SI("a_b.xn--bcher-kva.example") },
	{ "an ideographic full stop", ZG_SI("example\xe3\x80\x82""be"), ZG_SI("example.be") },
	{ "a U-label and a last dot", ZG_SI("b\xc3\xbc""cher.example."), ZG_SI("xn--bcher-kva.example") },
	{ "253 octets", ZG_SI(A63 "." A63 "." A63 "." A60 "a"),
	  ZG_SI(A63 "." A63 "." A63 "." A60 "a") },
	{ "254 octets",
	  ZG_SI(A63 "." A63 "." A63 "." A60 "aa"), ZG_SI("") },
	{ "a label of 64 octets", ZG_SI("a" A63 ".be"), ZG_SI("") },
	{ "nothing", ZG_SI(""), ZG_SI("") },
	{ "the root", ZG_SI("."), ZG_SI("") },
	{ "two last dots", ZG_SI("example.be.."), ZG_SI("") },
	{ "a dot first", ZG_SI(".be"), ZG_SI("") },
	{ "an empty label", ZG_SI("a..be"), ZG_SI("") },
	{ "a literal", ZG_SI("[192.0.2.1]"), ZG_SI("") },
	{ "a slash", ZG_SI("a/b.be"), ZG_SI("") },
	{ "a full-width slash, which becomes one", ZG_SI("a\xef\xbc\x8f""b.be"), ZG_SI("") },
	{ "a full-width at sign", ZG_SI("a\xef\xbc\xa0""b.be"), ZG_SI("") },
	{ "a blank", ZG_SI("a b.be"), ZG_SI("") },
	{ "a NUL", ZG_SI("b\xc3\xbc\0.be"), ZG_SI("") },
	{ "no UTF-8", ZG_SI("b\xfc""cher.example"), ZG_SI("") },
	{ "an unassigned or disallowed character", ZG_SI("a\xe2\x80\xa8.be"), ZG_SI("") },
};

static void domains_are_compared_in_one_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		char *mem = testdata_exact(domains[i].domain);
		struct zg_slice domain = zg_slice_of(mem, domains[i].domain.n), got, again;
		struct zg_arena a;

		testdata_failing = -1;
		zg_arena_init(&a, &testdata_heap, 65536);
		got = zg_address_domain(domain, &a);
		if (!zg_slice_eq(got, domains[i].want))
			fail_msg("%s: " ZG_FMT, domains[i].proves, ZG_ARG(got));
		again = zg_address_domain(got, &a);
		if (!zg_slice_eq(got, again))
			fail_msg("%s: the second time is another", domains[i].proves);
		zg_arena_reset(&a);
		testdata_failing = 0;		/* no room: empty, and nothing leaks */
		assert_int_equal(zg_address_domain(domain, &a).n, 0);
		zg_arena_reset(&a);
		free(mem);
	}
}

static void the_arena_may_be_too_small(void **state)
{
	char mem[24];
	struct zg_arena a;

	(void)state;
	zg_arena_init_fixed(&a, mem, 16);	/* enough for the text of 15 octets, not for the name of 21 */
	assert_int_equal(zg_address_domain(ZG_S("b\xc3\xbc""cher.example"), &a).n, 0);
	assert_true(a.is_full);
	zg_arena_init_fixed(&a, mem, 21);
	assert_true(zg_slice_eq(zg_address_domain(ZG_S("b\xc3\xbc""cher.example"), &a), ZG_S("xn--bcher-kva.example")));
}

static void a_long_name_is_no_domain(void **state)
{
	static const char letter[] = { '\xc3', '\xbc' };
	static char long_name[4000];
	struct zg_arena a;

	(void)state;
	testdata_failing = -1;
	for (size_t i = 0; i < sizeof(long_name); i += 2)
		memcpy(long_name + i, letter, 2);
	zg_arena_init(&a, &testdata_heap, 65536);
	assert_int_equal(zg_address_domain(zg_slice_of(long_name, sizeof(long_name)), &a).n, 0);
	assert_int_equal(zg_address_domain(zg_slice_of(long_name, 1000), &a).n, 0);
	zg_arena_reset(&a);
}

static void below_is_by_labels(void **state)
{
	static const struct { const char *proves; struct zg_slice d, zone; bool is_below; } rows[] = {
		{ "the same", ZG_SI("example.be"), ZG_SI("example.be"), true },
		{ "below", ZG_SI("mail.example.be"), ZG_SI("example.be"), true },
		{ "the other way", ZG_SI("example.be"), ZG_SI("mail.example.be"), false },
		{ "the same letters, another label", ZG_SI("notexample.be"), ZG_SI("example.be"), false },
		{ "nothing is below nothing", ZG_SI(""), ZG_SI(""), false },
		{ "no zone", ZG_SI("example.be"), ZG_SI(""), false },
		{ "no name", ZG_SI(""), ZG_SI("example.be"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_address_is_below(rows[i].d, rows[i].zone) != rows[i].is_below)
			fail_msg("%s", rows[i].proves);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_counted), cmocka_unit_test(deep_comments_take_no_stack),
		cmocka_unit_test(mailboxes_of_the_envelope), cmocka_unit_test(domains_are_compared_in_one_form),
		cmocka_unit_test(the_arena_may_be_too_small), cmocka_unit_test(a_long_name_is_no_domain),
		cmocka_unit_test(below_is_by_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
