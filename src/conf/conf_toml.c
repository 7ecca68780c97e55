/* conf_toml.c - reading the subset of TOML.
 *
 *   NEXT: blank lines and comments --> "[" section  |  name "=" value  |  end   then: blanks, comment, line end
 * Invariants: (1) the first error of an item sticks, and every reader below does nothing while it stands; (2) the
 * cursor only goes forward, and each item takes at least one octet; (3) line and line_at belong to the octet at
 * `at`. */
#include "conf/conf_toml.h"
#include "base/ascii.h"
#include "base/num.h"

struct conf_toml conf_toml_of(struct zg_slice text, struct zg_arena *a)
{
	struct conf_toml t = { .s = text, .line = 1, .a = a };

	if (zg_slice_starts(text, ZG_S("\xef\xbb\xbf")))	/* the mark that some editors put in front of UTF-8 */
		t.at = t.line_at = 3;
	return t;
}

static struct conf_place place(const struct conf_toml *t)
{
	return (struct conf_place){ t->line, (unsigned)(t->at - t->line_at) + 1 };
}

static void expect(struct conf_toml *t, enum conf_want want)
{
	if (t->want)
		return;
	t->want = want;
	t->want_at = place(t);
}

static bool at_end(const struct conf_toml *t)
{
	return t->at == t->s.n;
}

static char peek(const struct conf_toml *t)
{
	return t->want || at_end(t) ? '\0' : t->s.p[t->at];
}

/* Takes c when it stands here. */
static bool take(struct conf_toml *t, char c)
{
	if (t->want || at_end(t) || t->s.p[t->at] != c)
		return false;
	t->at++;
	return true;
}

static void skip_blanks(struct conf_toml *t)
{
	while (zg_ascii_is_wsp(peek(t)))
		t->at++;
}

static void new_line(struct conf_toml *t)
{
	t->line++;
	t->line_at = t->at;
}

/* A line end, LF or CRLF; true where one was taken. */
static bool take_line_end(struct conf_toml *t)
{
	if (peek(t) == '\r' && zg_slice_starts(zg_slice_sub(t->s, t->at, 2), ZG_S("\r\n")))
		t->at++;
	if (!take(t, '\n'))
		return false;
	new_line(t);
	return true;
}

static bool is_control(char c)
{
	return zg_ascii_is_cntrl(c) && c != '\t';
}

static void skip_comment(struct conf_toml *t)
{
	if (!take(t, '#'))
		return;
	while (!at_end(t) && !is_control(t->s.p[t->at]))
		t->at++;
	if (!at_end(t) && peek(t) != '\n' && !zg_slice_starts(zg_slice_sub(t->s, t->at, 2), ZG_S("\r\n")))
		expect(t, CONF_WANT_NO_CONTROL);
}

/* Blanks, comments and line ends, as many as there are. */
static void skip_lines(struct conf_toml *t)
{
	do {
		skip_blanks(t);
		skip_comment(t);
	} while (take_line_end(t));
}

/* What must stand behind an item. */
static void end_line(struct conf_toml *t)
{
	skip_blanks(t);
	skip_comment(t);
	if (!at_end(t) && !take_line_end(t))
		expect(t, CONF_WANT_LINE_END);
}

static bool is_bare(char c)
{
	return zg_ascii_is_alnum(c) || c == '_' || c == '-';
}

static struct zg_slice bare_name(struct conf_toml *t, enum conf_want want)
{
	size_t from = t->at;

	while (is_bare(peek(t)))
		t->at++;
	if (t->at == from)
		expect(t, want);
	return zg_slice_sub(t->s, from, t->at - from);
}

/* The inside of a string whose escapes are undone. */
static struct zg_slice unescape(struct conf_toml *t, struct zg_slice s)
{
	char *p = zg_arena_bytes(t->a, s.n);
	size_t n = 0;

	if (!p)
		return (struct zg_slice){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		i += s.p[i] == '\\';
		p[n++] = s.p[i];
	}
	zg_arena_shrink(t->a, s.n - n);
	return zg_slice_of(p, n);
}

/* Takes the inside of a string; true where it holds escapes. */
static bool take_inside(struct conf_toml *t)
{
	bool is_escaped = false;

	while (!t->want && !at_end(t) && t->s.p[t->at] != '"' && !is_control(t->s.p[t->at])) {
		if (take(t, '\\')) {
			is_escaped = true;
			if (peek(t) != '"' && peek(t) != '\\')
				expect(t, CONF_WANT_ESCAPE);
		}
		t->at += !t->want;
	}
	return is_escaped;
}

static void read_string(struct conf_toml *t, struct conf_value *v)
{
	size_t from = t->at + 1;
	bool is_escaped;

	v->type = CONF_STRING;
	if (!take(t, '"'))
		expect(t, CONF_WANT_STRING);
	is_escaped = take_inside(t);
	v->string = zg_slice_sub(t->s, from, t->at - from);
	if (is_escaped && !t->want)
		v->string = unescape(t, v->string);
	if (!take(t, '"'))
		expect(t, at_end(t) || peek(t) == '\n' || peek(t) == '\r' ? CONF_WANT_QUOTED : CONF_WANT_NO_CONTROL);
}

static void read_number(struct conf_toml *t, struct conf_value *v)
{
	struct conf_toml start = *t;
	size_t from = t->at;
	struct zg_slice digits;

	while (zg_ascii_is_digit(peek(t)))
		t->at++;
	digits = zg_slice_sub(t->s, from, t->at - from);
	v->type = CONF_NUMBER;
	if (zg_num_uint(digits, UINT64_MAX, &v->number) == 0 && (digits.n == 1 || digits.p[0] != '0') && !is_bare(peek(t)))
		return;
	*t = start;
	expect(t, CONF_WANT_VALUE);
}

static void read_word(struct conf_toml *t, struct conf_value *v)
{
	struct conf_toml start = *t;
	struct zg_slice word = bare_name(t, CONF_WANT_VALUE);

	v->type = CONF_BOOL;
	v->is_true = zg_slice_eq(word, ZG_S("true"));
	if (t->want || v->is_true || zg_slice_eq(word, ZG_S("false")))
		return;
	*t = start;
	expect(t, CONF_WANT_VALUE);
}

/* A string or number, with its place and its text as written. */
static void read_scalar(struct conf_toml *t, struct conf_value *v)
{
	size_t from = t->at;

	v->at = place(t);
	if (peek(t) == '"')
		read_string(t, v);
	else if (zg_ascii_is_digit(peek(t)))
		read_number(t, v);
	else
		read_word(t, v);
	v->raw = zg_slice_sub(t->s, from, t->at - from);
}

static void read_list(struct conf_toml *t, struct conf_value *v)
{
	struct conf_value **tail = &v->first;
	size_t from = t->at;

	v->type = CONF_LIST;
	v->at = place(t);
	t->is_in_list = take(t, '[');
	for (skip_lines(t); !t->want && !take(t, ']'); skip_lines(t)) {
		if (peek(t) != '"') {
			expect(t, at_end(t) || v->first ? CONF_WANT_COMMA : CONF_WANT_LIST);
			return;
		}
		*tail = zg_arena_alloc(t->a, sizeof(**tail));
		if (!*tail)
			return;
		read_scalar(t, *tail);
		tail = &(*tail)->next;
		skip_lines(t);
		if (!take(t, ',') && peek(t) != ']')
			expect(t, CONF_WANT_COMMA);
	}
	if (!t->want)
		t->is_in_list = false;
	v->raw = zg_slice_sub(t->s, from, t->at - from);
}

static void read_section(struct conf_toml *t, struct conf_item *ret)
{
	ret->kind = CONF_ITEM_SECTION;
	skip_blanks(t);
	ret->at = place(t);
	ret->name = bare_name(t, CONF_WANT_NAME);
	skip_blanks(t);
	if (!take(t, ']'))
		expect(t, CONF_WANT_CLOSED);
}

static void read_pair(struct conf_toml *t, struct conf_item *ret)
{
	ret->kind = CONF_ITEM_PAIR;
	ret->at = place(t);
	ret->name = bare_name(t, CONF_WANT_PAIR);
	skip_blanks(t);
	if (!take(t, '='))
		expect(t, CONF_WANT_EQUALS);
	skip_blanks(t);
	if (peek(t) == '[')
		read_list(t, &ret->value);
	else
		read_scalar(t, &ret->value);
}

static void skip_line(struct conf_toml *t)
{
	while (!at_end(t) && t->s.p[t->at] != '\n')
		t->at++;
	if (!at_end(t)) {
		t->at++;
		new_line(t);
	}
}

/* Goes on behind an error: with the next line, and where a list was open, behind the lines that look as if they were
 * of it. */
static void recover(struct conf_toml *t)
{
	t->want = CONF_WANT_NOTHING;
	skip_line(t);
	while (t->is_in_list && !at_end(t)) {
		struct conf_toml probe = *t;
		char c;

		skip_blanks(&probe);
		c = peek(&probe);
		if (c != '"' && c != ']' && c != ',' && c != '#' && c != '\r' && c != '\n')
			break;
		skip_line(t);
		if (c == ']')
			break;
	}
	t->is_in_list = false;
}

void conf_toml_next(struct conf_toml *t, struct conf_item *ret)
{
	*ret = (struct conf_item){ .kind = CONF_ITEM_END };
	skip_lines(t);
	ret->at = place(t);
	if (at_end(t) || t->a->is_full)
		return;
	if (take(t, '['))
		read_section(t, ret);
	else
		read_pair(t, ret);
	end_line(t);
	if (!t->want)
		return;
	ret->kind = CONF_ITEM_ERROR;
	ret->at = t->want_at;
	ret->want = t->want;
	recover(t);
}
