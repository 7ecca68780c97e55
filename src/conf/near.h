/* near.h - the known word that somebody meant, by edit distance with swaps of neighbours. */
#ifndef CONF_NEAR_H
#define CONF_NEAR_H

#include <zegel/slice.h>

struct near {
	struct zg_slice word, best;	/* best: empty while none is near enough */
	unsigned distance;		/* a candidate must be nearer than this */
};

struct near near_of(struct zg_slice word);
void near_try(struct near *n, struct zg_slice candidate);

#endif
