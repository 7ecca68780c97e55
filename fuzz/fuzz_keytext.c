/* fuzz_keytext.c - key texts: nothing crashes; the verdict and its number are the same twice; a key that is read can be
 * kept, signs, and its public half verifies; the flaws of whatever octets are told.  The passphrase is what stands behind
 * the last NUL, or none. */
#include <stdint.h>
#include <stdlib.h>
#include <zegel/crypt.h>
#include "base/secret.h"
#include "crypt/key_flaws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void key_judge(struct zg_key *k)
{
	static const unsigned char hash[ZG_HASH_SIZE] = { 1 };
	static unsigned char der[8192];
	unsigned char spki[1200], sig[ZG_KEY_SIGNATURE_MAX];
	struct zg_buf p = zg_buf_of(spki, sizeof(spki)), s = zg_buf_of(sig, sizeof(sig));
	struct zg_secret kept = { 0, sizeof(der), der };
	struct zg_key again, public;

	must(k->is_private && (k->type == ZG_KEY_ED25519 || (k->bits >= ZG_KEY_RSA_MIN && k->bits <= ZG_KEY_RSA_SIGN_MAX)));
	must(zg_key_private_write(k, &kept) == 0 && zg_key_private_read(&kept, &again) == 0 && again.bits == k->bits);
	must(zg_key_public_write(k, &p) == 0 && zg_key_public_read(k->type, zg_buf_slice(&p), &public) == 0);
	must(zg_key_sign(&again, hash, &s) == 0 && zg_key_verify(&public, hash, zg_buf_slice(&s)) == 0);
	zg_key_done(&again);
	zg_key_done(&public);
}

/* Made at the first run, and kept. */
static struct zg_prober *prober(void)
{
	static struct zg_prober p;

	must(p.primes || zg_prober_init(&p) == 0);
	return &p;
}

/* The public readers see the same octets: they may say no, and no more. */
static void public_judge(struct zg_slice p)
{
	static const unsigned char hash[ZG_HASH_SIZE] = { 1 };
	struct zg_key k;

	struct zg_kin kin;

	must(zg_prober_flaws(prober(), ZG_KEY_RSA, p) >= 0 && zg_prober_flaws(prober(), ZG_KEY_ED25519, p) >= 0);
	if (zg_kin_init(&kin, p) == 0)
		must(zg_kin_add(&kin, p) && zg_kin_judge(&kin) == 0);
	zg_kin_done(&kin);
	for (int type = ZG_KEY_RSA; type <= ZG_KEY_ED25519; type++)
		if (zg_key_public_read((enum zg_key_type)type, p, &k) == 0) {
			must(k.bits <= ZG_KEY_RSA_MAX && zg_key_verify(&k, hash, p) != 0);
			zg_key_done(&k);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct zg_slice text = zg_slice_of(data, n), passphrase = { NULL, 0 };
	size_t nul = zg_slice_rfind(text, '\0');
	struct zg_key k, again;
	enum zg_keytext why;
	size_t number, other;

	public_judge(text);
	if (nul < text.n && nul > 0 && text.p[0] == '-') {
		passphrase = zg_slice_sub(text, nul + 1, n);
		text.n = nul;
	}
	why = zg_keytext_read_told(text, passphrase, &k, &number);
	must(why <= ZG_KEYTEXT_PART);
	must(zg_keytext_read_told(text, passphrase, &again, &other) == why && number == other);
	must(number <= (why == ZG_KEYTEXT_TOO_LARGE ? n * 8 : why == ZG_KEYTEXT_TOO_SHORT ? ZG_KEY_RSA_MIN :
		       why == ZG_KEYTEXT_PART ? ZG_KEY_TEXT_MAX : n));
	if (why != ZG_KEYTEXT_OK)
		return 0;
	key_judge(&k);
	zg_key_done(&k);
	zg_key_done(&again);
	return 0;
}
