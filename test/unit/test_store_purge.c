/* test_store_purge.c - old mail is forgotten, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store_world.h"

#define DAY 86400
#define NOW (1000 * (int64_t)DAY)

enum left { ALL, META, NOTHING };	/* what is there after the purge */

static const struct row {
	const char *proves;
	int64_t created, changed;	/* days before NOW */
	enum store_state state, second;
	struct zg_slice spool;
	enum left left;
} rows[] = {
	{ "delivered yesterday", 1, 1, STORE_DELIVERED, STORE_DELIVERED, ZG_SI(""), ALL },
	{ "delivered eight days ago", 8, 8, STORE_DELIVERED, STORE_REFUSED, ZG_SI(""), META },
	{ "with a file", 8, 8, STORE_CAPTURED, STORE_CAPTURED, ZG_SI("0123"), META },
	{ "old, but its last outcome is not", 9, 1, STORE_DELIVERED, STORE_DELIVERED, ZG_SI(""), ALL },
	{ "old, and one still waits", 95, 95, STORE_DELIVERED, STORE_QUEUED, ZG_SI(""), ALL },
	{ "older than all", 91, 90, STORE_EXPIRED, STORE_DELIVERED, ZG_SI("4567"), NOTHING },
	{ "older than all, final since yesterday", 92, 1, STORE_DELIVERED, STORE_DELIVERED, ZG_SI(""), ALL },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct store_id id_of(size_t i)
{
	const unsigned char random[10] = { (unsigned char)i };

	return store_id_make((uint64_t)(NOW - rows[i].created * DAY) * 1000, random);
}

static void fill(struct world *w)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct store_recipient to[2] = {
			{ .address = ZG_S("a@example.com"), .state = rows[i].state, .changed = NOW - rows[i].changed * DAY },
			{ .address = ZG_S("b@example.com"), .state = rows[i].second, .changed = NOW - rows[i].changed * DAY },
		};
		struct store_message m = { .id = id_of(i), .created = NOW - rows[i].created * DAY, .head = ZG_S("From: x\r\n\r\n"),
			.body = rows[i].spool.n ? ZG_S("") : ZG_S("b\r\n"), .spool = rows[i].spool, .recipients = to, .count = 2 };

		assert_int_equal(store_put(w->s, &m), STORE_OK);
	}
}

static void judge(struct world *w)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct store_id id = id_of(i);
		struct store_message m;
		enum store_rc rc = store_message_get(w->s, &id, &w->a, &m);
		enum left left = rc == STORE_NOT_FOUND ? NOTHING : m.head.n ? ALL : META;

		if (left != rows[i].left || (left == META && (m.count != 2 || m.body.n || m.spool.n)))
			fail_msg("%s", rows[i].proves);
	}
}

static void old_mail_goes(void **state)
{
	struct world *w = *state;
	struct store_purged *purged;
	size_t count, files = 0;

	fill(w);
	assert_int_equal(store_purge(w->s, NULL, NOW - 7 * DAY, NOW - 90 * DAY, 100, &w->a, &purged, &count), STORE_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		files += purged[i].spool.n > 0;
	assert_int_equal(files, 2);
	judge(w);
	assert_int_equal(store_purge(w->s, NULL, NOW - 7 * DAY, NOW - 90 * DAY, 100, &w->a, &purged, &count), STORE_OK);
	assert_int_equal(count, 0);
	judge(w);
}

static void one_at_a_time(void **state)
{
	struct world *w = *state;
	struct store_purged *purged;
	struct store_id after;
	size_t count, calls = 0;

	fill(w);
	do {
		assert_int_equal(store_purge(w->s, calls ? &after : NULL, NOW - 7 * DAY, NOW - 90 * DAY, 1, &w->a, &purged, &count), STORE_OK);
		if (count)
			after = purged[0].id;
		calls += count;
	} while (count);
	assert_int_equal(calls, 3);
	judge(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(old_mail_goes, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(one_at_a_time, world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
