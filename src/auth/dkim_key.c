/* dkim_key.c - the key record: read, named and written. */
#include "auth/dkim_key.h"
#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/b64.h"

#define PUBLIC_MAX 2048u	/* octets of a public key: an RSA key of ZG_KEY_RSA_MAX bits has 1,062 */

static const char *type_of(const struct zg_taglist *l, enum zg_key_type *ret)
{
	const struct zg_tag *k = zg_taglist_get(l, ZG_S("k"));

	*ret = ZG_KEY_RSA;	/* RFC 6376 3.6.1: the default */
	if (!k || zg_slice_eq_ci(k->value, ZG_S("rsa")))
		return NULL;
	*ret = ZG_KEY_ED25519;	/* RFC 8463 4.2 */
	return zg_slice_eq_ci(k->value, ZG_S("ed25519")) ? NULL : "unknown key type (k=)";
}

/* Where the tag is missing, all is allowed. */
static bool allows(const struct zg_taglist *l, struct zg_slice tag, struct zg_slice item)
{
	const struct zg_tag *t = zg_taglist_get(l, tag);

	return !t || zg_taglist_holds(t->value, item);
}

static bool has_flag(const struct zg_taglist *l, struct zg_slice flag)
{
	const struct zg_tag *t = zg_taglist_get(l, ZG_S("t"));

	return t && zg_taglist_holds(t->value, flag);
}

/* The same words as for a signature's list, for a record's. */
static const char *list_word(enum zg_taglist_error e)
{
	static const char *const words[] = {
		[ZG_TAGLIST_OK] = "", [ZG_TAGLIST_EMPTY] = "the key record is empty",
		[ZG_TAGLIST_NO_EQUALS] = "the key record has a tag without =",
		[ZG_TAGLIST_BAD_NAME] = "the key record has a tag name that is none",
		[ZG_TAGLIST_BAD_VALUE] = "the key record has a control character in a tag",
		[ZG_TAGLIST_BAD_FOLD] = "the key record has a line end that is no fold",
		[ZG_TAGLIST_TWICE] = "the key record has a tag twice",
		[ZG_TAGLIST_TOO_MANY] = "the key record has too many tags", [ZG_TAGLIST_NO_ROOM] = "no memory",
	};

	return words[e];
}

const char *zg_dkim_key_read(struct zg_slice text, struct zg_arena *scratch, struct zg_dkim_key *ret)
{
	struct zg_dkim_key key = { .type = ZG_KEY_RSA };
	struct zg_taglist l;
	const struct zg_tag *v, *p;
	enum zg_taglist_error e;
	const char *why;

	zg_arena_reset(scratch);
	e = zg_taglist_read(text, scratch, &l);
	if (e != ZG_TAGLIST_OK)
		return list_word(e);
	v = zg_taglist_get(&l, ZG_S("v"));
	/* RFC 6376 3.6.1: v= must be DKIM1 and stand first; else the record is discarded. */
	if (v && (v != l.v || !zg_slice_eq(v->value, ZG_S("DKIM1"))))
		return "the key record is of another version (v=)";
	p = zg_taglist_get(&l, ZG_S("p"));
	if (!p)
		return "the key record has no p=";
	why = type_of(&l, &key.type);
	if (why)
		return why;
	if (!allows(&l, ZG_S("h"), ZG_S("sha256")))
		return "the key is not for SHA-256 (h=)";
	if (!allows(&l, ZG_S("s"), ZG_S("email")) && !allows(&l, ZG_S("s"), ZG_S("*")))
		return "the key is not for e-mail (s=)";
	key.p = p->value;
	key.is_testing = has_flag(&l, ZG_S("y"));
	key.is_strict = has_flag(&l, ZG_S("s"));
	*ret = key;
	return NULL;
}

static void name_put(struct zg_slice name, struct zg_buf *ret)
{
	for (size_t i = 0; i < name.n; i++)
		zg_buf_putc(ret, zg_ascii_lower(name.p[i]));
}

int zg_dkim_key_name(struct zg_slice selector, struct zg_slice domain, struct zg_buf *ret)
{
	name_put(selector, ret);
	zg_buf_put(ret, ZG_S("._domainkey."));
	name_put(domain, ret);
	return ret->is_full ? -1 : 0;
}

int zg_dkim_key_record(const struct zg_key *k, struct zg_buf *ret)
{
	unsigned char public[PUBLIC_MAX];
	struct zg_buf b = zg_buf_of(public, sizeof(public));

	if (zg_key_public_write(k, &b) < 0)
		return -1;
	zg_buf_put(ret, ZG_S("v=DKIM1; k="));
	zg_buf_put(ret, k->type == ZG_KEY_RSA ? ZG_S("rsa") : ZG_S("ed25519"));
	zg_buf_put(ret, ZG_S("; p="));
	zg_b64_encode(zg_buf_slice(&b), ret);
	return ret->is_full ? -1 : 0;
}
