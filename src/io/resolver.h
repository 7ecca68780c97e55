/* resolver.h - answers from the real DNS, by libunbound.
 *
 * A resolver validates where it can (trust anchor of the package dns-root-data).  where: NULL, the system's settings; or
 * "address:port" ("[v6]:port"), one server that is asked. */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include <zegel/arena.h>
#include <zegel/dns.h>

struct resolver;

/* NULL where settings cannot be read; *ret_why is then a literal. */
struct resolver *resolver_new(struct zg_slice where, const char **ret_why);
void resolver_free(struct resolver *r);
/* ask_sync: asks what a machine asks, all open questions at once, until it is done; blocks.  Answers live in a.  A question
 * gets at most 5 s, then TIMEOUT.  Returns the number of questions. */
unsigned ask_sync(struct resolver *r, const struct zg_asker *m, struct zg_arena *a);

#endif
