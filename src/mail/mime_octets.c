/* mime_octets.c - base64, quoted-printable and percent signs, read with patience: mail is full of broken ones, and a person wants
 * to see what is there. */
#include "mail/mime_octets.h"
#include <stdint.h>
#include <zegel/buf.h>
#include "base/ascii.h"

static int b64_value(char c)
{
	if (zg_ascii_is_upper(c))
		return c - 'A';
	if (zg_ascii_is_alpha(c))
		return c - 'a' + 26;
	if (zg_ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int hex_value(char c)
{
	char l = zg_ascii_lower(c);

	if (zg_ascii_is_digit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static struct zg_buf room_of(size_t n, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, n + 1);

	return zg_buf_of(p, p ? n + 1 : 0);
}

static struct zg_slice room_end(struct zg_buf *b, struct zg_arena *a)
{
	if (b->p)
		zg_arena_shrink(a, b->cap - b->n);
	return zg_buf_slice(b);
}

struct zg_slice zg_mime_base64(struct zg_slice s, struct zg_arena *a)
{
	struct zg_buf b = room_of(s.n, a);
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; b.p && i < s.n && s.p[i] != '='; i++) {
		int v = b64_value(s.p[i]);

		if (v < 0)
			continue;
		bits = (bits << 6 | (uint32_t)v) & 0xffffu;
		have += 6;
		if (have >= 8) {
			have -= 8;
			zg_buf_putc(&b, (char)(bits >> have & 0xff));
		}
	}
	return room_end(&b, a);
}

/* The octet that two hex digits at s are, or -1. */
static int octet_of(struct zg_slice s)
{
	int high = s.n > 1 ? hex_value(s.p[0]) : -1, low = s.n > 1 ? hex_value(s.p[1]) : -1;

	return high < 0 || low < 0 ? -1 : 16 * high + low;
}

/* Octets of a soft line break at s, behind its "=": blanks that some add, and the line's end.  0: there is none. */
static size_t soft_break(struct zg_slice s)
{
	size_t i = 0;

	while (i < s.n && zg_ascii_is_wsp(s.p[i]))
		i++;
	if (i < s.n && s.p[i] == '\r')
		i++;
	return i < s.n && s.p[i] == '\n' ? i + 1 : 0;
}

struct zg_slice zg_mime_quoted(struct zg_slice s, bool is_word, struct zg_arena *a)
{
	struct zg_buf b = room_of(s.n, a);

	for (size_t i = 0; b.p && i < s.n;) {
		struct zg_slice rest = zg_slice_sub(s, i + 1, s.n);
		int octet = s.p[i] == '=' ? octet_of(rest) : -1;
		size_t skip = s.p[i] == '=' && octet < 0 ? soft_break(rest) : 0;

		if (octet >= 0)
			zg_buf_putc(&b, (char)octet);
		else if (!skip)
			zg_buf_putc(&b, is_word && s.p[i] == '_' ? ' ' : s.p[i]);
		i += octet >= 0 ? 3 : 1 + skip;
	}
	return room_end(&b, a);
}

struct zg_slice zg_mime_percent(struct zg_slice s, struct zg_arena *a)
{
	struct zg_buf b = room_of(s.n, a);

	for (size_t i = 0; b.p && i < s.n;) {
		int octet = s.p[i] == '%' ? octet_of(zg_slice_sub(s, i + 1, 2)) : -1;

		zg_buf_putc(&b, octet < 0 ? s.p[i] : (char)octet);
		i += octet < 0 ? 1 : 3;
	}
	return room_end(&b, a);
}
