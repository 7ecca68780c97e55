/* conf_toml.h - the strict subset of TOML, item after item.
 *
 * What there is: comments, [section], key = value with bare names, and as values "strings" of one line (escapes \" and
 * \\ only), decimal numbers, true, false, and lists of strings over any number of lines.  For conf.c only. */
#ifndef CONF_CONF_TOML_H
#define CONF_CONF_TOML_H

#include <stdint.h>
#include "conf/conf.h"

enum conf_type { CONF_STRING, CONF_NUMBER, CONF_BOOL, CONF_LIST,
	CONF_EITHER	/* of a key alone: a string or a list */
};
struct conf_value {
	enum conf_type type;
	struct conf_place at;		/* of its first octet */
	struct zg_slice raw;		/* as written */
	struct zg_slice string;
	uint64_t number;
	bool is_true;
	struct conf_value *first, *next;	/* of a list; all are strings */
};

enum conf_item_kind { CONF_ITEM_SECTION, CONF_ITEM_PAIR, CONF_ITEM_ERROR, CONF_ITEM_END };
struct conf_item {
	enum conf_item_kind kind;
	struct conf_place at;		/* of the name, or of the error */
	struct zg_slice name;		/* of a section or key */
	struct conf_value value;
	enum conf_want want;		/* ERROR: what was expected */
};

struct conf_toml {
	struct zg_slice s;
	size_t at, line_at;		/* of the next octet, and of the first of its line */
	unsigned line;
	struct zg_arena *a;
	enum conf_want want;		/* the first error of this item; it sticks */
	struct conf_place want_at;
	bool is_in_list;
};

struct conf_toml conf_toml_of(struct zg_slice text, struct zg_arena *a);
/* The next item.  After an ERROR it goes on with the line behind it; a full arena ends the text (see a->is_full). */
void conf_toml_next(struct conf_toml *t, struct conf_item *ret);

#endif
