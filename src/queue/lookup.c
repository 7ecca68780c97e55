/* lookup.c - a direct-mapped table of signers by domain; a collision throws the older one out. */
#include "queue/lookup.h"
#include <stdlib.h>
#include "io/heap.h"

#define SIGNER_MAX (256u * 1024u)	/* octets of one answer */

static void signer_read(struct reader_job *j, struct store *s)
{
	struct lookup_wait *w = ZG_LIST_OF(j, struct lookup_wait, job);

	w->signer->rc = house_signer_find(s, w->signer->asked, &w->signer->arena, &w->signer->found);
	if (w->signer->rc == HOUSE_OK && ready_read(s, &w->signer->found, w->signer->asked, &w->signer->ready) != HOUSE_OK)
		w->signer->rc = HOUSE_STORE;
}

struct signer *signer_ref(struct signer *s)
{
	s->refs++;
	return s;
}

void signer_unref(struct signer *s)
{
	if (!s || --s->refs)
		return;
	zg_arena_reset(&s->arena);
	free(s);
}

/* FNV-1a: the names are checked ones and collisions only cost a look into the store. */
static struct signer **slot_of(struct lookup *l, struct zg_slice domain)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < domain.n; i++)
		h = (h ^ (unsigned char)domain.p[i]) * 16777619u;
	return &l->slots[h % LOOKUP_KEPT];
}

static void forget(struct lookup *l)
{
	for (size_t i = 0; i < LOOKUP_KEPT; i++) {
		signer_unref(l->slots[i]);
		l->slots[i] = NULL;
	}
}

static void signer_found(struct reader_job *j)
{
	struct lookup_wait *w = ZG_LIST_OF(j, struct lookup_wait, job);
	struct signer *s = w->signer;

	if (s->rc == HOUSE_OK && w->house == w->lookup->house) {	/* else it may tell of a house that is no more */
		struct signer **slot = slot_of(w->lookup, s->asked);

		signer_unref(*slot);
		*slot = signer_ref(s);
	}
	w->signer = NULL;
	w->done(w, s);
	signer_unref(s);
}

static struct signer *signer_new(struct zg_slice domain)
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->rc = HOUSE_STORE;
	zg_arena_init(&s->arena, &io_heap, SIGNER_MAX);
	s->asked = zg_arena_dup(&s->arena, domain);
	return s;
}

void lookup_init(struct lookup *l, struct reader *r, struct mailbox *back)
{
	*l = (struct lookup){ .reader = r, .back = back, .house = atomic_load(&reader_changes(r)->house),
		.no_memory = { .refs = 1, .rc = HOUSE_STORE } };
}

bool lookup_signer(struct lookup *l, struct lookup_wait *w, struct zg_slice domain)
{
	uint64_t house = atomic_load(&reader_changes(l->reader)->house);
	struct signer *s;

	if (house != l->house) {
		forget(l);
		l->house = house;
	}
	s = *slot_of(l, domain);
	if (s && zg_slice_eq(s->asked, domain)) {
		w->done(w, s);
		return true;
	}
	w->lookup = l;
	w->house = house;
	w->signer = signer_new(domain);
	if (!w->signer) {
		w->done(w, &l->no_memory);
		return true;
	}
	w->job = (struct reader_job){ .read = signer_read, .done = signer_found, .back = l->back };
	reader_post(l->reader, &w->job);
	return false;
}
