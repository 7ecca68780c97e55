/* admin.h - what the verbs on companies, domains, keys, credentials and mail open: settings, database, house, vault.
 *
 * By root the database is opened with the rights of the relay's user, to whom the state folder belongs: what is made
 * there stays usable by the relay. */
#ifndef CMD_ADMIN_H
#define CMD_ADMIN_H

#include <sys/types.h>
#include "cmd/settings.h"
#include "house/house.h"
#include "vault/vault.h"

#define ADMIN_GROUPS_MAX 64

struct admin {
	struct cmd *c;
	enum store_mode mode;
	struct settings settings;
	struct store *store;
	struct house house;
	struct vault_child vault;
	bool has_vault, is_lowered;
	gid_t groups[ADMIN_GROUPS_MAX];	/* root's, while it has the relay's rights */
	int groups_count;
};

/* CMD_GOOD, or the exit status after saying why; admin_close is called in any case. */
int admin_open(struct cmd *c, enum store_mode mode, struct admin *ret);
/* A vault of this command's own, with the master key, which is that of the keys there are; a->house can make keys then.  The
 * same. */
int admin_vault(struct admin *a);
void admin_close(struct admin *a);

/* Opens, does what `run` does, closes: the exit status. */
int admin_run(struct cmd *c, enum store_mode mode, int (*run)(struct admin *a));
/* Says that `what` was removed; CMD_GOOD. */
int admin_removed(struct admin *a, enum lang_word w, struct zg_slice what);

/* The state folder cannot be used, by an errno; CMD_UNUSABLE. */
int admin_fail_folder(struct cmd *c, const struct conf *conf, int error);
/* Say why; where is the thing it was about, text the engine's words. */
int admin_fail_house(struct admin *a, enum house_rc rc, struct zg_slice where);
int admin_fail_store(struct admin *a, enum store_rc rc, struct zg_slice text);
/* What a call to the store came to: CMD_GOOD, or the exit status after saying why.  missing: what is said of `where`
 * when it is not there. */
int admin_read(struct admin *a, enum store_rc rc);
int admin_found(struct admin *a, enum store_rc rc, enum house_rc missing, struct zg_slice where);
/* number: what zg_keytext_read_told tells with it. */
int admin_fail_keytext(struct cmd *c, enum zg_keytext why, size_t number, struct zg_slice where);

/* The id of the company that --company names, 0 where it is not given; CMD_GOOD, or after saying that there is none. */
int admin_company(struct admin *a, uint64_t *ret);

#endif
