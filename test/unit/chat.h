/* chat.h - for the tests of the SMTP engines: dialogues in files, octets before a guard page, splits from a seed.
 *
 * A chat is a text file, a line each:
 *
 *	# what it proves (the first line), or a remark
 *	C: a line of the client          S: a line of the server; both without their CRLF
 *	C-: octets of the client, S-: of the server, without a CRLF behind them
 *	WORD: what else the test of that engine understands; the words stand in its file
 *
 * In what is sent, \r \n \t \0 \\ \xHH stand for octets and \{N*text} for N times the text.  In what is expected,
 * "..." at the end stands for any rest. */
#ifndef TEST_CHAT_H
#define TEST_CHAT_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zegel/buf.h>
#include <zegel/slice.h>
#include "base/ascii.h"
#include "base/num.h"

#define CHAT_LINES 400
#define CHAT_MEM (256u * 1024u)

struct chat_line {
	struct zg_slice word;		/* before the colon; "" for a remark */
	struct zg_slice text;		/* behind it, as written */
	unsigned number;
};

struct chat {
	char name[600];
	char *mem;
	struct chat_line lines[CHAT_LINES];
	size_t count;
};

static inline void chat_die(const struct chat *chat, unsigned number, const char *what)
{
	fail_msg("%s:%u: %s", chat->name, number, what);
}

static inline void chat_split(struct chat *chat, struct zg_slice all)
{
	for (unsigned number = 1; all.n; number++) {
		struct zg_slice line = zg_slice_sub(all, 0, zg_slice_find(all, '\n'));
		size_t colon = zg_slice_find(line, ':');
		struct chat_line *l = &chat->lines[chat->count];

		all = zg_slice_sub(all, line.n + 1, all.n);
		if (!line.n || line.p[0] == '#')
			continue;
		if (colon == line.n || chat->count == CHAT_LINES)
			chat_die(chat, number, "no word with a colon, or too many lines");
		l->word = zg_slice_sub(line, 0, colon);
		l->text = zg_slice_sub(line, colon + 1, line.n);
		if (zg_slice_starts(l->text, ZG_S(" ")))
			l->text = zg_slice_sub(l->text, 1, l->text.n);
		l->number = number;
		chat->count++;
	}
}

static inline void chat_load(struct chat *chat, const char *folder, const char *name)
{
	FILE *f;
	size_t n;

	*chat = (struct chat){ .mem = malloc(CHAT_MEM) };
	assert_non_null(chat->mem);
	(void)snprintf(chat->name, sizeof(chat->name), "%s/%s", folder, name);	/* cut: then fopen fails */
	f = fopen(chat->name, "rb");
	if (!f) {
		chat_die(chat, 0, "cannot be opened");
		return;
	}
	n = fread(chat->mem, 1, CHAT_MEM, f);
	(void)fclose(f);	/* it was only read */
	if (n == CHAT_MEM || !n || chat->mem[0] != '#')
		chat_die(chat, 1, "too large, empty, or its first line does not say what it proves");
	chat_split(chat, zg_slice_of(chat->mem, n));
}

static inline void chat_unload(struct chat *chat)
{
	free(chat->mem);
}

/* Runs every file of test/chat whose name begins with prefix; how many. */
static inline unsigned chat_each(const char *prefix, void (*run)(const struct chat *chat))
{
	const char *data = getenv("ZEGEL_DATA");
	char folder[256];
	struct dirent **names;
	unsigned count = 0;
	int n;

	(void)snprintf(folder, sizeof(folder), "%s/../chat", data ? data : TEST_DATA);	/* cut: then scandir fails */
	n = scandir(folder, &names, NULL, alphasort);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		struct zg_slice name = zg_slice_cstr(names[i]->d_name);
		static struct chat chat;

		if (zg_slice_starts(name, zg_slice_cstr(prefix)) && zg_slice_ends_ci(name, ZG_S(".chat"))) {
			chat_load(&chat, folder, names[i]->d_name);
			run(&chat);
			chat_unload(&chat);
			count++;
		}
		free(names[i]);
	}
	free(names);
	return count;
}

/* Takes the next blank-separated word out of *s. */
static inline struct zg_slice chat_word(struct zg_slice *s)
{
	struct zg_slice word;

	while (s->n && s->p[0] == ' ')
		*s = zg_slice_sub(*s, 1, s->n);
	word = zg_slice_sub(*s, 0, zg_slice_find(*s, ' '));
	*s = zg_slice_sub(*s, word.n + 1, s->n);
	return word;
}

static inline uint64_t chat_number(struct zg_slice s)
{
	uint64_t v = 0;

	if (zg_num_uint(s, UINT64_MAX, &v) < 0)
		fail_msg("no number: " ZG_FMT, ZG_ARG(s));
	return v;
}

static inline unsigned chat_hex(char c)
{
	c = zg_ascii_lower(c);
	return zg_ascii_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/* One escape at the front of s, behind the backslash; octets of s used. */
static inline size_t chat_escape(struct zg_slice s, struct zg_buf *ret)
{
	static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";
	size_t brace = zg_slice_find(s, '}'), star = zg_slice_find(s, '*');
	const char *at = s.n ? memchr(from, s.p[0], sizeof(from) - 1) : NULL;

	if (at) {
		zg_buf_putc(ret, to[at - from]);
		return 1;
	}
	if (s.n >= 3 && s.p[0] == 'x') {
		zg_buf_putc(ret, (char)(unsigned char)(chat_hex(s.p[1]) << 4 | chat_hex(s.p[2])));
		return 3;
	}
	if (!zg_slice_starts(s, ZG_S("{")) || brace == s.n || star > brace)
		fail_msg("an unknown escape: " ZG_FMT, ZG_ARG(s));
	for (uint64_t n = chat_number(zg_slice_sub(s, 1, star - 1)); n; n--)
		zg_buf_put(ret, zg_slice_sub(s, star + 1, brace - star - 1));
	return brace + 1;
}

/* The octets that a C, S, C- or S- line stands for. */
static inline void chat_octets(const struct chat_line *l, struct zg_buf *ret)
{
	for (size_t i = 0; i < l->text.n; i++) {
		if (l->text.p[i] == '\\')
			i += chat_escape(zg_slice_sub(l->text, i + 1, l->text.n), ret);
		else
			zg_buf_putc(ret, l->text.p[i]);
	}
	if (!zg_slice_ends_ci(l->word, ZG_S("-")))
		zg_buf_put(ret, ZG_S("\r\n"));
	assert_false(ret->is_full);
}

/* Is `got` (a line without CRLF) what the line expects? */
static inline bool chat_matches(const struct chat_line *l, struct zg_slice got)
{
	struct zg_slice want = l->text;

	if (!zg_slice_ends_ci(want, ZG_S("...")))
		return zg_slice_eq(want, got);
	return zg_slice_starts(got, zg_slice_sub(want, 0, want.n - 3));
}

/* Octets outside what may stand in a line, as text. */
static inline void chat_put_visible(struct zg_buf *b, struct zg_slice s)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\r' || c == '\n') {
			zg_buf_put(b, c == '\r' ? ZG_S("\\r") : ZG_S("\\n"));
		} else if (c < 32 || c == 127) {
			zg_buf_put(b, ZG_S("\\x"));
			zg_buf_putc(b, digits[c >> 4]);
			zg_buf_putc(b, digits[c & 15]);
		} else {
			zg_buf_putc(b, s.p[i]);
		}
	}
}

/* Every CR is followed by a LF, every LF stands behind a CR. */
static inline bool chat_is_crlf_only(struct zg_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'))
			return false;
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			return false;
	}
	return true;
}

/* The octets of s at `to`. */
static inline void chat_put_at(char *to, struct zg_slice s)
{
	memcpy(to, s.p, s.n);
}

/* Numbers from a seed: the same in every run (xorshift). */
static inline uint32_t chat_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* How the octets of a chat are cut. */
struct chat_cut {
	const char *name;
	uint32_t seed;		/* 0: whole; 1: byte by byte; else pieces of this seed */
};

static inline size_t chat_piece(struct chat_cut *cut, size_t n)
{
	static const unsigned most[] = { 2, 5, 20, 200, 5000 };
	size_t piece;

	if (!cut->seed)
		return n;
	if (cut->seed == 1)
		return n ? 1 : 0;
	piece = 1 + chat_random(&cut->seed) % most[chat_random(&cut->seed) % 5];
	return piece < n ? piece : n;
}

/* Memory whose end no read may pass. */
struct chat_guard {
	char *p;
	size_t n;
};

static inline void chat_guard_init(struct chat_guard *g, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	g->n = (n + page - 1) / page * page;
	g->p = mmap(NULL, g->n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g->p != MAP_FAILED);
	assert_int_equal(mprotect(g->p + g->n, page, PROT_NONE), 0);
}

/* s, right before the guard; s may stand in the same memory. */
static inline struct zg_slice chat_guarded(struct chat_guard *g, struct zg_slice s)
{
	char *at = g->p + g->n - s.n;

	assert_true(s.n <= g->n);
	if (s.n)
		memmove(at, s.p, s.n);
	return zg_slice_of(at, s.n);
}

static inline void chat_guard_done(struct chat_guard *g)
{
	assert_int_equal(munmap(g->p, g->n + (size_t)sysconf(_SC_PAGESIZE)), 0);
}

#endif
