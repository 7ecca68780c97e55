/* vault_call.c - asking from a loop.
 *
 *   ask --> waiting --packet sent--> sent --answer--> done
 *              ^                      |
 *              +----vault is gone-----+            (both lists: past the deadline -> done with FAILED)
 * Invariants, whenever the loop goes on: (1) a request is in at most one list, and is_sent tells which; (2)
 * both lists are in the order of asking, so of their deadlines; (3) in_flight counts `sent`; (4) prepare is
 * active where something waits and there is a channel that takes it; (5) the timer is active where a list is not empty.
 * done may ask, drop, or end the whole: after it nothing is held but v, and is_done is looked at. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "vault/vault_call.h"

static void on_poll(uv_poll_t *poll, int status, int events);

static void fail(struct vault_wait *w, enum vault_code code)
{
	struct vault_answer a = { .kind = w->request.kind, .serial = w->request.serial, .code = code };

	w->done(w, &a);
}

/* Out of its list, whichever it is. */
static void take_out(struct vault_call *v, struct vault_wait *w)
{
	zg_list_drop(&w->node);
	if (w->is_sent)
		v->in_flight--;
	w->is_sent = false;
}

static struct vault_wait *first(struct zg_list *l)
{
	return zg_list_is_empty(l) ? NULL : ZG_LIST_OF(l->next, struct vault_wait, node);
}

/* All requests go back to the front of waiting, in their order. */
static void unsend(struct vault_call *v, struct zg_list *from)
{
	for (struct zg_list *n = from->next; n != from; n = n->next)
		ZG_LIST_OF(n, struct vault_wait, node)->is_sent = false;
	zg_list_join(from, &v->waiting);
	zg_list_join(&v->waiting, from);
}

static bool can_send(const struct vault_call *v)
{
	return v->is_polling && !v->is_full && v->in_flight < VAULT_CALL_IN_FLIGHT;
}

static void on_prepare(uv_prepare_t *prepare);
static void on_timer(uv_timer_t *timer);

/* Makes invariants (4) and (5) true again.  Starting and stopping handles that are open cannot fail. */
static void settle(struct vault_call *v)
{
	struct vault_wait *w = first(&v->sent) ? first(&v->sent) : first(&v->waiting);
	uint64_t now = uv_now(v->loop);

	if (v->is_done)
		return;
	if (!zg_list_is_empty(&v->waiting) && can_send(v))
		(void)uv_prepare_start(&v->prepare, on_prepare);
	else
		(void)uv_prepare_stop(&v->prepare);
	if (!w)
		(void)uv_timer_stop(&v->timer);
	else if (!uv_is_active((uv_handle_t *)&v->timer))
		(void)uv_timer_start(&v->timer, on_timer, w->deadline > now ? w->deadline - now : 0, 0);
}

/* The vault at the other end is gone. */
static void channel_lost(struct vault_call *v)
{
	(void)uv_poll_stop(&v->poll);	/* the descriptor is closed when another comes, or at the end */
	v->is_full = true;
	unsend(v, &v->sent);
	v->in_flight = 0;
	settle(v);
}

static void events_want(struct vault_call *v)
{
	(void)uv_poll_start(&v->poll, UV_READABLE | (v->is_full ? UV_WRITABLE : 0), on_poll);	/* an open handle: cannot fail */
}

/* Moves what goes into the next packet from waiting to batch, and writes it. */
static struct zg_slice packet_make(struct vault_call *v, struct zg_list *batch)
{
	struct zg_buf b = zg_buf_of(v->packet, VAULT_PACKET_MAX);
	struct vault_wait *w;
	unsigned count = 0;

	vault_packet_write(&b, 0);
	while (count < VAULT_BATCH && v->in_flight + count < VAULT_CALL_IN_FLIGHT && (w = first(&v->waiting)) != NULL) {
		if (b.n + vault_request_size(&w->request) > VAULT_PACKET_MAX)
			break;
		zg_list_drop(&w->node);
		zg_list_push(batch, &w->node);
		vault_request_write(&b, &w->request);
		count++;
	}
	b.p[1] = (char)count;
	return zg_buf_slice(&b);
}

static void batch_is_sent(struct vault_call *v, struct zg_list *batch)
{
	for (struct zg_list *n = batch->next; n != batch; n = n->next) {
		ZG_LIST_OF(n, struct vault_wait, node)->is_sent = true;
		v->in_flight++;
	}
	zg_list_join(&v->sent, batch);
}

/* Sends one packet; false where the channel takes no more. */
static bool packet_send(struct vault_call *v)
{
	struct zg_list batch;
	struct zg_slice packet;

	zg_list_init(&batch);
	packet = packet_make(v, &batch);
	if (send(v->fd, packet.p, packet.n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		batch_is_sent(v, &batch);
		return true;
	}
	unsend(v, &batch);
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
		v->is_full = true;
		events_want(v);
	} else {
		channel_lost(v);
	}
	return false;
}

static bool is_too_long(const struct vault_wait *w)
{
	return VAULT_PACKET_HEAD + vault_request_size(&w->request) > VAULT_PACKET_MAX;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct vault_call *v = prepare->data;
	struct vault_wait *w;

	while (!v->is_done && can_send(v) && (w = first(&v->waiting)) != NULL) {
		if (is_too_long(w)) {
			take_out(v, w);
			fail(w, VAULT_BAD_REQUEST);
		} else if (!packet_send(v)) {
			break;
		}
	}
	settle(v);
}

/* Everything past its deadline; the oldest stand first. */
static void on_timer(uv_timer_t *timer)
{
	struct vault_call *v = timer->data;
	struct zg_list *lists[2] = { &v->sent, &v->waiting };

	for (size_t i = 0; i < 2; i++) {
		struct vault_wait *w;

		while (!v->is_done && (w = first(lists[i])) != NULL && w->deadline <= uv_now(v->loop)) {
			take_out(v, w);
			fail(w, VAULT_FAILED);
		}
	}
	settle(v);
}

static struct vault_wait *sent_find(struct vault_call *v, uint32_t serial)
{
	for (struct zg_list *n = v->sent.next; n != &v->sent; n = n->next) {
		struct vault_wait *w = ZG_LIST_OF(n, struct vault_wait, node);

		if (w->request.serial == serial)
			return w;
	}
	return NULL;
}

static void packet_take(struct vault_call *v, size_t n)
{
	struct zg_cur c = zg_cur_of(zg_slice_of(v->packet, n));
	unsigned count = vault_packet_read(&c);

	while (count-- && !v->is_done) {
		struct vault_answer a;
		struct vault_wait *w;

		if (vault_answer_read(&c, &a) < 0)
			return;		/* what it should have answered runs into its deadline */
		w = sent_find(v, a.serial);
		if (!w)
			continue;	/* dropped, or late */
		take_out(v, w);
		w->done(w, &a);
	}
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vault_call *v = poll->data;
	ssize_t n = 0;

	if (status == 0 && (events & UV_WRITABLE)) {
		v->is_full = false;
		events_want(v);
	}
	while (!v->is_done && v->is_polling) {
		n = recv(v->fd, v->packet, VAULT_PACKET_MAX, MSG_DONTWAIT);
		if (n <= 0)
			break;
		packet_take(v, (size_t)n);
		if (v->in_flight == 0)
			break;		/* no more is expected; what comes all the same is told by the next turn */
	}
	if (v->is_done || !v->is_polling)
		return;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		channel_lost(v);
	settle(v);
}

/* Begins on v->fd; the handle is closed. */
static void channel_begin(struct vault_call *v)
{
	if (v->fd < 0 || uv_poll_init(v->loop, &v->poll, v->fd) < 0)
		return;		/* no channel: requests wait for the next, or their deadline */
	v->poll.data = v;
	v->is_polling = true;
	v->is_full = false;
	events_want(v);
	settle(v);
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct vault_call *v = handle->data;

	v->is_closing = false;
	if (!v->is_done)
		channel_begin(v);
}

static void channel_end(struct vault_call *v)
{
	if (v->is_polling) {
		v->is_polling = false;
		v->is_closing = true;
		uv_close((uv_handle_t *)&v->poll, on_poll_closed);
	}
	if (v->fd >= 0)
		(void)close(v->fd);	/* a socket: what was not sent is sent again elsewhere */
	v->fd = -1;
}

void vault_call_use(struct vault_call *v, int fd)
{
	channel_end(v);
	unsend(v, &v->sent);
	v->in_flight = 0;
	v->fd = fd;
	if (!v->is_closing)
		channel_begin(v);
	settle(v);
}

int vault_call_init(struct vault_call *v, uv_loop_t *loop, int fd)
{
	memset(v, 0, sizeof(*v));
	v->loop = loop;
	v->fd = fd;
	zg_list_init(&v->waiting);
	zg_list_init(&v->sent);
	v->packet = malloc(VAULT_PACKET_MAX);
	if (!v->packet)
		return -1;
	(void)uv_prepare_init(loop, &v->prepare);	/* these two cannot fail, as libuv's manual has it */
	(void)uv_timer_init(loop, &v->timer);
	v->prepare.data = v->timer.data = v;
	channel_begin(v);
	return 0;
}

void vault_call_ask(struct vault_call *v, struct vault_wait *w)
{
	w->request.serial = ++v->serial;
	w->is_sent = false;
	w->deadline = uv_now(v->loop) + VAULT_CALL_PATIENCE;
	zg_list_push(&v->waiting, &w->node);
	settle(v);
}

void vault_call_drop(struct vault_call *v, struct vault_wait *w)
{
	take_out(v, w);
	settle(v);
}

static void drop_all(struct vault_call *v, struct zg_list *l)
{
	struct vault_wait *w;

	while ((w = first(l)) != NULL)
		take_out(v, w);
}

void vault_call_done(struct vault_call *v)
{
	v->is_done = true;
	channel_end(v);
	drop_all(v, &v->sent);
	drop_all(v, &v->waiting);
	uv_close((uv_handle_t *)&v->prepare, NULL);
	uv_close((uv_handle_t *)&v->timer, NULL);
	free(v->packet);
	v->packet = NULL;
}
