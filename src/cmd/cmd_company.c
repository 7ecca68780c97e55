/* cmd_company.c - zegel company list, add, show, remove. */
#include "cmd/admin.h"
#include "cmd/json.h"
#include "cmd/listing.h"

static json_t *json_of(const struct store_company *v)
{
	return json_pack("{s:o, s:o, s:b, s:o}", "slug", cmd_json_text(v->slug), "name", cmd_json_text(v->name), "has_keys",
		v->sealed_dek.n > 0, "created", cmd_json_time(v->created));
}

static int list(struct admin *a)
{
	struct store_company *v = NULL;
	struct listing l;
	size_t count = 0;
	int status = admin_read(a, store_company_list(a->store, &a->c->arena, &v, &count));

	if (status != CMD_GOOD)
		return status;
	listing_begin(&l, a->c, "companies", 3, count);
	for (size_t i = 0; i < count; i++) {
		if (listing_is_json(&l))
			listing_object(&l, json_of(&v[i]));
		else
			listing_cells(&l, (struct zg_slice[]){ v[i].slug, v[i].name, cmd_time(a->c, v[i].created) });
	}
	return listing_end(&l, WORD_COMPANY_NONE);
}

static int show_company(struct admin *a, struct zg_slice slug)
{
	struct store_company v = { .id = 0 };
	int status = admin_found(a, store_company_get(a->store, slug, &a->c->arena, &v), HOUSE_NO_COMPANY, slug);

	if (status != CMD_GOOD)
		return status;
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_of(&v), CMD_GOOD);
	cmd_say(a->c, WORD_COMPANY_SHOW, v.slug, v.name);
	cmd_say(a->c, WORD_SHOW_CREATED, cmd_time(a->c, v.created), CMD_NOTHING);
	return CMD_GOOD;
}

static int add(struct admin *a)
{
	struct zg_slice slug = cmd_arg(a->c, 0), name = cmd_value(a->c, CMD_OPT_NAME);
	enum house_rc rc = house_company_add(&a->house, slug, name.n ? name : slug);

	if (rc != HOUSE_OK)
		return admin_fail_house(a, rc, slug);
	if (cmd_has(a->c, CMD_OPT_JSON))
		return show_company(a, slug);
	cmd_say(a->c, WORD_COMPANY_ADDED, slug, CMD_NOTHING);
	return CMD_GOOD;
}

static int show(struct admin *a)
{
	return show_company(a, cmd_arg(a->c, 0));
}

static int remove_company(struct admin *a)
{
	struct zg_slice slug = cmd_arg(a->c, 0);
	enum house_rc rc = house_company_remove(&a->house, slug);

	return rc == HOUSE_OK ? admin_removed(a, WORD_COMPANY_REMOVED, slug) : admin_fail_house(a, rc, slug);
}

int cmd_company_list(struct cmd *c)
{
	return admin_run(c, STORE_READ, list);
}

int cmd_company_add(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, add);
}

int cmd_company_show(struct cmd *c)
{
	return admin_run(c, STORE_READ, show);
}

int cmd_company_remove(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, remove_company);
}
