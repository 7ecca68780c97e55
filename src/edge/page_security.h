/* page_security.h - the page "E-mailbeveiliging" and what is done from it. */
#ifndef EDGE_PAGE_SECURITY_H
#define EDGE_PAGE_SECURITY_H

#include "edge/page.h"
#include "house/house.h"

/* GET /c/<company>/security, and its pieces by ?part=. */
void page_security(struct page *p);
/* POST .../check. */
void page_security_check(struct page *p);
/* GET .../live: the stream of events. */
void page_security_live(struct page *p);


/* The company's domain that ?domain= or the form names; without one the one most in need.  False: it has none. */
bool page_domain_pick(struct page *p, struct zg_slice name, struct store_domain *ret);

#endif
