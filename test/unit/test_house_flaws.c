/* test_house_flaws.c - kept keys held against each other: who has the same, and who shares a prime. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/b64.h"
#include "flawed_keys.h"
#include "house/key_flaws.h"

#define BIT(name) ZG_FLAW_BIT(ZG_FLAW_##name)
#define KEYS 4u

/* A kept key: id is its place in the row, from 1. */
struct kept { const char *p, *domain; uint64_t company, domain_id; };

static const struct row {
	const char *proves;
	struct kept keys[KEYS];		/* the first is looked at */
	unsigned flaws;
	const char *kin, *twin;
} rows[] = {
	{ "alone", { { STRONG, "a.example", 1, 1 } }, 0, "", "" },
	{ "beside strangers", { { STRONG, "a.example", 1, 1 }, { OTHER, "b.example", 2, 2 }, { KNOWN_ED25519, "c.example", 2, 3 } }, 0, "", "" },
	{ "a prime shared with the last", { { STRONG, "a.example", 1, 1 }, { OTHER, "b.example", 2, 2 }, { KIN, "c.example", 2, 3 } },
	  BIT(FACTOR), "c.example", "" },
	{ "the same at another company", { { OTHER, "a.example", 1, 1 }, { OTHER, "b.example", 2, 2 } }, BIT(SHARED), "", "b.example" },
	{ "the same at another domain of the company", { { OTHER, "a.example", 1, 1 }, { OTHER, "b.example", 1, 2 } }, BIT(TWICE), "",
	  "b.example" },
	{ "both: another company weighs more", { { OTHER, "a.example", 1, 1 }, { OTHER, "b.example", 1, 2 }, { OTHER, "c.example", 2, 3 } },
	  BIT(SHARED), "", "c.example" },
	{ "the same under two selectors of one domain is no matter", { { OTHER, "a.example", 1, 1 }, { OTHER, "a.example", 1, 1 } }, 0, "", "" },
	{ "of one key's own flaws too", { { WEAK, "a.example", 1, 1 }, { WEAK, "b.example", 2, 2 } }, BIT(WEAK) | BIT(SHARED), "", "b.example" },
	{ "an Ed25519 key", { { KNOWN_ED25519, "a.example", 1, 1 }, { KNOWN_ED25519, "b.example", 2, 2 } }, BIT(KNOWN) | BIT(SHARED), "",
	  "b.example" },
	{ "a small prime is told, and not everyone who has it too", { { THREE, "a.example", 1, 1 }, { THREE, "b.example", 2, 2 } },
	  BIT(SMALL_FACTOR) | BIT(SHARED), "", "b.example" },
};

static size_t keep(const struct kept *from, char mem[][2048], struct store_key *ret)
{
	size_t count = 0;

	for (; count < KEYS && from[count].p; count++) {
		struct zg_buf b = zg_buf_of(mem[count], 2048);

		assert_int_equal(zg_b64_decode(zg_slice_cstr(from[count].p), &b), 0);
		ret[count] = (struct store_key){
			.id = count + 1, .company = from[count].company, .domain_id = from[count].domain_id,
			.domain = zg_slice_cstr(from[count].domain), .public_key = zg_buf_slice(&b),
			.type = b.n <= 32 ? ZG_KEY_ED25519 : ZG_KEY_RSA,
		};
	}
	return count;
}

static void keys_are_held_against_each_other(void **state)
{
	struct zg_prober p;

	(void)state;
	assert_int_equal(zg_prober_init(&p), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static char mem[KEYS][2048];
		struct store_key keys[KEYS];
		struct house_flaws f;
		size_t count = keep(rows[i].keys, mem, keys);

		assert_int_equal(house_key_flaws(&p, &keys[0], keys, count, true, &f), 0);
		if (f.flaws != rows[i].flaws || !zg_slice_eq(f.kin, zg_slice_cstr(rows[i].kin)) ||
		    !zg_slice_eq(f.twin, zg_slice_cstr(rows[i].twin)))
			fail_msg("%s: %x, kin " ZG_FMT ", twin " ZG_FMT, rows[i].proves, f.flaws, ZG_ARG(f.kin), ZG_ARG(f.twin));
		assert_int_equal(house_key_flaws(&p, &keys[0], keys, count, false, &f), 0);
		if (f.flaws != (rows[i].flaws & ~BIT(FACTOR)))
			fail_msg("%s, without shared primes: %x", rows[i].proves, f.flaws);
	}
	zg_prober_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keys_are_held_against_each_other) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
