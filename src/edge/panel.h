/* panel.h - the pages and their live streams on one loop; what takes time is done by desks (edge/desk.h). */
#ifndef EDGE_PANEL_H
#define EDGE_PANEL_H

#include <stdbool.h>
#include "edge/relay.h"
#include "queue/queue.h"

struct panel;

struct panel_start {
	struct queue_loop *q;
	const int *listeners;		/* nonblocking; count may be 0: then there are no pages */
	size_t count;
	const char *state_folder;
	int vault[PANEL_WORKERS];	/* a channel for each worker, which the panel then owns */
	bool is_dev;
};

/* On the first loop, before its first turn.  NULL: no memory.  The pages open a moment later, when those of mail are open;
 * where they cannot, the log says why and the process ends. */
struct panel *panel_new(const struct panel_start *s);
/* q->settings are new. */
void panel_settings(struct panel *p);
/* Channels to a new vault; the old ones are closed. */
void panel_vault(struct panel *p, const int fds[PANEL_WORKERS]);
/* Takes no more connections; done is called when the last reply is out. */
void panel_drain(struct panel *p, void (*done)(void *ctx), void *ctx);

#endif
