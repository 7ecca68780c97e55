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

#endif
