/* page.h - one request as a page's function sees it: who asks, for which company, in which language; and the answer it makes.
 *
 * A page runs on a desk (edge/desk.h), in one go.  It writes HTML with the functions made of web/page, and ends with one of
 * page_show, page_part, page_go, page_trouble, page_text. */
#ifndef EDGE_PAGE_H
#define EDGE_PAGE_H

#include "edge/html.h"
#include "house/house.h"
#include "house/people.h"
#include "io/httpd.h"
#include "queue/settings.h"

#define PAGE_FIELDS 8u		/* of an answer, those written for all aside */
#define PAGE_FORM_MOST 64u	/* pairs of a form */

struct watch;
struct once;
struct mailer;

/* What all pages share; of more threads than one. */
struct page_world {
	struct people_guard *guard;	/* slows wrong sign-ins */
	struct watch *watch;		/* NULL: there is none */
	struct once *once;		/* forms that were sent already */
	struct mailer *mailer;
	bool is_dev;
};

struct page_answer {
	unsigned status;
	struct http_pair fields[PAGE_FIELDS];
	size_t fields_count;
	struct zg_slice body;
	bool is_stream;			/* a stream of events begins; body is its first */
	uint64_t stream_company, stream_domain;
};

struct page {
	const struct http_request *q;
	struct page_world *world;
	const struct settings *settings;
	struct zg_arena *a;
	struct store *store;		/* may be written to where is_worker */
	bool is_worker;
	int vault;			/* -1 where not is_worker */
	struct zg_crypt *crypt;
	int64_t now;
	enum lang lang;
	const struct http_pair *form;	/* of a POST */
	size_t form_count;
	struct zg_slice path[6];	/* segments of the path */
	size_t path_count;
	struct people_seat *seat;	/* who is signed in; NULL: nobody */
	struct store_company *company;	/* of /c/<company>; NULL: none */
	struct html h;			/* the body of the page */
	struct page_answer answer;
};

/* The whole page around what p->h holds.  title is a word of its own. */
void page_show(struct page *p, unsigned status, struct zg_slice title);
/* What p->h holds and nothing else, for ?part=. */
void page_part(struct page *p);
/* 303 to an address of ours. */
void page_go(struct page *p, struct zg_slice to);
/* A page that says what is wrong: 403, 404, 410, 500 ... */
void page_trouble(struct page *p, unsigned status);
void page_text(struct page *p, struct zg_slice media, struct zg_slice text);
/* One more field of the answer; value must live in p->a or for ever. */
void page_field(struct page *p, struct zg_slice name, struct zg_slice value);
/* A cookie; an empty value ends it.  is_secret: for this host alone and out of scripts' reach. */
void page_cookie(struct page *p, struct zg_slice name, struct zg_slice value, int64_t seconds);
struct zg_slice page_session_cookie(const struct page *p);	/* its name: __Host-zs, or zs in clear on loopback */

/* A value of the form, trimmed; "" where there is none. */
struct zg_slice page_value(const struct page *p, struct zg_slice name);
/* The same as it was typed: for passwords and keys. */
struct zg_slice page_value_raw(const struct page *p, struct zg_slice name);
/* Pieces joined in p->a. */
struct zg_slice page_join(struct page *p, const struct zg_slice *v, size_t count);
/* "/c/<company>/<rest>". */
struct zg_slice page_company_link(struct page *p, struct zg_slice rest);
/* An address with a query value, percent-encoded. */
struct zg_slice page_link(struct page *p, struct zg_slice path, struct zg_slice name, struct zg_slice value);
/* "https://mail.example.be": base_url, or made of the request where it is empty. */
struct zg_slice page_base(struct page *p);
/* The token for forms of this session; "" without one. */
struct zg_slice page_csrf(struct page *p);
/* Words as HTML, their places filled. */
struct zg_slice page_words(struct page *p, enum lang_word w, const struct html_arg *args, size_t count);
/* The house as this person changes it. */
struct house page_house(struct page *p);
/* Who is told in the audit where from. */
struct zg_slice page_peer(struct page *p);
/* A mail of our own, in plain text of our words: from postmaster@<hostname>.  True: it is in the queue. */
bool page_mail(struct page *p, struct zg_slice to, struct zg_slice subject, struct zg_slice text);

#endif
