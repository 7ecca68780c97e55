/* vault.h - the key process: the only one that holds the master key and opened private keys.
 *
 * The master key comes over control (io/handover.h) as one packet of kind 'M': VAULT_MASTER_SIZE octets, or
 * several keys one behind the other, the newest first.  The newest seals; all of them open, so that REWRAP can
 * move data keys to it. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VAULT_MASTER_SIZE 32		/* octets of the master key */
#define VAULT_MASTERS_MAX 4u		/* keys in a packet */
#define VAULT_CHANNELS_MAX 64

struct vault_start {
	int control;			/* SEQPACKET: the master key comes over it as one packet; its end ends the vault */
	const int *channels;		/* SEQPACKET, one a client (a loop of the relay, or a command) */
	size_t count;
	unsigned workers;		/* threads; 0: a core each, two at least */
	uid_t uid;			/* to become; (uid_t)-1: stay */
	gid_t gid;
	pid_t parent;			/* dies with this process; 0: with control alone */
	bool is_quiet;			/* logs only what is wrong: the vault of a command */
};

/* Becomes the vault: gives up rights, locks memory, takes the master key from control, shuts itself in
 * (seccomp, landlock, not dumpable) and serves until control ends.  Returns the exit status. */
int vault_main(const struct vault_start *s);
/* Shuts the calling process in as the vault is; all threads (landlock: the calling one and those it makes
 * later).  0, or -1 with errno.  Its own function so that tests can try what is refused. */
int vault_shut_in(void);

/* Starts a vault as a child of this process: forks, hands over the master key (and wipes nothing: it is the caller's).
 * ret_channels: count sockets for the caller.  ret_control: keep it open as long as the vault shall live. */
struct vault_child { pid_t pid; int control; int channels[VAULT_CHANNELS_MAX]; size_t count; };
int vault_child_start(const unsigned char *master, size_t channels, uid_t uid, gid_t gid, struct vault_child *ret);
/* The same in two steps, for a process that must hold no secret when it forks; this vault logs its start and its end.
 * 0, or -1 with errno. */
int vault_child_fork(size_t channels, uid_t uid, gid_t gid, struct vault_child *ret);
int vault_child_master(const struct vault_child *c, const unsigned char *master);
/* Closes this process's ends of the channels: they were handed to another. */
void vault_child_forget_channels(struct vault_child *c);
/* Closes all of one whose process was waited for already. */
void vault_child_forget(struct vault_child *c);
/* Ends it: closes all, waits, kills it where it does not end within 2 s.  An ended one (pid 0) may be stopped. */
void vault_child_stop(struct vault_child *c);

#endif
