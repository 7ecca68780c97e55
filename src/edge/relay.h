/* relay.h - the process that speaks with the world: SMTP in, the panel, queue, delivery.
 *
 * Control packets (io/handover.h) from the parent: 'B' a bundle: the configuration's text, certificate, TLS key, smarthost password
 * and smarthost roots, certificate and TLS key of the panel (each u32 length and octets, as base/num.h writes them; enum
 * settings_part has their order); it is taken whole or refused, and the next comes only after the answer.  'V' the channels to a
 * (new) vault: one descriptor a loop, and PANEL_WORKERS more.  'D' drain: take no new connections, end within 30 s.  To the
 * parent, one for each bundle: 'K' it is in force on every loop (the first one: ready), 'E' refused, with a text; what was in
 * force is so still.  The end of control ends the relay. */
#ifndef EDGE_RELAY_H
#define EDGE_RELAY_H

#include <stddef.h>
#include <stdbool.h>

/* E's text where the vault's master key opens nothing that the database holds. */
#define RELAY_OTHER_MASTER "the master key is not the one that the keys in the database were sealed with"

#define PANEL_WORKERS 2		/* threads that change things for the panel, each with a channel to the vault of its own */
#define RELAY_LOOPS_MOST (64 - PANEL_WORKERS)	/* all channels go in one packet */

struct relay_start {
	int control;
	const int *listeners;		/* bound and listening: those of smtp.listen, then those of http.listen */
	size_t listeners_count;
	unsigned loops;			/* the vault has as many channels, and PANEL_WORKERS more */
	bool is_dev;			/* --dev: loopback senders need no credential, any From is taken */
};

/* Serves until drained or the end of control; the exit status.  Rights are given up before (sandbox is the caller's). */
int relay_main(const struct relay_start *s);

#endif
