/* keygen.c - making keys.  The random numbers are OpenSSL's, which takes them from the kernel. */
#include "seal/keygen.h"
#include <openssl/evp.h>
#include "crypt/key.h"

#define BITS_MIN 2048u
#define BITS_MAX 4096u

int keygen_make(enum zg_key_type type, unsigned bits, struct zg_key *ret)
{
	EVP_PKEY *pkey = NULL;

	if (type == ZG_KEY_ED25519)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (type == ZG_KEY_RSA && bits >= BITS_MIN && bits <= BITS_MAX && bits % 256 == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	return pkey ? zg_key_of_pkey(pkey, true, ret) : -1;
}
