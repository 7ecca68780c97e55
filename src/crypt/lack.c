/* lack.c - did OpenSSL fail for lack of memory?
 *
 * Most places of OpenSSL note a failed allocation in the list of errors, and further lines come after it; so every line
 * is looked at.  Where lines of others stand before ours only the last can be: there is no way to go through the list
 * from its end but by throwing lines away.  Some places note nothing; where memory is really out, it is tried. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include "crypt/lack.h"

struct zg_lack zg_lack_begin(void)
{
	return (struct zg_lack){ .has_others = ERR_set_mark() == 1 };
}

void zg_lack_drop(struct zg_lack l)
{
	(void)l;
	(void)ERR_pop_to_mark();	/* without a mark it empties the list, where nothing stood before */
}

static bool is_out(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	EVP_MD_CTX_free(c);
	return !c;
}

bool zg_lack_end(struct zg_lack l)
{
	bool is_lacking = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE || is_out();

	while (!l.has_others && ERR_peek_error())
		is_lacking = ERR_GET_REASON(ERR_get_error()) == ERR_R_MALLOC_FAILURE || is_lacking;
	zg_lack_drop(l);
	return is_lacking;
}
