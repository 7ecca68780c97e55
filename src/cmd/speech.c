/* speech.c - how the program speaks: errors, text for people, and octets that no terminal obeys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/ascii.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cmd/cmd.h"

#define ARGS_MAX 10u	/* places there are in a text */

/* U+0080 to U+009F are controls too: the second octet of C2 80 to C2 9F. */
static bool is_c1(struct zg_slice s, size_t i)
{
	return i > 0 && (unsigned char)s.p[i - 1] == 0xc2 && (unsigned char)s.p[i] < 0xa0;
}

static struct zg_slice safe(struct cmd *c, struct zg_slice s)
{
	bool is_utf8 = zg_utf8_is_valid(s);
	char *p = zg_arena_bytes(&c->arena, s.n);

	for (size_t i = 0; i < s.n && p; i++) {
		bool is_bad = zg_ascii_is_cntrl(s.p[i]) || is_c1(s, i) || (!is_utf8 && zg_ascii_is_8bit(s.p[i]));

		p[i] = is_bad ? '?' : s.p[i];
	}
	return zg_slice_of(p, p ? s.n : 0);
}

static struct zg_slice fill(struct cmd *c, enum lang_word w, const struct zg_slice *args, size_t count)
{
	struct zg_slice clean[ARGS_MAX], text = lang_text(c->lang, w);
	struct zg_buf b;
	size_t n = text.n;

	count = count < ARGS_MAX ? count : ARGS_MAX;
	for (size_t i = 0; i < count; i++) {
		clean[i] = safe(c, args[i]);
		n += clean[i].n * 2;	/* a place may stand there twice */
	}
	b = zg_buf_of(zg_arena_bytes(&c->arena, n), n);
	if (!b.p)
		return text;
	lang_fill(&b, text, clean, count);
	return b.is_full ? text : zg_buf_slice(&b);
}

static void put_to(FILE *f, struct zg_slice s)
{
	/* A failure stays with the stream: main looks at the end. */
	(void)fwrite(s.p, 1, s.n, f);
}

int cmd_fail_args(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w,
	const struct zg_slice *args, size_t count)
{
	struct zg_slice text = fill(c, w, args, count), line;

	where = safe(c, where);
	if (c->report) {
		c->report(c, where, text);
		return (int)status;
	}
	line = cmd_join(c, (struct zg_slice[]){ ZG_S("zegel: "), where, where.n ? ZG_S(": ") : ZG_S(""), text, ZG_S("\n") },
		5);
	put_to(stderr, line);
	return (int)status;
}

int cmd_fail(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w, struct zg_slice a,
	struct zg_slice b)
{
	return cmd_fail_args(c, status, where, w, (struct zg_slice[]){ a, b }, 2);
}

struct zg_slice cmd_errno_text(struct cmd *c, int error)
{
	static const struct { int error; enum lang_word word; } known[] = {
		{ ENOENT, WORD_ERRNO_ENOENT }, { EACCES, WORD_ERRNO_EACCES }, { EPERM, WORD_ERRNO_EACCES }, { EISDIR,
		  WORD_ERRNO_EISDIR },
		{ ENOTDIR, WORD_ERRNO_ENOTDIR }, { ENOSPC, WORD_ERRNO_ENOSPC }, { EEXIST, WORD_ERRNO_EEXIST },
		{ EROFS, WORD_ERRNO_EROFS }, { EADDRINUSE, WORD_ERRNO_EADDRINUSE }, { ELOOP, WORD_ERRNO_ELOOP },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error)
			return lang_text(c->lang, known[i].word);
	return zg_slice_cstr(strerror(error));
}

int cmd_fail_errno(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w, int error,
	struct zg_slice a)
{
	return cmd_fail(c, status, where, w, cmd_errno_text(c, error), a);
}

struct zg_slice cmd_text(struct cmd *c, enum lang_word w, struct zg_slice a, struct zg_slice b)
{
	return fill(c, w, (struct zg_slice[]){ a, b }, 2);
}

void cmd_say(struct cmd *c, enum lang_word w, struct zg_slice a, struct zg_slice b)
{
	cmd_put(cmd_text(c, w, a, b));
	cmd_put(ZG_S("\n"));
}

void cmd_put(struct zg_slice s)
{
	put_to(stdout, s);
}

void cmd_put_safe(struct cmd *c, struct zg_slice s)
{
	cmd_put(safe(c, s));
}

void cmd_put_wide(struct cmd *c, struct zg_slice s, size_t width)
{
	struct zg_slice text = safe(c, s);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;	/* octets that begin a character */
	cmd_put(text);
	for (; n < width; n++)
		cmd_put(ZG_S(" "));
}

void cmd_put_bold(struct cmd *c, struct zg_slice s)
{
	cmd_put(c->is_color ? ZG_S("\033[1m") : ZG_S(""));
	cmd_put_safe(c, s);
	cmd_put(c->is_color ? ZG_S("\033[0m") : ZG_S(""));
}

const char *cmd_cstr(struct cmd *c, struct zg_slice s)
{
	char *p = memchr(s.p ? s.p : "", '\0', s.n) ? NULL : zg_arena_alloc(&c->arena, s.n + 1);

	if (!p)
		return "";
	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct zg_slice cmd_join(struct cmd *c, const struct zg_slice *pieces, size_t count)
{
	struct zg_buf b;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	b = zg_buf_of(zg_arena_bytes(&c->arena, n), n);
	for (size_t i = 0; i < count && b.p; i++)
		zg_buf_put(&b, pieces[i]);
	return b.p ? zg_buf_slice(&b) : CMD_NOTHING;
}

struct zg_slice cmd_num(struct cmd *c, uint64_t v)
{
	char mem[20];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_buf_put_uint(&b, v);
	return zg_arena_dup(&c->arena, zg_buf_slice(&b));
}

struct zg_slice cmd_time(struct cmd *c, int64_t t)
{
	char mem[40];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_time_put_rfc3339(&b, t);
	return zg_arena_dup(&c->arena, zg_buf_slice(&b));
}
