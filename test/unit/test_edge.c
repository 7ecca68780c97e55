/* test_edge.c - who is at the other end, and how many there may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>
#include "edge/guard.h"
#include "edge/peer.h"

static struct sockaddr_storage peer_of(const char *text)
{
	struct sockaddr_storage s = { 0 };

	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&s)->sin_addr) == 1)
		s.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&s)->sin6_addr) == 1)
		s.ss_family = AF_INET6;
	assert_int_not_equal(s.ss_family, 0);
	return s;
}

static void peers_are_told_apart(void **state)
{
	static const struct { const char *peer, *text; bool is_loopback; int trusted; } rows[] = {
		{ "127.0.0.1", "127.0.0.1", true, 2 },
		{ "127.255.0.9", "127.255.0.9", true, -1 },
		{ "192.0.2.15", "192.0.2.15", false, 0 },
		{ "192.0.2.16", "192.0.2.16", false, -1 },
		{ "::ffff:192.0.2.15", "192.0.2.15", false, 0 },
		{ "::1", "IPv6:::1", true, -1 },
		{ "::ffff:127.0.0.1", "127.0.0.1", true, 2 },
		{ "2001:db8:0:1::5", "IPv6:2001:db8:0:1::5", false, 1 },
		{ "2001:db8:0:2::5", "IPv6:2001:db8:0:2::5", false, -1 },
		{ "198.51.100.1", "198.51.100.1", false, -1 },
	};
	struct conf_trusted trusted[] = {
		{ .bits = 28, .company = ZG_S("acme"), .address = { 192, 0, 2, 0 } },
		{ .is_v6 = true, .bits = 64, .company = ZG_S("acme"), .address = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1 } },
		{ .bits = 32, .address = { 127, 0, 0, 1 } },
		{ .bits = 24, .address = { 198, 51, 100, 0 } },	/* no company: only loopback may be that */
	};
	struct conf conf = { .trusted = trusted, .trusted_count = 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage p = peer_of(rows[i].peer);
		const struct conf_trusted *t = peer_trusted(&conf, &p);
		char text[PEER_TEXT];

		peer_text(&p, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(peer_is_loopback(&p), rows[i].is_loopback);
		if (t != (rows[i].trusted < 0 ? NULL : &trusted[rows[i].trusted]))
			fail_msg("%s", rows[i].peer);
	}
}

static void guard_counts(void **state)
{
	struct guard *g = guard_new();
	struct sockaddr_storage a = peer_of("192.0.2.1"), b = peer_of("2001:db8::1"), c = peer_of("2001:db8::2");

	(void)state;
	assert_non_null(g);
	for (unsigned i = 0; i < GUARD_ONE; i++) {
		assert_int_equal(guard_enter(g, &a, false), GUARD_IN);
		assert_int_equal(guard_enter(g, i % 2 ? &b : &c, false), GUARD_IN);
	}
	assert_int_equal(guard_enter(g, &a, false), GUARD_TOO_MANY);
	assert_int_equal(guard_enter(g, &b, false), GUARD_TOO_MANY);	/* one /64 is one address */
	assert_int_equal(guard_enter(g, &a, true), GUARD_IN);
	guard_leave(g, &a, true);
	guard_leave(g, &a, false);
	assert_int_equal(guard_enter(g, &a, false), GUARD_IN);
	assert_false(guard_is_pressed(g));
	guard_free(g);
}

/* Thousands of addresses come and go; at the end all may come again. */
static void guard_forgets(void **state)
{
	struct guard *g = guard_new();
	char text[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < GUARD_ALL; i++) {
			struct sockaddr_storage p;

			(void)snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);	/* it fits */
			p = peer_of(text);
			assert_int_equal(guard_enter(g, &p, false), GUARD_IN);
		}
		assert_true(guard_is_pressed(g));
		{
			struct sockaddr_storage p = peer_of("192.0.2.1");

			assert_int_equal(guard_enter(g, &p, true), GUARD_FULL);
		}
		for (unsigned i = 0; i < GUARD_ALL; i++) {
			struct sockaddr_storage p;

			(void)snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);	/* it fits */
			p = peer_of(text);
			guard_leave(g, &p, false);
		}
	}
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_are_told_apart), cmocka_unit_test(guard_counts), cmocka_unit_test(guard_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
