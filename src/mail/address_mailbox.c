/* address_mailbox.c - a Mailbox of the envelope, RFC 5321 4.1.2 and 4.1.3, with RFC 6531 3.3. */
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"
#include "mail/atext.h"

#define V6_GROUPS 8u		/* of an IPv6 address; "::" stands for two of them at least, RFC 5321 4.1.3 */

/* Octets of the quoted string at the start of text, or 0. */
static size_t quoted_size(struct zg_slice text)
{
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] == '"')
			return i + 1;
		if (text.p[i] == '\\')
			i++;
		if (i == text.n || zg_ascii_is_cntrl(text.p[i]))
			return 0;
	}
	return 0;
}

static bool is_ipv4(struct zg_slice s)
{
	struct zg_cur c = zg_cur_of(s);

	for (int i = 0; i < 4; i++) {
		size_t at = c.at;

		(void)zg_cur_uint(&c, 255);	/* only whether it is one */
		if (c.at - at > 3 || (i < 3 && !zg_cur_lit(&c, ZG_S("."))))
			return false;
	}
	return !c.why && zg_cur_is_end(&c);
}

static bool is_hex(char c)
{
	char low = zg_ascii_lower(c);

	return zg_ascii_is_digit(c) || (low >= 'a' && low <= 'f');
}

static bool is_ipv6(struct zg_slice s)
{
	struct zg_cur c = zg_cur_of(s);
	bool has_gap = zg_cur_lit(&c, ZG_S("::"));
	unsigned groups = 0;

	while (!zg_cur_is_end(&c)) {
		size_t n;

		if (is_ipv4(zg_cur_rest(&c))) {
			groups += 2;
			break;
		}
		n = zg_cur_while(&c, is_hex).n;
		if (n < 1 || n > 4)
			return false;
		groups++;
		if (zg_cur_is_end(&c))
			break;
		if (!zg_cur_lit(&c, ZG_S(":")))
			return false;
		if (zg_cur_lit(&c, ZG_S(":"))) {
			if (has_gap)
				return false;
			has_gap = true;
		} else if (zg_cur_is_end(&c)) {
			return false;
		}
	}
	return has_gap ? groups <= V6_GROUPS - 2 : groups == V6_GROUPS;
}

static bool is_literal(struct zg_slice s)
{
	const struct zg_slice v6 = ZG_S("IPv6:");
	struct zg_slice in;

	if (s.n < 2 || s.p[s.n - 1] != ']')
		return false;
	in = zg_slice_sub(s, 1, s.n - 2);
	return zg_slice_starts_ci(in, v6) ? is_ipv6(zg_slice_sub(in, v6.n, in.n)) : is_ipv4(in);
}

/* Letters, digits, hyphens inside, and the underscores that some names have. */
static bool is_label(struct zg_slice s)
{
	if (!s.n || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!zg_ascii_is_alnum(s.p[i]) && !zg_ascii_is_8bit(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return zg_utf8_has_8bit(s) || s.n <= ZG_LIMIT_LABEL;
}

static bool is_domain(struct zg_slice s)
{
	for (;;) {
		struct zg_slice label = zg_slice_sub(s, 0, zg_slice_find(s, '.'));

		if (!is_label(label))
			return false;
		if (label.n == s.n)
			return true;
		s = zg_slice_sub(s, label.n + 1, s.n);
	}
}

int zg_address_mailbox(struct zg_slice text, bool utf8, struct zg_address *ret)
{
	bool is_quoted = text.n && text.p[0] == '"';
	size_t n = is_quoted ? quoted_size(text) : zg_slice_find(text, '@');
	struct zg_slice local = zg_slice_sub(text, 0, n);
	struct zg_slice domain = zg_slice_sub(text, n + 1, text.n);

	if (text.n > ZG_LIMIT_PATH || n == 0 || n >= text.n || text.p[n] != '@' || n > ZG_LIMIT_LOCAL)
		return -1;
	if (utf8 ? !zg_utf8_is_valid(text) : zg_utf8_has_8bit(text))
		return -1;
	if (!is_quoted && !zg_atext_is_dot_atom(local))
		return -1;
	if (domain.n && domain.p[0] == '[' ? !is_literal(domain) : !is_domain(domain))
		return -1;
	*ret = (struct zg_address){ local, domain };
	return 0;
}
