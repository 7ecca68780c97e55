/* fuzz_zone.c - the zone: a text, and behind the first NUL the name that is asked. */
#include <stdint.h>
#include <stdlib.h>
#include <zegel/zone.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[1u << 22];

static const enum zg_dns_type types[] = {
	ZG_DNS_A, ZG_DNS_NS, ZG_DNS_CNAME, ZG_DNS_PTR, ZG_DNS_MX, ZG_DNS_TXT, ZG_DNS_AAAA, ZG_DNS_TLSA, ZG_DNS_SPF,
};

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static size_t octets_of(enum zg_dns_type t)
{
	return t == ZG_DNS_A ? 4 : t == ZG_DNS_AAAA ? 16 : 0;
}

static void ask(const struct zg_zone *z, struct zg_slice name, struct zg_arena *a)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct zg_dns_q q = { .name = name, .type = types[i] };
		struct zg_dns_a got, again;

		zg_zone_answer(z, &q, a, &got);
		zg_zone_answer(z, &q, a, &again);
		must(got.status == again.status && got.rr_count == again.rr_count && got.ttl == again.ttl);
		must((got.status == ZG_DNS_FOUND) == (got.rr_count > 0) && zg_slice_eq(got.name, name) && got.type == q.type);
		for (size_t k = 0; k < got.rr_count; k++) {
			must(zg_slice_eq(got.rr[k].data, again.rr[k].data));
			must(!octets_of(q.type) || got.rr[k].data.n == octets_of(q.type));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice input = zg_slice_of(data, n), text = zg_slice_sub(input, 0, zg_slice_find(input, '\0'));
	struct zg_zone_error e = { 0, NULL };
	struct zg_zone *z;
	struct zg_arena a;

	if (n > 65536)
		return 0;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	z = zg_zone_read(text, &a, &e);
	must(z ? e.why == NULL : e.why != NULL && e.line > 0);
	if (!z)
		return 0;
	ask(z, zg_slice_sub(input, text.n + 1, 255), &a);
	ask(z, ZG_S("a.b.example.com"), &a);
	ask(z, ZG_S(""), &a);
	return 0;
}
