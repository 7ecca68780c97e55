/* options.c - the command line by the table of options and the table of verbs.
 *
 * Options are long, stand anywhere, and take their value behind "=" or as the next word; "--" ends them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zegel/zegel.h>
#include "base/num.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "conf/near.h"
#include "io/clock.h"

const struct option_row options[CMD_OPT_COUNT] = {
	[CMD_OPT_ALGORITHM] = { "algorithm", "rsa-sha256|ed25519-sha256", WORD_OPT_ALGORITHM },
	[CMD_OPT_AUTHSERV_ID] = { "authserv-id", "ID", WORD_OPT_AUTHSERV_ID },
	[CMD_OPT_BASE_URL] = { "base-url", "URL", WORD_OPT_BASE_URL },
	[CMD_OPT_BITS] = { "bits", "BITS", WORD_OPT_BITS },
	[CMD_OPT_CANON] = { "canon", "HEADER/BODY", WORD_OPT_CANON },
	[CMD_OPT_COMPANY] = { "company", "SLUG", WORD_OPT_COMPANY },
	[CMD_OPT_CONFIG] = { "config", "FILE", WORD_OPT_CONFIG },
	[CMD_OPT_DEV] = { "dev", NULL, WORD_OPT_DEV },
	[CMD_OPT_DOMAIN] = { "domain", "DOMAIN", WORD_OPT_DOMAIN },
	[CMD_OPT_EXPIRE] = { "expire", "SECONDS", WORD_OPT_EXPIRE },
	[CMD_OPT_FILE] = { "file", "FILE", WORD_OPT_FILE },
	[CMD_OPT_FORMAT] = { "format", "text|bind|route53|cloudflare|terraform|json|cname", WORD_OPT_FORMAT },
	[CMD_OPT_HEADERS] = { "headers", "LIST", WORD_OPT_HEADERS },
	[CMD_OPT_HELP] = { "help", NULL, WORD_OPT_HELP },
	[CMD_OPT_INCLUDE] = { "include", "DOMAIN", WORD_OPT_INCLUDE },
	[CMD_OPT_JSON] = { "json", NULL, WORD_OPT_JSON },
	[CMD_OPT_KEY] = { "key", "FILE", WORD_OPT_KEY },
	[CMD_OPT_LANG] = { "lang", "nl|fr|de|en", WORD_OPT_LANG },
	[CMD_OPT_MAX] = { "max", "COUNT", WORD_OPT_MAX },
	[CMD_OPT_NAME] = { "name", "TEXT", WORD_OPT_NAME },
	[CMD_OPT_NOW] = { "now", "UNIXTIME", WORD_OPT_NOW },
	[CMD_OPT_ONLY] = { "only", "queued|delivered|refused|captured|expired|held|stopped", WORD_OPT_ONLY },
	[CMD_OPT_OUT] = { "out", "DIR", WORD_OPT_OUT },
	[CMD_OPT_PASSPHRASE_FILE] = { "passphrase-file", "FILE", WORD_OPT_PASSPHRASE_FILE },
	[CMD_OPT_PASSWORD_FILE] = { "password-file", "FILE", WORD_OPT_PASSWORD_FILE },
	[CMD_OPT_RAW] = { "raw", NULL, WORD_OPT_RAW },
	[CMD_OPT_RESOLVER] = { "resolver", "HOST:PORT", WORD_OPT_RESOLVER },
	[CMD_OPT_ROLE] = { "role", "operator|owner|editor|reader|auditor", WORD_OPT_ROLE },
	[CMD_OPT_SELECTOR] = { "selector", "SELECTOR", WORD_OPT_SELECTOR },
	[CMD_OPT_STATE] = { "state", "DIR", WORD_OPT_STATE },
	[CMD_OPT_TARGET] = { "target", "ZONE", WORD_OPT_TARGET },
	[CMD_OPT_TYPE] = { "type", "rsa|ed25519", WORD_OPT_TYPE },
	[CMD_OPT_VERSION] = { "version", NULL, WORD_OPT_VERSION },
	[CMD_OPT_ZONE] = { "zone", "FILE", WORD_OPT_ZONE },
};
_Static_assert(CMD_OPT_COUNT <= 64, "a bit for each option");

bool cmd_has(const struct cmd *c, enum cmd_opt o)
{
	return c->options[o] != NULL;
}

struct zg_slice cmd_value(const struct cmd *c, enum cmd_opt o)
{
	return zg_slice_cstr(c->options[o]);
}

struct zg_slice cmd_arg(const struct cmd *c, size_t i)
{
	return i < c->args_count ? zg_slice_cstr(c->args[i]) : CMD_NOTHING;
}

/* "--name", for messages. */
static struct zg_slice dashed(struct cmd *c, enum cmd_opt o)
{
	return cmd_join(c, (struct zg_slice[]){ ZG_S("--"), zg_slice_cstr(options[o].name) }, 2);
}

int cmd_number(struct cmd *c, enum cmd_opt o, uint64_t min, uint64_t max, uint64_t none, uint64_t *ret)
{
	uint64_t v = none;

	if (cmd_has(c, o) && (zg_num_uint(cmd_value(c, o), max, &v) < 0 || v < min))
		return cmd_fail(c, CMD_USAGE, dashed(c, o), WORD_USE_NUMBER, cmd_num(c, min), cmd_num(c, max));
	*ret = v;
	return CMD_GOOD;
}

int cmd_now(struct cmd *c, int64_t *ret)
{
	uint64_t v = 0;
	int status = cmd_number(c, CMD_OPT_NOW, 0, INT64_C(253402300799), (uint64_t)clock_unix(), &v);	/* to the end of 9999 */

	if (status == CMD_GOOD)
		*ret = (int64_t)v;
	return status;
}

/* The language: LC_ALL, LC_MESSAGES, LANG, the first that is set; --lang wins. */
static void choose_language(struct cmd *c, int argc, char **argv)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && (!value || !*value); i++)
		value = getenv(names[i]);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--lang=", 7) == 0)
			value = argv[i] + 7;
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			value = argv[i + 1];
	}
	c->lang = lang_of(zg_slice_cstr(value));
}

static void choose_color(struct cmd *c)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	c->is_color = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

static enum cmd_opt find_option(struct zg_slice name)
{
	enum cmd_opt o = 0;

	while (o < CMD_OPT_COUNT && !zg_slice_eq(zg_slice_cstr(options[o].name), name))
		o++;
	return o;
}

static int unknown_option(struct cmd *c, struct zg_slice text, struct zg_slice name)
{
	struct near near = near_of(name);

	for (enum cmd_opt o = 0; o < CMD_OPT_COUNT; o++)
		near_try(&near, zg_slice_cstr(options[o].name));
	return cmd_fail(c, CMD_USAGE, text, near.best.n ? WORD_USE_OPTION_NEAR : WORD_USE_OPTION_UNKNOWN, near.best,
		CMD_NOTHING);
}

/* Takes the option at argv[*i] and moves *i onto its value. */
static int take_option(struct cmd *c, int argc, char **argv, int *i)
{
	struct zg_slice text = zg_slice_cstr(argv[*i]), name = zg_slice_sub(text, 2, zg_slice_find(text, '=') - 2);
	const char *value = name.n + 2 < text.n ? argv[*i] + name.n + 3 : NULL;
	enum cmd_opt o = find_option(name);

	text = zg_slice_sub(text, 0, name.n + 2);
	if (o == CMD_OPT_COUNT)
		return unknown_option(c, text, name);
	if (!options[o].value && value)
		return cmd_fail(c, CMD_USAGE, text, WORD_USE_OPTION_FLAG, CMD_NOTHING, CMD_NOTHING);
	if (options[o].value && !value && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
		value = argv[++*i];
	if (options[o].value && !value)
		return cmd_fail(c, CMD_USAGE, text, WORD_USE_OPTION_VALUE, zg_slice_cstr(options[o].value), CMD_NOTHING);
	if (c->options[o])
		return cmd_fail(c, CMD_USAGE, text, WORD_USE_OPTION_TWICE, CMD_NOTHING, CMD_NOTHING);
	c->options[o] = value ? value : "";
	return CMD_GOOD;
}

static int take_words(struct cmd *c, int argc, char **argv)
{
	bool is_ended = false;
	int status = CMD_GOOD;

	c->args = zg_arena_array(&c->arena, (size_t)argc + 1, sizeof(*c->args));
	if (!c->args)
		return CMD_UNDECIDED;
	for (int i = 1; i < argc && status == CMD_GOOD; i++) {
		struct zg_slice text = zg_slice_cstr(argv[i]);

		if (is_ended || !zg_slice_starts(text, ZG_S("-")) || text.n == 1)
			c->args[c->args_count++] = argv[i];
		else if (zg_slice_eq(text, ZG_S("--")))
			is_ended = true;
		else if (zg_slice_starts(text, ZG_S("--")))
			status = take_option(c, argc, argv, &i);
		else
			status = unknown_option(c, text, zg_slice_sub(text, 1, text.n));
	}
	return status;
}

/* The row for words a and b of the command line, and how many of them it took. */
static const struct cmd_verb *find_verb(struct zg_slice a, struct zg_slice b, size_t *ret_used)
{
	for (size_t i = 0; i < cmd_verbs_count; i++) {
		const struct cmd_verb *v = &cmd_verbs[i];

		if (!zg_slice_eq(zg_slice_cstr(v->name), a) || (v->sub && !zg_slice_eq(zg_slice_cstr(v->sub), b)))
			continue;
		*ret_used = v->sub ? 2 : 1;
		return v;
	}
	return NULL;
}

/* A verb that is not there: which are, or which was meant. */
static int unknown_verb(struct cmd *c)
{
	struct zg_slice name = cmd_arg(c, 0), sub = cmd_arg(c, 1), subs = CMD_NOTHING;
	struct near near = near_of(name);

	for (size_t i = 0; i < cmd_verbs_count; i++) {
		const struct cmd_verb *v = &cmd_verbs[i];

		near_try(&near, zg_slice_cstr(v->name));
		if (zg_slice_eq(zg_slice_cstr(v->name), name))
			subs = cmd_join(c, (struct zg_slice[]){ subs, subs.n ? ZG_S(", ") : ZG_S(""), zg_slice_cstr(v->sub) }, 3);
	}
	if (subs.n)
		return cmd_fail(c, CMD_USAGE, name, sub.n ? WORD_USE_SUB_UNKNOWN : WORD_USE_SUB_MISSING, subs, sub);
	return cmd_fail(c, CMD_USAGE, name, near.best.n ? WORD_USE_VERB_NEAR : WORD_USE_VERB_UNKNOWN, near.best, CMD_NOTHING);
}

/* Does the verb take what was given, and was given what it needs? */
static int check_use(struct cmd *c)
{
	const struct cmd_verb *v = c->verb;
	uint64_t allowed = v->options | v->needed | CMD_BIT(HELP) | CMD_BIT(LANG);
	struct zg_slice usage = help_usage(c, v);

	for (enum cmd_opt o = 0; o < CMD_OPT_COUNT; o++) {
		uint64_t bit = UINT64_C(1) << o;

		if (c->options[o] && !(allowed & bit))
			return cmd_fail(c, CMD_USAGE, dashed(c, o), WORD_USE_OPTION_OTHER, usage, CMD_NOTHING);
		if (!c->options[o] && (v->needed & bit))
			return cmd_fail(c, CMD_USAGE, dashed(c, o), WORD_USE_OPTION_NEEDED, usage, CMD_NOTHING);
	}
	if (c->args_count > v->args_max)
		return cmd_fail(c, CMD_USAGE, cmd_arg(c, v->args_max), WORD_USE_ARG_OTHER, usage, CMD_NOTHING);
	if (c->args_count < v->args_min)
		return cmd_fail(c, CMD_USAGE, zg_slice_cstr(v->args), WORD_USE_ARG_NEEDED, usage, CMD_NOTHING);
	return -1;
}

static int check_lang(struct cmd *c)
{
	struct zg_slice lang = cmd_value(c, CMD_OPT_LANG);

	if (cmd_has(c, CMD_OPT_LANG) && (lang.n != 2 || (lang_of(lang) == LANG_EN && !zg_slice_eq(lang, ZG_S("en")))))
		return cmd_fail(c, CMD_USAGE, ZG_S("--lang"), WORD_USE_LANG, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

int options_read(struct cmd *c, int argc, char **argv)
{
	size_t used = 0;
	int status;

	choose_language(c, argc, argv);
	choose_color(c);
	status = take_words(c, argc, argv);
	if (status == CMD_GOOD)
		status = check_lang(c);
	if (status != CMD_GOOD)
		return status;
	if (cmd_has(c, CMD_OPT_VERSION) && !c->args_count) {
		cmd_put(ZG_S("zegel "));
		cmd_put(zg_slice_cstr(zg_version()));
		cmd_put(ZG_S("\n"));
		return CMD_GOOD;
	}
	if (cmd_has(c, CMD_OPT_HELP))
		return help_show(c);
	if (!c->args_count && argc == 1)
		(void)help_show(c);	/* what there is; that nothing was asked is told below */
	if (!c->args_count)
		return cmd_fail(c, CMD_USAGE, CMD_NOTHING, WORD_USE_VERB_MISSING, CMD_NOTHING, CMD_NOTHING);
	c->verb = find_verb(cmd_arg(c, 0), cmd_arg(c, 1), &used);
	if (!c->verb)
		return unknown_verb(c);
	c->args += used;
	c->args_count -= used;
	return check_use(c);
}
