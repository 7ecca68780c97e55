/* dkim_sig.h - the DKIM-Signature field in typed form, RFC 6376 3.5 with RFC 8301, RFC 8463 and RFC 8616. */
#ifndef ZG_AUTH_DKIM_SIG_H
#define ZG_AUTH_DKIM_SIG_H

#include <zegel/arena.h>
#include <zegel/dkim.h>

/* Octets of selector and domain together: with "._domainkey." between them they are a name of 253 (RFC 1035 2.3.4 in
 * text). */
#define ZG_DKIM_NAMES_MAX (253u - 12u)

/* Slices are views of the field, unless it is said where they live. */
struct zg_dkim_sig {
	struct zg_slice domain, selector, identity, algorithm;	/* as written; empty where they are not */
	struct zg_slice b, b_raw;	/* the value of b=; the same with the blanks around it */
	struct zg_slice headers;	/* h= */
	struct zg_slice asked_domain, asked_selector;	/* A-labels, lower case; in the arena */
	enum zg_key_type type;
	enum zg_canon header, body;
	unsigned char body_hash[ZG_HASH_SIZE];
	uint64_t length;		/* l=, or UINT64_MAX */
	int64_t expire;			/* x=, or -1 */
	bool is_below;			/* i= lies below d=, not at it */
};

/* Reads the value of a field.  NULL, or why it is no valid signature field, a literal; what was read before stands
 * in *ret then.  b= may be empty.  Names live in a; scratch is used and may be reset. */
const char *zg_dkim_sig_read(struct zg_slice value, struct zg_arena *scratch, struct zg_arena *a,
			     struct zg_dkim_sig *ret);
/* The octets of b=, in a: NULL, or why not. */
const char *zg_dkim_sig_octets(const struct zg_dkim_sig *sig, struct zg_arena *a, struct zg_slice *ret);
/* A name that DKIM asks for: text, an A-label form of it in a, at least `labels` labels.  Empty where it is none. */
struct zg_slice zg_dkim_sig_name(struct zg_slice text, size_t labels, struct zg_arena *a);
/* What a name in h= may be: visible ASCII without colon and semicolon. */
bool zg_dkim_sig_is_field_name(struct zg_slice name);
/* RFC 6376 2.11 and RFC 8616 5: decodes dkim-quoted-printable; 0, or -1. */
int zg_dkim_sig_unquote(struct zg_slice text, struct zg_buf *ret);
/* The same back: what must not stand there becomes =XX. */
void zg_dkim_sig_quote(struct zg_slice text, struct zg_buf *ret);
/* Does an identity, decoded, lie at or below the domain d (A-labels)?  *ret_is_below: below it.  0, or -1. */
int zg_dkim_sig_identity(struct zg_slice identity, struct zg_slice d, struct zg_arena *a, bool *ret_is_below);
/* Does the value of a From field hold exactly one address, at or below the domain d (A-labels)? */
enum zg_dkim_refusal zg_dkim_sig_from(struct zg_slice value, struct zg_slice d, struct zg_arena *a);

#endif
