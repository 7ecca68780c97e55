/* records.c - DNS records as text for people, a zone file, and what three services and one tool read.
 *
 * A TXT record is a row of strings of at most 255 octets (RFC 1035 3.3.14): a longer text is cut, and the reader joins
 * it
 * (RFC 6376 3.6.2.2, RFC 7208 3.3). */
#include <zegel/dkim.h>
#include "base/ascii.h"
#include "cmd/json.h"
#include "cmd/names.h"
#include "cmd/records.h"

#define STRING_MAX 255u		/* RFC 1035 3.3 */
#define KEY_TEXT_MAX 4096u	/* octets of a key's record; RSA of 8192 bits has some 1,420 */
#define TTL 3600
#define NAME_MAX_TEXT 253u	/* octets of a name without its last dot, RFC 1035 2.3.4 */

void records_add(struct records *r, const char *kind, struct zg_slice name, struct zg_slice value)
{
	if (r->count < RECORDS_MAX)
		r->v[r->count] = (struct record){ kind, name, value };
	r->count++;
}

int records_add_key(struct cmd *c, struct records *r, struct zg_slice selector, struct zg_slice domain,
	const struct zg_key *k)
{
	char name_mem[512], text_mem[KEY_TEXT_MAX];
	struct zg_buf name = zg_buf_of(name_mem, sizeof(name_mem)), text = zg_buf_of(text_mem, sizeof(text_mem));

	if (zg_dkim_key_name(selector, domain, &name) < 0 || zg_dkim_key_record(k, &text) < 0)
		return -1;
	records_add(r, "dkim", zg_arena_dup(&c->arena, zg_buf_slice(&name)), zg_arena_dup(&c->arena, zg_buf_slice(&text)));
	return 0;
}

/* The value in quoted strings, with `between` between two of them; quotes and backslashes escaped with `escape`. */
static void put_strings(struct zg_slice value, struct zg_slice quote, struct zg_slice between, struct zg_slice escape)
{
	for (size_t from = 0; from == 0 || from < value.n; from += STRING_MAX) {
		struct zg_slice s = zg_slice_sub(value, from, STRING_MAX);

		cmd_put(from ? between : ZG_S(""));
		cmd_put(quote);
		for (size_t i = 0; i < s.n; i++) {
			cmd_put(s.p[i] == '"' || s.p[i] == '\\' ? escape : ZG_S(""));
			cmd_put(zg_slice_sub(s, i, 1));
		}
		cmd_put(quote);
	}
}

/* One line, without the parentheses that some readers of zones lack. */
static void put_bind_line(struct zg_slice name, struct zg_slice value)
{
	cmd_put(name);
	cmd_put(ZG_S(".\t3600\tIN\tTXT\t"));
	put_strings(value, ZG_S("\""), ZG_S(" "), ZG_S("\\"));
	cmd_put(ZG_S("\n"));
}

static int put_text(struct cmd *c, const struct records *r, json_t *more)
{
	(void)more;
	for (size_t i = 0; i < r->count; i++) {
		cmd_put(i ? ZG_S("\n") : ZG_S(""));
		cmd_say(c, WORD_RECORDS_NAME, r->v[i].name, CMD_NOTHING);
		cmd_say(c, WORD_RECORDS_TYPE, CMD_NOTHING, CMD_NOTHING);
		cmd_put(lang_text(c->lang, WORD_RECORDS_VALUE));
		put_strings(r->v[i].value, ZG_S("\""), ZG_S(" "), ZG_S("\\"));
		cmd_put(ZG_S("\n"));
	}
	return CMD_GOOD;
}

static int put_bind(struct cmd *c, const struct records *r, json_t *more)
{
	(void)c;
	(void)more;
	for (size_t i = 0; i < r->count; i++)
		put_bind_line(r->v[i].name, r->v[i].value);
	return CMD_GOOD;
}

/* The value as the JSON of services has it: quoted strings with a blank between. */
static json_t *quoted(struct cmd *c, struct zg_slice value)
{
	struct zg_slice all = CMD_NOTHING;

	for (size_t from = 0; from == 0 || from < value.n; from += STRING_MAX)
		all = cmd_join(c, (struct zg_slice[]){ all, from ? ZG_S(" \"") : ZG_S("\""), zg_slice_sub(value, from, STRING_MAX),
			ZG_S("\"") }, 4);
	return cmd_json_text(all);
}

/* https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html */
static int put_route53(struct cmd *c, const struct records *r, json_t *more)
{
	json_t *changes = json_array();

	(void)more;
	for (size_t i = 0; i < r->count; i++) {
		json_t *change = json_pack("{s:s, s:{s:o, s:s, s:i, s:[{s:o}]}}", "Action", "UPSERT", "ResourceRecordSet",
			"Name", cmd_json_text(r->v[i].name), "Type", "TXT", "TTL", TTL,
			"ResourceRecords", "Value", quoted(c, r->v[i].value));

		if (json_array_append_new(changes, change) < 0) {
			json_decref(changes);
			return cmd_json_put(c, NULL, CMD_GOOD);
		}
	}
	return cmd_json_put(c, json_pack("{s:o}", "Changes", changes), CMD_GOOD);
}

/* https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/batch/ */
static int put_cloudflare(struct cmd *c, const struct records *r, json_t *more)
{
	json_t *posts = json_array();

	(void)more;
	for (size_t i = 0; i < r->count; i++) {
		json_t *post = json_pack("{s:s, s:o, s:o, s:i}", "type", "TXT", "name", cmd_json_text(r->v[i].name),
			"content", quoted(c, r->v[i].value), "ttl", TTL);

		if (json_array_append_new(posts, post) < 0) {
			json_decref(posts);
			return cmd_json_put(c, NULL, CMD_GOOD);
		}
	}
	return cmd_json_put(c, json_pack("{s:o}", "posts", posts), CMD_GOOD);
}

/* A name of Terraform: letters, digits and underscores. */
static void put_label(struct zg_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		cmd_put(zg_ascii_is_alnum(name.p[i]) ? zg_slice_sub(name, i, 1) : ZG_S("_"));
}

/* The resource aws_route53_record; strings of one value are joined by \"\". */
static int put_terraform(struct cmd *c, const struct records *r, json_t *more)
{
	(void)c;
	(void)more;
	for (size_t i = 0; i < r->count; i++) {
		cmd_put(i ? ZG_S("\n") : ZG_S(""));
		cmd_put(ZG_S("resource \"aws_route53_record\" \"zegel_"));
		put_label(r->v[i].name);
		cmd_put(ZG_S("\" {\n  zone_id = var.zone_id\n  name    = \""));
		cmd_put(r->v[i].name);
		cmd_put(ZG_S("\"\n  type    = \"TXT\"\n  ttl     = 3600\n  records = [\""));
		put_strings(r->v[i].value, ZG_S(""), ZG_S("\\\"\\\""), ZG_S("\\"));
		cmd_put(ZG_S("\"]\n}\n"));
	}
	return CMD_GOOD;
}

static json_t *strings_of(struct zg_slice value)
{
	json_t *strings = json_array();

	for (size_t from = 0; from == 0 || from < value.n; from += STRING_MAX)
		if (json_array_append_new(strings, cmd_json_text(zg_slice_sub(value, from, STRING_MAX))) < 0) {
			json_decref(strings);
			return NULL;
		}
	return strings;
}

static int put_json(struct cmd *c, const struct records *r, json_t *more)
{
	json_t *root = more ? json_incref(more) : json_object(), *list = json_array();
	bool is_whole = root && list;

	for (size_t i = 0; i < r->count && is_whole; i++) {
		json_t *one = json_pack("{s:s, s:o, s:s, s:i, s:o, s:o}", "record", r->v[i].kind, "name", cmd_json_text(r->v[i].name),
			"type", "TXT", "ttl", TTL, "value", cmd_json_text(r->v[i].value), "strings", strings_of(r->v[i].value));

		is_whole = json_array_append_new(list, one) == 0;
	}
	if (json_object_set_new(root, "records", list) < 0 || !is_whole) {
		json_decref(root);
		root = NULL;
	}
	return cmd_json_put(c, root, CMD_GOOD);
}

static bool is_moved(const struct record *r)
{
	return zg_slice_eq(zg_slice_cstr(r->kind), ZG_S("dkim"));
}

static struct zg_slice below_target(struct cmd *c, struct zg_slice name)
{
	return cmd_join(c, (struct zg_slice[]){ name, ZG_S("."), cmd_value(c, CMD_OPT_TARGET) }, 3);
}

static int check_room(struct cmd *c, struct zg_slice name)
{
	struct zg_slice below = below_target(c, name);

	if (below.n <= NAME_MAX_TEXT)
		return CMD_GOOD;
	return cmd_fail(c, CMD_USAGE, ZG_S("--target"), WORD_RECORDS_TARGET_LONG, below, cmd_num(c, NAME_MAX_TEXT));
}

int records_check_key(struct cmd *c, struct zg_slice selector, struct zg_slice domain)
{
	if (!cmd_has(c, CMD_OPT_TARGET))
		return CMD_GOOD;
	return check_room(c, cmd_join(c, (struct zg_slice[]){ selector.n ? selector : ZG_S("z202611a"), ZG_S("._domainkey."),
		domain }, 3));
}

/* Keys behind CNAMEs: the domain points below --target, where the operator publishes the text.  Other records stay at
 * home. */
static int put_cname(struct cmd *c, const struct records *r, json_t *more)
{
	(void)more;
	for (size_t i = 0; i < r->count; i++)
		if (is_moved(&r->v[i]) && check_room(c, r->v[i].name) != CMD_GOOD)
			return CMD_USAGE;
	for (size_t i = 0; i < r->count; i++) {
		struct zg_slice name = r->v[i].name, below = below_target(c, name);

		if (!is_moved(&r->v[i])) {
			put_bind_line(name, r->v[i].value);
			continue;
		}
		cmd_put(cmd_join(c, (struct zg_slice[]){ name, ZG_S(".\t3600\tIN\tCNAME\t"), below, ZG_S(".\n") }, 4));
		put_bind_line(below, r->v[i].value);
	}
	return CMD_GOOD;
}

static const struct {
	const char *name;
	int (*put)(struct cmd *c, const struct records *r, json_t *more);
} formats[] = {
	{ "text", put_text }, { "bind", put_bind }, { "route53", put_route53 }, { "cloudflare", put_cloudflare },
	{ "terraform", put_terraform }, { "json", put_json }, { "cname", put_cname },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static size_t format_of(const struct cmd *c)
{
	struct zg_slice name = cmd_has(c, CMD_OPT_JSON) ? ZG_S("json") : cmd_value(c, CMD_OPT_FORMAT);
	size_t i = 0;

	if (!cmd_has(c, CMD_OPT_JSON) && !cmd_has(c, CMD_OPT_FORMAT))
		return 0;
	while (i < FORMATS && !zg_slice_eq(zg_slice_cstr(formats[i].name), name))
		i++;
	return i;
}

/* --target as it will be written: lower case, A-labels, without its last dot. */
static int read_target(struct cmd *c)
{
	struct zg_slice target = CMD_NOTHING;
	int status = names_host(c, cmd_value(c, CMD_OPT_TARGET), &target);

	c->options[CMD_OPT_TARGET] = cmd_cstr(c, target);
	return status;
}

int records_check(struct cmd *c)
{
	size_t i = format_of(c);

	if (i == FORMATS || (cmd_has(c, CMD_OPT_JSON) && cmd_has(c, CMD_OPT_FORMAT) && !zg_slice_eq(cmd_value(c,
		CMD_OPT_FORMAT), ZG_S("json"))))
		return cmd_fail(c, CMD_USAGE, ZG_S("--format"), WORD_RECORDS_FORMAT, CMD_NOTHING, CMD_NOTHING);
	if ((formats[i].put == put_cname) != cmd_has(c, CMD_OPT_TARGET))
		return cmd_fail(c, CMD_USAGE, ZG_S("--target"), WORD_RECORDS_TARGET, CMD_NOTHING, CMD_NOTHING);
	return formats[i].put == put_cname ? read_target(c) : CMD_GOOD;
}

int records_write(struct cmd *c, const struct records *r, json_t *more)
{
	int status;

	if (r->count > RECORDS_MAX || c->arena.is_full)
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	else
		status = formats[format_of(c)].put(c, r, more);
	json_decref(more);
	return status;
}
