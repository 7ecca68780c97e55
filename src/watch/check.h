/* check.h - one look at a domain, from its name servers to a verdict; asynchronous, on the watch's loop. */
#ifndef WATCH_CHECK_H
#define WATCH_CHECK_H

#include <uv.h>
#include "io/ask_loop.h"
#include "watch/judge.h"

struct check;

/* What checks share. */
struct check_desk {
	uv_loop_t *loop;
	struct ask_loop *ask;
	uint16_t port;			/* of name servers */
	unsigned try_ms;
	struct zg_slice spf_include, report_address;
};

struct check_order {
	const struct check_desk *desk;
	struct zg_arena *arena;		/* of all that is found; stays until done */
	struct zg_slice domain;		/* A-labels, lower case */
	const struct store_key *keys;	/* active ones */
	size_t keys_count;
	const struct store_watch *before;	/* NULL: the first */
	int64_t now;
	/* Once, from the loop; rc 0 and the verdict, or -1: no memory. */
	void (*done)(void *ctx, int rc, struct judge_verdict *v);
	void *ctx;
};

/* NULL without memory: done is not called then. */
struct check *check_begin(const struct check_order *o);
/* done will not be called any more; its loop must turn once more. */
void check_drop(struct check *c);

/* What the resolver's answers about a domain tell of its existence. */
enum watch_exists check_exists(const struct zg_dns_a *v, size_t count);

#endif
