/* smtp_line.h - the one reader of lines and message text of every SMTP port.  Internal to src/proto. */
#ifndef ZG_PROTO_SMTP_LINE_H
#define ZG_PROTO_SMTP_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/slice.h>

enum zg_smtp_line {
	ZG_SMTP_LINE_MORE,	/* no line yet; nothing was taken */
	ZG_SMTP_LINE_OK,	/* a line ended by CRLF */
	ZG_SMTP_LINE_LONG,	/* over ZG_LIMIT_SMTP_LINE octets: nothing was taken, swallow it */
	ZG_SMTP_LINE_STRAY,	/* a CR or LF stands alone in it: nothing was taken, swallow it */
	ZG_SMTP_LINE_TLS	/* a TLS record begins here: nothing was taken */
};

/* Takes a command line from the front of *in; *ret is the line without its CRLF. */
enum zg_smtp_line zg_smtp_line_take(struct zg_slice *in, struct zg_slice *ret);
/* Drops octets up to and with the next CRLF and says whether it was there; a CR at the very end stays in *in. */
bool zg_smtp_line_swallow(struct zg_slice *in);

/* What is wrong with a message; the gravest is kept, so that the order in which octets arrive has no say in it. */
enum zg_smtp_finding {
	ZG_SMTP_FOUND_NOTHING, ZG_SMTP_FOUND_LONG, ZG_SMTP_FOUND_NUL, ZG_SMTP_FOUND_SIZE, ZG_SMTP_FOUND_STRAY
};

struct zg_smtp_text {
	uint64_t seen;		/* octets of the message, unstuffed */
	size_t line_n;		/* octets of the line so far, its stuffed dot not counted */
	bool is_mid;		/* a line has begun and not ended */
	enum zg_smtp_finding finding;
};

enum zg_smtp_took { ZG_SMTP_TOOK_MORE, ZG_SMTP_TOOK_PIECE, ZG_SMTP_TOOK_END };

/* Takes the next piece of a message (a view, dots unstuffed) or its end from the front of *in.  At most two octets
 * are left at MORE.  After a finding no pieces come any more.  size_max 0: no limit. */
enum zg_smtp_took zg_smtp_text_take(struct zg_smtp_text *t, uint64_t size_max, struct zg_slice *in,
	struct zg_slice *ret);

#endif
