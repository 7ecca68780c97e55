/* cmd_user.c - zegel user list, add, show, set, remove: who may sign in to the pages. */
#include "cmd/admin.h"
#include "cmd/input.h"
#include "cmd/json.h"
#include "cmd/listing.h"
#include "house/people.h"
#include "seal/seal.h"

static json_t *json_of(const struct store_user *v)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "address", cmd_json_text(v->address), "role",
		cmd_json_text(store_role_word(v->role)), "company", cmd_json_text(v->company_slug), "name", cmd_json_text(v->name),
		"has_password", v->password.n > 0, "has_totp", v->totp.n > 0, "created", cmd_json_time(v->created));
}

static int list(struct admin *a)
{
	struct store_user *v = NULL;
	struct listing l;
	size_t count = 0;
	uint64_t company = 0;
	int status = admin_company(a, &company);

	if (status == CMD_GOOD)
		status = admin_read(a, store_user_list(a->store, company ? company : STORE_EVERY, &a->c->arena, &v, &count));
	if (status != CMD_GOOD)
		return status;
	listing_begin(&l, a->c, "users", 5, count);
	for (size_t i = 0; i < count; i++) {
		if (listing_is_json(&l))
			listing_object(&l, json_of(&v[i]));
		else
			listing_cells(&l, (struct zg_slice[]){ v[i].address, store_role_word(v[i].role), v[i].company_slug, v[i].name,
				cmd_time(a->c, v[i].created) });
	}
	return listing_end(&l, WORD_USER_NONE);
}

static int found(struct admin *a, struct store_user *ret)
{
	struct zg_slice address = cmd_arg(a->c, 0);

	return admin_found(a, store_user_get(a->store, address, &a->c->arena, ret), HOUSE_NO_USER, address);
}

static int show(struct admin *a)
{
	struct store_user v = { .id = 0 };
	int status = found(a, &v);

	if (status != CMD_GOOD)
		return status;
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_of(&v), CMD_GOOD);
	cmd_say(a->c, WORD_USER_SHOW, v.address, store_role_word(v.role));
	cmd_say(a->c, WORD_SHOW_NAME, v.name, CMD_NOTHING);
	cmd_say(a->c, WORD_SHOW_CREATED, cmd_time(a->c, v.created), CMD_NOTHING);
	return CMD_GOOD;
}

static int role_read(struct cmd *c, enum store_role *ret)
{
	struct zg_slice word = cmd_value(c, CMD_OPT_ROLE);

	if (!cmd_has(c, CMD_OPT_ROLE) || store_role_read(word, ret) == 0)
		return CMD_GOOD;
	return cmd_fail(c, CMD_USAGE, ZG_S("--role"), WORD_USER_ROLE, word, CMD_NOTHING);
}

/* The password of --password-file; "" where it is not given. */
static int password_read(struct cmd *c, struct input *in, struct zg_slice *ret)
{
	*ret = CMD_NOTHING;
	if (seal_init() < 0)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	return cmd_has(c, CMD_OPT_PASSWORD_FILE) ? input_line(c, cmd_value(c, CMD_OPT_PASSWORD_FILE), in, ret) : CMD_GOOD;
}

static int tell_new(struct admin *a, const struct people_answer *r, bool is_invited)
{
	struct cmd *c = a->c;
	struct zg_slice link = !is_invited ? CMD_NOTHING : cmd_join(c, (struct zg_slice[]){ cmd_value(c, CMD_OPT_BASE_URL),
		ZG_S("/login/reset?ticket="), zg_slice_of(r->token.text, PEOPLE_TOKEN) }, 3);
	json_t *object;

	if (cmd_has(c, CMD_OPT_JSON)) {
		object = json_of(&r->user);
		if (object && is_invited && json_object_set_new(object, "link", cmd_json_text(link)) < 0) {
			json_decref(object);
			object = NULL;
		}
		return cmd_json_put(c, object, CMD_GOOD);
	}
	cmd_say(c, WORD_USER_ADDED, r->user.address, CMD_NOTHING);
	if (is_invited)
		cmd_say(c, WORD_USER_LINK, link, CMD_NOTHING);
	return CMD_GOOD;
}

static int add(struct admin *a, struct zg_slice password)
{
	struct people_new n = { .address = cmd_arg(a->c, 0), .name = cmd_value(a->c, CMD_OPT_NAME), .password = password,
		.role = STORE_READER };
	struct people_answer r;
	enum house_rc rc;
	int status = role_read(a->c, &n.role);

	if (status == CMD_GOOD)
		status = admin_company(a, &n.company);
	if (status == CMD_GOOD) {
		rc = people_user_add(&a->house, &n, &a->c->arena, &r);
		status = rc == HOUSE_OK ? tell_new(a, &r, !n.password.n) :
			admin_fail_house(a, rc, rc == HOUSE_NO_COMPANY ? ZG_S("--company") : n.address);
	}
	return status;
}

/* Name and role, then the password, each a change of its own. */
static enum house_rc change(struct admin *a, struct store_user *u, struct zg_slice password)
{
	struct people_answer r;
	enum house_rc rc = HOUSE_OK;

	if (cmd_has(a->c, CMD_OPT_NAME))
		u->name = cmd_value(a->c, CMD_OPT_NAME);
	if (cmd_has(a->c, CMD_OPT_NAME) || cmd_has(a->c, CMD_OPT_ROLE))
		rc = people_user_set(&a->house, u);
	if (rc == HOUSE_OK && password.n)
		rc = people_user_password(&a->house, u->company, u->id, password, &r);
	return rc;
}

static int set(struct admin *a, struct zg_slice password)
{
	struct store_user u = { .id = 0 };
	enum house_rc rc;
	int status = found(a, &u);

	if (status == CMD_GOOD)
		status = role_read(a->c, &u.role);
	if (status == CMD_GOOD) {
		rc = change(a, &u, password);
		if (rc != HOUSE_OK)
			status = admin_fail_house(a, rc, u.address);
		else if (cmd_has(a->c, CMD_OPT_JSON))
			status = show(a);
		else
			cmd_say(a->c, WORD_USER_CHANGED, u.address, CMD_NOTHING);
	}
	return status;
}

static int remove_user(struct admin *a)
{
	struct store_user u = { .id = 0 };
	enum house_rc rc;
	int status = found(a, &u);

	if (status != CMD_GOOD)
		return status;
	rc = people_user_remove(&a->house, u.company, u.id);
	return rc == HOUSE_OK ? admin_removed(a, WORD_USER_REMOVED, u.address) : admin_fail_house(a, rc, u.address);
}

/* The file is read with the caller's own rights, before those of the relay are taken on. */
static int run_with_password(struct cmd *c, int (*run)(struct admin *a, struct zg_slice password))
{
	struct input in = { .n = 0 };
	struct zg_slice password;
	struct admin a;
	int status = password_read(c, &in, &password);

	if (status == CMD_GOOD) {
		status = admin_open(c, STORE_WRITE, &a);
		if (status == CMD_GOOD)
			status = run(&a, password);
		admin_close(&a);
	}
	input_done(&in);
	return status;
}

int cmd_user_list(struct cmd *c)
{
	return admin_run(c, STORE_READ, list);
}

int cmd_user_add(struct cmd *c)
{
	return run_with_password(c, add);
}

int cmd_user_show(struct cmd *c)
{
	return admin_run(c, STORE_READ, show);
}

int cmd_user_set(struct cmd *c)
{
	return run_with_password(c, set);
}

int cmd_user_remove(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, remove_user);
}
