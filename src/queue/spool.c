/* spool.c - a large body on its way to disk.
 *
 *   blocks fill -> WRITE (one at a time, by libuv's threads) -> ... -> FSYNC file -> FSYNC folder -> kept()
 *
 * Invariants: (1) at most one request is under way.  (2) after drop no call goes to the owner; the struct goes with
 * the last request.  (3) the first error sticks: nothing more is written, kept tells it.  (4) a disk that fails at an
 * fsync is not believed again: the process ends, as the writer has it. */
#include "queue/spool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zegel/buf.h>
#include "base/list.h"
#include "io/log.h"

#define PATH_SIZE 1024u
#define ORPHAN_AGE 3600		/* seconds */

struct block {
	struct zg_list node;
	size_t n;
	char b[SPOOL_BLOCK];
};

enum spool_step { SPOOL_OPEN, SPOOL_WRITING, SPOOL_SYNC_FILE, SPOOL_SYNC_FOLDER, SPOOL_KEPT };

struct spool {
	uv_fs_t req;
	uv_loop_t *loop;
	const char *folder;
	const struct spool_calls *calls;
	void *owner;
	struct zg_list blocks;		/* full ones that wait */
	struct block *filling, *writing;
	size_t written;			/* octets of writing that are out */
	unsigned waiting;
	int fd, error;
	enum spool_step step;
	bool is_busy, is_last, is_dropped, is_wanted, is_stopped;
	char name[STORE_ID_TEXT + 1];
};

static void go_on(struct spool *s);

static void path_of(const struct spool *s, char ret[PATH_SIZE])
{
	struct zg_buf b = zg_buf_of(ret, PATH_SIZE - 1);

	zg_buf_put(&b, zg_slice_cstr(s->folder));
	zg_buf_putc(&b, '/');
	zg_buf_put(&b, zg_slice_cstr(s->name));
	ret[b.n] = '\0';
}

struct spool *spool_new(uv_loop_t *loop, const char *folder, const struct store_id *id, const struct spool_calls *calls,
	void *owner)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = loop;
	s->folder = folder;
	s->calls = calls;
	s->owner = owner;
	s->fd = -1;
	s->req.data = s;
	zg_list_init(&s->blocks);
	store_id_write(id, s->name);
	return s;
}

struct zg_slice spool_name(const struct spool *s)
{
	return zg_slice_of(s->name, STORE_ID_TEXT);
}

static void spool_free(struct spool *s)
{
	struct zg_list *node;
	char path[PATH_SIZE];

	if (s->fd >= 0) {
		(void)close(s->fd);	/* what counts was synced, or is removed */
		path_of(s, path);
		if (!s->is_wanted || s->step != SPOOL_KEPT || s->error)
			(void)unlink(path);	/* a file that stays is removed at the next start */
	}
	while ((node = zg_list_pop(&s->blocks)) != NULL)
		free(ZG_LIST_OF(node, struct block, node));
	free(s->filling);
	free(s->writing);
	free(s);
}

/* Of an fsync: is it only that there is no room?  Where there is some again, it goes on. */
static bool is_no_room(int error)
{
	return error == UV_ENOSPC || error == -EDQUOT || error == UV_EFBIG;
}

static void sync_failed(int error)
{
	log_line(LOG_ERROR, "spool_sync_failed", (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(uv_strerror(error))) }, 1);
	_exit(1);
}

static void on_done(uv_fs_t *req)
{
	struct spool *s = req->data;
	ssize_t rc = req->result;

	uv_fs_req_cleanup(req);
	s->is_busy = false;
	if (rc < 0 && s->step == SPOOL_SYNC_FILE && !is_no_room((int)rc))
		sync_failed((int)rc);
	if (rc < 0) {
		s->error = (int)rc;
	} else if (s->step == SPOOL_OPEN) {
		s->fd = (int)rc;
		s->step = SPOOL_WRITING;
	} else if (s->step == SPOOL_WRITING) {
		s->written += (size_t)rc;
	} else if (s->step == SPOOL_SYNC_FILE) {
		s->step = SPOOL_SYNC_FOLDER;
	}
	if (s->is_dropped)
		spool_free(s);
	else
		go_on(s);
}

/* The folder's entry is synced by a thread too; libuv has no call for it, so it is work of ours. */
struct folder_sync {
	uv_work_t req;
	struct spool *s;
	int rc;
};

static void folder_work(uv_work_t *req)
{
	struct folder_sync *f = req->data;
	int fd = open(f->s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	f->rc = fd < 0 ? -errno : 0;
	if (fd >= 0 && fsync(fd) < 0 && !is_no_room(f->rc = -errno))
		sync_failed(f->rc);
	if (fd >= 0)
		(void)close(fd);	/* only read */
}

static void folder_done(uv_work_t *req, int status)
{
	struct folder_sync *f = req->data;
	struct spool *s = f->s;

	s->error = status < 0 ? status : f->rc;
	free(f);
	s->is_busy = false;
	s->step = SPOOL_KEPT;
	if (s->is_dropped)
		spool_free(s);
	else
		s->calls->kept(s->owner, s->error);
}

static int folder_sync(struct spool *s)
{
	struct folder_sync *f = malloc(sizeof(*f));

	if (!f)
		return UV_ENOMEM;
	f->req.data = f;
	f->s = s;
	return uv_queue_work(s->loop, &f->req, folder_work, folder_done);
}

static int write_next(struct spool *s)
{
	uv_buf_t buf;

	if (s->writing && s->written == s->writing->n) {
		free(s->writing);
		s->writing = NULL;
	}
	if (!s->writing) {
		struct zg_list *node = zg_list_pop(&s->blocks);

		s->written = 0;
		if (node) {
			s->writing = ZG_LIST_OF(node, struct block, node);
			s->waiting--;
		}
	}
	if (!s->writing)
		return 0;
	s->is_busy = true;
	buf = uv_buf_init(s->writing->b + s->written, (unsigned)(s->writing->n - s->written));
	return uv_fs_write(s->loop, &s->req, s->fd, &buf, 1, -1, on_done);
}

/* Starts the next request, if one is due. */
static void go_on(struct spool *s)
{
	char path[PATH_SIZE];
	int rc = 0;

	if (s->is_busy)
		return;
	if (!s->error && s->step == SPOOL_OPEN) {
		path_of(s, path);
		s->is_busy = true;
		rc = uv_fs_open(s->loop, &s->req, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600, on_done);
	} else if (!s->error && s->step == SPOOL_WRITING) {
		rc = write_next(s);
		if (rc >= 0 && !s->is_busy && s->is_last) {
			s->step = SPOOL_SYNC_FILE;
			s->is_busy = true;
			rc = uv_fs_fsync(s->loop, &s->req, s->fd, on_done);
		}
	} else if (!s->error && s->step == SPOOL_SYNC_FOLDER) {
		s->is_busy = true;
		rc = folder_sync(s);
	}
	if (rc < 0) {
		s->is_busy = false;
		s->error = rc;
	}
	if (s->error && s->is_last) {
		s->calls->kept(s->owner, s->error);	/* the owner may drop s */
	} else if (s->is_stopped && (s->error || s->waiting < SPOOL_WAITING)) {
		s->is_stopped = false;
		s->calls->room(s->owner);		/* and here */
	}
}

static void block_full(struct spool *s)
{
	if (!s->filling)
		return;
	zg_list_push(&s->blocks, &s->filling->node);
	s->filling = NULL;
	s->waiting++;
}

bool spool_write(struct spool *s, struct zg_slice piece)
{
	while (piece.n && !s->error) {
		size_t n;

		if (!s->filling) {
			s->filling = malloc(sizeof(*s->filling));
			if (!s->filling) {
				s->error = UV_ENOMEM;
				break;
			}
			s->filling->n = 0;
		}
		n = SPOOL_BLOCK - s->filling->n < piece.n ? SPOOL_BLOCK - s->filling->n : piece.n;
		memcpy(s->filling->b + s->filling->n, piece.p, n);
		s->filling->n += n;
		piece = zg_slice_sub(piece, n, piece.n);
		if (s->filling->n == SPOOL_BLOCK)
			block_full(s);
	}
	if (!s->error)
		go_on(s);
	if (!s->error && s->waiting >= SPOOL_WAITING)
		s->is_stopped = true;
	return !s->is_stopped;
}

void spool_keep(struct spool *s)
{
	block_full(s);
	s->is_last = true;
	s->is_stopped = false;
	go_on(s);
}

void spool_drop(struct spool *s, bool is_wanted)
{
	s->is_dropped = true;
	s->is_wanted = is_wanted;
	if (!s->is_busy)
		spool_free(s);
}

static bool is_orphan(const char *folder, const char *name, struct store *store, int64_t now)
{
	char path[PATH_SIZE];
	struct store_id id;
	struct stat st;
	bool has_row = true;
	struct zg_buf b = zg_buf_of(path, sizeof(path) - 1);

	zg_buf_put(&b, zg_slice_cstr(folder));
	zg_buf_putc(&b, '/');
	zg_buf_put(&b, zg_slice_cstr(name));
	path[b.n] = '\0';
	if (b.is_full || store_id_read(zg_slice_cstr(name), &id) < 0 || stat(path, &st) < 0 || now - st.st_mtime < ORPHAN_AGE)
		return false;
	return store_spool_has(store, zg_slice_cstr(name), &has_row) == STORE_OK && !has_row;
}

bool spool_is_empty(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e = NULL;

	while (d && (e = readdir(d)) != NULL && e->d_name[0] == '.')
		;
	if (d)
		(void)closedir(d);	/* only read */
	return !e;
}

void spool_clean(const char *folder, struct store *store, int64_t now)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (is_orphan(folder, e->d_name, store, now))
			(void)unlinkat(dirfd(d), e->d_name, 0);	/* tried again at the next start */
	if (d)
		(void)closedir(d);	/* only read */
}
