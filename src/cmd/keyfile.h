/* keyfile.h - private keys in files: read as people have them, written for their owner alone. */
#ifndef CMD_KEYFILE_H
#define CMD_KEYFILE_H

#include <zegel/crypt.h>
#include "cmd/input.h"

/* The key in the file at path, with the passphrase in --passphrase-file where it is given.  CMD_GOOD, or the exit
 * status after saying why.  End *ret with zg_key_done. */
int keyfile_read(struct cmd *c, struct zg_slice path, struct zg_key *ret);
/* The text in --passphrase-file without its line end; empty where it is not given.  input_done in any case. */
int keyfile_passphrase(struct cmd *c, struct input *in, struct zg_slice *ret);
/* Writes the key as PKCS#8 PEM to a new file, 0600, on disk when this returns; an old one is never touched.  The
 * same. */
int keyfile_write(struct cmd *c, struct zg_slice path, const struct zg_key *k);
/* --type and --bits: RSA of 2048 where nothing is said.  The same. */
int keyfile_kind(struct cmd *c, enum zg_key_type *ret_type, unsigned *ret_bits);

#endif
