/* httpd_strict.c - the strict reader of heads, chunks and percent-encoding.
 *
 *   SIZE --;--> EXTENSION
 *    |  <--+       |
 *    CR    |       CR
 *    v     |       v
 *   SIZE_LF ----> DATA -> DATA_CR -> DATA_LF -> SIZE ...        (size > 0)
 *    +----------> LINE -> NAME -> VALUE -> VALUE_LF -> LINE ... -> LAST_LF -> END      (size 0, trailer fields)
 *
 * Invariants of a scan: (1) no octet before `at` is a CR without LF, a LF without CR or a control character other than HTAB; (2) at
 * is never beyond HTTPD_HEAD_MOST. */
#include "io/httpd_strict.h"
#include "base/ascii.h"
#include "base/num.h"
#include "base/utf8.h"

#define LENGTH_DIGITS 18u	/* a Content-Length of more is longer than any body may be */

/* RFC 9110 5.6.2: tchar. */
static bool is_tchar(char c)
{
	return c && (zg_ascii_is_alnum(c) || strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_length(struct zg_slice s)
{
	size_t n = 0;

	while (n < s.n && is_tchar(s.p[n]))
		n++;
	return n;
}

/* RFC 9110 5.6.3: blanks and tabs around a value are none of it. */
static struct zg_slice ows_trim(struct zg_slice s)
{
	while (s.n && zg_ascii_is_wsp(s.p[0]))
		s = zg_slice_sub(s, 1, s.n);
	while (s.n && zg_ascii_is_wsp(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* --- the request line ---------------------------------------------------------------------------------------- */

static bool is_method_known(struct zg_slice m)
{
	static const struct zg_slice known[] = {
		ZG_SI("GET"), ZG_SI("HEAD"), ZG_SI("POST"), ZG_SI("PUT"), ZG_SI("PATCH"), ZG_SI("DELETE"),
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (zg_slice_eq(m, known[i]))
			return true;
	return false;
}

/* RFC 9112 3: method SP request-target SP HTTP-version, each blank one. */
static int request_line(struct zg_slice line, struct http_head *h)
{
	size_t n = zg_slice_find(line, ' '), end = zg_slice_rfind(line, ' ');
	struct zg_slice version = zg_slice_sub(line, end + 1, line.n);

	if (n == 0 || n >= end || token_length(line) != n)
		return -400;
	h->method = zg_slice_sub(line, 0, n);
	h->target = zg_slice_sub(line, n + 1, end - n - 1);
	if (h->target.n == 0 || h->target.p[0] != '/')	/* RFC 9112 3.2.1: origin-form alone */
		return -400;
	for (size_t i = 0; i < h->target.n; i++)
		if (h->target.p[i] == ' ' || h->target.p[i] == '\t' || h->target.p[i] == '#' || zg_ascii_is_8bit(h->target.p[i]))
			return -400;
	if (version.n != 8 || !zg_slice_starts(version, ZG_S("HTTP/")) || version.p[6] != '.' || !zg_ascii_is_digit(version.p[5]) ||
	    !zg_ascii_is_digit(version.p[7]))
		return -400;
	if (version.p[5] != '1' || version.p[7] > '1')
		return -505;
	h->minor = (unsigned)(version.p[7] - '0');
	return is_method_known(h->method) ? 0 : -501;
}

/* --- fields -------------------------------------------------------------------------------------------------- */

/* What was seen of the fields that say where a request ends and whom it asks. */
struct once { bool is_host, is_length, is_coding, is_expect; };

/* RFC 3986 3.2.2, without percent-encoding: a name, or an address. */
static bool is_host_name(struct zg_slice s)
{
	bool is_literal = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';

	if (is_literal)
		s = zg_slice_sub(s, 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++)
		if (is_literal ? !zg_ascii_is_alnum(s.p[i]) && s.p[i] != ':' && s.p[i] != '.' :
		    !zg_ascii_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 255;
}

static int field_host(struct http_head *h, struct once *once, struct zg_slice v)
{
	size_t end = v.n && v.p[0] == '[' ? zg_slice_find(v, ']') : 0, colon = zg_slice_find(zg_slice_sub(v, end, v.n), ':') + end;
	struct zg_slice port = zg_slice_sub(v, colon + 1, v.n);
	uint64_t number;

	if (once->is_host)
		return -400;
	once->is_host = true;
	h->host = zg_slice_sub(v, 0, colon);
	return is_host_name(h->host) && (port.n == 0 || zg_num_uint(port, 65535, &number) == 0) ? 0 : -400;
}

/* RFC 9110 8.6: 1*DIGIT, and once. */
static int field_length(struct http_head *h, struct once *once, struct zg_slice v)
{
	if (once->is_length || v.n == 0)
		return -400;
	once->is_length = true;
	for (size_t i = 0; i < v.n; i++)
		if (!zg_ascii_is_digit(v.p[i]))
			return -400;
	while (v.n > 1 && v.p[0] == '0')
		v = zg_slice_sub(v, 1, v.n);
	if (v.n > LENGTH_DIGITS)
		h->length = UINT64_MAX;
	else if (zg_num_uint(v, UINT64_MAX - 1, &h->length) < 0)
		return -400;
	return 0;
}

static int field_coding(struct http_head *h, struct once *once, struct zg_slice v)
{
	if (once->is_coding || !zg_slice_eq_ci(v, ZG_S("chunked")))
		return -400;
	h->is_chunked = once->is_coding = true;
	return 0;
}

/* RFC 9110 10.1.1. */
static int field_expect(struct http_head *h, struct once *once, struct zg_slice v)
{
	if (once->is_expect || !zg_slice_eq_ci(v, ZG_S("100-continue")))
		return -417;
	h->is_continue = once->is_expect = true;
	return 0;
}

/* RFC 9110 7.6.1: a list of options. */
static int field_connection(struct http_head *h, struct once *once, struct zg_slice v)
{
	(void)once;	/* it may come as often as one likes */
	while (v.n) {
		size_t n = zg_slice_find(v, ',');

		if (zg_slice_eq_ci(ows_trim(zg_slice_sub(v, 0, n)), ZG_S("close")))
			h->is_close = true;
		v = zg_slice_sub(v, n + 1, v.n);
	}
	return 0;
}

static const struct {
	struct zg_slice name;
	int (*read)(struct http_head *h, struct once *once, struct zg_slice v);
} meant[] = {
	{ ZG_SI("Host"), field_host },
	{ ZG_SI("Content-Length"), field_length },
	{ ZG_SI("Transfer-Encoding"), field_coding },
	{ ZG_SI("Expect"), field_expect },
	{ ZG_SI("Connection"), field_connection },
};

/* RFC 9112 5: name ":" OWS value OWS; neither a blank before the colon nor one before the name (obs-fold). */
static int field_line(struct zg_slice line, struct http_head *h, struct once *once)
{
	size_t n = token_length(line);
	struct http_pair *f = &h->fields[h->fields_count];

	if (n == 0 || n == line.n || line.p[n] != ':')
		return -400;
	if (h->fields_count == HTTPD_FIELDS_MOST)
		return -431;
	f->name = zg_slice_sub(line, 0, n);
	f->value = ows_trim(zg_slice_sub(line, n + 1, line.n));
	h->fields_count++;
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		if (zg_slice_eq_ci(f->name, meant[i].name))
			return meant[i].read(h, once, f->value);
	return 0;
}

/* --- the head ------------------------------------------------------------------------------------------------ */

static int head_read(struct zg_slice head, struct http_head *h)
{
	struct once once = { false, false, false, false };
	size_t n = zg_slice_find(head, '\r');
	int rc;

	memset(h, 0, sizeof(*h));
	rc = request_line(zg_slice_sub(head, 0, n), h);
	head = zg_slice_sub(head, n + 2, head.n);
	while (rc == 0 && head.n > 2) {	/* the empty line is the last */
		n = zg_slice_find(head, '\r');
		rc = field_line(zg_slice_sub(head, 0, n), h, &once);
		head = zg_slice_sub(head, n + 2, head.n);
	}
	if (rc < 0)
		return rc;
	if (!once.is_host || (once.is_coding && (once.is_length || h->minor == 0)))	/* RFC 9112 3.2, 6.1 */
		return -400;
	if (h->minor == 0) {
		h->is_close = true;
		h->is_continue = false;
	}
	return 0;
}

/* The end of a line at s->at: > 0 where it was the empty one that ends a head; RFC 9112 2.2: one before the request is
 * passed over. */
static int line_end(struct http_scan *s)
{
	bool is_empty = s->at - s->line == 1, is_first = s->line == s->start;

	s->is_cr = false;
	s->line = s->at + 1;
	if (!is_empty)
		return 0;
	if (!is_first)
		return 1;
	if (s->start > 0)
		return -400;
	s->start = s->line;
	return 0;
}

int http_scan(struct http_scan *s, struct zg_slice in, struct http_head *ret)
{
	for (; s->at < in.n; s->at++) {
		char c = in.p[s->at];
		int rc = 0;

		if (s->at >= HTTPD_HEAD_MOST)
			return -431;
		if (s->is_cr != (c == '\n'))
			return -400;
		if (c == '\n')
			rc = line_end(s);
		else if (c == '\r')
			s->is_cr = true;
		else if (zg_ascii_is_cntrl(c) && c != '\t')
			return -400;
		if (rc < 0)
			return rc;
		if (rc > 0) {
			rc = head_read(zg_slice_sub(in, s->start, s->at + 1 - s->start), ret);
			return rc < 0 ? rc : (int)s->at + 1;
		}
	}
	return 0;
}

/* --- chunks -------------------------------------------------------------------------------------------------- */

static int hex_value(char c)
{
	if (zg_ascii_is_digit(c))
		return c - '0';
	c = zg_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int chunk_size(struct http_chunks *k, char c)
{
	int v = hex_value(c);

	if (v >= 0) {
		k->left = k->left << 4 | (unsigned)v;
		return ++k->digits > HTTP_CHUNK_DIGITS_MOST ? -1 : CHUNK_SIZE;
	}
	if (k->digits == 0)
		return -1;
	if (c == '\r')
		return CHUNK_SIZE_LF;
	return c == ';' ? CHUNK_EXTENSION : -1;
}

static int chunk_text(struct http_chunks *k, char c, enum http_chunk_state same, enum http_chunk_state behind)
{
	if (c == '\r')
		return (int)behind;
	if ((zg_ascii_is_cntrl(c) && c != '\t') || ++k->extra > HTTP_CHUNK_EXTRA_MOST)
		return -1;
	return (int)same;
}

static int chunk_name(struct http_chunks *k, char c)
{
	if (++k->extra > HTTP_CHUNK_EXTRA_MOST)
		return -1;
	if (is_tchar(c))
		return CHUNK_NAME;
	return c == ':' && k->state == CHUNK_NAME ? CHUNK_VALUE : -1;
}

/* The state behind an octet that is no data; -1: it may not stand there. */
static int chunk_step(struct http_chunks *k, char c)
{
	switch (k->state) {
	case CHUNK_SIZE:
		return chunk_size(k, c);
	case CHUNK_EXTENSION:
		return chunk_text(k, c, CHUNK_EXTENSION, CHUNK_SIZE_LF);
	case CHUNK_SIZE_LF:
		k->digits = 0;
		return c != '\n' ? -1 : k->left ? CHUNK_DATA : CHUNK_LINE;
	case CHUNK_DATA_CR:
		return c == '\r' ? CHUNK_DATA_LF : -1;
	case CHUNK_DATA_LF:
		return c == '\n' ? CHUNK_SIZE : -1;
	case CHUNK_LINE:
		return c == '\r' ? CHUNK_LAST_LF : chunk_name(k, c);
	case CHUNK_NAME:
		return chunk_name(k, c);
	case CHUNK_VALUE:
		return chunk_text(k, c, CHUNK_VALUE, CHUNK_VALUE_LF);
	case CHUNK_VALUE_LF:
		return c == '\n' ? CHUNK_LINE : -1;
	case CHUNK_LAST_LF:
		return c == '\n' ? CHUNK_END : -1;
	case CHUNK_DATA:
	case CHUNK_END:
		break;
	}
	return -1;
}

static enum http_chunk chunk_data(struct http_chunks *k, struct zg_slice *in, struct zg_slice *ret)
{
	*ret = zg_slice_sub(*in, 0, k->left > in->n ? in->n : (size_t)k->left);
	*in = zg_slice_sub(*in, ret->n, in->n);
	k->left -= ret->n;
	if (k->left == 0)
		k->state = CHUNK_DATA_CR;
	return CHUNK_PIECE;
}

enum http_chunk http_chunks_next(struct http_chunks *k, struct zg_slice *in, struct zg_slice *ret)
{
	while (in->n) {
		int next;

		if (k->state == CHUNK_DATA)
			return chunk_data(k, in, ret);
		next = chunk_step(k, in->p[0]);
		if (next < 0)
			return CHUNK_BAD;
		*in = zg_slice_sub(*in, 1, in->n);
		k->state = (enum http_chunk_state)next;
		if (next == CHUNK_END)
			return CHUNK_WHOLE;
	}
	return CHUNK_MORE;
}

/* --- percent-encoding ---------------------------------------------------------------------------------------- */

int http_decode(struct zg_slice s, bool is_form, struct zg_buf *b)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(unsigned char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && is_form) {
			c = ' ';
		}
		zg_buf_putc(b, c);
	}
	return b->is_full ? -1 : 0;
}

/* Neither "." nor "..", and not empty but at the end. */
static bool are_segments_plain(struct zg_slice path)
{
	while (path.n) {
		struct zg_slice rest = zg_slice_sub(path, 1, path.n), segment = zg_slice_sub(rest, 0, zg_slice_find(rest, '/'));

		if (zg_slice_eq(segment, ZG_S(".")) || zg_slice_eq(segment, ZG_S("..")) || (segment.n == 0 && rest.n))
			return false;
		path = zg_slice_sub(rest, segment.n, rest.n);
	}
	return true;
}

int http_path(struct zg_slice target, struct zg_buf *b)
{
	struct zg_slice raw = zg_slice_sub(target, 0, zg_slice_find(target, '?')), path;

	if (http_decode(raw, false, b) < 0)
		return -1;
	path = zg_buf_slice(b);
	for (size_t i = 0; i < path.n; i++)
		if (zg_ascii_is_cntrl(path.p[i]))
			return -1;
	for (size_t i = 0; i + 2 < raw.n; i++)	/* a slash that is no border of segments cannot be told from one that is */
		if (zg_slice_eq_ci(zg_slice_sub(raw, i, 3), ZG_S("%2f")))
			return -1;
	return path.n && path.p[0] == '/' && zg_utf8_is_valid(path) && are_segments_plain(path) ? 0 : -1;
}

static int pair_read(struct zg_slice s, struct zg_buf *b, struct http_pair *ret)
{
	size_t n = zg_slice_find(s, '='), from = b->n;

	if (http_decode(zg_slice_sub(s, 0, n), true, b) < 0)
		return -1;
	ret->name = zg_slice_of(b->p + from, b->n - from);
	from = b->n;
	if (http_decode(zg_slice_sub(s, n + 1, s.n), true, b) < 0)
		return -1;
	ret->value = zg_slice_of(b->p + from, b->n - from);
	return 0;
}

int http_pairs(struct zg_slice s, struct zg_buf *b, struct http_pair *v, size_t most, size_t *ret_count)
{
	size_t count = 0;

	while (s.n) {
		size_t n = zg_slice_find(s, '&');

		if (n > 0 && (count == most || pair_read(zg_slice_sub(s, 0, n), b, &v[count++]) < 0))
			return -1;
		s = zg_slice_sub(s, n + 1, s.n);
	}
	*ret_count = count;
	return 0;
}
