/* settings.c - from --config, --state and --dev to the configuration in force; the rights of the files it names. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/input.h"
#include "cmd/settings.h"

#define DEV_LISTEN "[smtp]\nlisten = [\"127.0.0.1:1025\"]\ncertificate = \"\"\nkey = \"\"\n"

static struct zg_slice want_text(const struct cmd *c, enum conf_want want)
{
#define WANT_WORD(name) [CONF_WANT_##name] = WORD_CONF_WANT_##name,
	static const enum lang_word words[] = { CONF_WANTS(WANT_WORD) };
#undef WANT_WORD

	return lang_text(c->lang, words[want]);
}

static struct zg_slice section_names(struct cmd *c)
{
	struct zg_slice all = CMD_NOTHING;

	for (size_t i = 0; conf_section_name(i).n; i++)
		all = cmd_join(c, (struct zg_slice[]){ all, i ? ZG_S(", ") : ZG_S(""), conf_section_name(i) }, 3);
	return all;
}

static enum lang_word word_of(const struct conf_error *e)
{
	static const enum lang_word words[] = {
		[CONF_SYNTAX] = WORD_CONF_SYNTAX, [CONF_TWICE] = WORD_CONF_TWICE, [CONF_WRONG_TYPE] = WORD_CONF_WRONG_TYPE,
		[CONF_WRONG_VALUE] = WORD_CONF_WRONG_VALUE, [CONF_MISSING] = WORD_CONF_MISSING, [CONF_NOT_UTF8] = WORD_CONF_NOT_UTF8,
		[CONF_TOO_LONG] = WORD_CONF_TOO_LONG, [CONF_TOO_MANY] = WORD_CONF_TOO_MANY, [CONF_NO_MEMORY] = WORD_USE_MEMORY,
	};

	if (e->code == CONF_UNKNOWN_SECTION)
		return e->words[1].n ? WORD_CONF_UNKNOWN_SECTION_NEAR : WORD_CONF_UNKNOWN_SECTION;
	if (e->code == CONF_UNKNOWN_KEY)
		return e->words[1].n ? WORD_CONF_UNKNOWN_KEY_NEAR : WORD_CONF_UNKNOWN_KEY;
	return words[e->code];
}

static struct zg_slice place_text(struct cmd *c, struct zg_slice path, unsigned line, unsigned column)
{
	return cmd_join(c, (struct zg_slice[]){ path, ZG_S(":"), cmd_num(c, line), ZG_S(":"), cmd_num(c, column) }, 5);
}

static void tell(struct cmd *c, struct zg_slice path, const struct conf_error *e)
{
	struct zg_slice where = place_text(c, path, e->line, e->column), args[] = { e->words[0], e->words[1], want_text(c, e->want) };

	if (e->code == CONF_UNKNOWN_SECTION && !e->words[1].n)
		args[1] = section_names(c);
	if (e->code == CONF_TOO_LONG)
		args[0] = cmd_num(c, CONF_TEXT_MAX);
	(void)cmd_fail_args(c, CMD_UNUSABLE, where, word_of(e), args, 3);	/* the caller answers the status */
}

static int read_text(struct cmd *c, struct zg_arena *a, struct zg_slice path, struct zg_slice text, struct conf *ret)
{
	struct conf_error errors[CONF_ERRORS_MAX];
	size_t count = 0;

	if (conf_read(text, a, ret, errors, &count) == 0)
		return CMD_GOOD;
	for (size_t i = 0; i < count; i++)
		tell(c, path, &errors[i]);
	return CMD_UNUSABLE;
}

/* The path made absolute, in a; "" after an error. */
static struct zg_slice absolute(struct zg_slice path, struct zg_arena *a)
{
	char here[PATH_MAX];
	struct zg_slice folder;
	struct zg_buf b;

	if (zg_slice_starts(path, ZG_S("/")))
		return zg_arena_dup(a, path);
	if (!getcwd(here, sizeof(here)))
		return CMD_NOTHING;
	while (zg_slice_starts(path, ZG_S("./")))
		path = zg_slice_sub(path, 2, path.n);
	folder = zg_slice_cstr(here);
	b = zg_buf_of(zg_arena_bytes(a, folder.n + 1 + path.n), folder.n + 1 + path.n);
	if (!b.p)
		return CMD_NOTHING;
	zg_buf_put(&b, folder);
	zg_buf_putc(&b, '/');
	zg_buf_put(&b, path);
	return zg_buf_slice(&b);
}

static struct zg_slice default_store(struct zg_slice state, struct zg_arena *a)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, state.n + 20), state.n + 20);

	if (!b.p)
		return CMD_NOTHING;
	zg_buf_put(&b, ZG_S("sqlite:"));
	zg_buf_put(&b, state);
	zg_buf_put(&b, ZG_S("/zegel.db"));
	return zg_buf_slice(&b);
}

/* Another state folder, and with it the database that was to stand in the old one. */
static int move_state(struct cmd *c, struct zg_arena *a, struct zg_slice folder, struct conf *conf)
{
	bool is_default = zg_slice_eq(conf->store_url, default_store(conf->state, a));

	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	conf->state = absolute(folder, a);
	if (is_default)
		conf->store_url = default_store(conf->state, a);
	if (folder.n && conf->state.n && conf->store_url.n)
		return CMD_GOOD;
	return cmd_fail_errno(c, CMD_UNUSABLE, ZG_S("--state"), WORD_SETTINGS_STATE, folder.n ? errno : ENOENT, folder);
}

static bool is_loopback(const struct conf_listen *l)
{
	static const unsigned char one[16] = { [15] = 1 };

	return l->is_v6 ? memcmp(l->address, one, sizeof(one)) == 0 : l->address[0] == 127;
}

static int check_loopback(struct cmd *c, const struct conf_listen *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_loopback(&v[i]))
			return cmd_fail(c, CMD_UNUSABLE, v[i].text, WORD_SETTINGS_LOOPBACK, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

/* --dev: what the file leaves at its default becomes what a trial needs; everything stays on this machine. */
static int make_dev(struct cmd *c, struct zg_arena *a, struct settings *s)
{
	struct conf fresh, dev;
	struct conf_error none[CONF_ERRORS_MAX];
	size_t count;

	if (conf_read(ZG_S(""), a, &fresh, none, &count) < 0 || conf_read(ZG_S(DEV_LISTEN), a, &dev, none, &count) < 0)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (s->conf.listen_count == fresh.listen_count && zg_slice_eq(s->conf.listen[0].text, fresh.listen[0].text)) {
		s->conf.listen = dev.listen;
		s->conf.listen_count = dev.listen_count;
	}
	if (zg_slice_eq(s->conf.certificate, fresh.certificate) && zg_slice_eq(s->conf.key, fresh.key))
		s->conf.certificate = s->conf.key = ZG_S("");
	if (check_loopback(c, s->conf.listen, s->conf.listen_count) != CMD_GOOD ||
	    check_loopback(c, s->conf.http_listen, s->conf.http_listen_count) != CMD_GOOD)
		return CMD_UNUSABLE;
	if (!cmd_has(c, CMD_OPT_STATE) && zg_slice_eq(s->conf.state, fresh.state))
		return move_state(c, a, ZG_S("var"), &s->conf);
	return CMD_GOOD;
}

static void name_host(struct zg_arena *a, struct conf *conf)
{
	char name[256] = "";

	if (conf->hostname.n)
		return;
	if (gethostname(name, sizeof(name) - 1) < 0 || !name[0])
		conf->hostname = ZG_S("localhost");
	else
		conf->hostname = zg_arena_dup(a, zg_slice_cstr(name));
}

int settings_read(struct cmd *c, struct zg_arena *a, struct settings *ret)
{
	struct settings s = { .is_dev = cmd_has(c, CMD_OPT_DEV) };
	struct input in = { .p = NULL };
	int status = CMD_GOOD;

	if (cmd_has(c, CMD_OPT_CONFIG))
		s.path = cmd_value(c, CMD_OPT_CONFIG);
	else if (!cmd_has(c, CMD_OPT_STATE) && !s.is_dev && access(SETTINGS_PATH, F_OK) == 0)
		s.path = ZG_S(SETTINGS_PATH);
	if (s.path.n)
		status = input_read(c, s.path, CONF_TEXT_MAX, &in);
	if (status == CMD_GOOD)
		status = read_text(c, a, s.path, input_text(&in), &s.conf);
	input_done(&in);
	if (status == CMD_GOOD && cmd_has(c, CMD_OPT_STATE))
		status = move_state(c, a, cmd_value(c, CMD_OPT_STATE), &s.conf);
	if (status == CMD_GOOD && s.is_dev)
		status = make_dev(c, a, &s);
	if (status != CMD_GOOD)
		return status;
	name_host(a, &s.conf);
	*ret = s;
	return CMD_GOOD;
}

/* A file that is named somewhere: where is that place, or the file itself. */
static int fail_file(struct cmd *c, struct zg_slice where, struct zg_slice path, int error)
{
	return cmd_fail_errno(c, CMD_UNUSABLE, where, zg_slice_eq(where, path) ? WORD_INPUT_OPEN : WORD_SETTINGS_FILE, error,
		path);
}

static int check_secret(struct cmd *c, struct zg_slice where, struct zg_slice path)
{
	struct stat st;

	if (stat(cmd_cstr(c, path), &st) < 0)
		return fail_file(c, where, path, errno);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_SETTINGS_OPEN, path, CMD_NOTHING);
	return CMD_GOOD;
}

bool settings_keep_mail(const struct settings *s)
{
	return s->conf.route == CONF_ROUTE_CAPTURE && s->conf.smarthost_host.n && !s->is_dev;
}

int settings_check_secret(struct cmd *c, struct zg_slice path)
{
	return check_secret(c, path, path);
}

int settings_check_files(struct cmd *c, const struct settings *s)
{
	const struct conf *conf = &s->conf;
	bool has_tls = conf_has_tls(conf), has_http_tls = conf_has_http_tls(conf), is_smarthost = conf->route == CONF_ROUTE_SMARTHOST;
	const struct { struct zg_slice path; struct conf_place at; bool is_used, is_secret; } files[] = {
		{ conf->certificate, conf->certificate_at, has_tls, false },
		{ conf->key, conf->key_at, has_tls, true },
		{ conf->http_certificate, conf->http_certificate_at, has_http_tls, false },
		{ conf->http_key, conf->http_key_at, has_http_tls, true },
		{ conf->smarthost_password_file, conf->smarthost_password_file_at, is_smarthost, true },
		{ conf->smarthost_ca, conf->smarthost_ca_at, is_smarthost, false },
	};
	int status = CMD_GOOD;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct zg_slice path = files[i].path, where = path;

		if (!files[i].is_used || !path.n)
			continue;
		if (files[i].at.line && s->path.n)
			where = place_text(c, s->path, files[i].at.line, files[i].at.column);
		if (files[i].is_secret && check_secret(c, where, path) != CMD_GOOD)
			status = CMD_UNUSABLE;
		else if (!files[i].is_secret && access(cmd_cstr(c, path), R_OK) < 0)
			status = fail_file(c, where, path, errno);
	}
	return status;
}
