/* test_corners.c - the corners of parsers that the rows of the other tests do not come into: what is short by one octet,
 * of a kind that others send seldom, or too much for the place it goes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/address.h>
#include <zegel/crypt.h>
#include <zegel/dkim.h>
#include <zegel/header.h>
#include <zegel/zone.h>
#include "auth/dkim_sig.h"
#include "base/cur.h"
#include "base/utf8.h"
#include "crypt/der.h"
#include "dnsmsg/ip.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"
#include "proto/smtp_auth.h"

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static void cursors(void **state)
{
	struct zg_cur c = zg_cur_of(ZG_S("\x01\x02\x03\x04\x05\x06\x07\x08" "ab"));

	(void)state;
	assert_true(zg_cur_u64(&c) == 0x0102030405060708u);
	zg_cur_fail(&c, "first");
	zg_cur_fail(&c, "second");
	assert_string_equal(c.why, "first");
	assert_false(zg_cur_lit(&c, ZG_S("a")));	/* behind an error there is nothing */
	assert_true(zg_cur_lit(&c, ZG_S("")));
	assert_true(zg_cur_lit_ci(&c, ZG_S("")));
	assert_int_equal(c.at, 8);
	assert_int_equal(zg_cur_u8(&c), 0);
	assert_int_equal(zg_cur_bytes(&c, 0).n, 0);
}

static void utf8(void **state)
{
	static const struct { const char *what; struct zg_slice s; size_t first; } rows[] = {
		{ "U+0800, the least of three octets", ZG_SI("\xe0\xa0\x80"), 3 },
		{ "the same sound, overlong", ZG_SI("\xe0\x9f\xbf"), 0 },
		{ "U+D7FF, before the surrogates", ZG_SI("\xed\x9f\xbf"), 3 },
		{ "U+D800, a surrogate", ZG_SI("\xed\xa0\x80"), 0 },
		{ "U+10000, the least of four octets", ZG_SI("\xf0\x90\x80\x80"), 4 },
		{ "overlong in four octets", ZG_SI("\xf0\x8f\xbf\xbf"), 0 },
		{ "U+10FFFF, the last", ZG_SI("\xf4\x8f\xbf\xbf"), 4 },
		{ "above U+10FFFF", ZG_SI("\xf4\x90\x80\x80"), 0 },
		{ "no lead octet at all", ZG_SI("\xf5\x80\x80\x80"), 0 },
		{ "U+F0000, four octets in the midst", ZG_SI("\xf3\xb0\x80\x80"), 4 },
		{ "U+E000, behind the surrogates", ZG_SI("\xee\x80\x80"), 3 },
		{ "cut", ZG_SI("\xf0\x90\x80"), 0 },
		{ "nothing", ZG_SI(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (zg_utf8_first(rows[i].s) != rows[i].first || zg_utf8_is_valid(rows[i].s) != (rows[i].first > 0 || !rows[i].s.n))
			fail_msg("%s", rows[i].what);
}

static void addresses_of_ip(void **state)
{
	static const struct { struct zg_slice text; bool is_4, is_6; } rows[] = {
		{ ZG_SI("192.0.2.1"), true, false }, { ZG_SI("192.0.2.1x"), false, false }, { ZG_SI("192.0.2"), false, false },
		{ ZG_SI("192.0.2.01"), false, false }, { ZG_SI("192.0.2."), false, false }, { ZG_SI("192.0.2.256"), false, false },
		{ ZG_SI("2001:db8::g"), false, false }, { ZG_SI("2001:db8::{"), false, false }, { ZG_SI("2001:DB8::F"), false, true },
		{ ZG_SI("::192.0.2.1"), false, true }, { ZG_SI("1:2:3:4:5:6:192.0.2.1"), false, true },
		{ ZG_SI("1:2:3:4:5:6:7:192.0.2.1"), false, false }, { ZG_SI("::192.0.2.x"), false, false },
		{ ZG_SI("1:2:3:4:5:6:7:8:9"), false, false }, { ZG_SI("1::2::3"), false, false }, { ZG_SI("1:2"), false, false },
		{ ZG_SI("1:2:3:4:5:6:7::"), false, true }, { ZG_SI("1:2:3:4:5:6:7:8::"), false, false }, { ZG_SI("12345::"), false, false },
		{ ZG_SI(""), false, false }, { ZG_SI("::1%lo"), false, false },
	};
	unsigned char ip[16];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if ((zg_ip4_read(rows[i].text, ip) == 0) != rows[i].is_4 || (zg_ip6_read(rows[i].text, ip) == 0) != rows[i].is_6)
			fail_msg(ZG_FMT, ZG_ARG(rows[i].text));
}

static void names(void **state)
{
	static const struct { struct zg_slice text; int rc; struct zg_slice name; } rows[] = {
		{ ZG_SI("a\\046b.example"), 0, ZG_SI("a\\.b.example") }, { ZG_SI("a\\255."), 0, ZG_SI("a\xff") },
		{ ZG_SI("a\\256"), -1, ZG_SI("") }, { ZG_SI("a\\1x3"), -1, ZG_SI("") }, { ZG_SI("a\\12x"), -1, ZG_SI("") },
		{ ZG_SI("a\\12"), -1, ZG_SI("") }, { ZG_SI("a\\"), -1, ZG_SI("") }, { ZG_SI(""), -1, ZG_SI("") }, { ZG_SI("a..b"), -1, ZG_SI("") },
		{ ZG_SI("a234567890123456789012345"), -1, ZG_SI("") },	/* over the 24 octets there are */
	};
	static const struct { const char *what; struct zg_slice wire; int rc; } wires[] = {
		{ "the root", ZG_SI("\0"), 0 }, { "two labels", ZG_SI("\1a\1b\0"), 0 }, { "no end", ZG_SI("\1a\1b"), -1 },
		{ "a label that is cut", ZG_SI("\5ab"), -1 }, { "a pointer", ZG_SI("\xc0\x0c"), -1 }, { "nothing", ZG_SI(""), -1 },
		{ "more than there is room for", ZG_SI("\x1a" "abcdefghijklmnopqrstuvwxyz" "\0"), -1 },
	};
	char mem[24], longest[300];
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		if (zg_name_read(rows[i].text, &b) != rows[i].rc || (rows[i].rc == 0 && !zg_slice_eq(zg_buf_slice(&b), rows[i].name)))
			fail_msg(ZG_FMT, ZG_ARG(rows[i].text));
	}
	for (size_t i = 0; i < ROWS(wires); i++) {
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		if (zg_name_unwire(wires[i].wire, &b, &used) != wires[i].rc || (wires[i].rc == 0 && used != wires[i].wire.n))
			fail_msg("%s", wires[i].what);
	}
	for (size_t n = 253; n < 258; n++) {	/* labels of one octet: 255 on the wire are a name, its end included */
		char room[600];
		struct zg_buf b = zg_buf_of(room, sizeof(room));

		for (size_t i = 0; i < n; i++)
			longest[i] = i % 2 ? 'a' : 1;
		longest[n - 1] = 0;
		assert_int_equal(zg_name_unwire(zg_slice_of(longest, n), &b, &used), n % 2 && n <= 255 ? 0 : -1);
	}
}

static void record_data(void **state)
{
	static const struct { const char *what; enum zg_dns_type type; struct zg_slice wire; int rc; struct zg_slice data; } rows[] = {
		{ "an address", ZG_DNS_A, ZG_SI("\xc0\0\2\1"), 0, ZG_SI("\xc0\0\2\1") },
		{ "an address that is short", ZG_DNS_A, ZG_SI("\xc0\0\2"), -1, ZG_SI("") },
		{ "an address that is long", ZG_DNS_A, ZG_SI("\xc0\0\2\1\1"), -1, ZG_SI("") },
		{ "an address of IPv6", ZG_DNS_AAAA, ZG_SI("0123456789abcdef"), 0, ZG_SI("0123456789abcdef") },
		{ "one that is short", ZG_DNS_AAAA, ZG_SI("0123456789abcde"), -1, ZG_SI("") },
		{ "TLSA", ZG_DNS_TLSA, ZG_SI("\3\1\1x"), 0, ZG_SI("\3\1\1x") },
		{ "TLSA without data", ZG_DNS_TLSA, ZG_SI("\3\1\1"), -1, ZG_SI("") },
		{ "two strings", ZG_DNS_TXT, ZG_SI("\1a\2bc"), 0, ZG_SI("abc") },
		{ "a string that is cut", ZG_DNS_TXT, ZG_SI("\1a\3bc"), -1, ZG_SI("") },
		{ "SPF", ZG_DNS_SPF, ZG_SI("\1a"), 0, ZG_SI("a") },
		{ "an exchange", ZG_DNS_MX, ZG_SI("\0\12\1m\0"), 0, ZG_SI("m") },
		{ "an exchange without a name", ZG_DNS_MX, ZG_SI("\0\12"), -1, ZG_SI("") },
		{ "half a preference", ZG_DNS_MX, ZG_SI("\0"), -1, ZG_SI("") },
		{ "a server", ZG_DNS_NS, ZG_SI("\1n\0"), 0, ZG_SI("n") },
		{ "an alias", ZG_DNS_CNAME, ZG_SI("\1c\0"), 0, ZG_SI("c") },
		{ "a pointer, and more behind it", ZG_DNS_PTR, ZG_SI("\1p\0x"), -1, ZG_SI("") },
		{ "another type", (enum zg_dns_type)6, ZG_SI("\1p\0"), -1, ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char mem[1024], none[1];
		struct zg_dns_rr rr = { { NULL, 0 }, 77 };
		struct zg_arena a;

		zg_arena_init_fixed(&a, mem, sizeof(mem));
		if (zg_rdata_read(rows[i].type, rows[i].wire, &a, &rr) != rows[i].rc)
			fail_msg("%s", rows[i].what);
		if (rows[i].rc == 0 ? !zg_slice_eq(rr.data, rows[i].data) : rr.preference != 77)
			fail_msg("%s: its data", rows[i].what);
		zg_arena_init_fixed(&a, none, rows[i].wire.n ? 1 : 0);
		rr.preference = 77;
		if (zg_rdata_read(rows[i].type, rows[i].wire, &a, &rr) == 0 || rr.preference != 77)
			fail_msg("%s: without room", rows[i].what);
	}
}

/* Asks without an end. */
static enum zg_step restless(void *machine, const struct zg_dns_q **ret_q)
{
	*ret_q = machine;
	return ZG_ASK;
}

static void deaf(void *machine, const struct zg_dns_a *a)
{
	(void)machine;
	(void)a;
}

static void zones(void **state)
{
	static char mem[1 << 18];
	struct zg_dns_q q = { .name = ZG_SI("a.example"), .type = ZG_DNS_TXT };
	const struct zg_asker m = { &q, restless, deaf };
	struct zg_zone_error e;
	struct zg_dns_a got;
	struct zg_arena a, full;
	struct zg_zone *z;

	(void)state;
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	z = zg_zone_read(ZG_S("a.example 60 IN TXT \"x\";comment\nb.example 60 IN A 192.0.2.1; comment\n\\*.c.example 60 IN A 192.0.2.1\n"
			      "*x.d.example 60 IN A 192.0.2.1\n* 60 IN A 192.0.2.9\n"), &a, &e);
	assert_non_null(z);
	assert_int_equal(zg_zone_drive(z, &m, &a), 1000);	/* a machine that asks for ever is left */
	zg_arena_init_fixed(&full, mem, 0);
	zg_zone_answer(z, &q, &full, &got);
	assert_int_equal(got.status, ZG_DNS_SERVFAIL);		/* without room */
	q = (struct zg_dns_q){ .name = ZG_S("y.d.example"), .type = ZG_DNS_A };
	zg_zone_answer(z, &q, &a, &got);
	assert_int_equal(got.status, ZG_DNS_NXDOMAIN);		/* *x is no wildcard, RFC 4592 2.1.1 */
	q = (struct zg_dns_q){ .name = ZG_S("y.c.example"), .type = ZG_DNS_A };
	zg_zone_answer(z, &q, &a, &got);
	assert_int_equal(got.status, ZG_DNS_FOUND);		/* one that is quoted is: the octet counts */
	q = (struct zg_dns_q){ .name = ZG_S("other"), .type = ZG_DNS_A };
	zg_zone_answer(z, &q, &a, &got);
	assert_int_equal(got.status, ZG_DNS_FOUND);
	assert_null(zg_zone_read(ZG_S("a\\"), &a, &e));
}

static void header_with(size_t before, const char *field, enum zg_header_error want)
{
	static char block[8192], mem[1 << 17];
	struct zg_buf b = zg_buf_of(block, sizeof(block));
	struct zg_headers h = { NULL, 77 };
	struct zg_arena a;

	for (size_t i = 0; i < before; i++)
		zg_buf_put(&b, ZG_S("A: b\r\n"));
	zg_buf_put(&b, zg_slice_cstr(field));
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (zg_header_index(zg_buf_slice(&b), &a, &h) != want || (want == ZG_HEADER_OK) == (h.count == 77))
		fail_msg("%s behind %zu fields", field, before);
}

static void fields(void **state)
{
	static const struct { const char *field; enum zg_header_error want; } rows[] = {
		{ "A: b\r\n", ZG_HEADER_OK }, { "A\t : b", ZG_HEADER_OK }, { "A\x7f: b\r\n", ZG_HEADER_NO_COLON }, { "A b: c\r\n", ZG_HEADER_NO_COLON },
		{ "A\xc3\xa9: c\r\n", ZG_HEADER_NO_COLON }, { "A", ZG_HEADER_NO_COLON }, { "A  ", ZG_HEADER_NO_COLON }, { ": b\r\n", ZG_HEADER_NO_COLON },
		{ "A\x01: b\r\n", ZG_HEADER_NO_COLON }, { "A: b\rc\r\n", ZG_HEADER_BARE_CR_LF }, { "A: b\nc\r\n", ZG_HEADER_BARE_CR_LF },
		{ "A: b\n", ZG_HEADER_BARE_CR_LF }, { "A: b\r", ZG_HEADER_BARE_CR_LF }, { "A:\r\n b\r\n", ZG_HEADER_OK },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t before = 0; before < 120; before += 17)
			header_with(before, rows[i].field, rows[i].want);
	assert_int_equal(zg_header_end(ZG_S("A: b\n\r\nc")), 8);		/* LF CRLF ends nothing */
	assert_int_equal(zg_header_end(ZG_S("A: b\r\n\r\nc")), 8);
	assert_int_equal(zg_header_end(ZG_S("\r\nA: b\r\n")), 2);
	assert_int_equal(zg_header_end(ZG_S("\nA\n\r\n")), 5);
}

static void mailboxes(void **state)
{
	static const struct { struct zg_slice text; bool is_one; } rows[] = {
		{ ZG_SI("a@b"), true }, { ZG_SI("a@-b"), false }, { ZG_SI("a@b-"), false }, { ZG_SI("a@b..c"), false }, { ZG_SI("a@"), false },
		{ ZG_SI("a@b_c.d"), true }, { ZG_SI("a@b+c"), false }, { ZG_SI("a@[192.0.2.1]"), true }, { ZG_SI("a@[IPv6:::1]"), true },
	};
	struct zg_address got;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if ((zg_address_mailbox(rows[i].text, false, &got) == 0) != rows[i].is_one)
			fail_msg(ZG_FMT, ZG_ARG(rows[i].text));
}

static void logins(void **state)
{
	char text[1100], user[300];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	struct zg_smtp_login l;

	(void)state;
	memset(user, 'u', sizeof(user));
	assert_int_equal(zg_smtp_login_put_plain(&b, zg_slice_of(user, 255), ZG_S("p")), 0);
	assert_int_equal(zg_smtp_login_plain(&l, zg_buf_slice(&b)), ZG_SMTP_SAY_NOTHING);
	b = zg_buf_of(text, sizeof(text));
	assert_int_equal(zg_smtp_login_put_plain(&b, zg_slice_of(user, 256), ZG_S("p")), 0);
	assert_int_equal(zg_smtp_login_plain(&l, zg_buf_slice(&b)), ZG_SMTP_SAY_AUTH_DECODE);	/* a name of over 255 octets */
	b = zg_buf_of(text, sizeof(text));
	assert_int_equal(zg_smtp_login_put_plain(&b, ZG_S("\xff"), ZG_S("p")), 0);
	assert_int_equal(zg_smtp_login_plain(&l, zg_buf_slice(&b)), ZG_SMTP_SAY_AUTH_DECODE);	/* no UTF-8 */
	b = zg_buf_of(text, sizeof(text));
	assert_int_equal(zg_smtp_login_put_plain(&b, zg_slice_of(user, 300), zg_slice_of(text, 600)), -1);
	assert_int_equal(b.n, 0);
}

static void quoted(void **state)
{
	static const struct { struct zg_slice text; int rc; struct zg_slice out; } rows[] = {
		{ ZG_SI("a=3Bb"), 0, ZG_SI("a;b") }, { ZG_SI("a \t\r\n b"), 0, ZG_SI("ab") }, { ZG_SI("a="), -1, ZG_SI("") },
		{ ZG_SI("a=3"), -1, ZG_SI("") }, { ZG_SI("a=3x"), -1, ZG_SI("") }, { ZG_SI("123456789"), -1, ZG_SI("") },
	};
	char mem[8], more[64];
	struct zg_buf b = zg_buf_of(more, sizeof(more));

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_buf o = zg_buf_of(mem, sizeof(mem));

		if (zg_dkim_sig_unquote(rows[i].text, &o) != rows[i].rc || (rows[i].rc == 0 && !zg_slice_eq(zg_buf_slice(&o), rows[i].out)))
			fail_msg(ZG_FMT, ZG_ARG(rows[i].text));
	}
	zg_dkim_sig_quote(ZG_S("a b;c=d\x7f\xc3\xa9"), &b);
	assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("a=20b=3Bc=3Dd=7F\xc3\xa9")));
	assert_false(zg_dkim_sig_is_field_name(ZG_S("")));
	assert_false(zg_dkim_sig_is_field_name(ZG_S("a b")));
	assert_false(zg_dkim_sig_is_field_name(ZG_S("a;b")));
	assert_false(zg_dkim_sig_is_field_name(ZG_S("a:b")));
	assert_false(zg_dkim_sig_is_field_name(ZG_S("a\x7f")));
	assert_true(zg_dkim_sig_is_field_name(ZG_S("a~!")));
}

#define SIGNED "v=1; a=rsa-sha256; d=example.be; s=s1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"

static void signatures(void **state)
{
	static const struct { struct zg_slice more; const char *why; } rows[] = {
		{ ZG_SI(""), NULL }, { ZG_SI("; x=no"), "no number (x=)" }, { ZG_SI("; x="), "no number (x=)" }, { ZG_SI("; l=-1"), "no number (l=)" },
		{ ZG_SI("; z=From:a=3Bb"), NULL }, { ZG_SI("; z=From:a="), "no copies of header fields (z=)" },
		{ ZG_SI("; z=From:a=3x"), "no copies of header fields (z=)" }, { ZG_SI("; i=a=4@example.be"), "no identity (i=)" },
		{ ZG_SI("; i=joe@example.be"), NULL },
	};
	static char text[1024], mem[8192], scratch[8192];
	struct zg_dkim_sig sig;
	struct zg_arena a, s;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_buf b = zg_buf_of(text, sizeof(text));
		const char *why;

		zg_buf_put(&b, ZG_S(SIGNED));
		zg_buf_put(&b, rows[i].more);
		zg_arena_init_fixed(&a, mem, sizeof(mem));
		zg_arena_init_fixed(&s, scratch, sizeof(scratch));
		why = zg_dkim_sig_read(zg_buf_slice(&b), &s, &a, &sig);
		if ((why == NULL) != (rows[i].why == NULL) || (why && strcmp(why, rows[i].why) != 0))
			fail_msg(ZG_FMT ": %s", ZG_ARG(rows[i].more), why ? why : "right");
		for (size_t n = 0; rows[i].why == NULL && n < sizeof(mem); n++) {	/* too little room is told by the arena */
			zg_arena_init_fixed(&a, mem, n);
			zg_arena_init_fixed(&s, scratch, sizeof(scratch));
			if (!zg_dkim_sig_read(zg_buf_slice(&b), &s, &a, &sig))
				break;
			assert_true(a.is_full || s.is_full);
		}
	}
}

#define LAST "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.be; s=s1; h=from; " \
	"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b="

static void blocks(void **state)
{
	static const struct { struct zg_slice lines; enum zg_dkim_refusal want; } rows[] = {
		{ ZG_SI("from:a@example.be\r\n"), ZG_DKIM_SIGNABLE }, { ZG_SI(""), ZG_DKIM_NO_FROM },
		{ ZG_SI("from:a@example.be\t\r\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("from:a@\rexample.be\r\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI("from:a@\0example.be\r\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("From:a@example.be\r\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI("fr\xc3\xb6m:a@example.be\r\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("from :a@example.be\r\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI(":a@example.be\r\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("from:a@example.be\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI("\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("from:a  b@example.be\r\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI("from: a@example.be\r\n"), ZG_DKIM_BAD_HEADER }, { ZG_SI("from:a@example.be \r\n"), ZG_DKIM_BAD_HEADER },
		{ ZG_SI("subject:x\r\nfrom:a@example.be\r\n"), ZG_DKIM_BAD_HEADER },
	};
	char text[512];
	struct zg_slice d, s;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_buf b = zg_buf_of(text, sizeof(text));

		zg_buf_put(&b, rows[i].lines);
		zg_buf_put(&b, ZG_S(LAST));
		if (zg_dkim_block_check(zg_buf_slice(&b), &d, &s) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

/* An element of DER with at most 127 octets. */
static struct zg_slice der(char *to, char tag, struct zg_slice a, struct zg_slice b)
{
	to[0] = tag;
	to[1] = (char)(a.n + b.n);
	memcpy(to + 2, a.p, a.n);
	memcpy(to + 2 + a.n, b.p, b.n);
	return zg_slice_of(to, 2 + a.n + b.n);
}

static int public_with(struct zg_slice parameters, struct zg_slice before_key, struct zg_slice key, struct zg_slice behind)
{
	static const struct zg_slice oid = ZG_SI("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
	char m[4][256], joined[256];
	struct zg_slice algorithm = der(m[0], 0x30, oid, parameters);
	struct zg_slice bits = der(m[1], 0x03, before_key, key), all;
	struct zg_key k = { 0 };
	int rc;

	memcpy(joined, bits.p, bits.n);
	memcpy(joined + bits.n, behind.p, behind.n);
	all = der(m[2], 0x30, algorithm, zg_slice_of(joined, bits.n + behind.n));
	rc = zg_key_public_read(ZG_KEY_RSA, all, &k);
	zg_key_done(&k);
	return rc;
}

static void public_keys(void **state)
{
	/* A modulus of 64 bits and 65537: short, and read all the same. */
	const struct zg_slice key = ZG_S("\x30\x10\x02\x09\x00\xf0\x00\x00\x00\x00\x00\x00\x01\x02\x03\x01\x00\x01");
	const struct zg_slice none = ZG_S(""), null = ZG_S("\x05\x00"), zero = ZG_S("\0");
	struct zg_key k = { 0 };

	(void)state;
	assert_int_equal(public_with(null, zero, key, none), 0);
	assert_int_equal(public_with(none, zero, key, none), 0);		/* RFC 8017 A.1: NULL, and some leave it out */
	assert_int_equal(public_with(ZG_S("\x05\x01x"), zero, key, none), 1);
	assert_int_equal(public_with(ZG_S("\x05\x00\x05\x00"), zero, key, none), 1);
	assert_int_equal(public_with(ZG_S("\x02\x01\x01"), zero, key, none), 1);
	assert_int_equal(public_with(null, ZG_S("\1"), key, none), 1);		/* no whole octets */
	assert_int_equal(public_with(null, none, none, none), 1);
	assert_int_equal(public_with(null, zero, none, none), 1);
	assert_int_equal(public_with(null, zero, key, ZG_S("\x05\x00")), 1);
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x06\x02\x01\x09\x02\x01\x03\x00"), none), 1);	/* more behind the numbers */
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x06\x02\x01\x09\x02\x01\x01"), none), 1);	/* e is 1 */
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x06\x02\x01\x09\x02\x01\x04"), none), 1);	/* e is even */
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x06\x02\x01\x08\x02\x01\x03"), none), 1);	/* n is even */
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x06\x02\x01\x03\x02\x01\x03"), none), 1);	/* n is not above e */
	assert_int_equal(public_with(null, zero, ZG_S("\x30\x07\x02\x01\x09\x02\x02\x01\x01"), none), 1);	/* e is longer than n */
	assert_int_equal(zg_key_public_read((enum zg_key_type)7, key, &k), 1);
	assert_int_equal(zg_key_public_read(ZG_KEY_RSA, ZG_S("\x30\x00"), &k), 1);
	assert_int_equal(zg_key_public_read(ZG_KEY_RSA, ZG_S("\x30\x02\x30\x00"), &k), 1);
	assert_int_equal(zg_key_public_read(ZG_KEY_RSA, ZG_S("\x30\x01\x05\x00"), &k), 1);
}

static void der_heads(void **state)
{
	static const struct { struct zg_slice s; size_t size; } rows[] = {
		{ ZG_SI(""), 0 }, { ZG_SI("\x30"), 0 }, { ZG_SI("\x30\x03"), 5 }, { ZG_SI("\x30\x80"), 0 }, { ZG_SI("\x30\x81\x7f"), 0 },
		{ ZG_SI("\x30\x81\x80"), 131 }, { ZG_SI("\x30\x82\x01\x00"), 260 }, { ZG_SI("\x30\x82\x00\x80"), 0 }, { ZG_SI("\x30\x82\x01"), 0 },
		{ ZG_SI("\x30\x83\x01\x00\x00"), 65541 }, { ZG_SI("\x30\x85\x01\x00\x00\x00\x00"), 0 }, { ZG_SI("\x3f\x03"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (zg_der_size(rows[i].s) != rows[i].size)
			fail_msg("row %zu: %zu", i, zg_der_size(rows[i].s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursors),
		cmocka_unit_test(utf8),
		cmocka_unit_test(addresses_of_ip),
		cmocka_unit_test(names),
		cmocka_unit_test(record_data),
		cmocka_unit_test(zones),
		cmocka_unit_test(fields),
		cmocka_unit_test(mailboxes),
		cmocka_unit_test(logins),
		cmocka_unit_test(quoted),
		cmocka_unit_test(signatures),
		cmocka_unit_test(blocks),
		cmocka_unit_test(public_keys),
		cmocka_unit_test(der_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
