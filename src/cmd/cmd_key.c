/* cmd_key.c - zegel key list, add, show, remove: signing keys, made in the vault or pasted. */
#include "cmd/admin.h"
#include "cmd/flaws.h"
#include "cmd/json.h"
#include "cmd/keyfile.h"
#include "cmd/listing.h"
#include "cmd/names.h"
#include "cmd/records.h"

static const char *type_of(const struct store_key *k)
{
	return k->type == ZG_KEY_ED25519 ? "ed25519" : "rsa";
}

static const char *state_of(const struct store_key *k)
{
	return k->state == STORE_KEY_ACTIVE ? "active" : "retired";
}

static json_t *json_of(struct cmd *c, const struct store_key *k, const struct house_flaws *h)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:i, s:s, s:b, s:o, s:o}", "domain", cmd_json_text(k->domain), "selector",
		cmd_json_text(k->selector),
		"company", cmd_json_text(k->company_slug), "type", type_of(k), "bits", (int)k->bits, "state", state_of(k),
		"is_made_here", k->is_made_here, "created", cmd_json_time(k->created), "findings", flaws_json(c, json_array(), h, k->bits,
		flaws_name(c, k)));
}

/* One key a line, with the codes of its findings at the end; shared primes are not looked for, see zegel-key(1). */
static int list_of(struct admin *a, uint64_t domain)
{
	struct store_key *v = NULL;
	struct listing l;
	struct flaws f;
	size_t count = 0;
	int status = admin_read(a, flaws_init(&f, a->c, a->store));

	if (status == CMD_GOOD)
		status = admin_read(a, store_key_list(a->store, domain, &a->c->arena, &v, &count));
	if (status != CMD_GOOD) {
		flaws_done(&f);
		return status;
	}
	listing_begin(&l, a->c, "keys", 7, count);
	for (size_t i = 0; i < count; i++) {
		struct house_flaws h = flaws_of(&f, &v[i], false);

		if (listing_is_json(&l))
			listing_object(&l, json_of(a->c, &v[i], &h));
		else
			listing_cells(&l, (struct zg_slice[]){ v[i].domain, v[i].selector, zg_slice_cstr(type_of(&v[i])),
				cmd_num(a->c, v[i].bits), lang_text(a->c->lang, v[i].state == STORE_KEY_ACTIVE ? WORD_KEY_ACTIVE :
				WORD_KEY_RETIRED), cmd_time(a->c, v[i].created), flaws_codes(a->c, &h) });
	}
	flaws_done(&f);
	return listing_end(&l, WORD_KEY_NONE);
}

static int list(struct admin *a)
{
	struct zg_slice name = CMD_NOTHING;
	struct store_domain d = { .id = 0 };
	int status;

	if (!cmd_has(a->c, CMD_OPT_DOMAIN))
		return list_of(a, 0);
	status = names_domain(a->c, cmd_value(a->c, CMD_OPT_DOMAIN), &name);
	if (status == CMD_GOOD)
		status = admin_found(a, store_domain_get(a->store, name, &a->c->arena, &d), HOUSE_NO_DOMAIN, name);
	return status == CMD_GOOD ? list_of(a, d.id) : status;
}

static bool is_for_people(const struct cmd *c)
{
	return !cmd_has(c, CMD_OPT_JSON) && (!cmd_has(c, CMD_OPT_FORMAT) || zg_slice_eq(cmd_value(c, CMD_OPT_FORMAT),
		ZG_S("text")));
}

/* What there is to say of a key, and the record to publish. */
static int show_key(struct admin *a, const struct store_key *key, enum lang_word head, json_t *retired)
{
	struct records r = { .count = 0 };
	struct zg_key k = { .pkey = NULL };
	struct house_flaws h;
	struct flaws f;
	json_t *more;
	int status;

	if (zg_key_public_read((enum zg_key_type)key->type, key->public_key, &k) != 0) {
		json_decref(retired);
		return admin_fail_store(a, STORE_CORRUPT, key->selector);
	}
	if (records_add_key(a->c, &r, key->selector, key->domain, &k) < 0)
		r.count = RECORDS_MAX + 1;
	zg_key_done(&k);
	if (is_for_people(a->c)) {
		cmd_say(a->c, head, key->selector, key->domain);
		for (size_t i = 0; i < json_array_size(retired); i++)
			cmd_say(a->c, WORD_KEY_RETIRED_NOW, zg_slice_cstr(json_string_value(json_array_get(retired, i))), key->domain);
		cmd_put(ZG_S("\n"));
	}
	/* Where the other keys cannot be read, the key is told of by itself. */
	(void)flaws_init(&f, a->c, a->store);
	h = flaws_of(&f, key, true);
	flaws_done(&f);
	more = json_of(a->c, key, &h);
	if (more && retired)	/* without memory records_write tells of it */
		(void)json_object_set(more, "retired", retired);
	json_decref(retired);
	status = records_write(a->c, &r, more);
	flaws_say(a->c, &h, key->bits, flaws_name(a->c, key));
	return status;
}

/* The domain and selector of the options. */
static int read_names(struct cmd *c, struct zg_slice *ret_domain, struct zg_slice *ret_selector)
{
	int status = names_domain(c, cmd_value(c, CMD_OPT_DOMAIN), ret_domain);

	*ret_selector = CMD_NOTHING;	/* the house chooses */
	if (status == CMD_GOOD && cmd_has(c, CMD_OPT_SELECTOR))
		status = names_selector(c, cmd_value(c, CMD_OPT_SELECTOR), *ret_domain, ret_selector);
	return status;
}

static int show(struct admin *a)
{
	struct zg_slice domain = CMD_NOTHING, selector = CMD_NOTHING;
	struct store_key key = { .id = 0 };
	int status = read_names(a->c, &domain, &selector);

	if (status == CMD_GOOD)
		status = admin_found(a, store_key_get(a->store, domain, selector, &a->c->arena, &key), HOUSE_NO_KEY, selector);
	if (status != CMD_GOOD)
		return status;
	return show_key(a, &key, key.state == STORE_KEY_ACTIVE ? WORD_KEY_SHOW_ACTIVE : WORD_KEY_SHOW_RETIRED, NULL);
}

/* A key to be: what was asked for, and the texts of a pasted one. */
struct wish {
	struct house_key_new n;
	struct input key, pass;
};

static int read_pasted(struct cmd *c, struct wish *w)
{
	int status;

	if (!cmd_has(c, CMD_OPT_FILE))
		return keyfile_check_alone(c, CMD_OPT_FILE, ZG_S("--file"));
	if (cmd_has(c, CMD_OPT_TYPE) || cmd_has(c, CMD_OPT_BITS))
		return cmd_fail(c, CMD_USAGE, ZG_S("--file"), WORD_KEY_FILE_TYPE, CMD_NOTHING, CMD_NOTHING);
	status = keyfile_text(c, CMD_OPT_FILE, &w->key, &w->pass, &w->n.passphrase);
	w->n.text = input_text(&w->key);
	return status;
}

static struct zg_slice blamed(const struct wish *w, enum house_rc rc)
{
	if (rc == HOUSE_KEY_TEXT)
		return w->key.where;
	return (rc == HOUSE_EXISTS || rc == HOUSE_BAD_SELECTOR) && w->n.selector.n ? w->n.selector : w->n.domain;
}

/* The keys of a domain that sign. */
static void signing_keys(struct admin *a, struct zg_slice domain, struct store_key **ret, size_t *ret_count)
{
	struct store_domain d = { .id = 0 };
	struct store_key *v = NULL;
	size_t count = 0;

	*ret_count = 0;
	if (store_domain_get(a->store, domain, &a->c->arena, &d) != STORE_OK ||
	    store_key_list(a->store, d.id, &a->c->arena, &v, &count) != STORE_OK)
		return;
	*ret = v;
	for (size_t i = 0; i < count; i++)
		if (v[i].state == STORE_KEY_ACTIVE)
			v[(*ret_count)++] = v[i];
}

/* Which of the keys that signed before do so no more: a list of selectors. */
static json_t *retired_of(struct admin *a, struct zg_slice domain, const struct store_key *before, size_t before_count)
{
	json_t *ret = json_array();
	struct store_key *now = NULL;
	size_t count = 0;

	signing_keys(a, domain, &now, &count);
	for (size_t i = 0; i < before_count && count; i++) {
		bool is_there = false;

		for (size_t j = 0; j < count; j++)
			is_there = is_there || now[j].id == before[i].id;
		if (!is_there)	/* without memory the list is shorter, and the key is added all the same */
			(void)json_array_append_new(ret, cmd_json_text(before[i].selector));
	}
	return ret;
}

static int add(struct admin *a, struct wish *w)
{
	struct store_key made = { .id = 0 }, *before = NULL;
	size_t count = 0;
	enum house_rc rc;
	int status = admin_vault(a);

	if (status != CMD_GOOD)
		return status;
	signing_keys(a, w->n.domain, &before, &count);
	rc = house_key_add(&a->house, &w->n, &a->c->arena, &made);
	if (rc == HOUSE_EXISTS)
		return cmd_fail(a->c, CMD_UNUSABLE, blamed(w, rc), WORD_HOUSE_KEY_EXISTS, CMD_NOTHING, CMD_NOTHING);
	if (rc != HOUSE_OK)
		return admin_fail_house(a, rc, blamed(w, rc));
	status = show_key(a, &made, WORD_KEY_ADDED, retired_of(a, w->n.domain, before, count));
	if (keyfile_is_seed(w->n.text))
		keyfile_say_seed(a->c, w->key.where);
	return status;
}

static int remove_key(struct admin *a)
{
	struct zg_slice domain = CMD_NOTHING, selector = CMD_NOTHING;
	enum house_rc rc;
	int status = read_names(a->c, &domain, &selector);

	if (status != CMD_GOOD)
		return status;
	rc = house_key_remove(&a->house, domain, selector);
	return rc == HOUSE_OK ? admin_removed(a, WORD_KEY_REMOVED, selector) :
		admin_fail_house(a, rc, rc == HOUSE_NO_DOMAIN ? domain : selector);
}

int cmd_key_list(struct cmd *c)
{
	return admin_run(c, STORE_READ, list);
}

/* Files are read before the database is opened: after that, root has the relay's rights only. */
int cmd_key_add(struct cmd *c)
{
	struct wish w = { .n = { .bits = 0 } };
	struct admin a = { .c = c };
	int status = records_check(c);

	if (status == CMD_GOOD)
		status = keyfile_kind(c, &w.n.type, &w.n.bits);
	if (status == CMD_GOOD)
		status = read_names(c, &w.n.domain, &w.n.selector);
	if (status == CMD_GOOD)
		status = records_check_key(c, w.n.selector, w.n.domain);
	if (status == CMD_GOOD)
		status = read_pasted(c, &w);
	if (status == CMD_GOOD)
		status = admin_open(c, STORE_WRITE, &a);
	if (status == CMD_GOOD)
		status = add(&a, &w);
	admin_close(&a);
	input_done(&w.key);
	input_done(&w.pass);
	return status;
}

int cmd_key_show(struct cmd *c)
{
	int status = records_check(c);

	return status == CMD_GOOD ? admin_run(c, STORE_READ, show) : status;
}

int cmd_key_remove(struct cmd *c)
{
	return admin_run(c, STORE_WRITE, remove_key);
}
