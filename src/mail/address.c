/* address.c - the address lists of From, To and the like: RFC 5322 3.4, 4.4, with RFC 6532 and RFC 6854.
 *
 *            +--- "," ----------------------------+
 *            v                                    |
 *   ELEMENT: words --+-- "@" domain --------------+--> ";" ends a group, the end of the value ends the list
 *            ^       +-- "<" addr-spec ">" -------+
 *            |       +-- nothing (no words) ------+
 *            +-- ":" opens a group
 *
 * The law: what two receivers might read in two ways is not understood.  So there is no address unquoted in a display
 * name, no address behind an address without a comma, and of the old syntax (RFC 5322 4.4) no comment, blank or fold
 * inside a local part or a domain, and no source route.
 * Comments nest; their depth is counted, nothing recurs. */
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "base/utf8.h"
#include "mail/atext.h"

struct reader {
	struct zg_cur c;
	struct zg_address first;
	bool has_first, is_group;
	size_t count;		/* addresses */
};

/* Words up to the next special character. */
struct words {
	struct zg_slice first;
	size_t count;
	bool is_local;		/* one word, a dot-atom or a quoted string: it may be a local part */
};

static bool is_dtext(char c)
{
	return c > ' ' && c < 127 && c != '[' && c != ']' && c != '\\';
}

/* CRLF and a blank, RFC 5322 3.2.2; the cursor stands on the CR. */
static void fold_skip(struct zg_cur *c)
{
	if (!zg_cur_lit(c, ZG_S("\r\n")) || !zg_ascii_is_wsp(zg_cur_peek(c)))
		zg_cur_fail(c, "a line end that is no fold");
}

/* One octet within a comment or a quoted string, a pair as a whole; answers it, '\0' for a pair and a fold. */
static char inner_byte(struct zg_cur *c)
{
	char ch = zg_cur_peek(c);

	if (ch == '\r') {
		fold_skip(c);
		return '\0';
	}
	ch = zg_cur_byte(c);
	if (ch == '\\') {
		if (zg_ascii_is_cntrl(zg_cur_byte(c)))
			zg_cur_fail(c, "a control character, or nothing, behind a backslash");
		return '\0';
	}
	if (zg_ascii_is_cntrl(ch) && ch != '\t')
		zg_cur_fail(c, "a control character");
	return ch;
}

static void comment_skip(struct zg_cur *c)
{
	size_t depth = 0;

	do {
		char ch = inner_byte(c);

		depth += ch == '(';
		depth -= ch == ')';
	} while (depth && !c->why);
}

static void cfws_skip(struct zg_cur *c)
{
	while (!c->why) {
		char ch = zg_cur_peek(c);

		if (ch == '(')
			comment_skip(c);
		else if (ch == '\r')
			fold_skip(c);
		else if (zg_ascii_is_wsp(ch))
			zg_cur_skip_wsp(c);
		else
			return;
	}
}

static struct zg_slice quoted_read(struct zg_cur *c)
{
	size_t at = c->at;

	(void)zg_cur_byte(c);		/* the quote that was peeked */
	while (!c->why && inner_byte(c) != '"')
		continue;
	return c->why ? (struct zg_slice){ NULL, 0 } : zg_slice_sub(c->s, at, c->at - at);
}

static struct words words_read(struct zg_cur *c)
{
	struct words w = { .count = 0 };

	for (;;) {
		struct zg_slice word;
		bool is_quoted;

		cfws_skip(c);
		is_quoted = zg_cur_peek(c) == '"';
		word = is_quoted ? quoted_read(c) : zg_cur_while(c, zg_atext_is_or_dot);
		if (!word.n)
			return w;
		if (w.count++ == 0) {
			w.first = word;
			w.is_local = is_quoted ? zg_slice_find(word, '\r') == word.n : zg_atext_is_dot_atom(word);
		} else {
			w.is_local = false;
		}
	}
}

static struct zg_slice domain_read(struct zg_cur *c)
{
	size_t at;

	cfws_skip(c);
	at = c->at;
	if (zg_cur_lit(c, ZG_S("["))) {
		(void)zg_cur_while(c, is_dtext);	/* the view is cut below */
		if (!zg_cur_lit(c, ZG_S("]")))
			zg_cur_fail(c, "a domain literal without its end");
	} else if (!zg_atext_is_dot_atom(zg_cur_while(c, zg_atext_is_or_dot))) {
		zg_cur_fail(c, "a domain is expected");
	}
	return c->why ? (struct zg_slice){ NULL, 0 } : zg_slice_sub(c->s, at, c->at - at);
}

/* The words were read; "@" comes next. */
static void addr_spec_read(struct reader *r, const struct words *w)
{
	struct zg_slice domain;

	if (!w->is_local || !zg_cur_lit(&r->c, ZG_S("@"))) {
		zg_cur_fail(&r->c, "a local part and an at sign are expected");
		return;
	}
	domain = domain_read(&r->c);
	cfws_skip(&r->c);
	if (r->c.why)
		return;
	if (!r->has_first)
		r->first = (struct zg_address){ .local = w->first, .domain = domain };
	r->has_first = true;
	r->count++;
}

static void angle_read(struct reader *r)
{
	struct words w;

	(void)zg_cur_byte(&r->c);	/* the bracket that was peeked */
	w = words_read(&r->c);
	addr_spec_read(r, &w);
	if (!zg_cur_lit(&r->c, ZG_S(">")))
		zg_cur_fail(&r->c, "an angle bracket is not closed");
	cfws_skip(&r->c);
}

/* What stands between two commas, perhaps nothing (RFC 5322 4.4); true where it was the name of a group, whose first
 * member comes next. */
static bool element_read(struct reader *r)
{
	struct words w = words_read(&r->c);

	if (w.count && w.first.p[0] == '.')
		zg_cur_fail(&r->c, "a dot begins no word");
	switch (zg_cur_peek(&r->c)) {
	case '@':
		addr_spec_read(r, &w);
		return false;
	case '<':
		angle_read(r);
		return false;
	case ':':
		if (!w.count || r->is_group)
			zg_cur_fail(&r->c, "a group without a name, or in a group");
		r->is_group = zg_cur_lit(&r->c, ZG_S(":"));
		return true;
	default:
		if (w.count)
			zg_cur_fail(&r->c, "words without an address");
		return false;
	}
}

static void list_read(struct reader *r)
{
	while (!r->c.why) {
		if (element_read(r))
			continue;
		if (r->is_group && zg_cur_lit(&r->c, ZG_S(";"))) {
			r->is_group = false;
			cfws_skip(&r->c);
		}
		if (zg_cur_is_end(&r->c))
			break;
		if (!zg_cur_lit(&r->c, ZG_S(",")))
			zg_cur_fail(&r->c, "a comma is expected");
	}
	if (r->is_group)
		zg_cur_fail(&r->c, "a group without its end");
}

int zg_address_list(struct zg_slice value, struct zg_address *ret_first, size_t *ret_count)
{
	struct reader r = { .c = zg_cur_of(value) };

	/* RFC 6532 3.1.  A NUL is no octet of a field, and the cursor peeks it as the end. */
	if (!zg_utf8_is_valid(value) || zg_slice_find(value, '\0') < value.n)
		return -1;
	list_read(&r);
	if (r.c.why)
		return -1;
	*ret_first = r.first;
	*ret_count = r.count;
	return 0;
}
