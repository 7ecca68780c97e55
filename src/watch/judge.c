/* judge.c - from answers to states.
 *
 * A record: servers are combined; who gives no answer does not count, and where none does the last state is kept for a day.  A
 * domain: a right one that is missed is looked at again after 15 minutes, and broken when it is missed then too (two strikes). */
#include "watch/judge.h"

#define HOUR 3600
#define DAY 86400
#define WAIT_LONG (14 * DAY)	/* a domain that waits is looked at daily then */
#define FRESH (2 * DAY)		/* after a change a right domain is looked at hourly */
#define MINUTES_MOST 60
#define CHANGES_MOST 64u

static const struct store_watch_record *before_of(const struct judge_ask *ask, const struct judge_record *r)
{
	const struct store_watch *w = ask->before;

	for (size_t i = 0; w && i < w->count; i++)
		if (w->records[i].kind == r->want.kind && zg_slice_eq(w->records[i].selector, r->selector))
			return &w->records[i];
	return NULL;
}

static bool is_counted(const struct store_watch_answer *a)
{
	return a->server.n && a->is_delegated && a->heard != SERVER_NO_ROUTE;
}

/* Judges each answer.  *ret: the first that says something; NULL: none does. */
static int answers_see(struct judge_record *r, bool is_first, struct zg_arena *a, struct zg_sight *ret_sight,
		       const struct store_watch_answer **ret)
{
	struct zg_misplaced *m = zg_arena_array(a, r->places_count ? r->places_count : 1, sizeof(*m));

	*ret = NULL;
	for (size_t i = 0; m && i < r->places_count; i++)
		m[i] = (struct zg_misplaced){ (enum zg_misplace)r->places[i].where, r->places[i].values.v, r->places[i].values.count };
	for (size_t i = 0; m && i < r->answers_count; i++) {
		struct store_watch_answer *s = &r->answers[i];
		struct zg_answer answer = { .is_silent = s->heard != SERVER_ANSWERED || (s->rcode != ASK_SERVER_NOERROR &&
			s->rcode != ASK_SERVER_NXDOMAIN) || (s->server.n && !s->is_authority), .cname = s->cname, .values = s->values.v,
			.count = s->values.count, .misplaced = m, .misplaced_count = r->places_count };
		struct zg_sight sight;

		if (zg_record_see(&r->want, &answer, a, &sight) < 0)
			return -1;
		s->seen = is_first && sight.seen == ZG_SEEN_DIFFERS ? ZG_SEEN_OLD : sight.seen;	/* what stood there before us */
		if (*ret || sight.seen == ZG_SEEN_SILENT || !is_counted(s))
			continue;
		*ret = s;
		*ret_sight = sight;
	}
	return m ? 0 : -1;
}

static struct zg_over combine(const struct judge_record *r, struct zg_arena *a)
{
	enum zg_seen *seen = zg_arena_array(a, r->answers_count ? r->answers_count : 1, sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; seen && i < r->answers_count; i++)
		if (is_counted(&r->answers[i]))
			seen[count++] = (enum zg_seen)r->answers[i].seen;
	return zg_record_combine(seen, count);
}

static uint32_t longest_ttl(const struct judge_record *r)
{
	uint32_t ttl = 0;

	for (size_t i = 0; i < r->answers_count; i++)
		if (is_counted(&r->answers[i]) && r->answers[i].ttl > ttl)
			ttl = r->answers[i].ttl;
	return ttl;
}

/* Nobody answers: what was is kept, for a day. */
static void keep(const struct judge_ask *ask, const struct store_watch_record *was, struct store_watch_record *w)
{
	w->unread_since = was && was->unread_since ? was->unread_since : ask->now;
	if (!was)
		return;
	w->now = was->now;
	w->wanted = was->wanted.n ? was->wanted : w->wanted;
	w->old = was->old;
	w->old_until = was->old_until;
	w->old_ttl = was->old_ttl;
	if (ask->now - w->unread_since < WATCH_KEPT_S) {
		w->state = was->state;
		w->right = was->right;
	}
}

static void note(const struct judge_ask *ask, const struct store_watch_record *was, const struct store_watch_record *w,
		 struct judge_verdict *v)
{
	unsigned before = was ? was->state : ZG_RECORD_MISSING;
	bool is_other_value = was && !zg_slice_eq(was->now, w->now) && w->state != ZG_RECORD_UNREADABLE && !w->unread_since;

	if ((before == w->state && !is_other_value) || w->unread_since || v->changes_count >= CHANGES_MOST ||
	    (!was && w->state != ZG_RECORD_RIGHT))
		return;
	v->changes[v->changes_count++] = (struct store_watch_change){
		.at = ask->now, .what = STORE_WATCH_RECORD, .kind = w->kind, .selector = w->selector, .before = before, .after = w->state,
		.old = was ? was->now : ZG_S(""), .now = w->now,
	};
}

static int record_judge(const struct judge_ask *ask, struct judge_record *r, struct zg_arena *a, struct store_watch_record *w,
			struct judge_verdict *v)
{
	const struct store_watch_record *was = before_of(ask, r);
	const struct store_watch_answer *judged;
	struct zg_sight sight;
	struct zg_over over;

	if (answers_see(r, !was, a, &sight, &judged) < 0)
		return -1;
	over = combine(r, a);
	*w = (struct store_watch_record){
		.kind = r->want.kind, .selector = r->selector, .name = r->name, .state = over.state, .right = (unsigned)over.right,
		.answered = (unsigned)over.answered, .total = (unsigned)over.total, .since = ask->now, .wanted = r->want.value,
		.answers = r->answers, .answers_count = r->answers_count, .places = r->places, .places_count = r->places_count,
	};
	if (!judged) {
		w->state = ZG_RECORD_UNREADABLE;
		keep(ask, was, w);
	} else {
		w->now = sight.value == ZG_VALUE_NONE ? ZG_S("") : judged->values.v[sight.value];
		w->wanted = sight.wanted;
		w->old = was ? was->old : w->state == ZG_RECORD_RIGHT ? ZG_S("") : w->now;
		w->old_ttl = longest_ttl(r);
		if (w->state == ZG_RECORD_RIGHT)
			w->old_until = was && was->state != ZG_RECORD_RIGHT ? ask->now + was->old_ttl : was ? was->old_until : 0;
	}
	if (was && was->state == w->state)
		w->since = was->since;
	note(ask, was, w, v);
	return 0;
}

/* --- the domain ---------------------------------------------------------------------------------------------------- */

/* One state for a kind: of several keys the one most in need. */
static enum zg_record_state state_of(const struct store_watch *w, unsigned kind)
{
	enum zg_record_state s = ZG_RECORD_MISSING;
	bool is_first = true;

	for (size_t i = 0; i < w->count; i++) {
		if (w->records[i].kind != kind)
			continue;
		if (is_first || s == ZG_RECORD_RIGHT)
			s = (enum zg_record_state)w->records[i].state;
		is_first = false;
	}
	return s;
}

static bool is_all_right(const struct store_watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->records[i].state != ZG_RECORD_RIGHT)
			return false;
	return w->count > 0;
}

static void domain_judge(const struct judge_ask *ask, struct judge_verdict *v)
{
	const struct store_watch *was = ask->before;
	struct store_watch *w = &v->watch;
	struct zg_domain_facts f = { .is_provider = ask->is_provider, .has_key = ask->keys > 0,
		.before = was ? (enum zg_domain_state)was->state : ZG_DOMAIN_NONE };
	bool is_right = is_all_right(w);

	for (unsigned kind = 0; kind <= ZG_RECORD_DMARC; kind++)
		f.records[kind] = state_of(w, kind);
	w->miss_at = is_right || !was || f.before != ZG_DOMAIN_RIGHT ? 0 : was->miss_at ? was->miss_at : ask->now;
	f.is_confirmed = w->miss_at && ask->now - w->miss_at >= WATCH_STRIKE_S;
	w->state = zg_domain_state(&f);
	w->since = was && was->state == w->state ? was->since : ask->now;
	w->changed = v->changes_count ? ask->now : was ? was->changed : 0;
	w->tries = was && was->state == w->state && !v->changes_count ? was->tries + 1 : 0;
	if (w->state != (was ? was->state : (unsigned)ZG_DOMAIN_NONE) && v->changes_count < CHANGES_MOST)
		v->changes[v->changes_count++] = (struct store_watch_change){ .at = ask->now, .what = STORE_WATCH_STATE,
			.before = f.before, .after = w->state };
}

int judge(struct judge_ask *ask, struct zg_arena *a, struct judge_verdict *ret)
{
	struct store_watch_record *records = zg_arena_array(a, ask->count ? ask->count : 1, sizeof(*records));

	*ret = (struct judge_verdict){ .watch = ask->seen };
	ret->changes = zg_arena_array(a, CHANGES_MOST, sizeof(*ret->changes));
	if (!records || !ret->changes)
		return -1;
	for (size_t i = 0; i < ask->count; i++)
		if (record_judge(ask, &ask->records[i], a, &records[i], ret) < 0)
			return -1;
	ret->watch.records = records;
	ret->watch.count = ask->count;
	ret->watch.checked = ask->now;
	domain_judge(ask, ret);
	ret->watch.next_at = judge_next(&ret->watch, ask->now);
	return a->is_full ? -1 : 0;
}

int64_t judge_next(const struct store_watch *w, int64_t now)
{
	int64_t spread = (int64_t)(w->domain_id * 2654435761u % (2 * HOUR));	/* so that not all are looked at in the same hour */
	int64_t minutes = w->tries < 6 ? 1 << w->tries : MINUTES_MOST;

	if (w->state == ZG_DOMAIN_RIGHT && w->miss_at)
		return w->miss_at + WATCH_STRIKE_S > now ? w->miss_at + WATCH_STRIKE_S : now + WATCH_STRIKE_S;
	if (w->state == ZG_DOMAIN_RIGHT)
		return now - w->changed < FRESH ? now + HOUR : now + DAY - HOUR + spread;
	if (now - w->since > WAIT_LONG || w->state == ZG_DOMAIN_NOOWN || w->state == ZG_DOMAIN_NONE)
		return now + DAY - HOUR + spread;
	return now + 60 * (minutes < MINUTES_MOST ? minutes : MINUTES_MOST);
}
