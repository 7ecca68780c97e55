/* lang.h - the words for people, in four languages, made into tables from lang/NAME.po at build time.
 *
 * A text has places {0} to {9}, filled by slices.  The enum is made from en.po: key "conf.unknown_key" gives
 * WORD_CONF_UNKNOWN_KEY. */
#ifndef LANG_LANG_H
#define LANG_LANG_H

#include <zegel/buf.h>
#include <zegel/slice.h>
#include "lang/lang_words.h"	/* made by tools/po2c.py: enum lang_word */

enum lang { LANG_EN, LANG_NL, LANG_FR, LANG_DE };

/* "nl", "nl_BE.UTF-8", "fr-BE" ...; what is not known is English. */
enum lang lang_of(struct zg_slice name);
struct zg_slice lang_text(enum lang l, enum lang_word w);
/* Writes a text with its places filled; what is put in is not read again. */
void lang_fill(struct zg_buf *b, struct zg_slice text, const struct zg_slice *args, size_t count);
/* Writes the text of a word with its places filled; a place without an argument stays as it is. */
void lang_put(struct zg_buf *b, enum lang l, enum lang_word w, const struct zg_slice *args, size_t count);

#endif
