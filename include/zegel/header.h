/* header.h - the header block of a message, RFC 5322 2.2, as views.
 *
 * Line ends are CRLF, and only CRLF (the CRLF law): a CR or LF that stands alone is an error here. */
#ifndef ZEGEL_HEADER_H
#define ZEGEL_HEADER_H

#include <zegel/arena.h>
#include <zegel/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One field; views of the block. */
struct zg_field {
	struct zg_slice raw;	/* the whole field, folds and last CRLF included */
	struct zg_slice name;	/* before the colon, without the blanks that old mail has there */
	struct zg_slice value;	/* after the colon, without the last CRLF; folds and first blank stand */
};

/* The fields of a block, topmost first. */
struct zg_headers {
	struct zg_field *v;
	size_t count;
};

/* Why a block is no header. */
enum zg_header_error {
	ZG_HEADER_OK,
	ZG_HEADER_BARE_CR_LF,	/* a CR or LF alone */
	ZG_HEADER_NUL,
	ZG_HEADER_NO_COLON,	/* a line that is no field and no fold, or a name with a blank or control inside */
	ZG_HEADER_TOO_MANY,	/* over 1,000 fields */
	ZG_HEADER_NO_ROOM	/* the arena is full */
};

/* Indexes a header block, without or with the empty line that ends it; what stands behind that line is not looked at.
 * The last line may lack its CRLF only when the block ends there.  RFC 5322 2.2; linear in the octets.  Views borrow
 * block; the table lives in a.  ZG_HEADER_OK and *ret, or why not, and *ret is untouched. */
enum zg_header_error zg_header_index(struct zg_slice block, struct zg_arena *a, struct zg_headers *ret);
/* The i-th (0 is the topmost) field called name, case aside (RFC 5322 1.2.2); NULL where there is none.  It lives in
 * the table of h. */
const struct zg_field *zg_header_get(const struct zg_headers *h, struct zg_slice name, size_t i);
/* How many fields are called name, case aside (RFC 5322 3.6 says how many there may be). */
size_t zg_header_count(const struct zg_headers *h, struct zg_slice name);
/* The first field with a blank between name and colon, NULL where there is none: it is read (RFC 5322 4.5), but must
 * not be written, and some readers take it for no field at all.  It lives in the table of h. */
const struct zg_field *zg_header_obsolete(const struct zg_headers *h);
/* Octets of msg up to and with the CRLF CRLF that ends the header (the empty line included, RFC 5322 2.1), or msg.n
 * where there is none; linear. */
size_t zg_header_end(struct zg_slice msg);

#ifdef __cplusplus
}
#endif

#endif
