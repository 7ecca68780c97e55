/* sign.c - signs the message on standard input and writes it, signed, to standard output.
 *
 *   sign DOMAIN SELECTOR KEYFILE < message > signed
 *   cc sign.c $(pkg-config --cflags --libs zegel)
 * Line ends must be CRLF.  Memory is the caller's: a fixed arena, no allocation by the library.  Ends with 0 where it
 * signed, 1 where the message is not to be signed, 2 where it was called wrongly, there is no
 * key, or the message does not fit. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zegel/dkim.h>

#define MESSAGE_MAX (1024u * 1024u)

/* All of f, in mem, which has one octet more than f may have.  -1 where f does not fit, or cannot be read: half a message
 * is another message. */
static int read_all(FILE *f, char *mem, size_t n, struct zg_slice *ret)
{
	*ret = zg_slice_of(mem, fread(mem, 1, n, f));
	return ret->n < n && !ferror(f) ? 0 : -1;
}

static int read_key(const char *path, struct zg_key *ret)
{
	static char text[ZG_KEY_TEXT_MAX + 1];
	FILE *f = fopen(path, "rb");
	struct zg_slice all;
	int rc;

	if (!f)
		return -1;
	rc = read_all(f, text, sizeof(text), &all);
	(void)fclose(f);	/* it was only read */
	if (rc == 0 && zg_keytext_read(all, ZG_S(""), ret) != ZG_KEYTEXT_OK)
		rc = -1;
	memset(text, 0, sizeof(text));
	return rc;
}

/* What is to be signed, hashed, and the signature made with the key. */
static int seal(const struct zg_crypt *c, struct zg_key *key, struct zg_slice block, struct zg_buf *ret)
{
	unsigned char sum[ZG_HASH_SIZE];
	struct zg_hash hash;
	int rc = zg_hash_init(&hash, c);

	if (rc == 0) {
		zg_hash_update(&hash, block);
		rc = zg_hash_final(&hash, sum);
	}
	zg_hash_done(&hash);
	return rc == 0 ? zg_key_sign(key, sum, ret) : -1;
}

/* The library says what must be signed, the key signs it, the library writes the field.  Empty where it must not be
 * signed. */
static struct zg_slice sign(const struct zg_crypt *c, struct zg_key *key, const struct zg_dkim_sign_opts *o, struct zg_slice msg,
			    struct zg_arena *a)
{
	size_t head = zg_header_end(msg);
	struct zg_slice field = ZG_SI("");
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	struct zg_headers h;
	char mem[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf signature = zg_buf_of(mem, sizeof(mem));

	if (zg_header_index(zg_slice_sub(msg, 0, head), a, &h) != ZG_HEADER_OK)
		return field;
	if (zg_dkim_sign_init(&s, c, o) == 0) {
		zg_dkim_sign_body(&s, zg_slice_sub(msg, head, msg.n));
		if (zg_dkim_sign_block(&s, &h, a, &u) == ZG_DKIM_SIGNABLE && seal(c, key, u.block, &signature) == 0)
			field = zg_dkim_sign_field(&u, zg_buf_slice(&signature), a);
	}
	zg_dkim_sign_done(&s);
	return field;
}

int main(int argc, char **argv)
{
	static char message[MESSAGE_MAX + 1], memory[MESSAGE_MAX];
	struct zg_slice msg, field = ZG_SI("");
	struct zg_dkim_sign_opts o;
	struct zg_key key;
	struct zg_crypt c;
	struct zg_arena a;

	memset(&key, 0, sizeof(key));
	if (argc != 4 || read_key(argv[3], &key) < 0) {
		fprintf(stderr, "usage: sign DOMAIN SELECTOR KEYFILE < message\n");
		return 2;
	}
	if (read_all(stdin, message, sizeof(message), &msg) < 0) {
		zg_key_done(&key);
		fprintf(stderr, "sign: the message cannot be read, or has over %u octets\n", MESSAGE_MAX);
		return 2;
	}
	memset(&o, 0, sizeof(o));
	o.domain = zg_slice_cstr(argv[1]);
	o.selector = zg_slice_cstr(argv[2]);
	o.type = key.type;
	o.header = o.body = ZG_CANON_RELAXED;
	o.time = time(NULL);
	o.expire = -1;
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (zg_crypt_init(&c) == 0)
		field = sign(&c, &key, &o, msg, &a);
	if (field.n) {
		(void)fwrite(field.p, 1, field.n, stdout);	/* the close tells */
		(void)fwrite(msg.p, 1, msg.n, stdout);
	}
	zg_key_done(&key);
	zg_crypt_done(&c);
	return field.n && fclose(stdout) == 0 ? 0 : 1;
}
