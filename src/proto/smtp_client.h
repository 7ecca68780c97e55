/* smtp_client.h - the client's side of SMTP as an engine: bytes in, actions and bytes out.
 *
 * RFC 5321 with the extensions that a next hop may offer.  It says what to do; the caller owns socket, TLS and time.  One
 * engine serves one connection, and mails one after another over it.
 *
 *   GREETING -> EHLO -> [STARTTLS -> TLS -> EHLO] -> [AUTH] -> READY <-> (MAIL RCPT.. DATA text .) -> QUIT
 *
 * MAIL, RCPT and DATA go in one write where PIPELINING is offered (RFC 2920), one by one elsewhere. */
#ifndef ZG_PROTO_SMTP_CLIENT_H
#define ZG_PROTO_SMTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

enum zg_smtp_tls { ZG_SMTP_TLS_NONE, ZG_SMTP_TLS_MAY, ZG_SMTP_TLS_MUST };	/* STARTTLS: never, if offered, or fail without */

struct zg_smtp_client_opts {
	struct zg_slice hostname;		/* EHLO */
	struct zg_slice user, password;		/* AUTH; empty: none.  Must outlive the engine */
	enum zg_smtp_tls tls;
	bool is_tls;				/* TLS is on already (implicit) */
};

enum zg_smtp_action {
	ZG_SMTP_DO_READ,	/* send out, then read and push */
	ZG_SMTP_DO_TLS,		/* do the handshake, then zg_smtp_client_tls */
	ZG_SMTP_DO_SEND,	/* READY: give the next mail with zg_smtp_client_mail, or zg_smtp_client_quit */
	ZG_SMTP_DO_TEXT,	/* send out, then the stuffed message without its CRLF.CRLF, then zg_smtp_client_text_done */
	ZG_SMTP_DO_RESULT,	/* the mail is through: read outcomes, then zg_smtp_client_next */
	ZG_SMTP_DO_CLOSE	/* close; `fault` says why, NULL after QUIT */
};

/* What happened to a recipient, or to the whole connection: the peer's words. */
struct zg_smtp_outcome {
	unsigned code;			/* SMTP code; 0: no reply came (connection lost) */
	struct zg_slice enhanced;	/* "5.1.1" or empty; both are views of the engine's memory or of literals */
	struct zg_slice text;		/* the reply's first line after the codes, control octets replaced; at most 400 octets */
};

struct zg_smtp_mail {
	struct zg_slice sender;				/* "" for the null sender */
	const struct zg_slice *recipients;
	struct zg_smtp_outcome *outcomes;		/* one a recipient; the engine fills them */
	char (*texts)[512];				/* one a recipient: memory for the texts of outcomes */
	size_t count;
	uint64_t size;					/* octets, for SIZE= */
	bool is_8bit, is_utf8;				/* what the next hop must offer: else all outcomes are 554 5.6.3 / 5.6.7 */
};

struct zg_smtp_client;		/* its struct stands in smtp_client.c's part of this header below; members are private */
struct zg_smtp_client {
	struct zg_smtp_client_opts opts;
	struct zg_buf out;		/* to send; the caller empties it by out.n = 0 */
	unsigned state;
	bool has_starttls, has_pipelining, has_8bit, has_utf8, has_size, has_auth_plain, has_auth_login;
	bool is_tls, is_authenticated;
	uint64_t size_max;
	struct zg_smtp_mail *mail;
	size_t sent, answered, accepted;	/* RCPTs */
	unsigned reply_code;			/* of a reply of several lines under way */
	char enhanced[16];
	char text[512];
	size_t text_n, enhanced_n;
	struct zg_smtp_outcome fault;		/* why the connection cannot be used */
	bool has_fault;
	char *out_mem;
};

/* mem: the caller's memory for commands to send, at least 4,096 octets; it outlives the engine. */
void zg_smtp_client_init(struct zg_smtp_client *c, const struct zg_smtp_client_opts *o, void *mem, size_t n);
/* Takes replies out of *in and says what to do next.  Call it again after each action, also with an empty *in. */
enum zg_smtp_action zg_smtp_client_next(struct zg_smtp_client *c, struct zg_slice *in);
void zg_smtp_client_tls(struct zg_smtp_client *c);
/* Only when READY; m and all it points at stay until RESULT or CLOSE. */
void zg_smtp_client_mail(struct zg_smtp_client *c, struct zg_smtp_mail *m);
void zg_smtp_client_text_done(struct zg_smtp_client *c);
void zg_smtp_client_quit(struct zg_smtp_client *c);
/* The connection was lost or timed out: recipients without an outcome get code 0 and this text; those of a mail
 * whose text was sent and not answered too (a repeat may then be a duplicate: RFC 5321 4.5.3.2.6). */
void zg_smtp_client_lost(struct zg_smtp_client *c, struct zg_slice why);
/* Why the connection could not be used (login refused, no STARTTLS ...), or NULL. */
const struct zg_smtp_outcome *zg_smtp_client_fault(const struct zg_smtp_client *c);

#endif
