/* cards.c - one card a record, from what the standing check last saw. */
#include "edge/cards.h"
#include <string.h>
#include <zegel/dkim.h>
#include "base/b64.h"
#include "io/ask_server.h"

#define TTL 3600u
#define VALUE_ROOM 4096u	/* octets of a key's record; RSA of 8192 bits has some 1,420 */
#define PIECE_MIN 256u		/* a value that is longer is cut in pieces */
#define SERVERS_MOST 32u	/* lines of servers on a card */

/* What one card is made of. */
struct card {
	struct cards *c;
	unsigned kind;				/* enum zg_record_kind */
	struct zg_slice selector, name;
	const struct store_watch_record *seen;	/* NULL: never checked */
	struct zg_sight sight;			/* of the first server that answers */
	const struct store_watch_answer *judged;	/* NULL: none answered */
};

struct zg_slice cards_kind(unsigned kind)
{
	static const struct zg_slice names[] = {
		[ZG_RECORD_DKIM] = ZG_SI("DKIM"), [ZG_RECORD_SPF] = ZG_SI("SPF"), [ZG_RECORD_DMARC] = ZG_SI("DMARC"),
	};

	return kind <= ZG_RECORD_DMARC ? names[kind] : ZG_S("");
}

struct zg_slice cards_key_value(struct page *p, const struct store_key *k)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(p->a, VALUE_ROOM), VALUE_ROOM);

	if (!b.p)
		return ZG_S("");
	zg_buf_put(&b, k->type == ZG_KEY_ED25519 ? ZG_S("v=DKIM1; k=ed25519; p=") : ZG_S("v=DKIM1; k=rsa; p="));
	zg_b64_encode(k->public_key, &b);
	return zg_buf_slice(&b);
}

static struct zg_slice name_of(struct cards *c, unsigned kind, struct zg_slice selector)
{
	struct zg_slice dkim[] = { selector, ZG_S("._domainkey."), c->domain->name };
	struct zg_slice dmarc[] = { ZG_S("_dmarc."), c->domain->name };

	if (kind == ZG_RECORD_DKIM)
		return page_join(c->page, dkim, 3);
	return kind == ZG_RECORD_DMARC ? page_join(c->page, dmarc, 2) : c->domain->name;
}

static const struct store_watch_record *seen_of(const struct cards *c, unsigned kind, struct zg_slice selector)
{
	for (size_t i = 0; c->watch && i < c->watch->count; i++)
		if (c->watch->records[i].kind == kind && zg_slice_eq(c->watch->records[i].selector, selector))
			return &c->watch->records[i];
	return NULL;
}

static const struct zg_mail_host *mail_host_of(const struct store_watch *w)
{
	for (size_t i = 0; w && i < zg_mail_host_count(); i++)
		if (zg_slice_eq(zg_mail_host_at(i)->id, w->mail_host))
			return zg_mail_host_at(i);
	return NULL;
}

/* --- what is there, held against what should be ---------------------------------------------------------------- */

static struct zg_misplaced *misplaced_of(struct card *d)
{
	struct zg_misplaced *v = zg_arena_array(d->c->page->a, d->seen->places_count, sizeof(*v));

	for (size_t i = 0; v && i < d->seen->places_count; i++)
		v[i] = (struct zg_misplaced){ (enum zg_misplace)d->seen->places[i].where, d->seen->places[i].values.v,
			d->seen->places[i].values.count };
	return v;
}

static struct zg_want want_of(struct card *d)
{
	const struct store_watch *w = d->c->watch;
	const struct settings *s = d->c->page->settings;
	const struct zg_mail_host *host = mail_host_of(w);

	return (struct zg_want){
		.kind = (enum zg_record_kind)d->kind, .value = d->seen->wanted,
		.spf = { .relay = s->conf.spf_include, .mailhost = host ? host->include : ZG_S(""),
			 .has_mx = w->mx.count && w->mx.v[0].n },
		.rua = s->conf.report_address,
	};
}

/* Judges the answer that is shown: of the first server that gives one. */
static void judge(struct card *d)
{
	struct zg_want want;
	struct zg_answer a;

	for (size_t i = 0; d->seen && i < d->seen->answers_count && !d->judged; i++)
		if (d->seen->answers[i].server.n && d->seen->answers[i].seen != ZG_SEEN_SILENT)
			d->judged = &d->seen->answers[i];
	if (!d->judged)
		return;
	want = want_of(d);
	a = (struct zg_answer){ .cname = d->judged->cname, .values = d->judged->values.v, .count = d->judged->values.count,
		.misplaced = misplaced_of(d), .misplaced_count = d->seen->places_count };
	if (!a.misplaced)
		a.misplaced_count = 0;
	if (zg_record_see(&want, &a, d->c->page->a, &d->sight) < 0)
		d->judged = NULL;
}

/* --- values, with their marks ---------------------------------------------------------------------------------- */

static void put_run(struct html *h, struct zg_slice text, enum icon mark)
{
	bool is_gone = mark == ICON_STOP;

	if (!text.n)
		return;
	if (mark == ICON_NOTHING) {
		html_raw(h, ZG_S("<span>"));
		html_text(h, text);
		html_raw(h, ZG_S("</span>"));
		return;
	}
	html_raw(h, is_gone ? ZG_S("<del data-l=\"") : ZG_S("<ins data-l=\""));
	html_word(h, is_gone ? WORD_REC_REMOVED : WORD_REC_ADDED, NULL, 0);
	html_raw(h, ZG_S("\">"));
	html_text(h, text);
	html_raw(h, is_gone ? ZG_S("</del>") : ZG_S("</ins>"));
}

/* What stands between two marks: each term in a piece of its own, so that it wraps whole. */
static void put_terms(struct html *h, struct zg_slice s)
{
	while (s.n) {
		size_t n = zg_slice_find(s, ' ');

		put_run(h, zg_slice_sub(s, 0, n), ICON_NOTHING);
		if (n < s.n)
			html_raw(h, ZG_S(" "));
		s = zg_slice_sub(s, n + 1, s.n);
	}
}

static void put_value(struct html *h, struct zg_slice value, const struct zg_spans *marks, enum icon mark)
{
	size_t at = 0;

	for (size_t i = 0; marks && i < marks->count; i++) {
		struct zg_span m = marks->v[i];

		if (m.from < at || m.from + m.n > value.n)
			continue;
		put_terms(h, zg_slice_sub(value, at, m.from - at));
		put_run(h, zg_slice_sub(value, m.from, m.n), mark);
		at = m.from + m.n;
	}
	put_terms(h, zg_slice_sub(value, at, value.n));
}

/* The values at the name that belong to the matter; octet for octet as the server gave them. */
static struct zg_slice now_html(struct card *d)
{
	struct html h = html_of(d->c->page->a, d->c->page->lang);
	const struct store_slices *v = &d->judged->values;

	for (size_t i = 0; i < v->count; i++) {
		const struct zg_spans *gone = d->sight.gone ? &d->sight.gone[i] : NULL;

		if (d->kind == ZG_RECORD_SPF && i != d->sight.value && !(gone && gone->count))
			continue;	/* another matter's TXT value */
		html_raw(&h, ZG_S("<code>"));
		put_value(&h, v->v[i], gone, ICON_STOP);
		html_raw(&h, ZG_S("</code>"));
	}
	return html_slice(&h);
}

/* --- findings -------------------------------------------------------------------------------------------------- */

static bool is_note_of(enum zg_lint code, struct html *h, struct card *d, const struct zg_finding *f)
{
	const struct zg_slice domain = d->c->domain->name;
	struct zg_slice short_name = zg_host_name(d->c->form, d->name, domain, d->c->page->a);
	const struct html_arg count[] = { { HTML_NUM, { NULL, 0 }, (int64_t)f->number } };
	const struct html_arg doubled[] = { { HTML_TEXT, domain, 0 }, { HTML_CODE, short_name, 0 } };
	const struct html_arg place[] = { { HTML_CODE, short_name, 0 } };
	const struct html_arg relay[] = { { HTML_CODE, d->c->page->settings->conf.spf_include, 0 } };
	static const struct { enum zg_lint code; enum lang_word word; } plain[] = {
		{ ZG_LINT_spf_include_space, WORD_REC_FIND_SPACE }, { ZG_LINT_spf_relay_missing, WORD_REC_FIND_NOSENDER },
		{ ZG_LINT_spf_multiple, WORD_REC_FIND_DOUBLE }, { ZG_LINT_spf_quotes, WORD_REC_FIND_QUOTES },
		{ ZG_LINT_dkim_quotes, WORD_REC_FIND_QUOTES }, { ZG_LINT_dmarc_quotes, WORD_REC_FIND_QUOTES },
		{ ZG_LINT_spf_escaped, WORD_REC_FIND_ESCAPED }, { ZG_LINT_dkim_semicolon_escaped, WORD_REC_FIND_ESCAPED },
		{ ZG_LINT_dmarc_escaped, WORD_REC_FIND_ESCAPED }, { ZG_LINT_spf_all_pass, WORD_REC_FIND_ALLPASS },
		{ ZG_LINT_dkim_mismatch, WORD_REC_FIND_OTHERKEY }, { ZG_LINT_dkim_revoked, WORD_REC_FIND_REVOKED },
		{ ZG_LINT_dkim_t_testing, WORD_REC_FIND_TESTING },
		{ ZG_LINT_dkim_private_key_published, WORD_REC_FIND_PRIVATE },
		{ ZG_LINT_dkim_certificate_published, WORD_REC_FIND_CERTIFICATE },
		{ ZG_LINT_dkim_p_pem_header, WORD_REC_FIND_PEM }, { ZG_LINT_deleg_cname_beside, WORD_REC_FIND_CNAME },
		{ ZG_LINT_dkim_not_a_key, WORD_REC_FIND_NONE }, { ZG_LINT_dmarc_not_a_record, WORD_REC_FIND_NONE },
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (plain[i].code != code)
			continue;
		html_word(h, plain[i].word, NULL, 0);
		return true;
	}
	switch (code) {
	case ZG_LINT_spf_missing:
	case ZG_LINT_dkim_missing:
	case ZG_LINT_dmarc_missing:
		return false;		/* the card's state says it */
	case ZG_LINT_dkim_name_doubled:
	case ZG_LINT_dmarc_name_doubled:
	case ZG_LINT_spf_name_doubled:
		html_word(h, WORD_REC_FIND_DOMAINTWICE, doubled, 2);
		return true;
	case ZG_LINT_dkim_truncated:
		html_word(h, WORD_REC_FIND_MISSINGCHARS, count, 1);
		return true;
	case ZG_LINT_dkim_truncated_255:
		html_word(h, WORD_REC_FIND_CUT, (const struct html_arg[]){ { HTML_NUM, { NULL, 0 }, 255 } }, 1);
		return true;
	case ZG_LINT_spf_relay_misspelt:
	case ZG_LINT_spf_include_underscore:
	case ZG_LINT_spf_include_dot:
		html_word(h, WORD_REC_FIND_MISSPELT, relay, 1);
		return true;
	case ZG_LINT_dkim_name_no_domainkey:
	case ZG_LINT_dkim_name_apex:
	case ZG_LINT_dkim_name_typo:
	case ZG_LINT_dmarc_name_typo:
	case ZG_LINT_spf_name_www:
	case ZG_LINT_spf_name_own_label:
		html_word(h, WORD_REC_FIND_WRONGPLACE, place, 1);
		return true;
	default:
		if (zg_lint_severity(code) != ZG_ERROR)
			return false;
		html_word(h, WORD_REC_FIND_TEXT, NULL, 0);
		return true;
	}
}

static void note_add(struct card *d, struct web_record *w, struct zg_slice text)
{
	struct web_record_note *v = (struct web_record_note *)(uintptr_t)w->notes;

	for (size_t i = 0; i < w->notes_count; i++)
		if (zg_slice_eq(v[i].text, text))
			return;		/* two findings, one thing to do */
	(void)d;
	v[w->notes_count++].text = text;
}

/* What is wrong, and what is to be done. */
static void notes_make(struct card *d, struct web_record *w, enum zg_record_state state)
{
	struct page *p = d->c->page;
	size_t count = d->judged ? d->sight.findings.count : 0;
	enum lang_word act = state == ZG_RECORD_MISSING ? WORD_REC_ADD : state == ZG_RECORD_TWICE ? WORD_REC_REMOVE : WORD_REC_REPLACE;

	w->notes = zg_arena_array(p->a, count + 2, sizeof(*w->notes));
	if (!w->notes)
		return;
	for (size_t i = 0; i < count && state != ZG_RECORD_RIGHT; i++) {
		const struct zg_finding *f = &d->sight.findings.v[i];
		struct html h = html_of(p->a, p->lang);

		if (!is_note_of(f->code, &h, d, f))
			continue;
		w->is_bad = w->is_bad || (f->severity == ZG_ERROR && f->code != ZG_LINT_spf_relay_missing);
		note_add(d, w, html_slice(&h));
	}
	if (state == ZG_RECORD_UNREADABLE || (d->seen && d->seen->unread_since))
		note_add(d, w, page_words(p, WORD_REC_SILENT, NULL, 0));
	else if (state == ZG_RECORD_MISSING || state == ZG_RECORD_TWICE || state == ZG_RECORD_DIFFERS)
		note_add(d, w, page_words(p, act, NULL, 0));
}

/* --- the card -------------------------------------------------------------------------------------------------- */

static void state_put(struct card *d, struct web_record *w)
{
	struct page *p = d->c->page;
	static const struct { enum lang_word word; struct zg_slice class; enum icon icon; } rows[ZG_RECORD_STATE_COUNT] = {
		[ZG_RECORD_MISSING] = { WORD_REC_STATE_MISSING, ZG_SI("warn"), ICON_DOTS },
		[ZG_RECORD_RIGHT] = { WORD_REC_STATE_RIGHT, ZG_SI("good"), ICON_OK },
		[ZG_RECORD_DIFFERS] = { WORD_REC_STATE_DIFFERS, ZG_SI("warn"), ICON_WARNING },
		[ZG_RECORD_SOME] = { WORD_REC_STATE_SOME, ZG_SI("warn"), ICON_CLOCK },
		[ZG_RECORD_TWICE] = { WORD_REC_STATE_DOUBLE, ZG_SI("bad"), ICON_STOP },
		[ZG_RECORD_UNREADABLE] = { WORD_REC_STATE_UNREADABLE, ZG_SI("plain"), ICON_NOTHING },
	};

	if (!d->seen) {
		w->class = ZG_S("plain");
		w->state = page_words(p, WORD_REC_STATE_UNKNOWN, NULL, 0);
		return;
	}
	w->class = rows[d->seen->state].class;
	w->state_icon = rows[d->seen->state].icon;
	if (d->seen->state == ZG_RECORD_SOME)
		w->state = page_words(p, WORD_REC_STATE_SOME, (const struct html_arg[]){
			{ HTML_NUM, { NULL, 0 }, d->seen->right }, { HTML_NUM, { NULL, 0 }, d->seen->total } }, 2);
	else
		w->state = page_words(p, rows[d->seen->state].word, NULL, 0);
	if (w->is_bad && d->seen->state == ZG_RECORD_DIFFERS) {
		w->class = ZG_S("bad");
		w->state_icon = ICON_STOP;
	}
}

static void server_put(const struct store_watch_answer *a, struct web_record_server *w)
{
	static const struct { enum lang_word word; struct zg_slice class; enum icon icon; } rows[ZG_SEEN_COUNT] = {
		[ZG_SEEN_RIGHT] = { WORD_LIVE_ANSWER_RIGHT, ZG_SI("good"), ICON_OK },
		[ZG_SEEN_MISSING] = { WORD_LIVE_ANSWER_NONE, ZG_SI(""), ICON_DOTS },
		[ZG_SEEN_DIFFERS] = { WORD_LIVE_ANSWER_DIFFERS, ZG_SI("bad"), ICON_STOP },
		[ZG_SEEN_OLD] = { WORD_LIVE_ANSWER_OLD, ZG_SI("warn"), ICON_CLOCK },
		[ZG_SEEN_TWICE] = { WORD_LIVE_ANSWER_TWICE, ZG_SI("bad"), ICON_STOP },
		[ZG_SEEN_SILENT] = { WORD_LIVE_ANSWER_FAIL, ZG_SI("warn"), ICON_WARNING },
	};

	*w = (struct web_record_server){ .class = rows[a->seen].class, .name = a->server, .sign = rows[a->seen].icon,
		.answer = rows[a->seen].word };
}

/* One line a server: its worst address speaks for it. */
static void servers_make(struct card *d, struct web_record *w)
{
	struct web_record_server *v = zg_arena_array(d->c->page->a, SERVERS_MOST, sizeof(*v));

	for (size_t i = 0; v && d->seen && i < d->seen->answers_count && w->servers_count < SERVERS_MOST; i++) {
		const struct store_watch_answer *a = &d->seen->answers[i];

		if (!a->server.n)
			continue;
		if (w->servers_count && zg_slice_eq(v[w->servers_count - 1].name, a->server)) {
			if (a->seen != ZG_SEEN_RIGHT && a->seen != ZG_SEEN_SILENT)
				server_put(a, &v[w->servers_count - 1]);
			continue;
		}
		server_put(a, &v[w->servers_count++]);
	}
	w->servers = v;
}

static void pieces_make(struct card *d, struct web_record *w, struct zg_slice value)
{
	size_t most = zg_host_pieces_max(value.n);
	struct zg_slice *pieces = zg_arena_array(d->c->page->a, most, sizeof(*pieces));
	struct web_record_piece *v = zg_arena_array(d->c->page->a, most, sizeof(*v));

	if (value.n < PIECE_MIN || !pieces || !v)
		return;
	w->pieces_count = zg_host_pieces(value, pieces);
	for (size_t i = 0; i < w->pieces_count; i++)
		v[i].text = pieces[i];
	w->pieces = v;
}

/* Until when receivers may see what stood there before. */
static struct zg_slice below_of(struct card *d)
{
	struct page *p = d->c->page;
	struct html h = html_of(p->a, p->lang);

	if (d->kind == ZG_RECORD_SPF && d->seen && d->seen->state == ZG_RECORD_DIFFERS)
		html_word(&h, WORD_REC_SPF_MERGED, NULL, 0);
	if (d->seen && d->seen->state == ZG_RECORD_RIGHT && d->seen->old_until > p->now)
		html_word(&h, WORD_LIVE_CACHE, (const struct html_arg[]){ { HTML_WHEN, { NULL, 0 }, d->seen->old_until } }, 1);
	return html_slice(&h);
}

static const struct zg_slice languages[] = {
	[LANG_EN] = ZG_SI("en"), [LANG_NL] = ZG_SI("nl"), [LANG_FR] = ZG_SI("fr"), [LANG_DE] = ZG_SI("de"),
};

static void value_make(struct card *d, struct web_record *w, struct zg_slice value)
{
	struct page *p = d->c->page;
	struct zg_slice zone = d->c->watch && d->c->watch->zone.n ? d->c->watch->zone : d->c->domain->name;
	struct html h = html_of(p->a, p->lang);
	bool differs = d->judged && !d->sight.is_wanted_same && d->sight.seen != ZG_SEEN_MISSING && d->sight.seen != ZG_SEEN_RIGHT;

	w->is_known = true;
	w->type = ZG_S("TXT");
	w->name = zg_host_name(d->c->form, d->name, zone, p->a);
	w->has_name = w->name.n > 0;
	w->name_label = zg_dns_host_field(d->c->form, languages[p->lang], ZG_HOST_NAME);
	w->value_label = zg_dns_host_field(d->c->form, languages[p->lang], ZG_HOST_VALUE);
	w->has_now = differs && d->judged->values.count > 0;
	if (w->has_now)
		w->now = now_html(d);
	if (differs)
		put_value(&h, value, &d->sight.come, ICON_OK);
	else
		put_terms(&h, zg_host_value(d->c->form, value, p->a));
	w->wanted = html_slice(&h);
	w->zone_line = zg_host_zone_line(d->name, TTL, value, p->a);
	w->below = below_of(d);
	pieces_make(d, w, value);
}

/* The value to publish: of what was judged now, else of the check, else the key's own. */
static struct zg_slice wanted_of(struct card *d, const struct store_key *k)
{
	if (d->judged && d->sight.wanted.n)
		return d->sight.wanted;
	if (d->seen && d->seen->wanted.n)
		return d->seen->wanted;
	return k ? cards_key_value(d->c->page, k) : ZG_S("");
}

static struct card card_of(struct cards *c, unsigned kind, struct zg_slice selector)
{
	struct card d = { .c = c, .kind = kind, .selector = selector, .name = name_of(c, kind, selector),
		.seen = seen_of(c, kind, selector) };

	judge(&d);
	return d;
}

static void card_put(struct html *h, struct card *d, const struct store_key *k)
{
	static const struct { struct zg_slice id; enum lang_word title, why; } rows[] = {
		[ZG_RECORD_DKIM] = { ZG_SI("dkim"), WORD_REC_DKIM, WORD_REC_DKIM_WHY },
		[ZG_RECORD_SPF] = { ZG_SI("spf"), WORD_REC_SPF, WORD_REC_SPF_WHY },
		[ZG_RECORD_DMARC] = { ZG_SI("dmarc"), WORD_REC_DMARC, WORD_REC_DMARC_WHY },
	};
	struct zg_slice id[] = { rows[d->kind].id, d->selector.n ? ZG_S("-") : ZG_S(""), d->selector };
	struct zg_slice value = wanted_of(d, k);
	struct web_record w = {
		.id = page_join(d->c->page, id, 3), .kind = cards_kind(d->kind), .title = rows[d->kind].title,
		.why = rows[d->kind].why, .is_fold = d->seen && d->seen->state == ZG_RECORD_RIGHT,
	};

	if (d->seen)
		notes_make(d, &w, (enum zg_record_state)d->seen->state);
	state_put(d, &w);
	if (value.n)
		value_make(d, &w, value);
	servers_make(d, &w);
	web_record(h, &w);
}

static bool is_right(const struct card *d)
{
	return d->seen && d->seen->state == ZG_RECORD_RIGHT;
}

struct zg_slice cards_html(struct cards *c, bool is_broken)
{
	struct html h = html_of(c->page->a, c->page->lang);
	size_t count = c->keys_count + 2;
	struct card *v = zg_arena_array(c->page->a, count, sizeof(*v));

	if (!v)
		return ZG_S("");
	for (size_t i = 0; i < c->keys_count; i++)
		v[i] = card_of(c, ZG_RECORD_DKIM, c->keys[i].selector);
	v[count - 2] = card_of(c, ZG_RECORD_SPF, ZG_S(""));
	v[count - 1] = card_of(c, ZG_RECORD_DMARC, ZG_S(""));
	for (int round = 0; round < (is_broken ? 2 : 1); round++)
		for (size_t i = 0; i < count; i++)
			if (!is_broken || is_right(&v[i]) == (round == 1))
				card_put(&h, &v[i], i < c->keys_count ? &c->keys[i] : NULL);
	h.is_full = h.is_full || c->page->a->is_full;
	c->page->h.icons |= h.icons;
	return html_slice(&h);
}

struct zg_slice cards_zone(struct cards *c)
{
	struct html h = html_of(c->page->a, c->page->lang);

	for (size_t i = 0; i < c->keys_count + 2; i++) {
		const struct store_key *k = i < c->keys_count ? &c->keys[i] : NULL;
		unsigned kind = k ? ZG_RECORD_DKIM : i == c->keys_count ? ZG_RECORD_SPF : ZG_RECORD_DMARC;
		struct card d = card_of(c, kind, k ? k->selector : ZG_S(""));
		struct zg_slice value = wanted_of(&d, k);

		if (!value.n)
			continue;
		html_text(&h, zg_host_zone_line(d.name, TTL, value, c->page->a));
		html_raw(&h, ZG_S("\n"));
	}
	return html_slice(&h);
}

void cards_count(const struct cards *c, size_t *ret_right, size_t *ret_total)
{
	*ret_right = 0;
	*ret_total = c->keys_count + 2;
	for (size_t i = 0; i < c->keys_count + 2; i++) {
		const struct store_key *k = i < c->keys_count ? &c->keys[i] : NULL;
		unsigned kind = k ? ZG_RECORD_DKIM : i == c->keys_count ? ZG_RECORD_SPF : ZG_RECORD_DMARC;
		const struct store_watch_record *seen = seen_of(c, kind, k ? k->selector : ZG_S(""));

		*ret_right += seen && seen->state == ZG_RECORD_RIGHT;
	}
}
