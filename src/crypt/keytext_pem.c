/* keytext_pem.c - the BEGIN and END lines of PEM (RFC 7468 3) in a text, as people leave them.
 *
 *   dashes, BEGIN or END, a label, dashes: a mark.  A block goes from a BEGIN to the next mark, whatever that is.
 *
 * Two dashes suffice in front and none behind; letters of either case; blanks and line ends within a label, or none.
 * Labels nobody knows are passed over, unless they end as a private key's.  Every mark is looked at once. */
#include "base/ascii.h"
#include "crypt/keytext.h"

#define LABEL_MAX 64u	/* octets of a label, blanks included */
#define DASHES_MIN 2u

/* Labels without blanks, RFC 7468, OpenSSL's and others'; where several blocks hold no key to sign with, the first of
 * this table is told. */
static const struct { struct zg_slice label; enum zg_keytext what; } labels[] = {
	{ ZG_SI("PRIVATEKEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("RSAPRIVATEKEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("ENCRYPTEDPRIVATEKEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("OPENSSHPRIVATEKEY"), ZG_KEYTEXT_OK },	/* the octets tell */
	{ ZG_SI("PGPPRIVATEKEYBLOCK"), ZG_KEYTEXT_PGP },
	{ ZG_SI("ECPRIVATEKEY"), ZG_KEYTEXT_EC },
	{ ZG_SI("DSAPRIVATEKEY"), ZG_KEYTEXT_DSA },
	{ ZG_SI("SSH2ENCRYPTEDPRIVATEKEY"), ZG_KEYTEXT_OTHER_KIND },
	{ ZG_SI("PGPPUBLICKEYBLOCK"), ZG_KEYTEXT_PGP },
	{ ZG_SI("PGPMESSAGE"), ZG_KEYTEXT_PGP },
	{ ZG_SI("PGPSIGNEDMESSAGE"), ZG_KEYTEXT_PGP },
	{ ZG_SI("PGPSIGNATURE"), ZG_KEYTEXT_PGP },
	{ ZG_SI("PKCS12"), ZG_KEYTEXT_PFX },
	{ ZG_SI("CERTIFICATEREQUEST"), ZG_KEYTEXT_REQUEST },
	{ ZG_SI("NEWCERTIFICATEREQUEST"), ZG_KEYTEXT_REQUEST },
	{ ZG_SI("CERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("X509CERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("TRUSTEDCERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("PKCS7"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("PUBLICKEY"), ZG_KEYTEXT_PUBLIC },
	{ ZG_SI("RSAPUBLICKEY"), ZG_KEYTEXT_PUBLIC },
	{ ZG_SI("SSH2PUBLICKEY"), ZG_KEYTEXT_PUBLIC },
	{ ZG_SI("ECPARAMETERS"), ZG_KEYTEXT_EC },
	{ ZG_SI("DSAPARAMETERS"), ZG_KEYTEXT_DSA },
};
#define LABELS (sizeof(labels) / sizeof(labels[0]))

struct mark {
	size_t at, end;		/* octets of the text */
	bool is_begin, is_end;	/* neither: no more marks */
	size_t label;		/* of the table; LABELS where it is not known */
	bool is_private;	/* a label that a key to sign with may stand under */
};

/* The end of the label in the text from `at` on, blanks aside; 0 where it does not stand there.  *ret_is_part: all
 * there is of the text is its beginning. */
static size_t label_end(struct zg_slice text, size_t at, struct zg_slice label, bool *ret_is_part)
{
	for (size_t i = 0; i < label.n; at++) {
		if (at >= text.n)
			*ret_is_part = true;
		if (at >= text.n)
			return 0;
		if (zg_ascii_is_space(text.p[at]))
			continue;
		if (zg_ascii_lower(text.p[at]) != zg_ascii_lower(label.p[i++]))
			return 0;
	}
	return at;
}

/* A label that ends so may be a private key's, though nobody knows it: "MY PRIVATE KEY-----". */
static size_t private_end(struct zg_slice text, size_t at, size_t *ret_dash)
{
	struct zg_slice label = zg_slice_sub(text, at, LABEL_MAX);
	size_t dash = zg_slice_find(label, '-'), left = labels[0].label.n;

	*ret_dash = dash == label.n ? at : at + dash;
	for (size_t i = dash; i-- > 0 && left;) {
		if (zg_ascii_is_space(label.p[i]))
			continue;
		if (zg_ascii_lower(label.p[i]) != zg_ascii_lower(labels[0].label.p[--left]))
			return 0;
	}
	return dash < label.n && !left ? at + dash : 0;
}

/* The label from `at` on, the longest of the table. */
static void label_read(struct zg_slice text, size_t at, struct mark *m)
{
	bool is_part = false;
	size_t dash = at;

	m->label = LABELS;
	m->end = 0;
	for (size_t i = 0; i < LABELS; i++) {
		size_t end = label_end(text, at, labels[i].label, &is_part);

		if (end > m->end) {
			m->end = end;
			m->label = i;
		}
	}
	m->is_private = m->label < LABELS ? labels[m->label].what == ZG_KEYTEXT_OK : is_part;
	if (m->label == LABELS && !is_part) {
		m->end = private_end(text, at, &dash);
		m->is_private = m->end > 0;
	}
	m->end = is_part && m->label == LABELS ? text.n : m->end ? m->end : dash;
}

static size_t skip(struct zg_slice text, size_t at, bool (*is)(char c))
{
	while (at < text.n && is(text.p[at]))
		at++;
	return at;
}

static bool is_dash(char c)
{
	return c == '-';
}

static bool is_wsp(char c)
{
	return zg_ascii_is_wsp(c);
}

/* The first mark from `at` on. */
static struct mark mark_next(struct zg_slice text, size_t at)
{
	struct mark m = { .at = text.n, .end = text.n };

	while (at < text.n) {
		size_t from = at + zg_slice_find(zg_slice_sub(text, at, text.n), '-'), word = skip(text, from, is_dash);
		struct zg_slice rest;

		at = word;
		if (word - from < DASHES_MIN)
			continue;
		word = skip(text, word, is_wsp);
		rest = zg_slice_sub(text, word, text.n);
		m.is_begin = zg_slice_starts_ci(rest, ZG_S("BEGIN"));
		m.is_end = zg_slice_starts_ci(rest, ZG_S("END"));
		if (!m.is_begin && !m.is_end)
			continue;
		m.at = from;
		label_read(text, word + (m.is_begin ? 5 : 3), &m);
		if (m.label == LABELS && !m.is_private) {
			m.is_begin = m.is_end = false;
			at = m.end > at ? m.end : at;
			continue;
		}
		m.end = skip(text, skip(text, m.end, is_wsp), is_dash);
		return m;
	}
	m.at = m.end = text.n;
	return m;
}

/* A BEGIN, and the mark behind it. */
static void block_note(struct zg_slice text, const struct mark *m, const struct mark *next, struct zg_keyblocks *b,
		       size_t *least)
{
	struct zg_slice body = zg_slice_trim(zg_slice_sub(text, m->end, next->at - m->end));

	if (!m->is_private) {
		*least = *least < m->label ? *least : m->label;
		return;
	}
	if (b->count && zg_keytext_is_same(body, b->body) && !b->is_cut)
		return;
	if (b->count++)
		return;
	b->body = body;
	b->block = zg_slice_sub(text, m->at, (size_t)(b->body.p + b->body.n - (text.p + m->at)));
	b->is_cut = !next->is_end || !next->is_private;
}

struct zg_keyblocks zg_keytext_blocks(struct zg_slice text)
{
	struct zg_keyblocks b = { .count = 0 };
	struct mark m = mark_next(text, 0), next;
	size_t least = LABELS;

	for (; m.at < text.n; m = next) {
		next = mark_next(text, m.end);
		if (m.is_begin)
			block_note(text, &m, &next, &b, &least);
		else if (m.is_private)
			b.is_headless = true;
		if (m.is_begin && next.is_end)
			next = mark_next(text, next.end);
	}
	b.what = least < LABELS ? labels[least].what : ZG_KEYTEXT_UNKNOWN;
	return b;
}
