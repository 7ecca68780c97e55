/* keyfile.h - private keys in files: read as people have them, written for their owner alone. */
#ifndef CMD_KEYFILE_H
#define CMD_KEYFILE_H

#include <zegel/crypt.h>
#include "cmd/input.h"

/* The key in the file that option o names, with the passphrase in --passphrase-file where it is given.  CMD_GOOD, or the exit
 * status after saying why.  End *ret with zg_key_done. */
int keyfile_read(struct cmd *c, enum cmd_opt o, struct zg_key *ret);
/* The text of a key in the file that option o names, not empty, and the passphrase in --passphrase-file without its line
 * end, empty where it is not given.  The same; input_done for both in any case. */
int keyfile_text(struct cmd *c, enum cmd_opt o, struct input *key, struct input *pass, struct zg_slice *ret_passphrase);
/* Refuses --passphrase-file where option o, which names the key, is not given.  The same. */
int keyfile_check_alone(struct cmd *c, enum cmd_opt o, struct zg_slice name);
/* Tells that the key at `where` was taken as a bare seed. */
void keyfile_say_seed(struct cmd *c, struct zg_slice where);
/* Is it one, for all that can be told of the text? */
bool keyfile_is_seed(struct zg_slice text);
/* Writes the key as PKCS#8 PEM to a new file, 0600, on disk when this returns; an old one is never touched.  The
 * same. */
int keyfile_write(struct cmd *c, struct zg_slice path, const struct zg_key *k);
/* --type and --bits: RSA of 2048 where nothing is said.  The same. */
int keyfile_kind(struct cmd *c, enum zg_key_type *ret_type, unsigned *ret_bits);

#endif
