/* typed.c - what a person typed, as a domain and, maybe, an address.
 *
 *   text --strip--> without blanks and brackets --url--> host, or --address--> local and domain --judge--> domain */
#include <zegel/address.h>
#include <zegel/buf.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "dnsmsg/ip.h"
#include "lint/hosts_table.h"
#include "lint/spf_text.h"
#include "lint/typed.h"

#define EXAMPLE_MAX 100u	/* octets of an example that are made of what was typed */

/* Never in public DNS: RFC 6761, RFC 6762, and what home routers and offices make up. */
static const struct zg_slice locals[] = {
	ZG_SI("local"), ZG_SI("localhost"), ZG_SI("localdomain"), ZG_SI("lan"), ZG_SI("home"), ZG_SI("internal"), ZG_SI("intranet"),
	ZG_SI("intern"), ZG_SI("corp"), ZG_SI("invalid"), ZG_SI("onion"), ZG_SI("arpa"), ZG_SI("workgroup"),
};

/* Blanks, and marks that nobody sees, as a page or a mail program leaves them beside what is copied: UTF-8, its last octet
 * in a range. */
static const struct {
	struct zg_slice before;
	unsigned char from, to;
} foreign[] = {
	{ ZG_SI("\xc2"), 0x80, 0xa0 }, { ZG_SI("\xc2"), 0xad, 0xad },		/* C1, NBSP; soft hyphen */
	{ ZG_SI("\xd8"), 0x9c, 0x9c },						/* U+061C */
	{ ZG_SI("\xe2\x80"), 0x80, 0x8f }, { ZG_SI("\xe2\x80"), 0xa8, 0xaf },	/* U+2000 to 200F, 2028 to 202F */
	{ ZG_SI("\xe2\x81"), 0x9f, 0xaf },					/* U+205F to 206F */
	{ ZG_SI("\xe3\x80"), 0x80, 0x80 }, { ZG_SI("\xef\xbb"), 0xbf, 0xbf },	/* U+3000, U+FEFF */
};

/* U+00C0 to U+00FF without their marks; a blank where there is no letter. */
static const char plain_letters[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";

static bool holds(const struct zg_slice *v, size_t count, struct zg_slice s)
{
	for (size_t i = 0; i < count; i++)
		if (zg_slice_eq_ci(v[i], s))
			return true;
	return false;
}

bool zg_typed_is_suffix(struct zg_slice domain)
{
	return holds(zg_suffixes, zg_suffixes_count, domain);
}

/* ---- the text ---- */

/* Octets of the foreign blank that s is, or begins with; 0: none. */
static size_t foreign_first(struct zg_slice s)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		size_t n = foreign[i].before.n;

		if (s.n > n && zg_slice_starts(s, foreign[i].before) && (unsigned char)s.p[n] >= foreign[i].from &&
		    (unsigned char)s.p[n] <= foreign[i].to)
			return n + 1;
	}
	return 0;
}

static bool strip_one(struct zg_slice *s)
{
	size_t n = foreign_first(*s);

	*s = zg_slice_sub(*s, n, s->n);
	for (size_t k = 2; k <= 3 && k <= s->n && !n; k++) {
		if (foreign_first(zg_slice_sub(*s, s->n - k, k)) != k)
			continue;
		n = k;
		s->n -= k;
	}
	return n > 0;
}

static struct zg_slice strip(struct zg_slice s)
{
	do {
		s = zg_slice_trim(s);
	} while (strip_one(&s));
	return s;
}

/* "Name <a@b>": what stands in the last brackets. */
static struct zg_slice unwrap(struct zg_slice s)
{
	size_t open = zg_slice_rfind(s, '<');
	struct zg_slice inner = zg_slice_sub(s, open + 1, s.n);

	if (open == s.n)
		return s;
	return strip(zg_slice_sub(inner, 0, zg_slice_find(inner, '>')));
}

static struct zg_slice cut_at(struct zg_slice s, struct zg_slice any)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_slice_find(any, s.p[i]) < any.n)
			return zg_slice_sub(s, 0, i);
	return s;
}

/* The first address of several; of a text without one, all of it. */
static struct zg_slice first_of(struct zg_slice s)
{
	struct zg_slice first = cut_at(s, ZG_S(",;\r\n"));

	return zg_slice_find(first, '@') < first.n ? strip(first) : s;
}

/* "example.be:8080" */
static struct zg_slice without_port(struct zg_slice s)
{
	size_t colon = zg_slice_find(s, ':');

	for (size_t i = colon + 1; i < s.n; i++)
		if (!zg_ascii_is_digit(s.p[i]))
			return s;
	return zg_slice_sub(s, 0, colon);
}

/* "https://user@www.example.be:8080/page": the host; *ret_is_url where it was one. */
static struct zg_slice unlink_text(struct zg_slice s, bool *ret_is_url)
{
	size_t scheme = zg_slice_find_slice(s, ZG_S("://"));
	size_t at;

	*ret_is_url = scheme < s.n && scheme < 10;
	if (zg_slice_starts_ci(s, ZG_S("mailto:")))
		return cut_at(zg_slice_sub(s, 7, s.n), ZG_S("?"));
	if (!*ret_is_url)	/* "example.be/page" */
		return zg_slice_find(s, '@') == s.n && zg_slice_find(s, '[') == s.n ? without_port(cut_at(s, ZG_S("/?#"))) : s;
	s = cut_at(zg_slice_sub(s, scheme + 3, s.n), ZG_S("/?#"));
	at = zg_slice_rfind(s, '@');
	if (at < s.n)
		s = zg_slice_sub(s, at + 1, s.n);
	return s.n && s.p[0] == '[' ? s : zg_slice_sub(s, 0, zg_slice_find(s, ':'));
}

/* ---- the domain ---- */

static bool is_ip(struct zg_slice s)
{
	unsigned char octets[16];
	bool is_digits = s.n > 0;

	if (s.n && s.p[0] == '[')
		return true;
	for (size_t i = 0; i < s.n; i++)
		is_digits &= zg_ascii_is_digit(s.p[i]) || s.p[i] == '.';
	return zg_ip4_read(s, octets) == 0 || zg_ip6_read(s, octets) == 0 || (is_digits && zg_slice_find(s, '.') < s.n);
}

/* RFC 5321 4.1.2: letters, digits and hyphens, none at the edge of a label; the last label not of digits alone. */
static bool is_host(struct zg_slice d)
{
	bool has_letter = false;

	for (size_t i = 0; i < d.n; i++) {
		bool is_edge = i == 0 || i + 1 == d.n || d.p[i - 1] == '.' || d.p[i + 1] == '.';

		if (d.p[i] == '.')
			has_letter = false;
		else if (!zg_ascii_is_alnum(d.p[i]) && (d.p[i] != '-' || is_edge))
			return false;
		else
			has_letter |= !zg_ascii_is_digit(d.p[i]);
	}
	return has_letter;
}

static enum zg_typed_what judge(struct zg_slice typed, struct zg_slice domain)
{
	size_t dot = zg_slice_rfind(domain, '.');

	if (is_ip(typed))
		return ZG_TYPED_IP;
	if (!is_host(domain))
		return ZG_TYPED_NOT_DOMAIN;
	if (zg_typed_is_suffix(domain))
		return ZG_TYPED_SUFFIX;
	if (dot == domain.n)
		return ZG_TYPED_LOCAL;
	if (holds(locals, sizeof(locals) / sizeof(locals[0]), zg_slice_sub(domain, dot + 1, domain.n)))
		return ZG_TYPED_LOCAL;
	return ZG_TYPED_OK;
}

/* Nobody mails as www.example.be. */
static struct zg_slice without_www(struct zg_slice d)
{
	struct zg_slice rest = zg_slice_sub(d, 4, d.n);

	if (!zg_slice_starts_ci(d, ZG_S("www.")) || zg_slice_find(rest, '.') == rest.n || zg_typed_is_suffix(rest))
		return d;
	return rest;
}

static bool has_foreign(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (foreign_first(zg_slice_sub(s, i, s.n)))
			return true;
	return false;
}

static int address_write(struct zg_slice local, struct zg_slice domain, struct zg_arena *a, struct zg_slice *ret)
{
	size_t n = local.n + domain.n + 1;
	char *p = zg_arena_bytes(a, n);
	struct zg_buf b = zg_buf_of(p, p ? n : 0);
	struct zg_address whole;

	if (!p)
		return -1;
	zg_buf_put(&b, local);
	zg_buf_putc(&b, '@');
	zg_buf_put(&b, domain);
	/* What is no mailbox, or does not look as it is, still names its domain. */
	*ret = ZG_S("");
	if (!has_foreign(local) && zg_address_mailbox(zg_buf_slice(&b), true, &whole) == 0)
		*ret = zg_buf_slice(&b);
	return 0;
}

/* ---- the example ---- */

/* Letters without their marks, digits, single dots and hyphens of s, as far as b has room; a comma was meant as a dot. */
static void plain_put(struct zg_buf *b, struct zg_slice s)
{
	char last = '.';

	for (size_t i = 0; i < s.n && b->n < b->cap; i++) {
		char c = s.p[i] == ',' ? '.' : zg_ascii_lower(s.p[i]);

		if (c == '\xc3' && i + 1 < s.n && (s.p[i + 1] & 0xc0) == 0x80)
			c = plain_letters[(unsigned char)s.p[++i] - 0x80];
		if (!zg_ascii_is_alnum(c) && ((c != '.' && c != '-') || last == '.' || last == '-'))
			continue;
		zg_buf_putc(b, c);
		last = c;
	}
	while (b->n && (b->p[b->n - 1] == '.' || b->p[b->n - 1] == '-'))
		b->n--;
}

/* The name that was typed, with a suffix that can be. */
static void domain_put(struct zg_buf *ret, struct zg_slice typed)
{
	char mem[EXAMPLE_MAX / 2];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_slice d, top;
	size_t dot;

	plain_put(&b, typed);
	d = zg_buf_slice(&b);
	if (zg_typed_is_suffix(d)) {
		zg_buf_put(ret, ZG_S("example."));
		zg_buf_put(ret, d);
		return;
	}
	dot = zg_slice_rfind(d, '.');
	top = zg_slice_sub(d, dot + 1, d.n);
	if (dot < d.n && (top.n < 2 || !is_host(top) || holds(locals, sizeof(locals) / sizeof(locals[0]), top)))
		d.n = dot;
	if (is_ip(typed) || !is_host(d) || d.n > ZG_LIMIT_LABEL || zg_slice_eq(d, ZG_S("localhost"))) {
		zg_buf_put(ret, ZG_S("example.be"));
		return;
	}
	zg_buf_put(ret, d);
	if (zg_slice_find(d, '.') == d.n)
		zg_buf_put(ret, ZG_S(".be"));
}

static int example_write(struct zg_slice text, struct zg_arena *a, struct zg_slice *ret)
{
	size_t at = zg_slice_rfind(text, '@');
	char *p = zg_arena_bytes(a, EXAMPLE_MAX + 16);
	struct zg_buf b = zg_buf_of(p, p ? EXAMPLE_MAX / 2 : 0);

	if (!p)
		return -1;
	if (at < text.n) {
		plain_put(&b, zg_slice_sub(text, 0, at));
		text = zg_slice_sub(text, at + 1, text.n);
	}
	b.cap = EXAMPLE_MAX + 16;
	zg_buf_put(&b, b.n ? ZG_S("@") : ZG_S("info@"));
	domain_put(&b, text);
	*ret = zg_buf_slice(&b);
	return 0;
}

/* ---- all of it ---- */

static int typed_judge(struct zg_slice text, struct zg_arena *a, struct zg_typed *t)
{
	bool is_url;
	struct zg_slice s = unlink_text(first_of(unwrap(text)), &is_url), local = { "", 0 };
	size_t at = zg_slice_rfind(s, '@');

	t->shown = s;
	if (at < s.n) {
		local = strip(zg_slice_sub(s, 0, at));
		t->shown = strip(zg_slice_sub(s, at + 1, s.n));
	}
	if (!local.n)
		t->shown = without_www(t->shown);
	t->domain = zg_address_domain(t->shown, a);
	if (a->is_full)
		return -1;
	t->what = judge(t->shown, t->domain);
	if (t->what != ZG_TYPED_OK)
		return example_write(is_url ? t->shown : s, a, &t->example);
	t->provider = zg_provider_of(t->domain);
	return local.n ? address_write(local, t->domain, a, &t->address) : 0;
}

int zg_typed_read(struct zg_slice text, struct zg_arena *a, struct zg_typed *ret)
{
	struct zg_typed t = { .what = ZG_TYPED_NOT_DOMAIN, .example = ZG_SI("info@example.be") };

	if (a->is_full)
		return -1;
	text = strip(zg_slice_sub(text, 0, ZG_TYPED_MAX + 1));
	if (!text.n)
		t.what = ZG_TYPED_EMPTY;
	else if (text.n <= ZG_TYPED_MAX && typed_judge(text, a, &t) < 0)
		return -1;
	if (t.what == ZG_TYPED_OK)
		t.example = (struct zg_slice){ "", 0 };
	else
		t.domain = (struct zg_slice){ "", 0 };
	*ret = t;
	return 0;
}

struct zg_slice zg_typed_near(struct zg_slice domain, const struct zg_slice *names, size_t count)
{
	struct zg_slice near = { "", 0 };

	for (size_t i = 0; i < count; i++) {
		unsigned edits = zg_edits(domain, names[i], 1);

		if (!edits)
			return (struct zg_slice){ "", 0 };
		if (edits == 1 && !near.n)
			near = names[i];
	}
	return near;
}
