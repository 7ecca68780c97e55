/* smtp_auth.c - user names and passwords in base64: read for the server, written for the client, wiped by both. */
#include "proto/smtp_auth.h"
#include "base/ascii.h"
#include "base/b64.h"
#include "base/secret.h"
#include "base/utf8.h"

struct zg_slice zg_smtp_login_get_user(const struct zg_smtp_login *l)
{
	return zg_slice_of(l->mem + l->user_at, l->user_n);
}

struct zg_slice zg_smtp_login_get_password(const struct zg_smtp_login *l)
{
	return zg_slice_of(l->mem + l->password_at, l->password_n);
}

void zg_smtp_login_wipe(struct zg_smtp_login *l)
{
	zg_secret_wipe_bytes(l, sizeof(*l));
}

static enum zg_smtp_say refuse(struct zg_smtp_login *l, enum zg_smtp_say why)
{
	zg_smtp_login_wipe(l);
	return why;
}

static bool is_user(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (zg_ascii_is_cntrl(s.p[i]))
			return false;
	return s.n > 0 && s.n <= ZG_SMTP_LOGIN_USER && zg_utf8_is_valid(s);
}

/* RFC 4616 2: passwd is 1*SAFE, NUL is none. */
static bool is_password(struct zg_slice s)
{
	return s.n > 0 && zg_slice_find(s, '\0') == s.n;
}

/* Decodes into mem from octet `at` on; the octets written, or 0. */
static unsigned short decode(struct zg_smtp_login *l, size_t at, struct zg_slice response)
{
	struct zg_buf b = zg_buf_of(l->mem + at, sizeof(l->mem) - at);

	return zg_b64_decode(response, &b) < 0 ? 0 : (unsigned short)b.n;
}

enum zg_smtp_say zg_smtp_login_plain(struct zg_smtp_login *l, struct zg_slice response)
{
	struct zg_slice all = zg_slice_of(l->mem, decode(l, 0, response)), identity, user;

	identity = zg_slice_sub(all, 0, zg_slice_find(all, '\0'));
	l->user_at = (unsigned short)(identity.n + 1);
	user = zg_slice_sub(all, l->user_at, all.n);
	user.n = zg_slice_find(user, '\0');
	l->user_n = (unsigned short)user.n;
	l->password_at = (unsigned short)(l->user_at + l->user_n + 1);
	if (l->password_at >= all.n)
		return refuse(l, ZG_SMTP_SAY_AUTH_DECODE);
	l->password_n = (unsigned short)(all.n - l->password_at);
	if (!is_user(user) || !is_password(zg_smtp_login_get_password(l)))
		return refuse(l, ZG_SMTP_SAY_AUTH_DECODE);
	if (identity.n && !zg_slice_eq(identity, user))
		return refuse(l, ZG_SMTP_SAY_AUTH_IDENTITY);
	return ZG_SMTP_SAY_NOTHING;
}

enum zg_smtp_say zg_smtp_login_user(struct zg_smtp_login *l, struct zg_slice response)
{
	l->user_at = 0;
	l->user_n = decode(l, 0, response);
	return is_user(zg_smtp_login_get_user(l)) ? ZG_SMTP_SAY_NOTHING : refuse(l, ZG_SMTP_SAY_AUTH_DECODE);
}

enum zg_smtp_say zg_smtp_login_password(struct zg_smtp_login *l, struct zg_slice response)
{
	l->password_at = l->user_n;
	l->password_n = decode(l, l->password_at, response);
	return is_password(zg_smtp_login_get_password(l)) ? ZG_SMTP_SAY_NOTHING : refuse(l, ZG_SMTP_SAY_AUTH_DECODE);
}

size_t zg_smtp_login_plain_size(struct zg_slice user, struct zg_slice password)
{
	return zg_b64_size(user.n + password.n + 2);
}

int zg_smtp_login_put_plain(struct zg_buf *b, struct zg_slice user, struct zg_slice password)
{
	char mem[ZG_SMTP_LOGIN_MAX];
	struct zg_buf raw = zg_buf_of(mem, sizeof(mem));

	zg_buf_putc(&raw, '\0');
	zg_buf_put(&raw, user);
	zg_buf_putc(&raw, '\0');
	zg_buf_put(&raw, password);
	if (!raw.is_full)
		zg_b64_encode(zg_buf_slice(&raw), b);
	zg_secret_wipe_bytes(mem, sizeof(mem));
	return raw.is_full ? -1 : 0;
}
