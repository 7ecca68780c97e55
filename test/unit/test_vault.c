/* test_vault.c - the vault as a process: what is refused to it, and asking it, at once and from a loop. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>
#include <zegel/arena.h>
#include "io/heap.h"
#include "vault/vault.h"
#include "vault/vault_call.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MEMORY (4u * 1024u * 1024u)
#define BLOCK "from:Piet <piet@example.be>\r\nsubject:hello\r\ndkim-signature:v=1; a=ed25519-sha256; c=relaxed/relaxed; " \
	"d=example.be; s=s1; t=1700000000; h=from:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b="
#define STAY (uid_t)-1, (gid_t)-1

static const unsigned char master[VAULT_MASTER_SIZE] = "a master key that is no secret.";
static const struct vault_owner owner = { 7, 9, 1, ZG_SI("example.be"), ZG_SI("s1") };

/* A key that was made: what its row would hold. */
static char row_mem[2048];
static struct zg_slice dek, key;

static struct vault_answer ask(int fd, const struct vault_request *r, struct zg_arena *a)
{
	struct vault_answer answer = { .code = VAULT_FAILED };

	zg_arena_init(a, &io_heap, MEMORY);
	assert_int_equal(vault_call_sync(fd, r, a, &answer), 0);
	return answer;
}

static struct vault_request sign_request(struct zg_slice block)
{
	return (struct vault_request){ VAULT_SIGN, 5, owner, dek, key, .text = block };
}

static int a_key_is_made(void **state)
{
	const struct vault_request r = { VAULT_MAKE, 1, owner, .type = ZG_KEY_ED25519 };
	struct vault_child v;
	struct zg_arena arena;
	struct vault_answer a;

	(void)state;
	assert_int_equal(vault_child_start(master, 1, STAY, &v), 0);
	a = ask(v.channels[0], &r, &arena);
	assert_int_equal(a.code, VAULT_OK);
	assert_true(a.sealed_dek.n + a.sealed_key.n <= sizeof(row_mem));
	memcpy(row_mem, a.sealed_dek.p, a.sealed_dek.n);
	memcpy(row_mem + a.sealed_dek.n, a.sealed_key.p, a.sealed_key.n);
	dek = zg_slice_of(row_mem, a.sealed_dek.n);
	key = zg_slice_of(row_mem + a.sealed_dek.n, a.sealed_key.n);
	zg_arena_reset(&arena);
	vault_child_stop(&v);
	return 0;
}

static void a_process_serves_its_channels(void **state)
{
	const struct vault_request sign = sign_request(ZG_S(BLOCK)),
		make = { VAULT_MAKE, 3, owner, dek, .type = ZG_KEY_RSA, .bits = 2048 };
	struct vault_child v;
	struct zg_arena arena;
	struct vault_answer a;

	(void)state;
	assert_int_equal(vault_child_start(master, 3, STAY, &v), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ask(v.channels[i], &sign, &arena).code, VAULT_OK);
		zg_arena_reset(&arena);
	}
	assert_int_equal(ask(v.channels[0], &make, &arena).code, VAULT_OK);	/* shut in, it still can */
	zg_arena_reset(&arena);
	assert_int_equal(kill(v.pid, SIGTERM), 0);	/* only the end of control ends it */
	assert_int_equal(ask(v.channels[0], &sign, &arena).code, VAULT_OK);
	zg_arena_reset(&arena);
	assert_int_equal(kill(v.pid, SIGKILL), 0);
	zg_arena_init(&arena, &io_heap, MEMORY);
	assert_int_equal(vault_call_sync(v.channels[0], &sign, &arena, &a), -1);
	zg_arena_reset(&arena);
	vault_child_stop(&v);
	assert_int_equal(v.pid, 0);
	vault_child_stop(&v);		/* once more is no matter */
	assert_int_equal(vault_child_fork(VAULT_CHANNELS_MAX + 1, STAY, &v), -1);
}

static void long_packets(void **state)
{
	struct vault_request r = sign_request(ZG_S(BLOCK));
	char *block = malloc(VAULT_PACKET_MAX);
	struct vault_child v;
	struct zg_arena arena;

	(void)state;
	assert_non_null(block);
	memset(block, 'x', VAULT_PACKET_MAX);
	assert_int_equal(vault_child_start(master, 1, STAY, &v), 0);
	r.text = zg_slice_of(block, VAULT_PACKET_MAX - VAULT_PACKET_HEAD - (vault_request_size(&r) - r.text.n));
	assert_int_equal(ask(v.channels[0], &r, &arena).code, VAULT_BAD_REQUEST);	/* the longest packet: the vault says it */
	zg_arena_reset(&arena);
	r.text.n++;
	assert_int_equal(ask(v.channels[0], &r, &arena).code, VAULT_BAD_REQUEST);	/* one more: it does not go out */
	zg_arena_reset(&arena);
	r.text = zg_slice_of(block, VAULT_BLOCK_MAX);
	assert_int_equal(ask(v.channels[0], &r, &arena).code, VAULT_BAD_BLOCK);
	zg_arena_reset(&arena);
	vault_child_stop(&v);
	free(block);
}

/* --- what is refused --- */

static int t_open(void) { return open("/etc/passwd", O_RDONLY); }
static int t_open_new(void) { return open("/tmp", O_TMPFILE | O_RDWR, 0600); }
static int t_unlink(void) { return unlink("/nonexistent"); }
static int t_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int t_socket_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int t_ptrace(void) { return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }
static int t_vm_read(void) { return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }
static int t_exec(void) { char *const none[] = { NULL }; return execve("/bin/true", none, none); }
static int t_fork(void) { return (int)syscall(SYS_fork); }
static int t_clone(void) { return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static int t_kill(void) { return kill(getppid(), 0); }
static int t_kill_thread(void) { return (int)syscall(SYS_tgkill, 1, 1, 0); }
static int t_write(void) { return (int)write(STDOUT_FILENO, "x", 1); }
static int t_setuid(void) { return (int)syscall(SYS_setuid, 0); }
static int t_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }
static int t_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static int t_connect(void)
{
	const struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = 9, .sin_addr = { 0x0100007f } };

	return connect(STDIN_FILENO, (const struct sockaddr *)&a, sizeof(a));
}
static int t_exec_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int t_make_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static const struct { const char *name; int (*run)(void); } refused[] = {
	{ "open", t_open }, { "open a new file", t_open_new }, { "unlink", t_unlink }, { "a socket", t_socket },
	{ "a local socket", t_socket_unix }, { "connect", t_connect }, { "ptrace", t_ptrace }, { "reading another's memory", t_vm_read },
	{ "execve", t_exec }, { "fork", t_fork }, { "clone", t_clone }, { "a signal", t_kill }, { "a signal to a thread", t_kill_thread },
	{ "writing elsewhere than to the log", t_write }, { "setuid", t_setuid }, { "bpf", t_bpf }, { "being dumpable", t_dumpable },
	{ "executable memory", t_exec_memory }, { "memory made executable", t_make_exec },
};

/* Exit status: 0, or 1 and the number of the first that was not refused. */
static int refused_try(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		errno = 0;
		if (refused[i].run() != -1 || errno != EPERM)
			return (int)i + 1;
	}
	return 0;
}

static pthread_barrier_t barrier;

static void *refused_try_thread(void *arg)
{
	int *ret = arg;

	(void)pthread_barrier_wait(&barrier);
	(void)pthread_barrier_wait(&barrier);
	*ret = refused_try();
	return NULL;
}

/* In a child: a thread that lived before is shut in too. */
static int shut_in_and_try(void)
{
	pthread_t thread;
	int in_thread = -1, here;

	if (pthread_barrier_init(&barrier, NULL, 2) || pthread_create(&thread, NULL, refused_try_thread, &in_thread))
		return 100;
	(void)pthread_barrier_wait(&barrier);
	if (vault_shut_in() < 0)
		return 101;
	here = refused_try();
	(void)pthread_barrier_wait(&barrier);
	if (pthread_join(thread, NULL))
		return 102;
	return here ? here : in_thread;
}

static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("the child ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void files_network_and_processes_are_refused(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(shut_in_and_try());
	status = status_of(pid);
	if (status && status <= (int)COUNT(refused))
		fail_msg("not refused: %s", refused[status - 1].name);
	assert_int_equal(status, 0);
}

/* Each thread of pid has each of the lines in its status. */
static void threads_say(pid_t pid, const char *const *lines, size_t count)
{
	char path[300], text[8192];
	struct dirent *e;
	int seen = 0;
	DIR *d;

	assert_true(snprintf(path, sizeof(path), "/proc/%d/task", (int)pid) > 0);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		ssize_t n;
		int fd;

		if (e->d_name[0] == '.')
			continue;
		assert_true(snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, e->d_name) > 0);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, text, sizeof(text) - 1);
		assert_true(n > 0);
		text[n] = '\0';
		assert_int_equal(close(fd), 0);
		for (size_t i = 0; i < count; i++)
			if (!strstr(text, lines[i]))
				fail_msg("%s lacks %s", path, lines[i]);
		seen++;
	}
	assert_int_equal(closedir(d), 0);
	assert_true(seen >= 3);		/* the main thread and two workers at least */
}

static void the_process_is_shut_in(void **state)
{
	static const char *const lines[] = { "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n", "\nCapEff:\t0000000000000000\n",
		"\nCapPrm:\t0000000000000000\n", "\nUid:\t65534\t65534\t65534\t65534\n", "\nGid:\t65533\t65533\t65533\t65533\n",
		"\nGroups:\t \n" };
	const struct vault_request sign = sign_request(ZG_S(BLOCK));
	bool is_root = geteuid() == 0;
	struct vault_child v;
	struct zg_arena arena;
	struct stat st;
	char path[64];

	(void)state;
	assert_int_equal(vault_child_start(master, 1, is_root ? 65534 : (uid_t)-1, is_root ? 65533 : (gid_t)-1, &v), 0);
	assert_int_equal(ask(v.channels[0], &sign, &arena).code, VAULT_OK);
	zg_arena_reset(&arena);
	threads_say(v.pid, lines, is_root ? COUNT(lines) : 4);
	assert_true(snprintf(path, sizeof(path), "/proc/%d/mem", (int)v.pid) > 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);		/* not dumpable: its /proc belongs to root */
	vault_child_stop(&v);
}

static void a_master_key_of_another_size(void **state)
{
	static const struct { const char *proves; char kind; size_t n; } rows[] = {
		{ "too short", 'M', 31 }, { "too long", 'M', 33 }, { "none", 'M', 0 }, { "five", 'M', 160 }, { "another kind", 'B', 32 },
	};
	static char text[160];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vault_child v;
		char packet[161];
		struct zg_arena arena;
		struct vault_answer a;
		const struct vault_request sign = sign_request(ZG_S(BLOCK));

		assert_int_equal(vault_child_fork(1, STAY, &v), 0);
		packet[0] = rows[i].kind;
		memcpy(packet + 1, text, sizeof(text));
		assert_true(send(v.control, packet, rows[i].n + 1, 0) > 0);
		zg_arena_init(&arena, &io_heap, MEMORY);
		if (vault_call_sync(v.channels[0], &sign, &arena, &a) != -1)
			fail_msg("%s", rows[i].proves);
		zg_arena_reset(&arena);
		vault_child_stop(&v);
	}
}

/* --- from a loop --- */

#define MANY 200u

struct asked {
	struct vault_wait wait;
	unsigned dones;
	enum vault_code code;
};
static struct asked many[MANY];
static unsigned answered;
static struct vault_call call;
static uv_loop_t loop;

static void on_done(struct vault_wait *w, const struct vault_answer *a)
{
	struct asked *x = (struct asked *)(void *)w;

	x->dones++;
	x->code = a->code;
	answered++;
}

static void ask_many(struct zg_slice block)
{
	answered = 0;
	for (unsigned i = 0; i < MANY; i++) {
		many[i] = (struct asked){ .wait = { sign_request(block), on_done, { NULL, NULL }, false, 0 } };
		vault_call_ask(&call, &many[i].wait);
	}
	assert_int_equal(answered, 0);		/* never from inside */
}

static void turn_until(unsigned count)
{
	while (answered < count)
		(void)uv_run(&loop, UV_RUN_ONCE);
}

static void all_got(enum vault_code code)
{
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(many[i].dones, 1);
		assert_int_equal(many[i].code, code);
	}
}

static void loop_end(void)
{
	vault_call_done(&call);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void many_in_flight(void **state)
{
	struct vault_child v;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(vault_child_start(master, 1, STAY, &v), 0);
	assert_int_equal(vault_call_init(&call, &loop, v.channels[0]), 0);
	v.count = 0;		/* the descriptor is the call's now */
	ask_many(ZG_S(BLOCK));
	turn_until(MANY);
	all_got(VAULT_OK);
	assert_int_equal(call.in_flight, 0);
	loop_end();
	vault_child_stop(&v);
}

/* Requests wait for a first vault; it is killed in the middle; the next answers what has no answer, and each
 * only once. */
static void another_vault_takes_over(void **state)
{
	struct vault_child v;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(vault_call_init(&call, &loop, -1), 0);
	ask_many(ZG_S(BLOCK));
	for (int i = 0; i < 3; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(answered, 0);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(vault_child_start(master, 1, STAY, &v), 0);
		vault_call_use(&call, v.channels[0]);
		v.count = 0;
		if (round == 2)
			break;
		turn_until((unsigned)round * 20 + 1);
		assert_int_equal(kill(v.pid, SIGKILL), 0);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		vault_child_stop(&v);
	}
	turn_until(MANY);
	all_got(VAULT_OK);
	loop_end();
	vault_child_stop(&v);
}

static void no_vault_in_time(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(vault_call_init(&call, &loop, pair[0]), 0);	/* nobody reads the other end */
	ask_many(ZG_S(BLOCK));
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_true(call.in_flight > 0);
	for (unsigned i = 0; i < MANY; i++)
		many[i].wait.deadline = uv_now(&loop);		/* the patience is over */
	(void)uv_timer_start(&call.timer, call.timer.timer_cb, 0, 0);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(answered, MANY);
	all_got(VAULT_FAILED);
	loop_end();
	assert_int_equal(close(pair[1]), 0);
}

static void dropped_and_too_long(void **state)
{
	char *block = calloc(1, VAULT_PACKET_MAX);
	struct vault_child v;

	(void)state;
	assert_non_null(block);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(vault_child_start(master, 1, STAY, &v), 0);
	assert_int_equal(vault_call_init(&call, &loop, v.channels[0]), 0);
	v.count = 0;
	ask_many(ZG_S(BLOCK));
	many[1].wait.request.text = zg_slice_of(block, VAULT_PACKET_MAX);
	vault_call_drop(&call, &many[0].wait);		/* before it goes out */
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	if (!many[20].dones)
		vault_call_drop(&call, &many[20].wait);	/* when it has gone out */
	turn_until(MANY - 2);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(many[0].dones, 0);
	assert_int_equal(many[1].code, VAULT_BAD_REQUEST);
	assert_int_equal(many[2].code, VAULT_OK);
	assert_int_equal(many[MANY - 1].code, VAULT_OK);
	vault_call_drop(&call, &many[2].wait);		/* it is done: no matter */
	ask_many(ZG_S(BLOCK));				/* left open at the end */
	loop_end();
	assert_int_equal(answered, 0);
	vault_child_stop(&v);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_serves_its_channels), cmocka_unit_test(long_packets),
		cmocka_unit_test(files_network_and_processes_are_refused), cmocka_unit_test(the_process_is_shut_in),
		cmocka_unit_test(a_master_key_of_another_size), cmocka_unit_test(many_in_flight),
		cmocka_unit_test(another_vault_takes_over), cmocka_unit_test(no_vault_in_time), cmocka_unit_test(dropped_and_too_long),
	};

	return cmocka_run_group_tests(tests, a_key_is_made, NULL);
}
