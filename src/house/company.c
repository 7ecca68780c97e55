/* company.c - companies, and what may be a slug or a name. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "house/change.h"

#define SLUG_MAX 40u	/* octets; interface.md names companies by it in configuration and user names */

bool house_slug_is_valid(struct zg_slice slug)
{
	if (!slug.n || slug.n > SLUG_MAX || slug.p[0] == '-' || slug.p[slug.n - 1] == '-')
		return false;
	for (size_t i = 0; i < slug.n; i++)
		if (!zg_ascii_is_alnum(slug.p[i]) && slug.p[i] != '-')
			return false;
		else if (zg_ascii_is_upper(slug.p[i]))
			return false;
	return true;
}

bool house_name_is_valid(struct zg_slice name)
{
	if (name.n > HOUSE_NAME_MAX || !zg_utf8_is_valid(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (zg_ascii_is_cntrl(name.p[i]))
			return false;
	return true;
}

enum house_rc house_company_find(struct house *h, struct zg_slice slug, struct zg_arena *a, struct store_company *ret)
{
	return house_of_store(store_company_get(h->store, slug, a, ret), HOUSE_NO_COMPANY);
}

static enum house_rc company_add(struct house *h, struct zg_slice slug, struct zg_slice name)
{
	struct store_company c = { .slug = slug, .name = name.n ? name : slug, .created = h->actor.now };
	enum house_rc rc;
	uint64_t id;

	if (!house_slug_is_valid(slug))
		return HOUSE_BAD_SLUG;
	if (!house_name_is_valid(name))
		return HOUSE_BAD_NAME;
	rc = house_change_begin(h);
	if (rc != HOUSE_OK)
		return rc;
	return house_of_store(store_company_add(h->store, &c, &id), HOUSE_STORE);
}

enum house_rc house_company_add(struct house *h, struct zg_slice slug, struct zg_slice name)
{
	struct house_line line = { ZG_S("company.add"), slug, name };

	return house_change_end(h, company_add(h, slug, name), &line);
}

static enum house_rc company_remove(struct house *h, struct zg_slice slug)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_company c;
	enum house_rc rc = house_change_begin(h);

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (rc == HOUSE_OK)
		rc = house_company_find(h, slug, &a, &c);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_company_remove(h->store, c.id), HOUSE_NO_COMPANY);
	return rc == HOUSE_EXISTS ? HOUSE_IN_USE : rc;
}

enum house_rc house_company_remove(struct house *h, struct zg_slice slug)
{
	struct house_line line = { .what = ZG_S("company.remove"), .object = slug };

	return house_change_end(h, company_remove(h, slug), &line);
}
