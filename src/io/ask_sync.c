/* ask_sync.c - the driver that blocks: for the command line. */
#include <poll.h>
#include "io/ask.h"
#include "io/clock.h"

unsigned ask_sync(struct resolver *r, const struct zg_asker *m, struct zg_arena *a)
{
	struct pollfd fd = { .fd = resolver_fd(r), .events = POLLIN };
	struct zg_list waiting;
	struct ask_run run;

	zg_list_init(&waiting);
	ask_run_init(&run, r, m, a, &waiting);
	while (ask_run_step(&run, clock_steady_ms()) == ZG_ASK) {
		int left = ask_expire(&waiting, clock_steady_ms());

		/* A poll that was interrupted or failed ends in the next turn or at the deadline. */
		if (left > 0 && poll(&fd, 1, left) > 0)
			resolver_turn(r);
	}
	ask_run_end(&run);
	return run.count;
}
