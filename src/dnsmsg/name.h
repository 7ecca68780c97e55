/* name.h - DNS names in text.
 *
 * The text form that questions, answers and zones share: labels with dots between them, no last dot, the root is
 * empty; a dot or backslash inside a label has a backslash before it, every other octet stands as it is. */
#ifndef ZG_DNSMSG_NAME_H
#define ZG_DNSMSG_NAME_H

#include <zegel/buf.h>
#include <zegel/slice.h>

/* The name without its first label; the root's parent is the root. */
struct zg_slice zg_name_parent(struct zg_slice name);
/* Is name the same as zone, or below it?  Case aside. */
bool zg_name_is_below(struct zg_slice name, struct zg_slice zone);
/* Reads a name as master files write it (RFC 1035 5.1: \DDD, \X; the last dot may be missing).  0, or -1 where an
 * escape is cut or too large, a label is empty, or ret is full. */
int zg_name_read(struct zg_slice text, struct zg_buf *ret);
/* Writes a name as master files do: what is no visible ASCII becomes \DDD. */
void zg_name_put(struct zg_buf *b, struct zg_slice name);
/* Reads an uncompressed name off a wire (RFC 1035 3.1) and says how many octets it took.  0, or -1. */
int zg_name_unwire(struct zg_slice wire, struct zg_buf *ret, size_t *ret_used);

#endif
