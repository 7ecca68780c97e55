/* parent_setup.h - what must be there before the first process is started: users, state folder, certificate,
 * sockets; and the bundle for the relay.  Each answers CMD_GOOD, or the exit status after telling why. */
#ifndef CMD_PARENT_SETUP_H
#define CMD_PARENT_SETUP_H

#include <sys/types.h>
#include "cmd/settings.h"

#define PARENT_LISTEN_MAX 128u	/* 64 of smtp.listen, and as many of http.listen */

/* Who the children become; (uid_t)-1 and (gid_t)-1: all three share one user. */
struct parent_users {
	uid_t relay, vault;
	gid_t relay_group, vault_group;
};
struct parent_sockets {
	int fds[PARENT_LISTEN_MAX];	/* in the order of smtp.listen, then of http.listen */
	size_t count;
};

/* parent_users.c: looks them up; without root, and with --dev, all share. */
int parent_users_find(struct cmd *c, const struct settings *s, struct parent_users *ret);

/* parent_state.c: the state folder, made where it is missing, and the relay's own. */
int parent_state_make(struct cmd *c, const struct settings *s, const struct parent_users *u);
/* The master key is there, made at the very first start. */
int parent_master_make(struct cmd *c, const struct settings *s, const struct parent_users *u);
/* --dev without a certificate: a self-signed one below the state folder, which s then names (memory from a). */
int parent_certificate_make(struct cmd *c, struct zg_arena *a, struct settings *s);

/* parent_listen.c: binds all sockets, and tells on standard error where each listens, and for what. */
int parent_listen_open(struct cmd *c, const struct settings *s, struct parent_sockets *ret);
void parent_listen_close(struct parent_sockets *s);

/* parent_bundle.c: the configuration and the files it names, as the relay takes them (edge/relay.h).  The
 * caller wipes and frees ret with parent_bundle_done in any case. */
int parent_bundle_read(struct cmd *c, const struct settings *s, struct zg_buf *ret);
void parent_bundle_done(struct zg_buf *b);
/* Could it be read?  Tells what cannot; keeps nothing. */
int parent_bundle_check(struct cmd *c, const struct settings *s);
/* What cannot change without a restart must be as it was.  CMD_GOOD, or CMD_UNUSABLE after telling what is not. */
int parent_bundle_compare(struct cmd *c, const struct settings *old, const struct settings *fresh);

#endif
