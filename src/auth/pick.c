/* pick.c - which header field a name in h= means.
 *
 * The fields are sorted once; a name is then found by halving, so neither many fields nor many names nor chosen
 * names cost more than n log n. */
#include <string.h>
#include "auth/pick.h"
#include "base/ascii.h"

static int name_cmp(struct zg_slice a, struct zg_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)zg_ascii_lower(a.p[i]) - (unsigned char)zg_ascii_lower(b.p[i]);

		if (d)
			return d;
	}
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static struct zg_slice name_at(const struct zg_pick *p, size_t place)
{
	return p->h->v[p->order[place]].name;
}

/* Merges two sorted runs from..mid..end of order into room; the upper field stays first among equals. */
static void merge(struct zg_pick *p, size_t from, size_t mid, size_t end, uint32_t *room)
{
	size_t i = from, k = mid;

	for (size_t at = from; at < end; at++) {
		if (i < mid && (k == end || name_cmp(name_at(p, i), name_at(p, k)) <= 0))
			room[at] = p->order[i++];
		else
			room[at] = p->order[k++];
	}
}

static void sort(struct zg_pick *p, uint32_t *room)
{
	size_t count = p->h->count;

	for (size_t run = 1; run < count; run *= 2) {
		for (size_t from = 0; from < count; from += 2 * run) {
			size_t mid = from + run < count ? from + run : count;
			size_t end = mid + run < count ? mid + run : count;

			merge(p, from, mid, end, room);
		}
		memcpy(p->order, room, count * sizeof(room[0]));
	}
}

int zg_pick_init(struct zg_pick *p, const struct zg_headers *h, struct zg_arena *a)
{
	*p = (struct zg_pick){ .h = h };
	if (h->count >= UINT32_MAX)
		return -1;
	p->order = zg_arena_array(a, h->count, sizeof(p->order[0]));
	p->taken = zg_arena_array(a, h->count, sizeof(p->taken[0]));
	if (!p->order || !p->taken)
		return -1;
	for (size_t i = 0; i < h->count; i++)
		p->order[i] = (uint32_t)i;
	sort(p, p->taken);
	zg_pick_restart(p);
	return 0;
}

void zg_pick_restart(struct zg_pick *p)
{
	if (p->h->count)
		memset(p->taken, 0, p->h->count * sizeof(p->taken[0]));
}

const struct zg_field *zg_pick_next(struct zg_pick *p, struct zg_slice name)
{
	size_t low = 0, high = p->h->count, place;

	while (low < high) {	/* low becomes the first place behind the name */
		size_t mid = low + (high - low) / 2;

		if (name_cmp(name_at(p, mid), name) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || name_cmp(name_at(p, low - 1), name) != 0 || p->taken[low - 1] >= low)
		return NULL;
	place = low - 1 - p->taken[low - 1];
	if (name_cmp(name_at(p, place), name) != 0)
		return NULL;
	p->taken[low - 1]++;
	return &p->h->v[p->order[place]];
}
