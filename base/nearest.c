/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edit distance with transpositions, at most @limit + 1; words here are short. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][64];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a >= 63 || length_b >= 63)
		return limit + 1;
	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t best = last[j - 1] + !is_same(a[i - 1], b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[length_a % 3][length_b];
}

const char *nearest_word(const char *word, const char *const *candidates)
{
	size_t length = strlen(word);
	size_t limit = length < 2 ? 0 : length < 6 ? 1 : 2; /* a letter is not like any other */
	size_t best = limit + 1;
	const char *nearest = NULL;

	for (; *candidates; candidates++) {
		size_t far = distance(word, *candidates, limit);

		if (far < best) {
			best = far;
			nearest = *candidates;
		}
	}
	return nearest;
}
