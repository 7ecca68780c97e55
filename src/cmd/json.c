/* json.c - answers for programs, by jansson. */
#include <stdlib.h>
#include "base/time.h"
#include "base/utf8.h"
#include "cmd/json.h"

json_t *cmd_json_text(struct zg_slice s)
{
	static const struct zg_slice replacement = ZG_SI("\xef\xbf\xbd");
	struct zg_buf b;
	json_t *ret;
	char *mem;

	if (zg_utf8_is_valid(s))
		return json_stringn(s.p ? s.p : "", s.n);
	mem = malloc(s.n * replacement.n);
	if (!mem)
		return NULL;
	b = zg_buf_of(mem, s.n * replacement.n);
	for (size_t i = 0, n; i < s.n; i += n) {
		n = zg_utf8_first(zg_slice_sub(s, i, s.n));
		zg_buf_put(&b, n ? zg_slice_sub(s, i, n) : replacement);
		n = n ? n : 1;
	}
	ret = json_stringn(b.p, b.n);
	free(mem);
	return ret;
}

json_t *cmd_json_time(int64_t t)
{
	char mem[40];
	struct zg_buf b = zg_buf_of(mem, sizeof(mem));

	if (!t)
		return json_null();
	zg_time_put_rfc3339(&b, t);
	return cmd_json_text(zg_buf_slice(&b));
}

int cmd_json_put(struct cmd *c, json_t *root, enum cmd_status status)
{
	char *text = root ? json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

	json_decref(root);
	if (!text)
		return cmd_fail(c, CMD_UNDECIDED, CMD_NOTHING, WORD_USE_MEMORY, CMD_NOTHING, CMD_NOTHING);
	cmd_put(zg_slice_cstr(text));
	cmd_put(ZG_S("\n"));
	free(text);
	return (int)status;
}
