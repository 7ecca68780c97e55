/* lang_table.h - the table that tools/po2c.py writes: a text for each language and word.  For lang.c only. */
#ifndef LANG_LANG_TABLE_H
#define LANG_LANG_TABLE_H

#include <zegel/slice.h>
#include "lang/lang_words.h"

/* In the order of enum lang, then of enum lang_word. */
extern const struct zg_slice lang_table[LANG_COUNT][WORD_COUNT];

#endif
