/* sign.c - signs the message on standard input and writes it, signed, to standard output.
 *
 *   sign DOMAIN SELECTOR KEYFILE < message > signed
 * Line ends must be CRLF.  Memory is the caller's: a fixed arena, no allocation by the library. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zegel/dkim.h>

#define MESSAGE_MAX (1024u * 1024u)

static struct zg_slice read_all(FILE *f, char *mem, size_t n)
{
	return zg_slice_of(mem, fread(mem, 1, n, f));
}

static int read_key(const char *path, struct zg_key *ret)
{
	static char text[ZG_KEY_TEXT_MAX];
	FILE *f = fopen(path, "rb");
	enum zg_keytext found;

	if (!f)
		return -1;
	found = zg_keytext_read(read_all(f, text, sizeof(text)), ZG_S(""), ret);
	(void)fclose(f);	/* it was only read */
	return found == ZG_KEYTEXT_OK ? 0 : -1;
}

/* The library says what must be signed, the key signs it, the library writes the field. */
static struct zg_slice sign(const struct zg_crypt *c, struct zg_key *key, struct zg_dkim_sign_opts *o, struct zg_slice msg,
			    struct zg_arena *a)
{
	size_t head = zg_header_end(msg);
	struct zg_slice field = { NULL, 0 };
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	struct zg_headers h;
	unsigned char sum[ZG_HASH_SIZE];
	char mem[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(mem, sizeof(mem));
	struct zg_hash hash;

	if (zg_header_index(zg_slice_sub(msg, 0, head), a, &h) != ZG_HEADER_OK)
		return field;
	if (zg_dkim_sign_init(&s, c, o) == 0) {
		zg_dkim_sign_body(&s, zg_slice_sub(msg, head, msg.n));
		if (zg_dkim_sign_block(&s, &h, a, &u) == ZG_DKIM_SIGNABLE && zg_hash_init(&hash, c) == 0) {
			zg_hash_update(&hash, u.block);
			if (zg_hash_final(&hash, sum) == 0 && zg_key_sign(key, sum, &signature) == 0)
				field = zg_dkim_sign_field(&u, zg_buf_slice(&signature), a);
			zg_hash_done(&hash);
		}
	}
	zg_dkim_sign_done(&s);
	return field;
}

int main(int argc, char **argv)
{
	static char message[MESSAGE_MAX], memory[MESSAGE_MAX];
	struct zg_slice msg = read_all(stdin, message, sizeof(message)), field = { NULL, 0 };
	struct zg_dkim_sign_opts o = { .header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .time = time(NULL), .expire = -1 };
	struct zg_key key = { 0 };
	struct zg_crypt c;
	struct zg_arena a;

	if (argc != 4 || read_key(argv[3], &key) < 0) {
		fprintf(stderr, "usage: sign DOMAIN SELECTOR KEYFILE < message\n");
		return 2;
	}
	o.domain = zg_slice_cstr(argv[1]);
	o.selector = zg_slice_cstr(argv[2]);
	o.type = key.type;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_crypt_init(&c) == 0)
		field = sign(&c, &key, &o, msg, &a);
	if (field.n)
		printf(ZG_FMT ZG_FMT, ZG_ARG(field), ZG_ARG(msg));
	zg_key_done(&key);
	zg_crypt_done(&c);
	return field.n ? 0 : 1;
}
