/* key_open.c - private keys that are closed with a passphrase, opened in place.
 *
 *   names of algorithms (OIDs, or DEK-Info) --> struct lock --derive--> key and iv --decrypt--> the DER inside
 *
 * OpenSSL's decoders leave what they opened on the heap; here it lies in the caller's memory alone.  All of it is EVP:
 * derivations and ciphers are fetched, and none is written here.
 * Laws: (1) what a text may cost is bounded before it is spent: WORK_MAX rounds, MEMORY_MAX octets.  (2) A wrong
 * passphrase and a damaged text cannot be told from each other: both show as padding or an inside that is no key. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include "base/hex.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "crypt/der.h"
#include "crypt/keytext.h"
#include "crypt/lack.h"

#define WORK_MAX 10000000u			/* rounds of a derivation (for scrypt N times r times p); some seconds */
#define MEMORY_MAX (144u * 1024u * 1024u)	/* octets that scrypt may take: N = 2^17 with r = 8, and some */
#define SALT_MAX 64u				/* octets */
#define PASSPHRASE_MAX 1024u			/* octets of one that PKCS#12 derives a key of */
#define IV_MAX EVP_MAX_IV_LENGTH
#define KEY_MAX EVP_MAX_KEY_LENGTH

enum kdf { KDF_PBKDF2, KDF_SCRYPT, KDF_PKCS12, KDF_TRADITIONAL };
static const char *const kdf_names[] = { "PBKDF2", "SCRYPT", "PKCS12KDF", NULL };

/* How a key is closed. */
struct lock {
	enum kdf kdf;
	const char *digest, *cipher;
	struct zg_slice salt, iv;		/* iv: empty where it is derived */
	uint64_t rounds, n, r, p;
};

/* Key and iv, and the passphrase as PKCS#12 wants it. */
struct room {
	unsigned char key[KEY_MAX], iv[IV_MAX], wide[2 * PASSPHRASE_MAX + 2];
	size_t wide_n;
};

/* What a text calls an algorithm, and OpenSSL's name of it. */
struct name {
	struct zg_slice word;
	const char *name;
};

/* RFC 8018 B.2, RFC 3565 4.1. */
static const struct name ciphers[] = {
	{ ZG_SI("\x60\x86\x48\x01\x65\x03\x04\x01\x02"), "AES-128-CBC" },
	{ ZG_SI("\x60\x86\x48\x01\x65\x03\x04\x01\x16"), "AES-192-CBC" },
	{ ZG_SI("\x60\x86\x48\x01\x65\x03\x04\x01\x2a"), "AES-256-CBC" },
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x03\x07"), "DES-EDE3-CBC" },
};

/* RFC 8018 B.1. */
static const struct name digests[] = {
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x02\x07"), "SHA1" },
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x02\x08"), "SHA224" },
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x02\x09"), "SHA256" },
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x02\x0a"), "SHA384" },
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x02\x0b"), "SHA512" },
};

static const struct name pem_ciphers[] = {
	{ ZG_SI("AES-128-CBC"), "AES-128-CBC" }, { ZG_SI("AES-192-CBC"), "AES-192-CBC" },
	{ ZG_SI("AES-256-CBC"), "AES-256-CBC" }, { ZG_SI("DES-EDE3-CBC"), "DES-EDE3-CBC" },
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* RFC 8018 A, RFC 7914 7, RFC 7292 C. */
static const struct zg_slice oid_pbes2 = ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
static const struct zg_slice oid_pbkdf2 = ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");
static const struct zg_slice oid_scrypt = ZG_SI("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b");
static const struct zg_slice oid_pkcs12_des3 = ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03");

/* --- names and numbers ---------------------------------------------------------------------------------------- */

/* A number of at most four octets; 0 where it is none, or another. */
static uint64_t number_take(struct zg_cur *c)
{
	struct zg_slice s = zg_der_uint(c);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n && s.n <= 4; i++)
		v = v << 8 | (unsigned char)s.p[i];
	return v;
}

/* RFC 8018 A.2: salt, rounds, perhaps the key's length, perhaps the hash (SHA-1 where it is not told). */
static enum zg_keytext pbkdf2_read(struct zg_cur *c, struct lock *l)
{
	struct zg_cur prf;
	struct zg_slice oid;

	l->kdf = KDF_PBKDF2;
	l->salt = zg_der_take(c, ZG_DER_OCTETS);
	l->rounds = number_take(c);
	if (zg_der_peek(c) == ZG_DER_INTEGER)
		(void)zg_der_uint(c);	/* the cipher says it too */
	l->digest = "SHA1";
	if (c->why || zg_cur_is_end(c))
		return c->why ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_OK;
	prf = zg_cur_of(zg_der_take(c, ZG_DER_SEQUENCE));
	oid = zg_der_take(&prf, ZG_DER_OID);
	l->digest = NULL;
	for (size_t i = 0; i < COUNT(digests); i++)
		if (zg_slice_eq(digests[i].word, oid))
			l->digest = digests[i].name;
	return c->why || prf.why ? ZG_KEYTEXT_DAMAGED : l->digest ? ZG_KEYTEXT_OK : ZG_KEYTEXT_CIPHER;
}

/* RFC 7914 7.1: salt, N, r, p. */
static enum zg_keytext scrypt_read(struct zg_cur *c, struct lock *l)
{
	l->kdf = KDF_SCRYPT;
	l->salt = zg_der_take(c, ZG_DER_OCTETS);
	l->n = number_take(c);
	l->r = number_take(c);
	l->p = number_take(c);
	return c->why ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_OK;
}

/* RFC 8018 A.4: a derivation and a cipher, each with what it needs. */
static enum zg_keytext pbes2_read(struct zg_cur *in, struct lock *l)
{
	struct zg_cur both = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));
	struct zg_cur kdf = zg_cur_of(zg_der_take(&both, ZG_DER_SEQUENCE));
	struct zg_cur cipher = zg_cur_of(zg_der_take(&both, ZG_DER_SEQUENCE));
	struct zg_slice kdf_oid = zg_der_take(&kdf, ZG_DER_OID), oid = zg_der_take(&cipher, ZG_DER_OID);
	struct zg_cur more = zg_cur_of(zg_der_take(&kdf, ZG_DER_SEQUENCE));
	enum zg_keytext why = ZG_KEYTEXT_CIPHER;

	if (in->why || both.why || kdf.why || cipher.why)
		return ZG_KEYTEXT_DAMAGED;
	if (zg_slice_eq(kdf_oid, oid_pbkdf2))
		why = pbkdf2_read(&more, l);
	else if (zg_slice_eq(kdf_oid, oid_scrypt))
		why = scrypt_read(&more, l);
	for (size_t i = 0; i < COUNT(ciphers); i++)
		if (zg_slice_eq(ciphers[i].word, oid))
			l->cipher = ciphers[i].name;
	if (why != ZG_KEYTEXT_OK || !l->cipher)
		return why == ZG_KEYTEXT_OK ? ZG_KEYTEXT_CIPHER : why;
	l->iv = zg_der_take(&cipher, ZG_DER_OCTETS);
	return cipher.why || !l->iv.n ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_OK;
}

/* RFC 7292 C: salt and rounds. */
static enum zg_keytext pkcs12_read(struct zg_cur *in, struct lock *l)
{
	struct zg_cur c = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));

	*l = (struct lock){ .kdf = KDF_PKCS12, .digest = "SHA1", .cipher = "DES-EDE3-CBC" };
	l->salt = zg_der_take(&c, ZG_DER_OCTETS);
	l->rounds = number_take(&c);
	return in->why || c.why ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_OK;
}

/* RFC 7914 2: N is a power of two above 1, below 2^(16 r); r and p are above 0.  That r times p stays below 2^30 is seen
 * to by WORK_MAX.  *ret_work: what it costs. */
static enum zg_keytext scrypt_judge(const struct lock *l, uint64_t *ret_work)
{
	if (l->n > WORK_MAX || l->r > WORK_MAX || l->p > WORK_MAX)
		return ZG_KEYTEXT_WORK;
	if (l->n < 2 || (l->n & (l->n - 1)) || !l->r || !l->p || (l->r == 1 && l->n >= 1u << 16))
		return ZG_KEYTEXT_DAMAGED;
	if ((l->n + l->p + 2) * l->r > MEMORY_MAX / 128)	/* each below 2^24; RFC 7914 5 and 6: 128 octets each */
		return ZG_KEYTEXT_WORK;
	*ret_work = l->n * l->r * l->p;
	return ZG_KEYTEXT_OK;
}

/* May the passphrase be tried? */
static enum zg_keytext lock_judge(const struct lock *l)
{
	uint64_t work = l->rounds;
	enum zg_keytext why = ZG_KEYTEXT_OK;

	if (!l->salt.n || l->salt.n > SALT_MAX || l->iv.n > IV_MAX)
		return ZG_KEYTEXT_DAMAGED;
	if (l->kdf == KDF_SCRYPT)
		why = scrypt_judge(l, &work);
	if (why != ZG_KEYTEXT_OK)
		return why;
	if (!work)
		return ZG_KEYTEXT_DAMAGED;
	return work > WORK_MAX ? ZG_KEYTEXT_WORK : ZG_KEYTEXT_OK;
}

/* --- key and iv ----------------------------------------------------------------------------------------------- */

/* RFC 7292 B.1: UTF-16 with the high octet first, and a zero at the end. */
static int wide_make(struct zg_slice passphrase, struct room *m)
{
	m->wide_n = 0;
	if (passphrase.n > PASSPHRASE_MAX || !zg_utf8_is_valid(passphrase))
		return -1;
	for (size_t i = 0, n; i < passphrase.n; i += n) {
		const unsigned char *p = (const unsigned char *)passphrase.p + i;
		unsigned v;

		n = zg_utf8_first(zg_slice_sub(passphrase, i, passphrase.n));
		if (n > 3)
			return -1;	/* beyond what PKCS#12 knows */
		v = n == 1 ? p[0] : n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu) :
			(p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
		m->wide[m->wide_n++] = (unsigned char)(v >> 8);
		m->wide[m->wide_n++] = (unsigned char)v;
	}
	m->wide[m->wide_n++] = 0;
	m->wide[m->wide_n++] = 0;
	return 0;
}

/* id: what PKCS#12 derives, 1 a key, 2 an iv. */
static bool derive(EVP_KDF_CTX *c, const struct lock *l, struct zg_slice passphrase, int id, unsigned char *to,
		   size_t n)
{
	uint64_t rounds = l->rounds, scrypt_n = l->n, r = l->r, p = l->p, max = MEMORY_MAX;
	OSSL_PARAM params[8], *next = params;

	*next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (char *)passphrase.p, passphrase.n);
	*next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)l->salt.p, l->salt.n);
	if (l->kdf == KDF_SCRYPT) {
		*next++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &scrypt_n);
		*next++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r);
		*next++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p);
		*next++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max);
	} else {
		*next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)l->digest, 0);
		*next++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &rounds);
	}
	if (l->kdf == KDF_PKCS12)
		*next++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS12_ID, &id);
	*next = OSSL_PARAM_construct_end();
	return EVP_KDF_derive(c, to, n, params) == 1;
}

/* The old way of OpenSSL: MD5 of passphrase and iv, once, again until it is long enough. */
static bool traditional_derive(const struct lock *l, struct zg_slice passphrase, const EVP_CIPHER *cipher,
			       struct room *m)
{
	EVP_MD *md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	bool is_done = md5 && l->iv.n >= 8 &&
		       EVP_BytesToKey(cipher, md5, (const unsigned char *)l->iv.p, (const unsigned char *)passphrase.p,
				      (int)passphrase.n, 1, m->key, NULL) > 0;

	EVP_MD_free(md5);
	return is_done;
}

static bool key_derive(const struct lock *l, struct zg_slice passphrase, const EVP_CIPHER *cipher, struct room *m)
{
	size_t key_n = (size_t)EVP_CIPHER_get_key_length(cipher), iv_n = (size_t)EVP_CIPHER_get_iv_length(cipher);
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, kdf_names[l->kdf], NULL);
	EVP_KDF_CTX *c = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	bool is_done;

	if (l->kdf == KDF_PKCS12)
		passphrase = zg_slice_of(m->wide, m->wide_n);
	is_done = c && derive(c, l, passphrase, 1, m->key, key_n);
	if (is_done && l->kdf == KDF_PKCS12) {
		EVP_KDF_CTX_reset(c);
		is_done = derive(c, l, passphrase, 2, m->iv, iv_n);
	}
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	return is_done;
}

/* --- opening -------------------------------------------------------------------------------------------------- */

/* Decrypts n octets in place; 0, and *ret_n are left; 1 where the padding is wrong, -1 where OpenSSL fails. */
static int decrypt(const EVP_CIPHER *cipher, const struct room *m, unsigned char *mem, size_t n, size_t *ret_n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int first = 0, last = 0, rc = -1;

	if (c && EVP_DecryptInit_ex2(c, cipher, m->key, m->iv, NULL) == 1 &&
	    EVP_DecryptUpdate(c, mem, &first, mem, (int)n) == 1) {
		rc = EVP_DecryptFinal_ex(c, mem + first, &last) == 1 ? 0 : 1;
		*ret_n = (size_t)first + (size_t)last;
	}
	EVP_CIPHER_CTX_free(c);
	return rc;
}

/* CIPHER: OpenSSL has the cipher or the derivation not, or not with these numbers (FIPS); mem is as it was. */
static enum zg_keytext lock_open(const struct lock *l, struct zg_slice passphrase, unsigned char *mem, size_t n,
				 struct zg_slice *ret)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, l->cipher, NULL);
	struct room m = { .wide_n = 0 };
	enum zg_keytext why = ZG_KEYTEXT_CIPHER;
	size_t left = 0;
	bool is_derived;

	if (!cipher)
		goto out;
	why = ZG_KEYTEXT_CUT;		/* a cipher in blocks gives whole ones */
	if (!n || n % (size_t)EVP_CIPHER_get_block_size(cipher))
		goto out;
	why = ZG_KEYTEXT_DAMAGED;
	if (l->iv.n && l->iv.n != (size_t)EVP_CIPHER_get_iv_length(cipher))
		goto out;
	for (size_t i = 0; i < l->iv.n; i++)
		m.iv[i] = (unsigned char)l->iv.p[i];
	why = ZG_KEYTEXT_PASSPHRASE_WRONG;
	if (l->kdf == KDF_PKCS12 && wide_make(passphrase, &m) < 0)
		goto out;
	why = ZG_KEYTEXT_CIPHER;
	is_derived = l->kdf == KDF_TRADITIONAL ? traditional_derive(l, passphrase, cipher, &m) :
		key_derive(l, passphrase, cipher, &m);
	if (!is_derived)
		goto out;
	switch (decrypt(cipher, &m, mem, n, &left)) {
	case 0:
		why = ZG_KEYTEXT_OK;
		*ret = zg_slice_of(mem, left);
		break;
	case 1:
		why = ZG_KEYTEXT_PASSPHRASE_WRONG;
		break;
	default:
		why = ZG_KEYTEXT_NO_MEMORY;
		break;
	}
out:
	zg_secret_wipe_bytes(&m, sizeof(m));
	EVP_CIPHER_free(cipher);
	return why;
}

static enum zg_keytext lock_try(const struct lock *l, struct zg_slice passphrase, unsigned char *mem, size_t n,
				struct zg_slice *ret)
{
	struct zg_lack lack;
	enum zg_keytext why = lock_judge(l);

	if (why != ZG_KEYTEXT_OK)
		return why;
	if (!passphrase.n)
		return ZG_KEYTEXT_PASSPHRASE_NEEDED;
	lack = zg_lack_begin();
	why = lock_open(l, passphrase, mem, n, ret);
	if (why == ZG_KEYTEXT_CIPHER)	/* not every lack of memory is noted */
		why = lock_open(l, passphrase, mem, n, ret);
	if (why == ZG_KEYTEXT_OK)
		zg_lack_drop(lack);
	else if (zg_lack_end(lack))
		why = ZG_KEYTEXT_NO_MEMORY;
	return why;
}

enum zg_keytext zg_key_open_pkcs8(unsigned char *mem, size_t n, struct zg_slice passphrase, struct zg_slice *ret)
{
	struct zg_cur outer = zg_cur_of(zg_slice_of(mem, n)), in, algorithm;
	struct zg_slice oid, closed;
	struct lock l = { .kdf = KDF_PBKDF2 };
	enum zg_keytext why = ZG_KEYTEXT_CIPHER;

	/* RFC 5958 3: an algorithm, and octets. */
	in = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));
	algorithm = zg_cur_of(zg_der_take(&in, ZG_DER_SEQUENCE));
	oid = zg_der_take(&algorithm, ZG_DER_OID);
	closed = zg_der_take(&in, ZG_DER_OCTETS);
	if (in.why || algorithm.why)
		return ZG_KEYTEXT_DAMAGED;
	if (zg_slice_eq(oid, oid_pbes2))
		why = pbes2_read(&algorithm, &l);
	else if (zg_slice_eq(oid, oid_pkcs12_des3))
		why = pkcs12_read(&algorithm, &l);
	if (why != ZG_KEYTEXT_OK)
		return why;
	return lock_try(&l, passphrase, mem + (closed.p - (const char *)mem), closed.n, ret);
}

enum zg_keytext zg_key_open_pem(unsigned char *mem, size_t n, struct zg_slice cipher, struct zg_slice iv,
				struct zg_slice passphrase, struct zg_slice *ret)
{
	unsigned char iv_mem[IV_MAX];
	struct zg_buf b = zg_buf_of(iv_mem, sizeof(iv_mem));
	struct lock l = { .kdf = KDF_TRADITIONAL, .rounds = 1 };

	for (size_t i = 0; i < COUNT(pem_ciphers); i++)
		if (zg_slice_eq_ci(pem_ciphers[i].word, cipher))
			l.cipher = pem_ciphers[i].name;
	if (!l.cipher)
		return ZG_KEYTEXT_CIPHER;
	if (zg_hex_decode(iv, &b) < 0 || !b.n)
		return ZG_KEYTEXT_DAMAGED;
	l.salt = l.iv = zg_buf_slice(&b);
	return lock_try(&l, passphrase, mem, n, ret);
}
