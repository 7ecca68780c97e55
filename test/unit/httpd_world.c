/* httpd_world.c - the server and its manners: /  says back what it was asked; the other paths stand in `places`. */
#include "httpd_world.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/num.h"
#include "io/clock.h"
#include "io/conn.h"

#define HELD_MOST 2048

struct world_seen world_seen;
atomic_uint world_haste = 1;
atomic_int world_fail_at = -1;
atomic_bool world_fail_for_ever;

static struct {
	pthread_t thread;
	uv_loop_t loop;
	uv_async_t order;
	uv_timer_t tick;
	struct conn_loop scratch;
	struct httpd *httpd;
	struct tls_config *tls;
	int listener;
	in_port_t port;
	atomic_bool is_drain, is_streams_end, is_over;
	struct http_request *held[HELD_MOST], *streams[HELD_MOST];
} w;
static _Thread_local bool is_server;

/* --- puppets ------------------------------------------------------------------------------------------------- */

int __real_uv_timer_start(uv_timer_t *t, uv_timer_cb cb, uint64_t ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *t, uv_timer_cb cb, uint64_t ms, uint64_t repeat);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off);
int __real_socketpair(int domain, int type, int protocol, int pair[2]);
int __wrap_socketpair(int domain, int type, int protocol, int pair[2]);

int __wrap_uv_timer_start(uv_timer_t *t, uv_timer_cb cb, uint64_t ms, uint64_t repeat)
{
	return __real_uv_timer_start(t, cb, ms >= 1000 ? ms / atomic_load(&world_haste) : ms, repeat);
}

static bool fails(void)
{
	int left = atomic_load(&world_fail_at);

	if (!is_server || left < 0)
		return false;
	if (left > 0)
		atomic_store(&world_fail_at, left - 1);
	else if (!atomic_load(&world_fail_for_ever))
		atomic_store(&world_fail_at, -1);
	return left == 0;
}

void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t count, size_t n) { return fails() ? NULL : __real_calloc(count, n); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }

void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	return fails() ? MAP_FAILED : __real_mmap(at, n, prot, flags, fd, off);
}

int __wrap_socketpair(int domain, int type, int protocol, int pair[2])
{
	if (!fails())
		return __real_socketpair(domain, type, protocol, pair);
	errno = EMFILE;
	return -1;
}

/* --- places -------------------------------------------------------------------------------------------------- */

static void text(struct http_request *q, struct zg_slice body, bool is_last)
{
	struct http_pair fields[] = { { ZG_S("Content-Type"), ZG_S("text/plain") }, { ZG_S("X-Place"), q->path } };
	struct http_reply r = { .status = 200, .fields = fields, .fields_count = 2, .body = body, .is_last = is_last };

	atomic_fetch_sub(&world_seen.live, 1);
	http_reply(q, &r);
}

static void peer_put(struct zg_buf *b, const struct sockaddr_storage *peer)
{
	char name[64] = "?";

	if (peer->ss_family == AF_INET)
		(void)uv_ip4_name((const void *)peer, name, sizeof(name));
	else if (peer->ss_family == AF_INET6)
		(void)uv_ip6_name((const void *)peer, name, sizeof(name));
	zg_buf_put(b, zg_slice_cstr(name));
}

static void echo(struct http_request *q)
{
	char mem[4096];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_buf_put(&b, q->method);
	zg_buf_putc(&b, ' ');
	zg_buf_put(&b, q->path);
	zg_buf_putc(&b, '?');
	zg_buf_put(&b, q->query);
	zg_buf_putc(&b, ' ');
	zg_buf_put(&b, q->host);
	zg_buf_putc(&b, ' ');
	peer_put(&b, &q->peer);
	zg_buf_put(&b, q->is_secure ? ZG_S(" secure ") : ZG_S(" clear "));
	zg_buf_put(&b, q->body);
	text(q, zg_buf_slice(&b), false);
}

static void hold(struct http_request **v, struct http_request *q)
{
	for (size_t i = 0; i < HELD_MOST; i++)
		if (!v[i]) {
			v[i] = q;
			return;
		}
}

static void later(struct http_request *q)
{
	hold(w.held, q);
}

static void never(struct http_request *q)
{
	(void)q;	/* the client will go first */
}

static void held(struct http_request *q)
{
	http_hold(q);
	hold(w.held, q);
}

static void last(struct http_request *q)
{
	text(q, ZG_S("last"), true);
}

static void bad_field(struct http_request *q)
{
	struct http_pair f = { ZG_S("Location"), ZG_S("/a\r\nSet-Cookie: b=c") };
	struct http_reply r = { .status = 303, .fields = &f, .fields_count = 1 };

	atomic_fetch_sub(&world_seen.live, 1);
	http_reply(q, &r);
}

static void big(struct http_request *q)
{
	static char mem[3000000];

	memset(mem, 'x', sizeof(mem));
	text(q, zg_slice_of(mem, sizeof(mem)), false);
}

static void stream(struct http_request *q)
{
	struct http_pair f = { ZG_S("Content-Type"), ZG_S("text/event-stream") };

	atomic_fetch_add(&world_seen.streams, 1);
	q->owner = zg_slice_eq(q->path, ZG_S("/flood")) ? &w : NULL;
	hold(w.streams, q);
	http_stream(q, &f, 1);
	http_stream_put(q, ZG_S("data: 1\n\n"));
}

static void form(struct http_request *q)
{
	const struct http_pair *v;
	size_t count;
	char mem[8192];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	if (http_form(q, 4, &v, &count) < 0) {
		text(q, ZG_S("no form"), false);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		zg_buf_put(&b, v[i].name);
		zg_buf_putc(&b, '=');
		if (v[i].value.n > 1000)
			zg_buf_put_uint(&b, v[i].value.n);
		else
			zg_buf_put(&b, v[i].value);
		zg_buf_putc(&b, ';');
	}
	text(q, zg_buf_slice(&b), false);
}

static void cookie(struct http_request *q)
{
	text(q, http_cookie(q, ZG_S("a")), false);
}

static void arg(struct http_request *q)
{
	text(q, http_arg(q, ZG_S("a")), false);
}

static const struct { struct zg_slice path; void (*go)(struct http_request *q); size_t most; } places[] = {
	{ ZG_SI("/later"), later, 0 },
	{ ZG_SI("/never"), never, 0 },
	{ ZG_SI("/held"), held, 0 },
	{ ZG_SI("/last"), last, 0 },
	{ ZG_SI("/bad-field"), bad_field, 0 },
	{ ZG_SI("/big"), big, 0 },
	{ ZG_SI("/stream"), stream, 0 },
	{ ZG_SI("/flood"), stream, 0 },
	{ ZG_SI("/form"), form, 100000 },
	{ ZG_SI("/cookie"), cookie, 0 },
	{ ZG_SI("/arg"), arg, 0 },
	{ ZG_SI("/no-body"), echo, 0 },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static size_t place_of(const struct http_request *q)
{
	size_t i = 0;

	while (i < PLACES && !zg_slice_eq(q->path, places[i].path))
		i++;
	return i;
}

/* --- the server ---------------------------------------------------------------------------------------------- */

static size_t on_body_most(void *ctx, const struct http_request *q)
{
	size_t i = place_of(q);

	(void)ctx;
	return i < PLACES ? places[i].most : 1000;
}

static void on_request(void *ctx, struct http_request *q)
{
	size_t i = place_of(q);

	(void)ctx;
	atomic_fetch_add(&world_seen.requests, 1);
	atomic_fetch_add(&world_seen.live, 1);
	if (i < PLACES)
		places[i].go(q);
	else
		echo(q);
}

static void on_gone(void *ctx, struct http_request *q)
{
	(void)ctx;
	for (size_t i = 0; i < HELD_MOST; i++) {
		if (w.held[i] == q)
			w.held[i] = NULL;
		if (w.streams[i] == q)
			w.streams[i] = NULL;
	}
	atomic_fetch_sub(&world_seen.live, 1);
	atomic_fetch_add(&world_seen.gone, 1);
}

static struct zg_slice on_refusal(void *ctx, unsigned status)
{
	(void)ctx;
	(void)status;
	atomic_fetch_add(&world_seen.refused, 1);
	return ZG_S("<!DOCTYPE html><title>no</title>");
}

/* 127.0.0.1 and 203.0.113.0/24 are proxies that are trusted. */
static bool on_is_trusted(void *ctx, const struct sockaddr_storage *peer)
{
	const struct sockaddr_in *four = (const void *)peer;

	(void)ctx;
	return peer->ss_family == AF_INET && (ntohl(four->sin_addr.s_addr) == INADDR_LOOPBACK ||
		ntohl(four->sin_addr.s_addr) >> 8 == 0xcb0071);
}

static void on_tick(uv_timer_t *t)
{
	static char some[16384];

	(void)t;
	for (size_t i = 0; i < HELD_MOST; i++) {
		struct http_request *q = w.held[i];

		if (q && !q->owner) {	/* answered a turn later */
			q->owner = &w;
		} else if (q) {
			w.held[i] = NULL;
			text(q, ZG_S("later"), false);
		}
	}
	for (size_t i = 0; i < HELD_MOST; i++)
		if (w.streams[i] && w.streams[i]->owner)
			http_stream_put(w.streams[i], zg_slice_of(some, sizeof(some)));
}

static void on_drained(void *ctx)
{
	(void)ctx;
	uv_close((uv_handle_t *)&w.order, NULL);
	uv_close((uv_handle_t *)&w.tick, NULL);
	w.httpd = NULL;
}

static void on_order(uv_async_t *a)
{
	(void)a;
	if (atomic_exchange(&w.is_streams_end, false))
		for (size_t i = 0; i < HELD_MOST; i++)
			if (w.streams[i])
				http_stream_end(w.streams[i]);
	if (atomic_exchange(&w.is_drain, false) && w.httpd)
		httpd_drain(w.httpd, on_drained, NULL);
}

static void *serve(void *arg)
{
	(void)arg;
	is_server = true;
	(void)uv_run(&w.loop, UV_RUN_DEFAULT);
	atomic_store(&w.is_over, true);
	return NULL;
}

static void must(bool is_so, const char *what)
{
	if (!is_so) {
		perror(what);
		abort();
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 1024) == 0 &&
		getsockname(fd, (struct sockaddr *)&at, &n) == 0, "listen");
	w.port = at.sin_port;
	return fd;
}

void world_begin(const struct world_start *s)
{
	static const struct httpd_calls calls = { on_body_most, on_request, on_gone, on_refusal };
	struct httpd_settings settings = { .is_trusted_proxy = on_is_trusted, .connections_most = s->connections_most,
		.one_most = s->one_most };
	char certificate[4096], key[4096], why[TLS_WHY];
	struct zg_buf c = zg_buf_of(certificate, sizeof(certificate)), k = zg_buf_of(key, sizeof(key));

	memset(&world_seen, 0, sizeof(world_seen));
	memset(w.held, 0, sizeof(w.held));
	memset(w.streams, 0, sizeof(w.streams));
	atomic_store(&world_haste, 1);
	atomic_store(&w.is_over, false);
	if (s->one_most)
		settings.is_trusted_proxy = NULL;
	if (s->is_tls) {
		must(tls_self_signed(ZG_S("localhost"), &c, &k) == 0, "certificate");
		settings.tls = tls_server_new(zg_buf_slice(&c), zg_buf_slice(&k), why);
	}
	w.listener = listen_somewhere();
	must(uv_loop_init(&w.loop) == 0 && uv_async_init(&w.loop, &w.order, on_order) == 0 && uv_timer_init(&w.loop, &w.tick) == 0, "loop");
	w.loop.data = &w.scratch;
	must(uv_timer_start(&w.tick, on_tick, 10, 10) == 0, "tick");
	w.httpd = httpd_new(&w.loop, &w.listener, 1, &settings, &calls, NULL);
	must(w.httpd != NULL, "httpd_new");
	tls_config_free(settings.tls);
	must(pthread_create(&w.thread, NULL, serve, NULL) == 0, "thread");
}

void world_drain(void)
{
	atomic_store(&w.is_drain, true);
	(void)uv_async_send(&w.order);
}

void world_streams_end(void)
{
	atomic_store(&w.is_streams_end, true);
	(void)uv_async_send(&w.order);
}

unsigned world_end(void)
{
	uint64_t from = clock_steady_ms();

	world_drain();
	must(pthread_join(w.thread, NULL) == 0, "join");
	must(uv_loop_close(&w.loop) == 0, "handles are left");
	close(w.listener);
	return (unsigned)(clock_steady_ms() - from);
}

bool world_wait(atomic_int *v, int want)
{
	for (int i = 0; i < 5000 && atomic_load(v) != want; i++)
		(void)usleep(1000);
	return atomic_load(v) == want;
}

/* --- clients ------------------------------------------------------------------------------------------------- */

int client_open(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = w.port };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void client_say(int fd, struct zg_slice s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n <= 0)
			return;	/* the server closed: what it said is still to be heard */
		s = zg_slice_sub(s, (size_t)n, s.n);
	}
}

void client_say_cut(int fd, struct zg_slice s, unsigned cut)
{
	unsigned seed = cut;

	while (s.n) {
		size_t n = cut == 0 ? s.n : cut == 1 ? 1 : 1 + (seed = seed * 1103515245u + 12345u) / 65536u % 40u;

		client_say(fd, zg_slice_sub(s, 0, n));
		s = zg_slice_sub(s, n, s.n);
	}
}

size_t client_hear(int fd, char *p, size_t n, int ms, bool *ret_end)
{
	size_t have = 0;
	uint64_t until = clock_steady_ms() + (uint64_t)ms, now;

	*ret_end = false;
	while (have < n && (now = clock_steady_ms()) < until) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&pfd, 1, (int)(until - now)) <= 0)
			break;
		got = recv(fd, p + have, n - have, 0);
		if (got <= 0) {
			*ret_end = true;
			break;
		}
		have += (size_t)got;
	}
	return have;
}

static size_t hear_one(int fd, char *p)
{
	bool is_end;

	return client_hear(fd, p, 1, 5000, &is_end);
}

static uint64_t length_of(struct zg_slice head)
{
	struct zg_slice name = ZG_S("\r\nContent-Length: ");
	size_t at = zg_slice_find_slice(head, name);
	struct zg_slice rest = zg_slice_sub(head, at + name.n, head.n);
	uint64_t n = 0;

	return at < head.n && zg_num_uint(zg_slice_sub(rest, 0, zg_slice_find(rest, '\r')), 1u << 30, &n) == 0 ? n : 0;
}

unsigned client_reply(int fd, char *p, size_t n, struct zg_slice *ret_head, struct zg_slice *ret_body, bool is_head)
{
	size_t have = 0;
	uint64_t status = 0, length;
	bool is_end;

	*ret_head = *ret_body = ZG_S("");
	while (have + 1 < n && !(have >= 4 && memcmp(p + have - 4, "\r\n\r\n", 4) == 0)) {
		if (hear_one(fd, p + have) == 0)
			return 0;
		have++;
	}
	*ret_head = zg_slice_of(p, have);
	if (!zg_slice_starts(*ret_head, ZG_S("HTTP/1.1 ")) || zg_num_uint(zg_slice_sub(*ret_head, 9, 3), 599, &status) < 0)
		return 1;
	length = is_head ? 0 : length_of(*ret_head);
	if (length > n - have || client_hear(fd, p + have, (size_t)length, 5000, &is_end) != length)
		return 0;
	*ret_body = zg_slice_of(p + have, (size_t)length);
	return (unsigned)status;
}
