/* test_wire.c - the vault's messages: what is written is read back, and what is not a message is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "vault/wire.h"

static const struct vault_request requests[] = {
	{ VAULT_MAKE, 1, { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, .type = ZG_KEY_RSA, .bits = 2048 },
	{ VAULT_SEAL, UINT32_MAX, { UINT64_MAX, UINT64_MAX, UINT32_MAX, ZG_SI("a.example"), ZG_SI("k._x") }, ZG_SI("dek"),
		.text = ZG_SI("-----BEGIN"), .passphrase = ZG_SI("secret\0too") },
	{ VAULT_REWRAP, 0, { 0, 0, 0, ZG_SI(""), ZG_SI("") }, .sealed_dek = ZG_SI("dek"), .sealed_key = ZG_SI("key") },
	{ VAULT_SIGN, 3, { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") }, ZG_SI("dek"), ZG_SI("key"), ZG_KEY_ED25519,
		.text = ZG_SI("from:a@example.be\r\ndkim-signature:...") },
};
static const struct vault_answer answers[] = {
	{ VAULT_MAKE, 1, VAULT_OK, 0, ZG_SI("dek"), ZG_SI("key"), ZG_SI("public"), ZG_KEY_RSA, .bits = 2048 },
	{ VAULT_SEAL, UINT32_MAX, VAULT_KEY_TEXT, .detail = ZG_KEYTEXT_CUT },
	{ VAULT_SIGN, 3, VAULT_OK, .signature = ZG_SI("signature") },
	{ .code = VAULT_BAD_REQUEST },
};
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool same_request(const struct vault_request *a, const struct vault_request *b)
{
	return a->kind == b->kind && a->serial == b->serial && a->owner.company == b->owner.company &&
	       a->owner.key_id == b->owner.key_id && a->owner.version == b->owner.version &&
	       zg_slice_eq(a->owner.domain, b->owner.domain) && zg_slice_eq(a->owner.selector, b->owner.selector) &&
	       zg_slice_eq(a->sealed_dek, b->sealed_dek) && zg_slice_eq(a->sealed_key, b->sealed_key) &&
	       a->type == b->type && a->bits == b->bits && zg_slice_eq(a->text, b->text) &&
	       zg_slice_eq(a->passphrase, b->passphrase);
}

static bool same_answer(const struct vault_answer *a, const struct vault_answer *b)
{
	return a->kind == b->kind && a->serial == b->serial && a->code == b->code && a->detail == b->detail &&
	       zg_slice_eq(a->sealed_dek, b->sealed_dek) && zg_slice_eq(a->sealed_key, b->sealed_key) &&
	       zg_slice_eq(a->public_key, b->public_key) && a->type == b->type && a->bits == b->bits &&
	       zg_slice_eq(a->signature, b->signature);
}

static void what_is_written_is_read_back(void **state)
{
	char mem[4096];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_cur c;

	(void)state;
	vault_packet_write(&b, COUNT(requests));
	for (size_t i = 0; i < COUNT(requests); i++) {
		size_t n = b.n;

		vault_request_write(&b, &requests[i]);
		assert_int_equal(b.n - n, vault_request_size(&requests[i]));
	}
	c = zg_cur_of(zg_buf_slice(&b));
	assert_int_equal(vault_packet_read(&c), COUNT(requests));
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct vault_request r;

		assert_int_equal(vault_request_read(&c, &r), 0);
		assert_true(same_request(&r, &requests[i]));
	}
	assert_true(zg_cur_is_end(&c));
	b = zg_buf_of(mem, sizeof(mem));
	for (size_t i = 0; i < COUNT(answers); i++)
		vault_answer_write(&b, &answers[i]);
	c = zg_cur_of(zg_buf_slice(&b));
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct vault_answer a;

		assert_int_equal(vault_answer_read(&c, &a), 0);
		assert_true(same_answer(&a, &answers[i]));
	}
	assert_true(zg_cur_is_end(&c));
}

static void heads_of_packets(void **state)
{
	static const struct { const char *proves; struct zg_slice octets; unsigned count; } rows[] = {
		{ "one message", ZG_SI("\1\1"), 1 },
		{ "as many as there may be", ZG_SI("\1\x10"), 16 },
		{ "one too many", ZG_SI("\1\x11"), 0 },
		{ "none", ZG_SI("\1\0"), 0 },
		{ "another version", ZG_SI("\2\1"), 0 },
		{ "cut", ZG_SI("\1"), 0 },
		{ "nothing", ZG_SI(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zg_cur c = zg_cur_of(rows[i].octets);

		if (vault_packet_read(&c) != rows[i].count || !c.why == !rows[i].count)
			fail_msg("%s", rows[i].proves);
	}
}

/* Every cut of every message is refused, and never read past its end (the copy is exactly as long). */
static void cut_messages_are_refused(void **state)
{
	char mem[4096];

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct zg_buf b = zg_buf_of(mem, sizeof(mem));

		vault_request_write(&b, &requests[i]);
		for (size_t n = 0; n < b.n; n++) {
			char *copy = malloc(n ? n : 1);
			struct zg_cur c;
			struct vault_request r = { .serial = 77 };

			assert_non_null(copy);
			memcpy(copy, mem, n);
			c = zg_cur_of(zg_slice_of(copy, n));
			assert_int_equal(vault_request_read(&c, &r), -1);
			assert_non_null(c.why);
			assert_int_equal(r.serial, 77);
			free(copy);
		}
	}
}

static void what_is_no_request_still_has_a_serial(void **state)
{
	static const struct { const char *proves; struct zg_slice octets; enum vault_kind kind; uint32_t serial; } rows[] = {
		{ "kind and serial alone", ZG_SI("\0\0\0\5\4\0\0\1\2"), VAULT_SIGN, 258 },
		{ "a serial that is cut", ZG_SI("\0\0\0\4\4\0\0\1"), 0, 0 },
		{ "a kind that is none", ZG_SI("\0\0\0\5\5\0\0\1\2"), 0, 0 },
		{ "an empty message", ZG_SI("\0\0\0\0"), 0, 0 },
		{ "a slice longer than the message", ZG_SI("\0\0\0\x1d\1\0\0\0\7" "12345678" "12345678" "1234" "\xff\xff\xff\xff"),
			VAULT_MAKE, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zg_cur c = zg_cur_of(rows[i].octets);
		struct vault_request r = { .serial = 77 };

		if (vault_request_read(&c, &r) != -1 || c.why || !zg_cur_is_end(&c) || r.kind != rows[i].kind ||
		    r.serial != rows[i].serial || r.text.n)
			fail_msg("%s", rows[i].proves);
	}
}

/* One octet more inside the message, and numbers that stand for nothing. */
static void messages_are_exact(void **state)
{
	char mem[512];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct vault_request r;
	struct vault_answer a;
	struct zg_cur c;
	size_t type_at;

	(void)state;
	vault_request_write(&b, &requests[0]);
	mem[3]++;
	zg_buf_putc(&b, 'x');
	c = zg_cur_of(zg_buf_slice(&b));
	assert_int_equal(vault_request_read(&c, &r), -1);
	assert_null(c.why);
	mem[3]--;
	type_at = 4 + 25 + 4 + requests[0].owner.domain.n + 4 + requests[0].owner.selector.n + 4 + 4;
	assert_int_equal(mem[type_at], ZG_KEY_RSA);
	mem[type_at] = ZG_KEY_ED25519 + 1;
	c = zg_cur_of(zg_buf_slice(&b));
	assert_int_equal(vault_request_read(&c, &r), -1);
	b = zg_buf_of(mem, sizeof(mem));
	vault_answer_write(&b, &answers[0]);
	mem[9] = VAULT_CODES;
	c = zg_cur_of(zg_buf_slice(&b));
	assert_int_equal(vault_answer_read(&c, &a), -1);
	mem[9] = VAULT_FAILED;
	c = zg_cur_of(zg_buf_slice(&b));
	assert_int_equal(vault_answer_read(&c, &a), 0);
	for (size_t n = 0; n < b.n; n++) {
		c = zg_cur_of(zg_slice_of(mem, n));
		assert_int_equal(vault_answer_read(&c, &a), -1);
	}
}

static void a_full_buffer_is_a_flag(void **state)
{
	char mem[512];
	struct zg_buf b;

	(void)state;
	for (size_t n = 0; n < vault_request_size(&requests[3]); n++) {
		b = zg_buf_of(mem, n);
		vault_request_write(&b, &requests[3]);
		assert_true(b.is_full);
	}
	b = zg_buf_of(mem, vault_request_size(&requests[3]));
	vault_request_write(&b, &requests[3]);
	assert_false(b.is_full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back), cmocka_unit_test(heads_of_packets),
		cmocka_unit_test(cut_messages_are_refused), cmocka_unit_test(what_is_no_request_still_has_a_serial),
		cmocka_unit_test(messages_are_exact), cmocka_unit_test(a_full_buffer_is_a_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
