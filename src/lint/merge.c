/* merge.c - the one SPF record, from those that stand there.
 *
 *   values --read--> terms --mend--> relay, providers --settle--> duplicates, what follows all --end--> line, marks
 *
 * The terms of all values stand in one table in their order; what goes is marked there (ZG_SPF_BAD), what moves or
 * changes is no longer verbatim.  The line is written from the table: version, mechanisms, all or redirect, the other
 * modifiers. */
#include <zegel/buf.h>
#include "base/ascii.h"
#include "lint/hosts.h"
#include "lint/merge.h"
#include "lint/spf_text.h"

#define SQUASHED 256u	/* octets of a name without signs */

struct piece {
	struct zg_spf_term t;
	bool is_moved;		/* behind all */
};

struct work {
	const struct zg_merge_ask *ask;
	struct zg_arena *a;
	struct zg_merge *r;
	struct piece *v;
	size_t count, max;
	struct zg_spf_text base;	/* of the first value */
	bool *is_taken;			/* of each value: a record or candidate */
	char *ends;			/* of each record read: the qualifier of its all, '\0': none */
	size_t end_count;
	char end;			/* qualifier of the one all, '\0': none */
	bool has_redirect;
};

/* ---- reading ---- */

static int say(struct work *w, enum zg_lint code, const struct zg_spf_term *t)
{
	return zg_findings_add(&w->r->findings, w->a, code, t ? t->value : ZG_VALUE_NONE, t ? t->at : (struct zg_span){ 0, 0 });
}

static unsigned strictness(char q)
{
	return q == '-' ? 3 : q == '~' ? 2 : q == '?' ? 1 : 0;
}

/* The end of one record: the strictest all of it. */
static int end_note(struct work *w, const struct zg_spf_text *t)
{
	char end = '\0';

	for (size_t i = 0; i < t->count; i++) {
		if (t->v[i].name != ZG_SPF_ALL)
			continue;
		if (end && say(w, ZG_LINT_spf_all_multiple, &t->v[i]) < 0)
			return -1;
		if (!end || strictness(t->v[i].qualifier) > strictness(end))
			end = t->v[i].qualifier;
	}
	w->ends[w->end_count++] = end;
	return 0;
}

static int value_take(struct work *w, size_t number)
{
	struct zg_spf_text t;
	bool is_behind = false;

	if (zg_spf_text_read(w->ask->values[number], number, w->a, &w->r->findings, &t) < 0)
		return -1;
	if (w->count + t.count > w->max)
		return -1;
	if (!w->r->records++) {
		w->r->base = number;
		w->base = t;
	}
	for (size_t i = 0; i < t.count; i++) {
		w->v[w->count++] = (struct piece){ t.v[i], is_behind && t.v[i].name < ZG_SPF_REDIRECT };
		is_behind |= t.v[i].name == ZG_SPF_ALL;
	}
	w->is_taken[number] = true;
	return end_note(w, &t);
}

static int values_read(struct work *w)
{
	w->max = ZG_SPF_TERMS_MAX;
	w->v = zg_arena_array(w->a, w->max, sizeof(w->v[0]));
	w->is_taken = zg_arena_array(w->a, w->ask->count + 1, sizeof(bool));
	w->ends = zg_arena_bytes(w->a, w->ask->count + 1);
	w->r->gone = zg_arena_array(w->a, w->ask->count + 1, sizeof(w->r->gone[0]));
	if (!w->v || !w->is_taken || !w->ends || !w->r->gone)
		return -1;
	for (size_t i = 0; i < w->ask->count; i++) {
		if (zg_spf_kind(w->ask->values[i], w->a) != ZG_SPF_OTHER && value_take(w, i) < 0)
			return -1;
		if (w->a->is_full)
			return -1;
	}
	if (w->r->records > 1) {
		if (say(w, ZG_LINT_spf_multiple, NULL) < 0)
			return -1;
		w->r->findings.v[w->r->findings.count - 1].number = w->r->records;
	}
	return 0;
}

/* ---- what was meant to be the relay ---- */

static struct zg_slice squash(struct zg_slice s, struct zg_slice signs, char *mem)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < SQUASHED; i++)
		if (zg_slice_find(signs, s.p[i]) == signs.n)
			mem[n++] = zg_ascii_lower(s.p[i]);
	return zg_slice_of(mem, n);
}

static bool is_same_without(struct zg_slice a, struct zg_slice b, struct zg_slice signs)
{
	char ma[SQUASHED], mb[SQUASHED];

	return a.n < SQUASHED && b.n < SQUASHED && zg_slice_eq(squash(a, signs, ma), squash(b, signs, mb));
}

/* Names that differ in a digit are often two servers of one owner, and no misspelling. */
static bool has_same_digits(struct zg_slice a, struct zg_slice b)
{
	size_t k = 0;

	for (size_t i = 0; i < a.n; i++) {
		if (!zg_ascii_is_digit(a.p[i]))
			continue;
		while (k < b.n && !zg_ascii_is_digit(b.p[k]))
			k++;
		if (k == b.n || b.p[k++] != a.p[i])
			return false;
	}
	while (k < b.n && !zg_ascii_is_digit(b.p[k]))
		k++;
	return k == b.n;
}

static bool is_alive(const struct zg_merge_ask *ask, struct zg_slice target)
{
	for (size_t i = 0; i < ask->alive_count; i++)
		if (zg_spf_domain_eq(ask->alive[i], target))
			return true;
	return false;
}

/* A code where target is the relay's name in another spelling, else ZG_LINT_COUNT. */
static enum zg_lint misspelling(const struct zg_merge_ask *ask, struct zg_slice target)
{
	struct zg_slice r = ask->relay;
	unsigned edits = r.n >= 16 ? 2 : r.n >= 10 ? 1 : 0;	/* a short name is hit by chance */

	if (target.n && target.p[target.n - 1] == '.')
		target.n--;
	if (is_alive(ask, target) || zg_mail_host_of_include(target))
		return ZG_LINT_COUNT;
	if (is_same_without(target, r, ZG_S("_")))
		return ZG_LINT_spf_include_underscore;
	if (is_same_without(target, r, ZG_S(".")))
		return ZG_LINT_spf_include_dot;
	if (is_same_without(target, r, ZG_S("_-.")))
		return ZG_LINT_spf_relay_misspelt;
	if (edits && has_same_digits(target, r) && zg_edits(target, r, edits) <= edits)
		return ZG_LINT_spf_relay_misspelt;
	return ZG_LINT_COUNT;
}

/* The same with "include" stuck to the front of the name. */
static enum zg_lint meant_relay(const struct zg_merge_ask *ask, const struct zg_spf_term *t)
{
	enum zg_lint code;

	if (!ask->relay.n || !t->target.n)
		return ZG_LINT_COUNT;
	code = misspelling(ask, t->target);
	if (code == ZG_LINT_COUNT && zg_slice_starts_ci(t->target, ZG_S("include"))) {
		struct zg_slice rest = zg_slice_sub(t->target, 7, t->target.n);

		while (rest.n && (rest.p[0] == '.' || rest.p[0] == '-'))
			rest = zg_slice_sub(rest, 1, rest.n);
		if (zg_spf_domain_eq(rest, ask->relay) || misspelling(ask, rest) != ZG_LINT_COUNT)
			code = ZG_LINT_spf_relay_misspelt;
	}
	return code;
}

static int include_write(struct work *w, struct zg_spf_term *t, enum zg_spf_name name, char qualifier, struct zg_slice target)
{
	struct zg_slice word = name == ZG_SPF_REDIRECT ? ZG_S("redirect=") : ZG_S("include:");
	size_t n = target.n + word.n + 1;
	char *mem = zg_arena_bytes(w->a, n);
	struct zg_buf b = zg_buf_of(mem, mem ? n : 0);

	if (!mem)
		return -1;
	if (qualifier != '+')
		zg_buf_putc(&b, qualifier);
	zg_buf_put(&b, word);
	t->target = zg_slice_of(mem + b.n, target.n);
	zg_buf_put(&b, target);
	t->text = zg_buf_slice(&b);
	t->name = name;
	t->qualifier = qualifier;
	t->is_verbatim = false;
	t->is_bare = false;
	return 0;
}

static bool may_name_relay(const struct zg_spf_term *t)
{
	return t->name == ZG_SPF_INCLUDE || t->name == ZG_SPF_A || t->name == ZG_SPF_MX || t->name == ZG_SPF_EXISTS ||
	       t->name == ZG_SPF_REDIRECT || t->name == ZG_SPF_PTR;
}

static bool is_relay(const struct zg_merge_ask *ask, const struct zg_spf_term *t)
{
	return ask->relay.n && zg_spf_domain_eq(t->target, ask->relay);
}

/* Rule 2 for the relay.  *ret_is_meant: the term is R, or has become it. */
static int relay_mend(struct work *w, struct zg_spf_term *t, bool *ret_is_meant)
{
	bool is_exact = is_relay(w->ask, t);
	enum zg_lint code = is_exact ? ZG_LINT_COUNT : may_name_relay(t) ? meant_relay(w->ask, t) : ZG_LINT_COUNT;
	enum zg_spf_name name = t->name == ZG_SPF_REDIRECT ? ZG_SPF_REDIRECT : ZG_SPF_INCLUDE;

	*ret_is_meant = false;
	if (!may_name_relay(t) || (!is_exact && code == ZG_LINT_COUNT))
		return 0;
	*ret_is_meant = true;
	if (is_exact && t->qualifier == '+' && !t->is_bare && t->name == name)
		return 0;
	if (is_exact)
		code = t->qualifier != '+' ? ZG_LINT_spf_relay_qualifier : ZG_LINT_spf_relay_misspelt;
	if (!(is_exact && t->is_bare) && say(w, code, t) < 0)
		return -1;
	return include_write(w, t, name, '+', w->ask->relay);
}

/* Does a name without a mechanism look like one that holds SPF?  Without DNS only its own words tell. */
static bool is_spf_like(struct zg_slice d)
{
	return zg_mail_host_of_include(d) || d.p[0] == '_' || zg_slice_starts_ci(d, ZG_S("spf."));
}

/* A network of /7 or wider holds so many strangers that it is as +all. */
static bool is_everything(const struct zg_spf_term *t)
{
	size_t slash = zg_slice_find(t->target, '/');

	return (t->name == ZG_SPF_IP4 || t->name == ZG_SPF_IP6) && slash + 2 == t->target.n && t->target.p[slash + 1] <= '7';
}

static int term_mend(struct work *w, struct piece *p)
{
	struct zg_spf_term *t = &p->t;
	const struct zg_mail_host *h;
	bool is_meant;

	if (t->name == ZG_SPF_BAD)
		return 0;
	if (is_everything(t) && say(w, ZG_LINT_spf_range_everything, t) < 0)
		return -1;
	if (relay_mend(w, t, &is_meant) < 0)
		return -1;
	if (is_meant) {
		if (!p->is_moved)
			return 0;
		if (say(w, ZG_LINT_spf_terms_after_all, t) < 0)
			return -1;
		w->r->findings.v[w->r->findings.count - 1].severity = ZG_ERROR;
		return 0;
	}
	if (p->is_moved && t->name != ZG_SPF_ALL && say(w, ZG_LINT_spf_terms_after_all, t) < 0)
		return -1;
	h = t->name == ZG_SPF_INCLUDE && !is_alive(w->ask, t->target) ? zg_mail_host_of_wrong(t->target) : NULL;
	if (h)
		return say(w, ZG_LINT_spf_provider_misspelt, t) < 0 ? -1 : include_write(w, t, ZG_SPF_INCLUDE, t->qualifier, h->include);
	if (t->is_bare && !is_spf_like(t->target) && !is_alive(w->ask, t->target))
		t->name = ZG_SPF_BAD;
	return 0;
}

/* ---- what stands twice, and the end ---- */

static bool is_gone(const struct piece *p)
{
	return p->t.name == ZG_SPF_BAD || p->t.name == ZG_SPF_ALL;
}

/* Rule 4: duplicates go, the first stays; rule 7: one redirect, one exp. */
static int duplicates_drop(struct work *w)
{
	for (size_t i = 0; i < w->count; i++)
		for (size_t k = 0; k < i && !is_gone(&w->v[i]); k++) {
			bool is_single = w->v[i].t.name == ZG_SPF_REDIRECT || w->v[i].t.name == ZG_SPF_EXP;
			bool is_twice = zg_spf_term_eq(&w->v[i].t, &w->v[k].t), is_other = is_single && w->v[i].t.name == w->v[k].t.name;
			bool is_here = w->v[i].t.value == w->v[k].t.value;

			if (is_gone(&w->v[k]) || (!is_twice && !is_other))
				continue;
			w->v[i].t.name = ZG_SPF_BAD;
			if (is_here && say(w, is_other ? ZG_LINT_spf_redirect_multiple : ZG_LINT_spf_duplicate_term, &w->v[i].t) < 0)
				return -1;
		}
	return 0;
}

/* RFC 7208 6.1: a redirect beside all is ignored. */
static int redirect_settle(struct work *w)
{
	bool has_all = false;

	for (size_t i = 0; i < w->end_count; i++)
		has_all |= w->ends[i] != '\0';
	for (size_t i = 0; i < w->count; i++) {
		if (w->v[i].t.name != ZG_SPF_REDIRECT)
			continue;
		w->has_redirect = !has_all;
		if (!has_all)
			continue;
		if (say(w, ZG_LINT_spf_redirect_ignored, &w->v[i].t) < 0)
			return -1;
		w->v[i].t.name = ZG_SPF_BAD;
	}
	return 0;
}

static const struct zg_spf_term *all_of(const struct work *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->v[i].t.name == ZG_SPF_ALL)
			return &w->v[i].t;
	return NULL;
}

/* Rule 7. */
static int end_settle(struct work *w)
{
	bool is_first = true;

	if (!w->r->records) {
		w->end = '~';
		return 0;
	}
	if (w->has_redirect)
		return 0;
	for (size_t i = 0; i < w->end_count; i++) {
		char end = w->ends[i] == '-' ? '-' : '~';

		w->end = is_first || end == w->end ? end : '~';
		is_first = false;
	}
	for (size_t i = 0; i < w->end_count; i++) {
		enum zg_lint code = !w->ends[i] ? ZG_LINT_spf_all_missing : w->ends[i] == '+' ? ZG_LINT_spf_all_pass :
			w->ends[i] == '?' ? ZG_LINT_spf_all_neutral : ZG_LINT_COUNT;

		if (code != ZG_LINT_COUNT && say(w, code, w->ends[i] ? all_of(w) : NULL) < 0)
			return -1;
	}
	return 0;
}

/* ---- writing ---- */

static bool has_relay(const struct work *w)
{
	if (!w->ask->relay.n || w->ask->is_relay_reached)
		return true;
	for (size_t i = 0; i < w->count; i++)
		if (!is_gone(&w->v[i]) && may_name_relay(&w->v[i].t) && is_relay(w->ask, &w->v[i].t))
			return true;
	return false;
}

/* The all that stays where it stands: the first with the qualifier of the end. */
static const struct zg_spf_term *all_kept(const struct work *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->v[i].t.name == ZG_SPF_ALL && w->v[i].t.value == w->r->base && w->v[i].t.qualifier == w->end &&
		    w->v[i].t.is_verbatim)
			return &w->v[i].t;
	return NULL;
}

struct line {
	struct zg_buf b;
	struct zg_spans come;
};

static void line_put(struct line *l, struct zg_slice text, bool is_new)
{
	if (l->b.n)
		zg_buf_putc(&l->b, ' ');
	if (is_new)
		l->come.v[l->come.count++] = (struct zg_span){ l->b.n, text.n };
	zg_buf_put(&l->b, text);
}

static void include_put(struct line *l, struct zg_slice target)
{
	line_put(l, ZG_S("include:"), true);
	zg_buf_put(&l->b, target);
	l->come.v[l->come.count - 1].n += target.n;
}

static bool is_kept(const struct work *w, const struct piece *p)
{
	return p->t.is_verbatim && !p->is_moved && p->t.value == w->r->base;
}

static void pieces_put(const struct work *w, struct line *l, enum zg_spf_name from, enum zg_spf_name to)
{
	for (size_t i = 0; i < w->count; i++)
		if (!is_gone(&w->v[i]) && w->v[i].t.name >= from && w->v[i].t.name <= to)
			line_put(l, w->v[i].t.text, !is_kept(w, &w->v[i]));
}

/* Rule 8: from nothing, the mail host's own senders first. */
static void nothing_put(const struct work *w, struct line *l)
{
	if (w->ask->mailhost.n && !zg_spf_domain_eq(w->ask->mailhost, w->ask->relay))
		include_put(l, w->ask->mailhost);
	else if (w->ask->has_mx && !w->ask->mailhost.n)
		line_put(l, ZG_S("mx"), true);
}

static struct zg_slice version_of(const struct work *w, bool *ret_is_kept)
{
	const struct zg_spf_text *t = &w->base;
	struct zg_slice v = w->r->records ? zg_slice_sub(w->ask->values[w->r->base], t->version.from, t->version.n) : ZG_S("");

	*ret_is_kept = zg_slice_eq_ci(v, ZG_S("v=spf1"));
	return *ret_is_kept ? v : ZG_S("v=spf1");
}

static int line_write(struct work *w)
{
	size_t n = w->ask->mailhost.n + w->ask->relay.n + 64;
	struct line l = { .come = { zg_arena_array(w->a, w->count + 6, sizeof(struct zg_span)), 0 } };
	static const struct zg_slice alls[] = { ZG_SI("~all"), ZG_SI("-all") };
	const struct zg_spf_term *all = all_kept(w);
	struct zg_slice version;
	bool is_version_kept;
	char *mem;

	for (size_t i = 0; i < w->count; i++)
		n += w->v[i].t.text.n + 1;
	mem = zg_arena_bytes(w->a, n);
	if (!mem || !l.come.v)
		return -1;
	l.b = zg_buf_of(mem, n);
	version = version_of(w, &is_version_kept);
	line_put(&l, version, !is_version_kept);
	if (!w->r->records)
		nothing_put(w, &l);
	pieces_put(w, &l, ZG_SPF_INCLUDE, ZG_SPF_EXISTS);
	if (!has_relay(w))
		include_put(&l, w->ask->relay);
	if (w->end)
		line_put(&l, all ? all->text : alls[w->end == '-'], !all);
	pieces_put(w, &l, ZG_SPF_REDIRECT, ZG_SPF_REDIRECT);
	pieces_put(w, &l, ZG_SPF_EXP, ZG_SPF_MODIFIER);
	w->r->line = zg_buf_slice(&l.b);
	w->r->come = l.come;
	return 0;
}

/* Octets of a value between two things that stay: spaces stay too. */
static void gap_mark(struct zg_slice value, size_t from, size_t to, struct zg_spans *s)
{
	while (from < to && value.p[from] == ' ')
		from++;
	while (to > from && value.p[to - 1] == ' ')
		to--;
	if (to > from)
		s->v[s->count++] = (struct zg_span){ from, to - from };
}

static bool stays(const struct work *w, const struct piece *p, const struct zg_spf_term *all)
{
	if (p->t.name == ZG_SPF_ALL)
		return &p->t == all;
	return !is_gone(p) && is_kept(w, p);
}

/* What goes: of the first record all but what stays as it stood, of the others everything. */
static int gone_mark(struct work *w)
{
	const struct zg_spf_term *all = all_kept(w);
	struct zg_slice value;
	struct zg_spans *s;
	bool is_version_kept;
	size_t from = 0;

	for (size_t i = 0; i < w->ask->count; i++) {
		if (!w->is_taken[i])
			continue;
		s = &w->r->gone[i];
		s->v = zg_arena_array(w->a, i == w->r->base ? w->count + 2 : 1, sizeof(s->v[0]));
		if (!s->v)
			return -1;
		if (i != w->r->base)
			s->v[s->count++] = (struct zg_span){ 0, w->ask->values[i].n };
	}
	if (!w->r->records)
		return 0;
	s = &w->r->gone[w->r->base];
	value = w->ask->values[w->r->base];
	(void)version_of(w, &is_version_kept);	/* only whether it stays is asked here */
	if (is_version_kept) {
		gap_mark(value, 0, w->base.version.from, s);
		from = w->base.version.from + w->base.version.n;
	}
	for (size_t i = 0; i < w->count; i++) {
		if (w->v[i].t.value != w->r->base || !stays(w, &w->v[i], all))
			continue;
		gap_mark(value, from, w->v[i].t.at.from, s);
		from = w->v[i].t.at.from + w->v[i].t.at.n;
	}
	gap_mark(value, from, value.n, s);
	return 0;
}

/* Rule 10: is there anything to mend? */
static bool is_same(const struct work *w)
{
	bool has_all = false;

	if (w->r->records != 1 || !w->base.is_clean || !has_relay(w))
		return false;
	for (size_t i = 0; i < w->count; i++) {
		const struct zg_spf_term *t = &w->v[i].t;

		if (t->name == ZG_SPF_BAD || !t->is_verbatim || w->v[i].is_moved || (t->name == ZG_SPF_ALL && has_all))
			return false;
		has_all |= t->name == ZG_SPF_ALL;
	}
	return w->has_redirect || (has_all && w->ends[0] == w->end);
}

static bool is_parked(const struct work *w)
{
	return w->r->records == 1 && w->count == 1 && w->v[0].t.name == ZG_SPF_ALL && w->end == '-';
}

static int same_or_write(struct work *w)
{
	if (is_same(w)) {
		w->r->is_same = true;
		w->r->line = w->ask->values[w->r->base];
		return 0;
	}
	if (w->r->records ? !has_relay(w) && say(w, is_parked(w) ? ZG_LINT_spf_parked_sender : ZG_LINT_spf_relay_missing, NULL) < 0
			  : say(w, ZG_LINT_spf_missing, NULL) < 0)
		return -1;
	return line_write(w) < 0 ? -1 : gone_mark(w);
}

int zg_spf_merge(const struct zg_merge_ask *ask, struct zg_arena *a, struct zg_merge *ret)
{
	struct zg_merge r = { .base = ZG_VALUE_NONE };
	struct work w = { .ask = ask, .a = a, .r = &r };

	if (values_read(&w) < 0)
		return -1;
	for (size_t i = 0; i < w.count; i++)
		if (term_mend(&w, &w.v[i]) < 0)
			return -1;
	if (duplicates_drop(&w) < 0 || redirect_settle(&w) < 0 || end_settle(&w) < 0 || same_or_write(&w) < 0)
		return -1;
	*ret = r;
	return 0;
}
