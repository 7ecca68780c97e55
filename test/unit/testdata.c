/* testdata.c - what the tests read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/buf.h>
#include "testdata.h"

#define PIECE_MAX 255	/* octets of a string in a TXT record */

int testdata_failing = -1;

static void *heap_get(void *ctx, size_t n)
{
	(void)ctx;
	if (testdata_failing >= 0 && testdata_failing-- == 0)
		return NULL;
	return malloc(n);
}

static void heap_put(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

const struct zg_arena_heap testdata_heap = { heap_get, heap_put, NULL };

struct zg_slice testdata_file(const char *path, struct zg_arena *a)
{
	const char *root = getenv("ZEGEL_DATA");
	char full[1024];
	FILE *f;
	char *p;
	long n;

	(void)snprintf(full, sizeof(full), "%s/%s", root ? root : TEST_DATA, path);
	f = fopen(full, "rb");
	if (!f)
		fail_msg("%s cannot be read", full);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_true(n >= 0);
	rewind(f);
	p = zg_arena_bytes(a, (size_t)n);
	assert_non_null(p);
	assert_int_equal(fread(p, 1, (size_t)n, f), n);
	assert_int_equal(fclose(f), 0);
	return zg_slice_of(p, (size_t)n);
}

json_t *testdata_json(const char *path, struct zg_arena *a)
{
	struct zg_slice text = testdata_file(path, a);
	json_t *j = json_loadb(text.p, text.n, 0, NULL);

	if (!j)
		fail_msg("%s is no JSON", path);
	return j;
}

struct zg_slice testdata_octets(const json_t *text, struct zg_arena *a)
{
	const char *s = json_string_value(text);
	size_t n = json_string_length(text);
	char *p = zg_arena_bytes(a, n);
	struct zg_buf b = zg_buf_of(p, n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0xc2 && c <= 0xc3)	/* U+0080 to U+00FF in UTF-8 */
			c = (unsigned char)((c & 3) << 6 | (s[++i] & 63));
		zg_buf_putc(&b, (char)c);
	}
	return zg_buf_slice(&b);
}

static void txt_put(struct zg_buf *b, const char *name, struct zg_slice text)
{
	zg_buf_put(b, zg_slice_cstr(name));
	zg_buf_put(b, ZG_S(". 60 IN TXT"));
	for (size_t i = 0; i == 0 || i < text.n; i += PIECE_MAX) {
		struct zg_slice piece = zg_slice_sub(text, i, PIECE_MAX);

		zg_buf_put(b, ZG_S(" \""));
		for (size_t k = 0; k < piece.n; k++) {
			zg_buf_putc(b, '\\');
			zg_buf_put_pad(b, (unsigned char)piece.p[k], 3);
		}
		zg_buf_putc(b, '"');
	}
	zg_buf_putc(b, '\n');
}

static void name_put(struct zg_buf *b, const char *name, const json_t *value, struct zg_arena *a)
{
	if (json_is_string(value)) {
		txt_put(b, name, testdata_octets(value, a));
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			txt_put(b, name, testdata_octets(json_array_get(value, i), a));
	} else if (json_is_object(value)) {
		assert_true(json_is_true(json_object_get(value, "timeout")));
		zg_buf_put(b, zg_slice_cstr(name));
		zg_buf_put(b, ZG_S(". 0 IN TIMEOUT TXT\n"));
	} else {
		assert_true(json_is_null(value));
	}
}

struct zg_slice testdata_zone_text(const json_t *set, const json_t *one, struct zg_arena *a)
{
	size_t cap = 512 * 1024;
	char *p = zg_arena_bytes(a, cap);
	struct zg_buf b = zg_buf_of(p, cap);
	json_t *all = json_copy(json_object_get(set, "dns"));
	const char *name;
	json_t *value;

	assert_non_null(p);
	if (one && json_object_get(one, "dns"))
		assert_int_equal(json_object_update(all, json_object_get(one, "dns")), 0);
	json_object_foreach(all, name, value)
		name_put(&b, name, value, a);
	json_decref(all);
	assert_false(b.is_full);
	return zg_buf_slice(&b);
}

struct zg_zone *testdata_zone(const json_t *set, const json_t *one, struct zg_arena *a)
{
	struct zg_zone_error e;
	struct zg_zone *z = zg_zone_read(testdata_zone_text(set, one, a), a, &e);

	if (!z)
		fail_msg("line %u of a zone: %s", e.line, e.why);
	return z;
}

bool testdata_is_in(struct zg_slice text, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (zg_slice_eq(text, zg_slice_cstr(json_string_value(json_array_get(list, i)))))
			return true;
	return false;
}

char *testdata_exact(struct zg_slice s)
{
	char *p = malloc(s.n ? s.n : 1);

	assert_non_null(p);
	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

unsigned testdata_random(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

void testdata_split(struct zg_slice s, uint64_t seed, void (*piece)(void *ctx, struct zg_slice s), void *ctx)
{
	size_t i = 0;

	while (i < s.n) {
		size_t n = seed == 1 ? s.n : seed == 0 ? 1 : 1 + testdata_random(&seed, 40);
		struct zg_slice part = zg_slice_sub(s, i, n);
		char *copy = malloc(part.n);

		assert_non_null(copy);
		memcpy(copy, part.p, part.n);
		piece(ctx, zg_slice_of(copy, part.n));
		free(copy);
		i += part.n;
	}
}
