/* conf_value.c - values with an inside: where to listen, who is trusted, the smarthost, host names. */
#include <arpa/inet.h>
#include <string.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "base/num.h"
#include "conf/conf_schema.h"

#define SLUG_MAX 40u

bool conf_host_is_valid(struct zg_slice s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_edge = i + 1 == s.n || s.p[i + 1] == '.' || label == 0;

		if (c == '.' ? label == 0 || i + 1 == s.n : !zg_ascii_is_alnum(c) && c != '_' && (c != '-' || is_edge))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > ZG_LIMIT_LABEL)
			return false;
	}
	return s.n > 0 && s.n < ZG_LIMIT_DOMAIN - 1;
}

bool conf_address_read(struct zg_slice s, bool is_v6, unsigned char *ret)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char octets[16] = { 0 };

	if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, octets) != 1)
		return false;
	memcpy(ret, octets, sizeof(octets));
	return true;
}

bool conf_unbracket(struct zg_slice *host)
{
	if (host->n < 2 || host->p[0] != '[' || host->p[host->n - 1] != ']')
		return false;
	*host = zg_slice_sub(*host, 1, host->n - 2);
	return true;
}

static bool read_listen_tls(struct zg_slice how, enum conf_tls *ret)
{
	if (!how.n)
		*ret = CONF_TLS_NONE;
	else if (zg_slice_eq(how, ZG_S("tls")))
		*ret = CONF_TLS_IMPLICIT;
	else if (zg_slice_eq(how, ZG_S("starttls")))
		*ret = CONF_TLS_STARTTLS;
	else
		return false;
	return true;
}

enum conf_want conf_listen_read(struct zg_slice s, struct conf_listen *ret, size_t *ret_offset)
{
	size_t space = zg_slice_find(s, ' ');
	struct zg_slice where = zg_slice_sub(s, 0, space), how = zg_slice_trim(zg_slice_sub(s, space, s.n));
	size_t colon = zg_slice_rfind(where, ':');
	struct zg_slice host = zg_slice_sub(where, 0, colon), port = zg_slice_sub(where, colon + 1, where.n);
	struct conf_listen l = { .text = s };
	uint64_t number;

	*ret_offset = 0;
	if (colon == where.n || zg_slice_ends_ci(where, ZG_S("]")))
		return CONF_WANT_LISTEN_FORM;
	l.is_v6 = conf_unbracket(&host);
	if (!l.is_v6 && zg_slice_find(host, ':') < host.n)
		return CONF_WANT_LISTEN_BRACKETS;
	if (!conf_address_read(host, l.is_v6, l.address))
		return CONF_WANT_LISTEN_ADDRESS;
	*ret_offset = colon + 1;
	if (zg_num_uint(port, UINT16_MAX, &number) < 0)
		return CONF_WANT_LISTEN_PORT;
	l.port = (uint16_t)number;
	*ret_offset = s.n - how.n;
	if (!read_listen_tls(how, &l.tls))
		return CONF_WANT_LISTEN_TLS;
	*ret = l;
	return CONF_WANT_NOTHING;
}

bool conf_is_same_door(const struct conf_listen *a, const struct conf_listen *b)
{
	return a->port && a->port == b->port && a->is_v6 == b->is_v6 && memcmp(a->address, b->address, 16) == 0;
}

static bool is_listened(const struct conf *c, const struct conf_listen *l)
{
	for (size_t i = 0; i < c->listen_count; i++)
		if (conf_is_same_door(&c->listen[i], l))
			return true;
	return false;
}

size_t conf_count_items(const struct conf_value *v)
{
	size_t count = 0;

	for (const struct conf_value *i = v->first; i; i = i->next)
		count++;
	return count;
}

void conf_set_listen(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	size_t count = conf_count_items(v);

	r->conf.listen_count = 0;
	if (count < 1 || count > CONF_LISTEN_MAX) {
		conf_bad(r, k, v, 0, CONF_WANT_LISTEN_ONE);
		return;
	}
	r->conf.listen = zg_arena_array(r->a, count, sizeof(*r->conf.listen));
	for (const struct conf_value *i = v->first; i && r->conf.listen; i = i->next) {
		struct conf_listen l = { 0 };
		size_t offset = 0;
		enum conf_want want = conf_listen_read(i->string, &l, &offset);

		l.at = i->at;
		if (want)
			conf_bad(r, k, i, offset, want);
		else if (is_listened(&r->conf, &l))
			conf_bad(r, k, i, 0, CONF_WANT_LISTEN_TWICE);
		else
			r->conf.listen[r->conf.listen_count++] = l;
	}
}

static bool is_slug(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_ascii_is_upper(s.p[i]) || (!zg_ascii_is_alnum(s.p[i]) && s.p[i] != '-'))
			return false;
	return s.n > 0 && s.n <= SLUG_MAX && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

bool conf_is_network(bool is_v6, const unsigned char *address, unsigned bits)
{
	for (unsigned bit = bits; bit < (is_v6 ? 128u : 32u); bit++)
		if (address[bit / 8] & (0x80u >> bit % 8))
			return false;
	return true;
}

static bool is_loopback(const struct conf_trusted *t)
{
	static const unsigned char one[16] = { [15] = 1 };

	if (t->is_v6)
		return t->bits == 128 && memcmp(t->address, one, sizeof(one)) == 0;
	return t->bits >= 8 && t->address[0] == 127;
}

/* What is wrong with "NETWORK/BITS [= COMPANY]", and at which octet; NOTHING: *ret was written. */
static enum conf_want read_trusted(struct zg_slice s, struct conf_trusted *ret, size_t *ret_offset)
{
	size_t equals = zg_slice_find(s, '=');
	struct zg_slice net = zg_slice_trim(zg_slice_sub(s, 0, equals)), company = zg_slice_trim(zg_slice_sub(s, equals + 1,
		s.n));
	size_t slash = zg_slice_find(net, '/');
	struct zg_slice host = zg_slice_sub(net, 0, slash);
	struct conf_trusted t = { .is_v6 = zg_slice_find(host, ':') < host.n, .company = company };
	uint64_t bits;

	*ret_offset = 0;
	if (!conf_address_read(host, t.is_v6, t.address))
		return CONF_WANT_TRUSTED_ADDRESS;
	*ret_offset = slash;
	if (slash == net.n || zg_num_uint(zg_slice_sub(net, slash + 1, net.n), t.is_v6 ? 128 : 32, &bits) < 0)
		return CONF_WANT_TRUSTED_BITS;
	t.bits = (unsigned)bits;
	*ret_offset = 0;
	if (!conf_is_network(t.is_v6, t.address, t.bits))
		return CONF_WANT_TRUSTED_NETWORK;
	if (equals == s.n && !is_loopback(&t))
		return CONF_WANT_TRUSTED_LOOPBACK;
	*ret_offset = equals;
	if (equals < s.n && !is_slug(company))
		return CONF_WANT_TRUSTED_COMPANY;
	*ret = t;
	return CONF_WANT_NOTHING;
}

void conf_set_trusted(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	size_t count = conf_count_items(v);

	r->conf.trusted_count = 0;
	if (count > CONF_NETWORKS_MAX) {
		conf_bad(r, k, v, 0, CONF_WANT_LIST);
		return;
	}
	r->conf.trusted = count ? zg_arena_array(r->a, count, sizeof(*r->conf.trusted)) : NULL;
	for (const struct conf_value *i = v->first; i && r->conf.trusted; i = i->next) {
		size_t offset = 0;
		enum conf_want want = read_trusted(i->string, &r->conf.trusted[r->conf.trusted_count], &offset);

		if (want)
			conf_bad(r, k, i, offset, want);
		else
			r->conf.trusted_count++;
	}
}

/* "host", "host:port", "192.0.2.1:25", "[2001:db8::1]:25".  A port of 0 stands for the one that smarthost_tls asks
 * for. */
void conf_set_smarthost(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;
	bool is_v6 = zg_slice_starts(s, ZG_S("["));
	size_t end = is_v6 ? zg_slice_find(s, ']') : zg_slice_find(s, ':');
	struct zg_slice host = zg_slice_sub(s, is_v6, end - is_v6), port;
	unsigned char address[16];
	uint64_t number = 0;

	end += is_v6 && end < s.n;
	port = zg_slice_sub(s, end, s.n);
	r->conf.smarthost_host = host;
	if (is_v6 ? end == host.n + 1 || !conf_address_read(host, true, address) : s.n && !conf_host_is_valid(host))
		conf_bad(r, k, v, 0, CONF_WANT_SMARTHOST);
	else if (port.n && (port.p[0] != ':' || zg_num_uint(zg_slice_sub(port, 1, port.n), UINT16_MAX, &number) < 0 ||
		!number))
		conf_bad(r, k, v, end, CONF_WANT_SMARTHOST_PORT);
	r->conf.smarthost_port = (uint16_t)number;
}
