/* people_account.c - one's own password and second step, and a new password by a mailed link. */
#include "base/secret.h"
#include "house/people_part.h"

/* --- the password again -------------------------------------------------------------------------------------- */

enum house_rc people_password_ask(struct house *h, struct people_guard *g, const struct people_seat *seat,
				  struct zg_slice password, unsigned *ret_minutes)
{
	struct zg_slice account = seat->user.address;

	*ret_minutes = people_guard_enter(g, PEOPLE_ACCOUNT, account, h->actor.now);
	if (*ret_minutes)
		return HOUSE_WAIT;
	if (password.n > PASSWORD_MAX || !password_is(password, seat->user.password))
		return HOUSE_WRONG;
	people_guard_right(g, PEOPLE_ACCOUNT, account);
	return HOUSE_OK;
}

enum house_rc people_prove(struct house *h, struct people_guard *g, const struct people_seat *seat, struct zg_slice password,
			   struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("prove"), .object = seat->user.address };
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	rc = seat->needs_code ? HOUSE_NO_USER : people_password_ask(h, g, seat, password, &ret->minutes);
	if (rc == HOUSE_WAIT)
		return rc;
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_session_proved(h->store, seat->session.hash, h->actor.now), HOUSE_NO_USER);
	return house_change_end(h, rc, &line);
}

/* The row is still what the seat saw; inside a transaction. */
static enum house_rc same_still(struct house *h, const struct store_user *u)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_user now;
	enum house_rc rc;

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	rc = house_of_store(store_user_by_id(h->store, u->company, u->id, &a, &now), HOUSE_NO_USER);
	return rc == HOUSE_OK && !zg_slice_eq(now.password, u->password) ? HOUSE_WRONG : rc;
}

enum house_rc people_password_change(struct house *h, struct people_guard *g, const struct people_seat *seat,
				     struct zg_slice old, struct zg_slice new, struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("user.password"), .object = seat->user.address, .detail = ZG_S("own") };
	char hash[PASSWORD_TEXT];
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	rc = seat->needs_code ? HOUSE_NO_USER : people_password_ask(h, g, seat, old, &ret->minutes);
	if (rc == HOUSE_WAIT)
		return rc;
	if (rc == HOUSE_OK)
		rc = people_password_make(new, &seat->user, hash, ret);
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = same_still(h, &seat->user);
	if (rc == HOUSE_OK)
		rc = people_password_put(h, &seat->user, hash, seat->session.hash);
	return house_change_end(h, rc, &line);
}

/* --- the second step ----------------------------------------------------------------------------------------- */

static void codes_make(struct people_codes *ret_codes, struct store_code *ret_hashes)
{
	for (size_t i = 0; i < TOTP_RECOVERY; i++) {
		totp_recovery_make(ret_codes->text[i]);
		token_hash(zg_slice_of(ret_codes->text[i], TOTP_RECOVERY_TEXT), ret_hashes[i].hash);
	}
}

static enum house_rc totp_set(struct house *h, const struct store_user *u, struct zg_slice secret, struct zg_slice code,
			      struct people_codes *ret_codes, struct people_answer *ret)
{
	struct totp_try t = { .now = h->actor.now };
	struct store_code hashes[TOTP_RECOVERY];
	uint64_t counter = 0;
	enum house_rc rc;

	if (secret.n != TOTP_SECRET || totp_check(secret, code, &t, &counter, &ret->clock_off) != TOTP_RIGHT)
		return HOUSE_WRONG;
	rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_set_totp(h->store, u->company, u->id, secret), HOUSE_NO_USER);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_take_counter(h->store, u->company, u->id, counter), HOUSE_NO_USER);
	if (rc != HOUSE_OK)
		return rc;
	codes_make(ret_codes, hashes);
	return house_of_store(store_code_set(h->store, u->company, u->id, hashes, TOTP_RECOVERY), HOUSE_NO_USER);
}

enum house_rc people_totp_set(struct house *h, const struct people_seat *seat, struct zg_slice secret, struct zg_slice code,
			      struct people_codes *ret_codes, struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("totp.set"), .object = seat->user.address };
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	rc = seat->needs_code ? HOUSE_NO_USER : totp_set(h, &seat->user, secret, code, ret_codes, ret);
	rc = house_change_end(h, rc, &line);
	if (rc != HOUSE_OK)
		zg_secret_wipe_bytes(ret_codes, sizeof(*ret_codes));
	return rc;
}

enum house_rc people_totp_remove(struct house *h, const struct people_seat *seat)
{
	struct house_line line = { .what = ZG_S("totp.remove"), .object = seat->user.address };
	enum house_rc rc = HOUSE_OK;

	if (seat->needs_code)
		rc = HOUSE_NO_USER;
	else if (seat->user.role == STORE_OPERATOR)
		rc = HOUSE_LAST;
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_set_totp(h->store, seat->user.company, seat->user.id, ZG_S("")), HOUSE_NO_USER);
	return house_change_end(h, rc, &line);
}

/* --- a new password by a mailed link ------------------------------------------------------------------------- */

static enum house_rc reset_begin(struct house *h, struct zg_slice address, struct zg_arena *a, struct people_answer *ret,
				 bool *ret_is_sent)
{
	uint64_t count = 0;
	enum house_rc rc = house_change_begin(h);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_get(h->store, people_address_read(address, a), a, &ret->user), HOUSE_NO_USER);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_ticket_count(h->store, ret->user.id, STORE_RESET, h->actor.now - PEOPLE_RESET, &count),
				    HOUSE_STORE);
	if (rc == HOUSE_OK && count >= PEOPLE_RESETS)
		rc = HOUSE_WAIT;
	if (rc == HOUSE_OK)
		rc = people_ticket_add(h, ret->user.id, STORE_RESET, &ret->token);
	*ret_is_sent = rc == HOUSE_OK;
	return rc;
}

enum house_rc people_reset_begin(struct house *h, struct zg_slice address, struct zg_arena *a, struct people_answer *ret,
				 bool *ret_is_sent)
{
	struct house_line line = { .what = ZG_S("reset.begin"), .object = address };
	struct house mine = *h;
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	mine.actor.who = ZG_S("nobody");
	rc = house_change_end(&mine, reset_begin(&mine, address, a, ret, ret_is_sent), &line);
	if (rc == HOUSE_OK)
		return rc;
	*ret_is_sent = false;
	*ret = (struct people_answer){ .minutes = 0 };
	return rc == HOUSE_NO_USER || rc == HOUSE_WAIT ? HOUSE_OK : rc;
}

enum house_rc people_ticket(struct store *s, struct zg_slice ticket, int64_t now, struct zg_arena *a, struct store_user *ret)
{
	unsigned char hash[TOKEN_HASH];
	struct store_ticket t = { .user = 0 };
	enum house_rc rc;

	if (ticket.n != PEOPLE_TOKEN)
		return HOUSE_EXPIRED;
	token_hash(ticket, hash);
	rc = house_of_store(store_ticket_get(s, hash, now, &t), HOUSE_EXPIRED);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_by_id(s, t.company, t.user, a, ret), HOUSE_EXPIRED);
	return rc;
}

enum house_rc people_reset_finish(struct house *h, struct zg_slice ticket, struct zg_slice password, struct zg_arena *a,
				  struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("reset.finish") };
	struct house mine = *h;
	struct store_user again;
	char hash[PASSWORD_TEXT];
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	mine.actor.who = ZG_S("nobody");
	rc = people_ticket(h->store, ticket, h->actor.now, a, &ret->user);
	if (rc == HOUSE_OK) {
		people_act_as(&mine, &ret->user);
		line.object = ret->user.address;
		rc = people_password_make(password, &ret->user, hash, ret);
	}
	if (rc == HOUSE_OK)
		rc = house_change_begin(&mine);
	if (rc == HOUSE_OK)	/* once more: a ticket is good for one */
		rc = people_ticket(h->store, ticket, h->actor.now, a, &again);
	if (rc == HOUSE_OK)
		rc = people_password_put(&mine, &ret->user, hash, NULL);
	return house_change_end(&mine, rc, &line);
}
