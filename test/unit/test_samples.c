/* test_samples.c - what other projects keep of DKIM, where ZEGEL_SAMPLES names the folder.  It is not ours to copy, so
 * without the variable the cases are counted and said not to have run; with it and without the folder, they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/dkim_key.h"
#include "auth/dkim_sig.h"
#include "dkim_set.h"
#include "testdata.h"

#define MESSAGES 12u
#define RECORDS 5u	/* key records and signature fields */
#define ROOM (1u << 20)

/* What is judged otherwise here, and the text that says so. */
static const struct otherwise {
	const char *id, *text;
	bool is_valid;
} otherwise[] = {
	{ "dkim-signature-003", "RFC 8616 5: in internationalized header fields U-labels and UTF-8 may stand in d=, s= and i=; and a "
		"field with UTF-8 in it is one (RFC 6532 3)", true },
};

static const char *samples(void)
{
	static bool is_said;
	const char *root = getenv("ZEGEL_SAMPLES");

	if (root && root[0])
		return setenv("ZEGEL_DATA", root, 1) == 0 ? root : NULL;
	if (!is_said)
		printf("figure: samples of DKIM: %u cases not run, ZEGEL_SAMPLES is not set\n", MESSAGES + RECORDS);
	is_said = true;
	return NULL;
}

static void messages(void **state)
{
	struct zg_crypt crypt;

	(void)state;
	if (!samples())
		return;
	assert_int_equal(zg_crypt_init(&crypt), 0);
	dkim_set_run(&crypt, "dkim", MESSAGES);
	zg_crypt_done(&crypt);
}

static bool is_valid_field(struct zg_slice text, struct zg_arena *a)
{
	static char scratch[8192];
	struct zg_dkim_sig sig;
	struct zg_headers h;
	struct zg_arena s;

	zg_arena_init_fixed(&s, scratch, sizeof(scratch));
	assert_int_equal(zg_header_index(text, a, &h), ZG_HEADER_OK);
	return h.count == 1 && !zg_dkim_sig_read(h.v[0].value, &s, a, &sig);
}

static bool is_valid_key(struct zg_slice text)
{
	static char scratch[8192];
	struct zg_dkim_key key;
	struct zg_arena s;

	zg_arena_init_fixed(&s, scratch, sizeof(scratch));
	return !zg_dkim_key_read(text, &s, &key);
}

static bool is_wanted(const char *id, bool is_valid)
{
	for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++)
		if (strcmp(otherwise[i].id, id) == 0)
			return otherwise[i].is_valid;
	return is_valid;
}

static void records(void **state)
{
	json_t *set, *c;
	unsigned count = 0;
	struct zg_arena a;
	size_t i;

	(void)state;
	if (!samples())
		return;
	zg_arena_init(&a, &testdata_heap, ROOM);
	set = testdata_json("records.json", &a);
	json_array_foreach(json_object_get(set, "cases"), i, c) {
		const char *kind = json_string_value(json_object_get(c, "kind")), *id = json_string_value(json_object_get(c, "id"));
		bool is_field = strcmp(kind, "dkim-signature") == 0;
		struct zg_slice text = testdata_octets(json_object_get(c, "input"), &a);
		json_t *valid = json_object_get(c, "valid");

		if (strncmp(kind, "dkim-", 5) != 0)
			continue;
		count++;
		if (!json_is_null(valid) &&
		    (is_field ? is_valid_field(text, &a) : is_valid_key(text)) != is_wanted(id, json_is_true(valid)))
			fail_msg("%s", id);
	}
	assert_int_equal(count, RECORDS);
	json_decref(set);
	zg_arena_reset(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
