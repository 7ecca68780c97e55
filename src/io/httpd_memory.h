/* httpd_memory.h - memory for what a client sent: kept from the disk as far as the system lets us, wiped, and given back to it. */
#ifndef IO_HTTPD_MEMORY_H
#define IO_HTTPD_MEMORY_H

#include <zegel/arena.h>
#include <zegel/slice.h>

/* Pages of our own; zeroed at first. */
struct http_memory {
	char *p;
	size_t n, cap;		/* octets used; octets there are */
	size_t high;		/* octets that were ever written since the last wipe */
};

/* Room for n more octets; 0, or -1 without memory. */
int http_memory_grow(struct http_memory *m, size_t n);
/* Appends; 0, or -1 without memory. */
int http_memory_put(struct http_memory *m, struct zg_slice s);
/* Takes n octets off the front. */
void http_memory_drop(struct http_memory *m, size_t n);
/* Wipes all, keeps the pages. */
void http_memory_wipe(struct http_memory *m);
void http_memory_free(struct http_memory *m);

/* Arenas whose chunks are wiped before they are given back. */
extern const struct zg_arena_heap http_heap;

#endif
