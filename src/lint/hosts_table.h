/* hosts_table.h - the tables that tools/hosts2c.py makes of data/, for hosts.c and typed.c alone. */
#ifndef ZG_LINT_HOSTS_TABLE_H
#define ZG_LINT_HOSTS_TABLE_H

#include "lint/hosts.h"

extern const struct zg_dns_host zg_dns_hosts[];
extern const size_t zg_dns_hosts_count;
extern const struct zg_mail_host zg_mail_hosts[];
extern const size_t zg_mail_hosts_count;
extern const struct zg_provider zg_providers[];
extern const size_t zg_providers_count;
extern const struct zg_slice zg_suffixes[];	/* public suffixes, of one label or two */
extern const size_t zg_suffixes_count;

#endif
