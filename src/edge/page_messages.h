/* page_messages.h - the log of a company's mail, and one of them. */
#ifndef EDGE_PAGE_MESSAGES_H
#define EDGE_PAGE_MESSAGES_H

#include "edge/page.h"

/* GET /c/<company>/messages */
void page_messages(struct page *p);
/* GET and POST /c/<company>/messages/<id> */
void page_message(struct page *p);
void page_message_act(struct page *p);
/* GET .../<id>/source, html, text, part/<n> */
void page_message_part(struct page *p);

#endif
