/* time.c - the calendar of UTC: days since 1970 counted in eras of 400 years that begin on 1 March. */
#include "base/time.h"

#define DAY 86400
#define LAST 253402300799	/* 9999-12-31T23:59:59Z */
#define FIRST (-62167219200)	/* 0000-01-01T00:00:00Z */

struct zg_time zg_time_of_unix(int64_t t)
{
	struct zg_time r;
	int64_t days, era, second;
	int in_era, of_era, of_year, month;

	t = t < FIRST ? FIRST : t > LAST ? LAST : t;
	days = t / DAY - (t % DAY < 0);
	second = t - days * DAY;
	r.weekday = (int)((days % 7 + 11) % 7);
	days += 719468;				/* since 0000-03-01 */
	era = (days < 0 ? days - 146096 : days) / 146097;
	in_era = (int)(days - era * 146097);
	of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	of_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
	month = (5 * of_year + 2) / 153;
	r.day = of_year - (153 * month + 2) / 5 + 1;
	r.month = month < 10 ? month + 3 : month - 9;
	r.year = (int)(era * 400) + of_era + (r.month <= 2);
	r.hour = (int)(second / 3600);
	r.minute = (int)(second / 60 % 60);
	r.second = (int)(second % 60);
	return r;
}

int64_t zg_time_to_unix(const struct zg_time *t)
{
	int year = t->year - (t->month <= 2);
	int era = (year < 0 ? year - 399 : year) / 400;
	int of_era = year - era * 400;
	int of_year = (153 * (t->month > 2 ? t->month - 3 : t->month + 9) + 2) / 5 + t->day - 1;
	int in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
	int64_t days = (int64_t)era * 146097 + in_era - 719468;

	return days * DAY + t->hour * 3600 + t->minute * 60 + t->second;
}

void zg_time_put_clock(struct zg_buf *b, const struct zg_time *t)
{
	zg_buf_put_pad(b, (uint64_t)t->hour, 2);
	zg_buf_putc(b, ':');
	zg_buf_put_pad(b, (uint64_t)t->minute, 2);
	zg_buf_putc(b, ':');
	zg_buf_put_pad(b, (uint64_t)t->second, 2);
}

void zg_time_put_rfc3339(struct zg_buf *b, int64_t t)
{
	struct zg_time c = zg_time_of_unix(t);

	zg_buf_put_pad(b, (uint64_t)c.year, 4);
	zg_buf_putc(b, '-');
	zg_buf_put_pad(b, (uint64_t)c.month, 2);
	zg_buf_putc(b, '-');
	zg_buf_put_pad(b, (uint64_t)c.day, 2);
	zg_buf_putc(b, 'T');
	zg_time_put_clock(b, &c);
	zg_buf_putc(b, 'Z');
}
