/* server_wire.h - a question to a server in octets, and its answer out of them, by ldns: the only door to it. */
#ifndef IO_SERVER_WIRE_H
#define IO_SERVER_WIRE_H

#include "io/ask_server.h"

#define SERVER_WIRE_MAX 512u	/* octets of a question: a name of 255 and its frame */

/* Writes the question; its octets, or 0 where the name is none or there is no memory. */
size_t server_wire_question(const struct server_question *q, uint16_t id, bool has_edns, unsigned char *ret, size_t cap);

enum server_wire {
	SERVER_WIRE_OTHER,	/* no answer to this question, or not readable */
	SERVER_WIRE_CUT,	/* TC: to be asked by TCP */
	SERVER_WIRE_READ,
	SERVER_WIRE_NO_MEMORY
};
/* What came, held against the question; READ: *ret, living in a. */
enum server_wire server_wire_answer(const struct server_question *q, uint16_t id, struct zg_slice wire, struct zg_arena *a,
				    struct server_answer *ret);

#endif
