/* store_sqlite_session.c - sessions and tickets, known by the hash of their token; and what is known of the installation. */
#include "store/store_people.h"
#include "store/store_sqlite.h"

#define HASH 32u

static struct store_run run_of_hash(struct store *s, enum store_sql which, const unsigned char *hash)
{
	struct store_run r = store_run_of(s, which);

	store_run_blob(&r, zg_slice_of(hash, HASH));
	return r;
}

/* A change that may find nothing to change. */
static enum store_rc run_any(struct store_run *r)
{
	(void)store_run_row(r);		/* no rows; a failure stays in r */
	return store_run_end(r);
}

/* --- sessions ------------------------------------------------------------------------------------------------ */

static void session_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_session *ret = row;

	*ret = (struct store_session){
		.user = store_col_id(r, 1), .company = store_col_id(r, 2), .created = store_col_int(r, 3), .seen = store_col_int(r, 4),
		.proved = store_col_int(r, 5), .is_whole = store_col_int(r, 6) != 0, .place = store_col_slice(r, 7, a),
		.agent = store_col_slice(r, 8, a),
	};
	store_col_octets(r, 0, ret->hash, HASH);
}
static const struct store_reader sessions = { session_read, sizeof(struct store_session) };

enum store_rc store_session_add(struct store *s, const struct store_session *n)
{
	struct store_run r = store_run_of(s, STORE_SQL_SESSION_ADD);

	store_run_id(&r, n->user);
	store_run_blob(&r, zg_slice_of(n->hash, HASH));
	store_run_int(&r, n->created);
	store_run_int(&r, n->seen);
	store_run_int(&r, n->proved);
	store_run_int(&r, n->is_whole);
	store_run_text(&r, n->place);
	store_run_text(&r, n->agent);
	return store_run_change(&r);
}

enum store_rc store_session_get(struct store *s, const unsigned char hash[32], struct zg_arena *a, struct store_session *ret)
{
	struct store_run r = run_of_hash(s, STORE_SQL_SESSION_GET, hash);
	struct store_session n;

	if (store_run_one(&r, a, &sessions, &n, "no such session") == STORE_OK)
		*ret = n;
	return r.rc;
}

enum store_rc store_session_seen(struct store *s, const unsigned char hash[32], int64_t seen)
{
	struct store_run r = run_of_hash(s, STORE_SQL_SESSION_SEEN, hash);

	store_run_int(&r, seen);
	return store_run_change(&r);
}

enum store_rc store_session_proved(struct store *s, const unsigned char hash[32], int64_t proved)
{
	struct store_run r = run_of_hash(s, STORE_SQL_SESSION_PROVED, hash);

	store_run_int(&r, proved);
	return store_run_change(&r);
}

enum store_rc store_session_remove(struct store *s, const unsigned char hash[32])
{
	struct store_run r = run_of_hash(s, STORE_SQL_SESSION_REMOVE, hash);

	return store_run_change(&r);
}

enum store_rc store_session_list(struct store *s, uint64_t company, uint64_t user, struct zg_arena *a,
				 struct store_session **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_SESSION_LIST);
	struct store_rows rows;

	store_run_id(&r, company);
	store_run_id(&r, user);
	rows = store_run_rows(&r, a, &sessions);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_session_end(struct store *s, uint64_t company, uint64_t user, const unsigned char *but)
{
	struct store_run r = store_run_of(s, STORE_SQL_SESSION_END);

	store_run_id(&r, company);
	store_run_id(&r, user);
	store_run_blob(&r, but ? zg_slice_of(but, HASH) : ZG_S(""));
	return run_any(&r);
}

enum store_rc store_people_purge(struct store *s, int64_t seen, int64_t created, int64_t now)
{
	struct store_run r = store_run_of(s, STORE_SQL_SESSION_PURGE), t;
	enum store_rc rc;

	store_run_int(&r, seen);
	store_run_int(&r, created);
	rc = run_any(&r);
	if (rc != STORE_OK)
		return rc;
	t = store_run_of(s, STORE_SQL_TICKET_PURGE);
	store_run_int(&t, now);
	return run_any(&t);
}

/* --- tickets ------------------------------------------------------------------------------------------------- */

static void ticket_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_ticket *ret = row;

	(void)a;
	*ret = (struct store_ticket){
		.user = store_col_id(r, 1), .company = store_col_id(r, 2), .kind = (enum store_ticket_kind)store_col_uint(r, 3),
		.created = store_col_int(r, 4), .expires = store_col_int(r, 5),
	};
	store_col_octets(r, 0, ret->hash, HASH);
}
static const struct store_reader tickets = { ticket_read, sizeof(struct store_ticket) };

enum store_rc store_ticket_add(struct store *s, const struct store_ticket *t)
{
	struct store_run r = store_run_of(s, STORE_SQL_TICKET_ADD);

	store_run_id(&r, t->user);
	store_run_blob(&r, zg_slice_of(t->hash, HASH));
	store_run_int(&r, t->kind);
	store_run_int(&r, t->created);
	store_run_int(&r, t->expires);
	return store_run_change(&r);
}

enum store_rc store_ticket_get(struct store *s, const unsigned char hash[32], int64_t now, struct store_ticket *ret)
{
	struct store_run r = run_of_hash(s, STORE_SQL_TICKET_GET, hash);
	struct store_ticket t;

	store_run_int(&r, now);
	if (store_run_one(&r, NULL, &tickets, &t, "no such ticket") == STORE_OK)
		*ret = t;
	return r.rc;
}

enum store_rc store_ticket_end(struct store *s, uint64_t company, uint64_t user)
{
	struct store_run r = store_run_of(s, STORE_SQL_TICKET_END);

	store_run_id(&r, company);
	store_run_id(&r, user);
	return run_any(&r);
}

enum store_rc store_ticket_count(struct store *s, uint64_t user, enum store_ticket_kind kind, int64_t since, uint64_t *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_TICKET_COUNT);
	uint64_t n = 0;

	store_run_id(&r, user);
	store_run_int(&r, kind);
	store_run_int(&r, since);
	if (store_run_row(&r))
		n = store_col_id(&r, 0);
	if (store_run_end(&r) == STORE_OK)
		*ret = n;
	return r.rc;
}

/* --- the installation ---------------------------------------------------------------------------------------- */

static void value_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct zg_slice *ret = row;

	*ret = store_col_slice(r, 0, a);
}
static const struct store_reader values = { value_read, sizeof(struct zg_slice) };

enum store_rc store_install_get(struct store *s, struct zg_slice name, struct zg_arena *a, struct zg_slice *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_INSTALL_GET);
	struct zg_slice value;

	store_run_text(&r, name);
	if (store_run_one(&r, a, &values, &value, "no such value") != STORE_OK)
		return r.rc;
	if (!value.n)
		return store_note_own(s, STORE_NOT_FOUND, "no such value");
	*ret = value;
	return STORE_OK;
}

enum store_rc store_install_set(struct store *s, struct zg_slice name, struct zg_slice value)
{
	struct store_run r = store_run_of(s, STORE_SQL_INSTALL_SET);

	store_run_text(&r, name);
	store_run_text(&r, value);
	return store_run_change(&r);
}
