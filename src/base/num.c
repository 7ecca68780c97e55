/* num.c - numbers of text and wires. */
#include "base/num.h"
#include "base/cur.h"

int zg_num_uint(struct zg_slice s, uint64_t max, uint64_t *ret)
{
	struct zg_cur c = zg_cur_of(s);
	uint64_t v = zg_cur_uint(&c, max);

	if (c.why || !zg_cur_is_end(&c))
		return -1;
	*ret = v;
	return 0;
}

static void put_big_endian(struct zg_buf *b, uint64_t v, unsigned n)
{
	char out[8];

	for (unsigned i = 0; i < n; i++)
		out[i] = (char)(unsigned char)(v >> (8 * (n - 1 - i)));
	zg_buf_put(b, (struct zg_slice){ out, n });
}

void zg_num_put_u8(struct zg_buf *b, uint8_t v)
{
	put_big_endian(b, v, 1);
}

void zg_num_put_u16(struct zg_buf *b, uint16_t v)
{
	put_big_endian(b, v, 2);
}

void zg_num_put_u32(struct zg_buf *b, uint32_t v)
{
	put_big_endian(b, v, 4);
}

void zg_num_put_u64(struct zg_buf *b, uint64_t v)
{
	put_big_endian(b, v, 8);
}

void zg_num_put_sized(struct zg_buf *b, struct zg_slice s)
{
	if (s.n > UINT32_MAX) {
		b->is_full = true;
		return;
	}
	zg_num_put_u32(b, (uint32_t)s.n);
	zg_buf_put(b, s);
}
