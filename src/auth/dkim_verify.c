/* dkim_verify.c - verifying: a machine that hashes as the message comes and asks for keys beside it.
 *
 *   new -> header -+-> body* -> end --------------------------+-> verdicts
 *                  +-> step/feed until every question is told -+
 *
 * header reads the first 8 signature fields, computes the header hash of each, and puts the questions, each name
 * once.  A signature is checked against its key when the key is told; what the body has to say is joined at the end,
 * in the order of RFC 6376 6.1: field, key, body hash, signature, and then what this verifier asks beyond (the l=
 * and the From rules).
 * Invariants, at every return: (1) every signature has a verdict, and it stands unless its question is open or the
 * body is not over; (2) a verdict is pass only where field, key, header hash and body hash all agreed; (3) what was not
 * decided, for lack of memory or of an answer, is temperror; (4) nothing points into an answer. */
#include <string.h>
#include <zegel/address.h>
#include <zegel/dkim.h>
#include "auth/canon.h"
#include "auth/dkim_key.h"
#include "auth/dkim_keys.h"
#include "auth/dkim_sig.h"
#include "auth/pick.h"
#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/b64.h"
#include "base/limits.h"
#include "base/uninit.h"
#include "crypt/key.h"

#define SCRATCH 8192u		/* octets for a tag table (100 tags) */
#define MAX_RECORDS 8u		/* key records tried for one signature; RFC 6376 3.6.2.2 knows one */
#define MAX_PUBLIC 2048u	/* octets of a decoded p=: an RSA key of 8192 bits has 1,062 */
#define HEADER_B 8u		/* octets of b= that a verdict shows, RFC 6008 4 */

/* One body hash, shared by signatures that want the same. */
struct body {
	struct zg_hash hash;
	struct zg_canon_body canon;
	unsigned char digest[ZG_HASH_SIZE];
	bool is_good;			/* digest holds the hash */
};

struct question {
	struct zg_dns_q q;
	bool is_told;
};

struct signature {
	struct zg_dkim_sig sig;
	struct zg_slice octets;		/* of b= */
	unsigned char hash[ZG_HASH_SIZE];	/* of the header */
	struct body *body;
	struct question *question;	/* NULL: none is needed */
	bool has_key;			/* a key was found and used: the verdict waits for the body */
	bool is_right;			/* the signature fits key and header */
};

struct zg_dkim_verifier {
	const struct zg_crypt *crypt;
	struct zg_arena *a;
	struct zg_arena scratch;
	struct zg_dkim_keys *keys;	/* or NULL */
	int64_t now;
	bool is_ended;
	const char *author_fault;	/* why From does not say who wrote it, or NULL: one From with one address */
	size_t count, body_count, question_count;
	struct signature *v;		/* count of each, made when the header is in; NULL without memory */
	struct body *bodies;
	struct question *questions;
	struct zg_dkim_verdict verdicts[ZG_LIMIT_SIGNATURES];
};

struct zg_slice zg_dkim_result_word(enum zg_dkim_result r)
{
	static const struct zg_slice words[] = {
		[ZG_DKIM_NONE] = ZG_SI("none"),
		[ZG_DKIM_PASS] = ZG_SI("pass"),
		[ZG_DKIM_FAIL] = ZG_SI("fail"),
		[ZG_DKIM_POLICY] = ZG_SI("policy"),
		[ZG_DKIM_NEUTRAL] = ZG_SI("neutral"),
		[ZG_DKIM_TEMPERROR] = ZG_SI("temperror"),
		[ZG_DKIM_PERMERROR] = ZG_SI("permerror"),
	};

	return words[r];
}

struct zg_dkim_verifier *zg_dkim_verify_new(const struct zg_crypt *c, struct zg_arena *a, int64_t now)
{
	struct zg_dkim_verifier *v = zg_arena_alloc(a, sizeof(*v));
	char *scratch = zg_arena_bytes(a, SCRATCH);

	if (!v || !scratch)
		return NULL;
	v->crypt = c;
	v->a = a;
	v->now = now;
	zg_arena_init_fixed(&v->scratch, scratch, SCRATCH);
	return v;
}

void zg_dkim_verify_keys(struct zg_dkim_verifier *v, struct zg_dkim_keys *k)
{
	v->keys = k;
}

static void verdict_set(struct zg_dkim_verifier *v, const struct signature *s, enum zg_dkim_result r,
			const char *reason)
{
	struct zg_dkim_verdict *verdict = &v->verdicts[s - v->v];

	verdict->result = r;
	verdict->reason = reason;
}

/* An error of what was read; a full arena is not the message's fault. */
static void verdict_error(struct zg_dkim_verifier *v, const struct signature *s, enum zg_dkim_result r,
			  const char *reason)
{
	bool is_full = v->a->is_full || v->scratch.is_full;

	verdict_set(v, s, is_full ? ZG_DKIM_TEMPERROR : r, is_full ? "no memory" : reason);
}

/* --- the header ---------------------------------------------------------------------------------------------- */

/* The first octets of b=, blanks left out. */
static struct zg_slice header_b(struct zg_slice b, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, HEADER_B);
	struct zg_buf out = zg_buf_of(p, p ? HEADER_B : 0);

	for (size_t i = 0; i < b.n && out.n < out.cap; i++)
		if (!zg_ascii_is_space(b.p[i]))
			zg_buf_putc(&out, b.p[i]);
	return zg_buf_slice(&out);
}

/* RFC 6376 3.7, step 2.  0, or -1 without memory. */
static int header_hash(struct zg_dkim_verifier *v, struct signature *s, const struct zg_field *own,
		       struct zg_pick *pick)
{
	struct zg_slice list = s->sig.headers, name;
	ZG_UNINIT struct zg_canon_out o;
	struct zg_hash hash;
	int rc;

	if (zg_hash_init(&hash, v->crypt) < 0) {
		zg_hash_done(&hash);
		return -1;
	}
	zg_canon_out_init(&o, NULL, &hash);
	zg_pick_restart(pick);
	while (zg_taglist_item(&list, ':', &name)) {
		const struct zg_field *f = zg_pick_next(pick, name);

		if (f == own)	/* RFC 6376 3.5: the field itself is not in its h= */
			f = zg_pick_next(pick, name);
		if (f)
			zg_canon_field(s->sig.header, f, &o);
	}
	zg_canon_field_bare(s->sig.header, own, s->sig.b_raw, &o);
	zg_canon_out_flush(&o);
	rc = zg_hash_final(&hash, s->hash);
	zg_hash_done(&hash);
	return rc;
}

/* A body hash with these settings: one that is there, or a new one; NULL without memory. */
static struct body *body_get(struct zg_dkim_verifier *v, const struct zg_dkim_sig *sig)
{
	struct body *b;

	for (size_t i = 0; i < v->body_count; i++)
		if (v->bodies[i].canon.canon == sig->body && v->bodies[i].canon.limit == sig->length)
			return &v->bodies[i];
	b = &v->bodies[v->body_count];
	if (zg_hash_init(&b->hash, v->crypt) < 0) {
		zg_hash_done(&b->hash);
		return NULL;
	}
	zg_canon_body_init(&b->canon, sig->body, sig->length, &b->hash);
	v->body_count++;
	return b;
}

/* The question for the key, put once for each name; NULL without room. */
static struct question *question_get(struct zg_dkim_verifier *v, const struct zg_dkim_sig *sig)
{
	size_t cap = ZG_LIMIT_DOMAIN;
	char *p = zg_arena_bytes(v->a, cap);
	struct zg_buf b = zg_buf_of(p, p ? cap : 0);
	struct question *q;

	if (zg_dkim_key_name(sig->asked_selector, sig->asked_domain, &b) < 0)
		return NULL;
	for (size_t i = 0; i < v->question_count; i++)
		if (zg_slice_eq(v->questions[i].q.name, zg_buf_slice(&b)))
			return &v->questions[i];
	q = &v->questions[v->question_count++];
	q->q = (struct zg_dns_q){ .name = zg_buf_slice(&b), .type = ZG_DNS_TXT };
	return q;
}

static void signature_read(struct zg_dkim_verifier *v, struct signature *s, const struct zg_field *f,
			   struct zg_pick *pick)
{
	struct zg_dkim_verdict *verdict = &v->verdicts[s - v->v];
	const char *why = zg_dkim_sig_read(f->value, &v->scratch, v->a, &s->sig);

	*verdict = (struct zg_dkim_verdict){ .domain = s->sig.domain, .selector = s->sig.selector,
		.identity = s->sig.identity, .algorithm = s->sig.algorithm, .reason = "" };
	verdict->signature = header_b(s->sig.b, v->a);
	if (!why)
		why = zg_dkim_sig_octets(&s->sig, v->a, &s->octets);
	if (why) {
		verdict_error(v, s, ZG_DKIM_PERMERROR, why);
		return;
	}
	if (s->sig.expire >= 0 && s->sig.expire < v->now) {
		verdict_error(v, s, ZG_DKIM_FAIL, "the signature has expired (x=)");
		return;
	}
	s->body = body_get(v, &s->sig);
	if (s->body && header_hash(v, s, f, pick) == 0)
		s->question = question_get(v, &s->sig);
	if (s->question)
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "the key was not told");
	else
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "no memory");
}

/* RFC 6376 8.15 and RFC 5322 3.6: a receiver may show any of several authors, so none of them is proved.  NULL where there
 * is one. */
static const char *author_fault(const struct zg_headers *h)
{
	const struct zg_field *from = zg_header_get(h, ZG_S("from"), 0);
	struct zg_address first;
	size_t count = 0;

	if (from && zg_header_count(h, ZG_S("from")) == 1 && zg_address_list(from->value, &first, &count) < 0)
		return "From cannot be read";
	return count == 1 ? NULL : "there is not exactly one From with one address";
}

void zg_dkim_verify_header(struct zg_dkim_verifier *v, const struct zg_headers *h)
{
	size_t there = zg_header_count(h, ZG_S("dkim-signature"));
	struct zg_pick pick;
	const struct zg_field *f;

	v->count = there < ZG_LIMIT_SIGNATURES ? there : ZG_LIMIT_SIGNATURES;
	for (size_t i = 0; i < v->count; i++)
		v->verdicts[i] = (struct zg_dkim_verdict){ .result = ZG_DKIM_TEMPERROR, .reason = "no memory" };
	if (!v->count || zg_pick_init(&pick, h, v->a) < 0)
		return;
	v->bodies = zg_arena_array(v->a, v->count, sizeof(v->bodies[0]));
	v->questions = zg_arena_array(v->a, v->count, sizeof(v->questions[0]));
	v->v = zg_arena_array(v->a, v->count, sizeof(v->v[0]));
	if (!v->bodies || !v->questions)
		v->v = NULL;
	v->author_fault = author_fault(h);
	f = h->v;
	for (size_t i = 0; v->v && i < v->count; f++)
		if (f->name.n == sizeof("dkim-signature") - 1 && zg_slice_eq_ci(f->name, ZG_S("dkim-signature")))
			signature_read(v, &v->v[i++], f, &pick);
}

/* --- the body ------------------------------------------------------------------------------------------------ */

void zg_dkim_verify_body(struct zg_dkim_verifier *v, struct zg_slice piece)
{
	for (size_t i = 0; i < v->body_count && !v->is_ended; i++)
		zg_canon_body_update(&v->bodies[i].canon, piece);
}

void zg_dkim_verify_end(struct zg_dkim_verifier *v)
{
	for (size_t i = 0; i < v->body_count && !v->is_ended; i++) {
		struct body *b = &v->bodies[i];

		zg_canon_body_end(&b->canon);
		b->is_good = zg_hash_final(&b->hash, b->digest) == 0;
	}
	v->is_ended = true;
}

/* --- the keys ------------------------------------------------------------------------------------------------ */

enum zg_step zg_dkim_verify_step(struct zg_dkim_verifier *v, const struct zg_dns_q **ret_q)
{
	const struct zg_dns_q *first = NULL;

	for (size_t i = v->question_count; i-- > 0;) {
		if (v->questions[i].is_told)
			continue;
		v->questions[i].q.next = first;
		first = &v->questions[i].q;
	}
	if (!first)
		return ZG_DONE;
	*ret_q = first;
	return ZG_ASK;
}

/* What came of one key record. */
struct attempt {
	const char *why;		/* why it cannot be used, or NULL */
	bool has_memory;
	bool is_right;			/* the signature fits */
	bool is_testing;
	unsigned bits;
};

/* As zg_key_public_read, of a p= as it stands. */
static int key_parse(enum zg_key_type type, struct zg_slice p, struct zg_key *ret)
{
	char octets[MAX_PUBLIC];
	struct zg_buf b = zg_buf_of(octets, sizeof(octets));

	return zg_b64_decode_fws(p, &b) < 0 ? 1 : zg_key_public_read(type, zg_buf_slice(&b), ret);
}

/* Why key_parse refused this p=. */
static const char *key_fault(enum zg_key_type type, struct zg_slice p)
{
	char octets[MAX_PUBLIC];
	struct zg_buf b = zg_buf_of(octets, sizeof(octets));
	bool is_long = zg_b64_decode_fws(p, &b) < 0 && b.is_full;
	struct zg_rsa_numbers r;

	if (!is_long && zg_rsa_numbers_read(zg_buf_slice(&b), &r) == 0)
		is_long = zg_rsa_bits(r.n) > ZG_KEY_RSA_MAX;
	return type == ZG_KEY_RSA && is_long ? "the key is longer than 8192 bits" : "the key cannot be read (p=)";
}

/* The key of this p=: the cache's, or *own, parsed now, which the caller ends.  As zg_key_public_read. */
static int key_get(struct zg_dkim_verifier *v, const struct signature *s, struct zg_slice p, struct zg_key *own,
		   struct zg_key **ret)
{
	struct zg_key *key = v->keys ? zg_dkim_keys_get(v->keys, s->sig.type, p) : NULL;
	int rc = key ? 0 : key_parse(s->sig.type, p, own);

	if (!key && rc == 0 && v->keys)
		key = zg_dkim_keys_put(v->keys, p, own);
	*ret = key ? key : own;
	return rc;
}

/* Holds the signature against the key. */
static void key_use(struct zg_dkim_verifier *v, const struct signature *s, struct zg_slice p, struct attempt *t)
{
	struct zg_key own = { .pkey = NULL }, *key;
	int rc = key_get(v, s, p, &own, &key);

	t->bits = rc ? 0 : key->bits;
	if (rc)
		t->why = key_fault(s->sig.type, p);
	else if (key->type == ZG_KEY_RSA && key->bits < ZG_KEY_RSA_MIN)
		t->why = "the key is shorter than 1024 bits";	/* RFC 8301 3.2 */
	else
		rc = zg_key_verify(key, s->hash, s->octets);
	t->is_right = !t->why && rc == 0;
	t->has_memory = rc >= 0;
	zg_key_done(&own);
}

/* One record for one signature, RFC 6376 6.1.2 steps 5 to 8. */
static struct attempt record_use(struct zg_dkim_verifier *v, const struct signature *s, struct zg_slice text)
{
	struct attempt t = { .has_memory = true };
	struct zg_dkim_key key;

	t.why = zg_dkim_key_read(text, &v->scratch, &key);
	t.has_memory = !v->scratch.is_full;
	if (t.why)
		return t;
	t.is_testing = key.is_testing;
	if (!key.p.n)
		t.why = "the key is revoked (p= is empty)";
	else if (key.type != s->sig.type)
		t.why = "the key is of another type than a= says (k=)";
	else if (key.is_strict && s->sig.is_below)
		t.why = "i= must be at d= with this key (t=s)";
	else
		key_use(v, s, key.p, &t);
	return t;
}

/* RFC 6376 6.1.2 step 4: goes through the records.  One that makes the signature right counts before one that could
 * be used, and that before one that could not; among equals the first. */
static void records_use(struct zg_dkim_verifier *v, struct signature *s, const struct zg_dns_a *a)
{
	struct zg_dkim_verdict *verdict = &v->verdicts[s - v->v];
	struct attempt best = { .why = "no key" };

	for (size_t i = 0; i < a->rr_count && i < MAX_RECORDS && !best.is_right; i++) {
		struct attempt t = record_use(v, s, a->rr[i].data);

		if (!t.has_memory) {
			verdict_set(v, s, ZG_DKIM_TEMPERROR, "no memory");
			return;
		}
		if (!i || t.is_right || (best.why && !t.why))
			best = t;
	}
	verdict->bits = best.bits;
	verdict->is_testing = best.is_testing;
	s->is_right = best.is_right;
	s->has_key = !best.why;
	if (best.why)	/* 8 are looked at: the one that is meant may be behind them */
		verdict_set(v, s, ZG_DKIM_PERMERROR, a->rr_count > MAX_RECORDS ? "too many key records" : best.why);
}

static void signature_tell(struct zg_dkim_verifier *v, struct signature *s, const struct zg_dns_a *a)
{
	switch (a->status) {
	case ZG_DNS_FOUND:
		if (a->rr_count) {
			records_use(v, s, a);
			return;
		}
		break;
	case ZG_DNS_NODATA:
	case ZG_DNS_NXDOMAIN:
		break;
	case ZG_DNS_TIMEOUT:
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "no answer about the key");
		return;
	case ZG_DNS_SERVFAIL:
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "the DNS failed to answer about the key");
		return;
	case ZG_DNS_BOGUS:
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "the answer about the key is forged (DNSSEC)");
		return;
	}
	verdict_set(v, s, ZG_DKIM_PERMERROR, "no key");
}

void zg_dkim_verify_feed(struct zg_dkim_verifier *v, const struct zg_dns_a *a)
{
	struct question *q = NULL;

	for (size_t i = 0; i < v->question_count; i++)
		if (!v->questions[i].is_told && a->type == ZG_DNS_TXT && zg_slice_eq_ci(v->questions[i].q.name, a->name))
			q = &v->questions[i];
	if (!q)
		return;
	q->is_told = true;
	for (size_t i = 0; v->v && i < v->count; i++)
		if (v->v[i].question == q)
			signature_tell(v, &v->v[i], a);
}

static enum zg_step asker_step(void *machine, const struct zg_dns_q **ret_q)
{
	return zg_dkim_verify_step(machine, ret_q);
}

static void asker_feed(void *machine, const struct zg_dns_a *a)
{
	zg_dkim_verify_feed(machine, a);
}

struct zg_asker zg_dkim_verify_asker(struct zg_dkim_verifier *v)
{
	return (struct zg_asker){ v, asker_step, asker_feed };
}

/* --- the verdicts -------------------------------------------------------------------------------------------- */

/* Field and key are good: what body, signature and this verifier's own rules say. */
static void judge(struct zg_dkim_verifier *v, const struct signature *s)
{
	const struct body *b = s->body;

	if (!b->is_good)
		verdict_set(v, s, ZG_DKIM_TEMPERROR, "no memory");
	else if (s->sig.length != UINT64_MAX && s->sig.length > b->canon.length)
		/* RFC 6376 3.5: l= must not be larger than the body. */
		verdict_set(v, s, ZG_DKIM_PERMERROR, "l= is larger than the body");
	else if (memcmp(b->digest, s->sig.body_hash, ZG_HASH_SIZE) != 0)
		verdict_set(v, s, ZG_DKIM_FAIL, "the body has changed (bh=)");
	else if (!s->is_right)
		verdict_set(v, s, ZG_DKIM_FAIL, "the signature does not fit (b=)");
	else if (v->author_fault)
		verdict_set(v, s, ZG_DKIM_PERMERROR, v->author_fault);
	else if (s->sig.length < b->canon.length)
		/* RFC 6376 8.2: what stands behind l= is nobody's. */
		verdict_set(v, s, ZG_DKIM_POLICY, "the body goes on behind l=");
	else
		/* RFC 6376 3.6.1: what is tested counts as unsigned; who reads on must know. */
		verdict_set(v, s, ZG_DKIM_PASS, v->verdicts[s - v->v].is_testing ? "the key is for tests only (t=y)" : "");
}

size_t zg_dkim_verify_verdicts(struct zg_dkim_verifier *v, const struct zg_dkim_verdict **ret)
{
	for (size_t i = 0; v->v && i < v->count; i++) {
		if (!v->v[i].has_key)
			continue;
		if (v->is_ended)
			judge(v, &v->v[i]);
		else
			verdict_set(v, &v->v[i], ZG_DKIM_TEMPERROR, "the body did not end");
	}
	*ret = v->verdicts;
	return v->count;
}

void zg_dkim_verify_done(struct zg_dkim_verifier *v)
{
	for (size_t i = 0; i < v->body_count; i++)
		zg_hash_done(&v->bodies[i].hash);
	v->body_count = 0;
}
