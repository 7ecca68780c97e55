/* vault_calls_sanitized.c - what the runtimes of ASan, UBSan and TSan call while threads run and end.  None
 * opens a file. */
#include <seccomp.h>
#include "vault/vault_sandbox.h"

const int vault_calls_more[] = {
	SCMP_SYS(sigaltstack), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
};
const size_t vault_calls_more_count = sizeof(vault_calls_more) / sizeof(vault_calls_more[0]);
