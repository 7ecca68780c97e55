/* parent.c - one thread, one poll: signals, what the relay says, and when to start what again.
 *
 *   STARTING --relay: K--> SERVING --SIGTERM--> DRAINING --relay ended--> ENDED
 *       |                                           |
 *       +--relay: E--> ENDED                        +--35 s, or a second signal: the relay is killed
 *
 * The relay, and which settings it was asked to run (B) and runs:
 *
 *   GONE --started: B(settings)--> OWES --K--> RUNS settings <--K (reloaded), E (refused)--+
 *     |                                               |                                    |
 *     |                                               +--SIGHUP: B(next)--> OWES next, still runs settings
 *     +--SIGHUP, then started: B(next)--> OWES next --K (reloaded)--> RUNS
 *                                          +--E (refused)--> GONE, and settings again
 *
 * One B is under way at a time: a SIGHUP while the relay owes an answer waits for it.  K makes next the settings, E
 * drops it, and so does a death; then the reload is asked again, and refused when a second relay died with it.  So
 * all processes run settings, but for a relay that began with next and did not say so: its K makes it true.  The log
 * ends each reload with "reloaded" or "reload_refused", unless all ends before.
 *
 * A vault that died is started anew, and its channels go to the relay (V); with a relay that died its vault is
 * stopped, and both start anew: a vault lives at most as long as its relay.  Who lived less than 10 s rests
 * before the next start: 100 ms, doubled each time, 5 s at most.
 *
 * Invariants: (1) no secret is in memory at a fork: keys and passwords are read after it, sent, and wiped; (2)
 * settings are the ones that a relay said K to last (before the first K: those of the start); what it owes is an
 * answer to next where there is one, else to settings; (3) a child is running (pid), or due for a start. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zegel/crypt.h>
#include "base/secret.h"
#include "cmd/master.h"
#include "cmd/parent.h"
#include "cmd/parent_relay.h"
#include "cmd/parent_setup.h"
#include "io/clock.h"
#include "io/handover.h"
#include "io/heap.h"
#include "io/log.h"
#include "io/sandbox.h"

#define REST_LEAST 100u		/* ms */
#define REST_MOST 5000u
#define LIVED_ENOUGH 10000u	/* ms after which a death is no sign of trouble */
#define DRAIN_PATIENCE 35000u	/* ms; the relay itself ends within 30 s */
#define ASKED_TWICE 1000u	/* ms between two signals that are two wishes */
#define SETTINGS_MEMORY (4u * 1024u * 1024u)
#define HEARD_MAX 4096u		/* octets of what the relay says */
#define RELOAD_DEATHS 2u	/* relays that may die with new settings until they are refused */

enum phase { STARTING, SERVING, DRAINING, ENDED };

/* When to start again what died. */
struct rest {
	uint64_t started, delay, due;	/* ms of the steady clock */
};

struct parent {
	struct cmd *cmd;
	struct parent_relay relay;
	struct vault_child vault;
	struct rest relay_rest, vault_rest;
	enum phase phase;
	int status;
	uint64_t patience;		/* when draining is cut */
	struct parent_users users;
	struct parent_sockets sockets;
	struct settings settings, next;
	bool has_next, is_reload_asked;
	bool is_trial;			/* the relay began with next, and settings are not these so far */
	unsigned reload_deaths;		/* of relays that owed an answer to next, since it was asked for */
	struct zg_arena memory, next_memory;
	struct zg_crypt crypt;		/* OpenSSL made ready once, for both children: it is 2 ms of each start */
	bool has_mark;
	unsigned char mark[ZG_HASH_SIZE];	/* SHA-256 of the master key that this run began with */
	int signals;
};

static void log_errno(const char *event, int error)
{
	log_line(LOG_ERROR, event, (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(strerror(error))) }, 1);
}

/* Where errors go once zegel serves. */
static void report_log(struct cmd *c, struct zg_slice where, struct zg_slice text)
{
	(void)c;
	log_line(LOG_ERROR, "refused", (struct log_field[]){ LOG_TEXT("where", where), LOG_TEXT("text", text) }, 2);
}

static void rest_begin(struct rest *r, const char *event)
{
	uint64_t now = clock_steady_ms();

	if (now - r->started >= LIVED_ENOUGH)
		r->delay = 0;
	else if (r->delay)
		r->delay = r->delay * 2 < REST_MOST ? r->delay * 2 : REST_MOST;
	else
		r->delay = REST_LEAST;
	r->due = now + r->delay;
	log_line(LOG_INFO, event, (struct log_field[]){ LOG_NUM("ms", r->delay) }, 1);
}

/* --- settings that may come ----------------------------------------------------------------------------------- */

static void next_drop(struct parent *p)
{
	if (p->has_next)
		zg_arena_reset(&p->next_memory);
	p->has_next = false;
}

static void next_take(struct parent *p)
{
	bool is_other_way = p->settings.conf.route != p->next.conf.route;

	zg_arena_reset(&p->memory);
	p->memory = p->next_memory;
	p->settings = p->next;
	p->has_next = p->is_trial = false;
	log_line(LOG_INFO, "reloaded", NULL, 0);
	if (p->settings.is_dev && p->phase == SERVING && is_other_way)
		parent_relay_greet(p->cmd, &p->settings, &p->sockets);	/* what it said of mail's way is no longer true */
}

/* The relay that was asked to run next is gone, and did not answer. */
static void next_lost(struct parent *p)
{
	if (!p->has_next)
		return;
	next_drop(p);
	if (++p->reload_deaths < RELOAD_DEATHS) {
		p->is_reload_asked = true;
		return;
	}
	p->reload_deaths = 0;
	log_line(LOG_ERROR, "reload_refused", (struct log_field[]){ LOG_TEXT("error", ZG_S("the relay died with it twice")) }, 1);
}

/* --- starting ------------------------------------------------------------------------------------------------ */

static int mark_of(const struct parent *p, const unsigned char *key, unsigned char *ret)
{
	struct zg_hash h;
	int rc = zg_hash_init(&h, &p->crypt);

	if (rc == 0) {
		zg_hash_update(&h, zg_slice_of(key, VAULT_MASTER_SIZE));
		rc = zg_hash_final(&h, ret);
	}
	zg_hash_done(&h);
	return rc;
}

/* Reads the master key: the one that this run began with, which the relay's keys were tried with; another is refused. */
static int key_read(struct parent *p, unsigned char *ret)
{
	unsigned char mark[ZG_HASH_SIZE];
	int status = master_read(p->cmd, &p->settings, MASTER_NEED, ret);

	if (status != CMD_GOOD)
		return status;
	if (mark_of(p, ret, mark) < 0)
		return cmd_fail(p->cmd, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (p->has_mark && memcmp(mark, p->mark, sizeof(mark)) != 0)
		return master_fail_other(p->cmd, &p->settings);
	memcpy(p->mark, mark, sizeof(mark));
	p->has_mark = true;
	return CMD_GOOD;
}

/* The key is in memory for as long as it takes to hand it over.  A vault that died already is heard of by its
 * signal. */
static int vault_feed(struct parent *p)
{
	unsigned char key[VAULT_MASTER_SIZE];
	int status = key_read(p, key);

	if (status == CMD_GOOD && vault_child_master(&p->vault, key) < 0)
		log_errno("vault_not_fed", errno);
	zg_secret_wipe_bytes(key, sizeof(key));
	return status;
}

static int vault_start(struct parent *p)
{
	const struct parent_users *u = &p->users;

	p->vault_rest.started = clock_steady_ms();	/* also of a start that fails */
	if (vault_child_fork(p->relay.loops + PANEL_WORKERS, u->vault, u->vault_group, &p->vault) < 0)
		return cmd_fail_errno(p->cmd, CMD_UNDECIDED, CMD_NOTHING, WORD_SERVE_PROCESS, errno, CMD_NOTHING);
	log_line(LOG_INFO, "vault_started", (struct log_field[]){ LOG_NUM("pid", p->vault.pid) }, 1);
	return CMD_GOOD;
}

static int bundle_send(struct parent *p, const struct settings *s)
{
	struct zg_buf b;
	int status = parent_bundle_read(p->cmd, s, &b);

	if (status == CMD_GOOD) {
		p->relay.owes = true;
		parent_relay_send(&p->relay, 'B', zg_buf_slice(&b), NULL, 0);
	}
	parent_bundle_done(&b);
	return status;
}

static void channels_send(struct parent *p)
{
	parent_relay_send(&p->relay, 'V', ZG_S(""), p->vault.channels, p->vault.count);
	vault_child_forget_channels(&p->vault);
}

static int both_start(struct parent *p)
{
	int status = vault_start(p);

	if (status == CMD_GOOD && parent_relay_fork(&p->relay, &p->settings, &p->users, &p->sockets) < 0)
		status = cmd_fail_errno(p->cmd, CMD_UNDECIDED, CMD_NOTHING, WORD_SERVE_PROCESS, errno, CMD_NOTHING);
	p->relay_rest.started = clock_steady_ms();
	p->is_trial = p->has_next;
	if (status == CMD_GOOD)
		status = vault_feed(p);
	if (status == CMD_GOOD)
		status = bundle_send(p, p->has_next ? &p->next : &p->settings);
	if (status == CMD_GOOD)
		channels_send(p);
	return status;
}

/* What cannot be started now is tried again, at longer and longer intervals. */
static void start_due(struct parent *p)
{
	uint64_t now = clock_steady_ms();

	if (!p->relay.pid && p->phase != DRAINING && p->relay_rest.due <= now) {
		if (both_start(p) == CMD_GOOD)
			return;
		parent_relay_kill(&p->relay);
		vault_child_stop(&p->vault);
		next_lost(p);
		rest_begin(&p->relay_rest, "relay_rests");
	} else if (p->relay.pid && !p->vault.pid && p->vault_rest.due <= now) {
		if (vault_start(p) == CMD_GOOD && vault_feed(p) == CMD_GOOD) {
			channels_send(p);
			return;
		}
		vault_child_stop(&p->vault);
		rest_begin(&p->vault_rest, "vault_rests");
	}
}

/* --- the configuration anew ---------------------------------------------------------------------------------- */

static int next_read(struct parent *p)
{
	unsigned char key[VAULT_MASTER_SIZE];
	int status;

	next_drop(p);
	zg_arena_init(&p->next_memory, &io_heap, SETTINGS_MEMORY);
	p->has_next = true;
	status = settings_read(p->cmd, &p->next_memory, &p->next);
	if (status == CMD_GOOD)
		status = parent_certificate_make(p->cmd, &p->next_memory, &p->next);
	if (status == CMD_GOOD)
		status = parent_bundle_compare(p->cmd, &p->settings, &p->next);
	if (status == CMD_GOOD)		/* a vault that starts again needs it */
		status = key_read(p, key);
	zg_secret_wipe_bytes(key, sizeof(key));
	return status;
}

/* All or nothing: whatever is wrong, the old settings stay. */
static void reload(struct parent *p)
{
	int status;

	if (p->relay.pid && p->relay.owes)
		return;		/* one at a time */
	p->is_reload_asked = false;
	if (p->phase == DRAINING || p->phase == ENDED)
		return;
	status = next_read(p);
	if (status == CMD_GOOD)		/* the relay answers K or E: the one that runs, or the one that is started next */
		status = p->relay.pid ? bundle_send(p, &p->next) : parent_bundle_check(p->cmd, &p->next);
	if (status == CMD_GOOD)
		return;
	next_drop(p);
	log_line(LOG_ERROR, "reload_refused", NULL, 0);
}

static void reload_ask(struct parent *p)
{
	p->is_reload_asked = true;
	p->reload_deaths = 0;
	if (!p->relay.pid || p->relay.owes)
		log_line(LOG_INFO, "reload_waits", NULL, 0);
}

/* --- what the relay says ------------------------------------------------------------------------------------- */

static void ready(struct parent *p)
{
	p->phase = SERVING;
	log_line(LOG_INFO, "ready", (struct log_field[]){ LOG_NUM("relay", p->relay.pid), LOG_NUM("vault", p->vault.pid) }, 2);
	p->cmd->report = report_log;
	if (p->settings.is_dev)
		parent_relay_greet(p->cmd, &p->settings, &p->sockets);
}

static void is_in_force(struct parent *p)
{
	p->relay.is_ready = true;
	if (p->has_next)
		next_take(p);
	if (p->phase == STARTING)
		ready(p);
}

/* A relay that runs goes on as it did; one that began with what it refuses runs nothing. */
static void is_refused(struct parent *p, struct zg_slice why)
{
	struct zg_slice where = p->settings.path.n ? p->settings.path : ZG_S("serve");

	if (p->phase == STARTING && !p->has_next) {
		p->status = zg_slice_eq(why, ZG_S(RELAY_OTHER_MASTER)) ? master_fail_other(p->cmd, &p->settings) :
			cmd_fail(p->cmd, CMD_UNUSABLE, where, WORD_SERVE_REFUSED, why, CMD_NOTHING);
		p->phase = ENDED;
		return;
	}
	log_line(LOG_ERROR, p->has_next ? "reload_refused" : "relay_refused",
		(struct log_field[]){ LOG_TEXT("error", why) }, 1);
	next_drop(p);
	if (!p->relay.is_ready)
		parent_relay_end(&p->relay);	/* what it began with is gone or broken: it starts again, when rested */
}

static void relay_hear(struct parent *p)
{
	char mem[HEARD_MAX];
	struct zg_slice text;
	char kind;

	while (p->phase != ENDED && parent_relay_take(&p->relay, &kind, mem, sizeof(mem), &text)) {
		if (!p->relay.owes || (kind != 'K' && kind != 'E')) {
			log_line(LOG_ERROR, "relay_unasked", NULL, 0);
			parent_relay_end(&p->relay);
			return;
		}
		p->relay.owes = false;
		if (kind == 'K')
			is_in_force(p);
		else
			is_refused(p, text);
	}
}

/* --- deaths -------------------------------------------------------------------------------------------------- */

static void log_end(const char *event, int status, bool is_expected)
{
	bool by_signal = WIFSIGNALED(status);
	int n = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);

	log_line(is_expected ? LOG_INFO : LOG_ERROR, event, (struct log_field[]){
		{ by_signal ? "signal" : "status", true, n, { NULL, 0 } } }, 1);
}

static void relay_gone(struct parent *p, int status)
{
	p->relay.is_over = true;
	relay_hear(p);		/* its last words */
	log_end("relay_ended", status, p->phase == DRAINING && status == 0);
	parent_relay_forget(&p->relay);
	if (p->phase == ENDED)
		return;
	next_lost(p);
	if (p->phase == STARTING && !p->is_trial && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		p->status = CMD_UNDECIDED;	/* it never ran, and told the log why */
	if (p->phase == DRAINING || p->status != CMD_GOOD) {
		p->phase = ENDED;
		return;
	}
	vault_child_stop(&p->vault);
	rest_begin(&p->relay_rest, "relay_rests");
}

static void vault_gone(struct parent *p, int status)
{
	log_end("vault_ended", status, false);
	vault_child_forget(&p->vault);
	rest_begin(&p->vault_rest, "vault_rests");
}

static void children_reap(struct parent *p)
{
	int status;

	if (p->relay.pid && waitpid(p->relay.pid, &status, WNOHANG) == p->relay.pid)
		relay_gone(p, status);
	if (p->vault.pid && waitpid(p->vault.pid, &status, WNOHANG) == p->vault.pid)
		vault_gone(p, status);
}

static void drain(struct parent *p)
{
	uint64_t now = clock_steady_ms();

	if (p->phase == DRAINING) {	/* asked twice: at once; but a wrapper may pass on a signal that came to all */
		if (now + DRAIN_PATIENCE >= p->patience + ASKED_TWICE)
			parent_relay_end(&p->relay);
		return;
	}
	if (!p->relay.pid || p->phase != SERVING) {
		p->phase = ENDED;
		return;
	}
	log_line(LOG_INFO, "draining", NULL, 0);
	p->phase = DRAINING;
	p->patience = now + DRAIN_PATIENCE;
	parent_relay_send(&p->relay, 'D', ZG_S(""), NULL, 0);
	parent_listen_close(&p->sockets);	/* the relay closes its own: a new client is refused, and does not wait */
}

static void signals_take(struct parent *p)
{
	struct signalfd_siginfo s;

	while (p->phase != ENDED && read(p->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			children_reap(p);
		else if (s.ssi_signo == SIGHUP)
			reload_ask(p);
		else
			drain(p);
	}
}

/* --- the loop ------------------------------------------------------------------------------------------------ */

/* ms until something is due; -1: nothing is. */
static int patience_of(const struct parent *p)
{
	uint64_t now = clock_steady_ms(), due = UINT64_MAX;

	if (p->phase == DRAINING)
		due = p->patience;
	if (!p->relay.pid && p->phase != DRAINING)
		due = p->relay_rest.due;
	else if (!p->vault.pid && p->vault_rest.due < due)
		due = p->vault_rest.due;
	if (due == UINT64_MAX)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

static void serve(struct parent *p)
{
	while (p->phase != ENDED) {
		struct pollfd v[2] = { { p->signals, POLLIN, 0 }, { p->relay.pid ? p->relay.control : -1, POLLIN, 0 } };

		if (p->relay.is_deaf)
			v[1].fd = -1;	/* it closed its end; its death is heard of by its signal */
		if (poll(v, 2, patience_of(p)) < 0 && errno != EINTR) {
			log_errno("parent_poll_failed", errno);
			p->status = CMD_UNDECIDED;
			return;
		}
		if (v[1].revents)
			relay_hear(p);
		if (v[0].revents)
			signals_take(p);
		if (p->phase == DRAINING && clock_steady_ms() >= p->patience) {
			parent_relay_end(&p->relay);
			p->patience = clock_steady_ms() + DRAIN_PATIENCE;
		}
		if (p->is_reload_asked)
			reload(p);
		if (p->phase != ENDED)
			start_due(p);
	}
}

static int signals_open(struct parent *p)
{
	const int heard[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	sigset_t set;

	(void)sigemptyset(&set);	/* these three cannot fail with valid signals */
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		(void)sigaddset(&set, heard[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p->signals >= 0)
		return CMD_GOOD;
	return cmd_fail_errno(p->cmd, CMD_UNDECIDED, CMD_NOTHING, WORD_SERVE_PROCESS, errno, CMD_NOTHING);
}

/* The vault locks its memory, which no limit but root's own allows. */
static void locks_allow(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &none);	/* where it could not, the vault's log says so */
}

/* All that must be there, made with all the rights there are; then most of them are given up. */
static int setup(struct parent *p)
{
	struct cmd *c = p->cmd;
	struct settings *s = &p->settings;
	int status = settings_read(c, &p->memory, s);

	if (status == CMD_GOOD)
		status = parent_users_find(c, s, &p->users);
	if (status == CMD_GOOD)
		status = parent_state_make(c, s, &p->users);
	if (status == CMD_GOOD)
		status = parent_certificate_make(c, &p->memory, s);
	if (status == CMD_GOOD)
		status = parent_bundle_check(c, s);
	if (status == CMD_GOOD)
		status = parent_master_make(c, s, &p->users);
	if (status == CMD_GOOD)
		status = parent_listen_open(c, s, &p->sockets);
	if (status == CMD_GOOD && zg_crypt_init(&p->crypt) < 0)
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	if (status == CMD_GOOD && p->users.relay == (uid_t)-1)
		cmd_say(c, WORD_SERVE_ONE_USER, CMD_NOTHING, CMD_NOTHING);
	locks_allow();
	if (status == CMD_GOOD && (sandbox_parent() < 0 || sandbox_quiet(0) < 0))
		status = cmd_fail_errno(c, CMD_UNDECIDED, CMD_NOTHING, WORD_SERVE_RIGHTS, errno, CMD_NOTHING);
	(void)fflush(stdout);	/* nobody waits for it; a failure stays with the stream, and the end of the run looks */
	return status;
}

static unsigned loops_wanted(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		return 1;
	return cores > RELAY_LOOPS_MOST ? RELAY_LOOPS_MOST : (unsigned)cores;
}

int parent_main(const struct parent_opts *o)
{
	struct parent p = {
		.cmd = o->cmd, .relay = { .run = o->relay, .loops = loops_wanted() }, .signals = -1, .phase = STARTING,
	};

	log_process("parent");
	zg_arena_init(&p.memory, &io_heap, SETTINGS_MEMORY);
	p.status = setup(&p);
	if (p.status == CMD_GOOD)
		p.status = signals_open(&p);
	if (p.status == CMD_GOOD)
		p.status = both_start(&p);
	if (p.status == CMD_GOOD)
		serve(&p);
	parent_relay_kill(&p.relay);
	vault_child_stop(&p.vault);
	parent_listen_close(&p.sockets);
	if (p.signals >= 0)
		(void)close(p.signals);		/* nothing was written by it */
	next_drop(&p);
	zg_arena_reset(&p.memory);
	zg_crypt_done(&p.crypt);
	if (p.cmd->report)	/* it served: who reads the log wants to know the end */
		log_line(LOG_INFO, "ended", (struct log_field[]){ LOG_NUM("status", p.status) }, 1);
	p.cmd->report = NULL;
	return p.status;
}
