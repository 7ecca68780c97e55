/* test_lookup.c - who signs for a domain, as loops remember it: the reader and the house are puppets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "queue/lookup.h"
#include "queue/ready.h"

static int failing = -1;	/* allocations by calloc until one fails; -1: none */

void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n)
{
	if (failing >= 0 && failing-- == 0)
		return NULL;
	return __real_calloc(count, n);
}

static struct reader_changes changes;
static struct reader_job *posted;
static unsigned asked;		/* of the house */
static enum house_rc house_says;

struct reader_changes *reader_changes(struct reader *r)
{
	(void)r;
	return &changes;
}

void reader_post(struct reader *r, struct reader_job *j)
{
	(void)r;
	posted = j;
}

enum house_rc house_signer_find(struct store *s, struct zg_slice from_domain, struct zg_arena *a, struct house_signer *ret)
{
	(void)s;
	(void)a;
	asked++;
	if (house_says == HOUSE_OK)
		ret->domain = from_domain;
	return house_says;
}

/* What was seen of the domain is another test's matter. */
enum house_rc ready_read(struct store *s, const struct house_signer *f, struct zg_slice from_domain, struct ready *ret)
{
	(void)s;
	(void)f;
	(void)from_domain;
	*ret = (struct ready){ .is_right = true };
	return HOUSE_OK;
}

/* One that asks, and keeps what it was told. */
struct asker {
	struct lookup_wait wait;
	struct signer *told;
};

static void on_told(struct lookup_wait *w, struct signer *s)
{
	ZG_LIST_OF(w, struct asker, wait)->told = signer_ref(s);
}

static struct asker *asker_new(void)
{
	struct asker *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	k->wait.done = on_told;
	return k;
}

static void asker_free(struct asker *k)
{
	signer_unref(k->told);
	free(k);
}

static struct lookup *lookup_new(void)
{
	struct lookup *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	lookup_init(l, NULL, NULL);
	return l;
}

/* Throws out what is remembered. */
static void lookup_free(struct lookup *l)
{
	for (size_t i = 0; i < LOOKUP_KEPT; i++)
		signer_unref(l->slots[i]);
	free(l);
}

static void answer(void)
{
	struct reader_job *j = posted;

	posted = NULL;
	j->read(j, NULL);
	j->done(j);
}

static void ask_and_answer(struct lookup *l, const char *domain)
{
	struct asker *k = asker_new();

	if (!lookup_signer(l, &k->wait, zg_slice_cstr(domain)))
		answer();
	assert_non_null(k->told);
	asker_free(k);
}

static void what_was_found_is_kept_until_the_house_changes(void **state)
{
	struct lookup *l = lookup_new();

	(void)state;
	asked = 0;
	house_says = HOUSE_OK;
	ask_and_answer(l, "example.be");
	ask_and_answer(l, "example.be");
	assert_int_equal(asked, 1);
	atomic_fetch_add(&changes.house, 1);
	ask_and_answer(l, "example.be");
	assert_int_equal(asked, 2);
	house_says = HOUSE_NO_DOMAIN;
	ask_and_answer(l, "example.com");
	ask_and_answer(l, "example.com");
	assert_int_equal(asked, 4);
	lookup_free(l);
}

/* An answer of the old house is given, and not kept. */
static void a_late_answer_is_not_kept(void **state)
{
	struct lookup *l = lookup_new();
	struct asker *k = asker_new();
	struct reader_job *first;

	(void)state;
	asked = 0;
	house_says = HOUSE_OK;
	assert_false(lookup_signer(l, &k->wait, ZG_S("example.be")));
	first = posted;
	atomic_fetch_add(&changes.house, 1);
	ask_and_answer(l, "example.com");	/* the loop sees the change */
	posted = first;
	answer();
	assert_int_equal(k->told->rc, HOUSE_OK);
	asker_free(k);
	assert_int_equal(asked, 2);
	ask_and_answer(l, "example.be");
	assert_int_equal(asked, 3);
	lookup_free(l);
}

/* Loops count without each other's knowledge: nothing that they count is shared. */
static void without_memory_each_loop_says_so_by_itself(void **state)
{
	struct lookup *l[2] = { lookup_new(), lookup_new() };
	struct asker *k[2] = { asker_new(), asker_new() };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		failing = 0;
		assert_true(lookup_signer(l[i], &k[i]->wait, ZG_S("example.be")));
		assert_int_equal(k[i]->told->rc, HOUSE_STORE);
	}
	assert_ptr_not_equal(k[0]->told, k[1]->told);
	for (size_t i = 0; i < 2; i++) {
		asker_free(k[i]);
		lookup_free(l[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_is_kept_until_the_house_changes), cmocka_unit_test(a_late_answer_is_not_kept),
		cmocka_unit_test(without_memory_each_loop_says_so_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
