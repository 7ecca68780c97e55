/* handover.c - a packet is one octet of kind, the text, and descriptors as ancillary data (unix(7), SCM_RIGHTS). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "io/handover.h"

/* The kernel counts its own overhead too; a packet must fit into the sender's buffer as a whole. */
#define BUFFER_WANTED (2 * (int)HANDOVER_MAX)

union fds_room {
	struct cmsghdr align;
	char b[CMSG_SPACE(HANDOVER_FDS * sizeof(int))];
};

int handover_buffers(int fd, int n)
{
	int got = 0;
	socklen_t size = sizeof(got);

	/* Raised beyond net.core.wmem_max only with CAP_NET_ADMIN; without it the plain way may suffice. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof(n)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)) < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &got, &size) < 0)
		return -1;
	if (got < n) {
		errno = ENOBUFS;
		return -1;
	}
	return 0;
}

int handover_pair_sized(int n, int ret_fd[2])
{
	int fd[2], e;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	if (handover_buffers(fd[0], n) < 0 || handover_buffers(fd[1], n) < 0) {
		e = errno;
		(void)close(fd[0]);	/* nothing was written: its result says nothing */
		(void)close(fd[1]);
		errno = e;
		return -1;
	}
	ret_fd[0] = fd[0];
	ret_fd[1] = fd[1];
	return 0;
}

int handover_pair(int ret_fd[2])
{
	return handover_pair_sized(BUFFER_WANTED, ret_fd);
}

int handover_send(int fd, char kind, struct zg_slice text, const int *fds, size_t count)
{
	union fds_room room;
	struct iovec v[2] = { { &kind, 1 }, { (void *)text.p, text.n } };	/* sendmsg only reads */
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	struct cmsghdr *c;
	ssize_t n;

	if (text.n >= HANDOVER_MAX || count > HANDOVER_FDS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (count) {
		memset(&room, 0, sizeof(room));
		m.msg_control = room.b;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static size_t fds_of(struct msghdr *m, int *ret_fds)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = c->cmsg_len - CMSG_LEN(0);
	memcpy(ret_fds, CMSG_DATA(c), n);
	return n / sizeof(int);
}

int handover_take(int fd, char *ret_kind, void *mem, size_t n, struct zg_slice *ret_text, int *ret_fds,
			size_t *ret_count)
{
	union fds_room room;
	char kind;
	struct iovec v[2] = { { &kind, 1 }, { mem, n } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2, .msg_control = room.b, .msg_controllen = sizeof(room.b) };
	size_t count;
	ssize_t got;

	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	if (got == 0)
		return 0;
	count = fds_of(&m, ret_fds);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		while (count)
			(void)close(ret_fds[--count]);	/* not ours to use; nothing was written */
		errno = EMSGSIZE;
		return -1;
	}
	*ret_kind = kind;
	*ret_text = zg_slice_of(mem, (size_t)got - 1);
	*ret_count = count;
	return 1;
}
