/* fuzz_dkim_sig.c - the signature field: what is read is sound, and blanks where they may stand change nothing.
 *
 * The input is the value of a field.  Where it is read, its names are names, its numbers in their bounds; the same with a
 * blank behind each semicolon and at the end reads the same; and a From is told of only where h= names it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "auth/dkim_sig.h"
#include "auth/taglist.h"
#include "base/ascii.h"

#define INPUT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[2][1u << 18], scratch[2][8192], spaced[INPUT_MAX * 2 + 1];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static const char *read_in(int i, struct zg_slice value, struct zg_arena *a, struct zg_dkim_sig *ret)
{
	struct zg_arena s;

	zg_arena_init_fixed(&s, scratch[i], sizeof(scratch[i]));
	zg_arena_init_fixed(a, memory[i], sizeof(memory[i]));
	return zg_dkim_sig_read(value, &s, a, ret);
}

static bool is_within(struct zg_slice part, struct zg_slice whole)
{
	return !part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static bool is_name(struct zg_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!zg_ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.')
			return false;
	return name.n && name.p[0] != '.' && name.p[name.n - 1] != '.';
}

static void field_judge(struct zg_slice value, const struct zg_dkim_sig *sig, struct zg_arena *a)
{
	struct zg_slice octets = { NULL, 0 };
	const char *why;

	must(is_name(sig->asked_domain) && is_name(sig->asked_selector));
	must(zg_slice_find(sig->asked_domain, '.') < sig->asked_domain.n);
	must(sig->asked_domain.n + sig->asked_selector.n <= ZG_DKIM_NAMES_MAX);
	must(sig->type == ZG_KEY_RSA || sig->type == ZG_KEY_ED25519);
	must(zg_taglist_holds(sig->headers, ZG_S("from")) && sig->expire >= -1);
	must(is_within(sig->b, value) && is_within(sig->b_raw, value) && is_within(sig->headers, value) && is_within(sig->domain, value));
	must(zg_slice_eq(zg_slice_trim(sig->b_raw), sig->b));
	why = zg_dkim_sig_octets(sig, a, &octets);
	must(why ? !octets.n : octets.n && octets.n <= ZG_KEY_SIGNATURE_MAX);
}

/* The same with a blank behind every semicolon and at the end. */
static struct zg_slice spread(struct zg_slice value)
{
	struct zg_buf b = zg_buf_of(spaced, sizeof(spaced));

	for (size_t i = 0; i < value.n; i++) {
		zg_buf_putc(&b, value.p[i]);
		if (value.p[i] == ';')
			zg_buf_putc(&b, i & 1 ? ' ' : '\t');
	}
	zg_buf_putc(&b, ' ');
	return zg_buf_slice(&b);
}

static void same(const struct zg_dkim_sig *x, const struct zg_dkim_sig *y)
{
	must(zg_slice_eq(x->asked_domain, y->asked_domain) && zg_slice_eq(x->asked_selector, y->asked_selector));
	must(zg_slice_eq(x->b, y->b) && zg_slice_eq(x->headers, y->headers) && x->type == y->type);
	must(x->header == y->header && x->body == y->body && x->length == y->length && x->expire == y->expire);
	must(x->is_below == y->is_below && memcmp(x->body_hash, y->body_hash, ZG_HASH_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice value = zg_slice_of(data, n);
	struct zg_dkim_sig sig = { .length = 0 }, again = { .length = 0 };
	struct zg_arena a, b;
	const char *why;

	if (!n || n > INPUT_MAX)
		return 0;
	why = read_in(0, value, &a, &sig);
	if (!why)
		field_judge(value, &sig, &a);
	if (value.p[n - 1] == '\r' || value.p[n - 1] == '\n')	/* a blank behind it would make a fold of it */
		return 0;
	must((read_in(1, spread(value), &b, &again) == NULL) == (why == NULL));
	if (!why)
		same(&sig, &again);
	return 0;
}
