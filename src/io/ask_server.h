/* ask_server.h - one question to one name server, and what it answered as it stands: AA, rcode, TTL, CNAME, SOA kept.
 *
 * No recursion is desired and nothing is validated, followed or cached.  UDP first, TCP where the answer is cut; a try gets 3 s,
 * there are two.  An answer counts when it comes from the address asked and carries the id and the question; what else comes is
 * passed over. */
#ifndef IO_ASK_SERVER_H
#define IO_ASK_SERVER_H

#include <sys/socket.h>
#include <uv.h>
#include <zegel/arena.h>
#include <zegel/dns.h>

#define ASK_SERVER_TRY_MS 3000u
#define ASK_SERVER_TRIES 2u

enum { ASK_SERVER_SOA = 6 };			/* a type that no evaluator asks for */
enum { ASK_SERVER_NOERROR = 0, ASK_SERVER_FORMERR = 1, ASK_SERVER_SERVFAIL = 2, ASK_SERVER_NXDOMAIN = 3, ASK_SERVER_REFUSED = 5 };

enum server_heard {
	SERVER_ANSWERED,	/* whatever it said */
	SERVER_SILENT,		/* nothing usable came in time */
	SERVER_CLOSED,		/* the port is shut, or the host says it cannot be reached */
	SERVER_NO_ROUTE,	/* this machine has no way there (no IPv6, say): nothing is known of the server */
	SERVER_NO_MEMORY
};

struct server_question {
	struct sockaddr_storage to;	/* IPv4 or IPv6 with the port */
	struct zg_slice name;		/* as in struct zg_dns_q */
	unsigned type;			/* enum zg_dns_type, or ASK_SERVER_SOA */
	unsigned try_ms;		/* 0: ASK_SERVER_TRY_MS */
};

struct server_answer {
	enum server_heard heard;	/* what follows is set for ANSWERED alone */
	unsigned rcode;
	bool is_authority;		/* AA */
	bool is_tcp;			/* the answer by UDP was cut */
	bool has_cname, has_soa, is_soa_asked;	/* is_soa_asked: the SOA stands in the answer, not beside it */
	struct zg_slice cname;		/* a CNAME at the name: its target */
	uint32_t cname_ttl;
	const struct zg_dns_rr *rr;	/* of the type asked for, at the name or at the end of the CNAMEs, in the order they came;
					 * a type without typed form (SOA) has none */
	size_t rr_count;
	uint32_t ttl;			/* the smallest of rr */
	struct zg_slice soa_zone;	/* whose SOA it is */
	uint32_t serial, minimum, soa_ttl;
	struct zg_slice ns_zone;	/* a referral, or the NS set beside the answer: whose */
	const struct zg_slice *ns;	/* lower case */
	size_t ns_count;
};

struct server_ask;
/* Asks; told is called once, from the loop, never from here.  name and the memory of a stay until then.  NULL: no memory, or a
 * name that is none; told is not called then. */
struct server_ask *server_ask(uv_loop_t *loop, const struct server_question *q, struct zg_arena *a,
			      void (*told)(void *ctx, const struct server_answer *answer), void *ctx);
/* told will not be called any more; the loop must turn once more. */
void server_ask_cancel(struct server_ask *k);

/* An address of 4 or 16 octets with a port; 0, or -1 for another size. */
int server_address(struct zg_slice octets, uint16_t port, struct sockaddr_storage *ret);

#endif
