/* log.c - JSON lines on standard error.
 *
 * A line is put together in memory of its own call and leaves in one write, so that lines of threads and of
 * processes never mix.  A value is cut at VALUE_MAX octets; a field for which the line has no room is left out
 * and "cut":true says so. */
#include <errno.h>
#include <unistd.h>
#include <zegel/buf.h>
#include "base/time.h"
#include "base/utf8.h"
#include "io/clock.h"
#include "io/log.h"

#define LINE_MAX_OCTETS 4096u	/* what a pipe takes as one: PIPE_BUF of Linux, pipe(7) */
#define VALUE_MAX 1024u
#define TAIL ",\"cut\":true}\n"

static const char *process_name = "zegel";	/* a literal; written only where a process begins */

static const char *const level_names[] = { "debug", "info", "warning", "error" };

void log_process(const char *name)
{
	process_name = name;
}

/* Octets of the UTF-8 character at the start of s, or 0 where there is none. */
static size_t character(struct zg_slice s)
{
	for (size_t n = 1; n <= 4 && n <= s.n; n++)
		if (zg_utf8_is_valid(zg_slice_sub(s, 0, n)))
			return n;
	return 0;
}

static void put_escape(struct zg_buf *b, unsigned code)
{
	static const char hex[] = "0123456789abcdef";

	zg_buf_put(b, ZG_S("\\u"));
	for (unsigned shift = 16; shift; shift -= 4)
		zg_buf_putc(b, hex[(code >> (shift - 4)) & 15]);
}

static void put_character(struct zg_buf *b, struct zg_slice c)
{
	unsigned char first = (unsigned char)c.p[0];

	if (c.n == 1 && (first == '"' || first == '\\')) {
		zg_buf_putc(b, '\\');
		zg_buf_put(b, c);
	} else if (c.n == 1 && (first < 0x20 || first == 0x7f)) {
		put_escape(b, first);
	} else if (c.n == 2 && first == 0xc2 && (unsigned char)c.p[1] < 0xa0) {
		put_escape(b, (unsigned char)c.p[1]);	/* C1 controls move terminals too */
	} else {
		zg_buf_put(b, c);
	}
}

/* Octets at the start of s that stand for themselves: nearly all of nearly every value. */
static size_t plain(struct zg_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

static void put_text(struct zg_buf *b, struct zg_slice s)
{
	size_t at = 0, n;

	zg_buf_putc(b, '"');
	while (at < s.n && at < VALUE_MAX) {
		n = plain(zg_slice_sub(s, at, VALUE_MAX - at));
		if (n) {
			zg_buf_put(b, zg_slice_sub(s, at, n));
			at += n;
			continue;
		}
		n = character(zg_slice_sub(s, at, 4));
		if (n)
			put_character(b, zg_slice_sub(s, at, n));
		else
			put_escape(b, 0xfffd);
		at += n ? n : 1;
	}
	if (at < s.n)
		zg_buf_put(b, ZG_S("..."));
	zg_buf_putc(b, '"');
}

static void put_name(struct zg_buf *b, const char *name)
{
	zg_buf_putc(b, ',');
	put_text(b, zg_slice_cstr(name));
	zg_buf_putc(b, ':');
}

static void put_field(struct zg_buf *b, const struct log_field *f)
{
	put_name(b, f->name);
	if (f->is_number)
		zg_buf_put_int(b, f->number);
	else
		put_text(b, f->text);
}

static void put_head(struct zg_buf *b, enum log_level level, const char *event)
{
	uint64_t ms = clock_unix_ms();

	zg_buf_put(b, ZG_S("{\"time\":\""));
	zg_time_put_rfc3339(b, (int64_t)(ms / 1000));
	b->n--;		/* the Z stands behind the milliseconds */
	zg_buf_putc(b, '.');
	zg_buf_put_pad(b, ms % 1000, 3);
	zg_buf_put(b, ZG_S("Z\""));
	put_name(b, "level");
	put_text(b, zg_slice_cstr(level_names[level]));
	put_name(b, "event");
	put_text(b, zg_slice_cstr(event));
	put_name(b, "process");
	put_text(b, zg_slice_cstr(process_name));
}

void log_line(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	char mem[LINE_MAX_OCTETS];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem) - (sizeof(TAIL) - 1));
	bool is_cut = false;

	put_head(&b, level, event);
	for (size_t i = 0; i < count; i++) {
		size_t n = b.n;

		put_field(&b, &fields[i]);
		if (!b.is_full)
			continue;
		b.n = n;
		b.is_full = false;
		is_cut = true;
	}
	b.cap = sizeof(mem);
	zg_buf_put(&b, is_cut ? ZG_S(TAIL) : ZG_S("}\n"));
	/* Where standard error cannot be written there is no other place to say so. */
	while (write(STDERR_FILENO, b.p, b.n) < 0 && errno == EINTR)
		;
}
