/* rdata.h - the data of a record as a resolver hands it over (uncompressed RDATA), in typed form. */
#ifndef ZG_DNSMSG_RDATA_H
#define ZG_DNSMSG_RDATA_H

#include <zegel/arena.h>
#include <zegel/dns.h>

/* 0 with *ret as struct zg_dns_rr has it, living in a; -1 where wire is no such data or a is full. */
int zg_rdata_read(enum zg_dns_type type, struct zg_slice wire, struct zg_arena *a, struct zg_dns_rr *ret);

#endif
