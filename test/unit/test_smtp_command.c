/* test_smtp_command.c - what stands in a command line of SMTP: paths, parameters, names, logins; and the replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/limits.h"
#include "proto/smtp_auth.h"
#include "proto/smtp_command.h"
#include "proto/smtp_reply.h"

static void sayings_are_complete(void **state)
{
	(void)state;
	for (unsigned i = ZG_SMTP_SAY_NOTHING + 1; i < ZG_SMTP_SAY_COUNT; i++) {
		const struct zg_smtp_reply *r = &zg_smtp_saying_of((enum zg_smtp_say)i)->reply;
		bool has_class = r->enhanced.n && (unsigned)(r->enhanced.p[0] - '0') == r->code / 100;

		if (r->code < 200 || r->code > 599 || has_class == (r->code / 100 == 3) || r->text.n > 120)
			fail_msg("saying %u", i);
	}
}

static void host_names(void **state)
{
	static char name[ZG_LIMIT_DOMAIN + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_true(zg_smtp_command_is_name(zg_slice_of(name, ZG_LIMIT_DOMAIN)));
	assert_false(zg_smtp_command_is_name(zg_slice_of(name, ZG_LIMIT_DOMAIN + 1)));
	assert_true(zg_smtp_command_is_name(ZG_S("[IPv6:2001:db8::1]")));
	assert_false(zg_smtp_command_is_name(ZG_S("a(b)")));
	assert_false(zg_smtp_command_is_name(ZG_S("\xc3\xa9.example")));
	assert_false(zg_smtp_command_is_bare(ZG_SMTP_C_UNKNOWN));
}

static void parameters_and_paths(void **state)
{
	static const struct {
		const char *proves;
		struct zg_slice args;
		enum zg_smtp_say say;
		struct zg_slice mailbox;
	} rows[] = {
		{ "the null sender", ZG_SI("FROM:<>"), ZG_SMTP_SAY_NOTHING, ZG_SI("") },
		{ "small letters", ZG_SI("from:<a@example.be>"), ZG_SMTP_SAY_NOTHING, ZG_SI("a@example.be") },
		{ "a blank behind the colon",
			ZG_SI("FROM: <a@example.be>"), ZG_SMTP_SAY_NOTHING, ZG_SI("a@example.be") },
		{ "an angle bracket in quotes",
			ZG_SI("FROM:<\"a>b\"@example.be>"), ZG_SMTP_SAY_NOTHING, ZG_SI("\"a>b\"@example.be") },
		{ "an escaped quote",
			ZG_SI("FROM:<\"a\\\">b\"@example.be>"), ZG_SMTP_SAY_NOTHING, ZG_SI("\"a\\\">b\"@example.be") },
		{ "an address literal", ZG_SI("FROM:<a@[192.0.2.1]>"), ZG_SMTP_SAY_NOTHING, ZG_SI("a@[192.0.2.1]") },
		{ "a source route",
			ZG_SI("FROM:<@a.example,@b.example:c@example.be>"), ZG_SMTP_SAY_NOTHING, ZG_SI("c@example.be") },
		{ "a route without its end", ZG_SI("FROM:<@a.example>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "a comma at the end of a route", ZG_SI("FROM:<@a.example,:c@example.be>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "AUTH with small hexadecimal", ZG_SI("FROM:<> AUTH=a+3d"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "AUTH with UTF-8", ZG_SI("FROM:<> AUTH=\xc3\xa9"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "a parameter glued to another", ZG_SI("FROM:<> SMTPUTF8/SIZE=1"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "an empty host in a route",
			ZG_SI("FROM:<@,@b.example:c@example.be>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "a route and nothing", ZG_SI("FROM:<@a.example:>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "no brackets", ZG_SI("FROM:a@example.be"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "the word TO", ZG_SI("TO:<a@example.be>"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "no end of the path", ZG_SI("FROM:<a@example.be"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "a quote without end", ZG_SI("FROM:<\"a@example.be>"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "a backslash at the end", ZG_SI("FROM:<\"a\\"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "glued parameters", ZG_SI("FROM:<a@example.be>SIZE=1"), ZG_SMTP_SAY_MAIL_SYNTAX, ZG_SI("") },
		{ "no domain", ZG_SI("FROM:<a>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "two addresses", ZG_SI("FROM:<a@example.be,b@example.be>"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "UTF-8 with SMTPUTF8",
			ZG_SI("FROM:<\xc3\xa9@example.be> SMTPUTF8"), ZG_SMTP_SAY_NOTHING, ZG_SI("\xc3\xa9@example.be") },
		{ "UTF-8 without", ZG_SI("FROM:<\xc3\xa9@example.be>"), ZG_SMTP_SAY_UTF8, ZG_SI("") },
		{ "no UTF-8", ZG_SI("FROM:<\xc3@example.be> SMTPUTF8"), ZG_SMTP_SAY_SENDER, ZG_SI("") },
		{ "all parameters",
			ZG_SI("FROM:<> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<>"), ZG_SMTP_SAY_NOTHING, ZG_SI("") },
		{ "AUTH as xtext", ZG_SI("FROM:<> AUTH=a+3Db@example.be"), ZG_SMTP_SAY_NOTHING, ZG_SI("") },
		{ "AUTH with half a code", ZG_SI("FROM:<> AUTH=a+3"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "AUTH with =", ZG_SI("FROM:<> AUTH=a=b"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "too large", ZG_SI("FROM:<> SIZE=1001"), ZG_SMTP_SAY_SIZE, ZG_SI("") },
		{ "larger than a number", ZG_SI("FROM:<> SIZE=99999999999999999999"), ZG_SMTP_SAY_SIZE, ZG_SI("") },
		{ "21 digits", ZG_SI("FROM:<> SIZE=000000000000000000001"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "SIZE of nothing", ZG_SI("FROM:<> SIZE="), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "SIZE alone", ZG_SI("FROM:<> SIZE"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "a sign", ZG_SI("FROM:<> SIZE=-1"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "twice", ZG_SI("FROM:<> SIZE=1 size=1"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "BODY=BINARYMIME", ZG_SI("FROM:<> BODY=BINARYMIME"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "SMTPUTF8 with a value", ZG_SI("FROM:<> SMTPUTF8=1"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "DSN", ZG_SI("FROM:<> RET=HDRS ENVID=x"), ZG_SMTP_SAY_PARAMETER_DSN, ZG_SI("") },
		{ "unknown", ZG_SI("FROM:<> XYZ"), ZG_SMTP_SAY_PARAMETER, ZG_SI("") },
		{ "no keyword", ZG_SI("FROM:<> =1"), ZG_SMTP_SAY_PARAMETER_VALUE, ZG_SI("") },
		{ "many blanks", ZG_SI("FROM:<>   SIZE=1   BODY=7bit  "), ZG_SMTP_SAY_NOTHING, ZG_SI("") },
	};
	const struct zg_smtp_path_rules r = { .size_max = 1000, .has_parameters = true }, helo = { .size_max = 0 };
	struct zg_smtp_path path;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		path = (struct zg_smtp_path){ .size = 0 };
		if (zg_smtp_command_mail(rows[i].args, &r, &path) != rows[i].say ||
		    !zg_slice_eq(path.mailbox, rows[i].mailbox))
			fail_msg("%s", rows[i].proves);
	}
	assert_int_equal(zg_smtp_command_mail(ZG_S("FROM:<> SIZE=1"), &helo, &path), ZG_SMTP_SAY_PARAMETER);
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<>"), &r, &path), ZG_SMTP_SAY_RECIPIENT);
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<PostMaster>"), &r, &path), ZG_SMTP_SAY_NOTHING);
	assert_true(zg_slice_eq(path.mailbox, ZG_S("PostMaster")));	/* RFC 5321 4.5.1 */
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<postmasters>"), &r, &path), ZG_SMTP_SAY_RECIPIENT);
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<postmaster> X=Y"), &r, &path), ZG_SMTP_SAY_PARAMETER);
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<a@example.be> NOTIFY=NEVER"), &r, &path),
		ZG_SMTP_SAY_PARAMETER_DSN);
	assert_int_equal(zg_smtp_command_rcpt(ZG_S("TO:<a@example.be> SIZE=1"), &r, &path), ZG_SMTP_SAY_PARAMETER);
}

static bool is_wiped(const struct zg_smtp_login *l)
{
	const unsigned char *p = (const unsigned char *)l;

	for (size_t i = 0; i < sizeof(*l); i++)
		if (p[i])
			return false;
	return true;
}

static void logins(void **state)
{
	static const struct { const char *proves; struct zg_slice response; enum zg_smtp_say say; } rows[] = {
		{ "user and password", ZG_SI("AGFwcABzZWNyZXQ="), ZG_SMTP_SAY_NOTHING },
		{ "acting for oneself", ZG_SI("YXBwAGFwcABzZWNyZXQ="), ZG_SMTP_SAY_NOTHING },
		{ "acting for another", ZG_SI("Ym9iAGFwcABzZWNyZXQ="), ZG_SMTP_SAY_AUTH_IDENTITY },
		{ "no password", ZG_SI("AGFwcAA="), ZG_SMTP_SAY_AUTH_DECODE },
		{ "no second NUL", ZG_SI("AGFwcA=="), ZG_SMTP_SAY_AUTH_DECODE },
		{ "no NUL at all", ZG_SI("YXBw"), ZG_SMTP_SAY_AUTH_DECODE },
		{ "no user", ZG_SI("AABzZWNyZXQ="), ZG_SMTP_SAY_AUTH_DECODE },
		{ "a NUL in the password", ZG_SI("AGFwcABzAHQ="), ZG_SMTP_SAY_AUTH_DECODE },
		{ "a line feed in the user", ZG_SI("AGEKcABzZWNyZXQ="), ZG_SMTP_SAY_AUTH_DECODE },
		{ "nothing", ZG_SI(""), ZG_SMTP_SAY_AUTH_DECODE },
		{ "no base64", ZG_SI("AGFwcABzZWNyZXQ"), ZG_SMTP_SAY_AUTH_DECODE },
		{ "a pad inside", ZG_SI("AGFwcA==c2VjcmV0"), ZG_SMTP_SAY_AUTH_DECODE },
	};
	struct zg_smtp_login l;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		zg_smtp_login_wipe(&l);
		if (zg_smtp_login_plain(&l, rows[i].response) != rows[i].say ||
		    (rows[i].say != ZG_SMTP_SAY_NOTHING && !is_wiped(&l)))
			fail_msg("%s", rows[i].proves);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sayings_are_complete),
		cmocka_unit_test(parameters_and_paths),
		cmocka_unit_test(host_names),
		cmocka_unit_test(logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
