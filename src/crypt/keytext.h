/* keytext.h - the steps of zg_keytext_read, a file each: the text washed, its PEM blocks found, DER looked at, what is
 * closed opened. */
#ifndef ZG_CRYPT_KEYTEXT_H
#define ZG_CRYPT_KEYTEXT_H

#include "crypt/key.h"

#define ZG_KEYTEXT_DER_MAX (ZG_KEY_TEXT_MAX / 4 * 3 + 3)	/* octets that the base64 of a text may hold */

/* keytext_wash.c - writes the text as plain ASCII to mem, which holds text.n octets: UTF-16 and UTF-8 become ASCII,
 * foreign blanks blanks, typographic dashes hyphens, escapes what they stand for; quotes and the > of quoted mail become
 * blanks, what cannot be seen goes, CRLF and CR become LF; any other character is one '?'. */
struct zg_slice zg_keytext_wash(struct zg_slice text, unsigned char *mem);

/* keytext_b64.c - base64 from the start of a washed text, blanks in it passed over. */
struct zg_keyrun {
	size_t letters;			/* of base64, padding too */
	size_t end;			/* octets of the text gone over */
};
bool zg_keytext_is_b64(char c);
/* As many letters as there are, at most max. */
struct zg_keyrun zg_keytext_run(struct zg_slice text, size_t max);
/* Where the base64 of a key that was cut stops, words behind it aside: octets of the text. */
size_t zg_keytext_stop(struct zg_slice text);
/* Characters as they are told: a line end, with whatever blanks, is one. */
size_t zg_keytext_count(struct zg_slice text);
/* Does a sign of no base64 stand at octet at, with more base64 behind it? */
bool zg_keytext_is_broken(struct zg_slice text, size_t at);
/* The same text, blanks aside? */
bool zg_keytext_is_same(struct zg_slice a, struct zg_slice b);
/* RFC 4648 5: base64 of URLs becomes that of section 4, in place. */
void zg_keytext_plain(unsigned char *text, size_t n);

/* keytext_pem.c - the BEGIN and END lines of a washed text. */
struct zg_keyblocks {
	struct zg_slice block, body;	/* of the first private key: from BEGIN on to the end of body; what is between */
	unsigned count;			/* private keys; one that is there twice is one */
	bool is_cut;			/* no END behind the first */
	bool is_headless;		/* an END of a private key that has no BEGIN */
	enum zg_keytext what;		/* of other blocks: the nearest to a key; UNKNOWN where there are none */
};
struct zg_keyblocks zg_keytext_blocks(struct zg_slice text);

/* keytext_der.c - which form of a private key is this, told by its shape alone; OK, or what it is instead. */
enum zg_keyform { ZG_KEYFORM_RSA, ZG_KEYFORM_ED25519, ZG_KEYFORM_ENCRYPTED };
struct zg_keyfound {
	enum zg_keyform form;
	struct zg_slice der;		/* RSAPrivateKey, the seed, or EncryptedPrivateKeyInfo */
};
enum zg_keytext zg_keytext_look(struct zg_slice der, struct zg_keyfound *ret);

/* key_open.c - opens with a passphrase, in place: *ret is the DER inside, and lies where the closed octets lay.
 * OK, PASSPHRASE_NEEDED, PASSPHRASE_WRONG, CIPHER (of an algorithm that is not known), WORK (more rounds or memory than
 * is good), DAMAGED, NO_MEMORY.  Writes over mem, n octets: an EncryptedPrivateKeyInfo; the octets that a PEM block
 * with DEK-Info holds, cipher and iv (hexadecimal) as it names them. */
enum zg_keytext zg_key_open_pkcs8(unsigned char *mem, size_t n, struct zg_slice passphrase, struct zg_slice *ret);
enum zg_keytext zg_key_open_pem(unsigned char *mem, size_t n, struct zg_slice cipher, struct zg_slice iv,
				struct zg_slice passphrase, struct zg_slice *ret);

#endif
