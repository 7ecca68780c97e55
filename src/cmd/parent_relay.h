/* parent_relay.h - the relay as a child: forked, walled in, spoken with over its control socket (edge/relay.h). */
#ifndef CMD_PARENT_RELAY_H
#define CMD_PARENT_RELAY_H

#include "cmd/parent_setup.h"
#include "edge/relay.h"

struct parent_relay {
	int (*run)(const struct relay_start *s);
	unsigned loops;
	pid_t pid;		/* 0: none runs */
	int control;
	bool owes;		/* a bundle was sent to it, and not answered so far */
	bool is_ready;		/* it said K once */
	bool is_deaf;		/* it closed control, or broke the rules there */
	bool is_over;		/* it was waited for: what it said may still be taken, and its pid is nobody's */
};

/* Starts one; 0, or -1 with errno. */
int parent_relay_fork(struct parent_relay *r, const struct settings *s, const struct parent_users *u,
			const struct parent_sockets *l);
/* Sends a packet; a relay that takes none is killed, which is heard of by its signal.  Without a relay: nothing. */
void parent_relay_send(struct parent_relay *r, char kind, struct zg_slice text, const int *fds, size_t count);
/* Takes a packet; false where there is none (now, or ever: is_deaf). */
bool parent_relay_take(struct parent_relay *r, char *ret_kind, void *mem, size_t n, struct zg_slice *ret_text);
/* Kills it, to be heard of by its signal; kills it and waits; closes what belongs to one that was waited for. */
void parent_relay_end(struct parent_relay *r);
void parent_relay_kill(struct parent_relay *r);
void parent_relay_forget(struct parent_relay *r);

/* Says on standard output where to send a mail and where to look, for --dev. */
void parent_relay_greet(struct cmd *c, const struct settings *s, const struct parent_sockets *l);

#endif
