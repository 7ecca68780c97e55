/* ask.c - one machine's run.
 *
 *   step --ASK: what is not under way goes out--> waiting --an answer, or 5 s: feed--> step ... --DONE--> over
 *
 * Invariants: (1) a question is under way once; (2) every ask stands in its run and in the driver's waiting list,
 * which is in the order of time since all wait equally long; (3) feed is never called while the machine's questions
 * are walked. */
#include <stdlib.h>
#include <string.h>
#include "io/ask.h"

struct ask {
	struct resolver_ask k;
	struct zg_list node;		/* in run->asks */
	struct zg_list wait;		/* in run->waiting */
	struct ask_run *run;
	uint64_t deadline;
	char name[];
};

void ask_run_init(struct ask_run *run, struct resolver *r, const struct zg_asker *m, struct zg_arena *arena,
		  struct zg_list *waiting)
{
	*run = (struct ask_run){ .m = *m, .r = r, .arena = arena, .waiting = waiting };
	zg_list_init(&run->asks);
}

static void ask_free(struct ask *k)
{
	zg_list_drop(&k->node);
	zg_list_drop(&k->wait);
	free(k);
}

static struct ask *first_of(const struct zg_list *waiting)
{
	return zg_list_is_empty(waiting) ? NULL : ZG_LIST_OF(waiting->next, struct ask, wait);
}

static void feed(struct ask_run *run, const struct zg_dns_a *a)
{
	run->m.feed(run->m.machine, a);
	if (run->told)
		run->told(run);
}

static void on_told(struct resolver_ask *rk, const struct zg_dns_a *a)
{
	struct ask *k = ZG_LIST_OF(rk, struct ask, k);

	feed(k->run, a);
	ask_free(k);
}

static bool is_under_way(const struct ask_run *run, const struct zg_dns_q *q)
{
	for (const struct zg_list *n = run->asks.next; n != &run->asks; n = n->next) {
		const struct ask *k = ZG_LIST_OF(n, const struct ask, node);

		if (k->k.type == q->type && zg_slice_eq(k->k.name, q->name))
			return true;
	}
	return false;
}

/* 0, or -1 where it cannot be asked. */
static int start(struct ask_run *run, const struct zg_dns_q *q, uint64_t now)
{
	struct ask *k = malloc(sizeof(*k) + q->name.n);

	run->count++;
	if (!k)
		return -1;
	if (q->name.n)
		memcpy(k->name, q->name.p, q->name.n);
	k->k = (struct resolver_ask){ .name = zg_slice_of(k->name, q->name.n), .type = q->type, .arena = run->arena,
		.told = on_told };
	k->run = run;
	k->deadline = now + ASK_TIMEOUT_MS;
	if (resolver_ask(run->r, &k->k) < 0) {
		free(k);
		return -1;
	}
	zg_list_push(&run->asks, &k->node);
	zg_list_push(run->waiting, &k->wait);
	return 0;
}

enum zg_step ask_run_step(struct ask_run *run, uint64_t now)
{
	const struct zg_dns_q *q;

	while (run->m.step(run->m.machine, &q) == ZG_ASK) {
		while (q && (is_under_way(run, q) || start(run, q, now) == 0))
			q = q->next;
		if (!q)
			return ZG_ASK;
		feed(run, &(struct zg_dns_a){ .name = q->name, .type = q->type, .status = ZG_DNS_SERVFAIL });
	}
	return ZG_DONE;
}

void ask_run_end(struct ask_run *run)
{
	struct zg_list *node;

	while ((node = zg_list_pop(&run->asks))) {
		struct ask *k = ZG_LIST_OF(node, struct ask, node);

		resolver_cancel(run->r, &k->k);
		ask_free(k);
	}
}

int ask_expire(struct zg_list *waiting, uint64_t now)
{
	struct ask *k;

	while ((k = first_of(waiting)) && k->deadline <= now) {
		resolver_cancel(k->run->r, &k->k);
		feed(k->run, &(struct zg_dns_a){ .name = k->k.name, .type = k->k.type, .status = ZG_DNS_TIMEOUT });
		ask_free(k);
	}
	return k ? (int)(k->deadline - now) : -1;
}
