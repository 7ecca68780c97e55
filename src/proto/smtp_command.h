/* smtp_command.h - reading a command line: verb, path, parameters.  Internal to src/proto. */
#ifndef ZG_PROTO_SMTP_COMMAND_H
#define ZG_PROTO_SMTP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/slice.h>
#include "proto/smtp_reply.h"

enum zg_smtp_command {
	ZG_SMTP_C_HELO, ZG_SMTP_C_EHLO, ZG_SMTP_C_STARTTLS, ZG_SMTP_C_AUTH, ZG_SMTP_C_MAIL, ZG_SMTP_C_RCPT,
	ZG_SMTP_C_DATA, ZG_SMTP_C_RSET, ZG_SMTP_C_NOOP, ZG_SMTP_C_VRFY, ZG_SMTP_C_EXPN, ZG_SMTP_C_HELP, ZG_SMTP_C_QUIT,
	ZG_SMTP_C_FOREIGN,	/* another protocol's word, GET and the like */
	ZG_SMTP_C_UNKNOWN,
	ZG_SMTP_C_COUNT
};

/* The verb of a line (without CRLF), and what stands behind it without blanks at both ends. */
enum zg_smtp_command zg_smtp_command_of(struct zg_slice line, struct zg_slice *ret_args);
/* Takes this command no parameter at all? */
bool zg_smtp_command_is_bare(enum zg_smtp_command c);
/* Is it a host name or an [address], by its letters? */
bool zg_smtp_command_is_name(struct zg_slice s);

struct zg_smtp_path {
	/* Without angle brackets and source route; "" for the null sender; RCPT: "postmaster" in any case may stand alone. */
	struct zg_slice mailbox;
	uint64_t size;			/* MAIL: SIZE=, or 0 */
	bool is_8bit, is_utf8;		/* MAIL: BODY=8BITMIME, SMTPUTF8 */
};

struct zg_smtp_path_rules {
	uint64_t size_max;	/* MAIL: 0 none */
	bool has_parameters;	/* EHLO was said: parameters may stand behind the path */
	bool is_utf8;		/* RCPT: the transaction has SMTPUTF8 */
};

/* What stands behind MAIL and RCPT; the refusal, or ZG_SMTP_SAY_NOTHING and *ret is written. */
enum zg_smtp_say zg_smtp_command_mail(struct zg_slice args, const struct zg_smtp_path_rules *r,
	struct zg_smtp_path *ret);
enum zg_smtp_say zg_smtp_command_rcpt(struct zg_slice args, const struct zg_smtp_path_rules *r,
	struct zg_smtp_path *ret);

#endif
