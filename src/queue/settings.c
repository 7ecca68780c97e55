/* settings.c - a bundle from the parent becomes settings, whole or not at all. */
#include "queue/settings.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/secret.h"
#include "io/heap.h"

#define SETTINGS_MAX (4u * 1024u * 1024u)	/* octets of the arena */
#define ERRORS_MOST 16u				/* wrong commands of a client until 421 */

static void say(char *ret_why, size_t n, struct zg_slice what, struct zg_slice why)
{
	struct zg_buf b = zg_buf_of(ret_why, n - 1);

	zg_buf_put(&b, what);
	if (why.n) {
		zg_buf_put(&b, ZG_S(": "));
		zg_buf_put(&b, why);
	}
	ret_why[b.n] = '\0';
}

static struct zg_slice machine_name(struct zg_arena *a)
{
	char name[256];

	if (gethostname(name, sizeof(name)) < 0)
		return ZG_S("localhost");
	name[sizeof(name) - 1] = '\0';
	return zg_arena_dup(a, zg_slice_cstr(name));
}

static int smarthost_set(struct settings *s, struct zg_slice roots, char why[TLS_WHY])
{
	const struct conf *c = &s->conf;
	bool is_verified = c->smarthost_tls == CONF_SMARTHOST_VERIFY || c->smarthost_tls == CONF_SMARTHOST_IMPLICIT;

	if (c->route != CONF_ROUTE_SMARTHOST || c->smarthost_tls == CONF_SMARTHOST_NONE)
		return 0;
	s->smarthost_tls = tls_client_new(roots, is_verified, why);
	return s->smarthost_tls ? 0 : -1;
}

static void smtp_set(struct settings *s)
{
	s->smtp = (struct zg_smtp_conf){
		.hostname = s->conf.hostname, .size_max = s->conf.message_size, .recipients_max = ZG_LIMIT_RECIPIENTS,
		.errors_max = ERRORS_MOST, .is_auth_required = true,
	};
	s->smtp_open = s->smtp;
	s->smtp_open.is_auth_required = false;
}

/* TLS of those who come to us: SMTP's and the panel's.  -1: *ret_what cannot be used. */
static int servers_set(struct settings *s, const struct zg_slice *part, char why[TLS_WHY], struct zg_slice *ret_what)
{
	const struct zg_slice *http = part + SETTINGS_HTTP_CERTIFICATE, *smtp = part + SETTINGS_CERTIFICATE;

	*ret_what = s->conf.certificate;
	if (smtp->n && !(s->server_tls = tls_server_new(smtp[0], smtp[1], why)))
		return -1;
	*ret_what = s->conf.http_certificate;
	return http->n && !(s->http_tls = tls_server_new(http[0], http[1], why)) ? -1 : 0;
}

struct settings *settings_new(const struct zg_slice part[SETTINGS_PARTS], char *ret_why, size_t n)
{
	struct zg_slice what;
	struct settings *s = calloc(1, sizeof(*s));
	struct conf_error errors[CONF_ERRORS_MAX];
	char why[TLS_WHY] = "";
	size_t count = CONF_ERRORS_MAX;

	if (!s) {
		say(ret_why, n, ZG_S("no memory"), ZG_S(""));
		return NULL;
	}
	atomic_init(&s->refs, 1);
	zg_arena_init(&s->arena, &io_heap, SETTINGS_MAX);
	if (conf_read(zg_arena_dup(&s->arena, part[SETTINGS_TEXT]), &s->arena, &s->conf, errors, &count) < 0) {
		say(ret_why, n, ZG_S("the configuration"), ZG_S("it has errors"));
		goto failed;
	}
	if (s->conf.hostname.n == 0)
		s->conf.hostname = machine_name(&s->arena);
	s->smarthost_password = zg_arena_dup(&s->arena, part[SETTINGS_PASSWORD]);
	smtp_set(s);
	if (servers_set(s, part, why, &what) < 0) {
		say(ret_why, n, what, zg_slice_cstr(why));
		goto failed;
	}
	if (smarthost_set(s, part[SETTINGS_ROOTS], why) < 0) {
		say(ret_why, n, ZG_S("smarthost"), zg_slice_cstr(why));
		goto failed;
	}
	return s;
failed:
	settings_unref(s);
	return NULL;
}

struct settings *settings_ref(struct settings *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void settings_unref(struct settings *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	tls_config_free(s->server_tls);
	tls_config_free(s->http_tls);
	tls_config_free(s->smarthost_tls);
	zg_secret_wipe_bytes((char *)(uintptr_t)s->smarthost_password.p, s->smarthost_password.n);
	zg_arena_reset(&s->arena);
	free(s);
}
