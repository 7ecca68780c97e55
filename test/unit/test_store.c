/* test_store.c - the store on SQLite: what is committed stays, what fails says why, who may read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "store_world.h"

extern const size_t store_schema_count;

static struct store_id id_of(uint64_t ms)
{
	static const unsigned char random[10] = { 0xff, 1, 0xff, 3, 4, 5, 6, 7, 8, 9 };

	return store_id_make(ms, random);
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *st;
	int64_t v;

	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	return v;
}

/* --- ids and words ------------------------------------------------------------------------------------------- */

static void ids_as_text(void **state)
{
	static const struct { const char *proves; struct zg_slice text; int rc; } rows[] = {
		{ "lower case", ZG_SI("019ab4f0-2b1c-7f01-bf03-040506070809"), 0 },
		{ "upper case is read too", ZG_SI("019AB4F0-2B1C-7F01-BF03-040506070809"), 0 },
		{ "one short", ZG_SI("019ab4f0-2b1c-7f01-bf03-04050607080"), -1 },
		{ "one over", ZG_SI("019ab4f0-2b1c-7f01-bf03-0405060708090"), -1 },
		{ "a hyphen elsewhere", ZG_SI("019ab4f02-b1c-7f01-bf03-040506070809"), -1 },
		{ "no hyphens, as long", ZG_SI("019ab4f0a2b1ca7f01abf03a040506070809"), -1 },
		{ "not hexadecimal", ZG_SI("019ab4f0-2b1c-7f01-bf03-04050607080g"), -1 },
		{ "nothing", ZG_SI(""), -1 },
	};
	struct store_id id = id_of(0x019ab4f02b1c), back;
	char text[STORE_ID_TEXT];

	(void)state;
	store_id_write(&id, text);
	assert_memory_equal(text, rows[0].text.p, STORE_ID_TEXT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&back, 0, sizeof(back));
		if (store_id_read(rows[i].text, &back) != rows[i].rc || (!rows[i].rc && memcmp(&back, &id, sizeof(id))))
			fail_msg("%s", rows[i].proves);
	}
	assert_int_equal(id.b[6] >> 4, 7);	/* the version */
	assert_int_equal(id.b[8] >> 6, 2);	/* the variant */
	back = id_of(0x019ab4f02b1d);
	assert_true(memcmp(&id, &back, sizeof(id)) < 0);	/* later is greater */
	assert_true(zg_slice_eq(store_state_word(STORE_QUEUED), ZG_S("queued")));
	assert_true(zg_slice_eq(store_state_word(STORE_EXPIRED), ZG_S("expired")));
}

/* --- opening ------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void wrong_places(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *proves, *head, *tail;
		bool has_folder;
		enum store_mode mode;
		enum store_rc rc;
	} rows[] = {
		{ "another engine", "postgresql:", "", false, STORE_WRITE, STORE_FAILED },
		{ "no path", "sqlite:", "", false, STORE_WRITE, STORE_FAILED },
		{ "no such folder", "sqlite:", "/none/z.db", true, STORE_WRITE, STORE_NO_ACCESS },
		{ "the folder itself", "sqlite:", "", true, STORE_WRITE, STORE_NO_ACCESS },
		{ "text instead of a database", "sqlite:", "/text", true, STORE_WRITE, STORE_CORRUPT },
		{ "text instead of a database, to read", "sqlite:", "/text", true, STORE_READ, STORE_CORRUPT },
		{ "nothing there, to read", "sqlite:", "/nothing", true, STORE_READ, STORE_NOT_FOUND },
		{ "an empty file, to read", "sqlite:", "/empty", true, STORE_READ, STORE_NOT_FOUND },
		{ "a database of another program", "sqlite:", "/foreign", true, STORE_WRITE, STORE_CORRUPT },
	};
	char path[100];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/text", w->folder);
	write_file(path,
		"This is no database at all, and long enough to be seen as none: a page begins with other words than these are.\n");
	(void)snprintf(path, sizeof(path), "%s/empty", w->folder);
	write_file(path, "");
	(void)snprintf(path, sizeof(path), "%s/foreign", w->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE message (a)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char url[200];
		struct store_error e = { 0 };
		struct store *s = NULL;
		enum store_rc rc;

		(void)snprintf(url, sizeof(url), "%s%s%s", rows[i].head, rows[i].has_folder ? w->folder : "", rows[i].tail);
		rc = store_open(zg_slice_cstr(url), rows[i].mode, &s, &e);
		if (rc != rows[i].rc || e.rc != rc || !e.text[0] || s)
			fail_msg("%s: %d %s", rows[i].proves, rc, e.text);
	}
}

static void newer_is_refused(void **state)
{
	struct world *w = *state;
	struct store_error e = { 0 };
	struct store *s = NULL;
	struct store_message m = { .id = id_of(1) };

	assert_int_equal(store_put(w->s, &m), STORE_OK);
	world_sql(w, "PRAGMA user_version=999");
	world_shut(w);
	assert_int_equal(store_open(zg_slice_cstr(w->url), STORE_WRITE, &s, &e), STORE_NEWER);
	assert_non_null(strstr(e.text, "999"));
	assert_int_equal(store_open(zg_slice_cstr(w->url), STORE_READ, &s, &e), STORE_NEWER);
	assert_null(s);
	{
		char sql[40];
		sqlite3 *db;

		(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%zu", store_schema_count);
		assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
	w->s = world_open(w->url, STORE_WRITE);
	assert_int_equal(store_message_get(w->s, &m.id, &w->a, &m), STORE_OK);	/* nothing was lost */
}

static void only_the_owner_reads(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *w = *state;
	mode_t before = umask(0);
	char url[120], path[120];
	struct stat st;
	struct store *s;

	(void)snprintf(url, sizeof(url), "sqlite:%s/open.db", w->folder);
	s = world_open(url, STORE_WRITE);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/open.db%s", w->folder, ends[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	store_close(s);
	(void)umask(before);
	if (geteuid() == 0) {	/* made by root in a folder of another: that one's */
		assert_int_equal(chown(w->folder, 12345, 12346), 0);
		(void)snprintf(url, sizeof(url), "sqlite:%s/other.db", w->folder);
		s = world_open(url, STORE_WRITE);
		for (size_t i = 0; i < 3; i++) {
			(void)snprintf(path, sizeof(path), "%s/other.db%s", w->folder, ends[i]);
			assert_int_equal(stat(path, &st), 0);
			assert_int_equal(st.st_uid, 12345);
			assert_int_equal(st.st_gid, 12346);
		}
		store_close(s);
	}
}

static void settings_hold(void **state)
{
	static const struct { const char *pragma; int64_t value; } rows[] = {
		{ "PRAGMA synchronous", 2 }, { "PRAGMA foreign_keys", 1 }, { "PRAGMA trusted_schema", 0 },
		{ "PRAGMA secure_delete", 2 }, { "PRAGMA mmap_size", 0 }, { "PRAGMA busy_timeout", 5000 },
		{ "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'", 1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (number(w->s, rows[i].pragma) != rows[i].value)
			fail_msg("%s", rows[i].pragma);
	assert_int_equal(number(w->s, "PRAGMA user_version"), store_schema_count);
}

/* --- mail ---------------------------------------------------------------------------------------------------- */

static struct store_recipient two[] = {
	{ .address = ZG_SI("an@example.be"), .next_at = 500, .changed = 400 },
	{ .address = ZG_SI("\"bo b\"@example.com"), .state = STORE_DELIVERED, .attempts = 3, .code = 250,
	  .enhanced = ZG_SI("2.0.0"), .text = ZG_SI("Ok: \xc3\xa9"), .changed = 401 },
};

static void same(const char *proves, const struct store_message *m, const struct store_message *b)
{
	if (memcmp(&m->id, &b->id, sizeof(m->id)) || m->company != b->company || m->created != b->created ||
	    !zg_slice_eq(m->sender, b->sender) || !zg_slice_eq(m->from_domain, b->from_domain) || m->flags != b->flags ||
	    m->size != b->size || !zg_slice_eq(m->head, b->head) || !zg_slice_eq(m->body, b->body) ||
	    !zg_slice_eq(m->spool, b->spool) || m->count != b->count)
		fail_msg("%s", proves);
	for (size_t i = 0; i < m->count; i++) {
		const struct store_recipient *x = &m->recipients[i], *y = &b->recipients[i];

		if (!zg_slice_eq(x->address, y->address) || x->state != y->state || x->next_at != y->next_at ||
		    x->attempts != y->attempts || x->code != y->code || !zg_slice_eq(x->enhanced, y->enhanced) ||
		    !zg_slice_eq(x->text, y->text) || x->changed != y->changed)
			fail_msg("%s: recipient %zu", proves, i);
	}
}

static void what_is_put_is_got(void **state)
{
	static const struct { const char *proves; struct store_message m; } rows[] = {
		{ "all members", { .company = 7, .created = 1795559957, .sender = ZG_SI("info@example.be"),
		  .from_domain = ZG_SI("example.be"),
		  .flags = STORE_8BIT | STORE_SIGNED, .size = 12, .head = ZG_SI("From: a\r\n\r\n"), .body = ZG_SI("b"),
		  .recipients = two, .count = 2 } },
		{ "the null sender, nobody, nothing", { .company = 0 } },
		{ "octets of every kind", { .head = ZG_SI("a\0b\xff\r\n\r\n"), .body = ZG_SI("\0\0\x80\xfe\n"),
		  .sender = ZG_SI("\xff\0'\"@x"),
		  .recipients = two, .count = 1 } },
		{ "a body in a file", { .head = ZG_SI("\r\n"), .spool = ZG_SI("019ab4f0-2b1c-7f01-bf03-040506070809"),
		  .size = 9999999 } },
		{ "numbers at their ends", { .company = INT64_MAX, .created = INT64_MIN, .size = INT64_MAX, .flags = 7 } },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_message m = rows[i].m, back;

		m.id = id_of(i);
		assert_int_equal(store_put(w->s, &m), STORE_OK);
		assert_int_equal(store_message_get(w->s, &m.id, &w->a, &back), STORE_OK);
		same(rows[i].proves, &m, &back);
	}
	world_shut(w);
	w->s = world_open(w->url, STORE_WRITE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_message m = rows[i].m, back;

		m.id = id_of(i);
		assert_int_equal(store_message_get(w->s, &m.id, &w->a, &back), STORE_OK);
		same("after a new start", &m, &back);
	}
	{
		struct store_message m = { .id = id_of(0), .head = ZG_S("x") };
		int64_t count = number(w->s, "SELECT count(*) FROM content");

		assert_int_equal(store_put(w->s, &m), STORE_EXISTS);
		assert_int_equal(number(w->s, "SELECT count(*) FROM content"), count);	/* whole or not at all */
		m.id = id_of(99);
		assert_int_equal(store_message_get(w->s, &m.id, &w->a, &m), STORE_NOT_FOUND);
	}
}

static void failing_arena(void **state)
{
	struct world *w = *state;
	struct store_message m = { .id = id_of(1), .head = ZG_S("h"), .recipients = two, .count = 2 }, back;
	static char body[60000];
	enum store_rc rc = STORE_NO_MEMORY;

	m.body = zg_slice_of(body, sizeof(body));
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	for (int n = 0; rc != STORE_OK; n++) {
		zg_arena_reset(&w->a);
		world_failing = n;
		back.count = 77;
		rc = store_message_get(w->s, &m.id, &w->a, &back);
		world_failing = -1;
		if (rc != STORE_OK) {
			assert_int_equal(rc, STORE_NO_MEMORY);
			assert_int_equal(back.count, 77);	/* written on success alone */
		}
		assert_true(n < 20);
	}
	same("once there is room", &m, &back);
}

static struct store_outcome outcome(uint64_t ms, unsigned n, enum store_state state, int64_t next_at)
{
	return (struct store_outcome){ id_of(ms), n, { .state = state, .next_at = next_at, .attempts = 1, .code = 451,
				       .enhanced = ZG_S("4.3.0"), .text = ZG_S("later"), .changed = 600 } };
}

static void waiting_and_final(void **state)
{
	struct world *w = *state;
	struct store_recipient rs[3] = { two[0], two[0], two[0] };
	struct store_outcome o;
	struct store_due *due;
	struct store_message *list, m;
	size_t count;
	uint64_t retried = 77;

	rs[1].next_at = 300;
	for (uint64_t i = 5; i >= 1; i--) {	/* in another order than that of time */
		m = (struct store_message){ .id = id_of(i), .recipients = rs, .count = 3 };
		assert_int_equal(store_put(w->s, &m), STORE_OK);
	}
	assert_int_equal(store_due_list(w->s, NULL, 100, &w->a, &due, &count), STORE_OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		struct store_id id = id_of(i + 1);

		assert_memory_equal(&due[i].id, &id, sizeof(id));
		assert_int_equal(due[i].next_at, 300);
	}
	/* One recipient is later, one is done: the earliest of those that wait counts. */
	o = outcome(2, 1, STORE_QUEUED, 900);
	assert_int_equal(store_finish(w->s, &o), STORE_OK);
	o = outcome(2, 0, STORE_DELIVERED, 0);
	assert_int_equal(store_finish(w->s, &o), STORE_OK);
	assert_int_equal(store_finish(w->s, &o), STORE_NOT_FOUND);	/* final is final */
	o = outcome(2, 3, STORE_DELIVERED, 0);
	assert_int_equal(store_finish(w->s, &o), STORE_NOT_FOUND);
	for (unsigned n = 0; n < 3; n++) {
		o = outcome(3, n, STORE_REFUSED, 0);
		assert_int_equal(store_finish(w->s, &o), STORE_OK);
	}
	{
		struct store_id after = id_of(1), last = id_of(4);

		assert_int_equal(store_due_list(w->s, &after, 2, &w->a, &due, &count), STORE_OK);
		assert_int_equal(count, 2);
		assert_int_equal(due[0].next_at, 500);
		assert_memory_equal(&due[1].id, &last, sizeof(last));	/* 3 waits no more */
	}
	assert_int_equal(store_message_get(w->s, &o.id, &w->a, &m), STORE_OK);
	assert_int_equal(m.recipients[2].code, 451);
	assert_true(zg_slice_eq(m.recipients[2].text, ZG_S("later")));
	assert_true(zg_slice_eq(m.recipients[2].address, ZG_S("an@example.be")));

	static const struct { const char *proves; int state; size_t max, count; uint64_t first; } rows[] = {
		{ "all, newest first", -1, 100, 5, 5 },
		{ "the newest two", -1, 2, 2, 5 },
		{ "those that wait", STORE_QUEUED, 100, 4, 5 },
		{ "some of those that wait", STORE_QUEUED, 1, 1, 5 },
		{ "with a delivered one", STORE_DELIVERED, 100, 1, 2 },
		{ "with a refused one", STORE_REFUSED, SIZE_MAX, 1, 3 },
		{ "none", STORE_EXPIRED, 100, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_id id = id_of(rows[i].first);

		assert_int_equal(store_message_list(w->s, rows[i].state, rows[i].max, &w->a, &list, &count), STORE_OK);
		if (count != rows[i].count || (count && (memcmp(&list[0].id, &id, sizeof(id)) || list[0].count != 3)))
			fail_msg("%s", rows[i].proves);
	}
	o.id = id_of(2);
	assert_int_equal(store_retry(w->s, &o.id, 50, &retried), STORE_OK);
	assert_int_equal(retried, 2);
	o.id = id_of(3);
	assert_int_equal(store_retry(w->s, &o.id, 50, &retried), STORE_OK);
	assert_int_equal(retried, 0);
	o.id = id_of(9);
	assert_int_equal(store_retry(w->s, &o.id, 50, &retried), STORE_NOT_FOUND);
	assert_int_equal(store_retry(w->s, NULL, 60, &retried), STORE_OK);
	assert_int_equal(retried, 11);
	assert_int_equal(store_due_list(w->s, NULL, 100, &w->a, &due, &count), STORE_OK);
	assert_int_equal(due[1].next_at, 60);
}

static void spool_files_have_a_row(void **state)
{
	struct world *w = *state;
	struct store_message m = { .id = id_of(1), .spool = ZG_S("one") };
	bool has = false;

	assert_int_equal(store_put(w->s, &m), STORE_OK);
	m = (struct store_message){ .id = id_of(2) };
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	assert_int_equal(store_spool_has(w->s, ZG_S("one"), &has), STORE_OK);
	assert_true(has);
	assert_int_equal(store_spool_has(w->s, ZG_S("on"), &has), STORE_OK);
	assert_false(has);
	m = (struct store_message){ .id = id_of(3), .spool = ZG_S("one") };
	assert_int_equal(store_put(w->s, &m), STORE_EXISTS);	/* no file is two messages' */
}

static void spool_files_are_listed(void **state)
{
	static const struct { const char *proves; struct zg_slice after; size_t max, count; struct zg_slice first; } rows[] = {
		{ "all, in order of name", ZG_SI(""), 9, 3, ZG_SI("a") },
		{ "as many as asked for", ZG_SI(""), 2, 2, ZG_SI("a") },
		{ "those behind one", ZG_SI("a"), 9, 2, ZG_SI("b") },
		{ "those behind a name that is none", ZG_SI("bb"), 9, 1, ZG_SI("c") },
		{ "none behind the last", ZG_SI("c"), 9, 0, ZG_SI("") },
	};
	static const struct zg_slice names[] = { ZG_SI("c"), ZG_SI(""), ZG_SI("a"), ZG_SI("b") };
	struct world *w = *state;
	struct zg_slice *list;
	size_t count;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct store_message m = { .id = id_of(i + 1), .spool = names[i] };

		assert_int_equal(store_put(w->s, &m), STORE_OK);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(store_spool_list(w->s, rows[i].after, rows[i].max, &w->a, &list, &count), STORE_OK);
		if (count != rows[i].count || (count && !zg_slice_eq(list[0], rows[i].first)))
			fail_msg("%s: %zu", rows[i].proves, count);
	}
}

/* --- transactions -------------------------------------------------------------------------------------------- */

static int64_t messages(struct world *w)
{
	return number(w->s, "SELECT count(*) FROM message");
}

static void transactions(void **state)
{
	struct world *w = *state;
	struct store_message m = { .id = id_of(1), .recipients = two, .count = 2 };
	uint64_t n;

	assert_int_equal(store_commit(w->s), STORE_FAILED);
	assert_int_equal(store_begin(w->s), STORE_OK);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	store_rollback(w->s);
	assert_int_equal(messages(w), 0);

	assert_int_equal(store_begin(w->s), STORE_OK);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	m.id = id_of(2);
	assert_int_equal(store_message_get(w->s, &m.id, &w->a, &m), STORE_NOT_FOUND);	/* no failure */
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	assert_int_equal(store_commit(w->s), STORE_OK);
	assert_int_equal(messages(w), 2);

	/* After a failure inside, nothing slips through on its own. */
	assert_int_equal(store_begin(w->s), STORE_OK);
	m.id = id_of(3);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	m.id = id_of(1);
	assert_int_equal(store_put(w->s, &m), STORE_EXISTS);
	m.id = id_of(4);
	assert_int_equal(store_put(w->s, &m), STORE_EXISTS);
	assert_int_equal(store_key_reserve(w->s, &n), STORE_EXISTS);
	assert_int_equal(store_begin(w->s), STORE_EXISTS);
	assert_int_equal(store_commit(w->s), STORE_EXISTS);
	store_rollback(w->s);
	assert_int_equal(messages(w), 2);
	assert_int_equal(store_put(w->s, &m), STORE_OK);

	assert_int_equal(store_begin(w->s), STORE_OK);
	assert_int_equal(store_begin(w->s), STORE_FAILED);
	store_rollback(w->s);
	store_rollback(w->s);	/* once too often is no matter */
	assert_int_equal(messages(w), 3);
}

static void two_handles(void **state)
{
	struct world *w = *state;
	struct store *other = world_open(w->url, STORE_WRITE), *reader = world_open(w->url, STORE_READ);
	struct store_message m = { .id = id_of(1), .recipients = two, .count = 2 }, back;
	uint64_t before = store_version(reader), own = store_version(w->s), n;
	struct store_changes c, d;

	assert_int_equal(store_changes_get(reader, &c), STORE_OK);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	assert_int_not_equal(store_version(reader), before);
	assert_int_equal(store_version(w->s), own);	/* one's own commits do not count */
	assert_int_equal(store_message_get(reader, &m.id, &w->a, &back), STORE_OK);
	assert_int_equal(store_changes_get(reader, &d), STORE_OK);
	assert_memory_equal(&c, &d, sizeof(c));		/* mail moves neither */
	assert_int_equal(store_retry(other, NULL, 1, &n), STORE_OK);
	assert_int_equal(store_changes_get(reader, &d), STORE_OK);
	assert_int_equal(d.queue, c.queue + 1);
	assert_int_equal(d.house, c.house);

	m.id = id_of(2);
	assert_int_equal(store_put(reader, &m), STORE_NO_ACCESS);
	assert_int_equal(store_begin(w->s), STORE_OK);
	assert_int_equal(sqlite3_busy_timeout(other->db, 20), SQLITE_OK);
	assert_int_equal(store_put(other, &m), STORE_BUSY);
	assert_int_equal(store_message_get(reader, &m.id, &w->a, &back), STORE_NOT_FOUND);	/* readers wait for nobody */
	assert_int_equal(store_commit(w->s), STORE_OK);
	assert_int_equal(store_put(other, &m), STORE_OK);

	/* A reader's transaction is one state of things. */
	assert_int_equal(store_begin(reader), STORE_OK);
	assert_int_equal(store_message_get(reader, &m.id, &w->a, &back), STORE_OK);
	m.id = id_of(3);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	assert_int_equal(store_message_get(reader, &m.id, &w->a, &back), STORE_NOT_FOUND);
	assert_int_equal(store_commit(reader), STORE_OK);
	assert_int_equal(store_message_get(reader, &m.id, &w->a, &back), STORE_OK);
	store_close(other);
	store_close(reader);
}

/* --- what goes wrong ----------------------------------------------------------------------------------------- */

/* Puts messages of 20 KB in one transaction until it fails or count is reached, and commits. */
static enum store_rc put_many(struct store *s, uint64_t from, uint64_t count)
{
	static char body[20000];
	struct store_message m = { .head = ZG_S("h"), .body = zg_slice_of(body, sizeof(body)), .recipients = two, .count = 1 };
	enum store_rc rc = store_begin(s);

	memset(body, 'x', sizeof(body));
	for (uint64_t i = 0; rc == STORE_OK && i < count; i++) {
		m.id = id_of(from + i);
		rc = store_put(s, &m);
	}
	if (rc == STORE_OK)
		rc = store_commit(s);
	if (rc != STORE_OK)
		store_rollback(s);
	return rc;
}

static void room_by_pages(struct world *w, bool is_full)
{
	char sql[60];

	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld",
		       is_full ? (long long)number(w->s, "PRAGMA page_count") + 20 : 1000000ll);
	world_sql(w, sql);
}

static void room_by_limit(struct world *w, bool is_full)
{
	static struct rlimit before;
	char path[100];
	struct stat st;

	if (is_full) {
		struct rlimit l;

		(void)snprintf(path, sizeof(path), "%s-wal", w->path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
		l = before;
		l.rlim_cur = (rlim_t)st.st_size + 50000;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
	} else {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	}
}

static void full_disk(void **state)
{
	static const struct { const char *proves; void (*room)(struct world *w, bool is_full); } rows[] = {
		{ "SQLite says full", room_by_pages },
		{ "the system says too large, as with a quota", room_by_limit },
	};
	struct world *w = *state;
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	uint64_t kept = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(put_many(w->s, 1000 * i, 5), STORE_OK);
		rows[i].room(w, true);
		if (put_many(w->s, 1000 * i + 100, 500) != STORE_FULL || store_why(w->s)->rc != STORE_FULL)
			fail_msg("%s: %s", rows[i].proves, store_why(w->s)->text);
		if (put_many(w->s, 1000 * i + 100, 500) != STORE_FULL)
			fail_msg("%s: still", rows[i].proves);
		kept += 5;
		assert_int_equal(messages(w), kept);
		rows[i].room(w, false);
		if (put_many(w->s, 1000 * i + 100, 500) != STORE_OK)
			fail_msg("%s: goes on when there is room: %s", rows[i].proves, store_why(w->s)->text);
		kept += 500;
		assert_int_equal(messages(w), kept);
		assert_int_equal(number(w->s, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
	}
	(void)signal(SIGXFSZ, before);
}

static const sqlite3_io_methods *real_methods;
static int syncs, failing_sync = -1;	/* seen; until one fails, -1: none */

static int sync_counted(sqlite3_file *f, int flags)
{
	syncs++;
	if (failing_sync >= 0 && failing_sync-- == 0)
		return SQLITE_IOERR_FSYNC;
	return real_methods->xSync(f, flags);
}

/* Puts sync_counted before the log's own or the database's own fsync. */
static void watch_syncs(struct store *s, int which)
{
	static sqlite3_io_methods methods;
	sqlite3_file *f = NULL;

	assert_int_equal(sqlite3_file_control(s->db, "main", which, (void *)&f), SQLITE_OK);
	real_methods = f->pMethods;
	methods = *f->pMethods;
	methods.xSync = sync_counted;
	f->pMethods = &methods;
	syncs = 0;
}

static void failed_fsync_ends_the_handle(void **state)
{
	struct world *w = *state;
	struct store_message m = { .id = id_of(1), .recipients = two, .count = 1 }, back;

	assert_int_equal(store_put(w->s, &m), STORE_OK);
	watch_syncs(w->s, SQLITE_FCNTL_JOURNAL_POINTER);
	failing_sync = 0;
	assert_int_equal(store_begin(w->s), STORE_OK);
	m.id = id_of(2);
	assert_int_equal(store_put(w->s, &m), STORE_OK);
	assert_int_equal(store_commit(w->s), STORE_FAILED);
	assert_non_null(strstr(store_why(w->s)->text, "start anew"));
	store_rollback(w->s);
	assert_int_equal(store_begin(w->s), STORE_FAILED);
	assert_int_equal(store_put(w->s, &m), STORE_FAILED);
	assert_int_equal(store_message_get(w->s, &m.id, &w->a, &back), STORE_FAILED);
	assert_non_null(strstr(store_why(w->s)->text, "start anew"));	/* the reason stays */
	assert_int_equal(syncs, 1);
	world_shut(w);
	assert_int_equal(syncs, 1);	/* nor a second try at the end */
	failing_sync = -1;
	w->s = world_open(w->url, STORE_WRITE);
	m.id = id_of(1);
	assert_int_equal(store_message_get(w->s, &m.id, &w->a, &back), STORE_OK);
}

static void failed_fsync_of_the_database(void **state)
{
	struct world *w = *state;
	struct store_message m = { .id = id_of(9000) };

	watch_syncs(w->s, SQLITE_FCNTL_FILE_POINTER);
	failing_sync = 0;
	for (uint64_t i = 0; i < 40 && w->s->stage == STORE_IDLE; i++)
		assert_int_equal(put_many(w->s, 100 * i, 50), STORE_OK);	/* what was answered holds in the log */
	assert_int_equal(syncs, 1);
	assert_int_equal(store_put(w->s, &m), STORE_FAILED);
	assert_non_null(strstr(store_why(w->s)->text, "start anew"));
	world_shut(w);
	failing_sync = -1;
	w->s = world_open(w->url, STORE_WRITE);
	assert_int_equal(messages(w) % 50, 0);
	assert_true(messages(w) > 0);
}

static void carrying_over_is_seldom(void **state)
{
	struct world *w = *state;
	struct stat st;
	char path[100];

	watch_syncs(w->s, SQLITE_FCNTL_FILE_POINTER);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(put_many(w->s, 100 * i, 10), STORE_OK);	/* some 5,300 pages in all */
	assert_int_equal(syncs, 1);
	(void)snprintf(path, sizeof(path), "%s-wal", w->path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < (STORE_WAL_PAGES + 200) * 4200);
}

/* Commits batches of three and writes the number of each last id into the pipe once it is durable;
 * never ends by itself. */
static void put_for_ever(const char *url, int out)
{
	struct store *s = world_open(url, STORE_WRITE);

	for (uint64_t i = 0;; i += 3) {
		uint64_t last = i + 2;

		if (put_many(s, i, 3) != STORE_OK || write(out, &last, sizeof(last)) != sizeof(last))
			_exit(1);
	}
}

static void killed_process_loses_nothing(void **state)
{
	struct world *w = *state;

	world_shut(w);
	for (int round = 0; round < 6; round++) {
		uint64_t last = 0, said = 0;
		int p[2], status;
		pid_t pid;

		assert_int_equal(unlink(w->path), 0);	/* closed in peace: nothing stands beside it */
		assert_int_equal(pipe(p), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)close(p[0]);
			put_for_ever(w->url, p[1]);
		}
		(void)close(p[1]);
		for (int i = 0; i < 3; i++)
			assert_int_equal(read(p[0], &last, sizeof(last)), sizeof(last));
		(void)usleep((useconds_t)(round * 3701 % 9000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		while (read(p[0], &said, sizeof(said)) == sizeof(said))
			last = said;
		(void)close(p[0]);
		w->s = world_open(w->url, STORE_WRITE);
		for (uint64_t i = 0; i <= last; i++) {
			struct store_id id = id_of(i);
			struct store_message m;

			zg_arena_reset(&w->a);
			if (store_message_get(w->s, &id, &w->a, &m) != STORE_OK || m.body.n != 20000 || m.count != 1)
				fail_msg("round %d: message %llu of %llu is gone", round, (unsigned long long)i, (unsigned long long)last);
		}
		assert_int_equal(messages(w) % 3, 0);	/* whole batches alone */
		assert_int_equal(number(w->s, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
		world_shut(w);
	}
	w->s = world_open(w->url, STORE_WRITE);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_as_text),
		ON(wrong_places), ON(newer_is_refused), ON(only_the_owner_reads), ON(settings_hold), ON(what_is_put_is_got),
		ON(failing_arena), ON(waiting_and_final), ON(spool_files_have_a_row), ON(spool_files_are_listed), ON(transactions), ON(two_handles),
			ON(full_disk),
		ON(failed_fsync_ends_the_handle), ON(failed_fsync_of_the_database), ON(carrying_over_is_seldom),
		ON(killed_process_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
