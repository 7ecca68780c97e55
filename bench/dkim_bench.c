/* dkim_bench.c - what signing and verifying cost beside what cannot be saved: SHA-256 over the canonical octets, made
 * beforehand, and one operation with a key that is ready.
 *
 * The messages are made here: a header of 15 fields, and a body of lines of base64, of lines of HTML that are indented and
 * have a blank at their end, or of one of these to three of those.  Rounds of floor and library are interleaved; CPU of
 * this thread. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zegel/dkim.h>

#define ROUNDS 9u
#define BODY_MOST (1u << 20)
#define MESSAGE_MOST (BODY_MOST + 8192u)
#define MEMORY (1u << 18)
#define ROUND_SECONDS 0.05

static const char header[] =
	"Received: from erp.app.example ([192.0.2.174])\r\n\tby relay.example with ESMTPSA id 3bae23edffd23db9;\r\n"
	"\tTue, 10 Mar 2026 09:27:56 +0100 (CET)\r\nFrom: \"Accounts of Bench\" <bills@bench.example>\r\n"
	"To: =?UTF-8?Q?Andr=C3=A9_of_Customer?= <andre@customer.example>,\r\n  \"Copy, Archive\" <archive@bench.example>\r\n"
	"Reply-To:  accounts@bench.example \r\nSubject: =?UTF-8?Q?Your_bill_20262219_=E2=80=93_work_?=\r\n =?UTF-8?Q?in_it?=\r\n"
	"Date: Tue, 10 Mar 2026 09:40:45 +0100\r\nMessage-ID: <35dbe8043d143ba8.20262219@bench.example>\r\n"
	"MIME-Version: 1.0\r\nX-Mailer:   ERP   Mobile 7.21\r\nList-Unsubscribe: <https://app.example/u/69c03ab299b4874c>,\r\n"
	" <mailto:u+cefe957e@bench.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
	"Auto-Submitted: auto-generated\r\nContent-Type: multipart/mixed;\r\n boundary=\"----=_mix_566ac2970078c963\"\r\n\r\n";
static const char html[] = "        <td class=\"amount\">for the  work\tof March,   1.234,56 euro</td> \r\n";
static const char html_canonical[] = " <td class=\"amount\">for the work of March, 1.234,56 euro</td>\r\n";
static const char base64[] = "eyJpbnZvaWNlIjoiMjAyNjIyMTkiLCJsaW5lcyI6W3sidGV4dCI6IndvcmsiLCJzdW0iOjEyMzR9XX0\r\n";

static const struct body {
	const char *name;
	size_t size;			/* octets of the message, about */
	unsigned html, of;		/* that many lines of so many are HTML */
} bodies[] = {
	{ "2 KB", 2048, 1, 4 }, { "10 KB", 10240, 1, 4 }, { "100 KB", 102400, 0, 1 }, { "1 MB", 1047552, 0, 1 },
	{ "1 MB of HTML", 1047552, 1, 1 },
};

static struct {
	struct zg_crypt crypt;
	struct zg_key private, public;
	struct zg_dkim_keys *keys;
	char record[2048];
	size_t record_n;
	char message[MESSAGE_MOST], canonical[BODY_MOST], signed_message[MESSAGE_MOST], memory[MEMORY], keys_memory[65536];
	size_t message_n, canonical_n, signed_n;
	char block[4096], signature[ZG_KEY_SIGNATURE_MAX];
	size_t block_n, signature_n;
} b;

static void die(const char *what)
{
	fprintf(stderr, "dkim_bench: %s\n", what);
	exit(1);
}

static double cpu(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) < 0)
		die("the clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hash(struct zg_slice s, unsigned char *ret)
{
	struct zg_hash h;

	if (zg_hash_init(&h, &b.crypt) < 0)
		die("memory");
	zg_hash_update(&h, s);
	if (zg_hash_final(&h, ret) < 0)
		die("hashing");
	zg_hash_done(&h);
}

/* Signs the message, into memory of the arena; the field. */
static struct zg_slice sign(struct zg_arena *a)
{
	struct zg_slice message = zg_slice_of(b.message, b.message_n);
	struct zg_dkim_sign_opts o = { .domain = ZG_S("bench.example"), .selector = ZG_S("s1"), .type = b.private.type,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = 1700000000, .expire = -1 };
	struct zg_buf made = zg_buf_of(b.signature, sizeof(b.signature));
	size_t end = zg_header_end(message);
	unsigned char digest[ZG_HASH_SIZE];
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	struct zg_headers h;

	zg_arena_init_fixed(a, b.memory, sizeof(b.memory));
	if (zg_header_index(zg_slice_sub(message, 0, end), a, &h) != ZG_HEADER_OK || zg_dkim_sign_init(&s, &b.crypt, &o) < 0)
		die("the header");
	zg_dkim_sign_body(&s, zg_slice_sub(message, end, message.n));
	if (zg_dkim_sign_block(&s, &h, a, &u) != ZG_DKIM_SIGNABLE)
		die("a refusal");
	zg_dkim_sign_done(&s);
	hash(u.block, digest);
	if (zg_key_sign(&b.private, digest, &made) < 0)
		die("signing");
	b.signature_n = made.n;
	b.block_n = u.block.n;
	memcpy(b.block, u.block.p, u.block.n);
	return zg_dkim_sign_field(&u, zg_buf_slice(&made), a);
}

static void library_sign(void)
{
	struct zg_arena a;

	if (!sign(&a).n)
		die("memory");
}

static void floor_sign(void)
{
	struct zg_buf made = zg_buf_of(b.signature, sizeof(b.signature));
	unsigned char digest[ZG_HASH_SIZE];

	hash(zg_slice_of(b.canonical, b.canonical_n), digest);
	hash(zg_slice_of(b.block, b.block_n), digest);
	if (zg_key_sign(&b.private, digest, &made) < 0)
		die("signing");
}

static void library_verify(void)
{
	struct zg_slice message = zg_slice_of(b.signed_message, b.signed_n);
	const struct zg_dns_rr rr = { .data = zg_slice_of(b.record, b.record_n) };
	size_t end = zg_header_end(message);
	const struct zg_dkim_verdict *verdicts;
	struct zg_dkim_verifier *v;
	const struct zg_dns_q *q;
	struct zg_headers h;
	struct zg_arena a;

	zg_arena_init_fixed(&a, b.memory, sizeof(b.memory));
	v = zg_dkim_verify_new(&b.crypt, &a, 1700000000);
	if (!v || zg_header_index(zg_slice_sub(message, 0, end), &a, &h) != ZG_HEADER_OK)
		die("the header");
	if (b.keys)
		zg_dkim_verify_keys(v, b.keys);
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(message, end, message.n));
	zg_dkim_verify_end(v);
	while (zg_dkim_verify_step(v, &q) == ZG_ASK) {
		const struct zg_dns_a answer = { .name = q->name, .type = q->type, .status = ZG_DNS_FOUND, .rr = &rr, .rr_count = 1 };

		zg_dkim_verify_feed(v, &answer);
	}
	if (!zg_dkim_verify_verdicts(v, &verdicts) || verdicts[0].result != ZG_DKIM_PASS)
		die("it does not verify");
	zg_dkim_verify_done(v);
}

static void floor_verify(void)
{
	unsigned char digest[ZG_HASH_SIZE];

	hash(zg_slice_of(b.canonical, b.canonical_n), digest);
	hash(zg_slice_of(b.block, b.block_n), digest);
	if (zg_key_verify(&b.public, digest, zg_slice_of(b.signature, b.signature_n)) != 0)
		die("the floor does not verify");
}

static void message_make(const struct body *body)
{
	struct zg_buf m = zg_buf_of(b.message, sizeof(b.message)), c = zg_buf_of(b.canonical, sizeof(b.canonical));
	struct zg_buf s = zg_buf_of(b.signed_message, sizeof(b.signed_message));
	struct zg_arena a;

	zg_buf_put(&m, zg_slice_cstr(header));
	for (unsigned i = 0; m.n < body->size; i++) {
		bool is_html = i % body->of < body->html;

		zg_buf_put(&m, zg_slice_cstr(is_html ? html : base64));
		zg_buf_put(&c, zg_slice_cstr(is_html ? html_canonical : base64));
	}
	b.message_n = m.n;
	b.canonical_n = c.n;
	zg_buf_put(&s, sign(&a));
	zg_buf_put(&s, zg_buf_slice(&m));
	b.signed_n = s.n;
	if (m.is_full || c.is_full || s.is_full)
		die("room");
}

/* CPU us each, of one round. */
static double round_of(void (*run)(void))
{
	double from = cpu(), spent = 0;
	size_t count = 0;

	for (; spent < ROUND_SECONDS; count++) {
		run();
		spent = cpu() - from;
	}
	return spent / (double)count * 1e6;
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, c = *(const double *)y;

	return (a > c) - (a < c);
}

static void compare(const char *what, const char *body, void (*floor)(void), void (*library)(void))
{
	double f[ROUNDS], l[ROUNDS];

	(void)round_of(floor);
	(void)round_of(library);	/* all is warm then */
	for (size_t i = 0; i < ROUNDS; i++) {
		f[i] = round_of(floor);
		l[i] = round_of(library);
	}
	qsort(f, ROUNDS, sizeof(f[0]), by_value);
	qsort(l, ROUNDS, sizeof(l[0]), by_value);
	printf("%s, %s\t%.1f\t%.1f\t%.3f\n", what, body, f[ROUNDS / 2], l[ROUNDS / 2], l[ROUNDS / 2] / f[ROUNDS / 2]);
}

static void key_open(const char *path)
{
	static char text[ZG_KEY_TEXT_MAX], public[2048];
	struct zg_buf record = zg_buf_of(b.record, sizeof(b.record)), p = zg_buf_of(public, sizeof(public));
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(text, 1, sizeof(text), f) : 0;

	if (f)
		(void)fclose(f);	/* it was only read */
	if (zg_keytext_read(zg_slice_of(text, n), zg_slice_of("", 0), &b.private) != ZG_KEYTEXT_OK)
		die("no private key in the file");
	if (zg_dkim_key_record(&b.private, &record) < 0 || zg_key_public_write(&b.private, &p) < 0 ||
	    zg_key_public_read(b.private.type, zg_buf_slice(&p), &b.public) != 0)
		die("the public key");
	b.record_n = record.n;
}

/* dkim_bench KEY [anew]: lines of what, floor CPU us, library CPU us, ratio; anew: each key is parsed anew. */
int main(int argc, char **argv)
{
	struct zg_arena a;

	if (argc < 2 || zg_crypt_init(&b.crypt) < 0)
		die("the file of a private key is wanted");
	key_open(argv[1]);
	zg_arena_init_fixed(&a, b.keys_memory, sizeof(b.keys_memory));
	b.keys = argc > 2 ? NULL : zg_dkim_keys_new(&a, 16);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		message_make(&bodies[i]);
		compare("sign", bodies[i].name, floor_sign, library_sign);
		compare("verify", bodies[i].name, floor_verify, library_verify);
	}
	zg_dkim_keys_done(b.keys);
	zg_key_done(&b.private);
	zg_key_done(&b.public);
	zg_crypt_done(&b.crypt);
	return 0;
}
