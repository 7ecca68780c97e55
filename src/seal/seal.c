/* seal.c - a sealed box: version octet 1, nonce of 24 octets, ciphertext, tag of 16 octets.
 *
 * Nonces are random: 192 bits never meet twice.  The version octet needs no seal of its own: another one is refused. */
#include "seal/seal.h"
#include <sodium.h>

#define VERSION 1u
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(SEAL_MORE == 1 + NONCE + TAG, "what sealing adds");
_Static_assert(SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "octets of a key");

int seal_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

int seal_write(const unsigned char *key, struct zg_slice associated, const struct zg_secret *plain, struct zg_buf *ret)
{
	unsigned char *p = (unsigned char *)ret->p + ret->n;
	unsigned long long n = 0;

	if (ret->is_full || ret->cap - ret->n < SEAL_MORE || ret->cap - ret->n - SEAL_MORE < plain->n) {
		ret->is_full = true;
		return -1;
	}
	p[0] = VERSION;
	randombytes_buf(p + 1, NONCE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(p + 1 + NONCE, &n, plain->b, plain->n,
						       (const unsigned char *)associated.p, associated.n, NULL, p + 1, key) != 0)
		return -1;
	ret->n += 1 + NONCE + (size_t)n;
	return 0;
}

int seal_read(const unsigned char *key, struct zg_slice associated, struct zg_slice sealed, struct zg_secret *ret)
{
	const unsigned char *p = (const unsigned char *)sealed.p, *tag;
	const unsigned char *ad = (const unsigned char *)associated.p;
	size_t n;

	if (sealed.n < SEAL_MORE || p[0] != VERSION || sealed.n - SEAL_MORE > ret->cap)
		return -1;
	n = sealed.n - SEAL_MORE;
	tag = p + 1 + NONCE + n;
	/* First only tried: a failing decryption would have zeroed what ret holds. */
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(NULL, NULL, p + 1 + NONCE, n, tag, ad, associated.n, p + 1, key) != 0)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(ret->b, NULL, p + 1 + NONCE, n, tag, ad, associated.n, p + 1, key) != 0)
		return -1;
	ret->n = n;
	return 0;
}
