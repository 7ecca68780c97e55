/* seal.h - XChaCha20-Poly1305 by libsodium: what is sealed, opens only with its key and its associated data. */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/secret.h"

#define SEAL_KEY 32	/* octets of a key */
#define SEAL_MORE 41	/* octets that sealing adds: a version octet, 24 of nonce, 16 of tag */

/* libsodium made ready; 0 or -1.  Once, before threads. */
int seal_init(void);
int seal_write(const unsigned char *key, struct zg_slice associated, const struct zg_secret *plain, struct zg_buf *ret);
/* 0, or -1 where it does not open: nothing is written then. */
int seal_read(const unsigned char *key, struct zg_slice associated, struct zg_slice sealed, struct zg_secret *ret);

#endif
