/* people_session.c - signing in, sessions, and signing out.
 *
 * A wrong address and a wrong password cost the same and are told the same.  The password is held against its hash before a
 * transaction begins; inside, the row must still be the one it was held against.  A token is new at each step up. */
#include <string.h>
#include "base/secret.h"
#include "base/utf8.h"
#include "house/people_part.h"

#define AGENT_MAX 200u	/* octets of a browser's name that are kept */

/* --- signing in ---------------------------------------------------------------------------------------------- */

static struct zg_slice agent_cut(struct zg_slice agent)
{
	struct zg_slice cut = zg_slice_sub(agent, 0, agent.n < AGENT_MAX ? agent.n : AGENT_MAX);

	while (cut.n && !zg_utf8_is_valid(cut))
		cut.n--;
	return cut;
}

/* A new session in place of the one whose token is old (or ""), inside a transaction. */
static enum house_rc session_add(struct house *h, struct store_session *n, struct zg_slice old, struct people_token *ret)
{
	int64_t now = h->actor.now;
	unsigned char hash[TOKEN_HASH];
	enum house_rc rc = house_of_store(store_people_purge(h->store, now - PEOPLE_IDLE, now - PEOPLE_LONGEST, now), HOUSE_STORE);

	if (rc == HOUSE_OK && old.n) {
		token_hash(old, hash);
		rc = house_of_store(store_session_remove(h->store, hash), HOUSE_OK);
	}
	if (rc != HOUSE_OK)
		return rc;
	people_token_make(ret);
	token_hash(people_token_slice(ret), n->hash);
	n->created = n->seen = n->proved = now;
	n->place = h->actor.from;
	rc = house_of_store(store_session_add(h->store, n), HOUSE_NO_USER);
	if (rc == HOUSE_OK && n->is_whole)
		rc = house_of_store(store_user_seen(h->store, n->company, n->user, now), HOUSE_NO_USER);
	return rc;
}

/* The user as it was when the password was held against it; inside a transaction. */
static enum house_rc same_still(struct house *h, const struct store_user *u, struct zg_arena *a)
{
	struct store_user now;
	enum house_rc rc = house_of_store(store_user_by_id(h->store, u->company, u->id, a, &now), HOUSE_WRONG);

	return rc == HOUSE_OK && !zg_slice_eq(now.password, u->password) ? HOUSE_WRONG : rc;
}

/* Held against the hash of the user with this address, or of nobody. */
static enum house_rc password_judge(struct house *h, const struct people_login *l, struct zg_arena *a, struct store_user *ret)
{
	struct zg_slice address = people_address_read(l->address, a);
	struct store_user u = { .id = 0 };	/* an empty hash takes as long */
	enum house_rc rc = house_of_store(store_user_get(h->store, address, a, &u), HOUSE_WRONG);
	bool is_right;

	if (rc != HOUSE_OK && rc != HOUSE_WRONG)
		return rc;
	is_right = password_is(l->password.n > PASSWORD_MAX ? ZG_S("") : l->password, u.password);
	*ret = u;
	return is_right ? HOUSE_OK : HOUSE_WRONG;
}

/* A hash of other costs than today's is made anew, while its password is at hand. */
static void renew(const struct people_login *l, const struct store_user *u, char ret[PASSWORD_TEXT])
{
	memset(ret, 0, PASSWORD_TEXT);
	if (password_is_old(u->password) && password_hash(l->password, ret) < 0)
		memset(ret, 0, PASSWORD_TEXT);	/* without memory the old one does */
}

static enum house_rc sign_in(struct house *h, const struct people_login *l, struct zg_arena *a, struct people_answer *ret)
{
	struct store_session n = { .agent = agent_cut(l->agent) };
	struct store_user *u = &ret->user;
	char hash[PASSWORD_TEXT];
	enum house_rc rc = password_judge(h, l, a, u);

	if (rc != HOUSE_OK)
		return rc;
	people_act_as(h, u);
	renew(l, u, hash);
	rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = same_still(h, u, a);
	if (rc == HOUSE_OK && hash[0])
		rc = house_of_store(store_user_set_password(h->store, u->company, u->id, people_password_slice(hash)), HOUSE_WRONG);
	if (rc != HOUSE_OK)
		return rc;
	ret->needs_code = u->totp.n > 0;
	n.user = u->id;
	n.company = u->company;
	n.is_whole = !ret->needs_code;
	return session_add(h, &n, l->old_token, &ret->token);
}

/* Counts for the place, then for the account. */
static unsigned both_enter(struct house *h, struct people_guard *g, struct zg_slice account)
{
	unsigned minutes = people_guard_enter(g, PEOPLE_PLACE, h->actor.from, h->actor.now);

	if (minutes)
		return minutes;
	minutes = people_guard_enter(g, PEOPLE_ACCOUNT, account, h->actor.now);
	if (minutes)
		people_guard_right(g, PEOPLE_PLACE, h->actor.from);	/* it was not tried */
	return minutes;
}

/* The account that an address means, known or not. */
static struct zg_slice account_of(struct zg_slice typed, struct zg_arena *a)
{
	struct zg_slice address = people_address_read(typed, a);

	return address.n ? address : typed;
}

enum house_rc people_sign_in(struct house *h, struct people_guard *g, const struct people_login *l, struct zg_arena *a,
			     struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("sign-in"), .object = l->address };
	struct house mine = *h;
	struct zg_slice account = account_of(l->address, a);
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	ret->minutes = both_enter(h, g, account);
	if (ret->minutes)
		return HOUSE_WAIT;
	mine.actor.who = ZG_S("nobody");
	rc = house_change_end(&mine, sign_in(&mine, l, a, ret), &line);
	if (rc != HOUSE_OK) {
		*ret = (struct people_answer){ .minutes = 0 };	/* whether there is such a user is nobody's to know */
		return rc;
	}
	people_guard_right(g, PEOPLE_ACCOUNT, account);
	people_guard_right(g, PEOPLE_PLACE, h->actor.from);
	return HOUSE_OK;
}

/* --- the second step ----------------------------------------------------------------------------------------- */

static enum house_rc recovery_take(struct house *h, const struct store_user *u, struct zg_slice typed)
{
	char code[TOTP_RECOVERY_TEXT];
	struct store_code c;

	if (!totp_recovery_read(typed, code))
		return HOUSE_WRONG;
	token_hash(zg_slice_of(code, sizeof(code)), c.hash);
	zg_secret_wipe_bytes(code, sizeof(code));
	return house_of_store(store_code_take(h->store, u->company, u->id, &c), HOUSE_WRONG);
}

static enum house_rc code_judge(struct house *h, const struct store_user *u, struct zg_slice code, struct people_answer *ret,
				struct house_line *line)
{
	struct totp_try t = { h->actor.now, u->totp_counter };
	uint64_t counter = 0;

	if (totp_check(u->totp, code, &t, &counter, &ret->clock_off) == TOTP_RIGHT)
		return house_of_store(store_user_take_counter(h->store, u->company, u->id, counter), HOUSE_WRONG);
	line->detail = ZG_S("recovery code");
	return recovery_take(h, u, code);
}

static enum house_rc second_step(struct house *h, struct zg_slice token, struct zg_slice code, struct people_seat *seat,
				 struct zg_arena *a, struct people_answer *ret, struct house_line *line)
{
	struct store_session n = { .user = seat->user.id, .company = seat->user.company, .agent = seat->session.agent, .is_whole = true };
	enum house_rc rc = house_change_begin(h);

	if (rc == HOUSE_OK)	/* once more: another may just have used it */
		rc = people_session(h, false, token, a, seat);
	if (rc == HOUSE_OK)
		rc = code_judge(h, &seat->user, code, ret, line);
	if (rc == HOUSE_OK)
		rc = session_add(h, &n, token, &ret->token);
	return rc;
}

enum house_rc people_code(struct house *h, struct people_guard *g, struct zg_slice token, struct zg_slice code,
			  struct zg_arena *a, struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("sign-in.code") };
	struct house mine = *h;
	struct people_seat seat;
	enum house_rc rc = people_session(h, false, token, a, &seat);

	*ret = (struct people_answer){ .minutes = 0 };
	if (rc != HOUSE_OK || !seat.needs_code)
		return rc == HOUSE_OK ? HOUSE_NO_USER : rc;
	ret->minutes = people_guard_enter(g, PEOPLE_SECOND, seat.user.address, h->actor.now);
	if (ret->minutes)
		return HOUSE_WAIT;
	people_act_as(&mine, &seat.user);
	line.object = seat.user.address;
	rc = house_change_end(&mine, second_step(&mine, token, code, &seat, a, ret, &line), &line);
	if (rc != HOUSE_OK)
		return rc;
	ret->user = seat.user;
	people_guard_right(g, PEOPLE_SECOND, seat.user.address);
	return HOUSE_OK;
}

/* --- sessions ------------------------------------------------------------------------------------------------ */

static bool is_over(const struct store_session *n, int64_t now)
{
	if (!n->is_whole)
		return now - n->created > PEOPLE_HALF;
	return now - n->seen > PEOPLE_IDLE || now - n->created > PEOPLE_LONGEST;
}

/* A visit that cannot be noted now is noted by the next. */
static enum house_rc visit_note(struct house *h, struct people_seat *seat)
{
	int64_t now = h->actor.now;
	enum house_rc rc = house_of_store(store_session_seen(h->store, seat->session.hash, now), HOUSE_NO_USER);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_seen(h->store, seat->user.company, seat->user.id, now), HOUSE_NO_USER);
	if (rc == HOUSE_OK)
		seat->session.seen = seat->user.seen = now;
	return rc;
}

enum house_rc people_session(struct house *h, bool note, struct zg_slice token, struct zg_arena *a, struct people_seat *ret)
{
	struct people_seat seat = { .needs_code = false };
	unsigned char hash[TOKEN_HASH];
	int64_t now = h->actor.now;
	enum house_rc rc;

	if (token.n != PEOPLE_TOKEN)
		return HOUSE_NO_USER;
	token_hash(token, hash);
	rc = house_of_store(store_session_get(h->store, hash, a, &seat.session), HOUSE_NO_USER);
	if (rc != HOUSE_OK || is_over(&seat.session, now))
		return rc == HOUSE_OK ? HOUSE_NO_USER : rc;
	rc = house_of_store(store_user_by_id(h->store, seat.session.company, seat.session.user, a, &seat.user), HOUSE_NO_USER);
	if (rc == HOUSE_OK && note && seat.session.is_whole && now - seat.session.seen >= PEOPLE_SEEN)
		rc = visit_note(h, &seat);
	if (rc != HOUSE_OK)
		return rc;
	seat.needs_code = !seat.session.is_whole;
	seat.needs_totp = seat.session.is_whole && seat.user.role == STORE_OPERATOR && !seat.user.totp.n;
	seat.is_proved = seat.session.is_whole && now - seat.session.proved <= PEOPLE_PROVED;
	*ret = seat;
	return HOUSE_OK;
}

enum house_rc people_sign_out(struct house *h, const struct people_seat *seat)
{
	struct house_line line = { .what = ZG_S("sign-out"), .object = seat->user.address };
	enum house_rc rc = house_change_begin(h);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_session_remove(h->store, seat->session.hash), HOUSE_NO_USER);
	return house_change_end(h, rc, &line);
}

enum house_rc people_sessions_end_others(struct house *h, const struct people_seat *seat)
{
	struct house_line line = { .what = ZG_S("sessions.end"), .object = seat->user.address };
	enum house_rc rc = house_change_begin(h);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_session_end(h->store, seat->user.company, seat->user.id, seat->session.hash), HOUSE_STORE);
	return house_change_end(h, rc, &line);
}

void people_csrf(struct zg_slice session_token, struct zg_slice purpose, char ret[PEOPLE_CSRF])
{
	token_bound(session_token, purpose, ret);
}

bool people_csrf_is(struct zg_slice session_token, struct zg_slice purpose, struct zg_slice csrf)
{
	return token_bound_is(session_token, purpose, csrf);
}
