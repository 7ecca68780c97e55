/* crypt.h - hashes and keys as DKIM needs them, on OpenSSL's EVP.
 *
 * Nothing here is a global: what must be fetched from OpenSSL once is in a struct zg_crypt that the caller makes, one a
 * thread.  A key or hash may be used by one thread at a time. */
#ifndef ZEGEL_CRYPT_H
#define ZEGEL_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <zegel/buf.h>
#include <zegel/secret.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZG_HASH_SIZE 32			/* octets of a SHA-256 */
#define ZG_KEY_RSA_MIN 1024u		/* bits, to sign and to verify, RFC 8301 3.2 */
#define ZG_KEY_RSA_SIGN_MAX 4096u	/* bits, to sign: what every verifier takes, RFC 8301 3.2 */
#define ZG_KEY_RSA_MAX 8192u		/* bits, to verify */
#define ZG_KEY_SIGNATURE_MAX 1024u	/* octets of the longest signature: RSA of 8192 bits */
#define ZG_KEY_TEXT_MAX (64u * 1024u)	/* octets of a key's text that are read */

/* Algorithms fetched once; an opaque pointer of OpenSSL.  One a thread. */
struct zg_crypt {
	void *sha256;
};
/* Fetches; c is the caller's, to be ended by zg_crypt_done, which may follow a failure.  0, or -1 where OpenSSL has no
 * SHA-256 or no memory.  RFC 8301 3.1: SHA-256 is all that is needed. */
int zg_crypt_init(struct zg_crypt *c);
/* Gives back what OpenSSL holds for c.  Everything that was started with c must have ended. */
void zg_crypt_done(struct zg_crypt *c);

/* A running SHA-256; the caller's, its members are private. */
struct zg_hash {
	void *ctx;
	bool is_broken;			/* a step failed; final answers -1 */
};
/* Starts a SHA-256 (RFC 6376 3.3); c must outlive h.  0, or -1 without memory.  Ended by zg_hash_done, which may
 * follow a failure, whatever happens between. */
int zg_hash_init(struct zg_hash *h, const struct zg_crypt *c);
/* Adds octets, which are not kept.  A failure is kept, and zg_hash_final tells it. */
void zg_hash_update(struct zg_hash *h, struct zg_slice s);
/* Writes the hash (RFC 6376 3.7), ZG_HASH_SIZE octets, to ret, the caller's; 0, or -1 where a step failed.  The hash
 * can then only be ended. */
int zg_hash_final(struct zg_hash *h, unsigned char *ret);
/* Gives back what OpenSSL holds for h; also after a failed init. */
void zg_hash_done(struct zg_hash *h);

/* The two signature algorithms. */
enum zg_key_type {
	ZG_KEY_RSA = 1,			/* rsa-sha256: PKCS#1 v1.5 over SHA-256, RFC 6376 3.3 */
	ZG_KEY_ED25519			/* ed25519-sha256: Ed25519 over the 32 octets of a SHA-256, RFC 8463 3 */
};

/* A key, private or public, decoded and kept ready.  The struct is the caller's; `type`, `bits` and `is_private` may be
 * read, the rest is private.  It must not be copied: two ends of one key are one too many. */
struct zg_key {
	void *pkey;			/* OpenSSL's; NULL while empty */
	void *ctx;			/* a signing or verifying context kept between uses (RSA) */
	enum zg_key_type type;
	unsigned bits;			/* of the RSA modulus; 256 for Ed25519 */
	bool is_private;
};

/* What a text that should be a private key turned out to be. */
enum zg_keytext {
	ZG_KEYTEXT_OK,
	ZG_KEYTEXT_EMPTY,		/* nothing but blanks */
	ZG_KEYTEXT_TOO_LONG,		/* over ZG_KEY_TEXT_MAX */
	ZG_KEYTEXT_UNKNOWN,		/* nothing that looks like a key */
	ZG_KEYTEXT_PUBLIC,		/* the public half */
	ZG_KEYTEXT_RECORD,		/* a DNS record (v=DKIM1; ... p=) */
	ZG_KEYTEXT_RECORD_PRIVATE,	/* a DNS record with the private key in p=: once published, it is lost */
	ZG_KEYTEXT_CERTIFICATE,
	ZG_KEYTEXT_PFX,			/* a bundle, PKCS#12 */
	ZG_KEYTEXT_REQUEST,		/* a certificate request */
	ZG_KEYTEXT_EC,			/* a key of another kind: EC */
	ZG_KEYTEXT_DSA,			/* DSA */
	ZG_KEYTEXT_OTHER_KIND,		/* X25519, Ed448, RSA-PSS ... */
	ZG_KEYTEXT_OPENSSH,		/* RSA in OpenSSH's own form, which ssh-keygen writes as PEM */
	ZG_KEYTEXT_OPENSSH_OTHER,	/* another kind in that form, of which ssh-keygen writes no other */
	ZG_KEYTEXT_PPK,			/* PuTTY's own form */
	ZG_KEYTEXT_PGP,
	ZG_KEYTEXT_CUT,			/* begins as a key and ends too early; the number: characters there are, each line end
					 * one */
	ZG_KEYTEXT_CUT_FRONT,		/* ends as a key, and its beginning is missing */
	ZG_KEYTEXT_LETTER,		/* a character that no key has; the number: characters of the key before it */
	ZG_KEYTEXT_DAMAGED,		/* cannot be decoded */
	ZG_KEYTEXT_MISFIT,		/* its numbers do not fit each other, or no verifier takes it */
	ZG_KEYTEXT_PASSPHRASE_NEEDED,
	ZG_KEYTEXT_PASSPHRASE_WRONG,
	ZG_KEYTEXT_CIPHER,		/* closed in a way that is not known here */
	ZG_KEYTEXT_WORK,		/* opening it would cost too much time or memory */
	ZG_KEYTEXT_EXPONENT,		/* RSA whose public exponent is 1, even (0 too) or over 64 bits */
	ZG_KEYTEXT_TOO_SHORT,		/* RSA under ZG_KEY_RSA_MIN bits; the number: how many it has */
	ZG_KEYTEXT_TOO_LARGE,		/* RSA over ZG_KEY_RSA_SIGN_MAX bits; the number: how many it has */
	ZG_KEYTEXT_TWO_KEYS,
	ZG_KEYTEXT_NO_MEMORY,
	ZG_KEYTEXT_PART			/* whole at both ends, with some missing between; the number: characters of base64 */
};

/* Reads a private key as people have it: PKCS#8 or PKCS#1 in PEM or DER, closed with a passphrase or open, bare base64
 * of these, an Ed25519 seed of 32 octets (RFC 8463 A.2) as it is, in base64 or in hexadecimal digits.  Line ends, blanks
 * of all kinds, quotes, quoted mail, literals of source code and JSON, typographic dashes, UTF-16, words and other
 * blocks around it are no matter.  passphrase may be empty.  On OK the key is the caller's to end with zg_key_done;
 * otherwise *ret is untouched.  Time is linear in the text, but for a passphrase, which costs at most some seconds and
 * 144 MiB.  RFC 5958, RFC 8017 A.1.2, RFC 8018, RFC 8410 7. */
enum zg_keytext zg_keytext_read(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret);
/* The same, and *ret_number is the number that a refusal tells, 0 where it tells none.  On OK it is 32 where the text
 * is 32 octets and nothing that calls them a seed: the public half (p=) looks the same; otherwise 0. */
enum zg_keytext zg_keytext_read_told(struct zg_slice text, struct zg_slice passphrase, struct zg_key *ret,
				     size_t *ret_number);

/* A private key from PKCS#8 DER (RFC 5958) as zg_key_private_write made it: 0, and *ret is the caller's to end with
 * zg_key_done; or -1 where it is not one, or without memory.  The secret stays the caller's to wipe. */
int zg_key_private_read(const struct zg_secret *der, struct zg_key *ret);
/* Writes the private key as PKCS#8 DER (RFC 5958) into memory of ret, the caller's to wipe (cap 8,192 suffices for 8192
 * bits); 0, or -1 where it has no room, k is public, or without memory. */
int zg_key_private_write(const struct zg_key *k, struct zg_secret *ret);
/* A public key from the decoded octets of p= (RFC 6376 3.6.1): SubjectPublicKeyInfo DER, or for RSA also the bare
 * RSAPublicKey, for Ed25519 the 32 octets (RFC 8463 4.2).  Refused are Ed25519 points of low order or in another than
 * their one form, an RSA exponent that is 1, even or over 64 bits, an even modulus and one over ZG_KEY_RSA_MAX; short
 * moduli are read, and `bits` tells.  0, and *ret is the caller's to end with zg_key_done; or 1 where it is refused, -1
 * without memory, and *ret is untouched.  p may die after. */
int zg_key_public_read(enum zg_key_type type, struct zg_slice p, struct zg_key *ret);
/* Writes the octets that p= holds in base64 (RFC 6376 3.6.1): SubjectPublicKeyInfo for RSA, 32 octets for Ed25519
 * (RFC 8463 4.2), of a private key its public half.  Into memory of ret, the caller's; 0, or -1 where it has no room,
 * or without memory. */
int zg_key_public_write(const struct zg_key *k, struct zg_buf *ret);
/* Signs the ZG_HASH_SIZE octets of a SHA-256, RFC 6376 3.3 and RFC 8463 3, into memory of ret, the caller's, which
 * needs room for ZG_KEY_SIGNATURE_MAX.  0, or -1 where there is no room or no memory, or k is public. */
int zg_key_sign(struct zg_key *k, const unsigned char *hash, struct zg_buf *ret);
/* Holds a signature against the ZG_HASH_SIZE octets of a SHA-256, RFC 6376 3.3 and RFC 8463 3, by a public key: 0 where
 * it is right, 1 where it is not; -1 without memory, or where k is private. */
int zg_key_verify(struct zg_key *k, const unsigned char *hash, struct zg_slice signature);
/* Ends a key: OpenSSL wipes a private one as it frees it.  An empty one (all zero) may be ended, and one that was. */
void zg_key_done(struct zg_key *k);

#ifdef __cplusplus
}
#endif

#endif
