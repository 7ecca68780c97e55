/* options.h - the table of options, and reading the command line by it. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "cmd/cmd.h"

struct option_row {
	const char *name;	/* without the dashes */
	const char *value;	/* as the usage shows it, "DIR"; NULL: a flag */
	enum lang_word what;
};
extern const struct option_row options[CMD_OPT_COUNT];

/* Chooses the language and reads argv into c.  -1: c->verb is to be run; otherwise the exit status. */
int options_read(struct cmd *c, int argc, char **argv);

#endif
