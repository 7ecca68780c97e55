/* vault_call.h - asking the vault: at once and blocking (commands), or from an event loop (the relay).
 *
 * From a loop: requests that are ready at the same turn of the loop go in one packet, up to VAULT_BATCH; at
 * most 64 are in flight, others wait here.  When the vault died, what has no answer is sent again on the new
 * channel: every request may be repeated.  A request without an answer for VAULT_CALL_PATIENCE gets
 * VAULT_FAILED; one that is too long for a packet gets VAULT_BAD_REQUEST. */
#ifndef VAULT_VAULT_CALL_H
#define VAULT_VAULT_CALL_H

#include <uv.h>
#include "base/list.h"
#include "vault/wire.h"

#define VAULT_CALL_PATIENCE 10000u	/* ms */
#define VAULT_CALL_SYNC_PATIENCE 60000	/* ms; making a long RSA key takes its time */
#define VAULT_CALL_IN_FLIGHT 64u
#define VAULT_CALL_SEAL_MAX (128u * 1024u)	/* octets of an answer's memory in vault_call_sync */

/* One request and who waits for it; the caller's memory until done is called.  request's slices stay as long. */
struct vault_wait {
	struct vault_request request;	/* kind, owner ...; the serial is written by vault_call_ask */
	void (*done)(struct vault_wait *w, const struct vault_answer *a);	/* a and its slices die with the call */
	/* private */
	struct zg_list node;
	bool is_sent;
	uint64_t deadline;		/* ms of the loop's clock */
};

struct vault_call {
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_timer_t timer;
	int fd;				/* the channel; -1: none */
	bool is_polling;		/* poll is open on fd */
	bool is_closing;		/* poll is on its way out; fd is taken up when it is */
	bool is_full;			/* the channel took no more; poll tells when it does */
	bool is_done;
	uint32_t serial;
	unsigned in_flight;		/* members of sent */
	struct zg_list waiting, sent;	/* both oldest first */
	char *packet;			/* VAULT_PACKET_MAX octets to read and write packets */
};

/* Starts on fd (may be -1: wait for vault_call_use).  0, or -1 without memory. */
int vault_call_init(struct vault_call *v, uv_loop_t *loop, int fd);
/* Another vault: the old descriptor is closed, open requests are sent again. */
void vault_call_use(struct vault_call *v, int fd);
/* Asks; done comes later, from the loop, never from inside this call. */
void vault_call_ask(struct vault_call *v, struct vault_wait *w);
/* Forgets a request that was asked (its session is gone); done is not called.  One whose done was called may
 * be dropped too. */
void vault_call_drop(struct vault_call *v, struct vault_wait *w);
/* Ends; open requests are dropped.  Handles are closed; the loop must turn once more before v's memory goes. */
void vault_call_done(struct vault_call *v);

/* One request over a blocking channel; the answer's slices live in a (which gives VAULT_CALL_SEAL_MAX and the
 * request's size meanwhile).  0, or -1 where the vault is gone, silent for VAULT_CALL_SYNC_PATIENCE, or a is full. */
struct zg_arena;
int vault_call_sync(int fd, const struct vault_request *r, struct zg_arena *a, struct vault_answer *ret);

#endif
