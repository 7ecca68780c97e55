/* rewrite.h - what a submission server mends in a header before it is signed, RFC 6409 8; pure.
 *
 * Bcc and Return-Path go out, Date, Message-ID and MIME-Version are added where they are missing, and our Received comes on
 * top.  All other octets stay as they came. */
#ifndef QUEUE_REWRITE_H
#define QUEUE_REWRITE_H

#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/header.h>

struct rewrite {
	struct zg_slice hostname;	/* ours: Received, Message-ID */
	struct zg_slice id;		/* of the message, as text */
	struct zg_slice helo;		/* what the client called itself */
	struct zg_slice client;		/* its address, or empty: a credential was used, and it is not told */
	struct zg_slice protocol;	/* ESMTP, ESMTPS, ESMTPA, ESMTPSA, UTF8SMTP..., RFC 3848, RFC 6531 4.3 */
	int64_t now;
};

enum rewrite_rc {
	REWRITE_OK,
	REWRITE_LOOP,			/* over 50 Received fields, or our own name thrice: 5.4.6 */
	REWRITE_NO_ROOM
};

/* Makes the new header block, without the empty line, in a. */
enum rewrite_rc rewrite_header(const struct rewrite *r, const struct zg_headers *h, struct zg_arena *a, struct zg_slice *ret_block);

#endif
