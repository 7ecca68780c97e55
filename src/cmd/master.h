/* master.h - the master key, from a systemd credential or a file of root.
 *
 * Its text is 64 hexadecimal digits and a line end.  Where nothing is named in the configuration it is the credential
 * zegel-master, where systemd gives the service one, else the file master.key beside the configuration (that is
 * /etc/zegel/master.key); with --dev or --state it stands in the state folder, and by root in a folder of its own there.
 * "credential:NAME": from $CREDENTIALS_DIRECTORY, or, for commands beside the service, /run/credentials/zegel.service,
 * /etc/credstore, /run/credstore.
 *
 * A file is of the user who runs zegel, 0600 or 0400, and no link; by root, its folder too is one where root alone can write:
 * who can write there could take the key away.  It is opened once, and looked at as it was opened. */
#ifndef CMD_MASTER_H
#define CMD_MASTER_H

#include "cmd/settings.h"
#include "vault/vault.h"

/* MASTER_MAKE: a file that is not there is made (0600, O_EXCL, fsync).  MASTER_NEED: it is an error; for a database
 * that holds sealed keys already, which a new master key would not open. */
enum master_mode { MASTER_MAKE, MASTER_NEED };

struct master_place {
	const char *path;	/* of the file; NULL: a credential that is not here */
	struct zg_slice name;	/* of the credential; empty: a file */
	bool is_given;		/* systemd opened it for the service: rights and owner are its affair */
	bool is_default;	/* a file that nobody named */
};

/* Where the key is, or would be made; nothing is opened. */
struct master_place master_find(struct cmd *c, const struct settings *s);
/* Where systemd keeps the credential of this name until it starts the service; NULL: nowhere. */
const char *master_kept(struct cmd *c, struct zg_slice name);
/* The name that the service takes where none is configured; empty where the settings are not the service's. */
struct zg_slice master_kept_name(struct cmd *c, const struct settings *s);

/* VAULT_MASTER_SIZE octets into ret, the caller's to wipe.  CMD_GOOD, or the exit status after telling why. */
int master_read(struct cmd *c, const struct settings *s, enum master_mode mode, unsigned char *ret);
/* Tells that the key is another one than the keys in the database were sealed with; CMD_UNUSABLE. */
int master_fail_other(struct cmd *c, const struct settings *s);

#endif
