/* fuzz_header.c - the header index: views lie in the block, follow one another without a gap, read the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <zegel/header.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[1u << 17];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static bool is_within(struct zg_slice part, struct zg_slice whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void field_judge(const struct zg_headers *h, size_t i)
{
	const struct zg_field *f = &h->v[i];
	struct zg_headers alone;
	struct zg_arena a;
	char room[256];
	size_t same = 0;

	must(f->name.n && is_within(f->name, f->raw) && is_within(f->value, f->raw));
	must(f->name.p == f->raw.p && f->name.p + f->name.n < f->value.p && f->value.p[-1] == ':');
	must(zg_slice_find(f->raw, '\0') == f->raw.n);
	zg_arena_init_fixed(&a, room, sizeof(room));
	must(zg_header_index(f->raw, &a, &alone) == ZG_HEADER_OK && alone.count == 1);
	must(zg_slice_eq(alone.v[0].name, f->name) && zg_slice_eq(alone.v[0].value, f->value));
	while (zg_header_get(h, f->name, same) != f)
		must(zg_header_get(h, f->name, same++) != NULL);
	must(same < zg_header_count(h, f->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice msg = zg_slice_of(data, n);
	size_t end = zg_header_end(msg), at = 0;
	struct zg_headers h = { NULL, 0 };
	struct zg_arena a;

	if (!n)
		return 0;
	must(end <= n && (end == n || zg_slice_ends_ci(zg_slice_sub(msg, 0, end), ZG_S("\r\n"))));
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_header_index(msg, &a, &h) != ZG_HEADER_OK) {
		must(h.count == 0);
		return 0;
	}
	for (size_t i = 0; i < h.count; i++) {
		must(h.v[i].raw.p == msg.p + at);
		at += h.v[i].raw.n;
		if (i < 64)		/* each costs as many steps as there are fields */
			field_judge(&h, i);
	}
	must(at == n || at + 2 == end);
	return 0;
}
