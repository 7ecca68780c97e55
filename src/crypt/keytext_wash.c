/* keytext_wash.c - a pasted text as plain ASCII.
 *
 *   octets --characters--> ASCII, one octet a character --signs--> without escapes, quotes, CR
 *
 * Laws: (1) what comes out is never longer than what went in, so the second step works in place.  (2) Nothing is looked
 * at twice but the blanks behind a sign that joins two literals, so time is linear.  (3) A letter, digit, +, / or = of
 * the text is never lost, but for what an escape or a joint (a plus between literals of source code) is made of. */
#include <stdint.h>
#include "base/ascii.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "crypt/keytext.h"

#define GONE '\0'	/* the character is left out */
#define DASH '\1'	/* longer than a hyphen */
#define OTHER '?'	/* a character that no key has */
#define QUOTE '"'

/* Characters above U+007F that mean one below; Unicode 15, chapter 6. */
static const struct { uint32_t from, to; char is; } foreign[] = {
	{ 0x0085, 0x0085, '\n' }, { 0x00a0, 0x00a0, ' ' }, { 0x00ab, 0x00ab, QUOTE }, { 0x00ad, 0x00ad, GONE },
	{ 0x00b4, 0x00b4, QUOTE }, { 0x00bb, 0x00bb, QUOTE }, { 0x034f, 0x034f, GONE }, { 0x061c, 0x061c, GONE },
	{ 0x1680, 0x1680, ' ' }, { 0x180e, 0x180e, GONE }, { 0x2000, 0x200a, ' ' }, { 0x200b, 0x200f, GONE },
	{ 0x2010, 0x2011, '-' }, { 0x2012, 0x2015, DASH }, { 0x2018, 0x201f, QUOTE }, { 0x2028, 0x2029, '\n' }, { 0x202a, 0x202e, GONE },
	{ 0x202f, 0x202f, ' ' }, { 0x2032, 0x2036, QUOTE }, { 0x2039, 0x203a, QUOTE }, { 0x2043, 0x2043, '-' },
	{ 0x205f, 0x205f, ' ' }, { 0x2060, 0x206f, GONE }, { 0x2212, 0x2212, '-' }, { 0x2500, 0x2501, DASH },
	{ 0x2e3a, 0x2e3b, DASH }, { 0x3000, 0x3000, ' ' }, { 0x300c, 0x300f, QUOTE }, { 0xfe00, 0xfe0f, GONE },
	{ 0xfe58, 0xfe58, DASH }, { 0xfe63, 0xfe63, '-' }, { 0xfeff, 0xfeff, GONE }, { 0xff0d, 0xff0d, '-' },
};

static char ascii_of(uint32_t character)
{
	if (character < 0x80)
		return character > DASH ? (char)character : ' ';
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]) && foreign[i].from <= character; i++)
		if (character <= foreign[i].to)
			return foreign[i].is;
	return OTHER;
}

/* An octet that is no UTF-8, as windows-1252 has it. */
static char ascii_of_octet(unsigned char c)
{
	if (c >= 0x91 && c <= 0x94)
		return QUOTE;
	return c == 0x96 || c == 0x97 ? '-' : c == 0xa0 ? ' ' : OTHER;
}

/* The character of n octets at p, which are UTF-8. */
static uint32_t utf8_read(const char *p, size_t n)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t v = (unsigned char)p[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		v = v << 6 | ((unsigned char)p[i] & 0x3f);
	return v;
}

/* Two hyphens for a dash: word processors make one of two. */
static void put(struct zg_buf *b, char c)
{
	if (c == DASH)
		zg_buf_put(b, ZG_S("--"));
	else if (c != GONE)
		zg_buf_putc(b, c);
}

static void utf8_wash(struct zg_slice s, struct zg_buf *b)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		n = zg_utf8_first(zg_slice_sub(s, i, s.n));
		if (n)
			put(b, ascii_of(utf8_read(s.p + i, n)));
		else
			put(b, ascii_of_octet((unsigned char)s.p[i]));
		n = n ? n : 1;
	}
}

/* Notepad's "Unicode", and what a PowerShell of old writes to a file. */
static void utf16_wash(struct zg_slice s, size_t high, struct zg_buf *b)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		uint32_t v = (uint32_t)(unsigned char)s.p[i + high] << 8 | (unsigned char)s.p[i + 1 - high];

		put(b, ascii_of(v));
	}
}

/* Where the high octet of the first character stands, were it UTF-16: 0 or 1; 2 where it is not. */
static size_t utf16_high(struct zg_slice s)
{
	if (s.n < 4)
		return 2;
	if (zg_slice_starts(s, ZG_S("\xff\xfe")) || (s.p[0] && !s.p[1] && s.p[2] && !s.p[3]))
		return 1;
	return zg_slice_starts(s, ZG_S("\xfe\xff")) || (!s.p[0] && s.p[1] && !s.p[2] && s.p[3]) ? 0 : 2;
}

static bool is_quote(char c)
{
	return c == QUOTE || c == '\'' || c == '`';
}

/* One sign at the start of s, which is no backslash: what it means, and what was the last that is no blank. */
static char sign_read(struct zg_slice s, char last)
{
	size_t next = 1;

	if (is_quote(s.p[0]) || s.p[0] == '>')
		return ' ';
	if (s.p[0] == '\r')
		return s.n > 1 && s.p[1] == '\n' ? GONE : '\n';
	if (zg_ascii_is_cntrl(s.p[0]) && s.p[0] != '\n')
		return ' ';
	if (last != QUOTE || zg_slice_find(ZG_S("+,.;&"), s.p[0]) == 5)
		return s.p[0];
	while (next < s.n && zg_ascii_is_wsp(s.p[next]))
		next++;
	return next == s.n || is_quote(s.p[next]) || s.p[next] == '\n' || s.p[next] == '\r' ? ' ' : s.p[0];
}

/* What stands behind backslashes: an escape of JSON (RFC 8259 7) and of source code, or the sign itself.  Answers the
 * octets of s that it takes; 0 where the sign is to be read by itself. */
static size_t escape_read(struct zg_slice s, char *ret)
{
	unsigned char unit[2];
	struct zg_buf b = zg_buf_of(unit, sizeof(unit));

	*ret = GONE;
	if (!s.n)
		return 0;
	switch (s.p[0]) {
	case 'n':
		*ret = '\n';
		return 1;
	case 'r': case 't': case 'f':
		*ret = ' ';
		return 1;
	case 'u':
		if (s.n < 5 || zg_hex_decode(zg_slice_sub(s, 1, 4), &b) < 0)
			return 0;
		*ret = ascii_of((uint32_t)unit[0] << 8 | unit[1]);
		*ret = *ret == DASH ? '-' : *ret;
		return 5;
	default:
		return 0;
	}
}

static struct zg_slice signs_wash(struct zg_slice s, unsigned char *mem)
{
	size_t n = 0;
	char last = '\n', c;

	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '\\') {
			while (i < s.n && s.p[i] == '\\')
				i++;
			i += escape_read(zg_slice_sub(s, i, s.n), &c);
			c = is_quote(c) ? ' ' : c;
		} else {
			c = sign_read(zg_slice_sub(s, i, s.n), last);
			last = is_quote(s.p[i]) ? QUOTE : zg_ascii_is_space(s.p[i]) ? last : s.p[i];
			i++;
		}
		if (c != GONE)
			mem[n++] = (unsigned char)c;
	}
	return zg_slice_of(mem, n);
}

struct zg_slice zg_keytext_wash(struct zg_slice text, unsigned char *mem)
{
	struct zg_buf b = zg_buf_of(mem, text.n);
	size_t high = utf16_high(text);

	if (high < 2)
		utf16_wash(text, high, &b);
	else
		utf8_wash(text, &b);
	return signs_wash(zg_buf_slice(&b), mem);
}
