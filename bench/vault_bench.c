/* vault_bench.c - what a signature costs more where the vault makes it than where this process does.
 *
 * Rounds of three kinds are interleaved: signing here, by the vault with 64 requests in flight, by the vault with one.
 * CPU is of this process and the vault's together, by the kernel's clocks of processes; a key of RSA 2048 and a header
 * block of about 900 octets, of a bill. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <zegel/dkim.h>
#include "io/heap.h"
#include "vault/vault.h"
#include "vault/vault_call.h"

#define ROUNDS 5u
#define MANY 64u
#define COUNT 2000u		/* signatures a round */
#define MEMORY (4u << 20)

static const unsigned char master[VAULT_MASTER_SIZE] = "a master key that is no secret.";
static const struct vault_owner owner = { 1, 1, 1, ZG_SI("bench.example"), ZG_SI("s1") };
static const char block[] =
	"from:\"Accounts of Bench\" <bills@bench.example>\r\n"
	"to:=?UTF-8?Q?Andr=C3=A9_of_Customer?= <andre@customer.example>, \"Copy, Archive\" <archive@bench.example>\r\n"
	"reply-to:accounts@bench.example\r\nsubject:=?UTF-8?Q?Your_bill_20262219_=E2=80=93_work_?= =?UTF-8?Q?in_the_house?=\r\n"
	"date:Tue, 10 Mar 2026 09:40:45 +0100\r\nmessage-id:<35dbe8043d143ba8.20262219@bench.example>\r\nmime-version:1.0\r\n"
	"content-type:multipart/mixed; boundary=\"----=_mix_566ac2970078c963\"\r\n"
	"list-unsubscribe:<https://app.example/u/69c03ab299b4874c>, <mailto:u+cefe957e@bench.example>\r\n"
	"list-unsubscribe-post:List-Unsubscribe=One-Click\r\n"
	"dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=bench.example; s=s1; t=1700000000; "
	"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; h=from:to:reply-to:subject:date:message-id:mime-version:"
	"content-type:list-unsubscribe:list-unsubscribe-post:from; b=";

static struct {
	struct vault_child vault;
	struct vault_call call;
	uv_loop_t loop;
	struct vault_request sign;
	struct vault_wait waits[MANY];
	size_t left, in_flight;		/* signatures to be asked for; asked for and not answered */
	struct zg_crypt crypt;
	struct zg_key key;
} bench;

/* CPU and time of the wall, seconds. */
struct cost {
	double cpu, wall;
};

static void die(const char *what)
{
	fprintf(stderr, "vault_bench: %s\n", what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		die("a clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* CPU of this process and the vault's. */
static struct cost now(void)
{
	clockid_t clock;

	if (clock_getcpuclockid(bench.vault.pid, &clock) != 0)
		die("the clock of the vault");
	return (struct cost){ seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds(clock), seconds(CLOCK_MONOTONIC) };
}

static void ask(struct vault_wait *w)
{
	bench.left--;
	bench.in_flight++;
	vault_call_ask(&bench.call, w);
}

static void on_done(struct vault_wait *w, const struct vault_answer *a)
{
	if (a->code != VAULT_OK || !a->signature.n)
		die("the vault refused");
	bench.in_flight--;
	if (bench.left)
		ask(w);
	else if (!bench.in_flight)
		uv_stop(&bench.loop);
}

static void by_vault(size_t count, size_t in_flight)
{
	bench.left = count;
	for (size_t i = 0; i < in_flight; i++) {
		bench.waits[i] = (struct vault_wait){ .request = bench.sign, .done = on_done };
		ask(&bench.waits[i]);
	}
	(void)uv_run(&bench.loop, UV_RUN_DEFAULT);	/* stopped, with its handles open */
}

/* What the vault does with a request, without the vault. */
static void here(size_t count, size_t in_flight)
{
	unsigned char hash[ZG_HASH_SIZE];
	char octets[ZG_KEY_SIGNATURE_MAX];

	(void)in_flight;
	while (count--) {
		struct zg_buf signature = zg_buf_of(octets, sizeof(octets));
		struct zg_slice domain, selector;
		struct zg_hash h;

		if (zg_dkim_block_check(bench.sign.text, &domain, &selector) != ZG_DKIM_SIGNABLE)
			die("the block");
		if (zg_hash_init(&h, &bench.crypt) < 0)
			die("memory");
		zg_hash_update(&h, bench.sign.text);
		if (zg_hash_final(&h, hash) < 0 || zg_key_sign(&bench.key, hash, &signature) < 0)
			die("signing");
		zg_hash_done(&h);
	}
}

static const struct way {
	const char *name;
	void (*run)(size_t count, size_t in_flight);
	size_t in_flight;
} ways[] = {
	{ "here", here, 0 }, { "by the vault, 64 in flight", by_vault, MANY }, { "by the vault, one in flight", by_vault, 1 },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* The key's text, sealed by the vault; what comes back lives in a. */
static void key_take(const char *path, struct zg_arena *a)
{
	static char text[ZG_KEY_TEXT_MAX];
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(text, 1, sizeof(text), f) : 0;
	struct vault_request seal = { VAULT_SEAL, 1, owner, .text = zg_slice_of(text, n) };
	struct vault_answer answer;

	if (f)
		(void)fclose(f);	/* it was only read */
	if (zg_keytext_read(zg_slice_of(text, n), zg_slice_of("", 0), &bench.key) != ZG_KEYTEXT_OK)
		die("no private key in the file");
	if (vault_call_sync(bench.vault.channels[0], &seal, a, &answer) < 0 || answer.code != VAULT_OK)
		die("the vault does not take the key");
	bench.sign = (struct vault_request){ VAULT_SIGN, 0, owner, answer.sealed_dek, answer.sealed_key,
		.text = zg_slice_of(block, sizeof(block) - 1) };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static void measure(size_t count)
{
	double cpu[WAYS][ROUNDS], wall[WAYS][ROUNDS], base[2] = { 0 };

	for (size_t i = 0; i < WAYS; i++)
		ways[i].run(count / 10 + 1, ways[i].in_flight);	/* all is warm then */
	for (size_t r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < WAYS; i++) {
			struct cost from = now(), to;

			ways[i].run(count, ways[i].in_flight);
			to = now();
			cpu[i][r] = (to.cpu - from.cpu) / (double)count * 1e6;
			wall[i][r] = (to.wall - from.wall) / (double)count * 1e6;
		}
	for (size_t i = 0; i < WAYS; i++) {
		double c = median(cpu[i]), w = median(wall[i]);

		base[0] = i ? base[0] : c;
		base[1] = i ? base[1] : w;
		printf("%-28s\t%.1f\t%.1f\t%.3f\t%.1f\t%.1f\n", ways[i].name, c, w, c / base[0], c - base[0], w - base[1]);
	}
}

/* vault_bench KEY: lines of name, CPU us, wall us, CPU against here, CPU us more, wall us more. */
int main(int argc, char **argv)
{
	struct zg_arena a;

	if (argc < 2)
		die("the file of a private key is wanted");
	zg_arena_init(&a, &io_heap, MEMORY);
	if (vault_child_start(master, 1, (uid_t)-1, (gid_t)-1, &bench.vault) < 0 || zg_crypt_init(&bench.crypt) < 0)
		die("the vault does not start");
	key_take(argv[1], &a);
	if (uv_loop_init(&bench.loop) < 0 || vault_call_init(&bench.call, &bench.loop, bench.vault.channels[0]) < 0)
		die("memory");
	measure(COUNT);
	vault_call_done(&bench.call);
	(void)uv_run(&bench.loop, UV_RUN_DEFAULT);	/* the handles close */
	vault_child_stop(&bench.vault);
	zg_key_done(&bench.key);
	zg_crypt_done(&bench.crypt);
	zg_arena_reset(&a);
	return 0;
}
