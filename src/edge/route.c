/* route.c - the table of addresses, and the way to each: session, language, form, rights.
 *
 * Laws: (1) a company is one of the person's own, or the person is an operator; any other is 404, as if it were not there.  (2)
 * what changes something is a POST with the token of its session, from a page of ours (Origin). */
#include "edge/route.h"
#include "edge/once.h"
#include "edge/page_admin.h"
#include "edge/page_domain.h"
#include "edge/page_messages.h"
#include "edge/page_security.h"
#include "edge/page_sign.h"
#include "edge/testmail.h"

static const struct route routes[] = {
	{ ZG_SI("GET"), ZG_SI("/"), page_start, ROUTE_OPEN },
	{ ZG_SI("GET"), ZG_SI("/setup"), page_setup, ROUTE_OPEN },
	{ ZG_SI("POST"), ZG_SI("/setup"), page_setup_do, ROUTE_OPEN },
	{ ZG_SI("GET"), ZG_SI("/login"), page_login, ROUTE_OPEN },
	{ ZG_SI("POST"), ZG_SI("/login"), page_login_do, ROUTE_OPEN },
	{ ZG_SI("GET"), ZG_SI("/login/code"), page_code, ROUTE_HALF },
	{ ZG_SI("POST"), ZG_SI("/login/code"), page_code_do, ROUTE_HALF },
	{ ZG_SI("GET"), ZG_SI("/login/reset"), page_reset, ROUTE_OPEN },
	{ ZG_SI("POST"), ZG_SI("/login/reset"), page_reset_do, ROUTE_OPEN },
	{ ZG_SI("POST"), ZG_SI("/logout"), page_logout, ROUTE_HALF },
	{ ZG_SI("GET"), ZG_SI("/account"), page_account, 0 },
	{ ZG_SI("POST"), ZG_SI("/account"), page_account_do, 0 },
	{ ZG_SI("GET"), ZG_SI("/account/code"), page_totp, 0 },
	{ ZG_SI("POST"), ZG_SI("/account/code"), page_totp_do, 0 },
	{ ZG_SI("GET"), ZG_SI("/help"), page_help, ROUTE_OPEN },
	{ ZG_SI("GET"), ZG_SI("/admin/companies"), page_companies, ROUTE_OPERATOR },
	{ ZG_SI("GET"), ZG_SI("/admin/companies/new"), page_company_new, ROUTE_OPERATOR },
	{ ZG_SI("POST"), ZG_SI("/admin/companies/new"), page_company_add, ROUTE_OPERATOR },
	{ ZG_SI("GET"), ZG_SI("/c/@"), page_company_start, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/security"), page_security, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/security/live"), page_security_live, 0 },
	{ ZG_SI("POST"), ZG_SI("/c/@/security/check"), page_security_check, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/security/new"), page_domain_new, ROUTE_CHANGE | ROUTE_WORKER },
	{ ZG_SI("POST"), ZG_SI("/c/@/security/new"), page_domain_add, ROUTE_CHANGE },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages"), page_messages, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages/*"), page_message, 0 },
	{ ZG_SI("POST"), ZG_SI("/c/@/messages/*"), page_message_act, ROUTE_CHANGE },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages/*/source"), page_message_part, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages/*/html"), page_message_part, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages/*/text"), page_message_part, 0 },
	{ ZG_SI("GET"), ZG_SI("/c/@/messages/*/part/*"), page_message_part, 0 },
	{ ZG_SI("POST"), ZG_SI("/c/@/security/testmail"), page_testmail, ROUTE_CHANGE },
};

const struct route route_nothing = { ZG_SI("GET"), ZG_SI("*"), NULL, ROUTE_OPEN };

/* --- finding one ------------------------------------------------------------------------------------------------ */

/* The next segment of a path that begins with /. */
static struct zg_slice segment_take(struct zg_slice *path)
{
	struct zg_slice rest = zg_slice_sub(*path, 1, path->n);
	size_t n = zg_slice_find(rest, '/');

	*path = zg_slice_sub(rest, n, rest.n);
	return zg_slice_sub(rest, 0, n);
}

static bool fits(struct zg_slice pattern, struct zg_slice path)
{
	while (path.n > 1 && pattern.n) {
		struct zg_slice want = segment_take(&pattern), is = segment_take(&path);

		if (!zg_slice_eq(want, is) && !zg_slice_eq(want, ZG_S("@")) && !zg_slice_eq(want, ZG_S("*")))
			return false;
	}
	return path.n <= 1 && pattern.n <= 1;
}

const struct route *route_find(struct zg_slice method, struct zg_slice path, bool *ret_other)
{
	if (zg_slice_eq(method, ZG_S("HEAD")))
		method = ZG_S("GET");
	*ret_other = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!fits(routes[i].pattern, path))
			continue;
		if (zg_slice_eq(routes[i].method, method))
			return &routes[i];
		*ret_other = true;
	}
	return NULL;
}

bool route_is_work(const struct route *r)
{
	return r->flags & ROUTE_WORKER || zg_slice_eq(r->method, ZG_S("POST"));
}

/* --- who, and in which language ---------------------------------------------------------------------------------- */

static void path_cut(struct page *p)
{
	struct zg_slice rest = p->q->path;

	while (rest.n > 1 && p->path_count < sizeof(p->path) / sizeof(p->path[0]))
		p->path[p->path_count++] = segment_take(&rest);
}

static void seat_take(struct page *p)
{
	struct zg_slice token = http_cookie(p->q, page_session_cookie(p));
	struct people_seat *seat = zg_arena_alloc(p->a, sizeof(*seat));
	struct house h = page_house(p);

	if (seat && token.n && people_session(&h, p->is_worker, token, p->a, seat) == HOUSE_OK)
		p->seat = seat;
}

static bool is_language(struct zg_slice s)
{
	return zg_slice_eq(s, ZG_S("nl")) || zg_slice_eq(s, ZG_S("fr")) || zg_slice_eq(s, ZG_S("de")) || zg_slice_eq(s, ZG_S("en"));
}

/* Of ?lang=, of the cookie it left, of the person, of the browser: the first of its list that we speak. */
static void language_take(struct page *p)
{
	struct zg_slice asked = http_arg(p->q, ZG_S("lang")), kept = http_cookie(p->q, ZG_S("zl"));
	struct zg_slice list = http_field(p->q, ZG_S("accept-language"));

	if (is_language(asked)) {
		page_cookie(p, ZG_S("zl"), asked, 365 * 86400);
		p->lang = lang_of(asked);
		return;
	}
	if (is_language(kept)) {
		p->lang = lang_of(kept);
		return;
	}
	if (p->seat && is_language(p->seat->user.language)) {
		p->lang = lang_of(p->seat->user.language);
		return;
	}
	while (list.n) {
		size_t n = zg_slice_find(list, ',');
		struct zg_slice one = zg_slice_trim(zg_slice_sub(list, 0, n));

		if (is_language(zg_slice_sub(one, 0, 2))) {
			p->lang = lang_of(zg_slice_sub(one, 0, 2));
			return;
		}
		list = zg_slice_sub(list, n + 1, list.n);
	}
	p->lang = LANG_EN;
}

/* Law 1. */
static bool company_take(struct page *p)
{
	struct store_company *c = zg_arena_alloc(p->a, sizeof(*c));

	if (!c || !p->seat || p->path_count < 2 || store_company_get(p->store, p->path[1], p->a, c) != STORE_OK)
		return false;
	if (p->seat->user.role != STORE_OPERATOR && p->seat->user.company != c->id)
		return false;
	p->company = c;
	return true;
}

/* --- the form ----------------------------------------------------------------------------------------------------- */

/* "https://mail.example.be" names the host that was asked. */
static bool is_our_origin(struct page *p, struct zg_slice origin)
{
	struct zg_slice scheme = p->q->is_secure ? ZG_S("https://") : ZG_S("http://");

	return zg_slice_starts(origin, scheme) &&
	       zg_slice_eq_ci(zg_slice_sub(origin, scheme.n, origin.n), http_field(p->q, ZG_S("host")));
}

/* Law 2: a browser says where a form comes from; what says nothing is none. */
static bool is_from_here(struct page *p)
{
	struct zg_slice origin = http_field(p->q, ZG_S("origin")), site = http_field(p->q, ZG_S("sec-fetch-site"));

	if (origin.n)
		return is_our_origin(p, origin) || zg_slice_eq(origin, p->settings->conf.base_url);
	return !site.n || zg_slice_eq(site, ZG_S("same-origin")) || zg_slice_eq(site, ZG_S("none"));
}

static bool form_take(struct page *p)
{
	struct zg_slice token = http_cookie(p->q, page_session_cookie(p));

	if (http_form((struct http_request *)(uintptr_t)p->q, PAGE_FORM_MOST, &p->form, &p->form_count) < 0 || !is_from_here(p))
		return false;
	return !p->seat || people_csrf_is(token, ZG_S("form"), page_value_raw(p, ZG_S("csrf")));
}

/* --- running it ---------------------------------------------------------------------------------------------------- */

/* An operator without a second step sets one up before anything else (panel.md 12); with --dev none is needed. */
static bool is_totp_first(const struct route *r, const struct page *p)
{
	return p->seat && p->seat->needs_totp && !p->world->is_dev && !(r->flags & (ROUTE_OPEN | ROUTE_HALF)) &&
	       !zg_slice_eq(r->pattern, ZG_S("/account/code"));
}

static bool may(const struct route *r, const struct page *p)
{
	if (r->flags & ROUTE_OPERATOR && p->seat->user.role != STORE_OPERATOR)
		return false;
	return !(r->flags & ROUTE_CHANGE) || people_may_change(p->seat->user.role);
}

/* Signs in first, and then comes back. */
static void sign_in_first(struct page *p)
{
	bool is_get = zg_slice_eq(p->q->method, ZG_S("GET"));

	if (http_arg(p->q, ZG_S("part")).n) {
		page_trouble(p, 403);
		return;
	}
	if (p->seat && p->seat->needs_code)
		page_go(p, ZG_S("/login/code"));
	else if (is_get)
		page_go(p, page_link(p, ZG_S("/login"), ZG_S("to"), p->q->path));
	else
		page_login_again(p);
}

void route_run(const struct route *r, struct page *p)
{
	bool is_post = zg_slice_eq(p->q->method, ZG_S("POST")), is_company;
	bool has_form;

	p->h = html_of(p->a, LANG_EN);
	path_cut(p);
	seat_take(p);
	language_take(p);
	p->h.lang = p->lang;
	if (r == &route_nothing) {
		page_trouble(p, 404);
		return;
	}
	is_company = zg_slice_starts(r->pattern, ZG_S("/c/@"));
	has_form = is_post && form_take(p);
	if (!(r->flags & ROUTE_OPEN) && (!p->seat || (p->seat->needs_code && !(r->flags & ROUTE_HALF))))
		sign_in_first(p);
	else if (is_post && !has_form)
		page_trouble(p, 422);
	else if (is_totp_first(r, p))
		page_go(p, ZG_S("/account/code"));
	else if (is_company && !company_take(p))
		page_trouble(p, 404);
	else if (!may(r, p))
		page_trouble(p, 403);
	else if (!is_post || !once_is_told(p))
		r->run(p);
	if (is_post)
		once_tell(p);
}
