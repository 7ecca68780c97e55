/* vault.c - the key process: its start, its threads, its end.
 *
 *   rights given up -> landlock -> master key taken -> workers made ready -> seccomp over all threads -> serving
 *        -> control ends -> workers stop, keys wiped -> out
 *
 * Every channel is in one epoll set, one-shot: a worker takes one packet, arms the channel again, and only
 * then works, so that the next packet goes to the next worker.  Invariants: (1) no packet is read before all
 * threads are shut in; (2) the master keys' page is written once, before the workers start, and read-only
 * until the end. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/secret.h"
#include "io/handover.h"
#include "io/log.h"
#include "io/sandbox.h"
#include "seal/seal.h"
#include "vault/vault.h"
#include "vault/vault_work.h"

#define WORKERS_MAX 64u
#define WORKERS_LEAST 2u		/* making a key takes long; another worker signs meanwhile */
#define MASTER_PAGE 4096u
#define STACK (512u * 1024u)		/* octets of a worker's stack */

enum { STATUS_GOOD = 0, STATUS_BAD = 1 };

struct vault {
	int epoll, control;		/* control is in the set too: its end wakes all workers */
	unsigned char *page;		/* of the master keys */
	struct vault_masters masters;
	pthread_barrier_t barrier;	/* passed twice: all are ready, all are shut in */
	struct worker *workers;
	unsigned count;
};

struct worker {
	pthread_t thread;
	struct vault *vault;
	struct vault_work work;
	bool is_ready;
	char packet[VAULT_PACKET_MAX];
	char answers[VAULT_ANSWERS_MAX];
};

static void log_errno(const char *event, int error)
{
	log_line(LOG_ERROR, event, (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(strerror(error))) }, 1);
}

static void arm(struct vault *v, int fd, int op)
{
	struct epoll_event e = { EPOLLIN | EPOLLONESHOT, { .fd = fd } };

	if (epoll_ctl(v->epoll, op, fd, &e) < 0)
		log_errno("vault_channel_lost", errno);
}

/* Takes one packet from a channel and answers it.  A channel that ended stays in the set, disarmed. */
static void serve(struct worker *w, int fd)
{
	struct zg_buf b = zg_buf_of(w->answers, sizeof(w->answers));
	ssize_t n = recv(fd, w->packet, sizeof(w->packet), MSG_DONTWAIT | MSG_TRUNC);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return;
	arm(w->vault, fd, EPOLL_CTL_MOD);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(w->packet) || vault_work_packet(&w->work, w->packet, (size_t)n, &b) < 0) {
		log_line(LOG_ERROR, "vault_packet_broken", (struct log_field[]){ LOG_NUM("octets", n) }, 1);
		return;
	}
	/* EPIPE: who asked is gone, and with it the need of an answer. */
	if (send(fd, b.p, b.n, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		log_errno("vault_answer_lost", errno);
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	struct epoll_event e;

	w->is_ready = vault_work_init(&w->work, &w->vault->masters) == 0;
	(void)pthread_barrier_wait(&w->vault->barrier);	/* its only failure is a barrier that is none */
	(void)pthread_barrier_wait(&w->vault->barrier);
	while (w->is_ready) {
		int n = epoll_wait(w->vault->epoll, &e, 1, -1);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && e.data.fd == w->vault->control)
			break;
		if (n > 0)
			serve(w, e.data.fd);
	}
	vault_work_done(&w->work);
	return NULL;
}

/* A page for the master keys that is not swapped, dumped or given to children.  0 or -1. */
static int page_init(struct vault *v)
{
	v->page = mmap(NULL, MASTER_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->page == MAP_FAILED)
		return -1;
	if (mlock(v->page, MASTER_PAGE) < 0)
		log_errno("vault_memory_not_locked", errno);
	if (madvise(v->page, MASTER_PAGE, MADV_DONTDUMP) < 0 || madvise(v->page, MASTER_PAGE, MADV_WIPEONFORK) < 0)
		log_errno("vault_memory_not_hidden", errno);
	return 0;
}

/* Locking all that is and comes would make memory run out at a limit; so only where there is none. */
static void lock_all(bool is_quiet)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r) < 0 || r.rlim_cur != RLIM_INFINITY)
		errno = EPERM;	/* not root's vault: the page of the master keys alone is locked */
	else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		return;
	if (!is_quiet)
		log_line(LOG_WARNING, "vault_memory_not_locked",
			(struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(strerror(errno))) }, 1);
}

static int master_take(struct vault *v, int control)
{
	int fds[HANDOVER_FDS];
	size_t count = 0;
	struct zg_slice text;
	char kind;
	int rc = handover_take(control, &kind, v->page, MASTER_PAGE, &text, fds, &count);

	if (rc <= 0)
		return -1;
	while (count)
		(void)close(fds[--count]);	/* none is expected; none is kept */
	if (kind != 'M' || !text.n || text.n % VAULT_MASTER_SIZE || text.n / VAULT_MASTER_SIZE > VAULT_MASTERS_MAX) {
		log_line(LOG_ERROR, "vault_master_key_unusable", NULL, 0);
		return -1;
	}
	v->masters = (struct vault_masters){ v->page, text.n / VAULT_MASTER_SIZE };
	return mprotect(v->page, MASTER_PAGE, PROT_READ);
}

static int channels_init(struct vault *v, const struct vault_start *s)
{
	struct epoll_event e = { EPOLLRDHUP, { .fd = s->control } };

	v->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (v->epoll < 0 || epoll_ctl(v->epoll, EPOLL_CTL_ADD, s->control, &e) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		arm(v, s->channels[i], EPOLL_CTL_ADD);
	return 0;
}

static unsigned workers_wanted(const struct vault_start *s)
{
	long cores = s->workers ? (long)s->workers : sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < (long)WORKERS_LEAST && !s->workers)
		return WORKERS_LEAST;
	return cores > (long)WORKERS_MAX ? WORKERS_MAX : (unsigned)cores;
}

/* All of them, or none and -1: with fewer the barrier would never open. */
static int workers_start(struct vault *v)
{
	pthread_attr_t attr;
	int e = pthread_attr_init(&attr);

	if (!e)
		e = pthread_attr_setstacksize(&attr, STACK);
	for (unsigned i = 0; !e && i < v->count; i++) {
		v->workers[i].vault = v;
		e = pthread_create(&v->workers[i].thread, &attr, worker_run, &v->workers[i]);
	}
	(void)pthread_attr_destroy(&attr);	/* memory only */
	errno = e;
	return e ? -1 : 0;
}

static bool all_ready(const struct vault *v)
{
	for (unsigned i = 0; i < v->count; i++)
		if (!v->workers[i].is_ready)
			return false;
	return true;
}

/* Until the other side of control is gone; what else comes over it is no concern of ours. */
static void control_wait(int control)
{
	char c;
	ssize_t n;

	do
		n = recv(control, &c, 1, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
}

static void counts_log(const struct vault *v)
{
	uint64_t good = 0, refused = 0;

	for (unsigned i = 0; i < v->count; i++) {
		const uint64_t *answers = v->workers[i].work.answers;

		good += answers[VAULT_OK];
		for (unsigned code = VAULT_OK + 1; code < VAULT_CODES; code++)
			refused += answers[code];
	}
	log_line(LOG_INFO, "vault_ends", (struct log_field[]){ LOG_NUM("answered", good), LOG_NUM("refused", refused) }, 2);
}

/* Ends the threads: the end of control woke them; one that waits for room in a channel is woken by the
 * channel's end. */
static void workers_stop(struct vault *v, const struct vault_start *s)
{
	for (size_t i = 0; i < s->count; i++)
		(void)shutdown(s->channels[i], SHUT_RDWR);	/* one that is gone already is as good */
	for (unsigned i = 0; i < v->count; i++)
		(void)pthread_join(v->workers[i].thread, NULL);	/* our own threads, joined once */
}

/* From here on a failure ends the process at once: threads that were made would wait at the barrier for good. */
static void vault_serve(struct vault *v, const struct vault_start *s)
{
	if (workers_start(v) < 0) {
		log_errno("vault_start_failed", errno);
		_exit(STATUS_BAD);
	}
	(void)pthread_barrier_wait(&v->barrier);	/* its only failure is a barrier that is none */
	if (!all_ready(v) || vault_work_warm(&v->workers[0].work) < 0 || vault_shut_in() < 0) {
		log_errno("vault_start_failed", errno);
		_exit(STATUS_BAD);
	}
	(void)pthread_barrier_wait(&v->barrier);
	if (!s->is_quiet)
		log_line(LOG_INFO, "vault_ready", (struct log_field[]){ LOG_NUM("workers", v->count) }, 1);
	control_wait(v->control);
	workers_stop(v, s);
	if (!s->is_quiet)
		counts_log(v);
}

/* Before the files are gone. */
static int rights_give_up(const struct vault_start *s)
{
	bool is_on;

	(void)prctl(PR_SET_NAME, "zegel-vault", 0, 0, 0);	/* for those who look at processes; cannot fail */
	if (sandbox_user(s->uid, s->gid) < 0 || sandbox_quiet(s->parent) < 0 || seal_init() < 0)
		return -1;
	lock_all(s->is_quiet);
	if (sandbox_paths(NULL, 0, &is_on) < 0)
		return -1;
	if (!is_on)
		log_line(LOG_WARNING, "vault_without_landlock", NULL, 0);
	return 0;
}

int vault_main(const struct vault_start *s)
{
	struct vault v = { .epoll = -1, .control = s->control, .count = workers_wanted(s) };
	int rc = STATUS_BAD;

	log_process("vault");
	if (rights_give_up(s) < 0 || page_init(&v) < 0) {
		log_errno("vault_start_failed", errno);
		return rc;
	}
	v.workers = calloc(v.count, sizeof(*v.workers));
	if (!v.workers || pthread_barrier_init(&v.barrier, NULL, v.count + 1) != 0 || channels_init(&v, s) < 0) {
		log_errno("vault_start_failed", errno);
		goto out;
	}
	if (master_take(&v, s->control) < 0)	/* its end without a key: who started us is gone */
		goto out;
	vault_serve(&v, s);
	rc = STATUS_GOOD;
out:
	if (mprotect(v.page, MASTER_PAGE, PROT_READ | PROT_WRITE) == 0)
		zg_secret_wipe_bytes(v.page, MASTER_PAGE);
	free(v.workers);
	if (v.epoll >= 0)
		(void)close(v.epoll);		/* nothing is written by it */
	return rc;
}
