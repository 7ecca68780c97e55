/* writer.h - the thread that writes the store: one commit for all that is ready.
 *
 * A put is committed when every session that is in DATA is ready too, 5 ms at most; outcomes of deliveries join the next
 * put's commit, or go alone after 50 ms.  done runs on the loop of `back`, after the commit: only then is anything
 * true. */
#ifndef QUEUE_WRITER_H
#define QUEUE_WRITER_H

#include "io/mailbox.h"
#include "store/store.h"

struct writer;

/* One piece of work; the caller's memory until done. */
struct writer_job {
	struct task task;			/* private */
	const struct store_message *put;	/* either this ... */
	const struct store_outcome *outcomes;	/* ... or these */
	size_t count;
	enum store_rc rc;			/* what came of it */
	struct mailbox *back;
	void (*done)(struct writer_job *j);
	struct writer *writer;			/* private */
};

/* Opens the store and starts the thread; NULL with *ret_error. */
struct writer *writer_start(struct zg_slice url, struct store_error *ret_error);
void writer_post(struct writer *w, struct writer_job *j);
/* A session went into DATA (+1) or out of it (-1: its put was posted, or it is gone). */
void writer_in_data(struct writer *w, int change);
/* Writes what was posted, ends the thread, closes the store. */
void writer_stop(struct writer *w);

#endif
