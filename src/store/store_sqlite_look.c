/* store_sqlite_look.c - mail as people look for it, what happened to it, and what they do with it. */
#include <string.h>
#include "base/ascii.h"
#include "store/store_sqlite.h"

#define MATCH_COLUMN 12		/* behind STORE_MESSAGE_COLUMNS */

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

/* --- events -------------------------------------------------------------------------------------------------- */

static void event_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_event *ret = row;

	*ret = (struct store_event){
		.at = store_col_int(r, 0), .what = (enum store_event_what)store_col_int(r, 1), .recipient = (int)store_col_int(r, 2),
		.state = (enum store_state)store_col_int(r, 3), .attempt = store_col_uint(r, 4), .code = store_col_uint(r, 5),
		.enhanced = store_col_slice(r, 6, a), .text = store_col_slice(r, 7, a), .server = store_col_slice(r, 8, a),
		.tls = store_col_slice(r, 9, a),
	};
}
static const struct store_reader events = { event_read, sizeof(struct store_event) };

enum store_rc store_event_list(struct store *s, const struct store_id *id, struct zg_arena *a, struct store_event **ret,
				size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_EVENT_LIST);
	struct store_rows rows;

	store_run_blob(&r, id_octets(id));
	rows = store_run_rows(&r, a, &events);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

/* --- looking ------------------------------------------------------------------------------------------------- */

/* What begins as an id does: hex digits and hyphens, eight digits at least; as hex() writes it. */
static struct zg_slice hex_of(struct zg_slice text, char ret[2 * STORE_ID_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = zg_ascii_lower(text.p[i]);

		if (c == '-')
			continue;
		if (n == 2 * STORE_ID_SIZE || !(zg_ascii_is_digit(c) || (c >= 'a' && c <= 'f')))
			return ZG_S("");
		ret[n++] = c >= 'a' ? (char)(c - 'a' + 'A') : c;
	}
	return n < 8 ? ZG_S("") : zg_slice_of(ret, n);
}

static const struct { unsigned states; int is_tried; } looks[] = {
	[STORE_LOOK_ALL] = { 0, -1 }, [STORE_LOOK_QUEUED] = { 1u << STORE_QUEUED, 0 }, [STORE_LOOK_DELAYED] = { 1u << STORE_QUEUED, 1 },
	[STORE_LOOK_DELIVERED] = { 1u << STORE_DELIVERED | 1u << STORE_CAPTURED, -1 },
	[STORE_LOOK_REFUSED] = { 1u << STORE_REFUSED | 1u << STORE_EXPIRED, -1 }, [STORE_LOOK_HELD] = { 1u << STORE_HELD, -1 },
	[STORE_LOOK_STOPPED] = { 1u << STORE_STOPPED, -1 },
};

/* What a look binds must stay while it runs. */
struct bound {
	struct store_id from, before;
	char hex[2 * STORE_ID_SIZE];
};

static struct store_run look_run(struct store *s, const struct store_look_for *f, struct bound *b)
{
	struct store_run r = store_run_of(s, f->company ? STORE_SQL_MESSAGE_LOOK : STORE_SQL_MESSAGE_LOOK_ALL);

	b->from = first_id(f->from);
	memset(b->before.b, 0xff, sizeof(b->before.b));
	if (f->before)
		b->before = *f->before;
	store_run_id(&r, f->company);
	store_run_blob(&r, id_octets(&b->before));
	store_run_blob(&r, id_octets(&b->from));
	store_run_text(&r, f->text);
	store_run_text(&r, hex_of(f->text, b->hex));
	store_run_int(&r, looks[f->status].states);
	store_run_int(&r, looks[f->status].is_tried);
	return r;
}

enum store_rc store_message_look(struct store *s, const struct store_look_for *f, struct zg_arena *a, struct store_looked *ret)
{
	struct bound b;
	struct store_run r = look_run(s, f, &b);
	struct store_looked l = { .count = 0 };
	size_t cap = 0, steps = 0;
	enum store_rc rc;

	while (!l.is_more && store_run_row(&r)) {
		if (l.count == f->max || steps++ == STORE_LOOK_STEPS) {
			l.is_more = true;
			break;
		}
		store_col_octets(&r, 0, l.last.b, sizeof(l.last.b));
		if (!store_col_int(&r, MATCH_COLUMN))
			continue;
		l.v = store_room(&r, a, l.v, l.count, sizeof(*l.v), &cap);
		if (!l.v)
			break;
		store_message_read(&r, a, &l.v[l.count++]);
	}
	rc = store_run_end(&r);
	for (size_t i = 0; rc == STORE_OK && i < l.count; i++)
		rc = store_recipients_read(s, a, &l.v[i]);
	if (rc == STORE_OK)
		*ret = l;
	return rc;
}

static enum store_rc count_all(struct store *s, const struct store_look_for *f, uint64_t *ret_count, bool *ret_is_more)
{
	struct store_run r = store_run_of(s, f->company ? STORE_SQL_MESSAGE_COUNT : STORE_SQL_MESSAGE_COUNT_ALL);
	struct store_id from = first_id(f->from);
	uint64_t count = 0;

	store_run_id(&r, f->company);
	store_run_blob(&r, id_octets(&from));
	store_run_int(&r, STORE_LOOK_STEPS + 1);
	if (store_run_row(&r))
		count = store_col_id(&r, 0);
	if (store_run_end(&r) == STORE_OK) {
		*ret_is_more = count > STORE_LOOK_STEPS;
		*ret_count = *ret_is_more ? STORE_LOOK_STEPS : count;
	}
	return r.rc;
}

enum store_rc store_message_count(struct store *s, const struct store_look_for *f, uint64_t *ret_count, bool *ret_is_more)
{
	struct store_look_for all = *f;
	struct bound b;
	struct store_run r;
	uint64_t count = 0;
	size_t steps = 0;

	all.before = NULL;
	if (f->status == STORE_LOOK_ALL && !f->text.n)
		return count_all(s, &all, ret_count, ret_is_more);
	r = look_run(s, &all, &b);
	while (store_run_row(&r) && steps++ < STORE_LOOK_STEPS)
		count += store_col_int(&r, MATCH_COLUMN) != 0;
	if (store_run_end(&r) == STORE_OK) {
		*ret_count = count;
		*ret_is_more = steps > STORE_LOOK_STEPS;
	}
	return r.rc;
}

/* --- deeds --------------------------------------------------------------------------------------------------- */

static enum store_rc message_of(struct store *s, uint64_t company, const struct store_id *id, int64_t *ret_content,
				struct zg_arena *a, struct zg_slice *ret_spool)
{
	struct store_run r = store_run_of(s, STORE_SQL_MESSAGE_OF);
	bool has_row;
	enum store_rc rc;

	store_run_blob(&r, id_octets(id));
	store_run_id(&r, company);
	has_row = store_run_row(&r);
	if (has_row) {
		*ret_content = store_col_int(&r, 0);
		if (a)
			*ret_spool = store_col_slice(&r, 1, a);
	}
	rc = store_run_end(&r);
	return rc == STORE_OK && !has_row ? store_note_own(s, STORE_NOT_FOUND, "no such message") : rc;
}

static enum store_rc run_id(struct store *s, enum store_sql which, const struct store_id *id, const int64_t *now)
{
	struct store_run r = store_run_of(s, which);
	enum store_rc rc;

	store_run_blob(&r, id_octets(id));
	if (now)
		store_run_int(&r, *now);
	rc = store_run_change(&r);
	return rc == STORE_NOT_FOUND ? STORE_OK : rc;	/* that there is none to change is no failure */
}

static const struct { enum store_sql sql; enum store_event_what what; } deeds[] = {
	[STORE_DEED_AGAIN] = { STORE_SQL_DO_AGAIN, STORE_EVENT_AGAIN }, [STORE_DEED_HOLD] = { STORE_SQL_DO_HOLD, STORE_EVENT_HELD },
	[STORE_DEED_RELEASE] = { STORE_SQL_DO_RELEASE, STORE_EVENT_RELEASED },
	[STORE_DEED_STOP] = { STORE_SQL_DO_STOP, STORE_EVENT_STOPPED },
};

static enum store_rc deed_do(struct store *s, const struct store_do *d, uint64_t *ret_count)
{
	struct store_run r;
	enum store_rc rc = d->deed == STORE_DEED_AGAIN ? run_id(s, STORE_SQL_EVENT_ENDED, &d->id, NULL) : STORE_OK;

	if (rc != STORE_OK)
		return rc;
	r = store_run_of(s, deeds[d->deed].sql);
	store_run_blob(&r, id_octets(&d->id));
	store_run_int(&r, d->now);
	rc = store_run_change(&r);
	if (rc == STORE_NOT_FOUND)
		return STORE_OK;
	*ret_count = rc == STORE_OK ? (uint64_t)sqlite3_changes64(s->db) : 0;
	if (rc == STORE_OK)
		rc = store_event_add(s, &d->id, &(struct store_event){ .at = d->now, .what = deeds[d->deed].what, .recipient = -1,
			.text = d->by });
	return rc;
}

static enum store_rc changes_tell(struct store *s)
{
	struct store_run r = store_run_of(s, STORE_SQL_CHANGES_QUEUE);

	return store_run_change(&r);
}

enum store_rc store_message_do(struct store *s, const struct store_do *d, uint64_t *ret_count)
{
	uint64_t count = 0;
	int64_t content = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK)
		rc = message_of(s, d->company, &d->id, &content, NULL, NULL);
	if (rc == STORE_OK && (content || d->deed != STORE_DEED_AGAIN))
		rc = deed_do(s, d, &count);
	if (rc == STORE_OK)
		rc = changes_tell(s);
	rc = store_leave(s, is_own, rc);
	if (rc == STORE_OK)
		*ret_count = count;
	return rc;
}

static enum store_rc content_remove(struct store *s, const struct store_id *id, int64_t content)
{
	enum store_rc rc = run_id(s, STORE_SQL_PURGE_CONTENT_OFF, id, NULL);
	struct store_run r;

	if (rc != STORE_OK)
		return rc;
	r = store_run_of(s, STORE_SQL_PURGE_CONTENT);
	store_run_int(&r, content);
	return store_run_change(&r);
}

enum store_rc store_message_remove(struct store *s, uint64_t company, const struct store_id *id, struct zg_arena *a,
				   struct zg_slice *ret_spool)
{
	struct zg_slice spool = ZG_S("");
	int64_t content = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK)
		rc = message_of(s, company, id, &content, a, &spool);
	if (rc == STORE_OK && content)
		rc = content_remove(s, id, content);
	if (rc == STORE_OK)
		rc = run_id(s, STORE_SQL_PURGE_RECIPIENTS, id, NULL);
	if (rc == STORE_OK)
		rc = run_id(s, STORE_SQL_PURGE_MESSAGE, id, NULL);
	if (rc == STORE_OK)
		rc = changes_tell(s);
	rc = store_leave(s, is_own, rc);
	if (rc == STORE_OK)
		*ret_spool = spool;
	return rc;
}

/* --- what is held -------------------------------------------------------------------------------------------- */

static void held_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct store_held *ret = row;

	*ret = (struct store_held){ store_col_slice(r, 0, a), store_col_slice(r, 1, a) };
}
static const struct store_reader helds = { held_read, sizeof(struct store_held) };

enum store_rc store_held_list(struct store *s, size_t max, struct zg_arena *a, struct store_held **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_HELD_LIST);
	struct store_rows rows;

	store_run_size(&r, max);
	rows = store_run_rows(&r, a, &helds);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}

static enum store_rc held_run(struct store *s, enum store_sql which, const struct store_held *h, int64_t now, size_t max)
{
	struct store_run r = store_run_of(s, which);
	enum store_rc rc;

	store_run_text(&r, h->from_domain);
	store_run_text(&r, h->seal);
	store_run_int(&r, now);
	store_run_size(&r, max);
	rc = store_run_change(&r);
	return rc == STORE_NOT_FOUND ? STORE_OK : rc;
}

enum store_rc store_held_release(struct store *s, const struct store_held *h, int64_t now, size_t max, uint64_t *ret_count)
{
	uint64_t count = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK)
		rc = held_run(s, STORE_SQL_HELD_EVENTS, h, now, max);
	if (rc == STORE_OK)
		count = (uint64_t)sqlite3_changes64(s->db);
	if (rc == STORE_OK)
		rc = held_run(s, STORE_SQL_HELD_RELEASE, h, now, max);
	if (rc == STORE_OK && count)
		rc = changes_tell(s);
	rc = store_leave(s, is_own, rc);
	if (rc == STORE_OK)
		*ret_count = count;
	return rc;
}
