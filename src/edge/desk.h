/* desk.h - a thread that makes the answers to requests: it may wait for the disk, for the vault, and for a password's hash, which
 * no loop may.
 *
 * There is one that reads (its store is read-only) and PANEL_WORKERS that change things.  A job goes to a desk by its mailbox and
 * comes back by the loop's; it is one thread's at a time. */
#ifndef EDGE_DESK_H
#define EDGE_DESK_H

#include "edge/page.h"
#include "io/mailbox.h"
#include "queue/settings.h"

struct desk;
struct route;

struct desk_job {
	struct task task;		/* private */
	struct mailbox *back;
	struct settings *settings;	/* a reference of its own */
	struct http_request *request;	/* stays until it is answered */
	const struct route *route;
	struct zg_arena arena;		/* of the answer */
	struct page page;		/* page.answer is what came of it */
	void (*done)(struct desk_job *j);	/* on the loop of back */
	void *owner;			/* the poster's, as worker */
	unsigned worker;
};

/* NULL with *ret_error filled.  vault: the desk's own from now on; -1 for a desk that reads. */
struct desk *desk_start(struct zg_slice url, bool is_worker, int vault, struct store_error *ret_error);
void desk_post(struct desk *d, struct desk_job *j);
/* A channel to a new vault; the old one is closed. */
void desk_vault(struct desk *d, int vault);
/* Does what was posted, and ends. */
void desk_stop(struct desk *d);

#endif
