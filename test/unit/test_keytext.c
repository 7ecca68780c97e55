/* test_keytext.c - what a private key is told to be: every form, everything that is none, and what is cut or damaged.
 * How keys are dressed when they are pasted is in test_keytext_dress.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/b64.h"
#include "keytexts.h"

/* number: what is told; of a key that is read, its bits. */
static const struct file_row { const char *file, *passphrase; enum zg_keytext why; size_t number; } files[] = {
	{ "rsa2048.pem", "", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048.pem", "not needed", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pkcs1.pem", "", ZG_KEYTEXT_OK, 2048 },
	{ "rsa1024.pem", "", ZG_KEYTEXT_OK, 1024 },
	{ "rsa8192.pem", "", ZG_KEYTEXT_TOO_LARGE, 8192 },
	{ "rsa1023.pem", "", ZG_KEYTEXT_TOO_SHORT, 1023 },
	{ "rsa512.pem", "", ZG_KEYTEXT_TOO_SHORT, 512 },
	{ "rsa2048-e1.pem", "", ZG_KEYTEXT_EXPONENT, 0 },
	{ "rsa2048-e2.pem", "", ZG_KEYTEXT_EXPONENT, 0 },
	{ "rsa2048-e65bit.pem", "", ZG_KEYTEXT_EXPONENT, 0 },
	{ "rsa2048-misfit.pem", "", ZG_KEYTEXT_MISFIT, 0 },
	{ "ed25519.pem", "", ZG_KEYTEXT_OK, 256 },
	{ "rsa2048-pbes2.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pbes2.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "rsa2048-pbes2.pem", "sesam", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-pbes2-sha512.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pbes2-des3.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-camellia.pem", "sesame", ZG_KEYTEXT_CIPHER, 0 },
	{ "rsa2048-scrypt.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-scrypt.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-pbe3des.pem", "sesame", ZG_KEYTEXT_OK, 2048 },
	{ "rsa2048-pbe3des.pem", "wrong", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-pbe3des.pem", "\xff", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "rsa2048-pbe3des.pem", "", ZG_KEYTEXT_PASSPHRASE_NEEDED, 0 },
	{ "ed25519-pbe3des-utf8.pem", "s\xc3\xa9same", ZG_KEYTEXT_OK, 256 },
	{ "ed25519-pbe3des-utf8.pem", "sesame", ZG_KEYTEXT_PASSPHRASE_WRONG, 0 },
	{ "ed25519-md5des.pem", "sesame", ZG_KEYTEXT_CIPHER, 0 },
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
	{ "x25519.pem", "", ZG_KEYTEXT_OTHER_KIND, 0 },
	{ "ed448.pem", "", ZG_KEYTEXT_OTHER_KIND, 0 },
	{ "rsa-pss.pem", "", ZG_KEYTEXT_OTHER_KIND, 0 },
	{ "dsa.pem", "", ZG_KEYTEXT_DSA, 0 },
	{ "dsa-traditional.pem", "", ZG_KEYTEXT_DSA, 0 },
	{ "rsa2048-public.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "rsa2048-public-pkcs1.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "ed25519-public.pem", "", ZG_KEYTEXT_PUBLIC, 0 },
	{ "certificate.pem", "", ZG_KEYTEXT_CERTIFICATE, 0 },
	{ "request.pem", "", ZG_KEYTEXT_REQUEST, 0 },
	{ "openssh.pem", "", ZG_KEYTEXT_OPENSSH_OTHER, 0 },
	{ "openssh-rsa.pem", "", ZG_KEYTEXT_OPENSSH, 0 },
	{ "bundle.p12", "sesame", ZG_KEYTEXT_PFX, 0 },
};

static void judge(const char *proves, const char *more, enum zg_keytext why, enum zg_keytext want, size_t number,
		  size_t want_number)
{
	if (why != want || number != want_number)
		fail_msg("%s%s: %d, number %zu; not %d, %zu", proves, more, (int)why, number, (int)want, want_number);
}

static void files_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct text *t = text_new();
		struct zg_key k = { 0 };
		size_t number = 0;
		enum zg_keytext why;

		text_load(t, files[i].file);
		why = text_read(text_slice(t), files[i].passphrase, &k, &number);
		judge(files[i].file, files[i].passphrase, why, files[i].why, why == ZG_KEYTEXT_OK ? k.bits : number,
		      files[i].number);
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
	{ "the end alone", ZG_SI("MIIE\n-----END PRIVATE KEY-----\n"), ZG_KEYTEXT_CUT_FRONT },
	{ "words in a block", ZG_SI("-----BEGIN PRIVATE KEY-----\nhello, world\n-----END PRIVATE KEY-----\n"),
	  ZG_KEYTEXT_LETTER },
	{ "base64 of no DER in a block",
	  ZG_SI("-----BEGIN PRIVATE KEY-----\naGVsbG8gd29ybGQ=\n-----END PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
	{ "headers and no more",
	  ZG_SI("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n"
		"-----END RSA PRIVATE KEY-----\n"), ZG_KEYTEXT_DAMAGED },
	{ "words behind the headers",
	  ZG_SI("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,7E7BD89B6609F209EE48884EC830A817\n\nhello, world\n"
		"-----END RSA PRIVATE KEY-----\n"), ZG_KEYTEXT_LETTER },
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
	  ZG_KEYTEXT_PFX },
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
	{ "an algorithm that is not known", ZG_SI("MC4wGgYJKoZIhvcNAQUDMA0ECAAAAAAAAAAAAgEBBBAAAAAAAAAAAAAAAAAAAAAA"), ZG_KEYTEXT_CIPHER },
	{ "rounds of five octets", ZG_SI("MDMwHwYKKoZIhvcNAQwBAzARBAgAAAAAAAAAAAIFAQAAAAAEEAAAAAAAAAAAAAAAAAAAAAA="),
	  ZG_KEYTEXT_DAMAGED },
	{ "EncryptedPrivateKeyInfo that asks for 2,147,483,647 rounds is not tried",
	  ZG_SI("MDYwHgYKKoZIhvcNAQwBAzAQBAgBAgMEBQYHCAIEf////wQUAQIDBAUGBwgJCgsMDQ4PEBESExQ="), ZG_KEYTEXT_WORK },
	{ "one round over 10,000,000 is not tried",
	  ZG_SI("MDYwHgYKKoZIhvcNAQwBAzAQBAgBAgMEBQYHCAIEAJiWgQQUAQIDBAUGBwgJCgsMDQ4PEBESExQ="), ZG_KEYTEXT_WORK },
	{ "scrypt of 1 GiB is not tried",
	  ZG_SI("MGQwUAYJKoZIhvcNAQUNMEMwIgYJKwYBBAHaRwQLMBUECHNhbHRzYWx0AgMQAAACAQgCAQEwHQYJ"
		"YIZIAWUDBAEqBBAAAAAAAAAAAAAAAAAAAAAABBAAAAAAAAAAAAAAAAAAAAAA"),
	  ZG_KEYTEXT_WORK },
	{ "scrypt of many rounds is not tried",
	  ZG_SI("MGQwUAYJKoZIhvcNAQUNMEMwIgYJKwYBBAHaRwQLMBUECHNhbHRzYWx0AgIEAAIBCAICB9AwHQYJ"
		"YIZIAWUDBAEqBBAAAAAAAAAAAAAAAAAAAAAABBAAAAAAAAAAAAAAAAAAAAAA"),
	  ZG_KEYTEXT_WORK },
	{ "a word that begins as DER would", ZG_SI("MILK and honey, MIIE and more, and a MAIL"), ZG_KEYTEXT_UNKNOWN },
	{ "PuTTY's own form", ZG_SI("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: k\nPublic-Lines: 1\nAAAAB3NzaC1yc2EAAAAD\n"
		"Private-Lines: 1\nAAABAQ==\nPrivate-MAC: 00\n"), ZG_KEYTEXT_PPK },
	{ "64 hexadecimal digits are a seed", ZG_SI("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), ZG_KEYTEXT_OK },
	{ "62 are none", ZG_SI("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f"), ZG_KEYTEXT_UNKNOWN },
	{ "the 32 octets of a seed as they are",
	  ZG_SI("\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
		"\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60"),
	  ZG_KEYTEXT_OK },
	{ "32 letters", ZG_SI("these are thirty-two letters, no"), ZG_KEYTEXT_UNKNOWN },
	{ "a record with a private key in it is the worst of all",
	  ZG_SI("v=DKIM1; k=ed25519; p=MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"), ZG_KEYTEXT_RECORD_PRIVATE },
	{ "a record, and a key without a frame",
	  ZG_SI("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
		"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"), ZG_KEYTEXT_OK },
	{ "two keys without a frame", ZG_SI("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
		"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9h"), ZG_KEYTEXT_TWO_KEYS },
	{ "one key without a frame, twice", ZG_SI("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
		"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLs\nLMREScVpezJpGXA7rAMcrn9g"), ZG_KEYTEXT_OK },
	{ "64 times A is no seed: as hexadecimal digits one octet again and again",
	  ZG_SI("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ZG_KEYTEXT_UNKNOWN },
	{ "nor is base64 of 32 zeros", ZG_SI("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), ZG_KEYTEXT_UNKNOWN },
	{ "nor are 32 octets of 129 as they are",
	  ZG_SI("\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
		"\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"),
	  ZG_KEYTEXT_UNKNOWN },
	{ "a seed in base64 of URLs, RFC 4648 5", ZG_SI("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"), ZG_KEYTEXT_OK },
	{ "PKCS#8 in base64 of URLs, folded",
	  ZG_SI("key: MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v_VpguoRK9JLsLMREScVpezJpGXA7rAM-\n_n9g\n---------------------------------\n"),
	  ZG_KEYTEXT_OK },
	{ "a secret PGP key as it is, RFC 9580 4.2: a head of the old form", ZG_SI("\x95\x01\xd8\x04\x65\x01\x02\x03\x01\x04\x00"),
	  ZG_KEYTEXT_PGP },
	{ "with a length of one octet", ZG_SI("\x94\x58\x04\x65\x01\x02\x03\x16\x09"), ZG_KEYTEXT_PGP },
	{ "a public one", ZG_SI("\x99\x01\x0d\x04\x65\x01\x02\x03\x01\x08\x00"), ZG_KEYTEXT_PGP },
	{ "a head of the new form", ZG_SI("\xc5\x4b\x06\x65\x01\x02\x03\x1b\x09"), ZG_KEYTEXT_PGP },
	{ "the same with a length of two octets", ZG_SI("\xc6\xc0\x4b\x04\x65\x01\x02\x03\x01\x09"), ZG_KEYTEXT_PGP },
	{ "a version that is none", ZG_SI("\x94\x58\x09\x65\x01\x02\x03\x16\x09"), ZG_KEYTEXT_UNKNOWN },
	{ "an algorithm of 0", ZG_SI("\x94\x58\x04\x65\x01\x02\x03\x00\x09"), ZG_KEYTEXT_UNKNOWN },
	{ "an algorithm of 99", ZG_SI("\x94\x58\x04\x65\x01\x02\x03\x63\x09"), ZG_KEYTEXT_UNKNOWN },
	{ "a version of 1", ZG_SI("\x94\x58\x01\x65\x01\x02\x03\x16\x09"), ZG_KEYTEXT_UNKNOWN },
	{ "PEM in base64, as in a secret of Kubernetes",
	  ZG_SI("apiVersion: v1\ndata:\n  dkim.key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1DNENBUUF3QlFZREsyVndCQ0lFSUoxaHNaM3YvVnBndW9SSzlKTHNM"
		"TVJFU2NWcGV6SnBHWEE3ckFNY3JuOWcKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=\nkind: Secret\n"), ZG_KEYTEXT_OK },
	{ "a certificate in base64 of it", ZG_SI("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUUKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="),
	  ZG_KEYTEXT_CERTIFICATE },
	{ "such base64, damaged", ZG_SI("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tC"), ZG_KEYTEXT_UNKNOWN },
	{ "a SSH2 public key", ZG_SI("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAAD\n---- END SSH2 PUBLIC KEY ----"), ZG_KEYTEXT_PUBLIC },
	{ "a bag of certificates", ZG_SI("-----BEGIN PKCS7-----\nMAsGCSqGSIb3DQEHAg==\n-----END PKCS7-----"), ZG_KEYTEXT_CERTIFICATE },
	{ "a forwarded mail without a key", ZG_SI("-- \nBegin of it all\n---------- Begin forwarded message ----------\nhello"),
	  ZG_KEYTEXT_UNKNOWN },
};

static void texts_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct zg_key k = { 0 };
		size_t number;
		enum zg_keytext why = text_read(texts[i].text, "some", &k, &number);

		if (why != texts[i].why)
			fail_msg("%s: %d, not %d", texts[i].proves, (int)why, (int)texts[i].why);
		if (why == ZG_KEYTEXT_OK) {
			assert_int_equal(k.type, ZG_KEY_ED25519);
			zg_key_done(&k);
		}
	}
}

/* One bit wrong anywhere in an RSA key: never OK, never a crash, and DAMAGED wherever the DER still reads. */
static void a_wrong_bit_is_damage(void **state)
{
	struct text *pem = text_new(), *t = text_new();
	size_t damaged = 0, tried = 0;

	(void)state;
	text_load(pem, "rsa2048-pkcs1.pem");
	text_add_der(t, text_slice(pem));
	for (size_t at = 0; at < t->n; at += at < 24 ? 1 : 13) {
		struct zg_key k = { 0 };
		size_t number;
		enum zg_keytext why;

		t->p[at] = (char)(t->p[at] ^ 4);
		why = text_read(text_slice(t), "", &k, &number);
		if (why == ZG_KEYTEXT_OK)
			fail_msg("a wrong bit in octet %zu goes unseen", at);
		tried++;
		damaged += why == ZG_KEYTEXT_DAMAGED || why == ZG_KEYTEXT_MISFIT || why == ZG_KEYTEXT_EXPONENT;
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
			text_add_der(t, text_slice(pem));
		else
			text_add(t, zg_slice_trim(body_of(text_slice(pem))));
		for (size_t n = rows[i].from; n < t->n; n++) {
			struct zg_slice part = zg_slice_sub(text_slice(t), 0, n);
			struct zg_key k = { 0 };
			size_t number;
			enum zg_keytext why = text_read(part, "", &k, &number);

			if (why != ZG_KEYTEXT_CUT || number != (rows[i].is_der ? n : zg_slice_trim(part).n))
				fail_msg("%s, %zu octets of %zu: %d, number %zu", rows[i].file, n, t->n, (int)why, number);
		}
		free(pem);
		free(t);
	}
}

static void lengths_have_their_limit(void **state)
{
	struct text *t = text_new();
	struct zg_key k = { 0 };
	size_t number;

	(void)state;
	text_load(t, "ed25519.pem");
	memset(t->p + t->n, '\n', ZG_KEY_TEXT_MAX);
	t->n = ZG_KEY_TEXT_MAX;
	assert_int_equal(text_read(text_slice(t), "", &k, &number), ZG_KEYTEXT_OK);
	zg_key_done(&k);
	t->n++;
	assert_int_equal(text_read(text_slice(t), "", &k, &number), ZG_KEYTEXT_TOO_LONG);
	memset(t->p, 'A', ZG_KEY_TEXT_MAX);
	assert_int_equal(text_read(zg_slice_of(t->p, ZG_KEY_TEXT_MAX), "", &k, &number), ZG_KEYTEXT_UNKNOWN);
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
	size_t number;

	(void)state;
	text_add(t, zg_slice_of(head, sizeof(head)));
	memset(t->p + t->n, 0xff, 1025);
	t->n += 1025;
	text_add(t, zg_slice_of(rest, sizeof(rest)));
	t->p[3] = (char)((t->n - 4) & 0xff);
	assert_int_equal(text_read(text_slice(t), "", &k, &number), ZG_KEYTEXT_TOO_LARGE);
	assert_int_equal(number, 8200);
	free(t);
}

static void keys_of_all_forms_are_the_same(void **state)
{
	static const char *const names[] = {
		"rsa2048.pem", "rsa2048-pkcs1.pem", "rsa2048-pbes2.pem", "rsa2048-scrypt.pem",
		"rsa2048-traditional-aes.pem", "rsa2048-traditional-des3.pem", "rsa2048-pbe3des.pem", "rsa2048-pbes2-sha512.pem",
		"rsa2048-pbes2-des3.pem",
	};
	unsigned char first[600], other[600];
	struct zg_buf want = zg_buf_of(first, sizeof(first));

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct text *t = text_new();
		struct zg_buf b = zg_buf_of(other, sizeof(other));
		struct zg_key k = { 0 };
		size_t number;

		text_load(t, names[i]);
		assert_int_equal(text_read(text_slice(t), "sesame", &k, &number), ZG_KEYTEXT_OK);
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
		cmocka_unit_test(a_wrong_bit_is_damage), cmocka_unit_test(every_prefix_is_cut),
		cmocka_unit_test(lengths_have_their_limit),
		cmocka_unit_test(a_key_can_be_too_large), cmocka_unit_test(keys_of_all_forms_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
