/* ask.h - one machine's run: its questions under way.  What the drivers ask_sync and ask_loop have in common. */
#ifndef IO_ASK_H
#define IO_ASK_H

#include "base/list.h"
#include "io/resolver.h"

#define ASK_TIMEOUT_MS 5000u	/* for one question */

struct ask_run {
	struct zg_asker m;
	struct resolver *r;
	struct zg_arena *arena;		/* for answers */
	struct zg_list asks;		/* under way */
	struct zg_list *waiting;	/* all that is under way in this driver, the oldest first */
	unsigned count;			/* questions asked */
	void (*told)(struct ask_run *run);	/* an answer was fed: step again; may be NULL */
};

void ask_run_init(struct ask_run *run, struct resolver *r, const struct zg_asker *m, struct zg_arena *arena,
		  struct zg_list *waiting);
/* Steps the machine and asks what is new; now: steady milliseconds. */
enum zg_step ask_run_step(struct ask_run *run, uint64_t now);
/* Drops what is under way. */
void ask_run_end(struct ask_run *run);
/* Feeds TIMEOUT to what waits too long.  Returns the milliseconds until the next may, or -1 where nothing waits. */
int ask_expire(struct zg_list *waiting, uint64_t now);

#endif
