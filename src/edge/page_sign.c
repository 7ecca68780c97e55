/* page_sign.c - first run, signing in and out, a new password by a mailed link. */
#include "edge/page_sign.h"
#include "edge/page_admin.h"
#include "edge/page_form.h"

#define KEPT_MOST 32u		/* fields of a form that outlive a session */
#define NAME_MOST 40u
#define KEPT "kept."

static const struct html_arg example_address[] = { { HTML_MONO, ZG_SI("info@example.be"), 0 } };

static void show(struct page *p, unsigned status, enum lang_word title)
{
	page_show(p, status, lang_text(p->lang, title));
}

static void session_cookie(struct page *p, const struct people_token *t)
{
	page_cookie(p, page_session_cookie(p), zg_arena_dup(p->a, zg_slice_of(t->text, PEOPLE_TOKEN)), PEOPLE_LONGEST);
}

/* Where to, after signing in: a path of ours, and no other site's. */
static struct zg_slice target(struct page *p)
{
	struct zg_slice to = page_value(p, ZG_S("to"));

	if (zg_slice_starts(to, ZG_S("/")) && !zg_slice_starts(to, ZG_S("//")) && zg_slice_find(to, '\\') == to.n)
		return to;
	return ZG_S("/");
}

void page_start(struct page *p)
{
	bool is_open = false;

	if (p->seat && p->seat->needs_code)
		page_go(p, ZG_S("/login/code"));
	else if (p->seat && p->seat->user.role == STORE_OPERATOR)
		page_go(p, ZG_S("/admin/companies"));
	else if (p->seat)
		page_go(p, page_join(p, (struct zg_slice[]){ ZG_S("/c/"), p->seat->user.company_slug, ZG_S("/security") }, 3));
	else
		page_go(p, people_setup_is_open(p->store, &is_open) == HOUSE_OK && is_open ? ZG_S("/setup") : ZG_S("/login"));
}

void page_help(struct page *p)
{
	web_help(&p->h, &(const struct web_help){ 0 });
	show(p, 200, WORD_HELP_TITLE);
}

/* --- first run ------------------------------------------------------------------------------------------------- */

static void setup_show(struct page *p, struct form_wrong *w, struct web_setup *s)
{
	s->summary = form_summary(w);
	if (!s->code.n)
		s->code = http_arg(p->q, ZG_S("code"));
	web_setup(&p->h, s);
	show(p, w->count ? 422 : 200, WORD_SETUP_TITLE);
}

static bool setup_is_open(struct page *p)
{
	bool is_open = false;

	return people_setup_is_open(p->store, &is_open) == HOUSE_OK && is_open;
}

void page_setup(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_setup s = { .code = ZG_S("") };

	if (setup_is_open(p))
		setup_show(p, &w, &s);
	else
		page_trouble(p, 404);
}

/* The first operator signs in with what they chose, and finds the first company made. */
static void setup_finish(struct page *p, const struct people_new *n)
{
	struct people_login login = { .address = n->address, .password = n->password, .agent = http_field(p->q, ZG_S("user-agent")) };
	struct zg_slice company = page_value(p, ZG_S("company"));
	struct people_answer answer;
	struct house h = page_house(p);

	if (people_sign_in(&h, p->world->guard, &login, p->a, &answer) != HOUSE_OK) {
		page_go(p, ZG_S("/login"));
		return;
	}
	session_cookie(p, &answer.token);
	h.actor.who = n->address;
	if (company.n)
		page_company_make(p, &h, company, ZG_S(""));
	else
		page_go(p, ZG_S("/admin/companies"));
}

void page_setup_do(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_setup s = { .code = page_value(p, ZG_S("code")), .address = page_value(p, ZG_S("address")),
		.company = page_value(p, ZG_S("company")) };
	struct people_new n = { .address = s.address, .name = ZG_S(""), .password = page_value_raw(p, ZG_S("password")),
		.language = ZG_S(""), .theme = ZG_S(""), .role = STORE_OPERATOR };
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	const struct html_arg minutes[] = { { HTML_NUM, { NULL, 0 }, 0 } };
	struct html_arg wait[] = { minutes[0] };

	switch (people_setup(&h, p->world->guard, s.code, &n, p->a, &answer)) {
	case HOUSE_OK:
		setup_finish(p, &n);
		return;
	case HOUSE_WRONG:
		s.code_error = form_wrong(&w, ZG_S("code"), WORD_SETUP_CODE_ERR, NULL, 0);
		break;
	case HOUSE_WAIT:
		wait[0].n = answer.minutes;
		s.code_error = form_wrong(&w, ZG_S("code"), WORD_LOGIN_WAIT, wait, 1);
		break;
	case HOUSE_BAD_ADDRESS:
		s.address_error = form_wrong(&w, ZG_S("address"), WORD_LOGIN_ERR_ADDRESS, example_address, 1);
		break;
	case HOUSE_BAD_PASSWORD:
		s.password_error = form_wrong(&w, ZG_S("password"), form_password_word(answer.flaw), NULL, 0);
		break;
	case HOUSE_EXISTS:
		page_trouble(p, 404);
		return;
	default:
		page_trouble(p, 500);
		return;
	}
	setup_show(p, &w, &s);
}

/* --- signing in ------------------------------------------------------------------------------------------------ */

static void login_show(struct page *p, struct web_login *l, struct form_wrong *w)
{
	l->summary = form_summary(w);
	web_login(&p->h, l);
	show(p, w->count ? 422 : 200, WORD_LOGIN_TITLE);
}

void page_login(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_status out = { .text = page_words(p, WORD_LOGIN_OUT, NULL, 0) };
	struct web_status done = { .text = page_words(p, WORD_LOGIN_RESET_DONE, NULL, 0) };
	struct zg_slice how = http_arg(p->q, ZG_S("done"));
	struct web_login l = { .to = http_arg(p->q, ZG_S("to")) };

	if (zg_slice_eq(how, ZG_S("out")))
		l.status = &out;
	else if (zg_slice_eq(how, ZG_S("reset")))
		l.status = &done;
	login_show(p, &l, &w);
}

static bool is_secret(struct zg_slice name)
{
	static const struct zg_slice names[] = {
		ZG_SI("private"), ZG_SI("passphrase"), ZG_SI("password"), ZG_SI("old"), ZG_SI("new"), ZG_SI("code"), ZG_SI("secret"),
		ZG_SI("csrf"), ZG_SI("once"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zg_slice_eq(name, names[i]))
			return true;
	return false;
}

void page_login_again(struct page *p)
{
	struct web_kept *v = zg_arena_array(p->a, KEPT_MOST, sizeof(*v));
	struct form_wrong w = { .page = p };
	struct web_login l = { .to = p->q->path, .is_again = true, .kept = v };

	for (size_t i = 0; v && i < p->form_count && l.kept_count < KEPT_MOST; i++) {
		if (is_secret(p->form[i].name) || p->form[i].name.n > NAME_MOST)
			continue;
		v[l.kept_count++] = (struct web_kept){
			.name = page_join(p, (struct zg_slice[]){ ZG_S(KEPT), p->form[i].name }, 2), .value = p->form[i].value };
	}
	login_show(p, &l, &w);
}

/* What a form held when its session ended, sent again by one press. */
static bool resume(struct page *p, const struct people_token *t)
{
	const struct zg_slice mark = ZG_S(KEPT);
	struct web_kept *v = zg_arena_array(p->a, KEPT_MOST, sizeof(*v));
	struct web_resume r = { .action = target(p), .kept = v };
	char csrf[PEOPLE_CSRF];

	for (size_t i = 0; v && i < p->form_count && r.kept_count < KEPT_MOST; i++)
		if (zg_slice_starts(p->form[i].name, mark))
			v[r.kept_count++] = (struct web_kept){ .name = zg_slice_sub(p->form[i].name, mark.n, NAME_MOST),
				.value = p->form[i].value };
	if (!r.kept_count)
		return false;
	people_csrf(zg_slice_of(t->text, PEOPLE_TOKEN), ZG_S("form"), csrf);
	r.csrf = zg_arena_dup(p->a, zg_slice_of(csrf, sizeof(csrf)));
	web_resume(&p->h, &r);
	show(p, 200, WORD_RESUME_TITLE);
	return true;
}

static void kept_again(struct page *p, struct web_login *l)
{
	struct web_kept *v = zg_arena_array(p->a, KEPT_MOST, sizeof(*v));

	for (size_t i = 0; v && i < p->form_count && l->kept_count < KEPT_MOST; i++)
		if (zg_slice_starts(p->form[i].name, ZG_S(KEPT)))
			v[l->kept_count++] = (struct web_kept){ .name = p->form[i].name, .value = p->form[i].value };
	l->kept = v;
}

void page_login_do(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_login l = { .address = page_value(p, ZG_S("address")), .to = page_value(p, ZG_S("to")) };
	struct people_login in = { .address = l.address, .password = page_value_raw(p, ZG_S("password")),
		.agent = http_field(p->q, ZG_S("user-agent")), .old_token = http_cookie(p->q, page_session_cookie(p)) };
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	enum house_rc rc = people_sign_in(&h, p->world->guard, &in, p->a, &answer);
	struct html_arg wait[] = { { HTML_NUM, { NULL, 0 }, answer.minutes } };

	if (rc == HOUSE_OK) {
		session_cookie(p, &answer.token);
		if (answer.needs_code)
			page_go(p, page_link(p, ZG_S("/login/code"), ZG_S("to"), target(p)));
		else if (!resume(p, &answer.token))
			page_go(p, target(p));
		return;
	}
	if (rc == HOUSE_WAIT)
		l.error = form_wrong(&w, ZG_S("address"), answer.minutes == 1 ? WORD_LOGIN_WAIT_ONE : WORD_LOGIN_WAIT, wait, 1);
	else if (rc == HOUSE_WRONG)
		l.error = form_wrong(&w, ZG_S("address"), WORD_LOGIN_ERR, NULL, 0);
	else {
		page_trouble(p, 500);
		return;
	}
	kept_again(p, &l);
	login_show(p, &l, &w);
}

static void code_show(struct page *p, struct web_code *c, struct form_wrong *w)
{
	c->csrf = page_csrf(p);
	c->summary = form_summary(w);
	web_code(&p->h, c);
	show(p, w->count ? 422 : 200, WORD_TOTP_TITLE);
}

void page_code(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_code c = { .to = http_arg(p->q, ZG_S("to")) };

	if (p->seat->needs_code)
		code_show(p, &c, &w);
	else
		page_go(p, ZG_S("/"));
}

void page_code_do(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_code c = { .to = page_value(p, ZG_S("to")) };
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	enum house_rc rc = people_code(&h, p->world->guard, http_cookie(p->q, page_session_cookie(p)), page_value(p, ZG_S("code")),
		p->a, &answer);
	struct html_arg number[] = { { HTML_NUM, { NULL, 0 }, rc == HOUSE_WAIT ? (int64_t)answer.minutes :
		answer.clock_off < 0 ? -answer.clock_off : answer.clock_off } };

	if (rc == HOUSE_OK) {
		session_cookie(p, &answer.token);
		page_go(p, target(p));
	} else if (rc == HOUSE_WRONG || rc == HOUSE_WAIT) {
		c.error = form_wrong(&w, ZG_S("code"), rc == HOUSE_WAIT ? WORD_LOGIN_WAIT :
			answer.clock_off ? WORD_TOTP_CLOCK : WORD_TOTP_ERR, number, rc == HOUSE_WAIT || answer.clock_off ? 1 : 0);
		code_show(p, &c, &w);
	} else if (rc == HOUSE_NO_USER) {
		page_go(p, ZG_S("/login"));
	} else {
		page_trouble(p, 500);
	}
}

void page_logout(struct page *p)
{
	struct house h = page_house(p);

	if (p->seat)
		(void)people_sign_out(&h, p->seat);	/* where it is not written, the cookie is gone all the same */
	page_cookie(p, page_session_cookie(p), ZG_S(""), 0);
	page_go(p, ZG_S("/login?done=out"));
}

/* --- a new password -------------------------------------------------------------------------------------------- */

static void choose_show(struct page *p, struct web_choose *c, struct form_wrong *w)
{
	c->summary = form_summary(w);
	web_choose(&p->h, c);
	show(p, w->count ? 422 : 200, WORD_LOGIN_RESET_TITLE);
}

void page_reset(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct zg_slice ticket = http_arg(p->q, ZG_S("ticket"));
	struct store_user user;
	struct web_status sent = { .text = page_words(p, WORD_LOGIN_RESET_SENT, NULL, 0) };
	struct web_status expired = { .text = page_words(p, WORD_LOGIN_RESET_EXPIRED, NULL, 0), .is_bad = true };
	struct web_reset r = { .status = zg_slice_eq(http_arg(p->q, ZG_S("done")), ZG_S("sent")) ? &sent : NULL };

	if (ticket.n && people_ticket(p->store, ticket, p->now, p->a, &user) == HOUSE_OK) {
		struct web_choose c = { .ticket = ticket, .address = user.address };

		choose_show(p, &c, &w);
		return;
	}
	if (ticket.n)
		r.status = &expired;
	web_reset(&p->h, &r);
	show(p, ticket.n ? 410 : 200, WORD_LOGIN_RESET_TITLE);
}

/* A mail of the operator's own, in plain text; it is built of our words, and of values that hold no line end. */
static void reset_mail(struct page *p, const struct people_answer *answer)
{
	const struct zg_slice to = answer->user.address;
	struct zg_slice token = zg_arena_dup(p->a, zg_slice_of(answer->token.text, PEOPLE_TOKEN));
	struct zg_slice link = page_link(p, page_join(p, (struct zg_slice[]){ page_base(p), ZG_S("/login/reset") }, 2),
		ZG_S("ticket"), token);
	char text[4096];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	lang_put(&b, p->lang, WORD_LOGIN_RESET_BODY, &link, 1);
	(void)page_mail(p, to, lang_text(p->lang, WORD_LOGIN_RESET_SUBJECT), zg_buf_slice(&b));	/* the answer is the same */
}

static void reset_begin(struct page *p)
{
	struct people_answer answer;
	struct house h = page_house(p);
	bool is_sent = false;

	if (people_reset_begin(&h, page_value(p, ZG_S("address")), p->a, &answer, &is_sent) != HOUSE_OK) {
		page_trouble(p, 500);
		return;
	}
	if (is_sent)
		reset_mail(p, &answer);
	page_go(p, ZG_S("/login/reset?done=sent"));
}

void page_reset_do(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_choose c = { .ticket = page_value(p, ZG_S("ticket")) };
	struct people_answer answer = { .minutes = 0 };
	struct house h = page_house(p);
	struct store_user user;
	enum house_rc rc;

	if (!c.ticket.n) {
		reset_begin(p);
		return;
	}
	if (people_ticket(p->store, c.ticket, p->now, p->a, &user) == HOUSE_OK)
		c.address = user.address;
	rc = people_reset_finish(&h, c.ticket, page_value_raw(p, ZG_S("password")), p->a, &answer);
	if (rc == HOUSE_OK) {
		page_go(p, ZG_S("/login?done=reset"));
	} else if (rc == HOUSE_BAD_PASSWORD) {
		c.error = form_wrong(&w, ZG_S("password"), form_password_word(answer.flaw), NULL, 0);
		choose_show(p, &c, &w);
	} else if (rc == HOUSE_EXPIRED) {
		page_go(p, page_link(p, ZG_S("/login/reset"), ZG_S("ticket"), c.ticket));
	} else {
		page_trouble(p, 500);
	}
}
