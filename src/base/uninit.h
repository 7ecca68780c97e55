/* uninit.h - a large array that is written before it is read, and need not be zeroed where the build zeroes all others. */
#ifndef ZG_BASE_UNINIT_H
#define ZG_BASE_UNINIT_H

#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define ZG_UNINIT __attribute__((uninitialized))
#endif
#endif
#ifndef ZG_UNINIT
#define ZG_UNINIT
#endif

#endif
