/* conf.c - from text to configuration: defaults, each item to its key, what must stand together, errors in order. */
#include "conf/conf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "conf/conf_schema.h"
#include "conf/near.h"

#define PORT_SUBMISSION 587u	/* RFC 6409 3.1 */
#define PORT_SUBMISSIONS 465u	/* RFC 8314 3.3 */
#define PORT_PANEL 8025u

static void set_defaults(struct conf_reader *r)
{
	static const struct conf_listen listen[] = {
		{ .text = ZG_SI("[::]:465 tls"), .is_v6 = true, .port = PORT_SUBMISSIONS, .tls = CONF_TLS_IMPLICIT },
		{ .text = ZG_SI("[::]:587 starttls"), .is_v6 = true, .port = PORT_SUBMISSION, .tls = CONF_TLS_STARTTLS },
	};
	static const struct conf_listen http = { .text = ZG_SI("127.0.0.1:8025"), .address = { 127, 0, 0, 1 }, .port = PORT_PANEL };
	static const struct conf_network proxies[] = {
		{ .address = { 127, 0, 0, 1 }, .bits = 32 }, { .is_v6 = true, .address = { [15] = 1 }, .bits = 128 },
	};
	size_t count = sizeof(listen) / sizeof(listen[0]), proxies_count = sizeof(proxies) / sizeof(proxies[0]);

	r->conf = (struct conf){
		.state = ZG_S("/var/lib/zegel"), .user = ZG_S("zegel"), .vault_user = ZG_S("zegel-vault"),
		.certificate = ZG_S("/etc/zegel/tls/fullchain.pem"), .key = ZG_S("/etc/zegel/tls/privkey.pem"),
		.message_size = ZG_LIMIT_MESSAGE, .smarthost_tls = CONF_SMARTHOST_VERIFY, .sign = true,
		.retention_bodies = 7 * 86400, .retention_messages = 90 * 86400, .resolver = ZG_S("system"),
	};
	r->conf.listen = zg_arena_array(r->a, count, sizeof(listen[0]));
	for (; r->conf.listen && r->conf.listen_count < count; r->conf.listen_count++)
		r->conf.listen[r->conf.listen_count] = listen[r->conf.listen_count];
	r->conf.http_listen = zg_arena_array(r->a, 1, sizeof(http));
	if (r->conf.http_listen)
		r->conf.http_listen[r->conf.http_listen_count++] = http;
	r->conf.trusted_proxies = zg_arena_array(r->a, proxies_count, sizeof(proxies[0]));
	for (; r->conf.trusted_proxies && r->conf.trusted_proxies_count < proxies_count; r->conf.trusted_proxies_count++)
		r->conf.trusted_proxies[r->conf.trusted_proxies_count] = proxies[r->conf.trusted_proxies_count];
}

static void complain(struct conf_reader *r, enum conf_code code, struct conf_place at, struct zg_slice a,
	struct zg_slice b)
{
	struct conf_error e = { .code = code, .line = at.line, .column = at.column, .words = { a, b } };

	conf_complain(r, &e);
}

static void complain_want(struct conf_reader *r, enum conf_code code, struct conf_place at, struct zg_slice a,
	enum conf_want want)
{
	struct conf_error e = { .code = code, .want = want, .line = at.line, .column = at.column, .words = { a } };

	conf_complain(r, &e);
}

static struct zg_slice join(struct zg_arena *a, const struct zg_slice part[3])
{
	size_t n = part[0].n + part[1].n + part[2].n;
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, n), n);

	if (a->is_full)
		return (struct zg_slice){ NULL, 0 };
	for (size_t i = 0; i < 3; i++)
		zg_buf_put(&b, part[i]);
	return zg_buf_slice(&b);
}

/* The key that was meant: the nearest of the section, or the same name in another one. */
static void complain_key(struct conf_reader *r, struct zg_slice section, const struct conf_item *item)
{
	struct near near = near_of(item->name);
	struct zg_slice meant;

	for (size_t i = 0; i < conf_keys_count; i++)
		if (zg_slice_eq(conf_keys[i].section, section))
			near_try(&near, conf_keys[i].name);
	meant = near.best;
	for (size_t i = conf_keys_count; i-- > 0;)	/* the first that has it is left over */
		if (zg_slice_eq(conf_keys[i].name, item->name))
			meant = join(r->a, (struct zg_slice[]){ conf_keys[i].section, ZG_S("."), item->name });
	complain(r, CONF_UNKNOWN_KEY, item->at, item->name, meant);
}

static const enum conf_want want_of[] = {
	[CONF_STRING] = CONF_WANT_STRING, [CONF_NUMBER] = CONF_WANT_NUMBER, [CONF_BOOL] = CONF_WANT_BOOL,
	[CONF_LIST] = CONF_WANT_LIST, [CONF_EITHER] = CONF_WANT_STRING,
};

static bool fits(enum conf_type wanted, enum conf_type type)
{
	return wanted == type || (wanted == CONF_EITHER && (type == CONF_STRING || type == CONF_LIST));
}

static void take_pair(struct conf_reader *r, struct zg_slice section, const struct conf_item *item)
{
	size_t i = conf_key_find(section, item->name);
	const struct conf_key *k = &conf_keys[i];

	if (i == conf_keys_count)
		complain_key(r, section, item);
	else if (r->set[i].line)
		complain(r, CONF_TWICE, item->at, item->name, (struct zg_slice){ NULL, 0 });
	else if (!fits(k->type, item->value.type))
		complain_want(r, CONF_WRONG_TYPE, item->value.at, item->name, want_of[k->type]);
	else
		k->set(r, k, &item->value);
	if (i < conf_keys_count && !fits(k->type, item->value.type))
		r->is_broken[i] = true;
	if (i < conf_keys_count && !r->set[i].line)
		r->set[i] = item->at;
}

static void take_error(struct conf_reader *r, struct zg_slice section, const struct conf_item *item)
{
	size_t i = conf_key_find(section, item->name);

	complain_want(r, CONF_SYNTAX, item->at, item->name, item->want);
	if (i < conf_keys_count)
		r->is_broken[i] = true;
}

/* The number of a known section, or -1 after complaining. */
static int take_section(struct conf_reader *r, const struct conf_item *item, unsigned *seen)
{
	struct near near = near_of(item->name);

	for (unsigned i = 0; conf_section_name(i).n; i++) {
		near_try(&near, conf_section_name(i));
		if (!zg_slice_eq(conf_section_name(i), item->name))
			continue;
		if (*seen & 1u << i)
			complain(r, CONF_TWICE, item->at, item->name, (struct zg_slice){ NULL, 0 });
		*seen |= 1u << i;
		return (int)i;
	}
	complain(r, CONF_UNKNOWN_SECTION, item->at, item->name, near.best);
	return -1;
}

static void take_items(struct conf_reader *r, struct zg_slice text)
{
	struct conf_toml t = conf_toml_of(text, r->a);
	struct conf_item item;
	struct zg_slice section = { NULL, 0 };
	unsigned seen = 0;
	bool is_started = false;	/* a section began, known or not */

	for (conf_toml_next(&t, &item); item.kind != CONF_ITEM_END; conf_toml_next(&t, &item)) {
		if (item.kind == CONF_ITEM_ERROR) {
			take_error(r, section, &item);
		} else if (item.kind == CONF_ITEM_SECTION) {
			is_started = true;
			section = take_section(r, &item, &seen) < 0 ? ZG_S("") : item.name;
		} else if (!is_started) {
			complain_want(r, CONF_SYNTAX, item.at, item.name, CONF_WANT_SECTION_FIRST);
			is_started = true;
		} else if (section.n) {
			take_pair(r, section, &item);
		}
	}
}

/* key is needed because `because` stands in the file, but is not set or empty. */
static void need(struct conf_reader *r, size_t because, size_t key, bool is_there)
{
	if (!is_there && r->set[because].line && !r->is_broken[because] && !r->is_broken[key])
		complain(r, CONF_MISSING, r->set[because], conf_keys[key].name, conf_keys[because].name);
}

static bool is_set(const struct conf_reader *r, size_t key)
{
	return r->set[key].line != 0;
}

static bool has_tls(const struct conf_listen *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (v[i].tls != CONF_TLS_NONE)
			return true;
	return false;
}

bool conf_has_tls(const struct conf *c)
{
	return has_tls(c->listen, c->listen_count);
}

bool conf_has_http_tls(const struct conf *c)
{
	return has_tls(c->http_listen, c->http_listen_count);
}

static void complain_door(struct conf_reader *r, const struct conf_listen *l)
{
	struct conf_error e = {
		.code = CONF_WRONG_VALUE, .want = CONF_WANT_LISTEN_TWICE, .line = l->at.line, .column = l->at.column,
		.words = { ZG_S("listen"), join(r->a, (struct zg_slice[]){ ZG_S("\""), l->text, ZG_S("\"") }) },
	};

	conf_complain(r, &e);
}

/* A door of the panel where mail comes in: told where the second of the two stands. */
static void check_doors(struct conf_reader *r)
{
	const struct conf *c = &r->conf;

	for (size_t i = 0; i < c->http_listen_count; i++) {
		for (size_t j = 0; j < c->listen_count; j++) {
			const struct conf_listen *http = &c->http_listen[i], *smtp = &c->listen[j];
			const struct conf_listen *second = http->at.line > smtp->at.line ||
				(http->at.line == smtp->at.line && http->at.column > smtp->at.column) ? http : smtp;

			if (conf_is_same_door(http, smtp))
				complain_door(r, second);
		}
	}
}

static void check_http(struct conf_reader *r)
{
	const struct conf *c = &r->conf;
	size_t certificate = conf_key_find(ZG_S("http"), ZG_S("certificate")), key = conf_key_find(ZG_S("http"), ZG_S("key"));
	size_t listen = conf_key_find(ZG_S("http"), ZG_S("listen"));

	need(r, certificate, key, c->http_key.n || !c->http_certificate.n);
	need(r, key, certificate, c->http_certificate.n || !c->http_key.n);
	need(r, listen, certificate, c->http_certificate.n || c->http_key.n || !conf_has_http_tls(c));
	check_doors(r);
}

/* What a company may choose holds what it gets where it chooses nothing. */
static void check_unready(struct conf_reader *r)
{
	size_t i = conf_key_find(ZG_S("delivery"), ZG_S("unready_allowed"));
	size_t unready = conf_key_find(ZG_S("delivery"), ZG_S("unready"));

	if (!is_set(r, i))
		r->conf.unready_allowed = 1u << CONF_UNREADY_HOLD | 1u << r->conf.unready;
	else if (!r->is_broken[i] && !r->is_broken[unready] && !(r->conf.unready_allowed & 1u << r->conf.unready))
		conf_bad(r, &conf_keys[i], &r->unready_allowed, 0, CONF_WANT_UNREADY_ALLOWED);
}

static void check_together(struct conf_reader *r)
{
	const struct conf *c = &r->conf;
	size_t certificate = conf_key_find(ZG_S("smtp"), ZG_S("certificate")), key = conf_key_find(ZG_S("smtp"), ZG_S("key"));
	size_t listen = conf_key_find(ZG_S("smtp"), ZG_S("listen"));
	size_t route = conf_key_find(ZG_S("delivery"), ZG_S("route")), host = conf_key_find(ZG_S("delivery"),
		ZG_S("smarthost"));
	size_t user = conf_key_find(ZG_S("delivery"), ZG_S("smarthost_user"));
	size_t password = conf_key_find(ZG_S("delivery"), ZG_S("smarthost_password_file"));

	need(r, certificate, key, is_set(r, key) && (c->key.n || !c->certificate.n));
	need(r, key, certificate, is_set(r, certificate) && (c->certificate.n || !c->key.n));
	if (conf_has_tls(c) && !c->certificate.n && !c->key.n && !r->is_broken[listen])
		complain(r, CONF_MISSING, r->set[is_set(r, listen) ? listen : certificate], conf_keys[certificate].name,
			 conf_keys[listen].name);
	need(r, route, host, c->route != CONF_ROUTE_SMARTHOST || c->smarthost_host.n);
	need(r, user, password, !c->smarthost_user.n || c->smarthost_password_file.n);
	need(r, password, user, !c->smarthost_password_file.n || c->smarthost_user.n);
	check_http(r);
	check_unready(r);
}

/* What depends on another value. */
static void fill(struct conf_reader *r)
{
	struct conf *c = &r->conf;
	struct zg_buf b;

	if (c->http_certificate.n && !conf_has_http_tls(c))
		for (size_t i = 0; i < c->http_listen_count; i++)
			c->http_listen[i].tls = CONF_TLS_IMPLICIT;
	if (!c->smarthost_port)
		c->smarthost_port = c->smarthost_tls == CONF_SMARTHOST_IMPLICIT ? PORT_SUBMISSIONS : PORT_SUBMISSION;
	if (c->store_url.n)
		return;
	b = zg_buf_of(zg_arena_bytes(r->a, c->state.n + 20), c->state.n + 20);
	if (r->a->is_full)
		return;
	zg_buf_put(&b, ZG_S("sqlite:"));
	zg_buf_put(&b, c->state);
	zg_buf_put(&b, ZG_S("/zegel.db"));
	c->store_url = zg_buf_slice(&b);
}

static bool is_before(const struct conf_error *a, const struct conf_error *b)
{
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* Errors of check_together stand behind those of the items: each is put into its place. */
static void sort(struct conf_error *v, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct conf_error e = v[i];
		size_t j = i;

		for (; j > 0 && is_before(&e, &v[j - 1]); j--)
			v[j] = v[j - 1];
		v[j] = e;
	}
}

/* Where the text stops being UTF-8. */
static struct conf_place place_of_bad_octet(struct zg_slice text)
{
	struct conf_place place = { 1, 1 };
	size_t at = 0;

	for (size_t n; (n = zg_utf8_first(zg_slice_sub(text, at, text.n))); at += n) {
		place.column += (unsigned)n;
		if (text.p[at] == '\n')
			place = (struct conf_place){ place.line + 1, 1 };
	}
	return place;
}

int conf_read(struct zg_slice text, struct zg_arena *a, struct conf *ret, struct conf_error *ret_errors,
	size_t *ret_count)
{
	struct conf_reader r = { .a = a, .errors = ret_errors };
	struct conf_place start = { 1, 1 };
	struct zg_slice none = { NULL, 0 };

	set_defaults(&r);
	if (text.n > CONF_TEXT_MAX) {
		complain(&r, CONF_TOO_LONG, start, none, none);
	} else if (!zg_utf8_is_valid(text)) {
		complain(&r, CONF_NOT_UTF8, place_of_bad_octet(text), none, none);
	} else {
		take_items(&r, zg_arena_dup(a, text));
		check_together(&r);
		fill(&r);
	}
	if (a->is_full) {
		r.count = 0;
		complain(&r, CONF_NO_MEMORY, start, none, none);
	}
	sort(r.errors, r.count);
	*ret_count = r.count;
	if (r.count)
		return -1;
	*ret = r.conf;
	return 0;
}
