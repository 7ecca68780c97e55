/* password.c - argon2id by libsodium (RFC 9106), and what may be a password.
 *
 * An unknown user's hash is of the same costs as a known one's, and of no password, so both take as long. */
#include <string.h>
#include <sodium.h>
#include "base/ascii.h"
#include "base/utf8.h"
#include "seal/password.h"

#define OPS 2u
#define MEMORY (64u * 1024u * 1024u)
#define CORE_MIN 4u	/* octets of a common word that is looked for with digits and marks around it */

_Static_assert(PASSWORD_TEXT == crypto_pwhash_STRBYTES, "octets of a hash");

extern const struct zg_slice password_common[];
extern const size_t password_common_count;

/* --- hashes -------------------------------------------------------------------------------------------------- */

int password_hash(struct zg_slice text, char ret[PASSWORD_TEXT])
{
	return crypto_pwhash_str_alg(ret, text.p, text.n, OPS, MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0 ? 0 : -1;
}

/* The hash as libsodium reads it, or one that fits no password in its place. */
static bool hash_read(struct zg_slice hash, char ret[PASSWORD_TEXT])
{
	static const char dummy[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
				    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	bool is_hash = hash.n && hash.n < PASSWORD_TEXT && zg_slice_starts(hash, ZG_S(crypto_pwhash_argon2id_STRPREFIX));

	memset(ret, 0, PASSWORD_TEXT);
	if (is_hash)
		memcpy(ret, hash.p, hash.n);
	else
		memcpy(ret, dummy, sizeof(dummy));
	return is_hash;
}

bool password_is(struct zg_slice text, struct zg_slice hash)
{
	char own[PASSWORD_TEXT];
	bool is_hash = hash_read(hash, own);
	bool is_right = crypto_pwhash_str_verify(own, text.p ? text.p : "", text.n) == 0;

	return is_hash && is_right;
}

bool password_is_old(struct zg_slice hash)
{
	char own[PASSWORD_TEXT];

	return !hash_read(hash, own) || crypto_pwhash_str_needs_rehash(own, OPS, MEMORY) != 0;
}

/* --- what may be one ----------------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return zg_ascii_is_alpha(c) || (unsigned char)c > 127;
}

static bool eq_lower(struct zg_slice a, struct zg_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (zg_ascii_lower(a.p[i]) != zg_ascii_lower(b.p[i]))
			return false;
	return true;
}

/* Without the digits and marks around it: what stays of "Welcome2026!" is "Welcome". */
static struct zg_slice core_of(struct zg_slice s)
{
	while (s.n && !is_letter(s.p[s.n - 1]))
		s.n--;
	while (s.n && !is_letter(s.p[0]))
		s = zg_slice_sub(s, 1, s.n);
	return s;
}

/* The list is in lower case and small enough to be gone through: hashing takes ten thousand times as long. */
static bool is_listed(struct zg_slice s)
{
	struct zg_slice list = password_common[0];

	while (list.n) {
		size_t end = zg_slice_find(list, '\n');

		if (eq_lower(zg_slice_sub(list, 0, end), s))
			return true;
		list = zg_slice_sub(list, end + 1, list.n);
	}
	return false;
}

/* One piece over and over: "aaaaaaaaaaaa", "passwordpassword", "121212121212". */
static struct zg_slice period_of(struct zg_slice s)
{
	for (size_t n = 1; n <= s.n / 2; n++)
		if (s.n % n == 0 && memcmp(s.p, s.p + n, s.n - n) == 0)
			return zg_slice_sub(s, 0, n);
	return s;
}

static bool is_common(struct zg_slice s)
{
	struct zg_slice core = core_of(s), piece = period_of(s);

	return is_listed(s) || (core.n >= CORE_MIN && is_listed(core)) || (piece.n < s.n && (piece.n < CORE_MIN || is_listed(piece)));
}

/* The name itself, or a part of it before or behind an @. */
static bool is_of_name(struct zg_slice s, struct zg_slice name)
{
	struct zg_slice core = core_of(s);
	size_t at = zg_slice_find(name, '@');

	if (!name.n)
		return false;
	if (eq_lower(s, name) || eq_lower(core, core_of(name)))
		return true;
	return at < name.n && (eq_lower(core, core_of(zg_slice_sub(name, 0, at))) ||
			       eq_lower(core, core_of(zg_slice_sub(name, at + 1, name.n))));
}

static bool is_text(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_ascii_is_cntrl(s.p[i]))
			return false;
	return zg_utf8_is_valid(s);
}

static size_t characters(struct zg_slice s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}

enum password_flaw password_check(struct zg_slice text, const struct zg_slice *names, size_t count)
{
	if (text.n > PASSWORD_MAX)
		return PASSWORD_LONG;
	if (!is_text(text))
		return PASSWORD_NO_TEXT;
	if (characters(text) < PASSWORD_MIN)
		return PASSWORD_SHORT;
	for (size_t i = 0; i < count; i++)
		if (is_of_name(text, names[i]))
			return PASSWORD_NAME;
	return is_common(text) ? PASSWORD_COMMON : PASSWORD_GOOD;
}
