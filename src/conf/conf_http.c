/* conf_http.c - values with an inside: where the panel listens and is found, who stands before it, mail of domains that are not
 * right yet, the resolver, an address for reports. */
#include <string.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "base/num.h"
#include "conf/conf_schema.h"

static bool is_listened(const struct conf *c, const struct conf_listen *l)
{
	for (size_t i = 0; i < c->http_listen_count; i++)
		if (conf_is_same_door(&c->http_listen[i], l))
			return true;
	return false;
}

/* What is wrong with "ADDRESS:PORT [tls]", and at which octet. */
static enum conf_want read_listen(const struct conf *c, struct zg_slice s, struct conf_listen *ret, size_t *ret_offset)
{
	enum conf_want want = conf_listen_read(s, ret, ret_offset);

	if (want == CONF_WANT_LISTEN_TLS || (!want && ret->tls == CONF_TLS_STARTTLS))
		return CONF_WANT_HTTP_TLS;
	*ret_offset = want ? *ret_offset : 0;
	return !want && is_listened(c, ret) ? CONF_WANT_LISTEN_TWICE : want;
}

void conf_set_http_listen(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	size_t count = conf_count_items(v);

	r->conf.http_listen_count = 0;
	if (count > CONF_LISTEN_MAX) {
		conf_bad(r, k, v, 0, CONF_WANT_HTTP_MOST);
		return;
	}
	r->conf.http_listen = count ? zg_arena_array(r->a, count, sizeof(*r->conf.http_listen)) : NULL;
	for (const struct conf_value *i = v->first; i && r->conf.http_listen; i = i->next) {
		struct conf_listen l = { 0 };
		size_t offset = 0;
		enum conf_want want = read_listen(&r->conf, i->string, &l, &offset);

		l.at = i->at;
		if (want)
			conf_bad(r, k, i, offset, want);
		else
			r->conf.http_listen[r->conf.http_listen_count++] = l;
	}
}

/* "host", "host:port", "[v6]", "[v6]:port"; a port is from 1 on. */
static bool is_authority(struct zg_slice s)
{
	bool is_v6 = zg_slice_starts(s, ZG_S("["));
	size_t end = is_v6 ? zg_slice_find(s, ']') + 1 : zg_slice_find(s, ':');
	struct zg_slice host = zg_slice_sub(s, 0, end), port = zg_slice_sub(s, end, s.n);
	unsigned char address[16];
	uint64_t number;

	if (is_v6 ? !conf_unbracket(&host) || !conf_address_read(host, true, address) : !conf_host_is_valid(host))
		return false;
	return !port.n || (port.p[0] == ':' && zg_num_uint(zg_slice_sub(port, 1, port.n), UINT16_MAX, &number) == 0 && number);
}

void conf_set_base_url(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;
	size_t scheme = zg_slice_starts(s, ZG_S("https://")) ? 8 : zg_slice_starts(s, ZG_S("http://")) ? 7 : 0;

	if (scheme && s.p[s.n - 1] == '/')
		s.n--;
	r->conf.base_url = s;
	if (s.n && (!scheme || !is_authority(zg_slice_sub(s, scheme, s.n))))
		conf_bad(r, k, v, 0, CONF_WANT_BASE_URL);
}

static bool read_network(struct zg_slice s, struct conf_network *ret)
{
	size_t slash = zg_slice_find(s, '/');
	struct zg_slice host = zg_slice_sub(s, 0, slash);
	struct conf_network n = { .is_v6 = zg_slice_find(host, ':') < host.n };
	uint64_t bits;

	if (slash == s.n || !conf_address_read(host, n.is_v6, n.address) ||
	    zg_num_uint(zg_slice_sub(s, slash + 1, s.n), n.is_v6 ? 128 : 32, &bits) < 0)
		return false;
	n.bits = (unsigned)bits;
	*ret = n;
	return conf_is_network(n.is_v6, n.address, n.bits);
}

void conf_set_proxies(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	size_t count = conf_count_items(v);

	r->conf.trusted_proxies_count = 0;
	if (count > CONF_NETWORKS_MAX) {
		conf_bad(r, k, v, 0, CONF_WANT_LIST);
		return;
	}
	r->conf.trusted_proxies = count ? zg_arena_array(r->a, count, sizeof(*r->conf.trusted_proxies)) : NULL;
	for (const struct conf_value *i = v->first; i && r->conf.trusted_proxies; i = i->next)
		if (read_network(i->string, &r->conf.trusted_proxies[r->conf.trusted_proxies_count]))
			r->conf.trusted_proxies_count++;
		else
			conf_bad(r, k, i, 0, CONF_WANT_NETWORK);
}

static bool read_unready(struct zg_slice s, enum conf_unready *ret)
{
	bool is_send = zg_slice_eq(s, ZG_S("send"));

	if (!is_send && !zg_slice_eq(s, ZG_S("hold")))
		return false;
	*ret = is_send ? CONF_UNREADY_SEND : CONF_UNREADY_HOLD;
	return true;
}

void conf_set_unready(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	if (!read_unready(v->string, &r->conf.unready))
		conf_bad(r, k, v, 0, CONF_WANT_UNREADY);
}

void conf_set_unready_allowed(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	enum conf_unready one;

	r->unready_allowed = *v;
	r->conf.unready_allowed = 0;
	for (const struct conf_value *i = v->first; i; i = i->next)
		if (read_unready(i->string, &one))
			r->conf.unready_allowed |= 1u << one;
		else
			conf_bad(r, k, i, 0, CONF_WANT_UNREADY);
}

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353". */
static bool is_resolver(struct zg_slice s)
{
	unsigned char address[16];
	size_t colon = zg_slice_rfind(s, ':');
	struct zg_slice host = zg_slice_sub(s, 0, colon);
	bool is_v6;
	uint64_t port;

	if (conf_address_read(s, false, address) || conf_address_read(s, true, address))
		return true;
	is_v6 = conf_unbracket(&host);
	return conf_address_read(host, is_v6, address) &&
		zg_num_uint(zg_slice_sub(s, colon + 1, s.n), UINT16_MAX, &port) == 0 && port;
}

/* A list is for more than one of a later version; one is what there may be. */
void conf_set_resolver(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	bool is_one = v->type == CONF_LIST && v->first && !v->first->next;
	const struct conf_value *one = is_one ? v->first : v;

	if (v->type == CONF_LIST && !is_one) {
		conf_bad(r, k, v, 0, CONF_WANT_RESOLVER);
		return;
	}
	r->conf.resolver = one->string;
	if ((is_one || !zg_slice_eq(one->string, ZG_S("system"))) && !is_resolver(one->string))
		conf_bad(r, k, one, 0, CONF_WANT_RESOLVER);
}

/* RFC 5322 3.2.3: a dot-atom is what a mailbox for reports may be. */
static bool is_local_part(struct zg_slice s)
{
	static const struct zg_slice others = ZG_SI("!#$%&'*+-/=?^_`{|}~.");

	for (size_t i = 0; i < s.n; i++)
		if ((!zg_ascii_is_alnum(s.p[i]) && zg_slice_find(others, s.p[i]) == others.n) ||
		    (s.p[i] == '.' && (i == 0 || i + 1 == s.n || s.p[i + 1] == '.')))
			return false;
	return s.n > 0 && s.n <= ZG_LIMIT_LOCAL;
}

void conf_set_mailbox(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;
	size_t at = zg_slice_rfind(s, '@');

	r->conf.report_address = s;
	if (s.n && (!is_local_part(zg_slice_sub(s, 0, at)) || !conf_host_is_valid(zg_slice_sub(s, at + 1, s.n))))
		conf_bad(r, k, v, 0, CONF_WANT_MAILBOX);
}
