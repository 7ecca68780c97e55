/* password.h - passwords of people: argon2id by libsodium, in its own string form, and what may be one. */
#ifndef SEAL_PASSWORD_H
#define SEAL_PASSWORD_H

#include <stdbool.h>
#include <zegel/slice.h>

#define PASSWORD_TEXT 128	/* octets of a hash with its NUL, zeros to the end */
#define PASSWORD_MIN 12u	/* characters, by code points */
#define PASSWORD_MAX 1024u	/* octets */

enum password_flaw {
	PASSWORD_GOOD,
	PASSWORD_SHORT, PASSWORD_LONG,
	PASSWORD_NO_TEXT,	/* no UTF-8, or with control octets */
	PASSWORD_COMMON,	/* on the list, or one that is with digits and marks behind it */
	PASSWORD_NAME		/* the address, its local part or domain, or the company's name, with nothing but digits and marks */
};

/* names: address, name, company ...; empty ones do not count. */
enum password_flaw password_check(struct zg_slice text, const struct zg_slice *names, size_t count);

/* 64 MiB and some 70 ms each.  0, or -1 without memory. */
int password_hash(struct zg_slice text, char ret[PASSWORD_TEXT]);
/* hash empty, or none that can be read: false, after the same time. */
bool password_is(struct zg_slice text, struct zg_slice hash);
/* It was made with other costs than today's. */
bool password_is_old(struct zg_slice hash);

#endif
