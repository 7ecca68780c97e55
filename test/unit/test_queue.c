/* test_queue.c - the parts of the queue that need no process around them: the schedule, the mended header, the back-off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "io/heap.h"
#include "queue/mover.h"
#include "queue/rewrite.h"
#include "queue/schedule.h"

static struct store_id id_of(uint32_t n)
{
	struct store_id id = { { 0 } };

	memcpy(id.b + 12, &n, sizeof(n));
	return id;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Thousands of adds, moves, takes and returns leave the heap in order and every message known once. */
static void schedule_keeps_order(void **state)
{
	enum { COUNT = 3000 };
	struct schedule s = { 0 };
	uint32_t seed = 42;
	uint64_t last = 0;
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 3 * COUNT; i++) {
		uint32_t r = next_random(&seed);
		struct store_id id = id_of(r % COUNT);

		assert_non_null(schedule_add(&s, &id, next_random(&seed) % 1000, NULL));
		if (r % 5 == 0) {
			struct entry *e = schedule_take(&s);

			e->at = next_random(&seed) % 1000;
			schedule_return(&s, e);
		} else if (r % 7 == 0) {
			schedule_forget(&s, schedule_take(&s));
		}
	}
	assert_int_equal(s.known, s.count);
	while (schedule_first(&s)) {
		struct entry *e = schedule_take(&s);

		assert_true(e->at >= last);
		last = e->at;
		schedule_forget(&s, e);
		taken++;
	}
	assert_true(taken > COUNT / 2);
	assert_int_equal(s.known, 0);
	schedule_done(&s);
}

/* A message on its way is not started a second time by a retry that was asked for meanwhile. */
static void schedule_leaves_leased_alone(void **state)
{
	struct schedule s = { 0 };
	struct store_id id = id_of(7);
	struct entry *e = schedule_add(&s, &id, 5, NULL);

	(void)state;
	assert_ptr_equal(schedule_take(&s), e);
	assert_ptr_equal(schedule_add(&s, &id, 1, NULL), e);
	assert_null(schedule_first(&s));
	schedule_return(&s, e);
	assert_ptr_equal(schedule_add(&s, &id, 1, NULL), e);
	assert_int_equal(schedule_first(&s)->at, 1);
	schedule_done(&s);
}

static void backoff_grows_and_stays_in_bounds(void **state)
{
	static const struct { unsigned attempts; int64_t middle; } rows[] = {
		{ 1, 60 }, { 2, 120 }, { 3, 240 }, { 8, 7680 }, { 9, 14400 }, { 10, 14400 }, { 4000000000u, 14400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(mover_backoff(rows[i].attempts, 0), rows[i].middle - rows[i].middle / 4);
		assert_in_range(mover_backoff(rows[i].attempts, UINT32_MAX), rows[i].middle, rows[i].middle + rows[i].middle / 4);
	}
}

#define RECEIVED "Received: from client.example.be\r\n\tby relay.example.be with ESMTP id 1;\r\n\tTue, 24 Nov 2026 22:39:17 +0000\r\n"

static const struct mend {
	const char *proves;
	struct zg_slice in, client, helo;
	enum rewrite_rc rc;
	struct zg_slice want;	/* behind the two lines of our own Received that begin each */
} mends[] = {
	{ "what is there stays as it is",
	  ZG_SI("From: a@example.be\r\nDATE: yesterday\r\nmessage-id: <1@x>\r\nMime-Version: 1.0\r\n"), ZG_SI(""), ZG_SI("client"), REWRITE_OK,
	  ZG_SI("From: a@example.be\r\nDATE: yesterday\r\nmessage-id: <1@x>\r\nMime-Version: 1.0\r\n") },
	{ "what is missing is added at the end",
	  ZG_SI("From: a@example.be\r\n"), ZG_SI(""), ZG_SI("client"), REWRITE_OK,
	  ZG_SI("From: a@example.be\r\nDate: Tue, 24 Nov 2026 22:39:17 +0000\r\nMessage-ID: <ID@relay.example.be>\r\nMIME-Version: 1.0\r\n") },
	{ "Bcc and Return-Path go, folds and all",
	  ZG_SI("Bcc: b@example.com,\r\n c@example.com\r\nFrom: a@example.be\r\nReturn-Path: <x@y>\r\nDate: d\r\nMessage-ID: <1@x>\r\n"
		"MIME-Version: 1.0\r\nBCC:\r\n"), ZG_SI(""), ZG_SI("client"), REWRITE_OK,
	  ZG_SI("From: a@example.be\r\nDate: d\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n") },
	{ "a field without its line end gets one",
	  ZG_SI("Date: d\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\nFrom: a@example.be"), ZG_SI(""), ZG_SI("client"), REWRITE_OK,
	  ZG_SI("Date: d\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\nFrom: a@example.be\r\n") },
	{ "our own name twice is no loop",
	  ZG_SI(RECEIVED RECEIVED "Date: d\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"), ZG_SI(""), ZG_SI("client"), REWRITE_OK,
	  ZG_SI(RECEIVED RECEIVED "Date: d\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n") },
	{ "our own name thrice is one", ZG_SI(RECEIVED RECEIVED RECEIVED), ZG_SI(""), ZG_SI("client"), REWRITE_LOOP, ZG_SI("") },
};

static enum rewrite_rc mend(struct zg_slice in, struct zg_slice client, struct zg_slice helo, struct zg_arena *a, struct zg_slice *ret)
{
	struct rewrite r = { .hostname = ZG_S("relay.example.be"), .id = ZG_S("ID"), .helo = helo, .client = client,
		.protocol = ZG_S("ESMTPA"), .now = 1795559957 };
	struct zg_headers h;

	assert_int_equal(zg_header_index(in, a, &h), ZG_HEADER_OK);
	return rewrite_header(&r, &h, a, ret);
}

static void header_is_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++) {
		const struct mend *m = &mends[i];
		struct zg_slice got = { NULL, 0 }, ours = ZG_S("Received: from client\r\n\tby relay.example.be with ESMTPA id ID;\r\n\t"
							       "Tue, 24 Nov 2026 22:39:17 +0000\r\n");
		struct zg_arena a;

		zg_arena_init(&a, &io_heap, 1u << 20);
		assert_int_equal(mend(m->in, m->client, m->helo, &a, &got), m->rc);
		if (m->rc == REWRITE_OK && (!zg_slice_starts(got, ours) || !zg_slice_eq(zg_slice_sub(got, ours.n, got.n), m->want)))
			fail_msg("%s: " ZG_FMT, m->proves, ZG_ARG(got));
		zg_arena_reset(&a);
	}
}

/* Received tells the client's address only where it is given, and nothing that could forge a line. */
static void received_tells_no_more_than_it_should(void **state)
{
	struct zg_slice got;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &io_heap, 1u << 20);
	assert_int_equal(mend(ZG_S("From: a@example.be\r\n"), ZG_S("192.0.2.7"), ZG_S("x) (y"), &a, &got), REWRITE_OK);
	assert_true(zg_slice_starts(got, ZG_S("Received: from unknown ([192.0.2.7])\r\n\tby relay.example.be ")));
	assert_int_equal(mend(ZG_S("From: a@example.be\r\n"), ZG_S(""), ZG_S("[192.0.2.7]"), &a, &got), REWRITE_OK);
	assert_true(zg_slice_starts(got, ZG_S("Received: from unknown\r\n\tby relay.example.be ")));
	assert_int_equal(mend(ZG_S("From: a@example.be\r\n"), ZG_S(""), ZG_S("192.0.2.7"), &a, &got), REWRITE_OK);
	assert_true(zg_slice_starts(got, ZG_S("Received: from unknown\r\n\tby relay.example.be ")));
	zg_arena_reset(&a);
}

static void fifty_received_are_a_loop(void **state)
{
	static char in[51 * 24 + 1];
	struct zg_slice got;
	struct zg_arena a;
	struct zg_buf b = zg_buf_of(in, sizeof(in));

	(void)state;
	for (int i = 0; i < 50; i++)
		zg_buf_put(&b, ZG_S("Received: from a by b\r\n"));
	zg_arena_init(&a, &io_heap, 1u << 20);
	assert_int_equal(mend(zg_buf_slice(&b), ZG_S(""), ZG_S("c"), &a, &got), REWRITE_OK);
	zg_buf_put(&b, ZG_S("Received: from a by b\r\n"));
	assert_int_equal(mend(zg_buf_slice(&b), ZG_S(""), ZG_S("c"), &a, &got), REWRITE_LOOP);
	zg_arena_reset(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedule_keeps_order), cmocka_unit_test(schedule_leaves_leased_alone),
		cmocka_unit_test(backoff_grows_and_stays_in_bounds), cmocka_unit_test(header_is_mended),
		cmocka_unit_test(received_tells_no_more_than_it_should), cmocka_unit_test(fifty_received_are_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
