/* verify.c - verifies the DKIM signatures of the message on standard input against a zone in a file.
 *
 *   verify ZONEFILE < message
 * The verifier asks and is told; here a text answers, in a program a resolver does (embed-loop.c has the shape of it). */
#include <stdio.h>
#include <time.h>
#include <zegel/dkim.h>
#include <zegel/zone.h>

#define TEXT_MAX (1024u * 1024u)

static struct zg_slice read_all(FILE *f, char *mem, size_t n)
{
	return zg_slice_of(mem, f ? fread(mem, 1, n, f) : 0);
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

int main(int argc, char **argv)
{
	static char message[TEXT_MAX], zone_text[TEXT_MAX], memory[4 * TEXT_MAX];
	struct zg_slice msg = read_all(stdin, message, sizeof(message));
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct zg_dkim_verifier *v = NULL;
	struct zg_zone_error error;
	struct zg_zone *zone;
	struct zg_headers h;
	struct zg_asker asker;
	struct zg_crypt c;
	struct zg_arena a;
	size_t passed = 0;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	zone = zg_zone_read(read_all(f, zone_text, sizeof(zone_text)), &a, &error);
	if (f)
		(void)fclose(f);	/* it was only read */
	if (!f || !zone)
		return 2;
	if (zg_crypt_init(&c) == 0 && zg_header_index(zg_slice_sub(msg, 0, zg_header_end(msg)), &a, &h) == ZG_HEADER_OK)
		v = zg_dkim_verify_new(&c, &a, time(NULL));
	if (v) {
		zg_dkim_verify_header(v, &h);
		zg_dkim_verify_body(v, zg_slice_sub(msg, zg_header_end(msg), msg.n));
		zg_dkim_verify_end(v);
		asker = zg_dkim_verify_asker(v);
		(void)zg_zone_drive(zone, &asker, &a);	/* how many it asked is no matter here */
		passed = print(v);
		zg_dkim_verify_done(v);
	}
	zg_crypt_done(&c);
	return passed ? 0 : 1;
}
