/* lang.c - finding a text in the tables, and filling its places. */
#include "lang/lang.h"
#include "base/ascii.h"
#include "lang/lang_table.h"

_Static_assert(LANG_COUNT == LANG_DE + 1, "a table for each language");

enum lang lang_of(struct zg_slice name)
{
	static const struct { struct zg_slice name; enum lang lang; } known[] = {
		{ ZG_SI("nl"), LANG_NL }, { ZG_SI("fr"), LANG_FR }, { ZG_SI("de"), LANG_DE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!zg_slice_starts_ci(name, known[i].name))
			continue;
		if (name.n == 2 || !zg_ascii_is_alnum(name.p[2]))
			return known[i].lang;
	}
	return LANG_EN;
}

struct zg_slice lang_text(enum lang l, enum lang_word w)
{
	return (unsigned)l < LANG_COUNT && (unsigned)w < WORD_COUNT ? lang_table[l][w] : ZG_S("");
}

/* The number of the place "{N}" that s begins with, or -1. */
static int place_of(struct zg_slice s)
{
	if (s.n < 3 || s.p[0] != '{' || !zg_ascii_is_digit(s.p[1]) || s.p[2] != '}')
		return -1;
	return s.p[1] - '0';
}

void lang_fill(struct zg_buf *b, struct zg_slice text, const struct zg_slice *args, size_t count)
{
	struct zg_slice rest = text;

	while (rest.n) {
		size_t n = zg_slice_find(rest, '{');
		int place;

		zg_buf_put(b, zg_slice_sub(rest, 0, n));
		rest = zg_slice_sub(rest, n, rest.n);
		place = place_of(rest);
		if (place >= 0 && (size_t)place < count)
			zg_buf_put(b, args[place]);
		else
			zg_buf_put(b, zg_slice_sub(rest, 0, place >= 0 ? 3 : 1));
		rest = zg_slice_sub(rest, place >= 0 ? 3 : 1, rest.n);
	}
}

void lang_put(struct zg_buf *b, enum lang l, enum lang_word w, const struct zg_slice *args, size_t count)
{
	lang_fill(b, lang_text(l, w), args, count);
}
