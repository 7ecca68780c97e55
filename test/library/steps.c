/* steps.c - each parser of the library on hostile input of n and of 2n octets; run by steps.py under valgrind, which counts the
 * instructions between begin and end of each job.  A row is one pattern: what stands before, what is repeated, what stands
 * behind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>
#include <zegel/address.h>
#include <zegel/dkim.h>
#include <zegel/zone.h>
#include "auth/canon.h"
#include "auth/dkim_key.h"
#include "auth/dkim_sig.h"
#include "auth/taglist.h"
#include "base/b64.h"
#include "base/utf8.h"
#include "crypt/der.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"
#include "proto/smtp_command.h"
#include "proto/smtp_line.h"
#include "proto/smtp_reply.h"

#define SMALL 12000u		/* octets; twice as many fit where 64 KiB or 1,000 fields are the bound */
#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define SIGNATURE "v=1; a=rsa-sha256; d=example.be; s=s1; " BH "; "
#define BLOCK_END "dkim-signature:" SIGNATURE "c=relaxed/relaxed; h=from"

static char memory[1 << 26], out[1 << 22], text[1 << 20];
static struct zg_crypt crypt;

static struct zg_arena arena(void)
{
	struct zg_arena a;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	return a;
}

static void header(struct zg_slice s)
{
	struct zg_arena a = arena();
	struct zg_headers h;

	(void)zg_header_index(s, &a, &h);	/* the answer is looked at elsewhere; here and below only the way counts */
}

static void header_end(struct zg_slice s)
{
	(void)zg_header_end(s);
}

static void address_list(struct zg_slice s)
{
	struct zg_address first;
	size_t count;

	(void)zg_address_list(s, &first, &count);
}

static void mailbox(struct zg_slice s)
{
	struct zg_address got;

	(void)zg_address_mailbox(s, true, &got);
}

static void domain(struct zg_slice s)
{
	struct zg_arena a = arena();

	(void)zg_address_domain(s, &a);
}

static void taglist(struct zg_slice s)
{
	struct zg_arena a = arena();
	struct zg_taglist l;

	(void)zg_taglist_read(s, &a, &l);
}

static void signature(struct zg_slice s)
{
	static char more[1 << 16];
	struct zg_arena a = arena(), scratch;
	struct zg_dkim_sig sig;

	zg_arena_init_fixed(&scratch, more, sizeof(more));
	if (!zg_dkim_sig_read(s, &scratch, &a, &sig))
		(void)zg_dkim_sig_octets(&sig, &a, &s);
}

static void key_record(struct zg_slice s)
{
	struct zg_arena a = arena();
	struct zg_dkim_key k;

	(void)zg_dkim_key_read(s, &a, &k);
}

static void base64(struct zg_slice s)
{
	struct zg_buf b = zg_buf_of(out, sizeof(out));

	(void)zg_b64_decode_fws(s, &b);
}

static void body_with(enum zg_canon canon, struct zg_slice s, size_t piece)
{
	struct zg_canon_body c;
	struct zg_hash h;

	if (zg_hash_init(&h, &crypt) < 0)
		exit(1);
	zg_canon_body_init(&c, canon, UINT64_MAX, &h);
	for (size_t i = 0; i < s.n; i += piece)
		zg_canon_body_update(&c, zg_slice_sub(s, i, piece));
	zg_canon_body_end(&c);
	zg_hash_done(&h);
}

static void body_relaxed(struct zg_slice s)
{
	body_with(ZG_CANON_RELAXED, s, s.n);
}

static void body_relaxed_cut(struct zg_slice s)
{
	body_with(ZG_CANON_RELAXED, s, 1);
}

static void body_simple(struct zg_slice s)
{
	body_with(ZG_CANON_SIMPLE, s, s.n);
}

static void body_simple_cut(struct zg_slice s)
{
	body_with(ZG_CANON_SIMPLE, s, 1);
}

static void field_relaxed(struct zg_slice s)
{
	struct zg_field f = { .raw = s, .name = ZG_S("A"), .value = zg_slice_sub(s, 2, s.n) };
	struct zg_buf b = zg_buf_of(out, sizeof(out));
	struct zg_canon_out o;

	zg_canon_out_init(&o, &b, NULL);
	zg_canon_field(ZG_CANON_RELAXED, &f, &o);
	zg_canon_out_flush(&o);
}

static void zone(struct zg_slice s)
{
	const struct zg_dns_q q = { .name = ZG_SI("a.b.c.d.e.f.g.h.example"), .type = ZG_DNS_TXT };
	struct zg_arena a = arena();
	struct zg_zone_error e;
	struct zg_zone *z = zg_zone_read(s, &a, &e);
	struct zg_dns_a got;

	if (z)
		zg_zone_answer(z, &q, &a, &got);
}

static void key_text(struct zg_slice s)
{
	struct zg_key k = { 0 };

	(void)zg_keytext_read(s, ZG_S(""), &k);
	zg_key_done(&k);
}

static void public_key(struct zg_slice s)
{
	struct zg_key k = { 0 };

	(void)zg_key_public_read(ZG_KEY_RSA, s, &k);
	zg_key_done(&k);
}

static void block(struct zg_slice s)
{
	struct zg_slice d, selector;

	(void)zg_dkim_block_check(s, &d, &selector);
}

/* All of the verifier, but its answers. */
static void verifier(struct zg_slice s)
{
	size_t head = zg_header_end(s);
	struct zg_arena a = arena();
	struct zg_dkim_verifier *v;
	struct zg_headers h;

	if (zg_header_index(zg_slice_sub(s, 0, head), &a, &h) != ZG_HEADER_OK)
		return;
	v = zg_dkim_verify_new(&crypt, &a, 0);
	if (!v)
		exit(1);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(s, head, s.n));
	zg_dkim_verify_end(v);
	zg_dkim_verify_done(v);
}

static void signer(struct zg_slice s)
{
	const struct zg_dkim_sign_opts o = { .domain = ZG_SI("example.be"), .selector = ZG_SI("s1"), .type = ZG_KEY_RSA,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = 1, .expire = -1 };
	struct zg_arena a = arena();
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer signer;
	struct zg_headers h;

	if (zg_header_index(s, &a, &h) != ZG_HEADER_OK)
		return;
	if (zg_dkim_sign_init(&signer, &crypt, &o) == 0)
		(void)zg_dkim_sign_block(&signer, &h, &a, &u);
	zg_dkim_sign_done(&signer);
}

static void utf8(struct zg_slice s)
{
	(void)zg_utf8_is_valid(s);
}

static void name(struct zg_slice s)
{
	struct zg_buf b = zg_buf_of(out, sizeof(out));

	(void)zg_name_read(s, &b);
}

static void strings(struct zg_slice s)
{
	struct zg_arena a = arena();
	struct zg_dns_rr rr;

	(void)zg_rdata_read(ZG_DNS_TXT, s, &a, &rr);
}

static void smtp_line(struct zg_slice s)
{
	struct zg_slice line;

	while (s.n) {
		enum zg_smtp_line got = zg_smtp_line_take(&s, &line);

		if (got == ZG_SMTP_LINE_MORE || got == ZG_SMTP_LINE_TLS)
			break;
		if (got != ZG_SMTP_LINE_OK && !zg_smtp_line_swallow(&s))
			break;
	}
}

/* A message that comes octet by octet, what is not taken offered again. */
static void smtp_text(struct zg_slice s)
{
	struct zg_smtp_text t = { 0 };
	size_t from = 0;

	for (size_t n = 1; n <= s.n; n++) {
		struct zg_slice in = zg_slice_sub(s, from, n - from), piece;

		while (zg_smtp_text_take(&t, 0, &in, &piece) == ZG_SMTP_TOOK_PIECE)
			continue;
		from = n - in.n;
	}
}

static void smtp_command(struct zg_slice s)
{
	const struct zg_smtp_path_rules rules = { 0, true, false };
	struct zg_smtp_path path;
	struct zg_slice args;

	(void)zg_smtp_command_of(s, &args);
	(void)zg_smtp_command_mail(args, &rules, &path);
	(void)zg_smtp_command_rcpt(args, &rules, &path);
}

static void smtp_reply(struct zg_slice s)
{
	struct zg_smtp_heard h = { 0 };
	struct zg_slice line;
	enum zg_smtp_got got;

	do
		got = zg_smtp_heard_take(&h, &s, &line);
	while (got == ZG_SMTP_GOT_LINE || got == ZG_SMTP_GOT_REPLY);
}

static const struct job {
	const char *what;
	void (*run)(struct zg_slice s);
	struct zg_slice before, unit, behind;
	size_t times;		/* n is so many times SMALL; 0 is 1 */
} jobs[] = {
	{ "header: folds", header, ZG_SI("A: b"), ZG_SI("\r\n "), ZG_SI("\r\n") },
	{ "header: fields of 24 octets", header, ZG_SI(""), ZG_SI("Received: from somewhere\r\n"), ZG_SI("") },
	{ "header: a name without a colon", header, ZG_SI(""), ZG_SI("a"), ZG_SI("") },
	{ "header: blanks in front of the colon", header, ZG_SI("A"), ZG_SI(" "), ZG_SI(": b\r\n") },
	{ "header: bare LF", header, ZG_SI("A: b"), ZG_SI("\n "), ZG_SI("") },
	{ "header: bare CR", header, ZG_SI("A: b"), ZG_SI("\r"), ZG_SI("\r\n") },
	{ "header: NUL", header, ZG_SI("A: b"), ZG_SI("\0"), ZG_SI("\r\n") },
	{ "header end: none", header_end, ZG_SI(""), ZG_SI("a"), ZG_SI("") },
	{ "header end: nearly", header_end, ZG_SI(""), ZG_SI("\r\n\r"), ZG_SI("") },
	{ "header end: LF", header_end, ZG_SI(""), ZG_SI("\n"), ZG_SI("") },
	{ "address list: comments in comments", address_list, ZG_SI(""), ZG_SI("("), ZG_SI("") },
	{ "address list: comments", address_list, ZG_SI(""), ZG_SI("()"), ZG_SI("a@b") },
	{ "address list: a quote that does not end", address_list, ZG_SI("\""), ZG_SI("\\\""), ZG_SI("") },
	{ "address list: addresses", address_list, ZG_SI(""), ZG_SI("a@b,"), ZG_SI("a@b") },
	{ "address list: commas", address_list, ZG_SI(""), ZG_SI(","), ZG_SI("a@b") },
	{ "address list: words", address_list, ZG_SI(""), ZG_SI("a "), ZG_SI("<a@b>") },
	{ "address list: dots", address_list, ZG_SI(""), ZG_SI("a."), ZG_SI("a@b") },
	{ "address list: a route", address_list, ZG_SI("<"), ZG_SI("@a,"), ZG_SI("@a:b@c>") },
	{ "address list: groups", address_list, ZG_SI(""), ZG_SI("g:;,"), ZG_SI("a@b") },
	{ "address list: open angles", address_list, ZG_SI(""), ZG_SI("<"), ZG_SI("a@b") },
	{ "mailbox: a quote", mailbox, ZG_SI("\""), ZG_SI("\\a"), ZG_SI("\"@b") },
	{ "mailbox: labels", mailbox, ZG_SI("a@"), ZG_SI("b."), ZG_SI("b") },
	{ "domain: labels", domain, ZG_SI(""), ZG_SI("b."), ZG_SI("b") },
	{ "domain: not ASCII", domain, ZG_SI(""), ZG_SI("\xc3\xbc"), ZG_SI(".be") },
	{ "tag list: semicolons", taglist, ZG_SI("a=b"), ZG_SI(";"), ZG_SI("") },
	{ "tag list: blanks", taglist, ZG_SI("a="), ZG_SI(" "), ZG_SI("b") },
	{ "tag list: folds", taglist, ZG_SI("a="), ZG_SI("\r\n "), ZG_SI("b") },
	{ "tag list: equals", taglist, ZG_SI("a"), ZG_SI("="), ZG_SI("") },
	{ "tag list: a name", taglist, ZG_SI(""), ZG_SI("a"), ZG_SI("=b") },
	{ "signature: h= of colons", signature, ZG_SI(SIGNATURE "b=AAAA; h=from"), ZG_SI(":"), ZG_SI("") },
	{ "signature: h= of names", signature, ZG_SI(SIGNATURE "b=AAAA; h=from"), ZG_SI(":a"), ZG_SI("") },
	{ "signature: b= of base64", signature, ZG_SI(SIGNATURE "h=from; b="), ZG_SI("AAAA"), ZG_SI("") },
	{ "signature: b= of blanks", signature, ZG_SI(SIGNATURE "h=from; b=AAAA"), ZG_SI(" "), ZG_SI("=") },
	{ "signature: z= of copies", signature, ZG_SI(SIGNATURE "h=from; b=AAAA; z=a:b"), ZG_SI("|a:b"), ZG_SI("") },
	{ "signature: i= quoted", signature, ZG_SI(SIGNATURE "h=from; b=AAAA; i="), ZG_SI("=41"), ZG_SI("@example.be") },
	{ "signature: i= of at signs", signature, ZG_SI(SIGNATURE "h=from; b=AAAA; i="), ZG_SI("@"), ZG_SI("example.be") },
	{ "key record: p= of blanks", key_record, ZG_SI("p="), ZG_SI(" "), ZG_SI("") },
	{ "key record: p= of base64", key_record, ZG_SI("p="), ZG_SI("AAAA"), ZG_SI("") },
	{ "key record: h= of colons", key_record, ZG_SI("p=; h="), ZG_SI(":"), ZG_SI("sha256") },
	{ "key record: t= of flags", key_record, ZG_SI("p=; t=y"), ZG_SI(":s"), ZG_SI("") },
	{ "base64: letters", base64, ZG_SI(""), ZG_SI("AAAA"), ZG_SI("") },
	{ "base64: blanks", base64, ZG_SI("AA"), ZG_SI(" "), ZG_SI("AA") },
	{ "base64: equals", base64, ZG_SI("AA"), ZG_SI("="), ZG_SI("") },
	{ "body, relaxed: blanks", body_relaxed, ZG_SI("a"), ZG_SI(" "), ZG_SI(""), 10 },
	{ "body, relaxed: words", body_relaxed, ZG_SI(""), ZG_SI("a  "), ZG_SI(""), 10 },
	{ "body, relaxed: empty lines", body_relaxed, ZG_SI("a"), ZG_SI("\r\n"), ZG_SI(""), 10 },
	{ "body, relaxed: empty lines and a letter", body_relaxed, ZG_SI("a"), ZG_SI("\r\n"), ZG_SI("b"), 10 },
	{ "body, relaxed: blank lines", body_relaxed, ZG_SI("a\r\n"), ZG_SI(" \r\n"), ZG_SI(""), 10 },
	{ "body, relaxed: CR", body_relaxed, ZG_SI(""), ZG_SI("\r"), ZG_SI(""), 10 },
	{ "body, relaxed, octet by octet", body_relaxed_cut, ZG_SI(""), ZG_SI(" \r\n\t"), ZG_SI("a") },
	{ "body, simple: empty lines", body_simple, ZG_SI("a"), ZG_SI("\r\n"), ZG_SI("b"), 10 },
	{ "body, simple: CR", body_simple, ZG_SI(""), ZG_SI("\r"), ZG_SI(""), 10 },
	{ "body, simple, octet by octet", body_simple_cut, ZG_SI(""), ZG_SI("\r\n\r"), ZG_SI("a") },
	{ "field, relaxed: blanks", field_relaxed, ZG_SI("A:"), ZG_SI(" "), ZG_SI("b\r\n") },
	{ "field, relaxed: folds", field_relaxed, ZG_SI("A:"), ZG_SI("\r\n "), ZG_SI("b\r\n") },
	{ "zone: records", zone, ZG_SI(""), ZG_SI("x.b.c.d.e.f.g.h.example 60 IN TXT \"a\"\n"), ZG_SI("") },
	{ "zone: aliases in a ring", zone, ZG_SI(""), ZG_SI("a.b.c.d.e.f.g.h.example 60 IN CNAME a.b.c.d.e.f.g.h.example\n"), ZG_SI("") },
	{ "zone: a string", zone, ZG_SI("a 60 IN TXT"), ZG_SI(" \"a\""), ZG_SI("") },
	{ "zone: empty lines", zone, ZG_SI(""), ZG_SI("\n"), ZG_SI("") },
	{ "zone: a line of blanks", zone, ZG_SI("a"), ZG_SI(" "), ZG_SI("") },
	{ "key text: A", key_text, ZG_SI(""), ZG_SI("A"), ZG_SI("") },
	{ "key text: dashes", key_text, ZG_SI(""), ZG_SI("-"), ZG_SI("") },
	{ "key text: beginnings", key_text, ZG_SI(""), ZG_SI("-----BEGIN "), ZG_SI("") },
	{ "key text: labels", key_text, ZG_SI(""), ZG_SI("-----BEGIN PRIVATE KEY-----"), ZG_SI("") },
	{ "key text: endings", key_text, ZG_SI(""), ZG_SI("-----END PRIVATE KEY-----"), ZG_SI("") },
	{ "key text: blocks", key_text, ZG_SI(""), ZG_SI("-----BEGIN X-----\n-----END X-----\n"), ZG_SI("") },
	{ "key text: quoted mail", key_text, ZG_SI(""), ZG_SI("> "), ZG_SI("") },
	{ "key text: quotes", key_text, ZG_SI(""), ZG_SI("\""), ZG_SI("") },
	{ "key text: line ends in letters", key_text, ZG_SI(""), ZG_SI("\\n"), ZG_SI("") },
	{ "key text: tags", key_text, ZG_SI(""), ZG_SI("p=AAAA "), ZG_SI("") },
	{ "key text: SEQUENCEs", key_text, ZG_SI(""), ZG_SI("0\x80"), ZG_SI("") },
	{ "key text: SEQUENCEs in base64", key_text, ZG_SI(""), ZG_SI("MIIE"), ZG_SI("") },
	{ "key text: header lines", key_text,
		ZG_SI("-----BEGIN RSA PRIVATE KEY-----\n"), ZG_SI("Proc-Type: 4,ENCRYPTED\n"), ZG_SI("-----END RSA PRIVATE KEY-----\n") },
	{ "key text: words", key_text, ZG_SI(""), ZG_SI("lorem ipsum, "), ZG_SI("") },
	{ "key text: digits", key_text, ZG_SI(""), ZG_SI("ab "), ZG_SI("") },
	{ "key text: UTF-16", key_text, ZG_SI("\xff\xfe"), ZG_SI("A\0"), ZG_SI("") },
	{ "key text: wide blanks", key_text, ZG_SI(""), ZG_SI("\xc2\xa0"), ZG_SI("A") },
	{ "public key: zeros", public_key, ZG_SI("\x30\x82\x10\x00\x02\x82\x0f\xff"), ZG_SI("\0"), ZG_SI("") },
	{ "block: lines", block, ZG_SI("from:a@example.be\r\n"), ZG_SI("a:b\r\n"), ZG_SI(BLOCK_END "; b=") },
	{ "block: lines and names", block, ZG_SI("from:a@example.be\r\n" BLOCK_END), ZG_SI(":a"), ZG_SI("; b=") },
	{ "verifier: names in h=", verifier, ZG_SI("From: a@b.be\r\nDKIM-Signature: " SIGNATURE "b=AAAA; h=from"), ZG_SI(":a"), ZG_SI("\r\n\r\n") },
	{ "verifier: the same name in h=", verifier,
		ZG_SI("From: a@b.be\r\nDKIM-Signature: " SIGNATURE "b=AAAA; h=from"), ZG_SI(":from"), ZG_SI("\r\n\r\n") },
	{ "verifier: fields", verifier,
		ZG_SI("DKIM-Signature: " SIGNATURE "b=AAAA; h=from:a:a:a:a:a:a:a\r\n"), ZG_SI("A: abcdefghijklmnopqrstuvwxyz\r\n"), ZG_SI("\r\n") },
	{ "verifier: signatures", verifier, ZG_SI("From: a@b.be\r\n"), ZG_SI("DKIM-Signature: v=1; a=rsa-sha256; b=AAAA\r\n"), ZG_SI("\r\n") },
	{ "verifier: a body", verifier,
		ZG_SI("DKIM-Signature: " SIGNATURE "b=AAAA; h=from; c=simple/relaxed\r\nFrom: a@b.be\r\n\r\n"), ZG_SI(" \r\n"), ZG_SI("a") },
	{ "signer: fields", signer, ZG_SI("From: a@example.be\r\n"), ZG_SI("Subject: abcdefghijklmnopqr\r\n"), ZG_SI("\r\n") },
	{ "signer: blanks", signer, ZG_SI("From: a@example.be\r\nSubject:"), ZG_SI(" \t"), ZG_SI("\r\n\r\n") },
	{ "UTF-8", utf8, ZG_SI(""), ZG_SI("\xe2\x82\xac"), ZG_SI("") },
	{ "name: escapes", name, ZG_SI(""), ZG_SI("\\046"), ZG_SI("") },
	{ "name: labels", name, ZG_SI(""), ZG_SI("a."), ZG_SI("") },
	{ "record data: empty strings", strings, ZG_SI(""), ZG_SI("\0"), ZG_SI("") },
	{ "SMTP line: short ones", smtp_line, ZG_SI(""), ZG_SI("\r\n"), ZG_SI("") },
	{ "SMTP line: none", smtp_line, ZG_SI(""), ZG_SI("a"), ZG_SI("\r\n") },
	{ "SMTP line: CR", smtp_line, ZG_SI(""), ZG_SI("\r"), ZG_SI("\r\n") },
	{ "SMTP text: dots, octet by octet", smtp_text, ZG_SI(""), ZG_SI("..\r\n"), ZG_SI("") },
	{ "SMTP text: CR, octet by octet", smtp_text, ZG_SI(""), ZG_SI("\r"), ZG_SI("") },
	{ "SMTP text: a line, octet by octet", smtp_text, ZG_SI(""), ZG_SI("a"), ZG_SI("") },
	{ "SMTP command: parameters", smtp_command, ZG_SI("MAIL FROM:<a@b.be>"), ZG_SI(" A=B"), ZG_SI("") },
	{ "SMTP command: a route", smtp_command, ZG_SI("MAIL FROM:<"), ZG_SI("@a,"), ZG_SI("@a:b@c.be>") },
	{ "SMTP command: blanks", smtp_command, ZG_SI("MAIL FROM:"), ZG_SI(" "), ZG_SI("<a@b.be>") },
	{ "SMTP reply: lines", smtp_reply, ZG_SI(""), ZG_SI("250-a\r\n"), ZG_SI("250 a\r\n") },
	{ "SMTP reply: a line", smtp_reply, ZG_SI("250 "), ZG_SI("a"), ZG_SI("\r\n") },
};

static struct zg_slice made(const struct job *j, size_t n)
{
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_buf_put(&b, j->before);
	for (size_t i = 0; i < n; i += j->unit.n)
		zg_buf_put(&b, j->unit);
	zg_buf_put(&b, j->behind);
	return zg_buf_slice(&b);
}

int main(void)
{
	if (zg_crypt_init(&crypt) < 0)
		return 1;
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		for (size_t n = 1; n <= 2; n++) {
			struct zg_slice s = made(&jobs[i], n * SMALL * (jobs[i].times ? jobs[i].times : 1));

			jobs[i].run(s);		/* what OpenSSL fetches once is fetched */
			CALLGRIND_ZERO_STATS;
			CALLGRIND_TOGGLE_COLLECT;
			jobs[i].run(s);
			CALLGRIND_TOGGLE_COLLECT;
			CALLGRIND_DUMP_STATS_AT(jobs[i].what);
		}
	zg_crypt_done(&crypt);
	return 0;
}
