/* test_master.c - where the master key is looked for, and which files are taken for it.
 *
 * A folder of its own stands for /etc/zegel, with its configuration in it.  By root the file and its folder must be root's: what
 * another user could have put there is refused. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "cmd/master.h"
#include "io/heap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OTHER 65534u		/* a user who is neither root nor us */
#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct scene {
	char folder[64], config[96], state[96], key[96];
	struct cmd cmd;
	struct settings settings;
	struct zg_slice where, said;	/* of the last error */
	unsigned errors;
};

static void hear(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	struct scene *s = c->report_ctx;

	s->where = where;
	s->said = text;
	s->errors++;
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_true(snprintf(s->folder, sizeof(s->folder), "/tmp/test_master.XXXXXX") > 0);
	assert_non_null(mkdtemp(s->folder));
	assert_true(snprintf(s->config, sizeof(s->config), "%s/zegel.conf", s->folder) > 0);
	assert_true(snprintf(s->state, sizeof(s->state), "%s/state", s->folder) > 0);
	assert_true(snprintf(s->key, sizeof(s->key), "%s/master.key", s->folder) > 0);
	assert_int_equal(mkdir(s->state, 0700), 0);
	zg_arena_init(&s->cmd.arena, &io_heap, 1u << 20);
	s->cmd.report = hear;
	s->cmd.report_ctx = s;
	s->settings.path = zg_slice_cstr(s->config);
	s->settings.conf.state = zg_slice_cstr(s->state);
	*state = s;
	return 0;
}

static int forget(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	assert_int_equal(nftw(s->folder, forget, 8, FTW_DEPTH | FTW_PHYS), 0);
	zg_arena_reset(&s->cmd.arena);
	free(s);
	return 0;
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void is_said(const struct scene *s, const char *proves, int status, const char *says)
{
	if (says ? status != CMD_UNUSABLE || s->errors != 1 || zg_slice_find_slice(s->said, zg_slice_cstr(says)) == s->said.n :
	    status != CMD_GOOD || s->errors)
		fail_msg("%s: %d, %u errors: " ZG_FMT ": " ZG_FMT, proves, status, s->errors, ZG_ARG(s->where), ZG_ARG(s->said));
}

static void files_that_are_a_key(void **state)
{
	static const struct { const char *proves, *text; mode_t mode; const char *says; } rows[] = {
		{ "digits", DIGITS "\n", 0600, NULL },
		{ "not to be written", DIGITS "\n", 0400, NULL },
		{ "without a line end, and with what an editor adds", " " DIGITS " \r\n\n", 0600, NULL },
		{ "its group can read it", DIGITS "\n", 0640, "chmod 600" },
		{ "all can read it", DIGITS "\n", 0604, "chmod 600" },
		{ "others can write it", DIGITS "\n", 0602, "chmod 600" },
		{ "a program", DIGITS "\n", 0700, "chmod 600" },
		{ "it changes who runs it", DIGITS "\n", 04600, "chmod 600" },
		{ "nothing", "", 0600, "64 hexadecimal" },
		{ "a digit too few", "00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600, "64 hexadecimal" },
		{ "two too many", DIGITS "20\n", 0600, "64 hexadecimal" },
		{ "two keys", DIGITS "\n" DIGITS "\n", 0600, "64 hexadecimal" },
		{ "words", "the master key of this house is none that anybody could guess, no\n", 0600, "64 hexadecimal" },
		{ "longer than is looked at", DIGITS "                                                                               "
		  "                                                                                                             "
		  "                                                                                                      \n", 0600,
		  "64 hexadecimal" },
	};
	static const unsigned char zeros[VAULT_MASTER_SIZE];
	struct scene *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char key[VAULT_MASTER_SIZE] = { 0 };
		int status;

		put(s->key, rows[i].text, rows[i].mode);
		s->errors = 0;
		status = master_read(&s->cmd, &s->settings, MASTER_NEED, key);
		is_said(s, rows[i].proves, status, rows[i].says);
		if (!rows[i].says && (key[0] != 0 || key[1] != 1 || key[31] != 31))
			fail_msg("%s: another key", rows[i].proves);
		if (rows[i].says && memcmp(key, zeros, sizeof(zeros)) != 0)
			fail_msg("%s: some of it was given", rows[i].proves);
		assert_int_equal(unlink(s->key), 0);
	}
}

static void make_link(struct scene *s)
{
	char real[128];

	assert_true(snprintf(real, sizeof(real), "%s/real", s->folder) > 0);
	put(real, DIGITS "\n", 0600);
	assert_int_equal(symlink(real, s->key), 0);
}

static void make_pipe(struct scene *s)
{
	assert_int_equal(mkfifo(s->key, 0600), 0);	/* nobody writes: who would wait, would wait for ever */
}

static void make_folder(struct scene *s)
{
	assert_int_equal(mkdir(s->key, 0700), 0);
}

static void what_is_no_file(void **state)
{
	static const struct { const char *proves; void (*make)(struct scene *s); } rows[] = {
		{ "a link to a good one", make_link }, { "a pipe", make_pipe }, { "a folder", make_folder },
	};
	unsigned char key[VAULT_MASTER_SIZE];
	struct scene *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		rows[i].make(s);
		for (enum master_mode mode = MASTER_MAKE; mode <= MASTER_NEED; mode++) {
			s->errors = 0;
			is_said(s, rows[i].proves, master_read(&s->cmd, &s->settings, mode, key), "must be a file");
		}
		assert_int_equal(remove(s->key), 0);
	}
}

/* What another user could have put there, or could take away. */
static void what_is_not_roots(void **state)
{
	static const struct { const char *proves; uid_t file, folder; mode_t mode; bool is_dev; const char *says; } rows[] = {
		{ "root's in root's", 0, 0, 0755, false, NULL },
		{ "another's file", OTHER, 0, 0755, false, "chown root" },
		{ "a folder of another", 0, OTHER, 0755, false, "could take the master key away" },
		{ "a folder that its group can write", 0, 0, 0775, false, "could take the master key away" },
		{ "a folder that all can write", 0, 0, 01777, false, "could take the master key away" },
		{ "with --dev nobody is told apart", OTHER, OTHER, 0777, true, NULL },
	};
	unsigned char key[VAULT_MASTER_SIZE];
	struct scene *s = *state;

	if (geteuid() != 0) {	/* as any user: a file of another one cannot even be made here */
		put(s->key, DIGITS, 0600);
		is_said(s, "one's own", master_read(&s->cmd, &s->settings, MASTER_NEED, key), NULL);
		return;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path;

		path = rows[i].is_dev ? cmd_cstr(&s->cmd, cmd_join(&s->cmd, (struct zg_slice[]){ s->settings.conf.state,
			ZG_S("/master.key") }, 2)) : s->key;
		s->settings.is_dev = rows[i].is_dev;
		put(path, DIGITS, 0600);
		assert_int_equal(chown(path, rows[i].file, 0), 0);
		assert_int_equal(chown(rows[i].is_dev ? s->state : s->folder, rows[i].folder, 0), 0);
		assert_int_equal(chmod(rows[i].is_dev ? s->state : s->folder, rows[i].mode), 0);
		s->errors = 0;
		is_said(s, rows[i].proves, master_read(&s->cmd, &s->settings, MASTER_NEED, key), rows[i].says);
	}
}

/* Is made once, whole, and not where it must be there; nor in a folder where it could be taken away. */
static void it_is_made(void **state)
{
	unsigned char first[VAULT_MASTER_SIZE], second[VAULT_MASTER_SIZE];
	struct scene *s = *state;
	struct stat st;

	is_said(s, "it must be there", master_read(&s->cmd, &s->settings, MASTER_NEED, first), "put its copy back");
	assert_int_equal(stat(s->key, &st), -1);
	s->errors = 0;
	is_said(s, "made", master_read(&s->cmd, &s->settings, MASTER_MAKE, first), NULL);
	assert_int_equal(stat(s->key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	is_said(s, "the same again", master_read(&s->cmd, &s->settings, MASTER_MAKE, second), NULL);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_equal(unlink(s->key), 0);
	is_said(s, "another one", master_read(&s->cmd, &s->settings, MASTER_MAKE, second), NULL);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(unlink(s->key), 0);
	s->settings.conf.master_key = ZG_S("file:/nonexistent/master.key");
	is_said(s, "no folder", master_read(&s->cmd, &s->settings, MASTER_MAKE, second), "/nonexistent");
	s->settings.conf.master_key = CMD_NOTHING;
	if (geteuid() == 0) {
		assert_int_equal(chmod(s->folder, 0777), 0);
		s->errors = 0;
		is_said(s, "a folder of all", master_read(&s->cmd, &s->settings, MASTER_MAKE, second), "could take the master key away");
		assert_int_equal(stat(s->key, &st), -1);
	}
}

static void where_it_is(void **state)
{
	static const struct { const char *proves; bool is_dev, has_state, has_config; const char *own, *root; } rows[] = {
		{ "beside the configuration", false, false, true, "master.key", "master.key" },
		{ "--dev: in the state folder", true, false, true, "state/master.key", "state/master.key" },
		{ "--state: there, by root in a folder of its own", false, true, true, "state/master.key", "state/vault/master.key" },
		{ "no configuration at all: where it would be", false, false, false, "/etc/zegel/master.key", "/etc/zegel/master.key" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *wanted = geteuid() == 0 ? rows[i].root : rows[i].own;
		struct master_place p;
		char path[128];

		s->settings.is_dev = rows[i].is_dev;
		s->settings.path = rows[i].has_config ? zg_slice_cstr(s->config) : CMD_NOTHING;
		s->cmd.options[CMD_OPT_STATE] = rows[i].has_state ? s->state : NULL;
		p = master_find(&s->cmd, &s->settings);
		assert_true(snprintf(path, sizeof(path), "%s/%s", s->folder, wanted) > 0);
		if (strcmp(p.path, wanted[0] == '/' ? wanted : path) || p.name.n || p.is_given || !p.is_default)
			fail_msg("%s: %s", rows[i].proves, p.path);
	}
	s->settings.path = ZG_S("zegel.conf");
	s->cmd.options[CMD_OPT_STATE] = NULL;
	assert_string_equal(master_find(&s->cmd, &s->settings).path, "./master.key");
	s->settings.conf.master_key = ZG_S("file:/k");
	assert_string_equal(master_find(&s->cmd, &s->settings).path, "/k");
	assert_false(master_find(&s->cmd, &s->settings).is_default);
}

static void in_a_folder_of_its_own(void **state)
{
	unsigned char key[VAULT_MASTER_SIZE];
	struct scene *s = *state;
	char path[128];
	struct stat st;

	s->settings.path = CMD_NOTHING;
	s->cmd.options[CMD_OPT_STATE] = s->state;
	if (geteuid() == 0)	/* the relay's, who can write there */
		assert_int_equal(chown(s->state, OTHER, OTHER), 0);
	is_said(s, "made", master_read(&s->cmd, &s->settings, MASTER_MAKE, key), NULL);
	assert_true(snprintf(path, sizeof(path), "%s%s", s->state, geteuid() == 0 ? "/vault" : "") > 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void from_systemd(void **state)
{
	unsigned char key[VAULT_MASTER_SIZE];
	struct scene *s = *state;
	struct master_place p;
	char path[128];

	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", s->state, 1), 0);
	p = master_find(&s->cmd, &s->settings);
	assert_string_equal(p.path, s->key);	/* it gives none */
	assert_true(snprintf(path, sizeof(path), "%s/zegel-master", s->state) > 0);
	put(path, DIGITS, 0440);	/* as systemd gives it to a service with a user: closed by an access list */
	p = master_find(&s->cmd, &s->settings);
	assert_string_equal(p.path, path);
	assert_true(p.is_given && zg_slice_eq(p.name, ZG_S("zegel-master")));
	is_said(s, "given", master_read(&s->cmd, &s->settings, MASTER_MAKE, key), NULL);
	assert_int_equal(key[31], 31);
	s->settings.conf.master_key = ZG_S("credential:other");
	is_said(s, "not given", master_read(&s->cmd, &s->settings, MASTER_MAKE, key), "no credential of this name");
	s->settings.conf.master_key = ZG_S("credential:zegel-master");
	s->errors = 0;
	is_said(s, "named", master_read(&s->cmd, &s->settings, MASTER_NEED, key), NULL);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

/* It was kept in the state folder once: no new one is made while root's own is there; another's file there is nobody's key. */
static void an_earlier_place(void **state)
{
	unsigned char key[VAULT_MASTER_SIZE];
	struct scene *s = *state;
	char path[128];
	struct stat st;

	assert_true(snprintf(path, sizeof(path), "%s/master.key", s->state) > 0);
	put(path, DIGITS, 0600);
	if (geteuid() == 0) {
		for (enum master_mode mode = MASTER_MAKE; mode <= MASTER_NEED; mode++) {
			s->errors = 0;
			is_said(s, "as it was", master_read(&s->cmd, &s->settings, mode, key), "mkdir -p ");
			assert_true(zg_slice_eq(s->where, zg_slice_cstr(path)));
		}
		assert_int_equal(chown(path, OTHER, OTHER), 0);
	}
	s->errors = 0;
	is_said(s, "nobody's", master_read(&s->cmd, &s->settings, MASTER_MAKE, key), NULL);
	assert_int_equal(stat(s->key, &st), 0);
}

int main(void)
{
#define ON(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ON(files_that_are_a_key), ON(what_is_no_file), ON(what_is_not_roots), ON(it_is_made), ON(where_it_is),
		ON(in_a_folder_of_its_own), ON(from_systemd), ON(an_earlier_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
