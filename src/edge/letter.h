/* letter.h - the text of a mail of our own: a header of five fields and plain text, 7-bit. */
#ifndef EDGE_LETTER_H
#define EDGE_LETTER_H

#include <zegel/arena.h>
#include <zegel/buf.h>

/* from and to are checked mailboxes; subject and body are UTF-8 without control octets but \n.  Empty without memory. */
struct zg_slice letter_text(struct zg_slice from, struct zg_slice to, struct zg_slice subject, struct zg_slice body,
			    struct zg_arena *a);

#endif
