/* test_dkim_bad.c - messages made to hurt: each has a verdict, the same at every run and in every split, within eight
 * questions and a megabyte of memory (its header, where it has more). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/dkim.h>
#include "base/limits.h"
#include "testdata.h"

#define ROOM (1u << 20)			/* octets for a verifier or signer, beside the message */
#define PIECE 65536u
#define BH "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SIGNATURE "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from:to; " BH "; b=AAAA\r\n"
#define FROM "From: a@example.com\r\n"

static struct zg_crypt crypt;

static int open_crypt(void **state)
{
	(void)state;
	return zg_crypt_init(&crypt);
}

static int close_crypt(void **state)
{
	(void)state;
	zg_crypt_done(&crypt);
	return 0;
}

/* A header of parts that are repeated. */
struct part {
	struct zg_slice text;
	size_t times;
};

static struct zg_slice parts_join(const struct part *parts, size_t count, char **ret_mem)
{
	size_t n = 1;
	struct zg_buf b;

	for (size_t i = 0; i < count; i++)
		n += parts[i].text.n * parts[i].times;
	*ret_mem = malloc(n);
	assert_non_null(*ret_mem);
	b = zg_buf_of(*ret_mem, n);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < parts[i].times; k++)
			zg_buf_put(&b, parts[i].text);
	assert_false(b.is_full);
	return zg_buf_slice(&b);
}

/* What came of it. */
struct outcome {
	enum zg_header_error error;
	size_t count, questions;
	struct zg_dkim_verdict v[ZG_LIMIT_SIGNATURES];
};

/* Feeds `times` pieces of text, cut in pieces of cut octets. */
static void body_feed(struct zg_dkim_verifier *v, const struct part *body, size_t cut)
{
	for (size_t k = 0; k < body->times; k++)
		for (size_t at = 0; at < body->text.n; at += cut)
			zg_dkim_verify_body(v, zg_slice_sub(body->text, at, cut));
}

static size_t questions_answer(struct zg_dkim_verifier *v)
{
	const struct zg_dns_q *q;
	size_t count = 0;

	while (zg_dkim_verify_step(v, &q) == ZG_ASK) {
		struct zg_dns_a a = { .name = q->name, .type = q->type, .status = ZG_DNS_NXDOMAIN };

		count++;
		zg_dkim_verify_feed(v, &a);
	}
	return count;
}

static struct outcome verify(struct zg_slice header, const struct part *body, size_t cut, struct zg_arena *a)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(&crypt, a, 1600000000);
	struct outcome o = { .count = 0 };
	const struct zg_dkim_verdict *got;
	struct zg_headers h;

	assert_non_null(v);
	o.error = zg_header_index(header, a, &h);
	if (o.error == ZG_HEADER_OK) {
		zg_dkim_verify_header(v, &h);
		o.questions = questions_answer(v);
		body_feed(v, body, cut);
		zg_dkim_verify_end(v);
		o.count = zg_dkim_verify_verdicts(v, &got);
		memcpy(o.v, got, o.count * sizeof(got[0]));
	}
	zg_dkim_verify_done(v);
	return o;
}

static bool are_same(const struct outcome *a, const struct outcome *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (a->v[i].result != b->v[i].result || strcmp(a->v[i].reason, b->v[i].reason) != 0)
			return false;
	return a->error == b->error && a->count == b->count && a->questions == b->questions;
}

static char blanks[PIECE], eights[PIECE], nuls[PIECE], letters[PIECE], line[PIECE];

static void fill(void)
{
	memset(blanks, ' ', sizeof(blanks));
	memset(eights, 0xe9, sizeof(eights));
	memset(letters, 'A', sizeof(letters));
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\r';
	line[sizeof(line) - 1] = '\n';
}

#define ALL(array) { array, sizeof(array) }
static const struct row {
	const char *proves;
	struct part header[6];
	struct part body;
	enum zg_header_error error;
	size_t count, questions;	/* verdicts, questions */
	const char *reason;		/* of the first */
} rows[] = {
	{ "0 octets", { { ZG_SI(""), 0 } }, { ZG_SI(""), 0 }, ZG_HEADER_OK, 0, 0, NULL },
	{ "only an empty line", { { ZG_SI("\r\n"), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 0, 0, NULL },
	{ "a signature and nothing else", { { ZG_SI(SIGNATURE), 1 } }, { ZG_SI(""), 0 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "lines of 64 KiB in the body", { { ZG_SI(SIGNATURE FROM), 1 } }, { ALL(line), 16 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "a line of 64 KiB in the header", { { ZG_SI(SIGNATURE FROM "To: "), 1 }, { ALL(line), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_OK, 1, 1, "no key" },
	{ "NUL in the header", { { ZG_SI(SIGNATURE FROM "To: "), 1 }, { ALL(nuls), 1 }, { ZG_SI("\r\n"), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_NUL, 0, 0, NULL },
	{ "NUL in the body", { { ZG_SI(SIGNATURE FROM), 1 } }, { ALL(nuls), 16 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "octets above 127 in the header", { { ZG_SI(SIGNATURE FROM "To: "), 1 }, { ALL(eights), 1 }, { ZG_SI("\r\n"), 1 } },
		{ ALL(eights), 16 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "octets above 127 in a name", { { ZG_SI(SIGNATURE FROM "T\xe9: x\r\n"), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_NO_COLON, 0, 0,
		NULL },
	{ "999 signatures: eight are looked at, one question is put", { { ZG_SI(SIGNATURE), 999 }, { ZG_SI(FROM), 1 } },
		{ ZG_SI("x"), 1 }, ZG_HEADER_OK, 8, 1, "no key" },
	{ "1,000 signatures and a From", { { ZG_SI(SIGNATURE), 1000 }, { ZG_SI(FROM), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_TOO_MANY, 0, 0, NULL },
	{ "10,000 header fields", { { ZG_SI(SIGNATURE FROM), 1 }, { ZG_SI("X: y\r\n"), 10000 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_TOO_MANY, 0, 0, NULL },
	{ "1 MB of header", { { ZG_SI(SIGNATURE FROM "To: "), 1 }, { ALL(blanks), 16 }, { ZG_SI("x\r\n"), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_OK, 1, 1, "no key" },
	{ "4 M blanks in the header", { { ZG_SI(SIGNATURE FROM "To: "), 1 }, { ALL(blanks), 64 }, { ZG_SI("x\r\n"), 1 } },
		{ ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "4 M blanks in a line of the body", { { ZG_SI(SIGNATURE FROM), 1 } }, { ALL(blanks), 64 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "4 M empty lines, and no end", { { ZG_SI(SIGNATURE FROM), 1 } }, { ZG_SI("\r\n"), 4000000 }, ZG_HEADER_OK, 1, 1,
		"no key" },
	{ "4 M blanks in the signature", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; b="), 1 },
		{ ALL(blanks), 64 }, { ZG_SI("AAAA; " BH "\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "b= of 1 MB", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; " BH "; b="), 1 },
		{ ALL(letters), 16 }, { ZG_SI("\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 0, "no signature (b=)" },
	{ "bh= of 1 MB", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; b=AAAA; bh="), 1 },
		{ ALL(letters), 16 }, { ZG_SI("\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 0, "no SHA-256 (bh=)" },
	{ "i= of 1 MB", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; b=AAAA; " BH "; i="), 1 },
		{ ALL(letters), 16 }, { ZG_SI("@example.com\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 0,
		"no identity (i=)" },
	{ "d= of 1 MB", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; s=s; h=from; b=AAAA; " BH "; d="), 1 },
		{ ALL(letters), 16 }, { ZG_SI(".com\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 0, "no domain name (d=)" },
	{ "h= of 100,000 names", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; b=AAAA; " BH "; h=from"), 1 },
		{ ZG_SI(":a"), 100000 }, { ZG_SI("\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "100,000 tags", { { ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; b=AAAA; " BH), 1 },
		{ ZG_SI("; a=b"), 100000 }, { ZG_SI("\r\n" FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, 1, 0, "too many tags" },
	{ "a From of 1 MB", { { ZG_SI(SIGNATURE "From: "), 1 }, { ZG_SI("("), 200000 }, { ZG_SI("\r\n"), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_OK, 1, 1, "no key" },
	{ "a header that does not end", { { ZG_SI(SIGNATURE FROM "To: x"), 1 } }, { ZG_SI(""), 0 }, ZG_HEADER_OK, 1, 1, "no key" },
	{ "nothing but CR", { { ZG_SI("\r"), 1000 } }, { ZG_SI("\r"), 100000 }, ZG_HEADER_BARE_CR_LF, 0, 0, NULL },
	{ "nothing but LF", { { ZG_SI("\n"), 1000 } }, { ZG_SI("\n"), 100000 }, ZG_HEADER_BARE_CR_LF, 0, 0, NULL },
};

static void hostile_messages_have_a_verdict(void **state)
{
	static const size_t cuts[] = { PIECE, PIECE, 1000 };

	(void)state;
	fill();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char *mem, *room = malloc(ROOM);
		struct zg_slice header = parts_join(row->header, sizeof(row->header) / sizeof(row->header[0]), &mem);
		struct outcome first = { .count = 0 };

		assert_non_null(room);
		for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
			struct outcome o;
			struct zg_arena a;

			zg_arena_init_fixed(&a, room, ROOM);
			o = verify(header, &row->body, cuts[k], &a);
			if (o.error != row->error || o.count != row->count || o.questions != row->questions || a.is_full ||
			    (row->reason && strcmp(o.v[0].reason, row->reason) != 0))
				fail_msg("%s: error %d, %zu verdicts, %zu questions, %s", row->proves, (int)o.error, o.count,
					 o.questions, o.count ? o.v[0].reason : "");
			if (k && !are_same(&o, &first))
				fail_msg("%s: another verdict at another run", row->proves);
			first = o;
		}
		free(room);
		free(mem);
	}
}

/* Eight signatures with names of their own: eight questions, and no more however many there are. */
static void eight_questions_are_put_at_most(void **state)
{
	struct part parts[22];
	char text[20][256], *mem, *room = malloc(ROOM);
	struct outcome o;
	struct zg_arena a;

	(void)state;
	assert_non_null(room);
	for (size_t i = 0; i < 20; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s%zu; h=from; " BH
			"; b=AAAA\r\n", i);
		parts[i] = (struct part){ zg_slice_cstr(text[i]), 1 };
	}
	parts[20] = (struct part){ ZG_S(FROM), 1 };
	zg_arena_init_fixed(&a, room, ROOM);
	o = verify(parts_join(parts, 21, &mem), &(struct part){ ZG_S("x"), 1 }, 1, &a);
	assert_int_equal(o.count, 8);
	assert_int_equal(o.questions, 8);
	free(mem);
	free(room);
}

/* --- signing --------------------------------------------------------------------------------------------------- */

static const struct sign_row {
	const char *proves;
	struct part header[4];
	struct part body;
	enum zg_header_error error;
	enum zg_dkim_refusal want;
} sign_rows[] = {
	{ "0 octets", { { ZG_SI(""), 0 } }, { ZG_SI(""), 0 }, ZG_HEADER_OK, ZG_DKIM_NO_FROM },
	{ "1,000 fields called To", { { ZG_SI("To: x\r\n"), 999 }, { ZG_SI(FROM), 1 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK,
		ZG_DKIM_SIGNABLE },
	{ "10,000 header fields", { { ZG_SI(FROM), 1 }, { ZG_SI("X: y\r\n"), 10000 } }, { ZG_SI("x"), 1 }, ZG_HEADER_TOO_MANY,
		ZG_DKIM_SIGNABLE },
	{ "999 From", { { ZG_SI(FROM), 999 } }, { ZG_SI("x"), 1 }, ZG_HEADER_OK, ZG_DKIM_TWO_FROM },
	{ "a From of 200,000 parentheses", { { ZG_SI("From: "), 1 }, { ZG_SI("("), 200000 }, { ZG_SI("\r\n"), 1 } }, { ZG_SI("x"), 1 },
		ZG_HEADER_OK, ZG_DKIM_FROM_UNREADABLE },
	{ "a From of 100,000 addresses", { { ZG_SI("From: a@example.com"), 1 }, { ZG_SI(",a@example.com"), 100000 }, { ZG_SI("\r\n"), 1 } },
		{ ZG_SI("x"), 1 }, ZG_HEADER_OK, ZG_DKIM_FROM_TWO_ADDRESSES },
	{ "4 M blanks in the body", { { ZG_SI(FROM), 1 } }, { ALL(blanks), 64 }, ZG_HEADER_OK, ZG_DKIM_SIGNABLE },
	{ "a body of NUL", { { ZG_SI(FROM), 1 } }, { ALL(nuls), 16 }, ZG_HEADER_OK, ZG_DKIM_SIGNABLE },
	{ "4 M blanks in a field: no room for them, and said so", { { ZG_SI(FROM "To: "), 1 }, { ALL(blanks), 64 }, { ZG_SI("x\r\n"), 1 } },
		{ ZG_SI("x"), 1 }, ZG_HEADER_OK, ZG_DKIM_NO_ROOM },
};

static void hostile_messages_are_signed_or_refused(void **state)
{
	const struct zg_dkim_sign_opts opts = { .domain = ZG_S("example.com"), .selector = ZG_S("s"), .type = ZG_KEY_RSA,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = 1600000000, .expire = -1 };

	(void)state;
	fill();
	for (size_t i = 0; i < sizeof(sign_rows) / sizeof(sign_rows[0]); i++) {
		const struct sign_row *row = &sign_rows[i];
		struct zg_dkim_unsigned u = { { NULL, 0 }, { NULL, 0 } };
		char *mem, *room = malloc(ROOM);
		struct zg_slice header = parts_join(row->header, sizeof(row->header) / sizeof(row->header[0]), &mem);
		struct zg_dkim_signer s;
		struct zg_headers h;
		struct zg_arena a;

		assert_non_null(room);
		zg_arena_init_fixed(&a, room, ROOM);
		assert_int_equal(zg_dkim_sign_init(&s, &crypt, &opts), 0);
		for (size_t k = 0; k < row->body.times; k++)
			zg_dkim_sign_body(&s, row->body.text);
		if (zg_header_index(header, &a, &h) != row->error)
			fail_msg("%s: another error", row->proves);
		if (row->error == ZG_HEADER_OK && zg_dkim_sign_block(&s, &h, &a, &u) != row->want)
			fail_msg("%s", row->proves);
		assert_true((u.block.n > 0) == (row->error == ZG_HEADER_OK && row->want == ZG_DKIM_SIGNABLE));
		zg_dkim_sign_done(&s);
		free(room);
		free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_messages_have_a_verdict),
		cmocka_unit_test(eight_questions_are_put_at_most),
		cmocka_unit_test(hostile_messages_are_signed_or_refused),
	};

	return cmocka_run_group_tests(tests, open_crypt, close_crypt);
}
