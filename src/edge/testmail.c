/* testmail.c - one signed mail to the reader's own mailbox, and what a verifier says of it. */
#include "edge/testmail.h"
#include <zegel/address.h>
#include <zegel/dkim.h>
#include "edge/letter.h"
#include "edge/mailer.h"
#include "edge/once.h"
#include "edge/page_form.h"
#include "edge/page_security.h"
#include "lint/record_state.h"
#include "store/store_watch.h"

/* --- the verdict ------------------------------------------------------------------------------------------------ */

/* Answers a verifier's questions with what the standing check saw. */
static void answer(struct zg_dkim_verifier *v, const struct store_watch *w)
{
	const struct zg_dns_q *q;

	while (zg_dkim_verify_step(v, &q) == ZG_ASK) {
		struct zg_dns_rr rr = { .data = ZG_S("") };
		struct zg_dns_a a = { .name = q->name, .type = q->type, .status = ZG_DNS_NXDOMAIN };

		for (size_t i = 0; i < w->count; i++) {
			if (!zg_slice_eq_ci(w->records[i].name, q->name) || !w->records[i].now.n)
				continue;
			rr.data = w->records[i].now;
			a.status = ZG_DNS_FOUND;
			a.rr = &rr;
			a.rr_count = 1;
		}
		zg_dkim_verify_feed(v, &a);
	}
}

/* One pass is enough: receivers look for one. */
static enum zg_dkim_result verify(struct page *p, const struct store_message *m, const struct store_watch *w)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(p->crypt, p->a, p->now);
	const struct zg_dkim_verdict *verdicts;
	enum zg_dkim_result result = ZG_DKIM_NONE;
	size_t end = zg_header_end(m->head), count;
	struct zg_headers h;

	if (!v)
		return ZG_DKIM_TEMPERROR;
	if (zg_header_index(zg_slice_sub(m->head, 0, end), p->a, &h) == ZG_HEADER_OK) {
		zg_dkim_verify_header(v, &h);
		zg_dkim_verify_body(v, m->body);
		zg_dkim_verify_end(v);
		answer(v, w);
		count = zg_dkim_verify_verdicts(v, &verdicts);
		for (size_t i = 0; i < count && result != ZG_DKIM_PASS; i++)
			result = verdicts[i].result;
	}
	zg_dkim_verify_done(v);
	return result;
}

static bool is_right(const struct store_watch *w, unsigned kind)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->records[i].kind == kind && w->records[i].state == ZG_RECORD_RIGHT)
			return true;
	return false;
}

static void item(struct web_verdict_item *i, struct zg_slice name, bool is_good)
{
	*i = (struct web_verdict_item){ .name = name, .class = is_good ? ZG_S("good") : ZG_S("bad"),
		.sign = is_good ? ICON_OK : ICON_STOP, .word = is_good ? WORD_TESTMAIL_PASS : WORD_TESTMAIL_FAIL };
}

const struct web_verdict *testmail_verdict(struct page *p, const struct store_message *m, const struct store_watch *w)
{
	struct web_verdict *verdict = zg_arena_alloc(p->a, sizeof(*verdict));
	struct web_verdict_item *items = zg_arena_array(p->a, 3, sizeof(*items));

	if (!verdict || !items)
		return NULL;
	item(&items[0], ZG_S("SPF"), is_right(w, ZG_RECORD_SPF));
	item(&items[1], ZG_S("DKIM"), verify(p, m, w) == ZG_DKIM_PASS);
	item(&items[2], ZG_S("DMARC"), is_right(w, ZG_RECORD_DMARC));
	*verdict = (struct web_verdict){ .items = items, .items_count = 3 };
	return verdict;
}

/* The mail that ?sent= names, as far as it is of this company. */
static bool sent_read(struct page *p, struct store_message *m)
{
	struct store_id id;

	return store_id_read(http_arg(p->q, ZG_S("sent")), &id) == 0 && store_message_get(p->store, &id, p->a, m) == STORE_OK &&
	       m->company == p->company->id && m->count == 1;
}

void testmail_box(struct page *p, const struct store_domain *d, bool is_first, struct html *h)
{
	struct web_testmail t = { .csrf = page_csrf(p), .domain = d->name, .is_first = is_first,
		.action = page_company_link(p, ZG_S("security/testmail")), .to = p->seat->user.address };
	struct store_message m;
	struct store_watch w;

	if (sent_read(p, &m) && store_watch_get(p->store, d->id, p->a, &w) == STORE_OK) {
		t.is_sent = true;
		t.to = m.recipients[0].address;
		t.sent_at = m.created;
		t.message = page_company_link(p, page_join(p, (struct zg_slice[]){ ZG_S("messages/"), http_arg(p->q, ZG_S("sent")) }, 2));
		t.verdict = testmail_verdict(p, &m, &w);
	}
	t.once = once_make(p);
	web_testmail(h, &t);
}

/* --- sending it -------------------------------------------------------------------------------------------------- */

static struct zg_slice sender_of(struct page *p, const struct store_domain *d)
{
	struct zg_slice own = p->seat->user.address;
	size_t at = zg_slice_rfind(own, '@');

	if (at < own.n && zg_slice_eq_ci(zg_slice_sub(own, at + 1, own.n), d->name))
		return own;
	return page_join(p, (struct zg_slice[]){ ZG_S("postmaster@"), d->name }, 2);
}

static struct mailer_reply mail_send(struct page *p, const struct store_domain *d, struct zg_slice to)
{
	struct zg_slice from = sender_of(p, d);
	char subject[512], body[1024];
	struct zg_buf s = zg_buf_of(subject, sizeof(subject)), b = zg_buf_of(body, sizeof(body));
	struct mailer_mail mail = { .sender = from, .recipient = to };

	lang_put(&s, p->lang, WORD_TESTMAIL_SUBJECT, &d->name, 1);
	lang_put(&b, p->lang, WORD_TESTMAIL_BODY, &d->name, 1);
	mail.text = letter_text(from, to, zg_buf_slice(&s), zg_buf_slice(&b), p->a);
	return mailer_send(p->world->mailer, &mail);
}

void page_testmail(struct page *p)
{
	static const struct html_arg example[] = { { HTML_MONO, ZG_SI("info@example.be"), 0 } };
	const struct zg_slice queued = ZG_S("queued as ");
	struct form_wrong w = { .page = p };
	struct zg_slice to = page_value(p, ZG_S("to")), id;
	struct zg_address address;
	struct mailer_reply reply;
	struct store_domain d;

	if (!page_domain_pick(p, page_value(p, ZG_S("domain")), &d)) {
		page_trouble(p, 404);
		return;
	}
	if (zg_address_mailbox(to, false, &address) < 0 || !house_domain_read(address.domain, p->a).n) {
		(void)form_wrong(&w, ZG_S("to"), WORD_TESTMAIL_ERR_TO, example, 1);
		web_testmail_wrong(&p->h, &(const struct web_testmail_wrong){
			.summary = form_summary(&w), .csrf = page_csrf(p), .domain = d.name, .to = to, .error = &w.errors[0],
			.action = page_company_link(p, ZG_S("security/testmail")), .once = once_make(p) });
		page_show(p, 422, lang_text(p->lang, WORD_TESTMAIL_TITLE));
		return;
	}
	reply = mail_send(p, &d, to);
	if (reply.code != 250) {
		page_trouble(p, 500);
		return;
	}
	id = zg_slice_sub(zg_slice_cstr(reply.text), queued.n, STORE_ID_TEXT);
	page_go(p, page_join(p, (struct zg_slice[]){ page_link(p, page_link(p, page_company_link(p, ZG_S("security")), ZG_S("domain"),
		d.name), ZG_S("sent"), id), ZG_S("#part-testmail") }, 2));
}
