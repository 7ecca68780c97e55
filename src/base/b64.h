/* b64.h - base64, RFC 4648 4: the alphabet with + and /, with padding. */
#ifndef ZG_BASE_B64_H
#define ZG_BASE_B64_H

#include <zegel/buf.h>
#include <zegel/slice.h>

/* Octets that n octets become, padding included. */
size_t zg_b64_size(size_t n);
void zg_b64_encode(struct zg_slice s, struct zg_buf *ret);
/* Strict: no other character, right padding, no stray bits; 0, or -1 where it is not that or ret is full.  ret may have
 * been written to in part then. */
int zg_b64_decode(struct zg_slice s, struct zg_buf *ret);
/* The same, where blanks, tabs, CR and LF may stand anywhere (RFC 6376 2.10: FWS inside base64string), and the padding
 * may be missing. */
int zg_b64_decode_fws(struct zg_slice s, struct zg_buf *ret);

#endif
