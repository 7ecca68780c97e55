/* look.h - one server's answer under way to a judgement, for record_state.c, dkim_look.c and dmarc_look.c. */
#ifndef ZG_LINT_LOOK_H
#define ZG_LINT_LOOK_H

#include "lint/record_state.h"

struct zg_look {
	const struct zg_want *want;
	const struct zg_answer *answer;
	struct zg_arena *a;
	struct zg_sight s;
};

/* Notes a finding.  0, or -1 where the arena is full. */
int zg_look_say(struct zg_look *l, enum zg_lint code, size_t value, struct zg_span at);
/* Is value one of before, blanks at its ends aside? */
bool zg_look_is_old(const struct zg_look *l, struct zg_slice value);
/* Nothing at the name: says where it was found instead, or that it is missing.  is_ours tells a value of the kind. */
int zg_look_missing(struct zg_look *l, bool (*is_ours)(struct zg_slice value, struct zg_arena *a), const enum zg_lint *codes,
		    enum zg_lint missing);
/* Marks value against wanted, and the values for which is_extra holds whole. */
int zg_look_mark(struct zg_look *l, const bool *is_extra);

/* The judgements; s is filled but for what zg_record_see itself does. */
int zg_dkim_look(struct zg_look *l);
int zg_dmarc_look(struct zg_look *l);

#endif
