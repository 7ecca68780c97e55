/* cmd_doctor.c - zegel doctor: what is well on this machine, and what is not and how to mend it.
 *
 * A check is a row: it answers the exit status of what it tried, and what it told on the way becomes its line.
 * Nothing is made or changed. */
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <unistd.h>
#include "base/secret.h"
#include "base/time.h"
#include "cmd/admin.h"
#include "cmd/input.h"
#include "cmd/json.h"
#include "cmd/master.h"
#include "io/clock.h"
#include "io/tls.h"

#define CERTIFICATE_SOON (14 * 86400)	/* seconds */
#define STATE_WIDTH 7u	/* columns of "wrong", in every language, and a blank */

struct patient {
	struct cmd *c;
	struct settings settings;
	json_t *lines;			/* NULL for people, and without memory */
	const char *check;		/* the one that runs */
	bool is_bad;
};

static void put_line(struct patient *p, bool is_ok, struct zg_slice where, struct zg_slice text)
{
	struct cmd *c = p->c;

	p->is_bad = p->is_bad || !is_ok;
	if (cmd_has(c, CMD_OPT_JSON)) {
		json_t *line = json_pack("{s:s, s:s, s:o, s:o}", "check", p->check, "state", is_ok ? "ok" : "error", "where",
			cmd_json_text(where), "text", cmd_json_text(text));

		if (json_array_append_new(p->lines, line) < 0) {
			json_decref(p->lines);
			p->lines = NULL;
		}
		return;
	}
	cmd_put(c->is_color ? (is_ok ? ZG_S("\033[32m") : ZG_S("\033[31m")) : ZG_S(""));
	cmd_put_wide(c, lang_text(c->lang, is_ok ? WORD_DOCTOR_OK : WORD_DOCTOR_BAD), STATE_WIDTH);
	cmd_put(c->is_color ? ZG_S("\033[0m") : ZG_S(""));
	cmd_put_safe(c, where);
	cmd_put(where.n ? ZG_S(": ") : ZG_S(""));
	cmd_put_safe(c, text);
	cmd_put(ZG_S("\n"));
}

/* What a check told as an error. */
static void take_error(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	put_line(c->report_ctx, false, where, text);
}

static void well(struct patient *p, struct zg_slice where, enum lang_word w, struct zg_slice a)
{
	put_line(p, true, where, cmd_text(p->c, w, a, CMD_NOTHING));
}

static int check_state(struct patient *p)
{
	struct zg_slice state = p->settings.conf.state;
	struct stat st;

	if (stat(cmd_cstr(p->c, state), &st) < 0)
		return cmd_fail_errno(p->c, CMD_UNUSABLE, state, WORD_ADMIN_FOLDER, errno, p->settings.conf.user);
	if (st.st_mode & (S_IWGRP | S_IRWXO))
		return cmd_fail(p->c, CMD_UNUSABLE, state, WORD_DOCTOR_STATE_OPEN, state, CMD_NOTHING);
	well(p, state, WORD_DOCTOR_STATE, CMD_NOTHING);
	return CMD_GOOD;
}

static int check_users(struct patient *p)
{
	const struct zg_slice names[] = { p->settings.conf.user, p->settings.conf.vault_user };
	int status = CMD_GOOD;

	if (geteuid() != 0 || p->settings.is_dev) {
		well(p, CMD_NOTHING, WORD_DOCTOR_ONE_USER, CMD_NOTHING);
		return CMD_GOOD;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!getpwnam(cmd_cstr(p->c, names[i])))
			status = cmd_fail(p->c, CMD_UNUSABLE, names[i], WORD_ADMIN_USER, names[i], CMD_NOTHING);
		else
			well(p, names[i], WORD_DOCTOR_USER, CMD_NOTHING);
	}
	if (zg_slice_eq(names[0], names[1]))
		status = cmd_fail(p->c, CMD_UNUSABLE, names[0], WORD_DOCTOR_SAME_USER, CMD_NOTHING, CMD_NOTHING);
	return status;
}

static int check_store(struct patient *p)
{
	struct zg_slice url = p->settings.conf.store_url, path = zg_slice_sub(url, zg_slice_find(url, ':') + 1, url.n);
	struct stat st;
	struct admin a;
	int status;

	if (stat(cmd_cstr(p->c, path), &st) < 0 && errno == ENOENT) {
		well(p, path, WORD_DOCTOR_NO_STORE, CMD_NOTHING);
		return CMD_GOOD;
	}
	status = admin_open(p->c, STORE_READ, &a);
	admin_close(&a);
	if (status == CMD_GOOD)
		well(p, path, WORD_DOCTOR_STORE, CMD_NOTHING);
	return status;
}

/* Reads it, and makes none. */
static int check_master(struct patient *p)
{
	struct zg_slice at = p->settings.conf.master_key;
	unsigned char key[VAULT_MASTER_SIZE];
	const char *path;
	int status;

	if (!at.n)
		at = cmd_join(p->c, (struct zg_slice[]){ ZG_S("file:"), p->settings.conf.state, ZG_S("/master.key") }, 3);
	path = cmd_cstr(p->c, zg_slice_sub(at, zg_slice_find(at, ':') + 1, at.n));
	if (zg_slice_starts(at, ZG_S("file:")) && access(path, F_OK) < 0 && errno == ENOENT &&
		!getenv("CREDENTIALS_DIRECTORY")) {
		well(p, zg_slice_cstr(path), WORD_DOCTOR_NO_MASTER, CMD_NOTHING);
		return CMD_GOOD;
	}
	status = master_read(p->c, &p->settings, MASTER_NEED, key);
	zg_secret_wipe_bytes(key, sizeof(key));
	if (status == CMD_GOOD)
		well(p, at, WORD_DOCTOR_MASTER, CMD_NOTHING);
	return status;
}

static bool has_tls(const struct conf *conf)
{
	for (size_t i = 0; i < conf->listen_count; i++)
		if (conf->listen[i].tls != CONF_TLS_NONE)
			return conf->certificate.n > 0;
	return false;
}

/* Certificate and key are there, closed, and belong together. */
/* A certificate that ended, or ends within two weeks, is not well. */
static int certificate_date(struct patient *p, struct zg_slice pem)
{
	struct zg_slice where = p->settings.conf.certificate;
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
	well(p, where, WORD_DOCTOR_CERTIFICATE_UNTIL, zg_buf_slice(&b));
	return CMD_GOOD;
}

static int check_certificate(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	struct input certificate = { .p = NULL }, key = { .p = NULL };
	struct tls_config *tls;
	char why[TLS_WHY] = "";
	int status = settings_check_files(p->c, &p->settings);

	if (status != CMD_GOOD || !has_tls(conf))
		return status;
	status = input_read(p->c, conf->certificate, INPUT_SECRET_MAX, &certificate);
	if (status == CMD_GOOD)
		status = input_read(p->c, conf->key, INPUT_SECRET_MAX, &key);
	if (status == CMD_GOOD)
		status = certificate_date(p, input_text(&certificate));
	if (status == CMD_GOOD) {
		tls = tls_server_new(input_text(&certificate), input_text(&key), why);
		if (tls)
			well(p, conf->certificate, WORD_DOCTOR_CERTIFICATE, CMD_NOTHING);
		else
			status = cmd_fail(p->c, CMD_UNUSABLE, conf->certificate, WORD_DOCTOR_CERTIFICATE_BAD, zg_slice_cstr(why),
				CMD_NOTHING);
		tls_config_free(tls);
	}
	input_done(&certificate);
	input_done(&key);
	return status;
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

static int check_ports(struct patient *p)
{
	int status = CMD_GOOD;

	for (size_t i = 0; i < p->settings.conf.listen_count; i++) {
		const struct conf_listen *l = &p->settings.conf.listen[i];
		int error = try_bind(l);

		if (error == 0)
			well(p, l->text, WORD_DOCTOR_PORT, CMD_NOTHING);
		else if (error == EADDRINUSE)
			well(p, l->text, WORD_DOCTOR_PORT_USED, CMD_NOTHING);
		else
			status = cmd_fail_errno(p->c, CMD_UNUSABLE, l->text, WORD_DOCTOR_PORT_BAD, error, CMD_NOTHING);
	}
	return status;
}

static int check_smarthost(struct patient *p)
{
	const struct conf *conf = &p->settings.conf;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
	struct addrinfo *found = NULL;
	int rc;

	if (conf->route != CONF_ROUTE_SMARTHOST) {
		well(p, CMD_NOTHING, WORD_DOCTOR_CAPTURE, CMD_NOTHING);
		return CMD_GOOD;
	}
	rc = getaddrinfo(cmd_cstr(p->c, conf->smarthost_host), NULL, &hints, &found);
	if (rc != 0)
		return cmd_fail(p->c, CMD_UNDECIDED, conf->smarthost_host, WORD_DOCTOR_SMARTHOST_BAD, zg_slice_cstr(gai_strerror(rc)),
			CMD_NOTHING);
	freeaddrinfo(found);
	well(p, conf->smarthost_host, WORD_DOCTOR_SMARTHOST, CMD_NOTHING);
	return CMD_GOOD;
}

static const struct { const char *name; int (*run)(struct patient *p); } checks[] = {
	{ "state", check_state }, { "users", check_users }, { "store", check_store }, { "master_key", check_master },
	{ "files", check_certificate }, { "ports", check_ports }, { "smarthost", check_smarthost },
};

/* The configuration first: without it there is nothing to check. */
static int examine(struct patient *p)
{
	int status;

	p->check = "configuration";
	status = settings_read(p->c, &p->c->arena, &p->settings);
	if (status != CMD_GOOD)
		return status;
	well(p, p->settings.path, p->settings.path.n ? WORD_DOCTOR_CONFIG : WORD_DOCTOR_DEFAULTS, CMD_NOTHING);
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
	cmd_say(c, p->is_bad ? WORD_DOCTOR_END_BAD : WORD_DOCTOR_END_GOOD, CMD_NOTHING, CMD_NOTHING);
	return status;
}
