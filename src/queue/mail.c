/* mail.c - counted messages. */
#include "queue/mail.h"
#include <stdlib.h>
#include "io/heap.h"

#define MAIL_MAX (4u * 1024u * 1024u)	/* octets in memory: header, body of a row, 1,000 recipients with their texts */

struct mail *mail_new(void)
{
	struct mail *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	atomic_init(&m->refs, 1);
	zg_arena_init(&m->arena, &io_heap, MAIL_MAX);
	return m;
}

struct mail *mail_ref(struct mail *m)
{
	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void mail_unref(struct mail *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return;
	zg_arena_reset(&m->arena);
	free(m->body);
	free(m);
}

size_t mail_weight(const struct mail *m)
{
	return sizeof(*m) + m->arena.used + (m->body ? m->m.body.n : 0);
}
