/* dmarc_look.c - the DMARC record: what is there, and what should be (RFC 9989 4.7, 4.8; lint-catalogue 3).
 *
 * A record in force is never weakened: what is written is what stood there, in its order, and our report address. */
#include <zegel/buf.h>
#include "base/ascii.h"
#include "lint/look.h"
#include "lint/tags.h"

#define RUA_MAX 2u	/* RFC 9990: a receiver need not send to more */

static const struct zg_slice policies[] = { ZG_SI("none"), ZG_SI("quarantine"), ZG_SI("reject") };
#define POLICIES 3u

/* Among the values of a name. */
struct found {
	size_t valid, candidates;	/* counts */
	size_t base;			/* the one that is kept; ZG_VALUE_NONE: none */
	bool is_valid;			/* base is valid */
};

/* 0 to 2, or POLICIES where it is none. */
static size_t policy_of(const struct zg_loose_tags *t)
{
	const struct zg_loose_tag *p = zg_loose_tags_get(t, ZG_S("p"));

	for (size_t i = 0; p && i < POLICIES; i++)
		if (zg_slice_eq_ci(p->value, policies[i]))
			return i;
	return POLICIES;
}

/* RFC 9989 4.8: the version stands first, and its case counts. */
static bool is_valid(const struct zg_loose_tags *t)
{
	return t->count && zg_slice_eq(t->v[0].name, ZG_S("v")) && zg_slice_eq(t->v[0].value, ZG_S("DMARC1"));
}

static bool is_candidate(struct zg_slice value, struct zg_arena *a)
{
	struct zg_slice p[] = { ZG_S("p=none"), ZG_S("p=quarantine"), ZG_S("p=reject") };

	(void)a;
	if (zg_find_ci(value, ZG_S("DMARC")) < value.n)
		return true;
	for (size_t i = 0; i < POLICIES; i++)
		if (zg_find_ci(value, p[i]) < value.n)
			return true;
	return false;
}

/* The strictest of the valid ones, the first of its kind; else the first candidate. */
static struct found find(const struct zg_slice *values, size_t count)
{
	struct found f = { .base = ZG_VALUE_NONE };
	struct zg_loose_tags t;
	size_t best = 0;

	for (size_t i = 0; i < count; i++) {
		size_t policy;

		if (!is_candidate(values[i], NULL))
			continue;
		zg_loose_tags_read(values[i], &t);
		if (!is_valid(&t)) {
			f.candidates++;
			if (f.base == ZG_VALUE_NONE)
				f.base = i;
			continue;
		}
		policy = policy_of(&t);
		policy = policy == POLICIES ? 1 : policy + 1;
		f.valid++;
		if (!f.is_valid || policy > best) {
			best = policy;
			f.base = i;
		}
		f.is_valid = true;
	}
	return f;
}

/* ---- mending ---- */

static bool is_tag_name(struct zg_slice s)
{
	static const struct zg_slice names[] = {
		ZG_SI("v"), ZG_SI("p"), ZG_SI("sp"), ZG_SI("np"), ZG_SI("rua"), ZG_SI("ruf"), ZG_SI("adkim"), ZG_SI("aspf"), ZG_SI("fo"),
		ZG_SI("rf"), ZG_SI("ri"), ZG_SI("pct"), ZG_SI("t"), ZG_SI("psd"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zg_slice_eq_ci(names[i], s))
			return true;
	return false;
}

/* Does a tag begin at s, blanks before it aside? */
static bool is_tag_next(struct zg_slice s)
{
	size_t n = 0;

	s = zg_slice_trim(s);
	while (n < s.n && n < 6 && zg_ascii_is_alpha(s.p[n]))
		n++;
	if (!is_tag_name(zg_slice_sub(s, 0, n)))
		return false;
	s = zg_slice_trim(zg_slice_sub(s, n, s.n));
	return s.n && s.p[0] == '=';
}

static bool is_separator(char c)
{
	return c == ',' || c == ':' || c == ' ' || c == '\t';
}

/* Without quotes and backslashes, with semicolons where other signs stand before a tag. */
static struct zg_slice mend(struct zg_slice value, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, value.n + 1);
	struct zg_buf b = zg_buf_of(p, p ? value.n + 1 : 0);
	struct zg_span quote;

	for (size_t i = 0; p && i < value.n; i++) {
		struct zg_slice rest = zg_slice_sub(value, i, value.n);

		if (value.p[i] == '\\' || (value.p[i] == '\'' && i == 0))
			continue;
		if (zg_find_quote(zg_slice_sub(rest, 0, 3), &quote) && quote.from == 0) {
			i += quote.n - 1;
			continue;
		}
		zg_buf_putc(&b, is_separator(value.p[i]) && is_tag_next(zg_slice_sub(rest, 1, 40)) ? ';' : value.p[i]);
	}
	return zg_buf_slice(&b);
}

/* ---- the report address ---- */

static struct zg_slice uri_address(struct zg_slice uri)
{
	if (zg_slice_starts_ci(uri, ZG_S("mailto:")))
		uri = zg_slice_sub(uri, 7, uri.n);
	return zg_slice_sub(uri, 0, zg_slice_find(uri, '!'));
}

static size_t uri_count(struct zg_slice list, struct zg_slice ours, bool *ret_has_ours)
{
	size_t count = 0;

	*ret_has_ours = false;
	while (list.n) {
		size_t comma = zg_slice_find(list, ',');
		struct zg_slice uri = zg_slice_trim(zg_slice_sub(list, 0, comma));

		list = zg_slice_sub(list, comma + 1, list.n);
		count += uri.n > 0;
		*ret_has_ours |= zg_slice_eq_ci(uri_address(uri), ours);
	}
	return count;
}

/* Is our address to be added? */
static bool lacks_rua(const struct zg_loose_tags *t, struct zg_slice ours)
{
	const struct zg_loose_tag *rua = zg_loose_tags_get(t, ZG_S("rua"));
	bool has_ours;

	if (!ours.n)
		return false;
	return !rua || (uri_count(rua->value, ours, &has_ours) < RUA_MAX && !has_ours);
}

/* ---- writing ---- */

static bool stays(const struct zg_loose_tags *t, size_t i)
{
	static const struct zg_slice goes[] = { ZG_SI("v"), ZG_SI("p"), ZG_SI("pct"), ZG_SI("rf"), ZG_SI("ri") };

	for (size_t k = 0; k < sizeof(goes) / sizeof(goes[0]); k++)
		if (zg_slice_eq_ci(t->v[i].name, goes[k]))
			return false;
	for (size_t k = 0; k < t->v[i].value.n; k++)
		if (zg_ascii_is_cntrl(t->v[i].value.p[k]))
			return false;
	return t->v[i].name.n && zg_loose_tags_get(t, t->v[i].name) == &t->v[i];
}

static void rua_put(struct zg_buf *b, struct zg_slice rua)
{
	zg_buf_put(b, ZG_S("mailto:"));
	zg_buf_put(b, rua);
}

static int record_write(const struct zg_loose_tags *t, size_t n, struct zg_slice rua, struct zg_arena *a, struct zg_slice *ret)
{
	bool is_due = lacks_rua(t, rua);
	size_t policy = policy_of(t), room = n + 2 * t->count + rua.n + 64;
	char *p = zg_arena_bytes(a, room);
	struct zg_buf b = zg_buf_of(p, p ? room : 0);

	if (!p)
		return -1;
	zg_buf_put(&b, ZG_S("v=DMARC1; p="));
	zg_buf_put(&b, policies[policy == POLICIES ? 0 : policy]);
	for (size_t i = 0; i < t->count; i++) {
		if (!stays(t, i))
			continue;
		zg_buf_put(&b, ZG_S("; "));
		zg_buf_put(&b, t->v[i].name);
		zg_buf_putc(&b, '=');
		zg_buf_put(&b, t->v[i].value);
		if (is_due && zg_slice_eq_ci(t->v[i].name, ZG_S("rua"))) {
			zg_buf_put(&b, t->v[i].value.n ? ZG_S(",") : ZG_S(""));
			rua_put(&b, rua);
			is_due = false;
		}
	}
	if (is_due) {
		zg_buf_put(&b, ZG_S("; rua="));
		rua_put(&b, rua);
	}
	*ret = zg_buf_slice(&b);
	return b.is_full ? -1 : 0;
}

int zg_dmarc_wanted(const struct zg_slice *values, size_t count, struct zg_slice rua, struct zg_arena *a, struct zg_slice *ret)
{
	struct found f = find(values, count);
	struct zg_loose_tags t = { .count = 0 };
	struct zg_slice text = { "", 0 };

	if (f.base != ZG_VALUE_NONE) {
		text = f.is_valid ? values[f.base] : mend(values[f.base], a);
		if (a->is_full)
			return -1;
		zg_loose_tags_read(text, &t);
	}
	if (f.valid == 1 && policy_of(&t) < POLICIES && !lacks_rua(&t, rua)) {
		*ret = values[f.base];
		return 0;
	}
	return record_write(&t, text.n, rua, a, ret);
}

/* ---- judging ---- */

static enum zg_lint candidate_code(struct zg_slice value, struct zg_span *ret_at)
{
	struct zg_loose_tags t;
	const struct zg_loose_tag *v;
	size_t slash = zg_slice_find(value, '\\');

	*ret_at = (struct zg_span){ 0, value.n };
	zg_loose_tags_read(value, &t);
	v = zg_loose_tags_get(&t, ZG_S("v"));
	if (zg_find_quote(value, ret_at))
		return ZG_LINT_dmarc_quotes;
	if (slash < value.n) {
		*ret_at = (struct zg_span){ slash, 1 };
		return ZG_LINT_dmarc_escaped;
	}
	if (v && v != &t.v[0]) {
		*ret_at = v->at;
		return ZG_LINT_dmarc_version_not_first;
	}
	if (zg_slice_starts(value, ZG_S("v=DMARC1")) && value.n > 8 && !zg_ascii_is_alnum(value.p[8]))
		return ZG_LINT_dmarc_separator;
	return ZG_LINT_dmarc_version_bad;
}

static int tag_say(struct zg_look *l, const struct zg_loose_tags *t, struct zg_slice name, enum zg_lint code)
{
	const struct zg_loose_tag *tag = zg_loose_tags_get(t, name);

	return tag ? zg_look_say(l, code, l->s.value, tag->at) : 0;
}

/* What is said of a valid record. */
static int valid_say(struct zg_look *l)
{
	const struct zg_loose_tag *p;
	struct zg_loose_tags t;
	struct zg_span end = { l->answer->values[l->s.value].n, 0 };

	zg_loose_tags_read(l->answer->values[l->s.value], &t);
	p = zg_loose_tags_get(&t, ZG_S("p"));
	if (!p && zg_look_say(l, ZG_LINT_dmarc_p_missing, l->s.value, end) < 0)
		return -1;
	if (p && policy_of(&t) == POLICIES && zg_look_say(l, ZG_LINT_dmarc_p_invalid, l->s.value, p->at) < 0)
		return -1;
	if (lacks_rua(&t, l->want->rua) && !zg_loose_tags_get(&t, ZG_S("rua")) &&
	    zg_look_say(l, ZG_LINT_dmarc_rua_missing, l->s.value, end) < 0)
		return -1;
	if (tag_say(l, &t, ZG_S("pct"), ZG_LINT_dmarc_pct) < 0 || tag_say(l, &t, ZG_S("rf"), ZG_LINT_dmarc_rf) < 0)
		return -1;
	return tag_say(l, &t, ZG_S("ri"), ZG_LINT_dmarc_ri);
}

static int found_say(struct zg_look *l, const struct found *f)
{
	struct zg_slice value = l->answer->values[f->base];
	enum zg_lint code;
	struct zg_span at;

	if (f->valid > 1) {
		l->s.seen = ZG_SEEN_TWICE;
		if (zg_look_say(l, ZG_LINT_dmarc_multiple, ZG_VALUE_NONE, (struct zg_span){ 0, 0 }) < 0)
			return -1;
		l->s.findings.v[l->s.findings.count - 1].number = f->valid;
		return 0;
	}
	if (zg_slice_eq(value, l->s.wanted))
		l->s.seen = ZG_SEEN_RIGHT;
	else
		l->s.seen = zg_look_is_old(l, value) ? ZG_SEEN_OLD : ZG_SEEN_DIFFERS;
	if (f->valid)
		return valid_say(l);
	code = candidate_code(value, &at);
	return zg_look_say(l, code, f->base, at);
}

int zg_dmarc_look(struct zg_look *l)
{
	static const enum zg_lint codes[] = {
		[ZG_AT_DOUBLED] = ZG_LINT_dmarc_name_doubled, [ZG_AT_BARE] = ZG_LINT_dmarc_name_typo,
		[ZG_AT_DOMAINKEY] = ZG_LINT_dmarc_name_typo, [ZG_AT_SELECTOR] = ZG_LINT_dmarc_name_typo,
		[ZG_AT_WWW] = ZG_LINT_dmarc_name_typo, [ZG_AT_OTHER] = ZG_LINT_dmarc_name_typo,
	};
	const struct zg_answer *answer = l->answer;
	struct found f = find(answer->values, answer->count);
	bool *is_extra = zg_arena_array(l->a, answer->count + 1, sizeof(bool));

	if (!is_extra || zg_dmarc_wanted(answer->values, answer->count, l->want->rua, l->a, &l->s.wanted) < 0)
		return -1;
	l->s.value = f.base;
	if (f.base == ZG_VALUE_NONE)
		return zg_look_missing(l, is_candidate, codes, answer->count ? ZG_LINT_dmarc_not_a_record : ZG_LINT_dmarc_missing);
	for (size_t i = 0; i < answer->count; i++)
		is_extra[i] = i != f.base && is_candidate(answer->values[i], NULL);
	return found_say(l, &f) < 0 ? -1 : zg_look_mark(l, is_extra);
}
