/* store_world.h - a database in a folder of its own, for the tests that need one. */
#ifndef TEST_STORE_WORLD_H
#define TEST_STORE_WORLD_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "store/store.h"
#include "store/store_sqlite.h"

/* Allocations of arenas until one fails; -1: none. */
static int world_failing = -1;

static void *world_get(void *ctx, size_t n)
{
	(void)ctx;
	if (world_failing >= 0 && world_failing-- == 0)
		return NULL;
	return malloc(n);
}

static void world_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static const struct zg_arena_heap world_heap = { world_get, world_put, NULL };

struct world {
	char folder[64], path[80], url[96];
	struct store *s;
	struct zg_arena a;
};

static inline struct store *world_open(const char *url, enum store_mode mode)
{
	struct store_error e;
	struct store *s;

	if (store_open(zg_slice_cstr(url), mode, &s, &e) != STORE_OK)
		fail_msg("%s: %s", url, e.text);
	return s;
}

static inline void world_begin(struct world *w)
{
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/zegel-store-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->path, sizeof(w->path), "%s/z.db", w->folder);
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s", w->path);
	w->s = world_open(w->url, STORE_WRITE);
	zg_arena_init(&w->a, &world_heap, 1u << 26);
}

static inline int world_remove(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static inline void world_end(struct world *w)
{
	store_close(w->s);
	zg_arena_reset(&w->a);
	assert_int_equal(nftw(w->folder, world_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The fixture of a test that needs nothing more. */
static inline int world_set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_begin(w);
	*state = w;
	return 0;
}

static inline int world_tear_down(void **state)
{
	world_end(*state);
	free(*state);
	return 0;
}

static inline void world_shut(struct world *w)
{
	store_close(w->s);
	w->s = NULL;
}

static inline void world_sql(struct world *w, const char *sql)
{
	if (sqlite3_exec(w->s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(w->s->db));
}

#endif
