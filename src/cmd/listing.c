/* listing.c - rows in columns, or as JSON. */
#include <string.h>
#include "cmd/json.h"
#include "cmd/listing.h"

#define GAP 2u	/* blanks between columns */

void listing_begin(struct listing *l, struct cmd *c, const char *name, size_t columns, size_t rows)
{
	*l = (struct listing){ .c = c, .name = name, .columns = columns };
	if (cmd_has(c, CMD_OPT_JSON)) {
		l->array = json_array();
		return;
	}
	l->cells = zg_arena_array(&c->arena, rows ? rows : 1, sizeof(*l->cells));
	l->cap = l->cells ? rows : 0;
}

bool listing_is_json(const struct listing *l)
{
	return cmd_has(l->c, CMD_OPT_JSON);
}

void listing_cells(struct listing *l, const struct zg_slice *cells)
{
	if (l->count < l->cap)
		memcpy(l->cells[l->count], cells, l->columns * sizeof(*cells));
	l->count++;
}

void listing_object(struct listing *l, json_t *object)
{
	/* One that failed makes the whole fail: a list with a hole is no answer. */
	if (json_array_append_new(l->array, object) == 0)
		return;
	json_decref(l->array);
	l->array = NULL;
}

/* Does anything stand behind column k?  Blanks at a line's end help nobody. */
static bool has_more(const struct listing *l, size_t row, size_t k)
{
	size_t n = 0;

	while (++k < l->columns)
		n += l->cells[row][k].n;
	return n > 0;
}

static size_t width_of(const struct listing *l, size_t column)
{
	size_t width = 0;

	for (size_t i = 0; i < l->count; i++)
		width = l->cells[i][column].n > width ? l->cells[i][column].n : width;
	return width;
}

int listing_end(struct listing *l, enum lang_word none)
{
	size_t width[LISTING_COLUMNS];

	if (listing_is_json(l))
		return cmd_json_put(l->c, l->array ? json_pack("{s:o}", l->name, l->array) : NULL, CMD_GOOD);
	if (l->count > l->cap)
		return cmd_fail(l->c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (!l->count)
		cmd_say(l->c, none, CMD_NOTHING, CMD_NOTHING);
	for (size_t k = 0; k < l->columns; k++)
		width[k] = width_of(l, k) + GAP;
	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < l->columns; k++) {
			cmd_put_wide(l->c, l->cells[i][k], has_more(l, i, k) ? width[k] : 0);
			cmd_put(k + 1 < l->columns ? ZG_S("") : ZG_S("\n"));
		}
	return CMD_GOOD;
}
