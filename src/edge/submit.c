/* submit.c - SMTP sessions.
 *
 *   bytes -> pump: engine --event--> act --now or later--> answer -> engine ... -> out -> connection
 *
 * Invariants: (1) while an answer is owed (asked != ASK_NOTHING) or the spool is full (is_stopped) the connection is paused and
 * what was pushed but not used stands in `kept`.  (2) a session is in `sessions` in the order of its last word, so the first
 * is the idlest.  (3) a session is freed when its connection is closed and no login is under way.  (4) a login that succeeded
 * holds while the house stands as it was: after a change of it the next MAIL waits until the credential was seen again. */
#include "edge/submit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "base/secret.h"
#include "edge/peer.h"
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"
#include "queue/accept.h"

#define TICK 1000u		/* ms between looks at idle sessions */
#define UNSENT_MOST 65536u	/* octets of replies that a client may leave unread and still be heard */
#define LISTENERS_MOST 64u
#define ARENA_LOGIN 65536u

enum ask { ASK_NOTHING, ASK_LOGIN, ASK_SENDER, ASK_END };

struct submit {
	struct queue_loop *q;
	struct guard *guard;
	struct zg_list sessions;
	size_t count;
	struct door {
		uv_poll_t poll;
		struct submit *submit;
		int fd;
		bool is_shut;
		size_t number;
	} doors[LISTENERS_MOST];
	size_t doors_count;
	uv_timer_t tick;
	bool is_draining;
	void (*drained)(void *ctx);
	void *drained_ctx;
};

struct session {
	struct zg_list node;
	struct submit *submit;
	struct conn *conn;
	struct settings *settings;
	struct zg_smtp_server smtp;
	struct accept *accept;
	struct login *login;		/* under way */
	uint64_t last;			/* ms of its last whole command or piece of a message */
	uint64_t data_began;		/* ms of the last DATA */
	uint64_t company, credential;	/* of the login */
	uint64_t house;			/* the change number at which it was seen to hold */
	char *user;			/* its name */
	char *app;			/* what the credential is called; behind user */
	const struct conf_trusted *trusted;
	enum ask asked;
	bool is_pumping, is_stopped, is_choked, is_logged_in, is_esmtp, is_exempt, is_dev, is_tls_door, is_counted;
	char *kept;
	size_t kept_n;
	char *helo;
	char address[PEER_TEXT];
};

/* A login on its way through the reader; or a look whether one still holds, with the MAIL that waits for it. */
struct login {
	struct reader_job job;
	struct session *session;
	struct zg_arena arena;
	struct zg_slice user;
	struct zg_secret password;
	struct store_credential found;
	enum house_rc rc;
	uint64_t house;			/* the change number before it was read */
	struct zg_slice sender;
};

static void pump(struct session *s, struct zg_slice in);

static void drained_maybe(struct submit *u)
{
	if (u->is_draining && u->count == 0 && u->drained) {
		void (*done)(void *ctx) = u->drained;

		u->drained = NULL;
		done(u->drained_ctx);
	}
}

/* --- bytes out and in ---------------------------------------------------------------------------------------- */

/* The client said something whole: a command, or a piece of a message. */
static void heard(struct session *s)
{
	s->last = uv_now(&s->submit->q->loop);
	zg_list_drop(&s->node);
	zg_list_push(&s->submit->sessions, &s->node);
}

static void flush(struct session *s)
{
	struct zg_slice out = zg_slice_of(s->smtp.out.p, s->smtp.out.n);

	if (out.n)
		conn_write(s->conn, &out, 1);
	s->smtp.out.n = 0;
}

/* Keeps what the engine has not used; in may lie in kept itself. */
static void keep(struct session *s, struct zg_slice in)
{
	char *p;

	if (in.n == 0) {
		free(s->kept);
		s->kept = NULL;
	} else if (in.p >= s->kept && s->kept && in.p <= s->kept + s->kept_n) {
		memmove(s->kept, in.p, in.n);
	} else {
		p = malloc(in.n);
		if (!p) {
			conn_abort(s->conn, "no memory");
			return;
		}
		memcpy(p, in.p, in.n);
		free(s->kept);
		s->kept = p;
	}
	s->kept_n = in.n;
}

static void on_read(struct conn *c, struct zg_slice bytes)
{
	struct session *s = conn_owner(c);
	char *joined;

	if (!s->kept_n) {
		pump(s, bytes);
		return;
	}
	joined = malloc(s->kept_n + bytes.n);
	if (!joined) {
		conn_abort(c, "no memory");
		return;
	}
	memcpy(joined, s->kept, s->kept_n);
	memcpy(joined + s->kept_n, bytes.p, bytes.n);
	bytes = zg_slice_of(joined, s->kept_n + bytes.n);
	free(s->kept);
	s->kept = joined;
	s->kept_n = bytes.n;
	pump(s, bytes);
}

/* --- answers ------------------------------------------------------------------------------------------------- */

static void drop_mail(struct session *s)
{
	if (s->accept)
		accept_drop(s->accept);
	s->accept = NULL;
}

/* An answer that may have come later: the engine goes on with what was kept. */
static void answered(struct session *s)
{
	s->asked = ASK_NOTHING;
	if (s->is_pumping)
		return;
	pump(s, zg_slice_of(s->kept, s->kept_n));
}

static uint64_t house_now(const struct session *s)
{
	return atomic_load(&reader_changes(s->submit->q->reader)->house);
}

static void on_answer(void *owner, const struct accept_reply *r)
{
	struct session *s = owner;
	bool is_over = s->asked == ASK_END || r->code >= 300;

	zg_smtp_server_answer(&s->smtp, r->code, r->enhanced, r->text);
	if (is_over)
		drop_mail(s);
	answered(s);
}

static void on_room(void *owner)
{
	struct session *s = owner;

	s->is_stopped = false;
	if (!s->is_pumping)
		pump(s, zg_slice_of(s->kept, s->kept_n));
}

/* --- login --------------------------------------------------------------------------------------------------- */

static void login_read(struct reader_job *j, struct store *store)
{
	struct login *l = ZG_LIST_OF(j, struct login, job);

	l->rc = house_login(store, l->user, zg_slice_of(l->password.b, l->password.n), &l->arena, &l->found);
	zg_secret_wipe(&l->password);
}

static void login_free(struct login *l)
{
	zg_secret_wipe(&l->password);
	zg_arena_reset(&l->arena);
	free(l);
}

static void session_free(struct session *s);

/* Room for the name as long as the session lives; false without. */
static bool login_keep(struct session *s, const struct login *l)
{
	struct zg_slice app = l->found.name;
	char *user = malloc(l->user.n + app.n + 2);

	if (!user)
		return false;
	memcpy(user, l->user.p, l->user.n);	/* an empty one is nobody's */
	user[l->user.n] = '\0';
	s->app = user + l->user.n + 1;
	if (app.n)
		memcpy(s->app, app.p, app.n);
	s->app[app.n] = '\0';
	free(s->user);
	s->user = user;
	s->is_logged_in = true;
	s->company = l->found.company;
	s->credential = l->found.id;
	s->house = l->house;
	return true;
}

static void login_done(struct reader_job *j)
{
	struct login *l = ZG_LIST_OF(j, struct login, job);
	struct session *s = l->session;

	s->login = NULL;
	if (!s->conn) {
		session_free(s);
	} else if (l->rc == HOUSE_OK && login_keep(s, l)) {
		zg_smtp_server_answer(&s->smtp, 235, ZG_S("2.7.0"), ZG_S("welcome"));
		answered(s);
	} else {
		bool is_wrong = l->rc == HOUSE_NO_CREDENTIAL;

		log_line(LOG_WARNING, "login_failed", (struct log_field[]){ LOG_TEXT("client", zg_slice_cstr(s->address)),
			 LOG_TEXT("user", l->user), LOG_NUM("rc", l->rc) }, 3);
		zg_smtp_server_answer(&s->smtp, is_wrong ? 535 : 454, is_wrong ? ZG_S("5.7.8") : ZG_S("4.7.0"),
				      is_wrong ? ZG_S("user or password is wrong; the operator makes new ones with: zegel credential add") :
				      ZG_S("logins cannot be checked now; try again later"));
		answered(s);
	}
	login_free(l);
}

static struct login *login_new(struct session *s, struct zg_slice user)
{
	struct login *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	zg_arena_init(&l->arena, &io_heap, ARENA_LOGIN);
	l->user = zg_arena_dup(&l->arena, user);
	l->session = s;
	l->house = house_now(s);
	if (!l->arena.is_full)
		return l;
	login_free(l);
	return NULL;
}

static void login_ask(struct session *s, struct login *l, void (*read)(struct reader_job *j, struct store *store),
		      void (*done)(struct reader_job *j))
{
	l->job = (struct reader_job){ .read = read, .done = done, .back = &s->submit->q->mailbox };
	s->login = l;
	s->asked = ASK_LOGIN;
	reader_post(s->submit->q->reader, &l->job);
}

static void login_begin(struct session *s, const struct zg_smtp_ev *ev)
{
	struct login *l = login_new(s, ev->text);

	if (!l) {
		zg_smtp_server_answer(&s->smtp, 454, ZG_S("4.7.0"), ZG_S("no memory; try again later"));
		return;
	}
	l->password.b = (unsigned char *)zg_arena_bytes(&l->arena, ev->password.n);
	if (l->password.b) {
		l->password.n = l->password.cap = ev->password.n;
		if (ev->password.n)
			memcpy(l->password.b, ev->password.p, ev->password.n);
	}
	login_ask(s, l, login_read, login_done);
}

/* --- events -------------------------------------------------------------------------------------------------- */

static enum accept_right right_of(const struct session *s)
{
	if (s->is_logged_in || (!s->trusted && !s->is_dev))	/* the engine lets nobody else come this far */
		return ACCEPT_CREDENTIAL;
	if (s->trusted)
		return s->trusted->company.n ? ACCEPT_TRUSTED : ACCEPT_OWNER;
	return ACCEPT_DEV;
}

static void no_memory_for_mail(struct session *s)
{
	zg_smtp_server_answer(&s->smtp, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
	answered(s);
}

static void mail_begin(struct session *s, struct zg_slice sender)
{
	static const struct accept_calls calls = { on_answer, on_room };
	struct accept_client client = {
		.right = right_of(s), .company = s->company, .helo = zg_slice_cstr(s->helo), .address = zg_slice_cstr(s->address),
		.is_tls = conn_tls_version(s->conn) != NULL, .is_auth = s->is_logged_in, .is_esmtp = s->is_esmtp,
		.app = zg_slice_cstr(s->app), .tls = zg_slice_cstr(conn_tls_version(s->conn)),
	};

	if (client.right == ACCEPT_TRUSTED)
		client.company_slug = s->trusted->company;
	s->accept = accept_new(s->submit->q, &client, &calls, s);
	if (!s->accept) {
		no_memory_for_mail(s);
		return;
	}
	s->asked = ASK_SENDER;
	accept_sender(s->accept, sender);
}

static void look_read(struct reader_job *j, struct store *store)
{
	struct login *l = ZG_LIST_OF(j, struct login, job);
	enum store_rc rc = store_credential_get(store, l->user, &l->arena, &l->found);

	l->rc = rc == STORE_OK ? HOUSE_OK : rc == STORE_NOT_FOUND ? HOUSE_NO_CREDENTIAL : HOUSE_STORE;
}

/* The credential was removed: RFC 4954 6, authentication is not in force any more. */
static void login_over(struct session *s, const struct login *l)
{
	s->is_logged_in = false;
	log_line(LOG_WARNING, "login_over", (struct log_field[]){ LOG_TEXT("client", zg_slice_cstr(s->address)),
		 LOG_TEXT("user", l->user) }, 2);
	zg_smtp_server_answer(&s->smtp, 530, ZG_S("5.7.0"),
			      ZG_S("your login is no longer valid; connect again to log in with another one"));
	answered(s);
}

static void look_done(struct reader_job *j)
{
	struct login *l = ZG_LIST_OF(j, struct login, job);
	struct session *s = l->session;

	s->login = NULL;
	if (!s->conn) {
		session_free(s);
	} else if (l->rc == HOUSE_STORE) {
		zg_smtp_server_answer(&s->smtp, 451, ZG_S("4.3.0"), ZG_S("the database cannot be read now; try again later"));
		answered(s);
	} else if (l->rc != HOUSE_OK || l->found.id != s->credential || l->found.company != s->company) {
		login_over(s, l);
	} else {
		s->house = l->house;
		mail_begin(s, l->sender);
	}
	login_free(l);
}

static void look_begin(struct session *s, const struct zg_smtp_ev *ev)
{
	struct login *l = login_new(s, zg_slice_cstr(s->user));

	if (l)
		l->sender = zg_arena_dup(&l->arena, ev->text);
	if (!l || l->arena.is_full) {
		if (l)
			login_free(l);
		no_memory_for_mail(s);
		return;
	}
	login_ask(s, l, look_read, look_done);
}

static void on_mail(struct session *s, const struct zg_smtp_ev *ev)
{
	if (s->is_logged_in && s->house != house_now(s))
		look_begin(s, ev);
	else
		mail_begin(s, ev->text);
}

static void on_rcpt(struct session *s, const struct zg_smtp_ev *ev)
{
	if (accept_recipient(s->accept, ev->text))
		zg_smtp_server_answer(&s->smtp, 250, ZG_S("2.1.5"), ZG_S("recipient taken"));
	else
		zg_smtp_server_answer(&s->smtp, 452, ZG_S("4.3.1"), ZG_S("no memory; try again later"));
}

static void on_end(struct session *s)
{
	if (zg_smtp_server_refused(&s->smtp)) {
		const struct zg_smtp_reply *r = zg_smtp_server_refused(&s->smtp);

		log_line(LOG_INFO, "refused", (struct log_field[]){ LOG_NUM("code", r->code), LOG_TEXT("why", r->text),
			 LOG_TEXT("client", zg_slice_cstr(s->address)) }, 3);
		drop_mail(s);
		zg_smtp_server_answer_refused(&s->smtp);
		return;
	}
	s->asked = ASK_END;
	accept_end(s->accept);
}

static void on_helo(struct session *s, const struct zg_smtp_ev *ev)
{
	drop_mail(s);
	free(s->helo);
	s->is_esmtp = s->smtp.is_esmtp;
	s->helo = malloc(ev->text.n + 1);
	if (!s->helo) {
		conn_abort(s->conn, "no memory");
		return;
	}
	if (ev->text.n)
		memcpy(s->helo, ev->text.p, ev->text.n);
	s->helo[ev->text.n] = '\0';
}

/* One event; false when the session waits or ends. */
static bool act(struct session *s, const struct zg_smtp_ev *ev)
{
	if (ev->event != ZG_SMTP_MORE)
		heard(s);
	switch (ev->event) {
	case ZG_SMTP_MORE:
		return false;
	case ZG_SMTP_HELO:
		on_helo(s, ev);
		return true;
	case ZG_SMTP_AUTH:
		login_begin(s, ev);
		return true;
	case ZG_SMTP_MAIL:
		on_mail(s, ev);
		return true;
	case ZG_SMTP_RCPT:
		on_rcpt(s, ev);
		return true;
	case ZG_SMTP_DATA:
		s->data_began = s->last;
		accept_data(s->accept);
		zg_smtp_server_answer(&s->smtp, 354, ZG_S(""), ZG_S("send the message, end it with a dot alone on a line"));
		return true;
	case ZG_SMTP_BODY:
		if (s->last - s->data_began > SUBMIT_DATA) {
			conn_abort(s->conn, "the message took over an hour");
			return false;
		}
		s->is_stopped = !accept_piece(s->accept, ev->text);
		return true;
	case ZG_SMTP_END:
		on_end(s);
		return true;
	case ZG_SMTP_RESET:
		drop_mail(s);
		return true;
	case ZG_SMTP_STARTTLS:
		flush(s);
		if (conn_tls(s->conn, s->settings->server_tls, true, ZG_S("")) < 0)
			conn_abort(s->conn, "TLS cannot be started");
		return false;
	case ZG_SMTP_CLOSE:
		flush(s);
		conn_close(s->conn);
		return false;
	}
	return false;
}

static void maybe_shut(struct session *s)
{
	if (!s->submit->is_draining || !zg_smtp_server_is_idle(&s->smtp))
		return;
	zg_smtp_server_shut(&s->smtp, ZG_S("4.3.2"), ZG_S("this server is going down; try again later"));
	flush(s);
	conn_close(s->conn);
}

/* Lets the engine go on with in as far as it can. */
static void pump(struct session *s, struct zg_slice in)
{
	struct zg_smtp_ev ev;

	s->is_pumping = true;
	do {
		flush(s);
		do
			zg_smtp_server_next(&s->smtp, &in, &ev);
		while (act(s, &ev) && s->asked == ASK_NOTHING && !s->is_stopped);
		s->is_choked = conn_unsent(s->conn) > UNSENT_MOST;
	} while (ev.event == ZG_SMTP_MORE && s->smtp.out.n && in.n && !s->is_choked);	/* it wanted room for replies */
	flush(s);
	s->is_pumping = false;
	keep(s, in);
	if (s->asked != ASK_NOTHING || s->is_stopped || s->is_choked) {
		conn_pause(s->conn);
	} else {
		maybe_shut(s);
		conn_resume(s->conn);
	}
}

/* --- connections --------------------------------------------------------------------------------------------- */

static void session_free(struct session *s)
{
	struct submit *u = s->submit;

	settings_unref(s->settings);
	free(s->kept);
	free(s->helo);
	free(s->user);
	free(s);
	u->count--;
	drained_maybe(u);
}

static void on_closed(struct conn *c, const char *why)
{
	struct session *s = conn_owner(c);

	if (why[0] && s->is_counted)
		log_line(LOG_DEBUG, "connection_lost", (struct log_field[]){ LOG_TEXT("client", zg_slice_cstr(s->address)),
			 LOG_TEXT("why", zg_slice_cstr(why)) }, 2);
	if (s->is_counted)
		guard_leave(s->submit->guard, conn_peer(c), s->is_exempt);
	drop_mail(s);
	zg_list_drop(&s->node);
	s->conn = NULL;
	if (!s->login)
		session_free(s);
}

static void greet(struct session *s, bool is_tls)
{
	struct zg_smtp_server_opts o = { .is_tls = is_tls, .is_auth_clear = peer_is_loopback(conn_peer(s->conn)),
		.is_trusted = s->trusted || s->is_dev };

	o.is_tls_offered = !is_tls && s->is_tls_door && s->settings->server_tls;
	zg_smtp_server_init(&s->smtp, o.is_trusted ? &s->settings->smtp_open : &s->settings->smtp, &o);
	pump(s, ZG_S(""));
}

/* A TLS handshake is done: at the door, or after STARTTLS. */
static void on_open(struct conn *c)
{
	struct session *s = conn_owner(c);

	s->is_logged_in = false;
	if (s->smtp.conf) {
		zg_smtp_server_tls(&s->smtp);
		pump(s, ZG_S(""));
	} else {
		greet(s, true);
	}
}

/* The client has taken its replies: what it said meanwhile is heard. */
static void on_drained(struct conn *c)
{
	struct session *s = conn_owner(c);

	if (!s->is_choked)
		return;
	s->is_choked = false;
	if (s->asked == ASK_NOTHING && !s->is_stopped)
		pump(s, zg_slice_of(s->kept, s->kept_n));
}

static const struct conn_calls session_calls = { on_open, on_read, on_drained, on_closed };

/* Says no to a connection that there is no room for. */
static void turn_away(struct session *s, enum guard_verdict v)
{
	struct zg_slice text = v == GUARD_FULL ? ZG_S("421 4.3.2 too many connections; try again later\r\n") :
		ZG_S("421 4.7.0 too many connections from your address\r\n");

	conn_write(s->conn, &text, 1);
	conn_close(s->conn);
}

static void close_idlest(struct submit *u)
{
	for (struct zg_list *n = u->sessions.next; n != &u->sessions; n = n->next) {
		struct session *s = ZG_LIST_OF(n, struct session, node);

		if (!s->smtp.conf || !zg_smtp_server_is_idle(&s->smtp) || !s->conn)
			continue;
		zg_smtp_server_shut(&s->smtp, ZG_S("4.3.2"), ZG_S("others need this connection; come back when you have mail"));
		flush(s);
		conn_close(s->conn);
		return;
	}
}

static void session_begin(struct submit *u, struct door *d, struct session *s)
{
	const struct conf_listen *l = &s->settings->conf.listen[d->number];
	const struct sockaddr_storage *peer;
	enum guard_verdict v;
	int error = 0;

	s->conn = conn_accept(&u->q->loop, d->fd, &session_calls, s, &error);
	if (!s->conn) {
		if (error == UV_EMFILE || error == UV_ENFILE) {
			close_idlest(u);
			d->is_shut = uv_poll_stop(&d->poll) == 0;	/* opened again at the next tick */
		}
		zg_list_drop(&s->node);
		session_free(s);
		return;
	}
	peer = conn_peer(s->conn);
	peer_text(peer, s->address);
	s->trusted = peer_trusted(&s->settings->conf, peer);
	s->is_dev = u->q->is_dev && peer_is_loopback(peer);
	s->is_exempt = s->trusted || s->is_dev;
	s->is_tls_door = l->tls == CONF_TLS_STARTTLS;
	v = guard_enter(u->guard, peer, s->is_exempt);
	s->is_counted = v == GUARD_IN;
	if (!s->is_counted) {
		turn_away(s, v);
		return;
	}
	if (guard_is_pressed(u->guard))
		close_idlest(u);
	if (l->tls != CONF_TLS_IMPLICIT)
		greet(s, false);
	else if (!s->settings->server_tls || conn_tls(s->conn, s->settings->server_tls, true, ZG_S("")) < 0)
		conn_abort(s->conn, "TLS cannot be started");
}

static void on_door(uv_poll_t *poll, int status, int events)
{
	struct door *d = poll->data;
	struct submit *u = d->submit;
	struct session *s = calloc(1, sizeof(*s));

	(void)events;
	if (status < 0 || !s) {
		free(s);
		return;
	}
	s->submit = u;
	s->settings = settings_ref(u->q->settings);
	s->last = uv_now(&u->q->loop);
	zg_list_push(&u->sessions, &s->node);
	u->count++;
	session_begin(u, d, s);
}

/* Those who said nothing for too long: the list is in the order of the last word. */
static void on_tick(uv_timer_t *t)
{
	struct submit *u = t->data;
	uint64_t now = uv_now(&u->q->loop);

	for (size_t i = 0; i < u->doors_count; i++)
		if (u->doors[i].is_shut)
			u->doors[i].is_shut = uv_poll_start(&u->doors[i].poll, UV_READABLE, on_door) < 0;
	for (struct zg_list *n = u->sessions.next, *next; n != &u->sessions; n = next) {
		struct session *s = ZG_LIST_OF(n, struct session, node);

		next = n->next;
		if (now - s->last < SUBMIT_IDLE)
			break;
		if (!s->smtp.conf) {
			conn_abort(s->conn, "the TLS handshake took too long");
		} else if (s->asked == ASK_NOTHING) {
			zg_smtp_server_shut(&s->smtp, ZG_S("4.4.2"), ZG_S("nothing was heard for 5 minutes"));
			flush(s);
			conn_close(s->conn);
		}
		s->last = now;
		zg_list_drop(&s->node);
		zg_list_push(&u->sessions, &s->node);
	}
}

struct submit *submit_new(struct queue_loop *q, struct guard *guard, const int *listeners, size_t count)
{
	struct submit *u = calloc(1, sizeof(*u));

	if (!u || count > LISTENERS_MOST) {
		free(u);
		return NULL;
	}
	u->q = q;
	u->guard = guard;
	zg_list_init(&u->sessions);
	u->tick.data = u;
	(void)uv_timer_init(&q->loop, &u->tick);	/* always 0 */
	(void)uv_timer_start(&u->tick, on_tick, TICK, TICK);	/* fails only without a callback */
	for (size_t i = 0; i < count; i++) {
		struct door *d = &u->doors[i];

		*d = (struct door){ .submit = u, .fd = listeners[i], .number = i };
		d->poll.data = d;
		if (uv_poll_init(&q->loop, &d->poll, d->fd) < 0 || uv_poll_start(&d->poll, UV_READABLE, on_door) < 0)
			return NULL;	/* the process ends with it */
		u->doors_count++;
	}
	return u;
}

void submit_drain(struct submit *u, void (*done)(void *ctx), void *ctx)
{
	u->is_draining = true;
	u->drained = done;
	u->drained_ctx = ctx;
	for (size_t i = 0; i < u->doors_count; i++)
		uv_close((uv_handle_t *)&u->doors[i].poll, NULL);
	u->doors_count = 0;
	for (struct zg_list *n = u->sessions.next, *next; n != &u->sessions; n = next) {
		struct session *s = ZG_LIST_OF(n, struct session, node);

		next = n->next;
		if (s->smtp.conf)
			maybe_shut(s);
		else
			conn_abort(s->conn, "");
	}
	drained_maybe(u);
}
