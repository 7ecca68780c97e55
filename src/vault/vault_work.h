/* vault_work.h - what a worker of the vault does with a packet: no descriptor, no thread, no clock. */
#ifndef VAULT_VAULT_WORK_H
#define VAULT_VAULT_WORK_H

#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/crypt.h>
#include "vault/vault.h"
#include "vault/vault_cache.h"
#include "vault/wire.h"

#define VAULT_DER_MAX 8192u		/* octets of a private key as PKCS#8: RSA of 8192 bits */
#define VAULT_NAME_MAX 255u		/* octets of a domain or selector */
#define VAULT_ANSWER_MAX 12288u		/* octets of the longest answer */
#define VAULT_ANSWERS_MAX (VAULT_PACKET_HEAD + VAULT_BATCH * VAULT_ANSWER_MAX)

/* The master keys, the newest first; shared by all workers, written by none. */
struct vault_masters {
	const unsigned char *keys;	/* count times VAULT_MASTER_SIZE octets */
	size_t count;
};

struct vault_work {
	struct zg_crypt crypt;
	const struct vault_masters *masters;
	struct vault_cache cache;
	uint64_t answers[VAULT_CODES];		/* how many of each code were given */
	unsigned char der[VAULT_DER_MAX];	/* an opened key on its way; wiped after each use */
	char out[VAULT_ANSWER_MAX];		/* the slices of the answer that is being made */
};

/* 0, or -1 without memory.  masters must outlive w. */
int vault_work_init(struct vault_work *w, const struct vault_masters *masters);
/* Answers all requests of a packet by one packet into ret (room for VAULT_ANSWERS_MAX); pasted keys and
 * passphrases in packet are wiped.  A message that is no request is answered too.  0, or -1 where nothing
 * could be answered. */
int vault_work_packet(struct vault_work *w, char *packet, size_t n, struct zg_buf *ret);
/* Does once what the first requests would do, so that all of OpenSSL is in memory before the files are gone.
 * 0 or -1. */
int vault_work_warm(struct vault_work *w);
void vault_work_done(struct vault_work *w);

#endif
