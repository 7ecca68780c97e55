/* smtp_reply.h - replies: all that the server says by itself, how a reply is written, and how a client reads one.
 * Internal to src/proto. */
#ifndef ZG_PROTO_SMTP_REPLY_H
#define ZG_PROTO_SMTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

#define ZG_SMTP_REPLY_MAX 512	/* octets of a reply line, RFC 5321 4.5.3.1.5 */

struct zg_smtp_reply {
	unsigned code;
	struct zg_slice enhanced, text;		/* enhanced may be empty */
};

enum zg_smtp_say {
	ZG_SMTP_SAY_NOTHING,	/* no objection */
	ZG_SMTP_SAY_OK, ZG_SMTP_SAY_BYE, ZG_SMTP_SAY_HELP, ZG_SMTP_SAY_VRFY, ZG_SMTP_SAY_TLS,
	ZG_SMTP_SAY_ASK_PLAIN, ZG_SMTP_SAY_ASK_USER, ZG_SMTP_SAY_ASK_PASSWORD,
	/* lines and commands */
	ZG_SMTP_SAY_UNKNOWN, ZG_SMTP_SAY_LINE_LONG, ZG_SMTP_SAY_LINE_STRAY, ZG_SMTP_SAY_LINE_CONTROL,
	ZG_SMTP_SAY_NO_PARAMETER, ZG_SMTP_SAY_NAME, ZG_SMTP_SAY_EXPN, ZG_SMTP_SAY_FOREIGN, ZG_SMTP_SAY_TLS_EARLY,
	ZG_SMTP_SAY_ERRORS,
	/* order */
	ZG_SMTP_SAY_HELLO_FIRST, ZG_SMTP_SAY_AUTH_FIRST, ZG_SMTP_SAY_MAIL_FIRST, ZG_SMTP_SAY_RCPT_FIRST,
	ZG_SMTP_SAY_NESTED, ZG_SMTP_SAY_IN_MAIL,
	/* STARTTLS, AUTH */
	ZG_SMTP_SAY_TLS_ON, ZG_SMTP_SAY_TLS_NONE, ZG_SMTP_SAY_TLS_INJECTED, ZG_SMTP_SAY_AUTH_TWICE,
	ZG_SMTP_SAY_AUTH_OVER,
	ZG_SMTP_SAY_AUTH_CLEAR, ZG_SMTP_SAY_AUTH_NONE, ZG_SMTP_SAY_AUTH_MECHANISM, ZG_SMTP_SAY_AUTH_SYNTAX,
	ZG_SMTP_SAY_AUTH_DECODE, ZG_SMTP_SAY_AUTH_CANCEL, ZG_SMTP_SAY_AUTH_IDENTITY, ZG_SMTP_SAY_AUTH_LONG,
	ZG_SMTP_SAY_AUTH_MANY,
	/* MAIL, RCPT */
	ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SMTP_SAY_RCPT_SYNTAX, ZG_SMTP_SAY_SENDER, ZG_SMTP_SAY_RECIPIENT,
	ZG_SMTP_SAY_UTF8, ZG_SMTP_SAY_PARAMETER, ZG_SMTP_SAY_PARAMETER_DSN,
	ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SMTP_SAY_SIZE, ZG_SMTP_SAY_RECIPIENTS,
	/* the message */
	ZG_SMTP_SAY_TEXT_LONG, ZG_SMTP_SAY_TEXT_NUL, ZG_SMTP_SAY_TEXT_STRAY,
	ZG_SMTP_SAY_COUNT
};

struct zg_smtp_saying {
	struct zg_smtp_reply reply;
	bool is_error;		/* counts as a wrong command */
	bool is_last;		/* the connection is closed behind it */
};

const struct zg_smtp_saying *zg_smtp_saying_of(enum zg_smtp_say say);

/* Writes one reply line, at most ZG_SMTP_REPLY_MAX octets; control octets, and 8-bit ones unless is_utf8, become
 * "?". */
void zg_smtp_reply_put(struct zg_buf *b, const struct zg_smtp_reply *r, bool is_utf8);
void zg_smtp_reply_put_greeting(struct zg_buf *b, struct zg_slice hostname);

struct zg_smtp_offers {
	uint64_t size_max;
	bool has_starttls, has_auth;
};

/* The reply to EHLO: what is offered; at most ZG_SMTP_REPLY_MAX octets in all. */
void zg_smtp_reply_put_ehlo(struct zg_buf *b, struct zg_slice hostname, const struct zg_smtp_offers *o);
void zg_smtp_reply_put_helo(struct zg_buf *b, struct zg_slice hostname);

/* The client's reader of replies, RFC 5321 4.2. */
#define ZG_SMTP_READ_LINE 2048u		/* octets of a line with CRLF: four times what RFC 5321 4.5.3.1.5 allows */
#define ZG_SMTP_READ_LINES 100u		/* lines of a reply */
#define ZG_SMTP_READ_TEXT 400u		/* octets of its first line that are kept */

struct zg_smtp_heard {
	unsigned code;			/* of the reply that is being read, or was read last */
	unsigned lines;
	bool is_whole;			/* its last line was read */
	size_t enhanced_n, text_n;
	char enhanced[16];
	char text[ZG_SMTP_READ_TEXT];	/* the first line behind the codes, control octets replaced */
};

enum zg_smtp_got { ZG_SMTP_GOT_MORE, ZG_SMTP_GOT_LINE, ZG_SMTP_GOT_REPLY, ZG_SMTP_GOT_FAULT };

/* Takes one line of a reply: LINE (others follow), REPLY (it was the last), MORE (no whole line yet), FAULT (no
 * reply of SMTP). *ret_line is the line's text behind the code, as it came. */
enum zg_smtp_got zg_smtp_heard_take(struct zg_smtp_heard *h, struct zg_slice *in, struct zg_slice *ret_line);

#endif
