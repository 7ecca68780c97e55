/* people.h - users, how they sign in, and their sessions.
 *
 *   (nobody) --people_sign_in--> whole session                      password right, no second step
 *            --people_sign_in--> half session --people_code--> whole session (with a new token)
 *   whole, half --people_sign_out, 12 h idle, 7 days, a new password elsewhere--> (nobody)
 *
 * All take h: h->store, and h->actor with from (the peer's address) and now; who is set by people_sign_in, _code, _setup and
 * _reset_* themselves.  What changes something does it with its audit line in one transaction.  Passwords are hashed and held
 * before a transaction begins, so no other process waits for them; a call may take 150 ms. */
#ifndef HOUSE_PEOPLE_H
#define HOUSE_PEOPLE_H

#include "house/house.h"
#include "seal/password.h"
#include "seal/totp.h"
#include "store/store_people.h"

#define PEOPLE_TOKEN 64u		/* characters of a session's or ticket's token: 320 bits */
#define PEOPLE_SETUP_CODE 16u		/* characters: 80 bits */
#define PEOPLE_CSRF 64u			/* hexadecimal digits */
#define PEOPLE_IDLE (12 * 3600)		/* s */
#define PEOPLE_LONGEST (7 * 86400)	/* s */
#define PEOPLE_HALF 600			/* s for the second step */
#define PEOPLE_PROVED 600		/* s that a password asked again is good for */
#define PEOPLE_SEEN 300			/* s between two notes of a visit */
#define PEOPLE_RESET 3600		/* s that a link for a new password lives */
#define PEOPLE_INVITATION (7 * 86400)	/* s that an invitation lives */
#define PEOPLE_RESETS 3u		/* links an hour */
#define PEOPLE_ADDRESS_MAX 254u		/* octets of an address, RFC 5321 4.5.3.1.3 */

struct people_token { char text[PEOPLE_TOKEN]; };

/* What a call tells beside its rc. */
struct people_answer {
	struct people_token token;	/* of the new session, or ticket */
	bool needs_code;		/* HOUSE_OK of people_sign_in: the session is half */
	unsigned minutes;		/* HOUSE_WAIT: whole minutes, 1 at least */
	enum password_flaw flaw;	/* HOUSE_BAD_PASSWORD */
	int clock_off;			/* HOUSE_WRONG of a TOTP code that fits another time: seconds; else 0 */
	struct store_user user;		/* whom it was about, on HOUSE_OK */
};

/* Who sits at a session.  Slices live in the arena that was handed in. */
struct people_seat {
	struct store_user user;
	struct store_session session;
	bool needs_code;	/* the second step is still to come: nothing but people_code and sign-out */
	bool needs_totp;	/* an operator who has none yet: has to set it up first */
	bool is_proved;		/* the password was asked within PEOPLE_PROVED */
};

/* --- slow-down: one for the process, of all threads ---------------------------------------------------------- */

struct people_guard;
struct people_guard *people_guard_new(void);	/* NULL: no memory */
void people_guard_free(struct people_guard *g);

/* --- first run ----------------------------------------------------------------------------------------------- */

/* A new code, in place of the one before; HOUSE_EXISTS where an operator is there: no code is made. */
enum house_rc people_setup_code(struct house *h, char ret[PEOPLE_SETUP_CODE]);
/* Is /setup open: no operator yet? */
enum house_rc people_setup_is_open(struct store *s, bool *ret);
/* The first operator: HOUSE_WRONG for another code, HOUSE_EXISTS where there is one, HOUSE_WAIT,
 * HOUSE_BAD_ADDRESS, HOUSE_BAD_PASSWORD. */
struct people_new {
	struct zg_slice address, name, language, theme;
	struct zg_slice password;	/* "": none; an invitation is made for who has none */
	enum store_role role;
	uint64_t company;		/* 0 with STORE_OPERATOR alone */
};
enum house_rc people_setup(struct house *h, struct people_guard *g, struct zg_slice code, const struct people_new *n,
			   struct zg_arena *a, struct people_answer *ret);

/* --- signing in ---------------------------------------------------------------------------------------------- */

struct people_login {
	struct zg_slice address, password;
	struct zg_slice agent;		/* of the browser; cut where it is long */
	struct zg_slice old_token;	/* of a session that came with it, or "": it ends */
};
/* HOUSE_WRONG for an unknown address and a wrong password alike; HOUSE_WAIT. */
enum house_rc people_sign_in(struct house *h, struct people_guard *g, const struct people_login *l, struct zg_arena *a,
			     struct people_answer *ret);
/* The second step: a TOTP code or a recovery code.  HOUSE_OK: the half session is over, ret->token is the whole one's.
 * HOUSE_WRONG, HOUSE_WAIT; HOUSE_NO_USER: the half session is none (any more). */
enum house_rc people_code(struct house *h, struct people_guard *g, struct zg_slice token, struct zg_slice code,
			  struct zg_arena *a, struct people_answer *ret);
/* HOUSE_NO_USER: no session, or over.  With a store that is open for reading the visit is not noted. */
enum house_rc people_session(struct house *h, bool note, struct zg_slice token, struct zg_arena *a, struct people_seat *ret);
enum house_rc people_sign_out(struct house *h, const struct people_seat *seat);
enum house_rc people_sessions_end_others(struct house *h, const struct people_seat *seat);
/* The password again, for key actions: HOUSE_WRONG, HOUSE_WAIT; HOUSE_OK is good for PEOPLE_PROVED. */
enum house_rc people_prove(struct house *h, struct people_guard *g, const struct people_seat *seat, struct zg_slice password,
			   struct people_answer *ret);

/* A token for the forms of one session and purpose, and whether one is it, in the same time for right and wrong. */
void people_csrf(struct zg_slice session_token, struct zg_slice purpose, char ret[PEOPLE_CSRF]);
bool people_csrf_is(struct zg_slice session_token, struct zg_slice purpose, struct zg_slice csrf);

/* --- one's own account --------------------------------------------------------------------------------------- */

/* The old one is asked; all other sessions and all tickets end. */
enum house_rc people_password_change(struct house *h, struct people_guard *g, const struct people_seat *seat,
				     struct zg_slice old, struct zg_slice new, struct people_answer *ret);
/* A secret that the page shows is set once a code of it was right; codes: the new recovery codes, shown once.  The last TOTP of
 * an operator cannot be taken off (HOUSE_LAST). */
struct people_codes { char text[TOTP_RECOVERY][TOTP_RECOVERY_TEXT]; };
enum house_rc people_totp_set(struct house *h, const struct people_seat *seat, struct zg_slice secret, struct zg_slice code,
			      struct people_codes *ret_codes, struct people_answer *ret);
enum house_rc people_totp_remove(struct house *h, const struct people_seat *seat);

/* --- a new password by a mailed link -------------------------------------------------------------------------- */

/* HOUSE_OK whatever the address is; *ret_is_sent: a mail with ret->token is to go to ret->user (to nobody else may it be told). */
enum house_rc people_reset_begin(struct house *h, struct zg_slice address, struct zg_arena *a, struct people_answer *ret,
				 bool *ret_is_sent);
/* Whose ticket it is (a reset or an invitation): HOUSE_EXPIRED where none. */
enum house_rc people_ticket(struct store *s, struct zg_slice ticket, int64_t now, struct zg_arena *a, struct store_user *ret);
/* HOUSE_EXPIRED, HOUSE_BAD_PASSWORD; HOUSE_OK: all sessions and tickets of the user end; sign in anew. */
enum house_rc people_reset_finish(struct house *h, struct zg_slice ticket, struct zg_slice password, struct zg_arena *a,
				  struct people_answer *ret);

/* --- the people of a company, or the operator's --------------------------------------------------------------- */

/* ret->token: the ticket of the invitation, where no password was given. */
enum house_rc people_user_add(struct house *h, const struct people_new *n, struct zg_arena *a, struct people_answer *ret);
/* A new invitation for who lost the first. */
enum house_rc people_user_invite(struct house *h, uint64_t company, uint64_t id, struct zg_arena *a, struct people_answer *ret);
/* Role (within the same company; HOUSE_LAST for the last owner or operator), name, language, theme of u; the rest is not read. */
enum house_rc people_user_set(struct house *h, const struct store_user *u);
/* By someone else: no old password asked; sessions and tickets end. */
enum house_rc people_user_password(struct house *h, uint64_t company, uint64_t id, struct zg_slice password,
				   struct people_answer *ret);
/* HOUSE_LAST: the last operator, or a company's last owner. */
enum house_rc people_user_remove(struct house *h, uint64_t company, uint64_t id);

/* May this role do it?  read: everyone; change: operator, owner, editor; people (and what else an owner does): operator, owner. */
bool people_may_change(enum store_role r);
bool people_may_own(enum store_role r);

#endif
