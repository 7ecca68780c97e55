/* fuzz_canon.c - canonicalization: any split of a body gives the same hash, and what is canonical stays as it is.
 *
 * The first octet gives the form and whether there is a limit, the second the limit, the third the seed of the splits.  The
 * rest is a body; what of it is a header is also taken as fields.  The canonical form is written down plainly here, line by
 * line (RFC 6376 3.4.3, 3.4.4), and its hash must be the stream's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "auth/canon.h"
#include "base/ascii.h"

#define INPUT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char plain[INPUT_MAX + 4], fields[2][INPUT_MAX * 2 + 64], memory[1u << 18];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

/* All of it in memory. */
static struct zg_slice plain_form(enum zg_canon canon, struct zg_slice body)
{
	struct zg_buf b = zg_buf_of(plain, sizeof(plain));
	size_t end = 0;		/* behind the last line that is not empty */

	while (body.n) {
		size_t at = zg_slice_find_slice(body, ZG_S("\r\n")), from = b.n;
		bool gap = false;

		for (size_t i = 0; i < at; i++) {
			bool is_gap = canon == ZG_CANON_RELAXED && zg_ascii_is_wsp(body.p[i]);

			if (gap && !is_gap)
				zg_buf_putc(&b, ' ');
			if (!is_gap)
				zg_buf_putc(&b, body.p[i]);
			gap = is_gap;
		}
		if (b.n > from)
			end = b.n + 2;
		zg_buf_put(&b, ZG_S("\r\n"));
		body = zg_slice_sub(body, at + 2, body.n);
	}
	must(!b.is_full);
	return canon == ZG_CANON_SIMPLE && !end ? ZG_S("\r\n") : zg_slice_of(plain, end);
}

/* The hash of a body in pieces: whole where step is 0, else of 1 to 13 octets, with longer ones between. */
static uint64_t stream_hash(const struct zg_crypt *c, enum zg_canon canon, uint64_t limit, struct zg_slice body, unsigned step,
			    unsigned char *ret)
{
	struct zg_canon_body b;
	struct zg_hash h;

	must(zg_hash_init(&h, c) == 0);
	zg_canon_body_init(&b, canon, limit, &h);
	while (body.n) {
		size_t n = !step ? body.n : step % 5 == 4 ? 100 + step : 1 + step % 13;

		zg_canon_body_update(&b, zg_slice_sub(body, 0, n));
		body = zg_slice_sub(body, n, body.n);
		step = step ? step * 7 % 251 + 1 : 0;
	}
	zg_canon_body_end(&b);
	must(zg_hash_final(&h, ret) == 0);
	zg_hash_done(&h);
	return b.length;
}

static void body_judge(enum zg_canon canon, uint64_t limit, unsigned seed, struct zg_slice body)
{
	unsigned char whole[ZG_HASH_SIZE], split[ZG_HASH_SIZE], direct[ZG_HASH_SIZE];
	struct zg_slice form = plain_form(canon, body);
	struct zg_crypt c;
	struct zg_hash h;

	if (zg_crypt_init(&c) < 0)
		return;
	must(stream_hash(&c, canon, limit, body, 0, whole) == form.n);
	for (unsigned step = 1; step <= 3; step++) {
		must(stream_hash(&c, canon, limit, body, seed * step + 1, split) == form.n);
		must(memcmp(whole, split, sizeof(whole)) == 0);
	}
	must(stream_hash(&c, canon, limit, form, 1 + seed, split) == form.n && memcmp(whole, split, sizeof(whole)) == 0);
	must(zg_hash_init(&h, &c) == 0);
	zg_hash_update(&h, limit < form.n ? zg_slice_sub(form, 0, (size_t)limit) : form);
	must(zg_hash_final(&h, direct) == 0 && memcmp(whole, direct, sizeof(whole)) == 0);
	zg_hash_done(&h);
	zg_crypt_done(&c);
}

static struct zg_slice fields_form(enum zg_canon canon, const struct zg_headers *h, char *mem)
{
	struct zg_buf b = zg_buf_of(mem, sizeof(fields[0]));
	struct zg_canon_out o;

	zg_canon_out_init(&o, &b, NULL);
	for (size_t i = 0; i < h->count; i++)
		zg_canon_field(canon, &h->v[i], &o);
	zg_canon_out_flush(&o);
	must(!b.is_full);
	return zg_buf_slice(&b);
}

/* A canonical header is a header of as many fields, and its own canonical form. */
static void fields_judge(enum zg_canon canon, struct zg_slice text)
{
	struct zg_headers h, again;
	struct zg_slice form;
	struct zg_arena a;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_header_index(zg_slice_sub(text, 0, zg_header_end(text)), &a, &h) != ZG_HEADER_OK)
		return;
	form = fields_form(canon, &h, fields[0]);
	must(zg_header_index(form, &a, &again) == ZG_HEADER_OK && again.count == h.count);
	must(zg_slice_eq(fields_form(canon, &again, fields[1]), form));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum zg_canon canon;
	struct zg_slice text;

	if (n < 3 || n > INPUT_MAX)
		return 0;
	canon = data[0] & 1 ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
	text = zg_slice_of(data + 3, n - 3);
	body_judge(canon, data[0] & 2 ? data[1] : UINT64_MAX, data[2], text);
	fields_judge(canon, text);
	return 0;
}
