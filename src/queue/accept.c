/* accept.c - the way of a mail into the queue.
 *
 *   SENDER --250--> ENVELOPE --accept_data--> HEADER --empty line--> BODY --accept_end--> ENDED
 *   ENDED --lookup and spool are done--> SIGNING --the vault answered--> KEEPING --committed--> ANSWERED
 *   HEADER, BODY --wrong--> REFUSED --accept_end--> ANSWERED; others --wrong--> ANSWERED (4xx or 5xx)
 *
 * Invariants: (1) the writer knows our stage from accept_data until our put is posted or we are answered or dropped.
 * (2) `holds` counts callbacks that will still come from other threads, and calls that are on the stack; after drop the
 * struct goes with the last.  (3) a body is in mail->body or in the spool, never in both.  (4) a spool file stays only
 * when its row was committed. */
#include "queue/accept.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zegel/address.h>
#include <zegel/dkim.h>
#include "base/limits.h"
#include "base/utf8.h"
#include "io/clock.h"
#include "io/log.h"
#include "mail/mime.h"
#include "queue/mail.h"
#include "queue/mover.h"
#include "queue/rewrite.h"
#include "queue/spool.h"

#define KEYS_MOST 2u	/* keys that sign one message: RSA and Ed25519 */
#define SUBJECT_READ 2000u	/* octets of a field that the subject is read from */
#define NAME_TOLD_MAX 64u	/* octets of a field's name in a reply */

enum accept_state { SENDER, ENVELOPE, HEADER, BODY, REFUSED, ENDED, SIGNING, KEEPING, ANSWERED };

/* One signature under way. */
struct signing {
	struct vault_wait wait;
	struct accept *accept;
	struct zg_dkim_unsigned u;
	struct zg_slice field;
	enum vault_code code;
	bool is_open;
};

struct accept {
	struct queue_loop *q;
	struct settings *settings;
	const struct accept_calls *calls;
	void *owner;
	struct accept_client client;
	enum accept_state state;
	enum writer_stage stage;
	bool is_dropped, is_spool_open, is_lookup_open, has_hash;
	unsigned holds, signings;
	struct mail *mail;
	size_t recipients_cap;
	char *head;			/* the header block as it came */
	size_t head_n, head_cap;
	size_t body_cap;
	uint64_t body_n;
	struct spool *spool;
	struct zg_headers fields;	/* of head */
	struct zg_dkim_signer hash;
	struct lookup_wait lookup;
	struct signer *signer;		/* of the From domain */
	uint64_t sender_company;	/* that owns the envelope sender's domain; 0: none or no matter */
	struct signing signing[KEYS_MOST];
	struct writer_job job;
	struct accept_reply refusal;	/* REFUSED */
	struct zg_slice block;		/* the mended header, without the empty line */
	enum unready unready;		/* SIGN where nothing is to be signed, too */
	struct zg_slice held;		/* HOLD: why */
};

static void try_sign(struct accept *a);

/* --- ends ---------------------------------------------------------------------------------------------------- */

static void stage_enter(struct accept *a, enum writer_stage s)
{
	if (a->stage != s)
		writer_move(a->q->writer, a->stage, s);
	a->stage = s;
}

static void accept_free(struct accept *a)
{
	if (a->spool)
		spool_drop(a->spool, a->state == ANSWERED && a->job.rc == STORE_OK && a->job.put);
	if (a->has_hash)
		zg_dkim_sign_done(&a->hash);
	signer_unref(a->signer);
	mail_unref(a->mail);
	settings_unref(a->settings);
	free(a->head);
	free(a);
}

static void answer(struct accept *a, unsigned code, struct zg_slice enhanced, struct zg_slice text)
{
	struct accept_reply r = { code, enhanced, text };

	stage_enter(a, WRITER_NOWHERE);
	if (!a->is_dropped)
		a->calls->answer(a->owner, &r);
}

/* Says no; while the message still comes, at its end.  enhanced and text are literals or live in the mail's arena. */
static void refuse(struct accept *a, unsigned code, struct zg_slice enhanced, struct zg_slice text)
{
	if (a->state == HEADER || a->state == BODY) {
		a->state = REFUSED;
		a->refusal = (struct accept_reply){ code, enhanced, text };
		stage_enter(a, WRITER_NOWHERE);
		return;
	}
	a->state = ANSWERED;
	log_line(LOG_INFO, "refused", (struct log_field[]){ LOG_NUM("code", code), LOG_TEXT("why", text),
		 LOG_TEXT("client", a->client.address) }, 3);
	answer(a, code, enhanced, text);
}

/* Text of parts, in the mail's arena. */
static struct zg_slice text_of(struct accept *a, struct zg_slice one, struct zg_slice two, struct zg_slice three)
{
	size_t n = one.n + two.n + three.n;
	char *p = zg_arena_bytes(&a->mail->arena, n);
	struct zg_buf b = zg_buf_of(p, p ? n : 0);

	zg_buf_put(&b, one);
	zg_buf_put(&b, two);
	zg_buf_put(&b, three);
	return p ? zg_buf_slice(&b) : ZG_S("no memory");
}

static void release(struct accept *a)
{
	if (--a->holds == 0 && a->is_dropped)
		accept_free(a);
}

void accept_drop(struct accept *a)
{
	a->holds++;
	a->is_dropped = true;
	stage_enter(a, WRITER_NOWHERE);
	for (size_t i = 0; i < KEYS_MOST; i++)
		if (a->signing[i].is_open) {
			vault_call_drop(&a->q->vault, &a->signing[i].wait);
			a->signing[i].is_open = false;
		}
	if (a->spool && a->state < KEEPING) {
		spool_drop(a->spool, false);
		a->spool = NULL;
	}
	release(a);
}

/* --- envelope ------------------------------------------------------------------------------------------------ */

struct accept *accept_new(struct queue_loop *q, const struct accept_client *client, const struct accept_calls *calls, void *owner)
{
	struct accept *a = calloc(1, sizeof(*a));
	unsigned char random[10];

	if (!a)
		return NULL;
	a->mail = mail_new();
	if (!a->mail) {
		free(a);
		return NULL;
	}
	a->q = q;
	a->settings = settings_ref(q->settings);
	a->calls = calls;
	a->owner = owner;
	a->client = *client;
	clock_random(random, sizeof(random));
	a->mail->m.id = store_id_make(clock_unix_ms(), random);
	a->mail->m.created = clock_unix();
	return a;
}

/* Is this the company that the client may speak for?  When it stands for the owner of From, any company will do so far. */
static bool is_own(const struct accept *a, const struct signer *s)
{
	if (a->client.right == ACCEPT_DEV)
		return true;
	if (s->rc != HOUSE_OK)
		return false;
	if (a->client.right == ACCEPT_CREDENTIAL)
		return s->found.company == a->client.company;
	return a->client.right == ACCEPT_OWNER || zg_slice_eq(s->found.company_slug, a->client.company_slug);
}

static void sender_judge(struct accept *a, const struct signer *s)
{
	if (s->rc == HOUSE_STORE) {
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("the database cannot be read now; try again later"));
	} else if (!is_own(a, s)) {
		refuse(a, 550, ZG_S("5.7.1"), text_of(a, ZG_S("the envelope sender's domain "), s->asked,
		       ZG_S(" does not belong to your company; add it with: zegel domain add")));
	} else {
		a->sender_company = s->rc == HOUSE_OK ? s->found.company : 0;
		a->state = ENVELOPE;
		answer(a, 250, ZG_S("2.1.0"), ZG_S("sender taken"));
	}
}

static void sender_found(struct lookup_wait *w, struct signer *s)
{
	struct accept *a = ZG_LIST_OF(w, struct accept, lookup);
	bool is_late = a->is_lookup_open;

	a->is_lookup_open = false;
	if (!a->is_dropped)
		sender_judge(a, s);
	if (is_late)
		release(a);
}

/* Asks who owns domain; the counting is for an answer that comes later. */
static void lookup_ask(struct accept *a, struct zg_slice domain, void (*done)(struct lookup_wait *w, struct signer *s))
{
	a->lookup.done = done;
	a->is_lookup_open = false;
	if (!lookup_signer(&a->q->lookup, &a->lookup, domain)) {
		a->is_lookup_open = true;
		a->holds++;
	}
}

/* What the next hop must offer is seen in the mail, not in what MAIL said: a client may say more than it does, or less. */
void accept_sender(struct accept *a, struct zg_slice address)
{
	struct store_message *m = &a->mail->m;
	struct zg_address parts;
	struct zg_slice domain;

	m->sender = zg_arena_dup(&a->mail->arena, address);
	m->flags = zg_utf8_has_8bit(address) ? STORE_UTF8 : 0u;
	if (a->client.right == ACCEPT_DEV || address.n == 0) {
		a->state = ENVELOPE;
		answer(a, 250, ZG_S("2.1.0"), ZG_S("sender taken"));
		return;
	}
	if (zg_address_mailbox(m->sender, true, &parts) < 0 ||
	    (domain = zg_address_domain(parts.domain, &a->mail->arena)).n == 0) {
		refuse(a, 550, ZG_S("5.1.7"), ZG_S("the envelope sender has no domain name"));
		return;
	}
	a->holds++;
	lookup_ask(a, domain, sender_found);
	release(a);
}

bool accept_recipient(struct accept *a, struct zg_slice address)
{
	struct store_message *m = &a->mail->m;
	bool is_local = zg_slice_find(address, '@') == address.n;

	if (m->count == a->recipients_cap) {
		size_t cap = a->recipients_cap ? 4 * a->recipients_cap : 4;
		struct store_recipient *r = zg_arena_array(&a->mail->arena, cap, sizeof(*r));

		if (!r)
			return false;
		if (m->count)
			memcpy(r, m->recipients, m->count * sizeof(*r));
		m->recipients = r;
		a->recipients_cap = cap;
	}
	m->recipients[m->count] = (struct store_recipient){	/* RFC 6409 4.2: no domain of the envelope is left open */
		.address = text_of(a, address, is_local ? ZG_S("@") : ZG_S(""), is_local ? a->settings->conf.hostname : ZG_S("")) };
	if (a->mail->arena.is_full)
		return false;
	m->flags |= zg_utf8_has_8bit(address) ? STORE_UTF8 : 0u;
	m->count++;
	return true;
}

/* --- the message --------------------------------------------------------------------------------------------- */

void accept_data(struct accept *a)
{
	struct zg_dkim_sign_opts opts = {
		.type = ZG_KEY_RSA, .header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = -1, .expire = -1,
	};

	a->state = HEADER;
	stage_enter(a, WRITER_COMES);
	a->has_hash = zg_dkim_sign_init(&a->hash, &a->q->crypt, &opts) == 0;
}

/* Appends to a block of malloc that grows to at most max; 0 or -1. */
static int grow(char **p, size_t *cap, size_t n, struct zg_slice s, size_t max)
{
	if (s.n > max - n)
		return -1;
	if (n + s.n > *cap) {
		size_t want = *cap ? 2 * *cap : 4096;
		char *more;

		while (want < n + s.n)
			want *= 2;
		more = realloc(*p, want);
		if (!more)
			return -1;
		*p = more;
		*cap = want;
	}
	if (s.n)
		memcpy(*p + n, s.p, s.n);
	return 0;
}

static void from_found(struct lookup_wait *w, struct signer *s)
{
	struct accept *a = ZG_LIST_OF(w, struct accept, lookup);
	bool is_late = a->is_lookup_open;

	a->is_lookup_open = false;
	a->signer = signer_ref(s);
	if (!is_late)
		return;
	if (!a->is_dropped)
		try_sign(a);
	release(a);
}

/* Verifiers differ on such a field, and one of them reads no further: what we sign must verify with all. */
static void refuse_blank(struct accept *a, const struct zg_field *f)
{
	struct zg_slice name = zg_slice_sub(f->name, 0, NAME_TOLD_MAX);

	refuse(a, 550, ZG_S("5.6.0"), text_of(a, ZG_S("a blank stands before the colon of a header field; write it without: "), name,
	       ZG_S(":")));
}

static const char *header_why(enum zg_header_error e)
{
	switch (e) {
	case ZG_HEADER_OK: break;
	case ZG_HEADER_BARE_CR_LF: return "the header holds a CR or LF that stands alone; lines end with CRLF";
	case ZG_HEADER_NUL: return "the header holds a NUL";
	case ZG_HEADER_NO_COLON: return "the header holds a line that is no field; an empty line must stand between header and text";
	case ZG_HEADER_TOO_MANY: return "the header has over 1000 fields";
	case ZG_HEADER_NO_ROOM: return "the header is too large";
	}
	return NULL;
}

/* The header is complete: who is From, and who owns that domain? */
static void header_done(struct accept *a)
{
	struct zg_arena *arena = &a->mail->arena;
	enum zg_header_error e = zg_header_index(zg_slice_of(a->head, a->head_n), arena, &a->fields);
	size_t from = e == ZG_HEADER_OK ? zg_header_count(&a->fields, ZG_S("from")) : 0, count = 0;
	const struct zg_field *blank = e == ZG_HEADER_OK ? zg_header_obsolete(&a->fields) : NULL;
	struct zg_address first;

	a->mail->m.flags |= zg_utf8_has_8bit(zg_slice_of(a->head, a->head_n)) ? STORE_UTF8 : 0u;
	if (e != ZG_HEADER_OK) {
		refuse(a, 550, ZG_S("5.6.0"), zg_slice_cstr(header_why(e)));
	} else if (a->mail->m.flags & STORE_UTF8 && !zg_utf8_is_valid(zg_slice_of(a->head, a->head_n))) {
		refuse(a, 550, ZG_S("5.6.7"), ZG_S("the header holds octets that are no UTF-8; write it in ASCII with encoded words (RFC 2047)"));
	} else if (blank) {
		refuse_blank(a, blank);
	} else if (from != 1) {
		refuse(a, 550, ZG_S("5.7.1"), from ? ZG_S("there is more than one From field; a message has exactly one") :
		       ZG_S("there is no From field; a message has exactly one"));
	} else if (zg_address_list(zg_header_get(&a->fields, ZG_S("from"), 0)->value, &first, &count) < 0) {
		refuse(a, 550, ZG_S("5.7.1"), ZG_S("the From field cannot be read; write it as: Name <name@domain>"));
	} else if (count != 1) {
		refuse(a, 550, ZG_S("5.7.1"), ZG_S("the From field must hold exactly one address"));
	} else if ((a->mail->m.from_domain = zg_address_domain(first.domain, arena)).n == 0) {
		refuse(a, 550, ZG_S("5.7.1"), ZG_S("the From address has no domain name"));
	} else {
		a->state = BODY;
		lookup_ask(a, a->mail->m.from_domain, from_found);
	}
}

static void spool_room(void *owner)
{
	struct accept *a = owner;

	a->calls->room(a->owner);
}

static void spool_kept(void *owner, int error)
{
	struct accept *a = owner;

	a->is_spool_open = false;
	if (a->state != ENDED)
		return;
	a->holds++;
	if (error == UV_ENOSPC || error == -EDQUOT || error == UV_EFBIG)
		refuse(a, 452, ZG_S("4.3.1"), ZG_S("there is no room on the disk; nothing was kept, try again later"));
	else if (error)
		refuse(a, 451, ZG_S("4.3.0"), text_of(a, ZG_S("the message could not be written: "),
		       zg_slice_cstr(uv_strerror(error)), ZG_S("")));
	else
		try_sign(a);
	release(a);
}

/* The body outgrew its row: what there is goes to a file. */
static bool spool_begin(struct accept *a)
{
	static const struct spool_calls calls = { spool_room, spool_kept };

	a->spool = spool_new(&a->q->loop, a->q->spool_folder, &a->mail->m.id, &calls, a);
	if (!a->spool)
		return false;
	a->is_spool_open = true;
	(void)spool_write(a->spool, zg_slice_of(a->mail->body, (size_t)a->body_n));	/* one block: there is room */
	free(a->mail->body);
	a->mail->body = NULL;
	return true;
}

static bool body_piece(struct accept *a, struct zg_slice piece)
{
	struct store_message *m = &a->mail->m;
	bool has_room = true;

	if (!(m->flags & STORE_8BIT) && zg_utf8_has_8bit(piece))
		m->flags |= STORE_8BIT;
	if (a->has_hash && a->settings->conf.sign)
		zg_dkim_sign_body(&a->hash, piece);
	if (!a->spool && a->body_n + piece.n > SPOOL_INLINE && !spool_begin(a))
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
	else if (a->spool)
		has_room = spool_write(a->spool, piece);
	else if (grow(&a->mail->body, &a->body_cap, (size_t)a->body_n, piece, SPOOL_INLINE) < 0)
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
	a->body_n += piece.n;
	return has_room;
}

/* Takes octets of the header; answers how many of piece belong to it. */
static size_t header_piece(struct accept *a, struct zg_slice piece)
{
	size_t from = a->head_n > 3 ? a->head_n - 3 : 0, end, n = piece.n;
	struct zg_slice all;

	if (piece.n > ZG_LIMIT_HEADER + 2 - a->head_n)
		piece.n = ZG_LIMIT_HEADER + 2 - a->head_n;
	if (grow(&a->head, &a->head_cap, a->head_n, piece, ZG_LIMIT_HEADER + 2) < 0) {
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
		return n;
	}
	all = zg_slice_of(a->head, a->head_n + piece.n);
	end = zg_slice_starts(all, ZG_S("\r\n")) ? 2 : zg_slice_find_slice(zg_slice_sub(all, from, all.n), ZG_S("\r\n\r\n")) + from + 4;
	if (end > all.n) {
		a->head_n = all.n;
		if (a->head_n > ZG_LIMIT_HEADER)
			refuse(a, 552, ZG_S("5.3.4"), ZG_S("the header is larger than 262144 octets"));
		return n;
	}
	n = end - a->head_n;
	a->head_n = end - 2;		/* without the empty line */
	header_done(a);
	return n;
}

bool accept_piece(struct accept *a, struct zg_slice piece)
{
	if (a->state == HEADER)
		piece = zg_slice_sub(piece, header_piece(a, piece), piece.n);
	return a->state == BODY && piece.n ? body_piece(a, piece) : true;
}

/* --- signing ------------------------------------------------------------------------------------------------- */

static struct zg_slice protocol_of(const struct accept *a)
{
	static const struct zg_slice words[2][2][2] = {		/* utf8, tls, auth: RFC 3848, RFC 6531 4.3 */
		{ { ZG_SI("ESMTP"), ZG_SI("ESMTPA") }, { ZG_SI("ESMTPS"), ZG_SI("ESMTPSA") } },
		{ { ZG_SI("UTF8SMTP"), ZG_SI("UTF8SMTPA") }, { ZG_SI("UTF8SMTPS"), ZG_SI("UTF8SMTPSA") } },
	};

	if (!a->client.is_esmtp)
		return ZG_S("SMTP");
	return words[(a->mail->m.flags & STORE_UTF8) != 0][a->client.is_tls][a->client.is_auth];
}

/* The header as it will leave, indexed; false when it was refused. */
static bool header_mend(struct accept *a, struct zg_headers *ret)
{
	struct zg_arena *arena = &a->mail->arena;
	char id[STORE_ID_TEXT];
	struct rewrite r;
	enum rewrite_rc rc;

	store_id_write(&a->mail->m.id, id);
	r = (struct rewrite){
		.hostname = a->settings->conf.hostname, .id = zg_slice_of(id, sizeof(id)), .helo = a->client.helo,
		.client = a->client.is_auth ? ZG_S("") : a->client.address, .protocol = protocol_of(a), .now = a->mail->m.created,
	};
	rc = rewrite_header(&r, &a->fields, arena, &a->block);
	if (rc == REWRITE_LOOP)
		refuse(a, 554, ZG_S("5.4.6"), ZG_S("this message goes round in circles: too many Received fields"));
	else if (rc != REWRITE_OK || zg_header_index(a->block, arena, ret) != ZG_HEADER_OK)
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory for the header; try again later"));
	return a->state != ANSWERED;
}

static void kept(struct writer_job *j);

/* While the header as it came is still there. */
static void subject_take(struct accept *a)
{
	const struct zg_field *f = zg_header_get(&a->fields, ZG_S("subject"), 0);
	struct zg_slice all = f ? zg_mime_words(zg_slice_sub(f->value, 0, SUBJECT_READ), NULL, &a->mail->arena) : ZG_S("");
	struct zg_slice s = zg_slice_sub(all, 0, STORE_SUBJECT_MAX);

	while (s.n < all.n && !zg_utf8_is_valid(s))
		s.n--;		/* no character is cut in two */
	a->mail->m.subject = zg_arena_dup(&a->mail->arena, s);
}

/* What people are shown of it later; of signatures the domain and the selectors.  False without memory. */
static bool facts_keep(struct accept *a)
{
	struct store_message *m = &a->mail->m;
	struct zg_arena *arena = &a->mail->arena;

	m->app = zg_arena_dup(arena, a->client.app);
	m->client = zg_arena_dup(arena, a->client.helo);
	m->tls = zg_arena_dup(arena, a->client.tls);
	m->seal = m->flags & STORE_SIGNED ? a->signer->found.domain : ZG_S("");
	for (size_t i = 0; m->flags & STORE_SIGNED && i < KEYS_MOST && i < a->signer->found.count; i++)
		m->seal = text_of(a, m->seal, ZG_S(" "), a->signer->found.keys[i].selector);
	return !arena->is_full;
}

/* head = signatures + mended block + the empty line; then the put. */
static void keep(struct accept *a)
{
	struct store_message *m = &a->mail->m;
	size_t n = a->block.n + 2;
	struct zg_buf b;
	char *p;

	for (size_t i = 0; i < KEYS_MOST; i++)
		n += a->signing[i].field.n;
	p = zg_arena_bytes(&a->mail->arena, n);
	b = zg_buf_of(p, p ? n : 0);
	for (size_t i = 0; i < KEYS_MOST; i++) {
		zg_buf_put(&b, a->signing[i].field);
		m->flags |= a->signing[i].field.n ? STORE_SIGNED : 0u;
	}
	zg_buf_put(&b, a->block);
	zg_buf_put(&b, ZG_S("\r\n"));
	if (!p || b.is_full) {
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
		return;
	}
	m->head = zg_buf_slice(&b);
	m->body = a->spool ? ZG_S("") : zg_slice_of(a->mail->body, (size_t)a->body_n);
	m->spool = a->spool ? zg_arena_dup(&a->mail->arena, spool_name(a->spool)) : ZG_S("");	/* it outlives the spool */
	if (a->mail->arena.is_full) {
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
		return;
	}
	if (!facts_keep(a)) {
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory; try again later"));
		return;
	}
	m->size = m->head.n + a->body_n;
	m->company = a->signer->rc == HOUSE_OK ? a->signer->found.company : 0;
	for (size_t i = 0; i < m->count; i++) {
		m->recipients[i].state = a->unready == UNREADY_HOLD ? STORE_HELD :
			a->settings->conf.route == CONF_ROUTE_CAPTURE ? STORE_CAPTURED : STORE_QUEUED;
		m->recipients[i].text = a->held;
		m->recipients[i].next_at = m->recipients[i].changed = m->created;
	}
	a->state = KEEPING;
	a->holds++;
	a->job = (struct writer_job){ .put = m, .stage = a->stage, .back = &a->q->mailbox, .done = kept };
	a->stage = WRITER_NOWHERE;
	writer_post(a->q->writer, &a->job);
}

static void vault_refused(struct accept *a, enum vault_code code)
{
	bool is_from = code >= VAULT_FROM_MISSING && code <= VAULT_FROM_FOREIGN;

	log_line(LOG_ERROR, "not_signed", (struct log_field[]){ LOG_NUM("vault_code", code),
		 LOG_TEXT("domain", a->signer->found.domain) }, 2);
	if (is_from)
		refuse(a, 550, ZG_S("5.7.1"), ZG_S("the vault does not sign this From"));
	else if (code == VAULT_FAILED)
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("the message cannot be signed now; try again later"));
	else
		refuse(a, 451, ZG_S("4.3.5"), ZG_S("the signing key cannot be used; the operator finds why with: zegel doctor"));
}

static void signed_all(struct accept *a)
{
	for (size_t i = 0; i < KEYS_MOST; i++)
		if (a->signing[i].code != VAULT_OK) {
			vault_refused(a, a->signing[i].code);
			return;
		}
	keep(a);
}

static void signed_one(struct vault_wait *w, const struct vault_answer *r)
{
	struct signing *s = ZG_LIST_OF(w, struct signing, wait);
	struct accept *a = s->accept;

	a->holds++;
	s->is_open = false;
	s->code = r->code;
	if (r->code == VAULT_OK) {
		s->field = zg_dkim_sign_field(&s->u, r->signature, &a->mail->arena);
		if (s->field.n == 0)
			s->code = VAULT_FAILED;
	}
	if (--a->signings == 0)
		signed_all(a);
	release(a);
}

static void sign_ask(struct accept *a, struct signing *s, const struct store_key *k)
{
	const struct house_signer *f = &a->signer->found;

	s->accept = a;
	s->is_open = true;
	s->wait = (struct vault_wait){ .done = signed_one };
	s->wait.request = (struct vault_request){
		.kind = VAULT_SIGN, .sealed_dek = f->sealed_dek, .sealed_key = k->sealed, .text = s->u.block,
		.owner = { .company = f->company, .key_id = k->id, .version = k->version, .domain = f->domain, .selector = k->selector },
	};
	a->signings++;
	vault_call_ask(&a->q->vault, &s->wait);
}

static const char *refusal_why(enum zg_dkim_refusal r)
{
	switch (r) {
	case ZG_DKIM_SIGNABLE: break;
	case ZG_DKIM_NO_FROM: return "there is no From field";
	case ZG_DKIM_TWO_FROM: return "there is more than one From field";
	case ZG_DKIM_FROM_UNREADABLE: return "the From field cannot be read";
	case ZG_DKIM_FROM_TWO_ADDRESSES: return "the From field must hold exactly one address";
	case ZG_DKIM_FROM_FOREIGN: return "the From domain is not the signing domain";
	case ZG_DKIM_BAD_HEADER: return "the header cannot be signed";
	case ZG_DKIM_BAD_OPTION: return "the signing domain or selector cannot be written";
	case ZG_DKIM_NO_ROOM: return "no memory";
	}
	return "";
}

static void sign(struct accept *a, const struct zg_headers *h)
{
	const struct house_signer *f = &a->signer->found;
	size_t count = f->count < KEYS_MOST ? f->count : KEYS_MOST;

	a->state = SIGNING;
	for (size_t i = 0; i < count; i++) {
		enum zg_dkim_refusal r;

		a->hash.opts.domain = f->domain;
		a->hash.opts.selector = f->keys[i].selector;
		a->hash.opts.type = (enum zg_key_type)f->keys[i].type;
		a->hash.opts.time = a->mail->m.created;
		r = zg_dkim_sign_block(&a->hash, h, &a->mail->arena, &a->signing[i].u);
		if (r != ZG_DKIM_SIGNABLE) {
			refuse(a, r == ZG_DKIM_NO_ROOM ? 451 : 550, r == ZG_DKIM_NO_ROOM ? ZG_S("4.3.0") : ZG_S("5.7.1"),
			       zg_slice_cstr(refusal_why(r)));
			return;
		}
	}
	for (size_t i = 0; i < count; i++)
		sign_ask(a, &a->signing[i], &f->keys[i]);
}

/* May this company send as this From? */
static bool from_judge(struct accept *a)
{
	const struct signer *s = a->signer;

	if (s->rc == HOUSE_STORE)
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("the database cannot be read now; try again later"));
	else if (!is_own(a, s))
		refuse(a, 550, ZG_S("5.7.1"), text_of(a, ZG_S("the From domain "), s->asked,
		       ZG_S(" does not belong to your company; add it with: zegel domain add")));
	else if (a->client.right == ACCEPT_OWNER && a->sender_company && a->sender_company != s->found.company)
		refuse(a, 550, ZG_S("5.7.1"), ZG_S("From and envelope sender belong to two companies"));
	else if (a->client.right != ACCEPT_DEV && a->settings->conf.sign && s->found.count == 0 &&
		 a->unready != UNREADY_SEND)
		refuse(a, 550, ZG_S("5.7.1"), text_of(a, ZG_S("the domain "), s->found.domain,
		       ZG_S(" has no key to sign with; make one with: zegel key add")));
	return a->state != ANSWERED;
}

/* What becomes of it where the domain is not right yet.  Captured mail goes nowhere, so nothing keeps it. */
static void unready_look(struct accept *a)
{
	const struct conf *c = &a->settings->conf;

	if (a->signer->rc == HOUSE_OK && c->sign && c->route != CONF_ROUTE_CAPTURE && a->client.right != ACCEPT_DEV)
		a->unready = unready_judge(c->unready, &a->signer->found, &a->signer->ready, &a->held);
}

/* ENDED, and all that was asked is answered: mend, sign, keep. */
static void try_sign(struct accept *a)
{
	struct zg_headers mended;

	if (a->state != ENDED || a->is_lookup_open || a->is_spool_open)
		return;
	unready_look(a);
	if (!from_judge(a) || !header_mend(a, &mended))
		return;
	subject_take(a);
	free(a->head);			/* the mended block takes its place */
	a->head = NULL;
	if (!a->settings->conf.sign || a->signer->rc != HOUSE_OK || !a->signer->found.count || a->unready == UNREADY_SEND)
		keep(a);
	else if (a->has_hash)
		sign(a, &mended);
	else
		refuse(a, 451, ZG_S("4.3.0"), ZG_S("no memory to sign with; try again later"));
}

void accept_end(struct accept *a)
{
	a->holds++;
	if (a->state == HEADER)		/* no empty line: all is header */
		header_done(a);
	if (a->state == REFUSED) {
		a->state = ENDED;
		refuse(a, a->refusal.code, a->refusal.enhanced, a->refusal.text);
	} else {
		a->state = ENDED;
		stage_enter(a, WRITER_SIGNS);
		if (a->spool)
			spool_keep(a->spool);
		else
			try_sign(a);
	}
	release(a);
}

/* --- kept ---------------------------------------------------------------------------------------------------- */

/* What the reply says of a mail that is held. */
static struct zg_slice held_text(const struct accept *a)
{
	if (a->unready != UNREADY_HOLD)
		return ZG_S("");
	if (zg_slice_eq(a->held, STORE_HOLD_UNASSIGNED))
		return ZG_S(", held: the domain is not proved to be yours");
	return zg_slice_eq(a->held, STORE_HOLD_DMARC) ? ZG_S(", held: the domain's DMARC record refuses it unsigned") :
	       ZG_S(", held until the domain is right");
}

static void kept(struct writer_job *j)
{
	struct accept *a = ZG_LIST_OF(j, struct accept, job);
	struct store_message *m = &a->mail->m;
	struct zg_slice text = ZG_S("");
	char id[STORE_ID_TEXT];

	a->state = ANSWERED;
	store_id_write(&m->id, id);
	if (j->rc == STORE_OK) {
		log_line(LOG_INFO, "accepted", (struct log_field[]){ LOG_TEXT("id", zg_slice_of(id, sizeof(id))),
			 LOG_TEXT("from_domain", m->from_domain), LOG_NUM("size", m->size), LOG_NUM("recipients", m->count),
			 LOG_NUM("signed", (m->flags & STORE_SIGNED) != 0) }, 5);
		text = text_of(a, ZG_S("queued as "), zg_slice_of(id, sizeof(id)), held_text(a));
		if (a->settings->conf.route != CONF_ROUTE_CAPTURE && a->unready != UNREADY_HOLD)
			mover_take(a->q->mover, mail_ref(a->mail));	/* from here on its arena is not touched */
	}
	if (j->rc == STORE_OK)
		answer(a, 250, ZG_S("2.0.0"), text);
	else if (j->rc == STORE_FULL)
		answer(a, 452, ZG_S("4.3.1"), ZG_S("there is no room on the disk; nothing was kept, try again later"));
	else
		answer(a, 451, ZG_S("4.3.0"), ZG_S("the message could not be kept; try again later"));
	release(a);
}
