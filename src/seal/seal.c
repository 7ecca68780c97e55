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
	const unsigned char *ad = (const unsigned char *)associated.p;
	unsigned char *p = (unsigned char *)ret->p + ret->n;
	unsigned long long n = 0;

	if (ret->is_full || ret->cap - ret->n < SEAL_MORE || ret->cap - ret->n - SEAL_MORE < plain->n) {
		ret->is_full = true;
		return -1;
	}
	p[0] = VERSION;
	randombytes_buf(p + 1, NONCE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(p + 1 + NONCE, &n, plain->b, plain->n, ad, associated.n, NULL,
						       p + 1, key) != 0)
		return -1;
	ret->n += 1 + NONCE + (size_t)n;
	return 0;
}

/* The plain octets of a box whose form was checked; into NULL only whether it opens. */
static int box_open(const unsigned char *key, struct zg_slice associated, struct zg_slice sealed, unsigned char *ret)
{
	const unsigned char *nonce = (const unsigned char *)sealed.p + 1, *cipher = nonce + NONCE;
	size_t n = sealed.n - SEAL_MORE;

	return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(ret, NULL, cipher, n, cipher + n,
								   (const unsigned char *)associated.p, associated.n,
								   nonce, key);
}

int seal_read(const unsigned char *key, struct zg_slice associated, struct zg_slice sealed, struct zg_secret *ret)
{
	if (sealed.n < SEAL_MORE || sealed.p[0] != VERSION || sealed.n - SEAL_MORE > ret->cap)
		return -1;
	/* First only tried: a failing decryption would zero what ret holds. */
	if (box_open(key, associated, sealed, NULL) != 0 || box_open(key, associated, sealed, ret->b) != 0)
		return -1;
	ret->n = sealed.n - SEAL_MORE;
	return 0;
}
