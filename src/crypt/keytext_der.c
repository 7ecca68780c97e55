/* keytext_der.c - what DER is, told by its shape alone: tags, how many numbers, and the names of algorithms. */
#include "crypt/der.h"
#include "crypt/keytext.h"

#define RSA_INTEGERS 9u		/* of an RSAPrivateKey, RFC 8017 A.1.2 */
#define DSA_INTEGERS 6u		/* of OpenSSL's DSAPrivateKey */
#define PFX_VERSION 3		/* RFC 7292 4 */

static const struct zg_slice openssh_magic = ZG_SI("openssh-key-v1\0");

/* Algorithms of PKCS#8 keys that are told apart; others are OTHER_KIND. */
static const struct { struct zg_slice oid; enum zg_keytext what; } algorithms[] = {
	{ ZG_SI("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), ZG_KEYTEXT_OK },	/* rsaEncryption, RFC 8017 A.1 */
	{ ZG_SI("\x2b\x65\x70"), ZG_KEYTEXT_OK },				/* id-Ed25519, RFC 8410 3 */
	{ ZG_SI("\x2a\x86\x48\xce\x3d\x02\x01"), ZG_KEYTEXT_EC },		/* id-ecPublicKey, RFC 5480 2.1.1 */
	{ ZG_SI("\x2a\x86\x48\xce\x38\x04\x01"), ZG_KEYTEXT_DSA },		/* id-dsa, RFC 3279 2.3.2 */
};

/* A SEQUENCE of INTEGERs and nothing else: a key of RSA or DSA, or the public half. */
static enum zg_keytext look_at_numbers(struct zg_slice der, struct zg_keyfound *ret)
{
	struct zg_cur outer = zg_cur_of(der);
	struct zg_cur in = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));
	struct zg_slice first = zg_der_take(&in, ZG_DER_INTEGER);
	unsigned count = 1;

	while (!zg_cur_is_end(&in)) {
		(void)zg_der_take(&in, ZG_DER_INTEGER);	/* only how many there are */
		count++;
	}
	if (in.why || !zg_cur_is_end(&outer))
		return ZG_KEYTEXT_DAMAGED;
	if (count == 2)
		return ZG_KEYTEXT_PUBLIC;
	if (count == DSA_INTEGERS)
		return ZG_KEYTEXT_DSA;
	*ret = (struct zg_keyfound){ ZG_KEYFORM_RSA, der };
	/* RFC 8017 A.1.2: version 0 has two primes. */
	return count == RSA_INTEGERS && first.n == 1 && first.p[0] == 0 ? ZG_KEYTEXT_OK : ZG_KEYTEXT_DAMAGED;
}

static enum zg_keytext algorithm_of(struct zg_slice oid)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (zg_slice_eq(algorithms[i].oid, oid))
			return algorithms[i].what;
	return ZG_KEYTEXT_OTHER_KIND;
}

/* RFC 5958 2: version, algorithm, key; what may follow is not looked at. */
static enum zg_keytext look_at_pkcs8(struct zg_cur *in, struct zg_keyfound *ret)
{
	struct zg_cur algorithm = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));
	struct zg_slice oid = zg_der_take(&algorithm, ZG_DER_OID);
	struct zg_slice key = zg_der_take(in, ZG_DER_OCTETS);
	struct zg_cur inner = zg_cur_of(key);
	enum zg_keytext what = algorithm_of(oid);

	if (in->why || algorithm.why)
		return ZG_KEYTEXT_DAMAGED;
	if (what != ZG_KEYTEXT_OK)
		return what;
	if (zg_slice_eq(oid, algorithms[0].oid))
		return look_at_numbers(key, ret) == ZG_KEYTEXT_OK ? ZG_KEYTEXT_OK : ZG_KEYTEXT_DAMAGED;
	*ret = (struct zg_keyfound){ ZG_KEYFORM_ED25519, zg_der_take(&inner, ZG_DER_OCTETS) };
	if (inner.why || !zg_cur_is_end(&inner) || ret->der.n != ZG_ED25519_SIZE)
		return ZG_KEYTEXT_DAMAGED;
	return ZG_KEYTEXT_OK;
}

/* RFC 7292 4: version 3 and a content, whose kind is a name of PKCS#7. */
static bool is_pfx(struct zg_slice version, const struct zg_cur *in)
{
	struct zg_cur c = *in, content = zg_cur_of(zg_der_take(&c, ZG_DER_SEQUENCE));

	return version.n == 1 && version.p[0] == PFX_VERSION &&
	       zg_slice_starts(zg_der_take(&content, ZG_DER_OID), ZG_S("\x2a\x86\x48\x86\xf7\x0d\x01\x07"));
}

static enum zg_keytext look_behind_integer(struct zg_cur *in, struct zg_slice der, struct zg_keyfound *ret)
{
	struct zg_slice version = zg_der_take(in, ZG_DER_INTEGER);

	switch (zg_der_peek(in)) {
	case ZG_DER_INTEGER:
		return look_at_numbers(der, ret);
	case ZG_DER_OCTETS:				/* RFC 5915 3 */
		return ZG_KEYTEXT_EC;
	case ZG_DER_SEQUENCE:
		if (is_pfx(version, in))
			return ZG_KEYTEXT_PFX;
		if (version.n != 1 || (version.p[0] != 0 && version.p[0] != 1))
			return ZG_KEYTEXT_UNKNOWN;
		return look_at_pkcs8(in, ret);
	default:
		return in->why ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_UNKNOWN;
	}
}

/* What stands in a SEQUENCE within the SEQUENCE: an algorithm (then it is a public or an encrypted key), or what a
 * certificate or a request says. */
static enum zg_keytext look_behind_sequence(struct zg_cur *in, struct zg_slice der, struct zg_keyfound *ret)
{
	struct zg_cur inner = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));
	struct zg_cur third;

	switch (zg_der_peek(&inner)) {
	case ZG_DER_OID:
		if (zg_der_peek(in) == ZG_DER_BITS)
			return ZG_KEYTEXT_PUBLIC;
		*ret = (struct zg_keyfound){ ZG_KEYFORM_ENCRYPTED, der };
		return zg_der_peek(in) == ZG_DER_OCTETS ? ZG_KEYTEXT_OK : ZG_KEYTEXT_UNKNOWN;
	case ZG_DER_CONTEXT_0:				/* RFC 5280 4.1: [0] version */
		return ZG_KEYTEXT_CERTIFICATE;
	case ZG_DER_INTEGER:	/* a serial and an algorithm; or a version and a name, RFC 2986 4.1 */
		(void)zg_der_take(&inner, ZG_DER_INTEGER);	/* its value does not matter */
		third = zg_cur_of(zg_der_take(&inner, ZG_DER_SEQUENCE));
		if (inner.why)
			return ZG_KEYTEXT_UNKNOWN;
		return zg_der_peek(&third) == ZG_DER_OID ? ZG_KEYTEXT_CERTIFICATE : ZG_KEYTEXT_REQUEST;
	default:
		return ZG_KEYTEXT_UNKNOWN;
	}
}

/* OpenSSH's own form: names of cipher and derivation, options, a count, and the public key, which is never closed and
 * begins with its kind.  ssh-keygen writes only RSA in another form. */
static enum zg_keytext look_at_openssh(struct zg_slice text)
{
	struct zg_cur c = zg_cur_of(zg_slice_sub(text, openssh_magic.n, text.n)), key;

	for (int i = 0; i < 3; i++)
		(void)zg_cur_sized(&c);		/* any cipher will do */
	(void)zg_cur_u32(&c);			/* one key */
	key = zg_cur_of(zg_cur_sized(&c));
	if (c.why)
		return ZG_KEYTEXT_CUT;
	return zg_slice_eq(zg_cur_sized(&key), ZG_S("ssh-rsa")) ? ZG_KEYTEXT_OPENSSH : ZG_KEYTEXT_OPENSSH_OTHER;
}

enum zg_keytext zg_keytext_look(struct zg_slice der, struct zg_keyfound *ret)
{
	struct zg_cur c = zg_cur_of(der), in;
	size_t size = zg_der_size(der);

	if (zg_slice_starts(der, openssh_magic))
		return look_at_openssh(der);
	if (!size || zg_der_peek(&c) != ZG_DER_SEQUENCE)
		return ZG_KEYTEXT_UNKNOWN;
	if (size != der.n)
		return size > der.n ? ZG_KEYTEXT_CUT : ZG_KEYTEXT_DAMAGED;
	in = zg_cur_of(zg_der_take(&c, ZG_DER_SEQUENCE));
	switch (zg_der_peek(&in)) {
	case ZG_DER_INTEGER:
		return look_behind_integer(&in, der, ret);
	case ZG_DER_SEQUENCE:
		return look_behind_sequence(&in, der, ret);
	case ZG_DER_OID:	/* RFC 2315 7: a bag of certificates */
		return ZG_KEYTEXT_CERTIFICATE;
	default:
		return ZG_KEYTEXT_UNKNOWN;
	}
}
