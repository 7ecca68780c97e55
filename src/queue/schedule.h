/* schedule.h - which message is tried when: a heap by time, and a table by id so that none stands in it twice. */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include "queue/mail.h"

/* A message that waits or is being delivered; one for each. */
struct entry {
	struct store_id id;
	uint64_t at;			/* ms of Unix time */
	struct mail *mail;		/* its content, or NULL: in the store only */
	size_t place;			/* in the heap, from 1; 0: being delivered */
	bool was_repeated;		/* tried again at once after a kept connection was found dead */
};

struct schedule {
	struct entry **heap;		/* heap[0] is not used */
	size_t count, heap_cap;
	struct entry **table;		/* open addressing; as many as table_cap, a power of two */
	size_t known, table_cap;
};

/* Adds a message that is due at `at`, or moves the one that waits; mail (may be NULL) is taken over.  The entry, or NULL without
 * memory; a message that is being delivered stays as it is. */
struct entry *schedule_add(struct schedule *s, const struct store_id *id, uint64_t at, struct mail *mail);
/* The earliest, without taking it; NULL when none waits. */
struct entry *schedule_first(const struct schedule *s);
/* Takes the earliest out of the heap; it stays known. */
struct entry *schedule_take(struct schedule *s);
/* Puts one that was taken back, due at e->at. */
void schedule_return(struct schedule *s, struct entry *e);
/* Forgets one that was taken. */
void schedule_forget(struct schedule *s, struct entry *e);
void schedule_done(struct schedule *s);

#endif
