/* settings.h - the configuration in force: the file, --state and --dev, and the rights of the files it names.
 *
 * Without --config: /etc/zegel/zegel.conf where it exists; with --state DIR or --dev: no file, all defaults, the state
 * under DIR or ./var.  --dev also listens on 127.0.0.1:1025 in clear (the
 * panel is on 127.0.0.1:8025 anyhow) and captures.  All paths in the result are
 * absolute. */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include "cmd/cmd.h"
#include "conf/conf.h"

#define SETTINGS_PATH "/etc/zegel/zegel.conf"

struct settings {
	struct zg_slice path;	/* of the file that was read; empty: none */
	struct conf conf;	/* conf_write gives the text of it, for the relay */
	bool is_dev;
};

/* Reads again what c's options name; memory from a.  CMD_GOOD, or the exit status after telling every error by c's
 * report. Opens no file but the configuration itself. */
int settings_read(struct cmd *c, struct zg_arena *a, struct settings *ret);
/* A smarthost is named, and mail does not go there: most likely not what is meant. */
bool settings_keep_mail(const struct settings *s);
/* The files that hold secrets (TLS keys, smarthost password): there, and closed to group and others.  CMD_GOOD, or
 * CMD_UNUSABLE after telling each. */
int settings_check_files(struct cmd *c, const struct settings *s);
/* Is the file at path closed to group and others?  CMD_GOOD, or CMD_UNUSABLE after telling it (a missing file too). */
int settings_check_secret(struct cmd *c, struct zg_slice path);

#endif
