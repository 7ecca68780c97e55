/* page_mail.h - one message as its page shows it (the parts of page_messages.h). */
#ifndef EDGE_PAGE_MAIL_H
#define EDGE_PAGE_MAIL_H

#include "edge/page.h"
#include "mail/mime.h"

#define MAIL_SHOWN_MOST (2u * 1024u * 1024u)	/* octets of a body that a page takes apart */
#define MAIL_PARTS_MOST 200u			/* attachments that are listed */

struct mail_view {
	struct store_message m;
	struct zg_slice body;		/* out of its file, if it has one */
	bool has_body;			/* false: gone, or too large */
	struct zg_mime mime;
};

/* The message that the path names, of this company; false: there is none. */
bool mail_view_read(struct page *p, struct mail_view *ret);
/* Takes it apart; nothing where there is no memory or no body. */
void mail_view_open(struct page *p, struct mail_view *v);
/* The first part of this media type that is no attachment, or NULL. */
const struct zg_mime_part *mail_view_part(const struct mail_view *v, struct zg_slice media);

/* How a state is shown. */
struct mail_look { enum lang_word word; struct zg_slice class; enum icon sign; };
struct mail_look mail_look_of(const struct store_recipient *r);
/* The recipient whose state is told of the whole. */
const struct store_recipient *mail_first_of(const struct store_message *m);
/* What happened, oldest first. */
const struct web_mail_event *mail_timeline(struct page *p, const struct store_message *m, size_t *ret_count);
/* "184 kB" as HTML. */
struct zg_slice mail_size(struct page *p, uint64_t n);
/* All of the message's part of the page; NULL without memory. */
const struct web_message *mail_page(struct page *p, struct mail_view *v);

/* What the library knows no charset for, by iconv. */
extern const struct zg_charsets mail_charsets;

#endif
