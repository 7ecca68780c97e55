/* name.c - DNS names in text, in master files, and off the wire. */
#include "base/ascii.h"
#include "base/cur.h"
#include "base/limits.h"
#include "dnsmsg/name.h"

struct zg_slice zg_name_parent(struct zg_slice name)
{
	size_t i = 0;

	while (i < name.n && name.p[i] != '.')
		i += name.p[i] == '\\' ? 2 : 1;
	return zg_slice_sub(name, i + 1, name.n);
}

bool zg_name_is_below(struct zg_slice name, struct zg_slice zone)
{
	while (name.n > zone.n)
		name = zg_name_parent(name);
	return zg_slice_eq_ci(name, zone);
}

static void label_octet(struct zg_buf *b, char octet)
{
	if (octet == '.' || octet == '\\')
		zg_buf_putc(b, '\\');
	zg_buf_putc(b, octet);
}

/* After a backslash: \DDD or \X. */
static char escaped(struct zg_cur *c)
{
	struct zg_slice digits;
	unsigned v;

	if (!zg_ascii_is_digit(zg_cur_peek(c)))
		return zg_cur_byte(c);
	digits = zg_cur_bytes(c, 3);
	if (c->why || !zg_ascii_is_digit(digits.p[1]) || !zg_ascii_is_digit(digits.p[2])) {
		zg_cur_fail(c, "three digits are expected");
		return '\0';
	}
	v = (unsigned)(digits.p[0] - '0') * 100 + (unsigned)(digits.p[1] - '0') * 10 + (unsigned)(digits.p[2] - '0');
	if (v > 255)
		zg_cur_fail(c, "no octet is that large");
	return (char)(unsigned char)v;
}

int zg_name_read(struct zg_slice text, struct zg_buf *ret)
{
	struct zg_cur c = zg_cur_of(text);
	size_t label = 0;

	if (zg_slice_eq(text, ZG_S(".")))
		return 0;
	while (!zg_cur_is_end(&c)) {
		char octet = zg_cur_byte(&c);

		if (octet != '.') {
			label_octet(ret, octet == '\\' ? escaped(&c) : octet);
			label++;
			continue;
		}
		if (!label)
			return -1;
		label = 0;
		if (!zg_cur_is_end(&c))
			zg_buf_putc(ret, '.');
	}
	return c.why || ret->is_full || !text.n ? -1 : 0;
}

void zg_name_put(struct zg_buf *b, struct zg_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char octet = (unsigned char)name.p[i];

		if (octet > 32 && octet < 127) {
			zg_buf_putc(b, name.p[i]);
			continue;
		}
		zg_buf_putc(b, '\\');
		zg_buf_put_pad(b, octet, 3);
	}
}

int zg_name_unwire(struct zg_slice wire, struct zg_buf *ret, size_t *ret_used)
{
	struct zg_cur c = zg_cur_of(wire);
	bool is_first = true;
	size_t n;

	while ((n = zg_cur_u8(&c)) > 0) {
		struct zg_slice label = zg_cur_bytes(&c, n);

		if (n > ZG_LIMIT_LABEL || c.at >= ZG_LIMIT_DOMAIN)
			zg_cur_fail(&c, "too long");
		if (!is_first)
			zg_buf_putc(ret, '.');
		is_first = false;
		for (size_t i = 0; i < label.n; i++)
			label_octet(ret, label.p[i]);
	}
	if (c.why || ret->is_full)
		return -1;
	*ret_used = c.at;
	return 0;
}
