/* batch.c - several questions at once: all are asked in the first step, and the answers are kept. */
#include "watch/batch.h"

void batch_init(struct batch *b, struct zg_arena *a)
{
	*b = (struct batch){ .arena = a };
}

const struct batch_item *batch_get(const struct batch *b, struct zg_slice name, enum zg_dns_type type)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->v[i].q.type == type && zg_slice_eq(b->v[i].q.name, name))
			return &b->v[i];
	return NULL;
}

struct batch_item *batch_add(struct batch *b, struct zg_slice name, enum zg_dns_type type)
{
	struct batch_item *i;

	if (batch_get(b, name, type) || b->count == BATCH_MOST || !name.n)
		return NULL;
	i = &b->v[b->count++];
	*i = (struct batch_item){ .q = { .name = name, .type = type }, .a = { .name = name, .type = type, .status = ZG_DNS_TIMEOUT } };
	return i;
}

static enum zg_step step(void *machine, const struct zg_dns_q **ret_q)
{
	struct batch *b = machine;
	const struct zg_dns_q *next = NULL;

	for (size_t i = b->count; i-- > 0;) {
		if (b->v[i].is_told)
			continue;
		b->v[i].q.next = next;
		next = &b->v[i].q;
	}
	*ret_q = next;
	return next ? ZG_ASK : ZG_DONE;
}

static void feed(void *machine, const struct zg_dns_a *a)
{
	struct batch *b = machine;
	struct batch_item *i = (struct batch_item *)(uintptr_t)batch_get(b, a->name, a->type);
	struct zg_dns_rr *rr;

	if (!i || i->is_told)
		return;
	i->is_told = true;
	i->a = *a;
	i->a.name = i->q.name;
	i->a.rr = NULL;
	i->a.rr_count = 0;
	rr = a->rr_count ? zg_arena_array(b->arena, a->rr_count, sizeof(*rr)) : NULL;
	for (size_t k = 0; rr && k < a->rr_count; k++) {
		rr[k] = a->rr[k];
		rr[k].data = zg_arena_dup(b->arena, a->rr[k].data);
	}
	if (rr) {
		i->a.rr = rr;
		i->a.rr_count = a->rr_count;
	} else if (a->rr_count) {
		i->a.status = ZG_DNS_SERVFAIL;	/* no memory: nothing is known */
	}
}

struct zg_asker batch_asker(struct batch *b)
{
	return (struct zg_asker){ b, step, feed };
}

struct store_slices batch_data(const struct batch_item *i, struct zg_arena *a)
{
	struct store_slices ret = { NULL, 0 };

	if (!i || i->a.status != ZG_DNS_FOUND || !i->a.rr_count)
		return ret;
	ret.v = zg_arena_array(a, i->a.rr_count, sizeof(*ret.v));
	for (size_t k = 0; ret.v && k < i->a.rr_count; k++)
		ret.v[ret.count++] = i->a.rr[k].data;
	return ret;
}
