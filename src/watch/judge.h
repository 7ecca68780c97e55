/* judge.h - what answers mean: states, since when, what changed, and when to look again; pure, so that days can pass in a test. */
#ifndef WATCH_JUDGE_H
#define WATCH_JUDGE_H

#include "io/ask_server.h"
#include "watch/watch.h"

/* One record, as it is wanted and as it was answered. */
struct judge_record {
	struct zg_want want;
	struct zg_slice selector, name;		/* as in struct store_watch_record */
	struct store_watch_answer *answers;	/* their `seen` is written here */
	size_t answers_count;
	struct store_watch_place *places;
	size_t places_count;
};

struct judge_ask {
	const struct store_watch *before;	/* NULL: the first check */
	struct store_watch seen;		/* zone, ns, mx, hosts, exists ...: all but what is judged */
	struct judge_record *records;		/* DKIM of each key, SPF, DMARC */
	size_t count;
	size_t keys;				/* how many of them are DKIM's */
	bool is_provider;
	int64_t now;
};

struct judge_verdict {
	struct store_watch watch;
	struct store_watch_change *changes;
	size_t changes_count;
};

/* All of it lives in a, but for what is a view of ask.  0, or -1 where a is full. */
int judge(struct judge_ask *ask, struct zg_arena *a, struct judge_verdict *ret);

/* When it is looked at again, with nobody looking (features.md 4). */
int64_t judge_next(const struct store_watch *w, int64_t now);

#endif
