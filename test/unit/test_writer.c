/* test_writer.c - the thread that writes the store: what a commit waits for, what it brings, and its end.
 *
 * Time stands still and is moved by hand: the writer's clock and its waits are puppets, and its commits are counted.  So
 * each test looks at what happened, and at until when the thread would have slept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>
#include "io/heap.h"
#include "queue/writer.h"

#define MS UINT64_C(1000000)	/* ns */
#define BATCH 512		/* jobs that wait for no more */

/* --- time ---------------------------------------------------------------------------------------------------- */

static struct {
	uv_mutex_t lock;
	uv_cond_t slept;
	uint64_t now;			/* ns */
	unsigned sleeps, signals, commits;
	uint64_t until;			/* of the last sleep */
	bool is_woken;			/* out of it */
	uv_cond_t *cond;		/* what the writer sleeps on */
	uv_mutex_t *cond_lock;
} fake;

uint64_t __wrap_uv_hrtime(void);
void __wrap_uv_cond_wait(uv_cond_t *c, uv_mutex_t *m);
int __wrap_uv_cond_timedwait(uv_cond_t *c, uv_mutex_t *m, uint64_t ns);
void __wrap_uv_cond_signal(uv_cond_t *c);
enum store_rc __wrap_store_commit(struct store *s);
void __real_uv_cond_wait(uv_cond_t *c, uv_mutex_t *m);
void __real_uv_cond_signal(uv_cond_t *c);
enum store_rc __real_store_commit(struct store *s);

uint64_t __wrap_uv_hrtime(void)
{
	uint64_t now;

	uv_mutex_lock(&fake.lock);
	now = fake.now;
	uv_mutex_unlock(&fake.lock);
	return now;
}

/* It sleeps until it is woken, or the time has come. */
static void sleep_until(uv_cond_t *c, uv_mutex_t *m, uint64_t until)
{
	uv_mutex_lock(&fake.lock);
	fake.cond = c;
	fake.cond_lock = m;
	fake.until = until;
	fake.is_woken = false;
	fake.sleeps++;
	__real_uv_cond_signal(&fake.slept);
	while (!fake.is_woken && fake.now < until) {
		uv_mutex_unlock(&fake.lock);
		__real_uv_cond_wait(c, m);
		uv_mutex_lock(&fake.lock);
	}
	uv_mutex_unlock(&fake.lock);
}

void __wrap_uv_cond_wait(uv_cond_t *c, uv_mutex_t *m)
{
	sleep_until(c, m, UINT64_MAX);
}

int __wrap_uv_cond_timedwait(uv_cond_t *c, uv_mutex_t *m, uint64_t ns)
{
	sleep_until(c, m, __wrap_uv_hrtime() + ns);
	return 0;
}

void __wrap_uv_cond_signal(uv_cond_t *c)
{
	uv_mutex_lock(&fake.lock);
	fake.signals++;
	fake.is_woken = true;
	uv_mutex_unlock(&fake.lock);
	__real_uv_cond_signal(c);
}

enum store_rc __wrap_store_commit(struct store *s)
{
	uv_mutex_lock(&fake.lock);
	fake.commits++;
	uv_mutex_unlock(&fake.lock);
	return __real_store_commit(s);
}

/* Waits until the thread sleeps for the nth time. */
static void slept(unsigned n)
{
	uv_mutex_lock(&fake.lock);
	while (fake.sleeps < n)
		__real_uv_cond_wait(&fake.slept, &fake.lock);
	uv_mutex_unlock(&fake.lock);
}

/* Time goes on; the thread wakes where its sleep ends, and does what it has to until it sleeps again. */
static void time_pass(uint64_t ns)
{
	unsigned sleeps = fake.sleeps;
	bool is_over;

	uv_mutex_lock(fake.cond_lock);
	uv_mutex_lock(&fake.lock);
	fake.now += ns;
	is_over = fake.now >= fake.until;
	uv_mutex_unlock(&fake.lock);
	if (is_over)
		__real_uv_cond_signal(fake.cond);
	uv_mutex_unlock(fake.cond_lock);
	if (is_over)
		slept(sleeps + 1);
}

/* --- the world ----------------------------------------------------------------------------------------------- */

struct world {
	char folder[64], url[128];
	uv_loop_t loop;
	struct mailbox mailbox;
	struct writer *writer;
	uint32_t count;		/* messages made so far */
};

/* A message, and the job that puts it or its outcome. */
struct thing {
	struct writer_job job;
	struct store_recipient recipient;
	struct store_message message;
	struct store_outcome outcome;
	bool is_done;
};

static int world_begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_error error;

	if (!w)
		return -1;
	fake.now = 1000 * MS;
	fake.sleeps = fake.signals = fake.commits = 0;
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/zegel-writer-XXXXXX");
	if (!mkdtemp(w->folder) || uv_loop_init(&w->loop) != 0 || mailbox_init_loop(&w->mailbox, &w->loop) != 0)
		return -1;
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s/test.db", w->folder);
	w->writer = writer_start(zg_slice_cstr(w->url), &error);
	*state = w;
	if (!w->writer)
		return -1;
	slept(1);
	return 0;
}

static int world_end(void **state)
{
	static const char *const beside[] = { "-wal", "-shm", "" };
	struct world *w = *state;
	char path[96];
	int rc = -1;

	if (w->writer)
		writer_stop(w->writer);
	mailbox_done(&w->mailbox);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/test.db%s", w->folder, beside[i]);
		rc = unlink(path);	/* the first two are there where a reader came last */
	}
	if (uv_loop_close(&w->loop) != 0 || rmdir(w->folder) < 0)
		rc = -1;
	free(w);
	return rc;
}

static void on_done(struct writer_job *j)
{
	ZG_LIST_OF(j, struct thing, job)->is_done = true;
}

static void thing_make(struct world *w, struct thing *t)
{
	uint32_t n = ++w->count;

	*t = (struct thing){ .job = { .back = &w->mailbox, .done = on_done }, .recipient = { .address = ZG_S("b@example.com") } };
	memcpy(t->message.id.b + 12, &n, sizeof(n));
	t->message.from_domain = ZG_S("example.be");
	t->message.head = ZG_S("From: a@example.be\r\n\r\n");
	t->message.recipients = &t->recipient;
	t->message.count = 1;
	t->outcome = (struct store_outcome){ .id = t->message.id, .now = { .state = STORE_DELIVERED, .code = 250, .changed = 1 } };
}

/* What was said to the writer since it slept for the nth time, and whether it was woken: then it has done what it has to. */
static void settle(struct world *w, unsigned sleeps, unsigned signals)
{
	if (fake.signals != signals)
		slept(sleeps + 1);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
}

static void post(struct world *w, struct thing *t)
{
	unsigned sleeps = fake.sleeps, signals = fake.signals;

	t->is_done = false;
	writer_post(w->writer, &t->job);
	settle(w, sleeps, signals);
}

static void put(struct world *w, struct thing *t)
{
	t->job.put = &t->message;
	t->job.outcomes = NULL;
	t->job.count = 0;
	post(w, t);
}

static void finish(struct world *w, struct thing *t)
{
	t->job.put = NULL;
	t->job.stage = WRITER_NOWHERE;
	t->job.outcomes = &t->outcome;
	t->job.count = 1;
	post(w, t);
}

static void move(struct world *w, enum writer_stage from, enum writer_stage to)
{
	unsigned sleeps = fake.sleeps, signals = fake.signals;

	writer_move(w->writer, from, to);
	settle(w, sleeps, signals);
}

static void pass(struct world *w, uint64_t ns)
{
	time_pass(ns);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
}

static enum store_state state_of(const struct world *w, const struct store_id *id)
{
	struct store_error error;
	struct store_message m;
	struct zg_arena a;
	struct store *s;
	enum store_state state;

	zg_arena_init(&a, &io_heap, 65536);
	assert_int_equal(store_open(zg_slice_cstr(w->url), STORE_READ, &s, &error), STORE_OK);
	assert_int_equal(store_message_get(s, id, &a, &m), STORE_OK);
	state = m.recipients[0].state;
	zg_arena_reset(&a);
	store_close(s);
	return state;
}

static const struct row {
	const char *says;
	bool is_outcome;
	enum writer_stage other;	/* where another message is meanwhile */
	uint64_t wait;			/* ns */
} rows[] = {
	{ "a put waits for nobody when nobody is on his way", false, WRITER_NOWHERE, 0 },
	{ "a put waits 5 ms for a message that still comes", false, WRITER_COMES, 5 * MS },
	{ "a put waits 20 ms for a message that is being signed", false, WRITER_SIGNS, 20 * MS },
	{ "an outcome alone waits 50 ms", true, WRITER_NOWHERE, 50 * MS },
	{ "an outcome waits no longer for a message that comes", true, WRITER_COMES, 50 * MS },
};

/* idle: how long nothing had happened before. */
static void row_run(struct world *w, const struct row *r, uint64_t idle)
{
	unsigned commits;
	uint64_t began;
	struct thing t;

	pass(w, idle);
	thing_make(w, &t);
	move(w, WRITER_NOWHERE, r->other);
	began = fake.now;
	commits = fake.commits;
	if (r->is_outcome)
		finish(w, &t);
	else
		put(w, &t);
	if (t.is_done != (r->wait == 0) || fake.until > began + 50 * MS)
		fail_msg("%s: at once", r->says);
	if (r->wait) {
		pass(w, r->wait - 1);
		if (t.is_done || fake.commits != commits)
			fail_msg("%s: too early", r->says);
		pass(w, 1);
	}
	if (!t.is_done || fake.commits != commits + 1)
		fail_msg("%s: too late", r->says);
	assert_int_equal(t.job.rc, STORE_OK);
	move(w, r->other, WRITER_NOWHERE);
}

static void waits_are_as_long_as_they_should(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint64_t idle = 0; idle <= 100 * MS; idle += 20 * MS)
			row_run(*state, &rows[i], idle);
}

/* Law 4: between commits an outcome wakes nobody, since the thread looks soon enough by itself; when nothing came for as long,
 * it sleeps for ever and must be woken. */
static void an_outcome_wakes_who_sleeps_for_ever(void **state)
{
	struct world *w = *state;
	struct thing t;
	unsigned signals;

	thing_make(w, &t);
	put(w, &t);
	signals = fake.signals;
	finish(w, &t);
	assert_int_equal(fake.signals, signals);
	pass(w, 50 * MS);
	assert_true(t.is_done);
	pass(w, 50 * MS);
	assert_true(fake.until == UINT64_MAX);
	finish(w, &t);
	assert_int_equal(fake.signals, signals + 1);
	assert_true(fake.until == fake.now + 50 * MS);
	pass(w, 50 * MS);
	assert_true(t.is_done);
}

/* The last one that others wait for sets them free, in no time: by its put, and both are one commit, or by going away. */
static void a_wait_ends_with_its_reason(void **state)
{
	struct world *w = *state;

	for (int is_put = 0; is_put < 2; is_put++) {
		struct thing first, second;
		unsigned commits = fake.commits;

		thing_make(w, &first);
		thing_make(w, &second);
		move(w, WRITER_NOWHERE, WRITER_SIGNS);
		put(w, &first);
		assert_false(first.is_done);
		second.job.stage = WRITER_SIGNS;
		if (is_put)
			put(w, &second);
		else
			move(w, WRITER_SIGNS, WRITER_NOWHERE);
		assert_true(first.is_done);
		assert_int_equal(first.job.rc, STORE_OK);
		assert_int_equal(second.is_done, is_put);
		assert_int_equal(fake.commits, commits + 1);
	}
}

/* So many wait for nobody. */
static void a_full_batch_does_not_wait(void **state)
{
	static struct thing t[BATCH];
	struct world *w = *state;

	move(w, WRITER_NOWHERE, WRITER_SIGNS);
	for (size_t i = 0; i < BATCH; i++) {
		assert_int_equal(fake.commits, 0);
		thing_make(w, &t[i]);
		put(w, &t[i]);
	}
	assert_int_equal(fake.commits, 1);
	for (size_t i = 0; i < BATCH; i++)
		assert_true(t[i].is_done && t[i].job.rc == STORE_OK);
	move(w, WRITER_SIGNS, WRITER_NOWHERE);
}

/* done comes when it is durable: another process sees it.  An outcome goes along with the next put. */
static void what_is_done_is_there(void **state)
{
	struct world *w = *state;
	struct thing t, next;

	thing_make(w, &t);
	put(w, &t);
	assert_true(t.is_done);
	assert_int_equal(state_of(w, &t.message.id), STORE_QUEUED);
	finish(w, &t);
	assert_false(t.is_done);
	assert_int_equal(state_of(w, &t.message.id), STORE_QUEUED);
	thing_make(w, &next);
	put(w, &next);
	assert_true(t.is_done && next.is_done);
	assert_int_equal(fake.commits, 2);
	assert_int_equal(state_of(w, &t.message.id), STORE_DELIVERED);
}

/* One that cannot be written does not take the others of its commit with it. */
static void a_bad_one_fails_alone(void **state)
{
	struct world *w = *state;
	struct thing t[3];

	thing_make(w, &t[0]);
	thing_make(w, &t[1]);
	t[1].message.id = t[0].message.id;	/* EXISTS */
	thing_make(w, &t[2]);
	move(w, WRITER_NOWHERE, WRITER_SIGNS);
	for (size_t i = 0; i < 3; i++)
		put(w, &t[i]);
	move(w, WRITER_SIGNS, WRITER_NOWHERE);
	assert_true(t[0].is_done && t[1].is_done && t[2].is_done);
	assert_int_equal(t[0].job.rc, STORE_OK);
	assert_int_equal(t[1].job.rc, STORE_EXISTS);
	assert_int_equal(t[2].job.rc, STORE_OK);
	assert_int_equal(state_of(w, &t[2].message.id), STORE_QUEUED);
}

/* Stopping writes what waits, at once, and leaves no log for the next start to read. */
static void what_waits_is_written_at_the_end(void **state)
{
	struct world *w = *state;
	struct thing t;
	char log[96];

	thing_make(w, &t);
	move(w, WRITER_NOWHERE, WRITER_SIGNS);
	put(w, &t);
	assert_false(t.is_done);
	writer_stop(w->writer);
	w->writer = NULL;
	(void)snprintf(log, sizeof(log), "%s/test.db-wal", w->folder);
	assert_int_equal(access(log, F_OK), -1);
	assert_int_equal(state_of(w, &t.message.id), STORE_QUEUED);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_true(t.is_done);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)
	const struct CMUnitTest tests[] = {
		IN_WORLD(waits_are_as_long_as_they_should), IN_WORLD(an_outcome_wakes_who_sleeps_for_ever),
		IN_WORLD(a_wait_ends_with_its_reason), IN_WORLD(a_full_batch_does_not_wait), IN_WORLD(what_is_done_is_there),
		IN_WORLD(a_bad_one_fails_alone), IN_WORLD(what_waits_is_written_at_the_end),
	};

	if (uv_mutex_init(&fake.lock) != 0 || uv_cond_init(&fake.slept) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
