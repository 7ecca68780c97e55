/* token.h - credentials made by zegel: random, long, shown once, kept as SHA-256. */
#ifndef SEAL_TOKEN_H
#define SEAL_TOKEN_H

#include <zegel/slice.h>

#define TOKEN_TEXT 32		/* characters of a password: 160 bits in base32 of lower case */
#define TOKEN_HASH 32

void token_make(char ret_text[TOKEN_TEXT]);
void token_hash(struct zg_slice text, unsigned char ret[TOKEN_HASH]);
/* The same time for right and wrong. */
bool token_is(struct zg_slice text, const unsigned char hash[TOKEN_HASH]);
/* Hexadecimal digits that only who knows the key (16 to 64 octets) can make for a purpose: BLAKE2b with a key. */
#define TOKEN_BOUND 64
void token_bound(struct zg_slice key, struct zg_slice purpose, char ret[TOKEN_BOUND]);
bool token_bound_is(struct zg_slice key, struct zg_slice purpose, struct zg_slice bound);

#endif
