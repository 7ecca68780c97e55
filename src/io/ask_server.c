/* ask_server.c - one question to one name server.
 *
 *   UDP --TC--> TCP --> TOLD        UDP, TCP --the try's time is up, an error--> the same again, or TOLD (SILENT, CLOSED)
 *   UDP --FORMERR--> UDP without EDNS (RFC 6891 7), which costs no try
 *
 * Laws: (1) told is called once, from a turn of the loop; (2) one socket is open at a time, of a port that the kernel draws, each
 * with an id of its own; (3) the memory of k stays until every handle is closed. */
#include "io/ask_server.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "io/clock.h"
#include "io/server_wire.h"

#define MESSAGE_MAX 65535u	/* octets of an answer, RFC 1035 4.2.2 */

struct server_ask {
	union {
		uv_handle_t any;
		uv_udp_t udp;
		uv_tcp_t tcp;
	} sock;
	uv_timer_t timer;
	uv_connect_t connect;
	uv_write_t write;
	uv_loop_t *loop;
	struct server_question q;
	struct zg_arena *arena;
	void (*told)(void *ctx, const struct server_answer *answer);
	void *ctx;
	struct server_answer answer;
	unsigned tries;			/* begun */
	uint16_t id;
	bool is_tcp, has_edns, is_sock_open, is_over, is_cancelled;
	unsigned open;			/* handles */
	size_t out_n, in_n;
	unsigned char out[2 + SERVER_WIRE_MAX];
	char in[2 + MESSAGE_MAX];
};

int server_address(struct zg_slice octets, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (octets.n != 4 && octets.n != 16)
		return -1;
	memset(ret, 0, sizeof(*ret));
	if (octets.n == 4) {
		memcpy(&v4.sin_addr, octets.p, 4);
		memcpy(ret, &v4, sizeof(v4));
	} else {
		memcpy(&v6.sin6_addr, octets.p, 16);
		memcpy(ret, &v6, sizeof(v6));
	}
	return 0;
}

static void try_begin(struct server_ask *k);

/* --- ends ------------------------------------------------------------------------------------------------------- */

static void on_all_closed(struct server_ask *k)
{
	if (!k->is_cancelled)
		k->told(k->ctx, &k->answer);
	free(k);
}

static void on_sock_closed(uv_handle_t *h)
{
	struct server_ask *k = h->data;

	k->is_sock_open = false;
	k->open--;
	if (!k->is_over)
		try_begin(k);
	else if (!k->open)
		on_all_closed(k);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct server_ask *k = h->data;

	if (--k->open == 0)
		on_all_closed(k);
}

static void sock_close(struct server_ask *k)
{
	if (k->is_sock_open && !uv_is_closing(&k->sock.any))
		uv_close(&k->sock.any, on_sock_closed);
}

static void over(struct server_ask *k, enum server_heard heard)
{
	if (k->is_over)
		return;
	k->is_over = true;
	if (heard != SERVER_ANSWERED)
		k->answer = (struct server_answer){ .heard = heard };
	sock_close(k);
	uv_close((uv_handle_t *)&k->timer, on_timer_closed);
}

void server_ask_cancel(struct server_ask *k)
{
	k->is_cancelled = true;
	over(k, SERVER_SILENT);
}

static enum server_heard heard_of(int error)
{
	switch (error) {
	case UV_ENETUNREACH:
	case UV_EADDRNOTAVAIL:
	case UV_EAFNOSUPPORT:
		return SERVER_NO_ROUTE;
	case UV_ENOMEM:
	case UV_EMFILE:
	case UV_ENFILE:
		return SERVER_NO_MEMORY;
	case UV_ETIMEDOUT:
		return SERVER_SILENT;
	default:
		return SERVER_CLOSED;
	}
}

/* A try came to nothing. */
static void failed(struct server_ask *k, int error)
{
	enum server_heard heard = heard_of(error);

	if (k->is_over || (k->is_sock_open && uv_is_closing(&k->sock.any)))
		return;
	if (heard == SERVER_NO_ROUTE || heard == SERVER_NO_MEMORY || k->tries >= ASK_SERVER_TRIES)
		over(k, heard);
	else if (k->is_sock_open)
		sock_close(k);		/* the next try begins when it is closed */
	else
		try_begin(k);
}

static void on_time(uv_timer_t *timer)
{
	failed(timer->data, UV_ETIMEDOUT);
}

/* --- what comes ------------------------------------------------------------------------------------------------- */

/* A whole message. */
static void message_take(struct server_ask *k, struct zg_slice wire)
{
	switch (server_wire_answer(&k->q, k->id, wire, k->arena, &k->answer)) {
	case SERVER_WIRE_OTHER:
		if (k->is_tcp)
			failed(k, UV_EPROTO);
		break;		/* by UDP anybody may send: the right one may still come */
	case SERVER_WIRE_CUT:
		if (k->is_tcp) {
			failed(k, UV_EPROTO);
			break;
		}
		k->is_tcp = true;
		k->tries--;
		sock_close(k);
		break;
	case SERVER_WIRE_READ:
		k->answer.is_tcp = k->is_tcp;
		if (k->answer.rcode == ASK_SERVER_FORMERR && k->has_edns) {
			k->has_edns = false;
			k->tries--;
			sock_close(k);
		} else {
			over(k, SERVER_ANSWERED);
		}
		break;
	case SERVER_WIRE_NO_MEMORY:
		over(k, SERVER_NO_MEMORY);
		break;
	}
}

static void on_room(uv_handle_t *h, size_t wanted, uv_buf_t *ret)
{
	struct server_ask *k = h->data;

	(void)wanted;	/* an answer has a largest size */
	*ret = uv_buf_init(k->in + k->in_n, (unsigned)(sizeof(k->in) - k->in_n));
}

static void on_datagram(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from, unsigned flags)
{
	struct server_ask *k = udp->data;

	(void)flags;	/* one that was cut by the kernel cannot be read, and is passed over */
	if (n < 0)
		failed(k, (int)n);
	else if (from && !k->is_over && !uv_is_closing(&k->sock.any))
		message_take(k, zg_slice_of(buf->base, (size_t)n));
}

static void on_stream(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct server_ask *k = s->data;
	size_t wanted;

	(void)buf;	/* the place behind what there is */
	if (n < 0) {
		failed(k, n == UV_EOF ? UV_ECONNRESET : (int)n);
		return;
	}
	k->in_n += (size_t)n;
	if (k->in_n < 2)
		return;
	/* RFC 1035 4.2.2: two octets of length in front. */
	wanted = (size_t)(unsigned char)k->in[0] << 8 | (unsigned char)k->in[1];
	if (k->in_n < 2 + wanted)
		return;
	(void)uv_read_stop(s);	/* cannot fail */
	message_take(k, zg_slice_of(k->in + 2, wanted));
}

static void on_written(uv_write_t *w, int status)
{
	if (status < 0)
		failed(w->data, status);
}

static void on_connected(uv_connect_t *c, int status)
{
	struct server_ask *k = c->data;
	uv_buf_t out = uv_buf_init((char *)k->out, (unsigned)k->out_n);
	uv_stream_t *s = (uv_stream_t *)&k->sock.tcp;

	if (k->is_over || uv_is_closing(&k->sock.any))
		return;
	k->write.data = k;
	if (status == 0)
		status = uv_read_start(s, on_room, on_stream);
	if (status == 0)
		status = uv_write(&k->write, s, &out, 1, on_written);
	if (status < 0)
		failed(k, status);
}

/* --- tries ------------------------------------------------------------------------------------------------------ */

static int udp_begin(struct server_ask *k)
{
	uv_buf_t out = uv_buf_init((char *)k->out + 2, (unsigned)(k->out_n - 2));
	int rc = uv_udp_init(k->loop, &k->sock.udp);

	if (rc < 0)
		return rc;
	k->is_sock_open = true;
	k->open++;
	k->sock.any.data = k;
	rc = uv_udp_connect(&k->sock.udp, (const struct sockaddr *)&k->q.to);	/* no other address is heard */
	if (rc == 0)
		rc = uv_udp_recv_start(&k->sock.udp, on_room, on_datagram);
	if (rc == 0)
		rc = uv_udp_try_send(&k->sock.udp, &out, 1, NULL);
	return rc < 0 ? rc : 0;
}

static int tcp_begin(struct server_ask *k)
{
	int rc = uv_tcp_init(k->loop, &k->sock.tcp);

	if (rc < 0)
		return rc;
	k->is_sock_open = true;
	k->open++;
	k->sock.any.data = k->connect.data = k;
	return uv_tcp_connect(&k->connect, &k->sock.tcp, (const struct sockaddr *)&k->q.to, on_connected);
}

static int question_make(struct server_ask *k)
{
	size_t n;

	clock_random(&k->id, sizeof(k->id));
	n = server_wire_question(&k->q, k->id, k->has_edns, k->out + 2, SERVER_WIRE_MAX);
	k->out[0] = (unsigned char)(n >> 8);
	k->out[1] = (unsigned char)(n & 0xff);
	k->out_n = n + 2;
	k->in_n = 0;
	return n ? 0 : UV_ENOMEM;
}

static void try_begin(struct server_ask *k)
{
	int rc = question_make(k);

	k->tries++;
	(void)uv_timer_start(&k->timer, on_time, k->q.try_ms ? k->q.try_ms : ASK_SERVER_TRY_MS, 0);	/* fails only when closing */
	if (rc == 0)
		rc = k->is_tcp ? tcp_begin(k) : udp_begin(k);
	if (rc < 0)
		failed(k, rc);
}

static void on_begin(uv_timer_t *timer)
{
	try_begin(timer->data);
}

struct server_ask *server_ask(uv_loop_t *loop, const struct server_question *q, struct zg_arena *a,
			      void (*told)(void *ctx, const struct server_answer *answer), void *ctx)
{
	struct server_ask *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	k->q = *q;
	k->arena = a;
	k->told = told;
	k->ctx = ctx;
	k->has_edns = true;
	if (question_make(k) != 0) {
		free(k);
		return NULL;
	}
	(void)uv_timer_init(loop, &k->timer);	/* cannot fail */
	k->timer.data = k;
	k->open = 1;
	(void)uv_timer_start(&k->timer, on_begin, 0, 0);	/* law 1: not from here */
	return k;
}
