/* cmd_config.c - zegel config check, show, default. */
#include "cmd/json.h"
#include "cmd/settings.h"

#define TEXT_MAX (1024u * 1024u)	/* octets of a written configuration, which is as long as the file and a little more */

/* What was told, on its way into JSON; a list that lacks one for want of memory is no answer. */
struct notes {
	json_t *errors, *warnings;
	bool is_warning;
};

static void note(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	struct notes *n = c->report_ctx;
	json_t **list = n->is_warning ? &n->warnings : &n->errors;

	if (json_array_append_new(*list, json_pack("{s:o, s:o}", "where", cmd_json_text(where), "text", cmd_json_text(text))) == 0)
		return;
	json_decref(*list);
	*list = NULL;
}

static int judge(struct cmd *c, struct settings *s)
{
	int status = settings_read(c, &c->arena, s);

	return status == CMD_GOOD ? settings_check_files(c, s) : status;
}

/* What can be used, and is most likely not meant; no error. */
static void warn(struct cmd *c, const struct settings *s, struct notes *n)
{
	n->is_warning = true;
	if (settings_keep_mail(s))
		(void)cmd_fail(c, CMD_GOOD, s->path, WORD_SETTINGS_CAPTURE, CMD_NOTHING, CMD_NOTHING);
}

/* FILE stands for --config FILE. */
int cmd_config_check(struct cmd *c)
{
	struct settings s = { .is_dev = false };
	struct notes *n = zg_arena_alloc(&c->arena, sizeof(*n));
	int status;

	if (c->args_count && cmd_has(c, CMD_OPT_CONFIG))
		return cmd_fail(c, CMD_USAGE, cmd_arg(c, 0), WORD_CONFIG_TWO, CMD_NOTHING, CMD_NOTHING);
	if (c->args_count)
		c->options[CMD_OPT_CONFIG] = c->args[0];
	if (!n)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (cmd_has(c, CMD_OPT_JSON)) {
		n->errors = json_array();
		n->warnings = json_array();
		c->report_ctx = n;
		c->report = note;
	}
	status = judge(c, &s);
	if (status == CMD_GOOD)
		warn(c, &s, n);
	c->report = NULL;
	if (cmd_has(c, CMD_OPT_JSON))
		return cmd_json_put(c, json_pack("{s:b, s:o, s:o, s:o}", "ok", status == CMD_GOOD, "file", cmd_json_text(s.path), "errors",
			n->errors, "warnings", n->warnings), (enum cmd_status)status);
	if (status == CMD_GOOD)
		cmd_say(c, s.path.n ? WORD_CONFIG_GOOD : WORD_CONFIG_NONE, s.path.n ? s.path : ZG_S(SETTINGS_PATH), CMD_NOTHING);
	return status;
}

static struct zg_slice written(struct cmd *c, const struct conf *conf)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(&c->arena, TEXT_MAX), TEXT_MAX);

	if (b.p)
		conf_write(conf, &b);
	return zg_buf_slice(&b);
}

int cmd_config_show(struct cmd *c)
{
	struct settings s;
	int status = settings_read(c, &c->arena, &s);

	if (status == CMD_GOOD)
		cmd_put(written(c, &s.conf));
	return status;
}

/* What each key is for, said above it. */
static const struct { struct zg_slice section, key; enum lang_word what; } comments[] = {
	{ ZG_SI("server"), ZG_SI("hostname"), WORD_CONFIG_HOSTNAME },
	{ ZG_SI("server"), ZG_SI("state"), WORD_CONFIG_STATE },
	{ ZG_SI("server"), ZG_SI("user"), WORD_CONFIG_USER },
	{ ZG_SI("server"), ZG_SI("vault_user"), WORD_CONFIG_VAULT_USER },
	{ ZG_SI("smtp"), ZG_SI("listen"), WORD_CONFIG_LISTEN },
	{ ZG_SI("smtp"), ZG_SI("certificate"), WORD_CONFIG_CERTIFICATE },
	{ ZG_SI("smtp"), ZG_SI("key"), WORD_CONFIG_KEY },
	{ ZG_SI("smtp"), ZG_SI("trusted"), WORD_CONFIG_TRUSTED },
	{ ZG_SI("smtp"), ZG_SI("message_size"), WORD_CONFIG_MESSAGE_SIZE },
	{ ZG_SI("http"), ZG_SI("listen"), WORD_CONFIG_HTTP_LISTEN },
	{ ZG_SI("http"), ZG_SI("base_url"), WORD_CONFIG_BASE_URL },
	{ ZG_SI("http"), ZG_SI("certificate"), WORD_CONFIG_HTTP_CERTIFICATE },
	{ ZG_SI("http"), ZG_SI("key"), WORD_CONFIG_KEY },
	{ ZG_SI("http"), ZG_SI("trusted_proxies"), WORD_CONFIG_TRUSTED_PROXIES },
	{ ZG_SI("delivery"), ZG_SI("route"), WORD_CONFIG_ROUTE },
	{ ZG_SI("delivery"), ZG_SI("smarthost"), WORD_CONFIG_SMARTHOST },
	{ ZG_SI("delivery"), ZG_SI("smarthost_user"), WORD_CONFIG_SMARTHOST_USER },
	{ ZG_SI("delivery"), ZG_SI("smarthost_password_file"), WORD_CONFIG_SMARTHOST_PASSWORD },
	{ ZG_SI("delivery"), ZG_SI("smarthost_tls"), WORD_CONFIG_SMARTHOST_TLS },
	{ ZG_SI("delivery"), ZG_SI("smarthost_ca"), WORD_CONFIG_SMARTHOST_CA },
	{ ZG_SI("delivery"), ZG_SI("sign"), WORD_CONFIG_SIGN },
	{ ZG_SI("delivery"), ZG_SI("spf_include"), WORD_CONFIG_SPF_INCLUDE },
	{ ZG_SI("delivery"), ZG_SI("unready"), WORD_CONFIG_UNREADY },
	{ ZG_SI("delivery"), ZG_SI("unready_allowed"), WORD_CONFIG_UNREADY_ALLOWED },
	{ ZG_SI("vault"), ZG_SI("master_key"), WORD_CONFIG_MASTER_KEY },
	{ ZG_SI("store"), ZG_SI("url"), WORD_CONFIG_STORE_URL },
	{ ZG_SI("dns"), ZG_SI("resolver"), WORD_CONFIG_RESOLVER },
	{ ZG_SI("reports"), ZG_SI("address"), WORD_CONFIG_REPORT_ADDRESS },
	{ ZG_SI("retention"), ZG_SI("bodies"), WORD_CONFIG_RETENTION_BODIES },
	{ ZG_SI("retention"), ZG_SI("messages"), WORD_CONFIG_RETENTION_MESSAGES },
};

static void put_comment(struct cmd *c, struct zg_slice section, struct zg_slice key)
{
	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
		if (!zg_slice_eq(comments[i].section, section) || !zg_slice_eq(comments[i].key, key))
			continue;
		cmd_put(ZG_S("# "));
		cmd_say(c, comments[i].what, CMD_NOTHING, CMD_NOTHING);
	}
}

int cmd_config_default(struct cmd *c)
{
	struct conf_error errors[CONF_ERRORS_MAX];
	struct conf conf;
	struct zg_slice text, section = CMD_NOTHING;
	size_t count;

	if (conf_read(ZG_S(""), &c->arena, &conf, errors, &count) < 0)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	text = written(c, &conf);
	while (text.n) {
		struct zg_slice line = zg_slice_sub(text, 0, zg_slice_find(text, '\n') + 1);

		if (zg_slice_starts(line, ZG_S("[")))
			section = zg_slice_sub(line, 1, zg_slice_find(line, ']') - 1);
		put_comment(c, section, zg_slice_sub(line, 0, zg_slice_find(line, ' ')));
		cmd_put(line);
		text = zg_slice_sub(text, line.n, text.n);
	}
	return CMD_GOOD;
}
