/* dkim_keys.h - what the verifier does with the cache of parsed keys (zg_dkim_keys in dkim.h). */
#ifndef ZG_AUTH_DKIM_KEYS_H
#define ZG_AUTH_DKIM_KEYS_H

#include <zegel/dkim.h>

/* The key whose p= was this text, or NULL.  It is the cache's, and stands until the next put. */
struct zg_key *zg_dkim_keys_get(struct zg_dkim_keys *k, enum zg_key_type type, struct zg_slice p);
/* Takes *key over, which is empty then, and answers where it stands now; NULL, and *key untouched, where p is too long
 * to be kept. */
struct zg_key *zg_dkim_keys_put(struct zg_dkim_keys *k, struct zg_slice p, struct zg_key *key);

#endif
