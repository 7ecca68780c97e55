/* test_vault_work.c - what the vault makes, opens, signs and refuses, as functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "io/log.h"
#include "seal/seal.h"
#include "vault/vault.h"
#include "vault/vault_work.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define BLOCK_OF(froms, more, d, s, h) froms "subject:hello\r\n" more "dkim-signature:v=1; a=ed25519-sha256; c=relaxed/relaxed; " \
	"d=" d "; s=" s "; t=1700000000; h=" h "; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b="
#define BLOCK BLOCK_OF("from:Piet <piet@example.be>\r\n", "", "example.be", "s1", "from:subject")

static unsigned char masters_mem[2 * VAULT_MASTER_SIZE] = "the newest of the master keys..the one that was before it......";
static const struct vault_masters both = { masters_mem, 2 }, newest = { masters_mem, 1 },
	older = { masters_mem + VAULT_MASTER_SIZE, 1 };
static const struct vault_owner owner = { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") };

/* A key that was made: what its row would hold. */
static char dek_mem[128], key_mem[1024], public_mem[64];
static struct zg_slice dek, key, public;

static struct vault_work work;
static char packet[VAULT_PACKET_MAX], answers[VAULT_ANSWERS_MAX];

static struct zg_slice kept(char *mem, size_t cap, struct zg_slice s)
{
	assert_true(s.n <= cap);
	memcpy(mem, s.p, s.n);
	return zg_slice_of(mem, s.n);
}

/* One request in a packet of its own; the answer lives until the next. */
static struct vault_answer ask(struct vault_work *w, const struct vault_request *r)
{
	struct zg_buf b = zg_buf_of(packet, sizeof(packet)), out = zg_buf_of(answers, sizeof(answers));
	struct vault_answer a;
	struct zg_cur c;

	vault_packet_write(&b, 1);
	vault_request_write(&b, r);
	assert_false(b.is_full);
	assert_int_equal(vault_work_packet(w, packet, b.n, &out), 0);
	c = zg_cur_of(zg_buf_slice(&out));
	assert_int_equal(vault_packet_read(&c), 1);
	assert_int_equal(vault_answer_read(&c, &a), 0);
	assert_int_equal(a.serial, r->serial);
	assert_int_equal(a.kind, r->kind);
	return a;
}

static bool verifies(const struct vault_answer *a, enum zg_key_type type, struct zg_slice p, struct zg_slice block)
{
	unsigned char hash[ZG_HASH_SIZE];
	struct zg_key k = { .pkey = NULL };
	struct zg_crypt c;
	struct zg_hash h;
	int rc;

	assert_int_equal(zg_crypt_init(&c), 0);
	assert_int_equal(zg_hash_init(&h, &c), 0);
	zg_hash_update(&h, block);
	assert_int_equal(zg_hash_final(&h, hash), 0);
	zg_hash_done(&h);
	assert_int_equal(zg_key_public_read(type, p, &k), 0);
	rc = zg_key_verify(&k, hash, a->signature);
	zg_key_done(&k);
	zg_crypt_done(&c);
	return rc == 0;
}

static struct vault_work *worker_new(const struct vault_masters *m)
{
	struct vault_work *w = malloc(sizeof(*w));

	assert_non_null(w);
	assert_int_equal(vault_work_init(w, m), 0);
	return w;
}

static void worker_free(struct vault_work *w)
{
	vault_work_done(w);
	free(w);
}

static int all_begin(void **state)
{
	const struct vault_request r = { VAULT_MAKE, 1, owner, .type = ZG_KEY_ED25519 };
	struct vault_answer a;

	(void)state;
	log_process("test");
	if (seal_init() < 0 || vault_work_init(&work, &both) < 0)
		return -1;
	a = ask(&work, &r);
	assert_int_equal(a.code, VAULT_OK);
	assert_int_equal(a.bits, 256);
	dek = kept(dek_mem, sizeof(dek_mem), a.sealed_dek);
	key = kept(key_mem, sizeof(key_mem), a.sealed_key);
	public = kept(public_mem, sizeof(public_mem), a.public_key);
	assert_int_equal(public.n, 32);
	return 0;
}

static int all_end(void **state)
{
	(void)state;
	vault_work_done(&work);
	return 0;
}

static struct vault_request sign_request(struct zg_slice block)
{
	return (struct vault_request){ VAULT_SIGN, 5, owner, dek, key, .text = block };
}

static void signs_what_is_its_own(void **state)
{
	struct vault_request r = sign_request(ZG_S(BLOCK));
	struct vault_answer a;

	(void)state;
	for (int i = 0; i < 2; i++) {	/* opened, and out of the cache */
		a = ask(&work, &r);
		assert_int_equal(a.code, VAULT_OK);
		assert_true(verifies(&a, ZG_KEY_ED25519, public, ZG_S(BLOCK)));
		assert_false(verifies(&a, ZG_KEY_ED25519, public, ZG_S(BLOCK "x")));
	}
}

static void refuses_blocks(void **state)
{
	static const struct { const char *proves; struct zg_slice block; enum vault_code code; } rows[] = {
		{ "From below d=", ZG_SI(BLOCK_OF("from:p@post.example.be\r\n", "", "example.be", "s1", "from:subject")), VAULT_OK },
		{ "a foreign From", ZG_SI(BLOCK_OF("from:p@example.com\r\n", "", "example.be", "s1", "from:subject")),
			VAULT_FROM_FOREIGN },
		{ "a From that only ends alike", ZG_SI(BLOCK_OF("from:p@notexample.be\r\n", "", "example.be", "s1", "from:subject")),
			VAULT_FROM_FOREIGN },
		{ "a second From", ZG_SI(BLOCK_OF("from:p@example.be\r\nfrom:q@example.be\r\n", "", "example.be", "s1",
			"from:from:subject")), VAULT_FROM_TWO },
		{ "two addresses in From", ZG_SI(BLOCK_OF("from:p@example.be, q@example.be\r\n", "", "example.be", "s1", "from:subject")),
			VAULT_FROM_TWO_ADDRESSES },
		{ "a From without an address", ZG_SI(BLOCK_OF("from:piet\r\n", "", "example.be", "s1", "from:subject")),
			VAULT_FROM_UNREADABLE },
		{ "no From", ZG_SI(BLOCK_OF("", "", "example.be", "s1", "subject")), VAULT_FROM_MISSING },
		{ "another d=", ZG_SI(BLOCK_OF("from:p@example.com\r\n", "", "example.com", "s1", "from:subject")), VAULT_OTHER_DOMAIN },
		{ "d= of one label", ZG_SI(BLOCK_OF("from:p@example.be\r\n", "", "be", "s1", "from:subject")), VAULT_BAD_BLOCK },
		{ "d= below the owner's", ZG_SI(BLOCK_OF("from:p@a.example.be\r\n", "", "a.example.be", "s1", "from:subject")),
			VAULT_OTHER_DOMAIN },
		{ "another s=", ZG_SI(BLOCK_OF("from:p@example.be\r\n", "", "example.be", "s2", "from:subject")), VAULT_OTHER_SELECTOR },
		{ "h= without From", ZG_SI(BLOCK_OF("from:p@example.be\r\n", "", "example.be", "s1", "subject")), VAULT_BAD_BLOCK },
		{ "b= that is not empty", ZG_SI(BLOCK "AAAA"), VAULT_BAD_BLOCK },
		{ "no signature field", ZG_SI("from:p@example.be\r\nsubject:hello"), VAULT_BAD_BLOCK },
		{ "nothing", ZG_SI(""), VAULT_BAD_BLOCK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vault_request r = sign_request(rows[i].block);
		struct vault_answer a = ask(&work, &r);

		if (a.code != rows[i].code || (a.code == VAULT_OK) != (a.signature.n == 64))
			fail_msg("%s: %d", rows[i].proves, a.code);
	}
}

static void refuses_keys_of_others(void **state)
{
	static const struct { const char *proves; struct vault_owner owner; int cut_dek, cut_key; enum vault_code code; } rows[] = {
		{ "its own", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 0, 0, VAULT_OK },
		{ "another company", { 8, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 0, 0, VAULT_WRONG_KEY },
		{ "another key id", { 7, 8, 1, ZG_SI("example.be"), ZG_SI("s1") }, 0, 0, VAULT_WRONG_KEY },
		{ "another version", { 7, 9, 2, ZG_SI("example.be"), ZG_SI("s1") }, 0, 0, VAULT_WRONG_KEY },
		{ "a data key that is cut", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 1, 0, VAULT_WRONG_KEY },
		{ "a key that is cut", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 0, 1, VAULT_WRONG_KEY },
		{ "no data key", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 1000, 0, VAULT_WRONG_KEY },
		{ "no key", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, 0, 1000, VAULT_WRONG_KEY },
		{ "no domain", { 7, 9, 1, ZG_SI(""), ZG_SI("s1") }, 0, 0, VAULT_BAD_REQUEST },
		{ "no selector", { 7, 9, 1, ZG_SI("example.be"), ZG_SI("") }, 0, 0, VAULT_BAD_REQUEST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vault_request r = sign_request(ZG_S(BLOCK));
		struct vault_answer a;

		r.owner = rows[i].owner;
		r.sealed_dek.n -= (size_t)rows[i].cut_dek > dek.n ? dek.n : (size_t)rows[i].cut_dek;
		r.sealed_key.n -= (size_t)rows[i].cut_key > key.n ? key.n : (size_t)rows[i].cut_key;
		a = ask(&work, &r);
		if (a.code != rows[i].code)
			fail_msg("%s: %d", rows[i].proves, a.code);
	}
}

/* The owner's domain says example.com, the block says so too; but the key was sealed for example.be. */
static void a_moved_row_does_not_open(void **state)
{
	struct vault_request r = sign_request(ZG_S(BLOCK_OF("from:p@example.com\r\n", "", "example.com", "s1", "from:subject")));

	(void)state;
	r.owner.domain = ZG_S("example.com");
	assert_int_equal(ask(&work, &r).code, VAULT_WRONG_KEY);
	r = sign_request(ZG_S(BLOCK_OF("from:p@example.be\r\n", "", "example.be", "s2", "from:subject")));
	r.owner.selector = ZG_S("s2");
	assert_int_equal(ask(&work, &r).code, VAULT_WRONG_KEY);
	for (size_t i = 0; i < key.n; i += 7) {		/* nor one in which an octet fell over */
		key_mem[i] ^= 4;
		r = sign_request(ZG_S(BLOCK));
		assert_int_equal(ask(&work, &r).code, VAULT_WRONG_KEY);
		key_mem[i] ^= 4;
	}
}

static void long_blocks_are_refused(void **state)
{
	char *block = malloc(VAULT_BLOCK_MAX + 1);
	struct vault_request r;

	(void)state;
	assert_non_null(block);
	memset(block, 'x', VAULT_BLOCK_MAX + 1);
	r = sign_request(zg_slice_of(block, VAULT_BLOCK_MAX + 1));
	assert_int_equal(ask(&work, &r).code, VAULT_BAD_REQUEST);
	r = sign_request(zg_slice_of(block, VAULT_BLOCK_MAX));
	assert_int_equal(ask(&work, &r).code, VAULT_BAD_BLOCK);
	free(block);
}

/* RFC 8463 A.2: the key of the example, as a seed in base64; its public half stands there too. */
#define SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="

static void pasted_keys(void **state)
{
	static const struct { const char *proves; struct zg_slice text, passphrase; enum vault_code code; uint32_t detail, number; } rows[] = {
		{ "an Ed25519 seed", ZG_SI(SEED), ZG_SI(""), VAULT_OK, ZG_KEYTEXT_OK, 256 },
		{ "nothing", ZG_SI(" \r\n"), ZG_SI(""), VAULT_KEY_TEXT, ZG_KEYTEXT_EMPTY, 0 },
		{ "the record", ZG_SI("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), ZG_SI(""), VAULT_KEY_TEXT,
			ZG_KEYTEXT_RECORD, 0 },
		{ "something else", ZG_SI("hello"), ZG_SI("x"), VAULT_KEY_TEXT, ZG_KEYTEXT_UNKNOWN, 0 },
		{ "one that is cut, and after how many characters", ZG_SI("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v"), ZG_SI(""), VAULT_KEY_TEXT, ZG_KEYTEXT_CUT,
			28 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct vault_request r = { VAULT_SEAL, 6, owner, dek, .text = rows[i].text, .passphrase = rows[i].passphrase };
		struct vault_answer a = ask(&work, &r);
		struct zg_slice p = zg_slice_of(packet, sizeof(packet));

		if (a.code != rows[i].code || a.detail != rows[i].detail || a.bits != rows[i].number ||
		    (a.code != VAULT_OK && (a.sealed_key.n || a.sealed_dek.n)))
			fail_msg("%s: %d, %u, %u", rows[i].proves, a.code, a.detail, a.bits);
		if (rows[i].text.n > 8 && zg_slice_find_slice(p, rows[i].text) < p.n)
			fail_msg("%s: not wiped", rows[i].proves);
	}
}

static void a_pasted_key_signs(void **state)
{
	const struct vault_request seal = { VAULT_SEAL, 6, owner, .text = ZG_S(SEED) };
	static char d[128], k[1024], p[64];
	struct vault_answer a = ask(&work, &seal);
	struct vault_request r = sign_request(ZG_S(BLOCK));
	struct zg_slice pub;

	(void)state;
	assert_int_equal(a.code, VAULT_OK);
	assert_int_equal((unsigned char)a.public_key.p[0], 0xd7);
	pub = kept(p, sizeof(p), a.public_key);
	r.sealed_dek = kept(d, sizeof(d), a.sealed_dek);	/* none was given: it was made anew */
	r.sealed_key = kept(k, sizeof(k), a.sealed_key);
	a = ask(&work, &r);
	assert_int_equal(a.code, VAULT_OK);
	assert_true(verifies(&a, ZG_KEY_ED25519, pub, ZG_S(BLOCK)));
	r.sealed_dek = dek;					/* and opens with no other */
	assert_int_equal(ask(&work, &r).code, VAULT_WRONG_KEY);
}

static void makes_what_is_asked(void **state)
{
	static const struct { const char *proves; enum zg_key_type type; uint32_t bits; enum vault_code code; unsigned said; } rows[] = {
		{ "RSA of 2048", ZG_KEY_RSA, 2048, VAULT_OK, 2048 },
		{ "RSA too short to be made", ZG_KEY_RSA, 1024, VAULT_FAILED, 0 },
		{ "RSA of an odd length", ZG_KEY_RSA, 2049, VAULT_FAILED, 0 },
		{ "Ed25519", ZG_KEY_ED25519, 0, VAULT_OK, 256 },
		{ "no type", 0, 2048, VAULT_BAD_REQUEST, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct vault_request r = { VAULT_MAKE, 8, owner, dek, .type = rows[i].type, .bits = rows[i].bits };
		struct vault_answer a = ask(&work, &r);

		if (a.code != rows[i].code || a.bits != rows[i].said || a.sealed_dek.n || (a.code == VAULT_OK) != (a.sealed_key.n > 0))
			fail_msg("%s: %d, %u", rows[i].proves, a.code, a.bits);
	}
}

static void data_keys_move_to_the_newest_master(void **state)
{
	struct vault_work *old = worker_new(&older), *only_new = worker_new(&newest);
	struct vault_request r = { VAULT_MAKE, 1, owner, .type = ZG_KEY_ED25519 };
	static char d[128], k[1024], d2[128];
	struct zg_slice old_dek, old_key;
	struct vault_answer a = ask(old, &r);

	(void)state;
	old_dek = kept(d, sizeof(d), a.sealed_dek);
	old_key = kept(k, sizeof(k), a.sealed_key);
	r = (struct vault_request){ VAULT_REWRAP, 2, owner, old_dek, .sealed_key = old_key };
	assert_int_equal(ask(only_new, &r).code, VAULT_WRONG_KEY);
	a = ask(&work, &r);
	assert_int_equal(a.code, VAULT_OK);
	r = sign_request(ZG_S(BLOCK));
	r.sealed_dek = kept(d2, sizeof(d2), a.sealed_dek);
	r.sealed_key = old_key;
	assert_int_equal(ask(only_new, &r).code, VAULT_OK);
	assert_int_equal(ask(old, &r).code, VAULT_WRONG_KEY);
	r = (struct vault_request){ VAULT_REWRAP, 2, owner, old_dek, .sealed_key = key };	/* a key of another data key */
	assert_int_equal(ask(&work, &r).code, VAULT_WRONG_KEY);
	worker_free(old);
	worker_free(only_new);
}

static void packets_are_answered_whole(void **state)
{
	struct zg_buf b = zg_buf_of(packet, sizeof(packet)), out = zg_buf_of(answers, sizeof(answers));
	struct vault_request r = sign_request(ZG_S(BLOCK));
	struct vault_answer a;
	struct zg_cur c;

	(void)state;
	vault_packet_write(&b, 3);
	vault_request_write(&b, &r);
	zg_buf_put(&b, ZG_S("\0\0\0\5\4\0\0\1\2"));	/* no request, but with a serial */
	vault_request_write(&b, &r);
	assert_int_equal(vault_work_packet(&work, packet, b.n, &out), 0);
	c = zg_cur_of(zg_buf_slice(&out));
	assert_int_equal(vault_packet_read(&c), 3);
	assert_int_equal(vault_answer_read(&c, &a), 0);
	assert_int_equal(a.code, VAULT_OK);
	assert_int_equal(vault_answer_read(&c, &a), 0);
	assert_int_equal(a.code, VAULT_BAD_REQUEST);
	assert_int_equal(a.serial, 258);
	assert_int_equal(vault_answer_read(&c, &a), 0);
	assert_int_equal(a.code, VAULT_OK);
	packet[1] = 16;					/* more are promised than come: those that came are answered */
	out = zg_buf_of(answers, sizeof(answers));
	assert_int_equal(vault_work_packet(&work, packet, b.n, &out), 0);
	assert_int_equal(out.p[1], 3);
	out = zg_buf_of(answers, sizeof(answers));
	assert_int_equal(vault_work_packet(&work, packet, 1, &out), -1);
}

/* Key i of many; its octets are no key, the cache does not look. */
static struct vault_cache_id many_id(char *mem, unsigned i)
{
	int n = snprintf(mem, 32, "owner %u", i);

	return (struct vault_cache_id){ zg_slice_of(mem, (size_t)n), ZG_S("dek"), ZG_S("key") };
}

static void the_cache_is_bounded(void **state)
{
	struct vault_cache *c = malloc(sizeof(*c));
	struct zg_key k = { .pkey = NULL };
	struct vault_cache_id id;
	char mem[32];

	(void)state;
	assert_non_null(c);
	vault_cache_init(c);
	for (unsigned i = 0; i < VAULT_CACHE; i++) {
		k = (struct zg_key){ .bits = i };
		id = many_id(mem, i);
		assert_null(vault_cache_get(c, &id));
		assert_non_null(vault_cache_put(c, &id, &k));
	}
	for (unsigned i = 0; i < VAULT_CACHE; i++) {
		id = many_id(mem, i);
		assert_int_equal(vault_cache_get(c, &id)->bits, i);
	}
	id = many_id(mem, 0);
	assert_non_null(vault_cache_get(c, &id));	/* 0 is used again, so 1 is the least used */
	id = many_id(mem, 9999);
	assert_non_null(vault_cache_put(c, &id, &k));
	id = many_id(mem, 1);
	assert_null(vault_cache_get(c, &id));
	id = many_id(mem, 0);
	assert_non_null(vault_cache_get(c, &id));
	id.sealed_key = ZG_S("kez");
	assert_null(vault_cache_get(c, &id));
	id = many_id(mem, 0);
	id.sealed_dek = ZG_S("dekk");			/* the same octets, cut elsewhere */
	id.sealed_key = ZG_S("ey");
	assert_null(vault_cache_get(c, &id));
	vault_cache_done(c);
	assert_true(zg_list_is_empty(&c->used));
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_what_is_its_own), cmocka_unit_test(refuses_blocks), cmocka_unit_test(refuses_keys_of_others),
		cmocka_unit_test(a_moved_row_does_not_open), cmocka_unit_test(long_blocks_are_refused), cmocka_unit_test(pasted_keys),
		cmocka_unit_test(a_pasted_key_signs), cmocka_unit_test(makes_what_is_asked),
		cmocka_unit_test(data_keys_move_to_the_newest_master), cmocka_unit_test(packets_are_answered_whole),
		cmocka_unit_test(the_cache_is_bounded),
	};

	return cmocka_run_group_tests(tests, all_begin, all_end);
}
