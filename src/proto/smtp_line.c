/* smtp_line.c - where a line ends, and where a message ends.
 *
 * Only CRLF ends a line and only CRLF.CRLF a message (RFC 5321 2.3.8, 4.1.1.4).  What cannot be judged yet,
 * because the octet behind it is missing (a CR, a dot at the beginning of a line), stays in the caller's input, so
 * there is no half-seen state.
 *
 *   line begins --"."--> ".CRLF": end | else the dot is dropped --> mid-line --CRLF--> line begins
 *
 * Invariants: (1) every octet is looked at a fixed number of times, and again only while it waits at the front of
 * the input; (2) what is found depends on the octets alone, never on how they were cut. */
#include "proto/smtp_line.h"
#include <string.h>
#include "base/limits.h"

#define TLS_RECORD 0x16		/* RFC 8446 5.1: handshake; no SMTP line begins so */

static void advance(struct zg_slice *s, size_t n)
{
	*s = zg_slice_sub(*s, n, s->n);
}

enum zg_smtp_line zg_smtp_line_take(struct zg_slice *in, struct zg_slice *ret)
{
	if (in->n && in->p[0] == TLS_RECORD)
		return ZG_SMTP_LINE_TLS;
	for (size_t i = 0; i < in->n; i++) {
		if (in->p[i] == '\n')
			return ZG_SMTP_LINE_STRAY;
		if (i + 2 > ZG_LIMIT_SMTP_LINE)
			return ZG_SMTP_LINE_LONG;
		if (in->p[i] != '\r')
			continue;
		if (i + 1 == in->n)
			return ZG_SMTP_LINE_MORE;
		if (in->p[i + 1] != '\n')
			return ZG_SMTP_LINE_STRAY;
		*ret = zg_slice_sub(*in, 0, i);
		advance(in, i + 2);
		return ZG_SMTP_LINE_OK;
	}
	return ZG_SMTP_LINE_MORE;
}

bool zg_smtp_line_swallow(struct zg_slice *in)
{
	size_t at = zg_slice_find_slice(*in, ZG_S("\r\n"));
	bool is_there = at < in->n;

	if (is_there)
		at += 2;
	else if (in->n && in->p[in->n - 1] == '\r')
		at = in->n - 1;
	advance(in, at);
	return is_there;
}

static void find(struct zg_smtp_text *t, enum zg_smtp_finding finding)
{
	if (t->finding < finding)
		t->finding = finding;
}

static void judge(struct zg_smtp_text *t, struct zg_slice content)
{
	if (!content.n)
		return;
	if (memchr(content.p, '\r', content.n))
		find(t, ZG_SMTP_FOUND_STRAY);
	if (memchr(content.p, '\0', content.n))
		find(t, ZG_SMTP_FOUND_NUL);
	t->line_n += content.n;
	if (t->line_n > ZG_LIMIT_TEXT_LINE)
		find(t, ZG_SMTP_FOUND_LONG);
	t->is_mid = true;
}

/* Octets of s up to the next line end, or what there is of the line; a CR at the very end is left out. */
static size_t scan_line(struct zg_smtp_text *t, struct zg_slice s)
{
	size_t n = zg_slice_find(s, '\n');
	bool has_lf = n < s.n, has_cr = n > 0 && s.p[n - 1] == '\r';

	judge(t, zg_slice_sub(s, 0, n - has_cr));
	if (!has_lf)
		return n - has_cr;
	if (!has_cr)
		find(t, ZG_SMTP_FOUND_STRAY);
	t->is_mid = !has_cr;
	if (has_cr)
		t->line_n = 0;
	return n + 1;
}

/* Octets of s that are text as they stand: up to a dot that begins a line, or to what cannot be judged yet. */
static size_t scan(struct zg_smtp_text *t, struct zg_slice s)
{
	size_t at = 0;

	while (at < s.n && (t->is_mid || s.p[at] != '.')) {
		size_t n = scan_line(t, zg_slice_sub(s, at, s.n));

		if (!n)
			break;
		at += n;
	}
	return at;
}

enum zg_smtp_took zg_smtp_text_take(struct zg_smtp_text *t, uint64_t size_max, struct zg_slice *in,
	struct zg_slice *ret)
{
	const struct zg_slice end = ZG_S(".\r\n");

	for (;;) {
		struct zg_slice piece = zg_slice_sub(*in, 0, scan(t, *in));

		advance(in, piece.n);
		t->seen += piece.n;
		if (size_max && t->seen > size_max)
			find(t, ZG_SMTP_FOUND_SIZE);
		if (piece.n && t->finding == ZG_SMTP_FOUND_NOTHING) {
			*ret = piece;
			return ZG_SMTP_TOOK_PIECE;
		}
		if (t->is_mid || !zg_slice_starts(*in, ZG_S("."))) {
			if (!piece.n)
				return ZG_SMTP_TOOK_MORE;
			continue;
		}
		if (zg_slice_starts(*in, end)) {
			advance(in, end.n);
			return ZG_SMTP_TOOK_END;
		}
		if (zg_slice_starts(end, *in))
			return ZG_SMTP_TOOK_MORE;
		/* RFC 5321 4.5.2: a dot in front of other octets is the sender's stuffing. */
		advance(in, 1);
		t->is_mid = true;
	}
}
