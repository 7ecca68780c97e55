/* parent.h - the supervising process of `zegel serve`: starts vault and relay, and starts them again.
 *
 * It keeps root with a few capabilities, reads the operator's files and hands them over; it never parses bytes
 * from outside, and holds no secret while it forks. */
#ifndef CMD_PARENT_H
#define CMD_PARENT_H

#include "cmd/cmd.h"
#include "edge/relay.h"

struct parent_opts {
	struct cmd *cmd;				/* its options name the configuration */
	int (*relay)(const struct relay_start *s);	/* relay_main; a test puts its own */
};

/* Serves until it is told to end (SIGTERM, SIGINT).  The exit status, errors told. */
int parent_main(const struct parent_opts *o);

#endif
