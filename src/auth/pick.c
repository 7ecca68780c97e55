/* pick.c - which header field a name in h= means.
 *
 * Up to FEW fields are looked at one by one, from the lowest up.  More are sorted once, and a name is then found by halving, so
 * neither many fields nor many names nor chosen names cost more than n log n. */
#include "auth/pick.h"
#include "base/ascii_words.h"

#define FEW 32u		/* most headers have fewer: going over their keys costs less than an order of them */

/* A number of a name, case aside: of its start and its length, which tell most names apart. */
static uint64_t key_of(struct zg_slice name)
{
	return name.n ? zg_ascii_word_lower(zg_ascii_word(name.p, name.n < 8 ? name.n : 8)) + name.n : 0;
}

/* An order of names, case aside: of their keys, and where these are equal of the names themselves. */
static int name_cmp(const struct zg_pick *p, const struct zg_pick_place *place, uint64_t key, struct zg_slice name)
{
	struct zg_slice own;

	if (place->key != key)
		return place->key < key ? -1 : 1;
	own = p->h->v[place->at].name;
	if (own.n != name.n)
		return own.n < name.n ? -1 : 1;
	return zg_ascii_cmp_ci(own.p, name.p, own.n);
}

/* Merges two sorted runs from..mid..end of the places into room; the upper field stays first among equals. */
static void merge(struct zg_pick *p, size_t from, size_t mid, size_t end, struct zg_pick_place *room)
{
	const struct zg_pick_place *v = p->places;
	size_t i = from, k = mid;

	for (size_t at = from; at < end; at++)
		if (i < mid && (k == end || name_cmp(p, &v[i], v[k].key, p->h->v[v[k].at].name) <= 0))
			room[at] = v[i++];
		else
			room[at] = v[k++];
}

static void sort(struct zg_pick *p, struct zg_pick_place *room)
{
	size_t count = p->h->count;

	for (size_t run = 1; run < count; run *= 2) {
		struct zg_pick_place *sorted = room;

		for (size_t from = 0; from < count; from += 2 * run) {
			size_t mid = from + run < count ? from + run : count;
			size_t end = mid + run < count ? mid + run : count;

			merge(p, from, mid, end, room);
		}
		room = p->places;
		p->places = sorted;
	}
}

int zg_pick_init(struct zg_pick *p, const struct zg_headers *h, struct zg_arena *a)
{
	struct zg_pick_place *room;

	*p = (struct zg_pick){ .h = h };
	if (h->count >= UINT32_MAX)
		return -1;
	p->places = zg_arena_array(a, h->count, sizeof(p->places[0]));
	if (!p->places)
		return -1;
	for (size_t i = 0; i < h->count; i++)
		p->places[i] = (struct zg_pick_place){ key_of(h->v[i].name), (uint32_t)i, 0 };
	if (h->count <= FEW)
		return 0;
	room = zg_arena_array(a, h->count, sizeof(room[0]));
	if (!room)
		return -1;
	sort(p, room);
	return 0;
}

void zg_pick_restart(struct zg_pick *p)
{
	for (size_t i = 0; i < p->h->count; i++)
		p->places[i].taken = 0;
}

/* Of few fields: places are in the order of the header. */
static const struct zg_field *few_next(struct zg_pick *p, uint64_t key, struct zg_slice name)
{
	for (size_t i = p->h->count; i-- > 0;) {
		struct zg_pick_place *place = &p->places[i];

		if (place->key != key || place->taken || name_cmp(p, place, key, name) != 0)
			continue;
		place->taken = 1;
		return &p->h->v[i];
	}
	return NULL;
}

const struct zg_field *zg_pick_next(struct zg_pick *p, struct zg_slice name)
{
	size_t low = 0, high = p->h->count;
	uint64_t key = key_of(name);
	struct zg_pick_place *lowest, *place;

	if (high <= FEW)
		return few_next(p, key, name);
	while (low < high) {	/* low becomes the first place behind the name */
		size_t mid = low + (high - low) / 2;

		if (name_cmp(p, &p->places[mid], key, name) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return NULL;
	lowest = &p->places[low - 1];
	if (name_cmp(p, lowest, key, name) != 0 || lowest->taken >= low)
		return NULL;
	place = lowest - lowest->taken;
	if (name_cmp(p, place, key, name) != 0)
		return NULL;
	lowest->taken++;
	return &p->h->v[place->at];
}
