/* key.c - keys made or sealed by the vault, and kept.
 *
 *   read the order -> reserve an id -> ask the vault -> begin -> read again -> the same data key: keep, retire, commit
 *                          ^                                        |
 *                          +---- another data key: roll back -------+
 *
 * The vault is asked outside a transaction, since it may take a second.  Two that ask for a company's
 * first key at once get two data keys; only one may stay, or what is sealed under the other can never
 * be opened.  So the second one asks again. */
#include <string.h>
#include "base/b64.h"
#include "base/secret.h"
#include "base/time.h"
#include "house/change.h"
#include "vault/vault_call.h"

#define SEED_SIZE 32u	/* octets of an Ed25519 seed, and of the public half */
#define SEED_TEXT_MAX 64u
#define TRIES 3u	/* the data key changes once in a company's life, and with the master key */

struct order {
	const struct house_key_new *n;
	struct zg_arena *a;
	struct store_domain domain;
	struct store_company company;
	struct zg_slice selector;
	struct store_key key;		/* as it will be kept */
	struct zg_slice sealed_dek;	/* new, or empty */
	unsigned retired;
};

static enum house_rc selector_is_free(struct house *h, struct order *o, struct zg_slice selector)
{
	struct store_key k;
	enum house_rc rc = house_of_store(store_key_get(h->store, o->domain.name, selector, o->a, &k), HOUSE_NO_KEY);

	return rc == HOUSE_OK ? HOUSE_EXISTS : rc == HOUSE_NO_KEY ? HOUSE_OK : rc;
}

/* "z202611", and when that is taken "z202611a" to "z202611z". */
static enum house_rc selector_choose(struct house *h, struct order *o)
{
	struct zg_time t = zg_time_of_unix(h->actor.now);
	struct zg_buf b = zg_buf_of(zg_arena_bytes(o->a, 16), 16);
	enum house_rc rc;

	if (!b.p)
		return HOUSE_NO_MEMORY;
	zg_buf_putc(&b, 'z');
	zg_buf_put_pad(&b, (uint64_t)t.year, 4);
	zg_buf_put_pad(&b, (uint64_t)t.month, 2);
	o->selector = zg_buf_slice(&b);
	rc = selector_is_free(h, o, o->selector);
	for (char c = 'a'; rc == HOUSE_EXISTS && c <= 'z'; c++) {
		b.n = o->selector.n;
		zg_buf_putc(&b, c);
		rc = selector_is_free(h, o, zg_buf_slice(&b));
	}
	o->selector = zg_buf_slice(&b);
	return rc;
}

static enum house_rc order_read(struct house *h, struct order *o)
{
	enum house_rc rc = house_domain_find(h, o->n->domain, o->a, &o->domain);

	if (rc == HOUSE_OK)
		rc = house_company_find(h, o->domain.company_slug, o->a, &o->company);
	if (rc != HOUSE_OK)
		return rc;
	if (!o->n->selector.n && !o->selector.n)
		return selector_choose(h, o);
	if (!o->selector.n)
		o->selector = house_selector_read(o->n->selector, o->domain.name, o->a);
	if (!o->selector.n)
		return o->a->is_full ? HOUSE_NO_MEMORY : HOUSE_BAD_SELECTOR;
	return selector_is_free(h, o, o->selector);
}

static enum house_rc answer_refuse(struct house *h, unsigned code)
{
	h->vault_code = code;
	return HOUSE_VAULT;
}

/* The vault's answer as a row; its slices are the arena's. */
static enum house_rc answer_take(struct house *h, struct order *o, const struct vault_answer *answer)
{
	if (answer->code == VAULT_KEY_TEXT && answer->detail > ZG_KEYTEXT_OK && answer->detail <= ZG_KEYTEXT_PART) {
		h->keytext = (enum zg_keytext)answer->detail;
		h->keytext_number = answer->bits;
		return HOUSE_KEY_TEXT;
	}
	if (answer->code != VAULT_OK)
		return answer_refuse(h, answer->code);
	if (!answer->sealed_key.n || !answer->public_key.n || (o->company.sealed_dek.n == 0) != (answer->sealed_dek.n != 0))
		return answer_refuse(h, VAULT_FAILED);	/* what it says makes no key */
	o->key.type = answer->type;
	o->key.bits = answer->bits;
	o->key.sealed = answer->sealed_key;
	o->key.public_key = answer->public_key;
	o->sealed_dek = answer->sealed_dek;
	return HOUSE_OK;
}

static struct vault_request request_of(const struct order *o)
{
	struct vault_request r = {
		.kind = VAULT_SEAL, .sealed_dek = o->company.sealed_dek, .text = o->n->text, .passphrase = o->n->passphrase,
		.serial = (uint32_t)o->key.id,	/* unlike those before it on this channel */
		.owner = { o->company.id, o->key.id, o->key.version, o->domain.name, o->selector },
	};

	if (o->n->text.n)
		return r;
	r.kind = VAULT_MAKE;
	r.passphrase = ZG_S("");
	r.type = o->n->type;
	r.bits = o->n->bits ? o->n->bits : HOUSE_KEY_BITS;
	return r;
}

/* As seal/keygen.h has it: to say so is better than to let the vault fail. */
static bool is_makeable(const struct vault_request *r)
{
	if (r->type == ZG_KEY_ED25519)
		return true;
	return r->type == ZG_KEY_RSA && r->bits >= 2048 && r->bits <= 4096 && r->bits % 256 == 0;
}

static enum house_rc vault_ask(struct house *h, struct order *o)
{
	struct vault_request r;
	struct vault_answer answer;
	uint64_t id;
	enum house_rc rc = house_of_store(store_key_reserve(h->store, &id), HOUSE_STORE);

	if (rc != HOUSE_OK)
		return rc;
	o->key = (struct store_key){
		.id = id, .company = o->company.id, .domain_id = o->domain.id, .domain = o->domain.name,
		.company_slug = o->company.slug, .selector = o->selector, .version = 1, .is_made_here = !o->n->text.n,
		.state = STORE_KEY_ACTIVE, .created = h->actor.now,
	};
	r = request_of(o);
	if (r.kind == VAULT_MAKE && !is_makeable(&r))
		return answer_refuse(h, VAULT_BAD_REQUEST);
	if (h->vault < 0 || vault_call_sync(h->vault, &r, o->a, &answer) < 0)
		return o->a->is_full ? HOUSE_NO_MEMORY : answer_refuse(h, VAULT_FAILED);
	return answer_take(h, o, &answer);
}

/* What signed until now, of the same kind, signs no more. */
static enum house_rc others_retire(struct house *h, struct order *o)
{
	struct store_key *keys;
	size_t count;
	enum house_rc rc = house_of_store(store_key_list(h->store, o->domain.id, o->a, &keys, &count), HOUSE_STORE);

	o->retired = 0;
	for (size_t i = 0; rc == HOUSE_OK && i < count; i++) {
		if (keys[i].id == o->key.id || keys[i].type != o->key.type || keys[i].state != STORE_KEY_ACTIVE)
			continue;
		o->retired++;
		rc = house_of_store(store_key_set_state(h->store, o->company.id, keys[i].id, STORE_KEY_RETIRED), HOUSE_STORE);
	}
	return rc;
}

static enum house_rc key_keep(struct house *h, struct order *o)
{
	enum house_rc rc = HOUSE_OK;

	if (o->sealed_dek.n)
		rc = house_of_store(store_company_set_dek(h->store, o->company.id, o->sealed_dek), HOUSE_NO_COMPANY);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_key_add(h->store, &o->key), HOUSE_NO_DOMAIN);
	return rc == HOUSE_OK ? others_retire(h, o) : rc;
}

/* 32 octets of base64 may be the public half of an Ed25519 key, which looks like a seed.  Where it is one of the keys
 * here, that can be told. */
static enum house_rc text_try(struct house *h, struct order *o)
{
	unsigned char mem[SEED_SIZE];
	struct zg_slice text = zg_slice_trim(o->n->text), seed;
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct store_key *keys = NULL;
	size_t count = 0;
	enum house_rc rc = HOUSE_OK;

	if (text.n <= SEED_TEXT_MAX && zg_b64_decode_fws(text, &b) == 0 && b.n == SEED_SIZE)
		rc = house_of_store(store_key_list(h->store, 0, o->a, &keys, &count), HOUSE_STORE);
	seed = zg_buf_slice(&b);
	for (size_t i = 0; rc == HOUSE_OK && i < count; i++)
		if (keys[i].type == ZG_KEY_ED25519 && zg_slice_eq(keys[i].public_key, seed))
			rc = HOUSE_KEY_TEXT;
	zg_secret_wipe_bytes(mem, sizeof(mem));
	if (rc == HOUSE_KEY_TEXT) {
		h->keytext = ZG_KEYTEXT_PUBLIC;
		h->keytext_number = 0;
	}
	return rc;
}

/* HOUSE_OK: a transaction is open, and all but the audit line stands in it. */
static enum house_rc key_add(struct house *h, struct order *o)
{
	enum house_rc rc = order_read(h, o);

	if (rc == HOUSE_OK)
		rc = text_try(h, o);
	for (unsigned i = 0; rc == HOUSE_OK && i < TRIES; i++) {
		struct zg_slice asked = o->company.sealed_dek;

		rc = vault_ask(h, o);
		if (rc == HOUSE_OK)
			rc = house_change_begin(h);
		if (rc == HOUSE_OK)
			rc = order_read(h, o);
		if (rc != HOUSE_OK)
			return rc;
		if (zg_slice_eq(asked, o->company.sealed_dek) && o->key.domain_id == o->domain.id)
			return key_keep(h, o);
		store_rollback(h->store);
	}
	return rc == HOUSE_OK ? answer_refuse(h, VAULT_FAILED) : rc;
}

static struct zg_slice key_tell(struct zg_buf *b, const struct order *o)
{
	zg_buf_put(b, ZG_S("key "));
	zg_buf_put_uint(b, o->key.id);
	zg_buf_put(b, ZG_S(", selector "));
	zg_buf_put(b, o->key.selector);
	zg_buf_put(b, o->key.type == ZG_KEY_RSA ? ZG_S(", rsa ") : ZG_S(", ed25519 "));
	zg_buf_put_uint(b, o->key.bits);
	zg_buf_put(b, ZG_S(", retired "));
	zg_buf_put_uint(b, o->retired);
	return zg_buf_slice(b);
}

enum house_rc house_key_add(struct house *h, const struct house_key_new *n, struct zg_arena *a, struct store_key *ret)
{
	char mem[400];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct order o = { .n = n, .a = a };
	struct house_line line = { .what = n->text.n ? ZG_S("key.import") : ZG_S("key.add"), .object = n->domain };
	enum house_rc rc = key_add(h, &o);

	if (rc == HOUSE_OK) {
		line.object = o.domain.name;
		line.detail = key_tell(&b, &o);
	}
	rc = house_change_end(h, rc, &line);
	if (rc == HOUSE_OK)
		*ret = o.key;
	return rc;
}

static enum house_rc key_remove(struct house *h, struct zg_slice domain, struct zg_slice selector, uint64_t *ret_id)
{
	char mem[HOUSE_MEMORY + HOUSE_KEY_ROW];
	struct zg_arena a;
	struct store_domain d;
	struct store_key k;
	enum house_rc rc = house_change_begin(h);

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (rc == HOUSE_OK)
		rc = house_domain_find(h, domain, &a, &d);
	if (rc != HOUSE_OK)
		return rc;
	selector = house_selector_read(selector, d.name, &a);
	if (!selector.n)
		return HOUSE_BAD_SELECTOR;
	rc = house_of_store(store_key_get(h->store, d.name, selector, &a, &k), HOUSE_NO_KEY);
	if (rc != HOUSE_OK)
		return rc;
	*ret_id = k.id;
	return house_of_store(store_key_remove(h->store, k.company, k.id), HOUSE_NO_KEY);
}

enum house_rc house_key_remove(struct house *h, struct zg_slice domain, struct zg_slice selector)
{
	char mem[400];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct house_line line = { .what = ZG_S("key.remove"), .object = domain };
	uint64_t id = 0;
	enum house_rc rc = key_remove(h, domain, selector, &id);

	zg_buf_put(&b, ZG_S("key "));
	zg_buf_put_uint(&b, id);
	zg_buf_put(&b, ZG_S(", selector "));
	zg_buf_put(&b, selector);	/* a refused one may be too long: then the detail is empty */
	line.detail = zg_buf_slice(&b);
	return house_change_end(h, rc, &line);
}
