/* arena.h - where the library's results live.
 *
 * The caller hands an arena; the library takes memory from it and never gives single pieces back.  A full arena is a
 * flag and a NULL, never a crash: functions that take one answer -1 and `is_full` says why.  One arena is used by one
 * thread at a time.  An arena is either fixed (the caller's block of memory) or grows in chunks through two functions
 * of the caller, up to a maximum in octets.  The struct is the caller's; an arena that takes chunks gives them back at
 * its reset, and only there. */
#ifndef ZEGEL_ARENA_H
#define ZEGEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How an arena gets and gives back its chunks; get may answer NULL (the arena is then full), else memory aligned as
 * malloc's. */
struct zg_arena_heap {
	void *(*get)(void *ctx, size_t n);
	void (*put)(void *ctx, void *p);
	void *ctx;
};

struct zg_arena_chunk;
/* An arena; its members are the library's, but for is_full, which the caller reads. */
struct zg_arena {
	struct zg_arena_chunk *chunk;		/* newest first; NULL when fixed or empty */
	const struct zg_arena_heap *heap;	/* NULL when fixed; must outlive the arena */
	char *p;				/* next free octet */
	size_t left;				/* free octets at p */
	size_t used, max;			/* octets given out or lost to alignment; the most there may be */
	bool is_full;				/* an allocation failed; stays until reset */
};

/* A fixed arena over the caller's n octets at mem, which must outlive it.  Nothing is to be given back. */
void zg_arena_init_fixed(struct zg_arena *a, void *mem, size_t n);
/* An arena that takes chunks of 4 to 64 KiB (larger ones for what is larger) from heap as it goes, max octets in all,
 * their heads not counted.  Nothing is taken yet.  heap must outlive a; ended by zg_arena_reset. */
void zg_arena_init(struct zg_arena *a, const struct zg_arena_heap *heap, size_t max);
/* n octets aligned for any type, zeroed; NULL when full.  They live until reset. */
void *zg_arena_alloc(struct zg_arena *a, size_t n);
/* count things of n octets each, zeroed, the product checked; NULL when full.  They live until reset. */
void *zg_arena_array(struct zg_arena *a, size_t count, size_t n);
/* n octets, not aligned and not zeroed; NULL when full.  They live until reset. */
char *zg_arena_bytes(struct zg_arena *a, size_t n);
/* Gives back the last n octets of the newest zg_arena_bytes, and only those (a writer that asked for too much). */
void zg_arena_shrink(struct zg_arena *a, size_t n);
/* A copy of s that lives in the arena until reset; an empty slice with p == NULL when full. */
struct zg_slice zg_arena_dup(struct zg_arena *a, struct zg_slice s);
/* Gives everything back; the arena is as new, and what lived in it is gone. */
void zg_arena_reset(struct zg_arena *a);

#ifdef __cplusplus
}
#endif

#endif
