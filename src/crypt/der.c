/* der.c - reading the heads of DER. */
#include "crypt/der.h"

size_t zg_der_head(struct zg_cur *c, unsigned *ret_tag)
{
	unsigned tag = zg_cur_u8(c);
	size_t n = zg_cur_u8(c);
	size_t count = n & 0x7f;

	if (n >= 0x80) {
		n = 0;
		if (count < 1 || count > 4)
			zg_cur_fail(c, "a length of no or too many octets");
		for (size_t i = 0; i < count && !c->why; i++)
			n = n << 8 | zg_cur_u8(c);
		if (!c->why && (n < 0x80 || n >> (8 * (count - 1)) == 0))
			zg_cur_fail(c, "a length that is not the shortest");
	}
	if ((tag & 0x1f) == 0x1f)
		zg_cur_fail(c, "a tag of several octets");
	if (c->why)
		return 0;
	*ret_tag = tag;
	return n;
}

unsigned zg_der_peek(const struct zg_cur *c)
{
	return (unsigned char)zg_cur_peek(c);
}

struct zg_slice zg_der_take(struct zg_cur *c, unsigned tag)
{
	unsigned found = 0;
	size_t n = zg_der_head(c, &found);

	if (found != tag)
		zg_cur_fail(c, "another element is expected");
	return zg_cur_bytes(c, n);
}

struct zg_slice zg_der_uint(struct zg_cur *c)
{
	struct zg_slice s = zg_der_take(c, ZG_DER_INTEGER);

	if (s.n == 0 || (unsigned char)s.p[0] & 0x80) {
		zg_cur_fail(c, "a number is expected that is not negative");
		return (struct zg_slice){ NULL, 0 };
	}
	if (s.p[0])
		return s;
	if (s.n == 1 || !((unsigned char)s.p[1] & 0x80)) {
		zg_cur_fail(c, "a number is zero, or has zeros in front");
		return (struct zg_slice){ NULL, 0 };
	}
	return zg_slice_sub(s, 1, s.n);
}

size_t zg_der_size(struct zg_slice s)
{
	struct zg_cur c = zg_cur_of(s);
	unsigned tag;
	size_t n = zg_der_head(&c, &tag);

	return c.why ? 0 : c.at + n;
}
