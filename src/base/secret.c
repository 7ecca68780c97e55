/* secret.c - wiping. */
#include "base/secret.h"

void zg_secret_wipe_bytes(void *p, size_t n)
{
	volatile unsigned char *b = p;

	while (n--)
		*b++ = 0;
}

void zg_secret_wipe(struct zg_secret *s)
{
	if (s->b)
		zg_secret_wipe_bytes(s->b, s->cap);
	s->n = 0;
}
