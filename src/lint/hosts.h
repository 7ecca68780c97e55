/* hosts.h - DNS hosts, mail hosts and public mail providers, and how a record is entered at each.
 *
 * The tables come from data/dns-hosts.tsv, data/mail-hosts.tsv and data/mail-providers.tsv at build time.  All slices of
 * them are static. */
#ifndef ZG_LINT_HOSTS_H
#define ZG_LINT_HOSTS_H

#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/slice.h>

enum zg_host_field { ZG_HOST_NAME, ZG_HOST_TYPE, ZG_HOST_VALUE, ZG_HOST_FIELDS };
enum zg_host_naming {
	ZG_HOST_RELATIVE,	/* the host appends the domain */
	ZG_HOST_FULL,		/* the whole name */
	ZG_HOST_DOTTED		/* the whole name with a final dot */
};
enum zg_host_bare {		/* how the domain itself is written as a name */
	ZG_HOST_AT,		/* @ */
	ZG_HOST_EMPTY,		/* the field stays empty */
	ZG_HOST_DOMAIN		/* the domain in full */
};

#define ZG_HOST_PATTERNS 12u

struct zg_dns_host {
	struct zg_slice id, name;		/* "transip", "TransIP"; the first row is "generic" */
	struct zg_slice ns[ZG_HOST_PATTERNS];	/* patterns of NS names, "*" stands for one label or a part of one; empty ones at the end */
	struct zg_slice fields[4][ZG_HOST_FIELDS];	/* nl, fr, de, en: in the host's own words; empty: not known */
	enum zg_host_naming naming;
	enum zg_host_bare bare;
	bool is_pieces;		/* a long value is entered in quoted strings of 255 */
	bool is_quoted;		/* the value is entered in quotes */
	uint32_t ttl_low;	/* lowest TTL in seconds; 0: not known */
	struct zg_slice link;	/* its DNS page or the page that explains it; empty: none */
	struct zg_slice trap;	/* id of a trap, for the words above: "" or one of zg_host_traps' */
	struct zg_slice source;	/* where this was read */
	struct zg_slice checked;	/* "2026-11-25", or empty: unchecked */
};

/* Count of rows, and row i (0: generic). */
size_t zg_dns_host_count(void);
const struct zg_dns_host *zg_dns_host_at(size_t i);
/* By id; NULL where there is none. */
const struct zg_dns_host *zg_dns_host_get(struct zg_slice id);
/* From the NS names of the zone, final dot or not: the host of the first name that is known.  NULL: not known (use row
 * 0).  ret_by, which may be NULL: the index of that name. */
const struct zg_dns_host *zg_dns_host_of(const struct zg_slice *ns, size_t count, size_t *ret_by);
/* The form that is shown for h: h itself, or the generic row where h is unchecked or NULL. */
const struct zg_dns_host *zg_dns_host_form(const struct zg_dns_host *h);
/* A field's name at h in a language ("nl"; "nl-BE" will do), else in English, else empty. */
struct zg_slice zg_dns_host_field(const struct zg_dns_host *h, struct zg_slice language, enum zg_host_field field);

/* A record's name as h wants it: name in full ("zegel1._domainkey.example.be"), zone the domain that the host manages.
 * A name outside the zone comes as it is.  Lives in a, or is a view or a literal; may rightly be empty (ZG_HOST_EMPTY).
 * p == NULL: a is full. */
struct zg_slice zg_host_name(const struct zg_dns_host *h, struct zg_slice name, struct zg_slice zone, struct zg_arena *a);
/* A TXT value as h wants it: as it is, in quotes, or in quoted pieces of at most 255 octets.  p == NULL: a is full. */
struct zg_slice zg_host_value(const struct zg_dns_host *h, struct zg_slice value, struct zg_arena *a);
/* The value in pieces of at most 255 octets (views), none beside a blank where that can be; ret has room for
 * zg_host_pieces_max(value.n).  Gives their count, at least 1. */
size_t zg_host_pieces(struct zg_slice value, struct zg_slice *ret);
size_t zg_host_pieces_max(size_t n);
/* A line of a master file (RFC 1035 5.1), the name with a final dot: 'name. ttl IN TXT "..." "..."'.  p == NULL: a is
 * full. */
struct zg_slice zg_host_zone_line(struct zg_slice name, uint32_t ttl, struct zg_slice value, struct zg_arena *a);

#define ZG_MAIL_HOST_MX 6u
#define ZG_MAIL_HOST_WRONG 8u

struct zg_mail_host {
	struct zg_slice id, name;		/* "microsoft365", "Microsoft 365" */
	struct zg_slice mx[ZG_MAIL_HOST_MX];	/* suffixes of MX names */
	struct zg_slice include;		/* empty: not known */
	struct zg_slice wrong[ZG_MAIL_HOST_WRONG];	/* forms of it that are seen and wrong */
	struct zg_slice source, checked;
};

size_t zg_mail_host_count(void);
const struct zg_mail_host *zg_mail_host_at(size_t i);
/* From the MX names, in order of preference: the host of the first that is known; NULL: none. */
const struct zg_mail_host *zg_mail_host_of(const struct zg_slice *mx, size_t count, size_t *ret_by);
/* Whose include target is, case and final dot aside; NULL: nobody's. */
const struct zg_mail_host *zg_mail_host_of_include(struct zg_slice target);
/* Whose wrong form target is; NULL: nobody's. */
const struct zg_mail_host *zg_mail_host_of_wrong(struct zg_slice target);

enum zg_provider_account { ZG_PROVIDER_OTHER, ZG_PROVIDER_GOOGLE, ZG_PROVIDER_MICROSOFT };
struct zg_provider {
	struct zg_slice pattern;	/* "gmail.com", "hotmail.*" */
	struct zg_slice name;		/* "Gmail" */
	enum zg_provider_account account;	/* whose OAuth serves its accounts */
};

size_t zg_provider_count(void);
const struct zg_provider *zg_provider_at(size_t i);
/* A public mail provider whose domain this is (lower case, A-labels); NULL: none. */
const struct zg_provider *zg_provider_of(struct zg_slice domain);

#endif
