/* lack.h - did OpenSSL fail for lack of memory?  It answers the same to that as to a signature that does not fit.
 *
 * What stands between the two calls leaves no line in OpenSSL's list of errors: the list is the thread's, and TLS reads
 * it. */
#ifndef ZG_CRYPT_LACK_H
#define ZG_CRYPT_LACK_H

#include <stdbool.h>

struct zg_lack {
	bool has_others;	/* lines of others stand in the list */
};

/* Begins to watch. */
struct zg_lack zg_lack_begin(void);
/* Ends the watch; was there no memory?  To be asked only where something failed: it costs an allocation. */
bool zg_lack_end(struct zg_lack l);
/* Ends the watch where nothing failed, or where it does not matter why. */
void zg_lack_drop(struct zg_lack l);

#endif
