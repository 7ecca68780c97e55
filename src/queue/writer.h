/* writer.h - the thread that writes the store: one commit for all that is ready.
 *
 * A put is committed when every message on its way is ready too: for those that still come it waits 5 ms at most, for those
 * that are being signed 20 ms.  Outcomes of deliveries and other changes join the next put's commit, or go alone after
 * 50 ms.  done runs on the loop of `back`, after the commit: only then is anything true. */
#ifndef QUEUE_WRITER_H
#define QUEUE_WRITER_H

#include "io/mailbox.h"
#include "store/store.h"

struct writer;

/* Where a message is before its put. */
enum writer_stage {
	WRITER_NOWHERE,		/* not begun, or given up */
	WRITER_COMES,		/* in DATA */
	WRITER_SIGNS,		/* complete: looked up, signed, its text synced */
	WRITER_STAGES
};

/* One piece of work; the caller's memory until done. */
struct writer_job {
	struct task task;			/* private */
	const struct store_message *put;	/* either this ... */
	const struct store_outcome *outcomes;	/* ... or these ... */
	size_t count;
	enum store_rc (*change)(struct writer_job *j, struct store *s);	/* ... or what this does, on the writer's thread */
	enum store_rc rc;			/* what came of it */
	enum writer_stage stage;		/* of a put, when it is posted: it is in no stage then */
	struct mailbox *back;
	void (*done)(struct writer_job *j);
};

/* Opens the store and starts the thread; NULL with *ret_error. */
struct writer *writer_start(struct zg_slice url, struct store_error *ret_error);
void writer_post(struct writer *w, struct writer_job *j);
/* A message went from one stage to another. */
void writer_move(struct writer *w, enum writer_stage from, enum writer_stage to);
/* Writes what was posted, ends the thread, closes the store. */
void writer_stop(struct writer *w);

#endif
