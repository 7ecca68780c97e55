/* queue.h - what a loop of the relay has at hand. */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <uv.h>
#include <zegel/crypt.h>
#include "io/conn.h"
#include "io/mailbox.h"
#include "queue/lookup.h"
#include "queue/reader.h"
#include "queue/settings.h"
#include "queue/writer.h"
#include "vault/vault_call.h"

struct mover;

struct queue_loop {
	uv_loop_t loop;			/* its data is &scratch */
	struct conn_loop scratch;
	struct mailbox mailbox;
	struct vault_call vault;
	struct lookup lookup;
	struct zg_crypt crypt;
	struct settings *settings;	/* in force for what begins now */
	struct writer *writer;
	struct reader *reader;
	struct mover *mover;
	const char *spool_folder;
	bool is_dev;
};

#endif
