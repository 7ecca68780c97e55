/* doctor_keys.c - the keys in the database: what is weak about them. */
#include "cmd/admin.h"
#include "cmd/doctor.h"
#include "cmd/flaws.h"

#define KEYS_MAX 2000u	/* held against each other: a minute at most */

/* One line a flaw; answers whether there is any. */
static bool tell(struct patient *p, const struct store_key *k, const struct house_flaws *h)
{
	struct zg_slice where = flaws_name(p->c, k);

	for (size_t i = 0; i < ZG_FLAWS; i++) {
		enum zg_key_flaw flaw = (enum zg_key_flaw)i;

		if (!(h->flaws & ZG_FLAW_BIT(i)))
			continue;
		if (zg_flaw_rows[i].severity == ZG_ERROR)
			(void)cmd_fail(p->c, CMD_UNUSABLE, where, WORD_FLAW_TOLD, flaws_text(p->c, h, flaw, k->bits),
				flaws_remedy(p->c, flaw));	/* told, and counted by what takes errors */
		else
			doctor_warn(p, where, WORD_FLAW_TOLD, flaws_text(p->c, h, flaw, k->bits), flaws_remedy(p->c, flaw));
	}
	return h->flaws != 0;
}

/* Keys that retired sign nothing, but what others can sign with them still passes while their record stands. */
static int look(struct patient *p, struct admin *a)
{
	struct flaws f;
	enum store_rc rc = flaws_init(&f, p->c, a->store);
	bool is_any = false;
	size_t all = f.count;

	f.count = all < KEYS_MAX ? all : KEYS_MAX;
	for (size_t i = 0; rc == STORE_OK && i < f.count; i++) {
		struct house_flaws h = flaws_of(&f, &f.all[i], true);

		is_any = tell(p, &f.all[i], &h) || is_any;
	}
	flaws_done(&f);
	if (rc != STORE_OK)
		return admin_read(a, rc);
	if (all > f.count)
		doctor_warn(p, CMD_NOTHING, WORD_DOCTOR_KEYS_MANY, cmd_num(p->c, f.count), CMD_NOTHING);
	else if (all && !is_any)
		doctor_well(p, CMD_NOTHING, WORD_DOCTOR_KEYS, cmd_num(p->c, all));
	return CMD_GOOD;
}

int doctor_keys(struct patient *p)
{
	struct admin a;
	int status;

	if (!p->has_store)
		return CMD_GOOD;
	status = admin_open(p->c, STORE_READ, &a);
	if (status == CMD_GOOD)
		status = look(p, &a);
	admin_close(&a);
	return status;
}
