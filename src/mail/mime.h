/* mime.h - what a mail holds, for people to read: parts, their octets decoded, words and names as UTF-8.
 *
 * A reader that takes what comes: what is not as it should be is read as far as it can be, and nothing fails but for memory.
 * No recursion; linear in the input; results are views of it or live in the arena. */
#ifndef ZG_MAIL_MIME_H
#define ZG_MAIL_MIME_H

#include <zegel/arena.h>
#include <zegel/header.h>

#define ZG_MIME_DEPTH 64u	/* security.md 4: multiparts in multiparts; what lies deeper is one text */
#define ZG_MIME_PARTS 10000u	/* what follows belongs to the last */
#define ZG_MIME_PIECES 64u	/* of a name that was cut, RFC 2231 3 */

/* How text of charsets becomes UTF-8 that the library does not know itself (it knows US-ASCII, UTF-8, ISO-8859-1 and
 * windows-1252): 0, or -1 where neither does this one. */
struct zg_charsets {
	int (*convert)(void *ctx, struct zg_slice charset, struct zg_slice in, struct zg_arena *a, struct zg_slice *ret);
	void *ctx;
};

/* Text as valid UTF-8; what is none of its charset becomes U+FFFD.  charsets may be NULL, as below.  Empty where a is full. */
struct zg_slice zg_mime_utf8(struct zg_slice charset, struct zg_slice in, const struct zg_charsets *charsets, struct zg_arena *a);
/* The value of an unstructured field as people read it: folds are blanks, encoded words (RFC 2047) decoded. */
struct zg_slice zg_mime_words(struct zg_slice value, const struct zg_charsets *charsets, struct zg_arena *a);
/* A parameter of Content-Type or Content-Disposition as UTF-8: quoted, cut into pieces, with a charset (RFC 2231), or in encoded
 * words, as some write it.  Empty where there is none. */
struct zg_slice zg_mime_param(struct zg_slice value, struct zg_slice name, const struct zg_charsets *charsets, struct zg_arena *a);

enum zg_mime_encoding { ZG_MIME_PLAIN, ZG_MIME_BASE64, ZG_MIME_QUOTED };

struct zg_mime_part {
	size_t parent;			/* of the root: itself, 0 */
	unsigned depth;
	bool is_multipart;		/* its parts follow; it has no text of its own */
	bool is_attachment;		/* by its disposition, or since it has a name and is no text */
	enum zg_mime_encoding encoding;
	struct zg_slice media;		/* "text/plain", lower case */
	struct zg_slice type;		/* the field's value; empty: there is none */
	struct zg_slice disposition;
	struct zg_slice id;		/* Content-ID without its angles */
	struct zg_slice body;		/* still encoded */
};
struct zg_mime { struct zg_mime_part *v; size_t count; };

/* Takes a message apart; 0, or -1 where a is full. */
int zg_mime_read(struct zg_slice head, struct zg_slice body, struct zg_arena *a, struct zg_mime *ret);
/* A part's octets; what is no base64 or quoted-printable in them is passed over.  Empty where a is full. */
struct zg_slice zg_mime_octets(const struct zg_mime_part *p, struct zg_arena *a);
/* A text part as UTF-8. */
struct zg_slice zg_mime_text(const struct zg_mime_part *p, const struct zg_charsets *charsets, struct zg_arena *a);
/* Its name: filename, or name. */
struct zg_slice zg_mime_name(const struct zg_mime_part *p, const struct zg_charsets *charsets, struct zg_arena *a);

#endif
