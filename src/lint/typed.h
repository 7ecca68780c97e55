/* typed.h - what a person typed where an address or a domain was asked (panel.md 4.1). */
#ifndef ZG_LINT_TYPED_H
#define ZG_LINT_TYPED_H

#include "lint/hosts.h"

#define ZG_TYPED_MAX 4096u	/* octets worth reading */

enum zg_typed_what {
	ZG_TYPED_OK,
	ZG_TYPED_EMPTY,		/* nothing but blanks */
	ZG_TYPED_NOT_DOMAIN,
	ZG_TYPED_SUFFIX,	/* a public suffix: "be", "co.uk" */
	ZG_TYPED_IP,		/* an IP address */
	ZG_TYPED_LOCAL		/* one label, or a name that is never in public DNS: "localhost", "server.local" */
};

struct zg_typed {
	enum zg_typed_what what;
	struct zg_slice domain;		/* OK: A-labels, lower case, no final dot */
	struct zg_slice shown;		/* the domain as typed; a view */
	struct zg_slice address;	/* local@domain with the domain as A-labels, where an address was typed; else empty */
	struct zg_slice example;	/* not OK: how it might be written, made of what was typed; never empty */
	const struct zg_provider *provider;	/* OK: the public provider whose domain it is; NULL: none */
};

/* An address, a domain, a URL or "Name <a@b>", blanks around.  0 and results in a (or views of text, or literals), or
 * -1 where a is full. */
int zg_typed_read(struct zg_slice text, struct zg_arena *a, struct zg_typed *ret);
/* The name among those given that is one edit away from domain; empty where there is none.  Same name: empty. */
struct zg_slice zg_typed_near(struct zg_slice domain, const struct zg_slice *names, size_t count);
/* Is it a public suffix of the small list?  Lower case. */
bool zg_typed_is_suffix(struct zg_slice domain);

#endif
