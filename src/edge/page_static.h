/* page_static.h - the files of the pages: style, scripts, the seal. */
#ifndef EDGE_PAGE_STATIC_H
#define EDGE_PAGE_STATIC_H

#include "edge/page.h"

/* "/static/<name>-<hash>.<ext>", "/favicon.ico", "/healthz": true, and *ret is the answer, whose slices live for ever. */
bool page_static(const struct http_request *q, struct page_answer *ret);

#endif
