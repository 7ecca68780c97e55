/* buf.c - the bounded writer. */
#include <string.h>
#include <zegel/buf.h>

struct zg_buf zg_buf_of(void *p, size_t cap)
{
	return (struct zg_buf){ .p = p, .cap = cap };
}

void zg_buf_put(struct zg_buf *b, struct zg_slice s)
{
	if (b->is_full || s.n > b->cap - b->n) {
		b->is_full = true;
		return;
	}
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void zg_buf_putc(struct zg_buf *b, char c)
{
	zg_buf_put(b, (struct zg_slice){ &c, 1 });
}

void zg_buf_put_pad(struct zg_buf *b, uint64_t v, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[sizeof(digits) - ++n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n < width && n < sizeof(digits))
		digits[sizeof(digits) - ++n] = '0';
	zg_buf_put(b, (struct zg_slice){ digits + sizeof(digits) - n, n });
}

void zg_buf_put_uint(struct zg_buf *b, uint64_t v)
{
	zg_buf_put_pad(b, v, 1);
}

void zg_buf_put_int(struct zg_buf *b, int64_t v)
{
	if (v < 0)
		zg_buf_putc(b, '-');
	zg_buf_put_uint(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

struct zg_slice zg_buf_slice(const struct zg_buf *b)
{
	return (struct zg_slice){ b->p, b->is_full ? 0 : b->n };
}
