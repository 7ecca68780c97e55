/* conf_write.c - the configuration in force as a text that conf_read reads back as the same. */
#include <arpa/inet.h>
#include <zegel/buf.h>
#include "conf/conf.h"

static void put_string(struct zg_buf *b, struct zg_slice s)
{
	zg_buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			zg_buf_putc(b, '\\');
		zg_buf_putc(b, s.p[i]);
	}
	zg_buf_putc(b, '"');
}

static void put_name(struct zg_buf *b, struct zg_slice name)
{
	zg_buf_put(b, name);
	zg_buf_put(b, ZG_S(" = "));
}

static void put_pair(struct zg_buf *b, struct zg_slice name, struct zg_slice value)
{
	put_name(b, name);
	put_string(b, value);
	zg_buf_putc(b, '\n');
}

static void put_address(struct zg_buf *b, bool is_v6, const unsigned char *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	/* The family is known and the text has room: it cannot fail, and would be empty. */
	(void)inet_ntop(is_v6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	zg_buf_put(b, zg_slice_cstr(text));
}

static void put_listen(struct zg_buf *b, const struct conf_listen *v, size_t count)
{
	put_name(b, ZG_S("listen"));
	zg_buf_putc(b, '[');
	for (size_t i = 0; i < count; i++) {
		zg_buf_put(b, i ? ZG_S(", ") : ZG_S(""));
		put_string(b, v[i].text);
	}
	zg_buf_put(b, ZG_S("]\n"));
}

static void put_network(struct zg_buf *b, bool is_v6, const unsigned char *address, unsigned bits)
{
	put_address(b, is_v6, address);
	zg_buf_putc(b, '/');
	zg_buf_put_uint(b, bits);
}

static void put_trusted(struct zg_buf *b, const struct conf *c)
{
	put_name(b, ZG_S("trusted"));
	zg_buf_putc(b, '[');
	for (size_t i = 0; i < c->trusted_count; i++) {
		const struct conf_trusted *t = &c->trusted[i];

		zg_buf_put(b, i ? ZG_S(", \"") : ZG_S("\""));
		put_network(b, t->is_v6, t->address, t->bits);
		if (t->company.n)
			zg_buf_put(b, ZG_S(" = "));
		zg_buf_put(b, t->company);
		zg_buf_putc(b, '"');
	}
	zg_buf_put(b, ZG_S("]\n"));
}

static void put_http(struct zg_buf *b, const struct conf *c)
{
	put_listen(b, c->http_listen, c->http_listen_count);
	put_pair(b, ZG_S("base_url"), c->base_url);
	put_pair(b, ZG_S("certificate"), c->http_certificate);
	put_pair(b, ZG_S("key"), c->http_key);
	put_name(b, ZG_S("trusted_proxies"));
	zg_buf_putc(b, '[');
	for (size_t i = 0; i < c->trusted_proxies_count; i++) {
		zg_buf_put(b, i ? ZG_S(", \"") : ZG_S("\""));
		put_network(b, c->trusted_proxies[i].is_v6, c->trusted_proxies[i].address, c->trusted_proxies[i].bits);
		zg_buf_putc(b, '"');
	}
	zg_buf_put(b, ZG_S("]\n"));
}

static void put_unready(struct zg_buf *b, const struct conf *c)
{
	static const struct zg_slice words[] = { [CONF_UNREADY_HOLD] = ZG_SI("hold"), [CONF_UNREADY_SEND] = ZG_SI("send") };
	bool is_first = true;

	put_pair(b, ZG_S("unready"), words[c->unready]);
	put_name(b, ZG_S("unready_allowed"));
	zg_buf_putc(b, '[');
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(c->unready_allowed & 1u << i))
			continue;
		zg_buf_put(b, is_first ? ZG_S("") : ZG_S(", "));
		put_string(b, words[i]);
		is_first = false;
	}
	zg_buf_put(b, ZG_S("]\n"));
}

static void put_smarthost(struct zg_buf *b, const struct conf *c)
{
	bool is_v6 = zg_slice_find(c->smarthost_host, ':') < c->smarthost_host.n;

	put_name(b, ZG_S("smarthost"));
	zg_buf_put(b, is_v6 ? ZG_S("\"[") : ZG_S("\""));
	zg_buf_put(b, c->smarthost_host);
	zg_buf_put(b, is_v6 ? ZG_S("]") : ZG_S(""));
	if (c->smarthost_host.n) {
		zg_buf_putc(b, ':');
		zg_buf_put_uint(b, c->smarthost_port);
	}
	zg_buf_put(b, ZG_S("\"\n"));
}

static void put_delivery(struct zg_buf *b, const struct conf *c)
{
	static const struct zg_slice tls[] = {
		[CONF_SMARTHOST_IMPLICIT] = ZG_SI("implicit"), [CONF_SMARTHOST_VERIFY] = ZG_SI("verify"),
		[CONF_SMARTHOST_ENCRYPT] = ZG_SI("encrypt"), [CONF_SMARTHOST_MAY] = ZG_SI("may"),
		[CONF_SMARTHOST_NONE] = ZG_SI("none"),
	};

	put_pair(b, ZG_S("route"), c->route == CONF_ROUTE_SMARTHOST ? ZG_S("smarthost") : ZG_S("capture"));
	put_smarthost(b, c);
	put_pair(b, ZG_S("smarthost_user"), c->smarthost_user);
	put_pair(b, ZG_S("smarthost_password_file"), c->smarthost_password_file);
	put_pair(b, ZG_S("smarthost_tls"), tls[c->smarthost_tls]);
	put_pair(b, ZG_S("smarthost_ca"), c->smarthost_ca);
	zg_buf_put(b, c->sign ? ZG_S("sign = true\n") : ZG_S("sign = false\n"));
	put_pair(b, ZG_S("spf_include"), c->spf_include);
	put_unready(b, c);
}

static void put_duration(struct zg_buf *b, struct zg_slice name, int64_t seconds)
{
	bool is_days = seconds % 86400 == 0;

	put_name(b, name);
	zg_buf_putc(b, '"');
	zg_buf_put_int(b, seconds / (is_days ? 86400 : 3600));
	zg_buf_put(b, is_days ? ZG_S("d\"\n") : ZG_S("h\"\n"));
}

void conf_write(const struct conf *c, struct zg_buf *b)
{
	zg_buf_put(b, ZG_S("[server]\n"));
	put_pair(b, ZG_S("hostname"), c->hostname);
	put_pair(b, ZG_S("state"), c->state);
	put_pair(b, ZG_S("user"), c->user);
	put_pair(b, ZG_S("vault_user"), c->vault_user);
	zg_buf_put(b, ZG_S("\n[smtp]\n"));
	put_listen(b, c->listen, c->listen_count);
	put_pair(b, ZG_S("certificate"), c->certificate);
	put_pair(b, ZG_S("key"), c->key);
	put_trusted(b, c);
	put_name(b, ZG_S("message_size"));
	zg_buf_put_uint(b, c->message_size);
	zg_buf_put(b, ZG_S("\n\n[http]\n"));
	put_http(b, c);
	zg_buf_put(b, ZG_S("\n[delivery]\n"));
	put_delivery(b, c);
	zg_buf_put(b, ZG_S("\n[vault]\n"));
	put_pair(b, ZG_S("master_key"), c->master_key);
	zg_buf_put(b, ZG_S("\n[store]\n"));
	put_pair(b, ZG_S("url"), c->store_url);
	zg_buf_put(b, ZG_S("\n[dns]\n"));
	put_pair(b, ZG_S("resolver"), c->resolver);
	zg_buf_put(b, ZG_S("\n[reports]\n"));
	put_pair(b, ZG_S("address"), c->report_address);
	zg_buf_put(b, ZG_S("\n[retention]\n"));
	put_duration(b, ZG_S("bodies"), c->retention_bodies);
	put_duration(b, ZG_S("messages"), c->retention_messages);
}
