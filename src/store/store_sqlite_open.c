/* store_sqlite_open.c - a database found or made, set up, and brought to the version this program knows.
 *
 * The version is PRAGMA user_version: the number of schema files applied, each in the transaction that also counts it.
 * application_id tells our databases from others. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/store_sqlite.h"

#define PATIENCE 5000		/* ms to wait for another writer */
#define WAL_TRIES 50		/* to change to WAL beside another that just does the same: 50 times 100 ms */
#define APPLICATION 0x7a67656c	/* "zgel" */

extern const struct zg_slice store_schema[];
extern const size_t store_schema_count;

static const char settings[] =
	"PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
	"PRAGMA cache_size=-4096; PRAGMA mmap_size=0; PRAGMA journal_size_limit=67108864; PRAGMA secure_delete=FAST;";

static enum store_rc own(struct store_error *e, enum store_rc rc, const char *text)
{
	e->rc = rc;
	(void)snprintf(e->text, sizeof(e->text), "%s", text);	/* our own texts are short */
	return rc;
}

static enum store_rc exec(struct store *s, const char *sql, struct store_error *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		return STORE_OK;
	store_describe(s->db, rc, e);
	return e->rc;
}

/* Runs all statements of a text that need not end with a NUL. */
static enum store_rc exec_all(struct store *s, struct zg_slice sql, struct store_error *e)
{
	const char *end = sql.p + sql.n;
	int rc = SQLITE_OK;

	while (sql.p < end && rc == SQLITE_OK) {
		sqlite3_stmt *st;

		rc = sqlite3_prepare_v2(s->db, sql.p, (int)(end - sql.p), &st, &sql.p);
		if (rc != SQLITE_OK || !st)
			continue;	/* blanks and remarks alone make no statement */
		(void)sqlite3_step(st);	/* finalize answers its failure */
		rc = sqlite3_finalize(st);
	}
	if (rc == SQLITE_OK)
		return STORE_OK;
	store_describe(s->db, rc, e);
	return e->rc;
}

/* The number that a pragma or query answers. */
static enum store_rc number(struct store *s, const char *sql, int64_t *ret, struct store_error *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	else if (rc == SQLITE_OK)
		rc = sqlite3_errcode(s->db);
	if (rc != SQLITE_OK)
		store_describe(s->db, rc, e);
	(void)sqlite3_finalize(st);	/* its code was read above */
	return rc == SQLITE_OK ? STORE_OK : e->rc;
}

/* Root makes it for whoever owns the folder. */
static int file_give(int fd, char *path)
{
	char *slash = strrchr(path, '/');	/* there is one: path_of saw to it */
	struct stat st;
	int rc;

	if (geteuid() != 0)
		return 0;
	*slash = '\0';
	rc = stat(*path ? path : "/", &st);
	*slash = '/';
	return rc < 0 ? -1 : fchown(fd, st.st_uid, st.st_gid);
}

/* Makes the empty file, so that neither the umask nor who starts first decides who may read it; SQLite
 * gives the files beside it the same rights.  One that exists is never opened here: closing it would
 * drop the locks that this process has on it. */
static enum store_rc file_make(char *path, struct store_error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;

	if (fd < 0 && errno == EEXIST)
		return STORE_OK;
	if (fd < 0) {
		(void)snprintf(e->text, sizeof(e->text), "%s: %s", path, strerror(errno));	/* a cut text still tells */
		return e->rc = errno == ENOSPC || errno == EDQUOT ? STORE_FULL : STORE_NO_ACCESS;
	}
	rc = file_give(fd, path);
	if (close(fd) < 0)
		rc = -1;
	if (rc == 0)
		return STORE_OK;
	(void)unlink(path);	/* nothing is in it */
	return own(e, STORE_NO_ACCESS, "the new database cannot be given to the owner of its folder");
}

/* The file's name for C; always with a slash, so that no name has a meaning to SQLite.  NULL: not
 * usable, *e says why. */
static char *path_of(struct zg_slice url, struct store_error *e)
{
	struct zg_slice path = zg_slice_sub(url, sizeof("sqlite:") - 1, url.n), head = ZG_S("");
	char *c;

	if (!zg_slice_starts(url, ZG_S("sqlite:")) || !path.n || zg_slice_find(path, '\0') < path.n) {
		(void)own(e, STORE_FAILED, "the url must be sqlite:/path/of/the/file.db");
		return NULL;
	}
	if (path.p[0] != '/')
		head = ZG_S("./");
	c = malloc(head.n + path.n + 1);
	if (!c) {
		(void)own(e, STORE_NO_MEMORY, "no memory");
		return NULL;
	}
	memcpy(c, head.p, head.n);
	memcpy(c + head.n, path.p, path.n);
	c[head.n + path.n] = '\0';
	return c;
}

static enum store_rc wal_begin(struct store *s, struct store_error *e)
{
	enum store_rc rc = STORE_BUSY;

	/* Here SQLite does not wait by itself. */
	for (unsigned i = 0; i < WAL_TRIES && rc == STORE_BUSY; i++) {
		if (i)
			(void)sqlite3_sleep(100);	/* how long it slept is no matter */
		rc = exec(s, "PRAGMA journal_mode=WAL", e);
	}
	return rc;
}

static enum store_rc version_check(struct store *s, int64_t *ret_version, struct store_error *e)
{
	int64_t version = 0, application = 0, tables = 0;
	enum store_rc rc = number(s, "PRAGMA user_version", &version, e);

	if (rc == STORE_OK)
		rc = number(s, "PRAGMA application_id", &application, e);
	if (rc == STORE_OK)
		rc = number(s, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (rc != STORE_OK)
		return rc;
	if ((version || tables) && application != APPLICATION)
		return own(e, STORE_CORRUPT, "this is a database of another program");
	if (version > (int64_t)store_schema_count) {
		(void)snprintf(e->text, sizeof(e->text), "the database is of version %lld, this program knows %zu and older ones",
			       (long long)version, store_schema_count);	/* fits */
		return e->rc = STORE_NEWER;
	}
	*ret_version = version;
	return STORE_OK;
}

static enum store_rc migrate_all(struct store *s, struct store_error *e)
{
	char sql[80];
	int64_t version = 0;
	enum store_rc rc = version_check(s, &version, e);	/* once more: another may just have done it */

	for (size_t i = (size_t)version; rc == STORE_OK && i < store_schema_count; i++)
		rc = exec_all(s, store_schema[i], e);
	if (rc != STORE_OK)
		return rc;
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%zu", APPLICATION, store_schema_count);
	return exec(s, sql, e);
}

static enum store_rc migrate(struct store *s, struct store_error *e)
{
	int64_t version = 0;
	enum store_rc rc = version_check(s, &version, e);

	if (rc != STORE_OK || version == (int64_t)store_schema_count)
		return rc;
	if (s->mode == STORE_READ && !version)
		return own(e, STORE_NOT_FOUND, "the database is empty");
	if (s->mode == STORE_READ)
		return own(e, STORE_FAILED, "the database is of an older version; start the server once");
	rc = exec(s, "BEGIN IMMEDIATE", e);
	if (rc != STORE_OK)
		return rc;
	rc = migrate_all(s, e);
	if (rc == STORE_OK)
		rc = exec(s, "COMMIT", e);
	if (rc != STORE_OK)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);	/* the handle is closed anyhow */
	return rc;
}

/* Each connection would take, and touch, some 200 KiB for pages and small pieces before it reads anything; where pages are
 * made one by one a start costs 2 to 3 ms less, and prepared statements take hardly any pieces. */
static void memory_set(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);	/* both fail only where SQLite is in use already: */
	(void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);		/* then it takes its memory as it is used to */
}

static int wal_hook(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *s = ctx;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static enum store_rc set_up(struct store *s, const char *path, struct store_error *e)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
		    (s->mode == STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	int64_t version = 0;
	enum store_rc rc;
	int code = sqlite3_open_v2(path, &s->db, flags, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(s->db, PATIENCE);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (code != SQLITE_OK) {
		store_describe(s->db, code, e);
		return e->rc;
	}
	rc = exec(s, settings, e);
	if (rc == STORE_OK)	/* before anything is written: a newer or foreign file stays as it is */
		rc = version_check(s, &version, e);
	if (rc == STORE_OK && s->mode == STORE_WRITE)
		rc = wal_begin(s, e);
	if (rc == STORE_OK)
		rc = migrate(s, e);
	(void)sqlite3_wal_hook(s->db, wal_hook, s);	/* answers the one before: SQLite's own */
	return rc;
}

enum store_rc store_open(struct zg_slice url, enum store_mode mode, struct store **ret, struct store_error *ret_error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct stat st;
	struct store *s;
	enum store_rc rc = STORE_OK;
	char *path = path_of(url, ret_error);

	if (!path)
		return ret_error->rc;
	(void)pthread_once(&once, memory_set);	/* its only failure is a once that is none */
	s = calloc(1, sizeof(*s));
	if (!s) {
		free(path);
		return own(ret_error, STORE_NO_MEMORY, "no memory");
	}
	s->mode = mode;
	s->wal_next = STORE_WAL_PAGES;
	if (mode == STORE_WRITE)
		rc = file_make(path, ret_error);
	else if (stat(path, &st) < 0 && errno == ENOENT)
		rc = own(ret_error, STORE_NOT_FOUND, "there is no database yet");
	if (rc == STORE_OK)
		rc = set_up(s, path, ret_error);
	free(path);
	if (rc == STORE_OK)
		*ret = s;
	else
		store_close(s);
	return rc;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STORE_SQL_COUNT; i++)
		(void)sqlite3_finalize(s->prepared[i]);	/* answers the last step's failure, told then */
	if (s->stage == STORE_BROKEN)	/* no second try of a failed fsync at the end either */
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_close(s->db);	/* all statements are ended: it cannot be busy */
	free(s);
}
