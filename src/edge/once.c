/* once.c - numbers of forms that were sent, in a ring; guarded, since desks share it.
 *
 * An entry is NEW -> BUSY (its page runs) -> DONE (its place is known).  The ring is large enough that what is thrown out was
 * sent long before; then the form counts as new, and the store's own rules say what is twice. */
#include "edge/once.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <zegel/zegel.h>
#include "seal/token.h"

#define ENTRIES 1024u
#define PLACE_MOST 512u			/* octets of an address to go to */
#define PATIENCE 10000000000u		/* ns for the first to be done */

struct entry {
	unsigned char hash[TOKEN_HASH];	/* of session and number */
	bool is_used, is_busy;
	size_t n;
	char place[PLACE_MOST];
};

struct once {
	uv_mutex_t lock;
	uv_cond_t done;
	size_t next;
	struct entry v[ENTRIES];
};

struct once *once_new(void)
{
	struct once *o = calloc(1, sizeof(*o));

	if (!o || uv_mutex_init(&o->lock) != 0 || uv_cond_init(&o->done) != 0) {
		free(o);
		return NULL;
	}
	return o;
}

void once_free(struct once *o)
{
	uv_cond_destroy(&o->done);
	uv_mutex_destroy(&o->lock);
	free(o);
}

struct zg_slice once_make(struct page *p)
{
	char text[TOKEN_TEXT];

	token_make(text);
	return zg_arena_dup(p->a, zg_slice_of(text, sizeof(text)));
}

static bool hash_of(struct page *p, unsigned char ret[TOKEN_HASH])
{
	struct zg_slice number = page_value_raw(p, ZG_S("once"));

	if (!number.n)
		return false;
	token_hash(page_join(p, (struct zg_slice[]){ http_cookie(p->q, page_session_cookie(p)), ZG_S(" "), p->q->path, ZG_S(" "),
		number }, 5), ret);
	return true;
}

static struct entry *find(struct once *o, const unsigned char hash[TOKEN_HASH])
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (o->v[i].is_used && memcmp(o->v[i].hash, hash, TOKEN_HASH) == 0)
			return &o->v[i];
	return NULL;
}

static void begin(struct once *o, const unsigned char hash[TOKEN_HASH])
{
	struct entry *e = &o->v[o->next++ % ENTRIES];

	*e = (struct entry){ .is_used = true, .is_busy = true };
	memcpy(e->hash, hash, TOKEN_HASH);
}

bool once_is_told(struct page *p)
{
	struct once *o = p->world->once;
	unsigned char hash[TOKEN_HASH];
	struct zg_slice place = ZG_S("");
	struct entry *e;

	if (!hash_of(p, hash))
		return false;
	uv_mutex_lock(&o->lock);
	while ((e = find(o, hash)) != NULL && e->is_busy)
		if (uv_cond_timedwait(&o->done, &o->lock, PATIENCE) != 0)
			break;
	if (!e)
		begin(o, hash);
	else
		place = zg_arena_dup(p->a, zg_slice_of(e->place, e->n));
	uv_mutex_unlock(&o->lock);
	if (!e)
		return false;
	if (place.n)
		page_go(p, place);
	else
		page_trouble(p, 422);
	return true;
}

void once_tell(struct page *p)
{
	struct once *o = p->world->once;
	unsigned char hash[TOKEN_HASH];
	struct entry *e;

	if (!hash_of(p, hash))
		return;
	uv_mutex_lock(&o->lock);
	e = find(o, hash);
	if (e && e->is_busy) {
		e->is_busy = false;
		e->is_used = p->answer.status == 303;	/* what was not done may be sent again */
		for (size_t i = 0; i < p->answer.fields_count; i++) {
			struct http_pair f = p->answer.fields[i];

			if (!zg_slice_eq(f.name, ZG_S("Location")) || f.value.n > PLACE_MOST)
				continue;
			memcpy(e->place, f.value.p, f.value.n);
			e->n = f.value.n;
		}
		uv_cond_broadcast(&o->done);
	}
	uv_mutex_unlock(&o->lock);
}
