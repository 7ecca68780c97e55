/* cards.h - the cards of a domain's records: what stands in DNS, what should, and the difference; for every page that shows
 * them. */
#ifndef EDGE_CARDS_H
#define EDGE_CARDS_H

#include "edge/page.h"
#include "lint/hosts.h"
#include "lint/record_state.h"
#include "store/store_watch.h"

/* What is shown of a domain. */
struct cards {
	struct page *page;
	const struct store_domain *domain;
	const struct store_key *keys;		/* active ones */
	size_t keys_count;
	const struct store_watch *watch;	/* NULL: never checked */
	const struct zg_dns_host *form;		/* how records are entered; never NULL */
};

/* The record's text of a key; empty without memory. */
struct zg_slice cards_key_value(struct page *p, const struct store_key *k);
/* The cards as HTML, the wrong ones first where is_broken, those that are right folded. */
struct zg_slice cards_html(struct cards *c, bool is_broken);
/* All records that should stand, as lines of a zone file; those not known yet left out. */
struct zg_slice cards_zone(struct cards *c);
/* How many wanted records are right, and how many there are. */
void cards_count(const struct cards *c, size_t *ret_right, size_t *ret_total);
/* "DKIM", "SPF", "DMARC". */
struct zg_slice cards_kind(unsigned kind);

#endif
