/* dkim_world.h - a hash and the two keys of RFC 8463, for the tests that sign. */
#ifndef TEST_DKIM_WORLD_H
#define TEST_DKIM_WORLD_H

#include <zegel/crypt.h>
#include "testdata.h"

#define ROOM (4u << 20)

static struct zg_crypt crypt;
static struct zg_key rsa, ed25519;

static inline void key_open(const char *path, struct zg_key *ret)
{
	struct zg_arena a;

	zg_arena_init(&a, &testdata_heap, ROOM);
	assert_int_equal(zg_keytext_read(testdata_file(path, &a), ZG_S(""), ret), ZG_KEYTEXT_OK);
	zg_arena_reset(&a);
}

static inline int open_keys(void **state)
{
	(void)state;
	assert_int_equal(zg_crypt_init(&crypt), 0);
	key_open("dkim/rfc/rfc8463-rsa.pem", &rsa);
	key_open("dkim/rfc/rfc8463-ed25519-seed-base64.txt", &ed25519);
	return 0;
}

static inline int close_keys(void **state)
{
	(void)state;
	zg_key_done(&rsa);
	zg_key_done(&ed25519);
	zg_crypt_done(&crypt);
	return 0;
}

#endif
