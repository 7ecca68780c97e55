/* parent_listen.c - the sockets that the relay accepts on, bound while there are the rights to. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cmd/parent_setup.h"
#include "io/log.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct conf_listen *l, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (l->is_v6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(l->port);
		memcpy(&ret->v6.sin6_addr, l->address, 16);
		return sizeof(ret->v6);
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons(l->port);
	memcpy(&ret->v4.sin_addr, l->address, 4);
	return sizeof(ret->v4);
}

static bool is_any(const struct conf_listen *l)
{
	static const unsigned char none[16];

	return l->is_v6 && memcmp(l->address, none, sizeof(none)) == 0;
}

/* A socket bound and listening; -1 with errno. */
static int socket_open(const struct conf_listen *l)
{
	union address a;
	socklen_t n = address_of(l, &a);
	int on = 1, both = !is_any(l), e;
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (!l->is_v6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both)) == 0) && bind(fd, &a.any, n) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	e = errno;
	(void)close(fd);	/* nothing came over it */
	errno = e;
	return -1;
}

/* "[::]" stands for both families; on a machine without IPv6 it is the other one alone. */
static int socket_open_any(const struct conf_listen *l)
{
	struct conf_listen v4 = *l;
	int fd = socket_open(l);

	if (fd >= 0 || !is_any(l) || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
		return fd;
	v4.is_v6 = false;
	return socket_open(&v4);
}

static int fail(struct cmd *c, const struct conf_listen *l, int error)
{
	static const struct { int error; enum lang_word word; } known[] = {
		{ EADDRINUSE, WORD_SERVE_LISTEN_IN_USE }, { EACCES, WORD_SERVE_LISTEN_RIGHTS },
		{ EADDRNOTAVAIL, WORD_SERVE_LISTEN_NO_ADDRESS }, { EAFNOSUPPORT, WORD_SERVE_LISTEN_NO_ADDRESS },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error)
			return cmd_fail(c, CMD_UNUSABLE, l->text, known[i].word, CMD_NOTHING, CMD_NOTHING);
	return cmd_fail_errno(c, CMD_UNUSABLE, l->text, WORD_SERVE_LISTEN, error, CMD_NOTHING);
}

static void tell(int fd, const struct conf_listen *l, struct zg_slice what)
{
	static const struct zg_slice words[] = {
		[CONF_TLS_NONE] = ZG_SI("none"), [CONF_TLS_STARTTLS] = ZG_SI("starttls"), [CONF_TLS_IMPLICIT] = ZG_SI("tls"),
	};
	union address a = { .v6 = { .sin6_family = 0 } };
	socklen_t n = sizeof(a);
	char text[INET6_ADDRSTRLEN] = "";
	const void *octets;
	bool is_v6;

	if (getsockname(fd, &a.any, &n) < 0)
		return;		/* a socket that is bound has a name */
	is_v6 = a.any.sa_family == AF_INET6;
	octets = is_v6 ? (const void *)&a.v6.sin6_addr : &a.v4.sin_addr;
	(void)inet_ntop(a.any.sa_family, octets, text, sizeof(text));	/* the text has room for both */
	log_line(LOG_INFO, "listening", (struct log_field[]){
		LOG_TEXT("address", zg_slice_cstr(text)), LOG_NUM("port", ntohs(is_v6 ? a.v6.sin6_port : a.v4.sin_port)),
		LOG_TEXT("tls", words[l->tls]), LOG_TEXT("for", what),
	}, 4);
}

static int open_all(struct cmd *c, const struct conf_listen *v, size_t count, struct parent_sockets *ret)
{
	int status = CMD_GOOD;

	for (size_t i = 0; i < count && ret->count < PARENT_LISTEN_MAX; i++) {
		int fd = socket_open_any(&v[i]);

		if (fd < 0)
			status = fail(c, &v[i], errno);	/* go on: all that is wrong is told at once */
		else
			ret->fds[ret->count++] = fd;
	}
	return status;
}

int parent_listen_open(struct cmd *c, const struct settings *s, struct parent_sockets *ret)
{
	const struct conf *conf = &s->conf;
	int status, more;

	ret->count = 0;
	status = open_all(c, conf->listen, conf->listen_count, ret);
	more = open_all(c, conf->http_listen, conf->http_listen_count, ret);
	status = status == CMD_GOOD ? more : status;
	for (size_t i = 0; i < conf->listen_count && status == CMD_GOOD; i++)
		tell(ret->fds[i], &conf->listen[i], ZG_S("smtp"));
	for (size_t i = 0; i < conf->http_listen_count && status == CMD_GOOD; i++)
		tell(ret->fds[conf->listen_count + i], &conf->http_listen[i], ZG_S("http"));
	if (status != CMD_GOOD)
		parent_listen_close(ret);
	return status;
}

void parent_listen_close(struct parent_sockets *s)
{
	while (s->count)
		(void)close(s->fds[--s->count]);	/* listening only */
}
