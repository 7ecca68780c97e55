/* html.h - writing HTML: escaped text, words with their places filled, numbers and times as the reader's language has them.
 *
 * The templates of web/page, made into C by tools/web.py, call nothing else.  All that is put is escaped, but for html_put and
 * html_raw, whose octets are markup already. */
#ifndef EDGE_HTML_H
#define EDGE_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/arena.h>
#include "edge/web_pages.h"	/* made by tools/web.py */

struct html {
	struct zg_arena *a;	/* where the text grows */
	char *p;
	size_t n, room;
	enum lang lang;
	bool is_full;		/* there was no memory: what is there is cut */
	uint64_t icons;		/* those used so far, 1 << enum icon */
};

enum html_kind {
	HTML_TEXT, HTML_CODE, HTML_MONO, HTML_STRONG,	/* text, and how it is dressed */
	HTML_NUM, HTML_WORD,
	HTML_WHEN, HTML_DAY, HTML_CLOCK,		/* as a time element */
	HTML_WHEN_PLAIN, HTML_DAY_PLAIN, HTML_CLOCK_PLAIN
};
struct html_arg { enum html_kind kind; struct zg_slice text; int64_t n; };

struct html html_of(struct zg_arena *a, enum lang lang);
/* What was written; empty where there was no memory for all of it. */
struct zg_slice html_slice(const struct html *h);

/* Markup as it is. */
void html_put(struct html *h, const char *p, size_t n);
void html_raw(struct html *h, struct zg_slice s);
/* Text for a page or between the quotes of an attribute.  Control octets (but tab and line ends) and what is no UTF-8 become
 * U+FFFD; marks that turn the direction of writing are shown as their code, so that nothing can look like what it is not. */
void html_text(struct html *h, struct zg_slice s);
/* Words with their places filled, in order of their numbers. */
void html_word(struct html *h, enum lang_word w, const struct html_arg *args, size_t count);
/* 1234567 as "1 234 567", by language. */
void html_num(struct html *h, int64_t n);
/* Does this number ask for the singular? */
bool html_is_one(const struct html *h, int64_t n);
/* "24 november 2026, 14:05", "24 november 2026" and "14:05" of Unix seconds in the machine's time zone, in a time element; and
 * without it. */
void html_when(struct html *h, int64_t at);
void html_day(struct html *h, int64_t at);
void html_clock(struct html *h, int64_t at);
void html_when_plain(struct html *h, int64_t at);
void html_day_plain(struct html *h, int64_t at);
void html_clock_plain(struct html *h, int64_t at);
/* A sign that goes with words, and the seal that shows a state. */
void html_icon(struct html *h, enum icon i);
void html_seal(struct html *h, enum icon i);
/* The symbols of the icons used so far, once a page, and hidden. */
void html_symbols(struct html *h, uint64_t icons);

#endif
