/* vault_call.h - asking the vault: at once and blocking (commands), or from an event loop (the relay).
 *
 * From a loop: requests that are ready at the same turn of the loop go in one packet, up to VAULT_BATCH; at most 64 are in
 * flight, others wait here.  When the vault died, what has no answer is sent again on the new channel: every request
 * may be repeated.  A request without an answer for VAULT_CALL_PATIENCE gets VAULT_FAILED. */
#ifndef VAULT_VAULT_CALL_H
#define VAULT_VAULT_CALL_H

#include <uv.h>
#include "base/list.h"
#include "vault/wire.h"

#define VAULT_CALL_PATIENCE 10000u	/* ms */
#define VAULT_CALL_SEAL_MAX (128u * 1024u)	/* octets of an answer's memory in vault_call_sync */

/* One request and who waits for it; the caller's memory until done is called.  request's slices stay as long. */
struct vault_wait {
	struct zg_list node;
	struct vault_request request;
	void (*done)(struct vault_wait *w, const struct vault_answer *a);
	uint64_t deadline;		/* ms of the loop's clock */
};

struct vault_call {
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_timer_t timer;
	int fd;
	bool is_polling;
	uint32_t serial;
	unsigned in_flight;
	struct zg_list waiting, sent;
	char *packet;			/* VAULT_PACKET_MAX octets to read and write packets */
};

/* Starts on fd (may be -1: wait for vault_call_use).  0, or -1 without memory. */
int vault_call_init(struct vault_call *v, uv_loop_t *loop, int fd);
/* Another vault: the old descriptor is closed, open requests are sent again. */
void vault_call_use(struct vault_call *v, int fd);
/* Asks; done comes later, from the loop, never from inside this call. */
void vault_call_ask(struct vault_call *v, struct vault_wait *w);
/* Forgets a request (its session is gone); done is not called. */
void vault_call_drop(struct vault_call *v, struct vault_wait *w);
/* Ends; open requests are dropped.  Handles are closed; the loop must turn once more. */
void vault_call_done(struct vault_call *v);

/* One request over a blocking channel; the answer's slices live in a.  0, or -1 where the vault is gone. */
struct zg_arena;
int vault_call_sync(int fd, const struct vault_request *r, struct zg_arena *a, struct vault_answer *ret);

#endif
