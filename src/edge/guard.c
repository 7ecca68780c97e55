/* guard.c - counting connections by address, for all loops, under one lock.
 *
 * A table with open addressing, four times as large as the most entries there can be; an entry whose count falls to 0 leaves and
 * its run closes up, so there are no tombstones. */
#include "edge/guard.h"
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SLOTS 32768u		/* a power of two over 2 * GUARD_ALL */
#define PRESSED (GUARD_ALL - GUARD_ALL / 20)

struct address {
	unsigned char b[8];	/* IPv4: 4 octets and zeros behind 0xff; IPv6: the /64 */
	bool is_v6;
};

struct seat {
	struct address who;
	unsigned count;
};

struct guard {
	uv_mutex_t lock;
	unsigned all;
	struct seat seats[SLOTS];
};

static struct address address_of(const struct sockaddr_storage *peer)
{
	struct address a = { .is_v6 = peer->ss_family == AF_INET6 };

	if (a.is_v6) {
		const struct in6_addr *six = &((const struct sockaddr_in6 *)peer)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(six)) {
			a.is_v6 = false;
			memcpy(a.b, six->s6_addr + 12, 4);
		} else {
			memcpy(a.b, six->s6_addr, 8);
		}
	} else {
		memcpy(a.b, &((const struct sockaddr_in *)peer)->sin_addr, 4);
	}
	return a;
}

static size_t slot_of(const struct address *a)
{
	uint32_t h = 2166136261u + a->is_v6;

	for (size_t i = 0; i < sizeof(a->b); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return (h ^ h >> 15) & (SLOTS - 1);
}

static struct seat *find(struct guard *g, const struct address *a)
{
	size_t i = slot_of(a);

	while (g->seats[i].count && (g->seats[i].who.is_v6 != a->is_v6 || memcmp(g->seats[i].who.b, a->b, sizeof(a->b)) != 0))
		i = (i + 1) & (SLOTS - 1);
	return &g->seats[i];
}

static void seat_clear(struct guard *g, struct seat *seat)
{
	seat->count = 0;
	for (size_t i = ((size_t)(seat - g->seats) + 1) & (SLOTS - 1); g->seats[i].count; i = (i + 1) & (SLOTS - 1)) {
		struct seat moved = g->seats[i];

		g->seats[i].count = 0;
		*find(g, &moved.who) = moved;
	}
}

struct guard *guard_new(void)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g && uv_mutex_init(&g->lock) != 0) {
		free(g);
		return NULL;
	}
	return g;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	uv_mutex_destroy(&g->lock);
	free(g);
}

enum guard_verdict guard_enter(struct guard *g, const struct sockaddr_storage *peer, bool is_exempt)
{
	struct address a = address_of(peer);
	enum guard_verdict v = GUARD_IN;

	uv_mutex_lock(&g->lock);
	if (g->all >= GUARD_ALL) {
		v = GUARD_FULL;
	} else if (!is_exempt) {
		struct seat *seat = find(g, &a);

		if (seat->count >= GUARD_ONE) {
			v = GUARD_TOO_MANY;
		} else {
			seat->who = a;
			seat->count++;
		}
	}
	g->all += v == GUARD_IN;
	uv_mutex_unlock(&g->lock);
	return v;
}

void guard_leave(struct guard *g, const struct sockaddr_storage *peer, bool is_exempt)
{
	struct address a = address_of(peer);

	uv_mutex_lock(&g->lock);
	g->all--;
	if (!is_exempt) {
		struct seat *seat = find(g, &a);

		if (seat->count == 1)
			seat_clear(g, seat);
		else if (seat->count)
			seat->count--;
	}
	uv_mutex_unlock(&g->lock);
}

bool guard_is_pressed(struct guard *g)
{
	bool is_pressed;

	uv_mutex_lock(&g->lock);
	is_pressed = g->all >= PRESSED;
	uv_mutex_unlock(&g->lock);
	return is_pressed;
}
