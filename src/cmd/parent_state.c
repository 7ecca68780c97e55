/* parent_state.c - the state folder, the master key's first day, and the certificate of --dev.
 *
 * What must read the database or make a key is done by a child that ends at once: the parent itself opens no
 * database and holds no private key. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/secret.h"
#include "cmd/folder.h"
#include "cmd/master.h"
#include "cmd/parent_setup.h"
#include "io/sandbox.h"
#include "io/tls.h"
#include "store/store.h"

#define PEM_MAX 8192u		/* octets of a certificate or key that is made here */

static int owner_fail(struct cmd *c, const struct settings *s, struct zg_slice path, int error)
{
	const struct zg_slice args[] = { cmd_errno_text(c, error), s->conf.user, path };

	return cmd_fail_args(c, CMD_UNUSABLE, path, WORD_SERVE_STATE_OWNER, args, 3);
}

/* What stands in the folder may have come back from a backup as root's.  It is not given away here: in a folder that the
 * relay owns, a name says nothing of what stands behind it. */
static int check_owned(struct cmd *c, const struct settings *s)
{
	struct zg_slice db = zg_slice_sub(s->conf.store_url, sizeof("sqlite:") - 1, s->conf.store_url.n);
	const struct zg_slice paths[] = {	/* the spool last: a file in its place is told by the relay */
		db, cmd_join(c, (struct zg_slice[]){ db, ZG_S("-wal") }, 2), cmd_join(c, (struct zg_slice[]){ db, ZG_S("-shm") }, 2),
		cmd_join(c, (struct zg_slice[]){ s->conf.state, ZG_S("/spool") }, 2),
	};
	const size_t count = sizeof(paths) / sizeof(paths[0]);
	struct stat st;

	for (size_t i = 0; i < count; i++)
		if (lstat(cmd_cstr(c, paths[i]), &st) == 0 && st.st_uid == 0 && (i + 1 < count || S_ISDIR(st.st_mode)))
			return owner_fail(c, s, paths[i], EACCES);
	return CMD_GOOD;
}

int parent_state_make(struct cmd *c, const struct settings *s, const struct parent_users *u)
{
	struct zg_slice state = s->conf.state;
	const char *path = cmd_cstr(c, state);
	struct stat st;

	if (folder_make(path, u->relay, u->relay_group) < 0)
		return errno == EACCES ? owner_fail(c, s, state, errno) :
		       cmd_fail_errno(c, CMD_UNUSABLE, state, WORD_SERVE_STATE_MAKE, errno, state);
	if (stat(path, &st) < 0)
		return cmd_fail_errno(c, CMD_UNUSABLE, state, WORD_SERVE_STATE_MAKE, errno, state);
	if (!S_ISDIR(st.st_mode))
		return cmd_fail_errno(c, CMD_UNUSABLE, state, WORD_SERVE_STATE_MAKE, ENOTDIR, state);
	if (u->relay != (uid_t)-1 && st.st_uid != u->relay)
		return owner_fail(c, s, state, EACCES);
	if (u->relay == (uid_t)-1 && access(path, R_OK | W_OK | X_OK) < 0)
		return cmd_fail_errno(c, CMD_UNUSABLE, state, WORD_SERVE_STATE_MAKE, errno, state);
	return u->relay != (uid_t)-1 ? check_owned(c, s) : CMD_GOOD;
}

/* The exit status of a child that runs no longer than it must; -1 where it did not come to its end. */
static int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In a child, as the relay's user: does the database hold a data key?  One that cannot be read holds none; the
 * relay says why. */
static int holds_keys(struct cmd *c, const struct settings *s, const struct parent_users *u)
{
	struct store_company *v = NULL;
	struct store_error why;
	struct store *store;
	size_t count = 0;

	if (sandbox_user(u->relay, u->relay_group) < 0 || store_open(s->conf.store_url, STORE_READ, &store, &why) != STORE_OK)
		return 0;
	if (store_company_list(store, &c->arena, &v, &count) == STORE_OK)
		for (size_t i = 0; i < count; i++)
			if (v[i].sealed_dek.n)
				return 1;
	return 0;
}

static void report_nothing(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	(void)c;
	(void)where;
	(void)text;
}

static int master_try(struct cmd *c, const struct settings *s, enum master_mode mode)
{
	unsigned char key[VAULT_MASTER_SIZE];
	int status = master_read(c, s, mode, key);

	zg_secret_wipe_bytes(key, sizeof(key));
	return status;
}

int parent_master_make(struct cmd *c, const struct settings *s, const struct parent_users *u)
{
	enum master_mode mode = MASTER_MAKE;
	struct zg_slice file = zg_slice_sub(s->conf.store_url, sizeof("sqlite:") - 1, s->conf.store_url.n);
	int status;
	pid_t pid;

	c->report = report_nothing;	/* nearly always it is there, and nothing more is to be asked */
	status = master_try(c, s, MASTER_NEED);
	c->report = NULL;
	if (status == CMD_GOOD)
		return status;
	if (access(cmd_cstr(c, file), F_OK) == 0) {	/* at the first start there is none */
		pid = fork();
		if (pid == 0)
			_exit(holds_keys(c, s, u));
		if (pid > 0 && child_status(pid) == 1)
			mode = MASTER_NEED;
	}
	return master_try(c, s, mode);
}

/* --- the certificate of --dev --- */

static int file_write(const char *path, struct zg_slice text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode), rc = -1;

	if (fd < 0)
		return -1;
	if (write(fd, text.p, text.n) == (ssize_t)text.n)
		rc = 0;
	return close(fd) < 0 ? -1 : rc;
}

/* In a child: makes both files; the exit status is an errno. */
static int certificate_write(struct zg_slice host, const char *certificate, const char *key)
{
	char mem[2][PEM_MAX];
	struct zg_buf c = zg_buf_of(mem[0], PEM_MAX), k = zg_buf_of(mem[1], PEM_MAX);

	if (tls_self_signed(host, &c, &k) < 0)
		return ENOMEM;
	if (file_write(key, zg_buf_slice(&k), S_IRUSR | S_IWUSR) < 0)
		return errno;
	return file_write(certificate, zg_buf_slice(&c), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) < 0 ? errno : 0;
}

/* What --dev listens on where nothing is said offers STARTTLS too.  Does anything ask for a certificate? */
static bool offer_tls(struct settings *s)
{
	bool has_tls = false;

	for (size_t i = 0; i < s->conf.listen_count; i++) {
		struct conf_listen *l = &s->conf.listen[i];

		if (zg_slice_eq(l->text, ZG_S("127.0.0.1:1025"))) {
			l->text = ZG_S("127.0.0.1:1025 starttls");
			l->tls = CONF_TLS_STARTTLS;
		}
		has_tls = has_tls || l->tls != CONF_TLS_NONE;
	}
	return has_tls;
}

int parent_certificate_make(struct cmd *c, struct zg_arena *a, struct settings *s)
{
	struct zg_slice certificate, key;
	const char *certificate_path, *key_path;
	int status = 0;
	pid_t pid;

	if (!s->is_dev || s->conf.certificate.n || !offer_tls(s))
		return CMD_GOOD;
	certificate = zg_arena_dup(a, cmd_join(c, (struct zg_slice[]){ s->conf.state, ZG_S("/dev-certificate.pem") }, 2));
	key = zg_arena_dup(a, cmd_join(c, (struct zg_slice[]){ s->conf.state, ZG_S("/dev-key.pem") }, 2));
	certificate_path = cmd_cstr(c, certificate);
	key_path = cmd_cstr(c, key);
	if (access(certificate_path, F_OK) < 0 || access(key_path, F_OK) < 0) {
		pid = fork();
		if (pid == 0)
			_exit(certificate_write(s->conf.hostname, certificate_path, key_path));
		status = pid < 0 ? errno : child_status(pid);
	}
	if (status != 0)
		return cmd_fail_errno(c, CMD_UNUSABLE, certificate, WORD_SERVE_CERTIFICATE_MAKE, status, s->conf.state);
	s->conf.certificate = certificate;
	s->conf.key = key;
	return CMD_GOOD;
}
