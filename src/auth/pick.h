/* pick.h - which header field a name in h= means, RFC 6376 5.4.2: the lowest one that was not taken yet. */
#ifndef ZG_AUTH_PICK_H
#define ZG_AUTH_PICK_H

#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/header.h>

/* One field. */
struct zg_pick_place {
	uint64_t key;		/* of its name; equal names have equal ones */
	uint32_t at;		/* which field of the header */
	uint32_t taken;		/* few fields: it was; many: at the place of a name's lowest field, how many of that name were */
};

struct zg_pick {
	const struct zg_headers *h;
	struct zg_pick_place *places;	/* from the top down; many are sorted by name first */
};

/* Borrows h; the table lives in a.  0, or -1 when a is full. */
int zg_pick_init(struct zg_pick *p, const struct zg_headers *h, struct zg_arena *a);
/* Nothing is taken. */
void zg_pick_restart(struct zg_pick *p);
/* The next field of that name, case aside; NULL where none is left. */
const struct zg_field *zg_pick_next(struct zg_pick *p, struct zg_slice name);

#endif
