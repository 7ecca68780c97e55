/* test_crypt.c - hashes; keys read, written, used; what public keys are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <zegel/crypt.h>
#include "base/b64.h"
#include "base/hex.h"
#include "base/secret.h"
#include "crypt/key.h"

#define HEX(s, mem) hex_of(ZG_S(s), mem, sizeof(mem))

static struct zg_slice hex_of(struct zg_slice s, void *mem, size_t cap)
{
	struct zg_buf b = zg_buf_of(mem, cap);

	assert_int_equal(zg_hex_decode(s, &b), 0);
	return zg_buf_slice(&b);
}

static struct zg_slice b64_of(struct zg_slice s, void *mem, size_t cap)
{
	struct zg_buf b = zg_buf_of(mem, cap);

	assert_int_equal(zg_b64_decode(s, &b), 0);
	return zg_buf_slice(&b);
}

static struct zg_key made(enum zg_key_type type, unsigned bits)
{
	struct zg_key k;
	EVP_PKEY *pkey = type == ZG_KEY_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits) :
					      EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	assert_non_null(pkey);
	assert_int_equal(zg_key_of_pkey(pkey, true, &k), 0);
	return k;
}

static void hashes_in_pieces(void **state)
{
	static const struct { const char *proves; struct zg_slice text, hex; } rows[] = {
		{ "nothing", ZG_SI(""), ZG_SI("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
		{ "FIPS 180-2 B.1", ZG_SI("abc"),
		  ZG_SI("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") },
		{ "FIPS 180-2 B.2", ZG_SI("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		  ZG_SI("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1") },
	};
	struct zg_crypt c;

	(void)state;
	assert_int_equal(zg_crypt_init(&c), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t cut = 0; cut <= rows[i].text.n; cut++) {
			unsigned char got[ZG_HASH_SIZE], want[ZG_HASH_SIZE];
			struct zg_hash h;

			(void)hex_of(rows[i].hex, want, sizeof(want));
			assert_int_equal(zg_hash_init(&h, &c), 0);
			zg_hash_update(&h, zg_slice_sub(rows[i].text, 0, cut));
			zg_hash_update(&h, zg_slice_sub(rows[i].text, cut, rows[i].text.n));
			assert_int_equal(zg_hash_final(&h, got), 0);
			if (memcmp(got, want, sizeof(got)) != 0)
				fail_msg("%s, cut at %zu", rows[i].proves, cut);
			zg_hash_update(&h, ZG_S("more"));
			assert_int_equal(zg_hash_final(&h, got), -1);	/* it is over */
			zg_hash_done(&h);
			zg_hash_done(&h);
		}
	}
	zg_crypt_done(&c);
	zg_crypt_done(&c);
}

/* RFC 8463 A.2 and A.3. */
static void ed25519_as_rfc8463(void **state)
{
	unsigned char seed[32], p[32], sig[64];
	struct zg_slice signature, want;
	struct zg_key private, public;
	unsigned char hash[ZG_HASH_SIZE] = { 7 };
	char mem[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf b = zg_buf_of(p, sizeof(p));

	(void)state;
	(void)b64_of(ZG_S("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="), seed, sizeof(seed));
	assert_int_equal(zg_key_of_seed(seed, &private), 0);
	assert_int_equal(private.bits, 256);
	assert_int_equal(zg_key_public_write(&private, &b), 0);
	want = b64_of(ZG_S("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), mem, sizeof(mem));
	assert_true(zg_slice_eq(zg_buf_slice(&b), want));
	assert_int_equal(zg_key_public_read(ZG_KEY_ED25519, zg_buf_slice(&b), &public), 0);
	for (int again = 0; again < 2; again++) {
		b = zg_buf_of(sig, sizeof(sig));
		assert_int_equal(zg_key_sign(&private, hash, &b), 0);
		signature = zg_buf_slice(&b);
		assert_int_equal(signature.n, 64);
		assert_int_equal(zg_key_verify(&public, hash, signature), 0);
	}
	sig[40] ^= 1;
	assert_int_equal(zg_key_verify(&public, hash, signature), 1);
	zg_key_done(&private);
	zg_key_done(&public);
}

static void signs_and_verifies(struct zg_key *k, size_t size)
{
	unsigned char hash[ZG_HASH_SIZE] = { 1, 2, 3 }, other[ZG_HASH_SIZE] = { 1, 2, 4 };
	unsigned char sig[ZG_KEY_SIGNATURE_MAX], spki[1200];
	struct zg_buf b = zg_buf_of(spki, sizeof(spki)), s = zg_buf_of(sig, sizeof(sig));
	struct zg_key public;

	assert_int_equal(zg_key_public_write(k, &b), 0);
	assert_int_equal(zg_key_public_read(k->type, zg_buf_slice(&b), &public), 0);
	assert_int_equal(public.bits, k->bits);
	assert_false(public.is_private);
	assert_int_equal(zg_key_sign(k, hash, &s), 0);
	assert_int_equal(s.n, size);
	assert_int_equal(zg_key_verify(&public, hash, zg_buf_slice(&s)), 0);
	assert_int_equal(zg_key_verify(&public, other, zg_buf_slice(&s)), 1);
	assert_int_equal(zg_key_verify(&public, hash, zg_slice_of(sig, size - 1)), 1);
	assert_int_equal(zg_key_verify(&public, hash, ZG_S("")), 1);
	assert_int_equal(zg_key_verify(&public, hash, zg_slice_of(sig, sizeof(sig))), 1);
	assert_int_equal(zg_key_verify(&public, hash, zg_buf_slice(&s)), 0);	/* still good after all that */
	assert_int_equal(zg_key_verify(k, hash, zg_buf_slice(&s)), -1);
	assert_int_equal(zg_key_sign(&public, hash, &s), -1);
	s = zg_buf_of(sig, size - 1);
	assert_int_equal(zg_key_sign(k, hash, &s), -1);
	assert_int_equal(s.n, 0);
	assert_int_equal(ERR_peek_error(), 0);
	zg_key_done(&public);
	zg_key_done(&public);
}

static void keys_sign_and_verify(void **state)
{
	struct zg_key k = made(ZG_KEY_RSA, 1024);

	(void)state;
	signs_and_verifies(&k, 128);
	zg_key_done(&k);
	k = made(ZG_KEY_RSA, 1023);
	assert_int_equal(k.bits, 1023);
	signs_and_verifies(&k, 128);
	zg_key_done(&k);
	k = made(ZG_KEY_ED25519, 0);
	signs_and_verifies(&k, 64);
	zg_key_done(&k);
}

static void private_keys_go_and_come(struct zg_key *k)
{
	static unsigned char mem[8192], again[8192];
	struct zg_secret der = { 0, sizeof(mem), mem }, back = { 0, sizeof(again), again };
	struct zg_key read;

	assert_int_equal(zg_key_private_write(k, &der), 0);
	assert_int_equal(zg_key_private_read(&der, &read), 0);
	assert_int_equal(read.type, k->type);
	assert_int_equal(read.bits, k->bits);
	assert_int_equal(zg_key_private_write(&read, &back), 0);
	assert_int_equal(der.n, back.n);
	assert_memory_equal(mem, again, der.n);
	zg_key_done(&read);
	back.cap = der.n - 1;
	back.n = 3;
	assert_int_equal(zg_key_private_write(k, &back), -1);
	assert_int_equal(back.n, 3);
	der.n--;
	assert_int_equal(zg_key_private_read(&der, &read), -1);
	der.n = 0;
	assert_int_equal(zg_key_private_read(&der, &read), -1);
	assert_int_equal(ERR_peek_error(), 0);
}

/* What OpenSSL's own encoder writes is what is written here, octet by octet. */
static void keys_are_written_as_openssl_writes_them(void **state)
{
	static const unsigned bits[] = { 512, 1024, 2048, 3072 };

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct zg_key k = made(ZG_KEY_RSA, bits[i]);
		unsigned char mem[4096], public[1024], *want = NULL;
		struct zg_secret private = { 0, sizeof(mem), mem };
		struct zg_buf b = zg_buf_of(public, sizeof(public));
		PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k.pkey);
		int n = i2d_PUBKEY(k.pkey, &want);

		assert_int_equal(zg_key_public_write(&k, &b), 0);
		assert_int_equal(b.n, n);
		assert_memory_equal(public, want, b.n);
		OPENSSL_free(want);
		b = zg_buf_of(public, b.n - 1);
		assert_int_equal(zg_key_public_write(&k, &b), -1);
		assert_int_equal(b.n, 0);
		want = NULL;
		n = i2d_PKCS8_PRIV_KEY_INFO(info, &want);
		assert_int_equal(zg_key_private_write(&k, &private), 0);
		assert_int_equal(private.n, n);
		assert_memory_equal(mem, want, private.n);
		for (size_t at = private.n; at < sizeof(mem); at++)	/* where it was written first nothing stays */
			assert_int_equal(mem[at], 0);
		OPENSSL_free(want);
		PKCS8_PRIV_KEY_INFO_free(info);
		zg_key_done(&k);
	}
}

static void private_keys_are_kept_as_pkcs8(void **state)
{
	struct zg_key k = made(ZG_KEY_RSA, 2048);

	(void)state;
	private_keys_go_and_come(&k);
	zg_key_done(&k);
	k = made(ZG_KEY_ED25519, 0);
	private_keys_go_and_come(&k);
	zg_key_done(&k);
}

/* A modulus of 1024 bits in hexadecimal, of no use but its size. */
#define M "c3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" \
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" \
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" \
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define M_EVEN "c3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" \
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" \
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" \
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b856"
#define OID "06092a864886f70d010101"

static const struct row {
	const char *proves;
	struct zg_slice hex;
	enum zg_key_type type;
	unsigned bits;		/* 0: refused */
} public_rows[] = {
	{ "SubjectPublicKeyInfo", ZG_SI("30819f300d" OID "0500" "03818d0030818902818100" M "0203010001"),
	  ZG_KEY_RSA, 1024 },
	{ "no parameters at all", ZG_SI("30819d300b" OID "03818d0030818902818100" M "0203010001"), ZG_KEY_RSA, 1024 },
	{ "bare RSAPublicKey", ZG_SI("30818902818100" M "0203010001"), ZG_KEY_RSA, 1024 },
	{ "an exponent of 3", ZG_SI("30818702818100" M "020103"), ZG_KEY_RSA, 1024 },
	{ "an exponent of 64 bits", ZG_SI("30818f02818100" M "020900ffffffffffffffff"), ZG_KEY_RSA, 1024 },
	{ "one of 72 bits", ZG_SI("30818f02818100" M "020901ffffffffffffffff"), ZG_KEY_RSA, 0 },
	{ "an exponent of 1", ZG_SI("30818702818100" M "020101"), ZG_KEY_RSA, 0 },
	{ "an even one", ZG_SI("30818902818100" M "0203010000"), ZG_KEY_RSA, 0 },
	{ "zero", ZG_SI("30818702818100" M "020100"), ZG_KEY_RSA, 0 },
	{ "a negative one", ZG_SI("30818702818100" M "0201ff"), ZG_KEY_RSA, 0 },
	{ "zeros in front", ZG_SI("30818a02818100" M "020400010001"), ZG_KEY_RSA, 0 },
	{ "an empty number", ZG_SI("30818602818100" M "0200"), ZG_KEY_RSA, 0 },
	{ "an even modulus", ZG_SI("30818902818100" M_EVEN "0203010001"), ZG_KEY_RSA, 0 },
	{ "a negative modulus", ZG_SI("308188028180" M "0203010001"), ZG_KEY_RSA, 0 },
	{ "a modulus of six bits is read, and bits tells", ZG_SI("3006020137020103"), ZG_KEY_RSA, 6 },
	{ "an exponent over the modulus", ZG_SI("3006020103020107"), ZG_KEY_RSA, 0 },
	{ "three numbers", ZG_SI("30818c02818100" M "0203010001020101"), ZG_KEY_RSA, 0 },
	{ "octets behind the end", ZG_SI("30818902818100" M "020301000100"), ZG_KEY_RSA, 0 },
	{ "octets behind SubjectPublicKeyInfo",
	  ZG_SI("30819f300d" OID "0500" "03818d0030818902818100" M "020301000100"),
	  ZG_KEY_RSA, 0 },
	{ "cut short", ZG_SI("30818902818100" M "02030100"), ZG_KEY_RSA, 0 },
	{ "bits that are no whole octets",
	  ZG_SI("30819f300d" OID "0500" "03818d0130818902818100" M "0203010001"), ZG_KEY_RSA, 0 },
	{ "another algorithm, RSASSA-PSS",
	  ZG_SI("30819f300d" "06092a864886f70d01010a" "0500" "03818d0030818902818100" M "0203010001"),
	  ZG_KEY_RSA, 0 },
	{ "other parameters", ZG_SI("30819f300d" OID "0400" "03818d0030818902818100" M "0203010001"), ZG_KEY_RSA, 0 },
	{ "a length of more octets than needed", ZG_SI("3082008902818100" M "0203010001"), ZG_KEY_RSA, 0 },
	{ "a short length in the long form", ZG_SI("308106020137020103"), ZG_KEY_RSA, 0 },
	{ "an indefinite length", ZG_SI("308002818100" M "02030100010000"), ZG_KEY_RSA, 0 },
	{ "nothing", ZG_SI(""), ZG_KEY_RSA, 0 },
	{ "an Ed25519 key called RSA",
	  ZG_SI("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), ZG_KEY_RSA, 0 },
	{ "Ed25519, RFC 8032 7.1", ZG_SI("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
	  ZG_KEY_ED25519, 256 },
	{ "Ed25519 as SubjectPublicKeyInfo",
	  ZG_SI("302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
	  ZG_KEY_ED25519, 256 },
	{ "X25519 as SubjectPublicKeyInfo",
	  ZG_SI("302a300506032b656e032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
	  ZG_KEY_ED25519, 0 },
	{ "31 octets", ZG_SI("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751"), ZG_KEY_ED25519, 0 },
	{ "RSA called Ed25519", ZG_SI("30818902818100" M "0203010001"), ZG_KEY_ED25519, 0 },
	{ "y is 0", ZG_SI("0000000000000000000000000000000000000000000000000000000000000000"), ZG_KEY_ED25519, 0 },
	{ "y is 0, the other x", ZG_SI("0000000000000000000000000000000000000000000000000000000000000080"),
	  ZG_KEY_ED25519, 0 },
	{ "y is 1", ZG_SI("0100000000000000000000000000000000000000000000000000000000000000"), ZG_KEY_ED25519, 0 },
	{ "y is -1", ZG_SI("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), ZG_KEY_ED25519, 0 },
	{ "order eight", ZG_SI("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), ZG_KEY_ED25519, 0 },
	{ "order eight, the other y and x",
	  ZG_SI("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"), ZG_KEY_ED25519, 0 },
	{ "y is p, another form of 0",
	  ZG_SI("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), ZG_KEY_ED25519, 0 },
	{ "y is p + 1, with the sign",
	  ZG_SI("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"), ZG_KEY_ED25519, 0 },
	{ "y is p + 3, a form that is not its own",
	  ZG_SI("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), ZG_KEY_ED25519, 0 },
	{ "y is p - 2, the form is its own",
	  ZG_SI("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), ZG_KEY_ED25519, 256 },
};

static void public_keys_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(public_rows) / sizeof(public_rows[0]); i++) {
		const struct row *row = &public_rows[i];
		char mem[512], *exact;
		struct zg_slice p = hex_of(row->hex, mem, sizeof(mem));
		struct zg_key k = { .bits = 77 };
		int rc;

		exact = malloc(p.n ? p.n : 1);	/* so that a read past the end shows */
		assert_non_null(exact);
		memcpy(exact, p.p, p.n);
		rc = zg_key_public_read(row->type, zg_slice_of(exact, p.n), &k);
		if (rc != (row->bits ? 0 : 1) || k.bits != (row->bits ? row->bits : 77))
			fail_msg("%s: %d, %u bits", row->proves, rc, k.bits);
		if (rc == 0) {
			unsigned char hash[ZG_HASH_SIZE] = { 0 };

			assert_int_equal(zg_key_verify(&k, hash, ZG_S("no signature")), 1);
			zg_key_done(&k);
		}
		free(exact);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* A modulus of 8192 bits is taken, one of 8200 not; octets of DER around it. */
static void the_largest_modulus(void **state)
{
	static const unsigned char exponent[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
	static const unsigned char head[] = { 0x30, 0x82, 0x04, 0x0a, 0x02, 0x82, 0x04, 0x01, 0x00 };
	static const unsigned char head_more[] = { 0x30, 0x82, 0x04, 0x0b, 0x02, 0x82, 0x04, 0x02, 0x00 };
	unsigned char der[1100];
	struct zg_key k;

	(void)state;
	memset(der, 0xff, sizeof(der));
	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head) + 1024, exponent, sizeof(exponent));
	assert_int_equal(zg_key_public_read(ZG_KEY_RSA, zg_slice_of(der, sizeof(head) + 1024 + 5), &k), 0);
	assert_int_equal(k.bits, 8192);
	zg_key_done(&k);
	memset(der, 0xff, sizeof(der));
	memcpy(der, head_more, sizeof(head_more));
	memcpy(der + sizeof(head) + 1025, exponent, sizeof(exponent));
	assert_int_equal(zg_key_public_read(ZG_KEY_RSA, zg_slice_of(der, sizeof(head) + 1025 + 5), &k), 1);
}

static void other_kinds_are_refused(void **state)
{
	struct zg_key k = { .bits = 77 };

	(void)state;
	assert_int_equal(zg_key_of_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), true, &k), 1);
	assert_int_equal(k.bits, 77);
	k = (struct zg_key){ 0 };
	zg_key_done(&k);		/* an empty key may be ended */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_in_pieces), cmocka_unit_test(ed25519_as_rfc8463),
		cmocka_unit_test(keys_sign_and_verify),
		cmocka_unit_test(keys_are_written_as_openssl_writes_them),
		cmocka_unit_test(private_keys_are_kept_as_pkcs8), cmocka_unit_test(public_keys_are_checked),
		cmocka_unit_test(the_largest_modulus), cmocka_unit_test(other_kinds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
