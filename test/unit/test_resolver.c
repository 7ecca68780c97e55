/* test_resolver.c - the real DNS: a name server of our own (nsd, loopback, a port the kernel chose), asked by both
 * drivers, and held against the zone in a file. */
#include <arpa/inet.h>
#include <errno.h>
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
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <zegel/dkim.h>
#include "io/ask_loop.h"
#include "io/clock.h"
#include "io/heap.h"
#include "io/resolver.h"
#include "testdata.h"

#define ROOM (64u << 20)
#define TRIES 5
#define READY_MS 10000u

static struct zg_crypt crypto;
static struct zg_arena world;
static char folder[] = "/tmp/zegel-nsd-XXXXXX";
static pid_t nsd = -1;
static char where[64];		/* "127.0.0.1:port" */
static struct zg_zone *zone;
static json_t *basic, *rfc;

static const char zone_head[] =
	"example.com. 60 IN NS ns.example.com.\n"
	"ns.example.com. 60 IN A 127.0.0.1\n"
	"mail.example.com. 61 IN A 192.0.2.1\n"
	"mail.example.com. 61 IN A 192.0.2.2\n"
	"mail.example.com. 61 IN AAAA 2001:db8::1\n"
	"example.com. 62 IN MX 10 mail.example.com.\n"
	"example.com. 62 IN MX 20 ns.example.com.\n"
	"alias.example.com. 63 IN CNAME mail.example.com.\n"
	"ptr.example.com. 64 IN PTR mail.example.com.\n"
	"_25._tcp.mail.example.com. 65 IN TLSA 3 1 1 0011223344\n"
	"odd\\.dot\\032blank.example.com. 66 IN TXT \"odd\"\n"
	"*.wild.example.com. 67 IN TXT \"wild\"\n";

/* --- nsd ----------------------------------------------------------------------------------------------------- */

static void file_write(const char *name, const char *head, struct zg_slice text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(head, f) >= 0);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

/* A port of 127.0.0.1 that is free for UDP and TCP. */
static int port_free(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0), port = 0;

	if (bind(udp, (struct sockaddr *)&a, n) == 0 && getsockname(udp, (struct sockaddr *)&a, &n) == 0 &&
	    bind(tcp, (struct sockaddr *)&a, n) == 0)
		port = ntohs(a.sin_port);
	(void)close(udp);	/* only the number was wanted */
	(void)close(tcp);
	return port;
}

/* Does it answer by UDP (a question for the SOA of example.com), and listen by TCP? */
static bool answers(int port)
{
	static const char question[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0\7example\3com\0\0\6\0\1";
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { 0, 200000 };
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
	bool is_there = connect(tcp, (struct sockaddr *)&a, sizeof(a)) == 0 &&
			connect(udp, (struct sockaddr *)&a, sizeof(a)) == 0;
	char reply[512];

	is_there = is_there && setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
		   send(udp, question, sizeof(question) - 1, 0) > 0 && recv(udp, reply, sizeof(reply), 0) > 0;
	(void)close(tcp);	/* only the answer was wanted */
	(void)close(udp);
	return is_there;
}

static void nsd_end(void)
{
	if (nsd > 0) {
		(void)kill(nsd, SIGTERM);	/* it may have ended already */
		(void)waitpid(nsd, NULL, 0);
	}
	nsd = -1;
}

/* Started in the foreground; 0 once it listens, or -1. */
static int nsd_start(int port)
{
	uint64_t end = clock_steady_ms() + READY_MS;
	char conf[1024], path[256];

	(void)snprintf(conf, sizeof(conf),
		"server:\n ip-address: 127.0.0.1\n port: %d\n zonesdir: \"%s\"\n username: \"\"\n server-count: 1\n"
		" database: \"\"\n pidfile: \"\"\n zonelistfile: \"%s/list\"\n xfrdfile: \"%s/xfrd\"\n xfrdir: \"%s\"\n"
		" logfile: \"%s/log\"\n rrl-ratelimit: 0\nremote-control:\n control-enable: no\n"
		"zone:\n name: example.com\n zonefile: zone\n", port, folder, folder, folder, folder, folder);
	file_write("conf", conf, ZG_S(""));
	(void)snprintf(path, sizeof(path), "%s/conf", folder);
	nsd = fork();
	if (nsd == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);	/* a test that is killed leaves none behind */
		(void)execl("/usr/sbin/nsd", "nsd", "-d", "-c", path, (char *)NULL);
		_exit(127);
	}
	while (clock_steady_ms() < end && waitpid(nsd, NULL, WNOHANG) == 0) {
		if (answers(port))
			return 0;
		(void)nanosleep(&(struct timespec){ 0, 20000000 }, NULL);	/* cut short: asked a bit earlier */
	}
	nsd_end();
	return -1;
}

/* Both DKIM sets, names in capitals and small letters as they are, without what no server can be made to do. */
static struct zg_slice world_text(void)
{
	size_t cap = 1 << 20;
	char *mem = zg_arena_bytes(&world, cap);
	struct zg_buf b = zg_buf_of(mem, cap);
	struct zg_slice text = testdata_zone_text(basic, NULL, &world);

	zg_buf_put(&b, zg_slice_cstr(zone_head));
	while (text.n) {
		size_t end = zg_slice_find(text, '\n') + 1;
		struct zg_slice line = zg_slice_sub(text, 0, end);

		if (zg_slice_find_slice(line, ZG_S(" IN TIMEOUT ")) == line.n)
			zg_buf_put(&b, line);
		text = zg_slice_sub(text, end, text.n);
	}
	for (int i = 0; i < 2; i++) {
		zg_buf_put(&b, i ? ZG_S("huge") : ZG_S("long"));
		zg_buf_put(&b, ZG_S("._domainkey.example.com. 60 IN TXT \"v=DKIM1; k=rsa; n=\""));
		for (int k = 0; k < (i ? 60 : 3); k++) {
			zg_buf_put(&b, ZG_S(" \""));
			for (int n = 0; n < 20; n++)
				zg_buf_put(&b, ZG_S("ten octets"));
			zg_buf_putc(&b, '"');
		}
		zg_buf_put(&b, ZG_S(" \"; p=\"\n"));
	}
	assert_false(b.is_full);
	return zg_buf_slice(&b);
}

static int world_open(void **state)
{
	struct zg_zone_error e = { 0, NULL };
	struct zg_slice text;
	int rc = -1;

	(void)state;
	assert_int_equal(zg_crypt_init(&crypto), 0);
	zg_arena_init(&world, &io_heap, ROOM);
	basic = testdata_json("dkim/basic/cases.json", &world);
	rfc = testdata_json("dkim/rfc/cases.json", &world);
	text = world_text();
	zone = zg_zone_read(text, &world, &e);
	if (!zone)
		fail_msg("line %u: %s", e.line, e.why);
	assert_non_null(mkdtemp(folder));
	file_write("zone", "example.com. 60 IN SOA ns.example.com. x.example.com. 1 60 60 60 60\n", text);
	for (int i = 0; i < TRIES && rc < 0; i++) {
		int port = port_free();

		(void)snprintf(where, sizeof(where), "127.0.0.1:%d", port);
		rc = port ? nsd_start(port) : -1;
	}
	if (rc < 0)
		fail_msg("nsd does not start; see %s/log", folder);
	return 0;
}

static int world_close(void **state)
{
	static const char *const files[] = { "conf", "zone", "log", "list", "xfrd" };

	(void)state;
	nsd_end();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);	/* some are not always there */
	}
	json_decref(basic);
	json_decref(rfc);
	zg_arena_reset(&world);
	zg_crypt_done(&crypto);
	return rmdir(folder);
}

/* --- one question -------------------------------------------------------------------------------------------- */

/* A machine that asks a list at once and keeps what it is told. */
struct keeper {
	struct zg_dns_q q[24];
	struct zg_dns_a a[24];
	bool is_told[24];
	size_t count;
	struct zg_arena *arena;
};

static enum zg_step keeper_step(void *machine, const struct zg_dns_q **ret_q)
{
	struct keeper *k = machine;
	const struct zg_dns_q *first = NULL;

	for (size_t i = k->count; i-- > 0;) {
		if (k->is_told[i])
			continue;
		k->q[i].next = first;
		first = &k->q[i];
	}
	*ret_q = first;
	return first ? ZG_ASK : ZG_DONE;
}

static void keeper_feed(void *machine, const struct zg_dns_a *a)
{
	struct keeper *k = machine;

	for (size_t i = 0; i < k->count; i++) {
		struct zg_dns_rr *rr;

		if (k->is_told[i] || k->q[i].type != a->type || !zg_slice_eq(k->q[i].name, a->name))
			continue;
		k->is_told[i] = true;
		k->a[i] = *a;
		rr = zg_arena_array(k->arena, a->rr_count, sizeof(*rr));
		for (size_t n = 0; n < a->rr_count; n++) {
			rr[n] = a->rr[n];
			rr[n].data = zg_arena_dup(k->arena, a->rr[n].data);
		}
		k->a[i].rr = rr;
	}
}

static const struct {
	struct zg_slice name;
	enum zg_dns_type type;
	enum zg_dns_status status;
	size_t count;
} questions[] = {
	{ ZG_SI("long._domainkey.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1 },
	{ ZG_SI("huge._domainkey.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1 },	/* by TCP */
	{ ZG_SI("mail.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 2 },
	{ ZG_SI("mail.example.com"), ZG_DNS_AAAA, ZG_DNS_FOUND, 1 },
	{ ZG_SI("example.com"), ZG_DNS_MX, ZG_DNS_FOUND, 2 },
	{ ZG_SI("example.com"), ZG_DNS_NS, ZG_DNS_FOUND, 1 },
	{ ZG_SI("alias.example.com"), ZG_DNS_A, ZG_DNS_FOUND, 2 },
	{ ZG_SI("alias.example.com"), ZG_DNS_CNAME, ZG_DNS_FOUND, 1 },
	{ ZG_SI("alias.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0 },
	{ ZG_SI("ptr.example.com"), ZG_DNS_PTR, ZG_DNS_FOUND, 1 },
	{ ZG_SI("_25._tcp.mail.example.com"), ZG_DNS_TLSA, ZG_DNS_FOUND, 1 },
	{ ZG_SI("odd\\.dot blank.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1 },
	{ ZG_SI("x.y.wild.example.com"), ZG_DNS_TXT, ZG_DNS_FOUND, 1 },
	{ ZG_SI("wild.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0 },
	{ ZG_SI("mail.example.com"), ZG_DNS_TXT, ZG_DNS_NODATA, 0 },
	{ ZG_SI("nowhere.example.com"), ZG_DNS_TXT, ZG_DNS_NXDOMAIN, 0 },
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void keeper_init(struct keeper *k, struct zg_arena *a)
{
	*k = (struct keeper){ .count = QUESTIONS, .arena = a };
	for (size_t i = 0; i < QUESTIONS; i++)
		k->q[i] = (struct zg_dns_q){ .name = questions[i].name, .type = questions[i].type };
}

static bool holds(const struct zg_dns_a *a, const struct zg_dns_rr *rr)
{
	for (size_t i = 0; i < a->rr_count; i++)
		if (a->rr[i].preference == rr->preference && zg_slice_eq(a->rr[i].data, rr->data))
			return true;
	return false;
}

/* Every answer is the wanted one, and has the records of the zone in the file in some order. */
static void keeper_check(const struct keeper *k)
{
	for (size_t i = 0; i < k->count; i++) {
		struct zg_dns_a want;

		zg_zone_answer(zone, &k->q[i], k->arena, &want);
		if (k->a[i].status != questions[i].status || want.status != questions[i].status ||
		    k->a[i].rr_count != questions[i].count || want.rr_count != questions[i].count)
			fail_msg(ZG_FMT ": status %d, %zu records", ZG_ARG(k->q[i].name), k->a[i].status, k->a[i].rr_count);
		for (size_t n = 0; n < want.rr_count; n++)
			if (!holds(&k->a[i], &want.rr[n]))
				fail_msg(ZG_FMT ": another record", ZG_ARG(k->q[i].name));
		assert_true(!want.rr_count || (k->a[i].ttl > 0 && k->a[i].ttl <= want.ttl));
	}
}

static struct resolver *resolver_open(const char *address)
{
	const char *why = "";
	struct resolver *r = resolver_new(zg_slice_cstr(address), &why);

	if (!r)
		fail_msg("%s", why);
	return r;
}

static void sync_asks_all_types(void **state)
{
	struct resolver *r = resolver_open(where);
	struct keeper k;
	struct zg_arena a;

	(void)state;
	for (int round = 0; round < 2; round++) {	/* the second time from the cache */
		zg_arena_init(&a, &io_heap, ROOM);
		keeper_init(&k, &a);
		assert_int_equal(ask_sync(r, &(struct zg_asker){ &k, keeper_step, keeper_feed }, &a), QUESTIONS);
		keeper_check(&k);
		assert_true(k.a[0].rr[0].data.n > 600 && k.a[1].rr[0].data.n > 12000);
		zg_arena_reset(&a);
	}
	resolver_free(r);
}

static void sync_with_a_small_arena(void **state)
{
	struct resolver *r = resolver_open(where);
	struct zg_arena kept, a;
	struct keeper k;
	char mem[64];

	(void)state;
	zg_arena_init(&kept, &io_heap, ROOM);
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	keeper_init(&k, &kept);
	assert_int_equal(ask_sync(r, &(struct zg_asker){ &k, keeper_step, keeper_feed }, &a), QUESTIONS);
	assert_int_equal(k.a[0].status, ZG_DNS_SERVFAIL);	/* no room is no answer */
	assert_int_equal(k.a[QUESTIONS - 1].status, ZG_DNS_NXDOMAIN);
	zg_arena_reset(&kept);
	resolver_free(r);
}

static void sync_with_nothing_to_ask(void **state)
{
	struct resolver *r = resolver_open(where);
	struct keeper k = { .count = 0 };

	(void)state;
	assert_int_equal(ask_sync(r, &(struct zg_asker){ &k, keeper_step, keeper_feed }, &world), 0);
	resolver_free(r);
}

/* A name that cannot be asked is answered at once, and the others still are. */
static void names_that_cannot_be_asked(void **state)
{
	struct resolver *r = resolver_open(where);
	char label[300];
	struct keeper k;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &io_heap, ROOM);
	keeper_init(&k, &a);
	memset(label, 'a', sizeof(label));
	k.q[0].name = zg_slice_of(label, 64);
	k.q[5].name = zg_slice_of(label, sizeof(label));
	assert_int_equal(ask_sync(r, &(struct zg_asker){ &k, keeper_step, keeper_feed }, &a), QUESTIONS);
	assert_int_equal(k.a[0].status, ZG_DNS_SERVFAIL);
	assert_int_equal(k.a[5].status, ZG_DNS_SERVFAIL);
	assert_int_equal(k.a[1].status, ZG_DNS_FOUND);
	zg_arena_reset(&a);
	resolver_free(r);
}

/* --- silence ------------------------------------------------------------------------------------------------- */

/* Stops the loop when so many machines are done. */
struct waiting { uv_loop_t *loop; unsigned wanted, done, questions; };

static void on_done(void *ctx, unsigned count)
{
	struct waiting *w = ctx;

	w->questions += count;
	if (++w->done == w->wanted)
		uv_stop(w->loop);
}

/* How many datagrams wait at a socket. */
static unsigned questions_heard(int fd)
{
	unsigned count = 0;
	char question[512];

	while (recv(fd, question, sizeof(question), MSG_DONTWAIT) > 0)
		count++;
	return count;
}

static void silence_is_a_timeout(void **state)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct keeper ks, kl;
	uv_loop_t loop;
	struct waiting w = { &loop, 1, 0, 0 };
	struct resolver *rs, *rl;
	struct ask_loop *l;
	struct zg_arena a;
	char silent[64];

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &n), 0);
	(void)snprintf(silent, sizeof(silent), "127.0.0.1:%d", ntohs(addr.sin_port));
	zg_arena_init(&a, &io_heap, ROOM);
	keeper_init(&ks, &a);
	keeper_init(&kl, &a);
	rs = resolver_open(silent);
	rl = resolver_open(silent);
	assert_int_equal(uv_loop_init(&loop), 0);
	l = ask_loop_new(&loop, rl);
	assert_non_null(l);
	assert_int_equal(ask_loop_drive(l, &(struct zg_asker){ &kl, keeper_step, keeper_feed }, on_done, &w), 0);
	(void)uv_run(&loop, UV_RUN_NOWAIT);	/* its questions go out while the other driver blocks */
	assert_int_equal(ask_sync(rs, &(struct zg_asker){ &ks, keeper_step, keeper_feed }, &a), QUESTIONS);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(w.done, 1);
	assert_true(questions_heard(fd) >= 2);	/* each driver asked, and nobody answered */
	for (size_t i = 0; i < QUESTIONS; i++) {
		assert_in_range(ks.a[i].status, ZG_DNS_TIMEOUT, ZG_DNS_SERVFAIL);
		assert_in_range(kl.a[i].status, ZG_DNS_TIMEOUT, ZG_DNS_SERVFAIL);
	}
	ask_loop_free(l);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	resolver_free(rs);
	resolver_free(rl);
	(void)close(fd);	/* nothing was written */
	zg_arena_reset(&a);
}

/* --- the loop ------------------------------------------------------------------------------------------------ */

static void loop_asks_for_many_machines(void **state)
{
	enum { MACHINES = 40 };
	static struct keeper k[MACHINES];
	struct resolver *r = resolver_open(where);
	uv_loop_t loop;
	struct waiting w = { &loop, MACHINES, 0, 0 };
	struct ask_loop *l;
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &io_heap, ROOM);
	assert_int_equal(uv_loop_init(&loop), 0);
	l = ask_loop_new(&loop, r);
	assert_non_null(l);
	for (int i = 0; i < MACHINES; i++) {
		keeper_init(&k[i], &a);
		assert_int_equal(ask_loop_drive(l, &(struct zg_asker){ &k[i], keeper_step, keeper_feed }, on_done, &w), 0);
		assert_int_equal(w.done, 0);	/* never out of drive itself */
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(w.done, MACHINES);
	assert_int_equal(w.questions, MACHINES * QUESTIONS);
	for (int i = 0; i < MACHINES; i++)
		keeper_check(&k[i]);
	k[0].count = 0;		/* a machine without questions is done in the loop too */
	assert_int_equal(ask_loop_drive(l, &(struct zg_asker){ &k[0], keeper_step, keeper_feed }, on_done, &w), 0);
	assert_int_equal(w.done, MACHINES);
	w.wanted = MACHINES + 1;
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(w.done, MACHINES + 1);
	ask_loop_free(l);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	resolver_free(r);
	zg_arena_reset(&a);
}

struct again {
	struct ask_loop *l;
	struct keeper *k;
	unsigned left;
	bool is_freed;
};

/* Drives the next machine out of done, and at the end frees the driver out of done. */
static void on_done_again(void *ctx, unsigned count)
{
	struct again *g = ctx;

	(void)count;
	if (g->left-- > 0) {
		keeper_init(g->k, g->k->arena);
		assert_int_equal(ask_loop_drive(g->l, &(struct zg_asker){ g->k, keeper_step, keeper_feed }, on_done_again, g), 0);
	} else {
		ask_loop_free(g->l);
		g->is_freed = true;
	}
}

static void loop_done_may_drive_and_free(void **state)
{
	struct resolver *r = resolver_open(where);
	struct keeper k, others[3];
	uv_loop_t loop;
	struct waiting w = { &loop, 99, 0, 0 };
	struct again g = { .k = &k, .left = 3 };
	struct zg_arena a;

	(void)state;
	zg_arena_init(&a, &io_heap, ROOM);
	assert_int_equal(uv_loop_init(&loop), 0);
	g.l = ask_loop_new(&loop, r);
	assert_non_null(g.l);
	keeper_init(&k, &a);
	assert_int_equal(ask_loop_drive(g.l, &(struct zg_asker){ &k, keeper_step, keeper_feed }, on_done_again, &g), 0);
	for (int i = 0; i < 3; i++) {	/* dropped at any state when the driver ends */
		keeper_init(&others[i], &a);
		others[i].q[0].name = i ? ZG_S("z.wild.example.com") : ZG_S("y.wild.example.com");
		assert_int_equal(ask_loop_drive(g.l, &(struct zg_asker){ &others[i], keeper_step, keeper_feed }, on_done, &w), 0);
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);	/* ends when the driver is gone */
	assert_true(g.is_freed);
	assert_int_equal(uv_loop_close(&loop), 0);
	resolver_free(r);
	zg_arena_reset(&a);
}

/* --- three drivers, one verdict ------------------------------------------------------------------------------ */

struct verified {
	struct zg_dkim_verifier *v;
	struct zg_arena a;
};

static void verified_open(struct verified *f, const char *set, const json_t *c)
{
	json_t *now = json_object_get(c, "now");
	struct zg_slice message;
	struct zg_headers h;
	char path[256];
	size_t end;

	zg_arena_init(&f->a, &io_heap, 1 << 20);
	(void)snprintf(path, sizeof(path), "dkim/%s/%s", set, json_string_value(json_object_get(c, "message")));
	message = testdata_file(path, &f->a);
	end = zg_header_end(message);
	f->v = zg_dkim_verify_new(&crypto, &f->a, now ? json_integer_value(now) : 1600000000);
	assert_non_null(f->v);
	assert_int_equal(zg_header_index(zg_slice_sub(message, 0, end), &f->a, &h), ZG_HEADER_OK);
	zg_dkim_verify_header(f->v, &h);
	zg_dkim_verify_body(f->v, zg_slice_sub(message, end, message.n));
	zg_dkim_verify_end(f->v);
}

static void verified_close(struct verified *f)
{
	zg_dkim_verify_done(f->v);
	zg_arena_reset(&f->a);
}

static void verdicts_equal(struct verified *x, struct verified *y, const char *id)
{
	const struct zg_dkim_verdict *a, *b;
	size_t count = zg_dkim_verify_verdicts(x->v, &a);

	assert_int_equal(zg_dkim_verify_verdicts(y->v, &b), count);
	for (size_t i = 0; i < count; i++)
		if (a[i].result != b[i].result || strcmp(a[i].reason, b[i].reason) != 0 || a[i].bits != b[i].bits ||
		    a[i].is_testing != b[i].is_testing)
			fail_msg("%s: %s, but %s", id, a[i].reason, b[i].reason);
}

static void three_drivers_run(const char *set, const json_t *all, struct resolver *r, struct ask_loop *l,
			      uv_loop_t *loop)
{
	const json_t *cases = json_object_get(all, "cases");
	size_t count = json_array_size(cases);
	struct verified *by_loop = calloc(count, sizeof(*by_loop));
	struct waiting w = { loop, (unsigned)count, 0, 0 };

	assert_non_null(by_loop);
	for (size_t i = 0; i < count; i++) {
		struct zg_asker m;

		verified_open(&by_loop[i], set, json_array_get(cases, i));
		m = zg_dkim_verify_asker(by_loop[i].v);
		assert_int_equal(ask_loop_drive(l, &m, on_done, &w), 0);
	}
	(void)uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(w.done, count);
	for (size_t i = 0; i < count; i++) {
		const json_t *c = json_array_get(cases, i);
		struct verified by_zone, by_sync;
		struct zg_asker m;

		verified_open(&by_zone, set, c);
		verified_open(&by_sync, set, c);
		m = zg_dkim_verify_asker(by_zone.v);
		(void)zg_zone_drive(zone, &m, &by_zone.a);
		m = zg_dkim_verify_asker(by_sync.v);
		(void)ask_sync(r, &m, &by_sync.a);
		verdicts_equal(&by_zone, &by_sync, json_string_value(json_object_get(c, "id")));
		verdicts_equal(&by_zone, &by_loop[i], json_string_value(json_object_get(c, "id")));
		verified_close(&by_zone);
		verified_close(&by_sync);
		verified_close(&by_loop[i]);
	}
	free(by_loop);
}

static void three_drivers_say_the_same(void **state)
{
	struct resolver *r = resolver_open(where), *rl = resolver_open(where);
	struct ask_loop *l;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	l = ask_loop_new(&loop, rl);
	assert_non_null(l);
	three_drivers_run("basic", basic, r, l, &loop);
	three_drivers_run("rfc", rfc, r, l, &loop);
	ask_loop_free(l);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	resolver_free(r);
	resolver_free(rl);
}

static void addresses_of_servers(void **state)
{
	static const struct { const char *where; bool is_good; } rows[] = {
		{ "127.0.0.1:5353", true }, { "192.0.2.53", true }, { "[::1]:53", true }, { "[::1]", true },
		{ "localhost:53", false }, { "::1", false }, { "127.0.0.1:", false }, { "127.0.0.1:0", false },
		{ "127.0.0.1:65536", false }, { "127.0.0.1:53x", false }, { "[::1", false }, { "[127.0.0.1]:53", false },
		{ "127.0.0.1@53", false }, { ":53", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		struct resolver *r = resolver_new(zg_slice_cstr(rows[i].where), &why);

		if ((r != NULL) != rows[i].is_good || (why == NULL) != rows[i].is_good)
			fail_msg("%s: %s", rows[i].where, why ? why : "taken");
		resolver_free(r);
	}
	resolver_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sync_asks_all_types),
		cmocka_unit_test(sync_with_a_small_arena),
		cmocka_unit_test(sync_with_nothing_to_ask),
		cmocka_unit_test(names_that_cannot_be_asked),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(loop_asks_for_many_machines),
		cmocka_unit_test(loop_done_may_drive_and_free),
		cmocka_unit_test(three_drivers_say_the_same),
		cmocka_unit_test(addresses_of_servers),
	};

	return cmocka_run_group_tests(tests, world_open, world_close);
}
