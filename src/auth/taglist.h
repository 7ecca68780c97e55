/* taglist.h - the tag-list of RFC 6376 3.2: "v=1; a=rsa-sha256; ...".  DKIM signatures and keys, ARC and DMARC use
 * it. */
#ifndef ZG_AUTH_TAGLIST_H
#define ZG_AUTH_TAGLIST_H

#include <zegel/arena.h>
#include <zegel/slice.h>

#define ZG_TAGLIST_MAX 100u	/* tags; signatures have 16 at most, keys 8 */

/* One tag; views of the text. */
struct zg_tag {
	struct zg_slice name;
	struct zg_slice value;	/* without the blanks around it; folds inside stand */
	struct zg_slice raw;	/* all between "=" and ";" or the end */
};

struct zg_taglist {
	struct zg_tag *v;
	size_t count;
};

enum zg_taglist_error {
	ZG_TAGLIST_OK,
	ZG_TAGLIST_EMPTY,	/* nothing but blanks */
	ZG_TAGLIST_NO_EQUALS,	/* a piece between semicolons without "=" */
	ZG_TAGLIST_BAD_NAME,
	ZG_TAGLIST_BAD_VALUE,	/* a control character */
	ZG_TAGLIST_BAD_FOLD,	/* a CR or LF outside of CRLF and a blank */
	ZG_TAGLIST_TWICE,	/* a name that stands there already */
	ZG_TAGLIST_TOO_MANY,
	ZG_TAGLIST_NO_ROOM	/* the arena is full */
};

/* Reads all of text; the table lives in a.  *ret is written only on OK. */
enum zg_taglist_error zg_taglist_read(struct zg_slice text, struct zg_arena *a, struct zg_taglist *ret);
/* An error in words, a literal. */
const char *zg_taglist_word(enum zg_taglist_error e);
/* The tag called name (case counts, RFC 6376 3.2), or NULL. */
const struct zg_tag *zg_taglist_get(const struct zg_taglist *l, struct zg_slice name);
/* Takes the next item off a list with separators ("a : b"), blanks around it cut; false at the end.  A list with n
 * separators has n + 1 items, each maybe empty.  *list starts as the whole list, p not NULL, and has p == NULL after
 * the last. */
bool zg_taglist_item(struct zg_slice *list, char separator, struct zg_slice *ret);
/* Does item stand in the list with colons, case aside? */
bool zg_taglist_holds(struct zg_slice list, struct zg_slice item);

#endif
