/* test_canon.c - canonicalization: the set of test/data, rows of our own, and a plain second writing of the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/canon.h"
#include "base/ascii.h"
#include "base/b64.h"
#include "testdata.h"

static struct zg_crypt crypt;

static int open_crypt(void **state)
{
	(void)state;
	return zg_crypt_init(&crypt);
}

static int close_crypt(void **state)
{
	(void)state;
	zg_crypt_done(&crypt);
	return 0;
}

static void body_piece(void *ctx, struct zg_slice piece)
{
	zg_canon_body_update(ctx, piece);
}

/* The hash of a body that comes in such pieces, and how long its canonical form is. */
static uint64_t body_hash(enum zg_canon canon, uint64_t limit, struct zg_slice body, uint64_t split, unsigned char *ret)
{
	struct zg_canon_body c;
	struct zg_hash h;

	assert_int_equal(zg_hash_init(&h, &crypt), 0);
	zg_canon_body_init(&c, canon, limit, &h);
	testdata_split(body, split, body_piece, &c);
	zg_canon_body_end(&c);
	assert_int_equal(zg_hash_final(&h, ret), 0);
	zg_hash_done(&h);
	return c.length;
}

static void plain_hash(struct zg_slice s, unsigned char *ret)
{
	struct zg_hash h;

	assert_int_equal(zg_hash_init(&h, &crypt), 0);
	zg_hash_update(&h, s);
	assert_int_equal(zg_hash_final(&h, ret), 0);
	zg_hash_done(&h);
}

static bool body_is(enum zg_canon canon, uint64_t limit, struct zg_slice body, struct zg_slice want,
		    uint64_t want_length)
{
	unsigned char got[ZG_HASH_SIZE], expected[ZG_HASH_SIZE];

	plain_hash(want, expected);
	for (uint64_t split = 0; split < 8; split++)
		if (body_hash(canon, limit, body, split, got) != want_length || memcmp(got, expected, sizeof(got)) != 0)
			return false;
	return true;
}

static struct zg_slice header_canon(enum zg_canon canon, struct zg_slice input, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, input.n * 2 + 64);
	struct zg_buf b = zg_buf_of(p, input.n * 2 + 64);
	struct zg_canon_out o;
	struct zg_headers h;

	assert_int_equal(zg_header_index(input, a, &h), ZG_HEADER_OK);
	zg_canon_out_init(&o, &b, NULL);
	for (size_t i = 0; i < h.count; i++)
		zg_canon_field(canon, &h.v[i], &o);
	zg_canon_out_flush(&o);
	return zg_buf_slice(&b);
}

static void the_set(void **state)
{
	struct zg_arena a;
	json_t *set, *cases;
	unsigned count = 0;

	(void)state;
	zg_arena_init(&a, &testdata_heap, 1 << 20);
	set = testdata_json("dkim/canonicalization.json", &a);
	cases = json_object_get(set, "cases");
	for (size_t i = 0; i < json_array_size(cases); i++) {
		json_t *c = json_array_get(cases, i);
		bool is_relaxed = strcmp(json_string_value(json_object_get(c, "canonicalization")), "relaxed") == 0;
		enum zg_canon canon = is_relaxed ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
		struct zg_slice in = testdata_octets(json_object_get(c, "input"), &a);
		struct zg_slice out = testdata_octets(json_object_get(c, "output"), &a);
		bool is_right;

		if (strcmp(json_string_value(json_object_get(c, "kind")), "body") == 0) {
			unsigned char digest[ZG_HASH_SIZE];
			char text[64];
			struct zg_buf b = zg_buf_of(text, sizeof(text));

			(void)body_hash(canon, UINT64_MAX, in, 1, digest);
			zg_b64_encode(zg_slice_of(digest, sizeof(digest)), &b);
			is_right = body_is(canon, UINT64_MAX, in, out, out.n) &&
				   zg_slice_eq(zg_buf_slice(&b), testdata_octets(json_object_get(c, "sha256"), &a));
		} else {
			is_right = zg_slice_eq(header_canon(canon, in, &a), out);
		}
		if (!is_right)
			fail_msg("%s", json_string_value(json_object_get(c, "id")));
		count++;
	}
	assert_int_equal(count, 17);
	json_decref(set);
	zg_arena_reset(&a);
}

static void rows_of_our_own(void **state)
{
	static const struct { const char *proves; enum zg_canon canon; struct zg_slice body, want; } rows[] = {
		{ "a CR alone is text", ZG_CANON_RELAXED, ZG_SI("a\rb\r\n"), ZG_SI("a\rb\r\n") },
		{ "an LF alone is text", ZG_CANON_RELAXED, ZG_SI("a\nb\r\n"), ZG_SI("a\nb\r\n") },
		{ "an LF alone ends no line, so blanks before it stay", ZG_CANON_RELAXED, ZG_SI("a \t\nb\r\n"), ZG_SI("a \nb\r\n") },
		{ "a CR alone ends no line either", ZG_CANON_RELAXED, ZG_SI("a \rb\r\n"), ZG_SI("a \rb\r\n") },
		{ "CR CR LF is a CR and a line end", ZG_CANON_RELAXED, ZG_SI("a\r\r\n"), ZG_SI("a\r\r\n") },
		{ "LFs at the end are text", ZG_CANON_RELAXED, ZG_SI("a\r\n\n\n"), ZG_SI("a\r\n\n\n\r\n") },
		{ "a CR at the end is text", ZG_CANON_RELAXED, ZG_SI("a\r\n\r"), ZG_SI("a\r\n\r\r\n") },
		{ "blanks, then a CR at the end", ZG_CANON_RELAXED, ZG_SI("a \t\r"), ZG_SI("a \r\r\n") },
		{ "a CR alone, relaxed", ZG_CANON_RELAXED, ZG_SI("\r"), ZG_SI("\r\r\n") },
		{ "a CR alone, simple", ZG_CANON_SIMPLE, ZG_SI("\r"), ZG_SI("\r\r\n") },
		{ "a CR at the end, simple", ZG_CANON_SIMPLE, ZG_SI("a\r\n\r\n\r"), ZG_SI("a\r\n\r\n\r\r\n") },
		{ "blank lines at the end, relaxed", ZG_CANON_RELAXED, ZG_SI("a\r\n \r\n\t\r\n  "), ZG_SI("a\r\n") },
		{ "blank lines at the end, simple", ZG_CANON_SIMPLE, ZG_SI("a\r\n \r\n\r\n"), ZG_SI("a\r\n \r\n") },
		{ "blank lines in the middle", ZG_CANON_RELAXED, ZG_SI("a \r\n \r\n\t b"), ZG_SI("a\r\n\r\n b\r\n") },
		{ "only blanks", ZG_CANON_RELAXED, ZG_SI("  \t"), ZG_SI("") },
		{ "a form feed is no blank", ZG_CANON_RELAXED, ZG_SI("a \f \r\n"), ZG_SI("a \f\r\n") },
		{ "NUL and 8-bit octets are text", ZG_CANON_RELAXED, ZG_SI("a \0 \xff\r\n"), ZG_SI("a \0 \xff\r\n") },
		{ "a tab alone becomes a space", ZG_CANON_RELAXED, ZG_SI("a\tb"), ZG_SI("a b\r\n") },
		{ "seventeen empty lines between", ZG_CANON_RELAXED,
			ZG_SI("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nb"),
			ZG_SI("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nb\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!body_is(rows[i].canon, UINT64_MAX, rows[i].body, rows[i].want, rows[i].want.n))
			fail_msg("%s", rows[i].proves);
}

/* RFC 6376 3.4.3 and 3.4.4 written down plainly: line by line, all in memory. */
static struct zg_slice plain_canon(enum zg_canon canon, struct zg_slice body, char *mem, size_t cap)
{
	struct zg_buf b = zg_buf_of(mem, cap);
	size_t end = 0;		/* behind the last line that is not empty */

	while (body.n) {
		size_t at = zg_slice_find_slice(body, ZG_S("\r\n")), from = b.n;
		bool gap = false;

		for (size_t i = 0; i < at; i++) {
			if (canon == ZG_CANON_RELAXED && zg_ascii_is_wsp(body.p[i])) {
				gap = true;
				continue;
			}
			if (gap)
				zg_buf_putc(&b, ' ');
			gap = false;
			zg_buf_putc(&b, body.p[i]);
		}
		if (b.n > from)
			end = b.n + 2;
		zg_buf_put(&b, ZG_S("\r\n"));
		body = zg_slice_sub(body, at + 2, body.n);
	}
	assert_false(b.is_full);
	if (canon == ZG_CANON_SIMPLE && !end)
		return ZG_S("\r\n");
	return zg_slice_of(mem, end);
}

static void random_bodies_agree_with_the_plain_way(void **state)
{
	static const struct { struct zg_slice octets; unsigned most; } kinds[] = {
		{ ZG_SI(" \t\r\n\r\n a"), 40 },			/* short, and nothing but corners */
		{ ZG_SI("abcdefgh ijkl mnop\tqrst uvw xyz\r\n 0123456789"), 700 },
		{ ZG_SI("      \t\r\n\n\nab"), 700 },		/* runs of blanks longer than a block looks at */
		{ ZG_SI("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz \r\n"), 700 },
	};
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 8000; round++) {
		struct zg_slice from = kinds[round / 4 % 4].octets;
		size_t n = testdata_random(&seed, kinds[round / 4 % 4].most);
		char body[700], mem[2048];
		uint64_t limit = round % 3 ? UINT64_MAX : testdata_random(&seed, 300);
		enum zg_canon canon = round % 4 < 2 ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
		struct zg_slice want, part;

		for (size_t i = 0; i < n; i++)
			body[i] = from.p[testdata_random(&seed, (unsigned)from.n)];
		if (round % 5 == 0)
			for (size_t i = 0; i + 1 < n; i++)	/* a CR alone is rare in these */
				body[i + 1] = body[i] == '\r' ? '\n' : body[i + 1];
		if (round % 7 == 0 && n > 200)
			memset(body + 60, ' ', 140);		/* whole blocks of blanks */
		want = plain_canon(canon, zg_slice_of(body, n), mem, sizeof(mem));
		part = limit < want.n ? zg_slice_sub(want, 0, (size_t)limit) : want;
		if (!body_is(canon, limit, zg_slice_of(body, n), part, want.n))
			fail_msg("round %d", round);
	}
}

static void long_bodies_in_large_pieces(void **state)
{
	size_t n = 300000, cap = 2 * n;
	char *body = malloc(n), *mem = malloc(cap);
	uint64_t seed = 3;

	(void)state;
	assert_non_null(body);
	assert_non_null(mem);
	for (size_t i = 0; i < n; i++)
		body[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : testdata_random(&seed, 90) ? 'x' : ' ';
	for (int canon = ZG_CANON_SIMPLE; canon <= ZG_CANON_RELAXED; canon++) {
		unsigned char got[ZG_HASH_SIZE], want[ZG_HASH_SIZE];

		plain_hash(plain_canon((enum zg_canon)canon, zg_slice_of(body, n), mem, cap), want);
		(void)body_hash((enum zg_canon)canon, UINT64_MAX, zg_slice_of(body, n), 1, got);
		assert_memory_equal(got, want, sizeof(got));
	}
	free(body);
	free(mem);
}

static void fields_of_our_own(void **state)
{
	static const struct { const char *proves; enum zg_canon canon; struct zg_slice in, out; } rows[] = {
		{ "no last CRLF, relaxed", ZG_CANON_RELAXED, ZG_SI("A: b"), ZG_SI("a:b\r\n") },
		{ "no last CRLF, simple", ZG_CANON_SIMPLE, ZG_SI("A: b"), ZG_SI("A: b\r\n") },
		{ "an empty value", ZG_CANON_RELAXED, ZG_SI("A:\r\n"), ZG_SI("a:\r\n") },
		{ "a long name", ZG_CANON_RELAXED,
			ZG_SI("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ: b\r\n"),
			ZG_SI("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz:b\r\n") },
		{ "8-bit octets stay", ZG_CANON_RELAXED, ZG_SI("A: \xc3\xa9  x\r\n"), ZG_SI("a:\xc3\xa9 x\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_arena a;

		zg_arena_init(&a, &testdata_heap, 1 << 16);
		if (!zg_slice_eq(header_canon(rows[i].canon, rows[i].in, &a), rows[i].out))
			fail_msg("%s", rows[i].proves);
		zg_arena_reset(&a);
	}
}

/* RFC 6376 3.4.2 written down plainly. */
static void plain_field(const struct zg_field *f, struct zg_buf *b)
{
	bool gap = false, any = false;

	for (size_t i = 0; i < f->name.n; i++)
		zg_buf_putc(b, zg_ascii_lower(f->name.p[i]));
	zg_buf_putc(b, ':');
	for (size_t i = 0; i < f->value.n; i++) {
		if (zg_ascii_is_space(f->value.p[i])) {
			gap = true;
			continue;
		}
		if (gap && any)
			zg_buf_putc(b, ' ');
		gap = false;
		any = true;
		zg_buf_putc(b, f->value.p[i]);
	}
	zg_buf_put(b, ZG_S("\r\n"));
}

static void random_fields_agree_with_the_plain_way(void **state)
{
	static const struct { struct zg_slice octets; unsigned most; } kinds[] = {
		{ ZG_SI("  \tab"), 60 }, { ZG_SI("abcdefghijk \x01\xe9"), 300 }, { ZG_SI("abc def"), 12000 },
		{ ZG_SI("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz \t"), 12000 },
	};
	uint64_t seed = 77;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = testdata_random(&seed, kinds[round % 4].most), name = 1 + testdata_random(&seed, round % 9 ? 30 : 5000);
		char *raw = malloc(name + n + 1), *mem = malloc(2 * (name + n + 8));
		struct zg_buf want = zg_buf_of(mem, name + n + 8), got = zg_buf_of(mem + name + n + 8, name + n + 8);
		struct zg_field f = { zg_slice_of(raw, name + n + 1), zg_slice_of(raw, name), zg_slice_of(raw + name + 1, n) };
		struct zg_canon_out o;

		assert_non_null(raw);
		assert_non_null(mem);
		for (size_t i = 0; i < name + n + 1; i++)
			raw[i] = i < name ? (char)('A' + testdata_random(&seed, 50)) :
				 kinds[round % 4].octets.p[testdata_random(&seed, (unsigned)kinds[round % 4].octets.n)];
		raw[name] = ':';
		for (size_t i = name + 1; i + 3 < name + n && round % 2; i += 50 + testdata_random(&seed, 90))
			raw[i] = '\r', raw[i + 1] = '\n', raw[i + 2] = '\t';
		plain_field(&f, &want);
		zg_canon_out_init(&o, &got, NULL);
		zg_canon_field(ZG_CANON_RELAXED, &f, &o);
		zg_canon_out_flush(&o);
		if (!zg_slice_eq(zg_buf_slice(&got), zg_buf_slice(&want)))
			fail_msg("round %d", round);
		free(raw);
		free(mem);
	}
}

static void a_hole_is_left_out(void **state)
{
	static const char raw[] = "Dkim-Signature: b=\r\n ab c ; d=e\r\n";
	struct zg_field f = { zg_slice_of(raw, sizeof(raw) - 1), zg_slice_of(raw, 14),
			      zg_slice_of(raw + 15, sizeof(raw) - 18) };
	char mem[64];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_canon_out o;

	(void)state;
	zg_canon_out_init(&o, &b, NULL);
	zg_canon_field_bare(ZG_CANON_RELAXED, &f, zg_slice_of(raw + 18, 8), &o);
	zg_canon_out_flush(&o);
	assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("dkim-signature:b=; d=e")));
	b = zg_buf_of(mem, sizeof(mem));
	zg_canon_field_bare(ZG_CANON_SIMPLE, &f, zg_slice_of(raw + 18, 8), &o);
	zg_canon_out_flush(&o);
	assert_true(zg_slice_eq(zg_buf_slice(&b), ZG_S("Dkim-Signature: b=; d=e")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_set),
		cmocka_unit_test(rows_of_our_own),
		cmocka_unit_test(random_bodies_agree_with_the_plain_way),
		cmocka_unit_test(long_bodies_in_large_pieces),
		cmocka_unit_test(fields_of_our_own),
		cmocka_unit_test(random_fields_agree_with_the_plain_way),
		cmocka_unit_test(a_hole_is_left_out),
	};

	return cmocka_run_group_tests(tests, open_crypt, close_crypt);
}
