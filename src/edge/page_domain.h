/* page_domain.h - a domain and its key: the address, what is recognised, the key made or pasted. */
#ifndef EDGE_PAGE_DOMAIN_H
#define EDGE_PAGE_DOMAIN_H

#include "edge/page.h"

void page_domain_new(struct page *p);	/* GET .../security/new?address= */
void page_domain_add(struct page *p);	/* POST */

#endif
