/* cmd_queue.c - zegel queue list, show, retry, hold, release, delete.
 *
 * show puts the mail's octets, and nothing else, on standard output; what became of it stands on standard error. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/ascii.h"
#include "cmd/admin.h"
#include "cmd/json.h"
#include "cmd/listing.h"
#include "queue/ready.h"

#define LIST_DEFAULT 100u
#define LIST_MAX 100000u
#define BLOCK 65536u

static struct zg_slice id_text(struct cmd *c, const struct store_id *id)
{
	char text[STORE_ID_TEXT];

	store_id_write(id, text);
	return zg_arena_dup(&c->arena, zg_slice_of(text, sizeof(text)));
}

static json_t *recipient_json(const struct store_recipient *r)
{
	return json_pack("{s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o}", "address", cmd_json_text(r->address), "state",
		cmd_json_text(store_state_word(r->state)), "next_at", r->state == STORE_QUEUED ? cmd_json_time(r->next_at) :
		json_null(), "attempts", (int)r->attempts, "code", (int)r->code, "enhanced", cmd_json_text(r->enhanced), "text",
		cmd_json_text(r->text), "changed", cmd_json_time(r->changed));
}

static struct zg_slice company_slug(const struct store_company *v, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (v[i].id == id)
			return v[i].slug;
	return CMD_NOTHING;
}

struct companies { struct store_company *v; size_t count; };

static json_t *message_json(struct cmd *c, const struct store_message *m, const struct companies *all)
{
	struct zg_slice slug = company_slug(all->v, all->count, m->company);
	json_t *list = json_array();

	for (size_t i = 0; i < m->count; i++)
		if (json_array_append_new(list, recipient_json(&m->recipients[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:o}", "id", cmd_json_text(id_text(c, &m->id)), "created",
		cmd_json_time(m->created), "company", slug.n ? cmd_json_text(slug) : json_null(), "sender", cmd_json_text(m->sender),
		"from_domain", cmd_json_text(m->from_domain), "size", (json_int_t)m->size, "is_signed",
		(m->flags & STORE_SIGNED) != 0, "recipients", list);
}

static enum lang_word state_word(enum store_state s)
{
	static const enum lang_word words[] = {
		[STORE_QUEUED] = WORD_QUEUE_QUEUED, [STORE_DELIVERED] = WORD_QUEUE_DELIVERED, [STORE_REFUSED] = WORD_QUEUE_REFUSED,
		[STORE_CAPTURED] = WORD_QUEUE_CAPTURED, [STORE_EXPIRED] = WORD_QUEUE_EXPIRED,
		[STORE_HELD] = WORD_QUEUE_HELD, [STORE_STOPPED] = WORD_QUEUE_STOPPED,
	};

	return words[s];
}

/* A row for each recipient. */
static void add_cells(struct listing *l, const struct store_message *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct store_recipient *r = &m->recipients[i];

		listing_cells(l, (struct zg_slice[]){ i ? ZG_S("") : id_text(l->c, &m->id), i ? ZG_S("") : cmd_time(l->c, m->created),
			lang_text(l->c->lang, state_word(r->state)), r->address, r->text });
	}
}

/* The state of that word, or -1. */
static int state_of(struct zg_slice word)
{
	for (enum store_state s = STORE_QUEUED; s <= STORE_STOPPED; s++)
		if (zg_slice_eq(store_state_word(s), word))
			return (int)s;
	return -1;
}

/* --only is a state.  --state is the folder with every verb; one that is called as a state is must be meant so. */
static int check_states(struct cmd *c)
{
	if (cmd_has(c, CMD_OPT_ONLY) && state_of(cmd_value(c, CMD_OPT_ONLY)) < 0)
		return cmd_fail(c, CMD_USAGE, ZG_S("--only"), WORD_QUEUE_ONLY, CMD_NOTHING, CMD_NOTHING);
	if (state_of(cmd_value(c, CMD_OPT_STATE)) >= 0)
		return cmd_fail(c, CMD_USAGE, ZG_S("--state"), WORD_QUEUE_STATE, cmd_value(c, CMD_OPT_STATE), CMD_NOTHING);
	return CMD_GOOD;
}

static int list(struct admin *a)
{
	struct companies all = { .count = 0 };
	struct store_message *v = NULL;
	struct listing l;
	size_t count = 0, rows = 0;
	uint64_t max = 0;
	int status = cmd_number(a->c, CMD_OPT_MAX, 1, LIST_MAX, LIST_DEFAULT, &max);
	enum store_rc rc;

	if (status != CMD_GOOD)
		return status;
	rc = store_company_list(a->store, &a->c->arena, &all.v, &all.count);
	if (rc == STORE_OK)
		rc = store_message_list(a->store, state_of(cmd_value(a->c, CMD_OPT_ONLY)), (size_t)max, &a->c->arena, &v, &count);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	for (size_t i = 0; i < count; i++)
		rows += v[i].count;
	listing_begin(&l, a->c, "messages", 5, rows);
	for (size_t i = 0; i < count; i++) {
		if (listing_is_json(&l))
			listing_object(&l, message_json(a->c, &v[i], &all));
		else
			add_cells(&l, &v[i]);
	}
	return listing_end(&l, WORD_QUEUE_NONE);
}

/* Octets to standard output; on a terminal, controls that are no line end or tab are replaced, unless --raw. */
static void put_octets(const struct cmd *c, char *p, size_t n)
{
	bool is_raw = cmd_has(c, CMD_OPT_RAW) || !isatty(STDOUT_FILENO);

	for (size_t i = 0; i < n && !is_raw; i++)
		if (zg_ascii_is_cntrl(p[i]) && p[i] != '\n' && p[i] != '\t' && p[i] != '\r')
			p[i] = '?';
	cmd_put(zg_slice_of(p, n));
}

static void put_slice(const struct cmd *c, struct zg_slice s)
{
	char block[4096];

	for (size_t at = 0; at < s.n; at += sizeof(block)) {
		struct zg_slice piece = zg_slice_sub(s, at, sizeof(block));

		for (size_t i = 0; i < piece.n; i++)
			block[i] = piece.p[i];
		put_octets(c, block, piece.n);
	}
}

/* Opens the file below the state folder in which the text of m lies; nothing is said of a mail that is not whole. */
static int text_open(struct admin *a, const struct store_message *m, struct zg_slice path, int *ret)
{
	struct stat st = { .st_size = 0 };
	int fd = open(cmd_cstr(a->c, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), error = errno;

	if (fd < 0)
		return cmd_fail_errno(a->c, CMD_UNUSABLE, path, error == ENOENT ? WORD_QUEUE_TEXT_GONE : WORD_INPUT_READ, error,
			CMD_NOTHING);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && m->head.n + (uint64_t)st.st_size == m->size) {
		*ret = fd;
		return CMD_GOOD;
	}
	(void)close(fd);	/* nothing was done with it */
	return cmd_fail(a->c, CMD_UNUSABLE, path, WORD_QUEUE_TEXT_LENGTH, cmd_num(a->c, (uint64_t)st.st_size),
		cmd_num(a->c, m->size - m->head.n));
}

static int put_file(struct admin *a, struct zg_slice path, int fd)
{
	char block[BLOCK];
	ssize_t n = 1;
	int error = 0;

	while (n > 0) {
		n = read(fd, block, sizeof(block));
		error = errno;
		if (n > 0)
			put_octets(a->c, block, (size_t)n);
	}
	(void)close(fd);	/* it was only read */
	return n < 0 ? cmd_fail_errno(a->c, CMD_UNUSABLE, path, WORD_INPUT_READ, error, CMD_NOTHING) : CMD_GOOD;
}

/* The mail as it leaves, or would have left. */
static int put_mail(struct admin *a, const struct store_message *m)
{
	struct zg_slice path = cmd_join(a->c, (struct zg_slice[]){ a->settings.conf.state, ZG_S("/spool/"), m->spool }, 3);
	int status = CMD_GOOD, fd = -1;

	if (!m->head.n)		/* retention took head and text; every mail has a head */
		return cmd_fail(a->c, CMD_UNUSABLE, cmd_arg(a->c, 0), WORD_QUEUE_NO_TEXT, CMD_NOTHING, CMD_NOTHING);
	if (m->spool.n)
		status = text_open(a, m, path, &fd);
	if (status != CMD_GOOD)
		return status;
	put_slice(a->c, m->head);
	if (fd >= 0)
		return put_file(a, path, fd);
	put_slice(a->c, m->body);
	return CMD_GOOD;
}

/* What the next hop said, or what went wrong on the way to it: "450 4.2.0 come back later". */
static struct zg_slice reply_text(struct cmd *c, const struct store_recipient *r)
{
	bool has_code = r->code != 0;

	return cmd_join(c, (struct zg_slice[]){ has_code ? cmd_num(c, r->code) : ZG_S(""), has_code ? ZG_S(" ") : ZG_S(""), r->enhanced,
		r->enhanced.n ? ZG_S(" ") : ZG_S(""), r->text }, 5);
}

/* What became of it, for people, behind the mail. */
static void tell(struct cmd *c, const struct store_message *m)
{
	(void)fflush(stdout);	/* a failure stays with the stream, and the end of the run looks */
	cmd_tell(c, WORD_QUEUE_TOLD, (struct zg_slice[]){ id_text(c, &m->id), cmd_time(c, m->created), m->sender,
		cmd_num(c, m->size) }, 4);
	for (size_t i = 0; i < m->count; i++) {
		const struct store_recipient *r = &m->recipients[i];
		bool is_waiting = r->state == STORE_QUEUED;
		struct zg_slice reply = reply_text(c, r);

		cmd_tell(c, is_waiting ? WORD_QUEUE_TOLD_WAITS : WORD_QUEUE_TOLD_FINAL, (struct zg_slice[]){ r->address,
			lang_text(c->lang, state_word(r->state)), cmd_time(c, is_waiting ? r->next_at : r->changed), cmd_num(c, r->attempts),
			cmd_join(c, (struct zg_slice[]){ reply.n ? ZG_S("; ") : ZG_S(""), reply }, 2) }, 5);
	}
}

static int read_id(struct admin *a, struct store_id *ret)
{
	if (store_id_read(cmd_arg(a->c, 0), ret) == 0)
		return CMD_GOOD;
	return cmd_fail(a->c, CMD_USAGE, cmd_arg(a->c, 0), WORD_QUEUE_BAD_ID, CMD_NOTHING, CMD_NOTHING);
}

static int show(struct admin *a)
{
	struct companies all = { .count = 0 };
	struct store_message m = { .count = 0 };
	struct store_id id;
	enum store_rc rc;
	int status = read_id(a, &id);

	if (status != CMD_GOOD)
		return status;
	rc = store_message_get(a->store, &id, &a->c->arena, &m);
	if (rc == STORE_NOT_FOUND)
		return cmd_fail(a->c, CMD_UNUSABLE, cmd_arg(a->c, 0), WORD_QUEUE_NO_MESSAGE, CMD_NOTHING, CMD_NOTHING);
	if (rc == STORE_OK)
		rc = store_company_list(a->store, &a->c->arena, &all.v, &all.count);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, message_json(a->c, &m, &all), CMD_GOOD);
	status = put_mail(a, &m);
	if (!cmd_has(a->c, CMD_OPT_RAW))
		tell(a->c, &m);
	return status;
}

static int retry(struct admin *a)
{
	bool is_one = a->c->args_count > 0;
	struct store_id id;
	uint64_t count = 0;
	enum store_rc rc;
	int status = is_one ? read_id(a, &id) : CMD_GOOD;

	if (status != CMD_GOOD)
		return status;
	rc = store_retry(a->store, is_one ? &id : NULL, a->house.actor.now, &count);
	if (rc == STORE_NOT_FOUND)
		return cmd_fail(a->c, CMD_UNUSABLE, cmd_arg(a->c, 0), WORD_QUEUE_NO_MESSAGE, CMD_NOTHING, CMD_NOTHING);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_pack("{s:I}", "retried", (json_int_t)count), CMD_GOOD);
	cmd_say(a->c, WORD_QUEUE_RETRIED, cmd_num(a->c, count), CMD_NOTHING);
	return CMD_GOOD;
}

static int no_message(struct admin *a)
{
	return cmd_fail(a->c, CMD_UNUSABLE, cmd_arg(a->c, 0), WORD_QUEUE_NO_MESSAGE, CMD_NOTHING, CMD_NOTHING);
}

static int deed(struct admin *a, enum store_deed what)
{
	struct store_do d = { .deed = what, .by = a->house.actor.who, .now = a->house.actor.now };
	uint64_t count = 0;
	enum store_rc rc;
	int status = read_id(a, &d.id);

	if (status != CMD_GOOD)
		return status;
	rc = store_message_do(a->store, &d, &count);
	if (rc == STORE_NOT_FOUND)
		return no_message(a);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (!count)
		return cmd_fail(a->c, CMD_UNUSABLE, cmd_arg(a->c, 0), WORD_QUEUE_NONE_DONE, CMD_NOTHING, CMD_NOTHING);
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_pack("{s:I}", "recipients", (json_int_t)count), CMD_GOOD);
	cmd_say(a->c, WORD_QUEUE_DONE, cmd_num(a->c, count), CMD_NOTHING);
	return CMD_GOOD;
}

static int hold(struct admin *a)
{
	return deed(a, STORE_DEED_HOLD);
}

/* Does it wait for its domain, and not for a person? */
static bool is_domain_held(const struct store_message *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->recipients[i].state == STORE_HELD && !zg_slice_eq(m->recipients[i].text, STORE_HOLD_PERSON))
			return true;
	return false;
}

static int release(struct admin *a)
{
	struct store_message m;
	struct store_id id;
	bool is_right = false;
	enum store_rc rc;
	int status = read_id(a, &id);

	if (status != CMD_GOOD)
		return status;
	rc = store_message_get(a->store, &id, &a->c->arena, &m);
	if (rc == STORE_NOT_FOUND)
		return no_message(a);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (is_domain_held(&m) && (ready_seal(a->store, m.seal, &is_right) != HOUSE_OK || !is_right))
		return cmd_fail(a->c, CMD_UNUSABLE, m.from_domain, WORD_QUEUE_NOT_READY, CMD_NOTHING, CMD_NOTHING);
	return deed(a, STORE_DEED_RELEASE);
}

/* A file that stays, since it could not be removed, goes at the next start: no row names it. */
static int delete_mail(struct admin *a)
{
	struct zg_slice spool = ZG_S(""), id_given = cmd_arg(a->c, 0);
	struct store_id id;
	enum store_rc rc;
	int status = read_id(a, &id);

	if (status != CMD_GOOD)
		return status;
	rc = store_message_remove(a->store, 0, &id, &a->c->arena, &spool);
	if (rc == STORE_NOT_FOUND)
		return no_message(a);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (spool.n)
		(void)unlink(cmd_cstr(a->c, cmd_join(a->c, (struct zg_slice[]){ a->settings.conf.state, ZG_S("/spool/"), spool }, 3)));
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_pack("{s:o}", "removed", cmd_json_text(id_given)), CMD_GOOD);
	cmd_say(a->c, WORD_QUEUE_REMOVED, id_given, CMD_NOTHING);
	return CMD_GOOD;
}

int cmd_queue_delete(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, delete_mail);
}

int cmd_queue_hold(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, hold);
}

int cmd_queue_release(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, release);
}

int cmd_queue_list(struct cmd *c)
{
	int status = check_states(c);

	return status == CMD_GOOD ? admin_run(c, STORE_READ, list) : status;
}

int cmd_queue_show(struct cmd *c)
{
	return admin_run(c, STORE_READ, show);
}

int cmd_queue_retry(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, retry);
}
