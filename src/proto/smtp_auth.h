/* smtp_auth.h - the login dialogues PLAIN (RFC 4616) and LOGIN, both sides.  Internal to src/proto. */
#ifndef ZG_PROTO_SMTP_AUTH_H
#define ZG_PROTO_SMTP_AUTH_H

#include <stdbool.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "proto/smtp_reply.h"

#define ZG_SMTP_LOGIN_USER 255u		/* octets of a user name */
#define ZG_SMTP_LOGIN_MAX 768u		/* what a line of ZG_LIMIT_SMTP_LINE octets decodes to fits */

/* User name and password, while they are needed; the one who has it wipes it. */
struct zg_smtp_login {
	unsigned short user_at, user_n, password_at, password_n;	/* places in mem */
	char mem[ZG_SMTP_LOGIN_MAX];
};

/* The client's response in base64; the refusal, or ZG_SMTP_SAY_NOTHING.  After a refusal the login is wiped. */
enum zg_smtp_say zg_smtp_login_plain(struct zg_smtp_login *l, struct zg_slice response);
enum zg_smtp_say zg_smtp_login_user(struct zg_smtp_login *l, struct zg_slice response);
enum zg_smtp_say zg_smtp_login_password(struct zg_smtp_login *l, struct zg_slice response);
/* Views of mem, until wiped. */
struct zg_slice zg_smtp_login_get_user(const struct zg_smtp_login *l);
struct zg_slice zg_smtp_login_get_password(const struct zg_smtp_login *l);
void zg_smtp_login_wipe(struct zg_smtp_login *l);

/* Octets of the response that zg_smtp_login_put_plain writes. */
size_t zg_smtp_login_plain_size(struct zg_slice user, struct zg_slice password);
/* Writes base64 of NUL user NUL password; 0, or -1 where they are too long together for ZG_SMTP_LOGIN_MAX. */
int zg_smtp_login_put_plain(struct zg_buf *b, struct zg_slice user, struct zg_slice password);

#endif
