/* json.h - answers for programs: one object, stable keys, on one line of standard output. */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <jansson.h>
#include "cmd/cmd.h"

/* A string; octets that are no UTF-8 become U+FFFD.  NULL without memory, which json_pack and json_object_set_new pass
 * on. */
json_t *cmd_json_text(struct zg_slice s);
/* The same as RFC 3339, and null for 0. */
json_t *cmd_json_time(int64_t t);
/* Writes root and lets go of it; answers status, or CMD_UNDECIDED after saying that memory is missing (root NULL). */
int cmd_json_put(struct cmd *c, json_t *root, enum cmd_status status);

#endif
