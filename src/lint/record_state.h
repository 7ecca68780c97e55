/* record_state.h - what servers answered for a record, held against what is wanted, by meaning.
 *
 * Order of tags, blanks, case of names and the cut into strings do not count.  Literal quotes do: receivers stumble
 * over them.
 *
 *   one server's answer --zg_record_see--> enum zg_seen, findings
 *   n servers           --zg_record_combine--> enum zg_record_state, n of m
 *   three records       --zg_domain_state--> enum zg_domain_state (the seal) */
#ifndef ZG_LINT_RECORD_STATE_H
#define ZG_LINT_RECORD_STATE_H

#include "lint/merge.h"

enum zg_record_kind { ZG_RECORD_DKIM, ZG_RECORD_SPF, ZG_RECORD_DMARC };

enum zg_seen {			/* at one server */
	ZG_SEEN_RIGHT,
	ZG_SEEN_MISSING,	/* nothing of the kind at the name */
	ZG_SEEN_DIFFERS,	/* another value */
	ZG_SEEN_OLD,		/* a value of ours of before */
	ZG_SEEN_TWICE,		/* more than one record of the kind */
	ZG_SEEN_SILENT,		/* no answer, or none with authority */
	ZG_SEEN_COUNT
};

/* Where else a record was looked for. */
enum zg_misplace {
	ZG_AT_DOUBLED,		/* name.D instead of name: S._domainkey.D.D, _dmarc.D.D, D.D */
	ZG_AT_BARE,		/* at D itself (DKIM, DMARC) */
	ZG_AT_DOMAINKEY,	/* at _domainkey.D (DKIM) */
	ZG_AT_SELECTOR,		/* at S.D, without _domainkey (DKIM) */
	ZG_AT_WWW,		/* at www.D (SPF) */
	ZG_AT_OTHER		/* another of the catalogue's places: a typing error in the name */
};
struct zg_misplaced {
	enum zg_misplace where;
	const struct zg_slice *values;	/* TXT values there */
	size_t count;
};

/* What one server said of the name. */
struct zg_answer {
	bool is_silent;			/* no answer, SERVFAIL, refused, no authority */
	struct zg_slice cname;		/* a CNAME stands at the name: its target; empty: none */
	const struct zg_slice *values;	/* all TXT values (behind the CNAME, if any), strings joined */
	size_t count;
	const struct zg_misplaced *misplaced;	/* may be NULL; looked at only where the record is missing */
	size_t misplaced_count;
};

/* What should stand there. */
struct zg_want {
	enum zg_record_kind kind;
	struct zg_slice value;		/* DKIM: the whole record, "v=DKIM1; k=rsa; p=..." */
	struct zg_merge_ask spf;	/* SPF: relay, mailhost, has_mx, is_relay_reached, alive; its values are not read */
	struct zg_slice rua;		/* DMARC: our report address without mailto:, empty: none is wanted */
	const struct zg_slice *old;	/* values of before (another key of ours, the record as it stood first); may be NULL */
	size_t old_count;
};

struct zg_sight {
	enum zg_seen seen;
	size_t value;			/* the value judged, index into values; ZG_VALUE_NONE: none */
	struct zg_slice wanted;		/* the whole value that should stand: DKIM's, the merge, DMARC computed from what is there */
	bool is_wanted_same;		/* wanted is the judged value octet for octet */
	struct zg_spans *gone;		/* count of values of the answer (not of misplaced): what goes; NULL where count is 0 */
	struct zg_spans come;		/* in wanted: what comes */
	struct zg_findings findings;
};

/* Judges one server's answer; results live in a, wanted may be a view of the input.  A silent one gives SILENT, and
 * nothing else.  A record right behind a CNAME is right.  0, or -1 where a is full or SPF has too many terms; nothing is
 * written then. */
int zg_record_see(const struct zg_want *want, const struct zg_answer *answer, struct zg_arena *a, struct zg_sight *ret);

/* The DMARC record that should stand, from the TXT values of _dmarc.D.  One that is valid stays as it is but for our
 * rua, added last where fewer than two stand; when it is rewritten p comes right behind v, and pct, rf and ri go.
 * Several give one, with the strictest p of the valid ones.  None: "v=DMARC1; p=none" and rua.  rua without "mailto:";
 * empty: none is added.  A value that needs nothing comes back as it is.  0, or -1 where a is full. */
int zg_dmarc_wanted(const struct zg_slice *values, size_t count, struct zg_slice rua, struct zg_arena *a, struct zg_slice *ret);

/* Smallest sensible marks between two tag lists (DKIM, DMARC): whole tags, and inside a long p= the characters that
 * differ.  0, or -1 where a is full. */
int zg_record_marks(struct zg_slice now, struct zg_slice wanted, struct zg_arena *a, struct zg_spans *ret_gone,
		    struct zg_spans *ret_come);

enum zg_record_state {		/* over all servers; panel.md 3 */
	ZG_RECORD_MISSING, ZG_RECORD_RIGHT, ZG_RECORD_DIFFERS,
	ZG_RECORD_SOME,			/* right on n of m */
	ZG_RECORD_TWICE, ZG_RECORD_UNREADABLE,
	ZG_RECORD_STATE_COUNT
};
/* "missing", "right", "differs", "some", "twice", "unreadable": the words of the API. */
struct zg_slice zg_record_state_name(enum zg_record_state s);

struct zg_over {
	enum zg_record_state state;
	size_t right, answered, total;	/* servers */
};
/* Right: every server that answers is right, and one does.  Silent servers count in total alone. */
struct zg_over zg_record_combine(const enum zg_seen *v, size_t count);

enum zg_domain_state {		/* the seal */
	ZG_DOMAIN_NONE, ZG_DOMAIN_WAITING, ZG_DOMAIN_PARTLY, ZG_DOMAIN_RIGHT, ZG_DOMAIN_BROKEN, ZG_DOMAIN_NOOWN,
	ZG_DOMAIN_PAUSED,
	ZG_DOMAIN_STATE_COUNT
};
/* "none", "waiting", "partly", "right", "broken", "noown", "paused". */
struct zg_slice zg_domain_state_name(enum zg_domain_state s);
/* Place in the order of trouble: 0 broken, partly, waiting, paused, noown, none, right. */
unsigned zg_domain_trouble(enum zg_domain_state s);

struct zg_domain_facts {
	bool is_paused;			/* by the operator */
	bool is_provider;		/* a public mail provider's domain (zg_provider_of) */
	bool has_key;			/* domain and key are there */
	enum zg_record_state records[3];	/* by enum zg_record_kind; for 24 h an unreadable one is given at its last state */
	enum zg_domain_state before;	/* of the check before */
	bool is_confirmed;		/* two checks 15 minutes apart agree that it is not right */
};
/* A domain that was right stays right until confirmed, then it is broken, and stays that until all is right.  An
 * unreadable record leaves the state as it was. */
enum zg_domain_state zg_domain_state(const struct zg_domain_facts *f);

#endif
