/* test_key_flaws.c - what is weak about public keys, by themselves and beside others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/b64.h"
#include "crypt/key_flaws.h"
#include "flawed_keys.h"

#define BIT(name) ZG_FLAW_BIT(ZG_FLAW_##name)

static size_t decode(const char *p, unsigned char *mem, size_t cap)
{
	struct zg_buf b = zg_buf_of(mem, cap);

	assert_int_equal(zg_b64_decode(zg_slice_cstr(p), &b), 0);
	return b.n;
}

static const struct row { const char *proves; enum zg_key_type type; const char *p; unsigned flaws; } rows[] = {
	{ "a good key", ZG_KEY_RSA, STRONG, 0 },
	{ "another good key", ZG_KEY_RSA, OTHER, 0 },
	{ "1024 bits", ZG_KEY_RSA, WEAK, BIT(WEAK) },
	{ "2047 bits", ZG_KEY_RSA, NEARLY, BIT(WEAK) },
	{ "511 bits", ZG_KEY_RSA, SHORT, BIT(SHORT) },
	{ "4200 bits", ZG_KEY_RSA, LONG, BIT(LONG) },
	{ "65521 divides it, the last prime below 2^16", ZG_KEY_RSA, SMALL, BIT(SMALL_FACTOR) },
	{ "65537 divides it, the next", ZG_KEY_RSA, NOT_SMALL, 0 },
	{ "it is even", ZG_KEY_RSA, EVEN, BIT(SMALL_FACTOR) },
	{ "3 divides it", ZG_KEY_RSA, THREE, BIT(SMALL_FACTOR) },
	{ "ROCA, 2047 bits", ZG_KEY_RSA, ROCA, BIT(ROCA) | BIT(WEAK) },
	{ "the exponent is 1", ZG_KEY_RSA, EXPONENT_1, BIT(EXPONENT) },
	{ "the exponent is even", ZG_KEY_RSA, EXPONENT_EVEN, BIT(EXPONENT) },
	{ "the exponent has 65 bits", ZG_KEY_RSA, EXPONENT_LONG, BIT(EXPONENT) },
	{ "the key of RFC 6376's examples", ZG_KEY_RSA, KNOWN_RSA, BIT(KNOWN) | BIT(WEAK) },
	{ "the key of RFC 8463's examples", ZG_KEY_ED25519, KNOWN_ED25519, BIT(KNOWN) },
	{ "the same as SubjectPublicKeyInfo", ZG_KEY_ED25519, "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", BIT(KNOWN) },
	{ "an Ed25519 key that nobody published", ZG_KEY_ED25519, "iWnI3p8JXWe4PrXa4QhqVmBSQ2nT0rfyoYAmYHSM9HA=", 0 },
	{ "the private key", ZG_KEY_ED25519, PRIVATE_ED25519, BIT(PRIVATE) },
	{ "the private key, where an RSA key is said to be", ZG_KEY_RSA, PRIVATE_ED25519, BIT(PRIVATE) },
	{ "no key", ZG_KEY_RSA, "aGVsbG8gd29ybGQ=", 0 },
	{ "no Ed25519 key", ZG_KEY_ED25519, "aGVsbG8gd29ybGQ=", 0 },
};

static void flaws_are_found(void **state)
{
	struct zg_prober p;

	(void)state;
	assert_int_equal(zg_prober_init(&p), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char mem[2048], *exact;
		size_t n = decode(rows[i].p, mem, sizeof(mem));
		int flaws;

		exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, mem, n);
		flaws = zg_prober_flaws(&p, rows[i].type, zg_slice_of(exact, n));
		if (flaws != (int)rows[i].flaws)
			fail_msg("%s: %x, not %x", rows[i].proves, (unsigned)flaws, rows[i].flaws);
		free(exact);
	}
	zg_prober_done(&p);
}

static const struct kin_row { const char *proves, *key, *others[4]; int shares; unsigned same; } kin_rows[] = {
	{ "alone", STRONG, { NULL }, 0, 0 },
	{ "beside a stranger", STRONG, { OTHER, NULL }, 0, 0 },
	{ "a prime in common", STRONG, { KIN, NULL }, 1, 0 },
	{ "a prime in common with the last of several", STRONG, { OTHER, ROCA, KIN, NULL }, 1, 0 },
	{ "a prime in common with the first of several", KIN, { STRONG, OTHER, WEAK, NULL }, 1, 0 },
	{ "the key itself is no kin", STRONG, { OTHER, STRONG, NULL }, 0, 1 },
	{ "what is no RSA key is passed over", STRONG, { KNOWN_ED25519, "aGVsbG8gd29ybGQ=", NULL }, 0, 0 },
};

static void shared_primes_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kin_rows) / sizeof(kin_rows[0]); i++) {
		const struct kin_row *row = &kin_rows[i];
		unsigned char mem[2048];
		struct zg_kin k;
		unsigned same = 0;
		int rc;

		assert_int_equal(zg_kin_init(&k, zg_slice_of(mem, decode(row->key, mem, sizeof(mem)))), 0);
		for (size_t o = 0; o < 4 && row->others[o]; o++)
			same += zg_kin_add(&k, zg_slice_of(mem, decode(row->others[o], mem, sizeof(mem))));
		rc = zg_kin_judge(&k);
		if (rc != row->shares || same != row->same)
			fail_msg("%s: %d, %u the same", row->proves, rc, same);
		zg_kin_done(&k);
	}
}

static void what_is_no_key_has_no_kin(void **state)
{
	unsigned char mem[64];
	struct zg_kin k;

	(void)state;
	assert_int_equal(zg_kin_init(&k, zg_slice_of(mem, decode(KNOWN_ED25519, mem, sizeof(mem)))), -1);
	assert_false(zg_kin_add(&k, zg_slice_of(mem, 1)));
	assert_int_equal(zg_kin_judge(&k), -1);
	zg_kin_done(&k);
	zg_kin_done(&k);
}

/* Codes are words of lower case, and every flaw has one. */
static void every_flaw_has_a_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < ZG_FLAWS; i++)
		assert_true(zg_flaw_rows[i].code && strspn(zg_flaw_rows[i].code, "abcdefghijklmnopqrstuvwxyz_0123456789") ==
			    strlen(zg_flaw_rows[i].code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flaws_are_found), cmocka_unit_test(shared_primes_are_found),
		cmocka_unit_test(what_is_no_key_has_no_kin), cmocka_unit_test(every_flaw_has_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
