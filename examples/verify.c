/* verify.c - verifies the DKIM signatures of the message on standard input against a zone in a file.
 *
 *   verify ZONEFILE < message
 *   cc verify.c $(pkg-config --cflags --libs zegel)
 * The verifier asks and is told; here a text answers, in a program a resolver does: embed-loop.c is one.  Ends with 0
 * where a signature passes, 1 where none does, 2 where it was called wrongly, or the zone or
 * the message cannot be read or does not fit. */
#include <stdio.h>
#include <time.h>
#include <zegel/dkim.h>
#include <zegel/zone.h>

#define TEXT_MAX (1024u * 1024u)

/* All of f, in mem, which has one octet more than f may have.  -1 where f does not fit, or cannot be read: half a message
 * is another message. */
static int read_all(FILE *f, const char *name, char *mem, size_t n, struct zg_slice *ret)
{
	*ret = zg_slice_of(mem, fread(mem, 1, n, f));
	if (ret->n < n && !ferror(f))
		return 0;
	fprintf(stderr, "%s: it cannot be read, or has over %u octets\n", name, TEXT_MAX);
	return -1;
}

static struct zg_zone *read_zone(const char *path, struct zg_arena *a)
{
	static char text[TEXT_MAX + 1];
	FILE *f = fopen(path, "rb");
	struct zg_zone_error error;
	struct zg_zone *zone;
	struct zg_slice all;
	int rc;

	if (!f) {
		perror(path);
		return NULL;
	}
	rc = read_all(f, path, text, sizeof(text), &all);
	(void)fclose(f);	/* it was only read */
	if (rc < 0)
		return NULL;
	zone = zg_zone_read(all, a, &error);
	if (!zone)
		fprintf(stderr, "%s:%u: %s\n", path, error.line, error.why);
	return zone;
}

static size_t print(struct zg_dkim_verifier *v)
{
	const struct zg_dkim_verdict *verdict;
	size_t count = zg_dkim_verify_verdicts(v, &verdict), passed = 0;

	for (size_t i = 0; i < count; i++) {
		passed += verdict[i].result == ZG_DKIM_PASS;
		printf(ZG_FMT " " ZG_FMT " %s\n", ZG_ARG(zg_dkim_result_word(verdict[i].result)), ZG_ARG(verdict[i].domain),
		       verdict[i].reason);
	}
	return passed;
}

static size_t verify(const struct zg_crypt *c, const struct zg_zone *zone, struct zg_slice msg, struct zg_arena *a)
{
	size_t head = zg_header_end(msg), passed;
	struct zg_dkim_verifier *v;
	struct zg_asker asker;
	struct zg_headers h;

	if (zg_header_index(zg_slice_sub(msg, 0, head), a, &h) != ZG_HEADER_OK)
		return 0;
	v = zg_dkim_verify_new(c, a, time(NULL));
	if (!v)
		return 0;
	zg_dkim_verify_header(v, &h);
	zg_dkim_verify_body(v, zg_slice_sub(msg, head, msg.n));
	zg_dkim_verify_end(v);
	asker = zg_dkim_verify_asker(v);
	(void)zg_zone_drive(zone, &asker, a);	/* how many it asked is no matter here */
	passed = print(v);
	zg_dkim_verify_done(v);
	return passed;
}

int main(int argc, char **argv)
{
	static char message[TEXT_MAX + 1], memory[4 * TEXT_MAX];
	struct zg_zone *zone = NULL;
	struct zg_slice msg;
	struct zg_crypt c;
	struct zg_arena a;
	size_t passed = 0;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (argc == 2)
		zone = read_zone(argv[1], &a);
	if (!zone) {
		fprintf(stderr, "usage: verify ZONEFILE < message\n");
		return 2;
	}
	if (read_all(stdin, "the message", message, sizeof(message), &msg) < 0)
		return 2;
	if (zg_crypt_init(&c) == 0)
		passed = verify(&c, zone, msg, &a);
	zg_crypt_done(&c);
	return passed ? 0 : 1;
}
