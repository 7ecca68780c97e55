/* header.c - the header block as views: two passes over the same field reader, one to count and judge, one to fill.
 *
 * Invariant of the reader: all before `at` is whole fields, without NUL and without a CR or LF that stands alone. */
#include <zegel/header.h>
#include "base/ascii.h"
#include "base/limits.h"

/* The end of the line that begins at `at`, its CRLF included. */
static enum zg_header_error line_end(struct zg_slice block, size_t at, size_t *ret)
{
	struct zg_slice line = zg_slice_sub(block, at, block.n);
	size_t n = zg_slice_find(line, '\n');
	bool has_lf = n < line.n;

	line.n = n;
	if (has_lf) {
		if (!n || line.p[n - 1] != '\r')
			return ZG_HEADER_BARE_CR_LF;
		line.n--;
	}
	if (zg_slice_find(line, '\r') < line.n)
		return ZG_HEADER_BARE_CR_LF;
	if (zg_slice_find(line, '\0') < line.n)
		return ZG_HEADER_NUL;
	*ret = at + n + has_lf;
	return ZG_HEADER_OK;
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

/* The field that begins at *at, which moves to its end; at the end of the header *ret_is_end. */
static enum zg_header_error field_next(struct zg_slice block, size_t *at, struct zg_field *ret, bool *ret_is_end)
{
	enum zg_header_error why;
	size_t end = *at;

	*ret_is_end = *at == block.n || zg_slice_starts(zg_slice_sub(block, *at, 2), ZG_S("\r\n"));
	if (*ret_is_end)
		return ZG_HEADER_OK;
	do {
		why = line_end(block, end, &end);
		if (why != ZG_HEADER_OK)
			return why;
	} while (end < block.n && zg_ascii_is_wsp(block.p[end]));
	why = field_split(zg_slice_sub(block, *at, end - *at), ret);
	*at = end;
	return why;
}

enum zg_header_error zg_header_index(struct zg_slice block, struct zg_arena *a, struct zg_headers *ret)
{
	struct zg_headers h = { NULL, 0 };
	struct zg_field field;
	enum zg_header_error why;
	bool is_end = false;
	size_t at = 0;

	while ((why = field_next(block, &at, &field, &is_end)) == ZG_HEADER_OK && !is_end)
		if (++h.count > ZG_LIMIT_FIELDS)
			return ZG_HEADER_TOO_MANY;
	if (why != ZG_HEADER_OK)
		return why;
	h.v = zg_arena_array(a, h.count, sizeof(*h.v));
	if (!h.v)
		return ZG_HEADER_NO_ROOM;
	at = 0;
	for (size_t i = 0; i < h.count; i++)
		(void)field_next(block, &at, &h.v[i], &is_end);	/* the same octets were good a moment ago */
	*ret = h;
	return ZG_HEADER_OK;
}

const struct zg_field *zg_header_get(const struct zg_headers *h, struct zg_slice name, size_t i)
{
	for (size_t k = 0; k < h->count; k++)
		if (zg_slice_eq_ci(h->v[k].name, name) && i-- == 0)
			return &h->v[k];
	return NULL;
}

size_t zg_header_count(const struct zg_headers *h, struct zg_slice name)
{
	size_t count = 0;

	for (size_t k = 0; k < h->count; k++)
		count += zg_slice_eq_ci(h->v[k].name, name);
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
	size_t at;

	if (zg_slice_starts(msg, ZG_S("\r\n")))
		return 2;
	at = zg_slice_find_slice(msg, ZG_S("\r\n\r\n"));
	return at < msg.n ? at + 4 : msg.n;
}
