/* mailtext.c - line ends of messages from files and pipes. */
#include <string.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "cmd/mailtext.h"

/* Octets up to and with the empty line that ends the header of a local text, or all of it. */
static size_t local_header_end(struct zg_slice text)
{
	size_t at = zg_slice_starts(text, ZG_S("\n")) ? 0 : zg_slice_find_slice(text, ZG_S("\n\n")) + 1;

	return at + 1 <= text.n ? at + 1 : text.n;
}

/* Hands out a local text line by line, each LF as CRLF. */
static void put_local(struct zg_slice text, void (*take)(void *ctx, struct zg_slice piece), void *ctx)
{
	while (text.n) {
		const char *lf = memchr(text.p, '\n', text.n);
		size_t n = lf ? (size_t)(lf - text.p) : text.n;

		if (n)
			take(ctx, zg_slice_sub(text, 0, n));
		if (lf)
			take(ctx, ZG_S("\r\n"));
		text = zg_slice_sub(text, n + (lf ? 1 : 0), text.n);
	}
}

static void put_buf(void *ctx, struct zg_slice piece)
{
	zg_buf_put(ctx, piece);
}

/* The header with CRLF, in c's arena; empty without room. */
static struct zg_slice local_header(struct cmd *c, struct zg_slice text)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(&c->arena, text.n * 2), text.n * 2);

	if (b.p)
		put_local(text, put_buf, &b);
	return zg_buf_slice(&b);
}

/* RFC 4155: the line that mail programs put in front of a message they keep; it is no part of it.  A colon behind the
 * blanks makes it a field (RFC 5322 4.5). */
static struct zg_slice without_keeper_line(struct zg_slice text)
{
	size_t at = sizeof("From ") - 1;

	if (!zg_slice_starts(text, ZG_S("From ")))
		return text;
	while (at < text.n && zg_ascii_is_wsp(text.p[at]))
		at++;
	return at < text.n && text.p[at] == ':' ? text : zg_slice_sub(text, zg_slice_find(text, '\n') + 1, text.n);
}

int mailtext_read(struct cmd *c, struct mailtext *ret)
{
	struct zg_slice text;
	size_t end;
	int status;

	*ret = (struct mailtext){ .is_local = false };
	status = input_read(c, cmd_arg(c, 0), INPUT_MESSAGE_MAX, &ret->in);
	if (status != CMD_GOOD)
		return status;
	text = without_keeper_line(input_text(&ret->in));
	if (!text.n)
		return cmd_fail(c, CMD_UNUSABLE, ret->in.where, WORD_MAIL_EMPTY, CMD_NOTHING, CMD_NOTHING);
	ret->is_local = !memmem(text.p, text.n, "\r\n", 2);
	end = ret->is_local ? local_header_end(text) : zg_header_end(text);
	if (end > ZG_LIMIT_HEADER)
		return cmd_fail(c, CMD_UNUSABLE, ret->in.where, WORD_MAIL_HEADER_LONG, cmd_num(c, ZG_LIMIT_HEADER), CMD_NOTHING);
	ret->head = zg_slice_sub(text, 0, end);
	if (ret->is_local)
		ret->head = local_header(c, ret->head);
	ret->body = zg_slice_sub(text, end, text.n);
	return CMD_GOOD;
}

void mailtext_done(struct mailtext *m)
{
	input_done(&m->in);
}

void mailtext_body(const struct mailtext *m, void (*take)(void *ctx, struct zg_slice piece), void *ctx)
{
	if (m->is_local)
		put_local(m->body, take, ctx);
	else
		take(ctx, m->body);
}

/* What is wrong with a line (its end taken off), or WORD_COUNT. */
static enum lang_word judge(struct zg_slice line)
{
	if (memchr(line.p, '\r', line.n))
		return WORD_MAIL_BARE_CR;
	if (memchr(line.p, '\0', line.n))
		return WORD_MAIL_NUL;
	return line.n > ZG_LIMIT_TEXT_LINE ? WORD_MAIL_LINE_LONG : WORD_COUNT;
}

int mailtext_check(struct cmd *c, const struct mailtext *m)
{
	struct zg_slice text = input_text(&m->in);

	for (uint64_t number = 1; text.n; number++) {
		const char *lf = memchr(text.p, '\n', text.n);
		size_t n = lf ? (size_t)(lf - text.p) : text.n;
		struct zg_slice line = zg_slice_sub(text, 0, n);
		bool has_cr = n && line.p[n - 1] == '\r';
		enum lang_word wrong;

		line.n -= has_cr && lf ? 1 : 0;
		wrong = lf && !m->is_local && !has_cr ? WORD_MAIL_BARE_LF : judge(line);
		if (wrong != WORD_COUNT)
			return cmd_fail(c, CMD_UNUSABLE, cmd_join(c, (struct zg_slice[]){ m->in.where, ZG_S(":"), cmd_num(c, number) }, 3),
				wrong, cmd_num(c, ZG_LIMIT_TEXT_LINE), CMD_NOTHING);
		text = zg_slice_sub(text, n + (lf ? 1 : 0), text.n);
	}
	return CMD_GOOD;
}

int mailtext_index(struct cmd *c, const struct mailtext *m, struct zg_headers *ret)
{
	static const enum lang_word words[] = {
		[ZG_HEADER_OK] = WORD_MAIL_NO_COLON, [ZG_HEADER_BARE_CR_LF] = WORD_MAIL_BARE_LF, [ZG_HEADER_NUL] = WORD_MAIL_NUL,
		[ZG_HEADER_NO_COLON] = WORD_MAIL_NO_COLON, [ZG_HEADER_TOO_MANY] = WORD_MAIL_TOO_MANY,
		[ZG_HEADER_NO_ROOM] = WORD_USE_MEMORY,
	};
	enum zg_header_error why = zg_header_index(m->head, &c->arena, ret);

	return why == ZG_HEADER_OK ? CMD_GOOD : cmd_fail(c, CMD_UNUSABLE, m->in.where, words[why], CMD_NOTHING, CMD_NOTHING);
}
