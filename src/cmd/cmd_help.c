/* cmd_help.c - zegel help [VERB]: made of the tables of verbs and options. */
#include <zegel/zegel.h>
#include "cmd/help.h"
#include "cmd/options.h"
#include "conf/near.h"

#define NAME_WIDTH 20u		/* columns of a verb's name */
#define OPTION_WIDTH 30u	/* columns of an option */

static struct zg_slice verb_name(struct cmd *c, const struct cmd_verb *v)
{
	return cmd_join(c, (struct zg_slice[]){ zg_slice_cstr(v->name), v->sub ? ZG_S(" ") : ZG_S(""),
		zg_slice_cstr(v->sub) }, 3);
}

static struct zg_slice option_text(struct cmd *c, enum cmd_opt o)
{
	struct zg_slice value = zg_slice_cstr(options[o].value);

	return cmd_join(c, (struct zg_slice[]){ ZG_S("--"), zg_slice_cstr(options[o].name), value.n ? ZG_S(" ") : ZG_S(""),
		value }, 4);
}

static struct zg_slice add_options(struct cmd *c, struct zg_slice line, uint64_t bits, struct zg_slice before,
	struct zg_slice after)
{
	for (enum cmd_opt o = 0; o < CMD_OPT_COUNT; o++)
		if (bits & UINT64_C(1) << o)
			line = cmd_join(c, (struct zg_slice[]){ line, before, option_text(c, o), after }, 4);
	return line;
}

struct zg_slice help_usage(struct cmd *c, const struct cmd_verb *v)
{
	struct zg_slice line = cmd_join(c, (struct zg_slice[]){ ZG_S("zegel "), verb_name(c, v) }, 2);

	line = add_options(c, line, v->needed, ZG_S(" "), ZG_S(""));
	line = add_options(c, line, v->options & ~v->needed, ZG_S(" ["), ZG_S("]"));
	if (v->args)
		line = cmd_join(c, (struct zg_slice[]){ line, ZG_S(" "), zg_slice_cstr(v->args) }, 3);
	return line;
}

static void put_row(struct cmd *c, struct zg_slice name, size_t width, enum lang_word what)
{
	cmd_put(ZG_S("  "));
	cmd_put_wide(c, name, width);
	cmd_put(name.n >= width ? ZG_S("\n") : ZG_S(""));
	for (size_t i = 0; name.n >= width && i < width + 2; i++)
		cmd_put(ZG_S(" "));
	cmd_say(c, what, CMD_NOTHING, CMD_NOTHING);
}

static int show_all(struct cmd *c)
{
	cmd_say(c, WORD_HELP_HEAD, zg_slice_cstr(zg_version()), CMD_NOTHING);
	cmd_put(ZG_S("\n"));
	for (size_t i = 0; i < cmd_verbs_count; i++)
		put_row(c, verb_name(c, &cmd_verbs[i]), NAME_WIDTH, cmd_verbs[i].what);
	cmd_put(ZG_S("\n"));
	cmd_say(c, WORD_HELP_FOOT, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

static void show_verb(struct cmd *c, const struct cmd_verb *v)
{
	uint64_t bits = v->options | v->needed | CMD_BIT(HELP) | CMD_BIT(LANG);

	cmd_put_bold(c, help_usage(c, v));
	cmd_put(ZG_S("\n"));
	cmd_say(c, v->what, CMD_NOTHING, CMD_NOTHING);
	if (v->more < WORD_COUNT)
		cmd_say(c, v->more, CMD_NOTHING, CMD_NOTHING);
	cmd_put(ZG_S("\n"));
	for (enum cmd_opt o = 0; o < CMD_OPT_COUNT; o++)
		if (bits & UINT64_C(1) << o)
			put_row(c, option_text(c, o), OPTION_WIDTH, options[o].what);
}

int help_show(struct cmd *c)
{
	struct zg_slice name = cmd_arg(c, 0), sub = cmd_arg(c, 1);
	struct near near = near_of(name);
	size_t shown = 0;
	bool has_sub = false;

	if (!name.n)
		return show_all(c);
	for (size_t i = 0; i < cmd_verbs_count; i++)
		has_sub = has_sub || (zg_slice_eq(zg_slice_cstr(cmd_verbs[i].name), name) && cmd_verbs[i].sub &&
			zg_slice_eq(zg_slice_cstr(cmd_verbs[i].sub), sub));
	for (size_t i = 0; i < cmd_verbs_count; i++) {
		const struct cmd_verb *v = &cmd_verbs[i];

		near_try(&near, zg_slice_cstr(v->name));
		if (!zg_slice_eq(zg_slice_cstr(v->name), name) || (has_sub && !zg_slice_eq(zg_slice_cstr(v->sub), sub)))
			continue;
		cmd_put(shown++ ? ZG_S("\n") : ZG_S(""));
		show_verb(c, v);
	}
	if (shown)
		return CMD_GOOD;
	return cmd_fail(c, CMD_USAGE, name, near.best.n ? WORD_USE_VERB_NEAR : WORD_USE_VERB_UNKNOWN, near.best, CMD_NOTHING);
}

int cmd_help(struct cmd *c)
{
	return help_show(c);
}
