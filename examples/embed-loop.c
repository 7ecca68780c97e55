/* embed-loop.c - the verifier in a loop of one's own: poll() on the message and on a socket to a name server.
 *
 *   embed-loop SERVER < message
 *   cc embed-loop.c $(pkg-config --cflags --libs zegel) -lresolv
 *
 *   standard input --pieces--> header complete? --> the verifier takes the body as it comes
 *                                    |
 *                                    +-> its questions go out at once, all of them, over UDP
 *   socket ---------answers--------------> the verifier is told, in the order in which they come
 *
 * Nothing waits for anything: the body is hashed while the DNS is asked, and the answers may come before the body ends.
 * The C library writes questions and reads answers on the wire (res_mkquery, ns_parserr).  An answer that does not fit
 * into a datagram is told as SERVFAIL, which is transient; a program that goes on from here asks again over TCP.
 * Ends with 0 where a signature passes, 1 where none does, 2 where it was called wrongly. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zegel/dkim.h>

#define HEAD_MAX (256u * 1024u)		/* octets of a header, and of the piece of body behind it */
#define MEMORY (4u * 1024u * 1024u)
#define QUESTIONS 8			/* the verifier asks no more */
#define WAIT 2				/* seconds until a question goes out again */
#define TRIES 3

/* A question on its way. */
struct asked {
	char name[NS_MAXDNAME];
	unsigned short id;
	int tries;
	time_t since;
	int is_told;
};

struct loop {
	int fd;				/* UDP, connected to the server: other senders are not heard */
	struct asked asked[QUESTIONS];
	size_t count;
	char head[HEAD_MAX];
	size_t head_n;
	int is_ended;			/* standard input is */
	struct zg_arena arena;
	struct zg_headers headers;
	struct zg_crypt crypt;
	struct zg_dkim_verifier *v;	/* NULL until the header is complete */
};

/* --- the name server ------------------------------------------------------------------------------------------- */

/* An id that others cannot guess, so that they cannot answer. */
static unsigned short random_id(void)
{
	unsigned short id = 0;
	FILE *f = fopen("/dev/urandom", "rb");

	if (!f || fread(&id, sizeof(id), 1, f) != 1)
		exit(2);
	(void)fclose(f);	/* it was only read */
	return id;
}

static void send_question(struct loop *l, struct asked *q)
{
	/* EDNS0: answers of up to 1232 octets may come. */
	static const unsigned char opt[] = { 0, 0, 41, 1232 / 256, 1232 % 256, 0, 0, 0, 0, 0, 0 };
	unsigned char wire[NS_PACKETSZ];
	int n = res_mkquery(ns_o_query, q->name, ns_c_in, ns_t_txt, NULL, 0, NULL, wire, sizeof(wire) - sizeof(opt));

	q->tries++;
	q->since = time(NULL);
	if (n < NS_HFIXEDSZ)
		return;			/* no name for the wire: it runs out of tries */
	wire[0] = (unsigned char)(q->id >> 8);
	wire[1] = (unsigned char)q->id;
	wire[11] = 1;			/* one additional record */
	memcpy(wire + n, opt, sizeof(opt));
	(void)send(l->fd, wire, (size_t)n + sizeof(opt), 0);	/* what is lost is sent again */
}

static void tell(struct loop *l, struct asked *q, enum zg_dns_status status, const struct zg_dns_rr *rr, size_t count)
{
	struct zg_dns_a a;

	memset(&a, 0, sizeof(a));
	a.name = zg_slice_cstr(q->name);
	a.type = ZG_DNS_TXT;
	a.status = status;
	a.rr = rr;
	a.rr_count = count;
	q->is_told = 1;
	zg_dkim_verify_feed(l->v, &a);
}

/* The strings of a TXT record, joined: each has its length in front. */
static struct zg_slice join(ns_rr rr, unsigned char *to)
{
	const unsigned char *p = ns_rr_rdata(rr), *end = p + ns_rr_rdlen(rr);
	size_t n = 0;

	while (p < end) {
		size_t piece = *p++;

		if (piece > (size_t)(end - p))
			piece = (size_t)(end - p);
		memcpy(to + n, p, piece);
		n += piece;
		p += piece;
	}
	return zg_slice_of(to, n);
}

static void tell_answer(struct loop *l, struct asked *q, ns_msg *m)
{
	static unsigned char text[NS_MAXMSG];
	struct zg_dns_rr found[16];
	size_t count = 0, n = 0;
	ns_rr rr;

	if (ns_msg_getflag(*m, ns_f_rcode) == ns_r_nxdomain) {
		tell(l, q, ZG_DNS_NXDOMAIN, NULL, 0);
		return;
	}
	if (ns_msg_getflag(*m, ns_f_rcode) != ns_r_noerror || ns_msg_getflag(*m, ns_f_tc)) {
		tell(l, q, ZG_DNS_SERVFAIL, NULL, 0);
		return;
	}
	memset(found, 0, sizeof(found));
	for (int i = 0; i < ns_msg_count(*m, ns_s_an) && count < sizeof(found) / sizeof(found[0]); i++) {
		if (ns_parserr(m, ns_s_an, i, &rr) != 0)
			break;
		if (ns_rr_type(rr) != ns_t_txt)	/* a CNAME on the way to it */
			continue;
		found[count].data = join(rr, text + n);
		n += found[count++].data.n;
	}
	tell(l, q, count ? ZG_DNS_FOUND : ZG_DNS_NODATA, found, count);
}

/* A datagram: which question does it answer?  One whose id and name are its own; others are dropped. */
static void take_datagram(struct loop *l)
{
	static unsigned char wire[NS_MAXMSG];
	ssize_t n = recv(l->fd, wire, sizeof(wire), MSG_DONTWAIT);
	ns_msg m;
	ns_rr rr;

	if (n < 0 || ns_initparse(wire, (int)n, &m) != 0 || !ns_msg_getflag(m, ns_f_qr) || ns_parserr(&m, ns_s_qd, 0, &rr) != 0)
		return;
	for (size_t i = 0; i < l->count; i++) {
		struct asked *q = &l->asked[i];

		if (!q->is_told && q->id == ns_msg_id(m) && ns_rr_type(rr) == ns_t_txt && strcasecmp(q->name, ns_rr_name(rr)) == 0)
			tell_answer(l, q, &m);
	}
}

/* Sends what the verifier asks and was not asked yet. */
static void ask(struct loop *l)
{
	const struct zg_dns_q *q = NULL;

	if (zg_dkim_verify_step(l->v, &q) == ZG_DONE)
		return;
	for (; q && l->count < QUESTIONS; q = q->next) {
		struct asked *to = &l->asked[l->count++];

		printf("asked: " ZG_FMT "\n", ZG_ARG(q->name));
		memset(to, 0, sizeof(*to));
		(void)snprintf(to->name, sizeof(to->name), ZG_FMT, ZG_ARG(q->name));	/* a name has at most 253 octets */
		to->id = random_id();
		send_question(l, to);
	}
}

/* Asks again where no answer came, or gives up.  How many are still open? */
static size_t wait_or_give_up(struct loop *l)
{
	size_t open = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct asked *q = &l->asked[i];

		if (!q->is_told && time(NULL) - q->since >= WAIT) {
			if (q->tries < TRIES)
				send_question(l, q);
			else
				tell(l, q, ZG_DNS_TIMEOUT, NULL, 0);
		}
		open += !q->is_told;
	}
	return open;
}

/* --- the message ----------------------------------------------------------------------------------------------- */

/* The header is complete: the verifier begins, and what came behind the header is the first of the body. */
static int begin(struct loop *l, size_t head)
{
	struct zg_slice all = zg_slice_of(l->head, l->head_n);

	if (zg_header_index(zg_slice_sub(all, 0, head), &l->arena, &l->headers) != ZG_HEADER_OK)
		return -1;
	l->v = zg_dkim_verify_new(&l->crypt, &l->arena, time(NULL));
	if (!l->v)
		return -1;
	zg_dkim_verify_header(l->v, &l->headers);
	zg_dkim_verify_body(l->v, zg_slice_sub(all, head, all.n));
	ask(l);
	return 0;
}

static int take_input(struct loop *l)
{
	char body[16384];
	char *to = l->v ? body : l->head + l->head_n;
	ssize_t n = read(STDIN_FILENO, to, l->v ? sizeof(body) : sizeof(l->head) - l->head_n);
	struct zg_slice head;
	size_t end;

	if (n < 0 || (!l->v && l->head_n == sizeof(l->head)))	/* a header that is too long */
		return -1;
	l->is_ended = n == 0;
	if (l->v) {
		zg_dkim_verify_body(l->v, zg_slice_of(body, (size_t)n));
	} else {
		l->head_n += (size_t)n;
		head = zg_slice_of(l->head, l->head_n);
		end = zg_header_end(head);
		if (l->is_ended || zg_slice_find_slice(head, ZG_S("\r\n\r\n")) < head.n)
			return begin(l, end);
	}
	return 0;
}

static int run(struct loop *l)
{
	size_t open = 0;

	while (!l->is_ended || open) {
		struct pollfd p[2];

		memset(p, 0, sizeof(p));
		p[0].fd = l->is_ended ? -1 : STDIN_FILENO;
		p[1].fd = l->fd;
		p[0].events = p[1].events = POLLIN;
		if (poll(p, 2, 500) < 0)
			return -1;
		if (p[0].revents && take_input(l) < 0)
			return -1;
		if (p[1].revents && l->v)
			take_datagram(l);
		open = wait_or_give_up(l);
	}
	if (l->v)
		zg_dkim_verify_end(l->v);
	return l->v ? 0 : -1;
}

/* --- start and end --------------------------------------------------------------------------------------------- */

static int connect_to(const char *server)
{
	struct sockaddr_in to;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_port = htons(NS_DEFAULTPORT);
	if (inet_pton(AF_INET, server, &to.sin_addr) != 1 || fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	static struct loop l;
	static char memory[MEMORY];
	const struct zg_dkim_verdict *verdict;
	size_t count = 0, passed = 0;

	l.fd = argc == 2 ? connect_to(argv[1]) : -1;
	if (l.fd < 0) {
		fprintf(stderr, "usage: embed-loop ADDRESS-OF-A-NAME-SERVER < message\n");
		return 2;
	}
	zg_arena_init_fixed(&l.arena, memory, sizeof(memory));
	if (zg_crypt_init(&l.crypt) == 0 && run(&l) == 0)
		count = zg_dkim_verify_verdicts(l.v, &verdict);
	for (size_t i = 0; i < count; i++) {
		passed += verdict[i].result == ZG_DKIM_PASS;
		printf(ZG_FMT " " ZG_FMT " %s\n", ZG_ARG(zg_dkim_result_word(verdict[i].result)), ZG_ARG(verdict[i].domain),
		       verdict[i].reason);
	}
	if (l.v)
		zg_dkim_verify_done(l.v);
	zg_crypt_done(&l.crypt);
	(void)close(l.fd);	/* nothing was written to it that could be lost */
	return passed ? 0 : 1;
}
