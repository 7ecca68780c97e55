/* guard.h - how many connections there may be: in all, and from one address. */
#ifndef EDGE_GUARD_H
#define EDGE_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

#define GUARD_ALL 10000u	/* connections */
#define GUARD_ONE 50u		/* from one address; a /64 counts as one of IPv6 */

struct guard;

enum guard_verdict { GUARD_IN, GUARD_FULL, GUARD_TOO_MANY };

struct guard *guard_new(void);
void guard_free(struct guard *g);
/* From any thread.  is_exempt: counted in all, but not by address.  Each IN is given back by guard_leave. */
enum guard_verdict guard_enter(struct guard *g, const struct sockaddr_storage *peer, bool is_exempt);
void guard_leave(struct guard *g, const struct sockaddr_storage *peer, bool is_exempt);
/* As many connections as make the next one come close to the limit: idle ones are then closed first. */
bool guard_is_pressed(struct guard *g);

#endif
