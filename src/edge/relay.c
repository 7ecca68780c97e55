/* relay.c - the process that speaks with the world.
 *
 *   parent --B--> settings (whole or refused) --V--> vault channels --> loops run --K--> parent
 *
 * The main thread runs the first loop and hears the parent; the other loops have a thread each.  Writer and reader are threads of
 * their own.  Mailboxes are all that threads share, besides counted settings and mail, the guard, and atomics.
 *
 * Invariants: (1) settings are swapped on each loop by a task, and K is said when the last one has them; what began under old ones
 * ends under them.  (2) doors open only when the vault's channels, the store and the settings are there.  (3) the end of control
 * ends the process at once: what was said to be kept is on disk. */
#include "edge/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cur.h"
#include "base/secret.h"
#include "edge/panel.h"
#include "edge/submit.h"
#include "io/clock.h"
#include "io/handover.h"
#include "io/heap.h"
#include "io/log.h"
#include "queue/mover.h"
#include "queue/queue.h"
#include "queue/release.h"
#include "queue/retention.h"
#include "queue/spool.h"

#define DRAIN_MOST 30000u	/* ms */
#define LOCK_PATIENCE 3000u	/* ms */
#define LOCK_AGAIN 50u		/* ms between two tries */
#define KEYS_MEMORY (512u * 1024u)	/* octets, while the vault's master key is tried */

struct relay;

/* A loop with its thread. */
struct lane {
	struct queue_loop q;
	struct relay *relay;
	struct submit *submit;
	uv_thread_t thread;
	bool has_thread;
	struct task drain_task, drained_task;
};

/* What the main thread tells a lane: new settings, or (NULL) a channel to a new vault. */
struct change {
	struct task task;
	struct lane *lane;
	struct settings *settings;
	int channel;
};

struct relay {
	const struct relay_start *start;
	struct settings *settings;	/* in force */
	struct settings *cleaned;	/* those the cleaner of the spool began under: its own reference */
	unsigned changing;		/* loops that have not taken the newest settings so far */
	struct lane lanes[RELAY_LOOPS_MOST];
	unsigned count;
	int channels[RELAY_LOOPS_MOST];	/* first ones, until the lanes run */
	int worker_channels[PANEL_WORKERS];	/* as these, of the panel */
	bool has_channels, is_running, is_draining;
	struct guard *guard;
	struct panel *panel;		/* on the first loop */
	struct writer *writer;
	struct reader *reader;
	uv_poll_t control;
	uv_timer_t patience;
	unsigned draining;		/* lanes with sessions, the mover, and the panel */
	char state[1024], spool[1024];	/* folders */
	char packet[HANDOVER_MAX];
};

static void say(struct relay *r, char kind, const char *text)
{
	if (handover_send(r->start->control, kind, zg_slice_cstr(text), NULL, 0) < 0)
		log_line(LOG_ERROR, "parent_gone", NULL, 0);	/* the end of control follows */
}

/* --- tasks for the lanes ------------------------------------------------------------------------------------- */

/* On the first loop: a lane has the new settings. */
static void change_taken(struct task *t)
{
	struct change *c = ZG_LIST_OF(t, struct change, task);
	struct relay *r = c->lane->relay;

	free(c);
	if (--r->changing == 0)
		say(r, 'K', "");
}

static void change_run(struct task *t)
{
	struct change *c = ZG_LIST_OF(t, struct change, task);
	struct lane *l = c->lane;

	if (!c->settings) {
		vault_call_use(&l->q.vault, c->channel);
		free(c);
		return;
	}
	settings_unref(l->q.settings);
	l->q.settings = c->settings;
	if (l == l->relay->lanes) {
		mover_settings(l->q.mover);
		panel_settings(l->relay->panel);
	}
	c->task.run = change_taken;
	mailbox_post(&l->relay->lanes[0].q.mailbox, &c->task);
}

static void change_post(struct lane *l, struct settings *settings, int channel)
{
	struct change *c = calloc(1, sizeof(*c));

	if (!c) {
		log_line(LOG_ERROR, "no_memory", NULL, 0);
		_exit(1);	/* half a change is worse than a new start */
	}
	c->task.run = change_run;
	c->lane = l;
	c->settings = settings ? settings_ref(settings) : NULL;
	c->channel = channel;
	mailbox_post(&l->q.mailbox, &c->task);
}

/* The last one to close the database carries its log over, so that the next start has none to read. */
static void all_drained(struct relay *r)
{
	reader_stop(r->reader);
	writer_stop(r->writer);
	log_line(LOG_INFO, "drained", NULL, 0);
	_exit(0);
}

static void lane_drained(struct task *t)
{
	struct relay *r = ZG_LIST_OF(t, struct lane, drained_task)->relay;

	if (--r->draining == 0)
		all_drained(r);
}

static void sessions_gone(void *ctx)
{
	struct lane *l = ctx;

	l->drained_task.run = lane_drained;
	mailbox_post(&l->relay->lanes[0].q.mailbox, &l->drained_task);
}

static void part_drained(void *ctx)
{
	struct relay *r = ctx;

	if (--r->draining == 0)
		all_drained(r);
}

static void drain_begin(struct task *t)
{
	struct lane *l = ZG_LIST_OF(t, struct lane, drain_task);

	submit_drain(l->submit, sessions_gone, l);
}

static void on_patience(uv_timer_t *t)
{
	(void)t;
	log_line(LOG_WARNING, "drain_cut", (struct log_field[]){ LOG_NUM("ms", DRAIN_MOST) }, 1);
	_exit(0);	/* others still use writer and reader; what they said to be kept is on disk */
}

static void drain(struct relay *r)
{
	if (r->is_draining)
		return;
	if (!r->is_running)
		_exit(0);
	r->is_draining = true;
	r->draining = r->count + 2;
	log_line(LOG_INFO, "draining", NULL, 0);
	(void)uv_timer_start(&r->patience, on_patience, DRAIN_MOST, 0);	/* fails only without a callback */
	for (unsigned i = 0; i < r->count; i++) {
		r->lanes[i].drain_task.run = drain_begin;
		mailbox_post(&r->lanes[i].q.mailbox, &r->lanes[i].drain_task);
	}
	mover_drain(r->lanes[0].q.mover, part_drained, r);
	panel_drain(r->panel, part_drained, r);
}

/* --- start --------------------------------------------------------------------------------------------------- */

static void lane_thread(void *arg)
{
	struct lane *l = arg;

	(void)uv_run(&l->q.loop, UV_RUN_DEFAULT);	/* ends with the process */
}

static int lane_start(struct relay *r, struct lane *l, int channel)
{
	struct queue_loop *q = &l->q;

	l->relay = r;
	if ((l != r->lanes && uv_loop_init(&q->loop) < 0) || mailbox_init_loop(&q->mailbox, &q->loop) < 0 ||
	    vault_call_init(&q->vault, &q->loop, channel) < 0 || zg_crypt_init(&q->crypt) < 0)
		return -1;
	q->loop.data = &q->scratch;
	q->settings = settings_ref(r->settings);
	q->writer = r->writer;
	q->reader = r->reader;
	q->spool_folder = r->spool;
	q->is_dev = r->start->is_dev;
	lookup_init(&q->lookup, r->reader, &q->mailbox);
	if (l == r->lanes)
		q->mover = retention_new(q) && release_new(q) ? mover_new(q) : NULL;
	else
		q->mover = r->lanes[0].q.mover;
	return q->mover ? 0 : -1;
}

/* A session is the business of one loop: its doors open last. */
static int lane_open(struct relay *r, struct lane *l)
{
	l->submit = submit_new(&l->q, r->guard, r->start->listeners, r->settings->conf.listen_count);
	if (!l->submit)
		return -1;
	if (l == r->lanes)
		return 0;
	l->has_thread = uv_thread_create(&l->thread, lane_thread, l) == 0;
	return l->has_thread ? 0 : -1;
}

/* The listeners behind those of SMTP are its. */
static int panel_open(struct relay *r)
{
	size_t smtp = r->settings->conf.listen_count;
	struct panel_start s = {
		.q = &r->lanes[0].q, .listeners = r->start->listeners + smtp, .count = r->start->listeners_count - smtp,
		.state_folder = r->state, .is_dev = r->start->is_dev,
	};

	memcpy(s.vault, r->worker_channels, sizeof(s.vault));
	r->panel = panel_new(&s);
	return r->panel ? 0 : -1;
}

static void spool_thread(void *arg)
{
	struct relay *r = arg;
	struct store_error error;
	struct store *s;

	if (store_open(r->cleaned->conf.store_url, STORE_READ, &s, &error) == STORE_OK) {	/* else the next start cleans */
		spool_clean(r->spool, s, clock_unix());
		store_close(s);
	}
	settings_unref(r->cleaned);
}

/* Two relays on one folder would each send every mail.  The lock goes with the process; one that is being ended by the death of
 * its parent has it for a moment still. */
static int folder_lock(const struct relay *r)
{
	char path[sizeof(r->spool)];
	struct zg_buf b = zg_buf_of(path, sizeof(path) - 1);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	zg_buf_put(&b, r->settings->conf.state);
	zg_buf_put(&b, ZG_S("/lock"));
	path[b.n] = '\0';
	fd = b.is_full ? -1 : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	for (unsigned waited = 0; fd >= 0 && waited <= LOCK_PATIENCE; waited += LOCK_AGAIN) {
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return 0;	/* held for life */
		uv_sleep(LOCK_AGAIN);
	}
	return -1;
}

static int spool_make(struct relay *r)
{
	struct zg_buf b = zg_buf_of(r->spool, sizeof(r->spool) - 1);
	struct stat st;
	uv_thread_t cleaner;

	zg_buf_put(&b, r->settings->conf.state);
	if (!b.is_full)
		memcpy(r->state, r->spool, b.n);	/* ends in the zeros that were there */
	zg_buf_put(&b, ZG_S("/spool"));
	r->spool[b.n] = '\0';
	if (b.is_full || (mkdir(r->spool, 0700) < 0 && errno != EEXIST) || stat(r->spool, &st) < 0 || !S_ISDIR(st.st_mode))
		return -1;
	if (spool_is_empty(r->spool))	/* nearly always it is, and neither thread nor database is needed */
		return 0;
	r->cleaned = settings_ref(r->settings);
	if (uv_thread_create(&cleaner, spool_thread, r) != 0)
		settings_unref(r->cleaned);	/* the next start cleans */
	return 0;
}

/* Where the vault opens nothing that the database holds, every mail that is to be signed would be put off.  A vault that does not
 * answer is replaced, and no reason to stay away. */
static const char *keys_try(struct relay *r)
{
	struct house_sealed sealed = { .tried = 0 };
	struct zg_arena a;
	enum house_rc rc;

	zg_arena_init(&a, &io_heap, KEYS_MEMORY);
	rc = house_sealed_try(reader_store(r->reader), r->channels[0], false, &a, &sealed);
	zg_arena_reset(&a);
	if (rc != HOUSE_OK)
		log_line(LOG_WARNING, "keys_not_tried", (struct log_field[]){ LOG_NUM("rc", rc) }, 1);
	return rc == HOUSE_OK && sealed.tried && !sealed.opened ? RELAY_OTHER_MASTER : NULL;
}

static const char *run(struct relay *r)
{
	static char why[512];
	const char *other;
	struct store_error error = { .rc = STORE_OK };

	r->guard = guard_new();
	r->writer = r->guard ? writer_start(r->settings->conf.store_url, &error) : NULL;
	r->reader = r->writer ? reader_open(r->settings->conf.store_url, &error) : NULL;
	if (!r->reader) {
		struct zg_buf b = zg_buf_of(why, sizeof(why) - 1);

		zg_buf_put(&b, r->settings->conf.store_url);
		zg_buf_put(&b, ZG_S(": "));
		zg_buf_put(&b, zg_slice_cstr(error.text));
		why[b.n] = '\0';
		return why;
	}
	other = keys_try(r);
	if (other)
		return other;
	if (reader_run(r->reader) < 0)
		return "the thread that reads cannot be started";
	if (folder_lock(r) < 0)
		return "another zegel runs on this state folder, or its file `lock` cannot be opened; stop the other first";
	if (spool_make(r) < 0)
		return "the spool folder cannot be made, or is none: `zegel doctor` tells more";
	for (unsigned i = 0; i < r->count; i++)
		if (lane_start(r, &r->lanes[i], r->channels[i]) < 0)
			return "no memory for the loops";
	if (panel_open(r) < 0)
		return "no memory for the pages";
	for (unsigned i = 0; i < r->count; i++)
		if (lane_open(r, &r->lanes[i]) < 0)
			return "the loops cannot be started";
	r->is_running = true;
	return NULL;
}

static void run_maybe(struct relay *r)
{
	const char *why;

	if (r->is_running || !r->settings || !r->has_channels)
		return;
	why = run(r);
	if (!why) {
		say(r, 'K', "");
		return;
	}
	say(r, 'E', why);
	_exit(1);
}

/* --- the parent's packets ------------------------------------------------------------------------------------ */

static void settings_take(struct relay *r, struct zg_slice text)
{
	struct zg_cur c = zg_cur_of(text);
	struct zg_slice part[SETTINGS_PARTS];
	struct settings *s;
	char why[512] = "the bundle cannot be read";

	for (size_t i = 0; i < SETTINGS_PARTS; i++)
		part[i] = zg_cur_sized(&c);
	s = c.why ? NULL : settings_new(part, why, sizeof(why));
	zg_secret_wipe_bytes(r->packet, text.n);	/* text lies at its beginning */
	if (!s) {
		say(r, 'E', why);
		return;
	}
	settings_unref(r->settings);
	r->settings = s;
	if (!r->is_running) {
		run_maybe(r);
		return;
	}
	r->changing = r->count;
	for (unsigned i = 0; i < r->count; i++)
		change_post(&r->lanes[i], s, -1);
}

static void channels_take(struct relay *r, const int *fds, size_t count)
{
	const int *workers = fds + r->count;

	for (size_t i = r->count + PANEL_WORKERS; i < count; i++)
		(void)close(fds[i]);	/* more than there is use for */
	if (count < r->count + PANEL_WORKERS) {
		log_line(LOG_ERROR, "too_few_channels", (struct log_field[]){ LOG_NUM("count", count) }, 1);
		_exit(1);
	}
	if (r->is_running) {
		for (unsigned i = 0; i < r->count; i++)
			change_post(&r->lanes[i], NULL, fds[i]);
		panel_vault(r->panel, workers);
		return;
	}
	for (unsigned i = 0; r->has_channels && i < r->count; i++)
		(void)close(r->channels[i]);	/* of a vault that is gone: nothing was asked */
	for (unsigned i = 0; r->has_channels && i < PANEL_WORKERS; i++)
		(void)close(r->worker_channels[i]);
	memcpy(r->channels, fds, r->count * sizeof(*fds));
	memcpy(r->worker_channels, workers, sizeof(r->worker_channels));
	r->has_channels = true;
	run_maybe(r);
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct relay *r = poll->data;
	int fds[HANDOVER_FDS], rc;
	struct zg_slice text;
	size_t count = 0;
	char kind;

	(void)events;
	rc = status < 0 ? -1 : handover_take(r->start->control, &kind, r->packet, sizeof(r->packet), &text, fds, &count);
	if (rc < 0 && errno == EAGAIN)
		return;
	if (rc <= 0)
		_exit(0);	/* invariant 3 */
	if (kind == 'B')
		settings_take(r, text);
	else if (kind == 'V')
		channels_take(r, fds, count);
	else if (kind == 'D')
		drain(r);
}

/* Every connection is a descriptor: as many as the system lets us have. */
static void raise_limits(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);	/* fewer connections then */
	}
}

int relay_main(const struct relay_start *s)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r || s->loops == 0 || s->loops > RELAY_LOOPS_MOST)
		return 1;
	log_process("relay");
	raise_limits();
	r->start = s;
	r->count = s->loops;
	if (uv_loop_init(&r->lanes[0].q.loop) < 0)
		return 1;
	r->control.data = r->patience.data = r;
	(void)uv_timer_init(&r->lanes[0].q.loop, &r->patience);	/* always 0 */
	if (uv_poll_init(&r->lanes[0].q.loop, &r->control, s->control) < 0 ||
	    uv_poll_start(&r->control, UV_READABLE, on_control) < 0)
		return 1;
	(void)uv_run(&r->lanes[0].q.loop, UV_RUN_DEFAULT);	/* ends with the process */
	return 0;
}
