/* token.c - credentials: 32 characters of base32 in lower case (RFC 4648 6), five random bits each. */
#include "seal/token.h"
#include <sodium.h>
#include <string.h>

_Static_assert(TOKEN_HASH == crypto_hash_sha256_BYTES, "octets of a SHA-256");

void token_make(char ret_text[TOKEN_TEXT])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char random[TOKEN_TEXT];

	randombytes_buf(random, sizeof(random));
	for (size_t i = 0; i < TOKEN_TEXT; i++)
		ret_text[i] = alphabet[random[i] & 31];
	sodium_memzero(random, sizeof(random));
}

void token_hash(struct zg_slice text, unsigned char ret[TOKEN_HASH])
{
	(void)crypto_hash_sha256(ret, (const unsigned char *)text.p, text.n);	/* cannot fail: always 0 */
}

bool token_is(struct zg_slice text, const unsigned char hash[TOKEN_HASH])
{
	unsigned char own[TOKEN_HASH];

	token_hash(text, own);
	return sodium_memcmp(own, hash, TOKEN_HASH) == 0;
}

void token_bound(struct zg_slice key, struct zg_slice purpose, char ret[TOKEN_BOUND])
{
	unsigned char hash[TOKEN_BOUND / 2];
	char text[TOKEN_BOUND + 1];

	memset(hash, 0, sizeof(hash));
	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)purpose.p, purpose.n, (const unsigned char *)key.p,
				 key.n);	/* fails for a key of another size alone, and callers have none */
	memcpy(ret, sodium_bin2hex(text, sizeof(text), hash, sizeof(hash)), TOKEN_BOUND);
}

bool token_bound_is(struct zg_slice key, struct zg_slice purpose, struct zg_slice bound)
{
	char own[TOKEN_BOUND];

	if (bound.n != TOKEN_BOUND || key.n < crypto_generichash_KEYBYTES_MIN || key.n > crypto_generichash_KEYBYTES_MAX)
		return false;
	token_bound(key, purpose, own);
	return sodium_memcmp(own, bound.p, TOKEN_BOUND) == 0;
}
