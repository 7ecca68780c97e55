/* dkim.h - DKIM signing and verifying, RFC 6376 with RFC 8301 and RFC 8463.
 *
 * The body goes through as a stream, in pieces of any size, CRLF line ends; nothing of it is kept.  No function here
 * does I/O or looks at a clock: time and answers of the DNS are arguments. */
#ifndef ZEGEL_DKIM_H
#define ZEGEL_DKIM_H

#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/crypt.h>
#include <zegel/dns.h>
#include <zegel/header.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The two ways to canonicalize, RFC 6376 3.4. */
enum zg_canon { ZG_CANON_SIMPLE, ZG_CANON_RELAXED };

/* Body canonicalization as a stream into a hash, RFC 6376 3.4.3 and 3.4.4.  A caller's struct, its members are
 * private. */
struct zg_canon_body {
	struct zg_hash *hash;
	enum zg_canon canon;
	uint64_t empty_lines;	/* CRLFs held back: they count only when text follows */
	uint64_t length;	/* octets of the canonical body so far; the first `limit` of them are hashed */
	uint64_t limit;		/* l=, or UINT64_MAX */
	bool has_cr;		/* a CR was the last octet of the piece before */
	bool has_wsp;		/* blanks held back (relaxed) */
};

/* --- signing, RFC 6376 5 ------------------------------------------------------------------------------------- */

/* What a signature is to say.  Slices and the list are borrowed: they must outlive the signer. */
struct zg_dkim_sign_opts {
	struct zg_slice domain, selector;	/* d= and s=, lower case, A-labels */
	struct zg_slice identity;		/* i=, or empty: not written */
	enum zg_key_type type;			/* gives a= */
	enum zg_canon header, body;
	const struct zg_slice *headers;		/* names to sign, in order; NULL: the default, oversigned */
	size_t headers_count;
	int64_t time, expire;			/* t= and x=, Unix seconds; -1: not written */
};

/* Why a message is not signed: a receiver would refuse it, or could be fooled. */
enum zg_dkim_refusal {
	ZG_DKIM_SIGNABLE,
	ZG_DKIM_NO_FROM,
	ZG_DKIM_TWO_FROM,		/* more than one From field */
	ZG_DKIM_FROM_UNREADABLE,	/* no address can be read out of From */
	ZG_DKIM_FROM_TWO_ADDRESSES,
	ZG_DKIM_FROM_FOREIGN,		/* the From domain is neither d= nor below it */
	ZG_DKIM_BAD_HEADER,		/* bare CR or LF, NUL, a line that is no field, a blank before a colon, or a field
					 * made by hand that is not what zg_header_index makes of its raw */
	ZG_DKIM_BAD_OPTION,		/* d=, s=, i= or a name of h= cannot be written (in a line of 998 octets, RFC 5322
					 * 2.1.1), or i= lies outside d=, or h= lacks From, or body was changed */
	ZG_DKIM_NO_ROOM			/* the arena is full, or no memory */
};

/* A signer of one message.  The struct is the caller's; `opts` may be changed between two signatures, all but its body,
 * which is what the body was hashed with; the rest is private. */
struct zg_dkim_signer {
	struct zg_dkim_sign_opts opts;
	struct zg_hash hash;
	struct zg_canon_body canon;
	bool is_ended;				/* the body is over, body_hash stands */
	unsigned char body_hash[ZG_HASH_SIZE];
};

/* What is to be signed: both live in the arena. */
struct zg_dkim_unsigned {
	struct zg_slice block;	/* the canonical header block, the DKIM-Signature last, with b= empty and without CRLF */
	struct zg_slice field;	/* "DKIM-Signature: ...; b=" as it will stand in the message, folded, without CRLF */
};

/* Starts (RFC 6376 5); what opts points at, and c, must outlive the signer.  0, or -1 without memory.  Ended by
 * zg_dkim_sign_done in any case. */
int zg_dkim_sign_init(struct zg_dkim_signer *s, const struct zg_crypt *c, const struct zg_dkim_sign_opts *opts);
/* The next piece of the body, of any size; it is not kept.  Line ends are CRLF, also across pieces. */
void zg_dkim_sign_body(struct zg_dkim_signer *s, struct zg_slice piece);
/* After the last piece: checks the header (From first) and writes what must be signed.  May be called again with
 * other opts (s->opts, all but body) for a second signature over the same body. */
enum zg_dkim_refusal zg_dkim_sign_block(struct zg_dkim_signer *s, const struct zg_headers *h, struct zg_arena *a,
					struct zg_dkim_unsigned *ret);
/* Gives back what OpenSSL holds for s; what lives in arenas stays. */
void zg_dkim_sign_done(struct zg_dkim_signer *s);
/* The whole field, CRLF included, to be put on top of the message (RFC 6376 5.6): u->field, the signature's octets in
 * base64, folded at 78 columns.  It lives in a; an empty slice when a is full. */
struct zg_slice zg_dkim_sign_field(const struct zg_dkim_unsigned *u, struct zg_slice signature, struct zg_arena *a);
/* What a signer of blocks must know of one (RFC 6376 3.7 and 5.4): the d=, s= of the last field, and what From says.
 * All are views of block.  SIGNABLE only where there is exactly one From with one address, which lies at or below d=, h=
 * holds from, and the last field is a DKIM-Signature with b= empty. */
enum zg_dkim_refusal zg_dkim_block_check(struct zg_slice block, struct zg_slice *ret_domain,
					 struct zg_slice *ret_selector);

/* --- verifying, RFC 6376 6 ----------------------------------------------------------------------------------- */

/* RFC 8601 2.7.1. */
enum zg_dkim_result {
	ZG_DKIM_NONE, ZG_DKIM_PASS, ZG_DKIM_FAIL, ZG_DKIM_POLICY, ZG_DKIM_NEUTRAL, ZG_DKIM_TEMPERROR, ZG_DKIM_PERMERROR
};
/* The word of RFC 8601 2.7.1; a view of a literal. */
struct zg_slice zg_dkim_result_word(enum zg_dkim_result r);

/* One signature's verdict; slices live in the verifier's arena. */
struct zg_dkim_verdict {
	struct zg_slice domain, selector, identity;	/* as written; empty where the field could not be read */
	struct zg_slice algorithm;			/* a= */
	struct zg_slice signature;			/* the start of b=, for header.b of RFC 8601 (RFC 6008), at most 8 octets */
	unsigned bits;					/* of the key, 0 where none was read */
	enum zg_dkim_result result;
	const char *reason;				/* a literal in English for programs and logs; "" for a plain pass,
							 * not for one of a key with t=y */
	bool is_testing;				/* t=y in the key record, RFC 6376 3.6.1 */
};

struct zg_dkim_verifier;

/* Public keys kept parsed from message to message: to read an RSA key costs more than to verify with it.  For one
 * thread, as a key is.  A key is found by the whole text of its p= in an answer of the DNS, never by a name, so nothing
 * here can be out of date. */
struct zg_dkim_keys;
/* A cache for count keys (at least 1; rounded up to a multiple of 4), living in a, which must give about 1.1 KiB for each;
 * OpenSSL takes some 3 KiB more for each key in use.  NULL without room.  Ended by done; then a may be reset. */
struct zg_dkim_keys *zg_dkim_keys_new(struct zg_arena *a, size_t count);
/* Frees the keys.  NULL is allowed. */
void zg_dkim_keys_done(struct zg_dkim_keys *k);

/* A verifier of one message, living in a (which must give at least 64 KiB); now is Unix time in seconds,
 * held against x= to the second: who allows for clocks that differ (RFC 6376 3.5) gives an earlier one.  t= is not held
 * against it: a wrong clock does not change who signed.  c and a must outlive it.  NULL without room.  Ended by
 * zg_dkim_verify_done. */
struct zg_dkim_verifier *zg_dkim_verify_new(const struct zg_crypt *c, struct zg_arena *a, int64_t now);
/* Lets v find its keys in k, and leave them there; k must outlive v.  To be called before the first feed, or not at
 * all: then each key is parsed anew. */
void zg_dkim_verify_keys(struct zg_dkim_verifier *v, struct zg_dkim_keys *k);
/* The header block (it must stay until the end): reads signatures, the topmost 8 (RFC 6376 6.1 lets a verifier stop);
 * zg_header_count tells how many there are.  Once, before any body. */
void zg_dkim_verify_header(struct zg_dkim_verifier *v, const struct zg_headers *h);
/* The next piece of the body, of any size; it is not kept. */
void zg_dkim_verify_body(struct zg_dkim_verifier *v, struct zg_slice piece);
/* The body is over; may stand before or after answers were fed. */
void zg_dkim_verify_end(struct zg_dkim_verifier *v);
/* ZG_DONE, or ZG_ASK and the questions without an answer so far, a list that lives in v until the next call; TXT
 * records, at most 8.  They can be asked as soon as the header is in.  RFC 6376 6.1.2. */
enum zg_step zg_dkim_verify_step(struct zg_dkim_verifier *v, const struct zg_dns_q **ret_q);
/* One answer, to any question asked, in any order; copied as far as it is needed, so it may die after.  Others and
 * repeated ones are ignored.  What is never answered stays temperror. */
void zg_dkim_verify_feed(struct zg_dkim_verifier *v, const struct zg_dns_a *a);
/* The two above as a driver wants them; a view of v. */
struct zg_asker zg_dkim_verify_asker(struct zg_dkim_verifier *v);
/* How many verdicts there are, topmost signature first, once step said done and the body ended; *ret lives in v.  0:
 * no signature.  Before that, what is still open is temperror. */
size_t zg_dkim_verify_verdicts(struct zg_dkim_verifier *v, const struct zg_dkim_verdict **ret);
/* Gives back what OpenSSL holds for v; the rest goes with the arena. */
void zg_dkim_verify_done(struct zg_dkim_verifier *v);

/* --- the key record ------------------------------------------------------------------------------------------ */

/* Writes the record's name, "<selector>._domainkey.<domain>", RFC 6376 3.6.2.1, into memory of ret, the caller's; at
 * most 253 octets where both are names.  0, or -1 where ret is full. */
int zg_dkim_key_name(struct zg_slice selector, struct zg_slice domain, struct zg_buf *ret);
/* Writes the record's text for a key, of a private one for its public half: v=DKIM1; k=...; p=...  RFC 6376 3.6.1.  It
 * is not cut in strings of 255 octets.  Into memory of ret, the caller's; 0, or -1 where ret is full, or without
 * memory. */
int zg_dkim_key_record(const struct zg_key *k, struct zg_buf *ret);

#ifdef __cplusplus
}
#endif

#endif
