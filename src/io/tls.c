/* tls.c - TLS by OpenSSL through a pair of memory BIOs. */
#include "io/tls.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "base/time.h"

#define SELF_SIGNED_DAYS 730

struct tls_config {
	SSL_CTX *ctx;		/* counted by OpenSSL; this struct is inside its reference */
	bool is_verified;
};

struct tls {
	SSL *ssl;
	BIO *wire_in, *wire_out;	/* owned by ssl */
	char why[TLS_WHY];
};

/* The first error of OpenSSL's queue in its words, and the queue emptied. */
static void why_from_queue(char ret[TLS_WHY], const char *what)
{
	unsigned long e = ERR_get_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;
	struct zg_buf b = zg_buf_of(ret, TLS_WHY - 1);

	zg_buf_put(&b, zg_slice_cstr(what));
	if (reason) {
		zg_buf_put(&b, ZG_S(": "));
		zg_buf_put(&b, zg_slice_cstr(reason));
	}
	ret[b.n] = '\0';
	ERR_clear_error();
}

static BIO *bio_of(struct zg_slice s)
{
	return s.n > INT_MAX ? NULL : BIO_new_mem_buf(s.n ? s.p : "", (int)s.n);
}

static struct tls_config *config_new(const SSL_METHOD *method, char why[TLS_WHY])
{
	struct tls_config *c = calloc(1, sizeof(*c));

	if (c)
		c->ctx = SSL_CTX_new(method);
	if (!c || !c->ctx || SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION) != 1) {
		why_from_queue(why, "no memory for TLS");
		tls_config_free(c);
		return NULL;
	}
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(c->ctx, SSL_MODE_RELEASE_BUFFERS);	/* an idle connection holds no record buffers */
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	return c;
}

/* Certificates of a PEM text: the first is the server's own, the others its chain. */
static int chain_use(SSL_CTX *ctx, struct zg_slice pem)
{
	BIO *b = bio_of(pem);
	X509 *x = b ? PEM_read_bio_X509_AUX(b, NULL, NULL, NULL) : NULL;
	int rc = x && SSL_CTX_use_certificate(ctx, x) == 1 ? 0 : -1;

	X509_free(x);
	while (rc == 0 && (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		if (SSL_CTX_add0_chain_cert(ctx, x) != 1) {
			X509_free(x);
			rc = -1;
		}
	if (rc == 0)
		ERR_clear_error();	/* the end of the text is an error to PEM_read_bio */
	BIO_free(b);
	return rc;
}

struct tls_config *tls_server_new(struct zg_slice certificate, struct zg_slice key, char ret_why[TLS_WHY])
{
	struct tls_config *c = config_new(TLS_server_method(), ret_why);
	BIO *b = bio_of(key);
	EVP_PKEY *pkey = NULL;
	const char *what = NULL;

	if (!c)
		goto out;
	SSL_CTX_set_options(c->ctx, SSL_OP_CLEANSE_PLAINTEXT);	/* what clients tell is in no record buffer once it was read */
	if (chain_use(c->ctx, certificate) < 0)
		what = "the certificate cannot be read";
	else if (!b || !(pkey = PEM_read_bio_PrivateKey(b, NULL, NULL, (void *)"")))
		what = "the key cannot be read";
	else if (SSL_CTX_use_PrivateKey(c->ctx, pkey) != 1 || SSL_CTX_check_private_key(c->ctx) != 1)
		what = "the key does not belong to the certificate";
	if (what) {
		why_from_queue(ret_why, what);
		tls_config_free(c);
		c = NULL;
	}
out:
	EVP_PKEY_free(pkey);
	BIO_free(b);
	return c;
}

int tls_certificate_end(struct zg_slice pem, int64_t *ret)
{
	BIO *b = bio_of(pem);
	X509 *x = b ? PEM_read_bio_X509_AUX(b, NULL, NULL, NULL) : NULL;
	struct tm tm;
	int rc = x && ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1 ? 0 : -1;

	if (rc == 0) {
		struct zg_time t = { .year = tm.tm_year + 1900, .month = tm.tm_mon + 1, .day = tm.tm_mday, .hour = tm.tm_hour,
			.minute = tm.tm_min, .second = tm.tm_sec };

		*ret = zg_time_to_unix(&t);
	}
	ERR_clear_error();
	X509_free(x);
	BIO_free(b);
	return rc;
}

/* Roots of a PEM text into the context's store; how many. */
static unsigned roots_use(SSL_CTX *ctx, struct zg_slice pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *b = bio_of(pem);
	unsigned count = 0;
	X509 *x;

	while (b && (x = PEM_read_bio_X509_AUX(b, NULL, NULL, NULL)) != NULL) {
		count += X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
	}
	ERR_clear_error();
	BIO_free(b);
	return count;
}

struct tls_config *tls_client_new(struct zg_slice roots, bool is_verified, char ret_why[TLS_WHY])
{
	struct tls_config *c = config_new(TLS_client_method(), ret_why);

	if (!c)
		return NULL;
	c->is_verified = is_verified;
	SSL_CTX_set_verify(c->ctx, is_verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (!is_verified)
		return c;
	if (roots.n ? roots_use(c->ctx, roots) == 0 : SSL_CTX_set_default_verify_paths(c->ctx) != 1) {
		why_from_queue(ret_why, "no root certificates can be read");
		tls_config_free(c);
		return NULL;
	}
	return c;
}

struct tls_config *tls_config_ref(struct tls_config *c)
{
	struct tls_config *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *c;
	if (SSL_CTX_up_ref(c->ctx) != 1) {
		free(copy);
		return NULL;
	}
	return copy;
}

void tls_config_free(struct tls_config *c)
{
	if (!c)
		return;
	SSL_CTX_free(c->ctx);
	free(c);
}

/* The peer must be host: a name is sent (SNI) and compared, an address only compared. */
static int expect_host(SSL *ssl, struct zg_slice host, bool is_verified)
{
	char name[256];
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (host.n == 0 || host.n >= sizeof(name))
		return -1;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
		return 0;
	ERR_clear_error();
	if (is_verified && X509_VERIFY_PARAM_set1_host(param, name, host.n) != 1)
		return -1;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -1;
}

struct tls *tls_new(struct tls_config *c, bool is_server, struct zg_slice host)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->ssl = SSL_new(c->ctx);
	t->wire_in = BIO_new(BIO_s_mem());
	t->wire_out = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->wire_in || !t->wire_out) {
		BIO_free(t->wire_in);
		BIO_free(t->wire_out);
		SSL_free(t->ssl);
		free(t);
		return NULL;
	}
	SSL_set_bio(t->ssl, t->wire_in, t->wire_out);
	if (is_server) {
		SSL_set_accept_state(t->ssl);
	} else {
		SSL_set_connect_state(t->ssl);
		if (expect_host(t->ssl, host, c->is_verified) < 0) {
			tls_free(t);
			return NULL;
		}
	}
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	free(t);
}

int tls_feed(struct tls *t, struct zg_slice wire)
{
	if (wire.n == 0)
		return 0;
	return wire.n <= INT_MAX && BIO_write(t->wire_in, wire.p, (int)wire.n) == (int)wire.n ? 0 : -1;
}

/* What a call's return value means: 0 for "needs more", -1 with why set. */
static int failed(struct tls *t, int rc, const char *what)
{
	int e = SSL_get_error(t->ssl, rc);
	long verify;

	if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE)
		return 0;
	if (e == SSL_ERROR_ZERO_RETURN) {
		t->why[0] = '\0';
		return -1;
	}
	verify = SSL_get_verify_result(t->ssl);
	if (verify != X509_V_OK && SSL_get_verify_mode(t->ssl) != SSL_VERIFY_NONE) {
		struct zg_buf b = zg_buf_of(t->why, TLS_WHY - 1);

		zg_buf_put(&b, ZG_S("the certificate is not trusted: "));
		zg_buf_put(&b, zg_slice_cstr(X509_verify_cert_error_string(verify)));
		t->why[b.n] = '\0';
		ERR_clear_error();
		return -1;
	}
	why_from_queue(t->why, what);
	return -1;
}

int tls_handshake(struct tls *t)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(t->ssl);
	return rc == 1 ? 1 : failed(t, rc, "the TLS handshake failed");
}

int tls_read(struct tls *t, char *p, size_t n)
{
	int rc;

	ERR_clear_error();
	rc = SSL_read(t->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	return rc > 0 ? rc : failed(t, rc, "TLS failed");
}

int tls_write(struct tls *t, struct zg_slice s)
{
	while (s.n) {
		size_t n = s.n > 16384 ? 16384 : s.n;	/* a record, RFC 8446 5.1 */
		int rc;

		ERR_clear_error();
		rc = SSL_write(t->ssl, s.p, (int)n);
		if (rc <= 0) {
			(void)failed(t, rc, "TLS failed");	/* for its text */
			return -1;
		}
		s = zg_slice_sub(s, (size_t)rc, s.n);
	}
	return 0;
}

void tls_end(struct tls *t)
{
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);	/* one way: the peer's answer is not waited for */
	ERR_clear_error();
}

size_t tls_drain(struct tls *t, char *p, size_t n)
{
	int rc = BIO_read(t->wire_out, p, n > INT_MAX ? INT_MAX : (int)n);

	return rc > 0 ? (size_t)rc : 0;
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}

const char *tls_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

static int extension_add(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	int rc = e && X509_add_ext(x, e, -1) == 1 ? 0 : -1;

	X509_EXTENSION_free(e);
	return rc;
}

static int self_signed_fill(X509 *x, EVP_PKEY *key, struct zg_slice host)
{
	X509_NAME *name = X509_get_subject_name(x);
	char names[512];
	struct zg_buf b = zg_buf_of(names, sizeof(names) - 1);
	BIGNUM *n = NULL;
	int rc = -1;

	zg_buf_put(&b, ZG_S("DNS:localhost,IP:127.0.0.1,IP:::1"));
	if (!zg_slice_eq_ci(host, ZG_S("localhost"))) {
		zg_buf_put(&b, ZG_S(",DNS:"));
		zg_buf_put(&b, host);
	}
	if (b.is_full)
		return -1;
	names[b.n] = '\0';
	if (X509_set_version(x, 2) == 1 && X509_gmtime_adj(X509_getm_notBefore(x), -3600) &&
	    X509_gmtime_adj(X509_getm_notAfter(x), 60L * 60 * 24 * SELF_SIGNED_DAYS) && X509_set_pubkey(x, key) == 1 &&
	    (n = BN_new()) != NULL && BN_rand(n, 63, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, name) == 1 && extension_add(x, NID_subject_alt_name, names) == 0 &&
	    extension_add(x, NID_basic_constraints, "critical,CA:FALSE") == 0 && X509_sign(x, key, EVP_sha256()) > 0)
		rc = 0;
	BN_free(n);
	return rc;
}

static void bio_take(BIO *b, struct zg_buf *ret)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	zg_buf_put(ret, zg_slice_of(p, n > 0 ? (size_t)n : 0));
}

int tls_self_signed(struct zg_slice host, struct zg_buf *ret_certificate, struct zg_buf *ret_key)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_secmem());
	int rc = -1;

	if (key && x && c && k && self_signed_fill(x, key, host) == 0 && PEM_write_bio_X509(c, x) == 1 &&
	    PEM_write_bio_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1) {
		bio_take(c, ret_certificate);
		bio_take(k, ret_key);
		rc = ret_certificate->is_full || ret_key->is_full ? -1 : 0;
	}
	ERR_clear_error();
	BIO_free(c);
	BIO_free(k);
	X509_free(x);
	EVP_PKEY_free(key);
	return rc;
}
