/* zegel.c - the program: reads the command line, runs the verb, and holds that what was said has been written. */
#include <errno.h>
#include "cmd/options.h"
#include "io/heap.h"

#define MEMORY_MAX (512u * 1024u * 1024u)	/* octets of the arena, which ends with the run */

int main(int argc, char **argv)
{
	struct cmd c = { .lang = LANG_EN };
	int status;

	zg_arena_init(&c.arena, &io_heap, MEMORY_MAX);
	status = options_read(&c, argc, argv);
	if (status < 0)
		status = c.verb->run(&c);
	if (cmd_flush() < 0)
		status = cmd_fail_errno(&c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_OUTPUT, errno, CMD_NOTHING);
	zg_arena_reset(&c.arena);
	return status;
}
