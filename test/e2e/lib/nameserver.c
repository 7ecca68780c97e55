/* nameserver.c - preloaded into a program under test: its resolver asks the server named by NAMESERVER, whatever /etc/resolv.conf says. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#undef res_ninit
int __res_ninit(struct __res_state *state);

int __res_ninit(struct __res_state *state)
{
	int (*real)(struct __res_state *);
	const char *address = getenv("NAMESERVER");
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "__res_ninit");
	rc = real ? real(state) : -1;
	if (rc == 0 && address) {
		memset(&state->nsaddr_list[0], 0, sizeof(state->nsaddr_list[0]));
		state->nsaddr_list[0].sin_family = AF_INET;
		state->nsaddr_list[0].sin_port = htons(53);
		state->nsaddr_list[0].sin_addr.s_addr = inet_addr(address);
		state->nscount = 1;
	}
	return rc;
}
