/* key_flaws.h - what is weak about a key that is kept, by itself and beside all others of this installation. */
#ifndef HOUSE_KEY_FLAWS_H
#define HOUSE_KEY_FLAWS_H

#include "crypt/key_flaws.h"
#include "store/store.h"

struct house_flaws {
	unsigned flaws;			/* bits, ZG_FLAW_BIT */
	struct zg_slice kin, twin;	/* the domain of a key that shares a prime; of one that is the same */
};

/* others: all keys that are kept, k among them or not.  has_kin: look for shared primes too, which takes some
 * microseconds for each of the others; without it, only for the same key.  0, or -1 without memory. */
int house_key_flaws(struct zg_prober *p, const struct store_key *k, const struct store_key *others, size_t count,
		    bool has_kin, struct house_flaws *ret);

#endif
