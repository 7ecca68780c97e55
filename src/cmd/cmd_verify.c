/* cmd_verify.c - zegel verify: DKIM of a message, the Authentication-Results field, and the same for people or
 * programs. */
#include <unistd.h>
#include <zegel/address.h>
#include <zegel/dkim.h>
#include "base/ascii.h"
#include "cmd/asking.h"
#include "cmd/json.h"
#include "cmd/mailtext.h"

/* Octets of a value out of the message that are told: one that means something is shorter, the longest being i= with
 * an address (RFC 5321 4.5.3.1.3). */
#define TOLD_MAX 320u

struct verdicts {
	struct zg_dkim_verdict *v;	/* values as they are told */
	size_t count, more;		/* verdicts; signatures that were not looked at */
	struct zg_slice author;		/* the From domain; empty where it is not one */
	struct zg_slice field;		/* what stands behind "Authentication-Results: " */
	unsigned questions;
};

/* RFC 2045 5.1, as RFC 8601 2.2 asks of a value that is not quoted. */
static bool is_token(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || zg_slice_find(ZG_S("()<>@,;:\\\"/[]?="), s.p[i]) < 15)
			return false;
	return s.n > 0;
}

/* A value as it may stand in the field: quoted where it must be, without control octets. */
static struct zg_slice value_of(struct cmd *c, struct zg_slice s)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(&c->arena, s.n * 2 + 2), s.n * 2 + 2);

	if (!b.p)
		return CMD_NOTHING;
	if (is_token(s))
		return s;
	zg_buf_putc(&b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			zg_buf_putc(&b, '\\');
		zg_buf_putc(&b, zg_ascii_is_cntrl(s.p[i]) ? '?' : s.p[i]);
	}
	zg_buf_putc(&b, '"');
	return zg_buf_slice(&b);
}

static struct zg_slice add_property(struct cmd *c, struct zg_slice line, struct zg_slice name, struct zg_slice value)
{
	if (!value.n)
		return line;
	return cmd_join(c, (struct zg_slice[]){ line, name, value_of(c, value) }, 3);
}

/* RFC 8601 2.2 and 2.7.1, RFC 6008. */
static struct zg_slice field_of(struct cmd *c, const struct verdicts *r)
{
	struct zg_slice line = cmd_value(c, CMD_OPT_AUTHSERV_ID);
	char host[256] = "";

	if (!line.n)
		line = gethostname(host, sizeof(host) - 1) == 0 && host[0] ? zg_slice_cstr(host) : ZG_S("localhost");
	line = value_of(c, line);
	if (!r->count)
		return cmd_join(c, (struct zg_slice[]){ line, ZG_S("; dkim=none") }, 2);
	for (size_t i = 0; i < r->count; i++) {
		const struct zg_dkim_verdict *v = &r->v[i];

		line = cmd_join(c, (struct zg_slice[]){ line, ZG_S("; dkim="), zg_dkim_result_word(v->result) }, 3);
		line = add_property(c, line, ZG_S(" reason="), zg_slice_cstr(v->reason));
		line = add_property(c, line, ZG_S(" header.d="), v->domain);
		line = add_property(c, line, ZG_S(" header.s="), v->selector);
		line = add_property(c, line, ZG_S(" header.a="), v->algorithm);
		line = add_property(c, line, ZG_S(" header.b="), v->signature);
	}
	return line;
}

static struct zg_slice author_of(struct cmd *c, const struct zg_headers *h)
{
	const struct zg_field *from = zg_header_get(h, ZG_S("From"), 0);
	struct zg_address address;
	size_t count;

	if (zg_header_count(h, ZG_S("From")) != 1 || zg_address_list(from->value, &address, &count) < 0 || count != 1)
		return CMD_NOTHING;
	return zg_address_domain(address.domain, &c->arena);
}

static json_t *json_of(const struct zg_dkim_verdict *v)
{
	return json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:s}", "domain", cmd_json_text(v->domain), "selector",
		cmd_json_text(v->selector),
		"algorithm", cmd_json_text(v->algorithm), "bits", (int)v->bits, "identity", cmd_json_text(v->identity),
		"result", cmd_json_text(zg_dkim_result_word(v->result)), "reason", v->reason);
}

static int answer_json(struct cmd *c, const struct verdicts *r, enum cmd_status status)
{
	json_t *dkim = json_array();

	for (size_t i = 0; i < r->count; i++)
		if (json_array_append_new(dkim, json_of(&r->v[i])) < 0) {
			json_decref(dkim);
			return cmd_json_put(c, NULL, status);
		}
	return cmd_json_put(c, json_pack("{s:o, s:n, s:n, s:n, s:o, s:o, s:i, s:i}", "dkim", dkim, "spf", "arc", "dmarc",
		"author_domain", cmd_json_text(r->author), "authentication_results", cmd_json_text(r->field),
		"dns_queries", (int)r->questions, "dkim_not_looked_at", (int)r->more), status);
}

static enum lang_word result_word(enum zg_dkim_result r)
{
	static const enum lang_word words[] = {
		[ZG_DKIM_NONE] = WORD_VERIFY_NONE, [ZG_DKIM_PASS] = WORD_VERIFY_PASS, [ZG_DKIM_FAIL] = WORD_VERIFY_FAIL,
		[ZG_DKIM_POLICY] = WORD_VERIFY_POLICY, [ZG_DKIM_NEUTRAL] = WORD_VERIFY_NEUTRAL,
		[ZG_DKIM_TEMPERROR] = WORD_VERIFY_TEMPERROR, [ZG_DKIM_PERMERROR] = WORD_VERIFY_PERMERROR,
	};

	return words[r];
}

/* A field without d= or s= has no key whose name could be told, and without d= nobody's name. */
static void say_verdict(struct cmd *c, const struct zg_dkim_verdict *v)
{
	cmd_put_bold(c, zg_dkim_result_word(v->result));
	if (v->selector.n && v->domain.n) {
		cmd_put(ZG_S("  "));
		cmd_put_safe(c, v->selector);
		cmd_put(ZG_S("._domainkey."));
		cmd_put_safe(c, v->domain);
	}
	cmd_put(ZG_S("\n  "));
	if (v->domain.n)
		cmd_say(c, result_word(v->result), v->domain, zg_slice_cstr(v->reason));
	else
		cmd_say(c, WORD_VERIFY_UNREADABLE, zg_slice_cstr(v->reason), CMD_NOTHING);
}

static int answer_text(struct cmd *c, const struct verdicts *r, enum cmd_status status)
{
	cmd_put(ZG_S("Authentication-Results: "));
	cmd_put_safe(c, r->field);
	cmd_put(ZG_S("\n\n"));
	if (!r->count)
		cmd_say(c, WORD_VERIFY_NONE, CMD_NOTHING, CMD_NOTHING);
	for (size_t i = 0; i < r->count; i++)
		say_verdict(c, &r->v[i]);
	if (r->more)
		cmd_say(c, WORD_VERIFY_MORE, cmd_num(c, r->more), CMD_NOTHING);
	cmd_say(c, r->author.n ? WORD_VERIFY_AUTHOR : WORD_VERIFY_NO_AUTHOR, r->author, CMD_NOTHING);
	return (int)status;
}

static enum cmd_status status_of(const struct verdicts *r)
{
	bool is_temporary = false;

	for (size_t i = 0; i < r->count; i++) {
		if (r->v[i].result == ZG_DKIM_PASS)
			return CMD_GOOD;
		is_temporary = is_temporary || r->v[i].result == ZG_DKIM_TEMPERROR;
	}
	return is_temporary ? CMD_UNDECIDED : CMD_BAD;
}

/* The verdicts, their values fit to be told; -1 without memory. */
static int take_verdicts(struct cmd *c, struct zg_dkim_verifier *v, struct verdicts *r)
{
	const struct zg_dkim_verdict *from;

	r->count = zg_dkim_verify_verdicts(v, &from);
	r->v = zg_arena_array(&c->arena, r->count, sizeof(*r->v));
	if (!r->v)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		struct zg_dkim_verdict *to = &r->v[i];

		*to = from[i];
		to->domain = cmd_shown(c, to->domain, TOLD_MAX);
		to->selector = cmd_shown(c, to->selector, TOLD_MAX);
		to->identity = cmd_shown(c, to->identity, TOLD_MAX);
		to->algorithm = cmd_shown(c, to->algorithm, TOLD_MAX);
	}
	return 0;
}

static void take_body(void *ctx, struct zg_slice piece)
{
	zg_dkim_verify_body(ctx, piece);
}

/* Feeds the message, asks, and answers. */
static int run(struct cmd *c, struct zg_dkim_verifier *v, const struct mailtext *m)
{
	struct verdicts r = { .count = 0 };
	struct zg_headers h = { .count = 0 };
	struct zg_asker asker = zg_dkim_verify_asker(v);
	int status = mailtext_index(c, m, &h);

	if (status != CMD_GOOD)
		return status;
	zg_dkim_verify_header(v, &h);
	mailtext_body(m, take_body, v);
	zg_dkim_verify_end(v);
	status = asking_drive(c, &asker, &r.questions);
	if (status != CMD_GOOD)
		return status;
	if (take_verdicts(c, v, &r) < 0)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	r.more = zg_header_count(&h, ZG_S("DKIM-Signature")) - r.count;
	r.author = author_of(c, &h);
	r.field = field_of(c, &r);
	return cmd_has(c, CMD_OPT_JSON) ? answer_json(c, &r, status_of(&r)) : answer_text(c, &r, status_of(&r));
}

int cmd_verify(struct cmd *c)
{
	struct zg_crypt crypt = { .sha256 = NULL };
	struct mailtext m = { .is_local = false };
	struct zg_dkim_verifier *v = NULL;
	int64_t now = 0;
	int status = cmd_now(c, &now);

	if (status == CMD_GOOD)
		status = mailtext_read(c, &m);
	if (status == CMD_GOOD && zg_crypt_init(&crypt) == 0)
		v = zg_dkim_verify_new(&crypt, &c->arena, now);
	if (status == CMD_GOOD && !v)
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (status == CMD_GOOD)
		status = run(c, v, &m);
	if (v)
		zg_dkim_verify_done(v);
	mailtext_done(&m);
	zg_crypt_done(&crypt);
	return status;
}
