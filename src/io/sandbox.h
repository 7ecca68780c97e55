/* sandbox.h - giving up what a process does not need: users, capabilities, files, system calls, descriptors.
 *
 * Everything here is for good and for the whole process that calls it; landlock and capabilities hold for the calling
 * thread and those it makes later, so call them before there are threads.  0, or -1 with errno. */
#ifndef IO_SANDBOX_H
#define IO_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A place in the file system that may be read (with all below it), or also written. */
struct sandbox_path {
	const char *path;
	bool is_writable;
};

/* Becomes uid and gid without supplementary groups and without any way back; (uid_t)-1 and (gid_t)-1: stays
 * who it is, without capabilities. */
int sandbox_user(uid_t uid, gid_t gid);
/* Of root's capabilities keeps CAP_SETUID, CAP_SETGID, CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE and CAP_KILL,
 * and no others can be had again, not by children either.  Not root: nothing is done. */
int sandbox_parent(void);
/* No new privileges, not dumpable, no core, and a death with the parent `parent` (0: not asked for).  After
 * sandbox_user. */
int sandbox_quiet(pid_t parent);
/* Landlock: no file but what stands below the paths (those that do not exist are passed over); count 0: none
 * at all, and no TCP either.  A kernel without landlock: 0, and *ret_is_on false. */
int sandbox_paths(const struct sandbox_path *paths, size_t count, bool *ret_is_on);
/* Seccomp for a process with a network: what no server needs (ptrace, execve, mount, bpf, keyctl, ...) fails
 * with EPERM. */
int sandbox_calls(void);
/* Loads a filter of libseccomp (NULL: there was no memory for it) for all threads, and frees it; not where making it
 * failed with `error`, a negative errno. */
int sandbox_load(void *filter, int error);
/* For a child whose parent ends it by closing its channel: no signal of a terminal or a service manager does, none is
 * blocked. */
void sandbox_signals(void);
/* Closes all descriptors but 0, 1, 2 and those of keep. */
int sandbox_keep(const int *keep, size_t count);

#endif
