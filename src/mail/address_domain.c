/* address_domain.c - domains as they are compared and asked for.
 *
 * A name in ASCII is only made lower case: libidn2 sees the others alone, and what comes out of it passes the same
 * check, since its mappings can give any ASCII character (a full-width slash becomes a slash). */
#include <string.h>
#include <idn2.h>
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf8.h"

#define NAME_MAX_TEXT 253u	/* octets of a name as text without a last dot: ZG_LIMIT_DOMAIN on the wire */
#define NAME_MAX_UTF8 1024u	/* octets worth trying: no character of an A-label's 253 takes more than four */

static bool is_name(struct zg_slice s)
{
	size_t label = 0;

	if (s.n > NAME_MAX_TEXT)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? label == 0 : !zg_ascii_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
		label = s.p[i] == '.' ? 0 : label + 1;
		if (label > ZG_LIMIT_LABEL)
			return false;
	}
	return label > 0;
}

static struct zg_slice name_dup(struct zg_slice s, struct zg_arena *a)
{
	char *p;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	if (!is_name(s))
		return (struct zg_slice){ NULL, 0 };
	p = zg_arena_bytes(a, s.n);
	if (!p)
		return (struct zg_slice){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++)
		p[i] = zg_ascii_lower(s.p[i]);
	return (struct zg_slice){ p, s.n };
}

/* RFC 5891 5 with the mapping of UTS 46, non-transitional.  Never IDN2_USE_STD3_ASCII_RULES: it makes ab of a_b, which
 * is another domain. */
static struct zg_slice to_ascii(struct zg_slice domain, struct zg_arena *a)
{
	struct zg_slice name = { NULL, 0 };
	uint8_t *ascii = NULL;
	char *text;
	int rc;

	if (domain.n > NAME_MAX_UTF8 || zg_slice_find(domain, '\0') < domain.n || !zg_utf8_is_valid(domain))
		return name;
	text = zg_arena_bytes(a, domain.n + 1);
	if (!text)
		return name;
	memcpy(text, domain.p, domain.n);
	text[domain.n] = '\0';
	rc = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	zg_arena_shrink(a, domain.n + 1);
	if (rc != IDN2_OK)
		ascii = NULL;
	if (rc == IDN2_MALLOC)		/* no memory is no fault of the name */
		a->is_full = true;
	if (ascii)
		name = name_dup(zg_slice_cstr((const char *)ascii), a);
	idn2_free(ascii);
	return name;
}

struct zg_slice zg_address_domain(struct zg_slice domain, struct zg_arena *a)
{
	return zg_utf8_has_8bit(domain) ? to_ascii(domain, a) : name_dup(domain, a);
}

bool zg_address_is_below(struct zg_slice d, struct zg_slice zone)
{
	if (!zone.n || d.n < zone.n || !zg_slice_eq(zg_slice_sub(d, d.n - zone.n, zone.n), zone))
		return false;
	return d.n == zone.n || d.p[d.n - zone.n - 1] == '.';
}
