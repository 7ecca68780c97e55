/* store_sqlite_key.c - sealed keys.  A removed one is overwritten with zeros in the database file,
 * even where that costs more writing. */
#include "store/store_sqlite.h"

static void key_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_key *ret = row;

	*ret = (struct store_key){
		.id = store_col_id(r, 0), .company = store_col_id(r, 1), .domain_id = store_col_id(r, 2),
		.domain = store_col_slice(r, 3, a), .company_slug = store_col_slice(r, 4, a),
		.selector = store_col_slice(r, 5, a), .type = store_col_uint(r, 6), .bits = store_col_uint(r, 7),
		.version = store_col_uint(r, 8), .sealed = store_col_slice(r, 9, a),
		.public_key = store_col_slice(r, 10, a), .is_made_here = store_col_int(r, 11) != 0,
		.state = (enum store_key_state)store_col_int(r, 12), .created = store_col_int(r, 13),
	};
}
static const struct store_reader keys = { key_read, sizeof(struct store_key) };

enum store_rc store_key_reserve(struct store *s, uint64_t *ret_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_KEY_RESERVE);
	uint64_t id = 0;

	while (store_run_row(&r))	/* to its end, which is where it is kept */
		id = store_col_id(&r, 0);
	if (store_run_end(&r) == STORE_OK)
		*ret_id = id;
	return r.rc;
}

enum store_rc store_key_add(struct store *s, const struct store_key *k)
{
	struct store_run r = store_run_of(s, STORE_SQL_KEY_ADD);

	store_run_id(&r, k->company);
	store_run_id(&r, k->domain_id);
	store_run_id(&r, k->id);
	store_run_text(&r, k->selector);
	store_run_int(&r, k->type);
	store_run_int(&r, k->bits);
	store_run_int(&r, k->version);
	store_run_blob(&r, k->sealed);
	store_run_blob(&r, k->public_key);
	store_run_int(&r, k->is_made_here);
	store_run_int(&r, k->state);
	store_run_int(&r, k->created);
	return store_run_change(&r);
}

enum store_rc store_key_get(struct store *s, struct zg_slice domain, struct zg_slice selector,
			    struct zg_arena *a, struct store_key *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_KEY_GET);
	struct store_key k = { 0 };

	store_run_text(&r, domain);
	store_run_text(&r, selector);
	if (store_run_one(&r, a, &keys, &k, "no such key") == STORE_OK)
		*ret = k;
	return r.rc;
}

enum store_rc store_key_list(struct store *s, uint64_t domain_id, struct zg_arena *a,
			     struct store_key **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, domain_id ? STORE_SQL_KEY_LIST : STORE_SQL_KEY_LIST_ALL);
	struct store_rows rows;

	if (domain_id)
		store_run_id(&r, domain_id);
	rows = store_run_rows(&r, a, &keys);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_key_set_state(struct store *s, uint64_t company, uint64_t key_id, enum store_key_state state)
{
	struct store_run r = store_run_of(s, STORE_SQL_KEY_SET_STATE);

	store_run_id(&r, company);
	store_run_id(&r, key_id);
	store_run_int(&r, state);
	return store_run_change(&r);
}

static enum store_rc secure(struct store *s, const char *pragma)
{
	int rc = sqlite3_exec(s->db, pragma, NULL, NULL, NULL);

	return rc == SQLITE_OK ? STORE_OK : store_note(s, rc);
}

enum store_rc store_key_remove(struct store *s, uint64_t company, uint64_t key_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_KEY_REMOVE);
	enum store_rc rc;

	if (r.rc == STORE_OK)
		r.rc = secure(s, "PRAGMA secure_delete=ON");
	store_run_id(&r, company);
	store_run_id(&r, key_id);
	rc = store_run_change(&r);
	if (rc == STORE_OK)
		rc = secure(s, "PRAGMA secure_delete=FAST");
	return rc;
}
