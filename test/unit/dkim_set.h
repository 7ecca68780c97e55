/* dkim_set.h - runs the cases of a dkim-verify-1 set. */
#ifndef DKIM_SET_H
#define DKIM_SET_H

#include <zegel/dkim.h>

/* Runs dkim/<folder>/cases.json, which has `want` cases, each message in five splits; the test fails where one is not
 * judged as the set accepts. */
void dkim_set_run(const struct zg_crypt *crypt, const char *folder, size_t want);

#endif
