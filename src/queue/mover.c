/* mover.c - which message goes when over which connection.
 *
 *   entry: WAITING (in the heap) --due, a hop is free--> LOADING (content is read) --> on a hop --> WRITING (its outcome)
 *      ^                                                                                        |
 *      +--------------------- recipients are left ----------------------------------------------+--> forgotten
 *
 * Invariants: (1) an entry out of the heap has exactly one owner: a loading, a hop's delivery, or a writing. (2) an outcome
 * counts, and its entry goes on, only when it was written; one that cannot be written is written again.  (3) while the
 * route is held (hold_until) no connection is begun.  (4) busy falls by busy_end alone, which sees the end of a drain. */
#include "queue/mover.h"
#include <stdlib.h>
#include <string.h>
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"
#include "queue/hop.h"
#include "queue/schedule.h"

#define DUE_AT_ONCE 1000u	/* messages read from the store in one go */
#define LOOK_EVERY 250u		/* ms between looks at retries asked for */
#define WRITE_AGAIN 1000u	/* ms until an outcome that could not be written is tried again */
#define HOLD_LEAST 1000u	/* ms that a failing route is left alone, doubled each time */
#define HOLD_MOST 60000u

struct mover {
	struct queue_loop *q;
	struct schedule schedule;
	struct hop *idle[MOVER_CONNECTIONS];
	unsigned idle_count, hops, connecting;	/* hops: in all; connecting: of these never ready so far */
	unsigned busy, loading;			/* busy: loadings, deliveries on hops, writings */
	size_t fresh;				/* octets of content in waiting entries */
	uv_timer_t timer;
	uint64_t hold_until, hold;		/* ms of Unix time; length of the next hold */
	uint64_t queue_change;
	bool is_scanning, is_draining;
	bool is_scan_wanted;			/* the last one failed */
	struct {
		struct reader_job job;
		struct store_id after;
		bool has_after;
		struct zg_arena arena;
		struct store_due *due;
		size_t count;
		enum store_rc rc;
	} scan;
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* An entry whose content is being read. */
struct loading {
	struct reader_job job;
	struct mover *mover;
	struct entry *entry;
	struct mail *mail;
	enum store_rc rc;
};

/* What a delivery came to, on its way to the store. */
struct writing {
	struct writer_job job;
	struct mover *mover;
	struct delivery *delivery;
	struct store_outcome *outcomes;
	uv_timer_t again;
};

static void pump(struct mover *m);

int64_t mover_backoff(unsigned attempts, uint32_t random)
{
	int64_t wait = MOVER_BACKOFF;

	for (unsigned i = 1; i < attempts && wait < MOVER_BACKOFF_MOST; i++)
		wait *= 2;
	if (wait > MOVER_BACKOFF_MOST)
		wait = MOVER_BACKOFF_MOST;
	return wait - wait / 4 + (int64_t)((uint64_t)random * (uint64_t)(wait / 2) / UINT32_MAX);
}

static void maybe_drained(struct mover *m)
{
	void (*done)(void *ctx);

	if (!m->is_draining || m->busy || !m->drained)
		return;
	while (m->idle_count)
		hop_quit(m->idle[--m->idle_count]);
	done = m->drained;
	m->drained = NULL;
	done(m->drained_ctx);
}

/* A loading, a delivery or a writing is over. */
static void busy_end(struct mover *m)
{
	m->busy--;
	maybe_drained(m);
}

/* --- deliveries ---------------------------------------------------------------------------------------------- */

static void delivery_free(struct delivery *d)
{
	mail_unref(d->mail);
	free(d->smtp.texts);
	free(d->smtp.outcomes);
	free((void *)(uintptr_t)d->smtp.recipients);
	free(d->numbers);
	free(d);
}

/* Of the recipients that wait; takes over mail.  NULL without memory. */
static struct delivery *delivery_new(struct entry *e, struct mail *mail)
{
	struct delivery *d = calloc(1, sizeof(*d));
	size_t count = mail->m.count;
	struct zg_slice *to = calloc(count, sizeof(*to));

	if (!d || !to) {
		free(d);
		free(to);
		mail_unref(mail);
		return NULL;
	}
	d->entry = e;
	d->mail = mail;
	d->smtp = (struct zg_smtp_mail){
		.sender = mail->m.sender, .recipients = to, .size = mail->m.size,
		.is_8bit = mail->m.flags & STORE_8BIT, .is_utf8 = mail->m.flags & STORE_UTF8,
		.outcomes = calloc(count, sizeof(struct zg_smtp_outcome)), .texts = calloc(count, sizeof(*d->smtp.texts)),
	};
	d->numbers = calloc(count, sizeof(*d->numbers));
	if (!d->smtp.outcomes || !d->smtp.texts || !d->numbers) {
		delivery_free(d);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (mail->m.recipients[i].state == STORE_QUEUED) {
			to[d->smtp.count] = mail->m.recipients[i].address;
			d->numbers[d->smtp.count++] = (unsigned)i;
		}
	return d;
}

/* Back into the heap, due at ms. */
static void entry_return(struct mover *m, struct entry *e, uint64_t at)
{
	e->at = at;
	schedule_return(&m->schedule, e);
	busy_end(m);
}

/* Nobody waits for it any more, or it is gone from the store. */
static void entry_forget(struct mover *m, struct entry *e)
{
	schedule_forget(&m->schedule, e);
	busy_end(m);
}

static enum store_state state_of(const struct delivery *d, const struct zg_smtp_outcome *o, const struct store_recipient *before,
				 int64_t now)
{
	if (o->code >= 200 && o->code < 300)
		return STORE_DELIVERED;
	if (o->code >= 500)
		return STORE_REFUSED;
	return now - (before->since ? before->since : d->mail->m.created) >= MOVER_LIFETIME ? STORE_EXPIRED : STORE_QUEUED;
}

static void log_outcome(const struct delivery *d, const struct store_outcome *o)
{
	char id[STORE_ID_TEXT];

	store_id_write(&o->id, id);
	log_line(o->now.state == STORE_DELIVERED ? LOG_INFO : LOG_WARNING, o->now.state == STORE_QUEUED ? "deferred" : "delivery",
		 (struct log_field[]){ LOG_TEXT("id", zg_slice_of(id, sizeof(id))), LOG_NUM("recipient", o->n),
		 LOG_TEXT("state", store_state_word(o->now.state)), LOG_NUM("code", o->now.code), LOG_TEXT("enhanced", o->now.enhanced),
		 LOG_TEXT("reply", o->now.text), LOG_NUM("attempt", o->now.attempts), LOG_NUM("next", o->now.next_at),
		 LOG_NUM("may_repeat", d->is_unsure && o->now.code == 0) }, 9);
}

static void outcome_fill(const struct delivery *d, size_t i, int64_t now, struct store_outcome *ret)
{
	const struct zg_smtp_outcome *o = &d->smtp.outcomes[i];
	const struct store_recipient *before = &d->mail->m.recipients[d->numbers[i]];
	uint32_t random;

	*ret = (struct store_outcome){ .id = d->entry->id, .n = d->numbers[i], .now = {
		.state = state_of(d, o, before, now), .attempts = before->attempts + 1, .code = o->code, .enhanced = o->enhanced,
		.text = o->text, .changed = now, .server = zg_slice_cstr(d->server), .tls = zg_slice_cstr(d->tls) } };
	if (ret->now.state == STORE_QUEUED) {
		clock_random(&random, sizeof(random));
		ret->now.next_at = now + mover_backoff(ret->now.attempts, random);
	}
	log_outcome(d, ret);
}

static void writing_free(uv_handle_t *t)
{
	struct writing *w = t->data;

	delivery_free(w->delivery);
	free(w->outcomes);
	free(w);
}

static void write_again(uv_timer_t *t)
{
	struct writing *w = t->data;

	writer_post(w->mover->q->writer, &w->job);
}

/* The outcome is in the store: the entry goes on. */
static void written(struct writer_job *j)
{
	struct writing *w = ZG_LIST_OF(j, struct writing, job);
	struct mover *m = w->mover;
	struct entry *e = w->delivery->entry;
	int64_t next = 0;

	if (j->rc != STORE_OK) {	/* invariant 2; the writer has logged why */
		(void)uv_timer_start(&w->again, write_again, WRITE_AGAIN, 0);	/* fails only without a callback */
		return;
	}
	for (size_t i = 0; i < w->job.count; i++)
		if (w->outcomes[i].now.state == STORE_QUEUED && (!next || w->outcomes[i].now.next_at < next))
			next = w->outcomes[i].now.next_at;
	e->was_repeated = false;
	uv_close((uv_handle_t *)&w->again, writing_free);
	if (next)
		entry_return(m, e, (uint64_t)next * 1000);
	else
		entry_forget(m, e);
	pump(m);
}

static void outcome_write(struct mover *m, struct delivery *d)
{
	struct writing *w = calloc(1, sizeof(*w));
	int64_t now = clock_unix();

	if (w)
		w->outcomes = calloc(d->smtp.count, sizeof(*w->outcomes));
	if (!w || !w->outcomes) {	/* tried again from the store: a repeat is better than a loss */
		log_line(LOG_ERROR, "no_memory", NULL, 0);
		free(w);
		entry_return(m, d->entry, clock_unix_ms() + WRITE_AGAIN);
		delivery_free(d);	/* the entry is the schedule's, not its own */
		return;
	}
	for (size_t i = 0; i < d->smtp.count; i++)
		outcome_fill(d, i, now, &w->outcomes[i]);
	w->mover = m;
	w->delivery = d;
	w->again.data = w;
	(void)uv_timer_init(&m->q->loop, &w->again);	/* always 0 */
	w->job = (struct writer_job){ .outcomes = w->outcomes, .count = d->smtp.count, .back = &m->q->mailbox, .done = written };
	writer_post(m->q->writer, &w->job);
}

/* --- hops ---------------------------------------------------------------------------------------------------- */

static void idle_remove(struct mover *m, const struct hop *h)
{
	for (unsigned i = 0; i < m->idle_count; i++)
		if (m->idle[i] == h)
			m->idle[i--] = m->idle[--m->idle_count];
}

static void on_ready(void *owner, struct hop *h)
{
	struct mover *m = owner;

	m->hold = 0;
	m->connecting -= hop_readies(h) == 1;
	m->idle[m->idle_count++] = h;
	pump(m);
}

static void on_result(void *owner, struct hop *h, struct delivery *d)
{
	(void)h;	/* ready follows */
	outcome_write(owner, d);
}

static void hold_route(struct mover *m, const struct zg_smtp_outcome *why)
{
	uint32_t random;

	clock_random(&random, sizeof(random));
	m->hold = m->hold ? 2 * m->hold : HOLD_LEAST;
	if (m->hold > HOLD_MOST)
		m->hold = HOLD_MOST;
	m->hold_until = clock_unix_ms() + m->hold - m->hold / 4 + random % (m->hold / 2);
	log_line(LOG_WARNING, "smarthost_failed", (struct log_field[]){ LOG_TEXT("host", m->q->settings->conf.smarthost_host),
		 LOG_NUM("port", m->q->settings->conf.smarthost_port), LOG_NUM("code", why->code), LOG_TEXT("reply", why->text),
		 LOG_NUM("again_in_ms", m->hold) }, 5);
}

/* No connection can be had: the message that is due first learns why, so that `queue show` tells it. */
static void blame_first(struct mover *m, const struct zg_smtp_outcome *why);

static void on_gone(void *owner, struct hop *h, struct delivery *d, const struct zg_smtp_outcome *why, bool is_kept_dead)
{
	struct mover *m = owner;

	idle_remove(m, h);
	m->hops--;
	m->connecting -= hop_readies(h) == 0;
	if (!d && hop_readies(h))
		why = NULL;	/* an idle one was closed: no fault of the route */
	if (d && is_kept_dead && !d->entry->was_repeated) {
		d->entry->was_repeated = true;
		entry_return(m, d->entry, d->entry->at);
		delivery_free(d);
	} else {
		if (why)
			hold_route(m, why);
		if (d)
			outcome_write(m, d);
		else if (why)
			blame_first(m, why);
	}
	pump(m);
}

static const struct hop_calls hop_calls = { on_ready, on_result, on_gone };

/* --- content ------------------------------------------------------------------------------------------------- */

static void load(struct reader_job *j, struct store *s)
{
	struct loading *l = ZG_LIST_OF(j, struct loading, job);

	l->rc = store_message_get(s, &l->entry->id, &l->mail->arena, &l->mail->m);
}

static void deliver(struct mover *m, struct entry *e, struct mail *mail)
{
	struct delivery *d = delivery_new(e, mail);

	if (!d) {
		entry_return(m, e, clock_unix_ms() + WRITE_AGAIN);
	} else if (d->smtp.count == 0) {	/* nobody waits any more */
		delivery_free(d);
		entry_forget(m, e);
	} else if (m->idle_count) {
		m->idle_count--;
		if (!hop_send(m->idle[m->idle_count], d)) {
			m->idle_count++;	/* it may carry the next one */
			outcome_write(m, d);
		}
	} else {				/* the hop that was idle is gone */
		delivery_free(d);
		entry_return(m, e, e->at);
	}
}

static void loaded(struct reader_job *j)
{
	struct loading *l = ZG_LIST_OF(j, struct loading, job);
	struct mover *m = l->mover;

	m->loading--;
	if (l->rc == STORE_OK) {
		deliver(m, l->entry, l->mail);
	} else if (l->rc == STORE_NOT_FOUND) {
		mail_unref(l->mail);
		entry_forget(m, l->entry);
	} else {
		log_line(LOG_ERROR, "message_unreadable", (struct log_field[]){ LOG_NUM("rc", l->rc) }, 1);
		mail_unref(l->mail);
		entry_return(m, l->entry, clock_unix_ms() + HOLD_MOST);
	}
	free(l);
	pump(m);
}

static void load_begin(struct mover *m, struct entry *e)
{
	struct loading *l = calloc(1, sizeof(*l));

	if (l)
		l->mail = mail_new();
	if (!l || !l->mail) {
		free(l);
		entry_return(m, e, clock_unix_ms() + WRITE_AGAIN);
		return;
	}
	l->mover = m;
	l->entry = e;
	m->loading++;
	l->job = (struct reader_job){ .read = load, .done = loaded, .back = &m->q->mailbox };
	reader_post(m->q->reader, &l->job);
}

/* Takes the first entry; its fresh content leaves the account. */
static struct entry *take_first(struct mover *m)
{
	struct entry *e = schedule_take(&m->schedule);

	if (e->mail)
		m->fresh -= mail_weight(e->mail);
	m->busy++;
	return e;
}

static void start_one(struct mover *m)
{
	struct entry *e = take_first(m);
	struct mail *mail = e->mail;

	e->mail = NULL;
	if (mail)
		deliver(m, e, mail);
	else
		load_begin(m, e);
}

struct blame {
	struct reader_job job;
	struct mover *mover;
	struct entry *entry;
	struct mail *mail;
	unsigned code;
	size_t enhanced_n, text_n;
	enum store_rc rc;
	char enhanced[16], text[400];
};

static void blame_load(struct reader_job *j, struct store *s)
{
	struct blame *b = ZG_LIST_OF(j, struct blame, job);

	b->rc = store_message_get(s, &b->entry->id, &b->mail->arena, &b->mail->m);
}

static void blame_loaded(struct reader_job *j)
{
	struct blame *b = ZG_LIST_OF(j, struct blame, job);
	struct mover *m = b->mover;
	struct delivery *d = NULL;

	if (b->rc == STORE_OK)
		d = delivery_new(b->entry, b->mail);
	else
		mail_unref(b->mail);
	if (!d) {
		entry_return(m, b->entry, clock_unix_ms() + WRITE_AGAIN);
		free(b);
		return;
	}
	delivery_name(d, m->q->settings->conf.smarthost_host, NULL);
	for (size_t i = 0; i < d->smtp.count; i++) {
		memcpy(d->smtp.texts[i], b->text, b->text_n);
		d->smtp.outcomes[i] = (struct zg_smtp_outcome){ .text = zg_slice_of(d->smtp.texts[i], b->text_n),
			/* a login that was refused is no verdict on the message: it waits */
			.code = b->code >= 500 ? 0 : b->code };
	}
	free(b);
	outcome_write(m, d);
}

static void blame_first(struct mover *m, const struct zg_smtp_outcome *why)
{
	struct entry *first = schedule_first(&m->schedule);
	struct blame *b;

	if (!first || first->at > clock_unix_ms() || m->is_draining)
		return;
	b = calloc(1, sizeof(*b));
	if (b)
		b->mail = mail_new();
	if (!b || !b->mail) {
		free(b);
		return;
	}
	b->mover = m;
	b->entry = take_first(m);
	mail_unref(b->entry->mail);
	b->entry->mail = NULL;
	b->code = why->code;
	b->text_n = why->text.n < sizeof(b->text) ? why->text.n : sizeof(b->text);
	memcpy(b->text, why->text.p, b->text_n);
	b->job = (struct reader_job){ .read = blame_load, .done = blame_loaded, .back = &m->q->mailbox };
	reader_post(m->q->reader, &b->job);
}

/* --- what is due --------------------------------------------------------------------------------------------- */

static void scan_next(struct mover *m);

/* What is in memory may not be what the store has any more. */
static void fresh_forget(struct mover *m)
{
	for (size_t i = 1; i <= m->schedule.count; i++) {
		struct entry *e = m->schedule.heap[i];

		if (e->mail)
			m->fresh -= mail_weight(e->mail);
		mail_unref(e->mail);
		e->mail = NULL;
	}
}

static void on_timer(uv_timer_t *t)
{
	struct mover *m = t->data;
	uint64_t change = atomic_load(&reader_changes(m->q->reader)->queue);

	if ((change != m->queue_change || m->is_scan_wanted) && !m->is_scanning) {
		if (change != m->queue_change) {	/* somebody asked for a retry, or held, stopped, released, removed some */
			m->hold_until = m->hold = 0;
			fresh_forget(m);
		}
		m->queue_change = change;
		m->is_scan_wanted = false;
		m->scan.has_after = false;
		scan_next(m);
	}
	pump(m);
}

/* Starts as many messages as are due and have a connection, and the next connection while some have none: one at a time, so
 * that a single message makes a single connection. */
static void pump(struct mover *m)
{
	uint64_t now = clock_unix_ms();
	struct entry *first;

	if (m->is_draining || m->q->settings->conf.route != CONF_ROUTE_SMARTHOST)
		return;
	while ((first = schedule_first(&m->schedule)) != NULL && first->at <= now && m->idle_count > m->loading)
		start_one(m);
	if (first && first->at <= now && now >= m->hold_until && m->hops < MOVER_CONNECTIONS && m->connecting == 0 &&
	    hop_new(m->q, m->q->settings, &hop_calls, m)) {
		m->hops++;
		m->connecting++;
	}
}

static void scan_read(struct reader_job *j, struct store *s)
{
	struct mover *m = ZG_LIST_OF(j, struct mover, scan.job);

	m->scan.rc = store_due_list(s, m->scan.has_after ? &m->scan.after : NULL, DUE_AT_ONCE, &m->scan.arena,
				    &m->scan.due, &m->scan.count);
}

static void scan_done(struct reader_job *j)
{
	struct mover *m = ZG_LIST_OF(j, struct mover, scan.job);
	bool is_more = m->scan.rc == STORE_OK && m->scan.count == DUE_AT_ONCE;

	for (size_t i = 0; m->scan.rc == STORE_OK && i < m->scan.count; i++)
		if (!schedule_add(&m->schedule, &m->scan.due[i].id, (uint64_t)m->scan.due[i].next_at * 1000, NULL))
			m->is_scan_wanted = true;
	m->is_scan_wanted = m->is_scan_wanted || m->scan.rc != STORE_OK;
	if (m->scan.rc != STORE_OK)
		log_line(LOG_ERROR, "queue_unreadable", (struct log_field[]){ LOG_NUM("rc", m->scan.rc) }, 1);
	else if (m->scan.count) {
		m->scan.after = m->scan.due[m->scan.count - 1].id;
		m->scan.has_after = true;
	}
	zg_arena_reset(&m->scan.arena);
	m->is_scanning = false;
	if (is_more)
		scan_next(m);
	pump(m);
}

static void scan_next(struct mover *m)
{
	m->is_scanning = true;
	m->scan.job = (struct reader_job){ .read = scan_read, .done = scan_done, .back = &m->q->mailbox };
	reader_post(m->q->reader, &m->scan.job);
}

static void taken(struct task *t)
{
	struct mail *mail = ZG_LIST_OF(t, struct mail, task);
	struct mover *m = mail->to;
	size_t weight = mail_weight(mail);
	bool is_kept = m->fresh + weight <= MOVER_FRESH;
	struct store_id id = mail->m.id;
	struct entry *e;

	if (!is_kept) {
		mail_unref(mail);
		mail = NULL;
	}
	e = schedule_add(&m->schedule, &id, clock_unix_ms(), mail);
	if (e && mail && e->mail == mail)
		m->fresh += weight;
	if (!e)
		log_line(LOG_ERROR, "no_memory", NULL, 0);	/* the next start finds it in the store */
	pump(m);
}

void mover_take(struct mover *m, struct mail *mail)
{
	mail->to = m;
	mail->task.run = taken;
	mailbox_post(&m->q->mailbox, &mail->task);
}

void mover_settings(struct mover *m)
{
	while (m->idle_count)
		hop_quit(m->idle[--m->idle_count]);
	m->hold_until = m->hold = 0;
	pump(m);
}

void mover_drain(struct mover *m, void (*done)(void *ctx), void *ctx)
{
	m->is_draining = true;
	m->drained = done;
	m->drained_ctx = ctx;
	maybe_drained(m);
}

struct mover *mover_new(struct queue_loop *q)
{
	struct mover *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->q = q;
	m->timer.data = m;
	m->queue_change = atomic_load(&reader_changes(q->reader)->queue);
	zg_arena_init(&m->scan.arena, &io_heap, DUE_AT_ONCE * 256u);
	(void)uv_timer_init(&q->loop, &m->timer);	/* always 0 */
	(void)uv_timer_start(&m->timer, on_timer, LOOK_EVERY, LOOK_EVERY);	/* fails only without a callback */
	scan_next(m);
	return m;
}
