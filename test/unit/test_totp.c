/* test_totp.c - codes by time against RFC 6238 appendix B, their window, and recovery codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "seal/seal.h"
#include "seal/totp.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SECRET ZG_S("12345678901234567890")	/* RFC 6238 appendix B */

static void vectors(void **state)
{
	/* The last six of the eight digits there. */
	static const struct { int64_t at; const char *code; } rows[] = {
		{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { 20000000000, "353130" },
	};
	char code[6];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(totp_code(SECRET, rows[i].at, code), 0);
		assert_memory_equal(code, rows[i].code, 6);
	}
	assert_int_equal(totp_code(SECRET, -1, code), -1);
}

static void window(void **state)
{
	static const struct { const char *proves; int64_t off; uint64_t last; enum totp_rc rc; int told; } rows[] = {
		{ "now", 0, 0, TOTP_RIGHT, 0 },
		{ "one step ago", -30, 0, TOTP_RIGHT, 0 },
		{ "one step ahead", 30, 0, TOTP_RIGHT, 0 },
		{ "two steps ago: a clock is off", -60, 0, TOTP_CLOCK, -60 },
		{ "two steps ahead", 60, 0, TOTP_CLOCK, 60 },
		{ "ten minutes ahead", 600, 0, TOTP_CLOCK, 600 },
		{ "ten minutes and a step: nothing is known of it", 630, 0, TOTP_WRONG, 0 },
		{ "used before", 0, 37037037, TOTP_USED, 0 },
		{ "older than one used before", -30, 37037037, TOTP_USED, 0 },
		{ "newer than one used before", 30, 37037037, TOTP_RIGHT, 0 },
	};
	const int64_t now = 1111111125;	/* counter 37037037 */

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct totp_try t = { now, rows[i].last };
		uint64_t counter = 7;
		int off = 0;
		char code[6];

		assert_int_equal(totp_code(SECRET, now + rows[i].off, code), 0);
		if (totp_check(SECRET, zg_slice_of(code, 6), &t, &counter, &off) != rows[i].rc || off != rows[i].told)
			fail_msg("%s", rows[i].proves);
		assert_int_equal(counter, rows[i].rc == TOTP_RIGHT ? (now + rows[i].off) / 30 : 7);
	}
}

static void as_typed(void **state)
{
	static const struct { const char *proves; struct zg_slice code; enum totp_rc rc; } rows[] = {
		{ "as it is", ZG_SI("050471"), TOTP_RIGHT }, { "blanks", ZG_SI(" 050 471 "), TOTP_RIGHT },
		{ "a hyphen", ZG_SI("050-471"), TOTP_RIGHT }, { "five digits", ZG_SI("05047"), TOTP_WRONG },
		{ "seven", ZG_SI("0504711"), TOTP_WRONG }, { "a letter", ZG_SI("05O471"), TOTP_WRONG }, { "nothing", ZG_SI(""), TOTP_WRONG },
		{ "another", ZG_SI("050472"), TOTP_WRONG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct totp_try t = { 1111111111, 0 };
		uint64_t counter;
		int off;

		if (totp_check(SECRET, rows[i].code, &t, &counter, &off) != rows[i].rc)
			fail_msg("%s", rows[i].proves);
	}
}

static void secrets_and_recovery(void **state)
{
	unsigned char secret[TOTP_SECRET], other[TOTP_SECRET];
	char text[TOTP_SECRET_TEXT], code[TOTP_RECOVERY_TEXT], read[TOTP_RECOVERY_TEXT];

	(void)state;
	memcpy(secret, SECRET.p, sizeof(secret));
	totp_secret_write(secret, text);
	assert_memory_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", sizeof(text));	/* RFC 4648 6 of that secret */
	totp_secret_make(secret);
	totp_secret_make(other);
	assert_memory_not_equal(secret, other, sizeof(secret));
	totp_recovery_make(code);
	assert_true(totp_recovery_read(zg_slice_of(code, sizeof(code)), read));
	assert_memory_equal(code, read, sizeof(code));
	assert_true(totp_recovery_read(ZG_S(" ABCD efgh2345-WXYZ"), read));
	assert_memory_equal(read, "abcd-efgh-2345-wxyz", sizeof(read));
	assert_false(totp_recovery_read(ZG_S("abcd-efgh-2345-wxy"), read));
	assert_false(totp_recovery_read(ZG_S("abcd-efgh-2345-wxyza"), read));
	assert_false(totp_recovery_read(ZG_S("abcd-efgh-2345-wxy1"), read));
	assert_false(totp_recovery_read(ZG_S(""), read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors), cmocka_unit_test(window), cmocka_unit_test(as_typed), cmocka_unit_test(secrets_and_recovery),
	};

	if (seal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
