/* page_mail.c - one message: its octets read and taken apart, and its part of the page filled. */
#include "edge/page_mail.h"
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <sys/stat.h>
#include <unistd.h>
#include "edge/testmail.h"
#include "queue/ready.h"
#include "store/store_watch.h"

#define TEXT_SHOWN_MOST 100000u	/* octets of text on the page; the rest is in the source */
#define FIELDS_MOST 200u

static int by_iconv(void *ctx, struct zg_slice charset, struct zg_slice in, struct zg_arena *a, struct zg_slice *ret)
{
	char name[64];
	struct zg_buf n = zg_buf_of(name, sizeof(name) - 1);
	char *from = (char *)(uintptr_t)in.p, *to;
	size_t left = in.n, room = in.n < MAIL_SHOWN_MOST ? 3 * in.n + 16 : 0, cap = room;
	iconv_t c;

	(void)ctx;
	zg_buf_put(&n, charset);
	name[n.n] = '\0';
	if (n.is_full || !room || zg_slice_find(charset, '/') < charset.n)
		return -1;
	c = iconv_open("UTF-8", name);
	if (c == (iconv_t)-1)
		return -1;
	to = zg_arena_bytes(a, cap);
	*ret = zg_slice_of(to, 0);
	while (to && left && iconv(c, &from, &left, &to, &room) == (size_t)-1 && errno == EILSEQ) {
		from++;			/* an octet that means nothing in this charset */
		left--;
	}
	(void)iconv_close(c);		/* fails only for one that is none */
	ret->n = cap - room;
	return to ? 0 : -1;
}
const struct zg_charsets mail_charsets = { by_iconv, NULL };

/* --- reading ------------------------------------------------------------------------------------------------- */

/* The name was made by the spool out of an id. */
static bool file_read(struct page *p, struct zg_slice spool, uint64_t size, struct zg_slice *ret)
{
	struct zg_slice path = page_join(p, (struct zg_slice[]){ p->settings->conf.state, ZG_S("/spool/"), spool, ZG_S("\0") }, 4);
	char *to = zg_arena_bytes(p->a, (size_t)size);
	size_t n = 0;
	ssize_t got = 1;
	int fd = path.n && to ? open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd < 0)
		return false;
	while (got > 0 && n < size) {
		got = read(fd, to + n, (size_t)size - n);
		n += got > 0 ? (size_t)got : 0;
	}
	(void)close(fd);	/* only read */
	*ret = zg_slice_of(to, n);
	return n == size;
}

static void body_read(struct page *p, struct mail_view *v)
{
	const struct store_message *m = &v->m;
	uint64_t size = m->size > m->head.n ? m->size - m->head.n : 0;

	if (!m->head.n)
		return;
	v->body = m->body;
	v->has_body = !m->spool.n || (size <= MAIL_SHOWN_MOST && file_read(p, m->spool, size, &v->body));
}

bool mail_view_read(struct page *p, struct mail_view *ret)
{
	struct store_id id;

	*ret = (struct mail_view){ .has_body = false };
	if (p->path_count < 4 || store_id_read(p->path[3], &id) < 0 || store_message_get(p->store, &id, p->a, &ret->m) != STORE_OK)
		return false;
	if (ret->m.company != p->company->id && !p->world->is_dev)	/* --dev has one developer, and mail of no company */
		return false;
	body_read(p, ret);
	return true;
}

void mail_view_open(struct page *p, struct mail_view *v)
{
	if (v->has_body && zg_mime_read(v->m.head, v->body, p->a, &v->mime) < 0)
		v->mime.count = 0;
}

const struct zg_mime_part *mail_view_part(const struct mail_view *v, struct zg_slice media)
{
	for (size_t i = 0; i < v->mime.count; i++)
		if (!v->mime.v[i].is_multipart && !v->mime.v[i].is_attachment && zg_slice_eq(v->mime.v[i].media, media))
			return &v->mime.v[i];
	return NULL;
}

struct zg_slice mail_size(struct page *p, uint64_t n)
{
	struct html h = html_of(p->a, p->lang);

	html_num(&h, n < 1000 ? (int64_t)n : n < 1000000 ? (int64_t)(n + 500) / 1000 : (int64_t)(n + 500000) / 1000000);
	html_raw(&h, n < 1000 ? ZG_S("&nbsp;B") : n < 1000000 ? ZG_S("&nbsp;kB") : ZG_S("&nbsp;MB"));
	return html_slice(&h);
}

/* --- its parts of the page ----------------------------------------------------------------------------------- */

static struct zg_slice link_of(struct page *p, struct zg_slice rest)
{
	return page_join(p, (struct zg_slice[]){ page_company_link(p, ZG_S("messages/")), p->path[3], rest }, 3);
}

static const struct web_mail_to *to_make(struct page *p, const struct store_message *m)
{
	struct web_mail_to *v = zg_arena_array(p->a, m->count ? m->count : 1, sizeof(*v));

	for (size_t i = 0; v && i < m->count; i++) {
		struct mail_look look = mail_look_of(&m->recipients[i]);

		v[i] = (struct web_mail_to){ .address = m->recipients[i].address, .status = look.word, .class = look.class };
	}
	return v;
}

static void fields_make(struct page *p, const struct store_message *m, struct web_message *w)
{
	struct zg_headers h = { .count = 0 };
	struct web_mail_field *v;

	if (zg_header_index(zg_slice_sub(m->head, 0, m->head.n > 2 ? m->head.n - 2 : 0), p->a, &h) != ZG_HEADER_OK)
		return;
	v = zg_arena_array(p->a, h.count ? h.count : 1, sizeof(*v));
	for (size_t i = 0; v && i < h.count && i < FIELDS_MOST; i++)
		v[w->fields_count++] = (struct web_mail_field){ .text = zg_slice_trim(h.v[i].raw) };
	w->fields = v;
}

static void parts_make(struct page *p, const struct mail_view *v, struct web_message *w)
{
	struct web_mail_part *parts = zg_arena_array(p->a, MAIL_PARTS_MOST, sizeof(*parts));

	for (size_t i = 0; parts && i < v->mime.count && w->parts_count < MAIL_PARTS_MOST; i++) {
		const struct zg_mime_part *part = &v->mime.v[i];
		struct zg_slice name = zg_mime_name(part, &mail_charsets, p->a);
		char number[24];
		struct zg_buf b = zg_buf_of(number, sizeof(number));
		const struct html_arg args[] = { { HTML_NUM, ZG_SI(""), (int64_t)w->parts_count + 1 } };

		if (part->is_multipart || !(part->is_attachment || name.n))
			continue;
		zg_buf_put(&b, ZG_S("/part/"));
		zg_buf_put_uint(&b, i);
		parts[w->parts_count++] = (struct web_mail_part){
			.name = name.n ? zg_slice_sub(name, 0, 200) : page_words(p, WORD_MSG_PART, args, 1), .media = part->media,
			.href = link_of(p, zg_buf_slice(&b)),
			.size = mail_size(p, part->encoding == ZG_MIME_BASE64 ? part->body.n / 4 * 3 : part->body.n),
		};
	}
	w->parts = parts;
}

static void text_make(struct page *p, const struct mail_view *v, struct web_message *w)
{
	const struct zg_mime_part *part = mail_view_part(v, ZG_S("text/plain"));
	struct web_mail_text *t = zg_arena_alloc(p->a, sizeof(*t));

	if (t && part) {
		t->text = zg_slice_sub(zg_mime_text(part, &mail_charsets, p->a), 0, TEXT_SHOWN_MOST);
		w->text = t->text.n ? t : NULL;
	}
	if (mail_view_part(v, ZG_S("text/html")))
		w->frame = link_of(p, ZG_S("/html"));
}

/* Of the domain that signed, or that From names. */
static const struct web_verdict *verdict_make(struct page *p, struct mail_view *v)
{
	struct zg_slice name = v->m.seal.n ? zg_slice_sub(v->m.seal, 0, zg_slice_find(v->m.seal, ' ')) : v->m.from_domain;
	struct store_watch w;
	struct store_domain d;
	struct store_message m = v->m;

	if (!v->has_body || store_domain_get(p->store, name, p->a, &d) != STORE_OK || d.company != v->m.company ||
	    store_watch_get(p->store, d.id, p->a, &w) != STORE_OK)
		return NULL;
	m.body = v->body;
	return testmail_verdict(p, &m, &w);
}

static struct zg_slice why_held(struct page *p, const struct store_recipient *r)
{
	static const struct { struct zg_slice why; enum lang_word word; } rows[] = {
		{ ZG_SI("domain"), WORD_MSG_HOLD_DOMAIN }, { ZG_SI("dmarc"), WORD_MSG_HOLD_DMARC },
		{ ZG_SI("unassigned"), WORD_MSG_HOLD_UNASSIGNED }, { ZG_SI("person"), WORD_MSG_HOLD_PERSON },
	};

	for (size_t i = 0; r->state == STORE_HELD && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_eq(rows[i].why, r->text))
			return page_words(p, rows[i].word, NULL, 0);
	return ZG_S("");
}

/* panel.md 6: again where refused or delayed, stop where it waits, release where it is held and would verify. */
static void deeds_make(struct page *p, const struct store_message *m, struct web_message *w)
{
	bool is_right = false;

	if (!p->seat || !people_may_change(p->seat->user.role))
		return;
	for (size_t i = 0; i < m->count; i++) {
		const struct store_recipient *r = &m->recipients[i];
		bool is_over = r->state == STORE_REFUSED || r->state == STORE_EXPIRED || r->state == STORE_STOPPED;

		w->may_again |= m->head.n && (is_over || (r->state == STORE_QUEUED && r->attempts));
		w->may_stop |= r->state == STORE_QUEUED || r->state == STORE_HELD;
		w->may_release |= r->state == STORE_HELD;
		is_right |= r->state == STORE_HELD && zg_slice_eq(r->text, STORE_HOLD_PERSON);
	}
	if (w->may_release && !is_right && ready_seal(p->store, m->seal, &is_right) != HOUSE_OK)
		is_right = false;
	w->may_release = w->may_release && is_right;
}

static const struct web_status *done_make(struct page *p)
{
	static const struct { struct zg_slice done; enum lang_word word; bool is_bad; } rows[] = {
		{ ZG_SI("again"), WORD_MSG_DONE_AGAIN, false }, { ZG_SI("stop"), WORD_MSG_DONE_STOP, false },
		{ ZG_SI("release"), WORD_MSG_DONE_RELEASE, false }, { ZG_SI("none"), WORD_MSG_DONE_NONE, false },
		{ ZG_SI("notready"), WORD_MSG_DONE_NOTREADY, true },
	};
	struct web_status *s = zg_arena_alloc(p->a, sizeof(*s));

	for (size_t i = 0; s && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (zg_slice_eq(rows[i].done, http_arg(p->q, ZG_S("done")))) {
			*s = (struct web_status){ .text = page_words(p, rows[i].word, NULL, 0), .is_bad = rows[i].is_bad };
			return s;
		}
	return NULL;
}

const struct web_message *mail_page(struct page *p, struct mail_view *v)
{
	struct web_message *w = zg_arena_alloc(p->a, sizeof(*w));
	const struct store_message *m = &v->m;
	const struct store_recipient *first = mail_first_of(m);
	struct mail_look look = mail_look_of(first);

	if (!w)
		return NULL;
	mail_view_open(p, v);
	*w = (struct web_message){
		.csrf = page_csrf(p), .subject = m->subject, .from = m->sender.n ? m->sender : ZG_S("<>"), .id = p->path[3], .class = look.class,
		.action = link_of(p, ZG_S("")), .size = mail_size(p, m->size), .why = why_held(p, first), .status = look.word,
		.sign = look.sign, .next = first->next_at, .to = to_make(p, m), .to_count = m->count, .verdict = verdict_make(p, v),
		.status_line = done_make(p), .has_head = m->head.n > 0, .has_body = v->has_body, .is_large = m->head.n && !v->has_body,
		.source = v->has_body ? link_of(p, ZG_S("/source")) : ZG_S(""), .is_waiting = first->state == STORE_QUEUED && first->attempts,
		.is_delivered = first->state == STORE_DELIVERED,
	};
	w->events = mail_timeline(p, m, &w->events_count);
	fields_make(p, m, w);
	text_make(p, v, w);
	parts_make(p, v, w);
	deeds_make(p, m, w);
	return w->to ? w : NULL;
}
