/* num.h - decimal numbers from outside, and big-endian numbers for wires. */
#ifndef ZG_BASE_NUM_H
#define ZG_BASE_NUM_H

#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

/* All of s as a decimal number of at most max; 0, or -1 where it is empty, too large or holds another character. */
int zg_num_uint(struct zg_slice s, uint64_t max, uint64_t *ret);
/* Big-endian, as zg_cur_u8 to zg_cur_sized read them. */
void zg_num_put_u8(struct zg_buf *b, uint8_t v);
void zg_num_put_u16(struct zg_buf *b, uint16_t v);
void zg_num_put_u32(struct zg_buf *b, uint32_t v);
void zg_num_put_u64(struct zg_buf *b, uint64_t v);
void zg_num_put_sized(struct zg_buf *b, struct zg_slice s);

#endif
