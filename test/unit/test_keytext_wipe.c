/* test_keytext_wipe.c - nothing of a private key stays: not on OpenSSL's heap, not on the stack, whatever the text came to.
 *
 * Every block that OpenSSL gives back is searched as it is given back, and the stack below this function when the reader
 * returned, for runs of 16 octets of the key: of its numbers in both orders of octets, of its text and of its base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/crypto.h>
#include "base/b64.h"
#include "keytexts.h"

#define RUN 16u
#define RUNS 40u
#define STACK (384u * 1024u)

/* What is searched for. */
static unsigned char runs[RUNS][RUN];
static size_t runs_count;
static size_t blocks, hits;

static void run_add(const unsigned char *p, bool is_backwards)
{
	assert_true(runs_count < RUNS);
	for (size_t i = 0; i < RUN; i++)
		runs[runs_count][i] = p[is_backwards ? RUN - 1 - i : i];
	runs_count++;
}

static size_t search(const unsigned char *p, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < runs_count && n; i++)
		found += memmem(p, n, runs[i], RUN) != NULL;
	return found;
}

/* OpenSSL's heap: blocks with their size in front. */
struct block { size_t n, pad; unsigned char b[]; };

static void *take(size_t n, const char *file, int line)
{
	struct block *b = malloc(sizeof(*b) + n);

	(void)file;
	(void)line;
	if (!b)
		return NULL;
	b->n = n;
	return b->b;
}

static void give(void *p, const char *file, int line)
{
	struct block *b = p ? (struct block *)(void *)((char *)p - offsetof(struct block, b)) : NULL;

	(void)file;
	(void)line;
	if (!b)
		return;
	blocks++;
	hits += search(b->b, b->n);
	free(b);
}

static void *retake(void *p, size_t n, const char *file, int line)
{
	void *q = n ? take(n, file, line) : NULL;

	if (p && q) {
		size_t had = ((struct block *)(void *)((char *)p - offsetof(struct block, b)))->n;

		memcpy(q, p, had < n ? had : n);
	}
	if (p && (q || !n))
		give(p, file, line);
	return q;
}

/* The runs of a key: every 61st octet of its DER, the head and the public modulus left out, and some of its base64. */
static void runs_of_key(const char *file)
{
	struct text *pem = text_new(), *t = text_new();
	char b64[8192];
	struct zg_buf b = zg_buf_of(b64, sizeof(b64));

	runs_count = 0;
	text_load(pem, file);
	text_add_der(t, text_slice(pem));
	if (t->n < 100) {
		run_add((const unsigned char *)t->p + t->n - 24, false);
		run_add((const unsigned char *)t->p + t->n - 16, false);
	}
	for (size_t at = 300; at + RUN < t->n && runs_count + 3 < RUNS; at += 61) {
		run_add((const unsigned char *)t->p + at, false);
		run_add((const unsigned char *)t->p + at, true);
	}
	zg_b64_encode(text_slice(t), &b);
	run_add((const unsigned char *)b64 + b.n - 40, false);
	free(pem);
	free(t);
}

/* Fills what will be the reader's stack, so that what is found there later was left by it. */
__attribute__((noinline, no_sanitize("address"))) static void stack_fill(void)
{
	volatile unsigned char below[STACK];

	for (size_t i = 0; i < sizeof(below); i++)
		below[i] = 0x5a;
}

__attribute__((noinline, no_sanitize("address"))) static size_t stack_search(void)
{
	unsigned char below[STACK];
	volatile unsigned char *p = below;
	size_t found = 0;

	/* What lies there is not initialised by this function, and that is the point. */
	for (size_t i = 0; i < runs_count; i++)
		for (size_t at = 0; at + RUN <= STACK; at++) {
			size_t n = 0;

			while (n < RUN && p[at + n] == runs[i][n])
				n++;
			found += n == RUN;
		}
	return found;
}

static const struct { const char *proves, *key, *file, *passphrase; size_t cut; enum zg_keytext why; } rows[] = {
	{ "a key that is read", "rsa2048-pkcs1.pem", "rsa2048.pem", "", 0, ZG_KEYTEXT_OK },
	{ "PKCS#1", "rsa2048-pkcs1.pem", "rsa2048-pkcs1.pem", "", 0, ZG_KEYTEXT_OK },
	{ "closed, PBES2", "rsa2048-pkcs1.pem", "rsa2048-pbes2.pem", "sesame", 0, ZG_KEYTEXT_OK },
	{ "closed, scrypt", "rsa2048-pkcs1.pem", "rsa2048-scrypt.pem", "sesame", 0, ZG_KEYTEXT_OK },
	{ "closed, PKCS#12", "rsa2048-pkcs1.pem", "rsa2048-pbe3des.pem", "sesame", 0, ZG_KEYTEXT_OK },
	{ "closed, the old way", "rsa2048-pkcs1.pem", "rsa2048-traditional-aes.pem", "sesame", 0, ZG_KEYTEXT_OK },
	{ "Ed25519", "ed25519.pem", "ed25519.pem", "", 0, ZG_KEYTEXT_OK },
	{ "Ed25519, closed", "ed25519.pem", "ed25519-pbes2.pem", "sesame", 0, ZG_KEYTEXT_OK },
	{ "one that is cut", "rsa2048-pkcs1.pem", "rsa2048-pkcs1.pem", "", 1500, ZG_KEYTEXT_CUT },
	{ "one that is too short", "rsa512.pem", "rsa512.pem", "", 0, ZG_KEYTEXT_TOO_SHORT },
	{ "one that is too large", "rsa8192.pem", "rsa8192.pem", "", 0, ZG_KEYTEXT_TOO_LARGE },
	{ "numbers that do not fit", "rsa2048-misfit.pem", "rsa2048-misfit.pem", "", 0, ZG_KEYTEXT_MISFIT },
	{ "another kind", "ec-pkcs8.pem", "ec-pkcs8.pem", "", 0, ZG_KEYTEXT_EC },
};

/* On a stack that is this function's: what the reader left lies in what stack_search looks at. */
__attribute__((noinline)) static enum zg_keytext read_and_end(struct zg_slice text, const char *passphrase)
{
	struct zg_key k = { 0 };
	size_t number;
	enum zg_keytext why = zg_keytext_read_told(text, zg_slice_cstr(passphrase), &k, &number);

	zg_key_done(&k);
	return why;
}

static void nothing_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text *t = text_new();
		enum zg_keytext why;
		size_t on_stack;

		runs_of_key(rows[i].key);
		text_load(t, rows[i].file);
		t->n = rows[i].cut ? rows[i].cut : t->n;
		blocks = hits = 0;
		stack_fill();
		why = read_and_end(text_slice(t), rows[i].passphrase);
		on_stack = stack_search();
		if (why != rows[i].why || hits || on_stack)
			fail_msg("%s: %d; %zu hits on the heap, %zu on the stack", rows[i].proves, (int)why, hits, on_stack);
		if (why == ZG_KEYTEXT_OK && !blocks)
			fail_msg("%s: OpenSSL's heap was not watched", rows[i].proves);
		free(t);
	}
}

/* The search finds what is there. */
static void the_search_finds(void **state)
{
	unsigned char *p;

	(void)state;
	runs_of_key("rsa2048-pkcs1.pem");
	assert_true(runs_count > 20);
	hits = 0;
	p = OPENSSL_malloc(RUN);
	assert_non_null(p);
	memcpy(p, runs[3], RUN);
	OPENSSL_free(p);
	assert_int_equal(hits, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_search_finds), cmocka_unit_test(nothing_stays) };

	/* Before OpenSSL takes anything: afterwards it refuses. */
	if (CRYPTO_set_mem_functions(take, retake, give) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
