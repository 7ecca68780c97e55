/* fuzz_smtp_client.c - the client's side of SMTP against any server.
 *
 * Input: an octet of options, an octet of what the mails are, then what the server says.  It is given reply by
 * reply, as the engine asks, whole and in pieces.  Laws: the same commands and outcomes however a reply is cut; out
 * holds no CR or LF that stands alone; every recipient has its outcome at RESULT and at CLOSE; a password goes in
 * clear only where that is allowed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "proto/smtp_client.h"

#define INPUT_MAX 65536u
#define COUNT 4u
#define NO_CODE 9999u

struct run {
	struct zg_smtp_client c;
	char out[ZG_SMTP_CLIENT_MEM];
	struct zg_slice recipients[COUNT], rest;	/* rest: of the server's words */
	struct zg_smtp_outcome outcomes[COUNT];
	char texts[COUNT][512];
	struct zg_smtp_mail mail;
	bool has_mail, may_login;
	unsigned mails;
	uint32_t seed;		/* 0: whole replies */
	uint64_t sum;		/* of all that was seen */
	size_t left_n;
	char left[INPUT_MAX + 1];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void note(struct run *r, struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		r->sum = (r->sum ^ (unsigned char)s.p[i]) * 1099511628211u;
	r->sum = (r->sum ^ 256) * 1099511628211u;
}

static void note_outcome(struct run *r, const struct zg_smtp_outcome *o)
{
	r->sum = (r->sum ^ o->code) * 1099511628211u;
	note(r, o->enhanced);
	note(r, o->text);
	must(o->code < 600 && o->text.n <= ZG_SMTP_READ_TEXT && o->enhanced.n < 16);
	for (size_t i = 0; i < o->text.n; i++)
		must((unsigned char)o->text.p[i] >= 32 && o->text.p[i] != 127);
}

static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void take_out(struct run *r)
{
	struct zg_slice s = zg_buf_slice(&r->c.out);

	must(!r->c.out.is_full);
	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		must(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
		r->sum = (r->sum ^ (unsigned char)s.p[i]) * 1099511628211u;
	}
	must(r->may_login || r->c.is_tls || zg_slice_find_slice(s, ZG_S("AUTH ")) == s.n);
	r->c.out.n = 0;
}

static enum zg_smtp_action step(struct run *r, struct zg_slice piece)
{
	enum zg_smtp_action action;
	struct zg_slice in;
	char *exact;

	memcpy(r->left + r->left_n, piece.p, piece.n);
	r->left_n += piece.n;
	/* The octets stand at the end of a block, so that a sanitizer sees a read past them. */
	exact = malloc(r->left_n ? r->left_n : 1);
	must(exact != NULL);
	memcpy(exact, r->left, r->left_n);
	in = zg_slice_of(exact, r->left_n);
	action = zg_smtp_client_next(&r->c, &in);
	memmove(r->left, r->left + r->left_n - in.n, in.n);
	r->left_n = in.n;
	free(exact);
	must(action != ZG_SMTP_DO_READ || in.n < ZG_SMTP_READ_LINE);
	take_out(r);
	return action;
}

/* The next whole reply of the server, or all that is left. */
static struct zg_slice next_reply(struct run *r)
{
	size_t n = 0;
	bool is_last = false;
	struct zg_slice reply;

	while (n < r->rest.n && !is_last) {
		struct zg_slice line = zg_slice_sub(r->rest, n, r->rest.n);
		size_t end = zg_slice_find_slice(line, ZG_S("\r\n"));

		is_last = end < 4 || line.p[3] != '-';
		n += end + 2;
	}
	reply = zg_slice_sub(r->rest, 0, n);
	r->rest = zg_slice_sub(r->rest, n, r->rest.n);
	return reply;
}

static enum zg_smtp_action hear(struct run *r)
{
	struct zg_slice reply = next_reply(r);
	enum zg_smtp_action action = ZG_SMTP_DO_READ;

	if (!reply.n) {
		zg_smtp_client_lost(&r->c, ZG_S("the peer is gone"));
		return step(r, ZG_S(""));
	}
	while (reply.n && action != ZG_SMTP_DO_CLOSE) {
		size_t n = r->seed ? 1 + draw(&r->seed) % 5 : reply.n;

		n = n < reply.n ? n : reply.n;
		action = step(r, zg_slice_sub(reply, 0, n));
		reply = zg_slice_sub(reply, n, reply.n);
	}
	return action;
}

static void check_outcomes(struct run *r)
{
	for (size_t i = 0; r->has_mail && i < r->mail.count; i++) {
		must(r->outcomes[i].code != NO_CODE);
		note_outcome(r, &r->outcomes[i]);
	}
	r->has_mail = false;
}

static void send_next(struct run *r)
{
	if (r->mails++ == 3) {
		zg_smtp_client_quit(&r->c);
		return;
	}
	for (size_t i = 0; i < COUNT; i++)
		r->outcomes[i].code = NO_CODE;
	r->has_mail = true;
	zg_smtp_client_mail(&r->c, &r->mail);
}

static enum zg_smtp_action act(struct run *r, enum zg_smtp_action action)
{
	switch (action) {
	case ZG_SMTP_DO_READ:
		return hear(r);
	case ZG_SMTP_DO_TLS:
		zg_smtp_client_tls(&r->c);
		break;
	case ZG_SMTP_DO_SEND:
		send_next(r);
		break;
	case ZG_SMTP_DO_TEXT:
		if (r->mails == 2 && hear(r) == ZG_SMTP_DO_CLOSE)
			return ZG_SMTP_DO_CLOSE;
		zg_smtp_client_text_done(&r->c);
		break;
	default:
		check_outcomes(r);
		break;
	}
	return step(r, ZG_S(""));
}

static uint64_t run(struct run *r, struct zg_slice input, uint32_t seed)
{
	uint8_t options = (uint8_t)input.p[0], mail = (uint8_t)input.p[1];
	struct zg_slice foreign = zg_slice_sub(input, 2, mail >> 4);
	const struct zg_smtp_client_opts o = {
		.hostname = options & 1 ? foreign : ZG_S("relay.example.be"),
		.user = options & 2 ? ZG_S("app") : ZG_S(""),
		.password = ZG_S("secret"), .tls = (enum zg_smtp_tls)((options >> 2 & 3) % 3), .is_tls = options & 16,
		.is_clear_auth_allowed = options & 32,
	};
	enum zg_smtp_action action;

	*r = (struct run){ .seed = seed, .may_login = options & 32 };
	r->recipients[0] = ZG_S("an@example.com");
	r->recipients[1] = foreign;
	r->recipients[2] = ZG_S("no address");
	r->recipients[3] = ZG_S("bert@example.com");
	r->mail = (struct zg_smtp_mail){
		.sender = mail & 1 ? foreign : ZG_S("news@example.be"),
		.recipients = r->recipients, .outcomes = r->outcomes, .texts = r->texts,
		.count = COUNT, .size = 1000, .is_8bit = mail & 2, .is_utf8 = mail & 4,
	};
	r->rest = zg_slice_sub(input, 2, input.n);
	zg_smtp_client_init(&r->c, &o, r->out, sizeof(r->out));
	action = step(r, ZG_S(""));
	while (action != ZG_SMTP_DO_CLOSE)
		action = act(r, action);
	check_outcomes(r);
	if (zg_smtp_client_fault(&r->c))
		note_outcome(r, zg_smtp_client_fault(&r->c));
	return r->sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice input = zg_slice_of(data, n);
	struct run *r;
	uint64_t whole;

	if (n < 2 || n > INPUT_MAX)
		return 0;
	r = malloc(sizeof(*r));
	if (!r)
		return 0;
	whole = run(r, input, 0);
	must(run(r, input, 1u + data[0]) == whole);
	free(r);
	return 0;
}
