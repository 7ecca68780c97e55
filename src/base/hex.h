/* hex.h - octets as lower-case hexadecimal digits and back, RFC 4648 8. */
#ifndef ZG_BASE_HEX_H
#define ZG_BASE_HEX_H

#include <zegel/buf.h>
#include <zegel/slice.h>

void zg_hex_encode(struct zg_slice s, struct zg_buf *ret);
/* Both cases are read; 0, or -1 at another character, an odd count or a full ret. */
int zg_hex_decode(struct zg_slice s, struct zg_buf *ret);

#endif
