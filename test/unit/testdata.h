/* testdata.h - what the tests read: files of test/data, and JSON sets with their zones. */
#ifndef TESTDATA_H
#define TESTDATA_H

#include <jansson.h>
#include <zegel/arena.h>
#include <zegel/zone.h>

/* An arena heap that fails at the n-th allocation from now (testdata_failing = n), or never (-1). */
extern const struct zg_arena_heap testdata_heap;
extern int testdata_failing;

/* A file under $ZEGEL_DATA, or TEST_DATA.  The octets live in a; the test fails where it cannot be read. */
struct zg_slice testdata_file(const char *path, struct zg_arena *a);
/* The same as JSON, to be given back with json_decref. */
json_t *testdata_json(const char *path, struct zg_arena *a);
/* One character of JSON text is one octet (Latin-1); lives in a. */
struct zg_slice testdata_octets(const json_t *text, struct zg_arena *a);
/* The TXT records of a set and of one of its cases (may be NULL; it wins, null takes a name away) as a zone's text,
 * and read. */
struct zg_slice testdata_zone_text(const json_t *set, const json_t *one, struct zg_arena *a);
struct zg_zone *testdata_zone(const json_t *set, const json_t *one, struct zg_arena *a);
/* Is text one of the strings of list? */
bool testdata_is_in(struct zg_slice text, const json_t *list);
/* A copy that ends where its memory ends, so that a read past the end shows; to be freed. */
char *testdata_exact(struct zg_slice s);
/* The next number of a seeded row, below n. */
unsigned testdata_random(uint64_t *seed, unsigned n);
/* The pieces of a split: whole (1), octet by octet (0), or seeded lengths; a copy of each piece of its own, so that
 * a read beyond it is seen. */
void testdata_split(struct zg_slice s, uint64_t seed, void (*piece)(void *ctx, struct zg_slice s), void *ctx);

#endif
