/* test_httpd.c - the server of HTTP over real sockets: what is refused, what is kept apart, who waits, what is left in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "httpd_world.h"
#include "io/clock.h"
#include "io/tls.h"

static const struct world_start plain = { false, 0, 0 };

static int begin(void **state)
{
	(void)state;
	world_begin(&plain);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)world_end();
	return 0;
}

/* --- the corpus of smuggling ---------------------------------------------------------------------------------- */

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEAD(fields) "POST /p HTTP/1.1\r\nHost: h\r\n" fields "\r\n"
#define TE "Transfer-Encoding: chunked\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

struct row {
	const char *proves;
	struct zg_slice says;
	unsigned status;		/* of the last reply */
	int seen;			/* requests that came through */
	bool is_closed;
};

static const struct row rows[] = {
	{ "a plain request", ZG_SI(GET), 200, 1, false },
	{ "two at once", ZG_SI(GET GET), 200, 2, false },
	{ "an empty line before it is passed over", ZG_SI("\r\n" GET), 200, 1, false },
	{ "two empty lines are not", ZG_SI("\r\n\r\n" GET), 400, 0, true },
	{ "length and coding", ZG_SI(HEAD("Content-Length: 5\r\n" TE) "0\r\n\r\n" SMUGGLED), 400, 0, true },
	{ "coding and length", ZG_SI(HEAD(TE "Content-Length: 5\r\n") "0\r\n\r\n" SMUGGLED), 400, 0, true },
	{ "length 0 and coding", ZG_SI(HEAD("Content-Length: 0\r\n" TE) "0\r\n\r\n"), 400, 0, true },
	{ "two lengths that differ", ZG_SI(HEAD("Content-Length: 5\r\nContent-Length: 6\r\n") "hello"), 400, 0, true },
	{ "two lengths that agree", ZG_SI(HEAD("Content-Length: 5\r\nContent-Length: 5\r\n") "hello"), 400, 0, true },
	{ "a list of lengths", ZG_SI(HEAD("Content-Length: 5, 5\r\n") "hello"), 400, 0, true },
	{ "a length with a sign", ZG_SI(HEAD("Content-Length: +5\r\n") "hello"), 400, 0, true },
	{ "a negative length", ZG_SI(HEAD("Content-Length: -1\r\n") SMUGGLED), 400, 0, true },
	{ "a hexadecimal length", ZG_SI(HEAD("Content-Length: 0x5\r\n") "hello"), 400, 0, true },
	{ "a length of letters", ZG_SI(HEAD("Content-Length: five\r\n") "hello"), 400, 0, true },
	{ "an empty length", ZG_SI(HEAD("Content-Length:\r\n") SMUGGLED), 400, 0, true },
	{ "a length with a blank inside", ZG_SI(HEAD("Content-Length: 1 0\r\n") "hello"), 400, 0, true },
	{ "a length with a point", ZG_SI(HEAD("Content-Length: 5.0\r\n") "hello"), 400, 0, true },
	{ "a length in quotes", ZG_SI(HEAD("Content-Length: \"5\"\r\n") "hello"), 400, 0, true },
	{ "a length of 2^64 + 5", ZG_SI(HEAD("Content-Length: 18446744073709551621\r\n") "hello" SMUGGLED), 413, 0, true },
	{ "a length over the limit", ZG_SI(HEAD("Content-Length: 1001\r\n")), 413, 0, true },
	{ "a length with zeros in front is a number", ZG_SI(HEAD("Content-Length: 0005\r\n") "hello"), 200, 1, false },
	{ "a body, then a request", ZG_SI(HEAD("Content-Length: 5\r\n") "hello" GET), 200, 2, false },
	{ "a body of another request's look stays a body", ZG_SI(HEAD("Content-Length: 35\r\n") SMUGGLED), 200, 1, false },
	{ "a body where none may be", ZG_SI("POST /no-body HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"), 413, 0, true },
	{ "a GET with a body keeps its borders", ZG_SI("GET /g HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" GET), 200, 2, false },
	{ "a coding that is none of ours", ZG_SI(HEAD("Transfer-Encoding: gzip\r\n") "hello"), 400, 0, true },
	{ "a list of codings", ZG_SI(HEAD("Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "chunked twice", ZG_SI(HEAD("Transfer-Encoding: chunked, chunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "two codings", ZG_SI(HEAD(TE "Transfer-Encoding: identity\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "the same coding twice", ZG_SI(HEAD(TE TE) "0\r\n\r\n"), 400, 0, true },
	{ "identity", ZG_SI(HEAD("Transfer-Encoding: identity\r\n")), 400, 0, true },
	{ "xchunked", ZG_SI(HEAD("Transfer-Encoding: xchunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "chunked in quotes", ZG_SI(HEAD("Transfer-Encoding: \"chunked\"\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "chunked with a vertical tab", ZG_SI(HEAD("Transfer-Encoding: \vchunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "an empty coding", ZG_SI(HEAD("Transfer-Encoding:\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "a coding behind a comma", ZG_SI(HEAD("Transfer-Encoding: , chunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "a coding in capitals is the same", ZG_SI(HEAD("transfer-encoding: CHUNKED\r\n") "0\r\n\r\n"), 200, 1, false },
	{ "a coding in HTTP/1.0", ZG_SI("POST /p HTTP/1.0\r\nHost: h\r\n" TE "\r\n0\r\n\r\n" SMUGGLED), 400, 0, true },
	{ "a blank before the colon of a length", ZG_SI(HEAD("Content-Length : 5\r\n") "hello"), 400, 0, true },
	{ "a blank before the colon of a coding", ZG_SI(HEAD("Transfer-Encoding : chunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "a tab before the colon", ZG_SI(HEAD("Content-Length\t: 5\r\n") "hello"), 400, 0, true },
	{ "a folded value", ZG_SI(HEAD("X: a\r\n b\r\n")), 400, 0, true },
	{ "a folded coding", ZG_SI(HEAD("Transfer-Encoding:\r\n chunked\r\n") "0\r\n\r\n"), 400, 0, true },
	{ "a fold by a tab", ZG_SI(HEAD("X: a\r\n\tb\r\n")), 400, 0, true },
	{ "the first field folded", ZG_SI("GET /a HTTP/1.1\r\n Host: h\r\n\r\n"), 400, 0, true },
	{ "a field without a colon", ZG_SI(HEAD("Content-Length 5\r\n") "hello"), 400, 0, true },
	{ "a field without a name", ZG_SI(HEAD(": x\r\n")), 400, 0, true },
	{ "a name that is no token", ZG_SI(HEAD("Content(Length): 5\r\n")), 400, 0, true },
	{ "a name with 8 bits", ZG_SI(HEAD("Content-Length\xc2\xa0: 5\r\n") "hello"), 400, 0, true },
	{ "a bare LF behind the request line", ZG_SI("GET /a HTTP/1.1\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a bare LF behind a field", ZG_SI("GET /a HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"), 400, 0, true },
	{ "bare LFs as the end of a head", ZG_SI("GET /a HTTP/1.1\r\nHost: h\n\nGET /smuggled HTTP/1.1\nHost: h\n\n"), 400, 0, true },
	{ "a bare CR in a value", ZG_SI(HEAD("X: a\rContent-Length: 5\r\n") "hello"), 400, 0, true },
	{ "two CR before an LF", ZG_SI("GET /a HTTP/1.1\r\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "NUL in a value", ZG_SI("GET /a HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"), 400, 0, true },
	{ "NUL in a name", ZG_SI("GET /a HTTP/1.1\r\nHost: h\r\nX\0: ab\r\n\r\n"), 400, 0, true },
	{ "NUL in the target", ZG_SI("GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a control octet in a value", ZG_SI(HEAD("X: a\x1b[2J\r\n")), 400, 0, true },
	{ "DEL in a value", ZG_SI(HEAD("X: a\x7f\r\n")), 400, 0, true },
	{ "no Host", ZG_SI("GET /a HTTP/1.1\r\n\r\n"), 400, 0, true },
	{ "no Host in HTTP/1.0 either", ZG_SI("GET /a HTTP/1.0\r\n\r\n"), 400, 0, true },
	{ "two Hosts", ZG_SI("GET /a HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "an empty Host", ZG_SI("GET /a HTTP/1.1\r\nHost:\r\n\r\n"), 400, 0, true },
	{ "a Host with a path", ZG_SI("GET /a HTTP/1.1\r\nHost: h/x\r\n\r\n"), 400, 0, true },
	{ "a Host with a user", ZG_SI("GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n"), 400, 0, true },
	{ "two names in a Host", ZG_SI("GET /a HTTP/1.1\r\nHost: h, i\r\n\r\n"), 400, 0, true },
	{ "a port that is none", ZG_SI("GET /a HTTP/1.1\r\nHost: h:80a\r\n\r\n"), 400, 0, true },
	{ "a port over 65535", ZG_SI("GET /a HTTP/1.1\r\nHost: h:65536\r\n\r\n"), 400, 0, true },
	{ "a Host of IPv6 with a port", ZG_SI("GET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"), 200, 1, false },
	{ "an absolute target", ZG_SI("GET http://other/a HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a target of an authority", ZG_SI("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "an asterisk for a target", ZG_SI("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a target with a fragment", ZG_SI("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a target with a blank", ZG_SI("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a target with 8 bits", ZG_SI("GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "two blanks in the request line", ZG_SI("GET  /a HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a tab in the request line", ZG_SI("GET\t/a HTTP/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a blank behind the request line", ZG_SI("GET /a HTTP/1.1 \r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "HTTP/0.9", ZG_SI("GET /a\r\n\r\n"), 400, 0, true },
	{ "HTTP/2.0", ZG_SI("GET /a HTTP/2.0\r\nHost: h\r\n\r\n"), 505, 0, true },
	{ "the preface of HTTP/2", ZG_SI("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400, 0, true },
	{ "HTTP/1.10", ZG_SI("GET /a HTTP/1.10\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "http/1.1", ZG_SI("GET /a http/1.1\r\nHost: h\r\n\r\n"), 400, 0, true },
	{ "a method unknown here", ZG_SI("TRACE /a HTTP/1.1\r\nHost: h\r\n\r\n"), 501, 0, true },
	{ "a method in small letters", ZG_SI("get /a HTTP/1.1\r\nHost: h\r\n\r\n"), 501, 0, true },
	{ "octets of TLS", ZG_SI("\x16\x03\x01\x02\x01\x01"), 400, 0, true },
	{ "another expectation", ZG_SI(HEAD("Expect: 200-maybe\r\n")), 417, 0, true },
	{ "a good one, then a bad one", ZG_SI(GET "GET /a HTTP/1.1\r\nHost : h\r\n\r\n"), 400, 1, true },
	{ "a bad one ends all", ZG_SI("GET /a HTTP/1.1\r\n\r\n" GET), 400, 0, true },
	{ "nothing is heard behind close", ZG_SI("GET /a HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n" GET), 200, 1, true },
	{ "nor behind a reply that is the last", ZG_SI("GET /last HTTP/1.1\r\nHost: h\r\n\r\n" GET), 200, 1, true },
	{ "HTTP/1.0 is one request", ZG_SI("GET /a HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" GET), 200, 1, true },
	/* chunks */
	{ "chunks, then a request", ZG_SI(HEAD(TE) "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n" GET), 200, 2, false },
	{ "an extension", ZG_SI(HEAD(TE) "5;a=b\r\nhello\r\n0;x\r\n\r\n" GET), 200, 2, false },
	{ "trailer fields are dropped", ZG_SI(HEAD(TE) "0\r\nContent-Length: 9\r\nHost: evil\r\n\r\n" GET), 200, 2, false },
	{ "sizes in both cases", ZG_SI(HEAD(TE) "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), 200, 1, false },
	{ "no CRLF behind the data", ZG_SI(HEAD(TE) "5\r\nhello0\r\n\r\n"), 400, 0, true },
	{ "a bare LF behind a size", ZG_SI(HEAD(TE) "5\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a bare LF behind the data", ZG_SI(HEAD(TE) "5\r\nhello\n0\r\n\r\n"), 400, 0, true },
	{ "a bare LF in an extension", ZG_SI(HEAD(TE) "5;a\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a bare LF at the end", ZG_SI(HEAD(TE) "0\r\n\n" SMUGGLED), 400, 0, true },
	{ "a size with a sign", ZG_SI(HEAD(TE) "+5\r\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a size with 0x", ZG_SI(HEAD(TE) "0x5\r\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a size with a blank", ZG_SI(HEAD(TE) "5 \r\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "an empty size", ZG_SI(HEAD(TE) "\r\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a size that wraps round", ZG_SI(HEAD(TE) "10000000000000005\r\nhello\r\n0\r\n\r\n"), 400, 0, true },
	{ "a folded trailer", ZG_SI(HEAD(TE) "0\r\nA: b\r\n c\r\n\r\n"), 400, 0, true },
	{ "a trailer that is none", ZG_SI(HEAD(TE) "0\r\nGET /smuggled HTTP/1.1\r\n\r\n"), 400, 0, true },
	{ "a chunk where no body may be", ZG_SI("POST /no-body HTTP/1.1\r\nHost: h\r\n" TE "\r\n1\r\nx\r\n0\r\n\r\n"), 413, 0, true },
	{ "no chunk where no body may be", ZG_SI("POST /no-body HTTP/1.1\r\nHost: h\r\n" TE "\r\n0\r\n\r\n"), 200, 1, false },
};

/* Replies until as many came as the row has; then whether the server ends it, or takes one more request. */
static void run_row(const struct row *r, unsigned cut)
{
	int fd = client_open(), want = r->seen + (r->status != 200), before = atomic_load(&world_seen.requests), after;
	char mem[8192];
	struct zg_slice head, body;
	unsigned status = 0;
	bool is_end = false;

	assert_true(fd >= 0);
	client_say_cut(fd, r->says, cut);
	for (int i = 0; i < want; i++)
		status = client_reply(fd, mem, sizeof(mem), &head, &body, false);
	after = atomic_load(&world_seen.requests);
	if (status != r->status || after - before != r->seen)
		fail_msg("%s (cut %u): %u, %d seen", r->proves, cut, status, after - before);
	if (r->is_closed) {
		if (zg_slice_find_slice(head, ZG_S("Connection: close\r\n")) == head.n)
			fail_msg("%s (cut %u): the close is not told", r->proves, cut);
		if (client_hear(fd, mem, sizeof(mem), 5000, &is_end) != 0 || !is_end)
			fail_msg("%s (cut %u): it is not closed", r->proves, cut);
	} else {
		if (zg_slice_find_slice(head, ZG_S("Connection:")) < head.n)
			fail_msg("%s (cut %u): a close is told", r->proves, cut);
		client_say(fd, ZG_S(GET));
		if (client_reply(fd, mem, sizeof(mem), &head, &body, false) != 200)
			fail_msg("%s (cut %u): it was closed", r->proves, cut);
	}
	close(fd);
}

static void nothing_is_smuggled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned cut = 0; cut < 4; cut++)
			run_row(&rows[i], cut);
}

/* --- limits --------------------------------------------------------------------------------------------------- */

static char long_text[40000];

static struct zg_slice repeated(const char *before, char c, size_t n, const char *after)
{
	struct zg_buf b = zg_buf_of(long_text, sizeof(long_text));

	zg_buf_put(&b, zg_slice_cstr(before));
	for (size_t i = 0; i < n; i++)
		zg_buf_putc(&b, c);
	zg_buf_put(&b, zg_slice_cstr(after));
	return zg_buf_slice(&b);
}

static unsigned status_of(struct zg_slice says, int *ret_fd)
{
	int fd = client_open();
	char mem[8192];
	struct zg_slice head, body;
	unsigned status;

	client_say(fd, says);
	status = client_reply(fd, mem, sizeof(mem), &head, &body, false);
	if (ret_fd)
		*ret_fd = fd;
	else
		close(fd);
	return status;
}

static void what_is_too_long_is_refused(void **state)
{
	static const char begin_text[] = "GET /a HTTP/1.1\r\nHost: h\r\nX: ";
	size_t room = HTTPD_HEAD_MOST - (sizeof(begin_text) - 1) - 4;
	struct zg_buf b = zg_buf_of(long_text, sizeof(long_text));

	(void)state;
	assert_int_equal(status_of(repeated(begin_text, 'x', room, "\r\n\r\n"), NULL), 200);
	assert_int_equal(status_of(repeated(begin_text, 'x', room + 1, "\r\n\r\n"), NULL), 431);
	assert_int_equal(status_of(repeated(begin_text, 'x', 30000, ""), NULL), 431);
	assert_int_equal(status_of(repeated("GET /", 'x', 30000, ""), NULL), 431);
	for (size_t most = HTTPD_FIELDS_MOST - 1; most <= HTTPD_FIELDS_MOST; most++) {
		b.n = 0;
		zg_buf_put(&b, ZG_S("GET /a HTTP/1.1\r\nHost: h\r\n"));
		for (size_t i = 0; i < most; i++)
			zg_buf_put(&b, ZG_S("A: b\r\n"));
		zg_buf_put(&b, ZG_S("\r\n"));
		assert_int_equal(status_of(zg_buf_slice(&b), NULL), most == HTTPD_FIELDS_MOST ? 431 : 200);
	}
	assert_int_equal(status_of(repeated("GET /?", '&', 15000, " HTTP/1.1\r\nHost: h\r\n\r\n"), NULL), 200);
	b.n = 0;
	zg_buf_put(&b, ZG_S("GET /?"));
	for (size_t i = 0; i <= HTTPD_ARGS_MOST; i++)
		zg_buf_put(&b, ZG_S("a&"));
	zg_buf_put(&b, ZG_S(" HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(status_of(zg_buf_slice(&b), NULL), 400);
	/* chunks: the data over the limit, extensions without end */
	assert_int_equal(status_of(repeated(HEAD(TE) "ffffffff\r\n", 'x', 1001, ""), NULL), 413);
	assert_int_equal(status_of(repeated(HEAD(TE) "5\r\nhello\r\n3e4\r\n", 'x', 996, ""), NULL), 413);
	assert_int_equal(status_of(repeated(HEAD(TE) "5;", 'x', 5000, ""), NULL), 400);
	assert_int_equal(status_of(repeated(HEAD(TE) "0\r\n", 'x', 5000, ""), NULL), 400);
	assert_int_equal(status_of(repeated(HEAD("Content-Length: 1000\r\n"), 'x', 1000, ""), NULL), 200);
}

/* A body that is refused is still being sent: the reply is not lost to a reset. */
static void the_refusal_is_heard_while_the_body_comes(void **state)
{
	char mem[8192];
	struct zg_slice head, body;
	int fd = client_open();

	(void)state;
	client_say(fd, ZG_S(HEAD("Content-Length: 500000\r\n")));
	for (int i = 0; i < 50; i++, (void)usleep(2000))
		assert_int_equal(send(fd, repeated("", 'x', 10000, "").p, 10000, MSG_NOSIGNAL), 10000);
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 413);
	assert_true(zg_slice_starts(body, ZG_S("<!DOCTYPE html>")));
	assert_true(zg_slice_find_slice(head, ZG_S("Content-Type: text/html; charset=utf-8\r\n")) < head.n);
	close(fd);
}

static void who_drips_is_shown_out(void **state)
{
	static const struct { const char *proves, *says; unsigned status; int least, most; } drips[] = {
		{ "nothing at all: closed at the head's time", "", 0, 80, 600 },
		{ "half a head", "GET /a HTTP/1.1\r\nHost", 408, 80, 600 },
		{ "half a body", HEAD("Content-Length: 9\r\n") "abc", 408, 550, 1600 },
		{ "half a chunk", HEAD(TE) "9\r\nabc", 408, 550, 1600 },
		{ "idle behind a request", GET, 200, 550, 1600 },
	};

	(void)state;
	atomic_store(&world_haste, 100);
	for (size_t i = 0; i < sizeof(drips) / sizeof(drips[0]); i++) {
		uint64_t from = clock_steady_ms();
		int fd = client_open(), took;
		char mem[8192];
		struct zg_slice head, body;
		unsigned status = 0;
		bool is_end;

		for (const char *p = drips[i].says; *p; p++)
			client_say(fd, zg_slice_of(p, 1));
		if (drips[i].status)
			status = client_reply(fd, mem, sizeof(mem), &head, &body, false);
		if (status != drips[i].status)
			fail_msg("%s: %u", drips[i].proves, status);
		assert_int_equal(client_hear(fd, mem, sizeof(mem), 5000, &is_end), 0);
		took = (int)(clock_steady_ms() - from);
		if (!is_end || took < drips[i].least || took > drips[i].most)
			fail_msg("%s: %d ms", drips[i].proves, took);
		close(fd);
	}
}

/* --- manners -------------------------------------------------------------------------------------------------- */

static struct zg_slice ask_whole(struct zg_slice says, struct zg_slice *ret_head, char *mem, size_t n)
{
	struct zg_slice body;
	int fd = client_open();

	client_say(fd, says);
	if (client_reply(fd, mem, n, ret_head, &body, false) == 0)
		body = ZG_S("no reply");
	close(fd);
	return body;
}

static void what_was_asked_comes_through(void **state)
{
	static const struct { const char *proves, *says; struct zg_slice want; } asked[] = {
		{ "host in lower case, without its port", "GET /a/%C3%A9/?x=%41&y HTTP/1.1\r\nHost: Mail.Example.BE:8443\r\n\r\n",
			ZG_SI("GET /a/\xc3\xa9/?x=%41&y mail.example.be 127.0.0.1 clear ") },
		{ "a body in chunks is one body", HEAD(TE) "5\r\nhello\r\n1;x\r\n \r\n3\r\nyou\r\n0\r\n\r\n",
			ZG_SI("POST /p? h 127.0.0.1 clear hello you") },
		{ "a proxy that is trusted tells", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n",
			ZG_SI("GET /? h 192.0.2.7 secure ") },
		{ "only the last untrusted one counts", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.0.0.1, 192.0.2.7, 203.0.113.9\r\n\r\n",
			ZG_SI("GET /? h 192.0.2.7 clear ") },
		{ "over two fields", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n",
			ZG_SI("GET /? h 192.0.2.1 clear ") },
		{ "all are trusted: the first", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.8, 203.0.113.9\r\n\r\n",
			ZG_SI("GET /? h 203.0.113.8 clear ") },
		{ "what is no address ends it", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7, unknown\r\n\r\n",
			ZG_SI("GET /? h 127.0.0.1 clear ") },
		{ "IPv6 with a port", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: [2001:db8::7]:4711\r\n\r\n",
			ZG_SI("GET /? h 2001:db8::7 clear ") },
		{ "IPv4 with a port", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7:4711\r\n\r\n", ZG_SI("GET /? h 192.0.2.7 clear ") },
		{ "IPv4 in the dress of IPv6", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: ::ffff:192.0.2.7\r\n\r\n",
			ZG_SI("GET /? h 192.0.2.7 clear ") },
		{ "a cookie", "GET /cookie HTTP/1.1\r\nHost: h\r\nCookie: aa=1; a=2; a=3\r\n\r\n", ZG_SI("2") },
		{ "a cookie of the second field", "GET /cookie HTTP/1.1\r\nHost: h\r\nCookie: b=1\r\nCookie: a=x=y\r\n\r\n", ZG_SI("x=y") },
		{ "a cookie in other letters is another", "GET /cookie HTTP/1.1\r\nHost: h\r\nCookie: A=1;a\r\n\r\n", ZG_SI("") },
		{ "an argument", "GET /arg?b=1&a=x%2By+z&a=2 HTTP/1.1\r\nHost: h\r\n\r\n", ZG_SI("x+y z") },
		{ "no argument", "GET /arg HTTP/1.1\r\nHost: h\r\n\r\n", ZG_SI("") },
		{ "a reply that comes later", "GET /later HTTP/1.1\r\nHost: h\r\n\r\n", ZG_SI("later") },
	};
	char mem[8192];
	struct zg_slice head;

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct zg_slice body = ask_whole(zg_slice_cstr(asked[i].says), &head, mem, sizeof(mem));

		if (!zg_slice_eq(body, asked[i].want))
			fail_msg("%s: " ZG_FMT, asked[i].proves, ZG_ARG(body));
	}
}

static void forms_are_read(void **state)
{
	static const struct { const char *proves, *type, *body, *want; } forms[] = {
		{ "pairs", "application/x-www-form-urlencoded", "a=1&b=%C3%A9+x&c=%2B", "a=1;b=\xc3\xa9 x;c=+;" },
		{ "a charset behind it", "Application/X-WWW-Form-urlencoded ; charset=utf-8", "a=1", "a=1;" },
		{ "empty ones", "application/x-www-form-urlencoded", "&&a=&b&", "a=;b=;" },
		{ "no more than four", "application/x-www-form-urlencoded", "a&b&c&d&e", "no form" },
		{ "four", "application/x-www-form-urlencoded", "a&b&c&d", "a=;b=;c=;d=;" },
		{ "half an escape", "application/x-www-form-urlencoded", "a=%4", "no form" },
		{ "no escape", "application/x-www-form-urlencoded", "a=%zz", "no form" },
		{ "another kind", "multipart/form-data", "a=1", "no form" },
		{ "an equals sign in a value", "application/x-www-form-urlencoded", "a=b=c", "a=b=c;" },
		{ "decoded once", "application/x-www-form-urlencoded", "a=%2541", "a=%41;" },
		{ "line ends of a text box", "application/x-www-form-urlencoded", "a=x%0D%0Ay", "a=x\r\ny;" },
		{ "an empty body", "application/x-www-form-urlencoded", "", "" },
	};
	char says[1024], mem[8192];
	struct zg_slice head;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct zg_slice body;

		(void)snprintf(says, sizeof(says), "POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
			forms[i].type, strlen(forms[i].body), forms[i].body);
		body = ask_whole(zg_slice_cstr(says), &head, mem, sizeof(mem));
		if (!zg_slice_eq(body, zg_slice_cstr(forms[i].want)))
			fail_msg("%s: " ZG_FMT, forms[i].proves, ZG_ARG(body));
	}
}

static void head_continue_and_pipelines(void **state)
{
	char mem[8192];
	struct zg_slice head, body;
	int fd = client_open();
	bool is_end;

	(void)state;
	client_say(fd, ZG_S("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" "GET /later HTTP/1.1\r\nHost: h\r\n\r\n" "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, true), 200);
	assert_true(zg_slice_find_slice(head, ZG_S("Content-Length: 27\r\n")) < head.n);
	assert_true(zg_slice_find_slice(head, ZG_S("\r\nDate: ")) < head.n);
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	assert_true(zg_slice_eq(body, ZG_S("later")));	/* replies stand in the order of the requests */
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	assert_true(zg_slice_starts(body, ZG_S("GET /b?")));
	client_say(fd, ZG_S(HEAD("Content-Length: 3\r\nExpect: 100-Continue\r\n")));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 100);
	client_say(fd, ZG_S("abc"));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	assert_true(zg_slice_ends_ci(body, ZG_S(" abc")));
	client_say(fd, ZG_S(HEAD("Content-Length: 3000\r\nExpect: 100-continue\r\n")));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 413);	/* and never 100 */
	assert_int_equal(client_hear(fd, mem, sizeof(mem), 5000, &is_end), 0);
	assert_true(is_end);
	close(fd);
	fd = client_open();
	client_say(fd, ZG_S("GET /bad-field HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 500);
	assert_int_equal(zg_slice_find_slice(head, ZG_S("Set-Cookie")), head.n);
	close(fd);
}

static void a_big_reply_reaches_a_slow_client(void **state)
{
	static char mem[3100000];
	struct zg_slice head, body;
	int fd = client_open();

	(void)state;
	client_say(fd, ZG_S("GET /big HTTP/1.1\r\nHost: h\r\n\r\n" GET));
	(void)usleep(200000);
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	assert_int_equal(body.n, 3000000);
	for (size_t i = 0; i < body.n; i += 1000)
		assert_int_equal(body.p[i], 'x');
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	close(fd);
	fd = client_open();	/* one that never reads */
	atomic_store(&world_haste, 100);
	client_say(fd, ZG_S("GET /big HTTP/1.1\r\nHost: h\r\n\r\n"));
	(void)usleep(900000);
	close(fd);
}

/* --- streams and those who go --------------------------------------------------------------------------------- */

static void a_stream_comes_as_it_is_put(void **state)
{
	char mem[8192];
	struct zg_slice head, body;
	int fd = client_open();
	size_t n;
	bool is_end;

	(void)state;
	client_say(fd, ZG_S("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	assert_true(zg_slice_find_slice(head, ZG_S("text/event-stream")) < head.n);
	assert_true(zg_slice_find_slice(head, ZG_S("Connection: close\r\n")) < head.n);
	assert_int_equal(zg_slice_find_slice(head, ZG_S("Content-Length")), head.n);
	n = client_hear(fd, mem, sizeof(mem), 300, &is_end);
	assert_false(is_end);
	assert_true(zg_slice_find_slice(zg_slice_of(mem, n), ZG_S("data: 1\n\n")) < n);
	assert_int_equal(atomic_load(&world_seen.gone), 0);
	world_streams_end();
	n = client_hear(fd, mem, sizeof(mem), 5000, &is_end);
	assert_true(is_end && n == 5 && memcmp(mem, "0\r\n\r\n", 5) == 0);
	close(fd);
	assert_true(world_wait(&world_seen.gone, 1));
	assert_true(world_wait(&world_seen.live, 0));
}

static void a_stream_goes_on_for_who_reads_slowly(void **state)
{
	static char mem[200000];
	int fd = client_open();
	size_t sum = 0;
	bool is_end = false;

	(void)state;
	client_say(fd, ZG_S("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"));
	for (int i = 0; i < 10 && !is_end; i++) {
		sum += client_hear(fd, mem, sizeof(mem), 60, &is_end);
		(void)usleep(40000);
	}
	assert_false(is_end);
	assert_true(sum > 10 * 16384);	/* it sleeps between two puts, and wakes */
	assert_int_equal(atomic_load(&world_seen.gone), 0);
	close(fd);
	assert_true(world_wait(&world_seen.gone, 1));
}

static void a_stream_nobody_reads_is_ended(void **state)
{
	int fd = client_open(), small = 4096;

	(void)state;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	client_say(fd, ZG_S("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_true(world_wait(&world_seen.streams, 1));
	for (int i = 0; i < 100 && atomic_load(&world_seen.gone) == 0; i++)	/* 1.6 MB/s, and the kernel takes some MB */
		(void)usleep(500000);
	assert_int_equal(atomic_load(&world_seen.gone), 1);
	close(fd);
}

static void who_goes_is_told_of_once(void **state)
{
	static const char *const asks[] = { "GET /never HTTP/1.1\r\nHost: h\r\n\r\n", "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int fd = client_open();

		client_say(fd, zg_slice_cstr(asks[i]));
		assert_true(world_wait(&world_seen.requests, (int)i + 1));
		(void)usleep(20000);
		assert_int_equal(atomic_load(&world_seen.gone), (int)i);
		close(fd);
		assert_true(world_wait(&world_seen.gone, (int)i + 1));
	}
	assert_int_equal(atomic_load(&world_seen.live), 0);
	{	/* half a body: nobody was asked, nobody is told */
		int fd = client_open();

		client_say(fd, ZG_S(HEAD("Content-Length: 9\r\n") "abc"));
		close(fd);
		fd = client_open();
		client_say(fd, ZG_S("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
		assert_true(world_wait(&world_seen.requests, 3));
		close(fd);
		assert_true(world_wait(&world_seen.live, 0));	/* a request that is held is answered, for nobody */
	}
	assert_int_equal(atomic_load(&world_seen.gone), 2);
}

static void it_drains(void **state)
{
	int later, idle, stream, begun;
	char mem[8192];
	struct zg_slice head, body;
	bool is_end;

	(void)state;
	world_begin(&plain);
	assert_int_equal(status_of(ZG_S(GET), &idle), 200);
	later = client_open();
	stream = client_open();
	begun = client_open();
	client_say(later, ZG_S("GET /later HTTP/1.1\r\nHost: h\r\n\r\n"));
	client_say(stream, ZG_S("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"));
	client_say(begun, ZG_S("GET /a HTTP/1.1\r\nHo"));
	assert_true(world_wait(&world_seen.streams, 1));
	(void)usleep(5000);
	world_drain();
	assert_int_equal(client_hear(idle, mem, sizeof(mem), 5000, &is_end), 0);
	assert_true(is_end);
	client_say(begun, ZG_S("st: h\r\n\r\n"));
	assert_int_equal(client_reply(later, mem, sizeof(mem), &head, &body, false), 200);
	assert_int_equal(client_reply(begun, mem, sizeof(mem), &head, &body, false), 200);
	assert_true(zg_slice_find_slice(head, ZG_S("Connection: close\r\n")) < head.n);
	(void)client_hear(stream, mem, sizeof(mem), 5000, &is_end);
	assert_true(is_end);
	close(idle);
	close(later);
	close(stream);
	close(begun);
	assert_true(world_end() < 2000);
	assert_int_equal(atomic_load(&world_seen.gone), 1);
	assert_int_equal(atomic_load(&world_seen.live), 0);
}

/* --- many ----------------------------------------------------------------------------------------------------- */

#define MANY 1000

static void a_thousand_at_once(void **state)
{
	static int fds[MANY];
	struct rlimit files;
	char mem[8192];
	struct zg_slice head, body;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	if (files.rlim_cur < 4 * MANY + 100)
		skip();
	for (int i = 0; i < MANY; i++) {
		fds[i] = client_open();
		assert_true(fds[i] >= 0);
		client_say(fds[i], i % 2 ? ZG_S("GET /later HTTP/1.1\r\nHost: h\r\n\r\n") : ZG_S("GET /a HTTP/1.1\r\nHost: h\r\n"));
	}
	for (int i = 0; i < MANY; i += 2)
		client_say(fds[i], ZG_S("\r\n"));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(client_reply(fds[i], mem, sizeof(mem), &head, &body, false), 200);
	assert_int_equal(atomic_load(&world_seen.requests), MANY);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void those_over_the_limits_wait_or_go(void **state)
{
	static const struct world_start two = { false, 2, 0 }, one = { false, 0, 1 };
	int a, b, c;
	char mem[8192];
	bool is_end;

	(void)state;
	world_begin(&two);
	assert_int_equal(status_of(ZG_S(GET), &a), 200);
	assert_int_equal(status_of(ZG_S(GET), &b), 200);
	c = client_open();
	client_say(c, ZG_S(GET));
	assert_int_equal(client_hear(c, mem, sizeof(mem), 200, &is_end), 0);
	assert_false(is_end);
	close(a);
	assert_true(client_hear(c, mem, 20, 5000, &is_end) == 20);
	close(b);
	close(c);
	(void)world_end();
	world_begin(&one);
	assert_int_equal(status_of(ZG_S(GET), &a), 200);
	b = client_open();
	assert_int_equal(client_hear(b, mem, sizeof(mem), 5000, &is_end), 0);
	assert_true(is_end);
	client_say(a, ZG_S(GET));
	assert_true(client_hear(a, mem, 20, 5000, &is_end) == 20);
	close(a);
	close(b);
	(void)world_end();
}

static void without_memory_it_says_so_or_closes(void **state)
{
	static const char *const asks[] = { GET, HEAD("Content-Length: 5\r\n") "hello", "GET /stream HTTP/1.0\r\nHost: h\r\n\r\n",
		"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b" };

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		for (int at = 0; at < 24; at++)
			for (int is_for_ever = 0; is_for_ever < 2; is_for_ever++) {
				int fd, after;
				char mem[8192];
				bool is_end;
				size_t n;

				atomic_store(&world_fail_for_ever, is_for_ever);
				atomic_store(&world_fail_at, at);
				fd = client_open();
				client_say(fd, zg_slice_cstr(asks[i]));
				n = client_hear(fd, mem, 12, 150, &is_end);
				if (n && !zg_slice_starts(zg_slice_of(mem, n), ZG_S("HTTP/1.1 200")) &&
				    !zg_slice_starts(zg_slice_of(mem, n), ZG_S("HTTP/1.1 50")))
					fail_msg("ask %zu, allocation %d: " ZG_FMT, i, at, ZG_ARG(zg_slice_of(mem, n)));
				atomic_store(&world_fail_at, -1);
				close(fd);
				assert_int_equal(status_of(ZG_S(GET), &after), 200);
				close(after);
			}
	assert_true(world_wait(&world_seen.live, 0));
}

/* --- TLS ------------------------------------------------------------------------------------------------------ */

/* Says s under TLS and hears the reply; how many octets. */
static size_t tls_talk(struct zg_slice s, char *p, size_t most, char version[16])
{
	char why[TLS_WHY], wire[20000];
	struct tls_config *config = tls_client_new(ZG_S(""), false, why);
	struct tls *t = tls_new(config, false, ZG_S("localhost"));
	int fd = client_open(), rc = 0;
	bool is_said = false;
	size_t have = 0, n;

	while (rc >= 0 && have < most) {
		ssize_t got;

		if (!is_said && tls_handshake(t) == 1) {
			(void)snprintf(version, 16, "%s", tls_version(t));
			assert_int_equal(tls_write(t, s), 0);
			is_said = true;
		}
		while ((n = tls_drain(t, wire, sizeof(wire))) > 0)
			client_say(fd, zg_slice_of(wire, n));
		got = recv(fd, wire, sizeof(wire), 0);
		if (got <= 0)
			break;
		assert_int_equal(tls_feed(t, zg_slice_of(wire, (size_t)got)), 0);
		while (is_said && (rc = tls_read(t, p + have, most - have)) > 0)
			have += (size_t)rc;
	}
	close(fd);
	tls_free(t);
	tls_config_free(config);
	return have;
}

static void it_speaks_tls(void **state)
{
	static const struct world_start tls = { true, 0, 0 };
	static char mem[3100000];
	char version[16] = "";
	size_t n;
	int fd;
	bool is_end;

	(void)state;
	world_begin(&tls);
	n = tls_talk(ZG_S("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), mem, sizeof(mem), version);
	assert_true(zg_slice_starts(zg_slice_of(mem, n), ZG_S("HTTP/1.1 200 OK\r\n")));
	assert_true(zg_slice_ends_ci(zg_slice_of(mem, n), ZG_S("GET /a? h 127.0.0.1 secure ")));
	assert_string_equal(version, "TLSv1.3");
	n = tls_talk(ZG_S("GET /big HTTP/1.0\r\nHost: h\r\n\r\n"), mem, sizeof(mem), version);
	assert_true(n > 3000000 && mem[n - 1] == 'x');
	n = tls_talk(ZG_S("GET /a HTTP/1.1\nHost: h\r\n\r\n"), mem, sizeof(mem), version);
	assert_true(zg_slice_starts(zg_slice_of(mem, n), ZG_S("HTTP/1.1 400 ")));
	fd = client_open();	/* one that does not speak TLS */
	client_say(fd, ZG_S(GET));
	n = client_hear(fd, mem, sizeof(mem), 5000, &is_end);
	assert_true(is_end && !zg_slice_starts(zg_slice_of(mem, n), ZG_S("HTTP")));
	close(fd);
	atomic_store(&world_haste, 100);
	fd = client_open();	/* one that says nothing */
	assert_int_equal(client_hear(fd, mem, sizeof(mem), 3000, &is_end), 0);
	assert_true(is_end);
	close(fd);
	(void)world_end();
}

/* --- what is left in memory ----------------------------------------------------------------------------------- */

#define SECRET 3000
#define RUN 12
#define MASK 0x5a
#define SEEN_BITS 20

static unsigned char masked[SECRET];	/* the secret is nowhere in clear but in what is sent */
static unsigned char seen_runs[1u << SEEN_BITS];
static char window[1u << 20];

static unsigned run_hash(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v * 2654435761u >> (32 - SEEN_BITS);
}

static void secret_draw(unsigned seed)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	memset(seen_runs, 0, sizeof(seen_runs));
	for (size_t i = 0; i < SECRET; i++) {
		seed = seed * 1103515245u + 12345u;
		masked[i] = (unsigned char)letters[seed / 65536u % (sizeof(letters) - 1)] ^ MASK;
	}
	for (size_t i = 0; i + RUN <= SECRET; i++) {
		char four[4];

		for (size_t j = 0; j < 4; j++)
			four[j] = (char)(masked[i + j] ^ MASK);
		seen_runs[run_hash(four)] = 1;
		explicit_bzero(four, sizeof(four));
	}
}

static bool is_run(const char *p)
{
	for (size_t i = 0; i + RUN <= SECRET; i++) {
		size_t j = 0;

		while (j < RUN && (unsigned char)p[j] == (masked[i + j] ^ MASK))
			j++;
		if (j == RUN)
			return true;
	}
	return false;
}

static size_t scan_range(int mem, uintptr_t from, uintptr_t to)
{
	uintptr_t own = (uintptr_t)window;
	size_t hits = 0;

	while (from < to) {
		size_t want = to - from < sizeof(window) ? to - from : sizeof(window);
		ssize_t n;

		if (from >= own && from < own + sizeof(window)) {	/* not what the scan itself reads */
			from = own + sizeof(window);
			continue;
		}
		if (from < own && own - from < want)
			want = own - from;
		n = pread(mem, window, want, (off_t)from);
		if (n <= RUN)
			break;
		for (size_t i = 0; i + RUN <= (size_t)n; i++)
			hits += seen_runs[run_hash(window + i)] && is_run(window + i);
		from += (size_t)n == want && want == sizeof(window) ? (size_t)n - RUN : (size_t)n;
	}
	explicit_bzero(window, sizeof(window));
	return hits;
}

/* A number of /proc/self/maps, and the octet behind it. */
static uintptr_t hex_take(const char **at)
{
	static const char digits[] = "0123456789abcdef";
	uintptr_t v = 0;
	const char *digit;

	while ((digit = strchr(digits, **at)) != NULL && *digit) {
		v = v << 4 | (uintptr_t)(digit - digits);
		++*at;
	}
	++*at;
	return v;
}

/* How many runs of the secret stand anywhere in this process. */
static size_t secret_count(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	static char line[512];
	size_t hits = 0;

	assert_true(maps && mem >= 0);
	while (fgets(line, sizeof(line), maps)) {
		const char *at = line;
		uintptr_t from = hex_take(&at), to = hex_take(&at);

		if (strncmp(at, "rw", 2) == 0 && to - from < 1ul << 28)	/* larger ones are a sanitizer's own */
			hits += scan_range(mem, from, to);
	}
	(void)fclose(maps);
	close(mem);
	return hits;
}

/* The connection, which is kept; -1 under TLS. */
static int secret_post(bool is_tls, bool is_chunked)
{
	static char says[SECRET + 400], mem[8192];
	struct zg_buf b = zg_buf_of(says, sizeof(says));
	struct zg_slice head, body = ZG_S("");
	char version[16];
	int fd = -1;

	zg_buf_put(&b, ZG_S("POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	zg_buf_put(&b, is_tls ? ZG_S("Connection: close\r\n") : ZG_S(""));
	zg_buf_put(&b, is_chunked ? ZG_S(TE "\r\nbba\r\nk=") : ZG_S("Content-Length: 3002\r\n\r\nk="));
	for (size_t i = 0; i < SECRET; i++)
		zg_buf_putc(&b, (char)(masked[i] ^ MASK));
	if (is_chunked)
		zg_buf_put(&b, ZG_S("\r\n0\r\n\r\n"));
	assert_false(b.is_full);
	if (is_tls) {
		size_t n = tls_talk(zg_buf_slice(&b), mem, sizeof(mem), version);

		body = zg_slice_of(mem, n);
	} else {
		fd = client_open();
		client_say_cut(fd, zg_buf_slice(&b), 7);
		assert_int_equal(client_reply(fd, mem, sizeof(mem), &head, &body, false), 200);
	}
	explicit_bzero(says, sizeof(says));
	if (!zg_slice_ends_ci(body, ZG_S("k=3000;")))
		fail_msg("the form was not read: " ZG_FMT, ZG_ARG(body));
	return fd;
}

static void no_secret_is_left(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct world_start start = { i & 1, 0, 0 };
		static char proof[64];
		int fd;

		world_begin(&start);
		secret_draw((unsigned)i + 77);
		assert_int_equal(secret_count(), 0);
		for (size_t j = 0; j < sizeof(proof); j++)
			proof[j] = (char)(masked[j] ^ MASK);
		assert_true(secret_count() >= sizeof(proof) - RUN);	/* the scan does find what is there */
		explicit_bzero(proof, sizeof(proof));
		fd = secret_post(i & 1, i & 2);
		(void)usleep(1000000);
		assert_int_equal(secret_count(), 0);	/* nor while the connection is open */
		if (fd >= 0)
			close(fd);
		(void)world_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_smuggled, begin, end),
		cmocka_unit_test_setup_teardown(what_is_too_long_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(the_refusal_is_heard_while_the_body_comes, begin, end),
		cmocka_unit_test_setup_teardown(who_drips_is_shown_out, begin, end),
		cmocka_unit_test_setup_teardown(what_was_asked_comes_through, begin, end),
		cmocka_unit_test_setup_teardown(forms_are_read, begin, end),
		cmocka_unit_test_setup_teardown(head_continue_and_pipelines, begin, end),
		cmocka_unit_test_setup_teardown(a_big_reply_reaches_a_slow_client, begin, end),
		cmocka_unit_test_setup_teardown(a_stream_comes_as_it_is_put, begin, end),
		cmocka_unit_test_setup_teardown(a_stream_goes_on_for_who_reads_slowly, begin, end),
		cmocka_unit_test_setup_teardown(a_stream_nobody_reads_is_ended, begin, end),
		cmocka_unit_test_setup_teardown(who_goes_is_told_of_once, begin, end),
		cmocka_unit_test(it_drains),
		cmocka_unit_test_setup_teardown(a_thousand_at_once, begin, end),
		cmocka_unit_test(those_over_the_limits_wait_or_go),
		cmocka_unit_test_setup_teardown(without_memory_it_says_so_or_closes, begin, end),
		cmocka_unit_test(it_speaks_tls),
		cmocka_unit_test(no_secret_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
