/* html.c - the writer of HTML that the templates use. */
#include "edge/html.h"
#include <string.h>
#include <time.h>
#include "base/ascii.h"
#include "base/utf8.h"

#define ROOM_FIRST 8192u

struct html html_of(struct zg_arena *a, enum lang lang)
{
	return (struct html){ .a = a, .lang = lang };
}

struct zg_slice html_slice(const struct html *h)
{
	return h->is_full ? (struct zg_slice){ NULL, 0 } : zg_slice_of(h->p, h->n);
}

static bool grow(struct html *h, size_t n)
{
	size_t room = h->room ? h->room : ROOM_FIRST;
	char *p;

	while (room - h->n < n && room < SIZE_MAX / 2)
		room *= 2;
	p = room - h->n < n ? NULL : zg_arena_bytes(h->a, room);
	h->is_full = !p;
	if (!p)
		return false;
	if (h->n)
		memcpy(p, h->p, h->n);
	h->p = p;
	h->room = room;
	return true;
}

void html_put(struct html *h, const char *p, size_t n)
{
	if (h->is_full || !n || (h->room - h->n < n && !grow(h, n)))
		return;
	memcpy(h->p + h->n, p, n);
	h->n += n;
}

void html_raw(struct html *h, struct zg_slice s)
{
	html_put(h, s.p, s.n);
}

/* --- text ---------------------------------------------------------------------------------------------------- */

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: they turn the direction of what stands around them. */
static unsigned turns(struct zg_slice s, size_t n)
{
	unsigned code;

	if (n != 3 || (unsigned char)s.p[0] != 0xe2)
		return 0;
	code = 0x2000u | ((unsigned char)s.p[1] & 0x3fu) << 6 | ((unsigned char)s.p[2] & 0x3fu);
	if (code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
		return code;
	return 0;
}

static struct zg_slice escape_of(char c)
{
	switch (c) {
	case '&':
		return ZG_S("&amp;");
	case '<':
		return ZG_S("&lt;");
	case '>':
		return ZG_S("&gt;");
	case '"':
		return ZG_S("&quot;");
	case '\'':
		return ZG_S("&#39;");
	default:
		return zg_ascii_is_cntrl(c) && c != '\t' && c != '\n' && c != '\r' ? ZG_S("\xef\xbf\xbd") : ZG_S("");
	}
}

static void put_turn(struct html *h, unsigned code)
{
	static const char hex[] = "0123456789ABCDEF";
	const char text[] = { '[', 'U', '+', '2', '0', hex[code >> 4 & 15], hex[code & 15], ']' };

	html_put(h, text, sizeof(text));
}

void html_text(struct html *h, struct zg_slice s)
{
	size_t from = 0, i = 0;

	while (i < s.n) {
		struct zg_slice rest = zg_slice_sub(s, i, s.n), escape;
		size_t n = zg_utf8_first(rest);
		unsigned turn = n ? turns(rest, n) : 0;

		escape = n == 1 ? escape_of(s.p[i]) : n ? ZG_S("") : ZG_S("\xef\xbf\xbd");
		n = n ? n : 1;
		if (escape.n || turn) {
			html_put(h, s.p + from, i - from);
			html_raw(h, escape);
			from = i + n;
		}
		if (turn)
			put_turn(h, turn);
		i += n;
	}
	if (s.n)
		html_put(h, s.p + from, s.n - from);
}

/* --- numbers and times --------------------------------------------------------------------------------------- */

void html_num(struct html *h, int64_t n)
{
	static const struct zg_slice between[] = {
		[LANG_EN] = ZG_SI(","), [LANG_NL] = ZG_SI("\xe2\x80\xaf"), [LANG_FR] = ZG_SI("\xe2\x80\xaf"), [LANG_DE] = ZG_SI("."),
	};
	char digits[24];
	struct zg_buf b = zg_buf_of(digits, sizeof(digits));

	zg_buf_put_int(&b, n);
	for (size_t i = 0; i < b.n; i++) {
		if (i > (n < 0) && (b.n - i) % 3 == 0)
			html_raw(h, between[h->lang]);
		html_put(h, &digits[i], 1);
	}
}

bool html_is_one(const struct html *h, int64_t n)
{
	return n == 1 || (n == 0 && h->lang == LANG_FR);
}

static void put_digits(struct html *h, int n, unsigned width)
{
	char text[24];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_buf_put_pad(&b, n < 0 ? 0 : (uint64_t)n, width);
	html_put(h, text, b.n);
}

static struct tm local(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm = { .tm_mday = 1 };

	(void)localtime_r(&t, &tm);	/* fails for years that no clock has: the first day of 1900 then */
	return tm;
}

/* The n-th word of a list with blanks between. */
static struct zg_slice word_of(struct zg_slice list, int n)
{
	while (n-- > 0)
		list = zg_slice_sub(list, zg_slice_find(list, ' ') + 1, list.n);
	return zg_slice_sub(list, 0, zg_slice_find(list, ' '));
}

static void put_day(struct html *h, const struct tm *tm)
{
	put_digits(h, tm->tm_mday, 1);
	if (h->lang == LANG_DE)
		html_put(h, ".", 1);
	html_put(h, " ", 1);
	html_raw(h, word_of(lang_text(h->lang, WORD_DATE_MONTHS), tm->tm_mon));
	html_put(h, " ", 1);
	put_digits(h, tm->tm_year + 1900, 4);
}

static void put_clock(struct html *h, const struct tm *tm)
{
	put_digits(h, tm->tm_hour, 2);
	html_put(h, ":", 1);
	put_digits(h, tm->tm_min, 2);
}

void html_day_plain(struct html *h, int64_t at)
{
	struct tm tm = local(at);

	put_day(h, &tm);
}

void html_clock_plain(struct html *h, int64_t at)
{
	struct tm tm = local(at);

	put_clock(h, &tm);
}

void html_when_plain(struct html *h, int64_t at)
{
	struct tm tm = local(at);

	put_day(h, &tm);
	html_put(h, ", ", 2);
	put_clock(h, &tm);
}

/* The machine-readable form: in UTC, as HTML's time element takes it. */
static void put_time(struct html *h, int64_t at, void (*put)(struct html *h, int64_t at))
{
	time_t t = (time_t)at;
	struct tm tm = { .tm_mday = 1 };
	char text[32];

	(void)gmtime_r(&t, &tm);	/* as above */
	html_raw(h, ZG_S("<time datetime=\""));
	html_put(h, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
	html_raw(h, ZG_S("\">"));
	put(h, at);
	html_raw(h, ZG_S("</time>"));
}

void html_when(struct html *h, int64_t at)
{
	put_time(h, at, html_when_plain);
}

void html_day(struct html *h, int64_t at)
{
	put_time(h, at, html_day_plain);
}

void html_clock(struct html *h, int64_t at)
{
	put_time(h, at, html_clock_plain);
}

/* --- words --------------------------------------------------------------------------------------------------- */

static void put_dressed(struct html *h, const char *open, struct zg_slice text, const char *close)
{
	html_raw(h, zg_slice_cstr(open));
	html_text(h, text);
	html_raw(h, zg_slice_cstr(close));
}

static void put_arg(struct html *h, const struct html_arg *a)
{
	switch (a->kind) {
	case HTML_TEXT:
		html_text(h, a->text);
		break;
	case HTML_CODE:
		put_dressed(h, "<code>", a->text, "</code>");
		break;
	case HTML_MONO:
		put_dressed(h, "<span class=\"mono\">", a->text, "</span>");
		break;
	case HTML_STRONG:
		put_dressed(h, "<strong>", a->text, "</strong>");
		break;
	case HTML_NUM:
		html_num(h, a->n);
		break;
	case HTML_WORD:
		html_word(h, (enum lang_word)a->n, NULL, 0);
		break;
	case HTML_WHEN:
		html_when(h, a->n);
		break;
	case HTML_DAY:
		html_day(h, a->n);
		break;
	case HTML_CLOCK:
		html_clock(h, a->n);
		break;
	case HTML_WHEN_PLAIN:
		html_when_plain(h, a->n);
		break;
	case HTML_DAY_PLAIN:
		html_day_plain(h, a->n);
		break;
	case HTML_CLOCK_PLAIN:
		html_clock_plain(h, a->n);
		break;
	}
}

/* A blank before % in all languages, and before : ; ! ? and the closing guillemet in French, does not break. */
static bool holds_together(const struct html *h, struct zg_slice rest)
{
	if (rest.n < 2 || rest.p[0] != ' ')
		return false;
	if (rest.p[1] == '%')
		return true;
	return h->lang == LANG_FR && (zg_slice_find(ZG_S(":;!?"), rest.p[1]) < 4 || zg_slice_starts(rest, ZG_S(" \xc2\xbb")));
}

/* A piece of words between two places.  Words are ours, but may hold < and &. */
static void put_piece(struct html *h, struct zg_slice s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!holds_together(h, zg_slice_sub(s, i, s.n)))
			continue;
		html_text(h, zg_slice_sub(s, from, i - from));
		html_raw(h, ZG_S("\xc2\xa0"));
		from = i + 1;
	}
	html_text(h, zg_slice_sub(s, from, s.n));
}

void html_word(struct html *h, enum lang_word w, const struct html_arg *args, size_t count)
{
	struct zg_slice rest = lang_text(h->lang, w);

	while (rest.n) {
		size_t n = zg_slice_find(rest, '{');
		struct zg_slice at = zg_slice_sub(rest, n, rest.n);
		bool is_place = at.n >= 3 && at.p[2] == '}' && zg_ascii_is_digit(at.p[1]) && (size_t)(at.p[1] - '0') < count;

		put_piece(h, zg_slice_sub(rest, 0, n));
		if (is_place)
			put_arg(h, &args[at.p[1] - '0']);
		else if (at.n)
			put_piece(h, zg_slice_sub(at, 0, 1));
		rest = zg_slice_sub(at, is_place ? 3 : at.n ? 1 : 0, at.n);
	}
}

/* --- signs --------------------------------------------------------------------------------------------------- */

_Static_assert(ICON_COUNT < 64, "a bit for each icon");

static void use(struct html *h, enum icon i)
{
	html_raw(h, ZG_S("<use href=\"#"));
	html_raw(h, web_icon_names[i]);
	html_raw(h, ZG_S("\"/></svg>"));
	h->icons |= 1ull << i;
}

void html_icon(struct html *h, enum icon i)
{
	if (i == ICON_NOTHING)
		return;
	html_raw(h, ZG_S("<svg class=\"ico\" aria-hidden=\"true\">"));
	use(h, i);
}

void html_seal(struct html *h, enum icon i)
{
	html_raw(h, ZG_S("<svg aria-hidden=\"true\" viewBox=\"0 0 32 32\">"));
	use(h, i);
}

void html_symbols(struct html *h, uint64_t icons)
{
	html_raw(h, ZG_S("<svg class=\"hide\" aria-hidden=\"true\" focusable=\"false\">"));
	for (unsigned i = 1; i < ICON_COUNT; i++)
		if (icons & 1ull << i)
			html_raw(h, web_icons[i]);
	html_raw(h, ZG_S("</svg>"));
}
