/* log.h - one JSON line an event on standard error.
 *
 *   log_line(LOG_INFO, "delivered", (struct log_field[]){ LOG_TEXT("id", id), LOG_NUM("code", 250) }, 2);
 * gives {"time":"2026-11-24T22:39:17.123Z","level":"info","event":"delivered","process":"relay","id":"...","code":250}.
 * Values are escaped; octets that are no UTF-8 become \ufffd.  No subject, no body, no key ever goes into a
 * field.  A line goes out in one write, also from threads. */
#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/slice.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
struct log_field {
	const char *name;
	bool is_number;
	int64_t number;
	struct zg_slice text;
};
#define LOG_TEXT(name, slice) { name, false, 0, slice }
#define LOG_NUM(name, value) { name, true, (int64_t)(value), { NULL, 0 } }

/* The word in "process", a literal; set once after each fork. */
void log_process(const char *name);
void log_line(enum log_level level, const char *event, const struct log_field *fields, size_t count);

#endif
