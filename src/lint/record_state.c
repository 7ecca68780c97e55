/* record_state.c - from an answer to a state: of a server, of a record, of a domain. */
#include "lint/look.h"
#include "lint/spf_text.h"

int zg_look_say(struct zg_look *l, enum zg_lint code, size_t value, struct zg_span at)
{
	return zg_findings_add(&l->s.findings, l->a, code, value, at);
}

bool zg_look_is_old(const struct zg_look *l, struct zg_slice value)
{
	for (size_t i = 0; i < l->want->old_count; i++)
		if (zg_slice_eq(zg_slice_trim(l->want->old[i]), zg_slice_trim(value)))
			return true;
	return false;
}

static bool is_said(const struct zg_look *l, enum zg_lint code)
{
	for (size_t i = 0; i < l->s.findings.count; i++)
		if (l->s.findings.v[i].code == code)
			return true;
	return false;
}

int zg_look_missing(struct zg_look *l, bool (*is_ours)(struct zg_slice value, struct zg_arena *a), const enum zg_lint *codes,
		    enum zg_lint missing)
{
	l->s.seen = ZG_SEEN_MISSING;
	for (size_t i = 0; i < l->answer->misplaced_count; i++) {
		const struct zg_misplaced *m = &l->answer->misplaced[i];
		bool is_there = false;

		for (size_t k = 0; k < m->count; k++)
			is_there |= is_ours(m->values[k], l->a);
		if (is_there && !is_said(l, codes[m->where]) &&
		    zg_look_say(l, codes[m->where], ZG_VALUE_NONE, (struct zg_span){ 0, 0 }) < 0)
			return -1;
	}
	if (l->a->is_full)
		return -1;
	return l->s.findings.count ? 0 : zg_look_say(l, missing, ZG_VALUE_NONE, (struct zg_span){ 0, 0 });
}

int zg_look_mark(struct zg_look *l, const bool *is_extra)
{
	size_t count = l->answer->count;

	if (!count)
		return 0;
	l->s.gone = zg_arena_array(l->a, count, sizeof(l->s.gone[0]));
	if (!l->s.gone)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!is_extra[i] || !l->answer->values[i].n)
			continue;
		l->s.gone[i].v = zg_arena_array(l->a, 1, sizeof(struct zg_span));
		if (!l->s.gone[i].v)
			return -1;
		l->s.gone[i].v[l->s.gone[i].count++] = (struct zg_span){ 0, l->answer->values[i].n };
	}
	if (l->s.value == ZG_VALUE_NONE || l->s.seen == ZG_SEEN_RIGHT)
		return 0;
	return zg_record_marks(l->answer->values[l->s.value], l->s.wanted, l->a, &l->s.gone[l->s.value], &l->s.come);
}

static bool is_spf(struct zg_slice value, struct zg_arena *a)
{
	return zg_spf_kind(value, a) != ZG_SPF_OTHER;
}

/* "v=spf1 -all" below the domain says that nothing is mailed from there: it is no start for the domain's own. */
static bool is_parked(const struct zg_merge *m)
{
	for (size_t i = 0; i < m->findings.count; i++)
		if (m->findings.v[i].code == ZG_LINT_spf_parked_sender)
			return true;
	return false;
}

/* Nothing at the name: the record of the first other place is what is meant, else one is made from nothing. */
static int spf_missing(struct zg_look *l)
{
	static const enum zg_lint codes[] = {
		[ZG_AT_DOUBLED] = ZG_LINT_spf_name_doubled, [ZG_AT_BARE] = ZG_LINT_spf_name_own_label,
		[ZG_AT_DOMAINKEY] = ZG_LINT_spf_name_own_label, [ZG_AT_SELECTOR] = ZG_LINT_spf_name_own_label,
		[ZG_AT_WWW] = ZG_LINT_spf_name_www, [ZG_AT_OTHER] = ZG_LINT_spf_name_own_label,
	};
	struct zg_merge_ask ask = l->want->spf;
	bool is_found = false;

	for (size_t i = 0; i < l->answer->misplaced_count && !is_found; i++) {
		struct zg_merge there;

		ask.values = l->answer->misplaced[i].values;
		ask.count = l->answer->misplaced[i].count;
		if (zg_spf_merge(&ask, l->a, &there) < 0)
			return -1;
		is_found = there.records && !is_parked(&there);
		if (is_found)
			l->s.wanted = there.line;
	}
	return zg_look_missing(l, is_spf, codes, ZG_LINT_spf_missing);
}

static int spf_look(struct zg_look *l)
{
	struct zg_merge_ask ask = l->want->spf;
	struct zg_merge m;

	ask.values = l->answer->values;
	ask.count = l->answer->count;
	if (zg_spf_merge(&ask, l->a, &m) < 0)
		return -1;
	l->s.wanted = m.line;
	l->s.gone = m.gone;
	if (!m.records)
		return spf_missing(l);
	l->s.value = m.base;
	l->s.come = m.come;
	l->s.findings = m.findings;
	if (m.records > 1)
		l->s.seen = ZG_SEEN_TWICE;
	else if (m.is_same)
		l->s.seen = ZG_SEEN_RIGHT;
	else
		l->s.seen = zg_look_is_old(l, l->answer->values[m.base]) ? ZG_SEEN_OLD : ZG_SEEN_DIFFERS;
	return 0;
}

int zg_record_see(const struct zg_want *want, const struct zg_answer *answer, struct zg_arena *a, struct zg_sight *ret)
{
	struct zg_look l = { .want = want, .answer = answer, .a = a, .s = { .seen = ZG_SEEN_SILENT, .value = ZG_VALUE_NONE } };
	int rc = 0;

	if (!answer->is_silent) {
		rc = want->kind == ZG_RECORD_SPF ? spf_look(&l) : want->kind == ZG_RECORD_DKIM ? zg_dkim_look(&l) : zg_dmarc_look(&l);
		if (rc < 0)
			return -1;
		/* RFC 1034 3.6.2: nothing may stand beside a CNAME. */
		if (answer->cname.n && l.s.seen != ZG_SEEN_RIGHT &&
		    zg_look_say(&l, ZG_LINT_deleg_cname_beside, ZG_VALUE_NONE, (struct zg_span){ 0, 0 }) < 0)
			return -1;
	}
	if (!l.s.gone && !answer->is_silent)
		l.s.gone = zg_arena_array(a, answer->count + 1, sizeof(l.s.gone[0]));
	if (!l.s.gone && !answer->is_silent)
		return -1;
	if (!answer->count)
		l.s.gone = NULL;
	if (l.s.value != ZG_VALUE_NONE)
		l.s.is_wanted_same = zg_slice_eq(answer->values[l.s.value], l.s.wanted);
	*ret = l.s;
	return 0;
}

/* ---- over all servers ---- */

struct zg_slice zg_record_state_name(enum zg_record_state s)
{
	static const struct zg_slice names[ZG_RECORD_STATE_COUNT] = {
		[ZG_RECORD_MISSING] = ZG_SI("missing"), [ZG_RECORD_RIGHT] = ZG_SI("right"), [ZG_RECORD_DIFFERS] = ZG_SI("differs"),
		[ZG_RECORD_SOME] = ZG_SI("some"), [ZG_RECORD_TWICE] = ZG_SI("twice"), [ZG_RECORD_UNREADABLE] = ZG_SI("unreadable"),
	};

	return names[s];
}

struct zg_over zg_record_combine(const enum zg_seen *v, size_t count)
{
	struct zg_over o = { .state = ZG_RECORD_MISSING, .total = count };
	size_t counts[ZG_SEEN_COUNT] = { 0 };

	for (size_t i = 0; i < count; i++)
		counts[v[i]]++;
	o.right = counts[ZG_SEEN_RIGHT];
	o.answered = count - counts[ZG_SEEN_SILENT];
	if (!o.answered)
		o.state = ZG_RECORD_UNREADABLE;
	else if (o.right)
		o.state = o.right == o.answered ? ZG_RECORD_RIGHT : ZG_RECORD_SOME;
	else if (counts[ZG_SEEN_TWICE])
		o.state = ZG_RECORD_TWICE;
	else if (counts[ZG_SEEN_DIFFERS] || counts[ZG_SEEN_OLD])
		o.state = ZG_RECORD_DIFFERS;
	return o;
}

/* ---- the seal ---- */

struct zg_slice zg_domain_state_name(enum zg_domain_state s)
{
	static const struct zg_slice names[ZG_DOMAIN_STATE_COUNT] = {
		[ZG_DOMAIN_NONE] = ZG_SI("none"), [ZG_DOMAIN_WAITING] = ZG_SI("waiting"), [ZG_DOMAIN_PARTLY] = ZG_SI("partly"),
		[ZG_DOMAIN_RIGHT] = ZG_SI("right"), [ZG_DOMAIN_BROKEN] = ZG_SI("broken"), [ZG_DOMAIN_NOOWN] = ZG_SI("noown"),
		[ZG_DOMAIN_PAUSED] = ZG_SI("paused"),
	};

	return names[s];
}

unsigned zg_domain_trouble(enum zg_domain_state s)
{
	static const unsigned char order[ZG_DOMAIN_STATE_COUNT] = {
		[ZG_DOMAIN_BROKEN] = 0, [ZG_DOMAIN_PARTLY] = 1, [ZG_DOMAIN_WAITING] = 2, [ZG_DOMAIN_PAUSED] = 3, [ZG_DOMAIN_NOOWN] = 4,
		[ZG_DOMAIN_NONE] = 5, [ZG_DOMAIN_RIGHT] = 6,
	};

	return order[s];
}

enum zg_domain_state zg_domain_state(const struct zg_domain_facts *f)
{
	size_t right = 0, some = 0, unreadable = 0;
	bool was_right = f->before == ZG_DOMAIN_RIGHT || f->before == ZG_DOMAIN_BROKEN;

	if (f->is_paused)
		return ZG_DOMAIN_PAUSED;
	if (f->is_provider)
		return ZG_DOMAIN_NOOWN;
	if (!f->has_key)
		return ZG_DOMAIN_NONE;
	for (size_t i = 0; i < 3; i++) {
		right += f->records[i] == ZG_RECORD_RIGHT;
		some += f->records[i] == ZG_RECORD_SOME;
		unreadable += f->records[i] == ZG_RECORD_UNREADABLE;
	}
	if (right == 3)
		return ZG_DOMAIN_RIGHT;
	if (was_right && (unreadable || f->before == ZG_DOMAIN_BROKEN || !f->is_confirmed))
		return f->before;
	if (was_right)
		return ZG_DOMAIN_BROKEN;
	if (unreadable && (f->before == ZG_DOMAIN_PARTLY || f->before == ZG_DOMAIN_WAITING))
		return f->before;
	return right || some ? ZG_DOMAIN_PARTLY : ZG_DOMAIN_WAITING;
}
