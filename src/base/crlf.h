/* crlf.h - the law of line ends: CR LF, side by side, ends a line; neither stands alone. */
#ifndef ZG_BASE_CRLF_H
#define ZG_BASE_CRLF_H

#include <zegel/slice.h>

/* Does every CR begin a CRLF, does every LF end one, and is there no NUL? */
bool zg_crlf_is_sound(struct zg_slice s);

#endif
