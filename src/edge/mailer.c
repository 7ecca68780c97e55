/* mailer.c - one letter a call: copied, handed to the loop, given to accept, and waited for.
 *
 *   desk: POSTED -> loop: SENDER -> SENT -> ANSWERED -> desk
 *
 * A letter belongs to both sides; the last one frees it (refs), so that a desk that no longer waits leaves nothing behind. */
#include "edge/mailer.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "queue/accept.h"

struct mailer {
	struct queue_loop *q;
};

struct letter {
	struct task task;
	struct queue_loop *q;
	struct accept *accept;
	bool is_begun;
	unsigned refs;			/* under lock */
	uv_mutex_t lock;
	uv_cond_t done;
	bool is_answered;
	struct mailer_reply reply;
	size_t sender_n, recipient_n, text_n;
	char octets[];			/* sender, recipient, text */
};

struct mailer *mailer_new(struct queue_loop *q)
{
	struct mailer *m = calloc(1, sizeof(*m));

	if (m)
		m->q = q;
	return m;
}

static void letter_leave(struct letter *l)
{
	bool is_last;

	uv_mutex_lock(&l->lock);
	is_last = --l->refs == 0;
	uv_mutex_unlock(&l->lock);
	if (!is_last)
		return;
	uv_cond_destroy(&l->done);
	uv_mutex_destroy(&l->lock);
	free(l);
}

static void letter_answer(struct letter *l, unsigned code, struct zg_slice text)
{
	struct zg_buf b = zg_buf_of(l->reply.text, sizeof(l->reply.text) - 1);

	uv_mutex_lock(&l->lock);
	zg_buf_put(&b, zg_slice_sub(text, 0, sizeof(l->reply.text) - 1));
	l->reply.text[b.n] = '\0';
	l->reply.code = code;
	l->is_answered = true;
	uv_cond_signal(&l->done);
	uv_mutex_unlock(&l->lock);
}

/* accept may not be dropped from inside its own call: the next turn of the loop does it. */
static void letter_end(struct task *t)
{
	struct letter *l = ZG_LIST_OF(t, struct letter, task);

	accept_drop(l->accept);
	letter_leave(l);
}

static void letter_finish(struct letter *l, unsigned code, struct zg_slice text)
{
	letter_answer(l, code, text);
	l->task.run = letter_end;
	mailbox_post(&l->q->mailbox, &l->task);
}

static void on_answer(void *owner, const struct accept_reply *r)
{
	struct letter *l = owner;

	if (l->is_begun || r->code >= 400) {
		letter_finish(l, r->code, r->text);
		return;
	}
	l->is_begun = true;
	if (!accept_recipient(l->accept, zg_slice_of(l->octets + l->sender_n, l->recipient_n))) {
		letter_finish(l, 451, ZG_S("no memory"));
		return;
	}
	accept_data(l->accept);
	(void)accept_piece(l->accept, zg_slice_of(l->octets + l->sender_n + l->recipient_n, l->text_n));	/* no more follow */
	accept_end(l->accept);
}

static void on_room(void *owner)
{
	(void)owner;		/* all of it was given at once */
}

static void letter_begin(struct task *t)
{
	static const struct accept_calls calls = { on_answer, on_room };
	struct letter *l = ZG_LIST_OF(t, struct letter, task);
	struct accept_client client = { .right = ACCEPT_DEV, .helo = ZG_S("localhost"), .address = ZG_S("127.0.0.1"), .is_esmtp = true };

	l->accept = accept_new(l->q, &client, &calls, l);
	if (!l->accept) {
		letter_answer(l, 451, ZG_S("no memory"));
		letter_leave(l);
		return;
	}
	accept_sender(l->accept, zg_slice_of(l->octets, l->sender_n));
}

static struct letter *letter_new(struct mailer *m, const struct mailer_mail *mail)
{
	struct letter *l = calloc(1, sizeof(*l) + mail->sender.n + mail->recipient.n + mail->text.n);
	struct zg_buf b;

	if (!l)
		return NULL;
	b = zg_buf_of(l->octets, mail->sender.n + mail->recipient.n + mail->text.n);
	zg_buf_put(&b, mail->sender);
	zg_buf_put(&b, mail->recipient);
	zg_buf_put(&b, mail->text);
	l->sender_n = mail->sender.n;
	l->recipient_n = mail->recipient.n;
	l->text_n = mail->text.n;
	l->q = m->q;
	l->refs = 2;
	l->task.run = letter_begin;
	if (uv_mutex_init(&l->lock) == 0 && uv_cond_init(&l->done) == 0)
		return l;
	free(l);
	return NULL;
}

struct mailer_reply mailer_send(struct mailer *m, const struct mailer_mail *mail)
{
	struct letter *l = letter_new(m, mail);
	struct mailer_reply reply = { .code = 0 };

	if (!l)
		return reply;
	mailbox_post(&m->q->mailbox, &l->task);
	uv_mutex_lock(&l->lock);
	while (!l->is_answered)
		if (uv_cond_timedwait(&l->done, &l->lock, MAILER_PATIENCE) != 0)
			break;
	if (l->is_answered)
		reply = l->reply;
	uv_mutex_unlock(&l->lock);
	letter_leave(l);
	return reply;
}
