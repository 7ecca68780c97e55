/* sandbox.c - users, capabilities, descriptors and what the kernel tells others of a process.  prctl(2),
 * capabilities(7). */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "io/sandbox.h"

#define CAPS_USERS (1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL)
#define CAPS (CAPS_USERS | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_NET_BIND_SERVICE)

/* libcap is not asked for: two words to the kernel do. */
static int caps_set(uint32_t keep)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { keep, keep, 0 }, { 0, 0, 0 } };

	return syscall(SYS_capset, &head, data) < 0 ? -1 : 0;
}

int sandbox_user(uid_t uid, gid_t gid)
{
	if (uid == (uid_t)-1)
		return caps_set(0);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -1;
	if (uid && (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setresgid((gid_t)-1, 0, (gid_t)-1) == 0)) {
		errno = EPERM;		/* there is a way back: something kept its rights */
		return -1;
	}
	return 0;
}

int sandbox_parent(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (geteuid() != 0)
		return 0;
	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	for (int cap = 0; cap < 64; cap++) {
		if (cap < 32 && (CAPS >> cap & 1))
			continue;
		/* EINVAL: past the last one; EPERM: a service manager took CAP_SETPCAP, and its bounding set holds. */
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL && errno != EPERM)
			return -1;
	}
	return caps_set(data[0].permitted & CAPS);
}

int sandbox_quiet(pid_t parent)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0)
		return -1;
	if (!parent)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	if (getppid() != parent) {	/* it died before the kernel was asked */
		errno = ESRCH;
		return -1;
	}
	return 0;
}

/* The least descriptor in keep that is at least from; INT_MAX where there is none. */
static int next_kept(const int *keep, size_t count, int from)
{
	int least = INT_MAX;

	for (size_t i = 0; i < count; i++)
		if (keep[i] >= from && keep[i] < least)
			least = keep[i];
	return least;
}

int sandbox_keep(const int *keep, size_t count)
{
	int from = 3, kept;

	do {
		kept = next_kept(keep, count, from);
		if (kept > from && syscall(SYS_close_range, (unsigned)from, (unsigned)kept - 1, 0) < 0)
			return -1;
		from = kept == INT_MAX ? kept : kept + 1;
	} while (kept != INT_MAX);
	return 0;
}

void sandbox_signals(void)
{
	const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);	/* valid signals: cannot fail */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
