/* store_people.h - the tables of people: users, recovery codes, sessions, tickets, and what is known of the installation.
 *
 * As store.h has it.  Whatever touches one user's rows takes that user's company (0: the operator) beside the id: with another
 * company it is NOT_FOUND. */
#ifndef STORE_STORE_PEOPLE_H
#define STORE_STORE_PEOPLE_H

#include "store/store.h"

#define STORE_EVERY UINT64_MAX	/* as a company in lists: those of all, the operator's too */

enum store_role { STORE_OPERATOR, STORE_OWNER, STORE_EDITOR, STORE_READER, STORE_AUDITOR };
#define STORE_ROLES 5u
struct zg_slice store_role_word(enum store_role r);	/* "operator", "owner", "editor", "reader", "auditor" */
int store_role_read(struct zg_slice word, enum store_role *ret);	/* 0 or -1 */

struct store_user {
	uint64_t id, company;			/* company 0 exactly where role is STORE_OPERATOR */
	struct zg_slice company_slug, company_name;	/* read only; "" for the operator */
	enum store_role role;
	struct zg_slice address;		/* unique, whatever its capitals */
	struct zg_slice name, language, theme;	/* "" where nobody chose */
	struct zg_slice password;		/* argon2id's string; "": none yet */
	struct zg_slice totp;			/* the secret; "": none */
	uint64_t totp_counter;			/* the last that was taken */
	int64_t created, seen;			/* seen 0: never */
};
/* EXISTS: the address is taken.  NOT_FOUND: no such company. */
enum store_rc store_user_add(struct store *s, const struct store_user *u, uint64_t *ret_id);
enum store_rc store_user_get(struct store *s, struct zg_slice address, struct zg_arena *a, struct store_user *ret);
enum store_rc store_user_by_id(struct store *s, uint64_t company, uint64_t id, struct zg_arena *a, struct store_user *ret);
enum store_rc store_user_list(struct store *s, uint64_t company, struct zg_arena *a, struct store_user **ret, size_t *ret_count);
/* Role, name, language and theme of u. */
enum store_rc store_user_set(struct store *s, const struct store_user *u);
enum store_rc store_user_set_password(struct store *s, uint64_t company, uint64_t id, struct zg_slice password);
/* An empty secret takes it off, and the recovery codes with it. */
enum store_rc store_user_set_totp(struct store *s, uint64_t company, uint64_t id, struct zg_slice secret);
/* NOT_FOUND: this counter or a later one was taken before. */
enum store_rc store_user_take_counter(struct store *s, uint64_t company, uint64_t id, uint64_t counter);
enum store_rc store_user_seen(struct store *s, uint64_t company, uint64_t id, int64_t seen);
/* With all that hangs on it. */
enum store_rc store_user_remove(struct store *s, uint64_t company, uint64_t id);
/* How many of this role a company has. */
enum store_rc store_user_count(struct store *s, uint64_t company, enum store_role role, uint64_t *ret);

/* A set of recovery codes in place of the one before. */
struct store_code { unsigned char hash[32]; };
enum store_rc store_code_set(struct store *s, uint64_t company, uint64_t user, const struct store_code *codes, size_t count);
/* Once: NOT_FOUND where it is none, or was used. */
enum store_rc store_code_take(struct store *s, uint64_t company, uint64_t user, const struct store_code *code);
enum store_rc store_code_count(struct store *s, uint64_t company, uint64_t user, uint64_t *ret);

struct store_session {
	unsigned char hash[32];		/* SHA-256 of the token */
	uint64_t user, company;		/* company: of the user, read only */
	int64_t created, seen;
	int64_t proved;			/* when the password was last asked */
	bool is_whole;			/* false: the second step is still to come */
	struct zg_slice place, agent;
};
enum store_rc store_session_add(struct store *s, const struct store_session *n);	/* NOT_FOUND: no such user */
enum store_rc store_session_get(struct store *s, const unsigned char hash[32], struct zg_arena *a, struct store_session *ret);
enum store_rc store_session_seen(struct store *s, const unsigned char hash[32], int64_t seen);
enum store_rc store_session_proved(struct store *s, const unsigned char hash[32], int64_t proved);
enum store_rc store_session_remove(struct store *s, const unsigned char hash[32]);
/* Newest first. */
enum store_rc store_session_list(struct store *s, uint64_t company, uint64_t user, struct zg_arena *a,
				 struct store_session **ret, size_t *ret_count);
/* All of a user but one (NULL: all); OK where there was none. */
enum store_rc store_session_end(struct store *s, uint64_t company, uint64_t user, const unsigned char *but);
/* Those not seen since `seen` or older than `created`, and tickets expired at now; OK where there was none. */
enum store_rc store_people_purge(struct store *s, int64_t seen, int64_t created, int64_t now);

enum store_ticket_kind { STORE_RESET, STORE_INVITATION };
struct store_ticket {
	unsigned char hash[32];
	uint64_t user, company;		/* company: read only */
	enum store_ticket_kind kind;
	int64_t created, expires;
};
enum store_rc store_ticket_add(struct store *s, const struct store_ticket *t);	/* NOT_FOUND: no such user */
/* NOT_FOUND: none, used, or expired at now. */
enum store_rc store_ticket_get(struct store *s, const unsigned char hash[32], int64_t now, struct store_ticket *ret);
/* All of a user, of both kinds; OK where there was none. */
enum store_rc store_ticket_end(struct store *s, uint64_t company, uint64_t user);
enum store_rc store_ticket_count(struct store *s, uint64_t user, enum store_ticket_kind kind, int64_t since, uint64_t *ret);

/* What is known of the installation: small values by name, "setup.code" ...; NOT_FOUND.  An empty value takes it off. */
enum store_rc store_install_get(struct store *s, struct zg_slice name, struct zg_arena *a, struct zg_slice *ret);
enum store_rc store_install_set(struct store *s, struct zg_slice name, struct zg_slice value);

#endif
