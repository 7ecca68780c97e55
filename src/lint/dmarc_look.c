/* dmarc_look.c - the policy of a domain (RFC 9989 4.7, 4.8): what stands at _dmarc, and what should.
 *
 *   values --sort--> valid | meant as one | other
 *   one that is valid, and nothing to add --> stays, octet for octet
 *   else --wash, cut, mend--> v, p, the owner's tags in their order, without pct, rf and ri
 *
 * Invariants: (1) a policy in force is never weakened; (2) nothing is added but our report address; (3) what is written
 * is valid, and stays as it is when it is read again. */
#include <zegel/buf.h>
#include "auth/taglist.h"
#include "base/ascii.h"
#include "lint/look.h"
#include "lint/spf_text.h"
#include "lint/tags.h"

#define URIS_MAX 2u	/* RFC 9990: a receiver need not send to more */
#define SCRATCH (ZG_TAGLIST_MAX * sizeof(struct zg_tag) + 64u)

enum kind { OTHER, MEANT, VALID };

static const struct zg_slice policies[] = { ZG_SI("none"), ZG_SI("quarantine"), ZG_SI("reject") };
#define POLICIES (sizeof(policies) / sizeof(policies[0]))

static const struct zg_slice known[] = {
	ZG_SI("v="), ZG_SI("p="), ZG_SI("sp="), ZG_SI("np="), ZG_SI("rua="), ZG_SI("ruf="), ZG_SI("adkim="), ZG_SI("aspf="),
	ZG_SI("fo="), ZG_SI("pct="), ZG_SI("rf="), ZG_SI("ri="), ZG_SI("t="), ZG_SI("psd="),
};

static bool is_called(const struct zg_loose_tag *t, struct zg_slice name)
{
	return zg_slice_eq_ci(t->name, name);
}

/* The place in policies, or POLICIES. */
static size_t policy_of(struct zg_slice s)
{
	size_t i = 0;

	while (i < POLICIES && !zg_slice_eq_ci(policies[i], s))
		i++;
	return i;
}

/* The policy that was meant, none where that cannot be told: what was no policy held nobody off before. */
static size_t policy_meant(struct zg_slice s)
{
	for (size_t i = 1; i < POLICIES; i++)
		if (zg_slice_starts_ci(s, policies[i]) || zg_edits(policies[i], s, 1) <= 1)
			return i;
	return 0;
}

/* ---- sorting ---- */

/* RFC 9989 4.7: v=DMARC1 first and in capitals, then a list without a tag twice. */
static int valid_read(struct zg_slice value, struct zg_arena *a, bool *ret, enum zg_taglist_error *ret_error)
{
	char *mem = zg_arena_alloc(a, SCRATCH);
	struct zg_arena scratch;
	struct zg_taglist l;
	const struct zg_tag *p;

	*ret = false;
	if (!mem)
		return -1;
	zg_arena_init_fixed(&scratch, mem, SCRATCH);
	*ret_error = zg_taglist_read(value, &scratch, &l);
	if (*ret_error != ZG_TAGLIST_OK || zg_ascii_is_space(value.p[0]))
		return 0;
	p = zg_taglist_get(&l, ZG_S("p"));
	*ret = zg_slice_eq(l.v[0].name, ZG_S("v")) && zg_slice_eq(l.v[0].value, ZG_S("DMARC1")) && p &&
	       policy_of(p->value) < POLICIES;
	for (size_t i = 0; i < l.count; i++)	/* RFC 9989 4.10.1: one that is no policy spoils the record */
		if (zg_slice_eq(l.v[i].name, ZG_S("sp")) || zg_slice_eq(l.v[i].name, ZG_S("np")))
			*ret = *ret && policy_of(l.v[i].value) < POLICIES;
	return 0;
}

static bool is_candidate(struct zg_slice value)
{
	struct zg_loose_tags t;
	const struct zg_loose_tag *p;

	if (zg_find_ci(value, ZG_S("dmarc")) < value.n)
		return true;
	zg_loose_tags_read(value, &t);
	p = zg_loose_tags_get(&t, ZG_S("p"));
	return p && policy_of(p->value) < POLICIES;
}

static bool is_elsewhere(struct zg_slice value, struct zg_arena *a)
{
	(void)a;	/* others than DMARC need it */
	return zg_find_ci(value, ZG_S("DMARC1")) < value.n;
}

struct stand {
	enum kind *kinds;
	size_t valid, meant;	/* how many */
	size_t base;		/* the valid one with the strictest p, else the first that is meant; ZG_VALUE_NONE */
};

static size_t strictness(struct zg_slice value)
{
	struct zg_loose_tags t;
	const struct zg_loose_tag *p;

	zg_loose_tags_read(value, &t);
	p = zg_loose_tags_get(&t, ZG_S("p"));
	return p ? policy_of(p->value) : 0;
}

static int stand_of(const struct zg_slice *values, size_t count, struct zg_arena *a, struct stand *ret)
{
	struct stand s = { .base = ZG_VALUE_NONE };
	enum zg_taglist_error e;
	bool is_valid;

	s.kinds = zg_arena_array(a, count + 1, sizeof(s.kinds[0]));
	if (!s.kinds)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (valid_read(values[i], a, &is_valid, &e) < 0)
			return -1;
		s.kinds[i] = is_valid ? VALID : is_candidate(values[i]) ? MEANT : OTHER;
		if (is_valid && (!s.valid++ || strictness(values[i]) > strictness(values[s.base])))
			s.base = i;
		if (s.kinds[i] == MEANT && !s.meant++ && !s.valid)
			s.base = i;
	}
	*ret = s;
	return 0;
}

/* ---- washing ---- */

static bool is_tag_start(struct zg_slice s)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (zg_slice_starts_ci(s, known[i]))
			return true;
	return false;
}

/* May it stand where a semicolon should? */
static bool is_separator(char c)
{
	return c == ' ' || c == ',' || c == ':' || c == ';';
}

/* Blanks, commas and colons in front of a tag become its semicolon. */
static void semicolons_put(char *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		size_t k = i;

		if (!is_separator(p[i - 1]) || !is_tag_start(zg_slice_of(p + i, n - i)))
			continue;
		while (k && is_separator(p[k - 1]))
			p[--k] = ' ';
		p[i - 1] = ';';
	}
}

/* Place of the version where words that are no tags stand in front of it ("_dmarc IN TXT v=DMARC1"), else 0. */
static size_t version_behind(struct zg_slice s)
{
	size_t at = zg_find_ci(s, ZG_S("v=dmarc"));

	return at < s.n && zg_slice_find(s, '=') == at + 1 ? at : 0;
}

/* Without quotes, backslashes, what is no ASCII, and text before the version.  p == NULL: a is full. */
static struct zg_slice wash(struct zg_slice value, struct zg_arena *a)
{
	char *mem = zg_arena_bytes(a, value.n + 1);
	struct zg_slice s = { mem, 0 };

	for (size_t i = 0; mem && i < value.n; i++) {
		char c = value.p[i];

		if (zg_slice_starts(zg_slice_sub(value, i, 2), ZG_S("\xc2\xa0")) || zg_ascii_is_cntrl(c))
			mem[s.n++] = ' ';
		else if (!zg_ascii_is_8bit(c) && c != '"' && c != '\'' && c != '`' && c != '\\')
			mem[s.n++] = c;
	}
	if (!mem)
		return s;
	semicolons_put(mem, s.n);
	return zg_slice_sub(s, version_behind(s), s.n);
}

/* ---- writing ---- */

struct policy {
	struct zg_loose_tags *t;	/* of the record that is kept; NULL: none */
	size_t p;
	struct zg_slice uris[URIS_MAX];
	size_t uri_count;
	struct zg_slice ours;		/* without mailto:; empty: none is wanted */
};

/* "mailto:a@b.be!10m" is the address a@b.be. */
static bool is_uri_of(struct zg_slice uri, struct zg_slice address)
{
	if (zg_slice_starts_ci(uri, ZG_S("mailto:")))
		uri = zg_slice_sub(uri, 7, uri.n);
	return zg_slice_eq_ci(zg_slice_sub(uri, 0, zg_slice_find(uri, '!')), address);
}

static void uris_take(struct policy *w, const struct zg_loose_tags *t)
{
	const struct zg_loose_tag *rua = zg_loose_tags_get(t, ZG_S("rua"));
	struct zg_slice list = rua ? rua->value : (struct zg_slice){ NULL, 0 }, uri;

	while (list.n && w->uri_count < URIS_MAX && zg_taglist_item(&list, ',', &uri)) {
		bool is_new = uri.n > 0;

		for (size_t i = 0; i < w->uri_count; i++)
			is_new = is_new && !zg_slice_eq_ci(w->uris[i], uri);
		if (is_new)
			w->uris[w->uri_count++] = uri;
	}
}

static bool lacks_ours(const struct policy *w)
{
	for (size_t i = 0; i < w->uri_count; i++)
		if (is_uri_of(w->uris[i], w->ours))
			return false;
	return w->ours.n && w->uri_count < URIS_MAX;
}

/* What is written apart, or not at all. */
static bool goes(const struct zg_loose_tag *t)
{
	static const struct zg_slice gone[] = {
		ZG_SI("v"), ZG_SI("p"), ZG_SI("rua"), ZG_SI("pct"), ZG_SI("rf"), ZG_SI("ri"),
	};

	for (size_t k = 0; k < sizeof(gone) / sizeof(gone[0]); k++)
		if (is_called(t, gone[k]))
			return true;
	return (is_called(t, ZG_S("sp")) || is_called(t, ZG_S("np"))) && policy_of(t->value) == POLICIES;
}

static bool is_kept(const struct zg_loose_tags *l, size_t i)
{
	const struct zg_loose_tag *t = &l->v[i];

	if (!t->name.n || !zg_ascii_is_alpha(t->name.p[0]) || goes(t) || zg_loose_tags_get(l, t->name) != t)
		return false;
	for (size_t k = 1; k < t->name.n; k++)
		if (!zg_ascii_is_alnum(t->name.p[k]) && t->name.p[k] != '_')
			return false;
	return true;
}

static void rua_put(const struct policy *w, struct zg_buf *b)
{
	bool is_added = lacks_ours(w);

	if (!w->uri_count && !is_added)
		return;
	zg_buf_put(b, ZG_S("; rua="));
	for (size_t i = 0; i < w->uri_count; i++) {
		zg_buf_put(b, i ? ZG_S(",") : ZG_S(""));
		zg_buf_put(b, w->uris[i]);
	}
	if (is_added) {
		zg_buf_put(b, w->uri_count ? ZG_S(",mailto:") : ZG_S("mailto:"));
		zg_buf_put(b, w->ours);
	}
}

static size_t room_of(const struct policy *w)
{
	size_t n = 64 + w->ours.n;

	for (size_t i = 0; w->t && i < w->t->count; i++)
		n += w->t->v[i].at.n + 3;
	for (size_t i = 0; i < w->uri_count; i++)
		n += w->uris[i].n + 1;
	return n;
}

static int policy_write(const struct policy *w, struct zg_arena *a, struct zg_slice *ret)
{
	size_t n = room_of(w), count = w->t ? w->t->count : 0;
	char *mem = zg_arena_bytes(a, n);
	bool is_rua_put = false;
	struct zg_buf b;

	if (!mem)
		return -1;
	b = zg_buf_of(mem, n);
	zg_buf_put(&b, ZG_S("v=DMARC1; p="));
	zg_buf_put(&b, policies[w->p]);
	for (size_t i = 0; i < count; i++) {
		const struct zg_loose_tag *t = &w->t->v[i];

		if (is_called(t, ZG_S("rua")) && !is_rua_put) {
			rua_put(w, &b);
			is_rua_put = true;
		}
		if (!is_kept(w->t, i))
			continue;
		zg_buf_put(&b, ZG_S("; "));
		zg_buf_put(&b, t->name);
		zg_buf_putc(&b, '=');
		zg_buf_put(&b, t->value);
	}
	if (!is_rua_put)
		rua_put(w, &b);
	*ret = zg_buf_slice(&b);
	return 0;
}

/* One valid record, and our address is there, or no room for it? */
static bool is_enough(const struct stand *s, const struct zg_slice *values, struct zg_slice rua)
{
	struct policy w = { .ours = rua };
	struct zg_loose_tags t;

	if (s->valid != 1 || s->meant)
		return false;
	zg_loose_tags_read(values[s->base], &t);
	uris_take(&w, &t);
	return !lacks_ours(&w);
}

/* Takes the addresses of a value, and all of it where it is the one that is kept. */
static int value_take(struct policy *w, const struct stand *s, const struct zg_slice *values, size_t i, struct zg_arena *a)
{
	struct zg_slice text = s->kinds[i] == VALID ? values[i] : wash(values[i], a);
	struct zg_loose_tags *t = zg_arena_alloc(a, sizeof(*t));

	if (!t || a->is_full)
		return -1;
	zg_loose_tags_read(text, t);
	uris_take(w, t);
	if (i == s->base)
		w->t = t;
	return 0;
}

static int wanted_make(const struct stand *s, const struct zg_slice *values, size_t count, struct zg_slice rua, struct zg_arena *a,
		       struct zg_slice *ret)
{
	struct policy w = { .ours = rua };
	const struct zg_loose_tag *p;

	if (s->base != ZG_VALUE_NONE && is_enough(s, values, rua)) {
		*ret = values[s->base];
		return 0;
	}
	if (s->base != ZG_VALUE_NONE && value_take(&w, s, values, s->base, a) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (s->kinds[i] != OTHER && i != s->base && value_take(&w, s, values, i, a) < 0)
			return -1;
	p = w.t ? zg_loose_tags_get(w.t, ZG_S("p")) : NULL;
	w.p = p ? policy_meant(p->value) : 0;
	return policy_write(&w, a, ret);
}

int zg_dmarc_wanted(const struct zg_slice *values, size_t count, struct zg_slice rua, struct zg_arena *a, struct zg_slice *ret)
{
	struct stand s;

	if (stand_of(values, count, a, &s) < 0)
		return -1;
	return wanted_make(&s, values, count, rua, a, ret);
}

/* ---- what is wrong with one ---- */

struct flaws {
	struct zg_look *l;
	struct zg_slice text;
	size_t value;
	struct zg_loose_tags tags, washed;
	bool is_any;		/* of its form: version, separators */
	bool is_full;
};

static void flaw(struct flaws *f, enum zg_lint code, struct zg_span at)
{
	f->is_full |= zg_look_say(f->l, code, f->value, at) < 0;
}

static void form_flaw(struct flaws *f, enum zg_lint code, struct zg_span at)
{
	f->is_any = true;
	flaw(f, code, at);
}

static void version_flaws(struct flaws *f)
{
	const struct zg_loose_tag *v = zg_loose_tags_get(&f->tags, ZG_S("v")), *first = f->tags.v;
	size_t slash = zg_slice_find(f->text, '\\'), before = version_behind(f->text);
	struct zg_span quote;

	if (zg_find_quote(f->text, &quote))
		form_flaw(f, ZG_LINT_dmarc_quotes, quote);
	else if (before || (f->text.n && zg_ascii_is_space(f->text.p[0])))
		form_flaw(f, ZG_LINT_dmarc_quotes, (struct zg_span){ 0, before ? before : 1 });
	if (slash < f->text.n)
		form_flaw(f, ZG_LINT_dmarc_escaped, (struct zg_span){ slash, 1 });
	if (f->is_any)
		return;
	if (v && v != first && zg_slice_eq(v->value, ZG_S("DMARC1")))
		form_flaw(f, ZG_LINT_dmarc_version_not_first, v->at);
	else if (v == first && v && zg_slice_starts(v->value, ZG_S("DMARC1")) && v->value.n > 6 && is_separator(v->value.p[6]))
		form_flaw(f, ZG_LINT_dmarc_separator, v->at);
	else if (!v || v != first || !zg_slice_eq(v->value, ZG_S("DMARC1")))
		form_flaw(f, ZG_LINT_dmarc_version_bad, f->tags.count ? first->at : (struct zg_span){ 0, f->text.n });
}

/* A tag that begins inside of a value. */
static void separator_flaws(struct flaws *f)
{
	for (size_t t = 0; t < f->tags.count && !f->is_any; t++) {
		const struct zg_loose_tag *tag = &f->tags.v[t];

		for (size_t i = 1; i < tag->value.n && !f->is_any; i++)
			if (is_separator(tag->value.p[i - 1]) && is_tag_start(zg_slice_sub(tag->value, i, tag->value.n)))
				form_flaw(f, ZG_LINT_dmarc_separator, (struct zg_span){ (size_t)(tag->value.p - f->text.p) + i - 1, 1 });
	}
}

static void policy_flaws(struct flaws *f)
{
	static const struct { struct zg_slice name; enum zg_lint code; } gone[] = {
		{ ZG_SI("pct"), ZG_LINT_dmarc_pct }, { ZG_SI("rf"), ZG_LINT_dmarc_rf }, { ZG_SI("ri"), ZG_LINT_dmarc_ri },
	};
	static const struct zg_slice names[] = { ZG_SI("p"), ZG_SI("sp"), ZG_SI("np") };
	struct zg_span end = { f->text.n, 0 };

	for (size_t i = 0; i < 3; i++) {
		const struct zg_loose_tag *t = zg_loose_tags_get(&f->washed, names[i]), *at = zg_loose_tags_get(&f->tags, names[i]);

		if (!t && !i)
			flaw(f, ZG_LINT_dmarc_p_missing, end);
		else if (t && policy_of(t->value) == POLICIES)
			flaw(f, ZG_LINT_dmarc_p_invalid, at ? at->at : end);
	}
	for (size_t i = 0; i < 3; i++) {
		const struct zg_loose_tag *t = zg_loose_tags_get(&f->washed, gone[i].name), *at = zg_loose_tags_get(&f->tags, gone[i].name);

		if (t)
			flaw(f, gone[i].code, at ? at->at : end);
	}
	if (!zg_loose_tags_get(&f->washed, ZG_S("rua")) && f->l->want->rua.n)
		flaw(f, ZG_LINT_dmarc_rua_missing, end);
}

static int flaws_find(struct zg_look *l, size_t value, enum kind kind)
{
	struct flaws f = { .l = l, .text = l->answer->values[value], .value = value };
	struct zg_slice clean = kind == VALID ? f.text : wash(f.text, l->a);
	enum zg_taglist_error e;
	bool is_valid;

	if (l->a->is_full || valid_read(f.text, l->a, &is_valid, &e) < 0)
		return -1;
	zg_loose_tags_read(f.text, &f.tags);
	zg_loose_tags_read(clean, &f.washed);
	if (kind != VALID) {
		version_flaws(&f);
		separator_flaws(&f);
	}
	if (!f.is_any && e == ZG_TAGLIST_TWICE)
		form_flaw(&f, ZG_LINT_dmarc_tag_duplicate, (struct zg_span){ 0, f.text.n });
	else if (!f.is_any && e != ZG_TAGLIST_OK)	/* it cannot be read as a list */
		form_flaw(&f, ZG_LINT_dmarc_separator, (struct zg_span){ 0, f.text.n });
	policy_flaws(&f);
	return f.is_full ? -1 : 0;
}

/* ---- judging ---- */

static int several_say(struct zg_look *l, size_t number)
{
	l->s.seen = ZG_SEEN_TWICE;
	if (zg_look_say(l, ZG_LINT_dmarc_multiple, ZG_VALUE_NONE, (struct zg_span){ 0, 0 }) < 0)
		return -1;
	l->s.findings.v[l->s.findings.count - 1].number = number;
	return 0;
}

static int missing_look(struct zg_look *l)
{
	static const enum zg_lint codes[] = {
		[ZG_AT_DOUBLED] = ZG_LINT_dmarc_name_doubled, [ZG_AT_BARE] = ZG_LINT_dmarc_name_typo,
		[ZG_AT_DOMAINKEY] = ZG_LINT_dmarc_name_typo, [ZG_AT_SELECTOR] = ZG_LINT_dmarc_name_typo,
		[ZG_AT_WWW] = ZG_LINT_dmarc_name_typo, [ZG_AT_OTHER] = ZG_LINT_dmarc_name_typo,
	};

	return zg_look_missing(l, is_elsewhere, codes, l->answer->count ? ZG_LINT_dmarc_not_a_record : ZG_LINT_dmarc_missing);
}

int zg_dmarc_look(struct zg_look *l)
{
	const struct zg_answer *answer = l->answer;
	bool *is_extra = zg_arena_array(l->a, answer->count + 1, sizeof(bool));
	struct stand s;

	if (!is_extra || stand_of(answer->values, answer->count, l->a, &s) < 0 ||
	    wanted_make(&s, answer->values, answer->count, l->want->rua, l->a, &l->s.wanted) < 0)
		return -1;
	l->s.value = s.base;
	if (s.base == ZG_VALUE_NONE)
		return missing_look(l);
	if (zg_slice_eq(answer->values[s.base], l->s.wanted))
		l->s.seen = ZG_SEEN_RIGHT;
	else
		l->s.seen = zg_look_is_old(l, answer->values[s.base]) ? ZG_SEEN_OLD : ZG_SEEN_DIFFERS;
	if (s.valid + s.meant > 1 && several_say(l, s.valid + s.meant) < 0)
		return -1;
	for (size_t i = 0; i < answer->count; i++) {
		is_extra[i] = i != s.base && s.kinds[i] != OTHER;
		if (s.kinds[i] != OTHER && flaws_find(l, i, s.kinds[i]) < 0)
			return -1;
	}
	return zg_look_mark(l, is_extra);
}
