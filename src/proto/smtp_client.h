/* smtp_client.h - the client's side of SMTP as an engine: bytes in, actions and bytes out.
 *
 * RFC 5321 with the extensions that a next hop may offer.  It says what to do; the caller owns socket, TLS and
 * time. One engine serves one connection, and mails one after another over it.
 *
 *   GREETING -> EHLO -> [STARTTLS -> TLS -> EHLO] -> [AUTH] -> READY <-> (MAIL RCPT.. DATA text .) -> QUIT
 *
 * MAIL, RCPT and DATA go in one write where PIPELINING is offered (RFC 2920), one by one elsewhere.  A mail to
 * many recipients goes in parts, as the caller empties `out`.
 *
 * Laws: (1) `out` never holds a CR or LF that stands alone.  (2) a password is written under TLS only, unless the
 * caller allowed it in clear.  (3) a reply that nobody asked for ends the connection; so nothing that came in
 * clear behind STARTTLS is taken for what comes under TLS.  (4) at RESULT and after a fault every recipient has
 * its outcome. */
#ifndef ZG_PROTO_SMTP_CLIENT_H
#define ZG_PROTO_SMTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "proto/smtp_reply.h"

#define ZG_SMTP_CLIENT_MEM 4096u	/* octets that zg_smtp_client_init asks for at least */

/* STARTTLS: never, if offered (and in clear where it is refused), or fail without. */
enum zg_smtp_tls { ZG_SMTP_TLS_NONE, ZG_SMTP_TLS_MAY, ZG_SMTP_TLS_MUST };

struct zg_smtp_client_opts {
	struct zg_slice hostname;		/* EHLO */
	struct zg_slice user, password;		/* AUTH; empty: none.  Must outlive the engine */
	enum zg_smtp_tls tls;
	bool is_tls;				/* TLS is on already (implicit) */
	bool is_clear_auth_allowed;		/* the password may go over a connection without TLS */
};

enum zg_smtp_action {
	ZG_SMTP_DO_READ,	/* send out, then read and push */
	ZG_SMTP_DO_TLS,		/* do the handshake, then zg_smtp_client_tls */
	ZG_SMTP_DO_SEND,	/* READY: give the next mail with zg_smtp_client_mail, or zg_smtp_client_quit */
	ZG_SMTP_DO_TEXT,	/* send out, then the stuffed message, which ends with CRLF, then ..._text_done */
	ZG_SMTP_DO_RESULT,	/* the mail is through: read outcomes, then zg_smtp_client_next */
	ZG_SMTP_DO_CLOSE	/* close; `fault` says why, NULL after QUIT */
};

/* What happened to a recipient, or to the whole connection: the peer's words, or the engine's own. */
struct zg_smtp_outcome {
	unsigned code;			/* SMTP code; 0: no reply came (connection lost), or none that says this */
	struct zg_slice enhanced;	/* "5.1.1" or empty; in the mail's texts, of a fault in the engine */
	struct zg_slice text;		/* the reply's first line, control octets replaced; at most 400 octets */
};

/* What the next hop must offer is judged before anything is sent.  Outcomes of the engine's own, as if the next
 * hop had refused: 554 5.6.3 (is_8bit without 8BITMIME), 550 5.6.7 (is_utf8 without SMTPUTF8), 552 5.3.4 (size
 * over the peer's SIZE), 501 5.1.7 and 5.1.3 (sender, recipient is no address). */
struct zg_smtp_mail {
	struct zg_slice sender;				/* "" for the null sender */
	const struct zg_slice *recipients;
	struct zg_smtp_outcome *outcomes;		/* one a recipient; the engine fills them */
	char (*texts)[512];				/* one a recipient: memory for the texts of outcomes */
	size_t count;
	uint64_t size;					/* octets, for SIZE= */
	bool is_8bit, is_utf8;				/* what the next hop must offer */
};

enum zg_smtp_client_state {
	ZG_SMTP_CS_GREETING, ZG_SMTP_CS_EHLO, ZG_SMTP_CS_HELO, ZG_SMTP_CS_STARTTLS, ZG_SMTP_CS_TLS,
	ZG_SMTP_CS_PLAIN,		/* AUTH PLAIN with the response in the same line */
	ZG_SMTP_CS_PLAIN_LONG,		/* AUTH PLAIN without it */
	ZG_SMTP_CS_PLAIN_RESPONSE, ZG_SMTP_CS_LOGIN, ZG_SMTP_CS_LOGIN_USER, ZG_SMTP_CS_LOGIN_PASSWORD,
	ZG_SMTP_CS_READY, ZG_SMTP_CS_RSET,
	ZG_SMTP_CS_MAIL,		/* MAIL, RCPT and DATA go out, their replies come in */
	ZG_SMTP_CS_TEXT,		/* 354 came: the caller sends the message */
	ZG_SMTP_CS_DOT,			/* the final dot, and the reply to it */
	ZG_SMTP_CS_DONE, ZG_SMTP_CS_QUIT, ZG_SMTP_CS_CLOSED
};

/* Members other than out are private to smtp_client.c. */
struct zg_smtp_client {
	struct zg_smtp_client_opts opts;
	struct zg_buf out;		/* to send; the caller empties it by out.n = 0 */
	enum zg_smtp_client_state state;
	size_t owed;			/* replies that the peer owes */
	unsigned offers;		/* what EHLO's reply offered, bits */
	uint64_t size_max;
	bool is_tls, is_tls_refused, has_fault;
	bool needs_rset;		/* the peer's transaction of the last mail is still open */
	bool is_stopped;		/* no further command of this mail is sent */
	struct zg_smtp_mail *mail;	/* NULL outside MAIL to DONE */
	size_t sent, answered;		/* of the commands of a mail: 0 MAIL, 1..count RCPT, count + 1 DATA */
	size_t accepted;		/* recipients */
	struct zg_smtp_heard heard;
	struct zg_smtp_outcome fault;	/* why the connection cannot be used */
};

/* mem: the caller's memory for commands to send, n >= ZG_SMTP_CLIENT_MEM octets; it outlives the engine. */
void zg_smtp_client_init(struct zg_smtp_client *c, const struct zg_smtp_client_opts *o, void *mem, size_t n);
/* Takes replies out of *in and says what to do next.  Call it again after each action, also with an empty *in.
 * The caller keeps what is left of *in in front of what comes later: fewer than ZG_SMTP_READ_LINE octets.  While
 * the text is sent it may be called with what the peer says meanwhile; it answers TEXT (go on) or CLOSE. */
enum zg_smtp_action zg_smtp_client_next(struct zg_smtp_client *c, struct zg_slice *in);
/* The handshake that DO_TLS asked for is done (and the certificate is as the caller wants it). */
void zg_smtp_client_tls(struct zg_smtp_client *c);
/* Only when READY; m and all it points at stay until RESULT or CLOSE. */
void zg_smtp_client_mail(struct zg_smtp_client *c, struct zg_smtp_mail *m);
/* The whole text was handed to the connection: puts the final dot into out. */
void zg_smtp_client_text_done(struct zg_smtp_client *c);
/* When READY: says QUIT.  In any other state the connection just ends, as if lost without a fault. */
void zg_smtp_client_quit(struct zg_smtp_client *c);
/* The connection was lost or timed out: recipients without an outcome get code 0 and this text; those of a mail
 * whose text was sent and not answered too (a repeat may then be a duplicate: RFC 5321 4.5.3.2.6). */
void zg_smtp_client_lost(struct zg_smtp_client *c, struct zg_slice why);
/* Why the connection could not be used (login refused, no STARTTLS ...), or NULL. */
const struct zg_smtp_outcome *zg_smtp_client_fault(const struct zg_smtp_client *c);

#endif
