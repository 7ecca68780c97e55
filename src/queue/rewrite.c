/* rewrite.c - the header as it will leave. */
#include "queue/rewrite.h"
#include <string.h>
#include <zegel/buf.h>
#include "base/ascii.h"
#include "base/limits.h"
#include "mail/date.h"

#define OWN_NAME_MOST 2		/* Received fields by us that a message may bring */
#define ADDED_MAX 2048u		/* octets that are added at most: names are at most 255 octets each */

static const struct zg_slice removed[] = { ZG_SI("bcc"), ZG_SI("return-path"), ZG_SI("resent-bcc") };

static bool is_removed(struct zg_slice name)
{
	for (size_t i = 0; i < sizeof(removed) / sizeof(removed[0]); i++)
		if (zg_slice_eq_ci(name, removed[i]))
			return true;
	return false;
}

/* Does a Received value say "by <hostname>"? */
static bool is_by(struct zg_slice value, struct zg_slice hostname)
{
	value = zg_slice_trim(value);	/* once: what is left of it is only looked at from its front */
	for (size_t i = 0; i + 3 < value.n; i++) {
		struct zg_slice rest = zg_slice_sub(value, i, value.n);

		if (!zg_slice_starts_ci(rest, ZG_S("by")) || !zg_ascii_is_space(rest.p[2]) || (i && !zg_ascii_is_space(value.p[i - 1])))
			continue;
		rest = zg_slice_sub(rest, 2, rest.n);
		while (rest.n && zg_ascii_is_space(rest.p[0]))
			rest = zg_slice_sub(rest, 1, rest.n);
		if (zg_slice_starts_ci(rest, hostname) &&
		    (rest.n == hostname.n || zg_ascii_is_space(rest.p[hostname.n]) || rest.p[hostname.n] == ';'))
			return true;
	}
	return false;
}

static bool is_loop(const struct rewrite *r, const struct zg_headers *h)
{
	unsigned received = 0, own = 0;

	for (size_t i = 0; i < h->count; i++)
		if (zg_slice_eq_ci(h->v[i].name, ZG_S("received"))) {
			received++;
			own += is_by(h->v[i].value, r->hostname);
		}
	return received > ZG_LIMIT_RECEIVED || own > OWN_NAME_MOST;
}

/* A client's name for Received: what is no name or literal is left out; an address too, where it is not to be told. */
static void put_helo(struct zg_buf *b, struct zg_slice helo, bool is_address_told)
{
	if (!is_address_told && helo.n && (helo.p[0] == '[' || zg_ascii_is_digit(helo.p[helo.n - 1])))
		helo.n = 0;
	for (size_t i = 0; i < helo.n; i++)
		if (!zg_ascii_is_alnum(helo.p[i]) && !strchr("-._:[]", helo.p[i])) {
			helo.n = 0;
			break;
		}
	zg_buf_put(b, helo.n && helo.n <= ZG_LIMIT_DOMAIN ? helo : ZG_S("unknown"));
}

/* RFC 5321 4.4. */
static void put_received(struct zg_buf *b, const struct rewrite *r)
{
	zg_buf_put(b, ZG_S("Received: from "));
	put_helo(b, r->helo, r->client.n > 0);
	if (r->client.n) {
		zg_buf_put(b, ZG_S(" (["));
		zg_buf_put(b, r->client);
		zg_buf_put(b, ZG_S("])"));
	}
	zg_buf_put(b, ZG_S("\r\n\tby "));
	zg_buf_put(b, r->hostname);
	zg_buf_put(b, ZG_S(" with "));
	zg_buf_put(b, r->protocol);
	zg_buf_put(b, ZG_S(" id "));
	zg_buf_put(b, r->id);
	zg_buf_put(b, ZG_S(";\r\n\t"));
	zg_date_put(b, r->now);
	zg_buf_put(b, ZG_S("\r\n"));
}

static void put_missing(struct zg_buf *b, const struct rewrite *r, const struct zg_headers *h)
{
	if (!zg_header_get(h, ZG_S("date"), 0)) {
		zg_buf_put(b, ZG_S("Date: "));
		zg_date_put(b, r->now);
		zg_buf_put(b, ZG_S("\r\n"));
	}
	if (!zg_header_get(h, ZG_S("message-id"), 0)) {
		zg_buf_put(b, ZG_S("Message-ID: <"));
		zg_buf_put(b, r->id);
		zg_buf_putc(b, '@');
		zg_buf_put(b, r->hostname);
		zg_buf_put(b, ZG_S(">\r\n"));
	}
	if (!zg_header_get(h, ZG_S("mime-version"), 0))
		zg_buf_put(b, ZG_S("MIME-Version: 1.0\r\n"));
}

enum rewrite_rc rewrite_header(const struct rewrite *r, const struct zg_headers *h, struct zg_arena *a, struct zg_slice *ret_block)
{
	struct zg_buf b;
	size_t n = ADDED_MAX;
	char *mem;

	if (is_loop(r, h))
		return REWRITE_LOOP;
	for (size_t i = 0; i < h->count; i++)
		n += h->v[i].raw.n + 2;
	mem = zg_arena_bytes(a, n);
	if (!mem)
		return REWRITE_NO_ROOM;
	b = zg_buf_of(mem, n);
	put_received(&b, r);
	for (size_t i = 0; i < h->count; i++) {
		struct zg_slice raw = h->v[i].raw;

		if (is_removed(h->v[i].name))
			continue;
		zg_buf_put(&b, raw);
		if (raw.n < 2 || raw.p[raw.n - 1] != '\n')	/* the last field of a message that ends in it */
			zg_buf_put(&b, ZG_S("\r\n"));
	}
	put_missing(&b, r, h);
	if (b.is_full)
		return REWRITE_NO_ROOM;
	zg_arena_shrink(a, n - b.n);
	*ret_block = zg_buf_slice(&b);
	return REWRITE_OK;
}
