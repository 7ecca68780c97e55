/* test_password.c - what may be a password, and its hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "seal/password.h"
#include "seal/seal.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void what_may_be_one(void **state)
{
	static const struct zg_slice names[] = { ZG_SI("Info.Verkoop@example.be"), ZG_SI(""), ZG_SI("Voorbeeld-en-Zonen") };
	static const struct { const char *proves; struct zg_slice text; enum password_flaw flaw; } rows[] = {
		{ "a sentence", ZG_SI("drie fietsen in de regen"), PASSWORD_GOOD },
		{ "twelve characters", ZG_SI("qzv9 kf2 mxw"), PASSWORD_GOOD },
		{ "eleven", ZG_SI("qzv9 kf2 mx"), PASSWORD_SHORT },
		{ "nothing", ZG_SI(""), PASSWORD_SHORT },
		{ "twelve octets, but eleven characters", ZG_SI("qzv9 kf2 m\xc3\xa9"), PASSWORD_SHORT },
		{ "twelve characters, each of four octets or less",
		  ZG_SI("\xf0\x9f\x98\x80" "bq\xc3\xa9xw\xe2\x82\xacrtzfg"), PASSWORD_GOOD },
		{ "no UTF-8", ZG_SI("qzv9 kf2 mxw\xff"), PASSWORD_NO_TEXT },
		{ "a line end", ZG_SI("qzv9 kf2 mxw\n"), PASSWORD_NO_TEXT },
		{ "a NUL", ZG_SI("qzv9 kf2\0 mxw"), PASSWORD_NO_TEXT },
		{ "a common word with a year and a mark", ZG_SI("Password2026!"), PASSWORD_COMMON },
		{ "digits before and behind", ZG_SI("123welcome456"), PASSWORD_COMMON },
		{ "a common word twice", ZG_SI("dragondragon"), PASSWORD_COMMON },
		{ "one character over and over", ZG_SI("aaaaaaaaaaaaaa"), PASSWORD_COMMON },
		{ "two characters over and over", ZG_SI("121212121212"), PASSWORD_COMMON },
		{ "the address, in other capitals", ZG_SI("info.verkoop@EXAMPLE.be"), PASSWORD_NAME },
		{ "its local part", ZG_SI("info.verkoop2026"), PASSWORD_NAME },
		{ "its domain", ZG_SI("Example.be!!"), PASSWORD_NAME },
		{ "the company", ZG_SI("Voorbeeld-en-Zonen1"), PASSWORD_NAME },
		{ "more than the company", ZG_SI("Voorbeeld-en-Zonen fietst"), PASSWORD_GOOD },
	};
	char longest[PASSWORD_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (password_check(rows[i].text, names, COUNT(names)) != rows[i].flaw)
			fail_msg("%s: %d", rows[i].proves, password_check(rows[i].text, names, COUNT(names)));
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = (char)('a' + i * i % 23 % 26);
	longest[0] = 'Z';
	assert_int_equal(password_check(zg_slice_of(longest, PASSWORD_MAX), NULL, 0), PASSWORD_GOOD);
	assert_int_equal(password_check(zg_slice_of(longest, PASSWORD_MAX + 1), NULL, 0), PASSWORD_LONG);
}

static void hashed_and_verified(void **state)
{
	struct zg_slice word = ZG_S("drie fietsen in de regen");
	char one[PASSWORD_TEXT], two[PASSWORD_TEXT];
	struct zg_slice hash;

	(void)state;
	assert_int_equal(password_hash(word, one), 0);
	assert_int_equal(password_hash(word, two), 0);
	assert_memory_not_equal(one, two, sizeof(one));	/* a salt of its own */
	hash = zg_slice_cstr(one);
	assert_true(zg_slice_starts(hash, ZG_S("$argon2id$v=19$m=65536,t=2,p=1$")));
	assert_true(password_is(word, hash));
	assert_false(password_is(ZG_S("drie fietsen in de regeN"), hash));
	assert_false(password_is(ZG_S(""), hash));
	assert_false(password_is(word, ZG_S("")));
	assert_false(password_is(word, ZG_S("$argon2id$nonsense")));
	assert_false(password_is(word, zg_slice_sub(hash, 0, hash.n - 1)));
	assert_false(password_is_old(hash));
	assert_true(password_is_old(ZG_S("")));
	assert_true(password_is_old(ZG_S("$argon2id$v=19$m=4096,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
					 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_may_be_one), cmocka_unit_test(hashed_and_verified) };

	if (seal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
