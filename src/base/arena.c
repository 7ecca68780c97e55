/* arena.c - memory that is given out in order and given back at once.
 *
 * Chunks are linked newest first; the header of each stands in front of its octets.  Invariant: used <= max, and
 * p..p+left lies in the newest chunk (or in the caller's block). */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <zegel/arena.h>

#define CHUNK_LEAST 4096u	/* octets of the first chunk, its header included; each next is twice as large */
#define CHUNK_MOST 65536u

struct zg_arena_chunk {
	struct zg_arena_chunk *next;
	size_t n;
	alignas(max_align_t) char b[];
};

void zg_arena_init_fixed(struct zg_arena *a, void *mem, size_t n)
{
	*a = (struct zg_arena){ .p = mem, .left = n, .max = n };
}

void zg_arena_init(struct zg_arena *a, const struct zg_arena_heap *heap, size_t max)
{
	*a = (struct zg_arena){ .heap = heap, .max = max };
}

static bool chunk_add(struct zg_arena *a, size_t need)
{
	size_t n = a->chunk ? 2 * a->chunk->n : CHUNK_LEAST;
	struct zg_arena_chunk *c;

	if (!a->heap)
		return false;
	if (n > CHUNK_MOST)
		n = CHUNK_MOST;
	if (n < need + sizeof(*c))
		n = need + sizeof(*c);
	c = a->heap->get(a->heap->ctx, n);
	if (!c)
		return false;
	c->next = a->chunk;
	c->n = n;
	a->chunk = c;
	a->p = c->b;
	a->left = n - sizeof(*c);
	return true;
}

char *zg_arena_bytes(struct zg_arena *a, size_t n)
{
	char *p;

	if (a->is_full || n > a->max - a->used || (a->left < n && !chunk_add(a, n))) {
		a->is_full = true;
		return NULL;
	}
	if (!a->p && !chunk_add(a, n)) {	/* n is 0 and nothing was taken yet */
		a->is_full = true;
		return NULL;
	}
	p = a->p;
	a->p += n;
	a->left -= n;
	a->used += n;
	return p;
}

void zg_arena_shrink(struct zg_arena *a, size_t n)
{
	a->p -= n;
	a->left += n;
	a->used -= n;
}

void *zg_arena_alloc(struct zg_arena *a, size_t n)
{
	size_t skip = a->p ? (size_t)(-(uintptr_t)a->p & (alignof(max_align_t) - 1)) : 0;
	char *p;

	if (n > SIZE_MAX - alignof(max_align_t)) {
		a->is_full = true;
		return NULL;
	}
	if (a->left < skip + n)		/* a new chunk is aligned by itself */
		skip = a->heap ? 0 : skip;
	p = zg_arena_bytes(a, skip + n);
	if (!p)
		return NULL;
	p += skip;
	memset(p, 0, n);
	return p;
}

void *zg_arena_array(struct zg_arena *a, size_t count, size_t n)
{
	if (n && count > SIZE_MAX / n) {
		a->is_full = true;
		return NULL;
	}
	return zg_arena_alloc(a, count * n);
}

struct zg_slice zg_arena_dup(struct zg_arena *a, struct zg_slice s)
{
	char *p = zg_arena_bytes(a, s.n);

	if (!p)
		return (struct zg_slice){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct zg_slice){ p, s.n };
}

void zg_arena_reset(struct zg_arena *a)
{
	struct zg_arena_chunk *c = a->chunk;

	if (!a->heap) {
		a->p -= a->used;
		a->left += a->used;
	} else {
		a->p = NULL;
		a->left = 0;
	}
	a->chunk = NULL;
	a->used = 0;
	a->is_full = false;
	while (c) {
		struct zg_arena_chunk *next = c->next;

		a->heap->put(a->heap->ctx, c);	/* NOLINT(clang-analyzer-core.NullDereference): who has a chunk has a heap */
		c = next;
	}
}
