/* test_house.c - the words of the house: who owns what, how names are written, keys by way of a
 * vault, the audit's chain.
 *
 * The vault here is a thread that speaks the wire and seals nothing: what it answers shows what it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "house/house.h"
#include "seal/seal.h"
#include "seal/token.h"
#include "vault/vault.h"
#include "vault/vault_call.h"
#include "store_world.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NOW 1795559957	/* 2026-11-24 */

/* What the vault answers, set before a call; what it was asked, read after one. */
struct fake {
	int fd;
	pthread_t thread;
	enum vault_code code;
	uint32_t detail;
	enum zg_key_type pasted;
	bool is_empty;			/* an answer that is none */
	struct store *meanwhile;	/* another process that gives company 1 a data key just now */
	unsigned asked;
	struct vault_request last;
	char last_text[600];		/* domain, selector, data key, text, passphrase of the last */
};

struct town {
	struct world w;
	struct house h;
	struct fake vault;
};

static void note(struct fake *f, const struct vault_request *r)
{
	f->asked++;
	f->last = *r;
	(void)snprintf(f->last_text, sizeof(f->last_text), ZG_FMT "|" ZG_FMT "|" ZG_FMT "|" ZG_FMT "|" ZG_FMT,
		ZG_ARG(r->owner.domain),
		       ZG_ARG(r->owner.selector), ZG_ARG(r->sealed_dek), ZG_ARG(r->text), ZG_ARG(r->passphrase));
}

static struct vault_answer answer_of(struct fake *f, const struct vault_request *r)
{
	struct vault_answer a = { .kind = r->kind, .serial = r->serial, .code = f->code, .detail = f->detail };

	if (f->code != VAULT_OK || f->is_empty)
		return a;
	a.sealed_dek = r->sealed_dek.n ? ZG_S("") : ZG_S("dek of the vault");
	a.sealed_key = ZG_S("sealed");
	a.public_key = ZG_S("public");
	a.type = r->kind == VAULT_MAKE ? r->type : f->pasted;
	a.bits = r->kind == VAULT_MAKE ? (r->type == ZG_KEY_RSA ? r->bits : 256) : 1024;
	return a;
}

static void *vault_thread(void *arg)
{
	static char packet[VAULT_PACKET_MAX], out[4096];
	struct fake *f = arg;
	ssize_t n;

	while ((n = recv(f->fd, packet, sizeof(packet), 0)) > 0) {
		struct zg_cur c = zg_cur_of(zg_slice_of(packet, (size_t)n));
		struct zg_buf b = zg_buf_of(out, sizeof(out));
		struct vault_request r;
		struct vault_answer a;

		if (vault_packet_read(&c) != 1 || vault_request_read(&c, &r) < 0)
			break;
		note(f, &r);
		if (f->meanwhile && store_company_set_dek(f->meanwhile, 1, ZG_S("dek of another")) != STORE_OK)
			break;
		f->meanwhile = NULL;
		a = answer_of(f, &r);
		vault_packet_write(&b, 1);
		vault_answer_write(&b, &a);
		if (send(f->fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n)
			break;
	}
	(void)close(f->fd);
	return NULL;
}

static int set_up(void **state)
{
	struct town *t = calloc(1, sizeof(*t));
	int fd[2];

	assert_non_null(t);
	assert_int_equal(seal_init(), 0);
	world_begin(&t->w);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	t->vault.fd = fd[1];
	t->vault.pasted = ZG_KEY_RSA;
	assert_int_equal(pthread_create(&t->vault.thread, NULL, vault_thread, &t->vault), 0);
	t->h = (struct house){ .store = t->w.s, .vault = fd[0], .actor = { ZG_S("root on the command line"),
		ZG_S("local"), NOW } };
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct town *t = *state;

	(void)close(t->h.vault);
	assert_int_equal(pthread_join(t->vault.thread, NULL), 0);
	world_end(&t->w);
	free(t);
	return 0;
}

/* The newest line of the audit is this one, and the whole chain holds. */
static void audited(struct town *t, struct zg_slice what, struct zg_slice object, struct zg_slice detail)
{
	struct store_audit *lines;
	size_t count;
	uint64_t wrong = 77;

	assert_int_equal(store_audit_list(t->w.s, 1, &t->w.a, &lines, &count), STORE_OK);
	assert_int_equal(count, 1);
	if (!zg_slice_eq(lines[0].what, what) || !zg_slice_eq(lines[0].object,
		object) || !zg_slice_eq(lines[0].detail, detail))
		fail_msg("the audit says " ZG_FMT " " ZG_FMT " (" ZG_FMT ")", ZG_ARG(lines[0].what), ZG_ARG(lines[0].object),
			 ZG_ARG(lines[0].detail));
	assert_int_equal(lines[0].at, NOW);
	assert_true(zg_slice_eq(lines[0].who, t->h.actor.who));
	assert_true(zg_slice_eq(lines[0].from, t->h.actor.from));
	assert_int_equal(house_audit_check(t->w.s, SIZE_MAX, &t->w.a, &wrong), HOUSE_OK);
	assert_int_equal(wrong, 0);
}

/* --- names --------------------------------------------------------------------------------------------------- */

static void slugs(void **state)
{
	static const struct { const char *proves; struct zg_slice s; bool is_valid; } rows[] = {
		{ "letters, digits, hyphens", ZG_SI("de-bakker-2"), true },
		{ "one letter", ZG_SI("a"), true },
		{ "forty", ZG_SI("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), true },
		{ "forty-one", ZG_SI("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false },
		{ "nothing", ZG_SI(""), false },
		{ "a capital", ZG_SI("Bakker"), false },
		{ "a hyphen first", ZG_SI("-a"), false },
		{ "a hyphen last", ZG_SI("a-"), false },
		{ "a blank", ZG_SI("a b"), false },
		{ "a dot", ZG_SI("a.b"), false },
		{ "a NUL", ZG_SI("a\0b"), false },
		{ "beyond ASCII", ZG_SI("caf\xc3\xa9"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (house_slug_is_valid(rows[i].s) != rows[i].is_valid)
			fail_msg("%s", rows[i].proves);
}

static void domains_as_they_are_kept(void **state)
{
	static const struct { const char *proves; struct zg_slice text, kept; } rows[] = {
		{ "as it stands", ZG_SI("example.be"), ZG_SI("example.be") },
		{ "capitals", ZG_SI("Mail.Example.BE"), ZG_SI("mail.example.be") },
		{ "a last dot, blanks around", ZG_SI(" example.be. "), ZG_SI("example.be") },
		{ "letters of another alphabet", ZG_SI("caf\xc3\xa9.example"), ZG_SI("xn--caf-dma.example") },
		{ "hyphens inside", ZG_SI("a--b.c-d.be"), ZG_SI("a--b.c-d.be") },
		{ "one label", ZG_SI("localhost"), ZG_SI("") },
		{ "an address", ZG_SI("192.0.2.1"), ZG_SI("") },
		{ "a literal", ZG_SI("[192.0.2.1]"), ZG_SI("") },
		{ "an underscore", ZG_SI("_dmarc.example.be"), ZG_SI("") },
		{ "a hyphen at a label's start", ZG_SI("a.-example.be"), ZG_SI("") },
		{ "a hyphen at a label's end", ZG_SI("example-.be"), ZG_SI("") },
		{ "an empty label", ZG_SI("example..be"), ZG_SI("") },
		{ "an address of mail", ZG_SI("info@example.be"), ZG_SI("") },
		{ "a path", ZG_SI("https://example.be/"), ZG_SI("") },
		{ "nothing", ZG_SI(""), ZG_SI("") },
		{ "a dot", ZG_SI("."), ZG_SI("") },
	};
	char mem[4096];
	struct zg_arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		zg_arena_init_fixed(&a, mem, sizeof(mem));
		if (!zg_slice_eq(house_domain_read(rows[i].text, &a), rows[i].kept))
			fail_msg("%s", rows[i].proves);
	}
}

static void selectors_as_they_are_pasted(void **state)
{
	static const struct { const char *proves; struct zg_slice text, domain, kept; } rows[] = {
		{ "as it stands", ZG_SI("s1"), ZG_SI("example.be"), ZG_SI("s1") },
		{ "capitals and blanks", ZG_SI("  S1\n"), ZG_SI("example.be"), ZG_SI("s1") },
		{ "with the mark", ZG_SI("s1._domainkey"), ZG_SI("example.be"), ZG_SI("s1") },
		{ "the whole name", ZG_SI("s1._domainkey.example.be"), ZG_SI("example.be"), ZG_SI("s1") },
		{ "the whole name with its dot", ZG_SI("S1._DomainKey.Example.be."), ZG_SI("example.be"), ZG_SI("s1") },
		{ "letters of another alphabet", ZG_SI("s1._domainkey.caf\xc3\xa9.example"), ZG_SI("xn--caf-dma.example"),
		  ZG_SI("s1") },
		{ "the whole name, of no domain in particular", ZG_SI("s1._domainkey.example.be"), ZG_SI(""), ZG_SI("s1") },
		{ "labels and an underscore", ZG_SI("mail_2026.eu-west"), ZG_SI("example.be"), ZG_SI("mail_2026.eu-west") },
		{ "an underscore first", ZG_SI("_s1"), ZG_SI("example.be"), ZG_SI("_s1") },
		{ "another domain's name", ZG_SI("s1._domainkey.example.com"), ZG_SI("example.be"), ZG_SI("") },
		{ "a domain below", ZG_SI("s1._domainkey.a.example.be"), ZG_SI("example.be"), ZG_SI("") },
		{ "something else behind the mark", ZG_SI("s1._domainkeys"), ZG_SI("example.be"), ZG_SI("") },
		{ "the mark alone", ZG_SI("._domainkey"), ZG_SI("example.be"), ZG_SI("") },
		{ "a hyphen at an end", ZG_SI("s1-"), ZG_SI("example.be"), ZG_SI("") },
		{ "a hyphen at a label's start", ZG_SI("a.-b"), ZG_SI("example.be"), ZG_SI("") },
		{ "an empty label", ZG_SI("a..b"), ZG_SI("example.be"), ZG_SI("") },
		{ "a dot first", ZG_SI(".a"), ZG_SI("example.be"), ZG_SI("") },
		{ "a blank inside", ZG_SI("a b"), ZG_SI("example.be"), ZG_SI("") },
		{ "a semicolon", ZG_SI("a;b"), ZG_SI("example.be"), ZG_SI("") },
		{ "nothing", ZG_SI(""), ZG_SI("example.be"), ZG_SI("") },
		{ "a label of 63", ZG_SI("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ZG_SI("example.be"),
		  ZG_SI("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") },
		{ "a label of 64", ZG_SI("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		  ZG_SI("example.be"), ZG_SI("") },
	};
	char mem[4096], longest[250];
	struct zg_arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		zg_arena_init_fixed(&a, mem, sizeof(mem));
		if (!zg_slice_eq(house_selector_read(rows[i].text, rows[i].domain, &a), rows[i].kept))
			fail_msg("%s", rows[i].proves);
	}
	/* The whole name must fit: 253 octets, of which "._domainkey.example.be" are 22. */
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 50 == 49 ? '.' : 'a';
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	assert_int_equal(house_selector_read(zg_slice_of(longest, 231), ZG_S("example.be"), &a).n, 231);
	assert_int_equal(house_selector_read(zg_slice_of(longest, 232), ZG_S("example.be"), &a).n, 0);
}

/* --- companies and domains ----------------------------------------------------------------------------------- */

enum verb { COMPANY_ADD, COMPANY_REMOVE, DOMAIN_ADD, DOMAIN_REMOVE };

static enum house_rc act(struct house *h, enum verb verb, struct zg_slice one, struct zg_slice two)
{
	switch (verb) {
	case COMPANY_ADD:
		return house_company_add(h, one, two);
	case COMPANY_REMOVE:
		return house_company_remove(h, one);
	case DOMAIN_ADD:
		return house_domain_add(h, one, two);
	default:
		return house_domain_remove(h, one);
	}
}

static void who_owns_what(void **state)
{
	static const struct {
		const char *proves;
		enum verb verb;
		struct zg_slice one, two;
		enum house_rc rc;
		const char *what, *object, *detail;
	} rows[] = {
		{ "a company", COMPANY_ADD, ZG_SI("bakker"), ZG_SI("De Bakker \xc3\xa9n zoon"), HOUSE_OK, "company.add", "bakker",
		  "De Bakker \xc3\xa9n zoon" },
		{ "once", COMPANY_ADD, ZG_SI("bakker"), ZG_SI("x"), HOUSE_EXISTS, "company.add", "bakker", "refused: exists" },
		{ "a slug that is none", COMPANY_ADD, ZG_SI("De Bakker"), ZG_SI("x"), HOUSE_BAD_SLUG, "company.add",
		  "De Bakker", "refused: bad slug" },
		{ "a name with a control octet", COMPANY_ADD, ZG_SI("x"), ZG_SI("a\nb"), HOUSE_BAD_NAME, "company.add",
		  "x", "refused: bad name" },
		{ "a name that is no UTF-8", COMPANY_ADD, ZG_SI("x"), ZG_SI("a\xff"), HOUSE_BAD_NAME, "company.add", "x",
		  "refused: bad name" },
		{ "octets of a refused slug stay out", COMPANY_ADD, ZG_SI("\xff"), ZG_SI(""), HOUSE_BAD_SLUG,
		  "company.add", "(unreadable)",
		  "refused: bad slug" },
		{ "without a name", COMPANY_ADD, ZG_SI("alfa"), ZG_SI(""), HOUSE_OK, "company.add", "alfa", "" },
		{ "a domain", DOMAIN_ADD, ZG_SI("bakker"), ZG_SI("Example.BE"), HOUSE_OK, "domain.add", "Example.BE", "bakker" },
		{ "of nobody", DOMAIN_ADD, ZG_SI("slager"), ZG_SI("example.com"), HOUSE_NO_COMPANY, "domain.add", "example.com",
		  "refused: no company" },
		{ "twice", DOMAIN_ADD, ZG_SI("bakker"), ZG_SI("example.be."), HOUSE_EXISTS, "domain.add", "example.be.",
		  "refused: exists" },
		{ "another's", DOMAIN_ADD, ZG_SI("alfa"), ZG_SI("example.be"), HOUSE_OTHER_COMPANY, "domain.add", "example.be",
		  "refused: other company" },
		{ "no domain", DOMAIN_ADD, ZG_SI("alfa"), ZG_SI("example"), HOUSE_BAD_DOMAIN, "domain.add", "example",
		  "refused: bad domain" },
		{ "a company with a domain", COMPANY_REMOVE, ZG_SI("bakker"), ZG_SI(""), HOUSE_IN_USE, "company.remove",
		  "bakker", "refused: in use" },
		{ "a domain goes, however written", DOMAIN_REMOVE, ZG_SI("EXAMPLE.be"), ZG_SI(""), HOUSE_OK,
		  "domain.remove", "EXAMPLE.be", "" },
		{ "and is gone", DOMAIN_REMOVE, ZG_SI("example.be"), ZG_SI(""), HOUSE_NO_DOMAIN, "domain.remove",
		  "example.be", "refused: no domain" },
		{ "no domain to remove", DOMAIN_REMOVE, ZG_SI("a b"), ZG_SI(""), HOUSE_BAD_DOMAIN, "domain.remove", "a b",
		  "refused: bad domain" },
		{ "so another may have it", DOMAIN_ADD, ZG_SI("alfa"), ZG_SI("example.be"), HOUSE_OK, "domain.add",
		  "example.be", "alfa" },
		{ "an empty company goes", COMPANY_REMOVE, ZG_SI("bakker"), ZG_SI(""), HOUSE_OK, "company.remove", "bakker", "" },
		{ "and is gone", COMPANY_REMOVE, ZG_SI("bakker"), ZG_SI(""), HOUSE_NO_COMPANY, "company.remove", "bakker",
		  "refused: no company" },
	};
	struct town *t = *state;
	struct store_company c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum house_rc rc = act(&t->h, rows[i].verb, rows[i].one, rows[i].two);

		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].proves, rc);
		audited(t, zg_slice_cstr(rows[i].what), zg_slice_cstr(rows[i].object), zg_slice_cstr(rows[i].detail));
	}
	assert_int_equal(store_company_get(t->w.s, ZG_S("alfa"), &t->w.a, &c), STORE_OK);
	assert_true(zg_slice_eq(c.name, ZG_S("alfa")));
	assert_int_equal(c.created, NOW);
}

/* --- keys ---------------------------------------------------------------------------------------------------- */

static void two_companies(struct town *t)
{
	assert_int_equal(house_company_add(&t->h, ZG_S("bakker"), ZG_S("De Bakker")), HOUSE_OK);
	assert_int_equal(house_company_add(&t->h, ZG_S("alfa"), ZG_S("Alfa")), HOUSE_OK);
	assert_int_equal(house_domain_add(&t->h, ZG_S("bakker"), ZG_S("example.be")), HOUSE_OK);
	assert_int_equal(house_domain_add(&t->h, ZG_S("alfa"), ZG_S("mail.example.be")), HOUSE_OK);
}

static enum house_rc add(struct town *t, struct house_key_new n, struct store_key *ret)
{
	return house_key_add(&t->h, &n, &t->w.a, ret);
}

static void a_key_is_made(void **state)
{
	struct town *t = *state;
	struct store_key k, *keys;
	struct store_company c;
	size_t count;

	two_companies(t);
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("Example.be"), .type = ZG_KEY_RSA }, &k), HOUSE_OK);
	assert_string_equal(t->vault.last_text, "example.be|z202611|||");
	assert_int_equal(t->vault.last.kind, VAULT_MAKE);
	assert_int_equal(t->vault.last.owner.company, k.company);
	assert_int_equal(t->vault.last.owner.key_id, k.id);
	assert_int_equal(t->vault.last.owner.version, 1);
	assert_int_equal(t->vault.last.bits, 2048);
	audited(t, ZG_S("key.add"), ZG_S("example.be"), ZG_S("key 1, selector z202611, rsa 2048, retired 0"));
	assert_true(zg_slice_eq(k.sealed, ZG_S("sealed")));
	assert_true(zg_slice_eq(k.public_key, ZG_S("public")));
	assert_true(zg_slice_eq(k.company_slug, ZG_S("bakker")));
	assert_true(k.is_made_here);
	assert_int_equal(store_company_get(t->w.s, ZG_S("bakker"), &t->w.a, &c), STORE_OK);
	assert_true(zg_slice_eq(c.sealed_dek, ZG_S("dek of the vault")));

	/* The next of the same kind takes over, under the same data key; one of another kind stands beside it. */
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .type = ZG_KEY_RSA,
		.bits = 3072 }, &k), HOUSE_OK);
	assert_string_equal(t->vault.last_text, "example.be|z202611a|dek of the vault||");
	assert_int_equal(t->vault.last.bits, 3072);
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"),
		.selector = ZG_S("ED._domainkey.example.be"),
			     .type = ZG_KEY_ED25519 }, &k), HOUSE_OK);
	audited(t, ZG_S("key.add"), ZG_S("example.be"), ZG_S("key 3, selector ed, ed25519 256, retired 0"));
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .type = ZG_KEY_RSA }, &k), HOUSE_OK);
	audited(t, ZG_S("key.add"), ZG_S("example.be"), ZG_S("key 4, selector z202611b, rsa 2048, retired 1"));
	assert_int_equal(store_key_list(t->w.s, k.domain_id, &t->w.a, &keys, &count), STORE_OK);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(keys[i].state, i < 2 ? STORE_KEY_ACTIVE : STORE_KEY_RETIRED);
}

static void a_key_is_pasted(void **state)
{
	struct town *t = *state;
	struct house_key_new n = { .domain = ZG_S("example.be"), .selector = ZG_S("s1"), .text = ZG_S("PEM"),
		.passphrase = ZG_S("word") };
	struct store_audit *lines;
	struct store_key k;
	size_t count;

	two_companies(t);
	t->vault.code = VAULT_KEY_TEXT;
	t->vault.detail = ZG_KEYTEXT_PUBLIC;
	assert_int_equal(add(t, n, &k), HOUSE_KEY_TEXT);
	assert_int_equal(t->h.keytext, ZG_KEYTEXT_PUBLIC);
	audited(t, ZG_S("key.import"), ZG_S("example.be"), ZG_S("refused: key text 4"));
	t->vault.code = VAULT_OK;
	assert_int_equal(add(t, n, &k), HOUSE_OK);
	assert_string_equal(t->vault.last_text, "example.be|s1||PEM|word");
	assert_int_equal(t->vault.last.kind, VAULT_SEAL);
	assert_int_equal(k.bits, 1024);
	assert_false(k.is_made_here);
	audited(t, ZG_S("key.import"), ZG_S("example.be"), ZG_S("key 2, selector s1, rsa 1024, retired 0"));
	assert_int_equal(store_audit_list(t->w.s, 100, &t->w.a, &lines, &count), STORE_OK);
	for (size_t i = 0; i < count; i++)	/* what was pasted stands in no line */
		assert_int_equal(zg_slice_find_slice(lines[i].detail, ZG_S("PEM")), lines[i].detail.n);
}

static void keys_that_are_refused(void **state)
{
	static const struct { const char *proves; struct house_key_new n; enum house_rc rc; bool is_asked; } rows[] = {
		{ "no domain", { .domain = ZG_SI("a b"), .type = ZG_KEY_RSA }, HOUSE_BAD_DOMAIN, false },
		{ "nobody's domain", { .domain = ZG_SI("example.com"), .type = ZG_KEY_RSA }, HOUSE_NO_DOMAIN, false },
		{ "below a domain is another", { .domain = ZG_SI("a.example.be"), .type = ZG_KEY_RSA }, HOUSE_NO_DOMAIN, false },
		{ "no selector", { .domain = ZG_SI("example.be"), .selector = ZG_SI("a b"), .type = ZG_KEY_RSA },
		  HOUSE_BAD_SELECTOR, false },
		{ "of another domain", { .domain = ZG_SI("example.be"), .selector = ZG_SI("a._domainkey.b.be"), .type = ZG_KEY_RSA },
		  HOUSE_BAD_SELECTOR, false },
		{ "taken", { .domain = ZG_SI("example.be"), .selector = ZG_SI("S1"), .type = ZG_KEY_ED25519 }, HOUSE_EXISTS, false },
		{ "RSA of 1024 bits is not made", { .domain = ZG_SI("example.be"), .type = ZG_KEY_RSA, .bits = 1024 },
		  HOUSE_VAULT, false },
		{ "nor of odd sizes", { .domain = ZG_SI("example.be"), .type = ZG_KEY_RSA, .bits = 2049 }, HOUSE_VAULT, false },
		{ "no type", { .domain = ZG_SI("example.be") }, HOUSE_VAULT, false },
		{ "free at another domain", { .domain = ZG_SI("mail.example.be"), .selector = ZG_SI("s1"),
		  .type = ZG_KEY_ED25519 }, HOUSE_OK, true },
	};
	struct town *t = *state;
	struct store_key k;

	two_companies(t);
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .selector = ZG_S("s1"),
		.type = ZG_KEY_RSA }, &k), HOUSE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned asked = t->vault.asked;
		enum house_rc rc = add(t, rows[i].n, &k);

		if (rc != rows[i].rc || (t->vault.asked > asked) != rows[i].is_asked)
			fail_msg("%s: %d", rows[i].proves, rc);
	}
}

static void a_vault_that_fails(void **state)
{
	struct town *t = *state;
	struct house_key_new n = { .domain = ZG_S("example.be"), .type = ZG_KEY_RSA };
	struct store_key k, *keys;
	struct store_company c;
	size_t count;
	int fd = t->h.vault;

	two_companies(t);
	t->vault.code = VAULT_WRONG_KEY;
	assert_int_equal(add(t, n, &k), HOUSE_VAULT);
	assert_int_equal(t->h.vault_code, VAULT_WRONG_KEY);
	audited(t, ZG_S("key.add"), ZG_S("example.be"), ZG_S("refused: vault 2"));
	t->vault.code = VAULT_OK;
	t->vault.is_empty = true;
	assert_int_equal(add(t, n, &k), HOUSE_VAULT);
	assert_int_equal(t->h.vault_code, VAULT_FAILED);
	t->h.vault = -1;
	assert_int_equal(add(t, n, &k), HOUSE_VAULT);
	t->h.vault = fd;
	assert_int_equal(shutdown(fd, SHUT_RDWR), 0);
	assert_int_equal(add(t, n, &k), HOUSE_VAULT);
	assert_int_equal(store_key_list(t->w.s, 0, &t->w.a, &keys, &count), STORE_OK);
	assert_int_equal(count, 0);
	assert_int_equal(store_company_get(t->w.s, ZG_S("bakker"), &t->w.a, &c), STORE_OK);
	assert_int_equal(c.sealed_dek.n, 0);	/* a data key stays only with the key that needs it */
}

static void two_first_keys_at_once(void **state)
{
	struct town *t = *state;
	struct store *other = world_open(t->w.url, STORE_WRITE);
	struct store_company c;
	struct store_key k;

	two_companies(t);
	t->vault.meanwhile = other;
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .type = ZG_KEY_RSA }, &k), HOUSE_OK);
	assert_int_equal(t->vault.asked, 2);
	assert_string_equal(t->vault.last_text, "example.be|z202611|dek of another||");	/* sealed under the one that stays */
	assert_int_equal(t->vault.last.owner.key_id, k.id);
	assert_int_equal(store_company_get(t->w.s, ZG_S("bakker"), &t->w.a, &c), STORE_OK);
	assert_true(zg_slice_eq(c.sealed_dek, ZG_S("dek of another")));
	store_close(other);
}

/* No fake this time: what the vault sealed first, it opens for the next key and for a signature. */
static void a_real_vault(void **state)
{
	static const unsigned char master[VAULT_MASTER_SIZE] = "thirty-two octets for a test....";
	struct town *t = *state;
	struct vault_request r = { .kind = VAULT_REWRAP, .serial = 99 };
	struct vault_answer answer;
	struct vault_child child;
	struct store_company c;
	struct store_key k;
	int fake = t->h.vault;

	two_companies(t);
	assert_int_equal(vault_child_start(master, 1, (uid_t)-1, (gid_t)-1, &child), 0);
	t->h.vault = child.channels[0];
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .type = ZG_KEY_ED25519 }, &k), HOUSE_OK);
	assert_int_equal(k.public_key.n, 32);
	/* The seed of RFC 8463 A.2. */
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .selector = ZG_S("brisbane"),
						       .text = ZG_S("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=") }, &k), HOUSE_OK);
	assert_int_equal(k.type, ZG_KEY_ED25519);
	assert_memory_equal(k.public_key.p, "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7", 8);
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .text = ZG_S("no key") }, &k),
			 HOUSE_KEY_TEXT);
	assert_int_equal(t->h.keytext, ZG_KEYTEXT_UNKNOWN);

	assert_int_equal(store_company_get(t->w.s, ZG_S("bakker"), &t->w.a, &c), STORE_OK);
	assert_int_equal(store_key_get(t->w.s, ZG_S("example.be"), ZG_S("brisbane"), &t->w.a, &k), STORE_OK);
	r.owner = (struct vault_owner){ k.company, k.id, k.version, k.domain, k.selector };
	r.sealed_dek = c.sealed_dek;
	r.sealed_key = k.sealed;
	assert_int_equal(vault_call_sync(child.channels[0], &r, &t->w.a, &answer), 0);
	assert_int_equal(answer.code, VAULT_OK);	/* it opens under what the row says it is */
	r.owner.company++;
	assert_int_equal(vault_call_sync(child.channels[0], &r, &t->w.a, &answer), 0);
	assert_int_equal(answer.code, VAULT_WRONG_KEY);
	vault_child_stop(&child);
	t->h.vault = fake;
}

/* A vault of another key opens nothing; one of ours opens what ours sealed, among others. */
static void what_the_master_key_opens(void **state)
{
	static const unsigned char masters[2][VAULT_MASTER_SIZE] = { "thirty-two octets for a test....", "and another one, for a test...." };
	static const struct { const char *proves; unsigned master; bool every; uint64_t tried, opened; struct zg_slice closed; } rows[] = {
		{ "the first that opens is enough", 0, false, 1, 1, ZG_SI("") },
		{ "all are tried", 0, true, 2, 2, ZG_SI("") },
		{ "another key opens none", 1, false, 2, 0, ZG_SI("bakker") },
		{ "and is told how many it does not", 1, true, 2, 0, ZG_SI("bakker") },
	};
	struct town *t = *state;
	struct house_sealed s;
	struct store_key k;
	int fake = t->h.vault;

	two_companies(t);
	assert_int_equal(house_sealed_try(t->w.s, fake, true, &t->w.a, &s), HOUSE_OK);
	assert_int_equal(s.tried, 0);	/* nothing is sealed so far, and nobody is asked */
	assert_int_equal(t->vault.asked, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vault_child child;
		enum house_rc rc = HOUSE_OK;

		assert_int_equal(vault_child_start(masters[rows[i].master], 1, (uid_t)-1, (gid_t)-1, &child), 0);
		t->h.vault = child.channels[0];
		for (size_t n = 0; n < 2 && i == 0 && rc == HOUSE_OK; n++)
			rc = add(t, (struct house_key_new){ .domain = n ? ZG_S("mail.example.be") : ZG_S("example.be"),
				.type = ZG_KEY_ED25519 }, &k);
		assert_int_equal(rc, HOUSE_OK);
		s = (struct house_sealed){ .tried = 77 };
		rc = house_sealed_try(t->w.s, child.channels[0], rows[i].every, &t->w.a, &s);
		if (rc != HOUSE_OK || s.tried != rows[i].tried || s.opened != rows[i].opened || !zg_slice_eq(s.closed, rows[i].closed))
			fail_msg("%s: %d, %u of %u", rows[i].proves, rc, (unsigned)s.opened, (unsigned)s.tried);
		vault_child_stop(&child);
	}
	t->h.vault = fake;
}

/* More companies than are asked about at a time, one of them damaged, one without a key; and a vault that is gone. */
static void many_data_keys(void **state)
{
	struct town *t = *state;
	struct store_company c = { .name = ZG_S("x"), .created = NOW };
	struct house_sealed s;
	char slug[8];
	uint64_t id;

	for (unsigned i = 0; i < 40; i++) {
		assert_true(snprintf(slug, sizeof(slug), "c%u", i) > 0);
		c.slug = zg_slice_cstr(slug);
		assert_int_equal(store_company_add(t->w.s, &c, &id), STORE_OK);
		if (i != 3)
			assert_int_equal(store_company_set_dek(t->w.s, id, ZG_S("dek")), STORE_OK);
	}
	assert_int_equal(house_sealed_try(t->w.s, t->h.vault, true, &t->w.a, &s), HOUSE_OK);
	assert_int_equal(s.tried, 39);
	assert_int_equal(s.opened, 39);
	assert_int_equal(t->vault.last.kind, VAULT_REWRAP);
	assert_int_equal(t->vault.last.owner.company, id);
	t->vault.code = VAULT_WRONG_KEY;
	assert_int_equal(house_sealed_try(t->w.s, t->h.vault, false, &t->w.a, &s), HOUSE_OK);
	assert_int_equal(s.tried, 16);	/* enough to know */
	assert_int_equal(s.opened, 0);
	assert_true(zg_slice_eq(s.closed, ZG_S("c0")));
	t->vault.code = VAULT_FAILED;
	assert_int_equal(house_sealed_try(t->w.s, t->h.vault, false, &t->w.a, &s), HOUSE_VAULT);
	assert_int_equal(shutdown(t->h.vault, SHUT_RDWR), 0);
	assert_int_equal(house_sealed_try(t->w.s, t->h.vault, false, &t->w.a, &s), HOUSE_VAULT);
	assert_int_equal(s.tried, 16);	/* nothing was written */
}

static void keys_go(void **state)
{
	static const struct { const char *proves; struct zg_slice domain, selector; enum house_rc rc; } rows[] = {
		{ "nobody's domain", ZG_SI("example.com"), ZG_SI("s1"), HOUSE_NO_DOMAIN },
		{ "no domain", ZG_SI(""), ZG_SI("s1"), HOUSE_BAD_DOMAIN },
		{ "no selector", ZG_SI("example.be"), ZG_SI(""), HOUSE_BAD_SELECTOR },
		{ "no such key", ZG_SI("example.be"), ZG_SI("s2"), HOUSE_NO_KEY },
		{ "another domain's", ZG_SI("mail.example.be"), ZG_SI("s1"), HOUSE_NO_KEY },
		{ "however written", ZG_SI("EXAMPLE.be"), ZG_SI("S1._domainkey"), HOUSE_OK },
		{ "gone", ZG_SI("example.be"), ZG_SI("s1"), HOUSE_NO_KEY },
	};
	struct town *t = *state;
	struct store_key k;

	two_companies(t);
	assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"), .selector = ZG_S("s1"),
		.type = ZG_KEY_RSA }, &k), HOUSE_OK);
	assert_int_equal(house_domain_remove(&t->h, ZG_S("example.be")), HOUSE_IN_USE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum house_rc rc = house_key_remove(&t->h, rows[i].domain, rows[i].selector);

		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].proves, rc);
		if (rc == HOUSE_OK)
			audited(t, ZG_S("key.remove"), ZG_S("EXAMPLE.be"), ZG_S("key 1, selector S1._domainkey"));
	}
	assert_int_equal(house_domain_remove(&t->h, ZG_S("example.be")), HOUSE_OK);
}

static void who_signs(void **state)
{
	static const struct { const char *proves; struct zg_slice from, domain; size_t count; enum house_rc rc; } rows[] = {
		{ "the domain itself, RSA first", ZG_SI("example.be"), ZG_SI("example.be"), 2, HOUSE_OK },
		{ "the nearest above", ZG_SI("a.b.example.be"), ZG_SI("example.be"), 2, HOUSE_OK },
		{ "another company's domain below it is theirs", ZG_SI("mail.example.be"), ZG_SI("mail.example.be"), 0, HOUSE_OK },
		{ "and all below that", ZG_SI("x.mail.example.be"), ZG_SI("mail.example.be"), 0, HOUSE_OK },
		{ "an end that only looks alike", ZG_SI("notexample.be"), ZG_SI(""), 0, HOUSE_NO_DOMAIN },
		{ "above a domain", ZG_SI("be"), ZG_SI(""), 0, HOUSE_NO_DOMAIN },
		{ "nobody's", ZG_SI("example.com"), ZG_SI(""), 0, HOUSE_NO_DOMAIN },
		{ "nothing", ZG_SI(""), ZG_SI(""), 0, HOUSE_NO_DOMAIN },
		{ "dots alone", ZG_SI("..."), ZG_SI(""), 0, HOUSE_NO_DOMAIN },
	};
	struct town *t = *state;
	struct store_key k;

	two_companies(t);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(add(t, (struct house_key_new){ .domain = ZG_S("example.be"),
			.type = i == 1 ? ZG_KEY_RSA : ZG_KEY_ED25519 }, &k),
				 HOUSE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct house_signer s = { .count = 77 };
		enum house_rc rc = house_signer_find(t->w.s, rows[i].from, &t->w.a, &s);

		if (rc != rows[i].rc || (rc == HOUSE_OK && (s.count != rows[i].count || !zg_slice_eq(s.domain, rows[i].domain))) ||
		    (rc != HOUSE_OK && s.count != 77))
			fail_msg("%s: %d", rows[i].proves, rc);
		if (rc == HOUSE_OK && s.count) {
			assert_int_equal(s.keys[0].type, ZG_KEY_RSA);
			assert_int_equal(s.keys[1].id, k.id);
			assert_true(zg_slice_eq(s.company_slug, ZG_S("bakker")));
			assert_true(zg_slice_eq(s.sealed_dek, ZG_S("dek of the vault")));
		}
	}
}

/* --- credentials --------------------------------------------------------------------------------------------- */

static void logins(void **state)
{
	struct town *t = *state;
	struct store_credential c, found;
	struct zg_slice password, other;
	char wrong[TOKEN_TEXT];

	two_companies(t);
	assert_int_equal(house_credential_add(&t->h, ZG_S("bakker"), ZG_S("web shop"), &t->w.a, &c, &password), HOUSE_OK);
	audited(t, ZG_S("credential.add"), ZG_S("bakker"), c.user);
	assert_int_equal(c.user.n, 13);
	assert_true(zg_slice_starts(c.user, ZG_S("bakker-")));
	assert_int_equal(password.n, TOKEN_TEXT);
	assert_int_equal(house_credential_add(&t->h, ZG_S("slager"), ZG_S("x"), &t->w.a, &found, &other), HOUSE_NO_COMPANY);
	assert_int_equal(house_credential_add(&t->h, ZG_S("bakker"), ZG_S("a\tb"), &t->w.a, &found, &other), HOUSE_BAD_NAME);
	assert_int_equal(house_company_remove(&t->h, ZG_S("bakker")), HOUSE_IN_USE);

	memcpy(wrong, password.p, sizeof(wrong));
	wrong[0] = wrong[0] == 'a' ? 'b' : 'a';
	const struct { const char *proves; struct zg_slice user, password; enum house_rc rc; } rows[] = {
		{ "right", c.user, password, HOUSE_OK },
		{ "one character off", c.user, zg_slice_of(wrong, sizeof(wrong)), HOUSE_NO_CREDENTIAL },
		{ "the beginning alone", c.user, zg_slice_sub(password, 0, 31), HOUSE_NO_CREDENTIAL },
		{ "no password", c.user, ZG_S(""), HOUSE_NO_CREDENTIAL },
		{ "an unknown user", ZG_S("bakker-aaaaaa"), password, HOUSE_NO_CREDENTIAL },
		{ "no user", ZG_S(""), ZG_S(""), HOUSE_NO_CREDENTIAL },
		{ "the kept hash is no password", c.user, zg_slice_of(c.hash, sizeof(c.hash)), HOUSE_NO_CREDENTIAL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		found.id = 77;
		if (house_login(t->w.s, rows[i].user, rows[i].password, &t->w.a, &found) != rows[i].rc)
			fail_msg("%s", rows[i].proves);
		assert_int_equal(found.id, rows[i].rc == HOUSE_OK ? c.id : 77);
	}
	assert_int_equal(house_credential_remove(&t->h, ZG_S("bakker-aaaaaa")), HOUSE_NO_CREDENTIAL);
	assert_int_equal(house_credential_remove(&t->h, c.user), HOUSE_OK);
	audited(t, ZG_S("credential.remove"), c.user, ZG_S(""));
	assert_int_equal(house_login(t->w.s, c.user, password, &t->w.a, &found), HOUSE_NO_CREDENTIAL);
}

/* --- the audit ----------------------------------------------------------------------------------------------- */

static void a_broken_chain_tells(void **state)
{
	static const struct { const char *proves, *damage; uint64_t wrong; } rows[] = {
		{ "nothing was done", "SELECT 1", 0 },
		{ "another time", "UPDATE audit SET at = at + 1 WHERE n = 2", 2 },
		{ "another actor", "UPDATE audit SET who = 'x' WHERE n = 3", 3 },
		{ "another place", "UPDATE audit SET place = 'x' WHERE n = 3", 3 },
		{ "words moved between members", "UPDATE audit SET what = 'company.addb', object = 'akker' WHERE n = 1", 1 },
		{ "another detail", "UPDATE audit SET detail = 'x' WHERE n = 1", 1 },
		{ "a line taken out", "DELETE FROM audit WHERE n = 2", 3 },
		{ "the first taken out shows as no more than a part", "DELETE FROM audit WHERE n = 1", 0 },
		{ "a hash made to fit its line shows at the next", "UPDATE audit SET hash = zeroblob(32) WHERE n = 4", 4 },
	};
	struct town *t = *state;

	two_companies(t);
	world_sql(&t->w, "DROP TRIGGER audit_keeps_lines; DROP TRIGGER audit_keeps_words");
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t wrong = 77;

		world_sql(&t->w, "SAVEPOINT damage");
		world_sql(&t->w, rows[i].damage);
		assert_int_equal(house_audit_check(t->w.s, 100, &t->w.a, &wrong), HOUSE_OK);
		if (wrong != rows[i].wrong)
			fail_msg("%s: %llu", rows[i].proves, (unsigned long long)wrong);
		world_sql(&t->w, "ROLLBACK TO damage; RELEASE damage");
	}
}

static void a_change_without_its_line_is_none(void **state)
{
	struct town *t = *state;
	struct store_company c;

	world_sql(&t->w, "CREATE TRIGGER no_lines BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_int_equal(house_company_add(&t->h, ZG_S("bakker"), ZG_S("x")), HOUSE_STORE);
	assert_int_equal(store_company_get(t->w.s, ZG_S("bakker"), &t->w.a, &c), STORE_NOT_FOUND);
	world_sql(&t->w, "DROP TRIGGER no_lines");
	assert_int_equal(house_company_add(&t->h, ZG_S("bakker"), ZG_S("x")), HOUSE_OK);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slugs), cmocka_unit_test(domains_as_they_are_kept), cmocka_unit_test(selectors_as_they_are_pasted),
		ON(who_owns_what), ON(a_key_is_made), ON(a_key_is_pasted), ON(keys_that_are_refused), ON(a_vault_that_fails),
		ON(two_first_keys_at_once), ON(a_real_vault), ON(what_the_master_key_opens), ON(many_data_keys), ON(keys_go), ON(who_signs),
		ON(logins), ON(a_broken_chain_tells),
		ON(a_change_without_its_line_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
