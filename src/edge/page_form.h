/* page_form.h - what is wrong with a form: at its field, and in a summary on top that links there. */
#ifndef EDGE_PAGE_FORM_H
#define EDGE_PAGE_FORM_H

#include "edge/page.h"

#define FORM_WRONG_MOST 8u

struct form_wrong {
	struct page *page;
	struct web_summary_item items[FORM_WRONG_MOST];
	struct web_field_error errors[FORM_WRONG_MOST];
	struct web_summary summary;
	size_t count;
};

/* One more; field is the id of the input.  The error to stand at the field; lives as long as w. */
const struct web_field_error *form_wrong(struct form_wrong *w, struct zg_slice field, enum lang_word word,
					 const struct html_arg *args, size_t count);
/* The summary, or NULL where nothing is wrong. */
const struct web_summary *form_summary(struct form_wrong *w);
/* Asks the password where it was not asked lately, from the field `password` (web/page: prove).  False: *ret_prove
 * has the error. */
bool form_proved(struct form_wrong *w, struct web_prove *ret_prove);
/* The words for a password's flaw. */
enum lang_word form_password_word(enum password_flaw flaw);

#endif
