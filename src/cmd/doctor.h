/* doctor.h - what the checks of zegel doctor share.
 *
 * A check answers the exit status of what it tried, and what it told on the way becomes its line.  It changes nothing. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "cmd/json.h"
#include "cmd/settings.h"

struct patient {
	struct cmd *c;
	struct settings settings;
	json_t *lines;			/* NULL for people, and without memory */
	const char *check;		/* the one that runs */
	bool is_bad, is_warned;
	/* What later checks build on; false where it was told that it is not so, or cannot be known. */
	bool has_state, has_users, has_store;
	bool has_sealed;		/* the database holds keys that the master key opens */
};

/* A line that all is well, or that something is to be thought of. */
void doctor_well(struct patient *p, struct zg_slice where, enum lang_word w, struct zg_slice a);
void doctor_warn(struct patient *p, struct zg_slice where, enum lang_word w, struct zg_slice a, struct zg_slice b);
/* The file of the database. */
struct zg_slice doctor_store_path(const struct patient *p);

/* doctor_kept.c: database, master key, spool. */
int doctor_store(struct patient *p);
int doctor_master(struct patient *p);
int doctor_spool(struct patient *p);
/* doctor_keys.c: the keys in the database. */
int doctor_keys(struct patient *p);

#endif
