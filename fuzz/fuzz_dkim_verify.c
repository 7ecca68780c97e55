/* fuzz_dkim_verify.c - the verifier: a message, and answers cut from the input behind the first NUL.
 *
 * Behind it: an octet for the status (its value modulo 6) and one for the count of records (modulo 4) for each
 * question, then the records, each up to the next NUL.  However the body is cut and in whatever order the answers
 * come, the verdicts are the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zegel/dkim.h>

#define NOW 1600000000
#define QUESTIONS 8u	/* one for each signature that is read */
#define RECORDS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[2][1u << 20];

struct answers {
	struct zg_dns_a a[QUESTIONS];
	struct zg_dns_rr rr[QUESTIONS][RECORDS];
	size_t count;
};

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static unsigned octet(struct zg_slice *s)
{
	unsigned v = s->n ? (unsigned char)s->p[0] : 0;

	*s = zg_slice_sub(*s, 1, s->n);
	return v;
}

static void answers_cut(struct zg_dkim_verifier *v, struct zg_slice s, struct answers *ret)
{
	const struct zg_dns_q *q = NULL;

	ret->count = 0;
	if (zg_dkim_verify_step(v, &q) == ZG_DONE)
		return;
	for (; q; q = q->next) {
		struct zg_dns_a *a = &ret->a[ret->count];
		unsigned status = octet(&s), count = octet(&s) % (RECORDS + 1);

		must(ret->count < QUESTIONS && q->name.n && q->name.n <= 253 && q->type == ZG_DNS_TXT);
		*a = (struct zg_dns_a){ .name = q->name, .type = q->type, .status = (enum zg_dns_status)(status % 6),
			.rr = ret->rr[ret->count] };
		for (; a->rr_count < count; a->rr_count++) {
			size_t end = zg_slice_find(s, '\0');

			ret->rr[ret->count][a->rr_count] = (struct zg_dns_rr){ .data = zg_slice_sub(s, 0, end) };
			s = zg_slice_sub(s, end + 1, s.n);
		}
		ret->count++;
	}
}

static void feed_all(struct zg_dkim_verifier *v, const struct answers *w, bool is_backward)
{
	for (size_t i = 0; i < w->count; i++)
		zg_dkim_verify_feed(v, &w->a[is_backward ? w->count - 1 - i : i]);
}

/* The whole way; the second time the body comes in pieces of 1 to 7 octets, and the answers last first, before the
 * body. */
static struct zg_dkim_verifier *run(const struct zg_crypt *c, const struct zg_headers *h, struct zg_slice body,
				    struct zg_slice answers, bool is_second, struct zg_arena *a)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(c, a, NOW);
	const struct zg_dns_q *q;
	struct answers w;
	size_t step = 1;

	must(v != NULL);
	zg_dkim_verify_header(v, h);
	answers_cut(v, answers, &w);
	if (is_second)
		feed_all(v, &w, true);
	while (body.n) {
		zg_dkim_verify_body(v, zg_slice_sub(body, 0, is_second ? step : body.n));
		body = zg_slice_sub(body, is_second ? step : body.n, body.n);
		step = step % 7 + 1;
	}
	zg_dkim_verify_end(v);
	if (!is_second)
		feed_all(v, &w, false);
	must(zg_dkim_verify_step(v, &q) == ZG_DONE);
	return v;
}

static void same(const struct zg_dkim_verdict *a, const struct zg_dkim_verdict *b, const struct zg_headers *h)
{
	must(a->result == b->result && strcmp(a->reason, b->reason) == 0 && a->bits == b->bits);
	must(a->is_testing == b->is_testing && zg_slice_eq(a->signature, b->signature) && a->signature.n <= 8);
	must(zg_slice_eq(a->domain, b->domain) && zg_slice_eq(a->selector, b->selector));
	must(a->result != ZG_DKIM_NONE && (a->result == ZG_DKIM_PASS && !a->is_testing) == !a->reason[0]);
	if (a->result == ZG_DKIM_PASS)
		must(zg_header_count(h, ZG_S("from")) == 1 && a->bits >= 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice input = zg_slice_of(data, n), message = zg_slice_sub(input, 0, zg_slice_find(input, '\0'));
	struct zg_slice answers = zg_slice_sub(input, message.n + 1, n);
	size_t end = zg_header_end(message), count;
	const struct zg_dkim_verdict *verdicts[2];
	struct zg_dkim_verifier *v[2];
	struct zg_crypt c;
	struct zg_headers h;
	struct zg_arena a[2];

	if (!n || zg_crypt_init(&c) < 0)
		return 0;
	zg_arena_init_fixed(&a[0], memory[0], sizeof(memory[0]));
	zg_arena_init_fixed(&a[1], memory[1], sizeof(memory[1]));
	if (zg_header_index(zg_slice_sub(message, 0, end), &a[0], &h) == ZG_HEADER_OK) {
		struct zg_slice body = zg_slice_sub(message, end, message.n);

		for (int i = 0; i < 2; i++)
			v[i] = run(&c, &h, body, answers, i == 1, &a[i]);
		count = zg_dkim_verify_verdicts(v[0], &verdicts[0]);
		must(count <= QUESTIONS && zg_dkim_verify_verdicts(v[1], &verdicts[1]) == count);
		must((count == 0) == (zg_header_count(&h, ZG_S("dkim-signature")) == 0));
		for (size_t i = 0; i < count; i++)
			same(&verdicts[0][i], &verdicts[1][i], &h);
		zg_dkim_verify_done(v[0]);
		zg_dkim_verify_done(v[1]);
	}
	zg_crypt_done(&c);
	return 0;
}
