/* dkim_look.c - a key record held against ours, and why it is not ours.
 *
 * The causes stand in one table, the specific before the general: the first that holds is the one that is said. */
#include <zegel/buf.h>
#include "auth/dkim_key.h"
#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/b64.h"
#include "lint/look.h"
#include "lint/tags.h"

#define SCRATCH 8192u	/* octets for a tag table, as in auth/dkim_block.c */
#define DER_MAX 4096u	/* octets of base64 decoded at most: an RSA key of 16,384 bits as SPKI has less */
#define STRING_MAX 255u	/* RFC 1035 3.3 */

/* A value with what is needed of it, and what it is held against. */
struct suspect {
	struct zg_slice value;
	struct zg_loose_tags tags;
	struct zg_slice p, ours;	/* of p=, as they stand */
	const struct zg_loose_tag *tag;	/* p=, or NULL */
	struct zg_span at;		/* set by the cause that holds */
	size_t number;
};

static bool holds(struct suspect *s, struct zg_slice what)
{
	size_t at = zg_find_ci(s->value, what);

	s->at = at < s->value.n ? (struct zg_span){ at, what.n } : (struct zg_span){ 0, s->value.n };
	return at < s->value.n;
}

static struct zg_span span_of(const struct suspect *s, struct zg_slice part)
{
	return (struct zg_span){ (size_t)(part.p - s->value.p), part.n };
}

/* The next octet that is no blank, at or behind *at; '\0' at the end. */
static char next_of(struct zg_slice s, size_t *at)
{
	while (*at < s.n && zg_ascii_is_space(s.p[*at]))
		++*at;
	return *at < s.n ? s.p[(*at)++] : '\0';
}

/* Octets that both begin with, blanks aside; ret_rest: what is left of y then, without blanks. */
static bool is_prefix(struct zg_slice x, struct zg_slice y, size_t *ret_rest)
{
	size_t i = 0, k = 0;
	char c;

	while ((c = next_of(x, &i)) != '\0')
		if (c != next_of(y, &k))
			return false;
	*ret_rest = 0;
	while (next_of(y, &k) != '\0')
		++*ret_rest;
	return true;
}

/* The octets of p=, where it is base64. */
static struct zg_slice der_of(const struct suspect *s, unsigned char *mem)
{
	struct zg_buf b = zg_buf_of(mem, DER_MAX);

	if (!s->p.n || s->p.n > DER_MAX || zg_b64_decode_fws(s->p, &b) < 0)
		return (struct zg_slice){ "", 0 };
	return zg_buf_slice(&b);
}

/* What is inside of a SEQUENCE (X.690 8.1), whatever length it claims; empty where s is none. */
static struct zg_slice inside(struct zg_slice s)
{
	unsigned char n = s.n > 1 ? (unsigned char)s.p[1] : 0;

	if (s.n < 2 || s.p[0] != 0x30)
		return (struct zg_slice){ "", 0 };
	return zg_slice_sub(s, n < 0x80 ? 2 : 2 + (size_t)(n & 0x7f), s.n);
}

/* RFC 8017 A.1.2 and RFC 5208 5: both begin with the version 0; a public key does not. */
static bool is_private(struct suspect *s)
{
	unsigned char mem[DER_MAX];

	if (holds(s, ZG_S("PRIVATE KEY")) || holds(s, ZG_S("PRIVATEKEY")))
		return true;
	s->at = s->tag ? span_of(s, s->p) : (struct zg_span){ 0, 0 };
	return zg_slice_starts(inside(der_of(s, mem)), zg_slice_of("\x02\x01\x00", 3));
}

/* RFC 5280 4.1: TBSCertificate begins with [0], the version. */
static bool is_certificate(struct suspect *s)
{
	unsigned char mem[DER_MAX];

	if (holds(s, ZG_S("BEGIN CERTIFICATE")))
		return true;
	s->at = s->tag ? span_of(s, s->p) : (struct zg_span){ 0, 0 };
	return zg_slice_starts(inside(inside(der_of(s, mem))), ZG_S("\xa0"));
}

static bool has_pem(struct suspect *s)
{
	return holds(s, ZG_S("-----BEGIN")) || holds(s, ZG_S("-----END")) || holds(s, ZG_S("BEGIN PUBLIC KEY")) ||
	       holds(s, ZG_S("BEGINPUBLICKEY"));
}

static bool has_newline(struct suspect *s)
{
	return holds(s, ZG_S("\\n")) || holds(s, ZG_S("\\r")) || holds(s, ZG_S("\n")) || holds(s, ZG_S("\r"));
}

static bool is_zone_line(struct suspect *s)
{
	return holds(s, ZG_S("IN TXT")) || holds(s, ZG_S("IN\tTXT")) || holds(s, ZG_S("_domainkey")) || holds(s, ZG_S("(")) ||
	       holds(s, ZG_S("----- DKIM"));
}

static bool has_quotes(struct suspect *s)
{
	return zg_find_quote(s->value, &s->at);
}

static bool has_backslash(struct suspect *s)
{
	return holds(s, ZG_S("\\"));
}

static bool has_no_semicolon(struct suspect *s)
{
	return !s->tag && holds(s, ZG_S("DKIM1")) && zg_find_ci(s->value, ZG_S("p=")) < s->value.n;
}

static bool has_no_p(struct suspect *s)
{
	return !s->tag && (holds(s, ZG_S("DKIM1")) || zg_loose_tags_get(&s->tags, ZG_S("k")));
}

static bool is_no_key(struct suspect *s)
{
	s->at = (struct zg_span){ 0, s->value.n };
	return !s->tag;
}

static bool has_tag_twice(struct suspect *s)
{
	for (size_t i = 0; i < s->tags.count; i++)
		for (size_t k = 0; k < i; k++)
			if (s->tags.v[i].name.n && zg_slice_eq(s->tags.v[i].name, s->tags.v[k].name)) {
				s->at = s->tags.v[i].at;
				return true;
			}
	return false;
}

static bool has_bad_version(struct suspect *s)
{
	const struct zg_loose_tag *v = zg_loose_tags_get(&s->tags, ZG_S("v"));

	if (!v || zg_slice_eq(v->value, ZG_S("DKIM1")))
		return false;
	s->at = v->at;
	return true;
}

static bool has_late_version(struct suspect *s)
{
	const struct zg_loose_tag *v = zg_loose_tags_get(&s->tags, ZG_S("v"));

	if (!v || v == &s->tags.v[0])
		return false;
	s->at = v->at;
	return true;
}

static bool is_revoked(struct suspect *s)
{
	s->at = s->tag->at;
	return !s->p.n;
}

static bool is_cut(struct suspect *s)
{
	size_t rest;

	if (!is_prefix(s->p, s->ours, &rest) || !rest)
		return false;
	s->at = span_of(s, s->p);
	s->number = rest;
	return true;
}

/* The panel kept one string, with or without its quotes. */
static bool is_cut_at_255(struct suspect *s)
{
	return s->value.n + 2 >= STRING_MAX && s->value.n <= STRING_MAX + 1 && is_cut(s);
}

static bool is_no_base64(struct suspect *s)
{
	unsigned char mem[DER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	s->at = span_of(s, s->p);
	return s->p.n > DER_MAX || zg_b64_decode_fws(s->p, &b) < 0;
}

static bool has_other_type(struct suspect *s)
{
	const struct zg_loose_tag *k = zg_loose_tags_get(&s->tags, ZG_S("k"));
	size_t rest;

	if (!is_prefix(s->p, s->ours, &rest) || rest)
		return false;
	if (zg_loose_tags_get(&s->tags, ZG_S("h")) || zg_loose_tags_get(&s->tags, ZG_S("s")))
		return false;
	s->at = k ? k->at : (struct zg_span){ 0, s->value.n };
	return true;
}

static bool has_item(const struct suspect *s, struct zg_slice tag, struct zg_slice item)
{
	const struct zg_loose_tag *t = zg_loose_tags_get(&s->tags, tag);

	return !t || zg_taglist_holds(t->value, item);
}

static bool has_no_sha256(struct suspect *s)
{
	const struct zg_loose_tag *h = zg_loose_tags_get(&s->tags, ZG_S("h"));

	s->at = h ? h->at : (struct zg_span){ 0, 0 };
	return !has_item(s, ZG_S("h"), ZG_S("sha256"));
}

static bool is_not_for_mail(struct suspect *s)
{
	const struct zg_loose_tag *t = zg_loose_tags_get(&s->tags, ZG_S("s"));

	s->at = t ? t->at : (struct zg_span){ 0, 0 };
	return !has_item(s, ZG_S("s"), ZG_S("email")) && !has_item(s, ZG_S("s"), ZG_S("*"));
}

static bool is_other_key(struct suspect *s)
{
	s->at = span_of(s, s->p);
	return true;
}

static const struct {
	bool (*is)(struct suspect *s);
	enum zg_lint code;
} causes[] = {
	{ is_private, ZG_LINT_dkim_private_key_published },
	{ is_certificate, ZG_LINT_dkim_certificate_published },
	{ has_pem, ZG_LINT_dkim_p_pem_header },
	{ has_newline, ZG_LINT_dkim_p_newline_text },
	{ is_zone_line, ZG_LINT_dkim_zone_line_pasted },
	{ has_quotes, ZG_LINT_dkim_quotes },
	{ has_backslash, ZG_LINT_dkim_semicolon_escaped },
	{ has_no_semicolon, ZG_LINT_dkim_semicolon_missing },
	{ has_no_p, ZG_LINT_dkim_p_missing },
	{ is_no_key, ZG_LINT_dkim_not_a_key },
	/* from here on p= is there */
	{ has_bad_version, ZG_LINT_dkim_version_bad },
	{ has_late_version, ZG_LINT_dkim_version_not_first },
	{ has_tag_twice, ZG_LINT_dkim_tag_duplicate },
	{ is_revoked, ZG_LINT_dkim_revoked },
	{ is_cut_at_255, ZG_LINT_dkim_truncated_255 },
	{ is_cut, ZG_LINT_dkim_truncated },
	{ is_no_base64, ZG_LINT_dkim_p_not_base64 },
	{ has_no_sha256, ZG_LINT_dkim_h_no_sha256 },
	{ is_not_for_mail, ZG_LINT_dkim_s_not_email },
	{ has_other_type, ZG_LINT_dkim_k_mismatch },
	{ is_other_key, ZG_LINT_dkim_mismatch },
};

static int cause_say(struct zg_look *l, size_t value, struct suspect *s)
{
	size_t i = 0;

	while (!causes[i].is(s))	/* the last always holds */
		i++;
	if (zg_look_say(l, causes[i].code, value, s->at) < 0)
		return -1;
	l->s.findings.v[l->s.findings.count - 1].number = s->number;
	return 0;
}

static int testing_say(struct zg_look *l, size_t value)
{
	struct zg_loose_tags tags;
	const struct zg_loose_tag *t;

	zg_loose_tags_read(l->answer->values[value], &tags);
	t = zg_loose_tags_get(&tags, ZG_S("t"));
	if (!t || !zg_taglist_holds(t->value, ZG_S("y")))
		return 0;
	return zg_look_say(l, ZG_LINT_dkim_t_testing, value, t->at);
}

/* A record that may sign mail, of the same kind, with the same key. */
static bool is_right(struct zg_slice value, struct zg_slice wanted)
{
	char mem[2][SCRATCH];
	struct zg_arena a[2];
	struct zg_dkim_key x, y;
	size_t rest;

	for (size_t i = 0; i < 2; i++)
		zg_arena_init_fixed(&a[i], mem[i], SCRATCH);
	if (zg_dkim_key_read(value, &a[0], &x) || zg_dkim_key_read(wanted, &a[1], &y))
		return false;
	return x.type == y.type && x.p.n && is_prefix(x.p, y.p, &rest) && !rest;
}

static bool is_key_like(struct zg_slice value, struct zg_arena *a)
{
	struct zg_loose_tags tags;

	(void)a;
	if (zg_find_ci(value, ZG_S("DKIM1")) < value.n)
		return true;
	zg_loose_tags_read(value, &tags);
	return zg_loose_tags_get(&tags, ZG_S("p")) && zg_loose_tags_get(&tags, ZG_S("k"));
}

static size_t value_choose(const struct zg_look *l)
{
	for (size_t i = 0; i < l->answer->count; i++)
		if (is_right(l->answer->values[i], l->want->value))
			return i;
	for (size_t i = 0; i < l->answer->count; i++)
		if (is_key_like(l->answer->values[i], l->a))
			return i;
	return 0;
}

static int one_judge(struct zg_look *l, size_t i)
{
	struct zg_slice value = l->answer->values[i];
	struct suspect s = { .value = value };
	struct zg_loose_tags ours;
	const struct zg_loose_tag *p;

	if (is_right(value, l->want->value)) {
		l->s.seen = ZG_SEEN_RIGHT;
		return 0;
	}
	l->s.seen = ZG_SEEN_DIFFERS;
	if (zg_look_is_old(l, value)) {
		l->s.seen = ZG_SEEN_OLD;
		return 0;
	}
	zg_loose_tags_read(value, &s.tags);
	zg_loose_tags_read(l->want->value, &ours);
	p = zg_loose_tags_get(&ours, ZG_S("p"));
	s.tag = zg_loose_tags_get(&s.tags, ZG_S("p"));
	s.ours = p ? p->value : ZG_S("");
	s.p = s.tag ? s.tag->value : ZG_S("");
	return cause_say(l, i, &s);
}

static int several_say(struct zg_look *l)
{
	l->s.seen = ZG_SEEN_TWICE;
	if (zg_look_say(l, ZG_LINT_dkim_multiple, ZG_VALUE_NONE, (struct zg_span){ 0, 0 }) < 0)
		return -1;
	l->s.findings.v[l->s.findings.count - 1].number = l->answer->count;
	return 0;
}

int zg_dkim_look(struct zg_look *l)
{
	static const enum zg_lint codes[] = {
		[ZG_AT_DOUBLED] = ZG_LINT_dkim_name_doubled, [ZG_AT_BARE] = ZG_LINT_dkim_name_apex,
		[ZG_AT_DOMAINKEY] = ZG_LINT_dkim_name_apex, [ZG_AT_SELECTOR] = ZG_LINT_dkim_name_no_domainkey,
		[ZG_AT_WWW] = ZG_LINT_dkim_name_apex, [ZG_AT_OTHER] = ZG_LINT_dkim_name_typo,
	};
	bool *is_extra = zg_arena_array(l->a, l->answer->count + 1, sizeof(bool));

	if (!is_extra)
		return -1;
	l->s.wanted = l->want->value;
	if (!l->answer->count)
		return zg_look_missing(l, is_key_like, codes, ZG_LINT_dkim_missing);
	l->s.value = value_choose(l);
	for (size_t i = 0; i < l->answer->count; i++)	/* RFC 6376 3.6.2.2: one TXT at the name, whatever it is */
		is_extra[i] = i != l->s.value;
	if (one_judge(l, l->s.value) < 0 || testing_say(l, l->s.value) < 0)
		return -1;
	if (l->answer->count == 1)
		return zg_look_mark(l, is_extra);
	/* The right one beside others is marked as right: only the others go. */
	if (zg_look_mark(l, is_extra) < 0)
		return -1;
	return several_say(l);
}
