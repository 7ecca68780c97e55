/* retention.h - old mail is forgotten: once an hour, a little at a time. */
#ifndef QUEUE_RETENTION_H
#define QUEUE_RETENTION_H

#include "queue/queue.h"

struct retention;

/* On q's loop; begins a minute after the start.  How long things are kept is in q->settings.  NULL without memory. */
struct retention *retention_new(struct queue_loop *q);

#endif
