/* doctor_kept.c - what is kept: the database, the master key that opens what is sealed in it, the files of large mails. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/secret.h"
#include "cmd/admin.h"
#include "cmd/doctor.h"
#include "cmd/master.h"

#define PAGE 500u		/* names of files at a time */
#define NAMES_TOLD 3u		/* of files that are missing */

/* --- the database -------------------------------------------------------------------------------------------- */

static int look_sealed(struct patient *p, struct admin *a)
{
	struct store_company *v;
	size_t count = 0;
	enum store_rc rc = store_company_sealed(a->store, 0, 1, &p->c->arena, &v, &count);

	if (rc != STORE_OK)
		return admin_fail_store(a, rc, zg_slice_cstr(store_why(a->store)->text));
	p->has_store = true;
	p->has_sealed = count > 0;
	doctor_well(p, doctor_store_path(p), WORD_DOCTOR_STORE, CMD_NOTHING);
	return CMD_GOOD;
}

/* The relay writes there: by root's word it is its own. */
static int check_owner(struct patient *p, struct zg_slice where, const struct stat *st)
{
	const struct zg_slice args[] = { cmd_errno_text(p->c, EACCES), p->settings.conf.user, where };
	const struct passwd *user = getpwnam(cmd_cstr(p->c, p->settings.conf.user));

	if (geteuid() != 0 || p->settings.is_dev || !user || st->st_uid == user->pw_uid)
		return CMD_GOOD;
	return cmd_fail_args(p->c, CMD_UNUSABLE, where, WORD_SERVE_STATE_OWNER, args, 3);
}

int doctor_store(struct patient *p)
{
	struct zg_slice path = doctor_store_path(p);
	struct stat st;
	struct admin a;
	int status;

	if (stat(cmd_cstr(p->c, path), &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		if (errno == ENOENT)	/* else the state folder is none, as was told */
			doctor_well(p, path, WORD_DOCTOR_NO_STORE, CMD_NOTHING);
		return CMD_GOOD;
	}
	status = stat(cmd_cstr(p->c, path), &st) == 0 ? check_owner(p, path, &st) : CMD_GOOD;
	if (status != CMD_GOOD)
		return status;
	status = admin_open(p->c, STORE_READ, &a);
	if (status == CMD_GOOD)
		status = look_sealed(p, &a);
	admin_close(&a);
	return status;
}

/* --- the master key ------------------------------------------------------------------------------------------ */

static int told_opened(struct patient *p, struct zg_slice where, const struct house_sealed *s)
{
	const struct zg_slice args[] = { cmd_num(p->c, s->tried - s->opened), cmd_num(p->c, s->tried), s->closed };

	if (s->opened < s->tried)
		return cmd_fail_args(p->c, CMD_UNUSABLE, where, WORD_DOCTOR_MASTER_SOME, args, 3);
	doctor_well(p, where, WORD_DOCTOR_MASTER_OPENS, args[1]);
	return CMD_GOOD;
}

/* Opens every data key, in a vault: the one process that may. */
static int try_sealed(struct patient *p, struct zg_slice where)
{
	struct house_sealed sealed = { .tried = 0 };
	struct admin a;
	enum house_rc rc;
	int status = admin_open(p->c, STORE_READ, &a);

	if (status == CMD_GOOD)
		status = admin_vault(&a);
	if (status == CMD_GOOD) {
		rc = house_sealed_try(a.store, a.house.vault, true, &p->c->arena, &sealed);
		status = rc == HOUSE_OK ? told_opened(p, where, &sealed) : admin_fail_house(&a, rc, where);
	}
	admin_close(&a);
	return status;
}

static int try_key(struct patient *p)
{
	unsigned char key[VAULT_MASTER_SIZE];
	int status = master_read(p->c, &p->settings, MASTER_NEED, key);

	zg_secret_wipe_bytes(key, sizeof(key));
	return status;
}

/* Is it there?  What cannot be looked at counts as that: opening it tells why. */
static bool is_there(const struct master_place *at)
{
	return at->path && (access(at->path, F_OK) == 0 || errno != ENOENT);
}

/* Systemd may give the service another key than the one that is found here; true where it was told. */
static bool warn_kept(struct patient *p, const struct master_place *at)
{
	struct zg_slice name = master_kept_name(p->c, &p->settings), kept;

	if (!name.n || (at->name.n && at->path))
		return false;
	kept = zg_slice_cstr(master_kept(p->c, name));
	if (kept.n && at->path)
		doctor_warn(p, kept, WORD_DOCTOR_MASTER_KEPT, name, zg_slice_cstr(at->path));
	else if (kept.n)
		doctor_warn(p, kept, WORD_DOCTOR_MASTER_STOPPED, name, CMD_NOTHING);
	return kept.n > 0;
}

int doctor_master(struct patient *p)
{
	struct master_place at = master_find(p->c, &p->settings);
	struct zg_slice where = at.path ? zg_slice_cstr(at.path) : at.name;
	bool is_elsewhere = warn_kept(p, &at);
	int status;

	if (is_elsewhere && !is_there(&at))
		return CMD_GOOD;
	if (!is_there(&at) && at.path && !p->has_sealed && !at.name.n) {
		doctor_well(p, where, WORD_DOCTOR_NO_MASTER, CMD_NOTHING);
		return CMD_GOOD;
	}
	status = try_key(p);
	if (status != CMD_GOOD)
		return status;
	doctor_well(p, where, at.name.n ? WORD_DOCTOR_MASTER_CREDENTIAL : WORD_DOCTOR_MASTER, at.name);
	return p->has_sealed && p->has_users ? try_sealed(p, where) : status;
}

/* --- the files of large mails -------------------------------------------------------------------------------- */

struct search {
	struct patient *p;
	struct store *store;
	int folder;			/* -1: there is none */
	uint64_t named, missing, waiting;
	struct zg_slice names;		/* of the first that are missing */
};

/* Between the list and the look it may have been forgotten, row first and then the file; else it is missing. */
static enum store_rc search_missing(struct search *s, struct zg_slice name)
{
	struct cmd *c = s->p->c;
	struct store_message m;
	struct store_id id;
	enum store_rc rc = store_id_read(name, &id) < 0 ? STORE_NOT_FOUND : store_message_get(s->store, &id, &c->arena, &m);
	bool is_waiting = false, is_named = false;

	if (rc == STORE_OK)
		for (size_t i = 0; i < m.count; i++)
			is_waiting = is_waiting || m.recipients[i].state == STORE_QUEUED;
	if (rc == STORE_OK || rc == STORE_NOT_FOUND)
		rc = store_spool_has(s->store, name, &is_named);
	if (rc != STORE_OK || !is_named)
		return rc;
	if (s->missing < NAMES_TOLD)
		s->names = cmd_join(c, (struct zg_slice[]){ s->names, s->names.n ? ZG_S(", ") : ZG_S(""), name }, 3);
	else if (s->missing == NAMES_TOLD)
		s->names = cmd_join(c, (struct zg_slice[]){ s->names, ZG_S(", ...") }, 2);
	s->missing++;
	s->waiting += is_waiting;
	return STORE_OK;
}

static enum store_rc search_all(struct search *s)
{
	struct zg_slice *names, after = ZG_S("");
	size_t count = PAGE;
	enum store_rc rc = STORE_OK;
	struct stat st;

	while (rc == STORE_OK && count == PAGE) {
		rc = store_spool_list(s->store, after, PAGE, &s->p->c->arena, &names, &count);
		for (size_t i = 0; rc == STORE_OK && i < count; i++) {
			after = names[i];
			if (s->folder < 0 || fstatat(s->folder, cmd_cstr(s->p->c, after), &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
				rc = search_missing(s, after);
		}
		s->named += rc == STORE_OK ? count : 0;
	}
	return rc;
}

static int search_told(struct search *s, struct zg_slice where)
{
	const struct zg_slice args[] = { cmd_num(s->p->c, s->missing), cmd_num(s->p->c, s->waiting), s->names };

	if (s->missing)
		return cmd_fail_args(s->p->c, CMD_UNUSABLE, where, WORD_DOCTOR_SPOOL_MISSING, args, 3);
	if (s->folder < 0)
		doctor_well(s->p, where, WORD_DOCTOR_NO_SPOOL, CMD_NOTHING);
	else
		doctor_well(s->p, where, WORD_DOCTOR_SPOOL, cmd_num(s->p->c, s->named));
	return CMD_GOOD;
}

static int search_store(struct patient *p, struct zg_slice where, int folder)
{
	struct search s = { .p = p, .folder = folder };
	struct admin a;
	enum store_rc rc;
	int status = admin_open(p->c, STORE_READ, &a);

	if (status == CMD_GOOD) {
		s.store = a.store;
		rc = search_all(&s);
		status = rc == STORE_OK ? search_told(&s, where) : admin_fail_store(&a, rc, zg_slice_cstr(store_why(a.store)->text));
	}
	admin_close(&a);
	return status;
}

int doctor_spool(struct patient *p)
{
	struct zg_slice path = cmd_join(p->c, (struct zg_slice[]){ p->settings.conf.state, ZG_S("/spool") }, 2);
	int folder, status = CMD_GOOD;
	struct stat st;

	if (!p->has_state)
		return CMD_GOOD;
	folder = open(cmd_cstr(p->c, path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 && errno == ENOTDIR)
		return cmd_fail(p->c, CMD_UNUSABLE, path, WORD_DOCTOR_SPOOL_KIND, path, CMD_NOTHING);
	if (folder < 0 && errno != ENOENT)
		return cmd_fail_errno(p->c, CMD_UNUSABLE, path, WORD_INPUT_OPEN, errno, CMD_NOTHING);
	if (folder >= 0 && fstat(folder, &st) == 0)
		status = check_owner(p, path, &st);
	if (status == CMD_GOOD && p->has_store)
		status = search_store(p, path, folder);
	if (folder >= 0)
		(void)close(folder);	/* it was only a way */
	return status;
}
