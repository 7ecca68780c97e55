/* parent_users.c - the users that relay and vault become. */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>
#include "cmd/parent_setup.h"

static int find(struct cmd *c, struct zg_slice key, struct zg_slice name, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *user = getpwnam(cmd_cstr(c, name));

	if (!user)
		return cmd_fail(c, CMD_UNUSABLE, key, WORD_SERVE_NO_USER, name, CMD_NOTHING);
	if (user->pw_uid == 0)
		return cmd_fail(c, CMD_UNUSABLE, key, WORD_SERVE_USER_IS_ROOT, name, CMD_NOTHING);
	*ret_uid = user->pw_uid;
	*ret_gid = user->pw_gid;
	return CMD_GOOD;
}

int parent_users_find(struct cmd *c, const struct settings *s, struct parent_users *ret)
{
	struct parent_users u = { (uid_t)-1, (uid_t)-1, (gid_t)-1, (gid_t)-1 };
	int relay, vault;

	if (s->is_dev || geteuid() != 0) {
		*ret = u;
		return CMD_GOOD;
	}
	relay = find(c, ZG_S("server.user"), s->conf.user, &u.relay, &u.relay_group);
	vault = find(c, ZG_S("server.vault_user"), s->conf.vault_user, &u.vault, &u.vault_group);
	if (relay != CMD_GOOD || vault != CMD_GOOD)
		return CMD_UNUSABLE;
	if (u.relay == u.vault)
		return cmd_fail(c, CMD_UNUSABLE, ZG_S("server.vault_user"), WORD_SERVE_USERS_SAME, s->conf.vault_user, CMD_NOTHING);
	*ret = u;
	return CMD_GOOD;
}
