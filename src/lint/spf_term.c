/* spf_term.c - one term of SPF, as it stands or as it was meant (RFC 7208 4.6.1, 5, 6, 7.1; lint-catalogue 3, rule 1).
 *
 * Invariant: the text of a term that is not ZG_SPF_BAD, read again, gives the same text. */
#include <zegel/address.h>
#include <zegel/buf.h>
#include "base/ascii.h"
#include "base/num.h"
#include "base/utf8.h"
#include "dnsmsg/ip.h"
#include "lint/spf_part.h"

#define NAME_MAX_TEXT 253u

static const struct {
	struct zg_slice word;
	enum zg_spf_name name;
} names[] = {
	{ ZG_SI("all"), ZG_SPF_ALL }, { ZG_SI("include"), ZG_SPF_INCLUDE }, { ZG_SI("a"), ZG_SPF_A },
	{ ZG_SI("mx"), ZG_SPF_MX }, { ZG_SI("ptr"), ZG_SPF_PTR }, { ZG_SI("ip4"), ZG_SPF_IP4 },
	{ ZG_SI("ip6"), ZG_SPF_IP6 }, { ZG_SI("exists"), ZG_SPF_EXISTS }, { ZG_SI("redirect"), ZG_SPF_REDIRECT },
	{ ZG_SI("exp"), ZG_SPF_EXP },
	/* not of RFC 7208, but written */
	{ ZG_SI("ipv4"), ZG_SPF_IP4 }, { ZG_SI("ipv6"), ZG_SPF_IP6 }, { ZG_SI("ip"), ZG_SPF_IP4 },
};
#define NAMES_VALID 10u

/* What is read of a piece. */
struct piece {
	struct zg_slice all, word, target;	/* word: the name as written; target: behind the separator */
	char qualifier;				/* as written, or '\0' */
	char separator;				/* ':', '=', '/' or '\0' */
};

static bool is_qualifier(char c)
{
	return c == '+' || c == '-' || c == '~' || c == '?';
}

enum zg_spf_name zg_spf_name_of(struct zg_slice word)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zg_slice_eq_ci(names[i].word, word))
			return names[i].name;
	return ZG_SPF_BAD;
}

static struct zg_slice word_of(enum zg_spf_name name)
{
	return names[name].word;	/* the first rows stand in the order of the enum */
}

/* One edit away from a name of three letters at least: shorter ones hit by chance. */
static enum zg_spf_name near_name(struct zg_slice word, char separator)
{
	for (size_t i = 0; i < NAMES_VALID; i++) {
		bool has_target = names[i].name != ZG_SPF_ALL;

		if (names[i].word.n < 3 || has_target != (separator == ':'))
			continue;
		if (zg_edits(names[i].word, word, 1) == 1)
			return names[i].name;
	}
	return ZG_SPF_BAD;
}

/* RFC 7208 7.1: what may stand between "%{" and "}". */
static bool is_macro(struct zg_slice s, bool is_exp)
{
	struct zg_slice letters = is_exp ? ZG_S("slodiphcrtv") : ZG_S("slodiphv");
	size_t i = 1;

	if (!s.n || zg_slice_find(letters, zg_ascii_lower(s.p[0])) == letters.n)
		return false;
	while (i < s.n && zg_ascii_is_digit(s.p[i]))
		i++;
	if (i < s.n && zg_ascii_lower(s.p[i]) == 'r')
		i++;
	while (i < s.n && zg_slice_find(ZG_S(".-+,/_="), s.p[i]) < 7)
		i++;
	return i == s.n;
}

/* The end of the macro at s, or 0 where it is none. */
static size_t macro_end(struct zg_slice s, bool is_exp)
{
	size_t end;

	if (s.n > 1 && (s.p[1] == '%' || s.p[1] == '_' || s.p[1] == '-'))
		return 2;
	if (s.n < 2 || s.p[1] != '{')
		return 0;
	end = zg_slice_find(s, '}');
	return end < s.n && is_macro(zg_slice_sub(s, 2, end - 2), is_exp) ? end + 1 : 0;
}

/* RFC 7208 7.1, toplabel: letters, digits and hyphens, no hyphen at the ends, not digits alone.  There is none that ends
 * in "-all": that is the next term, glued. */
static bool is_top(struct zg_slice s)
{
	bool has_letter = false;

	for (size_t i = 0; i < s.n; i++) {
		if (!zg_ascii_is_alnum(s.p[i]) && (s.p[i] != '-' || i == 0 || i + 1 == s.n))
			return false;
		has_letter |= !zg_ascii_is_digit(s.p[i]);
	}
	return has_letter && !zg_slice_ends_ci(s, ZG_S("-all"));
}

static bool is_macro_domain(struct zg_slice s, bool is_exp)
{
	size_t n = 0, last = s.n;

	for (size_t i = 0; i < s.n; i += n) {
		n = 1;
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
		if (s.p[i] != '%')
			continue;
		n = macro_end(zg_slice_sub(s, i, s.n), is_exp);
		if (!n)
			return false;
		last = i + n;
	}
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return last == s.n || is_top(zg_slice_sub(s, zg_slice_rfind(s, '.') + 1, s.n));
}

bool zg_spf_is_domain(struct zg_slice s, bool is_exp)
{
	size_t label = 0, dot;

	if (zg_slice_find(s, '%') < s.n)
		return s.n <= NAME_MAX_TEXT && is_macro_domain(s, is_exp);
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	dot = zg_slice_rfind(s, '.');
	if (s.n > NAME_MAX_TEXT || dot == s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? !label : !zg_ascii_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
		label = s.p[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return is_top(zg_slice_sub(s, dot + 1, s.n));
}

/* RFC 7208 5.6: no leading zero. */
static bool is_prefix(struct zg_slice s, uint64_t max)
{
	uint64_t bits;

	return zg_num_uint(s, max, &bits) == 0 && (s.n == 1 || s.p[0] != '0');
}

/* Is it an address, with a prefix or not?  ZG_SPF_IP4, ZG_SPF_IP6 or ZG_SPF_BAD. */
static enum zg_spf_name address_kind(struct zg_slice s)
{
	unsigned char octets[16];
	size_t slash = zg_slice_find(s, '/');
	struct zg_slice ip = zg_slice_sub(s, 0, slash), bits = zg_slice_sub(s, slash + 1, s.n);

	if (zg_ip4_read(ip, octets) == 0)
		return slash == s.n || is_prefix(bits, 32) ? ZG_SPF_IP4 : ZG_SPF_BAD;
	if (zg_ip6_read(ip, octets) == 0)
		return slash == s.n || is_prefix(bits, 128) ? ZG_SPF_IP6 : ZG_SPF_BAD;
	return ZG_SPF_BAD;
}

/* RFC 7208 5.3: "/24", "//64", "/24//64" or nothing. */
static bool is_dual_cidr(struct zg_slice s)
{
	size_t two = zg_slice_find_slice(s, ZG_S("//"));
	struct zg_slice v4 = zg_slice_sub(s, 0, two);

	if (v4.n && (v4.p[0] != '/' || !is_prefix(zg_slice_sub(v4, 1, v4.n), 32)))
		return false;
	return two == s.n || is_prefix(zg_slice_sub(s, two + 2, s.n), 128);
}

/* Where the prefix lengths of a or mx begin: the first slash outside of a macro. */
static size_t cidr_at(struct zg_slice s)
{
	bool in_macro = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{' || s.p[i] == '}')
			in_macro = s.p[i] == '{';
		if (s.p[i] == '/' && !in_macro)
			return i;
	}
	return s.n;
}

static struct piece piece_of(struct zg_slice all)
{
	struct piece p = { .all = all };
	struct zg_slice rest = all;
	size_t n = 0;

	if (rest.n && is_qualifier(rest.p[0])) {
		p.qualifier = rest.p[0];
		rest = zg_slice_sub(rest, 1, rest.n);
	}
	while (n < rest.n && rest.p[n] != ':' && rest.p[n] != '=' && rest.p[n] != '/')
		n++;
	p.word = zg_slice_sub(rest, 0, n);
	if (n < rest.n)
		p.separator = rest.p[n];
	p.target = zg_slice_sub(rest, p.separator == '/' ? n : n + 1, rest.n);
	return p;
}

/* Writes the term anew, its name in full. */
static int compose(const struct piece *p, enum zg_spf_name name, char separator, struct zg_slice target, struct zg_arena *a,
		   struct zg_spf_term *ret)
{
	bool is_mechanism = name < ZG_SPF_REDIRECT;
	struct zg_buf b;
	char *mem = zg_arena_bytes(a, target.n + 16);

	if (!mem)
		return -1;
	b = zg_buf_of(mem, target.n + 16);
	if (p->qualifier && is_mechanism)
		zg_buf_putc(&b, p->qualifier);
	zg_buf_put(&b, word_of(name));
	if (separator)
		zg_buf_putc(&b, separator);
	ret->target = zg_slice_of(mem + b.n, target.n);
	zg_buf_put(&b, target);
	ret->text = zg_buf_slice(&b);
	ret->name = name;
	ret->is_verbatim = false;
	return 0;
}

static void bad(struct zg_spf_term *ret, enum zg_lint why, enum zg_lint *ret_code)
{
	ret->name = ZG_SPF_BAD;
	*ret_code = why;
}

/* "https://spf.example.be/" and ":spf.example.be": what the name of a host has around it. */
static struct zg_slice bare_host(struct zg_slice s)
{
	static const struct zg_slice schemes[] = { ZG_SI("http://"), ZG_SI("https://") };

	while (s.n && (s.p[0] == ':' || s.p[0] == '='))
		s = zg_slice_sub(s, 1, s.n);
	for (size_t i = 0; i < 2; i++)
		if (zg_slice_starts_ci(s, schemes[i]))
			s = zg_slice_sub(s, schemes[i].n, s.n);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* A term whose argument is one name: include, exists, redirect, exp. */
static int named_read(const struct piece *p, enum zg_spf_name name, struct zg_arena *a, struct zg_spf_term *ret,
		      enum zg_lint *ret_code)
{
	char separator = name >= ZG_SPF_REDIRECT ? '=' : ':';
	struct zg_slice target = bare_host(p->target);
	enum zg_spf_name kind = name == ZG_SPF_INCLUDE ? address_kind(target) : ZG_SPF_BAD;

	if (kind != ZG_SPF_BAD) {
		*ret_code = ZG_LINT_spf_a_with_ip;
		return compose(p, kind, ':', target, a, ret);
	}
	if (zg_utf8_has_8bit(target)) {
		*ret_code = ZG_LINT_spf_non_ascii;
		target = zg_address_domain(target, a);
		if (a->is_full)
			return -1;
	}
	if (!zg_spf_is_domain(target, name == ZG_SPF_EXP)) {
		bad(ret, zg_slice_find(target, '%') < target.n ? ZG_LINT_spf_macro_invalid : ZG_LINT_spf_target_invalid, ret_code);
		return 0;
	}
	if (p->separator == '=' && separator == ':')
		*ret_code = ZG_LINT_spf_include_equals;
	else if (p->separator != separator)
		*ret_code = ZG_LINT_spf_redirect_colon;
	else if (target.n != p->target.n && *ret_code == ZG_LINT_COUNT)
		*ret_code = ZG_LINT_spf_target_invalid;
	else if (separator == '=' && p->qualifier)
		*ret_code = ZG_LINT_spf_unknown_mechanism;
	return compose(p, name, separator, target, a, ret);
}

/* a, mx, ptr: a name and prefix lengths, neither a must. */
static int host_read(const struct piece *p, enum zg_spf_name name, struct zg_arena *a, struct zg_spf_term *ret,
		     enum zg_lint *ret_code)
{
	struct zg_slice target = p->separator == ':' || p->separator == '=' ? bare_host(p->target) : p->target;
	enum zg_spf_name kind = address_kind(target);
	size_t cut = p->separator ? cidr_at(target) : 0;
	struct zg_slice host = zg_slice_sub(target, 0, cut), cidr = zg_slice_sub(target, cut, target.n);
	bool has_host = p->separator == ':' || p->separator == '=';

	if (has_host && kind != ZG_SPF_BAD && name != ZG_SPF_PTR) {
		*ret_code = ZG_LINT_spf_a_with_ip;
		return compose(p, kind, ':', target, a, ret);
	}
	if (has_host && !zg_spf_is_domain(host, false)) {
		bad(ret, zg_slice_find(host, '%') < host.n ? ZG_LINT_spf_macro_invalid : ZG_LINT_spf_target_invalid, ret_code);
		return 0;
	}
	if (!is_dual_cidr(cidr) || (name == ZG_SPF_PTR && cidr.n)) {
		bad(ret, ZG_LINT_spf_ip_invalid, ret_code);
		return 0;
	}
	if (p->separator == '=')
		*ret_code = ZG_LINT_spf_include_equals;
	else if (has_host && target.n != p->target.n && *ret_code == ZG_LINT_COUNT)
		*ret_code = ZG_LINT_spf_target_invalid;
	else if (name == ZG_SPF_PTR && *ret_code == ZG_LINT_COUNT)
		*ret_code = ZG_LINT_spf_ptr;
	return compose(p, name, has_host ? ':' : '\0', target, a, ret);
}

/* ip4 and ip6 go by the family of the address. */
static int address_read(const struct piece *p, enum zg_spf_name name, struct zg_arena *a, struct zg_spf_term *ret,
			enum zg_lint *ret_code)
{
	struct zg_slice target = bare_host(p->target);
	enum zg_spf_name kind = p->separator == ':' || p->separator == '=' ? address_kind(target) : ZG_SPF_BAD;

	if (kind == ZG_SPF_BAD) {
		bad(ret, ZG_LINT_spf_ip_invalid, ret_code);
		return 0;
	}
	if (p->separator == '=')
		*ret_code = ZG_LINT_spf_include_equals;
	else if (kind != name || !zg_slice_eq_ci(p->word, word_of(kind)))
		*ret_code = *ret_code == ZG_LINT_COUNT ? ZG_LINT_spf_ip_name : *ret_code;
	else if (target.n != p->target.n)
		*ret_code = ZG_LINT_spf_ip_invalid;
	return compose(p, kind, ':', target, a, ret);
}

/* RFC 7208 6: unknown modifiers are ignored, so they may stay; their value is a macro-string. */
static bool is_modifier(const struct piece *p)
{
	if (p->separator != '=' || p->qualifier || !p->word.n || !zg_ascii_is_alpha(p->word.p[0]))
		return false;
	if (zg_slice_eq_ci(p->word, ZG_S("v")))	/* a version, glued or cut */
		return false;
	for (size_t i = 1; i < p->word.n; i++)
		if (!zg_ascii_is_alnum(p->word.p[i]) && p->word.p[i] != '-' && p->word.p[i] != '_' && p->word.p[i] != '.')
			return false;
	for (size_t i = 0; i < p->target.n; i++)
		if (p->target.p[i] <= ' ' || p->target.p[i] > '~')
			return false;
	return true;
}

/* No mechanism in front: an address, or a name. */
static int bare_read(const struct piece *p, struct zg_arena *a, struct zg_spf_term *ret, enum zg_lint *ret_code)
{
	struct zg_slice whole = zg_slice_sub(p->all, p->qualifier ? 1 : 0, p->all.n), host = bare_host(whole);
	enum zg_spf_name kind = address_kind(host);

	*ret_code = ZG_LINT_spf_bare_domain;
	if (kind != ZG_SPF_BAD)
		return compose(p, kind, ':', host, a, ret);
	if (zg_spf_is_domain(host, false) && zg_slice_find(host, '%') == host.n) {
		ret->is_bare = true;
		return compose(p, ZG_SPF_INCLUDE, ':', host, a, ret);
	}
	bad(ret, zg_utf8_has_8bit(whole) ? ZG_LINT_spf_non_ascii : ZG_LINT_spf_unknown_mechanism, ret_code);
	return 0;
}

static int known_read(const struct piece *p, enum zg_spf_name name, struct zg_arena *a, struct zg_spf_term *ret,
		      enum zg_lint *ret_code)
{
	switch (name) {
	case ZG_SPF_ALL:
		if (p->separator) {
			bad(ret, ZG_LINT_spf_unknown_mechanism, ret_code);
			return 0;
		}
		return compose(p, name, '\0', (struct zg_slice){ "", 0 }, a, ret);
	case ZG_SPF_A: case ZG_SPF_MX: case ZG_SPF_PTR:
		return host_read(p, name, a, ret, ret_code);
	case ZG_SPF_IP4: case ZG_SPF_IP6:
		return address_read(p, name, a, ret, ret_code);
	default:
		return named_read(p, name, a, ret, ret_code);
	}
}

int zg_spf_term_read(struct zg_slice piece, struct zg_arena *a, struct zg_spf_term *ret, enum zg_lint *ret_code)
{
	struct piece p = piece_of(piece);
	struct zg_slice word = p.word;
	enum zg_spf_name name;
	int rc = 0;

	*ret = (struct zg_spf_term){ .text = piece, .target = p.target, .qualifier = p.qualifier ? p.qualifier : '+' };
	*ret_code = ZG_LINT_COUNT;
	if (word.n && word.p[word.n - 1] == '.' && !p.separator)	/* "-all." */
		word.n--;
	name = zg_spf_name_of(word);
	if (name == ZG_SPF_BAD && is_modifier(&p)) {
		ret->name = ZG_SPF_MODIFIER;
		ret->is_verbatim = true;
		return 0;
	}
	if (name == ZG_SPF_BAD) {
		name = near_name(word, p.separator);
		*ret_code = name == ZG_SPF_BAD ? ZG_LINT_COUNT : ZG_LINT_spf_unknown_mechanism;
	}
	rc = name == ZG_SPF_BAD ? bare_read(&p, a, ret, ret_code) : known_read(&p, name, a, ret, ret_code);
	if (rc < 0 || ret->name == ZG_SPF_BAD)
		return rc;
	/* What is right stays as it was written, capitals and all. */
	if (!ret->is_bare && zg_slice_eq_ci(ret->text, piece)) {
		ret->text = piece;
		ret->target = p.target;
		ret->is_verbatim = true;
	} else if (*ret_code == ZG_LINT_COUNT) {
		*ret_code = ZG_LINT_spf_unknown_mechanism;
	}
	return 0;
}
