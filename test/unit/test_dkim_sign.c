/* test_dkim_sign.c - the signer: what it refuses, which fields it signs, how the field is laid out, that every
 * signature verifies, and what a signer of blocks reads out of a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/dkim.h>
#include "dkim_world.h"

static struct zg_dkim_sign_opts opts_plain(void)
{
	return (struct zg_dkim_sign_opts){
		.domain = ZG_S("example.com"), .selector = ZG_S("sel"), .type = ZG_KEY_RSA,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = 1600000000, .expire = -1,
	};
}

static void body_piece(void *ctx, struct zg_slice piece)
{
	zg_dkim_sign_body(ctx, piece);
}

static enum zg_dkim_refusal block_of(const struct zg_dkim_sign_opts *o, struct zg_slice header, struct zg_slice body,
				     struct zg_arena *a, struct zg_dkim_unsigned *ret)
{
	struct zg_dkim_signer s;
	struct zg_headers h;
	enum zg_dkim_refusal r = ZG_DKIM_NO_ROOM;

	assert_int_equal(zg_dkim_sign_init(&s, &crypt, o), 0);
	testdata_split(body, 5, body_piece, &s);
	if (zg_header_index(header, a, &h) == ZG_HEADER_OK)
		r = zg_dkim_sign_block(&s, &h, a, ret);
	zg_dkim_sign_done(&s);
	return r;
}

static void refusals(void **state)
{
	static const struct { const char *proves; struct zg_slice header; enum zg_dkim_refusal want; } rows[] = {
		{ "a plain From", ZG_SI("From: a@example.com\r\n"), ZG_DKIM_SIGNABLE },
		{ "a display name", ZG_SI("From: \"A, B\" <a@example.com> (x)\r\n"), ZG_DKIM_SIGNABLE },
		{ "below d=", ZG_SI("From: a@sub.Example.COM\r\n"), ZG_DKIM_SIGNABLE },
		{ "a blank before the colon of From", ZG_SI("From : a@example.com\r\n"), ZG_DKIM_BAD_HEADER },
		{ "a tab before the colon of a field that is not signed", ZG_SI("From: a@example.com\r\nX-A\t: b\r\n"),
		  ZG_DKIM_BAD_HEADER },
		{ "no From", ZG_SI("To: a@example.com\r\n"), ZG_DKIM_NO_FROM },
		{ "two From", ZG_SI("From: a@example.com\r\nFROM: a@example.com\r\n"), ZG_DKIM_TWO_FROM },
		{ "two From, one with a blank", ZG_SI("From: a@example.com\r\nFrom : b@example.org\r\n"), ZG_DKIM_TWO_FROM },
		{ "an empty From", ZG_SI("From:\r\n"), ZG_DKIM_FROM_UNREADABLE },
		{ "no address", ZG_SI("From: nobody\r\n"), ZG_DKIM_FROM_UNREADABLE },
		{ "an address in a name", ZG_SI("From: a@example.com <b@example.org>\r\n"), ZG_DKIM_FROM_UNREADABLE },
		{ "an address literal", ZG_SI("From: a@[192.0.2.1]\r\n"), ZG_DKIM_FROM_UNREADABLE },
		{ "a source route", ZG_SI("From: <@x,@y:a@example.com>\r\n"), ZG_DKIM_FROM_UNREADABLE },
		{ "two addresses", ZG_SI("From: a@example.com, b@example.com\r\n"), ZG_DKIM_FROM_TWO_ADDRESSES },
		{ "another domain", ZG_SI("From: a@example.org\r\n"), ZG_DKIM_FROM_FOREIGN },
		{ "a domain that ends like d=", ZG_SI("From: a@badexample.com\r\n"), ZG_DKIM_FROM_FOREIGN },
		{ "a domain above d=", ZG_SI("From: a@com\r\n"), ZG_DKIM_FROM_FOREIGN },
	};
	struct zg_dkim_sign_opts o = opts_plain();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		if (block_of(&o, rows[i].header, ZG_S("x"), &a, &u) != rows[i].want)
			fail_msg("%s", rows[i].proves);
		assert_true((u.block.n > 0) == (rows[i].want == ZG_DKIM_SIGNABLE));
		zg_arena_reset(&a);
	}
}

static void fields_made_by_hand_are_checked(void **state)
{
	static const struct { const char *proves; struct zg_field field; enum zg_dkim_refusal want; } rows[] = {
		{ "a CR alone", { ZG_SI("X: a\rb\r\n"), ZG_SI("X"), ZG_SI(" a\rb") }, ZG_DKIM_BAD_HEADER },
		{ "an LF alone, a blank behind it", { ZG_SI("X: a\n b\r\n"), ZG_SI("X"), ZG_SI(" a\n b") }, ZG_DKIM_BAD_HEADER },
		{ "a NUL", { ZG_SI("X: a\0b\r\n"), ZG_SI("X"), ZG_SI(" a\0b") }, ZG_DKIM_BAD_HEADER },
		{ "a CR at the end", { ZG_SI("X: a\r"), ZG_SI("X"), ZG_SI(" a\r") }, ZG_DKIM_BAD_HEADER },
		{ "two fields in one", { ZG_SI("X: a\r\nFrom: b@example.org\r\n"), ZG_SI("X"), ZG_SI(" a\r\nFrom: b@example.org") },
			ZG_DKIM_BAD_HEADER },
		{ "an empty line behind it", { ZG_SI("X: a\r\n\r\n"), ZG_SI("X"), ZG_SI(" a\r\n") }, ZG_DKIM_BAD_HEADER },
		{ "the name of another", { ZG_SI("X: a\r\n"), ZG_SI("Y"), ZG_SI(" a") }, ZG_DKIM_BAD_HEADER },
		{ "no name", { ZG_SI(": a\r\n"), ZG_SI(""), ZG_SI(" a") }, ZG_DKIM_BAD_HEADER },
		{ "a colon in the name", { ZG_SI("X:y: a\r\n"), ZG_SI("X:y"), ZG_SI(" a") }, ZG_DKIM_BAD_HEADER },
		{ "a blank in the name", { ZG_SI("X y: a\r\n"), ZG_SI("X y"), ZG_SI(" a") }, ZG_DKIM_BAD_HEADER },
		{ "the value of another", { ZG_SI("X: a\r\n"), ZG_SI("X"), ZG_SI(" b") }, ZG_DKIM_BAD_HEADER },
		{ "the CRLF in the value", { ZG_SI("X: a\r\n"), ZG_SI("X"), ZG_SI(" a\r\n") }, ZG_DKIM_BAD_HEADER },
		{ "as it should be", { ZG_SI("X: a\r\n"), ZG_SI("X"), ZG_SI(" a") }, ZG_DKIM_SIGNABLE },
		{ "folds", { ZG_SI("X:\r\n a\r\n\tb\r\n \r\n"), ZG_SI("X"), ZG_SI("\r\n a\r\n\tb\r\n ") }, ZG_DKIM_SIGNABLE },
		{ "no CRLF", { ZG_SI("X: a"), ZG_SI("X"), ZG_SI(" a") }, ZG_DKIM_SIGNABLE },
	};
	struct zg_dkim_sign_opts o = opts_plain();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_field v[] = {
			{ ZG_S("From: a@example.com\r\n"), ZG_S("From"), ZG_S(" a@example.com") },
			rows[i].field,
		};
		struct zg_headers h = { v, 2 };
		struct zg_dkim_signer s;
		struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		assert_int_equal(zg_dkim_sign_init(&s, &crypt, &o), 0);
		if (zg_dkim_sign_block(&s, &h, &a, &u) != rows[i].want)
			fail_msg("%s", rows[i].proves);
		zg_dkim_sign_done(&s);
		zg_arena_reset(&a);
	}
}

static const struct zg_slice only_to[] = { ZG_SI("to") };
static const struct zg_slice bad_name[] = { ZG_SI("from"), ZG_SI("a b") };
static const struct zg_slice semicolon_name[] = { ZG_SI("from"), ZG_SI("a;b=") };
static const struct zg_slice own_name[] = { ZG_SI("from"), ZG_SI("DKIM-Signature") };
static const struct zg_slice good_names[] = { ZG_SI("Subject"), ZG_SI("FROM"), ZG_SI("x-absent"), ZG_SI("subject") };

static void options_that_cannot_be_written(void **state)
{
	static const struct {
		const char *proves;
		struct zg_slice domain, selector, identity;
		const struct zg_slice *headers;
		size_t count;
		int64_t expire;
		enum zg_dkim_refusal want;
	} rows[] = {
		{ "plain", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_SIGNABLE },
		{ "a selector of two labels", ZG_SI("example.com"), ZG_SI("a_1.b"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_SIGNABLE },
		{ "capitals in d=", ZG_SI("Example.com"), ZG_SI("sel"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "one label in d=", ZG_SI("com"), ZG_SI("sel"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "a semicolon in d=", ZG_SI("example.com;x=y"), ZG_SI("sel"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "a U-label in d=", ZG_SI("b\xc3\xbc.com"), ZG_SI("sel"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "no selector", ZG_SI("example.com"), ZG_SI(""), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "CRLF in s=", ZG_SI("example.com"), ZG_SI("a\r\nb"), ZG_SI(""), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "i= below d=", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI("a;b=c@x.example.com"), NULL, 0, -1, ZG_DKIM_SIGNABLE },
		{ "i= elsewhere", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI("@example.org"), NULL, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "x= at t=", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), NULL, 0, 1600000000, ZG_DKIM_BAD_OPTION },
		{ "h= without From", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), only_to, 1, -1, ZG_DKIM_BAD_OPTION },
		{ "an empty h=", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), only_to, 0, -1, ZG_DKIM_BAD_OPTION },
		{ "a blank in a name", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), bad_name, 2, -1, ZG_DKIM_BAD_OPTION },
		{ "a semicolon in a name", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), semicolon_name, 2, -1,
			ZG_DKIM_BAD_OPTION },
		{ "h= names the field itself", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), own_name, 2, -1, ZG_DKIM_BAD_OPTION },
		{ "names in capitals", ZG_SI("example.com"), ZG_SI("sel"), ZG_SI(""), good_names, 4, -1, ZG_DKIM_SIGNABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_dkim_sign_opts o = opts_plain();
		struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
		struct zg_arena a;

		o.domain = rows[i].domain;
		o.selector = rows[i].selector;
		o.identity = rows[i].identity;
		o.headers = rows[i].headers;
		o.headers_count = rows[i].count;
		o.expire = rows[i].expire;
		zg_arena_init(&a, &testdata_heap, ROOM);
		if (block_of(&o, ZG_S("From: a@example.com\r\n"), ZG_S("x"), &a, &u) != rows[i].want)
			fail_msg("%s", rows[i].proves);
		zg_arena_reset(&a);
	}
}

/* RFC 5322 2.1.1: what cannot be broken fits a line of 998 octets, or is not written. */
static void lines_have_a_bound(void **state)
{
	static const struct { const char *proves; size_t blanks, letters, name; enum zg_dkim_refusal want; } rows[] = {
		{ "i= that fills its line: =20 is three octets", 327, 1, 0, ZG_DKIM_SIGNABLE },
		{ "i= of one octet more", 327, 2, 0, ZG_DKIM_BAD_OPTION },
		{ "i= of 1,500 blanks", 1500, 0, 0, ZG_DKIM_BAD_OPTION },
		{ "a name that fills its line", 0, 0, 994, ZG_DKIM_SIGNABLE },
		{ "a name of one octet more", 0, 0, 995, ZG_DKIM_BAD_OPTION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_dkim_sign_opts o = opts_plain();
		struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
		char mem[2048], name[1024];
		struct zg_slice headers[] = { zg_slice_of(name, rows[i].name), ZG_S("from") }, domain, selector;
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));
		struct zg_arena a;

		memset(name, 'x', sizeof(name));
		for (size_t k = 0; k < rows[i].blanks + rows[i].letters; k++)
			zg_buf_putc(&b, k < rows[i].blanks ? ' ' : 'a');
		zg_buf_put(&b, ZG_S("@example.com"));
		o.identity = rows[i].name ? ZG_S("") : zg_buf_slice(&b);
		o.headers = rows[i].name ? headers : NULL;
		o.headers_count = 2;
		zg_arena_init(&a, &testdata_heap, ROOM);
		if (block_of(&o, ZG_S("From: a@example.com\r\n"), ZG_S("x"), &a, &u) != rows[i].want)
			fail_msg("%s", rows[i].proves);
		for (struct zg_slice rest = u.field; rest.n;) {
			size_t end = zg_slice_find_slice(rest, ZG_S("\r\n"));

			assert_true(end <= 998);
			rest = zg_slice_sub(rest, end + 2, rest.n);
		}
		if (u.field.n)
			assert_int_equal(zg_dkim_block_check(u.block, &domain, &selector), ZG_DKIM_SIGNABLE);
		zg_arena_reset(&a);
	}
}

/* --- layout -------------------------------------------------------------------------------------------------- */

static const char mail[] =
	"Received: from x\r\n"
	"List-Unsubscribe: <mailto:u@example.com>\r\n"
	"Resent-From: r@example.com\r\n"
	"Subject: one\r\n"
	"subject:  two\r\n \tfolded \r\n"
	"From: A <a@example.com>\r\n"
	"X-Other: not signed\r\n"
	"To: b@example.org\r\n";

static void the_default_list_is_oversigned(void **state)
{
	static const char field[] =
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel;\r\n"
		"\tt=1600000000; bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=;\r\n"
		"\th=from:from:to:to:cc:subject:subject:subject:date:reply-to:message-id:\r\n"
		"\tmime-version:content-type:content-transfer-encoding:list-unsubscribe:\r\n"
		"\tresent-from;\r\n"
		"\tb=";
	static const char block[] =
		"from:A <a@example.com>\r\n"
		"to:b@example.org\r\n"
		"subject:two folded\r\n"
		"subject:one\r\n"
		"list-unsubscribe:<mailto:u@example.com>\r\n"
		"resent-from:r@example.com\r\n"
		"dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; "
		"t=1600000000; bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=; "
		"h=from:from:to:to:cc:subject:subject:subject:date:reply-to:message-id: "
		"mime-version:content-type:content-transfer-encoding:list-unsubscribe: "
		"resent-from; b=";
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
	struct zg_slice domain, selector;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(block_of(&o, zg_slice_of(mail, sizeof(mail) - 1), ZG_S("hello \r\n\r\n"), &a, &u), ZG_DKIM_SIGNABLE);
	if (!zg_slice_eq(u.field, zg_slice_of(field, sizeof(field) - 1)))
		fail_msg(ZG_FMT, ZG_ARG(u.field));
	if (!zg_slice_eq(u.block, zg_slice_of(block, sizeof(block) - 1)))
		fail_msg(ZG_FMT, ZG_ARG(u.block));
	assert_int_equal(zg_dkim_block_check(u.block, &domain, &selector), ZG_DKIM_SIGNABLE);
	assert_true(zg_slice_eq(domain, ZG_S("example.com")) && zg_slice_eq(selector, ZG_S("sel")));
	zg_arena_reset(&a);
}

static void a_given_list_is_signed_as_it_is(void **state)
{
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
	struct zg_arena a;

	(void)state;
	o.headers = good_names;
	o.headers_count = 4;
	o.header = ZG_CANON_SIMPLE;
	o.identity = ZG_S("a=b@example.com");
	o.expire = 1600086400;
	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(block_of(&o, zg_slice_of(mail, sizeof(mail) - 1), ZG_S(""), &a, &u), ZG_DKIM_SIGNABLE);
	assert_true(zg_slice_starts(u.block, ZG_S("subject:  two\r\n \tfolded \r\nFrom: A <a@example.com>\r\n"
						  "Subject: one\r\nDKIM-")));
	assert_true(zg_slice_find_slice(u.field, ZG_S(" h=")) == u.field.n);
	assert_true(zg_slice_find_slice(u.field, ZG_S("\th=subject:from:x-absent:subject;\r\n")) < u.field.n);
	assert_true(zg_slice_find_slice(u.field, ZG_S("i=a=3Db@example.com;")) < u.field.n);
	assert_true(zg_slice_find_slice(u.field, ZG_S("\tt=1600000000; x=1600086400; bh=")) < u.field.n);
	zg_arena_reset(&a);
}

/* May this line be long: a tag or a name that is not broken, alone? */
static bool is_one_piece(struct zg_slice line)
{
	struct zg_slice piece = zg_slice_sub(line, 1, line.n);
	size_t colon = zg_slice_find(piece, ':');

	if (!zg_slice_starts(line, ZG_S("\t")) || zg_slice_find(piece, ' ') < piece.n)
		return false;
	return zg_slice_starts(piece, ZG_S("d=")) || zg_slice_starts(piece, ZG_S("s=")) || zg_slice_starts(piece, ZG_S("i=")) ||
	       colon + 1 >= piece.n;
}

/* No line is over 78 octets where it could be folded; the lines of b= can be anywhere. */
static void lines_are_short(struct zg_slice field)
{
	bool is_b = false;

	while (field.n) {
		size_t end = zg_slice_find_slice(field, ZG_S("\r\n"));
		struct zg_slice line = zg_slice_sub(field, 0, end);

		is_b = is_b || zg_slice_starts(line, ZG_S("\tb="));
		if (line.n > 78 && (is_b || !is_one_piece(line)))
			fail_msg(ZG_FMT, ZG_ARG(line));
		field = zg_slice_sub(field, end + 2, field.n);
	}
}

/* --- every signature verifies -------------------------------------------------------------------------------- */

static struct zg_slice signed_field(const struct zg_dkim_unsigned *u, struct zg_key *k, struct zg_arena *a)
{
	unsigned char hash[ZG_HASH_SIZE], octets[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(octets, sizeof(octets));
	struct zg_slice field;
	struct zg_hash h;

	assert_int_equal(zg_hash_init(&h, &crypt), 0);
	zg_hash_update(&h, u->block);
	assert_int_equal(zg_hash_final(&h, hash), 0);
	zg_hash_done(&h);
	assert_int_equal(zg_key_sign(k, hash, &signature), 0);
	field = zg_dkim_sign_field(u, zg_buf_slice(&signature), a);
	assert_true(field.n > 0);
	lines_are_short(field);
	return field;
}

static struct zg_slice signed_message(const struct zg_dkim_sign_opts *o, struct zg_key *k, struct zg_slice header,
				      struct zg_slice body, struct zg_arena *a)
{
	size_t cap = header.n + body.n + 65536;
	char *mem = zg_arena_bytes(a, cap);
	struct zg_buf out = zg_buf_of(mem, cap);
	struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };

	assert_int_equal(block_of(o, header, body, a, &u), ZG_DKIM_SIGNABLE);
	zg_buf_put(&out, signed_field(&u, k, a));
	zg_buf_put(&out, header);
	zg_buf_put(&out, ZG_S("\r\n"));
	zg_buf_put(&out, body);
	assert_false(out.is_full);
	return zg_buf_slice(&out);
}

static struct zg_zone *keys_zone(struct zg_arena *a)
{
	char *mem = zg_arena_bytes(a, 4096), text[1024];
	struct zg_buf zone = zg_buf_of(mem, 4096);
	struct zg_key *keys[] = { &rsa, &ed25519 };
	struct zg_zone_error e;
	struct zg_zone *z;

	for (int i = 0; i < 2; i++) {
		struct zg_buf record = zg_buf_of(text, sizeof(text));

		assert_int_equal(zg_dkim_key_name(i ? ZG_S("ed") : ZG_S("SEL"), ZG_S("Example.com"), &zone), 0);
		assert_int_equal(zg_dkim_key_record(keys[i], &record), 0);
		zg_buf_put(&zone, ZG_S(" 60 IN TXT \""));
		zg_buf_put(&zone, zg_slice_sub(zg_buf_slice(&record), 0, 200));
		zg_buf_put(&zone, ZG_S("\" \""));
		zg_buf_put(&zone, zg_slice_sub(zg_buf_slice(&record), 200, record.n));
		zg_buf_put(&zone, ZG_S("\"\n"));
	}
	assert_true(zg_slice_starts(zg_buf_slice(&zone),
				    ZG_S("sel._domainkey.example.com 60 IN TXT \"v=DKIM1; k=rsa; p=MIG")));
	z = zg_zone_read(zg_buf_slice(&zone), a, &e);
	assert_non_null(z);
	return z;
}

static struct zg_dkim_verdict verdict_of(struct zg_slice message, const struct zg_zone *z, struct zg_arena *a)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(&crypt, a, 1600000001);
	size_t end = zg_header_end(message);
	const struct zg_dkim_verdict *got;
	struct zg_dkim_verdict first;
	struct zg_headers h;
	struct zg_asker m;

	assert_non_null(v);
	assert_int_equal(zg_header_index(zg_slice_sub(message, 0, end), a, &h), ZG_HEADER_OK);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(message, end, message.n));
	zg_dkim_verify_end(v);
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(z, &m, a);
	assert_true(zg_dkim_verify_verdicts(v, &got) > 0);
	first = got[0];
	zg_dkim_verify_done(v);
	return first;
}

static void every_signature_verifies(void **state)
{
	static const char octets[] = "abc d\t\r\n  \r\n\r\xe9";
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct zg_dkim_sign_opts o = opts_plain();
		struct zg_dkim_verdict v;
		struct zg_slice message;
		char header[2048], body[600];
		struct zg_buf b = zg_buf_of(header, sizeof(header));
		size_t n = testdata_random(&seed, 600);
		struct zg_arena a;

		o.header = round & 1 ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
		o.body = round & 2 ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
		o.type = round & 4 ? ZG_KEY_RSA : ZG_KEY_ED25519;
		o.selector = round & 4 ? ZG_S("sel") : ZG_S("ed");
		o.identity = round & 8 ? ZG_S("@sub.example.com") : ZG_S("");
		zg_buf_put(&b, ZG_S("From: \"A\"\r\n <a@example.com>\r\n"));
		for (unsigned i = testdata_random(&seed, 20); i > 0; i--) {
			zg_buf_put(&b, i & 1 ? ZG_S("To:  x@example.org\t\r\n") : ZG_S("Resent-To:\r\n y  z\r\n"));
			zg_buf_put(&b, i & 2 ? ZG_S("SUBJECT: \xc3\xa9 \r\n\t\r\n q\r\n") : ZG_S("X: y\r\n"));
		}
		for (size_t i = 0; i < n; i++)
			body[i] = octets[testdata_random(&seed, sizeof(octets) - 1)];
		zg_arena_init(&a, &testdata_heap, ROOM);
		message = signed_message(&o, round & 4 ? &rsa : &ed25519, zg_buf_slice(&b), zg_slice_of(body, n), &a);
		v = verdict_of(message, keys_zone(&a), &a);
		if (v.result != ZG_DKIM_PASS)
			fail_msg("round %d: %s", round, v.reason);
		zg_arena_reset(&a);
	}
}

/* One pass over the body, two signatures: both verify, each by its key, and the second does not sign the first. */
static void two_algorithms_in_one_pass(void **state)
{
	struct zg_slice header = zg_slice_of(mail, sizeof(mail) - 1), fields[2];
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	struct zg_headers h;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(zg_header_index(header, &a, &h), ZG_HEADER_OK);
	assert_int_equal(zg_dkim_sign_init(&s, &crypt, &o), 0);
	testdata_split(ZG_S("hello \r\n world\r\n\r\n"), 7, body_piece, &s);
	for (int i = 0; i < 2; i++) {
		s.opts.type = i ? ZG_KEY_ED25519 : ZG_KEY_RSA;
		s.opts.selector = i ? ZG_S("ed") : ZG_S("sel");
		assert_int_equal(zg_dkim_sign_block(&s, &h, &a, &u), ZG_DKIM_SIGNABLE);
		fields[i] = signed_field(&u, i ? &ed25519 : &rsa, &a);
	}
	s.opts.body = ZG_CANON_SIMPLE;		/* bh= is the other one's */
	assert_int_equal(zg_dkim_sign_block(&s, &h, &a, &u), ZG_DKIM_BAD_OPTION);
	zg_dkim_sign_done(&s);
	for (int i = 0; i < 2; i++) {
		struct zg_slice all[] = { fields[i], fields[1 - i], header, ZG_S("\r\nhello \r\n world\r\n\r\n") };
		struct zg_buf b = zg_buf_of(zg_arena_bytes(&a, 8192), 8192);
		struct zg_dkim_verdict v;

		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			zg_buf_put(&b, all[k]);
		v = verdict_of(zg_buf_slice(&b), keys_zone(&a), &a);
		assert_int_equal(v.result, ZG_DKIM_PASS);
		assert_true(zg_slice_eq(v.selector, i ? ZG_S("ed") : ZG_S("sel")) && v.bits == (i ? 256u : 1024u));
	}
	zg_arena_reset(&a);
}

/* Whoever adds one of the oversigned fields on top, or below, breaks the signature. */
static void added_fields_break_it(void **state)
{
	static const struct zg_slice fields[] = {
		ZG_SI("From: x@example.org\r\n"), ZG_SI("To: x@example.org\r\n"), ZG_SI("Cc: x\r\n"), ZG_SI("Subject: x\r\n"),
		ZG_SI("Date: x\r\n"), ZG_SI("Reply-To: x\r\n"), ZG_SI("Message-ID: x\r\n"), ZG_SI("MIME-Version: 1.0\r\n"),
		ZG_SI("Content-Type: text/html\r\n"), ZG_SI("Content-Transfer-Encoding: base64\r\n"),
	};
	struct zg_dkim_sign_opts o = opts_plain();

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(fields) / sizeof(fields[0]); i++) {
		struct zg_slice field = fields[i / 2], message;
		struct zg_buf b;
		struct zg_arena a;
		size_t at;

		zg_arena_init(&a, &testdata_heap, ROOM);
		message = signed_message(&o, &rsa, zg_slice_of(mail, sizeof(mail) - 1), ZG_S("hello\r\n"), &a);
		at = i % 2 ? zg_header_end(message) - 2 : 0;
		b = zg_buf_of(zg_arena_bytes(&a, message.n + field.n), message.n + field.n);
		zg_buf_put(&b, zg_slice_sub(message, 0, at));
		zg_buf_put(&b, field);
		zg_buf_put(&b, zg_slice_sub(message, at, message.n));
		if (verdict_of(zg_buf_slice(&b), keys_zone(&a), &a).result != ZG_DKIM_FAIL)
			fail_msg(ZG_FMT, ZG_ARG(field));
		zg_arena_reset(&a);
	}
}

static void long_names_and_values(void **state)
{
	char d[256], header[512];
	struct zg_buf b = zg_buf_of(d, sizeof(d)), hb = zg_buf_of(header, sizeof(header));
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
	struct zg_slice domain, selector;
	struct zg_arena a;

	(void)state;
	for (int i = 0; i < 3; i++)
		zg_buf_put(&b, ZG_S("a23456789012345678901234567890123456789012345678901234567890."));
	zg_buf_put(&b, ZG_S("example"));
	o.domain = zg_buf_slice(&b);
	o.selector = ZG_S("a2345678901234567890123456789012345678901234567890");
	zg_buf_put(&hb, ZG_S("From: a@"));
	zg_buf_put(&hb, o.domain);
	zg_buf_put(&hb, ZG_S("\r\n"));
	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(block_of(&o, zg_buf_slice(&hb), ZG_S(""), &a, &u), ZG_DKIM_SIGNABLE);
	lines_are_short(u.field);
	assert_int_equal(zg_dkim_block_check(u.block, &domain, &selector), ZG_DKIM_SIGNABLE);
	assert_true(zg_slice_eq(domain, o.domain) && zg_slice_eq(selector, o.selector));
	o.selector = ZG_S("a2345678901234567890123456789012345678901234567890123");
	assert_int_equal(block_of(&o, zg_buf_slice(&hb), ZG_S(""), &a, &u), ZG_DKIM_BAD_OPTION);
	zg_arena_reset(&a);
}

/* --- blocks -------------------------------------------------------------------------------------------------- */

#define SIG "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; " \
	"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
#define FROM "from:A <a@example.com>\r\n"

static const struct {
	const char *proves;
	struct zg_slice block;
	enum zg_dkim_refusal want;
} blocks[] = {
	{ "plain", ZG_SI(FROM SIG "h=from; b="), ZG_DKIM_SIGNABLE },
	{ "b= is not the last tag", ZG_SI(FROM SIG "b=; h=from"), ZG_DKIM_SIGNABLE },
	{ "an absent name", ZG_SI(FROM "to:x\r\n" SIG "h=cc:from:from:to; b="), ZG_DKIM_SIGNABLE },
	{ "another signature among the fields", ZG_SI("dkim-signature:v=1; b=AA\r\n" FROM SIG "h=dkim-signature:from; b="),
		ZG_DKIM_SIGNABLE },
	{ "below d=", ZG_SI("from:a@x.example.com\r\n" SIG "h=from; b="), ZG_DKIM_SIGNABLE },
	{ "nothing", ZG_SI(""), ZG_DKIM_BAD_HEADER },
	{ "only the signature", ZG_SI(SIG "h=from; b="), ZG_DKIM_NO_FROM },
	{ "a last CRLF", ZG_SI(FROM SIG "h=from; b=\r\n"), ZG_DKIM_BAD_HEADER },
	{ "the last field is another", ZG_SI(FROM "x:y"), ZG_DKIM_BAD_HEADER },
	{ "the signature is not last", ZG_SI(SIG "h=from; b=\r\n" "from:a@example.com"), ZG_DKIM_BAD_HEADER },
	{ "no From", ZG_SI("to:a@example.com\r\n" SIG "h=to:from; b="), ZG_DKIM_NO_FROM },
	{ "two From", ZG_SI(FROM FROM SIG "h=from:from; b="), ZG_DKIM_TWO_FROM },
	{ "a From that h= does not name", ZG_SI(FROM "to:x\r\n" SIG "h=to; b="), ZG_DKIM_BAD_OPTION },
	{ "a From that stands where h= has another", ZG_SI("to:x\r\n" FROM SIG "h=from:to; b="), ZG_DKIM_BAD_HEADER },
	{ "a field that h= does not name", ZG_SI(FROM "x:y\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "a field twice, named once", ZG_SI(FROM "to:x\r\nto:x\r\n" SIG "h=from:to; b="), ZG_DKIM_BAD_HEADER },
	{ "a foreign From", ZG_SI("from:a@example.org\r\n" SIG "h=from; b="), ZG_DKIM_FROM_FOREIGN },
	{ "a From that ends like d=", ZG_SI("from:a@badexample.com\r\n" SIG "h=from; b="), ZG_DKIM_FROM_FOREIGN },
	{ "two addresses", ZG_SI("from:a@example.com, b@example.com\r\n" SIG "h=from; b="), ZG_DKIM_FROM_TWO_ADDRESSES },
	{ "no address", ZG_SI("from:a\r\n" SIG "h=from; b="), ZG_DKIM_FROM_UNREADABLE },
	{ "a From with a blank before the colon", ZG_SI("from :a@example.org\r\n" FROM SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "a From in capitals", ZG_SI("From:a@example.org\r\n" FROM SIG "h=from:from; b="), ZG_DKIM_BAD_HEADER },
	{ "a From behind a CR alone", ZG_SI("to:x\rfrom:a@example.org\r\n" FROM SIG "h=to:from; b="), ZG_DKIM_BAD_HEADER },
	{ "a From behind an LF alone", ZG_SI("to:x\nfrom:a@example.org\r\n" FROM SIG "h=to:from; b="), ZG_DKIM_BAD_HEADER },
	{ "a NUL", ZG_SI("to:x\0\r\n" FROM SIG "h=to:from; b="), ZG_DKIM_BAD_HEADER },
	{ "a fold (simple)", ZG_SI("from:A\r\n <a@example.com>\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "two blanks", ZG_SI("from:A  <a@example.com>\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "a blank behind the colon", ZG_SI("from: a@example.com\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "a blank at the end", ZG_SI("from:a@example.com \r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "a tab", ZG_SI("from:A\t<a@example.com>\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "an empty line", ZG_SI(FROM "\r\n" SIG "h=from; b="), ZG_DKIM_BAD_HEADER },
	{ "b= is not empty", ZG_SI(FROM SIG "h=from; b=AAAA"), ZG_DKIM_BAD_OPTION },
	{ "a blank in b=", ZG_SI(FROM SIG "h=from; b= ; x=5"), ZG_DKIM_BAD_OPTION },
	{ "no b=", ZG_SI(FROM SIG "h=from;"), ZG_DKIM_BAD_OPTION },
	{ "two d=", ZG_SI(FROM SIG "h=from; d=example.org; b="), ZG_DKIM_BAD_OPTION },
	{ "l=", ZG_SI(FROM SIG "h=from; l=5; b="), ZG_DKIM_BAD_OPTION },
	{ "i= elsewhere", ZG_SI(FROM SIG "h=from; i=@example.org; b="), ZG_DKIM_BAD_OPTION },
	{ "simple header", ZG_SI(FROM "dkim-signature:v=1; a=rsa-sha256; c=simple/relaxed; d=example.com; s=sel; "
		"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; h=from; b="), ZG_DKIM_BAD_OPTION },
	{ "no c= (simple)", ZG_SI(FROM "dkim-signature:v=1; a=rsa-sha256; d=example.com; s=sel; "
		"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; h=from; b="), ZG_DKIM_BAD_OPTION },
	{ "rsa-sha1", ZG_SI(FROM "dkim-signature:v=1; a=rsa-sha1; c=relaxed; d=example.com; s=sel; "
		"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; h=from; b="), ZG_DKIM_BAD_OPTION },
	{ "capitals in d=", ZG_SI(FROM "dkim-signature:v=1; a=rsa-sha256; c=relaxed; d=Example.com; s=sel; "
		"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; h=from; b="), ZG_DKIM_BAD_OPTION },
};

static void blocks_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct zg_slice domain = ZG_S("?"), selector = ZG_S("?");
		char *copy = malloc(blocks[i].block.n ? blocks[i].block.n : 1);	/* a read behind it is seen */
		bool is_good = blocks[i].want == ZG_DKIM_SIGNABLE;

		assert_non_null(copy);
		memcpy(copy, blocks[i].block.p, blocks[i].block.n);
		if (zg_dkim_block_check(zg_slice_of(copy, blocks[i].block.n), &domain, &selector) != blocks[i].want)
			fail_msg("%s", blocks[i].proves);
		assert_true(zg_slice_eq(domain, is_good ? ZG_S("example.com") : ZG_S("?")));
		assert_true(zg_slice_eq(selector, is_good ? ZG_S("sel") : ZG_S("?")));
		free(copy);
	}
}

/* What a signer makes of any header it does not refuse passes the check; changed in one octet, it never says another
 * domain. */
static void a_changed_block_never_says_more(void **state)
{
	static const char octets[] = ":;=@,<>\r\n\t aF\0.";
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
	uint64_t seed = 9;
	struct zg_arena a;
	int good = 0;

	(void)state;
	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(block_of(&o, zg_slice_of(mail, sizeof(mail) - 1), ZG_S("x"), &a, &u), ZG_DKIM_SIGNABLE);
	for (int round = 0; round < 20000; round++) {
		char *at = (char *)u.block.p + testdata_random(&seed, (unsigned)u.block.n), old = *at;
		struct zg_slice domain, selector;

		*at = octets[testdata_random(&seed, sizeof(octets) - 1)];
		if (zg_dkim_block_check(u.block, &domain, &selector) == ZG_DKIM_SIGNABLE) {
			size_t from = zg_slice_find_slice(u.block, ZG_S("\r\nfrom:"));

			good++;
			assert_true(zg_slice_starts(u.block, ZG_S("from:")) && from == u.block.n);
			from = zg_slice_find_slice(u.block, ZG_S("\r\n"));
			assert_true(zg_slice_find_slice(zg_slice_sub(u.block, 0, from), domain) < from);
		}
		*at = old;
	}
	assert_in_range(good, 1000, 19000);	/* neither all that is changed is refused, nor nothing */
	zg_arena_reset(&a);
}

/* --- too little memory --------------------------------------------------------------------------------------- */

static void every_allocation_fails_once(void **state)
{
	struct zg_dkim_sign_opts o = opts_plain();
	struct zg_slice header = zg_slice_of(mail, sizeof(mail) - 1);
	struct zg_dkim_unsigned want = { { NULL, 0 }, { NULL, 0 } }, u = want;
	struct zg_arena world, a;
	enum zg_dkim_refusal r = ZG_DKIM_NO_ROOM;

	(void)state;
	o.identity = ZG_S("x@example.com");
	zg_arena_init(&world, &testdata_heap, ROOM);
	assert_int_equal(block_of(&o, header, ZG_S("x"), &world, &want), ZG_DKIM_SIGNABLE);
	for (int i = 0; i < 100 && r != ZG_DKIM_SIGNABLE; i++) {
		zg_arena_init(&a, &testdata_heap, ROOM);
		testdata_failing = i;
		r = block_of(&o, header, ZG_S("x"), &a, &u);
		testdata_failing = -1;
		assert_true(r == ZG_DKIM_NO_ROOM || (zg_slice_eq(u.block, want.block) && zg_slice_eq(u.field, want.field)));
		zg_arena_reset(&a);
	}
	assert_int_equal(r, ZG_DKIM_SIGNABLE);
	for (size_t n = 0; n < 8192; n += 13) {
		char *mem = malloc(n ? n : 1);	/* a write behind it is seen */
		struct zg_slice field;

		assert_non_null(mem);
		zg_arena_init_fixed(&a, mem, n);
		r = block_of(&o, header, ZG_S("x"), &a, &u);
		assert_true(r == ZG_DKIM_NO_ROOM || (zg_slice_eq(u.block, want.block) && zg_slice_eq(u.field, want.field)));
		if (r == ZG_DKIM_SIGNABLE) {
			field = zg_dkim_sign_field(&u, ZG_S("0123456789012345678901234567890123456789"), &a);
			assert_true(a.is_full ? !field.n : zg_slice_ends_ci(field, ZG_S("=\r\n")));
		}
		free(mem);
	}
	assert_int_equal(r, ZG_DKIM_SIGNABLE);
	zg_arena_reset(&world);
}

static void records_have_bounds(void **state)
{
	char mem[64];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	(void)state;
	assert_int_equal(zg_dkim_key_record(&rsa, &b), -1);
	b = zg_buf_of(mem, sizeof(mem));
	assert_int_equal(zg_dkim_key_record(&ed25519, &b), -1);
	b = zg_buf_of(mem, 10);
	assert_int_equal(zg_dkim_key_name(ZG_S("a"), ZG_S("example.com"), &b), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(fields_made_by_hand_are_checked),
		cmocka_unit_test(options_that_cannot_be_written),
		cmocka_unit_test(lines_have_a_bound),
		cmocka_unit_test(the_default_list_is_oversigned),
		cmocka_unit_test(a_given_list_is_signed_as_it_is),
		cmocka_unit_test(every_signature_verifies),
		cmocka_unit_test(two_algorithms_in_one_pass),
		cmocka_unit_test(added_fields_break_it),
		cmocka_unit_test(long_names_and_values),
		cmocka_unit_test(blocks_are_read_strictly),
		cmocka_unit_test(a_changed_block_never_says_more),
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(records_have_bounds),
	};

	return cmocka_run_group_tests(tests, open_keys, close_keys);
}
