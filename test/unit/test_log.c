/* test_log.c - log lines are JSON whatever the values hold; clocks and random octets. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/clock.h"
#include "io/heap.h"
#include "io/log.h"

static char line[16384];
static size_t line_n;

/* What log_line writes, caught in a file that lives in memory only. */
static struct zg_slice caught(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	int fd = memfd_create("log", MFD_CLOEXEC), keep = dup(STDERR_FILENO);
	ssize_t n;

	assert_true(fd >= 0 && keep >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_line(level, event, fields, count);
	assert_int_equal(dup2(keep, STDERR_FILENO), STDERR_FILENO);
	n = pread(fd, line, sizeof(line), 0);
	assert_true(n > 0);
	line_n = (size_t)n;
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(keep), 0);
	return zg_slice_of(line, line_n);
}

static void values_are_escaped(void **state)
{
	static const struct { const char *proves; struct zg_slice value, text; } rows[] = {
		{ "plain", ZG_SI("abc"), ZG_SI("\"abc\"") },
		{ "quote and backslash", ZG_SI("a\"b\\c"), ZG_SI("\"a\\\"b\\\\c\"") },
		{ "controls, NUL and DEL", { "a\0b\n\x1b\x7f", 6 }, ZG_SI("\"a\\u0000b\\u000a\\u001b\\u007f\"") },
		{ "UTF-8 of each length stays", ZG_SI("\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7"),
			ZG_SI("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"") },
		{ "a C1 control", ZG_SI("\xc2\x9b" "2J"), ZG_SI("\"\\u009b2J\"") },
		{ "octets that are no UTF-8", ZG_SI("a\xff\xc3(\xc0\xaf"), ZG_SI("\"a\\ufffd\\ufffd(\\ufffd\\ufffd\"") },
		{ "a character that is cut at the end", ZG_SI("a\xe2\x82"), ZG_SI("\"a\\ufffd\\ufffd\"") },
		{ "nothing", ZG_SI(""), ZG_SI("\"\"") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct log_field f[] = { LOG_TEXT("v", rows[i].value) };
		struct zg_slice l = caught(LOG_INFO, "tried", f, 1);
		size_t at = zg_slice_find_slice(l, ZG_S("\"v\":"));

		l = zg_slice_sub(l, at + 4, l.n);
		if (!zg_slice_starts(l, rows[i].text) || !zg_slice_eq(zg_slice_sub(l, rows[i].text.n, l.n), ZG_S("}\n")))
			fail_msg("%s: " ZG_FMT, rows[i].proves, ZG_ARG(l));
	}
}

static void a_line_has_its_head(void **state)
{
	const struct log_field f[] = { LOG_TEXT("id", ZG_S("m1")), LOG_NUM("code", -250) };
	struct zg_slice l;

	(void)state;
	log_process("relay");
	l = caught(LOG_WARNING, "delivered", f, 2);
	assert_true(zg_slice_starts(l, ZG_S("{\"time\":\"2")));
	assert_int_equal(l.p[28], '.');
	assert_true(zg_slice_eq(zg_slice_sub(l, 32, l.n), ZG_S("Z\",\"level\":\"warning\",\"event\":\"delivered\","
		"\"process\":\"relay\",\"id\":\"m1\",\"code\":-250}\n")));
}

static void a_long_line_is_cut_and_still_json(void **state)
{
	static char big[3000];
	struct log_field f[6];
	struct zg_slice l;

	(void)state;
	memset(big, 'y', sizeof(big));
	for (size_t i = 0; i < 6; i++)
		f[i] = (struct log_field)LOG_TEXT("long", zg_slice_of(big, i == 4 ? 10 : sizeof(big)));
	l = caught(LOG_INFO, "tried", f, 6);
	assert_true(l.n <= 4096);
	assert_true(zg_slice_find_slice(l, ZG_S("y...\",\"long\"")) < l.n);	/* a value is cut by itself */
	assert_true(zg_slice_ends_ci(l, ZG_S(",\"long\":\"yyyyyyyyyy\",\"cut\":true}\n")));
	assert_true(zg_slice_find(l, '\n') == l.n - 1);
}

static void clocks_and_chance(void **state)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };
	uint64_t steady = clock_steady_ms();
	int64_t t = clock_unix();
	struct zg_arena arena;

	(void)state;
	assert_true(t > 1600000000);
	assert_in_range(clock_unix_ms() / 1000, (uint64_t)t, (uint64_t)t + 1);
	assert_true(clock_steady_ms() >= steady);
	clock_random(a, sizeof(a));
	clock_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	zg_arena_init(&arena, &io_heap, 100000);
	assert_non_null(zg_arena_alloc(&arena, 50000));
	zg_arena_reset(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped), cmocka_unit_test(a_line_has_its_head),
		cmocka_unit_test(a_long_line_is_cut_and_still_json), cmocka_unit_test(clocks_and_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
