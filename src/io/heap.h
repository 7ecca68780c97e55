/* heap.h - arenas of the programs take their chunks from malloc. */
#ifndef IO_HEAP_H
#define IO_HEAP_H

#include <zegel/arena.h>

extern const struct zg_arena_heap io_heap;

#endif
