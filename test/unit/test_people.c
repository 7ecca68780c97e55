/* test_people.c - users, signing in, sessions: every refusal, whose row it is, what expires, what slows down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "house/people.h"
#include "seal/seal.h"
#include "seal/token.h"
#include "store_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NOW 1795559957	/* 2026-11-24 */
#define GOOD ZG_S("drie fietsen in de regen")
#define OTHER ZG_S("vier paarden op het strand")

struct town {
	struct world w;
	struct house h;
	struct people_guard *g;
	uint64_t bakker, slager;	/* companies */
	struct store_user chief, owner;	/* the owner is of bakker */
};

static uint64_t company(struct town *t, struct zg_slice slug)
{
	struct store_company c;

	assert_int_equal(house_company_add(&t->h, slug, ZG_S("")), HOUSE_OK);
	assert_int_equal(store_company_get(t->w.s, slug, &t->w.a, &c), STORE_OK);
	return c.id;
}

static struct store_user user(struct town *t, struct zg_slice address, enum store_role role, uint64_t of)
{
	struct people_new n = { .address = address, .password = GOOD, .role = role, .company = of };
	struct people_answer r;

	assert_int_equal(people_user_add(&t->h, &n, &t->w.a, &r), HOUSE_OK);
	return r.user;
}

static int set_up(void **state)
{
	struct town *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	world_begin(&t->w);
	t->h = (struct house){ .store = t->w.s, .vault = -1, .actor = { ZG_S("test"), ZG_S("192.0.2.7"), NOW } };
	t->g = people_guard_new();
	assert_non_null(t->g);
	t->bakker = company(t, ZG_S("bakker"));
	t->slager = company(t, ZG_S("slager"));
	t->chief = user(t, ZG_S("root@example.com"), STORE_OPERATOR, 0);
	t->owner = user(t, ZG_S("info@example.be"), STORE_OWNER, t->bakker);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct town *t = *state;

	people_guard_free(t->g);
	world_end(&t->w);
	free(t);
	return 0;
}

static enum house_rc sign_in(struct town *t, struct zg_slice address, struct zg_slice password, struct people_answer *r)
{
	struct people_login l = { .address = address, .password = password, .agent = ZG_S("Mozilla") };

	return people_sign_in(&t->h, t->g, &l, &t->w.a, r);
}

static struct people_seat seat_of(struct town *t, const struct people_token *token)
{
	struct people_seat seat;

	assert_int_equal(people_session(&t->h, true, zg_slice_of(token->text, PEOPLE_TOKEN), &t->w.a, &seat), HOUSE_OK);
	return seat;
}

static enum house_rc session(struct town *t, const struct people_token *token)
{
	struct people_seat seat;

	return people_session(&t->h, true, zg_slice_of(token->text, PEOPLE_TOKEN), &t->w.a, &seat);
}

static void audited(struct town *t, struct zg_slice what, struct zg_slice object, struct zg_slice detail)
{
	struct store_audit *l;
	uint64_t wrong = 7;
	size_t count;

	assert_int_equal(store_audit_list(t->w.s, 1, &t->w.a, &l, &count), STORE_OK);
	if (!zg_slice_eq(l->what, what) || !zg_slice_eq(l->object, object) || !zg_slice_eq(l->detail, detail))
		fail_msg("the audit says " ZG_FMT " " ZG_FMT " (" ZG_FMT ")", ZG_ARG(l->what), ZG_ARG(l->object), ZG_ARG(l->detail));
	assert_int_equal(house_audit_check(t->w.s, SIZE_MAX, &t->w.a, &wrong), HOUSE_OK);
	assert_int_equal(wrong, 0);
}

/* --- users --------------------------------------------------------------------------------------------------- */

static void adding_refused(void **state)
{
	struct town *t = *state;
	const struct { const char *proves; struct people_new n; enum house_rc rc; } rows[] = {
		{ "taken, in other capitals", { .address = ZG_SI("INFO@Example.BE"), .password = GOOD, .role = STORE_READER,
		  .company = t->slager }, HOUSE_EXISTS },
		{ "no address", { .address = ZG_SI("info"), .password = GOOD, .role = STORE_READER, .company = t->slager }, HOUSE_BAD_ADDRESS },
		{ "nothing", { .address = ZG_SI(""), .role = STORE_READER, .company = t->slager }, HOUSE_BAD_ADDRESS },
		{ "a line end in the name", { .address = ZG_SI("a@example.be"), .name = ZG_SI("a\nb"), .role = STORE_READER,
		  .company = t->slager }, HOUSE_BAD_NAME },
		{ "no such company", { .address = ZG_SI("a@example.be"), .role = STORE_READER, .company = 99 }, HOUSE_NO_COMPANY },
		{ "an operator of a company", { .address = ZG_SI("a@example.be"), .role = STORE_OPERATOR, .company = t->slager },
		  HOUSE_NO_COMPANY },
		{ "an owner of none", { .address = ZG_SI("a@example.be"), .role = STORE_OWNER }, HOUSE_NO_COMPANY },
		{ "a short password", { .address = ZG_SI("a@example.be"), .password = ZG_SI("kort"), .role = STORE_READER,
		  .company = t->slager }, HOUSE_BAD_PASSWORD },
	};
	struct people_answer r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum house_rc rc = people_user_add(&t->h, &rows[i].n, &t->w.a, &r);

		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].proves, rc);
	}
	audited(t, ZG_S("user.add"), ZG_S("a@example.be"), ZG_S("refused: bad password"));
}

static void of_another_company(void **state)
{
	struct town *t = *state;
	const uint64_t others[] = { 0, t->slager, 99 };
	struct store_code code = { { 0 } };
	struct store_user u;
	struct store_session *n;
	struct people_answer r;
	size_t count;
	uint64_t number;

	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_OK);
	for (size_t i = 0; i < COUNT(others); i++) {
		uint64_t other = others[i], id = t->owner.id;

		assert_int_equal(store_user_by_id(t->w.s, other, id, &t->w.a, &u), STORE_NOT_FOUND);
		u = t->owner;
		u.company = other;
		assert_int_equal(store_user_set(t->w.s, &u), STORE_NOT_FOUND);
		assert_int_equal(store_user_set_password(t->w.s, other, id, ZG_S("x")), STORE_NOT_FOUND);
		assert_int_equal(store_user_set_totp(t->w.s, other, id, ZG_S("x")), STORE_NOT_FOUND);
		assert_int_equal(store_user_take_counter(t->w.s, other, id, 9), STORE_NOT_FOUND);
		assert_int_equal(store_user_seen(t->w.s, other, id, 9), STORE_NOT_FOUND);
		assert_int_equal(store_user_remove(t->w.s, other, id), STORE_NOT_FOUND);
		assert_int_equal(store_code_set(t->w.s, other, id, &code, 1), STORE_NOT_FOUND);
		assert_int_equal(store_code_take(t->w.s, other, id, &code), STORE_NOT_FOUND);
		assert_int_equal(store_code_count(t->w.s, other, id, &number), STORE_OK);
		assert_int_equal(number, 0);
		assert_int_equal(store_session_list(t->w.s, other, id, &t->w.a, &n, &count), STORE_OK);
		assert_int_equal(count, 0);
		assert_int_equal(store_session_end(t->w.s, other, id, NULL), STORE_OK);
		assert_int_equal(store_ticket_end(t->w.s, other, id), STORE_OK);
		assert_int_equal(people_user_remove(&t->h, other, id), HOUSE_NO_USER);
		assert_int_equal(people_user_invite(&t->h, other, id, &t->w.a, &r), HOUSE_NO_USER);
		assert_int_equal(people_user_password(&t->h, other, id, OTHER, &r), HOUSE_NO_USER);
		u.role = other ? STORE_READER : STORE_OPERATOR;
		assert_int_equal(people_user_set(&t->h, &u), HOUSE_NO_USER);
	}
	assert_int_equal(store_session_list(t->w.s, t->bakker, t->owner.id, &t->w.a, &n, &count), STORE_OK);
	assert_int_equal(count, 1);	/* none of it ended the session */
	assert_int_equal(store_user_list(t->w.s, STORE_EVERY, &t->w.a, &(struct store_user *){ NULL }, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_int_equal(store_user_list(t->w.s, 0, &t->w.a, &(struct store_user *){ NULL }, &count), STORE_OK);
	assert_int_equal(count, 1);
}

static void the_last_one_stays(void **state)
{
	struct town *t = *state;
	struct store_user second, u = t->owner;

	assert_int_equal(people_user_remove(&t->h, 0, t->chief.id), HOUSE_LAST);
	assert_int_equal(people_user_remove(&t->h, t->bakker, u.id), HOUSE_LAST);
	u.role = STORE_EDITOR;
	assert_int_equal(people_user_set(&t->h, &u), HOUSE_LAST);
	audited(t, ZG_S("user.set"), ZG_S("info@example.be"), ZG_S("refused: last"));
	u.role = STORE_OPERATOR;
	assert_int_equal(people_user_set(&t->h, &u), HOUSE_NO_COMPANY);
	second = user(t, ZG_S("tweede@example.be"), STORE_OWNER, t->bakker);
	u.role = STORE_EDITOR;
	u.name = ZG_S("Balie");
	assert_int_equal(people_user_set(&t->h, &u), HOUSE_OK);
	audited(t, ZG_S("user.set"), ZG_S("info@example.be"), ZG_S("editor"));
	assert_int_equal(people_user_remove(&t->h, t->bakker, second.id), HOUSE_LAST);
	assert_int_equal(people_user_remove(&t->h, t->bakker, u.id), HOUSE_OK);
	assert_int_equal(house_company_remove(&t->h, ZG_S("bakker")), HOUSE_OK);	/* with its people */
	assert_int_equal(store_user_get(t->w.s, ZG_S("tweede@example.be"), &t->w.a, &second), STORE_NOT_FOUND);
}

/* --- first run ----------------------------------------------------------------------------------------------- */

static void setup_once(void **state)
{
	struct town *t = *state;
	struct people_new n = { .address = ZG_S("baas@example.com"), .password = GOOD };
	char code[PEOPLE_SETUP_CODE], newer[PEOPLE_SETUP_CODE];
	struct people_answer r;
	bool is_open = true;

	assert_int_equal(people_setup_code(&t->h, code), HOUSE_EXISTS);
	assert_int_equal(people_setup_is_open(t->w.s, &is_open), HOUSE_OK);
	assert_false(is_open);
	world_sql(&t->w, "DELETE FROM user WHERE role = 0");
	assert_int_equal(people_setup(&t->h, t->g, ZG_S("aaaaaaaaaaaaaaaa"), &n, &t->w.a, &r), HOUSE_WRONG);	/* none was made */
	assert_int_equal(people_setup_code(&t->h, code), HOUSE_OK);
	assert_int_equal(people_setup_code(&t->h, newer), HOUSE_OK);
	assert_int_equal(people_setup(&t->h, t->g, zg_slice_of(code, sizeof(code)), &n, &t->w.a, &r), HOUSE_WRONG);	/* replaced */
	assert_int_equal(people_setup(&t->h, t->g, ZG_S(""), &n, &t->w.a, &r), HOUSE_WRONG);
	n.password = ZG_S("baas@example.com");
	assert_int_equal(people_setup(&t->h, t->g, zg_slice_of(newer, sizeof(newer)), &n, &t->w.a, &r), HOUSE_BAD_PASSWORD);
	assert_int_equal(r.flaw, PASSWORD_NAME);
	n.password = GOOD;
	assert_int_equal(people_setup(&t->h, t->g, zg_slice_of(newer, sizeof(newer)), &n, &t->w.a, &r), HOUSE_OK);
	assert_int_equal(r.user.role, STORE_OPERATOR);
	assert_int_equal(people_setup(&t->h, t->g, zg_slice_of(newer, sizeof(newer)), &n, &t->w.a, &r), HOUSE_EXISTS);
	assert_int_equal(sign_in(t, ZG_S("baas@example.com"), GOOD, &r), HOUSE_OK);
	assert_true(seat_of(t, &r.token).needs_totp);
}

/* --- signing in ---------------------------------------------------------------------------------------------- */

static void wrong_ones_look_alike(void **state)
{
	static const struct { const char *proves; struct zg_slice address, password; } rows[] = {
		{ "a wrong password", ZG_SI("info@example.be"), ZG_SI("vier paarden op het strand") },
		{ "an unknown address", ZG_SI("niemand@example.be"), ZG_SI("drie fietsen in de regen") },
		{ "no address", ZG_SI("x"), ZG_SI("drie fietsen in de regen") },
		{ "nothing", ZG_SI(""), ZG_SI("") },
		{ "no password", ZG_SI("info@example.be"), ZG_SI("") },
	};
	struct town *t = *state;
	static const struct people_answer nothing;
	struct people_answer r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (sign_in(t, rows[i].address, rows[i].password, &r) != HOUSE_WRONG)
			fail_msg("%s", rows[i].proves);
		assert_memory_equal(&r, &nothing, sizeof(r));
		audited(t, ZG_S("sign-in"), rows[i].address, ZG_S("refused: wrong"));
	}
}

static void slowed_by_account(void **state)
{
	static const struct { int64_t after; unsigned minutes; } rows[] = {
		{ 0, 1 }, { 59, 1 }, { 60, 0 }, { 61, 2 }, { 179, 1 }, { 180, 0 }, { 180 + 240, 0 }, { 180 + 240 + 480, 0 },
		{ 900 + 1, 15 }, { 900 + 899, 1 }, { 900 + 900, 0 },
	};
	const struct zg_slice addresses[] = { ZG_S("info@example.be"), ZG_S("niemand@example.be") };
	struct town *t = *state;
	struct people_answer r;

	for (size_t k = 0; k < COUNT(addresses); k++) {
		t->h.actor.now = NOW;
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(sign_in(t, addresses[k], OTHER, &r), HOUSE_WRONG);
		for (size_t i = 0; i < COUNT(rows); i++) {
			t->h.actor.now = NOW + rows[i].after;
			t->h.actor.from = i % 2 ? ZG_S("192.0.2.8") : ZG_S("192.0.2.9");	/* from wherever */
			assert_int_equal(sign_in(t, addresses[k], OTHER, &r), rows[i].minutes ? HOUSE_WAIT : HOUSE_WRONG);
			if (r.minutes != rows[i].minutes)
				fail_msg("%zu: %u minutes", i, r.minutes);
		}
	}
	assert_int_equal(sign_in(t, ZG_S("INFO@example.be"), GOOD, &r), HOUSE_WAIT);	/* the right one too, in other capitals */
	t->h.actor.now += 6 * 3600 + 1;
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_OK);
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), OTHER, &r), HOUSE_WRONG);	/* it began anew */
}

static void slowed_by_place(void **state)
{
	struct town *t = *state;
	struct people_new n = { .address = ZG_S("a@example.be"), .password = GOOD };
	struct people_answer r;

	for (unsigned i = 0; i < 20; i++)	/* the cheapest way to be wrong from a place */
		assert_int_equal(people_setup(&t->h, t->g, ZG_S("x"), &n, &t->w.a, &r), HOUSE_EXISTS);
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_WAIT);
	assert_int_equal(r.minutes, 1);
	t->h.actor.from = ZG_S("192.0.2.8");
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_OK);
}

static void sessions_end(void **state)
{
	static const struct { const char *proves; int64_t steps[3]; bool is_there; } rows[] = {
		{ "twelve hours idle", { PEOPLE_IDLE }, true },
		{ "a second more", { PEOPLE_IDLE + 1 }, false },
		{ "seen in between", { PEOPLE_IDLE - 9, PEOPLE_IDLE - 9 }, true },
	};
	struct town *t = *state;
	struct people_answer r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum house_rc rc = HOUSE_OK;

		assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_OK);
		for (size_t k = 0; k < 3 && rows[i].steps[k]; k++) {
			t->h.actor.now += rows[i].steps[k];
			rc = session(t, &r.token);
		}
		if (rc != (rows[i].is_there ? HOUSE_OK : HOUSE_NO_USER))
			fail_msg("%s", rows[i].proves);
	}
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_OK);
	for (int64_t at = 0; at <= PEOPLE_LONGEST; at += PEOPLE_LONGEST / 21, t->h.actor.now += PEOPLE_LONGEST / 21)
		assert_int_equal(session(t, &r.token), HOUSE_OK);
	assert_int_equal(session(t, &r.token), HOUSE_NO_USER);	/* seven days, however busy */
}

static void visits_and_fixation(void **state)
{
	struct town *t = *state;
	struct people_answer one, two;
	struct people_login l = { .address = ZG_S("info@example.be"), .password = GOOD };
	struct people_seat seat;
	struct zg_slice csrf;
	char mem[PEOPLE_CSRF];

	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &one), HOUSE_OK);
	t->h.actor.now += PEOPLE_SEEN - 1;
	assert_int_equal(seat_of(t, &one.token).session.seen, NOW);	/* not yet noted */
	t->h.actor.now += 1;
	assert_int_equal(seat_of(t, &one.token).session.seen, NOW + PEOPLE_SEEN);
	l.old_token = zg_slice_of(one.token.text, PEOPLE_TOKEN);
	assert_int_equal(people_sign_in(&t->h, t->g, &l, &t->w.a, &two), HOUSE_OK);
	assert_memory_not_equal(one.token.text, two.token.text, PEOPLE_TOKEN);
	assert_int_equal(session(t, &one.token), HOUSE_NO_USER);	/* what came along is over */
	seat = seat_of(t, &two.token);
	people_csrf(zg_slice_of(two.token.text, PEOPLE_TOKEN), ZG_S("form"), mem);
	csrf = zg_slice_of(mem, sizeof(mem));
	assert_true(people_csrf_is(zg_slice_of(two.token.text, PEOPLE_TOKEN), ZG_S("form"), csrf));
	assert_false(people_csrf_is(zg_slice_of(two.token.text, PEOPLE_TOKEN), ZG_S("forms"), csrf));
	assert_false(people_csrf_is(zg_slice_of(one.token.text, PEOPLE_TOKEN), ZG_S("form"), csrf));
	assert_false(people_csrf_is(ZG_S(""), ZG_S("form"), csrf));
	assert_false(people_csrf_is(zg_slice_of(two.token.text, PEOPLE_TOKEN), ZG_S("form"), ZG_S("")));
	assert_int_equal(people_sign_out(&t->h, &seat), HOUSE_OK);
	assert_int_equal(session(t, &two.token), HOUSE_NO_USER);
}

/* --- one's own account --------------------------------------------------------------------------------------- */

static void prove_and_change(void **state)
{
	struct town *t = *state;
	struct people_answer one, two, r;
	struct people_seat seat;

	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &one), HOUSE_OK);
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &two), HOUSE_OK);
	t->h.actor.now += PEOPLE_PROVED + 1;
	seat = seat_of(t, &one.token);
	assert_false(seat.is_proved);
	assert_int_equal(people_prove(&t->h, t->g, &seat, OTHER, &r), HOUSE_WRONG);
	assert_false(seat_of(t, &one.token).is_proved);
	assert_int_equal(people_prove(&t->h, t->g, &seat, GOOD, &r), HOUSE_OK);
	assert_true(seat_of(t, &one.token).is_proved);
	assert_int_equal(people_password_change(&t->h, t->g, &seat, OTHER, OTHER, &r), HOUSE_WRONG);
	assert_int_equal(people_password_change(&t->h, t->g, &seat, GOOD, ZG_S("bakker123456"), &r), HOUSE_BAD_PASSWORD);
	assert_int_equal(r.flaw, PASSWORD_NAME);
	assert_int_equal(people_password_change(&t->h, t->g, &seat, GOOD, OTHER, &r), HOUSE_OK);
	audited(t, ZG_S("user.password"), ZG_S("info@example.be"), ZG_S("own"));
	assert_int_equal(session(t, &one.token), HOUSE_OK);
	assert_int_equal(session(t, &two.token), HOUSE_NO_USER);
	assert_int_equal(people_password_change(&t->h, t->g, &seat, GOOD, GOOD, &r), HOUSE_WRONG);	/* the seat is of before */
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &r), HOUSE_WRONG);
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), OTHER, &two), HOUSE_OK);
	assert_int_equal(people_sessions_end_others(&t->h, &seat), HOUSE_OK);
	assert_int_equal(session(t, &two.token), HOUSE_NO_USER);
	assert_int_equal(session(t, &one.token), HOUSE_OK);
}

static void second_step(void **state)
{
	struct town *t = *state;
	struct zg_slice secret = ZG_S("12345678901234567890"), six;
	struct people_answer half, r, again;
	struct people_codes codes;
	struct people_seat seat;
	char mem[6];

	assert_int_equal(sign_in(t, ZG_S("root@example.com"), GOOD, &r), HOUSE_OK);
	seat = seat_of(t, &r.token);
	assert_true(seat.needs_totp);
	assert_int_equal(people_totp_set(&t->h, &seat, secret, ZG_S("000000"), &codes, &r), HOUSE_WRONG);
	assert_int_equal(totp_code(secret, t->h.actor.now, mem), 0);
	six = zg_slice_of(mem, sizeof(mem));
	assert_int_equal(people_totp_set(&t->h, &seat, ZG_S("short"), six, &codes, &r), HOUSE_WRONG);
	assert_int_equal(people_totp_set(&t->h, &seat, secret, six, &codes, &r), HOUSE_OK);
	assert_int_equal(people_totp_remove(&t->h, &seat), HOUSE_LAST);

	assert_int_equal(sign_in(t, ZG_S("root@example.com"), GOOD, &half), HOUSE_OK);
	assert_true(half.needs_code);
	seat = seat_of(t, &half.token);
	assert_true(seat.needs_code && !seat.is_proved);
	assert_int_equal(people_prove(&t->h, t->g, &seat, GOOD, &r), HOUSE_NO_USER);
	assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN), six, &t->w.a, &r), HOUSE_WRONG);	/* used */
	assert_int_equal(totp_code(secret, t->h.actor.now + 120, mem), 0);
	assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN), six, &t->w.a, &r), HOUSE_WRONG);
	assert_int_equal(r.clock_off, 120);
	t->h.actor.now += 60;
	assert_int_equal(totp_code(secret, t->h.actor.now, mem), 0);
	assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN), six, &t->w.a, &r), HOUSE_OK);
	assert_memory_not_equal(half.token.text, r.token.text, PEOPLE_TOKEN);
	assert_int_equal(session(t, &half.token), HOUSE_NO_USER);
	assert_false(seat_of(t, &r.token).needs_code);
	assert_int_equal(people_code(&t->h, t->g, zg_slice_of(r.token.text, PEOPLE_TOKEN), six, &t->w.a, &again), HOUSE_NO_USER);

	for (unsigned i = 0; i < 2; i++) {	/* a recovery code is good for one */
		assert_int_equal(sign_in(t, ZG_S("root@example.com"), GOOD, &half), HOUSE_OK);
		assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN),
					     zg_slice_of(codes.text[3], TOTP_RECOVERY_TEXT), &t->w.a, &r), i ? HOUSE_WRONG : HOUSE_OK);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN), ZG_S("x"), &t->w.a, &r), HOUSE_WRONG);
	assert_int_equal(people_code(&t->h, t->g, zg_slice_of(half.token.text, PEOPLE_TOKEN), ZG_S("x"), &t->w.a, &r), HOUSE_WAIT);
	t->h.actor.now += PEOPLE_HALF + 1;
	assert_int_equal(session(t, &half.token), HOUSE_NO_USER);
}

static void reset(void **state)
{
	struct town *t = *state;
	struct people_answer r, in, done;
	struct store_user u;
	bool is_sent;
	struct zg_slice ticket;

	assert_int_equal(people_reset_begin(&t->h, ZG_S("niemand@example.be"), &t->w.a, &r, &is_sent), HOUSE_OK);
	assert_false(is_sent);
	for (unsigned i = 0; i < PEOPLE_RESETS + 1; i++) {
		assert_int_equal(people_reset_begin(&t->h, ZG_S("info@example.be"), &t->w.a, i < PEOPLE_RESETS ? &r : &in, &is_sent), HOUSE_OK);
		assert_int_equal(is_sent, i < PEOPLE_RESETS);
	}
	ticket = zg_slice_of(r.token.text, PEOPLE_TOKEN);
	assert_int_equal(people_ticket(t->w.s, ticket, NOW + PEOPLE_RESET - 1, &t->w.a, &u), HOUSE_OK);
	assert_int_equal(u.id, t->owner.id);
	assert_int_equal(people_ticket(t->w.s, ticket, NOW + PEOPLE_RESET, &t->w.a, &u), HOUSE_EXPIRED);
	assert_int_equal(people_ticket(t->w.s, ZG_S("x"), NOW, &t->w.a, &u), HOUSE_EXPIRED);
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), GOOD, &in), HOUSE_OK);
	assert_int_equal(people_reset_finish(&t->h, ticket, ZG_S("kort"), &t->w.a, &done), HOUSE_BAD_PASSWORD);
	assert_int_equal(people_reset_finish(&t->h, ticket, OTHER, &t->w.a, &done), HOUSE_OK);
	audited(t, ZG_S("reset.finish"), ZG_S("info@example.be"), ZG_S(""));
	assert_int_equal(session(t, &in.token), HOUSE_NO_USER);
	assert_int_equal(people_reset_finish(&t->h, ticket, GOOD, &t->w.a, &done), HOUSE_EXPIRED);	/* used */
	assert_int_equal(sign_in(t, ZG_S("info@example.be"), OTHER, &in), HOUSE_OK);
}

static void invitation(void **state)
{
	struct town *t = *state;
	struct people_new n = { .address = ZG_S("lezer@example.be"), .role = STORE_READER, .company = t->slager };
	struct people_answer r, again, done;

	assert_int_equal(people_user_add(&t->h, &n, &t->w.a, &r), HOUSE_OK);
	assert_int_equal(sign_in(t, n.address, ZG_S(""), &done), HOUSE_WRONG);	/* no password is no empty one */
	assert_int_equal(people_user_invite(&t->h, t->slager, r.user.id, &t->w.a, &again), HOUSE_OK);
	assert_int_equal(people_reset_finish(&t->h, zg_slice_of(r.token.text, PEOPLE_TOKEN), GOOD, &t->w.a, &done), HOUSE_EXPIRED);
	assert_int_equal(people_reset_finish(&t->h, zg_slice_of(again.token.text, PEOPLE_TOKEN), GOOD, &t->w.a, &done), HOUSE_OK);
	assert_int_equal(sign_in(t, n.address, GOOD, &done), HOUSE_OK);
}

/* --- several at a time; an older database --------------------------------------------------------------------- */

struct finisher { struct town *t; struct store *s; struct zg_slice ticket; enum house_rc rc; };

static void *finish(void *arg)
{
	struct finisher *f = arg;
	struct house h = f->t->h;
	struct people_answer r;
	struct zg_arena a;

	h.store = f->s;
	zg_arena_init(&a, &world_heap, 1u << 20);
	f->rc = people_reset_finish(&h, f->ticket, OTHER, &a, &r);
	zg_arena_reset(&a);
	return NULL;
}

static void one_ticket_two_hands(void **state)
{
	struct town *t = *state;
	struct people_answer r;
	struct finisher f[2];
	pthread_t threads[2];
	bool is_sent;

	assert_int_equal(people_reset_begin(&t->h, ZG_S("info@example.be"), &t->w.a, &r, &is_sent), HOUSE_OK);
	for (size_t i = 0; i < 2; i++) {
		f[i] = (struct finisher){ t, world_open(t->w.url, STORE_WRITE), zg_slice_of(r.token.text, PEOPLE_TOKEN), HOUSE_STORE };
		assert_int_equal(pthread_create(&threads[i], NULL, finish, &f[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		store_close(f[i].s);
	}
	assert_int_equal((f[0].rc == HOUSE_OK) + (f[1].rc == HOUSE_OK), 1);
	assert_int_equal((f[0].rc == HOUSE_EXPIRED) + (f[1].rc == HOUSE_EXPIRED), 1);
}

extern const struct zg_slice store_schema[];

/* A database as the first version made it, with what stood in it. */
static void old_make(const char *path)
{
	static const char more[] = "INSERT INTO company (slug, name, sealed_dek, created) VALUES ('oud', 'Oud bv', x'', 5);"
				   "PRAGMA application_id=0x7a67656c; PRAGMA user_version=1";
	char *sql = calloc(1, store_schema[0].n + 1);
	sqlite3 *db;

	assert_non_null(sql);
	memcpy(sql, store_schema[0].p, store_schema[0].n);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(sql);
}

static void from_the_first_schema(void **state)
{
	struct town *t = *state;
	char path[100], url[120];
	struct store_company c;

	(void)snprintf(path, sizeof(path), "%s/old.db", t->w.folder);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	old_make(path);
	store_close(t->w.s);
	t->h.store = t->w.s = world_open(url, STORE_WRITE);
	assert_int_equal(store_company_get(t->w.s, ZG_S("oud"), &t->w.a, &c), STORE_OK);
	(void)user(t, ZG_S("weer@example.be"), STORE_OWNER, c.id);
	audited(t, ZG_S("user.add"), ZG_S("weer@example.be"), ZG_S("owner"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(adding_refused), T(of_another_company), T(the_last_one_stays), T(setup_once), T(wrong_ones_look_alike),
		T(slowed_by_account), T(slowed_by_place), T(sessions_end), T(visits_and_fixation), T(prove_and_change), T(second_step),
		T(reset), T(invitation), T(one_ticket_two_hands), T(from_the_first_schema),
	};

	if (seal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
