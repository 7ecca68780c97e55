/* spf_wash.c - what word processors, web pages and zone files leave between the letters of an SPF record. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "lint/spf_part.h"

enum wash { KEEP, QUOTE, ESCAPE, WIDTHLESS, BLANK, SEPARATOR, DASH, FOREIGN, WASHES };

static const enum zg_lint codes[WASHES] = {
	[QUOTE] = ZG_LINT_spf_quotes, [ESCAPE] = ZG_LINT_spf_escaped, [WIDTHLESS] = ZG_LINT_spf_whitespace,
	[BLANK] = ZG_LINT_spf_whitespace, [SEPARATOR] = ZG_LINT_spf_separator, [DASH] = ZG_LINT_spf_dash,
	[FOREIGN] = ZG_LINT_spf_non_ascii,
};

static const struct {
	uint32_t from, to;
	enum wash wash;
} ranges[] = {
	{ 0x80, 0x9f, BLANK }, { 0xa0, 0xa0, BLANK }, { 0xab, 0xab, QUOTE }, { 0xad, 0xad, WIDTHLESS },
	{ 0xb4, 0xb4, QUOTE }, { 0xbb, 0xbb, QUOTE }, { 0x61c, 0x61c, WIDTHLESS }, { 0x1680, 0x1680, BLANK },
	{ 0x180e, 0x180e, WIDTHLESS }, { 0x2000, 0x200a, BLANK }, { 0x200b, 0x200f, WIDTHLESS },
	{ 0x2010, 0x2015, DASH }, { 0x2018, 0x201f, QUOTE }, { 0x2028, 0x2029, BLANK }, { 0x202a, 0x202e, WIDTHLESS },
	{ 0x202f, 0x202f, BLANK }, { 0x2032, 0x2036, QUOTE }, { 0x2039, 0x203a, QUOTE }, { 0x205f, 0x205f, BLANK },
	{ 0x2060, 0x206f, WIDTHLESS }, { 0x2212, 0x2212, DASH }, { 0x3000, 0x3000, BLANK }, { 0xfe58, 0xfe58, DASH },
	{ 0xfe63, 0xfe63, DASH }, { 0xfeff, 0xfeff, WIDTHLESS }, { 0xff02, 0xff02, QUOTE }, { 0xff0d, 0xff0d, DASH },
};

static uint32_t code_point(const char *p, size_t n)
{
	uint32_t c = (unsigned char)p[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static enum wash wash_of_8bit(struct zg_slice s, size_t *ret_n)
{
	size_t n = zg_utf8_first(s);
	uint32_t c;

	*ret_n = n ? n : 1;
	if (!n)
		return FOREIGN;
	c = code_point(s.p, n);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return ranges[i].wash;
	return FOREIGN;
}

static enum wash wash_of(char c, bool in_macro)
{
	if (c == '"' || c == '\'' || c == '`')
		return QUOTE;
	if (c == '\\')
		return ESCAPE;
	if (c == ';' || (c == ',' && !in_macro))
		return SEPARATOR;
	return c != ' ' && zg_ascii_is_cntrl(c) ? BLANK : KEEP;
}

/* RFC 7208 7.1: a comma may stand inside "%{...}", as a delimiter. */
static bool macro_step(bool in_macro, struct zg_slice value, size_t i)
{
	if (value.p[i] == '{')
		return i && value.p[i - 1] == '%';
	return in_macro && (zg_ascii_is_alnum(value.p[i]) || zg_slice_find(ZG_S(".-+,/_="), value.p[i]) < 7);
}

static void map_put(struct zg_spf_text_map *m, char c, size_t src)
{
	m->p[m->n] = c;
	m->src[m->n++] = (uint32_t)src;
}

int zg_spf_wash(struct zg_slice value, size_t number, struct zg_arena *a, struct zg_findings *f, struct zg_spf_text_map *ret)
{
	struct zg_spf_text_map m = {
		zg_arena_bytes(a, value.n + 1), zg_arena_array(a, value.n + 1, sizeof(uint32_t)), 0, value, false
	};
	bool is_said[WASHES] = { false }, in_macro = false;
	size_t n;

	if (!m.p || !m.src)
		return -1;
	for (size_t i = 0; i < value.n; i += n) {
		enum wash w;

		n = 1;
		in_macro = macro_step(in_macro, value, i);
		w = zg_ascii_is_8bit(value.p[i]) ? wash_of_8bit(zg_slice_sub(value, i, 4), &n) : wash_of(value.p[i], in_macro);
		m.is_changed |= w != KEEP;
		if (w != KEEP && !is_said[w] && zg_findings_add(f, a, codes[w], number, (struct zg_span){ i, n }) < 0)
			return -1;
		is_said[w] = true;
		if (w == DASH)
			map_put(&m, '-', i);
		else if (w == BLANK || w == SEPARATOR)
			map_put(&m, ' ', i);
		else if (w == KEEP || w == FOREIGN)
			for (size_t k = 0; k < n; k++)
				map_put(&m, value.p[i + k], i + k);
	}
	m.src[m.n] = (uint32_t)value.n;
	*ret = m;
	return 0;
}
