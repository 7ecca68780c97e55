/* test_dkim_verify.c - the verifier: the sets of test/data, fields and key records that are wrong in one way each,
 * answers in any order, and too little memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/dkim.h>
#include "base/b64.h"
#include "dkim_set.h"
#include "dkim_world.h"

static void body_piece(void *ctx, struct zg_slice piece)
{
	zg_dkim_verify_body(ctx, piece);
}

/* Takes the message in, the body in such pieces; NULL where there is no memory for a verifier. */
static struct zg_dkim_verifier *take(struct zg_slice message, int64_t now, uint64_t split, struct zg_arena *a)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(&crypt, a, now);
	size_t end = zg_header_end(message);
	struct zg_headers h;

	if (!v || zg_header_index(zg_slice_sub(message, 0, end), a, &h) != ZG_HEADER_OK)
		return NULL;
	zg_dkim_verify_header(v, &h);
	testdata_split(zg_slice_sub(message, end, message.n), split, body_piece, v);
	zg_dkim_verify_end(v);
	return v;
}

static void set_basic(void **state)
{
	(void)state;
	dkim_set_run(&crypt, "dkim/basic", 68);
}

static void set_rfc(void **state)
{
	(void)state;
	dkim_set_run(&crypt, "dkim/rfc", 3);
}

/* --- messages made here -------------------------------------------------------------------------------------- */

static const char rsa_p[] =
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/by"
	"YzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
static const char ed25519_p[] = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
static const char short_p[] =
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL1cq5w5jmS52MbpeaUfoZY2hbWHWTB6TicNo/kzldWw7d0HEu83nbojMf"
	"sL+V8k1GOfRcw/u9duGc6BBwpSSnkCAwEAAQ==";

/* A message whose DKIM-Signature is right as to its octets: tags in canonical form, bh= and b= come behind them. */
struct craft {
	struct zg_key *key;
	struct zg_slice signed_fields;	/* canonical, with CRLF; as they stand in the message */
	struct zg_slice tags;		/* "v=1; ...;" */
	struct zg_slice unsigned_fields;	/* on top */
	struct zg_slice body;		/* canonical, both ways */
	size_t hashed;			/* octets of it that bh= covers */
};

static void hash_of(struct zg_slice s, unsigned char *ret)
{
	struct zg_hash h;

	assert_int_equal(zg_hash_init(&h, &crypt), 0);
	zg_hash_update(&h, s);
	assert_int_equal(zg_hash_final(&h, ret), 0);
	zg_hash_done(&h);
}

static struct zg_slice craft_make(const struct craft *c, struct zg_arena *a)
{
	size_t cap = 8192 + c->body.n;
	char *field_mem = zg_arena_bytes(a, 4096), *block_mem = zg_arena_bytes(a, 8192), *mem = zg_arena_bytes(a, cap);
	struct zg_buf field = zg_buf_of(field_mem, 4096), block = zg_buf_of(block_mem, 8192), out = zg_buf_of(mem, cap);
	unsigned char hash[ZG_HASH_SIZE], octets[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(octets, sizeof(octets));

	hash_of(zg_slice_sub(c->body, 0, c->hashed), hash);
	zg_buf_put(&field, c->tags);
	zg_buf_put(&field, ZG_S(" bh="));
	zg_b64_encode(zg_slice_of(hash, sizeof(hash)), &field);
	zg_buf_put(&field, ZG_S("; b="));
	zg_buf_put(&block, c->signed_fields);
	zg_buf_put(&block, ZG_S("dkim-signature:"));
	zg_buf_put(&block, zg_buf_slice(&field));
	hash_of(zg_buf_slice(&block), hash);
	assert_int_equal(zg_key_sign(c->key, hash, &signature), 0);
	zg_buf_put(&out, c->unsigned_fields);
	zg_buf_put(&out, ZG_S("DKIM-Signature: "));
	zg_buf_put(&out, zg_buf_slice(&field));
	zg_b64_encode(zg_buf_slice(&signature), &out);
	zg_buf_put(&out, ZG_S("\r\n"));
	zg_buf_put(&out, c->signed_fields);
	zg_buf_put(&out, ZG_S("\r\n"));
	zg_buf_put(&out, c->body);
	assert_false(field.is_full || block.is_full || out.is_full);
	return zg_buf_slice(&out);
}

#define TAGS "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=sel; h=from;"
#define ED_TAGS "v=1; a=ed25519-sha256; c=relaxed/simple; d=example.com; s=sel; h=from;"
#define FROM "from:a@example.com\r\n"
#define BODY "hello\r\n"

static struct zg_zone *zone_of(struct zg_slice text, struct zg_arena *a)
{
	struct zg_zone_error e;
	struct zg_zone *z = zg_zone_read(text, a, &e);

	if (!z)
		fail_msg("zone, line %u: %s", e.line, e.why);
	return z;
}

/* A zone with the name of the key and these records: texts with "\n" between them, "%" for the RSA key, "&" for
 * Ed25519, "^" for a short one. */
static struct zg_zone *key_zone(const char *records, struct zg_arena *a)
{
	char *mem = zg_arena_bytes(a, 65536);
	struct zg_buf b = zg_buf_of(mem, 65536);

	for (const char *p = records; *p; p = *p == '\n' ? p + 1 : p) {
		zg_buf_put(&b, ZG_S("sel._domainkey.example.com. 60 IN TXT \""));
		for (; *p && *p != '\n'; p++) {
			struct zg_slice piece = zg_slice_of(p, 1);

			if (*p == '%')
				piece = zg_slice_cstr(rsa_p);
			else if (*p == '&')
				piece = zg_slice_cstr(ed25519_p);
			else if (*p == '^')
				piece = zg_slice_cstr(short_p);
			if (piece.n > 100) {	/* a string holds 255 octets */
				zg_buf_put(&b, ZG_S("\" \""));
				zg_buf_put(&b, piece);
				zg_buf_put(&b, ZG_S("\" \""));
			} else {
				zg_buf_put(&b, piece);
			}
		}
		zg_buf_put(&b, ZG_S("\"\n"));
	}
	assert_false(b.is_full);
	return zone_of(zg_buf_slice(&b), a);
}

/* The first verdict of a message in a zone; its strings live in a. */
static struct zg_dkim_verdict verdict_of(struct zg_slice message, const struct zg_zone *z, int64_t now,
					 struct zg_arena *a)
{
	struct zg_dkim_verifier *v = take(message, now, 2, a);
	const struct zg_dkim_verdict *verdicts;
	struct zg_dkim_verdict first;
	struct zg_asker m;

	assert_non_null(v);
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(z, &m, a);
	assert_true(zg_dkim_verify_verdicts(v, &verdicts) > 0);
	first = verdicts[0];
	zg_dkim_verify_done(v);
	return first;
}

static const struct field_row {
	const char *proves;
	struct zg_slice field;
	enum zg_dkim_result result;
	const char *reason;	/* "no key": the field was accepted */
} field_rows[] = {
#define BH "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
#define GOOD "v=1; a=rsa-sha256; d=example.com; s=sel; h=from; " BH "b=AAAA"
	{ "a plain field", ZG_SI(GOOD), ZG_DKIM_PERMERROR, "no key" },
	{ "empty", ZG_SI(""), ZG_DKIM_PERMERROR, "no tags" },
	{ "no tag list", ZG_SI("hello"), ZG_DKIM_PERMERROR, "a tag without =" },
	{ "a tag twice", ZG_SI(GOOD "; v=1"), ZG_DKIM_PERMERROR, "a tag stands twice" },
	{ "version 2", ZG_SI("v=2; a=rsa-sha256; d=example.com; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"unknown version (v=)" },
	{ "no version", ZG_SI("a=rsa-sha256; d=example.com; s=sel; h=from; " BH "b=AAAA"),
		ZG_DKIM_PERMERROR, "v= is missing" },
	{ "rsa-sha1 (RFC 8301)", ZG_SI("v=1; a=rsa-sha1; d=example.com; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"rsa-sha1 is not accepted any more" },
	{ "no d=", ZG_SI("v=1; a=rsa-sha256; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR, "d= is missing" },
	{ "one label", ZG_SI("v=1; a=rsa-sha256; d=com; s=sel; h=from; " BH "b=AAAA"),
		ZG_DKIM_PERMERROR, "no domain name (d=)" },
	{ "a blank in d=", ZG_SI("v=1; a=rsa-sha256; d=exa mple.com; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no domain name (d=)" },
	{ "an address literal", ZG_SI("v=1; a=rsa-sha256; d=[192.0.2.1]; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no domain name (d=)" },
	{ "a last dot in d=", ZG_SI("v=1; a=rsa-sha256; d=example.com.; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no domain name (d=)" },
	{ "an empty label in s=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=a..b; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no selector (s=)" },
	{ "an underscore in s=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=a_b; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no key" },
	{ "an empty selector", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no selector (s=)" },
	{ "words without case (RFC 5234 2.3)", ZG_SI("v=1; a=RSA-SHA256; d=example.com; s=sel; h=from; c=Relaxed/SIMPLE; q=DNS/TXT; " BH
		"b=AAAA"), ZG_DKIM_PERMERROR, "no key" },
	{ "names of tags have case (RFC 6376 3.2)", ZG_SI("v=1; A=rsa-sha256; d=example.com; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"a= is missing" },
	{ "Latin-1 in an unknown tag: nobody reads it", ZG_SI(GOOD "; zz=caf\xe9"), ZG_DKIM_PERMERROR, "no key" },
	{ "From is not signed", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=to:subject; " BH "b=AAAA"),
		ZG_DKIM_PERMERROR,
		"From is not signed" },
	{ "an empty h=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no list of header fields (h=)" },
	{ "an empty name in h=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=from::to; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"no list of header fields (h=)" },
	{ "blanks around names in h=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h= to :\r\n FROM ; " BH "b=AAAA"),
		ZG_DKIM_PERMERROR, "no key" },
	{ "a short bh=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=AAAA; b=AAAA"), ZG_DKIM_PERMERROR,
		"no SHA-256 (bh=)" },
	{ "no base64 in bh=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=@; b=AAAA"), ZG_DKIM_PERMERROR,
		"no SHA-256 (bh=)" },
	{ "no base64 in b=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=from; " BH "b=*"), ZG_DKIM_PERMERROR,
		"no signature (b=)" },
	{ "an empty b=", ZG_SI("v=1; a=rsa-sha256; d=example.com; s=sel; h=from; " BH "b="), ZG_DKIM_PERMERROR,
		"no signature (b=)" },
	{ "an unknown canonicalization", ZG_SI(GOOD "; c=nofws"), ZG_DKIM_PERMERROR, "unknown canonicalization (c=)" },
	{ "an unknown body canonicalization", ZG_SI(GOOD "; c=relaxed/"), ZG_DKIM_PERMERROR, "unknown canonicalization (c=)" },
	{ "three canonicalizations", ZG_SI(GOOD "; c=simple/simple/simple"),
		ZG_DKIM_PERMERROR, "unknown canonicalization (c=)" },
	{ "one canonicalization", ZG_SI(GOOD "; c=relaxed"), ZG_DKIM_PERMERROR, "no key" },
	{ "i= outside d=", ZG_SI(GOOD "; i=@example.org"), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "i= that only ends like d=", ZG_SI(GOOD "; i=@badexample.com"), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "i= above d=", ZG_SI(GOOD "; i=@com"), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "i= without @", ZG_SI(GOOD "; i=example.com"), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "an empty i=", ZG_SI(GOOD "; i="), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "i= below d=, quoted", ZG_SI(GOOD "; i=a=40b=3Bc@sub.Example=2Ecom"), ZG_DKIM_PERMERROR, "no key" },
	{ "i= with a broken quote", ZG_SI(GOOD "; i=a=4@example.com"), ZG_DKIM_PERMERROR, "no identity (i=)" },
	{ "UTF-8 in i= (RFC 8616)", ZG_SI(GOOD "; i=jos\xc3\xa9@example.com"), ZG_DKIM_PERMERROR, "no key" },
	{ "no UTF-8 in i=", ZG_SI(GOOD "; i=jos\xe9@example.com"), ZG_DKIM_PERMERROR, "i= does not lie in d=" },
	{ "an l= that is no number", ZG_SI(GOOD "; l=-1"), ZG_DKIM_PERMERROR, "no number (l=)" },
	{ "an empty l=", ZG_SI(GOOD "; l="), ZG_DKIM_PERMERROR, "no number (l=)" },
	{ "an l= of 76 digits", ZG_SI(GOOD "; l=9999999999999999999999999999999999999999999999999999999999999999999999999999"),
		ZG_DKIM_PERMERROR, "no key" },
	{ "an l= of 77 digits",
		ZG_SI(GOOD "; l=99999999999999999999999999999999999999999999999999999999999999999999999999999"),
		ZG_DKIM_PERMERROR, "no number (l=)" },
	{ "a t= that is no number", ZG_SI(GOOD "; t=now"), ZG_DKIM_PERMERROR, "no number (t=)" },
	{ "x= before t=", ZG_SI(GOOD "; t=2000000000; x=1999999999"), ZG_DKIM_PERMERROR, "x= does not lie after t=" },
	{ "x= at t=", ZG_SI(GOOD "; t=2000000000; x=2000000000"), ZG_DKIM_PERMERROR, "x= does not lie after t=" },
	{ "x= a second ago", ZG_SI(GOOD "; x=1599999999"), ZG_DKIM_FAIL, "the signature has expired (x=)" },
	{ "x= now", ZG_SI(GOOD "; x=1600000000"), ZG_DKIM_PERMERROR, "no key" },
	{ "x= far away", ZG_SI(GOOD "; x=99999999999999999999"), ZG_DKIM_PERMERROR, "no key" },
	{ "no known q=", ZG_SI(GOOD "; q=dns"), ZG_DKIM_PERMERROR, "no known way to get the key (q=)" },
	{ "a known q= behind another", ZG_SI(GOOD "; q=http/x:dns/txt"), ZG_DKIM_PERMERROR, "no key" },
	{ "U-labels in d= (RFC 8616)", ZG_SI("v=1; a=rsa-sha256; d=b\xc3\xbc" "cher.example; s=sel; h=from; " BH "b=AAAA"),
		ZG_DKIM_TEMPERROR, "no answer about the key" },
	{ "capitals in a U-label: RFC 5890 knows none, but UTS 46 maps them to one name, here as in a browser", ZG_SI("v=1; a=rsa-sha256; "
		"d=B\xc3\x9c" "CHER.example; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_TEMPERROR, "no answer about the key" },
	{ "a U-label in pieces (NFD): the same", ZG_SI("v=1; a=rsa-sha256; d=bu\xcc\x88" "cher.example; s=sel; h=from; " BH "b=AAAA"),
		ZG_DKIM_TEMPERROR, "no answer about the key" },
	{ "a label that no mapping makes one", ZG_SI("v=1; a=rsa-sha256; d=a\xe2\x80\xae" "b.example; s=sel; h=from; " BH "b=AAAA"),
		ZG_DKIM_PERMERROR, "no domain name (d=)" },
	{ "a z= of two copies", ZG_SI(GOOD "; z=From:x=20y|\r\n To : =3B"), ZG_DKIM_PERMERROR, "no key" },
	{ "a copy without a colon", ZG_SI(GOOD "; z=From:x|To"), ZG_DKIM_PERMERROR, "no copies of header fields (z=)" },
	{ "a copy without a name", ZG_SI(GOOD "; z=:x"), ZG_DKIM_PERMERROR, "no copies of header fields (z=)" },
	{ "a copy with a broken quote", ZG_SI(GOOD "; z=From:x=2"), ZG_DKIM_PERMERROR, "no copies of header fields (z=)" },
	{ "an empty z=", ZG_SI(GOOD "; z="), ZG_DKIM_PERMERROR, "no copies of header fields (z=)" },
	{ "a t= that lies ahead: a wrong clock does not change who signed", ZG_SI(GOOD "; t=1900000000"), ZG_DKIM_PERMERROR,
		"no key" },
	{ "blanks around the slash of c=", ZG_SI(GOOD "; c=relaxed / simple"), ZG_DKIM_PERMERROR,
		"unknown canonicalization (c=)" },
	{ "blanks inside a=", ZG_SI("v=1; a=rsa- sha256; d=example.com; s=sel; h=from; " BH "b=AAAA"), ZG_DKIM_PERMERROR,
		"unknown algorithm (a=)" },
	{ "blanks inside t=", ZG_SI(GOOD "; t=1 2"), ZG_DKIM_PERMERROR, "no number (t=)" },
	{ "folds around every value", ZG_SI("v\r\n =\r\n 1\r\n ; a\t=\trsa-sha256 ;\r\n\td = example.com;s= sel ; h=from\r\n :\r\n to;"
		"bh= AAAAAAAAAAAAAAAAAAA\r\n AAAAAAAAAAAAAAAAAAAAAAAA= ; b= AA\r\n\tAA \r\n "), ZG_DKIM_PERMERROR, "no key" },
};

static void fields_wrong_in_one_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(field_rows) / sizeof(field_rows[0]); i++) {
		char mem[2048];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));
		struct zg_dkim_verdict verdict;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		zg_buf_put(&b, ZG_S("DKIM-Signature: "));
		zg_buf_put(&b, field_rows[i].field);
		zg_buf_put(&b, ZG_S("\r\nFrom: a@example.com\r\n\r\n"));
		verdict = verdict_of(zg_buf_slice(&b), zone_of(ZG_S(
			"sel._domainkey.xn--bcher-kva.example. 0 IN TIMEOUT TXT\n"), &a), 1600000000, &a);
		if (verdict.result != field_rows[i].result || strcmp(verdict.reason, field_rows[i].reason) != 0)
			fail_msg("%s: %s", field_rows[i].proves, verdict.reason);
		zg_arena_reset(&a);
	}
}

static void names_of_253_octets(void **state)
{
	static const char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.";	/* 61 */

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		char mem[2048];
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));
		struct zg_dkim_verdict verdict;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		zg_buf_put(&b, ZG_S("DKIM-Signature: v=1; a=rsa-sha256; d="));
		for (int i = 0; i < 3; i++)
			zg_buf_put(&b, zg_slice_cstr(label));
		zg_buf_put(&b, ZG_S("example; s="));	/* d= has 190, the joint 12 */
		zg_buf_put(&b, zg_slice_sub(zg_slice_cstr(label), 0, 51 + over));
		zg_buf_put(&b, ZG_S("; h=from; " BH "b=AAAA\r\nFrom: a@example.com\r\n\r\n"));
		verdict = verdict_of(zg_buf_slice(&b), zone_of(ZG_S(""), &a), 0, &a);
		assert_string_equal(verdict.reason, over ? "s= and d= are too long together" : "no key");
		zg_arena_reset(&a);
	}
}

static const struct key_row {
	const char *proves;
	const char *records;	/* as key_zone has them */
	struct zg_slice tags;	/* behind the usual ones */
	enum zg_dkim_result result;
	const char *reason;
	unsigned bits;
	bool is_ed25519, is_testing;
} key_rows[] = {
	{ "a plain key", "v=DKIM1; k=rsa; p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "an Ed25519 key", "v=DKIM1; k=ed25519; p=&", ZG_SI(""), ZG_DKIM_PASS, "", 256, true, false },
	{ "only p=", "p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "an RSA key for an Ed25519 signature", "v=DKIM1; p=%", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key is of another type than a= says (k=)", 0, true, false },
	{ "revoked", "v=DKIM1; t=y; p=", ZG_SI(""), ZG_DKIM_PERMERROR, "the key is revoked (p= is empty)", 0, false, true },
	{ "no p=", "v=DKIM1; k=rsa", ZG_SI(""), ZG_DKIM_PERMERROR, "the key record has no p=", 0, false, false },
	{ "v= is not first", "k=rsa; v=DKIM1; p=%", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record is of another version (v=)", 0, false, false },
	{ "v= of another kind", "v=DKIM1.0; p=%", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record is of another version (v=)", 0, false, false },
	{ "v= in lower case", "v=dkim1; p=%", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record is of another version (v=)", 0, false, false },
	{ "no tag list", "hello", ZG_SI(""), ZG_DKIM_PERMERROR, "the key record has a tag without =", 0, false, false },
	{ "an unknown type", "v=DKIM1; k=dsa; p=%", ZG_SI(""), ZG_DKIM_PERMERROR, "unknown key type (k=)", 0, false, false },
	{ "only SHA-1", "v=DKIM1; h=sha1; p=%", ZG_SI(""),
		ZG_DKIM_PERMERROR, "the key is not for SHA-256 (h=)", 0, false, false },
	{ "another service", "v=DKIM1; s=tlsrpt; p=%", ZG_SI(""),
		ZG_DKIM_PERMERROR, "the key is not for e-mail (s=)", 0,
		false, false },
	{ "all services", "v=DKIM1; s=x:*; p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "testing", "v=DKIM1; t=x:y; p=%", ZG_SI(""), ZG_DKIM_PASS, "the key is for tests only (t=y)", 1024, false,
		true },
	{ "strict, i= at d=", "v=DKIM1; t=s; p=%", ZG_SI(" i=@Example.com;"), ZG_DKIM_PASS, "", 1024, false, false },
	{ "strict, i= below d=", "v=DKIM1; t=y:s; p=%", ZG_SI(" i=@sub.example.com;"), ZG_DKIM_PERMERROR,
		"i= must be at d= with this key (t=s)", 0, false, true },
	{ "512 bits (RFC 8301)", "v=DKIM1; p=^", ZG_SI(""), ZG_DKIM_PERMERROR, "the key is shorter than 1024 bits", 512,
		false, false },
	{ "no base64", "v=DKIM1; p=@", ZG_SI(""), ZG_DKIM_PERMERROR, "the key cannot be read (p=)", 0, false, false },
	{ "no key in the base64", "v=DKIM1; p=AAAA", ZG_SI(""),
		ZG_DKIM_PERMERROR, "the key cannot be read (p=)", 0, false, false },
	{ "a record of something else beside it", "v=spf1 -all\nv=DKIM1; p=%", ZG_SI(""),
		ZG_DKIM_PASS, "", 1024, false, false },
	{ "behind it", "v=DKIM1; p=%\nv=spf1 -all", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "another key first", "v=DKIM1; k=ed25519; p=&\nv=DKIM1; t=y; p=%", ZG_SI(""), ZG_DKIM_PASS,
		"the key is for tests only (t=y)", 1024, false, true },
	{ "only records of something else", "v=spf1 -all\nhello", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record is of another version (v=)", 0, false, false },
	{ "eight records are tried", "a\na\na\na\na\na\na\np=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "a ninth is not", "a\na\na\na\na\na\na\na\np=%", ZG_SI(""),
		ZG_DKIM_PERMERROR, "too many key records", 0,
		false, false },
	{ "a tag twice in the record", "v=DKIM1; p=%; p=%", ZG_SI(""), ZG_DKIM_PERMERROR, "the key record has a tag twice", 0,
		false, false },
	{ "a line end in p= that is no fold", "v=DKIM1; p=\\010%", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record has a line end that is no fold", 0,
		false, false },
	{ "a line end behind the record", "v=DKIM1; p=%\\013\\010", ZG_SI(""), ZG_DKIM_PERMERROR,
		"the key record has a line end that is no fold", 0, false, false },
	{ "a fold in p=", "v=DKIM1; p=\\013\\010 %", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "unknown flags and an empty one", "v=DKIM1; t=x::z; p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "g= of the first DKIM is unknown", "v=DKIM1; g=nobody; p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "n= may say anything", "v=DKIM1; n=a = b, =41; p=%", ZG_SI(""), ZG_DKIM_PASS, "", 1024, false, false },
	{ "t= without case: strict", "v=DKIM1; t=S; p=%", ZG_SI(" i=@sub.example.com;"), ZG_DKIM_PERMERROR,
		"i= must be at d= with this key (t=s)", 0, false, false },
	{ "t= without case: testing", "v=DKIM1; t=Y; p=%", ZG_SI(""), ZG_DKIM_PASS, "the key is for tests only (t=y)", 1024, false, true },
	{ "k= and h= without case, blanks around colons", "v=DKIM1; k=RSA; h=x : SHA256; s=x : Email; p=%", ZG_SI(""), ZG_DKIM_PASS,
		"", 1024, false, false },
	{ "q=, t= and x= as they should be", "p=%", ZG_SI(" q=dns/txt; t=1; x=1600000001;"),
		ZG_DKIM_PASS, "", 1024, false, false },
};

static void keys_wrong_in_one_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
		const struct key_row *row = &key_rows[i];
		char mem[512];
		struct zg_buf tags = zg_buf_of(mem, sizeof(mem));
		struct craft c = { row->is_ed25519 ? &ed25519 : &rsa, ZG_S(FROM), { NULL, 0 }, ZG_S(""), ZG_S(BODY), 7 };
		struct zg_dkim_verdict v;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		zg_buf_put(&tags, row->is_ed25519 ? ZG_S(ED_TAGS) : ZG_S(TAGS));
		zg_buf_put(&tags, row->tags);
		c.tags = zg_buf_slice(&tags);
		v = verdict_of(craft_make(&c, &a), key_zone(row->records, &a), 1600000000, &a);
		if (v.result != row->result || strcmp(v.reason, row->reason) != 0 || v.bits != row->bits ||
		    v.is_testing != row->is_testing)
			fail_msg("%s: %s, %u bits", row->proves, v.reason, v.bits);
		assert_true(zg_slice_eq(v.domain, ZG_S("example.com")) && zg_slice_eq(v.selector, ZG_S("sel")));
		assert_int_equal(v.signature.n, 8);
		zg_arena_reset(&a);
	}
}

/* A record with an RSAPublicKey (RFC 8017 A.1.1) of so many octets of modulus, the first of them as given. */
static struct zg_zone *long_key_zone(const char *k, size_t octets, unsigned char first, struct zg_arena *a)
{
	unsigned char *der = (unsigned char *)zg_arena_bytes(a, octets + 12);
	size_t in = octets + 8, cap = 16384;
	char *text_mem = zg_arena_bytes(a, cap), *mem = zg_arena_bytes(a, cap);
	struct zg_buf text = zg_buf_of(text_mem, cap), b = zg_buf_of(mem, cap);
	const unsigned char head[] = { 0x30, 0x82, (unsigned char)(in >> 8), (unsigned char)in, 2, 0x82,
		(unsigned char)((octets + 1) >> 8), (unsigned char)(octets + 1), 0 };

	memset(der, 0x55, octets + 12);
	memcpy(der, head, sizeof(head));
	der[sizeof(head)] = first;
	memcpy(der + sizeof(head) + octets, (const unsigned char[]){ 2, 1, 3 }, 3);
	zg_b64_encode(zg_slice_of(der, octets + 12), &text);
	zg_buf_put(&b, ZG_S("sel._domainkey.example.com. 60 IN TXT \"k="));
	zg_buf_put(&b, zg_slice_cstr(k));
	zg_buf_put(&b, ZG_S("; p=\""));
	for (size_t i = 0; i < text.n; i += 200) {
		zg_buf_put(&b, ZG_S(" \""));
		zg_buf_put(&b, zg_slice_sub(zg_buf_slice(&text), i, 200));
		zg_buf_put(&b, ZG_S("\""));
	}
	zg_buf_putc(&b, '\n');
	assert_false(text.is_full || b.is_full);
	return zone_of(zg_buf_slice(&b), a);
}

static void keys_that_are_long(void **state)
{
	static const struct {
		const char *proves, *k;
		size_t octets;
		unsigned char first;
		enum zg_dkim_result result;
		const char *reason;
		unsigned bits;
	} rows[] = {
		{ "8192 bits are read", "rsa", 1024, 0xff, ZG_DKIM_FAIL, "the signature does not fit (b=)", 8192 },
		{ "8200 are not", "rsa", 1025, 0xff, ZG_DKIM_PERMERROR, "the key is longer than 8192 bits", 0 },
		{ "16384, more than is decoded", "rsa", 2048, 0xff, ZG_DKIM_PERMERROR, "the key is longer than 8192 bits", 0 },
		{ "an Ed25519 key has no length", "ed25519", 1025, 0xff, ZG_DKIM_PERMERROR, "the key cannot be read (p=)", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_rsa = rows[i].k[0] == 'r';
		struct craft c = { is_rsa ? &rsa : &ed25519, ZG_S(FROM), is_rsa ? ZG_S(TAGS) : ZG_S(ED_TAGS), ZG_S(""), ZG_S(BODY), 7 };
		struct zg_dkim_verdict v;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		v = verdict_of(craft_make(&c, &a), long_key_zone(rows[i].k, rows[i].octets, rows[i].first, &a), 0, &a);
		if (v.result != rows[i].result || strcmp(v.reason, rows[i].reason) != 0 || v.bits != rows[i].bits)
			fail_msg("%s: %s, %u bits", rows[i].proves, v.reason, v.bits);
		zg_arena_reset(&a);
	}
}

static const struct message_row {
	const char *proves;
	struct craft c;
	enum zg_dkim_result result;
	const char *reason;
} message_rows[] = {
#define ROW(fields, tags, top, body, hashed) \
	{ &rsa, ZG_SI(fields), ZG_SI(tags), ZG_SI(top), ZG_SI(body), hashed }
	{ "plain", ROW(FROM, TAGS, "", BODY, 7), ZG_DKIM_PASS, "" },
	{ "another From on top of one that is signed once", ROW(FROM, TAGS, "From: b@example.org\r\n", BODY, 7),
		ZG_DKIM_PERMERROR,
		"there is not exactly one From with one address" },
	{ "the same where From is signed twice", ROW(FROM, "v=1; a=rsa-sha256; c=relaxed; d=example.com; s=sel; h=from:from;",
		"From: b@example.org\r\n", BODY, 7), ZG_DKIM_FAIL, "the signature does not fit (b=)" },
	{ "From with two addresses", ROW("from:a@example.com, b@example.com\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR,
		"there is not exactly one From with one address" },
	{ "From with none", ROW("from:undisclosed:;\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR,
		"there is not exactly one From with one address" },
	{ "words in From", ROW("from:nobody\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR, "From cannot be read" },
	{ "Latin-1 in From", ROW("from:\xe9 <a@example.com>\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR, "From cannot be read" },
	{ "a source route in From", ROW("from:<@x,@y:a@example.com>\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR,
		"From cannot be read" },
	{ "blanks around dots in From", ROW("from:a . b @ example . com\r\n", TAGS, "", BODY, 7), ZG_DKIM_PERMERROR,
		"From cannot be read" },
	{ "two From that cannot be read", ROW("from:nobody\r\n", TAGS, "From: nobody\r\n", BODY, 7), ZG_DKIM_PERMERROR,
		"there is not exactly one From with one address" },
	{ "an address literal in From: d= says who signed", ROW("from:a@[192.0.2.1]\r\n", TAGS, "", BODY, 7), ZG_DKIM_PASS, "" },
	{ "no From at all",
		ROW("to:a@example.com\r\n", "v=1; a=rsa-sha256; c=relaxed; d=example.com; s=sel; h=from:to;", "", BODY,
		7), ZG_DKIM_PERMERROR, "there is not exactly one From with one address" },
	{ "l= of the whole body", ROW(FROM, TAGS " l=7;", "", BODY, 7), ZG_DKIM_PASS, "" },
	{ "l= of a part", ROW(FROM, TAGS " l=5;", "", BODY, 5), ZG_DKIM_POLICY, "the body goes on behind l=" },
	{ "l=0", ROW(FROM, TAGS " l=0;", "", BODY, 0), ZG_DKIM_POLICY, "the body goes on behind l=" },
	{ "l= beyond the body", ROW(FROM, TAGS " l=8;", "", BODY, 7), ZG_DKIM_PERMERROR, "l= is larger than the body" },
	{ "l= of a part, another hash", ROW(FROM, TAGS " l=5;", "", BODY, 4), ZG_DKIM_FAIL, "the body has changed (bh=)" },
	{ "another body", ROW(FROM, TAGS, "", BODY, 6), ZG_DKIM_FAIL, "the body has changed (bh=)" },
	{ "h= names its own field: it is not taken", ROW(FROM, "v=1; a=rsa-sha256; c=relaxed; d=example.com; s=sel; "
		"h=from:dkim-signature;", "", BODY, 7), ZG_DKIM_PASS, "" },
	{ "h= names another signature", ROW("dkim-signature:x\r\n" FROM, "v=1; a=rsa-sha256; c=relaxed; d=example.com; s=sel; "
		"h=dkim-signature:from;", "", BODY, 7), ZG_DKIM_PASS, "" },
	{ "unknown tags are signed too", ROW(FROM, TAGS " foo=bar baz;", "", BODY, 7), ZG_DKIM_PASS, "" },
};

static void messages_wrong_in_one_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(message_rows) / sizeof(message_rows[0]); i++) {
		struct zg_dkim_verdict v;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		v = verdict_of(craft_make(&message_rows[i].c, &a), key_zone("p=%", &a), 0, &a);
		if (v.result != message_rows[i].result || strcmp(v.reason, message_rows[i].reason) != 0)
			fail_msg("%s: %s", message_rows[i].proves, v.reason);
		zg_arena_reset(&a);
	}
}

static void dns_that_fails(void **state)
{
	static const struct {
		const char *proves;
		struct zg_slice zone;
		enum zg_dkim_result result;
		const char *reason;
	} rows[] = {
		{ "no such name", ZG_SI(""), ZG_DKIM_PERMERROR, "no key" },
		{ "the name without TXT", ZG_SI("sel._domainkey.example.com. 1 IN A 192.0.2.1\n"), ZG_DKIM_PERMERROR, "no key" },
		{ "no answer", ZG_SI("sel._domainkey.example.com. 0 IN TIMEOUT TXT\n"),
		ZG_DKIM_TEMPERROR, "no answer about the key" },
		{ "a failing server", ZG_SI("sel._domainkey.example.com. 0 IN SERVFAIL *\n"), ZG_DKIM_TEMPERROR,
			"the DNS failed to answer about the key" },
		{ "a forged answer", ZG_SI("sel._domainkey.example.com. 0 IN BOGUS TXT\n"), ZG_DKIM_TEMPERROR,
			"the answer about the key is forged (DNSSEC)" },
	};
	struct craft c = { &rsa, ZG_S(FROM), ZG_S(TAGS), ZG_S(""), ZG_S(BODY), 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_dkim_verdict v;
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, ROOM);
		v = verdict_of(craft_make(&c, &a), zone_of(rows[i].zone, &a), 0, &a);
		if (v.result != rows[i].result || strcmp(v.reason, rows[i].reason) != 0)
			fail_msg("%s: %s", rows[i].proves, v.reason);
		zg_arena_reset(&a);
	}
}

/* --- many signatures, answers in any order ------------------------------------------------------------------- */

static const char many_zone[] =
	"s0._domainkey.example.com. 60 IN TXT \"p=11\"\n"
	"s1._domainkey.example.com. 60 IN TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
	"s2._domainkey.example.com. 0 IN TIMEOUT TXT\n"
	"s3._domainkey.example.com. 60 IN TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
	"s4._domainkey.example.com. 60 IN TXT \"v=DKIM1; k=ed25519; p=\"\n"
	"s6._domainkey.example.com. 60 IN TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n";
static const enum zg_dkim_result many_want[] = {
	ZG_DKIM_PERMERROR, ZG_DKIM_PASS, ZG_DKIM_TEMPERROR, ZG_DKIM_POLICY, ZG_DKIM_PERMERROR, ZG_DKIM_PERMERROR, ZG_DKIM_FAIL,
	ZG_DKIM_PASS,
};

/* Ten signatures over one From and body: s0 to s6, then s1 thrice; l= and canonicalizations differ. */
static struct zg_slice many_make(struct zg_arena *a)
{
	static const struct { char selector; struct zg_slice more; size_t hashed; } v[] = {
		{ '0', ZG_SI(" c=relaxed/simple;"), 7 }, { '1', ZG_SI(" c=relaxed/simple;"), 7 },
		{ '2', ZG_SI(" c=relaxed/relaxed;"), 7 }, { '3', ZG_SI(" c=relaxed/relaxed; l=5;"), 5 },
		{ '4', ZG_SI(" c=relaxed/simple;"), 7 }, { '5', ZG_SI(" c=relaxed/simple;"), 7 },
		{ '6', ZG_SI(" c=relaxed/relaxed;"), 6 }, { '1', ZG_SI(" c=relaxed/relaxed;"), 7 },
		{ '1', ZG_SI(" c=relaxed/simple;"), 7 }, { '1', ZG_SI(" c=relaxed/simple;"), 7 },
	};
	char *mem = zg_arena_bytes(a, 16384);
	struct zg_buf out = zg_buf_of(mem, 16384);

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char text[256];
		struct zg_buf tags = zg_buf_of(text, sizeof(text));
		struct craft c = { &ed25519, ZG_S(FROM), { NULL, 0 }, ZG_S(""), ZG_S(BODY), v[i].hashed };
		struct zg_slice one;

		zg_buf_put(&tags, ZG_S("v=1; a=ed25519-sha256; d=example.com; h=from; s=s"));
		zg_buf_putc(&tags, v[i].selector);
		zg_buf_putc(&tags, ';');
		zg_buf_put(&tags, v[i].more);
		c.tags = zg_buf_slice(&tags);
		one = craft_make(&c, a);
		zg_buf_put(&out, zg_slice_sub(one, 0, zg_slice_find_slice(one, ZG_S(FROM))));
	}
	zg_buf_put(&out, ZG_S(FROM "\r\n" BODY));
	assert_false(out.is_full);
	return zg_buf_slice(&out);
}

static void verdicts_are_the_wanted(struct zg_dkim_verifier *v)
{
	const struct zg_dkim_verdict *got;

	assert_int_equal(zg_dkim_verify_verdicts(v, &got), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(got[i].result, many_want[i]);
}

static void answers_in_any_order(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 40; round++) {
		const struct zg_dns_q *q[16], *first;
		struct zg_dkim_verifier *v;
		const struct zg_zone *z;
		struct zg_dns_a other;
		struct zg_arena a;
		size_t count = 0;

		zg_arena_init(&a, &testdata_heap, ROOM);
		v = take(many_make(&a), 0, 1, &a);
		z = zone_of(zg_slice_of(many_zone, sizeof(many_zone) - 1), &a);
		assert_int_equal(zg_dkim_verify_step(v, &first), ZG_ASK);
		for (const struct zg_dns_q *p = first; p; p = p->next)
			q[count++] = p;
		assert_int_equal(count, 7);	/* s1 is asked for once, the ninth and tenth signature are not read */
		zg_zone_answer(z, &(struct zg_dns_q){ .name = ZG_S("s1._domainkey.example.com"), .type = ZG_DNS_A }, &a, &other);
		zg_dkim_verify_feed(v, &other);
		zg_zone_answer(z, &(struct zg_dns_q){ .name = ZG_S("other.example.com"), .type = ZG_DNS_TXT }, &a, &other);
		zg_dkim_verify_feed(v, &other);
		while (count) {
			size_t at = round == 0 ? 0 : round == 1 ? count - 1 : testdata_random(&seed, (unsigned)count);
			struct zg_dns_a answer;
			size_t open = 0;

			zg_zone_answer(z, q[at], &a, &answer);
			zg_dkim_verify_feed(v, &answer);
			zg_dkim_verify_feed(v, &(struct zg_dns_a){ .name = answer.name, .type = answer.type,
				.status = ZG_DNS_NXDOMAIN });	/* told twice: the first counts */
			memmove(&q[at], &q[at + 1], (count - at - 1) * sizeof(q[0]));
			count--;
			if (count) {
				assert_int_equal(zg_dkim_verify_step(v, &first), ZG_ASK);
				for (const struct zg_dns_q *p = first; p; p = p->next)
					open++;
				assert_int_equal(open, count);
			}
		}
		assert_int_equal(zg_dkim_verify_step(v, &first), ZG_DONE);
		verdicts_are_the_wanted(v);
		zg_dkim_verify_done(v);
		zg_arena_reset(&a);
	}
}

static void answers_before_and_between_the_body(void **state)
{
	struct zg_slice message, piece = ZG_S("");
	struct zg_dkim_verifier *v;
	const struct zg_dkim_verdict *got;
	struct zg_headers h;
	struct zg_asker m;
	struct zg_arena a;
	size_t end;

	(void)state;
	zg_arena_init(&a, &testdata_heap, ROOM);
	message = many_make(&a);
	end = zg_header_end(message);
	v = zg_dkim_verify_new(&crypt, &a, 0);
	assert_int_equal(zg_header_index(zg_slice_sub(message, 0, end), &a, &h), ZG_HEADER_OK);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, piece);
	zg_dkim_verify_body(v, zg_slice_sub(message, end, 3));
	m = zg_dkim_verify_asker(v);
	assert_int_equal(zg_zone_drive(zone_of(zg_slice_of(many_zone, sizeof(many_zone) - 1), &a), &m, &a), 7);
	assert_int_equal(zg_dkim_verify_verdicts(v, &got), 8);
	assert_int_equal(got[1].result, ZG_DKIM_TEMPERROR);	/* the body is not over */
	zg_dkim_verify_body(v, zg_slice_sub(message, end + 3, message.n));
	zg_dkim_verify_end(v);
	zg_dkim_verify_end(v);
	verdicts_are_the_wanted(v);
	zg_dkim_verify_done(v);
	zg_arena_reset(&a);
}

static void no_answer_is_no_verdict(void **state)
{
	const struct zg_dkim_verdict *got;
	struct zg_dkim_verifier *v;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &testdata_heap, ROOM);
	v = take(many_make(&a), 0, 1, &a);
	assert_int_equal(zg_dkim_verify_verdicts(v, &got), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(got[i].result, ZG_DKIM_TEMPERROR);
	zg_dkim_verify_done(v);
	zg_arena_reset(&a);
}

/* --- too little memory --------------------------------------------------------------------------------------- */

/* Runs it all in memory that may end; every verdict is the right one or temperror. */
static bool run_in(struct zg_arena *a, struct zg_slice message, const struct zg_zone *z, struct zg_arena *answers)
{
	struct zg_dkim_verifier *v = take(message, 0, 1, a);
	const struct zg_dkim_verdict *got;
	bool was_right = true;
	struct zg_asker m;

	if (!v)
		return false;
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(z, &m, answers);
	assert_int_equal(zg_dkim_verify_verdicts(v, &got), 8);
	for (size_t i = 0; i < 8; i++) {
		assert_true(got[i].result == many_want[i] || got[i].result == ZG_DKIM_TEMPERROR);
		was_right = was_right && got[i].result == many_want[i];
	}
	zg_dkim_verify_done(v);
	return was_right;
}

static void every_allocation_fails_once(void **state)
{
	struct zg_arena a, world;
	struct zg_slice message;
	struct zg_zone *z;
	bool is_right = false;

	(void)state;
	zg_arena_init(&world, &testdata_heap, ROOM);
	message = many_make(&world);
	z = zone_of(zg_slice_of(many_zone, sizeof(many_zone) - 1), &world);
	for (int i = 0; i < 100 && !is_right; i++) {
		zg_arena_init(&a, &testdata_heap, ROOM);
		testdata_failing = i;
		is_right = run_in(&a, message, z, &world) && testdata_failing >= 0;
		testdata_failing = -1;
		zg_arena_reset(&a);
	}
	assert_true(is_right);
	for (size_t n = 0; n < 65536; n += 111) {
		char *mem = malloc(n ? n : 1);	/* a write behind it is seen */

		assert_non_null(mem);
		zg_arena_init_fixed(&a, mem, n);
		is_right = run_in(&a, message, z, &world);
		free(mem);
	}
	assert_true(is_right);	/* 64 KiB suffice */
	zg_arena_reset(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_basic),
		cmocka_unit_test(set_rfc),
		cmocka_unit_test(fields_wrong_in_one_way),
		cmocka_unit_test(names_of_253_octets),
		cmocka_unit_test(keys_wrong_in_one_way),
		cmocka_unit_test(keys_that_are_long),
		cmocka_unit_test(messages_wrong_in_one_way),
		cmocka_unit_test(dns_that_fails),
		cmocka_unit_test(answers_in_any_order),
		cmocka_unit_test(answers_before_and_between_the_body),
		cmocka_unit_test(no_answer_is_no_verdict),
		cmocka_unit_test(every_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, open_keys, close_keys);
}
