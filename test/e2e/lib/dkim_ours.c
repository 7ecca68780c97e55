/* dkim_ours.c - the library as a peer among peers: a line of JSON in, a line of JSON out, until the input ends.
 *
 *   dkim_ours RSA.pem ED25519.txt
 *   {"op":"verify", "mail":B64, "now":N, "dns":{NAME:[B64,...] or "timeout",...}}  ->  {"verdicts":[{"result","reason"},...]}
 *   {"op":"sign", "mail":B64, "type":"rsa", "d","s","i", "header":"relaxed", "body":"simple", "t":N, "x":N, "h":[...]}
 *       ->  {"mail":B64} or {"refused":N}
 * A header that cannot be read gives {"unread":N}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <zegel/dkim.h>
#include "base/b64.h"

#define RECORDS_MAX 16u
#define NAMES_MAX 64u
#define ROOM (16u << 20)

static struct zg_crypt crypt;
static struct zg_key keys[2];	/* RSA, Ed25519 */

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void must(int is_so, const char *what)
{
	if (!is_so) {
		fprintf(stderr, "dkim_ours: %s\n", what);
		exit(2);
	}
}

static struct zg_slice text_of(const json_t *j, const char *name)
{
	const json_t *s = json_object_get(j, name);

	return zg_slice_of(json_string_value(s), json_string_length(s));
}

static struct zg_slice octets_of(struct zg_slice text, struct zg_arena *a)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, text.n + 1), text.n + 1);

	must(zg_b64_decode(text, &b) == 0, "no base64");
	return zg_buf_slice(&b);
}

static json_t *base64_of(struct zg_slice octets, struct zg_arena *a)
{
	size_t n = zg_b64_size(octets.n);
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, n), n);

	zg_b64_encode(octets, &b);
	return json_stringn(b.p, b.n);
}

static int64_t number_of(const json_t *j, const char *name, int64_t missing)
{
	const json_t *v = json_object_get(j, name);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : missing;
}

/* --- verifying ----------------------------------------------------------------------------------------------- */

static void answer(struct zg_dkim_verifier *v, const struct zg_dns_q *q, const json_t *dns, struct zg_arena *a)
{
	struct zg_dns_rr rr[RECORDS_MAX];
	struct zg_dns_a told = { .name = q->name, .type = q->type, .status = ZG_DNS_NXDOMAIN, .rr = rr };
	char name[256] = "";
	const json_t *found;

	must(q->name.n < sizeof(name), "a long name");
	memcpy(name, q->name.p, q->name.n);
	found = json_object_get(dns, name);
	if (json_is_string(found))
		told.status = ZG_DNS_TIMEOUT;
	for (size_t i = 0; json_is_array(found) && i < json_array_size(found); i++) {
		const json_t *s = json_array_get(found, i);

		must(i < RECORDS_MAX, "too many records");
		told.status = ZG_DNS_FOUND;
		rr[told.rr_count++] = (struct zg_dns_rr){ .data = octets_of(zg_slice_cstr(json_string_value(s)), a) };
	}
	zg_dkim_verify_feed(v, &told);
}

static json_t *verify(const json_t *in, struct zg_arena *a)
{
	struct zg_slice mail = octets_of(text_of(in, "mail"), a);
	struct zg_dkim_verifier *v = zg_dkim_verify_new(&crypt, a, number_of(in, "now", 0));
	size_t end = zg_header_end(mail), count;
	const struct zg_dkim_verdict *got;
	const struct zg_dns_q *q;
	enum zg_header_error why;
	struct zg_headers h;
	json_t *list = json_array();

	must(v && list, "memory");
	why = zg_header_index(zg_slice_sub(mail, 0, end), a, &h);
	if (why != ZG_HEADER_OK) {
		json_decref(list);
		return json_pack("{s:i}", "unread", (int)why);
	}
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(mail, end, mail.n));
	zg_dkim_verify_end(v);
	while (zg_dkim_verify_step(v, &q) == ZG_ASK)
		answer(v, q, json_object_get(in, "dns"), a);
	count = zg_dkim_verify_verdicts(v, &got);
	for (size_t i = 0; i < count; i++) {
		struct zg_slice word = zg_dkim_result_word(got[i].result);

		must(json_array_append_new(list, json_pack("{s:s%, s:s}", "result", word.p, word.n, "reason", got[i].reason)) == 0,
		     "memory");
	}
	zg_dkim_verify_done(v);
	return json_pack("{s:o}", "verdicts", list);
}

/* --- signing ------------------------------------------------------------------------------------------------- */

static struct zg_slice signature_of(const struct zg_dkim_unsigned *u, struct zg_key *key, struct zg_arena *a)
{
	unsigned char hash[ZG_HASH_SIZE], octets[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(octets, sizeof(octets));
	struct zg_hash h;

	must(zg_hash_init(&h, &crypt) == 0, "memory");
	zg_hash_update(&h, u->block);
	must(zg_hash_final(&h, hash) == 0, "memory");
	zg_hash_done(&h);
	must(zg_key_sign(key, hash, &signature) == 0, "the key does not sign");
	return zg_dkim_sign_field(u, zg_buf_slice(&signature), a);
}

static struct zg_dkim_sign_opts opts_of(const json_t *in, struct zg_slice *names)
{
	struct zg_dkim_sign_opts o = { .domain = text_of(in, "d"), .selector = text_of(in, "s"), .identity = text_of(in, "i"),
		.time = number_of(in, "t", -1), .expire = number_of(in, "x", -1) };
	const json_t *list = json_object_get(in, "h");

	o.type = zg_slice_eq(text_of(in, "type"), ZG_S("rsa")) ? ZG_KEY_RSA : ZG_KEY_ED25519;
	o.header = zg_slice_eq(text_of(in, "header"), ZG_S("relaxed")) ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
	o.body = zg_slice_eq(text_of(in, "body"), ZG_S("relaxed")) ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
	for (size_t i = 0; i < json_array_size(list); i++) {
		must(i < NAMES_MAX, "too many names");
		names[i] = zg_slice_cstr(json_string_value(json_array_get(list, i)));
	}
	o.headers = json_is_array(list) ? names : NULL;
	o.headers_count = json_array_size(list);
	return o;
}

static json_t *sign(const json_t *in, struct zg_arena *a)
{
	struct zg_slice mail = octets_of(text_of(in, "mail"), a), names[NAMES_MAX], field;
	struct zg_dkim_sign_opts o = opts_of(in, names);
	size_t end = zg_header_end(mail);
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	enum zg_dkim_refusal no;
	enum zg_header_error why;
	struct zg_headers h;
	struct zg_buf b;

	why = zg_header_index(zg_slice_sub(mail, 0, end), a, &h);
	if (why != ZG_HEADER_OK)
		return json_pack("{s:i}", "unread", (int)why);
	must(zg_dkim_sign_init(&s, &crypt, &o) == 0, "memory");
	zg_dkim_sign_body(&s, zg_slice_sub(mail, end, mail.n));
	no = zg_dkim_sign_block(&s, &h, a, &u);
	zg_dkim_sign_done(&s);
	if (no != ZG_DKIM_SIGNABLE)
		return json_pack("{s:i}", "refused", (int)no);
	field = signature_of(&u, &keys[o.type == ZG_KEY_RSA ? 0 : 1], a);
	b = zg_buf_of(zg_arena_bytes(a, field.n + mail.n), field.n + mail.n);
	zg_buf_put(&b, field);
	zg_buf_put(&b, mail);
	must(field.n && !b.is_full, "memory");
	return json_pack("{s:o}", "mail", base64_of(zg_buf_slice(&b), a));
}

/* --- the line ------------------------------------------------------------------------------------------------ */

static void key_open(const char *path, struct zg_key *ret)
{
	char text[16384];
	FILE *f = fopen(path, "rb");
	size_t n;

	must(f != NULL, path);
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);	/* it was only read */
	must(zg_keytext_read(zg_slice_of(text, n), ZG_S(""), ret) == ZG_KEYTEXT_OK, path);
}

static void line_answer(const char *line, size_t n, struct zg_arena *a)
{
	json_t *in = json_loadb(line, n, 0, NULL), *out;

	must(in != NULL, "no JSON");
	out = zg_slice_eq(text_of(in, "op"), ZG_S("sign")) ? sign(in, a) : verify(in, a);
	must(out && json_dumpf(out, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n' && fflush(stdout) == 0, "output");
	json_decref(out);
	json_decref(in);
	zg_arena_reset(a);
}

int main(int argc, char **argv)
{
	struct zg_arena_heap heap = { heap_get, heap_put, NULL };
	struct zg_arena a;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	must(argc == 3 && zg_crypt_init(&crypt) == 0, "usage: dkim_ours RSA.pem ED25519.txt");
	key_open(argv[1], &keys[0]);
	key_open(argv[2], &keys[1]);
	zg_arena_init(&a, &heap, ROOM);
	while ((n = getline(&line, &cap, stdin)) > 0)
		line_answer(line, (size_t)n, &a);
	free(line);
	zg_key_done(&keys[0]);
	zg_key_done(&keys[1]);
	zg_crypt_done(&crypt);
	return 0;
}
