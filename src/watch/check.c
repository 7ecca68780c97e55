/* check.c - one look at a domain.
 *
 *   zone, MX, records as receivers see them --> addresses of the name servers --> every record at every server
 *        (resolver)                                 (resolver)                          |
 *                                       where one is missing everywhere: places beside --> judged
 *
 * The answers of the first two steps come from a resolver; what counts comes from each authoritative server itself.  Only the first
 * SERVERS_MOST addresses are asked. */
#include "watch/check.h"
#include <stdlib.h>
#include <zegel/dkim.h>
#include "base/b64.h"
#include "dnsmsg/name.h"
#include "io/ask_server.h"
#include "watch/batch.h"

#define SERVERS_MOST 16u	/* addresses */
#define NS_MOST 8u
#define RECORDS_MOST 18u	/* keys, SPF, DMARC */
#define PLACES_MOST 6u
#define NAME_ROOM 320u
#define VALUE_ROOM 4096u

struct server {
	struct zg_slice name, text;
	struct sockaddr_storage to;
};

/* One question to one server. */
struct probe {
	struct check *check;
	struct server_ask *ask;		/* NULL: answered */
	size_t record, server;		/* server SERVERS_MOST and more: of a place */
	bool is_place, is_serial;
	size_t place;
};

struct check {
	struct check_order o;
	struct batch batch;
	enum { ZONE, ADDRESSES, SERVERS, PLACES, OVER } step;
	struct judge_ask ask;
	struct judge_record records[RECORDS_MOST];
	struct server servers[SERVERS_MOST];
	size_t servers_count;
	uint32_t serials[SERVERS_MOST];
	bool has_serial[SERVERS_MOST];
	struct probe *probes;
	size_t probes_count, open;
	size_t answering;		/* a server that answered; SERVERS_MOST: none did */
	bool is_driven, is_dropped;	/* the resolver's driver still holds it */
};

static void step_next(struct check *c);

static struct zg_slice join(struct check *c, struct zg_slice a, struct zg_slice b)
{
	struct zg_buf buf = zg_buf_of(zg_arena_bytes(c->o.arena, a.n + b.n + 1), a.n + b.n);

	if (!buf.p)
		return ZG_S("");
	zg_buf_put(&buf, a);
	zg_buf_put(&buf, b);
	return zg_buf_slice(&buf);
}

static void finish(struct check *c, int rc)
{
	struct judge_verdict v = { .changes_count = 0 };

	c->step = OVER;
	if (rc == 0)
		rc = judge(&c->ask, c->o.arena, &v);
	if (!c->is_dropped)
		c->o.done(c->o.ctx, rc, &v);
	free(c->probes);
	free(c);
}

/* --- what is wanted -------------------------------------------------------------------------------------------- */

static struct zg_slice key_value(struct check *c, const struct store_key *k)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(c->o.arena, VALUE_ROOM), VALUE_ROOM);

	if (!b.p)
		return ZG_S("");
	zg_buf_put(&b, k->type == ZG_KEY_ED25519 ? ZG_S("v=DKIM1; k=ed25519; p=") : ZG_S("v=DKIM1; k=rsa; p="));
	zg_b64_encode(k->public_key, &b);
	return zg_buf_slice(&b);
}

static void records_want(struct check *c)
{
	size_t keys = c->o.keys_count < RECORDS_MOST - 2 ? c->o.keys_count : RECORDS_MOST - 2;

	for (size_t i = 0; i < keys; i++) {
		struct zg_slice start = join(c, c->o.keys[i].selector, ZG_S("._domainkey."));

		c->records[i] = (struct judge_record){ .selector = c->o.keys[i].selector, .name = join(c, start, c->o.domain),
			.want = { .kind = ZG_RECORD_DKIM, .value = key_value(c, &c->o.keys[i]) } };
	}
	c->records[keys] = (struct judge_record){ .selector = ZG_S(""), .name = c->o.domain, .want = { .kind = ZG_RECORD_SPF } };
	c->records[keys + 1] = (struct judge_record){ .selector = ZG_S(""), .name = join(c, ZG_S("_dmarc."), c->o.domain),
		.want = { .kind = ZG_RECORD_DMARC } };
	c->ask = (struct judge_ask){ .before = c->o.before, .records = c->records, .count = keys + 2, .keys = keys, .now = c->o.now,
		.is_provider = zg_provider_of(c->o.domain) != NULL };
}

/* A value that stood there before is told from one that nobody of us knows. */
static void olds_want(struct check *c)
{
	for (size_t i = 0; i < c->ask.count; i++)
		for (size_t k = 0; c->o.before && k < c->o.before->count; k++) {
			const struct store_watch_record *was = &c->o.before->records[k];

			if (was->kind != c->records[i].want.kind || !zg_slice_eq(was->selector, c->records[i].selector) || !was->old.n)
				continue;
			c->records[i].want.old = &was->old;
			c->records[i].want.old_count = 1;
		}
}

/* --- steps 1 and 2: the resolver ---------------------------------------------------------------------------------- */

static void driven_done(void *ctx, unsigned questions)
{
	struct check *c = ctx;

	(void)questions;
	c->is_driven = false;
	if (c->is_dropped)
		finish(c, -1);
	else
		step_next(c);
}

static void drive(struct check *c)
{
	struct zg_asker m = batch_asker(&c->batch);

	c->is_driven = ask_loop_drive(c->o.desk->ask, &m, driven_done, c) == 0;
	if (!c->is_driven)
		finish(c, -1);
}

static struct zg_slice report_name(struct check *c)
{
	struct zg_slice address = c->o.desk->report_address, host = zg_slice_sub(address, zg_slice_rfind(address, '@') + 1, address.n);

	if (!address.n)
		return ZG_S("");
	return join(c, join(c, c->o.domain, ZG_S("._report._dmarc.")), host);
}

static void zone_ask(struct check *c)
{
	struct zg_slice zone = c->o.domain;

	batch_init(&c->batch, c->o.arena);
	for (int i = 0; i < 5 && zg_slice_find(zone, '.') < zone.n; i++, zone = zg_name_parent(zone))
		(void)batch_add(&c->batch, zone, ZG_DNS_NS);	/* has room */
	(void)batch_add(&c->batch, c->o.domain, ZG_DNS_MX);
	(void)batch_add(&c->batch, report_name(c), ZG_DNS_TXT);
	for (size_t i = 0; i < c->ask.count; i++)
		(void)batch_add(&c->batch, c->records[i].name, ZG_DNS_TXT);
	drive(c);
}

enum watch_exists check_exists(const struct zg_dns_a *v, size_t count)
{
	enum watch_exists e = WATCH_SILENT;

	for (size_t i = 0; i < count; i++) {
		if (v[i].status == ZG_DNS_FOUND || v[i].status == ZG_DNS_NODATA)
			return WATCH_EXISTS;
		if (v[i].status == ZG_DNS_NXDOMAIN)
			e = WATCH_NXDOMAIN;
	}
	return e;
}

static int by_name(const void *a, const void *b)
{
	return zg_slice_cmp(*(const struct zg_slice *)a, *(const struct zg_slice *)b);
}

/* The longest name above the domain that has name servers is its zone. */
static void zone_take(struct check *c)
{
	struct zg_dns_a own[2] = { { .status = ZG_DNS_TIMEOUT }, { .status = ZG_DNS_TIMEOUT } };
	struct zg_slice zone = c->o.domain;
	struct store_watch *w = &c->ask.seen;
	const struct batch_item *mx = batch_get(&c->batch, c->o.domain, ZG_DNS_MX);

	if (mx)
		own[0] = mx->a;
	own[1] = batch_get(&c->batch, c->o.domain, ZG_DNS_TXT)->a;
	w->exists = check_exists(own, 2);
	for (int i = 0; i < 5 && !w->ns.count; i++, zone = zg_name_parent(zone)) {
		w->ns = batch_data(batch_get(&c->batch, zone, ZG_DNS_NS), c->o.arena);
		w->zone = w->ns.count ? zone : ZG_S("");
	}
	if (w->ns.count > NS_MOST)
		w->ns.count = NS_MOST;
	if (w->ns.count)
		qsort(w->ns.v, w->ns.count, sizeof(*w->ns.v), by_name);
	w->mx = batch_data(mx, c->o.arena);
}

static void hosts_take(struct check *c)
{
	struct store_watch *w = &c->ask.seen;
	const struct zg_dns_host *d = w->ns.count ? zg_dns_host_of(w->ns.v, w->ns.count, NULL) : NULL;
	const struct zg_mail_host *m = w->mx.count ? zg_mail_host_of(w->mx.v, w->mx.count, NULL) : NULL;
	struct zg_slice report = report_name(c);
	bool may_report = report.n && batch_data(batch_get(&c->batch, report, ZG_DNS_TXT), c->o.arena).count > 0;

	w->dns_host = d ? d->id : ZG_S("");
	w->mail_host = m ? m->id : ZG_S("");
	for (size_t i = 0; i < c->ask.count; i++) {
		struct zg_want *want = &c->records[i].want;

		if (want->kind == ZG_RECORD_SPF)
			want->spf = (struct zg_merge_ask){ .relay = c->o.desk->spf_include, .mailhost = m ? m->include : ZG_S(""),
				.has_mx = w->mx.count && w->mx.v[0].n };
		if (want->kind == ZG_RECORD_DMARC && may_report)
			want->rua = c->o.desk->report_address;
	}
	olds_want(c);
}

/* What receivers see: the resolver's answer for each record, kept beside those of the servers. */
static void seen_by_receivers(struct check *c, struct judge_record *r)
{
	const struct batch_item *i = batch_get(&c->batch, r->name, ZG_DNS_TXT);
	struct store_watch_answer *a = &r->answers[r->answers_count++];

	*a = (struct store_watch_answer){ .server = ZG_S(""), .address = ZG_S(""), .heard = SERVER_SILENT, .at = c->o.now };
	if (!i || (i->a.status != ZG_DNS_FOUND && i->a.status != ZG_DNS_NODATA && i->a.status != ZG_DNS_NXDOMAIN))
		return;
	a->heard = SERVER_ANSWERED;
	a->rcode = i->a.status == ZG_DNS_NXDOMAIN ? ASK_SERVER_NXDOMAIN : ASK_SERVER_NOERROR;
	a->ttl = i->a.ttl;
	a->values = batch_data(i, c->o.arena);
}

static void addresses_ask(struct check *c)
{
	zone_take(c);
	hosts_take(c);
	for (size_t i = 0; i < c->ask.count; i++) {
		c->records[i].answers = zg_arena_array(c->o.arena, SERVERS_MOST + 1, sizeof(*c->records[i].answers));
		c->records[i].places = zg_arena_array(c->o.arena, PLACES_MOST, sizeof(*c->records[i].places));
		if (!c->records[i].answers || !c->records[i].places) {
			finish(c, -1);
			return;
		}
		seen_by_receivers(c, &c->records[i]);
	}
	batch_init(&c->batch, c->o.arena);
	for (size_t i = 0; i < c->ask.seen.ns.count; i++) {
		(void)batch_add(&c->batch, c->ask.seen.ns.v[i], ZG_DNS_A);
		(void)batch_add(&c->batch, c->ask.seen.ns.v[i], ZG_DNS_AAAA);
	}
	if (c->batch.count)
		drive(c);
	else
		step_next(c);
}

static void server_add(struct check *c, struct zg_slice name, struct zg_slice octets)
{
	struct server *s = &c->servers[c->servers_count];
	char text[64] = "";

	if (c->servers_count == SERVERS_MOST || server_address(octets, c->o.desk->port, &s->to) < 0)
		return;
	if (uv_ip_name((const struct sockaddr *)&s->to, text, sizeof(text)) < 0)
		return;
	s->name = name;
	s->text = zg_arena_dup(c->o.arena, zg_slice_cstr(text));
	c->servers_count++;
}

static void servers_take(struct check *c)
{
	for (size_t i = 0; i < c->ask.seen.ns.count; i++) {
		struct zg_slice name = c->ask.seen.ns.v[i];
		struct store_slices four = batch_data(batch_get(&c->batch, name, ZG_DNS_A), c->o.arena);
		struct store_slices six = batch_data(batch_get(&c->batch, name, ZG_DNS_AAAA), c->o.arena);

		for (size_t k = 0; k < four.count; k++)
			server_add(c, name, four.v[k]);
		for (size_t k = 0; k < six.count; k++)
			server_add(c, name, six.v[k]);
	}
}

/* --- step 3: each server ------------------------------------------------------------------------------------------- */

static void answer_take(struct check *c, const struct probe *p, const struct server_answer *s, struct store_watch_answer *a)
{
	struct zg_arena *arena = c->o.arena;

	*a = (struct store_watch_answer){ .server = c->servers[p->server].name, .address = c->servers[p->server].text,
		.is_delegated = true, .heard = s->heard, .at = c->o.now };
	if (s->heard != SERVER_ANSWERED)
		return;
	a->is_authority = s->is_authority;
	a->rcode = s->rcode;
	a->cname = s->has_cname ? zg_arena_dup(arena, s->cname) : ZG_S("");
	a->ttl = s->rr_count ? s->ttl : s->has_soa ? (s->minimum < s->soa_ttl ? s->minimum : s->soa_ttl) : 0;	/* RFC 2308 5 */
	a->values.v = s->rr_count ? zg_arena_array(arena, s->rr_count, sizeof(*a->values.v)) : NULL;
	for (size_t i = 0; a->values.v && i < s->rr_count; i++)
		a->values.v[a->values.count++] = zg_arena_dup(arena, s->rr[i].data);
	if (s->rcode == ASK_SERVER_NOERROR || s->rcode == ASK_SERVER_NXDOMAIN)
		c->answering = p->server;
}

static void place_take(struct check *c, const struct probe *p, const struct server_answer *s)
{
	struct store_watch_place *place = &c->records[p->record].places[p->place];

	place->values.v = NULL;
	if (s->heard == SERVER_ANSWERED && s->rr_count)
		place->values.v = zg_arena_array(c->o.arena, s->rr_count, sizeof(*place->values.v));
	for (size_t i = 0; place->values.v && i < s->rr_count; i++)
		place->values.v[place->values.count++] = zg_arena_dup(c->o.arena, s->rr[i].data);
}

static void probe_told(void *ctx, const struct server_answer *s)
{
	struct probe *p = ctx;
	struct check *c = p->check;

	p->ask = NULL;
	if (p->is_place)
		place_take(c, p, s);
	else if (p->is_serial && s->heard == SERVER_ANSWERED && s->has_soa) {
		c->has_serial[p->server] = true;
		c->serials[p->server] = s->serial;
	} else if (!p->is_serial) {
		/* The place of an answer is the server's: they stand in one order on all cards. */
		answer_take(c, p, s, &c->records[p->record].answers[1 + p->server]);
	}
	if (--c->open == 0)
		step_next(c);
}

static void probe_add(struct check *c, struct probe p, struct zg_slice name, unsigned type)
{
	struct probe *at = &c->probes[c->probes_count];
	struct server_question q = { .to = c->servers[p.server].to, .name = name, .type = type, .try_ms = c->o.desk->try_ms };

	*at = p;
	at->check = c;
	at->ask = server_ask(c->o.desk->loop, &q, c->o.arena, probe_told, at);
	if (!at->ask)
		return;		/* as if it were silent */
	c->probes_count++;
	c->open++;
}

static bool probes_make(struct check *c, size_t count)
{
	free(c->probes);
	c->probes_count = 0;
	c->probes = calloc(count ? count : 1, sizeof(*c->probes));
	return c->probes != NULL;
}

static void servers_ask(struct check *c)
{
	servers_take(c);
	if (!probes_make(c, c->servers_count * (c->ask.count + 1))) {
		finish(c, -1);
		return;
	}
	for (size_t s = 0; s < c->servers_count; s++) {
		for (size_t r = 0; r < c->ask.count; r++) {
			c->records[r].answers[1 + s] = (struct store_watch_answer){ .server = c->servers[s].name,
				.address = c->servers[s].text, .is_delegated = true, .heard = SERVER_SILENT, .at = c->o.now };
			c->records[r].answers_count = 2 + s;
			probe_add(c, (struct probe){ .record = r, .server = s }, c->records[r].name, ZG_DNS_TXT);
		}
		probe_add(c, (struct probe){ .server = s, .is_serial = true }, c->ask.seen.zone, ASK_SERVER_SOA);
	}
	if (!c->open)
		step_next(c);
}

static void serials_take(struct check *c)
{
	uint32_t first = 0;
	bool has_first = false;

	for (size_t s = 0; s < c->servers_count; s++) {
		if (!c->has_serial[s])
			continue;
		c->ask.seen.is_serial_split = c->ask.seen.is_serial_split || (has_first && first != c->serials[s]);
		first = has_first ? first : c->serials[s];
		has_first = true;
		for (size_t r = 0; r < c->ask.count; r++) {
			c->records[r].answers[1 + s].has_serial = true;
			c->records[r].answers[1 + s].serial = c->serials[s];
		}
	}
}

/* --- step 4: places beside ------------------------------------------------------------------------------------------ */

/* No server that answered has the record, nor another value at its name. */
static bool is_missing(const struct judge_record *r)
{
	for (size_t i = 1; i < r->answers_count; i++)
		for (size_t k = 0; k < r->answers[i].values.count; k++)
			if (r->want.kind != ZG_RECORD_SPF || zg_slice_starts_ci(r->answers[i].values.v[k], ZG_S("v=spf1")))
				return false;
	return true;
}

static void place_add(struct check *c, size_t record, enum zg_misplace where, struct zg_slice name)
{
	struct judge_record *r = &c->records[record];

	if (r->places_count == PLACES_MOST || !name.n || name.n > 253)
		return;
	r->places[r->places_count] = (struct store_watch_place){ .where = where, .name = name };
	probe_add(c, (struct probe){ .record = record, .server = c->answering, .is_place = true, .place = r->places_count++ }, name,
		ZG_DNS_TXT);
}

static void places_of(struct check *c, size_t record)
{
	struct judge_record *r = &c->records[record];
	struct zg_slice d = c->o.domain, dot_d = join(c, ZG_S("."), d);

	place_add(c, record, ZG_AT_DOUBLED, join(c, r->name, dot_d));
	switch (r->want.kind) {
	case ZG_RECORD_DKIM:
		place_add(c, record, ZG_AT_BARE, d);
		place_add(c, record, ZG_AT_DOMAINKEY, join(c, ZG_S("_domainkey"), dot_d));
		place_add(c, record, ZG_AT_SELECTOR, join(c, r->selector, dot_d));
		break;
	case ZG_RECORD_SPF:
		place_add(c, record, ZG_AT_WWW, join(c, ZG_S("www"), dot_d));
		place_add(c, record, ZG_AT_OTHER, join(c, ZG_S("_spf"), dot_d));
		place_add(c, record, ZG_AT_OTHER, join(c, ZG_S("@"), dot_d));
		break;
	case ZG_RECORD_DMARC:
		place_add(c, record, ZG_AT_BARE, d);
		place_add(c, record, ZG_AT_OTHER, join(c, ZG_S("dmarc"), dot_d));
		break;
	}
}

static void places_ask(struct check *c)
{
	serials_take(c);
	if (c->answering == SERVERS_MOST || !probes_make(c, c->ask.count * PLACES_MOST)) {
		finish(c, c->probes ? 0 : -1);
		return;
	}
	for (size_t r = 0; r < c->ask.count; r++)
		if (is_missing(&c->records[r]))
			places_of(c, r);
	if (!c->open)
		step_next(c);
}

static void step_next(struct check *c)
{
	switch (c->step) {
	case ZONE:
		c->step = ADDRESSES;
		addresses_ask(c);
		break;
	case ADDRESSES:
		c->step = SERVERS;
		servers_ask(c);
		break;
	case SERVERS:
		c->step = PLACES;
		places_ask(c);
		break;
	case PLACES:
	case OVER:
		finish(c, 0);
		break;
	}
}

struct check *check_begin(const struct check_order *o)
{
	struct check *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->o = *o;
	c->answering = SERVERS_MOST;
	records_want(c);
	zone_ask(c);
	return c;
}

void check_drop(struct check *c)
{
	c->is_dropped = true;
	for (size_t i = 0; i < c->probes_count; i++)
		if (c->probes[i].ask)
			server_ask_cancel(c->probes[i].ask);
	if (!c->is_driven)
		finish(c, -1);
}
