/* sealed.c - do the data keys that the database holds open with the master key that a vault has?
 *
 * The vault is asked to wrap each anew; what it answers with is forgotten, and nothing is changed. */
#include "house/change.h"
#include "vault/vault_call.h"

#define PAGE 16u			/* data keys at a time */
#define ANSWER_MEMORY (VAULT_CALL_SEAL_MAX + 4096u)	/* of one request and its answer */

/* A data key belongs to the company alone; domain and selector are there because every request has them. */
static enum house_rc dek_try(int vault, const struct store_company *c, char *mem, bool *ret)
{
	const struct vault_request r = {
		.kind = VAULT_REWRAP, .serial = (uint32_t)c->id, .sealed_dek = c->sealed_dek,
		.owner = { .company = c->id, .domain = ZG_S("all.invalid"), .selector = ZG_S("all") },
	};
	struct vault_answer answer;
	struct zg_arena a;

	zg_arena_init_fixed(&a, mem, ANSWER_MEMORY);
	if (vault_call_sync(vault, &r, &a, &answer) < 0 || (answer.code != VAULT_OK && answer.code != VAULT_WRONG_KEY))
		return HOUSE_VAULT;
	*ret = answer.code == VAULT_OK;
	return HOUSE_OK;
}

static enum house_rc page_try(int vault, const struct store_company *v, size_t count, bool every, char *mem,
			      struct house_sealed *s)
{
	bool is_open = false;
	enum house_rc rc = HOUSE_OK;

	for (size_t i = 0; i < count && (every || !is_open); i++) {
		rc = dek_try(vault, &v[i], mem, &is_open);
		if (rc != HOUSE_OK)
			break;
		if (!is_open && s->tried == s->opened)
			s->closed = v[i].slug;
		s->tried++;
		s->opened += is_open;
	}
	return rc;
}

enum house_rc house_sealed_try(struct store *s, int vault, bool every, struct zg_arena *a, struct house_sealed *ret)
{
	struct house_sealed sealed = { .tried = 0 };
	struct store_company *v = NULL;
	uint64_t after = 0;
	size_t count = PAGE;
	char *mem = NULL;
	enum house_rc rc = HOUSE_OK;

	while (rc == HOUSE_OK && count == PAGE && (every || !after)) {
		rc = house_of_store(store_company_sealed(s, after, PAGE, a, &v, &count), HOUSE_STORE);
		if (rc != HOUSE_OK || !count)
			break;
		mem = mem ? mem : zg_arena_bytes(a, ANSWER_MEMORY);
		rc = mem ? page_try(vault, v, count, every, mem, &sealed) : HOUSE_NO_MEMORY;
		after = v[count - 1].id;
	}
	if (rc == HOUSE_OK)
		*ret = sealed;
	return rc;
}
