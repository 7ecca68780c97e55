/* keygen.h - making keys, with the system's random numbers. */
#ifndef SEAL_KEYGEN_H
#define SEAL_KEYGEN_H

#include <zegel/crypt.h>

/* A new key: RSA of 2048 to 4096 bits (bits a multiple of 256), or Ed25519 (bits not read).  0 or -1. */
int keygen_make(enum zg_key_type type, unsigned bits, struct zg_key *ret);

#endif
