/* key_flaws.c - what is weak about a public key.
 *
 * Small factors and the fingerprint of ROCA need only residues of the modulus, which are taken here from its octets,
 * two primes at a time; primes shared with other keys need the numbers of OpenSSL.
 * ROCA (Nemec and others, 2017): the primes are k * M + (65537^a mod M) with M the product of the first primes; so the
 * modulus is a power of 65537 modulo each of them, which one key in some 2^27 is by chance. */
#include <stdint.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include "crypt/key_flaws.h"
#include "crypt/keytext.h"
#include "crypt/known_keys.h"
#include "crypt/lack.h"

#define PRIMES_END 65536u	/* small factors are below this */
#define ROCA_END 168u		/* the last prime of the fingerprint is 167 */
#define GENERATOR 65537u
#define STRONG_BITS 2048u	/* RFC 8301 3.2: SHOULD be at least */
#define LONG_BITS 4096u		/* RFC 8301 3.2: verifiers need not take more */

const struct zg_flaw_row zg_flaw_rows[ZG_FLAWS] = {
	[ZG_FLAW_PRIVATE] = { "dkim_private_key_published", ZG_ERROR },
	[ZG_FLAW_SHORT] = { "key_too_short", ZG_ERROR },
	[ZG_FLAW_EXPONENT] = { "dkim_rsa_weak", ZG_ERROR },
	[ZG_FLAW_SMALL_FACTOR] = { "dkim_rsa_weak", ZG_ERROR },
	[ZG_FLAW_ROCA] = { "dkim_rsa_weak", ZG_ERROR },
	[ZG_FLAW_KNOWN] = { "dkim_rsa_weak", ZG_ERROR },
	[ZG_FLAW_FACTOR] = { "dkim_rsa_weak", ZG_ERROR },
	[ZG_FLAW_SHARED] = { "key_in_use", ZG_ERROR },
	[ZG_FLAW_WEAK] = { "key_weak", ZG_WARNING },
	[ZG_FLAW_LONG] = { "dkim_rsa_long", ZG_WARNING },
	[ZG_FLAW_TWICE] = { "dkim_key_shared", ZG_NOTICE },
};

/* --- residues ------------------------------------------------------------------------------------------------- */

/* The odd numbers below PRIMES_END, a bit each: set where it is no prime. */
struct sieve {
	unsigned char b[PRIMES_END / 16];
};

static bool is_prime(const struct sieve *s, unsigned v)
{
	return !(s->b[v / 16] >> (v / 2 % 8) & 1);
}

static void sieve_init(struct sieve *s)
{
	*s = (struct sieve){ { 1 } };	/* 1 is none */
	for (unsigned v = 3; v * v < PRIMES_END; v += 2)
		for (unsigned m = v * v; is_prime(s, v) && m < PRIMES_END; m += 2 * v)
			s->b[m / 16] |= (unsigned char)(1u << (m / 2 % 8));
}

static uint32_t residue(struct zg_slice n, uint32_t m)
{
	uint64_t r = 0;
	size_t i = 0;

	for (; i < n.n % 4; i++)
		r = (r << 8 | (unsigned char)n.p[i]) % m;
	for (; i < n.n; i += 4) {
		const unsigned char *p = (const unsigned char *)n.p + i;

		r = (r << 32 | (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) % m;
	}
	return (uint32_t)r;
}

static unsigned prime_next(const struct sieve *s, unsigned v)
{
	do
		v += 2;
	while (v < PRIMES_END && !is_prime(s, v));
	return v;
}

static bool has_small_factor(const struct sieve *s, struct zg_slice n)
{
	if (!(n.p[n.n - 1] & 1))
		return true;
	for (unsigned a = 3, b; a < PRIMES_END; a = prime_next(s, b)) {
		uint32_t r;

		b = prime_next(s, a);
		r = residue(n, a * (b < PRIMES_END ? b : 1));	/* below 2^32 */
		if (r % a == 0 || (b < PRIMES_END && r % b == 0))
			return true;
	}
	return false;
}

/* Is r a power of the generator modulo prime? */
static bool is_power(uint32_t r, unsigned prime)
{
	unsigned v = 1;

	do {
		if (v == r)
			return true;
		v = v * (GENERATOR % prime) % prime;
	} while (v != 1);
	return false;
}

static bool is_roca(const struct sieve *s, struct zg_slice n)
{
	for (unsigned prime = 3; prime < ROCA_END; prime = prime_next(s, prime))
		if (!is_power(residue(n, prime), prime))
			return false;
	return true;
}

/* --- one key -------------------------------------------------------------------------------------------------- */

static int known_flaw(struct zg_slice octets)
{
	struct zg_lack lack = zg_lack_begin();
	unsigned char hash[ZG_HASH_SIZE];
	int rc = EVP_Q_digest(NULL, "SHA256", NULL, octets.p, octets.n, hash, NULL);

	zg_lack_drop(lack);
	if (rc != 1)
		return -1;
	return zg_key_is_known(hash) ? (int)ZG_FLAW_BIT(ZG_FLAW_KNOWN) : 0;
}

static unsigned rsa_flaws(const struct zg_rsa_numbers *r)
{
	struct sieve s;
	unsigned bits = zg_rsa_bits(r->n), ret = 0;

	if (bits < ZG_KEY_RSA_MIN)
		ret |= ZG_FLAW_BIT(ZG_FLAW_SHORT);
	else if (bits < STRONG_BITS)
		ret |= ZG_FLAW_BIT(ZG_FLAW_WEAK);
	if (bits > LONG_BITS)
		ret |= ZG_FLAW_BIT(ZG_FLAW_LONG);
	if (!zg_rsa_exponent_is_sane(r->e))
		ret |= ZG_FLAW_BIT(ZG_FLAW_EXPONENT);
	if (bits > ZG_KEY_RSA_MAX)
		return ret;
	sieve_init(&s);
	if (has_small_factor(&s, r->n))
		ret |= ZG_FLAW_BIT(ZG_FLAW_SMALL_FACTOR);
	else if (is_roca(&s, r->n))
		ret |= ZG_FLAW_BIT(ZG_FLAW_ROCA);
	return ret;
}

int zg_key_flaws(enum zg_key_type type, struct zg_slice p)
{
	struct zg_rsa_numbers r;
	struct zg_keyfound found;
	int known;

	if (zg_keytext_look(p, &found) == ZG_KEYTEXT_OK)
		return (int)ZG_FLAW_BIT(ZG_FLAW_PRIVATE);
	if (type == ZG_KEY_ED25519)
		return p.n >= ZG_ED25519_SIZE ? known_flaw(zg_slice_sub(p, p.n - ZG_ED25519_SIZE, p.n)) : 0;
	if (zg_rsa_numbers_read(p, &r) < 0)
		return 0;
	known = known_flaw(r.n);
	return known < 0 ? -1 : (int)rsa_flaws(&r) | known;
}

/* --- beside others -------------------------------------------------------------------------------------------- */

static bool number_put(struct zg_slice s, BIGNUM *ret)
{
	return s.n <= ZG_KEY_RSA_MAX / 8 && BN_bin2bn((const unsigned char *)s.p, (int)s.n, ret) != NULL;
}

int zg_kin_init(struct zg_kin *k, struct zg_slice p)
{
	struct zg_lack lack = zg_lack_begin();
	struct zg_rsa_numbers r;

	*k = (struct zg_kin){ BN_new(), BN_new(), BN_new(), BN_CTX_new(), false };
	k->is_broken = !k->n || !k->product || !k->other || !k->ctx || zg_rsa_numbers_read(p, &r) < 0 ||
		       !number_put(r.n, k->n) || BN_set_word(k->product, 1) != 1;
	zg_lack_drop(lack);
	return k->is_broken ? -1 : 0;
}

bool zg_kin_add(struct zg_kin *k, struct zg_slice p)
{
	struct zg_rsa_numbers r;
	struct zg_lack lack;
	bool is_same = false;

	if (k->is_broken || zg_rsa_numbers_read(p, &r) < 0)
		return false;
	lack = zg_lack_begin();
	if (!number_put(r.n, k->other))
		k->is_broken = r.n.n <= ZG_KEY_RSA_MAX / 8;
	else if (BN_cmp(k->other, k->n) == 0)
		is_same = true;
	else
		k->is_broken = BN_mod_mul(k->product, k->product, k->other, k->n, k->ctx) != 1;
	zg_lack_drop(lack);
	return is_same;
}

int zg_kin_judge(struct zg_kin *k)
{
	struct zg_lack lack;
	int rc = -1;

	if (k->is_broken)
		return -1;
	lack = zg_lack_begin();
	if (BN_gcd(k->other, k->product, k->n, k->ctx) == 1)
		rc = !BN_is_one((const BIGNUM *)k->other);
	zg_lack_drop(lack);
	return rc;
}

void zg_kin_done(struct zg_kin *k)
{
	BN_free(k->n);
	BN_free(k->product);
	BN_free(k->other);
	BN_CTX_free(k->ctx);
	*k = (struct zg_kin){ .is_broken = true };
}
