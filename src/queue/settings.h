/* settings.h - what the operator set, as the relay uses it: made whole, never changed, counted across threads. */
#ifndef QUEUE_SETTINGS_H
#define QUEUE_SETTINGS_H

#include <stdatomic.h>
#include "conf/conf.h"
#include "io/tls.h"
#include "proto/smtp_server.h"

struct settings {
	atomic_uint refs;
	struct zg_arena arena;
	struct conf conf;			/* hostname is never empty here */
	struct zg_smtp_conf smtp;		/* for those who need a credential */
	struct zg_smtp_conf smtp_open;		/* for trusted ones and --dev */
	struct tls_config *server_tls;		/* NULL: no certificate, no TLS */
	struct tls_config *http_tls;		/* of the panel; NULL: in clear at all its addresses */
	struct tls_config *smarthost_tls;	/* NULL: route is not smarthost, or without TLS */
	struct zg_slice smarthost_password;
};

/* The parts of a bundle (edge/relay.h), in their order; a certificate without octets: none is needed. */
enum settings_part {
	SETTINGS_TEXT, SETTINGS_CERTIFICATE, SETTINGS_KEY, SETTINGS_PASSWORD, SETTINGS_ROOTS, SETTINGS_HTTP_CERTIFICATE, SETTINGS_HTTP_KEY,
	SETTINGS_PARTS
};

/* NULL with a text in ret_why (n octets). */
struct settings *settings_new(const struct zg_slice part[SETTINGS_PARTS], char *ret_why, size_t n);
struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s);

#endif
