/* submit.h - mail comes in by SMTP: listeners and sessions of one loop.
 *
 * The engine (proto/smtp_server) says what the client wants, queue/accept takes the mail; this glues them to a connection. */
#ifndef EDGE_SUBMIT_H
#define EDGE_SUBMIT_H

#include "edge/guard.h"
#include "queue/queue.h"

#define SUBMIT_IDLE 300000u	/* ms for a command to come whole, RFC 5321 4.5.3.2.7 */
#define SUBMIT_DATA 3600000u	/* ms for a whole message, however slowly its pieces come */

struct submit;

/* Begins to take connections from listeners (nonblocking, in the order of settings' listen; count of them).  NULL without
 * memory. */
struct submit *submit_new(struct queue_loop *q, struct guard *guard, const int *listeners, size_t count);
/* Takes no more connections; idle sessions get 421, others when their mail is through.  done is called when none is left. */
void submit_drain(struct submit *s, void (*done)(void *ctx), void *ctx);

#endif
