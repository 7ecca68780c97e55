/* mime_octets.h - octets out of their encodings, as far as they can be read.  All results live in a, empty where it is full. */
#ifndef ZG_MAIL_MIME_OCTETS_H
#define ZG_MAIL_MIME_OCTETS_H

#include <zegel/arena.h>

/* RFC 2045 6.8: what is not of the alphabet is passed over; padding ends it. */
struct zg_slice zg_mime_base64(struct zg_slice s, struct zg_arena *a);
/* RFC 2045 6.7; is_word: RFC 2047 4.2, where "_" is a blank. */
struct zg_slice zg_mime_quoted(struct zg_slice s, bool is_word, struct zg_arena *a);
/* RFC 2231 4: "%C3%A9". */
struct zg_slice zg_mime_percent(struct zg_slice s, struct zg_arena *a);

#endif
