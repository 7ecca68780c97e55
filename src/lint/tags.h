/* tags.h - tag lists as people paste them, for record_state.c and its neighbours: read leniently, each tag with its place. */
#ifndef ZG_LINT_TAGS_H
#define ZG_LINT_TAGS_H

#include "lint/finding.h"

#define ZG_TAGS_MAX 100u		/* tags of a record that are looked at: as ZG_TAGLIST_MAX */

struct zg_loose_tag {
	struct zg_slice name, value;	/* blanks around them cut; name empty: a piece without "=" */
	struct zg_span at;		/* from its first to its last visible octet, without the semicolon */
};

struct zg_loose_tags {
	struct zg_loose_tag v[ZG_TAGS_MAX];
	size_t count;
};

/* Cuts text at its semicolons; views.  More than ZG_TAGS_MAX tags: the rest is passed over. */
void zg_loose_tags_read(struct zg_slice text, struct zg_loose_tags *ret);
/* The first of that name, case aside, or NULL. */
const struct zg_loose_tag *zg_loose_tags_get(const struct zg_loose_tags *t, struct zg_slice name);
/* Place of what in s, case aside, or s.n. */
size_t zg_find_ci(struct zg_slice s, struct zg_slice what);
/* Does s hold a quote, typographic ones too?  *ret_at: the first. */
bool zg_find_quote(struct zg_slice s, struct zg_span *ret_at);

#endif
