/* vault_cache.h - the private keys that a worker has opened, at most VAULT_CACHE, the least used one goes first. */
#ifndef VAULT_VAULT_CACHE_H
#define VAULT_VAULT_CACHE_H

#include <stdint.h>
#include <zegel/crypt.h>
#include <zegel/slice.h>
#include "base/list.h"

#define VAULT_CACHE 256u		/* keys a worker; about 8 KiB each with what OpenSSL keeps of RSA-2048 */

/* What an opened key is found by: whose it is, and every sealed octet.  A row that was moved or changed is
 * another key. */
struct vault_cache_id { struct zg_slice owner, sealed_dek, sealed_key; };

struct vault_opened {
	struct zg_list by_use;		/* in the list of the used, or of the free */
	struct vault_opened *next;	/* in its bucket */
	uint32_t hash;
	char *id;			/* the three slices, one behind the other */
	size_t n[3];
	struct zg_key key;
};
struct vault_cache {
	struct zg_list used, free;	/* used: the least used first */
	size_t begun;			/* of keys, those that were ever used; behind them no memory is touched */
	struct vault_opened *buckets[VAULT_CACHE];
	struct vault_opened keys[VAULT_CACHE];
};

void vault_cache_init(struct vault_cache *c);
/* The opened key, or NULL; it is then the most used one and stays until the next put. */
struct zg_key *vault_cache_get(struct vault_cache *c, const struct vault_cache_id *id);
/* Takes key over (it is the cache's, and *key is empty).  NULL without memory: key is ended then. */
struct zg_key *vault_cache_put(struct vault_cache *c, const struct vault_cache_id *id, struct zg_key *key);
/* Ends all keys. */
void vault_cache_done(struct vault_cache *c);

#endif
