/* taglist.c - the tag-list of RFC 6376 3.2, strictly: no empty piece but behind the last semicolon, no name twice. */
#include "auth/taglist.h"
#include "base/ascii.h"

static bool is_name(struct zg_slice s)
{
	if (!s.n || !zg_ascii_is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!zg_ascii_is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

/* RFC 6376 3.2: visible ASCII without the semicolon, and blanks inside; RFC 8616 5: UTF-8 too. */
static bool is_value(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_ascii_is_cntrl(s.p[i]) && !zg_ascii_is_space(s.p[i]))
			return false;
	return true;
}

/* RFC 6376 2.8: CR and LF stand in folds alone, CRLF and a blank behind it.  A header has no others; a record may. */
static bool is_folded_well(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r' && s.p[i] != '\n')
			continue;
		if (s.n - i < 3 || s.p[i] != '\r' || s.p[i + 1] != '\n' || !zg_ascii_is_wsp(s.p[i + 2]))
			return false;
		i += 2;
	}
	return true;
}

static enum zg_taglist_error tag_read(struct zg_slice piece, struct zg_tag *ret)
{
	size_t equals = zg_slice_find(piece, '=');

	if (equals == piece.n)
		return ZG_TAGLIST_NO_EQUALS;
	ret->name = zg_slice_trim(zg_slice_sub(piece, 0, equals));
	ret->raw = zg_slice_sub(piece, equals + 1, piece.n);
	ret->value = zg_slice_trim(ret->raw);
	if (!is_name(ret->name))
		return ZG_TAGLIST_BAD_NAME;
	return is_value(ret->value) ? ZG_TAGLIST_OK : ZG_TAGLIST_BAD_VALUE;
}

static size_t pieces_count(struct zg_slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == ';' ? 1 : 0;
	return count;
}

enum zg_taglist_error zg_taglist_read(struct zg_slice text, struct zg_arena *a, struct zg_taglist *ret)
{
	struct zg_taglist l = { NULL, 0 };
	struct zg_slice rest = zg_slice_trim(text);
	size_t count;

	if (!rest.n)
		return ZG_TAGLIST_EMPTY;
	if (!is_folded_well(text))
		return ZG_TAGLIST_BAD_FOLD;
	if (rest.p[rest.n - 1] == ';')
		rest.n--;
	else	/* the blanks at the end are the last tag's: what "b=" is with those around it, RFC 6376 3.7 */
		rest.n = text.n - (size_t)(rest.p - text.p);
	count = pieces_count(rest);
	if (count > ZG_TAGLIST_MAX)
		return ZG_TAGLIST_TOO_MANY;
	l.v = zg_arena_array(a, count, sizeof(l.v[0]));
	if (!l.v)
		return ZG_TAGLIST_NO_ROOM;
	while (l.count < count) {
		size_t end = zg_slice_find(rest, ';');
		struct zg_tag t;
		enum zg_taglist_error e = tag_read(zg_slice_sub(rest, 0, end), &t);

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
		if (zg_slice_eq(l->v[i].name, name))
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
