/* ip.c - IP addresses in text. */
#include <string.h>
#include "base/ascii.h"
#include "base/cur.h"
#include "dnsmsg/ip.h"

int zg_ip4_read(struct zg_slice text, unsigned char *ret)
{
	struct zg_cur c = zg_cur_of(text);
	unsigned char ip[4];

	for (int i = 0; i < 4; i++) {
		bool is_zero = zg_cur_peek(&c) == '0';
		size_t at = c.at;

		ip[i] = (unsigned char)zg_cur_uint(&c, 255);
		if (is_zero && c.at > at + 1)
			return -1;
		if (i < 3 && !zg_cur_lit(&c, ZG_S(".")))
			return -1;
	}
	if (c.why || c.at != text.n)
		return -1;
	memcpy(ret, ip, sizeof(ip));
	return 0;
}

static int hex_digit(char c)
{
	if (zg_ascii_is_digit(c))
		return c - '0';
	c = zg_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One group of one to four digits; -1 where there is none. */
static int group(struct zg_cur *c)
{
	int v = 0, n = 0;

	while (n < 4 && hex_digit(zg_cur_peek(c)) >= 0) {
		v = v * 16 + hex_digit(zg_cur_byte(c));
		n++;
	}
	return n ? v : -1;
}

/* Reads groups up to a "::" or the end; the number of octets, or -1. */
static int groups(struct zg_cur *c, unsigned char *ret, int room)
{
	int n = 0;

	while (!zg_cur_is_end(c) && !zg_slice_starts(zg_cur_rest(c), ZG_S("::"))) {
		struct zg_slice rest;
		int v;

		if (n && !zg_cur_lit(c, ZG_S(":")))
			return -1;
		rest = zg_cur_rest(c);
		if (zg_slice_find(rest, ':') == rest.n && zg_slice_find(rest, '.') < rest.n) {
			if (room - n < 4 || zg_ip4_read(rest, ret + n) < 0)
				return -1;
			c->at = c->s.n;
			return n + 4;
		}
		v = group(c);
		if (v < 0 || room - n < 2)
			return -1;
		ret[n++] = (unsigned char)(v >> 8);
		ret[n++] = (unsigned char)(v & 255);
	}
	return n;
}

int zg_ip6_read(struct zg_slice text, unsigned char *ret)
{
	struct zg_cur c = zg_cur_of(text);
	unsigned char head[16] = { 0 }, tail[16];
	int n = groups(&c, head, 16), m = 0;

	if (n < 0)
		return -1;
	if (zg_cur_lit(&c, ZG_S("::"))) {
		m = groups(&c, tail, 14 - n);
		if (m < 0 || n > 14)
			return -1;
		memcpy(head + 16 - m, tail, (size_t)m);
	} else if (n != 16) {
		return -1;
	}
	if (!zg_cur_is_end(&c))
		return -1;
	memcpy(ret, head, sizeof(head));
	return 0;
}
