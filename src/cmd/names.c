/* names.c - domains and selectors of the command line. */
#include <zegel/address.h>
#include "base/ascii.h"
#include "base/time.h"
#include "cmd/names.h"
#include "house/house.h"

int names_domain(struct cmd *c, struct zg_slice text, struct zg_slice *ret)
{
	struct zg_slice domain = house_domain_read(text, &c->arena);

	if (!domain.n)
		return cmd_fail(c, CMD_USAGE, text, WORD_HOUSE_BAD_DOMAIN, text, CMD_NOTHING);
	*ret = domain;
	return CMD_GOOD;
}

/* RFC 1123 2.1, and the underscores of names that are no host's: no hyphen at the edge of a label, no address. */
static bool is_host(struct zg_slice name)
{
	bool is_number = true;	/* the last label */

	for (size_t i = 0; i < name.n; i++) {
		bool is_edge = i == 0 || i + 1 == name.n || name.p[i - 1] == '.' || name.p[i + 1] == '.';

		if (name.p[i] == '-' && is_edge)
			return false;
		is_number = name.p[i] == '.' || (is_number && zg_ascii_is_digit(name.p[i]));
	}
	return !is_number;
}

int names_host(struct cmd *c, struct zg_slice text, struct zg_slice *ret)
{
	struct zg_slice name = zg_address_domain(text, &c->arena);

	if (!is_host(name))
		return cmd_fail(c, CMD_USAGE, text, WORD_HOUSE_BAD_DOMAIN, text, CMD_NOTHING);
	*ret = name;
	return CMD_GOOD;
}

int names_selector(struct cmd *c, struct zg_slice text, struct zg_slice domain, struct zg_slice *ret)
{
	struct zg_slice selector = house_selector_read(text, domain, &c->arena);

	if (!selector.n)
		return cmd_fail(c, CMD_USAGE, text, WORD_HOUSE_BAD_SELECTOR, text, CMD_NOTHING);
	*ret = selector;
	return CMD_GOOD;
}

struct zg_slice names_selector_default(struct cmd *c, int64_t now)
{
	struct zg_time t = zg_time_of_unix(now);
	char mem[20];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	zg_buf_putc(&b, 'z');
	zg_buf_put_pad(&b, (uint64_t)t.year, 4);
	zg_buf_put_pad(&b, (uint64_t)t.month, 2);
	return zg_arena_dup(&c->arena, zg_buf_slice(&b));
}
