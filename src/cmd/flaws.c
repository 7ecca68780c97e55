/* flaws.c - findings on keys, told. */
#include "cmd/flaws.h"
#include "cmd/json.h"

#define SPKI_MAX 1200u	/* octets of p= of the longest key */

static const struct { enum lang_word text, remedy; } rows[ZG_FLAWS] = {
	[ZG_FLAW_PRIVATE] = { WORD_FLAW_PRIVATE, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_SHORT] = { WORD_FLAW_SHORT, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_EXPONENT] = { WORD_FLAW_EXPONENT, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_SMALL_FACTOR] = { WORD_FLAW_SMALL_FACTOR, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_ROCA] = { WORD_FLAW_ROCA, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_KNOWN] = { WORD_FLAW_KNOWN, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_FACTOR] = { WORD_FLAW_FACTOR, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_SHARED] = { WORD_FLAW_SHARED, WORD_FLAW_MEND_OWN },
	[ZG_FLAW_WEAK] = { WORD_FLAW_WEAK, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_LONG] = { WORD_FLAW_LONG, WORD_FLAW_MEND_NEW },
	[ZG_FLAW_TWICE] = { WORD_FLAW_TWICE, WORD_FLAW_MEND_OWN },
};

static const struct { const char *code; enum lang_word word; } severities[] = {
	[ZG_NOTICE] = { "notice", WORD_FLAW_NOTICE }, [ZG_WARNING] = { "warning", WORD_FLAW_WARNING },
	[ZG_ERROR] = { "error", WORD_FLAW_ERROR },
};

enum store_rc flaws_init(struct flaws *f, struct cmd *c, struct store *s)
{
	struct store_key *all = NULL;
	enum store_rc rc = STORE_OK;

	*f = (struct flaws){ .all = NULL };
	if (zg_prober_init(&f->prober) < 0)
		return STORE_NO_MEMORY;
	if (s)
		rc = store_key_list(s, 0, &c->arena, &all, &f->count);
	f->all = all;
	return rc;
}

void flaws_done(struct flaws *f)
{
	zg_prober_done(&f->prober);
}

struct house_flaws flaws_of(struct flaws *f, const struct store_key *k, bool has_kin)
{
	struct house_flaws ret = { .flaws = 0 };

	/* Without memory nothing is found: what comes next will tell of it. */
	(void)house_key_flaws(&f->prober, k, f->all, f->count, has_kin, &ret);
	return ret;
}

struct house_flaws flaws_of_key(struct flaws *f, const struct zg_key *k)
{
	unsigned char mem[SPKI_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));
	struct store_key kept = { .type = k->type };

	if (zg_key_public_write(k, &b) < 0)
		return (struct house_flaws){ .flaws = 0 };
	kept.public_key = zg_buf_slice(&b);
	return flaws_of(f, &kept, true);
}

struct zg_slice flaws_name(struct cmd *c, const struct store_key *k)
{
	return cmd_join(c, (struct zg_slice[]){ k->selector, ZG_S("._domainkey."), k->domain }, 3);
}

static bool has(const struct house_flaws *h, size_t flaw)
{
	return h->flaws & ZG_FLAW_BIT(flaw);
}

struct zg_slice flaws_text(struct cmd *c, const struct house_flaws *h, enum zg_key_flaw flaw, unsigned bits)
{
	return cmd_text(c, rows[flaw].text, cmd_num(c, bits), flaw == ZG_FLAW_FACTOR ? h->kin : h->twin);
}

struct zg_slice flaws_remedy(struct cmd *c, enum zg_key_flaw flaw)
{
	return lang_text(c->lang, rows[flaw].remedy);
}

json_t *flaws_json(struct cmd *c, json_t *into, const struct house_flaws *h, unsigned bits, struct zg_slice name)
{
	for (size_t i = 0; i < ZG_FLAWS && into; i++) {
		json_t *one;

		if (!has(h, i))
			continue;
		one = json_pack("{s:s, s:s, s:o, s:o, s:o}", "code", zg_flaw_rows[i].code, "severity",
			severities[zg_flaw_rows[i].severity].code, "name", cmd_json_text(name), "text",
			cmd_json_text(flaws_text(c, h, (enum zg_key_flaw)i, bits)), "remedy",
			cmd_json_text(flaws_remedy(c, (enum zg_key_flaw)i)));
		if (json_array_append_new(into, one) < 0) {
			json_decref(into);
			into = NULL;
		}
	}
	return into;
}

struct zg_slice flaws_codes(struct cmd *c, const struct house_flaws *h)
{
	struct zg_slice ret = CMD_NOTHING, last = CMD_NOTHING;

	for (size_t i = 0; i < ZG_FLAWS; i++) {
		struct zg_slice code = zg_slice_cstr(zg_flaw_rows[i].code);

		if (!has(h, i) || zg_slice_eq(code, last))
			continue;
		ret = cmd_join(c, (struct zg_slice[]){ ret, ret.n ? ZG_S(", ") : ZG_S(""), code }, 3);
		last = code;
	}
	return ret;
}

void flaws_say(struct cmd *c, const struct house_flaws *h, unsigned bits, struct zg_slice where)
{
	for (size_t i = 0; i < ZG_FLAWS && !cmd_has(c, CMD_OPT_JSON); i++) {
		const struct zg_slice args[] = {
			lang_text(c->lang, severities[zg_flaw_rows[i].severity].word), flaws_text(c, h, (enum zg_key_flaw)i, bits),
			lang_text(c->lang, rows[i].remedy),
		};

		if (has(h, i))	/* a finding, and no failure: the status stays */
			(void)cmd_fail_args(c, CMD_GOOD, where, WORD_FLAW_LINE, args, 3);
	}
}

void flaws_say_bits(struct cmd *c, const struct zg_key *k, struct zg_slice where)
{
	const struct house_flaws weak = { .flaws = ZG_FLAW_BIT(ZG_FLAW_WEAK) };

	if (k->type == ZG_KEY_RSA && k->bits < 2048)
		flaws_say(c, &weak, k->bits, where);
}
