/* vault_cache.c - a hash table with chains over a fixed array, and a list by use.
 *
 * Invariants: (1) each of the first `begun` of keys[] is in exactly one of `used` and `free`; (2) those in `used` are in the
 * bucket of their hash, hold an id and a key; (3) those in `free` hold neither. */
#include <stdlib.h>
#include <string.h>
#include "vault/vault_cache.h"

void vault_cache_init(struct vault_cache *c)
{
	zg_list_init(&c->used);
	zg_list_init(&c->free);
	c->begun = 0;
	memset(c->buckets, 0, sizeof(c->buckets));
}

/* FNV-1a over the owner: whose key it is nearly always tells the keys apart; the rest is compared. */
static uint32_t hash_of(struct zg_slice owner)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < owner.n; i++)
		h = (h ^ (unsigned char)owner.p[i]) * 16777619u;
	return h;
}

static bool is_it(const struct vault_opened *o, uint32_t hash, const struct vault_cache_id *id)
{
	const char *dek = o->id + o->n[0], *key = dek + o->n[1];

	return o->hash == hash && zg_slice_eq(zg_slice_of(o->id, o->n[0]), id->owner) &&
	       zg_slice_eq(zg_slice_of(dek, o->n[1]), id->sealed_dek) &&
	       zg_slice_eq(zg_slice_of(key, o->n[2]), id->sealed_key);
}

struct zg_key *vault_cache_get(struct vault_cache *c, const struct vault_cache_id *id)
{
	uint32_t hash = hash_of(id->owner);

	for (struct vault_opened *o = c->buckets[hash % VAULT_CACHE]; o; o = o->next) {
		if (!is_it(o, hash, id))
			continue;
		zg_list_drop(&o->by_use);
		zg_list_push(&c->used, &o->by_use);
		return &o->key;
	}
	return NULL;
}

static void forget(struct vault_cache *c, struct vault_opened *o)
{
	struct vault_opened **at = &c->buckets[o->hash % VAULT_CACHE];

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	zg_key_done(&o->key);
	free(o->id);
	o->id = NULL;
	memset(&o->key, 0, sizeof(o->key));
	zg_list_drop(&o->by_use);
	zg_list_push(&c->free, &o->by_use);
}

static char *id_dup(const struct vault_cache_id *id)
{
	char *p = malloc(id->owner.n + id->sealed_dek.n + id->sealed_key.n + 1);

	if (!p)
		return NULL;
	memcpy(p, id->owner.p, id->owner.n);
	memcpy(p + id->owner.n, id->sealed_dek.p, id->sealed_dek.n);
	memcpy(p + id->owner.n + id->sealed_dek.n, id->sealed_key.p, id->sealed_key.n);
	return p;
}

struct zg_key *vault_cache_put(struct vault_cache *c, const struct vault_cache_id *id, struct zg_key *key)
{
	struct vault_opened *o;
	char *mem = id_dup(id);
	struct zg_list *node;

	if (!mem) {
		zg_key_done(key);
		return NULL;
	}
	if (zg_list_is_empty(&c->free) && c->begun == VAULT_CACHE)
		forget(c, ZG_LIST_OF(c->used.next, struct vault_opened, by_use));
	node = zg_list_pop(&c->free);
	o = node ? ZG_LIST_OF(node, struct vault_opened, by_use) : &c->keys[c->begun++];
	o->hash = hash_of(id->owner);
	o->id = mem;
	o->n[0] = id->owner.n;
	o->n[1] = id->sealed_dek.n;
	o->n[2] = id->sealed_key.n;
	o->key = *key;
	memset(key, 0, sizeof(*key));
	o->next = c->buckets[o->hash % VAULT_CACHE];
	c->buckets[o->hash % VAULT_CACHE] = o;
	zg_list_push(&c->used, &o->by_use);
	return &o->key;
}

void vault_cache_done(struct vault_cache *c)
{
	while (!zg_list_is_empty(&c->used))
		forget(c, ZG_LIST_OF(c->used.next, struct vault_opened, by_use));
}
