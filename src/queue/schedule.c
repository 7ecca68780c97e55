/* schedule.c - a binary heap and a hash table over the same entries.
 *
 * Invariants: (1) heap[i]->place == i for 1 <= i <= count; an entry with place 0 is in no heap.  (2) every entry is in the table;
 * the table is at most half full, so probing ends. (3) heap_cap > known: putting back needs no memory. */
#include "queue/schedule.h"
#include <stdlib.h>
#include <string.h>

static void put_at(struct schedule *s, size_t i, struct entry *e)
{
	s->heap[i] = e;
	e->place = i;
}

static void sift_up(struct schedule *s, size_t i, struct entry *e)
{
	for (; i > 1 && s->heap[i / 2]->at > e->at; i /= 2)
		put_at(s, i, s->heap[i / 2]);
	put_at(s, i, e);
}

static void sift_down(struct schedule *s, size_t i, struct entry *e)
{
	for (size_t child; (child = 2 * i) <= s->count; i = child) {
		if (child < s->count && s->heap[child + 1]->at < s->heap[child]->at)
			child++;
		if (s->heap[child]->at >= e->at)
			break;
		put_at(s, i, s->heap[child]);
	}
	put_at(s, i, e);
}

/* The last octets of an id are random. */
static size_t slot_of(const struct schedule *s, const struct store_id *id)
{
	uint64_t h;

	memcpy(&h, id->b + STORE_ID_SIZE - sizeof(h), sizeof(h));
	return (size_t)h & (s->table_cap - 1);
}

static struct entry **find(const struct schedule *s, const struct store_id *id)
{
	size_t i = slot_of(s, id);

	while (s->table[i] && memcmp(s->table[i]->id.b, id->b, STORE_ID_SIZE) != 0)
		i = (i + 1) & (s->table_cap - 1);
	return &s->table[i];
}

static int table_grow(struct schedule *s)
{
	struct schedule more = { .table_cap = s->table_cap ? 2 * s->table_cap : 64 };

	more.table = calloc(more.table_cap, sizeof(*more.table));
	if (!more.table)
		return -1;
	for (size_t i = 0; i < s->table_cap; i++)
		if (s->table[i])
			*find(&more, &s->table[i]->id) = s->table[i];
	free(s->table);
	s->table = more.table;
	s->table_cap = more.table_cap;
	return 0;
}

static int room_make(struct schedule *s)
{
	if (2 * (s->known + 1) > s->table_cap && table_grow(s) < 0)
		return -1;
	if (s->known + 2 > s->heap_cap) {
		size_t cap = s->heap_cap ? 2 * s->heap_cap : 64;
		struct entry **heap = realloc(s->heap, cap * sizeof(struct entry *));

		if (!heap)
			return -1;
		s->heap = heap;
		s->heap_cap = cap;
	}
	return 0;
}

struct entry *schedule_add(struct schedule *s, const struct store_id *id, uint64_t at, struct mail *mail)
{
	struct entry **slot, *e;

	if (room_make(s) < 0) {
		mail_unref(mail);
		return NULL;
	}
	slot = find(s, id);
	e = *slot;
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e) {
			mail_unref(mail);
			return NULL;
		}
		e->id = *id;
		e->at = at;
		e->mail = mail;
		*slot = e;
		s->known++;
		schedule_return(s, e);
		return e;
	}
	mail_unref(mail);
	if (e->place) {
		e->at = at;
		sift_up(s, e->place, e);
		sift_down(s, e->place, e);
	}
	return e;
}

struct entry *schedule_first(const struct schedule *s)
{
	return s->count ? s->heap[1] : NULL;
}

struct entry *schedule_take(struct schedule *s)
{
	struct entry *e = schedule_first(s), *last;

	if (!e)
		return NULL;
	last = s->heap[s->count--];
	if (last != e)
		sift_down(s, 1, last);
	e->place = 0;
	return e;
}

void schedule_return(struct schedule *s, struct entry *e)
{
	s->count++;
	sift_up(s, s->count, e);
}

/* Out of the table: those behind it in its run move up, so that no search stops too early. */
void schedule_forget(struct schedule *s, struct entry *e)
{
	size_t hole = (size_t)(find(s, &e->id) - s->table);

	s->table[hole] = NULL;
	for (size_t i = (hole + 1) & (s->table_cap - 1); s->table[i]; i = (i + 1) & (s->table_cap - 1)) {
		struct entry *moved = s->table[i];

		s->table[i] = NULL;
		*find(s, &moved->id) = moved;
	}
	s->known--;
	mail_unref(e->mail);
	free(e);
}

void schedule_done(struct schedule *s)
{
	for (size_t i = 0; i < s->table_cap; i++)
		if (s->table[i]) {
			mail_unref(s->table[i]->mail);
			free(s->table[i]);
		}
	free(s->table);
	free(s->heap);
	*s = (struct schedule){ 0 };
}
