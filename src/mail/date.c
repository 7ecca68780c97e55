/* date.c - the Date field. */
#include "mail/date.h"
#include "base/time.h"

void zg_date_put(struct zg_buf *b, int64_t unix_time)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct zg_time t = zg_time_of_unix(unix_time);

	zg_buf_put(b, zg_slice_of(days + 3 * t.weekday, 3));
	zg_buf_put(b, ZG_S(", "));
	zg_buf_put_uint(b, (uint64_t)t.day);
	zg_buf_putc(b, ' ');
	zg_buf_put(b, zg_slice_of(months + 3 * (t.month - 1), 3));
	zg_buf_putc(b, ' ');
	zg_buf_put_pad(b, (uint64_t)t.year, 4);
	zg_buf_putc(b, ' ');
	zg_time_put_clock(b, &t);
	zg_buf_put(b, ZG_S(" +0000"));
}
