/* ascii.h - what a letter, a digit and a blank are, without a locale. */
#ifndef ZG_BASE_ASCII_H
#define ZG_BASE_ASCII_H

#include <stdbool.h>

static inline bool zg_ascii_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool zg_ascii_is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool zg_ascii_is_alpha(char c) { return (c >= 'a' && c <= 'z') || zg_ascii_is_upper(c); }
static inline bool zg_ascii_is_alnum(char c) { return zg_ascii_is_alpha(c) || zg_ascii_is_digit(c); }
static inline bool zg_ascii_is_wsp(char c) { return c == ' ' || c == '\t'; }
static inline bool zg_ascii_is_space(char c) { return zg_ascii_is_wsp(c) || c == '\r' || c == '\n'; }
/* Control characters: 0 to 31 and 127. */
static inline bool zg_ascii_is_cntrl(char c) { return (unsigned char)c < 32 || c == 127; }
static inline bool zg_ascii_is_8bit(char c) { return (unsigned char)c > 127; }
static inline char zg_ascii_lower(char c) { return zg_ascii_is_upper(c) ? (char)(c - 'A' + 'a') : c; }

#endif
