/* header.c - the header block as views: the first fields are read beside the arena, so that most headers are gone
 * through once; where there are more, these are counted first.
 *
 * Invariant of the reader: all before `at` is whole fields, without NUL and without a CR or LF that stands alone. */
#include <string.h>
#include <zegel/header.h>
#include "base/ascii.h"
#include "base/crlf.h"
#include "base/limits.h"
#include "base/uninit.h"

#define FEW 32u		/* fields that most headers have at most */

/* The place behind the line that begins at `at`, its CRLF included. */
static size_t line_end(struct zg_slice block, size_t at)
{
	size_t n = zg_slice_find((struct zg_slice){ block.p + at, block.n - at }, '\n');

	return at + n + (at + n < block.n);
}

/* The place behind the field that begins at `at`: lines, all but the first beginning with a blank. */
static size_t field_end(struct zg_slice block, size_t at)
{
	do
		at = line_end(block, at);
	while (at < block.n && zg_ascii_is_wsp(block.p[at]));
	return at;
}

static bool is_header_end(struct zg_slice block, size_t at)
{
	return at == block.n || (block.n - at >= 2 && block.p[at] == '\r' && block.p[at + 1] == '\n');
}

/* What is wrong with the first line of a field that is. */
static enum zg_header_error line_fault(struct zg_slice raw)
{
	struct zg_slice line = { NULL, 0 };

	for (size_t at = 0; at < raw.n && zg_crlf_is_sound(line); at = line_end(raw, at))
		line = zg_slice_sub(raw, at, line_end(raw, at) - at);
	if (zg_crlf_is_sound(line))
		return ZG_HEADER_OK;
	if (zg_slice_ends_ci(line, ZG_S("\r\n")))
		line.n -= 2;
	if (zg_slice_find(line, '\n') < line.n || zg_slice_find(line, '\r') < line.n)
		return ZG_HEADER_BARE_CR_LF;
	return ZG_HEADER_NUL;
}

/* RFC 5322 2.2 and 4.5: printable octets without a colon, perhaps blanks, a colon. */
static enum zg_header_error field_split(struct zg_slice raw, struct zg_field *ret)
{
	size_t n = 0, colon;

	while (n < raw.n && raw.p[n] > ' ' && raw.p[n] < 127 && raw.p[n] != ':')
		n++;
	colon = n;
	while (colon < raw.n && zg_ascii_is_wsp(raw.p[colon]))
		colon++;
	if (n == 0 || colon == raw.n || raw.p[colon] != ':')
		return ZG_HEADER_NO_COLON;
	ret->raw = raw;
	ret->name = zg_slice_sub(raw, 0, n);
	ret->value = zg_slice_sub(raw, colon + 1, raw.n);
	if (zg_slice_ends_ci(ret->value, ZG_S("\r\n")))
		ret->value.n -= 2;
	return ZG_HEADER_OK;
}

/* Reads fields from *at on into v, at most count of them; *at and *ret_count go with them. */
static enum zg_header_error fields_read(struct zg_slice block, bool is_sound, size_t *at, struct zg_field *v, size_t count,
					size_t *ret_count)
{
	enum zg_header_error why = ZG_HEADER_OK;
	size_t i;

	for (i = 0; i < count && why == ZG_HEADER_OK && !is_header_end(block, *at); i++) {
		struct zg_slice raw = { block.p + *at, field_end(block, *at) - *at };

		why = is_sound ? ZG_HEADER_OK : line_fault(raw);
		if (why == ZG_HEADER_OK)
			why = field_split(raw, &v[i]);
		*at += raw.n;
	}
	*ret_count = i;
	return why;
}

/* Fields from octet `at` on, at most one more than there may be. */
static size_t fields_count(struct zg_slice block, size_t at)
{
	size_t count = 0;

	for (; !is_header_end(block, at) && count <= ZG_LIMIT_FIELDS; count++)
		at = field_end(block, at);
	return count;
}

enum zg_header_error zg_header_index(struct zg_slice block, struct zg_arena *a, struct zg_headers *ret)
{
	ZG_UNINIT struct zg_field few[FEW];
	struct zg_headers h = { NULL, 0 };
	bool is_sound = zg_crlf_is_sound(block);	/* else each field is asked */
	size_t at = 0, count = 0, more = 0;
	enum zg_header_error why = fields_read(block, is_sound, &at, few, FEW, &count);

	if (why == ZG_HEADER_OK)
		more = fields_count(block, at);
	if (count + more > ZG_LIMIT_FIELDS)
		return ZG_HEADER_TOO_MANY;
	if (why != ZG_HEADER_OK)
		return why;
	h.count = count + more;
	h.v = zg_arena_array(a, h.count, sizeof(*h.v));
	if (!h.v)
		return ZG_HEADER_NO_ROOM;
	memcpy(h.v, few, count * sizeof(few[0]));
	why = fields_read(block, is_sound, &at, h.v + count, more, &count);
	if (why == ZG_HEADER_OK)
		*ret = h;
	return why;
}

const struct zg_field *zg_header_get(const struct zg_headers *h, struct zg_slice name, size_t i)
{
	for (size_t k = 0; k < h->count; k++)
		if (h->v[k].name.n == name.n && zg_slice_eq_ci(h->v[k].name, name) && i-- == 0)
			return &h->v[k];
	return NULL;
}

size_t zg_header_count(const struct zg_headers *h, struct zg_slice name)
{
	size_t count = 0;

	for (size_t k = 0; k < h->count; k++)
		count += h->v[k].name.n == name.n && zg_slice_eq_ci(h->v[k].name, name);
	return count;
}

const struct zg_field *zg_header_obsolete(const struct zg_headers *h)
{
	for (size_t k = 0; k < h->count; k++)
		if (!zg_slice_starts(zg_slice_sub(h->v[k].raw, h->v[k].name.n, 1), ZG_S(":")))
			return &h->v[k];
	return NULL;
}

size_t zg_header_end(struct zg_slice msg)
{
	if (msg.n < 2)
		return msg.n;
	if (is_header_end(msg, 0))
		return 2;
	for (size_t at = line_end(msg, 0); at < msg.n; at = line_end(msg, at))
		if (is_header_end(msg, at) && at >= 2 && msg.p[at - 2] == '\r')
			return at + 2;
	return msg.n;
}
