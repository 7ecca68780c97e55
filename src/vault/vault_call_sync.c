/* vault_call_sync.c - one request, one answer, over a channel that nobody else uses meanwhile. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <zegel/arena.h>
#include "base/secret.h"
#include "vault/vault_call.h"

static int request_send(int fd, const struct vault_request *r, struct zg_arena *a)
{
	size_t cap = VAULT_PACKET_HEAD + vault_request_size(r);
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, cap), cap);
	ssize_t n;

	if (!b.p)
		return -1;
	vault_packet_write(&b, 1);
	vault_request_write(&b, r);
	do
		n = send(fd, b.p, b.n, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	zg_secret_wipe_bytes(b.p, cap);	/* a pasted key may have been in it */
	zg_arena_shrink(a, cap);
	return n < 0 ? -1 : 0;
}

/* Takes packets until one answers serial; what was asked before by another may still come. */
static int answer_take(int fd, uint32_t serial, char *mem, struct vault_answer *ret)
{
	struct pollfd p = { fd, POLLIN, 0 };

	for (;;) {
		int rc = poll(&p, 1, VAULT_CALL_SYNC_PATIENCE);
		struct zg_cur c;
		ssize_t n;

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return -1;
		n = recv(fd, mem, VAULT_CALL_SEAL_MAX, MSG_TRUNC);
		if (n <= 0 || (size_t)n > VAULT_CALL_SEAL_MAX)
			return -1;
		c = zg_cur_of(zg_slice_of(mem, (size_t)n));
		if (vault_packet_read(&c) != 1 || vault_answer_read(&c, ret) < 0)
			return -1;
		if (ret->serial == serial)
			return 0;
	}
}

int vault_call_sync(int fd, const struct vault_request *r, struct zg_arena *a, struct vault_answer *ret)
{
	struct vault_answer answer;
	char *mem;

	if (VAULT_PACKET_HEAD + vault_request_size(r) > VAULT_PACKET_MAX) {
		*ret = (struct vault_answer){ .kind = r->kind, .serial = r->serial, .code = VAULT_BAD_REQUEST };
		return 0;
	}
	if (request_send(fd, r, a) < 0)
		return -1;
	mem = zg_arena_bytes(a, VAULT_CALL_SEAL_MAX);
	if (!mem || answer_take(fd, r->serial, mem, &answer) < 0)
		return -1;
	*ret = answer;
	return 0;
}
