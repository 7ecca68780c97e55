/* relay.h - the process that speaks with the world: SMTP in, queue, delivery.
 *
 * Control packets (io/handover.h) from the parent: 'B' a bundle: the configuration's text, certificate, TLS key, smarthost password
 * and smarthost roots (each u32 length and octets, as base/num.h writes them); it is taken whole or refused, and the next
 * comes only after the answer.  'V' the channels to a (new) vault, one descriptor a loop.  'D' drain: take no new
 * connections, end within 30 s.  To the parent, one for each bundle: 'K' it is in force on every loop (the first one: ready),
 * 'E' refused, with a text; what was in force is so still.  The end of control ends the relay. */
#ifndef EDGE_RELAY_H
#define EDGE_RELAY_H

#include <stddef.h>
#include <stdbool.h>

/* E's text where the vault's master key opens nothing that the database holds. */
#define RELAY_OTHER_MASTER "the master key is not the one that the keys in the database were sealed with"

struct relay_start {
	int control;
	const int *listeners;		/* bound and listening, in the order of the configuration's listen */
	size_t listeners_count;
	unsigned loops;			/* as many as the vault's channels */
	bool is_dev;			/* --dev: loopback senders need no credential, any From is taken */
};

/* Serves until drained or the end of control; the exit status.  Rights are given up before (sandbox is the caller's). */
int relay_main(const struct relay_start *s);

#endif
