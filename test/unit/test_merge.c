/* test_merge.c - the SPF record that should stand: each row is what stands and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "lint/hosts.h"
#include "lint/merge.h"
#include "lint/spf_text.h"

#define R "_spf.relay.mailprotect.example"
#define MEMORY (8u << 20)
#define ROUNDS 20000u

static char memory[MEMORY];

static struct zg_arena arena_new(void)
{
	struct zg_arena a;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	return a;
}

struct row {
	const char *what;
	const char *now[3];
	const char *line;	/* NULL: the first, octet for octet */
	const char *codes[5];	/* all of these are said */
};

static const struct row rows[] = {
	/* nothing to mend */
	{ "right stays", { "v=spf1 include:" R " ~all" }, NULL, { NULL } },
	{ "a hard end stays hard", { "v=spf1 mx include:" R " -all" }, NULL, { NULL } },
	{ "two spaces and one at the end are no fault", { "v=spf1  include:" R "  -all " }, NULL, { NULL } },
	{ "capitals are no fault", { "V=SPF1 Include:" R " MX -ALL" }, NULL, { NULL } },
	{ "the relay in capitals with a final dot is the relay", { "v=spf1 include:_SPF.relay.Mailprotect.example. -all" }, NULL, { NULL } },
	{ "a plus is no fault", { "v=spf1 +a +include:" R " ~all" }, NULL, { NULL } },
	{ "a redirect to the relay", { "v=spf1 redirect=" R }, NULL, { NULL } },
	{ "a redirect and the relay", { "v=spf1 include:" R " redirect=_spf.example.be" }, NULL, { NULL } },
	{ "modifiers may stand anywhere", { "v=spf1 exp=why.example.be ra=post include:" R " -all" }, NULL, { NULL } },
	{ "macros, with a comma inside", { "v=spf1 exists:%{ir,-}._spf.%{d2} include:" R " -all" }, NULL, { NULL } },
	{ "addresses with prefixes", { "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a/24//64 mx:example.be/28 include:" R " -all" }, NULL, { NULL } },
	{ "others than SPF are passed over", { "MS=ms123", "v=spf1 include:" R " -all", "a sentence for all of us" }, "v=spf1 include:" R " -all",
	  { NULL } },
	/* nothing there */
	{ "none", { NULL }, "v=spf1 mx include:" R " ~all", { "spf_missing" } },
	{ "only others", { "google-site-verification=spf1all" }, "v=spf1 mx include:" R " ~all", { "spf_missing" } },
	{ "parked", { "v=spf1 -all" }, "v=spf1 include:" R " -all", { "spf_parked_sender" } },
	{ "empty", { "v=spf1" }, "v=spf1 include:" R " ~all", { "spf_relay_missing", "spf_all_missing" } },
	/* the relay */
	{ "missing: last before all", { "v=spf1 a mx -all" }, "v=spf1 a mx include:" R " -all", { "spf_relay_missing" } },
	{ "missing beside a redirect", { "v=spf1 redirect=_spf.example.be" }, "v=spf1 include:" R " redirect=_spf.example.be",
	  { "spf_relay_missing" } },
	{ "a space after include:", { "v=spf1 include: " R " -all" }, "v=spf1 include:" R " -all", { "spf_include_space" } },
	{ "a space, and no underscore: in its place", { "v=spf1 include: spf.relay.mailprotect.example mx -all" },
	  "v=spf1 include:" R " mx -all", { "spf_include_space", "spf_include_underscore" } },
	{ "no underscore", { "v=spf1 include:spf.relay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_include_underscore" } },
	{ "no dot", { "v=spf1 include:_spfrelay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_include_dot" } },
	{ "neither", { "v=spf1 include:spfrelay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_relay_misspelt" } },
	{ "a hyphen", { "v=spf1 include:_spf-relay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_relay_misspelt" } },
	{ "letters changed places", { "v=spf1 include:_spf.realy.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_relay_misspelt" } },
	{ "equals", { "v=spf1 include=" R " -all" }, "v=spf1 include:" R " -all", { "spf_include_equals" } },
	{ "equals and a space", { "v=spf1 include= " R " -all" }, "v=spf1 include:" R " -all", { "spf_include_space" } },
	{ "a space before the colon", { "v=spf1 include :" R " -all" }, "v=spf1 include:" R " -all", { "spf_mechanism_space" } },
	{ "spaces around the colon", { "v=spf1 include : " R " -all" }, "v=spf1 include:" R " -all", { "spf_include_space" } },
	{ "no colon", { "v=spf1 include " R " -all" }, "v=spf1 include:" R " -all", { "spf_include_space" } },
	{ "no include", { "v=spf1 " R " -all" }, "v=spf1 include:" R " -all", { "spf_bare_domain" } },
	{ "no include, no underscore", { "v=spf1 spf.relay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_include_underscore" } },
	{ "glued to include", { "v=spf1 include_spf.relay.mailprotect.example -all" }, "v=spf1 include:" R " -all", { "spf_relay_misspelt" } },
	{ "two colons", { "v=spf1 include::" R " -all" }, "v=spf1 include:" R " -all", { "spf_target_invalid" } },
	{ "as a link", { "v=spf1 include:https://" R "/ -all" }, "v=spf1 include:" R " -all", { "spf_target_invalid" } },
	{ "as a host", { "v=spf1 a:" R " -all" }, "v=spf1 include:" R " -all", { "spf_relay_misspelt" } },
	{ "with a minus", { "v=spf1 -include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_relay_qualifier" } },
	{ "behind all", { "v=spf1 a -all include:" R }, "v=spf1 a include:" R " -all", { "spf_terms_after_all" } },
	{ "misspelt and right: once", { "v=spf1 include:spf.relay.mailprotect.example include:" R " -all" }, "v=spf1 include:" R " -all",
	  { "spf_include_underscore", "spf_duplicate_term" } },
	{ "glued to another", { "v=spf1 include:_spf.example.beinclude:" R " -all" }, "v=spf1 include:_spf.example.be include:" R " -all",
	  { "spf_glued_terms" } },
	{ "glued to all", { "v=spf1 include:" R "-all" }, "v=spf1 include:" R " -all", { "spf_glued_terms" } },
	{ "another digit is another host", { "v=spf1 include:_spf2.relay.mailprotect.example -all" },
	  "v=spf1 include:_spf2.relay.mailprotect.example include:" R " -all", { "spf_relay_missing" } },
	{ "another owner is another owner", { "v=spf1 include:_spf.relay.otherhost.example -all" },
	  "v=spf1 include:_spf.relay.otherhost.example include:" R " -all", { "spf_relay_missing" } },
	/* text */
	{ "quotes", { "\"v=spf1 include:" R " -all\"" }, "v=spf1 include:" R " -all", { "spf_quotes" } },
	{ "typographic quotes", { "\xe2\x80\x9cv=spf1 include:" R " -all\xe2\x80\x9d" }, "v=spf1 include:" R " -all", { "spf_quotes" } },
	{ "backslashes", { "v=spf1 include:\\" R "\\; -all" }, "v=spf1 include:" R " -all", { "spf_escaped" } },
	{ "BOM", { "\xef\xbb\xbfv=spf1 include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_whitespace" } },
	{ "no-break space", { "v=spf1\xc2\xa0include:" R "\xc2\xa0-all" }, "v=spf1 include:" R " -all", { "spf_whitespace" } },
	{ "a mark without width inside a name", { "v=spf1 include:_spf.\xe2\x80\x8brelay.mailprotect.example -all" }, "v=spf1 include:" R " -all",
	  { "spf_whitespace" } },
	{ "tabs and line ends", { "v=spf1\tinclude:" R "\r\n-all" }, "v=spf1 include:" R " -all", { "spf_whitespace" } },
	{ "commas", { "v=spf1, include:" R ", -all" }, "v=spf1 include:" R " -all", { "spf_separator" } },
	{ "semicolons", { "v=spf1; include:" R "; -all;" }, "v=spf1 include:" R " -all", { "spf_separator" } },
	{ "a long dash", { "v=spf1 include:" R " \xe2\x80\x93" "all" }, "v=spf1 include:" R " -all", { "spf_dash" } },
	{ "a space in ~ all", { "v=spf1 include:" R " ~ all" }, "v=spf1 include:" R " ~all", { "spf_mechanism_space" } },
	{ "a space in ip4: x", { "v=spf1 ip4: 192.0.2.1 include:" R " -all" }, "v=spf1 ip4:192.0.2.1 include:" R " -all", { "spf_mechanism_space" } },
	{ "redirect with a colon", { "v=spf1 include:" R " redirect:_spf.example.be" }, "v=spf1 include:" R " redirect=_spf.example.be",
	  { "spf_redirect_colon" } },
	{ "ip4 with equals", { "v=spf1 ip4=192.0.2.1 include:" R " -all" }, "v=spf1 ip4:192.0.2.1 include:" R " -all", { "spf_include_equals" } },
	{ "ipv4", { "v=spf1 ipv4:192.0.2.1 include:" R " -all" }, "v=spf1 ip4:192.0.2.1 include:" R " -all", { "spf_ip_name" } },
	{ "ip, and the wrong family", { "v=spf1 ip:2001:db8::1 ip6:192.0.2.1 include:" R " -all" },
	  "v=spf1 ip6:2001:db8::1 ip4:192.0.2.1 include:" R " -all", { "spf_ip_name" } },
	{ "a bare address", { "v=spf1 192.0.2.1 2001:db8::1 include:" R " -all" }, "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 include:" R " -all",
	  { "spf_bare_domain" } },
	{ "addresses behind a, mx, include", { "v=spf1 a:192.0.2.1 mx:192.0.2.2 include:192.0.2.3 include:" R " -all" },
	  "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 include:" R " -all", { "spf_a_with_ip" } },
	{ "an address that is none goes", { "v=spf1 ip4:300.1.1.1 ip4:192.0.2.0/33 include:" R " -all" }, "v=spf1 include:" R " -all",
	  { "spf_ip_invalid" } },
	{ "a letter too few", { "v=spf1 incude:_spf.example.be include:" R " -al" }, "v=spf1 include:_spf.example.be include:" R " -all",
	  { "spf_unknown_mechanism" } },
	{ "words that are nothing go", { "v=spf1 hello include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_unknown_mechanism" } },
	{ "a bare domain that tells nothing goes", { "v=spf1 www.example.be include:" R " -all" }, "v=spf1 include:" R " -all",
	  { "spf_bare_domain" } },
	{ "all with a dot", { "v=spf1 include:" R " -all." }, "v=spf1 include:" R " -all", { "spf_unknown_mechanism" } },
	{ "an IDN", { "v=spf1 include:sp\xc3\xa9" "cial.example include:" R " -all" }, "v=spf1 include:xn--spcial-cva.example include:" R " -all",
	  { "spf_non_ascii" } },
	{ "octets that are no UTF-8 go with their term", { "v=spf1 include:\xff\xfe.example include:" R " -all" }, "v=spf1 include:" R " -all",
	  { "spf_non_ascii" } },
	{ "ptr stays, and is said", { "v=spf1 ptr include:" R " -all" }, NULL, { "spf_ptr" } },
	{ "a network that holds everything stays, and is said", { "v=spf1 ip4:0.0.0.0/0 include:" R " -all" }, NULL, { "spf_range_everything" } },
	{ "/7 too, of IPv6", { "v=spf1 ip6:2000::/7 include:" R " -all" }, NULL, { "spf_range_everything" } },
	{ "/8 is no such network", { "v=spf1 ip4:10.0.0.0/8 include:" R " -all" }, NULL, { NULL } },
	/* version */
	{ "no blank behind it", { "v=spf1include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "spaces in it", { "v = spf1 include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "only spf1", { "spf1 include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "v=spf", { "v=spf include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "v=spf10", { "v=spf10 include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "v=spf1.", { "v=spf1. include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "none at all", { "include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_version_malformed" } },
	{ "a zone line", { "@ IN TXT \"v=spf1 include:" R " -all\"" }, "v=spf1 include:" R " -all", { "spf_text_before_version", "spf_quotes" } },
	{ "a space before it", { " v=spf1 include:" R " -all" }, "v=spf1 include:" R " -all", { "spf_text_before_version" } },
	{ "the record twice in one value", { "v=spf1 include:" R " -all v=spf1 mx -all" }, "v=spf1 include:" R " mx -all", { "spf_duplicate_term" } },
	/* several */
	{ "two become one", { "v=spf1 include:_spf.google.com ~all", "v=spf1 include:" R " ~all" },
	  "v=spf1 include:_spf.google.com include:" R " ~all", { "spf_multiple" } },
	{ "what they share stands once", { "v=spf1 mx include:" R " -all", "v=spf1 +MX a include:_SPF.relay.mailprotect.example. -all" },
	  "v=spf1 mx include:" R " a -all", { "spf_multiple" } },
	{ "ends that disagree are soft", { "v=spf1 mx -all", "v=spf1 include:" R " ~all" }, "v=spf1 mx include:" R " ~all", { "spf_multiple" } },
	{ "three", { "v=spf1 a -all", "v=spf1 mx -all", "v=spf1 include:" R " -all" }, "v=spf1 a mx include:" R " -all", { "spf_multiple" } },
	{ "a record and a candidate", { "v=spf1 a -all", "\"v=spf1 include:" R " -all\"" }, "v=spf1 a include:" R " -all", { "spf_multiple",
	  "spf_quotes" } },
	/* the end */
	{ "?all", { "v=spf1 include:" R " ?all" }, "v=spf1 include:" R " ~all", { "spf_all_neutral" } },
	{ "+all", { "v=spf1 include:" R " +all" }, "v=spf1 include:" R " ~all", { "spf_all_pass" } },
	{ "all", { "v=spf1 include:" R " all" }, "v=spf1 include:" R " ~all", { "spf_all_pass" } },
	{ "two ends: the stricter", { "v=spf1 include:" R " ~all -all" }, "v=spf1 include:" R " -all", { "spf_all_multiple" } },
	{ "terms behind all", { "v=spf1 mx ~all a ip4:192.0.2.1 include:" R }, "v=spf1 mx a ip4:192.0.2.1 include:" R " ~all",
	  { "spf_terms_after_all" } },
	{ "redirect beside all goes", { "v=spf1 include:" R " redirect=_spf.example.be -all" }, "v=spf1 include:" R " -all",
	  { "spf_redirect_ignored" } },
	{ "one redirect", { "v=spf1 include:" R " redirect=a.example.be redirect=b.example.be" }, "v=spf1 include:" R " redirect=a.example.be",
	  { "spf_redirect_multiple" } },
	{ "exp behind all when it is rewritten", { "v=spf1 exp=why.example.be mx -all" }, "v=spf1 mx include:" R " -all exp=why.example.be",
	  { "spf_relay_missing" } },
	{ "duplicates", { "v=spf1 mx MX +mx include:" R " -all" }, "v=spf1 mx include:" R " -all", { "spf_duplicate_term" } },
	/* providers */
	{ "a provider's wrong form", { "v=spf1 include:google.com include:" R " -all" }, "v=spf1 include:_spf.google.com include:" R " -all",
	  { "spf_provider_misspelt" } },
	{ "a bare provider", { "v=spf1 spf.protection.outlook.com include:" R " -all" },
	  "v=spf1 include:spf.protection.outlook.com include:" R " -all", { "spf_bare_domain" } },
};

static struct zg_merge_ask ask_of(const struct row *r, struct zg_slice values[3])
{
	struct zg_merge_ask ask = { .values = values, .relay = ZG_S(R), .has_mx = true };

	while (ask.count < 3 && r->now[ask.count]) {
		values[ask.count] = zg_slice_cstr(r->now[ask.count]);
		ask.count++;
	}
	return ask;
}

static bool is_said(const struct zg_merge *m, const char *code)
{
	for (size_t i = 0; i < m->findings.count; i++)
		if (zg_slice_eq(zg_lint_name(m->findings.v[i].code), zg_slice_cstr(code)))
			return true;
	return false;
}

/* Spans stand in order, without overlap, inside the text. */
static void spans_check(const struct zg_spans *s, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		assert_true(s->v[i].n > 0 && s->v[i].from >= at);
		at = s->v[i].from + s->v[i].n;
		assert_true(at <= n);
	}
}

static void marks_check(const struct zg_merge_ask *ask, const struct zg_merge *m)
{
	spans_check(&m->come, m->line.n);
	for (size_t i = 0; i < ask->count; i++)
		spans_check(&m->gone[i], ask->values[i].n);
	for (size_t i = 0; i < m->findings.count; i++) {
		const struct zg_finding *f = &m->findings.v[i];

		assert_int_equal(zg_slice_eq(zg_lint_name(f->code), ZG_S("")), false);
		assert_true(f->value == ZG_VALUE_NONE || (f->value < ask->count && f->at.from + f->at.n <= ask->values[f->value].n));
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct zg_slice values[3];
		struct zg_merge_ask ask = ask_of(r, values);
		struct zg_arena a = arena_new();
		struct zg_merge m, again;

		print_message("%s\n", r->what);
		assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
		if (!zg_slice_eq(m.line, zg_slice_cstr(r->line ? r->line : r->now[0])))
			fail_msg("%s: " ZG_FMT, r->what, ZG_ARG(m.line));
		assert_true(m.is_same == (!r->line || (m.records == 1 && zg_slice_eq(values[m.base], m.line))));
		for (size_t k = 0; k < 5 && r->codes[k]; k++)
			if (!is_said(&m, r->codes[k]))
				fail_msg("%s: %s is not said", r->what, r->codes[k]);
		if (!r->codes[0] && m.findings.count)
			fail_msg("%s: " ZG_FMT " is said", r->what, ZG_ARG(zg_lint_name(m.findings.v[0].code)));
		marks_check(&ask, &m);
		ask.values = &m.line;
		ask.count = 1;
		assert_int_equal(zg_spf_merge(&ask, &a, &again), 0);
		assert_true(again.is_same && again.line.p == m.line.p && again.line.n == m.line.n);
	}
}

/* ---- marks ---- */

struct mark_row {
	const char *what, *now;
	const char *gone, *come;	/* the pieces, a bar between them */
};

static const struct mark_row mark_rows[] = {
	{ "nothing to mend, nothing marked", "v=spf1 include:" R " -all", "", "" },
	{ "one term comes", "v=spf1 mx -all", "", "include:" R },
	{ "the space goes with its term", "v=spf1 mx include: " R " -all", "include: " R, "include:" R },
	{ "the end alone", "v=spf1 include:" R " ?all", "?all", "~all" },
	{ "separators", "v=spf1 mx, include:" R " -all", ",", "" },
	{ "what moves is marked, all is not", "v=spf1 -all mx include:" R, "mx include:" R, "mx|include:" R },
	{ "the version", "v=spf10 include:" R " -all", "v=spf10", "v=spf1" },
	{ "text before it", "x v=spf1 include:" R " -all", "x", "" },
	{ "a dash of three octets goes whole", "v=spf1 include:" R " \xe2\x80\x93" "all", ("\xe2\x80\x93" "all"), "-all" },
};

static void spans_print(const struct zg_spans *s, struct zg_slice text, char *ret, size_t n)
{
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		at += (size_t)snprintf(ret + at, n - at, "%s" ZG_FMT, i ? "|" : "", ZG_ARG(zg_slice_sub(text, s->v[i].from, s->v[i].n)));
}

static void test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mark_rows) / sizeof(mark_rows[0]); i++) {
		const struct mark_row *r = &mark_rows[i];
		struct zg_slice now = zg_slice_cstr(r->now);
		struct zg_merge_ask ask = { .values = &now, .count = 1, .relay = ZG_S(R) };
		struct zg_arena a = arena_new();
		char text[512];
		struct zg_merge m;

		print_message("%s\n", r->what);
		assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
		spans_print(&m.gone[0], now, text, sizeof(text));
		assert_string_equal(text, r->gone);
		spans_print(&m.come, m.line, text, sizeof(text));
		assert_string_equal(text, r->come);
	}
}

static void test_second_record_goes_whole(void **state)
{
	struct zg_slice now[] = { ZG_S("v=spf1 mx -all"), ZG_S("token"), ZG_S("v=spf1 include:" R " -all") };
	struct zg_merge_ask ask = { .values = now, .count = 3, .relay = ZG_S(R) };
	struct zg_arena a = arena_new();
	char text[512];
	struct zg_merge m;

	(void)state;
	assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
	assert_int_equal(m.records, 2);
	assert_int_equal(m.base, 0);
	assert_int_equal(m.gone[0].count, 0);
	assert_int_equal(m.gone[1].count, 0);
	assert_int_equal(m.gone[2].count, 1);
	assert_int_equal(m.gone[2].v[0].n, now[2].n);
	spans_print(&m.come, m.line, text, sizeof(text));
	assert_string_equal(text, "include:" R);
}

/* ---- what is asked ---- */

struct ask_row {
	const char *what, *now, *relay, *mailhost;
	bool has_mx, is_reached;
	const char *alive, *line;
};

static const struct ask_row ask_rows[] = {
	{ "none, Microsoft's mailboxes", NULL, R, "spf.protection.outlook.com", true, false, NULL,
	  "v=spf1 include:spf.protection.outlook.com include:" R " ~all" },
	{ "none, no MX", NULL, R, "", false, false, NULL, "v=spf1 include:" R " ~all" },
	{ "none, the relay is the mail host", NULL, R, R, true, false, NULL, "v=spf1 include:" R " ~all" },
	{ "none, no relay", NULL, "", "", true, false, NULL, "v=spf1 mx ~all" },
	{ "the mail host is not added to what stands", "v=spf1 a -all", R, "_spf.google.com", true, false, NULL, "v=spf1 a include:" R " -all" },
	{ "reached through another", "v=spf1 include:_spf.example.be -all", R, "", true, true, NULL, "v=spf1 include:_spf.example.be -all" },
	{ "no relay is wanted", "v=spf1 a -all", "", "", true, false, NULL, "v=spf1 a -all" },
	{ "a name that lives is no misspelling", "v=spf1 include:_spf.delay.mailprotect.example -all", R, "", true, false,
	  "_spf.delay.mailprotect.example", "v=spf1 include:_spf.delay.mailprotect.example include:" R " -all" },
	{ "a short relay is not hit by chance", "v=spf1 include:b.be -all", "a.be", "", true, false, NULL, "v=spf1 include:b.be include:a.be -all" },
	{ "another host's include is no misspelling", "v=spf1 include:_spf.google.com -all", "_spf.goggle.com", "", true, false, NULL,
	  "v=spf1 include:_spf.google.com include:_spf.goggle.com -all" },
};

static void test_asks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ask_rows) / sizeof(ask_rows[0]); i++) {
		const struct ask_row *r = &ask_rows[i];
		struct zg_slice now = zg_slice_cstr(r->now), alive = zg_slice_cstr(r->alive);
		struct zg_merge_ask ask = { &now, r->now ? 1 : 0, zg_slice_cstr(r->relay), zg_slice_cstr(r->mailhost), r->has_mx,
			r->is_reached, &alive, r->alive ? 1 : 0 };
		struct zg_arena a = arena_new();
		struct zg_merge m;

		print_message("%s\n", r->what);
		assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
		if (!zg_slice_eq(m.line, zg_slice_cstr(r->line)))
			fail_msg("%s: " ZG_FMT, r->what, ZG_ARG(m.line));
	}
}

/* ---- laws, over records made by a seed ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static const char *const pieces[] = {
	"v=spf1", "v=spf1", "v=spf1 ", "V=SPF1", "v=spf", "spf1", "v = spf1", " ", " ", " ", " ", " ", "  ", ",", ";", "\t", "\"", "'", "\\",
	"-all", "~all", "?all", "+all", "all", "-al", "~ all", ("\xe2\x80\x93" "all"), "all.", "a", "mx", "+mx", "ptr", "a:example.be", "mx:",
	"a/24", "a:example.be/24//64", "include:", "include: ", "include=", "include", "inlcude:", R, ("include:" R), ("-include:" R),
	"spf.relay.mailprotect.example", "_spfrelay.mailprotect.example", "include:_spf.realy.mailprotect.example", "include:google.com",
	"_spf.google.com", "include:spf.protection.outlook.com", "redirect=", "redirect:", "redirect=_spf.example.be", "exp=why.example.be",
	"ra=post", "x=y:z", "ip4:192.0.2.1", "ip4: ", "ip6:", "ip6:2001:db8::/32", "ipv4:192.0.2.9", "ip:2001:db8::1", "192.0.2.7", "300.1.1.1",
	"2001:db8::7", "www.example.be", "https://", "exists:%{i}._spf.%{d}", "exists:%{i", "%", ":", "=", "/", "-", "~", "?", "+", ".", "_",
	"\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\x9c", "\xff", "\xc3\xa9", "hello", "IN TXT", "@", "{", "}", "12", "be", "xn--",
};

static const struct zg_slice version = ZG_SI("v=spf1 ");

static struct zg_slice record_make(char *mem, size_t room)
{
	struct zg_slice s = { mem, 0 };
	uint32_t count = 1 + draw(14);
	bool is_spaced = draw(3) > 0;

	if (draw(4)) {
		memcpy(mem, version.p, version.n);
		s.n = version.n;
	}
	while (count--) {
		struct zg_slice p = zg_slice_cstr(pieces[draw(sizeof(pieces) / sizeof(pieces[0]))]);

		if (s.n + p.n + 1 > room)
			break;
		memcpy(mem + s.n, p.p, p.n);
		s.n += p.n;
		if (is_spaced && draw(8))
			mem[s.n++] = ' ';
	}
	return s;
}

static unsigned strength(struct zg_slice line)
{
	struct zg_arena a = arena_new();
	struct zg_findings f = { NULL, 0 };
	struct zg_spf_text t;

	/* the test's arena holds the line: a second one, in the other half */
	zg_arena_init_fixed(&a, memory + MEMORY / 2, MEMORY / 2);
	assert_int_equal(zg_spf_text_read(line, 0, &a, &f, &t), 0);
	for (size_t i = 0; i < t.count; i++)
		if (t.v[i].name == ZG_SPF_ALL)
			return t.v[i].qualifier == '-' ? 3 : t.v[i].qualifier == '~' ? 2 : t.v[i].qualifier == '?';
	return 0;
}

static void test_laws(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		char mem[3][1024];
		struct zg_slice values[3];
		struct zg_merge_ask ask = { .values = values, .count = 1 + round % 3 / 2, .relay = ZG_S(R), .has_mx = round & 1 };
		struct zg_arena a;
		struct zg_merge m, again;

		seed = round;
		zg_arena_init_fixed(&a, memory, MEMORY / 2);
		for (size_t i = 0; i < ask.count; i++)
			values[i] = record_make(mem[i], sizeof(mem[i]));
		assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
		marks_check(&ask, &m);
		assert_int_equal(zg_spf_kind(m.line, &a), ZG_SPF_RECORD);
		ask.values = &m.line;
		ask.count = 1;
		assert_int_equal(zg_spf_merge(&ask, &a, &again), 0);
		if (!again.is_same)
			fail_msg("round %u: " ZG_FMT "\n gives " ZG_FMT "\n gives " ZG_FMT, round, ZG_ARG(values[0]), ZG_ARG(m.line), ZG_ARG(again.line));
		assert_false(is_said(&again, "spf_relay_missing"));
		if (m.records == 1 && zg_spf_kind(values[m.base], &a) == ZG_SPF_RECORD && strength(m.line))
			assert_true(strength(m.line) >= strength(values[m.base]));
	}
}

/* ---- what may not hurt ---- */

static void *heap_get(void *ctx, size_t n)
{
	size_t *left = ctx;

	if (!*left)
		return NULL;
	--*left;
	return malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void test_each_allocation_fails(void **state)
{
	struct zg_slice now[] = { ZG_S("\"v=spf1 include: spf.relay.mailprotect.example, inlcude:sp\xc3\xa9.be ?all mx\""), ZG_S("v=spf1 a -all") };
	struct zg_merge_ask ask = { .values = now, .count = 2, .relay = ZG_S(R), .has_mx = true };
	bool is_done = false;

	(void)state;
	for (size_t n = 0; !is_done && n < 2000; n += 8) {
		static char room[1u << 18];
		struct zg_merge m = { .records = 99 };
		struct zg_arena a;

		zg_arena_init_fixed(&a, room, n * 64);
		is_done = zg_spf_merge(&ask, &a, &m) == 0;
		assert_true(is_done || (a.is_full && m.records == 99));
	}
	assert_true(is_done);
	is_done = false;
	for (size_t n = 0; !is_done && n < 200; n++) {
		size_t left = n;
		struct zg_arena_heap heap = { heap_get, heap_put, &left };
		struct zg_merge m;
		struct zg_arena a;

		zg_arena_init(&a, &heap, 1u << 20);
		is_done = zg_spf_merge(&ask, &a, &m) == 0;
		assert_true(is_done || a.is_full);
		zg_arena_reset(&a);
	}
	assert_true(is_done);
}

static void fill(char *p, size_t n, struct zg_slice with)
{
	for (size_t i = 0; i < n; i++)
		p[i] = with.p[i % with.n];
}

static void test_hostile(void **state)
{
	static const struct zg_slice fills[] = {
		ZG_SI("include: "), ZG_SI("a "), ZG_SI("-all"), ZG_SI(": "), ZG_SI("include:"), ZG_SI("%{"), ZG_SI("\0"), ZG_SI("\xe2\x80\xae"),
		ZG_SI("v=spf1 "), ZG_SI("\""), ZG_SI("~ "), ZG_SI("."), ZG_SI("x"), ZG_SI("\xff"), ZG_SI("redirect=a.be "),
	};
	static char big[1u << 20];

	(void)state;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		struct zg_slice now = { big, ZG_SPF_VALUE_MAX };
		struct zg_merge_ask ask = { .values = &now, .count = 1, .relay = ZG_S(R) };
		struct zg_arena a = arena_new();
		struct zg_merge m;

		fill(big, sizeof(big), fills[i]);
		memcpy(big, version.p, version.n);
		if (zg_spf_merge(&ask, &a, &m) == 0)
			marks_check(&ask, &m);
		now.n = sizeof(big);	/* longer than a TXT value can be: none of ours */
		a = arena_new();
		assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
		assert_int_equal(m.records, 0);
	}
}

static void test_too_many_terms(void **state)
{
	static char text[8192] = "v=spf1";
	struct zg_slice now = { text, 6 };
	struct zg_merge_ask ask = { .values = &now, .count = 1 };
	struct zg_arena a = arena_new();
	struct zg_merge m;

	(void)state;
	for (size_t i = 0; i < ZG_SPF_TERMS_MAX; i++)
		now.n += (size_t)snprintf(text + now.n, sizeof(text) - now.n, " a:h%zu.be", i);
	assert_int_equal(zg_spf_merge(&ask, &a, &m), 0);
	now.n += (size_t)snprintf(text + now.n, sizeof(text) - now.n, " -all");
	assert_int_equal(zg_spf_merge(&ask, &a, &m), -1);
	assert_false(a.is_full);
}

static void test_edits(void **state)
{
	(void)state;
	assert_int_equal(zg_edits(ZG_S("include"), ZG_S("INLCUDE"), 2), 1);
	assert_int_equal(zg_edits(ZG_S("abc"), ZG_S("abc"), 0), 0);
	assert_int_equal(zg_edits(ZG_S("abc"), ZG_S("xyz"), 2), 3);
	assert_int_equal(zg_edits(ZG_S(""), ZG_S("ab"), 2), 2);
	assert_int_equal(zg_edits(ZG_S("a"), ZG_S("abcd"), 2), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_marks), cmocka_unit_test(test_second_record_goes_whole),
		cmocka_unit_test(test_asks), cmocka_unit_test(test_laws), cmocka_unit_test(test_each_allocation_fails),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_too_many_terms), cmocka_unit_test(test_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
