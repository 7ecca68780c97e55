/* test_httpd_strict.c - the strict reader of HTTP by itself: paths, pairs, chunks, and heads however they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include "io/httpd_peer.h"
#include "io/httpd_strict.h"

static void paths_are_decoded_once(void **state)
{
	static const struct { const char *proves; struct zg_slice target; const char *want; } rows[] = {
		{ "as it stands", ZG_SI("/a/b"), "/a/b" },
		{ "a query is none of it", ZG_SI("/a?b/../%zz"), "/a" },
		{ "the root", ZG_SI("/"), "/" },
		{ "a slash at the end", ZG_SI("/a/"), "/a/" },
		{ "percent, both cases", ZG_SI("/%c3%A9"), "/\xc3\xa9" },
		{ "decoded once", ZG_SI("/%2541"), "/%41" },
		{ "twice encoded dots are a name", ZG_SI("/%252e%252e/a"), "/%2e%2e/a" },
		{ "a plus is a plus", ZG_SI("/a+b"), "/a+b" },
		{ "three dots are a name", ZG_SI("/.../a"), "/.../a" },
		{ "a dot in front is a name", ZG_SI("/.well-known/x"), "/.well-known/x" },
		{ "NUL", ZG_SI("/a%00b"), NULL },
		{ "CR LF", ZG_SI("/a%0d%0aX:b"), NULL },
		{ "DEL", ZG_SI("/a%7f"), NULL },
		{ "no UTF-8", ZG_SI("/%ff"), NULL },
		{ "UTF-8 too long", ZG_SI("/%c0%ae%c0%ae/a"), NULL },
		{ "a surrogate", ZG_SI("/%ed%a0%80"), NULL },
		{ "half an octet", ZG_SI("/a%4"), NULL },
		{ "a percent sign alone", ZG_SI("/a%"), NULL },
		{ "no digits", ZG_SI("/%g0"), NULL },
		{ "a sign for a digit", ZG_SI("/%+1"), NULL },
		{ "dots", ZG_SI("/a/../b"), NULL },
		{ "dots, encoded", ZG_SI("/a/%2e%2e/b"), NULL },
		{ "dots, half encoded, at the end", ZG_SI("/a/.%2E"), NULL },
		{ "a dot", ZG_SI("/a/./b"), NULL },
		{ "a dot at the end", ZG_SI("/a/."), NULL },
		{ "an empty segment", ZG_SI("/a//b"), NULL },
		{ "two slashes in front", ZG_SI("//example.com/a"), NULL },
		{ "two slashes at the end", ZG_SI("/a//"), NULL },
		{ "a slash, encoded", ZG_SI("/a%2Fb"), NULL },
		{ "dots and a slash, encoded", ZG_SI("/a/..%2f.."), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[64];
		struct zg_buf b = zg_buf_of(mem, rows[i].target.n);
		int rc = http_path(rows[i].target, &b);

		if ((rc == 0) != (rows[i].want != NULL) || (rc == 0 && !zg_slice_eq(zg_buf_slice(&b), zg_slice_cstr(rows[i].want))))
			fail_msg("%s: %d " ZG_FMT, rows[i].proves, rc, ZG_ARG(zg_buf_slice(&b)));
	}
}

static void pairs_are_decoded(void **state)
{
	static const struct { const char *proves, *text, *want; } rows[] = {
		{ "two", "a=1&b=2", "a=1;b=2;" },
		{ "no value", "a&b=", "a=;b=;" },
		{ "no name", "=x", "=x;" },
		{ "none", "", "" },
		{ "empty ones between", "&a=1&&b=2&", "a=1;b=2;" },
		{ "plus and percent in both", "a+b=%3D%26&%41=+", "a b==&;A= ;" },
		{ "equals in a value", "a=b=c", "a=b=c;" },
		{ "a semicolon parts nothing", "a=1;b=2", "a=1;b=2;" },
		{ "half an escape in a name", "a%=1", NULL },
		{ "half an escape in a value", "a=%1", NULL },
		{ "an escape does not reach over the border", "a=%4&1", NULL },
		{ "the fourth is one too many", "a&b&c&d", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mem[64], got[128];
		struct zg_slice text = zg_slice_cstr(rows[i].text);
		struct zg_buf b = zg_buf_of(mem, text.n), g = zg_buf_of(got, sizeof(got));
		struct http_pair v[3];
		size_t count = 0;
		int rc = http_pairs(text, &b, v, 3, &count);

		for (size_t j = 0; j < count; j++) {
			zg_buf_put(&g, v[j].name);
			zg_buf_putc(&g, '=');
			zg_buf_put(&g, v[j].value);
			zg_buf_putc(&g, ';');
		}
		if ((rc == 0) != (rows[i].want != NULL) || (rc == 0 && !zg_slice_eq(zg_buf_slice(&g), zg_slice_cstr(rows[i].want))))
			fail_msg("%s: %d " ZG_FMT, rows[i].proves, rc, ZG_ARG(zg_buf_slice(&g)));
	}
}

/* Reads a body in pieces (0: whole, 1: octet by octet, else drawn); how it ended, what is left, what came in *got. */
static enum http_chunk chunks_run(struct zg_slice all, unsigned cut, struct zg_buf *got, size_t *ret_left)
{
	struct http_chunks k = { CHUNK_SIZE, 0, 0, 0 };
	enum http_chunk rc = CHUNK_MORE;
	unsigned seed = cut;

	while (all.n && rc == CHUNK_MORE) {
		size_t n = cut == 0 ? all.n : cut == 1 ? 1 : 1 + (seed = seed * 1103515245u + 12345u) / 65536u % 5u;
		char *exact;
		struct zg_slice in, piece;

		n = n < all.n ? n : all.n;
		exact = malloc(n);	/* so that a sanitizer sees a read past it */
		assert_non_null(exact);
		memcpy(exact, all.p, n);
		in = zg_slice_of(exact, n);
		while ((rc = http_chunks_next(&k, &in, &piece)) == CHUNK_PIECE)
			zg_buf_put(got, piece);
		all = zg_slice_sub(all, n - in.n, all.n);
		free(exact);
	}
	*ret_left = all.n;
	return rc;
}

static void chunks_are_put_together(void **state)
{
	static const struct { const char *proves, *says; enum http_chunk end; const char *body; size_t left; } rows[] = {
		{ "one", "5\r\nhello\r\n0\r\n\r\n", CHUNK_WHOLE, "hello", 0 },
		{ "what follows is left alone", "1\r\na\r\n0\r\n\r\nGET", CHUNK_WHOLE, "a", 3 },
		{ "none", "0\r\n\r\n", CHUNK_WHOLE, "", 0 },
		{ "zeros in front", "00000001\r\na\r\n00\r\n\r\n", CHUNK_WHOLE, "a", 0 },
		{ "an extension with quotes", "1;a=\"b;c\"\r\na\r\n0\r\n\r\n", CHUNK_WHOLE, "a", 0 },
		{ "trailer fields", "0\r\nA: b\r\nC-d:\r\n\r\n", CHUNK_WHOLE, "", 0 },
		{ "CR LF in the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", CHUNK_WHOLE, "\r\n\r\n", 0 },
		{ "it is not whole", "5\r\nhel", CHUNK_MORE, "hel", 0 },
		{ "the last line is not there", "0\r\n", CHUNK_MORE, "", 0 },
		{ "nine digits", "000000001\r\na", CHUNK_BAD, "", 0 },
		{ "no size", "\r\n", CHUNK_BAD, "", 0 },
		{ "a size of letters", "g\r\n", CHUNK_BAD, "", 0 },
		{ "an extension without a size", ";a\r\n", CHUNK_BAD, "", 0 },
		{ "data too long", "1\r\nab\r\n", CHUNK_BAD, "a", 0 },
		{ "CR without LF", "1\r\na\rb", CHUNK_BAD, "a", 0 },
		{ "LF alone behind the size", "1\na", CHUNK_BAD, "", 0 },
		{ "a control octet in an extension", "1;\x01\r\na", CHUNK_BAD, "", 0 },
		{ "a trailer with a blank before the colon", "0\r\nA : b\r\n\r\n", CHUNK_BAD, "", 0 },
		{ "a trailer without a name", "0\r\n: b\r\n\r\n", CHUNK_BAD, "", 0 },
		{ "a trailer that is folded", "0\r\nA: b\r\n c\r\n\r\n", CHUNK_BAD, "", 0 },
		{ "LF alone at the end", "0\r\n\n", CHUNK_BAD, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned cut = 0; cut < 6; cut++) {
			char mem[64];
			struct zg_buf got = zg_buf_of(mem, sizeof(mem));
			size_t left;
			enum http_chunk end = chunks_run(zg_slice_cstr(rows[i].says), cut, &got, &left);

			if (end != rows[i].end || !zg_slice_eq(zg_buf_slice(&got), zg_slice_cstr(rows[i].body)) ||
			    (end == CHUNK_WHOLE && left != rows[i].left))
				fail_msg("%s (cut %u): %d, %zu left, " ZG_FMT, rows[i].proves, cut, (int)end, left, ZG_ARG(zg_buf_slice(&got)));
		}
}

static void a_head_is_the_same_however_it_comes(void **state)
{
	static const struct { const char *proves; struct zg_slice says; int want; } rows[] = {
		{ "a head", ZG_SI("GET / HTTP/1.1\r\nHost: h\r\n\r\nmore"), 27 },
		{ "behind an empty line", ZG_SI("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 29 },
		{ "not whole", ZG_SI("GET / HTTP/1.1\r\nHost: h\r\n\r"), 0 },
		{ "the first fault in the order of octets", ZG_SI("BREW / HTTP/1.1\r\nHost: h\n\r\n"), -400 },
		{ "a fault of the line waits for the head's end", ZG_SI("BREW / HTTP/1.1\r\nHost: h\r\n"), 0 },
		{ "which comes", ZG_SI("BREW / HTTP/1.1\r\nHost: h\r\n\r\n"), -501 },
		{ "two empty lines", ZG_SI("\r\n\r\n"), -400 },
		{ "an empty line of LF", ZG_SI("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), -400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int is_bytewise = 0; is_bytewise < 2; is_bytewise++) {
			struct http_scan s = { 0, 0, 0, false };
			static struct http_head h;
			int rc = 0;

			for (size_t n = is_bytewise ? 1 : rows[i].says.n; n <= rows[i].says.n && rc == 0; n++)
				rc = http_scan(&s, zg_slice_sub(rows[i].says, 0, n), &h);
			if (rc != rows[i].want)
				fail_msg("%s: %d", rows[i].proves, rc);
			if (rc > 0)
				assert_true(zg_slice_eq(h.host, ZG_S("h")) && zg_slice_eq(h.target, ZG_S("/")) && h.fields_count == 1);
		}
}

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage a = { .ss_family = AF_INET6 };
	struct sockaddr_in *four = (void *)&a;
	struct sockaddr_in6 *six = (void *)&a;

	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1) {
		a.ss_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &four->sin_addr), 1);
	}
	http_peer_plain(&a);
	return a;
}

static void neighbours_are_told_apart(void **state)
{
	static const struct { const char *proves, *a, *b; bool is_same; } rows[] = {
		{ "itself", "192.0.2.1", "192.0.2.1", true },
		{ "the next of IPv4 is another", "192.0.2.1", "192.0.2.2", false },
		{ "one network of IPv6 is one client", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true },
		{ "another network is another", "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "IPv4 in the dress of IPv6", "::ffff:192.0.2.1", "192.0.2.1", true },
		{ "two of them are not of one network", "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "families do not mix", "::1", "127.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage a = address(rows[i].a), b = address(rows[i].b);

		if (http_peer_is_same(&a, &b) != rows[i].is_same || http_peer_is_same(&b, &a) != rows[i].is_same)
			fail_msg("%s", rows[i].proves);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(pairs_are_decoded),
		cmocka_unit_test(chunks_are_put_together),
		cmocka_unit_test(neighbours_are_told_apart),
		cmocka_unit_test(a_head_is_the_same_however_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
