/* writer.c - group commit.
 *
 *   WAIT --first job--> GATHER --all ready, or 5 ms (a put), 50 ms (outcomes alone)--> COMMIT --> WAIT
 *
 * Laws: (1) a job's done is posted after the commit that holds it, or after the failure.  (2) when a batch fails each of
 * its jobs is tried alone, so that one bad or too large message does not take the others with it.  (3) a store that
 * says its disk failed (fsync) is not written again: the process ends, and what was not said to be kept was not. */
#include "queue/writer.h"
#include <stdatomic.h>
#include <stdlib.h>
#include "io/log.h"

#define WAIT_PUT 5000000u	/* ns that a put waits for others */
#define WAIT_OUTCOME 50000000u	/* ns that an outcome waits for a put */
#define WAIT_STEP 1000000u	/* ns between looks at who is still in DATA */
#define BATCH_MAX 512u		/* jobs in a commit */

struct writer {
	struct store *store;
	struct mailbox mailbox;
	uv_thread_t thread;
	atomic_int in_data;
};

static void run_done(struct task *t)
{
	struct writer_job *j = ZG_LIST_OF(t, struct writer_job, task);

	j->done(j);
}

static void answer(struct writer_job *j, enum store_rc rc)
{
	j->rc = rc;
	j->task.run = run_done;
	mailbox_post(j->back, &j->task);
}

static enum store_rc apply(struct store *s, const struct writer_job *j)
{
	enum store_rc rc = j->put ? store_put(s, j->put) : STORE_OK;

	for (size_t i = 0; i < j->count && rc == STORE_OK; i++)
		rc = store_finish(s, &j->outcomes[i]);
	return rc == STORE_NOT_FOUND ? STORE_OK : rc;	/* the message was removed meanwhile: nothing to write */
}

/* One transaction for the jobs of list; true when it is durable. */
static enum store_rc commit(struct store *s, struct zg_list *list)
{
	enum store_rc rc = store_begin(s);

	for (struct zg_list *n = list->next; n != list && rc == STORE_OK; n = n->next)
		rc = apply(s, ZG_LIST_OF(n, struct writer_job, task.node));
	if (rc == STORE_OK)
		rc = store_commit(s);
	if (rc != STORE_OK)
		store_rollback(s);
	return rc;
}

static void failed(struct store *s, enum store_rc rc)
{
	const struct store_error *why = store_why(s);

	log_line(LOG_ERROR, "store_failed", (struct log_field[]){ LOG_NUM("rc", rc), LOG_TEXT("why", zg_slice_cstr(why->text)) }, 2);
	if (rc == STORE_FAILED || rc == STORE_CORRUPT) {
		log_line(LOG_ERROR, "store_given_up", NULL, 0);
		_Exit(70);	/* law 3 */
	}
}

static void commit_alone(struct store *s, struct writer_job *j)
{
	struct zg_list one;
	enum store_rc rc;

	zg_list_init(&one);
	zg_list_push(&one, &j->task.node);
	rc = commit(s, &one);
	if (rc != STORE_OK)
		failed(s, rc);
	zg_list_drop(&j->task.node);
	answer(j, rc);
}

static void commit_batch(struct writer *w, struct zg_list *batch)
{
	enum store_rc rc = commit(w->store, batch);
	bool is_single = batch->next == batch->prev;
	struct zg_list *node;

	if (rc != STORE_OK && is_single)
		failed(w->store, rc);
	while ((node = zg_list_pop(batch)) != NULL) {
		struct writer_job *j = ZG_LIST_OF(node, struct writer_job, task.node);

		if (rc == STORE_OK || is_single)
			answer(j, rc);
		else
			commit_alone(w->store, j);
	}
}

static unsigned count_jobs(const struct zg_list *list, bool *ret_has_put)
{
	unsigned count = 0;

	*ret_has_put = false;
	for (const struct zg_list *n = list->next; n != list; n = n->next, count++)
		*ret_has_put |= ZG_LIST_OF(n, struct writer_job, task.node)->put != NULL;
	return count;
}

/* GATHER: until nobody is in DATA or time is up. */
static void gather(struct writer *w, struct zg_list *batch)
{
	uint64_t start = uv_hrtime(), put_at = 0;
	bool has_put, is_open = true;

	while (is_open && count_jobs(batch, &has_put) < BATCH_MAX) {
		uint64_t now = uv_hrtime();

		if (has_put && !put_at)
			put_at = now;
		if (has_put && (atomic_load(&w->in_data) <= 0 || now - put_at >= WAIT_PUT))
			return;
		if (!has_put && now - start >= WAIT_OUTCOME)
			return;
		is_open = mailbox_wait(&w->mailbox, has_put ? WAIT_STEP : WAIT_OUTCOME - (now - start), batch);
	}
}

static void writer_thread(void *arg)
{
	struct writer *w = arg;
	struct zg_list batch;

	zg_list_init(&batch);
	while (mailbox_wait(&w->mailbox, UINT64_MAX, &batch)) {
		if (zg_list_is_empty(&batch))
			continue;
		gather(w, &batch);
		commit_batch(w, &batch);
	}
}

struct writer *writer_start(struct zg_slice url, struct store_error *ret_error)
{
	struct writer *w = calloc(1, sizeof(*w));

	*ret_error = (struct store_error){ .rc = STORE_NO_MEMORY };
	if (!w)
		return NULL;
	if (store_open(url, STORE_WRITE, &w->store, ret_error) != STORE_OK) {
		free(w);
		return NULL;
	}
	if (mailbox_init_thread(&w->mailbox) != 0 || uv_thread_create(&w->thread, writer_thread, w) != 0) {
		store_close(w->store);
		free(w);
		return NULL;
	}
	return w;
}

void writer_post(struct writer *w, struct writer_job *j)
{
	j->writer = w;
	mailbox_post(&w->mailbox, &j->task);
}

void writer_in_data(struct writer *w, int change)
{
	atomic_fetch_add(&w->in_data, change);
}

void writer_stop(struct writer *w)
{
	mailbox_shut(&w->mailbox);
	(void)uv_thread_join(&w->thread);	/* fails only for a thread that is none */
	mailbox_done(&w->mailbox);
	store_close(w->store);
	free(w);
}
