/* peer.c - addresses of clients. */
#include "edge/peer.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* The octets of an address, IPv4 in IPv6 as IPv4; how many. */
static size_t octets_of(const struct sockaddr_storage *peer, const unsigned char **ret)
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)peer)->sin6_addr;

	if (peer->ss_family != AF_INET6) {
		*ret = (const unsigned char *)&((const struct sockaddr_in *)peer)->sin_addr;
		return 4;
	}
	*ret = IN6_IS_ADDR_V4MAPPED(six) ? six->s6_addr + 12 : six->s6_addr;
	return IN6_IS_ADDR_V4MAPPED(six) ? 4 : 16;
}

void peer_text(const struct sockaddr_storage *peer, char ret[PEER_TEXT])
{
	const unsigned char *b;
	size_t n = octets_of(peer, &b), skip = n == 16 ? 5 : 0;

	memcpy(ret, "IPv6:", skip);
	if (!inet_ntop(n == 16 ? AF_INET6 : AF_INET, b, ret + skip, (socklen_t)(PEER_TEXT - skip)))
		ret[0] = '\0';
}

bool peer_is_loopback(const struct sockaddr_storage *peer)
{
	const unsigned char *b;

	if (octets_of(peer, &b) == 4)
		return b[0] == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)peer)->sin6_addr);
}

static bool is_in(const unsigned char *b, const unsigned char *prefix, unsigned bits)
{
	if (memcmp(b, prefix, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (b[bits / 8] ^ prefix[bits / 8]) >> (8 - bits % 8) == 0;
}

const struct conf_trusted *peer_trusted(const struct conf *c, const struct sockaddr_storage *peer)
{
	const unsigned char *b;
	size_t n = octets_of(peer, &b);

	for (size_t i = 0; i < c->trusted_count; i++) {
		const struct conf_trusted *t = &c->trusted[i];

		if (t->is_v6 == (n == 16) && is_in(b, t->address, t->bits) && (t->company.n || peer_is_loopback(peer)))
			return t;
	}
	return NULL;
}

bool peer_is_proxy(const struct conf *c, const struct sockaddr_storage *peer)
{
	const unsigned char *b;
	size_t n = octets_of(peer, &b);

	for (size_t i = 0; i < c->trusted_proxies_count; i++) {
		const struct conf_network *t = &c->trusted_proxies[i];

		if (t->is_v6 == (n == 16) && is_in(b, t->address, t->bits))
			return true;
	}
	return false;
}
