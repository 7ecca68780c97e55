/* secret.h - octets that must not be seen, what the library itself needs beyond <zegel/secret.h>. */
#ifndef ZG_BASE_SECRET_H
#define ZG_BASE_SECRET_H

#include <zegel/secret.h>

/* Zeroes n octets at p in a way no compiler leaves out. */
void zg_secret_wipe_bytes(void *p, size_t n);

#endif
