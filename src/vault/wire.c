/* wire.c - requests and answers as octets.
 *
 * A message is read through a cursor of its own, so that one that is no request cannot reach into its neighbours.
 * Whatever vault_request_read takes, vault_request_write gives back octet by octet. */
#include "base/num.h"
#include "vault/wire.h"

#define WIRE_VERSION 1u
#define REQUEST_FIXED (1u + 4u + 8u + 8u + 4u + 1u + 4u)	/* octets of a request's numbers */
#define REQUEST_SLICES 6u
#define ANSWER_FIXED (1u + 4u + 1u + 4u + 1u + 4u)
#define ANSWER_SLICES 4u
#define WORD 4u							/* octets of a length */

void vault_packet_write(struct zg_buf *b, unsigned count)
{
	zg_num_put_u8(b, WIRE_VERSION);
	zg_num_put_u8(b, (uint8_t)count);
}

unsigned vault_packet_read(struct zg_cur *c)
{
	unsigned count;

	if (zg_cur_u8(c) != WIRE_VERSION)
		zg_cur_fail(c, "another version of the wire");
	count = zg_cur_u8(c);
	if (!count || count > VAULT_BATCH)
		zg_cur_fail(c, "no such count of messages");
	return c->why ? 0 : count;
}

size_t vault_request_size(const struct vault_request *r)
{
	return WORD + REQUEST_FIXED + REQUEST_SLICES * WORD + r->owner.domain.n + r->owner.selector.n + r->sealed_dek.n +
	       r->sealed_key.n + r->text.n + r->passphrase.n;
}

void vault_request_write(struct zg_buf *b, const struct vault_request *r)
{
	zg_num_put_u32(b, (uint32_t)(vault_request_size(r) - WORD));
	zg_num_put_u8(b, (uint8_t)r->kind);
	zg_num_put_u32(b, r->serial);
	zg_num_put_u64(b, r->owner.company);
	zg_num_put_u64(b, r->owner.key_id);
	zg_num_put_u32(b, r->owner.version);
	zg_num_put_sized(b, r->owner.domain);
	zg_num_put_sized(b, r->owner.selector);
	zg_num_put_sized(b, r->sealed_dek);
	zg_num_put_sized(b, r->sealed_key);
	zg_num_put_u8(b, (uint8_t)r->type);
	zg_num_put_u32(b, r->bits);
	zg_num_put_sized(b, r->text);
	zg_num_put_sized(b, r->passphrase);
}

static enum vault_kind read_kind(struct zg_cur *c)
{
	uint8_t kind = zg_cur_u8(c);

	if (kind < VAULT_MAKE || kind > VAULT_SIGN)
		zg_cur_fail(c, "no such kind");
	return (enum vault_kind)kind;
}

/* 0 stands where a message tells nothing of a type. */
static enum zg_key_type read_type(struct zg_cur *c)
{
	uint8_t type = zg_cur_u8(c);

	if (type > ZG_KEY_ED25519)
		zg_cur_fail(c, "no such type of key");
	return (enum zg_key_type)type;
}

/* What can be said of a message that is no request. */
static void read_stub(struct zg_slice message, struct vault_request *ret)
{
	struct zg_cur c = zg_cur_of(message);
	enum vault_kind kind = read_kind(&c);
	uint32_t serial = zg_cur_u32(&c);

	*ret = (struct vault_request){ .serial = 0 };
	if (c.why)
		return;
	ret->kind = kind;
	ret->serial = serial;
}

int vault_request_read(struct zg_cur *c, struct vault_request *ret)
{
	struct zg_slice message = zg_cur_sized(c);
	struct zg_cur m = zg_cur_of(message);
	struct vault_request r = { .serial = 0 };

	if (c->why)
		return -1;
	r.kind = read_kind(&m);
	r.serial = zg_cur_u32(&m);
	r.owner.company = zg_cur_u64(&m);
	r.owner.key_id = zg_cur_u64(&m);
	r.owner.version = zg_cur_u32(&m);
	r.owner.domain = zg_cur_sized(&m);
	r.owner.selector = zg_cur_sized(&m);
	r.sealed_dek = zg_cur_sized(&m);
	r.sealed_key = zg_cur_sized(&m);
	r.type = read_type(&m);
	r.bits = zg_cur_u32(&m);
	r.text = zg_cur_sized(&m);
	r.passphrase = zg_cur_sized(&m);
	if (!m.why && zg_cur_is_end(&m)) {
		*ret = r;
		return 0;
	}
	read_stub(message, ret);
	return -1;
}

static size_t answer_size(const struct vault_answer *r)
{
	return ANSWER_FIXED + ANSWER_SLICES * WORD + r->sealed_dek.n + r->sealed_key.n + r->public_key.n + r->signature.n;
}

void vault_answer_write(struct zg_buf *b, const struct vault_answer *r)
{
	zg_num_put_u32(b, (uint32_t)answer_size(r));
	zg_num_put_u8(b, (uint8_t)r->kind);
	zg_num_put_u32(b, r->serial);
	zg_num_put_u8(b, (uint8_t)r->code);
	zg_num_put_u32(b, r->detail);
	zg_num_put_sized(b, r->sealed_dek);
	zg_num_put_sized(b, r->sealed_key);
	zg_num_put_sized(b, r->public_key);
	zg_num_put_u8(b, (uint8_t)r->type);
	zg_num_put_u32(b, r->bits);
	zg_num_put_sized(b, r->signature);
}

int vault_answer_read(struct zg_cur *c, struct vault_answer *ret)
{
	struct zg_cur m = zg_cur_of(zg_cur_sized(c));
	struct vault_answer r = { .serial = 0 };
	uint8_t kind, code;

	kind = zg_cur_u8(&m);
	if (kind > VAULT_SIGN)		/* 0 answers what was no request at all */
		zg_cur_fail(&m, "no such kind");
	r.kind = (enum vault_kind)kind;
	r.serial = zg_cur_u32(&m);
	code = zg_cur_u8(&m);
	if (code >= VAULT_CODES)
		zg_cur_fail(&m, "no such code");
	r.code = (enum vault_code)code;
	r.detail = zg_cur_u32(&m);
	r.sealed_dek = zg_cur_sized(&m);
	r.sealed_key = zg_cur_sized(&m);
	r.public_key = zg_cur_sized(&m);
	r.type = read_type(&m);
	r.bits = zg_cur_u32(&m);
	r.signature = zg_cur_sized(&m);
	if (c->why || m.why || !zg_cur_is_end(&m))
		return -1;
	*ret = r;
	return 0;
}
