/* taglist.c - the tag-list of RFC 6376 3.2, strictly: no empty piece but behind the last semicolon, no name twice. */
#include "auth/taglist.h"
#include "base/ascii.h"

#define BLOCK 32u	/* octets looked at together */

static bool is_name(struct zg_slice s)
{
	if (!s.n || !zg_ascii_is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!zg_ascii_is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

/* RFC 6376 3.2: visible ASCII without the semicolon, and blanks inside.  Octets above 127 are let through: RFC 8616 5 has
 * UTF-8 in d=, s= and i=, whose readers see to it, and elsewhere no reader takes them, or nobody reads the tag. */
static inline unsigned char is_foreign(char c)
{
	unsigned char is_low = (unsigned char)c < 32, is_del = c == 127, is_blank = (c == '\t') | (c == '\r') | (c == '\n');

	return (is_low & (is_blank ^ 1)) | is_del;
}

/* BLOCK octets at a time, in a loop that compilers turn into vector code. */
static bool is_value(struct zg_slice s)
{
	unsigned char seen = 0;
	size_t i = 0;

	for (; s.n - i >= BLOCK; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			seen |= is_foreign(s.p[i + k]);
	for (; i < s.n; i++)
		seen |= is_foreign(s.p[i]);
	return !seen;
}

/* How often c stands in s; a loop that compilers turn into vector code. */
static size_t count_of(struct zg_slice s, char c)
{
	size_t count = 0, i = 0;

	for (; s.n - i >= BLOCK; i += BLOCK) {
		unsigned char some = 0;

		for (size_t k = 0; k < BLOCK; k++)
			some = (unsigned char)(some + (s.p[i + k] == c));
		count += some;
	}
	for (; i < s.n; i++)
		count += s.p[i] == c;
	return count;
}

/* RFC 6376 2.8: CR and LF stand in folds alone, CRLF and a blank behind it.  A header has no others; a record may. */
static bool is_folded_well(struct zg_slice s)
{
	size_t cr = count_of(s, '\r'), folds = 0, at = 0;

	for (;; folds++) {
		at += zg_slice_find((struct zg_slice){ s.p + at, s.n - at }, '\n');
		if (at == s.n)
			return folds == cr;
		if (at == 0 || s.p[at - 1] != '\r' || ++at == s.n || !zg_ascii_is_wsp(s.p[at]))
			return false;
	}
}

/* is_clean: the whole list is_value, so this one is. */
static enum zg_taglist_error tag_read(struct zg_slice piece, bool is_clean, struct zg_tag *ret)
{
	size_t equals = 0;

	while (equals < piece.n && piece.p[equals] != '=')	/* it is near: names are short */
		equals++;
	if (equals == piece.n)
		return ZG_TAGLIST_NO_EQUALS;
	ret->name = zg_slice_trim(zg_slice_sub(piece, 0, equals));
	ret->raw = zg_slice_sub(piece, equals + 1, piece.n);
	ret->value = zg_slice_trim(ret->raw);
	if (!is_name(ret->name))
		return ZG_TAGLIST_BAD_NAME;
	return is_clean || is_value(ret->value) ? ZG_TAGLIST_OK : ZG_TAGLIST_BAD_VALUE;
}

enum zg_taglist_error zg_taglist_read(struct zg_slice text, struct zg_arena *a, struct zg_taglist *ret)
{
	struct zg_taglist l = { NULL, 0 };
	struct zg_slice rest = zg_slice_trim(text);
	bool is_clean = is_value(text);
	size_t count;

	if (!rest.n)
		return ZG_TAGLIST_EMPTY;
	if (!is_folded_well(text))
		return ZG_TAGLIST_BAD_FOLD;
	if (rest.p[rest.n - 1] == ';')
		rest.n--;
	else	/* the blanks at the end are the last tag's: what "b=" is with those around it, RFC 6376 3.7 */
		rest.n = text.n - (size_t)(rest.p - text.p);
	count = count_of(rest, ';') + 1;
	if (count > ZG_TAGLIST_MAX)
		return ZG_TAGLIST_TOO_MANY;
	l.v = zg_arena_array(a, count, sizeof(l.v[0]));
	if (!l.v)
		return ZG_TAGLIST_NO_ROOM;
	while (l.count < count) {
		size_t end = zg_slice_find(rest, ';');
		struct zg_tag t;
		enum zg_taglist_error e = tag_read(zg_slice_sub(rest, 0, end), is_clean, &t);

		if (e != ZG_TAGLIST_OK)
			return e;
		/* RFC 6376 3.2: a list with a name twice is invalid as a whole. */
		if (zg_taglist_get(&l, t.name))
			return ZG_TAGLIST_TWICE;
		l.v[l.count++] = t;
		rest = zg_slice_sub(rest, end + 1, rest.n);
	}
	*ret = l;
	return ZG_TAGLIST_OK;
}

const char *zg_taglist_word(enum zg_taglist_error e)
{
	static const char *const words[] = {
		[ZG_TAGLIST_OK] = "",
		[ZG_TAGLIST_EMPTY] = "no tags",
		[ZG_TAGLIST_NO_EQUALS] = "a tag without =",
		[ZG_TAGLIST_BAD_NAME] = "a tag name that is none",
		[ZG_TAGLIST_BAD_VALUE] = "a control character in a tag",
		[ZG_TAGLIST_BAD_FOLD] = "a line end that is no fold",
		[ZG_TAGLIST_TWICE] = "a tag stands twice",
		[ZG_TAGLIST_TOO_MANY] = "too many tags",
		[ZG_TAGLIST_NO_ROOM] = "no memory",
	};

	return words[e];
}

const struct zg_tag *zg_taglist_get(const struct zg_taglist *l, struct zg_slice name)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->v[i].name.p[0] == name.p[0] && zg_slice_eq(l->v[i].name, name))	/* neither is empty */
			return &l->v[i];
	return NULL;
}

bool zg_taglist_item(struct zg_slice *list, char separator, struct zg_slice *ret)
{
	size_t end;

	if (!list->p)
		return false;
	end = zg_slice_find(*list, separator);
	*ret = zg_slice_trim(zg_slice_sub(*list, 0, end));
	if (end == list->n)
		*list = (struct zg_slice){ NULL, 0 };
	else
		*list = zg_slice_sub(*list, end + 1, list->n);
	return true;
}

bool zg_taglist_holds(struct zg_slice list, struct zg_slice item)
{
	struct zg_slice s;

	while (zg_taglist_item(&list, ':', &s))
		if (zg_slice_eq_ci(s, item))
			return true;
	return false;
}
