/* httpd.c - connections that ask, one request at a time.
 *
 *   accept -> HEAD --head whole--> BODY --body whole--> ASKED --http_reply--> REPLY --taken--> IDLE --an octet--> HEAD ...
 *              |                    |                     |                     +-- is_last --> LAST -> closed
 *              +------ refuse ------+----> REPLY          +--http_stream--> STREAM ----ended--> LAST
 *
 * Invariants, at every return to the loop: (1) c->x is the request that is read or answered: NULL in IDLE, HEAD, REPLY and
 * LAST.  (2) c->w is the reply that is written: NULL but in REPLY and STREAM.  (3) the timer runs but in ASKED, and in
 * STREAM while nothing ends it.  (4) octets of a next request wait in `in`, and stop the reading at HTTPD_HEAD_MOST.  (5)
 * h lives while it has connections, requests that are held, or handles. */
#include "io/httpd.h"
#include <stdlib.h>
#include <string.h>
#include "base/list.h"
#include "io/conn.h"
#include "io/httpd_own.h"
#include "io/httpd_peer.h"
#include "io/httpd_writer.h"

#define ACCEPTS 16		/* at one listener before others have their turn */
#define REST 100u		/* ms without accepting where descriptors or memory are short */
#define DRAIN_STREAM 1000u	/* ms for a stream to end */
#define UNSENT_MOST 65536u	/* octets of a reply that wait for the client, before libmicrohttpd waits */
#define HEAVY 8192u		/* octets read at once that make an idle connection give its pages back */

enum http_state { HTTP_IDLE, HTTP_HEAD, HTTP_BODY, HTTP_ASKED, HTTP_REPLY, HTTP_STREAM, HTTP_LAST };

struct http_listener {
	struct httpd *h;
	uv_poll_t poll;
	int fd;
	bool is_open;
};

struct httpd {
	uv_loop_t *loop;
	struct httpd_settings settings;
	struct tls_config *tls;
	struct httpd_calls calls;
	void *ctx;
	struct http_press *press;
	struct zg_list conns, orphans;	/* orphans: streams that began when their client had gone */
	size_t count, held;		/* connections; requests held whose client went */
	uv_timer_t rest;
	unsigned handles;
	bool is_resting, is_draining, is_ending;
	void (*done)(void *ctx);
	void *done_ctx;
	size_t listeners_count;
	struct http_listener listeners[];
};

struct http_conn {
	struct zg_list node;
	struct httpd *h;
	struct conn *conn;
	uv_timer_t timer;
	enum http_state state;
	struct http_memory in;
	struct http_scan scan;
	struct http_exchange *x;
	struct http_writer *w;
	struct sockaddr_storage peer;
	bool is_last, is_heavy, is_secure;
};

static void turn(struct http_conn *c);
static void end_if_done(struct httpd *h);
static void on_rest(uv_timer_t *t);

/* --- deadlines ----------------------------------------------------------------------------------------------- */

static void refuse(struct http_conn *c, int status);
static void finish(struct http_conn *c);

static void on_time(uv_timer_t *t)
{
	struct http_conn *c = t->data;

	switch (c->state) {
	case HTTP_HEAD:
		if (c->in.n > 0)
			refuse(c, 408);
		else
			finish(c);
		break;
	case HTTP_BODY:
		refuse(c, 408);
		break;
	case HTTP_IDLE:
		finish(c);
		break;
	case HTTP_ASKED:
	case HTTP_REPLY:
	case HTTP_STREAM:
	case HTTP_LAST:
		conn_abort(c->conn, "the reply was not taken");
		break;
	}
}

/* The door to a new state, and its time; 0: no limit. */
static void enter(struct http_conn *c, enum http_state state, unsigned ms)
{
	c->state = state;
	if (ms)
		(void)uv_timer_start(&c->timer, on_time, ms, 0);	/* fails only without a callback */
	else
		(void)uv_timer_stop(&c->timer);	/* always 0 */
}

/* --- replies ------------------------------------------------------------------------------------------------- */

/* No request follows; what the client still says is not heard. */
static void finish(struct http_conn *c)
{
	enter(c, HTTP_LAST, 0);
	http_memory_free(&c->in);
	conn_linger(c->conn);
}

/* The reply was taken whole. */
static void next(struct http_conn *c)
{
	if (c->is_last || c->h->is_draining) {
		finish(c);
		return;
	}
	if (c->in.n == 0 && c->is_heavy)
		http_memory_free(&c->in);
	c->is_heavy = false;
	enter(c, HTTP_IDLE, HTTPD_IDLE_TIME);
	turn(c);
}

static void on_reply_bytes(void *owner, struct zg_slice bytes)
{
	struct http_conn *c = owner;
	size_t unsent;

	conn_write(c->conn, &bytes, 1);
	unsent = conn_unsent(c->conn);
	if (c->state == HTTP_STREAM && unsent + http_writer_unsent(c->w) > HTTPD_STREAM_MOST)
		conn_abort(c->conn, "the client does not read");
	else if (c->state == HTTP_REPLY && unsent > UNSENT_MOST)
		http_writer_pause(c->w);
}

static void stream_over(struct http_exchange *x)
{
	x->h->calls.gone(x->h->ctx, &x->q);
	http_exchange_free(x);
}

static void on_reply_end(void *owner, bool is_whole)
{
	struct http_conn *c = owner;
	struct http_exchange *x = c->x;

	c->w = NULL;
	c->x = NULL;
	if (x)	/* a stream's */
		stream_over(x);
	if (!is_whole)
		conn_abort(c->conn, "the reply could not be written");
	else if (c->state == HTTP_STREAM)
		finish(c);
	else if (conn_unsent(c->conn) == 0)
		next(c);
}

static const struct http_writer_calls writer_calls = { on_reply_bytes, on_reply_end };

/* Begins to write; where a field cannot stand in a head, or memory is short, a bare 500 goes out. */
static void write_reply(struct http_conn *c, const struct http_order *o)
{
	static const struct http_reply failed = { .status = 500, .is_static = true, .is_last = true };
	struct http_order bare = { .is_old = o->is_old, .peer = o->peer, .reply = &failed };

	c->w = http_writer_new(c->h->press, o, &writer_calls, c);
	if (c->w)
		return;
	c->is_last = true;
	if (!o->is_stream)
		c->w = http_writer_new(c->h->press, &bare, &writer_calls, c);
	if (!c->w)
		conn_abort(c->conn, "no memory for a reply");
}

/* A reply of our own, the last of the connection. */
static void refuse(struct http_conn *c, int status)
{
	struct httpd *h = c->h;
	struct zg_slice text = h->calls.refusal ? h->calls.refusal(h->ctx, (unsigned)status) : ZG_S("");
	bool is_html = text.n && text.p[0] == '<';
	struct http_pair type = { ZG_S("Content-Type"), is_html ? ZG_S("text/html; charset=utf-8") : ZG_S("text/plain; charset=utf-8") };
	struct http_reply r = { .status = (unsigned)status, .fields = &type, .fields_count = 1, .body = text, .is_static = true,
		.is_last = true };
	struct http_order o = { .is_head = c->x && c->x->is_head, .is_old = c->x && c->x->is_old, .peer = &c->peer, .reply = &r };

	http_exchange_free(c->x);
	c->x = NULL;
	c->is_last = true;
	http_memory_wipe(&c->in);
	enter(c, HTTP_REPLY, HTTPD_SEND_TIME);
	write_reply(c, &o);
}

/* A request that was held and whose client went is answered: nobody hears it. */
static void orphan_free(struct http_exchange *x)
{
	struct httpd *h = x->h;

	http_exchange_free(x);
	h->held--;
	end_if_done(h);
}

void http_reply(struct http_request *q, const struct http_reply *r)
{
	struct http_exchange *x = http_exchange_of(q);
	struct http_conn *c = x->c;
	struct http_reply own = *r;
	struct http_order o = { .is_head = x->is_head, .is_old = x->is_old, .reply = &own };

	if (!c) {
		orphan_free(x);
		return;
	}
	c->is_last = own.is_last = r->is_last || x->is_last || c->h->is_draining;
	o.peer = &c->peer;
	c->x = NULL;
	enter(c, HTTP_REPLY, HTTPD_SEND_TIME);
	write_reply(c, &o);
	http_exchange_free(x);
}

void http_hold(struct http_request *q)
{
	http_exchange_of(q)->is_held = true;
}

/* --- streams ------------------------------------------------------------------------------------------------- */

void http_stream(struct http_request *q, const struct http_pair *fields, size_t count)
{
	struct http_exchange *x = http_exchange_of(q);
	struct http_conn *c = x->c;
	struct http_reply r = { .status = 200, .fields = fields, .fields_count = count, .is_last = true };
	struct http_order o = { .is_head = x->is_head, .is_old = x->is_old, .is_stream = true, .reply = &r };

	x->is_stream = true;
	x->is_held = false;
	if (!c) {	/* gone() is the loop's to call */
		(void)uv_timer_start(&x->h->rest, on_rest, 0, 0);	/* fails only without a callback */
		zg_list_push(&x->h->orphans, &x->node);
		return;
	}
	c->is_last = true;
	o.peer = &c->peer;
	enter(c, HTTP_STREAM, 0);
	write_reply(c, &o);
	if (c->h->is_draining)
		http_stream_end(q);
}

void http_stream_put(struct http_request *q, struct zg_slice bytes)
{
	struct http_conn *c = http_exchange_of(q)->c;

	if (!c || !c->w)
		return;
	if (http_writer_put(c->w, bytes) < 0 || http_writer_unsent(c->w) + conn_unsent(c->conn) > HTTPD_STREAM_MOST)
		conn_abort(c->conn, "the client does not read");
}

void http_stream_end(struct http_request *q)
{
	struct http_conn *c = http_exchange_of(q)->c;

	if (!c || !c->w)
		return;
	http_writer_finish(c->w);
	enter(c, HTTP_STREAM, c->h->is_draining ? DRAIN_STREAM : HTTPD_SEND_TIME);
}

/* --- requests ------------------------------------------------------------------------------------------------ */

static void ask(struct http_conn *c)
{
	struct http_exchange *x = c->x;

	enter(c, HTTP_ASKED, 0);
	x->is_asked = true;
	c->h->calls.request(c->h->ctx, &x->q);
}

/* The head is whole: what may its body be? */
static void body_begin(struct http_conn *c)
{
	static const struct zg_slice go_on = ZG_SI("HTTP/1.1 100 Continue\r\n\r\n");
	struct http_exchange *x = c->x;
	bool has_body = x->is_chunked || x->left > 0;

	x->h = c->h;
	x->c = c;
	x->q.peer = c->peer;
	x->q.is_secure = c->is_secure;
	http_peer_forwarded(&x->q, &c->h->settings, c->h->ctx);
	enter(c, HTTP_BODY, HTTPD_BODY_TIME);
	if (has_body)
		x->most = c->h->calls.body_most(c->h->ctx, &x->q);
	if (x->left > x->most)
		refuse(c, 413);
	else if (has_body && x->is_continue && c->in.n == 0)
		conn_write(c->conn, &go_on, 1);
}

/* Both say whether there is more to do. */
static bool head_step(struct http_conn *c)
{
	struct http_head head;
	struct zg_slice in = zg_slice_of(c->in.p, c->in.n);
	int n = http_scan(&c->scan, in, &head), rc = -n;

	if (n == 0)
		return false;
	if (n > 0)
		rc = http_exchange_new(zg_slice_sub(in, 0, (size_t)n), &head, &c->x);
	if (rc) {
		refuse(c, rc);
		return false;
	}
	http_memory_drop(&c->in, (size_t)n);
	c->scan = (struct http_scan){ 0, 0, 0, false };
	body_begin(c);
	return true;
}

static bool body_step(struct http_conn *c)
{
	struct zg_slice in = zg_slice_of(c->in.p, c->in.n);
	int rc = http_exchange_feed(c->x, &in);

	http_memory_drop(&c->in, c->in.n - in.n);
	if (rc < 0)
		refuse(c, -rc);
	else if (rc > 0)
		ask(c);
	return rc > 0;
}

static void turn(struct http_conn *c)
{
	bool is_moving = true;

	while (is_moving) {
		if (c->state == HTTP_IDLE && c->in.n > 0)
			enter(c, HTTP_HEAD, HTTPD_HEAD_TIME);
		if (c->state == HTTP_HEAD)
			is_moving = head_step(c);
		else if (c->state == HTTP_BODY)
			is_moving = body_step(c);
		else
			is_moving = false;
	}
	if (c->in.n >= HTTPD_HEAD_MOST)
		conn_pause(c->conn);
	else
		conn_resume(c->conn);
}

/* --- connections --------------------------------------------------------------------------------------------- */

static void on_open(struct conn *conn)
{
	(void)conn;	/* TLS is there; its time is the head's */
}

static void on_read(struct conn *conn, struct zg_slice bytes)
{
	struct http_conn *c = conn_owner(conn);
	int rc = c->is_last ? 0 : http_memory_put(&c->in, bytes);

	if (bytes.n > HEAVY)
		c->is_heavy = true;
	explicit_bzero((char *)(uintptr_t)bytes.p, bytes.n);	/* the loop's scratch, which is read no more */
	if (rc < 0)
		conn_abort(conn, "no memory");
	else if (!c->is_last)
		turn(c);
}

static void on_drained(struct conn *conn)
{
	struct http_conn *c = conn_owner(conn);

	if (c->w)
		http_writer_resume(c->w);
	else if (c->state == HTTP_REPLY)
		next(c);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct http_conn *c = handle->data;
	struct httpd *h = c->h;

	free(c);
	h->handles--;
	end_if_done(h);
}

/* The client is no more: what becomes of its request. */
static void request_lost(struct http_exchange *x)
{
	x->c = NULL;
	if (x->is_held)
		x->h->held++;
	else if (x->is_asked)
		stream_over(x);
	else
		http_exchange_free(x);
}

static void listeners_poll(struct httpd *h);

static void on_closed(struct conn *conn, const char *why)
{
	struct http_conn *c = conn_owner(conn);
	struct httpd *h = c->h;

	(void)why;	/* clients come and go */
	if (c->w)
		http_writer_stop(c->w);
	c->w = NULL;
	if (c->x)
		request_lost(c->x);
	http_memory_free(&c->in);
	zg_list_drop(&c->node);
	h->count--;
	uv_close((uv_handle_t *)&c->timer, on_timer_closed);
	listeners_poll(h);
}

static const struct conn_calls conn_calls = { on_open, on_read, on_drained, on_closed };

static bool is_one_too_many(struct httpd *h, const struct http_conn *c)
{
	size_t same = 0;

	if (!h->settings.one_most || (h->settings.is_trusted_proxy && h->settings.is_trusted_proxy(h->ctx, &c->peer)))
		return false;
	for (struct zg_list *l = h->conns.next; l != &h->conns; l = l->next)
		same += http_peer_is_same(&ZG_LIST_OF(l, struct http_conn, node)->peer, &c->peer);
	return same > h->settings.one_most;
}

static void conn_begin(struct http_conn *c)
{
	struct httpd *h = c->h;

	c->peer = *conn_peer(c->conn);
	http_peer_plain(&c->peer);
	(void)uv_timer_init(h->loop, &c->timer);	/* always 0 */
	c->timer.data = c;
	h->handles++;
	h->count++;
	zg_list_push(&h->conns, &c->node);
	enter(c, HTTP_HEAD, HTTPD_HEAD_TIME);
	c->is_secure = h->tls != NULL;
	if (is_one_too_many(h, c))
		conn_abort(c->conn, "too many connections of one address");
	else if (h->tls && conn_tls(c->conn, h->tls, true, ZG_S("")) < 0)
		conn_abort(c->conn, "no memory for TLS");
	else if (!h->tls)
		conn_resume(c->conn);
}

/* --- listeners ----------------------------------------------------------------------------------------------- */

static void on_rest(uv_timer_t *t)
{
	struct httpd *h = t->data;
	struct zg_list *node;

	h->is_resting = false;
	listeners_poll(h);
	while ((node = zg_list_pop(&h->orphans)) != NULL) {
		struct http_exchange *x = ZG_LIST_OF(node, struct http_exchange, node);

		h->calls.gone(h->ctx, &x->q);
		http_exchange_free(x);
		h->held--;
	}
	end_if_done(h);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct http_listener *l = poll->data;
	struct httpd *h = l->h;
	int error = 0;

	(void)status;	/* accept tells */
	(void)events;
	for (int i = 0; i < ACCEPTS && error == 0 && (!h->settings.connections_most || h->count < h->settings.connections_most); i++) {
		struct http_conn *c = calloc(1, sizeof(*c));

		error = UV_ENOMEM;
		if (c) {
			c->h = h;
			c->conn = conn_accept(h->loop, l->fd, &conn_calls, c, &error);
		}
		if (!c || !c->conn) {
			free(c);
			break;
		}
		error = 0;
		conn_begin(c);
	}
	if (error == UV_EMFILE || error == UV_ENFILE || error == UV_ENOMEM || error == UV_ENOBUFS) {
		h->is_resting = true;
		(void)uv_timer_start(&h->rest, on_rest, REST, 0);	/* fails only without a callback */
	}
	listeners_poll(h);
}

/* Takes connections while there is room for them. */
static void listeners_poll(struct httpd *h)
{
	bool is_wanted = !h->is_draining && !h->is_resting &&
		(!h->settings.connections_most || h->count < h->settings.connections_most);

	for (size_t i = 0; i < h->listeners_count; i++) {
		struct http_listener *l = &h->listeners[i];

		if (h->is_draining || l->is_open == is_wanted)
			continue;
		l->is_open = is_wanted;
		if (is_wanted)
			(void)uv_poll_start(&l->poll, UV_READABLE, on_listener);	/* fails only for bad events */
		else
			(void)uv_poll_stop(&l->poll);	/* always 0 */
	}
}

/* --- beginning and end --------------------------------------------------------------------------------------- */

static void on_press_gone(void *ctx)
{
	struct httpd *h = ctx;
	void (*done)(void *) = h->done;
	void *done_ctx = h->done_ctx;

	tls_config_free(h->tls);
	free(h);
	if (done)
		done(done_ctx);
}

static void on_rest_closed(uv_handle_t *handle)
{
	struct httpd *h = handle->data;

	http_press_free(h->press, on_press_gone, h);
}

static void end_if_done(struct httpd *h)
{
	if (!h->is_draining || h->is_ending || h->count || h->held || h->handles)
		return;
	h->is_ending = true;
	uv_close((uv_handle_t *)&h->rest, on_rest_closed);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct http_listener *l = handle->data;

	l->h->handles--;
	end_if_done(l->h);
}

void httpd_drain(struct httpd *h, void (*done)(void *ctx), void *ctx)
{
	struct zg_list *l, *after;

	if (h->is_draining)
		return;
	h->is_draining = true;
	h->done = done;
	h->done_ctx = ctx;
	for (l = h->conns.next; l != &h->conns; l = after) {
		struct http_conn *c = ZG_LIST_OF(l, struct http_conn, node);

		after = l->next;
		if (c->state == HTTP_IDLE || (c->state == HTTP_HEAD && c->in.n == 0))
			finish(c);
		else if (c->state == HTTP_STREAM)
			http_stream_end(&c->x->q);
	}
	for (size_t i = 0; i < h->listeners_count; i++)
		uv_close((uv_handle_t *)&h->listeners[i].poll, on_listener_closed);
	end_if_done(h);
}

void httpd_tls(struct httpd *h, struct tls_config *tls)
{
	struct tls_config *own = tls ? tls_config_ref(tls) : NULL;

	if (tls && !own)
		return;	/* without memory the old one serves on */
	tls_config_free(h->tls);
	h->tls = own;
}

static struct httpd *httpd_alloc(uv_loop_t *loop, size_t count, const struct httpd_settings *settings)
{
	struct httpd *h = calloc(1, sizeof(*h) + count * sizeof(h->listeners[0]));

	if (!h)
		return NULL;
	h->loop = loop;
	h->settings = *settings;
	h->tls = settings->tls ? tls_config_ref(settings->tls) : NULL;
	h->press = !settings->tls || h->tls ? http_press_new(loop) : NULL;
	if (!h->press) {
		tls_config_free(h->tls);
		free(h);
		return NULL;
	}
	zg_list_init(&h->conns);
	zg_list_init(&h->orphans);
	(void)uv_timer_init(loop, &h->rest);	/* always 0 */
	h->rest.data = h;
	return h;
}

struct httpd *httpd_new(uv_loop_t *loop, const int *listeners, size_t count, const struct httpd_settings *settings,
			const struct httpd_calls *calls, void *ctx)
{
	struct httpd *h = httpd_alloc(loop, count, settings);

	if (!h)
		return NULL;
	h->calls = *calls;
	h->ctx = ctx;
	for (size_t i = 0; i < count; i++) {
		struct http_listener *l = &h->listeners[i];

		l->h = h;
		l->fd = listeners[i];
		if (uv_poll_init(loop, &l->poll, l->fd) < 0) {
			httpd_drain(h, NULL, NULL);
			return NULL;
		}
		l->poll.data = l;
		h->listeners_count++;
		h->handles++;
	}
	listeners_poll(h);
	return h;
}
