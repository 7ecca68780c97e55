/* spf_text.c - the value of SPF in terms: the version is found, blanks inside terms go, glued terms are parted.
 *
 *   octets --wash--> text, each octet with its place --> version | words between spaces
 *   word --join--> with the next ("include: x", "~ all") --part--> pieces ("ip4:192.0.2.1-all") --> terms */
#include "base/ascii.h"
#include "base/utf8.h"
#include "lint/spf_part.h"

#define EDITS_MAX 255u	/* octets of a text that is compared: a domain name */

struct reader {
	const struct zg_spf_text_map *m;
	size_t number;
	struct zg_arena *a;
	struct zg_findings *f;
	struct zg_spf_text *t;
};

static char at(const struct zg_spf_text_map *m, size_t i)
{
	return i < m->n ? m->p[i] : '\0';
}

static size_t skip(const struct zg_spf_text_map *m, size_t i, char c)
{
	while (i < m->n && m->p[i] == c)
		i++;
	return i;
}

static struct zg_slice map_slice(const struct zg_spf_text_map *m, size_t from, size_t to)
{
	return zg_slice_of(m->p + from, to - from);
}

/* Octets from..to-1 of the text, as a span of the value. */
static struct zg_span map_span(const struct zg_spf_text_map *m, size_t from, size_t to)
{
	size_t last, n;

	if (to <= from)
		return (struct zg_span){ m->src[from], 0 };
	last = m->src[to - 1];
	n = zg_utf8_first(zg_slice_sub(m->value, last, m->value.n));	/* a dash or blank of several octets became one */
	return (struct zg_span){ m->src[from], last + (zg_ascii_is_8bit(m->p[to - 1]) || !n ? 1 : n) - m->src[from] };
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned zg_edits(struct zg_slice a, struct zg_slice b, unsigned limit)
{
	unsigned rows[3][EDITS_MAX + 1] = { { 0 } };

	if (a.n > EDITS_MAX || b.n > EDITS_MAX || (a.n > b.n ? a.n - b.n : b.n - a.n) > limit)
		return limit + 1;
	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
		char c = zg_ascii_lower(a.p[i - 1]);

		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char d = zg_ascii_lower(b.p[j - 1]);

			now[j] = least(least(up[j], now[j - 1]) + 1, up[j - 1] + (c != d));
			if (i > 1 && j > 1 && c == zg_ascii_lower(b.p[j - 2]) && zg_ascii_lower(a.p[i - 2]) == d)
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}
	return least(rows[a.n % 3][b.n], limit + 1);
}

/* ---- the version ---- */

/* The end of a version at i: "v=spf1", "v = spf", "spf1" alone; 0 where there is none. */
static size_t version_end(const struct zg_spf_text_map *m, size_t i)
{
	size_t k = i;
	bool is_bare;

	if (i && (zg_ascii_is_alnum(m->p[i - 1]) || zg_slice_find(ZG_S("-_=."), m->p[i - 1]) < 4))
		return 0;
	if (zg_ascii_lower(at(m, k)) == 'v') {
		k = skip(m, k + 1, ' ');
		if (at(m, k) != '=')
			return 0;
		k = skip(m, k + 1, ' ');
	}
	is_bare = k == i;
	if (!zg_slice_starts_ci(map_slice(m, k, m->n), is_bare ? ZG_S("spf1") : ZG_S("spf")))
		return 0;
	for (k += 3; zg_ascii_is_digit(at(m, k)) || at(m, k) == '.' || at(m, k) == ':'; k++)
		;
	return is_bare && k < m->n && m->p[k] != ' ' ? 0 : k;
}

static bool is_version(struct zg_slice s)
{
	return zg_slice_starts_ci(s, ZG_S("v=spf1")) && (s.n == 6 || s.p[6] == ' ');
}

/* Where the version stands; from == m->n: nowhere. */
static size_t version_find(const struct zg_spf_text_map *m, size_t *ret_end)
{
	for (size_t i = 0; i < m->n; i++) {
		char c = zg_ascii_lower(m->p[i]);

		if (c != 'v' && c != 's')
			continue;
		*ret_end = version_end(m, i);
		if (*ret_end)
			return i;
	}
	*ret_end = 0;
	return m->n;
}

static int version_say(struct reader *r, size_t from, size_t end)
{
	struct zg_slice word = map_slice(r->m, from, r->m->n);
	bool is_right = zg_slice_starts_ci(word, ZG_S("v=spf1")) && end == from + 6 && (end == r->m->n || r->m->p[end] == ' ');

	r->t->version = map_span(r->m, from, end);
	if (from) {
		r->t->is_clean = false;
		if (skip(r->m, 0, ' ') < from || !r->m->is_changed) {
			if (zg_findings_add(r->f, r->a, ZG_LINT_spf_text_before_version, r->number, map_span(r->m, 0, from)) < 0)
				return -1;
		}
	}
	if (is_right)
		return 0;
	r->t->is_clean = false;
	return zg_findings_add(r->f, r->a, ZG_LINT_spf_version_malformed, r->number, r->t->version);
}

/* ---- words into terms ---- */

/* May it be what stands behind "include:"?  No term of its own. */
static bool is_argument(struct zg_slice s, bool is_ip)
{
	if (!s.n || (!zg_ascii_is_alnum(s.p[0]) && s.p[0] != '_' && s.p[0] != '%'))
		return false;
	if (zg_spf_name_of(s) != ZG_SPF_BAD)
		return false;
	return is_ip || (zg_slice_find(s, ':') == s.n && zg_slice_find(s, '=') == s.n);
}

static size_t word_end(const struct zg_spf_text_map *m, size_t from)
{
	return from + zg_slice_find(map_slice(m, from, m->n), ' ');
}

/* The name at from..to, a qualifier in front and ':' or '=' behind it aside. */
static enum zg_spf_name name_at(const struct zg_spf_text_map *m, size_t from, size_t to)
{
	struct zg_slice s;

	if (from < to && zg_slice_find(ZG_S("+-~?"), m->p[from]) < 4)
		from = skip(m, from + 1, ' ');
	s = map_slice(m, from, to > from ? to : from);
	while (s.n && (s.p[s.n - 1] == ':' || s.p[s.n - 1] == '=' || s.p[s.n - 1] == ' '))
		s.n--;
	return zg_spf_name_of(s);
}

/* Does the word from..to go on in the word behind the blanks, and must a ':' or '=' come between (*ret_sign)? */
static bool goes_on(const struct zg_spf_text_map *m, size_t from, size_t to, char *ret_sign)
{
	size_t next = skip(m, to, ' ');
	struct zg_slice word = map_slice(m, next, word_end(m, next));
	enum zg_spf_name name = name_at(m, from, to);
	char last = m->p[to - 1];
	bool is_ip = name == ZG_SPF_IP4 || name == ZG_SPF_IP6;

	*ret_sign = '\0';
	if (!word.n)
		return false;
	if (to - from == 1 && zg_slice_find(ZG_S("+-~?"), last) < 4)
		return zg_ascii_is_alnum(word.p[0]);
	if (name == ZG_SPF_BAD || name == ZG_SPF_ALL)
		return false;
	if (last == ':' || last == '=')
		return is_argument(word, is_ip) || ((word.p[0] == ':' || word.p[0] == '=') && word.n > 1);
	if (word.p[0] == ':' || (word.p[0] == '=' && name >= ZG_SPF_REDIRECT))
		return true;
	if (name == ZG_SPF_A || name == ZG_SPF_MX || name == ZG_SPF_PTR || !is_argument(word, is_ip))
		return false;
	*ret_sign = name >= ZG_SPF_REDIRECT ? '=' : ':';
	return zg_slice_find(word, '.') < word.n || (is_ip && zg_slice_find(word, ':') < word.n);
}

/* Where the next mechanism begins in s, or s.n. */
static size_t mechanism_at(struct zg_slice s)
{
	static const struct zg_slice starts[] = {
		ZG_SI("include:"), ZG_SI("ip4:"), ZG_SI("ip6:"), ZG_SI("exists:"), ZG_SI("redirect="),
	};

	for (size_t i = 1; i < s.n; i++) {
		bool is_signed = i > 1 && zg_slice_find(ZG_S("+-~?"), s.p[i - 1]) < 4;

		if (i == 1 && !zg_ascii_is_alnum(s.p[0]))	/* its own qualifier */
			continue;
		for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++)
			if (zg_slice_starts_ci(zg_slice_sub(s, i, s.n), starts[k]))
				return is_signed ? i - 1 : i;
	}
	return s.n;
}

/* A modifier that nobody knows may hold anything. */
static bool is_foreign_modifier(struct zg_slice s)
{
	size_t sign = 0;
	struct zg_slice word;

	while (sign < s.n && s.p[sign] != ':' && s.p[sign] != '=')
		sign++;
	word = zg_slice_sub(s, 0, sign);
	return sign < s.n && s.p[sign] == '=' && zg_ascii_is_alpha(s.p[0]) && zg_spf_name_of(word) == ZG_SPF_BAD &&
	       !zg_slice_ends_ci(word, ZG_S("redirect"));
}

/* Where the piece that s begins with ends: a mechanism inside an argument, or "-all" glued to its end. */
static size_t piece_end(struct zg_slice s)
{
	if (is_foreign_modifier(s))
		return s.n;
	s.n = mechanism_at(s);
	while (s.n > 4 && zg_slice_ends_ci(s, ZG_S("all")) && zg_slice_find(ZG_S("+-~?"), s.p[s.n - 4]) < 4)
		s.n -= 4;
	return s.n;
}

static int term_add(struct reader *r, struct zg_slice piece, struct zg_span span, enum zg_lint joined)
{
	struct zg_spf_term *t = &r->t->v[r->t->count];
	enum zg_lint code;

	if (r->t->count == ZG_SPF_TERMS_MAX || zg_spf_term_read(piece, r->a, t, &code) < 0)
		return -1;
	r->t->count++;
	t->value = r->number;
	t->at = span;
	if (joined != ZG_LINT_COUNT) {
		t->is_verbatim = false;
		if (t->name != ZG_SPF_BAD && zg_findings_add(r->f, r->a, joined, r->number, span) < 0)
			return -1;
	}
	if (span.n != piece.n)	/* quotes or blanks stood in it */
		t->is_verbatim = false;
	r->t->is_clean &= t->is_verbatim;
	/* The specific replaces the general: a term that was joined or parted is no unknown mechanism. */
	if (code == ZG_LINT_COUNT || (joined != ZG_LINT_COUNT && code == ZG_LINT_spf_unknown_mechanism))
		return 0;
	return zg_findings_add(r->f, r->a, code, r->number, span);
}

/* A word without its blanks, in pieces. */
static int word_part(struct reader *r, const struct zg_spf_text_map *w, enum zg_lint joined)
{
	struct zg_slice rest = zg_slice_of(w->p, w->n);
	size_t from = 0;

	while (rest.n) {
		size_t n = piece_end(rest);

		if (n < rest.n)
			joined = ZG_LINT_spf_glued_terms;
		if (term_add(r, zg_slice_sub(rest, 0, n), map_span(w, from, from + n), joined) < 0)
			return -1;
		from += n;
		rest = zg_slice_sub(rest, n, rest.n);
	}
	return 0;
}

static enum zg_lint join_code(const struct zg_spf_text_map *m, size_t from, size_t colon)
{
	return name_at(m, from, colon) == ZG_SPF_INCLUDE ? ZG_LINT_spf_include_space : ZG_LINT_spf_mechanism_space;
}

/* Takes the word at from, and those that belong to it. */
static int word_read(struct reader *r, size_t from, size_t *ret_end)
{
	const struct zg_spf_text_map *m = r->m;
	size_t to = word_end(m, from), sign_at = m->n;
	struct zg_spf_text_map w;
	enum zg_lint joined = ZG_LINT_COUNT;
	char sign;

	while (sign_at == m->n && goes_on(m, from, to, &sign)) {
		size_t next = skip(m, to, ' ');
		enum zg_lint code = join_code(m, from, to);

		if (m->p[next] == ':')	/* "include :x": the blank stands before the colon */
			code = ZG_LINT_spf_mechanism_space;
		if (joined != ZG_LINT_spf_include_space)
			joined = code;
		sign_at = sign ? to : m->n;
		to = word_end(m, next);
	}
	w = (struct zg_spf_text_map){ zg_arena_bytes(r->a, to - from + 2), NULL, 0, m->value, false };
	w.src = zg_arena_array(r->a, to - from + 2, sizeof(w.src[0]));
	if (!w.p || !w.src)
		return -1;
	for (size_t i = from; i < to; i++) {
		if (i == sign_at) {
			w.p[w.n] = sign;
			w.src[w.n++] = m->src[i];
		}
		if (m->p[i] == ' ')
			continue;
		w.p[w.n] = m->p[i];
		w.src[w.n++] = m->src[i];
	}
	*ret_end = to;
	return word_part(r, &w, joined);
}

static int words_read(struct reader *r, size_t i)
{
	while ((i = skip(r->m, i, ' ')) < r->m->n) {
		size_t end = version_end(r->m, i);

		if (end) {	/* the record stands there twice in one value */
			r->t->is_clean = false;
			if (zg_findings_add(r->f, r->a, ZG_LINT_spf_duplicate_term, r->number, map_span(r->m, i, end)) < 0)
				return -1;
			i = end;
		} else if (word_read(r, i, &i) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Words that there can be at most, each with one space or sign behind it. */
static size_t terms_max(const struct zg_spf_text_map *m)
{
	return m->n < ZG_SPF_TERMS_MAX ? m->n + 1 : ZG_SPF_TERMS_MAX;
}

int zg_spf_text_read(struct zg_slice value, size_t number, struct zg_arena *a, struct zg_findings *findings,
		     struct zg_spf_text *ret)
{
	struct zg_spf_text t = { .is_clean = true };
	struct zg_spf_text_map m;
	struct reader r = { &m, number, a, findings, &t };
	size_t end = 0, from;

	if (value.n > ZG_SPF_VALUE_MAX || zg_spf_wash(value, number, a, findings, &m) < 0)
		return -1;
	t.v = zg_arena_array(a, terms_max(&m), sizeof(t.v[0]));
	if (!t.v)
		return -1;
	t.is_clean = !m.is_changed;
	from = version_find(&m, &end);
	if (from < m.n) {
		if (version_say(&r, from, end) < 0)
			return -1;
	} else {
		t.is_clean = false;
		if (zg_findings_add(findings, a, ZG_LINT_spf_version_malformed, number, (struct zg_span){ 0, 0 }) < 0)
			return -1;
	}
	if (words_read(&r, end) < 0)
		return -1;
	*ret = t;
	return 0;
}

/* ---- what a value is ---- */

static bool holds_ci(struct zg_slice s, struct zg_slice what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (zg_slice_starts_ci(zg_slice_sub(s, i, s.n), what))
			return true;
	return false;
}

/* Terms and "all" without a version: every word must be a term, or a sentence would pass for one. */
static bool is_versionless(const struct zg_spf_text *t, struct zg_slice value)
{
	bool has_all = false, has_sign = zg_slice_find(value, ':') < value.n;

	for (size_t i = 0; i < t->count; i++) {
		if (t->v[i].name == ZG_SPF_BAD || t->v[i].is_bare)
			return false;
		has_all |= t->v[i].name == ZG_SPF_ALL;
		has_sign |= t->v[i].name == ZG_SPF_ALL && t->v[i].text.n == 4;
	}
	return has_all && has_sign && t->count > 1;
}

enum zg_spf_kind zg_spf_kind(struct zg_slice value, struct zg_arena *scratch)
{
	struct zg_findings f = { NULL, 0 };
	struct zg_spf_text t;

	if (value.n > ZG_SPF_VALUE_MAX)
		return ZG_SPF_OTHER;
	if (is_version(value))
		return ZG_SPF_RECORD;
	if (!holds_ci(value, ZG_S("spf")) && !holds_ci(value, ZG_S("all")))
		return ZG_SPF_OTHER;
	if (zg_spf_text_read(value, 0, scratch, &f, &t) < 0)
		return ZG_SPF_OTHER;
	return t.version.n || is_versionless(&t, value) ? ZG_SPF_CANDIDATE : ZG_SPF_OTHER;
}

bool zg_spf_domain_eq(struct zg_slice x, struct zg_slice y)
{
	if (x.n && x.p[x.n - 1] == '.')
		x.n--;
	if (y.n && y.p[y.n - 1] == '.')
		y.n--;
	return zg_slice_eq_ci(x, y);
}

bool zg_spf_term_eq(const struct zg_spf_term *x, const struct zg_spf_term *y)
{
	if (x->name != y->name || x->qualifier != y->qualifier)
		return false;
	if (x->name == ZG_SPF_MODIFIER)
		return zg_slice_eq_ci(x->text, y->text);
	return zg_spf_domain_eq(x->target, y->target);
}
