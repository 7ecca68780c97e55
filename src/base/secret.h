/* secret.h - octets that must not be seen: no view, no print, wiped by the one who made them. */
#ifndef ZG_BASE_SECRET_H
#define ZG_BASE_SECRET_H

#include <stddef.h>

/* Memory of the caller; n <= cap octets of it are the secret.  Never make a slice of it. */
struct zg_secret {
	size_t n, cap;
	unsigned char *b;
};

/* Zeroes n octets at p in a way no compiler leaves out. */
void zg_secret_wipe_bytes(void *p, size_t n);
/* Wipes all cap octets; the secret is then empty. */
void zg_secret_wipe(struct zg_secret *s);

#endif
