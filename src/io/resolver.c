/* resolver.c - answers from the real DNS, by libunbound: the only file that sees it.
 *
 * Settings that must be made before the context is used come first, and each is checked: a setting that comes late
 * is refused by libunbound, and what was meant to be validated would silently not be.  Removing a built-in zone ends
 * that phase, so it comes last.  Validation is as far as the way to the root allows: with harden-dnssec-stripped
 * off, a forwarder that drops signatures leaves answers insecure instead of bogus; one that forges signed ones is
 * still found out.  A server that is named by the operator is not asked for the keys of the root: it may serve its
 * own zones only. */
#include <stdlib.h>
#include <unbound.h>
#include <unistd.h>
#include "base/cur.h"
#include "dnsmsg/ip.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"
#include "io/resolver.h"

#define ROOT_KEY "/usr/share/dns/root.key"	/* of the package dns-root-data */
#define CLASS_IN 1
#define RCODE_NOERROR 0
#define NAME_TEXT_MAX 1024u	/* octets of a name with every octet escaped, and a NUL: 4 * 253 */

struct resolver {
	struct ub_ctx *ctx;
};

struct setting {
	const char *name, *value;
};

static const struct setting settings[] = {
	{ "do-not-query-localhost:", "no" },	/* a resolver on this host is a common one */
	{ "harden-dnssec-stripped:", "no" },
	{ "msg-cache-size:", "32m" },		/* the library's default of 1 MB does not hold 2,000 keys */
	{ "rrset-cache-size:", "64m" },
	{ "infra-cache-max-rtt:", "3000" },	/* a server that was down is asked again soon, one that stalls for a second is */
	{ "infra-host-ttl:", "2" },		/* not taken for down: the tries before that last longer than a question may */
};

/* A named server may be asked for what the built-in empty zones would answer. */
static const struct setting settings_named[] = {
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
};
static const char *const builtin_zones[] = { "test.", "invalid.", "127.in-addr.arpa." };

static int settings_make(struct ub_ctx *ctx, const struct setting *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ub_ctx_set_option(ctx, v[i].name, v[i].value) != 0)
			return -1;
	return 0;
}

/* "address:port" as libunbound wants it, "address@port"; 0, or -1 where it is none. */
static int server_read(struct zg_slice where, struct zg_buf *ret)
{
	bool is_v6 = where.n && where.p[0] == '[';
	struct zg_cur c = zg_cur_of(zg_slice_sub(where, is_v6 ? 1 : 0, where.n));
	struct zg_slice address = zg_cur_until(&c, is_v6 ? ']' : ':');
	unsigned char ip[16];
	uint64_t port = 53;

	if (is_v6 && !zg_cur_lit(&c, ZG_S("]")))
		return -1;
	if (!zg_cur_is_end(&c)) {
		if (!zg_cur_lit(&c, ZG_S(":")))
			return -1;
		port = zg_cur_uint(&c, 65535);
	}
	if (c.why || c.at != c.s.n || !port || (is_v6 ? zg_ip6_read(address, ip) : zg_ip4_read(address, ip)) < 0)
		return -1;
	zg_buf_put(ret, address);
	zg_buf_putc(ret, '@');
	zg_buf_put_uint(ret, port);
	zg_buf_putc(ret, '\0');
	return ret->is_full ? -1 : 0;
}

static const char *named_make(struct ub_ctx *ctx, struct zg_slice where)
{
	char text[64];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	if (server_read(where, &b) < 0)
		return "the resolver must be an IP address and a port";
	if (ub_ctx_set_fwd(ctx, text) != 0 ||
	    settings_make(ctx, settings_named, sizeof(settings_named) / sizeof(settings_named[0])) < 0)
		return "libunbound does not take the resolver's address";
	for (size_t i = 0; i < sizeof(builtin_zones) / sizeof(builtin_zones[0]); i++)
		if (ub_ctx_zone_remove(ctx, builtin_zones[i]) != 0)
			return "libunbound does not start";
	return NULL;
}

static const char *system_make(struct ub_ctx *ctx)
{
	if (ub_ctx_resolvconf(ctx, NULL) != 0)
		return "/etc/resolv.conf cannot be read";
	if (access(ROOT_KEY, R_OK) == 0 && ub_ctx_add_ta_file(ctx, ROOT_KEY) != 0)
		return "the trust anchor " ROOT_KEY " cannot be read";
	return NULL;
}

struct resolver *resolver_new(struct zg_slice where, const char **ret_why)
{
	struct resolver *r = calloc(1, sizeof(*r));
	const char *why = "no memory";

	if (r)
		r->ctx = ub_ctx_create();
	if (r && r->ctx) {
		why = "libunbound does not know its settings";
		if (ub_ctx_async(r->ctx, 1) == 0 && settings_make(r->ctx, settings, sizeof(settings) / sizeof(settings[0])) == 0)
			why = where.n ? named_make(r->ctx, where) : system_make(r->ctx);
	}
	if (!why)
		return r;
	*ret_why = why;
	resolver_free(r);
	return NULL;
}

void resolver_free(struct resolver *r)
{
	if (r && r->ctx)
		ub_ctx_delete(r->ctx);
	free(r);
}

/* --- answers ------------------------------------------------------------------------------------------------- */

static enum zg_dns_status status_of(const struct ub_result *res)
{
	if (res->bogus)
		return ZG_DNS_BOGUS;
	if (res->nxdomain)
		return ZG_DNS_NXDOMAIN;
	if (res->rcode != RCODE_NOERROR)
		return ZG_DNS_SERVFAIL;
	return res->havedata ? ZG_DNS_FOUND : ZG_DNS_NODATA;
}

/* All records in typed form; one that cannot be read makes the whole answer unusable. */
static void records_read(const struct ub_result *res, struct zg_arena *a, struct zg_dns_a *ret)
{
	struct zg_dns_rr *rr;
	size_t count = 0;

	while (res->data[count])
		count++;
	rr = zg_arena_array(a, count, sizeof(*rr));
	for (size_t i = 0; rr && i < count; i++) {
		if (zg_rdata_read(ret->type, zg_slice_of(res->data[i], (size_t)res->len[i]), a, &rr[i]) < 0)
			rr = NULL;
	}
	if (!rr || !count) {
		ret->status = ZG_DNS_SERVFAIL;
		return;
	}
	ret->rr = rr;
	ret->rr_count = count;
}

static void on_result(void *data, int error, struct ub_result *res)
{
	struct resolver_ask *k = data;
	struct zg_dns_a a = { .name = k->name, .type = k->type, .status = ZG_DNS_SERVFAIL };

	if (error == 0 && res) {
		a.status = status_of(res);
		a.ttl = res->ttl > 0 ? (uint32_t)res->ttl : 0;
		a.is_secure = res->secure != 0;
		if (a.status == ZG_DNS_FOUND)
			records_read(res, k->arena, &a);
	}
	ub_resolve_free(res);
	k->told(k, &a);
}

int resolver_ask(struct resolver *r, struct resolver_ask *k)
{
	char text[NAME_TEXT_MAX];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_name_put(&b, k->name);
	if (!k->name.n)
		zg_buf_putc(&b, '.');
	zg_buf_putc(&b, '\0');
	if (b.is_full)
		return -1;
	return ub_resolve_async(r->ctx, text, (int)k->type, CLASS_IN, k, on_result, &k->id) == 0 ? 0 : -1;
}

void resolver_cancel(struct resolver *r, struct resolver_ask *k)
{
	(void)ub_cancel(r->ctx, k->id);	/* an id it does not know any more is cancelled already */
}

int resolver_fd(const struct resolver *r)
{
	return ub_fd(r->ctx);
}

void resolver_turn(struct resolver *r)
{
	(void)ub_process(r->ctx);	/* what it could not read now is read at the next turn, or times out */
}
