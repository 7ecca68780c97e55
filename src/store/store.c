/* store.c - ids of messages and the words for states: what every engine shares. */
#include <string.h>
#include <zegel/buf.h>
#include "base/hex.h"
#include "store/store.h"

/* Octets in the five groups of the text form, RFC 9562 4. */
static const size_t groups[] = { 4, 2, 2, 2, 6 };
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

void store_id_write(const struct store_id *id, char ret[STORE_ID_TEXT])
{
	struct zg_buf b = zg_buf_of(ret, STORE_ID_TEXT);
	const unsigned char *p = id->b;

	for (size_t i = 0; i < GROUPS; i++) {
		if (i)
			zg_buf_putc(&b, '-');
		zg_hex_encode(zg_slice_of(p, groups[i]), &b);
		p += groups[i];
	}
}

int store_id_read(struct zg_slice text, struct store_id *ret)
{
	struct store_id id;
	struct zg_buf b = zg_buf_of(id.b, sizeof(id.b));
	size_t at = 0;

	if (text.n != STORE_ID_TEXT)
		return -1;
	for (size_t i = 0; i < GROUPS; i++) {
		if (i && text.p[at++] != '-')
			return -1;
		if (zg_hex_decode(zg_slice_sub(text, at, 2 * groups[i]), &b) < 0)
			return -1;
		at += 2 * groups[i];
	}
	*ret = id;
	return 0;
}

struct store_id store_id_make(uint64_t ms, const unsigned char random[10])
{
	struct store_id id;

	/* RFC 9562 5.7: 48 bits of time, the version, random bits, the variant, random bits. */
	for (unsigned i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(ms >> (8 * (5 - i)));
	memcpy(id.b + 6, random, 10);
	id.b[6] = (unsigned char)(0x70 | (id.b[6] & 0x0f));
	id.b[8] = (unsigned char)(0x80 | (id.b[8] & 0x3f));
	return id;
}

struct zg_slice store_state_word(enum store_state s)
{
	static const struct zg_slice words[] = {
		[STORE_QUEUED] = ZG_SI("queued"), [STORE_DELIVERED] = ZG_SI("delivered"), [STORE_REFUSED] = ZG_SI("refused"),
		[STORE_CAPTURED] = ZG_SI("captured"), [STORE_EXPIRED] = ZG_SI("expired"), [STORE_HELD] = ZG_SI("held"),
		[STORE_STOPPED] = ZG_SI("stopped"),
	};

	return words[s];
}
