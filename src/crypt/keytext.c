/* keytext.c - what people paste as their private key, read or told apart.
 *
 *   text --> TOO_LONG, EMPTY
 *     |--- DER as it is --------------------------------------------> der_read
 *     |--- -----BEGIN ... blocks: which is the one private key? --+-> base64 --> der_read
 *     |                                                           +-> traditional encryption --> OpenSSL's PEM reader
 *     |--- marks of other things (a DNS record, an SSH key ...)
 *     +--- base64 and nothing else --> 32 octets: an Ed25519 seed; a SEQUENCE: der_read
 *   der_read: der_look names the form by its shape alone, then it is decoded, then zg_key_check tries the numbers.
 *
 * Laws: (1) a label of PEM says only which block to read; what it holds is told by the DER.  (2) What was decoded of
 * the text lies in one work area, wiped at the one way out.  (3) Time is linear in the text, but for a passphrase,
 * whose cost the text names and WORK_MAX bounds. */
#include <zegel/crypt.h>
#include "base/ascii.h"
#include "base/b64.h"
#include "base/secret.h"
#include "crypt/der.h"
#include "crypt/key.h"

#define WORK_MAX 10000000u	/* rounds of a passphrase's derivation (for scrypt N times r times p); some seconds */
#define RSA_INTEGERS 9u		/* of an RSAPrivateKey, RFC 8017 A.1.2 */
#define DSA_INTEGERS 6u		/* of OpenSSL's DSAPrivateKey */

/* The decoded octets, or the lines of a PEM block put straight; a line more than the text may have. */
struct work {
	unsigned char b[ZG_KEY_TEXT_MAX + 1];
};

/* A private key found in DER. */
enum form { FORM_RSA, FORM_ED25519, FORM_ENCRYPTED };
struct found {
	enum form form;
	struct zg_slice der;	/* RSAPrivateKey, the seed, or EncryptedPrivateKeyInfo */
};

/* --- DER ------------------------------------------------------------------------------------------------------ */

/* A SEQUENCE of INTEGERs and nothing else: a key of RSA or DSA, or the public half. */
static enum zg_keytext look_at_numbers(struct zg_slice der, struct found *ret)
{
	struct zg_cur outer = zg_cur_of(der);
	struct zg_cur in = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));
	struct zg_slice first = zg_der_take(&in, ZG_DER_INTEGER);
	unsigned count = 1;

	while (!zg_cur_is_end(&in)) {
		(void)zg_der_take(&in, ZG_DER_INTEGER);	/* only how many there are */
		count++;
	}
	if (in.why || !zg_cur_is_end(&outer))
		return ZG_KEYTEXT_DAMAGED;
	if (count == 2)
		return ZG_KEYTEXT_PUBLIC;
	if (count == DSA_INTEGERS)
		return ZG_KEYTEXT_EC;
	*ret = (struct found){ FORM_RSA, der };
	/* RFC 8017 A.1.2: version 0 has two primes. */
	return count == RSA_INTEGERS && first.n == 1 && first.p[0] == 0 ? ZG_KEYTEXT_OK : ZG_KEYTEXT_DAMAGED;
}

/* RFC 5958 2: version, algorithm, key; what may follow is not looked at. */
static enum zg_keytext look_at_pkcs8(struct zg_cur *in, struct found *ret)
{
	struct zg_cur algorithm = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));
	struct zg_slice oid = zg_der_take(&algorithm, ZG_DER_OID);
	struct zg_slice key = zg_der_take(in, ZG_DER_OCTETS);
	struct zg_cur inner = zg_cur_of(key);

	if (in->why || algorithm.why)
		return ZG_KEYTEXT_DAMAGED;
	if (zg_slice_eq(oid, ZG_S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")))	/* rsaEncryption */
		return look_at_numbers(key, ret) == ZG_KEYTEXT_OK ? ZG_KEYTEXT_OK : ZG_KEYTEXT_DAMAGED;
	if (!zg_slice_eq(oid, ZG_S("\x2b\x65\x70")))				/* id-Ed25519, RFC 8410 3 */
		return ZG_KEYTEXT_EC;
	*ret = (struct found){ FORM_ED25519, zg_der_take(&inner, ZG_DER_OCTETS) };
	if (inner.why || !zg_cur_is_end(&inner) || ret->der.n != ZG_ED25519_SIZE)
		return ZG_KEYTEXT_DAMAGED;
	return ZG_KEYTEXT_OK;
}

static enum zg_keytext look_behind_integer(struct zg_cur *in, struct zg_slice der, struct found *ret)
{
	struct zg_slice version = zg_der_take(in, ZG_DER_INTEGER);

	switch (zg_der_peek(in)) {
	case ZG_DER_INTEGER:
		return look_at_numbers(der, ret);
	case ZG_DER_OCTETS:				/* RFC 5915 3 */
		return ZG_KEYTEXT_EC;
	case ZG_DER_SEQUENCE:
		if (version.n != 1 || (version.p[0] != 0 && version.p[0] != 1))
			return ZG_KEYTEXT_UNKNOWN;
		return look_at_pkcs8(in, ret);
	default:
		return in->why ? ZG_KEYTEXT_DAMAGED : ZG_KEYTEXT_UNKNOWN;
	}
}

/* What stands in a SEQUENCE within the SEQUENCE: an algorithm (then it is a public or an encrypted key), or what a
 * certificate or a request says. */
static enum zg_keytext look_behind_sequence(struct zg_cur *in, struct zg_slice der, struct found *ret)
{
	struct zg_cur inner = zg_cur_of(zg_der_take(in, ZG_DER_SEQUENCE));
	struct zg_cur third;

	switch (zg_der_peek(&inner)) {
	case ZG_DER_OID:
		if (zg_der_peek(in) == ZG_DER_BITS)
			return ZG_KEYTEXT_PUBLIC;
		*ret = (struct found){ FORM_ENCRYPTED, der };
		return zg_der_peek(in) == ZG_DER_OCTETS ? ZG_KEYTEXT_OK : ZG_KEYTEXT_UNKNOWN;
	case ZG_DER_CONTEXT_0:				/* RFC 5280 4.1: [0] version */
		return ZG_KEYTEXT_CERTIFICATE;
	case ZG_DER_INTEGER:	/* a serial and an algorithm; or a version and a name, RFC 2986 4.1 */
		(void)zg_der_take(&inner, ZG_DER_INTEGER);	/* its value does not matter */
		third = zg_cur_of(zg_der_take(&inner, ZG_DER_SEQUENCE));
		if (inner.why)
			return ZG_KEYTEXT_UNKNOWN;
		return zg_der_peek(&third) == ZG_DER_OID ? ZG_KEYTEXT_CERTIFICATE : ZG_KEYTEXT_REQUEST;
	default:
		return ZG_KEYTEXT_UNKNOWN;
	}
}

static enum zg_keytext der_look(struct zg_slice der, struct found *ret)
{
	struct zg_cur c = zg_cur_of(der), in;
	size_t size = zg_der_size(der);

	if (zg_slice_starts(der, ZG_S("openssh-key-v1")))
		return ZG_KEYTEXT_OPENSSH;
	if (!size || zg_der_peek(&c) != ZG_DER_SEQUENCE)
		return ZG_KEYTEXT_UNKNOWN;
	if (size != der.n)
		return size > der.n ? ZG_KEYTEXT_CUT : ZG_KEYTEXT_DAMAGED;
	in = zg_cur_of(zg_der_take(&c, ZG_DER_SEQUENCE));
	if (zg_der_peek(&in) == ZG_DER_INTEGER)
		return look_behind_integer(&in, der, ret);
	return zg_der_peek(&in) == ZG_DER_SEQUENCE ? look_behind_sequence(&in, der, ret) : ZG_KEYTEXT_UNKNOWN;
}

/* May the passphrase be tried?  All numbers of the algorithm multiplied (rounds, length of key; N, r, p) bound the
 * work; SEQUENCEs are entered by not being skipped. */
static bool work_is_bounded(struct zg_slice der)
{
	struct zg_cur outer = zg_cur_of(der), c;
	uint64_t work = 1;

	outer = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));
	c = zg_cur_of(zg_der_take(&outer, ZG_DER_SEQUENCE));
	while (!zg_cur_is_end(&c)) {
		unsigned tag = 0;
		size_t n = zg_der_head(&c, &tag);
		struct zg_slice s;
		uint64_t v = 0;

		if (tag == ZG_DER_SEQUENCE)
			continue;
		s = zg_cur_bytes(&c, n);
		if (tag != ZG_DER_INTEGER)
			continue;
		if (s.n < 1 || s.n > 4 || (unsigned char)s.p[0] & 0x80)
			return false;
		for (size_t i = 0; i < s.n; i++)
			v = v << 8 | (unsigned char)s.p[i];
		work *= v;
		if (work < 1 || work > WORK_MAX)
			return false;
	}
	return !c.why && !outer.why;
}

/* The numbers of a key that was decoded; what fails them is ended. */
static enum zg_keytext settle(struct zg_key *k, struct zg_key *ret)
{
	enum zg_keytext why = zg_key_check(k);

	if (why == ZG_KEYTEXT_OK)
		*ret = *k;
	else
		zg_key_done(k);
	return why;
}

static enum zg_keytext encrypted_read(const struct zg_key_form *form, const unsigned char *p, size_t n,
				      struct zg_slice passphrase, struct zg_key *ret)
{
	struct zg_key k;
	enum zg_keytext why;

	if (!passphrase.n)
		return ZG_KEYTEXT_PASSPHRASE_NEEDED;
	why = zg_key_decode(form, p, n, passphrase, &k);
	if (why == ZG_KEYTEXT_OK)
		return settle(&k, ret);
	/* Under a wrong passphrase the padding is wrong, or what comes out is no key: it cannot be told from damage. */
	return why == ZG_KEYTEXT_DAMAGED ? ZG_KEYTEXT_PASSPHRASE_WRONG : why;
}

static enum zg_keytext der_read(struct zg_slice der, struct zg_slice passphrase, struct zg_key *ret)
{
	static const struct zg_key_form pkcs1 = { "DER", "type-specific", "RSA" };
	static const struct zg_key_form encrypted = { "DER", "EncryptedPrivateKeyInfo", NULL };
	struct found found;
	struct zg_key k;
	enum zg_keytext why = der_look(der, &found);
	const unsigned char *p;

	if (why != ZG_KEYTEXT_OK)
		return why;
	p = (const unsigned char *)found.der.p;
	switch (found.form) {
	case FORM_ENCRYPTED:
		if (!work_is_bounded(der))
			return ZG_KEYTEXT_DAMAGED;
		return encrypted_read(&encrypted, p, found.der.n, passphrase, ret);
	case FORM_ED25519:
		return zg_key_of_seed(p, &k) == 0 ? settle(&k, ret) : ZG_KEYTEXT_NO_MEMORY;
	default:
		why = zg_key_decode(&pkcs1, p, found.der.n, ZG_S(""), &k);
		return why == ZG_KEYTEXT_OK ? settle(&k, ret) : why;
	}
}

/* --- base64 --------------------------------------------------------------------------------------------------- */

static bool is_b64(char c)
{
	return zg_ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* Why it cannot be decoded: another character (DAMAGED), or less than the DER in it says (CUT). */
static enum zg_keytext b64_fault(struct zg_slice text)
{
	char head[8];
	unsigned char der[6] = { 0 };
	struct zg_buf b = zg_buf_of(der, sizeof(der));
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (zg_ascii_is_space(text.p[i]))
			continue;
		if (!is_b64(text.p[i]))
			return ZG_KEYTEXT_DAMAGED;
		if (count < sizeof(head))
			head[count] = text.p[i];
		count++;
	}
	if (count < sizeof(head) || zg_b64_decode(zg_slice_of(head, sizeof(head)), &b) < 0)
		return ZG_KEYTEXT_DAMAGED;
	return zg_der_size(zg_buf_slice(&b)) > count / 4 * 3 ? ZG_KEYTEXT_CUT : ZG_KEYTEXT_DAMAGED;
}

static enum zg_keytext b64_read(struct zg_slice text, struct work *w, struct zg_slice *ret_der)
{
	struct zg_buf b = zg_buf_of(w->b, sizeof(w->b));

	if (zg_b64_decode_fws(text, &b) < 0)
		return b64_fault(text);
	*ret_der = zg_buf_slice(&b);
	return ZG_KEYTEXT_OK;
}

/* --- PEM ------------------------------------------------------------------------------------------------------ */

/* Labels, RFC 7468 and OpenSSL's; where several blocks hold no key to sign with, the first of this table is told. */
static const struct { struct zg_slice label; enum zg_keytext what; } labels[] = {
	{ ZG_SI("PRIVATE KEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("RSA PRIVATE KEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("ENCRYPTED PRIVATE KEY"), ZG_KEYTEXT_OK },
	{ ZG_SI("OPENSSH PRIVATE KEY"), ZG_KEYTEXT_OPENSSH },
	{ ZG_SI("PGP PRIVATE KEY BLOCK"), ZG_KEYTEXT_PGP },
	{ ZG_SI("EC PRIVATE KEY"), ZG_KEYTEXT_EC },
	{ ZG_SI("DSA PRIVATE KEY"), ZG_KEYTEXT_EC },
	{ ZG_SI("PGP PUBLIC KEY BLOCK"), ZG_KEYTEXT_PGP },
	{ ZG_SI("PGP MESSAGE"), ZG_KEYTEXT_PGP },
	{ ZG_SI("CERTIFICATE REQUEST"), ZG_KEYTEXT_REQUEST },
	{ ZG_SI("NEW CERTIFICATE REQUEST"), ZG_KEYTEXT_REQUEST },
	{ ZG_SI("CERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("X509 CERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("TRUSTED CERTIFICATE"), ZG_KEYTEXT_CERTIFICATE },
	{ ZG_SI("PUBLIC KEY"), ZG_KEYTEXT_PUBLIC },
	{ ZG_SI("RSA PUBLIC KEY"), ZG_KEYTEXT_PUBLIC },
	{ ZG_SI("EC PARAMETERS"), ZG_KEYTEXT_EC },
	{ ZG_SI("DSA PARAMETERS"), ZG_KEYTEXT_EC },
};
#define LABELS (sizeof(labels) / sizeof(labels[0]))

struct blocks {
	struct zg_slice block, body;	/* of the first private key: with BEGIN and END, and what is between */
	unsigned count;			/* private keys */
	bool is_cut;			/* of a private key: no END */
	bool is_other;			/* some block was seen that is none */
	size_t label;			/* of the others: the least, LABELS where all are unknown */
};

static size_t label_find(struct zg_slice label)
{
	size_t i = 0;

	while (i < LABELS && !zg_slice_eq(labels[i].label, label))
		i++;
	return i;
}

/* Is rest, which begins with five dashes, the END line of label? */
static bool is_end_of(struct zg_slice rest, struct zg_slice label)
{
	const struct zg_slice end = ZG_S("-----END ");

	return zg_slice_starts(rest, end) && zg_slice_starts(zg_slice_sub(rest, end.n, rest.n), label);
}

/* The block at the start of text, which is "-----BEGIN "; answers the octets gone over. */
static size_t block_note(struct zg_slice text, struct blocks *b)
{
	const struct zg_slice begin = ZG_S("-----BEGIN "), dashes = ZG_S("-----");
	struct zg_slice rest = zg_slice_sub(text, begin.n, text.n);
	struct zg_slice label = zg_slice_sub(rest, 0, zg_slice_find_slice(rest, dashes));
	struct zg_slice body = zg_slice_sub(rest, label.n + dashes.n, rest.n);
	size_t i = label_find(label), end;

	body.n = zg_slice_find_slice(body, dashes);
	end = (size_t)(body.p - text.p) + body.n;
	if (label.n == rest.n || (i < LABELS && labels[i].what == ZG_KEYTEXT_OK)) {
		if (b->count++ == 0) {
			b->block = zg_slice_sub(text, 0, end + ZG_S("-----END ").n + label.n + dashes.n);
			b->body = body;
			b->is_cut = !is_end_of(zg_slice_sub(text, end, text.n), label);
		}
		return end;
	}
	b->label = b->is_other && b->label < i ? b->label : i;
	b->is_other = true;
	return end;
}

static struct blocks blocks_find(struct zg_slice text)
{
	const struct zg_slice begin = ZG_S("-----BEGIN ");
	struct blocks b = { .count = 0 };

	text = zg_slice_sub(text, zg_slice_find_slice(text, begin), text.n);
	while (text.n) {
		text = zg_slice_sub(text, block_note(text, &b), text.n);
		text = zg_slice_sub(text, zg_slice_find_slice(text, begin), text.n);
	}
	return b;
}

/* The lines of a block without blanks around them, as OpenSSL's reader wants them. */
static struct zg_slice lines_put_straight(struct zg_slice block, struct work *w)
{
	struct zg_buf b = zg_buf_of(w->b, sizeof(w->b));

	while (block.n) {
		size_t n = zg_slice_find(block, '\n');

		zg_buf_put(&b, zg_slice_trim(zg_slice_sub(block, 0, n)));
		zg_buf_putc(&b, '\n');
		block = zg_slice_sub(block, n + 1, block.n);
	}
	return zg_buf_slice(&b);
}

/* RFC 1421 4.6.1: lines of headers, an empty one, the key encrypted.  The old way of OpenSSL, still written by many. */
static enum zg_keytext traditional_read(const struct blocks *b, struct work *w, struct zg_slice passphrase,
					struct zg_key *ret)
{
	static const struct zg_key_form form = { "PEM", "type-specific", "RSA" };
	size_t colon = zg_slice_rfind(b->body, ':');
	struct zg_slice payload = zg_slice_sub(b->body, colon, b->body.n);
	struct zg_buf probe = zg_buf_of(w->b, sizeof(w->b));
	struct zg_slice lines;

	payload = zg_slice_sub(payload, zg_slice_find(payload, '\n'), payload.n);
	if (zg_b64_decode_fws(payload, &probe) < 0)
		return ZG_KEYTEXT_DAMAGED;
	if (probe.n == 0 || probe.n % 8 != 0)		/* ciphers in blocks of 8 or 16 */
		return ZG_KEYTEXT_CUT;
	lines = lines_put_straight(b->block, w);
	return encrypted_read(&form, (const unsigned char *)lines.p, lines.n, passphrase, ret);
}

static enum zg_keytext blocks_read(const struct blocks *b, struct work *w, struct zg_slice passphrase,
				   struct zg_key *ret)
{
	struct zg_slice der = { NULL, 0 };
	enum zg_keytext why;

	if (b->count > 1)
		return ZG_KEYTEXT_TWO_KEYS;
	if (b->count == 0)
		return b->label < LABELS ? labels[b->label].what : ZG_KEYTEXT_UNKNOWN;
	if (b->is_cut)
		return ZG_KEYTEXT_CUT;
	if (zg_slice_find_slice(b->body, ZG_S("Proc-Type:")) < b->body.n)
		return traditional_read(b, w, passphrase, ret);
	why = b64_read(b->body, w, &der);
	if (why != ZG_KEYTEXT_OK)
		return why;
	if (der.n == 0)
		return ZG_KEYTEXT_CUT;
	why = der_read(der, passphrase, ret);
	return why == ZG_KEYTEXT_UNKNOWN ? ZG_KEYTEXT_DAMAGED : why;
}

/* --- the whole text ------------------------------------------------------------------------------------------- */

/* RFC 6376 3.6.1: does a p= stand in it, with a key behind?  In base64 a '=' is followed by nothing of the kind. */
static bool has_public_tag(struct zg_slice text)
{
	const struct zg_slice tag = ZG_S("p=");
	size_t at = 0, n;

	while ((at += zg_slice_find_slice(zg_slice_sub(text, at, text.n), tag)) < text.n) {
		at += tag.n;
		while (at < text.n && (zg_ascii_is_space(text.p[at]) || text.p[at] == '"'))
			at++;
		for (n = 0; n < 16 && at + n < text.n && is_b64(text.p[at + n]) && text.p[at + n] != '='; n++)
			continue;
		if (n == 16)
			return true;
	}
	return false;
}

/* What other things are known by, where no block of PEM stands. */
static enum zg_keytext mark_find(struct zg_slice text)
{
	static const struct { struct zg_slice mark; enum zg_keytext what; } marks[] = {
		{ ZG_SI("v=DKIM1"), ZG_KEYTEXT_RECORD },
		{ ZG_SI("-----END "), ZG_KEYTEXT_CUT },
		{ ZG_SI("-----BEGIN"), ZG_KEYTEXT_CUT },
		{ ZG_SI("ssh-rsa AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ssh-ed25519 AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ssh-dss AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ecdsa-sha2-nistp"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("---- BEGIN SSH2 PUBLIC KEY"), ZG_KEYTEXT_PUBLIC },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (zg_slice_find_slice(text, marks[i].mark) < text.n)
			return marks[i].what;
	return has_public_tag(text) ? ZG_KEYTEXT_RECORD : ZG_KEYTEXT_OK;
}

/* Octets that no text begins with: a SEQUENCE whose length or first member is no letter. */
static bool is_der(struct zg_slice s)
{
	struct zg_cur c = zg_cur_of(s);
	unsigned tag = 0, next;

	(void)zg_der_head(&c, &tag);	/* tag stays 0 where there is none */
	next = zg_der_peek(&c);
	return tag == ZG_DER_SEQUENCE && (next == ZG_DER_INTEGER || next == ZG_DER_SEQUENCE) &&
	       ((unsigned char)s.p[1] & 0x80 || next == ZG_DER_INTEGER || (s.n > 3 && zg_ascii_is_cntrl(s.p[3])));
}

static enum zg_keytext binary_read(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret)
{
	size_t size = zg_der_size(text);

	/* A line end that an editor put behind it is no matter. */
	if (size < text.n && zg_slice_trim(zg_slice_sub(text, size, text.n)).n == 0)
		text.n = size;
	return der_read(text, passphrase, ret);
}

/* Base64 and nothing else, or nothing we know. */
static enum zg_keytext bare_read(struct zg_slice text, struct work *w, struct zg_slice passphrase, struct zg_key *ret)
{
	struct zg_slice der = { NULL, 0 };
	struct zg_key k;
	enum zg_keytext why = b64_read(text, w, &der);

	if (why != ZG_KEYTEXT_OK)
		return why == ZG_KEYTEXT_CUT ? ZG_KEYTEXT_CUT : ZG_KEYTEXT_UNKNOWN;
	if (der.n != ZG_ED25519_SIZE)
		return der_read(der, passphrase, ret);
	return zg_key_of_seed((const unsigned char *)der.p, &k) == 0 ? settle(&k, ret) : ZG_KEYTEXT_NO_MEMORY;
}

static enum zg_keytext text_read(struct zg_slice text, struct work *w, struct zg_slice passphrase, struct zg_key *ret)
{
	struct blocks b = blocks_find(text);
	enum zg_keytext what;

	if (b.count || b.is_other)
		return blocks_read(&b, w, passphrase, ret);
	what = mark_find(text);
	return what == ZG_KEYTEXT_OK ? bare_read(text, w, passphrase, ret) : what;
}

enum zg_keytext zg_keytext_read(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret)
{
	struct work w;
	enum zg_keytext why;

	if (text.n > ZG_KEY_TEXT_MAX)
		return ZG_KEYTEXT_TOO_LONG;
	if (is_der(text))
		return binary_read(text, passphrase, ret);
	if (zg_slice_starts(text, ZG_S("\xef\xbb\xbf")))	/* a byte order mark */
		text = zg_slice_sub(text, 3, text.n);
	text = zg_slice_trim(text);
	if (!text.n)
		return ZG_KEYTEXT_EMPTY;
	why = text_read(text, &w, passphrase, ret);
	zg_secret_wipe_bytes(&w, sizeof(w));
	return why;
}
