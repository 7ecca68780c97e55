/* page_security.c - a domain as it stands: the seal, the records, and what is to be done. */
#include "edge/page_security.h"
#include "edge/cards.h"
#include "edge/testmail.h"
#include "watch/watch.h"

#define MEMORY_KEYS 64u		/* active keys of a domain that are shown */
#define HISTORY_MOST 12u
#define VIEW_S 60		/* between two checks while a page is open */
#define DAY 86400

/* What the page is about. */
struct view {
	struct page *p;
	struct store_domain domain;
	struct cards cards;
	enum zg_domain_state state;
	size_t right, total;
	bool dkim_is_right;
};

bool page_domain_pick(struct page *p, struct zg_slice name, struct store_domain *ret)
{
	struct store_domain *v;
	struct store_watch *w;
	size_t count = 0, watched = 0, best = 0;
	unsigned trouble = 1000;

	if (store_domain_list(p->store, p->company->id, p->a, &v, &count) != STORE_OK || !count)
		return false;
	if (store_watch_list(p->store, p->company->id, p->a, &w, &watched) != STORE_OK)
		watched = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned own = zg_domain_trouble(ZG_DOMAIN_WAITING);

		for (size_t k = 0; k < watched; k++)
			if (w[k].domain_id == v[i].id)
				own = zg_domain_trouble((enum zg_domain_state)w[k].state);
		if (zg_slice_eq(v[i].name, name) || (!name.n && own < trouble)) {
			best = i;
			trouble = own;
		}
	}
	*ret = v[best];
	return !name.n || zg_slice_eq(v[best].name, name);
}

/* --- what is known --------------------------------------------------------------------------------------------- */

static void keys_read(struct view *v)
{
	struct page *p = v->p;
	struct store_key *all, *active = zg_arena_array(p->a, MEMORY_KEYS, sizeof(*active));
	size_t count = 0;

	if (!active || store_key_list(p->store, v->domain.id, p->a, &all, &count) != STORE_OK)
		return;
	for (size_t i = 0; i < count && v->cards.keys_count < MEMORY_KEYS; i++)
		if (all[i].state == STORE_KEY_ACTIVE)
			active[v->cards.keys_count++] = all[i];
	v->cards.keys = active;
}

static const struct zg_dns_host *host_found(const struct view *v)
{
	return v->cards.watch ? zg_dns_host_get(v->cards.watch->dns_host) : NULL;
}

/* Whose form is shown: the one that was asked for, else the one that was recognised. */
static const struct zg_dns_host *form_of(struct view *v)
{
	const struct zg_dns_host *asked = zg_dns_host_get(http_arg(v->p->q, ZG_S("host")));

	return zg_dns_host_form(asked ? asked : host_found(v));
}

static void view_read(struct view *v)
{
	struct page *p = v->p;
	struct store_watch *w = zg_arena_alloc(p->a, sizeof(*w));

	v->cards.page = p;
	v->cards.domain = &v->domain;
	keys_read(v);
	if (w && store_watch_get(p->store, v->domain.id, p->a, w) == STORE_OK)
		v->cards.watch = w;
	v->cards.form = form_of(v);
	cards_count(&v->cards, &v->right, &v->total);
	v->state = v->cards.watch ? (enum zg_domain_state)v->cards.watch->state : ZG_DOMAIN_NONE;
	if (v->state == ZG_DOMAIN_NONE && v->cards.keys_count)
		v->state = ZG_DOMAIN_WAITING;	/* the key is newer than the check */
	for (size_t i = 0; v->cards.watch && i < v->cards.watch->count; i++) {
		const struct store_watch_record *r = &v->cards.watch->records[i];

		v->dkim_is_right = v->dkim_is_right || (r->kind == ZG_RECORD_DKIM && r->state == ZG_RECORD_RIGHT);
	}
	if (p->world->watch)
		watch_viewed(p->world->watch, v->domain.id);
}

/* --- the seal -------------------------------------------------------------------------------------------------- */

/* The record that broke: the first that is not right. */
static const struct store_watch_record *broken_of(const struct view *v)
{
	const struct store_watch *w = v->cards.watch;

	for (size_t i = 0; w && i < w->count; i++)
		if (w->records[i].state != ZG_RECORD_RIGHT)
			return &w->records[i];
	return NULL;
}

static void hero_words(struct view *v, struct web_hero *h)
{
	struct page *p = v->p;
	const struct store_watch_record *broken = broken_of(v);
	size_t left = v->total - v->right;
	const struct html_arg one[] = { { HTML_NUM, { NULL, 0 }, (int64_t)v->total } };
	const struct html_arg many[] = { { HTML_NUM, { NULL, 0 }, (int64_t)left }, one[0] };
	const struct html_arg record[] = { { HTML_TEXT, cards_kind(broken ? broken->kind : 0), 0 } };
	const struct html_arg when[] = { { HTML_WHEN, { NULL, 0 }, v->cards.watch ? v->cards.watch->since : p->now } };

	switch (v->state) {
	case ZG_DOMAIN_WAITING:
		h->title = page_words(p, WORD_SEC_HERO_WAITING, NULL, 0);
		h->text = page_words(p, WORD_SEC_HERO_WAITING_TEXT, NULL, 0);
		break;
	case ZG_DOMAIN_PARTLY:
		h->title = left == 1 ? page_words(p, WORD_SEC_HERO_PARTLY_ONE, one, 1) : page_words(p, WORD_SEC_HERO_PARTLY, many, 2);
		h->text = page_words(p, WORD_SEC_HERO_PARTLY_TEXT, NULL, 0);
		break;
	case ZG_DOMAIN_RIGHT:
		h->title = page_words(p, WORD_SEC_HERO_RIGHT, NULL, 0);
		h->text = page_words(p, WORD_SEC_HERO_RIGHT_TEXT, NULL, 0);
		break;
	case ZG_DOMAIN_BROKEN:
		h->title = page_words(p, WORD_SEC_HERO_BROKEN, record, 1);
		h->text = page_words(p, WORD_SEC_HERO_BROKEN_TEXT, when, 1);
		break;
	case ZG_DOMAIN_PAUSED:
		h->title = page_words(p, WORD_SEC_HERO_PAUSED, NULL, 0);
		break;
	default:
		h->title = page_words(p, WORD_SEC_HERO_NONE, NULL, 0);
		h->text = page_words(p, WORD_SEC_HERO_NONE_TEXT, NULL, 0);
		break;
	}
}

static void hero_put(struct view *v, struct html *out)
{
	struct page *p = v->p;
	static const struct { struct zg_slice class; enum icon shape; } rows[ZG_DOMAIN_STATE_COUNT] = {
		[ZG_DOMAIN_NONE] = { ZG_SI("none"), ICON_SEAL_NONE }, [ZG_DOMAIN_WAITING] = { ZG_SI("warn"), ICON_SEAL_WAITING },
		[ZG_DOMAIN_PARTLY] = { ZG_SI("warn"), ICON_SEAL_PARTLY }, [ZG_DOMAIN_RIGHT] = { ZG_SI("good"), ICON_SEAL_RIGHT },
		[ZG_DOMAIN_BROKEN] = { ZG_SI("bad"), ICON_SEAL_BROKEN }, [ZG_DOMAIN_NOOWN] = { ZG_SI("none"), ICON_SEAL_NOOWN },
		[ZG_DOMAIN_PAUSED] = { ZG_SI("none"), ICON_SEAL_PAUSED },
	};
	const struct store_watch *w = v->cards.watch;
	int64_t age = w ? p->now - w->checked : 0;
	struct web_live_line live = { .last = w ? w->checked : 0, .next = age >= 0 && age < VIEW_S ? VIEW_S - age : 0 };
	struct web_hero_main test = { .href = ZG_S("#part-testmail"), .sign = ICON_SEND, .name = WORD_TESTMAIL_SEND };
	struct web_hero_main hand = { .href = ZG_S("#share"), .sign = ICON_SEND, .name = WORD_SHARE_PAGE_ALL };
	struct web_hero_main key = { .href = page_link(p, page_company_link(p, ZG_S("security/new")), ZG_S("address"), v->domain.name),
		.sign = ICON_KEY, .name = WORD_KEY_MAKE };
	struct web_hero h = {
		.class = rows[v->state].class, .shape = rows[v->state].shape, .domain = v->domain.name, .csrf = page_csrf(p),
		.check = page_company_link(p, ZG_S("security/check")), .live = &live,
	};

	hero_words(v, &h);
	if (v->state == ZG_DOMAIN_WAITING || v->state == ZG_DOMAIN_PARTLY)
		h.meanwhile = page_words(p, p->settings->conf.unready == CONF_UNREADY_SEND ? WORD_SEC_SEND : WORD_SEC_HOLD, NULL, 0);
	h.main = v->state == ZG_DOMAIN_RIGHT ? NULL : !v->cards.keys_count ? &key : v->dkim_is_right ? &test : &hand;
	web_hero(out, &h);
}

static void steps_put(struct view *v, struct html *h)
{
	static const enum lang_word names[] = {
		WORD_SEC_STEP_DOMAIN, WORD_SEC_STEP_KEY, WORD_SEC_STEP_RECORDS, WORD_SEC_STEP_TESTMAIL, WORD_SEC_STEP_WATCHED,
	};
	struct web_step items[5];
	size_t now = !v->cards.keys_count ? 1 : v->right < v->total ? 2 : 3;

	for (size_t i = 0; i < 5; i++)
		items[i] = (struct web_step){ .name = names[i], .is_done = i < now, .is_now = i == now,
			.how = i < now ? WORD_SEC_STEP_DONE : i == now ? WORD_SEC_STEP_NOW : WORD_SEC_STEP_TODO };
	web_steps(h, &(const struct web_steps){ .items = items, .items_count = 5 });
}

/* --- the boxes beside ------------------------------------------------------------------------------------------- */

static struct zg_slice first_of(const struct store_slices *s)
{
	return s->count ? s->v[0] : ZG_S("");
}

static void detected_put(struct view *v, struct html *h)
{
	const struct store_watch *w = v->cards.watch;
	const struct zg_dns_host *host = host_found(v);
	const struct zg_mail_host *mail = NULL;
	size_t by_ns = 0, by_mx = 0;
	struct web_detected d = { .is_unchecked = host && !host->checked.n };

	if (w->ns.count)
		(void)zg_dns_host_of(w->ns.v, w->ns.count, &by_ns);	/* which name it was: the host is known by its id */
	if (w->mx.count)
		mail = zg_mail_host_of(w->mx.v, w->mx.count, &by_mx);
	d.host = host ? host->name : ZG_S("");
	d.host_by = host ? w->ns.v[by_ns] : first_of(&w->ns);
	d.mail = mail ? mail->name : ZG_S("");
	d.mail_by = mail ? w->mx.v[by_mx] : first_of(&w->mx);
	d.change = page_link(v->p, page_company_link(v->p, ZG_S("security/host")), ZG_S("domain"), v->domain.name);
	web_detected(h, &d);
}

static void key_put(struct view *v, struct html *h)
{
	const struct store_key *k = &v->cards.keys[0];
	char text[16];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	const struct html_arg bits[] = { { HTML_TEXT, { text, 4 }, 0 } };	/* 1024 to 4096: a size, and no count */

	zg_buf_put_uint(&b, k->bits);
	web_key_box(h, &(const struct web_key_box){
		.selector = k->selector, .created = k->created, .is_pasted = !k->is_made_here,
		.kind = k->type == ZG_KEY_ED25519 ? page_words(v->p, WORD_KEY_TYPE_ED25519, NULL, 0) :
			page_words(v->p, WORD_KEY_TYPE_RSA, bits, 1),
	});
}

static bool event_make(struct view *v, const struct store_watch_change *c, struct web_history_event *e)
{
	struct page *p = v->p;
	const struct html_arg record[] = { { HTML_TEXT, cards_kind(c->kind), 0 } };

	e->at = c->at;
	if (c->what == STORE_WATCH_STATE && c->after == ZG_DOMAIN_RIGHT) {
		e->class = ZG_S("good");
		e->sign = ICON_OK;
		e->text = page_words(p, WORD_WATCH_EV_SIGNED, NULL, 0);
		return true;
	}
	if (c->what != STORE_WATCH_RECORD)
		return false;
	if (c->after == ZG_RECORD_RIGHT) {
		e->class = ZG_S("good");
		e->sign = ICON_OK;
		e->text = page_words(p, WORD_WATCH_EV_RIGHT, record, 1);
		return true;
	}
	if (c->before == ZG_RECORD_MISSING && c->after == ZG_RECORD_MISSING)
		return false;
	e->class = c->before == ZG_RECORD_RIGHT ? ZG_S("bad") : ZG_S("");
	e->sign = c->before == ZG_RECORD_RIGHT ? ICON_WARNING : ICON_CLOCK;
	e->text = page_words(p, c->after == ZG_RECORD_MISSING ? WORD_WATCH_EV_GONE : WORD_WATCH_EV_CHANGED, record, 1);
	e->old = c->old;
	e->new = c->now;
	return true;
}

static void history_put(struct view *v, struct html *h)
{
	struct page *p = v->p;
	struct store_watch_change *changes;
	struct web_history_event *events = zg_arena_array(p->a, HISTORY_MOST + 2, sizeof(*events));
	size_t count = 0, n = 0;
	const struct store_key *k = v->cards.keys_count ? &v->cards.keys[0] : NULL;

	if (!events || store_watch_history(p->store, v->domain.id, HISTORY_MOST, p->a, &changes, &count) != STORE_OK)
		count = 0;
	for (size_t i = 0; events && i < count; i++)
		n += event_make(v, &changes[i], &events[n]);
	if (events && k)
		events[n++] = (struct web_history_event){ .sign = ICON_KEY, .at = k->created,
			.text = page_words(p, WORD_WATCH_EV_KEY, (const struct html_arg[]){ { HTML_TEXT, k->selector, 0 } }, 1) };
	if (events)
		events[n++] = (struct web_history_event){ .sign = ICON_PLUS, .at = v->domain.created,
			.text = page_words(p, WORD_WATCH_EV_ADDED, NULL, 0) };
	web_history(h, &(const struct web_history){ .events = events, .events_count = n });
}

/* --- the page --------------------------------------------------------------------------------------------------- */

static struct web_host_option *hosts_make(struct page *p, const struct zg_dns_host *chosen, size_t *ret_count)
{
	size_t count = zg_dns_host_count();
	struct web_host_option *v = zg_arena_array(p->a, count, sizeof(*v));

	for (size_t i = 0; v && i < count; i++) {
		const struct zg_dns_host *h = zg_dns_host_at((i + 1) % count);	/* the generic one last */

		v[i] = (struct web_host_option){ .id = h->id, .name = h->name, .is_chosen = h == chosen };
		if (zg_slice_eq(h->id, ZG_S("generic")))
			v[i].name = lang_text(p->lang, WORD_HOST_GENERIC);
	}
	*ret_count = v ? count : 0;
	return v;
}

static void pick_put(struct view *v, struct html *h)
{
	struct page *p = v->p;
	const struct zg_dns_host *f = v->cards.form;
	const struct html_arg host[] = { { HTML_TEXT, f->name, 0 } };
	struct web_host_pick w = { .action = page_company_link(p, ZG_S("security")), .domain = v->domain.name };

	w.hosts = hosts_make(p, f, &w.hosts_count);
	if (f->naming != ZG_HOST_RELATIVE)
		w.hint = page_words(p, f->naming == ZG_HOST_DOTTED ? WORD_HOST_DOTTED : WORD_HOST_FULL, NULL, 0);
	else if (!zg_slice_eq(f->id, ZG_S("generic")))
		w.hint = page_words(p, WORD_HOST_NOAPPEND, host, 1);
	web_host_pick(h, &w);
}

static void share_put(struct view *v, struct html *h)
{
	web_share_box(h, &(const struct web_share_box){ .zone = cards_zone(&v->cards) });
}

static void cards_put(struct view *v, struct html *h)
{
	web_cards(h, &(const struct web_cards){ .cards = cards_html(&v->cards, v->state == ZG_DOMAIN_BROKEN) });
}

static void testmail_put(struct view *v, struct html *h)
{
	testmail_box(v->p, &v->domain, v->state != ZG_DOMAIN_RIGHT, h);
}

static void others_make(struct view *v, struct web_security *w)
{
	struct page *p = v->p;
	struct store_domain *all;
	struct web_security_other *others;
	size_t count = 0;

	if (store_domain_list(p->store, p->company->id, p->a, &all, &count) != STORE_OK || count < 2)
		return;
	others = zg_arena_array(p->a, count, sizeof(*others));
	for (size_t i = 0; others && i < count; i++)
		if (all[i].id != v->domain.id)
			others[w->others_count++] = (struct web_security_other){ .domain = all[i].name, .state = WORD_STATE_WAITING,
				.href = page_link(p, page_company_link(p, ZG_S("security")), ZG_S("domain"), all[i].name) };
	w->others = others;
}

static void status_put(struct view *v, struct html *h)
{
	static const struct { struct zg_slice done; enum lang_word word; } rows[] = {
		{ ZG_SI("made"), WORD_KEY_MADE }, { ZG_SI("sealed"), WORD_KEY_SEALED }, { ZG_SI("check"), WORD_SEC_CHECKING },
		{ ZG_SI("saved"), WORD_APP_SAVED },
	};
	struct zg_slice done = http_arg(v->p->q, ZG_S("done"));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_eq(done, rows[i].done))
			web_status(h, &(const struct web_status){ .text = page_words(v->p, rows[i].word, NULL, 0) });
}

/* The pieces that live.js asks for by their ids. */
static const struct { struct zg_slice id; void (*put)(struct view *v, struct html *h); } pieces[] = {
	{ ZG_SI("steps"), steps_put }, { ZG_SI("part-hero"), hero_put }, { ZG_SI("cards"), cards_put },
	{ ZG_SI("part-testmail"), testmail_put }, { ZG_SI("part-detected"), detected_put }, { ZG_SI("part-history"), history_put },
};

static struct zg_slice piece(struct view *v, bool is_shown, void (*put)(struct view *v, struct html *h))
{
	struct html h = html_of(v->p->a, v->p->lang);

	if (is_shown)
		put(v, &h);
	v->p->h.icons |= h.icons;
	return html_slice(&h);
}

static void whole_put(struct view *v)
{
	struct page *p = v->p;
	bool is_right = v->state == ZG_DOMAIN_RIGHT, is_broken = v->state == ZG_DOMAIN_BROKEN, has_key = v->cards.keys_count > 0;
	struct web_security w = {
		.domain = v->domain.name, .add = page_company_link(p, ZG_S("security/new")),
		.steps = piece(v, !is_right && !is_broken, steps_put), .status = piece(v, true, status_put),
		.hero = piece(v, true, hero_put), .testmail = piece(v, v->dkim_is_right, testmail_put),
		.has_records = has_key, .host = piece(v, has_key, pick_put), .records = piece(v, has_key, cards_put),
		.records_title = is_right ? WORD_REC_TITLE_RIGHT : is_broken ? WORD_ACT_MEND : WORD_REC_TITLE,
		.share = piece(v, has_key && !is_right, share_put), .detected = piece(v, v->cards.watch, detected_put),
		.key = piece(v, has_key, key_put), .history = piece(v, true, history_put),
	};

	others_make(v, &w);
	web_security(&p->h, &w);
}

static void empty_put(struct page *p)
{
	const struct html_arg example[] = { { HTML_MONO, ZG_SI("info@example.be"), 0 } };
	struct web_empty_security w = { .action = page_company_link(p, ZG_S("security/new")) };

	w.hint = page_words(p, WORD_DOM_HINT, example, 1);
	web_empty_security(&p->h, &w);
}

void page_security(struct page *p)
{
	struct view v = { .p = p };
	struct zg_slice part = http_arg(p->q, ZG_S("part")), domain = http_arg(p->q, ZG_S("domain"));

	if (!page_domain_pick(p, domain, &v.domain)) {
		if (domain.n) {
			page_trouble(p, 404);
			return;
		}
		empty_put(p);
		page_show(p, 200, lang_text(p->lang, WORD_NAV_SECURITY));
		return;
	}
	view_read(&v);
	if (part.n) {
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
			if (zg_slice_eq(pieces[i].id, part))
				pieces[i].put(&v, &p->h);
		page_part(p);
		return;
	}
	whole_put(&v);
	page_show(p, 200, lang_text(p->lang, WORD_NAV_SECURITY));
}

void page_security_check(struct page *p)
{
	struct store_domain d;

	if (!page_domain_pick(p, page_value(p, ZG_S("domain")), &d)) {
		page_trouble(p, 404);
		return;
	}
	if (p->world->watch)
		watch_hurry(p->world->watch, d.id);
	page_go(p, page_join(p, (struct zg_slice[]){
		page_link(p, page_company_link(p, ZG_S("security")), ZG_S("domain"), d.name), ZG_S("&done=check") }, 2));
}

void page_security_live(struct page *p)
{
	struct store_domain d;

	if (!page_domain_pick(p, http_arg(p->q, ZG_S("domain")), &d)) {
		page_trouble(p, 404);
		return;
	}
	p->answer.is_stream = true;
	p->answer.stream_company = p->company->id;
	p->answer.stream_domain = d.id;
	page_text(p, ZG_S("text/event-stream"), ZG_S("retry: 2000\n\n"));
}
