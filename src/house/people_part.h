/* people_part.h - what the files of people share. */
#ifndef HOUSE_PEOPLE_PART_H
#define HOUSE_PEOPLE_PART_H

#include "house/change.h"
#include "house/people.h"
#include "seal/token.h"

/* What is counted by the guard, each by itself. */
enum people_count { PEOPLE_ACCOUNT = 'a', PEOPLE_PLACE = 'p', PEOPLE_SECOND = 's' };
/* Counts a try before it is known whether it is right: 0, or the whole minutes to wait; then nothing is counted. */
unsigned people_guard_enter(struct people_guard *g, enum people_count what, struct zg_slice key, int64_t now);
/* It was right.  An account begins anew; of a place this one try is taken back. */
void people_guard_right(struct people_guard *g, enum people_count what, struct zg_slice key);

/* An address as it is kept, in a; "" where it is none. */
struct zg_slice people_address_read(struct zg_slice text, struct zg_arena *a);
/* The actor of h is this user from now on. */
void people_act_as(struct house *h, const struct store_user *u);
/* HOUSE_BAD_PASSWORD with its flaw, or HOUSE_OK; or the hash. */
enum house_rc people_password_check(struct zg_slice password, const struct store_user *u, struct people_answer *told);
enum house_rc people_password_make(struct zg_slice password, const struct store_user *u, char ret[PASSWORD_TEXT],
				   struct people_answer *told);
struct zg_slice people_password_slice(const char hash[PASSWORD_TEXT]);
void people_token_make(struct people_token *ret);
struct zg_slice people_token_slice(const struct people_token *t);
/* A ticket in place of none: added inside a transaction. */
enum house_rc people_ticket_add(struct house *h, uint64_t user, enum store_ticket_kind kind, struct people_token *ret);
/* Sets a hash, and ends sessions (but one) and tickets; inside a transaction. */
enum house_rc people_password_put(struct house *h, const struct store_user *u, const char hash[PASSWORD_TEXT],
				  const unsigned char *but);
/* The password of one's own seat asked again: HOUSE_WAIT, HOUSE_WRONG, HOUSE_OK. */
enum house_rc people_password_ask(struct house *h, struct people_guard *g, const struct people_seat *seat,
				  struct zg_slice password, unsigned *ret_minutes);

#endif
