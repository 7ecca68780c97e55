/* cmd_record.c - zegel record DOMAIN: all records that should stand: DKIM, SPF, DMARC. */
#include "cmd/admin.h"
#include "cmd/flaws.h"
#include "cmd/keyfile.h"
#include "cmd/names.h"
#include "cmd/records.h"

/* What is to be written, and what was found on the way. */
struct answer {
	struct records r;
	json_t *findings;		/* for --json */
};

/* A key's record is there, the last of all; tells what is weak about the key. */
static void tell(struct cmd *c, struct answer *a, const struct house_flaws *h, unsigned bits)
{
	struct zg_slice name = a->r.count && a->r.count <= RECORDS_MAX ? a->r.v[a->r.count - 1].name : CMD_NOTHING;

	flaws_say(c, h, bits, name);
	a->findings = flaws_json(c, a->findings, h, bits, name);
}

/* From the file that --key names. */
static int add_file_key(struct cmd *c, struct answer *a, struct zg_slice domain)
{
	struct zg_key k = { .pkey = NULL };
	struct zg_slice selector = CMD_NOTHING;
	struct house_flaws h;
	struct flaws f;
	int status;

	if (!cmd_has(c, CMD_OPT_SELECTOR))
		return cmd_fail(c, CMD_USAGE, ZG_S("--selector"), WORD_RECORD_SELECTOR, CMD_NOTHING, CMD_NOTHING);
	status = names_selector(c, cmd_value(c, CMD_OPT_SELECTOR), domain, &selector);
	if (status == CMD_GOOD)
		status = keyfile_read(c, CMD_OPT_KEY, &k);
	if (status == CMD_GOOD && records_add_key(c, &a->r, selector, domain, &k) < 0)
		a->r.count = RECORDS_MAX + 1;
	if (status == CMD_GOOD && flaws_init(&f, c, NULL) != STORE_OK) {
		status = cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	} else if (status == CMD_GOOD) {
		h = flaws_of_key(&f, &k);
		flaws_done(&f);
		tell(c, a, &h, k.bits);
	}
	zg_key_done(&k);
	return status;
}

static int add_store_key(struct admin *a, struct answer *ret, struct flaws *f, const struct store_key *key)
{
	struct zg_key k = { .pkey = NULL };
	struct house_flaws h;

	if (zg_key_public_read((enum zg_key_type)key->type, key->public_key, &k) != 0)
		return admin_fail_store(a, STORE_CORRUPT, key->selector);
	if (records_add_key(a->c, &ret->r, key->selector, key->domain, &k) < 0)
		ret->r.count = RECORDS_MAX + 1;
	zg_key_done(&k);
	h = flaws_of(f, key, true);
	tell(a->c, ret, &h, key->bits);
	return CMD_GOOD;
}

/* The keys of the domain that sign, or the one that --selector names. */
static int add_keys(struct admin *a, struct answer *ret, struct zg_slice domain)
{
	struct flaws f;
	struct zg_slice selector = CMD_NOTHING;
	struct store_domain d = { .id = 0 };
	struct store_key *v = NULL;
	size_t count = 0, before = ret->r.count;
	int status = CMD_GOOD;
	enum store_rc rc;

	if (cmd_has(a->c, CMD_OPT_SELECTOR))
		status = names_selector(a->c, cmd_value(a->c, CMD_OPT_SELECTOR), domain, &selector);
	if (status != CMD_GOOD)
		return status;
	rc = store_domain_get(a->store, domain, &a->c->arena, &d);
	if (rc == STORE_OK)
		rc = store_key_list(a->store, d.id, &a->c->arena, &v, &count);
	if (rc != STORE_OK)
		return admin_found(a, rc, HOUSE_NO_DOMAIN, domain);
	(void)flaws_init(&f, a->c, a->store);	/* where the other keys cannot be read, a key is told of by itself */
	for (size_t i = 0; i < count && status == CMD_GOOD; i++)
		if (selector.n ? zg_slice_eq(v[i].selector, selector) : v[i].state == STORE_KEY_ACTIVE)
			status = add_store_key(a, ret, &f, &v[i]);
	flaws_done(&f);
	if (status == CMD_GOOD && ret->r.count == before)
		return cmd_fail(a->c, CMD_UNUSABLE, selector.n ? selector : domain, WORD_RECORD_NO_KEY, domain, CMD_NOTHING);
	return status;
}

static int from_store(struct cmd *c, struct answer *ret, struct zg_slice domain, struct zg_slice *include)
{
	struct admin a;
	int status = admin_open(c, STORE_READ, &a);

	if (status == CMD_GOOD)
		status = add_keys(&a, ret, domain);
	if (status == CMD_GOOD && !include->n)
		*include = a.settings.conf.spf_include;
	admin_close(&a);
	return status;
}

/* RFC 7208 with the include alone, and RFC 7489 6.3 as one begins: asks for nothing yet, breaks nothing. */
static void add_policies(struct cmd *c, struct records *r, struct zg_slice domain, struct zg_slice include)
{
	if (include.n)
		records_add(r, "spf", domain, cmd_join(c, (struct zg_slice[]){ ZG_S("v=spf1 include:"), include, ZG_S(" ~all") }, 3));
	records_add(r, "dmarc", cmd_join(c, (struct zg_slice[]){ ZG_S("_dmarc."), domain }, 2), ZG_S("v=DMARC1; p=none"));
}

int cmd_record(struct cmd *c)
{
	struct answer a = { .findings = cmd_has(c, CMD_OPT_JSON) ? json_array() : NULL };
	struct zg_slice domain = CMD_NOTHING, include = CMD_NOTHING;
	int status = keyfile_check_alone(c, CMD_OPT_KEY, ZG_S("--key"));

	if (status == CMD_GOOD)
		status = records_check(c);

	if (status == CMD_GOOD)
		status = names_domain(c, cmd_arg(c, 0), &domain);
	if (status == CMD_GOOD && cmd_has(c, CMD_OPT_INCLUDE))
		status = names_host(c, cmd_value(c, CMD_OPT_INCLUDE), &include);
	if (status == CMD_GOOD)
		status = cmd_has(c, CMD_OPT_KEY) ? add_file_key(c, &a, domain) : from_store(c, &a, domain, &include);
	if (status != CMD_GOOD) {
		json_decref(a.findings);
		return status;
	}
	add_policies(c, &a.r, domain, include);
	return records_write(c, &a.r, a.findings ? json_pack("{s:o}", "findings", a.findings) : NULL);
}
