/* fuzz_merge.c - the SPF record that should stand: the first octet says what is asked, the rest are values with a NUL
 * between them.
 *
 * Whatever stands there, what comes of it is one record; that record needs nothing more; its end is not weaker than the
 * one in force; and every mark and finding lies inside of its text. */
#include <stdint.h>
#include <stdlib.h>
#include "lint/merge.h"
#include "lint/spf_text.h"

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

static void marks_judge(const struct zg_merge_ask *ask, const struct zg_merge *m)
{
	spans_judge(&m->come, m->line.n);
	for (size_t i = 0; i < ask->count; i++)
		spans_judge(&m->gone[i], ask->values[i].n);
	for (size_t i = 0; i < m->findings.count; i++) {
		const struct zg_finding *f = &m->findings.v[i];

		must(f->code < ZG_LINT_COUNT);
		must(f->value == ZG_VALUE_NONE || (f->value < ask->count && f->at.from + f->at.n <= ask->values[f->value].n));
	}
}

/* Of the first all (RFC 7208 5.1): 3 is "-", 0 none or "+". */
static unsigned strength(struct zg_slice value, struct zg_arena *a)
{
	struct zg_findings f = { NULL, 0 };
	struct zg_spf_text t;

	must(zg_spf_text_read(value, 0, a, &f, &t) == 0);
	for (size_t i = 0; i < t.count; i++)
		if (t.v[i].name == ZG_SPF_ALL)
			return t.v[i].qualifier == '-' ? 3 : t.v[i].qualifier == '~' ? 2 : t.v[i].qualifier == '?';
	return 0;
}

static bool is_redirected(struct zg_slice line, struct zg_arena *a)
{
	struct zg_findings f = { NULL, 0 };
	struct zg_spf_text t;
	bool is_so = false;

	must(zg_spf_text_read(line, 0, a, &f, &t) == 0 && t.is_clean);
	for (size_t i = 0; i < t.count; i++) {
		must(t.v[i].name != ZG_SPF_BAD && t.v[i].is_verbatim);
		is_so |= t.v[i].name == ZG_SPF_REDIRECT;
	}
	return is_so;
}

static void merge_judge(const struct zg_merge_ask *ask, const struct zg_merge *m, struct zg_arena *a)
{
	struct zg_merge_ask next = *ask;
	struct zg_merge again;

	marks_judge(ask, m);
	must((m->base == ZG_VALUE_NONE) == (m->records == 0) && m->records <= ask->count);
	if (m->is_same)
		must(m->line.p == ask->values[m->base].p && m->line.n == ask->values[m->base].n);
	for (size_t i = 0; i < m->line.n; i++)
		must(m->line.p[i] >= ' ' && m->line.p[i] <= '~');
	must(zg_spf_kind(m->line, a) == ZG_SPF_RECORD);
	next.values = &m->line;
	next.count = 1;
	if (zg_spf_merge(&next, a, &again) < 0)
		must(!a->is_full);	/* one term more than there may be */
	else
		must(again.is_same && again.line.p == m->line.p);
	if (m->records == 1 && zg_spf_kind(ask->values[m->base], a) == ZG_SPF_RECORD && !is_redirected(m->line, a))
		must(strength(m->line, a) >= strength(ask->values[m->base], a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice rest = zg_slice_of(data, n), values[VALUES_MAX], alive = ZG_S("spf.example.be");
	struct zg_merge_ask ask = { .values = values, .alive = &alive };
	unsigned flags = n ? data[0] : 0;
	struct zg_merge m;
	struct zg_arena a;

	if (n > 65536)
		return 0;
	rest = zg_slice_sub(rest, n > 0, n);
	while (rest.n && ask.count < VALUES_MAX) {
		size_t end = zg_slice_find(rest, '\0');

		values[ask.count++] = zg_slice_sub(rest, 0, end);
		rest = zg_slice_sub(rest, end + 1, rest.n);
	}
	ask.relay = flags & 1 ? ZG_S("_spf.relay.example") : ZG_S("");
	ask.mailhost = flags & 2 ? ZG_S("_spf.google.com") : ZG_S("");
	ask.has_mx = flags & 4;
	ask.is_relay_reached = flags & 8;
	ask.alive_count = flags & 16 ? 1 : 0;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_spf_merge(&ask, &a, &m) == 0)
		merge_judge(&ask, &m, &a);
	return 0;
}
