/* store_sqlite_watch.c - what the standing check found.
 *
 * Lists are packed: a count and its items, numbers big-endian, texts behind their length (base/num.h, base/cur.h).  What is
 * unpacked is views of the row's own octets, which live in the caller's arena. */
#include "base/cur.h"
#include "base/num.h"
#include "store/store_sqlite.h"
#include "store/store_watch.h"

#define PACK_MOST (4u * 1024u * 1024u)	/* octets of one list */
#define ITEMS_MOST 100000u

/* --- packing ------------------------------------------------------------------------------------------------- */

static size_t slices_size(const struct store_slices *v)
{
	size_t n = 4;

	for (size_t i = 0; i < v->count; i++)
		n += 4 + v->v[i].n;
	return n;
}

static void slices_put(struct zg_buf *b, const struct store_slices *v)
{
	zg_num_put_u32(b, (uint32_t)v->count);
	for (size_t i = 0; i < v->count; i++)
		zg_num_put_sized(b, v->v[i]);
}

static struct store_slices slices_take(struct zg_cur *c, struct zg_arena *a)
{
	uint32_t count = zg_cur_u32(c);
	struct store_slices ret = { NULL, 0 };

	if (c->why || count > ITEMS_MOST || !count)
		return ret;
	ret.v = zg_arena_array(a, count, sizeof(*ret.v));
	for (uint32_t i = 0; ret.v && i < count; i++)
		ret.v[ret.count++] = zg_cur_sized(c);
	return ret;
}

#define ANSWER_FIXED 64u	/* octets of an answer's numbers and lengths, at most */

static size_t answers_size(const struct store_watch_record *w)
{
	size_t n = 4;

	for (size_t i = 0; i < w->answers_count; i++) {
		const struct store_watch_answer *a = &w->answers[i];

		n += ANSWER_FIXED + a->server.n + a->address.n + a->cname.n + slices_size(&a->values);
	}
	return n;
}

static void answer_put(struct zg_buf *b, const struct store_watch_answer *a)
{
	zg_num_put_sized(b, a->server);
	zg_num_put_sized(b, a->address);
	zg_num_put_u8(b, (uint8_t)(a->is_delegated | a->is_authority << 1 | a->has_serial << 2));
	zg_num_put_u8(b, (uint8_t)a->heard);
	zg_num_put_u8(b, (uint8_t)a->rcode);
	zg_num_put_u8(b, (uint8_t)a->seen);
	zg_num_put_u32(b, a->ttl);
	zg_num_put_u32(b, a->serial);
	zg_num_put_u64(b, (uint64_t)a->at);
	zg_num_put_sized(b, a->cname);
	slices_put(b, &a->values);
}

static struct store_watch_answer answer_take(struct zg_cur *c, struct zg_arena *a)
{
	struct store_watch_answer r = { .server = zg_cur_sized(c) };
	unsigned flags;

	r.address = zg_cur_sized(c);
	flags = zg_cur_u8(c);
	r.is_delegated = flags & 1;
	r.is_authority = flags >> 1 & 1;
	r.has_serial = flags >> 2 & 1;
	r.heard = zg_cur_u8(c);
	r.rcode = zg_cur_u8(c);
	r.seen = zg_cur_u8(c);
	r.ttl = zg_cur_u32(c);
	r.serial = zg_cur_u32(c);
	r.at = (int64_t)zg_cur_u64(c);
	r.cname = zg_cur_sized(c);
	r.values = slices_take(c, a);
	return r;
}

static size_t places_size(const struct store_watch_record *w)
{
	size_t n = 4;

	for (size_t i = 0; i < w->places_count; i++)
		n += 8 + w->places[i].name.n + slices_size(&w->places[i].values);
	return n;
}

static void answers_take(struct zg_slice packed, struct zg_arena *a, struct store_watch_record *ret)
{
	struct zg_cur c = zg_cur_of(packed);
	uint32_t count = zg_cur_u32(&c);

	if (c.why || count > ITEMS_MOST)
		return;
	ret->answers = zg_arena_array(a, count ? count : 1, sizeof(*ret->answers));
	for (uint32_t i = 0; ret->answers && i < count && !c.why; i++)
		ret->answers[ret->answers_count++] = answer_take(&c, a);
}

static void places_take(struct zg_slice packed, struct zg_arena *a, struct store_watch_record *ret)
{
	struct zg_cur c = zg_cur_of(packed);
	uint32_t count = zg_cur_u32(&c);

	if (c.why || count > ITEMS_MOST)
		return;
	ret->places = zg_arena_array(a, count ? count : 1, sizeof(*ret->places));
	for (uint32_t i = 0; ret->places && i < count && !c.why; i++) {
		struct store_watch_place *p = &ret->places[ret->places_count++];

		p->where = zg_cur_u8(&c);
		p->name = zg_cur_sized(&c);
		p->values = slices_take(&c, a);
	}
}

/* Memory for a list of n octets, of the store's own heap while a statement runs. */
static struct zg_buf pack_of(size_t n)
{
	return n > PACK_MOST ? zg_buf_of(NULL, 0) : zg_buf_of(sqlite3_malloc64(n), n);
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static enum store_rc run_any(struct store_run *r)
{
	(void)store_run_row(r);		/* no rows; a failure stays in r */
	return store_run_end(r);
}

static enum store_rc row_put(struct store *s, const struct store_watch *w)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_PUT);
	struct zg_buf ns = pack_of(slices_size(&w->ns)), mx = pack_of(slices_size(&w->mx));
	enum store_rc rc;

	slices_put(&ns, &w->ns);
	slices_put(&mx, &w->mx);
	store_run_id(&r, w->domain_id);
	store_run_int(&r, w->state);
	store_run_int(&r, w->since);
	store_run_int(&r, w->checked);
	store_run_int(&r, w->next_at);
	store_run_int(&r, w->miss_at);
	store_run_int(&r, w->changed);
	store_run_int(&r, w->tries);
	store_run_int(&r, w->exists);
	store_run_int(&r, w->is_wildcard);
	store_run_int(&r, w->is_serial_split);
	store_run_blob(&r, w->zone);
	store_run_text(&r, w->dns_host);
	store_run_text(&r, w->mail_host);
	store_run_blob(&r, zg_buf_slice(&ns));
	store_run_blob(&r, zg_buf_slice(&mx));
	rc = store_run_change(&r);
	sqlite3_free(ns.p);
	sqlite3_free(mx.p);
	return rc;
}

static enum store_rc record_put(struct store *s, uint64_t domain, size_t n, const struct store_watch_record *w)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_RECORD_ADD);
	struct zg_buf answers = pack_of(answers_size(w)), places = pack_of(places_size(w));
	enum store_rc rc;

	zg_num_put_u32(&answers, (uint32_t)w->answers_count);
	for (size_t i = 0; i < w->answers_count; i++)
		answer_put(&answers, &w->answers[i]);
	zg_num_put_u32(&places, (uint32_t)w->places_count);
	for (size_t i = 0; i < w->places_count; i++) {
		zg_num_put_u8(&places, (uint8_t)w->places[i].where);
		zg_num_put_sized(&places, w->places[i].name);
		slices_put(&places, &w->places[i].values);
	}
	store_run_id(&r, domain);
	store_run_size(&r, n);
	store_run_int(&r, w->kind);
	store_run_text(&r, w->selector);
	store_run_blob(&r, w->name);
	store_run_int(&r, w->state);
	store_run_int(&r, w->right);
	store_run_int(&r, w->answered);
	store_run_int(&r, w->total);
	store_run_int(&r, w->since);
	store_run_int(&r, w->unread_since);
	store_run_int(&r, w->old_until);
	store_run_int(&r, w->old_ttl);
	store_run_blob(&r, w->old);
	store_run_blob(&r, w->now);
	store_run_blob(&r, w->wanted);
	store_run_blob(&r, zg_buf_slice(&answers));
	store_run_blob(&r, zg_buf_slice(&places));
	rc = store_run_change(&r);
	sqlite3_free(answers.p);
	sqlite3_free(places.p);
	return rc;
}

static enum store_rc change_put(struct store *s, uint64_t domain, const struct store_watch_change *c)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_CHANGE_ADD);

	store_run_id(&r, domain);
	store_run_int(&r, c->at);
	store_run_int(&r, c->what);
	store_run_int(&r, c->kind);
	store_run_text(&r, c->selector);
	store_run_int(&r, c->before);
	store_run_int(&r, c->after);
	store_run_blob(&r, c->old);
	store_run_blob(&r, c->now);
	return store_run_change(&r);
}

enum store_rc store_watch_put(struct store *s, const struct store_watch *w, const struct store_watch_change *changes, size_t count)
{
	struct store_run end;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc != STORE_OK)
		return rc;
	rc = row_put(s, w);
	if (rc == STORE_OK) {
		end = store_run_of(s, STORE_SQL_WATCH_RECORD_END);
		store_run_id(&end, w->domain_id);
		rc = run_any(&end);
	}
	for (size_t i = 0; rc == STORE_OK && i < w->count; i++)
		rc = record_put(s, w->domain_id, i, &w->records[i]);
	for (size_t i = 0; rc == STORE_OK && i < count; i++)
		rc = change_put(s, w->domain_id, &changes[i]);
	return store_leave(s, is_own, rc);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static void watch_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_watch *w = row;
	struct zg_cur ns = zg_cur_of(store_col_slice(r, 17, a)), mx = zg_cur_of(store_col_slice(r, 18, a));

	*w = (struct store_watch){
		.domain_id = store_col_id(r, 0), .company = store_col_id(r, 1), .name = store_col_slice(r, 2, a),
		.company_slug = store_col_slice(r, 3, a), .state = store_col_uint(r, 4), .since = store_col_int(r, 5),
		.checked = store_col_int(r, 6), .next_at = store_col_int(r, 7), .miss_at = store_col_int(r, 8),
		.changed = store_col_int(r, 9), .tries = store_col_uint(r, 10), .exists = store_col_uint(r, 11),
		.is_wildcard = store_col_int(r, 12) != 0, .is_serial_split = store_col_int(r, 13) != 0,
		.zone = store_col_slice(r, 14, a), .dns_host = store_col_slice(r, 15, a), .mail_host = store_col_slice(r, 16, a),
	};
	w->ns = slices_take(&ns, a);
	w->mx = slices_take(&mx, a);
}
static const struct store_reader watches = { watch_read, sizeof(struct store_watch) };

static void record_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_watch_record *w = row;

	*w = (struct store_watch_record){
		.kind = store_col_uint(r, 0), .selector = store_col_slice(r, 1, a), .name = store_col_slice(r, 2, a),
		.state = store_col_uint(r, 3), .right = store_col_uint(r, 4), .answered = store_col_uint(r, 5),
		.total = store_col_uint(r, 6), .since = store_col_int(r, 7), .unread_since = store_col_int(r, 8),
		.old_until = store_col_int(r, 9), .old_ttl = store_col_uint(r, 10), .old = store_col_slice(r, 11, a),
		.now = store_col_slice(r, 12, a), .wanted = store_col_slice(r, 13, a),
	};
	answers_take(store_col_slice(r, 14, a), a, w);
	places_take(store_col_slice(r, 15, a), a, w);
}
static const struct store_reader records = { record_read, sizeof(struct store_watch_record) };

static void change_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_watch_change *c = row;

	*c = (struct store_watch_change){
		.n = store_col_id(r, 0), .at = store_col_int(r, 1), .what = store_col_uint(r, 2), .kind = store_col_uint(r, 3),
		.selector = store_col_slice(r, 4, a), .before = store_col_uint(r, 5), .after = store_col_uint(r, 6),
		.old = store_col_slice(r, 7, a), .now = store_col_slice(r, 8, a),
	};
}
static const struct store_reader changes = { change_read, sizeof(struct store_watch_change) };

static enum store_rc records_read(struct store *s, struct zg_arena *a, struct store_watch *w)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_RECORD_LIST);
	struct store_rows rows;

	store_run_id(&r, w->domain_id);
	rows = store_run_rows(&r, a, &records);
	w->records = rows.v;
	w->count = rows.count;
	return r.rc;
}

enum store_rc store_watch_get(struct store *s, uint64_t domain_id, struct zg_arena *a, struct store_watch *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_GET);
	struct store_watch w;
	enum store_rc rc;

	store_run_id(&r, domain_id);
	rc = store_run_one(&r, a, &watches, &w, "this domain was never checked");
	if (rc == STORE_OK)
		rc = records_read(s, a, &w);
	if (rc == STORE_OK)
		*ret = w;
	return rc;
}

enum store_rc store_watch_list(struct store *s, uint64_t company, struct zg_arena *a, struct store_watch **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_LIST);
	struct store_rows rows;

	store_run_id(&r, company);
	rows = store_run_rows(&r, a, &watches);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

enum store_rc store_watch_history(struct store *s, uint64_t domain_id, size_t max, struct zg_arena *a,
				  struct store_watch_change **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_WATCH_CHANGE_LIST);
	struct store_rows rows;

	store_run_id(&r, domain_id);
	store_run_size(&r, max);
	rows = store_run_rows(&r, a, &changes);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}
