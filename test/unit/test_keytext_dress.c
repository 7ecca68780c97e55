/* test_keytext_dress.c - good keys as they arrive: through mail, chat, word processors, JSON, source code and editors.
 * Every dress is tried by itself, and several of them one over the other, chosen by a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "keytexts.h"

/* What is put in front, what stands for what in between, what is put behind. */
static const struct dress { const char *proves, *before, *from, *to, *after; } dresses[] = {
	{ "as it is", "", "", "", "" },
	{ "CRLF", "", "\n", "\r\n", "" },
	{ "CR, as on an old Mac", "", "\n", "\r", "" },
	{ "empty lines between", "\n\n", "\n", "\n\n", "\n\n" },
	{ "U+2028 for line ends", "", "\n", "\xe2\x80\xa8", "" },
	{ "a byte order mark", "\xef\xbb\xbf", "", "", "" },
	{ "a byte order mark in the midst", "\n\xef\xbb\xbf", "", "", "\xef\xbb\xbf" },
	{ "indented by blanks", "    ", "\n", "\n    ", "" },
	{ "indented by tabs, with blanks at the line's end", "\t", "\n", "  \t\n\t", "" },
	{ "U+00A0 in front of each line", "\xc2\xa0", "\n", "\n\xc2\xa0", "" },
	{ "U+202F behind each line", "", "\n", "\xe2\x80\xaf\n", "" },
	{ "U+FEFF in front of each line", "", "\n", "\n\xef\xbb\xbf", "" },
	{ "U+200B behind each line", "", "\n", "\xe2\x80\x8b\n", "" },
	{ "a soft hyphen, and marks of direction", "\xe2\x80\x8e", "A", "\xc2\xad" "A", "\xe2\x80\x8f" },
	{ "U+200B in the midst of base64", "", "A", "A\xe2\x80\x8b", "" },
	{ "U+3000 and U+2003 in front", "\xe3\x80\x80", "\n", "\n\xe2\x80\x83", "" },
	{ "U+00A0 of windows-1252, an octet that is no UTF-8", "\xa0", "\n", "\xa0\n", "" },
	{ "in straight quotes", "\"", "", "", "\"" },
	{ "in single quotes", "'", "", "", "'" },
	{ "in backquotes of Markdown", "```\n", "", "", "```\n" },
	{ "in curly quotes", "\xe2\x80\x9c", "", "", "\xe2\x80\x9d" },
	{ "in low and high quotes", "\xe2\x80\x9e", "", "", "\xe2\x80\x9c" },
	{ "in French quotes", "\xc2\xab\xc2\xa0", "", "", "\xc2\xa0\xc2\xbb" },
	{ "in curly quotes of windows-1252", "\x93", "", "", "\x94" },
	{ "each line in quotes", "\"", "\n", "\"\n\"", "\"" },
	{ "quoted mail", "> ", "\n", "\n> ", "" },
	{ "mail quoted three times", ">>> ", "\n", "\n> > > ", "" },
	{ "quoted mail, flowed", ">", "\n", " \n>", "" },
	{ "words and bag attributes around it", "Beste,\n\nzie hier:\nBag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n",
	  "", "", "\nGroeten\n-- \nPiet, IT - support\n" },
	{ "a forwarded mail around it", "---------- Forwarded message ---------\nFrom: <an@example.be>\n\n", "", "",
	  "\n---- End of message ----\n" },
	{ "JSON with \\n", "{\"selector\":\"s1\",\"key\":\"", "\n", "\\n", "\",\"n\":1}" },
	{ "JSON with \\r\\n", "{\"key\": \"", "\n", "\\r\\n", "\"}" },
	{ "JSON with \\/", "{\"key\": \"", "/", "\\/", "\"}" },
	{ "JSON with \\u002b", "{\"key\": \"", "+", "\\u002b", "\"}" },
	{ "JSON with \\u003d", "{\"key\": \"", "=", "\\u003D", "\"}" },
	{ "JSON in JSON: \\\\n", "\"{\\\"key\\\":\\\"", "\n", "\\\\n", "\\\"}\"" },
	{ "an environment file", "DKIM_PRIVATE_KEY=\"", "\n", "\\n", "\"\nOTHER=1\n" },
	{ "YAML", "dkim:\n  key: |\n    ", "\n", "\n    ", "\n  next: 1\n" },
	{ "source code of JavaScript", "const key = \"", "\n", "\\n\" +\n  \"", "\";\n" },
	{ "source code of PHP", "$key = '", "\n", "'.\"\\n\".\n'", "';\n" },
	{ "source code of Python", "key = (\"", "\n", "\\n\"\n    \"", "\")\n" },
	{ "a list of JSON", "[\"", "\n", "\", \"", "\"]" },
	{ "lines joined by a backslash", "", "\n", "\\\n", "" },
	{ "all on one line, with blanks", "", "\n", " ", "" },
	{ "all on one line, without", "", "\n", "", "" },
	{ "without any blank", "", " ", "", "" },
	{ "one letter a line", "", "A", "\nA\n", "" },
	{ "two long dashes and a hyphen", "", "-----", "\xe2\x80\x94\xe2\x80\x94-", "" },
	{ "one long dash", "", "-----", "\xe2\x80\x94", "" },
	{ "short dashes and a hyphen", "", "-----", "\xe2\x80\x93\xe2\x80\x93-", "" },
	{ "hyphens of Unicode", "", "-", "\xe2\x80\x90", "" },
	{ "minus signs", "", "-", "\xe2\x88\x92", "" },
	{ "long dashes of windows-1252", "", "-----", "\x97\x97-", "" },
	{ "two hyphens, four, six", "", "-----", "----", "" },
	{ "blanks behind the dashes", "", "-----", "-----  ", "" },
	{ "words of the header in small letters", "", "PRIVATE KEY", "private key", "" },
	{ "U+00A0 in the header", "", " ", "\xc2\xa0", "" },
	{ "a line end in the header", "", "PRIVATE KEY", "PRIVATE\nKEY", "" },
};
#define DRESSES (sizeof(dresses) / sizeof(dresses[0]))

static void put_on(struct text *t, const struct dress *d, struct zg_slice pem)
{
	struct zg_slice from = zg_slice_cstr(d->from);

	text_add(t, zg_slice_cstr(d->before));
	while (pem.n) {
		size_t at = from.n ? zg_slice_find_slice(pem, from) : pem.n;

		text_add(t, zg_slice_sub(pem, 0, at));
		if (at < pem.n)
			text_add(t, zg_slice_cstr(d->to));
		pem = zg_slice_sub(pem, at + from.n, pem.n);
	}
	text_add(t, zg_slice_cstr(d->after));
}

/* Keys with and without a passphrase; the old way with one has headers, whose blanks may go but not their line ends. */
static const struct { const char *file; unsigned bits; } keys[] = {
	{ "rsa2048.pem", 2048 }, { "rsa2048-pkcs1.pem", 2048 }, { "ed25519.pem", 256 }, { "ed25519-pbes2.pem", 256 },
	{ "rsa2048-traditional-aes.pem", 2048 }, { "rsa2048-traditional-des3.pem", 2048 },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static void try_text(struct zg_slice text, unsigned bits, const char *proves, const char *more)
{
	struct zg_key k = { 0 };
	size_t number;
	enum zg_keytext why = text_read(text, "sesame", &k, &number);

	if (why != ZG_KEYTEXT_OK || k.bits != bits)
		fail_msg("%s, %s: %d, number %zu\n%.*s", proves, more, (int)why, number, (int)(text.n < 3000 ? text.n : 3000), text.p);
	zg_key_done(&k);
}

/* In the old way headers have letters of their own, and end where the line ends: without line ends the iv runs into the
 * key. */
static bool fits(const char *file, const struct dress *d)
{
	return !strstr(file, "traditional") || (strcmp(d->proves, "all on one line, without") != 0 &&
						 strcmp(d->proves, "one letter a line") != 0);
}

static void each_dress_is_seen_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < DRESSES; i++)
		for (size_t k = 0; k < KEYS; k++) {
			struct text *pem = text_new(), *t = text_new();

			if (fits(keys[k].file, &dresses[i])) {
				text_load(pem, keys[k].file);
				put_on(t, &dresses[i], text_slice(pem));
				try_text(text_slice(t), keys[k].bits, dresses[i].proves, keys[k].file);
			}
			free(pem);
			free(t);
		}
}

/* Bare base64 of each key, dressed in the same ways. */
static void bare_base64_is_seen_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < DRESSES; i++)
		for (size_t k = 0; k < 4; k++) {
			struct text *pem = text_new(), *t = text_new();

			text_load(pem, keys[k].file);
			put_on(t, &dresses[i], zg_slice_trim(body_of(text_slice(pem))));
			try_text(text_slice(t), keys[k].bits, dresses[i].proves, "bare");
			free(pem);
			free(t);
		}
}

/* The next number of a row that is the same on every run. */
static uint32_t next_of(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Some dresses do not go over each other as people do it: a list of JSON within source code.  These go. */
static bool goes_over(const struct dress *d)
{
	return d->from[0] == '\0' || (strcmp(d->from, "\n") == 0 && !strchr(d->to, '"') && !strchr(d->to, '\\') && d->to[0]) ||
	       strcmp(d->from, "-----") == 0;
}

static void dresses_go_over_each_other(void **state)
{
	uint32_t seed = 4;

	(void)state;
	for (unsigned n = 0; n < 400; n++) {
		struct text *a = text_new(), *b = text_new(), *swap;
		size_t k = next_of(&seed) % 4, first = next_of(&seed) % DRESSES, second = next_of(&seed) % DRESSES;

		text_load(a, keys[k].file);
		put_on(b, &dresses[first], text_slice(a));
		swap = a;
		a = b;
		b = swap;
		b->n = 0;
		if (goes_over(&dresses[second])) {
			put_on(b, &dresses[second], text_slice(a));
			try_text(text_slice(b), keys[k].bits, dresses[first].proves, dresses[second].proves);
		}
		free(a);
		free(b);
	}
}

/* UTF-16, as Notepad and PowerShell write it. */
static void utf16_is_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct text *pem = text_new(), *t = text_new();
		bool is_big = kind & 1;

		text_load(pem, "rsa2048.pem");
		if (kind < 2)
			text_add(t, is_big ? ZG_S("\xfe\xff") : ZG_S("\xff\xfe"));
		for (size_t i = 0; i < pem->n; i++) {
			text_add(t, is_big ? ZG_S("\0") : zg_slice_sub(text_slice(pem), i, 1));
			text_add(t, is_big ? zg_slice_sub(text_slice(pem), i, 1) : ZG_S("\0"));
		}
		try_text(text_slice(t), 2048, "UTF-16", is_big ? "high first" : "low first");
		free(pem);
		free(t);
	}
}

/* How a text is changed in another way. */
static void with_others(struct text *t, struct zg_slice pem)
{
	text_load(t, "rsa2048-public.pem");
	text_add(t, pem);
	text_load(t, "certificate.pem");
	text_load(t, "request.pem");
}

static void twice(struct text *t, struct zg_slice pem)
{
	text_add(t, pem);
	text_add(t, ZG_S("\nOnce more, quoted:\n"));
	put_on(t, &(const struct dress){ "", "> ", "\n", "\r\n> ", "" }, pem);
}

static void twice_changed(struct text *t, struct zg_slice pem)
{
	text_add(t, pem);
	text_add(t, pem);
	t->p[t->n - 100] = t->p[t->n - 100] == 'x' ? 'y' : 'x';
}

static void twice_first_cut(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, 500));
	text_add(t, ZG_S("\n"));
	text_add(t, pem);
}

static void bare(struct text *t, struct zg_slice pem) { text_add(t, body_of(pem)); }
static void bare_twice(struct text *t, struct zg_slice pem) { bare(t, pem); bare(t, pem); }

static void bare_twice_changed(struct text *t, struct zg_slice pem)
{
	bare_twice(t, pem);
	t->p[t->n - 100] = t->p[t->n - 100] == 'x' ? 'y' : 'x';
}

static void for_urls(struct text *t, struct zg_slice pem)
{
	bare(t, pem);
	for (size_t i = 0; i < t->n; i++)
		t->p[i] = (char)(t->p[i] == '+' ? '-' : t->p[i] == '/' ? '_' : t->p[i]);
}

static void der(struct text *t, struct zg_slice pem) { text_add_der(t, pem); }

static void bare_with_words(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("Hier is de sleutel:\n\n"));
	text_add(t, body_of(pem));
	text_add(t, ZG_S("\n\nGroeten\nPiet\n"));
}

static void bare_in_ini(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("[dkim]\nselector=s1\nkey="));
	text_add(t, zg_slice_trim(body_of(pem)));
	text_add(t, ZG_S("\ndomain=example.be\n"));
}

static void der_line_end(struct text *t, struct zg_slice pem)
{
	text_add_der(t, pem);
	text_add(t, ZG_S("\n"));
}

static void der_more(struct text *t, struct zg_slice pem)
{
	text_add_der(t, pem);
	text_add(t, ZG_S("x"));
}

static void no_end(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, zg_slice_find_slice(pem, ZG_S("-----END"))));
}

static void no_begin(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, zg_slice_find(pem, '\n'), pem.n));
}

static void last_lines(struct text *t, struct zg_slice pem) { text_add(t, zg_slice_sub(pem, pem.n / 2, pem.n)); }
static void first_800(struct text *t, struct zg_slice pem) { text_add(t, zg_slice_sub(pem, 0, 800)); }

static void first_800_in_words(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("Hier is de sleutel:\r\n\r\n"));
	text_add(t, zg_slice_sub(pem, 0, 800));
	text_add(t, ZG_S("\n \n"));
}

static void half_an_end(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, zg_slice_find_slice(pem, ZG_S("-----END")) + 4));
}

#define SENTENCE "The rest of it follows in another mail, which we send on Monday. "
#define SENTENCES SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE SENTENCE

/* 500 characters of a key, dressed. */
static void dress_500(struct text *t, struct zg_slice pem, const struct dress *d)
{
	put_on(t, d, zg_slice_sub(pem, 0, 500));
}

#define DRESS(name, before, from, to, after) \
	static void name(struct text *t, struct zg_slice pem) \
	{ \
		dress_500(t, pem, &(const struct dress){ #name, before, from, to, after }); \
	}

DRESS(sentences_behind, "", "", "", "\n" SENTENCES)
DRESS(words_around, "Hi,\nkey:\n", "", "", "\n\nGreetings\n")
DRESS(words_one_line, "", "\n", " ", " Greetings from us")
DRESS(in_json, "{\"k\":\"", "\n", "\\n", "\",\"selector\":\"s1\"}")
DRESS(in_quotes, "> ", "\n", "\n> ", "\n> \n> Piet\n")
DRESS(indented, "        ", "\n", "\n        ", "\n")
DRESS(with_crlf, "", "\n", "\r\n", "\r\n\r\nGreetings\r\n")

static void cut_between_rows(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, 28 + 65 * 3));
	text_add(t, ZG_S("\nGreetings\n"));
}

static void rows_and_words(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, 27 + 65 * 3));
	text_add(t, ZG_S("\nGreetings from us\n"));
}

static void one_row_and_words(struct text *t, struct zg_slice pem)
{
	text_add(t, ZG_S("key: "));
	for (size_t i = 0, n = 0; n < 700; i++)
		if (body_of(pem).p[i] != '\n') {
			text_add(t, zg_slice_sub(body_of(pem), i, 1));
			n++;
		}
	text_add(t, ZG_S(" and so on"));
}

/* Bare, with a sign of no base64 behind 700 letters of its only row. */
static void bare_star(struct text *t, struct zg_slice pem)
{
	one_row_and_words(t, pem);
	t->n -= sizeof(" and so on") - 1;
	text_add(t, ZG_S("*"));
	text_add(t, zg_slice_sub(body_of(pem), 780, pem.n));
}

/* The same near the end of a row. */
static void bare_star_in_row(struct text *t, struct zg_slice pem)
{
	bare(t, pem);
	t->p[60] = '*';
}

static void bare_then_signs(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(zg_slice_trim(body_of(pem)), 0, 500));
	text_add(t, ZG_S(" (and more)"));
}

static void middle_lost(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, 28 + 65 * 4));
	text_add(t, zg_slice_sub(pem, 28 + 65 * 6, pem.n));
}

static void cut_headers(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, zg_slice_find_slice(pem, ZG_S("DEK-Info")) - 1));
}

static void half_bare(struct text *t, struct zg_slice pem)
{
	struct zg_slice body = zg_slice_trim(body_of(pem));

	text_add(t, zg_slice_sub(body, 0, 500));
}

static void some_lost(struct text *t, struct zg_slice pem)
{
	size_t at = zg_slice_find_slice(pem, ZG_S("\n-----END")) - 60;

	text_add(t, zg_slice_sub(pem, 0, at));
	text_add(t, zg_slice_sub(pem, at + 37, pem.n));
}

static void other_letter(struct text *t, struct zg_slice pem)
{
	text_add(t, pem);
	t->p[140] = '!';
}

static void foreign_letter(struct text *t, struct zg_slice pem)
{
	text_add(t, zg_slice_sub(pem, 0, 140));
	text_add(t, ZG_S("\xc3\xa9"));
	text_add(t, zg_slice_sub(pem, 140, pem.n));
}

static const struct change_row {
	const char *proves, *file;
	void (*change)(struct text *t, struct zg_slice pem);
	enum zg_keytext why;
	size_t number;
} changes[] = {
	{ "public key, certificate and request beside it", "rsa2048.pem", with_others, ZG_KEYTEXT_OK, 0 },
	{ "two keys", "rsa2048.pem", twice_changed, ZG_KEYTEXT_TWO_KEYS, 0 },
	{ "two keys, closed", "rsa2048-pbes2.pem", twice_changed, ZG_KEYTEXT_TWO_KEYS, 0 },
	{ "two keys without frames", "rsa2048.pem", bare_twice_changed, ZG_KEYTEXT_TWO_KEYS, 0 },
	{ "one key twice", "rsa2048.pem", twice, ZG_KEYTEXT_OK, 0 },
	{ "one key twice, closed", "rsa2048-pbes2.pem", twice, ZG_KEYTEXT_OK, 0 },
	{ "one key twice without frames", "rsa2048.pem", bare_twice, ZG_KEYTEXT_OK, 0 },
	{ "a key of which the first copy is cut", "rsa2048.pem", twice_first_cut, ZG_KEYTEXT_TWO_KEYS, 0 },
	{ "base64 of URLs, RFC 4648 5", "rsa2048.pem", for_urls, ZG_KEYTEXT_OK, 0 },
	{ "500 characters, and sentences", "rsa2048.pem", sentences_behind, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters, words in front and greetings behind", "rsa2048.pem", words_around, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters on one line with words", "rsa2048.pem", words_one_line, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters in JSON", "rsa2048.pem", in_json, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters, quoted: marks of quoting do not count", "rsa2048.pem", in_quotes, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters, indented: blanks do not count", "rsa2048.pem", indented, ZG_KEYTEXT_CUT, 500 },
	{ "500 characters with CRLF", "rsa2048.pem", with_crlf, ZG_KEYTEXT_CUT, 500 },
	{ "three whole rows, and an empty line before the greetings", "rsa2048.pem", cut_between_rows, ZG_KEYTEXT_CUT, 222 },
	{ "700 letters in one row, and words", "rsa2048-pkcs1.pem", one_row_and_words, ZG_KEYTEXT_CUT, 700 },
	{ "bare, and a sign of no base64 in it", "rsa2048-pkcs1.pem", bare_star, ZG_KEYTEXT_LETTER, 700 },
	{ "bare, and a sign near the end of a row", "rsa2048-pkcs1.pem", bare_star_in_row, ZG_KEYTEXT_LETTER, 59 },
	{ "bare, and words in brackets: cut", "rsa2048-pkcs1.pem", bare_then_signs, ZG_KEYTEXT_CUT, 500 },
	{ "two rows in the midst are missing", "rsa2048.pem", middle_lost, ZG_KEYTEXT_PART, 128 },
	{ "three whole rows, and greetings", "rsa2048.pem", rows_and_words, ZG_KEYTEXT_CUT, 222 },
	{ "cut within the headers", "rsa2048-traditional-aes.pem", cut_headers, ZG_KEYTEXT_CUT, 54 },
	{ "500 characters, closed the old way", "rsa2048-traditional-aes.pem", sentences_behind, ZG_KEYTEXT_CUT, 499 },
	{ "bare base64 of PKCS#8", "rsa2048.pem", bare, ZG_KEYTEXT_OK, 0 },
	{ "bare base64 of PKCS#1", "rsa2048-pkcs1.pem", bare, ZG_KEYTEXT_OK, 0 },
	{ "bare base64, closed", "rsa2048-pbes2.pem", bare, ZG_KEYTEXT_OK, 0 },
	{ "bare base64 with words around it", "rsa2048.pem", bare_with_words, ZG_KEYTEXT_OK, 0 },
	{ "bare base64 of a seed's PKCS#8 with words around it", "ed25519.pem", bare_with_words, ZG_KEYTEXT_OK, 0 },
	{ "bare base64 in a file of settings", "rsa2048-pkcs1.pem", bare_in_ini, ZG_KEYTEXT_OK, 0 },
	{ "bare base64 of a public key", "rsa2048-public.pem", bare, ZG_KEYTEXT_PUBLIC, 0 },
	{ "bare base64 of a public key with words", "rsa2048-public.pem", bare_with_words, ZG_KEYTEXT_PUBLIC, 0 },
	{ "bare base64 of a PKCS#1 public key", "rsa2048-public-pkcs1.pem", bare, ZG_KEYTEXT_PUBLIC, 0 },
	{ "bare base64 of a DSA key", "dsa-traditional.pem", bare, ZG_KEYTEXT_DSA, 0 },
	{ "bare base64 of a certificate", "certificate.pem", bare, ZG_KEYTEXT_CERTIFICATE, 0 },
	{ "bare base64 of a request", "request.pem", bare, ZG_KEYTEXT_REQUEST, 0 },
	{ "bare base64 of an OpenSSH key", "openssh-rsa.pem", bare, ZG_KEYTEXT_OPENSSH, 0 },
	{ "bare base64 of an OpenSSH key of another kind", "openssh.pem", bare, ZG_KEYTEXT_OPENSSH_OTHER, 0 },
	{ "DER of PKCS#8", "rsa2048.pem", der, ZG_KEYTEXT_OK, 0 },
	{ "DER of PKCS#1", "rsa2048-pkcs1.pem", der, ZG_KEYTEXT_OK, 0 },
	{ "DER of Ed25519", "ed25519.pem", der, ZG_KEYTEXT_OK, 0 },
	{ "DER of Ed25519, public", "ed25519-public.pem", der, ZG_KEYTEXT_PUBLIC, 0 },
	{ "DER, closed", "ed25519-pbes2.pem", der, ZG_KEYTEXT_OK, 0 },
	{ "DER and a line end", "rsa2048.pem", der_line_end, ZG_KEYTEXT_OK, 0 },
	{ "DER and a letter", "rsa2048.pem", der_more, ZG_KEYTEXT_DAMAGED, 0 },
	{ "the END line is missing", "rsa2048.pem", no_end, ZG_KEYTEXT_CUT, 1677 },
	{ "half of the END line is missing", "rsa2048.pem", half_an_end, ZG_KEYTEXT_CUT, 1677 },
	{ "the BEGIN line is missing, and all else is there", "rsa2048.pem", no_begin, ZG_KEYTEXT_OK, 0 },
	{ "the first half is missing", "rsa2048.pem", last_lines, ZG_KEYTEXT_CUT_FRONT, 0 },
	{ "the first 800 characters of it", "rsa2048.pem", first_800, ZG_KEYTEXT_CUT, 800 },
	{ "the same with words in front: they do not count", "rsa2048.pem", first_800_in_words, ZG_KEYTEXT_CUT, 800 },
	{ "500 characters of it, bare", "rsa2048-pkcs1.pem", half_bare, ZG_KEYTEXT_CUT, 500 },
	{ "some of the last lines is missing", "rsa2048.pem", some_lost, ZG_KEYTEXT_PART, 36 },
	{ "some is missing, closed", "rsa2048-pbes2.pem", some_lost, ZG_KEYTEXT_PART, 36 },
	{ "a letter of no key", "rsa2048.pem", other_letter, ZG_KEYTEXT_LETTER, 140 },
	{ "a letter of another alphabet", "rsa2048.pem", foreign_letter, ZG_KEYTEXT_LETTER, 140 },
};

static void changed_keys_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct text *pem = text_new(), *t = text_new();
		struct zg_key k = { 0 };
		size_t number = 0;
		enum zg_keytext why;

		text_load(pem, changes[i].file);
		changes[i].change(t, text_slice(pem));
		why = text_read(text_slice(t), "sesame", &k, &number);
		if (why != changes[i].why || number != changes[i].number)
			fail_msg("%s (%s): %d, number %zu; not %d, %zu", changes[i].proves, changes[i].file, (int)why, number,
				 (int)changes[i].why, changes[i].number);
		if (why == ZG_KEYTEXT_OK)
			zg_key_done(&k);
		free(pem);
		free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_dress_is_seen_through), cmocka_unit_test(bare_base64_is_seen_through),
		cmocka_unit_test(dresses_go_over_each_other), cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(changed_keys_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
