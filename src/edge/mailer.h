/* mailer.h - mail of our own (a new password's link, the test mail): from a desk into the queue, on the loop, by the same way that
 * every mail takes. */
#ifndef EDGE_MAILER_H
#define EDGE_MAILER_H

#include "queue/queue.h"

#define MAILER_PATIENCE 30000000000u	/* ns until an answer is no longer waited for */

struct mailer;
/* On the loop of q.  NULL without memory. */
struct mailer *mailer_new(struct queue_loop *q);

struct mailer_mail {
	struct zg_slice sender, recipient;	/* checked mailboxes; sender may be "": the null sender */
	struct zg_slice text;			/* the whole message, CRLF, without Date and Message-ID if it likes */
};
struct mailer_reply {
	unsigned code;			/* 250: it is on disk; 0: no answer in time, or no memory */
	char text[256];			/* "queued as ...", or why not */
};
/* From a desk; waits. */
struct mailer_reply mailer_send(struct mailer *m, const struct mailer_mail *mail);

#endif
