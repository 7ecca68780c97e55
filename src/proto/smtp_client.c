/* smtp_client.c - the client's side of SMTP.
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
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/b64.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "proto/smtp_auth.h"

enum offer {
	HAS_STARTTLS = 1, HAS_PIPELINING = 2, HAS_8BIT = 4, HAS_UTF8 = 8, HAS_SIZE = 16, HAS_PLAIN = 32, HAS_LOGIN = 64
};

/* Faults and refusals of the engine's own. */
static const struct own {
	unsigned code;
	struct zg_slice enhanced, text;
} no_starttls = { 0, ZG_SI("4.7.0"), ZG_SI("the server does not offer STARTTLS, which this route demands") },
  no_clear_auth = { 0, ZG_SI("4.7.0"), ZG_SI("the connection has no TLS, and a password must not go in clear") },
  no_mechanism = { 0, ZG_SI("4.7.0"), ZG_SI("the server offers neither AUTH PLAIN nor AUTH LOGIN") },
  long_login = { 0, ZG_SI("4.7.0"), ZG_SI("user name and password are too long for AUTH") },
  odd_login = { 0, ZG_SI("4.5.0"), ZG_SI("a reply of the server does not belong in the login dialogue") },
  odd_reply = { 0, ZG_SI("4.5.0"), ZG_SI("the server's reply is not SMTP: no code, too long, or too many lines") },
  odd_turn = { 0, ZG_SI("4.5.0"), ZG_SI("the server spoke out of turn") },
  odd_data = { 0, ZG_SI("4.5.0"), ZG_SI("the server answered DATA neither with 354 nor with a refusal") },
  needs_8bit = { 554, ZG_SI("5.6.3"), ZG_SI("the message is 8-bit, and the next server does not offer 8BITMIME") },
  needs_utf8 = { 550, ZG_SI("5.6.7"), ZG_SI("the message needs SMTPUTF8, and the next server does not offer it") },
  too_large = { 552, ZG_SI("5.3.4"), ZG_SI("the message is larger than the next server takes") },
  bad_sender = { 501, ZG_SI("5.1.7"), ZG_SI("the sender is no mail address") },
  bad_recipient = { 501, ZG_SI("5.1.3"), ZG_SI("the recipient is no mail address") };

/* Outcomes. */

static struct zg_smtp_outcome outcome_own(const struct own *o)
{
	return (struct zg_smtp_outcome){ o->code, o->enhanced, o->text };
}

static struct zg_smtp_outcome outcome_heard(const struct zg_smtp_client *c)
{
	return (struct zg_smtp_outcome){
		c->heard.code, zg_slice_of(c->heard.enhanced, c->heard.enhanced_n),
		zg_slice_of(c->heard.text, c->heard.text_n)
	};
}

static struct zg_slice copy(char *to, struct zg_slice s, size_t max)
{
	s.n = s.n < max ? s.n : max;
	if (s.n)
		memmove(to, s.p, s.n);
	return zg_slice_of(to, s.n);
}

static void settle(struct zg_smtp_mail *m, size_t i, struct zg_smtp_outcome o)
{
	char *mem = m->texts[i];

	m->outcomes[i].code = o.code;
	m->outcomes[i].enhanced = copy(mem, o.enhanced, sizeof(((struct zg_smtp_heard *)0)->enhanced));
	m->outcomes[i].text = copy(mem + 16, o.text, ZG_SMTP_READ_TEXT);
}

/* All recipients that were not refused: those without an outcome, and those that were only accepted so far. */
static void settle_rest(struct zg_smtp_mail *m, struct zg_smtp_outcome o)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->outcomes[i].code < 400)
			settle(m, i, o);
}

/* The connection ends; a mail that was not through gets the reason as its outcome. */
static void fail(struct zg_smtp_client *c, struct zg_smtp_outcome o)
{
	if (c->state == ZG_SMTP_CS_CLOSED)
		return;
	c->fault.code = o.code;
	c->fault.enhanced = copy(c->heard.enhanced, o.enhanced, sizeof(c->heard.enhanced));
	c->fault.text = copy(c->heard.text, o.text, sizeof(c->heard.text));
	c->has_fault = true;
	if (c->mail)
		settle_rest(c->mail, c->fault);
	c->mail = NULL;
	c->state = ZG_SMTP_CS_CLOSED;
}

static void fail_own(struct zg_smtp_client *c, const struct own *o)
{
	fail(c, outcome_own(o));
}

static void fail_heard(struct zg_smtp_client *c)
{
	fail(c, outcome_heard(c));
}

static bool is_yes(const struct zg_smtp_client *c)
{
	return c->heard.code / 100 == 2;
}

/* Commands of one line each; the reply is then owed. */

static bool has_room(const struct zg_smtp_client *c, size_t n)
{
	return c->out.cap - c->out.n >= n;
}

static enum zg_smtp_action put(struct zg_smtp_client *c, struct zg_slice command)
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
	return put(c, ZG_S(""));
}

/* Greeting, EHLO, STARTTLS. */

static void begin_auth(struct zg_smtp_client *c)
{
	size_t n = zg_smtp_login_plain_size(c->opts.user, c->opts.password);

	if (!c->is_tls && !c->opts.is_clear_auth_allowed)
		fail_own(c, &no_clear_auth);
	else if (n > zg_b64_size(ZG_SMTP_LOGIN_MAX))
		fail_own(c, &long_login);
	else if (c->offers & HAS_PLAIN)
		/* RFC 4954 4: the response stands in the same line where RFC 5321's 512 octets hold it. */
		c->state = sizeof("AUTH PLAIN \r\n") - 1 + n <= 512 ? ZG_SMTP_CS_PLAIN : ZG_SMTP_CS_PLAIN_LONG;
	else if (c->offers & HAS_LOGIN)
		c->state = ZG_SMTP_CS_LOGIN;
	else
		fail_own(c, &no_mechanism);
}

static void after_hello(struct zg_smtp_client *c)
{
	bool wants_tls = !c->is_tls && c->opts.tls != ZG_SMTP_TLS_NONE;

	if (wants_tls && c->offers & HAS_STARTTLS && !c->is_tls_refused)
		c->state = ZG_SMTP_CS_STARTTLS;
	else if (wants_tls && c->opts.tls == ZG_SMTP_TLS_MUST)
		fail_own(c, &no_starttls);
	else if (c->opts.user.n)
		begin_auth(c);
	else
		c->state = ZG_SMTP_CS_READY;
}

static void got_greeting(struct zg_smtp_client *c)
{
	if (is_yes(c))
		c->state = ZG_SMTP_CS_EHLO;
	else
		fail_heard(c);
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
	if (is_yes(c))
		after_hello(c);
	else if (c->heard.code / 100 == 5 && !needs_ehlo)
		c->state = ZG_SMTP_CS_HELO;
	else
		fail_heard(c);
}

static enum zg_smtp_action act_helo(struct zg_smtp_client *c)
{
	c->offers = 0;
	return put_hello(c, ZG_S("HELO "));
}

static void got_helo(struct zg_smtp_client *c)
{
	if (is_yes(c))
		c->state = ZG_SMTP_CS_READY;
	else
		fail_heard(c);
}

static void learn_auth(struct zg_smtp_client *c, struct zg_cur *cur)
{
	while (!zg_cur_is_end(cur)) {
		struct zg_slice word = zg_cur_until(cur, ' ');

		zg_cur_skip_wsp(cur);
		if (zg_slice_eq_ci(word, ZG_S("PLAIN")))
			c->offers |= HAS_PLAIN;
		if (zg_slice_eq_ci(word, ZG_S("LOGIN")))
			c->offers |= HAS_LOGIN;
	}
}

/* One line of EHLO's reply behind the first. */
static void learn(struct zg_smtp_client *c, struct zg_slice line)
{
	static const struct { struct zg_slice keyword; unsigned offer; } known[] = {
		{ ZG_SI("STARTTLS"), HAS_STARTTLS }, { ZG_SI("PIPELINING"), HAS_PIPELINING },
		{ ZG_SI("8BITMIME"), HAS_8BIT }, { ZG_SI("SMTPUTF8"), HAS_UTF8 }, { ZG_SI("SIZE"), HAS_SIZE },
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
	return put(c, ZG_S("STARTTLS"));
}

static void got_starttls(struct zg_smtp_client *c)
{
	if (is_yes(c)) {
		c->state = ZG_SMTP_CS_TLS;
	} else if (c->opts.tls == ZG_SMTP_TLS_MAY) {
		c->is_tls_refused = true;
		after_hello(c);
	} else {
		fail_heard(c);
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
	return put(c, ZG_S(""));
}

static enum zg_smtp_action act_plain_long(struct zg_smtp_client *c)
{
	return put(c, ZG_S("AUTH PLAIN"));
}

static enum zg_smtp_action act_plain_response(struct zg_smtp_client *c)
{
	(void)zg_smtp_login_put_plain(&c->out, c->opts.user, c->opts.password);	/* begin_auth looked at the sizes */
	return put(c, ZG_S(""));
}

static enum zg_smtp_action act_login(struct zg_smtp_client *c)
{
	return put(c, ZG_S("AUTH LOGIN"));
}

static enum zg_smtp_action act_login_user(struct zg_smtp_client *c)
{
	zg_b64_encode(c->opts.user, &c->out);
	return put(c, ZG_S(""));
}

static enum zg_smtp_action act_login_password(struct zg_smtp_client *c)
{
	zg_b64_encode(c->opts.password, &c->out);
	return put(c, ZG_S(""));
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
		fail_heard(c);
	else if (c->heard.code == 334 && next != ZG_SMTP_CS_CLOSED)
		c->state = next;
	else if (is_yes(c) && next == ZG_SMTP_CS_CLOSED)
		c->state = ZG_SMTP_CS_READY;
	else
		fail_own(c, &odd_login);
}

/* A mail. */

static enum zg_smtp_action act_ready(struct zg_smtp_client *c)
{
	(void)c;	/* the caller has the turn */
	return ZG_SMTP_DO_SEND;
}

static enum zg_smtp_action act_rset(struct zg_smtp_client *c)
{
	return put(c, ZG_S("RSET"));
}

static void got_rset(struct zg_smtp_client *c)
{
	c->needs_rset = false;
	if (is_yes(c))
		c->state = ZG_SMTP_CS_MAIL;
	else
		fail_heard(c);
}

static bool put_sender(struct zg_smtp_client *c)
{
	const struct zg_smtp_mail *m = c->mail;

	if (!has_room(c, m->sender.n + 100))
		return false;
	zg_buf_put(&c->out, ZG_S("MAIL FROM:<"));
	zg_buf_put(&c->out, m->sender);
	zg_buf_put(&c->out, ZG_S(">"));
	if (c->offers & HAS_SIZE && m->size) {
		zg_buf_put(&c->out, ZG_S(" SIZE="));
		zg_buf_put_uint(&c->out, m->size);
	}
	if (m->is_8bit)
		zg_buf_put(&c->out, ZG_S(" BODY=8BITMIME"));
	if (m->is_utf8)
		zg_buf_put(&c->out, ZG_S(" SMTPUTF8"));
	(void)put(c, ZG_S(""));		/* what to do follows from owed */
	return true;
}

static bool put_recipient(struct zg_smtp_client *c, struct zg_slice recipient)
{
	if (!has_room(c, recipient.n + 20))
		return false;
	zg_buf_put(&c->out, ZG_S("RCPT TO:<"));
	zg_buf_put(&c->out, recipient);
	(void)put(c, ZG_S(">"));	/* what to do follows from owed */
	return true;
}

static bool put_data(struct zg_smtp_client *c)
{
	if (!has_room(c, 20))
		return false;
	(void)put(c, ZG_S("DATA"));	/* what to do follows from owed */
	return true;
}

static bool put_kth(struct zg_smtp_client *c, size_t k)
{
	if (k == 0)
		return put_sender(c);
	return k <= c->mail->count ? put_recipient(c, c->mail->recipients[k - 1]) : put_data(c);
}

/* A recipient that has an outcome before anything was said about it. */
static bool is_skipped(const struct zg_smtp_mail *m, size_t k)
{
	return k > 0 && k <= m->count && m->outcomes[k - 1].code != 0;
}

static void put_commands(struct zg_smtp_client *c)
{
	size_t data = c->mail->count + 1;

	while (!c->is_stopped && c->sent <= data) {
		if (is_skipped(c->mail, c->sent)) {
			c->sent++;
			continue;
		}
		if (c->owed && !(c->offers & HAS_PIPELINING))
			return;
		if (c->sent == data && !c->owed && !c->accepted) {
			c->is_stopped = c->needs_rset = true;
			return;
		}
		if (!put_kth(c, c->sent))
			return;
		c->sent++;
	}
}

static enum zg_smtp_action act_done(struct zg_smtp_client *c)
{
	c->mail = NULL;
	c->state = ZG_SMTP_CS_READY;
	return ZG_SMTP_DO_RESULT;
}

static enum zg_smtp_action act_mail(struct zg_smtp_client *c)
{
	put_commands(c);
	return c->owed || c->out.n ? ZG_SMTP_DO_READ : act_done(c);
}

/* 3xx belongs to AUTH and DATA alone. */
static bool is_odd(struct zg_smtp_client *c)
{
	if (c->heard.code / 100 != 3)
		return false;
	fail_own(c, &odd_turn);
	return true;
}

static void got_sender(struct zg_smtp_client *c)
{
	if (is_odd(c) || is_yes(c))
		return;
	settle_rest(c->mail, outcome_heard(c));
	c->is_stopped = true;
}

static void got_recipient(struct zg_smtp_client *c, size_t i)
{
	if (is_odd(c))
		return;
	settle(c->mail, i, outcome_heard(c));
	if (is_yes(c))
		c->accepted++;
}

static void got_data(struct zg_smtp_client *c)
{
	if (c->heard.code == 354) {
		/* RFC 2920 3.1: where nobody is to get it, a single dot ends it. */
		c->state = c->accepted ? ZG_SMTP_CS_TEXT : ZG_SMTP_CS_DOT;
	} else if (c->heard.code < 400) {
		fail_own(c, &odd_data);
	} else {
		settle_rest(c->mail, outcome_heard(c));
		c->needs_rset = !c->is_stopped;
		c->state = ZG_SMTP_CS_DONE;
	}
}

static void got_mail(struct zg_smtp_client *c)
{
	size_t k;

	if (c->sent == c->mail->count + 2 && !c->owed) {
		got_data(c);
		return;
	}
	if (c->is_stopped)
		return;		/* replies to what went along with the refused MAIL */
	while (is_skipped(c->mail, c->answered))
		c->answered++;
	k = c->answered++;
	if (k == 0)
		got_sender(c);
	else
		got_recipient(c, k - 1);
}

static enum zg_smtp_action act_text(struct zg_smtp_client *c)
{
	(void)c;	/* the caller has the turn */
	return ZG_SMTP_DO_TEXT;
}

static enum zg_smtp_action act_dot(struct zg_smtp_client *c)
{
	return put(c, ZG_S("."));
}

static void got_dot(struct zg_smtp_client *c)
{
	if (is_odd(c))
		return;
	settle_rest(c->mail, outcome_heard(c));
	c->state = ZG_SMTP_CS_DONE;
}

static enum zg_smtp_action act_quit(struct zg_smtp_client *c)
{
	return put(c, ZG_S("QUIT"));
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
	[ZG_SMTP_CS_RSET] = { act_rset, got_rset },
	[ZG_SMTP_CS_MAIL] = { act_mail, got_mail },
	[ZG_SMTP_CS_TEXT] = { act_text, NULL },
	[ZG_SMTP_CS_DOT] = { act_dot, got_dot },
	[ZG_SMTP_CS_DONE] = { act_done, NULL },
	[ZG_SMTP_CS_QUIT] = { act_quit, got_quit },
	[ZG_SMTP_CS_CLOSED] = { act_closed, NULL },
};

static void take_reply(struct zg_smtp_client *c)
{
	bool is_early = c->state == ZG_SMTP_CS_TEXT && c->heard.code >= 400;

	if (c->state == ZG_SMTP_CS_QUIT && c->owed)
		got_quit(c);
	else if (c->heard.code == 421 || is_early)
		fail_heard(c);
	else if (!c->owed)
		fail_own(c, &odd_turn);
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
		fail_own(c, &odd_reply);
		return true;
	case ZG_SMTP_GOT_MORE:
		break;
	}
	/* Half a reply while the text is sent may become the reply to it; elsewhere nothing may come unasked. */
	if (c->owed || c->state == ZG_SMTP_CS_TEXT)
		return false;
	fail_own(c, &odd_turn);
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

/* The parser lets no control octet and no over-long address through; so no address breaks a command line. */
static bool is_sendable(struct zg_slice address, bool is_utf8)
{
	struct zg_address a;

	return zg_address_mailbox(address, is_utf8, &a) == 0;
}

/* Why the whole mail cannot go over this connection, or NULL. */
static const struct own *why_not(const struct zg_smtp_client *c, const struct zg_smtp_mail *m)
{
	if (m->is_utf8 && !(c->offers & HAS_UTF8))
		return &needs_utf8;
	if (m->is_8bit && !(c->offers & HAS_8BIT))
		return &needs_8bit;
	if (c->size_max && m->size > c->size_max)
		return &too_large;
	if (m->sender.n && !is_sendable(m->sender, m->is_utf8))
		return &bad_sender;
	return NULL;
}

void zg_smtp_client_mail(struct zg_smtp_client *c, struct zg_smtp_mail *m)
{
	const struct own *why;
	size_t good = 0;

	if (c->state != ZG_SMTP_CS_READY)
		return;
	why = why_not(c, m);
	for (size_t i = 0; i < m->count; i++) {
		bool is_good = !why && is_sendable(m->recipients[i], m->is_utf8);

		m->outcomes[i] = (struct zg_smtp_outcome){ .code = 0 };
		if (!is_good)
			settle(m, i, outcome_own(why ? why : &bad_recipient));
		good += is_good;
	}
	c->mail = m;
	c->sent = c->answered = c->accepted = 0;
	c->is_stopped = false;
	if (!good)
		c->state = ZG_SMTP_CS_DONE;
	else
		c->state = c->needs_rset ? ZG_SMTP_CS_RSET : ZG_SMTP_CS_MAIL;
}

void zg_smtp_client_text_done(struct zg_smtp_client *c)
{
	if (c->state != ZG_SMTP_CS_TEXT)
		return;
	c->state = ZG_SMTP_CS_DOT;
	(void)act_dot(c);	/* next says READ, too */
}

void zg_smtp_client_quit(struct zg_smtp_client *c)
{
	c->state = c->state == ZG_SMTP_CS_READY ? ZG_SMTP_CS_QUIT : ZG_SMTP_CS_CLOSED;
}

void zg_smtp_client_lost(struct zg_smtp_client *c, struct zg_slice why)
{
	fail(c, (struct zg_smtp_outcome){ 0, ZG_S("4.4.2"), why });
}

const struct zg_smtp_outcome *zg_smtp_client_fault(const struct zg_smtp_client *c)
{
	return c->has_fault ? &c->fault : NULL;
}
