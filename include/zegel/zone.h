/* zone.h - a world of DNS in a text: what tests and `--zone FILE` ask instead of the network.
 *
 * The form is a subset of the master file of RFC 1035 5: `name TTL IN type rdata`, a record a line; A, AAAA, MX,
 * TXT, CNAME, PTR, NS, TLSA, SPF, and the pseudo types TIMEOUT, SERVFAIL and BOGUS whose rdata is a type or `*`. */
#ifndef ZEGEL_ZONE_H
#define ZEGEL_ZONE_H

#include <zegel/arena.h>
#include <zegel/dns.h>

#ifdef __cplusplus
extern "C" {
#endif

struct zg_zone;

/* Where a text is no zone. */
struct zg_zone_error {
	unsigned line;		/* counted from 1 */
	const char *why;	/* a literal */
};

/* Reads a zone (RFC 1035 5); the result lives in a and copies what it keeps, so text may die.  NULL with *ret_error
 * set where a line is wrong or the arena is full. */
struct zg_zone *zg_zone_read(struct zg_slice text, struct zg_arena *a, struct zg_zone_error *ret_error);
/* Answers one question: wildcards (RFC 4592), CNAMEs followed (at most 8), NXDOMAIN and NODATA told apart.  The
 * answer's records live in the zone or in a; its name is the question's.  Where a is full the answer is SERVFAIL. */
void zg_zone_answer(const struct zg_zone *z, const struct zg_dns_q *q, struct zg_arena *a, struct zg_dns_a *ret);
/* Runs a machine to its end on a zone, as zg_zone_answer answers (RFC 1035 5); returns the number of questions
 * answered.  a is used for answers, which the machine copies; z and m stay the caller's. */
unsigned zg_zone_drive(const struct zg_zone *z, const struct zg_asker *m, struct zg_arena *a);

#ifdef __cplusplus
}
#endif

#endif
