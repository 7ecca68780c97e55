/* page_admin.h - the operator's companies. */
#ifndef EDGE_PAGE_ADMIN_H
#define EDGE_PAGE_ADMIN_H

#include "edge/page.h"

void page_companies(struct page *p);
void page_company_new(struct page *p);
void page_company_add(struct page *p);
void page_company_start(struct page *p);	/* "/c/<company>" */

/* Makes a company and its first credential, and shows how to send with it.  slug empty: made of the name. */
void page_company_make(struct page *p, struct house *h, struct zg_slice name, struct zg_slice slug);

#endif
