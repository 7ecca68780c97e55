/* server_wire.c - questions and answers of single servers in octets, by ldns: the only file that sees it.
 *
 * Names leave ldns as uncompressed wire and become the house's text form (dnsmsg/name.h) here; RDATA is put together again and
 * read by the one reader of typed data (dnsmsg/rdata.h). */
#include "io/server_wire.h"
#include <ldns/ldns.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "dnsmsg/name.h"
#include "dnsmsg/rdata.h"

#define NAME_TEXT_MAX 1024u	/* octets of a name with every octet escaped, a dot and a NUL */
#define EDNS_SIZE 1232u		/* what passes unfragmented everywhere */
#define CNAMES_MAX 8u		/* followed inside one answer */

static ldns_rdf *name_make(struct zg_slice name)
{
	char text[NAME_TEXT_MAX];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_name_put(&b, name);
	zg_buf_put(&b, ZG_S("."));
	zg_buf_putc(&b, '\0');
	return b.is_full ? NULL : ldns_dname_new_frm_str(text);
}

size_t server_wire_question(const struct server_question *q, uint16_t id, bool has_edns, unsigned char *ret, size_t cap)
{
	ldns_rdf *name = name_make(q->name);
	uint8_t *wire = NULL;
	ldns_pkt *p;
	size_t n = 0;

	p = name ? ldns_pkt_query_new(name, (ldns_rr_type)q->type, LDNS_RR_CLASS_IN, 0) : NULL;
	if (!p) {
		ldns_rdf_deep_free(name);
		return 0;
	}
	ldns_pkt_set_id(p, id);
	if (has_edns)
		ldns_pkt_set_edns_udp_size(p, EDNS_SIZE);
	if (ldns_pkt2wire(&wire, p, &n) != LDNS_STATUS_OK || n > cap)
		n = 0;
	else
		memcpy(ret, wire, n);
	LDNS_FREE(wire);
	ldns_pkt_free(p);
	return n;
}

/* --- the answer ------------------------------------------------------------------------------------------------- */

/* In the arena; p == NULL where it is full or the name is none. */
static struct zg_slice name_take(const ldns_rdf *name, bool is_lowered, struct zg_arena *a)
{
	char text[2 * ZG_LIMIT_DOMAIN];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	size_t used;

	if (zg_name_unwire(zg_slice_of(ldns_rdf_data(name), ldns_rdf_size(name)), &b, &used) < 0)
		return (struct zg_slice){ 0 };
	for (size_t i = 0; is_lowered && i < b.n; i++)
		text[i] = zg_ascii_lower(text[i]);
	return zg_arena_dup(a, zg_slice_of(text, b.n));
}

static int rdata_take(const ldns_rr *rr, struct zg_arena *a, struct zg_dns_rr *ret)
{
	size_t n = 0, at = 0;
	char *p;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
		n += ldns_rdf_size(ldns_rr_rdf(rr, i));
	p = zg_arena_bytes(a, n);
	for (size_t i = 0; p && i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *f = ldns_rr_rdf(rr, i);

		memcpy(p + at, ldns_rdf_data(f), ldns_rdf_size(f));
		at += ldns_rdf_size(f);
	}
	return p ? zg_rdata_read((enum zg_dns_type)ldns_rr_get_type(rr), zg_slice_of(p, n), a, ret) : -1;
}

static bool is_at(const ldns_rr *rr, const ldns_rdf *name, unsigned type)
{
	return (unsigned)ldns_rr_get_type(rr) == type && ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	       ldns_dname_compare(ldns_rr_owner(rr), name) == 0;
}

/* The CNAME at name; NULL: none. */
static const ldns_rr *cname_at(const ldns_rr_list *l, const ldns_rdf *name)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++)
		if (is_at(ldns_rr_list_rr(l, i), name, ZG_DNS_CNAME))
			return ldns_rr_list_rr(l, i);
	return NULL;
}

/* The name at the end of the CNAMEs, as far as the answer tells. */
static const ldns_rdf *chain_take(const ldns_rr_list *l, const ldns_rdf *name, struct zg_arena *a, struct server_answer *r)
{
	for (unsigned i = 0; i < CNAMES_MAX; i++) {
		const ldns_rr *rr = cname_at(l, name);

		if (!rr || ldns_rr_rd_count(rr) != 1)
			break;
		name = ldns_rr_rdf(rr, 0);
		if (i > 0)
			continue;
		r->has_cname = true;
		r->cname = name_take(name, false, a);
		r->cname_ttl = ldns_rr_ttl(rr);
	}
	return name;
}

static int records_take(const ldns_rr_list *l, const ldns_rdf *name, unsigned type, struct zg_arena *a, struct server_answer *r)
{
	struct zg_dns_rr *v = zg_arena_array(a, ldns_rr_list_rr_count(l), sizeof(*v));

	if (!v)
		return -1;
	r->rr = v;
	for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l, i);

		if (!is_at(rr, name, type) || type == ASK_SERVER_SOA)
			continue;
		if (rdata_take(rr, a, &v[r->rr_count]) < 0)
			return -1;
		if (!r->rr_count++ || ldns_rr_ttl(rr) < r->ttl)
			r->ttl = ldns_rr_ttl(rr);
	}
	return 0;
}

static void soa_take(const ldns_rr_list *l, bool is_asked, struct zg_arena *a, struct server_answer *r)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(l) && !r->has_soa; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(rr) != 7)
			continue;
		r->has_soa = true;
		r->is_soa_asked = is_asked;
		r->soa_zone = name_take(ldns_rr_owner(rr), true, a);
		r->serial = ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
		r->minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, 6));
		r->soa_ttl = ldns_rr_ttl(rr);
	}
}

static int ns_take(const ldns_rr_list *l, struct zg_arena *a, struct server_answer *r)
{
	struct zg_slice *v = zg_arena_array(a, ldns_rr_list_rr_count(l), sizeof(*v));

	if (!v)
		return -1;
	r->ns = v;
	for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_NS || ldns_rr_rd_count(rr) != 1)
			continue;
		if (!r->ns_count)
			r->ns_zone = name_take(ldns_rr_owner(rr), true, a);
		v[r->ns_count] = name_take(ldns_rr_rdf(rr, 0), true, a);
		r->ns_count += v[r->ns_count].p != NULL;
	}
	return 0;
}

static bool is_ours(const ldns_pkt *p, const ldns_rdf *name, const struct server_question *q)
{
	const ldns_rr_list *asked = ldns_pkt_question(p);

	return ldns_pkt_qr(p) && ldns_rr_list_rr_count(asked) == 1 && is_at(ldns_rr_list_rr(asked, 0), name, q->type);
}

static enum server_wire packet_take(const ldns_pkt *p, const struct server_question *q, const ldns_rdf *name, struct zg_arena *a,
				    struct server_answer *ret)
{
	struct server_answer r = { .heard = SERVER_ANSWERED, .rcode = (unsigned)ldns_pkt_get_rcode(p), .is_authority = ldns_pkt_aa(p) };
	const ldns_rr_list *answer = ldns_pkt_answer(p), *beside = ldns_pkt_authority(p);
	const ldns_rdf *end;

	if (!is_ours(p, name, q))
		return SERVER_WIRE_OTHER;
	end = chain_take(answer, name, a, &r);
	if (records_take(answer, end, q->type, a, &r) < 0)
		return a->is_full ? SERVER_WIRE_NO_MEMORY : SERVER_WIRE_OTHER;
	soa_take(answer, true, a, &r);
	soa_take(beside, false, a, &r);
	if (ns_take(beside, a, &r) < 0 || a->is_full)
		return SERVER_WIRE_NO_MEMORY;
	*ret = r;
	return SERVER_WIRE_READ;
}

enum server_wire server_wire_answer(const struct server_question *q, uint16_t id, struct zg_slice wire, struct zg_arena *a,
				    struct server_answer *ret)
{
	const uint8_t *p = (const uint8_t *)wire.p;
	enum server_wire rc = SERVER_WIRE_OTHER;
	ldns_pkt *packet = NULL;
	ldns_rdf *name;

	if (wire.n < LDNS_HEADER_SIZE || LDNS_ID_WIRE(p) != id)
		return SERVER_WIRE_OTHER;
	name = name_make(q->name);
	if (!name)
		return SERVER_WIRE_NO_MEMORY;
	if (ldns_wire2pkt(&packet, p, wire.n) != LDNS_STATUS_OK)
		packet = NULL;
	if (packet && ldns_pkt_tc(packet) && is_ours(packet, name, q))
		rc = SERVER_WIRE_CUT;
	else if (packet)
		rc = packet_take(packet, q, name, a, ret);
	else if (LDNS_TC_WIRE(p) && LDNS_QR_WIRE(p))
		rc = SERVER_WIRE_CUT;	/* cut in the middle of a record: TCP tells whether it was ours */
	ldns_pkt_free(packet);
	ldns_rdf_deep_free(name);
	return rc;
}
