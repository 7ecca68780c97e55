/* sandbox_paths.c - landlock by raw system calls, landlock(7).
 *
 * The headers of Debian 12 know less than its later kernels, so the numbers of the ABI stand here, and the
 * kernel is asked which it has: rights that it does not know must not be named. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "io/sandbox.h"

#define RULE_PATH_BENEATH 1
#define ASK_VERSION 1u

#define FS_EXECUTE (1u << 0)
#define FS_WRITE_FILE (1u << 1)
#define FS_READ_FILE (1u << 2)
#define FS_READ_DIR (1u << 3)
#define FS_TRUNCATE (1u << 14)
#define FS_IOCTL_DEV (1u << 15)
#define FS_READ (FS_READ_FILE | FS_READ_DIR)
/* Write, remove, make directories, files and sockets; no devices, no links of any kind. */
#define FS_WRITE (FS_READ | FS_WRITE_FILE | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 13 | FS_TRUNCATE)
#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define NET_TCP 3u		/* bind and connect */
#define SCOPE_ALL 3u		/* no signals and no abstract sockets to processes outside */

/* As the kernel knows it since ABI 6; older ones take the first members alone. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};
struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* All rights on files that an ABI knows. */
static uint32_t fs_known(long abi)
{
	static const uint32_t known[] = { 0, (1u << 13) - 1, (1u << 14) - 1, (1u << 15) - 1, (1u << 15) - 1, (1u << 16) - 1 };
	size_t last = sizeof(known) / sizeof(known[0]) - 1;

	return known[abi > (long)last ? last : (size_t)abi];
}

static size_t attr_size(long abi)
{
	if (abi < 4)
		return sizeof(uint64_t);
	return abi < 6 ? 2 * sizeof(uint64_t) : sizeof(struct ruleset_attr);
}

static int rule_add(int ruleset, uint32_t known, const struct sandbox_path *p)
{
	struct path_attr rule = { 0, open(p->path, O_PATH | O_CLOEXEC) };
	uint32_t allowed = p->is_writable ? FS_WRITE : FS_READ;
	struct stat st;
	int rc = -1;

	if (rule.parent_fd < 0)		/* what is not there, or not ours to see, cannot be allowed either */
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	if (fstat(rule.parent_fd, &st) < 0)
		goto out;
	if (!S_ISDIR(st.st_mode))
		allowed &= FS_OF_A_FILE;
	rule.allowed = allowed & known;
	rc = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0 ? -1 : 0;
out:
	(void)close(rule.parent_fd);	/* a handle on a name: nothing to lose */
	return rc;
}

int sandbox_paths(const struct sandbox_path *paths, size_t count, bool *ret_is_on)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	struct ruleset_attr attr;
	int ruleset, rc = -1;

	if (abi <= 0) {
		*ret_is_on = false;	/* a kernel without it, or where it is switched off at boot */
		return 0;
	}
	attr = (struct ruleset_attr){ fs_known(abi), count ? 0 : NET_TCP, SCOPE_ALL };
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
	if (ruleset < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (rule_add(ruleset, fs_known(abi), &paths[i]) < 0)
			goto out;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		goto out;
	*ret_is_on = true;
	rc = 0;
out:
	(void)close(ruleset);		/* the rules are in force without it */
	return rc;
}
