/* mail.h - one accepted message as the queue carries it: counted, not changed after it was made.
 *
 * The counter is atomic: a message is made on the loop of its session and delivered on another. */
#ifndef QUEUE_MAIL_H
#define QUEUE_MAIL_H

#include <stdatomic.h>
#include "io/mailbox.h"
#include "store/store.h"

struct mail {
	atomic_uint refs;
	struct zg_arena arena;		/* holds all that m points at, but for body */
	char *body;			/* m.body's memory, from malloc; NULL where it is in the arena or in a file */
	struct store_message m;
	struct task task;		/* its way to the mover */
	void *to;
};

/* A new one with its own empty arena; NULL without memory. */
struct mail *mail_new(void);
struct mail *mail_ref(struct mail *m);
/* NULL is allowed. */
void mail_unref(struct mail *m);
/* Octets it holds in memory. */
size_t mail_weight(const struct mail *m);

#endif
