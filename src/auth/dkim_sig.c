/* dkim_sig.c - the DKIM-Signature field in typed form.
 *
 * RFC 6376 6.1.1: any inconsistency makes the field void.  So each tag has its reader, they run in the order of the
 * table, and the first word why is the verdict.  Tags without a reader are unknown and ignored (RFC 6376 3.5). */
#include "auth/dkim_sig.h"
#include <zegel/address.h>
#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/b64.h"
#include "base/hex.h"
#include "base/utf8.h"

#define MAX_DIGITS_LENGTH 76u	/* RFC 6376 3.5, l= */
#define MAX_DIGITS_TIME 20u	/* RFC 6376 3.5: over 12 may be taken for infinite; over 20 is nonsense */
#define MAX_IDENTITY 1024u	/* octets of i= as written; an address has 254 */

struct reading {
	struct zg_dkim_sig *sig;
	struct zg_arena *a;
	int64_t time;		/* t=, or -1 */
};

/* A decimal number of up to max digits, held at INT64_MAX; -1 where it is none. */
static int64_t number(struct zg_slice s, size_t max)
{
	int64_t v = 0;

	if (!s.n || s.n > max)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (!zg_ascii_is_digit(s.p[i]))
			return -1;
		v = v > (INT64_MAX - 9) / 10 ? INT64_MAX : v * 10 + (s.p[i] - '0');
	}
	return v;
}

struct zg_slice zg_dkim_sig_name(struct zg_slice text, size_t labels, struct zg_arena *a)
{
	struct zg_slice name = { NULL, 0 };
	size_t count = 1;

	if (!text.n || text.p[text.n - 1] == '.')
		return name;
	name = zg_address_domain(text, a);
	for (size_t i = 0; i < name.n; i++)
		count += name.p[i] == '.' ? 1 : 0;
	return count < labels ? (struct zg_slice){ NULL, 0 } : name;
}

bool zg_dkim_sig_is_field_name(struct zg_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':' || name.p[i] == ';')
			return false;
	return name.n > 0;
}

int zg_dkim_sig_unquote(struct zg_slice text, struct zg_buf *ret)
{
	size_t i = 0;

	while (i < text.n) {
		char c = text.p[i++];

		if (zg_ascii_is_space(c))
			continue;
		if (c != '=') {
			zg_buf_putc(ret, c);
			continue;
		}
		if (text.n - i < 2 || zg_hex_decode(zg_slice_sub(text, i, 2), ret) < 0)
			return -1;
		i += 2;
	}
	return ret->is_full ? -1 : 0;
}

void zg_dkim_sig_quote(struct zg_slice text, struct zg_buf *ret)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > ' ' && c != 127 && c != ';' && c != '=') {
			zg_buf_putc(ret, text.p[i]);
			continue;
		}
		zg_buf_putc(ret, '=');
		zg_buf_putc(ret, digits[c >> 4]);
		zg_buf_putc(ret, digits[c & 15]);
	}
}

int zg_dkim_sig_identity(struct zg_slice identity, struct zg_slice d, struct zg_arena *a, bool *ret_is_below)
{
	size_t at = zg_slice_rfind(identity, '@');
	struct zg_slice domain;

	if (at == identity.n || !zg_utf8_is_valid(identity))
		return -1;
	domain = zg_dkim_sig_name(zg_slice_sub(identity, at + 1, identity.n), 2, a);
	if (!domain.n || !zg_address_is_below(domain, d))
		return -1;
	*ret_is_below = domain.n != d.n;
	return 0;
}

enum zg_dkim_refusal zg_dkim_sig_from(struct zg_slice value, struct zg_slice d, struct zg_arena *a)
{
	struct zg_address address;
	struct zg_slice domain;
	size_t count;

	if (zg_address_list(value, &address, &count) < 0 || !count)
		return ZG_DKIM_FROM_UNREADABLE;
	if (count > 1)
		return ZG_DKIM_FROM_TWO_ADDRESSES;
	domain = zg_address_domain(address.domain, a);
	if (!domain.n)
		return a->is_full ? ZG_DKIM_NO_ROOM : ZG_DKIM_FROM_UNREADABLE;
	return zg_address_is_below(domain, d) ? ZG_DKIM_SIGNABLE : ZG_DKIM_FROM_FOREIGN;
}

static const char *read_v(struct reading *r, struct zg_slice value)
{
	(void)r;
	return zg_slice_eq(value, ZG_S("1")) ? NULL : "unknown version (v=)";
}

static const char *read_a(struct reading *r, struct zg_slice value)
{
	r->sig->type = ZG_KEY_RSA;
	if (zg_slice_eq_ci(value, ZG_S("rsa-sha256")))
		return NULL;
	/* RFC 8301 3.1: rsa-sha1 must not be used for signing or verifying. */
	if (zg_slice_eq_ci(value, ZG_S("rsa-sha1")))
		return "rsa-sha1 is not accepted any more";
	r->sig->type = ZG_KEY_ED25519;
	return zg_slice_eq_ci(value, ZG_S("ed25519-sha256")) ? NULL : "unknown algorithm (a=)";
}

static const char *read_d(struct reading *r, struct zg_slice value)
{
	r->sig->asked_domain = zg_dkim_sig_name(value, 2, r->a);
	return r->sig->asked_domain.n ? NULL : "no domain name (d=)";
}

static const char *read_s(struct reading *r, struct zg_slice value)
{
	r->sig->asked_selector = zg_dkim_sig_name(value, 1, r->a);
	if (!r->sig->asked_selector.n)
		return "no selector (s=)";
	if (r->sig->asked_selector.n + r->sig->asked_domain.n > ZG_DKIM_NAMES_MAX)
		return "s= and d= are too long together";
	return NULL;
}

static bool canon_of(struct zg_slice word, enum zg_canon *ret)
{
	*ret = zg_slice_eq_ci(word, ZG_S("relaxed")) ? ZG_CANON_RELAXED : ZG_CANON_SIMPLE;
	return *ret == ZG_CANON_RELAXED || zg_slice_eq_ci(word, ZG_S("simple"));
}

static const char *read_c(struct reading *r, struct zg_slice value)
{
	size_t slash = zg_slice_find(value, '/');

	/* RFC 6376 3.5: one name alone is the header's, the body is simple then. */
	if (!canon_of(zg_slice_sub(value, 0, slash), &r->sig->header) ||
	    (slash < value.n && !canon_of(zg_slice_sub(value, slash + 1, value.n), &r->sig->body)))
		return "unknown canonicalization (c=)";
	return NULL;
}

static const char *read_h(struct reading *r, struct zg_slice value)
{
	struct zg_slice list = value, name;

	r->sig->headers = value;
	while (zg_taglist_item(&list, ':', &name))
		if (!zg_dkim_sig_is_field_name(name))
			return "no list of header fields (h=)";
	/* RFC 6376 5.4. */
	return zg_taglist_holds(value, ZG_S("from")) ? NULL : "From is not signed";
}

static const char *read_i(struct reading *r, struct zg_slice value)
{
	size_t cap = value.n < MAX_IDENTITY ? value.n : MAX_IDENTITY;
	char *p = zg_arena_bytes(r->a, cap);
	struct zg_buf b = zg_buf_of(p, p ? cap : 0);

	if (zg_dkim_sig_unquote(value, &b) < 0)
		return "no identity (i=)";
	if (zg_dkim_sig_identity(zg_buf_slice(&b), r->sig->asked_domain, r->a, &r->sig->is_below) < 0)
		return "i= does not lie in d=";
	return NULL;
}

static const char *read_bh(struct reading *r, struct zg_slice value)
{
	struct zg_buf b = zg_buf_of(r->sig->body_hash, sizeof(r->sig->body_hash));

	if (zg_b64_decode_fws(value, &b) < 0 || b.n != sizeof(r->sig->body_hash))
		return "no SHA-256 (bh=)";
	return NULL;
}

static const char *read_l(struct reading *r, struct zg_slice value)
{
	int64_t v = number(value, MAX_DIGITS_LENGTH);

	if (v < 0)
		return "no number (l=)";
	r->sig->length = (uint64_t)v;
	return NULL;
}

static const char *read_t(struct reading *r, struct zg_slice value)
{
	r->time = number(value, MAX_DIGITS_TIME);
	return r->time < 0 ? "no number (t=)" : NULL;
}

static const char *read_x(struct reading *r, struct zg_slice value)
{
	r->sig->expire = number(value, MAX_DIGITS_TIME);
	if (r->sig->expire < 0)
		return "no number (x=)";
	return r->sig->expire <= r->time && r->time < INT64_MAX ? "x= does not lie after t=" : NULL;
}

static const char *read_q(struct reading *r, struct zg_slice value)
{
	(void)r;
	return zg_taglist_holds(value, ZG_S("dns/txt")) ? NULL : "no known way to get the key (q=)";
}

/* RFC 6376 2.11: blanks, =XX, and else anything but "=". */
static bool is_quoted(struct zg_slice s)
{
	char octet[1];

	for (size_t i = 0; i < s.n; i++) {
		struct zg_buf b = zg_buf_of(octet, sizeof(octet));

		if (s.p[i] == '=' && (s.n - i < 3 || zg_hex_decode(zg_slice_sub(s, i + 1, 2), &b) < 0))
			return false;
	}
	return true;
}

/* The copies are for people alone; but RFC 6376 6.1.1: the format of a tag is held against the rules. */
static const char *read_z(struct reading *r, struct zg_slice value)
{
	struct zg_slice copy;

	(void)r;
	while (zg_taglist_item(&value, '|', &copy)) {
		size_t colon = zg_slice_find(copy, ':');
		struct zg_slice name = zg_slice_trim(zg_slice_sub(copy, 0, colon));

		if (colon == copy.n || !zg_dkim_sig_is_field_name(name) || !is_quoted(zg_slice_sub(copy, colon + 1, copy.n)))
			return "no copies of header fields (z=)";
	}
	return NULL;
}

static const char *read_b(struct reading *r, struct zg_slice value)
{
	r->sig->b = value;
	return NULL;
}

/* In this order: s= and i= need d=, x= needs t=. */
static const struct tag_reader {
	struct zg_slice name;
	const char *missing;	/* NULL: the tag may be missing */
	const char *(*read)(struct reading *r, struct zg_slice value);
} readers[] = {
	{ ZG_SI("v"), "v= is missing", read_v },
	{ ZG_SI("a"), "a= is missing", read_a },
	{ ZG_SI("b"), "b= is missing", read_b },
	{ ZG_SI("bh"), "bh= is missing", read_bh },
	{ ZG_SI("d"), "d= is missing", read_d },
	{ ZG_SI("h"), "h= is missing", read_h },
	{ ZG_SI("s"), "s= is missing", read_s },
	{ ZG_SI("c"), NULL, read_c },
	{ ZG_SI("i"), NULL, read_i },
	{ ZG_SI("l"), NULL, read_l },
	{ ZG_SI("q"), NULL, read_q },
	{ ZG_SI("t"), NULL, read_t },
	{ ZG_SI("x"), NULL, read_x },
	{ ZG_SI("z"), NULL, read_z },
};

static struct zg_slice value_of(const struct zg_taglist *l, struct zg_slice name)
{
	const struct zg_tag *t = zg_taglist_get(l, name);

	return t ? t->value : (struct zg_slice){ NULL, 0 };
}

const char *zg_dkim_sig_read(struct zg_slice value, struct zg_arena *scratch, struct zg_arena *a,
			     struct zg_dkim_sig *ret)
{
	struct reading r = { ret, a, -1 };
	struct zg_taglist l;
	enum zg_taglist_error e;
	const char *why;

	*ret = (struct zg_dkim_sig){ .length = UINT64_MAX, .expire = -1 };
	zg_arena_reset(scratch);
	e = zg_taglist_read(value, scratch, &l);
	if (e != ZG_TAGLIST_OK)
		return zg_taglist_word(e);
	ret->domain = value_of(&l, ZG_S("d"));
	ret->selector = value_of(&l, ZG_S("s"));
	ret->identity = value_of(&l, ZG_S("i"));
	ret->algorithm = value_of(&l, ZG_S("a"));
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const struct zg_tag *t = zg_taglist_get(&l, readers[i].name);

		why = t ? readers[i].read(&r, t->value) : readers[i].missing;
		if (why)
			return why;
		if (t && readers[i].read == read_b)
			ret->b_raw = t->raw;
	}
	return NULL;
}

const char *zg_dkim_sig_octets(const struct zg_dkim_sig *sig, struct zg_arena *a, struct zg_slice *ret)
{
	char *p = zg_arena_bytes(a, ZG_KEY_SIGNATURE_MAX);
	struct zg_buf b;

	if (!p)
		return "no memory";
	b = zg_buf_of(p, ZG_KEY_SIGNATURE_MAX);
	if (zg_b64_decode_fws(sig->b, &b) < 0 || !b.n)
		return "no signature (b=)";
	zg_arena_shrink(a, ZG_KEY_SIGNATURE_MAX - b.n);
	*ret = zg_buf_slice(&b);
	return NULL;
}
