/* accept.h - the way of a mail into the queue; SMTP (and later HTTP) only call it.
 *
 *   SENDER -> RECIPIENTS -> HEADER -> BODY -> ENDED -> SIGNING -> KEEPING -> answer
 *
 * One accept is one message on one loop.  answer is called once after accept_sender and once after accept_end, from inside
 * or later.  250 comes only after the commit.  After accept_drop nothing is called; what is under way ends by itself. */
#ifndef QUEUE_ACCEPT_H
#define QUEUE_ACCEPT_H

#include <stdbool.h>
#include <zegel/slice.h>
#include "queue/queue.h"

/* By what right somebody submits. */
enum accept_right {
	ACCEPT_CREDENTIAL,	/* a company's login */
	ACCEPT_TRUSTED,		/* an address that stands for a company */
	ACCEPT_OWNER,		/* a loopback address that stands for whoever owns the From domain */
	ACCEPT_DEV		/* --dev on loopback: any From is taken */
};

struct accept_client {
	enum accept_right right;
	uint64_t company;		/* CREDENTIAL */
	struct zg_slice company_slug;	/* TRUSTED */
	struct zg_slice helo, address;	/* address: of the client as text */
	struct zg_slice app, tls;	/* name of the credential; version of TLS, empty: in clear */
	bool is_tls, is_auth, is_esmtp;
};

struct accept_reply {
	unsigned code;
	struct zg_slice enhanced, text;	/* live until the call returns */
};

struct accept_calls {
	void (*answer)(void *owner, const struct accept_reply *r);
	void (*room)(void *owner);	/* pieces are welcome again */
};

struct accept;

/* client's slices must stay until accept_drop.  NULL without memory. */
struct accept *accept_new(struct queue_loop *q, const struct accept_client *client, const struct accept_calls *calls, void *owner);
/* The envelope sender, "" or a checked mailbox. */
void accept_sender(struct accept *a, struct zg_slice address);
/* A checked mailbox, or "postmaster" in any case, which becomes that of this server; false without memory. */
bool accept_recipient(struct accept *a, struct zg_slice address);
/* The message begins. */
void accept_data(struct accept *a);
/* A piece of it; false: wait for room() before the next (this one was taken). */
bool accept_piece(struct accept *a, struct zg_slice piece);
/* The message is complete. */
void accept_end(struct accept *a);
/* The client is done with it, or gone. */
void accept_drop(struct accept *a);

#endif
