/* listing.h - rows in columns for people, or one object with an array for programs. */
#ifndef CMD_LISTING_H
#define CMD_LISTING_H

#include <jansson.h>
#include "cmd/cmd.h"

#define LISTING_COLUMNS 7u

/* One row: its cells for people, its object for programs; only what was asked for is made. */
struct listing {
	struct cmd *c;
	const char *name;		/* of the array */
	json_t *array;			/* NULL for people, and without memory */
	size_t count, columns;
	struct zg_slice (*cells)[LISTING_COLUMNS];
	size_t cap;
};

/* rows: at most as many will be added. */
void listing_begin(struct listing *l, struct cmd *c, const char *name, size_t columns, size_t rows);
bool listing_is_json(const struct listing *l);
void listing_cells(struct listing *l, const struct zg_slice *cells);
void listing_object(struct listing *l, json_t *object);
/* Writes all; none: what is said to people where there is no row. */
int listing_end(struct listing *l, enum lang_word none);

#endif
