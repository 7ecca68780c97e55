/* smtp_reply.c - replies: the table of what the server says, the writer, the client's reader.
 *
 * Codes are those of RFC 5321 4.2.3, RFC 4954 6 and RFC 3207 4, enhanced codes those of RFC 5248's registry.  The
 * texts say what to mend; they are part of the protocol and stay in English (RFC 5321 4.2.1 knows no other). */
#include "proto/smtp_reply.h"
#include <string.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "base/utf8.h"

#define SAY(name, code, enhanced, text) \
	[ZG_SMTP_SAY_##name] = { { code, ZG_SI(enhanced), ZG_SI(text) }, false, false }
#define ERROR(name, code, enhanced, text) \
	[ZG_SMTP_SAY_##name] = { { code, ZG_SI(enhanced), ZG_SI(text) }, true, false }
#define LAST(name, code, enhanced, text) \
	[ZG_SMTP_SAY_##name] = { { code, ZG_SI(enhanced), ZG_SI(text) }, false, true }

static const struct zg_smtp_saying sayings[ZG_SMTP_SAY_COUNT] = {
	SAY(OK, 250, "2.0.0", "OK"),
	LAST(BYE, 221, "2.0.0", "goodbye"),
	SAY(HELP, 214, "2.0.0", "EHLO STARTTLS AUTH MAIL RCPT DATA RSET NOOP QUIT; see RFC 5321"),
	SAY(VRFY, 252, "2.0.0", "addresses are not verified here; send the mail and it will be tried"),
	SAY(TLS, 220, "2.0.0", "begin TLS now"),
	SAY(ASK_PLAIN, 334, "", ""),
	SAY(ASK_USER, 334, "", "VXNlcm5hbWU6"),
	SAY(ASK_PASSWORD, 334, "", "UGFzc3dvcmQ6"),

	ERROR(UNKNOWN, 500, "5.5.1", "this command is not known here"),
	ERROR(LINE_LONG, 500, "5.5.2", "a command line may have 1000 octets at most, CRLF included"),
	ERROR(LINE_STRAY, 500, "5.5.2", "a CR or LF stands alone; lines must end with CR LF"),
	ERROR(LINE_CONTROL, 500, "5.5.2", "a control character stands in the command"),
	ERROR(NO_PARAMETER, 501, "5.5.4", "this command takes no parameter"),
	ERROR(NAME, 501, "5.5.4", "give a host name or an [address] behind the command, as in EHLO app.example.com"),
	ERROR(EXPN, 502, "5.5.1", "lists are not expanded here"),
	LAST(FOREIGN, 421, "4.7.0", "this port speaks SMTP, not the protocol you began"),
	LAST(TLS_EARLY, 421, "4.7.0", "TLS begins with STARTTLS on this port; or use the port for TLS"),
	LAST(ERRORS, 421, "4.7.0", "too many wrong commands; mend the client and connect again"),

	ERROR(HELLO_FIRST, 503, "5.5.1", "say EHLO first"),
	SAY(AUTH_FIRST, 530, "5.7.0", "log in first with AUTH, in clear after STARTTLS only"),
	SAY(MAIL_FIRST, 503, "5.5.1", "MAIL must be accepted first"),
	SAY(RCPT_FIRST, 554, "5.5.1", "no valid recipients"),
	ERROR(NESTED, 503, "5.5.1", "a mail is under way; end it with DATA or RSET first"),
	ERROR(IN_MAIL, 503, "5.5.1", "not while a mail is under way; end it with DATA or RSET first"),

	ERROR(TLS_ON, 503, "5.5.1", "TLS is on already"),
	ERROR(TLS_NONE, 502, "5.5.1", "STARTTLS is not offered here"),
	LAST(TLS_INJECTED, 554, "5.5.1", "nothing may follow STARTTLS before the handshake"),
	ERROR(AUTH_TWICE, 503, "5.5.1", "you are logged in already"),
	ERROR(AUTH_OVER, 503, "5.5.1", "your login is no longer valid; connect again to log in with another one"),
	ERROR(AUTH_CLEAR, 538, "5.7.11", "passwords are taken under TLS only; use STARTTLS first"),
	ERROR(AUTH_NONE, 502, "5.5.1", "logging in is not offered on this connection; it has no TLS"),
	ERROR(AUTH_MECHANISM, 504, "5.5.4", "this way to log in is not known; use AUTH PLAIN or AUTH LOGIN"),
	ERROR(AUTH_SYNTAX, 501, "5.5.4", "the form is AUTH mechanism, or AUTH mechanism base64"),
	ERROR(AUTH_DECODE, 501, "5.5.2", "this is not a user name or password in base64"),
	SAY(AUTH_CANCEL, 501, "5.7.0", "login cancelled"),
	SAY(AUTH_IDENTITY, 535, "5.7.8", "nobody may act for another; leave the authorization identity empty"),
	ERROR(AUTH_LONG, 500, "5.5.6", "the line is too long for a user name and a password"),
	LAST(AUTH_MANY, 421, "4.7.0", "too many wrong logins; check user name and password and connect again"),

	ERROR(MAIL_SYNTAX, 501, "5.5.4", "the form is MAIL FROM:<address> and then parameters"),
	ERROR(RCPT_SYNTAX, 501, "5.5.4", "the form is RCPT TO:<address>"),
	SAY(SENDER, 501, "5.1.7", "the sender is no mail address"),
	SAY(RECIPIENT, 501, "5.1.3", "the recipient is no mail address"),
	SAY(UTF8, 553, "5.6.7", "an address with other letters than ASCII needs SMTPUTF8 in MAIL"),
	ERROR(PARAMETER, 555, "5.5.4", "a parameter is not known here; EHLO says which are"),
	ERROR(PARAMETER_DSN, 555, "5.5.4", "DSN is not offered here; leave out NOTIFY, ORCPT, RET and ENVID"),
	ERROR(PARAMETER_VALUE, 501, "5.5.4", "a parameter has a wrong value or stands twice"),
	SAY(SIZE, 552, "5.3.4", "the message is larger than this server takes; EHLO says the limit behind SIZE"),
	SAY(RECIPIENTS, 452, "4.5.3", "too many recipients; send this mail, then another one to the rest"),

	SAY(TEXT_LONG, 550, "5.6.0", "a line of the message has over 998 octets; encode it as quoted-printable"),
	SAY(TEXT_NUL, 550, "5.6.0", "a NUL stands in the message; encode it as base64"),
	LAST(TEXT_STRAY, 550, "5.5.2", "a CR or LF stands alone in the message; lines must end with CR LF"),
};

const struct zg_smtp_saying *zg_smtp_saying_of(enum zg_smtp_say say)
{
	return &sayings[say];
}

/* At most max octets of s, no control octet among them, no character of UTF-8 cut in two. */
static void put_clean(struct zg_buf *b, struct zg_slice s, size_t max, bool is_utf8)
{
	if (s.n > max) {
		s.n = max;
		while (is_utf8 && s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		zg_buf_putc(b, zg_ascii_is_cntrl(c) || (zg_ascii_is_8bit(c) && !is_utf8) ? '?' : c);
	}
}

void zg_smtp_reply_put(struct zg_buf *b, const struct zg_smtp_reply *r, bool is_utf8)
{
	size_t from = b->n;

	zg_buf_put_pad(b, r->code % 1000, 3);
	zg_buf_putc(b, ' ');
	/* RFC 2034 4: 2xx, 4xx and 5xx have an enhanced code, 3xx has none. */
	if (r->enhanced.n && r->code / 100 != 3) {
		put_clean(b, r->enhanced, 11, false);
		zg_buf_putc(b, ' ');
	}
	put_clean(b, r->text, ZG_SMTP_REPLY_MAX - 2 - (b->n - from), is_utf8);
	zg_buf_put(b, ZG_S("\r\n"));
}

static void put_line(struct zg_buf *b, struct zg_slice code, struct zg_slice name, struct zg_slice rest)
{
	zg_buf_put(b, code);
	put_clean(b, name, 255, false);
	zg_buf_put(b, rest);
	zg_buf_put(b, ZG_S("\r\n"));
}

void zg_smtp_reply_put_greeting(struct zg_buf *b, struct zg_slice hostname)
{
	put_line(b, ZG_S("220 "), hostname, ZG_S(" ESMTP"));
}

void zg_smtp_reply_put_helo(struct zg_buf *b, struct zg_slice hostname)
{
	put_line(b, ZG_S("250 "), hostname, ZG_S(""));
}

void zg_smtp_reply_put_ehlo(struct zg_buf *b, struct zg_slice hostname, const struct zg_smtp_offers *o)
{
	put_line(b, ZG_S("250-"), hostname, ZG_S(""));
	zg_buf_put(b, ZG_S("250-PIPELINING\r\n250-SIZE "));
	zg_buf_put_uint(b, o->size_max);
	zg_buf_put(b, ZG_S("\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"));
	if (o->has_starttls)
		zg_buf_put(b, ZG_S("250-STARTTLS\r\n"));
	if (o->has_auth)
		zg_buf_put(b, ZG_S("250-AUTH PLAIN LOGIN\r\n"));
	zg_buf_put(b, ZG_S("250 ENHANCEDSTATUSCODES\r\n"));
}

/* RFC 2034 4: class.subject.detail, the class being that of the code; *s goes on behind it. */
static struct zg_slice enhanced_of(unsigned code, struct zg_slice *s)
{
	struct zg_cur c = zg_cur_of(*s);
	size_t n;

	if (zg_cur_uint(&c, 5) != code / 100 || !zg_cur_lit(&c, ZG_S(".")))
		return ZG_S("");
	(void)zg_cur_uint(&c, 999);	/* only its form counts */
	if (!zg_cur_lit(&c, ZG_S(".")))
		return ZG_S("");
	(void)zg_cur_uint(&c, 999);	/* the same */
	n = c.at;
	if (c.why || n > 9 || (!zg_cur_is_end(&c) && !zg_cur_lit(&c, ZG_S(" "))))
		return ZG_S("");
	*s = zg_cur_rest(&c);
	return zg_slice_sub(c.s, 0, n);
}

static void keep_first(struct zg_smtp_heard *h, struct zg_slice text)
{
	struct zg_slice enhanced = enhanced_of(h->code, &text);
	struct zg_buf b = zg_buf_of(h->text, sizeof(h->text));

	put_clean(&b, text, sizeof(h->text), zg_utf8_is_valid(text));
	h->text_n = b.n;
	b = zg_buf_of(h->enhanced, sizeof(h->enhanced));
	zg_buf_put(&b, enhanced);
	h->enhanced_n = b.n;
}

/* RFC 5321 4.2: three digits, then a blank or the line's end in the last line and a minus in those before. */
static bool line_is_reply(struct zg_slice line, unsigned *ret_code, bool *ret_is_last)
{
	struct zg_cur c = zg_cur_of(zg_slice_sub(line, 0, 3));
	unsigned code = (unsigned)zg_cur_uint(&c, 599);

	if (c.why || c.at != 3 || code < 200 || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return false;
	*ret_code = code;
	*ret_is_last = line.n == 3 || line.p[3] == ' ';
	return true;
}

enum zg_smtp_got zg_smtp_heard_take(struct zg_smtp_heard *h, struct zg_slice *in, struct zg_slice *ret_line)
{
	struct zg_slice window = zg_slice_sub(*in, 0, ZG_SMTP_READ_LINE), line;
	size_t n = zg_slice_find_slice(window, ZG_S("\r\n"));
	unsigned code;
	bool is_last;

	if (n == window.n)
		return n < ZG_SMTP_READ_LINE ? ZG_SMTP_GOT_MORE : ZG_SMTP_GOT_FAULT;
	line = zg_slice_sub(window, 0, n);
	if (!line_is_reply(line, &code, &is_last))
		return ZG_SMTP_GOT_FAULT;
	if (h->is_whole || !h->lines)
		*h = (struct zg_smtp_heard){ .code = code };
	if (code != h->code || h->lines++ >= ZG_SMTP_READ_LINES)
		return ZG_SMTP_GOT_FAULT;
	*ret_line = zg_slice_sub(line, 4, line.n);
	if (h->lines == 1)
		keep_first(h, *ret_line);
	*in = zg_slice_sub(*in, n + 2, in->n);
	h->is_whole = is_last;
	return is_last ? ZG_SMTP_GOT_REPLY : ZG_SMTP_GOT_LINE;
}
