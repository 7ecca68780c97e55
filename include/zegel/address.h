/* address.h - addresses of RFC 5322 3.4 (fields) and RFC 5321 4.1.2 (envelope), with RFC 6531 and RFC 6532. */
#ifndef ZEGEL_ADDRESS_H
#define ZEGEL_ADDRESS_H

#include <stdbool.h>
#include <zegel/arena.h>
#include <zegel/slice.h>

/* An addr-spec; views. */
struct zg_address {
	struct zg_slice local;		/* as written, quotes included */
	struct zg_slice domain;		/* as written; "[...]" for a literal */
};

/* Reads the value of a From, To ... field: display names, quoted strings, comments, folds, groups.  Counts all
 * addresses, gives the first (empty where there is none: an empty value, a group without members).  0 where the whole
 * value was understood, -1 where not (nothing is written then).  What receivers may read in two ways is not understood,
 * or counted twice: each host of a source route counts as an address (RFC 5322 4.4), so a From with one has more than
 * one. */
int zg_address_list(struct zg_slice value, struct zg_address *ret_first, size_t *ret_count);
/* Reads a Mailbox of RFC 5321 (no angle brackets), utf8: octets above 127 may stand in it (SMTPUTF8).  0 or -1. */
int zg_address_mailbox(struct zg_slice text, bool utf8, struct zg_address *ret);
/* A domain as it is compared and asked for: A-labels (IDNA2008 by libidn2, never with STD3), lower case, without a last
 * dot, of letters, digits, hyphens and underscores; lives in a.  Empty where it is no domain name (a literal, an empty
 * label, another character, over 253 octets), or a is full. */
struct zg_slice zg_address_domain(struct zg_slice domain, struct zg_arena *a);
/* Is d the same as, or below, zone?  Both as zg_address_domain makes them. */
bool zg_address_is_below(struct zg_slice d, struct zg_slice zone);

#endif
