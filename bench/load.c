/* load.c - source and sink of mail in one process, for bench/run.sh.
 *
 * Orders come on standard input, one a line; each is answered by one line, or ends the process when it takes too long.
 *   run PORT CONNECTIONS MESSAGES SIZE   sends to PORT, a message a connection, until all have arrived at the sink
 *   hold PORT COUNT                      makes connections that say EHLO and then nothing
 *   drop                                 ends those
 * The first line that is said is "sink PORT": where the relay is to send on.
 *
 *   source: GREET -> EHLO -> MAIL -> RCPT -> DATA -> TEXT -> QUIT -> GREET, the next message  (HELD: behind EHLO)
 *   sink:   commands <-> text, as many messages as come over a connection
 * Each message has a number in its header, X-Load: RUN.NUMBER, by which its arrival is counted. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <zegel/buf.h>
#include "base/cur.h"

#define PATIENCE 120u		/* seconds for an order */
#define CONNECTIONS_MOST 5000u
#define MESSAGES_MOST 1000000u
#define SIZE_MOST (64u * 1024u * 1024u)
#define EVENTS 256
#define HEAD_MAX 16384u		/* octets of a message in which the sink looks for its number */
#define TEXT_END ZG_S("\r\n.\r\n")
#define TAIL 4u			/* octets that may be the begin of TEXT_END */

enum kind { ORDERS, DOOR, SOURCE, SINK };
enum step { GREET, EHLO, MAIL, RCPT, DATA, TEXT, QUIT, HELD };

/* What an epoll event points at. */
struct peer {
	int fd;
	enum kind kind;
};

struct source {
	struct peer peer;
	enum step step;
	bool is_holding;
	size_t number;		/* of its message */
	char in[2048];
	size_t in_n;
	char first[64];		/* the line with the number */
	struct iovec v[3];
	size_t v_at;
};

struct sink {
	struct peer peer;
	bool is_text;
	char line[1024];
	size_t line_n;
	char head[HEAD_MAX];
	size_t head_n;
	char tail[TAIL];
	size_t tail_n;
};

static struct {
	int epoll;
	struct peer orders, door;
	struct source *sources;
	size_t sources_count, live;	/* live: sources that are not done; held ones when all are held */
	unsigned port;			/* of the relay */
	size_t run, count, next, accepted, arrived, twice, signatures;
	unsigned char *seen;
	double *sent, *delay;		/* seconds: when the end of the text went out; until its 250 */
	char *text;			/* a message without its first line */
	size_t text_n;
	double began, cpu;
} load;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);	/* cannot fail with this clock */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);	/* cannot fail for oneself */
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void watch(struct peer *p, int op, unsigned events)
{
	struct epoll_event e = { events, { .ptr = p } };

	if (epoll_ctl(load.epoll, op, p->fd, &e) < 0)
		die("epoll_ctl");
}

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void say(int fd, struct zg_slice s)
{
	if (s.n && write(fd, s.p, s.n) != (ssize_t)s.n)
		fprintf(stderr, "load: a reply or command of %zu octets was not taken\n", s.n);	/* the run does not end: told by its alarm */
}

/* --- source -------------------------------------------------------------------------------------------------- */

static void source_connect(struct source *s)
{
	struct sockaddr_in to = loopback(load.port);
	int one = 1;

	s->peer = (struct peer){ socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), SOURCE };
	if (s->peer.fd < 0)
		die("socket");
	(void)setsockopt(s->peer.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));	/* only slower without */
	if (connect(s->peer.fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		die("connect");
	s->step = GREET;
	s->in_n = 0;
	watch(&s->peer, EPOLL_CTL_ADD, EPOLLIN);
}

static void source_begin(struct source *s)
{
	if (load.next < load.count || s->is_holding)
		source_connect(s);
	else
		load.live--;
}

static void source_text(struct source *s)
{
	while (s->v_at < 3) {
		ssize_t n = writev(s->peer.fd, s->v + s->v_at, (int)(3 - s->v_at));

		if (n < 0 && errno == EAGAIN) {
			watch(&s->peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return;
		}
		if (n < 0)
			die("the relay takes no more of a message");
		while (s->v_at < 3 && (size_t)n >= s->v[s->v_at].iov_len)
			n -= (ssize_t)s->v[s->v_at++].iov_len;
		if (s->v_at < 3) {
			s->v[s->v_at].iov_base = (char *)s->v[s->v_at].iov_base + n;
			s->v[s->v_at].iov_len -= (size_t)n;
		}
	}
	watch(&s->peer, EPOLL_CTL_MOD, EPOLLIN);
	load.sent[s->number] = now();
}

static void source_text_begin(struct source *s)
{
	static char end[] = ".\r\n";
	int n = snprintf(s->first, sizeof(s->first), "X-Load: %zu.%zu\r\n", load.run, s->number);

	s->v[0] = (struct iovec){ s->first, (size_t)n };
	s->v[1] = (struct iovec){ load.text, load.text_n };
	s->v[2] = (struct iovec){ end, sizeof(end) - 1 };
	s->v_at = 0;
	s->step = TEXT;
	source_text(s);
}

static void source_quit(struct source *s)
{
	(void)close(s->peer.fd);	/* all was said */
	source_begin(s);
}

/* The reply that step waits for, and what is said then. */
static const struct { unsigned code; enum step next; struct zg_slice words; } steps[] = {
	[GREET] = { 220, EHLO, ZG_SI("EHLO load.example\r\n") },
	[EHLO] = { 250, MAIL, ZG_SI("MAIL FROM:<orders@bench.example>\r\n") },
	[MAIL] = { 250, RCPT, ZG_SI("RCPT TO:<someone@customer.example>\r\n") },
	[RCPT] = { 250, DATA, ZG_SI("DATA\r\n") },
	[DATA] = { 354, TEXT, ZG_SI("") },
	[TEXT] = { 250, QUIT, ZG_SI("QUIT\r\n") },
	[QUIT] = { 221, GREET, ZG_SI("") },
	[HELD] = { 421, HELD, ZG_SI("") },
};

static void source_reply(struct source *s, unsigned code, struct zg_slice reply)
{
	enum step was = s->step;

	if (code != steps[was].code) {
		fprintf(stderr, "load: an unexpected reply: " ZG_FMT "\n", ZG_ARG(reply));
		exit(1);
	}
	s->step = steps[was].next;
	if (was == EHLO && s->is_holding) {
		s->step = HELD;
		load.live++;
		return;
	}
	if (was == EHLO)
		s->number = load.next < load.count ? load.next++ : load.count;
	if (was == EHLO && s->number == load.count) {	/* another took the last one */
		s->step = QUIT;
		say(s->peer.fd, steps[TEXT].words);
		return;
	}
	if (was == TEXT) {
		load.delay[s->number] = now() - load.sent[s->number];
		load.accepted++;
	}
	if (was == DATA)
		source_text_begin(s);
	else if (was == QUIT)
		source_quit(s);
	else
		say(s->peer.fd, steps[was].words);
}

/* A reply is whole when its last line has a blank behind the code. */
static void source_read(struct source *s)
{
	ssize_t n = read(s->peer.fd, s->in + s->in_n, sizeof(s->in) - s->in_n);
	struct zg_slice all, line;
	struct zg_cur c;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("the relay closed a connection");
	s->in_n += (size_t)n;
	all = zg_slice_of(s->in, s->in_n);
	if (s->in[s->in_n - 1] != '\n') {
		if (s->in_n == sizeof(s->in))
			die("a reply is too long");
		return;
	}
	line = zg_slice_sub(all, 0, all.n - 1);
	line = zg_slice_sub(all, zg_slice_rfind(line, '\n') < line.n ? zg_slice_rfind(line, '\n') + 1 : 0, all.n);
	if (line.n < 4 || line.p[3] == '-')
		return;
	c = zg_cur_of(line);
	s->in_n = 0;
	source_reply(s, (unsigned)zg_cur_uint(&c, 999), zg_slice_trim(line));
}

/* --- sink ---------------------------------------------------------------------------------------------------- */

static void sink_accept(void)
{
	static const struct zg_slice greeting = ZG_SI("220 sink.example ESMTP\r\n");
	int fd, one = 1;

	while ((fd = accept4(load.door.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct sink *s = calloc(1, sizeof(*s));

		if (!s)
			die("memory");
		s->peer = (struct peer){ fd, SINK };
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));	/* only slower without */
		watch(&s->peer, EPOLL_CTL_ADD, EPOLLIN);
		say(fd, greeting);
	}
}

static void sink_close(struct sink *s)
{
	(void)close(s->peer.fd);	/* what it brought was counted */
	free(s);
}

static void sink_count(const struct sink *s)
{
	struct zg_slice head = zg_slice_of(s->head, s->head_n), name = ZG_S("X-Load: ");
	size_t at = zg_slice_find_slice(head, name);
	struct zg_cur c = zg_cur_of(zg_slice_sub(head, at + name.n, head.n));
	uint64_t run = zg_cur_uint(&c, MESSAGES_MOST), number;

	(void)zg_cur_lit(&c, ZG_S("."));	/* what is wrong shows at the end */
	number = zg_cur_uint(&c, MESSAGES_MOST);
	if (c.why || run != load.run || number >= load.count) {
		fprintf(stderr, "load: a message came that nobody sent in this run\n");
		return;
	}
	load.signatures += zg_slice_find_slice(head, ZG_S("DKIM-Signature:")) < at;
	if (load.seen[number])
		load.twice++;
	else
		load.arrived++;
	load.seen[number] = 1;
}

/* Octets of in that are text; *ret_is_end: its end is among them. */
static size_t text_size(struct sink *s, struct zg_slice in, bool *ret_is_end)
{
	char joint[2 * TAIL];
	size_t k = in.n < TAIL ? in.n : TAIL, at, n;

	memcpy(joint, s->tail, s->tail_n);
	memcpy(joint + s->tail_n, in.p, k);
	at = zg_slice_find_slice(zg_slice_of(joint, s->tail_n + k), TEXT_END);
	if (at < s->tail_n + k) {
		*ret_is_end = true;
		return at + TEXT_END.n - s->tail_n;
	}
	at = zg_slice_find_slice(in, TEXT_END);
	*ret_is_end = at < in.n;
	if (*ret_is_end)
		return at + TEXT_END.n;
	n = s->tail_n + k;
	if (in.n >= TAIL) {
		memcpy(s->tail, in.p + in.n - TAIL, TAIL);
		s->tail_n = TAIL;
	} else {
		s->tail_n = n < TAIL ? n : TAIL;
		memmove(s->tail, joint + n - s->tail_n, s->tail_n);
	}
	return in.n;
}

static size_t sink_text(struct sink *s, struct zg_slice in, struct zg_buf *out)
{
	bool is_end;
	size_t n = text_size(s, in, &is_end), keep = HEAD_MAX - s->head_n < n ? HEAD_MAX - s->head_n : n;

	memcpy(s->head + s->head_n, in.p, keep);
	s->head_n += keep;
	if (is_end) {
		sink_count(s);
		s->is_text = false;
		zg_buf_put(out, ZG_S("250 2.0.0 taken\r\n"));
	}
	return n;
}

static void sink_command(struct sink *s, struct zg_buf *out)
{
	struct zg_slice line = zg_slice_of(s->line, s->line_n);

	if (zg_slice_starts_ci(line, ZG_S("EHLO"))) {
		zg_buf_put(out, ZG_S("250-sink.example\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250 8BITMIME\r\n"));
	} else if (zg_slice_starts_ci(line, ZG_S("DATA"))) {
		zg_buf_put(out, ZG_S("354 go\r\n"));
		s->is_text = true;
		s->head_n = 0;
		memcpy(s->tail, "\r\n", 2);	/* a dot may be the first line */
		s->tail_n = 2;
	} else if (zg_slice_starts_ci(line, ZG_S("QUIT"))) {
		zg_buf_put(out, ZG_S("221 2.0.0 bye\r\n"));
	} else {
		zg_buf_put(out, ZG_S("250 2.1.0 yes\r\n"));
	}
}

static size_t sink_line(struct sink *s, struct zg_slice in, struct zg_buf *out)
{
	size_t end = zg_slice_find(in, '\n'), n = end < in.n ? end + 1 : in.n;

	if (s->line_n + n > sizeof(s->line))
		die("the relay sent a command that is too long");
	memcpy(s->line + s->line_n, in.p, n);
	s->line_n += n;
	if (end < in.n) {
		sink_command(s, out);
		s->line_n = 0;
	}
	return n;
}

static void sink_read(struct sink *s)
{
	static char in[262144];
	char mem[8192];
	struct zg_buf out = zg_buf_of(mem, sizeof(mem));
	ssize_t n = read(s->peer.fd, in, sizeof(in));
	struct zg_slice rest;
	int one = 1;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		sink_close(s);
		return;
	}
	(void)setsockopt(s->peer.fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));	/* only slower without */
	for (rest = zg_slice_of(in, (size_t)n); rest.n;) {
		size_t used = s->is_text ? sink_text(s, rest, &out) : sink_line(s, rest, &out);

		rest = zg_slice_sub(rest, used, rest.n);
	}
	say(s->peer.fd, zg_buf_slice(&out));
}

/* --- orders -------------------------------------------------------------------------------------------------- */

/* A message of about size octets, without a line that begins with a dot. */
static void text_make(size_t size)
{
	static const struct zg_slice head = ZG_SI("From: Orders <orders@bench.example>\r\nTo: someone@customer.example\r\n"
		"Subject: your order\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	static const struct zg_slice line = ZG_SI("A line of a message  as it is sent all day, with words and blanks in it.\r\n");
	struct zg_buf b;

	free(load.text);
	load.text = malloc(head.n + size + line.n);
	if (!load.text)
		die("memory");
	b = zg_buf_of(load.text, head.n + size + line.n);
	zg_buf_put(&b, head);
	while (b.n < size)
		zg_buf_put(&b, line);
	load.text_n = b.n;
}

static void sources_make(size_t count, bool is_holding)
{
	load.sources_count = count;
	free(load.sources);
	load.sources = calloc(count, sizeof(*load.sources));
	if (!load.sources)
		die("memory");
	for (size_t i = 0; i < count; i++) {
		load.sources[i].is_holding = is_holding;
		source_begin(&load.sources[i]);
	}
}

static void run_begin(size_t connections, size_t count, size_t size)
{
	text_make(size);
	free(load.seen);
	free(load.sent);
	free(load.delay);
	load.seen = calloc(count, 1);
	load.sent = calloc(count, sizeof(double));
	load.delay = calloc(count, sizeof(double));
	if (!load.seen || !load.sent || !load.delay)
		die("memory");
	load.run++;
	load.count = count;
	load.next = load.accepted = load.arrived = load.twice = load.signatures = 0;
	load.began = now();
	load.cpu = cpu();
	load.live = connections;
	sources_make(connections, false);
}

static int order_of(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void run_report(void)
{
	double seconds = now() - load.began;

	qsort(load.delay, load.count, sizeof(double), order_of);
	printf("accepted %zu arrived %zu twice %zu signed %zu seconds %.3f p50_ms %.2f p99_ms %.2f own_cpu_us %.0f\n", load.accepted,
	       load.arrived, load.twice, load.signatures, seconds, load.delay[load.count / 2] * 1e3,
	       load.delay[load.count * 99 / 100] * 1e3, (cpu() - load.cpu) / (double)load.count * 1e6);
}

static bool is_met(bool is_hold)
{
	if (is_hold)
		return load.live == load.sources_count;
	return load.live == 0 && load.arrived == load.count;
}

static void event(const struct epoll_event *e)
{
	struct peer *p = e->data.ptr;

	if (p->kind == DOOR) {
		sink_accept();
	} else if (p->kind == SINK) {
		sink_read((struct sink *)p);	/* p may be gone */
	} else if (p->kind == SOURCE) {
		if (e->events & EPOLLOUT)
			source_text((struct source *)p);
		if (e->events & ~(unsigned)EPOLLOUT)
			source_read((struct source *)p);
	}
}

static void turn(bool *ret_has_order)
{
	struct epoll_event v[EVENTS];
	int n = epoll_wait(load.epoll, v, EVENTS, -1);

	if (n < 0 && errno != EINTR)
		die("epoll_wait");
	for (int i = 0; i < n; i++) {
		struct peer *p = v[i].data.ptr;

		if (p->kind == ORDERS)
			*ret_has_order = true;
		else
			event(&v[i]);
	}
}

static void serve(bool is_hold)
{
	bool has_order = false;

	watch(&load.orders, EPOLL_CTL_DEL, 0);	/* one order at a time */
	while (!is_met(is_hold))
		turn(&has_order);
	watch(&load.orders, EPOLL_CTL_ADD, EPOLLIN);
}

static void drop(void)
{
	for (size_t i = 0; i < load.sources_count; i++)
		(void)close(load.sources[i].peer.fd);	/* nothing is on its way */
	load.sources_count = 0;
	printf("dropped\n");
}

static void obey(struct zg_slice order)
{
	struct zg_cur c = zg_cur_of(order);
	bool is_hold = zg_cur_lit(&c, ZG_S("hold ")), is_run = !is_hold && zg_cur_lit(&c, ZG_S("run "));
	uint64_t v[3] = { 0 };

	if (!is_hold && !is_run) {
		drop();
		return;
	}
	load.port = (unsigned)zg_cur_uint(&c, 65535);
	for (size_t i = 0; i < (is_run ? 3 : 1); i++) {
		(void)zg_cur_lit(&c, ZG_S(" "));
		v[i] = zg_cur_uint(&c, i == 0 ? CONNECTIONS_MOST : i == 1 ? MESSAGES_MOST : SIZE_MOST);
	}
	if (c.why || !v[0] || (is_run && !v[1])) {
		fprintf(stderr, "load: an order that is none: " ZG_FMT "\n", ZG_ARG(order));
		exit(2);
	}
	(void)alarm(PATIENCE);		/* an order that takes too long ends the process */
	if (is_run) {
		run_begin(v[0], v[1], v[2]);
		serve(false);
		run_report();
	} else {
		load.live = 0;
		sources_make(v[0], true);
		serve(true);
		printf("held %zu\n", load.live);
	}
	(void)alarm(0);
}

static void door_open(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t n = sizeof(a);

	load.door = (struct peer){ socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), DOOR };
	if (load.door.fd < 0 || bind(load.door.fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(load.door.fd, 512) < 0 ||
	    getsockname(load.door.fd, (struct sockaddr *)&a, &n) < 0)
		die("the sink's socket");
	watch(&load.door, EPOLL_CTL_ADD, EPOLLIN);
	printf("sink %u\n", (unsigned)ntohs(a.sin_port));
}

int main(void)
{
	struct rlimit l;
	char line[256];
	bool has_order = false;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);	/* fewer connections then */
	}
	(void)setvbuf(stdin, NULL, _IONBF, 0);		/* what waits must show in epoll */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.orders = (struct peer){ STDIN_FILENO, ORDERS };
	if (load.epoll < 0)
		die("epoll");
	watch(&load.orders, EPOLL_CTL_ADD, EPOLLIN);
	door_open();
	for (;; has_order = false) {
		while (!has_order)
			turn(&has_order);
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		obey(zg_slice_trim(zg_slice_cstr(line)));
	}
}
