/* test_parent.c - the supervising process with a vault of its own and a relay that is a puppet.
 *
 * The puppet does what spf_include in its configuration names: "refuse.example" refuses the bundle, "other.example" the master key,
 * "die.example" dies at once, "leave.example" leaves with a failure; otherwise it serves.  While there is a file
 * STATE/wait it answers nothing.  What it hears it writes to STATE/heard, a line each. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cur.h"
#include "base/num.h"
#include "cmd/parent.h"
#include "conf/conf.h"
#include "io/clock.h"
#include "io/handover.h"
#include "io/heap.h"
#include "store/store.h"
#include "vault/vault_call.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define PATIENCE 20000u			/* ms until a test gives up */
#define LOG_MAX (256u * 1024u)

/* --- the puppet ---------------------------------------------------------------------------------------------- */

static char packet[HANDOVER_MAX];

struct puppet {
	struct zg_arena arena;
	struct conf conf;
	char heard[4096];
	bool has_conf, has_channels;
	const struct relay_start *start;
};

static void note(const struct puppet *p, const char *line)
{
	int fd = open(p->heard, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, strlen(line)) < 0 || close(fd) < 0)
		_exit(99);
}

static bool does(const struct puppet *p, const char *what)
{
	return zg_slice_eq(p->conf.spf_include, zg_slice_cstr(what));
}

/* What this user must not read, and what no relay may do. */
static void try_walls(const struct puppet *p)
{
	char path[4096];

	if (snprintf(path, sizeof(path), ZG_FMT "/../master.key", ZG_ARG(p->conf.state)) < 0)	/* beside the configuration */
		_exit(99);
	note(p, open(path, O_RDONLY | O_CLOEXEC) >= 0 ? "the master key can be read\n" : errno == EACCES ? "no master key\n" :
		"the master key is elsewhere\n");
	note(p, open("/root", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? "no /root\n" : "/root can be read\n");
	note(p, execl("/bin/true", "true", (char *)NULL) < 0 && errno == EPERM ? "no execve\n" : "execve\n");
	note(p, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? "no dump\n" : "dumpable\n");
	if (snprintf(path, sizeof(path), "listeners %zu\n", p->start->listeners_count) < 0)
		_exit(99);
	note(p, path);
}

static void wait_here(const struct puppet *p)
{
	char path[4096];

	if (snprintf(path, sizeof(path), ZG_FMT "/wait", ZG_ARG(p->conf.state)) < 0)
		_exit(99);
	note(p, "waits\n");
	while (access(path, F_OK) == 0)
		(void)usleep(1000);	/* cut short: looked at a bit earlier */
}

static void on_bundle(struct puppet *p, int control, struct zg_slice text)
{
	struct conf_error errors[CONF_ERRORS_MAX];
	struct zg_cur c = zg_cur_of(text);
	struct zg_slice conf = zg_cur_sized(&c), parts[6], why = { NULL, 0 };
	size_t count = 0;
	char line[200];

	for (size_t i = 0; i < 6; i++)
		parts[i] = zg_cur_sized(&c);
	zg_arena_init(&p->arena, &io_heap, 1024u * 1024u);
	if (c.why || !zg_cur_is_end(&c) || conf_read(zg_arena_dup(&p->arena, conf), &p->arena, &p->conf, errors, &count) < 0)
		_exit(98);
	if (snprintf(p->heard, sizeof(p->heard), ZG_FMT "/heard", ZG_ARG(p->conf.state)) < 0 ||
	    snprintf(line, sizeof(line), "B %zu %zu %zu %zu %zu %zu\n", parts[0].n, parts[1].n, parts[2].n, parts[3].n, parts[4].n,
			parts[5].n) < 0)
		_exit(97);
	note(p, line);
	if (snprintf(line, sizeof(line), "spf " ZG_FMT "\n", ZG_ARG(p->conf.spf_include)) < 0)
		_exit(97);
	note(p, line);
	wait_here(p);
	if (does(p, "die.example"))
		(void)raise(SIGKILL);
	if (does(p, "leave.example"))
		_exit(7);
	if (does(p, "other.example"))
		why = ZG_S(RELAY_OTHER_MASTER);
	else if (does(p, "refuse.example"))
		why = ZG_S("it is a puppet");
	if (why.n && handover_send(control, 'E', why, NULL, 0) < 0)
		_exit(96);
	if (!p->has_conf)
		try_walls(p);
	p->has_conf = p->has_conf || !why.n;
	if (p->has_conf && p->has_channels && !why.n && handover_send(control, 'K', ZG_S(""), NULL, 0) < 0)
		_exit(95);
}

static void on_channels(struct puppet *p, int control, const int *fds, size_t count)
{
	const struct vault_request make = { VAULT_MAKE, 3, { 1, 1, 1, ZG_SI("example.be"), ZG_SI("s1") }, .type = ZG_KEY_ED25519 };
	struct vault_answer a = { .code = VAULT_FAILED };
	struct zg_arena arena;
	bool is_good = count == p->start->loops + PANEL_WORKERS;

	for (size_t i = 0; i < count; i++) {
		zg_arena_init(&arena, &io_heap, 1024u * 1024u);
		is_good = is_good && vault_call_sync(fds[i], &make, &arena, &a) == 0 && a.code == VAULT_OK;
		zg_arena_reset(&arena);
	}
	if (p->has_conf)
		note(p, is_good ? "V good\n" : "V bad\n");
	if (p->has_conf && !p->has_channels && handover_send(control, 'K', ZG_S(""), NULL, 0) < 0)
		_exit(94);
	p->has_channels = true;
}

static int puppet_main(const struct relay_start *s)
{
	static struct puppet p;
	int fds[HANDOVER_FDS];
	struct zg_slice text;
	size_t count;
	char kind;

	p.start = s;
	while (handover_take(s->control, &kind, packet, sizeof(packet), &text, fds, &count) > 0) {
		if (kind == 'B')
			on_bundle(&p, s->control, text);
		if (kind == 'V')
			on_channels(&p, s->control, fds, count);
		if (kind == 'D') {
			note(&p, "D\n");
			_exit(0);
		}
	}
	return 0;
}

/* --- the stage ----------------------------------------------------------------------------------------------- */

struct stage {
	char folder[64], config[128], state[128];
	pid_t pid;
	int err;			/* the read end of its standard error */
	char log[LOG_MAX];
	size_t n, at;			/* octets read; where the next search begins */
	const char *http;		/* the section of the panel */
};
static struct stage stage;

#define SHARED "user = \"nobody\"\nvault_user = \"daemon\"\n"	/* two users that every Debian has */

static void config_write(const char *server, const char *smtp, const char *delivery)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "[server]\nstate = \"%s\"\n" SHARED "%s\n[smtp]\n%s\n[delivery]\n%s\n[http]\n%s\n", stage.state,
		server, smtp, delivery, stage.http);
	int fd = open(stage.config, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(n > 0 && n < (int)sizeof(text));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	assert_int_equal(close(fd), 0);
}

#define ANY_PORT "listen = [\"127.0.0.1:0\"]"
#define SPF(name) "spf_include = \"" name "\""

static int stage_begin(void **state)
{
	(void)state;
	memset(&stage, 0, sizeof(stage));
	assert_true(snprintf(stage.folder, sizeof(stage.folder), "/tmp/test_parent.XXXXXX") > 0);
	assert_non_null(mkdtemp(stage.folder));
	assert_int_equal(chmod(stage.folder, 0755), 0);
	assert_true(snprintf(stage.config, sizeof(stage.config), "%s/zegel.conf", stage.folder) > 0);
	assert_true(snprintf(stage.state, sizeof(stage.state), "%s/state", stage.folder) > 0);
	stage.err = -1;
	stage.http = "listen = []";
	return 0;
}

static void forget(const char *name)
{
	char path[300];

	assert_true(snprintf(path, sizeof(path), "%s/%s", stage.folder, name) > 0);
	(void)unlink(path);	/* most are not there */
}

static int stage_end(void **state)
{
	static const char *const names[] = { "zegel.conf", "other", "master.key", "state/heard", "state/wait", "state/master.key", "state/dev-key.pem",
		"state/dev-certificate.pem", "state" };

	(void)state;
	if (stage.pid) {
		(void)kill(stage.pid, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0)	/* we are the reaper of its children too */
			;
	}
	if (stage.err >= 0)
		assert_int_equal(close(stage.err), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		forget(names[i]);
	(void)rmdir(stage.state);
	assert_int_equal(rmdir(stage.folder), 0);
	return 0;
}

static void zegel_start(const char *more_option)
{
	int pipe_fd[2];

	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	stage.pid = fork();
	assert_true(stage.pid >= 0);
	if (stage.pid == 0) {
		struct cmd c = { .lang = LANG_EN };
		const struct parent_opts o = { &c, puppet_main };

		if (dup2(pipe_fd[1], STDERR_FILENO) < 0 || !freopen("/dev/null", "w", stdout))
			_exit(90);
		zg_arena_init(&c.arena, &io_heap, 64u * 1024u * 1024u);
		c.options[CMD_OPT_CONFIG] = stage.config;
		if (more_option)
			c.options[CMD_OPT_DEV] = "";
		_exit(parent_main(&o));
	}
	assert_int_equal(close(pipe_fd[1]), 0);
	stage.err = pipe_fd[0];
}

/* Reads what there is; false at the end. */
static bool log_read(int patience)
{
	struct pollfd p = { stage.err, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, patience) <= 0)
		return true;
	n = read(stage.err, stage.log + stage.n, sizeof(stage.log) - 1 - stage.n);
	if (n <= 0)
		return false;
	stage.n += (size_t)n;
	return true;
}

/* Waits for text in the log, behind what was found before; what follows it is the answer. */
static const char *log_wait(const char *text)
{
	uint64_t until = clock_steady_ms() + PATIENCE;

	for (;;) {
		char *found = strstr(stage.log + stage.at, text);

		if (found) {
			stage.at = (size_t)(found - stage.log) + strlen(text);
			return found + strlen(text);
		}
		if (clock_steady_ms() > until || !log_read(100))
			fail_msg("no %s in: %s", text, stage.log);
	}
}

static unsigned long number_after(const char *text)
{
	uint64_t v = 0;
	struct zg_cur c = zg_cur_of(zg_slice_cstr(log_wait(text)));

	v = zg_cur_uint(&c, UINT32_MAX);
	assert_null(c.why);
	return (unsigned long)v;
}

static int zegel_end(int signal_number)
{
	int status;

	if (signal_number)
		assert_int_equal(kill(stage.pid, signal_number), 0);
	while (log_read(20000))
		;
	assert_int_equal(waitpid(stage.pid, &status, 0), stage.pid);
	stage.pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void heard_read(char text[8192])
{
	char path[300];
	ssize_t n;
	int fd;

	assert_true(snprintf(path, sizeof(path), "%s/heard", stage.state) > 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, text, 8191);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(close(fd), 0);
}

static void heard_is(const char *line)
{
	char text[8192];

	heard_read(text);
	if (!strstr(text, line))
		fail_msg("not heard: %s in: %s", line, text);
}

/* Waits until the puppet has heard this as often, behind (where it is not empty) what it heard before. */
static void heard_wait(const char *before, const char *line, unsigned count)
{
	uint64_t until = clock_steady_ms() + PATIENCE;
	char text[8192];
	unsigned n;

	do {
		n = 0;
		heard_read(text);
		for (const char *at = strstr(text, before); at && (at = strstr(at, line)) != NULL; at++)
			n++;
		if (clock_steady_ms() > until)
			fail_msg("not heard %u times: %s in: %s; %s", count, line, text, stage.log);
		(void)log_read(1);	/* the end is seen by those who look for it */
	} while (n < count);
}

static void puppet_waits(bool does_wait)
{
	char path[300];
	int fd;

	assert_true(snprintf(path, sizeof(path), "%s/wait", stage.state) > 0);
	if (!does_wait) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

/* --- the tests ----------------------------------------------------------------------------------------------- */

static void it_starts_serves_and_ends(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	char path[300];

	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	log_wait("\"event\":\"listening\",\"process\":\"parent\",\"address\":\"127.0.0.1\"");
	a.sin_port = htons((uint16_t)number_after("\"port\":"));
	log_wait("\"tls\":\"none\",\"for\":\"smtp\"");
	assert_int_not_equal(a.sin_port, 0);
	log_wait("\"event\":\"ready\"");
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(close(fd), 0);
	heard_is("B 0 0 0 0 0 0\n");
	assert_true(snprintf(path, sizeof(path), "%s/master.key", stage.folder) > 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("D\n");
	log_wait("\"event\":\"ended\",\"process\":\"parent\",\"status\":0");
}

/* With root relay and vault have users of their own; without, all three share one. */
static void rights_are_given_up(void **state)
{
	static const char line[] = "\nCapEff:\t00000000000004e4\n";	/* DAC_READ_SEARCH KILL SETGID SETUID NET_BIND_SERVICE */
	char path[64], text[8192];
	struct stat st;
	ssize_t n;
	int fd;

	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	log_wait("\"event\":\"ready\"");
	heard_is("no /root\n");
	heard_is("no execve\n");
	heard_is("no dump\n");
	heard_is(geteuid() == 0 ? "no master key\n" : "the master key can be read\n");
	assert_int_equal(stat(stage.state, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(geteuid() != 0 || st.st_uid != 0);
	assert_true(snprintf(path, sizeof(path), "/proc/%d/status", (int)stage.pid) > 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(close(fd), 0);
	assert_non_null(strstr(text, geteuid() == 0 ? line : "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
	assert_int_equal(zegel_end(SIGINT), 0);
}

static void a_dead_vault_is_replaced(void **state)
{
	pid_t vault;

	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	vault = (pid_t)number_after("\"event\":\"vault_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	assert_int_equal(kill(vault, SIGKILL), 0);
	log_wait("\"event\":\"vault_ended\",\"process\":\"parent\",\"signal\":9");
	assert_int_not_equal(number_after("\"event\":\"vault_started\",\"process\":\"parent\",\"pid\":"), vault);
	log_wait("\"event\":\"vault_ready\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("V good\nV good\n");
	assert_null(strstr(stage.log, "relay_ended\",\"process\":\"parent\",\"signal\""));
}

static void a_dead_relay_takes_its_vault_along(void **state)
{
	pid_t vault, relay;

	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	vault = (pid_t)number_after("\"event\":\"vault_started\",\"process\":\"parent\",\"pid\":");
	relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	for (int round = 0; round < 2; round++) {
		pid_t next;

		assert_int_equal(kill(relay, SIGKILL), 0);
		log_wait("\"event\":\"relay_ended\",\"process\":\"parent\",\"signal\":9");
		next = (pid_t)number_after("\"event\":\"vault_started\",\"process\":\"parent\",\"pid\":");
		assert_int_not_equal(next, vault);
		assert_int_equal(kill(vault, 0), -1);
		vault = next;
		relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
		log_wait("\"event\":\"vault_ready\"");
	}
	assert_int_equal(zegel_end(SIGTERM), 0);
}

static void who_dies_at_once_rests(void **state)
{
	(void)state;
	config_write("", ANY_PORT, SPF("die.example"));
	zegel_start(NULL);
	for (unsigned rest = 100; rest <= 800; rest *= 2) {
		log_wait("\"event\":\"relay_ended\",\"process\":\"parent\",\"signal\":9");
		assert_int_equal(number_after("\"event\":\"relay_rests\",\"process\":\"parent\",\"ms\":"), rest);
	}
	assert_int_equal(zegel_end(SIGTERM), 0);
}

static void the_end_of_the_parent_ends_all(void **state)
{
	pid_t vault, relay;

	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	vault = (pid_t)number_after("\"event\":\"vault_started\",\"process\":\"parent\",\"pid\":");
	relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	assert_int_equal(kill(stage.pid, SIGKILL), 0);
	assert_int_equal(waitpid(stage.pid, NULL, 0), stage.pid);
	stage.pid = 0;
	assert_int_equal(waitpid(vault, NULL, 0), vault);	/* ours now; a test that hangs here has failed */
	assert_int_equal(waitpid(relay, NULL, 0), relay);
}

static void hangup_reads_again_all_or_nothing(void **state)
{
	(void)state;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	log_wait("\"event\":\"ready\"");
	config_write("", ANY_PORT, SPF("new.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reloaded\"");
	config_write("hostnam = \"x\"", ANY_PORT, "");
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("zegel.conf:5:1");
	log_wait("\"event\":\"reload_refused\"");
	config_write("", "listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"]", "");
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("smtp.listen has changed");
	log_wait("\"event\":\"reload_refused\"");
	config_write("", ANY_PORT, SPF("refuse.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reload_refused\",\"process\":\"parent\",\"error\":\"it is a puppet\"");
	config_write("", ANY_PORT, SPF("newer.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reloaded\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
}

/* Answers to the old settings confirm the old ones only. */
static void hangup_while_a_relay_starts(void **state)
{
	pid_t relay;

	(void)state;
	config_write("", ANY_PORT, SPF("old.example"));
	zegel_start(NULL);
	relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	puppet_waits(true);
	assert_int_equal(kill(relay, SIGKILL), 0);
	heard_wait("", "spf old.example\nwaits\n", 2);
	config_write("", ANY_PORT, SPF("refuse.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reload_waits\"");
	puppet_waits(false);
	log_wait("\"event\":\"reload_refused\",\"process\":\"parent\",\"error\":\"it is a puppet\"");
	assert_null(strstr(stage.log, "reloaded"));
	config_write("", ANY_PORT, SPF("new.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reloaded\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("V good\nB 0 0 0 0 0 0\nspf refuse.example\nwaits\nB 0 0 0 0 0 0\nspf new.example\nwaits\nD\n");
}

/* A relay that dies for another reason before it answered takes no reload with it. */
static void hangup_outlives_a_relay(void **state)
{
	pid_t relay;

	(void)state;
	config_write("", ANY_PORT, SPF("old.example"));
	zegel_start(NULL);
	relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	puppet_waits(true);
	config_write("", ANY_PORT, SPF("new.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	heard_wait("", "spf new.example\nwaits\n", 1);
	assert_int_equal(kill(relay, SIGKILL), 0);
	log_wait("\"event\":\"relay_ended\",\"process\":\"parent\",\"signal\":9");
	heard_wait("", "spf new.example\nwaits\n", 2);
	assert_null(strstr(stage.log, "reloaded"));
	puppet_waits(false);
	log_wait("\"event\":\"reloaded\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("D\n");
}

/* Settings with which relays die are not tried for ever: the old ones are back. */
static void hangup_that_kills_is_refused(void **state)
{
	(void)state;
	config_write("", ANY_PORT, SPF("old.example"));
	zegel_start(NULL);
	log_wait("\"event\":\"ready\"");
	config_write("", ANY_PORT, SPF("die.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"relay_ended\"");
	log_wait("\"event\":\"relay_ended\"");
	log_wait("\"event\":\"reload_refused\",\"process\":\"parent\",\"error\":\"the relay died with it twice\"");
	heard_wait("", "spf old.example\n", 2);
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("D\n");
	assert_null(strstr(stage.log, "reloaded"));
}

/* With no relay to ask, the one that is started next begins with them; refused, the old ones come back. */
static void hangup_mends_what_cannot_run(void **state)
{
	(void)state;
	config_write("", ANY_PORT, SPF("die.example"));
	zegel_start(NULL);
	log_wait("\"event\":\"relay_ended\"");
	config_write("", ANY_PORT, SPF("refuse.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reload_refused\",\"process\":\"parent\",\"error\":\"it is a puppet\"");
	log_wait("\"event\":\"relay_ended\"");
	heard_wait("spf refuse.example\n", "spf die.example\n", 1);
	config_write("", ANY_PORT, SPF("leave.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reload_refused\",\"process\":\"parent\",\"error\":\"the relay died with it twice\"");
	config_write("", ANY_PORT, SPF("new.example"));
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("\"event\":\"reloaded\"");
	log_wait("\"event\":\"ready\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("D\n");
}

static void secrets_are_read_at_each_start(void **state)
{
	char delivery[400], path[128];
	pid_t relay;
	int fd;

	(void)state;
	assert_true(snprintf(path, sizeof(path), "%s/other", stage.folder) > 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "secret\r\n", 8), 8);
	assert_int_equal(close(fd), 0);
	assert_true(snprintf(delivery, sizeof(delivery), "route = \"smarthost\"\nsmarthost = \"mx.example.com:587\"\n"
		"smarthost_user = \"u\"\nsmarthost_password_file = \"%s\"", path) > 0);
	config_write("", ANY_PORT, delivery);
	zegel_start(NULL);
	relay = (pid_t)number_after("\"event\":\"relay_started\",\"process\":\"parent\",\"pid\":");
	log_wait("\"event\":\"ready\"");
	heard_is("B 0 0 6 0 0 0\n");
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, "another secret\n", 15), 15);
	assert_int_equal(close(fd), 0);
	assert_int_equal(kill(relay, SIGKILL), 0);
	log_wait("\"event\":\"relay_started\"");
	log_wait("\"event\":\"vault_ready\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
	heard_is("B 0 0 14 0 0 0\n");
}

static void dev_makes_its_certificate(void **state)
{
	struct stat st;
	char path[300];

	(void)state;
	config_write("", "listen = [\"127.0.0.1:0 starttls\"]", "");
	zegel_start("dev");
	log_wait("\"tls\":\"starttls\"");
	log_wait("\"event\":\"ready\"");
	assert_true(snprintf(path, sizeof(path), "%s/dev-key.pem", stage.state) > 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(zegel_end(SIGTERM), 0);
}

/* Each is told with its place and the way to mend it, and ends with its status. */
static void what_cannot_be_used_is_told(void **state)
{
	static const struct { const char *proves, *server, *smtp, *delivery, *says; int status; bool is_dev; const char *http; } rows[] = {
		{ "a key that is none", "nonsense = 1", ANY_PORT, "", "zegel.conf:5:1: ", 4, false, NULL },
		{ "a certificate that is not there", "", "listen = [\"127.0.0.1:0 tls\"]\n"
			"certificate = \"/nonexistent/c\"\nkey = \"/nonexistent/k\"",
			"", "zegel.conf:8:15: the file /nonexistent/c cannot be opened", 4, false, NULL },
		{ "an address of another machine", "", "listen = [\"192.0.2.1:0\"]", "",
			"zegel: 192.0.2.1:0: this machine has no such address", 4, false, NULL },
		{ "a bundle that the relay refuses", "", ANY_PORT, SPF("refuse.example"), "it is a puppet; ", 4, false, NULL },
		{ "a master key that opens nothing", "", ANY_PORT, SPF("other.example"), "/master.key: this is not the master key that", 4, false, NULL },
		{ "a relay that cannot run", "", ANY_PORT, SPF("leave.example"), "\"status\":7", 3, false, NULL },
		{ "a password file that is not there", "", ANY_PORT, "route = \"smarthost\"\nsmarthost = \"mx.example.com:587\"\n"
			"smarthost_user = \"u\"\nsmarthost_password_file = \"/nonexistent/p\"",
			"zegel.conf:12:27: the file /nonexistent/p cannot be opened", 4, false, NULL },
		{ "--dev on an address that others reach", "", "listen = [\"0.0.0.0:0\"]", "", "zegel: 0.0.0.0:0: ", 4, true, NULL },
		{ "--dev with a panel that others reach", "", ANY_PORT, "", "zegel: 0.0.0.0:0: ", 4, true, "listen = [\"0.0.0.0:0\"]" },
		{ "a panel on an address of another machine", "", ANY_PORT, "", "zegel: 192.0.2.1:0: this machine has no such address", 4,
			false, "listen = [\"192.0.2.1:0\"]" },
		{ "a panel where mail comes in", "", "listen = [\"127.0.0.1:2525\"]", "", "zegel.conf:11:11: listen cannot be", 4, false,
			"listen = [\"127.0.0.1:2525\"]" },
		{ "a certificate of the panel that is not there", "", ANY_PORT, "",
			"zegel.conf:12:15: the file /nonexistent/c cannot be opened", 4, false,
			"listen = [\"127.0.0.1:0 tls\"]\ncertificate = \"/nonexistent/c\"\nkey = \"/nonexistent/k\"" },
		{ "an address of the panel with a path", "", ANY_PORT, "", "zegel.conf:11:12: base_url cannot be", 4, false,
			"base_url = \"https://mail.example.be/panel\"" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int status;

		if (i) {
			assert_int_equal(stage_end(state), 0);
			assert_int_equal(stage_begin(state), 0);
		}
		stage.http = rows[i].http ? rows[i].http : stage.http;
		config_write(rows[i].server, rows[i].smtp, rows[i].delivery);
		zegel_start(rows[i].is_dev ? "dev" : NULL);
		status = zegel_end(0);
		if (status != rows[i].status || !strstr(stage.log, rows[i].says))
			fail_msg("%s: %d: %s", rows[i].proves, status, stage.log);
	}
}

static void a_port_in_use(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char smtp[100];

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	assert_true(snprintf(smtp, sizeof(smtp), "listen = [\"127.0.0.1:%u\"]", ntohs(a.sin_port)) > 0);
	config_write("", smtp, "");
	zegel_start(NULL);
	assert_int_equal(zegel_end(0), 4);
	log_wait("the port is in use; ");
	assert_int_equal(stage_end(state), 0);
	assert_int_equal(stage_begin(state), 0);
	stage.http = smtp;
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	assert_int_equal(zegel_end(0), 4);
	log_wait("the port is in use; ");
	assert_int_equal(close(fd), 0);
}

/* The panel's sockets stand behind those of SMTP, and its files go with the bundle. */
static void the_panel_is_served(void **state)
{
	char http[700];
	int fd;

	(void)state;
	assert_true(snprintf(http, sizeof(http), "listen = [\"127.0.0.1:0 tls\", \"127.0.0.1:0\"]\ncertificate = \"%s/other\"\nkey = \"%s/other\"",
		stage.folder, stage.folder) > 0);
	stage.http = http;
	config_write("", ANY_PORT, "");
	assert_true(snprintf(http, sizeof(http), "%s/other", stage.folder) > 0);
	fd = open(http, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "PEM", 3), 3);
	assert_int_equal(close(fd), 0);
	zegel_start(NULL);
	log_wait("\"tls\":\"none\",\"for\":\"smtp\"");
	log_wait("\"tls\":\"tls\",\"for\":\"http\"");
	log_wait("\"tls\":\"none\",\"for\":\"http\"");
	log_wait("\"event\":\"ready\"");
	heard_is("listeners 3\n");
	heard_is("B 0 0 0 0 3 3\n");
	stage.http = "listen = [\"127.0.0.1:0\"]";
	config_write("", ANY_PORT, "");
	assert_int_equal(kill(stage.pid, SIGHUP), 0);
	log_wait("http.listen has changed");
	log_wait("\"event\":\"reload_refused\"");
	assert_int_equal(zegel_end(SIGTERM), 0);
}

static void a_master_key_that_others_can_read(void **state)
{
	char path[300], master[600];
	int fd;

	(void)state;
	assert_true(snprintf(path, sizeof(path), "%s/other", stage.folder) > 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(close(fd), 0);
	assert_true(snprintf(master, sizeof(master), "[vault]\nmaster_key = \"file:%s\"", path) > 0);
	config_write("", ANY_PORT, master);
	zegel_start(NULL);
	assert_int_equal(zegel_end(0), 4);
	log_wait("chmod 600");
}

/* A database with a data key, and no master key: a new one would open nothing. */
static void a_master_key_that_is_gone(void **state)
{
	const struct store_company company = { .slug = ZG_SI("acme"), .name = ZG_SI("Acme"), .created = 1 };
	struct store_error why;
	char url[300];
	struct store *s;
	uint64_t id;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(mkdir(stage.state, 0700), 0);
	assert_true(snprintf(url, sizeof(url), "sqlite:%s/zegel.db", stage.state) > 0);
	pid = fork();	/* as the relay's user, to whom it would belong */
	if (pid == 0) {
		const struct passwd *user = getpwnam("nobody");

		if (geteuid() == 0 && (chown(stage.state, user->pw_uid, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
		    setuid(user->pw_uid) < 0))
			_exit(1);
		if (store_open(zg_slice_cstr(url), STORE_WRITE, &s, &why) != STORE_OK || store_company_add(s, &company, &id) != STORE_OK ||
		    store_company_set_dek(s, id, ZG_S("sealed")) != STORE_OK)
			_exit(2);
		store_close(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	assert_int_equal(zegel_end(0), 4);
	log_wait("master.key: ");
	forget("state/zegel.db");
	forget("state/zegel.db-wal");
	forget("state/zegel.db-shm");
}

static void a_state_that_is_no_folder(void **state)
{
	int fd;

	(void)state;
	fd = open(stage.state, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(close(fd), 0);
	config_write("", ANY_PORT, "");
	zegel_start(NULL);
	assert_int_equal(zegel_end(0), 4);
	log_wait(stage.state);
	log_wait("mkdir -p");
	assert_int_equal(unlink(stage.state), 0);
}

int main(void)
{
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)
	const struct CMUnitTest tests[] = {
		ON_STAGE(it_starts_serves_and_ends), ON_STAGE(rights_are_given_up), ON_STAGE(a_dead_vault_is_replaced),
		ON_STAGE(a_dead_relay_takes_its_vault_along), ON_STAGE(who_dies_at_once_rests), ON_STAGE(the_end_of_the_parent_ends_all),
		ON_STAGE(hangup_reads_again_all_or_nothing), ON_STAGE(hangup_while_a_relay_starts), ON_STAGE(hangup_outlives_a_relay),
		ON_STAGE(hangup_that_kills_is_refused), ON_STAGE(hangup_mends_what_cannot_run),
		ON_STAGE(secrets_are_read_at_each_start), ON_STAGE(dev_makes_its_certificate), ON_STAGE(the_panel_is_served),
		ON_STAGE(what_cannot_be_used_is_told), ON_STAGE(a_port_in_use), ON_STAGE(a_master_key_that_others_can_read),
		ON_STAGE(a_master_key_that_is_gone), ON_STAGE(a_state_that_is_no_folder),
	};

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
