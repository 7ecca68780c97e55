/* help.h - what there is and how it is used, made of the tables. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "cmd/cmd.h"

/* "zegel key add --domain DOMAIN [--selector SELECTOR] ..." on one line, in c's arena. */
struct zg_slice help_usage(struct cmd *c, const struct cmd_verb *v);
/* Everything, or the verb that c's arguments name; CMD_GOOD, or CMD_USAGE after saying that there is no such verb. */
int help_show(struct cmd *c);

#endif
