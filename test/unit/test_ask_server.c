/* test_ask_server.c - one question to one server: a puppet on loopback that answers as each row says. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/ask_server.h"
#include "io/heap.h"

#define TRY_MS 150u

enum deed { ANSWERS, REFUSES, LIES, SILENT, OTHER_ID, CUTS, NO_EDNS, DENIES, OTHER_NAME, LATE };

struct puppet {
	enum deed deed;
	int udp, tcp, stop[2];
	uint16_t port;
	unsigned heard;
	pthread_t thread;
};

/* An answer to the question in q; its octets. */
static size_t reply(struct puppet *p, const unsigned char *q, size_t n, bool is_tcp, unsigned char *r)
{
	static const unsigned char txt[] = "\xc0\x0c\0\x10\0\x01\0\0\x01\x2c\0\x08\x03one\x03two";
	size_t end = 12, at;

	while (end < n && q[end])
		end += q[end] + 1u;
	at = end + 5;
	memcpy(r, q, at);
	memset(r + 4, 0, 8);
	r[5] = 1;
	r[2] = p->deed == LIES ? 0x80 : 0x84;
	r[3] = p->deed == REFUSES ? 5 : p->deed == DENIES ? 3 : p->deed == NO_EDNS && q[11] ? 1 : 0;
	if (p->deed == CUTS && !is_tcp)
		r[2] |= 2;
	if (p->deed == OTHER_ID)
		r[1] ^= 0x55;
	if (p->deed == OTHER_NAME)
		r[13] ^= 1;
	if (r[3] == 0 && !(r[2] & 2)) {
		r[7] = 1;
		memcpy(r + at, txt, sizeof(txt) - 1);
		at += sizeof(txt) - 1;
	}
	return at;
}

static void udp_serve(struct puppet *p)
{
	unsigned char q[600], r[700];
	struct sockaddr_in from;
	socklen_t k = sizeof(from);
	ssize_t n = recvfrom(p->udp, q, sizeof(q), 0, (struct sockaddr *)&from, &k);

	p->heard++;
	if (n > 12 && p->deed != SILENT && !(p->deed == LATE && p->heard == 1))
		(void)sendto(p->udp, r, reply(p, q, (size_t)n, false, r), 0, (struct sockaddr *)&from, k);
}

static void tcp_serve(struct puppet *p)
{
	int fd = accept(p->tcp, NULL, NULL);
	unsigned char q[600], r[702];
	ssize_t n = recv(fd, q, sizeof(q), 0);
	size_t out = n > 14 ? reply(p, q + 2, (size_t)n - 2, true, r + 2) : 0;

	r[0] = (unsigned char)(out >> 8);
	r[1] = (unsigned char)out;
	(void)send(fd, r, 1, MSG_NOSIGNAL);	/* in two pieces */
	(void)send(fd, r + 1, out + 1, MSG_NOSIGNAL);
	(void)close(fd);
}

static void *puppet_run(void *arg)
{
	struct puppet *p = arg;

	for (;;) {
		struct pollfd v[] = { { p->udp, POLLIN, 0 }, { p->tcp, POLLIN, 0 }, { p->stop[0], POLLIN, 0 } };

		(void)poll(v, 3, -1);
		if (v[2].revents)
			return NULL;
		if (v[0].revents)
			udp_serve(p);
		if (v[1].revents)
			tcp_serve(p);
	}
}

static void puppet_begin(struct puppet *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	p->udp = socket(AF_INET, SOCK_DGRAM, 0);
	p->tcp = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p->udp, (struct sockaddr *)&a, n), 0);
	assert_int_equal(getsockname(p->udp, (struct sockaddr *)&a, &n), 0);
	assert_int_equal(bind(p->tcp, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(p->tcp, 4), 0);
	assert_int_equal(pipe(p->stop), 0);
	p->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&p->thread, NULL, puppet_run, p), 0);
}

static void puppet_end(struct puppet *p)
{
	assert_int_equal(write(p->stop[1], "", 1), 1);
	assert_int_equal(pthread_join(p->thread, NULL), 0);
	(void)close(p->udp);
	(void)close(p->tcp);
	(void)close(p->stop[0]);
	(void)close(p->stop[1]);
}

struct got { struct server_answer a; unsigned count; };

static void on_told(void *ctx, const struct server_answer *a)
{
	struct got *g = ctx;

	g->a = *a;
	g->count++;
}

static struct got ask(uint16_t port, struct zg_arena *a, bool is_cancelled)
{
	struct server_question q = { .name = ZG_S("_dmarc.example.be"), .type = ZG_DNS_TXT, .try_ms = TRY_MS };
	struct got g = { .count = 0 };
	struct server_ask *k;
	uv_loop_t loop;

	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(server_address(zg_slice_of("\x7f\0\0\1", 4), port, &q.to), 0);
	k = server_ask(&loop, &q, a, on_told, &g);
	assert_non_null(k);
	assert_int_equal(g.count, 0);
	if (is_cancelled)
		server_ask_cancel(k);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return g;
}

static const struct row {
	const char *proves;
	enum deed deed;
	enum server_heard heard;
	unsigned rcode;
	bool is_authority, is_tcp;
	size_t count;
	unsigned asked;		/* times by UDP */
} rows[] = {
	{ "an answer with authority comes with its strings joined and its TTL", ANSWERS, SERVER_ANSWERED, 0, true, false, 1, 1 },
	{ "REFUSED is told as it stands, and not asked again", REFUSES, SERVER_ANSWERED, 5, true, false, 0, 1 },
	{ "an answer without AA is told as such", LIES, SERVER_ANSWERED, 0, false, false, 1, 1 },
	{ "silence is silence after two tries", SILENT, SERVER_SILENT, 0, false, false, 0, 2 },
	{ "an answer with another id counts as none", OTHER_ID, SERVER_SILENT, 0, false, false, 0, 2 },
	{ "an answer to another name counts as none", OTHER_NAME, SERVER_SILENT, 0, false, false, 0, 2 },
	{ "a cut answer is asked again by TCP, also in two pieces", CUTS, SERVER_ANSWERED, 0, true, true, 1, 1 },
	{ "a server that does not know EDNS is asked without it", NO_EDNS, SERVER_ANSWERED, 0, true, false, 1, 2 },
	{ "NXDOMAIN is told as it stands", DENIES, SERVER_ANSWERED, 3, true, false, 0, 1 },
	{ "a first datagram that is lost costs one try", LATE, SERVER_ANSWERED, 0, true, false, 1, 2 },
};

static void each_answer_is_told_as_it_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct puppet p = { .deed = rows[i].deed };
		struct zg_arena a;
		struct got g;

		zg_arena_init(&a, &io_heap, 1u << 20);
		puppet_begin(&p);
		g = ask(p.port, &a, false);
		puppet_end(&p);
		if (g.count != 1 || g.a.heard != rows[i].heard || g.a.rcode != rows[i].rcode || g.a.rr_count != rows[i].count ||
		    g.a.is_authority != rows[i].is_authority || g.a.is_tcp != rows[i].is_tcp || p.heard != rows[i].asked)
			fail_msg("%s: heard %d, rcode %u, records %zu, asked %u", rows[i].proves, (int)g.a.heard, g.a.rcode,
				 g.a.rr_count, p.heard);
		if (g.a.rr_count && (!zg_slice_eq(g.a.rr[0].data, ZG_S("onetwo")) || g.a.ttl != 300))
			fail_msg("%s: another value", rows[i].proves);
		zg_arena_reset(&a);
	}
}

static void a_shut_port_is_closed_and_a_cancelled_question_untold(void **state)
{
	struct puppet p = { .deed = ANSWERS };
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &io_heap, 1u << 20);
	puppet_begin(&p);
	assert_int_equal(ask(p.port, &a, true).count, 0);
	puppet_end(&p);
	assert_int_equal(ask(p.port, &a, false).a.heard, SERVER_CLOSED);
	zg_arena_reset(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_told_as_it_stands),
		cmocka_unit_test(a_shut_port_is_closed_and_a_cancelled_question_untold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
