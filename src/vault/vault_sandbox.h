/* vault_sandbox.h - system calls that the vault needs beyond its list, by the way it was built. */
#ifndef VAULT_VAULT_SANDBOX_H
#define VAULT_VAULT_SANDBOX_H

#include <stddef.h>

/* None in a plain build; what the sanitizers' runtimes ask for where they are built in. */
extern const int vault_calls_more[];
extern const size_t vault_calls_more_count;

#endif
