/* names.h - domains and selectors of the command line, as they are kept and asked for. */
#ifndef CMD_NAMES_H
#define CMD_NAMES_H

#include "cmd/cmd.h"

/* A-labels, lower case, in c's arena.  CMD_GOOD, or CMD_USAGE after saying that it is no domain. */
int names_domain(struct cmd *c, struct zg_slice text, struct zg_slice *ret);
/* The same for a name that need not sign: underscores may stand in it. */
int names_host(struct cmd *c, struct zg_slice text, struct zg_slice *ret);
/* Without what may have been pasted around it; domain may be empty.  The same. */
int names_selector(struct cmd *c, struct zg_slice text, struct zg_slice domain, struct zg_slice *ret);
/* "z" and the year and month of now, as src/house chooses it. */
struct zg_slice names_selector_default(struct cmd *c, int64_t now);

#endif
