/* conf.h - zegel.conf: a strict subset of TOML, every key with a default, every error with its line and column.
 *
 * Pure: text in, struct out.  The text's views live in the arena.  All errors are told at once; each is a code with a
 * place and at most two words, and the sentence is in lang/. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

/* From 1; columns count octets.  Line 0: nowhere. */
struct conf_place { unsigned line, column; };

enum conf_tls { CONF_TLS_NONE, CONF_TLS_STARTTLS, CONF_TLS_IMPLICIT };
struct conf_listen {
	struct zg_slice text;		/* as written */
	bool is_v6;
	unsigned char address[16];	/* 4 or 16 octets */
	uint16_t port;			/* 0: any free one */
	enum conf_tls tls;
	struct conf_place at;		/* of it in the text */
};
struct conf_trusted {			/* may submit without a credential */
	bool is_v6;
	unsigned char address[16];
	unsigned bits;			/* of the prefix */
	struct zg_slice company;	/* slug; empty: the company that owns the From domain (loopback only) */
};
struct conf_network { bool is_v6; unsigned char address[16]; unsigned bits; };
enum conf_unready { CONF_UNREADY_HOLD, CONF_UNREADY_SEND };	/* bits of unready_allowed: 1 << these */
enum conf_route { CONF_ROUTE_CAPTURE, CONF_ROUTE_SMARTHOST };
enum conf_smarthost_tls {
	CONF_SMARTHOST_IMPLICIT, CONF_SMARTHOST_VERIFY, CONF_SMARTHOST_ENCRYPT, CONF_SMARTHOST_MAY, CONF_SMARTHOST_NONE
};

struct conf {
	/* [server] */
	struct zg_slice hostname;	/* default: empty here; the program puts the machine's name */
	struct zg_slice state;		/* "/var/lib/zegel" */
	struct zg_slice user, vault_user;	/* "zegel", "zegel-vault" */
	/* [smtp] */
	struct conf_listen *listen;	/* default "[::]:465 tls", "[::]:587 starttls" */
	size_t listen_count;
	struct zg_slice certificate, key;	/* paths; "/etc/zegel/tls/fullchain.pem", ".../privkey.pem"; both empty: none */
	struct conf_place certificate_at, key_at;	/* of these values in the text */
	struct conf_trusted *trusted;
	size_t trusted_count;
	uint64_t message_size;		/* octets; default ZG_LIMIT_MESSAGE */
	/* [http] */
	struct conf_listen *http_listen;	/* default "127.0.0.1:8025"; may be empty: no panel */
	size_t http_listen_count;
	struct zg_slice base_url;	/* "https://mail.example.be", without a slash at its end; empty: made of where it listens */
	struct zg_slice http_certificate, http_key;	/* paths; empty: in clear, behind a proxy.  Where they are named and no listen
							 * says tls, all of http_listen are TLS */
	struct conf_place http_certificate_at, http_key_at;
	struct conf_network *trusted_proxies;	/* default 127.0.0.1/32 and ::1/128 */
	size_t trusted_proxies_count;
	/* [delivery] */
	enum conf_route route;		/* default capture */
	struct zg_slice smarthost_host;	/* of smarthost = "host:port" */
	uint16_t smarthost_port;
	struct zg_slice smarthost_user, smarthost_password_file;
	enum conf_smarthost_tls smarthost_tls;	/* default verify */
	struct zg_slice smarthost_ca;	/* a PEM file of roots to trust, instead of the system's; empty: the system's */
	struct conf_place smarthost_password_file_at, smarthost_ca_at;	/* of these values in the text */
	bool sign;			/* default true */
	struct zg_slice spf_include;
	enum conf_unready unready;	/* mail of a domain that is not right yet; default hold */
	unsigned unready_allowed;	/* what a company may choose; default hold alone, and always what unready says */
	/* [vault] */
	struct zg_slice master_key;	/* "credential:NAME" or "file:PATH"; default credential:zegel-master where systemd
					 * gives one, else a file beside the configuration: the program decides when empty */
	/* [store] */
	struct zg_slice store_url;	/* default sqlite:<state>/zegel.db (made by conf_read) */
	/* [dns] */
	struct zg_slice resolver;	/* "system", or "address", "address:port", "[v6]:port" */
	/* [reports] */
	struct zg_slice report_address;	/* where DMARC reports of the companies go; empty: none is offered */
	/* [retention]: seconds */
	int64_t retention_bodies;	/* of head and body, after the last outcome; default 7 days */
	int64_t retention_messages;	/* of what became of a message, after it was accepted; default 90 days; not less */
};

/* What stood in the place of an error, or should have stood there; the sentence is in lang/ (conf.want.<name>). */
#define CONF_WANTS(X) \
	X(NOTHING) \
	/* of the syntax */ \
	X(PAIR) X(SECTION_FIRST) X(NAME) X(CLOSED) X(EQUALS) X(VALUE) X(QUOTED) X(ESCAPE) X(COMMA) X(LINE_END) X(NO_CONTROL) \
	/* types */ \
	X(STRING) X(NUMBER) X(BOOL) X(LIST) \
	/* values */ \
	X(HOST) X(PATH) X(USER) X(TEXT) X(SIZE) X(DURATION) X(MASTER_KEY) X(STORE_URL) X(ROUTE) \
	X(SMARTHOST) X(SMARTHOST_PORT) X(SMARTHOST_TLS) \
	X(UNREADY) X(UNREADY_ALLOWED) X(BASE_URL) X(HTTP_MOST) X(HTTP_TLS) X(NETWORK) X(RESOLVER) X(MAILBOX) \
	X(LISTEN_ONE) X(LISTEN_FORM) X(LISTEN_ADDRESS) X(LISTEN_BRACKETS) X(LISTEN_PORT) X(LISTEN_TLS) X(LISTEN_TWICE) \
	X(TRUSTED_ADDRESS) X(TRUSTED_BITS) X(TRUSTED_NETWORK) X(TRUSTED_COMPANY) X(TRUSTED_LOOPBACK)
#define CONF_WANT_NAME(name) CONF_WANT_##name,
enum conf_want { CONF_WANTS(CONF_WANT_NAME) CONF_WANT_COUNT };
#undef CONF_WANT_NAME

enum conf_code {
	CONF_SYNTAX,		/* want: what was expected */
	CONF_UNKNOWN_SECTION,	/* words[0] the section, words[1] the nearest known one or empty */
	CONF_UNKNOWN_KEY,	/* words[0] the key, words[1] the nearest of its section, "section.key" of another, or empty */
	CONF_TWICE,		/* words[0] a key or section that stands there again */
	CONF_WRONG_TYPE,	/* words[0] the key, want its type */
	CONF_WRONG_VALUE,	/* words[0] the key, words[1] the value as written, want what is allowed */
	CONF_MISSING,		/* words[0] a key that is needed because of words[1] */
	CONF_NOT_UTF8,
	CONF_TOO_LONG,		/* over CONF_TEXT_MAX */
	CONF_TOO_MANY,		/* more errors than are told */
	CONF_NO_MEMORY
};
struct conf_error {
	enum conf_code code;
	enum conf_want want;
	unsigned line, column;		/* from 1; columns count octets */
	struct zg_slice words[2];
};
#define CONF_TEXT_MAX (256u * 1024u)
#define CONF_ERRORS_MAX 50

/* Reads text (empty is valid: all defaults).  0, or -1 with *ret_count errors in order of their place in ret_errors,
 * which has room for CONF_ERRORS_MAX; *ret is untouched then. */
int conf_read(struct zg_slice text, struct zg_arena *a, struct conf *ret, struct conf_error *ret_errors,
	size_t *ret_count);
/* The text of the configuration in force, every key told, that conf_read reads back as the same. */
void conf_write(const struct conf *c, struct zg_buf *b);
/* Is TLS spoken at one of the addresses of smtp.listen?  Of http.listen? */
bool conf_has_tls(const struct conf *c);
bool conf_has_http_tls(const struct conf *c);
/* The sections there are, in their order; the empty slice behind the last. */
struct zg_slice conf_section_name(size_t i);

#endif
