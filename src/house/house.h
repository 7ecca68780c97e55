/* house.h - the operator's and the customer's words: companies, domains, keys, credentials, and the line in the audit for each
 * change.  No sockets, no SQL.
 *
 * Every function that changes something does it and its audit line in one transaction. */
#ifndef HOUSE_HOUSE_H
#define HOUSE_HOUSE_H

#include <zegel/arena.h>
#include <zegel/crypt.h>
#include "store/store.h"

enum house_rc {
	HOUSE_OK,
	HOUSE_BAD_NAME,		/* slug: a-z 0-9 -, 1 to 40 octets, no - at its ends; name: UTF-8 without control octets */
	HOUSE_BAD_DOMAIN, HOUSE_BAD_SELECTOR,
	HOUSE_NO_COMPANY, HOUSE_NO_DOMAIN, HOUSE_NO_KEY, HOUSE_NO_CREDENTIAL,
	HOUSE_EXISTS, HOUSE_OTHER_COMPANY,	/* the domain is another company's */
	HOUSE_IN_USE,		/* it still has domains, keys or credentials */
	HOUSE_KEY_TEXT,		/* the pasted key: see keytext */
	HOUSE_VAULT,		/* the vault does not answer or refused: see vault_code */
	HOUSE_STORE		/* see store_why */
};

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
};

enum house_rc house_company_add(struct house *h, struct zg_slice slug, struct zg_slice name);
enum house_rc house_company_remove(struct house *h, struct zg_slice slug);
enum house_rc house_domain_add(struct house *h, struct zg_slice company, struct zg_slice domain);
enum house_rc house_domain_remove(struct house *h, struct zg_slice domain);

/* Makes a key pair in the vault, or (text not empty) seals a pasted one; it signs from now on, and the domain's other keys of
 * the same type retire.  An empty selector is chosen: "z" and year and month, then a letter when it is taken.  A selector
 * pasted as s1._domainkey.example.be or s1._domainkey is understood.  *ret lives in a. */
struct house_key_new {
	struct zg_slice domain, selector;
	enum zg_key_type type;
	unsigned bits;
	struct zg_slice text, passphrase;
};
enum house_rc house_key_add(struct house *h, const struct house_key_new *n, struct zg_arena *a, struct store_key *ret);
enum house_rc house_key_remove(struct house *h, struct zg_slice domain, struct zg_slice selector);
/* A new credential: user "<slug>-<6 characters>"; the password (TOKEN_TEXT octets in a) is shown this once. */
enum house_rc house_credential_add(struct house *h, struct zg_slice company, struct zg_slice name, struct zg_arena *a,
				   struct store_credential *ret, struct zg_slice *ret_password);
enum house_rc house_credential_remove(struct house *h, struct zg_slice user);

/* Who signs for a From domain: the domain itself or the nearest above it that a company has.  HOUSE_NO_DOMAIN where none.  keys:
 * the active ones, RSA first; count may be 0. */
struct house_signer {
	uint64_t company;
	struct zg_slice company_slug, domain, sealed_dek;
	struct store_key *keys;
	size_t count;
};
enum house_rc house_signer_find(struct store *s, struct zg_slice from_domain, struct zg_arena *a, struct house_signer *ret);
/* A login: OK and the credential, or HOUSE_NO_CREDENTIAL for an unknown user and a wrong password alike. */
enum house_rc house_login(struct store *s, struct zg_slice user, struct zg_slice password, struct zg_arena *a, struct store_credential *ret);

/* A slug, a signing domain (to A-labels, lower case; empty when wrong), a selector without what was pasted around it (domain may be
 * empty; empty when wrong). */
bool house_slug_is_valid(struct zg_slice slug);
struct zg_slice house_selector_read(struct zg_slice text, struct zg_slice domain, struct zg_arena *a);

#endif
