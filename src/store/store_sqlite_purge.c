/* store_sqlite_purge.c - old mail is forgotten: first its octets, later all of it. */
#include "store/store_sqlite.h"

/* One that may go. */
struct old {
	struct store_purged purged;
	int64_t content;	/* 0: its octets are gone already */
	bool is_all;
};

static struct zg_slice id_octets(const struct store_id *id)
{
	return zg_slice_of(id->b, sizeof(id->b));
}

/* The least id of that second: ids begin with the time in milliseconds, RFC 9562 5.7. */
static struct store_id first_id(int64_t at)
{
	uint64_t ms = at > 0 ? (uint64_t)at * 1000 : 0;
	struct store_id id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(ms >> (8 * (5 - i)));
	return id;
}

static enum store_rc old_list(struct store *s, const struct store_id *after, int64_t bodies, int64_t messages, size_t max,
			      struct zg_arena *a, struct old **ret, size_t *ret_count)
{
	struct store_id none = { { 0 } }, before = first_id(bodies), all_before = first_id(messages);
	struct store_run r = store_run_of(s, STORE_SQL_PURGE_LIST);
	struct old *list = NULL;
	size_t count = 0, cap = 0;

	store_run_blob(&r, id_octets(after ? after : &none));
	store_run_blob(&r, id_octets(&before));
	store_run_blob(&r, id_octets(&all_before));
	store_run_int(&r, bodies);
	store_run_size(&r, max);
	while (store_run_row(&r) && (list = store_room(&r, a, list, count, sizeof(*list), &cap)) != NULL) {
		struct old *o = &list[count++];

		store_col_octets(&r, 0, o->purged.id.b, sizeof(o->purged.id.b));
		o->content = store_col_int(&r, 1);
		o->purged.spool = store_col_slice(&r, 2, a);
		o->is_all = store_col_int(&r, 3) != 0;
	}
	*ret = list;
	*ret_count = count;
	return store_run_end(&r);
}

static enum store_rc run_id(struct store *s, enum store_sql which, const struct store_id *id)
{
	struct store_run r = store_run_of(s, which);

	store_run_blob(&r, id_octets(id));
	return store_run_change(&r);
}

static enum store_rc old_forget(struct store *s, const struct old *o)
{
	enum store_rc rc = STORE_OK;

	if (o->content) {
		struct store_run r;

		rc = run_id(s, STORE_SQL_PURGE_CONTENT_OFF, &o->purged.id);
		r = store_run_of(s, STORE_SQL_PURGE_CONTENT);
		store_run_int(&r, o->content);
		rc = rc == STORE_OK ? store_run_change(&r) : store_run_end(&r);
	}
	if (rc == STORE_OK && o->is_all)
		rc = run_id(s, STORE_SQL_PURGE_RECIPIENTS, &o->purged.id);
	if (rc == STORE_OK && o->is_all)
		rc = run_id(s, STORE_SQL_PURGE_MESSAGE, &o->purged.id);
	return rc;
}

enum store_rc store_purge(struct store *s, const struct store_id *after, int64_t bodies, int64_t messages, size_t max,
			  struct zg_arena *a, struct store_purged **ret, size_t *ret_count)
{
	struct store_purged *purged = NULL;
	struct old *list = NULL;
	size_t count = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK)
		rc = old_list(s, after, bodies, messages, max, a, &list, &count);
	if (rc == STORE_OK && count && !(purged = zg_arena_array(a, count, sizeof(*purged))))
		rc = store_note_own(s, STORE_NO_MEMORY, "no memory for a list");
	for (size_t i = 0; i < count && rc == STORE_OK; i++) {
		rc = old_forget(s, &list[i]);
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): rc is OK only where it is there */
		purged[i] = list[i].purged;
	}
	rc = store_leave(s, is_own, rc);
	if (rc == STORE_OK) {
		*ret = purged;
		*ret_count = count;
	}
	return rc;
}
