/* parent_relay.c - the relay's first steps as a child, and the parent's end of its control socket. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd/parent_relay.h"
#include "io/handover.h"
#include "io/log.h"
#include "io/sandbox.h"

/* What the relay may read: libraries, roots of trust, the resolver's settings; it writes below the state
 * folder only. */
static const char *const readable[] = {
	"/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/proc/sys",
	"/sys/devices/system/cpu", "/dev/null", "/dev/urandom", "/dev/random",
};
#define READABLE (sizeof(readable) / sizeof(readable[0]))

static void log_errno(const char *event, int error)
{
	log_line(LOG_ERROR, event, (struct log_field[]){ LOG_TEXT("error", zg_slice_cstr(strerror(error))) }, 1);
}

/* The folder of an SQLite file, into mem; "/nonexistent" for other engines. */
static const char *store_folder(const struct conf *conf, char mem[PATH_MAX])
{
	struct zg_slice url = conf->store_url, file = zg_slice_sub(url, sizeof("sqlite:") - 1, url.n);
	int n = (int)zg_slice_rfind(file, '/');

	if (!zg_slice_starts(url, ZG_S("sqlite:/")) || snprintf(mem, PATH_MAX, "%.*s/", n, file.p) >= PATH_MAX)
		return "/nonexistent";
	return mem;
}

static int files_shut(const struct conf *conf)
{
	char state[PATH_MAX], store[PATH_MAX];
	struct sandbox_path paths[READABLE + 2];
	bool is_on;

	for (size_t i = 0; i < READABLE; i++)
		paths[i] = (struct sandbox_path){ readable[i], false };
	if (snprintf(state, sizeof(state), ZG_FMT, ZG_ARG(conf->state)) >= (int)sizeof(state)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	paths[READABLE] = (struct sandbox_path){ state, true };
	paths[READABLE + 1] = (struct sandbox_path){ store_folder(conf, store), true };
	/* SQLite's temporary files have no other place to go. */
	if (setenv("SQLITE_TMPDIR", state, 1) < 0 || sandbox_paths(paths, READABLE + 2, &is_on) < 0)
		return -1;
	if (!is_on)
		log_line(LOG_WARNING, "relay_without_landlock", NULL, 0);
	return 0;
}

/* In the child: never returns. */
static void child_run(const struct parent_relay *r, int control, pid_t parent, const struct settings *s,
	const struct parent_users *u, const struct parent_sockets *l)
{
	const struct relay_start start = { control, l->fds, l->count, r->loops, s->is_dev };
	int keep[PARENT_LISTEN_MAX + 1];

	log_process("relay");
	sandbox_signals();
	memcpy(keep, l->fds, l->count * sizeof(int));
	keep[l->count] = control;
	if (prctl(PR_SET_NAME, "zegel-relay", 0, 0, 0) < 0 || sandbox_keep(keep, l->count + 1) < 0 ||
	    sandbox_user(u->relay, u->relay_group) < 0 || sandbox_quiet(parent) < 0 || files_shut(&s->conf) < 0 ||
	    sandbox_calls() < 0) {
		log_errno("relay_start_failed", errno);
		_exit(CMD_UNDECIDED);
	}
	_exit(r->run(&start));
}

int parent_relay_fork(struct parent_relay *r, const struct settings *s, const struct parent_users *u,
			const struct parent_sockets *l)
{
	pid_t parent = getpid(), pid;
	int pair[2], e;

	if (handover_pair(pair) < 0)
		return -1;
	pid = fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 ? -1 : fork();
	if (pid == 0)
		child_run(r, pair[1], parent, s, u, l);
	e = errno;
	(void)close(pair[1]);	/* the child's end */
	if (pid < 0) {
		(void)close(pair[0]);
		errno = e;
		return -1;
	}
	r->pid = pid;
	r->control = pair[0];
	r->owes = r->is_ready = r->is_deaf = r->is_over = false;
	log_line(LOG_INFO, "relay_started", (struct log_field[]){ LOG_NUM("pid", pid) }, 1);
	return 0;
}

void parent_relay_send(struct parent_relay *r, char kind, struct zg_slice text, const int *fds, size_t count)
{
	if (!r->pid || handover_send(r->control, kind, text, fds, count) == 0)
		return;
	log_errno("relay_takes_nothing", errno);
	parent_relay_end(r);
}

bool parent_relay_take(struct parent_relay *r, char *ret_kind, void *mem, size_t n, struct zg_slice *ret_text)
{
	int fds[HANDOVER_FDS], rc;
	size_t count = 0;

	if (!r->pid || r->is_deaf)
		return false;
	rc = handover_take(r->control, ret_kind, mem, n, ret_text, fds, &count);
	while (count)
		(void)close(fds[--count]);	/* the relay has none to give */
	if (rc > 0)
		return true;
	if (rc < 0 && errno == EAGAIN)
		return false;
	r->is_deaf = true;
	if (rc < 0)
		parent_relay_end(r);
	return false;
}

void parent_relay_end(struct parent_relay *r)
{
	if (r->pid && !r->is_over)
		(void)kill(r->pid, SIGKILL);	/* our child, not yet waited for */
}

void parent_relay_kill(struct parent_relay *r)
{
	if (!r->pid)
		return;
	parent_relay_end(r);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
	parent_relay_forget(r);
}

void parent_relay_forget(struct parent_relay *r)
{
	if (!r->pid)
		return;
	(void)close(r->control);	/* a socket: nothing is lost by it */
	r->pid = 0;
	r->control = -1;
}

/* "host:port" of a socket. */
static struct zg_slice address_of(struct cmd *c, const struct conf_listen *l, int fd)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } a = { .v6 = { .sin6_family = 0 } };
	socklen_t n = sizeof(a);
	struct zg_slice text = l->text;
	unsigned port;

	if (getsockname(fd, &a.any, &n) < 0)
		return text;
	text = zg_slice_sub(text, 0, zg_slice_rfind(text, ':') + 1);
	port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
	return cmd_join(c, (struct zg_slice[]){ text, cmd_num(c, port) }, 2);
}

/* Where the panel is. */
static void greet_panel(struct cmd *c, const struct settings *s, const struct parent_sockets *l)
{
	const struct conf *conf = &s->conf;
	const struct conf_listen *first = conf->http_listen;
	struct zg_slice scheme, base = conf->base_url;

	if (!conf->http_listen_count)
		return;
	scheme = first->tls == CONF_TLS_NONE ? ZG_S("http://") : ZG_S("https://");
	if (!base.n)
		base = cmd_join(c, (struct zg_slice[]){ scheme, address_of(c, first, l->fds[conf->listen_count]) }, 2);
	cmd_say(c, WORD_SERVE_DEV_OPEN, cmd_join(c, (struct zg_slice[]){ base, ZG_S("/") }, 2), CMD_NOTHING);
}

void parent_relay_greet(struct cmd *c, const struct settings *s, const struct parent_sockets *l)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
	struct zg_slice program = n > 0 ? zg_slice_of(path, (size_t)n) : ZG_S("zegel");

	if (!l->count)
		return;
	cmd_say(c, WORD_SERVE_DEV_SEND, address_of(c, &s->conf.listen[0], l->fds[0]), CMD_NOTHING);
	greet_panel(c, s, l);
	cmd_say(c, WORD_SERVE_DEV_LOOK, program, s->conf.state);
	if (s->conf.route == CONF_ROUTE_SMARTHOST)
		cmd_say(c, WORD_SERVE_DEV_SENDS, s->conf.smarthost_host, CMD_NOTHING);
	else
		cmd_say(c, WORD_SERVE_DEV_KEEPS, CMD_NOTHING, CMD_NOTHING);
	cmd_say(c, WORD_SERVE_DEV_END, CMD_NOTHING, CMD_NOTHING);
	(void)fflush(stdout);	/* a failure stays with the stream, and the end of the run looks */
}
