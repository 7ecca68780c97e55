/* test_mover.c - the mover with a store, a clock that stands and connections that are puppets: what becomes of a
 * delivery that finds no memory, no text or no route, and that a drain ends with the last of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/clock.h"
#include "io/heap.h"
#include "queue/hop.h"
#include "queue/mover.h"

#define NOW 1795559957

/* --- the clock and the memory -------------------------------------------------------------------------------- */

int64_t clock_unix(void)
{
	return NOW;
}

uint64_t clock_unix_ms(void)
{
	return NOW * UINT64_C(1000);
}

uint64_t clock_steady_ms(void)
{
	return 0;
}

void clock_random(void *p, size_t n)
{
	memset(p, 0, n);
}

/* Allocations by calloc of this thread until one fails; -1: none. */
static _Thread_local int failing = -1;

void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n)
{
	if (failing >= 0 && failing-- == 0)
		return NULL;
	return __real_calloc(count, n);
}

/* --- the puppets --------------------------------------------------------------------------------------------- */

struct hop {
	const struct hop_calls *calls;
	void *owner;
	unsigned readies;
	struct delivery *delivery;
	bool is_gone, has_quit;
};

static struct stage {
	char folder[64], url[128];
	struct queue_loop q;
	struct store *store;		/* what the reader would read */
	struct reader_changes changes;
	struct settings settings;
	struct mover *mover;
	struct hop hops[8];
	unsigned count;		/* of hops that were begun */
	unsigned sent, unreadable;	/* texts handed to hops; how many of the next ones cannot be read */
	unsigned drained;
	uint32_t last;		/* messages made */
} stage;
static struct mover *movers[16];	/* a mover lives as long as its process */
static unsigned movers_count;

struct reader_changes *reader_changes(struct reader *r)
{
	(void)r;
	return &stage.changes;
}

static void reader_done(struct task *t)
{
	struct reader_job *j = ZG_LIST_OF(t, struct reader_job, task);

	j->done(j);
}

void reader_post(struct reader *r, struct reader_job *j)
{
	(void)r;
	j->read(j, stage.store);
	j->task.run = reader_done;
	mailbox_post(j->back, &j->task);
}

struct hop *hop_new(struct queue_loop *q, struct settings *settings, const struct hop_calls *calls, void *owner)
{
	struct hop *h = &stage.hops[stage.count++];

	assert_ptr_equal(q, &stage.q);
	assert_ptr_equal(settings, &stage.settings);
	h->calls = calls;
	h->owner = owner;
	return h;
}

unsigned hop_readies(const struct hop *h)
{
	return h->readies;
}

static void fill(struct delivery *d, unsigned code, struct zg_slice text)
{
	for (size_t i = 0; i < d->smtp.count; i++) {
		memcpy(d->smtp.texts[i], text.p, text.n);
		d->smtp.outcomes[i] = (struct zg_smtp_outcome){ .code = code, .text = zg_slice_of(d->smtp.texts[i], text.n) };
	}
}

bool hop_send(struct hop *h, struct delivery *d)
{
	assert_null(h->delivery);
	if (stage.unreadable) {
		stage.unreadable--;
		fill(d, 0, ZG_S("no such file"));
		return false;
	}
	h->delivery = d;
	stage.sent++;
	return true;
}

void hop_quit(struct hop *h)
{
	assert_null(h->delivery);
	h->has_quit = true;
}

static void make_ready(struct hop *h)
{
	h->readies++;
	h->calls->ready(h->owner, h);
}

static void result(struct hop *h, unsigned code)
{
	struct delivery *d = h->delivery;

	h->delivery = NULL;
	fill(d, code, ZG_S("so it is"));
	h->calls->result(h->owner, h, d);
}

static void lose(struct hop *h, bool is_kept_dead)
{
	const struct zg_smtp_outcome why = { .text = ZG_S("it broke") };
	struct delivery *d = h->delivery;

	h->delivery = NULL;
	h->is_gone = true;
	if (d)
		fill(d, 0, why.text);
	h->calls->gone(h->owner, h, d, &why, is_kept_dead);
}

/* --- the stage ----------------------------------------------------------------------------------------------- */

static void on_drained(void *ctx)
{
	(void)ctx;
	stage.drained++;
}

static int stage_begin(void **state)
{
	struct queue_loop *q = &stage.q;
	struct store_error error;

	(void)state;
	failing = -1;
	memset(&stage, 0, sizeof(stage));
	(void)snprintf(stage.folder, sizeof(stage.folder), "/tmp/zegel-mover-XXXXXX");
	if (!mkdtemp(stage.folder) || uv_loop_init(&q->loop) != 0 || mailbox_init_loop(&q->mailbox, &q->loop) != 0)
		return -1;
	(void)snprintf(stage.url, sizeof(stage.url), "sqlite:%s/test.db", stage.folder);
	stage.settings.conf.route = CONF_ROUTE_SMARTHOST;
	q->settings = &stage.settings;
	q->writer = writer_start(zg_slice_cstr(stage.url), &error);
	return q->writer && store_open(zg_slice_cstr(stage.url), STORE_READ, &stage.store, &error) == STORE_OK ? 0 : -1;
}

static void on_walk(uv_handle_t *h, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static int stage_end(void **state)
{
	static const char *const names[] = { "test.db-wal", "test.db-shm", "test.db" };
	struct queue_loop *q = &stage.q;
	char path[96];

	(void)state;
	store_close(stage.store);
	writer_stop(q->writer);
	mailbox_done(&q->mailbox);
	uv_walk(&q->loop, on_walk, NULL);
	(void)uv_run(&q->loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", stage.folder, names[i]);
		(void)unlink(path);	/* the first two are there where a reader came last */
	}
	return uv_loop_close(&q->loop) == 0 && rmdir(stage.folder) == 0 ? 0 : -1;
}

static void turn(void)
{
	(void)uv_run(&stage.q.loop, UV_RUN_ONCE);
}

static void on_put(struct writer_job *j)
{
	assert_int_equal(j->rc, STORE_OK);
	j->done = NULL;
}

/* A message in the store, and in memory. */
static struct mail *mail_put(void)
{
	struct mail *m = mail_new();
	struct writer_job job = { .put = &m->m, .back = &stage.q.mailbox, .done = on_put };
	uint32_t n = ++stage.last;

	memcpy(m->m.id.b + 12, &n, sizeof(n));
	m->m.created = NOW;
	m->m.from_domain = ZG_S("example.be");
	m->m.sender = ZG_S("a@example.be");
	m->m.head = ZG_S("From: a@example.be\r\n\r\n");
	m->m.recipients = zg_arena_array(&m->arena, 1, sizeof(*m->m.recipients));
	m->m.recipients[0] = (struct store_recipient){ .address = ZG_S("b@example.com"), .state = STORE_QUEUED, .next_at = NOW };
	m->m.count = 1;
	writer_post(stage.q.writer, &job);
	while (job.done)
		turn();
	return m;
}

static void mover_begin(void)
{
	stage.mover = mover_new(&stage.q);
	assert_non_null(stage.mover);
	movers[movers_count++] = stage.mover;
}

/* A hop that is ready, with a message on it. */
static struct hop *hop_with_mail(void)
{
	mover_begin();
	mover_take(stage.mover, mail_put());
	while (!stage.count)
		turn();
	make_ready(&stage.hops[0]);
	while (!stage.sent)
		turn();
	assert_non_null(stage.hops[0].delivery);
	return &stage.hops[0];
}

static struct store_recipient recipient_of(uint32_t number, struct zg_arena *a)
{
	struct store_id id = { { 0 } };
	struct store_message m;

	memcpy(id.b + 12, &number, sizeof(number));
	assert_int_equal(store_message_get(stage.store, &id, a, &m), STORE_OK);
	return m.recipients[0];
}

/* Waits until the store holds so many attempts of a message. */
static void tried(uint32_t number, unsigned attempts, enum store_state state, const char *text)
{
	struct store_recipient r;
	struct zg_arena a;

	zg_arena_init(&a, &io_heap, 65536);
	for (r = recipient_of(number, &a); r.attempts < attempts; r = recipient_of(number, &a)) {
		zg_arena_reset(&a);
		turn();
	}
	assert_int_equal(r.attempts, attempts);
	assert_int_equal(r.state, state);
	if (!zg_slice_eq(r.text, zg_slice_cstr(text)))
		fail_msg(ZG_FMT, ZG_ARG(r.text));
	zg_arena_reset(&a);
}

/* --- the tests ----------------------------------------------------------------------------------------------- */

static void a_drain_ends_with_the_last_outcome(void **state)
{
	struct hop *h = hop_with_mail();

	(void)state;
	mover_drain(stage.mover, on_drained, NULL);
	assert_int_equal(stage.drained, 0);
	result(h, 250);
	make_ready(h);
	while (!stage.drained)
		turn();
	assert_int_equal(stage.drained, 1);
	assert_true(h->has_quit);
	tried(1, 1, STORE_DELIVERED, "so it is");
}

static void a_drain_ends_where_an_outcome_has_no_memory(void **state)
{
	struct hop *h = hop_with_mail();

	(void)state;
	mover_drain(stage.mover, on_drained, NULL);
	failing = 0;
	result(h, 250);
	assert_int_equal(failing, -1);
	assert_int_equal(stage.drained, 1);
}

static void a_drain_ends_where_a_kept_connection_was_dead(void **state)
{
	struct hop *h = hop_with_mail();

	(void)state;
	mover_drain(stage.mover, on_drained, NULL);
	lose(h, true);
	assert_int_equal(stage.drained, 1);
}

/* The message that was to learn why there is no route: for each allocation that can fail on its way back. */
static void a_drain_ends_where_blame_has_no_memory(void **state)
{
	(void)state;
	mover_begin();
	mover_take(stage.mover, mail_put());
	while (!stage.count)
		turn();
	lose(&stage.hops[0], false);
	mover_drain(stage.mover, on_drained, NULL);
	assert_int_equal(stage.drained, 0);
	failing = 0;
	while (failing == 0)
		turn();
	assert_int_equal(stage.drained, 1);
}

static void a_drain_ends_where_a_loaded_message_has_no_memory(void **state)
{
	(void)state;
	mail_unref(mail_put());
	mover_begin();
	while (!stage.count)
		turn();
	make_ready(&stage.hops[0]);	/* it is read from the store, and comes by the mailbox */
	mover_drain(stage.mover, on_drained, NULL);
	assert_int_equal(stage.drained, 0);
	failing = 0;
	while (failing == 0)
		turn();
	assert_int_equal(stage.drained, 1);
	assert_int_equal(stage.sent, 0);
}

/* One whose text cannot be read is put off alone: the hop takes the next, and no route is held. */
static void a_text_that_cannot_be_read_holds_nobody(void **state)
{
	struct hop *h;

	(void)state;
	stage.unreadable = 2;
	mover_begin();
	for (int i = 0; i < 3; i++)
		mover_take(stage.mover, mail_put());
	while (!stage.count)
		turn();
	h = &stage.hops[0];
	make_ready(h);
	while (!h->delivery)
		turn();
	assert_int_equal(stage.sent, 1);
	result(h, 250);
	make_ready(h);
	tried(1, 1, STORE_QUEUED, "no such file");
	tried(2, 1, STORE_QUEUED, "no such file");
	tried(3, 1, STORE_DELIVERED, "so it is");
	assert_int_equal(stage.count, 1);
	mover_drain(stage.mover, on_drained, NULL);
	while (!stage.drained)
		turn();
}

int main(void)
{
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)
	const struct CMUnitTest tests[] = {
		ON_STAGE(a_drain_ends_with_the_last_outcome), ON_STAGE(a_drain_ends_where_an_outcome_has_no_memory),
		ON_STAGE(a_drain_ends_where_a_kept_connection_was_dead), ON_STAGE(a_drain_ends_where_blame_has_no_memory),
		ON_STAGE(a_drain_ends_where_a_loaded_message_has_no_memory), ON_STAGE(a_text_that_cannot_be_read_holds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
