/* fuzz_conf.c - any octets as a configuration: what is read must be written and read back as the same; errors lie in
 * the text. */
#include <stdint.h>
#include <stdlib.h>
#include "conf/conf.h"

static char memory[4u * 1024u * 1024u];
static char first[1024u * 1024u], second[sizeof(first)];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool claim)
{
	if (!claim)
		abort();
}

static void hold_errors(const struct conf_error *v, size_t count, size_t size)
{
	hold(count > 0 && count <= CONF_ERRORS_MAX);
	for (size_t i = 0; i < count; i++) {
		hold(v[i].line >= 1 && v[i].column >= 1 && v[i].line <= size + 1 && v[i].column <= size + 1);
		hold(i == 0 || v[i].line > v[i - 1].line || (v[i].line == v[i - 1].line && v[i].column >= v[i - 1].column));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zg_buf one = zg_buf_of(first, sizeof(first)), two = zg_buf_of(second, sizeof(second));
	struct conf_error errors[CONF_ERRORS_MAX];
	struct zg_arena a;
	struct conf c;
	size_t count;

	zg_arena_init_fixed(&a, memory, sizeof(memory));
	if (conf_read(zg_slice_of(data, size), &a, &c, errors, &count) < 0) {
		hold_errors(errors, count, size);
		return 0;
	}
	conf_write(&c, &one);
	hold(!one.is_full);
	zg_arena_init_fixed(&a, memory, sizeof(memory));
	hold(conf_read(zg_buf_slice(&one), &a, &c, errors, &count) == 0);
	conf_write(&c, &two);
	hold(zg_slice_eq(zg_buf_slice(&one), zg_buf_slice(&two)));
	return 0;
}
