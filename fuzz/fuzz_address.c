/* fuzz_address.c - addresses of fields and of the envelope, and domains.
 *
 * The first octet says which.  Laws: views lie in the input; what was read as one address reads as the same address
 * again, alone or in angles; a domain that was put into its one form stays as it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zegel/address.h>
#include <zegel/buf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[1u << 16], text[1u << 16];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static bool is_within(struct zg_slice part, struct zg_slice whole)
{
	return part.n && part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static bool is_same(const struct zg_address *a, const struct zg_address *b)
{
	return zg_slice_eq(a->local, b->local) && zg_slice_eq(a->domain, b->domain);
}

static void domain_judge(struct zg_slice s)
{
	struct zg_arena a;
	struct zg_slice once, twice;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	once = zg_address_domain(s, &a);
	twice = zg_address_domain(once, &a);
	must(once.n <= 253 && zg_slice_eq(once, twice));
	must(!once.n || zg_address_is_below(once, twice));
	for (size_t i = 0; i < once.n; i++)
		must(once.p[i] > ' ' && once.p[i] < 127 && once.p[i] != '@' && !(once.p[i] >= 'A' && once.p[i] <= 'Z'));
}

static void list_judge(struct zg_slice s)
{
	struct zg_address first, again;
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	struct zg_slice bare;
	size_t count;

	if (zg_address_list(s, &first, &count) < 0 || count == 0)
		return;
	must(is_within(first.local, s) && is_within(first.domain, s));
	must(zg_slice_find(first.domain, '\r') == first.domain.n && zg_slice_find(first.local, '\r') == first.local.n);
	domain_judge(first.domain);
	zg_buf_put(&b, ZG_S("X <"));
	zg_buf_put(&b, first.local);
	zg_buf_putc(&b, '@');
	zg_buf_put(&b, first.domain);
	zg_buf_putc(&b, '>');
	if (b.is_full)
		return;
	must(zg_address_list(zg_buf_slice(&b), &again, &count) == 0 && count == 1 && is_same(&first, &again));
	bare = zg_slice_sub(zg_buf_slice(&b), 3, b.n - 4);
	must(zg_address_list(bare, &again, &count) == 0 && count == 1 && is_same(&first, &again));
	zg_buf_put(&b, ZG_S(","));
	zg_buf_put(&b, s);
	if (!b.is_full)		/* one more than before, whatever the rest is */
		must(zg_address_list(zg_buf_slice(&b), &again, &count) == 0 && count >= 2 && is_same(&first, &again));
}

static void mailbox_judge(struct zg_slice s)
{
	struct zg_address plain, utf8, listed;
	size_t count;
	int rc = zg_address_mailbox(s, true, &utf8);

	if (zg_address_mailbox(s, false, &plain) == 0)
		must(rc == 0 && is_same(&plain, &utf8));
	if (rc < 0)
		return;
	must(is_within(utf8.local, s) && is_within(utf8.domain, s) && utf8.local.n + 1 + utf8.domain.n == s.n);
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] >= ' ' && s.p[i] != 127);
	/* What the envelope takes, a field takes. */
	must(zg_address_list(s, &listed, &count) == 0 && count == 1 && is_same(&listed, &utf8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice s = zg_slice_of(data + 1, n ? n - 1 : 0);

	if (!n)
		return 0;
	switch (data[0]) {
	case 'd':
		domain_judge(s);
		return 0;
	case 'm':
		mailbox_judge(s);
		return 0;
	default:
		list_judge(s);
		return 0;
	}
}
