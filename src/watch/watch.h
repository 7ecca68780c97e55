/* watch.h - the standing check of every domain of the store: a thread of its own that asks each authoritative server.
 *
 * Results are in the store (store/store_watch.h), written by the writer; nothing but the seal and `told` goes from here to others.
 * All functions may be called from any thread, but start and stop. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "lint/hosts.h"
#include "lint/record_state.h"
#include "queue/writer.h"
#include "store/store_watch.h"

#define WATCH_QUESTIONS 30u		/* of one check, each counted once however many servers are asked; features.md 4 */
#define WATCH_LOOK_MS 8000u		/* the longest a look takes */
#define WATCH_NOW_S 5			/* "check now" at most once in */
#define WATCH_STRIKE_S 900		/* between two misses that make a right state fall */
#define WATCH_KEPT_S 86400		/* how long servers may be silent before a state is no longer kept */

enum watch_exists {
	WATCH_EXISTS,
	WATCH_NXDOMAIN,		/* a server with authority, or the registry's, says that there is no such name */
	WATCH_SILENT		/* nobody answers, or without sense */
};

struct watch_settings {
	struct zg_slice store;		/* the url; copied, as all texts here */
	struct writer *writer;		/* outlives the watch */
	struct zg_slice resolver;	/* as resolver_new takes it */
	uint16_t port;			/* of name servers; 0: 53 */
	struct zg_slice spf_include;	/* R; empty: SPF wants nothing of ours */
	struct zg_slice report_address;	/* for rua, without mailto:; empty: none */
	/* After each commit in which something changed that a page shows; on the watch's thread.  May be NULL. */
	void (*told)(void *ctx, uint64_t company, uint64_t domain_id);
	/* The time in Unix seconds, on the watch's thread; NULL: the clock.  Tests turn it by hand. */
	int64_t (*now)(void *ctx);
	void *ctx;			/* of both */
	unsigned tick_ms;		/* how often is looked what is due; 0: 1000 */
	unsigned try_ms;		/* of a question to a server; 0: ASK_SERVER_TRY_MS */
	bool is_idle;			/* nothing is checked but by watch_hurry and watch_look (tests, --dev) */
};

struct watch;
/* After the last fork.  NULL with a literal that says why. */
struct watch *watch_start(const struct watch_settings *s, const char **ret_why);
/* Checks under way are dropped; waits for those that look. */
void watch_stop(struct watch *w);

/* "Check now", "I have entered them": checks within a second unless it did so WATCH_NOW_S ago, then every 10 s for 2 min. */
void watch_hurry(struct watch *w, uint64_t domain_id);
/* A page of it is open: checked every minute for the next 90 s; call it again while it stays open. */
void watch_viewed(struct watch *w, uint64_t domain_id);
/* A domain or its keys came or changed: it is checked at once.  That domains came or went, it sees by itself within a second. */
void watch_house_changed(struct watch *w, uint64_t domain_id);
/* Other values of spf_include and report_address from the next check on. */
void watch_settings_set(struct watch *w, struct zg_slice spf_include, struct zg_slice report_address);

/* --- a domain that is not stored yet (panel.md 4.1, 4.2) ------------------------------------------------------------ */

/* TXT values at a name that are of use: a DKIM selector found. */
struct watch_selector {
	struct zg_slice selector;
	struct store_slices values;
};
struct watch_look {
	enum watch_exists exists;
	struct zg_slice zone;
	struct store_slices ns;		/* lower case, in order of name */
	const struct zg_dns_host *dns_host;	/* NULL: not known */
	size_t dns_host_by;		/* index in ns of the name it was recognised by */
	struct store_slices mx;		/* in order of preference; a null MX is one empty name */
	const struct zg_mail_host *mail_host;	/* NULL: not known */
	size_t mail_host_by;		/* index in mx */
	struct store_slices apex, dmarc;	/* TXT values at the domain and at _dmarc */
	bool is_apex_read, is_dmarc_read;	/* false: servers gave no answer, nothing is known */
	struct watch_selector *selectors;	/* those that exist, and are no wildcard's */
	size_t selectors_count;
	bool is_wildcard;		/* a random label under _domainkey answers with TXT */
};
/* One look; the caller's memory until done. */
struct watch_look_job {
	struct task task;		/* private */
	struct watch *watch;		/* private */
	struct zg_slice domain;		/* A-labels, lower case; stays until done */
	struct zg_slice selector;	/* looked for beside the usual ones; may be empty */
	struct zg_arena *arena;		/* the result lives there; used by the watch's thread until done */
	struct watch_look found;
	int rc;				/* 0, or -1: no memory, or the watch stops */
	struct mailbox *back;
	void (*done)(struct watch_look_job *j);	/* on the loop of back */
};
void watch_look_post(struct watch *w, struct watch_look_job *j);
/* The same, waited for: for threads that may block.  0, or -1. */
int watch_look(struct watch *w, struct zg_slice domain, struct zg_slice selector, struct zg_arena *a, struct watch_look *ret);

#endif
