/* folder.c - the state folder, made and given to the relay's user. */
#include "cmd/folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes fd over. */
static bool is_empty(int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e = NULL;

	if (!d) {
		(void)close(fd);	/* only read */
		return false;
	}
	do
		e = readdir(d);
	while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	(void)closedir(d);		/* only read */
	return !e;
}

/* What is given is what was looked at: both by the descriptor. */
static int give(int fd, uid_t uid, gid_t gid)
{
	struct stat st;
	int copy;

	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != 0)
		return 0;
	copy = dup(fd);
	if (copy >= 0 && is_empty(copy))
		return fchown(fd, uid, gid);
	errno = EACCES;
	return -1;
}

int folder_make(const char *path, uid_t uid, gid_t gid)
{
	int fd, rc, e;

	if (mkdir(path, S_IRWXU) < 0 && errno != EEXIST)
		return -1;
	if (uid == (uid_t)-1 || uid == 0)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = give(fd, uid, gid);
	e = errno;
	(void)close(fd);	/* nothing was written by it */
	errno = e;
	return rc;
}
