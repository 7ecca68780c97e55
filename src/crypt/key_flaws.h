/* key_flaws.h - what is weak about a public key, told by the octets of its p= alone or beside other keys.
 *
 * A flaw is a finding of the catalogue: code and severity stand in one table here, the words in lang/. */
#ifndef ZG_CRYPT_KEY_FLAWS_H
#define ZG_CRYPT_KEY_FLAWS_H

#include <zegel/crypt.h>

enum zg_key_flaw {
	ZG_FLAW_PRIVATE,	/* it is the private key, where the public one belongs */
	ZG_FLAW_SHORT,		/* RSA under 1024 bits, RFC 8301 3.2 */
	ZG_FLAW_EXPONENT,	/* the public exponent is 1, even or over 64 bits */
	ZG_FLAW_SMALL_FACTOR,	/* a prime below 2^16 divides the modulus */
	ZG_FLAW_ROCA,		/* made by a chip whose primes can be found: CVE-2017-15361 */
	ZG_FLAW_KNOWN,		/* its private half is published: a sample of an RFC or of software */
	ZG_FLAW_FACTOR,		/* shares a prime with another key, so both can be computed */
	ZG_FLAW_SHARED,		/* the same key at another company */
	ZG_FLAW_WEAK,		/* RSA of 1024 to 2047 bits, RFC 8301 3.2 */
	ZG_FLAW_LONG,		/* RSA over 4096 bits: verifiers need not take it, RFC 8301 3.2 */
	ZG_FLAW_TWICE,		/* the same key at another domain of the company */
	ZG_FLAWS
};
#define ZG_FLAW_BIT(flaw) (1u << (flaw))

/* In the order of weight; codes are stable, programs hang on them. */
enum zg_severity { ZG_NOTICE, ZG_WARNING, ZG_ERROR };
struct zg_flaw_row {
	const char *code;
	enum zg_severity severity;
};
extern const struct zg_flaw_row zg_flaw_rows[ZG_FLAWS];

/* What is needed to look at keys, made once for many: 1 ms. */
struct zg_prober {
	void *primes, *n, *rest, *ctx;	/* OpenSSL's: the product of the odd primes below 2^16, and room */
};
/* 0, or -1 without memory; ended by zg_prober_done in both cases. */
int zg_prober_init(struct zg_prober *p);
/* The flaws of one key by itself, as bits; octets that are no key have none but PRIVATE.  type: what k= says.  -1
 * without memory. */
int zg_prober_flaws(struct zg_prober *p, enum zg_key_type type, struct zg_slice key);
void zg_prober_done(struct zg_prober *p);

/* Does an RSA key share a prime with others?  Then the product of their moduli, which is kept reduced, so that each
 * costs one multiplication, has no inverse modulo its own. */
struct zg_kin {
	void *n, *product, *other, *ctx;	/* OpenSSL's */
	bool is_broken;
};
/* 0, or -1 where p is no RSA key, or without memory; ended by zg_kin_done in both cases. */
int zg_kin_init(struct zg_kin *k, struct zg_slice p);
/* Adds another key; true where it has the very same modulus (it is then left out).  What is no RSA key is passed over. */
bool zg_kin_add(struct zg_kin *k, struct zg_slice p);
/* 1 where a prime is shared, 0 where none is, -1 without memory. */
int zg_kin_judge(struct zg_kin *k);
void zg_kin_done(struct zg_kin *k);

#endif
