/* canon.c - canonicalization, RFC 6376 3.4.
 *
 * A body is a stream of octets in which only CR LF, side by side, ends a line.  A CR or an LF that stands alone is an
 * octet as any other: it ends no line, is no blank, and is hashed as it stands (the SMTP side refuses such mail; a
 * verifier must hash what the signer hashed).
 *
 *   TEXT --blank that changes (relaxed), CR at the end of a piece, CRLF before it--> HELD
 *   HELD --blanks, CRLFs--> HELD         HELD --anything else: what was held goes first--> TEXT
 *
 * TEXT goes to the hash where it lies, as far as nothing in it changes: BLOCK octets are looked at together, in loops
 * that compilers turn into vector code; a block in which blanks go is written anew, by runs.  Only what is left behind
 * the last block, and a CR alone behind a blank, is looked at octet by octet.  HELD is kept in three numbers:
 * empty_lines CRLFs, then has_wsp one blank, then has_cr one CR; CR LF after blanks drops the blank.
 * Invariants between pieces: (1) what was given to the hash ends neither in CRLF nor, relaxed, in a blank that might
 * be dropped;
 * (2) the same octets in other pieces give the same state; (3) has_cr and has_wsp are never set in TEXT. */
#include <string.h>
#include "auth/canon.h"
#include "base/ascii.h"
#include "base/ascii_words.h"
#include "base/uninit.h"

#define PIECE 1024u	/* octets of a field that are written at once; the gathered ones have room for four */
#define BLOCK 64u	/* octets looked at together; as many as a uint64_t has bits */
#define WIDE (4 * BLOCK)
#define WINDOW 16384u	/* octets looked at before they are hashed: they are then still in the nearest cache */

/* --- where it goes ------------------------------------------------------------------------------------------- */

void zg_canon_out_init(struct zg_canon_out *o, struct zg_buf *buf, struct zg_hash *hash)
{
	o->buf = buf;
	o->hash = hash;
	o->n = 0;
}

static void pass_on(struct zg_canon_out *o, struct zg_slice s)
{
	if (o->buf)
		zg_buf_put(o->buf, s);
	else
		zg_hash_update(o->hash, s);
}

void zg_canon_out_flush(struct zg_canon_out *o)
{
	if (o->n)
		pass_on(o, (struct zg_slice){ o->b, o->n });
	o->n = 0;
}

/* Place for n octets in what is gathered; o->n is then to be raised. */
static char *room_get(struct zg_canon_out *o, size_t n)
{
	if (n > sizeof(o->b) - o->n)
		zg_canon_out_flush(o);
	return o->b + o->n;
}

void zg_canon_out_put(struct zg_canon_out *o, struct zg_slice s)
{
	if (s.n > sizeof(o->b) / 2) {
		zg_canon_out_flush(o);
		pass_on(o, s);
		return;
	}
	if (s.n)
		memcpy(room_get(o, s.n), s.p, s.n);
	o->n += s.n;
}

/* --- header fields ------------------------------------------------------------------------------------------- */

static void name_put(struct zg_canon_out *o, struct zg_slice name)
{
	while (name.n) {
		size_t n = name.n < PIECE ? name.n : PIECE;

		zg_ascii_lower_copy(room_get(o, n), name.p, n);
		o->n += n;
		name = zg_slice_sub(name, n, name.n);
	}
}

/* Words and the blanks between them, as they are being written. */
struct words {
	bool gap;	/* blanks were seen since the last word */
	bool any;	/* a word was written */
};

/* How many of the eight octets at p stand as they are, where those before p did: up to a control character, or a space
 * behind a space. */
static inline size_t plain_octets(const char *p)
{
	uint64_t v = zg_ascii_word(p, 8), before = zg_ascii_word(p - 1, 8);
	uint64_t spaces = zg_ascii_word_zeros(v ^ ZG_ASCII_ALL(' ')) & zg_ascii_word_zeros(before ^ ZG_ASCII_ALL(' '));

	return zg_ascii_word_first(spaces | zg_ascii_word_controls(v));
}

/* Copies the octets of s from *i on that stand as they are, behind an octet that did; the place behind what was written,
 * of which there may be seven octets more. */
static inline char *plain_write(char *to, struct zg_slice s, size_t *i)
{
	size_t n = 8;

	for (; n == 8 && s.n - *i >= 8; *i += n) {
		n = plain_octets(s.p + *i);
		memcpy(to, s.p + *i, 8);
		to += n;
	}
	n = s.n - *i;
	if (n && n < 8 && *i > 8 && plain_octets(s.p + s.n - 8) == 8) {
		for (size_t k = 0; k < n; k++)
			to[k] = s.p[*i + k];
		to += n;
		*i = s.n;
	}
	return to;
}

/* Writes the words of s with one space between them (RFC 6376 3.4.2).  What is copied may end in a space: it is taken
 * back, and is a gap, where it is not known that a word follows. */
static char *words_write(char *to, struct zg_slice s, struct words *w)
{
	bool gap = w->gap, any = w->any;

	for (size_t i = 0; i < s.n; i++) {
		if (i && any && !gap) {
			to = plain_write(to, s, &i);
			if (s.p[i - 1] == ' ') {
				gap = true;
				to--;
			}
			if (i == s.n)
				break;
		}
		if (zg_ascii_is_space(s.p[i])) {
			gap = true;
			continue;
		}
		if (gap && any)
			*to++ = ' ';
		*to++ = s.p[i];
		gap = false;
		any = true;
	}
	*w = (struct words){ gap, any };
	return to;
}

static void words_put(struct zg_canon_out *o, struct zg_slice s, struct words *w)
{
	while (s.n) {
		char *to = room_get(o, PIECE + 8);

		o->n += (size_t)(words_write(to, zg_slice_sub(s, 0, PIECE), w) - to);
		s = zg_slice_sub(s, PIECE, s.n);
	}
}

void zg_canon_field_bare(enum zg_canon canon, const struct zg_field *f, struct zg_slice hole, struct zg_canon_out *o)
{
	struct zg_slice whole = canon == ZG_CANON_RELAXED ? f->value : f->raw, before, after;
	struct words w = { false, false };
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
	words_put(o, before, &w);
	words_put(o, after, &w);
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

/* n octets more of the canonical body: how many of them are hashed. */
static size_t limited(struct zg_canon_body *c, size_t n)
{
	uint64_t room = c->length < c->limit ? c->limit - c->length : 0;

	c->length += n;
	return n < room ? n : (size_t)room;
}

static void put(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s)
{
	zg_canon_out_put(o, (struct zg_slice){ s.p, limited(c, s.n) });
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

/* Octets of TEXT, in canonical form: a CR at their end where more may come (is_open), and CRLFs before it, are held
 * back; how many are left. */
static inline size_t hold_back(struct zg_canon_body *c, const char *p, size_t n, bool is_open)
{
	if (is_open && n && p[n - 1] == '\r') {
		c->has_cr = true;
		n--;
	}
	for (; n >= 2 && p[n - 1] == '\n' && p[n - 2] == '\r'; n -= 2)
		c->empty_lines++;
	return n;
}

/* May the blank a change, b being behind it?  A tab may, and a space before a blank or a control character. */
static inline unsigned char may_change(char a, char b)
{
	return (unsigned char)((a == '\t') | ((a == ' ') & ((unsigned char)b <= ' ')));
}

/* What stands among octets: a blank, one that may change. */
enum { BLANK = 1, CHANGE = 2 };

static inline unsigned char block_seen(const char *p)
{
	unsigned char blank = 0, change = 0;

	for (size_t k = 0; k < BLOCK; k++) {
		blank |= (unsigned char)((p[k] == ' ') | (p[k] == '\t'));
		change |= may_change(p[k], p[k + 1]);
	}
	return (unsigned char)(blank * BLANK | change * CHANGE);
}

/* The place behind octets without a blank, looked at in steps of WIDE, from i on. */
static size_t without_blank(struct zg_slice s, size_t i)
{
	for (; s.n - i >= 2 * WIDE; i += WIDE) {
		const char *p = s.p + i;
		unsigned char blank = 0;

		for (size_t k = 0; k < WIDE; k++)
			blank |= (unsigned char)((p[k] == ' ') | (p[k] == '\t'));
		if (blank)
			break;
	}
	return i;
}

/* Goes over whole blocks in which no blank changes; leaves the octets that blocks look at behind them, or more. */
static size_t plain_blocks(struct zg_slice s, size_t i)
{
	while (s.n - i >= 2 * BLOCK) {
		unsigned char seen = block_seen(s.p + i);

		if (seen & CHANGE)
			break;
		i += BLOCK;
		if (!seen)		/* base64, most likely: there is more of it */
			i = without_blank(s, i);
	}
	return i;
}

/* Which blanks of the block at p go, since a blank or a CR is behind them; false where a CR behind a blank is no
 * CRLF's, so that it may not.  All of it is done for each block: a branch that is guessed wrong costs more. */
static inline bool block_look(const char *p, unsigned char *ret_is_gone)
{
	unsigned char is_odd = 0;

	for (size_t k = 0; k < BLOCK; k++) {
		unsigned char is_blank = (p[k] == ' ') | (p[k] == '\t');
		unsigned char is_last = p[k + 1] == '\r', is_before = (p[k + 1] == ' ') | (p[k + 1] == '\t');
		unsigned char is_bare = p[k + 2] != '\n';

		ret_is_gone[k] = is_blank & (is_before | is_last);
		is_odd |= is_blank & is_last & is_bare;
	}
	return !is_odd;
}

/* BLOCK octets of 0 or 1 as one number, the first in the lowest bit. */
static inline uint64_t bits_of(const unsigned char *p)
{
	const uint16_t one = 1;
	unsigned char is_little_endian;
	uint64_t bits = 0, gather, v;

	memcpy(&is_little_endian, &one, 1);
	gather = is_little_endian ? 0x0102040810204080u : 0x8040201008040201u;	/* brings eight octets into the highest */
	for (unsigned i = 0; i < BLOCK; i += sizeof(v)) {
		memcpy(&v, p + i, sizeof(v));
		bits |= (v * gather >> 56) << i;
	}
	return bits;
}

static inline void copy(char *restrict to, const char *restrict from)
{
	for (size_t k = 0; k < BLOCK; k++)
		to[k] = from[k];
}

/* Writes the canonical form of the block at p, of which the octets in `gone` go; 2 * BLOCK octets can be read there,
 * and written at `to`.  How many it has.  Runs are copied as BLOCK octets each, of which the first count. */
static inline size_t block_copy(const char *p, uint64_t gone, char *to)
{
	size_t from = 0, n = 0;

	if (gone == UINT64_MAX)
		return 0;
	while (gone) {
		size_t at = (size_t)__builtin_ctzll(gone);

		copy(to + n, p + from);
		n += at - from;
		from = at + (size_t)__builtin_ctzll(~(gone >> at));
		gone = from < BLOCK ? gone & UINT64_MAX << from : 0;
	}
	copy(to + n, p + from);
	return n + BLOCK - from;
}

/* Gives the block at p on to the hash; false where its octets must be looked at one by one.  *ret_is_plain: nothing
 * went. */
static bool block_put(struct zg_canon_body *c, struct zg_canon_out *o, const char *p, bool *ret_is_plain)
{
	ZG_UNINIT unsigned char is_gone[BLOCK];
	uint64_t gone;
	size_t n;
	char *to;

	if (!block_look(p, is_gone))
		return false;
	gone = bits_of(is_gone);
	to = room_get(o, 2 * BLOCK);
	n = hold_back(c, to, block_copy(p, gone, to), true);
	for (size_t k = 0; k < BLOCK; k++)	/* what stands behind n does not matter */
		to[k] = to[k] == '\t' ? ' ' : to[k];
	o->n += limited(c, n);
	*ret_is_plain = !gone;
	return true;
}

static bool is_held(const struct zg_canon_body *c)
{
	return c->empty_lines || c->has_wsp || c->has_cr;
}

/* TEXT, relaxed: gives whole blocks from octet i on to the hash.  The place behind. */
static size_t blocks(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s, size_t i)
{
	bool is_plain = true;	/* the block before was: this one may be too */

	while (s.n - i >= 2 * BLOCK && !is_held(c)) {
		size_t end = is_plain ? plain_blocks(s, i) : i;

		if (end > i)
			put(c, o, (struct zg_slice){ s.p + i, hold_back(c, s.p + i, end - i, true) });
		else if (block_put(c, o, s.p + i, &is_plain))
			end = i + BLOCK;
		else
			break;
		i = end;
	}
	return i;
}

/* TEXT: gives the octets from i on to the hash, one that may change excepted.  The place behind. */
static size_t text(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s, size_t i)
{
	size_t end = s.n;

	if (c->canon == ZG_CANON_RELAXED) {
		end = i;
		while (end < s.n && !may_change(s.p[end], end + 1 < s.n ? s.p[end + 1] : ' '))
			end++;
	}
	put(c, o, (struct zg_slice){ s.p + i, hold_back(c, s.p + i, end - i, end == s.n) });
	if (end == s.n)
		return end;
	c->has_wsp = true;
	return end + 1;
}

static void window_update(struct zg_canon_body *c, struct zg_canon_out *o, struct zg_slice s)
{
	size_t i = 0;

	while (i < s.n) {
		if (is_held(c))
			i = held(c, o, s, i);
		if (c->canon == ZG_CANON_RELAXED)
			i = blocks(c, o, s, i);
		if (i < s.n && !is_held(c))
			i = text(c, o, s, i);
	}
}

void zg_canon_body_update(struct zg_canon_body *c, struct zg_slice piece)
{
	ZG_UNINIT struct zg_canon_out o;

	zg_canon_out_init(&o, NULL, c->hash);
	for (size_t at = 0; at < piece.n; at += WINDOW)
		window_update(c, &o, zg_slice_sub(piece, at, WINDOW));
	zg_canon_out_flush(&o);
}

void zg_canon_body_end(struct zg_canon_body *c)
{
	ZG_UNINIT struct zg_canon_out o;

	zg_canon_out_init(&o, NULL, c->hash);
	if (c->has_cr)		/* a CR alone is text; the blank before it counts */
		held_put(c, &o);
	c->has_wsp = false;
	/* RFC 6376 3.4.3: an empty body is CRLF; 3.4.4: relaxed, it is empty. */
	c->empty_lines = c->canon == ZG_CANON_SIMPLE || c->length ? 1 : 0;
	lines_put(c, &o);
	zg_canon_out_flush(&o);
}
