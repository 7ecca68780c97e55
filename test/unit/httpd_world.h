/* httpd_world.h - a server of HTTP in a thread of its own, and clients that say octets to it. */
#ifndef HTTPD_WORLD_H
#define HTTPD_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <zegel/slice.h>
#include "io/httpd.h"

/* What the server saw; read by the test's thread. */
struct world_seen {
	atomic_int requests, gone, refused, streams, live;	/* live: requests that were neither answered nor gone */
};
extern struct world_seen world_seen;
/* Deadlines are divided by this; 1 at first. */
extern atomic_uint world_haste;
/* The nth allocation (or pair of sockets) of the server's thread from now on fails, and those behind it too where is_for_ever; -1: none. */
extern atomic_int world_fail_at;
extern atomic_bool world_fail_for_ever;

struct world_start {
	bool is_tls;
	unsigned connections_most, one_most;
};

void world_begin(const struct world_start *s);
/* Drains and waits; ms until it was done. */
unsigned world_end(void);
/* Begins to drain and comes back at once. */
void world_drain(void);
/* Ends the streams that are open. */
void world_streams_end(void);

/* A client: -1 where it cannot connect. */
int client_open(void);
void client_say(int fd, struct zg_slice s);
/* Cut as it likes: 0 whole, 1 octet by octet, else the seed of random pieces. */
void client_say_cut(int fd, struct zg_slice s, unsigned cut);
/* All that comes until the end, or ms pass; how many octets.  *ret_end: the server ended it. */
size_t client_hear(int fd, char *p, size_t n, int ms, bool *ret_end);
/* One reply, body and all ("100 Continue" is one); its status, 0 where none came whole in 5 s. */
unsigned client_reply(int fd, char *p, size_t n, struct zg_slice *ret_head, struct zg_slice *ret_body, bool is_head);
/* Waits until *v is want, 5 s at most; whether it is. */
bool world_wait(atomic_int *v, int want);

#endif
