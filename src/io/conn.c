/* conn.c - a TCP connection on libuv, with OpenSSL between when it is under TLS.
 *
 *   CONNECTING --connected--> OPEN --conn_tls--> HANDSHAKE --done--> OPEN
 *        |                     |                     |
 *        +------------------ CLOSING <---------------+     (conn_close: when all is sent; conn_abort: at once)
 *                              |
 *                            CLOSED: uv_close is under way; closed() and free come from its callback
 *
 * Invariants: (1) after CLOSED no callback but closed().  (2) `queue` holds exactly the octets that conn_write was given and the
 * kernel has not taken; one uv_write is under way when it is not empty.  (3) nothing is read while paused: the
 * first octets that come then find no memory, which stops the reading (so a pause before which none come costs no system
 * call); in TLS, records that were fed wait in the BIO until resume, which posts itself to the loop. */
#include "io/conn.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOSE_PATIENCE 10000	/* ms to send what is left */
#define LINGER_PATIENCE 2000	/* ms for the peer to end too */

enum conn_state { CONN_CONNECTING, CONN_OPEN, CONN_HANDSHAKE, CONN_CLOSING, CONN_CLOSED };

/* Octets on their way into the kernel: one block a uv_write. */
struct outgoing {
	uv_write_t req;
	struct conn *conn;
	size_t n;
	char b[];
};

struct conn {
	uv_tcp_t tcp;
	uv_timer_t timer;	/* closing; and the turn after resume under TLS */
	uv_connect_t connect;
	uv_shutdown_t end;
	const struct conn_calls *calls;
	void *owner;
	struct tls *tls;
	enum conn_state state;
	bool is_paused, is_reading, is_lingering;
	unsigned handles;	/* libuv handles that are not closed */
	size_t unsent;
	const char *why;
	char why_tls[TLS_WHY];
	struct sockaddr_storage peer;
};

static void on_gone(uv_handle_t *h)
{
	struct conn *c = h->data;

	if (--c->handles)
		return;
	c->calls->closed(c, c->why ? c->why : "");
	tls_free(c->tls);
	free(c);
}

static void shut(struct conn *c, const char *why)
{
	if (c->state == CONN_CLOSED)
		return;
	c->state = CONN_CLOSED;
	if (!c->why)
		c->why = why;
	uv_close((uv_handle_t *)&c->tcp, on_gone);
	uv_close((uv_handle_t *)&c->timer, on_gone);
}

void conn_abort(struct conn *c, const char *why)
{
	shut(c, why);
}

static void on_patience(uv_timer_t *t)
{
	shut(t->data, "");
}

void conn_close(struct conn *c)
{
	if (c->state >= CONN_CLOSING)
		return;
	if (c->state != CONN_OPEN) {
		shut(c, "");
		return;
	}
	if (c->tls) {
		tls_end(c->tls);
		conn_write(c, NULL, 0);
	}
	if (c->state == CONN_CLOSED)
		return;
	c->state = CONN_CLOSING;
	if (c->is_reading)
		(void)uv_read_stop((uv_stream_t *)&c->tcp);	/* always 0 */
	c->is_reading = false;
	if (c->unsent == 0)
		shut(c, "");
	else
		(void)uv_timer_start(&c->timer, on_patience, CLOSE_PATIENCE, 0);	/* fails only without a callback */
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static void on_written(uv_write_t *req, int status)
{
	struct outgoing *o = req->data;
	struct conn *c = o->conn;

	c->unsent -= o->n;
	free(o);
	if (c->state == CONN_CLOSED)
		return;
	if (status < 0) {
		shut(c, uv_strerror(status));
	} else if (c->unsent == 0) {
		if (c->state == CONN_CLOSING && !c->is_lingering)
			shut(c, "");
		else if (c->state != CONN_CLOSING)
			c->calls->drained(c);
	}
}

/* Gives octets to libuv that the kernel did not take. */
static void queue_add(struct conn *c, struct zg_slice s)
{
	struct outgoing *o = malloc(sizeof(*o) + s.n);
	uv_buf_t buf;
	int rc;

	if (!o) {
		shut(c, "no memory");
		return;
	}
	o->req.data = o;
	o->conn = c;
	o->n = s.n;
	memcpy(o->b, s.p, s.n);
	buf = uv_buf_init(o->b, (unsigned)s.n);
	rc = uv_write(&o->req, (uv_stream_t *)&c->tcp, &buf, 1, on_written);
	if (rc < 0) {
		free(o);
		shut(c, uv_strerror(rc));
		return;
	}
	c->unsent += s.n;
}

#define VIEWS 64u	/* views in one system call */

static void send_views(struct conn *c, const struct zg_slice *v, size_t count)
{
	uv_buf_t bufs[VIEWS];
	size_t sent = 0, n = count < VIEWS ? count : VIEWS;
	int rc = UV_EAGAIN;

	for (size_t i = 0; i < n; i++)
		bufs[i] = uv_buf_init((char *)(uintptr_t)v[i].p, (unsigned)v[i].n);	/* libuv does not write there */
	if (c->unsent == 0 && n)
		rc = uv_try_write((uv_stream_t *)&c->tcp, bufs, (unsigned)n);
	if (rc < 0 && rc != UV_EAGAIN) {
		shut(c, uv_strerror(rc));
		return;
	}
	sent = rc > 0 ? (size_t)rc : 0;
	for (size_t i = 0; i < count && c->state != CONN_CLOSED; i++) {
		struct zg_slice rest = zg_slice_sub(v[i], sent < v[i].n ? sent : v[i].n, v[i].n);

		sent -= v[i].n - rest.n;
		if (c->unsent == 0 && rest.n && i >= n) {	/* more views than one call takes */
			send_views(c, v + i, count - i);
			return;
		}
		if (rest.n)
			queue_add(c, rest);
	}
}

/* What TLS made goes to the wire. */
static void send_records(struct conn *c)
{
	struct conn_loop *l = c->tcp.loop->data;
	struct zg_slice s = { l->scratch, 0 };

	while (c->state != CONN_CLOSED && (s.n = tls_drain(c->tls, l->scratch, sizeof(l->scratch))) > 0)
		send_views(c, &s, 1);
}

void conn_write(struct conn *c, const struct zg_slice *v, size_t count)
{
	if (c->state == CONN_CLOSED || c->state == CONN_CLOSING)
		return;
	if (!c->tls) {
		send_views(c, v, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (tls_write(c->tls, v[i]) < 0) {
			shut(c, "TLS failed");
			return;
		}
	send_records(c);
}

size_t conn_unsent(const struct conn *c)
{
	return c->unsent;
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static bool wants_reading(const struct conn *c)
{
	return (c->state == CONN_OPEN && !c->is_paused) || c->state == CONN_HANDSHAKE || c->is_lingering;
}

static void on_memory(uv_handle_t *h, size_t wanted, uv_buf_t *ret)
{
	struct conn_loop *l = h->loop->data;

	(void)wanted;
	*ret = uv_buf_init(l->scratch, wants_reading(h->data) ? sizeof(l->scratch) : 0);
}

/* Gives what TLS holds to the owner, as long as it wants more. */
static void read_plain(struct conn *c)
{
	struct conn_loop *l = c->tcp.loop->data;

	while (c->state == CONN_OPEN && !c->is_paused) {
		int n = tls_read(c->tls, l->plain, sizeof(l->plain));

		if (n < 0) {
			memcpy(c->why_tls, tls_why(c->tls), TLS_WHY);
			send_records(c);
			shut(c, c->why_tls);
			return;
		}
		if (n == 0)
			break;
		c->calls->read(c, zg_slice_of(l->plain, (size_t)n));
	}
	if (c->state != CONN_CLOSED)
		send_records(c);
}

static void handshake(struct conn *c)
{
	int rc = tls_handshake(c->tls);

	send_records(c);
	if (c->state == CONN_CLOSED)
		return;
	if (rc < 0) {
		memcpy(c->why_tls, tls_why(c->tls), TLS_WHY);
		shut(c, c->why_tls);
	} else if (rc > 0) {
		c->state = CONN_OPEN;
		c->calls->open(c);
		if (c->state == CONN_OPEN)
			read_plain(c);
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;
	struct zg_slice got = { buf->base, n > 0 ? (size_t)n : 0 };

	if (n == 0 || c->state == CONN_CLOSED)
		return;
	if (n == UV_ENOBUFS) {
		(void)uv_read_stop(stream);	/* always 0 */
		c->is_reading = false;
		return;
	}
	if (n < 0) {
		shut(c, n == UV_EOF ? "" : uv_strerror((int)n));
		return;
	}
	if (c->is_lingering)
		return;
	if (!c->tls) {
		c->calls->read(c, got);
		return;
	}
	if (tls_feed(c->tls, got) < 0) {
		shut(c, "no memory");
		return;
	}
	if (c->state == CONN_HANDSHAKE)
		handshake(c);
	else
		read_plain(c);
}

static void reading_begin(struct conn *c)
{
	if (c->is_reading || !wants_reading(c))
		return;
	c->is_reading = true;
	if (uv_read_start((uv_stream_t *)&c->tcp, on_memory, on_read) < 0)
		shut(c, "it cannot be read");
}

static void on_end(uv_shutdown_t *req, int status)
{
	struct conn *c = req->data;

	if (status < 0)
		shut(c, uv_strerror(status));
}

void conn_linger(struct conn *c)
{
	if (c->state >= CONN_CLOSING)
		return;
	if (c->state != CONN_OPEN) {
		shut(c, "");
		return;
	}
	if (c->tls) {
		tls_end(c->tls);
		send_records(c);
	}
	if (c->state == CONN_CLOSED)
		return;
	c->state = CONN_CLOSING;
	c->is_lingering = true;
	c->end.data = c;
	(void)uv_timer_start(&c->timer, on_patience, c->unsent ? CLOSE_PATIENCE : LINGER_PATIENCE, 0);	/* never fails with a callback */
	if (uv_shutdown(&c->end, (uv_stream_t *)&c->tcp, on_end) < 0)
		shut(c, "");
	else
		reading_begin(c);
}

void conn_pause(struct conn *c)
{
	c->is_paused = true;
}

static void on_turn(uv_timer_t *t)
{
	struct conn *c = t->data;

	if (c->state == CONN_OPEN)
		read_plain(c);
}

void conn_resume(struct conn *c)
{
	if (c->state == CONN_CLOSED || !c->is_paused)
		return;
	c->is_paused = false;
	reading_begin(c);
	if (c->tls && c->state == CONN_OPEN)
		(void)uv_timer_start(&c->timer, on_turn, 0, 0);	/* fails only without a callback */
}

/* --- beginning ----------------------------------------------------------------------------------------------- */

static struct conn *conn_new(uv_loop_t *loop, const struct conn_calls *calls, void *owner)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (uv_tcp_init(loop, &c->tcp) < 0) {
		free(c);
		return NULL;
	}
	(void)uv_timer_init(loop, &c->timer);	/* always 0 */
	c->tcp.data = c->timer.data = c->connect.data = c;
	c->handles = 2;
	c->calls = calls;
	c->owner = owner;
	c->is_paused = true;
	return c;
}

static void forget(struct conn *c);

struct conn *conn_accept(uv_loop_t *loop, int listener, const struct conn_calls *calls, void *owner, int *ret_error)
{
	socklen_t n = sizeof(struct sockaddr_storage);
	struct sockaddr_storage peer;
	int fd = accept4(listener, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *c;

	if (fd < 0) {
		*ret_error = uv_translate_sys_error(errno);
		return NULL;
	}
	c = conn_new(loop, calls, owner);
	if (!c || uv_tcp_open(&c->tcp, fd) < 0) {
		close(fd);
		if (c)
			forget(c);
		*ret_error = UV_ENOMEM;
		return NULL;
	}
	(void)uv_tcp_nodelay(&c->tcp, 1);	/* without it a connection only is slower */
	c->peer = peer;
	c->state = CONN_OPEN;
	return c;
}

static void on_connected(uv_connect_t *req, int status)
{
	struct conn *c = req->data;

	if (c->state == CONN_CLOSED)
		return;
	if (status < 0) {
		shut(c, uv_strerror(status));
		return;
	}
	(void)uv_tcp_nodelay(&c->tcp, 1);	/* without it a connection only is slower */
	c->state = CONN_OPEN;
	c->is_paused = false;
	reading_begin(c);
	c->calls->open(c);
}

struct conn *conn_call(uv_loop_t *loop, const struct sockaddr *to, const struct conn_calls *calls, void *owner)
{
	struct conn *c = conn_new(loop, calls, owner);
	size_t n = to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (!c)
		return NULL;
	memcpy(&c->peer, to, n);
	if (uv_tcp_connect(&c->connect, &c->tcp, to, on_connected) < 0)
		shut(c, "no connection can be made");
	return c;
}

/* A connection that was never given out. */
static void on_forgotten(uv_handle_t *h)
{
	struct conn *c = h->data;

	if (--c->handles == 0)
		free(c);
}

static void forget(struct conn *c)
{
	c->state = CONN_CLOSED;
	uv_close((uv_handle_t *)&c->tcp, on_forgotten);
	uv_close((uv_handle_t *)&c->timer, on_forgotten);
}

void *conn_owner(const struct conn *c)
{
	return c->owner;
}

const struct sockaddr_storage *conn_peer(const struct conn *c)
{
	return &c->peer;
}

int conn_tls(struct conn *c, struct tls_config *config, bool is_server, struct zg_slice host)
{
	if (c->state != CONN_OPEN || c->tls)
		return -1;
	c->tls = tls_new(config, is_server, host);
	if (!c->tls)
		return -1;
	c->state = CONN_HANDSHAKE;
	c->is_paused = false;
	reading_begin(c);
	if (!is_server && tls_handshake(c->tls) == 0)	/* the client speaks first; a failure shows at the answer */
		send_records(c);
	return 0;
}

const char *conn_tls_version(const struct conn *c)
{
	return c->tls ? tls_version(c->tls) : NULL;
}
