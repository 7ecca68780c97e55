/* hop.h - one connection to the next hop, and the message that is on it.
 *
 *   RESOLVE -> CONNECT -> [TLS] -> greeting, EHLO, AUTH (the engine) -> READY <-> SENDING -> QUIT
 *
 * It tells its mover what comes of a message; it writes nothing itself. */
#ifndef QUEUE_HOP_H
#define QUEUE_HOP_H

#include <string.h>
#include "proto/smtp_client.h"
#include "queue/mail.h"
#include "queue/queue.h"
#include "queue/schedule.h"

struct hop;

/* One message on its way: made by the mover, lent to a hop until `result`. */
struct delivery {
	struct entry *entry;
	struct mail *mail;		/* a reference of its own */
	struct zg_smtp_mail smtp;	/* recipients that wait */
	unsigned *numbers;		/* their numbers in the message */
	char server[256];		/* its name, cut where it is longer, and the version of TLS, NULL: in clear; of who answered */
	const char *tls;
	bool is_unsure;			/* the text was sent and no answer came: the peer may have it */
};

/* Notes who answers; tls is a literal, or NULL. */
static inline void delivery_name(struct delivery *d, struct zg_slice server, const char *tls)
{
	struct zg_slice s = zg_slice_sub(server, 0, sizeof(d->server) - 1);

	if (s.n)
		memcpy(d->server, s.p, s.n);
	d->server[s.n] = '\0';
	d->tls = tls;
}

struct hop_calls {
	void (*ready)(void *owner, struct hop *h);	/* give it a message with hop_send, or leave it idle */
	void (*result)(void *owner, struct hop *h, struct delivery *d);	/* outcomes are filled */
	/* The connection could not be used (why is set) or is over through no fault of the route (NULL); d is the message it
	 * still had, or NULL, with outcomes filled.  is_kept_dead: it had served before and was found closed: d may be tried
	 * again at once.  The hop is gone after. */
	void (*gone)(void *owner, struct hop *h, struct delivery *d, const struct zg_smtp_outcome *why, bool is_kept_dead);
};

/* How often it was ready: 0 while it is being made. */
unsigned hop_readies(const struct hop *h);
/* Starts a connection under settings (counted).  NULL without memory. */
struct hop *hop_new(struct queue_loop *q, struct settings *settings, const struct hop_calls *calls, void *owner);
/* Only after ready and before the next result: sends d.  False: its text cannot be read; the outcomes say why, d stays the
 * caller's, and the hop is as it was. */
bool hop_send(struct hop *h, struct delivery *d);
/* Ends an idle one with QUIT. */
void hop_quit(struct hop *h);

#endif
