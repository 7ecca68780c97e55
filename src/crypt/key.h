/* key.h - what the files of src/crypt, and src/seal/keygen.c, know of a key's inside. */
#ifndef ZG_CRYPT_KEY_H
#define ZG_CRYPT_KEY_H

#include <zegel/crypt.h>

#define ZG_ED25519_SIZE 32u		/* octets of a seed and of a public key, RFC 8032 5.1.5 */

/* The numbers of a public RSA key: big-endian, no zeros in front. */
struct zg_rsa_numbers {
	struct zg_slice n, e;
};

/* Reads them of what p= holds: SubjectPublicKeyInfo or RSAPublicKey, RFC 8017 A.1.1; 0 or -1. */
int zg_rsa_numbers_read(struct zg_slice p, struct zg_rsa_numbers *ret);
/* Bits of a number that has no zeros in front. */
unsigned zg_rsa_bits(struct zg_slice n);
/* Odd, over 1 and of at most 64 bits: no verifier takes another. */
bool zg_rsa_exponent_is_sane(struct zg_slice e);
/* Writes big-endian octets in the order of this machine, as OSSL_PARAM wants numbers. */
void zg_native_put(struct zg_slice s, unsigned char *to);

/* Makes a key of an EVP_PKEY, which becomes the key's, or is freed: 0, 1 where it is neither RSA nor Ed25519, or -1
 * without memory. */
int zg_key_of_pkey(void *pkey, bool is_private, struct zg_key *ret);
/* A private key of an RSAPrivateKey's DER (RFC 8017 A.1.2), of which zg_keytext_look said that it is one.  OK,
 * MISFIT, TOO_SHORT, TOO_LARGE, EXPONENT or NO_MEMORY.  That its numbers fit each other is not looked at.  *ret_bits:
 * of the modulus, 0 where it has none. */
enum zg_keytext zg_key_of_rsa(struct zg_slice der, struct zg_key *ret, unsigned *ret_bits);
/* An Ed25519 private key of ZG_ED25519_SIZE octets of seed; 0, or -1 without memory. */
int zg_key_of_seed(const unsigned char *seed, struct zg_key *ret);
/* Is the private key one to sign with: OK, TOO_SHORT, TOO_LARGE, DAMAGED (its numbers do not fit each other, or
 * verifiers refuse its public half) or NO_MEMORY. */
enum zg_keytext zg_key_check(struct zg_key *k);

#endif
