/* mover.h - takes queued mail to its next hop.
 *
 * It lives on one loop.  Mail that was just accepted is handed over in memory; what is older is read from the store.  The lease
 * is memory: there is one node.  4xx and lost connections are tried again with back-off, 5xx are final, and what is
 * five days old is given up; each outcome is written before it counts. */
#ifndef QUEUE_MOVER_H
#define QUEUE_MOVER_H

#include "queue/mail.h"
#include "queue/queue.h"

#define MOVER_CONNECTIONS 20u			/* to the smarthost at a time */
#define MOVER_FRESH (16u * 1024u * 1024u)	/* octets of mail kept in memory while it waits */
#define MOVER_LIFETIME (5 * 86400)		/* seconds that a message is tried, RFC 5321 4.5.4.1 */
#define MOVER_BACKOFF 60			/* seconds before the second attempt; doubled each time */
#define MOVER_BACKOFF_MOST (4 * 3600)

struct mover;

/* On q's loop; begins to read what waits in the store.  NULL without memory. */
struct mover *mover_new(struct queue_loop *q);
/* From any thread: takes over the caller's reference. */
void mover_take(struct mover *m, struct mail *mail);
/* On its loop: new settings are in force (q->settings): connections end when they are idle. */
void mover_settings(struct mover *m);
/* On its loop: starts nothing new; done is called when no delivery and no unwritten outcome is left. */
void mover_drain(struct mover *m, void (*done)(void *ctx), void *ctx);

/* Seconds until the next attempt after so many, with a quarter of jitter out of random; its own function for the tests. */
int64_t mover_backoff(unsigned attempts, uint32_t random);

#endif
