/* dkim_sign.c - signing: what must be signed, and the field it becomes.
 *
 *   init -> body* -> block: From is judged, fields are picked, the field is written and its form goes last -> field
 *
 * The field is laid out once and its canonical form is made from the very text that will stand in the message, so
 * the two cannot differ:
 *   DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=...; s=...;
 *   	t=...; bh=...;
 *   	h=...;
 *   	b=...
 * Lines are folded before column 78 where there is a place to fold. */
#include <zegel/dkim.h>
#include "auth/canon.h"
#include "auth/dkim_sig.h"
#include "auth/pick.h"
#include "base/ascii.h"
#include "base/ascii_words.h"
#include "base/b64.h"
#include "base/crlf.h"
#include "base/uninit.h"

#define FOLD_COLUMN 78u		/* RFC 5322 2.1.1 */
#define PIECE_MAX (998u - 4u)	/* RFC 5322 2.1.1: octets of i= or a name that stand in a line, with tab, "i=" or "h=", and ";" */
#define FIXED_MAX 512u		/* octets of the field without d=, s=, i= and h=, numbers and folds included */

/* Signed once more than they are there, so that none can be added: RFC 6376 8.15. */
static const struct zg_slice oversigned[] = {
	ZG_SI("from"), ZG_SI("to"), ZG_SI("cc"), ZG_SI("subject"), ZG_SI("date"), ZG_SI("reply-to"), ZG_SI("message-id"),
	ZG_SI("mime-version"), ZG_SI("content-type"), ZG_SI("content-transfer-encoding"),
};

/* Signed as often as they are there, RFC 6376 5.4.1. */
static const struct zg_slice signed_if_there[] = {
	ZG_SI("list-unsubscribe"), ZG_SI("list-unsubscribe-post"), ZG_SI("list-id"), ZG_SI("list-help"), ZG_SI("in-reply-to"),
	ZG_SI("references"), ZG_SI("sender"), ZG_SI("resent-from"), ZG_SI("resent-to"), ZG_SI("resent-cc"),
	ZG_SI("resent-date"), ZG_SI("resent-message-id"), ZG_SI("resent-sender"), ZG_SI("resent-bcc"),
};

/* Names in the order of h=, and the field each stands for (NULL: none). */
struct signed_list {
	struct zg_slice *names;
	const struct zg_field **fields;
	size_t count, cap;
};

int zg_dkim_sign_init(struct zg_dkim_signer *s, const struct zg_crypt *c, const struct zg_dkim_sign_opts *opts)
{
	*s = (struct zg_dkim_signer){ .opts = *opts };
	zg_canon_body_init(&s->canon, opts->body, UINT64_MAX, &s->hash);
	return zg_hash_init(&s->hash, c);
}

void zg_dkim_sign_body(struct zg_dkim_signer *s, struct zg_slice piece)
{
	zg_canon_body_update(&s->canon, piece);
}

void zg_dkim_sign_done(struct zg_dkim_signer *s)
{
	zg_hash_done(&s->hash);
}

/* --- what is refused ----------------------------------------------------------------------------------------- */

static enum zg_dkim_refusal from_check(const struct zg_headers *h, struct zg_slice d, struct zg_arena *a)
{
	const struct zg_field *from = zg_header_get(h, ZG_S("from"), 0);

	if (!from)
		return ZG_DKIM_NO_FROM;
	if (zg_header_count(h, ZG_S("from")) > 1)
		return ZG_DKIM_TWO_FROM;
	return zg_dkim_sig_from(from->value, d, a);
}

/* Is the field what zg_header_index makes of raw?  Line ends stand in folds alone, and name and value are those of raw; no
 * blank stands before the colon, as was seen.  RFC 5322 2.2. */
static bool is_field(const struct zg_field *f)
{
	struct zg_slice raw = f->raw;

	if (zg_slice_ends_ci(raw, ZG_S("\r\n")))
		raw.n -= 2;
	for (size_t i = 0; i < f->name.n; i++)
		if (f->name.p[i] <= ' ' || f->name.p[i] > '~' || f->name.p[i] == ':')
			return false;
	for (size_t at = zg_slice_find(raw, '\n'); at < raw.n; at += 1 + zg_slice_find(zg_slice_sub(raw, at + 1, raw.n), '\n'))
		if (at + 1 == raw.n || !zg_ascii_is_wsp(raw.p[at + 1]))
			return false;
	return f->name.n && zg_slice_starts(raw, f->name) && zg_slice_eq(zg_slice_sub(raw, f->name.n + 1, raw.n), f->value);
}

/* What zg_header_index sees to, held here against fields made by hand; CRLFs of those that stand side by side are looked
 * at as one. */
static bool are_sound(const struct zg_headers *h)
{
	struct zg_slice raw = { NULL, 0 };

	for (size_t i = 0; i < h->count; i++) {
		if (!is_field(&h->v[i]))
			return false;
		if (raw.n && raw.p + raw.n == h->v[i].raw.p && raw.p[raw.n - 1] == '\n') {
			raw.n += h->v[i].raw.n;
			continue;
		}
		if (!zg_crlf_is_sound(raw))
			return false;
		raw = h->v[i].raw;
	}
	return zg_crlf_is_sound(raw);
}

static bool has_from(const struct zg_slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (zg_slice_eq_ci(names[i], ZG_S("from")))
			return true;
	return false;
}

/* Does i=, which is not broken, fit a line of its own? */
static bool fits_line(struct zg_slice identity)
{
	char mem[PIECE_MAX];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_dkim_sig_quote(identity, &b);
	return !b.is_full;
}

/* d=, s=, i=, h= and the times can be written and would be accepted, and c= is what the body was hashed with. */
static enum zg_dkim_refusal opts_check(const struct zg_dkim_signer *signer, struct zg_arena *a)
{
	const struct zg_dkim_sign_opts *o = &signer->opts;
	struct zg_slice d = zg_dkim_sig_name(o->domain, 2, a), s = zg_dkim_sig_name(o->selector, 1, a);
	bool is_below, is_bad;

	is_bad = !d.n || !s.n || !zg_slice_eq(d, o->domain) || !zg_slice_eq(s, o->selector) || d.n + s.n > ZG_DKIM_NAMES_MAX;
	is_bad = is_bad || o->body != signer->canon.canon;
	is_bad = is_bad || (o->identity.n && (!fits_line(o->identity) || zg_dkim_sig_identity(o->identity, d, a, &is_below) < 0));
	is_bad = is_bad || (o->time >= 0 && o->expire >= 0 && o->expire <= o->time);
	is_bad = is_bad || (o->headers && !has_from(o->headers, o->headers_count));
	for (size_t i = 0; !is_bad && o->headers && i < o->headers_count; i++)
		is_bad = !zg_dkim_sig_is_field_name(o->headers[i]) || o->headers[i].n > PIECE_MAX;
	if (a->is_full)
		return ZG_DKIM_NO_ROOM;
	return is_bad ? ZG_DKIM_BAD_OPTION : ZG_DKIM_SIGNABLE;
}

/* --- which fields -------------------------------------------------------------------------------------------- */

static void list_add(struct signed_list *l, struct zg_slice name, const struct zg_field *f)
{
	if (l->count < l->cap) {
		l->names[l->count] = name;
		l->fields[l->count] = f;
		l->count++;
	}
}

/* All fields of that name, from the bottom; once more where it is oversigned. */
static void list_add_all(struct signed_list *l, struct zg_pick *pick, struct zg_slice name, bool is_oversigned)
{
	const struct zg_field *f;

	while ((f = zg_pick_next(pick, name)))
		list_add(l, name, f);
	if (is_oversigned)
		list_add(l, name, NULL);
}

static int list_make(const struct zg_dkim_sign_opts *o, const struct zg_headers *h, struct zg_arena *a,
		     struct signed_list *ret)
{
	size_t count = sizeof(oversigned) / sizeof(oversigned[0]), more = sizeof(signed_if_there) / sizeof(signed_if_there[0]);
	struct signed_list l = { .cap = o->headers ? o->headers_count : h->count + count };
	struct zg_pick pick;

	l.names = zg_arena_array(a, l.cap, sizeof(l.names[0]));
	l.fields = zg_arena_array(a, l.cap, sizeof(l.fields[0]));
	if (!l.names || !l.fields || zg_pick_init(&pick, h, a) < 0)
		return -1;
	for (size_t i = 0; o->headers && i < o->headers_count; i++)
		list_add(&l, o->headers[i], zg_pick_next(&pick, o->headers[i]));
	for (size_t i = 0; !o->headers && i < count; i++)
		list_add_all(&l, &pick, oversigned[i], true);
	for (size_t i = 0; !o->headers && i < more; i++)
		list_add_all(&l, &pick, signed_if_there[i], false);
	*ret = l;
	return 0;
}

/* RFC 6376 3.5: h= never means the field itself.  A verifier that takes it for one would find the signature wrong. */
static bool names_itself(const struct signed_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!l->fields[i] && zg_slice_eq_ci(l->names[i], ZG_S("dkim-signature")))
			return true;
	return false;
}

/* --- the field ----------------------------------------------------------------------------------------------- */

struct folded {
	struct zg_buf *b;
	size_t column;		/* octets in this line */
};

static void fold(struct folded *f)
{
	zg_buf_put(f->b, ZG_S("\r\n\t"));
	f->column = 1;
}

/* A piece that is not broken, in a new line where this one would get too long; a space stands before it in a line. */
static void piece_put(struct folded *f, struct zg_slice s, bool is_spaced)
{
	if (f->column > 1 && f->column + s.n + (is_spaced ? 1 : 0) > FOLD_COLUMN)
		fold(f);
	if (is_spaced && f->column > 1) {
		zg_buf_putc(f->b, ' ');
		f->column++;
	}
	zg_buf_put(f->b, s);
	f->column += s.n;
}

/* "name=value;" */
static void tag_put(struct folded *f, struct zg_slice name, struct zg_slice value, struct zg_arena *a)
{
	size_t cap = name.n + value.n + 2;
	char *p = zg_arena_bytes(a, cap);
	struct zg_buf b = zg_buf_of(p, p ? cap : 0);

	zg_buf_put(&b, name);
	zg_buf_putc(&b, '=');
	zg_buf_put(&b, value);
	zg_buf_putc(&b, ';');
	piece_put(f, zg_buf_slice(&b), true);
}

static void time_put(struct folded *f, struct zg_slice name, int64_t t, struct zg_arena *a)
{
	char digits[20];
	struct zg_buf b = zg_buf_of(digits, sizeof(digits));

	if (t < 0)
		return;
	zg_buf_put_int(&b, t);
	tag_put(f, name, zg_buf_slice(&b), a);
}

static void identity_put(struct folded *f, struct zg_slice identity, struct zg_arena *a)
{
	size_t cap = identity.n * 3;
	char *p = zg_arena_bytes(a, cap);
	struct zg_buf b = zg_buf_of(p, p ? cap : 0);

	if (!identity.n)
		return;
	zg_dkim_sig_quote(identity, &b);
	tag_put(f, ZG_S("i"), zg_buf_slice(&b), a);
}

static struct zg_slice canon_word(const struct zg_dkim_sign_opts *o)
{
	if (o->header == ZG_CANON_RELAXED)
		return o->body == ZG_CANON_RELAXED ? ZG_S("relaxed/relaxed") : ZG_S("relaxed/simple");
	return o->body == ZG_CANON_RELAXED ? ZG_S("simple/relaxed") : ZG_S("simple/simple");
}

static void names_put(struct folded *f, const struct signed_list *l, struct zg_arena *a)
{
	for (size_t i = 0; i < l->count; i++) {
		size_t cap = l->names[i].n + 3;
		char *p = zg_arena_bytes(a, cap);
		struct zg_buf b = zg_buf_of(p, p ? cap : 0);

		if (!i)
			zg_buf_put(&b, ZG_S("h="));
		if (p) {
			zg_ascii_lower_copy(p + b.n, l->names[i].p, l->names[i].n);
			b.n += l->names[i].n;
		}
		zg_buf_putc(&b, i + 1 < l->count ? ':' : ';');
		piece_put(f, zg_buf_slice(&b), false);
		if (p)
			zg_arena_shrink(a, cap);
	}
}

static struct zg_slice field_make(struct zg_dkim_signer *s, const struct signed_list *l, const unsigned char *body_hash,
				  struct zg_arena *a)
{
	const struct zg_dkim_sign_opts *o = &s->opts;
	size_t cap = FIXED_MAX + o->domain.n + o->selector.n + 4 * o->identity.n;
	char hash[64];
	struct zg_buf b = zg_buf_of(hash, sizeof(hash)), out;
	struct folded f = { &out, 0 };
	char *p;

	for (size_t i = 0; i < l->count; i++)
		cap += l->names[i].n + sizeof("\r\n\t:");
	p = zg_arena_bytes(a, cap);
	if (!p)
		return (struct zg_slice){ NULL, 0 };
	out = zg_buf_of(p, cap);
	zg_b64_encode(zg_slice_of(body_hash, ZG_HASH_SIZE), &b);
	piece_put(&f, ZG_S("DKIM-Signature:"), false);
	tag_put(&f, ZG_S("v"), ZG_S("1"), a);
	tag_put(&f, ZG_S("a"), o->type == ZG_KEY_RSA ? ZG_S("rsa-sha256") : ZG_S("ed25519-sha256"), a);
	tag_put(&f, ZG_S("c"), canon_word(o), a);
	tag_put(&f, ZG_S("d"), o->domain, a);
	tag_put(&f, ZG_S("s"), o->selector, a);
	identity_put(&f, o->identity, a);
	fold(&f);
	time_put(&f, ZG_S("t"), o->time, a);
	time_put(&f, ZG_S("x"), o->expire, a);
	tag_put(&f, ZG_S("bh"), zg_buf_slice(&b), a);
	fold(&f);
	names_put(&f, l, a);
	fold(&f);
	piece_put(&f, ZG_S("b="), false);
	return a->is_full ? (struct zg_slice){ NULL, 0 } : zg_buf_slice(&out);
}

/* --- the block ----------------------------------------------------------------------------------------------- */

static struct zg_slice block_make(enum zg_canon canon, const struct signed_list *l, struct zg_slice field,
				  struct zg_arena *a)
{
	struct zg_field own = { field, zg_slice_sub(field, 0, sizeof("DKIM-Signature") - 1),
				zg_slice_sub(field, sizeof("DKIM-Signature"), field.n) };
	size_t cap = field.n + 2;
	ZG_UNINIT struct zg_canon_out o;
	struct zg_buf b;
	char *p;

	for (size_t i = 0; i < l->count; i++)
		cap += l->fields[i] ? l->fields[i]->raw.n + 2 : 0;
	p = zg_arena_bytes(a, cap);
	if (!p)
		return (struct zg_slice){ NULL, 0 };
	b = zg_buf_of(p, cap);
	zg_canon_out_init(&o, &b, NULL);
	for (size_t i = 0; i < l->count; i++)
		if (l->fields[i])
			zg_canon_field(canon, l->fields[i], &o);
	zg_canon_field_bare(canon, &own, (struct zg_slice){ NULL, 0 }, &o);
	zg_canon_out_flush(&o);
	return zg_buf_slice(&b);
}

/* The body's hash, made once. */
static int body_end(struct zg_dkim_signer *s)
{
	if (s->is_ended)
		return 0;
	zg_canon_body_end(&s->canon);
	if (zg_hash_final(&s->hash, s->body_hash) < 0)
		return -1;
	s->is_ended = true;
	return 0;
}

enum zg_dkim_refusal zg_dkim_sign_block(struct zg_dkim_signer *s, const struct zg_headers *h, struct zg_arena *a,
					struct zg_dkim_unsigned *ret)
{
	enum zg_dkim_refusal r = from_check(h, s->opts.domain, a);
	struct zg_dkim_unsigned u;
	struct signed_list l;

	if (r == ZG_DKIM_SIGNABLE || r == ZG_DKIM_FROM_FOREIGN) {
		enum zg_dkim_refusal o = opts_check(s, a);

		r = o == ZG_DKIM_SIGNABLE ? r : o;
	}
	if (r != ZG_DKIM_SIGNABLE)
		return r;
	/* Verifiers differ on a blank before a colon, and one that meets such a field gives the message up. */
	if (zg_header_obsolete(h))
		return ZG_DKIM_BAD_HEADER;
	if (!are_sound(h))
		return ZG_DKIM_BAD_HEADER;
	if (body_end(s) < 0 || list_make(&s->opts, h, a, &l) < 0)
		return ZG_DKIM_NO_ROOM;
	if (names_itself(&l))
		return ZG_DKIM_BAD_OPTION;
	u.field = field_make(s, &l, s->body_hash, a);
	if (!u.field.n)
		return ZG_DKIM_NO_ROOM;
	u.block = block_make(s->opts.header, &l, u.field, a);
	if (!u.block.n)
		return ZG_DKIM_NO_ROOM;
	*ret = u;
	return ZG_DKIM_SIGNABLE;
}

struct zg_slice zg_dkim_sign_field(const struct zg_dkim_unsigned *u, struct zg_slice signature, struct zg_arena *a)
{
	size_t n = zg_b64_size(signature.n), cap = u->field.n + n + 2 + 3 * (n / (FOLD_COLUMN - 1) + 2), column;
	char *text = zg_arena_bytes(a, n), *p = zg_arena_bytes(a, cap);
	struct zg_buf b, out;

	if (!text || !p)
		return (struct zg_slice){ NULL, 0 };
	b = zg_buf_of(text, n);
	out = zg_buf_of(p, cap);
	zg_b64_encode(signature, &b);
	zg_buf_put(&out, u->field);
	column = u->field.n - zg_slice_rfind(u->field, '\n') - 1;
	for (size_t i = 0; i < n;) {
		struct zg_slice line = zg_slice_sub(zg_buf_slice(&b), i, FOLD_COLUMN - column);

		zg_buf_put(&out, line);
		i += line.n;
		if (i < n)
			zg_buf_put(&out, ZG_S("\r\n\t"));
		column = 1;
	}
	zg_buf_put(&out, ZG_S("\r\n"));
	return zg_buf_slice(&out);
}
