/* lookup.h - who may send for a domain and signs for it: from memory, or from the store by way of the reader.
 *
 * One a loop.  What was found is kept until the house changes (seen within 200 ms), at most LOOKUP_KEPT domains; what was not
 * found is not kept, so that a domain can send as soon as it is added. */
#ifndef QUEUE_LOOKUP_H
#define QUEUE_LOOKUP_H

#include "house/house.h"
#include "queue/reader.h"
#include "queue/ready.h"

#define LOOKUP_KEPT 1024u

/* Counted; used by one loop only. */
struct signer {
	unsigned refs;
	struct zg_arena arena;
	struct zg_slice asked;		/* the domain that was asked for */
	enum house_rc rc;		/* HOUSE_OK, HOUSE_NO_DOMAIN, or HOUSE_STORE: could not be read */
	struct house_signer found;
	struct ready ready;
};
struct signer *signer_ref(struct signer *s);
void signer_unref(struct signer *s);

struct lookup {
	struct reader *reader;
	struct mailbox *back;
	uint64_t house;			/* the change number that slots are from */
	struct signer no_memory;	/* the answer where there is none for another */
	struct signer *slots[LOOKUP_KEPT];
};

struct lookup_wait {
	struct reader_job job;		/* private, as signer and lookup */
	struct lookup *lookup;
	struct signer *signer;
	uint64_t house;			/* the change number when it was asked */
	void (*done)(struct lookup_wait *w, struct signer *s);	/* s is borrowed: ref it to keep it */
};

void lookup_init(struct lookup *l, struct reader *r, struct mailbox *back);
/* domain as zg_address_domain makes it.  True: done was called already; false: it comes later, w must stay. */
bool lookup_signer(struct lookup *l, struct lookup_wait *w, struct zg_slice domain);

#endif
