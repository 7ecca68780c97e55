/* page_form.c - errors of forms. */
#include "edge/page_form.h"

const struct web_field_error *form_wrong(struct form_wrong *w, struct zg_slice field, enum lang_word word,
					 const struct html_arg *args, size_t count)
{
	struct page *p = w->page;
	size_t i = w->count < FORM_WRONG_MOST ? w->count++ : FORM_WRONG_MOST - 1;
	struct zg_slice text = page_words(p, word, args, count);

	w->items[i] = (struct web_summary_item){ .href = page_join(p, (struct zg_slice[]){ ZG_S("#"), field }, 2), .text = text,
		.is_first = i == 0 };
	w->errors[i] = (struct web_field_error){ .id = page_join(p, (struct zg_slice[]){ field, ZG_S("-e") }, 2), .text = text };
	return &w->errors[i];
}

const struct web_summary *form_summary(struct form_wrong *w)
{
	w->summary = (struct web_summary){ .items = w->items, .items_count = w->count };
	return w->count ? &w->summary : NULL;
}

bool form_proved(struct form_wrong *w, struct web_prove *ret_prove)
{
	struct page *p = w->page;
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	enum house_rc rc = HOUSE_OK;
	struct html_arg wait[] = { { HTML_NUM, { NULL, 0 }, 0 } };

	if (!p->seat->is_proved)
		rc = people_prove(&h, p->world->guard, p->seat, page_value_raw(p, ZG_S("password")), &answer);
	wait[0].n = answer.minutes;
	if (rc != HOUSE_OK)
		ret_prove->error = form_wrong(w, ZG_S("password"), rc == HOUSE_WAIT ? WORD_LOGIN_WAIT : WORD_PASS_ERR_OLD, wait,
			rc == HOUSE_WAIT ? 1 : 0);
	return rc == HOUSE_OK;
}

enum lang_word form_password_word(enum password_flaw flaw)
{
	static const enum lang_word words[] = {
		[PASSWORD_GOOD] = WORD_PASS_ERR_SHORT, [PASSWORD_SHORT] = WORD_PASS_ERR_SHORT, [PASSWORD_LONG] = WORD_PASS_ERR_LONG,
		[PASSWORD_NO_TEXT] = WORD_PASS_ERR_TEXT, [PASSWORD_COMMON] = WORD_PASS_ERR_COMMON,
		[PASSWORD_NAME] = WORD_PASS_ERR_SELF,
	};

	return words[flaw];
}
