/* flaws.h - findings on keys, told: to people on standard error, to programs as JSON. */
#ifndef CMD_FLAWS_H
#define CMD_FLAWS_H

#include <jansson.h>
#include "cmd/cmd.h"
#include "house/key_flaws.h"

/* All keys that are kept, to hold one against; made once for a run. */
struct flaws {
	struct zg_prober prober;
	const struct store_key *all;	/* in c's arena; NULL where there is no store */
	size_t count;
};

/* s: the store, or NULL.  The store's word, or STORE_NO_MEMORY.  Ended by flaws_done in any case. */
enum store_rc flaws_init(struct flaws *f, struct cmd *c, struct store *s);
void flaws_done(struct flaws *f);

/* What is weak about a kept key; has_kin as house_key_flaws.  Without memory: nothing is found. */
struct house_flaws flaws_of(struct flaws *f, const struct store_key *k, bool has_kin);
/* Of a key that is in no store. */
struct house_flaws flaws_of_key(struct flaws *f, const struct zg_key *k);

/* Adds {"code","severity","name","text","remedy"} each to the array and answers it; NULL without memory (it is freed
 * then), and where it was NULL.  name: of the record. */
json_t *flaws_json(struct cmd *c, json_t *into, const struct house_flaws *h, unsigned bits, struct zg_slice name);
/* selector._domainkey.domain in c's arena. */
struct zg_slice flaws_name(struct cmd *c, const struct store_key *k);
/* The codes with ", " between; empty where there is none. */
struct zg_slice flaws_codes(struct cmd *c, const struct house_flaws *h);
/* A line each, as errors are told, without --json. */
void flaws_say(struct cmd *c, const struct house_flaws *h, unsigned bits, struct zg_slice where);
/* The same for the bits alone, which cost nothing. */
void flaws_say_bits(struct cmd *c, const struct zg_key *k, struct zg_slice where);
/* What is told of one flaw, and how to mend it. */
struct zg_slice flaws_text(struct cmd *c, const struct house_flaws *h, enum zg_key_flaw flaw, unsigned bits);
struct zg_slice flaws_remedy(struct cmd *c, enum zg_key_flaw flaw);

#endif
