/* testmail.h - one signed mail to the reader's own mailbox, and what a verifier says of it. */
#ifndef EDGE_TESTMAIL_H
#define EDGE_TESTMAIL_H

#include "edge/page.h"

/* The box on the page of a domain; is_first: its button is the main one. */
void testmail_box(struct page *p, const struct store_domain *d, bool is_first, struct html *h);
/* What a verifier says of a mail with the keys that were seen, and how its domain's other records stand; NULL without memory. */
struct store_watch;
const struct web_verdict *testmail_verdict(struct page *p, const struct store_message *m, const struct store_watch *w);
/* POST .../testmail. */
void page_testmail(struct page *p);

#endif
