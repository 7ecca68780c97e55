/* release.c - held mail goes when its key is seen.
 *
 *   SLEEP --the house or what was seen changed--> LOOK (reader: what of the held would verify?) --some would--> RELEASE (writer)
 *     ^                                                                                                                  |
 *     +------------------------------------- the mover finds it by the store's counter ---------------------------------+
 *
 * A look that failed, or a release that was not all, is done again at the next tick. */
#include "queue/release.h"
#include <stdlib.h>
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"
#include "queue/ready.h"

#define EVERY 250u		/* ms between looks at the counter */
#define PAIRS 1000u		/* of domain and signature in one look */
#define BATCH 500u		/* messages of a pair in one commit */

struct release {
	struct queue_loop *q;
	uv_timer_t timer;
	struct reader_job look;
	struct writer_job job;
	struct zg_arena arena;
	struct store_held *held;
	size_t count;
	uint64_t house, released;
	bool is_busy, is_again;
};

/* Keeps those that would verify. */
static void look_read(struct reader_job *j, struct store *s)
{
	struct release *r = ZG_LIST_OF(j, struct release, look);
	size_t kept = 0;

	r->count = 0;
	r->is_again = store_held_list(s, PAIRS, &r->arena, &r->held, &r->count) != STORE_OK;
	for (size_t i = 0; i < r->count; i++) {
		bool is_right = false;

		if (ready_seal(s, r->held[i].seal, &is_right) != HOUSE_OK)
			r->is_again = true;
		if (is_right)
			r->held[kept++] = r->held[i];
	}
	r->count = kept;
}

static enum store_rc release_write(struct writer_job *j, struct store *s)
{
	struct release *r = ZG_LIST_OF(j, struct release, job);
	enum store_rc rc = STORE_OK;

	r->released = 0;
	for (size_t i = 0; i < r->count && rc == STORE_OK; i++) {
		uint64_t count = 0;

		rc = store_held_release(s, &r->held[i], clock_unix(), BATCH, &count);
		r->released += count;
		if (count == BATCH)
			r->is_again = true;
	}
	return rc;
}

static void release_end(struct release *r)
{
	zg_arena_reset(&r->arena);
	r->is_busy = false;
}

static void written(struct writer_job *j)
{
	struct release *r = ZG_LIST_OF(j, struct release, job);

	if (j->rc != STORE_OK)
		r->is_again = true;
	else if (r->released)
		log_line(LOG_INFO, "released", (struct log_field[]){ LOG_NUM("messages", r->released) }, 1);
	release_end(r);
}

static void looked(struct reader_job *j)
{
	struct release *r = ZG_LIST_OF(j, struct release, look);

	if (!r->count) {
		release_end(r);
		return;
	}
	r->job = (struct writer_job){ .change = release_write, .back = &r->q->mailbox, .done = written };
	writer_post(r->q->writer, &r->job);
}

static void on_timer(uv_timer_t *t)
{
	struct release *r = t->data;
	uint64_t house = atomic_load(&reader_changes(r->q->reader)->house);

	if (r->is_busy || (house == r->house && !r->is_again))
		return;
	r->house = house;
	r->is_busy = true;
	r->is_again = false;
	r->look = (struct reader_job){ .read = look_read, .done = looked, .back = &r->q->mailbox };
	reader_post(r->q->reader, &r->look);
}

struct release *release_new(struct queue_loop *q)
{
	struct release *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->q = q;
	r->is_again = true;	/* what was seen while no relay ran */
	r->timer.data = r;
	zg_arena_init(&r->arena, &io_heap, PAIRS * 1024u);
	(void)uv_timer_init(&q->loop, &r->timer);	/* always 0 */
	(void)uv_timer_start(&r->timer, on_timer, EVERY, EVERY);	/* fails only without a callback */
	return r;
}
