/* page.c - how every page begins and ends: the frame around it, the fields of its reply, links, cookies, words. */
#include "edge/page.h"
#include "base/ascii.h"
#include "edge/letter.h"
#include "edge/mailer.h"
#include "edge/peer.h"
#include "edge/web_files.h"
#include "io/log.h"

#define LINK_MOST 4096u

/* panel.md 15: nothing but our own files, no scripts in pages, no frames. */
#define CSP "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " \
	"base-uri 'none'; frame-ancestors 'none'"

static const struct zg_slice codes[] = {
	[LANG_EN] = ZG_SI("en"), [LANG_NL] = ZG_SI("nl"), [LANG_FR] = ZG_SI("fr"), [LANG_DE] = ZG_SI("de"),
};

struct zg_slice page_join(struct page *p, const struct zg_slice *v, size_t count)
{
	size_t n = 0;
	struct zg_buf b;

	for (size_t i = 0; i < count; i++)
		n += v[i].n;
	b = zg_buf_of(zg_arena_bytes(p->a, n ? n : 1), n);
	if (!b.p)
		return ZG_S("");
	for (size_t i = 0; i < count; i++)
		zg_buf_put(&b, v[i]);
	return zg_buf_slice(&b);
}

/* RFC 3986 2.3: what is not unreserved is percent-encoded. */
static void put_encoded(struct zg_buf *b, struct zg_slice s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (zg_ascii_is_alnum((char)c) || c == '-' || c == '.' || c == '_' || c == '~') {
			zg_buf_putc(b, (char)c);
			continue;
		}
		zg_buf_putc(b, '%');
		zg_buf_putc(b, digits[c >> 4]);
		zg_buf_putc(b, digits[c & 15]);
	}
}

struct zg_slice page_link(struct page *p, struct zg_slice path, struct zg_slice name, struct zg_slice value)
{
	size_t room = path.n + name.n + 2 + 3 * value.n;
	struct zg_buf b = zg_buf_of(zg_arena_bytes(p->a, room), room);

	if (!b.p)
		return ZG_S("");
	zg_buf_put(&b, path);
	zg_buf_putc(&b, zg_slice_find(path, '?') < path.n ? '&' : '?');
	zg_buf_put(&b, name);
	zg_buf_putc(&b, '=');
	put_encoded(&b, value);
	return zg_buf_slice(&b);
}

struct zg_slice page_company_link(struct page *p, struct zg_slice rest)
{
	return page_join(p, (struct zg_slice[]){ ZG_S("/c/"), p->company->slug, ZG_S("/"), rest }, 4);
}

struct zg_slice page_base(struct page *p)
{
	if (p->settings->conf.base_url.n)
		return p->settings->conf.base_url;
	return page_join(p, (struct zg_slice[]){ p->q->is_secure ? ZG_S("https://") : ZG_S("http://"),
		http_field(p->q, ZG_S("host")) }, 2);
}

/* --- the form -------------------------------------------------------------------------------------------------- */

struct zg_slice page_value_raw(const struct page *p, struct zg_slice name)
{
	for (size_t i = 0; i < p->form_count; i++)
		if (zg_slice_eq(p->form[i].name, name))
			return p->form[i].value;
	return ZG_S("");
}

struct zg_slice page_value(const struct page *p, struct zg_slice name)
{
	return zg_slice_trim(page_value_raw(p, name));
}

/* --- fields and cookies ---------------------------------------------------------------------------------------- */

void page_field(struct page *p, struct zg_slice name, struct zg_slice value)
{
	struct page_answer *r = &p->answer;

	if (r->fields_count < PAGE_FIELDS)
		r->fields[r->fields_count++] = (struct http_pair){ name, value };
}

struct zg_slice page_session_cookie(const struct page *p)
{
	return p->q->is_secure ? ZG_S("__Host-zs") : ZG_S("zs");
}

void page_cookie(struct page *p, struct zg_slice name, struct zg_slice value, int64_t seconds)
{
	char age[24];
	struct zg_buf b = zg_buf_of(age, sizeof(age));

	zg_buf_put_int(&b, value.n ? seconds : 0);
	page_field(p, ZG_S("Set-Cookie"), page_join(p, (struct zg_slice[]){
		name, ZG_S("="), value, ZG_S("; Path=/; HttpOnly; SameSite=Lax; Max-Age="), zg_arena_dup(p->a, zg_buf_slice(&b)),
		p->q->is_secure ? ZG_S("; Secure") : ZG_S("") }, 6));
}

struct zg_slice page_csrf(struct page *p)
{
	char text[PEOPLE_CSRF];
	struct zg_slice token = http_cookie(p->q, page_session_cookie(p));

	if (!token.n)
		return ZG_S("");
	people_csrf(token, ZG_S("form"), text);
	return zg_arena_dup(p->a, zg_slice_of(text, sizeof(text)));
}

/* --- words and people ------------------------------------------------------------------------------------------ */

struct zg_slice page_words(struct page *p, enum lang_word w, const struct html_arg *args, size_t count)
{
	struct html h = html_of(p->a, p->lang);

	html_word(&h, w, args, count);
	return html_slice(&h);
}

struct zg_slice page_peer(struct page *p)
{
	char text[PEER_TEXT];

	peer_text(&p->q->peer, text);
	return zg_arena_dup(p->a, zg_slice_cstr(text));
}

struct house page_house(struct page *p)
{
	return (struct house){
		.store = p->store, .vault = p->vault,
		.actor = { .who = p->seat ? p->seat->user.address : ZG_S("nobody"), .from = page_peer(p), .now = p->now },
	};
}

bool page_mail(struct page *p, struct zg_slice to, struct zg_slice subject, struct zg_slice text)
{
	struct zg_slice from = page_join(p, (struct zg_slice[]){ ZG_S("postmaster@"), p->settings->conf.hostname }, 2);
	struct mailer_mail mail = { .sender = ZG_S(""), .recipient = to, .text = letter_text(from, to, subject, text, p->a) };
	struct mailer_reply reply = { .code = 0 };

	if (mail.text.n)
		reply = mailer_send(p->world->mailer, &mail);
	if (reply.code == 250)
		return true;
	log_line(LOG_ERROR, "own_mail_failed", (struct log_field[]){ LOG_NUM("code", reply.code),
		LOG_TEXT("text", zg_slice_cstr(reply.text)) }, 2);
	return false;
}

/* --- the frame ------------------------------------------------------------------------------------------------- */

static struct zg_slice file_link(struct page *p, struct zg_slice name)
{
	for (size_t i = 0; i < WEB_FILES; i++)
		if (zg_slice_eq(web_files[i].name, name))
			return page_join(p, (struct zg_slice[]){ ZG_S("/static/"), web_files[i].hashed }, 2);
	return ZG_S("");
}

/* This page in another language: its own arguments, and lang. */
static struct zg_slice language_link(struct page *p, enum lang l)
{
	struct zg_slice link = ZG_S("?lang=");

	link = page_join(p, (struct zg_slice[]){ link, codes[l] }, 2);
	for (size_t i = 0; i < p->q->args_count && link.n < LINK_MOST; i++)
		if (!zg_slice_eq(p->q->args[i].name, ZG_S("lang")) && !zg_slice_eq(p->q->args[i].name, ZG_S("done")))
			link = page_link(p, link, p->q->args[i].name, p->q->args[i].value);
	return link;
}

static const struct web_lang_link *languages_make(struct page *p)
{
	static const struct { enum lang lang; struct zg_slice short_name, name; } rows[] = {
		{ LANG_NL, ZG_SI("NL"), ZG_SI("Nederlands") }, { LANG_FR, ZG_SI("FR"), ZG_SI("fran\xc3\xa7" "ais") },
		{ LANG_DE, ZG_SI("DE"), ZG_SI("Deutsch") }, { LANG_EN, ZG_SI("EN"), ZG_SI("English") },
	};
	struct web_lang_link *v = zg_arena_array(p->a, 4, sizeof(*v));

	for (size_t i = 0; v && i < 4; i++)
		v[i] = (struct web_lang_link){ .href = language_link(p, rows[i].lang), .code = codes[rows[i].lang],
			.name = rows[i].name, .short_name = rows[i].short_name, .is_current = p->lang == rows[i].lang };
	return v;
}

static const struct web_tabs *tabs_make(struct page *p)
{
	static const struct { struct zg_slice rest; enum lang_word name; } rows[] = {
		{ ZG_SI("security"), WORD_NAV_SECURITY }, { ZG_SI("messages"), WORD_NAV_MESSAGES },
	};
	struct web_tab *v = zg_arena_array(p->a, 2, sizeof(*v));
	struct web_tabs *tabs = zg_arena_alloc(p->a, sizeof(*tabs));

	if (!p->company || !v || !tabs)
		return NULL;
	for (size_t i = 0; i < 2; i++)
		v[i] = (struct web_tab){ .href = page_company_link(p, rows[i].rest), .name = rows[i].name,
			.is_current = p->path_count > 2 && zg_slice_eq(p->path[2], rows[i].rest) };
	*tabs = (struct web_tabs){ .items = v, .items_count = 2 };
	return tabs;
}

/* Where the events of this page come from; empty: it does not change. */
static struct zg_slice live_link(struct page *p, unsigned status)
{
	struct zg_slice domain = http_arg(p->q, ZG_S("domain"));

	if (!p->company || status != 200 || p->path_count != 3 || !zg_slice_eq(p->path[2], ZG_S("security")))
		return ZG_S("");
	return domain.n ? page_link(p, page_company_link(p, ZG_S("security/live")), ZG_S("domain"), domain) :
		page_company_link(p, ZG_S("security/live"));
}

static struct zg_slice theme_of(const struct page *p)
{
	return p->seat ? p->seat->user.theme : ZG_S("");
}

static void answer_html(struct page *p, unsigned status, struct html *h)
{
	struct zg_slice text = html_slice(h);

	if (!text.n) {		/* no memory: what can be said without */
		status = 500;
		text = ZG_S("<!doctype html><title>500</title><p>500</p>");
	}
	p->answer.status = status;
	p->answer.body = text;
	page_field(p, ZG_S("Content-Type"), ZG_S("text/html; charset=utf-8"));
	page_field(p, ZG_S("Content-Security-Policy"), ZG_S(CSP));
}

void page_show(struct page *p, unsigned status, struct zg_slice title)
{
	struct html symbols = html_of(p->a, p->lang), whole = html_of(p->a, p->lang);
	struct web_frame f = {
		.title = title, .product = ZG_S("zegel"), .lang = codes[p->lang], .theme = theme_of(p), .live = live_link(p, status),
		.company = p->company ? p->company->name : ZG_S(""), .css = file_link(p, ZG_S("zegel.css")),
		.favicon = file_link(p, ZG_S("seal.svg")), .copy_script = file_link(p, ZG_S("copy.js")),
		.live_script = file_link(p, ZG_S("live.js")), .home = ZG_S("/"), .account = ZG_S("/account"),
		.body = html_slice(&p->h), .langs = languages_make(p), .langs_count = 4, .tabs = tabs_make(p),
		.is_signed_in = p->seat && !p->seat->needs_code, .is_task = !p->company, .csrf = page_csrf(p),
	};

	html_symbols(&symbols, p->h.icons | 1ull << ICON_SEAL);
	f.symbols = html_slice(&symbols);
	if (p->h.is_full || !f.langs || p->a->is_full)
		whole.is_full = true;
	else
		web_frame(&whole, &f);
	answer_html(p, status, &whole);
}

void page_part(struct page *p)
{
	bool is_there = p->h.n > 0;

	if (is_there)
		html_symbols(&p->h, p->h.icons);	/* live.js keeps those that the page lacks */
	else
		html_raw(&p->h, ZG_S("<p></p>"));
	answer_html(p, is_there ? 200 : 404, &p->h);
}

void page_go(struct page *p, struct zg_slice to)
{
	p->answer.status = 303;
	p->answer.body = ZG_S("");
	page_field(p, ZG_S("Location"), to);
}

void page_text(struct page *p, struct zg_slice media, struct zg_slice text)
{
	p->answer.status = 200;
	p->answer.body = text;
	page_field(p, ZG_S("Content-Type"), media);
}

/* What a page says that cannot be shown; 500 has a number that the log has too. */
void page_trouble(struct page *p, unsigned status)
{
	struct web_trouble w = { .title = WORD_ERR_TITLE_404, .text = WORD_ERR_TEXT_404, .home = ZG_S("/") };

	if (status == 403)
		w = (struct web_trouble){ .title = WORD_ERR_TITLE_403, .text = WORD_ERR_TEXT_403, .home = ZG_S("/") };
	else if (status == 400 || status == 422)
		w = (struct web_trouble){ .title = WORD_ERR_TITLE_FORM, .text = WORD_ERR_FORM, .home = ZG_S("/") };
	else if (status >= 500)
		w = (struct web_trouble){ .title = WORD_ERR_TITLE_500, .text = WORD_ERR_500, .home = ZG_S("/") };
	p->answer.fields_count = 0;
	p->h = html_of(p->a, p->lang);
	web_trouble(&p->h, &w);
	page_show(p, status, lang_text(p->lang, w.title));
}
