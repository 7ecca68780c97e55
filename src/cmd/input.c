/* input.c - reading a whole file or standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/secret.h"
#include "cmd/input.h"

#define FIRST 131072u	/* octets asked for where the size is not known: all of a secret fits, and is never moved */

static int open_input(struct cmd *c, struct zg_slice path, struct input *in)
{
	int fd;

	if (!path.n || zg_slice_eq(path, ZG_S("-"))) {
		in->where = lang_text(c->lang, WORD_INPUT_STANDARD);
		return STDIN_FILENO;
	}
	in->where = path;
	fd = open(cmd_cstr(c, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		(void)cmd_fail_errno(c, CMD_UNUSABLE, path, WORD_INPUT_OPEN, errno, CMD_NOTHING);	/* the caller answers the status */
	return fd;
}

static int grow(struct input *in, size_t cap)
{
	char *p = realloc(in->p, cap);

	if (!p)
		return -1;
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

int input_read(struct cmd *c, struct zg_slice path, size_t max, struct input *ret)
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
		return cmd_fail(c, CMD_UNUSABLE, ret->where, WORD_INPUT_LONG, cmd_num(c, max), CMD_NOTHING);
	return cmd_fail_errno(c, CMD_UNUSABLE, ret->where, WORD_INPUT_READ, error, CMD_NOTHING);
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
