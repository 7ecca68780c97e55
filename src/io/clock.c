/* clock.c - time and random octets from the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "io/clock.h"

/* The clocks asked for here exist on every Linux, so that clock_gettime cannot fail. */
static struct timespec now(clockid_t id)
{
	struct timespec t = { 0, 0 };

	if (clock_gettime(id, &t) < 0)
		abort();
	return t;
}

static uint64_t to_ms(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

int64_t clock_unix(void)
{
	return now(CLOCK_REALTIME).tv_sec;
}

uint64_t clock_unix_ms(void)
{
	return to_ms(now(CLOCK_REALTIME));
}

uint64_t clock_steady_ms(void)
{
	return to_ms(now(CLOCK_MONOTONIC));
}

void clock_random(void *p, size_t n)
{
	unsigned char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}
