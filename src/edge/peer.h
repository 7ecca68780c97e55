/* peer.h - who is at the other end: addresses as text, loopback, and the trusted ones of the configuration; pure. */
#ifndef EDGE_PEER_H
#define EDGE_PEER_H

#include <stdbool.h>
#include <sys/socket.h>
#include "conf/conf.h"

#define PEER_TEXT 56	/* octets of an address as text with "IPv6:" and its NUL */

/* "192.0.2.1" or "IPv6:2001:db8::1", as RFC 5321 4.1.3 writes it; IPv4 in IPv6 is written as IPv4. */
void peer_text(const struct sockaddr_storage *peer, char ret[PEER_TEXT]);
bool peer_is_loopback(const struct sockaddr_storage *peer);
/* The first entry of smtp.trusted that the peer is in, or NULL.  An entry without a company counts for loopback only. */
const struct conf_trusted *peer_trusted(const struct conf *c, const struct sockaddr_storage *peer);
/* Is it one of http.trusted_proxies? */
bool peer_is_proxy(const struct conf *c, const struct sockaddr_storage *peer);

#endif
