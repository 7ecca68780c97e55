/* test_no_memory.c - every allocation of the library fails: the k-th once, and the k-th and all after it, for each k.
 *
 * All that the library can ask for is counted here: chunks of arenas, what OpenSSL takes (its own memory functions are
 * replaced before it takes anything), and libidn2's answer.  A job is run whole first, and has to come out right; then
 * with each failure.  It may then say that there is no memory, or still be right; never anything else, and nothing that
 * it took may stay taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <idn2.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <zegel/address.h>
#include <zegel/dkim.h>
#include <zegel/zone.h>
#include "base/secret.h"
#include "testdata.h"

#define ROOM (4u << 20)
#define NEVER LONG_MAX
#define WHOLE 2000		/* allocations of a job that are failed each */
#define LAST 300		/* of those at the end of a longer one, too */
#define MOST 200		/* and so many of those before */

static long asked, fails_at = NEVER;	/* allocations of this run so far; the first that fails */
static bool is_for_ever;		/* and all after it */
static long living;			/* taken and not given back */

static bool is_refused(void)
{
	asked++;
	return is_for_ever ? asked >= fails_at : asked == fails_at;
}

static void *take(size_t n)
{
	void *p = is_refused() ? NULL : malloc(n ? n : 1);

	living += p != NULL;
	return p;
}

static void give(void *p)
{
	living -= p != NULL;
	free(p);
}

static void *openssl_take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return take(n);
}

static void *openssl_change(void *p, size_t n, const char *file, int line)
{
	if (!p)
		return openssl_take(n, file, line);
	return is_refused() ? NULL : realloc(p, n ? n : 1);
}

static void openssl_give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	give(p);
}

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	return take(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	give(p);
}

static const struct zg_arena_heap heap = { heap_get, heap_put, NULL };

/* The linker gives the library this one in place of libidn2's. */
int __real_idn2_lookup_u8(const uint8_t *src, uint8_t **to, int flags);
int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **to, int flags);
int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **to, int flags)
{
	return is_refused() ? IDN2_MALLOC : __real_idn2_lookup_u8(src, to, flags);
}

/* --- the jobs ------------------------------------------------------------------------------------------------ */

enum outcome { RIGHT, NO_MEMORY, WRONG };

static struct zg_arena world;	/* what the jobs read: taken before anything fails */
static struct zg_zone *keys_zone, *revoked_zone;
static struct zg_slice message, changed, forged;
static struct { const char *file, *passphrase; enum zg_keytext want; struct zg_slice text; } texts[] = {
	{ "keytext/rsa2048-pkcs1.pem", "", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/ed25519.pem", "", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/rsa2048.pem", "", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/ed25519-pbes2.pem", "sesame", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/rsa2048-traditional-aes.pem", "sesame", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "dkim/rfc/rfc8463-ed25519-seed-base64.txt", "", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/rsa2048-misfit.pem", "", ZG_KEYTEXT_MISFIT, { NULL, 0 } },
	{ "keytext/ed25519-pbe3des-utf8.pem", "s\xc3\xa9same", ZG_KEYTEXT_OK, { NULL, 0 } },
	{ "keytext/rsa2048-traditional-aes.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, { NULL, 0 } },
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static enum outcome domain_job(const void *arg)
{
	static const struct { struct zg_slice in, out; } rows[] = {
		{ ZG_SI("Example.BE."), ZG_SI("example.be") },
		{ ZG_SI("b\xc3\xbc" "cher.example"), ZG_SI("xn--bcher-kva.example") },
	};
	enum outcome o = RIGHT;
	struct zg_arena a;

	(void)arg;
	zg_arena_init(&a, &heap, ROOM);
	for (size_t i = 0; i < 2 && o == RIGHT; i++) {
		struct zg_slice got = zg_address_domain(rows[i].in, &a);

		if (!zg_slice_eq(got, rows[i].out))
			o = got.n ? WRONG : NO_MEMORY;
	}
	zg_arena_reset(&a);
	return o;
}

static enum outcome header_job(const void *arg)
{
	struct zg_slice head = zg_slice_sub(message, 0, zg_header_end(message));
	enum zg_header_error e;
	struct zg_headers h;
	struct zg_arena a;
	enum outcome o = NO_MEMORY;

	(void)arg;
	zg_arena_init(&a, &heap, ROOM);
	e = zg_header_index(head, &a, &h);
	if (e != ZG_HEADER_NO_ROOM)
		o = e == ZG_HEADER_OK && zg_header_count(&h, ZG_S("from")) == 1 ? RIGHT : WRONG;
	zg_arena_reset(&a);
	return o;
}

static enum outcome zone_job(const void *arg)
{
	static const char text[] = "a.example. 60 IN A 192.0.2.1\na.example. 60 IN TXT \"one\" \"two\"\na.example. 60 IN TXT \"three\"\n"
		"w.example. 60 IN CNAME a.example.\n*.w.example. 60 IN MX 10 a.example.\n";
	const struct zg_dns_q q = { .name = ZG_SI("w.example"), .type = ZG_DNS_TXT };
	struct zg_zone_error e = { 0, NULL };
	struct zg_dns_a got;
	enum outcome o = NO_MEMORY;
	struct zg_zone *z;
	struct zg_arena a;

	(void)arg;
	zg_arena_init(&a, &heap, ROOM);
	z = zg_zone_read(zg_slice_of(text, sizeof(text) - 1), &a, &e);
	if (z) {
		zg_zone_answer(z, &q, &a, &got);
		if (got.status != ZG_DNS_SERVFAIL)
			o = got.status == ZG_DNS_FOUND && got.rr_count == 2 && got.rr[0].data.n == 6 ? RIGHT : WRONG;
	} else if (!a.is_full || !e.why) {
		o = WRONG;
	}
	zg_arena_reset(&a);
	return o;
}

static enum outcome keytext_job(const void *arg)
{
	size_t i = (size_t)(const char *)arg - (size_t)(const char *)texts;
	struct zg_key k = { 0 };
	enum zg_keytext got;

	i /= sizeof(texts[0]);
	got = zg_keytext_read(texts[i].text, zg_slice_cstr(texts[i].passphrase), &k);
	zg_key_done(&k);
	if (got == texts[i].want)
		return RIGHT;
	return got == ZG_KEYTEXT_NO_MEMORY ? NO_MEMORY : WRONG;
}

static int halves_work(struct zg_key *k, struct zg_key *back, struct zg_key *half)
{
	unsigned char der[8192], hash[ZG_HASH_SIZE] = { 1 };
	char p[2048], text[2048], sum[ZG_KEY_SIGNATURE_MAX];
	struct zg_secret secret = { 0, sizeof(der), der };
	struct zg_buf b = zg_buf_of(p, sizeof(p)), t = zg_buf_of(text, sizeof(text)), s = zg_buf_of(sum, sizeof(sum));

	if (zg_key_private_write(k, &secret) < 0 || zg_key_private_read(&secret, back) < 0 || zg_key_public_write(back, &b) < 0 ||
	    zg_key_public_read(k->type, zg_buf_slice(&b), half) < 0 || zg_dkim_key_record(half, &t) < 0 || zg_key_sign(back, hash, &s) < 0)
		return -1;
	return zg_key_verify(half, hash, zg_buf_slice(&s));
}

static enum outcome halves_job(const void *arg)
{
	struct zg_key k = { 0 }, back = { 0 }, half = { 0 };
	enum outcome o = NO_MEMORY;
	int rc;

	(void)arg;
	for (size_t i = 0; i < 2; i++) {	/* RSA and Ed25519 */
		if (zg_keytext_read(texts[i].text, ZG_S(""), &k) != ZG_KEYTEXT_OK)
			return NO_MEMORY;
		rc = halves_work(&k, &back, &half);
		o = rc == 0 ? RIGHT : rc < 0 ? NO_MEMORY : WRONG;
		zg_key_done(&k);
		zg_key_done(&back);
		zg_key_done(&half);
		if (o != RIGHT)
			break;
	}
	return o;
}

static const char mail[] = "From: a@b\xc3\xbc" "cher.example\r\nSubject: x\r\n\r\ntext\r\n";
static char wanted[2][2048];	/* the fields that came out when nothing failed */
static size_t wanted_n[2];

/* One signature, from the key's text to the field. */
static enum outcome sign(struct zg_key *key, const struct zg_crypt *c, size_t which, struct zg_arena *a)
{
	struct zg_dkim_sign_opts opts = { .domain = ZG_S("xn--bcher-kva.example"), .selector = ZG_S("s1"), .type = key->type,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = 1, .expire = -1 };
	struct zg_slice msg = zg_slice_of(mail, sizeof(mail) - 1), field = { NULL, 0 };
	unsigned char sum[ZG_HASH_SIZE];
	char mem[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(mem, sizeof(mem));
	struct zg_dkim_unsigned u;
	enum zg_dkim_refusal r = ZG_DKIM_NO_ROOM;
	struct zg_dkim_signer s;
	struct zg_headers h;
	struct zg_hash hash = { NULL, true };

	if (zg_header_index(zg_slice_sub(msg, 0, zg_header_end(msg)), a, &h) != ZG_HEADER_OK)
		return NO_MEMORY;
	if (zg_dkim_sign_init(&s, c, &opts) == 0) {
		zg_dkim_sign_body(&s, zg_slice_sub(msg, zg_header_end(msg), msg.n));
		r = zg_dkim_sign_block(&s, &h, a, &u);
	}
	if (r == ZG_DKIM_SIGNABLE && zg_hash_init(&hash, c) == 0) {
		zg_hash_update(&hash, u.block);
		if (zg_hash_final(&hash, sum) == 0 && zg_key_sign(key, sum, &signature) == 0)
			field = zg_dkim_sign_field(&u, zg_buf_slice(&signature), a);
	}
	zg_hash_done(&hash);
	zg_dkim_sign_done(&s);
	if (r != ZG_DKIM_SIGNABLE && r != ZG_DKIM_NO_ROOM)
		return WRONG;
	if (field.n && !wanted_n[which]) {
		memcpy(wanted[which], field.p, field.n);
		wanted_n[which] = field.n;
	}
	if (!field.n)
		return NO_MEMORY;
	return zg_slice_eq(field, zg_slice_of(wanted[which], wanted_n[which])) ? RIGHT : WRONG;
}

static enum outcome sign_job(const void *arg)
{
	enum outcome o = NO_MEMORY;
	struct zg_crypt c;

	(void)arg;
	if (zg_crypt_init(&c) < 0) {
		zg_crypt_done(&c);
		return NO_MEMORY;
	}
	for (size_t i = 0; i < 2; i++) {
		struct zg_key key = { 0 };
		struct zg_arena a;

		zg_arena_init(&a, &heap, ROOM);
		o = zg_keytext_read(texts[i].text, ZG_S(""), &key) == ZG_KEYTEXT_OK ? sign(&key, &c, i, &a) : NO_MEMORY;
		zg_key_done(&key);
		zg_arena_reset(&a);
		if (o != RIGHT)
			break;
	}
	zg_crypt_done(&c);
	return o;
}

struct verify_row {
	const char *what;
	const struct zg_slice *message;
	struct zg_zone *const *zone;
	enum zg_dkim_result want;
	bool has_cache;
};

/* The verdicts: each the right one, or temperror. */
static enum outcome verdicts_judge(struct zg_dkim_verifier *v, enum zg_dkim_result want)
{
	const struct zg_dkim_verdict *got;
	size_t count = zg_dkim_verify_verdicts(v, &got);
	enum outcome o = count == 2 ? RIGHT : WRONG;

	for (size_t i = 0; i < count; i++) {
		if (got[i].result == ZG_DKIM_TEMPERROR)
			o = o == RIGHT ? NO_MEMORY : o;
		else if (got[i].result != want)
			o = WRONG;
	}
	return o;
}

static enum outcome verify(const struct verify_row *row, const struct zg_crypt *c, struct zg_dkim_keys *keys, struct zg_arena *a)
{
	struct zg_slice msg = *row->message;
	size_t head = zg_header_end(msg);
	struct zg_dkim_verifier *v;
	struct zg_headers h;
	struct zg_asker m;
	enum outcome o;

	if (zg_header_index(zg_slice_sub(msg, 0, head), a, &h) != ZG_HEADER_OK)
		return NO_MEMORY;
	v = zg_dkim_verify_new(c, a, 1600000000);
	if (!v)
		return NO_MEMORY;
	if (keys)
		zg_dkim_verify_keys(v, keys);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(msg, head, msg.n));
	zg_dkim_verify_end(v);
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(*row->zone, &m, &world);
	o = verdicts_judge(v, row->want);
	zg_dkim_verify_done(v);
	return o;
}

static enum outcome verify_job(const void *arg)
{
	const struct verify_row *row = arg;
	struct zg_dkim_keys *keys = NULL;
	enum outcome o = NO_MEMORY;
	struct zg_arena a, kept;
	struct zg_crypt c;

	zg_arena_init(&a, &heap, ROOM);
	zg_arena_init(&kept, &heap, ROOM);
	if (row->has_cache)
		keys = zg_dkim_keys_new(&kept, 4);
	if (zg_crypt_init(&c) == 0 && (keys || !row->has_cache)) {
		o = verify(row, &c, keys, &a);
		zg_arena_reset(&a);
		if (o == RIGHT)		/* the keys are in the cache now */
			o = verify(row, &c, keys, &a);
	}
	zg_dkim_keys_done(keys);
	zg_crypt_done(&c);
	zg_arena_reset(&a);
	zg_arena_reset(&kept);
	return o;
}

/* --- the failures -------------------------------------------------------------------------------------------- */

/* One run; answers how many allocations it asked for.  What OpenSSL keeps for a thread (its list of errors, its random
 * numbers) goes with the thread: it is no leak, and not in the count of what is left. */
static long run(enum outcome (*job)(const void *arg), const void *arg, long k, bool for_ever, enum outcome *ret)
{
	(void)ERR_peek_error();		/* makes the list, empty */
	asked = 0;
	fails_at = k;
	is_for_ever = for_ever;
	*ret = job(arg);
	fails_at = NEVER;
	if (ERR_peek_error() != 0)
		fail_msg("errors are left in OpenSSL's list when allocation %ld fails", k);
	OPENSSL_thread_stop();
	return asked;
}

/* The allocation to fail after the k-th.  Where there are thousands, they are the rounds of a derivation, which ask for
 * the same again and again: then those at the end are failed each, and of the others as many as the time allows. */
static long after(long k, long count)
{
	long step = getenv("ZEGEL_TEST_ALL") || count <= WHOLE ? 1 : 1 + (count - LAST) / MOST;

	return k >= count - LAST || step < 1 ? k + 1 : k + step;
}

static void fail_each(const char *what, enum outcome (*job)(const void *arg), const void *arg, bool for_ever)
{
	long count, living_before, right = 0, tried = 0;
	enum outcome o;

	for (int i = 0; i < 3; i++)	/* what OpenSSL keeps for good is taken at the first */
		if (job(arg) != RIGHT)
			fail_msg("%s: does not come out right where nothing fails", what);
	(void)run(job, arg, NEVER, for_ever, &o);	/* a thread begins anew: it asks for more */
	living_before = living;
	count = run(job, arg, NEVER, for_ever, &o);
	assert_int_equal(living, living_before);
	for (long k = 1; k <= count; k = after(k, count)) {
		(void)run(job, arg, k, for_ever, &o);
		if (o == WRONG)
			fail_msg("%s: a wrong answer when allocation %ld of %ld fails%s", what, k, count, for_ever ? " for ever" : "");
		if (living != living_before)
			fail_msg("%s: %ld taken and not given back when allocation %ld of %ld fails%s", what, living - living_before, k,
				 count, for_ever ? " for ever" : "");
		right += o == RIGHT;
		tried++;
	}
	print_message("figure: %s: %ld of %ld allocations failed %s, still right %ld times\n", what, tried, count,
		      for_ever ? "for ever" : "once", right);
}

static void both(const char *what, enum outcome (*job)(const void *arg), const void *arg)
{
	fail_each(what, job, arg, false);
	fail_each(what, job, arg, true);
}

static void domains(void **state)
{
	(void)state;
	both("a domain", domain_job, NULL);
}

static void headers(void **state)
{
	(void)state;
	both("a header index", header_job, NULL);
}

static void zones(void **state)
{
	(void)state;
	both("a zone and an answer", zone_job, NULL);
}

static void key_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++)
		both(texts[i].file, keytext_job, &texts[i]);
}

static void key_halves(void **state)
{
	(void)state;
	both("keys written and read back", halves_job, NULL);
}

static void signing(void **state)
{
	(void)state;
	both("signing", sign_job, NULL);
}

static void verifying(void **state)
{
	static const struct verify_row rows[] = {
		{ "verifying a good message", &message, &keys_zone, ZG_DKIM_PASS, false },
		{ "verifying a good message with a cache of keys", &message, &keys_zone, ZG_DKIM_PASS, true },
		{ "verifying a changed body", &changed, &keys_zone, ZG_DKIM_FAIL, false },
		{ "verifying a forged signature", &forged, &keys_zone, ZG_DKIM_FAIL, true },
		{ "verifying under a revoked key", &message, &revoked_zone, ZG_DKIM_PERMERROR, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		both(rows[i].what, verify_job, &rows[i]);
}

/* A copy of s where the octets `from` are the octets `to`, as many. */
static struct zg_slice with(struct zg_slice s, const char *from, const char *to)
{
	struct zg_slice copy = zg_arena_dup(&world, s);
	size_t at = 0, count = 0;

	while ((at += zg_slice_find_slice(zg_slice_sub(copy, at, copy.n), zg_slice_cstr(from))) < copy.n) {
		memcpy((char *)(uintptr_t)copy.p + at, to, strlen(to));
		at += strlen(to);
		count++;
	}
	assert_true(count > 0);
	return copy;
}

static int set_up(void **state)
{
	struct zg_zone_error e;
	json_t *set;

	(void)state;
	zg_arena_init(&world, &testdata_heap, 64 * ROOM);
	set = testdata_json("dkim/rfc/cases.json", &world);
	keys_zone = testdata_zone(set, NULL, &world);
	json_decref(set);
	message = testdata_file("dkim/rfc/rfc8463-a3.eml", &world);
	changed = with(message, "hungry", "hangry");
	forged = with(message, "Is dinner", "Is danger");
	revoked_zone = zg_zone_read(ZG_S("brisbane._domainkey.football.example.com 60 IN TXT \"v=DKIM1; p=\"\n"
				       "test._domainkey.football.example.com 60 IN TXT \"v=DKIM1; p=\"\n"), &world, &e);
	assert_non_null(revoked_zone);
	for (size_t i = 0; i < TEXTS; i++)
		texts[i].text = testdata_file(texts[i].file, &world);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	zg_arena_reset(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains),
		cmocka_unit_test(headers),
		cmocka_unit_test(zones),
		cmocka_unit_test(key_texts),
		cmocka_unit_test(key_halves),
		cmocka_unit_test(signing),
		cmocka_unit_test(verifying),
	};

	if (CRYPTO_set_mem_functions(openssl_take, openssl_change, openssl_give) != 1)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
