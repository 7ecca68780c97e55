/* asking.c - the three sources of DNS answers. */
#include <zegel/zone.h>
#include "cmd/asking.h"
#include "cmd/input.h"
#include "io/resolver.h"

#define ZONE_MAX (16u * 1024u * 1024u)	/* octets of a zone file */

static int drive_zone(struct cmd *c, const struct zg_asker *m, unsigned *ret)
{
	struct zg_slice path = cmd_value(c, CMD_OPT_ZONE), where;
	struct zg_zone_error why = { .line = 0 };
	struct input in;
	struct zg_zone *zone = NULL;
	int status = input_read(c, path, ZONE_MAX, &in);

	if (status == CMD_GOOD)
		zone = zg_zone_read(input_text(&in), &c->arena, &why);
	input_done(&in);
	if (status != CMD_GOOD)
		return status;
	where = cmd_join(c, (struct zg_slice[]){ path, ZG_S(":"), cmd_num(c, why.line) }, 3);
	if (!zone)
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_ASKING_ZONE, zg_slice_cstr(why.why), CMD_NOTHING);
	*ret = zg_zone_drive(zone, m, &c->arena);
	return CMD_GOOD;
}

int asking_drive(struct cmd *c, const struct zg_asker *m, unsigned *ret_questions)
{
	const char *why = "";
	struct resolver *r;

	if (cmd_has(c, CMD_OPT_ZONE) && cmd_has(c, CMD_OPT_RESOLVER))
		return cmd_fail(c, CMD_USAGE, ZG_S("--zone"), WORD_ASKING_BOTH, CMD_NOTHING, CMD_NOTHING);
	if (cmd_has(c, CMD_OPT_ZONE))
		return drive_zone(c, m, ret_questions);
	r = resolver_new(cmd_value(c, CMD_OPT_RESOLVER), &why);
	if (!r)
		return cmd_fail(c, cmd_has(c, CMD_OPT_RESOLVER) ? CMD_USAGE : CMD_UNDECIDED, cmd_value(c, CMD_OPT_RESOLVER),
			WORD_ASKING_RESOLVER, zg_slice_cstr(why), CMD_NOTHING);
	*ret_questions = ask_sync(r, m, &c->arena);
	resolver_free(r);
	return CMD_GOOD;
}
