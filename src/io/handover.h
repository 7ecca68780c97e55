/* handover.h - packets with descriptors between the parent and its children, over a SEQPACKET socketpair. */
#ifndef IO_HANDOVER_H
#define IO_HANDOVER_H

#include <stddef.h>
#include <zegel/slice.h>

#define HANDOVER_FDS 64		/* descriptors in a packet */
#define HANDOVER_MAX (192u * 1024u)

/* A new pair (close on exec, blocking) with buffers for packets of HANDOVER_MAX octets, or of n; 0 or -1 with errno. */
int handover_pair(int ret_fd[2]);
int handover_pair_sized(int n, int ret_fd[2]);
/* Makes room in fd for packets of n octets to be sent; 0 or -1 with errno. */
int handover_buffers(int fd, int n);
/* Sends kind, text and descriptors (which stay the caller's) as one packet; 0 or -1 with errno. */
int handover_send(int fd, char kind, struct zg_slice text, const int *fds, size_t count);
/* Takes one packet: text into mem (n octets), descriptors (close on exec) into ret_fds (room for
 * HANDOVER_FDS).  1, or 0 at the end of the other side, or -1 with errno (EAGAIN included). */
int handover_take(int fd, char *ret_kind, void *mem, size_t n, struct zg_slice *ret_text, int *ret_fds,
			size_t *ret_count);

#endif
