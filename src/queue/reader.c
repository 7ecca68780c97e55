/* reader.c - reads for the loops, and the watch on what other processes changed. */
#include "queue/reader.h"
#include <stdlib.h>

#define LOOK_EVERY 200000000u	/* ns between looks at the store's change counters */

struct reader {
	struct store *store;
	struct mailbox mailbox;
	uv_thread_t thread;
	struct reader_changes changes;
};

static void run_done(struct task *t)
{
	struct reader_job *j = ZG_LIST_OF(t, struct reader_job, task);

	j->done(j);
}

static void look(struct reader *r)
{
	struct store_changes now;

	if (store_changes_get(r->store, &now) != STORE_OK)
		return;		/* the next look tells */
	atomic_store(&r->changes.house, now.house);
	atomic_store(&r->changes.queue, now.queue);
}

static void reader_thread(void *arg)
{
	struct reader *r = arg;
	struct zg_list jobs, *node;
	uint64_t seen = 0;
	bool is_open = true;

	zg_list_init(&jobs);
	while (is_open) {
		is_open = mailbox_wait(&r->mailbox, LOOK_EVERY, &jobs);
		if (uv_hrtime() - seen >= LOOK_EVERY) {
			look(r);
			seen = uv_hrtime();
		}
		while ((node = zg_list_pop(&jobs)) != NULL) {
			struct reader_job *j = ZG_LIST_OF(node, struct reader_job, task.node);

			j->read(j, r->store);
			j->task.run = run_done;
			mailbox_post(j->back, &j->task);
		}
	}
}

struct reader *reader_open(struct zg_slice url, struct store_error *ret_error)
{
	struct reader *r = calloc(1, sizeof(*r));

	*ret_error = (struct store_error){ .rc = STORE_NO_MEMORY };
	if (!r)
		return NULL;
	if (store_open(url, STORE_READ, &r->store, ret_error) != STORE_OK) {
		free(r);
		return NULL;
	}
	look(r);
	return r;
}

struct store *reader_store(struct reader *r)
{
	return r->store;
}

int reader_run(struct reader *r)
{
	return mailbox_init_thread(&r->mailbox) == 0 && uv_thread_create(&r->thread, reader_thread, r) == 0 ? 0 : -1;
}

void reader_post(struct reader *r, struct reader_job *j)
{
	mailbox_post(&r->mailbox, &j->task);
}

struct reader_changes *reader_changes(struct reader *r)
{
	return &r->changes;
}

void reader_stop(struct reader *r)
{
	mailbox_shut(&r->mailbox);
	(void)uv_thread_join(&r->thread);	/* fails only for a thread that is none */
	mailbox_done(&r->mailbox);
	store_close(r->store);
	free(r);
}
