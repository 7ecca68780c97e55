/* resolver.h - answers from the real DNS, by libunbound.
 *
 * A resolver validates where it can (trust anchor of the package dns-root-data): what is signed and wrong is BOGUS,
 * what comes without signatures is taken unsigned.  where: NULL or empty, the system's settings; or "address:port"
 * ("[v6]:port", port 53 where it is missing), one server that is asked and taken at its word, loopback included.  A
 * resolver is used by one thread, made after the last fork. */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include <zegel/arena.h>
#include <zegel/dns.h>

struct resolver;

/* NULL where settings cannot be read; *ret_why is then a literal. */
struct resolver *resolver_new(struct zg_slice where, const char **ret_why);
void resolver_free(struct resolver *r);
/* ask_sync: asks what a machine asks, all open questions at once, until it is done; blocks.  Answers live in a.  A
 * question gets at most 5 s, then TIMEOUT.  Returns the number of questions. */
unsigned ask_sync(struct resolver *r, const struct zg_asker *m, struct zg_arena *a);

/* --- for drivers --------------------------------------------------------------------------------------------- */

/* One question under way; memory of the caller that stays until told or cancelled. */
struct resolver_ask {
	struct zg_slice name;		/* as in struct zg_dns_q */
	enum zg_dns_type type;
	struct zg_arena *arena;		/* where the answer's records go */
	void (*told)(struct resolver_ask *k, const struct zg_dns_a *a);	/* once, from resolver_turn */
	int id;				/* the resolver's */
};
/* 0, or -1 where it cannot be asked; told is not called then. */
int resolver_ask(struct resolver *r, struct resolver_ask *k);
/* told will not be called any more. */
void resolver_cancel(struct resolver *r, struct resolver_ask *k);
/* Readable when resolver_turn has something to tell. */
int resolver_fd(const struct resolver *r);
void resolver_turn(struct resolver *r);

#endif
