/* dkim_keys.c - public keys kept parsed, found again by the very text of their p=.
 *
 * The places stand in sets of WAYS; a text belongs to one set, and there the place that was not used for longest is
 * taken for the next key.  Whoever writes texts that all fall into one set drives keys out of it, and no more: a look-up
 * compares WAYS texts at most.
 * Invariants: (1) a place in use holds the whole text its key was read from; (2) the texts are compared, so a hash that
 * two share is no matter. */
#include <stdint.h>
#include <string.h>
#include "auth/dkim_keys.h"

#define WAYS 4u
#define TEXT_MAX 1024u		/* octets of p=: RSA of 4096 bits has 736 */

struct place {
	struct zg_key key;
	uint64_t used;		/* when last, in look-ups; 0: never */
	uint32_t hash;
	uint16_t n;
	char text[TEXT_MAX];
};

struct zg_dkim_keys {
	struct place *places;
	size_t sets;
	uint64_t clock;		/* look-ups so far */
};

/* FNV-1a over eight words spread through the text, which differ between keys by chance; the whole text where it is
 * shorter. */
static uint32_t text_hash(struct zg_slice s)
{
	uint64_t h = 0xcbf29ce484222325u ^ s.n, word = 0;
	size_t step = s.n / 8 < sizeof(word) ? sizeof(word) : s.n / 8;

	for (size_t i = 0; i < s.n; i += step) {
		memcpy(&word, s.p + i, s.n - i < sizeof(word) ? s.n - i : sizeof(word));
		h = (h ^ word) * 0x100000001b3u;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

static struct place *set_of(const struct zg_dkim_keys *k, uint32_t hash)
{
	return k->places + hash % k->sets * WAYS;
}

struct zg_dkim_keys *zg_dkim_keys_new(struct zg_arena *a, size_t count)
{
	struct zg_dkim_keys *k = zg_arena_alloc(a, sizeof(*k));
	size_t sets = count / WAYS + (count % WAYS != 0);

	if (!k || !count)
		return NULL;
	k->sets = sets;
	k->places = zg_arena_array(a, sets, WAYS * sizeof(*k->places));
	return k->places ? k : NULL;
}

void zg_dkim_keys_done(struct zg_dkim_keys *k)
{
	for (size_t i = 0; k && i < k->sets * WAYS; i++)
		zg_key_done(&k->places[i].key);
}

struct zg_key *zg_dkim_keys_get(struct zg_dkim_keys *k, enum zg_key_type type, struct zg_slice p)
{
	uint32_t hash = text_hash(p);
	struct place *set = set_of(k, hash);

	for (size_t i = 0; i < WAYS; i++) {
		struct place *at = &set[i];

		if (at->used && at->hash == hash && at->key.type == type && zg_slice_eq(zg_slice_of(at->text, at->n), p)) {
			at->used = ++k->clock;
			return &at->key;
		}
	}
	return NULL;
}

struct zg_key *zg_dkim_keys_put(struct zg_dkim_keys *k, struct zg_slice p, struct zg_key *key)
{
	uint32_t hash = text_hash(p);
	struct place *set = set_of(k, hash), *at = set;

	if (p.n > TEXT_MAX)
		return NULL;
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < at->used)
			at = &set[i];
	zg_key_done(&at->key);
	at->key = *key;
	*key = (struct zg_key){ .pkey = NULL };
	at->used = ++k->clock;
	at->hash = hash;
	at->n = (uint16_t)p.n;
	memcpy(at->text, p.p, p.n);
	return &at->key;
}
