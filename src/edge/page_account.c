/* page_account.c - one's own name, language, theme, password, second step and sessions. */
#include <string.h>
#include "edge/page_form.h"
#include "edge/page_sign.h"

#define NAME_MOST 200u		/* octets */
#define CHOICES_MOST 5u

static struct web_choice *languages_make(struct page *p)
{
	static const struct { struct zg_slice value; struct zg_slice name; } rows[] = {
		{ ZG_SI("nl"), ZG_SI("Nederlands") }, { ZG_SI("fr"), ZG_SI("Fran\xc3\xa7" "ais") }, { ZG_SI("de"), ZG_SI("Deutsch") },
		{ ZG_SI("en"), ZG_SI("English") },
	};
	struct web_choice *v = zg_arena_array(p->a, CHOICES_MOST, sizeof(*v));

	for (size_t i = 0; v && i < 4; i++)
		v[i] = (struct web_choice){ .value = rows[i].value, .name = rows[i].name, .is_chosen = p->lang == lang_of(rows[i].value) };
	return v;
}

static struct web_choice *themes_make(struct page *p)
{
	static const struct { struct zg_slice value; enum lang_word name; } rows[] = {
		{ ZG_SI(""), WORD_ACCOUNT_THEME_SYSTEM }, { ZG_SI("light"), WORD_ACCOUNT_THEME_LIGHT },
		{ ZG_SI("dark"), WORD_ACCOUNT_THEME_DARK },
	};
	struct web_choice *v = zg_arena_array(p->a, CHOICES_MOST, sizeof(*v));

	for (size_t i = 0; v && i < 3; i++)
		v[i] = (struct web_choice){ .value = rows[i].value, .name = page_words(p, rows[i].name, NULL, 0),
			.is_chosen = zg_slice_eq(p->seat->user.theme, rows[i].value) };
	return v;
}

static void sessions_make(struct page *p, struct web_account *w)
{
	struct store_session *all;
	struct web_session *v;
	size_t count = 0;

	if (store_session_list(p->store, p->seat->user.company, p->seat->user.id, p->a, &all, &count) != STORE_OK)
		return;
	v = zg_arena_array(p->a, count ? count : 1, sizeof(*v));
	for (size_t i = 0; v && i < count; i++)
		v[i] = (struct web_session){ .place = all[i].place, .agent = all[i].agent, .created = all[i].created,
			.is_this = memcmp(all[i].hash, p->seat->session.hash, sizeof(all[i].hash)) == 0 };
	w->sessions = v;
	w->sessions_count = v ? count : 0;
	w->has_others = count > 1;
}

static void account_show(struct page *p, struct web_account *w, struct form_wrong *wrong, enum lang_word done)
{
	struct web_status status = { .text = done == WORD_COUNT ? ZG_S("") : page_words(p, done, NULL, 0) };

	w->csrf = page_csrf(p);
	w->address = p->seat->user.address;
	w->name = p->seat->user.name;
	w->languages = languages_make(p);
	w->languages_count = w->languages ? 4 : 0;
	w->themes = themes_make(p);
	w->themes_count = w->themes ? 3 : 0;
	w->has_totp = p->seat->user.totp.n > 0;
	w->status = status.text.n ? &status : NULL;
	w->summary = form_summary(wrong);
	sessions_make(p, w);
	web_account(&p->h, w);
	page_show(p, wrong->count ? 422 : 200, lang_text(p->lang, WORD_ACCOUNT_TITLE));
}

void page_account(struct page *p)
{
	struct form_wrong wrong = { .page = p };
	struct web_account w = { .csrf = ZG_S("") };
	struct zg_slice done = http_arg(p->q, ZG_S("done"));

	account_show(p, &w, &wrong, zg_slice_eq(done, ZG_S("saved")) ? WORD_APP_SAVED :
		zg_slice_eq(done, ZG_S("password")) ? WORD_ACCOUNT_PASSWORD_DONE : WORD_COUNT);
}

static void self_set(struct page *p)
{
	struct house h = page_house(p);
	struct store_user u = p->seat->user;

	u.name = page_value(p, ZG_S("name"));
	u.language = page_value(p, ZG_S("language"));
	u.theme = page_value(p, ZG_S("theme"));
	if (people_user_set(&h, &u) != HOUSE_OK) {
		page_trouble(p, 422);
		return;
	}
	page_cookie(p, ZG_S("zl"), u.language, 365 * 86400);
	page_go(p, ZG_S("/account?done=saved"));
}

static void password_set(struct page *p)
{
	struct form_wrong wrong = { .page = p };
	struct web_account w = { .csrf = ZG_S("") };
	struct house h = page_house(p);
	struct people_answer answer = { .minutes = 0 };
	enum house_rc rc = people_password_change(&h, p->world->guard, p->seat, page_value_raw(p, ZG_S("old")),
		page_value_raw(p, ZG_S("new")), &answer);
	struct html_arg wait[] = { { HTML_NUM, { NULL, 0 }, answer.minutes } };

	if (rc == HOUSE_OK) {
		page_go(p, ZG_S("/account?done=password"));
		return;
	}
	if (rc == HOUSE_WRONG)
		w.old_error = form_wrong(&wrong, ZG_S("old"), WORD_PASS_ERR_OLD, NULL, 0);
	else if (rc == HOUSE_WAIT)
		w.old_error = form_wrong(&wrong, ZG_S("old"), WORD_LOGIN_WAIT, wait, 1);
	else if (rc == HOUSE_BAD_PASSWORD)
		w.new_error = form_wrong(&wrong, ZG_S("new"), form_password_word(answer.flaw), NULL, 0);
	if (wrong.count)
		account_show(p, &w, &wrong, WORD_COUNT);
	else
		page_trouble(p, 500);
}

void page_account_do(struct page *p)
{
	struct zg_slice what = page_value(p, ZG_S("what"));
	struct house h = page_house(p);

	if (zg_slice_eq(what, ZG_S("self"))) {
		self_set(p);
	} else if (zg_slice_eq(what, ZG_S("password"))) {
		password_set(p);
	} else if (zg_slice_eq(what, ZG_S("sessions"))) {
		if (people_sessions_end_others(&h, p->seat) == HOUSE_OK)
			page_go(p, ZG_S("/account?done=saved"));
		else
			page_trouble(p, 500);
	} else {
		page_trouble(p, 422);
	}
}

/* --- the second step --------------------------------------------------------------------------------------------- */

static void totp_show(struct page *p, struct zg_slice secret, struct web_totp *w, struct form_wrong *wrong)
{
	struct web_prove prove = { .error = NULL };

	if (!p->seat->is_proved && !w->prove)
		w->prove = &prove;
	w->csrf = page_csrf(p);
	w->secret = secret;
	w->uri = page_join(p, (struct zg_slice[]){ ZG_S("otpauth://totp/zegel:"), p->seat->user.address, ZG_S("?issuer=zegel&secret="),
		secret }, 4);
	w->summary = form_summary(wrong);
	web_totp(&p->h, w);
	w->prove = NULL;		/* it ends with this function */
	page_show(p, wrong->count ? 422 : 200, lang_text(p->lang, WORD_TOTP_TITLE));
}

void page_totp(struct page *p)
{
	struct form_wrong wrong = { .page = p };
	struct web_totp w = { .csrf = ZG_S("") };
	unsigned char secret[TOTP_SECRET];
	char text[TOTP_SECRET_TEXT];

	totp_secret_make(secret);
	totp_secret_write(secret, text);
	totp_show(p, zg_arena_dup(p->a, zg_slice_of(text, sizeof(text))), &w, &wrong);
}

static void codes_show(struct page *p, const struct people_codes *codes)
{
	struct web_totp_code v[TOTP_RECOVERY];

	for (size_t i = 0; i < TOTP_RECOVERY; i++)
		v[i].text = zg_slice_of(codes->text[i], TOTP_RECOVERY_TEXT);
	web_totp_codes(&p->h, &(const struct web_totp_codes){ .codes = v, .codes_count = TOTP_RECOVERY, .next = ZG_S("/") });
	page_show(p, 200, lang_text(p->lang, WORD_TOTP_CODES));
}

void page_totp_do(struct page *p)
{
	struct form_wrong wrong = { .page = p };
	struct web_totp w = { .csrf = ZG_S("") };
	struct people_codes codes;
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	struct zg_slice typed = page_value(p, ZG_S("secret"));
	unsigned char secret[TOTP_SECRET];
	enum house_rc rc = HOUSE_WRONG;
	struct html_arg off[] = { { HTML_NUM, { NULL, 0 }, 0 } };
	struct web_prove prove = { .error = NULL };

	if (!form_proved(&wrong, &prove)) {
		w.prove = &prove;
		totp_show(p, typed, &w, &wrong);
		return;
	}
	if (totp_secret_read(typed, secret) == 0)
		rc = people_totp_set(&h, p->seat, zg_slice_of(secret, sizeof(secret)), page_value(p, ZG_S("code")), &codes, &answer);
	off[0].n = answer.clock_off < 0 ? -answer.clock_off : answer.clock_off;
	if (rc == HOUSE_OK) {
		codes_show(p, &codes);
		return;
	}
	if (rc != HOUSE_WRONG) {
		page_trouble(p, 500);
		return;
	}
	w.error = form_wrong(&wrong, ZG_S("code"), off[0].n ? WORD_TOTP_CLOCK : WORD_TOTP_ERR, off, off[0].n ? 1 : 0);
	totp_show(p, typed, &w, &wrong);
}
