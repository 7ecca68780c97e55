/* dns.h - questions to the DNS and their answers, in typed form, without sockets.
 *
 * The evaluators never resolve: each is a machine that asks (`step`) and is told (`feed`); any driver can stand on the
 * other side: a zone in a file, a blocking resolver, an event loop.  This header has no functions: who asks makes the
 * questions, who drives makes the answers, and each owns what it made. */
#ifndef ZEGEL_DNS_H
#define ZEGEL_DNS_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Record types, by their numbers on the wire (RFC 1035 3.2.2 and after). */
enum zg_dns_type {
	ZG_DNS_A = 1, ZG_DNS_NS = 2, ZG_DNS_CNAME = 5, ZG_DNS_PTR = 12, ZG_DNS_MX = 15, ZG_DNS_TXT = 16, ZG_DNS_AAAA = 28,
	ZG_DNS_TLSA = 52, ZG_DNS_SPF = 99
};

/* A question.  name: a checked name in text form, lower case, A-labels, without the last dot. */
struct zg_dns_q {
	struct zg_slice name;
	enum zg_dns_type type;
	const struct zg_dns_q *next;	/* further questions that may be asked at the same time */
};

/* What became of a question. */
enum zg_dns_status {
	ZG_DNS_FOUND,		/* rr_count > 0 */
	ZG_DNS_NODATA,		/* the name exists, without this type */
	ZG_DNS_NXDOMAIN,
	ZG_DNS_TIMEOUT,		/* no answer; transient */
	ZG_DNS_SERVFAIL,	/* a failing server or an unusable answer; transient */
	ZG_DNS_BOGUS		/* DNSSEC says it is forged; transient */
};

/* One record of the type that was asked for. */
struct zg_dns_rr {
	struct zg_slice data;	/* TXT, SPF: the strings joined; A, AAAA: 4 or 16 octets; MX, NS, PTR, CNAME: a name;
				 * TLSA: the RDATA */
	uint16_t preference;	/* MX */
};

/* One answer.  It may die after feed. */
struct zg_dns_a {
	struct zg_slice name;	/* as in the question it answers */
	enum zg_dns_type type;
	enum zg_dns_status status;
	const struct zg_dns_rr *rr;
	size_t rr_count;
	uint32_t ttl;		/* seconds */
	bool is_secure;		/* validated by DNSSEC */
};

/* Is a machine done, or does it ask? */
enum zg_step { ZG_DONE, ZG_ASK };

/* A machine as its driver sees it. */
struct zg_asker {
	void *machine;
	/* ZG_DONE, or ZG_ASK and the questions without an answer so far; they live until the next call. */
	enum zg_step (*step)(void *machine, const struct zg_dns_q **ret_q);
	/* Takes one answer, to any question asked, in any order; others and repeated ones are ignored. */
	void (*feed)(void *machine, const struct zg_dns_a *a);
};

#ifdef __cplusplus
}
#endif

#endif
