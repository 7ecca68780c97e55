/* store_sqlite_mail.c - messages, their recipients, and what becomes of them. */
#include "store/store_sqlite.h"

static struct zg_slice id_octets(const struct store_id *id)
{
	return zg_slice_of(id->b, sizeof(id->b));
}

static enum store_rc content_add(struct store *s, const struct store_message *m, int64_t *ret_n)
{
	struct store_run r = store_run_of(s, STORE_SQL_CONTENT_ADD);
	enum store_rc rc;

	store_run_text(&r, m->spool);
	store_run_blob(&r, m->head);
	store_run_blob(&r, m->body);
	rc = store_run_change(&r);
	if (rc == STORE_OK)
		*ret_n = sqlite3_last_insert_rowid(s->db);
	return rc;
}

static enum store_rc message_add(struct store *s, const struct store_message *m, int64_t content)
{
	struct store_run r = store_run_of(s, STORE_SQL_MESSAGE_ADD);

	store_run_blob(&r, id_octets(&m->id));
	store_run_id(&r, m->company);
	store_run_int(&r, m->created);
	store_run_text(&r, m->sender);
	store_run_text(&r, m->from_domain);
	store_run_int(&r, m->flags);
	store_run_id(&r, m->size);
	store_run_int(&r, content);
	store_run_text(&r, zg_slice_sub(m->subject, 0, STORE_SUBJECT_MAX));
	store_run_text(&r, m->app);
	store_run_text(&r, m->client);
	store_run_text(&r, m->tls);
	store_run_text(&r, m->seal);
	return store_run_change(&r);
}

enum store_rc store_event_add(struct store *s, const struct store_id *id, const struct store_event *e)
{
	struct store_run r = store_run_of(s, STORE_SQL_EVENT_ADD);
	enum store_rc rc;

	store_run_blob(&r, id_octets(id));
	store_run_int(&r, e->at);
	store_run_int(&r, e->what);
	store_run_int(&r, e->recipient);
	store_run_int(&r, e->state);
	store_run_int(&r, e->attempt);
	store_run_int(&r, e->code);
	store_run_text(&r, e->enhanced);
	store_run_text(&r, e->text);
	store_run_text(&r, e->server);
	store_run_text(&r, e->tls);
	rc = store_run_change(&r);
	return rc == STORE_NOT_FOUND ? STORE_OK : rc;	/* there are so many that one more tells nothing */
}

/* What an attempt changes, in the order both statements have it. */
static void outcome_bind(struct store_run *r, const struct store_recipient *o)
{
	store_run_int(r, o->state);
	store_run_int(r, o->next_at);
	store_run_int(r, o->attempts);
	store_run_int(r, o->code);
	store_run_text(r, o->enhanced);
	store_run_text(r, o->text);
	store_run_int(r, o->changed);
}

static enum store_rc recipient_add(struct store *s, const struct store_id *id, size_t n,
				   const struct store_recipient *o)
{
	struct store_run r = store_run_of(s, STORE_SQL_RECIPIENT_ADD);

	store_run_blob(&r, id_octets(id));
	store_run_size(&r, n);
	store_run_text(&r, o->address);
	outcome_bind(&r, o);
	return store_run_change(&r);
}

enum store_rc store_put(struct store *s, const struct store_message *m)
{
	int64_t content = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK)
		rc = content_add(s, m, &content);
	if (rc == STORE_OK)
		rc = message_add(s, m, content);
	for (size_t n = 0; rc == STORE_OK && n < m->count; n++)
		rc = recipient_add(s, &m->id, n, &m->recipients[n]);
	if (rc == STORE_OK && m->count && m->recipients[0].state == STORE_HELD)
		rc = store_event_add(s, &m->id, &(struct store_event){ .at = m->created, .what = STORE_EVENT_HELD, .recipient = -1,
			.text = m->recipients[0].text });
	return store_leave(s, is_own, rc);
}

static enum store_rc finish(struct store *s, const struct store_outcome *o)
{
	struct store_run r = store_run_of(s, STORE_SQL_RECIPIENT_FINISH);

	store_run_blob(&r, id_octets(&o->id));
	store_run_int(&r, o->n);
	outcome_bind(&r, &o->now);
	store_run_text(&r, o->now.server);
	store_run_text(&r, o->now.tls);
	return store_run_change(&r);
}

enum store_rc store_finish(struct store *s, const struct store_outcome *o)
{
	const struct store_recipient *now = &o->now;
	bool is_own;
	enum store_rc rc;

	if (now->state != STORE_QUEUED)
		return finish(s, o);
	rc = store_enter(s, &is_own);
	if (rc == STORE_OK)
		rc = finish(s, o);
	if (rc == STORE_OK)
		rc = store_event_add(s, &o->id, &(struct store_event){ .at = now->changed, .what = STORE_EVENT_DEFERRED,
			.recipient = (int)o->n, .attempt = now->attempts, .code = now->code, .enhanced = now->enhanced,
			.text = now->text, .server = now->server, .tls = now->tls });
	return store_leave(s, is_own, rc);
}

static void recipient_read(struct store_run *r, struct zg_arena *a, struct store_recipient *ret)
{
	*ret = (struct store_recipient){
		.address = store_col_slice(r, 0, a), .state = (enum store_state)store_col_int(r, 1),
		.next_at = store_col_int(r, 2), .attempts = store_col_uint(r, 3), .code = store_col_uint(r, 4),
		.enhanced = store_col_slice(r, 5, a), .text = store_col_slice(r, 6, a), .changed = store_col_int(r, 7),
		.since = store_col_int(r, 8), .server = store_col_slice(r, 9, a), .tls = store_col_slice(r, 10, a),
	};
}

enum store_rc store_recipients_read(struct store *s, struct zg_arena *a, struct store_message *m)
{
	struct store_run r = store_run_of(s, STORE_SQL_RECIPIENT_LIST);
	struct store_recipient *list = NULL;
	size_t count = 0, cap = 0;

	store_run_blob(&r, id_octets(&m->id));
	while (store_run_row(&r)) {
		list = store_room(&r, a, list, count, sizeof(*list), &cap);
		if (!list)
			break;
		recipient_read(&r, a, &list[count++]);
	}
	m->recipients = list;
	m->count = count;
	return store_run_end(&r);
}

void store_message_read(struct store_run *r, struct zg_arena *a, struct store_message *ret)
{
	*ret = (struct store_message){
		.company = store_col_id(r, 1), .created = store_col_int(r, 2), .sender = store_col_slice(r, 3, a),
		.from_domain = store_col_slice(r, 4, a), .flags = store_col_uint(r, 5), .size = store_col_id(r, 6),
		.subject = store_col_slice(r, 7, a), .app = store_col_slice(r, 8, a), .client = store_col_slice(r, 9, a),
		.tls = store_col_slice(r, 10, a), .seal = store_col_slice(r, 11, a),
	};
	store_col_octets(r, 0, ret->id.b, sizeof(ret->id.b));
}

enum store_rc store_message_get(struct store *s, const struct store_id *id, struct zg_arena *a,
				struct store_message *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_MESSAGE_GET);
	struct store_message m = { 0 };
	bool has_row;
	enum store_rc rc;

	store_run_blob(&r, id_octets(id));
	has_row = store_run_row(&r);
	if (has_row) {
		store_message_read(&r, a, &m);
		m.head = store_col_slice(&r, 12, a);
		m.body = store_col_slice(&r, 13, a);
		m.spool = store_col_slice(&r, 14, a);
	}
	rc = store_run_end(&r);
	if (rc == STORE_OK && !has_row)
		return store_note_own(s, STORE_NOT_FOUND, "no such message");
	if (rc == STORE_OK)
		rc = store_recipients_read(s, a, &m);
	if (rc == STORE_OK)
		*ret = m;
	return rc;
}

enum store_rc store_due_list(struct store *s, const struct store_id *after, size_t max,
			     struct zg_arena *a, struct store_due **ret,
			     size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_DUE_LIST);
	struct store_due *list = NULL;
	size_t count = 0, cap = 0;

	store_run_blob(&r, after ? id_octets(after) : ZG_S(""));
	store_run_size(&r, max);
	while (store_run_row(&r)) {
		list = store_room(&r, a, list, count, sizeof(*list), &cap);
		if (!list)
			break;
		store_col_octets(&r, 0, list[count].id.b, sizeof(list[count].id.b));
		list[count++].next_at = store_col_int(&r, 1);
	}
	if (store_run_end(&r) == STORE_OK) {
		*ret = list;
		*ret_count = count;
	}
	return r.rc;
}

enum store_rc store_message_list(struct store *s, int state, size_t max, struct zg_arena *a,
				 struct store_message **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, state < 0 ? STORE_SQL_MESSAGE_LIST : state == STORE_QUEUED ?
					  STORE_SQL_MESSAGE_LIST_QUEUED : STORE_SQL_MESSAGE_LIST_STATE);
	struct store_message *list = NULL;
	size_t count = 0, cap = 0;
	enum store_rc rc;

	store_run_size(&r, max);
	if (state > STORE_QUEUED)
		store_run_int(&r, state);
	while (store_run_row(&r)) {
		list = store_room(&r, a, list, count, sizeof(*list), &cap);
		if (!list)
			break;
		store_message_read(&r, a, &list[count++]);
	}
	rc = store_run_end(&r);
	for (size_t i = 0; rc == STORE_OK && i < count; i++)
		rc = store_recipients_read(s, a, &list[i]);
	if (rc == STORE_OK) {
		*ret = list;
		*ret_count = count;
	}
	return rc;
}

static enum store_rc message_has(struct store *s, const struct store_id *id)
{
	struct store_run r = store_run_of(s, STORE_SQL_MESSAGE_HAS);
	bool has_row;
	enum store_rc rc;

	store_run_blob(&r, id_octets(id));
	has_row = store_run_row(&r);
	rc = store_run_end(&r);
	return rc == STORE_OK && !has_row ? store_note_own(s, STORE_NOT_FOUND, "no such message") : rc;
}

static enum store_rc make_due(struct store *s, const struct store_id *id, int64_t now, uint64_t *ret_count)
{
	struct store_run r = store_run_of(s, id ? STORE_SQL_RECIPIENT_RETRY : STORE_SQL_RECIPIENT_RETRY_ALL);
	enum store_rc rc;

	if (id)
		store_run_blob(&r, id_octets(id));
	store_run_int(&r, now);
	rc = store_run_change(&r);
	*ret_count = rc == STORE_OK ? (uint64_t)sqlite3_changes64(s->db) : 0;
	return rc == STORE_NOT_FOUND ? STORE_OK : rc;	/* a message of which none waits is no failure */
}

enum store_rc store_retry(struct store *s, const struct store_id *id, int64_t now, uint64_t *ret_count)
{
	struct store_run r;
	uint64_t count = 0;
	bool is_own;
	enum store_rc rc = store_enter(s, &is_own);

	if (rc == STORE_OK && id)
		rc = message_has(s, id);
	if (rc == STORE_OK)
		rc = make_due(s, id, now, &count);
	if (rc == STORE_OK) {
		r = store_run_of(s, STORE_SQL_CHANGES_QUEUE);
		rc = store_run_change(&r);
	}
	rc = store_leave(s, is_own, rc);
	if (rc == STORE_OK)
		*ret_count = count;
	return rc;
}

enum store_rc store_spool_has(struct store *s, struct zg_slice spool, bool *ret)
{
	struct store_run r = store_run_of(s, STORE_SQL_SPOOL_HAS);
	bool has_row;

	store_run_text(&r, spool);
	has_row = store_run_row(&r);
	if (store_run_end(&r) == STORE_OK)
		*ret = has_row;
	return r.rc;
}

static void spool_read(struct store_run *r, struct zg_arena *a, void *row)
{
	struct zg_slice *ret = row;

	*ret = store_col_slice(r, 0, a);
}
static const struct store_reader spools = { spool_read, sizeof(struct zg_slice) };

enum store_rc store_spool_list(struct store *s, struct zg_slice after, size_t max, struct zg_arena *a,
			       struct zg_slice **ret, size_t *ret_count)
{
	struct store_run r = store_run_of(s, STORE_SQL_SPOOL_LIST);
	struct store_rows rows;

	store_run_text(&r, after);
	store_run_size(&r, max);
	rows = store_run_rows(&r, a, &spools);
	if (r.rc == STORE_OK) {
		*ret = rows.v;
		*ret_count = rows.count;
	}
	return r.rc;
}
