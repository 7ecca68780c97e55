/* utf8.h - is it UTF-8? RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ZG_BASE_UTF8_H
#define ZG_BASE_UTF8_H

#include <zegel/slice.h>

bool zg_utf8_is_valid(struct zg_slice s);
/* Octets of the character that s begins with; 0 where there is none, or it is not UTF-8. */
size_t zg_utf8_first(struct zg_slice s);
/* Holds an octet above 127. */
bool zg_utf8_has_8bit(struct zg_slice s);

#endif
