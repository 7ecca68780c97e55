/* httpd_peer.c - addresses of those who ask. */
#include "io/httpd_peer.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

void http_peer_plain(struct sockaddr_storage *peer)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (peer->ss_family != AF_INET6)
		return;
	memcpy(&six, peer, sizeof(six));
	if (memcmp(&six.sin6_addr, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(&four.sin_addr, (const char *)&six.sin6_addr + sizeof(mapped), 4);
	four.sin_port = six.sin6_port;
	memset(peer, 0, sizeof(*peer));
	memcpy(peer, &four, sizeof(four));
}

bool http_peer_is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *six_a = (const void *)a, *six_b = (const void *)b;
	const struct sockaddr_in *four_a = (const void *)a, *four_b = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return memcmp(&six_a->sin6_addr, &six_b->sin6_addr, 8) == 0;
	return four_a->sin_addr.s_addr == four_b->sin_addr.s_addr;
}

/* An element of X-Forwarded-For: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711. */
static bool address_read(struct zg_slice s, struct sockaddr_storage *ret)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	if (s.n && s.p[0] == '[')
		s = zg_slice_sub(s, 1, zg_slice_find(s, ']') - 1);
	else if (zg_slice_find(s, ':') == zg_slice_rfind(s, ':'))
		s = zg_slice_sub(s, 0, zg_slice_find(s, ':'));
	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		memcpy(ret, &four, sizeof(four));
	else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
		memcpy(ret, &six, sizeof(six));
	else
		return false;
	http_peer_plain(ret);
	return true;
}

/* The last element of a list, taken off it. */
static struct zg_slice last_take(struct zg_slice *list)
{
	size_t comma = zg_slice_rfind(*list, ',');
	struct zg_slice last = comma < list->n ? zg_slice_sub(*list, comma + 1, list->n) : *list;

	list->n = comma < list->n ? comma : 0;
	return zg_slice_trim(last);
}

/* The last field of a name, of the first `count`; count becomes its place. */
static bool field_before(const struct http_request *q, struct zg_slice name, size_t *count)
{
	while (*count > 0)
		if (zg_slice_eq(q->fields[--*count].name, name))
			return true;
	return false;
}

void http_peer_forwarded(struct http_request *q, const struct httpd_settings *s, void *ctx)
{
	size_t at = q->fields_count;
	struct sockaddr_storage before;
	struct zg_slice list;

	if (!s->is_trusted_proxy || !s->is_trusted_proxy(ctx, &q->peer))
		return;
	if (field_before(q, ZG_S("x-forwarded-proto"), &at)) {
		list = q->fields[at].value;
		q->is_secure = q->is_secure || zg_slice_eq_ci(last_take(&list), ZG_S("https"));
	}
	for (at = q->fields_count; field_before(q, ZG_S("x-forwarded-for"), &at);) {
		list = q->fields[at].value;
		while (list.n) {
			if (!address_read(last_take(&list), &before))
				return;
			q->peer = before;
			if (!s->is_trusted_proxy(ctx, &q->peer))
				return;
		}
	}
}
