/* test_smtp_client.c - the client's side of SMTP: chats in every cut, many recipients, the bounds of replies.
 *
 * Words of a client's chat beside C and S:
 *	conf: user=U password=P tls=may|must is-tls clear host=H
 *	do: ACTION ...		the engine wants this, and gets it: tls, quit, text, result, close,
 *				mail FROM TO,TO.. size=N 8bit utf8 (<> for the null sender); and what may come at any time:
 *				lost WHY, wait (octets of the server on both sides of it come apart)
 *	O: CODE ENHANCED TEXT	the outcome of the first, the second .. recipient of the mail (- for no enhanced code)
 *	F: CODE ENHANCED TEXT	the fault, or none
 *	whole:			what this chat shows needs octets that arrive together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "chat.h"
#include "proto/smtp_client.h"

#define MEM (256u * 1024u)
#define MOST 8		/* recipients of a chat's mail */

struct talk {
	const struct chat *chat;
	struct chat_cut cut;
	struct zg_smtp_client c;
	struct zg_smtp_client_opts opts;
	struct zg_smtp_mail mail;
	struct zg_slice recipients[MOST];
	struct zg_smtp_outcome outcomes[MOST];
	char texts[MOST][512];
	char out[ZG_SMTP_CLIENT_MEM];
	struct zg_buf sent, pending;
	struct chat_guard guard;
	enum zg_smtp_action action;
	size_t read, outcome;
};

static void set_conf(struct talk *t, struct zg_slice text)
{
	while (text.n) {
		struct zg_slice word = chat_word(&text), name = zg_slice_sub(word, 0, zg_slice_find(word, '='));
		struct zg_slice value = zg_slice_sub(word, name.n + 1, word.n);

		if (zg_slice_eq(name, ZG_S("user")))
			t->opts.user = value;
		else if (zg_slice_eq(name, ZG_S("password")))
			t->opts.password = value;
		else if (zg_slice_eq(name, ZG_S("host")))
			t->opts.hostname = value;
		else if (zg_slice_eq(word, ZG_S("tls=may")))
			t->opts.tls = ZG_SMTP_TLS_MAY;
		else if (zg_slice_eq(word, ZG_S("tls=must")))
			t->opts.tls = ZG_SMTP_TLS_MUST;
		else if (zg_slice_eq(word, ZG_S("is-tls")))
			t->opts.is_tls = true;
		else if (zg_slice_eq(word, ZG_S("clear")))
			t->opts.is_clear_auth_allowed = true;
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

static void step(struct talk *t)
{
	struct zg_slice in = chat_guarded(&t->guard, zg_buf_slice(&t->pending));

	t->action = zg_smtp_client_next(&t->c, &in);
	t->pending.n = 0;
	zg_buf_put(&t->pending, in);
	assert_false(t->c.out.is_full);
	assert_true(chat_is_crlf_only(zg_buf_slice(&t->c.out)));
	if (t->action == ZG_SMTP_DO_READ)
		assert_true(in.n < ZG_SMTP_READ_LINE);
	zg_buf_put(&t->sent, zg_buf_slice(&t->c.out));
	t->c.out.n = 0;
	assert_false(t->sent.is_full || t->pending.is_full);
}

static void talk_init(struct talk *t, const struct chat *chat, struct chat_cut cut)
{
	*t = (struct talk){ .chat = chat, .cut = cut, .opts = { .hostname = ZG_S("relay.example.be") } };
	for (size_t i = 0; i < chat->count; i++)
		if (zg_slice_eq(chat->lines[i].word, ZG_S("conf")))
			set_conf(t, chat->lines[i].text);
	t->sent = new_buf(MEM);
	t->pending = new_buf(MEM);
	chat_guard_init(&t->guard, MEM);
	zg_smtp_client_init(&t->c, &t->opts, t->out, sizeof(t->out));
	step(t);
}

static void talk_done(struct talk *t)
{
	free(t->sent.p);
	free(t->pending.p);
	chat_guard_done(&t->guard);
}

static bool has_turn(const struct talk *t)
{
	return t->action == ZG_SMTP_DO_READ || t->action == ZG_SMTP_DO_TEXT;
}

/* Octets of the server; where the engine waits for the caller, they wait, too. */
static void hear(struct talk *t, struct zg_slice octets)
{
	while (octets.n) {
		size_t n = chat_piece(&t->cut, octets.n);

		zg_buf_put(&t->pending, zg_slice_sub(octets, 0, n));
		octets = zg_slice_sub(octets, n, octets.n);
		if (has_turn(t))
			step(t);
	}
}

static void do_mail(struct talk *t, struct zg_slice text)
{
	struct zg_slice from = chat_word(&text), to = chat_word(&text);

	t->mail = (struct zg_smtp_mail){
		.sender = zg_slice_eq(from, ZG_S("<>")) ? ZG_S("") : from, .recipients = t->recipients,
		.outcomes = t->outcomes, .texts = t->texts,
	};
	while (to.n && t->mail.count < MOST) {
		struct zg_slice one = zg_slice_sub(to, 0, zg_slice_find(to, ','));

		t->recipients[t->mail.count++] = one;
		to = zg_slice_sub(to, one.n + 1, to.n);
	}
	while (text.n) {
		struct zg_slice word = chat_word(&text);

		t->mail.is_8bit = t->mail.is_8bit || zg_slice_eq(word, ZG_S("8bit"));
		t->mail.is_utf8 = t->mail.is_utf8 || zg_slice_eq(word, ZG_S("utf8"));
		if (zg_slice_starts(word, ZG_S("size=")))
			t->mail.size = chat_number(zg_slice_sub(word, 5, word.n));
	}
	t->outcome = 0;
	memset(t->outcomes, 0xff, sizeof(t->outcomes));
	zg_smtp_client_mail(&t->c, &t->mail);
}

static void do_action(struct talk *t, const struct chat_line *l)
{
	static const struct { struct zg_slice name; enum zg_smtp_action action; } names[] = {
		{ ZG_SI("tls"), ZG_SMTP_DO_TLS }, { ZG_SI("mail"), ZG_SMTP_DO_SEND },
		{ ZG_SI("quit"), ZG_SMTP_DO_SEND }, { ZG_SI("text"), ZG_SMTP_DO_TEXT },
		{ ZG_SI("result"), ZG_SMTP_DO_RESULT }, { ZG_SI("close"), ZG_SMTP_DO_CLOSE },
	};
	struct zg_slice text = l->text, name = chat_word(&text);
	bool is_known = zg_slice_eq(name, ZG_S("wait"));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zg_slice_eq(name, names[i].name)) {
			is_known = true;
			if (t->action != names[i].action)
				fail_msg("%s:%u (%s): it wants %d", t->chat->name, l->number, t->cut.name, (int)t->action);
		}
	if (zg_slice_eq(name, ZG_S("tls")))
		zg_smtp_client_tls(&t->c);
	else if (zg_slice_eq(name, ZG_S("mail")))
		do_mail(t, text);
	else if (zg_slice_eq(name, ZG_S("quit")))
		zg_smtp_client_quit(&t->c);
	else if (zg_slice_eq(name, ZG_S("text")))
		zg_smtp_client_text_done(&t->c);
	else if (zg_slice_eq(name, ZG_S("lost")))
		zg_smtp_client_lost(&t->c, text);
	else if (!is_known)
		fail_msg("%s:%u: an unknown action", t->chat->name, l->number);
	step(t);
}

static void match_outcome(const struct talk *t, const struct chat_line *l, const struct zg_smtp_outcome *o)
{
	char mem[600];
	struct zg_buf buf = zg_buf_of(mem, sizeof(mem)), *b = &buf;
	struct zg_slice got;

	if (o) {
		zg_buf_put_uint(b, o->code);
		zg_buf_putc(b, ' ');
		zg_buf_put(b, o->enhanced.n ? o->enhanced : ZG_S("-"));
		zg_buf_putc(b, ' ');
		zg_buf_put(b, o->text);
	} else {
		zg_buf_put(b, ZG_S("none"));
	}
	got = zg_buf_slice(b);
	if (!chat_matches(l, got))
		fail_msg("%s:%u (%s): got \"" ZG_FMT "\"", t->chat->name, l->number, t->cut.name, ZG_ARG(got));
}

static void match_sent(struct talk *t, const struct chat_line *l)
{
	struct zg_slice rest = zg_slice_sub(zg_buf_slice(&t->sent), t->read, t->sent.n);
	struct zg_slice line = zg_slice_sub(rest, 0, zg_slice_find(rest, '\r'));
	char mem[4096];
	struct zg_buf want = zg_buf_of(mem, sizeof(mem));

	chat_octets(l, &want);
	if (!rest.n || !zg_slice_eq(zg_slice_sub(zg_buf_slice(&want), 0, want.n - 2), line))
		fail_msg("%s:%u (%s): sent \"" ZG_FMT "\"", t->chat->name, l->number, t->cut.name, ZG_ARG(line));
	t->read += line.n + 2;
}

static void match_all_sent(const struct talk *t, unsigned number)
{
	struct zg_slice rest = zg_slice_sub(zg_buf_slice(&t->sent), t->read, t->sent.n);

	if (rest.n)
		fail_msg("%s:%u (%s): sent \"" ZG_FMT "\"", t->chat->name, number, t->cut.name, ZG_ARG(rest));
}

static void run_line(struct talk *t, const struct chat_line *l, struct zg_buf *octets)
{
	bool is_server = zg_slice_starts(l->word, ZG_S("S"));

	if (octets->n && !is_server) {
		match_all_sent(t, l->number);
		hear(t, zg_buf_slice(octets));
		octets->n = 0;
	}
	if (is_server)
		chat_octets(l, octets);
	else if (zg_slice_eq(l->word, ZG_S("C")))
		match_sent(t, l);
	else if (zg_slice_eq(l->word, ZG_S("do")))
		do_action(t, l);
	else if (zg_slice_eq(l->word, ZG_S("O")))
		match_outcome(t, l, &t->outcomes[t->outcome++]);
	else if (zg_slice_eq(l->word, ZG_S("F")))
		match_outcome(t, l, zg_smtp_client_fault(&t->c));
	else if (!zg_slice_eq(l->word, ZG_S("conf")) && !zg_slice_eq(l->word, ZG_S("whole")))
		fail_msg("%s:%u: an unknown word", t->chat->name, l->number);
}

static void run_chat(const struct chat *chat)
{
	static const struct chat_cut cuts[] = {
		{ "whole", 0 }, { "byte by byte", 1 }, { "seed 2", 2 }, { "seed 33", 33 }, { "seed 444", 444 },
	};
	struct talk *t = malloc(sizeof(*t));
	struct zg_buf octets = new_buf(MEM);
	size_t count = sizeof(cuts) / sizeof(cuts[0]);

	assert_non_null(t);
	for (size_t i = 0; i < chat->count; i++)
		if (zg_slice_eq(chat->lines[i].word, ZG_S("whole")))
			count = 1;
	for (size_t k = 0; k < count; k++) {
		talk_init(t, chat, cuts[k]);
		for (size_t i = 0; i < chat->count; i++)
			run_line(t, &chat->lines[i], &octets);
		if (octets.n)
			fail_msg("%s: ends with a word of the server", chat->name);
		match_all_sent(t, 0);
		talk_done(t);
	}
	free(octets.p);
	free(t);
}

static void chats(void **state)
{
	(void)state;
	assert_true(chat_each("client-", run_chat) >= 20);
}

/* A server that answers each command, while the client sends to a thousand. */

#define MANY 1000

struct many {
	struct zg_smtp_client c;
	char out[ZG_SMTP_CLIENT_MEM];
	char addresses[MANY][40];
	struct zg_slice recipients[MANY];
	struct zg_smtp_outcome outcomes[MANY];
	char texts[MANY][512];
	struct zg_smtp_mail mail;
	char in_mem[64 * 1024];
	struct zg_buf in;
	size_t writes, commands;
};

/* Every 7th recipient is refused, every 100th for now. */
static void serve(struct many *m, struct zg_slice line)
{
	struct zg_slice number = zg_slice_sub(line, sizeof("RCPT TO:<a") - 1, 4);

	m->commands++;
	if (zg_slice_starts(line, ZG_S("EHLO")))
		zg_buf_put(&m->in, ZG_S("250-mx\r\n250 PIPELINING\r\n"));
	else if (zg_slice_starts(line, ZG_S("DATA")))
		zg_buf_put(&m->in, ZG_S("354 go\r\n"));
	else if (!zg_slice_starts(line, ZG_S("RCPT")))
		zg_buf_put(&m->in, ZG_S("250 2.0.0 taken\r\n"));
	else if (chat_number(number) % 100 == 0)
		zg_buf_put(&m->in, ZG_S("451 4.2.0 later\r\n"));
	else if (chat_number(number) % 7 == 0)
		zg_buf_put(&m->in, ZG_S("550 5.1.1 nobody\r\n"));
	else
		zg_buf_put(&m->in, ZG_S("250 2.1.5 fine\r\n"));
	assert_false(m->in.is_full);
}

static void deliver_out(struct many *m)
{
	struct zg_slice rest = zg_buf_slice(&m->c.out);

	m->writes += rest.n > 0;
	while (rest.n) {
		struct zg_slice line = zg_slice_sub(rest, 0, zg_slice_find(rest, '\r'));

		serve(m, line);
		rest = zg_slice_sub(rest, line.n + 2, rest.n);
	}
	m->c.out.n = 0;
}

static enum zg_smtp_action run_many(struct many *m)
{
	enum zg_smtp_action action;

	do {
		struct zg_slice in = zg_buf_slice(&m->in);

		action = zg_smtp_client_next(&m->c, &in);
		m->in.n = 0;
		zg_buf_put(&m->in, in);		/* what is left is at most a part of a line: here nothing */
		deliver_out(m);
	} while (action == ZG_SMTP_DO_READ);
	return action;
}

static void a_thousand_recipients(void **state)
{
	const struct zg_smtp_client_opts o = { .hostname = ZG_S("relay.example.be") };
	struct many *m = calloc(1, sizeof(*m));

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < MANY; i++) {
		/* It fits. */
		(void)snprintf(m->addresses[i], sizeof(m->addresses[i]), "a%04u@example.com", (unsigned)i);
		m->recipients[i] = zg_slice_cstr(m->addresses[i]);
	}
	m->recipients[3] = ZG_S("no address");
	m->mail = (struct zg_smtp_mail){ .sender = ZG_S("a@example.be"), .recipients = m->recipients,
		.outcomes = m->outcomes, .texts = m->texts, .count = MANY };
	m->in = zg_buf_of(m->in_mem, sizeof(m->in_mem));
	zg_smtp_client_init(&m->c, &o, m->out, sizeof(m->out));
	zg_buf_put(&m->in, ZG_S("220 mx\r\n"));
	assert_int_equal(run_many(m), ZG_SMTP_DO_SEND);
	m->writes = m->commands = 0;
	zg_smtp_client_mail(&m->c, &m->mail);
	assert_int_equal(run_many(m), ZG_SMTP_DO_TEXT);
	assert_int_equal(m->commands, 1 + 999 + 1);
	assert_true(m->writes >= 7 && m->writes <= 20);		/* 27 KB through 4 KB, not one by one */
	zg_smtp_client_text_done(&m->c);
	assert_int_equal(run_many(m), ZG_SMTP_DO_RESULT);
	for (size_t i = 0; i < MANY; i++) {
		unsigned want = i == 3 ? 501 : i % 100 == 0 ? 451 : i % 7 == 0 ? 550 : 250;

		assert_int_equal(m->outcomes[i].code, want);
		if (want == 250)
			assert_true(zg_slice_eq(m->outcomes[i].text, ZG_S("taken")));
	}
	free(m);
}

/* The reader of replies. */
static void replies_are_bounded(void **state)
{
	static const struct {
		const char *proves;
		struct zg_slice in;
		enum zg_smtp_got got;
		unsigned code;
		struct zg_slice enhanced, text;
	} rows[] = {
		{ "a code and a text", ZG_SI("250 fine\r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("fine") },
		{ "an enhanced code", ZG_SI("550 5.1.1 no\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI("5.1.1"), ZG_SI("no") },
		{ "one alone", ZG_SI("550 5.1.1\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI("5.1.1"), ZG_SI("") },
		{ "of another class", ZG_SI("550 4.1.1 no\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI(""), ZG_SI("4.1.1 no") },
		{ "an address that looks like one",
			ZG_SI("550 5.1.1.2 no\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI(""), ZG_SI("5.1.1.2 no") },
		{ "four digits in it",
			ZG_SI("550 5.1.1000 no\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI(""), ZG_SI("5.1.1000 no") },
		{ "two numbers", ZG_SI("550 5.1 no\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI(""), ZG_SI("5.1 no") },
		{ "a class alone", ZG_SI("550 5\r\n"), ZG_SMTP_GOT_REPLY, 550, ZG_SI(""), ZG_SI("5") },
		{ "no text", ZG_SI("250\r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("") },
		{ "a blank and no text", ZG_SI("250 \r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("") },
		{ "control octets",
			ZG_SI("250 a\0b\x1b[1mc\rd\ne\r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("a?b?[1mc?d?e") },
		{ "UTF-8", ZG_SI("250 \xc3\xa9\r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("\xc3\xa9") },
		{ "8-bit that is none", ZG_SI("250 \xc3x\r\n"), ZG_SMTP_GOT_REPLY, 250, ZG_SI(""), ZG_SI("?x") },
		{ "a line of several", ZG_SI("250-a\r\n"), ZG_SMTP_GOT_LINE, 250, ZG_SI(""), ZG_SI("a") },
		{ "no end yet", ZG_SI("250 a\r"), ZG_SMTP_GOT_MORE, 0, ZG_SI(""), ZG_SI("") },
		{ "two digits", ZG_SI("25 a\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
		{ "four digits", ZG_SI("2500\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
		{ "a code below 200", ZG_SI("199 a\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
		{ "a code above 599", ZG_SI("600 a\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
		{ "words", ZG_SI("HTTP/1.1 400 Bad Request\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
		{ "an empty line", ZG_SI("\r\n"), ZG_SMTP_GOT_FAULT, 0, ZG_SI(""), ZG_SI("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_smtp_heard h = { .code = 0 };
		struct zg_slice in = rows[i].in, line;

		if (zg_smtp_heard_take(&h, &in, &line) != rows[i].got || h.code != rows[i].code ||
		    !zg_slice_eq(zg_slice_of(h.enhanced, h.enhanced_n), rows[i].enhanced) ||
		    !zg_slice_eq(zg_slice_of(h.text, h.text_n), rows[i].text))
			fail_msg("%s", rows[i].proves);
	}
}

static void long_replies(void **state)
{
	static char line[ZG_SMTP_READ_LINE + 10];
	struct zg_smtp_heard h = { .code = 0 };
	struct zg_slice in, rest;

	(void)state;
	memset(line, 'x', sizeof(line));
	chat_put_at(line, ZG_S("250 "));
	chat_put_at(line + ZG_SMTP_READ_LINE - 2, ZG_S("\r\n"));
	in = zg_slice_of(line, ZG_SMTP_READ_LINE);
	assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_REPLY);
	assert_int_equal(h.text_n, ZG_SMTP_READ_TEXT);
	memset(line + ZG_SMTP_READ_LINE - 2, 'x', 2);
	chat_put_at(line + ZG_SMTP_READ_LINE - 1, ZG_S("\r\n"));
	in = zg_slice_of(line, ZG_SMTP_READ_LINE + 1);
	assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_FAULT);
	for (unsigned i = 0; i < ZG_SMTP_READ_LINES; i++) {
		in = ZG_S("250-x\r\n");
		assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_LINE);
	}
	in = ZG_S("250 x\r\n");
	assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_FAULT);
	h = (struct zg_smtp_heard){ .code = 0 };
	in = ZG_S("250-x\r\n251 y\r\n");
	assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_LINE);
	assert_int_equal(zg_smtp_heard_take(&h, &in, &rest), ZG_SMTP_GOT_FAULT);
}

/* The password does not stay in the memory for commands. */
static void passwords_are_wiped(void **state)
{
	static const struct { const char *proves; const char *offer; unsigned steps; } rows[] = {
		{ "PLAIN", "250-mx\r\n250 AUTH PLAIN\r\n", 1 }, { "LOGIN", "250-mx\r\n250 AUTH LOGIN\r\n", 3 },
	};
	const struct zg_smtp_client_opts o = {
		.hostname = ZG_S("relay.example.be"), .user = ZG_S("app"), .password = ZG_S("secret"), .is_tls = true,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[ZG_SMTP_CLIENT_MEM];
		struct zg_smtp_client c;
		struct zg_slice in = ZG_S("220 mx\r\n");
		bool was_there = false;

		zg_smtp_client_init(&c, &o, out, sizeof(out));
		(void)zg_smtp_client_next(&c, &in);	/* EHLO */
		c.out.n = 0;
		in = zg_slice_cstr(rows[i].offer);
		(void)zg_smtp_client_next(&c, &in);	/* AUTH */
		for (unsigned k = 1; k < rows[i].steps; k++) {
			c.out.n = 0;
			in = ZG_S("334 VXNlcm5hbWU6\r\n");
			(void)zg_smtp_client_next(&c, &in);	/* user, password */
		}
		was_there = zg_slice_find_slice(zg_slice_of(out, 100), ZG_S("c2VjcmV0")) < 100 ||
			zg_slice_find_slice(zg_slice_of(out, 100), ZG_S("AGFwcABzZWNyZXQ=")) < 100;
		c.out.n = 0;
		in = ZG_S("235 2.7.0 welcome\r\n");
		assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_SEND);
		for (size_t k = 0; k < sizeof(out); k++)
			if (!was_there || out[k])
				fail_msg("%s", rows[i].proves);
	}
}

/* What is called at another time than it is asked for changes nothing. */
static void calls_out_of_turn(void **state)
{
	const struct zg_smtp_client_opts o = { .hostname = ZG_S("a\r\nb c\xff.example.be") };
	const struct zg_slice recipients[] = { ZG_S("\"a\rb\"@example.be") };
	struct zg_smtp_outcome outcomes[1] = { { .code = 7 } };
	char out[ZG_SMTP_CLIENT_MEM], texts[1][512];
	struct zg_smtp_mail m = { .recipients = recipients, .outcomes = outcomes, .texts = texts, .count = 1 };
	struct zg_smtp_client c;
	struct zg_slice in = ZG_S("220 mx\r\n");

	(void)state;
	zg_smtp_client_init(&c, &o, out, sizeof(out));
	zg_smtp_client_tls(&c);
	zg_smtp_client_mail(&c, &m);
	zg_smtp_client_text_done(&c);
	assert_int_equal(outcomes[0].code, 7);
	assert_int_equal(c.out.n, 0);
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_READ);
	assert_true(zg_slice_eq(zg_buf_slice(&c.out), ZG_S("EHLO a??b?c?.example.be\r\n")));
	c.out.n = 0;
	in = ZG_S("250 mx\r\n");
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_SEND);
	zg_smtp_client_mail(&c, &m);
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_RESULT);
	assert_int_equal(outcomes[0].code, 501);	/* a control octet in the address */
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_SEND);
	zg_smtp_client_mail(&c, &m);			/* through at once: what comes then does not undo it */
	zg_smtp_client_lost(&c, ZG_S("first"));
	zg_smtp_client_lost(&c, ZG_S("second"));
	zg_smtp_client_quit(&c);
	assert_int_equal(outcomes[0].code, 501);
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_CLOSE);
	assert_true(zg_slice_eq(zg_smtp_client_fault(&c)->text, ZG_S("first")));
	zg_smtp_client_init(&c, &o, out, sizeof(out));
	zg_smtp_client_quit(&c);
	assert_int_equal(zg_smtp_client_next(&c, &in), ZG_SMTP_DO_CLOSE);
	assert_null(zg_smtp_client_fault(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chats), cmocka_unit_test(a_thousand_recipients), cmocka_unit_test(replies_are_bounded),
		cmocka_unit_test(long_replies), cmocka_unit_test(passwords_are_wiped),
		cmocka_unit_test(calls_out_of_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
