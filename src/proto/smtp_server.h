/* smtp_server.h - the server's side of SMTP as an engine: bytes in, events and bytes out.
 *
 * RFC 5321, with 4954 (AUTH), 3207 (STARTTLS), 2920 (PIPELINING), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8),
 * 2034 (enhanced codes), 6409 (submission).  It knows no socket, clock or store.  The caller pushes octets with
 * `next`, which takes commands and pieces of a message out of them one at a time; an event that must be decided
 * (marked "answer") stops the engine until the caller has answered it, so that a slow decision never lets a later
 * command overtake it.  Replies gather in `out`, in order; the caller sends and empties it.
 *
 * Laws: (1) only CRLF ends a line and only CRLF.CRLF a message; a CR or LF that stands alone in a command is 500
 * 5.5.2, in a message 550 5.5.2 and close.  (2) octets waiting behind STARTTLS: 554 and close; all state is
 * forgotten at TLS. (3) AUTH is offered and obeyed only where the caller says so.  (4) after DATA's end one reply,
 * whatever came before. (5) what is offered in EHLO is obeyed, what is not offered is refused.  (6) `out` never
 * holds a CR or LF that stands alone.
 *
 * How a caller drives it:
 *
 *	for (;;) {
 *		zg_smtp_server_next(&s, &in, &ev);
 *		on MORE: send s.out and set s.out.n = 0; where no answer is owed and something was sent, call
 *			 next again; else keep what is left of `in`, read more behind it, push again
 *		on an event: handle it (answer at once, or later and then call next again)
 *	}
 *
 * The struct holds its own memory and points into it: it is not to be copied or moved after init. */
#ifndef ZG_PROTO_SMTP_SERVER_H
#define ZG_PROTO_SMTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/limits.h"
#include "proto/smtp_auth.h"
#include "proto/smtp_line.h"
#include "proto/smtp_reply.h"

#define ZG_SMTP_LOGINS_MAX 3u	/* wrong logins until 421 */

/* What this server is; lives longer than the engines that point at it. */
struct zg_smtp_conf {
	struct zg_slice hostname;	/* in the greeting and EHLO's first line; cut at 255 octets */
	uint64_t size_max;		/* octets of a message, told by SIZE; 0: no limit (RFC 1870 4) */
	unsigned recipients_max;
	unsigned errors_max;		/* so many wrong commands, and the last one gets 421; 0: no limit */
	bool is_auth_required;		/* MAIL before AUTH is 530 5.7.0 (unless is_trusted of the engine) */
};

enum zg_smtp_event {
	ZG_SMTP_MORE,		/* nothing to tell: more octets, an answer or an empty `out` is needed */
	ZG_SMTP_HELO,		/* text: the client's name (told, not asked) */
	ZG_SMTP_AUTH,		/* answer 235, 535 or 4xx: text is the user, password is wiped after the answer */
	ZG_SMTP_MAIL,		/* answer: text "" or a mailbox, its source route dropped; size, is_8bit, is_utf8 */
	ZG_SMTP_RCPT,		/* answer: text is a mailbox, or "postmaster" in any case: that of this server */
	ZG_SMTP_DATA,		/* answer with 354, or a refusal (the transaction then stays open) */
	ZG_SMTP_BODY,		/* text: the next piece of the message, dots unstuffed, CRLF line ends */
	ZG_SMTP_END,		/* answer: the message is complete; zg_smtp_server_refused says what is wrong with it */
	ZG_SMTP_RESET,		/* the open transaction is gone (RSET, HELO, EHLO); told */
	ZG_SMTP_STARTTLS,	/* 220 is in out: send it, do the handshake, then zg_smtp_server_tls */
	ZG_SMTP_CLOSE		/* send what is in out and close; an open transaction is gone */
};

struct zg_smtp_ev {
	enum zg_smtp_event event;
	struct zg_slice text;		/* of the pushed octets or the engine, until the next call or the answer */
	struct zg_slice password;	/* AUTH only */
	uint64_t size;			/* MAIL: of SIZE=, or 0 */
	bool is_8bit, is_utf8;		/* MAIL: BODY=8BITMIME, SMTPUTF8 */
};

enum zg_smtp_state {
	ZG_SMTP_S_GREET,		/* 220 is said */
	ZG_SMTP_S_HELO,			/* HELO or EHLO was said; AUTH is owed before a mail */
	ZG_SMTP_S_IDLE,			/* a mail may begin */
	ZG_SMTP_S_MAIL,			/* the sender is accepted */
	ZG_SMTP_S_RCPT,			/* a recipient is accepted */
	/* a response of the login dialogue is awaited */
	ZG_SMTP_S_AUTH_PLAIN, ZG_SMTP_S_AUTH_LOGIN_USER, ZG_SMTP_S_AUTH_LOGIN_PASS,
	ZG_SMTP_S_DATA,			/* 354 is said: octets are message */
	ZG_SMTP_S_TLS,			/* STARTTLS is accepted: the handshake is awaited */
	ZG_SMTP_S_CLOSED,
	ZG_SMTP_S_COUNT
};

/* The client and the dialogue; members other than out are private to smtp_server.c. */
struct zg_smtp_server {
	const struct zg_smtp_conf *conf;
	struct zg_buf out;		/* replies to send; the caller empties it by setting out.n = 0 */
	enum zg_smtp_state state;
	enum zg_smtp_event asked;	/* the event that waits for an answer, or ZG_SMTP_MORE */
	unsigned errors, recipients, logins;
	bool is_tls, is_tls_offered, is_auth_clear, is_authenticated, is_trusted, is_esmtp;
	bool is_auth_over;		/* a login was good, and is no longer */
	bool is_utf8;			/* of the transaction */
	bool is_tls_told;		/* 220 to STARTTLS is said */
	bool is_swallowing;		/* a refused line's end has not come yet */
	struct zg_smtp_text text;	/* the message that is being read */
	char out_mem[2048];
	struct zg_smtp_login login;
};

/* Starts and puts the greeting (220) into out.  is_tls: TLS is on already (implicit).  is_tls_offered: STARTTLS.
 * is_auth_clear: AUTH may be used while the connection is in clear (loopback); under TLS it always is.
 * is_trusted: no AUTH needed. */
struct zg_smtp_server_opts { bool is_tls, is_tls_offered, is_auth_clear, is_trusted; };
void zg_smtp_server_init(struct zg_smtp_server *s, const struct zg_smtp_conf *conf,
	const struct zg_smtp_server_opts *o);
/* Takes the next event out of *in (which may be empty), moving its start past what was used.  It answers MORE and
 * takes nothing while an answer is owed, and while `out` has too little room for another reply (ZG_SMTP_REPLY_MAX
 * octets): the caller then answers, or sends and empties `out`, and calls again with the same octets.  The caller
 * keeps what is left of *in in front of what comes later.  At a MORE for want of octets fewer than
 * ZG_LIMIT_SMTP_LINE are left, so a buffer of that size is enough; at the other two there is no need to read on. */
void zg_smtp_server_next(struct zg_smtp_server *s, struct zg_slice *in, struct zg_smtp_ev *ret);
/* Answers the event that waits (nothing happens where none does): code 2xx (354 for DATA) accepts, 421 closes as
 * well.  enhanced ("2.1.0") may be empty; text is one line (control octets, and 8-bit ones outside an SMTPUTF8
 * mail, are written as ?); cut to ZG_SMTP_REPLY_MAX.  530 to MAIL says that the login is not in force any more (RFC
 * 4954 6): no mail is taken until there is another, on another connection.  At END a code that accepts a message the
 * engine refuses becomes the engine's refusal.  After ZG_SMTP_LOGINS_MAX 5xx answers to AUTH the last one becomes 421, and the
 * connection closes. */
void zg_smtp_server_answer(struct zg_smtp_server *s, unsigned code, struct zg_slice enhanced, struct zg_slice text);
/* At ZG_SMTP_END: the reply that the engine's own findings ask for (bare CR or LF 550 5.5.2, too large 552 5.3.4,
 * line too long 550 5.6.0, NUL 550 5.6.0), or NULL.  The caller then drops the message and calls answer_refused.
 * May be asked while BODY comes, too: no more BODY is told after a finding. */
const struct zg_smtp_reply *zg_smtp_server_refused(const struct zg_smtp_server *s);
void zg_smtp_server_answer_refused(struct zg_smtp_server *s);
/* The TLS handshake that STARTTLS asked for is done: all that was said before is forgotten, RFC 3207 4.2. */
void zg_smtp_server_tls(struct zg_smtp_server *s);
/* Puts 421 with text into out, where there is room, and closes: idle too long, shutting down.  An owed answer is
 * void. */
void zg_smtp_server_shut(struct zg_smtp_server *s, struct zg_slice enhanced, struct zg_slice text);
/* No answer is owed, no transaction is open: the connection may be closed without harm. */
bool zg_smtp_server_is_idle(const struct zg_smtp_server *s);

#endif
