/* cur.c - the cursor whose first error sticks. */
#include "base/cur.h"
#include "base/ascii.h"

struct zg_slice zg_cur_bytes(struct zg_cur *c, size_t n)
{
	struct zg_slice rest = zg_cur_rest(c);

	if (rest.n < n) {
		zg_cur_fail(c, "it ends too early");
		return (struct zg_slice){ NULL, 0 };
	}
	if (!c->why)
		c->at += n;
	return zg_slice_sub(rest, 0, n);
}

bool zg_cur_lit(struct zg_cur *c, struct zg_slice lit)
{
	if (!zg_slice_starts(zg_cur_rest(c), lit))
		return false;
	c->at += c->why ? 0 : lit.n;
	return true;
}

bool zg_cur_lit_ci(struct zg_cur *c, struct zg_slice lit)
{
	if (!zg_slice_starts_ci(zg_cur_rest(c), lit))
		return false;
	c->at += c->why ? 0 : lit.n;
	return true;
}

struct zg_slice zg_cur_until(struct zg_cur *c, char stop)
{
	return zg_cur_bytes(c, zg_slice_find(zg_cur_rest(c), stop));
}

uint64_t zg_cur_uint(struct zg_cur *c, uint64_t max)
{
	struct zg_slice digits = zg_cur_while(c, zg_ascii_is_digit);
	uint64_t v = 0;

	if (!digits.n)
		zg_cur_fail(c, "a number is expected");
	for (size_t i = 0; i < digits.n; i++) {
		unsigned d = (unsigned)(digits.p[i] - '0');

		if (d > max || v > (max - d) / 10) {
			zg_cur_fail(c, "the number is too large");
			return 0;
		}
		v = v * 10 + d;
	}
	return v;
}

void zg_cur_skip_wsp(struct zg_cur *c)
{
	(void)zg_cur_while(c, zg_ascii_is_wsp);	/* what was skipped is of no use */
}

static uint64_t big_endian(struct zg_cur *c, size_t n)
{
	struct zg_slice s = zg_cur_bytes(c, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | (unsigned char)s.p[i];
	return v;
}

uint8_t zg_cur_u8(struct zg_cur *c)
{
	return (uint8_t)big_endian(c, 1);
}

uint16_t zg_cur_u16(struct zg_cur *c)
{
	return (uint16_t)big_endian(c, 2);
}

uint32_t zg_cur_u32(struct zg_cur *c)
{
	return (uint32_t)big_endian(c, 4);
}

uint64_t zg_cur_u64(struct zg_cur *c)
{
	return big_endian(c, 8);
}

struct zg_slice zg_cur_sized(struct zg_cur *c)
{
	return zg_cur_bytes(c, zg_cur_u32(c));
}
