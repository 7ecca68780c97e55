/* store_sqlite_house.c - companies, their domains and credentials, and the audit. */
#include "store/store_sqlite.h"

/* Ends a change that gave a new row its id. */
static enum store_rc added(struct store_run *r, uint64_t *ret_id)
{
	enum store_rc rc = store_run_change(r);

	if (rc == STORE_OK)
		*ret_id = (uint64_t)sqlite3_last_insert_rowid(r->s->db);
	return rc;
}

static enum store_rc remove_owned(struct store *s, enum store_sql which, uint64_t company, uint64_t id)
{
	struct store_run r = store_run_of(s, which);

	store_run_id(&r, company);
	store_run_id(&r, id);
	return store_run_change(&r);
}

/* --- companies ----------------------------------------------------------------------------------------------- */

static void company_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_company *ret = row;

	*ret = (struct store_company){
		.id = store_col_id(r, 0), .slug = store_col_slice(r, 1, a), .name = store_col_slice(r, 2, a),
		.sealed_dek = store_col_slice(r, 3, a), .created = store_col_int(r, 4),
	};
}
static const struct store_reader companies = { company_read, sizeof(struct store_company) };

enum store_rc store_company_add(struct store *s, const struct store_company *c, uint64_t *ret_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_ADD);

	store_run_text(&r, c->slug);
	store_run_text(&r, c->name);
	store_run_blob(&r, c->sealed_dek);
	store_run_int(&r, c->created);
	return added(&r, ret_id);
}

enum store_rc store_company_get(struct store *s, struct zg_slice slug, struct zg_arena *a, struct store_company *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_GET);
	struct store_company c = { 0 };

	store_run_text(&r, slug);
	if (store_run_one(&r, a, &companies, &c, "no such company") == STORE_OK)
		*ret = c;
	return r.rc;
}

static enum store_rc companies_read(struct store_run *r, struct zg_arena *a, struct store_company **ret, size_t *ret_count)
{
	struct store_rows rows = store_run_rows(r, a, &companies);

	if (r->rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r->rc;
}

enum store_rc store_company_list(struct store *s, struct zg_arena *a, struct store_company **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_LIST);

	return companies_read(&r, a, ret, ret_count);
}

enum store_rc store_company_sealed(struct store *s, uint64_t after, size_t max, struct zg_arena *a,
				   struct store_company **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_SEALED);

	store_run_id(&r, after);
	store_run_size(&r, max);
	return companies_read(&r, a, ret, ret_count);
}

enum store_rc store_company_set_dek(struct store *s, uint64_t company, struct zg_slice sealed_dek)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_SET_DEK);

	store_run_id(&r, company);
	store_run_blob(&r, sealed_dek);
	return store_run_change(&r);
}

enum store_rc store_company_remove(struct store *s, uint64_t company)
{
	struct store_run r = store_run_of(s, STORE_SQL_COMPANY_REMOVE);

	store_run_id(&r, company);
	return store_run_change(&r);
}

/* --- domains ------------------------------------------------------------------------------------------------- */

static void domain_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_domain *ret = row;

	*ret = (struct store_domain){
		.id = store_col_id(r, 0), .company = store_col_id(r, 1), .name = store_col_slice(r, 2, a),
		.company_slug = store_col_slice(r, 3, a), .created = store_col_int(r, 4), .is_foreign = store_col_int(r, 5) == 0,
		.sender = store_col_slice(r, 6, a), .dns_host = store_col_slice(r, 7, a), .mail_host = store_col_slice(r, 8, a),
	};
}
static const struct store_reader domains = { domain_read, sizeof(struct store_domain) };

/* What a person set, in the order both statements have it. */
static void domain_bind(struct store_run *r, const struct store_domain *d)
{
	store_run_int(r, !d->is_foreign);
	store_run_text(r, d->sender);
	store_run_text(r, d->dns_host);
	store_run_text(r, d->mail_host);
}

enum store_rc store_domain_add(struct store *s, const struct store_domain *d, uint64_t *ret_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_DOMAIN_ADD);

	store_run_id(&r, d->company);
	store_run_text(&r, d->name);
	store_run_int(&r, d->created);
	domain_bind(&r, d);
	return added(&r, ret_id);
}

enum store_rc store_domain_set(struct store *s, const struct store_domain *d)
{
	struct store_run r = store_run_of(s, STORE_SQL_DOMAIN_SET);

	store_run_id(&r, d->company);
	store_run_id(&r, d->id);
	domain_bind(&r, d);
	return store_run_change(&r);
}

enum store_rc store_domain_get(struct store *s, struct zg_slice name, struct zg_arena *a, struct store_domain *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_DOMAIN_GET);
	struct store_domain d = { 0 };

	store_run_text(&r, name);
	if (store_run_one(&r, a, &domains, &d, "no such domain") == STORE_OK)
		*ret = d;
	return r.rc;
}

enum store_rc store_domain_list(struct store *s, uint64_t company, struct zg_arena *a,
				struct store_domain **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_DOMAIN_LIST);
	struct store_rows rows;

	store_run_id(&r, company);
	rows = store_run_rows(&r, a, &domains);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_domain_remove(struct store *s, uint64_t company, uint64_t domain_id)
{
	return remove_owned(s, STORE_SQL_DOMAIN_REMOVE, company, domain_id);
}

/* --- credentials --------------------------------------------------------------------------------------------- */

static void credential_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_credential *ret = row;

	*ret = (struct store_credential){
		.id = store_col_id(r, 0), .company = store_col_id(r, 1), .name = store_col_slice(r, 2, a),
		.user = store_col_slice(r, 3, a), .company_slug = store_col_slice(r, 4, a), .created = store_col_int(r, 6),
	};
	store_col_octets(r, 5, ret->hash, sizeof(ret->hash));
}
static const struct store_reader credentials = { credential_read, sizeof(struct store_credential) };

enum store_rc store_credential_add(struct store *s, const struct store_credential *c, uint64_t *ret_id)
{
	struct store_run r = store_run_of(s, STORE_SQL_CREDENTIAL_ADD);

	store_run_id(&r, c->company);
	store_run_text(&r, c->name);
	store_run_text(&r, c->user);
	store_run_blob(&r, zg_slice_of(c->hash, sizeof(c->hash)));
	store_run_int(&r, c->created);
	return added(&r, ret_id);
}

enum store_rc store_credential_get(struct store *s, struct zg_slice user, struct zg_arena *a,
				   struct store_credential *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_CREDENTIAL_GET);
	struct store_credential c = { 0 };

	store_run_text(&r, user);
	if (store_run_one(&r, a, &credentials, &c, "no such credential") == STORE_OK)
		*ret = c;
	return r.rc;
}

enum store_rc store_credential_list(struct store *s, uint64_t company, struct zg_arena *a,
				    struct store_credential **ret,
				    size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_CREDENTIAL_LIST);
	struct store_rows rows;

	store_run_id(&r, company);
	rows = store_run_rows(&r, a, &credentials);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_credential_remove(struct store *s, uint64_t company, uint64_t id)
{
	return remove_owned(s, STORE_SQL_CREDENTIAL_REMOVE, company, id);
}

/* --- the audit ----------------------------------------------------------------------------------------------- */

enum store_rc store_audit_last(struct store *s, uint64_t *ret_n, unsigned char ret_hash[32])
{
	struct store_run r = store_run_of(s, STORE_SQL_AUDIT_LAST);
	unsigned char hash[32] = { 0 };
	uint64_t n = 0;

	if (store_run_row(&r)) {
		n = store_col_id(&r, 0);
		store_col_octets(&r, 1, hash, sizeof(hash));
	}
	if (store_run_end(&r) == STORE_OK) {
		*ret_n = n;
		for (size_t i = 0; i < sizeof(hash); i++)
			ret_hash[i] = hash[i];
	}
	return r.rc;
}

enum store_rc store_audit_add(struct store *s, const struct store_audit *line)
{
	struct store_run r = store_run_of(s, STORE_SQL_AUDIT_ADD);

	store_run_id(&r, line->n);
	store_run_int(&r, line->at);
	store_run_text(&r, line->who);
	store_run_text(&r, line->from);
	store_run_text(&r, line->what);
	store_run_text(&r, line->object);
	store_run_text(&r, line->detail);
	store_run_blob(&r, zg_slice_of(line->hash, sizeof(line->hash)));
	return store_run_change(&r);
}

static void audit_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_audit *ret = row;

	*ret = (struct store_audit){
		.n = store_col_id(r, 0), .at = store_col_int(r, 1), .who = store_col_slice(r, 2, a),
		.from = store_col_slice(r, 3, a), .what = store_col_slice(r, 4, a), .object = store_col_slice(r, 5, a),
		.detail = store_col_slice(r, 6, a),
	};
	store_col_octets(r, 7, ret->hash, sizeof(ret->hash));
}
static const struct store_reader audits = { audit_read, sizeof(struct store_audit) };

enum store_rc store_audit_list(struct store *s, size_t max, struct zg_arena *a,
			       struct store_audit **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_AUDIT_LIST);
	struct store_rows rows;

	store_run_size(&r, max);
	rows = store_run_rows(&r, a, &audits);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}
