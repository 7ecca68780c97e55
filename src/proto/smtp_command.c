/* smtp_command.c - command lines: verbs, paths, parameters; RFC 5321 4.1.1 and 4.1.2, with RFC 1870, 4954 5, 6152
 * and 6531. */
#include "proto/smtp_command.h"
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"

static const struct {
	struct zg_slice name;
	enum zg_smtp_command command;
	bool is_bare;
} verbs[] = {
	{ ZG_SI("EHLO"), ZG_SMTP_C_EHLO, false },
	{ ZG_SI("MAIL"), ZG_SMTP_C_MAIL, false },
	{ ZG_SI("RCPT"), ZG_SMTP_C_RCPT, false },
	{ ZG_SI("DATA"), ZG_SMTP_C_DATA, true },
	{ ZG_SI("RSET"), ZG_SMTP_C_RSET, true },
	{ ZG_SI("QUIT"), ZG_SMTP_C_QUIT, true },
	{ ZG_SI("AUTH"), ZG_SMTP_C_AUTH, false },
	{ ZG_SI("STARTTLS"), ZG_SMTP_C_STARTTLS, true },
	{ ZG_SI("HELO"), ZG_SMTP_C_HELO, false },
	{ ZG_SI("NOOP"), ZG_SMTP_C_NOOP, false },
	{ ZG_SI("VRFY"), ZG_SMTP_C_VRFY, false },
	{ ZG_SI("EXPN"), ZG_SMTP_C_EXPN, false },
	{ ZG_SI("HELP"), ZG_SMTP_C_HELP, false },
	{ ZG_SI("GET"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("POST"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("PUT"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("HEAD"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("DELETE"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("OPTIONS"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("CONNECT"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("TRACE"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("PATCH"), ZG_SMTP_C_FOREIGN, false },
	{ ZG_SI("PRI"), ZG_SMTP_C_FOREIGN, false },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

enum zg_smtp_command zg_smtp_command_of(struct zg_slice line, struct zg_slice *ret_args)
{
	struct zg_cur c = zg_cur_of(line);
	struct zg_slice word = zg_cur_until(&c, ' ');

	*ret_args = zg_slice_trim(zg_cur_rest(&c));
	for (size_t i = 0; i < VERBS; i++)
		if (zg_slice_eq_ci(word, verbs[i].name))
			return verbs[i].command;
	return zg_slice_starts(word, ZG_S("SSH-")) ? ZG_SMTP_C_FOREIGN : ZG_SMTP_C_UNKNOWN;
}

bool zg_smtp_command_is_bare(enum zg_smtp_command command)
{
	for (size_t i = 0; i < VERBS; i++)
		if (verbs[i].command == command)
			return verbs[i].is_bare;
	return false;
}

bool zg_smtp_command_is_name(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!zg_ascii_is_alnum(s.p[i]) && zg_slice_find(ZG_S("-._:[]"), s.p[i]) == 6)
			return false;
	return s.n > 0 && s.n <= ZG_LIMIT_DOMAIN;
}

/* Up to the > that ends the path: one that stands in a quoted string does not. */
static struct zg_slice path_body(struct zg_cur *c)
{
	struct zg_slice rest = zg_cur_rest(c);
	bool is_quoted = false;
	size_t n = 0;

	while (n < rest.n && (is_quoted || rest.p[n] != '>')) {
		if (rest.p[n] == '"')
			is_quoted = !is_quoted;
		if (is_quoted && rest.p[n] == '\\')
			n++;
		n++;
	}
	return zg_cur_bytes(c, n);
}

static bool is_route_octet(char c)
{
	return zg_ascii_is_alnum(c) || zg_ascii_is_8bit(c) || c == '-' || c == '.';
}

/* RFC 5321 4.1.1.3, appendix C: a source route (@a,@b:) is understood and dropped. */
static void drop_route(struct zg_cur *c)
{
	if (zg_cur_peek(c) != '@')
		return;
	do {
		if (!zg_cur_lit(c, ZG_S("@")) || !zg_cur_while(c, is_route_octet).n)
			zg_cur_fail(c, "no source route");
	} while (zg_cur_lit(c, ZG_S(",")));
	if (!zg_cur_lit(c, ZG_S(":")))
		zg_cur_fail(c, "no source route");
}

/* Reads "FROM:<...>" or "TO:<...>"; the path with its route, and the parameters.  RFC 5321 4.1.1.2 knows no blank
 * behind the colon, but old clients write one. */
static bool read_path(struct zg_slice args, struct zg_slice word, struct zg_slice *ret_path, struct zg_slice *ret_rest)
{
	struct zg_cur c = zg_cur_of(args);
	struct zg_slice path;

	if (!zg_cur_lit_ci(&c, word))
		zg_cur_fail(&c, "another word");
	zg_cur_skip_wsp(&c);
	if (!zg_cur_lit(&c, ZG_S("<")))
		zg_cur_fail(&c, "no <");
	path = path_body(&c);
	if (!zg_cur_lit(&c, ZG_S(">")))
		zg_cur_fail(&c, "no >");
	if (!zg_cur_is_end(&c) && zg_cur_peek(&c) != ' ')
		zg_cur_fail(&c, "no blank behind >");
	if (c.why)
		return false;
	*ret_path = path;
	*ret_rest = zg_cur_rest(&c);
	return true;
}

static enum zg_smtp_say read_mailbox(struct zg_slice path, bool is_utf8, enum zg_smtp_say why, struct zg_slice *ret)
{
	struct zg_cur c = zg_cur_of(path);
	struct zg_address a;
	struct zg_slice mailbox;

	if (zg_utf8_has_8bit(path) && !is_utf8)
		return ZG_SMTP_SAY_UTF8;
	drop_route(&c);
	mailbox = zg_cur_rest(&c);
	if (c.why || zg_address_mailbox(mailbox, is_utf8, &a) < 0)
		return why;
	*ret = mailbox;
	return ZG_SMTP_SAY_NOTHING;
}

struct parameter {
	struct zg_slice name, value;
	bool has_value;
};

static bool is_keyword_octet(char c)
{
	return zg_ascii_is_alnum(c) || c == '-';
}

/* RFC 5321 4.1.2: esmtp-value is made of all but control octets, blanks and "="; RFC 6531 3.3 adds UTF-8.  Base64
 * in ENVID and quoted addresses bring "=" in nevertheless, so it is let through here and judged by whom it
 * concerns. */
static bool is_value_octet(char c)
{
	return c != ' ' && !zg_ascii_is_cntrl(c);
}

static void read_parameter(struct zg_cur *c, struct parameter *p)
{
	p->name = zg_cur_while(c, is_keyword_octet);
	p->has_value = zg_cur_lit(c, ZG_S("="));
	p->value = p->has_value ? zg_cur_while(c, is_value_octet) : ZG_S("");
	if (!p->name.n || (p->has_value && !p->value.n) || (!zg_cur_is_end(c) && zg_cur_peek(c) != ' '))
		zg_cur_fail(c, "no parameter");
}

static bool take_size(const struct parameter *p, struct zg_smtp_path *path)
{
	/* RFC 1870 3: 1*20DIGIT; what does not fit in 64 bits is too large for any server. */
	struct zg_slice v = p->value;

	for (size_t i = 0; i < v.n; i++)
		if (!zg_ascii_is_digit(v.p[i]))
			return false;
	if (zg_num_uint(v, UINT64_MAX, &path->size) < 0)
		path->size = UINT64_MAX;
	return v.n > 0 && v.n <= 20;
}

static bool take_body(const struct parameter *p, struct zg_smtp_path *path)
{
	path->is_8bit = zg_slice_eq_ci(p->value, ZG_S("8BITMIME"));
	return path->is_8bit || zg_slice_eq_ci(p->value, ZG_S("7BIT"));
}

static bool take_utf8(const struct parameter *p, struct zg_smtp_path *path)
{
	path->is_utf8 = true;
	return !p->has_value;
}

static bool is_xtext_hex(char c)
{
	return zg_ascii_is_digit(c) || (c >= 'A' && c <= 'F');
}

/* RFC 4954 5: xtext of an address, or <>; it is read and ignored, since nobody is trusted to speak for another. */
static bool take_auth(const struct parameter *p, struct zg_smtp_path *path)
{
	struct zg_slice v = p->value;

	(void)path;	/* nothing of it is kept */
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '=' || zg_ascii_is_8bit(v.p[i]))
			return false;
		if (v.p[i] == '+' && (v.n - i < 3 || !is_xtext_hex(v.p[i + 1]) || !is_xtext_hex(v.p[i + 2])))
			return false;
	}
	return v.n > 0;
}

static const struct {
	struct zg_slice name;
	bool (*take)(const struct parameter *p, struct zg_smtp_path *path);	/* NULL: of DSN, RFC 3461 4 */
} parameters[] = {
	{ ZG_SI("SIZE"), take_size },
	{ ZG_SI("BODY"), take_body },
	{ ZG_SI("SMTPUTF8"), take_utf8 },
	{ ZG_SI("AUTH"), take_auth },
	{ ZG_SI("RET"), NULL },
	{ ZG_SI("ENVID"), NULL },
	{ ZG_SI("NOTIFY"), NULL },
	{ ZG_SI("ORCPT"), NULL },
};

#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static size_t parameter_of(struct zg_slice name)
{
	size_t i = 0;

	while (i < PARAMETERS && !zg_slice_eq_ci(name, parameters[i].name))
		i++;
	return i;
}

/* path NULL: no parameter is known (RCPT, and after HELO). */
static enum zg_smtp_say read_parameters(struct zg_slice rest, struct zg_smtp_path *path)
{
	struct zg_cur c = zg_cur_of(rest);
	struct parameter p;
	unsigned seen = 0;

	for (zg_cur_skip_wsp(&c); !zg_cur_is_end(&c); zg_cur_skip_wsp(&c)) {
		size_t i;

		read_parameter(&c, &p);
		if (c.why)
			return ZG_SMTP_SAY_PARAMETER_VALUE;
		i = parameter_of(p.name);
		if (i < PARAMETERS && !parameters[i].take)
			return ZG_SMTP_SAY_PARAMETER_DSN;
		if (i == PARAMETERS || !path)
			return ZG_SMTP_SAY_PARAMETER;
		if (seen & 1u << i || !parameters[i].take(&p, path))
			return ZG_SMTP_SAY_PARAMETER_VALUE;
		seen |= 1u << i;
	}
	return ZG_SMTP_SAY_NOTHING;
}

enum zg_smtp_say zg_smtp_command_mail(struct zg_slice args, const struct zg_smtp_path_rules *r,
	struct zg_smtp_path *ret)
{
	struct zg_smtp_path path = { .size = 0 };
	struct zg_slice text, rest;
	enum zg_smtp_say why;

	if (!read_path(args, ZG_S("FROM:"), &text, &rest))
		return ZG_SMTP_SAY_MAIL_SYNTAX;
	why = read_parameters(rest, r->has_parameters ? &path : NULL);
	if (why == ZG_SMTP_SAY_NOTHING && text.n)
		why = read_mailbox(text, path.is_utf8, ZG_SMTP_SAY_SENDER, &path.mailbox);
	if (why == ZG_SMTP_SAY_NOTHING && r->size_max && path.size > r->size_max)
		why = ZG_SMTP_SAY_SIZE;
	if (why == ZG_SMTP_SAY_NOTHING)
		*ret = path;
	return why;
}

enum zg_smtp_say zg_smtp_command_rcpt(struct zg_slice args, const struct zg_smtp_path_rules *r,
	struct zg_smtp_path *ret)
{
	struct zg_smtp_path path = { .is_utf8 = r->is_utf8 };
	struct zg_slice text, rest;
	enum zg_smtp_say why;

	if (!read_path(args, ZG_S("TO:"), &text, &rest))
		return ZG_SMTP_SAY_RCPT_SYNTAX;
	why = read_parameters(rest, NULL);
	if (zg_slice_eq_ci(text, ZG_S("postmaster")))
		path.mailbox = text;	/* RFC 5321 4.5.1: alone, it is that of this server */
	else if (why == ZG_SMTP_SAY_NOTHING)
		why = read_mailbox(text, r->is_utf8, ZG_SMTP_SAY_RECIPIENT, &path.mailbox);
	if (why == ZG_SMTP_SAY_NOTHING)
		*ret = path;
	return why;
}
