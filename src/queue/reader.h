/* reader.h - the thread that reads the store for the loops, so that no loop waits for a disk.
 *
 * It also watches for what others changed: house_changed counts changes of companies, domains, keys and credentials,
 * queue_changed the retries asked for on the command line; both are looked at every 200 ms. */
#ifndef QUEUE_READER_H
#define QUEUE_READER_H

#include <stdatomic.h>
#include "io/mailbox.h"
#include "store/store.h"

struct reader;

/* One question; the caller's memory until done. */
struct reader_job {
	struct task task;				/* private */
	void (*read)(struct reader_job *j, struct store *s);	/* on the reader's thread */
	struct mailbox *back;
	void (*done)(struct reader_job *j);		/* on the loop of back */
};

struct reader_changes {
	atomic_uint_fast64_t house, queue;		/* numbers that change */
};

/* Opens the store; what is to be read first is read by the caller.  Then the thread runs: 0, or -1 where it cannot. */
struct reader *reader_open(struct zg_slice url, struct store_error *ret_error);
struct store *reader_store(struct reader *r);
int reader_run(struct reader *r);
void reader_post(struct reader *r, struct reader_job *j);
struct reader_changes *reader_changes(struct reader *r);
void reader_stop(struct reader *r);

#endif
