/* watch.c - the thread that keeps looking: which domains are due, who asked for a look now, and where the results go.
 *
 *   tick --due--> check (async) --verdict--> writer (one change) --committed--> told
 *   mailbox: hurry, viewed, look, settings, stop
 *
 * Invariants: (1) a domain has one check at a time, and its next begins after the verdict is written.  (2) spots are this
 * thread's alone; others reach it by its mailbox.  (3) `before` of a check is what the store has, so that a restart forgets
 * nothing. */
#include "watch/watch.h"
#include <stdlib.h>
#include <string.h>
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"
#include "dnsmsg/name.h"
#include "watch/batch.h"
#include "watch/check.h"

#define CHECKS_MOST 16u			/* at the same time */
#define CHECK_MEMORY (8u * 1024u * 1024u)
#define LIST_MEMORY (256u * 1024u * 1024u)
#define TICK 1000u			/* ms */
#define HURRY_S 120			/* how long it goes on after "check now" */
#define HURRY_EVERY_S 10
#define VIEW_S 90			/* how long one word that a page is open holds */
#define VIEW_EVERY_S 60
#define REST_S 60			/* after a check that could not be made or written */
#define TEXT_MOST 512u

struct spot {
	uint64_t id, company;
	char *name;
	int64_t checked, next_at, hurry_until, viewed_until;
	bool is_hurried, is_changed, is_running, is_seen;
	struct check *check;
};

struct watch {
	uv_loop_t loop;
	uv_thread_t thread;
	struct mailbox mailbox;
	struct watch_settings s;
	char resolver_text[TEXT_MOST], include[TEXT_MOST], report[TEXT_MOST];
	struct store *store;
	struct resolver *resolver;
	struct check_desk desk;
	uv_timer_t timer;
	struct spot *spots;
	size_t count, running, looking;
	uint64_t house;			/* the store's counter that spots are of */
	bool has_house, is_stopping;
	struct task stop_task;
};

/* A check under way, from its order to its commit. */
struct run {
	struct writer_job job;
	struct watch *watch;
	uint64_t domain, company;
	struct zg_arena arena;
	struct judge_verdict verdict;
};

static int64_t now_of(const struct watch *w)
{
	return w->s.now ? w->s.now(w->s.ctx) : clock_unix();
}

static struct zg_slice text_keep(char *mem, struct zg_slice s)
{
	size_t n = s.n < TEXT_MOST ? s.n : 0;

	if (n)
		memcpy(mem, s.p, n);
	return zg_slice_of(mem, n);
}

/* --- spots ----------------------------------------------------------------------------------------------------------- */

static struct spot *spot_of(struct watch *w, uint64_t id)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->spots[i].id == id)
			return &w->spots[i];
	return NULL;
}

static void spot_add(struct watch *w, const struct store_domain *d)
{
	struct spot *v = realloc(w->spots, (w->count + 1) * sizeof(*v));

	if (!v)
		return;		/* it is tried again when the house changes */
	w->spots = v;
	v[w->count] = (struct spot){ .id = d->id, .company = d->company, .name = strndup(d->name.p, d->name.n), .is_seen = true };
	if (v[w->count].name)
		w->count++;
}

static void spots_sweep(struct watch *w)
{
	for (size_t i = 0; i < w->count;) {
		struct spot *s = &w->spots[i];

		if (s->is_seen || s->is_running) {
			i++;
			continue;
		}
		free(s->name);
		*s = w->spots[--w->count];
	}
}

/* What the store has of each domain: when it was last looked at, and when it is due. */
static void spots_date(struct watch *w, struct zg_arena *a)
{
	struct store_watch *v;
	size_t count = 0;

	if (store_watch_list(w->store, 0, a, &v, &count) != STORE_OK)
		return;		/* all are due then */
	for (size_t i = 0; i < count; i++) {
		struct spot *s = spot_of(w, v[i].domain_id);

		if (!s || s->checked >= v[i].checked)
			continue;
		s->checked = v[i].checked;
		s->next_at = v[i].next_at;
	}
}

static void spots_read(struct watch *w)
{
	struct zg_arena a;
	struct store_domain *v;
	size_t count = 0;
	bool is_first = !w->has_house;

	zg_arena_init(&a, &io_heap, LIST_MEMORY);
	if (store_domain_list(w->store, 0, &a, &v, &count) == STORE_OK) {
		for (size_t i = 0; i < w->count; i++)
			w->spots[i].is_seen = false;
		for (size_t i = 0; i < count; i++) {
			struct spot *s = spot_of(w, v[i].id);

			if (s)
				s->is_seen = true;
			else
				spot_add(w, &v[i]);
		}
		spots_sweep(w);
		if (is_first)
			spots_date(w, &a);
		w->has_house = true;
	}
	zg_arena_reset(&a);
}

/* New keys want new records: what changed in the house is looked at at once, but for the first time. */
static void house_look(struct watch *w)
{
	struct store_changes c;

	if (store_changes_get(w->store, &c) != STORE_OK || (w->has_house && c.house == w->house))
		return;
	w->house = c.house;
	spots_read(w);
}

/* --- a check --------------------------------------------------------------------------------------------------------- */

static void run_free(struct run *r)
{
	zg_arena_reset(&r->arena);
	free(r);
}

static void run_over(struct run *r, bool is_good)
{
	struct watch *w = r->watch;
	struct spot *s = spot_of(w, r->domain);

	w->running--;
	if (s) {
		s->is_running = false;
		s->checked = now_of(w);
		s->next_at = is_good ? r->verdict.watch.next_at : s->checked + REST_S;
	}
	if (is_good && w->s.told && !w->is_stopping)
		w->s.told(w->s.ctx, r->company, r->domain);
	run_free(r);
}

static enum store_rc run_write(struct writer_job *j, struct store *s)
{
	struct run *r = ZG_LIST_OF(j, struct run, job);

	return store_watch_put(s, &r->verdict.watch, r->verdict.changes, r->verdict.changes_count);
}

static void run_written(struct writer_job *j)
{
	struct run *r = ZG_LIST_OF(j, struct run, job);

	if (j->rc != STORE_OK && j->rc != STORE_NOT_FOUND)
		log_line(LOG_ERROR, "watch_not_kept", (struct log_field[]){ LOG_NUM("rc", j->rc) }, 1);
	run_over(r, j->rc == STORE_OK);
}

static void run_judged(void *ctx, int rc, struct judge_verdict *v)
{
	struct run *r = ctx;
	struct watch *w = r->watch;
	struct spot *s = spot_of(w, r->domain);

	if (s)
		s->check = NULL;
	if (rc < 0) {
		run_over(r, false);
		return;
	}
	r->verdict = *v;
	r->verdict.watch.domain_id = r->domain;
	r->job = (struct writer_job){ .change = run_write, .back = &w->mailbox, .done = run_written };
	writer_post(w->s.writer, &r->job);
}

/* Active keys, and what was seen before. */
static bool order_fill(struct watch *w, struct run *r, struct check_order *o)
{
	struct store_key *keys;
	struct store_watch *before = zg_arena_alloc(&r->arena, sizeof(*before));
	size_t count = 0, active = 0;

	if (!before || store_key_list(w->store, r->domain, &r->arena, &keys, &count) != STORE_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		if (keys[i].state == STORE_KEY_ACTIVE)
			keys[active++] = keys[i];
	o->keys = keys;
	o->keys_count = active;
	o->before = store_watch_get(w->store, r->domain, &r->arena, before) == STORE_OK ? before : NULL;
	return true;
}

static void check_start(struct watch *w, struct spot *s)
{
	struct run *r = calloc(1, sizeof(*r));
	struct check_order o = { .desk = &w->desk, .domain = zg_slice_cstr(s->name), .now = now_of(w), .done = run_judged, .ctx = r };
	struct check *c;

	if (!r)
		return;
	r->watch = w;
	r->domain = s->id;
	r->company = s->company;
	zg_arena_init(&r->arena, &io_heap, CHECK_MEMORY);
	o.arena = &r->arena;
	o.domain = zg_arena_dup(&r->arena, o.domain);
	s->is_running = true;
	s->is_hurried = s->is_changed = false;
	w->running++;
	if (!order_fill(w, r, &o)) {
		run_over(r, false);
		return;
	}
	c = check_begin(&o);
	if (!c)
		run_over(r, false);
	else if (s->is_running)		/* it may be over already, without memory */
		s->check = c;
}

static bool is_due(const struct watch *w, const struct spot *s, int64_t now)
{
	if (s->is_running)
		return false;
	if (s->is_changed)
		return true;
	if (s->is_hurried)
		return now - s->checked >= WATCH_NOW_S;
	if (now < s->hurry_until && now - s->checked >= HURRY_EVERY_S)
		return true;
	if (now < s->viewed_until && now - s->checked >= VIEW_EVERY_S)
		return true;
	return !w->s.is_idle && now >= s->next_at;
}

static void on_tick(uv_timer_t *t)
{
	struct watch *w = t->data;
	int64_t now = now_of(w);

	if (w->is_stopping)
		return;
	house_look(w);
	for (size_t i = 0; i < w->count && w->running < CHECKS_MOST; i++)
		if (is_due(w, &w->spots[i], now))
			check_start(w, &w->spots[i]);
}

/* --- what others say ------------------------------------------------------------------------------------------------- */

enum word { HURRY, VIEWED, HOUSE, SETTINGS };
struct message {
	struct task task;
	struct watch *watch;
	enum word word;
	uint64_t domain;
	char include[TEXT_MOST], report[TEXT_MOST];
	size_t include_n, report_n;
};

static void message_run(struct task *t)
{
	struct message *m = ZG_LIST_OF(t, struct message, task);
	struct watch *w = m->watch;
	struct spot *s;

	if (m->word == HOUSE || !spot_of(w, m->domain))
		house_look(w);
	s = spot_of(w, m->domain);
	if (m->word == HOUSE && s)
		s->is_changed = true;
	if (m->word == HURRY && s) {
		s->is_hurried = true;
		s->hurry_until = now_of(w) + HURRY_S;
	} else if (m->word == VIEWED && s) {
		s->viewed_until = now_of(w) + VIEW_S;
	} else if (m->word == SETTINGS) {
		w->desk.spf_include = text_keep(w->include, zg_slice_of(m->include, m->include_n));
		w->desk.report_address = text_keep(w->report, zg_slice_of(m->report, m->report_n));
	}
	free(m);
	on_tick(&w->timer);
}

static void message_post(struct watch *w, enum word word, uint64_t domain, struct zg_slice include, struct zg_slice report)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m)
		return;		/* it is looked at when it is due */
	*m = (struct message){ .task = { .run = message_run }, .watch = w, .word = word, .domain = domain };
	m->include_n = text_keep(m->include, include).n;
	m->report_n = text_keep(m->report, report).n;
	mailbox_post(&w->mailbox, &m->task);
}

void watch_hurry(struct watch *w, uint64_t domain_id)
{
	message_post(w, HURRY, domain_id, ZG_S(""), ZG_S(""));
}

void watch_viewed(struct watch *w, uint64_t domain_id)
{
	message_post(w, VIEWED, domain_id, ZG_S(""), ZG_S(""));
}

void watch_house_changed(struct watch *w, uint64_t domain_id)
{
	message_post(w, HOUSE, domain_id, ZG_S(""), ZG_S(""));
}

void watch_settings_set(struct watch *w, struct zg_slice spf_include, struct zg_slice report_address)
{
	message_post(w, SETTINGS, 0, spf_include, report_address);
}

/* --- a look at a domain that is not stored ---------------------------------------------------------------------------- */

#define SELECTORS 13u
struct looking {
	struct watch_look_job *job;
	struct watch *watch;
	struct batch batch;
	struct zg_slice names[SELECTORS + 1];	/* of usual selectors, and of a random label */
};

static struct zg_slice usual(size_t i, const struct watch_look_job *j)
{
	static const struct zg_slice names[SELECTORS] = {
		ZG_SI(""), ZG_SI("zegel1"), ZG_SI("default"), ZG_SI("dkim"), ZG_SI("mail"), ZG_SI("selector1"), ZG_SI("selector2"),
		ZG_SI("google"), ZG_SI("s1"), ZG_SI("s2"), ZG_SI("k1"), ZG_SI("k2"), ZG_SI("odoo"),
	};

	return i ? names[i] : j->selector;
}

static struct zg_slice join3(struct zg_arena *a, struct zg_slice x, struct zg_slice y, struct zg_slice z)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, x.n + y.n + z.n + 1), x.n + y.n + z.n);

	if (!b.p)
		return ZG_S("");
	zg_buf_put(&b, x);
	zg_buf_put(&b, y);
	zg_buf_put(&b, z);
	return zg_buf_slice(&b);
}

static void selectors_take(struct looking *k)
{
	struct watch_look_job *j = k->job;
	struct watch_look *l = &j->found;

	l->is_wildcard = batch_data(batch_get(&k->batch, k->names[SELECTORS], ZG_DNS_TXT), j->arena).count > 0;
	l->selectors = zg_arena_array(j->arena, SELECTORS, sizeof(*l->selectors));
	for (size_t i = 0; l->selectors && i < SELECTORS && !l->is_wildcard; i++) {
		struct store_slices v = { NULL, 0 };

		if (k->names[i].n && (i == 0 || !zg_slice_eq(usual(i, j), j->selector)))
			v = batch_data(batch_get(&k->batch, k->names[i], ZG_DNS_TXT), j->arena);
		if (v.count)
			l->selectors[l->selectors_count++] = (struct watch_selector){ usual(i, j), v };
	}
}

static void look_take(struct looking *k)
{
	struct watch_look_job *j = k->job;
	struct watch_look *l = &j->found;
	struct zg_slice zone = j->domain;
	const struct batch_item *apex = batch_get(&k->batch, j->domain, ZG_DNS_TXT), *mx = batch_get(&k->batch, j->domain, ZG_DNS_MX);
	const struct batch_item *dmarc = batch_get(&k->batch, join3(j->arena, ZG_S("_dmarc."), j->domain, ZG_S("")), ZG_DNS_TXT);
	const struct zg_dns_a own[] = { apex->a, mx->a };

	*l = (struct watch_look){ .exists = check_exists(own, 2) };
	for (int i = 0; i < 5 && !l->ns.count; i++, zone = zg_name_parent(zone)) {
		l->ns = batch_data(batch_get(&k->batch, zone, ZG_DNS_NS), j->arena);
		l->zone = l->ns.count ? zone : ZG_S("");
	}
	l->mx = batch_data(mx, j->arena);
	l->dns_host = l->ns.count ? zg_dns_host_of(l->ns.v, l->ns.count, &l->dns_host_by) : NULL;
	l->mail_host = l->mx.count ? zg_mail_host_of(l->mx.v, l->mx.count, &l->mail_host_by) : NULL;
	l->apex = batch_data(apex, j->arena);
	l->dmarc = batch_data(dmarc, j->arena);
	l->is_apex_read = check_exists(&apex->a, 1) != WATCH_SILENT;
	l->is_dmarc_read = dmarc && check_exists(&dmarc->a, 1) != WATCH_SILENT;
	selectors_take(k);
}

static void look_back(struct task *t)
{
	struct watch_look_job *j = ZG_LIST_OF(t, struct watch_look_job, task);

	j->done(j);
}

static void look_end(struct looking *k, int rc)
{
	struct watch_look_job *j = k->job;

	k->watch->looking--;
	free(k);
	j->rc = rc;
	j->task.run = look_back;
	mailbox_post(j->back, &j->task);
}

static void look_done(void *ctx, unsigned questions)
{
	struct looking *k = ctx;

	(void)questions;
	look_take(k);
	look_end(k, k->job->arena->is_full ? -1 : 0);
}

static void look_ask(struct looking *k)
{
	struct watch_look_job *j = k->job;
	struct zg_slice zone = j->domain;
	struct zg_asker m;

	batch_init(&k->batch, j->arena);
	for (int i = 0; i < 5 && zg_slice_find(zone, '.') < zone.n; i++, zone = zg_name_parent(zone))
		(void)batch_add(&k->batch, zone, ZG_DNS_NS);	/* has room */
	(void)batch_add(&k->batch, j->domain, ZG_DNS_MX);
	(void)batch_add(&k->batch, j->domain, ZG_DNS_TXT);
	(void)batch_add(&k->batch, join3(j->arena, ZG_S("_dmarc."), j->domain, ZG_S("")), ZG_DNS_TXT);
	for (size_t i = 0; i < SELECTORS; i++) {
		k->names[i] = usual(i, j).n ? join3(j->arena, usual(i, j), ZG_S("._domainkey."), j->domain) : ZG_S("");
		(void)batch_add(&k->batch, k->names[i], ZG_DNS_TXT);
	}
	k->names[SELECTORS] = join3(j->arena, ZG_S("zegel-wildcard-0a7f._domainkey."), j->domain, ZG_S(""));
	(void)batch_add(&k->batch, k->names[SELECTORS], ZG_DNS_TXT);
	m = batch_asker(&k->batch);
	if (j->arena->is_full || ask_loop_drive(k->watch->desk.ask, &m, look_done, k) < 0)
		look_end(k, -1);
}

/* The job carries the watch in its result until that is made. */
static void look_run(struct task *t)
{
	struct watch_look_job *j = ZG_LIST_OF(t, struct watch_look_job, task);
	struct looking *k = calloc(1, sizeof(*k));
	struct watch *w = j->watch;

	w->looking++;
	if (!k || w->is_stopping) {
		free(k);
		w->looking--;
		j->rc = -1;
		j->task.run = look_back;
		mailbox_post(j->back, &j->task);
		return;
	}
	k->job = j;
	k->watch = w;
	look_ask(k);
}

void watch_look_post(struct watch *w, struct watch_look_job *j)
{
	j->watch = w;
	j->task.run = look_run;
	mailbox_post(&w->mailbox, &j->task);
}

/* --- the same, waited for ---------------------------------------------------------------------------------------------- */

struct waiting {
	struct watch_look_job job;
	struct mailbox box;
	bool is_done;
};

static void waited(struct watch_look_job *j)
{
	ZG_LIST_OF(j, struct waiting, job)->is_done = true;
}

int watch_look(struct watch *w, struct zg_slice domain, struct zg_slice selector, struct zg_arena *a, struct watch_look *ret)
{
	struct waiting k = { .job = { .domain = domain, .selector = selector, .arena = a, .done = waited } };
	struct zg_list tasks, *node;

	zg_list_init(&tasks);
	if (mailbox_init_thread(&k.box) < 0)
		return -1;
	k.job.back = &k.box;
	watch_look_post(w, &k.job);
	while (!k.is_done && mailbox_wait(&k.box, UINT64_MAX, &tasks))	/* each question ends after 5 s */
		while ((node = zg_list_pop(&tasks)) != NULL) {
			struct task *t = ZG_LIST_OF(node, struct task, node);

			t->run(t);
		}
	mailbox_done(&k.box);
	if (k.job.rc == 0)
		*ret = k.job.found;
	return k.job.rc;
}

/* --- start and end ------------------------------------------------------------------------------------------------------ */

static void watch_thread(void *arg)
{
	struct watch *w = arg;

	(void)uv_run(&w->loop, UV_RUN_DEFAULT);	/* ends when all handles are closed */
}

static void stop_run(struct task *t)
{
	struct watch *w = ZG_LIST_OF(t, struct watch, stop_task);

	w->is_stopping = true;
	for (size_t i = 0; i < w->count; i++)
		if (w->spots[i].check)
			check_drop(w->spots[i].check);
	uv_close((uv_handle_t *)&w->timer, NULL);
	ask_loop_free(w->desk.ask);
	mailbox_done(&w->mailbox);
}

static bool parts_make(struct watch *w, const char **ret_why)
{
	struct store_error error;

	*ret_why = "the database cannot be read";
	if (store_open(w->s.store, STORE_READ, &w->store, &error) != STORE_OK)
		return false;
	w->resolver = resolver_new(w->s.resolver, ret_why);
	if (!w->resolver)
		return false;
	*ret_why = "no memory";
	w->desk.ask = ask_loop_new(&w->loop, w->resolver);
	return w->desk.ask && mailbox_init_loop(&w->mailbox, &w->loop) == 0;
}

struct watch *watch_start(const struct watch_settings *s, const char **ret_why)
{
	struct watch *w = calloc(1, sizeof(*w));

	*ret_why = "no memory";
	if (!w || uv_loop_init(&w->loop) < 0) {
		free(w);
		return NULL;
	}
	w->s = *s;
	w->s.resolver = text_keep(w->resolver_text, s->resolver);
	w->desk = (struct check_desk){ .loop = &w->loop, .port = s->port ? s->port : 53, .try_ms = s->try_ms,
		.spf_include = text_keep(w->include, s->spf_include), .report_address = text_keep(w->report, s->report_address) };
	if (!parts_make(w, ret_why))
		return NULL;	/* the process says why and goes on without; what was made stays until its end */
	w->timer.data = w;
	(void)uv_timer_init(&w->loop, &w->timer);	/* always 0 */
	(void)uv_timer_start(&w->timer, on_tick, 0, s->tick_ms ? s->tick_ms : TICK);	/* fails only without a callback */
	return uv_thread_create(&w->thread, watch_thread, w) == 0 ? w : NULL;
}

void watch_stop(struct watch *w)
{
	w->stop_task.run = stop_run;
	mailbox_post(&w->mailbox, &w->stop_task);
	(void)uv_thread_join(&w->thread);	/* fails only for a thread that is none */
	resolver_free(w->resolver);
	store_close(w->store);
	for (size_t i = 0; i < w->count; i++)
		free(w->spots[i].name);
	free(w->spots);
	(void)uv_loop_close(&w->loop);		/* all handles are closed */
	free(w);
}
