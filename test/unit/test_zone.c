/* test_zone.c - the world of DNS in a text: reading it, and what it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/zegel.h>
#include <zegel/zone.h>
#include "dnsmsg/ip.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"
#include "testdata.h"

static const char world[] =
	"; a comment\r\n"
	"\n"
	"  \t ; blanks, then a comment\n"
	"example.com.               3600 IN TXT  \"v=spf1 mx -all\" ; behind a record\n"
	"example.com                1800 in txt  \"second\"\n"
	"example.com.               3600 IN MX   10 Mail.Example.com.\n"
	"example.com.\t300\tIN\tMX\t0 .\n"
	"mail.example.com.          3600 IN A    192.0.2.1\n"
	"mail.example.com.          3600 IN AAAA 2001:db8::1\n"
	"1.2.0.192.in-addr.arpa.    3600 IN PTR  mail.example.com.\n"
	"www.example.com.           60   IN CNAME mail.example.com.\n"
	"hop1.example.com. 60 IN CNAME hop2.example.com.\n"
	"hop2.example.com. 60 IN CNAME nowhere.example.com.\n"
	"loop.example.com. 60 IN CNAME loop.example.com.\n"
	"k1._domainkey.example.com. 3600 IN TXT  \"v=DKIM1; k=rsa; p=MII\" \"BCgKC\"\n"
	"slow.example.com.          0    IN TIMEOUT TXT\n"
	"down.example.com.          0    IN SERVFAIL *\n"
	"down.example.com.          7    IN A 192.0.2.7\n"
	"forged.example.com.        0    IN BOGUS A\n"
	"both.example.com. 0 IN TIMEOUT TXT\n"
	"both.example.com. 9 IN TXT \"there\"\n"
	"*.wild.example.com. 60 IN TXT \"from the star\"\n"
	"there.wild.example.com. 60 IN A 192.0.2.2\n"
	"a.b.deep.example.com. 60 IN A 192.0.2.3\n"
	"odd\\.dot.example.com. 60 IN TXT \"a dot inside\"\n"
	"\\111dd.example.com. 60 IN TXT \"odd by number\"\n"
	"esc.example.com. 60 IN TXT \"a\\\"b\\\\c\\000\\255;d\" \"\"\n"
	"_25._tcp.mail.example.com. 60 IN TLSA 3 1 1 00ff 1A2b\n"
	"ns.example.com. 60 IN NS mail.example.com.\n"
	"spf.example.com. 60 IN SPF \"v=spf1\"\n"
	"last.example.com. 60 IN A 192.0.2.9";

static const struct answer_row {
	const char *proves;
	struct zg_slice name;
	enum zg_dns_type type;
	enum zg_dns_status status;
	size_t count;
	uint32_t ttl;
	struct zg_slice data;	/* of the last record */
} answers[] = {
	{ "two records in the order of the lines, the lower TTL", ZG_SI("example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 2, 1800,
		ZG_SI("second") },
	{ "case does not count", ZG_SI("EXAMPLE.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 2, 1800, ZG_SI("second") },
	{ "the null MX is the root", ZG_SI("example.com"), ZG_DNS_MX, ZG_DNS_FOUND, 2, 300, ZG_SI("") },
	{ "an address", ZG_SI("mail.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 1, 3600, ZG_SI("\xc0\x00\x02\x01") },
	{ "an IPv6 address", ZG_SI("mail.example.com"), ZG_DNS_AAAA, ZG_DNS_FOUND, 1, 3600,
		ZG_SI("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01") },
	{ "a pointer, without its last dot", ZG_SI("1.2.0.192.in-addr.arpa"), ZG_DNS_PTR, ZG_DNS_FOUND, 1, 3600,
		ZG_SI("mail.example.com") },
	{ "a CNAME is followed", ZG_SI("www.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 1, 60, ZG_SI("\xc0\x00\x02\x01") },
	{ "a CNAME is shown to who asks for it", ZG_SI("www.example.com"), ZG_DNS_CNAME, ZG_DNS_FOUND, 1, 60,
		ZG_SI("mail.example.com") },
	{ "the end of a CNAME lacks the type", ZG_SI("www.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "the end of two CNAMEs does not exist", ZG_SI("hop1.example.com"), ZG_DNS_A, ZG_DNS_NXDOMAIN, 0, 0, ZG_SI("") },
	{ "a loop of CNAMEs is a failing server", ZG_SI("loop.example.com"), ZG_DNS_A, ZG_DNS_SERVFAIL, 0, 0, ZG_SI("") },
	{ "strings are joined", ZG_SI("k1._domainkey.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 3600,
		ZG_SI("v=DKIM1; k=rsa; p=MIIBCgKC") },
	{ "a timeout of its type", ZG_SI("slow.example.com"), ZG_DNS_TXT, ZG_DNS_TIMEOUT, 0, 0, ZG_SI("") },
	{ "and of no other", ZG_SI("slow.example.com"), ZG_DNS_A, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "a failure for every type", ZG_SI("down.example.com"), ZG_DNS_TXT, ZG_DNS_SERVFAIL, 0, 0, ZG_SI("") },
	{ "but one that has records", ZG_SI("down.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 1, 7, ZG_SI("\xc0\x00\x02\x07") },
	{ "a forged answer", ZG_SI("forged.example.com"), ZG_DNS_A, ZG_DNS_BOGUS, 0, 0, ZG_SI("") },
	{ "real records win over a pseudo record", ZG_SI("both.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 9, ZG_SI("there") },
	{ "a wildcard", ZG_SI("x.wild.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("from the star") },
	{ "a wildcard at any depth", ZG_SI("x.y.wild.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("from the star") },
	{ "a wildcard without the type", ZG_SI("x.wild.example.com"), ZG_DNS_A, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "a name that exists has no wildcard", ZG_SI("there.wild.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "nor has what lies below it", ZG_SI("x.there.wild.example.com"), ZG_DNS_TXT, ZG_DNS_NXDOMAIN, 0, 0, ZG_SI("") },
	{ "nor the parent of the star", ZG_SI("wild.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "the star by its own name", ZG_SI("*.wild.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("from the star") },
	{ "a name with names below it exists", ZG_SI("deep.example.com"), ZG_DNS_A, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
	{ "a name beside it does not", ZG_SI("eep.example.com"), ZG_DNS_A, ZG_DNS_NXDOMAIN, 0, 0, ZG_SI("") },
	{ "another world", ZG_SI("example.org"), ZG_DNS_TXT, ZG_DNS_NXDOMAIN, 0, 0, ZG_SI("") },
	{ "a dot inside a label", ZG_SI("odd\\.dot.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("a dot inside") },
	{ "is no dot between labels", ZG_SI("dot.example.com"), ZG_DNS_TXT, ZG_DNS_NXDOMAIN, 0, 0, ZG_SI("") },
	{ "an octet by its number", ZG_SI("odd.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("odd by number") },
	{ "escapes in a string", ZG_SI("esc.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1, 60, ZG_SI("a\"b\\c\0\xff;d") },
	{ "RDATA of TLSA", ZG_SI("_25._tcp.mail.example.com"), ZG_DNS_TLSA, ZG_DNS_FOUND, 1, 60,
		ZG_SI("\x03\x01\x01\x00\xff\x1a\x2b") },
	{ "a name server", ZG_SI("ns.example.com"), ZG_DNS_NS, ZG_DNS_FOUND, 1, 60, ZG_SI("mail.example.com") },
	{ "type 99", ZG_SI("spf.example.com"), ZG_DNS_SPF, ZG_DNS_FOUND, 1, 60, ZG_SI("v=spf1") },
	{ "a last line without its end", ZG_SI("last.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 1, 60, ZG_SI("\xc0\x00\x02\x09") },
	{ "the root", ZG_SI(""), ZG_DNS_A, ZG_DNS_NODATA, 0, 0, ZG_SI("") },
};

static void zone_answers(void **state)
{
	struct zg_arena a;
	struct zg_zone_error e = { 0, NULL };
	struct zg_zone *z;

	(void)state;
	zg_arena_init(&a, &testdata_heap, 1 << 20);
	z = zg_zone_read(zg_slice_of(world, sizeof(world) - 1), &a, &e);
	if (!z)
		fail_msg("line %u: %s", e.line, e.why);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer_row *row = &answers[i];
		struct zg_dns_q q = { .name = row->name, .type = row->type };
		struct zg_dns_a got;

		zg_zone_answer(z, &q, &a, &got);
		if (got.status != row->status || got.rr_count != row->count || got.ttl != row->ttl ||
		    !zg_slice_eq(got.name, row->name) || got.type != row->type)
			fail_msg("%s: status %d, %zu records, TTL %u", row->proves, got.status, got.rr_count, got.ttl);
		if (got.rr_count && !zg_slice_eq(got.rr[got.rr_count - 1].data, row->data))
			fail_msg("%s: other data", row->proves);
	}
	zg_arena_reset(&a);
}

static const struct { const char *proves; struct zg_slice text; unsigned line; } wrong[] = {
	{ "no type", ZG_SI("a.example. 1 IN"), 1 },
	{ "an unknown type", ZG_SI("a.example. 1 IN A 192.0.2.1\nb.example. 1 IN HINFO x\n"), 2 },
	{ "another class", ZG_SI("a.example. 1 CH TXT \"x\"\n"), 1 },
	{ "no TTL", ZG_SI("a.example. IN TXT \"x\"\n"), 1 },
	{ "a TTL of 32 bits", ZG_SI("a.example. 2147483648 IN TXT \"x\"\n"), 1 },
	{ "no data", ZG_SI("a.example. 1 IN TXT\n"), 1 },
	{ "only a comment for data", ZG_SI("a.example. 1 IN TXT ; \"x\"\n"), 1 },
	{ "a string without quotes", ZG_SI("a.example. 1 IN TXT x\n"), 1 },
	{ "a string that does not end", ZG_SI("a.example. 1 IN TXT \"x\n"), 1 },
	{ "an escape that does not end", ZG_SI("a.example. 1 IN TXT \"x\\"), 1 },
	{ "an octet of 256", ZG_SI("a.example. 1 IN TXT \"\\256\"\n"), 1 },
	{ "an octet of two digits", ZG_SI("a.example. 1 IN TXT \"\\25\"\n"), 1 },
	{ "something behind the strings", ZG_SI("a.example. 1 IN TXT \"x\" y\n"), 1 },
	{ "something behind an address", ZG_SI("a.example. 1 IN A 192.0.2.1 x\n"), 1 },
	{ "a short address", ZG_SI("a.example. 1 IN A 192.0.2\n"), 1 },
	{ "an address with a zero in front", ZG_SI("a.example. 1 IN A 192.0.2.01\n"), 1 },
	{ "an address of 256", ZG_SI("a.example. 1 IN A 192.0.2.256\n"), 1 },
	{ "two gaps in an IPv6 address", ZG_SI("a.example. 1 IN AAAA 2001::1::2\n"), 1 },
	{ "seven groups", ZG_SI("a.example. 1 IN AAAA 1:2:3:4:5:6:7\n"), 1 },
	{ "nine groups", ZG_SI("a.example. 1 IN AAAA 1:2:3:4:5:6:7:8:9\n"), 1 },
	{ "a gap for nothing", ZG_SI("a.example. 1 IN AAAA 1:2:3:4:5:6:7:8::\n"), 1 },
	{ "a preference that is none", ZG_SI("a.example. 1 IN MX x mail.example.\n"), 1 },
	{ "a preference of 17 bits", ZG_SI("a.example. 1 IN MX 65536 mail.example.\n"), 1 },
	{ "an MX without a name", ZG_SI("a.example. 1 IN MX 1\n"), 1 },
	{ "an empty label", ZG_SI("a..example. 1 IN A 192.0.2.1\n"), 1 },
	{ "a dot in front", ZG_SI(".example. 1 IN A 192.0.2.1\n"), 1 },
	{ "half an octet", ZG_SI("a.example. 1 IN TLSA 3 1 1 0\n"), 1 },
	{ "a pseudo record for a pseudo type", ZG_SI("a.example. 1 IN TIMEOUT BOGUS\n"), 1 },
	{ "a directive", ZG_SI("\n\n$ORIGIN example.\n"), 3 },
};

static void wrong_lines_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct zg_arena a;
		struct zg_zone_error e = { 0, NULL };

		zg_arena_init(&a, &testdata_heap, 1 << 20);
		if (zg_zone_read(wrong[i].text, &a, &e) || e.line != wrong[i].line || !e.why)
			fail_msg("%s: line %u", wrong[i].proves, e.line);
		zg_arena_reset(&a);
	}
}

static void what_nsd_would_read_is_told_apart(void **state)
{
	static const struct { const char *proves; struct zg_slice text; const char *says; } rows[] = {
		{ "a file within", ZG_SI("$INCLUDE other.zone\n"), "$INCLUDE" },
		{ "a TTL for all", ZG_SI("$TTL 3600\n"), "directive" },
		{ "a record without a TTL", ZG_SI("a.example. IN A 192.0.2.1\n"), "TTL is missing" },
		{ "a record without TTL and class", ZG_SI("a.example. A 192.0.2.1\n"), "TTL is missing" },
		{ "a TTL with a unit", ZG_SI("a.example. 1h IN A 192.0.2.1\n"), "a number is expected" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a;
		struct zg_zone_error e = { 0, "" };

		zg_arena_init(&a, &testdata_heap, 1 << 20);
		if (zg_zone_read(rows[i].text, &a, &e) || !strstr(e.why, rows[i].says))
			fail_msg("%s: %s", rows[i].proves, e.why);
		zg_arena_reset(&a);
	}
}

static void long_strings_and_no_memory(void **state)
{
	char line[600] = "a.example. 1 IN TXT \"";
	size_t n = strlen(line);
	struct zg_zone_error e;
	struct zg_arena a;

	(void)state;
	memset(line + n, 'x', 256);
	zg_arena_init(&a, &testdata_heap, 1 << 20);
	line[n + 255] = '"';
	assert_non_null(zg_zone_read(zg_slice_of(line, n + 256), &a, &e));
	line[n + 255] = 'x';
	line[n + 256] = '"';
	assert_null(zg_zone_read(zg_slice_of(line, n + 257), &a, &e));
	zg_arena_reset(&a);
	for (int i = 0; ; i++) {
		struct zg_zone *z;

		testdata_failing = i;
		zg_arena_init(&a, &testdata_heap, 1 << 20);
		z = zg_zone_read(zg_slice_of(world, sizeof(world) - 1), &a, &e);
		if (!z)
			assert_true(a.is_full);
		zg_arena_reset(&a);
		if (z) {
			assert_true(i > 0);
			break;
		}
	}
	testdata_failing = -1;
	for (size_t n_mem = 0; n_mem < 8192; n_mem += 7) {
		char mem[8192];
		struct zg_zone *z;

		zg_arena_init_fixed(&a, mem, n_mem);
		z = zg_zone_read(zg_slice_of(world, sizeof(world) - 1), &a, &e);
		if (!z)
			assert_string_equal(e.why, "no memory");
	}
}

/* A machine that asks two questions at once, one of them twice, and counts what it is told. */
struct counter {
	struct zg_dns_q q[2];
	bool is_told[2];
	unsigned told;
};

static enum zg_step counter_step(void *machine, const struct zg_dns_q **ret_q)
{
	struct counter *c = machine;

	c->q[0].next = c->is_told[1] ? NULL : &c->q[1];
	*ret_q = c->is_told[0] ? &c->q[1] : &c->q[0];
	return c->is_told[0] && c->is_told[1] ? ZG_DONE : ZG_ASK;
}

static void counter_feed(void *machine, const struct zg_dns_a *a)
{
	struct counter *c = machine;

	c->told++;
	for (int i = 0; i < 2; i++)
		c->is_told[i] = c->is_told[i] || zg_slice_eq(c->q[i].name, a->name);
}

static void drive_runs_to_the_end(void **state)
{
	struct counter c = { .q = { { .name = ZG_S("example.com"), .type = ZG_DNS_TXT },
				    { .name = ZG_S("www.example.com"), .type = ZG_DNS_A } } };
	struct zg_asker m = { &c, counter_step, counter_feed };
	struct zg_zone_error e;
	struct zg_arena a;
	struct zg_zone *z;

	(void)state;
	zg_arena_init(&a, &testdata_heap, 1 << 20);
	z = zg_zone_read(zg_slice_of(world, sizeof(world) - 1), &a, &e);
	assert_non_null(z);
	assert_int_equal(zg_zone_drive(z, &m, &a), 2);
	assert_int_equal(c.told, 2);
	zg_arena_reset(&a);
}

static void wire_forms(void **state)
{
	static const struct {
		const char *proves;
		struct zg_slice wire, data;
		enum zg_dns_type type;
		int rc;
		uint16_t preference;
	} rows[] = {
		{ "strings joined", ZG_SI("\x02" "ab\x00\x01" "c"), ZG_SI("abc"), ZG_DNS_TXT, 0, 0 },
		{ "a string cut off", ZG_SI("\x03" "ab"), ZG_SI(""), ZG_DNS_TXT, -1, 0 },
		{ "a name", ZG_SI("\x01" "a\x07" "example\x00"), ZG_SI("a.example"), ZG_DNS_NS, 0, 0 },
		{ "the root", ZG_SI("\x00"), ZG_SI(""), ZG_DNS_NS, 0, 0 },
		{ "a dot and a backslash inside a label", ZG_SI("\x03.\\x\x00"), ZG_SI("\\.\\\\x"), ZG_DNS_PTR, 0, 0 },
		{ "a name cut off", ZG_SI("\x01" "a"), ZG_SI(""), ZG_DNS_CNAME, -1, 0 },
		{ "a compressed name", ZG_SI("\xc0\x0c"), ZG_SI(""), ZG_DNS_CNAME, -1, 0 },
		{ "octets behind a name", ZG_SI("\x01" "a\x00x"), ZG_SI(""), ZG_DNS_CNAME, -1, 0 },
		{ "an MX", ZG_SI("\x01\x02\x01" "a\x00"), ZG_SI("a"), ZG_DNS_MX, 0, 258 },
		{ "a short MX", ZG_SI("\x01"), ZG_SI(""), ZG_DNS_MX, -1, 0 },
		{ "an address", ZG_SI("\x01\x02\x03\x04"), ZG_SI("\x01\x02\x03\x04"), ZG_DNS_A, 0, 0 },
		{ "a long address", ZG_SI("\x01\x02\x03\x04\x05"), ZG_SI(""), ZG_DNS_A, -1, 0 },
		{ "a short IPv6 address", ZG_SI("\x01\x02\x03\x04"), ZG_SI(""), ZG_DNS_AAAA, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_dns_rr rr = { .preference = 0 };
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, 1 << 16);
		if (zg_rdata_read(rows[i].type, rows[i].wire, &a, &rr) != rows[i].rc ||
		    !zg_slice_eq(rr.data, rows[i].data) || rr.preference != rows[i].preference)
			fail_msg("%s", rows[i].proves);
		zg_arena_reset(&a);
	}
}

static void names_of_the_text_form(void **state)
{
	char mem[64];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	(void)state;
	assert_true(zg_name_is_below(ZG_S("a.Example"), ZG_S("example")));
	assert_true(zg_name_is_below(ZG_S("example"), ZG_S("EXAMPLE")));
	assert_false(zg_name_is_below(ZG_S("xexample"), ZG_S("example")));
	assert_false(zg_name_is_below(ZG_S("a\\.example"), ZG_S("example")));
	assert_true(zg_name_is_below(ZG_S("example"), ZG_S("")));
	assert_true(zg_slice_eq(zg_name_parent(ZG_S("a\\.b.c")), ZG_S("c")));
	assert_int_equal(zg_name_parent(ZG_S("a\\")).n, 0);
	zg_name_put(&b, ZG_S("a b\\.c\xff"));
	assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("a\\032b\\.c\\255")));
}

static void ip6_forms(void **state)
{
	static const struct { struct zg_slice text; int rc; struct zg_slice ip; } rows[] = {
		{ ZG_SI("::"), 0, ZG_SI("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
		{ ZG_SI("1::"), 0, ZG_SI("\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
		{ ZG_SI("::ffff:192.0.2.1"), 0, ZG_SI("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1") },
		{ ZG_SI("1:2:3:4:5:6:192.0.2.1"), 0, ZG_SI("\0\1\0\2\0\3\0\4\0\5\0\6\xc0\0\2\1") },
		{ ZG_SI("1:2:3:4:5:6:7:aBcD"), 0, ZG_SI("\0\1\0\2\0\3\0\4\0\5\0\6\0\7\xab\xcd") },
		{ ZG_SI("1:2:3:4:5:6:7:192.0.2.1"), -1, ZG_SI("") },
		{ ZG_SI("12345::"), -1, ZG_SI("") },
		{ ZG_SI(":1::"), -1, ZG_SI("") },
		{ ZG_SI("1:"), -1, ZG_SI("") },
		{ ZG_SI("::1%eth0"), -1, ZG_SI("") },
		{ ZG_SI("192.0.2.1"), -1, ZG_SI("") },
		{ ZG_SI(""), -1, ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char ip[16];

		if (zg_ip6_read(rows[i].text, ip) != rows[i].rc ||
		    (rows[i].rc == 0 && memcmp(ip, rows[i].ip.p, sizeof(ip)) != 0))
			fail_msg(ZG_FMT, ZG_ARG(rows[i].text));
	}
}

static void version_is_the_build(void **state)
{
	(void)state;
	assert_string_equal(zg_version(), PROJECT_VERSION);
	assert_string_equal(zg_version(), ZEGEL_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zone_answers),
		cmocka_unit_test(wrong_lines_are_told), cmocka_unit_test(what_nsd_would_read_is_told_apart),
		cmocka_unit_test(long_strings_and_no_memory),
		cmocka_unit_test(drive_runs_to_the_end),
		cmocka_unit_test(wire_forms),
		cmocka_unit_test(names_of_the_text_form),
		cmocka_unit_test(ip6_forms),
		cmocka_unit_test(version_is_the_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
