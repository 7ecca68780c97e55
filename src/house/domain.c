/* domain.c - signing domains: A-labels, letters, digits and hyphens, two labels at least (RFC 6376 3.5, d=). */
#include <zegel/address.h>
#include "base/ascii.h"
#include "house/change.h"

/* RFC 5321 4.1.2: a sub-domain begins and ends with a letter or digit, and holds no underscore. */
static bool is_signing_domain(struct zg_slice d)
{
	size_t labels = 1, last = 0;

	for (size_t i = 0; i < d.n; i++) {
		bool is_edge = i == 0 || i + 1 == d.n || d.p[i - 1] == '.' || d.p[i + 1] == '.';

		if (d.p[i] == '.') {
			labels++;
			last = i + 1;
		} else if (!zg_ascii_is_alnum(d.p[i]) && (d.p[i] != '-' || is_edge)) {
			return false;
		}
	}
	for (size_t i = last; i < d.n; i++)
		if (!zg_ascii_is_digit(d.p[i]))
			return labels > 1;
	return false;	/* an address such as 192.0.2.1, or nothing */
}

struct zg_slice house_domain_read(struct zg_slice text, struct zg_arena *a)
{
	struct zg_slice d = zg_address_domain(zg_slice_trim(text), a);

	return is_signing_domain(d) ? d : (struct zg_slice){ NULL, 0 };
}

enum house_rc house_domain_find(struct house *h, struct zg_slice text, struct zg_arena *a, struct store_domain *ret)
{
	struct zg_slice name = house_domain_read(text, a);

	if (!name.n)
		return a->is_full ? HOUSE_NO_MEMORY : HOUSE_BAD_DOMAIN;
	return house_of_store(store_domain_get(h->store, name, a, ret), HOUSE_NO_DOMAIN);
}

static enum house_rc domain_add(struct house *h, struct zg_slice company, struct zg_slice domain)
{
	char mem[2 * HOUSE_MEMORY];
	struct zg_arena a;
	struct store_company c;
	struct store_domain d;
	uint64_t id;
	enum house_rc rc = house_change_begin(h);

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (rc == HOUSE_OK)
		rc = house_company_find(h, company, &a, &c);
	if (rc == HOUSE_OK)
		rc = house_domain_find(h, domain, &a, &d);
	if (rc == HOUSE_OK)
		return d.company == c.id ? HOUSE_EXISTS : HOUSE_OTHER_COMPANY;
	if (rc != HOUSE_NO_DOMAIN)
		return rc;
	d = (struct store_domain){ .company = c.id, .name = house_domain_read(domain, &a), .created = h->actor.now };
	return house_of_store(store_domain_add(h->store, &d, &id), HOUSE_NO_COMPANY);
}

enum house_rc house_domain_add(struct house *h, struct zg_slice company, struct zg_slice domain)
{
	struct house_line line = { ZG_S("domain.add"), domain, company };

	return house_change_end(h, domain_add(h, company, domain), &line);
}

static enum house_rc domain_remove(struct house *h, struct zg_slice domain)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_domain d;
	enum house_rc rc = house_change_begin(h);

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (rc == HOUSE_OK)
		rc = house_domain_find(h, domain, &a, &d);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_domain_remove(h->store, d.company, d.id), HOUSE_NO_DOMAIN);
	return rc == HOUSE_EXISTS ? HOUSE_IN_USE : rc;
}

enum house_rc house_domain_remove(struct house *h, struct zg_slice domain)
{
	struct house_line line = { .what = ZG_S("domain.remove"), .object = domain };

	return house_change_end(h, domain_remove(h, domain), &line);
}
