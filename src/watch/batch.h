/* batch.h - several questions at once, as a machine that any driver answers. */
#ifndef WATCH_BATCH_H
#define WATCH_BATCH_H

#include <zegel/arena.h>
#include <zegel/dns.h>
#include "store/store_watch.h"

#define BATCH_MOST 32u

struct batch_item {
	struct zg_dns_q q;
	bool is_told;
	struct zg_dns_a a;		/* copied; TIMEOUT until it is told */
};
struct batch {
	struct zg_arena *arena;		/* for what is copied */
	struct batch_item v[BATCH_MOST];
	size_t count;
};

void batch_init(struct batch *b, struct zg_arena *a);
/* name stays as long as b; asked once, however often it is added.  The item, or NULL where there is no more room. */
struct batch_item *batch_add(struct batch *b, struct zg_slice name, enum zg_dns_type type);
const struct batch_item *batch_get(const struct batch *b, struct zg_slice name, enum zg_dns_type type);
struct zg_asker batch_asker(struct batch *b);
/* The records' data of an answer; empty where it was not FOUND. */
struct store_slices batch_data(const struct batch_item *i, struct zg_arena *a);

#endif
