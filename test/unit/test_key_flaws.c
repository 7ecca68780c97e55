/* test_key_flaws.c - what is weak about public keys, by themselves and beside others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/b64.h"
#include "crypt/key_flaws.h"

/* p= of keys made for this test: STRONG and KIN have a prime in common, ROCA's primes have the form of CVE-2017-15361. */
#define STRONG \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwzBzjFCjeHONQHmQppslEo/54m3vrICgzXXPaKMNfnrDw0lPF2y+VKuaGXwBye2aHA0TBtFWPZfw" \
	"txggk0InmTNJjJsjdru9gn4SfbOGbcyKCmJUsfoF26atLS95fPuRLIpM0fhgxafVKF9kN+PJgh9Hp8OhMBmOppzvKjAn6wzprOtH9yeO7OLUo6o8uqf2PMMk" \
	"ONgfaCeFBC3hPT+hMX7EB0Csj+JA7GgOU+QgNg9bhibtmykLVjzMHJrJhOU4+PHZHDXf8rrbxaBKuva3md4qV9mQSJX/3pP2zAaPllxZtoYCQUVl+20Ifuq/" \
	"MrgRQOIvLbOOGDR8BNJYN558MwIDAQAB"
#define KIN \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA16CWjTvS4RDAhtvgRe9n4YEI3Y8lGmivQNoZbDDgfNVl0DY8tYz4qXoxCymBwaLyImF7HUHzGuTa" \
	"VW6aBf3ZgvBe1eAYsZsO2Jt5N416JXo0wOlMHAwmx1PTY0lj0CREcU/+NVaedT5xS0kz5H0r9f8vntk65AzmmhPbuyix3YK4l4dqq6/m8zyJdTVwy8QpVS29" \
	"HfM+vTXbINX1R7cGopldDzY7bg8JDYXHCJw0BslYYeUwuBPTiMQ+PGZ3T/TR+BZYJydsdpeANlKU1w0GRRanLi6xRQTFV+UuHGouXqjpeXz9kOpb4gO7Jn8k" \
	"p4c0vredz0k5+lS2nqqh5d1hfQIDAQAB"
#define OTHER \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxiwLbr0+AYm50jsjHbyL4vol6IzrxXAukoVTTPXqb8yCn0YLu2Jxl93OAoRwvlfEaeB/c1081D5O" \
	"0dSdH5jxwcrABI91SQI0yH09uET1/e8Z6xO6cAZrRh42FrzhtLge8EMjS3dIGrxtMFOb4Fw/A7KCrq3faScVFENe+LrIhVk07EwtSAbeepfXAIx7Jf4Z8laK" \
	"88ftCXgECcrx7oyJ7mpHBKAMvyNBMIcYh0OMv3tWuzf/Jt1T9XBGir2vtxDZ4wAuuKlpushORRGN/7qxRiRDTlGf+cyU8mm38KQ5bJ6P6+gZZoyU9+InGq9N" \
	"Z5diC9HhH5bRW9f8MQmr+lBkLwIDAQAB"
#define WEAK \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC68gcDCIgEhCu7WMoLsbj8FSESkSBYR5sydJV1xVEdQIY7+WtzC5q2INhHGvTeo6cQ/bf5OY7W1ySsEYwK" \
	"Q7ziqx6bWWTW8dTTnsT6LXZQ0aqMBXpMihR1BtIjIZBUc8Qtx9rB1VBXanCrKLJFH35xff6d417kBDR/UfpKZTZrGQIDAQAB"
#define SHORT \
	"MFswDQYJKoZIhvcNAQEBBQADSgAwRwJAa4vXSJp3DtDqiJgot0CszB78694J76AXtPiH0eLUbmOMwuAchQI0j0z60g3zRmmtq5aqWxa/8J2lLbu020lyFwID" \
	"AQAB"
#define NEARLY \
	"MIIBITANBgkqhkiG9w0BAQEFAAOCAQ4AMIIBCQKCAQBdpqoKv5D/Y9XD1DVSK2RzY+HEffUDCa0HMovYJWl2HebkBw00ja/NMMrUqBQfiweOA3h2ElQ4nCcD" \
	"4XbnYLIhcleUERDK+HSaXAJWbtNAybAoJorhHmhHDA92CD+DvWjCzekBLRt9/Ihm0GVc4A65v3bbREBlgZjUCAqm7ZJY6B9BvX72fdTaZJEBfRYcJw1lLUMW" \
	"y3rZ5egKrMok/uDSSn4IWk58NnTHdSaPpCSLocJtiPRJwpzRLJNgpIFX4EvdaVF5c398ATCCf0eT18MyERKyLzRQ02eMS6QCGb+rP0iwSniPU8HDaphB7pL1" \
	"B4+FpKk27igP7JYhSsLkCyvBAgMBAAE="
#define SMALL \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyBXqnV6tzmJxGU5YJPy6fWg96gTe7pEyHpBQYCzdHD6TmTtDFcAwlr80C5+aiuNs1hnVOCnbkrm4" \
	"Bg9BxbKR95WuMYXufNsczLmZwvM5jxzcsY4773JBIJALwlbOQxcB4T1SVDQPB0d0LBvyzDaReKDerUIwTqJjszh60x0IK6BDGrLK6k86X4+UXXUzwYLvhWQq" \
	"if4m7KNDqrCIu9OH6Xa6AD9UURwKD8Gk7MtSTluJK8sU4X8acgZGrYDxNCBlJr7ePNfz3GXwSlw/UUeEe8iw/VUNi7ZtWkbdur5Q1/jBVsKZvLQI5txr3Yn7" \
	"bWzQ37K6uMWEwoMWrlo59hvO4wIDAQAB"
#define EVEN \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA9sOV+EkXk+2bYsOQAhrACV/h5nULA5n6JZ4B15ndtBwz4Dx2pevMBqmS1N8a92jCh41jJfIugsNS" \
	"5fZHfEpON9tmpQMfzqqA/Iqw9mvP3oUM2dNQNUXipkiYdolwfKjQkOUNZomaGpApfjyScSLMg6FfgPivJBYJMLxCqjX2wJfrATCSNvV5Kp+lLofj9WUk0K1Z" \
	"y8ix7njWKTnPHUb8OAubL4hojZKq1qnhKZ06ZktBAcBU/mrtNS+wKktXXehjWA+DLr7mZVxiPm3Y91Dr8AqaZO1Z2XE3nTYqdMUi3L7xgGP2VnzAGdcu0fZV" \
	"yRDgEjrTrFCKdjG4m0uhz5DFpgIDAQAB"
#define THREE \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEBfMQFvLv99u8ISIO/WnJ9zsKKP9H+dYWLiWEds4nNDuRYNgGQKNGmt7mDeGg/Y/0nG6TRSOb4EXUR" \
	"hZ22kGkoKPucJiYaB1ZJJkKoI029YvmKC4aAQCKJXPxkALjPkelFMOdg2Vnox1zcaLTZPw1q9G+DLWHBLQuaNiSxXqQlmcpYXwKjUj4C+Of1VEAZlYDIjwk1" \
	"U7D3cNTl8RNJIz2wIodySfNLWowMmcVf0K4H5oBRbltYWFVnbKy/YI5HtOyr8yqBqg2UngYgsuOz73zRZhFiHCCd4JDvGgRofQyIJsVHlHl2DH4JS20rWECc" \
	"t+BMoyCD9OMi6M4ORU91tBzArwIDAQAB"
#define NOT_SMALL \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxb0try1MLzFjFgMXhqe2YhoirgqPNIseywULsgjLit4JTBF2BNwW+Ozr4O/RgeM4izl7IkPRjPtS" \
	"xLKJHlw++G/REBwtjlKoey0IgQpv2P946h/c32b9BN+fxUOMBdz/hwEHweTvmTGR/JZ/2FCPx5P4tXWewccCa+9WrFZZvhvhf8tZsL1SaXV4jZdlrBxdUR9/" \
	"ZYq/3f8Ay+8jXSSFDYirXnGeuRtIfGVoVVhARNtCBhH1Bjo68Opl8DTJXBTCNBrXp94Q+tNIpT4B/cA/7AAZxpdV25AsSq66YEhnwO4HXheGsbh7a2c7I3pJ" \
	"OKRvz3p66wrgCTy6G2Io1U0vIQIDAQAB"
#define ROCA \
	"MIIBITANBgkqhkiG9w0BAQEFAAOCAQ4AMIIBCQKCAQBvFQqqN42uqorYCMwyUvYB/C+RNeO8lgy1RGFwMcl+cCG50zOmQ2f7xL/QohTu5nuWmWh7wJnbDDMt" \
	"emxuh5IbRhYdJCYVMCAZJIRgcJjdrEz8jtuSqtmhIq3+6U6CWR2e3oCYEE1VM3bcMaZa/ZPmn84mN4xZdvq7ChjSaN27nF4gwOeNVBX2APyo9Rprs4Ifw3Xf" \
	"6bfE1Qj80ieZFIqmuVvuTyBQuMgF7kIEv6/KIlw/ZGwr69pwNpQgy+FEKB4FqQXSV6EZZ9tdO/wO+0UQhwO0IVzTkiKmioiN0aw28xFBiojf6WC+EQvQCsGi" \
	"V3CC+6Ipfn8XcsJDzpiPCLJ1AgMBAAE="
#define EXPONENT_1 \
	"MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAwzBzjFCjeHONQHmQppslEo/54m3vrICgzXXPaKMNfnrDw0lPF2y+VKuaGXwBye2aHA0TBtFWPZfw" \
	"txggk0InmTNJjJsjdru9gn4SfbOGbcyKCmJUsfoF26atLS95fPuRLIpM0fhgxafVKF9kN+PJgh9Hp8OhMBmOppzvKjAn6wzprOtH9yeO7OLUo6o8uqf2PMMk" \
	"ONgfaCeFBC3hPT+hMX7EB0Csj+JA7GgOU+QgNg9bhibtmykLVjzMHJrJhOU4+PHZHDXf8rrbxaBKuva3md4qV9mQSJX/3pP2zAaPllxZtoYCQUVl+20Ifuq/" \
	"MrgRQOIvLbOOGDR8BNJYN558MwIBAQ=="
#define EXPONENT_EVEN \
	"MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAwzBzjFCjeHONQHmQppslEo/54m3vrICgzXXPaKMNfnrDw0lPF2y+VKuaGXwBye2aHA0TBtFWPZfw" \
	"txggk0InmTNJjJsjdru9gn4SfbOGbcyKCmJUsfoF26atLS95fPuRLIpM0fhgxafVKF9kN+PJgh9Hp8OhMBmOppzvKjAn6wzprOtH9yeO7OLUo6o8uqf2PMMk" \
	"ONgfaCeFBC3hPT+hMX7EB0Csj+JA7GgOU+QgNg9bhibtmykLVjzMHJrJhOU4+PHZHDXf8rrbxaBKuva3md4qV9mQSJX/3pP2zAaPllxZtoYCQUVl+20Ifuq/" \
	"MrgRQOIvLbOOGDR8BNJYN558MwIBBA=="
#define EXPONENT_LONG \
	"MIIBKDANBgkqhkiG9w0BAQEFAAOCARUAMIIBEAKCAQEAwzBzjFCjeHONQHmQppslEo/54m3vrICgzXXPaKMNfnrDw0lPF2y+VKuaGXwBye2aHA0TBtFWPZfw" \
	"txggk0InmTNJjJsjdru9gn4SfbOGbcyKCmJUsfoF26atLS95fPuRLIpM0fhgxafVKF9kN+PJgh9Hp8OhMBmOppzvKjAn6wzprOtH9yeO7OLUo6o8uqf2PMMk" \
	"ONgfaCeFBC3hPT+hMX7EB0Csj+JA7GgOU+QgNg9bhibtmykLVjzMHJrJhOU4+PHZHDXf8rrbxaBKuva3md4qV9mQSJX/3pP2zAaPllxZtoYCQUVl+20Ifuq/" \
	"MrgRQOIvLbOOGDR8BNJYN558MwIJAQAAAAAAAAAB"
#define LONG \
	"MIICLzANBgkqhkiG9w0BAQEFAAOCAhwAMIICFwKCAg4AuFUZqxUScvVG94VGr+hYJPfQQ5POcqUriDcYAlYRyspK6jHti2J4E4hOux/5ylNV+TiI7at4OLkg" \
	"sj854hSExFfvLkniY5zDT+4bRYRqmAYuZM0GrX3gP81SdXVG8TyG6UPlmpG4DtIushu50Jkq/b/7Zgu0sSl8gA56HGwqOM48NYmMiRpnY5716io83qYc9JH5" \
	"XsNEvmXQn3l6QHiaq2ReCWfLNHz8LnsycRj5BfmOa8ZEToARsye41CBrKLxUjcOW7UQtyChwo83w2LuxC6wcyo4GW6M2IWz0YIK4kh5qcyVtT2nREATznD/0" \
	"gFGDGk2QGKLuKtd2RM40zJAHd1WdcZ1mmDlhOAv9L7DaScoNDiSCWVhdeMhf19su9/WMCc1bCmkhaOMViayLV+zwaBpg9Lpz33m1kKQHngEYMyBxhIIqQdvG" \
	"Ajyks71PrF2If6ibxACcM8qt1xfG5oDK7I8g4zY+txvV3ztJ6T72rsN7IJozaCW2OmHQCPAaYMVJZ0YwHxlaLj4i7n5acIkwrJZgzYTmJLHUHJ8Pe/Thb5a8" \
	"0mefHS2X+tNwQ/FFISqI10YVVzkC9nhgJ6XsXbn/iYOUC2gYW6gEwBxWu8SXb+NiciG6Maxof8ToOEZwnMvulnQFaaWxscdDb1SF7z8CBOhiy4hG8gS2A1Ve" \
	"+PJCczGgpTtID34MHwGDSz6ZAgMBAAE="
/* RFC 6376 C, RFC 8463 A.1 and A.2. */
#define KNOWN_RSA \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa" \
	"7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define KNOWN_ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define PRIVATE_ED25519 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"

#define BIT(name) ZG_FLAW_BIT(ZG_FLAW_ ## name)

static size_t decode(const char *p, unsigned char *mem, size_t cap)
{
	struct zg_buf b = zg_buf_of(mem, cap);

	assert_int_equal(zg_b64_decode(zg_slice_cstr(p), &b), 0);
	return b.n;
}

static const struct row { const char *proves; enum zg_key_type type; const char *p; unsigned flaws; } rows[] = {
	{ "a good key", ZG_KEY_RSA, STRONG, 0 },
	{ "another good key", ZG_KEY_RSA, OTHER, 0 },
	{ "1024 bits", ZG_KEY_RSA, WEAK, BIT(WEAK) },
	{ "2047 bits", ZG_KEY_RSA, NEARLY, BIT(WEAK) },
	{ "511 bits", ZG_KEY_RSA, SHORT, BIT(SHORT) },
	{ "4200 bits", ZG_KEY_RSA, LONG, BIT(LONG) },
	{ "65521 divides it, the last prime below 2^16", ZG_KEY_RSA, SMALL, BIT(SMALL_FACTOR) },
	{ "65537 divides it, the next", ZG_KEY_RSA, NOT_SMALL, 0 },
	{ "it is even", ZG_KEY_RSA, EVEN, BIT(SMALL_FACTOR) },
	{ "3 divides it", ZG_KEY_RSA, THREE, BIT(SMALL_FACTOR) },
	{ "ROCA, 2047 bits", ZG_KEY_RSA, ROCA, BIT(ROCA) | BIT(WEAK) },
	{ "the exponent is 1", ZG_KEY_RSA, EXPONENT_1, BIT(EXPONENT) },
	{ "the exponent is even", ZG_KEY_RSA, EXPONENT_EVEN, BIT(EXPONENT) },
	{ "the exponent has 65 bits", ZG_KEY_RSA, EXPONENT_LONG, BIT(EXPONENT) },
	{ "the key of RFC 6376's examples", ZG_KEY_RSA, KNOWN_RSA, BIT(KNOWN) | BIT(WEAK) },
	{ "the key of RFC 8463's examples", ZG_KEY_ED25519, KNOWN_ED25519, BIT(KNOWN) },
	{ "the same as SubjectPublicKeyInfo", ZG_KEY_ED25519, "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", BIT(KNOWN) },
	{ "an Ed25519 key that nobody published", ZG_KEY_ED25519, "iWnI3p8JXWe4PrXa4QhqVmBSQ2nT0rfyoYAmYHSM9HA=", 0 },
	{ "the private key", ZG_KEY_ED25519, PRIVATE_ED25519, BIT(PRIVATE) },
	{ "the private key, where an RSA key is said to be", ZG_KEY_RSA, PRIVATE_ED25519, BIT(PRIVATE) },
	{ "no key", ZG_KEY_RSA, "aGVsbG8gd29ybGQ=", 0 },
	{ "no Ed25519 key", ZG_KEY_ED25519, "aGVsbG8gd29ybGQ=", 0 },
};

static void flaws_are_found(void **state)
{
	struct zg_prober p;

	(void)state;
	assert_int_equal(zg_prober_init(&p), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char mem[2048], *exact;
		size_t n = decode(rows[i].p, mem, sizeof(mem));
		int flaws;

		exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, mem, n);
		flaws = zg_prober_flaws(&p, rows[i].type, zg_slice_of(exact, n));
		if (flaws != (int)rows[i].flaws)
			fail_msg("%s: %x, not %x", rows[i].proves, (unsigned)flaws, rows[i].flaws);
		free(exact);
	}
	zg_prober_done(&p);
}

static const struct kin_row { const char *proves, *key, *others[4]; int shares; unsigned same; } kin_rows[] = {
	{ "alone", STRONG, { NULL }, 0, 0 },
	{ "beside a stranger", STRONG, { OTHER, NULL }, 0, 0 },
	{ "a prime in common", STRONG, { KIN, NULL }, 1, 0 },
	{ "a prime in common with the last of several", STRONG, { OTHER, ROCA, KIN, NULL }, 1, 0 },
	{ "a prime in common with the first of several", KIN, { STRONG, OTHER, WEAK, NULL }, 1, 0 },
	{ "the key itself is no kin", STRONG, { OTHER, STRONG, NULL }, 0, 1 },
	{ "what is no RSA key is passed over", STRONG, { KNOWN_ED25519, "aGVsbG8gd29ybGQ=", NULL }, 0, 0 },
};

static void shared_primes_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kin_rows) / sizeof(kin_rows[0]); i++) {
		const struct kin_row *row = &kin_rows[i];
		unsigned char mem[2048];
		struct zg_kin k;
		unsigned same = 0;
		int rc;

		assert_int_equal(zg_kin_init(&k, zg_slice_of(mem, decode(row->key, mem, sizeof(mem)))), 0);
		for (size_t o = 0; o < 4 && row->others[o]; o++)
			same += zg_kin_add(&k, zg_slice_of(mem, decode(row->others[o], mem, sizeof(mem))));
		rc = zg_kin_judge(&k);
		if (rc != row->shares || same != row->same)
			fail_msg("%s: %d, %u the same", row->proves, rc, same);
		zg_kin_done(&k);
	}
}

static void what_is_no_key_has_no_kin(void **state)
{
	unsigned char mem[64];
	struct zg_kin k;

	(void)state;
	assert_int_equal(zg_kin_init(&k, zg_slice_of(mem, decode(KNOWN_ED25519, mem, sizeof(mem)))), -1);
	assert_false(zg_kin_add(&k, zg_slice_of(mem, 1)));
	assert_int_equal(zg_kin_judge(&k), -1);
	zg_kin_done(&k);
	zg_kin_done(&k);
}

/* Codes are words of lower case, and every flaw has one. */
static void every_flaw_has_a_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < ZG_FLAWS; i++)
		assert_true(zg_flaw_rows[i].code && strspn(zg_flaw_rows[i].code, "abcdefghijklmnopqrstuvwxyz_0123456789") ==
			    strlen(zg_flaw_rows[i].code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flaws_are_found), cmocka_unit_test(shared_primes_are_found),
		cmocka_unit_test(what_is_no_key_has_no_kin), cmocka_unit_test(every_flaw_has_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
