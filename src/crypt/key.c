/* key.c - a key's life: made, used to sign and to verify, wiped.
 *
 * A key holds an EVP_PKEY and, from the first use on, the context of that use: for RSA an EVP_PKEY_CTX, set up once
 * (the blinding lies in the EVP_PKEY and stays too); for Ed25519 an EVP_MD_CTX, started anew each time, since OpenSSL
 * promises nothing for a second use of a finished one.  Nothing that fails here leaves a line in OpenSSL's error queue:
 * the queue is the thread's, and TLS reads it. */
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "base/secret.h"
#include "crypt/keytext.h"
#include "crypt/lack.h"

#define ED25519_SIGNATURE 64u

int zg_key_of_pkey(void *pkey, bool is_private, struct zg_key *ret)
{
	struct zg_key k = { .pkey = pkey, .is_private = is_private };

	switch (EVP_PKEY_get_id(pkey)) {
	case EVP_PKEY_RSA:
		k.type = ZG_KEY_RSA;
		k.bits = (unsigned)EVP_PKEY_get_bits(pkey);
		break;
	case EVP_PKEY_ED25519:
		k.type = ZG_KEY_ED25519;
		k.bits = 256;
		break;
	default:
		EVP_PKEY_free(pkey);
		return 1;
	}
	if (!k.bits) {			/* what OpenSSL answers without memory */
		EVP_PKEY_free(pkey);
		return -1;
	}
	*ret = k;
	return 0;
}

int zg_key_of_seed(const unsigned char *seed, struct zg_key *ret)
{
	struct zg_lack lack = zg_lack_begin();
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, ZG_ED25519_SIZE);

	zg_lack_drop(lack);
	return pkey && zg_key_of_pkey(pkey, true, ret) == 0 ? 0 : -1;
}

int zg_key_private_read(const struct zg_secret *der, struct zg_key *ret)
{
	struct zg_keyfound found;
	unsigned bits;

	/* The view ends with this call, and nothing of it is kept. */
	if (zg_keytext_look(zg_slice_of(der->b, der->n), &found) != ZG_KEYTEXT_OK)
		return -1;
	if (found.form == ZG_KEYFORM_ED25519)
		return zg_key_of_seed((const unsigned char *)found.der.p, ret);
	return found.form == ZG_KEYFORM_RSA && zg_key_of_rsa(found.der, ret, &bits) == ZG_KEYTEXT_OK ? 0 : -1;
}

/* The context of an RSA key's one use, made at the first: PKCS#1 v1.5 with SHA-256. */
static EVP_PKEY_CTX *rsa_context(struct zg_key *k, int (*init)(EVP_PKEY_CTX *c, const OSSL_PARAM params[]))
{
	char sha256[] = "SHA256", pkcs1[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, sha256, sizeof(sha256) - 1),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, pkcs1, sizeof(pkcs1) - 1),
		OSSL_PARAM_END
	};
	EVP_PKEY_CTX *c = k->ctx;

	if (c)
		return c;
	c = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (c && init(c, params) != 1) {
		EVP_PKEY_CTX_free(c);
		c = NULL;
	}
	k->ctx = c;
	return c;
}

static EVP_MD_CTX *ed25519_context(struct zg_key *k)
{
	if (!k->ctx)
		k->ctx = EVP_MD_CTX_new();
	return k->ctx;
}

int zg_key_sign(struct zg_key *k, const unsigned char *hash, struct zg_buf *ret)
{
	unsigned char *p = (unsigned char *)ret->p + ret->n;
	size_t n = ret->cap - ret->n;
	size_t need = k->type == ZG_KEY_RSA ? (k->bits + 7) / 8 : ED25519_SIGNATURE;
	bool is_signed = false;
	struct zg_lack lack;

	if (!k->pkey || !k->is_private || ret->is_full || n < need)
		return -1;
	lack = zg_lack_begin();
	if (k->type == ZG_KEY_RSA) {
		EVP_PKEY_CTX *c = rsa_context(k, EVP_PKEY_sign_init_ex);

		is_signed = c && EVP_PKEY_sign(c, p, &n, hash, ZG_HASH_SIZE) == 1;
	} else {
		EVP_MD_CTX *c = ed25519_context(k);

		is_signed = c && EVP_DigestSignInit_ex(c, NULL, NULL, NULL, NULL, k->pkey, NULL) == 1 &&
			    EVP_DigestSign(c, p, &n, hash, ZG_HASH_SIZE) == 1;
	}
	zg_lack_drop(lack);
	ret->n += is_signed ? n : 0;
	return is_signed ? 0 : -1;
}

/* zg_key_verify of a public key and a signature, tried once. */
static int verify(struct zg_key *k, const unsigned char *hash, struct zg_slice signature)
{
	const unsigned char *p = (const unsigned char *)signature.p;
	struct zg_lack lack = zg_lack_begin();
	int rc = -1;

	if (k->type == ZG_KEY_RSA) {
		EVP_PKEY_CTX *c = rsa_context(k, EVP_PKEY_verify_init_ex);

		if (c)
			rc = EVP_PKEY_verify(c, p, signature.n, hash, ZG_HASH_SIZE) == 1 ? 0 : 1;
	} else {
		EVP_MD_CTX *c = ed25519_context(k);

		if (c && EVP_DigestVerifyInit_ex(c, NULL, NULL, NULL, NULL, k->pkey, NULL) == 1)
			rc = EVP_DigestVerify(c, p, signature.n, hash, ZG_HASH_SIZE) == 1 ? 0 : 1;
	}
	if (rc != 1)
		zg_lack_drop(lack);
	else if (zg_lack_end(lack))
		rc = -1;
	return rc;
}

/* OpenSSL's Ed25519 says of a lack of memory that the signature does not fit, and no more: so that is tried again. */
int zg_key_verify(struct zg_key *k, const unsigned char *hash, struct zg_slice signature)
{
	int rc;

	if (!k->pkey || k->is_private)
		return -1;
	if (!signature.n)
		return 1;
	rc = verify(k, hash, signature);
	return rc == 1 && k->type == ZG_KEY_ED25519 ? verify(k, hash, signature) : rc;
}

void zg_key_done(struct zg_key *k)
{
	if (k->pkey && k->type == ZG_KEY_RSA)
		EVP_PKEY_CTX_free(k->ctx);
	else if (k->pkey)
		EVP_MD_CTX_free(k->ctx);
	EVP_PKEY_free(k->pkey);
	*k = (struct zg_key){ 0 };
}
