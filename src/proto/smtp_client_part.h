/* smtp_client_part.h - what the parts of the SMTP client share: the connection (smtp_client.c) and a mail on it
 * (smtp_client_mail.c).  Internal to src/proto. */
#ifndef ZG_PROTO_SMTP_CLIENT_PART_H
#define ZG_PROTO_SMTP_CLIENT_PART_H

#include "proto/smtp_client.h"

/* What EHLO's reply offered: bits of `offers`. */
enum zg_smtp_offer {
	ZG_SMTP_HAS_STARTTLS = 1, ZG_SMTP_HAS_PIPELINING = 2, ZG_SMTP_HAS_8BIT = 4, ZG_SMTP_HAS_UTF8 = 8,
	ZG_SMTP_HAS_SIZE = 16, ZG_SMTP_HAS_PLAIN = 32, ZG_SMTP_HAS_LOGIN = 64
};

/* The connection ends; a mail that was not through gets the reason as its outcome. */
void zg_smtp_client_fail(struct zg_smtp_client *c, struct zg_smtp_outcome why);
/* The same: for what the peer said last, and for a reply that does not belong where it stands. */
void zg_smtp_client_fail_heard(struct zg_smtp_client *c);
void zg_smtp_client_fail_turn(struct zg_smtp_client *c);
/* What the peer said last, as an outcome; views of the engine. */
struct zg_smtp_outcome zg_smtp_client_heard(const struct zg_smtp_client *c);
/* Was that 2xx? */
bool zg_smtp_client_is_yes(const struct zg_smtp_client *c);
/* Puts a command (or the end of one) and CRLF into out; its reply is then owed.  Answers ZG_SMTP_DO_READ. */
enum zg_smtp_action zg_smtp_client_put(struct zg_smtp_client *c, struct zg_slice command);
/* At most max octets of s, at `to`. */
struct zg_slice zg_smtp_client_copy(char *to, struct zg_slice s, size_t max);

/* A mail: all recipients that were not refused get this outcome. */
void zg_smtp_client_settle(struct zg_smtp_mail *m, struct zg_smtp_outcome o);
/* The states RSET to DONE: no reply is owed, what now?  And: a reply came. */
enum zg_smtp_action zg_smtp_client_mail_act(struct zg_smtp_client *c);
void zg_smtp_client_mail_got(struct zg_smtp_client *c);

#endif
