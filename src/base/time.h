/* time.h - Unix time to the calendar and back, UTC, without a clock or a time zone. */
#ifndef ZG_BASE_TIME_H
#define ZG_BASE_TIME_H

#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

struct zg_time {
	int year, month, day;		/* month 1 to 12, day 1 to 31 */
	int hour, minute, second;
	int weekday;			/* 0 is Sunday */
};

/* Seconds since 1970-01-01, years 0 to 9999 (others are clamped). */
struct zg_time zg_time_of_unix(int64_t t);
int64_t zg_time_to_unix(const struct zg_time *t);
/* 22:39:17, as RFC 3339 and RFC 5322 have it. */
void zg_time_put_clock(struct zg_buf *b, const struct zg_time *t);
/* RFC 3339: 2026-11-24T22:39:17Z. */
void zg_time_put_rfc3339(struct zg_buf *b, int64_t t);

#endif
