/* rdata.c - RDATA of RFC 1035 3.3, RFC 3596 and RFC 6698 in typed form. */
#include "base/cur.h"
#include "base/limits.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"

/* RFC 6376 3.6.2.2, RFC 7208 3.3: the strings are joined without a blank between them. */
static int strings(struct zg_slice wire, struct zg_arena *a, struct zg_dns_rr *ret)
{
	struct zg_cur c = zg_cur_of(wire);
	char *p = zg_arena_bytes(a, wire.n);
	struct zg_buf b;

	if (!p)
		return -1;
	b = zg_buf_of(p, wire.n);
	while (!zg_cur_is_end(&c))
		zg_buf_put(&b, zg_cur_bytes(&c, zg_cur_u8(&c)));
	if (c.why)
		return -1;
	ret->data = zg_buf_slice(&b);
	return 0;
}

static int name(struct zg_slice wire, struct zg_arena *a, struct zg_dns_rr *ret)
{
	size_t cap = 2 * ZG_LIMIT_DOMAIN, used;
	char *p = zg_arena_bytes(a, cap);
	struct zg_buf b;

	if (!p)
		return -1;
	b = zg_buf_of(p, cap);
	if (zg_name_unwire(wire, &b, &used) < 0 || used != wire.n)
		return -1;
	zg_arena_shrink(a, cap - b.n);
	ret->data = zg_buf_slice(&b);
	return 0;
}

static int exchange(struct zg_slice wire, struct zg_arena *a, struct zg_dns_rr *ret)
{
	struct zg_cur c = zg_cur_of(wire);

	ret->preference = zg_cur_u16(&c);
	return c.why ? -1 : name(zg_cur_rest(&c), a, ret);
}

static int octets(struct zg_slice wire, size_t least, size_t most, struct zg_arena *a, struct zg_dns_rr *ret)
{
	if (wire.n < least || wire.n > most)
		return -1;
	ret->data = zg_arena_dup(a, wire);
	return ret->data.p ? 0 : -1;
}

int zg_rdata_read(enum zg_dns_type type, struct zg_slice wire, struct zg_arena *a, struct zg_dns_rr *ret)
{
	struct zg_dns_rr rr = { .preference = 0 };
	int rc = -1;

	switch (type) {
	case ZG_DNS_A:
		rc = octets(wire, 4, 4, a, &rr);
		break;
	case ZG_DNS_AAAA:
		rc = octets(wire, 16, 16, a, &rr);
		break;
	case ZG_DNS_TLSA:
		rc = octets(wire, 4, 65535, a, &rr);
		break;
	case ZG_DNS_MX:
		rc = exchange(wire, a, &rr);
		break;
	case ZG_DNS_TXT:
	case ZG_DNS_SPF:
		rc = strings(wire, a, &rr);
		break;
	case ZG_DNS_NS:
	case ZG_DNS_CNAME:
	case ZG_DNS_PTR:
		rc = name(wire, a, &rr);
		break;
	}
	if (rc == 0)
		*ret = rr;
	return rc;
}
