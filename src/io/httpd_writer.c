/* httpd_writer.c - libmicrohttpd as the writer of replies.
 *
 *   near (ours) --"GET / HTTP/1.1"--> far (its own) -> on_asked: the response is queued -> on_completed
 *   end() <-- near is read empty <-------------------------------------------------------------+
 *
 * Invariants: (1) by_far[fd] is the writer whose far end fd is, until its reply is complete or it is stopped.  (2) a
 * writer is freed when it is not in use, its response was given back by libmicrohttpd and its handle is closed (`holds`).
 * (3) MHD_run is never entered from inside of itself: the callbacks of libmicrohttpd only take notes, `finished` is gone
 * through behind it. */
#include "io/httpd_writer.h"
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/ascii.h"
#include "base/list.h"

/* Octets of a connection; above 32 KiB they would be mapped, and the faults of new pages cost more than all else. */
#define POOL 32768u
#define BLOCK 4096u		/* of a stream */
#define CONNECTIONS 100000u	/* the limit that counts is httpd's */
#define TURNS 4			/* of MHD_run before others have theirs */
#define FIELD_MOST 8192u

struct http_press {
	uv_loop_t *loop;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	struct http_writer **by_far;
	size_t by_far_count;
	struct zg_list finished;	/* of writers: complete, near not read empty yet */
	unsigned handles;
	void (*done)(void *ctx);
	void *ctx;
	char scratch[16384];
};

static void on_timer(uv_timer_t *t);

struct http_writer {
	struct zg_list node;
	struct http_press *p;
	const struct http_writer_calls *calls;
	void *owner;
	uv_poll_t poll;			/* of near */
	int near, far;
	unsigned holds, status;
	bool is_over, is_paused, is_complete, is_whole;
	struct MHD_Response *response;
	struct MHD_Connection *connection;
	bool is_asleep;			/* suspended, because a stream has nothing to write */
	bool is_finished;
	struct zg_slice pending;	/* of a stream, on the heap */
};

static void let_go(struct http_writer *w)
{
	if (--w->holds)
		return;
	if (w->pending.p)
		explicit_bzero((char *)(uintptr_t)w->pending.p, w->pending.n);	/* our own block */
	free((char *)(uintptr_t)w->pending.p);
	free(w);
}

static void on_poll_closed(uv_handle_t *handle)
{
	let_go(handle->data);
}

static void wake(struct http_writer *w)
{
	if (!w->is_asleep)
		return;
	w->is_asleep = false;
	MHD_resume_connection(w->connection);
	(void)uv_timer_start(&w->p->timer, on_timer, 0, 0);	/* its descriptor does not tell of those that were resumed */
}

/* No callbacks any more, and libmicrohttpd sees its client gone. */
static void retire(struct http_writer *w)
{
	if (w->is_over)
		return;
	w->is_over = true;
	if (w->p->by_far[w->far] == w)	/* the descriptor may be another's by now */
		w->p->by_far[w->far] = NULL;
	zg_list_drop(&w->node);
	if (w->response)	/* never queued */
		MHD_destroy_response(w->response);
	w->response = NULL;
	wake(w);
	(void)uv_poll_stop(&w->poll);	/* always 0 */
	close(w->near);
	uv_close((uv_handle_t *)&w->poll, on_poll_closed);
	let_go(w);
}

void http_writer_stop(struct http_writer *w)
{
	retire(w);
}

/* Gives on what libmicrohttpd wrote. */
static void near_read(struct http_writer *w)
{
	struct http_press *p = w->p;
	ssize_t n = 1;
	size_t used = 0;

	w->holds++;
	while (!w->is_over && !w->is_paused && n > 0) {
		n = recv(w->near, p->scratch, sizeof(p->scratch), MSG_DONTWAIT);
		if (n > 0 && (size_t)n > used)
			used = (size_t)n;
		if (n > 0)
			w->calls->bytes(w->owner, zg_slice_of(p->scratch, (size_t)n));
	}
	explicit_bzero(p->scratch, used);
	if (!w->is_over && !w->is_paused && (w->is_complete || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
		bool is_whole = w->is_complete && w->is_whole;

		retire(w);
		w->calls->end(w->owner, is_whole);
	}
	let_go(w);
}

static void on_near(uv_poll_t *poll, int status, int events)
{
	(void)events;
	(void)status;	/* the read tells */
	near_read(poll->data);
}

void http_writer_pause(struct http_writer *w)
{
	if (w->is_paused || w->is_over)
		return;
	w->is_paused = true;
	(void)uv_poll_stop(&w->poll);	/* always 0 */
}

void http_writer_resume(struct http_writer *w)
{
	if (!w->is_paused || w->is_over)
		return;
	w->is_paused = false;
	(void)uv_poll_start(&w->poll, UV_READABLE, on_near);	/* it was started before */
	if (w->is_complete) {	/* nothing may be left there to wake us */
		zg_list_drop(&w->node);
		zg_list_push(&w->p->finished, &w->node);
		(void)uv_timer_start(&w->p->timer, on_timer, 0, 0);	/* fails only without a callback */
	}
}

/* --- the daemon in the loop ---------------------------------------------------------------------------------- */

static void press_run(struct http_press *p)
{
	MHD_UNSIGNED_LONG_LONG wait = 1;
	struct zg_list *node;
	int turns = 0;

	do {
		(void)MHD_run(p->daemon);	/* MHD_NO: not in this mode */
		if (MHD_get_timeout(p->daemon, &wait) == MHD_NO)
			wait = UINT64_MAX;
	} while (wait == 0 && ++turns < TURNS);
	while ((node = zg_list_pop(&p->finished)) != NULL)
		near_read(ZG_LIST_OF(node, struct http_writer, node));
	if (wait == UINT64_MAX)
		(void)uv_timer_stop(&p->timer);	/* always 0 */
	else
		(void)uv_timer_start(&p->timer, on_timer, wait, 0);	/* fails only without a callback */
}

static void on_timer(uv_timer_t *t)
{
	press_run(t->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;	/* an epoll descriptor has no errors of its own */
	(void)events;
	press_run(poll->data);
}

static struct http_writer *writer_of(struct http_press *p, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info && info->connect_fd >= 0 && (size_t)info->connect_fd < p->by_far_count ? p->by_far[info->connect_fd] : NULL;
}

static enum MHD_Result on_asked(void *cls, struct MHD_Connection *c, const char *url, const char *method,
				const char *version, const char *upload, size_t *upload_n, void **request)
{
	struct http_writer *w = writer_of(cls, c);
	enum MHD_Result rc;

	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_n;
	if (!w || !w->response)
		return MHD_NO;
	w->connection = c;
	if (!*request) {	/* a response at the first call is one before the request's end, and closes */
		*request = w;
		return MHD_YES;
	}
	rc = MHD_queue_response(c, w->status, w->response);
	MHD_destroy_response(w->response);	/* it is counted by the connection now */
	w->response = NULL;
	return rc;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode code)
{
	struct http_writer *w = writer_of(cls, c);

	if (!w || *request != w || w->is_over || w->is_complete)
		return;
	w->is_complete = true;
	w->is_whole = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	if (!w->is_paused) {
		zg_list_drop(&w->node);
		zg_list_push(&w->p->finished, &w->node);
	}
}

struct http_press *http_press_new(uv_loop_t *loop)
{
	struct http_press *p = calloc(1, sizeof(*p));
	const union MHD_DaemonInfo *info;

	if (!p)
		return NULL;
	p->loop = loop;
	zg_list_init(&p->finished);
	p->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_asked, p, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_NOTIFY_COMPLETED, on_completed, p, MHD_OPTION_END);
	info = p->daemon ? MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info || uv_poll_init(loop, &p->poll, info->epoll_fd) < 0) {
		if (p->daemon)
			MHD_stop_daemon(p->daemon);
		free(p);
		return NULL;
	}
	(void)uv_timer_init(loop, &p->timer);	/* always 0 */
	p->poll.data = p->timer.data = p;
	p->handles = 2;
	(void)uv_poll_start(&p->poll, UV_READABLE, on_poll);	/* the descriptor was taken a moment ago */
	return p;
}

static void on_press_closed(uv_handle_t *handle)
{
	struct http_press *p = handle->data;

	if (--p->handles)
		return;
	MHD_stop_daemon(p->daemon);
	free(p->by_far);
	if (p->done)
		p->done(p->ctx);
	free(p);
}

void http_press_free(struct http_press *p, void (*done)(void *ctx), void *ctx)
{
	p->done = done;
	p->ctx = ctx;
	uv_close((uv_handle_t *)&p->poll, on_press_closed);
	uv_close((uv_handle_t *)&p->timer, on_press_closed);
}

/* --- responses ----------------------------------------------------------------------------------------------- */

static ssize_t on_stream(void *cls, uint64_t at, char *p, size_t most)
{
	struct http_writer *w = cls;
	char *pending = (char *)(uintptr_t)w->pending.p;	/* our own block */
	size_t n = most < w->pending.n ? most : w->pending.n;

	(void)at;
	if (w->is_over)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > 0) {
		memcpy(p, pending, n);
		w->pending.n -= n;
		memmove(pending, pending + n, w->pending.n);
		return (ssize_t)n;
	}
	if (w->is_finished)
		return MHD_CONTENT_READER_END_OF_STREAM;
	w->is_asleep = true;
	MHD_suspend_connection(w->connection);
	return 0;
}

static void on_stream_freed(void *cls)
{
	let_go(cls);
}

int http_writer_put(struct http_writer *w, struct zg_slice bytes)
{
	char *grown = w->is_over || w->is_finished ? NULL : realloc((char *)(uintptr_t)w->pending.p, w->pending.n + bytes.n + 1);

	if (!grown)
		return -1;
	if (bytes.n)
		memcpy(grown + w->pending.n, bytes.p, bytes.n);
	w->pending = zg_slice_of(grown, w->pending.n + bytes.n);
	wake(w);
	return 0;
}

size_t http_writer_unsent(const struct http_writer *w)
{
	return w->pending.n;
}

void http_writer_finish(struct http_writer *w)
{
	w->is_finished = true;
	wake(w);
}

static bool field_add(struct MHD_Response *r, const struct http_pair *f)
{
	char name[64], *value;
	bool is_added;

	for (size_t i = 0; i < f->value.n; i++)
		if (zg_ascii_is_cntrl(f->value.p[i]))
			return false;
	if (f->name.n >= sizeof(name) || f->value.n > FIELD_MOST)
		return false;
	value = malloc(f->value.n + 1);
	if (!value)
		return false;
	memcpy(name, f->name.p, f->name.n);
	name[f->name.n] = '\0';
	if (f->value.n)
		memcpy(value, f->value.p, f->value.n);
	value[f->value.n] = '\0';
	is_added = MHD_add_response_header(r, name, value) == MHD_YES;
	explicit_bzero(value, f->value.n);
	free(value);
	return is_added;
}

static bool response_make(struct http_writer *w, const struct http_order *o)
{
	static const struct http_pair last = { ZG_SI("Connection"), ZG_SI("close") };
	const struct http_reply *r = o->reply;
	void *body = (void *)(uintptr_t)(r->body.n ? r->body.p : "");	/* it is only read */
	bool is_sound = true;

	if (o->is_stream) {
		w->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_stream, w, on_stream_freed);
		w->holds += w->response ? 1 : 0;
	} else {
		w->response = MHD_create_response_from_buffer(r->body.n, body, r->is_static ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
	}
	if (!w->response)
		return false;
	w->status = r->status;
	for (size_t i = 0; i < r->fields_count && is_sound; i++)
		is_sound = field_add(w->response, &r->fields[i]);
	if (is_sound && (r->is_last || o->is_stream || o->is_old))
		is_sound = field_add(w->response, &last);
	return is_sound;
}

/* --- beginning ----------------------------------------------------------------------------------------------- */

static bool far_note(struct http_press *p, struct http_writer *w)
{
	size_t count = p->by_far_count;

	if ((size_t)w->far >= count) {
		struct http_writer **grown;

		count = (size_t)w->far * 2 + 1;
		grown = realloc(p->by_far, count * sizeof(*grown));
		if (!grown)
			return false;
		memset(grown + p->by_far_count, 0, (count - p->by_far_count) * sizeof(*grown));
		p->by_far = grown;
		p->by_far_count = count;
	}
	p->by_far[w->far] = w;
	return true;
}

static struct http_writer *writer_open(struct http_press *p)
{
	struct http_writer *w = calloc(1, sizeof(*w));
	int pair[2];

	if (!w)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
		free(w);
		return NULL;
	}
	w->p = p;
	w->near = pair[0];
	w->far = pair[1];
	zg_list_init(&w->node);
	w->poll.data = w;
	if (!far_note(p, w) || uv_poll_init(p->loop, &w->poll, w->near) < 0) {
		if ((size_t)w->far < p->by_far_count)
			p->by_far[w->far] = NULL;
		close(pair[0]);
		close(pair[1]);
		free(w);
		return NULL;
	}
	w->holds = 2;	/* in use; the handle */
	return w;
}

/* What libmicrohttpd is asked: no octet of it is a client's. */
static struct zg_slice question(const struct http_order *o)
{
	if (o->is_old)
		return o->is_head ? ZG_S("HEAD / HTTP/1.0\r\nHost: h\r\n\r\n") : ZG_S("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
	return o->is_head ? ZG_S("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n") : ZG_S("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

struct http_writer *http_writer_new(struct http_press *p, const struct http_order *o, const struct http_writer_calls *calls,
				    void *owner)
{
	struct http_writer *w = writer_open(p);
	struct zg_slice q = question(o);
	socklen_t n = o->peer->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (!w)
		return NULL;
	w->calls = calls;
	w->owner = owner;
	if (!response_make(w, o) || (o->is_stream && http_writer_put(w, o->reply->body) < 0) ||
	    send(w->near, q.p, q.n, MSG_NOSIGNAL) != (ssize_t)q.n || uv_poll_start(&w->poll, UV_READABLE, on_near) < 0) {
		close(w->far);
		retire(w);
		return NULL;
	}
	if (MHD_add_connection(p->daemon, w->far, (const struct sockaddr *)o->peer, n) != MHD_YES) {	/* which closed far */
		retire(w);
		return NULL;
	}
	(void)uv_timer_start(&p->timer, on_timer, 0, 0);	/* fails only without a callback */
	return w;
}
