/* asking.h - whom a verb asks for DNS: a zone in a file, one server, or the system's resolver. */
#ifndef CMD_ASKING_H
#define CMD_ASKING_H

#include <zegel/dns.h>
#include "cmd/cmd.h"

/* Drives m to its end by --zone, --resolver or neither; how many questions were asked.  CMD_GOOD, or the exit status
 * after saying why nobody can be asked. */
int asking_drive(struct cmd *c, const struct zg_asker *m, unsigned *ret_questions);

#endif
