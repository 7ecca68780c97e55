/* conn.h - one TCP connection of a loop, in clear or under TLS; the same for those who came and those who were called.
 *
 *   CONNECTING -> OPEN -> [HANDSHAKE -> OPEN] -> CLOSING -> closed()
 *
 * Laws: (1) closed() is the last call and comes exactly once, from the loop, for every connection that was given out.
 * (2) read() takes all octets it is given; a connection that is paused reads nothing more, in TLS too.  (3) what
 * conn_write was given goes out in order; octets that the kernel does not take at once are copied and wait; unsent()
 * tells how many.  (4) no call of this header calls back from inside. */
#ifndef IO_CONN_H
#define IO_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>
#include <zegel/slice.h>
#include "io/tls.h"

struct conn;
struct conn_calls {
	void (*open)(struct conn *c);				/* connected, or a TLS handshake is done */
	void (*read)(struct conn *c, struct zg_slice bytes);
	void (*drained)(struct conn *c);			/* nothing is unsent any more */
	void (*closed)(struct conn *c, const char *why);	/* why: "" when we closed it or the peer did so in order */
};

/* Memory that all connections of a loop share for reading; its address stands in loop->data. */
#define CONN_SCRATCH 65536u
struct conn_loop {
	char scratch[CONN_SCRATCH];	/* from the wire */
	char plain[16384];		/* out of TLS, one record at a time */
};

/* Takes the next connection that waits at a listener; NULL with a libuv error in *ret_error.  It is paused until conn_resume. */
struct conn *conn_accept(uv_loop_t *loop, int listener, const struct conn_calls *calls, void *owner, int *ret_error);
/* Calls an address; open() or closed() follows. */
struct conn *conn_call(uv_loop_t *loop, const struct sockaddr *to, const struct conn_calls *calls, void *owner);
void *conn_owner(const struct conn *c);
/* The peer's address. */
const struct sockaddr_storage *conn_peer(const struct conn *c);
/* Begins TLS; open() follows, or closed() where it fails.  Octets that came before are not part of it.  0 or -1 without memory. */
int conn_tls(struct conn *c, struct tls_config *config, bool is_server, struct zg_slice host);
/* The TLS version, or NULL in clear. */
const char *conn_tls_version(const struct conn *c);
void conn_write(struct conn *c, const struct zg_slice *v, size_t count);
/* Octets that wait to be sent. */
size_t conn_unsent(const struct conn *c);
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);
/* Closes when all is sent (10 s at most), or at once. */
void conn_close(struct conn *c);
/* The same, but the peer's octets are taken and dropped until it ends too (2 s at most): so that what was sent is not lost
 * to a reset. */
void conn_linger(struct conn *c);
void conn_abort(struct conn *c, const char *why);

#endif
