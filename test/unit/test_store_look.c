/* test_store_look.c - lists and searches of mail, its events, and what people do with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "store_world.h"

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_begin(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_end(*state);
	free(*state);
	return 0;
}

static struct store_id id_of(uint64_t ms)
{
	static const unsigned char random[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

	return store_id_make(ms, random);
}

#define T0 1795559957

static void put(struct world *w, unsigned second, uint64_t company, struct zg_slice subject, struct store_recipient r)
{
	struct store_message m = {
		.id = id_of((uint64_t)(T0 + second) * 1000), .company = company, .created = T0 + second, .sender = ZG_S("Info@example.be"),
		.from_domain = ZG_S("example.be"), .subject = subject, .app = ZG_S("ERP"), .client = ZG_S("erp.example.be"),
		.tls = ZG_S("TLSv1.3"), .seal = ZG_S("example.be zegel1"), .head = ZG_S("\r\n"), .body = ZG_S("x"), .recipients = &r, .count = 1,
	};

	assert_int_equal(store_put(w->s, &m), STORE_OK);
}

static struct store_recipient to(struct zg_slice address, enum store_state state, unsigned attempts)
{
	return (struct store_recipient){ .address = address, .state = state, .attempts = attempts, .next_at = 5,
		.text = state == STORE_HELD ? STORE_HOLD_DOMAIN : ZG_S("") };
}

static void world_fill(struct world *w)
{
	put(w, 1, 7, ZG_S("Offerte 2026-118"), to(ZG_S("klant@example.com"), STORE_DELIVERED, 1));
	put(w, 2, 7, ZG_S("Factuur 100%_x"), to(ZG_S("Bouwheer@example.com"), STORE_QUEUED, 0));
	put(w, 3, 7, ZG_S("factuur 2"), to(ZG_S("x@example.net"), STORE_QUEUED, 2));
	put(w, 4, 7, ZG_S("'; DROP TABLE message; --"), to(ZG_S("y@example.net"), STORE_EXPIRED, 9));
	put(w, 5, 7, ZG_S("held"), to(ZG_S("z@example.net"), STORE_HELD, 0));
	put(w, 6, 8, ZG_S("Factuur of another company"), to(ZG_S("klant@example.com"), STORE_CAPTURED, 0));
}

static void looked_for(void **state)
{
	static const struct {
		const char *proves;
		uint64_t company;
		struct zg_slice text;
		enum store_look status;
		int64_t from;
		size_t count;
	} rows[] = {
		{ "all of a company", 7, ZG_SI(""), STORE_LOOK_ALL, 0, 5 },
		{ "of another", 8, ZG_SI(""), STORE_LOOK_ALL, 0, 1 },
		{ "of none", 9, ZG_SI(""), STORE_LOOK_ALL, 0, 0 },
		{ "of all", 0, ZG_SI(""), STORE_LOOK_ALL, 0, 6 },
		{ "the subject in any case", 7, ZG_SI("FACTUUR"), STORE_LOOK_ALL, 0, 2 },
		{ "a percent sign is itself", 7, ZG_SI("%"), STORE_LOOK_ALL, 0, 1 },
		{ "so is an underscore", 7, ZG_SI("0%_"), STORE_LOOK_ALL, 0, 1 },
		{ "a quote is itself", 7, ZG_SI("'; drop"), STORE_LOOK_ALL, 0, 1 },
		{ "a recipient, its beginning in any case", 7, ZG_SI("bouwh"), STORE_LOOK_ALL, 0, 1 },
		{ "the sender", 7, ZG_SI("info@"), STORE_LOOK_ALL, 0, 5 },
		{ "nothing like it", 7, ZG_SI("nobody"), STORE_LOOK_ALL, 0, 0 },
		{ "delivered", 7, ZG_SI(""), STORE_LOOK_DELIVERED, 0, 1 },
		{ "captured counts as delivered", 8, ZG_SI(""), STORE_LOOK_DELIVERED, 0, 1 },
		{ "queued, not tried", 7, ZG_SI(""), STORE_LOOK_QUEUED, 0, 1 },
		{ "delayed", 7, ZG_SI(""), STORE_LOOK_DELAYED, 0, 1 },
		{ "expired counts as refused", 7, ZG_SI(""), STORE_LOOK_REFUSED, 0, 1 },
		{ "held", 7, ZG_SI(""), STORE_LOOK_HELD, 0, 1 },
		{ "stopped", 7, ZG_SI(""), STORE_LOOK_STOPPED, 0, 0 },
		{ "status and text", 7, ZG_SI("factuur"), STORE_LOOK_DELAYED, 0, 1 },
		{ "since a second", 7, ZG_SI(""), STORE_LOOK_ALL, T0 + 4, 2 },
	};
	struct world *w = *state;

	world_fill(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_look_for f = { rows[i].company, rows[i].text, rows[i].status, rows[i].from, NULL, 100 };
		struct store_looked l = { .count = 99 };
		uint64_t count = 77;
		bool is_more = true;

		if (store_message_look(w->s, &f, &w->a, &l) != STORE_OK || l.count != rows[i].count || l.is_more)
			fail_msg("%s: %zu", rows[i].proves, l.count);
		if (store_message_count(w->s, &f, &count, &is_more) != STORE_OK || count != rows[i].count || is_more)
			fail_msg("%s: %llu counted", rows[i].proves, (unsigned long long)count);
	}
}

static void by_number(void **state)
{
	struct world *w = *state;
	struct store_id id = id_of((uint64_t)(T0 + 3) * 1000);
	char text[STORE_ID_TEXT];
	struct store_look_for f = { .company = 7, .max = 10 };
	struct store_looked l;

	world_fill(w);
	store_id_write(&id, text);
	f.text = zg_slice_of(text, sizeof(text));
	assert_int_equal(store_message_look(w->s, &f, &w->a, &l), STORE_OK);
	assert_int_equal(l.count, 1);
	assert_memory_equal(l.v[0].id.b, id.b, sizeof(id.b));
	assert_true(zg_slice_eq(l.v[0].subject, ZG_S("factuur 2")) && zg_slice_eq(l.v[0].app, ZG_S("ERP")));
	assert_true(zg_slice_eq(l.v[0].tls, ZG_S("TLSv1.3")) && zg_slice_eq(l.v[0].client, ZG_S("erp.example.be")));
	assert_true(zg_slice_eq(l.v[0].seal, ZG_S("example.be zegel1")));
	f.text.n = 7;		/* too short to be a number */
	assert_int_equal(store_message_look(w->s, &f, &w->a, &l), STORE_OK);
	assert_int_equal(l.count, 0);
}

static void page_by_page(void **state)
{
	struct world *w = *state;
	struct store_look_for f = { .company = 7, .max = 2 };
	struct store_looked l;
	size_t sum = 0, pages = 0;
	int64_t last = INT64_MAX;

	world_fill(w);
	do {
		assert_int_equal(store_message_look(w->s, &f, &w->a, &l), STORE_OK);
		for (size_t i = 0; i < l.count; i++, sum++) {
			assert_true(l.v[i].created < last);
			last = l.v[i].created;
		}
		f.before = &l.last;
		pages++;
	} while (l.is_more);
	assert_int_equal(sum, 5);
	assert_int_equal(pages, 3);
}

static void counts_end(void **state)
{
	struct world *w = *state;
	struct store_look_for f = { .company = 7, .text = ZG_S("ERP is not searched"), .max = 50 };
	struct store_looked l;
	uint64_t count;
	bool is_more;

	assert_int_equal(store_begin(w->s), STORE_OK);
	for (unsigned i = 0; i < STORE_LOOK_STEPS + 5; i++)
		put(w, i, 7, ZG_S("s"), to(ZG_S("a@example.com"), STORE_DELIVERED, 1));
	assert_int_equal(store_commit(w->s), STORE_OK);
	assert_int_equal(store_message_look(w->s, &f, &w->a, &l), STORE_OK);
	assert_int_equal(l.count, 0);
	assert_true(l.is_more);		/* it says where it stopped */
	f.before = &l.last;
	assert_int_equal(store_message_look(w->s, &f, &w->a, &l), STORE_OK);
	assert_false(l.is_more);
	assert_int_equal(store_message_count(w->s, &f, &count, &is_more), STORE_OK);
	assert_true(count == 0 && is_more);
	f.text = ZG_S("");
	assert_int_equal(store_message_count(w->s, &f, &count, &is_more), STORE_OK);
	assert_true(count == STORE_LOOK_STEPS && is_more);
}

static struct store_recipient recipient_of(struct world *w, const struct store_id *id)
{
	struct store_message m;

	assert_int_equal(store_message_get(w->s, id, &w->a, &m), STORE_OK);
	return m.recipients[0];
}

static void deeds(void **state)
{
	static const struct { const char *proves; enum store_state from; enum store_deed deed; uint64_t company,
		count; enum store_state to; } rows[] = {
		{ "a refused one is sent again", STORE_REFUSED, STORE_DEED_AGAIN, 7, 1, STORE_QUEUED },
		{ "an expired one", STORE_EXPIRED, STORE_DEED_AGAIN, 7, 1, STORE_QUEUED },
		{ "a stopped one", STORE_STOPPED, STORE_DEED_AGAIN, 7, 1, STORE_QUEUED },
		{ "a waiting one is due at once", STORE_QUEUED, STORE_DEED_AGAIN, 7, 1, STORE_QUEUED },
		{ "a delivered one is not sent again", STORE_DELIVERED, STORE_DEED_AGAIN, 7, 0, STORE_DELIVERED },
		{ "a held one is not sent again past its hold", STORE_HELD, STORE_DEED_AGAIN, 7, 0, STORE_HELD },
		{ "a waiting one is held", STORE_QUEUED, STORE_DEED_HOLD, 7, 1, STORE_HELD },
		{ "a refused one is not held", STORE_REFUSED, STORE_DEED_HOLD, 7, 0, STORE_REFUSED },
		{ "a held one is released", STORE_HELD, STORE_DEED_RELEASE, 7, 1, STORE_QUEUED },
		{ "a stopped one is not released", STORE_STOPPED, STORE_DEED_RELEASE, 7, 0, STORE_STOPPED },
		{ "a waiting one is stopped", STORE_QUEUED, STORE_DEED_STOP, 7, 1, STORE_STOPPED },
		{ "a held one is stopped", STORE_HELD, STORE_DEED_STOP, 7, 1, STORE_STOPPED },
		{ "a delivered one is not stopped", STORE_DELIVERED, STORE_DEED_STOP, 7, 0, STORE_DELIVERED },
		{ "by whoever may do it for all", STORE_QUEUED, STORE_DEED_STOP, 0, 1, STORE_STOPPED },
	};
	struct world *w = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_do d = { rows[i].deed, rows[i].company, id_of((uint64_t)(T0 + i) * 1000), ZG_S("an@example.be"), T0 + 100 };
		struct store_changes before, after;
		struct store_event *e = NULL;
		size_t count = 0;
		uint64_t changed = 77;

		put(w, i, 7, ZG_S("s"), to(ZG_S("a@example.com"), rows[i].from, 3));
		d.company = 8;
		assert_int_equal(store_message_do(w->s, &d, &changed), STORE_NOT_FOUND);	/* another company's */
		d.company = rows[i].company;
		assert_int_equal(store_changes_get(w->s, &before), STORE_OK);
		assert_int_equal(store_message_do(w->s, &d, &changed), STORE_OK);
		assert_int_equal(store_changes_get(w->s, &after), STORE_OK);
		if (changed != rows[i].count || recipient_of(w, &d.id).state != rows[i].to || before.queue == after.queue)
			fail_msg("%s", rows[i].proves);
		assert_int_equal(store_event_list(w->s, &d.id, &w->a, &e, &count), STORE_OK);
		if (rows[i].count && (!count || !zg_slice_eq(e[count - 1].text, ZG_S("an@example.be")) || e[count - 1].at != T0 + 100))
			fail_msg("%s: no event", rows[i].proves);
	}
}

static void sent_again_anew(void **state)
{
	struct world *w = *state;
	struct store_id id = id_of((uint64_t)T0 * 1000);
	struct store_do d = { STORE_DEED_AGAIN, 7, id, ZG_S("an@example.be"), T0 + 900000 };
	struct store_outcome o = { id, 0, { .state = STORE_QUEUED, .attempts = 1, .next_at = T0 + 60, .code = 451, .enhanced = ZG_S("4.7.1"),
		.text = ZG_S("Greylisted"), .changed = T0 + 1, .server = ZG_S("mx.example.com"), .tls = ZG_S("TLSv1.3") } };
	struct store_event *e;
	struct store_recipient r;
	size_t count;
	uint64_t changed;

	put(w, 0, 7, ZG_S("s"), to(ZG_S("a@example.com"), STORE_QUEUED, 0));
	assert_int_equal(store_finish(w->s, &o), STORE_OK);
	o.now.state = STORE_REFUSED;
	o.now.code = 550;
	o.now.text = ZG_S("no such user");
	assert_int_equal(store_finish(w->s, &o), STORE_OK);
	r = recipient_of(w, &id);
	assert_true(zg_slice_eq(r.server, ZG_S("mx.example.com")) && zg_slice_eq(r.tls, ZG_S("TLSv1.3")));
	assert_int_equal(store_message_do(w->s, &d, &changed), STORE_OK);
	r = recipient_of(w, &id);
	assert_true(r.attempts == 0 && r.since == T0 + 900000 && r.next_at == T0 + 900000);
	assert_int_equal(store_event_list(w->s, &id, &w->a, &e, &count), STORE_OK);
	assert_int_equal(count, 3);
	assert_true(e[0].what == STORE_EVENT_DEFERRED && e[0].code == 451 && zg_slice_eq(e[0].server, ZG_S("mx.example.com")));
	assert_true(e[1].what == STORE_EVENT_ENDED && e[1].state == STORE_REFUSED && zg_slice_eq(e[1].text, ZG_S("no such user")));
	assert_int_equal(e[2].what, STORE_EVENT_AGAIN);
}

static void on_its_way(void **state)
{
	static const struct { const char *proves; enum store_deed deed; enum store_state came, stays; } rows[] = {
		{ "delivered though stopped meanwhile: that is what happened", STORE_DEED_STOP, STORE_DELIVERED, STORE_DELIVERED },
		{ "refused though held meanwhile", STORE_DEED_HOLD, STORE_REFUSED, STORE_REFUSED },
		{ "put off and stopped: stopped", STORE_DEED_STOP, STORE_QUEUED, STORE_STOPPED },
		{ "put off and held: held", STORE_DEED_HOLD, STORE_QUEUED, STORE_HELD },
	};
	struct world *w = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_id id = id_of((uint64_t)(T0 + i) * 1000);
		struct store_do d = { rows[i].deed, 7, id, ZG_S(""), T0 };
		struct store_outcome o = { id, 0, { .state = rows[i].came } };
		uint64_t changed;

		put(w, i, 7, ZG_S("s"), to(ZG_S("a@example.com"), STORE_QUEUED, 0));
		assert_int_equal(store_message_do(w->s, &d, &changed), STORE_OK);
		assert_in_range(store_finish(w->s, &o), STORE_OK, STORE_NOT_FOUND);
		if (recipient_of(w, &id).state != rows[i].stays)
			fail_msg("%s", rows[i].proves);
	}
}

static void held_by_domain(void **state)
{
	struct world *w = *state;
	struct store_held *h;
	struct store_event *e;
	struct store_id id = id_of((uint64_t)(T0 + 2) * 1000), person = id_of((uint64_t)(T0 + 9) * 1000);
	struct store_do d = { STORE_DEED_HOLD, 7, person, ZG_S("an"), T0 };
	size_t count;
	uint64_t released;

	for (unsigned i = 0; i < 4; i++)
		put(w, i, 7, ZG_S("s"), to(ZG_S("a@example.com"), STORE_HELD, 0));
	put(w, 9, 7, ZG_S("s"), to(ZG_S("a@example.com"), STORE_QUEUED, 0));
	assert_int_equal(store_message_do(w->s, &d, &released), STORE_OK);
	assert_int_equal(store_held_list(w->s, 10, &w->a, &h, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_true(zg_slice_eq(h[0].from_domain, ZG_S("example.be")) && zg_slice_eq(h[0].seal, ZG_S("example.be zegel1")));
	assert_int_equal(store_held_release(w->s, &(struct store_held){ h[0].from_domain, ZG_S("") }, T0, 10, &released), STORE_OK);
	assert_int_equal(released, 0);	/* signed by another key */
	assert_int_equal(store_held_release(w->s, h, T0 + 50, 3, &released), STORE_OK);
	assert_int_equal(released, 3);
	assert_int_equal(store_held_release(w->s, h, T0 + 50, 3, &released), STORE_OK);
	assert_int_equal(released, 1);
	assert_int_equal(recipient_of(w, &id).state, STORE_QUEUED);
	assert_int_equal(recipient_of(w, &person).state, STORE_HELD);	/* what a person held is the person's to release */
	assert_int_equal(store_event_list(w->s, &id, &w->a, &e, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_true(e[0].what == STORE_EVENT_HELD && zg_slice_eq(e[0].text, STORE_HOLD_DOMAIN));
	assert_true(e[1].what == STORE_EVENT_RELEASED && e[1].at == T0 + 50);
}

static void removed(void **state)
{
	struct world *w = *state;
	struct store_id id = id_of((uint64_t)(T0 + 5) * 1000);
	struct store_message m;
	struct zg_slice spool = ZG_S("x");

	world_fill(w);
	assert_int_equal(store_message_remove(w->s, 8, &id, &w->a, &spool), STORE_NOT_FOUND);
	assert_int_equal(store_message_remove(w->s, 7, &id, &w->a, &spool), STORE_OK);
	assert_int_equal(spool.n, 0);
	assert_int_equal(store_message_get(w->s, &id, &w->a, &m), STORE_NOT_FOUND);
	assert_int_equal(store_message_remove(w->s, 7, &id, &w->a, &spool), STORE_NOT_FOUND);
}

static void no_memory(void **state)
{
	struct world *w = *state;
	struct store_look_for f = { .company = 7, .max = 100 };
	struct store_looked l = { .count = 77 };
	enum store_rc rc = STORE_NO_MEMORY;
	int n = 0;

	world_fill(w);
	for (; rc != STORE_OK && n < 100; n++) {
		zg_arena_reset(&w->a);
		world_failing = n;
		rc = store_message_look(w->s, &f, &w->a, &l);
		world_failing = -1;
		assert_true(rc == STORE_OK || (rc == STORE_NO_MEMORY && l.count == 77));
	}
	assert_int_equal(rc, STORE_OK);
	assert_true(n > 1 && l.count == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(looked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(by_number, setup, teardown),
		cmocka_unit_test_setup_teardown(page_by_page, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_end, setup, teardown),
		cmocka_unit_test_setup_teardown(deeds, setup, teardown),
		cmocka_unit_test_setup_teardown(sent_again_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(on_its_way, setup, teardown),
		cmocka_unit_test_setup_teardown(held_by_domain, setup, teardown),
		cmocka_unit_test_setup_teardown(removed, setup, teardown),
		cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
