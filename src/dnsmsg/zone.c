/* zone.c - a world of DNS in a text.
 *
 * A zone is the list of its records in the order of the lines.  A question is answered by the owner it leads to:
 *
 *   name has records ------------------------------------------> that name
 *   name has none, but names below it --------------------------> NODATA
 *   neither: "*" under the closest parent that exists has records -> that wildcard (RFC 4592 3.3.1)
 *            it has none ---------------------------------------> NXDOMAIN
 *
 * and at the owner: records of the type; else a CNAME, and the way begins anew; else a pseudo record of the type or
 * "*"; else NODATA.  Invariant: every name is in the form of name.h; no record refers to the text it was read
 * from. */
#include <zegel/zone.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "base/hex.h"
#include "dnsmsg/ip.h"
#include "dnsmsg/name.h"

#define ZONE_MAX_TTL 2147483647u	/* RFC 2181 8 */
#define ZONE_MAX_STRING 255u		/* RFC 1035 3.3 */
#define ZONE_MAX_HOPS 8			/* CNAMEs followed */
#define ZONE_MAX_DRIVE 1000u		/* questions of one machine; 25 times what a message may ask */

struct record {
	struct zg_slice name;
	enum zg_dns_type type;		/* a pseudo record's: the one it concerns */
	enum zg_dns_status status;	/* FOUND, or what a pseudo record answers */
	bool is_any;			/* a pseudo record for "*" */
	uint32_t ttl;
	struct zg_dns_rr rr;
};

struct zg_zone {
	struct record *v;
	size_t count;
};

/* --- reading ------------------------------------------------------------------------------------------------- */

struct line {
	struct zg_cur c;
	struct zg_arena *a;
};

static bool is_gap(char c)
{
	return zg_ascii_is_wsp(c) || c == ';';
}

/* The next word, escapes as they stand; empty at the end. */
static struct zg_slice word(struct line *l)
{
	struct zg_slice rest;
	size_t n = 0;

	zg_cur_skip_wsp(&l->c);
	rest = zg_cur_rest(&l->c);
	while (n < rest.n && !is_gap(rest.p[n]))
		n += rest.p[n] == '\\' && n + 1 < rest.n ? 2 : 1;
	return zg_cur_bytes(&l->c, n);
}

static bool is_over(struct line *l)
{
	zg_cur_skip_wsp(&l->c);
	return zg_cur_is_end(&l->c) || zg_cur_peek(&l->c) == ';';
}

static uint64_t number(struct line *l, uint64_t max)
{
	struct zg_cur c = zg_cur_of(word(l));
	uint64_t v = zg_cur_uint(&c, max);

	if (c.why || c.at != c.s.n)
		zg_cur_fail(&l->c, "a number is expected");
	return v;
}

static uint32_t ttl(struct line *l)
{
	zg_cur_skip_wsp(&l->c);
	if (!zg_ascii_is_digit(zg_cur_peek(&l->c)))
		zg_cur_fail(&l->c, "the TTL is missing: a record is its name, TTL, IN, type and data");
	return (uint32_t)number(l, ZONE_MAX_TTL);
}

static char *room(struct line *l, size_t n)
{
	char *p = zg_arena_bytes(l->a, n);

	if (!p)
		zg_cur_fail(&l->c, "no memory");
	return p;
}

static struct zg_slice name(struct line *l)
{
	struct zg_slice text = word(l);
	struct zg_buf b;
	char *p;

	/* An escape of four octets becomes two at most, so the result is never longer. */
	p = room(l, text.n);
	if (!p)
		return text;
	b = zg_buf_of(p, text.n);
	if (zg_name_read(text, &b) < 0)
		zg_cur_fail(&l->c, "a name is expected");
	return (struct zg_slice){ p, b.n };
}

/* \DDD and \X inside quotes. */
static char quoted_octet(struct line *l)
{
	char c = zg_cur_byte(&l->c);
	struct zg_slice digits;
	unsigned v = 0;

	if (c != '\\' || !zg_ascii_is_digit(zg_cur_peek(&l->c)))
		return c == '\\' ? zg_cur_byte(&l->c) : c;
	digits = zg_cur_bytes(&l->c, 3);
	for (size_t i = 0; i < digits.n; i++) {
		if (!zg_ascii_is_digit(digits.p[i]))
			zg_cur_fail(&l->c, "three digits are expected");
		v = v * 10 + (unsigned)(digits.p[i] - '0');
	}
	if (v > 255)
		zg_cur_fail(&l->c, "no octet is that large");
	return (char)(unsigned char)v;
}

static void quoted(struct line *l, struct zg_buf *b)
{
	size_t from = b->n;

	if (!zg_cur_lit(&l->c, ZG_S("\"")))
		zg_cur_fail(&l->c, "a quoted string is expected");
	while (!l->c.why && zg_cur_peek(&l->c) != '"')
		zg_buf_putc(b, quoted_octet(l));
	if (!zg_cur_lit(&l->c, ZG_S("\"")))
		zg_cur_fail(&l->c, "the string does not end");
	if (b->n - from > ZONE_MAX_STRING)
		zg_cur_fail(&l->c, "a string over 255 octets");
	if (!is_over(l) && zg_cur_peek(&l->c) != '"')
		zg_cur_fail(&l->c, "a quoted string is expected");
}

static void read_strings(struct line *l, struct record *r)
{
	size_t n = zg_cur_rest(&l->c).n;
	char *p = room(l, n);
	struct zg_buf b = zg_buf_of(p, p ? n : 0);

	zg_cur_skip_wsp(&l->c);
	do
		quoted(l, &b);
	while (!is_over(l));
	if (p)
		zg_arena_shrink(l->a, n - b.n);
	r->rr.data = zg_slice_of(p, b.n);
}

static void read_a(struct line *l, struct record *r)
{
	struct zg_slice text = word(l);
	char *p = room(l, 4);

	if (p && zg_ip4_read(text, (unsigned char *)p) < 0)
		zg_cur_fail(&l->c, "an IPv4 address is expected");
	r->rr.data = zg_slice_of(p, 4);
}

static void read_aaaa(struct line *l, struct record *r)
{
	struct zg_slice text = word(l);
	char *p = room(l, 16);

	if (p && zg_ip6_read(text, (unsigned char *)p) < 0)
		zg_cur_fail(&l->c, "an IPv6 address is expected");
	r->rr.data = zg_slice_of(p, 16);
}

static void read_name(struct line *l, struct record *r)
{
	r->rr.data = name(l);
}

static void read_mx(struct line *l, struct record *r)
{
	r->rr.preference = (uint16_t)number(l, UINT16_MAX);
	r->rr.data = name(l);
}

static void read_tlsa(struct line *l, struct record *r)
{
	size_t n = zg_cur_rest(&l->c).n;
	char *p = room(l, n);
	struct zg_buf b = zg_buf_of(p, p ? n : 0);

	for (int i = 0; i < 3; i++)
		zg_buf_putc(&b, (char)(unsigned char)number(l, 255));
	do {
		if (zg_hex_decode(word(l), &b) < 0)
			zg_cur_fail(&l->c, "hexadecimal digits are expected");
	} while (!is_over(l));
	if (p)
		zg_arena_shrink(l->a, n - b.n);
	r->rr.data = zg_slice_of(p, b.n);
}

static void read_pseudo(struct line *l, struct record *r);

static const struct kind {
	struct zg_slice word;
	enum zg_dns_type type;
	enum zg_dns_status status;
	void (*read)(struct line *l, struct record *r);
} kinds[] = {
	{ ZG_SI("A"), ZG_DNS_A, ZG_DNS_FOUND, read_a },
	{ ZG_SI("AAAA"), ZG_DNS_AAAA, ZG_DNS_FOUND, read_aaaa },
	{ ZG_SI("MX"), ZG_DNS_MX, ZG_DNS_FOUND, read_mx },
	{ ZG_SI("TXT"), ZG_DNS_TXT, ZG_DNS_FOUND, read_strings },
	{ ZG_SI("SPF"), ZG_DNS_SPF, ZG_DNS_FOUND, read_strings },
	{ ZG_SI("CNAME"), ZG_DNS_CNAME, ZG_DNS_FOUND, read_name },
	{ ZG_SI("PTR"), ZG_DNS_PTR, ZG_DNS_FOUND, read_name },
	{ ZG_SI("NS"), ZG_DNS_NS, ZG_DNS_FOUND, read_name },
	{ ZG_SI("TLSA"), ZG_DNS_TLSA, ZG_DNS_FOUND, read_tlsa },
	{ ZG_SI("TIMEOUT"), ZG_DNS_A, ZG_DNS_TIMEOUT, read_pseudo },
	{ ZG_SI("SERVFAIL"), ZG_DNS_A, ZG_DNS_SERVFAIL, read_pseudo },
	{ ZG_SI("BOGUS"), ZG_DNS_A, ZG_DNS_BOGUS, read_pseudo },
};

static const struct kind *kind_get(struct line *l)
{
	struct zg_slice text = word(l);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (zg_slice_eq_ci(kinds[i].word, text))
			return &kinds[i];
	zg_cur_fail(&l->c, "an unknown type");
	return &kinds[0];
}

static void read_pseudo(struct line *l, struct record *r)
{
	struct line ahead = *l;
	const struct kind *k;

	if (zg_slice_eq(word(&ahead), ZG_S("*"))) {
		*l = ahead;
		r->is_any = true;
		return;
	}
	k = kind_get(l);
	if (k->status != ZG_DNS_FOUND)
		zg_cur_fail(&l->c, "a type or * is expected");
	r->type = k->type;
}

/* name TTL IN type rdata, or nothing at all: then ret->name.p stays NULL. */
static const char *line_read(struct zg_slice text, struct zg_arena *a, struct record *ret)
{
	struct line l = { zg_cur_of(text), a };
	struct record r = { .status = ZG_DNS_FOUND };
	const struct kind *k;

	ret->name.p = NULL;
	if (is_over(&l))
		return NULL;
	if (zg_cur_peek(&l.c) == '$')
		return "a directive ($INCLUDE, $ORIGIN, $TTL) is not read here; every record is written whole";
	r.name = name(&l);
	r.ttl = ttl(&l);
	if (!zg_slice_eq_ci(word(&l), ZG_S("IN")))
		zg_cur_fail(&l.c, "the class must be IN");
	k = kind_get(&l);
	r.type = k->type;
	r.status = k->status;
	if (is_over(&l))
		zg_cur_fail(&l.c, "the record has no data");
	k->read(&l, &r);
	if (!is_over(&l))
		zg_cur_fail(&l.c, "something stands behind the record");
	if (!l.c.why)
		*ret = r;
	return l.c.why;
}

static size_t lines_count(struct zg_slice text)
{
	size_t count = 1, at;

	while ((at = zg_slice_find(text, '\n')) < text.n) {
		text = zg_slice_sub(text, at + 1, text.n);
		count++;
	}
	return count;
}

struct zg_zone *zg_zone_read(struct zg_slice text, struct zg_arena *a, struct zg_zone_error *ret_error)
{
	struct zg_zone *z = zg_arena_alloc(a, sizeof(*z));
	struct zg_cur c = zg_cur_of(text);
	unsigned line = 1;

	if (z)
		z->v = zg_arena_array(a, lines_count(text), sizeof(z->v[0]));
	if (!z || !z->v) {
		*ret_error = (struct zg_zone_error){ line, "no memory" };
		return NULL;
	}
	for (; !zg_cur_is_end(&c); line++) {
		struct zg_slice s = zg_cur_until(&c, '\n');
		const char *why;

		(void)zg_cur_lit(&c, ZG_S("\n"));	/* the last line may lack it */
		if (s.n && s.p[s.n - 1] == '\r')
			s.n--;
		why = line_read(s, a, &z->v[z->count]);
		if (why) {
			*ret_error = (struct zg_zone_error){ line, why };
			return NULL;
		}
		if (z->v[z->count].name.p)
			z->count++;
	}
	return z;
}

/* --- answering ----------------------------------------------------------------------------------------------- */

static const struct record *first_at(const struct zg_zone *z, struct zg_slice owner)
{
	for (size_t i = 0; i < z->count; i++)
		if (zg_slice_eq_ci(z->v[i].name, owner))
			return &z->v[i];
	return NULL;
}

static bool is_there(const struct zg_zone *z, struct zg_slice owner)
{
	for (size_t i = 0; i < z->count; i++)
		if (zg_name_is_below(z->v[i].name, owner))
			return true;
	return false;
}

static const struct record *wildcard_of(const struct zg_zone *z, struct zg_slice parent)
{
	for (size_t i = 0; i < z->count; i++) {
		struct zg_slice n = z->v[i].name;

		if (n.n && n.p[0] == '*' && (n.n == 1 || n.p[1] == '.') && zg_slice_eq_ci(zg_name_parent(n), parent))
			return &z->v[i];
	}
	return NULL;
}

/* The first record of the owner that answers for this name, or NULL and what to say then. */
static const struct record *owner_of(const struct zg_zone *z, struct zg_slice asked, enum zg_dns_status *ret_status)
{
	const struct record *r = first_at(z, asked);

	if (r)
		return r;
	*ret_status = ZG_DNS_NODATA;
	if (is_there(z, asked))
		return NULL;
	while (asked.n && !is_there(z, asked))
		asked = zg_name_parent(asked);
	*ret_status = ZG_DNS_NXDOMAIN;
	return wildcard_of(z, asked);
}

static bool is_of(const struct record *r, struct zg_slice owner, enum zg_dns_type type, enum zg_dns_status status)
{
	return r->type == type && !r->is_any && r->status == status && zg_slice_eq_ci(r->name, owner);
}

/* All records of that owner and type, in the order of the lines. */
static void collect(const struct zg_zone *z, struct zg_slice owner, enum zg_dns_type type, struct zg_arena *a,
		    struct zg_dns_a *ret)
{
	size_t count = 0;
	struct zg_dns_rr *rr;

	for (size_t i = 0; i < z->count; i++)
		count += is_of(&z->v[i], owner, type, ZG_DNS_FOUND) ? 1 : 0;
	if (!count)
		return;
	rr = zg_arena_array(a, count, sizeof(*rr));
	if (!rr) {
		ret->status = ZG_DNS_SERVFAIL;
		return;
	}
	ret->rr = rr;
	for (size_t i = 0; i < z->count; i++) {
		if (!is_of(&z->v[i], owner, type, ZG_DNS_FOUND))
			continue;
		rr[ret->rr_count++] = z->v[i].rr;
		if (z->v[i].ttl < ret->ttl)
			ret->ttl = z->v[i].ttl;
	}
	ret->status = ZG_DNS_FOUND;
}

static const struct record *cname_of(const struct zg_zone *z, struct zg_slice owner)
{
	for (size_t i = 0; i < z->count; i++)
		if (is_of(&z->v[i], owner, ZG_DNS_CNAME, ZG_DNS_FOUND))
			return &z->v[i];
	return NULL;
}

static enum zg_dns_status pseudo_of(const struct zg_zone *z, struct zg_slice owner, enum zg_dns_type type)
{
	for (size_t i = 0; i < z->count; i++) {
		const struct record *r = &z->v[i];

		if (r->status != ZG_DNS_FOUND && (r->is_any || r->type == type) && zg_slice_eq_ci(r->name, owner))
			return r->status;
	}
	return ZG_DNS_NODATA;
}

void zg_zone_answer(const struct zg_zone *z, const struct zg_dns_q *q, struct zg_arena *a, struct zg_dns_a *ret)
{
	struct zg_slice asked = q->name;

	*ret = (struct zg_dns_a){ .name = q->name, .type = q->type, .status = ZG_DNS_NODATA, .ttl = ZONE_MAX_TTL };
	for (int hop = 0; hop <= ZONE_MAX_HOPS; hop++) {
		const struct record *owner = owner_of(z, asked, &ret->status), *cname;

		if (!owner)
			break;
		ret->status = ZG_DNS_NODATA;
		collect(z, owner->name, q->type, a, ret);
		if (ret->status != ZG_DNS_NODATA)
			break;
		cname = cname_of(z, owner->name);
		if (!cname) {
			ret->status = pseudo_of(z, owner->name, q->type);
			break;
		}
		asked = cname->rr.data;
		if (cname->ttl < ret->ttl)
			ret->ttl = cname->ttl;
		ret->status = ZG_DNS_SERVFAIL;	/* where the hops end here */
	}
	if (ret->status != ZG_DNS_FOUND)
		ret->ttl = 0;
}

unsigned zg_zone_drive(const struct zg_zone *z, const struct zg_asker *m, struct zg_arena *a)
{
	const struct zg_dns_q *q = NULL;
	unsigned count = 0;

	while (count < ZONE_MAX_DRIVE && m->step(m->machine, &q) == ZG_ASK) {
		struct zg_dns_a answer;

		zg_zone_answer(z, q, a, &answer);
		m->feed(m->machine, &answer);
		count++;
	}
	return count;
}
