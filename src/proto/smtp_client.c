/* smtp_client.c - the client's side of SMTP: the connection; a mail on it is smtp_client_mail.c's.
 *
 *   GREETING -> EHLO -> [STARTTLS -> TLS -> EHLO] -> [PLAIN | LOGIN..] -> READY -> QUIT
 *                 |5xx                                                     ^  |
 *                 +--> HELO ---------------------------------------------->+  |
 *                                                                          |  v
 *                                              DONE <- DOT <- TEXT <- MAIL <- [RSET]
 *               (and to READY; from MAIL at once where nobody was accepted)
 *
 *   any --421, a reply out of turn or out of shape, lost--> CLOSED
 *
 * Each state has an act (it puts its command into out and counts the reply that is then owed, or says what the
 * caller is to do) and a got (what the reply means).  Invariants, at every return: (1) owed is the number of
 * commands in or behind out whose reply was not taken; (2) in MAIL a recipient before `answered` has its outcome,
 * one after it has none or one of the engine's own, and is then never sent; (3) mail is NULL outside RSET to DONE. */
#include "proto/smtp_client.h"
#include <string.h>
#include "base/ascii.h"
#include "base/b64.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/secret.h"
#include "proto/smtp_auth.h"
#include "proto/smtp_client_part.h"

/* Faults of the engine's own. */
static const struct zg_smtp_outcome no_starttls = {
	0, ZG_SI("4.7.0"), ZG_SI("the server does not offer STARTTLS, which this route demands")
};
static const struct zg_smtp_outcome no_clear_auth = {
	0, ZG_SI("4.7.0"), ZG_SI("the connection has no TLS, and a password must not go in clear")
};
static const struct zg_smtp_outcome no_mechanism = {
	0, ZG_SI("4.7.0"), ZG_SI("the server offers neither AUTH PLAIN nor AUTH LOGIN")
};
static const struct zg_smtp_outcome long_login = {
	0, ZG_SI("4.7.0"), ZG_SI("user name and password are too long for AUTH")
};
static const struct zg_smtp_outcome odd_login = {
	0, ZG_SI("4.5.0"), ZG_SI("a reply of the server does not belong in the login dialogue")
};
static const struct zg_smtp_outcome odd_reply = {
	0, ZG_SI("4.5.0"), ZG_SI("the server's reply is not SMTP: no code, too long, or too many lines")
};
static const struct zg_smtp_outcome odd_turn = { 0, ZG_SI("4.5.0"), ZG_SI("the server spoke out of turn") };

struct zg_smtp_outcome zg_smtp_client_heard(const struct zg_smtp_client *c)
{
	return (struct zg_smtp_outcome){
		c->heard.code, zg_slice_of(c->heard.enhanced, c->heard.enhanced_n),
		zg_slice_of(c->heard.text, c->heard.text_n)
	};
}

bool zg_smtp_client_is_yes(const struct zg_smtp_client *c)
{
	return c->heard.code / 100 == 2;
}

struct zg_slice zg_smtp_client_copy(char *to, struct zg_slice s, size_t max)
{
	s.n = s.n < max ? s.n : max;
	if (s.n)
		memmove(to, s.p, s.n);
	return zg_slice_of(to, s.n);
}

void zg_smtp_client_fail(struct zg_smtp_client *c, struct zg_smtp_outcome why)
{
	if (c->state == ZG_SMTP_CS_CLOSED)
		return;
	c->fault.code = why.code;
	c->fault.enhanced = zg_smtp_client_copy(c->heard.enhanced, why.enhanced, sizeof(c->heard.enhanced));
	c->fault.text = zg_smtp_client_copy(c->heard.text, why.text, sizeof(c->heard.text));
	c->has_fault = true;
	if (c->mail)
		zg_smtp_client_settle(c->mail, c->fault);
	c->mail = NULL;
	c->state = ZG_SMTP_CS_CLOSED;
}

void zg_smtp_client_fail_heard(struct zg_smtp_client *c)
{
	zg_smtp_client_fail(c, zg_smtp_client_heard(c));
}

void zg_smtp_client_fail_turn(struct zg_smtp_client *c)
{
	zg_smtp_client_fail(c, odd_turn);
}

/* Commands of one line each; the reply is then owed. */

enum zg_smtp_action zg_smtp_client_put(struct zg_smtp_client *c, struct zg_slice command)
{
	zg_buf_put(&c->out, command);
	zg_buf_put(&c->out, ZG_S("\r\n"));
	c->owed++;
	return ZG_SMTP_DO_READ;
}

static enum zg_smtp_action put_hello(struct zg_smtp_client *c, struct zg_slice verb)
{
	struct zg_slice name = zg_slice_sub(c->opts.hostname, 0, ZG_LIMIT_DOMAIN);

	zg_buf_put(&c->out, verb);
	for (size_t i = 0; i < name.n; i++) {
		bool is_bad = zg_ascii_is_cntrl(name.p[i]) || zg_ascii_is_8bit(name.p[i]) || name.p[i] == ' ';

		zg_buf_putc(&c->out, is_bad ? '?' : name.p[i]);
	}
	return zg_smtp_client_put(c, ZG_S(""));
}

/* Greeting, EHLO, STARTTLS. */

static void begin_auth(struct zg_smtp_client *c)
{
	size_t n = zg_smtp_login_plain_size(c->opts.user, c->opts.password);

	if (!c->is_tls && !c->opts.is_clear_auth_allowed)
		zg_smtp_client_fail(c, no_clear_auth);
	else if (n > zg_b64_size(ZG_SMTP_LOGIN_MAX))
		zg_smtp_client_fail(c, long_login);
	else if (c->offers & ZG_SMTP_HAS_PLAIN)
		/* RFC 4954 4: the response stands in the same line where RFC 5321's 512 octets hold it. */
		c->state = sizeof("AUTH PLAIN \r\n") - 1 + n <= 512 ? ZG_SMTP_CS_PLAIN : ZG_SMTP_CS_PLAIN_LONG;
	else if (c->offers & ZG_SMTP_HAS_LOGIN)
		c->state = ZG_SMTP_CS_LOGIN;
	else
		zg_smtp_client_fail(c, no_mechanism);
}

static void after_hello(struct zg_smtp_client *c)
{
	bool wants_tls = !c->is_tls && c->opts.tls != ZG_SMTP_TLS_NONE;

	if (wants_tls && c->offers & ZG_SMTP_HAS_STARTTLS && !c->is_tls_refused)
		c->state = ZG_SMTP_CS_STARTTLS;
	else if (wants_tls && c->opts.tls == ZG_SMTP_TLS_MUST)
		zg_smtp_client_fail(c, no_starttls);
	else if (c->opts.user.n)
		begin_auth(c);
	else
		c->state = ZG_SMTP_CS_READY;
}

static void got_greeting(struct zg_smtp_client *c)
{
	if (zg_smtp_client_is_yes(c))
		c->state = ZG_SMTP_CS_EHLO;
	else
		zg_smtp_client_fail_heard(c);
}

static enum zg_smtp_action act_ehlo(struct zg_smtp_client *c)
{
	c->offers = 0;
	c->size_max = 0;
	return put_hello(c, ZG_S("EHLO "));
}

static void got_ehlo(struct zg_smtp_client *c)
{
	bool needs_ehlo = c->opts.user.n || (c->opts.tls == ZG_SMTP_TLS_MUST && !c->is_tls);

	/* RFC 5321 3.2: a server that does not know EHLO is asked with HELO. */
	if (zg_smtp_client_is_yes(c))
		after_hello(c);
	else if (c->heard.code / 100 == 5 && !needs_ehlo)
		c->state = ZG_SMTP_CS_HELO;
	else
		zg_smtp_client_fail_heard(c);
}

static enum zg_smtp_action act_helo(struct zg_smtp_client *c)
{
	c->offers = 0;
	return put_hello(c, ZG_S("HELO "));
}

static void got_helo(struct zg_smtp_client *c)
{
	if (zg_smtp_client_is_yes(c))
		c->state = ZG_SMTP_CS_READY;
	else
		zg_smtp_client_fail_heard(c);
}

static void learn_auth(struct zg_smtp_client *c, struct zg_cur *cur)
{
	while (!zg_cur_is_end(cur)) {
		struct zg_slice word = zg_cur_until(cur, ' ');

		zg_cur_skip_wsp(cur);
		if (zg_slice_eq_ci(word, ZG_S("PLAIN")))
			c->offers |= ZG_SMTP_HAS_PLAIN;
		if (zg_slice_eq_ci(word, ZG_S("LOGIN")))
			c->offers |= ZG_SMTP_HAS_LOGIN;
	}
}

/* One line of EHLO's reply behind the first. */
static void learn(struct zg_smtp_client *c, struct zg_slice line)
{
	static const struct { struct zg_slice keyword; unsigned offer; } known[] = {
		{ ZG_SI("STARTTLS"), ZG_SMTP_HAS_STARTTLS }, { ZG_SI("PIPELINING"), ZG_SMTP_HAS_PIPELINING },
		{ ZG_SI("8BITMIME"), ZG_SMTP_HAS_8BIT }, { ZG_SI("SMTPUTF8"), ZG_SMTP_HAS_UTF8 },
		{ ZG_SI("SIZE"), ZG_SMTP_HAS_SIZE },
	};
	struct zg_cur cur = zg_cur_of(line);
	struct zg_slice keyword = zg_cur_until(&cur, ' ');

	zg_cur_skip_wsp(&cur);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (zg_slice_eq_ci(keyword, known[i].keyword))
			c->offers |= known[i].offer;
	if (zg_slice_eq_ci(keyword, ZG_S("SIZE")))
		c->size_max = zg_cur_uint(&cur, UINT64_MAX);	/* RFC 1870 4: none, 0 and nonsense are no limit */
	if (zg_slice_eq_ci(keyword, ZG_S("AUTH")))
		learn_auth(c, &cur);
}

static enum zg_smtp_action act_starttls(struct zg_smtp_client *c)
{
	return zg_smtp_client_put(c, ZG_S("STARTTLS"));
}

static void got_starttls(struct zg_smtp_client *c)
{
	if (zg_smtp_client_is_yes(c)) {
		c->state = ZG_SMTP_CS_TLS;
	} else if (c->opts.tls == ZG_SMTP_TLS_MAY) {
		c->is_tls_refused = true;
		after_hello(c);
	} else {
		zg_smtp_client_fail_heard(c);
	}
}

static enum zg_smtp_action act_tls(struct zg_smtp_client *c)
{
	(void)c;	/* the caller has the turn */
	return ZG_SMTP_DO_TLS;
}

/* AUTH, RFC 4954. */

static enum zg_smtp_action act_plain(struct zg_smtp_client *c)
{
	zg_buf_put(&c->out, ZG_S("AUTH PLAIN "));
	(void)zg_smtp_login_put_plain(&c->out, c->opts.user, c->opts.password);	/* begin_auth looked at the sizes */
	return zg_smtp_client_put(c, ZG_S(""));
}

static enum zg_smtp_action act_plain_long(struct zg_smtp_client *c)
{
	return zg_smtp_client_put(c, ZG_S("AUTH PLAIN"));
}

static enum zg_smtp_action act_plain_response(struct zg_smtp_client *c)
{
	(void)zg_smtp_login_put_plain(&c->out, c->opts.user, c->opts.password);	/* begin_auth looked at the sizes */
	return zg_smtp_client_put(c, ZG_S(""));
}

static enum zg_smtp_action act_login(struct zg_smtp_client *c)
{
	return zg_smtp_client_put(c, ZG_S("AUTH LOGIN"));
}

static enum zg_smtp_action act_login_user(struct zg_smtp_client *c)
{
	zg_b64_encode(c->opts.user, &c->out);
	return zg_smtp_client_put(c, ZG_S(""));
}

static enum zg_smtp_action act_login_password(struct zg_smtp_client *c)
{
	zg_b64_encode(c->opts.password, &c->out);
	return zg_smtp_client_put(c, ZG_S(""));
}

/* The state that 334 leads to, or CLOSED where the login is to end with 235. */
static enum zg_smtp_client_state after_challenge(enum zg_smtp_client_state s)
{
	switch (s) {
	case ZG_SMTP_CS_PLAIN_LONG:
		return ZG_SMTP_CS_PLAIN_RESPONSE;
	case ZG_SMTP_CS_LOGIN:
		return ZG_SMTP_CS_LOGIN_USER;
	case ZG_SMTP_CS_LOGIN_USER:
		return ZG_SMTP_CS_LOGIN_PASSWORD;
	default:
		return ZG_SMTP_CS_CLOSED;
	}
}

static void got_auth(struct zg_smtp_client *c)
{
	enum zg_smtp_client_state next = after_challenge(c->state);

	if (!c->out.n)
		zg_secret_wipe_bytes(c->out.p, c->out.cap);	/* the password was in it */
	if (c->heard.code >= 400)
		zg_smtp_client_fail_heard(c);
	else if (c->heard.code == 334 && next != ZG_SMTP_CS_CLOSED)
		c->state = next;
	else if (zg_smtp_client_is_yes(c) && next == ZG_SMTP_CS_CLOSED)
		c->state = ZG_SMTP_CS_READY;
	else
		zg_smtp_client_fail(c, odd_login);
}

static enum zg_smtp_action act_ready(struct zg_smtp_client *c)
{
	(void)c;	/* the caller has the turn */
	return ZG_SMTP_DO_SEND;
}

static enum zg_smtp_action act_quit(struct zg_smtp_client *c)
{
	return zg_smtp_client_put(c, ZG_S("QUIT"));
}

static void got_quit(struct zg_smtp_client *c)
{
	c->state = ZG_SMTP_CS_CLOSED;
}

static enum zg_smtp_action act_closed(struct zg_smtp_client *c)
{
	(void)c;	/* there is nothing left to do */
	return ZG_SMTP_DO_CLOSE;
}

/* act: no reply is owed, what now?  got: this reply came. */
static const struct {
	enum zg_smtp_action (*act)(struct zg_smtp_client *c);
	void (*got)(struct zg_smtp_client *c);
} machine[] = {
	[ZG_SMTP_CS_GREETING] = { NULL, got_greeting },
	[ZG_SMTP_CS_EHLO] = { act_ehlo, got_ehlo },
	[ZG_SMTP_CS_HELO] = { act_helo, got_helo },
	[ZG_SMTP_CS_STARTTLS] = { act_starttls, got_starttls },
	[ZG_SMTP_CS_TLS] = { act_tls, NULL },
	[ZG_SMTP_CS_PLAIN] = { act_plain, got_auth },
	[ZG_SMTP_CS_PLAIN_LONG] = { act_plain_long, got_auth },
	[ZG_SMTP_CS_PLAIN_RESPONSE] = { act_plain_response, got_auth },
	[ZG_SMTP_CS_LOGIN] = { act_login, got_auth },
	[ZG_SMTP_CS_LOGIN_USER] = { act_login_user, got_auth },
	[ZG_SMTP_CS_LOGIN_PASSWORD] = { act_login_password, got_auth },
	[ZG_SMTP_CS_READY] = { act_ready, NULL },
	[ZG_SMTP_CS_RSET] = { zg_smtp_client_mail_act, zg_smtp_client_mail_got },
	[ZG_SMTP_CS_MAIL] = { zg_smtp_client_mail_act, zg_smtp_client_mail_got },
	[ZG_SMTP_CS_TEXT] = { zg_smtp_client_mail_act, zg_smtp_client_mail_got },
	[ZG_SMTP_CS_DOT] = { zg_smtp_client_mail_act, zg_smtp_client_mail_got },
	[ZG_SMTP_CS_DONE] = { zg_smtp_client_mail_act, zg_smtp_client_mail_got },
	[ZG_SMTP_CS_QUIT] = { act_quit, got_quit },
	[ZG_SMTP_CS_CLOSED] = { act_closed, NULL },
};

static void take_reply(struct zg_smtp_client *c)
{
	bool is_early = c->state == ZG_SMTP_CS_TEXT && c->heard.code >= 400;

	if (c->state == ZG_SMTP_CS_QUIT && c->owed)
		got_quit(c);
	else if (c->heard.code == 421 || is_early)
		zg_smtp_client_fail_heard(c);
	else if (!c->owed)
		zg_smtp_client_fail_turn(c);
	else {
		c->owed--;
		machine[c->state].got(c);
	}
}

/* Takes a line of a reply; false where more octets are needed first. */
static bool hear(struct zg_smtp_client *c, struct zg_slice *in)
{
	struct zg_slice line;

	switch (zg_smtp_heard_take(&c->heard, in, &line)) {
	case ZG_SMTP_GOT_LINE:
		if (c->state == ZG_SMTP_CS_EHLO && c->heard.lines > 1)
			learn(c, line);
		return true;
	case ZG_SMTP_GOT_REPLY:
		if (c->state == ZG_SMTP_CS_EHLO && c->heard.lines > 1)
			learn(c, line);
		take_reply(c);
		return true;
	case ZG_SMTP_GOT_FAULT:
		zg_smtp_client_fail(c, odd_reply);
		return true;
	case ZG_SMTP_GOT_MORE:
		break;
	}
	/* Half a reply while the text is sent may become the reply to it; elsewhere nothing may come unasked. */
	if (c->owed || c->state == ZG_SMTP_CS_TEXT)
		return false;
	zg_smtp_client_fail_turn(c);
	return true;
}

enum zg_smtp_action zg_smtp_client_next(struct zg_smtp_client *c, struct zg_slice *in)
{
	for (;;) {
		if (c->state == ZG_SMTP_CS_CLOSED || c->state == ZG_SMTP_CS_DONE)
			return machine[c->state].act(c);
		if (in->n && hear(c, in))
			continue;
		if (c->owed && c->state != ZG_SMTP_CS_MAIL)
			return ZG_SMTP_DO_READ;
		return machine[c->state].act(c);
	}
}

void zg_smtp_client_init(struct zg_smtp_client *c, const struct zg_smtp_client_opts *o, void *mem, size_t n)
{
	*c = (struct zg_smtp_client){ .opts = *o, .is_tls = o->is_tls, .owed = 1, .state = ZG_SMTP_CS_GREETING };
	c->out = zg_buf_of(mem, n);
}

void zg_smtp_client_tls(struct zg_smtp_client *c)
{
	if (c->state != ZG_SMTP_CS_TLS)
		return;
	c->is_tls = true;
	c->state = ZG_SMTP_CS_EHLO;
}

void zg_smtp_client_quit(struct zg_smtp_client *c)
{
	c->state = c->state == ZG_SMTP_CS_READY ? ZG_SMTP_CS_QUIT : ZG_SMTP_CS_CLOSED;
}

void zg_smtp_client_lost(struct zg_smtp_client *c, struct zg_slice why)
{
	zg_smtp_client_fail(c, (struct zg_smtp_outcome){ 0, ZG_S("4.4.2"), why });
}

const struct zg_smtp_outcome *zg_smtp_client_fault(const struct zg_smtp_client *c)
{
	return c->has_fault ? &c->fault : NULL;
}
