/* key_check.c - is a private key one to sign with?
 *
 * EVP_PKEY_check proves the factors prime: 0.3 s for 4096 bits, for whoever pastes a key.  Here the
 * numbers are held against each other, and a signature made with the key against its public half as a verifier reads
 * it: damage shows in one of them, in milliseconds. */
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "crypt/key.h"
#include "crypt/lack.h"

#define SPKI_MAX (ZG_KEY_RSA_SIGN_MAX / 8 + 64)	/* octets of the longest SubjectPublicKeyInfo */

enum number { N, E, D, P, Q, DP, DQ, QINV, P1, Q1, NUMBERS };	/* P1 is P - 1 */

static const char *const number_names[] = {
	[N] = OSSL_PKEY_PARAM_RSA_N, [E] = OSSL_PKEY_PARAM_RSA_E, [D] = OSSL_PKEY_PARAM_RSA_D,
	[P] = OSSL_PKEY_PARAM_RSA_FACTOR1, [Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1, [DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	[P1] = OSSL_PKEY_PARAM_RSA_FACTOR1, [Q1] = OSSL_PKEY_PARAM_RSA_FACTOR2,
};

/* RFC 8017 3.2: a times b is 1 modulo m. */
static const struct { enum number a, b, m; } laws[] = {
	{ D, E, P1 }, { D, E, Q1 }, { DP, E, P1 }, { DQ, E, Q1 }, { QINV, Q, P },
};

static bool laws_hold(BIGNUM *v[NUMBERS], BN_CTX *c, BIGNUM *r)
{
	if (BN_mul(r, v[P], v[Q], c) != 1 || BN_cmp(r, v[N]) != 0)
		return false;
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		if (BN_mod_mul(r, v[laws[i].a], v[laws[i].b], v[laws[i].m], c) != 1 || !BN_is_one(r))
			return false;
	return true;
}

static enum zg_keytext rsa_check(const struct zg_key *k)
{
	BIGNUM *v[NUMBERS] = { NULL }, *r = BN_new();
	BN_CTX *c = BN_CTX_new();
	enum zg_keytext why = ZG_KEYTEXT_NO_MEMORY;

	if (!c || !r)
		goto out;
	why = ZG_KEYTEXT_DAMAGED;
	for (size_t i = 0; i < NUMBERS; i++)
		if (EVP_PKEY_get_bn_param(k->pkey, number_names[i], &v[i]) != 1)
			goto out;
	if (BN_sub_word(v[P1], 1) == 1 && BN_sub_word(v[Q1], 1) == 1 && laws_hold(v, c, r))
		why = ZG_KEYTEXT_OK;
out:
	for (size_t i = 0; i < NUMBERS; i++)
		BN_clear_free(v[i]);
	BN_clear_free(r);
	BN_CTX_free(c);
	return why;
}

/* Signs, and verifies as a receiver would, who has only p=. */
static enum zg_keytext trial(struct zg_key *k)
{
	static const unsigned char hash[ZG_HASH_SIZE] = "zegel tries a key";
	unsigned char spki[SPKI_MAX], signature[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf half = zg_buf_of(spki, sizeof(spki)), made = zg_buf_of(signature, sizeof(signature));
	struct zg_key public = { 0 };
	int rc = zg_key_public_write(k, &half);

	if (rc == 0)
		rc = zg_key_public_read(k->type, zg_buf_slice(&half), &public);
	if (rc == 0)
		rc = zg_key_sign(k, hash, &made);
	if (rc == 0)
		rc = zg_key_verify(&public, hash, zg_buf_slice(&made));
	zg_key_done(&public);
	return rc == 0 ? ZG_KEYTEXT_OK : rc < 0 ? ZG_KEYTEXT_NO_MEMORY : ZG_KEYTEXT_DAMAGED;
}

enum zg_keytext zg_key_check(struct zg_key *k)
{
	enum zg_keytext why = ZG_KEYTEXT_OK;
	struct zg_lack lack;

	if (k->type == ZG_KEY_RSA && k->bits < ZG_KEY_RSA_MIN)
		return ZG_KEYTEXT_TOO_SHORT;
	if (k->type == ZG_KEY_RSA && k->bits > ZG_KEY_RSA_SIGN_MAX)
		return ZG_KEYTEXT_TOO_LARGE;
	lack = zg_lack_begin();
	if (k->type == ZG_KEY_RSA)
		why = rsa_check(k);
	if (why == ZG_KEYTEXT_DAMAGED)	/* not every lack of memory is noted */
		why = rsa_check(k);
	if (why != ZG_KEYTEXT_DAMAGED)
		zg_lack_drop(lack);
	else if (zg_lack_end(lack))
		why = ZG_KEYTEXT_NO_MEMORY;
	return why == ZG_KEYTEXT_OK ? trial(k) : why;
}
