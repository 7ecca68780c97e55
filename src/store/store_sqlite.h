/* store_sqlite.h - what the files of the SQLite engine share: the handle, and one way to run a statement. */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include <sqlite3.h>
#include "store/store.h"
#include "store/store_sql.h"

/* Pages (of 4 KiB) in the log before it is carried into the database: two fsyncs in some hundred commits. */
#define STORE_WAL_PAGES 4000

enum store_stage {
	STORE_IDLE,
	STORE_OPEN,		/* between begin and commit */
	STORE_SPOILT,		/* a call failed since begin: rollback alone leads out */
	STORE_BROKEN		/* an fsync failed: nothing leads out */
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *prepared[STORE_SQL_COUNT];	/* as they are first used */
	struct store_error why;
	enum store_mode mode;
	enum store_stage stage;
	int wal_pages, wal_seen, wal_next;		/* in the log now, at the last look, when to carry over next */
};

/* Notes a failure, SQLite's or our own, with the stage that follows from it; answers what it comes to. */
enum store_rc store_note(struct store *s, int code);
enum store_rc store_note_own(struct store *s, enum store_rc rc, const char *text);
/* The rc that one of SQLite's codes comes to. */
enum store_rc store_rc_of(sqlite3 *db, int code);
void store_describe(sqlite3 *db, int code, struct store_error *ret);

/* For calls of more than one statement: a transaction of its own where none is open. */
enum store_rc store_enter(struct store *s, bool *ret_is_own);
enum store_rc store_leave(struct store *s, bool is_own, enum store_rc rc);

/* A statement being run.  The first failure sticks; bind in order, take rows while there are, end always. */
struct store_run {
	struct store *s;
	sqlite3_stmt *st;	/* NULL after a failure to begin */
	int bound;
	enum store_rc rc;
};
struct store_run store_run_of(struct store *s, enum store_sql which);
void store_run_int(struct store_run *r, int64_t v);
void store_run_id(struct store_run *r, uint64_t v);
void store_run_size(struct store_run *r, size_t v);		/* what is over INT64_MAX counts as that */
void store_run_text(struct store_run *r, struct zg_slice v);	/* bound by reference: lives until end */
void store_run_blob(struct store_run *r, struct zg_slice v);
bool store_run_row(struct store_run *r);
enum store_rc store_run_end(struct store_run *r);
/* Runs a change to its end; NOT_FOUND where it changed nothing. */
enum store_rc store_run_change(struct store_run *r);

/* Columns of the row that stands ready, from 0. */
int64_t store_col_int(struct store_run *r, int column);
uint64_t store_col_id(struct store_run *r, int column);
unsigned store_col_uint(struct store_run *r, int column);
struct zg_slice store_col_slice(struct store_run *r, int column, struct zg_arena *a);	/* a copy in a */
void store_col_octets(struct store_run *r, int column, unsigned char *ret, size_t n);	/* exactly n, or CORRUPT */

/* Takes the row that stands ready, a thing of n octets; its slices are copies in a. */
struct store_reader {
	void (*read)(struct store_run *r, struct zg_arena *a, void *row);
	size_t n;
};
/* The row there is, and the end: NOT_FOUND with those words where there is none. */
enum store_rc store_run_one(struct store_run *r, struct zg_arena *a, const struct store_reader *how, void *row,
	const char *missing);
/* All rows as an array in a, and the end: r->rc tells how it went. */
struct store_rows { void *v; size_t count; };
struct store_rows store_run_rows(struct store_run *r, struct zg_arena *a, const struct store_reader *how);

/* Of a message: the columns of STORE_MESSAGE_COLUMNS; its recipients; one more event. */
void store_message_read(struct store_run *r, struct zg_arena *a, struct store_message *ret);
enum store_rc store_recipients_read(struct store *s, struct zg_arena *a, struct store_message *m);
enum store_rc store_event_add(struct store *s, const struct store_id *id, const struct store_event *e);

/* list, or a larger copy of it, with room for one more thing of n octets; NULL notes that the arena is full. */
void *store_room(struct store_run *r, struct zg_arena *a, void *list, size_t count, size_t n, size_t *cap);

#endif
