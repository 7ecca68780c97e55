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
	struct tls_config *smarthost_tls;	/* NULL: route is not smarthost, or without TLS */
	struct zg_slice smarthost_password;
};

/* Of a bundle's parts (edge/relay.h); NULL with a text in ret_why (n octets). */
struct settings *settings_new(struct zg_slice text, struct zg_slice certificate, struct zg_slice key, struct zg_slice password,
			      struct zg_slice roots, char *ret_why, size_t n);
struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s);

#endif
