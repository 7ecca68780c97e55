/* vault_calls_plain.c - a plain build of the vault needs nothing more. */
#include "vault/vault_sandbox.h"

const int vault_calls_more[] = { -1 };
const size_t vault_calls_more_count = 0;
