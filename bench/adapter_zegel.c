/* adapter_zegel.c - libzegel in the slot of a bench that drives DKIM implementations side by side (dkim_adapter.h, which
 * is the bench's).
 *
 * A handle keeps the private key, its memory, and the cache of parsed public keys, as a relay's thread does; of a
 * message nothing is kept.  Built with -DKEYS_PARSED_ANEW no cache is used, and each verification parses its key. */
#include <stdlib.h>
#include <string.h>
#include <zegel/dkim.h>
#include <zegel/zegel.h>
#include "dkim_adapter.h"

#define MEMORY (1u << 20)
#define KEYS 1024u
#define NAMES_MAX 32u
#define FROM_AGAIN 1u	/* "from" stands once more in h= than in the message */

struct handle {
	const struct dkim_env *env;
	struct zg_crypt crypt;
	struct zg_key key;
	struct zg_arena keys_memory;
	struct zg_dkim_keys *keys;
	char memory[MEMORY];
	char keys_mem[KEYS * 2048];
};

static const char *version(void)
{
#ifdef KEYS_PARSED_ANEW
	return "libzegel 0.1, each key parsed anew";
#else
	return "libzegel 0.1, with its cache of parsed keys";
#endif
}

static void handle_close(void *v)
{
	struct handle *h = v;

	zg_dkim_keys_done(h->keys);
	zg_key_done(&h->key);
	zg_crypt_done(&h->crypt);
	free(h);
}

static void *handle_open(const struct dkim_env *env)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->env = env;
	zg_arena_init_fixed(&h->keys_memory, h->keys_mem, sizeof(h->keys_mem));
#ifndef KEYS_PARSED_ANEW
	h->keys = zg_dkim_keys_new(&h->keys_memory, KEYS);
#endif
	if (zg_crypt_init(&h->crypt) == 0 &&
	    zg_keytext_read(zg_slice_of(env->pem, env->pem_len), zg_slice_of("", 0), &h->key) == ZG_KEYTEXT_OK)
		return h;
	handle_close(h);
	return NULL;
}

/* The names of env that the message has, and from once more: names has room for NAMES_MAX. */
static size_t names_take(const struct dkim_env *env, const struct zg_headers *headers, struct zg_slice *names)
{
	size_t count = 0;

	for (const char *const *name = env->signhdrs; *name && count < NAMES_MAX - FROM_AGAIN; name++)
		if (zg_header_count(headers, zg_slice_cstr(*name)))
			names[count++] = zg_slice_cstr(*name);
	names[count++] = zg_slice_cstr("from");
	return count;
}

static int block_sign(struct handle *h, const struct zg_dkim_unsigned *u, char *signature, size_t cap)
{
	unsigned char digest[ZG_HASH_SIZE];
	struct zg_buf b = zg_buf_of(signature, cap);
	struct zg_hash hash;
	int rc = zg_hash_init(&hash, &h->crypt);

	if (rc == 0) {
		zg_hash_update(&hash, u->block);
		rc = zg_hash_final(&hash, digest);
	}
	zg_hash_done(&hash);
	return rc == 0 && zg_key_sign(&h->key, digest, &b) == 0 ? (int)b.n : -1;
}

static int sign(void *v, const uint8_t *m, size_t n, const char *domain, char *out, size_t cap)
{
	struct handle *h = v;
	struct zg_slice message = zg_slice_of((const char *)m, n), names[NAMES_MAX], field = { NULL, 0 };
	struct zg_dkim_sign_opts opts = {
		.domain = zg_slice_cstr(domain), .selector = zg_slice_cstr(h->env->selector), .type = h->key.type,
		.header = ZG_CANON_RELAXED, .body = ZG_CANON_RELAXED, .headers = names, .time = -1, .expire = -1,
	};
	size_t end = zg_header_end(message);
	char signature[ZG_KEY_SIGNATURE_MAX];
	struct zg_dkim_unsigned u;
	struct zg_dkim_signer s;
	struct zg_headers headers;
	struct zg_arena a;
	int size = -1;

	zg_arena_init_fixed(&a, h->memory, sizeof(h->memory));
	if (zg_header_index(zg_slice_sub(message, 0, end), &a, &headers) != ZG_HEADER_OK)
		return -1;
	opts.headers_count = names_take(h->env, &headers, names);
	if (zg_dkim_sign_init(&s, &h->crypt, &opts) == 0) {
		zg_dkim_sign_body(&s, zg_slice_sub(message, end, n));
		if (zg_dkim_sign_block(&s, &headers, &a, &u) == ZG_DKIM_SIGNABLE)
			size = block_sign(h, &u, signature, sizeof(signature));
	}
	zg_dkim_sign_done(&s);
	if (size > 0)
		field = zg_dkim_sign_field(&u, zg_slice_of(signature, (size_t)size), &a);
	if (!field.n || field.n > cap)
		return -1;
	memcpy(out, field.p, field.n);
	return (int)field.n;
}

/* Tells the verifier the one key there is. */
static void answer(struct zg_dkim_verifier *v, const char *txt)
{
	const struct zg_dns_q *q;

	while (zg_dkim_verify_step(v, &q) == ZG_ASK) {
		const struct zg_dns_rr rr = { .data = zg_slice_cstr(txt) };
		const struct zg_dns_a a = { .name = q->name, .type = q->type, .status = ZG_DNS_FOUND, .rr = &rr, .rr_count = 1 };

		zg_dkim_verify_feed(v, &a);
	}
}

static int verify(void *v, const uint8_t *m, size_t n)
{
	struct handle *h = v;
	struct zg_slice message = zg_slice_of((const char *)m, n);
	size_t end = zg_header_end(message), count = 0;
	const struct zg_dkim_verdict *verdicts = NULL;
	struct zg_dkim_verifier *verifier;
	struct zg_headers headers;
	struct zg_arena a;
	int rc = -1;

	zg_arena_init_fixed(&a, h->memory, sizeof(h->memory));
	if (zg_header_index(zg_slice_sub(message, 0, end), &a, &headers) != ZG_HEADER_OK)
		return -1;
	verifier = zg_dkim_verify_new(&h->crypt, &a, 0);
	if (!verifier)
		return -1;
	if (h->keys)
		zg_dkim_verify_keys(verifier, h->keys);
	zg_dkim_verify_header(verifier, &headers);
	zg_dkim_verify_body(verifier, zg_slice_sub(message, end, n));
	zg_dkim_verify_end(verifier);
	answer(verifier, h->env->txt);
	count = zg_dkim_verify_verdicts(verifier, &verdicts);
	if (count && verdicts[0].result == ZG_DKIM_PASS)
		rc = 0;
	zg_dkim_verify_done(verifier);
	return rc;
}

const struct dkim_adapter adapter = { "zegel", version, handle_open, sign, verify, handle_close, NULL };
