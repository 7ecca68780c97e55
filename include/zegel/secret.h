/* secret.h - octets that must not be seen: no view, no print, wiped by the one who made them. */
#ifndef ZEGEL_SECRET_H
#define ZEGEL_SECRET_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory of the caller, which must outlive it; n <= cap octets of it are the secret.  Never make a slice of it. */
struct zg_secret {
	size_t n, cap;
	unsigned char *b;
};

/* Wipes all cap octets, in a way no compiler leaves out; the secret is then empty, the memory the caller's as before. */
void zg_secret_wipe(struct zg_secret *s);

#ifdef __cplusplus
}
#endif

#endif
