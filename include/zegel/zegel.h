/* zegel.h - which version of the library this is, at build time and at run time.
 *
 * The library's faces have a header each: dkim.h, crypt.h, header.h, address.h, dns.h, zone.h; what they share is in
 * slice.h, arena.h and buf.h. */
#ifndef ZEGEL_ZEGEL_H
#define ZEGEL_ZEGEL_H

#define ZEGEL_VERSION_MAJOR 0
#define ZEGEL_VERSION_MINOR 1
#define ZEGEL_VERSION_PATCH 0
#define ZEGEL_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that runs, as ZEGEL_VERSION has it; a literal, never NULL. */
const char *zg_version(void);

#ifdef __cplusplus
}
#endif

#endif
