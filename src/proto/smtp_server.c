/* smtp_server.c - the server's side of SMTP: states, and what each command does in them.
 *
 *   GREET --EHLO--> HELO --AUTH--> IDLE --MAIL--> MAIL --RCPT--> RCPT --DATA--> DATA --CRLF.CRLF--> IDLE
 *     ^               |              ^              |              |
 *     |               +--no AUTH owed+<----RSET-----+<----RSET-----+
 *     +--handshake-- TLS <--STARTTLS-- HELO, IDLE          AUTH_*: the lines of a login, from HELO or IDLE and back
 *
 *   any --QUIT, 421, an injection, a stray CR or LF in a message--> CLOSED
 *
 * The table `machine` says for every state what it reads, and for every command in it whether it is done or how it
 * is refused. Invariants, at every return: (1) while an answer is owed or out has less room than a reply needs,
 * nothing is taken; (2) a command puts one reply into out, or asks one question whose answer puts it; (3) login is
 * all zero, but in the AUTH states and while AUTH is asked; (4) recipients > 0 only in RCPT and DATA. */
#include "proto/smtp_server.h"
#include "proto/smtp_command.h"

enum reading { NOTHING, COMMAND, RESPONSE, TEXT, HANDSHAKE };

#define DO 0	/* the command is done; every other value is an enum zg_smtp_say, the refusal */
#define HEL ZG_SMTP_SAY_HELLO_FIRST
#define AUT ZG_SMTP_SAY_AUTH_FIRST
#define MAI ZG_SMTP_SAY_MAIL_FIRST
#define RCP ZG_SMTP_SAY_RCPT_FIRST
#define NES ZG_SMTP_SAY_NESTED
#define BSY ZG_SMTP_SAY_IN_MAIL
#define EXP ZG_SMTP_SAY_EXPN
#define UNK ZG_SMTP_SAY_UNKNOWN

/* The order of columns is that of enum zg_smtp_command. */
static const struct {
	enum reading reading;
	unsigned char on[ZG_SMTP_C_COUNT];
} machine[ZG_SMTP_S_COUNT] = {
	/*                              HELO EHLO TLS  AUTH MAIL RCPT DATA RSET NOOP VRFY EXPN HELP QUIT GET  ? */
	[ZG_SMTP_S_GREET] = { COMMAND, { DO,  DO,  HEL, HEL, HEL, HEL, HEL, DO,  DO,  DO,  EXP, DO,  DO,  DO,  UNK } },
	[ZG_SMTP_S_HELO] =  { COMMAND, { DO,  DO,  DO,  DO,  AUT, AUT, AUT, DO,  DO,  AUT, EXP, DO,  DO,  DO,  UNK } },
	[ZG_SMTP_S_IDLE] =  { COMMAND, { DO,  DO,  DO,  DO,  DO,  MAI, MAI, DO,  DO,  DO,  EXP, DO,  DO,  DO,  UNK } },
	[ZG_SMTP_S_MAIL] =  { COMMAND, { DO,  DO,  BSY, BSY, NES, DO,  RCP, DO,  DO,  DO,  EXP, DO,  DO,  DO,  UNK } },
	[ZG_SMTP_S_RCPT] =  { COMMAND, { DO,  DO,  BSY, BSY, NES, DO,  DO,  DO,  DO,  DO,  EXP, DO,  DO,  DO,  UNK } },
	[ZG_SMTP_S_AUTH_PLAIN] =      { RESPONSE, { DO } },
	[ZG_SMTP_S_AUTH_LOGIN_USER] = { RESPONSE, { DO } },
	[ZG_SMTP_S_AUTH_LOGIN_PASS] = { RESPONSE, { DO } },
	[ZG_SMTP_S_DATA] =   { TEXT, { DO } },
	[ZG_SMTP_S_TLS] =    { HANDSHAKE, { DO } },
	[ZG_SMTP_S_CLOSED] = { NOTHING, { DO } },
};

/* The one door to another state. */
static void enter(struct zg_smtp_server *s, enum zg_smtp_state state)
{
	s->state = state;
	if (state != ZG_SMTP_S_RCPT && state != ZG_SMTP_S_DATA)
		s->recipients = 0;
	if (state != ZG_SMTP_S_MAIL && state != ZG_SMTP_S_RCPT && state != ZG_SMTP_S_DATA)
		s->is_utf8 = false;
}

static void say(struct zg_smtp_server *s, enum zg_smtp_say what)
{
	const struct zg_smtp_saying *saying = zg_smtp_saying_of(what);

	if (saying->is_error && ++s->errors >= s->conf->errors_max && s->conf->errors_max)
		saying = zg_smtp_saying_of(ZG_SMTP_SAY_ERRORS);
	zg_smtp_reply_put(&s->out, &saying->reply, s->is_utf8);
	if (saying->is_last)
		enter(s, ZG_SMTP_S_CLOSED);
}

static void ask(struct zg_smtp_server *s, struct zg_smtp_ev *ret, enum zg_smtp_event event, struct zg_slice text)
{
	s->asked = event;
	ret->event = event;
	ret->text = text;
}

static bool is_in_mail(const struct zg_smtp_server *s)
{
	return s->state == ZG_SMTP_S_MAIL || s->state == ZG_SMTP_S_RCPT;
}

/* Where a greeted client stands outside a mail. */
static enum zg_smtp_state rest_of(const struct zg_smtp_server *s)
{
	bool is_owed = s->conf->is_auth_required && !s->is_trusted && !s->is_authenticated;

	return is_owed ? ZG_SMTP_S_HELO : ZG_SMTP_S_IDLE;
}

static bool may_auth(const struct zg_smtp_server *s)
{
	return s->is_tls || s->is_auth_clear;
}

/* Commands: what stands behind the verb, and the event to tell. */

static void hello(struct zg_smtp_server *s, struct zg_slice name, struct zg_smtp_ev *ret)
{
	enter(s, rest_of(s));
	ret->event = ZG_SMTP_HELO;
	ret->text = name;
}

static void do_helo(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	s->is_esmtp = false;
	zg_smtp_reply_put_helo(&s->out, s->conf->hostname);
	hello(s, args, ret);
}

static void do_ehlo(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	const struct zg_smtp_offers offers = {
		.size_max = s->conf->size_max,
		.has_starttls = s->is_tls_offered && !s->is_tls,
		.has_auth = may_auth(s) && !s->is_authenticated && !s->is_auth_over,
	};

	s->is_esmtp = true;
	zg_smtp_reply_put_ehlo(&s->out, s->conf->hostname, &offers);
	hello(s, args, ret);
}

static void do_starttls(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* it takes none */
	(void)ret;	/* STARTTLS is told when it is sure that nothing waits behind it */
	if (!s->is_esmtp) {
		say(s, ZG_SMTP_SAY_HELLO_FIRST);
		return;
	}
	if (s->is_tls || !s->is_tls_offered) {
		say(s, s->is_tls ? ZG_SMTP_SAY_TLS_ON : ZG_SMTP_SAY_TLS_NONE);
		return;
	}
	enter(s, ZG_SMTP_S_TLS);
}

/* RFC 4954 4 and 6: whether AUTH can be used at all now. */
static enum zg_smtp_say why_no_auth(const struct zg_smtp_server *s)
{
	if (!s->is_esmtp)
		return ZG_SMTP_SAY_HELLO_FIRST;
	if (s->is_authenticated || s->is_auth_over)	/* after one that succeeded there is no other, whatever became of it */
		return s->is_auth_over ? ZG_SMTP_SAY_AUTH_OVER : ZG_SMTP_SAY_AUTH_TWICE;
	if (!may_auth(s))
		return s->is_tls_offered ? ZG_SMTP_SAY_AUTH_CLEAR : ZG_SMTP_SAY_AUTH_NONE;
	return ZG_SMTP_SAY_NOTHING;
}

static void leave_login(struct zg_smtp_server *s)
{
	zg_smtp_login_wipe(&s->login);
	enter(s, rest_of(s));
}

/* A wrong login, by the engine's own judgement or the caller's. */
static void say_wrong_login(struct zg_smtp_server *s, const struct zg_smtp_reply *why)
{
	if (++s->logins >= ZG_SMTP_LOGINS_MAX)
		say(s, ZG_SMTP_SAY_AUTH_MANY);
	else
		zg_smtp_reply_put(&s->out, why, false);
}

static void take_response(struct zg_smtp_server *s, struct zg_slice response, struct zg_smtp_ev *ret)
{
	enum zg_smtp_say why;

	if (zg_slice_eq(response, ZG_S("*")))
		why = ZG_SMTP_SAY_AUTH_CANCEL;
	else if (s->state == ZG_SMTP_S_AUTH_PLAIN)
		why = zg_smtp_login_plain(&s->login, response);
	else if (s->state == ZG_SMTP_S_AUTH_LOGIN_USER)
		why = zg_smtp_login_user(&s->login, response);
	else
		why = zg_smtp_login_password(&s->login, response);
	if (why != ZG_SMTP_SAY_NOTHING) {
		leave_login(s);
		if (why == ZG_SMTP_SAY_AUTH_IDENTITY)
			say_wrong_login(s, &zg_smtp_saying_of(why)->reply);
		else
			say(s, why);
	} else if (s->state == ZG_SMTP_S_AUTH_LOGIN_USER) {
		enter(s, ZG_SMTP_S_AUTH_LOGIN_PASS);
		say(s, ZG_SMTP_SAY_ASK_PASSWORD);
	} else {
		ask(s, ret, ZG_SMTP_AUTH, zg_smtp_login_get_user(&s->login));
		ret->password = zg_smtp_login_get_password(&s->login);
	}
}

static void do_auth(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	size_t blank = zg_slice_find(args, ' ');
	struct zg_slice mechanism = zg_slice_sub(args, 0, blank);
	struct zg_slice response = zg_slice_trim(zg_slice_sub(args, blank, args.n));
	bool is_plain = zg_slice_eq_ci(mechanism, ZG_S("PLAIN"));
	enum zg_smtp_say why = why_no_auth(s);

	if (why == ZG_SMTP_SAY_NOTHING && (!mechanism.n || zg_slice_find(response, ' ') < response.n))
		why = ZG_SMTP_SAY_AUTH_SYNTAX;
	if (why == ZG_SMTP_SAY_NOTHING && !is_plain && !zg_slice_eq_ci(mechanism, ZG_S("LOGIN")))
		why = ZG_SMTP_SAY_AUTH_MECHANISM;
	if (why != ZG_SMTP_SAY_NOTHING) {
		say(s, why);
		return;
	}
	enter(s, is_plain ? ZG_SMTP_S_AUTH_PLAIN : ZG_SMTP_S_AUTH_LOGIN_USER);
	/* RFC 4954 4: a single = is an initial response of no octets. */
	if (response.n)
		take_response(s, zg_slice_eq(response, ZG_S("=")) ? ZG_S("") : response, ret);
	else
		say(s, is_plain ? ZG_SMTP_SAY_ASK_PLAIN : ZG_SMTP_SAY_ASK_USER);
}

static void do_mail(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	const struct zg_smtp_path_rules rules = { .size_max = s->conf->size_max, .has_parameters = s->is_esmtp };
	struct zg_smtp_path path;
	enum zg_smtp_say why = zg_smtp_command_mail(args, &rules, &path);

	if (why != ZG_SMTP_SAY_NOTHING) {
		say(s, why);
		return;
	}
	s->is_utf8 = path.is_utf8;
	ask(s, ret, ZG_SMTP_MAIL, path.mailbox);
	ret->size = path.size;
	ret->is_8bit = path.is_8bit;
	ret->is_utf8 = path.is_utf8;
}

static void do_rcpt(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	const struct zg_smtp_path_rules rules = { .is_utf8 = s->is_utf8 };
	struct zg_smtp_path path;
	enum zg_smtp_say why = zg_smtp_command_rcpt(args, &rules, &path);

	if (why == ZG_SMTP_SAY_NOTHING && s->recipients >= s->conf->recipients_max)
		why = ZG_SMTP_SAY_RECIPIENTS;
	if (why != ZG_SMTP_SAY_NOTHING)
		say(s, why);
	else
		ask(s, ret, ZG_SMTP_RCPT, path.mailbox);
}

static void do_data(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* it takes none */
	ask(s, ret, ZG_SMTP_DATA, ZG_S(""));
}

static void do_rset(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* it takes none */
	if (is_in_mail(s)) {
		enter(s, rest_of(s));
		ret->event = ZG_SMTP_RESET;
	}
	say(s, ZG_SMTP_SAY_OK);
}

static void do_noop(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* RFC 5321 4.1.1.9: a parameter is ignored */
	(void)ret;	/* nothing to tell */
	say(s, ZG_SMTP_SAY_OK);
}

static void do_vrfy(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* RFC 5321 7.3: no address is told apart from another */
	(void)ret;	/* nothing to tell */
	say(s, ZG_SMTP_SAY_VRFY);
}

static void do_help(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* there is one help */
	(void)ret;	/* nothing to tell */
	say(s, ZG_SMTP_SAY_HELP);
}

static void do_quit(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* it takes none */
	(void)ret;	/* CLOSE is told by the state */
	say(s, ZG_SMTP_SAY_BYE);
}

static void do_foreign(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret)
{
	(void)args;	/* they are of another protocol */
	(void)ret;	/* CLOSE is told by the state */
	say(s, ZG_SMTP_SAY_FOREIGN);
}

static void (*const deeds[ZG_SMTP_C_COUNT])(struct zg_smtp_server *s, struct zg_slice args, struct zg_smtp_ev *ret) = {
	[ZG_SMTP_C_HELO] = do_helo, [ZG_SMTP_C_EHLO] = do_ehlo,
	[ZG_SMTP_C_STARTTLS] = do_starttls, [ZG_SMTP_C_AUTH] = do_auth,
	[ZG_SMTP_C_MAIL] = do_mail, [ZG_SMTP_C_RCPT] = do_rcpt, [ZG_SMTP_C_DATA] = do_data, [ZG_SMTP_C_RSET] = do_rset,
	[ZG_SMTP_C_NOOP] = do_noop, [ZG_SMTP_C_VRFY] = do_vrfy, [ZG_SMTP_C_HELP] = do_help, [ZG_SMTP_C_QUIT] = do_quit,
	[ZG_SMTP_C_FOREIGN] = do_foreign,
};

static bool has_control(struct zg_slice line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < 32 || line.p[i] == 127)
			return true;
	return false;
}

static void take_command(struct zg_smtp_server *s, struct zg_slice line, struct zg_smtp_ev *ret)
{
	struct zg_slice args;
	enum zg_smtp_command command = zg_smtp_command_of(line, &args);
	enum zg_smtp_say why = machine[s->state].on[command];

	if (has_control(line))
		why = ZG_SMTP_SAY_LINE_CONTROL;
	else if (why == ZG_SMTP_SAY_NOTHING && args.n && zg_smtp_command_is_bare(command))
		why = ZG_SMTP_SAY_NO_PARAMETER;
	else if ((command == ZG_SMTP_C_HELO || command == ZG_SMTP_C_EHLO) && !zg_smtp_command_is_name(args))
		why = ZG_SMTP_SAY_NAME;
	if (why != ZG_SMTP_SAY_NOTHING)
		say(s, why);
	else
		deeds[command](s, args, ret);
}

/* HELO and EHLO in a mail end it (RFC 5321 4.1.4): that is told first, and the line is read again. */
static bool line_ends_mail(const struct zg_smtp_server *s, struct zg_slice line)
{
	struct zg_slice name;
	enum zg_smtp_command command = zg_smtp_command_of(line, &name);
	bool is_hello = command == ZG_SMTP_C_HELO || command == ZG_SMTP_C_EHLO;

	return is_in_mail(s) && is_hello && zg_smtp_command_is_name(name);
}

static void refuse_line(struct zg_smtp_server *s, enum zg_smtp_line got)
{
	bool is_response = machine[s->state].reading == RESPONSE;
	enum zg_smtp_say too_long = is_response ? ZG_SMTP_SAY_AUTH_LONG : ZG_SMTP_SAY_LINE_LONG;

	s->is_swallowing = true;
	if (is_response)
		leave_login(s);
	if (got == ZG_SMTP_LINE_TLS)
		say(s, ZG_SMTP_SAY_TLS_EARLY);
	else
		say(s, got == ZG_SMTP_LINE_LONG ? too_long : ZG_SMTP_SAY_LINE_STRAY);
}

/* The take_ functions say whether there is a reason to go on. */
static bool take_line(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret)
{
	struct zg_slice before = *in, line;
	enum zg_smtp_line got;

	if (s->is_swallowing) {
		s->is_swallowing = !zg_smtp_line_swallow(in);
		return !s->is_swallowing;
	}
	got = zg_smtp_line_take(in, &line);
	if (got == ZG_SMTP_LINE_MORE)
		return false;
	if (got != ZG_SMTP_LINE_OK) {
		refuse_line(s, got);
	} else if (machine[s->state].reading == RESPONSE) {
		take_response(s, line, ret);
	} else if (line_ends_mail(s, line)) {
		*in = before;
		enter(s, rest_of(s));
		ret->event = ZG_SMTP_RESET;
	} else {
		take_command(s, line, ret);
	}
	return true;
}

static bool take_text(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret)
{
	switch (zg_smtp_text_take(&s->text, s->conf->size_max, in, &ret->text)) {
	case ZG_SMTP_TOOK_PIECE:
		ret->event = ZG_SMTP_BODY;
		return true;
	case ZG_SMTP_TOOK_END:
		ask(s, ret, ZG_SMTP_END, ZG_S(""));
		return true;
	case ZG_SMTP_TOOK_MORE:
		break;
	}
	return false;
}

/* RFC 3207 6: what came in clear behind STARTTLS must not be taken for what comes under TLS. */
static bool take_handshake(struct zg_smtp_server *s, const struct zg_slice *in, struct zg_smtp_ev *ret)
{
	if (in->n) {
		say(s, ZG_SMTP_SAY_TLS_INJECTED);
		return true;
	}
	if (s->is_tls_told)
		return false;
	say(s, ZG_SMTP_SAY_TLS);
	s->is_tls_told = true;
	ret->event = ZG_SMTP_STARTTLS;
	return true;
}

static bool step(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret)
{
	if (s->asked != ZG_SMTP_MORE)
		return false;
	if (s->state == ZG_SMTP_S_CLOSED) {
		ret->event = ZG_SMTP_CLOSE;
		return false;
	}
	if (s->out.cap - s->out.n < ZG_SMTP_REPLY_MAX)
		return false;
	switch (machine[s->state].reading) {
	case TEXT:
		return take_text(s, in, ret);
	case HANDSHAKE:
		return take_handshake(s, in, ret);
	default:
		return take_line(s, in, ret);
	}
}

void zg_smtp_server_next(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret)
{
	bool is_going = true;

	*ret = (struct zg_smtp_ev){ .event = ZG_SMTP_MORE };
	while (is_going && ret->event == ZG_SMTP_MORE)
		is_going = step(s, in, ret);
}

void zg_smtp_server_init(struct zg_smtp_server *s, const struct zg_smtp_conf *conf, const struct zg_smtp_server_opts *o)
{
	*s = (struct zg_smtp_server){
		.conf = conf, .is_tls = o->is_tls, .is_tls_offered = o->is_tls_offered,
		.is_auth_clear = o->is_auth_clear, .is_trusted = o->is_trusted,
	};
	s->out = zg_buf_of(s->out_mem, sizeof(s->out_mem));
	enter(s, ZG_SMTP_S_GREET);
	zg_smtp_reply_put_greeting(&s->out, conf->hostname);
}

const struct zg_smtp_reply *zg_smtp_server_refused(const struct zg_smtp_server *s)
{
	static const enum zg_smtp_say says[] = {
		[ZG_SMTP_FOUND_LONG] = ZG_SMTP_SAY_TEXT_LONG, [ZG_SMTP_FOUND_NUL] = ZG_SMTP_SAY_TEXT_NUL,
		[ZG_SMTP_FOUND_SIZE] = ZG_SMTP_SAY_SIZE, [ZG_SMTP_FOUND_STRAY] = ZG_SMTP_SAY_TEXT_STRAY,
	};

	if (s->state != ZG_SMTP_S_DATA || s->text.finding == ZG_SMTP_FOUND_NOTHING)
		return NULL;
	return &zg_smtp_saying_of(says[s->text.finding])->reply;
}

static void settle_auth(struct zg_smtp_server *s, const struct zg_smtp_reply *r)
{
	s->is_authenticated = r->code / 100 == 2;
	leave_login(s);
	if (r->code / 100 == 5)
		say_wrong_login(s, r);
	else
		zg_smtp_reply_put(&s->out, r, false);
}

static void settle_end(struct zg_smtp_server *s, const struct zg_smtp_reply *r)
{
	const struct zg_smtp_reply *refused = zg_smtp_server_refused(s);
	bool is_stray = s->text.finding == ZG_SMTP_FOUND_STRAY;

	zg_smtp_reply_put(&s->out, refused && r->code < 400 ? refused : r, s->is_utf8);
	enter(s, is_stray ? ZG_SMTP_S_CLOSED : rest_of(s));
}

static void settle_mail(struct zg_smtp_server *s, enum zg_smtp_event asked, const struct zg_smtp_reply *r)
{
	bool is_yes = asked == ZG_SMTP_DATA ? r->code == 354 : r->code / 100 == 2;

	zg_smtp_reply_put(&s->out, r, s->is_utf8);
	if (asked == ZG_SMTP_MAIL && r->code == 530 && s->is_authenticated) {
		s->is_authenticated = false;
		s->is_auth_over = true;
	}
	if (asked == ZG_SMTP_MAIL)
		enter(s, is_yes ? ZG_SMTP_S_MAIL : rest_of(s));
	if (!is_yes)
		return;
	if (asked == ZG_SMTP_RCPT) {
		s->recipients++;
		enter(s, ZG_SMTP_S_RCPT);
	} else if (asked == ZG_SMTP_DATA) {
		s->text = (struct zg_smtp_text){ .finding = ZG_SMTP_FOUND_NOTHING };
		enter(s, ZG_SMTP_S_DATA);
	}
}

void zg_smtp_server_answer(struct zg_smtp_server *s, unsigned code, struct zg_slice enhanced, struct zg_slice text)
{
	const struct zg_smtp_reply r = { code, enhanced, text };
	enum zg_smtp_event asked = s->asked;

	s->asked = ZG_SMTP_MORE;
	if (asked == ZG_SMTP_MORE)
		return;
	if (asked == ZG_SMTP_AUTH)
		settle_auth(s, &r);
	else if (asked == ZG_SMTP_END)
		settle_end(s, &r);
	else
		settle_mail(s, asked, &r);
	if (code == 421)
		enter(s, ZG_SMTP_S_CLOSED);
}

void zg_smtp_server_answer_refused(struct zg_smtp_server *s)
{
	const struct zg_smtp_reply *r = zg_smtp_server_refused(s);

	if (r && s->asked == ZG_SMTP_END)
		zg_smtp_server_answer(s, r->code, r->enhanced, r->text);
}

void zg_smtp_server_tls(struct zg_smtp_server *s)
{
	if (s->state != ZG_SMTP_S_TLS)
		return;
	s->is_tls = true;
	s->is_esmtp = s->is_authenticated = s->is_auth_over = s->is_tls_told = false;
	enter(s, ZG_SMTP_S_GREET);
}

void zg_smtp_server_shut(struct zg_smtp_server *s, struct zg_slice enhanced, struct zg_slice text)
{
	const struct zg_smtp_reply r = { 421, enhanced, text };

	if (s->state == ZG_SMTP_S_CLOSED)
		return;
	if (s->state != ZG_SMTP_S_TLS && s->out.cap - s->out.n >= ZG_SMTP_REPLY_MAX)
		zg_smtp_reply_put(&s->out, &r, false);
	s->asked = ZG_SMTP_MORE;
	zg_smtp_login_wipe(&s->login);
	enter(s, ZG_SMTP_S_CLOSED);
}

bool zg_smtp_server_is_idle(const struct zg_smtp_server *s)
{
	bool is_resting = s->state == ZG_SMTP_S_GREET || s->state == ZG_SMTP_S_HELO || s->state == ZG_SMTP_S_IDLE;

	return s->asked == ZG_SMTP_MORE && (is_resting || s->state == ZG_SMTP_S_CLOSED);
}
