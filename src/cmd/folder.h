/* folder.h - the state folder, made and given to the relay's user. */
#ifndef ZG_CMD_FOLDER_H
#define ZG_CMD_FOLDER_H

#include <sys/types.h>

/* Makes path (0700) where it is not there.  By root (uid is not -1) it goes to uid and gid where it was made now, or is
 * root's and empty; one of root's with something in it may be any folder, and is refused.  0, or -1 and errno. */
int folder_make(const char *path, uid_t uid, gid_t gid);

#endif
