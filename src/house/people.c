/* people.c - users: added, changed, removed; the first operator; what all of people share. */
#include <string.h>
#include <zegel/address.h>
#include "base/secret.h"
#include "house/people_part.h"

#define SETUP_CODE ZG_S("setup.code")

bool people_may_change(enum store_role r)
{
	return r == STORE_OPERATOR || r == STORE_OWNER || r == STORE_EDITOR;
}

bool people_may_own(enum store_role r)
{
	return r == STORE_OPERATOR || r == STORE_OWNER;
}

struct zg_slice people_address_read(struct zg_slice text, struct zg_arena *a)
{
	struct zg_address v;
	struct zg_slice domain;
	struct zg_buf b;
	char *p;

	if (text.n > PEOPLE_ADDRESS_MAX || zg_address_mailbox(text, false, &v) < 0)
		return ZG_S("");
	domain = zg_address_domain(v.domain, a);
	p = domain.n ? zg_arena_bytes(a, v.local.n + 1 + domain.n) : NULL;
	if (!p)
		return ZG_S("");
	b = zg_buf_of(p, v.local.n + 1 + domain.n);
	zg_buf_put(&b, v.local);
	zg_buf_putc(&b, '@');
	zg_buf_put(&b, domain);
	return zg_buf_slice(&b);
}

void people_act_as(struct house *h, const struct store_user *u)
{
	h->actor.who = u->address;
}

void people_token_make(struct people_token *ret)
{
	token_make(ret->text);
	token_make(ret->text + TOKEN_TEXT);
}

struct zg_slice people_token_slice(const struct people_token *t)
{
	return zg_slice_of(t->text, sizeof(t->text));
}

struct zg_slice people_password_slice(const char hash[PASSWORD_TEXT])
{
	return zg_slice_sub(zg_slice_of(hash, PASSWORD_TEXT), 0, zg_slice_find(zg_slice_of(hash, PASSWORD_TEXT), '\0'));
}

enum house_rc people_password_check(struct zg_slice password, const struct store_user *u, struct people_answer *told)
{
	const struct zg_slice names[] = { u->address, u->name, u->company_slug, u->company_name };

	told->flaw = password_check(password, names, sizeof(names) / sizeof(names[0]));
	return told->flaw == PASSWORD_GOOD ? HOUSE_OK : HOUSE_BAD_PASSWORD;
}

enum house_rc people_password_make(struct zg_slice password, const struct store_user *u, char ret[PASSWORD_TEXT],
				   struct people_answer *told)
{
	if (people_password_check(password, u, told) != HOUSE_OK)
		return HOUSE_BAD_PASSWORD;
	return password_hash(password, ret) < 0 ? HOUSE_NO_MEMORY : HOUSE_OK;
}

enum house_rc people_password_put(struct house *h, const struct store_user *u, const char hash[PASSWORD_TEXT],
				  const unsigned char *but)
{
	enum house_rc rc = house_of_store(store_user_set_password(h->store, u->company, u->id, people_password_slice(hash)),
					  HOUSE_NO_USER);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_session_end(h->store, u->company, u->id, but), HOUSE_STORE);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_ticket_end(h->store, u->company, u->id), HOUSE_STORE);
	return rc;
}

enum house_rc people_ticket_add(struct house *h, uint64_t user, enum store_ticket_kind kind, struct people_token *ret)
{
	struct store_ticket t = {
		.user = user, .kind = kind, .created = h->actor.now,
		.expires = h->actor.now + (kind == STORE_RESET ? PEOPLE_RESET : PEOPLE_INVITATION),
	};

	people_token_make(ret);
	token_hash(people_token_slice(ret), t.hash);
	return house_of_store(store_ticket_add(h->store, &t), HOUSE_NO_USER);
}

/* --- adding -------------------------------------------------------------------------------------------------- */

/* The row of a new user, all but the company's names; in a. */
static enum house_rc user_read(struct house *h, const struct people_new *n, struct zg_arena *a, struct store_user *ret)
{
	*ret = (struct store_user){
		.company = n->company, .role = n->role, .address = people_address_read(n->address, a), .name = n->name,
		.language = n->language, .theme = n->theme, .created = h->actor.now,
	};
	if (a->is_full)
		return HOUSE_NO_MEMORY;
	if (!ret->address.n)
		return HOUSE_BAD_ADDRESS;
	if (!house_name_is_valid(n->name) || !house_name_is_valid(n->language) || !house_name_is_valid(n->theme))
		return HOUSE_BAD_NAME;
	return (n->role == STORE_OPERATOR) == !n->company ? HOUSE_OK : HOUSE_NO_COMPANY;
}

/* A user who was not added is told of to nobody: half of the row may be gone. */
static enum house_rc told(struct people_answer *ret, enum house_rc rc)
{
	if (rc != HOUSE_OK)
		ret->user = (struct store_user){ .id = 0 };
	return rc;
}

/* Inside a transaction; what was given is in *u, what is kept then too. */
static enum house_rc user_put(struct house *h, struct store_user *u, struct zg_arena *a)
{
	uint64_t id = 0;
	enum house_rc rc = house_of_store(store_user_add(h->store, u, &id), HOUSE_NO_COMPANY);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_by_id(h->store, u->company, id, a, u), HOUSE_STORE);
	return rc;
}

static enum house_rc user_add(struct house *h, const struct people_new *n, struct zg_arena *a, struct people_answer *ret)
{
	char hash[PASSWORD_TEXT] = { 0 };
	enum house_rc rc = user_read(h, n, a, &ret->user);

	if (rc == HOUSE_OK && n->password.n)
		rc = people_password_make(n->password, &ret->user, hash, ret);
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc != HOUSE_OK)
		return rc;
	ret->user.password = people_password_slice(hash);
	rc = user_put(h, &ret->user, a);
	if (rc == HOUSE_OK && n->password.n)	/* once more: now the company's names are known */
		rc = people_password_check(n->password, &ret->user, ret);
	if (rc == HOUSE_OK && !n->password.n)
		rc = people_ticket_add(h, ret->user.id, STORE_INVITATION, &ret->token);
	return rc;
}

enum house_rc people_user_add(struct house *h, const struct people_new *n, struct zg_arena *a, struct people_answer *ret)
{
	struct house_line line = { ZG_S("user.add"), n->address, store_role_word(n->role) };

	*ret = (struct people_answer){ .minutes = 0 };
	return told(ret, house_change_end(h, user_add(h, n, a, ret), &line));
}

/* --- the first operator -------------------------------------------------------------------------------------- */

enum house_rc people_setup_is_open(struct store *s, bool *ret)
{
	uint64_t count = 0;
	enum house_rc rc = house_of_store(store_user_count(s, 0, STORE_OPERATOR, &count), HOUSE_STORE);

	if (rc == HOUSE_OK)
		*ret = count == 0;
	return rc;
}

static enum house_rc open_or_exists(struct house *h)
{
	bool is_open = false;
	enum house_rc rc = people_setup_is_open(h->store, &is_open);

	return rc == HOUSE_OK && !is_open ? HOUSE_EXISTS : rc;
}

/* The hash of a code as text. */
static struct zg_slice code_hash(struct zg_slice code, char mem[TOKEN_BOUND])
{
	char padded[TOKEN_TEXT] = { 0 };	/* the key has a size of its own, whatever was typed */

	memcpy(padded, code.p, code.n);
	token_bound(zg_slice_of(padded, sizeof(padded)), ZG_S("setup"), mem);
	zg_secret_wipe_bytes(padded, sizeof(padded));
	return zg_slice_of(mem, TOKEN_BOUND);
}

enum house_rc people_setup_code(struct house *h, char ret[PEOPLE_SETUP_CODE])
{
	char token[TOKEN_TEXT], mem[TOKEN_BOUND];
	enum house_rc rc = open_or_exists(h);
	struct house_line line = { .what = ZG_S("setup.code") };

	if (rc != HOUSE_OK)
		return rc;
	token_make(token);
	rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = open_or_exists(h);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_install_set(h->store, SETUP_CODE,
						      code_hash(zg_slice_of(token, PEOPLE_SETUP_CODE), mem)), HOUSE_STORE);
	rc = house_change_end(h, rc, &line);
	if (rc == HOUSE_OK)
		memcpy(ret, token, PEOPLE_SETUP_CODE);
	zg_secret_wipe_bytes(token, sizeof(token));
	return rc;
}

static enum house_rc setup_check(struct house *h, struct zg_slice code, struct zg_arena *a)
{
	struct zg_slice kept = ZG_S("");
	char padded[TOKEN_TEXT] = { 0 };
	enum house_rc rc = open_or_exists(h);
	bool is_right;

	if (rc == HOUSE_OK)
		rc = house_of_store(store_install_get(h->store, SETUP_CODE, a, &kept), HOUSE_WRONG);
	if (rc != HOUSE_OK)
		return rc;
	if (code.n != PEOPLE_SETUP_CODE)
		return HOUSE_WRONG;
	memcpy(padded, code.p, code.n);
	is_right = token_bound_is(zg_slice_of(padded, sizeof(padded)), ZG_S("setup"), kept);
	zg_secret_wipe_bytes(padded, sizeof(padded));
	return is_right ? HOUSE_OK : HOUSE_WRONG;
}

static enum house_rc setup(struct house *h, struct people_guard *g, struct zg_slice code, const struct people_new *n,
			   struct zg_arena *a, struct people_answer *ret)
{
	char hash[PASSWORD_TEXT];
	enum house_rc rc;

	ret->minutes = people_guard_enter(g, PEOPLE_PLACE, h->actor.from, h->actor.now);
	if (ret->minutes)
		return HOUSE_WAIT;
	rc = setup_check(h, code, a);
	if (rc != HOUSE_OK)
		return rc;
	people_guard_right(g, PEOPLE_PLACE, h->actor.from);
	rc = user_read(h, n, a, &ret->user);
	if (rc == HOUSE_OK)
		rc = people_password_make(n->password, &ret->user, hash, ret);
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc == HOUSE_OK)	/* once more: another may have been faster */
		rc = setup_check(h, code, a);
	if (rc != HOUSE_OK)
		return rc;
	ret->user.password = people_password_slice(hash);
	rc = user_put(h, &ret->user, a);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_install_set(h->store, SETUP_CODE, ZG_S("")), HOUSE_STORE);
	return rc;
}

enum house_rc people_setup(struct house *h, struct people_guard *g, struct zg_slice code, const struct people_new *n,
			   struct zg_arena *a, struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("setup"), .object = n->address };
	struct people_new first = *n;
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	first.role = STORE_OPERATOR;
	first.company = 0;
	rc = setup(h, g, code, &first, a, ret);
	return told(ret, rc == HOUSE_WAIT ? rc : house_change_end(h, rc, &line));
}

/* --- changing ------------------------------------------------------------------------------------------------ */

/* May this one go from its role? */
static enum house_rc not_last(struct house *h, const struct store_user *u)
{
	uint64_t count = 0;
	enum house_rc rc;

	if (u->role != STORE_OPERATOR && u->role != STORE_OWNER)
		return HOUSE_OK;
	rc = house_of_store(store_user_count(h->store, u->company, u->role, &count), HOUSE_STORE);
	return rc == HOUSE_OK && count <= 1 ? HOUSE_LAST : rc;
}

/* Begins a change of one user, who is in *ret and named in *line. */
static enum house_rc user_begin(struct house *h, uint64_t company, uint64_t id, struct zg_arena *a, struct store_user *ret)
{
	enum house_rc rc = house_change_begin(h);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_by_id(h->store, company, id, a, ret), HOUSE_NO_USER);
	return rc;
}

enum house_rc people_user_set(struct house *h, const struct store_user *u)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_user old = { 0 };
	struct house_line line = { .what = ZG_S("user.set"), .detail = store_role_word(u->role) };
	enum house_rc rc = HOUSE_BAD_NAME;

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	if (house_name_is_valid(u->name) && house_name_is_valid(u->language) && house_name_is_valid(u->theme))
		rc = user_begin(h, u->company, u->id, &a, &old);
	line.object = old.address;
	if (rc == HOUSE_OK && (u->role == STORE_OPERATOR) != !u->company)
		rc = HOUSE_NO_COMPANY;
	if (rc == HOUSE_OK && u->role != old.role)
		rc = not_last(h, &old);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_set(h->store, u), HOUSE_NO_USER);
	return house_change_end(h, rc, &line);
}

enum house_rc people_user_remove(struct house *h, uint64_t company, uint64_t id)
{
	char mem[HOUSE_MEMORY];
	struct zg_arena a;
	struct store_user u = { 0 };
	struct house_line line = { .what = ZG_S("user.remove") };
	enum house_rc rc;

	zg_arena_init_fixed(&a, mem, sizeof(mem));
	rc = user_begin(h, company, id, &a, &u);
	line.object = u.address;
	if (rc == HOUSE_OK)
		rc = not_last(h, &u);
	if (rc == HOUSE_OK)
		rc = house_of_store(store_user_remove(h->store, company, id), HOUSE_NO_USER);
	return house_change_end(h, rc, &line);
}

enum house_rc people_user_invite(struct house *h, uint64_t company, uint64_t id, struct zg_arena *a, struct people_answer *ret)
{
	struct house_line line = { .what = ZG_S("user.invite") };
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	rc = user_begin(h, company, id, a, &ret->user);
	line.object = ret->user.address;
	if (rc == HOUSE_OK)
		rc = house_of_store(store_ticket_end(h->store, company, id), HOUSE_STORE);
	if (rc == HOUSE_OK)
		rc = people_ticket_add(h, id, STORE_INVITATION, &ret->token);
	return house_change_end(h, rc, &line);
}

enum house_rc people_user_password(struct house *h, uint64_t company, uint64_t id, struct zg_slice password,
				   struct people_answer *ret)
{
	char mem[HOUSE_MEMORY], hash[PASSWORD_TEXT];
	struct zg_arena a;
	struct store_user u = { 0 };
	struct house_line line = { .what = ZG_S("user.password") };
	enum house_rc rc;

	*ret = (struct people_answer){ .minutes = 0 };
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	rc = house_of_store(store_user_by_id(h->store, company, id, &a, &u), HOUSE_NO_USER);
	line.object = u.address;
	if (rc == HOUSE_OK)
		rc = people_password_make(password, &u, hash, ret);
	if (rc == HOUSE_OK)
		rc = house_change_begin(h);
	if (rc == HOUSE_OK)
		rc = people_password_put(h, &u, hash, NULL);
	return house_change_end(h, rc, &line);
}
