/* test_key_corners.c - the corners of key text: each shape of DER and each lock made here, element by element, so that one thing
 * at a time is short, missing, of another kind or too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <zegel/crypt.h>
#include "base/b64.h"
#include "crypt/der.h"
#include "crypt/keytext.h"

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))
#define SET 0x31
#define NOTHING ZG_S("")
#define NULL_DER ZG_S("\x05\x00")

/* --- DER, made ------------------------------------------------------------------------------------------------ */

static char pool[1 << 16];
static size_t pool_n;

static struct zg_slice joined(struct zg_slice a, struct zg_slice b)
{
	char *p = pool + pool_n;

	assert_true(a.n + b.n <= sizeof(pool) - pool_n);
	memcpy(p, a.p, a.n);
	memcpy(p + a.n, b.p, b.n);
	pool_n += a.n + b.n;
	return zg_slice_of(p, a.n + b.n);
}

static struct zg_slice el(unsigned tag, struct zg_slice content)
{
	char head[4] = { (char)tag, (char)content.n };
	size_t n = 2;

	if (content.n > 255) {
		head[1] = (char)0x82;
		head[2] = (char)(content.n >> 8);
		head[3] = (char)content.n;
		n = 4;
	} else if (content.n > 127) {
		head[1] = (char)0x81;
		head[2] = (char)content.n;
		n = 3;
	}
	return joined(zg_slice_of(head, n), content);
}

static struct zg_slice seq(struct zg_slice a, struct zg_slice b)
{
	return el(ZG_DER_SEQUENCE, joined(a, b));
}

static struct zg_slice seq3(struct zg_slice a, struct zg_slice b, struct zg_slice c)
{
	return el(ZG_DER_SEQUENCE, joined(joined(a, b), c));
}

static struct zg_slice num(unsigned v)
{
	const char b[5] = { 0, (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };
	size_t at = 1;

	while (at < 4 && !b[at])
		at++;
	at -= (unsigned char)b[at] & 0x80 ? 1 : 0;
	return el(ZG_DER_INTEGER, zg_slice_of(b + at, 5 - at));
}

static struct zg_slice oid(struct zg_slice s)
{
	return el(ZG_DER_OID, s);
}

static struct zg_slice octets(size_t n)
{
	static const char some[256] = { 1, 2, 3 };

	return el(ZG_DER_OCTETS, zg_slice_of(some, n));
}

static struct zg_slice numbers(unsigned first, size_t count)
{
	struct zg_slice s = num(first);

	while (--count)
		s = joined(s, num(3));
	return el(ZG_DER_SEQUENCE, s);
}

#define RSA_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define PBES2_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define PBKDF2_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
#define SCRYPT_OID "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"
#define PKCS12_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03"
#define AES128_OID "\x60\x86\x48\x01\x65\x03\x04\x01\x02"
#define SHA256_OID "\x2a\x86\x48\x86\xf7\x0d\x02\x09"

/* --- shapes --------------------------------------------------------------------------------------------------- */

static void shape(const char *what, struct zg_slice der, enum zg_keytext want)
{
	struct zg_keyfound found;
	enum zg_keytext got = zg_keytext_look(der, &found);

	if (got != want)
		fail_msg("%s: %d, not %d", what, got, want);
	if (got == ZG_KEYTEXT_OK)
		assert_true(found.der.p >= der.p && found.der.p + found.der.n <= der.p + der.n);
	for (size_t n = 0; n < der.n && n < zg_der_size(der); n++) {	/* what is cut is never a key */
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, der.p, n);
		if (zg_keytext_look(zg_slice_of(exact, n), &found) == ZG_KEYTEXT_OK)
			fail_msg("%s: a key, cut behind %zu octets", what, n);
		free(exact);
	}
	pool_n = 0;
}

static struct zg_slice pkcs8(struct zg_slice algorithm, struct zg_slice key)
{
	return seq3(num(0), seq(algorithm, NULL_DER), el(ZG_DER_OCTETS, key));
}

static void shapes(void **state)
{
	const struct zg_slice rsa = ZG_S(RSA_OID), ed = ZG_S("\x2b\x65\x70");

	(void)state;
	shape("an RSA key", numbers(0, 9), ZG_KEYTEXT_OK);
	shape("of version 1", numbers(1, 9), ZG_KEYTEXT_DAMAGED);
	shape("of version 256", numbers(256, 9), ZG_KEYTEXT_DAMAGED);
	shape("two numbers", numbers(9, 2), ZG_KEYTEXT_PUBLIC);
	shape("six", numbers(0, 6), ZG_KEYTEXT_DSA);
	shape("three", numbers(0, 3), ZG_KEYTEXT_DAMAGED);
	shape("numbers, and none among them", seq3(num(0), num(1), octets(1)), ZG_KEYTEXT_DAMAGED);
	shape("a number that is too long for its place", el(ZG_DER_SEQUENCE, ZG_S("\x02\x05\x01")), ZG_KEYTEXT_DAMAGED);
	shape("one number", seq(num(0), NOTHING), ZG_KEYTEXT_UNKNOWN);
	shape("a number and NULL", seq(num(0), NULL_DER), ZG_KEYTEXT_UNKNOWN);
	shape("PKCS#8, RSA", pkcs8(oid(rsa), numbers(0, 9)), ZG_KEYTEXT_OK);
	shape("PKCS#8, RSA, two numbers", pkcs8(oid(rsa), numbers(0, 2)), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, RSA, and more behind", pkcs8(oid(rsa), joined(numbers(0, 9), num(1))), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, Ed25519", pkcs8(oid(ed), octets(32)), ZG_KEYTEXT_OK);
	shape("PKCS#8, Ed25519, 31 octets", pkcs8(oid(ed), octets(31)), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, Ed25519, and more behind", pkcs8(oid(ed), joined(octets(32), num(0))), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, Ed25519, no octets", pkcs8(oid(ed), num(0)), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, no algorithm", pkcs8(num(0), octets(32)), ZG_KEYTEXT_DAMAGED);
	shape("PKCS#8, another algorithm", pkcs8(oid(ZG_S("\x2b\x65\x71")), octets(32)), ZG_KEYTEXT_OTHER_KIND);
	shape("PKCS#8, no key", seq3(num(0), seq(oid(ed), NOTHING), num(1)), ZG_KEYTEXT_DAMAGED);
	shape("version 2", seq3(num(2), seq(oid(ed), NOTHING), octets(34)), ZG_KEYTEXT_UNKNOWN);
	shape("version 256", seq3(num(256), seq(oid(ed), NOTHING), octets(34)), ZG_KEYTEXT_UNKNOWN);
	shape("PKCS#12", seq(num(3), seq(oid(ZG_S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")), NOTHING)), ZG_KEYTEXT_PFX);
	shape("version 3 of something else", seq(num(3), seq(oid(ed), NOTHING)), ZG_KEYTEXT_UNKNOWN);
	shape("SEC 1", seq(num(1), octets(32)), ZG_KEYTEXT_EC);
	shape("SubjectPublicKeyInfo", seq(seq(oid(ed), NOTHING), el(ZG_DER_BITS, ZG_S("\0x"))), ZG_KEYTEXT_PUBLIC);
	shape("an algorithm and NULL", seq(seq(oid(ed), NOTHING), NULL_DER), ZG_KEYTEXT_UNKNOWN);
	shape("a certificate", seq(seq(el(ZG_DER_CONTEXT_0, num(2)), NOTHING), NOTHING), ZG_KEYTEXT_CERTIFICATE);
	shape("a certificate of version 1", seq(seq(num(7), seq(oid(ed), NOTHING)), NOTHING), ZG_KEYTEXT_CERTIFICATE);
	shape("a request", seq(seq(num(0), seq(el(SET, NOTHING), NOTHING)), NOTHING), ZG_KEYTEXT_REQUEST);
	shape("a number and NULL, wrapped", seq(seq(num(0), NULL_DER), NOTHING), ZG_KEYTEXT_UNKNOWN);
	shape("NULL, wrapped", seq(seq(NULL_DER, NOTHING), NOTHING), ZG_KEYTEXT_UNKNOWN);
	shape("PKCS#7", seq(oid(ed), NOTHING), ZG_KEYTEXT_CERTIFICATE);
	shape("nothing in it", seq(NOTHING, NOTHING), ZG_KEYTEXT_UNKNOWN);
	shape("no SEQUENCE", num(1), ZG_KEYTEXT_UNKNOWN);
	shape("more behind it", joined(numbers(0, 9), num(1)), ZG_KEYTEXT_DAMAGED);
	shape("OpenSSH, RSA", ZG_S("openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x0b\0\0\0\7ssh-rsa"), ZG_KEYTEXT_OPENSSH);
	shape("OpenSSH, another", ZG_S("openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x0b\0\0\0\7ssh-dss"), ZG_KEYTEXT_OPENSSH_OTHER);
	shape("OpenSSH, cut", ZG_S("openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x0b\0\0\0\7ssh"), ZG_KEYTEXT_CUT);
}

/* --- locks ---------------------------------------------------------------------------------------------------- */

static void lock(const char *what, struct zg_slice algorithm, struct zg_slice closed, const char *passphrase, enum zg_keytext want)
{
	struct zg_slice der = seq(algorithm, closed), got;
	unsigned char *mem = malloc(der.n);
	enum zg_keytext why;

	assert_non_null(mem);
	memcpy(mem, der.p, der.n);
	why = zg_key_open_pkcs8(mem, der.n, zg_slice_cstr(passphrase), &got);
	free(mem);
	if (why != want)
		fail_msg("%s: %d, not %d", what, why, want);
	pool_n = 0;
}

static struct zg_slice pbes2(struct zg_slice kdf, struct zg_slice cipher)
{
	return seq(oid(ZG_S(PBES2_OID)), seq(kdf, cipher));
}

static struct zg_slice pbkdf2(struct zg_slice salt, struct zg_slice rounds, struct zg_slice more)
{
	return seq(oid(ZG_S(PBKDF2_OID)), seq3(salt, rounds, more));
}

static struct zg_slice scrypt(unsigned n, unsigned r, struct zg_slice p)
{
	return seq(oid(ZG_S(SCRYPT_OID)), joined(NOTHING, seq3(octets(8), joined(num(n), num(r)), p)));
}

static struct zg_slice aes(size_t iv)
{
	return seq(oid(ZG_S(AES128_OID)), octets(iv));
}

static void locks_of_pbkdf2(void **state)
{
	const struct zg_slice five = ZG_S("\x02\x05\x01\x02\x03\x04\x05");

	(void)state;
	lock("PBES2", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("without a passphrase", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(16), "", ZG_KEYTEXT_PASSPHRASE_NEEDED);
	lock("a length, and SHA-256", pbes2(pbkdf2(octets(8), num(1), joined(num(16), seq(oid(ZG_S(SHA256_OID)), NULL_DER))), aes(16)), octets(16),
	     "x", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("another hash", pbes2(pbkdf2(octets(8), num(1), seq(oid(ZG_S("\x2b\x01")), NOTHING)), aes(16)), octets(16), "x", ZG_KEYTEXT_CIPHER);
	lock("a hash without a name", pbes2(pbkdf2(octets(8), num(1), seq(NULL_DER, NOTHING)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("no hash, but something", pbes2(pbkdf2(octets(8), num(1), NULL_DER), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("no rounds", pbes2(pbkdf2(octets(8), NOTHING, NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("rounds of five octets", pbes2(pbkdf2(octets(8), five, NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("too many rounds", pbes2(pbkdf2(octets(8), num(10000001), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("no salt", pbes2(pbkdf2(octets(0), num(1), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("65 octets of salt", pbes2(pbkdf2(octets(65), num(1), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("an iv of 0", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(0)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("an iv of 15", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(15)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("an iv of 17", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(17)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("no iv", pbes2(pbkdf2(octets(8), num(1), NOTHING), seq(oid(ZG_S(AES128_OID)), NULL_DER)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("half a block", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(15), "x", ZG_KEYTEXT_CUT);
	lock("no block", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(0), "x", ZG_KEYTEXT_CUT);
	lock("another cipher", pbes2(pbkdf2(octets(8), num(1), NOTHING), seq(oid(ZG_S("\x2b\x01")), octets(16))), octets(16), "x", ZG_KEYTEXT_CIPHER);
	lock("another derivation", pbes2(seq(oid(ZG_S("\x2b\x01")), seq(NOTHING, NOTHING)), aes(16)), octets(16), "x", ZG_KEYTEXT_CIPHER);
	lock("no derivation", pbes2(NULL_DER, aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("a derivation without a name", pbes2(seq(NULL_DER, NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("no cipher", pbes2(pbkdf2(octets(8), num(1), NOTHING), NULL_DER), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("a cipher without a name", pbes2(pbkdf2(octets(8), num(1), NOTHING), seq(NULL_DER, NOTHING)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("nothing of PBES2", seq(oid(ZG_S(PBES2_OID)), NULL_DER), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("another lock", seq(oid(ZG_S("\x2b\x01")), NULL_DER), octets(16), "x", ZG_KEYTEXT_CIPHER);
	lock("a lock without a name", seq(NULL_DER, NOTHING), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("nothing closed", seq(oid(ZG_S(PBES2_OID)), NULL_DER), NULL_DER, "x", ZG_KEYTEXT_DAMAGED);
}

static void other_locks(void **state)
{
	static char longest[1100];
	const struct zg_slice pkcs12 = ZG_S(PKCS12_OID);

	(void)state;
	lock("scrypt", pbes2(scrypt(2, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("scrypt, no p", pbes2(scrypt(2, 1, NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, N of 0", pbes2(scrypt(0, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, N of 1, RFC 7914 2", pbes2(scrypt(1, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, N no power of two", pbes2(scrypt(16383, 8, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, N of 2^16 with r of 1", pbes2(scrypt(65536, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, N of 2^15 with r of 1", pbes2(scrypt(32768, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("scrypt, r of 0", pbes2(scrypt(2, 0, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, p of 0", pbes2(scrypt(2, 1, num(0)), aes(16)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("scrypt, what N and r take alone fills the limit", pbes2(scrypt(1 << 17, 9, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, p takes too much memory", pbes2(scrypt(2, 1, num(2000000)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, a large N", pbes2(scrypt(10000001, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, a large r", pbes2(scrypt(2, 10000001, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, a large p", pbes2(scrypt(2, 1, num(10000001)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, too much memory", pbes2(scrypt(1 << 18, 8, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("scrypt, too many rounds", pbes2(scrypt(1 << 10, 8, num(10000)), aes(16)), octets(16), "x", ZG_KEYTEXT_WORK);
	lock("PKCS#12", seq(oid(pkcs12), seq(octets(8), num(1))), octets(16), "x\xc3\xa9\xe2\x82\xac", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("PKCS#12, no rounds", seq(oid(pkcs12), seq(octets(8), NOTHING)), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("PKCS#12, nothing", seq(oid(pkcs12), NULL_DER), octets(16), "x", ZG_KEYTEXT_DAMAGED);
	lock("PKCS#12, a passphrase that is no UTF-8", seq(oid(pkcs12), seq(octets(8), num(1))), octets(16), "\xff", ZG_KEYTEXT_PASSPHRASE_WRONG);
	lock("PKCS#12, a passphrase beyond U+FFFF", seq(oid(pkcs12), seq(octets(8), num(1))), octets(16), "\xf0\x9f\x94\x91",
	     ZG_KEYTEXT_PASSPHRASE_WRONG);
	memset(longest, 'a', sizeof(longest) - 1);
	lock("PKCS#12, a passphrase of 1,099 octets", seq(oid(pkcs12), seq(octets(8), num(1))), octets(16), longest, ZG_KEYTEXT_PASSPHRASE_WRONG);
}

static void old_locks(void **state)
{
	static const struct { const char *cipher, *iv; size_t n; enum zg_keytext want; } rows[] = {
		{ "AES-128-CBC", "000102030405060708090a0b0c0d0e0f", 16, ZG_KEYTEXT_PASSPHRASE_WRONG },
		{ "aes-128-cbc", "000102030405060708090A0B0C0D0E0F", 16, ZG_KEYTEXT_PASSPHRASE_WRONG },
		{ "AES-128-ECB", "000102030405060708090a0b0c0d0e0f", 16, ZG_KEYTEXT_CIPHER },
		{ "AES-128-CBC", "", 16, ZG_KEYTEXT_DAMAGED }, { "AES-128-CBC", "00010", 16, ZG_KEYTEXT_DAMAGED },
		{ "AES-128-CBC", "0001020304050607", 16, ZG_KEYTEXT_DAMAGED }, { "DES-EDE3-CBC", "0001020304050607", 12, ZG_KEYTEXT_CUT },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned char mem[16] = { 0 };
		struct zg_slice got;
		enum zg_keytext why = zg_key_open_pem(mem, rows[i].n, zg_slice_cstr(rows[i].cipher), zg_slice_cstr(rows[i].iv), ZG_S("x"), &got);

		if (why != rows[i].want)
			fail_msg("%s %s: %d", rows[i].cipher, rows[i].iv, why);
	}
}

/* Where OpenSSL may not use what is asked for, as under FIPS: that is no lack of memory. */
static void locks_without_algorithms(void **state)
{
	unsigned char mem[16] = { 0 };
	struct zg_slice got;

	(void)state;
	assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
	lock("PBES2", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_CIPHER);
	lock("scrypt", pbes2(scrypt(2, 1, num(1)), aes(16)), octets(16), "x", ZG_KEYTEXT_CIPHER);
	assert_int_equal(zg_key_open_pem(mem, 16, ZG_S("AES-128-CBC"), ZG_S("000102030405060708090a0b0c0d0e0f"), ZG_S("x"), &got),
			 ZG_KEYTEXT_CIPHER);
	assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
	lock("again", pbes2(pbkdf2(octets(8), num(1), NOTHING), aes(16)), octets(16), "x", ZG_KEYTEXT_PASSPHRASE_WRONG);
}

/* --- numbers -------------------------------------------------------------------------------------------------- */

static struct zg_slice large(size_t n)
{
	static char b[600];

	memset(b, 0x7f, sizeof(b));
	return el(ZG_DER_INTEGER, zg_slice_of(b, n));
}

static enum zg_keytext rsa_of(struct zg_slice n, struct zg_slice e, struct zg_slice d)
{
	struct zg_slice rest = joined(joined(num(3), num(3)), joined(num(3), joined(num(3), num(3))));
	struct zg_key k = { 0 };
	unsigned bits;
	enum zg_keytext why = zg_key_of_rsa(seq3(num(0), joined(n, e), joined(d, rest)), &k, &bits);

	zg_key_done(&k);
	pool_n = 0;
	return why;
}

static void rsa_numbers(void **state)
{
	struct zg_key k = { 0 };
	unsigned bits = 7;

	(void)state;
	assert_int_equal(zg_rsa_bits(NOTHING), 0);
	assert_int_equal(zg_rsa_bits(ZG_S("\x01")), 1);
	assert_int_equal(zg_rsa_bits(ZG_S("\x7f\0")), 15);
	assert_int_equal(zg_key_of_rsa(NULL_DER, &k, &bits), ZG_KEYTEXT_MISFIT);
	assert_int_equal(bits, 0);
	assert_int_equal(zg_key_of_rsa(seq(num(0), num(9)), &k, &bits), ZG_KEYTEXT_MISFIT);
	assert_int_equal(rsa_of(large(127), num(65537), num(3)), ZG_KEYTEXT_TOO_SHORT);
	assert_int_equal(rsa_of(large(513), num(65537), num(3)), ZG_KEYTEXT_TOO_LARGE);
	assert_int_equal(rsa_of(large(256), num(65536), num(3)), ZG_KEYTEXT_EXPONENT);
	assert_int_equal(rsa_of(large(256), num(0), num(3)), ZG_KEYTEXT_EXPONENT);
	assert_int_equal(rsa_of(large(256), el(ZG_DER_INTEGER, ZG_S("\xff")), num(3)), ZG_KEYTEXT_MISFIT);
	assert_int_equal(rsa_of(large(256), num(65537), num(0)), ZG_KEYTEXT_MISFIT);
	assert_int_equal(rsa_of(large(256), num(65537), large(257)), ZG_KEYTEXT_MISFIT);
}

/* --- texts ---------------------------------------------------------------------------------------------------- */

static struct zg_slice washed(struct zg_slice s, char *mem)
{
	return zg_keytext_wash(s, (unsigned char *)mem);
}

static void washes(void **state)
{
	static const struct { struct zg_slice in, out; } rows[] = {
		{ ZG_SI("a\\"), ZG_SI("a") }, { ZG_SI("a\\\\\\n"), ZG_SI("a\n") }, { ZG_SI("a\\u00"), ZG_SI("au00") }, { ZG_SI("\\u0g41"), ZG_SI("u0g41") },
		{ ZG_SI("\\u0041"), ZG_SI("A") }, { ZG_SI("\\u2014"), ZG_SI("-") }, { ZG_SI("\\u0022a"), ZG_SI(" a") }, { ZG_SI("\\tb"), ZG_SI(" b") },
		{ ZG_SI("\\rb"), ZG_SI(" b") }, { ZG_SI("\\fb"), ZG_SI(" b") }, { ZG_SI("\\qb"), ZG_SI("qb") }, { ZG_SI("\\u200bx"), ZG_SI("x") },
		{ ZG_SI("\"a\" + \"b\""), ZG_SI(" a     b ") }, { ZG_SI("\"a\" + b"), ZG_SI(" a  + b") }, { ZG_SI("\"a\"+"), ZG_SI(" a  ") },
		{ ZG_SI("\"a\"+\n\"b\""), ZG_SI(" a  \n b ") }, { ZG_SI("\"a\",\r\n\"b\""), ZG_SI(" a  \n b ") }, { ZG_SI("\"a\" .'b'"), ZG_SI(" a    b ") },
		{ ZG_SI("a\rb"), ZG_SI("a\nb") }, { ZG_SI("a\x01" "b"), ZG_SI("a b") }, { ZG_SI("a\tb"), ZG_SI("a b") },
		{ ZG_SI("\x91" "a\x94"), ZG_SI(" a ") }, { ZG_SI("a\x96" "b\x97" "c\xa0" "d\xff"), ZG_SI("a-b-c d?") },
		{ ZG_SI("\xe2\x80\x94" "a"), ZG_SI("--a") }, { ZG_SI("\xff\xfe" "A\0B\0"), ZG_SI("AB") }, { ZG_SI("\xfe\xff\0A\0B"), ZG_SI("AB") },
		{ ZG_SI("A\0B\0"), ZG_SI("AB") }, { ZG_SI("\0A\0B"), ZG_SI("AB") }, { ZG_SI("A\0B"), ZG_SI("A B") }, { ZG_SI("A\0\0B"), ZG_SI("A  B") },
		{ ZG_SI("\0\0AB"), ZG_SI("  AB") }, { ZG_SI("A\0BB"), ZG_SI("A BB") }, { ZG_SI("\0A\0\0"), ZG_SI(" A  ") }, { ZG_SI("\0ABB"), ZG_SI(" ABB") },
		{ ZG_SI("\xe4\xb8\xad"), ZG_SI("?") }, { ZG_SI(""), ZG_SI("") },
	};
	char mem[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_slice got = washed(rows[i].in, mem);

		if (!zg_slice_eq(got, rows[i].out))
			fail_msg("row %zu: \"" ZG_FMT "\"", i, ZG_ARG(got));
	}
}

#define BEGIN_RSA "-----BEGIN RSA PRIVATE KEY-----\n"
#define END_RSA "-----END RSA PRIVATE KEY-----\n"
#define IV32 "000102030405060708090a0b0c0d0e0f"

static void texts(void **state)
{
	static const struct { struct zg_slice text; enum zg_keytext want; } rows[] = {
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC " IV32 "\n\nAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC," IV32 "0011\n\nAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC," IV32 "\n\nAA?A\n" END_RSA), ZG_KEYTEXT_LETTER },
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC," IV32 "\n\nAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "Proc-Type: 4,ENCRYPTED\n\nAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "AAAA   ?\n" END_RSA), ZG_KEYTEXT_LETTER },
		{ ZG_SI(BEGIN_RSA "AAAA\n--\n" END_RSA), ZG_KEYTEXT_CUT },
		{ ZG_SI(BEGIN_RSA "\n" END_RSA), ZG_KEYTEXT_CUT },
		{ ZG_SI(BEGIN_RSA "MIIEAA\n" END_RSA), ZG_KEYTEXT_PART },
		{ ZG_SI(BEGIN_RSA "A\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "AAAAAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI("-----BEGIN MY PRIVATE KEY-----\nAAAA\n-----END MY PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI("-----BEGIN MY P RIVATE K EY-----\nAAAA\n-----END MY PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI("-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("-----BEGIN MY PRIVATE KEX-----\nAAAA\n-----END MY PRIVATE KEX-----\n"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("-----BEGIN -----\nAAAA\n-----END -----\n"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("-----BEGIN MY VERY LONG LABEL THAT ENDS AS A KEY OF SOME KIND  PRIVATE KEY"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI(BEGIN_RSA "AAAA\n" END_RSA BEGIN_RSA "AAAA" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "AAAA\n" BEGIN_RSA "AAAA" END_RSA), ZG_KEYTEXT_TWO_KEYS },
		{ ZG_SI(BEGIN_RSA "AAAA\n" END_RSA BEGIN_RSA "AAAB\n" END_RSA BEGIN_RSA "AAAC\n" END_RSA), ZG_KEYTEXT_TWO_KEYS },
		{ ZG_SI("-----BEGIN MY P RIVATE KEY and no end of the label in the next sixty-four octets of it -----\nAAAA\n"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("-----BEGIN"), ZG_KEYTEXT_CUT }, { ZG_SI("-----BEGIN PRIV"), ZG_KEYTEXT_CUT },
		{ ZG_SI("AAAA\n-----END PRIVATE KEY-----"), ZG_KEYTEXT_CUT_FRONT },
		{ ZG_SI("p= , and p=A=== , and p=AAAA p"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("p= AAAABBBBCCCCDDDDEEEE"), ZG_KEYTEXT_RECORD }, { ZG_SI("p=  "), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("ssh-dss AAAA"), ZG_KEYTEXT_PUBLIC }, { ZG_SI("PuTTY-User-Key-File-3: x"), ZG_KEYTEXT_PPK },
		{ ZG_SI("b3BlbnNzaC1rZXktdjEAAAAA"), ZG_KEYTEXT_CUT }, { ZG_SI("MIIE"), ZG_KEYTEXT_UNKNOWN }, { ZG_SI("MIIEpAIBAAKC"), ZG_KEYTEXT_CUT },
		{ ZG_SI("MAYCAQECAQE="), ZG_KEYTEXT_PUBLIC }, { ZG_SI("MAYCAQECAQ=E"), ZG_KEYTEXT_DAMAGED }, { ZG_SI("MAYCAQECAQEA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("MAYCAQECAQF="), ZG_KEYTEXT_DAMAGED }, { ZG_SI("MAYCAQECAQF"), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI("MAYCAQECAQE= and MAYCAQECAQE="), ZG_KEYTEXT_PUBLIC }, { ZG_SI("words only"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("0\x06\x02\x01\x01\x02\x01\x01\r\n"), ZG_KEYTEXT_PUBLIC }, { ZG_SI("0\x06\x02\x01\x01\x02\x01\x01x"), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI("0\x04" "0\x02\x05"), ZG_KEYTEXT_CUT }, { ZG_SI("0\x03" "0aa"), ZG_KEYTEXT_UNKNOWN }, { ZG_SI("0\x02" "0\x00"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("0\x01" "0"), ZG_KEYTEXT_UNKNOWN }, { ZG_SI("0\x04" "0A\x05 "), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("thirty-two letters with a line\nend"), ZG_KEYTEXT_UNKNOWN }, { ZG_SI("thirty-two letters, but no seed."), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("thirty-two octets of them a \x01 is"), ZG_KEYTEXT_OK }, { ZG_SI("thirty-two octets of them a \xe9 is"), ZG_KEYTEXT_OK },
		{ ZG_SI(BEGIN_RSA "MII=AAAAAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED }, { ZG_SI(BEGIN_RSA "MIIEpAIBAAK=A\n" END_RSA), ZG_KEYTEXT_PART },
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC,0g\n\nAAAA\n" END_RSA), ZG_KEYTEXT_DAMAGED },
		{ ZG_SI(BEGIN_RSA "DEK-Info: AES-128-CBC,0:\n\nAAAA\n" END_RSA), ZG_KEYTEXT_LETTER },
		{ ZG_SI("MIP///8CMIP///8C"), ZG_KEYTEXT_UNKNOWN }, { ZG_SI("a MIIEpAIBAAKCAQEA, and MIIFpAIBAAKCAQEA"), ZG_KEYTEXT_CUT },
		{ ZG_SI("ssh-dss AAAA\n-----END PRIVATE KEY-----"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("MIIEpAIBAAKC\n-----END PRIVATE KEY-----"), ZG_KEYTEXT_CUT_FRONT }, { ZG_SI("-----END CERTIFICATE-----"), ZG_KEYTEXT_UNKNOWN },
		{ ZG_SI("0123456789abcdef0123456789abcdef 0123456789abcdef0123456789abcdef"), ZG_KEYTEXT_OK },
	};
	static char der[50000] = "\x30\x82\xc3\x4c\x02\x01";

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zg_key k = { 0 };
		size_t number;
		enum zg_keytext got = zg_keytext_read_told(rows[i].text, ZG_S("x"), &k, &number);

		zg_key_done(&k);
		if (got != rows[i].want)
			fail_msg("row %zu, " ZG_FMT ": %d, not %d", i, ZG_ARG(rows[i].text), got, rows[i].want);
		assert_true(number <= (got == ZG_KEYTEXT_PART ? ZG_KEY_TEXT_MAX : rows[i].text.n));
	}
	assert_int_equal(zg_keytext_read(zg_slice_of(der, sizeof(der)), NOTHING, &(struct zg_key){ 0 }), ZG_KEYTEXT_TOO_LONG);
}

/* A key in base64, with something in front and behind. */
static enum zg_keytext run_with(const char *front, struct zg_slice der, const char *behind)
{
	char text[1024];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	struct zg_key k = { 0 };
	enum zg_keytext why;

	zg_buf_put(&b, zg_slice_cstr(front));
	zg_b64_encode(der, &b);
	zg_buf_put(&b, zg_slice_cstr(behind));
	why = zg_keytext_read(zg_buf_slice(&b), ZG_S("x"), &k);
	zg_key_done(&k);
	return why;
}

static void runs(void **state)
{
	struct zg_slice key = pkcs8(oid(ZG_S("\x2b\x65\x70")), octets(32));
	struct zg_key k = { 0 };

	(void)state;
	assert_int_equal(run_with("", key, ""), ZG_KEYTEXT_OK);
	assert_int_equal(run_with("k=", key, ""), ZG_KEYTEXT_OK);
	assert_int_equal(run_with("=", key, ""), ZG_KEYTEXT_OK);
	assert_int_equal(run_with("key: ", key, " there"), ZG_KEYTEXT_OK);
	assert_int_equal(run_with("p=", key, ""), ZG_KEYTEXT_RECORD_PRIVATE);
	assert_int_equal(run_with("p=\n", key, ";"), ZG_KEYTEXT_RECORD_PRIVATE);
	assert_int_equal(run_with("", joined(key, ZG_S("x")), ""), ZG_KEYTEXT_DAMAGED);	/* an octet behind it, in the same letters */
	assert_int_equal(zg_keytext_read(seq(pbes2(pbkdf2(octets(64), num(1), NOTHING), aes(16)), octets(15)), ZG_S("x"), &k), ZG_KEYTEXT_DAMAGED);
	pool_n = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(locks_of_pbkdf2),
		cmocka_unit_test(other_locks),
		cmocka_unit_test(old_locks), cmocka_unit_test(locks_without_algorithms),
		cmocka_unit_test(rsa_numbers),
		cmocka_unit_test(washes),
		cmocka_unit_test(texts),
		cmocka_unit_test(runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
