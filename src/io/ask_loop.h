/* ask_loop.h - the driver for an event loop: a machine's questions go to a resolver, its answers come back by the
 * loop. */
#ifndef IO_ASK_LOOP_H
#define IO_ASK_LOOP_H

#include <uv.h>
#include "io/resolver.h"

struct ask_loop;
/* One a loop; NULL without memory.  r is then used by this loop only, until ask_loop_free (the loop must turn once
 * more). */
struct ask_loop *ask_loop_new(uv_loop_t *loop, struct resolver *r);
/* Machines that are still driven are dropped, their done is not called.  r may be freed at once. */
void ask_loop_free(struct ask_loop *l);
/* Drives m to its end; done is called from the loop, once, with the number of questions.  m's memory stays until
 * then.  0, or -1 without memory; done is not called then. */
int ask_loop_drive(struct ask_loop *l, const struct zg_asker *m, void (*done)(void *ctx, unsigned questions),
		   void *ctx);

#endif
