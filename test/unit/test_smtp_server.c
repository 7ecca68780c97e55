/* test_smtp_server.c - the server's side of SMTP: chats in every cut, every pair of state and command, the
 * ends of messages, limits.
 *
 * Words of a server's chat beside C and S:
 *	conf: tls starttls clear trusted required size=N recipients=N errors=N
 *	answer: EVENT CODE ENHANCED TEXT	the next question of that event is answered so (- for no enhanced
 *						code); else AUTH is right for app and secret, and all else is accepted
 *	E: EVENT ...				the events, in order; where a chat has one, it has all
 *	tls:					here the handshake is done
 *	closed:					the engine closes at the end
 *	whole:					what this chat shows needs octets that arrive together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "chat.h"
#include "proto/smtp_command.h"
#include "proto/smtp_server.h"

#define MEM (512u * 1024u)

struct talk {
	const struct chat *chat;
	struct zg_smtp_conf conf;
	struct zg_smtp_server s;
	struct zg_buf sent, events, body, pending;
	struct chat_guard guard;
	struct chat_cut cut;
	bool is_used[CHAT_LINES];	/* answers */
	bool is_closed, wants_tls;
	size_t matched, read;		/* lines of the chat and octets of sent that were compared */
};

static const struct { struct zg_slice name; enum zg_smtp_event event; } event_names[] = {
	{ ZG_SI("HELO"), ZG_SMTP_HELO }, { ZG_SI("AUTH"), ZG_SMTP_AUTH }, { ZG_SI("MAIL"), ZG_SMTP_MAIL },
	{ ZG_SI("RCPT"), ZG_SMTP_RCPT }, { ZG_SI("DATA"), ZG_SMTP_DATA }, { ZG_SI("END"), ZG_SMTP_END },
	{ ZG_SI("RESET"), ZG_SMTP_RESET }, { ZG_SI("STARTTLS"), ZG_SMTP_STARTTLS }, { ZG_SI("CLOSE"), ZG_SMTP_CLOSE },
};

static struct zg_slice event_name(enum zg_smtp_event event)
{
	for (size_t i = 0; i < sizeof(event_names) / sizeof(event_names[0]); i++)
		if (event_names[i].event == event)
			return event_names[i].name;
	return ZG_S("?");
}

static void set_conf(struct talk *t, struct zg_slice text, struct zg_smtp_server_opts *o)
{
	while (text.n) {
		struct zg_slice word = chat_word(&text), name = zg_slice_sub(word, 0, zg_slice_find(word, '='));
		struct zg_slice value = zg_slice_sub(word, name.n + 1, word.n);

		if (zg_slice_eq(word, ZG_S("tls")))
			o->is_tls = true;
		else if (zg_slice_eq(word, ZG_S("starttls")))
			o->is_tls_offered = true;
		else if (zg_slice_eq(word, ZG_S("clear")))
			o->is_auth_clear = true;
		else if (zg_slice_eq(word, ZG_S("trusted")))
			o->is_trusted = true;
		else if (zg_slice_eq(word, ZG_S("required")))
			t->conf.is_auth_required = true;
		else if (zg_slice_eq(name, ZG_S("size")))
			t->conf.size_max = chat_number(value);
		else if (zg_slice_eq(name, ZG_S("recipients")))
			t->conf.recipients_max = (unsigned)chat_number(value);
		else if (zg_slice_eq(name, ZG_S("errors")))
			t->conf.errors_max = (unsigned)chat_number(value);
		else
			fail_msg("%s: conf: " ZG_FMT, t->chat->name, ZG_ARG(word));
	}
}

static struct zg_buf new_buf(size_t n)
{
	void *p = malloc(n);

	assert_non_null(p);
	return zg_buf_of(p, n);
}

static bool has_word(const struct chat *chat, struct zg_slice word)
{
	for (size_t i = 0; i < chat->count; i++)
		if (zg_slice_eq(chat->lines[i].word, word))
			return true;
	return false;
}

static void talk_init(struct talk *t, const struct chat *chat, struct chat_cut cut)
{
	struct zg_smtp_server_opts o = { .is_tls = false };

	*t = (struct talk){ .chat = chat, .cut = cut };
	t->conf = (struct zg_smtp_conf){
		.hostname = ZG_S("relay.example.be"), .size_max = 1000000, .recipients_max = 100, .errors_max = 10,
	};
	for (size_t i = 0; i < chat->count; i++)
		if (zg_slice_eq(chat->lines[i].word, ZG_S("conf")))
			set_conf(t, chat->lines[i].text, &o);
	t->sent = new_buf(MEM);
	t->events = new_buf(MEM);
	t->body = new_buf(MEM);
	t->pending = new_buf(MEM);
	chat_guard_init(&t->guard, MEM);
	zg_smtp_server_init(&t->s, &t->conf, &o);
}

static void talk_done(struct talk *t)
{
	free(t->sent.p);
	free(t->events.p);
	free(t->body.p);
	free(t->pending.p);
	chat_guard_done(&t->guard);
}

static bool take_out(struct talk *t)
{
	bool is_any = t->s.out.n > 0;

	zg_buf_put(&t->sent, zg_buf_slice(&t->s.out));
	t->s.out.n = 0;
	return is_any;
}

static bool is_wiped(const struct zg_smtp_login *l)
{
	const unsigned char *p = (const unsigned char *)l;

	for (size_t i = 0; i < sizeof(*l); i++)
		if (p[i])
			return false;
	return true;
}

/* What holds at every return. */
static void check_laws(const struct talk *t, const struct zg_smtp_ev *ev, size_t left)
{
	const struct zg_smtp_server *s = &t->s;
	bool is_login = s->asked == ZG_SMTP_AUTH || s->state == ZG_SMTP_S_AUTH_LOGIN_PASS;

	assert_false(s->out.is_full);
	assert_true(chat_is_crlf_only(zg_buf_slice(&s->out)));
	assert_true(is_login || is_wiped(&s->login));
	if (ev->event == ZG_SMTP_MORE && s->asked == ZG_SMTP_MORE && s->out.cap - s->out.n >= ZG_SMTP_REPLY_MAX)
		assert_true(left < ZG_LIMIT_SMTP_LINE);
	if (s->is_utf8 && s->asked != ZG_SMTP_MAIL)
		assert_true(s->state >= ZG_SMTP_S_MAIL && s->state <= ZG_SMTP_S_DATA);
	if (s->recipients)
		assert_true(s->state == ZG_SMTP_S_RCPT || s->state == ZG_SMTP_S_DATA);
}

static void note(struct talk *t, struct zg_slice name, struct zg_slice text)
{
	zg_buf_put(&t->events, name);
	if (text.n)
		zg_buf_putc(&t->events, ' ');
	chat_put_visible(&t->events, text);
}

static void note_event(struct talk *t, const struct zg_smtp_ev *ev)
{
	const struct zg_smtp_reply *refused = zg_smtp_server_refused(&t->s);

	if (ev->event == ZG_SMTP_END && !refused && t->body.n) {
		note(t, ZG_S("BODY"), zg_buf_slice(&t->body));
		zg_buf_putc(&t->events, '\n');
	}
	note(t, event_name(ev->event), ev->event == ZG_SMTP_MAIL && !ev->text.n ? ZG_S("<>") : ev->text);
	if (ev->event == ZG_SMTP_AUTH)
		note(t, ZG_S(""), ev->password);
	if (ev->event == ZG_SMTP_END && refused)
		zg_buf_put(&t->events, ZG_S(" refused"));
	if (ev->size) {
		zg_buf_put(&t->events, ZG_S(" size="));
		zg_buf_put_uint(&t->events, ev->size);
	}
	zg_buf_put(&t->events, ev->is_8bit ? ZG_S(" 8bit") : ZG_S(""));
	zg_buf_put(&t->events, ev->is_utf8 ? ZG_S(" utf8") : ZG_S(""));
	zg_buf_putc(&t->events, '\n');
}

static bool answer_from_chat(struct talk *t, enum zg_smtp_event event)
{
	for (size_t i = 0; i < t->chat->count; i++) {
		struct zg_slice text = t->chat->lines[i].text, code, enhanced;

		if (t->is_used[i] || !zg_slice_eq(t->chat->lines[i].word, ZG_S("answer")) ||
		    !zg_slice_eq(chat_word(&text), event_name(event)))
			continue;
		t->is_used[i] = true;
		code = chat_word(&text);
		enhanced = chat_word(&text);
		if (zg_slice_eq(enhanced, ZG_S("-")))
			enhanced.n = 0;
		zg_smtp_server_answer(&t->s, (unsigned)chat_number(code), enhanced, text);
		return true;
	}
	return false;
}

static bool is_right(const struct zg_smtp_ev *ev)
{
	return zg_slice_eq(ev->text, ZG_S("app")) && zg_slice_eq(ev->password, ZG_S("secret"));
}

static void answer(struct talk *t, const struct zg_smtp_ev *ev)
{
	if (answer_from_chat(t, ev->event))
		return;
	if (ev->event == ZG_SMTP_AUTH && is_right(ev))
		zg_smtp_server_answer(&t->s, 235, ZG_S("2.7.0"), ZG_S("welcome"));
	else if (ev->event == ZG_SMTP_AUTH)
		zg_smtp_server_answer(&t->s, 535, ZG_S("5.7.8"), ZG_S("wrong user name or password"));
	else if (ev->event == ZG_SMTP_DATA)
		zg_smtp_server_answer(&t->s, 354, ZG_S(""), ZG_S("go ahead"));
	else if (ev->event == ZG_SMTP_END && zg_smtp_server_refused(&t->s))
		zg_smtp_server_answer_refused(&t->s);
	else
		zg_smtp_server_answer(&t->s, 250, ZG_S("2.1.0"), event_name(ev->event));
}

/* While an answer is owed nothing is taken, whatever is pushed. */
static void question(struct talk *t, struct zg_slice in, const struct zg_smtp_ev *ev)
{
	struct zg_slice before = in;
	struct zg_smtp_ev none;

	zg_smtp_server_next(&t->s, &in, &none);
	assert_int_equal(none.event, ZG_SMTP_MORE);
	assert_true(in.p == before.p && in.n == before.n);
	assert_false(zg_smtp_server_is_idle(&t->s));
	answer(t, ev);
	assert_int_equal(t->s.asked, ZG_SMTP_MORE);
}

static void handle(struct talk *t, struct zg_slice in, const struct zg_smtp_ev *ev)
{
	switch (ev->event) {
	case ZG_SMTP_BODY:
		zg_buf_put(&t->body, ev->text);
		return;
	case ZG_SMTP_STARTTLS:
		t->wants_tls = true;
		break;
	case ZG_SMTP_CLOSE:
		t->is_closed = true;
		break;
	default:
		break;
	}
	note_event(t, ev);
	if (t->s.asked != ZG_SMTP_MORE)
		question(t, in, ev);
	if (ev->event == ZG_SMTP_DATA)
		t->body.n = 0;
}

/* Pushes octets behind what is left, until the engine wants more. */
static void push(struct talk *t, struct zg_slice octets)
{
	struct zg_smtp_ev ev;
	struct zg_slice in;

	if (t->is_closed)
		return;
	zg_buf_put(&t->pending, octets);
	do {
		in = chat_guarded(&t->guard, zg_buf_slice(&t->pending));
		zg_smtp_server_next(&t->s, &in, &ev);
		check_laws(t, &ev, in.n);
		t->pending.n = 0;
		zg_buf_put(&t->pending, in);
		if (ev.event != ZG_SMTP_MORE)
			handle(t, in, &ev);
		if (ev.event != ZG_SMTP_MORE && t->cut.seed > 1 && chat_random(&t->cut.seed) % 3 == 0)
			(void)take_out(t);	/* sent early or late, it is the same */
	} while (!t->is_closed && (ev.event != ZG_SMTP_MORE || take_out(t)));
	(void)take_out(t);	/* what stands behind CLOSE's reply */
	assert_false(t->sent.is_full || t->events.is_full || t->body.is_full || t->pending.is_full);
}

/* Compares S lines from line `from` to `to` of the chat with what was sent. */
static void match_sent(struct talk *t, const struct chat_line *l)
{
	struct zg_slice rest = zg_slice_sub(zg_buf_slice(&t->sent), t->read, t->sent.n);
	struct zg_slice line = zg_slice_sub(rest, 0, zg_slice_find(rest, '\r'));

	if (!rest.n || !chat_matches(l, line))
		fail_msg("%s:%u (%s): got \"" ZG_FMT "\"", t->chat->name, l->number, t->cut.name, ZG_ARG(line));
	t->read += line.n + 2;
}

static void match_all_sent(const struct talk *t, unsigned number)
{
	struct zg_slice rest = zg_slice_sub(zg_buf_slice(&t->sent), t->read, t->sent.n);

	if (rest.n)
		fail_msg("%s:%u (%s): not expected: \"" ZG_FMT "\"", t->chat->name, number, t->cut.name, ZG_ARG(rest));
}

static void match_events(const struct talk *t)
{
	struct zg_slice rest = zg_buf_slice(&t->events);

	for (size_t i = 0; i < t->chat->count; i++) {
		const struct chat_line *l = &t->chat->lines[i];
		struct zg_slice line = zg_slice_sub(rest, 0, zg_slice_find(rest, '\n'));

		if (!zg_slice_eq(l->word, ZG_S("E")))
			continue;
		if (!chat_matches(l, line))
			fail_msg("%s:%u (%s): told \"" ZG_FMT "\"", t->chat->name, l->number, t->cut.name, ZG_ARG(line));
		rest = zg_slice_sub(rest, line.n + 1, rest.n);
	}
	if (rest.n && has_word(t->chat, ZG_S("E")))
		fail_msg("%s (%s): told, not expected: " ZG_FMT, t->chat->name, t->cut.name, ZG_ARG(rest));
}

static void end_talk(struct talk *t)
{
	if (t->is_closed != has_word(t->chat, ZG_S("closed")))
		fail_msg("%s (%s): closed: %d", t->chat->name, t->cut.name, t->is_closed);
	match_all_sent(t, 0);
	match_events(t);
	for (size_t i = 0; i < t->chat->count; i++)
		if (zg_slice_eq(t->chat->lines[i].word, ZG_S("answer")) && !t->is_used[i])
			fail_msg("%s:%u (%s): never asked", t->chat->name, t->chat->lines[i].number, t->cut.name);
}

static void handshake(struct talk *t, const struct chat_line *l)
{
	if (!t->wants_tls)
		fail_msg("%s:%u (%s): no handshake was asked for", t->chat->name, l->number, t->cut.name);
	t->wants_tls = false;
	zg_smtp_server_tls(&t->s);
}

static bool is_client(const struct chat_line *l)
{
	return zg_slice_starts(l->word, ZG_S("C"));
}

static bool is_server(const struct chat_line *l)
{
	return zg_slice_eq(l->word, ZG_S("S"));
}

static void push_in_pieces(struct talk *t, struct zg_slice octets)
{
	while (octets.n && !t->is_closed) {
		size_t n = chat_piece(&t->cut, octets.n);

		push(t, zg_slice_sub(octets, 0, n));
		octets = zg_slice_sub(octets, n, octets.n);
	}
}

/* All that the client says up to the handshake or the end, without waiting for replies. */
static void run_cut(const struct chat *chat, struct chat_cut cut)
{
	struct zg_buf flight = new_buf(MEM);
	struct talk *t = malloc(sizeof(*t));

	assert_non_null(t);
	talk_init(t, chat, cut);
	push(t, ZG_S(""));
	for (size_t i = 0; i < chat->count; i++) {
		bool is_tls = zg_slice_eq(chat->lines[i].word, ZG_S("tls"));

		if (is_client(&chat->lines[i]))
			chat_octets(&chat->lines[i], &flight);
		if (is_tls || i + 1 == chat->count) {
			push_in_pieces(t, zg_buf_slice(&flight));
			flight.n = 0;
		}
		if (is_tls)
			handshake(t, &chat->lines[i]);
	}
	for (size_t i = 0; i < chat->count; i++)
		if (is_server(&chat->lines[i]))
			match_sent(t, &chat->lines[i]);
	end_talk(t);
	talk_done(t);
	free(t);
	free(flight.p);
}

/* Line by line, each reply being there before the next command. */
static void run_dialogue(const struct chat *chat)
{
	const struct chat_cut whole = { "dialogue", 0 };
	struct zg_buf octets = new_buf(MEM);
	struct talk *t = malloc(sizeof(*t));
	bool was_server = true;

	assert_non_null(t);
	talk_init(t, chat, whole);
	push(t, ZG_S(""));
	for (size_t i = 0; i < chat->count; i++) {
		const struct chat_line *l = &chat->lines[i];

		if (is_server(l)) {
			match_sent(t, l);
		} else if (is_client(l)) {
			if (was_server)
				match_all_sent(t, l->number);
			octets.n = 0;
			chat_octets(l, &octets);
			push(t, zg_buf_slice(&octets));
		} else if (zg_slice_eq(l->word, ZG_S("tls"))) {
			handshake(t, l);
		}
		was_server = is_server(l) || (was_server && !is_client(l));
	}
	end_talk(t);
	talk_done(t);
	free(t);
	free(octets.p);
}

static void run_chat(const struct chat *chat)
{
	static const struct chat_cut cuts[] = {
		{ "whole", 0 }, { "byte by byte", 1 }, { "seed 2", 2 }, { "seed 33", 33 }, { "seed 444", 444 },
		{ "seed 5555", 5555 },
	};
	size_t count = has_word(chat, ZG_S("whole")) ? 1 : sizeof(cuts) / sizeof(cuts[0]);

	for (size_t i = 0; i < count; i++)
		run_cut(chat, cuts[i]);
	if (count > 1)
		run_dialogue(chat);
}

static void chats(void **state)
{
	(void)state;
	assert_true(chat_each("server-", run_chat) >= 20);
}

/* Every pair of state and command. */

struct pair_state {
	const char *name;
	struct zg_slice way;		/* what leads there */
	const char *codes;		/* a code a command, in the order of pair_commands */
	enum zg_smtp_state state;
	bool is_required;
};

static const struct zg_slice pair_commands[] = {
	ZG_SI("HELO client.example"), ZG_SI("EHLO client.example"), ZG_SI("STARTTLS"),
	ZG_SI("AUTH PLAIN AGFwcABzZWNyZXQ="), ZG_SI("MAIL FROM:<a@example.be>"), ZG_SI("RCPT TO:<b@example.com>"),
	ZG_SI("DATA"), ZG_SI("RSET"), ZG_SI("NOOP"), ZG_SI("VRFY a"), ZG_SI("EXPN a"), ZG_SI("HELP"), ZG_SI("QUIT"),
	ZG_SI("GET / HTTP/1.1"), ZG_SI("XYZZY"),
};

#define PAIR_COMMANDS (sizeof(pair_commands) / sizeof(pair_commands[0]))
#define WAY_EHLO "EHLO c.example\r\n"
#define WAY_MAIL WAY_EHLO "MAIL FROM:<a@example.be>\r\n"
#define WAY_RCPT WAY_MAIL "RCPT TO:<b@example.com>\r\n"

/* Written from the RFCs, not from the engine's table. */
static const struct pair_state pair_states[] = {
	/*       HELO EHLO TLS AUTH MAIL RCPT DATA RSET NOOP VRFY EXPN HELP QUIT GET ? */
	{ "new", ZG_SI(""),
		"250 250 503 503 503 503 503 250 250 252 502 214 221 421 500", ZG_SMTP_S_GREET, true },
	{ "greeted", ZG_SI(WAY_EHLO),
		"250 250 220 235 530 530 530 250 250 530 502 214 221 421 500", ZG_SMTP_S_HELO, true },
	{ "idle", ZG_SI(WAY_EHLO),
		"250 250 220 235 250 503 503 250 250 252 502 214 221 421 500", ZG_SMTP_S_IDLE, false },
	{ "mail", ZG_SI(WAY_MAIL),
		"250 250 503 503 503 250 554 250 250 252 502 214 221 421 500", ZG_SMTP_S_MAIL, false },
	{ "rcpt", ZG_SI(WAY_RCPT),
		"250 250 503 503 503 250 354 250 250 252 502 214 221 421 500", ZG_SMTP_S_RCPT, false },
	/* Here a line is a response of the login: a command is no base64, or base64 of nonsense. */
	{ "plain", ZG_SI(WAY_EHLO "AUTH PLAIN\r\n"),
		"501 501 501 501 501 501 501 501 501 501 501 501 501 501 501", ZG_SMTP_S_AUTH_PLAIN, false },
	{ "user", ZG_SI(WAY_EHLO "AUTH LOGIN\r\n"),
		"501 501 501 501 501 501 501 501 501 501 501 501 501 501 501", ZG_SMTP_S_AUTH_LOGIN_USER, false },
	{ "password", ZG_SI(WAY_EHLO "AUTH LOGIN\r\nYXBw\r\n"),
		"501 501 535 501 501 501 535 535 535 501 501 535 535 501 501", ZG_SMTP_S_AUTH_LOGIN_PASS, false },
	/* Here it is text of the message: no reply. */
	{ "data", ZG_SI(WAY_RCPT "DATA\r\n"),
		"000 000 000 000 000 000 000 000 000 000 000 000 000 000 000", ZG_SMTP_S_DATA, false },
	/* Behind STARTTLS nothing may come in clear. */
	{ "tls", ZG_SI(WAY_EHLO "STARTTLS\r\n"),
		"554 554 554 554 554 554 554 554 554 554 554 554 554 554 554", ZG_SMTP_S_TLS, false },
	{ "closed", ZG_SI("QUIT\r\n"),
		"000 000 000 000 000 000 000 000 000 000 000 000 000 000 000", ZG_SMTP_S_CLOSED, false },
};

/* The state behind a command that was answered with this code. */
static enum zg_smtp_state state_behind(const struct pair_state *p, size_t command, unsigned code)
{
	enum zg_smtp_state rest = p->is_required ? ZG_SMTP_S_HELO : ZG_SMTP_S_IDLE;

	if (code == 421 || code == 221 || (code == 554 && p->state == ZG_SMTP_S_TLS))
		return ZG_SMTP_S_CLOSED;
	if (p->state >= ZG_SMTP_S_AUTH_PLAIN && p->state <= ZG_SMTP_S_AUTH_LOGIN_PASS)
		return rest;
	if (code >= 500 || code == 0)
		return p->state;
	switch (command) {
	case ZG_SMTP_C_HELO: case ZG_SMTP_C_EHLO:
		return rest;
	case ZG_SMTP_C_RSET:
		return p->state == ZG_SMTP_S_GREET ? ZG_SMTP_S_GREET : rest;
	case ZG_SMTP_C_STARTTLS:
		return ZG_SMTP_S_TLS;
	case ZG_SMTP_C_AUTH:
		return ZG_SMTP_S_IDLE;
	case ZG_SMTP_C_MAIL:
		return ZG_SMTP_S_MAIL;
	case ZG_SMTP_C_RCPT:
		return ZG_SMTP_S_RCPT;
	case ZG_SMTP_C_DATA:
		return ZG_SMTP_S_DATA;
	default:
		return p->state;
	}
}

static void drive(struct zg_smtp_server *s, struct zg_slice in)
{
	struct zg_smtp_ev ev;

	do {
		zg_smtp_server_next(s, &in, &ev);
		if (s->asked == ZG_SMTP_AUTH)
			zg_smtp_server_answer(s, is_right(&ev) ? 235 : 535, ZG_S(""), ZG_S("x"));
		else if (s->asked != ZG_SMTP_MORE)
			zg_smtp_server_answer(s, s->asked == ZG_SMTP_DATA ? 354 : 250, ZG_S("2.0.0"), ZG_S("x"));
	} while (ev.event != ZG_SMTP_MORE && ev.event != ZG_SMTP_CLOSE);
}

static void try_pair(const struct pair_state *p, size_t command)
{
	const struct zg_smtp_conf conf = {
		.hostname = ZG_S("relay.example.be"), .size_max = 1000, .recipients_max = 10, .errors_max = 10,
		.is_auth_required = p->is_required,
	};
	const struct zg_smtp_server_opts o = { .is_tls_offered = true, .is_auth_clear = true };
	char mem[200];
	struct zg_buf line = zg_buf_of(mem, sizeof(mem));
	unsigned want = (unsigned)chat_number(zg_slice_of(p->codes + 4 * command, 3)), got = 0;
	struct zg_smtp_server s;

	zg_smtp_server_init(&s, &conf, &o);
	drive(&s, p->way);
	assert_int_equal(s.state, p->state);
	s.out.n = 0;
	zg_buf_put(&line, pair_commands[command]);
	zg_buf_put(&line, ZG_S("\r\n"));
	drive(&s, zg_buf_slice(&line));
	if (s.out.n)
		got = (unsigned)chat_number(zg_slice_of(s.out_mem, 3));
	if (got != want || s.state != state_behind(p, command, got))
		fail_msg("%s, " ZG_FMT ": %u and state %d, not %u", p->name, ZG_ARG(pair_commands[command]), got,
			(int)s.state, want);
}

static void every_state_and_command(void **state)
{
	(void)state;
	assert_int_equal(sizeof(pair_states) / sizeof(pair_states[0]), ZG_SMTP_S_COUNT);
	assert_int_equal(PAIR_COMMANDS, ZG_SMTP_C_COUNT);
	for (size_t i = 0; i < ZG_SMTP_S_COUNT; i++)
		for (size_t command = 0; command < PAIR_COMMANDS; command++)
			try_pair(&pair_states[i], command);
}

static void start_mail(struct zg_smtp_server *s, const struct zg_smtp_conf *conf)
{
	const struct zg_smtp_server_opts o = { .is_tls = true };

	zg_smtp_server_init(s, conf, &o);
	drive(s, ZG_S(WAY_RCPT "DATA\r\n"));
	assert_int_equal(s->state, ZG_SMTP_S_DATA);
	s->out.n = 0;
}

static const struct zg_smtp_conf plain_conf = {
	.hostname = ZG_SI("relay.example.be"), .size_max = 0, .recipients_max = 10, .errors_max = 5,
};

/* What 20 programs once took for the end of a message. */
static void smuggled_ends_do_not_end(void **state)
{
	static const struct { const char *proves; struct zg_slice end; } rows[] = {
		{ "LF . LF", ZG_SI("\n.\n") }, { "LF . CRLF", ZG_SI("\n.\r\n") }, { "CRLF . LF", ZG_SI("\r\n.\n") },
		{ "CR . CR", ZG_SI("\r.\r") }, { "CR . CRLF", ZG_SI("\r.\r\n") }, { "CRLF . CR", ZG_SI("\r\n.\r") },
		{ "CR . LF", ZG_SI("\r.\n") }, { "LF . CR", ZG_SI("\n.\r") }, { "CRLF . CR CRLF", ZG_SI("\r\n.\r\r\n") },
		{ "CR CRLF . CR CRLF", ZG_SI("\r\r\n.\r\r\n") }, { "CRLF NUL . CRLF", ZG_SI("\r\n\0.\r\n") },
		{ "CRLF . NUL CRLF", ZG_SI("\r\n.\0\r\n") }, { "LF CR . LF CR", ZG_SI("\n\r.\n\r") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_smtp_server s;
		bool is_nul = zg_slice_find(rows[i].end, '\0') < rows[i].end.n;
		char mem[200];
		struct zg_buf text = zg_buf_of(mem, sizeof(mem));

		zg_buf_put(&text, ZG_S("Subject: x\r\n\r\ntext"));
		zg_buf_put(&text, rows[i].end);
		zg_buf_put(&text, ZG_S("MAIL FROM:<evil@example.com>\r\n"));
		start_mail(&s, &plain_conf);
		drive(&s, zg_buf_slice(&text));
		if (s.state != ZG_SMTP_S_DATA || s.out.n)
			fail_msg("%s", rows[i].proves);
		zg_buf_put(&text, ZG_S(".\r\n"));
		start_mail(&s, &plain_conf);
		drive(&s, zg_buf_slice(&text));
		if (s.state != (is_nul ? ZG_SMTP_S_IDLE : ZG_SMTP_S_CLOSED) ||
		    !zg_slice_starts(zg_buf_slice(&s.out), is_nul ? ZG_S("550 5.6.0 ") : ZG_S("550 5.5.2 ")))
			fail_msg("%s: the reply", rows[i].proves);
	}
}

static void limits_at_and_over(void **state)
{
	static const struct {
		const char *proves;
		uint64_t size_max;
		unsigned line, lines;
		struct zg_slice reply;
	} rows[] = {
		{ "a line of 998 octets", 0, 998, 1, ZG_SI("250") }, { "of 999", 0, 999, 1, ZG_SI("550 5.6.0") },
		{ "the largest message", 1000, 98, 10, ZG_SI("250") }, { "one octet more", 999, 98, 10, ZG_SI("552 5.3.4") },
		{ "no limit", 0, 900, 2000, ZG_SI("250") },
	};
	static char line[1001];

	(void)state;
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_smtp_conf conf = plain_conf;
		struct zg_smtp_server s;

		conf.size_max = rows[i].size_max;
		start_mail(&s, &conf);
		for (unsigned k = 0; k < rows[i].lines; k++) {
			drive(&s, zg_slice_of(line, rows[i].line));
			drive(&s, ZG_S("\r\n"));
		}
		drive(&s, ZG_S(".\r\n"));
		if (!zg_slice_starts(zg_buf_slice(&s.out), rows[i].reply))
			fail_msg("%s", rows[i].proves);
	}
}

/* A caller that accepts what the engine refuses does not get its way. */
static void refusals_cannot_be_overruled(void **state)
{
	struct zg_smtp_server s;
	struct zg_smtp_ev ev;
	struct zg_slice in = ZG_S("a\nb\r\n.\r\n");

	(void)state;
	start_mail(&s, &plain_conf);
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_END);
	assert_int_equal(zg_smtp_server_refused(&s)->code, 550);
	zg_smtp_server_answer(&s, 250, ZG_S("2.0.0"), ZG_S("queued"));
	assert_true(zg_slice_starts(zg_buf_slice(&s.out), ZG_S("550 5.5.2 ")));
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_CLOSE);
	zg_smtp_server_answer(&s, 250, ZG_S(""), ZG_S("nobody asked"));
	zg_smtp_server_answer_refused(&s);
	assert_int_equal(zg_slice_find(zg_buf_slice(&s.out), '\n') + 1, s.out.n);
}

/* With no room for a reply nothing is taken; replies come whole and in order nevertheless. */
static void out_is_bounded(void **state)
{
	static char many[10000 * 6 + 1];
	const struct zg_smtp_server_opts o = { .is_tls = true };
	struct zg_slice in = zg_slice_of(many, 60000);
	struct zg_smtp_server s;
	struct zg_smtp_ev ev;
	size_t replies = 0, rounds = 0;

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		chat_put_at(many + 6 * i, ZG_S("NOOP\r\n"));
	zg_smtp_server_init(&s, &plain_conf, &o);
	s.out.n = 0;
	for (size_t left = in.n; left; left = in.n, rounds++) {
		zg_smtp_server_next(&s, &in, &ev);
		assert_int_equal(ev.event, ZG_SMTP_MORE);
		assert_false(s.out.is_full);
		assert_true(in.n < left);
		left = in.n;
		zg_smtp_server_next(&s, &in, &ev);
		assert_true(in.n == left);	/* full: nothing moves until it is emptied */
		replies += s.out.n / (sizeof("250 2.0.0 OK\r\n") - 1);
		s.out.n = 0;
	}
	assert_int_equal(replies, 10000);
	assert_true(rounds > 10);
}

static void answers_are_one_clean_line(void **state)
{
	static char text[2000];
	struct zg_smtp_server s;
	const struct zg_smtp_server_opts o = { .is_tls = true };
	struct zg_slice out;

	(void)state;
	memset(text, 'x', sizeof(text));
	chat_put_at(text, ZG_S("a\r\n250 b\0\xc3\xa9"));
	zg_smtp_server_init(&s, &plain_conf, &o);
	s.out.n = 0;
	drive(&s, ZG_S("EHLO c.example\r\n"));
	s.out.n = 0;
	{
		struct zg_slice in = ZG_S("MAIL FROM:<a@example.be>\r\n");
		struct zg_smtp_ev ev;

		zg_smtp_server_next(&s, &in, &ev);
		zg_smtp_server_answer(&s, 550, ZG_S("5.7.1"), zg_slice_of(text, sizeof(text)));
	}
	out = zg_buf_slice(&s.out);
	assert_int_equal(out.n, ZG_SMTP_REPLY_MAX);
	assert_true(zg_slice_starts(out, ZG_S("550 5.7.1 a??250 b???xx")));
	assert_int_equal(zg_slice_find(out, '\r'), out.n - 2);
	s.out.n = 0;
	{
		struct zg_slice in = ZG_S("MAIL FROM:<a@example.be> SMTPUTF8\r\n");
		struct zg_smtp_ev ev;

		for (size_t i = 0; i + 1 < sizeof(text); i += 2)
			chat_put_at(text + i, ZG_S("\xc3\xa9"));
		zg_smtp_server_next(&s, &in, &ev);
		zg_smtp_server_answer(&s, 550, ZG_S("5.7.10"), zg_slice_of(text, sizeof(text)));
	}
	out = zg_buf_slice(&s.out);	/* 11 octets in front: a letter of two octets is not cut */
	assert_int_equal(out.n, ZG_SMTP_REPLY_MAX - 1);
	assert_true(zg_slice_ends_ci(out, ZG_S("\xc3\xa9\r\n")));
}

/* 421 from outside, in any state, once. */
static void shutting_down(void **state)
{
	struct zg_smtp_server s;
	struct zg_smtp_ev ev;
	struct zg_slice in = ZG_S("AUTH PLAIN AGFwcABzZWNyZXQ=\r\n");
	const struct zg_smtp_server_opts o = { .is_tls = true };

	(void)state;
	zg_smtp_server_init(&s, &plain_conf, &o);
	assert_true(zg_smtp_server_is_idle(&s));
	drive(&s, ZG_S(WAY_EHLO));
	s.out.n = 0;
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_AUTH);
	assert_false(zg_smtp_server_is_idle(&s));
	zg_smtp_server_shut(&s, ZG_S("4.3.2"), ZG_S("shutting down"));
	zg_smtp_server_shut(&s, ZG_S("4.3.2"), ZG_S("shutting down"));
	assert_true(zg_slice_eq(zg_buf_slice(&s.out), ZG_S("421 4.3.2 shutting down\r\n")));
	assert_true(is_wiped(&s.login));
	zg_smtp_server_answer(&s, 235, ZG_S(""), ZG_S(""));
	assert_false(s.is_authenticated);
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_CLOSE);
	assert_true(zg_smtp_server_is_idle(&s));
	start_mail(&s, &plain_conf);
	assert_false(zg_smtp_server_is_idle(&s));
	s.out.n = s.out.cap - 100;
	zg_smtp_server_shut(&s, ZG_S(""), ZG_S("no room"));
	assert_int_equal(s.out.n, s.out.cap - 100);
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_CLOSE);
}

/* Octets that come in clear after the 220 of STARTTLS, and a handshake nobody asked for. */
static void starttls_is_a_wall(void **state)
{
	const struct zg_smtp_server_opts o = { .is_tls_offered = true };
	struct zg_smtp_server s;
	struct zg_smtp_ev ev;
	struct zg_slice in = ZG_S("STARTTLS\r\n");

	(void)state;
	zg_smtp_server_init(&s, &plain_conf, &o);
	zg_smtp_server_tls(&s);
	assert_false(s.is_tls);
	drive(&s, ZG_S(WAY_EHLO));
	s.out.n = 0;
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_STARTTLS);
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_MORE);
	assert_int_equal(s.out.n, sizeof("220 2.0.0 begin TLS now\r\n") - 1);	/* said once */
	in = ZG_S("RSET\r\n");
	zg_smtp_server_next(&s, &in, &ev);
	assert_int_equal(ev.event, ZG_SMTP_CLOSE);
	zg_smtp_server_tls(&s);
	assert_false(s.is_tls);
	zg_smtp_server_init(&s, &plain_conf, &o);
	drive(&s, ZG_S(WAY_EHLO "STARTTLS\r\n"));
	s.out.n = 0;
	zg_smtp_server_shut(&s, ZG_S("4.3.2"), ZG_S("the handshake has begun: clear text would break it"));
	assert_int_equal(s.out.n, 0);
}

static void idle_memory_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct zg_smtp_server) <= 3072);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chats),
		cmocka_unit_test(every_state_and_command),
		cmocka_unit_test(smuggled_ends_do_not_end),
		cmocka_unit_test(limits_at_and_over),
		cmocka_unit_test(refusals_cannot_be_overruled),
		cmocka_unit_test(out_is_bounded),
		cmocka_unit_test(answers_are_one_clean_line),
		cmocka_unit_test(shutting_down),
		cmocka_unit_test(starttls_is_a_wall),
		cmocka_unit_test(idle_memory_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
