/* release.h - mail that is held since its domain was not right leaves as soon as it is. */
#ifndef QUEUE_RELEASE_H
#define QUEUE_RELEASE_H

#include "queue/queue.h"

struct release;

/* On q's loop.  NULL without memory. */
struct release *release_new(struct queue_loop *q);

#endif
