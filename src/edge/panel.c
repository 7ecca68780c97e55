/* panel.c - the pages' face on one loop.
 *
 *   request --host, file, route--> reply at once
 *                              \--> desk --page--> reply, or a stream of events begins
 *   the watch's thread --told--> loop --event--> every stream of that company
 *
 * Invariants: (1) a request that a desk works on is held (http_hold) until its answer is here.  (2) a stream is in `streams` from
 * http_stream to gone().  (3) settings of a job are a reference of its own: a reload changes none under way.  (4) the doors of mail
 * open first: until `is_open`, a connection waits in its listener's queue, and the channels are start.vault's. */
#include "edge/panel.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "edge/desk.h"
#include "edge/mailer.h"
#include "edge/once.h"
#include "edge/page_static.h"
#include "edge/peer.h"
#include "edge/route.h"
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"
#include "watch/watch.h"

#define CONNECTIONS_MOST 1000u
#define ONE_MOST 100u			/* connections from one address */
#define BODY_MOST (1024u * 1024u)	/* octets of a form; security.md 4 */
#define ANSWER_MEMORY (8u * 1024u * 1024u)
#define STREAMS_MOST 500u
#define HEART 25000u			/* ms between two signs of life of a stream */
#define OPENING 300u			/* ms after the start */
#define LISTENERS_MOST 64u

struct stream {
	struct zg_list node;
	struct http_request *q;
	uint64_t company, domain;
};

/* The watch's word, on its way to the loop. */
struct news {
	struct task task;
	struct panel *panel;
	uint64_t company;
};

struct panel {
	struct panel_start start;
	struct httpd *httpd[2];			/* in clear, under TLS; NULL: nobody listens so */
	struct desk *reader, *workers[PANEL_WORKERS];
	unsigned busy[PANEL_WORKERS];		/* jobs that each has */
	struct page_world world;
	struct zg_list streams;
	unsigned streams_count;
	uv_timer_t heart;			/* until is_open: the time at which the pages open */
	bool is_open;
	unsigned draining;			/* faces that have connections still, and one for who counts */
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* --- replies ----------------------------------------------------------------------------------------------------- */

static const struct http_pair always[] = {
	{ ZG_SI("X-Content-Type-Options"), ZG_SI("nosniff") }, { ZG_SI("Referrer-Policy"), ZG_SI("same-origin") },
	{ ZG_SI("Cross-Origin-Opener-Policy"), ZG_SI("same-origin") }, { ZG_SI("X-Frame-Options"), ZG_SI("DENY") },
	{ ZG_SI("Cache-Control"), ZG_SI("no-store") },
};
#define ALWAYS (sizeof(always) / sizeof(always[0]))

static void reply(struct http_request *q, const struct page_answer *a)
{
	struct http_pair fields[ALWAYS + PAGE_FIELDS];

	memcpy(fields, always, sizeof(always));
	memcpy(fields + ALWAYS, a->fields, a->fields_count * sizeof(a->fields[0]));
	http_reply(q, &(const struct http_reply){ .status = a->status, .fields = fields, .fields_count = ALWAYS + a->fields_count,
		.body = a->body });
}

static void reply_plain(struct http_request *q, unsigned status, struct zg_slice text)
{
	const struct page_answer a = { .status = status, .fields = { { ZG_SI("Content-Type"), ZG_SI("text/plain; charset=utf-8") } },
		.fields_count = 1, .body = text };

	reply(q, &a);
}

/* --- streams ----------------------------------------------------------------------------------------------------- */

static void stream_begin(struct panel *p, struct desk_job *j)
{
	static const struct http_pair fields[] = {
		{ ZG_SI("Content-Type"), ZG_SI("text/event-stream") }, { ZG_SI("Cache-Control"), ZG_SI("no-store") },
		{ ZG_SI("X-Accel-Buffering"), ZG_SI("no") },
	};
	struct stream *s = p->streams_count < STREAMS_MOST ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		reply_plain(j->request, 503, ZG_S("too many streams\n"));
		return;
	}
	s->q = j->request;
	s->company = j->page.answer.stream_company;
	s->domain = j->page.answer.stream_domain;
	s->q->owner = s;
	zg_list_push(&p->streams, &s->node);
	p->streams_count++;
	http_stream(s->q, fields, 3);
	http_stream_put(s->q, j->page.answer.body);
}

static void on_heart(uv_timer_t *t)
{
	struct panel *p = t->data;

	for (struct zg_list *n = p->streams.next; n != &p->streams; n = n->next) {
		struct stream *s = ZG_LIST_OF(n, struct stream, node);

		http_stream_put(s->q, ZG_S(": \n\n"));
		if (p->world.watch && s->domain)
			watch_viewed(p->world.watch, s->domain);
	}
}

static void news_tell(struct task *t)
{
	struct news *n = ZG_LIST_OF(t, struct news, task);

	for (struct zg_list *at = n->panel->streams.next; at != &n->panel->streams; at = at->next) {
		struct stream *s = ZG_LIST_OF(at, struct stream, node);

		if (s->company == n->company)
			http_stream_put(s->q, ZG_S("event: part\ndata: {\"ids\":[\"steps\",\"part-hero\",\"cards\",\"part-testmail\","
				"\"part-detected\",\"part-history\"]}\n\n"));
	}
	free(n);
}

static void on_told(void *ctx, uint64_t company, uint64_t domain)
{
	struct panel *p = ctx;
	struct news *n = calloc(1, sizeof(*n));

	(void)domain;
	if (!n)
		return;		/* the page shows it at its next reload */
	*n = (struct news){ .task = { .run = news_tell }, .panel = p, .company = company };
	mailbox_post(&p->start.q->mailbox, &n->task);
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

static void job_done(struct desk_job *j)
{
	struct panel *p = j->owner;

	if (j->worker < PANEL_WORKERS)
		p->busy[j->worker]--;
	if (j->page.answer.is_stream && j->page.answer.status == 200)
		stream_begin(p, j);
	else
		reply(j->request, &j->page.answer);
	zg_arena_reset(&j->arena);
	settings_unref(j->settings);
	free(j);
}

/* Names under which this server may be asked: DNS that points elsewhere's pages at us finds none (security.md 2). */
static bool is_our_host(const struct panel *p, struct zg_slice host)
{
	const struct conf *c = &p->start.q->settings->conf;
	struct zg_slice base = c->base_url, rest;

	if (base.n) {
		rest = zg_slice_sub(base, zg_slice_find(base, '/') + 2, base.n);
		if (zg_slice_eq_ci(host, zg_slice_sub(rest, 0, zg_slice_find(rest, ':'))))
			return true;
	}
	return zg_slice_eq_ci(host, c->hostname) || zg_slice_eq(host, ZG_S("localhost")) || zg_slice_eq(host, ZG_S("127.0.0.1")) ||
	       zg_slice_eq(host, ZG_S("[::1]"));
}

static unsigned worker_idlest(const struct panel *p)
{
	unsigned best = 0;

	for (unsigned i = 1; i < PANEL_WORKERS; i++)
		if (p->busy[i] < p->busy[best])
			best = i;
	return best;
}

static void job_begin(struct panel *p, struct http_request *q, const struct route *r)
{
	struct desk_job *j = calloc(1, sizeof(*j));
	bool is_work = route_is_work(r);

	if (!j) {
		reply_plain(q, 503, ZG_S("no memory; try again later\n"));
		return;
	}
	zg_arena_init(&j->arena, &io_heap, ANSWER_MEMORY);
	j->back = &p->start.q->mailbox;
	j->settings = settings_ref(p->start.q->settings);
	j->request = q;
	j->route = r;
	j->owner = p;
	j->done = job_done;
	j->worker = is_work ? worker_idlest(p) : PANEL_WORKERS;
	j->page = (struct page){ .q = q, .world = &p->world, .settings = j->settings, .a = &j->arena };
	q->owner = NULL;
	http_hold(q);
	if (is_work)
		p->busy[j->worker]++;
	desk_post(is_work ? p->workers[j->worker] : p->reader, j);
}

static void on_request(void *ctx, struct http_request *q)
{
	struct panel *p = ctx;
	struct page_answer file = { .status = 0 };
	const struct route *r;
	bool is_other;

	if (!is_our_host(p, q->host)) {
		reply_plain(q, 421, ZG_S("this address is not one of this server; see base_url in zegel.conf(5)\n"));
		return;
	}
	if (page_static(q, &file)) {
		http_reply(q, &(const struct http_reply){ .status = file.status, .fields = file.fields,
			.fields_count = file.fields_count, .body = file.body, .is_static = true });
		return;
	}
	r = route_find(q->method, q->path, &is_other);
	if (!r && is_other)
		reply_plain(q, 405, ZG_S("this address does not take that method\n"));
	else
		job_begin(p, q, r ? r : &route_nothing);
}

static void on_gone(void *ctx, struct http_request *q)
{
	struct panel *p = ctx;
	struct stream *s = q->owner;

	if (!s)
		return;		/* nobody works on it */
	zg_list_drop(&s->node);
	p->streams_count--;
	free(s);
}

static size_t on_body_most(void *ctx, const struct http_request *q)
{
	(void)ctx;
	return zg_slice_eq(q->method, ZG_S("POST")) ? BODY_MOST : 0;
}

static struct zg_slice on_refusal(void *ctx, unsigned status)
{
	(void)ctx;
	switch (status) {
	case 408:
		return ZG_S("the request took too long\n");
	case 413:
		return ZG_S("the request is too long: a form may have 1 MiB\n");
	case 431:
		return ZG_S("the fields of the request are too long\n");
	case 503:
		return ZG_S("no room now; try again later\n");
	default:
		return ZG_S("the request cannot be understood\n");
	}
}

static bool on_proxy(void *ctx, const struct sockaddr_storage *peer)
{
	const struct panel *p = ctx;

	return peer_is_proxy(&p->start.q->settings->conf, peer);
}

/* --- start and end ----------------------------------------------------------------------------------------------- */

static bool desks_start(struct panel *p)
{
	struct zg_slice url = p->start.q->settings->conf.store_url;
	struct store_error error;

	p->reader = desk_start(url, false, -1, &error);
	for (unsigned i = 0; p->reader && i < PANEL_WORKERS; i++) {
		p->workers[i] = desk_start(url, true, p->start.vault[i], &error);
		if (!p->workers[i])
			break;
	}
	if (p->reader && p->workers[PANEL_WORKERS - 1])
		return true;
	log_line(LOG_ERROR, "panel_store_failed", (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(error.text)) }, 1);
	return false;
}

static void watch_begin(struct panel *p)
{
	const struct conf *c = &p->start.q->settings->conf;
	struct watch_settings s = {
		.store = c->store_url, .writer = p->start.q->writer,
		.resolver = zg_slice_eq(c->resolver, ZG_S("system")) ? ZG_S("") : c->resolver,
		.spf_include = c->spf_include, .report_address = c->report_address, .told = on_told, .ctx = p,
	};
	const char *why = "";

	p->world.watch = watch_start(&s, &why);
	if (!p->world.watch)
		log_line(LOG_ERROR, "watch_failed", (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(why)) }, 1);
}

/* The first run's link, once, where nobody is there to sign in. */
static void setup_tell(struct panel *p)
{
	struct store_error error;
	struct store *s;
	char code[PEOPLE_SETUP_CODE], path[64];
	struct zg_buf b = zg_buf_of(path, sizeof(path));
	struct house h = { .vault = -1, .actor = { ZG_S("zegel"), ZG_S("local"), clock_unix() } };

	if (store_open(p->start.q->settings->conf.store_url, STORE_WRITE, &s, &error) != STORE_OK)
		return;		/* the desks said why */
	h.store = s;
	if (people_setup_code(&h, code) == HOUSE_OK) {
		zg_buf_put(&b, ZG_S("/setup?code="));
		zg_buf_put(&b, zg_slice_of(code, sizeof(code)));
		log_line(LOG_INFO, "setup", (struct log_field[]){ LOG_TEXT("open", zg_buf_slice(&b)) }, 1);
	}
	store_close(s);
}

/* The listeners of one kind. */
static bool httpd_begin(struct panel *p, bool is_tls)
{
	static const struct httpd_calls calls = { on_body_most, on_request, on_gone, on_refusal };
	const struct settings *c = p->start.q->settings;
	struct httpd_settings s = { .tls = is_tls ? c->http_tls : NULL, .is_trusted_proxy = on_proxy,
		.connections_most = CONNECTIONS_MOST, .one_most = ONE_MOST };
	int fds[LISTENERS_MOST];
	size_t count = 0;

	for (size_t i = 0; i < p->start.count && i < LISTENERS_MOST; i++)
		if ((c->conf.http_listen[i].tls != CONF_TLS_NONE) == is_tls)
			fds[count++] = p->start.listeners[i];
	if (!count)
		return true;
	p->httpd[is_tls] = httpd_new(&p->start.q->loop, fds, count, &s, &calls, p);
	return p->httpd[is_tls] != NULL;
}

static void on_opening(uv_timer_t *t)
{
	struct panel *p = t->data;

	p->is_open = true;
	if (!desks_start(p))
		_exit(1);		/* the parent starts it anew */
	(void)uv_timer_start(&p->heart, on_heart, HEART, HEART);	/* fails only without a callback */
	watch_begin(p);
	setup_tell(p);
	if (httpd_begin(p, false) && httpd_begin(p, true))
		return;
	log_line(LOG_ERROR, "panel_failed", (struct log_field[]){ LOG_TEXT("error", ZG_SI("the listeners of [http] cannot be used")) }, 1);
	_exit(1);
}

struct panel *panel_new(const struct panel_start *s)
{
	struct panel *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->start = *s;
	zg_list_init(&p->streams);
	if (!s->count)
		return p;	/* no pages: the workers' channels stay unused */
	p->world = (struct page_world){ .guard = people_guard_new(), .once = once_new(), .mailer = mailer_new(s->q), .is_dev = s->is_dev };
	if (!p->world.guard || !p->world.once || !p->world.mailer)
		return NULL;
	p->heart.data = p;
	(void)uv_timer_init(&s->q->loop, &p->heart);	/* always 0 */
	(void)uv_timer_start(&p->heart, on_opening, OPENING, 0);	/* fails only without a callback */
	return p;
}

void panel_settings(struct panel *p)
{
	const struct settings *s = p->start.q->settings;

	if (p->httpd[1] && s->http_tls)
		httpd_tls(p->httpd[1], s->http_tls);
	if (p->world.watch)
		watch_settings_set(p->world.watch, s->conf.spf_include, s->conf.report_address);
}

void panel_vault(struct panel *p, const int fds[PANEL_WORKERS])
{
	for (unsigned i = 0; i < PANEL_WORKERS; i++) {
		if (p->is_open) {
			desk_vault(p->workers[i], fds[i]);
			continue;
		}
		(void)close(p->start.vault[i]);		/* its vault is gone */
		p->start.vault[i] = fds[i];
	}
}

static void part_drained(void *ctx)
{
	struct panel *p = ctx;

	if (--p->draining == 0)
		p->drained(p->drained_ctx);
}

void panel_drain(struct panel *p, void (*done)(void *ctx), void *ctx)
{
	p->drained = done;
	p->drained_ctx = ctx;
	p->draining = 1;
	if (p->start.count && !p->is_open)
		(void)uv_timer_stop(&p->heart);		/* always 0 */
	for (size_t i = 0; i < 2; i++) {
		if (!p->httpd[i])
			continue;
		p->draining++;
		httpd_drain(p->httpd[i], part_drained, p);
	}
	part_drained(p);
}
