/* vault_work.c - the four requests: make, seal, rewrap, sign.
 *
 * A private key is sealed under the data key of its company, with its owner as associated data; the data key is sealed
 * under the master key, with the company as associated data.  What was moved to another row does not open.
 * A signature is given only for what the block itself says: its d= and s= are the owner's, and From is d='s. */
#include <string.h>
#include <zegel/dkim.h>
#include "base/num.h"
#include "base/secret.h"
#include "io/clock.h"
#include "seal/keygen.h"
#include "seal/seal.h"
#include "vault/vault_work.h"

#define OWNER_TAG ZG_S("zegel key 1")
#define DEK_TAG ZG_S("zegel data key 1")
#define OWNER_MAX (11u + 8u + 8u + 4u + 2u * (4u + VAULT_NAME_MAX))
#define DEK_OWNER_MAX 32u

_Static_assert((int)VAULT_MASTER_SIZE == SEAL_KEY, "the master key seals");

/* A data key in the clear; it lives on the stack of one request and is wiped there. */
struct dek {
	unsigned char b[SEAL_KEY];
	struct zg_secret secret;
};

static struct dek *dek_init(struct dek *d)
{
	d->secret = (struct zg_secret){ 0, sizeof(d->b), d->b };
	return d;
}

static struct zg_slice owner_put(struct zg_buf *b, const struct vault_owner *o)
{
	zg_buf_put(b, OWNER_TAG);
	zg_num_put_u64(b, o->company);
	zg_num_put_u64(b, o->key_id);
	zg_num_put_u32(b, o->version);
	zg_num_put_sized(b, o->domain);
	zg_num_put_sized(b, o->selector);
	return zg_buf_slice(b);
}

static struct zg_slice dek_owner_put(struct zg_buf *b, const struct vault_owner *o)
{
	zg_buf_put(b, DEK_TAG);
	zg_num_put_u64(b, o->company);
	return zg_buf_slice(b);
}

static enum vault_code dek_open(struct vault_work *w, const struct vault_request *r, struct dek *ret)
{
	char mem[DEK_OWNER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_slice owner = dek_owner_put(&b, &r->owner);

	for (size_t i = 0; i < w->masters->count; i++) {
		if (seal_read(w->masters->keys + i * VAULT_MASTER_SIZE, owner, r->sealed_dek, &ret->secret) < 0)
			continue;
		return ret->secret.n == sizeof(ret->b) ? VAULT_OK : VAULT_WRONG_KEY;
	}
	return VAULT_WRONG_KEY;
}

/* Writes the data key, sealed by the newest master key, to out. */
static enum vault_code dek_seal(struct vault_work *w, const struct vault_request *r, const struct dek *d,
			struct zg_buf *out, struct zg_slice *ret)
{
	char mem[DEK_OWNER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	size_t from = out->n;

	if (seal_write(w->masters->keys, dek_owner_put(&b, &r->owner), &d->secret, out) < 0)
		return VAULT_FAILED;
	*ret = zg_slice_of(out->p + from, out->n - from);
	return VAULT_OK;
}

/* The company's data key, or a new one where it has none yet. */
static enum vault_code dek_have(struct vault_work *w, const struct vault_request *r, struct dek *d, struct zg_buf *out,
				struct vault_answer *a)
{
	if (r->sealed_dek.n)
		return dek_open(w, r, d);
	clock_random(d->b, sizeof(d->b));
	d->secret.n = sizeof(d->b);
	return dek_seal(w, r, d, out, &a->sealed_dek);
}

/* Writes the key's public half and the key itself, sealed, to out. */
static enum vault_code key_tell(struct vault_work *w, const struct vault_request *r, const struct zg_key *key,
			struct zg_buf *out, struct vault_answer *a)
{
	struct zg_secret der = { 0, sizeof(w->der), w->der };
	struct dek d;
	char mem[OWNER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	size_t from = out->n;
	enum vault_code code = VAULT_FAILED;

	if (zg_key_public_write(key, out) < 0)
		return code;
	a->public_key = zg_slice_of(out->p + from, out->n - from);
	if (zg_key_private_write(key, &der) < 0)
		goto out;
	code = dek_have(w, r, dek_init(&d), out, a);
	from = out->n;
	if (code == VAULT_OK && seal_write(d.b, owner_put(&b, &r->owner), &der, out) < 0)
		code = VAULT_FAILED;
	a->sealed_key = zg_slice_of(out->p + from, out->n - from);
	a->type = key->type;
	a->bits = key->bits;
	zg_secret_wipe(&d.secret);
out:
	zg_secret_wipe(&der);
	return code;
}

static enum vault_code make(struct vault_work *w, const struct vault_request *r, struct zg_buf *out,
			struct vault_answer *a)
{
	struct zg_key key = { .pkey = NULL };
	enum vault_code code;

	if (r->type != ZG_KEY_RSA && r->type != ZG_KEY_ED25519)
		return VAULT_BAD_REQUEST;
	if (keygen_make(r->type, r->bits, &key) < 0)
		return VAULT_FAILED;
	code = key_tell(w, r, &key, out, a);
	zg_key_done(&key);
	return code;
}

static enum vault_code seal(struct vault_work *w, const struct vault_request *r, struct zg_buf *out,
			struct vault_answer *a)
{
	struct zg_key key = { .pkey = NULL };
	size_t number = 0;
	enum zg_keytext text = zg_keytext_read_told(r->text, r->passphrase, &key, &number);
	enum vault_code code;

	if (text == ZG_KEYTEXT_NO_MEMORY)
		return VAULT_FAILED;
	a->detail = text;
	a->bits = (uint32_t)number;	/* at most 8 times ZG_KEY_TEXT_MAX */
	if (text != ZG_KEYTEXT_OK)
		return VAULT_KEY_TEXT;
	code = key_tell(w, r, &key, out, a);
	zg_key_done(&key);
	return code;
}

/* Opens the private key into ret, which is then the caller's. */
static enum vault_code key_read(struct vault_work *w, const struct vault_request *r, struct zg_slice owner,
			struct zg_key *ret)
{
	struct zg_secret der = { 0, sizeof(w->der), w->der };
	struct dek d;
	enum vault_code code = dek_open(w, r, dek_init(&d));

	if (code == VAULT_OK && seal_read(d.b, owner, r->sealed_key, &der) < 0)
		code = VAULT_WRONG_KEY;
	if (code == VAULT_OK && zg_key_private_read(&der, ret) < 0)
		code = VAULT_FAILED;
	zg_secret_wipe(&d.secret);
	zg_secret_wipe(&der);
	return code;
}

static enum vault_code rewrap(struct vault_work *w, const struct vault_request *r, struct zg_buf *out,
			struct vault_answer *a)
{
	char mem[OWNER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_key key = { .pkey = NULL };
	struct dek d;
	enum vault_code code = dek_open(w, r, dek_init(&d));

	if (code == VAULT_OK && r->sealed_key.n) {
		code = key_read(w, r, owner_put(&b, &r->owner), &key);
		zg_key_done(&key);
	}
	if (code == VAULT_OK)
		code = dek_seal(w, r, &d, out, &a->sealed_dek);
	zg_secret_wipe(&d.secret);
	return code;
}

static enum vault_code refusal_code(enum zg_dkim_refusal r)
{
	static const enum vault_code codes[] = {
		[ZG_DKIM_SIGNABLE] = VAULT_OK,
		[ZG_DKIM_NO_FROM] = VAULT_FROM_MISSING,
		[ZG_DKIM_TWO_FROM] = VAULT_FROM_TWO,
		[ZG_DKIM_FROM_UNREADABLE] = VAULT_FROM_UNREADABLE,
		[ZG_DKIM_FROM_TWO_ADDRESSES] = VAULT_FROM_TWO_ADDRESSES,
		[ZG_DKIM_FROM_FOREIGN] = VAULT_FROM_FOREIGN,
		[ZG_DKIM_BAD_HEADER] = VAULT_BAD_BLOCK,
		[ZG_DKIM_BAD_OPTION] = VAULT_BAD_BLOCK,
		[ZG_DKIM_NO_ROOM] = VAULT_FAILED,
	};

	return (size_t)r < sizeof(codes) / sizeof(codes[0]) ? codes[r] : VAULT_BAD_BLOCK;
}

/* Does the block say of itself what is sealed with the key? */
static enum vault_code block_check(const struct vault_request *r)
{
	struct zg_slice domain, selector;
	enum vault_code code;

	if (r->text.n > VAULT_BLOCK_MAX)
		return VAULT_BAD_REQUEST;
	code = refusal_code(zg_dkim_block_check(r->text, &domain, &selector));
	if (code != VAULT_OK)
		return code;
	if (!zg_slice_eq(domain, r->owner.domain))
		return VAULT_OTHER_DOMAIN;
	return zg_slice_eq(selector, r->owner.selector) ? VAULT_OK : VAULT_OTHER_SELECTOR;
}

static enum vault_code key_have(struct vault_work *w, const struct vault_request *r, struct zg_key **ret)
{
	char mem[OWNER_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct vault_cache_id id = { owner_put(&b, &r->owner), r->sealed_dek, r->sealed_key };
	struct zg_key key = { .pkey = NULL };
	enum vault_code code;

	*ret = vault_cache_get(&w->cache, &id);
	if (*ret)
		return VAULT_OK;
	code = key_read(w, r, id.owner, &key);
	if (code != VAULT_OK)
		return code;
	*ret = vault_cache_put(&w->cache, &id, &key);
	return *ret ? VAULT_OK : VAULT_FAILED;
}

static int block_hash(struct vault_work *w, struct zg_slice block, unsigned char *ret)
{
	struct zg_hash h;
	int rc = zg_hash_init(&h, &w->crypt);

	if (rc == 0) {
		zg_hash_update(&h, block);
		rc = zg_hash_final(&h, ret);
	}
	zg_hash_done(&h);
	return rc;
}

static enum vault_code sign(struct vault_work *w, const struct vault_request *r, struct zg_buf *out,
			struct vault_answer *a)
{
	unsigned char hash[ZG_HASH_SIZE];
	struct zg_key *key;
	enum vault_code code = block_check(r);

	if (code == VAULT_OK)
		code = key_have(w, r, &key);
	if (code != VAULT_OK)
		return code;
	if (block_hash(w, r->text, hash) < 0 || zg_key_sign(key, hash, out) < 0)
		return VAULT_FAILED;
	a->signature = zg_buf_slice(out);
	a->type = key->type;
	a->bits = key->bits;
	return VAULT_OK;
}

static enum vault_code serve(struct vault_work *w, const struct vault_request *r, struct zg_buf *out,
			struct vault_answer *a)
{
	static enum vault_code (*const kinds[])(struct vault_work *, const struct vault_request *, struct zg_buf *,
						struct vault_answer *) = {
		[VAULT_MAKE] = make, [VAULT_SEAL] = seal, [VAULT_REWRAP] = rewrap, [VAULT_SIGN] = sign,
	};

	if (!r->owner.domain.n || r->owner.domain.n > VAULT_NAME_MAX || !r->owner.selector.n ||
	    r->owner.selector.n > VAULT_NAME_MAX)
		return VAULT_BAD_REQUEST;
	return kinds[r->kind](w, r, out, a);
}

/* r's slices lie in the packet, which is the worker's own memory. */
static void wipe_pasted(char *packet, const struct vault_request *r)
{
	zg_secret_wipe_bytes(packet + (r->text.p - packet), r->text.n);
	zg_secret_wipe_bytes(packet + (r->passphrase.p - packet), r->passphrase.n);
}

static void answer_one(struct vault_work *w, char *packet, const struct vault_request *r, bool is_request,
			struct zg_buf *ret)
{
	struct zg_buf out = zg_buf_of(w->out, sizeof(w->out));
	struct vault_answer a = { .kind = r->kind, .serial = r->serial }, plain = a;

	a.code = is_request ? serve(w, r, &out, &a) : VAULT_BAD_REQUEST;
	if (is_request && r->kind == VAULT_SEAL)
		wipe_pasted(packet, r);
	if (a.code != VAULT_OK) {	/* a refusal brings nothing along */
		plain.code = a.code;
		plain.detail = a.detail;
		plain.bits = a.code == VAULT_KEY_TEXT ? a.bits : 0;
		a = plain;
	}
	w->answers[a.code]++;
	vault_answer_write(ret, &a);
}

int vault_work_packet(struct vault_work *w, char *packet, size_t n, struct zg_buf *ret)
{
	struct zg_cur c = zg_cur_of(zg_slice_of(packet, n));
	unsigned count = vault_packet_read(&c), done = 0;
	size_t head = ret->n;

	vault_packet_write(ret, 0);
	for (; done < count; done++) {
		struct vault_request r;
		int rc = vault_request_read(&c, &r);

		if (c.why)
			break;
		answer_one(w, packet, &r, rc == 0, ret);
	}
	if (!done || ret->is_full)
		return -1;
	ret->p[head + 1] = (char)done;
	return 0;
}

int vault_work_init(struct vault_work *w, const struct vault_masters *masters)
{
	w->masters = masters;
	memset(w->answers, 0, sizeof(w->answers));
	vault_cache_init(&w->cache);
	return zg_crypt_init(&w->crypt);
}

int vault_work_warm(struct vault_work *w)
{
	struct vault_request r = { VAULT_MAKE, 0, { 0, 0, 0, ZG_S("warm.invalid"), ZG_S("warm") }, .type = ZG_KEY_ED25519 };
	struct zg_buf out = zg_buf_of(w->out, sizeof(w->out));
	char owner[OWNER_MAX], signature[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf owner_b = zg_buf_of(owner, sizeof(owner)), signature_b = zg_buf_of(signature, sizeof(signature));
	unsigned char hash[ZG_HASH_SIZE];
	struct zg_key key = { .pkey = NULL };
	struct vault_answer a = { .serial = 0 };
	int rc = -1;

	if (make(w, &r, &out, &a) != VAULT_OK)
		return -1;
	r.sealed_dek = a.sealed_dek;
	r.sealed_key = a.sealed_key;
	if (key_read(w, &r, owner_put(&owner_b, &r.owner), &key) == VAULT_OK && block_hash(w, ZG_S("warm"), hash) == 0)
		rc = zg_key_sign(&key, hash, &signature_b);
	zg_key_done(&key);
	return rc;
}

void vault_work_done(struct vault_work *w)
{
	vault_cache_done(&w->cache);
	zg_crypt_done(&w->crypt);
	zg_secret_wipe_bytes(w->der, sizeof(w->der));
}
