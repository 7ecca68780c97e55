/* parent_bundle.c - what the relay needs of the operator's files, as one text; and what of it may change while
 * it runs. */
#include <stdlib.h>
#include "base/num.h"
#include "base/secret.h"
#include "cmd/input.h"
#include "cmd/parent_setup.h"
#include "io/handover.h"

#define FILE_MAX (128u * 1024u)		/* octets of a certificate chain or of roots */

/* The configuration in force, all of it told. */
static void put_conf(struct zg_buf *b, const struct conf *conf)
{
	size_t at = b->n;
	struct zg_buf length;

	zg_num_put_u32(b, 0);
	conf_write(conf, b);
	length = zg_buf_of(b->p + at, 4);
	if (!b->is_full)
		zg_num_put_u32(&length, (uint32_t)(b->n - at - 4));
}

/* A file, or nothing where none is named. */
static int put_file(struct cmd *c, struct zg_buf *b, struct zg_slice path)
{
	struct input in = { .p = NULL };
	int status = path.n ? input_read(c, path, FILE_MAX, &in) : CMD_GOOD;

	if (status == CMD_GOOD)
		zg_num_put_sized(b, input_text(&in));
	input_done(&in);
	return status;
}

static int put_password(struct cmd *c, struct zg_buf *b, struct zg_slice path)
{
	struct input in = { .p = NULL };
	struct zg_slice line = CMD_NOTHING;
	int status = path.n ? input_line(c, path, &in, &line) : CMD_GOOD;

	if (status == CMD_GOOD)
		zg_num_put_sized(b, line);
	input_done(&in);
	return status;
}

int parent_bundle_read(struct cmd *c, const struct settings *s, struct zg_buf *ret)
{
	const struct conf *conf = &s->conf;
	bool is_smarthost = conf->route == CONF_ROUTE_SMARTHOST;
	bool has_tls = conf_has_tls(conf), has_http_tls = conf_has_http_tls(conf);
	const struct { struct zg_slice path; bool is_used; int (*put)(struct cmd *c, struct zg_buf *b, struct zg_slice path); } files[] = {
		{ conf->certificate, has_tls, put_file }, { conf->key, has_tls, put_file },
		{ conf->smarthost_password_file, is_smarthost, put_password }, { conf->smarthost_ca, is_smarthost, put_file },
		{ conf->http_certificate, has_http_tls, put_file }, { conf->http_key, has_http_tls, put_file },
	};
	int status;

	*ret = zg_buf_of(malloc(HANDOVER_MAX), HANDOVER_MAX - 1);
	if (!ret->p)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (has_tls && !conf->certificate.n)
		return cmd_fail(c, CMD_UNUSABLE, ZG_S("smtp.certificate"), WORD_SERVE_NO_CERTIFICATE, CMD_NOTHING, CMD_NOTHING);
	status = settings_check_files(c, s);
	if (status != CMD_GOOD)
		return status;
	put_conf(ret, conf);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && status == CMD_GOOD; i++)
		status = files[i].put(c, ret, files[i].is_used ? files[i].path : CMD_NOTHING);
	if (status == CMD_GOOD && ret->is_full)
		status = cmd_fail(c, CMD_UNUSABLE, s->path, WORD_SERVE_TOO_LONG, cmd_num(c, HANDOVER_MAX), CMD_NOTHING);
	return status;
}

void parent_bundle_done(struct zg_buf *b)
{
	if (b->p)
		zg_secret_wipe_bytes(b->p, b->n);
	free(b->p);
	b->p = NULL;
}

int parent_bundle_check(struct cmd *c, const struct settings *s)
{
	struct zg_buf b;
	int status = parent_bundle_read(c, s, &b);

	parent_bundle_done(&b);
	return status;
}

static bool same_listen(const struct conf_listen *a, size_t a_count, const struct conf_listen *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!zg_slice_eq(a[i].text, b[i].text))
			return false;
	return true;
}

int parent_bundle_compare(struct cmd *c, const struct settings *old, const struct settings *fresh)
{
	const struct conf *a = &old->conf, *b = &fresh->conf;
	const struct { struct zg_slice key; bool is_same; } rows[] = {
		{ ZG_S("smtp.listen"), same_listen(a->listen, a->listen_count, b->listen, b->listen_count) },
		{ ZG_S("http.listen"), same_listen(a->http_listen, a->http_listen_count, b->http_listen, b->http_listen_count) },
		{ ZG_S("server.state"), zg_slice_eq(a->state, b->state) },
		{ ZG_S("server.user"), zg_slice_eq(a->user, b->user) },
		{ ZG_S("server.vault_user"), zg_slice_eq(a->vault_user, b->vault_user) },
		{ ZG_S("store.url"), zg_slice_eq(a->store_url, b->store_url) },
		{ ZG_S("vault.master_key"), zg_slice_eq(a->master_key, b->master_key) },
	};
	int status = CMD_GOOD;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!rows[i].is_same)
			status = cmd_fail(c, CMD_UNUSABLE, fresh->path, WORD_SERVE_NEEDS_RESTART, rows[i].key, CMD_NOTHING);
	return status;
}
