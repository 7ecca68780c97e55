/* finding.c - codes of findings, their names and severities, and the list that grows. */
#include "lint/finding.h"

#define CODE(name, severity) { ZG_SI(#name), severity },
static const struct {
	struct zg_slice name;
	enum zg_severity severity;
} codes[ZG_LINT_COUNT] = { ZG_LINT_CODES(CODE) };

struct zg_slice zg_lint_name(enum zg_lint code)
{
	return codes[code].name;
}

enum zg_severity zg_lint_severity(enum zg_lint code)
{
	return codes[code].severity;
}

int zg_findings_add(struct zg_findings *f, struct zg_arena *a, enum zg_lint code, size_t value, struct zg_span at)
{
	/* Twice the room at each power of two: what was given out before is lost to the arena, less than the list itself. */
	if (!(f->count & (f->count - 1)) && (f->count >= 4 || !f->count)) {
		struct zg_finding *v = zg_arena_array(a, f->count ? 2 * f->count : 4, sizeof(v[0]));

		if (!v)
			return -1;
		for (size_t i = 0; i < f->count; i++)
			v[i] = f->v[i];
		f->v = v;
	}
	f->v[f->count++] = (struct zg_finding){ code, codes[code].severity, value, at, 0 };
	return 0;
}
