/* spf_text.h - SPF as people write it: a TXT value mended and cut into terms (lint-catalogue 3, rule 1).
 *
 * Nothing here asks DNS.  Every term keeps the place it came from, so that what was changed can be shown. */
#ifndef ZG_LINT_SPF_TEXT_H
#define ZG_LINT_SPF_TEXT_H

#include <stdint.h>
#include "lint/finding.h"

#define ZG_SPF_VALUE_MAX 65535u		/* octets of a TXT value: RFC 1035 3.2.1, RDLENGTH */
#define ZG_SPF_TERMS_MAX 512u		/* of all values together; a record of 10 lookups has no use for more */

enum zg_spf_kind {
	ZG_SPF_OTHER,		/* some other TXT value */
	ZG_SPF_RECORD,		/* RFC 7208 4.5: begins "v=spf1", then a blank or the end */
	ZG_SPF_CANDIDATE	/* no record, but meant as one */
};

/* What a TXT value is, its strings joined.  scratch is used for the length of the call; where it is full, OTHER, and
 * its is_full is set. */
enum zg_spf_kind zg_spf_kind(struct zg_slice value, struct zg_arena *scratch);

enum zg_spf_name {
	ZG_SPF_ALL, ZG_SPF_INCLUDE, ZG_SPF_A, ZG_SPF_MX, ZG_SPF_PTR, ZG_SPF_IP4, ZG_SPF_IP6, ZG_SPF_EXISTS,
	ZG_SPF_REDIRECT, ZG_SPF_EXP,
	ZG_SPF_MODIFIER,	/* another name= */
	ZG_SPF_BAD		/* cannot be mended: goes */
};

/* One term, mended. */
struct zg_spf_term {
	enum zg_spf_name name;
	char qualifier;		/* '+', '-', '~', '?'; '+' where none is written, and for modifiers */
	struct zg_slice text;	/* all of it, as it goes into a record */
	struct zg_slice target;	/* the domain or address behind : or =, with what follows it; view of text */
	size_t value;		/* index of the value it came from */
	struct zg_span at;	/* its octets there, blanks and quotes inside included */
	bool is_verbatim;	/* text is what stood there */
	bool is_bare;		/* a domain without a mechanism stood there; text has include: in front of it */
};

/* A value in terms. */
struct zg_spf_text {
	struct zg_spf_term *v;
	size_t count;
	struct zg_span version;		/* where "v=spf1" or what was meant by it stands; n 0 where nothing does */
	bool is_clean;			/* nothing was mended: no term changed, all blanks are spaces, version right */
};

/* Cuts value (index `number` among those of its name) into terms and appends what was mended to findings.  A term that
 * cannot be mended is kept as ZG_SPF_BAD.  0, or -1 where a is full or there are more than ZG_SPF_TERMS_MAX terms
 * (is_full tells which). */
int zg_spf_text_read(struct zg_slice value, size_t number, struct zg_arena *a, struct zg_findings *findings,
		     struct zg_spf_text *ret);

/* Do both mean the same: case, a leading + and a final dot aside? */
bool zg_spf_term_eq(const struct zg_spf_term *x, const struct zg_spf_term *y);
/* Do both name the same domain: case and a final dot aside? */
bool zg_spf_domain_eq(struct zg_slice x, struct zg_slice y);
/* Edits between a and b (insertion, deletion, another letter, swap of neighbours), case aside; limit + 1 where there
 * are more than limit, or a text has more than 255 octets. */
unsigned zg_edits(struct zg_slice a, struct zg_slice b, unsigned limit);

#endif
