/* route.h - which function answers which address, and who may ask it. */
#ifndef EDGE_ROUTE_H
#define EDGE_ROUTE_H

#include "edge/page.h"

enum {
	ROUTE_OPEN = 1,		/* nobody has to be signed in */
	ROUTE_CHANGE = 2,	/* who may change the company's things */
	ROUTE_OPERATOR = 4,	/* the operator's people alone */
	ROUTE_WORKER = 8,	/* takes time or writes: a worker's; all but GET and HEAD are */
	ROUTE_HALF = 16		/* the second step of signing in is still to come */
};

struct route {
	struct zg_slice method;		/* "GET" answers HEAD too */
	struct zg_slice pattern;	/* "/c/@/security": @ is the company's slug, * any segment */
	void (*run)(struct page *p);
	unsigned flags;
};

/* NULL: there is none.  *ret_other: the address is known, but for another method. */
const struct route *route_find(struct zg_slice method, struct zg_slice path, bool *ret_other);
/* What is answered where route_find has nothing. */
extern const struct route route_nothing;
/* Does a worker's desk run it? */
bool route_is_work(const struct route *r);
/* Signs in, reads the form, looks whether it may, and runs it; p->answer is filled in any case. */
void route_run(const struct route *r, struct page *p);

#endif
