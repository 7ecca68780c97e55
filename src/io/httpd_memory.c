/* httpd_memory.c - pages that are mapped, locked where the limit allows it, left out of cores, wiped and unmapped. */
#include "io/httpd_memory.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES 65536u
#define LOCKED_MOST (1u << 20)	/* a larger body is a mail, not a form */

static int pages_take(struct http_memory *m, size_t cap)
{
	void *p;

	if (m->p)
		(void)munlock(m->p, m->cap);	/* locked pages may not grow beyond the limit */
	p = m->p ? mremap(m->p, m->cap, cap, MREMAP_MAYMOVE) :
		mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	m->p = p;
	m->cap = cap;
	(void)madvise(p, cap, MADV_DONTDUMP);	/* best effort: cores are off in the relay */
	if (cap <= LOCKED_MOST)
		(void)mlock2(p, cap, MLOCK_ONFAULT);	/* best effort: the limit may be small */
	return 0;
}

int http_memory_grow(struct http_memory *m, size_t n)
{
	size_t cap = m->cap ? m->cap : PAGES;

	if (n > SIZE_MAX / 4 - m->n)
		return -1;
	while (cap < m->n + n)
		cap *= 2;
	return cap == m->cap ? 0 : pages_take(m, cap);
}

int http_memory_put(struct http_memory *m, struct zg_slice s)
{
	if (http_memory_grow(m, s.n) < 0)
		return -1;
	if (s.n)
		memcpy(m->p + m->n, s.p, s.n);
	m->n += s.n;
	if (m->n > m->high)
		m->high = m->n;
	return 0;
}

void http_memory_drop(struct http_memory *m, size_t n)
{
	if (n < m->n)
		memmove(m->p, m->p + n, m->n - n);
	m->n -= n;
	if (m->p)
		explicit_bzero(m->p + m->n, m->high - m->n);
	m->high = m->n;
}

void http_memory_wipe(struct http_memory *m)
{
	if (m->p)
		explicit_bzero(m->p, m->high);
	m->n = m->high = 0;
}

void http_memory_free(struct http_memory *m)
{
	http_memory_wipe(m);
	if (m->p)
		(void)munmap(m->p, m->cap);	/* fails only for what is no mapping */
	*m = (struct http_memory){ NULL, 0, 0, 0 };
}

/* A chunk knows its size, so that all of it is wiped. */
union chunk {
	size_t n;
	max_align_t align;
};

static void *chunk_get(void *ctx, size_t n)
{
	union chunk *c = n < SIZE_MAX - sizeof(*c) ? malloc(sizeof(*c) + n) : NULL;

	(void)ctx;
	if (!c)
		return NULL;
	c->n = n;
	return c + 1;
}

static void chunk_put(void *ctx, void *p)
{
	union chunk *c = (union chunk *)p - 1;

	(void)ctx;
	explicit_bzero(p, c->n);
	free(c);
}

const struct zg_arena_heap http_heap = { chunk_get, chunk_put, NULL };
