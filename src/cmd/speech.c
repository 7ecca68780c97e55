/* speech.c - how the program speaks: errors, text for people, and octets that no terminal obeys. */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include "base/ascii.h"
#include "base/hex.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cmd/cmd.h"

#define ARGS_MAX 10u	/* places there are in a text */
#define ESCAPE 4u	/* octets of \xHH */

/* The character is one that a terminal obeys; U+0080 to U+009F are controls too, C2 80 to C2 9F. */
static bool is_control(struct zg_slice character)
{
	return zg_ascii_is_cntrl(character.p[0]) || (character.n == 2 && (unsigned char)character.p[0] == 0xc2 &&
		(unsigned char)character.p[1] < 0xa0);
}

static void put_escaped(struct zg_buf *b, struct zg_slice octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		zg_buf_put(b, ZG_S("\\x"));
		zg_hex_encode(zg_slice_sub(octets, i, 1), b);
	}
}

/* Controls and what is no UTF-8 become \xHH. */
static struct zg_slice safe(struct cmd *c, struct zg_slice s)
{
	size_t cap = s.n * ESCAPE;
	char *p = zg_arena_bytes(&c->arena, cap);
	struct zg_buf b = zg_buf_of(p, p ? cap : 0);

	for (size_t i = 0, n; i < s.n && p; i += n) {
		bool is_good = (n = zg_utf8_first(zg_slice_sub(s, i, s.n))) && !is_control(zg_slice_sub(s, i, n));

		n = n ? n : 1;
		if (is_good)
			zg_buf_put(&b, zg_slice_sub(s, i, n));
		else
			put_escaped(&b, zg_slice_sub(s, i, n));
	}
	if (p)
		zg_arena_shrink(&c->arena, cap - b.n);
	return zg_buf_slice(&b);
}

struct zg_slice cmd_shown(struct cmd *c, struct zg_slice s, size_t max)
{
	size_t end = 0;

	if (s.n <= max)
		return safe(c, s);
	for (size_t n; end < max; end += n) {
		n = zg_utf8_first(zg_slice_sub(s, end, s.n));
		n = n ? n : 1;
		if (end + n > max)
			break;
	}
	return cmd_join(c, (struct zg_slice[]){ safe(c, zg_slice_sub(s, 0, end)), ZG_S("...") }, 2);
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

void cmd_tell(struct cmd *c, enum lang_word w, const struct zg_slice *args, size_t count)
{
	put_to(stderr, cmd_join(c, (struct zg_slice[]){ fill(c, w, args, count), ZG_S("\n") }, 2));
}

void cmd_put(struct zg_slice s)
{
	put_to(stdout, s);
}

int cmd_flush(void)
{
	int error;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	error = errno ? errno : EIO;
	__fpurge(stdout);
	clearerr(stdout);
	errno = error;
	return -1;
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
