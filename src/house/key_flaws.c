/* key_flaws.c - keys held against each other.
 *
 * First by the product of all others, which says whether any shares a prime; only then one by one, which says who. */
#include "house/key_flaws.h"

static bool is_same_key(const struct store_key *a, const struct store_key *b)
{
	return a->type == b->type && zg_slice_eq(a->public_key, b->public_key);
}

/* Another company's before another domain's.  What was renewed at the same domain is no other. */
static void look_for_twin(const struct store_key *k, const struct store_key *others, size_t count, struct house_flaws *ret)
{
	for (size_t i = 0; i < count && !(ret->flaws & ZG_FLAW_BIT(ZG_FLAW_SHARED)); i++) {
		const struct store_key *o = &others[i];

		if (o->id == k->id || o->domain_id == k->domain_id || !is_same_key(k, o))
			continue;
		ret->flaws |= ZG_FLAW_BIT(o->company == k->company ? ZG_FLAW_TWICE : ZG_FLAW_SHARED);
		ret->twin = o->domain;
	}
	if (ret->flaws & ZG_FLAW_BIT(ZG_FLAW_SHARED))
		ret->flaws &= ~ZG_FLAW_BIT(ZG_FLAW_TWICE);
}

/* Does k share a prime with any of these?  1, 0, or -1 without memory. */
static int is_kin(const struct store_key *k, const struct store_key *others, size_t count)
{
	struct zg_kin kin;
	int rc = zg_kin_init(&kin, k->public_key);

	for (size_t i = 0; rc == 0 && i < count; i++)
		if (others[i].type == ZG_KEY_RSA)
			(void)zg_kin_add(&kin, others[i].public_key);	/* the same key was looked for by its octets */
	if (rc == 0)
		rc = zg_kin_judge(&kin);
	zg_kin_done(&kin);
	return rc;
}

static int look_for_kin(const struct store_key *k, const struct store_key *others, size_t count, struct house_flaws *ret)
{
	int rc = is_kin(k, others, count);

	for (size_t i = 0; rc > 0 && i < count; i++) {
		int one = others[i].type == ZG_KEY_RSA ? is_kin(k, &others[i], 1) : 0;

		if (one < 0)
			return -1;
		if (one == 0)
			continue;
		ret->flaws |= ZG_FLAW_BIT(ZG_FLAW_FACTOR);
		ret->kin = others[i].domain;
		return 0;
	}
	return rc < 0 ? -1 : 0;
}

int house_key_flaws(struct zg_prober *p, const struct store_key *k, const struct store_key *others, size_t count,
		    bool has_kin, struct house_flaws *ret)
{
	struct house_flaws f = { .flaws = 0 };
	int own = zg_prober_flaws(p, (enum zg_key_type)k->type, k->public_key);

	if (own < 0)
		return -1;
	f.flaws = (unsigned)own;
	look_for_twin(k, others, count, &f);
	/* A small prime is likely to be in another's modulus too, and says all there is to say. */
	if (has_kin && k->type == ZG_KEY_RSA && !(f.flaws & ZG_FLAW_BIT(ZG_FLAW_SMALL_FACTOR)) &&
	    look_for_kin(k, others, count, &f) < 0)
		return -1;
	*ret = f;
	return 0;
}
