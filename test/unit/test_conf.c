/* test_conf.c - the configuration: what is read, what is refused and where, and that what is written reads back the
 * same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/buf.h>
#include "conf/conf.h"
#include "conf/near.h"

static char memory[512 * 1024];
static struct zg_arena arena;
static struct conf_error errors[CONF_ERRORS_MAX];
static size_t error_count;

static int read_text(struct zg_slice text, struct conf *ret)
{
	error_count = 12345;
	zg_arena_init_fixed(&arena, memory, sizeof(memory));
	return conf_read(text, &arena, ret, errors, &error_count);
}

/* Each text has one error, and this is all of it. */
struct wrong {
	const char *proves;
	struct zg_slice text;
	enum conf_code code;
	enum conf_want want;
	unsigned line, column;
	struct zg_slice words[2];
};

static void hold_wrong(const struct wrong *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct wrong *w = &rows[i];
		const struct conf_error *e = &errors[0];
		struct conf c;

		if (read_text(w->text, &c) == 0)
			fail_msg("%s: was read", w->proves);
		if (error_count != 1 || e->code != w->code || e->want != w->want || e->line != w->line || e->column != w->column)
			fail_msg("%s: %zu errors, the first %d want %d at %u:%u", w->proves, error_count, (int)e->code, (int)e->want,
				 e->line, e->column);
		for (size_t n = 0; n < 2; n++)
			if (!zg_slice_eq(e->words[n], w->words[n]))
				fail_msg("%s: word %zu is %.*s", w->proves, n, ZG_ARG(e->words[n]));
	}
}
#define HOLD(rows) hold_wrong(rows, sizeof(rows) / sizeof((rows)[0]))
#define SYNTAX(want, line, column) CONF_SYNTAX, CONF_WANT_##want, line, column, { { NULL, 0 }, { NULL, 0 } }

static void syntax_is_strict(void **state)
{
	static const struct wrong rows[] = {
		{ "a key before any section", ZG_SI("sign = true\n"), CONF_SYNTAX, CONF_WANT_SECTION_FIRST, 1, 1,
		  { ZG_SI("sign"), { NULL, 0 } } },
		{ "no name in the brackets", ZG_SI("[]\n"), SYNTAX(NAME, 1, 2) },
		{ "a table of tables", ZG_SI("[[smtp]]\n"), SYNTAX(NAME, 1, 2) },
		{ "a section that is not closed", ZG_SI("\n[smtp\n"), CONF_SYNTAX, CONF_WANT_CLOSED, 2, 6, { ZG_SI("smtp"), { NULL,
		  0 } } },
		{ "a section below a section", ZG_SI("[smtp.tls]\n"), CONF_SYNTAX, CONF_WANT_CLOSED, 1, 6, { ZG_SI("smtp"), { NULL,
		  0 } } },
		{ "text behind a section", ZG_SI("[smtp] x\n"), CONF_SYNTAX, CONF_WANT_LINE_END, 1, 8, { ZG_SI("smtp"), { NULL,
		  0 } } },
		{ "no equals sign", ZG_SI("[delivery]\nsign true\n"), CONF_SYNTAX, CONF_WANT_EQUALS, 2, 6, { ZG_SI("sign"), { NULL,
		  0 } } },
		{ "a dotted key", ZG_SI("[delivery]\nsign.it = true\n"), CONF_SYNTAX, CONF_WANT_EQUALS, 2, 5,
		  { ZG_SI("sign"), { NULL, 0 } } },
		{ "a quoted key", ZG_SI("[delivery]\n\"sign\" = true\n"), SYNTAX(PAIR, 2, 1) },
		{ "no value", ZG_SI("[delivery]\nsign =\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 7, { ZG_SI("sign"), { NULL, 0 } } },
		{ "a word that is no value", ZG_SI("[delivery]\nsign = yes\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 8,
		  { ZG_SI("sign"), { NULL, 0 } } },
		{ "quotes forgotten", ZG_SI("[delivery]\nroute = capture\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 9,
		  { ZG_SI("route"), { NULL, 0 } } },
		{ "a path without quotes", ZG_SI("[server]\nstate = /var/lib\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 9,
		  { ZG_SI("state"), { NULL, 0 } } },
		{ "quotes of the other kind", ZG_SI("[delivery]\nroute = 'capture'\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 9,
		  { ZG_SI("route"), { NULL, 0 } } },
		{ "a string without its end", ZG_SI("[server]\nuser = \"zegel\n"), CONF_SYNTAX, CONF_WANT_QUOTED, 2, 14,
		  { ZG_SI("user"), { NULL, 0 } } },
		{ "the text ends in a string", ZG_SI("[server]\nuser = \"zegel"), CONF_SYNTAX, CONF_WANT_QUOTED, 2, 14,
		  { ZG_SI("user"), { NULL, 0 } } },
		{ "the text ends in an escape", ZG_SI("[server]\nuser = \"z\\"), CONF_SYNTAX, CONF_WANT_ESCAPE, 2, 11,
		  { ZG_SI("user"), { NULL, 0 } } },
		{ "an unknown escape", ZG_SI("[server]\nuser = \"a\\n\"\n"), CONF_SYNTAX, CONF_WANT_ESCAPE, 2, 11, { ZG_SI("user"),
		  { NULL, 0 } } },
		{ "a control octet in a string", ZG_SI("[server]\nuser = \"a\001\"\n"), CONF_SYNTAX, CONF_WANT_NO_CONTROL, 2, 10,
		  { ZG_SI("user"), { NULL, 0 } } },
		{ "a NUL in a string", ZG_SI("[server]\nuser = \"a\0\"\n"), CONF_SYNTAX, CONF_WANT_NO_CONTROL, 2, 10,
		  { ZG_SI("user"), { NULL, 0 } } },
		{ "a control octet in a comment", ZG_SI("# a\033[1m\n"), SYNTAX(NO_CONTROL, 1, 4) },
		{ "a carriage return alone", ZG_SI("# a\rb\n"), SYNTAX(NO_CONTROL, 1, 4) },
		{ "two values", ZG_SI("[delivery]\nsign = true false\n"), CONF_SYNTAX, CONF_WANT_LINE_END, 2, 13, { ZG_SI("sign"),
		  { NULL, 0 } } },
		{ "a number with a fraction", ZG_SI("[smtp]\nmessage_size = 1.5\n"), CONF_SYNTAX, CONF_WANT_LINE_END, 2, 17,
		  { ZG_SI("message_size"), { NULL, 0 } } },
		{ "a number with a unit", ZG_SI("[smtp]\nmessage_size = 50M\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 16,
		  { ZG_SI("message_size"), { NULL, 0 } } },
		{ "a number with a zero in front", ZG_SI("[smtp]\nmessage_size = 0777777\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 16,
		  { ZG_SI("message_size"), { NULL, 0 } } },
		{ "a number over 64 bits", ZG_SI("[smtp]\nmessage_size = 18446744073709551616\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2,
		  16,
		  { ZG_SI("message_size"), { NULL, 0 } } },
		{ "a negative number", ZG_SI("[smtp]\nmessage_size = -1\n"), CONF_SYNTAX, CONF_WANT_VALUE, 2, 16,
		  { ZG_SI("message_size"), { NULL, 0 } } },
		{ "a list without commas is one error, over all its lines",
		  ZG_SI("[smtp]\nlisten = [\n\"[::]:25\"\n\"[::]:26\"\n]\nkey = \"\"\ncertificate = \"\"\n"),
		  CONF_SYNTAX, CONF_WANT_COMMA, 4, 1, { ZG_SI("listen"), { NULL, 0 } } },
		{ "a list that does not end", ZG_SI("[smtp]\ntrusted = [\n\n"), CONF_SYNTAX, CONF_WANT_COMMA, 4, 1,
		  { ZG_SI("trusted"), { NULL, 0 } } },
		{ "a list of numbers", ZG_SI("[smtp]\nlisten = [465]\n"), CONF_SYNTAX, CONF_WANT_LIST, 2, 11, { ZG_SI("listen"),
		  { NULL, 0 } } },
		{ "a comma too many", ZG_SI("[smtp]\nlisten = [\"[::]:25\",,]\n"), CONF_SYNTAX, CONF_WANT_COMMA, 2, 21,
		  { ZG_SI("listen"), { NULL, 0 } } },
		{ "not UTF-8", ZG_SI("# caf\xc3\xa9\n# caf\xe9\n"), CONF_NOT_UTF8, CONF_WANT_NOTHING, 2, 6, { { NULL, 0 }, { NULL,
		  0 } } },
	};

	(void)state;
	HOLD(rows);
}

#define KEY_ERROR(code, line, column, a, b) code, CONF_WANT_NOTHING, line, column, { ZG_SI(a), ZG_SI(b) }
static void unknown_words_name_the_nearest(void **state)
{
	static const struct wrong rows[] = {
		{ "a letter forgotten", ZG_SI("[server]\nhostnme = \"a\"\n"), KEY_ERROR(CONF_UNKNOWN_KEY, 2, 1, "hostnme",
		  "hostname") },
		{ "letters swapped", ZG_SI("[delivery]\n  rotue = \"a\"\n"), KEY_ERROR(CONF_UNKNOWN_KEY, 2, 3, "rotue", "route") },
		{ "a key of another section", ZG_SI("[server]\nlisten = []\n"), KEY_ERROR(CONF_UNKNOWN_KEY, 2, 1, "listen",
		  "smtp.listen") },
		{ "nothing is near", ZG_SI("[server]\nbananas = 1\n"), KEY_ERROR(CONF_UNKNOWN_KEY, 2, 1, "bananas", "") },
		{ "capitals are other letters", ZG_SI("[smtp]\nKey = \"/k\"\n"), KEY_ERROR(CONF_UNKNOWN_KEY, 2, 1, "Key", "key") },
		{ "a section misspelt; its keys are not looked at", ZG_SI("[smpt]\nx = 1\n"), KEY_ERROR(CONF_UNKNOWN_SECTION, 1, 2,
		  "smpt", "smtp") },
		{ "a section that is not there yet", ZG_SI("[keys]\nlisten = []\n"), KEY_ERROR(CONF_UNKNOWN_SECTION, 1, 2, "keys",
		  "") },
		{ "blanks in the brackets", ZG_SI("[ keys ]\n"), KEY_ERROR(CONF_UNKNOWN_SECTION, 1, 3, "keys", "") },
		{ "a key twice", ZG_SI("[delivery]\nsign = true\nsign = false\n"), KEY_ERROR(CONF_TWICE, 3, 1, "sign", "") },
		{ "a section twice", ZG_SI("[smtp]\n[server]\n[smtp]\n"), KEY_ERROR(CONF_TWICE, 3, 2, "smtp", "") },
		{ "a route without its host", ZG_SI("[delivery]\nroute = \"smarthost\"\n"),
		  KEY_ERROR(CONF_MISSING, 2, 1, "smarthost", "route") },
		{ "a user without a password", ZG_SI("[delivery]\nsmarthost_user = \"u\"\n"),
		  KEY_ERROR(CONF_MISSING, 2, 1, "smarthost_password_file", "smarthost_user") },
		{ "a password without a user", ZG_SI("[delivery]\nsmarthost_password_file = \"/p\"\n"),
		  KEY_ERROR(CONF_MISSING, 2, 1, "smarthost_user", "smarthost_password_file") },
		{ "a certificate without its key", ZG_SI("[smtp]\ncertificate = \"/c\"\n"), KEY_ERROR(CONF_MISSING, 2, 1, "key",
		  "certificate") },
		{ "a key without its certificate", ZG_SI("[smtp]\nkey = \"/k\"\n"), KEY_ERROR(CONF_MISSING, 2, 1, "certificate",
		  "key") },
		{ "TLS without a certificate", ZG_SI("[smtp]\ncertificate = \"\"\nkey = \"\"\nlisten = [\"[::1]:465 tls\"]\n"),
		  KEY_ERROR(CONF_MISSING, 4, 1, "certificate", "listen") },
	};

	(void)state;
	HOLD(rows);
}

#define TYPE(want, column, key) CONF_WRONG_TYPE, CONF_WANT_##want, 2, column, { ZG_SI(key), { NULL, 0 } }
#define VALUE(want, column, key, raw) CONF_WRONG_VALUE, CONF_WANT_##want, 2, column, { ZG_SI(key), ZG_SI(raw) }
static void values_are_checked(void **state)
{
	static const struct wrong rows[] = {
		{ "a number for a string", ZG_SI("[server]\nhostname = 1\n"), TYPE(STRING, 12, "hostname") },
		{ "a string for a number", ZG_SI("[smtp]\nmessage_size = \"1\"\n"), TYPE(NUMBER, 16, "message_size") },
		{ "a string for true or false", ZG_SI("[delivery]\nsign = \"true\"\n"), TYPE(BOOL, 8, "sign") },
		{ "a string for a list", ZG_SI("[smtp]\nlisten = \"[::]:25\"\n"), TYPE(LIST, 10, "listen") },
		{ "a host name with a blank", ZG_SI("[server]\nhostname = \"a b\"\n"), VALUE(HOST, 12, "hostname", "\"a b\"") },
		{ "a label that ends with a hyphen", ZG_SI("[server]\nhostname = \"a-.example\"\n"), VALUE(HOST, 12, "hostname",
		  "\"a-.example\"") },
		{ "an empty label", ZG_SI("[server]\nhostname = \"a..example\"\n"), VALUE(HOST, 12, "hostname", "\"a..example\"") },
		{ "a dot at the end", ZG_SI("[server]\nhostname = \"a.example.\"\n"), VALUE(HOST, 12, "hostname", "\"a.example.\"") },
		{ "a path that is not absolute", ZG_SI("[server]\nstate = \"var\"\n"), VALUE(PATH, 9, "state", "\"var\"") },
		{ "no state folder", ZG_SI("[server]\nstate = \"\"\n"), VALUE(PATH, 9, "state", "\"\"") },
		{ "a tab in a path", ZG_SI("[smtp]\ncertificate = \"/a\tb\"\nkey=\"/k\"\n"), VALUE(PATH, 15, "certificate",
		  "\"/a\tb\"") },
		{ "a user that is an option", ZG_SI("[server]\nuser = \"-r\"\n"), VALUE(USER, 8, "user", "\"-r\"") },
		{ "no user", ZG_SI("[server]\nvault_user = \"\"\n"), VALUE(USER, 14, "vault_user", "\"\"") },
		{ "too small a size", ZG_SI("[smtp]\nmessage_size = 65535\n"), VALUE(SIZE, 16, "message_size", "65535") },
		{ "a duration without a unit", ZG_SI("[retention]\nbodies = \"7\"\n"), VALUE(DURATION, 10, "bodies", "\"7\"") },
		{ "a duration of nothing", ZG_SI("[retention]\nbodies = \"0d\"\n"), VALUE(DURATION, 10, "bodies", "\"0d\"") },
		{ "a duration in another unit", ZG_SI("[retention]\nmessages = \"3w\"\n"), VALUE(DURATION, 12, "messages", "\"3w\"") },
		{ "too long a duration", ZG_SI("[retention]\nmessages = \"36501d\"\n"), VALUE(DURATION, 12, "messages", "\"36501d\"") },
		{ "too large a size", ZG_SI("[smtp]\nmessage_size = 1073741825\n"), VALUE(SIZE, 16, "message_size", "1073741825") },
		{ "a route that is not built", ZG_SI("[delivery]\nroute = \"direct\"\n"), VALUE(ROUTE, 9, "route", "\"direct\"") },
		{ "another word for TLS", ZG_SI("[delivery]\nsmarthost_tls = \"tls\"\n"), VALUE(SMARTHOST_TLS, 17, "smarthost_tls",
		  "\"tls\"") },
		{ "a master key without its kind", ZG_SI("[vault]\nmaster_key = \"/k\"\n"), VALUE(MASTER_KEY, 14, "master_key",
		  "\"/k\"") },
		{ "a credential with a path in it", ZG_SI("[vault]\nmaster_key = \"credential:../k\"\n"),
		  VALUE(MASTER_KEY, 14, "master_key", "\"credential:../k\"") },
		{ "a master key in a relative file", ZG_SI("[vault]\nmaster_key = \"file:k\"\n"), VALUE(MASTER_KEY, 14, "master_key",
		  "\"file:k\"") },
		{ "another engine", ZG_SI("[store]\nurl = \"postgresql://db\"\n"), VALUE(STORE_URL, 7, "url",
		  "\"postgresql://db\"") },
		{ "a smarthost with a port of 0", ZG_SI("[delivery]\nsmarthost = \"a.example:0\"\n"),
		  VALUE(SMARTHOST_PORT, 23, "smarthost", "\"a.example:0\"") },
		{ "a smarthost with a word for a port", ZG_SI("[delivery]\nsmarthost = \"a.example:smtp\"\n"),
		  VALUE(SMARTHOST_PORT, 23, "smarthost", "\"a.example:smtp\"") },
		{ "a smarthost that is a bare v6 address", ZG_SI("[delivery]\nsmarthost = \"2001:db8::1\"\n"),
		  VALUE(SMARTHOST_PORT, 18, "smarthost", "\"2001:db8::1\"") },
		{ "a smarthost with brackets that do not close", ZG_SI("[delivery]\nsmarthost = \"[2001:db8::1\"\n"),
		  VALUE(SMARTHOST, 13, "smarthost", "\"[2001:db8::1\"") },
		{ "a smarthost with a blank", ZG_SI("[delivery]\nsmarthost = \"a b\"\n"), VALUE(SMARTHOST, 13, "smarthost",
		  "\"a b\"") },
	};

	(void)state;
	HOLD(rows);
}

#define LISTEN(string) ZG_SI("[smtp]\nlisten = [\"" string "\"]\n")
#define TRUSTED(string) ZG_SI("[smtp]\ntrusted = [\"" string "\"]\n")
static void addresses_are_checked(void **state)
{
	static const struct wrong rows[] = {
		{ "nowhere to listen", ZG_SI("[smtp]\nlisten = []\n"), VALUE(LISTEN_ONE, 10, "listen", "[]") },
		{ "no port", LISTEN("127.0.0.1"), VALUE(LISTEN_FORM, 11, "listen", "\"127.0.0.1\"") },
		{ "no port behind brackets", LISTEN("[::1]"), VALUE(LISTEN_FORM, 11, "listen", "\"[::1]\"") },
		{ "v6 without brackets", LISTEN("::1:25"), VALUE(LISTEN_BRACKETS, 11, "listen", "\"::1:25\"") },
		{ "a name", LISTEN("localhost:25"), VALUE(LISTEN_ADDRESS, 11, "listen", "\"localhost:25\"") },
		{ "v4 in brackets", LISTEN("[127.0.0.1]:25"), VALUE(LISTEN_ADDRESS, 11, "listen", "\"[127.0.0.1]:25\"") },
		{ "no address", LISTEN(":25"), VALUE(LISTEN_ADDRESS, 11, "listen", "\":25\"") },
		{ "a port over 65535", LISTEN("127.0.0.1:65536"), VALUE(LISTEN_PORT, 22, "listen", "\"127.0.0.1:65536\"") },
		{ "an empty port", LISTEN("127.0.0.1: tls"), VALUE(LISTEN_PORT, 22, "listen", "\"127.0.0.1: tls\"") },
		{ "another word behind", LISTEN("127.0.0.1:25 ssl"), VALUE(LISTEN_TLS, 25, "listen", "\"127.0.0.1:25 ssl\"") },
		{ "a zone of an interface", LISTEN("[fe80::1%eth0]:25"), VALUE(LISTEN_ADDRESS, 11, "listen",
		  "\"[fe80::1%eth0]:25\"") },
		{ "the same port twice", LISTEN("127.0.0.1:25\", \"127.0.0.1:25 starttls"),
		  VALUE(LISTEN_TWICE, 27, "listen", "\"127.0.0.1:25 starttls\"") },
		{ "a network without bits", TRUSTED("127.0.0.1"), VALUE(TRUSTED_BITS, 22, "trusted", "\"127.0.0.1\"") },
		{ "too many bits", TRUSTED("192.0.2.0/33 = a"), VALUE(TRUSTED_BITS, 22, "trusted", "\"192.0.2.0/33 = a\"") },
		{ "a name for a network", TRUSTED("localhost/8"), VALUE(TRUSTED_ADDRESS, 12, "trusted", "\"localhost/8\"") },
		{ "bits behind the prefix", TRUSTED("192.0.2.1/28 = a"), VALUE(TRUSTED_NETWORK, 12, "trusted",
		  "\"192.0.2.1/28 = a\"") },
		{ "bare, and not loopback", TRUSTED("192.0.2.0/28"), VALUE(TRUSTED_LOOPBACK, 12, "trusted", "\"192.0.2.0/28\"") },
		{ "bare, and more than loopback", TRUSTED("126.0.0.0/7"), VALUE(TRUSTED_LOOPBACK, 12, "trusted", "\"126.0.0.0/7\"") },
		{ "bare ::/0", TRUSTED("::/0"), VALUE(TRUSTED_LOOPBACK, 12, "trusted", "\"::/0\"") },
		{ "an empty company", TRUSTED("127.0.0.1/32 ="), VALUE(TRUSTED_COMPANY, 26, "trusted", "\"127.0.0.1/32 =\"") },
		{ "a company with a capital", TRUSTED("::1/128 = Acme"), VALUE(TRUSTED_COMPANY, 21, "trusted",
		  "\"::1/128 = Acme\"") },
	};

	(void)state;
	HOLD(rows);
}

#define HTTP(string) ZG_SI("[http]\nlisten = [\"" string "\"]\n")
#define URL(string) ZG_SI("[http]\nbase_url = \"" string "\"\n"), VALUE(BASE_URL, 12, "base_url", "\"" string "\"")
#define PROXIES(list) ZG_SI("[http]\ntrusted_proxies = [" list "]\n")
#define PROXY(string) PROXIES("\"" string "\""), VALUE(NETWORK, 20, "trusted_proxies", "\"" string "\"")
#define RESOLVER(string) ZG_SI("[dns]\nresolver = \"" string "\"\n"), VALUE(RESOLVER, 12, "resolver", "\"" string "\"")
#define MAILBOX(string) ZG_SI("[reports]\naddress = \"" string "\"\n"), VALUE(MAILBOX, 11, "address", "\"" string "\"")
static void the_panel_is_checked(void **state)
{
	static const struct wrong rows[] = {
		{ "no port", HTTP("127.0.0.1"), VALUE(LISTEN_FORM, 11, "listen", "\"127.0.0.1\"") },
		{ "a name", HTTP("localhost:80"), VALUE(LISTEN_ADDRESS, 11, "listen", "\"localhost:80\"") },
		{ "a port over 65535", HTTP("127.0.0.1:65536"), VALUE(LISTEN_PORT, 22, "listen", "\"127.0.0.1:65536\"") },
		{ "STARTTLS is of SMTP", HTTP("127.0.0.1:80 starttls"), VALUE(HTTP_TLS, 25, "listen", "\"127.0.0.1:80 starttls\"") },
		{ "another word behind", HTTP("127.0.0.1:80 ssl"), VALUE(HTTP_TLS, 25, "listen", "\"127.0.0.1:80 ssl\"") },
		{ "the same port twice", HTTP("127.0.0.1:80\", \"127.0.0.1:80"), VALUE(LISTEN_TWICE, 27, "listen", "\"127.0.0.1:80\"") },
		{ "the panel where mail comes in", ZG_SI("[smtp]\nlisten = [\"[::1]:80\"]\n[http]\nlisten = [\"[::1]:80\"]\n"),
		  CONF_WRONG_VALUE, CONF_WANT_LISTEN_TWICE, 4, 11, { ZG_SI("listen"), ZG_SI("\"[::1]:80\"") } },
		{ "mail comes in where the panel is, which stands first",
		  ZG_SI("[http]\nlisten = [\"[::1]:80\"]\n[smtp]\nlisten = [\"[::1]:80\"]\n"), CONF_WRONG_VALUE,
		  CONF_WANT_LISTEN_TWICE, 4, 11, { ZG_SI("listen"), ZG_SI("\"[::1]:80\"") } },
		{ "mail comes in where the panel is by default", LISTEN("127.0.0.1:8025"), CONF_WRONG_VALUE, CONF_WANT_LISTEN_TWICE, 2, 11,
		  { ZG_SI("listen"), ZG_SI("\"127.0.0.1:8025\"") } },
		{ "the panel where mail comes in by default", HTTP("[::]:465"), CONF_WRONG_VALUE, CONF_WANT_LISTEN_TWICE, 2, 11,
		  { ZG_SI("listen"), ZG_SI("\"[::]:465\"") } },
		{ "no scheme", URL("mail.example.be") }, { "another scheme", URL("ftp://mail.example.be") },
		{ "a scheme in capitals", URL("HTTPS://mail.example.be") }, { "a path", URL("https://mail.example.be/panel") },
		{ "two slashes at the end", URL("https://mail.example.be//") }, { "no host", URL("https://") },
		{ "nothing but slashes", URL("https:///") }, { "a port of 0", URL("https://mail.example.be:0") },
		{ "a port over 65535", URL("https://mail.example.be:65536") }, { "no port behind the colon", URL("https://mail.example.be:") },
		{ "a user", URL("https://me@mail.example.be") }, { "a query", URL("https://mail.example.be?x") },
		{ "brackets around a name", URL("https://[mail.example.be]") }, { "v6 without brackets", URL("https://2001:db8::1") },
		{ "brackets that do not close", URL("https://[2001:db8::1") },
		{ "a proxy without bits", PROXY("127.0.0.1") }, { "a proxy by name", PROXY("localhost/32") },
		{ "a proxy with too many bits", PROXY("127.0.0.1/33") }, { "bits behind the prefix of proxies", PROXY("192.0.2.1/24") },
		{ "a certificate without its key", ZG_SI("[http]\ncertificate = \"/c\"\n"), CONF_MISSING, CONF_WANT_NOTHING, 2, 1,
		  { ZG_SI("key"), ZG_SI("certificate") } },
		{ "a key without its certificate", ZG_SI("[http]\nkey = \"/k\"\n"), CONF_MISSING, CONF_WANT_NOTHING, 2, 1,
		  { ZG_SI("certificate"), ZG_SI("key") } },
		{ "TLS without a certificate", HTTP("127.0.0.1:0 tls"), CONF_MISSING, CONF_WANT_NOTHING, 2, 1,
		  { ZG_SI("certificate"), ZG_SI("listen") } },
		{ "a certificate by a relative path", ZG_SI("[http]\ncertificate = \"c\"\nkey = \"/k\"\n"),
		  VALUE(PATH, 15, "certificate", "\"c\"") },
		{ "what comes later", ZG_SI("[delivery]\nunready = \"fallback\"\n"), VALUE(UNREADY, 11, "unready", "\"fallback\"") },
		{ "what comes later, to be chosen", ZG_SI("[delivery]\nunready_allowed = [\"hold\", \"fallback\"]\n"),
		  VALUE(UNREADY, 28, "unready_allowed", "\"fallback\"") },
		{ "what happens may not be chosen", ZG_SI("[delivery]\nunready_allowed = [\"send\"]\n"),
		  VALUE(UNREADY_ALLOWED, 19, "unready_allowed", "[\"send\"]") },
		{ "nothing may be chosen", ZG_SI("[delivery]\nunready_allowed = []\n"), VALUE(UNREADY_ALLOWED, 19, "unready_allowed", "[]") },
		{ "a resolver by name", RESOLVER("dns.example") }, { "a resolver of a later version", RESOLVER("recursive") },
		{ "no resolver", RESOLVER("") }, { "a resolver with a port of 0", RESOLVER("192.0.2.53:0") },
		{ "a resolver with no port behind its colon", RESOLVER("192.0.2.53:") },
		{ "two resolvers", ZG_SI("[dns]\nresolver = [\"192.0.2.53\", \"192.0.2.54\"]\n"),
		  VALUE(RESOLVER, 12, "resolver", "[\"192.0.2.53\", \"192.0.2.54\"]") },
		{ "a list of no resolvers", ZG_SI("[dns]\nresolver = []\n"), VALUE(RESOLVER, 12, "resolver", "[]") },
		{ "the system's in a list", ZG_SI("[dns]\nresolver = [\"system\"]\n"), VALUE(RESOLVER, 13, "resolver", "\"system\"") },
		{ "a resolver that is a number", ZG_SI("[dns]\nresolver = 53\n"), CONF_WRONG_TYPE, CONF_WANT_STRING, 2, 12,
		  { ZG_SI("resolver"), { NULL, 0 } } },
		{ "a name for an address", MAILBOX("dmarc") }, { "no local part", MAILBOX("@example.be") },
		{ "no domain", MAILBOX("dmarc@") }, { "two mailboxes", MAILBOX("a@example.be, b@example.be") },
		{ "a mailbox with a name", MAILBOX("DMARC <dmarc@example.be>") }, { "two dots", MAILBOX("a..b@example.be") },
		{ "a dot at the end", MAILBOX("a.@example.be") }, { "a blank in a mailbox", MAILBOX("a b@example.be") },
	};

	(void)state;
	HOLD(rows);
}

static void the_panel_is_read(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(read_text(ZG_S("[http]\nlisten = []\nbase_url = \"http://[2001:db8::1]:8080/\"\ntrusted_proxies = []\n"
		"[delivery]\nunready = \"send\"\n[dns]\nresolver = [\"192.0.2.53\"]\n"), &c), 0);
	assert_int_equal(c.http_listen_count, 0);
	assert_int_equal(c.trusted_proxies_count, 0);
	assert_true(zg_slice_eq(c.base_url, ZG_S("http://[2001:db8::1]:8080")));
	assert_int_equal(c.unready, CONF_UNREADY_SEND);
	assert_int_equal(c.unready_allowed, 1u << CONF_UNREADY_HOLD | 1u << CONF_UNREADY_SEND);
	assert_true(zg_slice_eq(c.resolver, ZG_S("192.0.2.53")));
	assert_int_equal(read_text(ZG_S("[http]\nlisten = [\"127.0.0.1:1\", \"[::1]:2\"]\ncertificate = \"/c\"\nkey = \"/k\"\n"), &c), 0);
	assert_true(c.http_listen[0].tls == CONF_TLS_IMPLICIT && c.http_listen[1].tls == CONF_TLS_IMPLICIT);
	assert_int_equal(c.http_certificate_at.line, 3);
	assert_int_equal(c.http_key_at.column, 7);
	assert_int_equal(read_text(ZG_S("[http]\nlisten = [\"127.0.0.1:1\", \"[::1]:2 tls\"]\ncertificate = \"/c\"\nkey = \"/k\"\n"), &c), 0);
	assert_true(c.http_listen[0].tls == CONF_TLS_NONE && c.http_listen[1].tls == CONF_TLS_IMPLICIT);
	assert_true(conf_has_http_tls(&c));
}

static void resolvers_are_read(void **state)
{
	static const struct { const char *proves; struct zg_slice value; } rows[] = {
		{ "the system's", ZG_SI("system") }, { "v4", ZG_SI("192.0.2.53") }, { "v4 with a port", ZG_SI("192.0.2.53:5353") },
		{ "v6 alone", ZG_SI("2001:db8::53") }, { "v6 with a port", ZG_SI("[2001:db8::53]:5353") },
	};
	char text[100];
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_buf b = zg_buf_of(text, sizeof(text));

		zg_buf_put(&b, ZG_S("[dns]\nresolver = \""));
		zg_buf_put(&b, rows[i].value);
		zg_buf_put(&b, ZG_S("\"\n"));
		if (read_text(zg_buf_slice(&b), &c) < 0 || !zg_slice_eq(c.resolver, rows[i].value))
			fail_msg("%s", rows[i].proves);
	}
}

static void defaults_hold(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(read_text(ZG_S(""), &c), 0);
	assert_int_equal(error_count, 0);
	assert_int_equal(c.hostname.n, 0);
	assert_true(zg_slice_eq(c.state, ZG_S("/var/lib/zegel")));
	assert_true(zg_slice_eq(c.user, ZG_S("zegel")));
	assert_true(zg_slice_eq(c.vault_user, ZG_S("zegel-vault")));
	assert_int_equal(c.listen_count, 2);
	assert_int_equal(c.listen[0].port, 465);
	assert_int_equal(c.listen[0].tls, CONF_TLS_IMPLICIT);
	assert_true(c.listen[0].is_v6);
	assert_int_equal(c.listen[1].port, 587);
	assert_int_equal(c.listen[1].tls, CONF_TLS_STARTTLS);
	assert_int_equal(c.route, CONF_ROUTE_CAPTURE);
	assert_int_equal(c.smarthost_tls, CONF_SMARTHOST_VERIFY);
	assert_int_equal(c.message_size, 52428800);
	assert_int_equal(c.http_listen_count, 1);
	assert_int_equal(c.http_listen[0].port, 8025);
	assert_int_equal(c.http_listen[0].address[0], 127);
	assert_int_equal(c.http_listen[0].tls, CONF_TLS_NONE);
	assert_false(conf_has_http_tls(&c));
	assert_int_equal(c.base_url.n + c.http_certificate.n + c.http_key.n + c.report_address.n, 0);
	assert_int_equal(c.trusted_proxies_count, 2);
	assert_true(!c.trusted_proxies[0].is_v6 && c.trusted_proxies[0].bits == 32 && c.trusted_proxies[0].address[3] == 1);
	assert_true(c.trusted_proxies[1].is_v6 && c.trusted_proxies[1].bits == 128 && c.trusted_proxies[1].address[15] == 1);
	assert_int_equal(c.unready, CONF_UNREADY_HOLD);
	assert_int_equal(c.unready_allowed, 1u << CONF_UNREADY_HOLD);
	assert_true(zg_slice_eq(c.resolver, ZG_S("system")));
	assert_true(c.sign);
	assert_int_equal(c.master_key.n, 0);
	assert_true(zg_slice_eq(c.store_url, ZG_S("sqlite:/var/lib/zegel/zegel.db")));
}

static const struct zg_slice full = ZG_SI(
	"\xef\xbb\xbf# a mark in front, CRLF here and there\r\n"
	"[server]\r\n"
	"hostname = \"relay.example.be\"   # behind a value\r\n"
	"state=\"/srv/zegel/\"\n"
	"\n"
	"\t[ smtp ]\n"
	"listen = [ # over lines\n"
	"  \"[2001:db8::1]:0 starttls\",\n"
	"\n"
	"  # between\n"
	"  \"127.0.0.1:1025\" ,\n"
	"]\n"
	"trusted = [\"127.0.0.0/8\", \"::1/128\", \"192.0.2.0/28 = acme-2\", \"2001:db8::/32=b\"]\n"
	"message_size = 65536\n"
	"[delivery]\n"
	"route = \"smarthost\"\n"
	"smarthost = \"[2001:db8::25]:2525\"\n"
	"smarthost_user = \"a\\\"b\\\\c\"\n"
	"smarthost_password_file = \"/etc/zegel/pass\"\n"
	"smarthost_tls = \"implicit\"\n"
	"sign = false\n"
	"spf_include = \"_spf.example.com\"\n"
	"unready = \"send\"\n"
	"unready_allowed = [\"send\", \"hold\"]\n"
	"[http]\n"
	"listen = [\"[::1]:8443 tls\", \"127.0.0.1:8025\"]\n"
	"base_url = \"https://mail.example.be/\"\n"
	"certificate = \"/etc/zegel/panel.pem\"\n"
	"key = \"/etc/zegel/panel.key\"\n"
	"trusted_proxies = [\"192.0.2.0/28\", \"2001:db8::/32\"]\n"
	"[dns]\n"
	"resolver = \"[2001:db8::53]:5353\"\n"
	"[reports]\n"
	"address = \"dmarc+r@example.be\"\n"
	"[vault]\n"
	"master_key = \"credential:zegel-master\"\n"
	"[store]");

static void a_full_text_is_read(void **state)
{
	struct conf c;

	(void)state;
	if (read_text(full, &c) < 0)
		fail_msg("error %d want %d at %u:%u", (int)errors[0].code, (int)errors[0].want, errors[0].line, errors[0].column);
	assert_true(zg_slice_eq(c.hostname, ZG_S("relay.example.be")));
	assert_true(zg_slice_eq(c.state, ZG_S("/srv/zegel")));
	assert_true(zg_slice_eq(c.store_url, ZG_S("sqlite:/srv/zegel/zegel.db")));
	assert_int_equal(c.listen_count, 2);
	assert_true(c.listen[0].is_v6 && !c.listen[1].is_v6);
	assert_int_equal(c.listen[0].address[0], 0x20);
	assert_int_equal(c.listen[0].port, 0);
	assert_int_equal(c.listen[1].address[0], 127);
	assert_int_equal(c.listen[1].tls, CONF_TLS_NONE);
	assert_int_equal(c.trusted_count, 4);
	assert_int_equal(c.trusted[0].company.n, 0);
	assert_true(zg_slice_eq(c.trusted[2].company, ZG_S("acme-2")));
	assert_int_equal(c.trusted[2].bits, 28);
	assert_true(zg_slice_eq(c.trusted[3].company, ZG_S("b")));
	assert_int_equal(c.smarthost_port, 2525);
	assert_true(zg_slice_eq(c.smarthost_host, ZG_S("2001:db8::25")));
	assert_true(zg_slice_eq(c.smarthost_user, ZG_S("a\"b\\c")));
	assert_false(c.sign);
	assert_int_equal(c.unready, CONF_UNREADY_SEND);
	assert_int_equal(c.unready_allowed, 1u << CONF_UNREADY_HOLD | 1u << CONF_UNREADY_SEND);
	assert_int_equal(c.http_listen_count, 2);
	assert_true(c.http_listen[0].is_v6 && c.http_listen[0].tls == CONF_TLS_IMPLICIT && c.http_listen[0].port == 8443);
	assert_true(!c.http_listen[1].is_v6 && c.http_listen[1].tls == CONF_TLS_NONE && c.http_listen[1].port == 8025);
	assert_true(zg_slice_eq(c.base_url, ZG_S("https://mail.example.be")));
	assert_true(zg_slice_eq(c.http_certificate, ZG_S("/etc/zegel/panel.pem")));
	assert_true(zg_slice_eq(c.http_key, ZG_S("/etc/zegel/panel.key")));
	assert_int_equal(c.trusted_proxies_count, 2);
	assert_int_equal(c.trusted_proxies[0].bits, 28);
	assert_true(c.trusted_proxies[1].is_v6 && c.trusted_proxies[1].bits == 32);
	assert_true(zg_slice_eq(c.resolver, ZG_S("[2001:db8::53]:5353")));
	assert_true(zg_slice_eq(c.report_address, ZG_S("dmarc+r@example.be")));
}

static void files_know_where_they_were_named(void **state)
{
	static const char text[] = "[smtp]\ncertificate = \"/c\"\n  key=\"/k\"\n[delivery]\nsmarthost_ca = \"/r\"\n";
	struct conf c;

	(void)state;
	assert_int_equal(read_text(zg_slice_cstr(text), &c), 0);
	assert_int_equal(c.certificate_at.line, 2);
	assert_int_equal(c.certificate_at.column, 15);
	assert_int_equal(c.key_at.line, 3);
	assert_int_equal(c.key_at.column, 7);
	assert_int_equal(c.smarthost_ca_at.line, 5);
	assert_int_equal(c.smarthost_password_file_at.line, 0);
}

static void the_smarthost_has_a_port(void **state)
{
	static const struct { const char *proves; struct zg_slice text, host; unsigned port; } rows[] = {
		{ "submission", ZG_SI("[delivery]\nsmarthost = \"a.example\"\n"), ZG_SI("a.example"), 587 },
		{ "submissions, where TLS is implicit",
		  ZG_SI("[delivery]\nsmarthost = \"a.example\"\nsmarthost_tls = \"implicit\"\n"),
		  ZG_SI("a.example"), 465 },
		{ "as written", ZG_SI("[delivery]\nsmarthost = \"192.0.2.1:25\"\nsmarthost_tls = \"implicit\"\n"),
		  ZG_SI("192.0.2.1"), 25 },
		{ "v6 without a port", ZG_SI("[delivery]\nsmarthost = \"[::1]\"\n"), ZG_SI("::1"), 587 },
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (read_text(rows[i].text, &c) < 0 || c.smarthost_port != rows[i].port || !zg_slice_eq(c.smarthost_host,
			rows[i].host))
			fail_msg("%s: %u", rows[i].proves, (unsigned)c.smarthost_port);
	}
}

/* What is written reads back as the same: its text is the same again. */
static void written_reads_back(void **state)
{
	const struct zg_slice texts[] = { ZG_S(""), full };
	char first[4096], second[4096];
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct zg_buf one = zg_buf_of(first, sizeof(first)), two = zg_buf_of(second, sizeof(second));

		assert_int_equal(read_text(texts[i], &c), 0);
		conf_write(&c, &one);
		assert_false(one.is_full);
		if (read_text(zg_buf_slice(&one), &c) < 0)
			fail_msg("%u:%u of %.*s", errors[0].line, errors[0].column, ZG_ARG(zg_buf_slice(&one)));
		conf_write(&c, &two);
		assert_true(zg_slice_eq(zg_buf_slice(&one), zg_buf_slice(&two)));
	}
	assert_true(zg_slice_find_slice(zg_slice_of(first, sizeof(first)),
		ZG_S("smarthost = \"[2001:db8::25]:2525\"")) < sizeof(first));
	assert_true(zg_slice_find_slice(zg_slice_of(first, sizeof(first)), ZG_S("\"2001:db8::/32 = b\"")) < sizeof(first));
}

static void all_errors_are_told_in_order(void **state)
{
	static const struct zg_slice text = ZG_SI(
		"[server]\nhostnam = 1\nstate = 5\n[smtp]\nlisten = [\"a:1\", \"127.0.0.1:x\"]\nkey = \"/k\"\nmessage_size = 1\n"
		"[delivery]\nroute = \"smarthost\"\n= 5\nsign = 1\n[oops]\nx = 1\n");
	static const enum conf_code want[] = {
		CONF_UNKNOWN_KEY, CONF_WRONG_TYPE, CONF_WRONG_VALUE, CONF_WRONG_VALUE, CONF_MISSING, CONF_WRONG_VALUE, CONF_MISSING,
		CONF_SYNTAX,
		CONF_WRONG_TYPE, CONF_UNKNOWN_SECTION,
	};
	struct conf c;

	(void)state;
	assert_int_equal(read_text(text, &c), -1);
	assert_int_equal(error_count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < error_count; i++)
		assert_int_equal(errors[i].code, want[i]);
}

static void limits_hold(void **state)
{
	struct zg_slice text = zg_slice_of(calloc(1, CONF_TEXT_MAX + 1), CONF_TEXT_MAX + 1);
	char *p = (char *)(uintptr_t)text.p;
	struct conf c;

	(void)state;
	assert_non_null(p);
	memset(p, '#', text.n);
	assert_int_equal(read_text(text, &c), -1);
	assert_int_equal(errors[0].code, CONF_TOO_LONG);
	text.n--;
	assert_int_equal(read_text(text, &c), 0);

	p[text.n - 1] = '\xc3';	/* half a character */
	assert_int_equal(read_text(text, &c), -1);
	assert_int_equal(errors[0].code, CONF_NOT_UTF8);
	assert_int_equal(errors[0].column, text.n);

	for (size_t i = 0; i < text.n; i++)
		p[i] = i % 2 ? '\n' : '=';
	assert_int_equal(read_text(text, &c), -1);
	assert_int_equal(error_count, CONF_ERRORS_MAX);
	assert_int_equal(errors[CONF_ERRORS_MAX - 1].code, CONF_TOO_MANY);
	assert_int_equal(errors[CONF_ERRORS_MAX - 2].line, CONF_ERRORS_MAX - 1);

	p[0] = '[';
	memset(p + 1, 'a', text.n - 2);
	p[text.n - 1] = ']';
	assert_int_equal(read_text(text, &c), -1);
	assert_int_equal(errors[0].code, CONF_UNKNOWN_SECTION);
	free(p);
}

static int failing;

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	return failing-- == 0 ? NULL : malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void each_allocation_may_fail(void **state)
{
	const struct zg_arena_heap heap = { heap_get, heap_put, NULL };
	struct conf c;
	char small[8192];
	int n = 0, rc;

	(void)state;
	do {
		failing = n++;
		zg_arena_init(&arena, &heap, sizeof(memory));
		rc = conf_read(full, &arena, &c, errors, &error_count);
		if (rc < 0) {
			assert_int_equal(error_count, 1);
			assert_int_equal(errors[0].code, CONF_NO_MEMORY);
		}
		zg_arena_reset(&arena);
	} while (rc < 0 && n < 100);
	assert_int_equal(rc, 0);
	rc = -1;
	for (size_t size = 0; rc < 0 && size <= sizeof(small); size += 16) {
		zg_arena_init_fixed(&arena, small, size);
		rc = conf_read(full, &arena, &c, errors, &error_count);
		assert_true(rc == 0 || errors[0].code == CONF_NO_MEMORY);
	}
	assert_int_equal(rc, 0);
}

static void the_nearest_word(void **state)
{
	static const struct { const char *proves; struct zg_slice word, want; } rows[] = {
		{ "one letter less", ZG_SI("hostnam"), ZG_SI("hostname") },
		{ "one letter more", ZG_SI("hostnames"), ZG_SI("hostname") },
		{ "the nearer of two", ZG_SI("hostnave"), ZG_SI("hostname") },
		{ "a swap counts once", ZG_SI("sned"), ZG_SI("send") },
		{ "two wrong of four are too many", ZG_SI("sand"), ZG_SI("send") },
		{ "nothing in common", ZG_SI("zzzz"), ZG_SI("") },
		{ "an empty word", ZG_SI(""), ZG_SI("") },
		{ "longer than is compared", ZG_SI("hostnamehostnamehostnamehostnamehostnameh"), ZG_SI("") },
	};
	static const struct zg_slice known[] = { ZG_SI("hosts"), ZG_SI("hostname"), ZG_SI("send"), ZG_SI("a") };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct near n = near_of(rows[i].word);

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			near_try(&n, known[k]);
		if (!zg_slice_eq(n.best, rows[i].want))
			fail_msg("%s: %.*s", rows[i].proves, ZG_ARG(n.best));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax_is_strict),
		cmocka_unit_test(unknown_words_name_the_nearest),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(the_panel_is_checked), cmocka_unit_test(the_panel_is_read), cmocka_unit_test(resolvers_are_read),
		cmocka_unit_test(defaults_hold),
		cmocka_unit_test(a_full_text_is_read),
		cmocka_unit_test(the_smarthost_has_a_port), cmocka_unit_test(files_know_where_they_were_named),
		cmocka_unit_test(written_reads_back),
		cmocka_unit_test(all_errors_are_told_in_order),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(the_nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
