/* der.h - just as much of DER (X.690 10) as tells what a key is: one-octet tags, definite and shortest lengths. */
#ifndef ZG_CRYPT_DER_H
#define ZG_CRYPT_DER_H

#include "base/cur.h"

#define ZG_DER_INTEGER 0x02u
#define ZG_DER_BITS 0x03u		/* BIT STRING */
#define ZG_DER_OCTETS 0x04u		/* OCTET STRING */
#define ZG_DER_NULL 0x05u
#define ZG_DER_OID 0x06u
#define ZG_DER_SEQUENCE 0x30u
#define ZG_DER_CONTEXT_0 0xa0u		/* [0], constructed */

/* Takes a tag and a length, and leaves the content; an error where they are none.  The content may be cut short. */
size_t zg_der_head(struct zg_cur *c, unsigned *ret_tag);
/* The tag that comes next; 0 at the end. */
unsigned zg_der_peek(const struct zg_cur *c);
/* Takes an element of this tag and answers its content; an error where another stands there. */
struct zg_slice zg_der_take(struct zg_cur *c, unsigned tag);
/* Takes a positive INTEGER: its octets, big-endian, without a zero in front. */
struct zg_slice zg_der_uint(struct zg_cur *c);
/* Octets that the element at the start of s says it has, its head included; 0 where no head can be read. */
size_t zg_der_size(struct zg_slice s);

#endif
