/* master.h - the master key, from a systemd credential or a file of root.
 *
 * Its text is 64 hexadecimal digits and a line end.  "file:PATH" (default <state>/master.key): 0600, of the user who
 * runs zegel; one that group or others can read is refused with the command that mends it.  "credential:NAME": from
 * $CREDENTIALS_DIRECTORY, or, for commands beside the service, /run/credentials/zegel.service, /etc/credstore,
 * /run/credstore. */
#ifndef CMD_MASTER_H
#define CMD_MASTER_H

#include "cmd/settings.h"
#include "vault/vault.h"

/* MASTER_MAKE: a file that is not there is made (0600, O_EXCL, fsync).  MASTER_NEED: it is an error; for a database
 * that holds sealed keys already, which a new master key would not open. */
enum master_mode { MASTER_MAKE, MASTER_NEED };

/* VAULT_MASTER_SIZE octets into ret, the caller's to wipe.  CMD_GOOD, or the exit status after telling why. */
int master_read(struct cmd *c, const struct settings *s, enum master_mode mode, unsigned char *ret);

#endif
