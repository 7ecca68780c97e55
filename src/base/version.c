/* version.c - which zegel this is. */
#include <zegel/zegel.h>

const char *zg_version(void)
{
	return ZEGEL_VERSION;
}
