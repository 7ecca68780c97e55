/* fuzz_mime.c - messages taken apart, words and names.
 *
 * The input is a message; its header ends at the first empty line.  Laws: bodies are views of the input, in order and apart
 * from each other; no part lies deeper than it may; what is text for people is UTF-8. */
#include <stdint.h>
#include <stdlib.h>
#include "base/utf8.h"
#include "mail/mime.h"

#define SHOWN 20u	/* parts whose octets are looked at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char memory[1u << 24];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void part_judge(const struct zg_mime_part *p)
{
	char room[1u << 18];
	struct zg_arena a;

	zg_arena_init_fixed(&a, room, sizeof(room));
	must(zg_utf8_is_valid(zg_mime_text(p, NULL, &a)));
	must(zg_utf8_is_valid(zg_mime_name(p, NULL, &a)));
	must(zg_mime_octets(p, &a).n <= p->body.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice all = zg_slice_of(data, n), head, body;
	const char *at;
	struct zg_arena a;
	struct zg_mime m;

	if (n > 60000)
		return 0;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	must(zg_utf8_is_valid(zg_mime_words(all, NULL, &a)));
	must(zg_utf8_is_valid(zg_mime_param(all, ZG_S("name"), NULL, &a)));
	head = zg_slice_sub(all, 0, zg_header_end(all));
	body = zg_slice_sub(all, head.n, all.n);
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_mime_read(head, body, &a, &m) < 0)
		return 0;
	must(m.count >= 1 && m.count <= ZG_MIME_PARTS);
	at = body.p;
	for (size_t i = 0; i < m.count; i++) {
		const struct zg_mime_part *p = &m.v[i];

		must(p->depth <= ZG_MIME_DEPTH && p->parent <= i && (i == 0 || p->parent < i));
		if (!p->body.n)
			continue;
		must(p->body.p >= at && p->body.p + p->body.n <= body.p + body.n);
		at = p->body.p + p->body.n;
		if (i < SHOWN)
			part_judge(p);
	}
	return 0;
}
