/* key_write.c - keys as DER (X.690 10), written here: OpenSSL's encoders take longer than a signature to get ready.
 *
 * What is written is written from its end, so that each length is known when its turn comes, and moved to the front of
 * the memory then. */
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "base/secret.h"
#include "crypt/der.h"
#include "crypt/key.h"
#include "crypt/lack.h"

/* RFC 8017 A.1: AlgorithmIdentifier { rsaEncryption, NULL }. */
static const unsigned char rsa_algorithm[15] = {
	0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
};

/* RFC 8410 7: a PrivateKeyInfo of Ed25519 up to its seed. */
static const unsigned char ed25519_head[16] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
};

/* Memory that is filled from its end: octets at..cap are written.  The first thing that does not fit sticks. */
struct back {
	unsigned char *b;
	size_t at, cap;
	bool is_full;
};

static unsigned char *back_room(struct back *w, size_t n)
{
	if (w->is_full || n > w->at) {
		w->is_full = true;
		return NULL;
	}
	w->at -= n;
	return w->b + w->at;
}

static void back_octets(struct back *w, const void *p, size_t n)
{
	unsigned char *to = back_room(w, n);

	if (to)
		memcpy(to, p, n);
}

/* Tag and length of what was written since the place was `end`. */
static void back_head(struct back *w, unsigned tag, size_t end)
{
	size_t n = end - w->at, rest;
	unsigned char head[2 + sizeof(n)];
	size_t at = sizeof(head);

	if (n < 128) {
		head[--at] = (unsigned char)n;
	} else {
		for (rest = n; rest; rest >>= 8)
			head[--at] = (unsigned char)rest;
		rest = sizeof(head) - at;
		head[--at] = (unsigned char)(0x80u | rest);
	}
	head[--at] = (unsigned char)tag;
	back_octets(w, head + at, sizeof(head) - at);
}

/* A positive INTEGER, or 0 where v is NULL. */
static void back_number(struct back *w, const BIGNUM *v)
{
	size_t end = w->at, n = v ? (size_t)BN_num_bytes(v) : 1;
	unsigned char *to = back_room(w, n);

	if (!to)
		return;
	*to = 0;
	if (v)
		(void)BN_bn2bin(v, to);	/* how many octets it has is known */
	if (*to & 0x80)
		back_octets(w, "", 1);
	back_head(w, ZG_DER_INTEGER, end);
}

/* A number of the key, behind which others stand already; 0, or -1 without memory. */
static int back_number_of(struct back *w, const struct zg_key *k, const char *name)
{
	BIGNUM *v = NULL;
	int rc = EVP_PKEY_get_bn_param(k->pkey, name, &v) == 1 ? 0 : -1;

	if (rc == 0)
		back_number(w, v);
	BN_clear_free(v);
	return rc;
}

/* RFC 5280 4.1 and RFC 8017 A.1.1: SubjectPublicKeyInfo { algorithm, BIT STRING of { modulus, publicExponent } }. */
static int rsa_public_write(struct back *w, const struct zg_key *k)
{
	size_t end = w->at;

	if (back_number_of(w, k, OSSL_PKEY_PARAM_RSA_E) < 0 || back_number_of(w, k, OSSL_PKEY_PARAM_RSA_N) < 0)
		return -1;
	back_head(w, ZG_DER_SEQUENCE, end);
	back_octets(w, "", 1);		/* no bits are unused */
	back_head(w, ZG_DER_BITS, end);
	back_octets(w, rsa_algorithm, sizeof(rsa_algorithm));
	back_head(w, ZG_DER_SEQUENCE, end);
	return w->is_full ? -1 : 0;
}

/* RFC 5958 2 and RFC 8017 A.1.2: PrivateKeyInfo { 0, algorithm, OCTET STRING of { 0, n, e, d, p, q, dp, dq, qinv } }. */
static int rsa_private_write(struct back *w, const struct zg_key *k)
{
	static const char *const names[] = {
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_N,
	};
	size_t end = w->at;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (back_number_of(w, k, names[i]) < 0)
			return -1;
	back_number(w, NULL);
	back_head(w, ZG_DER_SEQUENCE, end);
	back_head(w, ZG_DER_OCTETS, end);
	back_octets(w, rsa_algorithm, sizeof(rsa_algorithm));
	back_number(w, NULL);
	back_head(w, ZG_DER_SEQUENCE, end);
	return w->is_full ? -1 : 0;
}

/* Moves what was written to the front; how many octets. */
static size_t back_settle(struct back *w)
{
	size_t n = w->cap - w->at;

	memmove(w->b, w->b + w->at, n);
	return n;
}

static int ed25519_private_write(const struct zg_key *k, struct zg_secret *ret)
{
	size_t n = ZG_ED25519_SIZE;

	if (ret->cap < sizeof(ed25519_head) + n)
		return -1;
	if (EVP_PKEY_get_raw_private_key(k->pkey, ret->b + sizeof(ed25519_head), &n) != 1)
		return -1;
	memcpy(ret->b, ed25519_head, sizeof(ed25519_head));
	ret->n = sizeof(ed25519_head) + n;
	return 0;
}

int zg_key_private_write(const struct zg_key *k, struct zg_secret *ret)
{
	struct back w = { ret->b, ret->cap, ret->cap, false };
	struct zg_lack lack;
	size_t n;
	int rc;

	if (!k->pkey || !k->is_private)
		return -1;
	lack = zg_lack_begin();
	rc = k->type == ZG_KEY_RSA ? rsa_private_write(&w, k) : ed25519_private_write(k, ret);
	zg_lack_drop(lack);
	if (k->type == ZG_KEY_RSA) {
		n = rc == 0 ? back_settle(&w) : 0;
		zg_secret_wipe_bytes(ret->b + n, ret->cap - n);
		ret->n = rc == 0 ? n : ret->n;
	}
	return rc;
}

int zg_key_public_write(const struct zg_key *k, struct zg_buf *ret)
{
	size_t n = ret->cap - ret->n;
	struct back w = { (unsigned char *)ret->p + ret->n, n, n, false };
	struct zg_lack lack;
	bool is_written;

	if (!k->pkey || ret->is_full)
		return -1;
	lack = zg_lack_begin();
	if (k->type == ZG_KEY_RSA) {
		is_written = rsa_public_write(&w, k) == 0;
		n = is_written ? back_settle(&w) : 0;
	} else {
		is_written = n >= ZG_ED25519_SIZE && EVP_PKEY_get_raw_public_key(k->pkey, w.b, &n) == 1;
	}
	zg_lack_drop(lack);
	ret->n += is_written ? n : 0;
	return is_written ? 0 : -1;
}
