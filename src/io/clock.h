/* clock.h - the time of day, the steady clock, and random octets: the only place that asks the system for them. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_unix(void);		/* seconds */
uint64_t clock_unix_ms(void);
uint64_t clock_steady_ms(void);		/* never goes back */
void clock_random(void *p, size_t n);	/* from the kernel; ends the process where it fails */

#endif
