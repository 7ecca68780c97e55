/* known_keys.h - keys whose private half is published, for all to sign with. */
#ifndef ZG_CRYPT_KNOWN_KEYS_H
#define ZG_CRYPT_KNOWN_KEYS_H

#include <zegel/crypt.h>

/* Is the SHA-256 of an RSA modulus (big-endian, no zeros in front), or of the 32 octets of an Ed25519 key, listed? */
bool zg_key_is_known(const unsigned char hash[ZG_HASH_SIZE]);

#endif
