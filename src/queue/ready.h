/* ready.h - may mail of a domain leave, by what the standing check last saw in DNS?
 *
 * Accepting asks no DNS: what is said here is read from the store, and kept with the signer (queue/lookup.h) until the house or
 * what was seen changes. */
#ifndef QUEUE_READY_H
#define QUEUE_READY_H

#include "conf/conf.h"
#include "house/house.h"

struct ready {
	bool is_right;			/* a key that signs is seen in DNS, or the whole domain is right */
	bool is_strict;			/* its DMARC record asks receivers to keep out what is not signed */
};

/* HOUSE_OK, or HOUSE_STORE, HOUSE_NO_MEMORY.  A domain that was never checked is not right, and not strict. */
enum house_rc ready_read(struct store *s, const struct house_signer *f, struct zg_slice from_domain, struct ready *ret);
/* Would mail that was signed so ("example.be zegel1 ...") verify now? */
enum house_rc ready_seal(struct store *s, struct zg_slice seal, bool *ret);

/* What becomes of a mail whose domain is to be signed for. */
enum unready { UNREADY_SIGN, UNREADY_SEND, UNREADY_HOLD };
/* The policy (doc/decisions/0017).  *ret_why: of HOLD, one of STORE_HOLD_*. */
enum unready unready_judge(enum conf_unready policy, const struct house_signer *f, const struct ready *r, struct zg_slice *ret_why);

#endif
