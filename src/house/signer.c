/* signer.c - who signs for a From domain: itself, or the nearest domain above it. */
#include "house/change.h"

static enum house_rc domain_nearest(struct store *s, struct zg_slice from, struct zg_arena *a, struct store_domain *ret)
{
	enum house_rc rc = HOUSE_NO_DOMAIN;

	while (from.n && rc == HOUSE_NO_DOMAIN) {
		rc = house_of_store(store_domain_get(s, from, a, ret), HOUSE_NO_DOMAIN);
		from = zg_slice_sub(from, zg_slice_find(from, '.') + 1, from.n);
	}
	return rc;
}

/* Keeps the active keys of the domain's own company, those of RSA first. */
static size_t keys_order(struct store_key *keys, size_t count, uint64_t company)
{
	size_t kept = 0, rsa = 0;

	for (size_t i = 0; i < count; i++) {
		struct store_key k = keys[i];

		if (k.state != STORE_KEY_ACTIVE || k.company != company)
			continue;
		keys[kept] = k;
		if (k.type == ZG_KEY_RSA) {
			keys[kept] = keys[rsa];
			keys[rsa++] = k;
		}
		kept++;
	}
	return kept;
}

enum house_rc house_signer_find(struct store *s, struct zg_slice from_domain, struct zg_arena *a,
				struct house_signer *ret)
{
	struct store_domain d;
	struct store_company c;
	struct store_key *keys;
	size_t count;
	enum house_rc rc = domain_nearest(s, from_domain, a, &d);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_company_get(s, d.company_slug, a, &c), HOUSE_NO_DOMAIN);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_key_list(s, d.id, a, &keys, &count), HOUSE_STORE);
	if (rc != HOUSE_OK)
		return rc;
	if (c.id != d.company)
		return HOUSE_NO_DOMAIN;	/* removed and made anew between the two reads */
	*ret = (struct house_signer){
		.company = c.id, .company_slug = c.slug, .domain = d.name, .sealed_dek = c.sealed_dek, .keys = keys,
		.count = keys_order(keys, count, c.id), .domain_id = d.id, .is_foreign = d.is_foreign,
	};
	return HOUSE_OK;
}
