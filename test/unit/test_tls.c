/* test_tls.c - two ends of TLS in memory: who is trusted, what comes through, what is told when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "io/tls.h"

static char certificate_mem[2][4096], key_mem[2][4096];
static struct zg_slice certificate[2], key[2];

static int make_certificates(void **state)
{
	static const struct zg_slice hosts[] = { ZG_SI("relay.example.be"), ZG_SI("other.example.be") };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct zg_buf c = zg_buf_of(certificate_mem[i], sizeof(certificate_mem[i]));
		struct zg_buf k = zg_buf_of(key_mem[i], sizeof(key_mem[i]));

		if (tls_self_signed(hosts[i], &c, &k) < 0)
			return -1;
		certificate[i] = zg_buf_slice(&c);
		key[i] = zg_buf_slice(&k);
	}
	return 0;
}

/* Octets of one end's wire to the other, `at_a_time`; false when there were none. */
static bool carry(struct tls *from, struct tls *to, size_t at_a_time)
{
	char wire[4096];
	size_t n;
	bool any = false;

	while ((n = tls_drain(from, wire, at_a_time)) > 0) {
		assert_int_equal(tls_feed(to, zg_slice_of(wire, n)), 0);
		any = true;
	}
	return any;
}

/* Runs both handshakes: 1 done, -1 one of them failed. */
static int meet(struct tls *client, struct tls *server, size_t at_a_time)
{
	for (int turn = 0; turn < 20; turn++) {
		int c = tls_handshake(client), s;

		(void)carry(client, server, at_a_time);
		s = tls_handshake(server);
		(void)carry(server, client, at_a_time);
		if (c < 0 || s < 0)
			return -1;
		if (c > 0 && s > 0)
			return 1;
	}
	return 0;
}

static void certificates_are_judged(void **state)
{
	static const struct {
		const char *proves;
		int server, root;	/* which certificate; root -1: not verified */
		struct zg_slice host;
		int want;
		const char *why;
	} rows[] = {
		{ "the right name, trusted", 0, 0, ZG_SI("relay.example.be"), 1, "" },
		{ "an address in the certificate", 0, 0, ZG_SI("127.0.0.1"), 1, "" },
		{ "another name", 0, 0, ZG_SI("smtp.example.be"), -1, "the certificate is not trusted: hostname mismatch" },
		{ "another address", 0, 0, ZG_SI("192.0.2.1"), -1, "the certificate is not trusted: IP address mismatch" },
		{ "another root", 0, 1, ZG_SI("relay.example.be"), -1, "the certificate is not trusted: self-signed certificate" },
		{ "nobody asked", 0, -1, ZG_SI("smtp.example.be"), 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char why[TLS_WHY] = "";
		struct tls_config *sc = tls_server_new(certificate[rows[i].server], key[rows[i].server], why);
		struct tls_config *cc = tls_client_new(rows[i].root < 0 ? ZG_S("") : certificate[rows[i].root], rows[i].root >= 0, why);
		struct tls *server, *client;

		assert_non_null(sc);
		assert_non_null(cc);
		server = tls_new(sc, true, ZG_S(""));
		client = tls_new(cc, false, rows[i].host);
		if (meet(client, server, i % 2 ? 1 : 4096) != rows[i].want || strcmp(tls_why(client), rows[i].why) != 0)
			fail_msg("%s: %s", rows[i].proves, tls_why(client));
		tls_free(server);
		tls_free(client);
		tls_config_free(sc);
		tls_config_free(cc);
	}
}

static void bytes_come_through_and_it_ends(void **state)
{
	char why[TLS_WHY], got[4096];
	struct tls_config *sc = tls_server_new(certificate[0], key[0], why), *cc = tls_client_new(ZG_S(""), false, why), *second;
	struct tls *server, *client;
	static char big[100000];
	size_t sum = 0;
	int n;

	(void)state;
	second = tls_config_ref(cc);
	tls_config_free(cc);
	server = tls_new(sc, true, ZG_S(""));
	client = tls_new(second, false, ZG_S("relay.example.be"));
	assert_int_equal(meet(client, server, 4096), 1);
	assert_string_equal(tls_version(client), "TLSv1.3");
	memset(big, 'x', sizeof(big));
	assert_int_equal(tls_write(client, zg_slice_of(big, sizeof(big))), 0);
	assert_true(carry(client, server, 4096));
	while ((n = tls_read(server, got, sizeof(got))) > 0) {
		sum += (size_t)n;
		assert_true(got[0] == 'x' && got[n - 1] == 'x');
	}
	assert_int_equal(n, 0);
	assert_int_equal(sum, sizeof(big));
	tls_end(client);
	assert_true(carry(client, server, 4096));
	assert_int_equal(tls_read(server, got, sizeof(got)), -1);
	assert_string_equal(tls_why(server), "");
	tls_free(server);
	tls_free(client);
	tls_config_free(sc);
	tls_config_free(second);
}

static void what_is_no_tls_is_refused(void **state)
{
	char why[TLS_WHY];
	struct tls_config *sc = tls_server_new(certificate[0], key[0], why);
	struct tls *server = tls_new(sc, true, ZG_S(""));

	(void)state;
	assert_int_equal(tls_feed(server, ZG_S("EHLO client.example.be\r\n")), 0);
	assert_int_equal(tls_handshake(server), -1);
	assert_string_not_equal(tls_why(server), "");
	tls_free(server);
	tls_config_free(sc);
}

static void broken_files_are_told(void **state)
{
	static const struct { const char *proves; int certificate, key; const char *begins; } rows[] = {
		{ "no certificate", -1, 0, "the certificate cannot be read" },
		{ "no key", 0, -1, "the key cannot be read" },
		{ "another's key", 0, 1, "the key does not belong to the certificate" },
	};
	char why[TLS_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_slice c = rows[i].certificate < 0 ? ZG_S("nonsense") : certificate[rows[i].certificate];
		struct zg_slice k = rows[i].key < 0 ? ZG_S("") : key[rows[i].key];

		assert_null(tls_server_new(c, k, why));
		if (strncmp(why, rows[i].begins, strlen(rows[i].begins)) != 0)
			fail_msg("%s: %s", rows[i].proves, why);
	}
	{
		int64_t end = 0;

		assert_int_equal(tls_certificate_end(certificate[0], &end), 0);
		assert_in_range(end - (int64_t)time(NULL), 729 * 86400, 731 * 86400);
		assert_int_equal(tls_certificate_end(ZG_S("nonsense"), &end), -1);
	}
	assert_null(tls_client_new(ZG_S("no roots"), true, why));
	assert_string_equal(why, "no root certificates can be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_judged), cmocka_unit_test(bytes_come_through_and_it_ends),
		cmocka_unit_test(what_is_no_tls_is_refused), cmocka_unit_test(broken_files_are_told),
	};

	return cmocka_run_group_tests(tests, make_certificates, NULL);
}
