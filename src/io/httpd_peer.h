/* httpd_peer.h - who asks: an address as it came, or as trusted proxies tell it; pure. */
#ifndef IO_HTTPD_PEER_H
#define IO_HTTPD_PEER_H

#include <stdbool.h>
#include <sys/socket.h>
#include "io/httpd.h"

/* An IPv4 address written as IPv6 becomes IPv4. */
void http_peer_plain(struct sockaddr_storage *peer);
/* The same one, or two of one /64 of IPv6? */
bool http_peer_is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/* Goes back through X-Forwarded-For from q->peer on, as long as who tells is trusted; sets q->peer and q->is_secure. */
void http_peer_forwarded(struct http_request *q, const struct httpd_settings *s, void *ctx);

#endif
