/* cmd_domain.c - zegel domain list, add, show, remove. */
#include "cmd/admin.h"
#include "cmd/json.h"
#include "cmd/listing.h"
#include "cmd/names.h"

static json_t *json_of(const struct store_domain *v)
{
	return json_pack("{s:o, s:o, s:o}", "domain", cmd_json_text(v->name), "company", cmd_json_text(v->company_slug),
		"created", cmd_json_time(v->created));
}

static int list(struct admin *a)
{
	struct store_domain *v = NULL;
	struct listing l;
	size_t count = 0;
	uint64_t company = 0;
	int status = admin_company(a, &company);

	if (status == CMD_GOOD)
		status = admin_read(a, store_domain_list(a->store, company, &a->c->arena, &v, &count));
	if (status != CMD_GOOD)
		return status;
	listing_begin(&l, a->c, "domains", 3, count);
	for (size_t i = 0; i < count; i++) {
		if (listing_is_json(&l))
			listing_object(&l, json_of(&v[i]));
		else
			listing_cells(&l, (struct zg_slice[]){ v[i].name, v[i].company_slug, cmd_time(a->c, v[i].created) });
	}
	return listing_end(&l, WORD_DOMAIN_NONE);
}

static int get(struct admin *a, struct zg_slice name, struct store_domain *ret)
{
	return admin_found(a, store_domain_get(a->store, name, &a->c->arena, ret), HOUSE_NO_DOMAIN, name);
}

static int show(struct admin *a)
{
	struct zg_slice name = CMD_NOTHING;
	struct store_domain d = { .id = 0 };
	int status = names_domain(a->c, cmd_arg(a->c, 0), &name);

	if (status == CMD_GOOD)
		status = get(a, name, &d);
	if (status != CMD_GOOD)
		return status;
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_of(&d), CMD_GOOD);
	cmd_say(a->c, WORD_DOMAIN_SHOW, d.name, d.company_slug);
	cmd_say(a->c, WORD_SHOW_CREATED, cmd_time(a->c, d.created), CMD_NOTHING);
	return CMD_GOOD;
}

static int add(struct admin *a)
{
	struct zg_slice company = cmd_value(a->c, CMD_OPT_COMPANY), name = CMD_NOTHING;
	struct store_domain d = { .id = 0 };
	enum house_rc rc;
	int status = names_domain(a->c, cmd_arg(a->c, 0), &name);

	if (status != CMD_GOOD)
		return status;
	rc = house_domain_add(&a->house, company, name);
	if (rc != HOUSE_OK)
		return admin_fail_house(a, rc, rc == HOUSE_NO_COMPANY ? company : name);
	if (cmd_has(a->c, CMD_OPT_JSON)) {
		status = get(a, name, &d);
		return status == CMD_GOOD ? cmd_json_put(a->c, json_of(&d), CMD_GOOD) : status;
	}
	cmd_say(a->c, WORD_DOMAIN_ADDED, name, company);
	return CMD_GOOD;
}

static int remove_domain(struct admin *a)
{
	struct zg_slice name = CMD_NOTHING;
	enum house_rc rc;
	int status = names_domain(a->c, cmd_arg(a->c, 0), &name);

	if (status != CMD_GOOD)
		return status;
	rc = house_domain_remove(&a->house, name);
	return rc == HOUSE_OK ? admin_removed(a, WORD_DOMAIN_REMOVED, name) : admin_fail_house(a, rc, name);
}

int cmd_domain_list(struct cmd *c)
{
	return admin_run(c, STORE_READ, list);
}

int cmd_domain_add(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, add);
}

int cmd_domain_show(struct cmd *c)
{
	return admin_run(c, STORE_READ, show);
}

int cmd_domain_remove(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, remove_domain);
}
