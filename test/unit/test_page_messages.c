/* test_page_messages.c - the pages of mail on a store of their own: what is shown, what is escaped, what is saved, who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/page_messages.h"
#include "store_world.h"

#define T0 1795559957
#define SCRIPT "<script>alert(1)</script>"

struct stage {
	struct world w;
	struct zg_arena a;
	struct settings settings;
	struct page_world world;
	struct http_request q;
	struct people_seat seat;
	struct store_company company;
	struct page p;
	struct http_pair args[2], form[1];
	struct store_id id;
	char id_text[STORE_ID_TEXT];
};

static int setup(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	world_begin(&s->w);
	zg_arena_init(&s->a, &world_heap, 1u << 23);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct stage *s = *state;

	zg_arena_reset(&s->a);
	world_end(&s->w);
	free(s);
	return 0;
}

static void put(struct stage *s, struct zg_slice subject, struct zg_slice head, struct zg_slice body, struct store_recipient r)
{
	static const unsigned char random[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct store_message m = { .company = 7, .created = T0, .sender = ZG_S("info@example.be"), .from_domain = ZG_S("example.be"),
		.subject = subject, .app = ZG_S("ERP"), .tls = ZG_S("TLSv1.3"), .head = head, .body = body, .recipients = &r, .count = 1 };

	m.id = s->id = store_id_make((uint64_t)T0 * 1000, random);
	m.size = head.n + body.n;
	assert_int_equal(store_put(s->w.s, &m), STORE_OK);
	store_id_write(&s->id, s->id_text);
}

/* A request for /c/acme/messages[/<id>[/<more>[/<n>]]]. */
static struct page *ask(struct stage *s, bool has_id, const char *more, const char *n)
{
	zg_arena_reset(&s->a);
	s->q = (struct http_request){ .method = ZG_S("GET"), .args = s->args, .args_count = 2 };
	s->company = (struct store_company){ .id = 7, .slug = ZG_S("acme"), .name = ZG_S("Acme") };
	s->seat.user.role = STORE_OWNER;
	s->seat.user.address = ZG_S("an@example.be");
	s->p = (struct page){ .q = &s->q, .world = &s->world, .settings = &s->settings, .a = &s->a, .store = s->w.s, .vault = -1,
		.is_worker = true, .now = T0 + 60, .lang = LANG_NL, .seat = &s->seat, .company = &s->company, .form = s->form, .form_count = 1,
		.path = { ZG_S("c"), ZG_S("acme"), ZG_S("messages"), zg_slice_of(s->id_text, STORE_ID_TEXT), zg_slice_cstr(more),
			zg_slice_cstr(n) }, .path_count = (has_id ? 4u : 3u) + (more ? 1u : 0u) + (n ? 1u : 0u) };
	s->p.h = html_of(&s->a, LANG_NL);
	return &s->p;
}

static bool has(const struct page *p, struct zg_slice what)
{
	return zg_slice_find_slice(p->answer.body, what) < p->answer.body.n;
}

static struct zg_slice field_of(const struct page *p, struct zg_slice name)
{
	struct zg_slice ret = ZG_S("");

	for (size_t i = 0; i < p->answer.fields_count; i++)
		if (zg_slice_eq_ci(p->answer.fields[i].name, name))
			ret = p->answer.fields[i].value;
	return ret;
}

static const struct store_recipient waits = { .address = ZG_SI("klant@example.com"), .state = STORE_QUEUED, .next_at = T0 + 300,
	.attempts = 1, .changed = T0 };

static void hostile_words(void **state)
{
	static const struct { const char *proves; struct zg_slice text, never; } rows[] = {
		{ "a script", ZG_SI(SCRIPT), ZG_SI("<script>alert") }, { "a quote", ZG_SI("\" onload=\"x"), ZG_SI("\" onload=\"x") },
		{ "an apostrophe and an entity", ZG_SI("' &lt;b&gt; <b>"), ZG_SI(" <b>") },
		{ "a line's end", ZG_SI("a\r\nSet-Cookie: x=y\r\n\r\n<p>"), ZG_SI("\r\n\r\n<p>") },
		{ "writing turned round", ZG_SI("gpj.\xe2\x80\xae" "exe"), ZG_SI("\xe2\x80\xae") },
		{ "a NUL", ZG_SI("a\0b"), ZG_SI("a\0b") }, { "no UTF-8", ZG_SI("\xff\xfe<i>"), ZG_SI("\xff") },
	};
	struct stage *s = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_recipient r = waits;
		struct store_id id;
		struct zg_slice spool;
		struct page *p;

		r.address = r.text = rows[i].text;
		put(s, rows[i].text, ZG_S("Subject: x\r\n\r\n"), rows[i].text, r);
		s->args[0] = (struct http_pair){ ZG_S("q"), ZG_S("") };
		p = ask(s, true, NULL, NULL);
		page_message(p);
		if (p->answer.status != 200 || has(p, rows[i].never))
			fail_msg("%s: in a message", rows[i].proves);
		p = ask(s, false, NULL, NULL);
		page_messages(p);
		if (p->answer.status != 200 || has(p, rows[i].never) || !has(p, ZG_S("class=\"mails\"")))
			fail_msg("%s: in the list", rows[i].proves);
		s->args[0] = (struct http_pair){ ZG_S("q"), rows[i].text };
		p = ask(s, false, NULL, NULL);
		page_messages(p);
		if (p->answer.status != 200 || has(p, rows[i].never))
			fail_msg("%s: as what is looked for", rows[i].proves);
		id = s->id;
		assert_int_equal(store_message_remove(s->w.s, 7, &id, &s->w.a, &spool), STORE_OK);
	}
}

static void timeline(void **state)
{
	struct stage *s = *state;
	struct store_outcome o = { .now = { .state = STORE_QUEUED, .attempts = 1, .next_at = T0 + 180, .code = 451, .enhanced = ZG_S("4.7.1"),
		.text = ZG_S("Greylisted"), .changed = T0 + 1, .server = ZG_S("mx1.example.com"), .tls = ZG_S("TLSv1.3") } };
	struct page *p;

	put(s, ZG_S("Offerte"), ZG_S("Subject: Offerte\r\n\r\n"), ZG_S("dag"), (struct store_recipient){ .address = ZG_S("klant@example.com") });
	o.id = s->id;
	assert_int_equal(store_finish(s->w.s, &o), STORE_OK);
	p = ask(s, true, NULL, NULL);
	page_message(p);
	assert_true(has(p, ZG_S("Ontvangen van ERP")) && has(p, ZG_S("451 4.7.1 Greylisted")) && has(p, ZG_S("mx1.example.com")));
	assert_true(has(p, ZG_S("Uitgesteld")) && has(p, ZG_S("Volgende poging")) && has(p, ZG_S("value=\"again\"")) && has(p,
		ZG_S("value=\"stop\"")));
	assert_true(has(p, ZG_S("dag")) && !has(p, ZG_S("<iframe")));
	o.now.state = STORE_DELIVERED;
	o.now.code = 250;
	o.now.text = ZG_S("queued as 4Xt9Qm2");
	assert_int_equal(store_finish(s->w.s, &o), STORE_OK);
	p = ask(s, true, NULL, NULL);
	page_message(p);
	assert_true(has(p, ZG_S("Aanvaard door mx1.example.com")) && has(p, ZG_S("queued as 4Xt9Qm2")) && !has(p, ZG_S("value=\"stop\"")));
	s->seat.user.role = STORE_OWNER;
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define BODY "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>" SCRIPT "\xe9</p>\r\n" \
	"--b\r\nContent-Type: text/html; name=\"x.html\"\r\n" \
	"Content-Disposition: attachment; filename*=utf-8''..%2Fa%22%0D%0Ab%E2%80%AE.html\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--b--"

static void pieces(void **state)
{
	struct stage *s = *state;
	struct page *p;
	struct zg_slice d;

	put(s, ZG_S("x"), ZG_S(MIXED), ZG_S(BODY), waits);
	p = ask(s, true, NULL, NULL);
	page_message(p);
	assert_true(has(p, ZG_S("<iframe class=\"mail\" sandbox=\"\" src=\"/c/acme/messages/")) && !has(p, ZG_S(SCRIPT)));
	d = field_of(p, ZG_S("Content-Security-Policy"));
	assert_true(zg_slice_find_slice(d, ZG_S("frame-src 'self'")) < d.n && zg_slice_find_slice(d, ZG_S("frame-ancestors 'none'")) < d.n);
	p = ask(s, true, "html", NULL);
	page_message_part(p);
	assert_int_equal(p->answer.status, 200);
	assert_true(has(p, ZG_S(SCRIPT "\xc3\xa9")));	/* as it is: the policy keeps it from running */
	d = field_of(p, ZG_S("Content-Security-Policy"));
	assert_true(zg_slice_starts(d, ZG_S("default-src 'none'")) && zg_slice_find_slice(d, ZG_S("; sandbox;")) < d.n &&
		    zg_slice_find_slice(d, ZG_S("script")) == d.n);
	p = ask(s, true, "part", "2");
	page_message_part(p);
	assert_true(zg_slice_eq(p->answer.body, ZG_S("abc")));
	assert_true(zg_slice_eq(field_of(p, ZG_S("Content-Type")), ZG_S("application/octet-stream")));
	d = field_of(p, ZG_S("Content-Disposition"));
	assert_true(zg_slice_starts(d, ZG_S("attachment; filename=\".._a___b___.html\"; filename*=UTF-8''.._a%22__b")));
	assert_true(zg_slice_find(d, '\r') == d.n && zg_slice_find(d, '/') == d.n);
	p = ask(s, true, "source", NULL);
	page_message_part(p);
	assert_true(zg_slice_eq(p->answer.body, ZG_S(MIXED BODY)) && zg_slice_eq(field_of(p, ZG_S("Content-Type")), ZG_S("text/plain")));
}

static void no_piece(void **state)
{
	static const struct { const char *proves, *what, *n; } rows[] = {
		{ "no such part", "part", "99" }, { "the multipart itself", "part", "0" }, { "no number", "part", "x" }, { "too long a number", "part",
			"000002" },
		{ "no number at all", "part", NULL }, { "no text in it", "text", NULL }, { "another word", "head", NULL }, { "more than there is",
			"html", "1" },
	};
	struct stage *s = *state;

	put(s, ZG_S("x"), ZG_S(MIXED), ZG_S(BODY), waits);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct page *p = ask(s, true, rows[i].what, rows[i].n);

		page_message_part(p);
		if (p->answer.status != 404)
			fail_msg("%s: %u", rows[i].proves, p->answer.status);
	}
}

static void of_another_company(void **state)
{
	struct stage *s = *state;
	struct page *p;

	put(s, ZG_S("x"), ZG_S(MIXED), ZG_S(BODY), waits);
	for (int i = 0; i < 3; i++) {
		p = ask(s, true, i == 1 ? "source" : NULL, NULL);
		s->company.id = 8;
		s->form[0] = (struct http_pair){ ZG_S("do"), ZG_S("stop") };
		(i == 0 ? page_message : i == 1 ? page_message_part : page_message_act)(p);
		assert_int_equal(p->answer.status, 404);
	}
	p = ask(s, false, NULL, NULL);
	s->company.id = 8;
	page_messages(p);
	assert_true(p->answer.status == 200 && !has(p, ZG_S("klant@")) && has(p, ZG_S("Nog geen berichten")));
}

static void acts(void **state)
{
	static const struct { const char *proves; enum store_state from; struct zg_slice text,
		act; unsigned status; struct zg_slice done; enum store_state to; } rows[] = {
		{ "stop", STORE_QUEUED, ZG_SI(""), ZG_SI("stop"), 303, ZG_SI("done=stop"), STORE_STOPPED },
		{ "again", STORE_REFUSED, ZG_SI(""), ZG_SI("again"), 303, ZG_SI("done=again"), STORE_QUEUED },
		{ "what a person held is released", STORE_HELD, ZG_SI("person"), ZG_SI("release"), 303, ZG_SI("done=release"), STORE_QUEUED },
		{ "what waits for its domain is not", STORE_HELD, ZG_SI("domain"), ZG_SI("release"), 303, ZG_SI("done=notready"), STORE_HELD },
		{ "too late", STORE_DELIVERED, ZG_SI(""), ZG_SI("stop"), 303, ZG_SI("done=none"), STORE_DELIVERED },
		{ "no such deed", STORE_QUEUED, ZG_SI(""), ZG_SI("hold"), 404, ZG_SI(""), STORE_QUEUED },
	};
	struct stage *s = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_recipient r = waits;
		struct store_message m;
		struct zg_slice to, spool;
		struct page *p;

		r.state = rows[i].from;
		r.text = rows[i].text;
		put(s, ZG_S("x"), ZG_S("\r\n"), ZG_S("x"), r);
		p = ask(s, true, NULL, NULL);
		s->form[0] = (struct http_pair){ ZG_S("do"), rows[i].act };
		page_message_act(p);
		to = field_of(p, ZG_S("Location"));
		assert_int_equal(store_message_get(s->w.s, &s->id, &s->w.a, &m), STORE_OK);
		if (p->answer.status != rows[i].status || !zg_slice_ends_ci(to, rows[i].done) || m.recipients[0].state != rows[i].to)
			fail_msg("%s: %u " ZG_FMT, rows[i].proves, p->answer.status, ZG_ARG(to));
		assert_int_equal(store_message_remove(s->w.s, 7, &s->id, &s->w.a, &spool), STORE_OK);
	}
}

/* A megabyte of everything, and memory that ends at each place: an answer, never a half of one. */
static void large_and_without_memory(void **state)
{
	struct stage *s = *state;
	size_t n = 1u << 20;
	char *text = malloc(n);
	struct page *p;

	assert_non_null(text);
	memset(text, '<', n);
	put(s, ZG_S("x"), ZG_S("Subject: x\r\n\r\n"), zg_slice_of(text, n), waits);
	p = ask(s, true, NULL, NULL);
	page_message(p);
	assert_true(p->answer.status == 200 && p->answer.body.n < 1u << 20);
	s->args[0] = (struct http_pair){ ZG_S("q"), zg_slice_of(text, 8000) };	/* a longer address is refused before */
	p = ask(s, false, NULL, NULL);
	page_messages(p);
	assert_true(p->answer.status == 200 && p->answer.body.n < 200000);
	s->args[0].value = ZG_S("");
	free(text);
	for (int i = 0; i < 40; i++) {
		p = ask(s, true, NULL, NULL);
		world_failing = i;
		page_message(p);
		world_failing = -1;
		assert_true(p->answer.status == 200 || p->answer.status == 404 || p->answer.status == 500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hostile_words, setup, teardown), cmocka_unit_test_setup_teardown(timeline, setup, teardown),
		cmocka_unit_test_setup_teardown(pieces, setup, teardown), cmocka_unit_test_setup_teardown(no_piece, setup, teardown),
		cmocka_unit_test_setup_teardown(of_another_company, setup, teardown), cmocka_unit_test_setup_teardown(acts, setup, teardown),
		cmocka_unit_test_setup_teardown(large_and_without_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
