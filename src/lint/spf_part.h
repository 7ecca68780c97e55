/* spf_part.h - the steps between the octets of an SPF value and its terms, for spf_text.c alone. */
#ifndef ZG_LINT_SPF_PART_H
#define ZG_LINT_SPF_PART_H

#include "lint/spf_text.h"

/* Text with the place of each octet in the value it came from. */
struct zg_spf_text_map {
	char *p;
	uint32_t *src;
	size_t n;
	struct zg_slice value;
	bool is_changed;	/* not the octets of the value */
};

/* Octets made clean: no quotes, backslashes and marks without width, every blank and separator a space, every dash a
 * hyphen.  One finding of a kind.  0, or -1 where a is full. */
int zg_spf_wash(struct zg_slice value, size_t number, struct zg_arena *a, struct zg_findings *f, struct zg_spf_text_map *ret);

/* The mechanism or modifier called so, case aside ("ip" and "ipv4" are ZG_SPF_IP4); ZG_SPF_BAD: none. */
enum zg_spf_name zg_spf_name_of(struct zg_slice word);
/* Is it a name that stands behind : or = (RFC 7208 7.1, domain-spec)?  is_exp: the letters c, r and t are macros too. */
bool zg_spf_is_domain(struct zg_slice s, bool is_exp);
/* Makes a term of one piece without blanks; its value and at are set by the caller.  Writes what was mended to
 * ret_code, ZG_LINT_COUNT: nothing.  0, or -1 where a is full. */
int zg_spf_term_read(struct zg_slice piece, struct zg_arena *a, struct zg_spf_term *ret, enum zg_lint *ret_code);

#endif
