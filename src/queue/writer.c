/* writer.c - group commit.
 *
 *   GATHER --all ready, or 5 ms, 20 ms (a put), 50 ms (outcomes alone)--> COMMIT --> GATHER
 *
 * Laws: (1) a job's done is posted after the commit that holds it, or after the failure.  (2) when a batch fails each of
 * its jobs is tried alone, so that one bad or too large message does not take the others with it.  (3) a store that
 * says its disk failed (fsync) is not written again: the process ends, and what was not said to be kept was not.  (4) who
 * posts wakes the thread only where it sleeps too long: between commits it sleeps WAIT_OUTCOME at most, so an
 * outcome wakes nobody; it sleeps for ever when nothing came for as long. */
#include "queue/writer.h"
#include <stdlib.h>
#include "io/log.h"

#define WAIT_COMES 5000000u	/* ns that a put waits for messages that still come */
#define WAIT_SIGNS 20000000u	/* ns that it waits for those that are being signed */
#define WAIT_OUTCOME 50000000u	/* ns that an outcome waits for a put */
#define BATCH_MAX 512u		/* jobs that wait for no more */

struct writer {
	struct store *store;
	uv_thread_t thread;
	uv_mutex_t lock;		/* of all that follows */
	uv_cond_t cond;
	struct zg_list jobs;		/* posted, and not taken by the thread so far */
	unsigned count;			/* of jobs */
	uint64_t put_at, outcome_at;	/* ns: when the first of each kind among jobs came; 0: none */
	unsigned stages[WRITER_STAGES];	/* messages in each */
	uint64_t sleeps_until;		/* ns, of the thread; 0: it is awake and will look */
	bool is_shut;
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

static enum store_rc apply(struct store *s, struct writer_job *j)
{
	enum store_rc rc = j->put ? store_put(s, j->put) : STORE_OK;

	if (j->change)
		rc = j->change(j, s);

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

/* The time at which the posted jobs are committed at the latest; under the lock. */
static uint64_t deadline(const struct writer *w)
{
	uint64_t wait = w->stages[WRITER_SIGNS] ? WAIT_SIGNS : w->stages[WRITER_COMES] ? WAIT_COMES : 0;
	uint64_t put = w->put_at ? w->put_at + wait : UINT64_MAX;
	uint64_t outcome = w->outcome_at ? w->outcome_at + WAIT_OUTCOME : UINT64_MAX;

	if (w->count >= BATCH_MAX)
		return 0;
	return put < outcome ? put : outcome;
}

/* Wakes the thread where it would sleep too long; under the lock. */
static void wake(struct writer *w)
{
	if (deadline(w) < w->sleeps_until)
		uv_cond_signal(&w->cond);
}

/* GATHER: sleeps until jobs are due, and takes them; false when there are none and there will be none. */
static bool gather(struct writer *w, struct zg_list *batch)
{
	uint64_t now = uv_hrtime(), due, look = now + WAIT_OUTCOME;

	uv_mutex_lock(&w->lock);
	while ((due = deadline(w)) > now && !w->is_shut) {
		if (!w->count && now >= look)
			look = UINT64_MAX;	/* law 4 */
		w->sleeps_until = w->count ? due : look;
		if (w->sleeps_until == UINT64_MAX)
			uv_cond_wait(&w->cond, &w->lock);
		else
			(void)uv_cond_timedwait(&w->cond, &w->lock, w->sleeps_until - now);	/* the loop looks why */
		now = uv_hrtime();
	}
	w->sleeps_until = 0;
	zg_list_join(batch, &w->jobs);
	w->count = 0;
	w->put_at = w->outcome_at = 0;
	uv_mutex_unlock(&w->lock);
	return !zg_list_is_empty(batch);
}

static void writer_thread(void *arg)
{
	struct writer *w = arg;
	struct zg_list batch;

	zg_list_init(&batch);
	while (gather(w, &batch))
		commit_batch(w, &batch);
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
	zg_list_init(&w->jobs);
	if (uv_mutex_init(&w->lock) != 0 || uv_cond_init(&w->cond) != 0 || uv_thread_create(&w->thread, writer_thread, w) != 0) {
		store_close(w->store);
		free(w);
		return NULL;
	}
	return w;
}

/* Under the lock. */
static void move(struct writer *w, enum writer_stage from, enum writer_stage to)
{
	w->stages[from] -= from != WRITER_NOWHERE;
	w->stages[to] += to != WRITER_NOWHERE;
}

void writer_post(struct writer *w, struct writer_job *j)
{
	uint64_t now = uv_hrtime();

	uv_mutex_lock(&w->lock);
	zg_list_push(&w->jobs, &j->task.node);
	w->count++;
	move(w, j->stage, WRITER_NOWHERE);
	if (j->put && !w->put_at)
		w->put_at = now;
	else if (!j->put && !w->outcome_at)
		w->outcome_at = now;
	wake(w);
	uv_mutex_unlock(&w->lock);
}

void writer_move(struct writer *w, enum writer_stage from, enum writer_stage to)
{
	uv_mutex_lock(&w->lock);
	move(w, from, to);
	wake(w);
	uv_mutex_unlock(&w->lock);
}

void writer_stop(struct writer *w)
{
	uv_mutex_lock(&w->lock);
	w->is_shut = true;
	uv_cond_signal(&w->cond);
	uv_mutex_unlock(&w->lock);
	(void)uv_thread_join(&w->thread);	/* fails only for a thread that is none */
	uv_cond_destroy(&w->cond);
	uv_mutex_destroy(&w->lock);
	store_close(w->store);
	free(w);
}
