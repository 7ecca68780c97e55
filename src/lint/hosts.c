/* hosts.c - who serves a zone and takes its mail, and how a record is entered there.
 *
 * Patterns: ".example.net" is every name below it, "*" inside a label stands for one octet or more but a dot. */
#include <zegel/buf.h>
#include "base/ascii.h"
#include "dnsmsg/name.h"
#include "lint/hosts_table.h"
#include "lint/spf_text.h"

#define STRING_MAX 255u	/* RFC 1035 3.3: character-string */
#define STEP_BACK 40u	/* octets that a piece may be shorter to part beside no blank */

/* ---- names of hosts ---- */

static struct zg_slice undotted(struct zg_slice name)
{
	return name.n && name.p[name.n - 1] == '.' ? zg_slice_sub(name, 0, name.n - 1) : name;
}

/* Greedy with one place to come back to: each star takes one octet more until the rest fits, never over a dot. */
static bool is_glob(struct zg_slice s, struct zg_slice pattern)
{
	size_t i = 0, k = 0, star = pattern.n, mark = 0;

	while (i < s.n) {
		if (k < pattern.n && pattern.p[k] == '*' && s.p[i] != '.') {
			star = k++;
			mark = ++i;
		} else if (k < pattern.n && pattern.p[k] == zg_ascii_lower(s.p[i])) {
			i++;
			k++;
		} else if (star < pattern.n && s.p[mark] != '.') {
			k = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	return k == pattern.n;
}

static bool is_pattern(struct zg_slice name, struct zg_slice pattern)
{
	if (!pattern.n)
		return false;
	if (pattern.p[0] == '.')
		return name.n > pattern.n && zg_slice_ends_ci(name, pattern);
	return is_glob(name, pattern);
}

/* Is name suffix, or below it? */
static bool is_suffix(struct zg_slice name, struct zg_slice suffix)
{
	if (!suffix.n || !zg_slice_ends_ci(name, suffix))
		return false;
	return name.n == suffix.n || name.p[name.n - suffix.n - 1] == '.';
}

size_t zg_dns_host_count(void)
{
	return zg_dns_hosts_count;
}

const struct zg_dns_host *zg_dns_host_at(size_t i)
{
	return &zg_dns_hosts[i];
}

const struct zg_dns_host *zg_dns_host_get(struct zg_slice id)
{
	for (size_t i = 0; i < zg_dns_hosts_count; i++)
		if (zg_slice_eq(zg_dns_hosts[i].id, id))
			return &zg_dns_hosts[i];
	return NULL;
}

static const struct zg_dns_host *host_of(struct zg_slice ns)
{
	for (size_t i = 0; i < zg_dns_hosts_count; i++)
		for (size_t k = 0; k < ZG_HOST_PATTERNS; k++)
			if (is_pattern(ns, zg_dns_hosts[i].ns[k]))
				return &zg_dns_hosts[i];
	return NULL;
}

const struct zg_dns_host *zg_dns_host_of(const struct zg_slice *ns, size_t count, size_t *ret_by)
{
	for (size_t i = 0; i < count; i++) {
		const struct zg_dns_host *h = host_of(undotted(ns[i]));

		if (!h)
			continue;
		if (ret_by)
			*ret_by = i;
		return h;
	}
	return NULL;
}

const struct zg_dns_host *zg_dns_host_form(const struct zg_dns_host *h)
{
	return h && h->checked.n ? h : &zg_dns_hosts[0];
}

struct zg_slice zg_dns_host_field(const struct zg_dns_host *h, struct zg_slice language, enum zg_host_field field)
{
	static const struct zg_slice languages[] = { ZG_SI("nl"), ZG_SI("fr"), ZG_SI("de"), ZG_SI("en") };
	struct zg_slice two = zg_slice_sub(language, 0, 2);

	for (size_t i = 0; i < 4; i++)
		if (zg_slice_eq_ci(languages[i], two) && h->fields[i][field].n)
			return h->fields[i][field];
	return h->fields[3][field];
}

/* ---- names and values as they are entered ---- */

static struct zg_slice dotted(struct zg_slice name, struct zg_arena *a)
{
	char *p = zg_arena_bytes(a, name.n + 1);
	struct zg_buf b = zg_buf_of(p, p ? name.n + 1 : 0);

	if (!p)
		return (struct zg_slice){ NULL, 0 };
	zg_buf_put(&b, name);
	zg_buf_putc(&b, '.');
	return zg_buf_slice(&b);
}

struct zg_slice zg_host_name(const struct zg_dns_host *h, struct zg_slice name, struct zg_slice zone, struct zg_arena *a)
{
	name = undotted(name);
	zone = undotted(zone);
	if (zone.n && zg_slice_eq_ci(name, zone) && h->bare != ZG_HOST_DOMAIN)
		return h->bare == ZG_HOST_AT ? ZG_S("@") : ZG_S("");
	if (h->naming == ZG_HOST_DOTTED)
		return dotted(name, a);
	if (h->naming == ZG_HOST_FULL || zg_slice_eq_ci(name, zone) || !is_suffix(name, zone))
		return name;
	return zg_slice_sub(name, 0, name.n - zone.n - 1);
}

size_t zg_host_pieces_max(size_t n)
{
	return n / (STRING_MAX - STEP_BACK) + 1;
}

/* Where a piece of s may end: no blank on either side, since forms cut blanks off. */
static size_t piece_end(struct zg_slice s)
{
	if (s.n <= STRING_MAX)
		return s.n;
	for (size_t n = STRING_MAX; n > STRING_MAX - STEP_BACK; n--)
		if (s.p[n - 1] != ' ' && s.p[n] != ' ')
			return n;
	return STRING_MAX;
}

size_t zg_host_pieces(struct zg_slice value, struct zg_slice *ret)
{
	size_t count = 0;

	do {
		size_t n = piece_end(value);

		ret[count++] = zg_slice_sub(value, 0, n);
		value = zg_slice_sub(value, n, value.n);
	} while (value.n);
	return count;
}

/* RFC 1035 5.1: a quote and a backslash have a backslash before them, what is not visible is \DDD. */
static void string_put(struct zg_buf *b, struct zg_slice s)
{
	zg_buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\') {
			zg_buf_putc(b, '\\');
			zg_buf_putc(b, s.p[i]);
		} else if (s.p[i] < ' ' || s.p[i] > '~') {
			zg_buf_putc(b, '\\');
			zg_buf_put_pad(b, (unsigned char)s.p[i], 3);
		} else {
			zg_buf_putc(b, s.p[i]);
		}
	}
	zg_buf_putc(b, '"');
}

static void strings_put(struct zg_buf *b, struct zg_slice value)
{
	bool is_first = true;

	do {
		size_t n = piece_end(value);

		if (!is_first)
			zg_buf_putc(b, ' ');
		is_first = false;
		string_put(b, zg_slice_sub(value, 0, n));
		value = zg_slice_sub(value, n, value.n);
	} while (value.n);
}

/* Room for strings_put of n octets, each maybe \DDD. */
static size_t strings_room(size_t n)
{
	return 4 * n + 3 * zg_host_pieces_max(n);
}

struct zg_slice zg_host_value(const struct zg_dns_host *h, struct zg_slice value, struct zg_arena *a)
{
	size_t room = strings_room(value.n);
	struct zg_buf b;
	char *p;

	if (!h->is_pieces && !h->is_quoted)
		return value.p ? value : ZG_S("");
	p = zg_arena_bytes(a, room);
	if (!p)
		return (struct zg_slice){ NULL, 0 };
	b = zg_buf_of(p, room);
	if (h->is_pieces)
		strings_put(&b, value);
	else
		string_put(&b, value);
	zg_arena_shrink(a, room - b.n);
	return zg_buf_slice(&b);
}

struct zg_slice zg_host_zone_line(struct zg_slice name, uint32_t ttl, struct zg_slice value, struct zg_arena *a)
{
	size_t room = 4 * name.n + strings_room(value.n) + 40;
	char *p = zg_arena_bytes(a, room);
	struct zg_buf b = zg_buf_of(p, p ? room : 0);

	if (!p)
		return (struct zg_slice){ NULL, 0 };
	zg_name_put(&b, undotted(name));
	zg_buf_put(&b, ZG_S(". "));
	zg_buf_put_uint(&b, ttl);
	zg_buf_put(&b, ZG_S(" IN TXT "));
	strings_put(&b, value);
	zg_arena_shrink(a, room - b.n);
	return zg_buf_slice(&b);
}

/* ---- mail ---- */

size_t zg_mail_host_count(void)
{
	return zg_mail_hosts_count;
}

const struct zg_mail_host *zg_mail_host_at(size_t i)
{
	return &zg_mail_hosts[i];
}

static const struct zg_mail_host *mail_host_of(struct zg_slice mx)
{
	for (size_t i = 0; i < zg_mail_hosts_count; i++)
		for (size_t k = 0; k < ZG_MAIL_HOST_MX; k++)
			if (is_suffix(mx, zg_mail_hosts[i].mx[k]))
				return &zg_mail_hosts[i];
	return NULL;
}

const struct zg_mail_host *zg_mail_host_of(const struct zg_slice *mx, size_t count, size_t *ret_by)
{
	for (size_t i = 0; i < count; i++) {
		const struct zg_mail_host *h = mail_host_of(undotted(mx[i]));

		if (!h)
			continue;
		if (ret_by)
			*ret_by = i;
		return h;
	}
	return NULL;
}

const struct zg_mail_host *zg_mail_host_of_include(struct zg_slice target)
{
	for (size_t i = 0; i < zg_mail_hosts_count; i++)
		if (zg_mail_hosts[i].include.n && zg_spf_domain_eq(zg_mail_hosts[i].include, target))
			return &zg_mail_hosts[i];
	return NULL;
}

const struct zg_mail_host *zg_mail_host_of_wrong(struct zg_slice target)
{
	for (size_t i = 0; i < zg_mail_hosts_count; i++)
		for (size_t k = 0; k < ZG_MAIL_HOST_WRONG; k++)
			if (zg_mail_hosts[i].wrong[k].n && zg_spf_domain_eq(zg_mail_hosts[i].wrong[k], target))
				return &zg_mail_hosts[i];
	return NULL;
}

size_t zg_provider_count(void)
{
	return zg_providers_count;
}

const struct zg_provider *zg_provider_at(size_t i)
{
	return &zg_providers[i];
}

/* "hotmail.*" is hotmail.be and hotmail.co.uk, one suffix or two. */
static bool is_provider(struct zg_slice domain, struct zg_slice pattern)
{
	static const struct zg_slice seconds[] = { ZG_SI("co."), ZG_SI("com.") };
	size_t n = pattern.n - 1;
	struct zg_slice rest;

	if (pattern.p[n] != '*')
		return zg_slice_eq_ci(domain, pattern);
	if (!zg_slice_starts_ci(domain, zg_slice_sub(pattern, 0, n)))
		return false;
	rest = zg_slice_sub(domain, n, domain.n);
	for (size_t i = 0; i < 2; i++)
		if (zg_slice_starts_ci(rest, seconds[i]))
			rest = zg_slice_sub(rest, seconds[i].n, rest.n);
	return rest.n && zg_slice_find(rest, '.') == rest.n;
}

const struct zg_provider *zg_provider_of(struct zg_slice domain)
{
	for (size_t i = 0; i < zg_providers_count; i++)
		if (is_provider(undotted(domain), zg_providers[i].pattern))
			return &zg_providers[i];
	return NULL;
}
