/* page_timeline.c - what happened to a message: facts of its own row, events, and what became of each recipient, by time. */
#include <stdlib.h>
#include "edge/page_mail.h"

struct row { struct web_mail_event e; size_t n; };

struct mail_look mail_look_of(const struct store_recipient *r)
{
	static const struct mail_look looks[] = {
		[STORE_QUEUED] = { WORD_MSG_ST_QUEUED, ZG_SI(""), ICON_CLOCK }, [STORE_DELIVERED] = { WORD_MSG_ST_SENT, ZG_SI("good"), ICON_OK },
		[STORE_REFUSED] = { WORD_MSG_ST_BOUNCED, ZG_SI("bad"), ICON_STOP },
		[STORE_CAPTURED] = { WORD_MSG_ST_CAPTURED, ZG_SI("good"), ICON_INBOX },
		[STORE_EXPIRED] = { WORD_MSG_ST_EXPIRED, ZG_SI("bad"), ICON_STOP }, [STORE_HELD] = { WORD_MSG_ST_HELD, ZG_SI("warn"), ICON_LOCK },
		[STORE_STOPPED] = { WORD_MSG_ST_STOPPED, ZG_SI(""), ICON_STOP },
	};
	static const struct mail_look later = { WORD_MSG_ST_LATER, ZG_SI("warn"), ICON_CLOCK };

	return r->state == STORE_QUEUED && r->attempts ? later : looks[r->state];
}

const struct store_recipient *mail_first_of(const struct store_message *m)
{
	static const struct store_recipient nobody = { .state = STORE_DELIVERED };
	static const unsigned trouble[] = {
		[STORE_HELD] = 6, [STORE_QUEUED] = 5, [STORE_REFUSED] = 4, [STORE_EXPIRED] = 3, [STORE_STOPPED] = 2, [STORE_DELIVERED] = 1,
		[STORE_CAPTURED] = 0,
	};
	const struct store_recipient *r = m->count ? &m->recipients[0] : &nobody;

	for (size_t i = 1; i < m->count; i++)
		if (trouble[m->recipients[i].state] > trouble[r->state])
			r = &m->recipients[i];
	return r;
}

/* "451 4.7.1 Greylisted": as the server said it. */
static struct zg_slice reply_of(struct page *p, unsigned code, struct zg_slice enhanced, struct zg_slice text)
{
	char number[8];
	struct zg_buf b = zg_buf_of(number, sizeof(number));

	if (!code)
		return text;
	zg_buf_put_uint(&b, code);
	return page_join(p, (struct zg_slice[]){ zg_buf_slice(&b), ZG_S(" "), enhanced, enhanced.n ? ZG_S(" ") : ZG_S(""), text }, 5);
}

static struct zg_slice server_words(struct page *p, enum lang_word w, struct zg_slice server)
{
	const struct html_arg args[] = { { HTML_TEXT, server, 0 } };

	return page_words(p, w, args, 1);
}

/* What came of a recipient. */
static struct web_mail_event final_of(struct page *p, const struct store_recipient *r, enum store_state state)
{
	static const struct { enum lang_word word; struct zg_slice class; enum icon sign; } rows[] = {
		[STORE_DELIVERED] = { WORD_MSG_TL_SENT, ZG_SI("good"), ICON_OK },
		[STORE_REFUSED] = { WORD_MSG_TL_REFUSED, ZG_SI("bad"), ICON_STOP },
		[STORE_EXPIRED] = { WORD_MSG_TL_EXPIRED, ZG_SI("bad"), ICON_STOP },
		[STORE_CAPTURED] = { WORD_MSG_TL_CAPTURED, ZG_SI("good"), ICON_INBOX },
		[STORE_HELD] = { WORD_MSG_TL_HELD, ZG_SI("warn"), ICON_LOCK }, [STORE_STOPPED] = { WORD_MSG_TL_STOPPED, ZG_SI(""), ICON_STOP },
	};
	bool has_server = state == STORE_DELIVERED || state == STORE_REFUSED;

	return (struct web_mail_event){
		.text = has_server ? server_words(p, rows[state].word, r->server.n ? r->server : ZG_S("?")) :
			page_words(p, rows[state].word, NULL, 0),
		.at = r->changed, .class = rows[state].class, .sign = rows[state].sign,
		.reply = reply_of(p, r->code, r->enhanced, r->text), .tls = r->tls,
	};
}

static struct web_mail_event deferred_of(struct page *p, const struct store_event *e)
{
	const struct html_arg args[] = { { HTML_NUM, ZG_SI(""), e->attempt }, { HTML_TEXT, e->server.n ? e->server : ZG_S("?"), 0 } };

	return (struct web_mail_event){ .text = page_words(p, e->code ? WORD_MSG_TL_ATTEMPT : WORD_MSG_TL_FAILED, args, 2), .at = e->at,
		.class = ZG_S("warn"), .sign = ICON_CLOCK, .reply = reply_of(p, e->code, e->enhanced, e->text), .tls = e->tls };
}

/* Why mail is held, for people; empty where that is no such word. */
static struct zg_slice hold_words(struct page *p, struct zg_slice why)
{
	static const struct { struct zg_slice why; enum lang_word word; } rows[] = {
		{ ZG_SI("domain"), WORD_MSG_HOLD_DOMAIN }, { ZG_SI("dmarc"), WORD_MSG_HOLD_DMARC },
		{ ZG_SI("unassigned"), WORD_MSG_HOLD_UNASSIGNED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_eq(rows[i].why, why))
			return lang_text(p->lang, rows[i].word);
	return why;
}

static struct web_mail_event event_of(struct page *p, const struct store_event *e)
{
	static const struct { enum lang_word word; struct zg_slice class; enum icon sign; } rows[] = {
		[STORE_EVENT_HELD] = { WORD_MSG_TL_HELD, ZG_SI("warn"), ICON_LOCK },
		[STORE_EVENT_RELEASED] = { WORD_MSG_TL_RELEASED, ZG_SI(""), ICON_SEND },
		[STORE_EVENT_STOPPED] = { WORD_MSG_TL_STOPPED, ZG_SI("bad"), ICON_STOP },
		[STORE_EVENT_AGAIN] = { WORD_MSG_TL_AGAIN, ZG_SI(""), ICON_AGAIN },
	};

	if (e->what == STORE_EVENT_DEFERRED)
		return deferred_of(p, e);
	if (e->what == STORE_EVENT_ENDED)
		return final_of(p, &(const struct store_recipient){ .code = e->code, .enhanced = e->enhanced, .text = e->text, .changed = e->at,
			.server = e->server, .tls = e->tls }, e->state);
	return (struct web_mail_event){ .text = page_words(p, rows[e->what].word, NULL, 0), .at = e->at, .class = rows[e->what].class,
		.sign = rows[e->what].sign, .who = hold_words(p, e->text) };
}

static struct web_mail_event accepted_of(struct page *p, const struct store_message *m)
{
	struct zg_slice app = m->app.n ? m->app : m->client.n ? m->client : ZG_S("?");
	const struct html_arg args[] = { { HTML_TEXT, app, 0 } };

	return (struct web_mail_event){ .text = page_words(p, WORD_MSG_TL_ACCEPTED, args, 1), .at = m->created, .sign = ICON_SEND,
		.tls = m->tls };
}

static struct web_mail_event signed_of(struct page *p, const struct store_message *m)
{
	size_t n = zg_slice_find(m->seal, ' ');
	const struct html_arg args[] = { { HTML_MONO, zg_slice_sub(m->seal, 0, n), 0 },
		{ HTML_MONO, zg_slice_sub(m->seal, n + 1, m->seal.n), 0 } };

	return (struct web_mail_event){ .text = page_words(p, WORD_MSG_TL_SIGNED, args, 2), .at = m->created, .class = ZG_S("seal"),
		.is_seal = true };
}

/* By time; what happened in one second stays in the order it was found in. */
static int by_time(const void *one, const void *two)
{
	const struct row *a = one, *b = two;

	if (a->e.at != b->e.at)
		return a->e.at < b->e.at ? -1 : 1;
	return a->n < b->n ? -1 : 1;
}

static void row_add(struct row *v, size_t *count, struct web_mail_event e)
{
	v[*count] = (struct row){ e, *count };
	(*count)++;
}

/* Of several recipients it is said which one. */
static struct web_mail_event with_address(struct web_mail_event e, const struct store_message *m, size_t n)
{
	if (m->count > 1 && n < m->count && !e.who.n)
		e.who = m->recipients[n].address;
	return e;
}

const struct web_mail_event *mail_timeline(struct page *p, const struct store_message *m, size_t *ret_count)
{
	struct store_event *events = NULL;
	size_t count = 0, n = 0;
	struct row *rows;
	struct web_mail_event *v;

	*ret_count = 0;
	if (store_event_list(p->store, &m->id, p->a, &events, &count) != STORE_OK)
		count = 0;
	rows = zg_arena_array(p->a, count + m->count + 2, sizeof(*rows));
	v = zg_arena_array(p->a, count + m->count + 2, sizeof(*v));
	if (!rows || !v)
		return NULL;
	row_add(rows, &n, accepted_of(p, m));
	if (m->seal.n)
		row_add(rows, &n, signed_of(p, m));
	for (size_t i = 0; i < count; i++)
		row_add(rows, &n, with_address(event_of(p, &events[i]), m, events[i].recipient < 0 ? m->count : (size_t)events[i].recipient));
	for (size_t i = 0; i < m->count; i++) {
		enum store_state s = m->recipients[i].state;

		if (s != STORE_QUEUED && s != STORE_HELD && s != STORE_STOPPED)
			row_add(rows, &n, with_address(final_of(p, &m->recipients[i], s), m, i));
	}
	qsort(rows, n, sizeof(*rows), by_time);
	for (size_t i = 0; i < n; i++)
		v[i] = rows[i].e;
	*ret_count = n;
	return v;
}
