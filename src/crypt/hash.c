/* hash.c - SHA-256 as a stream; the algorithm is fetched once, by the caller's struct zg_crypt. */
#include <openssl/evp.h>
#include <zegel/crypt.h>
#include "crypt/lack.h"

int zg_crypt_init(struct zg_crypt *c)
{
	struct zg_lack lack = zg_lack_begin();

	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	zg_lack_drop(lack);
	return c->sha256 ? 0 : -1;
}

void zg_crypt_done(struct zg_crypt *c)
{
	EVP_MD_free(c->sha256);
	c->sha256 = NULL;
}

int zg_hash_init(struct zg_hash *h, const struct zg_crypt *c)
{
	struct zg_lack lack = zg_lack_begin();

	h->ctx = EVP_MD_CTX_new();
	h->is_broken = !h->ctx || EVP_DigestInit_ex2(h->ctx, c->sha256, NULL) != 1;
	zg_lack_drop(lack);
	return h->is_broken ? -1 : 0;
}

void zg_hash_update(struct zg_hash *h, struct zg_slice s)
{
	if (!h->is_broken && s.n && EVP_DigestUpdate(h->ctx, s.p, s.n) != 1)
		h->is_broken = true;
}

int zg_hash_final(struct zg_hash *h, unsigned char *ret)
{
	if (h->is_broken || EVP_DigestFinal_ex(h->ctx, ret, NULL) != 1)
		return -1;
	h->is_broken = true;
	return 0;
}

void zg_hash_done(struct zg_hash *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
	h->is_broken = true;
}
