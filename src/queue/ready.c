/* ready.c - what the standing check saw, held against what signs. */
#include "queue/ready.h"
#include "auth/taglist.h"
#include "io/heap.h"
#include "lint/record_state.h"
#include "store/store_watch.h"

#define MEMORY (4u * 1024u * 1024u)	/* octets of one domain's records and answers */

/* Is the key of this selector seen at all servers that answer? */
static bool is_seen(const struct store_watch *w, struct zg_slice selector)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->records[i].kind == ZG_RECORD_DKIM && w->records[i].state == ZG_RECORD_RIGHT &&
		    zg_slice_eq(w->records[i].selector, selector))
			return true;
	return false;
}

/* RFC 9989 4.7: sp for what lies below the domain, where it stands there. */
static bool is_strict(const struct store_watch *w, bool is_below, struct zg_arena *a)
{
	for (size_t i = 0; i < w->count; i++) {
		struct zg_taglist l;
		const struct zg_tag *t;

		if (w->records[i].kind != ZG_RECORD_DMARC || zg_taglist_read(w->records[i].now, a, &l) != ZG_TAGLIST_OK)
			continue;
		t = is_below ? zg_taglist_get(&l, ZG_S("sp")) : NULL;
		if (!t)
			t = zg_taglist_get(&l, ZG_S("p"));
		if (t && (zg_slice_eq_ci(t->value, ZG_S("quarantine")) || zg_slice_eq_ci(t->value, ZG_S("reject"))))
			return true;
	}
	return false;
}

static enum house_rc rc_of(enum store_rc rc, const struct zg_arena *a)
{
	if (rc == STORE_OK || rc == STORE_NOT_FOUND)
		return HOUSE_OK;
	return a->is_full ? HOUSE_NO_MEMORY : HOUSE_STORE;
}

enum house_rc ready_read(struct store *s, const struct house_signer *f, struct zg_slice from_domain, struct ready *ret)
{
	struct store_watch w = { .count = 0 };
	struct ready r = { .is_right = false };
	struct zg_arena a;
	enum store_rc rc;
	enum house_rc house;

	zg_arena_init(&a, &io_heap, MEMORY);
	rc = store_watch_get(s, f->domain_id, &a, &w);
	if (rc == STORE_OK) {
		r.is_right = w.state == ZG_DOMAIN_RIGHT;
		for (size_t i = 0; i < f->count && !r.is_right; i++)
			r.is_right = is_seen(&w, f->keys[i].selector);
		r.is_strict = is_strict(&w, from_domain.n > f->domain.n, &a);
	}
	house = rc_of(rc, &a);
	zg_arena_reset(&a);
	if (house == HOUSE_OK)
		*ret = r;
	return house;
}

enum house_rc ready_seal(struct store *s, struct zg_slice seal, bool *ret)
{
	size_t n = zg_slice_find(seal, ' ');
	struct zg_slice selectors = zg_slice_sub(seal, n + 1, seal.n), one;
	struct store_watch w = { .count = 0 };
	struct store_domain d;
	struct zg_arena a;
	bool is_right = false;
	enum store_rc rc;
	enum house_rc house;

	zg_arena_init(&a, &io_heap, MEMORY);
	rc = store_domain_get(s, zg_slice_sub(seal, 0, n), &a, &d);
	if (rc == STORE_OK)
		rc = store_watch_get(s, d.id, &a, &w);
	while (rc == STORE_OK && !is_right && zg_taglist_item(&selectors, ' ', &one))
		is_right = is_seen(&w, one);
	house = rc_of(rc, &a);
	zg_arena_reset(&a);
	if (house == HOUSE_OK)
		*ret = is_right;
	return house;
}

enum unready unready_judge(enum conf_unready policy, const struct house_signer *f, const struct ready *r, struct zg_slice *ret_why)
{
	if (r->is_right)	/* our key in its DNS proves control too */
		return UNREADY_SIGN;
	*ret_why = f->is_foreign ? STORE_HOLD_UNASSIGNED : policy != CONF_UNREADY_SEND ? STORE_HOLD_DOMAIN : STORE_HOLD_DMARC;
	return f->is_foreign || policy != CONF_UNREADY_SEND || r->is_strict ? UNREADY_HOLD : UNREADY_SEND;
}
