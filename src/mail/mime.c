/* mime.c - a message taken apart, line by line.
 *
 *   HEAD --empty line--> BODY --a boundary of the stack--> HEAD of the next part, or the parent's rest
 *
 * Invariants: (1) the stack holds the multiparts that are open, the innermost last, at most ZG_MIME_DEPTH; (2) `open` is the part
 * that octets go to, the last of the list, or none: between parts and behind the last nothing is kept; (3) every line is held
 * against each open boundary once, so the work is the input times the depth at most. */
#include "mail/mime.h"
#include "base/ascii.h"
#include "mail/mime_octets.h"
#include <zegel/buf.h>

#define BOUNDARY_MOST 200u	/* RFC 2046 5.1.1 allows 70 */
#define NOWHERE SIZE_MAX

struct frame { size_t part; struct zg_slice boundary; };

struct reader {
	struct zg_arena *a;
	struct zg_mime_part *v;
	size_t count, cap;
	struct frame stack[ZG_MIME_DEPTH];
	size_t depth;
	size_t open;		/* the part that is read, or NOWHERE */
	bool is_head;
	size_t from;		/* where its header or body began */
	bool is_full;		/* no memory */
};

static struct zg_slice lower(struct zg_slice s, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, s.n);

	if (!p)
		return ZG_S("");
	for (size_t i = 0; i < s.n; i++)
		p[i] = zg_ascii_lower(s.p[i]);
	return zg_slice_of(p, s.n);
}

static struct zg_slice value_of(const struct zg_headers *h, struct zg_slice name)
{
	const struct zg_field *f = zg_header_get(h, name, 0);

	return f ? zg_slice_trim(f->value) : ZG_S("");
}

/* "text/plain" out of "Text/Plain; charset=..."; RFC 2045 5.2: what is none is text. */
static struct zg_slice media_of(struct zg_slice type, struct zg_arena *a)
{
	struct zg_slice media = zg_slice_trim(zg_slice_sub(type, 0, zg_slice_find(type, ';')));
	size_t slash = zg_slice_find(media, '/');

	if (!slash || slash + 1 >= media.n)
		return ZG_S("text/plain");
	for (size_t i = 0; i < media.n; i++)
		if (zg_ascii_is_space(media.p[i]) || zg_ascii_is_cntrl(media.p[i]) || zg_ascii_is_8bit(media.p[i]))
			return ZG_S("text/plain");
	return lower(media, a);
}

static enum zg_mime_encoding encoding_of(struct zg_slice s)
{
	if (zg_slice_eq_ci(s, ZG_S("base64")))
		return ZG_MIME_BASE64;
	return zg_slice_eq_ci(s, ZG_S("quoted-printable")) ? ZG_MIME_QUOTED : ZG_MIME_PLAIN;
}

static void fields_read(struct reader *r, struct zg_slice head, struct zg_mime_part *p)
{
	struct zg_headers h = { .count = 0 };
	struct zg_slice id;

	if (zg_header_index(head, r->a, &h) != ZG_HEADER_OK)
		h.count = 0;		/* without fields it is plain text */
	p->type = value_of(&h, ZG_S("content-type"));
	p->disposition = value_of(&h, ZG_S("content-disposition"));
	p->encoding = encoding_of(value_of(&h, ZG_S("content-transfer-encoding")));
	p->media = media_of(p->type, r->a);
	id = value_of(&h, ZG_S("content-id"));
	p->id = id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>' ? zg_slice_sub(id, 1, id.n - 2) : id;
	p->is_attachment = zg_slice_starts_ci(p->disposition, ZG_S("attachment")) || (!zg_slice_starts(p->media, ZG_S("text/")) &&
		!zg_slice_starts(p->media, ZG_S("multipart/")));
}

/* A new part below the innermost multipart. */
static void part_begin(struct reader *r, size_t at)
{
	if (r->count == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 8;
		struct zg_mime_part *v = zg_arena_array(r->a, cap, sizeof(*v));

		if (!v) {
			r->is_full = true;
			return;
		}
		for (size_t i = 0; i < r->count; i++)
			v[i] = r->v[i];
		r->v = v;
		r->cap = cap;
	}
	r->open = r->count++;
	r->v[r->open] = (struct zg_mime_part){ .parent = r->depth ? r->stack[r->depth - 1].part : 0, .depth = (unsigned)r->depth };
	r->is_head = true;
	r->from = at;
}

/* Its header is complete: a multipart is opened. */
static void head_end(struct reader *r, struct zg_slice head, size_t body)
{
	struct zg_mime_part *p = &r->v[r->open];
	struct zg_slice boundary;

	fields_read(r, head, p);
	r->is_head = false;
	r->from = body;
	if (!zg_slice_starts(p->media, ZG_S("multipart/")) || r->depth == ZG_MIME_DEPTH)
		return;
	boundary = zg_mime_param(p->type, ZG_S("boundary"), NULL, r->a);
	if (!boundary.n || boundary.n > BOUNDARY_MOST)
		return;
	p->is_multipart = true;
	r->stack[r->depth++] = (struct frame){ r->open, boundary };
	r->open = NOWHERE;
}

/* The text of the open part ends before `at`; the line's end before a boundary belongs to the boundary (RFC 2046 5.1.1). */
static void part_end(struct reader *r, struct zg_slice all, size_t at, bool is_boundary)
{
	size_t end = at;

	if (r->open == NOWHERE)
		return;
	if (r->is_head) {
		head_end(r, zg_slice_sub(all, r->from, at - r->from), at);
		if (r->open == NOWHERE) {	/* a multipart that is cut off */
			r->depth--;
			return;
		}
	}
	if (is_boundary && end > r->from)	/* a line begins at end, so another ended there */
		end -= end - 1 > r->from && all.p[end - 2] == '\r' ? 2 : 1;
	r->v[r->open].body = zg_slice_sub(all, r->from, end - r->from);
	r->open = NOWHERE;
}

/* Which open boundary is this line? Its place in the stack, or NOWHERE. */
static size_t boundary_of(const struct reader *r, struct zg_slice line, bool *ret_last)
{
	if (!zg_slice_starts(line, ZG_S("--")))
		return NOWHERE;
	for (size_t i = r->depth; i-- > 0;) {
		struct zg_slice b = r->stack[i].boundary, rest = zg_slice_sub(line, 2 + b.n, line.n);

		if (!zg_slice_starts(zg_slice_sub(line, 2, line.n), b))
			continue;
		*ret_last = zg_slice_starts(rest, ZG_S("--"));
		rest = zg_slice_trim(zg_slice_sub(rest, *ret_last ? 2 : 0, rest.n));
		if (!rest.n)
			return i;
	}
	return NOWHERE;
}

static void line_read(struct reader *r, struct zg_slice all, size_t at, size_t next)
{
	struct zg_slice line = zg_slice_sub(all, at, next - at);
	bool is_last = false;
	size_t i = boundary_of(r, line, &is_last);

	if (i != NOWHERE && (is_last || r->count < ZG_MIME_PARTS)) {
		part_end(r, all, at, true);
		r->depth = i + !is_last;
		if (!is_last)
			part_begin(r, next);
	} else if (r->open != NOWHERE && r->is_head && (line.p[0] == '\n' || zg_slice_eq(line, ZG_S("\r\n")))) {
		head_end(r, zg_slice_sub(all, r->from, at - r->from), next);
	}
}

int zg_mime_read(struct zg_slice head, struct zg_slice body, struct zg_arena *a, struct zg_mime *ret)
{
	struct reader r = { .a = a };
	struct zg_slice fields = zg_slice_sub(head, 0, zg_header_end(head));

	if (zg_slice_ends_ci(fields, ZG_S("\r\n\r\n")))
		fields.n -= 2;
	part_begin(&r, 0);
	if (!r.is_full)
		head_end(&r, fields, 0);
	for (size_t at = 0, next; at < body.n && !r.is_full; at = next) {
		next = at + zg_slice_find(zg_slice_sub(body, at, body.n), '\n');
		next += next < body.n;
		line_read(&r, body, at, next);
	}
	if (!r.is_full)
		part_end(&r, body, body.n, false);
	if (r.is_full || a->is_full)
		return -1;
	*ret = (struct zg_mime){ r.v, r.count };
	return 0;
}

struct zg_slice zg_mime_octets(const struct zg_mime_part *p, struct zg_arena *a)
{
	if (p->encoding == ZG_MIME_BASE64)
		return zg_mime_base64(p->body, a);
	return p->encoding == ZG_MIME_QUOTED ? zg_mime_quoted(p->body, false, a) : p->body;
}

struct zg_slice zg_mime_text(const struct zg_mime_part *p, const struct zg_charsets *charsets, struct zg_arena *a)
{
	return zg_mime_utf8(zg_mime_param(p->type, ZG_S("charset"), NULL, a), zg_mime_octets(p, a), charsets, a);
}

struct zg_slice zg_mime_name(const struct zg_mime_part *p, const struct zg_charsets *charsets, struct zg_arena *a)
{
	struct zg_slice name = zg_mime_param(p->disposition, ZG_S("filename"), charsets, a);

	return name.n ? name : zg_mime_param(p->type, ZG_S("name"), charsets, a);
}
