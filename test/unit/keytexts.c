/* keytexts.c - see keytexts.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/err.h>
#include "base/b64.h"
#include "keytexts.h"

struct text *text_new(void)
{
	struct text *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	return t;
}

void text_add(struct text *t, struct zg_slice s)
{
	assert_true(s.n <= ROOM - t->n);
	if (s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

void text_load(struct text *t, const char *name)
{
	const char *folder = getenv("ZEGEL_DATA");
	char path[4096];
	FILE *f;

	/* A path that is too long is cut, and not found. */
	(void)snprintf(path, sizeof(path), "%s/keytext/%s", folder ? folder : TEST_DATA, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be opened", path);
	t->n += fread(t->p + t->n, 1, ROOM - t->n, f);
	assert_int_equal(fclose(f), 0);
}

struct zg_slice text_slice(const struct text *t)
{
	return (struct zg_slice){ t->p, t->n };
}

enum zg_keytext text_read(struct zg_slice text, const char *passphrase, struct zg_key *ret, size_t *ret_number)
{
	char *exact = malloc(text.n ? text.n : 1);
	enum zg_keytext why;

	assert_non_null(exact);
	if (text.n)
		memcpy(exact, text.p, text.n);
	ret->bits = 77;
	why = zg_keytext_read_told(zg_slice_of(exact, text.n), zg_slice_cstr(passphrase), ret, ret_number);
	if (why != ZG_KEYTEXT_OK && ret->bits != 77)
		fail_msg("a key was written without OK");
	if (ERR_peek_error() != 0)
		fail_msg("errors are left in OpenSSL's queue");
	free(exact);
	return why;
}

struct zg_slice body_of(struct zg_slice pem)
{
	size_t from = zg_slice_find(pem, '\n');

	return zg_slice_sub(pem, from, zg_slice_find_slice(pem, ZG_S("\n-----END")) - from);
}

void text_add_der(struct text *t, struct zg_slice pem)
{
	struct zg_buf b = zg_buf_of(t->p + t->n, ROOM - t->n);

	assert_int_equal(zg_b64_decode_fws(body_of(pem), &b), 0);
	t->n += b.n;
}
