/* input.c - reading a whole file or standard input. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/secret.h"
#include "cmd/input.h"

#define FIRST 131072u	/* octets asked for where the size is not known: all of a secret fits */

/* A pipe with a name, for which somebody may write or nobody ever; not one of a shell's <(...), which is somebody's. */
static bool is_named_pipe(int fd)
{
	struct stat st;
	struct statfs fs;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fstatfs(fd, &fs) == 0 && fs.f_type != PIPEFS_MAGIC;
}

bool input_is_standard(struct zg_slice path)
{
	return !path.n || zg_slice_eq(path, ZG_S("-")) || zg_slice_eq(path, ZG_S("/dev/stdin"));
}

static int open_input(struct cmd *c, struct zg_slice path, struct input *in)
{
	int fd, error = 0;

	if (input_is_standard(path)) {
		in->where = lang_text(c->lang, WORD_INPUT_STANDARD);
		return STDIN_FILENO;
	}
	in->where = path;
	fd = open(cmd_cstr(c, path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && is_named_pipe(fd))
		(void)cmd_fail(c, CMD_UNUSABLE, path, WORD_INPUT_PIPE, CMD_NOTHING, CMD_NOTHING);	/* as below */
	else if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0)
		return fd;
	else
		error = errno;
	if (error)
		(void)cmd_fail_errno(c, CMD_UNUSABLE, path, WORD_INPUT_OPEN, error, CMD_NOTHING);	/* the caller answers the status */
	if (fd >= 0)
		(void)close(fd);	/* nothing was read */
	return -1;
}

/* What was read may be a secret: realloc would leave it where it lay. */
static int grow(struct input *in, size_t cap)
{
	char *p = malloc(cap);

	if (!p)
		return -1;
	if (in->p) {
		memcpy(p, in->p, in->n);
		zg_secret_wipe_bytes(in->p, in->n);
	}
	free(in->p);
	in->p = p;
	in->cap = cap;
	return 0;
}

/* Reads to the end; 0, or -1 with errno (EFBIG: over max). */
static int read_all(int fd, size_t max, struct input *in)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max) {
		errno = EFBIG;
		return -1;
	}
	/* One octet more than the file has: the read that finds the end needs room too. */
	if (grow(in, S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : FIRST) < 0)
		return -1;
	do {
		if (in->n == in->cap && grow(in, in->cap * 2) < 0)
			return -1;
		n = read(fd, in->p + in->n, in->cap - in->n);
		if (n > 0)
			in->n += (size_t)n;
		if (in->n > max) {
			errno = EFBIG;
			return -1;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : 0;
}

int input_read_told(struct cmd *c, struct zg_slice path, size_t max, enum lang_word too_long, struct input *ret)
{
	int fd, rc, error;

	*ret = (struct input){ .p = NULL };
	fd = open_input(c, path, ret);
	if (fd < 0)
		return CMD_UNUSABLE;
	rc = read_all(fd, max, ret);
	error = errno;
	if (fd != STDIN_FILENO)
		(void)close(fd);	/* it was only read */
	if (rc == 0)
		return CMD_GOOD;
	if (error == EFBIG)
		return cmd_fail(c, CMD_UNUSABLE, ret->where, too_long, cmd_num(c, max), CMD_NOTHING);
	return cmd_fail_errno(c, CMD_UNUSABLE, ret->where, WORD_INPUT_READ, error, CMD_NOTHING);
}

int input_read(struct cmd *c, struct zg_slice path, size_t max, struct input *ret)
{
	return input_read_told(c, path, max, WORD_INPUT_LONG, ret);
}

int input_line(struct cmd *c, struct zg_slice path, struct input *in, struct zg_slice *ret)
{
	int status = input_read(c, path, INPUT_SECRET_MAX, in);
	struct zg_slice line = zg_slice_sub(input_text(in), 0, zg_slice_find(input_text(in), '\n'));

	if (status != CMD_GOOD)
		return status;
	if (zg_slice_ends_ci(line, ZG_S("\r")))
		line.n--;
	if (!line.n)
		return cmd_fail(c, CMD_UNUSABLE, in->where, WORD_INPUT_NO_LINE, CMD_NOTHING, CMD_NOTHING);
	*ret = line;
	return CMD_GOOD;
}

struct zg_slice input_text(const struct input *in)
{
	return zg_slice_of(in->p, in->n);
}

void input_done(struct input *in)
{
	if (in->p)
		zg_secret_wipe_bytes(in->p, in->n);
	free(in->p);
	*in = (struct input){ .p = NULL };
}
