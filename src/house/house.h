/* house.h - the operator's and the customer's words: companies, domains, keys, credentials, and the
 * line in the audit for each change.  No sockets, no SQL.
 *
 * Every function that changes something does it and its audit line in one transaction; what was
 * refused gets a line too. */
#ifndef HOUSE_HOUSE_H
#define HOUSE_HOUSE_H

#include <stdbool.h>
#include <zegel/arena.h>
#include <zegel/crypt.h>
#include "store/store.h"

enum house_rc {
	HOUSE_OK,
	HOUSE_BAD_SLUG,		/* a-z 0-9 -, 1 to 40 octets, no - at its ends */
	HOUSE_BAD_NAME,		/* UTF-8 without control octets, up to HOUSE_NAME_MAX */
	HOUSE_BAD_DOMAIN, HOUSE_BAD_SELECTOR,
	HOUSE_NO_COMPANY, HOUSE_NO_DOMAIN, HOUSE_NO_KEY, HOUSE_NO_CREDENTIAL,
	HOUSE_EXISTS, HOUSE_OTHER_COMPANY,	/* the domain is another company's */
	HOUSE_IN_USE,		/* it still has domains, keys or credentials */
	HOUSE_KEY_TEXT,		/* the pasted key: see keytext */
	HOUSE_VAULT,		/* the vault does not answer or refused: see vault_code */
	HOUSE_STORE,		/* see store_why */
	HOUSE_NO_MEMORY,
	/* of house/people.h */
	HOUSE_NO_USER, HOUSE_BAD_ADDRESS, HOUSE_BAD_PASSWORD,
	HOUSE_WRONG,		/* address, password, code: which is not told */
	HOUSE_WAIT,		/* too many wrong ones */
	HOUSE_LAST,		/* the last operator, the last owner, an operator's last TOTP */
	HOUSE_EXPIRED		/* a ticket that was used, is too old, or never was */
};
#define HOUSE_NAME_MAX 200u	/* octets of a company's or credential's name */

/* Who acts, for the audit. */
struct house_actor {
	struct zg_slice who;	/* "root on the command line" */
	struct zg_slice from;	/* where from: an address, or "local" */
	int64_t now;		/* Unix seconds */
};

struct house {
	struct store *store;
	struct house_actor actor;
	int vault;			/* a blocking channel, or -1 */
	unsigned vault_code;		/* enum vault_code of the last refusal */
	enum zg_keytext keytext;	/* of the last refused key */
	size_t keytext_number;		/* the number that it tells, see zg_keytext_read_told */
};

/* An empty name: the slug is its name. */
enum house_rc house_company_add(struct house *h, struct zg_slice slug, struct zg_slice name);
enum house_rc house_company_remove(struct house *h, struct zg_slice slug);
enum house_rc house_domain_add(struct house *h, struct zg_slice company, struct zg_slice domain);
enum house_rc house_domain_remove(struct house *h, struct zg_slice domain);

/* Makes a key pair in the vault, or (text not empty) seals a pasted one; it signs from now on, and
 * the domain's other keys of the same type retire.  An empty selector is chosen: "z" and year and
 * month, then a letter when it is taken.  A selector pasted as s1._domainkey.example.be or
 * s1._domainkey is understood.  *ret lives in a, which gives up to HOUSE_KEY_MEMORY and the pasted
 * text's size. */
#define HOUSE_KEY_MEMORY (512u * 1024u)
#define HOUSE_KEY_BITS 2048u
struct house_key_new {
	struct zg_slice domain, selector;
	enum zg_key_type type;
	unsigned bits;			/* RSA; 0: HOUSE_KEY_BITS */
	struct zg_slice text, passphrase;
};
enum house_rc house_key_add(struct house *h, const struct house_key_new *n, struct zg_arena *a, struct store_key *ret);
enum house_rc house_key_remove(struct house *h, struct zg_slice domain, struct zg_slice selector);
/* A new credential: user "<slug>-<6 characters>"; the password (TOKEN_TEXT octets in a) is shown this once. */
enum house_rc house_credential_add(struct house *h, struct zg_slice company, struct zg_slice name, struct zg_arena *a,
				   struct store_credential *ret, struct zg_slice *ret_password);
enum house_rc house_credential_remove(struct house *h, struct zg_slice user);

/* Who signs for a From domain: the domain itself or the nearest above it that a company has.
 * HOUSE_NO_DOMAIN where none.  keys: the active ones, RSA first; count may be 0. */
struct house_signer {
	uint64_t company;
	struct zg_slice company_slug, domain, sealed_dek;
	struct store_key *keys;
	size_t count;
	uint64_t domain_id;
	bool is_foreign;		/* it is not known to be the company's (store_domain) */
};
enum house_rc house_signer_find(struct store *s, struct zg_slice from_domain, struct zg_arena *a,
				struct house_signer *ret);
/* Tries the data keys of the companies in a vault.  every: all of them; else from the oldest company on until one opens, 16 at
 * most: where none of these opens, the vault's master key is another one.  HOUSE_VAULT where it gives no answer.  Nothing is
 * changed. */
struct house_sealed {
	uint64_t tried, opened;
	struct zg_slice closed;		/* the slug of the first that did not open; in a */
};
enum house_rc house_sealed_try(struct store *s, int vault, bool every, struct zg_arena *a, struct house_sealed *ret);
/* A login: OK and the credential, or HOUSE_NO_CREDENTIAL for an unknown user and a wrong password alike. */
enum house_rc house_login(struct store *s, struct zg_slice user, struct zg_slice password,
			  struct zg_arena *a, struct store_credential *ret);

/* A slug, a signing domain (to A-labels, lower case; empty when wrong), a selector without what was
 * pasted around it (domain may be empty; empty when wrong). */
bool house_slug_is_valid(struct zg_slice slug);
struct zg_slice house_domain_read(struct zg_slice text, struct zg_arena *a);
struct zg_slice house_selector_read(struct zg_slice text, struct zg_slice domain, struct zg_arena *a);

/* Holds the newest max lines of the audit against each other: HOUSE_OK, and *ret_wrong is 0, or the
 * number of the oldest line among them that does not follow from the one before it. */
enum house_rc house_audit_check(struct store *s, size_t max, struct zg_arena *a, uint64_t *ret_wrong);

#endif
