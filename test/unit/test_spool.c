/* test_spool.c - large bodies on their way to disk: all octets, in order, or an error and no file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <signal.h>
#include <cmocka.h>
#include "queue/spool.h"

struct fixture {
	uv_loop_t loop;
	char folder[64];
	struct store_id id;
	unsigned rooms;
	bool is_kept;
	int error;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	static const unsigned char random[10] = { 1, 2, 3 };

	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/test_spool.XXXXXX");	/* it fits */
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->id = store_id_make(1795559957000, random);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	assert_int_equal(rmdir(f->folder), 0);	/* each test leaves it empty */
	free(f);
	return 0;
}

static void on_room(void *owner)
{
	((struct fixture *)owner)->rooms++;
}

static void on_kept(void *owner, int error)
{
	struct fixture *f = owner;

	f->is_kept = true;
	f->error = error;
}

static const struct spool_calls calls = { on_room, on_kept };

static void path_of(const struct fixture *f, char ret[160])
{
	char name[STORE_ID_TEXT];

	store_id_write(&f->id, name);
	(void)snprintf(ret, 160, "%s/%.*s", f->folder, STORE_ID_TEXT, name);	/* it fits */
}

/* Writes n octets in pieces, waiting where it is told to; how often it was told. */
static unsigned fill(struct fixture *f, struct spool *s, size_t n, size_t piece)
{
	static char block[1 << 20];
	unsigned waits = 0;

	for (size_t at = 0; at < n;) {
		size_t take = piece < n - at ? piece : n - at;
		unsigned before = f->rooms;

		for (size_t i = 0; i < take; i++)
			block[i] = (char)((at + i) % 251);
		if (!spool_write(s, zg_slice_of(block, take))) {
			waits++;
			while (f->rooms == before && uv_run(&f->loop, UV_RUN_ONCE))
				;
			assert_int_equal(f->rooms, before + 1);
		}
		at += take;
	}
	return waits;
}

static void all_octets_are_kept(void **state)
{
	static const struct { size_t n, piece; bool has_waits; } rows[] = {
		{ 1, 1, false }, { SPOOL_BLOCK, 1000, false }, { SPOOL_BLOCK + 1, 65536, false }, { 3000001, 777777, true }, { 10 << 20, 1 << 20, true },
	};
	struct fixture *f = *state;
	char path[160];

	path_of(f, path);
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct spool *s = spool_new(&f->loop, f->folder, &f->id, &calls, f);
		unsigned waits = fill(f, s, rows[r].n, rows[r].piece);
		FILE *in;
		size_t n = 0;

		assert_int_equal(waits > 0, rows[r].has_waits);
		f->is_kept = false;
		spool_keep(s);
		while (!f->is_kept && uv_run(&f->loop, UV_RUN_ONCE))
			;
		assert_int_equal(f->error, 0);
		spool_drop(s, true);
		in = fopen(path, "rb");
		assert_non_null(in);
		for (int c; (c = getc(in)) != EOF; n++)
			assert_int_equal(c, n % 251);
		assert_int_equal(n, rows[r].n);
		(void)fclose(in);	/* only read */
		assert_int_equal(unlink(path), 0);
	}
}

static void dropped_files_go(void **state)
{
	struct fixture *f = *state;
	struct spool *s = spool_new(&f->loop, f->folder, &f->id, &calls, f);
	struct stat st;
	char path[160];

	path_of(f, path);
	(void)fill(f, s, 500000, 100000);
	spool_drop(s, false);	/* a write may be under way */
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(stat(path, &st), -1);

	s = spool_new(&f->loop, f->folder, &f->id, &calls, f);
	(void)fill(f, s, 500000, 100000);
	f->is_kept = false;
	spool_keep(s);
	while (!f->is_kept && uv_run(&f->loop, UV_RUN_ONCE))
		;
	spool_drop(s, false);	/* kept, but its row was not */
	assert_int_equal(stat(path, &st), -1);
}

/* A disk without room: the sender is not left waiting, the error is told, no file stays. */
static void no_room_is_told(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small;
	struct spool *s;
	struct stat st;
	char path[160];

	path_of(f, path);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 200000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	s = spool_new(&f->loop, f->folder, &f->id, &calls, f);
	(void)fill(f, s, 3 << 20, 1 << 20);
	f->is_kept = false;
	spool_keep(s);
	while (!f->is_kept && uv_run(&f->loop, UV_RUN_ONCE))
		;
	assert_int_equal(f->error, UV_EFBIG);
	spool_drop(s, true);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_octets_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(dropped_files_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_room_is_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
