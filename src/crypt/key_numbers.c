/* key_numbers.c - an RSA private key of its numbers.
 *
 * OpenSSL's decoders leave what they decoded on the heap; here the numbers are read in place, handed over from memory
 * that is wiped, and OpenSSL keeps them in BIGNUMs that it wipes itself. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "base/secret.h"
#include "crypt/der.h"
#include "crypt/key.h"
#include "crypt/lack.h"

#define NUMBER_MAX (ZG_KEY_RSA_SIGN_MAX / 8)	/* octets */

enum number { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };	/* in the order of RFC 8017 A.1.2 */

static const char *const number_names[NUMBERS] = {
	[N] = OSSL_PKEY_PARAM_RSA_N, [E] = OSSL_PKEY_PARAM_RSA_E, [D] = OSSL_PKEY_PARAM_RSA_D,
	[P] = OSSL_PKEY_PARAM_RSA_FACTOR1, [Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1, [DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* The numbers in the octets of this machine, one behind the other. */
struct room {
	unsigned char b[NUMBERS * NUMBER_MAX];
};

unsigned zg_rsa_bits(struct zg_slice n)
{
	unsigned bits = (unsigned)n.n * 8;

	for (unsigned char top = n.n ? (unsigned char)n.p[0] : 0x80; !(top & 0x80); top = (unsigned char)(top << 1))
		bits--;
	return bits;
}

/* RFC 8017 A.1.2: nine numbers, the first the version. */
static enum zg_keytext numbers_read(struct zg_slice der, struct zg_slice *v)
{
	struct zg_cur outer = zg_cur_of(der), in = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));

	(void)zg_der_take(&in, ZG_DER_INTEGER);	/* zg_keytext_look saw that it is 0 */
	for (size_t i = 0; i < NUMBERS; i++) {
		struct zg_cur at = in;

		v[i] = zg_der_uint(&in);
		if (i == E && in.why && zg_slice_eq(zg_der_take(&at, ZG_DER_INTEGER), ZG_S("\0")))
			in = at;	/* an exponent of 0, of no octets: it is even */
	}
	return in.why ? ZG_KEYTEXT_MISFIT : ZG_KEYTEXT_OK;
}

static enum zg_keytext numbers_judge(const struct zg_slice *v, unsigned bits)
{
	if (bits < ZG_KEY_RSA_MIN)
		return ZG_KEYTEXT_TOO_SHORT;
	if (bits > ZG_KEY_RSA_SIGN_MAX)
		return ZG_KEYTEXT_TOO_LARGE;
	if (!zg_rsa_exponent_is_sane(v[E]))
		return ZG_KEYTEXT_EXPONENT;
	for (size_t i = 0; i < NUMBERS; i++)
		if (v[i].n > v[N].n)
			return ZG_KEYTEXT_MISFIT;
	return ZG_KEYTEXT_OK;
}

static EVP_PKEY *pkey_make(const struct zg_slice *v, struct room *m)
{
	OSSL_PARAM params[NUMBERS + 1];
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	size_t at = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		zg_native_put(v[i], m->b + at);
		params[i] = OSSL_PARAM_construct_BN(number_names[i], m->b + at, v[i].n);
		at += v[i].n;
	}
	params[NUMBERS] = OSSL_PARAM_construct_end();
	if (c && EVP_PKEY_fromdata_init(c) == 1 && EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(c);
	return pkey;
}

enum zg_keytext zg_key_of_rsa(struct zg_slice der, struct zg_key *ret, unsigned *ret_bits)
{
	struct zg_slice v[NUMBERS];
	struct room m;
	enum zg_keytext why = numbers_read(der, v);
	struct zg_lack lack;
	EVP_PKEY *pkey;

	*ret_bits = why == ZG_KEYTEXT_OK ? zg_rsa_bits(v[N]) : 0;
	if (why == ZG_KEYTEXT_OK)
		why = numbers_judge(v, *ret_bits);
	if (why != ZG_KEYTEXT_OK)
		return why;
	lack = zg_lack_begin();
	pkey = pkey_make(v, &m);
	zg_secret_wipe_bytes(&m, sizeof(m));
	zg_lack_drop(lack);
	return pkey && zg_key_of_pkey(pkey, true, ret) == 0 ? ZG_KEYTEXT_OK : ZG_KEYTEXT_NO_MEMORY;
}
