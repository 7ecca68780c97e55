/* key.h - what the files of src/crypt, and src/seal/keygen.c, know of a key's inside. */
#ifndef ZG_CRYPT_KEY_H
#define ZG_CRYPT_KEY_H

#include <zegel/crypt.h>

#define ZG_ED25519_SIZE 32u		/* octets of a seed and of a public key, RFC 8032 5.1.5 */

/* A form that OpenSSL's decoders read, in their words; NULL: any. */
struct zg_key_form {
	const char *input, *structure, *type;
};

/* Makes a key of an EVP_PKEY, which becomes the key's, or is freed: 0, or -1 where it is neither RSA nor Ed25519. */
int zg_key_of_pkey(void *pkey, bool is_private, struct zg_key *ret);
/* A private key of the n octets at p.  OK, DAMAGED (cannot be decoded; another passphrase perhaps), EC (of another
 * kind) or NO_MEMORY.  Its numbers are not checked. */
enum zg_keytext zg_key_decode(const struct zg_key_form *form, const unsigned char *p, size_t n,
			      struct zg_slice passphrase, struct zg_key *ret);
/* An Ed25519 private key of ZG_ED25519_SIZE octets of seed; 0, or -1 without memory. */
int zg_key_of_seed(const unsigned char *seed, struct zg_key *ret);
/* Is the private key one to sign with: OK, TOO_SHORT, TOO_LARGE, DAMAGED (its numbers do not fit each other, or
 * verifiers refuse its public half) or NO_MEMORY. */
enum zg_keytext zg_key_check(struct zg_key *k);

#endif
