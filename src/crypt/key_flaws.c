/* key_flaws.c - what is weak about a public key.
 *
 * That a number has a prime in common with the modulus shows by its having no inverse; BN_gcd would take 20 times as
 * long.  So the small primes are tried all at once, by their product, and other keys by the product of their moduli.
 * ROCA (Nemec and others, 2017): the primes are k * M + (65537^a mod M) with M the product of the first primes; so the
 * modulus is a power of 65537 modulo each of them, which one key in some 2^27 is by chance. */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include "crypt/key_flaws.h"
#include "crypt/keytext.h"
#include "crypt/known_keys.h"
#include "crypt/lack.h"

#define PRIMES_END 65536u	/* small factors are below this, and it has 16 bits */
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

/* For primes below end, which is at most PRIMES_END. */
static void sieve_init(struct sieve *s, unsigned end)
{
	*s = (struct sieve){ { 1 } };	/* 1 is none */
	for (unsigned v = 3; v * v < end; v += 2)
		for (unsigned m = v * v; is_prime(s, v) && m < end; m += 2 * v)
			s->b[m / 16] |= (unsigned char)(1u << (m / 2 % 8));
}

static unsigned residue(struct zg_slice n, unsigned m)
{
	unsigned r = 0;

	for (size_t i = 0; i < n.n; i++)
		r = (r << 8 | (unsigned char)n.p[i]) % m;
	return r;
}

static unsigned prime_next(const struct sieve *s, unsigned v, unsigned end)
{
	do
		v += 2;
	while (v < end && !is_prime(s, v));
	return v;
}

/* Is r a power of the generator modulo prime? */
static bool is_power(unsigned r, unsigned prime)
{
	unsigned v = 1;

	do {
		if (v == r)
			return true;
		v = v * (GENERATOR % prime) % prime;
	} while (v != 1);
	return false;
}

static bool is_roca(struct zg_slice n)
{
	struct sieve s;

	sieve_init(&s, ROCA_END);
	for (unsigned prime = 3; prime < ROCA_END; prime = prime_next(&s, prime, ROCA_END))
		if (!is_power(residue(n, prime), prime))
			return false;
	return true;
}

/* --- one key -------------------------------------------------------------------------------------------------- */

/* 1 where a has no inverse modulo m, 0 where it has one (which is put into ret), -1 without memory. */
static int no_inverse(BIGNUM *ret, const BIGNUM *a, const BIGNUM *m, BN_CTX *ctx)
{
	struct zg_lack lack = zg_lack_begin();

	if (BN_mod_inverse(ret, a, m, ctx)) {
		zg_lack_drop(lack);
		return 0;
	}
	return zg_lack_end(lack) ? -1 : 1;
}

static bool number_put(struct zg_slice s, BIGNUM *ret)
{
	return s.n <= ZG_KEY_RSA_MAX / 8 && BN_bin2bn((const unsigned char *)s.p, (int)s.n, ret) != NULL;
}

/* 3 times 5 times 7 and so on, two primes at a time: their product is below 2^32. */
static bool primes_multiply(BIGNUM *ret)
{
	struct sieve s;
	unsigned b;
	bool is_good = BN_set_word(ret, 1) == 1;

	sieve_init(&s, PRIMES_END);
	for (unsigned a = 3; a < PRIMES_END && is_good; a = prime_next(&s, b, PRIMES_END)) {
		b = prime_next(&s, a, PRIMES_END);
		is_good = BN_mul_word(ret, a * (b < PRIMES_END ? b : 1)) == 1;
	}
	return is_good;
}

void zg_prober_done(struct zg_prober *p)
{
	BN_free(p->primes);
	BN_free(p->n);
	BN_free(p->rest);
	BN_CTX_free(p->ctx);
	*p = (struct zg_prober){ NULL, NULL, NULL, NULL };
}

int zg_prober_init(struct zg_prober *p)
{
	struct zg_lack lack = zg_lack_begin();
	bool is_good;

	*p = (struct zg_prober){ BN_new(), BN_new(), BN_new(), BN_CTX_new() };
	is_good = p->primes && p->n && p->rest && p->ctx && primes_multiply(p->primes);
	if (!is_good)
		zg_prober_done(p);
	zg_lack_drop(lack);
	return is_good ? 0 : -1;
}

/* 1, 0, or -1 without memory. */
static int has_small_factor(struct zg_prober *p, struct zg_slice n)
{
	struct zg_lack lack;
	bool is_good;

	if (!(n.p[n.n - 1] & 1))
		return 1;
	lack = zg_lack_begin();
	is_good = number_put(n, p->n) && BN_div(NULL, p->rest, p->primes, p->n, p->ctx) == 1;
	zg_lack_drop(lack);
	return is_good ? no_inverse(p->rest, p->rest, p->n, p->ctx) : -1;
}

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

static unsigned size_flaws(unsigned bits)
{
	if (bits < ZG_KEY_RSA_MIN)
		return ZG_FLAW_BIT(ZG_FLAW_SHORT);
	if (bits < STRONG_BITS)
		return ZG_FLAW_BIT(ZG_FLAW_WEAK);
	return bits > LONG_BITS ? ZG_FLAW_BIT(ZG_FLAW_LONG) : 0;
}

static int rsa_flaws(struct zg_prober *p, const struct zg_rsa_numbers *r)
{
	unsigned bits = zg_rsa_bits(r->n), ret = size_flaws(bits);
	int small = 0;

	if (!zg_rsa_exponent_is_sane(r->e))
		ret |= ZG_FLAW_BIT(ZG_FLAW_EXPONENT);
	if (bits <= ZG_KEY_RSA_MAX)
		small = has_small_factor(p, r->n);
	if (small < 0)
		return -1;
	if (small)
		ret |= ZG_FLAW_BIT(ZG_FLAW_SMALL_FACTOR);
	else if (bits <= ZG_KEY_RSA_MAX && is_roca(r->n))
		ret |= ZG_FLAW_BIT(ZG_FLAW_ROCA);
	return (int)ret;
}

int zg_prober_flaws(struct zg_prober *p, enum zg_key_type type, struct zg_slice key)
{
	struct zg_rsa_numbers r;
	struct zg_keyfound found;
	int known, flaws;

	if (!p->primes)
		return -1;
	if (zg_keytext_look(key, &found) == ZG_KEYTEXT_OK)
		return (int)ZG_FLAW_BIT(ZG_FLAW_PRIVATE);
	if (type == ZG_KEY_ED25519)
		return key.n >= ZG_ED25519_SIZE ? known_flaw(zg_slice_sub(key, key.n - ZG_ED25519_SIZE, key.n)) : 0;
	if (zg_rsa_numbers_read(key, &r) < 0)
		return 0;
	known = known_flaw(r.n);
	flaws = known < 0 ? -1 : rsa_flaws(p, &r);
	return flaws < 0 ? -1 : flaws | known;
}

/* --- beside others -------------------------------------------------------------------------------------------- */

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
	return k->is_broken ? -1 : no_inverse(k->other, k->product, k->n, k->ctx);
}

void zg_kin_done(struct zg_kin *k)
{
	BN_free(k->n);
	BN_free(k->product);
	BN_free(k->other);
	BN_CTX_free(k->ctx);
	*k = (struct zg_kin){ .is_broken = true };
}
