/* vault.h - the key process: the only one that holds the master key and opened private keys. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stddef.h>
#include <sys/types.h>

#define VAULT_MASTER_SIZE 32		/* octets of the master key */
#define VAULT_CHANNELS_MAX 64

struct vault_start {
	int control;			/* SEQPACKET: the master key comes over it as one packet; its end ends the vault */
	const int *channels;		/* SEQPACKET, one a client (a loop of the relay, or a command) */
	size_t count;
	unsigned workers;		/* threads; 0: a core each */
	uid_t uid;			/* to become; (uid_t)-1: stay */
	gid_t gid;
};

/* Becomes the vault: gives up rights, locks memory, takes the master key from control, shuts itself in (seccomp, landlock,
 * not dumpable) and serves until control ends.  Returns the exit status. */
int vault_main(const struct vault_start *s);
/* Shuts the calling process in as the vault is; all threads.  0, or -1 with errno.  Its own function so that tests can
 * try what is refused. */
int vault_shut_in(void);

/* Starts a vault as a child of this process: forks, hands over the master key (and wipes nothing: it is the caller's).
 * ret_channels: count sockets for the caller.  ret_control: keep it open as long as the vault shall live. */
struct vault_child { pid_t pid; int control; int channels[VAULT_CHANNELS_MAX]; size_t count; };
int vault_child_start(const unsigned char *master, size_t channels, uid_t uid, gid_t gid, struct vault_child *ret);
void vault_child_stop(struct vault_child *c);

#endif
