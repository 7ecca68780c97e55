/* key_public.c - public keys as DNS has them, checked before OpenSSL sees them.
 *
 * OpenSSL's own reader of SubjectPublicKeyInfo costs five times what a verification does, so the fixed shapes are read
 * here, strictly (DER, nothing behind the end), and handed over as numbers. */
#include <stdint.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include "crypt/der.h"
#include "crypt/key.h"

#define EXPONENT_MAX 8u		/* octets; OpenSSL's own bound for moduli over 3072 bits, here for all */
#define MODULUS_MAX (ZG_KEY_RSA_MAX / 8)

/* RFC 8017 A.1.1: SEQUENCE { modulus, publicExponent }. */
static void rsa_sequence_read(struct zg_cur *c, struct zg_rsa_numbers *ret)
{
	ret->n = zg_der_uint(c);
	ret->e = zg_der_uint(c);
	if (!zg_cur_is_end(c))
		zg_cur_fail(c, "more than two numbers");
}

/* RFC 5280 4.1: SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING of RSAPublicKey }. */
static struct zg_slice rsa_unwrap(struct zg_cur *c)
{
	struct zg_cur algorithm = zg_cur_of(zg_der_take(c, ZG_DER_SEQUENCE));
	struct zg_slice oid = zg_der_take(&algorithm, ZG_DER_OID);
	struct zg_slice bits = zg_der_take(c, ZG_DER_BITS);
	const struct zg_slice rsa_encryption = ZG_S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");

	if (!zg_cur_is_end(&algorithm) && zg_der_take(&algorithm, ZG_DER_NULL).n != 0)
		zg_cur_fail(&algorithm, "parameters");
	if (algorithm.why || !zg_cur_is_end(&algorithm) || !zg_slice_eq(oid, rsa_encryption))
		zg_cur_fail(c, "another algorithm");
	if (!bits.n || bits.p[0] || !zg_cur_is_end(c))
		zg_cur_fail(c, "no whole octets");
	return zg_slice_sub(bits, 1, bits.n);
}

int zg_rsa_numbers_read(struct zg_slice p, struct zg_rsa_numbers *ret)
{
	struct zg_cur outer = zg_cur_of(p);
	struct zg_cur in = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));

	if (!zg_cur_is_end(&outer))
		return -1;
	if (zg_der_peek(&in) == ZG_DER_SEQUENCE) {
		struct zg_cur unwrapped = zg_cur_of(rsa_unwrap(&in));

		if (in.why)
			return -1;
		in = zg_cur_of(zg_der_take(&unwrapped, ZG_DER_SEQUENCE));
		if (unwrapped.why || !zg_cur_is_end(&unwrapped))
			return -1;
	}
	rsa_sequence_read(&in, ret);
	return outer.why || in.why ? -1 : 0;
}

bool zg_rsa_exponent_is_sane(struct zg_slice e)
{
	return e.n && e.n <= EXPONENT_MAX && e.p[e.n - 1] & 1 && !(e.n == 1 && e.p[0] == 1);
}

/* May these be the numbers of a key?  A modulus has two odd factors at least. */
static bool rsa_numbers_are_sane(const struct zg_rsa_numbers *r)
{
	struct zg_slice n = r->n, e = r->e;

	return n.n <= MODULUS_MAX && n.p[n.n - 1] & 1 && zg_rsa_exponent_is_sane(e) &&
	       (n.n > e.n || (n.n == e.n && zg_slice_cmp(n, e) > 0));
}

void zg_native_put(struct zg_slice s, unsigned char *to)
{
	const uint16_t one = 1;
	unsigned char first;

	memcpy(&first, &one, 1);
	for (size_t i = 0; i < s.n; i++)
		to[i] = (unsigned char)s.p[first ? s.n - 1 - i : i];	/* GCOVR_EXCL_BR_LINE: a machine has one order of octets */
}

static int rsa_read(struct zg_slice p, struct zg_key *ret)
{
	unsigned char n[MODULUS_MAX], e[EXPONENT_MAX];
	struct zg_rsa_numbers r;
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *c;

	if (zg_rsa_numbers_read(p, &r) < 0 || !rsa_numbers_are_sane(&r))
		return 1;
	zg_native_put(r.n, n);
	zg_native_put(r.e, e);
	c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (c && EVP_PKEY_fromdata_init(c) == 1) {
		OSSL_PARAM params[] = {
			OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, n, r.n.n),
			OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, e, r.e.n),
			OSSL_PARAM_END
		};

		if (EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
			pkey = NULL;
	}
	EVP_PKEY_CTX_free(c);
	return pkey ? zg_key_of_pkey(pkey, false, ret) : -1;
}

/* RFC 8032 5.1.3: y is below 2^255 - 19; so each point has one form, and five values of y stand for the eight points of
 * low order: 0, 1, -1 and the two of order eight. */
static bool ed25519_is_sound(struct zg_slice p)
{
	static const unsigned char low[5][ZG_ED25519_SIZE] = {
		{ 0 },
		{ 1 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		  0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		  0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};
	unsigned char y[ZG_ED25519_SIZE];
	size_t same = ZG_ED25519_SIZE - 1;

	memcpy(y, p.p, sizeof(y));
	y[31] &= 0x7f;			/* the sign of x */
	for (size_t i = 0; i < sizeof(low) / sizeof(low[0]); i++)
		if (memcmp(y, low[i], sizeof(y)) == 0)
			return false;
	y[31] |= 0x80;
	while (same > 0 && y[same] == 0xff)
		same--;
	return same > 0 || y[0] < 0xed;
}

static int ed25519_read(struct zg_slice p, struct zg_key *ret)
{
	/* RFC 8410 4: SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING } up to the key. */
	const struct zg_slice head = ZG_S("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00");
	EVP_PKEY *pkey;

	if (p.n == head.n + ZG_ED25519_SIZE && zg_slice_starts(p, head))
		p = zg_slice_sub(p, head.n, p.n);
	if (p.n != ZG_ED25519_SIZE || !ed25519_is_sound(p))
		return 1;
	pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)p.p, p.n);
	return pkey ? zg_key_of_pkey(pkey, false, ret) : -1;
}

int zg_key_public_read(enum zg_key_type type, struct zg_slice p, struct zg_key *ret)
{
	int rc;

	(void)ERR_set_mark();		/* see zg_key_decode */
	rc = type == ZG_KEY_RSA ? rsa_read(p, ret) : type == ZG_KEY_ED25519 ? ed25519_read(p, ret) : 1;
	(void)ERR_pop_to_mark();	/* see zg_key_decode */
	return rc;
}
