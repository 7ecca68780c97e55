/* admin.c - opening and closing what the verbs of the house work on, and saying what it refused.
 *
 * Rights: root reads configuration and master key and starts the vault; between admin_open and admin_close everything
 * else runs with the user of the state folder (is_lowered). */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/secret.h"
#include "cmd/admin.h"
#include "cmd/folder.h"
#include "cmd/json.h"
#include "cmd/master.h"
#include "io/clock.h"
#include "seal/seal.h"
#include "vault/wire.h"

/* The user of that name; NULL where there is none. */
static const struct passwd *user_of(struct cmd *c, struct zg_slice name)
{
	return getpwnam(cmd_cstr(c, name));
}

int admin_fail_folder(struct cmd *c, const struct conf *conf, int error)
{
	const struct zg_slice args[] = { cmd_errno_text(c, error), conf->user, conf->state };

	return cmd_fail_args(c, CMD_UNUSABLE, conf->state, WORD_ADMIN_FOLDER, args, 3);
}

/* Makes the state folder where it is not there; by root for the relay's user. */
static int make_folder(struct admin *a, const char *path)
{
	const struct conf *conf = &a->settings.conf;
	const struct passwd *user = a->settings.is_dev || geteuid() != 0 ? NULL : user_of(a->c, conf->user);

	if (folder_make(path, user ? user->pw_uid : (uid_t)-1, user ? user->pw_gid : (gid_t)-1) < 0)
		return admin_fail_folder(a->c, conf, errno);
	return CMD_GOOD;
}

static int lower(struct admin *a)
{
	const struct conf *conf = &a->settings.conf;
	const char *path = cmd_cstr(a->c, conf->state);
	struct stat st;
	int status = a->mode == STORE_WRITE ? make_folder(a, path) : CMD_GOOD;

	if (status == CMD_GOOD && stat(path, &st) < 0)
		return admin_fail_folder(a->c, conf, errno);
	if (status == CMD_GOOD && !S_ISDIR(st.st_mode))
		return admin_fail_folder(a->c, conf, ENOTDIR);
	if (status != CMD_GOOD || geteuid() != 0 || st.st_uid == 0)
		return status;
	a->groups_count = getgroups(ADMIN_GROUPS_MAX, a->groups);
	if (a->groups_count < 0 || setgroups(0, NULL) < 0 || setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
		return cmd_fail_errno(a->c, CMD_UNUSABLE, conf->state, WORD_ADMIN_RIGHTS, errno, CMD_NOTHING);
	a->is_lowered = true;
	return CMD_GOOD;
}

static void raise_rights(struct admin *a)
{
	if (!a->is_lowered)
		return;
	a->is_lowered = false;
	/* The way back is always open: the real user stayed root.  Where it is not, what follows fails and says so. */
	(void)(seteuid(0) == 0 && setegid(0) == 0 && setgroups((size_t)a->groups_count, a->groups) == 0);
}

static struct zg_slice actor_of(struct cmd *c)
{
	const struct passwd *user = getpwuid(getuid());

	return cmd_join(c, (struct zg_slice[]){ user ? zg_slice_cstr(user->pw_name) : ZG_S("?"),
		ZG_S(" on the command line") }, 2);
}

int admin_open(struct cmd *c, enum store_mode mode, struct admin *ret)
{
	struct store_error why = { .rc = STORE_OK };
	int status;

	*ret = (struct admin){ .c = c, .mode = mode, .house = { .vault = -1 } };
	status = settings_read(c, &c->arena, &ret->settings);
	if (status == CMD_GOOD && seal_init() < 0)
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (status == CMD_GOOD)
		status = lower(ret);
	if (status != CMD_GOOD)
		return status;
	if (store_open(ret->settings.conf.store_url, mode, &ret->store, &why) != STORE_OK)
		return admin_fail_store(ret, why.rc ? why.rc : STORE_FAILED, zg_slice_cstr(why.text));
	ret->house.store = ret->store;
	ret->house.actor = (struct house_actor){ .who = actor_of(c), .from = ZG_S("local"), .now = clock_unix() };
	return CMD_GOOD;
}

/* A database with data keys opens only with the master key they were sealed with: a new one must not be made then. */
static int master_mode_of(struct admin *a, enum master_mode *ret)
{
	struct store_company *v = NULL;
	size_t count = 0;
	enum store_rc rc = store_company_sealed(a->store, 0, 1, &a->c->arena, &v, &count);

	if (rc != STORE_OK)
		return admin_fail_store(a, rc, CMD_NOTHING);
	*ret = count ? MASTER_NEED : MASTER_MAKE;
	return CMD_GOOD;
}

/* has_users: the relay has a user of its own, so the vault must have one too; else all is one user's, as with --dev. */
static int start_vault(struct admin *a, const unsigned char *master, bool has_users)
{
	const struct passwd *user = has_users ? user_of(a->c, a->settings.conf.vault_user) : NULL;
	uid_t uid = user ? user->pw_uid : (uid_t)-1;
	gid_t gid = user ? user->pw_gid : (gid_t)-1;

	if (has_users && !user)
		return cmd_fail(a->c, CMD_UNUSABLE, a->settings.conf.vault_user, WORD_ADMIN_USER, a->settings.conf.vault_user,
			CMD_NOTHING);
	if (vault_child_start(master, 1, uid, gid, &a->vault) < 0)
		return cmd_fail_errno(a->c, CMD_UNDECIDED, CMD_NOTHING, WORD_ADMIN_VAULT, errno, CMD_NOTHING);
	a->has_vault = true;
	a->house.vault = a->vault.channels[0];
	return CMD_GOOD;
}

/* With another master key than the others', a new key would be sealed so that only one of the two can ever be opened. */
static int master_try(struct admin *a)
{
	struct house_sealed sealed = { .tried = 0 };
	enum house_rc rc = house_sealed_try(a->store, a->house.vault, false, &a->c->arena, &sealed);

	if (rc == HOUSE_OK && sealed.tried && !sealed.opened)
		return master_fail_other(a->c, &a->settings);
	a->house.vault_code = VAULT_FAILED;
	return rc == HOUSE_OK ? CMD_GOOD : admin_fail_house(a, rc, CMD_NOTHING);
}

int admin_vault(struct admin *a)
{
	unsigned char master[VAULT_MASTER_SIZE];
	enum master_mode mode = MASTER_NEED;
	bool was_lowered = a->is_lowered;
	int status = master_mode_of(a, &mode);

	raise_rights(a);
	if (status == CMD_GOOD)
		status = master_read(a->c, &a->settings, mode, master);
	if (status == CMD_GOOD)
		status = start_vault(a, master, was_lowered && !a->settings.is_dev);
	zg_secret_wipe_bytes(master, sizeof(master));
	if (was_lowered && status == CMD_GOOD)
		status = lower(a);
	return status == CMD_GOOD ? master_try(a) : status;
}

void admin_close(struct admin *a)
{
	if (a->store)
		store_close(a->store);
	a->store = NULL;
	raise_rights(a);
	if (a->has_vault)
		vault_child_stop(&a->vault);
	a->has_vault = false;
}

int admin_fail_keytext(struct cmd *c, enum zg_keytext why, size_t number, struct zg_slice where)
{
	static const enum lang_word words[] = {
		[ZG_KEYTEXT_OK] = WORD_KEYTEXT_UNKNOWN, [ZG_KEYTEXT_EMPTY] = WORD_KEYTEXT_EMPTY,
		[ZG_KEYTEXT_TOO_LONG] = WORD_KEYTEXT_TOO_LONG, [ZG_KEYTEXT_UNKNOWN] = WORD_KEYTEXT_UNKNOWN,
		[ZG_KEYTEXT_PUBLIC] = WORD_KEYTEXT_PUBLIC, [ZG_KEYTEXT_RECORD] = WORD_KEYTEXT_RECORD,
		[ZG_KEYTEXT_RECORD_PRIVATE] = WORD_KEYTEXT_RECORD_PRIVATE, [ZG_KEYTEXT_CERTIFICATE] = WORD_KEYTEXT_CERTIFICATE,
		[ZG_KEYTEXT_PFX] = WORD_KEYTEXT_PFX, [ZG_KEYTEXT_REQUEST] = WORD_KEYTEXT_REQUEST, [ZG_KEYTEXT_EC] = WORD_KEYTEXT_EC,
		[ZG_KEYTEXT_DSA] = WORD_KEYTEXT_DSA, [ZG_KEYTEXT_OTHER_KIND] = WORD_KEYTEXT_OTHER_KIND,
		[ZG_KEYTEXT_OPENSSH] = WORD_KEYTEXT_OPENSSH, [ZG_KEYTEXT_OPENSSH_OTHER] = WORD_KEYTEXT_OPENSSH_OTHER,
		[ZG_KEYTEXT_PPK] = WORD_KEYTEXT_PPK, [ZG_KEYTEXT_PGP] = WORD_KEYTEXT_PGP, [ZG_KEYTEXT_CUT] = WORD_KEYTEXT_CUT,
		[ZG_KEYTEXT_CUT_FRONT] = WORD_KEYTEXT_CUT_FRONT, [ZG_KEYTEXT_LETTER] = WORD_KEYTEXT_LETTER,
		[ZG_KEYTEXT_DAMAGED] = WORD_KEYTEXT_DAMAGED, [ZG_KEYTEXT_MISFIT] = WORD_KEYTEXT_MISFIT,
		[ZG_KEYTEXT_PASSPHRASE_NEEDED] = WORD_KEYTEXT_PASSPHRASE_NEEDED,
		[ZG_KEYTEXT_PASSPHRASE_WRONG] = WORD_KEYTEXT_PASSPHRASE_WRONG, [ZG_KEYTEXT_CIPHER] = WORD_KEYTEXT_CIPHER,
		[ZG_KEYTEXT_WORK] = WORD_KEYTEXT_WORK, [ZG_KEYTEXT_EXPONENT] = WORD_KEYTEXT_EXPONENT,
		[ZG_KEYTEXT_TOO_SHORT] = WORD_KEYTEXT_TOO_SHORT, [ZG_KEYTEXT_TOO_LARGE] = WORD_KEYTEXT_TOO_LARGE,
		[ZG_KEYTEXT_TWO_KEYS] = WORD_KEYTEXT_TWO_KEYS, [ZG_KEYTEXT_NO_MEMORY] = WORD_USE_MEMORY,
		[ZG_KEYTEXT_PART] = WORD_KEYTEXT_PART,
	};

	return cmd_fail(c, why == ZG_KEYTEXT_NO_MEMORY ? CMD_UNDECIDED : CMD_UNUSABLE, where, words[why], cmd_num(c, number),
		CMD_NOTHING);
}

static int fail_vault(struct admin *a, struct zg_slice where)
{
	if (a->house.vault_code == VAULT_WRONG_KEY)
		return cmd_fail(a->c, CMD_UNUSABLE, where, WORD_HOUSE_WRONG_KEY, CMD_NOTHING, CMD_NOTHING);
	if (a->house.vault_code == VAULT_FAILED)
		return cmd_fail(a->c, CMD_UNDECIDED, where, WORD_HOUSE_VAULT_FAILED, CMD_NOTHING, CMD_NOTHING);
	return cmd_fail(a->c, CMD_UNDECIDED, where, WORD_HOUSE_VAULT, cmd_num(a->c, a->house.vault_code), CMD_NOTHING);
}

/* It was the word on the command line that could not be, not what it stands for. */
static bool is_bad_word(enum house_rc rc)
{
	return rc == HOUSE_BAD_SLUG || rc == HOUSE_BAD_NAME || rc == HOUSE_BAD_DOMAIN || rc == HOUSE_BAD_SELECTOR ||
	       rc == HOUSE_BAD_ADDRESS;
}

int admin_fail_house(struct admin *a, enum house_rc rc, struct zg_slice where)
{
	static const enum lang_word words[] = {
		[HOUSE_BAD_SLUG] = WORD_HOUSE_BAD_SLUG, [HOUSE_BAD_NAME] = WORD_HOUSE_BAD_NAME, [HOUSE_BAD_DOMAIN] = WORD_HOUSE_BAD_DOMAIN,
		[HOUSE_BAD_SELECTOR] = WORD_HOUSE_BAD_SELECTOR, [HOUSE_NO_COMPANY] = WORD_HOUSE_NO_COMPANY,
		[HOUSE_NO_DOMAIN] = WORD_HOUSE_NO_DOMAIN, [HOUSE_NO_KEY] = WORD_HOUSE_NO_KEY,
		[HOUSE_NO_CREDENTIAL] = WORD_HOUSE_NO_CREDENTIAL, [HOUSE_EXISTS] = WORD_HOUSE_EXISTS,
		[HOUSE_OTHER_COMPANY] = WORD_HOUSE_OTHER_COMPANY, [HOUSE_IN_USE] = WORD_HOUSE_IN_USE,
		[HOUSE_NO_USER] = WORD_HOUSE_NO_USER, [HOUSE_BAD_ADDRESS] = WORD_HOUSE_BAD_ADDRESS,
		[HOUSE_BAD_PASSWORD] = WORD_HOUSE_BAD_PASSWORD, [HOUSE_LAST] = WORD_HOUSE_LAST,
	};

	if (rc == HOUSE_STORE)
		return admin_fail_store(a, store_why(a->store)->rc, zg_slice_cstr(store_why(a->store)->text));
	if (rc == HOUSE_KEY_TEXT)
		return admin_fail_keytext(a->c, a->house.keytext, a->house.keytext_number, where);
	if (rc == HOUSE_VAULT)
		return fail_vault(a, where);
	if (rc == HOUSE_NO_MEMORY)
		return cmd_fail(a->c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (rc == HOUSE_BAD_NAME)	/* names come by --name alone, and may be of any length */
		where = ZG_S("--name");
	if (rc == HOUSE_BAD_PASSWORD)
		where = ZG_S("--password-file");
	return cmd_fail(a->c, is_bad_word(rc) ? CMD_USAGE : CMD_UNUSABLE, where, words[rc], where, CMD_NOTHING);
}

int admin_fail_store(struct admin *a, enum store_rc rc, struct zg_slice text)
{
	static const struct { enum lang_word word; enum cmd_status status; } rows[] = {
		[STORE_OK] = { WORD_STORE_FAILED, CMD_UNDECIDED }, [STORE_NOT_FOUND] = { WORD_STORE_NOT_FOUND, CMD_UNUSABLE },
		[STORE_EXISTS] = { WORD_STORE_FAILED, CMD_UNDECIDED }, [STORE_FULL] = { WORD_STORE_FULL, CMD_UNDECIDED },
		[STORE_NEWER] = { WORD_STORE_NEWER, CMD_UNUSABLE }, [STORE_BUSY] = { WORD_STORE_BUSY, CMD_UNDECIDED },
		[STORE_NO_ACCESS] = { WORD_STORE_NO_ACCESS, CMD_UNUSABLE }, [STORE_CORRUPT] = { WORD_STORE_CORRUPT, CMD_UNUSABLE },
		[STORE_NO_MEMORY] = { WORD_USE_MEMORY, CMD_UNDECIDED }, [STORE_FAILED] = { WORD_STORE_FAILED, CMD_UNDECIDED },
	};
	struct zg_slice url = a->settings.conf.store_url;

	return cmd_fail(a->c, rows[rc].status, zg_slice_sub(url, zg_slice_find(url, ':') + 1, url.n), rows[rc].word, text,
		CMD_NOTHING);
}

int admin_read(struct admin *a, enum store_rc rc)
{
	return rc == STORE_OK ? CMD_GOOD : admin_fail_store(a, rc, zg_slice_cstr(store_why(a->store)->text));
}

int admin_found(struct admin *a, enum store_rc rc, enum house_rc missing, struct zg_slice where)
{
	return rc == STORE_NOT_FOUND ? admin_fail_house(a, missing, where) : admin_read(a, rc);
}

int admin_company(struct admin *a, uint64_t *ret)
{
	struct zg_slice slug = cmd_value(a->c, CMD_OPT_COMPANY);
	struct store_company company = { .id = 0 };
	int status = slug.n ? admin_found(a, store_company_get(a->store, slug, &a->c->arena, &company), HOUSE_NO_COMPANY, slug) :
		CMD_GOOD;

	if (status == CMD_GOOD)
		*ret = company.id;
	return status;
}

int admin_run(struct cmd *c, enum store_mode mode, int (*run)(struct admin *a))
{
	struct admin a;
	int status = admin_open(c, mode, &a);

	if (status == CMD_GOOD)
		status = run(&a);
	admin_close(&a);
	return status;
}

int admin_removed(struct admin *a, enum lang_word w, struct zg_slice what)
{
	if (cmd_has(a->c, CMD_OPT_JSON))
		return cmd_json_put(a->c, json_pack("{s:o}", "removed", cmd_json_text(what)), CMD_GOOD);
	cmd_say(a->c, w, what, CMD_NOTHING);
	return CMD_GOOD;
}
