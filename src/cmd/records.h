/* records.h - DNS records to publish, in the forms that people and programs paste: a list, and one writer a form. */
#ifndef CMD_RECORDS_H
#define CMD_RECORDS_H

#include <jansson.h>
#include <zegel/crypt.h>
#include "cmd/cmd.h"

#define RECORDS_MAX 32u

struct record {
	const char *kind;		/* "dkim", "spf", "dmarc": a word of the JSON */
	struct zg_slice name, value;	/* without the last dot; the text, not cut */
};
struct records {
	struct record v[RECORDS_MAX];
	size_t count;
};

/* Adds one; more than RECORDS_MAX, or one without memory, is left out and makes records_write fail. */
void records_add(struct records *r, const char *kind, struct zg_slice name, struct zg_slice value);
/* Adds the record of a key, made of it; 0, or -1 without room. */
int records_add_key(struct cmd *c, struct records *r, struct zg_slice selector, struct zg_slice domain,
	const struct zg_key *k);
/* Is --format a form, and has cname its --target, a host name?  Before any work.  CMD_GOOD, or CMD_USAGE after saying why. */
int records_check(struct cmd *c);
/* Has the record of a key (selector empty: the house chooses it) room below --target?  Before the key is made.  The
 * same. */
int records_check_key(struct cmd *c, struct zg_slice selector, struct zg_slice domain);
/* Writes them as --format (or --json) asks.  more: members for the object of json, or NULL; taken over. */
int records_write(struct cmd *c, const struct records *r, json_t *more);

#endif
