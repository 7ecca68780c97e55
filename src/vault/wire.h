/* wire.h - the four messages to the vault and their answers, as octets and back; pure.
 *
 * A packet: u8 version (1), u8 count (1 to VAULT_BATCH), then as many messages: u32 length and its octets.  A
 * request: u8 kind, u32 serial, then the members of its struct in order; numbers big-endian, slices as u32
 * length and octets.  An answer: u8 kind, u32 serial, u8 code, then its members.  Every message holds all
 * members of its struct, whatever its kind.
 * The wire is read by a process that trusts nobody. */
#ifndef VAULT_WIRE_H
#define VAULT_WIRE_H

#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/crypt.h>
#include <zegel/slice.h>
#include "base/cur.h"

#define VAULT_BATCH 16u			/* messages in a packet */
#define VAULT_PACKET_MAX (384u * 1024u)	/* octets of a packet; the socket's buffers are made for it */
#define VAULT_PACKET_HEAD 2u		/* octets before the first message */
#define VAULT_BLOCK_MAX (300u * 1024u)	/* octets of a header block to sign */

enum vault_kind { VAULT_MAKE = 1, VAULT_SEAL, VAULT_REWRAP, VAULT_SIGN };

enum vault_code {
	VAULT_OK,
	VAULT_BAD_REQUEST,		/* the octets are no request, or it is too long for a packet */
	VAULT_WRONG_KEY,		/* the sealed key or data key does not open: other master key, moved row, damage */
	VAULT_FROM_MISSING, VAULT_FROM_TWO, VAULT_FROM_UNREADABLE, VAULT_FROM_TWO_ADDRESSES, VAULT_FROM_FOREIGN,
	VAULT_OTHER_DOMAIN,		/* d= is not what is sealed with the key */
	VAULT_OTHER_SELECTOR,
	VAULT_BAD_BLOCK,		/* no DKIM-Signature at its end, h= without From, ... */
	VAULT_KEY_TEXT,			/* SEAL: detail says which enum zg_keytext, bits the number it tells */
	VAULT_FAILED			/* no memory, OpenSSL failed, no answer in time */
};
#define VAULT_CODES (VAULT_FAILED + 1)

/* Whose key it is: the associated data of the sealing. */
struct vault_owner {
	uint64_t company, key_id;
	uint32_t version;
	struct zg_slice domain, selector;
};

struct vault_request {
	enum vault_kind kind;
	uint32_t serial;
	struct vault_owner owner;
	struct zg_slice sealed_dek;	/* MAKE, SEAL: may be empty: a new data key is made and answered */
	struct zg_slice sealed_key;	/* SIGN; REWRAP: may be empty; where it is given it must open */
	enum zg_key_type type;		/* MAKE */
	uint32_t bits;			/* MAKE */
	struct zg_slice text;		/* SEAL: the pasted text; SIGN: the header block */
	struct zg_slice passphrase;	/* SEAL */
};

struct vault_answer {
	enum vault_kind kind;
	uint32_t serial;
	enum vault_code code;
	uint32_t detail;
	struct zg_slice sealed_dek;	/* MAKE, SEAL: when it was made anew; REWRAP: under the new master key */
	struct zg_slice sealed_key;	/* MAKE, SEAL */
	struct zg_slice public_key;	/* MAKE, SEAL: the octets of p= */
	enum zg_key_type type;
	uint32_t bits;
	struct zg_slice signature;	/* SIGN */
};

/* The head of a packet of count messages. */
void vault_packet_write(struct zg_buf *b, unsigned count);
/* Reads the head; the count of messages that follow, or 0 with c->why. */
unsigned vault_packet_read(struct zg_cur *c);

/* Octets a request becomes, its length word included. */
size_t vault_request_size(const struct vault_request *r);
/* Writes length word and message. */
void vault_request_write(struct zg_buf *b, const struct vault_request *r);
/* Takes length word and message; slices are views.  0, or -1: with c->why where the packet itself is broken;
 * without, c stands behind a message that is no request, of which *ret holds kind and serial (0 where even
 * these lack) and nothing else. */
int vault_request_read(struct zg_cur *c, struct vault_request *ret);
void vault_answer_write(struct zg_buf *b, const struct vault_answer *r);
/* The same; -1 in both cases above, nothing written. */
int vault_answer_read(struct zg_cur *c, struct vault_answer *ret);

#endif
