/* store_watch.h - what the standing check found: one row a domain, its records, what each server answered, and the history.
 *
 * A check writes all of a domain at once (store_watch_put); history is only added to.  The numbers in `state`, `kind`, `seen`,
 * `heard` and `where` are the enums named beside them, whose order is part of the database.  With the domain goes all of it. */
#ifndef STORE_STORE_WATCH_H
#define STORE_STORE_WATCH_H

#include "store/store.h"

struct store_slices { struct zg_slice *v; size_t count; };

/* One server's answer for one record. */
struct store_watch_answer {
	struct zg_slice server;		/* name of the NS; empty: the resolver of our own, what receivers see */
	struct zg_slice address;	/* "192.0.2.1", "2001:db8::1"; empty for the resolver */
	bool is_delegated;		/* the parent zone names it; false: only the zone itself does (an old or forgotten one) */
	bool is_authority;		/* AA */
	unsigned heard;			/* enum server_heard */
	unsigned rcode;
	unsigned seen;			/* enum zg_seen */
	uint32_t ttl;			/* of the values; of the denial (RFC 2308 5) where there are none */
	bool has_serial;
	uint32_t serial;		/* of the zone at this server */
	struct zg_slice cname;		/* a CNAME at the name: its target; else empty */
	struct store_slices values;	/* TXT values octet for octet, strings joined */
	int64_t at;
};

/* Values that stand where they do not belong; only looked for while the record is missing. */
struct store_watch_place {
	unsigned where;			/* enum zg_misplace */
	struct zg_slice name;		/* the whole name */
	struct store_slices values;
};

struct store_watch_record {
	unsigned kind;			/* enum zg_record_kind */
	struct zg_slice selector;	/* DKIM; else empty */
	struct zg_slice name;		/* the whole name: "zegel1._domainkey.example.be" */
	unsigned state;			/* enum zg_record_state; while servers are silent the last one, for 24 h */
	unsigned right, answered, total;	/* servers */
	int64_t since;			/* of state; right: when the last server had it */
	int64_t unread_since;		/* no server answers since then; 0: one does */
	int64_t old_until;		/* right: receivers may see what stood before until then; 0: nothing stood before */
	uint32_t old_ttl;		/* how long caches may hold what stands now, while it is not right */
	struct zg_slice old;		/* the value that stood there before it was right; empty: none */
	struct zg_slice now;		/* the value that was judged (of the first server that answers); empty: none */
	struct zg_slice wanted;		/* the whole value that should stand, as of the last check that could read */
	struct store_watch_answer *answers;
	size_t answers_count;
	struct store_watch_place *places;
	size_t places_count;
};

/* is_wildcard: a random label under the domain answers with TXT; is_serial_split: servers have other serials. */
struct store_watch {
	uint64_t domain_id;
	uint64_t company;		/* read only, as name and company_slug */
	struct zg_slice name, company_slug;
	unsigned state;			/* enum zg_domain_state */
	int64_t since;			/* of state */
	int64_t checked;		/* 0: never */
	int64_t next_at;		/* of the next check, without anyone looking */
	int64_t miss_at;		/* a right state was missed first; 0: not */
	int64_t changed;		/* a record was another one than at the check before */
	unsigned tries;			/* checks since the state or a record changed */
	unsigned exists;		/* enum watch_exists */
	bool is_wildcard, is_serial_split;
	struct zg_slice zone;
	struct zg_slice dns_host, mail_host;	/* ids of the tables, empty: not known */
	struct store_slices ns;		/* lower case, in order of name */
	struct store_slices mx;		/* in order of preference; a null MX is one empty name */
	struct store_watch_record *records;	/* DKIM of each key, the newest first, SPF, DMARC */
	size_t count;
};

enum store_watch_what {			/* what a line of the history tells */
	STORE_WATCH_STATE,		/* of the domain: before and after are enum zg_domain_state */
	STORE_WATCH_RECORD,		/* of a record: enum zg_record_state, and the values */
	STORE_WATCH_NS			/* the name servers are others: old and now, names with blanks between */
};
struct store_watch_change {
	uint64_t n;			/* given by the store */
	int64_t at;
	unsigned what;			/* enum store_watch_what */
	unsigned kind;			/* RECORD */
	struct zg_slice selector;	/* RECORD of DKIM */
	unsigned before, after;
	struct zg_slice old, now;	/* values; empty: none */
};

/* Writes a domain's row, records, answers and places in place of those there were, and adds lines to the history; in one
 * transaction where none is open.  NOT_FOUND: there is no such domain (any more), nothing is written. */
enum store_rc store_watch_put(struct store *s, const struct store_watch *w, const struct store_watch_change *changes, size_t count);
/* All of a domain.  NOT_FOUND: it was never checked. */
enum store_rc store_watch_get(struct store *s, uint64_t domain_id, struct zg_arena *a, struct store_watch *ret);
/* The rows alone (records NULL) of a company's domains, 0: of all, in order of name; those never checked are not among them. */
enum store_rc store_watch_list(struct store *s, uint64_t company, struct zg_arena *a, struct store_watch **ret, size_t *ret_count);
/* Newest first, at most max. */
enum store_rc store_watch_history(struct store *s, uint64_t domain_id, size_t max, struct zg_arena *a,
				  struct store_watch_change **ret, size_t *ret_count);

#endif
