/* retention.c - old mail is forgotten.
 *
 *   SLEEP --an hour--> PURGE a batch (the writer's thread) --committed--> remove its files --more?--> PURGE the next ... --> SLEEP
 *
 * A file goes only when the row that named it is gone for good; one that a crash leaves behind goes at the next start. */
#include "queue/retention.h"
#include <stdlib.h>
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"

#define FIRST 60000u		/* ms after the start */
#define EVERY 3600000u		/* ms */
#define PAUSE 100u		/* ms between batches, for the mail of now */
#define BATCH 200u		/* messages in a commit */

struct retention {
	struct queue_loop *q;
	uv_timer_t timer;
	struct writer_job job;
	struct zg_arena arena;
	struct store_id after;
	bool has_after;
	int64_t bodies, messages;	/* what was final before that goes */
	struct store_purged *purged;
	size_t count;
	uint64_t sum;
};

static void on_removed(uv_fs_t *req)
{
	if (req->result < 0 && req->result != UV_ENOENT)
		log_line(LOG_WARNING, "file_not_removed", (struct log_field[]){ LOG_TEXT("file", zg_slice_cstr(req->path)),
			 LOG_TEXT("error", zg_slice_cstr(uv_strerror((int)req->result))) }, 2);
	uv_fs_req_cleanup(req);
	free(req->data);
}

static void file_remove(struct retention *r, struct zg_slice name)
{
	uv_fs_t *f = calloc(1, sizeof(*f));
	char path[1024];
	struct zg_buf b = zg_buf_of(path, sizeof(path) - 1);

	zg_buf_put(&b, zg_slice_cstr(r->q->spool_folder));
	zg_buf_putc(&b, '/');
	zg_buf_put(&b, name);
	path[b.n] = '\0';
	if (f)
		f->data = f;
	if (!f || b.is_full || uv_fs_unlink(&r->q->loop, f, path, on_removed) < 0)
		free(f);	/* the next start removes the file */
}

static enum store_rc purge(struct writer_job *j, struct store *s)
{
	struct retention *r = ZG_LIST_OF(j, struct retention, job);

	zg_arena_reset(&r->arena);	/* of a try that was rolled back */
	return store_purge(s, r->has_after ? &r->after : NULL, r->bodies, r->messages, BATCH, &r->arena, &r->purged, &r->count);
}

static void on_timer(uv_timer_t *t);

static void purged(struct writer_job *j)
{
	struct retention *r = ZG_LIST_OF(j, struct retention, job);
	bool is_more = j->rc == STORE_OK && r->count == BATCH;

	if (j->rc == STORE_OK) {
		for (size_t i = 0; i < r->count; i++)
			if (r->purged[i].spool.n)
				file_remove(r, r->purged[i].spool);
		r->sum += r->count;
		if (r->count) {
			r->after = r->purged[r->count - 1].id;
			r->has_after = true;
		}
	}
	if (!is_more && r->sum)
		log_line(LOG_INFO, "forgotten", (struct log_field[]){ LOG_NUM("messages", r->sum) }, 1);
	if (!is_more) {
		r->sum = 0;
		r->has_after = false;
	}
	(void)uv_timer_start(&r->timer, on_timer, is_more ? PAUSE : EVERY, 0);	/* fails only without a callback */
}

static void on_timer(uv_timer_t *t)
{
	struct retention *r = t->data;
	const struct conf *c = &r->q->settings->conf;
	int64_t now = clock_unix();

	r->bodies = now - c->retention_bodies;
	r->messages = now - (c->retention_messages > c->retention_bodies ? c->retention_messages : c->retention_bodies);
	r->job = (struct writer_job){ .change = purge, .back = &r->q->mailbox, .done = purged };
	writer_post(r->q->writer, &r->job);
}

struct retention *retention_new(struct queue_loop *q)
{
	struct retention *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->q = q;
	r->timer.data = r;
	zg_arena_init(&r->arena, &io_heap, BATCH * 1024u);
	(void)uv_timer_init(&q->loop, &r->timer);	/* always 0 */
	(void)uv_timer_start(&r->timer, on_timer, FIRST, 0);	/* fails only without a callback */
	return r;
}
