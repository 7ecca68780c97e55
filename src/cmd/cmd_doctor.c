/* cmd_doctor.c - zegel doctor: what is well on this machine, and what is not and how to mend it. */
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <unistd.h>
#include "base/time.h"
#include "cmd/admin.h"
#include "cmd/doctor.h"
#include "cmd/input.h"
#include "io/clock.h"
#include "io/tls.h"

#define CERTIFICATE_SOON (14 * 86400)	/* seconds */
#define STATE_WIDTH 8u	/* columns of "warning", in every language, and a blank */

enum sense { WELL, WARNING, WRONG };

static void put_line(struct patient *p, enum sense sense, struct zg_slice where, struct zg_slice text)
{
	static const struct { const char *state; enum lang_word word; struct zg_slice colour; } rows[] = {
		[WELL] = { "ok", WORD_DOCTOR_OK, ZG_SI("\033[32m") }, [WARNING] = { "warning", WORD_DOCTOR_WARNING, ZG_SI("\033[33m") },
		[WRONG] = { "error", WORD_DOCTOR_BAD, ZG_SI("\033[31m") },
	};
	struct cmd *c = p->c;

	p->is_bad = p->is_bad || sense == WRONG;
	p->is_warned = p->is_warned || sense == WARNING;
	if (cmd_has(c, CMD_OPT_JSON)) {
		json_t *line = json_pack("{s:s, s:s, s:o, s:o}", "check", p->check, "state", rows[sense].state, "where",
			cmd_json_text(where), "text", cmd_json_text(text));

		if (json_array_append_new(p->lines, line) < 0) {
			json_decref(p->lines);
			p->lines = NULL;
		}
		return;
	}
	cmd_put(c->is_color ? rows[sense].colour : ZG_S(""));
	cmd_put_wide(c, lang_text(c->lang, rows[sense].word), STATE_WIDTH);
	cmd_put(c->is_color ? ZG_S("\033[0m") : ZG_S(""));
	cmd_put_safe(c, where);
	cmd_put(where.n ? ZG_S(": ") : ZG_S(""));
	cmd_put_safe(c, text);
	cmd_put(ZG_S("\n"));
}

/* What a check told as an error. */
static void take_error(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	put_line(c->report_ctx, WRONG, where, text);
}

void doctor_well(struct patient *p, struct zg_slice where, enum lang_word w, struct zg_slice a)
{
	put_line(p, WELL, where, cmd_text(p->c, w, a, CMD_NOTHING));
}

void doctor_warn(struct patient *p, struct zg_slice where, enum lang_word w, struct zg_slice a, struct zg_slice b)
{
	put_line(p, WARNING, where, cmd_text(p->c, w, a, b));
}

struct zg_slice doctor_store_path(const struct patient *p)
{
	struct zg_slice url = p->settings.conf.store_url;

	return zg_slice_sub(url, zg_slice_find(url, ':') + 1, url.n);
}

/* serve makes it, where it can: not the folders above. */
static int state_missing(struct patient *p)
{
	struct zg_slice state = p->settings.conf.state, above = zg_slice_sub(state, 0, zg_slice_rfind(state, '/') + 1);

	if (access(cmd_cstr(p->c, above), W_OK | X_OK) < 0)
		return admin_fail_folder(p->c, &p->settings.conf, errno);
	doctor_well(p, state, WORD_DOCTOR_STATE_MAKES, CMD_NOTHING);
	return CMD_GOOD;
}

/* Root's folder is given to the relay's user when serve starts; another's is not. */
static bool is_relays(struct patient *p, const struct stat *st)
{
	const struct passwd *user = getpwnam(cmd_cstr(p->c, p->settings.conf.user));

	return geteuid() != 0 || p->settings.is_dev || !user || st->st_uid == 0 || st->st_uid == user->pw_uid;
}

static int check_state(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	const struct zg_slice owner[] = { cmd_errno_text(p->c, EACCES), conf->user, conf->state };
	struct stat st;

	if (stat(cmd_cstr(p->c, conf->state), &st) < 0)
		return errno == ENOENT ? state_missing(p) : admin_fail_folder(p->c, conf, errno);
	if (!S_ISDIR(st.st_mode))
		return admin_fail_folder(p->c, conf, ENOTDIR);
	p->has_state = true;
	if (!is_relays(p, &st))
		return cmd_fail_args(p->c, CMD_UNUSABLE, conf->state, WORD_SERVE_STATE_OWNER, owner, 3);
	if (st.st_mode & (S_IWGRP | S_IRWXO))
		return cmd_fail(p->c, CMD_UNUSABLE, conf->state, WORD_DOCTOR_STATE_OPEN, conf->state, CMD_NOTHING);
	doctor_well(p, conf->state, WORD_DOCTOR_STATE, CMD_NOTHING);
	return CMD_GOOD;
}

static int check_users(struct patient *p)
{
	const struct zg_slice names[] = { p->settings.conf.user, p->settings.conf.vault_user };
	int status = CMD_GOOD;

	if (geteuid() != 0 || p->settings.is_dev) {
		doctor_well(p, CMD_NOTHING, WORD_DOCTOR_ONE_USER, CMD_NOTHING);
		p->has_users = true;
		return CMD_GOOD;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!getpwnam(cmd_cstr(p->c, names[i])))
			status = cmd_fail(p->c, CMD_UNUSABLE, names[i], WORD_ADMIN_USER, names[i], CMD_NOTHING);
		else
			doctor_well(p, names[i], WORD_DOCTOR_USER, CMD_NOTHING);
	}
	if (zg_slice_eq(names[0], names[1]))
		status = cmd_fail(p->c, CMD_UNUSABLE, names[0], WORD_DOCTOR_SAME_USER, CMD_NOTHING, CMD_NOTHING);
	p->has_users = status == CMD_GOOD;
	return status;
}

/* A certificate that ended, or ends within two weeks, is not well. */
static int certificate_date(struct patient *p, struct zg_slice where, struct zg_slice pem)
{
	char mem[32];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	int64_t end = 0, now = clock_unix();

	if (tls_certificate_end(pem, &end) < 0)
		return CMD_GOOD;	/* what cannot be read was told */
	zg_time_put_rfc3339(&b, end);
	if (end < now)
		return cmd_fail(p->c, CMD_UNUSABLE, where, WORD_DOCTOR_CERTIFICATE_ENDED, zg_buf_slice(&b), CMD_NOTHING);
	if (end - now < CERTIFICATE_SOON)
		return cmd_fail(p->c, CMD_UNUSABLE, where, WORD_DOCTOR_CERTIFICATE_ENDS, zg_buf_slice(&b), CMD_NOTHING);
	doctor_well(p, where, WORD_DOCTOR_CERTIFICATE_UNTIL, zg_buf_slice(&b));
	return CMD_GOOD;
}

/* Certificate and key belong together, and are not at their end. */
static int check_pair(struct patient *p, struct zg_slice certificate_path, struct zg_slice key_path)
{
	struct input certificate = { .p = NULL }, key = { .p = NULL };
	struct tls_config *tls;
	char why[TLS_WHY] = "";
	int status = input_read(p->c, certificate_path, INPUT_SECRET_MAX, &certificate);

	if (status == CMD_GOOD)
		status = input_read(p->c, key_path, INPUT_SECRET_MAX, &key);
	if (status == CMD_GOOD)
		status = certificate_date(p, certificate_path, input_text(&certificate));
	if (status == CMD_GOOD) {
		tls = tls_server_new(input_text(&certificate), input_text(&key), why);
		if (tls)
			doctor_well(p, certificate_path, WORD_DOCTOR_CERTIFICATE, CMD_NOTHING);
		else
			status = cmd_fail(p->c, CMD_UNUSABLE, certificate_path, WORD_DOCTOR_CERTIFICATE_BAD, zg_slice_cstr(why), CMD_NOTHING);
		tls_config_free(tls);
	}
	input_done(&certificate);
	input_done(&key);
	return status;
}

/* The files of SMTP and of the panel are there and closed, and good for TLS. */
static int check_certificates(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	int status = settings_check_files(p->c, &p->settings), http = CMD_GOOD;

	if (status != CMD_GOOD)
		return status;
	if (conf_has_tls(conf) && conf->certificate.n)
		status = check_pair(p, conf->certificate, conf->key);
	if (conf_has_http_tls(conf))
		http = check_pair(p, conf->http_certificate, conf->http_key);
	return status == CMD_GOOD ? http : status;
}

static int try_bind(const struct conf_listen *l)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(l->port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(l->port) };
	int fd = socket(l->is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, rc, error;

	if (fd < 0)
		return errno;
	memcpy(&six.sin6_addr, l->address, 16);
	memcpy(&four.sin_addr, l->address, 4);
	/* As the server does: a port whose last connections still fade is free. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = l->is_v6 ? bind(fd, (const struct sockaddr *)&six, sizeof(six)) : bind(fd, (const struct sockaddr *)&four,
		sizeof(four));
	error = rc < 0 ? errno : 0;
	(void)close(fd);	/* nothing was sent */
	return error;
}

static int check_doors(struct patient *p, const struct conf_listen *v, size_t count)
{
	int status = CMD_GOOD;

	for (size_t i = 0; i < count; i++) {
		const struct conf_listen *l = &v[i];
		int error = try_bind(l);

		if (error == 0)
			doctor_well(p, l->text, WORD_DOCTOR_PORT, CMD_NOTHING);
		else if (error == EADDRINUSE)
			doctor_well(p, l->text, WORD_DOCTOR_PORT_USED, CMD_NOTHING);
		else
			status = cmd_fail_errno(p->c, CMD_UNUSABLE, l->text, WORD_DOCTOR_PORT_BAD, error, CMD_NOTHING);
	}
	return status;
}

static int check_ports(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	int status = check_doors(p, conf->listen, conf->listen_count);
	int http = check_doors(p, conf->http_listen, conf->http_listen_count);

	return status == CMD_GOOD ? http : status;
}

static int check_smarthost(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
	struct addrinfo *found = NULL;
	int rc;

	if (settings_keep_mail(&p->settings)) {
		doctor_warn(p, conf->smarthost_host, WORD_SETTINGS_CAPTURE, CMD_NOTHING, CMD_NOTHING);
		return CMD_GOOD;
	}
	if (conf->route != CONF_ROUTE_SMARTHOST) {
		doctor_well(p, CMD_NOTHING, WORD_DOCTOR_CAPTURE, CMD_NOTHING);
		return CMD_GOOD;
	}
	rc = getaddrinfo(cmd_cstr(p->c, conf->smarthost_host), NULL, &hints, &found);
	if (rc != 0)
		return cmd_fail(p->c, CMD_UNDECIDED, conf->smarthost_host, WORD_DOCTOR_SMARTHOST_BAD, zg_slice_cstr(gai_strerror(rc)),
			CMD_NOTHING);
	freeaddrinfo(found);
	doctor_well(p, conf->smarthost_host, WORD_DOCTOR_SMARTHOST, CMD_NOTHING);
	return CMD_GOOD;
}

static const struct { const char *name; int (*run)(struct patient *p); } checks[] = {
	{ "state", check_state }, { "users", check_users }, { "store", doctor_store }, { "master_key", doctor_master },
	{ "spool", doctor_spool }, { "keys", doctor_keys }, { "files", check_certificates }, { "ports", check_ports },
	{ "smarthost", check_smarthost },
};

/* The configuration first: without it there is nothing to check. */
static int examine(struct patient *p)
{
	int status;

	p->check = "configuration";
	status = settings_read(p->c, &p->c->arena, &p->settings);
	if (status != CMD_GOOD)
		return status;
	doctor_well(p, p->settings.path, p->settings.path.n ? WORD_DOCTOR_CONFIG : WORD_DOCTOR_DEFAULTS, CMD_NOTHING);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		p->check = checks[i].name;
		/* What is wrong was told by the check, and counts by is_bad. */
		(void)checks[i].run(p);
	}
	return p->is_bad ? CMD_BAD : CMD_GOOD;
}

int cmd_doctor(struct cmd *c)
{
	struct patient *p = zg_arena_alloc(&c->arena, sizeof(*p));
	int status;

	if (!p)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	p->c = c;
	p->lines = cmd_has(c, CMD_OPT_JSON) ? json_array() : NULL;
	c->report = take_error;
	c->report_ctx = p;
	status = examine(p);
	c->report = NULL;
	if (cmd_has(c, CMD_OPT_JSON))
		return cmd_json_put(c, json_pack("{s:b, s:o}", "ok", !p->is_bad, "checks", p->lines), (enum cmd_status)status);
	cmd_say(c, p->is_bad ? WORD_DOCTOR_END_BAD : p->is_warned ? WORD_DOCTOR_END_WARNING : WORD_DOCTOR_END_GOOD, CMD_NOTHING,
		CMD_NOTHING);
	return status;
}
