/* audit.c - the chain of the audit.
 *
 * The hash of a line is SHA-256 over the hash of the line before (32 octets; zeros before the first),
 * the number and the time as 64 bits big-endian, and who, from, what, object and detail, each as 32
 * bits of size and its octets.  So no line can be changed, taken out or put between without every
 * later one telling. */
#include <string.h>
#include "base/num.h"
#include "house/change.h"

static void hash_sized(struct zg_hash *h, struct zg_slice s)
{
	char mem[4];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_num_put_u32(&b, (uint32_t)s.n);
	zg_hash_update(h, zg_buf_slice(&b));
	zg_hash_update(h, s);
}

static int line_hash(const struct zg_crypt *c, const unsigned char *before,
		     const struct store_audit *line, unsigned char *ret)
{
	char mem[16];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct zg_hash h;
	int rc;

	if (zg_hash_init(&h, c) < 0)
		return -1;
	zg_num_put_u64(&b, line->n);
	zg_num_put_u64(&b, (uint64_t)line->at);
	zg_hash_update(&h, zg_slice_of(before, ZG_HASH_SIZE));
	zg_hash_update(&h, zg_buf_slice(&b));
	hash_sized(&h, line->who);
	hash_sized(&h, line->from);
	hash_sized(&h, line->what);
	hash_sized(&h, line->object);
	hash_sized(&h, line->detail);
	rc = zg_hash_final(&h, ret);
	zg_hash_done(&h);
	return rc;
}

enum house_rc house_audit_add(struct house *h, const struct house_line *line)
{
	unsigned char before[ZG_HASH_SIZE];
	struct store_audit l = {
		.at = h->actor.now, .who = h->actor.who, .from = h->actor.from, .what = line->what, .object = line->object,
		.detail = line->detail,
	};
	struct zg_crypt c;
	enum house_rc rc = house_of_store(store_audit_last(h->store, &l.n, before), HOUSE_STORE);

	if (rc != HOUSE_OK)
		return rc;
	l.n++;
	if (zg_crypt_init(&c) < 0 || line_hash(&c, before, &l, l.hash) < 0)
		rc = HOUSE_NO_MEMORY;
	zg_crypt_done(&c);
	if (rc == HOUSE_OK && store_audit_add(h->store, &l) != STORE_OK)
		rc = HOUSE_STORE;
	return rc;
}

/* Lines from the oldest on, which is the last. */
static int chain_check(const struct zg_crypt *c, const struct store_audit *lines, size_t count, uint64_t *ret_wrong)
{
	unsigned char before[ZG_HASH_SIZE] = { 0 }, hash[ZG_HASH_SIZE];
	uint64_t n = count ? lines[count - 1].n : 0;

	*ret_wrong = 0;
	for (size_t i = count; i-- > 0; n++) {
		bool has_before = i + 1 < count || lines[i].n == 1;

		if (has_before && line_hash(c, before, &lines[i], hash) < 0)
			return -1;
		if (lines[i].n != n || (has_before && memcmp(hash, lines[i].hash, sizeof(hash)) != 0)) {
			*ret_wrong = lines[i].n;
			return 0;
		}
		memcpy(before, lines[i].hash, sizeof(before));
	}
	return 0;
}

enum house_rc house_audit_check(struct store *s, size_t max, struct zg_arena *a, uint64_t *ret_wrong)
{
	struct store_audit *lines;
	struct zg_crypt c;
	size_t count;
	uint64_t wrong;
	enum house_rc rc = house_of_store(store_audit_list(s, max, a, &lines, &count), HOUSE_STORE);

	if (rc != HOUSE_OK)
		return rc;
	if (zg_crypt_init(&c) < 0 || chain_check(&c, lines, count, &wrong) < 0)
		rc = HOUSE_NO_MEMORY;
	zg_crypt_done(&c);
	if (rc == HOUSE_OK)
		*ret_wrong = wrong;
	return rc;
}
