/* test_ready.c - what becomes of mail whose domain is not right yet, by what the standing check saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "lint/record_state.h"
#include "queue/ready.h"
#include "store/store_watch.h"
#include "store_world.h"

static void judged(void **state)
{
	static const struct { const char *proves; enum conf_unready policy; bool is_right, is_strict,
		is_foreign; enum unready want; struct zg_slice why; } rows[] = {
		{ "right: signed", CONF_UNREADY_HOLD, true, false, false, UNREADY_SIGN, ZG_SI("") },
		{ "right though strict", CONF_UNREADY_SEND, true, true, false, UNREADY_SIGN, ZG_SI("") },
		{ "our key in its DNS proves control", CONF_UNREADY_HOLD, true, false, true, UNREADY_SIGN, ZG_SI("") },
		{ "not right: held", CONF_UNREADY_HOLD, false, false, false, UNREADY_HOLD, ZG_SI("domain") },
		{ "not right: sent as it is", CONF_UNREADY_SEND, false, false, false, UNREADY_SEND, ZG_SI("") },
		{ "never against its own DMARC record", CONF_UNREADY_SEND, false, true, false, UNREADY_HOLD, ZG_SI("dmarc") },
		{ "never before it is the company's", CONF_UNREADY_SEND, false, false, true, UNREADY_HOLD, ZG_SI("unassigned") },
		{ "which is told first", CONF_UNREADY_HOLD, false, true, true, UNREADY_HOLD, ZG_SI("unassigned") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct house_signer f = { .is_foreign = rows[i].is_foreign };
		struct ready r = { rows[i].is_right, rows[i].is_strict };
		struct zg_slice why = ZG_S("");
		enum unready got = unready_judge(rows[i].policy, &f, &r, &why);

		if (got != rows[i].want || (got == UNREADY_HOLD && !zg_slice_eq(why, rows[i].why)))
			fail_msg("%s", rows[i].proves);
	}
}

static void seen(void **state)
{
	static const struct { const char *proves; unsigned domain, dkim; struct zg_slice selector, dmarc, from; bool is_right, is_seal,
		is_strict; } rows[] = {
		{ "nothing is right", ZG_DOMAIN_WAITING, ZG_RECORD_MISSING, ZG_SI("zegel1"), ZG_SI(""), ZG_SI("example.be"), false, false, false },
		{ "the key is seen", ZG_DOMAIN_PARTLY, ZG_RECORD_RIGHT, ZG_SI("zegel1"), ZG_SI(""), ZG_SI("example.be"), true, true, false },
		{ "at some servers only", ZG_DOMAIN_PARTLY, ZG_RECORD_SOME, ZG_SI("zegel1"), ZG_SI(""), ZG_SI("example.be"), false, false, false },
		{ "another key is seen", ZG_DOMAIN_PARTLY, ZG_RECORD_RIGHT, ZG_SI("old"), ZG_SI(""), ZG_SI("example.be"), false, false, false },
		{ "the domain stands as right", ZG_DOMAIN_RIGHT, ZG_RECORD_MISSING, ZG_SI("zegel1"), ZG_SI(""), ZG_SI("example.be"), true, false, false },
		{ "reject", ZG_DOMAIN_WAITING, ZG_RECORD_MISSING, ZG_SI("zegel1"), ZG_SI("v=DMARC1; p=Reject"), ZG_SI("example.be"), false, false, true },
		{ "none", ZG_DOMAIN_WAITING, ZG_RECORD_MISSING, ZG_SI("zegel1"), ZG_SI("v=DMARC1; p=none; sp=reject"), ZG_SI("example.be"), false,
			false, false },
		{ "sp below it", ZG_DOMAIN_WAITING, ZG_RECORD_MISSING, ZG_SI("zegel1"), ZG_SI("v=DMARC1; p=none; sp=reject"), ZG_SI("a.example.be"),
			false, false, true },
	};
	struct world w;
	uint64_t company, domain;
	struct store_domain d = { .name = ZG_S("example.be") };

	(void)state;
	world_begin(&w);
	assert_int_equal(store_company_add(w.s, &(struct store_company){ .slug = ZG_S("acme"), .name = ZG_S("Acme") }, &company), STORE_OK);
	d.company = company;
	assert_int_equal(store_domain_add(w.s, &d, &domain), STORE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_watch_record records[2] = { { .kind = ZG_RECORD_DKIM, .selector = rows[i].selector, .state = rows[i].dkim },
			{ .kind = ZG_RECORD_DMARC, .now = rows[i].dmarc } };
		struct store_watch watch = { .domain_id = domain, .state = rows[i].domain, .records = records, .count = 2 };
		struct store_key key = { .selector = ZG_S("zegel1") };
		struct house_signer f = { .domain = ZG_S("example.be"), .keys = &key, .count = 1, .domain_id = domain };
		struct ready r;
		bool is_seal = false;

		assert_int_equal(store_watch_put(w.s, &watch, NULL, 0), STORE_OK);
		assert_int_equal(ready_read(w.s, &f, rows[i].from, &r), HOUSE_OK);
		assert_int_equal(ready_seal(w.s, ZG_S("example.be zegel1 ed1"), &is_seal), HOUSE_OK);
		if (r.is_right != rows[i].is_right || is_seal != rows[i].is_seal || r.is_strict != rows[i].is_strict)
			fail_msg("%s", rows[i].proves);
	}
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(judged), cmocka_unit_test(seen) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
