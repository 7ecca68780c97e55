/* vault_sandbox.c - what the vault may still ask of the kernel: packets over sockets that are open, memory,
 * locks, time.
 *
 * The list holds what is allowed; all else fails with EPERM.  Memory can never be made executable. */
#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>
#include "io/sandbox.h"
#include "vault/vault.h"
#include "vault/vault_sandbox.h"

static const int allowed[] = {
	/* packets */
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(read),
	/* memory (mmap and mprotect below) */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mlock), SCMP_SYS(munlock),
	/* threads and their end */
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
	/* signals to itself: abort() */
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(getpid), SCMP_SYS(gettid),
	/* time and chance */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
};

static int allow_all(scmp_filter_ctx ctx, const int *calls, size_t count)
{
	int e = 0;

	for (size_t i = 0; !e && i < count; i++)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return e;
}

/* What is allowed only with these arguments. */
static int allow_some(scmp_filter_ctx ctx)
{
	int e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (!e)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!e)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
	if (!e)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	return e;
}

static int calls_shut(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int e = ctx ? allow_all(ctx, allowed, sizeof(allowed) / sizeof(allowed[0])) : -ENOMEM;

	if (!e)
		e = allow_all(ctx, vault_calls_more, vault_calls_more_count);
	if (!e)
		e = allow_some(ctx);
	return sandbox_load(ctx, e);
}

int vault_shut_in(void)
{
	bool is_on;	/* without landlock seccomp alone refuses files */

	if (sandbox_quiet(0) < 0 || sandbox_paths(NULL, 0, &is_on) < 0)
		return -1;
	return calls_shut();
}
