/* smtp_client_mail.c - one mail over a connection: MAIL, RCPT, DATA, the dot, and what became of each recipient.
 *
 *   (READY) -> [RSET] -> MAIL --354--> TEXT -> DOT -> DONE -> (READY)
 *                          |                           ^
 *                          +--nobody was accepted------+
 *
 * In MAIL commands go out and replies come in at the same time: `sent` counts the commands that are out, `answered`
 * those of them whose reply came; both step over recipients that had an outcome before. */
#include "proto/smtp_client.h"
#include <zegel/address.h>
#include "proto/smtp_client_part.h"

static const struct zg_smtp_outcome needs_8bit = {
	554, ZG_SI("5.6.3"), ZG_SI("the message is 8-bit, and the next server does not offer 8BITMIME")
};
static const struct zg_smtp_outcome needs_utf8 = {
	550, ZG_SI("5.6.7"), ZG_SI("the message needs SMTPUTF8, and the next server does not offer it")
};
static const struct zg_smtp_outcome too_large = {
	552, ZG_SI("5.3.4"), ZG_SI("the message is larger than the next server takes")
};
static const struct zg_smtp_outcome bad_sender = { 501, ZG_SI("5.1.7"), ZG_SI("the sender is no mail address") };
static const struct zg_smtp_outcome bad_recipient = {
	501, ZG_SI("5.1.3"), ZG_SI("the recipient is no mail address")
};
static const struct zg_smtp_outcome odd_data = {
	0, ZG_SI("4.5.0"), ZG_SI("the server answered DATA neither with 354 nor with a refusal")
};

static void settle_one(struct zg_smtp_mail *m, size_t i, struct zg_smtp_outcome o)
{
	char *mem = m->texts[i];

	m->outcomes[i].code = o.code;
	m->outcomes[i].enhanced = zg_smtp_client_copy(mem, o.enhanced, sizeof(((struct zg_smtp_heard *)0)->enhanced));
	m->outcomes[i].text = zg_smtp_client_copy(mem + 16, o.text, ZG_SMTP_READ_TEXT);
}

/* Those without an outcome, and those that were only accepted so far. */
void zg_smtp_client_settle(struct zg_smtp_mail *m, struct zg_smtp_outcome o)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->outcomes[i].code < 400)
			settle_one(m, i, o);
}

static bool has_room(const struct zg_smtp_client *c, size_t n)
{
	return c->out.cap - c->out.n >= n;
}

static void got_rset(struct zg_smtp_client *c)
{
	c->needs_rset = false;
	if (zg_smtp_client_is_yes(c))
		c->state = ZG_SMTP_CS_MAIL;
	else
		zg_smtp_client_fail_heard(c);
}

static bool put_sender(struct zg_smtp_client *c)
{
	const struct zg_smtp_mail *m = c->mail;

	if (!has_room(c, m->sender.n + 100))
		return false;
	zg_buf_put(&c->out, ZG_S("MAIL FROM:<"));
	zg_buf_put(&c->out, m->sender);
	zg_buf_put(&c->out, ZG_S(">"));
	if (c->offers & ZG_SMTP_HAS_SIZE && m->size) {
		zg_buf_put(&c->out, ZG_S(" SIZE="));
		zg_buf_put_uint(&c->out, m->size);
	}
	if (m->is_8bit)
		zg_buf_put(&c->out, ZG_S(" BODY=8BITMIME"));
	if (m->is_utf8)
		zg_buf_put(&c->out, ZG_S(" SMTPUTF8"));
	(void)zg_smtp_client_put(c, ZG_S(""));		/* what to do follows from owed */
	return true;
}

static bool put_recipient(struct zg_smtp_client *c, struct zg_slice recipient)
{
	if (!has_room(c, recipient.n + 20))
		return false;
	zg_buf_put(&c->out, ZG_S("RCPT TO:<"));
	zg_buf_put(&c->out, recipient);
	(void)zg_smtp_client_put(c, ZG_S(">"));	/* what to do follows from owed */
	return true;
}

static bool put_data(struct zg_smtp_client *c)
{
	if (!has_room(c, 20))
		return false;
	(void)zg_smtp_client_put(c, ZG_S("DATA"));	/* what to do follows from owed */
	return true;
}

static bool put_kth(struct zg_smtp_client *c, size_t k)
{
	if (k == 0)
		return put_sender(c);
	return k <= c->mail->count ? put_recipient(c, c->mail->recipients[k - 1]) : put_data(c);
}

/* A recipient that has an outcome before anything was said about it. */
static bool is_skipped(const struct zg_smtp_mail *m, size_t k)
{
	return k > 0 && k <= m->count && m->outcomes[k - 1].code != 0;
}

static void put_commands(struct zg_smtp_client *c)
{
	size_t data = c->mail->count + 1;

	while (!c->is_stopped && c->sent <= data) {
		if (is_skipped(c->mail, c->sent)) {
			c->sent++;
			continue;
		}
		if (c->owed && !(c->offers & ZG_SMTP_HAS_PIPELINING))
			return;
		if (c->sent == data && !c->owed && !c->accepted) {
			c->is_stopped = c->needs_rset = true;
			return;
		}
		if (!put_kth(c, c->sent))
			return;
		c->sent++;
	}
}

static enum zg_smtp_action act_done(struct zg_smtp_client *c)
{
	c->mail = NULL;
	c->state = ZG_SMTP_CS_READY;
	return ZG_SMTP_DO_RESULT;
}

static enum zg_smtp_action act_mail(struct zg_smtp_client *c)
{
	put_commands(c);
	return c->owed || c->out.n ? ZG_SMTP_DO_READ : act_done(c);
}

/* 3xx belongs to AUTH and DATA alone. */
static bool is_odd(struct zg_smtp_client *c)
{
	if (c->heard.code / 100 != 3)
		return false;
	zg_smtp_client_fail_turn(c);
	return true;
}

static void got_sender(struct zg_smtp_client *c)
{
	if (is_odd(c) || zg_smtp_client_is_yes(c))
		return;
	zg_smtp_client_settle(c->mail, zg_smtp_client_heard(c));
	c->is_stopped = true;
}

static void got_recipient(struct zg_smtp_client *c, size_t i)
{
	if (is_odd(c))
		return;
	settle_one(c->mail, i, zg_smtp_client_heard(c));
	if (zg_smtp_client_is_yes(c))
		c->accepted++;
}

static void got_data(struct zg_smtp_client *c)
{
	if (c->heard.code == 354) {
		/* RFC 2920 3.1: where nobody is to get it, a single dot ends it. */
		c->state = c->accepted ? ZG_SMTP_CS_TEXT : ZG_SMTP_CS_DOT;
	} else if (c->heard.code < 400) {
		zg_smtp_client_fail(c, odd_data);
	} else {
		zg_smtp_client_settle(c->mail, zg_smtp_client_heard(c));
		c->needs_rset = !c->is_stopped;
		c->state = ZG_SMTP_CS_DONE;
	}
}

static void got_mail(struct zg_smtp_client *c)
{
	size_t k;

	if (c->sent == c->mail->count + 2 && !c->owed) {
		got_data(c);
		return;
	}
	if (c->is_stopped)
		return;		/* replies to what went along with the refused MAIL */
	while (is_skipped(c->mail, c->answered))
		c->answered++;
	k = c->answered++;
	if (k == 0)
		got_sender(c);
	else
		got_recipient(c, k - 1);
}

static void got_dot(struct zg_smtp_client *c)
{
	if (is_odd(c))
		return;
	zg_smtp_client_settle(c->mail, zg_smtp_client_heard(c));
	c->state = ZG_SMTP_CS_DONE;
}

enum zg_smtp_action zg_smtp_client_mail_act(struct zg_smtp_client *c)
{
	switch (c->state) {
	case ZG_SMTP_CS_RSET:
		return zg_smtp_client_put(c, ZG_S("RSET"));
	case ZG_SMTP_CS_MAIL:
		return act_mail(c);
	case ZG_SMTP_CS_TEXT:
		return ZG_SMTP_DO_TEXT;
	case ZG_SMTP_CS_DOT:
		return zg_smtp_client_put(c, ZG_S("."));
	default:
		return act_done(c);
	}
}

void zg_smtp_client_mail_got(struct zg_smtp_client *c)
{
	if (c->state == ZG_SMTP_CS_RSET)
		got_rset(c);
	else if (c->state == ZG_SMTP_CS_MAIL)
		got_mail(c);
	else
		got_dot(c);
}

/* The parser lets no control octet and no over-long address through; so no address breaks a command line. */
static bool is_sendable(struct zg_slice address, bool is_utf8)
{
	struct zg_address a;

	return zg_address_mailbox(address, is_utf8, &a) == 0;
}

/* Why the whole mail cannot go over this connection, or NULL. */
static const struct zg_smtp_outcome *why_not(const struct zg_smtp_client *c, const struct zg_smtp_mail *m)
{
	if (m->is_utf8 && !(c->offers & ZG_SMTP_HAS_UTF8))
		return &needs_utf8;
	if (m->is_8bit && !(c->offers & ZG_SMTP_HAS_8BIT))
		return &needs_8bit;
	if (c->size_max && m->size > c->size_max)
		return &too_large;
	if (m->sender.n && !is_sendable(m->sender, m->is_utf8))
		return &bad_sender;
	return NULL;
}

void zg_smtp_client_mail(struct zg_smtp_client *c, struct zg_smtp_mail *m)
{
	const struct zg_smtp_outcome *why;
	size_t good = 0;

	if (c->state != ZG_SMTP_CS_READY)
		return;
	why = why_not(c, m);
	for (size_t i = 0; i < m->count; i++) {
		bool is_good = !why && is_sendable(m->recipients[i], m->is_utf8);

		m->outcomes[i] = (struct zg_smtp_outcome){ .code = 0 };
		if (!is_good)
			settle_one(m, i, why ? *why : bad_recipient);
		good += is_good;
	}
	c->mail = m;
	c->sent = c->answered = c->accepted = 0;
	c->is_stopped = false;
	if (!good)
		c->state = ZG_SMTP_CS_DONE;
	else
		c->state = c->needs_rset ? ZG_SMTP_CS_RSET : ZG_SMTP_CS_MAIL;
}

void zg_smtp_client_text_done(struct zg_smtp_client *c)
{
	if (c->state != ZG_SMTP_CS_TEXT)
		return;
	c->state = ZG_SMTP_CS_DOT;
	(void)zg_smtp_client_put(c, ZG_S("."));	/* next says READ, too */
}
