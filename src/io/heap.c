/* heap.c - the chunks of the programs' arenas. */
#include <stdlib.h>
#include "io/heap.h"

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	return malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

const struct zg_arena_heap io_heap = { heap_get, heap_put, NULL };
