/* mailtext.h - a message from a file or a pipe: as SMTP carries it, or as a text file of this system.
 *
 * A text without any CRLF is a local text: each LF stands for CRLF, and is written as CRLF.  A text with CRLF is taken
 * as it stands.  A first line "From ..." of a mailbox (RFC 4155) is left out.  The body is handed out in views; nothing
 * of it is copied. */
#ifndef CMD_MAILTEXT_H
#define CMD_MAILTEXT_H

#include <zegel/header.h>
#include "cmd/input.h"

struct mailtext {
	struct input in;
	struct zg_slice head;	/* with CRLF line ends, and the empty line that ends it */
	struct zg_slice body;	/* as read */
	bool is_local;
};

/* Reads FILE (c's first argument) or standard input.  CMD_GOOD, or the exit status after saying why; mailtext_done in
 * any case. */
int mailtext_read(struct cmd *c, struct mailtext *ret);
void mailtext_done(struct mailtext *m);
/* The header's fields.  CMD_GOOD, or CMD_UNUSABLE after saying what is wrong. */
int mailtext_index(struct cmd *c, const struct mailtext *m, struct zg_headers *ret);
/* Hands the body out in pieces with CRLF line ends. */
void mailtext_body(const struct mailtext *m, void (*take)(void *ctx, struct zg_slice piece), void *ctx);
/* Is it fit to be sent: no CR or LF that stands alone, no NUL, no line over 998 octets?  CMD_GOOD, or CMD_UNUSABLE
 * after saying which line is not. */
int mailtext_check(struct cmd *c, const struct mailtext *m);

#endif
