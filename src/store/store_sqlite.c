/* store_sqlite.c - the SQLite engine's heart: transactions, failures, and the running of prepared statements.
 *
 *   IDLE --begin--> OPEN --commit--> IDLE          store_begin, store_commit
 *                   OPEN --a call fails--> SPOILT  store_note
 *                   OPEN, SPOILT --rollback--> IDLE  store_rollback
 *   any --an fsync fails--> BROKEN                 store_note; there is no way back
 *
 * Invariants, whenever no call is running: (1) SQLite has a transaction open exactly in OPEN (in
 * SPOILT it may have ended it by itself, which is why nothing but rollback is let through); (2) no
 * statement is half run; (3) what a commit answered OK for lies in the log behind an fsync.
 *
 * The log is carried over by us, after the commit, not by SQLite's own hook: that one hides a failing
 * fsync, and the next try would believe pages that the kernel has already dropped. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "store/store_sqlite.h"

#define STORE_SQL_TEXT(name, text) [STORE_SQL_##name] = ZG_SI(text),
static const struct zg_slice sql_texts[] = { STORE_SQLS(STORE_SQL_TEXT) };
#undef STORE_SQL_TEXT

static bool is_fsync(int code)
{
	return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

/* SQLite itself knows ENOSPC alone as "full". */
static bool is_no_room(sqlite3 *db)
{
	int e = sqlite3_system_errno(db);

	return e == ENOSPC || e == EDQUOT || e == EFBIG;
}

enum store_rc store_rc_of(sqlite3 *db, int code)
{
	static const struct { int code; enum store_rc rc; } rows[] = {
		{ SQLITE_OK, STORE_OK }, { SQLITE_ROW, STORE_OK }, { SQLITE_DONE, STORE_OK },
		{ SQLITE_FULL, STORE_FULL }, { SQLITE_CONSTRAINT, STORE_EXISTS },
		{ SQLITE_BUSY, STORE_BUSY }, { SQLITE_LOCKED, STORE_BUSY }, { SQLITE_PROTOCOL, STORE_BUSY },
		{ SQLITE_CANTOPEN, STORE_NO_ACCESS }, { SQLITE_PERM, STORE_NO_ACCESS }, { SQLITE_READONLY, STORE_NO_ACCESS },
		{ SQLITE_CORRUPT, STORE_CORRUPT }, { SQLITE_NOTADB, STORE_CORRUPT },
		{ SQLITE_NOMEM, STORE_NO_MEMORY },
	};

	if ((code & 0xff) == SQLITE_CONSTRAINT && code != SQLITE_CONSTRAINT_UNIQUE && code != SQLITE_CONSTRAINT_PRIMARYKEY &&
	    code != SQLITE_CONSTRAINT_ROWID && code != SQLITE_CONSTRAINT_FOREIGNKEY)
		return STORE_FAILED;
	if (code == SQLITE_IOERR_NOMEM)
		return STORE_NO_MEMORY;
	if ((code & 0xff) == SQLITE_IOERR && !is_fsync(code) && is_no_room(db))
		return STORE_FULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == (code & 0xff))
			return rows[i].rc;
	return STORE_FAILED;
}

void store_describe(sqlite3 *db, int code, struct store_error *ret)
{
	const char *words = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
	int e = db ? sqlite3_system_errno(db) : 0;

	ret->rc = store_rc_of(db, code);
	(void)snprintf(ret->text, sizeof(ret->text), "%s (SQLite %d, errno %d)%s", words, code, e,
		       is_fsync(code) ? "; what was written may be lost: start anew" : "");	/* a cut text still tells */
}

static void spoil(struct store *s)
{
	if (s->stage == STORE_OPEN)
		s->stage = STORE_SPOILT;
}

enum store_rc store_note(struct store *s, int code)
{
	store_describe(s->db, code, &s->why);
	spoil(s);
	if (is_fsync(code))
		s->stage = STORE_BROKEN;
	return s->why.rc;
}

enum store_rc store_note_own(struct store *s, enum store_rc rc, const char *text)
{
	s->why.rc = rc;
	(void)snprintf(s->why.text, sizeof(s->why.text), "%s", text);	/* our own texts are short */
	if (rc != STORE_NOT_FOUND)
		spoil(s);
	return rc;
}

const struct store_error *store_why(const struct store *s)
{
	return &s->why;
}

/* --- the log ------------------------------------------------------------------------------------------------- */

/* Carries the log into the database when it has grown enough.  Where a reader holds a part back,
 * the next try waits for as many pages again.  A failure leaves all in the log, where it is safe;
 * only a failed fsync counts. */
static void carry_over(struct store *s)
{
	int rc;

	if (s->wal_pages < s->wal_seen)
		s->wal_next = STORE_WAL_PAGES;	/* SQLite began the log anew */
	s->wal_seen = s->wal_pages;
	if (s->wal_pages < s->wal_next || s->stage != STORE_IDLE)
		return;
	s->wal_next = s->wal_pages + STORE_WAL_PAGES;
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (is_fsync(rc))
		(void)store_note(s, rc);	/* the commit before it holds; the next call answers this */
}

/* --- transactions -------------------------------------------------------------------------------------------- */

static enum store_rc run_plain(struct store *s, enum store_sql which)
{
	struct store_run r = store_run_of(s, which);

	(void)store_run_row(&r);	/* no rows; a failure stays in r */
	return store_run_end(&r);
}

enum store_rc store_begin(struct store *s)
{
	enum store_rc rc;

	if (s->stage == STORE_OPEN)
		return store_note_own(s, STORE_FAILED, "a transaction is open already");
	rc = run_plain(s, s->mode == STORE_WRITE ? STORE_SQL_BEGIN : STORE_SQL_BEGIN_READ);
	if (rc == STORE_OK)
		s->stage = STORE_OPEN;
	return rc;
}

enum store_rc store_commit(struct store *s)
{
	enum store_rc rc;

	if (s->stage == STORE_IDLE)
		return store_note_own(s, STORE_FAILED, "no transaction is open");
	rc = run_plain(s, STORE_SQL_COMMIT);
	if (rc != STORE_OK)
		return rc;
	s->stage = STORE_IDLE;
	carry_over(s);
	return STORE_OK;
}

void store_rollback(struct store *s)
{
	if (s->stage == STORE_BROKEN)
		return;
	if (s->stage == STORE_SPOILT)
		s->stage = STORE_OPEN;	/* lets the one statement through */
	if (!sqlite3_get_autocommit(s->db) && run_plain(s, STORE_SQL_ROLLBACK) != STORE_OK) {
		s->stage = STORE_BROKEN;	/* whose pages stand in the cache now, nobody knows */
		return;
	}
	s->stage = STORE_IDLE;
}

enum store_rc store_enter(struct store *s, bool *ret_is_own)
{
	*ret_is_own = s->stage == STORE_IDLE;
	return *ret_is_own ? store_begin(s) : STORE_OK;
}

enum store_rc store_leave(struct store *s, bool is_own, enum store_rc rc)
{
	if (!is_own)
		return rc;
	if (rc == STORE_OK)
		rc = store_commit(s);
	if (rc != STORE_OK)
		store_rollback(s);
	return rc;
}

uint64_t store_version(struct store *s)
{
	struct store_run r = store_run_of(s, STORE_SQL_VERSION);
	uint64_t v = 0;

	if (store_run_row(&r))
		v = store_col_id(&r, 0);
	(void)store_run_end(&r);	/* 0 then; the next call fails as well, and says why */
	return v;
}

enum store_rc store_changes_get(struct store *s, struct store_changes *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_CHANGES_GET);
	struct store_changes now = { 0 };

	if (store_run_row(&r))
		now = (struct store_changes){ store_col_id(&r, 0), store_col_id(&r, 1) };
	if (store_run_end(&r) == STORE_OK)
		*ret = now;
	return r.rc;
}

/* --- statements ---------------------------------------------------------------------------------------------- */

static bool is_let_through(struct store_run *r)
{
	struct store *s = r->s;

	r->rc = s->stage == STORE_BROKEN ? STORE_FAILED : s->stage == STORE_SPOILT ? s->why.rc : STORE_OK;
	if (s->stage == STORE_BROKEN)
		s->why.rc = STORE_FAILED;
	return r->rc == STORE_OK;
}

struct store_run store_run_of(struct store *s, enum store_sql which)
{
	struct store_run r = { .s = s };
	int rc;

	if (!is_let_through(&r))
		return r;
	if (!s->prepared[which]) {
		rc = sqlite3_prepare_v3(s->db, sql_texts[which].p, (int)sql_texts[which].n, SQLITE_PREPARE_PERSISTENT,
					&s->prepared[which], NULL);
		if (rc != SQLITE_OK) {
			r.rc = store_note(s, rc);
			return r;
		}
	}
	r.st = s->prepared[which];
	return r;
}

static void bound(struct store_run *r, int rc)
{
	if (rc != SQLITE_OK)
		r->rc = store_note(r->s, rc);
}

void store_run_int(struct store_run *r, int64_t v)
{
	if (r->rc == STORE_OK)
		bound(r, sqlite3_bind_int64(r->st, ++r->bound, v));
}

void store_run_id(struct store_run *r, uint64_t v)
{
	store_run_int(r, v > INT64_MAX ? -1 : (int64_t)v);	/* no row has a negative one */
}

void store_run_size(struct store_run *r, size_t v)
{
	store_run_int(r, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void store_run_text(struct store_run *r, struct zg_slice v)
{
	if (r->rc == STORE_OK)	/* a NULL pointer would become an SQL NULL */
		bound(r, sqlite3_bind_text64(r->st, ++r->bound, v.p ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8));
}

void store_run_blob(struct store_run *r, struct zg_slice v)
{
	if (r->rc == STORE_OK)
		bound(r, sqlite3_bind_blob64(r->st, ++r->bound, v.p ? v.p : "", v.n, SQLITE_STATIC));
}

bool store_run_row(struct store_run *r)
{
	int rc;

	if (r->rc != STORE_OK)
		return false;
	rc = sqlite3_step(r->st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		r->rc = store_note(r->s, rc);
	return rc == SQLITE_ROW;
}

enum store_rc store_run_end(struct store_run *r)
{
	int rc;

	if (!r->st)
		return r->rc;
	rc = sqlite3_reset(r->st);	/* after a failed step the same code once more */
	if (rc != SQLITE_OK && r->rc == STORE_OK)
		r->rc = store_note(r->s, rc);
	if (r->s->stage == STORE_IDLE && r->s->wal_pages != r->s->wal_seen && sqlite3_get_autocommit(r->s->db))
		carry_over(r->s);
	return r->rc;
}

enum store_rc store_run_change(struct store_run *r)
{
	enum store_rc rc;

	(void)store_run_row(r);		/* no rows; a failure stays in r */
	rc = store_run_end(r);
	if (rc == STORE_OK && sqlite3_changes64(r->s->db) == 0)
		return store_note_own(r->s, STORE_NOT_FOUND, "no such row");
	return rc;
}

int64_t store_col_int(struct store_run *r, int column)
{
	return sqlite3_column_int64(r->st, column);
}

uint64_t store_col_id(struct store_run *r, int column)
{
	return (uint64_t)store_col_int(r, column);
}

unsigned store_col_uint(struct store_run *r, int column)
{
	return (unsigned)store_col_int(r, column);
}

/* The pointer first, then the count, as SQLite asks; a NULL pointer for octets that are there means no memory. */
static struct zg_slice col_view(struct store_run *r, int column)
{
	const void *p = sqlite3_column_blob(r->st, column);
	int n = sqlite3_column_bytes(r->st, column);

	if (!p && sqlite3_errcode(r->s->db) == SQLITE_NOMEM)
		r->rc = store_note(r->s, SQLITE_NOMEM);
	return zg_slice_of(p, p ? (size_t)n : 0);
}

struct zg_slice store_col_slice(struct store_run *r, int column, struct zg_arena *a)
{
	struct zg_slice copy = zg_arena_dup(a, col_view(r, column));

	if (!copy.p && r->rc == STORE_OK)
		r->rc = store_note_own(r->s, STORE_NO_MEMORY, "the result has no room");
	return copy;
}

void store_col_octets(struct store_run *r, int column, unsigned char *ret, size_t n)
{
	struct zg_slice v = col_view(r, column);

	if (v.n == n)
		memcpy(ret, v.p, n);
	else if (r->rc == STORE_OK)
		r->rc = store_note_own(r->s, STORE_CORRUPT, "an id or hash has another size");
}

void *store_room(struct store_run *r, struct zg_arena *a, void *list, size_t count, size_t n, size_t *cap)
{
	void *more;

	if (r->rc != STORE_OK || count < *cap)
		return r->rc != STORE_OK ? NULL : list;
	*cap = *cap ? 2 * *cap : 8;
	more = zg_arena_array(a, *cap, n);
	if (!more)
		r->rc = store_note_own(r->s, STORE_NO_MEMORY, "the result has no room");
	else if (count)
		memcpy(more, list, count * n);
	return more;
}

enum store_rc store_run_one(struct store_run *r, struct zg_arena *a, const struct store_reader *how, void *row,
	const char *missing)
{
	bool has_row = store_run_row(r);

	if (has_row)
		how->read(r, a, row);
	if (store_run_end(r) == STORE_OK && !has_row)
		r->rc = store_note_own(r->s, STORE_NOT_FOUND, missing);
	return r->rc;
}

struct store_rows store_run_rows(struct store_run *r, struct zg_arena *a, const struct store_reader *how)
{
	struct store_rows rows = { NULL, 0 };
	size_t cap = 0;

	while (store_run_row(r)) {
		rows.v = store_room(r, a, rows.v, rows.count, how->n, &cap);
		if (!rows.v)
			break;
		how->read(r, a, (char *)rows.v + how->n * rows.count++);
	}
	(void)store_run_end(r);		/* r->rc tells */
	return rows;
}
