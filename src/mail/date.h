/* date.h - the Date field, RFC 5322 3.3. */
#ifndef ZG_MAIL_DATE_H
#define ZG_MAIL_DATE_H

#include <stdint.h>
#include <zegel/buf.h>

/* "Tue, 24 Nov 2026 22:39:17 +0000"; always UTC. */
void zg_date_put(struct zg_buf *b, int64_t unix_time);

#endif
