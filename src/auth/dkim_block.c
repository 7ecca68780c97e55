/* dkim_block.c - what a signer of blocks reads out of one: the vault trusts nothing but this.
 *
 * A block is what the relaxed canonicalization of RFC 6376 3.4.2 makes of the fields of h=, in their order, and of
 * the DKIM-Signature field after them.  In that form a block can be cut into fields in one way only, since every
 * CRLF in it ends a field; so what is judged here is what a verifier will hash:
 * (1) every line is "name:value" with a name in lower case and single spaces inside the value, nothing else;
 * (2) the lines before the last are, in order, the fields that h= of the last one names (names without a field are
 *     skipped), so a line that no verifier would pick, or in another place, is refused;
 * (3) one line is called from, it holds one address, and that lies at or below d=;
 * (4) the last line is a valid DKIM-Signature, c=relaxed for the header, no l=, b= empty. */
#include <zegel/dkim.h>
#include "auth/dkim_sig.h"
#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/cur.h"

#define SCRATCH 8192u	/* octets for the tag table (100 tags) */
#define NAMES 4096u	/* octets for the names that are compared */

struct block {
	struct zg_slice lines;		/* all fields but the last */
	struct zg_slice signature;	/* the value of the last */
	struct zg_slice from;		/* the value of the one From */
	size_t from_count;
};

/* RFC 6376 3.4.2: what a canonical value can be. */
static bool is_canonical_value(struct zg_slice v)
{
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (c == '\0' || c == '\r' || c == '\n' || c == '\t')
			return false;
		if (c == ' ' && (!i || i + 1 == v.n || v.p[i - 1] == ' '))
			return false;
	}
	return true;
}

static bool is_canonical_name(struct zg_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || zg_ascii_is_upper(name.p[i]))
			return false;
	return name.n > 0;
}

/* Takes the next line, its CRLF too (the last has none).  0, or -1 where it is no canonical field. */
static int line_take(struct zg_cur *c, struct zg_slice *ret_name, struct zg_slice *ret_value)
{
	struct zg_slice line = zg_cur_until(c, '\n');
	size_t colon;

	if (zg_cur_lit(c, ZG_S("\n"))) {
		if (!line.n || line.p[line.n - 1] != '\r')
			return -1;
		line.n--;
	}
	colon = zg_slice_find(line, ':');
	if (colon == line.n)
		return -1;
	*ret_name = zg_slice_sub(line, 0, colon);
	*ret_value = zg_slice_sub(line, colon + 1, line.n);
	return is_canonical_name(*ret_name) && is_canonical_value(*ret_value) ? 0 : -1;
}

/* Reads all lines; 0, or -1 where the form is wrong. */
static int block_read(struct zg_slice text, struct block *ret)
{
	struct zg_cur c = zg_cur_of(text);
	struct block b = { .from_count = 0 };

	if (!text.n || text.p[text.n - 1] == '\n')
		return -1;
	while (!zg_cur_is_end(&c)) {
		size_t at = c.at;
		struct zg_slice name, value;

		if (line_take(&c, &name, &value) < 0)
			return -1;
		if (!zg_cur_is_end(&c)) {
			if (zg_slice_eq(name, ZG_S("from"))) {
				b.from = value;
				b.from_count++;
			}
			continue;
		}
		if (!zg_slice_eq(name, ZG_S("dkim-signature")))
			return -1;
		b.lines = zg_slice_sub(text, 0, at);
		b.signature = value;
	}
	*ret = b;
	return 0;
}

/* Would a verifier that goes through h= pick just these lines, in this order? */
static bool is_in_order(const struct block *b, struct zg_slice headers)
{
	struct zg_cur c = zg_cur_of(b->lines);
	struct zg_slice name = { NULL, 0 }, value, item;

	(void)line_take(&c, &name, &value);	/* the form was seen to be right, and From to be there */
	while (zg_taglist_item(&headers, ':', &item)) {
		if (!zg_slice_eq_ci(item, name))
			continue;
		if (zg_cur_is_end(&c))
			return true;
		(void)line_take(&c, &name, &value);	/* as above */
	}
	return false;
}

enum zg_dkim_refusal zg_dkim_block_check(struct zg_slice block, struct zg_slice *ret_domain,
					 struct zg_slice *ret_selector)
{
	char scratch[SCRATCH], names[NAMES];
	struct zg_arena sa, na;
	struct zg_dkim_sig sig;
	enum zg_dkim_refusal r;
	struct block b;

	zg_arena_init_fixed(&sa, scratch, sizeof(scratch));
	zg_arena_init_fixed(&na, names, sizeof(names));
	if (block_read(block, &b) < 0)
		return ZG_DKIM_BAD_HEADER;
	if (b.from_count != 1)
		return b.from_count ? ZG_DKIM_TWO_FROM : ZG_DKIM_NO_FROM;
	if (zg_dkim_sig_read(b.signature, &sa, &na, &sig) || sig.b_raw.n || sig.header != ZG_CANON_RELAXED ||
	    sig.length != UINT64_MAX || !zg_slice_eq(sig.domain, sig.asked_domain) ||
	    !zg_slice_eq(sig.selector, sig.asked_selector))
		return ZG_DKIM_BAD_OPTION;
	if (!is_in_order(&b, sig.headers))
		return ZG_DKIM_BAD_HEADER;
	r = zg_dkim_sig_from(b.from, sig.asked_domain, &na);
	if (r != ZG_DKIM_SIGNABLE)
		return r;
	*ret_domain = sig.domain;
	*ret_selector = sig.selector;
	return ZG_DKIM_SIGNABLE;
}
