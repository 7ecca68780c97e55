/* dkim_set.c - runs the cases of a dkim-verify-1 set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "dkim_set.h"
#include "testdata.h"

#define ROOM (4u << 20)
#define NOW 1600000000

static void body_piece(void *ctx, struct zg_slice piece)
{
	zg_dkim_verify_body(ctx, piece);
}

/* As testdata's README has it: pass when one signature passes, else the result of any that is accepted. */
static enum zg_dkim_result message_result(const struct zg_dkim_verdict *v, size_t count, const json_t *accepted)
{
	enum zg_dkim_result r = count ? v[0].result : ZG_DKIM_NONE;

	for (size_t i = 0; i < count; i++)
		if (testdata_is_in(zg_dkim_result_word(v[i].result), accepted))
			r = v[i].result;
	for (size_t i = 0; i < count; i++)
		if (v[i].result == ZG_DKIM_PASS)
			r = ZG_DKIM_PASS;
	return r;
}

/* A file may begin with the line of a mailbox, RFC 4155, which zegel verify leaves out as well: RFC 5322 2.1 has no such
 * line in a message. */
static struct zg_slice message_of(struct zg_slice file)
{
	return zg_slice_starts(file, ZG_S("From ")) ? zg_slice_sub(file, zg_slice_find(file, '\n') + 1, file.n) : file;
}

static struct zg_dkim_verifier *take(const struct zg_crypt *crypt, struct zg_slice message, int64_t now, uint64_t split,
				     struct zg_arena *a)
{
	struct zg_dkim_verifier *v = zg_dkim_verify_new(crypt, a, now);
	size_t end = zg_header_end(message);
	struct zg_headers h;

	assert_non_null(v);
	assert_int_equal(zg_header_index(zg_slice_sub(message, 0, end), a, &h), ZG_HEADER_OK);
	zg_dkim_verify_header(v, &h);
	testdata_split(zg_slice_sub(message, end, message.n), split, body_piece, v);
	zg_dkim_verify_end(v);
	return v;
}

static void case_run(const struct zg_crypt *crypt, const char *folder, const json_t *set, const json_t *c, uint64_t split)
{
	json_t *now = json_object_get(c, "now"), *accepted = json_object_get(c, "expect");
	const struct zg_dkim_verdict *verdicts;
	struct zg_dkim_verifier *v;
	enum zg_dkim_result r;
	struct zg_asker m;
	struct zg_arena a;
	char path[256];
	size_t count;

	zg_arena_init(&a, &testdata_heap, ROOM);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, json_string_value(json_object_get(c, "message")));
	v = take(crypt, message_of(testdata_file(path, &a)), now ? json_integer_value(now) : NOW, split, &a);
	m = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(testdata_zone(set, c, &a), &m, &a);
	count = zg_dkim_verify_verdicts(v, &verdicts);
	r = message_result(verdicts, count, accepted);
	if (!testdata_is_in(zg_dkim_result_word(r), accepted))
		fail_msg("%s: %s", json_string_value(json_object_get(c, "id")), count ? verdicts[0].reason : "no signature");
	zg_dkim_verify_done(v);
	zg_arena_reset(&a);
}

void dkim_set_run(const struct zg_crypt *crypt, const char *folder, size_t want)
{
	struct zg_arena a;
	char path[256];
	json_t *set, *cases;

	zg_arena_init(&a, &testdata_heap, ROOM);
	(void)snprintf(path, sizeof(path), "%s/cases.json", folder);
	set = testdata_json(path, &a);
	cases = json_object_get(set, "cases");
	assert_int_equal(json_array_size(cases), want);
	for (size_t i = 0; i < want; i++)
		for (uint64_t split = 0; split < 5; split++)
			case_run(crypt, folder, set, json_array_get(cases, i), split);
	json_decref(set);
	zg_arena_reset(&a);
}
