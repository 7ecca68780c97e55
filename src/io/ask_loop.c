/* ask_loop.c - the driver for an event loop.
 *
 *   drive -> due -> (turn) step --ASK--> asleep --an answer, a timeout--> due ...
 *                             --DONE--> done is called, gone
 *
 * A turn comes from the resolver's descriptor or from the one timer, which stands at "now" while a run is due and
 * else at the oldest question's deadline.  Invariants: (1) a run is in one list, asleep or due; (2) machines are
 * stepped in turns only, so done is never called out of ask_loop_drive; (3) the memory of l stays until both handles
 * are closed. */
#include <stdlib.h>
#include "io/ask.h"
#include "io/ask_loop.h"
#include "io/clock.h"
#include "io/heap.h"

#define ANSWER_MAX (1u << 20)	/* octets of one answer in typed form; on the wire it has 64 KiB at most */

struct ask_loop {
	uv_poll_t poll;
	uv_timer_t timer;
	struct resolver *r;
	struct zg_arena arena;		/* for the answer that is fed */
	struct zg_list waiting;		/* questions under way */
	struct zg_list due, asleep;
	unsigned open;			/* handles that are not closed */
	bool is_closing;
};

struct driven {
	struct ask_run run;
	struct zg_list node;		/* in due or asleep */
	struct ask_loop *l;
	void (*done)(void *ctx, unsigned questions);
	void *ctx;
};

static void on_told(struct ask_run *run)
{
	struct driven *d = ZG_LIST_OF(run, struct driven, run);

	zg_list_drop(&d->node);
	zg_list_push(&d->l->due, &d->node);
	zg_arena_reset(&d->l->arena);	/* the answer was fed and may die */
}

static void driven_free(struct driven *d)
{
	ask_run_end(&d->run);
	zg_list_drop(&d->node);
	free(d);
}

static void driven_step(struct ask_loop *l, struct driven *d)
{
	void (*done)(void *ctx, unsigned questions) = d->done;
	void *ctx = d->ctx;
	unsigned count;

	zg_list_push(&l->asleep, &d->node);
	if (ask_run_step(&d->run, clock_steady_ms()) == ZG_ASK)
		return;
	count = d->run.count;
	driven_free(d);
	done(ctx, count);
}

static void all_free(struct zg_list *list)
{
	while (!zg_list_is_empty(list))
		driven_free(ZG_LIST_OF(list->next, struct driven, node));
}

static void on_timer(uv_timer_t *timer);

static void timer_set(struct ask_loop *l)
{
	int left = ask_expire(&l->waiting, clock_steady_ms());

	if (!zg_list_is_empty(&l->due))
		left = 0;
	if (left < 0)
		(void)uv_timer_stop(&l->timer);	/* cannot fail */
	else
		(void)uv_timer_start(&l->timer, on_timer, (uint64_t)left, 0);	/* fails only when closing */
}

static void turn(struct ask_loop *l)
{
	struct zg_list now;

	(void)ask_expire(&l->waiting, clock_steady_ms());	/* the next deadline is asked for below */
	zg_list_init(&now);
	zg_list_join(&now, &l->due);
	while (!zg_list_is_empty(&now) && !l->is_closing)
		driven_step(l, ZG_LIST_OF(zg_list_pop(&now), struct driven, node));
	if (l->is_closing)	/* by a done */
		all_free(&now);
	else
		timer_set(l);
}

static void on_timer(uv_timer_t *timer)
{
	turn(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct ask_loop *l = poll->data;

	(void)status;	/* an error shows as silence: questions time out */
	(void)events;
	resolver_turn(l->r);
	turn(l);
}

struct ask_loop *ask_loop_new(uv_loop_t *loop, struct resolver *r)
{
	struct ask_loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->r = r;
	zg_arena_init(&l->arena, &io_heap, ANSWER_MAX);
	zg_list_init(&l->waiting);
	zg_list_init(&l->due);
	zg_list_init(&l->asleep);
	if (uv_poll_init(loop, &l->poll, resolver_fd(r)) < 0) {
		free(l);
		return NULL;
	}
	(void)uv_timer_init(loop, &l->timer);	/* cannot fail */
	l->poll.data = l->timer.data = l;
	l->open = 2;
	if (uv_poll_start(&l->poll, UV_READABLE, on_readable) < 0) {
		ask_loop_free(l);
		return NULL;
	}
	return l;
}

static void on_closed(uv_handle_t *handle)
{
	struct ask_loop *l = handle->data;

	if (--l->open == 0)
		free(l);
}

void ask_loop_free(struct ask_loop *l)
{
	if (!l || l->is_closing)
		return;
	l->is_closing = true;
	all_free(&l->due);
	all_free(&l->asleep);
	zg_arena_reset(&l->arena);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->timer, on_closed);
}

int ask_loop_drive(struct ask_loop *l, const struct zg_asker *m, void (*done)(void *ctx, unsigned questions),
		   void *ctx)
{
	struct driven *d = calloc(1, sizeof(*d));

	if (!d)
		return -1;
	ask_run_init(&d->run, l->r, m, &l->arena, &l->waiting);
	d->run.told = on_told;
	d->l = l;
	d->done = done;
	d->ctx = ctx;
	zg_list_push(&l->due, &d->node);
	(void)uv_timer_start(&l->timer, on_timer, 0, 0);	/* fails only when closing */
	return 0;
}
