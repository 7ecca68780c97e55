/* test_store_house.c - the tables of the house: whose a row is, what may not go, what goes without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "store_world.h"

static void *whole_file(int fd, size_t n)
{
	char *p = malloc(n);
	size_t at = 0;

	assert_non_null(p);
	while (at < n) {
		ssize_t got = read(fd, p + at, n - at);

		if (got <= 0)
			break;
		at += (size_t)got;
	}
	assert_int_equal(at, n);
	return p;
}

static void companies_and_domains(void **state)
{
	struct world *w = *state;
	struct store_company c = { .slug = ZG_S("bakker"), .name = ZG_S("De Bakker"), .created = 9 }, *cs;
	struct store_domain d = { .name = ZG_S("example.be"), .created = 10 }, *ds;
	struct store_changes before, after;
	uint64_t bakker, alfa, gone, domain, other;
	size_t count;

	assert_int_equal(store_changes_get(w->s, &before), STORE_OK);
	assert_int_equal(store_company_add(w->s, &c, &bakker), STORE_OK);
	assert_int_equal(store_company_add(w->s, &c, &alfa), STORE_EXISTS);
	c.slug = ZG_S("alfa");
	assert_int_equal(store_company_add(w->s, &c, &alfa), STORE_OK);
	assert_int_equal(store_company_set_dek(w->s, bakker, ZG_S("\0dek")), STORE_OK);
	assert_int_equal(store_company_set_dek(w->s, 99, ZG_S("dek")), STORE_NOT_FOUND);
	assert_int_equal(store_company_get(w->s, ZG_S("bakker"), &w->a, &c), STORE_OK);
	assert_int_equal(c.id, bakker);
	assert_int_equal(c.created, 9);
	assert_true(zg_slice_eq(c.sealed_dek, ZG_S("\0dek")));
	assert_int_equal(store_company_get(w->s, ZG_S("Bakker"), &w->a, &c), STORE_NOT_FOUND);
	assert_int_equal(store_company_list(w->s, &w->a, &cs, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_true(zg_slice_eq(cs[0].slug, ZG_S("alfa")));
	assert_int_equal(store_company_sealed(w->s, 0, 9, &w->a, &cs, &count), STORE_OK);
	assert_int_equal(count, 1);	/* those with a data key */
	assert_true(zg_slice_eq(cs[0].sealed_dek, ZG_S("\0dek")));
	assert_int_equal(store_company_set_dek(w->s, alfa, ZG_S("dek")), STORE_OK);
	assert_int_equal(store_company_sealed(w->s, 0, 1, &w->a, &cs, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_int_equal(cs[0].id, bakker);	/* the oldest first */
	assert_int_equal(store_company_sealed(w->s, bakker, 9, &w->a, &cs, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_int_equal(cs[0].id, alfa);
	assert_int_equal(store_company_sealed(w->s, alfa, 9, &w->a, &cs, &count), STORE_OK);
	assert_int_equal(count, 0);

	d.company = bakker;
	assert_int_equal(store_domain_add(w->s, &d, &domain), STORE_OK);
	d.company = alfa;
	assert_int_equal(store_domain_add(w->s, &d, &other), STORE_EXISTS);
	d.name = ZG_S("a.example");
	assert_int_equal(store_domain_add(w->s, &d, &other), STORE_OK);
	d.company = 99;
	d.name = ZG_S("b.example");
	assert_int_equal(store_domain_add(w->s, &d, &gone), STORE_NOT_FOUND);
	assert_int_equal(store_domain_list(w->s, 0, &w->a, &ds, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_true(zg_slice_eq(ds[0].name, ZG_S("a.example")));
	assert_true(zg_slice_eq(ds[0].company_slug, ZG_S("alfa")));
	assert_int_equal(store_domain_list(w->s, bakker, &w->a, &ds, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_int_equal(ds[0].id, domain);
	assert_int_equal(store_domain_get(w->s, ZG_S("b.example"), &w->a, &d), STORE_NOT_FOUND);

	assert_int_equal(store_company_remove(w->s, bakker), STORE_EXISTS);	/* it has a domain */
	assert_int_equal(store_domain_remove(w->s, alfa, domain), STORE_NOT_FOUND);	/* another company's */
	assert_int_equal(store_domain_remove(w->s, bakker, domain), STORE_OK);
	assert_int_equal(store_company_remove(w->s, bakker), STORE_OK);
	assert_int_equal(store_company_remove(w->s, bakker), STORE_NOT_FOUND);
	assert_int_equal(store_domain_remove(w->s, alfa, other), STORE_OK);
	assert_int_equal(store_company_remove(w->s, alfa), STORE_OK);
	assert_int_equal(store_company_add(w->s, &c, &gone), STORE_OK);
	assert_true(gone > alfa);	/* an id is given once */
	assert_int_equal(store_changes_get(w->s, &after), STORE_OK);
	assert_true(after.house >= before.house + 10);
	assert_int_equal(after.queue, before.queue);
}

static void key_world(struct world *w, uint64_t *company, uint64_t *domain)
{
	struct store_company c = { .slug = ZG_S("bakker"), .name = ZG_S("De Bakker") };
	struct store_domain d = { .name = ZG_S("example.be") };

	assert_int_equal(store_company_add(w->s, &c, company), STORE_OK);
	d.company = *company;
	assert_int_equal(store_domain_add(w->s, &d, domain), STORE_OK);
}

static void keys(void **state)
{
	struct world *w = *state;
	struct store_key k = { .selector = ZG_S("s1"), .type = 1, .bits = 2048, .version = 3, .sealed = ZG_S("sealed\0"),
			       .public_key = ZG_S("public"), .is_made_here = true, .created = 11 }, back, *list;
	uint64_t company, domain, first, second;
	size_t count;

	key_world(w, &company, &domain);
	assert_int_equal(store_key_reserve(w->s, &first), STORE_OK);
	assert_int_equal(store_key_reserve(w->s, &second), STORE_OK);
	assert_true(second > first);
	k.id = first;
	k.domain_id = domain;
	k.company = company + 1;
	assert_int_equal(store_key_add(w->s, &k), STORE_NOT_FOUND);	/* the domain is not theirs */
	k.company = company;
	assert_int_equal(store_key_add(w->s, &k), STORE_OK);
	k.id = second;
	assert_int_equal(store_key_add(w->s, &k), STORE_EXISTS);	/* the selector */
	k.selector = ZG_S("s2");
	k.is_made_here = false;
	assert_int_equal(store_key_add(w->s, &k), STORE_OK);
	assert_int_equal(store_key_set_state(w->s, company + 1, first, STORE_KEY_RETIRED), STORE_NOT_FOUND);
	assert_int_equal(store_key_set_state(w->s, company, first, STORE_KEY_RETIRED), STORE_OK);
	assert_int_equal(store_key_get(w->s, ZG_S("example.be"), ZG_S("s1"), &w->a, &back), STORE_OK);
	assert_int_equal(back.id, first);
	assert_int_equal(back.company, company);
	assert_int_equal(back.domain_id, domain);
	assert_int_equal(back.type + back.bits + back.version, 1 + 2048 + 3);
	assert_int_equal(back.state, STORE_KEY_RETIRED);
	assert_int_equal(back.created, 11);
	assert_true(back.is_made_here);
	assert_true(zg_slice_eq(back.sealed, ZG_S("sealed\0")));
	assert_true(zg_slice_eq(back.public_key, ZG_S("public")));
	assert_true(zg_slice_eq(back.domain, ZG_S("example.be")));
	assert_true(zg_slice_eq(back.company_slug, ZG_S("bakker")));
	assert_int_equal(store_key_list(w->s, domain, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].id, second);	/* newest first */
	assert_false(list[0].is_made_here);
	assert_int_equal(store_key_list(w->s, 0, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 2);
	assert_int_equal(store_key_list(w->s, domain + 1, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 0);
	assert_int_equal(store_domain_remove(w->s, company, domain), STORE_EXISTS);
	assert_int_equal(store_key_remove(w->s, company + 1, first), STORE_NOT_FOUND);
	assert_int_equal(store_key_remove(w->s, company, first), STORE_OK);
	assert_int_equal(store_key_remove(w->s, company, second), STORE_OK);
	assert_int_equal(store_key_reserve(w->s, &first), STORE_OK);
	assert_true(first > second);	/* an id is given once, and no key needs to stand for it */
	assert_int_equal(store_domain_remove(w->s, company, domain), STORE_OK);
}

static void removed_keys_leave_no_octet(void **state)
{
	struct world *w = *state;
	char sealed[9000];	/* with pages of its own */
	struct store_key k = { .id = 1, .selector = ZG_S("s1"), .public_key = ZG_S("p") };
	struct stat st;
	char *file;
	int fd;

	for (int is_removed = 0; is_removed < 2; is_removed++) {
		if (!is_removed) {
			key_world(w, &k.company, &k.domain_id);
			for (size_t i = 0; i < sizeof(sealed); i++)
				sealed[i] = "SEALEDKEYOFTEST!"[i % 16];
			k.sealed = zg_slice_of(sealed, sizeof(sealed));
			assert_int_equal(store_key_add(w->s, &k), STORE_OK);
		} else {
			assert_int_equal(store_key_remove(w->s, k.company, k.id), STORE_OK);
		}
		world_shut(w);	/* carries all over */
		fd = open(w->path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		file = whole_file(fd, (size_t)st.st_size);
		(void)close(fd);
		assert_int_equal(memmem(file, (size_t)st.st_size, "SEALEDKEYOFTEST!", 16) != NULL, !is_removed);
		free(file);
		w->s = world_open(w->url, STORE_WRITE);
	}
}

static void credentials(void **state)
{
	struct world *w = *state;
	struct store_credential c = { .name = ZG_S("shop"), .user = ZG_S("bakker-ab12cd"), .created = 12 }, back, *list;
	uint64_t company, domain, id, other;
	size_t count;

	key_world(w, &company, &domain);
	memset(c.hash, 0x5a, sizeof(c.hash));
	c.company = company;
	assert_int_equal(store_credential_add(w->s, &c, &id), STORE_OK);
	assert_int_equal(store_credential_add(w->s, &c, &other), STORE_EXISTS);
	c.company = company + 1;
	c.user = ZG_S("x");
	assert_int_equal(store_credential_add(w->s, &c, &other), STORE_NOT_FOUND);
	assert_int_equal(store_credential_get(w->s, ZG_S("bakker-ab12cd"), &w->a, &back), STORE_OK);
	assert_int_equal(back.id, id);
	assert_int_equal(back.company, company);
	assert_int_equal(back.created, 12);
	assert_memory_equal(back.hash, c.hash, sizeof(c.hash));
	assert_true(zg_slice_eq(back.company_slug, ZG_S("bakker")));
	assert_true(zg_slice_eq(back.name, ZG_S("shop")));
	assert_int_equal(store_credential_get(w->s, ZG_S("x"), &w->a, &back), STORE_NOT_FOUND);
	assert_int_equal(store_credential_list(w->s, company, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_int_equal(store_credential_list(w->s, company + 1, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 0);
	assert_int_equal(store_domain_remove(w->s, company, domain), STORE_OK);
	assert_int_equal(store_company_remove(w->s, company), STORE_EXISTS);
	assert_int_equal(store_credential_remove(w->s, company + 1, id), STORE_NOT_FOUND);
	assert_int_equal(store_credential_remove(w->s, company, id), STORE_OK);
	assert_int_equal(store_company_remove(w->s, company), STORE_OK);
}

static void audit_only_grows(void **state)
{
	static const char *const wrong[] = { "DELETE FROM audit", "UPDATE audit SET who = 'x'",
		"DELETE FROM audit WHERE n = 2" };
	struct world *w = *state;
	struct store_audit line = { .n = 1, .at = 5, .who = ZG_S("root"), .from = ZG_S("local"), .what = ZG_S("key.add"),
				    .object = ZG_S("example.be"), .detail = ZG_S("s1") }, *list;
	unsigned char hash[32];
	uint64_t n = 77;
	size_t count;

	memset(hash, 1, sizeof(hash));
	assert_int_equal(store_audit_last(w->s, &n, hash), STORE_OK);
	assert_int_equal(n, 0);
	assert_memory_equal(hash, line.hash, sizeof(hash));
	memset(line.hash, 7, sizeof(line.hash));
	assert_int_equal(store_audit_add(w->s, &line), STORE_OK);
	assert_int_equal(store_audit_add(w->s, &line), STORE_EXISTS);
	line.n = 2;
	assert_int_equal(store_audit_add(w->s, &line), STORE_OK);
	assert_int_equal(store_audit_last(w->s, &n, hash), STORE_OK);
	assert_int_equal(n, 2);
	assert_memory_equal(hash, line.hash, sizeof(hash));
	assert_int_equal(store_audit_list(w->s, 1, &w->a, &list, &count), STORE_OK);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].n, 2);
	assert_true(zg_slice_eq(list[0].from, ZG_S("local")));
	assert_true(zg_slice_eq(list[0].detail, ZG_S("s1")));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (sqlite3_exec(w->s->db, wrong[i], NULL, NULL, NULL) != SQLITE_CONSTRAINT_TRIGGER)
			fail_msg("%s", wrong[i]);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(companies_and_domains), ON(keys), ON(removed_keys_leave_no_octet), ON(credentials), ON(audit_only_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
