/* near.c - edit distance: insertions, deletions, other letters and swaps of neighbours count one each. */
#include "conf/near.h"

#define NEAR_MAX 40u	/* octets of a word that is compared */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(struct zg_slice a, struct zg_slice b)
{
	unsigned rows[3][NEAR_MAX + 1] = { { 0 } };

	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			now[j] = least(least(up[j], now[j - 1]) + 1, up[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

struct near near_of(struct zg_slice word)
{
	/* A third of the letters may be wrong, and one in a short word. */
	return (struct near){ .word = word, .distance = word.n < 6 ? 2 : least((unsigned)word.n, NEAR_MAX) / 3 + 1 };
}

void near_try(struct near *n, struct zg_slice candidate)
{
	unsigned d;

	if (n->word.n > NEAR_MAX || candidate.n > NEAR_MAX)
		return;
	d = distance(n->word, candidate);
	if (d >= n->distance || d >= candidate.n)
		return;
	n->distance = d;
	n->best = candidate;
}
