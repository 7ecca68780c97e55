/* dot.h - dot stuffing, RFC 5321 4.5.2, by views. */
#ifndef ZG_MAIL_DOT_H
#define ZG_MAIL_DOT_H

#include <stdbool.h>
#include <zegel/slice.h>

/* Cuts body into views that, sent one after another, are the stuffed body: at most max of them into ret_v.  *bol: does
 * the body begin at the beginning of a line (true for the first piece); carried between pieces.  Octets of body
 * covered are *ret_used; call again with the rest. */
size_t zg_dot_stuff(struct zg_slice body, bool *bol, struct zg_slice *ret_v, size_t max, size_t *ret_used);

#endif
