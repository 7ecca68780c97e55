/* keytexts.h - texts of keys, as the tests on key text build them. */
#ifndef TEST_KEYTEXTS_H
#define TEST_KEYTEXTS_H

#include <stddef.h>
#include <zegel/crypt.h>

#define ROOM (3u * ZG_KEY_TEXT_MAX)

/* A text as the rows build it. */
struct text { size_t n; char p[ROOM]; };

struct text *text_new(void);
void text_add(struct text *t, struct zg_slice s);
/* Adds the file of test/data/keytext. */
void text_load(struct text *t, const char *name);
struct zg_slice text_slice(const struct text *t);
/* What stands between BEGIN and END. */
struct zg_slice body_of(struct zg_slice pem);
/* Adds the octets that a PEM text holds. */
void text_add_der(struct text *t, struct zg_slice pem);
/* Reads from memory that ends where the text ends; fails the test where a key is written without OK, or errors stay in
 * OpenSSL's queue.  *ret_number as zg_keytext_read_told has it. */
enum zg_keytext text_read(struct zg_slice text, const char *passphrase, struct zg_key *ret, size_t *ret_number);

#endif
