/* keytext.c - what people paste as their private key, read or told apart.
 *
 *   text --> TOO_LONG, EMPTY
 *     |--- DER, or the 32 octets of a seed, as they are --------------------------> der_read
 *     +--- washed --> -----BEGIN ... blocks: which is the one private key? --> base64 --> (DEK-Info: opened) --> der_read
 *            |------> marks of other things (a DNS record, an SSH key ...)
 *            |------> base64 of PEM --> washed, as above, once
 *            +------> base64 somewhere that begins as DER, or a seed --> der_read
 *   der_read: zg_keytext_look names the form; what is closed is opened in place; then zg_key_check tries the numbers.
 *
 * Laws: (1) a label of PEM says only which block to read; what it holds is told by the DER.  (2) What was washed,
 * decoded and opened lies in one work area, wiped at the one way out; OpenSSL sees numbers, never the text.  (3) Time
 * is linear in the text: each step goes over it once, and at most RUNS_MAX places are tried as bare base64; but for a
 * passphrase, see key_open.c. */
#include <zegel/crypt.h>
#include "base/ascii.h"
#include "base/b64.h"
#include "base/hex.h"
#include "base/secret.h"
#include "crypt/der.h"
#include "crypt/keytext.h"

#define RUNS_MAX 8u		/* places of a text that are tried as bare base64 */
#define RUN_MIN 16u		/* letters in one row that make a run in the midst of words */
#define PGP_ALGORITHM_MAX 28u	/* RFC 9580 9.1 */
#define HEAD 8u			/* letters of base64 that hold a SEQUENCE's head and the tag behind it */
#define IV_MAX_DIGITS 32u	/* of DEK-Info: 16 octets in hexadecimal */

struct work {
	unsigned char text[ZG_KEY_TEXT_MAX];
	unsigned char der[ZG_KEYTEXT_DER_MAX];
	struct zg_slice passphrase;
	struct zg_key *ret;
	size_t number;			/* that a refusal tells */
	bool is_bare;			/* a seed and nothing that says so */
};

/* --- DER ------------------------------------------------------------------------------------------------------ */

/* The numbers of a key that was made; what fails them is ended. */
static enum zg_keytext settle(struct zg_key *k, struct work *w)
{
	enum zg_keytext why = zg_key_check(k);

	if (why == ZG_KEYTEXT_OK)
		*w->ret = *k;
	else
		zg_key_done(k);
	return why == ZG_KEYTEXT_DAMAGED ? ZG_KEYTEXT_MISFIT : why;
}

static enum zg_keytext seed_read(struct zg_slice seed, struct work *w)
{
	struct zg_key k;

	return zg_key_of_seed((const unsigned char *)seed.p, &k) == 0 ? settle(&k, w) : ZG_KEYTEXT_NO_MEMORY;
}

static enum zg_keytext found_read(const struct zg_keyfound *found, struct work *w)
{
	struct zg_key k;
	unsigned bits = 0;
	enum zg_keytext why;

	if (found->form == ZG_KEYFORM_ED25519)
		return seed_read(found->der, w);
	why = zg_key_of_rsa(found->der, &k, &bits);
	if (why == ZG_KEYTEXT_OK)
		return settle(&k, w);
	w->number = why == ZG_KEYTEXT_TOO_SHORT || why == ZG_KEYTEXT_TOO_LARGE ? bits : 0;
	return why;
}

/* What came out under a passphrase: no key says that it was another passphrase. */
static enum zg_keytext opened_read(struct zg_slice der, struct work *w)
{
	struct zg_keyfound found;
	enum zg_keytext why = zg_keytext_look(der, &found);

	if (why == ZG_KEYTEXT_OK && found.form != ZG_KEYFORM_ENCRYPTED)
		return found_read(&found, w);
	return why == ZG_KEYTEXT_EC || why == ZG_KEYTEXT_DSA || why == ZG_KEYTEXT_OTHER_KIND ? why :
		ZG_KEYTEXT_PASSPHRASE_WRONG;
}

/* n octets of DER in w->der. */
static enum zg_keytext der_read(struct work *w, size_t n)
{
	struct zg_keyfound found;
	struct zg_slice opened;
	enum zg_keytext why = zg_keytext_look(zg_slice_of(w->der, n), &found);

	if (why != ZG_KEYTEXT_OK || found.form != ZG_KEYFORM_ENCRYPTED)
		return why == ZG_KEYTEXT_OK ? found_read(&found, w) : why;
	why = zg_key_open_pkcs8(w->der, n, w->passphrase, &opened);
	if (why != ZG_KEYTEXT_OK)
		return why == ZG_KEYTEXT_CUT ? ZG_KEYTEXT_DAMAGED : why;
	return opened_read(opened, w);
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

/* What was meant as a seed is not one octet again and again. */
static bool is_varied(struct zg_slice s)
{
	bool ret = false;

	for (size_t i = 1; i < s.n; i++)
		ret = ret || s.p[i] != s.p[0];
	return ret;
}

/* The octets of a seed: as many as it has, and one at least that no text holds. */
static bool is_seed(struct zg_slice s)
{
	bool is_text = true;

	for (size_t i = 0; i < s.n && s.n == ZG_ED25519_SIZE; i++)
		is_text = is_text && !zg_ascii_is_8bit(s.p[i]) && (!zg_ascii_is_cntrl(s.p[i]) || zg_ascii_is_space(s.p[i]));
	return s.n == ZG_ED25519_SIZE && !is_text && is_varied(s);
}

static enum zg_keytext bare_seed_read(struct zg_slice seed, struct work *w)
{
	w->is_bare = true;
	return seed_read(seed, w);
}

/* RFC 9580 4.2 and 5.5: a packet of a key, secret or public, in either form of its head; its version, four octets of
 * time, and an algorithm. */
static bool is_pgp(struct zg_slice s)
{
	struct zg_cur c = zg_cur_of(s);
	unsigned tag = zg_cur_u8(&c), size = zg_cur_u8(&c), version, algorithm;

	if (tag == 0x95 || tag == 0x99 || ((tag == 0xc5 || tag == 0xc6) && size >= 192))
		(void)zg_cur_u8(&c);	/* a length of two octets */
	else if (tag != 0x94 && tag != 0x98 && tag != 0xc5 && tag != 0xc6)
		return false;
	version = zg_cur_u8(&c);
	(void)zg_cur_u32(&c);		/* any time will do */
	algorithm = zg_cur_u8(&c);
	return !c.why && version >= 3 && version <= 6 && algorithm >= 1 && algorithm <= PGP_ALGORITHM_MAX;
}

static enum zg_keytext binary_read(struct zg_slice text, struct work *w)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));
	size_t size = zg_der_size(text);
	enum zg_keytext why;

	/* A line end that an editor put behind it is no matter. */
	if (size < text.n && zg_slice_trim(zg_slice_sub(text, size, text.n)).n == 0)
		text.n = size;
	if (text.n > b.cap)
		return ZG_KEYTEXT_TOO_LONG;
	zg_buf_put(&b, text);
	why = der_read(w, b.n);
	w->number = why == ZG_KEYTEXT_CUT ? text.n : w->number;
	return why;
}

/* --- base64 --------------------------------------------------------------------------------------------------- */

/* Octets that the DER at the start of base64 says it has, 0 where it is none that a key could be: a SEQUENCE that
 * begins with a number or another SEQUENCE. */
static size_t der_size_of(struct zg_slice text)
{
	unsigned char mem[HEAD / 4 * 3 + 3];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_keyrun r = zg_keytext_run(text, HEAD);
	struct zg_cur c;
	unsigned tag = 0, next;

	if (r.letters < HEAD || zg_b64_decode_fws(zg_slice_sub(text, 0, r.end), &b) < 0)
		return 0;
	c = zg_cur_of(zg_buf_slice(&b));
	(void)zg_der_head(&c, &tag);	/* tag stays 0 where there is none */
	next = zg_der_peek(&c);
	return tag == ZG_DER_SEQUENCE && (next == ZG_DER_INTEGER || next == ZG_DER_SEQUENCE || next == ZG_DER_OID) ?
		zg_der_size(zg_buf_slice(&b)) : 0;
}

/* Letters of base64, padding aside, that a key of n octets has beyond those that are there; 0 where no text holds it. */
static size_t missing_of(struct zg_slice body, size_t n)
{
	size_t have = 0, want = (n * 4 + 2) / 3;

	for (size_t i = 0; i < body.n; i++)
		have += zg_keytext_is_b64(body.p[i]) && body.p[i] != '=';
	return n <= ZG_KEYTEXT_DER_MAX && want > have ? want - have : 0;
}

/* The base64 between BEGIN and END.  start: where the key begins, for the number that is told. */
static enum zg_keytext body_read(struct zg_slice start, struct zg_slice body, struct work *w, size_t *ret_n)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));
	struct zg_keyrun r = zg_keytext_run(body, body.n);

	if (zg_slice_trim(zg_slice_sub(body, r.end, body.n)).n) {
		while (r.end < body.n && zg_ascii_is_space(body.p[r.end]))
			r.end++;
		w->number = zg_keytext_count(zg_slice_sub(start, 0, (size_t)(body.p - start.p) + r.end));
		return body.p[r.end] == '-' ? ZG_KEYTEXT_CUT : ZG_KEYTEXT_LETTER;
	}
	w->number = zg_keytext_count(zg_slice_sub(start, 0, (size_t)(body.p - start.p) + r.end));
	if (zg_b64_decode_fws(body, &b) < 0) {
		w->number = missing_of(body, der_size_of(body));
		return w->number ? ZG_KEYTEXT_PART : ZG_KEYTEXT_DAMAGED;
	}
	*ret_n = b.n;
	return b.n ? ZG_KEYTEXT_OK : ZG_KEYTEXT_CUT;
}

/* --- PEM ------------------------------------------------------------------------------------------------------ */

static size_t find_ci(struct zg_slice text, struct zg_slice what)
{
	size_t at = 0;

	while (at < text.n && !zg_slice_starts_ci(zg_slice_sub(text, at, what.n), what))
		at++;
	return at;
}

static bool is_cipher(char c)
{
	return zg_ascii_is_alnum(c) || c == '-';
}

static bool is_hex(char c)
{
	return zg_ascii_is_digit(c) || (zg_ascii_lower(c) >= 'a' && zg_ascii_lower(c) <= 'f');
}

/* RFC 1421 4.6.1: headers, of which DEK-Info, from octet dek of the body on, names cipher and iv.  What stands behind
 * them; all of it may stand on one line.  0, or -1 where it is not that. */
static int headers_read(struct zg_slice body, size_t dek, struct zg_slice *ret_cipher, struct zg_slice *ret_iv,
			struct zg_slice *ret)
{
	struct zg_cur c = zg_cur_of(zg_slice_sub(body, dek, body.n));

	(void)zg_cur_lit_ci(&c, ZG_S("DEK-Info:"));	/* it stands there */
	zg_cur_skip_wsp(&c);
	*ret_cipher = zg_cur_while(&c, is_cipher);
	zg_cur_skip_wsp(&c);
	if (!zg_cur_lit(&c, ZG_S(",")))
		return -1;
	zg_cur_skip_wsp(&c);
	*ret_iv = zg_cur_while(&c, is_hex);
	*ret = zg_slice_trim(zg_cur_rest(&c));
	return ret_iv->n > IV_MAX_DIGITS ? -1 : 0;
}

/* A key closed in the old way of OpenSSL, still written by many. */
static enum zg_keytext traditional_read(const struct zg_keyblocks *b, size_t dek, struct work *w)
{
	struct zg_slice cipher, iv, rest, opened;
	enum zg_keytext why;
	size_t n = 0;

	if (headers_read(b->body, dek, &cipher, &iv, &rest) < 0)
		return ZG_KEYTEXT_DAMAGED;
	why = body_read(b->block, rest, w, &n);
	if (why != ZG_KEYTEXT_OK)
		return why;
	why = zg_key_open_pem(w->der, n, cipher, iv, w->passphrase, &opened);
	if (why == ZG_KEYTEXT_CUT)	/* its END is there */
		return ZG_KEYTEXT_DAMAGED;
	return why == ZG_KEYTEXT_OK ? opened_read(opened, w) : why;
}

/* Characters from BEGIN to the last letter of base64 of a key that has no END. */
static size_t cut_count(const struct zg_keyblocks *b, size_t dek)
{
	struct zg_slice rest = b->body, cipher, iv;
	size_t n = b->block.n;

	if (dek == b->body.n ? find_ci(b->body, ZG_S("Proc-Type:")) == b->body.n :
	    headers_read(b->body, dek, &cipher, &iv, &rest) == 0)
		n = (size_t)(rest.p - b->block.p) + zg_keytext_stop(rest);
	return zg_keytext_count(zg_slice_sub(b->block, 0, n));
}

static enum zg_keytext blocks_read(const struct zg_keyblocks *b, struct work *w)
{
	size_t dek, missing, n = 0;
	enum zg_keytext why;

	if (b->count > 1)
		return ZG_KEYTEXT_TWO_KEYS;
	dek = find_ci(b->body, ZG_S("DEK-Info:"));
	w->number = cut_count(b, dek);
	if (b->is_cut)
		return ZG_KEYTEXT_CUT;
	if (dek < b->body.n)
		return traditional_read(b, dek, w);
	if (find_ci(b->body, ZG_S("Proc-Type:")) < b->body.n)
		return ZG_KEYTEXT_DAMAGED;	/* DEK-Info is missing */
	why = body_read(b->block, b->body, w, &n);
	if (why != ZG_KEYTEXT_OK)
		return why;
	missing = missing_of(b->body, zg_der_size(zg_slice_of(w->der, n)));
	why = der_read(w, n);
	if (why == ZG_KEYTEXT_CUT) {	/* its END is there */
		w->number = missing;
		return missing ? ZG_KEYTEXT_PART : ZG_KEYTEXT_DAMAGED;
	}
	return why == ZG_KEYTEXT_UNKNOWN ? ZG_KEYTEXT_DAMAGED : why;
}

/* --- without blocks ------------------------------------------------------------------------------------------- */

/* RFC 6376 3.6.1: does a p= stand in it, with a key behind?  In base64 a '=' is followed by nothing of the kind. */
static bool has_public_tag(struct zg_slice text)
{
	const struct zg_slice tag = ZG_S("p=");
	size_t at = 0, n;

	while ((at += zg_slice_find_slice(zg_slice_sub(text, at, text.n), tag)) < text.n) {
		at += tag.n;
		while (at < text.n && zg_ascii_is_space(text.p[at]))
			at++;
		for (n = 0; n < RUN_MIN && at + n < text.n && zg_keytext_is_b64(text.p[at + n]) && text.p[at + n] != '='; n++)
			continue;
		if (n == RUN_MIN)
			return true;
	}
	return false;
}

/* What other things are known by, where no block of PEM stands. */
static enum zg_keytext mark_find(struct zg_slice text)
{
	static const struct { struct zg_slice mark; enum zg_keytext what; } marks[] = {
		{ ZG_SI("PuTTY-User-Key-File-"), ZG_KEYTEXT_PPK },
		{ ZG_SI("v=DKIM1"), ZG_KEYTEXT_RECORD },
		{ ZG_SI("ssh-rsa AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ssh-ed25519 AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ssh-dss AAAA"), ZG_KEYTEXT_PUBLIC },
		{ ZG_SI("ecdsa-sha2-nistp"), ZG_KEYTEXT_PUBLIC },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (zg_slice_find_slice(text, marks[i].mark) < text.n)
			return marks[i].what;
	return has_public_tag(text) ? ZG_KEYTEXT_RECORD : ZG_KEYTEXT_OK;
}

/* What the runs of base64 in a text came to. */
struct runs {
	enum zg_keytext what;		/* of the first that is anything; UNKNOWN */
	struct zg_slice key;		/* of the first private key, from its first letter on, as long as it is */
	size_t count;			/* private keys, keys that are cut aside */
	size_t number;			/* of a key that is cut */
	bool is_tag;			/* p= stands in front of the first */
};

/* Base64 of an OpenSSH key, and of DER: what it says it has, or 0. */
static size_t run_size(struct zg_slice text)
{
	if (zg_slice_starts(text, ZG_S("b3BlbnNzaC1rZXktdjE")))	/* openssh-key-v1 */
		return zg_keytext_run(text, text.n).letters / 4 * 3;
	return text.p[0] == 'M' ? der_size_of(text) : 0;
}

/* Looks at the run that begins text; answers the octets gone over. */
static size_t run_look(struct zg_slice text, bool is_alone, struct work *w, struct runs *ret)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));
	struct zg_keyfound found;
	size_t size = run_size(text), row = 0;
	enum zg_keytext what;
	struct zg_keyrun r;

	while (row < text.n && row < RUN_MIN && zg_keytext_is_b64(text.p[row]))
		row++;
	if (!size || size > b.cap || (!is_alone && row < RUN_MIN))
		return 1;
	r = zg_keytext_run(text, (size + 2) / 3 * 4);
	while (r.letters * 3 / 4 > size && r.end && text.p[r.end - 1] != '=') {	/* without padding */
		r.letters -= zg_keytext_is_b64(text.p[r.end - 1]);
		r.end--;
	}
	if (r.letters < (size * 4 + 2) / 3) {
		row = zg_keytext_stop(text);
		ret->number = ret->what == ZG_KEYTEXT_UNKNOWN ? zg_keytext_count(zg_slice_sub(text, 0, row)) : ret->number;
		what = zg_keytext_is_broken(text, row) ? ZG_KEYTEXT_LETTER : ZG_KEYTEXT_CUT;
	} else if (zg_b64_decode_fws(zg_slice_sub(text, 0, r.end), &b) < 0) {
		what = ZG_KEYTEXT_DAMAGED;
	} else {
		what = zg_keytext_look(zg_buf_slice(&b), &found);
	}
	if (what == ZG_KEYTEXT_OK && !(ret->count && zg_keytext_is_same(ret->key, zg_slice_sub(text, 0, r.end))) &&
	    ret->count++ == 0)
		ret->key = zg_slice_sub(text, 0, r.end);
	if (ret->what == ZG_KEYTEXT_UNKNOWN || what == ZG_KEYTEXT_OK)
		ret->what = what;
	return r.end;
}

/* Is it p= that stands in front of octet at? */
static bool is_behind_tag(struct zg_slice text, size_t at)
{
	struct zg_slice front = zg_slice_trim(zg_slice_sub(text, 0, at));

	return front.n > 1 && front.p[front.n - 1] == '=' && front.p[front.n - 2] == 'p';
}

static struct runs runs_find(struct zg_slice text, struct work *w)
{
	struct runs r = { .what = ZG_KEYTEXT_UNKNOWN };
	bool is_alone = zg_keytext_run(text, text.n).end == text.n;
	size_t tried = 0;

	for (size_t at = 0, n; at < text.n && tried < RUNS_MAX; at += n) {
		bool is_first = at == 0 || !zg_keytext_is_b64(text.p[at - 1]) || text.p[at - 1] == '=';
		size_t had = r.count;

		n = 1;
		if (!is_first || (text.p[at] != 'M' && text.p[at] != 'b'))
			continue;
		n = run_look(zg_slice_sub(text, at, text.n), is_alone, w, &r);
		tried += n > 1;
		r.is_tag = had == 0 && r.count ? is_behind_tag(text, at) : r.is_tag;
	}
	return r;
}

static enum zg_keytext key_read(struct zg_slice key, struct work *w)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));

	return zg_b64_decode_fws(key, &b) == 0 ? der_read(w, b.n) : ZG_KEYTEXT_DAMAGED;
}

/* An Ed25519 seed and nothing else: 64 hexadecimal digits, or 32 octets in base64.  Answers whether it is one. */
static bool bare_seed(struct zg_slice text, struct work *w)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));
	struct zg_keyrun r = zg_keytext_run(text, text.n);

	if (r.end < text.n || r.letters > 2 * ZG_ED25519_SIZE)
		return false;
	if (r.letters == 2 * ZG_ED25519_SIZE) {
		char digits[2 * ZG_ED25519_SIZE];
		size_t n = 0;
		bool is_done;

		for (size_t i = 0; i < text.n; i++)
			if (!zg_ascii_is_space(text.p[i]))
				digits[n++] = text.p[i];
		is_done = zg_hex_decode(zg_slice_of(digits, n), &b) == 0;
		zg_secret_wipe_bytes(digits, sizeof(digits));
		return is_done && is_varied(zg_buf_slice(&b));
	}
	return zg_b64_decode_fws(text, &b) == 0 && b.n == ZG_ED25519_SIZE && is_varied(zg_buf_slice(&b));
}

static enum zg_keytext bare_read(struct zg_slice text, struct work *w)
{
	enum zg_keytext mark = mark_find(text);
	struct runs r;

	zg_keytext_plain(w->text + (text.p - (const char *)w->text), text.n);
	if (mark != ZG_KEYTEXT_OK && mark != ZG_KEYTEXT_RECORD)
		return mark;
	if (bare_seed(text, w))
		return bare_seed_read(zg_slice_of(w->der, ZG_ED25519_SIZE), w);
	r = runs_find(text, w);
	if (r.count > 1)
		return ZG_KEYTEXT_TWO_KEYS;
	if (r.count)
		return r.is_tag ? ZG_KEYTEXT_RECORD_PRIVATE : key_read(r.key, w);
	w->number = r.number;
	return mark == ZG_KEYTEXT_RECORD ? mark : r.what;
}

/* PEM in base64, as secrets of Kubernetes are: what is in it, washed, or the text as it is. */
static struct zg_slice unwrap(struct zg_slice text, struct work *w)
{
	struct zg_buf b = zg_buf_of(w->der, sizeof(w->der));
	size_t at = zg_slice_find_slice(text, ZG_S("LS0tLS1CRUdJTi"));	/* -----BEGIN */
	struct zg_slice inner = zg_slice_sub(text, at, text.n);

	if (!inner.n || zg_b64_decode_fws(zg_slice_sub(inner, 0, zg_keytext_stop(inner)), &b) < 0)
		return text;
	return zg_slice_trim(zg_keytext_wash(zg_buf_slice(&b), w->text));
}

static enum zg_keytext text_read(struct zg_slice text, struct work *w)
{
	struct zg_keyblocks b = zg_keytext_blocks(text);
	enum zg_keytext why;

	if (!b.count) {
		text = unwrap(text, w);
		b = zg_keytext_blocks(text);
	}
	if (b.count)
		return blocks_read(&b, w);
	why = bare_read(text, w);
	if (why == ZG_KEYTEXT_OK || why == ZG_KEYTEXT_NO_MEMORY)
		return why;
	if (b.what != ZG_KEYTEXT_UNKNOWN)
		return b.what;
	return b.is_headless && (why == ZG_KEYTEXT_UNKNOWN || why == ZG_KEYTEXT_CUT) ? ZG_KEYTEXT_CUT_FRONT : why;
}

/* --- the whole text ------------------------------------------------------------------------------------------- */

static enum zg_keytext whole_read(struct zg_slice text, struct work *w)
{
	if (is_der(text))
		return binary_read(text, w);
	if (is_seed(text))
		return bare_seed_read(text, w);
	if (is_pgp(text))
		return ZG_KEYTEXT_PGP;
	text = zg_slice_trim(zg_keytext_wash(text, w->text));
	return text.n ? text_read(text, w) : ZG_KEYTEXT_EMPTY;
}

static bool has_number(enum zg_keytext why)
{
	return why == ZG_KEYTEXT_CUT || why == ZG_KEYTEXT_LETTER || why == ZG_KEYTEXT_TOO_SHORT ||
	       why == ZG_KEYTEXT_TOO_LARGE || why == ZG_KEYTEXT_PART;
}

enum zg_keytext zg_keytext_read_told(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret,
				     size_t *ret_number)
{
	struct work w;
	enum zg_keytext why;

	*ret_number = 0;
	if (text.n > ZG_KEY_TEXT_MAX)
		return ZG_KEYTEXT_TOO_LONG;
	w.passphrase = passphrase;
	w.ret = ret;
	w.number = 0;
	w.is_bare = false;
	why = whole_read(text, &w);
	*ret_number = has_number(why) ? w.number : why == ZG_KEYTEXT_OK && w.is_bare ? ZG_ED25519_SIZE : 0;
	zg_secret_wipe_bytes(&w, sizeof(w));
	return why;
}

enum zg_keytext zg_keytext_read(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret)
{
	size_t number;

	return zg_keytext_read_told(text, passphrase, ret, &number);
}
