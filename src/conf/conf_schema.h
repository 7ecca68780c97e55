/* conf_schema.h - the sections and keys there are, and how each is checked.  For conf.c, conf_schema.c and
 * conf_value.c. */
#ifndef CONF_CONF_SCHEMA_H
#define CONF_CONF_SCHEMA_H

#include "conf/conf_toml.h"

#define CONF_KEYS_MAX 64	/* keys in the table, at most */

struct conf_reader {
	struct zg_arena *a;
	struct conf conf;			/* what was read so far, over the defaults */
	struct conf_error *errors;
	size_t count;
	struct conf_place set[CONF_KEYS_MAX];	/* where each key stands; line 0: nowhere */
	bool is_broken[CONF_KEYS_MAX];		/* it has an error of its own: no further ones follow from its value */
	struct conf_value unready_allowed;	/* as it stands in the text */
};

struct conf_key {
	struct zg_slice section, name;
	enum conf_type type;
	void (*set)(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
	size_t at;				/* of its member in struct conf */
	size_t place;				/* set_path: of the member that tells where the value stands */
};

extern const struct conf_key conf_keys[];
extern const size_t conf_keys_count;

/* The key's place in the table, or conf_keys_count. */
size_t conf_key_find(struct zg_slice section, struct zg_slice name);
void conf_complain(struct conf_reader *r, const struct conf_error *e);
/* The value is not what it must be; at octet `offset` of its string. */
void conf_bad(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v, size_t offset,
	enum conf_want want);

/* conf_value.c: values with an inside. */
#define CONF_LISTEN_MAX 64u	/* addresses of a list */
#define CONF_NETWORKS_MAX 1000u
/* An address in numbers; false where it is none of that family. */
bool conf_address_read(struct zg_slice s, bool is_v6, unsigned char *ret);
/* "[v6]" or "v4": takes the brackets away; false: there are none. */
bool conf_unbracket(struct zg_slice *host);
/* What is wrong with "ADDRESS:PORT [tls|starttls]", and at which octet; NOTHING: *ret was written. */
enum conf_want conf_listen_read(struct zg_slice s, struct conf_listen *ret, size_t *ret_offset);
/* Are the bits behind the prefix zero? */
bool conf_is_network(bool is_v6, const unsigned char *address, unsigned bits);
size_t conf_count_items(const struct conf_value *v);
void conf_set_listen(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_trusted(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_smarthost(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
bool conf_is_same_door(const struct conf_listen *a, const struct conf_listen *b);
bool conf_host_is_valid(struct zg_slice s);
/* conf_http.c: those of the panel, and of what it shows. */
void conf_set_http_listen(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_base_url(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_proxies(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_unready(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_unready_allowed(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_resolver(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);
void conf_set_mailbox(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v);

#endif
