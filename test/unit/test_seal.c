/* test_seal.c - sealing, tokens, key generation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/hex.h"
#include "seal/keygen.h"
#include "seal/seal.h"
#include "seal/token.h"

static unsigned char key[SEAL_KEY] = { 1, 2, 3 };
static unsigned char plain_mem[100] = "a secret of some octets";

static int ready(void **state)
{
	(void)state;
	return seal_init();
}

static void what_is_sealed_opens(void **state)
{
	static const size_t sizes[] = { 0, 1, 23, 100 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct zg_secret plain = { sizes[i], sizeof(plain_mem), plain_mem };
		char mem[3 + 100 + SEAL_MORE];
		unsigned char back_mem[100];
		struct zg_secret back = { 0, sizes[i], back_mem };
		struct zg_buf b = zg_buf_of(mem, 3 + sizes[i] + SEAL_MORE);

		zg_buf_put(&b, ZG_S("abc"));
		assert_int_equal(seal_write(key, ZG_S("company 1"), &plain, &b), 0);
		assert_int_equal(b.n, 3 + sizes[i] + SEAL_MORE);
		assert_memory_equal(mem, "abc\x01", 4);
		assert_int_equal(seal_read(key, ZG_S("company 1"), zg_slice_of(mem + 3, b.n - 3), &back), 0);
		assert_int_equal(back.n, sizes[i]);
		assert_memory_equal(back_mem, plain_mem, sizes[i]);
	}
}

/* How a sealed box is spoilt: an octet changed, cut or added, another key, other associated data, no room. */
static void what_is_changed_does_not_open(void **state)
{
	struct zg_secret plain = { 23, sizeof(plain_mem), plain_mem };
	char mem[23 + SEAL_MORE + 1] = { 0 };
	unsigned char back_mem[100], other[SEAL_KEY] = { 1, 2, 4 };
	struct zg_secret back = { 7, sizeof(back_mem), back_mem };
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_slice sealed;

	(void)state;
	assert_int_equal(seal_write(key, ZG_S("company 1"), &plain, &b), 0);
	sealed = zg_buf_slice(&b);
	memset(back_mem, 0x55, sizeof(back_mem));
	for (size_t at = 0; at < b.n; at++) {
		mem[at] ^= 1;
		if (seal_read(key, ZG_S("company 1"), sealed, &back) != -1)
			fail_msg("octet %zu may be changed", at);
		mem[at] ^= 1;
		if (seal_read(key, ZG_S("company 1"), zg_slice_sub(sealed, 0, at), &back) != -1)
			fail_msg("%zu octets open", at);
	}
	assert_int_equal(seal_read(key, ZG_S("company 1"), zg_slice_of(mem, b.n + 1), &back), -1);
	assert_int_equal(seal_read(other, ZG_S("company 1"), sealed, &back), -1);
	assert_int_equal(seal_read(key, ZG_S("company 2"), sealed, &back), -1);
	assert_int_equal(seal_read(key, ZG_S(""), sealed, &back), -1);
	back.cap = 22;
	assert_int_equal(seal_read(key, ZG_S("company 1"), sealed, &back), -1);
	assert_int_equal(back.n, 7);
	for (size_t i = 0; i < sizeof(back_mem); i++)
		assert_int_equal(back_mem[i], 0x55);	/* nothing was written */
	back.cap = 23;
	assert_int_equal(seal_read(key, ZG_S("company 1"), sealed, &back), 0);
}

static void no_two_boxes_are_alike(void **state)
{
	struct zg_secret plain = { 23, sizeof(plain_mem), plain_mem };
	char one[23 + SEAL_MORE], two[23 + SEAL_MORE];
	struct zg_buf a = zg_buf_of(one, sizeof(one)), b = zg_buf_of(two, sizeof(two));
	struct zg_buf small = zg_buf_of(two, sizeof(two) - 1);

	(void)state;
	assert_int_equal(seal_write(key, ZG_S("x"), &plain, &a), 0);
	assert_int_equal(seal_write(key, ZG_S("x"), &plain, &b), 0);
	assert_memory_not_equal(one + 1, two + 1, 24);
	assert_memory_not_equal(one + 25, two + 25, 23);
	assert_int_equal(seal_write(key, ZG_S("x"), &plain, &small), -1);
	assert_int_equal(small.n, 0);
}

static void tokens_are_random_and_known_by_their_hash(void **state)
{
	char one[TOKEN_TEXT], two[TOKEN_TEXT];
	unsigned char hash[TOKEN_HASH], want[TOKEN_HASH];
	struct zg_buf b = zg_buf_of(want, sizeof(want));
	struct zg_slice abc;
	unsigned seen = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		token_make(one);
		for (size_t k = 0; k < TOKEN_TEXT; k++) {
			assert_true((one[k] >= 'a' && one[k] <= 'z') || (one[k] >= '2' && one[k] <= '7'));
			seen |= 1u << (one[k] >= 'a' ? one[k] - 'a' : one[k] - '2' + 26);
		}
	}
	assert_int_equal(seen, 0xffffffffu);	/* each of the 32 characters comes */
	token_make(two);
	assert_memory_not_equal(one, two, TOKEN_TEXT);
	token_hash(zg_slice_of(one, TOKEN_TEXT), hash);
	assert_true(token_is(zg_slice_of(one, TOKEN_TEXT), hash));
	assert_false(token_is(zg_slice_of(two, TOKEN_TEXT), hash));
	assert_false(token_is(zg_slice_of(one, TOKEN_TEXT - 1), hash));
	assert_false(token_is(ZG_S(""), hash));
	abc = ZG_S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(zg_hex_decode(abc, &b), 0);
	token_hash(ZG_S("abc"), hash);
	assert_memory_equal(hash, want, TOKEN_HASH);	/* FIPS 180-2 B.1: it is SHA-256 */
}

static void keys_are_made(void **state)
{
	static const struct { const char *proves; enum zg_key_type type; unsigned bits, want; int rc; } rows[] = {
		{ "RSA of 2048", ZG_KEY_RSA, 2048, 2048, 0 },
		{ "another multiple of 256", ZG_KEY_RSA, 2304, 2304, 0 },
		{ "Ed25519", ZG_KEY_ED25519, 0, 256, 0 },
		{ "too short", ZG_KEY_RSA, 1792, 77, -1 },
		{ "too long", ZG_KEY_RSA, 4352, 77, -1 },
		{ "no multiple", ZG_KEY_RSA, 2049, 77, -1 },
		{ "no kind", (enum zg_key_type)0, 2048, 77, -1 },
	};
	unsigned char hash[ZG_HASH_SIZE] = { 0 }, sig[ZG_KEY_SIGNATURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_key k = { .bits = 77 };
		struct zg_buf b = zg_buf_of(sig, sizeof(sig));

		if (keygen_make(rows[i].type, rows[i].bits, &k) != rows[i].rc || k.bits != rows[i].want)
			fail_msg("%s: %u bits", rows[i].proves, k.bits);
		if (rows[i].rc == 0) {
			assert_true(k.is_private);
			assert_int_equal(zg_key_sign(&k, hash, &b), 0);
			zg_key_done(&k);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens), cmocka_unit_test(what_is_changed_does_not_open),
		cmocka_unit_test(no_two_boxes_are_alike), cmocka_unit_test(tokens_are_random_and_known_by_their_hash),
		cmocka_unit_test(keys_are_made),
	};

	return cmocka_run_group_tests(tests, ready, NULL);
}
