/* page_domain.c - a domain and its key (panel.md 4.1, 4.2).
 *
 *   address --typed--> domain --looked up--> found --key made, or pasted--> stored, and its records shown
 *
 * Law: what was pasted as a private key never goes back into the page, but for what turned out to be public. */
#include "edge/page_domain.h"
#include <zegel/crypt.h>
#include <zegel/dkim.h>
#include "edge/once.h"
#include "edge/page_form.h"
#include "lint/typed.h"
#include "watch/watch.h"

#define SELECTORS_MOST 99u	/* "zegel1" to "zegel99" */
#define RECORD_ROOM 4096u

/* What this request is about. */
struct work {
	struct page *p;
	struct form_wrong wrong;
	struct web_new_domain w;
	struct web_found found;
	struct web_prove prove;
	struct web_passphrase passphrase;
	struct zg_typed typed;
	struct watch_look look;
	bool has_look;
	struct zg_slice domain;
};

static const struct html_arg example[] = { { HTML_MONO, ZG_SI("facturen@voorbeeldbouw.be"), 0 } };

static void show(struct work *k)
{
	struct page *p = k->p;
	const struct html_arg marks[] = { { HTML_CODE, ZG_SI("-----BEGIN"), 0 }, { HTML_CODE, ZG_SI("-----END"), 0 } };

	k->w.action = k->w.find = page_company_link(p, ZG_S("security/new"));
	k->w.cancel = page_company_link(p, ZG_S("security"));
	k->w.csrf = page_csrf(p);
	k->w.once = once_make(p);
	k->w.hint = page_words(p, WORD_DOM_HINT, example, 1);
	k->w.begin_hint = page_words(p, WORD_KEY_PRIVATE_HINT, marks, 2);
	k->w.has_address = k->w.is_key_shown;
	if (!p->seat->is_proved)
		k->w.prove = &k->prove;
	k->w.summary = form_summary(&k->wrong);
	web_new_domain(&p->h, &k->w);
	page_show(p, k->wrong.count ? 422 : 200, lang_text(p->lang, WORD_NAV_SECURITY));
}

/* --- the address -------------------------------------------------------------------------------------------------- */

static void address_wrong(struct work *k, enum lang_word word, const struct html_arg *args, size_t count)
{
	k->w.address_error = form_wrong(&k->wrong, ZG_S("addr"), word, args, count);
}

static void typed_wrong(struct work *k)
{
	const struct html_arg shown[] = { { HTML_MONO, k->typed.example, 0 } };
	const struct html_arg both[] = { { HTML_MONO, zg_slice_trim(k->w.address), 0 }, shown[0] };

	switch (k->typed.what) {
	case ZG_TYPED_EMPTY:
		address_wrong(k, WORD_DOM_ERR_EMPTY, NULL, 0);
		break;
	case ZG_TYPED_SUFFIX:
		address_wrong(k, WORD_DOM_ERR_SUFFIX, both, 2);
		break;
	case ZG_TYPED_IP:
		address_wrong(k, WORD_DOM_ERR_IP, shown, 1);
		break;
	case ZG_TYPED_LOCAL:
		address_wrong(k, WORD_DOM_ERR_LOCAL, both, 2);
		break;
	default:
		address_wrong(k, WORD_DOM_ERR_FORM, shown, 1);
		break;
	}
}

static void taken_show(struct work *k)
{
	struct page *p = k->p;
	const struct zg_slice proof[] = { ZG_S("zegel="), p->company->slug };

	web_taken(&p->h, &(const struct web_taken){ .domain = k->domain, .add = page_company_link(p, ZG_S("security/new")),
		.name = page_join(p, (struct zg_slice[]){ ZG_S("_zegel."), k->domain }, 2), .value = page_join(p, proof, 2) });
	page_show(p, 409, lang_text(p->lang, WORD_NAV_SECURITY));
}

static void provider_show(struct work *k)
{
	struct page *p = k->p;

	web_no_own(&p->h, &(const struct web_no_own){ .provider = k->typed.provider->name, .slug = p->company->slug,
		.add = page_company_link(p, ZG_S("security/new")) });
	page_show(p, 200, lang_text(p->lang, WORD_NAV_SECURITY));
}

/* Names that live where a name was mistyped: the company's own, to say which was meant. */
static struct zg_slice near_of(struct work *k)
{
	struct page *p = k->p;
	struct store_domain *v;
	struct zg_slice *names;
	size_t count = 0;

	if (store_domain_list(p->store, p->company->id, p->a, &v, &count) != STORE_OK || !count)
		return ZG_S("");
	names = zg_arena_array(p->a, count, sizeof(*names));
	for (size_t i = 0; names && i < count; i++)
		names[i] = v[i].name;
	return names ? zg_typed_near(k->domain, names, count) : ZG_S("");
}

static struct zg_slice first_of(const struct store_slices *s)
{
	return s->count ? s->v[0] : ZG_S("");
}

static bool holds(const struct store_slices *s, struct zg_slice start)
{
	for (size_t i = 0; i < s->count; i++)
		if (zg_slice_starts_ci(s->v[i], start))
			return true;
	return false;
}

static void found_make(struct work *k)
{
	const struct watch_look *l = &k->look;
	struct page *p = k->p;
	bool has_spf = holds(&l->apex, ZG_S("v=spf1")), has_dmarc = holds(&l->dmarc, ZG_S("v=DMARC1"));
	const struct zg_slice now[] = { has_spf ? ZG_S("SPF") : ZG_S(""), has_spf && has_dmarc ? ZG_S(", ") : ZG_S(""),
		has_dmarc ? ZG_S("DMARC") : ZG_S(""), l->selectors_count && (has_spf || has_dmarc) ? ZG_S(", ") : ZG_S(""),
		l->selectors_count ? ZG_S("DKIM (") : ZG_S(""), l->selectors_count ? l->selectors[0].selector : ZG_S(""),
		l->selectors_count ? ZG_S(")") : ZG_S("") };

	k->found = (struct web_found){
		.domain = k->typed.shown, .is_silent = !k->has_look || l->exists == WATCH_SILENT,
		.host = l->dns_host ? l->dns_host->name : ZG_S(""), .mail = l->mail_host ? l->mail_host->name : ZG_S(""),
		.host_by = l->dns_host ? l->ns.v[l->dns_host_by] : first_of(&l->ns),
		.mail_by = l->mail_host ? l->mx.v[l->mail_host_by] : first_of(&l->mx), .now = page_join(p, now, 7),
	};
	k->w.found = &k->found;
}

/* True: the domain may have a key.  False: the answer is made. */
static bool address_take(struct work *k, struct zg_slice text, struct zg_slice selector)
{
	struct page *p = k->p;
	struct store_domain d;
	struct html_arg missing[2] = { { HTML_MONO, { NULL, 0 }, 0 }, { HTML_MONO, { NULL, 0 }, 0 } };

	k->w.address = text;
	if (zg_typed_read(text, p->a, &k->typed) < 0) {
		page_trouble(p, 500);
		return false;
	}
	if (k->typed.what != ZG_TYPED_OK) {
		typed_wrong(k);
		show(k);
		return false;
	}
	k->domain = k->typed.domain;
	if (k->typed.provider) {
		provider_show(k);
		return false;
	}
	if (store_domain_get(p->store, k->domain, p->a, &d) == STORE_OK && d.company != p->company->id) {
		taken_show(k);
		return false;
	}
	k->has_look = p->world->watch && watch_look(p->world->watch, k->domain, selector, p->a, &k->look) == 0;
	if (k->has_look && k->look.exists == WATCH_NXDOMAIN) {
		missing[0].text = k->typed.shown;
		missing[1].text = near_of(k);
		address_wrong(k, missing[1].text.n ? WORD_DOM_ERR_NEAR : WORD_DOM_ERR_MISSING, missing, missing[1].text.n ? 2 : 1);
		show(k);
		return false;
	}
	return true;
}

/* The company's own domain with a key already: to its page. */
static bool is_here(struct work *k)
{
	struct page *p = k->p;
	struct store_domain d;
	struct store_key *keys;
	size_t count = 0;

	if (store_domain_get(p->store, k->domain, p->a, &d) != STORE_OK ||
	    store_key_list(p->store, d.id, p->a, &keys, &count) != STORE_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		if (keys[i].state == STORE_KEY_ACTIVE)
			return true;
	return false;
}

static void go_domain(struct work *k, struct zg_slice done)
{
	struct page *p = k->p;

	page_go(p, page_join(p, (struct zg_slice[]){ page_link(p, page_company_link(p, ZG_S("security")), ZG_S("domain"), k->domain),
		done }, 2));
}

void page_domain_new(struct page *p)
{
	struct work k = { .p = p, .wrong = { .page = p } };
	struct zg_slice address = http_arg(p->q, ZG_S("address"));

	if (!zg_slice_trim(address).n) {
		show(&k);
		return;
	}
	if (!address_take(&k, address, ZG_S("zegel1")))
		return;
	if (is_here(&k)) {
		go_domain(&k, ZG_S(""));
		return;
	}
	found_make(&k);
	k.w.is_key_shown = true;
	show(&k);
}

/* --- the key ------------------------------------------------------------------------------------------------------ */

static bool selector_is_taken(struct work *k, struct zg_slice selector)
{
	struct store_key key;

	for (size_t i = 0; k->has_look && i < k->look.selectors_count; i++)
		if (zg_slice_eq_ci(k->look.selectors[i].selector, selector))
			return true;
	return store_key_get(k->p->store, k->domain, selector, k->p->a, &key) == STORE_OK;
}

/* "zegel1", or the next number that is free here and in DNS. */
static struct zg_slice selector_choose(struct work *k)
{
	for (unsigned n = 1; n <= SELECTORS_MOST; n++) {
		char text[16];
		struct zg_buf b = zg_buf_of(text, sizeof(text));

		zg_buf_put(&b, ZG_S("zegel"));
		zg_buf_put_uint(&b, n);
		if (!selector_is_taken(k, zg_buf_slice(&b)))
			return zg_arena_dup(k->p->a, zg_buf_slice(&b));
	}
	return ZG_S("");
}

static void private_wrong(struct work *k, enum lang_word word, const struct html_arg *args, size_t count)
{
	k->w.private_error = form_wrong(&k->wrong, ZG_S("pk"), word, args, count);
}

/* The size of a key: a name, not a count, so it has no separators. */
static struct zg_slice number_text(struct page *p, size_t number)
{
	char text[24];
	struct zg_buf b = zg_buf_of(text, sizeof(text));

	zg_buf_put_uint(&b, number);
	return zg_arena_dup(p->a, zg_buf_slice(&b));
}

/* Every answer to what was pasted. */
static void keytext_wrong(struct work *k, enum zg_keytext why, size_t number)
{
	struct page *p = k->p;
	const struct html_arg begin[] = { { HTML_CODE, ZG_SI("-----BEGIN PRIVATE KEY-----"), 0 } };
	const struct html_arg marks[] = { { HTML_CODE, ZG_SI("-----BEGIN"), 0 }, { HTML_CODE, ZG_SI("-----END"), 0 } };
	const struct html_arg count[] = { { HTML_NUM, { NULL, 0 }, (int64_t)number } };
	const struct html_arg bits[] = { { HTML_TEXT, number_text(p, number), 0 } };
	static const struct { enum zg_keytext why; enum lang_word kind; struct zg_slice name; } kinds[] = {
		{ ZG_KEYTEXT_CERTIFICATE, WORD_KEY_KIND_CERTIFICATE, { NULL, 0 } }, { ZG_KEYTEXT_REQUEST, WORD_KEY_KIND_REQUEST, { NULL, 0 } },
		{ ZG_KEYTEXT_EC, WORD_COUNT, ZG_SI("EC") }, { ZG_KEYTEXT_DSA, WORD_COUNT, ZG_SI("DSA") },
		{ ZG_KEYTEXT_PGP, WORD_COUNT, ZG_SI("PGP") }, { ZG_KEYTEXT_OPENSSH_OTHER, WORD_COUNT, ZG_SI("OpenSSH") },
		{ ZG_KEYTEXT_OTHER_KIND, WORD_KEY_KIND_OTHER, { NULL, 0 } },
	};
	static const struct { enum zg_keytext why; struct zg_slice kind, command; } forms[] = {
		{ ZG_KEYTEXT_OPENSSH, ZG_SI("OpenSSH"), ZG_SI("ssh-keygen -p -m PEM -f COPY") },
		{ ZG_KEYTEXT_PPK, ZG_SI("PuTTY"), ZG_SI("puttygen COPY -O private-openssh -o key.pem") },
		{ ZG_KEYTEXT_PFX, ZG_SI("PKCS#12"), ZG_SI("openssl pkcs12 -in COPY -nocerts -nodes -out key.pem") },
		{ ZG_KEYTEXT_CIPHER, ZG_SI("PKCS#8"),
		  ZG_SI("openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in COPY -out key.pem") },
		{ ZG_KEYTEXT_WORK, ZG_SI("PKCS#8"), ZG_SI("openssl pkcs8 -topk8 -v2 aes-256-cbc -in COPY -out key.pem") },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].why == why) {
			const struct html_arg kind[] = { { HTML_TEXT, kinds[i].name.n ? kinds[i].name :
				lang_text(p->lang, kinds[i].kind), 0 } };

			private_wrong(k, WORD_KEY_ERR_KIND, kind, 1);
			return;
		}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].why == why) {
			const struct html_arg form[] = { { HTML_CODE, forms[i].command, 0 }, { HTML_TEXT, forms[i].kind, 0 } };

			private_wrong(k, WORD_KEY_ERR_CONVERT, form, 2);
			return;
		}
	switch (why) {
	case ZG_KEYTEXT_EMPTY:
		private_wrong(k, WORD_KEY_ERR_EMPTY, NULL, 0);
		break;
	case ZG_KEYTEXT_PUBLIC:
		private_wrong(k, WORD_KEY_ERR_PUBLIC, begin, 1);
		break;
	case ZG_KEYTEXT_RECORD:
		private_wrong(k, WORD_KEY_ERR_RECORD, NULL, 0);
		break;
	case ZG_KEYTEXT_RECORD_PRIVATE:
		private_wrong(k, WORD_KEY_ERR_RECORDPRIVATE, NULL, 0);
		break;
	case ZG_KEYTEXT_CUT:
		private_wrong(k, WORD_KEY_ERR_CUT, count, 1);
		break;
	case ZG_KEYTEXT_CUT_FRONT:
		private_wrong(k, WORD_KEY_ERR_FRONT, marks, 2);
		break;
	case ZG_KEYTEXT_LETTER:
		private_wrong(k, WORD_KEY_ERR_LETTER, count, 1);
		break;
	case ZG_KEYTEXT_DAMAGED:
	case ZG_KEYTEXT_PART:
	case ZG_KEYTEXT_MISFIT:
		private_wrong(k, WORD_KEY_ERR_DAMAGED, NULL, 0);
		break;
	case ZG_KEYTEXT_PASSPHRASE_NEEDED:
		private_wrong(k, WORD_KEY_ERR_PASSWORD, NULL, 0);
		k->w.passphrase = &k->passphrase;
		break;
	case ZG_KEYTEXT_PASSPHRASE_WRONG:
		k->passphrase.error = form_wrong(&k->wrong, ZG_S("pp"), WORD_KEY_ERR_PASSWRONG, NULL, 0);
		k->w.passphrase = &k->passphrase;
		break;
	case ZG_KEYTEXT_EXPONENT:
		private_wrong(k, WORD_KEY_ERR_EXPONENT, NULL, 0);
		break;
	case ZG_KEYTEXT_TOO_SHORT:
		private_wrong(k, WORD_KEY_ERR_SHORT, bits, 1);
		break;
	case ZG_KEYTEXT_TOO_LARGE:
		private_wrong(k, WORD_KEY_ERR_LARGE, bits, 1);
		break;
	case ZG_KEYTEXT_TWO_KEYS:
		private_wrong(k, WORD_KEY_ERR_TWO, NULL, 0);
		break;
	default:
		private_wrong(k, WORD_KEY_ERR_NONE, marks, 2);
		break;
	}
	/* What is public may go back; nothing else does. */
	if (why == ZG_KEYTEXT_PUBLIC || why == ZG_KEYTEXT_RECORD)
		k->w.private = page_value_raw(p, ZG_S("private"));
}

/* The record of a key's public half; empty without memory. */
static struct zg_slice record_of(struct work *k, const struct zg_key *key)
{
	struct zg_buf b = zg_buf_of(zg_arena_bytes(k->p->a, RECORD_ROOM), RECORD_ROOM);

	if (!b.p || zg_dkim_key_record(key, &b) < 0)
		return ZG_S("");
	return zg_buf_slice(&b);
}

/* The value of p= in a record. */
static struct zg_slice p_of(struct zg_slice record)
{
	for (size_t i = 0; i + 2 < record.n; i++)
		if ((i == 0 || record.p[i - 1] == ';' || record.p[i - 1] == ' ') && record.p[i] == 'p' && record.p[i + 1] == '=') {
			struct zg_slice rest = zg_slice_sub(record, i + 2, record.n);

			return zg_slice_trim(zg_slice_sub(rest, 0, zg_slice_find(rest, ';')));
		}
	return ZG_S("");
}

/* Under which selector DNS has this key already; empty: under none that was seen. */
static struct zg_slice selector_of_key(struct work *k, struct zg_slice record)
{
	for (size_t i = 0; k->has_look && i < k->look.selectors_count; i++)
		for (size_t n = 0; n < k->look.selectors[i].values.count; n++)
			if (zg_slice_eq(p_of(k->look.selectors[i].values.v[n]), p_of(record)))
				return k->look.selectors[i].selector;
	return ZG_S("");
}

/* Does DNS have another key at this selector? */
static bool is_mismatch(struct work *k, struct zg_slice selector, struct zg_slice record)
{
	bool is_there = false;

	for (size_t i = 0; k->has_look && i < k->look.selectors_count; i++) {
		if (!zg_slice_eq_ci(k->look.selectors[i].selector, selector))
			continue;
		for (size_t n = 0; n < k->look.selectors[i].values.count; n++) {
			is_there = true;
			if (zg_slice_eq(p_of(k->look.selectors[i].values.v[n]), p_of(record)))
				return false;
		}
	}
	return is_there;
}

/* Reads what was pasted, and the selector that goes with it.  True: *n may be stored. */
static bool pasted_take(struct work *k, struct house_key_new *n)
{
	struct page *p = k->p;
	struct zg_slice typed = page_value(p, ZG_S("selector")), record;
	struct zg_key key;
	size_t number = 0;
	enum zg_keytext why = zg_keytext_read_told(n->text, n->passphrase, &key, &number);
	struct html_arg selector[] = { { HTML_MONO, { NULL, 0 }, 0 } };

	k->w.is_paste = true;
	k->w.warn_public = true;
	k->w.selector = typed;
	if (why != ZG_KEYTEXT_OK) {
		keytext_wrong(k, why, number);
		return false;
	}
	n->type = key.type;
	record = record_of(k, &key);
	zg_key_done(&key);
	n->selector = typed.n ? house_selector_read(typed, k->domain, p->a) : selector_of_key(k, record);
	if (!n->selector.n && typed.n) {
		k->w.selector_error = form_wrong(&k->wrong, ZG_S("sel"), WORD_KEY_ERR_SELECTOR, NULL, 0);
		return false;
	}
	if (!n->selector.n)
		n->selector = selector_choose(k);
	selector[0].text = n->selector;
	if (!is_mismatch(k, n->selector, record) || page_value(p, ZG_S("anyway")).n)
		return true;
	private_wrong(k, WORD_KEY_ERR_MISMATCH, selector, 1);
	k->w.is_forced = true;
	return false;
}

static void add_failed(struct work *k, enum house_rc rc)
{
	if (rc == HOUSE_KEY_TEXT)
		keytext_wrong(k, ZG_KEYTEXT_DAMAGED, 0);	/* the relay read it, the vault did not: the octets were not the same */
	else if (rc == HOUSE_EXISTS)
		k->w.selector_error = form_wrong(&k->wrong, ZG_S("sel"), WORD_KEY_ERR_EXISTS, NULL, 0);
	else if (rc == HOUSE_BAD_SELECTOR)
		k->w.selector_error = form_wrong(&k->wrong, ZG_S("sel"), WORD_KEY_ERR_SELECTOR, NULL, 0);
	else
		k->w.address_error = form_wrong(&k->wrong, ZG_S("addr"), WORD_KEY_ERR_VAULT, NULL, 0);
}

/* Ed25519 alone is not verified everywhere: an RSA key is made beside it. */
static void rsa_beside(struct work *k, struct house *h)
{
	struct house_key_new n = { .domain = k->domain, .selector = selector_choose(k), .type = ZG_KEY_RSA };
	struct store_key key;

	(void)house_key_add(h, &n, k->p->a, &key);	/* its card is missing then, and the page says that mail is signed by one */
}

void page_domain_add(struct page *p)
{
	struct work k = { .p = p, .wrong = { .page = p } };
	struct house h = page_house(p);
	struct house_key_new n = { .type = ZG_KEY_RSA };
	struct zg_slice typed = page_value(p, ZG_S("selector"));
	bool is_paste = zg_slice_eq(page_value(p, ZG_S("key")), ZG_S("paste"));
	struct store_key key;
	enum house_rc rc;

	if (!address_take(&k, page_value(p, ZG_S("address")), is_paste && typed.n ? typed : ZG_S("zegel1")))
		return;
	if (is_here(&k)) {
		go_domain(&k, ZG_S(""));
		return;
	}
	found_make(&k);
	k.w.is_key_shown = true;
	n.domain = k.domain;
	if (is_paste) {
		n.text = page_value_raw(p, ZG_S("private"));
		n.passphrase = page_value_raw(p, ZG_S("passphrase"));
	} else {
		n.selector = selector_choose(&k);
	}
	if (!form_proved(&k.wrong, &k.prove) || (is_paste && !pasted_take(&k, &n))) {
		show(&k);
		return;
	}
	rc = house_domain_add(&h, p->company->slug, k.domain);
	if (rc == HOUSE_OK || rc == HOUSE_EXISTS)
		rc = house_key_add(&h, &n, p->a, &key);
	if (rc != HOUSE_OK) {
		add_failed(&k, rc);
		show(&k);
		return;
	}
	if (n.type == ZG_KEY_ED25519)
		rsa_beside(&k, &h);
	if (p->world->watch)
		watch_house_changed(p->world->watch, key.domain_id);
	go_domain(&k, is_paste ? ZG_S("&done=sealed") : ZG_S("&done=made"));
}
