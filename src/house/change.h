/* change.h - a change: one transaction, and its line in the audit. */
#ifndef HOUSE_CHANGE_H
#define HOUSE_CHANGE_H

#include "house/house.h"

struct house_line {
	struct zg_slice what;		/* "key.add" */
	struct zg_slice object;		/* as it was typed, or as it is kept */
	struct zg_slice detail;
};

enum house_rc house_change_begin(struct house *h);
/* rc HOUSE_OK: adds the line and commits.  Else: undoes all and notes the refusal, as far as the
 * store can; begin need not have been called.  Answers rc, or HOUSE_STORE or HOUSE_NO_MEMORY where
 * the end failed. */
enum house_rc house_change_end(struct house *h, enum house_rc rc, const struct house_line *line);
/* What a call of the store comes to. */
enum house_rc house_of_store(enum store_rc rc, enum house_rc not_found);

/* The next line of the audit, inside a transaction. */
enum house_rc house_audit_add(struct house *h, const struct house_line *line);

#define HOUSE_MEMORY 4096	/* octets for one company, domain or credential */
#define HOUSE_KEY_ROW 16384	/* octets for one key, sealed */

/* A company's name, or a credential's. */
bool house_name_is_valid(struct zg_slice name);
/* The domain that a text means, of the store; the arena takes HOUSE_MEMORY. */
enum house_rc house_domain_find(struct house *h, struct zg_slice text, struct zg_arena *a, struct store_domain *ret);
enum house_rc house_company_find(struct house *h, struct zg_slice slug, struct zg_arena *a, struct store_company *ret);

#endif
