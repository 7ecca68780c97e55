/* fuzz_record.c - one server's answer for DKIM, SPF or DMARC: the first octet says which, the rest are TXT values with a
 * NUL between them; behind a value "@" they stand at another place.
 *
 * Every mark and finding lies inside of its text, and what should stand is right once it does. */
#include <stdint.h>
#include <stdlib.h>
#include "lint/record_state.h"

#define VALUES_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[1u << 24];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void spans_judge(const struct zg_spans *s, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < s->count; i++) {
		must(s->v[i].n > 0 && s->v[i].from >= at);
		at = s->v[i].from + s->v[i].n;
		must(at <= n);
	}
}

static void sight_judge(const struct zg_answer *answer, const struct zg_sight *s)
{
	must(s->seen < ZG_SEEN_COUNT && (s->value == ZG_VALUE_NONE || s->value < answer->count));
	must(s->value != ZG_VALUE_NONE || s->seen == ZG_SEEN_MISSING);
	must(s->seen == ZG_SEEN_RIGHT || s->findings.count > 0 || s->value != ZG_VALUE_NONE);
	spans_judge(&s->come, s->wanted.n);
	for (size_t i = 0; s->gone && i < answer->count; i++)
		spans_judge(&s->gone[i], answer->values[i].n);
	for (size_t i = 0; i < s->findings.count; i++) {
		const struct zg_finding *f = &s->findings.v[i];

		must(f->code < ZG_LINT_COUNT);
		must(f->value == ZG_VALUE_NONE || (f->value < answer->count && f->at.from + f->at.n <= answer->values[f->value].n));
	}
}

static struct zg_slice value_take(struct zg_slice *rest)
{
	size_t end = zg_slice_find(*rest, '\0');
	struct zg_slice value = zg_slice_sub(*rest, 0, end);

	*rest = zg_slice_sub(*rest, end + 1, rest->n);
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice rest = zg_slice_of(data, n), values[VALUES_MAX], other = ZG_S("");
	unsigned flags = n ? data[0] : 0;
	struct zg_misplaced place = { (enum zg_misplace)(flags >> 4) % (ZG_AT_OTHER + 1u), &other, 1 };
	struct zg_answer answer = { .values = values, .misplaced = &place };
	struct zg_want want = {
		.kind = (enum zg_record_kind)(flags % 3u), .value = ZG_S("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
		.spf = { .relay = ZG_S("_spf.relay.example"), .has_mx = true }, .rua = flags & 8 ? ZG_S("rua@example.com") : ZG_S(""),
	};
	struct zg_sight s, again;
	struct zg_arena a;

	if (n > 65536)
		return 0;
	rest = zg_slice_sub(rest, n > 0, n);
	while (rest.n && answer.count < VALUES_MAX) {
		struct zg_slice value = value_take(&rest);

		if (zg_slice_eq(value, ZG_S("@"))) {
			other = value_take(&rest);
			answer.misplaced_count = 1;
		} else {
			values[answer.count++] = value;
		}
	}
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_record_see(&want, &answer, &a, &s) < 0)
		return 0;
	sight_judge(&answer, &s);
	answer = (struct zg_answer){ .values = &s.wanted, .count = 1 };
	if (zg_record_see(&want, &answer, &a, &again) == 0)
		must(again.seen == ZG_SEEN_RIGHT && again.is_wanted_same);
	return 0;
}
