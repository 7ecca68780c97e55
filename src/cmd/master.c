/* master.c - finding, making and reading the master key. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hex.h"
#include "base/secret.h"
#include "cmd/master.h"
#include "io/clock.h"

#define TEXT_SIZE (VAULT_MASTER_SIZE * 2)	/* hexadecimal digits */
#define FILE_SIZE 256u				/* octets, of which no file has as many: digits, and what an editor adds */
#define CREDENTIAL_DEFAULT "zegel-master"	/* systemd.exec(5), LoadCredential= in the unit */
#define SERVICE_FOLDER "/run/credentials/zegel.service"

static const struct zg_slice credential_word = ZG_SI("credential:"), file_word = ZG_SI("file:");

/* --- where it is --------------------------------------------------------------------------------------------- */

/* The file of that name in the first of the folders that has one. */
static const char *look_in(struct cmd *c, const struct zg_slice *folders, size_t count, struct zg_slice name)
{
	for (size_t i = 0; i < count; i++) {
		const char *path = cmd_cstr(c, cmd_join(c, (struct zg_slice[]){ folders[i], ZG_S("/"), name }, 3));

		if (folders[i].n && access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

/* What systemd gives to this process, or (is_beside) to the service that this one is run beside. */
static const char *look_given(struct cmd *c, bool is_beside, struct zg_slice name)
{
	const struct zg_slice folders[] = { zg_slice_cstr(getenv("CREDENTIALS_DIRECTORY")), ZG_S(SERVICE_FOLDER) };

	return look_in(c, folders, is_beside ? 2 : 1, name);
}

/* The configuration that the unit names? */
static bool is_of_service(const struct cmd *c, const struct settings *s)
{
	return !s->is_dev && !cmd_has(c, CMD_OPT_STATE) && (!s->path.n || zg_slice_eq(s->path, ZG_S(SETTINGS_PATH)));
}

/* Relay and vault have users of their own, so the key must be safe from the relay's.  The real user is asked: a command of
 * root's may have the relay's rights just now. */
static bool is_guarded(const struct settings *s)
{
	return getuid() == 0 && !s->is_dev;
}

/* The folder of path: all before its last slash. */
static struct zg_slice folder_of(struct zg_slice path)
{
	size_t at = zg_slice_rfind(path, '/');

	if (at == path.n)
		return ZG_S(".");
	return at ? zg_slice_sub(path, 0, at) : ZG_S("/");
}

static const char *default_file(struct cmd *c, const struct settings *s)
{
	struct zg_slice folder = s->conf.state, file = is_guarded(s) ? ZG_S("/vault/master.key") : ZG_S("/master.key");

	if (!s->is_dev && !cmd_has(c, CMD_OPT_STATE)) {
		folder = folder_of(s->path.n ? s->path : ZG_S(SETTINGS_PATH));
		file = ZG_S("/master.key");
	}
	return cmd_cstr(c, cmd_join(c, (struct zg_slice[]){ folder, file }, 2));
}

static struct master_place find_credential(struct cmd *c, struct zg_slice name)
{
	const struct zg_slice kept[] = { ZG_S("/etc/credstore"), ZG_S("/run/credstore") };
	struct master_place p = { .path = look_given(c, true, name), .name = name, .is_given = true };

	if (p.path)
		return p;
	p.is_given = false;
	p.path = look_in(c, kept, 2, name);
	return p;
}

struct master_place master_find(struct cmd *c, const struct settings *s)
{
	struct zg_slice from = s->conf.master_key;
	struct master_place p = { .name = ZG_S(CREDENTIAL_DEFAULT), .is_given = true };

	if (zg_slice_starts(from, credential_word))
		return find_credential(c, zg_slice_sub(from, credential_word.n, from.n));
	if (from.n)
		return (struct master_place){ .path = cmd_cstr(c, zg_slice_sub(from, file_word.n, from.n)) };
	p.path = look_given(c, is_of_service(c, s), p.name);
	return p.path ? p : (struct master_place){ .path = default_file(c, s), .is_default = true };
}

const char *master_kept(struct cmd *c, struct zg_slice name)
{
	const struct zg_slice folders[] = {
		ZG_S("/etc/credstore.encrypted"), ZG_S("/run/credstore.encrypted"), ZG_S("/etc/credstore"), ZG_S("/run/credstore"),
	};

	return look_in(c, folders, sizeof(folders) / sizeof(folders[0]), name);
}

struct zg_slice master_kept_name(struct cmd *c, const struct settings *s)
{
	struct zg_slice from = s->conf.master_key;

	if (zg_slice_starts(from, credential_word))
		return zg_slice_sub(from, credential_word.n, from.n);
	return !from.n && is_of_service(c, s) ? ZG_S(CREDENTIAL_DEFAULT) : CMD_NOTHING;
}

/* --- its folder ---------------------------------------------------------------------------------------------- */

/* Opens the folder of the key, which is to be root's alone; *ret is -1 where there is none. */
static int folder_open(struct cmd *c, const struct settings *s, const struct master_place *p, int flags, int *ret)
{
	struct zg_slice folder = folder_of(zg_slice_cstr(p->path));
	struct stat st;

	*ret = open(cmd_cstr(c, folder), flags | O_DIRECTORY | O_CLOEXEC);
	if (*ret < 0)
		return errno == ENOENT ? CMD_GOOD : cmd_fail_errno(c, CMD_UNUSABLE, folder, WORD_INPUT_OPEN, errno, CMD_NOTHING);
	if (p->is_given || !is_guarded(s))
		return CMD_GOOD;
	if (fstat(*ret, &st) == 0 && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return CMD_GOOD;
	(void)close(*ret);	/* nothing was written by it */
	*ret = -1;
	return cmd_fail(c, CMD_UNUSABLE, zg_slice_cstr(p->path), WORD_MASTER_FOLDER, folder, CMD_NOTHING);
}

static const char *base_of(const char *path)
{
	struct zg_slice s = zg_slice_cstr(path);
	size_t at = zg_slice_rfind(s, '/');

	return at == s.n ? path : path + at + 1;
}

/* --- making it ----------------------------------------------------------------------------------------------- */

/* Writes the digits of a new key to a file that nobody else sees, whole and on disk. */
static int write_new(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR), rc = -1;

	if (fd < 0)
		return -1;
	if (write(fd, text, TEXT_SIZE + 1) == TEXT_SIZE + 1 && fsync(fd) == 0)
		rc = 0;
	if (close(fd) < 0)
		rc = -1;
	return rc;
}

/* Whole or not at all: a file beside it is linked to its name.  Another who was faster is well too. */
static int link_new(int folder, const char *name, const char *text)
{
	char beside[NAME_MAX + 1];
	int rc, error;

	errno = ENAMETOOLONG;
	if (snprintf(beside, sizeof(beside), "%s.%ld", name, (long)getpid()) >= (int)sizeof(beside))
		return -1;
	rc = write_new(folder, beside, text);
	if (rc == 0 && linkat(folder, beside, folder, name, 0) < 0 && errno != EEXIST)
		rc = -1;
	error = errno;
	/* Under its own name it stays; a copy that cannot be removed is as closed as the file itself. */
	(void)unlinkat(folder, beside, 0);
	errno = error;
	return rc == 0 ? fsync(folder) : rc;
}

static int make_file(struct cmd *c, const struct settings *s, const struct master_place *p)
{
	struct zg_slice where = zg_slice_cstr(p->path), folder = folder_of(where);
	unsigned char key[VAULT_MASTER_SIZE];
	char text[TEXT_SIZE + 1];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	int fd = -1, status, rc = -1, error = ENOENT;

	if (p->is_default && zg_slice_starts(folder, s->conf.state))	/* the one that is there for the key alone */
		(void)mkdir(cmd_cstr(c, folder), S_IRWXU);	/* opened next, which tells */
	status = folder_open(c, s, p, O_RDONLY, &fd);
	if (status != CMD_GOOD)
		return status;
	if (fd >= 0) {
		clock_random(key, sizeof(key));
		/* A slice of a secret, once: it is written as digits and wiped. */
		zg_hex_encode(zg_slice_of(key, sizeof(key)), &b);
		zg_buf_putc(&b, '\n');
		rc = link_new(fd, base_of(p->path), text);
		error = errno;
		(void)close(fd);	/* it was synced */
		zg_secret_wipe_bytes(key, sizeof(key));
		zg_secret_wipe_bytes(text, sizeof(text));
	}
	return rc == 0 ? CMD_GOOD : cmd_fail_errno(c, CMD_UNUSABLE, where, WORD_MASTER_MAKE, error, folder);
}

/* --- reading it ---------------------------------------------------------------------------------------------- */

static bool is_owned(const struct settings *s, const struct stat *st)
{
	if (getuid() != 0)
		return st->st_uid == getuid();
	return st->st_uid == 0 || s->is_dev;
}

static int check_opened(struct cmd *c, const struct settings *s, const struct master_place *p, int fd)
{
	struct zg_slice where = zg_slice_cstr(p->path);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cmd_fail_errno(c, CMD_UNUSABLE, where, WORD_INPUT_OPEN, errno, CMD_NOTHING);
	if (!S_ISREG(st.st_mode))
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_MASTER_KIND, CMD_NOTHING, CMD_NOTHING);
	if (p->is_given)
		return CMD_GOOD;
	if (!is_owned(s, &st))
		return cmd_fail(c, CMD_UNUSABLE, where, getuid() == 0 ? WORD_MASTER_OWNER : WORD_MASTER_OWNER_SELF, where, CMD_NOTHING);
	if (st.st_mode & (S_ISUID | S_ISGID | S_ISVTX | S_IXUSR | S_IRWXG | S_IRWXO))
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_MASTER_RIGHTS, where, CMD_NOTHING);
	return CMD_GOOD;
}

/* Opens it, and looks at what was opened; *ret is -1 where it is not there. */
static int key_open(struct cmd *c, const struct settings *s, const struct master_place *p, int *ret)
{
	int folder, fd, error, status = folder_open(c, s, p, O_PATH, &folder);

	*ret = -1;
	if (status != CMD_GOOD || folder < 0)
		return status;
	/* Not to wait for a writer, where it is a pipe. */
	fd = openat(folder, base_of(p->path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	error = errno;
	(void)close(folder);	/* it was only a way */
	if (fd < 0 && error == ENOENT)
		return CMD_GOOD;
	if (fd < 0 && error == ELOOP)
		return cmd_fail(c, CMD_UNUSABLE, zg_slice_cstr(p->path), WORD_MASTER_KIND, CMD_NOTHING, CMD_NOTHING);
	if (fd < 0)
		return cmd_fail_errno(c, CMD_UNUSABLE, zg_slice_cstr(p->path), WORD_INPUT_OPEN, error, CMD_NOTHING);
	status = check_opened(c, s, p, fd);
	if (status == CMD_GOOD)
		*ret = fd;
	else
		(void)close(fd);	/* nothing was read */
	return status;
}

/* Reads it from fd, and closes that. */
static int key_take(struct cmd *c, const char *path, int fd, unsigned char *ret)
{
	unsigned char key[VAULT_MASTER_SIZE];
	char text[FILE_SIZE];
	struct zg_buf b = zg_buf_of(key, sizeof(key));
	size_t n = 0;
	ssize_t got;
	int error, status = CMD_GOOD;

	do {
		got = read(fd, text + n, sizeof(text) - n);
		n += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && n < sizeof(text)) || (got < 0 && errno == EINTR));
	error = errno;
	(void)close(fd);	/* it was only read */
	if (got < 0)
		status = cmd_fail_errno(c, CMD_UNUSABLE, zg_slice_cstr(path), WORD_INPUT_READ, error, CMD_NOTHING);
	else if (n == sizeof(text) || zg_hex_decode(zg_slice_trim(zg_slice_of(text, n)), &b) < 0 || b.n != VAULT_MASTER_SIZE)
		status = cmd_fail(c, CMD_UNUSABLE, zg_slice_cstr(path), WORD_MASTER_TEXT, CMD_NOTHING, CMD_NOTHING);
	else
		memcpy(ret, key, sizeof(key));
	zg_secret_wipe_bytes(key, sizeof(key));
	zg_secret_wipe_bytes(text, sizeof(text));
	return status;
}

/* Versions before this one kept it in the state folder; root's own file there is that one.  NULL: there is none. */
static const char *old_file(struct cmd *c, const struct settings *s, const struct master_place *p)
{
	const char *old = cmd_cstr(c, cmd_join(c, (struct zg_slice[]){ s->conf.state, ZG_S("/master.key") }, 2));
	struct stat st;

	return p->is_default && is_guarded(s) && lstat(old, &st) == 0 && st.st_uid == 0 ? old : NULL;
}

/* It is not there, and no other may be made: where it is, or is to be. */
static int fail_gone(struct cmd *c, const struct settings *s, const struct master_place *p)
{
	struct zg_slice where = zg_slice_cstr(p->path), name = master_kept_name(c, s);
	struct zg_slice old = zg_slice_cstr(old_file(c, s, p)), kept = zg_slice_cstr(name.n ? master_kept(c, name) : NULL);

	if (kept.n)
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_MASTER_KEPT, name, kept);
	if (old.n)
		return cmd_fail_args(c, CMD_UNUSABLE, old, WORD_MASTER_MOVED, (struct zg_slice[]){ old, where, folder_of(where) }, 3);
	return cmd_fail(c, CMD_UNUSABLE, where, WORD_MASTER_GONE, CMD_NOTHING, CMD_NOTHING);
}

/* Not where there is one elsewhere. */
static bool may_make(struct cmd *c, const struct settings *s, const struct master_place *p)
{
	struct zg_slice name = master_kept_name(c, s);

	return !p->name.n && !old_file(c, s, p) && !(name.n && master_kept(c, name));
}

int master_read(struct cmd *c, const struct settings *s, enum master_mode mode, unsigned char *ret)
{
	struct master_place p = master_find(c, s);
	int fd = -1, status;

	if (!p.path)
		return cmd_fail(c, CMD_UNUSABLE, p.name, WORD_MASTER_CREDENTIAL, p.name, CMD_NOTHING);
	status = key_open(c, s, &p, &fd);
	if (status == CMD_GOOD && fd < 0 && mode == MASTER_MAKE && may_make(c, s, &p)) {
		status = make_file(c, s, &p);
		if (status == CMD_GOOD)
			status = key_open(c, s, &p, &fd);
	}
	if (status == CMD_GOOD && fd < 0)
		status = fail_gone(c, s, &p);
	return status == CMD_GOOD ? key_take(c, p.path, fd, ret) : status;
}

int master_fail_other(struct cmd *c, const struct settings *s)
{
	struct master_place p = master_find(c, s);

	return cmd_fail(c, CMD_UNUSABLE, p.path ? zg_slice_cstr(p.path) : p.name, WORD_MASTER_OTHER, CMD_NOTHING, CMD_NOTHING);
}
