/* ip.h - IP addresses in text. */
#ifndef ZG_DNSMSG_IP_H
#define ZG_DNSMSG_IP_H

#include <zegel/slice.h>

/* Four decimal numbers without leading zeros.  Writes 4 octets; 0, or -1. */
int zg_ip4_read(struct zg_slice text, unsigned char *ret);
/* RFC 4291 2.2, the last four octets in decimal included; no scope.  Writes 16 octets; 0, or -1. */
int zg_ip6_read(struct zg_slice text, unsigned char *ret);

#endif
