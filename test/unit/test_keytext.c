/* test_keytext.c - every form a private key is pasted in, and everything that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <zegel/crypt.h>
#include "base/b64.h"

#define ROOM (3u * ZG_KEY_TEXT_MAX)

/* A text as the rows build it. */
struct text { size_t n; char p[ROOM]; };

static struct text *text_new(void)
{
	struct text *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	return t;
}

static void text_add(struct text *t, struct zg_slice s)
{
	assert_true(s.n <= ROOM - t->n);
	if (s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void text_load(struct text *t, const char *name)
{
	const char *folder = getenv("ZEGEL_DATA");
	char path[4096];
	FILE *f;

	/* A path that is too long is cut, and not found. */
	(void)snprintf(path, sizeof(path), "%s/keytext/%s", folder ? folder : TEST_DATA, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be opened", path);
	t->n += fread(t->p + t->n, 1, ROOM - t->n, f);
	assert_int_equal(fclose(f), 0);
}

static struct zg_slice text_slice(const struct text *t)
{
	return (struct zg_slice){ t->p, t->n };
}

/* Reads from memory that ends where the text ends. */
static enum zg_keytext text_read(struct zg_slice text, const char *passphrase, struct zg_key *ret)
{
	char *exact = malloc(text.n ? text.n : 1);
	enum zg_keytext why;

	assert_non_null(exact);
	if (text.n)
		memcpy(exact, text.p, text.n);
	ret->bits = 77;
	why = zg_keytext_read(zg_slice_of(exact, text.n), zg_slice_cstr(passphrase), ret);
	if (why != ZG_KEYTEXT_OK && ret->bits != 77)
		fail_msg("a key was written without OK");
	if (ERR_peek_error() != 0)
		fail_msg("errors are left in OpenSSL's queue");
	free(exact);
	return why;
}

static const struct file_row { const char *file, *passphrase; enum zg_keytext why; unsigned bits; } files[] = {
	{ "rsa2048.pem", "", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048.pem", "not needed", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pkcs1.pem", "", ZG_KEYTEXT_OK, 2048 },
	{ "rsa1024.pem", "", ZG_KEYTEXT_OK, 1024 },
	{ "rsa8192.pem", "", ZG_KEYTEXT_TOO_LARGE, 0 },
	{ "rsa1023.pem", "", ZG_KEYTEXT_TOO_SHORT, 0 },
	{ "rsa512.pem", "", ZG_KEYTEXT_TOO_SHORT, 0 },
	{ "ed25519.pem", "", ZG_KEYTEXT_OK, 256 },
	{ "rsa2048-pbes2.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pbes2.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "rsa2048-pbes2.pem", "sesam", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-scrypt.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-scrypt.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-pbe3des.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pbe3des.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "rsa2048-traditional-aes.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-traditional-aes.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "rsa2048-traditional-aes.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-traditional-des3.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "ed25519-pbes2.pem", "sesame", ZG_KEYTEXT_OK, 256 },
	{ "ed25519-pbes2.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "ec-pbes2.pem", "sesame", ZG_KEYTEXT_EC, 0 },
	{ "ec-pbes2.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "ec-sec1.pem", "", ZG_KEYTEXT_EC, 0 },
	{ "ec-pkcs8.pem", "", ZG_KEYTEXT_EC, 0 },
	{ "x25519.pem", "", ZG_KEYTEXT_EC, 0 },
	{ "dsa.pem", "", ZG_KEYTEXT_EC, 0 },
	{ "dsa-traditional.pem", "", ZG_KEYTEXT_EC, 0 },
	{ "rsa2048-public.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "rsa2048-public-pkcs1.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "ed25519-public.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "certificate.pem", "", ZG_KEYTEXT_CERTIFICATE, 0 },
	{ "request.pem", "", ZG_KEYTEXT_REQUEST, 0 },
	{ "openssh.pem", "", ZG_KEYTEXT_OPENSSH, 0 },
	{ "bundle.p12", "sesame", ZG_KEYTEXT_UNKNOWN, 0 },
};

static void files_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct text *t = text_new();
		struct zg_key k = { 0 };
		enum zg_keytext why;

		text_load(t, files[i].file);
		why = text_read(text_slice(t), files[i].passphrase, &k);
		if (why != files[i].why || (why == ZG_KEYTEXT_OK && k.bits != files[i].bits))
			fail_msg("%s with \"%s\": %d, not %d", files[i].file, files[i].passphrase, (int)why,
				(int)files[i].why);
		if (why == ZG_KEYTEXT_OK)
			zg_key_done(&k);
		free(t);
	}
}

static const struct text_row { const char *proves; struct zg_slice text; enum zg_keytext why; } texts[] = {
	{ "nothing", ZG_SI(""), ZG_KEYTEXT_EMPTY },
	{ "blanks", ZG_SI(" \r\n\t "), ZG_KEYTEXT_EMPTY },
	{ "a byte order mark alone", ZG_SI("\xef\xbb\xbf"), ZG_KEYTEXT_EMPTY },
	{ "words", ZG_SI("here is my key"), ZG_KEYTEXT_UNKNOWN },
	{ "one letter", ZG_SI("0"), ZG_KEYTEXT_UNKNOWN },
	{ "two letters that might begin DER", ZG_SI("00"), ZG_KEYTEXT_UNKNOWN },
	{ "an octet that begins DER", ZG_SI("\x30"), ZG_KEYTEXT_UNKNOWN },
	{ "DER of which the head is there", ZG_SI("\x30\x82\x04\xa4\x02\x01"), ZG_KEYTEXT_CUT },
	{ "DER that holds a number and no more", ZG_SI("\x30\x03\x02\x01\x00"), ZG_KEYTEXT_UNKNOWN },
	{ "an Ed25519 seed, RFC 8463 A.2", ZG_SI("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="), ZG_KEYTEXT_OK },
	{ "the seed without padding, folded", ZG_SI("  nWGxne/9WmC6hEr0kuws\r\n  xERJxWl7MmkZcDusAxyuf2A\r\n"),
	  ZG_KEYTEXT_OK },
	{ "31 octets of base64", ZG_SI("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyufw=="), ZG_KEYTEXT_UNKNOWN },
	{ "base64 of zeros", ZG_SI("AAAAAAAAAAAAAAAAAAAAAAAA"), ZG_KEYTEXT_UNKNOWN },
	{ "a seed in PKCS#8 of base64",
	  ZG_SI("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"), ZG_KEYTEXT_OK },
	{ "a seed of 31 octets", ZG_SI("MC0CAQAwBQYDK2VwBCEEH51hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn8="),
	  ZG_KEYTEXT_DAMAGED },
	{ "a record", ZG_SI("v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3S"), ZG_KEYTEXT_RECORD },
	{ "a record of a zone file",
	  ZG_SI("s1._domainkey IN TXT ( \"k=rsa; p=\" \"MIGfMA0GCSqGSIb3DQEBAQUAA4GN\" )"), ZG_KEYTEXT_RECORD },
	{ "a revoked record", ZG_SI("v=DKIM1; p="), ZG_KEYTEXT_RECORD },
	{ "p= and a word", ZG_SI("p= hello"), ZG_KEYTEXT_UNKNOWN },
	{ "an SSH public key", ZG_SI("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@example.be"), ZG_KEYTEXT_PUBLIC },
	{ "PGP",
	  ZG_SI("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\n"
		"-----END PGP PRIVATE KEY BLOCK-----\n"), ZG_KEYTEXT_PGP },
	{ "a PGP public key",
	  ZG_SI("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----\n"), ZG_KEYTEXT_PGP },
	{ "a label nobody knows", ZG_SI("-----BEGIN SECRETS-----\nMIIE\n-----END SECRETS-----\n"), ZG_KEYTEXT_UNKNOWN },
	{ "an empty block", ZG_SI("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), ZG_KEYTEXT_CUT },
	{ "a block that ends as another",
	  ZG_SI("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END CERTIFICATE-----\n"), ZG_KEYTEXT_CUT },
	{ "half a label", ZG_SI("-----BEGIN RSA PRIV"), ZG_KEYTEXT_CUT },
	{ "less than a label", ZG_SI("-----BEGIN"), ZG_KEYTEXT_CUT },
	{ "the end alone", ZG_SI("MIIE\n-----END PRIVATE KEY-----\n"), ZG_KEYTEXT_CUT },
	{ "words in a block", ZG_SI("-----BEGIN PRIVATE KEY-----\nhello, world\n-----END PRIVATE KEY-----\n"),
	  ZG_KEYTEXT_DAMAGED },
	{ "base64 of no DER in a block",
	  ZG_SI("-----BEGIN PRIVATE KEY-----\naGVsbG8gd29ybGQ=\n-----END PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
	{ "headers and no more",
	  ZG_SI("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n"
		"-----END RSA PRIVATE KEY-----\n"), ZG_KEYTEXT_CUT },
	{ "words behind the headers", ZG_SI("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nhello, world\n"
		"-----END RSA PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
	{ "a block of a few letters", ZG_SI("-----BEGIN PRIVATE KEY-----\nMIIEo\n-----END PRIVATE KEY-----\n"),
	  ZG_KEYTEXT_DAMAGED },
	{ "two blocks that are both no key: the one that is nearer is told",
	  ZG_SI("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n"
		"-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n"),
	  ZG_KEYTEXT_EC },
	{ "PKCS#8 without the key", ZG_SI("MAoCAQAwBQYDK2Vw"),
	  ZG_KEYTEXT_DAMAGED },
	{ "PKCS#8 of a version to come", ZG_SI("MC4CAQIwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	  ZG_KEYTEXT_UNKNOWN },
	{ "RFC 5958 2: version 1, with the public key behind", ZG_SI("MFECAQEwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
		"gSEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
	  ZG_KEYTEXT_OK },
	{ "a bundle, PKCS#12", ZG_SI("MBACAQMwCwYJKoZIhvcNAQcB"),
	  ZG_KEYTEXT_UNKNOWN },
	{ "an EC key of SEC 1", ZG_SI("MCUCAQEEIBERERERERERERERERERERERERERERERERERERERERER"),
	  ZG_KEYTEXT_EC },
	{ "a certificate of version 1", ZG_SI("MCcwEgIBBTALBgkqhkiG9w0BAQswADALBgkqhkiG9w0BAQsDBABhYmM="),
	  ZG_KEYTEXT_CERTIFICATE },
	{ "numbers that do not end", ZG_SI("MAYCAQACBQA="),
	  ZG_KEYTEXT_DAMAGED },
	{ "a number and NULL", ZG_SI("MAUCAQAFAA=="),
	  ZG_KEYTEXT_UNKNOWN },
	{ "a number in a SEQUENCE in a SEQUENCE", ZG_SI("MAUwAwIBBQ=="),
	  ZG_KEYTEXT_UNKNOWN },
	{ "NULL in a SEQUENCE", ZG_SI("MAIFAA=="),
	  ZG_KEYTEXT_UNKNOWN },
	{ "no rounds", ZG_SI("MC8wGwYKKoZIhvcNAQwBAzANBAgAAAAAAAAAAAIBAAQQAAAAAAAAAAAAAAAAAAAAAA=="),
	  ZG_KEYTEXT_DAMAGED },
	{ "less than no rounds", ZG_SI("MC8wGwYKKoZIhvcNAQwBAzANBAgAAAAAAAAAAAIB/wQQAAAAAAAAAAAAAAAAAAAAAA=="),
	  ZG_KEYTEXT_DAMAGED },
	{ "rounds of five octets", ZG_SI("MDMwHwYKKoZIhvcNAQwBAzARBAgAAAAAAAAAAAIFAQAAAAAEEAAAAAAAAAAAAAAAAAAAAAA="),
	  ZG_KEYTEXT_DAMAGED },
	{ "EncryptedPrivateKeyInfo that asks for 2,147,483,647 rounds is not tried",
	  ZG_SI("MDQwHAYKKoZIhvcNAQwBAzAOBAgBAgMEBQYHCAIEf////wQUAQIDBAUGBwgJCgsMDQ4PEBESExQ="), ZG_KEYTEXT_DAMAGED },
};

static void texts_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct zg_key k = { 0 };
		enum zg_keytext why = text_read(texts[i].text, "some", &k);

		if (why != texts[i].why)
			fail_msg("%s: %d, not %d", texts[i].proves, (int)why, (int)texts[i].why);
		if (why == ZG_KEYTEXT_OK) {
			assert_int_equal(k.type, ZG_KEY_ED25519);
			zg_key_done(&k);
		}
	}
}

/* How a good text is changed; each answers the changed text. */
static void dress_none(struct text *t, struct zg_slice pem) { text_add(t, pem); }

static void dress_crlf(struct text *t, struct zg_slice pem)
{
	for (size_t i = 0; i < pem.n; i++)
		text_add(t, pem.p[i] == '\n' ? ZG_S("\r\n") : zg_slice_sub(pem, i, 1));
}

static void dress_indent(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("\xef\xbb\xbf\n   "));
	for (size_t i = 0; i < pem.n; i++) {
		text_add(t, zg_slice_sub(pem, i, 1));
		if (pem.p[i] == '\n')
			text_add(t, ZG_S("\t  "));
	}
}

static void dress_words(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("Here it is:\nBag Attributes\n    localKeyID: 01\n"));
	text_add(t, pem);
	text_add(t, ZG_S("\nregards\n"));
}

static void dress_with_others(struct text *t, struct zg_slice pem)
{
	text_load(t, "rsa2048-public.pem");
	text_add(t, pem);
	text_load(t, "certificate.pem");
}

static void dress_twice(struct text *t, struct zg_slice pem)
{
	text_add(t, pem);
	text_add(t, pem);
}

static struct zg_slice body_of(struct zg_slice pem)
{
	size_t from = zg_slice_find(pem, '\n');

	return zg_slice_sub(pem, from, zg_slice_find_slice(pem, ZG_S("\n-----END")) - from);
}

static void dress_bare(struct text *t, struct zg_slice pem) { text_add(t, body_of(pem)); }

static void dress_der(struct text *t, struct zg_slice pem)
{
	struct zg_buf b = zg_buf_of(t->p, ROOM);

	assert_int_equal(zg_b64_decode_fws(body_of(pem), &b), 0);
	t->n = b.n;
}

static void dress_der_line_end(struct text *t, struct zg_slice pem)
{
	dress_der(t, pem);
	text_add(t, ZG_S("\n"));
}

static void dress_der_more(struct text *t, struct zg_slice pem)
{
	dress_der(t, pem);
	text_add(t, ZG_S("x"));
}

static void dress_no_end(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, zg_slice_find_slice(pem, ZG_S("-----END"))));
}

static void dress_half(struct text *t, struct zg_slice pem) { text_add(t, zg_slice_sub(pem, 0, pem.n / 2)); }

static void dress_half_bare(struct text *t, struct zg_slice pem)
{
	struct zg_slice body = body_of(pem);

	text_add(t, zg_slice_sub(body, 0, body.n / 2));
}

static void dress_line_lost(struct text *t, struct zg_slice pem)
{
	struct zg_slice body = body_of(pem);
	size_t at = (size_t)(body.p - pem.p) + body.n - 60;

	text_add(t, zg_slice_sub(pem, 0, at));
	text_add(t, zg_slice_sub(pem, at + 37, pem.n));
}

static void dress_other_letter(struct text *t, struct zg_slice pem)
{
	text_add(t, pem);
	t->p[40] = '!';
}

static const struct dress_row {
	const char *proves, *file;
	void (*dress)(struct text *t, struct zg_slice pem);
	enum zg_keytext why;
} dresses[] = {
	{ "as it is", "rsa2048.pem", dress_none, ZG_KEYTEXT_OK },
	{ "CRLF", "rsa2048.pem", dress_crlf, ZG_KEYTEXT_OK },
	{ "CRLF, encrypted the old way", "rsa2048-traditional-aes.pem", dress_crlf, ZG_KEYTEXT_OK },
	{ "indented, with a byte order mark", "rsa2048-pkcs1.pem", dress_indent, ZG_KEYTEXT_OK },
	{ "indented, encrypted the old way", "rsa2048-traditional-aes.pem", dress_indent, ZG_KEYTEXT_OK },
	{ "words around", "rsa2048.pem", dress_words, ZG_KEYTEXT_OK },
	{ "public key and certificate beside it", "rsa2048.pem", dress_with_others, ZG_KEYTEXT_OK },
	{ "two keys", "rsa2048.pem", dress_twice, ZG_KEYTEXT_TWO_KEYS },
	{ "bare base64 of PKCS#8", "rsa2048.pem", dress_bare, ZG_KEYTEXT_OK },
	{ "bare base64 of PKCS#1", "rsa2048-pkcs1.pem", dress_bare, ZG_KEYTEXT_OK },
	{ "bare base64, encrypted", "rsa2048-pbes2.pem", dress_bare, ZG_KEYTEXT_OK },
	{ "bare base64 of a public key", "rsa2048-public.pem", dress_bare, ZG_KEYTEXT_PUBLIC },
	{ "bare base64 of a PKCS#1 public key", "rsa2048-public-pkcs1.pem", dress_bare, ZG_KEYTEXT_PUBLIC },
	{ "bare base64 of an EC key", "ec-sec1.pem", dress_bare,
	  ZG_KEYTEXT_UNKNOWN },	/* its first block are parameters */
	{ "bare base64 of a DSA key", "dsa-traditional.pem", dress_bare, ZG_KEYTEXT_EC },
	{ "bare base64 of a certificate", "certificate.pem", dress_bare, ZG_KEYTEXT_CERTIFICATE },
	{ "bare base64 of a request", "request.pem", dress_bare, ZG_KEYTEXT_REQUEST },
	{ "bare base64 of an OpenSSH key", "openssh.pem", dress_bare, ZG_KEYTEXT_OPENSSH },
	{ "DER of PKCS#8", "rsa2048.pem", dress_der, ZG_KEYTEXT_OK },
	{ "DER of PKCS#1", "rsa2048-pkcs1.pem", dress_der, ZG_KEYTEXT_OK },
	{ "DER of Ed25519", "ed25519.pem", dress_der, ZG_KEYTEXT_OK },
	{ "DER of Ed25519, public", "ed25519-public.pem", dress_der, ZG_KEYTEXT_PUBLIC },
	{ "DER, encrypted", "ed25519-pbes2.pem", dress_der, ZG_KEYTEXT_OK },
	{ "DER and a line end", "rsa2048.pem", dress_der_line_end, ZG_KEYTEXT_OK },
	{ "DER and a letter", "rsa2048.pem", dress_der_more, ZG_KEYTEXT_DAMAGED },
	{ "the END line is missing", "rsa2048.pem", dress_no_end, ZG_KEYTEXT_CUT },
	{ "half of it", "rsa2048.pem", dress_half, ZG_KEYTEXT_CUT },
	{ "half of it, bare", "rsa2048-pkcs1.pem", dress_half_bare, ZG_KEYTEXT_CUT },
	{ "some of the last lines is missing", "rsa2048.pem", dress_line_lost, ZG_KEYTEXT_CUT },
	{ "some is missing, encrypted", "rsa2048-pbes2.pem", dress_line_lost, ZG_KEYTEXT_CUT },
	{ "a letter of another alphabet", "rsa2048.pem", dress_other_letter, ZG_KEYTEXT_DAMAGED },
};

static void dressed_keys_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dresses) / sizeof(dresses[0]); i++) {
		struct text *pem = text_new(), *t = text_new();
		struct zg_key k = { 0 };
		enum zg_keytext why;

		text_load(pem, dresses[i].file);
		dresses[i].dress(t, text_slice(pem));
		why = text_read(text_slice(t), "sesame", &k);
		if (why != dresses[i].why)
			fail_msg("%s (%s): %d, not %d", dresses[i].proves, dresses[i].file, (int)why,
				(int)dresses[i].why);
		if (why == ZG_KEYTEXT_OK)
			zg_key_done(&k);
		free(pem);
		free(t);
	}
}

/* One bit wrong anywhere in an RSA key: never OK, never a crash, and DAMAGED wherever the DER still reads. */
static void a_wrong_bit_is_damage(void **state)
{
	struct text *pem = text_new(), *t = text_new();
	size_t damaged = 0, tried = 0;

	(void)state;
	text_load(pem, "rsa2048-pkcs1.pem");
	dress_der(t, text_slice(pem));
	for (size_t at = 0; at < t->n; at += at < 24 ? 1 : 13) {
		struct zg_key k = { 0 };
		enum zg_keytext why;

		t->p[at] = (char)(t->p[at] ^ 4);
		why = text_read(text_slice(t), "", &k);
		if (why == ZG_KEYTEXT_OK)
			fail_msg("a wrong bit in octet %zu goes unseen", at);
		tried++;
		damaged += why == ZG_KEYTEXT_DAMAGED;
		t->p[at] = (char)(t->p[at] ^ 4);
	}
	assert_true(damaged > tried * 9 / 10);
	free(pem);
	free(t);
}

/* Every prefix of a key, and of a key in base64: CUT as soon as its head is there, never OK. */
static void every_prefix_is_cut(void **state)
{
	static const struct { const char *file; bool is_der; size_t from; } rows[] = {
		{ "rsa2048.pem", true, 5 }, { "ed25519.pem", true, 3 }, { "rsa2048-pkcs1.pem", false, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text *pem = text_new(), *t = text_new();

		text_load(pem, rows[i].file);
		if (rows[i].is_der)
			dress_der(t, text_slice(pem));
		else
			dress_bare(t, text_slice(pem));
		for (size_t n = rows[i].from; n < t->n; n++) {
			struct zg_key k = { 0 };
			enum zg_keytext why = text_read(zg_slice_sub(text_slice(t), 0, n), "", &k);

			if (why != ZG_KEYTEXT_CUT)
				fail_msg("%s, %zu octets of %zu: %d", rows[i].file, n, t->n, (int)why);
		}
		free(pem);
		free(t);
	}
}

static void lengths_have_their_limit(void **state)
{
	struct text *t = text_new();
	struct zg_key k = { 0 };

	(void)state;
	text_load(t, "ed25519.pem");
	memset(t->p + t->n, '\n', ZG_KEY_TEXT_MAX);
	t->n = ZG_KEY_TEXT_MAX;
	assert_int_equal(text_read(text_slice(t), "", &k), ZG_KEYTEXT_OK);
	zg_key_done(&k);
	t->n++;
	assert_int_equal(text_read(text_slice(t), "", &k), ZG_KEYTEXT_TOO_LONG);
	memset(t->p, 'A', ZG_KEY_TEXT_MAX);
	assert_int_equal(text_read(zg_slice_of(t->p, ZG_KEY_TEXT_MAX), "", &k), ZG_KEYTEXT_UNKNOWN);
	free(t);
}

/* The smallest RSA key that is too large, 8200 bits: the modulus alone counts before the numbers are looked at. */
static void a_key_can_be_too_large(void **state)
{
	static const unsigned char head[] = { 0x30, 0x82, 0x04, 0x21, 0x02, 0x01, 0x00, 0x02, 0x82, 0x04, 0x02, 0x00 };
	static const unsigned char rest[] = { 0x02, 0x03, 0x01, 0x00, 0x01, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03,
					      0x02, 0x01, 0x03, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03 };
	struct text *t = text_new();
	struct zg_key k = { 0 };

	(void)state;
	text_add(t, zg_slice_of(head, sizeof(head)));
	memset(t->p + t->n, 0xff, 1025);
	t->n += 1025;
	text_add(t, zg_slice_of(rest, sizeof(rest)));
	t->p[3] = (char)((t->n - 4) & 0xff);
	assert_int_equal(text_read(text_slice(t), "", &k), ZG_KEYTEXT_TOO_LARGE);
	free(t);
}

static void keys_of_all_forms_are_the_same(void **state)
{
	static const char *const names[] = {
		"rsa2048.pem", "rsa2048-pkcs1.pem", "rsa2048-pbes2.pem", "rsa2048-scrypt.pem",
		"rsa2048-traditional-aes.pem",
	};
	unsigned char first[600], other[600];
	struct zg_buf want = zg_buf_of(first, sizeof(first));

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct text *t = text_new();
		struct zg_buf b = zg_buf_of(other, sizeof(other));
		struct zg_key k = { 0 };

		text_load(t, names[i]);
		assert_int_equal(text_read(text_slice(t), "sesame", &k), ZG_KEYTEXT_OK);
		assert_int_equal(zg_key_public_write(&k, i ? &b : &want), 0);
		if (i && !zg_slice_eq(zg_buf_slice(&b), zg_buf_slice(&want)))
			fail_msg("%s is another key", names[i]);
		zg_key_done(&k);
		free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_told_apart), cmocka_unit_test(texts_are_told_apart),
		cmocka_unit_test(dressed_keys_are_read),
		cmocka_unit_test(a_wrong_bit_is_damage), cmocka_unit_test(every_prefix_is_cut),
		cmocka_unit_test(lengths_have_their_limit),
		cmocka_unit_test(a_key_can_be_too_large), cmocka_unit_test(keys_of_all_forms_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
