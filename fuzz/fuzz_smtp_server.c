/* fuzz_smtp_server.c - the server's side of SMTP against any octets.
 *
 * Input: an octet of options, an octet that the answers are drawn from, then what the client says; 0xff ends a
 * flight (where STARTTLS was asked for, the handshake is done there).  Laws: the same events, texts and replies
 * however a flight is cut; out holds no CR or LF that stands alone; nothing is taken while an answer is owed; fewer
 * than a line's octets are ever left. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "proto/smtp_server.h"

#define INPUT_MAX 65536u
#define FLIGHT_END ((char)(unsigned char)0xff)
#define TLS_REPLY "220 2.0.0 begin TLS now\r\n"
#define INJECTED_REPLY "554 5.5.1 nothing may follow STARTTLS before the handshake\r\n"

/* What was seen, as sums (FNV-1a), so that it does not depend on pieces. */
struct seen {
	uint64_t events, out, body, body_before;	/* body_before: at the beginning of the message */
	unsigned count;
};

struct run {
	struct zg_smtp_server s;
	struct seen seen;
	uint32_t seed;		/* 0: whole flights */
	uint8_t answers;
	bool is_over;
	size_t left_n;
	char left[INPUT_MAX + 1];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void sum(uint64_t *h, struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		*h = (*h ^ (unsigned char)s.p[i]) * 1099511628211u;
}

static void sum_number(uint64_t *h, uint64_t v)
{
	for (; v; v >>= 8)
		*h = (*h ^ (v & 255)) * 1099511628211u;
	*h = (*h ^ 256) * 1099511628211u;
}

static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void check_out(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		must(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
	}
}

static bool take_out(struct run *r)
{
	bool is_any = r->s.out.n > 0;

	must(!r->s.out.is_full);
	check_out(zg_buf_slice(&r->s.out));
	sum(&r->seen.out, zg_buf_slice(&r->s.out));
	r->s.out.n = 0;
	return is_any;
}

static void answer(struct run *r)
{
	static const unsigned codes[] = { 550, 451, 200, 200, 200, 200, 200, 200, 200, 200, 200, 421 };
	unsigned code = codes[(r->answers + r->seen.count * 7u) % 12], yes = 250;

	if (r->s.asked == ZG_SMTP_AUTH)
		yes = 235;
	else if (r->s.asked == ZG_SMTP_DATA)
		yes = 354;
	zg_smtp_server_answer(&r->s, code == 200 ? yes : code, ZG_S("2.0.0"), ZG_S("a\r\nb\0c\xff"));
	must(r->s.asked == ZG_SMTP_MORE);
}

/* Octets behind STARTTLS end both kinds of run; only the reply that tells it depends on how they came. */
static void end_injected(struct run *r, size_t reply_n)
{
	must(r->s.out.n >= reply_n);
	r->s.out.n -= reply_n;
	sum(&r->seen.events, ZG_S("injected"));
	r->is_over = true;
}

static void note(struct run *r, const struct zg_smtp_ev *ev)
{
	sum_number(&r->seen.events, (uint64_t)ev->event + 1);
	sum(&r->seen.events, ev->text);
	sum(&r->seen.events, ev->password);
	sum_number(&r->seen.events, ev->size);
	sum_number(&r->seen.events, ev->is_8bit + 2u * ev->is_utf8);
	if (ev->event == ZG_SMTP_DATA)
		r->seen.body_before = r->seen.body;
	if (ev->event == ZG_SMTP_END && zg_smtp_server_refused(&r->s))
		r->seen.body = r->seen.body_before;
	r->seen.count++;
}

static void handle(struct run *r, struct zg_slice in, const struct zg_smtp_ev *ev, bool is_flight_over)
{
	bool is_injected = zg_slice_ends_ci(zg_buf_slice(&r->s.out), ZG_S(INJECTED_REPLY));
	struct zg_slice before = in;
	struct zg_smtp_ev none;

	if (ev->event == ZG_SMTP_BODY) {
		must(ev->text.n > 0);
		sum(&r->seen.body, ev->text);
		return;
	}
	if (ev->event == ZG_SMTP_CLOSE && is_injected) {
		end_injected(r, sizeof(INJECTED_REPLY) - 1);
		return;
	}
	if (ev->event == ZG_SMTP_STARTTLS && !is_flight_over) {
		end_injected(r, sizeof(TLS_REPLY) - 1);
		return;
	}
	note(r, ev);
	if (r->s.asked != ZG_SMTP_MORE) {
		zg_smtp_server_next(&r->s, &in, &none);
		must(none.event == ZG_SMTP_MORE && in.p == before.p && in.n == before.n);
		answer(r);
	} else if (ev->event == ZG_SMTP_CLOSE) {
		r->is_over = true;
	}
}

static void push(struct run *r, struct zg_slice piece, bool is_flight_over)
{
	struct zg_smtp_ev ev;
	char *exact;

	memcpy(r->left + r->left_n, piece.p, piece.n);
	r->left_n += piece.n;
	do {
		struct zg_slice in;

		/* The octets stand at the end of a block, so that a sanitizer sees a read past them. */
		exact = malloc(r->left_n ? r->left_n : 1);
		must(exact != NULL);
		memcpy(exact, r->left, r->left_n);
		in = zg_slice_of(exact, r->left_n);
		zg_smtp_server_next(&r->s, &in, &ev);
		must(r->s.recipients <= r->s.conf->recipients_max);
		memmove(r->left, r->left + r->left_n - in.n, in.n);
		r->left_n = in.n;
		if (ev.event != ZG_SMTP_MORE)
			handle(r, in, &ev, is_flight_over);
		else if (r->s.out.n == 0)
			must(in.n < ZG_LIMIT_SMTP_LINE);
		free(exact);
		if (ev.event != ZG_SMTP_MORE && r->seed && draw(&r->seed) % 2)
			(void)take_out(r);	/* when it is emptied has no say in what comes */
	} while (!r->is_over && (ev.event != ZG_SMTP_MORE || take_out(r)));
	(void)take_out(r);	/* the last words */
}

static void run_flight(struct run *r, struct zg_slice flight)
{
	while (flight.n && !r->is_over) {
		size_t n = r->seed ? 1 + draw(&r->seed) % (draw(&r->seed) % 4 ? 4 : 900) : flight.n;

		n = n < flight.n ? n : flight.n;
		push(r, zg_slice_sub(flight, 0, n), n == flight.n);
		flight = zg_slice_sub(flight, n, flight.n);
	}
	if (!r->is_over && r->s.state == ZG_SMTP_S_TLS)
		zg_smtp_server_tls(&r->s);
}

static struct seen run(struct run *r, struct zg_slice input, const struct zg_smtp_conf *conf, uint32_t seed)
{
	uint8_t options = (uint8_t)input.p[0];
	const struct zg_smtp_server_opts o = {
		.is_tls = options & 1, .is_tls_offered = options & 2, .is_auth_clear = options & 4,
		.is_trusted = options & 8,
	};

	*r = (struct run){ .seed = seed, .answers = (uint8_t)input.p[1] };
	zg_smtp_server_init(&r->s, conf, &o);
	input = zg_slice_sub(input, 2, input.n);
	while (input.n && !r->is_over) {
		struct zg_slice flight = zg_slice_sub(input, 0, zg_slice_find(input, FLIGHT_END));

		run_flight(r, flight);
		input = zg_slice_sub(input, flight.n + 1, input.n);
	}
	/* What is told of an unfinished message depends on the pieces. */
	if (r->s.state == ZG_SMTP_S_DATA)
		r->seen.body = r->seen.body_before;
	zg_smtp_server_shut(&r->s, ZG_S("4.3.2"), ZG_S("the end"));
	(void)take_out(r);	/* the last words */
	return r->seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice input = zg_slice_of(data, n);
	struct run *r;
	struct seen whole, split;

	if (n < 2 || n > INPUT_MAX)
		return 0;
	r = malloc(sizeof(*r));
	if (!r)
		return 0;
	{
		const struct zg_smtp_conf conf = {
			.hostname = ZG_S("relay.example.be"), .size_max = data[0] & 16 ? 200 : 0, .recipients_max = 3,
			.errors_max = data[0] & 32 ? 3 : 0, .is_auth_required = data[0] & 64,
		};

		whole = run(r, input, &conf, 0);
		split = run(r, input, &conf, 1u + data[1]);
		must(whole.events == split.events && whole.count == split.count);
		must(whole.out == split.out && whole.body == split.body);
	}
	free(r);
	return 0;
}
