/* test_handover.c - packets with descriptors between processes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/handover.h"

static char mem[HANDOVER_MAX], text[HANDOVER_MAX + 1];

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(close(fds[i]), 0);
}

static void packets_come_as_sent(void **state)
{
	static const struct { const char *proves; char kind; size_t n, fds; } rows[] = {
		{ "a kind alone", 'D', 0, 0 },
		{ "a text", 'B', 5, 0 },
		{ "the longest text", 'B', HANDOVER_MAX - 1, 0 },
		{ "one descriptor", 'V', 0, 1 },
		{ "as many descriptors as there may be, with a text", 'V', 77, HANDOVER_FDS },
	};
	int pair[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC), out[HANDOVER_FDS], in[HANDOVER_FDS];

	(void)state;
	assert_true(null >= 0);
	assert_int_equal(handover_pair(pair), 0);
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < HANDOVER_FDS; i++)
		out[i] = null;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zg_slice t = { NULL, 99 };
		char kind = 0;
		size_t count = 99;

		if (handover_send(pair[0], rows[i].kind, zg_slice_of(text, rows[i].n), out, rows[i].fds) < 0)
			fail_msg("%s: not sent: %s", rows[i].proves, strerror(errno));
		if (handover_take(pair[1], &kind, mem, sizeof(mem), &t, in, &count) != 1 || kind != rows[i].kind ||
		    !zg_slice_eq(t, zg_slice_of(text, rows[i].n)) || count != rows[i].fds)
			fail_msg("%s", rows[i].proves);
		for (size_t f = 0; f < count; f++)
			assert_int_equal(fcntl(in[f], F_GETFD), FD_CLOEXEC);
		close_all(in, count);
	}
	close_all(pair, 2);
	close_all(&null, 1);
}

static void what_cannot_be_taken_leaks_nothing(void **state)
{
	int pair[2], next, in[HANDOVER_FDS];
	struct zg_slice t;
	char kind;
	size_t count;

	(void)state;
	assert_int_equal(handover_pair(pair), 0);
	assert_int_equal(handover_send(pair[0], 'B', zg_slice_of(text, HANDOVER_MAX), NULL, 0), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(handover_send(pair[0], 'B', zg_slice_of(text, 1), in, HANDOVER_FDS + 1), -1);
	assert_int_equal(errno, EMSGSIZE);
	next = dup(0);
	assert_int_equal(close(next), 0);
	assert_int_equal(handover_send(pair[0], 'B', zg_slice_of(text, 100), pair, 2), 0);
	assert_int_equal(handover_take(pair[1], &kind, mem, 99, &t, in, &count), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(dup(0), next);		/* the descriptors of the refused packet were closed */
	assert_int_equal(close(next), 0);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(handover_take(pair[1], &kind, mem, 99, &t, in, &count), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(close(pair[0]), 0);
	assert_int_equal(handover_take(pair[1], &kind, mem, 99, &t, in, &count), 0);
	assert_int_equal(handover_send(pair[1], 'B', zg_slice_of(text, 1), NULL, 0), -1);
	assert_int_equal(errno, EPIPE);		/* an error, not a signal */
	assert_int_equal(close(pair[1]), 0);
}

static void buffers_that_cannot_be_had(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(handover_pair_sized(INT_MAX, pair), -1);
	assert_int_equal(errno, ENOBUFS);
	assert_int_equal(handover_buffers(-1, 1), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_come_as_sent), cmocka_unit_test(what_cannot_be_taken_leaks_nothing),
		cmocka_unit_test(buffers_that_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
