/* store.h - what is kept: mail, and the tables of the house.  One interface, one file an engine.
 *
 * A handle is used by one thread at a time; several handles (and processes) may be open on one database.  All calls
 * are synchronous.  Views in results live in the arena that was handed in.  Rules of the house (who may own what, how a
 * name is written) are not known here: src/house keeps them. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/slice.h>

enum store_rc {
	STORE_OK, STORE_NOT_FOUND, STORE_EXISTS,
	STORE_FULL,		/* no room on the disk */
	STORE_NEWER,		/* made by a newer program */
	STORE_BUSY,		/* another process held it too long */
	STORE_NO_ACCESS,	/* rights, or no such folder */
	STORE_CORRUPT,
	STORE_NO_MEMORY,
	STORE_FAILED		/* another failure: see text */
};

/* Why the last call on a handle failed, for a log: the engine's words. */
struct store_error {
	enum store_rc rc;
	char text[300];
};

struct store;

enum store_mode { STORE_WRITE, STORE_READ };	/* STORE_WRITE makes and migrates the database */

/* url: "sqlite:/path/file.db".  OK, or why not, with *ret_error filled.  STORE_WRITE makes the file
 * for its owner alone (by root: for the owner of the folder).  NOT_FOUND: STORE_READ, and nobody
 * has made the database yet. */
enum store_rc store_open(struct zg_slice url, enum store_mode mode, struct store **ret, struct store_error *ret_error);
void store_close(struct store *s);
const struct store_error *store_why(const struct store *s);
/* A number that changes when another handle or process has committed (SQLite: PRAGMA data_version). */
uint64_t store_version(struct store *s);
/* What a running relay watches for, kept in the database, so that its own mail does not move them:
 * house grows with every change of a company, domain, key or credential, queue with every
 * store_retry; in the same transaction. */
struct store_changes { uint64_t house, queue; };
enum store_rc store_changes_get(struct store *s, struct store_changes *ret);

/* A transaction.  put, finish and all that changes tables stand between begin and commit or stand
 * alone; after a failed call inside (NOT_FOUND is no failure), only rollback may follow: all else
 * answers the first failure again.  commit OK means durable.  After a failed fsync every call
 * answers STORE_FAILED, for ever: what is on the disk can be known by a new start alone. */
enum store_rc store_begin(struct store *s);
enum store_rc store_commit(struct store *s);
void store_rollback(struct store *s);

/* --- mail ---------------------------------------------------------------------------------------------------- */

#define STORE_ID_SIZE 16
#define STORE_ID_TEXT 36
struct store_id { unsigned char b[STORE_ID_SIZE]; };	/* a UUID of version 7, RFC 9562 5.7 */

/* The text form, 36 octets, lower case; and back: 0 or -1. */
void store_id_write(const struct store_id *id, char ret[STORE_ID_TEXT]);
int store_id_read(struct zg_slice text, struct store_id *ret);
/* Made of the time in milliseconds and 10 random octets. */
struct store_id store_id_make(uint64_t ms, const unsigned char random[10]);

/* What became of a recipient.  QUEUED and HELD are the states that are not final: HELD waits for a release, not for a time. */
enum store_state { STORE_QUEUED, STORE_DELIVERED, STORE_REFUSED, STORE_CAPTURED, STORE_EXPIRED, STORE_HELD, STORE_STOPPED };
/* "queued", "delivered", "refused", "captured", "expired", "held", "stopped" */
struct zg_slice store_state_word(enum store_state s);

/* Why a recipient is HELD: its text is one of these words. */
#define STORE_HOLD_DOMAIN ZG_S("domain")	/* the domain is not right yet */
#define STORE_HOLD_DMARC ZG_S("dmarc")		/* nor signed, and its DMARC record asks receivers to refuse it so */
#define STORE_HOLD_UNASSIGNED ZG_S("unassigned")	/* it is not known that the domain is the company's */
#define STORE_HOLD_PERSON ZG_S("person")	/* somebody held it */

struct store_recipient {
	struct zg_slice address;
	enum store_state state;
	int64_t next_at;		/* Unix seconds of the next attempt; QUEUED only */
	unsigned attempts;
	unsigned code;			/* of the last reply, 0 for none */
	struct zg_slice enhanced, text;	/* of the last reply, or why there was none; empty before the first attempt */
	int64_t changed;		/* Unix seconds */
	int64_t since;			/* when its attempts began; 0: when the message was accepted */
	struct zg_slice server, tls;	/* of the last attempt; "TLSv1.3", empty: in clear */
};

enum { STORE_8BIT = 1, STORE_UTF8 = 2, STORE_SIGNED = 4 };	/* flags */

#define STORE_SUBJECT_MAX 200u
struct store_message {
	struct store_id id;
	uint64_t company;		/* 0: none (--dev) */
	int64_t created;		/* Unix seconds */
	struct zg_slice sender;		/* of the envelope; "" is the null sender */
	struct zg_slice from_domain;	/* as zg_address_domain makes it */
	struct zg_slice subject;	/* decoded, UTF-8, at most STORE_SUBJECT_MAX octets */
	struct zg_slice app, client, tls;	/* name of the credential, of EHLO; "TLSv1.3", empty: in clear */
	struct zg_slice seal;		/* "example.be zegel1": who signed, and with which selectors; empty: nobody */
	unsigned flags;
	uint64_t size;			/* octets of head and body */
	struct zg_slice head;		/* the header block as it is sent, with the empty line behind it */
	struct zg_slice body;		/* empty where spool is set */
	struct zg_slice spool;		/* name of the file with the body below the spool folder, or empty */
	struct store_recipient *recipients;
	size_t count;
};

/* EXISTS: there is a message with this id. */
enum store_rc store_put(struct store *s, const struct store_message *m);
/* What an attempt came to, for recipient number n (0 is the first) of a message. */
struct store_outcome {
	struct store_id id;
	unsigned n;
	struct store_recipient now;	/* address is not read */
};
/* NOT_FOUND where no recipient of this number waits: a final state stays.  One that was held or stopped while it was on its way
 * keeps that, but where it was delivered or refused.  An attempt after which it still waits leaves an event. */
enum store_rc store_finish(struct store *s, const struct store_outcome *o);
/* A whole message; NOT_FOUND. */
enum store_rc store_message_get(struct store *s, const struct store_id *id, struct zg_arena *a,
				struct store_message *ret);
/* Messages with a recipient that waits, as (id, earliest next_at), oldest id first, at most max of those behind `after`
 * (NULL: from the start). */
struct store_due { struct store_id id; int64_t next_at; };
enum store_rc store_due_list(struct store *s, const struct store_id *after, size_t max,
			     struct zg_arena *a, struct store_due **ret,
			     size_t *ret_count);
/* Newest first, at most max; heads, bodies and spool are left out.  state < 0: all; else those with
 * a recipient in this state. */
enum store_rc store_message_list(struct store *s, int state, size_t max, struct zg_arena *a,
				 struct store_message **ret, size_t *ret_count);
/* Makes all waiting recipients of a message (NULL: of every message) due at `now`; how many
 * recipients.  NOT_FOUND: no such message. */
enum store_rc store_retry(struct store *s, const struct store_id *id, int64_t now, uint64_t *ret_count);

/* --- what people look at, and do (store_sqlite_look.c) ----------------------------------------------------- */

/* What happened to a message beside what its own rows tell; the order is part of the database. */
enum store_event_what {
	STORE_EVENT_DEFERRED,		/* an attempt; the recipient still waits */
	STORE_EVENT_ENDED,		/* what a final state was before somebody sent it again */
	STORE_EVENT_HELD, STORE_EVENT_RELEASED, STORE_EVENT_STOPPED, STORE_EVENT_AGAIN	/* text: by whom; empty: by the queue itself */
};
struct store_event {
	int64_t at;
	enum store_event_what what;
	int recipient;			/* its number, -1: all */
	enum store_state state;		/* ENDED */
	unsigned attempt, code;
	struct zg_slice enhanced, text, server, tls;
};
/* Oldest first. */
enum store_rc store_event_list(struct store *s, const struct store_id *id, struct zg_arena *a, struct store_event **ret,
				size_t *ret_count);

/* DELAYED: queued after an attempt; REFUSED: expired too; DELIVERED: captured too. */
enum store_look { STORE_LOOK_ALL, STORE_LOOK_QUEUED, STORE_LOOK_DELAYED, STORE_LOOK_DELIVERED, STORE_LOOK_REFUSED, STORE_LOOK_HELD,
	STORE_LOOK_STOPPED };
#define STORE_LOOK_STEPS 10000u	/* messages that one look goes through at most */
struct store_look_for {
	uint64_t company;		/* 0: of all */
	struct zg_slice text;		/* part of an address or of the subject, or the beginning of an id; empty: any */
	enum store_look status;
	int64_t from;			/* accepted since then, Unix seconds; 0: ever */
	const struct store_id *before;	/* behind this one; NULL: from the newest */
	size_t max;
};
struct store_looked {
	struct store_message *v;	/* newest first, without head, body and spool */
	size_t count;
	bool is_more;			/* there may be more behind last */
	struct store_id last;
};
enum store_rc store_message_look(struct store *s, const struct store_look_for *f, struct zg_arena *a, struct store_looked *ret);
/* How many there are; `is_more` where STORE_LOOK_STEPS were gone through and more follow. */
enum store_rc store_message_count(struct store *s, const struct store_look_for *f, uint64_t *ret_count, bool *ret_is_more);

/* What people do with one message.  company 0: of any; another's is NOT_FOUND.  *ret_count recipients changed, each with an event;
 * by: who, for it.  A running relay is told (store_changes).
 * AGAIN: refused, expired, stopped and waiting ones are due at `now`, and tried as long as new ones; only while octets are kept. */
enum store_deed { STORE_DEED_AGAIN, STORE_DEED_HOLD, STORE_DEED_RELEASE, STORE_DEED_STOP };
struct store_do {
	enum store_deed deed;
	uint64_t company;
	struct store_id id;
	struct zg_slice by;
	int64_t now;
};
enum store_rc store_message_do(struct store *s, const struct store_do *d, uint64_t *ret_count);
/* Forgets a message, whatever its state.  *ret_spool: the file that may be removed once this is committed, or empty. */
enum store_rc store_message_remove(struct store *s, uint64_t company, const struct store_id *id, struct zg_arena *a,
				   struct zg_slice *ret_spool);
/* From domains, and what signed, of mail that is held and not by a person; each pair once, at most max. */
struct store_held { struct zg_slice from_domain, seal; };
enum store_rc store_held_list(struct store *s, size_t max, struct zg_arena *a, struct store_held **ret, size_t *ret_count);
/* Releases all of such a pair, at most max messages. */
enum store_rc store_held_release(struct store *s, const struct store_held *h, int64_t now, size_t max, uint64_t *ret_count);

/* Does a row name this spool file? */
enum store_rc store_spool_has(struct store *s, struct zg_slice spool, bool *ret);
/* The spool files that rows name, in order of name, at most max of those behind `after` ("": from the first). */
enum store_rc store_spool_list(struct store *s, struct zg_slice after, size_t max, struct zg_arena *a,
			       struct zg_slice **ret, size_t *ret_count);

/* Forgets what is old, in one transaction, at most max messages behind `after` (NULL: from the oldest): head and body of messages
 * that were final for all recipients before `bodies`, and all of those that were accepted before `messages` too (both Unix seconds,
 * messages <= bodies).  What waits is never touched.  *ret lists, in a, what was worked on; a spool file that is named may be
 * removed once this is committed. */
struct store_purged { struct store_id id; struct zg_slice spool; };
enum store_rc store_purge(struct store *s, const struct store_id *after, int64_t bodies, int64_t messages, size_t max,
			  struct zg_arena *a, struct store_purged **ret, size_t *ret_count);

/* --- the house ----------------------------------------------------------------------------------------------- */

struct store_company {
	uint64_t id;			/* given by the store at add */
	struct zg_slice slug, name;
	struct zg_slice sealed_dek;	/* the data key under the master key; empty until the first key */
	int64_t created;
};
struct store_domain {
	uint64_t id, company;
	struct zg_slice name, company_slug;	/* company_slug: read only */
	int64_t created;
	bool is_foreign;		/* it is not known to be the company's: neither assigned by the operator nor proved */
	struct zg_slice sender;		/* an address of it; may be empty */
	struct zg_slice dns_host, mail_host;	/* ids, as a person corrected them; empty: as detected */
};
enum store_key_state { STORE_KEY_ACTIVE, STORE_KEY_RETIRED };
struct store_key {
	uint64_t id, company, domain_id;
	struct zg_slice domain, company_slug;	/* read only */
	struct zg_slice selector;
	unsigned type, bits;			/* enum zg_key_type */
	unsigned version;			/* of the sealing, part of its associated data */
	struct zg_slice sealed;			/* the private key under the company's data key */
	struct zg_slice public_key;		/* the octets of p= */
	bool is_made_here;			/* false: pasted */
	enum store_key_state state;
	int64_t created;
};
struct store_credential {
	uint64_t id, company;
	struct zg_slice name, user, company_slug;	/* company_slug: read only */
	unsigned char hash[32];				/* SHA-256 of the password */
	int64_t created;
};
struct store_audit {
	uint64_t n;			/* 1, 2, ... */
	int64_t at;
	struct zg_slice who, from, what, object, detail;
	unsigned char hash[32];		/* of this line and the hash of the one before */
};

/* add: OK, EXISTS, or NOT_FOUND where the company or domain it belongs to is not there; the id goes
 * into *ret_id.  get by name: OK or NOT_FOUND.  list: in order of name; company 0: of all.  What
 * changes one company's row takes that company's id beside the row's: another's is NOT_FOUND.
 * remove: OK or NOT_FOUND; a company with domains or credentials, a domain with keys: EXISTS. */
enum store_rc store_company_add(struct store *s, const struct store_company *c, uint64_t *ret_id);
enum store_rc store_company_get(struct store *s, struct zg_slice slug, struct zg_arena *a, struct store_company *ret);
enum store_rc store_company_list(struct store *s, struct zg_arena *a, struct store_company **ret, size_t *ret_count);
/* Those that have a data key, in order of id, at most max of those behind `after` (0: from the first). */
enum store_rc store_company_sealed(struct store *s, uint64_t after, size_t max, struct zg_arena *a,
				   struct store_company **ret, size_t *ret_count);
enum store_rc store_company_set_dek(struct store *s, uint64_t company, struct zg_slice sealed_dek);
enum store_rc store_company_remove(struct store *s, uint64_t company);
enum store_rc store_domain_add(struct store *s, const struct store_domain *d, uint64_t *ret_id);
enum store_rc store_domain_get(struct store *s, struct zg_slice name, struct zg_arena *a, struct store_domain *ret);
enum store_rc store_domain_list(struct store *s, uint64_t company, struct zg_arena *a,
				struct store_domain **ret, size_t *ret_count);
/* Sets is_foreign, sender, dns_host and mail_host of the domain d->id of d->company. */
enum store_rc store_domain_set(struct store *s, const struct store_domain *d);
enum store_rc store_domain_remove(struct store *s, uint64_t company, uint64_t domain_id);
/* A key's id is part of what is sealed, so it is reserved first. */
enum store_rc store_key_reserve(struct store *s, uint64_t *ret_id);
enum store_rc store_key_add(struct store *s, const struct store_key *k);
enum store_rc store_key_get(struct store *s, struct zg_slice domain, struct zg_slice selector,
			    struct zg_arena *a, struct store_key *ret);
/* Keys of a domain (0: of all), newest first. */
enum store_rc store_key_list(struct store *s, uint64_t domain_id, struct zg_arena *a,
			     struct store_key **ret, size_t *ret_count);
enum store_rc store_key_set_state(struct store *s, uint64_t company, uint64_t key_id, enum store_key_state state);
enum store_rc store_key_remove(struct store *s, uint64_t company, uint64_t key_id);
enum store_rc store_credential_add(struct store *s, const struct store_credential *c, uint64_t *ret_id);
enum store_rc store_credential_get(struct store *s, struct zg_slice user, struct zg_arena *a,
				   struct store_credential *ret);
enum store_rc store_credential_list(struct store *s, uint64_t company, struct zg_arena *a,
				    struct store_credential **ret, size_t *ret_count);
enum store_rc store_credential_remove(struct store *s, uint64_t company, uint64_t id);
/* The number and hash of the newest line (0 and zeros: there is none), and a new line behind it, in
 * one transaction: the hash is the caller's (src/house/audit.c), since the store knows no
 * cryptography.  EXISTS: another was faster.  Lines are never changed or removed. */
enum store_rc store_audit_last(struct store *s, uint64_t *ret_n, unsigned char ret_hash[32]);
enum store_rc store_audit_add(struct store *s, const struct store_audit *line);
/* Newest first, at most max. */
enum store_rc store_audit_list(struct store *s, size_t max, struct zg_arena *a,
			       struct store_audit **ret, size_t *ret_count);

#endif
