/* tls.h - TLS by OpenSSL through memory: bytes of the wire in and out, bytes of the dialogue in and out; no socket.
 *
 * TLS 1.2 and 1.3 only (RFC 8996, RFC 9325). */
#ifndef IO_TLS_H
#define IO_TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/buf.h>
#include <zegel/slice.h>

#define TLS_WHY 200		/* octets of a text that says why */

struct tls_config;		/* counted; may be shared by threads */
struct tls;			/* one connection */

/* A server's configuration from PEM texts; NULL with a text in ret_why. */
struct tls_config *tls_server_new(struct zg_slice certificate, struct zg_slice key, char ret_why[TLS_WHY]);
/* A client's: roots is PEM (empty: the system's); is_verified: the peer must prove its name. */
struct tls_config *tls_client_new(struct zg_slice roots, bool is_verified, char ret_why[TLS_WHY]);
struct tls_config *tls_config_ref(struct tls_config *c);
void tls_config_free(struct tls_config *c);

/* When the first certificate of a PEM text ends, Unix seconds; 0 or -1. */
int tls_certificate_end(struct zg_slice pem, int64_t *ret);

/* host: client only: the name asked for (SNI) and verified; an address literal is verified as one.  NULL without memory. */
struct tls *tls_new(struct tls_config *c, bool is_server, struct zg_slice host);
void tls_free(struct tls *t);
/* Octets that came from the wire; 0 or -1 without memory. */
int tls_feed(struct tls *t, struct zg_slice wire);
/* Goes on with the handshake: 1 done, 0 needs more, -1 failed (tls_why). */
int tls_handshake(struct tls *t);
/* Reads plain octets: > 0 how many, 0 none for now, -1 the peer ended TLS or it failed (tls_why; "" for a clean end). */
int tls_read(struct tls *t, char *p, size_t n);
/* Encrypts all of s; 0 or -1. */
int tls_write(struct tls *t, struct zg_slice s);
/* Says goodbye (close_notify). */
void tls_end(struct tls *t);
/* Octets for the wire: at most n into p; how many. */
size_t tls_drain(struct tls *t, char *p, size_t n);
const char *tls_why(const struct tls *t);
/* "TLSv1.3", for Received and the log. */
const char *tls_version(const struct tls *t);

/* A self-signed certificate for host and localhost, P-256, two years, with its key, as PEM; 0 or -1. */
int tls_self_signed(struct zg_slice host, struct zg_buf *ret_certificate, struct zg_buf *ret_key);

#endif
