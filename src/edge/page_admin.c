/* page_admin.c - the operator's companies, as far as the first run needs them: the list, a new one, its credential. */
#include "edge/page_admin.h"
#include <string.h>
#include "base/ascii.h"
#include "edge/once.h"
#include "edge/page_form.h"
#include "lint/record_state.h"
#include "store/store_watch.h"

#define SLUG_MOST 40u

void page_company_start(struct page *p)
{
	page_go(p, page_company_link(p, ZG_S("security")));
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

struct state_row { enum lang_word word; struct zg_slice class; };

static struct state_row state_row(enum zg_domain_state s)
{
	static const struct state_row rows[ZG_DOMAIN_STATE_COUNT] = {
		[ZG_DOMAIN_NONE] = { WORD_STATE_NONE, ZG_SI("") }, [ZG_DOMAIN_WAITING] = { WORD_STATE_WAITING, ZG_SI("warn") },
		[ZG_DOMAIN_PARTLY] = { WORD_STATE_PARTLY, ZG_SI("warn") }, [ZG_DOMAIN_RIGHT] = { WORD_STATE_RIGHT, ZG_SI("good") },
		[ZG_DOMAIN_BROKEN] = { WORD_STATE_BROKEN, ZG_SI("bad") }, [ZG_DOMAIN_NOOWN] = { WORD_STATE_NOOWN, ZG_SI("") },
		[ZG_DOMAIN_PAUSED] = { WORD_STATE_PAUSED, ZG_SI("") },
	};

	return rows[s];
}

/* The state of a company's domain most in need; false: none was checked so far. */
static bool state_of(const struct store_watch *w, size_t count, uint64_t company, enum zg_domain_state *ret)
{
	bool is_found = false;

	for (size_t i = 0; i < count; i++) {
		enum zg_domain_state s = (enum zg_domain_state)w[i].state;

		if (w[i].company != company || (is_found && zg_domain_trouble(s) >= zg_domain_trouble(*ret)))
			continue;
		*ret = s;
		is_found = true;
	}
	return is_found;
}

void page_companies(struct page *p)
{
	struct store_company *v;
	struct store_watch *w = NULL;
	struct web_company_row *rows;
	size_t count = 0, watched = 0;

	if (store_company_list(p->store, p->a, &v, &count) != STORE_OK ||
	    store_watch_list(p->store, 0, p->a, &w, &watched) != STORE_OK) {
		page_trouble(p, 500);
		return;
	}
	rows = zg_arena_array(p->a, count ? count : 1, sizeof(*rows));
	for (size_t i = 0; rows && i < count; i++) {
		enum zg_domain_state s = ZG_DOMAIN_NONE;
		bool has_domain = state_of(w, watched, v[i].id, &s);
		struct state_row r = state_row(s);

		rows[i] = (struct web_company_row){ .name = v[i].name, .slug = v[i].slug, .has_domain = has_domain, .state = r.word,
			.class = r.class, .href = page_join(p, (struct zg_slice[]){ ZG_S("/c/"), v[i].slug, ZG_S("/security") }, 3) };
	}
	web_companies(&p->h, &(const struct web_companies){ .rows = rows, .rows_count = rows ? count : 0 });
	page_show(p, 200, lang_text(p->lang, WORD_NAV_COMPANIES));
}

/* --- a new one --------------------------------------------------------------------------------------------------- */

/* "Voorbeeldbouw bv" as "voorbeeldbouw-bv": ASCII letters and digits, a hyphen for what stands between. */
static struct zg_slice slug_of(struct page *p, struct zg_slice name)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(p->a, SLUG_MOST), SLUG_MOST);

	if (!b.p)
		return ZG_S("");
	for (size_t i = 0; i < name.n && b.n < SLUG_MOST; i++) {
		char c = zg_ascii_lower(name.p[i]);

		if (zg_ascii_is_alnum(c))
			zg_buf_putc(&b, c);
		else if (b.n && b.p[b.n - 1] != '-' && c == ' ')
			zg_buf_putc(&b, '-');
	}
	while (b.n && b.p[b.n - 1] == '-')
		b.n--;
	return zg_buf_slice(&b);
}

static void form_show(struct page *p, struct web_company_form *f, struct form_wrong *w)
{
	f->csrf = page_csrf(p);
	f->once = once_make(p);
	f->summary = form_summary(w);
	web_company_form(&p->h, f);
	page_show(p, w->count ? 422 : 200, lang_text(p->lang, WORD_ADM_NEW));
}

void page_company_new(struct page *p)
{
	struct form_wrong w = { .page = p };
	struct web_company_form f = { .name = ZG_S("") };

	form_show(p, &f, &w);
}

/* Where SMTP is spoken, for who shall send: the first address of the configuration. */
static struct zg_slice smtp_of(struct page *p)
{
	const struct conf *c = &p->settings->conf;
	char text[300];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_buf_put(&b, p->world->is_dev ? ZG_S("127.0.0.1") : c->hostname);
	zg_buf_putc(&b, ':');
	zg_buf_put_uint(&b, c->listen_count ? c->listen[0].port : 0);
	return zg_arena_dup(p->a, zg_buf_slice(&b));
}

static void made_show(struct page *p, const struct store_credential *c, struct zg_slice password, struct zg_slice slug)
{
	struct zg_slice smtp = smtp_of(p);
	const struct zg_slice command[] = { ZG_S("swaks --server "), smtp, ZG_S(" --auth-user "), c->user, ZG_S(" --auth-password "),
		password, p->world->is_dev ? ZG_S("") : ZG_S(" -tlsc"), ZG_S(" --from info@example.be --to klant@example.net") };

	web_made(&p->h, &(const struct web_made){ .user = c->user, .password = password, .smtp = smtp,
		.command = page_join(p, command, 8),
		.next = page_join(p, (struct zg_slice[]){ ZG_S("/c/"), slug, ZG_S("/security") }, 3) });
	page_show(p, 200, lang_text(p->lang, WORD_SET_CREDENTIAL));
}

static enum house_rc make(struct page *p, struct house *h, struct zg_slice name, struct zg_slice slug)
{
	struct store_credential c;
	struct zg_slice password;
	enum house_rc rc = house_company_add(h, slug, name);

	if (rc == HOUSE_OK)
		rc = house_credential_add(h, slug, ZG_S("SMTP"), p->a, &c, &password);
	if (rc == HOUSE_OK)
		made_show(p, &c, password, slug);
	return rc;
}

void page_company_make(struct page *p, struct house *h, struct zg_slice name, struct zg_slice slug)
{
	struct form_wrong w = { .page = p };
	struct web_company_form f = { .name = name, .slug = slug.n ? slug : slug_of(p, name) };
	enum house_rc rc = name.n ? make(p, h, name, f.slug) : HOUSE_BAD_NAME;

	if (rc == HOUSE_OK)
		return;
	if (rc == HOUSE_BAD_NAME)
		f.name_error = form_wrong(&w, ZG_S("name"), WORD_ADM_ERR_NAME, NULL, 0);
	else if (rc == HOUSE_BAD_SLUG)
		f.slug_error = form_wrong(&w, ZG_S("slug"), WORD_ADM_ERR_SLUG, NULL, 0);
	else if (rc == HOUSE_EXISTS)
		f.slug_error = form_wrong(&w, ZG_S("slug"), WORD_ADM_ERR_TAKEN, NULL, 0);
	if (w.count)
		form_show(p, &f, &w);
	else
		page_trouble(p, 500);
}

void page_company_add(struct page *p)
{
	struct house h = page_house(p);

	page_company_make(p, &h, page_value(p, ZG_S("name")), page_value(p, ZG_S("slug")));
}
