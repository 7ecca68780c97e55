/* smtp_server.h - the server's side of SMTP as an engine: bytes in, events and bytes out.
 *
 * RFC 5321, with 4954 (AUTH), 3207 (STARTTLS), 2920 (PIPELINING), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8), 2034 (enhanced
 * codes), 6409 (submission).  It knows no socket, clock or store.  The caller pushes octets with `next`, which takes
 * commands and pieces of a message out of them one at a time; an event that must be decided (marked "answer") stops the
 * engine until the caller has answered it, so that a slow decision never lets a later command overtake it.  Replies
 * gather in `out`, in order; the caller sends and empties it.
 *
 * Laws: (1) only CRLF ends a line and only CRLF.CRLF a message; a CR or LF that stands alone in a command is 500 5.5.2, in
 * a message 550 5.5.2 and close.  (2) octets waiting behind STARTTLS: 554 and close; all state is forgotten at TLS.
 * (3) AUTH is offered and obeyed only where the caller says so.  (4) after DATA's end one reply, whatever came before.
 * (5) what is offered in EHLO is obeyed, what is not offered is refused. */
#ifndef ZG_PROTO_SMTP_SERVER_H
#define ZG_PROTO_SMTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/limits.h"

/* What this server is; lives longer than the engines that point at it. */
struct zg_smtp_conf {
	struct zg_slice hostname;	/* in the greeting and EHLO's first line */
	uint64_t size_max;		/* octets of a message, told by SIZE */
	unsigned recipients_max;
	unsigned errors_max;		/* wrong commands until 421 */
	bool is_auth_required;		/* MAIL before AUTH is 530 5.7.0 (unless is_trusted of the engine) */
};

enum zg_smtp_event {
	ZG_SMTP_MORE,		/* all octets that could be used are used; push again with more behind the rest */
	ZG_SMTP_HELO,		/* text: the client's name (told, not asked) */
	ZG_SMTP_AUTH,		/* answer: text is the user, password the password; wiped by the engine after the answer */
	ZG_SMTP_MAIL,		/* answer: address "" or a mailbox; size, is_8bit, is_utf8 */
	ZG_SMTP_RCPT,		/* answer: address */
	ZG_SMTP_DATA,		/* answer with 354, or a refusal */
	ZG_SMTP_BODY,		/* text: the next piece of the message, dots unstuffed, CRLF line ends */
	ZG_SMTP_END,		/* answer: the message is complete; is_refused says what the engine found wrong, or 0 */
	ZG_SMTP_RESET,		/* the transaction is gone (RSET, EHLO, STARTTLS, connection loss in DATA); told */
	ZG_SMTP_STARTTLS,	/* 220 is in out: send it, do the handshake, then zg_smtp_server_tls */
	ZG_SMTP_CLOSE		/* send what is in out and close */
};

struct zg_smtp_ev {
	enum zg_smtp_event event;
	struct zg_slice text;		/* borrowed from the pushed octets or from the engine, until the next call */
	struct zg_slice password;	/* AUTH only */
	uint64_t size;			/* MAIL: of SIZE=, or 0 */
	bool is_8bit, is_utf8;		/* MAIL: BODY=8BITMIME, SMTPUTF8 */
};

/* The client and the dialogue; members are private to smtp_server.c. */
enum zg_smtp_state {
	ZG_SMTP_S_GREET, ZG_SMTP_S_HELO, ZG_SMTP_S_IDLE, ZG_SMTP_S_AUTH_PLAIN, ZG_SMTP_S_AUTH_LOGIN_USER, ZG_SMTP_S_AUTH_LOGIN_PASS,
	ZG_SMTP_S_MAIL, ZG_SMTP_S_RCPT, ZG_SMTP_S_DATA, ZG_SMTP_S_TLS, ZG_SMTP_S_CLOSED
};
struct zg_smtp_server {
	const struct zg_smtp_conf *conf;
	struct zg_buf out;		/* replies to send; the caller empties it by setting out.n = 0 */
	enum zg_smtp_state state;
	enum zg_smtp_event asked;	/* the event that waits for an answer, or ZG_SMTP_MORE */
	unsigned errors, recipients;
	bool is_tls, is_tls_offered, is_auth_offered, is_authenticated, is_trusted, is_esmtp;
	bool is_utf8, is_8bit;
	unsigned char line;		/* where in CRLF.CRLF the message reader stands */
	const struct zg_smtp_reply *refused;	/* why the message that is being read will not be taken */
	uint64_t seen;			/* octets of the message so far */
	uint64_t line_n;		/* octets of the text line so far */
	char out_mem[2048];
	char user[256];			/* AUTH: user name while the password is awaited */
};

#define ZG_SMTP_REPLY_MAX 512	/* octets of a reply line, RFC 5321 4.5.3.1.5 */

/* Starts and puts the greeting (220) into out.  is_tls: TLS is on already (implicit).  is_tls_offered: STARTTLS. is_auth_offered:
 * AUTH may be used while the connection is in clear (loopback); under TLS it always is.  is_trusted: no AUTH needed. */
struct zg_smtp_server_opts { bool is_tls, is_tls_offered, is_auth_clear, is_trusted; };
void zg_smtp_server_init(struct zg_smtp_server *s, const struct zg_smtp_conf *conf, const struct zg_smtp_server_opts *o);
/* Takes the next event out of *in, moving its start past what was used.  While an answer is owed it answers MORE and takes
 * nothing.  The caller keeps what is left of *in in front of what comes later; never more than ZG_LIMIT_SMTP_LINE octets
 * are left at MORE. */
void zg_smtp_server_next(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret);
/* Answers the event that waits: code 2xx (354 for DATA) accepts.  enhanced ("2.1.0") may be empty; text is one line
 * without CR, LF, NUL (such octets are written as ?); cut to ZG_SMTP_REPLY_MAX. */
void zg_smtp_server_answer(struct zg_smtp_server *s, unsigned code, struct zg_slice enhanced, struct zg_slice text);
/* At ZG_SMTP_END: the reply that the engine's own findings ask for (bare CR or LF 550 5.5.2, too large 552 5.3.4, line too long 550
 * 5.6.0, NUL 550 5.6.0 ...), or NULL.  The caller then drops the message and calls answer_refused. */
struct zg_smtp_reply { unsigned code; struct zg_slice enhanced, text; };
const struct zg_smtp_reply *zg_smtp_server_refused(const struct zg_smtp_server *s);
void zg_smtp_server_answer_refused(struct zg_smtp_server *s);
/* The TLS handshake that STARTTLS asked for is done: all that was said before is forgotten, RFC 3207 4.2. */
void zg_smtp_server_tls(struct zg_smtp_server *s);
/* Puts 421 with text into out and closes: idle too long, shutting down. */
void zg_smtp_server_shut(struct zg_smtp_server *s, struct zg_slice enhanced, struct zg_slice text);
/* No answer is owed, no transaction is open: the connection may be closed without harm. */
bool zg_smtp_server_is_idle(const struct zg_smtp_server *s);

#endif
