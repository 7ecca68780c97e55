/* cmd_sign.c - zegel sign: the signed message on standard output, or why a receiver would refuse it. */
#include <zegel/address.h>
#include <zegel/dkim.h>
#include "base/ascii.h"
#include "cmd/flaws.h"
#include "cmd/keyfile.h"
#include "cmd/mailtext.h"
#include "cmd/names.h"

#define HEADERS_MAX 100u	/* names in --headers */
#define NAME_TOLD_MAX 64u	/* octets of a field's name in an error */
#define EXPIRE_MAX (366u * 24u * 3600u)

struct work {
	struct zg_crypt crypt;
	struct zg_key key;
	struct zg_dkim_sign_opts opts;
	struct zg_slice headers[HEADERS_MAX];
};

static int read_canon(struct cmd *c, struct zg_dkim_sign_opts *o)
{
	struct zg_slice canon = cmd_value(c, CMD_OPT_CANON);
	size_t slash = zg_slice_find(canon, '/');
	struct zg_slice part[2] = { zg_slice_sub(canon, 0, slash), zg_slice_sub(canon, slash + 1, canon.n) };
	enum zg_canon *ret[2] = { &o->header, &o->body };

	o->header = o->body = ZG_CANON_RELAXED;
	for (size_t i = 0; i < 2 && cmd_has(c, CMD_OPT_CANON); i++) {
		*ret[i] = zg_slice_eq(part[i], ZG_S("relaxed")) ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
		if (*ret[i] == ZG_CANON_SIMPLE && !zg_slice_eq(part[i], ZG_S("simple")))
			return cmd_fail(c, CMD_USAGE, ZG_S("--canon"), WORD_SIGN_CANON, CMD_NOTHING, CMD_NOTHING);
	}
	return CMD_GOOD;
}

/* RFC 5322 2.2: printable ASCII but the colon. */
static bool is_field_name(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ':' || s.p[i] == ';')
			return false;
	return s.n > 0;
}

/* Names with colons or commas between them. */
static int read_headers(struct cmd *c, struct work *w)
{
	struct zg_slice list = cmd_value(c, CMD_OPT_HEADERS);
	size_t count = 0;
	bool has_from = false;

	if (!cmd_has(c, CMD_OPT_HEADERS))
		return CMD_GOOD;
	for (bool is_last = false; !is_last; count++) {
		size_t colon = zg_slice_find(list, ':'), comma = zg_slice_find(list, ','), n = colon < comma ? colon : comma;
		struct zg_slice name = zg_slice_trim(zg_slice_sub(list, 0, n));

		if (count == HEADERS_MAX || !is_field_name(name))
			return cmd_fail(c, CMD_USAGE, ZG_S("--headers"), WORD_SIGN_HEADERS, name, CMD_NOTHING);
		has_from = has_from || zg_slice_eq_ci(name, ZG_S("from"));
		w->headers[count] = name;
		is_last = n == list.n;
		list = zg_slice_sub(list, n + 1, list.n);
	}
	if (!has_from)	/* RFC 6376 5.4 */
		return cmd_fail(c, CMD_USAGE, ZG_S("--headers"), WORD_SIGN_HEADERS_FROM, CMD_NOTHING, CMD_NOTHING);
	w->opts.headers = w->headers;
	w->opts.headers_count = count;
	return CMD_GOOD;
}

static int read_times(struct cmd *c, struct zg_dkim_sign_opts *o)
{
	uint64_t expire = 0;
	int status = cmd_now(c, &o->time);

	if (status == CMD_GOOD)
		status = cmd_number(c, CMD_OPT_EXPIRE, 1, EXPIRE_MAX, 0, &expire);
	o->expire = cmd_has(c, CMD_OPT_EXPIRE) ? o->time + (int64_t)expire : -1;
	return status;
}

static int read_options(struct cmd *c, struct work *w)
{
	struct zg_slice algorithm = cmd_value(c, CMD_OPT_ALGORITHM);
	int status = names_domain(c, cmd_value(c, CMD_OPT_DOMAIN), &w->opts.domain);

	if (status == CMD_GOOD)
		status = names_selector(c, cmd_value(c, CMD_OPT_SELECTOR), w->opts.domain, &w->opts.selector);
	if (status == CMD_GOOD)
		status = read_canon(c, &w->opts);
	if (status == CMD_GOOD)
		status = read_headers(c, w);
	if (status == CMD_GOOD)
		status = read_times(c, &w->opts);
	if (status != CMD_GOOD || !algorithm.n)
		return status;
	w->opts.type = zg_slice_eq(algorithm, ZG_S("ed25519-sha256")) ? ZG_KEY_ED25519 : ZG_KEY_RSA;
	if (w->opts.type == ZG_KEY_RSA && !zg_slice_eq(algorithm, ZG_S("rsa-sha256")))
		return cmd_fail(c, CMD_USAGE, ZG_S("--algorithm"), WORD_SIGN_ALGORITHM, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

/* Where the message is on standard input, nothing else can be. */
static int check_inputs(struct cmd *c)
{
	static const struct { enum cmd_opt o; struct zg_slice name; } others[] = {
		{ CMD_OPT_KEY, ZG_SI("--key") }, { CMD_OPT_PASSPHRASE_FILE, ZG_SI("--passphrase-file") },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && input_is_standard(cmd_arg(c, 0)); i++)
		if (cmd_has(c, others[i].o) && input_is_standard(cmd_value(c, others[i].o)))
			return cmd_fail(c, CMD_USAGE, others[i].name, WORD_INPUT_TWICE, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

static int read_key(struct cmd *c, struct work *w)
{
	int status = check_inputs(c);

	if (status == CMD_GOOD)
		status = keyfile_read(c, CMD_OPT_KEY, &w->key);

	if (status != CMD_GOOD)
		return status;
	if (w->opts.type && w->opts.type != w->key.type)
		return cmd_fail(c, CMD_UNUSABLE, cmd_value(c, CMD_OPT_KEY), WORD_SIGN_OTHER_ALGORITHM, cmd_value(c,
			CMD_OPT_ALGORITHM), CMD_NOTHING);
	w->opts.type = w->key.type;
	flaws_say_bits(c, &w->key, cmd_value(c, CMD_OPT_KEY));
	return CMD_GOOD;
}

/* RFC 5322 3.6: at most one of each; receivers refuse mail that has two. */
static int check_once(struct cmd *c, const struct mailtext *m, const struct zg_headers *h)
{
	static const struct zg_slice once[] = {
		ZG_SI("Date"), ZG_SI("Sender"), ZG_SI("Reply-To"), ZG_SI("To"), ZG_SI("Cc"), ZG_SI("Message-ID"),
		ZG_SI("In-Reply-To"),
		ZG_SI("References"), ZG_SI("Subject"),
	};

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (zg_header_count(h, once[i]) > 1)
			return cmd_fail(c, CMD_UNUSABLE, m->in.where, WORD_SIGN_TWICE, once[i], CMD_NOTHING);
	return CMD_GOOD;
}

static int check_colons(struct cmd *c, const struct mailtext *m, const struct zg_headers *h)
{
	const struct zg_field *f = zg_header_obsolete(h);

	return f ? cmd_fail(c, CMD_UNUSABLE, m->in.where, WORD_SIGN_BLANK, cmd_shown(c, f->name, NAME_TOLD_MAX), CMD_NOTHING) :
		CMD_GOOD;
}

static int refuse(struct cmd *c, const struct mailtext *m, enum zg_dkim_refusal why, struct zg_slice domain)
{
	static const enum lang_word words[] = {
		[ZG_DKIM_SIGNABLE] = WORD_SIGN_FAILED, [ZG_DKIM_NO_FROM] = WORD_SIGN_NO_FROM, [ZG_DKIM_TWO_FROM] = WORD_SIGN_TWO_FROM,
		[ZG_DKIM_FROM_UNREADABLE] = WORD_SIGN_FROM_UNREADABLE, [ZG_DKIM_FROM_TWO_ADDRESSES] = WORD_SIGN_FROM_TWO_ADDRESSES,
		[ZG_DKIM_FROM_FOREIGN] = WORD_SIGN_FROM_FOREIGN, [ZG_DKIM_BAD_HEADER] = WORD_MAIL_NO_COLON,
		[ZG_DKIM_BAD_OPTION] = WORD_SIGN_BAD_OPTION, [ZG_DKIM_NO_ROOM] = WORD_USE_MEMORY,
	};

	return cmd_fail(c, CMD_UNUSABLE, m->in.where, words[why], domain, CMD_NOTHING);
}

static void take_signer(void *ctx, struct zg_slice piece)
{
	zg_dkim_sign_body(ctx, piece);
}

static void take_output(void *ctx, struct zg_slice piece)
{
	(void)ctx;
	cmd_put(piece);
}

static int hash_block(struct work *w, struct zg_slice block, unsigned char *ret)
{
	struct zg_hash h;
	int rc = zg_hash_init(&h, &w->crypt);

	if (rc == 0) {
		zg_hash_update(&h, block);
		rc = zg_hash_final(&h, ret);
	}
	zg_hash_done(&h);
	return rc;
}

/* The DKIM-Signature field, whole. */
static int make_field(struct cmd *c, struct work *w, const struct zg_dkim_unsigned *u, struct zg_slice *ret)
{
	unsigned char hash[ZG_HASH_SIZE];
	char signature[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf b = zg_buf_of(signature, sizeof(signature));

	if (hash_block(w, u->block, hash) == 0 && zg_key_sign(&w->key, hash, &b) == 0) {
		*ret = zg_dkim_sign_field(u, zg_buf_slice(&b), &c->arena);
		if (ret->n)
			return CMD_GOOD;
	}
	return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_SIGN_FAILED, CMD_NOTHING, CMD_NOTHING);
}

static int sign(struct cmd *c, struct work *w, const struct mailtext *m)
{
	struct zg_headers h;
	struct zg_dkim_signer s;
	struct zg_dkim_unsigned u;
	struct zg_slice field = CMD_NOTHING;
	enum zg_dkim_refusal why = ZG_DKIM_NO_ROOM;
	int status = mailtext_index(c, m, &h);

	if (status == CMD_GOOD)
		status = check_colons(c, m, &h);
	if (status == CMD_GOOD)
		status = check_once(c, m, &h);
	if (status != CMD_GOOD)
		return status;
	if (zg_dkim_sign_init(&s, &w->crypt, &w->opts) == 0) {
		mailtext_body(m, take_signer, &s);
		why = zg_dkim_sign_block(&s, &h, &c->arena, &u);
	}
	zg_dkim_sign_done(&s);
	if (why != ZG_DKIM_SIGNABLE)
		return refuse(c, m, why, w->opts.domain);
	status = make_field(c, w, &u, &field);
	if (status != CMD_GOOD)
		return status;
	cmd_put(field);
	cmd_put(m->head);
	mailtext_body(m, take_output, NULL);
	return CMD_GOOD;
}

int cmd_sign(struct cmd *c)
{
	struct work w = { .opts = { .time = -1, .expire = -1 } };
	struct mailtext m = { .is_local = false };
	int status = read_options(c, &w);

	if (status == CMD_GOOD)
		status = read_key(c, &w);
	if (status == CMD_GOOD && zg_crypt_init(&w.crypt) < 0)
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_SIGN_FAILED, CMD_NOTHING, CMD_NOTHING);
	if (status == CMD_GOOD)
		status = mailtext_read(c, &m);
	if (status == CMD_GOOD)
		status = mailtext_check(c, &m);
	if (status == CMD_GOOD)
		status = sign(c, &w, &m);
	mailtext_done(&m);
	zg_key_done(&w.key);
	zg_crypt_done(&w.crypt);
	return status;
}
