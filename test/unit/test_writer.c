/* test_writer.c - the thread that writes the store: what a commit waits for, what it brings, and its end. */
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

#define TRIES 40	/* what a wait is at most is judged by the shortest: others use this machine too */

struct world {
	char folder[64], url[128];
	uv_loop_t loop;
	struct mailbox mailbox;
	struct writer *writer;
	uint32_t count;		/* messages made so far */
};

/* A message, the job that puts it or its outcome, and when it was done. */
struct thing {
	struct writer_job job;
	struct store_recipient recipient;
	struct store_message message;
	struct store_outcome outcome;
	uint64_t done;		/* ns; 0: not yet */
};

static int world_begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_error error;

	if (!w)
		return -1;
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/zegel-writer-XXXXXX");
	if (!mkdtemp(w->folder) || uv_loop_init(&w->loop) != 0 || mailbox_init_loop(&w->mailbox, &w->loop) != 0)
		return -1;
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s/test.db", w->folder);
	w->writer = writer_start(zg_slice_cstr(w->url), &error);
	*state = w;
	return w->writer ? 0 : -1;
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
	ZG_LIST_OF(j, struct thing, job)->done = uv_hrtime();
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

static void put(struct world *w, struct thing *t)
{
	t->job.put = &t->message;
	t->job.outcomes = NULL;
	t->job.count = 0;
	t->done = 0;
	writer_post(w->writer, &t->job);
}

static void finish(struct world *w, struct thing *t)
{
	t->job.put = NULL;
	t->job.stage = WRITER_NOWHERE;
	t->job.outcomes = &t->outcome;
	t->job.count = 1;
	t->done = 0;
	writer_post(w->writer, &t->job);
}

static void wait_for(struct world *w, const struct thing *t)
{
	while (!t->done)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(t->job.rc, STORE_OK);
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
	unsigned least, most;		/* ms; most: of the shortest try, 0: not judged */
} rows[] = {
	{ "a put waits for nobody when nobody is on his way", false, WRITER_NOWHERE, 0, 5 },
	{ "a put waits 5 ms for a message that still comes", false, WRITER_COMES, 5, 20 },
	{ "a put waits 20 ms for a message that is being signed", false, WRITER_SIGNS, 20, 50 },
	{ "an outcome alone waits 50 ms", true, WRITER_NOWHERE, 50, 0 },
};

static void waits_are_as_long_as_they_should(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t shortest = UINT64_MAX;

		for (int try = 0; try < (rows[i].most ? TRIES : 2); try++) {
			struct thing t;
			uint64_t began = uv_hrtime();

			thing_make(w, &t);
			writer_move(w->writer, WRITER_NOWHERE, rows[i].other);
			if (rows[i].is_outcome)
				finish(w, &t);
			else
				put(w, &t);
			wait_for(w, &t);
			writer_move(w->writer, rows[i].other, WRITER_NOWHERE);
			shortest = t.done - began < shortest ? t.done - began : shortest;
		}
		if (shortest < rows[i].least * 1000000u || (rows[i].most && shortest >= rows[i].most * 1000000u))
			fail_msg("%s: %llu us", rows[i].says, (unsigned long long)(shortest / 1000));
	}
}

/* The last one that others wait for sets them free: by its put, or by going away. */
static void a_wait_ends_with_its_reason(void **state)
{
	struct world *w = *state;
	uint64_t shortest[2] = { UINT64_MAX, UINT64_MAX };

	for (int try = 0; try < 2 * TRIES; try++) {
		struct thing first, second;
		uint64_t began = uv_hrtime(), *least = &shortest[try % 2];

		thing_make(w, &first);
		thing_make(w, &second);
		writer_move(w->writer, WRITER_NOWHERE, WRITER_SIGNS);
		put(w, &first);
		second.job.stage = WRITER_SIGNS;
		if (try % 2)
			put(w, &second);
		else
			writer_move(w->writer, WRITER_SIGNS, WRITER_NOWHERE);
		wait_for(w, &first);
		if (try % 2)
			wait_for(w, &second);
		*least = first.done - began < *least ? first.done - began : *least;
	}
	assert_true(shortest[0] < 20000000u);
	assert_true(shortest[1] < 20000000u);
}

/* done comes when it is durable: another process sees it. */
static void what_is_done_is_there(void **state)
{
	struct world *w = *state;
	uint64_t shortest = UINT64_MAX;

	for (int try = 0; try < TRIES; try++) {
		struct thing t, next;
		uint64_t began;

		thing_make(w, &t);
		put(w, &t);
		wait_for(w, &t);
		assert_int_equal(state_of(w, &t.message.id), STORE_QUEUED);
		began = uv_hrtime();
		finish(w, &t);
		thing_make(w, &next);
		put(w, &next);		/* takes the outcome along */
		wait_for(w, &t);
		wait_for(w, &next);
		assert_int_equal(state_of(w, &t.message.id), STORE_DELIVERED);
		shortest = t.done - began < shortest ? t.done - began : shortest;
	}
	assert_true(shortest < 50000000u);
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
	writer_move(w->writer, WRITER_NOWHERE, WRITER_SIGNS);
	for (size_t i = 0; i < 3; i++)
		put(w, &t[i]);
	writer_move(w->writer, WRITER_SIGNS, WRITER_NOWHERE);
	while (!t[0].done || !t[1].done || !t[2].done)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
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
	writer_move(w->writer, WRITER_NOWHERE, WRITER_SIGNS);
	put(w, &t);
	writer_stop(w->writer);
	w->writer = NULL;
	(void)snprintf(log, sizeof(log), "%s/test.db-wal", w->folder);
	assert_int_equal(access(log, F_OK), -1);
	assert_int_equal(state_of(w, &t.message.id), STORE_QUEUED);
	wait_for(w, &t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(waits_are_as_long_as_they_should, world_begin, world_end),
		cmocka_unit_test_setup_teardown(a_wait_ends_with_its_reason, world_begin, world_end),
		cmocka_unit_test_setup_teardown(what_is_done_is_there, world_begin, world_end),
		cmocka_unit_test_setup_teardown(a_bad_one_fails_alone, world_begin, world_end),
		cmocka_unit_test_setup_teardown(what_waits_is_written_at_the_end, world_begin, world_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
