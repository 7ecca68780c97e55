/* tags.c - tag lists read leniently, and the marks between two of them. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "lint/record_state.h"
#include "lint/tags.h"

#define RUN_MIN 64u	/* octets of a value worth marking by its characters */

void zg_loose_tags_read(struct zg_slice text, struct zg_loose_tags *ret)
{
	size_t at = 0;

	ret->count = 0;
	while (at < text.n && ret->count < ZG_TAGS_MAX) {
		struct zg_slice rest = zg_slice_sub(text, at, text.n);
		size_t end = zg_slice_find(rest, ';');
		struct zg_slice piece = zg_slice_trim(zg_slice_sub(rest, 0, end));
		size_t equals = zg_slice_find(piece, '=');
		struct zg_loose_tag *t = &ret->v[ret->count];

		at += end + 1;
		if (!piece.n)
			continue;
		t->name = zg_slice_trim(zg_slice_sub(piece, 0, equals < piece.n ? equals : 0));
		t->value = zg_slice_trim(zg_slice_sub(piece, equals < piece.n ? equals + 1 : 0, piece.n));
		t->at = (struct zg_span){ (size_t)(piece.p - text.p), piece.n };
		ret->count++;
	}
}

const struct zg_loose_tag *zg_loose_tags_get(const struct zg_loose_tags *t, struct zg_slice name)
{
	for (size_t i = 0; i < t->count; i++)
		if (zg_slice_eq_ci(t->v[i].name, name))
			return &t->v[i];
	return NULL;
}

size_t zg_find_ci(struct zg_slice s, struct zg_slice what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (zg_slice_starts_ci(zg_slice_sub(s, i, s.n), what))
			return i;
	return s.n;
}

bool zg_find_quote(struct zg_slice s, struct zg_span *ret_at)
{
	static const struct zg_slice quotes[] = {
		ZG_SI("\""), ZG_SI("\xe2\x80\x98"), ZG_SI("\xe2\x80\x99"), ZG_SI("\xe2\x80\x9c"), ZG_SI("\xe2\x80\x9d"), ZG_SI("\xe2\x80\x9e"),
		ZG_SI("\xc2\xab"), ZG_SI("\xc2\xbb"),
	};

	for (size_t i = 0; i < s.n; i++)
		for (size_t k = 0; k < sizeof(quotes) / sizeof(quotes[0]); k++)
			if (zg_slice_starts(zg_slice_sub(s, i, s.n), quotes[k])) {
				*ret_at = (struct zg_span){ i, quotes[k].n };
				return true;
			}
	return false;
}

/* ---- marks ---- */

static bool is_same_tag(const struct zg_loose_tag *x, const struct zg_loose_tag *y)
{
	return zg_slice_eq_ci(x->name, y->name) && zg_slice_eq(x->value, y->value);
}

static bool is_there(const struct zg_loose_tags *t, const struct zg_loose_tag *tag)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_same_tag(&t->v[i], tag))
			return true;
	return false;
}

/* A character of several octets is marked whole. */
static bool is_middle(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* What is left of x when the beginning and the end that it shares with y are cut. */
static struct zg_span run_of(struct zg_slice x, struct zg_slice y)
{
	size_t from = 0, tail = 0, most = x.n < y.n ? x.n : y.n;

	while (from < most && x.p[from] == y.p[from])
		from++;
	while (from && from < x.n && is_middle(x.p[from]))
		from--;
	while (tail < most - from && x.p[x.n - 1 - tail] == y.p[y.n - 1 - tail])
		tail++;
	while (tail && is_middle(x.p[x.n - tail]))
		tail--;
	return (struct zg_span){ from, x.n - from - tail };
}

/* Marks of x's tags that y has not.  A long p= that y has in another form is marked by the characters that differ. */
static void tags_mark(struct zg_slice text, const struct zg_loose_tags *x, const struct zg_loose_tags *y, struct zg_spans *s)
{
	const struct zg_loose_tag *other = zg_loose_tags_get(y, ZG_S("p"));

	for (size_t i = 0; i < x->count; i++) {
		const struct zg_loose_tag *t = &x->v[i];
		struct zg_span at = t->at;

		if (is_there(y, t))
			continue;
		if (other && zg_slice_eq_ci(t->name, ZG_S("p")) && t->value.n >= RUN_MIN && other->value.n >= RUN_MIN) {
			struct zg_span run = run_of(t->value, other->value);

			if (!run.n)	/* the other one has more: nothing of this goes */
				continue;
			/* Where nothing is shared the whole tag is clearer. */
			if (run.n < t->value.n)
				at = (struct zg_span){ (size_t)(t->value.p - text.p) + run.from, run.n };
		}
		s->v[s->count++] = at;
	}
}

int zg_record_marks(struct zg_slice now, struct zg_slice wanted, struct zg_arena *a, struct zg_spans *ret_gone,
		    struct zg_spans *ret_come)
{
	struct zg_loose_tags *x = zg_arena_alloc(a, sizeof(*x)), *y = zg_arena_alloc(a, sizeof(*y));
	struct zg_spans gone = { NULL, 0 }, come = { NULL, 0 };

	if (!x || !y)
		return -1;
	zg_loose_tags_read(now, x);
	zg_loose_tags_read(wanted, y);
	gone.v = zg_arena_array(a, x->count + 1, sizeof(gone.v[0]));
	come.v = zg_arena_array(a, y->count + 1, sizeof(come.v[0]));
	if (!gone.v || !come.v)
		return -1;
	tags_mark(now, x, y, &gone);
	tags_mark(wanted, y, x, &come);
	*ret_gone = gone;
	*ret_come = come;
	return 0;
}
