/* mime_words.c - words and names in fields: RFC 2047, RFC 2231. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/mime.h"
#include "mail/mime_octets.h"
#include <zegel/buf.h>

#define WORD_MOST 1000u		/* octets of an encoded word: RFC 2047 2 allows 75, some write more */

/* Windows-1252 from 0x80 on; 0: not in use.  ISO-8859-1 has controls there, which nobody means (WHATWG Encoding 4.2). */
static const unsigned short west[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

/* At most three octets: these charsets have nothing above U+FFFF. */
static void put_char(struct zg_buf *b, unsigned c)
{
	if (c < 0x80) {
		zg_buf_putc(b, (char)c);
	} else if (c < 0x800) {
		zg_buf_putc(b, (char)(0xc0 | c >> 6));
		zg_buf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		zg_buf_putc(b, (char)(0xe0 | c >> 12));
		zg_buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		zg_buf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static unsigned west_char(unsigned char c)
{
	if (c < 0x80 || c >= 0xa0)
		return c;
	return west[c - 0x80] ? west[c - 0x80] : 0xfffd;
}

/* Room for n octets three times over, as a writer. */
static struct zg_buf room_of(size_t n, struct zg_arena *a)
{
	char *p = n < SIZE_MAX / 4 ? zg_arena_bytes(a, 3 * n + 1) : NULL;

	return zg_buf_of(p, p ? 3 * n + 1 : 0);
}

/* What was written, the rest of its room given back. */
static struct zg_slice room_end(struct zg_buf *b, struct zg_arena *a)
{
	if (b->p)
		zg_arena_shrink(a, b->cap - b->n);
	return zg_buf_slice(b);
}

static struct zg_slice utf8_mend(struct zg_slice in, struct zg_arena *a)
{
	struct zg_buf b;

	if (zg_utf8_is_valid(in))
		return in;
	b = room_of(in.n, a);
	for (size_t i = 0; b.p && i < in.n;) {
		size_t n = zg_utf8_first(zg_slice_sub(in, i, in.n));

		if (n)
			zg_buf_put(&b, zg_slice_sub(in, i, n));
		else
			put_char(&b, 0xfffd);
		i += n ? n : 1;
	}
	return room_end(&b, a);
}

static struct zg_slice west_read(struct zg_slice in, struct zg_arena *a)
{
	struct zg_buf b = room_of(in.n, a);

	for (size_t i = 0; b.p && i < in.n; i++)
		put_char(&b, west_char((unsigned char)in.p[i]));
	return room_end(&b, a);
}

struct zg_slice zg_mime_utf8(struct zg_slice charset, struct zg_slice in, const struct zg_charsets *charsets, struct zg_arena *a)
{
	struct zg_slice out;

	if (!charset.n || zg_slice_eq_ci(charset, ZG_S("utf-8")) || zg_slice_eq_ci(charset, ZG_S("us-ascii")) ||
	    zg_slice_eq_ci(charset, ZG_S("utf8")))
		return utf8_mend(in, a);
	if (zg_slice_eq_ci(charset, ZG_S("iso-8859-1")) || zg_slice_eq_ci(charset, ZG_S("windows-1252")) ||
	    zg_slice_eq_ci(charset, ZG_S("latin1")))
		return west_read(in, a);
	if (charsets && charsets->convert(charsets->ctx, charset, in, a, &out) == 0)
		return utf8_mend(out, a);
	return utf8_mend(in, a);
}

/* --- encoded words ------------------------------------------------------------------------------------------- */

struct word { struct zg_slice charset, text; char encoding; };

/* RFC 2047 2: "=?charset?B?text?=" at the start of s; its length, or 0. */
static size_t word_read(struct zg_slice s, struct word *ret)
{
	struct zg_slice rest = zg_slice_sub(s, 2, WORD_MOST);
	size_t charset, text, end;

	if (!zg_slice_starts(s, ZG_S("=?")))
		return 0;
	charset = zg_slice_find(rest, '?');
	if (!charset || charset + 3 > rest.n || rest.p[charset + 2] != '?')
		return 0;
	ret->encoding = zg_ascii_lower(rest.p[charset + 1]);
	text = charset + 3;
	end = zg_slice_find_slice(zg_slice_sub(rest, text, rest.n), ZG_S("?="));
	if ((ret->encoding != 'b' && ret->encoding != 'q') || text + end >= rest.n)
		return 0;
	ret->text = zg_slice_sub(rest, text, end);
	for (size_t i = 0; i < charset; i++)
		if (zg_ascii_is_space(rest.p[i]))
			return 0;
	ret->charset = zg_slice_sub(rest, 0, charset);
	ret->charset.n = zg_slice_find(ret->charset, '*');	/* RFC 2231 5: a language may follow */
	return 2 + text + end + 2;
}

static void word_put(const struct word *w, const struct zg_charsets *charsets, struct zg_arena *a, struct zg_buf *b)
{
	struct zg_slice octets = w->encoding == 'b' ? zg_mime_base64(w->text, a) : zg_mime_quoted(w->text, true, a);

	zg_buf_put(b, zg_mime_utf8(w->charset, octets, charsets, a));
}

/* Blanks and folds that stand at the start of s. */
static size_t blanks_of(struct zg_slice s)
{
	size_t n = 0;

	while (n < s.n && zg_ascii_is_space(s.p[n]))
		n++;
	return n;
}

/* RFC 2047 6.2: blanks between two encoded words are not shown.  A decoded word is at most thrice as long as it was written. */
static void words_put(struct zg_slice s, const struct zg_charsets *charsets, struct zg_arena *a, struct zg_buf *b)
{
	bool was_word = false;

	while (s.n) {
		size_t blanks = blanks_of(s), n;
		struct zg_slice rest = zg_slice_sub(s, blanks, s.n);
		struct word w;

		n = word_read(rest, &w);
		if (blanks && !(was_word && n))
			for (size_t i = 0; i < blanks; i++)
				if (s.p[i] != '\r' && s.p[i] != '\n')
					zg_buf_putc(b, ' ');
		was_word = n > 0;
		if (n) {
			word_put(&w, charsets, a, b);
		} else {
			for (n = rest.n > 0; n < rest.n && !zg_ascii_is_space(rest.p[n]) && rest.p[n] != '='; n++)
				;
			zg_buf_put(b, zg_slice_sub(rest, 0, n));
		}
		s = zg_slice_sub(rest, n, rest.n);
	}
}

struct zg_slice zg_mime_words(struct zg_slice value, const struct zg_charsets *charsets, struct zg_arena *a)
{
	struct zg_slice s = zg_slice_trim(value);
	struct zg_buf b = room_of(s.n, a);

	if (!b.p)
		return ZG_S("");
	words_put(s, charsets, a, &b);
	if (b.is_full)		/* a charset that grows by more: what fitted is not whole, so as it was written */
		return utf8_mend(s, a);
	return utf8_mend(zg_buf_slice(&b), a);
}

/* --- parameters ---------------------------------------------------------------------------------------------- */

struct param { struct zg_slice name, value; bool is_quoted; };

/* Takes the next "; name=value" off s. */
static bool param_take(struct zg_slice *s, struct param *ret)
{
	size_t i = 0, from;

	while (i < s->n && (s->p[i] == ';' || zg_ascii_is_space(s->p[i])))
		i++;
	if (i == s->n)
		return false;
	from = i;
	while (i < s->n && s->p[i] != '=' && s->p[i] != ';')
		i++;
	ret->name = zg_slice_trim(zg_slice_sub(*s, from, i - from));
	i += i < s->n && s->p[i] == '=';
	while (i < s->n && zg_ascii_is_space(s->p[i]))
		i++;
	ret->is_quoted = i < s->n && s->p[i] == '"';
	i += ret->is_quoted;
	from = i;
	while (i < s->n && s->p[i] != (ret->is_quoted ? '"' : ';'))
		i += ret->is_quoted && s->p[i] == '\\' && i + 1 < s->n ? 2 : 1;
	ret->value = zg_slice_sub(*s, from, i - from);
	if (!ret->is_quoted)
		ret->value = zg_slice_trim(ret->value);
	i += ret->is_quoted && i < s->n;
	*s = zg_slice_sub(*s, i, s->n);
	return true;
}

/* Backslashes and folds of a quoted string away. */
static struct zg_slice unquote(struct zg_slice s, struct zg_arena *a)
{
	struct zg_buf b;

	if (zg_slice_find(s, '\\') == s.n && zg_slice_find(s, '\r') == s.n && zg_slice_find(s, '\n') == s.n)
		return s;
	b = room_of(s.n, a);
	for (size_t i = 0; b.p && i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		else if (s.p[i] == '\r' || s.p[i] == '\n')
			continue;
		zg_buf_putc(&b, s.p[i]);
	}
	return room_end(&b, a);
}

/* RFC 2231 3, 4: "name*0*": which piece it is, and whether it is percent-encoded.  -1: another name. */
static int piece_of(struct zg_slice is, struct zg_slice name, bool *ret_encoded)
{
	struct zg_slice rest = zg_slice_sub(is, name.n, is.n);
	int n = 0;

	*ret_encoded = rest.n && rest.p[rest.n - 1] == '*';
	if (!zg_slice_starts_ci(is, name))
		return -1;
	rest.n -= *ret_encoded;
	if (!rest.n)
		return 0;
	if (rest.p[0] != '*' || rest.n < 2 || rest.n > 3)
		return -1;
	for (size_t i = 1; i < rest.n; i++) {
		if (!zg_ascii_is_digit(rest.p[i]))
			return -1;
		n = 10 * n + (rest.p[i] - '0');
	}
	return n < (int)ZG_MIME_PIECES ? n : -1;
}

struct pieces { struct zg_slice v[ZG_MIME_PIECES]; bool is_encoded[ZG_MIME_PIECES]; };

static bool pieces_take(struct zg_slice value, struct zg_slice name, struct pieces *ret, struct zg_arena *a)
{
	struct zg_slice rest = zg_slice_sub(value, zg_slice_find(value, ';'), value.n);
	struct param p;
	bool is_there = false, is_encoded;

	while (param_take(&rest, &p)) {
		int n = piece_of(p.name, name, &is_encoded);

		if (n < 0 || (ret->v[n].p && ret->is_encoded[n]))	/* RFC 6266 4.3: the one with a charset wins */
			continue;
		ret->v[n] = p.is_quoted ? unquote(p.value, a) : p.value;
		ret->is_encoded[n] = is_encoded;
		is_there = true;
	}
	return is_there && ret->v[0].p;
}

static struct zg_slice pieces_join(const struct pieces *p, struct zg_slice *ret_charset, struct zg_arena *a)
{
	size_t n = 0;
	struct zg_buf b;

	for (size_t i = 0; i < ZG_MIME_PIECES && p->v[i].p; i++)
		n += p->v[i].n;
	b = room_of(n, a);
	for (size_t i = 0; b.p && i < ZG_MIME_PIECES && p->v[i].p; i++) {
		struct zg_slice v = p->v[i];
		size_t charset = zg_slice_find(v, '\''), language;

		if (i == 0 && p->is_encoded[0] && charset < v.n) {	/* charset'language'text */
			*ret_charset = zg_slice_sub(v, 0, charset);
			v = zg_slice_sub(v, charset + 1, v.n);
			language = zg_slice_find(v, '\'');
			v = zg_slice_sub(v, language < v.n ? language + 1 : 0, v.n);
		}
		zg_buf_put(&b, p->is_encoded[i] ? zg_mime_percent(v, a) : v);
	}
	return zg_buf_slice(&b);
}

struct zg_slice zg_mime_param(struct zg_slice value, struct zg_slice name, const struct zg_charsets *charsets, struct zg_arena *a)
{
	struct pieces p = { .is_encoded = { false } };
	struct zg_slice charset = ZG_S(""), joined;

	if (!pieces_take(value, name, &p, a))
		return ZG_S("");
	joined = pieces_join(&p, &charset, a);
	if (p.is_encoded[0])
		return zg_mime_utf8(charset, joined, charsets, a);
	return zg_mime_words(joined, charsets, a);
}
