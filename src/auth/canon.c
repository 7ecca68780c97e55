/* canon.c - canonicalization, RFC 6376 3.4.
 *
 * A body is a stream of octets in which only CR LF, side by side, ends a line.  A CR or an LF that stands alone is an
 * octet as any other: it ends no line, is no blank, and is hashed as it stands (the SMTP side refuses such mail; a
 * verifier must hash what the signer hashed).
 *
 *   TEXT --blank that changes (relaxed), CR at the end of a piece, CRLF before it--> HELD
 *   HELD --blanks, CRLFs--> HELD         HELD --anything else: what was held goes first--> TEXT
 *
 * TEXT goes to the hash where it lies, as far as nothing in it changes: BLOCK octets are looked at together, in a
 * loop that compilers turn into vector code, and the places found are walked with memchr.  HELD is kept in three
 * numbers: empty_lines CRLFs, then has_wsp one blank, then has_cr one CR; CR LF after blanks drops the blank.
 * Invariants between pieces: (1) what was given to the hash ends neither in CRLF nor, relaxed, in a blank that might
 * be dropped;
 * (2) the same octets in other pieces give the same state; (3) has_cr and has_wsp are never set in TEXT. */
#include <string.h>
#include "auth/canon.h"
#include "base/ascii.h"

#define BLOCK 64u	/* octets looked at together */
#define WINDOW 16384u	/* octets looked at before they are hashed: they are then still in the nearest cache */

/* --- where it goes ------------------------------------------------------------------------------------------- */

void zg_canon_out_init(struct zg_canon_out *o, struct zg_buf *buf, struct zg_hash *hash)
{
	o->buf = buf;
	o->hash = hash;
	o->n = 0;
}

void zg_canon_out_flush(struct zg_canon_out *o)
{
	if (o->n)
		zg_hash_update(o->hash, (struct zg_slice){ o->b, o->n });
	o->n = 0;
}

void zg_canon_out_put(struct zg_canon_out *o, struct zg_slice s)
{
	if (o->buf) {
		zg_buf_put(o->buf, s);
		return;
	}
	if (s.n > sizeof(o->b) - o->n)
		zg_canon_out_flush(o);
	if (s.n > sizeof(o->b) / 2) {
		zg_canon_out_flush(o);
		zg_hash_update(o->hash, s);
		return;
	}
	if (s.n)
		memcpy(o->b + o->n, s.p, s.n);
	o->n += s.n;
}

/* --- header fields ------------------------------------------------------------------------------------------- */

static void name_put(struct zg_canon_out *o, struct zg_slice name)
{
	char lower[BLOCK];

	while (name.n) {
		size_t n = name.n < sizeof(lower) ? name.n : sizeof(lower);

		for (size_t i = 0; i < n; i++)
			lower[i] = zg_ascii_lower(name.p[i]);
		zg_canon_out_put(o, (struct zg_slice){ lower, n });
		name = zg_slice_sub(name, n, name.n);
	}
}

/* Place behind the run that begins at i: words, and single spaces between them. */
static size_t run_end(struct zg_slice s, size_t i)
{
	while (i < s.n) {
		if (zg_ascii_is_space(s.p[i]) && (s.p[i] != ' ' || i + 1 == s.n || zg_ascii_is_space(s.p[i + 1])))
			break;
		i++;
	}
	return i;
}

/* Words with one space between them (RFC 6376 3.4.2); *gap: blanks were seen since the last word; *any: a word was
 * put. */
static void words_put(struct zg_canon_out *o, struct zg_slice s, bool *gap, bool *any)
{
	size_t i = 0;

	while (i < s.n) {
		size_t from = i;

		if (zg_ascii_is_space(s.p[i])) {
			*gap = true;
			i++;
			continue;
		}
		i = run_end(s, i);
		if (*gap && *any)
			zg_canon_out_put(o, ZG_S(" "));
		*gap = false;
		*any = true;
		zg_canon_out_put(o, zg_slice_sub(s, from, i - from));
	}
}

void zg_canon_field_bare(enum zg_canon canon, const struct zg_field *f, struct zg_slice hole, struct zg_canon_out *o)
{
	struct zg_slice whole = canon == ZG_CANON_RELAXED ? f->value : f->raw, before, after;
	bool gap = false, any = false;
	size_t cut;

	if (zg_slice_ends_ci(whole, ZG_S("\r\n")))
		whole.n -= 2;
	cut = hole.n ? (size_t)(hole.p - whole.p) : whole.n;
	before = zg_slice_sub(whole, 0, cut);
	after = zg_slice_sub(whole, cut + hole.n, whole.n);
	if (canon == ZG_CANON_SIMPLE) {
		zg_canon_out_put(o, before);
		zg_canon_out_put(o, after);
		return;
	}
	name_put(o, f->name);
	zg_canon_out_put(o, ZG_S(":"));
	words_put(o, before, &gap, &any);
	words_put(o, after, &gap, &any);
}

void zg_canon_field(enum zg_canon canon, const struct zg_field *f, struct zg_canon_out *o)
{
	zg_canon_field_bare(canon, f, (struct zg_slice){ NULL, 0 }, o);
	zg_canon_out_put(o, ZG_S("\r\n"));
}

/* --- bodies -------------------------------------------------------------------------------------------------- */

void zg_canon_body_init(struct zg_canon_body *c, enum zg_canon canon, uint64_t limit, struct zg_hash *h)
{
	*c = (struct zg_canon_body){ .hash = h, .canon = canon, .limit = limit };
}

static void put(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s)
{
	uint64_t room = c->length < c->limit ? c->limit - c->length : 0;

	c->length += s.n;
	if (s.n > room)
		s.n = (size_t)room;
	zg_canon_out_put(o, s);
}

static void lines_put(struct zg_canon_body *c, struct zg_canon_out *o)
{
	static const char lines[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";

	while (c->empty_lines) {
		uint64_t count = c->empty_lines < 16 ? c->empty_lines : 16;

		put(c, o, (struct zg_slice){ lines, (size_t)count * 2 });
		c->empty_lines -= count;
	}
}

static void held_put(struct zg_canon_body *c, struct zg_canon_out *o)
{
	lines_put(c, o);
	if (c->has_wsp)
		put(c, o, ZG_S(" "));
	if (c->has_cr)
		put(c, o, ZG_S("\r"));
	c->has_wsp = c->has_cr = false;
}

/* HELD: goes over blanks and line ends from octet i on; what follows them lets go what is held.  The place behind. */
static size_t held(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s, size_t i)
{
	for (; i < s.n; i++) {
		if (c->has_cr) {
			if (s.p[i] != '\n')
				break;
			c->has_cr = c->has_wsp = false;
			c->empty_lines++;
		} else if (s.p[i] == '\r') {
			c->has_cr = true;
		} else if (c->canon == ZG_CANON_RELAXED && zg_ascii_is_wsp(s.p[i])) {
			c->has_wsp = true;
		} else {
			break;
		}
	}
	if (i < s.n)
		held_put(c, o);
	return i;
}

/* May the blank a change, b being behind it?  A tab may, and a space before a blank or a control character. */
static inline unsigned char may_change(char a, char b)
{
	return (unsigned char)((a == '\t') | ((a == ' ') & ((unsigned char)b <= ' ')));
}

/* Octets from..end of a piece: 1 where a blank may change, 0 elsewhere. */
struct look {
	size_t from, end;
	char is_changing[BLOCK];
};

/* Goes over whole blocks in which no blank changes; leaves BLOCK octets, and the one behind them, or fewer. */
static size_t plain_blocks(struct zg_slice s, size_t i)
{
	for (; s.n - i > BLOCK; i += BLOCK) {
		const char *p = s.p + i;
		unsigned char seen = 0;

		for (size_t k = 0; k < BLOCK; k++)
			seen |= may_change(p[k], p[k + 1]);
		if (seen)
			break;
	}
	return i;
}

/* Place of the first blank from octet i on that may change, or s.n. */
static size_t changing_blank(struct look *l, struct zg_slice s, size_t i)
{
	for (;;) {
		const char *hit = i < l->end ? memchr(l->is_changing + (i - l->from), 1, l->end - i) : NULL;

		if (hit)
			return l->from + (size_t)(hit - l->is_changing);
		i = plain_blocks(s, i < l->end ? l->end : i);
		if (s.n - i <= BLOCK)
			break;
		for (size_t k = 0; k < BLOCK; k++)
			l->is_changing[k] = (char)may_change(s.p[i + k], s.p[i + k + 1]);
		l->from = i;
		l->end = i + BLOCK;
	}
	while (i < s.n && !may_change(s.p[i], i + 1 < s.n ? s.p[i + 1] : ' '))
		i++;
	return i;
}

/* TEXT: gives the octets from i on to the hash, up to a blank that may change; line ends before that are held.  The
 * place behind. */
static size_t text(struct zg_canon_body *c, struct zg_canon_out *o, struct look *l, struct zg_slice s, size_t i)
{
	size_t n = c->canon == ZG_CANON_RELAXED ? changing_blank(l, s, i) : s.n, end = n;

	if (n == s.n && end > i && s.p[end - 1] == '\r') {
		c->has_cr = true;
		end--;
	}
	while (end - i >= 2 && s.p[end - 1] == '\n' && s.p[end - 2] == '\r') {
		c->empty_lines++;
		end -= 2;
	}
	put(c, o, (struct zg_slice){ s.p + i, end - i });
	if (n == s.n)
		return n;
	c->has_wsp = true;
	return n + 1;
}

static void window_update(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s)
{
	struct look l;
	size_t i = 0;

	l.from = l.end = 0;
	while (i < s.n) {
		if (c->empty_lines || c->has_wsp || c->has_cr)
			i = held(c, o, s, i);
		if (i < s.n)
			i = text(c, o, &l, s, i);
	}
}

void zg_canon_body_update(struct zg_canon_body *c, struct zg_slice piece)
{
	struct zg_canon_out o;

	zg_canon_out_init(&o, NULL, c->hash);
	for (size_t at = 0; at < piece.n; at += WINDOW)
		window_update(c, &o, zg_slice_sub(piece, at, WINDOW));
	zg_canon_out_flush(&o);
}

void zg_canon_body_end(struct zg_canon_body *c)
{
	struct zg_canon_out o;

	zg_canon_out_init(&o, NULL, c->hash);
	if (c->has_cr)		/* a CR alone is text; the blank before it counts */
		held_put(c, &o);
	c->has_wsp = false;
	/* RFC 6376 3.4.3: an empty body is CRLF; 3.4.4: relaxed, it is empty. */
	c->empty_lines = c->canon == ZG_CANON_SIMPLE || c->length ? 1 : 0;
	lines_put(c, &o);
	zg_canon_out_flush(&o);
}
