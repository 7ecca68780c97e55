/* cmd_serve.c - zegel serve: the daemon. */
#include "cmd/parent.h"

int cmd_serve(struct cmd *c)
{
	const struct parent_opts opts = { c, relay_main };

	return parent_main(&opts);
}
