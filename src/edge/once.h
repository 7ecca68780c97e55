/* once.h - a form that is sent twice (a double click, the back button) is done once; the second gets the answer of the first. */
#ifndef EDGE_ONCE_H
#define EDGE_ONCE_H

#include "edge/page.h"

struct once;
struct once *once_new(void);	/* NULL: no memory */
void once_free(struct once *o);

/* The form's hidden number `once` was seen before in this session: waits until the first is done and answers as it did (303 to the
 * same place).  False: it is the first, or has no number; once_tell must follow. */
bool once_is_told(struct page *p);
/* What came of it. */
void once_tell(struct page *p);
/* A number for a form; in p->a. */
struct zg_slice once_make(struct page *p);

#endif
