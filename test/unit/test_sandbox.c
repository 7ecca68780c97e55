/* test_sandbox.c - what the walls of the relay refuse, and what they let through; each tried in a child. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "io/sandbox.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Runs what in a child; its exit status: 0, or which step of it failed. */
static int in_child(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int t_exec(void) { char *const none[] = { NULL }; return execve("/bin/true", none, none); }
static int t_ptrace(void) { return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static int t_vm(void) { return (int)syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0); }
static int t_mount(void) { return mount("none", "/nonexistent", "tmpfs", 0, NULL); }
static int t_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }
static int t_keyctl(void) { return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static int t_uring(void) { return (int)syscall(SYS_io_uring_setup, 1, NULL); }
static int t_unshare(void) { return (int)syscall(SYS_unshare, 0); }
static int t_setuid(void) { return (int)syscall(SYS_setuid, 0); }
static int t_perf(void) { return (int)syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0); }
static int t_userfault(void) { return (int)syscall(SYS_userfaultfd, 0); }

static const struct { const char *name; int (*run)(void); } refused[] = {
	{ "execve", t_exec }, { "ptrace", t_ptrace }, { "writing another's memory", t_vm }, { "mount", t_mount }, { "bpf", t_bpf },
	{ "keyctl", t_keyctl }, { "io_uring", t_uring }, { "unshare", t_unshare }, { "setuid", t_setuid }, { "perf", t_perf },
	{ "userfaultfd", t_userfault },
};

static int calls_try(void)
{
	if (sandbox_quiet(0) < 0 || sandbox_calls() < 0)
		return 100;
	for (size_t i = 0; i < COUNT(refused); i++) {
		errno = 0;
		if (refused[i].run() != -1 || errno != EPERM)
			return (int)i + 1;
	}
	/* What a server needs goes on. */
	return open("/etc/passwd", O_RDONLY) >= 0 && socket(AF_INET, SOCK_STREAM, 0) >= 0 && fork() >= 0 ? 0 : 101;
}

static void calls_are_refused(void **state)
{
	int n = in_child(calls_try);

	(void)state;
	if (n > 0 && n <= (int)COUNT(refused))
		fail_msg("not refused: %s", refused[n - 1].name);
	assert_int_equal(n, 0);
}

static char folder[] = "/tmp/test_sandbox.XXXXXX";

static const char *below(const char *name)
{
	static char path[100];

	assert_true(snprintf(path, sizeof(path), "%s/%s", folder, name) > 0);
	return path;
}

static int paths_try(void)
{
	char mine[100];
	const struct sandbox_path paths[] = { { "/etc", false }, { "/nonexistent", true }, { "/dev/null", false }, { mine, true } };
	bool is_on;
	int fd;

	if (snprintf(mine, sizeof(mine), "%s/mine", folder) < 0 || mkdir(mine, 0700) < 0 || sandbox_quiet(0) < 0 ||
	    sandbox_paths(paths, COUNT(paths), &is_on) < 0 || !is_on)
		return 1;
	if (open("/etc/passwd", O_RDONLY) < 0 || open("/dev/null", O_RDONLY) < 0)
		return 2;
	if (open("/etc/passwd", O_RDWR) >= 0 || open("/dev/null", O_WRONLY) >= 0 ||
	    open("/usr/bin/true", O_RDONLY) >= 0 || errno != EACCES)
		return 3;
	if (open(below("outside"), O_CREAT | O_RDWR, 0600) >= 0 || mkdir(below("outside"), 0700) == 0)
		return 4;
	fd = open(below("mine/file"), O_CREAT | O_RDWR, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) < 0 || mkdir(below("mine/sub"), 0700) < 0)
		return 5;
	if (chdir(mine) < 0 || rename("file", "sub/file") < 0 || unlink("sub/file") < 0 || rmdir("sub") < 0 || symlink("x", "y") == 0)
		return 6;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 && kill(getppid(), 0) < 0 ? 0 : 7;
}

static void paths_are_kept_to(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(in_child(paths_try), 0);
	assert_int_equal(rmdir(below("mine")), 0);
	assert_int_equal(rmdir(folder), 0);
}

static int nothing_try(void)
{
	const struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = 9, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	bool is_on;

	if (sandbox_quiet(0) < 0 || sandbox_paths(NULL, 0, &is_on) < 0 || !is_on)
		return 1;
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("/", O_RDONLY) >= 0)
		return 2;
	return connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&a, sizeof(a)) < 0 && errno == EACCES ? 0 : 3;
}

static int user_try(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	bool is_root = geteuid() == 0;

	if (sandbox_user(is_root ? 65534 : (uid_t)-1, is_root ? 65534 : (gid_t)-1) < 0)
		return 1;
	if (is_root && (getuid() != 65534 || getgid() != 65534 || getgroups(0, NULL) != 0 || setuid(0) == 0))
		return 2;
	if (syscall(SYS_capget, &head, data) < 0 || data[0].permitted || data[1].permitted || data[0].effective)
		return 3;
	return sandbox_quiet(getppid()) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && sandbox_quiet(1) < 0 && errno == ESRCH ? 0 : 4;
}

/* Who stays who it is loses its capabilities all the same. */
static int stay_try(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	uid_t before = geteuid();

	if (sandbox_user((uid_t)-1, (gid_t)-1) < 0 || geteuid() != before || syscall(SYS_capget, &head, data) < 0)
		return 1;
	return data[0].permitted || data[0].effective || data[1].permitted ? 2 : 0;
}

static int parent_try(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	uint32_t all = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_KILL;

	if (sandbox_parent() < 0 || syscall(SYS_capget, &head, data) < 0)
		return 1;
	if (geteuid() == 0 && (data[0].effective != all || data[0].permitted != all || data[1].effective))
		return 2;
	return prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 || geteuid() != 0 ? 0 : 3;
}

static int keep_try(void)
{
	int fds[6], keep[2];

	for (size_t i = 0; i < 6; i++)
		fds[i] = dup(0);
	keep[0] = fds[4];
	keep[1] = fds[1];
	if (sandbox_keep(keep, 2) < 0)
		return 1;
	for (size_t i = 0; i < 6; i++)
		if ((fcntl(fds[i], F_GETFD) >= 0) != (i == 1 || i == 4))
			return (int)i + 2;
	return fcntl(0, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0 ? 0 : 10;
}

static void rights_are_given_up(void **state)
{
	static const struct { const char *proves; int (*run)(void); } rows[] = {
		{ "landlock without a rule: no file, no TCP", nothing_try },
		{ "another user for good", user_try },
		{ "the same user without capabilities", stay_try },
		{ "the parent's capabilities", parent_try },
		{ "descriptors", keep_try },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int n = in_child(rows[i].run);

		if (n)
			fail_msg("%s: step %d", rows[i].proves, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_refused), cmocka_unit_test(paths_are_kept_to), cmocka_unit_test(rights_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
