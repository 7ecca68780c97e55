/* page_messages.c - the log of a company's mail, one of them, what people do with it, and the pieces that are saved. */
#include "edge/page_messages.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "edge/page_mail.h"
#include "queue/ready.h"

#define PAGE_ROWS 50u
#define DAY 86400
#define NAME_MOST 100u		/* octets of a file's name */
#define QUERY_MOST 200u

/* panel.md 15, and the frame with the mail's own HTML. */
#define CSP_FRAME "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " \
	"form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
/* What strangers wrote: no script, nothing from elsewhere, an origin of its own, framed by our own page alone. */
#define CSP_MAIL "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; form-action 'none'; base-uri 'none'; " \
	"frame-ancestors 'self'"

struct look {
	struct page *p;
	struct store_look_for f;
	struct store_looked found;
	struct zg_slice status, period;	/* as the links carry them */
	struct store_id before;
};

static const struct { struct zg_slice id; enum store_look look; enum lang_word word; } statuses[] = {
	{ ZG_SI(""), STORE_LOOK_ALL, WORD_MSG_ALL }, { ZG_SI("delivered"), STORE_LOOK_DELIVERED, WORD_MSG_ST_SENT },
	{ ZG_SI("queued"), STORE_LOOK_QUEUED, WORD_MSG_ST_QUEUED }, { ZG_SI("delayed"), STORE_LOOK_DELAYED, WORD_MSG_ST_LATER },
	{ ZG_SI("refused"), STORE_LOOK_REFUSED, WORD_MSG_ST_BOUNCED }, { ZG_SI("held"), STORE_LOOK_HELD, WORD_MSG_ST_HELD },
	{ ZG_SI("stopped"), STORE_LOOK_STOPPED, WORD_MSG_ST_STOPPED },
};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static const struct { struct zg_slice id; int64_t days; enum lang_word word; } periods[] = {
	{ ZG_SI("7"), 7, WORD_MSG_PERIOD_7 }, { ZG_SI("1"), 1, WORD_MSG_PERIOD_1 }, { ZG_SI("30"), 30, WORD_MSG_PERIOD_30 },
	{ ZG_SI("all"), 0, WORD_MSG_PERIOD_ALL },
};
#define PERIODS (sizeof(periods) / sizeof(periods[0]))

static void look_asked(struct look *l)
{
	struct page *p = l->p;
	struct zg_slice status = http_arg(p->q, ZG_S("status")), period = http_arg(p->q, ZG_S("period"));
	int64_t days = periods[0].days;

	l->f = (struct store_look_for){ .company = p->world->is_dev ? 0 : p->company->id, .max = PAGE_ROWS,
		.text = zg_slice_sub(zg_slice_trim(http_arg(p->q, ZG_S("q"))), 0, QUERY_MOST) };
	for (size_t i = 0; i < STATUSES; i++)
		if (zg_slice_eq(statuses[i].id, status)) {
			l->f.status = statuses[i].look;
			l->status = status;
		}
	for (size_t i = 0; i < PERIODS; i++)
		if (zg_slice_eq(periods[i].id, period)) {
			days = periods[i].days;
			l->period = period;
		}
	l->f.from = days ? p->now - days * DAY : 0;
	if (store_id_read(http_arg(p->q, ZG_S("before")), &l->before) == 0)
		l->f.before = &l->before;
}

/* path with what is looked for. */
static struct zg_slice look_link(const struct look *l, struct zg_slice path)
{
	struct page *p = l->p;

	if (l->f.text.n)
		path = page_link(p, path, ZG_S("q"), l->f.text);
	if (l->status.n)
		path = page_link(p, path, ZG_S("status"), l->status);
	return l->period.n ? page_link(p, path, ZG_S("period"), l->period) : path;
}

static struct zg_slice id_text(struct page *p, const struct store_id *id)
{
	char text[STORE_ID_TEXT];

	store_id_write(id, text);
	return zg_arena_dup(p->a, zg_slice_of(text, sizeof(text)));
}

static struct web_mail_item item_of(const struct look *l, const struct store_message *m)
{
	struct page *p = l->p;
	const struct store_recipient *first = mail_first_of(m);
	struct mail_look look = mail_look_of(first);
	struct zg_slice id = id_text(p, &m->id);

	return (struct web_mail_item){
		.href = look_link(l, page_join(p, (struct zg_slice[]){ page_company_link(p, ZG_S("messages/")), id }, 2)),
		.to = first->address, .subject = m->subject, .class = look.class, .at = m->created, .status = look.word,
		.more = m->count > 1 ? (int64_t)m->count - 1 : 0, .is_current = p->path_count > 3 && zg_slice_eq(id, p->path[3]),
	};
}

static struct zg_slice count_words(const struct look *l)
{
	struct page *p = l->p;
	struct html h = html_of(p->a, p->lang);
	uint64_t count = 0;
	bool is_more = false;
	struct html_arg arg = { HTML_NUM, ZG_S(""), 0 };

	if (store_message_count(p->store, &l->f, &count, &is_more) != STORE_OK)
		return ZG_S("");
	arg.n = (int64_t)count;
	html_word(&h, is_more ? WORD_MSG_COUNT_MOST : html_is_one(&h, arg.n) ? WORD_MSG_COUNT_ONE : WORD_MSG_COUNT, &arg, 1);
	return html_slice(&h);
}

/* The two selects. */
static void choices_make(const struct look *l, struct web_messages *w)
{
	struct page *p = l->p;
	struct web_choice *s = zg_arena_array(p->a, STATUSES, sizeof(*s)), *d = zg_arena_array(p->a, PERIODS, sizeof(*d));

	for (size_t i = 0; s && i < STATUSES; i++)
		s[i] = (struct web_choice){ .value = statuses[i].id, .name = page_words(p, statuses[i].word, NULL, 0),
			.is_chosen = zg_slice_eq(statuses[i].id, l->status) };
	for (size_t i = 0; d && i < PERIODS; i++)
		d[i] = (struct web_choice){ .value = periods[i].id, .name = page_words(p, periods[i].word, NULL, 0),
			.is_chosen = zg_slice_eq(periods[i].id, l->period) };
	w->statuses = s;
	w->statuses_count = s ? STATUSES : 0;
	w->periods = d;
	w->periods_count = d ? PERIODS : 0;
}

/* Is there no mail at all? Then it is said how the first one comes. */
static bool has_none(const struct look *l)
{
	struct store_look_for all = { .company = l->f.company };
	uint64_t count = 1;
	bool is_more;

	return store_message_count(l->p->store, &all, &count, &is_more) == STORE_OK && count == 0;
}

static bool list_make(struct look *l, struct web_messages *w)
{
	struct page *p = l->p;
	struct web_mail_item *items;

	look_asked(l);
	if (store_message_look(p->store, &l->f, p->a, &l->found) != STORE_OK)
		return false;
	items = zg_arena_array(p->a, l->found.count ? l->found.count : 1, sizeof(*items));
	if (!items)
		return false;
	for (size_t i = 0; i < l->found.count; i++)
		items[i] = item_of(l, &l->found.v[i]);
	*w = (struct web_messages){ .action = page_company_link(p, ZG_S("messages")), .query = l->f.text, .items = items,
		.items_count = l->found.count, .is_empty = !l->found.count, .count = count_words(l) };
	w->all = look_link(l, w->action);
	w->is_found = w->is_empty && has_none(l);
	if (l->found.is_more)
		w->older = page_link(p, w->all, ZG_S("before"), id_text(p, &l->found.last));
	if (l->f.before)
		w->newest = w->all;
	choices_make(l, w);
	return true;
}

void page_messages(struct page *p)
{
	struct look l = { .p = p };
	struct web_messages w;

	if (!list_make(&l, &w)) {
		page_trouble(p, 500);
		return;
	}
	web_messages(&p->h, &w);
	page_show(p, 200, lang_text(p->lang, WORD_NAV_MESSAGES));
}

/* Our own page may hold a frame here, and here alone. */
static void frame_allow(struct page *p)
{
	for (size_t i = 0; i < p->answer.fields_count; i++)
		if (zg_slice_eq(p->answer.fields[i].name, ZG_S("Content-Security-Policy")))
			p->answer.fields[i].value = ZG_S(CSP_FRAME);
}

void page_message(struct page *p)
{
	struct look l = { .p = p };
	struct web_messages w;
	struct mail_view v;

	if (!mail_view_read(p, &v)) {
		page_trouble(p, 404);
		return;
	}
	if (!list_make(&l, &w) || !(w.message = mail_page(p, &v))) {
		page_trouble(p, 500);
		return;
	}
	web_messages(&p->h, &w);
	page_show(p, 200, v.m.subject.n ? v.m.subject : lang_text(p->lang, WORD_MSG_NOSUBJECT));
	if (w.message->frame.n)
		frame_allow(p);
}

/* --- deeds --------------------------------------------------------------------------------------------------- */

/* What waits for its domain goes only where it would verify. */
static bool may_release(struct page *p, const struct store_message *m)
{
	bool is_right = true;

	for (size_t i = 0; i < m->count; i++)
		if (m->recipients[i].state == STORE_HELD && !zg_slice_eq(m->recipients[i].text, STORE_HOLD_PERSON))
			return ready_seal(p->store, m->seal, &is_right) == HOUSE_OK && is_right;
	return true;
}

void page_message_act(struct page *p)
{
	static const struct { struct zg_slice word; enum store_deed deed; } rows[] = {
		{ ZG_SI("again"), STORE_DEED_AGAIN }, { ZG_SI("stop"), STORE_DEED_STOP }, { ZG_SI("release"), STORE_DEED_RELEASE },
	};
	struct zg_slice word = page_value(p, ZG_S("do")), done = ZG_S("none"), here;
	struct mail_view v;
	uint64_t count = 0;
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) && !zg_slice_eq(rows[i].word, word))
		i++;
	if (!mail_view_read(p, &v) || i == sizeof(rows) / sizeof(rows[0])) {
		page_trouble(p, 404);
		return;
	}
	here = page_join(p, (struct zg_slice[]){ page_company_link(p, ZG_S("messages/")), p->path[3] }, 2);
	if (rows[i].deed == STORE_DEED_RELEASE && !may_release(p, &v.m)) {
		done = ZG_S("notready");
	} else {
		struct store_do d = { .deed = rows[i].deed, .company = v.m.company, .id = v.m.id, .now = p->now,
			.by = p->seat ? p->seat->user.address : ZG_S("") };

		if (store_message_do(p->store, &d, &count) != STORE_OK) {
			page_trouble(p, 500);
			return;
		}
		done = count ? rows[i].word : done;
	}
	page_go(p, page_link(p, here, ZG_S("done"), done));
}

/* --- pieces -------------------------------------------------------------------------------------------------- */

/* No control, no quote, no path, nothing that turns the direction of writing. */
static bool is_name_octet(char c)
{
	return zg_ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/* RFC 6266 5: a name of ASCII for all, and the whole one percent-encoded (RFC 8187 3.2.1). */
static struct zg_slice disposition_of(struct page *p, struct zg_slice name)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t room = sizeof("attachment; filename=\"\"; filename*=UTF-8''") + 4 * NAME_MOST;
	struct zg_buf b = zg_buf_of(zg_arena_bytes(p->a, room), room);

	name = zg_slice_sub(name, 0, NAME_MOST);
	while (name.n && !zg_utf8_is_valid(name))
		name.n--;
	if (!b.p)
		return ZG_S("attachment");
	zg_buf_put(&b, ZG_S("attachment; filename=\""));
	for (size_t i = 0; i < name.n; i++)
		zg_buf_putc(&b, is_name_octet(name.p[i]) ? name.p[i] : '_');
	zg_buf_put(&b, ZG_S("\"; filename*=UTF-8''"));
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		bool is_bare = is_name_octet(name.p[i]);

		if (is_bare || zg_ascii_is_cntrl(name.p[i]) || c == '/' || c == '\\') {
			zg_buf_putc(&b, is_bare ? name.p[i] : '_');
			continue;
		}
		zg_buf_putc(&b, '%');
		zg_buf_putc(&b, digits[c >> 4]);
		zg_buf_putc(&b, digits[c & 15]);
	}
	return zg_buf_slice(&b);
}

/* What a browser may know it as; all else is octets. */
static struct zg_slice media_safe(struct zg_slice media)
{
	static const struct zg_slice safe[] = {
		ZG_SI("application/pdf"), ZG_SI("image/png"), ZG_SI("image/jpeg"), ZG_SI("image/gif"), ZG_SI("image/webp"),
		ZG_SI("application/zip"),
	};

	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (zg_slice_eq(safe[i], media))
			return safe[i];
	return ZG_S("application/octet-stream");
}

/* Octets of the mail: never a page of ours. */
static void piece_answer(struct page *p, struct zg_slice media, struct zg_slice name, struct zg_slice octets)
{
	if (p->a->is_full) {
		page_trouble(p, 500);
		return;
	}
	page_text(p, media, octets);
	page_field(p, ZG_S("Content-Security-Policy"), ZG_S(CSP_MAIL));
	if (name.n)
		page_field(p, ZG_S("Content-Disposition"), disposition_of(p, name));
}

static bool source_answer(struct page *p, const struct mail_view *v)
{
	struct zg_slice name = page_join(p, (struct zg_slice[]){ p->path[3], ZG_S(".eml.txt") }, 2);

	piece_answer(p, ZG_S("text/plain"), name, page_join(p, (struct zg_slice[]){ v->m.head, v->body }, 2));
	return true;
}

static bool html_answer(struct page *p, const struct mail_view *v)
{
	const struct zg_mime_part *part = mail_view_part(v, ZG_S("text/html"));

	if (part)
		piece_answer(p, ZG_S("text/html; charset=utf-8"), ZG_S(""), zg_mime_text(part, &mail_charsets, p->a));
	return part;
}

static bool text_answer(struct page *p, const struct mail_view *v)
{
	const struct zg_mime_part *part = mail_view_part(v, ZG_S("text/plain"));

	if (part)
		piece_answer(p, ZG_S("text/plain; charset=utf-8"), ZG_S(""), zg_mime_text(part, &mail_charsets, p->a));
	return part;
}

static bool part_answer(struct page *p, const struct mail_view *v)
{
	struct zg_slice n = p->path_count > 5 ? p->path[5] : ZG_S(""), name;
	size_t i = 0;

	for (size_t at = 0; at < n.n; at++) {
		if (!zg_ascii_is_digit(n.p[at]) || n.n > 5)
			return false;
		i = 10 * i + (size_t)(n.p[at] - '0');
	}
	if (!n.n || i >= v->mime.count || v->mime.v[i].is_multipart)
		return false;
	name = zg_mime_name(&v->mime.v[i], &mail_charsets, p->a);
	piece_answer(p, media_safe(v->mime.v[i].media), name.n ? name : page_join(p, (struct zg_slice[]){ ZG_S("part-"), n }, 2),
		     zg_mime_octets(&v->mime.v[i], p->a));
	return true;
}

void page_message_part(struct page *p)
{
	static const struct {
		struct zg_slice word;
		size_t segments;
		bool (*answer)(struct page *p, const struct mail_view *v);
	} rows[] = {
		{ ZG_SI("source"), 5, source_answer }, { ZG_SI("html"), 5, html_answer }, { ZG_SI("text"), 5, text_answer },
		{ ZG_SI("part"), 6, part_answer },
	};
	struct mail_view v;
	bool is_there = mail_view_read(p, &v) && v.has_body && p->path_count > 4, is_done = false;

	if (is_there)
		mail_view_open(p, &v);
	for (size_t i = 0; is_there && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_eq(rows[i].word, p->path[4]) && rows[i].segments == p->path_count)
			is_done = rows[i].answer(p, &v);
	if (!is_done)
		page_trouble(p, 404);
}
