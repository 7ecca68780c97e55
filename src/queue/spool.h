/* spool.h - the body of a large message: a file that is written while the message comes.
 *
 * Files are written by libuv's threads, a block at a time; a loop waits for no disk.  A file without a row, older than an
 * hour, was never acknowledged and is removed at the start. */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <zegel/slice.h>
#include "store/store.h"

#define SPOOL_INLINE 65536u	/* octets of a body that is kept in the row: more goes to a file */
#define SPOOL_BLOCK 65536u
#define SPOOL_WAITING 4u	/* blocks that may wait to be written: then the sender is made to wait */

struct spool;
struct spool_calls {
	void (*room)(void *owner);		/* there is room for pieces again */
	void (*kept)(void *owner, int error);	/* all is on disk (0), or a libuv error */
};

/* A new file named after id in folder, whose strings must stay; opened at the first block.  NULL without memory. */
struct spool *spool_new(uv_loop_t *loop, const char *folder, const struct store_id *id, const struct spool_calls *calls,
	void *owner);
/* Takes a piece; false when the caller should wait for room (the piece was taken). */
bool spool_write(struct spool *s, struct zg_slice piece);
/* No more: writes what is left, syncs file and folder; kept follows. */
void spool_keep(struct spool *s);
/* The file's name below the folder. */
struct zg_slice spool_name(const struct spool *s);
/* Lets go of it: after kept the file stays when is_wanted, else it is removed, as soon as no write is under way. */
void spool_drop(struct spool *s, bool is_wanted);

/* No file at all? */
bool spool_is_empty(const char *folder);
/* Removes files of folder that are older than an hour and in no row (blocking; for the start, on a thread). */
void spool_clean(const char *folder, struct store *store, int64_t now);

#endif
