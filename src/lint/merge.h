/* merge.h - the one SPF record that should stand, computed from those that do (lint-catalogue 3, rules 1-4, 6-8, 10).
 *
 * Invariants: (1) never two records; (2) the end of a record in force is never weakened; (3) no include or address is
 * added but the relay's, and the mail host's where no record stood; (4) where nothing is to be mended the same line
 * comes back, octet for octet; (5) the merge of its own result is that result. */
#ifndef ZG_LINT_MERGE_H
#define ZG_LINT_MERGE_H

#include "lint/finding.h"

struct zg_merge_ask {
	const struct zg_slice *values;	/* TXT values at the name, strings joined, in their order; others than SPF are
					 * passed over, so all of them may be given */
	size_t count;
	struct zg_slice relay;		/* R, the relay's include ("_spf.relay.example"); empty: none is wanted */
	struct zg_slice mailhost;	/* include of the mail host (zg_mail_host_of); empty: not known.  Only for rule 8 */
	bool has_mx;			/* there is an MX, and not the null MX of RFC 7505 */
	bool is_relay_reached;		/* DNS says that an include that stands there leads to R */
	const struct zg_slice *alive;	/* include targets that DNS says hold SPF: never taken for R misspelt.  May be NULL */
	size_t alive_count;
};

struct zg_merge {
	struct zg_slice line;		/* the whole record to publish */
	bool is_same;			/* one record stood there, and it is this line: nothing to do */
	size_t records;			/* SPF records and candidates among the values */
	size_t base;			/* the first of them; ZG_VALUE_NONE: none stood there */
	struct zg_spans *gone;		/* count of them: of each value, what goes */
	struct zg_spans come;		/* of line, what comes */
	struct zg_findings findings;
};

/* Everything lives in a, but for line where is_same: that is the value.  0, or -1 where a is full, or the values hold
 * more than ZG_SPF_TERMS_MAX terms (is_full of a tells which): then nothing is written. */
int zg_spf_merge(const struct zg_merge_ask *ask, struct zg_arena *a, struct zg_merge *ret);

#endif
