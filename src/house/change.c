/* change.c - how every change begins and ends. */
#include "base/utf8.h"
#include "house/change.h"

#define OBJECT_MAX 300u		/* octets of an object in a line: what was typed may be anything */

/* How the audit names a refusal; for programs and the log, not for people. */
static const struct zg_slice words[] = {
	[HOUSE_OK] = ZG_SI("ok"), [HOUSE_BAD_SLUG] = ZG_SI("bad slug"), [HOUSE_BAD_NAME] = ZG_SI("bad name"),
	[HOUSE_BAD_DOMAIN] = ZG_SI("bad domain"),
	[HOUSE_BAD_SELECTOR] = ZG_SI("bad selector"), [HOUSE_NO_COMPANY] = ZG_SI("no company"),
	[HOUSE_NO_DOMAIN] = ZG_SI("no domain"), [HOUSE_NO_KEY] = ZG_SI("no key"),
	[HOUSE_NO_CREDENTIAL] = ZG_SI("no credential"), [HOUSE_EXISTS] = ZG_SI("exists"),
	[HOUSE_OTHER_COMPANY] = ZG_SI("other company"), [HOUSE_IN_USE] = ZG_SI("in use"),
	[HOUSE_KEY_TEXT] = ZG_SI("key text"), [HOUSE_VAULT] = ZG_SI("vault"), [HOUSE_STORE] = ZG_SI("store"),
	[HOUSE_NO_MEMORY] = ZG_SI("no memory"),
	[HOUSE_NO_USER] = ZG_SI("no user"), [HOUSE_BAD_ADDRESS] = ZG_SI("bad address"),
	[HOUSE_BAD_PASSWORD] = ZG_SI("bad password"), [HOUSE_WRONG] = ZG_SI("wrong"), [HOUSE_WAIT] = ZG_SI("wait"),
	[HOUSE_LAST] = ZG_SI("last"), [HOUSE_EXPIRED] = ZG_SI("expired"),
};

enum house_rc house_of_store(enum store_rc rc, enum house_rc not_found)
{
	switch (rc) {
	case STORE_OK:
		return HOUSE_OK;
	case STORE_NOT_FOUND:
		return not_found;
	case STORE_EXISTS:
		return HOUSE_EXISTS;
	default:
		return HOUSE_STORE;
	}
}

enum house_rc house_change_begin(struct house *h)
{
	return house_of_store(store_begin(h->store), HOUSE_STORE);
}

static enum house_rc end_well(struct house *h, const struct house_line *line)
{
	enum house_rc rc = house_audit_add(h, line);

	if (rc == HOUSE_OK)
		rc = house_of_store(store_commit(h->store), HOUSE_STORE);
	if (rc != HOUSE_OK)
		store_rollback(h->store);
	return rc;
}

static void note_refusal(struct house *h, enum house_rc rc, const struct house_line *line)
{
	char mem[64];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct house_line refused = *line;

	zg_buf_put(&b, ZG_S("refused: "));
	zg_buf_put(&b, words[rc]);
	if (rc == HOUSE_KEY_TEXT || rc == HOUSE_VAULT) {
		zg_buf_putc(&b, ' ');
		zg_buf_put_uint(&b, rc == HOUSE_VAULT ? h->vault_code : h->keytext);
	}
	refused.detail = zg_buf_slice(&b);
	if (house_change_begin(h) == HOUSE_OK)
		(void)end_well(h, &refused);	/* the refusal itself is the answer, noted or not */
}

enum house_rc house_change_end(struct house *h, enum house_rc rc, const struct house_line *line)
{
	struct house_line l = *line;

	if (l.object.n > OBJECT_MAX || !zg_utf8_is_valid(l.object))
		l.object = ZG_S("(unreadable)");
	if (rc == HOUSE_OK)
		return end_well(h, &l);
	store_rollback(h->store);
	if (rc != HOUSE_STORE)
		note_refusal(h, rc, &l);
	return rc;
}
