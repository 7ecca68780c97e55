/* dkim_key.h - the key record in typed form, RFC 6376 3.6.1. */
#ifndef ZG_AUTH_DKIM_KEY_H
#define ZG_AUTH_DKIM_KEY_H

#include <zegel/arena.h>
#include <zegel/dkim.h>

/* Views of the record. */
struct zg_dkim_key {
	enum zg_key_type type;
	struct zg_slice p;	/* p=, base64; empty: revoked */
	bool is_testing;	/* t=y */
	bool is_strict;		/* t=s: i= must be at d= */
};

/* Reads a record that may verify e-mail by SHA-256.  NULL, or why it does not, a literal; *ret is written only on
 * NULL.  scratch is used and may be reset. */
const char *zg_dkim_key_read(struct zg_slice text, struct zg_arena *scratch, struct zg_dkim_key *ret);

#endif
