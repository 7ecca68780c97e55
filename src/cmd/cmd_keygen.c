/* cmd_keygen.c - zegel keygen: a key pair in a file, and its record.
 *
 * The file is <selector>._domainkey.<domain>.pem in --out, or in the folder where one stands. */
#include <errno.h>
#include "cmd/keyfile.h"
#include "cmd/json.h"
#include "cmd/names.h"
#include "cmd/records.h"
#include "seal/keygen.h"

struct plan {
	struct zg_slice domain, selector, path;
	enum zg_key_type type;
	unsigned bits;
};

static int make_plan(struct cmd *c, struct plan *p)
{
	struct zg_slice out = cmd_value(c, CMD_OPT_OUT);
	int64_t now = 0;
	int status = records_check(c);

	if (status == CMD_GOOD)
		status = keyfile_kind(c, &p->type, &p->bits);
	if (status == CMD_GOOD)
		status = cmd_now(c, &now);
	if (status == CMD_GOOD)
		status = names_domain(c, cmd_value(c, CMD_OPT_DOMAIN), &p->domain);
	if (status == CMD_GOOD && cmd_has(c, CMD_OPT_SELECTOR))
		status = names_selector(c, cmd_value(c, CMD_OPT_SELECTOR), p->domain, &p->selector);
	else
		p->selector = names_selector_default(c, now);
	if (status == CMD_GOOD)
		status = records_check_key(c, p->selector, p->domain);
	p->path = cmd_join(c, (struct zg_slice[]){ out.n ? out : ZG_S("."), ZG_S("/"), p->selector, ZG_S("._domainkey."),
		p->domain, ZG_S(".pem") }, 6);
	return status;
}

static int answer(struct cmd *c, const struct plan *p, const struct zg_key *k)
{
	struct records r = { .count = 0 };
	bool is_text = !cmd_has(c, CMD_OPT_JSON) && (!cmd_has(c, CMD_OPT_FORMAT) || zg_slice_eq(cmd_value(c, CMD_OPT_FORMAT),
		ZG_S("text")));
	json_t *more = json_pack("{s:o, s:o, s:s, s:i, s:o}", "domain", cmd_json_text(p->domain), "selector",
		cmd_json_text(p->selector),
		"type", k->type == ZG_KEY_RSA ? "rsa" : "ed25519", "bits", (int)k->bits, "private_key_file", cmd_json_text(p->path));

	if (records_add_key(c, &r, p->selector, p->domain, k) < 0)
		r.count = RECORDS_MAX + 1;
	if (is_text) {
		cmd_say(c, WORD_KEYGEN_DONE, p->path, CMD_NOTHING);
		cmd_put(ZG_S("\n"));
	}
	return records_write(c, &r, more);
}

/* The key stays where its record could not be told: the next try would find it in its way. */
static int answer_or_name(struct cmd *c, const struct plan *p, const struct zg_key *k)
{
	int status = answer(c, p, k);

	if (status == CMD_GOOD && cmd_flush() < 0)
		status = cmd_fail_errno(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_OUTPUT, errno, CMD_NOTHING);
	if (status != CMD_GOOD)
		(void)cmd_fail(c, CMD_UNDECIDED, p->path, WORD_KEYFILE_KEPT, CMD_NOTHING, CMD_NOTHING);	/* status says it */
	return status;
}

int cmd_keygen(struct cmd *c)
{
	struct plan p = { .bits = 0 };
	struct zg_key k = { .pkey = NULL };
	int status = make_plan(c, &p);

	if (status != CMD_GOOD)
		return status;
	if (keygen_make(p.type, p.bits, &k) < 0)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_KEYGEN_FAILED, CMD_NOTHING, CMD_NOTHING);
	status = keyfile_write(c, p.path, &k);
	if (status == CMD_GOOD)
		status = answer_or_name(c, &p, &k);
	zg_key_done(&k);
	return status;
}
