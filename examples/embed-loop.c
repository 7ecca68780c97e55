/* embed-loop.c - a machine driven by a loop of the user's own: ask what it asks, feed each answer when it comes.
 *
 * `resolve` stands for the user's resolver; here it answers from a table.  Answers may be fed in any order. */
#include <stdio.h>
#include <zegel/dkim.h>

#define MEMORY (256u * 1024u)

static const struct zg_dns_rr record = { .data = ZG_SI("v=DKIM1; p=") };	/* an empty p=: the key was taken back */

static void resolve(const struct zg_dns_q *q, struct zg_dns_a *ret)
{
	*ret = (struct zg_dns_a){ .name = q->name, .type = q->type, .status = ZG_DNS_FOUND, .rr = &record, .rr_count = 1, .ttl = 60 };
}

static void drive(const struct zg_asker *asker)
{
	const struct zg_dns_q *q;
	struct zg_dns_a answer;

	while (asker->step(asker->machine, &q) == ZG_ASK) {
		printf("asked: " ZG_FMT "\n", ZG_ARG(q->name));
		resolve(q, &answer);
		asker->feed(asker->machine, &answer);
	}
}

int main(void)
{
	static const struct zg_slice head = ZG_SI("From: a@example.be\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.be; s=s1;\r\n"
						  " h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n\r\n");
	static char memory[MEMORY];
	const struct zg_dkim_verdict *verdict;
	struct zg_dkim_verifier *v;
	struct zg_asker asker;
	struct zg_headers h;
	struct zg_crypt c;
	struct zg_arena a;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_crypt_init(&c) < 0 || zg_header_index(head, &a, &h) != ZG_HEADER_OK)
		return 1;
	v = zg_dkim_verify_new(&c, &a, 1795559957);
	if (!v)
		return 1;
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_end(v);
	asker = zg_dkim_verify_asker(v);
	drive(&asker);
	if (zg_dkim_verify_verdicts(v, &verdict) == 1)
		printf(ZG_FMT ": %s\n", ZG_ARG(zg_dkim_result_word(verdict[0].result)), verdict[0].reason);
	zg_dkim_verify_done(v);
	zg_crypt_done(&c);
	return 0;
}
