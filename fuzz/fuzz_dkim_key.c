/* fuzz_dkim_key.c - the key record: it is taken or not, always the same; what may stand in it is not what counts.
 *
 * Where a record is taken, the same with an unknown tag behind it is taken too, and says the same (RFC 6376 3.6.1); with
 * another p= behind it, it is not.  Its p= is read as a key, and a key that can be written reads back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "auth/dkim_key.h"
#include "auth/taglist.h"
#include "base/b64.h"

#define INPUT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char scratch[8192], more[INPUT_MAX + 64];

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static const char *read_in(struct zg_slice text, struct zg_dkim_key *ret)
{
	struct zg_arena s;

	zg_arena_init_fixed(&s, scratch, sizeof(scratch));
	return zg_dkim_key_read(text, &s, ret);
}

static struct zg_slice with(struct zg_slice text, struct zg_slice tag)
{
	struct zg_slice trimmed = zg_slice_trim(text);
	struct zg_buf b = zg_buf_of(more, sizeof(more));

	zg_buf_put(&b, trimmed);
	if (!zg_slice_ends_ci(trimmed, ZG_S(";")))
		zg_buf_putc(&b, ';');
	zg_buf_put(&b, tag);
	return zg_buf_slice(&b);
}

static unsigned tags_count(struct zg_slice text)
{
	struct zg_taglist l = { NULL, 0 };
	struct zg_arena s;

	zg_arena_init_fixed(&s, scratch, sizeof(scratch));
	return zg_taglist_read(text, &s, &l) == ZG_TAGLIST_OK && !zg_taglist_get(&l, ZG_S("zz")) ? (unsigned)l.count : ZG_TAGLIST_MAX;
}

static void key_judge(const struct zg_dkim_key *k)
{
	char octets[2048], text[4096], octets_again[2048];
	struct zg_buf b = zg_buf_of(octets, sizeof(octets)), out = zg_buf_of(octets_again, sizeof(octets_again));
	struct zg_buf record = zg_buf_of(text, sizeof(text));
	struct zg_key key = { .pkey = NULL }, again = { .pkey = NULL };
	struct zg_dkim_key said;

	if (zg_b64_decode_fws(k->p, &b) < 0 || zg_key_public_read(k->type, zg_buf_slice(&b), &key) != 0)
		return;
	must(key.type == k->type && !key.is_private && key.bits);
	must(zg_dkim_key_record(&key, &record) == 0 && !read_in(zg_buf_slice(&record), &said) && said.type == k->type);
	b = zg_buf_of(octets, sizeof(octets));
	must(zg_b64_decode_fws(said.p, &b) == 0 && zg_key_public_read(said.type, zg_buf_slice(&b), &again) == 0);
	must(zg_key_public_write(&again, &out) == 0 && zg_slice_eq(zg_buf_slice(&b), zg_buf_slice(&out)));
	zg_key_done(&key);
	zg_key_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice text = zg_slice_of(data, n);
	struct zg_dkim_key key, again;

	if (!n || n > INPUT_MAX)
		return 0;
	if (read_in(text, &key))
		return 0;
	must(key.type == ZG_KEY_RSA || key.type == ZG_KEY_ED25519);
	must(!key.p.n || (key.p.p >= text.p && key.p.p + key.p.n <= text.p + text.n));
	if (tags_count(text) < ZG_TAGLIST_MAX) {
		must(!read_in(with(text, ZG_S(" zz = y:s")), &again));
		must(again.type == key.type && again.is_testing == key.is_testing && again.is_strict == key.is_strict);
		must(zg_slice_eq(again.p, key.p));
		must(read_in(with(text, ZG_S("p=AAAA")), &again) != NULL);
	}
	key_judge(&key);
	return 0;
}
