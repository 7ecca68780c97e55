/* letter.c - the text of a mail of our own.  The body goes as quoted-printable (RFC 2045 6.7), the subject as an encoded word
 * (RFC 2047), so that nothing on the way may change an octet. */
#include "edge/letter.h"
#include "base/ascii.h"
#include "base/b64.h"

#define LINE_MOST 72u		/* octets of an encoded line before its soft break; RFC 2045 allows 76 */
#define WORD_OCTETS 42u		/* of text in one encoded word: 56 in base64, below the 75 of RFC 2047 2 */

static void put_quoted(struct zg_buf *b, struct zg_slice s)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t line = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool is_plain = c >= ' ' && c < 127 && c != '=' && !(c == ' ' && (i + 1 == s.n || s.p[i + 1] == '\n')) && !(c == '.' && !line);

		if (c == '\n') {
			zg_buf_put(b, ZG_S("\r\n"));
			line = 0;
			continue;
		}
		if (line >= LINE_MOST) {
			zg_buf_put(b, ZG_S("=\r\n"));
			line = 0;
		}
		if (is_plain) {
			zg_buf_putc(b, (char)c);
			line++;
			continue;
		}
		zg_buf_putc(b, '=');
		zg_buf_putc(b, digits[c >> 4]);
		zg_buf_putc(b, digits[c & 15]);
		line += 3;
	}
}

static void put_subject(struct zg_buf *b, struct zg_slice s)
{
	for (size_t at = 0; at < s.n;) {
		size_t n = s.n - at < WORD_OCTETS ? s.n - at : WORD_OCTETS;

		while (at + n < s.n && n > 1 && ((unsigned char)s.p[at + n] & 0xc0) == 0x80)
			n--;		/* no character is cut */
		zg_buf_put(b, at ? ZG_S("\r\n =?utf-8?b?") : ZG_S("=?utf-8?b?"));
		zg_b64_encode(zg_slice_sub(s, at, n), b);
		zg_buf_put(b, ZG_S("?="));
		at += n;
	}
}

struct zg_slice letter_text(struct zg_slice from, struct zg_slice to, struct zg_slice subject, struct zg_slice body,
			    struct zg_arena *a)
{
	size_t room = 1024 + from.n + to.n + 4 * subject.n + 4 * body.n;
	struct zg_buf b = zg_buf_of(zg_arena_bytes(a, room), room);

	if (!b.p)
		return ZG_S("");
	zg_buf_put(&b, ZG_S("From: "));
	zg_buf_put(&b, from);
	zg_buf_put(&b, ZG_S("\r\nTo: "));
	zg_buf_put(&b, to);
	zg_buf_put(&b, ZG_S("\r\nSubject: "));
	put_subject(&b, subject);
	zg_buf_put(&b, ZG_S("\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
	put_quoted(&b, body);
	zg_buf_put(&b, ZG_S("\r\n"));
	return zg_buf_slice(&b);
}
