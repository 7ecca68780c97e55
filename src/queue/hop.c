/* hop.c - one connection to the next hop.
 *
 *   RESOLVE --addresses--> CONNECT --open--> [TLS] --> TALK <--DO_TEXT/text done--> TEXT
 *      |                      |                          |
 *      +------ failed --------+-------- lost, 421 -------+--> GONE: told once, freed when the connection is closed
 *
 * Invariants: (1) `gone` is told exactly once, and then no other call.  (2) a delivery that was lent is given back by result or
 * gone.  (3) one file read is under way at most; the struct is freed only when none is (is_reading) and the connection is
 * closed and no name is being resolved.  (4) a text that cannot be read is the matter of its message alone: its file is opened
 * before a word of it is said, and one that fails later ends the connection without blame on the route. */
#include "queue/hop.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "io/log.h"
#include "mail/dot.h"

#define WAIT_CONNECT 30000u	/* ms */
#define WAIT_REPLY 300000u	/* ms, RFC 5321 4.5.3.2 */
#define WAIT_FINAL 600000u	/* ms for the reply to the text */
#define WAIT_IDLE 20000u	/* ms that a connection is kept without work */
#define OUT_SIZE 4096u
#define PIECE 65536u		/* octets of a file at a time */
#define VIEWS 64u		/* of a message in one write */
#define UNSENT_MOST 131072u	/* octets that may wait for the kernel before the next piece */

enum hop_state { HOP_RESOLVE, HOP_CONNECT, HOP_TALK, HOP_READY, HOP_TEXT, HOP_GONE };

struct hop {
	struct queue_loop *q;
	struct settings *settings;
	const struct hop_calls *calls;
	void *owner;
	enum hop_state state;
	uv_getaddrinfo_t resolve;
	struct addrinfo *addresses, *next;
	struct conn *conn;
	uv_timer_t timer;
	struct zg_smtp_client smtp;
	struct delivery *delivery;
	unsigned served, readies;
	bool is_engine, is_resolving, is_reading, is_timer_closed, has_reply, is_quitting;
	/* the text on its way */
	bool bol;
	int fd;
	uint64_t left;		/* octets of the file that are not read so far */
	uv_fs_t read;
	char *piece;
	char out[OUT_SIZE];
	char kept[OUT_SIZE];	/* octets of a reply that is not whole */
	size_t kept_n;
};

static void step(struct hop *h, struct zg_slice in);

/* --- ends ---------------------------------------------------------------------------------------------------- */

static void try_free(struct hop *h)
{
	if (h->state != HOP_GONE || h->conn || h->is_resolving || h->is_reading || !h->is_timer_closed)
		return;
	if (h->addresses)
		uv_freeaddrinfo(h->addresses);
	settings_unref(h->settings);
	free(h->piece);
	free(h);
}

static void on_timer_closed(uv_handle_t *t)
{
	struct hop *h = t->data;

	h->is_timer_closed = true;
	try_free(h);
}

static void file_close(struct hop *h)
{
	if (h->fd >= 0 && !h->is_reading) {
		(void)close(h->fd);	/* only read */
		h->fd = -1;
	}
}

/* Invariant 1: the one place that says so.  why NULL: in order. */
static void hop_gone(struct hop *h, const struct zg_smtp_outcome *why)
{
	struct delivery *d = h->delivery;
	bool is_kept_dead;

	if (h->state == HOP_GONE)
		return;
	if (h->is_quitting)
		why = NULL;	/* who is asked to go may do so without a word */
	is_kept_dead = d && h->served && !h->has_reply;
	if (d && h->is_engine)
		zg_smtp_client_lost(&h->smtp, why ? why->text : ZG_S("the connection was lost"));
	h->state = HOP_GONE;
	h->delivery = NULL;
	uv_close((uv_handle_t *)&h->timer, on_timer_closed);
	h->calls->gone(h->owner, h, d, why, is_kept_dead);
	file_close(h);
	if (h->conn)
		conn_close(h->conn);
	else
		try_free(h);
}

static void fail(struct hop *h, struct zg_slice text)
{
	struct zg_smtp_outcome why = { .text = text };

	hop_gone(h, &why);
}

/* The text on its way cannot be read on, and cannot be taken back but by the end of the connection. */
static void spoil(struct hop *h, const char *why)
{
	log_line(LOG_ERROR, "body_unreadable", (struct log_field[]){ LOG_TEXT("file", h->delivery->mail->m.spool),
		 LOG_TEXT("error", zg_slice_cstr(why)) }, 2);
	zg_smtp_client_lost(&h->smtp, ZG_S("the message's text cannot be read from the disk; the operator finds why in the log"));
	hop_gone(h, NULL);
}

static void on_patience(uv_timer_t *t)
{
	struct hop *h = t->data;

	if (h->state == HOP_READY) {	/* gone is told first, so that no mail is handed to one that says goodbye */
		struct zg_slice quit = ZG_S("QUIT\r\n");

		conn_write(h->conn, &quit, 1);
		hop_gone(h, NULL);
	} else if (h->state == HOP_CONNECT && h->next && h->conn) {
		conn_abort(h->conn, "no connection within 30 s");	/* the next address follows */
	} else {
		fail(h, h->state == HOP_CONNECT ? ZG_S("no connection within 30 s") : ZG_S("no reply in time"));
	}
}

static void wait_for(struct hop *h, uint64_t ms)
{
	(void)uv_timer_start(&h->timer, on_patience, ms, 0);	/* fails only without a callback */
}

/* --- the text ------------------------------------------------------------------------------------------------ */

/* Views on their way, so that a message is one write: head, text and what the engine says after them. */
struct views {
	struct zg_slice v[VIEWS];
	size_t count;
};

static void views_send(struct hop *h, struct views *w)
{
	if (w->count)
		conn_write(h->conn, w->v, w->count);
	w->count = 0;
}

static void text_piece(struct hop *h, struct views *w, struct zg_slice s)
{
	while (s.n) {
		size_t used;

		if (w->count == VIEWS)
			views_send(h, w);
		w->count += zg_dot_stuff(s, &h->bol, w->v + w->count, VIEWS - w->count, &used);
		s = zg_slice_sub(s, used, s.n);
	}
}

/* w: what waits to be sent before the end.  The caller steps on. */
static void text_done(struct hop *h, struct views *w)
{
	file_close(h);
	h->delivery->is_unsure = true;
	zg_smtp_client_text_done(&h->smtp);
	h->state = HOP_TALK;
	wait_for(h, WAIT_FINAL);
	if (w->count == VIEWS)
		views_send(h, w);
	w->v[w->count++] = zg_slice_of(h->smtp.out.p, h->smtp.out.n);
	views_send(h, w);
	h->smtp.out.n = 0;
}

static void file_next(struct hop *h);

static void on_file(uv_fs_t *req)
{
	struct hop *h = req->data;
	struct views w = { .count = 0 };
	ssize_t n = req->result;

	uv_fs_req_cleanup(req);
	h->is_reading = false;
	if (h->state == HOP_GONE) {
		file_close(h);
		try_free(h);
	} else if (n < 0) {
		spoil(h, uv_strerror((int)n));
	} else if ((uint64_t)n > h->left || (n == 0 && h->left)) {
		spoil(h, "its length has changed");
	} else if (n == 0) {
		text_done(h, &w);
		step(h, zg_slice_of(h->kept, h->kept_n));
	} else {
		h->left -= (uint64_t)n;
		wait_for(h, WAIT_REPLY);
		text_piece(h, &w, zg_slice_of(h->piece, (size_t)n));
		views_send(h, &w);
		if (conn_unsent(h->conn) < UNSENT_MOST)
			file_next(h);
	}
}

/* Asks for the next piece of the file; on_drained does so where the kernel was slow. */
static void file_next(struct hop *h)
{
	uv_buf_t buf = uv_buf_init(h->piece, PIECE);
	int rc;

	if (h->is_reading)
		return;
	h->read.data = h;
	rc = uv_fs_read(&h->q->loop, &h->read, h->fd, &buf, 1, -1, on_file);
	h->is_reading = rc == 0;
	if (rc < 0)
		spoil(h, uv_strerror(rc));
}

/* Opens the file of d's text; NULL, or what is wrong. */
static const char *file_open(struct hop *h, const struct delivery *d)
{
	const struct store_message *m = &d->mail->m;
	char path[1024];
	struct zg_buf b = zg_buf_of(path, sizeof(path) - 1);
	struct stat st;

	zg_buf_put(&b, zg_slice_cstr(h->q->spool_folder));
	zg_buf_putc(&b, '/');
	zg_buf_put(&b, m->spool);
	path[b.n] = '\0';
	if (!h->piece)
		h->piece = malloc(PIECE);
	if (!h->piece || b.is_full)
		return "no memory";
	h->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);	/* whatever stands there: no waiting */
	if (h->fd < 0 || fstat(h->fd, &st) < 0)
		return uv_strerror(uv_translate_sys_error(errno));
	h->left = m->size - m->head.n;
	return S_ISREG(st.st_mode) && (uint64_t)st.st_size == h->left ? NULL : "it has not the length that was taken";
}

/* The text of d, where it lies in a file, can be read: else its outcomes say why not. */
static bool text_ready(struct hop *h, struct delivery *d)
{
	const char *why = d->mail->m.spool.n ? file_open(h, d) : NULL;
	struct zg_buf b;

	if (!why)
		return true;
	file_close(h);
	log_line(LOG_ERROR, "body_missing", (struct log_field[]){ LOG_TEXT("file", d->mail->m.spool),
		 LOG_TEXT("error", zg_slice_cstr(why)) }, 2);
	for (size_t i = 0; i < d->smtp.count; i++) {
		b = zg_buf_of(d->smtp.texts[i], sizeof(d->smtp.texts[i]));
		zg_buf_put(&b, ZG_S("the message's text cannot be read from the disk: "));
		zg_buf_put(&b, zg_slice_cstr(why));
		d->smtp.outcomes[i] = (struct zg_smtp_outcome){ .text = zg_buf_slice(&b) };
	}
	return false;
}

static void text_begin(struct hop *h)
{
	const struct store_message *m = &h->delivery->mail->m;
	struct views w = { .count = 0 };

	h->state = HOP_TEXT;
	h->bol = true;
	wait_for(h, WAIT_REPLY);
	text_piece(h, &w, m->head);
	text_piece(h, &w, m->body);
	if (m->spool.n) {
		views_send(h, &w);
		file_next(h);
	} else {
		text_done(h, &w);
	}
}

/* --- the dialogue -------------------------------------------------------------------------------------------- */

static void send_out(struct hop *h)
{
	struct zg_slice out = zg_slice_of(h->smtp.out.p, h->smtp.out.n);

	if (out.n)
		conn_write(h->conn, &out, 1);
	h->smtp.out.n = 0;
}

/* One action of the engine; false when the dialogue waits. */
static bool act(struct hop *h, enum zg_smtp_action action)
{
	struct delivery *d = h->delivery;
	bool has_sent = h->smtp.out.n > 0;

	send_out(h);
	switch (action) {
	case ZG_SMTP_DO_READ:
		return has_sent;	/* with room in out the engine may have more to say */
	case ZG_SMTP_DO_TLS:
		if (!h->settings->smarthost_tls || conn_tls(h->conn, h->settings->smarthost_tls, false, h->settings->conf.smarthost_host) < 0)
			fail(h, ZG_S("TLS cannot be started"));
		return false;
	case ZG_SMTP_DO_SEND:
		if (h->state == HOP_READY)
			return false;
		h->state = HOP_READY;
		h->readies++;
		wait_for(h, WAIT_IDLE);
		h->calls->ready(h->owner, h);
		return false;
	case ZG_SMTP_DO_TEXT:
		text_begin(h);
		return h->state == HOP_TALK;
	case ZG_SMTP_DO_RESULT:
		file_close(h);		/* a message that was refused before its text */
		h->delivery = NULL;
		h->served++;
		h->calls->result(h->owner, h, d);
		return true;
	case ZG_SMTP_DO_CLOSE:
		hop_gone(h, zg_smtp_client_fault(&h->smtp));
		return false;
	}
	return false;
}

/* Lets the engine go on as far as it can. */
static void step(struct hop *h, struct zg_slice in)
{
	while (h->state != HOP_GONE && h->state != HOP_TEXT && act(h, zg_smtp_client_next(&h->smtp, &in)))
		;
	if (h->state == HOP_GONE)
		return;
	if (in.n > sizeof(h->kept)) {
		fail(h, ZG_S("a reply is too long"));
		return;
	}
	if (in.n)
		memmove(h->kept, in.p, in.n);
	h->kept_n = in.n;
}

static void on_read(struct conn *c, struct zg_slice bytes)
{
	struct hop *h = conn_owner(c);

	h->has_reply = true;
	while (bytes.n && h->state != HOP_GONE) {
		size_t n = sizeof(h->kept) - h->kept_n < bytes.n ? sizeof(h->kept) - h->kept_n : bytes.n;

		if (n == 0) {
			fail(h, ZG_S("a reply is too long"));
			return;
		}
		memcpy(h->kept + h->kept_n, bytes.p, n);
		h->kept_n += n;
		bytes = zg_slice_sub(bytes, n, bytes.n);
		if (h->state != HOP_TEXT)	/* a reply before the text ended waits until it has */
			step(h, zg_slice_of(h->kept, h->kept_n));
		else if (bytes.n)
			return;
	}
}

static void on_drained(struct conn *c)
{
	struct hop *h = conn_owner(c);

	if (h->state == HOP_TEXT && h->fd >= 0)
		file_next(h);
}

static void engine_start(struct hop *h)
{
	const struct conf *conf = &h->settings->conf;
	struct zg_smtp_client_opts o = {
		.hostname = conf->hostname, .user = conf->smarthost_user, .password = h->settings->smarthost_password,
		.is_tls = conf->smarthost_tls == CONF_SMARTHOST_IMPLICIT,
		.is_clear_auth_allowed = conf->smarthost_tls == CONF_SMARTHOST_NONE,	/* the operator said so in so many words */
	};

	if (conf->smarthost_tls == CONF_SMARTHOST_VERIFY || conf->smarthost_tls == CONF_SMARTHOST_ENCRYPT)
		o.tls = ZG_SMTP_TLS_MUST;
	else if (conf->smarthost_tls == CONF_SMARTHOST_MAY)
		o.tls = ZG_SMTP_TLS_MAY;
	zg_smtp_client_init(&h->smtp, &o, h->out, sizeof(h->out));
	h->is_engine = true;
	h->state = HOP_TALK;
	wait_for(h, WAIT_REPLY);
}

static void on_open(struct conn *c)
{
	struct hop *h = conn_owner(c);

	if (h->state == HOP_GONE)
		return;
	if (h->is_engine) {
		zg_smtp_client_tls(&h->smtp);
		step(h, ZG_S(""));
	} else if (h->settings->conf.smarthost_tls == CONF_SMARTHOST_IMPLICIT && !conn_tls_version(c)) {
		if (conn_tls(c, h->settings->smarthost_tls, false, h->settings->conf.smarthost_host) < 0)
			fail(h, ZG_S("TLS cannot be started"));
	} else {
		engine_start(h);
		step(h, ZG_S(""));
	}
}

static void call_next(struct hop *h);

static void on_closed(struct conn *c, const char *why)
{
	struct hop *h = conn_owner(c);

	h->conn = NULL;
	if (h->state == HOP_CONNECT && h->next)
		call_next(h);
	else if (h->state == HOP_READY)
		hop_gone(h, NULL);
	else
		fail(h, why[0] ? zg_slice_cstr(why) : ZG_S("the connection was closed"));
	try_free(h);
}

/* --- beginning ----------------------------------------------------------------------------------------------- */

static void call_next(struct hop *h)
{
	static const struct conn_calls calls = { on_open, on_read, on_drained, on_closed };
	struct addrinfo *a = h->next;

	h->state = HOP_CONNECT;
	h->next = a->ai_next;
	wait_for(h, WAIT_CONNECT);
	h->conn = conn_call(&h->q->loop, a->ai_addr, &calls, h);
	if (!h->conn)
		fail(h, ZG_S("no memory"));
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct hop *h = req->data;

	h->is_resolving = false;
	h->addresses = h->next = found;
	if (h->state == HOP_GONE)
		try_free(h);
	else if (status < 0 || !found)
		fail(h, ZG_S("the smarthost's name has no address"));
	else
		call_next(h);
}

static int resolve(struct hop *h)
{
	const struct conf *conf = &h->settings->conf;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char host[256], port[8];
	struct zg_buf b = zg_buf_of(host, sizeof(host) - 1), p = zg_buf_of(port, sizeof(port) - 1);

	zg_buf_put(&b, conf->smarthost_host);
	zg_buf_put_uint(&p, conf->smarthost_port);
	host[b.n] = '\0';
	port[p.n] = '\0';
	h->resolve.data = h;
	h->is_resolving = !b.is_full && uv_getaddrinfo(&h->q->loop, &h->resolve, on_resolved, host, port, &hints) == 0;
	return h->is_resolving ? 0 : -1;
}

struct hop *hop_new(struct queue_loop *q, struct settings *settings, const struct hop_calls *calls, void *owner)
{
	struct hop *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->q = q;
	h->settings = settings_ref(settings);
	h->calls = calls;
	h->owner = owner;
	h->fd = -1;
	h->timer.data = h;
	if (resolve(h) < 0) {
		settings_unref(h->settings);
		free(h);
		return NULL;
	}
	(void)uv_timer_init(&q->loop, &h->timer);	/* always 0 */
	return h;
}

unsigned hop_readies(const struct hop *h)
{
	return h->readies;
}

bool hop_send(struct hop *h, struct delivery *d)
{
	delivery_name(d, h->settings->conf.smarthost_host, conn_tls_version(h->conn));
	if (!text_ready(h, d))
		return false;
	h->delivery = d;
	h->state = HOP_TALK;
	h->has_reply = false;
	wait_for(h, WAIT_REPLY);
	zg_smtp_client_mail(&h->smtp, &d->smtp);
	step(h, ZG_S(""));
	return true;
}

void hop_quit(struct hop *h)
{
	h->state = HOP_TALK;
	h->is_quitting = true;
	zg_smtp_client_quit(&h->smtp);
	step(h, ZG_S(""));
	if (h->state != HOP_GONE)
		wait_for(h, WAIT_CONNECT);
}
