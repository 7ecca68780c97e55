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
#include "cmd/input.h"
#include "cmd/master.h"
#include "io/clock.h"

#define TEXT_SIZE (VAULT_MASTER_SIZE * 2)	/* hexadecimal digits */
#define CREDENTIAL_DEFAULT "zegel-master"	/* systemd.exec(5), LoadCredential= in the unit */

static const struct zg_slice credential_word = ZG_SI("credential:"), file_word = ZG_SI("file:");

/* The file of a credential: systemd's own, or for a command beside the service, where systemd takes it from. */
static const char *find_credential(struct cmd *c, struct zg_slice name)
{
	const struct zg_slice folders[] = {
		zg_slice_cstr(getenv("CREDENTIALS_DIRECTORY")), ZG_S("/run/credentials/zegel.service"), ZG_S("/etc/credstore"),
		ZG_S("/run/credstore"),
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *path = cmd_cstr(c, cmd_join(c, (struct zg_slice[]){ folders[i], ZG_S("/"), name }, 3));

		if (folders[i].n && access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

/* Writes the digits of a new key to a file that nobody else sees, whole and on disk. */
static int write_new(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR), rc = -1;

	if (fd < 0)
		return -1;
	if (write(fd, text, TEXT_SIZE + 1) == TEXT_SIZE + 1 && fsync(fd) == 0)
		rc = 0;
	if (close(fd) < 0)
		rc = -1;
	return rc;
}

static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	struct zg_slice s = zg_slice_cstr(path);
	int fd, rc;

	s = zg_slice_sub(s, 0, zg_slice_rfind(s, '/'));
	if (snprintf(folder, sizeof(folder), ZG_FMT "/", ZG_ARG(s)) >= (int)sizeof(folder))
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	return close(fd) < 0 ? -1 : rc;
}

/* Makes the file, whole or not at all: a file beside it is linked to its name.  Another who was faster is well too. */
static int make_file(struct cmd *c, const char *path)
{
	unsigned char key[VAULT_MASTER_SIZE];
	char text[TEXT_SIZE + 1], beside[PATH_MAX];
	struct zg_buf b = zg_buf_of(text, sizeof(text));
	int rc = -1, error = ENAMETOOLONG;

	clock_random(key, sizeof(key));
	/* A slice of a secret, once: it is written as digits and wiped. */
	zg_hex_encode(zg_slice_of(key, sizeof(key)), &b);
	zg_buf_putc(&b, '\n');
	if (snprintf(beside, sizeof(beside), "%s.%ld", path, (long)getpid()) < (int)sizeof(beside)) {
		rc = write_new(beside, text);
		if (rc == 0 && link(beside, path) < 0 && errno != EEXIST)
			rc = -1;
		error = errno;
		/* Under its own name it stays; a copy that cannot be removed is as closed as the file itself. */
		(void)unlink(beside);
		if (rc == 0)
			rc = sync_folder(path);
	}
	zg_secret_wipe_bytes(key, sizeof(key));
	zg_secret_wipe_bytes(text, sizeof(text));
	return rc == 0 ? CMD_GOOD : cmd_fail_errno(c, CMD_UNUSABLE, zg_slice_cstr(path), WORD_MASTER_MAKE, error, CMD_NOTHING);
}

/* A file, not a credential of systemd's: of nobody else, and closed to all others. */
static int check_rights(struct cmd *c, const struct settings *s, const char *path)
{
	struct zg_slice where = zg_slice_cstr(path);
	struct stat st;
	int status = settings_check_secret(c, where);

	if (status != CMD_GOOD)
		return status;
	if (geteuid() == 0 && !s->is_dev && stat(path, &st) == 0 && st.st_uid != 0)
		return cmd_fail(c, CMD_UNUSABLE, where, WORD_MASTER_OWNER, where, CMD_NOTHING);
	return CMD_GOOD;
}

static int read_file(struct cmd *c, const char *path, unsigned char *ret)
{
	struct input in;
	struct zg_buf b = zg_buf_of(ret, VAULT_MASTER_SIZE);
	int status = input_read(c, zg_slice_cstr(path), INPUT_SECRET_MAX, &in);

	if (status == CMD_GOOD && (zg_hex_decode(zg_slice_trim(input_text(&in)), &b) < 0 || b.n != VAULT_MASTER_SIZE))
		status = cmd_fail(c, CMD_UNUSABLE, zg_slice_cstr(path), WORD_MASTER_TEXT, CMD_NOTHING, CMD_NOTHING);
	input_done(&in);
	return status;
}

static int read_credential(struct cmd *c, struct zg_slice name, unsigned char *ret)
{
	const char *path = find_credential(c, name);

	if (!path)
		return cmd_fail(c, CMD_UNUSABLE, name, WORD_MASTER_CREDENTIAL, name, CMD_NOTHING);
	if (strncmp(path, "/etc/", 5) == 0 && settings_check_secret(c, zg_slice_cstr(path)) != CMD_GOOD)
		return CMD_UNUSABLE;
	return read_file(c, path, ret);
}

int master_read(struct cmd *c, const struct settings *s, enum master_mode mode, unsigned char *ret)
{
	struct zg_slice from = s->conf.master_key;
	const char *path;
	int status = CMD_GOOD;

	if (!from.n && getenv("CREDENTIALS_DIRECTORY") && find_credential(c, ZG_S(CREDENTIAL_DEFAULT)))
		return read_credential(c, ZG_S(CREDENTIAL_DEFAULT), ret);
	if (zg_slice_starts(from, credential_word))
		return read_credential(c, zg_slice_sub(from, credential_word.n, from.n), ret);
	path = from.n ? cmd_cstr(c, zg_slice_sub(from, file_word.n, from.n)) :
		cmd_cstr(c, cmd_join(c, (struct zg_slice[]){ s->conf.state, ZG_S("/master.key") }, 2));
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		if (mode == MASTER_NEED)
			return cmd_fail(c, CMD_UNUSABLE, zg_slice_cstr(path), WORD_MASTER_GONE, CMD_NOTHING, CMD_NOTHING);
		status = make_file(c, path);
	}
	if (status == CMD_GOOD)
		status = check_rights(c, s, path);
	return status == CMD_GOOD ? read_file(c, path, ret) : status;
}
