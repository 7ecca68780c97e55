/* test_dkim_keys.c - the cache of parsed keys: a verifier with one says what a verifier without says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <zegel/dkim.h>
#include "auth/dkim_keys.h"
#include "base/b64.h"
#include "testdata.h"

#define ROOM (4u << 20)
#define TEXT_MOST 1024u		/* octets of p= that a place holds */

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

static struct zg_arena arena_new(void)
{
	struct zg_arena a;

	zg_arena_init(&a, &testdata_heap, ROOM);
	return a;
}

/* --- the set -------------------------------------------------------------------------------------------------- */

/* Result, reason and bits of each signature of a case, in a line of text. */
static struct zg_slice case_said(const json_t *set, const json_t *c, struct zg_dkim_keys *keys, struct zg_arena *a)
{
	char *mem = zg_arena_bytes(a, 4096), path[256];
	struct zg_buf out = zg_buf_of(mem, 4096);
	json_t *now = json_object_get(c, "now");
	struct zg_dkim_verifier *v = zg_dkim_verify_new(&crypt, a, now ? json_integer_value(now) : 1600000000);
	const struct zg_dkim_verdict *verdicts;
	struct zg_slice message;
	struct zg_headers h;
	struct zg_asker m;
	size_t end, count;

	(void)snprintf(path, sizeof(path), "dkim/basic/%s", json_string_value(json_object_get(c, "message")));
	message = testdata_file(path, a);
	end = zg_header_end(message);
	assert_non_null(v);
	assert_int_equal(zg_header_index(zg_slice_sub(message, 0, end), a, &h), ZG_HEADER_OK);
	if (keys)
		zg_dkim_verify_keys(v, keys);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(message, end, message.n));
	zg_dkim_verify_end(v);
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(testdata_zone(set, c, a), &m, a);
	count = zg_dkim_verify_verdicts(v, &verdicts);
	for (size_t i = 0; i < count; i++) {
		zg_buf_put(&out, zg_dkim_result_word(verdicts[i].result));
		zg_buf_putc(&out, ' ');
		zg_buf_put(&out, zg_slice_cstr(verdicts[i].reason));
		zg_buf_putc(&out, ' ');
		zg_buf_put_uint(&out, verdicts[i].bits);
		zg_buf_putc(&out, '\n');
	}
	assert_false(out.is_full);
	zg_dkim_verify_done(v);
	return zg_buf_slice(&out);
}

/* How many keys of the set's zone stand in keys: the verifier left them there. */
static size_t kept_count(json_t *set, struct zg_dkim_keys *keys)
{
	size_t count = 0;
	const char *name;
	json_t *record;

	json_object_foreach(json_object_get(set, "dns"), name, record) {
		struct zg_slice text = json_is_string(record) ? zg_slice_cstr(json_string_value(record)) : ZG_S(""), p;

		p = zg_slice_sub(text, zg_slice_find_slice(text, ZG_S("p=")) + 2, text.n);
		p = zg_slice_trim(zg_slice_sub(p, 0, zg_slice_find(p, ';')));
		count += zg_dkim_keys_get(keys, ZG_KEY_RSA, p) || zg_dkim_keys_get(keys, ZG_KEY_ED25519, p);
	}
	return count;
}

static void the_set_says_the_same(void **state)
{
	struct zg_arena world = arena_new(), places = arena_new();
	json_t *set = testdata_json("dkim/basic/cases.json", &world), *cases = json_object_get(set, "cases");

	(void)state;
	assert_int_equal(json_array_size(cases), 68);
	for (size_t count = 1; count <= 64; count *= 8) {
		struct zg_dkim_keys *keys = zg_dkim_keys_new(&places, count);

		assert_non_null(keys);
		for (size_t i = 0; i < 2 * json_array_size(cases); i++) {	/* the second time all are found */
			json_t *c = json_array_get(cases, i % json_array_size(cases));
			struct zg_arena a = arena_new();

			if (!zg_slice_eq(case_said(set, c, keys, &a), case_said(set, c, NULL, &a)))
				fail_msg("%s, %zu places", json_string_value(json_object_get(c, "id")), count);
			zg_arena_reset(&a);
		}
		assert_true(kept_count(set, keys) > 0);
		zg_dkim_keys_done(keys);
	}
	json_decref(set);
	zg_arena_reset(&places);
	zg_arena_reset(&world);
}

/* --- the places ----------------------------------------------------------------------------------------------- */

/* The n-th of many Ed25519 keys, and the text of its p=. */
static struct zg_slice key_make(unsigned n, struct zg_key *ret, char *mem)
{
	unsigned char seed[32] = { 0 }, public[32];
	struct zg_buf text = zg_buf_of(mem, TEXT_MOST), b = zg_buf_of(public, sizeof(public));
	struct zg_key private;
	char word[64];
	struct zg_buf seed_text = zg_buf_of(word, sizeof(word));

	seed[0] = (unsigned char)n;
	seed[1] = 1;
	zg_b64_encode(zg_slice_of(seed, sizeof(seed)), &seed_text);
	assert_int_equal(zg_keytext_read(zg_buf_slice(&seed_text), ZG_S(""), &private), ZG_KEYTEXT_OK);
	assert_int_equal(zg_key_public_write(&private, &b), 0);
	zg_key_done(&private);
	assert_int_equal(zg_key_public_read(ZG_KEY_ED25519, zg_buf_slice(&b), ret), 0);
	zg_b64_encode(zg_buf_slice(&b), &text);
	return zg_buf_slice(&text);
}

static void more_keys_than_places(void **state)
{
	struct zg_arena a = arena_new();
	struct zg_dkim_keys *keys = zg_dkim_keys_new(&a, 4);
	char mem[40][64];
	struct zg_slice p[40];

	(void)state;
	assert_non_null(keys);
	for (unsigned i = 0; i < 40; i++) {
		char text[TEXT_MOST];
		struct zg_key k;
		struct zg_slice made = key_make(i, &k, text);
		void *pkey = k.pkey;

		memcpy(mem[i], made.p, made.n);
		p[i] = zg_slice_of(mem[i], made.n);
		assert_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, p[i]));
		assert_ptr_equal(zg_dkim_keys_put(keys, p[i], &k)->pkey, pkey);
		assert_null(k.pkey);		/* it was taken over */
		if (i >= 3)			/* so that the first is used last, each time */
			assert_non_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, p[0]));
	}
	for (unsigned i = 0; i < 40; i++) {	/* the last three, and the one that was used */
		struct zg_key *k = zg_dkim_keys_get(keys, ZG_KEY_ED25519, p[i]);

		assert_int_equal(k != NULL, i == 0 || i > 36);
	}
	zg_dkim_keys_done(keys);
	zg_arena_reset(&a);
}

static void text_and_type_are_the_key(void **state)
{
	struct zg_arena a = arena_new();
	struct zg_dkim_keys *keys = zg_dkim_keys_new(&a, 1);	/* rounded up to 4 */
	char text[TEXT_MOST], longer[TEXT_MOST + 1] = { 'A' };
	struct zg_key k;
	struct zg_slice p;
	void *pkey;

	(void)state;
	(void)key_make(1, &k, text);	/* its text is not used */
	pkey = k.pkey;
	assert_non_null(keys);
	assert_null(zg_dkim_keys_put(keys, zg_slice_of(longer, sizeof(longer)), &k));
	assert_ptr_equal(k.pkey, pkey);		/* untouched: the caller's still */
	assert_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, zg_slice_of(longer, sizeof(longer))));
	assert_non_null(zg_dkim_keys_put(keys, zg_slice_of(longer, TEXT_MOST), &k));
	assert_non_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, zg_slice_of(longer, TEXT_MOST)));
	p = key_make(1, &k, text);
	assert_non_null(zg_dkim_keys_put(keys, p, &k));
	assert_null(zg_dkim_keys_get(keys, ZG_KEY_RSA, p));
	assert_non_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, p));
	assert_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, zg_slice_sub(p, 0, p.n - 1)));
	assert_null(zg_dkim_keys_get(keys, ZG_KEY_ED25519, ZG_S("")));
	zg_dkim_keys_done(keys);
	zg_dkim_keys_done(NULL);
	zg_arena_reset(&a);
}

static void places_without_memory(void **state)
{
	char mem[4096];
	struct zg_arena a = arena_new();

	(void)state;
	assert_null(zg_dkim_keys_new(&a, 0));
	assert_null(zg_dkim_keys_new(&a, SIZE_MAX));
	zg_arena_reset(&a);
	testdata_failing = 0;
	assert_null(zg_dkim_keys_new(&a, 4));
	testdata_failing = -1;
	assert_true(a.is_full);
	zg_arena_reset(&a);
	for (size_t n = 0; n < sizeof(mem); n += 64) {
		zg_arena_init_fixed(&a, mem, n);
		assert_null(zg_dkim_keys_new(&a, 4));
	}
	zg_arena_init(&a, &testdata_heap, 1100 * 4 + 128);	/* about 1.1 KiB each, as dkim.h says */
	assert_non_null(zg_dkim_keys_new(&a, 4));
	zg_arena_reset(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_set_says_the_same),
		cmocka_unit_test(more_keys_than_places),
		cmocka_unit_test(text_and_type_are_the_key),
		cmocka_unit_test(places_without_memory),
	};

	return cmocka_run_group_tests(tests, open_crypt, close_crypt);
}
