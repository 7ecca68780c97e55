/* keytext_b64.c - base64 in a washed text: how far it goes, and how many characters of it are told.
 *
 * A row is what stands between two blanks.  Keys are folded into rows of one length, and the last is shorter: so where a
 * key was cut, words behind it are no part of it. */
#include "base/ascii.h"
#include "base/b64.h"
#include "crypt/keytext.h"

#define ROW_MIN 16u	/* letters of a row that no word has */
#define WORD_MIN 3u	/* letters of a word that is told from the last row of a key */
#define ROW_MAX 80u	/* letters of a row that is folded; over that all stands on one */
#define SIGNS_MAX 2u	/* - or _ behind each other in base64 of URLs; three are a ruled line */

bool zg_keytext_is_b64(char c)
{
	return zg_ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

struct zg_keyrun zg_keytext_run(struct zg_slice text, size_t max)
{
	struct zg_keyrun r = { 0, 0 };

	for (size_t i = 0; i < text.n && r.letters < max; i++) {
		if (zg_keytext_is_b64(text.p[i])) {
			r.letters++;
			r.end = i + 1;
		} else if (!zg_ascii_is_space(text.p[i])) {
			break;
		}
	}
	return r;
}

static size_t row_of(struct zg_slice text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && zg_keytext_is_b64(text.p[at + n]))
		n++;
	return n;
}

static size_t blanks_of(struct zg_slice text, size_t at, size_t *ret_lines)
{
	size_t n = 0;

	*ret_lines = 0;
	for (; at + n < text.n && zg_ascii_is_space(text.p[at + n]); n++)
		*ret_lines += text.p[at + n] == '\n';
	return n;
}

/* A short row of small letters, but for the first, with something behind it. */
static bool is_word(struct zg_slice text, size_t at, size_t row)
{
	bool is_small = row >= WORD_MIN && row < ROW_MIN;
	size_t lines;

	for (size_t i = 1; i < row && is_small; i++)
		is_small = text.p[at + i] >= 'a' && text.p[at + i] <= 'z';
	return is_small && at + row + blanks_of(text, at + row, &lines) < text.n;
}

size_t zg_keytext_stop(struct zg_slice text)
{
	size_t lines, at = blanks_of(text, 0, &lines), first = row_of(text, at), gap, row;

	at += first;
	for (row = first; row && text.p[at - 1] != '='; at += gap + row) {
		size_t had = row;

		gap = blanks_of(text, at, &lines);
		row = gap ? row_of(text, at + gap) : 0;
		if (!row || (first >= ROW_MIN && had < first))
			break;
		if (row < first && (lines > 1 || (first > ROW_MAX && row < ROW_MIN) || is_word(text, at + gap, row)))
			break;
	}
	return at;
}

size_t zg_keytext_count(struct zg_slice text)
{
	size_t count = 0;
	bool was_blank = false;

	for (size_t i = 0; i < text.n; i++) {
		bool is_blank = zg_ascii_is_space(text.p[i]);

		count += !is_blank || !was_blank;
		was_blank = is_blank;
	}
	return count;
}

bool zg_keytext_is_broken(struct zg_slice text, size_t at)
{
	size_t lines, row;

	at += blanks_of(text, at, &lines);
	if (at >= text.n || zg_keytext_is_b64(text.p[at]) || text.p[at] == '-')
		return false;
	at++;
	row = row_of(text, at);
	if (row < ROW_MIN)	/* the end of a row that was broken */
		row = row_of(text, at + row + blanks_of(text, at + row, &lines));
	return row >= ROW_MIN;
}

bool zg_keytext_is_same(struct zg_slice a, struct zg_slice b)
{
	size_t i = 0, j = 0, lines;

	for (;;) {
		i += blanks_of(a, i, &lines);
		j += blanks_of(b, j, &lines);
		if (i >= a.n || j >= b.n)
			return i >= a.n && j >= b.n;
		if (a.p[i++] != b.p[j++])
			return false;
	}
}

static bool is_url_sign(char c)
{
	return c == '-' || c == '_';
}

void zg_keytext_plain(unsigned char *text, size_t n)
{
	struct zg_slice s = zg_slice_of(text, n);
	bool was_row = false;	/* the row in front is base64 */

	for (size_t at = 0, end; at < n; at = end) {
		size_t signs = 0, most = 0;

		for (end = at; end < n && (zg_keytext_is_b64(s.p[end]) || is_url_sign(s.p[end])); end++) {
			signs = is_url_sign(s.p[end]) ? signs + 1 : 0;
			most = most > signs ? most : signs;
		}
		if (end > at) {
			was_row = most <= SIGNS_MAX && (end - at >= ROW_MIN || was_row);
			for (size_t i = at; i < end && was_row; i++)
				text[i] = (unsigned char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
		} else {
			was_row = was_row && zg_ascii_is_space(s.p[end]);
			end++;
		}
	}
}
