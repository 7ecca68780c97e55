/* cmd_credential.c - zegel credential list, add, show, remove: how an application signs in.  The password is shown
 * once. */
#include <errno.h>
#include <signal.h>
#include "cmd/admin.h"
#include "cmd/json.h"
#include "cmd/listing.h"

static json_t *json_of(const struct store_credential *v)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "user", cmd_json_text(v->user), "company", cmd_json_text(v->company_slug),
		"name", cmd_json_text(v->name), "created", cmd_json_time(v->created));
}

static int list(struct admin *a)
{
	struct store_credential *v = NULL;
	struct listing l;
	size_t count = 0;
	uint64_t company = 0;
	int status = admin_company(a, &company);

	if (status == CMD_GOOD)
		status = admin_read(a, store_credential_list(a->store, company, &a->c->arena, &v, &count));
	if (status != CMD_GOOD)
		return status;
	listing_begin(&l, a->c, "credentials", 4, count);
	for (size_t i = 0; i < count; i++) {
		if (listing_is_json(&l))
			listing_object(&l, json_of(&v[i]));
		else
			listing_cells(&l, (struct zg_slice[]){ v[i].user, v[i].company_slug, v[i].name, cmd_time(a->c, v[i].created) });
	}
	return listing_end(&l, WORD_CREDENTIAL_NONE);
}

static int show(struct admin *a)
{
	struct zg_slice user = cmd_arg(a->c, 0);
	struct store_credential v = { .id = 0 };
	int status = admin_found(a, store_credential_get(a->store, user, &a->c->arena, &v), HOUSE_NO_CREDENTIAL, user);

	if (status != CMD_GOOD)
		return status;
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_of(&v), CMD_GOOD);
	cmd_say(a->c, WORD_CREDENTIAL_SHOW, v.user, v.company_slug);
	cmd_say(a->c, WORD_SHOW_NAME, v.name, CMD_NOTHING);
	cmd_say(a->c, WORD_SHOW_CREATED, cmd_time(a->c, v.created), CMD_NOTHING);
	return CMD_GOOD;
}

static int tell_new(struct cmd *c, const struct store_credential *v, struct zg_slice company, struct zg_slice password)
{
	if (cmd_has(c, CMD_OPT_JSON))
		return cmd_json_put(c, json_pack("{s:o, s:o, s:o, s:o}", "user", cmd_json_text(v->user), "password",
			cmd_json_text(password), "company", cmd_json_text(company), "name", cmd_json_text(v->name)), CMD_GOOD);
	cmd_say(c, WORD_CREDENTIAL_USER, v->user, CMD_NOTHING);
	cmd_say(c, WORD_CREDENTIAL_PASSWORD, password, CMD_NOTHING);
	cmd_say(c, WORD_CREDENTIAL_ONCE, CMD_NOTHING, CMD_NOTHING);
	return CMD_GOOD;
}

/* The password reached nobody, and nobody can ever learn it: its credential goes again. */
static int take_back(struct admin *a, struct zg_slice user, int error)
{
	enum house_rc rc = house_credential_remove(&a->house, user);

	return cmd_fail_errno(a->c, CMD_UNDECIDED, CMD_NOTHING, rc == HOUSE_OK ? WORD_CREDENTIAL_UNTOLD : WORD_CREDENTIAL_LEFT,
		error, user);
}

static int add(struct admin *a)
{
	struct zg_slice company = cmd_value(a->c, CMD_OPT_COMPANY), name = cmd_value(a->c, CMD_OPT_NAME),
		password = CMD_NOTHING;
	struct store_credential v = { .id = 0 };
	enum house_rc rc = house_credential_add(&a->house, company, name.n ? name : company, &a->c->arena, &v, &password);
	int status;

	if (rc != HOUSE_OK)
		return admin_fail_house(a, rc, company);
	status = tell_new(a->c, &v, company, password);
	if (status == CMD_GOOD && cmd_flush() == 0)
		return CMD_GOOD;
	return take_back(a, v.user, status == CMD_GOOD ? errno : ENOMEM);
}

static int remove_credential(struct admin *a)
{
	struct zg_slice user = cmd_arg(a->c, 0);
	enum house_rc rc = house_credential_remove(&a->house, user);

	return rc == HOUSE_OK ? admin_removed(a, WORD_CREDENTIAL_REMOVED, user) : admin_fail_house(a, rc, user);
}

int cmd_credential_list(struct cmd *c)
{
	return admin_run(c, STORE_READ, list);
}

int cmd_credential_add(struct cmd *c)
{
	(void)signal(SIGPIPE, SIG_IGN);		/* a reader that is gone is an error to act on; SIGPIPE can be ignored */
	return admin_run(c, STORE_WRITE, add);
}

int cmd_credential_show(struct cmd *c)
{
	return admin_run(c, STORE_READ, show);
}

int cmd_credential_remove(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, remove_credential);
}
