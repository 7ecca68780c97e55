/* fuzz_vault_wire.c - packets of a hostile relay: none may crash the worker, and what is read is written back
 * octet by octet.
 *
 * The input is a packet.  A sealed key that opens cannot be guessed, so the slices "D" and "K" stand for a
 * data key and a key that were made at the start, owned by company 1, key 1, version 1, example.be, s1.  RSA
 * keys are not made: too slow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "seal/seal.h"
#include "vault/vault_work.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const unsigned char master[VAULT_MASTER_SIZE] = "a key that is only known to all";
static const struct vault_masters masters = { master, 1 };
static struct vault_work work;
static char answers[VAULT_ANSWERS_MAX], packet[VAULT_PACKET_MAX], again[VAULT_PACKET_MAX], dek[256], key[256];
static struct zg_slice dek_slice, key_slice;

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void start(void)
{
	static const struct vault_request make = { VAULT_MAKE, 1, { 1, 1, 1, ZG_SI("example.be"), ZG_SI("s1") }, .type = ZG_KEY_ED25519 };
	struct zg_buf b = zg_buf_of(packet, sizeof(packet)), out = zg_buf_of(answers, sizeof(answers));
	struct zg_cur c;
	struct vault_answer a;

	if (dek_slice.n)
		return;
	must(seal_init() == 0 && vault_work_init(&work, &masters) == 0);
	vault_packet_write(&b, 1);
	vault_request_write(&b, &make);
	must(vault_work_packet(&work, packet, b.n, &out) == 0);
	c = zg_cur_of(zg_buf_slice(&out));
	must(vault_packet_read(&c) == 1 && vault_answer_read(&c, &a) == 0 && a.code == VAULT_OK);
	must(a.sealed_dek.n <= sizeof(dek) && a.sealed_key.n <= sizeof(key));
	memcpy(dek, a.sealed_dek.p, a.sealed_dek.n);
	memcpy(key, a.sealed_key.p, a.sealed_key.n);
	dek_slice = zg_slice_of(dek, a.sealed_dek.n);
	key_slice = zg_slice_of(key, a.sealed_key.n);
}

/* Reads all requests and writes them back; what is written must be what was read.  Then the same with the keys in their
 * places, into packet.  The octets of packet, or 0 where they are not for the worker. */
static size_t rewrite(struct zg_slice input)
{
	struct zg_cur c = zg_cur_of(input);
	struct zg_buf same = zg_buf_of(again, sizeof(again)), real = zg_buf_of(packet, sizeof(packet));
	unsigned count = vault_packet_read(&c);

	if (!count)
		return 0;
	vault_packet_write(&same, count);
	vault_packet_write(&real, count);
	for (unsigned i = 0; i < count; i++) {
		struct vault_request r;

		if (vault_request_read(&c, &r) < 0)
			return 0;
		must(vault_request_size(&r) <= input.n);
		vault_request_write(&same, &r);
		if (zg_slice_eq(r.sealed_dek, ZG_S("D")))
			r.sealed_dek = dek_slice;
		if (zg_slice_eq(r.sealed_key, ZG_S("K")))
			r.sealed_key = key_slice;
		vault_request_write(&real, &r);
	}
	must(same.n <= input.n && memcmp(same.p, input.p, same.n) == 0);
	return real.is_full ? 0 : real.n;
}

static void serve(size_t n)
{
	struct zg_buf out = zg_buf_of(answers, sizeof(answers));
	struct zg_cur c;
	unsigned count;

	if (vault_work_packet(&work, packet, n, &out) < 0)
		return;
	c = zg_cur_of(zg_buf_slice(&out));
	count = vault_packet_read(&c);
	must(count > 0);
	while (count--) {
		struct vault_answer a;

		must(vault_answer_read(&c, &a) == 0);
	}
	must(zg_cur_is_end(&c));
}

/* Would the worker make an RSA key?  That takes too long here. */
static bool asks_rsa(struct zg_slice input)
{
	struct zg_cur c = zg_cur_of(input);
	unsigned count = vault_packet_read(&c);

	while (count-- && !c.why) {
		struct vault_request r;

		if (vault_request_read(&c, &r) == 0 && r.kind == VAULT_MAKE && r.type == ZG_KEY_RSA)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t real;

	if (n > sizeof(packet))
		return 0;
	start();
	real = asks_rsa(zg_slice_of(data, n)) ? 0 : rewrite(zg_slice_of(data, n));
	if (real)
		serve(real);
	if (n && !asks_rsa(zg_slice_of(data, n))) {
		memcpy(packet, data, n);
		serve(n);
	}
	return 0;
}
