/* store_sqlite_people.c - users and their recovery codes. */
#include "store/store_people.h"
#include "store/store_sqlite.h"

static const struct zg_slice role_words[STORE_ROLES] = {
	[STORE_OPERATOR] = ZG_SI("operator"), [STORE_OWNER] = ZG_SI("owner"), [STORE_EDITOR] = ZG_SI("editor"),
	[STORE_READER] = ZG_SI("reader"), [STORE_AUDITOR] = ZG_SI("auditor"),
};

struct zg_slice store_role_word(enum store_role r)
{
	return role_words[r];
}

int store_role_read(struct zg_slice word, enum store_role *ret)
{
	for (unsigned i = 0; i < STORE_ROLES; i++)
		if (zg_slice_eq(word, role_words[i])) {
			*ret = (enum store_role)i;
			return 0;
		}
	return -1;
}

/* --- users --------------------------------------------------------------------------------------------------- */

static void user_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_user *ret = row;

	*ret = (struct store_user){
		.id = store_col_id(r, 0), .company = store_col_id(r, 1), .company_slug = store_col_slice(r, 2, a),
		.company_name = store_col_slice(r, 3, a), .role = (enum store_role)store_col_uint(r, 4),
		.address = store_col_slice(r, 5, a), .name = store_col_slice(r, 6, a), .language = store_col_slice(r, 7, a),
		.theme = store_col_slice(r, 8, a), .password = store_col_slice(r, 9, a), .totp = store_col_slice(r, 10, a),
		.totp_counter = store_col_id(r, 11), .created = store_col_int(r, 12), .seen = store_col_int(r, 13),
	};
}
static const struct store_reader users = { user_read, sizeof(struct store_user) };

/* A statement that begins with whose row it is. */
static struct store_run run_of_user(struct store *s, enum store_sql which, uint64_t company, uint64_t id)
{
	struct store_run r = store_run_of(s, which);

	store_run_id(&r, company);
	store_run_id(&r, id);
	return r;
}

enum store_rc store_user_add(struct store *s, const struct store_user *u, uint64_t *ret_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_USER_ADD);
	enum store_rc rc;

	store_run_id(&r, u->company);
	store_run_int(&r, u->role);
	store_run_text(&r, u->address);
	store_run_text(&r, u->name);
	store_run_text(&r, u->language);
	store_run_text(&r, u->theme);
	store_run_text(&r, u->password);
	store_run_blob(&r, u->totp);
	store_run_id(&r, u->totp_counter);
	store_run_int(&r, u->created);
	store_run_int(&r, u->seen);
	rc = store_run_change(&r);
	if (rc == STORE_OK)
		*ret_id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return rc;
}

enum store_rc store_user_get(struct store *s, struct zg_slice address, struct zg_arena *a, struct store_user *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_USER_GET);
	struct store_user u = { 0 };

	store_run_text(&r, address);
	if (store_run_one(&r, a, &users, &u, "no such user") == STORE_OK)
		*ret = u;
	return r.rc;
}

enum store_rc store_user_by_id(struct store *s, uint64_t company, uint64_t id, struct zg_arena *a, struct store_user *ret)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_BY_ID, company, id);
	struct store_user u = { 0 };

	if (store_run_one(&r, a, &users, &u, "no such user") == STORE_OK)
		*ret = u;
	return r.rc;
}

enum store_rc store_user_list(struct store *s, uint64_t company, struct zg_arena *a, struct store_user **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_USER_LIST);
	struct store_rows rows;

	store_run_id(&r, company);	/* STORE_EVERY is bound as -1 */
	rows = store_run_rows(&r, a, &users);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_user_set(struct store *s, const struct store_user *u)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_SET, u->company, u->id);

	store_run_int(&r, u->role);
	store_run_text(&r, u->name);
	store_run_text(&r, u->language);
	store_run_text(&r, u->theme);
	return store_run_change(&r);
}

enum store_rc store_user_set_password(struct store *s, uint64_t company, uint64_t id, struct zg_slice password)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_SET_PASSWORD, company, id);

	store_run_text(&r, password);
	return store_run_change(&r);
}

static enum store_rc codes_end(struct store *s, uint64_t company, uint64_t user)
{
	struct store_run r = run_of_user(s, STORE_SQL_CODE_END, company, user);

	(void)store_run_row(&r);	/* no rows; a failure stays in r, and none to end is none */
	return store_run_end(&r);
}

static enum store_rc set_totp(struct store *s, uint64_t company, uint64_t id, struct zg_slice secret)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_SET_TOTP, company, id);
	enum store_rc rc;

	store_run_blob(&r, secret);
	rc = store_run_change(&r);
	return rc == STORE_OK && !secret.n ? codes_end(s, company, id) : rc;
}

enum store_rc store_user_set_totp(struct store *s, uint64_t company, uint64_t id, struct zg_slice secret)
{
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc != STORE_OK)
		return rc;
	return store_leave(s, is_own, set_totp(s, company, id, secret));
}

enum store_rc store_user_take_counter(struct store *s, uint64_t company, uint64_t id, uint64_t counter)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_TAKE_COUNTER, company, id);

	store_run_id(&r, counter);
	return store_run_change(&r);
}

enum store_rc store_user_seen(struct store *s, uint64_t company, uint64_t id, int64_t seen)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_SEEN, company, id);

	store_run_int(&r, seen);
	return store_run_change(&r);
}

enum store_rc store_user_remove(struct store *s, uint64_t company, uint64_t id)
{
	struct store_run r = run_of_user(s, STORE_SQL_USER_REMOVE, company, id);

	return store_run_change(&r);
}

static enum store_rc number(struct store_run *r, uint64_t *ret)
{
	uint64_t n = 0;

	if (store_run_row(r))
		n = store_col_id(r, 0);
	if (store_run_end(r) == STORE_OK)
		*ret = n;
	return r->rc;
}

enum store_rc store_user_count(struct store *s, uint64_t company, enum store_role role, uint64_t *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_USER_COUNT);

	store_run_id(&r, company);
	store_run_int(&r, role);
	return number(&r, ret);
}

/* --- recovery codes ------------------------------------------------------------------------------------------ */

static enum store_rc code_run(struct store *s, enum store_sql which, uint64_t company, uint64_t user, const struct store_code *c)
{
	struct store_run r = run_of_user(s, which, company, user);

	store_run_blob(&r, zg_slice_of(c->hash, sizeof(c->hash)));
	return store_run_change(&r);
}

enum store_rc store_code_set(struct store *s, uint64_t company, uint64_t user, const struct store_code *codes, size_t count)
{
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc != STORE_OK)
		return rc;
	rc = codes_end(s, company, user);
	for (size_t i = 0; rc == STORE_OK && i < count; i++)
		rc = code_run(s, STORE_SQL_CODE_ADD, company, user, &codes[i]);
	return store_leave(s, is_own, rc);
}

enum store_rc store_code_take(struct store *s, uint64_t company, uint64_t user, const struct store_code *code)
{
	return code_run(s, STORE_SQL_CODE_TAKE, company, user, code);
}

enum store_rc store_code_count(struct store *s, uint64_t company, uint64_t user, uint64_t *ret)
{
	struct store_run r = run_of_user(s, STORE_SQL_CODE_COUNT, company, user);

	return number(&r, ret);
}
