/* mailbox.h - how one thread gives work to another: the only mutable state that threads share.
 *
 * A task is run once by the thread that owns the mailbox, in the order of posting.  A loop's mailbox wakes its loop; a
 * thread's mailbox is waited on by mailbox_wait.  Tasks are the poster's memory until they have run. */
#ifndef IO_MAILBOX_H
#define IO_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "base/list.h"

struct task {
	struct zg_list node;
	void (*run)(struct task *t);
};

struct mailbox {
	uv_mutex_t lock;
	uv_cond_t cond;
	struct zg_list tasks;
	int event;		/* a loop's: an eventfd that is counted up when the first task comes */
	uv_poll_t poll;		/* a loop's: of event */
	bool is_loop, is_shut;
};

/* For a loop: tasks run from its turns. 0 or a libuv error. */
int mailbox_init_loop(struct mailbox *m, uv_loop_t *loop);
/* For a thread of its own. */
int mailbox_init_thread(struct mailbox *m);
/* From any thread. */
void mailbox_post(struct mailbox *m, struct task *t);
/* A thread's mailbox: waits at most ns nanoseconds (0: does not wait; UINT64_MAX: for ever) until a task is there or the box is
 * shut, then moves all tasks to the end of ret.  False once it is shut and empty. */
bool mailbox_wait(struct mailbox *m, uint64_t ns, struct zg_list *ret);
/* A thread's mailbox: no more is expected; wait answers false when all was taken. */
void mailbox_shut(struct mailbox *m);
/* Ends it: a loop's mailbox closes its handle (the loop must turn once more). */
void mailbox_done(struct mailbox *m);

#endif
