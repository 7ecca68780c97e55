/* conf_schema.c - the table of sections and keys, and the checks of plain values. */
#include "conf/conf_schema.h"
#include "base/ascii.h"
#include "base/num.h"

#define TEXT_MAX 255u
#define PATH_MAX_OCTETS 1024u
#define USER_MAX 32u			/* useradd(8) */
#define DURATION_MOST 36500u		/* days, or hours */
#define SIZE_MIN (64u * 1024u)		/* RFC 5321 4.5.3.1.7 */
#define SIZE_MAX_OCTETS (1024u * 1024u * 1024u)

static const struct zg_slice sections[] = { ZG_SI("server"), ZG_SI("smtp"), ZG_SI("http"), ZG_SI("delivery"),
	ZG_SI("vault"), ZG_SI("store"), ZG_SI("dns"), ZG_SI("reports"), ZG_SI("retention") };

struct zg_slice conf_section_name(size_t i)
{
	return i < sizeof(sections) / sizeof(sections[0]) ? sections[i] : (struct zg_slice){ NULL, 0 };
}

void conf_complain(struct conf_reader *r, const struct conf_error *e)
{
	if (r->count >= CONF_ERRORS_MAX)
		return;
	r->errors[r->count++] = *e;
	if (r->count == CONF_ERRORS_MAX)
		r->errors[r->count - 1].code = CONF_TOO_MANY;
}

void conf_bad(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v, size_t offset,
	enum conf_want want)
{
	struct conf_error e = {
		.code = CONF_WRONG_VALUE, .want = want, .line = v->at.line, .column = v->at.column, .words = { k->name, v->raw },
	};

	if (v->type == CONF_STRING && offset && v->raw.n == v->string.n + 2)
		e.column += (unsigned)offset + 1;
	conf_complain(r, &e);
	r->is_broken[conf_key_find(k->section, k->name)] = true;
}

static struct zg_slice *slice_at(struct conf_reader *r, const struct conf_key *k)
{
	return (struct zg_slice *)(void *)((char *)&r->conf + k->at);
}

static bool is_text(struct zg_slice s, size_t max)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_ascii_is_cntrl(s.p[i]))
			return false;
	return s.n <= max;
}

static void set_text(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	*slice_at(r, k) = v->string;
	if (!is_text(v->string, TEXT_MAX))
		conf_bad(r, k, v, 0, CONF_WANT_TEXT);
}

static void set_host(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	*slice_at(r, k) = v->string;
	if (v->string.n && !conf_host_is_valid(v->string))
		conf_bad(r, k, v, 0, CONF_WANT_HOST);
}

static bool is_path(struct zg_slice s)
{
	return zg_slice_starts(s, ZG_S("/")) && is_text(s, PATH_MAX_OCTETS);
}

/* A path that may be empty: there is no such file. */
static void set_path(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	*slice_at(r, k) = v->string;
	*(struct conf_place *)(void *)((char *)&r->conf + k->place) = v->at;
	if (v->string.n && !is_path(v->string))
		conf_bad(r, k, v, 0, CONF_WANT_PATH);
}

static void set_folder(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	*slice_at(r, k) = s;
	if (!is_path(s))
		conf_bad(r, k, v, 0, CONF_WANT_PATH);
}

static void set_user(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;
	bool is_valid = s.n > 0 && s.n <= USER_MAX && s.p[0] != '-';

	for (size_t i = 0; i < s.n; i++)
		is_valid = is_valid && (zg_ascii_is_alnum(s.p[i]) || s.p[i] == '_' || s.p[i] == '-' || s.p[i] == '.');
	*slice_at(r, k) = s;
	if (!is_valid)
		conf_bad(r, k, v, 0, CONF_WANT_USER);
}

static void set_bool(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	*(bool *)((char *)&r->conf + k->at) = v->is_true;
}

static void set_size(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	*(uint64_t *)(void *)((char *)&r->conf + k->at) = v->number;
	if (v->number < SIZE_MIN || v->number > SIZE_MAX_OCTETS)
		conf_bad(r, k, v, 0, CONF_WANT_SIZE);
}

/* "7d" or "12h", into seconds. */
static void set_duration(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	struct zg_slice s = v->string;
	char unit = s.n ? s.p[s.n - 1] : '\0';
	uint64_t count = 0;

	if ((unit != 'd' && unit != 'h') || zg_num_uint(zg_slice_sub(s, 0, s.n - 1), DURATION_MOST, &count) < 0 || !count)
		conf_bad(r, k, v, 0, CONF_WANT_DURATION);
	*(int64_t *)(void *)((char *)&r->conf + k->at) = (int64_t)count * (unit == 'd' ? 86400 : 3600);
}

static void set_route(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	if (zg_slice_eq(v->string, ZG_S("capture")))
		r->conf.route = CONF_ROUTE_CAPTURE;
	else if (zg_slice_eq(v->string, ZG_S("smarthost")))
		r->conf.route = CONF_ROUTE_SMARTHOST;
	else
		conf_bad(r, k, v, 0, CONF_WANT_ROUTE);
}

static void set_smarthost_tls(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	static const struct { struct zg_slice word; enum conf_smarthost_tls tls; } known[] = {
		{ ZG_SI("implicit"), CONF_SMARTHOST_IMPLICIT }, { ZG_SI("verify"), CONF_SMARTHOST_VERIFY },
		{ ZG_SI("encrypt"), CONF_SMARTHOST_ENCRYPT }, { ZG_SI("may"), CONF_SMARTHOST_MAY }, { ZG_SI("none"),
		  CONF_SMARTHOST_NONE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!zg_slice_eq(v->string, known[i].word))
			continue;
		r->conf.smarthost_tls = known[i].tls;
		return;
	}
	conf_bad(r, k, v, 0, CONF_WANT_SMARTHOST_TLS);
}

static bool is_credential_name(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!zg_ascii_is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n <= TEXT_MAX && s.p[0] != '.';
}

static void set_master_key(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	static const struct zg_slice credential = ZG_SI("credential:"), file = ZG_SI("file:");
	struct zg_slice s = v->string;

	*slice_at(r, k) = s;
	if (!s.n)
		return;
	if (zg_slice_starts(s, credential) && is_credential_name(zg_slice_sub(s, credential.n, s.n)))
		return;
	if (!zg_slice_starts(s, file) || !is_path(zg_slice_sub(s, file.n, s.n)))
		conf_bad(r, k, v, 0, CONF_WANT_MASTER_KEY);
}

static void set_store_url(struct conf_reader *r, const struct conf_key *k, const struct conf_value *v)
{
	static const struct zg_slice sqlite = ZG_SI("sqlite:");

	*slice_at(r, k) = v->string;
	if (!zg_slice_starts(v->string, sqlite) || !is_path(zg_slice_sub(v->string, sqlite.n, v->string.n)))
		conf_bad(r, k, v, 0, CONF_WANT_STORE_URL);
}

#define KEY(section, name, type, set, member) { ZG_SI(section), ZG_SI(name), type, set, offsetof(struct conf, member), 0 }
#define KEY_FILE(section, name, member) \
	{ ZG_SI(section), ZG_SI(name), CONF_STRING, set_path, offsetof(struct conf, member), offsetof(struct conf, member##_at) }
#define KEY_PATH(section, member) KEY_FILE(section, #member, member)
const struct conf_key conf_keys[] = {
	KEY("server", "hostname", CONF_STRING, set_host, hostname),
	KEY("server", "state", CONF_STRING, set_folder, state), KEY("server", "user", CONF_STRING, set_user, user),
	KEY("server", "vault_user", CONF_STRING, set_user, vault_user),
	KEY("smtp", "listen", CONF_LIST, conf_set_listen, listen),
	KEY_PATH("smtp", certificate), KEY_PATH("smtp", key),
	KEY("smtp", "trusted", CONF_LIST, conf_set_trusted, trusted),
	KEY("smtp", "message_size", CONF_NUMBER, set_size, message_size),
	KEY("http", "listen", CONF_LIST, conf_set_http_listen, http_listen),
	KEY("http", "base_url", CONF_STRING, conf_set_base_url, base_url),
	KEY_FILE("http", "certificate", http_certificate), KEY_FILE("http", "key", http_key),
	KEY("http", "trusted_proxies", CONF_LIST, conf_set_proxies, trusted_proxies),
	KEY("delivery", "route", CONF_STRING, set_route, route),
	KEY("delivery", "smarthost", CONF_STRING, conf_set_smarthost, smarthost_host),
	KEY("delivery", "smarthost_user", CONF_STRING, set_text, smarthost_user),
	KEY_PATH("delivery", smarthost_password_file),
	KEY("delivery", "smarthost_tls", CONF_STRING, set_smarthost_tls, smarthost_tls),
	KEY_PATH("delivery", smarthost_ca),
	KEY("delivery", "sign", CONF_BOOL, set_bool, sign),
	KEY("delivery", "spf_include", CONF_STRING, set_host, spf_include),
	KEY("delivery", "unready", CONF_STRING, conf_set_unready, unready),
	KEY("delivery", "unready_allowed", CONF_LIST, conf_set_unready_allowed, unready_allowed),
	KEY("vault", "master_key", CONF_STRING, set_master_key, master_key),
	KEY("store", "url", CONF_STRING, set_store_url, store_url),
	KEY("dns", "resolver", CONF_EITHER, conf_set_resolver, resolver),
	KEY("reports", "address", CONF_STRING, conf_set_mailbox, report_address),
	KEY("retention", "bodies", CONF_STRING, set_duration, retention_bodies),
	KEY("retention", "messages", CONF_STRING, set_duration, retention_messages),
};
const size_t conf_keys_count = sizeof(conf_keys) / sizeof(conf_keys[0]);
_Static_assert(sizeof(conf_keys) / sizeof(conf_keys[0]) <= CONF_KEYS_MAX, "a place for each key");

size_t conf_key_find(struct zg_slice section, struct zg_slice name)
{
	size_t i = 0;

	while (i < conf_keys_count && !(zg_slice_eq(conf_keys[i].section, section) && zg_slice_eq(conf_keys[i].name, name)))
		i++;
	return i;
}
