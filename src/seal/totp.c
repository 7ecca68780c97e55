/* totp.c - RFC 6238 by liboath, which no other file sees; recovery codes of libsodium's random octets. */
#include <string.h>
#include <liboath/oath.h>
#include <sodium.h>
#include "base/ascii.h"
#include "base/secret.h"
#include "seal/totp.h"

#define DIGITS 6u

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";	/* RFC 4648 6, in lower case */

void totp_secret_make(unsigned char ret[TOTP_SECRET])
{
	randombytes_buf(ret, TOTP_SECRET);
}

/* Five octets become eight characters. */
void totp_secret_write(const unsigned char secret[TOTP_SECRET], char ret[TOTP_SECRET_TEXT])
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	for (size_t i = 0; i < TOTP_SECRET_TEXT; i++) {
		size_t bit = 5 * i, at = bit / 8, off = bit % 8;
		unsigned two = (unsigned)secret[at] << 8 | (at + 1 < TOTP_SECRET ? secret[at + 1] : 0u);

		ret[i] = upper[two >> (11 - off) & 31];
	}
}

int totp_secret_read(struct zg_slice text, unsigned char ret[TOTP_SECRET])
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	if (text.n != TOTP_SECRET_TEXT)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		const char *at = strchr(alphabet, zg_ascii_lower(text.p[i]));

		if (!at || !*at)
			return -1;
		bits = bits << 5 | (unsigned)(at - alphabet);
		have += 5;
		if (have < 8)
			continue;
		have -= 8;
		ret[n++] = (unsigned char)(bits >> have);
	}
	return 0;
}

int totp_code(struct zg_slice secret, int64_t now, char ret[DIGITS])
{
	char text[DIGITS + 1];
	int rc = now < 0 ? -1 : oath_totp_generate(secret.p, secret.n, (time_t)now, TOTP_STEP, OATH_TOTP_DEFAULT_START_TIME, DIGITS,
						   text);

	if (rc != OATH_OK)
		return -1;
	memcpy(ret, text, DIGITS);
	zg_secret_wipe_bytes(text, sizeof(text));
	return 0;
}

/* The digits alone, where they are six and nothing else but blanks and hyphens stands between. */
static bool digits_read(struct zg_slice code, char ret[DIGITS])
{
	size_t n = 0;

	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] == ' ' || code.p[i] == '-')
			continue;
		if (!zg_ascii_is_digit(code.p[i]) || n == DIGITS)
			return false;
		ret[n++] = code.p[i];
	}
	return n == DIGITS;
}

static bool fits(struct zg_slice secret, int64_t counter, const char digits[DIGITS])
{
	char own[DIGITS];
	bool is_right = counter >= 0 && totp_code(secret, counter * TOTP_STEP, own) == 0 && sodium_memcmp(own, digits, DIGITS) == 0;

	zg_secret_wipe_bytes(own, sizeof(own));
	return is_right;
}

enum totp_rc totp_check(struct zg_slice secret, struct zg_slice code, const struct totp_try *t, uint64_t *ret_counter, int *ret_off)
{
	int64_t now = t->now / TOTP_STEP;
	char digits[DIGITS];

	if (!digits_read(code, digits))
		return TOTP_WRONG;
	for (int i = 0; i <= 2 * TOTP_FAR; i++) {	/* 0, -1, 1, -2, 2 ... */
		int off = i % 2 ? -(i + 1) / 2 : i / 2;
		bool is_near = off >= -TOTP_WINDOW && off <= TOTP_WINDOW;

		if (!fits(secret, now + off, digits))
			continue;
		if ((uint64_t)(now + off) <= t->last)
			return TOTP_USED;
		if (is_near)
			*ret_counter = (uint64_t)(now + off);
		else
			*ret_off = off * TOTP_STEP;
		return is_near ? TOTP_RIGHT : TOTP_CLOCK;
	}
	return TOTP_WRONG;
}

void totp_recovery_make(char ret[TOTP_RECOVERY_TEXT])
{
	unsigned char random[TOTP_RECOVERY_TEXT];

	randombytes_buf(random, sizeof(random));
	for (size_t i = 0; i < TOTP_RECOVERY_TEXT; i++)
		ret[i] = i % 5 == 4 ? '-' : alphabet[random[i] & 31];
	sodium_memzero(random, sizeof(random));
}

bool totp_recovery_read(struct zg_slice typed, char ret[TOTP_RECOVERY_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = zg_ascii_lower(typed.p[i]);

		if (c == ' ' || c == '-')
			continue;
		if (n == TOTP_RECOVERY_TEXT || !memchr(alphabet, c, sizeof(alphabet) - 1))
			return false;
		if (n % 5 == 4)
			ret[n++] = '-';
		if (n < TOTP_RECOVERY_TEXT)
			ret[n++] = c;
	}
	return n == TOTP_RECOVERY_TEXT;
}
