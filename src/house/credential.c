/* credential.c - how applications authenticate.  The password is made here, shown once, and kept as a hash. */
#include <string.h>
#include "base/secret.h"
#include "house/change.h"
#include "seal/token.h"

#define TAIL 6u		/* characters behind the slug in a user name: 30 random bits */
#define TRIES 8u	/* for a user name that nobody has */

/* "<slug>-<6 characters>", one that nobody has. */
static enum house_rc user_choose(struct house *h, struct zg_slice slug, struct zg_arena *a, struct zg_slice *ret)
{
	size_t cap = slug.n + 1 + TAIL;
	char *p = zg_arena_bytes(a, cap);
	enum house_rc rc = HOUSE_EXISTS;

	if (!p)
		return HOUSE_NO_MEMORY;
	for (unsigned i = 0; rc == HOUSE_EXISTS && i < TRIES; i++) {
		struct zg_buf b = zg_buf_of(p, cap);
		struct store_credential other;
		char token[TOKEN_TEXT];

		token_make(token);
		zg_buf_put(&b, slug);
		zg_buf_putc(&b, '-');
		zg_buf_put(&b, zg_slice_of(token, TAIL));
		*ret = zg_buf_slice(&b);
		rc = house_of_store(store_credential_get(h->store, *ret, a, &other), HOUSE_NO_CREDENTIAL);
		rc = rc == HOUSE_OK ? HOUSE_EXISTS : rc;
	}
	return rc == HOUSE_NO_CREDENTIAL ? HOUSE_OK : rc;
}

static enum house_rc credential_add(struct house *h, struct zg_slice company, struct zg_slice name, struct zg_arena *a,
				    struct store_credential *c, char *password)
{
	struct store_company owner;
	enum house_rc rc;

	if (!house_name_is_valid(name))
		return HOUSE_BAD_NAME;
	rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = house_company_find(h, company, a, &owner);
	if (rc != HOUSE_OK)
		return rc;
	*c = (struct store_credential){
		.company = owner.id, .company_slug = owner.slug, .name = zg_arena_dup(a, name), .created = h->actor.now,
	};
	rc = user_choose(h, owner.slug, a, &c->user);
	if (rc != HOUSE_OK || a->is_full)
		return rc != HOUSE_OK ? rc : HOUSE_NO_MEMORY;
	token_make(password);
	token_hash(zg_slice_of(password, TOKEN_TEXT), c->hash);
	return house_of_store(store_credential_add(h->store, c, &c->id), HOUSE_NO_COMPANY);
}

enum house_rc house_credential_add(struct house *h, struct zg_slice company, struct zg_slice name, struct zg_arena *a,
				   struct store_credential *ret, struct zg_slice *ret_password)
{
	struct house_line line = { .what = ZG_S("credential.add"), .object = company };
	struct store_credential c = { 0 };
	char *password = zg_arena_bytes(a, TOKEN_TEXT);
	enum house_rc rc = password ? credential_add(h, company, name, a, &c, password) : HOUSE_NO_MEMORY;

	line.detail = c.user;
	rc = house_change_end(h, rc, &line);
	if (rc == HOUSE_OK) {
		*ret = c;
		*ret_password = zg_slice_of(password, TOKEN_TEXT);
	} else if (password) {
		zg_secret_wipe_bytes(password, TOKEN_TEXT);
	}
	return rc;
}

static enum house_rc credential_remove(struct house *h, struct zg_slice user)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_credential c;
	enum house_rc rc = house_change_begin(h);

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (rc == HOUSE_OK)
		rc = house_of_store(store_credential_get(h->store, user, &a, &c), HOUSE_NO_CREDENTIAL);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_credential_remove(h->store, c.company, c.id), HOUSE_NO_CREDENTIAL);
	return rc;
}

enum house_rc house_credential_remove(struct house *h, struct zg_slice user)
{
	struct house_line line = { .what = ZG_S("credential.remove"), .object = user };

	return house_change_end(h, credential_remove(h, user), &line);
}

enum house_rc house_login(struct store *s, struct zg_slice user, struct zg_slice password,
			  struct zg_arena *a, struct store_credential *ret)
{
	struct store_credential c = { 0 };	/* an unknown user's hash is of no password, and takes as long to compare */
	enum house_rc rc = house_of_store(store_credential_get(s, user, a, &c), HOUSE_NO_CREDENTIAL);
	bool is_right;

	if (rc != HOUSE_OK && rc != HOUSE_NO_CREDENTIAL)
		return rc;
	is_right = token_is(password, c.hash);
	if (rc != HOUSE_OK || !is_right)
		return HOUSE_NO_CREDENTIAL;
	*ret = c;
	return HOUSE_OK;
}
