/* people_guard.c - wrong tries counted, by account and by place, in a table of bounded size.
 *
 * A try is counted before it is judged, so tries at the same time are all seen.  The first tries are free; each further one has to
 * wait 1, 2, 4, 8, then always 15 minutes after the one before.  Invariants: (1) a key stands in one row of its set at most; (2) a
 * full set gives up the row that was quiet longest.  Sets are chosen with a secret, so nobody can aim at a row. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/ascii.h"
#include "house/people_part.h"

#define SETS 512u
#define WAYS 8u
#define FREE_ACCOUNT 5u
#define FREE_PLACE 20u
#define LONGEST 15u		/* minutes */
#define FORGET (6 * 3600)	/* s of quiet */
#define KEY_MAX 320u		/* octets of a key that count */

struct row {
	unsigned char key[TOKEN_HASH];
	unsigned count;		/* 0: the row is free */
	int64_t last;
};

struct people_guard {
	pthread_mutex_t lock;
	char salt[TOKEN_TEXT];
	struct row rows[SETS][WAYS];
};

struct people_guard *people_guard_new(void)
{
	struct people_guard *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	if (pthread_mutex_init(&g->lock, NULL) != 0) {
		free(g);
		return NULL;
	}
	token_make(g->salt);
	return g;
}

void people_guard_free(struct people_guard *g)
{
	if (!g)
		return;
	(void)pthread_mutex_destroy(&g->lock);	/* nobody holds it any more */
	free(g);
}

static void key_hash(const struct people_guard *g, enum people_count what, struct zg_slice key, unsigned char *ret)
{
	char mem[TOKEN_TEXT + 1 + KEY_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_buf_put(&b, zg_slice_of(g->salt, sizeof(g->salt)));
	zg_buf_putc(&b, (char)what);
	for (size_t i = 0; i < key.n && i < KEY_MAX; i++)
		zg_buf_putc(&b, zg_ascii_lower(key.p[i]));
	token_hash(zg_buf_slice(&b), ret);
}

static bool is_of(const struct row *r, const unsigned char *key)
{
	return r->count && memcmp(r->key, key, TOKEN_HASH) == 0;
}

/* The row of a key, or the one it may have. */
static struct row *row_find(struct people_guard *g, const unsigned char *key)
{
	struct row *set = g->rows[((size_t)key[0] << 8 | key[1]) % SETS], *best = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_of(&set[i], key))
			return &set[i];
		if (best->count && (!set[i].count || set[i].last < best->last))
			best = &set[i];
	}
	return best;
}

static unsigned minutes_left(const struct row *r, unsigned is_free, int64_t now)
{
	unsigned over, wait;
	int64_t until;

	if (r->count < is_free)
		return 0;
	over = r->count - is_free;
	wait = over > 3 ? LONGEST : 1u << over;
	until = r->last + (int64_t)wait * 60;
	if (now >= until)
		return 0;
	return now < r->last ? wait : (unsigned)((until - now + 59) / 60);	/* a clock set back makes nobody wait for days */
}

unsigned people_guard_enter(struct people_guard *g, enum people_count what, struct zg_slice key, int64_t now)
{
	unsigned char hash[TOKEN_HASH];
	unsigned minutes;
	struct row *r;

	key_hash(g, what, key, hash);
	(void)pthread_mutex_lock(&g->lock);	/* fails for a mutex that is none alone */
	r = row_find(g, hash);
	if (!is_of(r, hash) || now - r->last > FORGET)
		r->count = 0;
	minutes = minutes_left(r, what == PEOPLE_PLACE ? FREE_PLACE : FREE_ACCOUNT, now);
	if (!minutes) {
		memcpy(r->key, hash, sizeof(hash));
		r->count++;
		r->last = now;
	}
	(void)pthread_mutex_unlock(&g->lock);	/* the same */
	return minutes;
}

void people_guard_right(struct people_guard *g, enum people_count what, struct zg_slice key)
{
	unsigned char hash[TOKEN_HASH];
	struct row *r;

	key_hash(g, what, key, hash);
	(void)pthread_mutex_lock(&g->lock);	/* as above */
	r = row_find(g, hash);
	if (is_of(r, hash))
		r->count = what == PEOPLE_PLACE ? r->count - 1 : 0;
	(void)pthread_mutex_unlock(&g->lock);	/* as above */
}
