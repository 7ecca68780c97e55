/* test_record_state.c - answers of servers, held against what is wanted; each row says what it proves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/address.h>
#include "lint/record_state.h"

#define R "_spf.relay.example"
#define RUA "rapport@zegel.example"
/* A key of 2048 bits as it stands in a record, in two halves. */
#define P1 "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvSMjPEsVvqF7Kp3nWzY0cGdT1xqNw8mRrU4Xk6uHhL2oJtQe9yBfZsDaI5bCvMgEwO" \
	"iXlN7rTqYjK0uPzS3dV8hFxGm1nAeRkQ2tWcJyL6sUoBpZvHfXaDi4IgM9TjKwEqYrCnS5uOl7bPzG0xRdVhFe8mNkAyQt3WcJ1LsUo6"
#define P2 "BpZv4HfXaDi2IgM8TjKwEqYrCnS9uOl5bPzG7xRdVhFe0mNkAyQt6WcJ3LsUo1BpZv8HfXaDi4IgaaM2TjKwIDAQAB"
#define DKIM "v=DKIM1; k=rsa; p=" P1 P2
#define OTHER "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaIDAQAB"

struct row {
	const char *what;
	enum zg_record_kind kind;
	const char *values[4];
	enum zg_seen seen;
	const char *code;	/* must be said; NULL: nothing may be */
	const char *wanted;	/* NULL: not looked at */
	size_t number;		/* of that finding */
};
#define K ZG_RECORD_DKIM
#define S ZG_RECORD_SPF
#define D ZG_RECORD_DMARC
#define RIGHT ZG_SEEN_RIGHT
#define MISSING ZG_SEEN_MISSING
#define DIFFERS ZG_SEEN_DIFFERS
#define TWICE ZG_SEEN_TWICE
#define OLD ZG_SEEN_OLD

static const struct row rows[] = {
	/* DKIM: by meaning */
	{ "as it should be", K, { DKIM }, RIGHT, NULL, DKIM, 0 },
	{ "other order, no blanks, a last semicolon", K, { "v=DKIM1;p=" P1 P2 ";k=rsa;" }, RIGHT, NULL, NULL, 0 },
	{ "blanks inside the key", K, { "v=DKIM1; k=rsa; p=" P1 " " P2 }, RIGHT, NULL, NULL, 0 },
	{ "no version, no type: the defaults", K, { "p=" P1 P2 }, RIGHT, NULL, NULL, 0 },
	{ "tags that nobody knows", K, { "v=DKIM1; n=core; k=rsa; p=" P1 P2 }, RIGHT, NULL, NULL, 0 },
	{ "t=y works, and is said", K, { "v=DKIM1; k=rsa; t=y; p=" P1 P2 }, RIGHT, "dkim_t_testing", NULL, 0 },
	{ "t=s:y too", K, { "v=DKIM1; k=rsa; t=s:y; p=" P1 P2 }, RIGHT, "dkim_t_testing", NULL, 0 },
	{ "h= with sha256", K, { "v=DKIM1; h=sha1:sha256; p=" P1 P2 }, RIGHT, NULL, NULL, 0 },
	{ "nothing", K, { NULL }, MISSING, "dkim_missing", DKIM, 0 },
	{ "another key", K, { "v=DKIM1; k=rsa; p=" OTHER }, DIFFERS, "dkim_mismatch", NULL, 0 },
	{ "a letter in another case is another key", K, { "v=DKIM1; k=rsa; p=MIIBIjaN" }, DIFFERS, "dkim_mismatch", NULL, 0 },
	{ "our key of before", K, { "v=DKIM1; k=rsa; p=OLD" }, OLD, NULL, NULL, 0 },
	{ "revoked", K, { "v=DKIM1; k=rsa; p=" }, DIFFERS, "dkim_revoked", NULL, 0 },
	{ "cut at 255", K, { "v=DKIM1; k=rsa; p=" P1 "BpZv4HfXaDi2IgM8TjKwEqY" }, DIFFERS, "dkim_truncated_255", NULL, sizeof(P2) - 24 },
	{ "cut elsewhere", K, { "v=DKIM1; k=rsa; p=MIIBIjAN" }, DIFFERS, "dkim_truncated", NULL, sizeof(P1 P2) - 9 },
	{ "literal quotes", K, { "\"v=DKIM1; k=rsa; p=" P1 "\" \"" P2 "\"" }, DIFFERS, "dkim_quotes", NULL, 0 },
	{ "typographic quotes", K, { "\xe2\x80\x9cv=DKIM1; k=rsa; p=" P1 P2 "\xe2\x80\x9d" }, DIFFERS, "dkim_quotes", NULL, 0 },
	{ "backslashes", K, { "v=DKIM1\\; k=rsa\\; p=" P1 P2 }, DIFFERS, "dkim_semicolon_escaped", NULL, 0 },
	{ "no semicolons", K, { "v=DKIM1 k=rsa p=" P1 P2 }, DIFFERS, "dkim_semicolon_missing", NULL, 0 },
	{ "no p", K, { "v=DKIM1; k=rsa" }, DIFFERS, "dkim_p_missing", NULL, 0 },
	{ "an SPF record, by a wildcard", K, { "v=spf1 -all" }, DIFFERS, "dkim_not_a_key", NULL, 0 },
	{ "a private key", K, { "-----BEGIN PRIVATE KEY-----MIIE" }, DIFFERS, "dkim_private_key_published", NULL, 0 },
	{ "a private key without its frame (PKCS#1)", K, { "v=DKIM1; p=MIICWwIBAAKBgQCx" }, DIFFERS, "dkim_private_key_published", NULL, 0 },
	{ "a private key without its frame (PKCS#8)", K, { "v=DKIM1; p=MIIEvgIBADANBgkqhkiG9w0BAQEF" },
	  DIFFERS, "dkim_private_key_published", NULL, 0 },
	{ "a certificate", K, { "v=DKIM1; p=-----BEGIN CERTIFICATE-----MIID" }, DIFFERS, "dkim_certificate_published", NULL, 0 },
	{ "a certificate without its frame", K, { "v=DKIM1; p=MIIDdzCCAl+gAwIBAgIE" }, DIFFERS, "dkim_certificate_published", NULL, 0 },
	{ "a PEM frame", K, { "v=DKIM1; p=-----BEGIN PUBLIC KEY-----" P1 P2 "-----END PUBLIC KEY-----" }, DIFFERS, "dkim_p_pem_header", NULL, 0 },
	{ "\\n in text", K, { "v=DKIM1; k=rsa; p=" P1 "\\n" P2 }, DIFFERS, "dkim_p_newline_text", NULL, 0 },
	{ "a zone line", K, { "zegel1._domainkey IN TXT ( v=DKIM1; k=rsa; p=" P1 P2 " )" }, DIFFERS, "dkim_zone_line_pasted", NULL, 0 },
	{ "another version", K, { "v=DKIM2; k=rsa; p=" P1 P2 }, DIFFERS, "dkim_version_bad", NULL, 0 },
	{ "the version later", K, { "k=rsa; v=DKIM1; p=" P1 P2 }, DIFFERS, "dkim_version_not_first", NULL, 0 },
	{ "a tag twice", K, { "v=DKIM1; k=rsa; k=rsa; p=" P1 P2 }, DIFFERS, "dkim_tag_duplicate", NULL, 0 },
	{ "another type", K, { "v=DKIM1; k=ed25519; p=" P1 P2 }, DIFFERS, "dkim_k_mismatch", NULL, 0 },
	{ "only sha1", K, { "v=DKIM1; h=sha1; p=" P1 P2 }, DIFFERS, "dkim_h_no_sha256", NULL, 0 },
	{ "not for mail", K, { "v=DKIM1; s=tlsrpt; p=" P1 P2 }, DIFFERS, "dkim_s_not_email", NULL, 0 },
	{ "no base64", K, { "v=DKIM1; k=rsa; p=M!!" }, DIFFERS, "dkim_p_not_base64", NULL, 0 },
	{ "two", K, { "v=DKIM1; k=rsa; p=" OTHER, DKIM }, TWICE, "dkim_multiple", NULL, 2 },
	{ "NUL in it", K, { "v=DKIM1; k=rsa; p=\x01" }, DIFFERS, "dkim_p_not_base64", NULL, 0 },
	/* SPF */
	{ "as it should be", S, { "v=spf1 include:" R " -all" }, RIGHT, NULL, "v=spf1 include:" R " -all", 0 },
	{ "beside other TXT", S, { "MS=ms1", "v=spf1 mx include:" R " -all" }, RIGHT, NULL, NULL, 0 },
	{ "none", S, { "MS=ms1" }, MISSING, "spf_missing", "v=spf1 mx include:" R " ~all", 0 },
	{ "no sender of ours", S, { "v=spf1 mx -all" }, DIFFERS, "spf_relay_missing", "v=spf1 mx include:" R " -all", 0 },
	{ "as it was before", S, { "v=spf1 a:old.example.be -all" }, OLD, "spf_relay_missing", NULL, 0 },
	{ "two", S, { "v=spf1 include:" R " -all", "v=spf1 mx -all" }, TWICE, "spf_multiple", "v=spf1 include:" R " mx -all", 2 },
	{ "a candidate is there, and differs", S, { "\"v=spf1 include:" R " -all\"" }, DIFFERS, "spf_quotes", NULL, 0 },
	/* DMARC */
	{ "none", D, { NULL }, MISSING, "dmarc_missing", "v=DMARC1; p=none; rua=mailto:" RUA, 0 },
	{ "another text", D, { "hello" }, MISSING, "dmarc_not_a_record", "v=DMARC1; p=none; rua=mailto:" RUA, 0 },
	{ "right", D, { "v=DMARC1; p=reject; rua=mailto:" RUA }, RIGHT, NULL, "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "right, in the owner's own way", D, { "v = DMARC1;sp=none;p=Quarantine;rua=mailto:a@example.be, MAILTO:" RUA "!10m" },
	  RIGHT, NULL, NULL, 0 },
	{ "two of others: ours is not a third", D, { "v=DMARC1; p=none; rua=mailto:a@x.be,mailto:b@x.be" }, RIGHT, NULL, NULL, 0 },
	{ "no rua", D, { "v=DMARC1; p=reject; adkim=s" }, DIFFERS, "dmarc_rua_missing", "v=DMARC1; p=reject; adkim=s; rua=mailto:" RUA, 0 },
	{ "one of another: ours is second", D, { "v=DMARC1; p=reject; rua=mailto:a@x.be; fo=1" }, DIFFERS, NULL,
	  "v=DMARC1; p=reject; rua=mailto:a@x.be,mailto:" RUA "; fo=1", 0 },
	{ "p right behind v, pct, rf and ri away", D, { "v=DMARC1; sp=reject; pct=50; p=quarantine; rf=afrf; ri=86400" }, DIFFERS, "dmarc_pct",
	  "v=DMARC1; p=quarantine; sp=reject; rua=mailto:" RUA, 0 },
	{ "pct stays where nothing else is written", D, { "v=DMARC1; p=quarantine; pct=50; rua=mailto:" RUA }, RIGHT, "dmarc_pct", NULL, 0 },
	{ "no p", D, { "v=DMARC1; rua=mailto:" RUA }, DIFFERS, "dmarc_p_missing", "v=DMARC1; p=none; rua=mailto:" RUA, 0 },
	{ "a p that is none", D, { "v=DMARC1; p=monitor; rua=mailto:" RUA }, DIFFERS, "dmarc_p_invalid", "v=DMARC1; p=none; rua=mailto:" RUA, 0 },
	{ "two: the stricter", D, { "v=DMARC1; p=none; fo=1", "v=DMARC1; p=reject" },
	  TWICE, "dmarc_multiple", "v=DMARC1; p=reject; rua=mailto:" RUA, 2 },
	{ "quotes", D, { "\"v=DMARC1; p=reject\"" }, DIFFERS, "dmarc_quotes", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "backslashes", D, { "v=DMARC1\\; p=reject" }, DIFFERS, "dmarc_escaped", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "commas", D, { "v=DMARC1, p=reject, rua=mailto:a@x.be,mailto:b@x.be" }, DIFFERS, "dmarc_separator",
	  "v=DMARC1; p=reject; rua=mailto:a@x.be,mailto:b@x.be", 0 },
	{ "blanks", D, { "v=DMARC1 p=quarantine" }, DIFFERS, "dmarc_separator", "v=DMARC1; p=quarantine; rua=mailto:" RUA, 0 },
	{ "small letters", D, { "v=dmarc1; p=reject" }, DIFFERS, "dmarc_version_bad", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "the version later", D, { "p=reject; v=DMARC1" }, DIFFERS, "dmarc_version_not_first", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "no version", D, { "p=reject" }, DIFFERS, "dmarc_version_bad", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "as it was before", D, { "v=DMARC1; p=none; fo=0" }, OLD, "dmarc_rua_missing", NULL, 0 },
	{ "a blank in front: no receiver takes it", D, { " v=DMARC1; p=reject" }, DIFFERS, "dmarc_quotes", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "a zone line", D, { "_dmarc IN TXT v=DMARC1; p=reject" }, DIFFERS, "dmarc_quotes", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "p twice: no list at all, the first stays", D, { "v=DMARC1; p=reject; p=none; rua=mailto:" RUA }, DIFFERS, "dmarc_tag_duplicate",
	  "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "two semicolons are no list", D, { "v=DMARC1;; p=reject; rua=mailto:" RUA }, DIFFERS, "dmarc_separator",
	  "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "an sp that is none spoils all, and goes", D, { "v=DMARC1; p=reject; sp=no; rua=mailto:" RUA }, DIFFERS, "dmarc_p_invalid",
	  "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "one edit from reject is reject", D, { "v=DMARC1; p=rejct; rua=mailto:" RUA }, DIFFERS, "dmarc_p_invalid",
	  "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "quarantined", D, { "v=DMARC1; p=quarantined" }, DIFFERS, "dmarc_p_invalid", "v=DMARC1; p=quarantine; rua=mailto:" RUA, 0 },
	{ "control characters go", D, { "v=DMARC1; p=reject; rua=mailto:a@x.be\x01\t" }, DIFFERS, "dmarc_separator",
	  "v=DMARC1; p=reject; rua=mailto:a@x.be,mailto:" RUA, 0 },
	{ "a no-break space", D, { "v=DMARC1;\xc2\xa0p=reject" }, DIFFERS, "dmarc_rua_missing", "v=DMARC1; p=reject; rua=mailto:" RUA, 0 },
	{ "two, and the address of each", D, { "v=DMARC1; p=reject; rua=mailto:a@x.be", "v=DMARC1; p=none; rua=mailto:b@x.be" }, TWICE,
	  "dmarc_multiple", "v=DMARC1; p=reject; rua=mailto:a@x.be,mailto:b@x.be", 2 },
	{ "a right one beside a quoted one is twice", D, { "v=DMARC1; p=none; rua=mailto:" RUA, "\"v=DMARC1; p=reject\"" }, TWICE, "dmarc_multiple",
	  "v=DMARC1; p=none; rua=mailto:" RUA, 2 },
	{ "beside other text it is right", D, { "hello", "v=DMARC1; p=none; rua=mailto:" RUA }, RIGHT, NULL, NULL, 0 },
};

static char memory[4u << 20];

static struct zg_want want_of(enum zg_record_kind kind)
{
	static const struct zg_slice old[] = { ZG_SI("v=DKIM1; k=rsa; p=OLD"), ZG_SI("v=spf1 a:old.example.be -all"),
		ZG_SI("v=DMARC1; p=none; fo=0") };

	return (struct zg_want){ .kind = kind, .value = ZG_S(DKIM), .spf = { .relay = ZG_S(R), .has_mx = true }, .rua = ZG_S(RUA),
		.old = old, .old_count = 3 };
}

static struct zg_answer answer_of(const struct row *r, struct zg_slice values[4])
{
	struct zg_answer answer = { .values = values };

	while (answer.count < 4 && r->values[answer.count]) {
		values[answer.count] = zg_slice_cstr(r->values[answer.count]);
		answer.count++;
	}
	return answer;
}

static const struct zg_finding *said(const struct zg_sight *s, const char *code)
{
	for (size_t i = 0; i < s->findings.count; i++)
		if (zg_slice_eq(zg_lint_name(s->findings.v[i].code), zg_slice_cstr(code)))
			return &s->findings.v[i];
	return NULL;
}

static void spans_check(const struct zg_spans *s, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		assert_true(s->v[i].n > 0 && s->v[i].from >= at);
		at = s->v[i].from + s->v[i].n;
		assert_true(at <= n);
	}
}

static void sight_check(const struct zg_answer *answer, const struct zg_sight *s)
{
	spans_check(&s->come, s->wanted.n);
	assert_int_equal(s->gone != NULL, answer->count > 0 && s->seen != MISSING ? 1 : s->gone != NULL);
	for (size_t i = 0; s->gone && i < answer->count; i++)
		spans_check(&s->gone[i], answer->values[i].n);
	for (size_t i = 0; i < s->findings.count; i++) {
		const struct zg_finding *f = &s->findings.v[i];

		assert_true(f->value == ZG_VALUE_NONE || (f->value < answer->count && f->at.from + f->at.n <= answer->values[f->value].n));
		assert_int_equal(f->severity, f->code == ZG_LINT_spf_terms_after_all ? f->severity : zg_lint_severity(f->code));
	}
}

static void row_run(const struct row *r)
{
	struct zg_want want = want_of(r->kind);
	struct zg_slice values[4];
	struct zg_answer answer = answer_of(r, values);
	const struct zg_finding *f;
	struct zg_arena a;
	struct zg_sight s, again;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
	assert_int_equal(s.seen, r->seen);
	f = r->code ? said(&s, r->code) : NULL;
	if (r->code && !f)
		fail_msg("%s is not said, but " ZG_FMT, r->code, ZG_ARG(s.findings.count ? zg_lint_name(s.findings.v[0].code) : ZG_S("nothing")));
	if (!r->code && s.findings.count)
		fail_msg(ZG_FMT " is said", ZG_ARG(zg_lint_name(s.findings.v[0].code)));
	if (f)
		assert_int_equal(f->number, r->number);
	if (r->wanted && !zg_slice_eq(s.wanted, zg_slice_cstr(r->wanted)))
		fail_msg("wanted " ZG_FMT, ZG_ARG(s.wanted));
	sight_check(&answer, &s);
	/* What should stand, once it does, is right. */
	answer = (struct zg_answer){ .values = &s.wanted, .count = 1 };
	assert_int_equal(zg_record_see(&want, &answer, &a, &again), 0);
	assert_int_equal(again.seen, RIGHT);
	assert_true(again.is_wanted_same);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%d %s\n", (int)rows[i].kind, rows[i].what);
		row_run(&rows[i]);
	}
}

/* Without a report address nothing is added. */
static void test_dmarc_without_rua(void **state)
{
	static const struct zg_slice plain = ZG_SI("v=DMARC1; p=reject");
	struct zg_arena a;
	struct zg_slice s;

	(void)state;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	assert_int_equal(zg_dmarc_wanted(NULL, 0, ZG_S(""), &a, &s), 0);
	assert_true(zg_slice_eq(s, ZG_S("v=DMARC1; p=none")));
	assert_int_equal(zg_dmarc_wanted(&plain, 1, ZG_S(""), &a, &s), 0);
	assert_ptr_equal(s.p, plain.p);
}

static const struct {
	const char *what;
	enum zg_record_kind kind;
	enum zg_misplace where;
	const char *value, *code;
} misplaced[] = {
	{ "a key at S._domainkey.D.D", K, ZG_AT_DOUBLED, DKIM, "dkim_name_doubled" },
	{ "a key at D", K, ZG_AT_BARE, DKIM, "dkim_name_apex" },
	{ "a key at _domainkey.D", K, ZG_AT_DOMAINKEY, DKIM, "dkim_name_apex" },
	{ "a key at S.D", K, ZG_AT_SELECTOR, DKIM, "dkim_name_no_domainkey" },
	{ "a key at another name", K, ZG_AT_OTHER, DKIM, "dkim_name_typo" },
	{ "another text at D is no key", K, ZG_AT_BARE, "v=spf1 -all", "dkim_missing" },
	{ "SPF at D.D", S, ZG_AT_DOUBLED, "v=spf1 -all", "spf_name_doubled" },
	{ "SPF at www.D", S, ZG_AT_WWW, "v=spf1 -all", "spf_name_www" },
	{ "DMARC at _dmarc.D.D", D, ZG_AT_DOUBLED, "v=DMARC1; p=none", "dmarc_name_doubled" },
	{ "DMARC at D", D, ZG_AT_BARE, "v=DMARC1; p=none", "dmarc_name_typo" },
};

static void test_misplaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(misplaced) / sizeof(misplaced[0]); i++) {
		struct zg_slice value = zg_slice_cstr(misplaced[i].value);
		struct zg_misplaced m = { misplaced[i].where, &value, 1 };
		struct zg_answer answer = { .misplaced = &m, .misplaced_count = 1 };
		struct zg_want want = want_of(misplaced[i].kind);
		struct zg_arena a;
		struct zg_sight s;

		print_message("%s\n", misplaced[i].what);
		zg_arena_init_fixed(&a, memory, sizeof(memory));
		assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
		assert_int_equal(s.seen, MISSING);
		assert_int_equal(s.findings.count, 1);
		assert_non_null(said(&s, misplaced[i].code));
	}
}

/* Without a record at the name, the one at another place is what is meant; "-all" there says nothing of the domain. */
static const struct {
	const char *what;
	enum zg_misplace where;
	const char *value, *wanted;
} spf_elsewhere[] = {
	{ "at D.D", ZG_AT_DOUBLED, "v=spf1 a:shop.example.be -all", "v=spf1 a:shop.example.be include:" R " -all" },
	{ "at www.D, with a blank", ZG_AT_WWW, "v=spf1 include: " R " ~all", "v=spf1 include:" R " ~all" },
	{ "parked at www.D", ZG_AT_WWW, "v=spf1 -all", "v=spf1 mx include:" R " ~all" },
	{ "no SPF there", ZG_AT_OTHER, "hello", "v=spf1 mx include:" R " ~all" },
};

static void test_spf_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spf_elsewhere) / sizeof(spf_elsewhere[0]); i++) {
		struct zg_slice value = zg_slice_cstr(spf_elsewhere[i].value), token = ZG_S("MS=ms1");
		struct zg_misplaced m[] = { { spf_elsewhere[i].where, &value, 1 }, { spf_elsewhere[i].where, &value, 1 } };
		struct zg_answer answer = { .values = &token, .count = 1, .misplaced = m, .misplaced_count = 2 };
		struct zg_want want = want_of(S);
		struct zg_arena a;
		struct zg_sight s;

		print_message("%s\n", spf_elsewhere[i].what);
		zg_arena_init_fixed(&a, memory, sizeof(memory));
		assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
		assert_int_equal(s.seen, MISSING);
		assert_int_equal(s.findings.count, 1);	/* two places of a kind are one cause */
		assert_int_equal(s.value, ZG_VALUE_NONE);
		assert_non_null(s.gone);
		assert_int_equal(s.gone[0].count, 0);
		assert_true(zg_slice_eq(s.wanted, zg_slice_cstr(spf_elsewhere[i].wanted)));
	}
}

/* A wanted value is an array of its answer's marks, whatever the kind. */
static void test_marks_of_none(void **state)
{
	(void)state;
	for (int kind = K; kind <= D; kind++) {
		struct zg_slice token = ZG_S("hello");
		struct zg_answer answer = { .values = &token, .count = 1 };
		struct zg_want want = want_of((enum zg_record_kind)kind);
		struct zg_arena a;
		struct zg_sight s;

		zg_arena_init_fixed(&a, memory, sizeof(memory));
		assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
		assert_non_null(s.gone);
		answer.count = 0;
		assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
		assert_null(s.gone);
	}
}

/* ---- laws of the DMARC record, over texts made by a seed ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct zg_slice dmarc_make(char *mem, size_t room)
{
	static const char *const pieces[] = {
		"v=DMARC1", "v=DMARC1; ", "v=dmarc1", "DMARC1", "p=none", "p=quarantine", "p=reject", "p=", "p=rejected", "sp=none", "sp=x", "np=reject",
		"rua=mailto:a@x.be", ("rua=mailto:" RUA), "rua=", ",mailto:b@x.be", ",", ":", ";", ";", ";", "; ", " ", "\"", "\\",
		"\xc2\xa0", "\xe2\x80\x9c", "pct=50", "rf=afrf", "ri=86400", "fo=1", "adkim=s", "t=y", "x=", "=", "\t", "\r\n ", "\x01", "\xff",
		"_dmarc IN TXT ", "!10m", "1a=b", "a b=c",
	};
	struct zg_slice s = { mem, 0 };

	for (uint32_t count = 1 + draw(12); count--;) {
		struct zg_slice p = zg_slice_cstr(pieces[draw(sizeof(pieces) / sizeof(pieces[0]))]);

		if (s.n + p.n + 2 > room)
			break;
		memcpy(mem + s.n, p.p, p.n);
		s.n += p.n;
		if (draw(3))
			s.n += (size_t)snprintf(mem + s.n, 3, "; ");
	}
	return s;
}

static void test_dmarc_laws(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 20000; round++) {
		char mem[2][512];
		struct zg_slice values[2], s, again;
		size_t count = 1 + round % 5 / 4;
		struct zg_want want = want_of(D);
		struct zg_answer answer = { .values = values, .count = count };
		struct zg_arena a;
		struct zg_sight sight;

		seed = round;
		zg_arena_init_fixed(&a, memory, sizeof(memory));
		for (size_t i = 0; i < count; i++)
			values[i] = dmarc_make(mem[i], sizeof(mem[i]));
		assert_int_equal(zg_dmarc_wanted(values, count, ZG_S(RUA), &a, &s), 0);
		assert_int_equal(zg_dmarc_wanted(&s, 1, ZG_S(RUA), &a, &again), 0);
		if (again.p != s.p || again.n != s.n)
			fail_msg("round %u: " ZG_FMT "\n gives " ZG_FMT "\n gives " ZG_FMT, round, ZG_ARG(values[0]), ZG_ARG(s), ZG_ARG(again));
		assert_int_equal(zg_record_see(&want, &answer, &a, &sight), 0);
		assert_true(zg_slice_eq(sight.wanted, s));
		assert_true(sight.seen == RIGHT || sight.findings.count || sight.come.count);
		sight_check(&answer, &sight);
	}
}

static void test_silent_and_cname(void **state)
{
	static const struct zg_slice right = ZG_SI(DKIM);
	struct zg_answer silent = { .is_silent = true, .values = &right, .count = 1 };
	struct zg_answer empty = { .cname = ZG_SI("other.example.be") };
	struct zg_answer behind = { .cname = ZG_SI("zegel1.keys.example.com"), .values = &right, .count = 1 };
	struct zg_want want = want_of(K);
	struct zg_arena a;
	struct zg_sight s;

	(void)state;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	assert_int_equal(zg_record_see(&want, &silent, &a, &s), 0);
	assert_int_equal(s.seen, ZG_SEEN_SILENT);
	assert_int_equal(s.findings.count, 0);
	assert_int_equal(s.value, ZG_VALUE_NONE);
	assert_int_equal(zg_record_see(&want, &empty, &a, &s), 0);
	assert_int_equal(s.seen, MISSING);
	assert_non_null(said(&s, "deleg_cname_beside"));
	assert_int_equal(zg_record_see(&want, &behind, &a, &s), 0);
	assert_int_equal(s.seen, RIGHT);
	assert_int_equal(s.findings.count, 0);
}

/* ---- marks ---- */

static const struct {
	const char *what, *now, *wanted, *gone, *come;
} marks[] = {
	{ "order and blanks are no difference", "v=DKIM1;p=abc;k=rsa", "v=DKIM1; k=rsa; p=abc", "", "" },
	{ "a tag that comes", "v=DMARC1; p=reject", "v=DMARC1; p=reject; rua=mailto:a@b.be", "", "rua=mailto:a@b.be" },
	{ "a tag that goes", "v=DKIM1; t=y; p=abc", "v=DKIM1; p=abc", "t=y", "" },
	{ "a tag that changes", "v=DMARC1; p=none; fo=1", "v=DMARC1; p=reject; fo=1", "p=none", "p=reject" },
	{ "a short p is marked whole", "v=DKIM1; p=abc", "v=DKIM1; p=abd", "p=abc", "p=abd" },
	{ "a long p by what differs", "v=DKIM1; p=" P1 "x" P2, "v=DKIM1; p=" P1 "yz" P2, "x", "yz" },
	{ "a long p cut off: only what lacks comes", "v=DKIM1; p=" P1, "v=DKIM1; p=" P1 P2, "", P2 },
	{ "a text that is no list", "hello", "v=DKIM1; p=abc", "hello", "v=DKIM1|p=abc" },
	{ "nothing", "", "v=DKIM1", "", "v=DKIM1" },
};

static void spans_print(const struct zg_spans *s, const char *text, char *ret, size_t n)
{
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		at += (size_t)snprintf(ret + at, n - at, "%s%.*s", i ? "|" : "", (int)s->v[i].n, text + s->v[i].from);
}

static void test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct zg_spans gone, come;
		struct zg_arena a;
		char text[1024];

		print_message("%s\n", marks[i].what);
		zg_arena_init_fixed(&a, memory, sizeof(memory));
		assert_int_equal(zg_record_marks(zg_slice_cstr(marks[i].now), zg_slice_cstr(marks[i].wanted), &a, &gone, &come), 0);
		spans_print(&gone, marks[i].now, text, sizeof(text));
		assert_string_equal(text, marks[i].gone);
		spans_print(&come, marks[i].wanted, text, sizeof(text));
		assert_string_equal(text, marks[i].come);
	}
}

/* The right one of two stays unmarked, the other goes whole. */
static void test_marks_of_two(void **state)
{
	static const struct row r = { "", K, { "v=spf1 -all", DKIM }, TWICE, NULL, NULL, 0 };
	struct zg_want want = want_of(K);
	struct zg_slice values[4];
	struct zg_answer answer = answer_of(&r, values);
	struct zg_arena a;
	struct zg_sight s;

	(void)state;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	assert_int_equal(zg_record_see(&want, &answer, &a, &s), 0);
	assert_int_equal(s.value, 1);
	assert_int_equal(s.gone[0].count, 1);
	assert_int_equal(s.gone[0].v[0].n, values[0].n);
	assert_int_equal(s.gone[1].count, 0);
	assert_int_equal(s.come.count, 0);
}

/* ---- over servers, and the seal ---- */

static const struct {
	const char *what;
	enum zg_seen v[4];
	size_t count;
	const char *state;
	size_t right, answered;
} overs[] = {
	{ "no server", { 0 }, 0, "unreadable", 0, 0 },
	{ "all right", { RIGHT, RIGHT, RIGHT }, 3, "right", 3, 3 },
	{ "right on two of three", { RIGHT, OLD, RIGHT }, 3, "some", 2, 3 },
	{ "a silent one is not counted against it", { RIGHT, ZG_SEEN_SILENT }, 2, "right", 1, 1 },
	{ "all silent", { ZG_SEEN_SILENT, ZG_SEEN_SILENT }, 2, "unreadable", 0, 0 },
	{ "missing", { MISSING, MISSING, ZG_SEEN_SILENT }, 3, "missing", 0, 2 },
	{ "the old value is a difference", { MISSING, OLD }, 2, "differs", 0, 2 },
	{ "another value", { DIFFERS, MISSING }, 2, "differs", 0, 2 },
	{ "twice somewhere", { TWICE, DIFFERS, MISSING }, 3, "twice", 0, 3 },
	{ "right somewhere goes before twice elsewhere", { TWICE, RIGHT }, 2, "some", 1, 2 },
};

static void test_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(overs) / sizeof(overs[0]); i++) {
		struct zg_over o = zg_record_combine(overs[i].v, overs[i].count);

		print_message("%s\n", overs[i].what);
		assert_true(zg_slice_eq(zg_record_state_name(o.state), zg_slice_cstr(overs[i].state)));
		assert_int_equal(o.right, overs[i].right);
		assert_int_equal(o.answered, overs[i].answered);
		assert_int_equal(o.total, overs[i].count);
	}
}

#define OK_ ZG_RECORD_RIGHT
#define NO_ ZG_RECORD_MISSING
#define UN_ ZG_RECORD_UNREADABLE

static const struct {
	const char *what;
	struct zg_domain_facts f;
	const char *state;
} seals[] = {
	{ "no key yet", { .records = { NO_, NO_, NO_ } }, "none" },
	{ "paused goes before all", { .is_paused = true, .is_provider = true, .has_key = true }, "paused" },
	{ "a provider's domain", { .is_provider = true }, "noown" },
	{ "key, no record", { .has_key = true, .records = { NO_, ZG_RECORD_DIFFERS, NO_ } }, "waiting" },
	{ "some right", { .has_key = true, .records = { NO_, OK_, NO_ }, .before = ZG_DOMAIN_WAITING }, "partly" },
	{ "right on some servers", { .has_key = true, .records = { ZG_RECORD_SOME, NO_, NO_ }, .before = ZG_DOMAIN_WAITING }, "partly" },
	{ "all right", { .has_key = true, .records = { OK_, OK_, OK_ }, .before = ZG_DOMAIN_PARTLY }, "right" },
	{ "gone, seen once", { .has_key = true, .records = { OK_, NO_, OK_ }, .before = ZG_DOMAIN_RIGHT }, "right" },
	{ "gone, seen twice", { .has_key = true, .records = { OK_, NO_, OK_ }, .before = ZG_DOMAIN_RIGHT, .is_confirmed = true }, "broken" },
	{ "broken stays broken", { .has_key = true, .records = { OK_, NO_, OK_ }, .before = ZG_DOMAIN_BROKEN }, "broken" },
	{ "mended", { .has_key = true, .records = { OK_, OK_, OK_ }, .before = ZG_DOMAIN_BROKEN }, "right" },
	{ "servers silent: as it was", { .has_key = true, .records = { UN_, OK_, NO_ }, .before = ZG_DOMAIN_RIGHT, .is_confirmed = true }, "right" },
	{ "servers silent while waiting", { .has_key = true, .records = { UN_, OK_, NO_ }, .before = ZG_DOMAIN_WAITING }, "waiting" },
	{ "servers silent at first", { .has_key = true, .records = { UN_, UN_, UN_ } }, "waiting" },
};

static void test_seal(void **state)
{
	static const enum zg_domain_state order[] = { ZG_DOMAIN_BROKEN, ZG_DOMAIN_PARTLY, ZG_DOMAIN_WAITING, ZG_DOMAIN_NOOWN, ZG_DOMAIN_NONE,
		ZG_DOMAIN_RIGHT };

	(void)state;
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		print_message("%s\n", seals[i].what);
		assert_true(zg_slice_eq(zg_domain_state_name(zg_domain_state(&seals[i].f)), zg_slice_cstr(seals[i].state)));
	}
	for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		assert_true(zg_domain_trouble(order[i - 1]) < zg_domain_trouble(order[i]));
}

/* ---- what may not hurt ---- */

static void test_no_memory(void **state)
{
	static char room[1u << 18];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_want want = want_of(rows[i].kind);
		struct zg_slice values[4];
		struct zg_answer answer = answer_of(&rows[i], values);
		bool is_done = false;

		for (size_t n = 0; n <= sizeof(room) && !is_done; n += n < 4096 ? 48 : n / 8) {
			struct zg_sight s = { .wanted = ZG_SI("untouched") };
			struct zg_arena a;

			zg_arena_init_fixed(&a, room, n);
			is_done = zg_record_see(&want, &answer, &a, &s) == 0;
			if (is_done)
				assert_int_equal(s.seen, rows[i].seen);
			else
				assert_true(a.is_full && zg_slice_eq(s.wanted, ZG_S("untouched")));
		}
		assert_true(is_done);
	}
}

static void test_hostile(void **state)
{
	static const struct zg_slice fills[] = {
		ZG_SI("v=DKIM1; "), ZG_SI("p=; "), ZG_SI("\0"), ZG_SI("\xff"), ZG_SI("\xe2\x80\xae"), ZG_SI(";"), ZG_SI("="), ZG_SI("v=DMARC1 p=none "),
		ZG_SI("v=DMARC1; rua=a,"), ZG_SI(","), ZG_SI("MIIB"), ZG_SI("\""), ZG_SI("\\"), ZG_SI("0\x80"),
	};
	static char big[1u << 20];

	(void)state;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		for (int kind = K; kind <= D; kind++) {
			struct zg_want want = want_of((enum zg_record_kind)kind);
			struct zg_slice value = { big, i && kind != S ? 65535 : kind == S ? 60000 : sizeof(big) };
			struct zg_answer answer = { .values = &value, .count = 1 };
			struct zg_arena a;
			struct zg_sight s;

			for (size_t n = 0; n < value.n; n++)
				big[n] = fills[i].p[n % fills[i].n];
			zg_arena_init_fixed(&a, memory, sizeof(memory));
			if (zg_record_see(&want, &answer, &a, &s) == 0) {
				assert_int_not_equal(s.seen, RIGHT);
				sight_check(&answer, &s);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_dmarc_without_rua), cmocka_unit_test(test_misplaced),
		cmocka_unit_test(test_silent_and_cname), cmocka_unit_test(test_spf_elsewhere),
		cmocka_unit_test(test_marks_of_none), cmocka_unit_test(test_dmarc_laws), cmocka_unit_test(test_marks), cmocka_unit_test(test_marks_of_two),
		cmocka_unit_test(test_over), cmocka_unit_test(test_seal), cmocka_unit_test(test_no_memory), cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
