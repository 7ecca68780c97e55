/* desk.c - the threads behind the pages. */
#include "edge/desk.h"
#include <stdlib.h>
#include <unistd.h>
#include "edge/route.h"
#include "io/clock.h"
#include "io/log.h"

struct desk {
	struct mailbox mailbox;
	uv_thread_t thread;
	struct store *store;
	bool is_worker;
	int vault;
	struct zg_crypt crypt;
};

/* A new channel, as a task among the jobs. */
struct rewire {
	struct task task;
	int vault;
};

static void job_back(struct task *t)
{
	struct desk_job *j = ZG_LIST_OF(t, struct desk_job, task);

	j->done(j);
}

static void job_run(struct desk *d, struct desk_job *j)
{
	j->page.store = d->store;
	j->page.is_worker = d->is_worker;
	j->page.vault = d->vault;
	j->page.crypt = &d->crypt;
	j->page.now = clock_unix();
	route_run(j->route, &j->page);
	j->task.run = job_back;
	mailbox_post(j->back, &j->task);
}

static void rewire_run(struct desk *d, struct rewire *r)
{
	if (d->vault >= 0)
		(void)close(d->vault);	/* its vault is gone */
	d->vault = r->vault;
	free(r);
}

/* Which of the two a task is, is told by its run, which nobody calls. */
static void rewire_mark(struct task *t)
{
	(void)t;
}

static void desk_thread(void *arg)
{
	struct desk *d = arg;
	struct zg_list tasks, *node;
	bool is_open = true;

	zg_list_init(&tasks);
	while (is_open) {
		is_open = mailbox_wait(&d->mailbox, UINT64_MAX, &tasks);
		while ((node = zg_list_pop(&tasks)) != NULL) {
			struct task *t = ZG_LIST_OF(node, struct task, node);

			if (t->run == rewire_mark)
				rewire_run(d, ZG_LIST_OF(t, struct rewire, task));
			else
				job_run(d, ZG_LIST_OF(t, struct desk_job, task));
		}
	}
}

struct desk *desk_start(struct zg_slice url, bool is_worker, int vault, struct store_error *ret_error)
{
	struct desk *d = calloc(1, sizeof(*d));

	*ret_error = (struct store_error){ .rc = STORE_NO_MEMORY };
	if (!d)
		return NULL;
	d->vault = vault;
	d->is_worker = is_worker;
	if (store_open(url, is_worker ? STORE_WRITE : STORE_READ, &d->store, ret_error) != STORE_OK)
		goto no_store;
	if (zg_crypt_init(&d->crypt) < 0)
		goto no_crypt;
	if (mailbox_init_thread(&d->mailbox) == 0 && uv_thread_create(&d->thread, desk_thread, d) == 0)
		return d;
	zg_crypt_done(&d->crypt);
no_crypt:
	store_close(d->store);
no_store:
	free(d);
	return NULL;
}

void desk_post(struct desk *d, struct desk_job *j)
{
	j->task.run = NULL;
	mailbox_post(&d->mailbox, &j->task);
}

void desk_vault(struct desk *d, int vault)
{
	struct rewire *r = calloc(1, sizeof(*r));

	if (!r) {
		log_line(LOG_ERROR, "no_memory", NULL, 0);
		_exit(1);	/* half a change is worse than a new start */
	}
	r->task.run = rewire_mark;
	r->vault = vault;
	mailbox_post(&d->mailbox, &r->task);
}

void desk_stop(struct desk *d)
{
	mailbox_shut(&d->mailbox);
	(void)uv_thread_join(&d->thread);	/* fails only for a thread that is none */
	mailbox_done(&d->mailbox);
	if (d->vault >= 0)
		(void)close(d->vault);		/* a socket: nothing is lost by it */
	zg_crypt_done(&d->crypt);
	store_close(d->store);
	free(d);
}
