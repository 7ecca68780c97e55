/* vault_child.c - a vault as a child of this process: forked, not executed, so that no file stands between the two. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "io/handover.h"
#include "io/sandbox.h"
#include "vault/vault.h"
#include "vault/wire.h"

#define END_PATIENCE 2000		/* ms until a vault that does not end is killed */
/* The kernel takes a packet only as a whole, and counts some octets of its own. */
#define CHANNEL_BUFFER ((int)VAULT_PACKET_MAX + 4096)

static void close_all(const int *fds, size_t count)
{
	while (count)
		(void)close(fds[--count]);	/* sockets: nothing is lost by it */
}

static void child_run(const struct vault_start *s)
{
	int keep[VAULT_CHANNELS_MAX + 1];

	memcpy(keep, s->channels, s->count * sizeof(int));
	keep[s->count] = s->control;
	sandbox_signals();
	if (sandbox_keep(keep, s->count + 1) < 0)
		_exit(1);
	_exit(vault_main(s));
}

/* Pairs of sockets, this process's ends into ret; all or none. */
static int pairs_open(size_t count, struct vault_child *ret, int *ret_theirs)
{
	int pair[2], e;

	for (size_t i = 0; i < count; i++) {
		if (handover_pair_sized(CHANNEL_BUFFER, pair) < 0) {
			e = errno;
			close_all(ret->channels, i);
			close_all(ret_theirs, i);
			errno = e;
			return -1;
		}
		ret->channels[i] = pair[0];
		ret_theirs[i] = pair[1];
	}
	ret->count = count;
	return 0;
}

static int child_fork(size_t channels, uid_t uid, gid_t gid, bool is_quiet, struct vault_child *ret)
{
	int control[2], theirs[VAULT_CHANNELS_MAX], e;
	struct vault_child c = { .pid = 0 };
	struct vault_start s = { .channels = theirs, .count = channels, .uid = uid, .gid = gid, .parent = getpid(),
		.is_quiet = is_quiet };

	if (channels > VAULT_CHANNELS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (handover_pair(control) < 0)
		return -1;
	if (pairs_open(channels, &c, theirs) < 0) {
		e = errno;
		goto failed;
	}
	c.control = control[0];
	s.control = control[1];
	c.pid = fork();
	if (c.pid == 0)
		child_run(&s);
	e = errno;
	close_all(theirs, channels);
	if (c.pid > 0) {
		(void)close(control[1]);	/* the child's end */
		*ret = c;
		return 0;
	}
	close_all(c.channels, channels);
failed:
	close_all(control, 2);
	errno = e;
	return -1;
}

int vault_child_fork(size_t channels, uid_t uid, gid_t gid, struct vault_child *ret)
{
	return child_fork(channels, uid, gid, false, ret);
}

int vault_child_master(const struct vault_child *c, const unsigned char *master)
{
	return handover_send(c->control, 'M', zg_slice_of(master, VAULT_MASTER_SIZE), NULL, 0);
}

int vault_child_start(const unsigned char *master, size_t channels, uid_t uid, gid_t gid, struct vault_child *ret)
{
	struct vault_child c;
	int e;

	if (child_fork(channels, uid, gid, true, &c) < 0)
		return -1;
	if (vault_child_master(&c, master) < 0) {
		e = errno;
		vault_child_stop(&c);
		errno = e;
		return -1;
	}
	*ret = c;
	return 0;
}

void vault_child_forget_channels(struct vault_child *c)
{
	close_all(c->channels, c->count);
	c->count = 0;
}

/* Waits for the end of pid; one that takes too long is killed. */
static void reap(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	do
		n = fd < 0 ? 0 : poll(&p, 1, END_PATIENCE);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		(void)kill(pid, SIGKILL);	/* it is our child and not reaped: the pid is its own */
	if (fd >= 0)
		(void)close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void vault_child_forget(struct vault_child *c)
{
	if (!c->pid)
		return;
	vault_child_forget_channels(c);
	(void)close(c->control);	/* a socket: nothing is lost by it */
	c->pid = 0;
	c->control = -1;
}

void vault_child_stop(struct vault_child *c)
{
	pid_t pid = c->pid;

	vault_child_forget(c);
	if (pid)
		reap(pid);
}
