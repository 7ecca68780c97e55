/* address.h - addresses of RFC 5322 3.4 (fields) and RFC 5321 4.1.2 (envelope), with RFC 6531 and RFC 6532.
 *
 * Nothing here allocates but zg_address_domain, which takes its arena. */
#ifndef ZEGEL_ADDRESS_H
#define ZEGEL_ADDRESS_H

#include <stdbool.h>
#include <zegel/arena.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An addr-spec; views. */
struct zg_address {
	struct zg_slice local;		/* as written, quotes included */
	struct zg_slice domain;		/* as written; "[...]" for a literal */
};

/* Reads the value of a From, To ... field, RFC 5322 3.4: display names, quoted strings, comments, folds, groups.
 * Counts all addresses, gives the first as views of value (empty where there is none: an empty value, a group without
 * members).  0 where the whole value was understood, -1 where not (nothing is written then).  What receivers may read
 * in two ways is not understood; of the old syntax of RFC 5322 4.4 neither a source route nor blanks, comments or folds
 * inside a local part or a domain. */
int zg_address_list(struct zg_slice value, struct zg_address *ret_first, size_t *ret_count);
/* Reads a Mailbox of RFC 5321 4.1.2 (no angle brackets), utf8: octets above 127 may stand in it (SMTPUTF8, RFC 6531).
 * 0, and views of text; or -1, and nothing is written, where it is none, or the local part has over 64 octets. */
int zg_address_mailbox(struct zg_slice text, bool utf8, struct zg_address *ret);
/* A domain as it is compared and asked for, RFC 5321 2.3.5: A-labels (IDNA2008 by libidn2, never with STD3), lower
 * case, without a last dot, of letters, digits, hyphens and underscores; lives in a.  Empty where it is no domain name
 * (a literal, an empty label, another character, over 253 octets), or there is no memory: then is_full of a is set. */
struct zg_slice zg_address_domain(struct zg_slice domain, struct zg_arena *a);
/* Is d the same as, or below, zone (RFC 6376 3.5, d= and i=)?  Both as zg_address_domain makes them; an empty one is
 * neither. */
bool zg_address_is_below(struct zg_slice d, struct zg_slice zone);

#ifdef __cplusplus
}
#endif

#endif
